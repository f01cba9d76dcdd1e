// SPDX-License-Identifier: Apache-2.0
/* What an instance sends (§ 12): attestations, requests, pages, rejects. */
#include <string.h>

#include "instance.h"
#include "message.h"
#include "planted.h"

/* Seals instance->body into the wire buffer; false where memory was short, and nothing is sent. */
bool send_seal(struct frame_instance *instance, size_t *offset, size_t *length)
{
    struct buffer *wire = &instance->wire;
    const struct buffer *body = &instance->body;
    static const uint8_t zeros[FRAME_ENVELOPE_OVERHEAD_BYTES];
    if (body->failed || wire->failed) return false;
    *offset = wire->length;
    buffer_append(wire, zeros, sizeof zeros);
    buffer_append(wire, body->bytes, body->length); /* room: sealed over it */
    if (wire->failed) return false;
    frame_envelope_seal(wire->bytes + *offset, length, instance->config.crypto,
                        &instance->config.transport_secret, body->bytes, body->length);
    wire->length = *offset + *length;
    return true;
}

void send_sealed(struct frame_instance *instance, const struct frame_public_key *to,
                 enum frame_message_type type, size_t offset, size_t length)
{
    FRAME_ASSERT(instance->outgoing_count < instance->outgoing_capacity);
    instance->offsets[instance->outgoing_count] = offset;
    instance->outgoing[instance->outgoing_count++] =
        (struct frame_outgoing){.to = *to, .bytes = {NULL, length}, .type = type};
}

void send_body(struct frame_instance *instance, const struct frame_public_key *to,
               enum frame_message_type type)
{
    size_t offset;
    size_t length;
    if (send_seal(instance, &offset, &length)) send_sealed(instance, to, type, offset, length);
}

void send_reject(struct frame_instance *instance, const struct frame_public_key *to,
                 enum frame_status status)
{
    buffer_clear(&instance->body);
    message_reject(&instance->body, frame_status_name(status));
    send_body(instance, to, FRAME_MESSAGE_REJECT);
}

/* The attestation of what is durable, in an envelope; false where there is none to send. */
static bool attestation_seal(struct frame_instance *instance, size_t *offset, size_t *length)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    const struct hash_list *heads = &instance->published_heads;
    if (heads->count > FRAME_ATTEST_HEADS_MAX) return false; /* merged first (§ 9) */
    instance->published.timestamp_s = instance->clock_s > 0 ? instance->clock_s : 0;
    if (instance->published.timestamp_s > FRAME_INTEGER_MAX)
        instance->published.timestamp_s = FRAME_INTEGER_MAX;
    frame_attestation_make(text, length, instance->config.crypto, &instance->config.identity_secret,
                           &instance->published);
    buffer_clear(&instance->body);
    message_attest(&instance->body, (struct frame_span){text, *length}, heads->at, heads->count);
    return send_seal(instance, offset, length);
}

void send_attestation(struct frame_instance *instance, const struct peer *peer)
{
    size_t offset;
    size_t length;
    if (!attestation_seal(instance, &offset, &length)) return;
    send_sealed(instance, &peer->key, FRAME_MESSAGE_ATTEST, offset, length);
    peer->met->told = instance->published.commitment;
    peer->met->told_ms = instance->now_ms;
}

void send_attestation_once(struct frame_instance *instance, const struct peer *peer)
{
    const struct met *met = peer->met;
    const bool known = frame_hash_compare(&met->told, &instance->published.commitment) == 0 &&
                       instance->now_ms - met->told_ms < instance->config.gossip_interval_ms;
    if (!known) send_attestation(instance, peer);
}

/* One envelope, for all known peers. */
void send_attestations(struct frame_instance *instance)
{
    size_t length;
    size_t offset;
    if (instance->discovery != NULL) {
        const struct peer *partner = partner_draw(instance);
        if (partner != NULL) send_attestation(instance, partner);
        return;
    }
    if (!attestation_seal(instance, &offset, &length)) return;
    size_t first = 0;
    if (FRAME_PLANTED(walk_of_addresses)) /* mixed, so that no two places begin alike */
        first = (size_t)((uint64_t)(uintptr_t)instance * UINT64_C(0x9E3779B97F4A7C15) >> 48);
    for (size_t i = 0; i < instance->peer_count; i++) {
        const struct peer *peer = instance->peers[(first + i) % instance->peer_count];
        if (!peer_ignored(instance, peer))
            send_sealed(instance, &peer->key, FRAME_MESSAGE_ATTEST, offset, length);
    }
}

/* ---- Requests ---- */

void send_request(struct frame_instance *instance, struct peer *peer)
{
    struct transfer *transfer = &peer->transfer;
    transfer->stage = TRANSFER_ASKED;
    transfer->deadline_ms = peer_patience(instance, peer);
    transfer->asked_ms = instance->now_ms;
    buffer_clear(&instance->body);
    message_request(&instance->body, transfer->has_after ? &transfer->after : NULL,
                    transfer->have.at, transfer->have.count, transfer->want.at,
                    transfer->want.count);
    send_body(instance, &peer->key, FRAME_MESSAGE_REQUEST);
}

/* ---- Pages ---- */

/* Reads a checked array of a message; NULL where memory is short. */
static struct frame_hash *hashes_read(struct frame_instance *instance, struct frame_span array,
                                      size_t count)
{
    struct frame_hash *hashes =
        memory_allocate(&instance->config.allocator, count * sizeof *hashes + 1);
    for (size_t i = 0; hashes != NULL && i < count; i++)
        frame_hash_array_at(&hashes[i], array, i);
    return hashes;
}

static void page_body(struct frame_instance *instance, const struct frame_message *request,
                      const struct frame_hash *want, const size_t *positions, size_t count,
                      size_t remaining)
{
    buffer_clear(&instance->body);
    message_page_begin(&instance->body, request->has_after ? &request->after : NULL);
    for (size_t i = 0; i < count; i++) {
        struct frame_receipt receipt;
        frame_chain_at(instance->chain, &receipt, positions[i]);
        message_page_receipt(&instance->body, receipt.bytes);
    }
    message_page_end(&instance->body, (int64_t)remaining, want, request->hash_count);
}

void send_page(struct frame_instance *instance, const struct peer *peer,
               const struct frame_message *request)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    size_t positions[FRAME_PAGE_RECEIPTS_MAX];
    size_t count = 0;
    size_t remaining = 0;
    struct frame_hash *want = hashes_read(instance, request->hashes, request->hash_count);
    struct frame_hash *have = hashes_read(instance, request->have, request->have_count);
    enum frame_status status = FRAME_NO_MEMORY;
    if (want != NULL && have != NULL)
        status = frame_chain_page(instance->chain, positions, &count, &remaining, want,
                                  request->hash_count, have, request->have_count,
                                  request->has_after ? &request->after : NULL, instance->durable);
    if (status == FRAME_OK) {
        page_body(instance, request, want, positions, count, remaining);
        send_body(instance, &peer->key, FRAME_MESSAGE_PAGE);
    } else if (status == FRAME_UNKNOWN) {
        send_reject(instance, &peer->key, FRAME_UNKNOWN);
    }
    memory_release(allocator, want, request->hash_count * sizeof *want + 1);
    memory_release(allocator, have, request->have_count * sizeof *have + 1);
}
