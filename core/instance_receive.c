// SPDX-License-Identifier: Apache-2.0
/* What an instance makes of a message (§ 12): whose fault it is, what it says, what to ask for. */
#include <string.h>

#include "instance.h"
#include "json.h"
#include "message.h"
#include "planted.h"
#include "receipt.h"

static void refuse(struct frame_instance *instance, struct peer *peer, enum frame_status status,
                   bool costs)
{
    struct frame_fault fault = {status, -1, -1};
    peer_refuse(instance, peer, &fault, costs);
}

/* ---- attest ---- */

static bool attested_take(struct frame_instance *instance, struct peer *peer,
                          const struct frame_attestation *values,
                          const struct frame_message *message)
{
    struct hash_list *heads = &peer->attested.heads;
    if (!hash_list_reserve(&instance->config.allocator, heads, message->hash_count)) return false;
    heads->count = message->hash_count;
    for (size_t i = 0; i < heads->count; i++)
        frame_hash_array_at(&heads->at[i], message->hashes, i);
    peer->attested.values = *values;
    peer->attested.known = true;
    return true;
}

static void on_attest(struct frame_instance *instance, struct peer *peer,
                      const struct frame_message *message)
{
    struct frame_attestation values;
    enum frame_status status = attestation_read(&values, instance->config.crypto,
                                                &instance->identity_key, message->attestation);
    if (status != FRAME_OK) {
        refuse(instance, peer, status, status != FRAME_ATTESTATION_VERSION);
        if (status == FRAME_ATTESTATION_VERSION) { /* § 11: refuse to sync */
            peer_forget_attested(peer);
            peer_drop_transfer(peer);
        }
        return;
    }
    if (!FRAME_PLANTED(retries_never_reset)) peer->attempts = 0;
    enum frame_comparison comparison = frame_attestation_compare(&instance->published, &values);
    instance_note(instance, FRAME_NOTE_COMPARED, peer)->comparison = comparison;
    if (comparison == FRAME_NONDETERMINISM) {
        instance_note(instance, FRAME_NOTE_ALARM, peer)->hash = values.commitment;
        peer_forget_attested(peer);
        return; /* § 11: never to be healed silently */
    }
    /* § 17: partners are few, so one that lacks something is told so in answer */
    if (instance->discovery != NULL && comparison != FRAME_SYNCHRONIZED &&
        comparison != FRAME_REMOTE_AHEAD)
        send_attestation_once(instance, peer);
    if (!attested_take(instance, peer, &values, message)) return; /* as if lost */
    peer_update_lacking(instance, peer);
    instance->safe_mode.look = true;
}

/* ---- page ---- */

/* Does it answer the outstanding request? */
static bool page_asked(const struct transfer *transfer, const struct frame_message *message)
{
    if (transfer->stage != TRANSFER_ASKED || message->has_after != transfer->has_after ||
        message->hash_count != transfer->want.count)
        return false;
    if (FRAME_PLANTED(any_page_staged)) return true;
    if (message->has_after && frame_hash_compare(&message->after, &transfer->after) != 0)
        return false;
    for (size_t i = 0; i < message->hash_count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, message->hashes, i);
        if (frame_hash_compare(&hash, &transfer->want.at[i]) != 0) return false;
        if (FRAME_PLANTED(first_want_compared)) return true;
    }
    return true;
}

/* The receiptHash of a page's last item; false where it has none: verification will say why. */
static bool last_receipt(struct frame_hash *hash, struct frame_span receipts)
{
    struct json_walk walk;
    struct frame_span item;
    struct frame_span last = {NULL, 0};
    struct frame_span token;
    json_walk_init(&walk, receipts);
    while (json_next_item(&walk, &item))
        last = item;
    return last.length > 0 && json_kind(last) == JSON_OBJECT &&
           json_member(last, &token, "receiptHash") && hash_token(hash, token);
}

static bool page_stage(struct transfer *transfer, const struct frame_message *message)
{
    struct buffer *staged = &transfer->staged;
    if (message->receipt_count > 0) {
        buffer_text(staged, transfer->staged_count > 0 ? "," : "[");
        buffer_append(staged, message->receipts.bytes + 1, message->receipts.length - 2);
    }
    transfer->staged_count += message->receipt_count;
    transfer->remaining = message->remaining;
    return !staged->failed;
}

static void on_page(struct frame_instance *instance, struct peer *peer,
                    const struct frame_message *message)
{
    struct transfer *transfer = &peer->transfer;
    const struct frame_instance_config *config = &instance->config;
    if (!page_asked(transfer, message)) {
        refuse(instance, peer, FRAME_UNASKED, FRAME_PLANTED(late_page_costs));
        return;
    }
    peer->attempts = 0;
    peer_timed(peer, instance->now_ms - transfer->asked_ms);
    peer_succeeded(peer);
    transfer->silences = 0;
    if (!page_stage(transfer, message)) {
        peer_drop_transfer(peer);
        peer_back_off(instance, peer);
        return;
    }
    if (message->remaining == 0) {
        transfer->stage = TRANSFER_COMPLETE;
        return;
    }
    transfer->has_after = last_receipt(&transfer->after, message->receipts);
    if (!transfer->has_after || (!FRAME_PLANTED(staging_unbounded) &&
                                 (transfer->staged_count >= config->staging_receipts_max ||
                                  transfer->staged.length >= config->staging_bytes_max)))
        transfer->stage = TRANSFER_FULL;
    else
        send_request(instance, peer);
}

