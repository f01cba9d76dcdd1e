// SPDX-License-Identifier: Apache-2.0
/*
 * Whom to ask for what, and when again (§ 12).
 *
 * Nobody is asked for what a running transfer of another peer brings. But such a peer may be silent, slow,
 * or lie, so it is relied upon for a limited time only: until a request of its transfer times out, or for
 * a few time-outs since the transfer began or last brought mostly new receipts, whatever it sends
 * meanwhile. Then the next peer has its turn; turns go round, so that no number of peers that do not
 * deliver keeps one that does from being asked.
 */
#include <string.h>

#include "instance.h"
#include "planted.h"

/* Time-outs for which a transfer is relied upon; and those in a row after which what it wants is given
   up, together with what is staged, for what the peer attests by then. */
enum { RELIANCE = 8, SILENCES_MAX = 4 };

/* ---- What is held ---- */

static bool hash_list_has(const struct hash_list *ascending, const struct frame_hash *hash)
{
    size_t low = 0;
    size_t high = ascending->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame_hash_compare(&ascending->at[middle], hash) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low < ascending->count && frame_hash_compare(&ascending->at[low], hash) == 0;
}

static void have_add(struct frame_hash *have, size_t *count, const struct frame_hash *hash)
{
    for (size_t i = 0; i < *count; i++)
        if (frame_hash_compare(&have[i], hash) == 0) return;
    if (*count < FRAME_HAVE_MAX) have[(*count)++] = *hash;
}

/* Own heads. Where there are too many, the greatest timestamps go first: the end of the order. */
static void have_heads(const struct frame_instance *instance, struct frame_hash *have,
                       size_t *count)
{
    const struct hash_list *heads = &instance->published_heads;
    if (heads->count <= FRAME_HAVE_MAX) {
        for (size_t i = 0; i < heads->count; i++)
            have_add(have, count, &heads->at[i]);
        return;
    }
    size_t position = frame_chain_count(instance->chain);
    while (*count < FRAME_HAVE_MAX && position > 0) {
        struct frame_receipt receipt;
        frame_chain_at(instance->chain, &receipt, --position);
        if (hash_list_has(heads, &receipt.hash)) have_add(have, count, &receipt.hash);
    }
}

/* § 12: own heads, then those that the peer last attested and that are held, then n-1, n-2, n-4, … */
static void have_list(const struct frame_instance *instance, const struct peer *peer,
                      struct frame_hash have[FRAME_HAVE_MAX], size_t *count)
{
    struct frame_receipt receipt;
    size_t receipts = frame_chain_count(instance->chain);
    *count = 0;
    if (!FRAME_PLANTED(have_without_heads)) have_heads(instance, have, count);
    for (size_t i = 0; i < peer->attested.heads.count; i++)
        if (frame_chain_find(instance->chain, NULL, &peer->attested.heads.at[i]))
            have_add(have, count, &peer->attested.heads.at[i]);
    for (size_t back = 1; back <= receipts; back *= 2) {
        frame_chain_at(instance->chain, &receipt, receipts - back);
        have_add(have, count, &receipt.hash);
    }
}

/* ---- Transfers ---- */

void requests_rely(const struct frame_instance *instance, struct transfer *transfer)
{
    uint64_t timeout_ms = instance->config.request_timeout_ms;
    uint64_t patience_ms = timeout_ms < UINT64_MAX / RELIANCE ? timeout_ms * RELIANCE : UINT64_MAX;
    transfer->patience_ms = instance_after(instance, patience_ms);
}

static void start_transfer(struct frame_instance *instance, struct peer *peer)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    struct transfer *transfer = &peer->transfer;
    struct frame_hash have[FRAME_HAVE_MAX];
    size_t have_count;
    have_list(instance, peer, have, &have_count);
    if (!hash_list_set(allocator, &transfer->want, peer->attested.heads.at,
                       peer->attested.heads.count) ||
        !hash_list_set(allocator, &transfer->have, have, have_count))
        return; /* the next step tries again */
    transfer->attestation = peer->attested.values;
    transfer->remaining = 0;
    transfer->silences = 0;
    requests_rely(instance, transfer);
    send_request(instance, peer);
}