/* § 12: a reject only shortens the wait for an answer. */
static void on_reject(struct frame_instance *instance, struct peer *peer,
                      const struct frame_message *message)
{
    if (routes_rejected(instance, peer, message)) return;
    if (peer->transfer.stage != TRANSFER_ASKED) return;
    peer_drop_transfer(peer);
    peer_back_off(instance, peer);
    peer_forget_attested(peer);
}

/* ---- Envelopes ---- */

static void on_message(struct frame_instance *instance, struct peer *peer,
                       const struct frame_message *message)
{
    switch (message->type) {
    case FRAME_MESSAGE_ATTEST: on_attest(instance, peer, message); break;
    case FRAME_MESSAGE_REQUEST:
        peer->attempts = 0;
        send_page(instance, peer, message);
        break;
    case FRAME_MESSAGE_PAGE: on_page(instance, peer, message); break;
    case FRAME_MESSAGE_REJECT: on_reject(instance, peer, message); break;
    case FRAME_MESSAGE_ANNOUNCE: break; /* heard before */
    case FRAME_MESSAGE_ROUTE: jobs_asked(instance, peer, message); break;
    case FRAME_MESSAGE_RESULT: routes_result(instance, peer, message); break;
    }
}

void refuse_stranger(struct frame_instance *instance, const struct frame_public_key *key,
                     enum frame_status status)
{
    struct frame_note *note = instance_note(instance, FRAME_NOTE_REFUSED, NULL);
    note->peer = *key;
    note->fault.status = status;
}

/* One's own key is nobody to talk to: somebody sends messages back. Strict trust hears only trusted ones. */
static bool may_talk(const struct frame_instance *instance, const struct peer *peer,
                     const struct frame_public_key *key)
{
    if (memcmp(key->bytes, instance->transport_key.bytes, sizeof key->bytes) == 0) return false;
    return !instance->config.strict_trust || FRAME_PLANTED(strangers_heard) ||
           (peer != NULL && (peer->trusted || FRAME_PLANTED(mistrusted_heard)));
}

/* The sender as a peer: without discovery whoever calls in becomes known. NULL: not to be heard. */
static struct peer *sender(struct frame_instance *instance, const struct frame_public_key *key)
{
    struct peer *peer = peer_find(instance, key);
    if (!may_talk(instance, peer, key)) {
        refuse_stranger(instance, key, FRAME_UNTRUSTED);
        return NULL;
    }
    if (peer == NULL) peer = peer_add(instance, key);
    if (peer == NULL) refuse_stranger(instance, key, FRAME_NO_MEMORY);
    return peer;
}

static void receive_from(struct frame_instance *instance, struct peer *peer,
                         const struct frame_message *message, enum frame_status status,
                         bool unknown_type)
{
    peer->heard = ++instance->heard;
    if (peer_ignored(instance, peer) && !FRAME_PLANTED(ignored_heard))
        refuse(instance, peer, FRAME_IGNORED, false);
    else if (status != FRAME_OK)
        refuse(instance, peer, status, !unknown_type || FRAME_PLANTED(unknown_type_costs));
    else
        on_message(instance, peer, message);
}

/* ---- With discovery on (§ 15) ---- */

static void receive_announcement(struct frame_instance *instance, struct peer *peer,
                                 const struct frame_message *message, enum frame_status status)
{
    if (peer != NULL && (status != FRAME_OK || peer_ignored(instance, peer)))
        receive_from(instance, peer, message, status, false);
    else if (status != FRAME_OK)
        refuse_stranger(instance, &message->from, status);
    else
        discovery_announced(instance, message);
}

/* Nobody but members is heard, and nothing but an announcement makes one. */
static void receive_met(struct frame_instance *instance, const struct frame_message *message,
                        enum frame_status status, bool unknown_type)
{
    struct peer *peer = peer_find(instance, &message->from);
    const bool talks = may_talk(instance, peer, &message->from);
    if (FRAME_PLANTED(strangers_served) && peer == NULL) peer = peer_add(instance, &message->from);
    if (talks && message->type == FRAME_MESSAGE_ANNOUNCE) {
        receive_announcement(instance, peer, message, status);
    } else if (talks && peer != NULL &&
               (discovery_heard(peer) || FRAME_PLANTED(strangers_served))) {
        receive_from(instance, peer, message, status, unknown_type);
    } else {
        refuse_stranger(instance, &message->from, FRAME_UNTRUSTED);
        if (talks && message->type == FRAME_MESSAGE_ROUTE &&
            discovery_may_answer(instance, &message->from))
            send_reject(instance, &message->from, FRAME_UNTRUSTED);
    }
}

/* A type that only discovery knows. */
static bool is_later_type(enum frame_message_type type)
{
    return type == FRAME_MESSAGE_ANNOUNCE || type == FRAME_MESSAGE_ROUTE ||
           type == FRAME_MESSAGE_RESULT;
}

void receive_message(struct frame_instance *instance, struct frame_span bytes)
{
    struct frame_message message = {.type = FRAME_MESSAGE_REJECT};
    bool unknown_type = false;
    const struct frame_trust everybody = {.strict = false};
    enum frame_status status = frame_envelope_open(&message, &unknown_type, instance->config.crypto,
                                                   &everybody, bytes.bytes, bytes.length);
    if (status == FRAME_ENVELOPE) {
        refuse(instance, NULL, status, false); /* nobody's fault that can be proven */
        return;
    }
    if (instance->discovery != NULL) {
        receive_met(instance, &message, status, unknown_type);
        return;
    }
    if (is_later_type(message.type)) {
        status = FRAME_MESSAGE;
        unknown_type = true;
    }
    struct peer *peer = sender(instance, &message.from);
    if (peer != NULL) receive_from(instance, peer, &message, status, unknown_type);
}