void requests_time_out(struct frame_instance *instance)
{
    for (size_t i = 0; i < instance->peer_count; i++) {
        struct peer *peer = instance->peers[i];
        struct transfer *transfer = &peer->transfer;
        if (transfer->stage != TRANSFER_ASKED || transfer->deadline_ms > instance->now_ms) continue;
        transfer->stage = TRANSFER_SILENT;
        if (++transfer->silences == SILENCES_MAX) peer_drop_transfer(peer);
        peer_failed(peer);
        peer_back_off(instance, peer);
        instance_note(instance, FRAME_NOTE_TIMED_OUT, peer)->count = peer->attempts;
    }
}

/* What is staged stays; but who was relied upon before is not so for ever. */
static void repeat_request(struct frame_instance *instance, struct peer *peer)
{
    requests_rely(instance, &peer->transfer);
    send_request(instance, peer);
}

/* Does it wait to be asked: for the first time, or once more? */
static bool waits(const struct peer *peer)
{
    return (peer->transfer.stage == TRANSFER_SILENT && !FRAME_PLANTED(request_given_up)) ||
           (peer->transfer.stage == TRANSFER_NONE && peer->lacking);
}

static bool relied_upon(const struct frame_instance *instance, const struct transfer *transfer)
{
    return transfer->stage != TRANSFER_NONE && transfer->stage != TRANSFER_SILENT &&
           transfer->patience_ms > instance->now_ms;
}

/* Is a peer relied upon for this head? One in the middle of a long transfer is for all: whoever
   has a later head would bring most of the same. */
static bool under_way(const struct frame_instance *instance, const struct frame_hash *head)
{
    for (size_t i = 0; i < instance->peer_count; i++) {
        const struct transfer *transfer = &instance->peers[i]->transfer;
        if (relied_upon(instance, transfer) &&
            (transfer->remaining > 0 || hash_list_has(&transfer->want, head)))
            return true;
    }
    return false;
}

/* Would it bring a head that is not held and that nobody else is about to bring? */
static bool worth_asking(const struct frame_instance *instance, const struct peer *peer)
{
    const struct hash_list *heads =
        peer->transfer.stage == TRANSFER_SILENT ? &peer->transfer.want : &peer->attested.heads;
    for (size_t i = 0; i < heads->count; i++)
        if (!frame_chain_find(instance->chain, NULL, &heads->at[i]) &&
            !under_way(instance, &heads->at[i]))
            return true;
    return false;
}

static void take_turn(struct frame_instance *instance, size_t index)
{
    struct peer *peer = instance->peers[index];
    if (!waits(peer) || peer->retry_ms > instance->now_ms || !worth_asking(instance, peer)) return;
    if (peer->transfer.stage == TRANSFER_NONE)
        start_transfer(instance, peer);
    else
        repeat_request(instance, peer);
    instance->turn = index + 1;
}

void requests_make(struct frame_instance *instance)
{
    if (instance_unsettled(instance)) return;
    size_t first = instance->turn;
    for (size_t i = 0; i < instance->peer_count; i++)
        if (instance->peers[i]->transfer.stage == TRANSFER_JOINED)
            send_request(instance, instance->peers[i]);
    for (size_t i = 0; i < instance->peer_count; i++)
        take_turn(instance, (first + i) % instance->peer_count);
}

static uint64_t peer_deadline(const struct frame_instance *instance, const struct peer *peer)
{
    const struct transfer *transfer = &peer->transfer;
    uint64_t deadline_ms = UINT64_MAX;
    if (transfer->stage == TRANSFER_ASKED) deadline_ms = transfer->deadline_ms;
    if (instance_unsettled(instance)) return deadline_ms;
    if (waits(peer) && peer->retry_ms > instance->now_ms) return peer->retry_ms;
    if (relied_upon(instance, transfer) && transfer->patience_ms < deadline_ms)
        return transfer->patience_ms;
    return deadline_ms;
}

uint64_t requests_deadline(const struct frame_instance *instance)
{
    uint64_t deadline_ms = UINT64_MAX;
    for (size_t i = 0; i < instance->peer_count; i++) {
        uint64_t peer_ms = peer_deadline(instance, instance->peers[i]);
        if (peer_ms < deadline_ms) deadline_ms = peer_ms;
    }
    return deadline_ms;
}
