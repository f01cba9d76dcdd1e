// SPDX-License-Identifier: Apache-2.0
/* The table of peers: who is known, what they cost, when they are heard again (§ 12). */
#include <string.h>

#include "instance.h"

static size_t peer_index(const struct frame_instance *instance, const struct frame_public_key *key)
{
    size_t low = 0;
    size_t high = instance->peer_count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (memcmp(instance->peers[middle]->key.bytes, key->bytes, sizeof key->bytes) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

struct peer *peer_find(const struct frame_instance *instance, const struct frame_public_key *key)
{
    size_t at = peer_index(instance, key);
    if (at == instance->peer_count ||
        memcmp(instance->peers[at]->key.bytes, key->bytes, sizeof key->bytes) != 0)
        return NULL;
    return instance->peers[at];
}

struct peer *peer_add(struct frame_instance *instance, const struct frame_public_key *key)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    void *array = instance->peers;
    if (instance->peer_count >= instance->config.peers_max ||
        !memory_reserve(allocator, &array, &instance->peer_capacity, instance->peer_count + 1,
                        sizeof *instance->peers))
        return NULL;
    instance->peers = array;
    struct peer *peer = memory_allocate(allocator, sizeof *peer);
    if (peer == NULL)
        return NULL;
    memset(peer, 0, sizeof *peer);
    peer->key = *key;
    buffer_init(&peer->transfer.staged, allocator);
    size_t at = peer_index(instance, key);
    memmove(instance->peers + at + 1, instance->peers + at,
            (instance->peer_count - at) * sizeof *instance->peers);
    instance->peers[at] = peer;
    instance->peer_count++;
    return peer;
}

void peer_free(struct frame_instance *instance, struct peer *peer)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    hash_list_free(allocator, &peer->attested.heads);
    hash_list_free(allocator, &peer->transfer.want);
    hash_list_free(allocator, &peer->transfer.have);
    buffer_free(&peer->transfer.staged);
    memory_release(allocator, peer, sizeof *peer);
}

enum frame_status frame_instance_peer(struct frame_instance *instance,
                                      const struct frame_public_key *key, bool trusted)
{
    struct peer *peer = peer_find(instance, key);
    if (peer == NULL)
        peer = peer_add(instance, key);
    if (peer == NULL)
        return FRAME_NO_MEMORY;
    peer->configured = true;
    peer->trusted = trusted;
    return FRAME_OK;
}

bool frame_instance_peer_state(const struct frame_instance *instance, struct frame_peer_state *state,
                               const struct frame_public_key *key)
{
    const struct peer *peer = peer_find(instance, key);
    if (peer == NULL)
        return false;
    state->trusted = peer->trusted;
    state->requesting = peer->transfer.active;
    state->ignored_until_ms = peer_ignored(instance, peer) ? peer->ignored_until_ms : 0;
    state->offences = peer->offences;
    state->staged_receipts = peer->transfer.staged_count;
    return true;
}

bool peer_ignored(const struct frame_instance *instance, const struct peer *peer)
{
    return peer->ignored_until_ms > instance->now_ms;
}

void peer_drop_transfer(struct peer *peer)
{
    struct transfer *transfer = &peer->transfer;
    struct frame_allocator allocator = transfer->staged.allocator;
    buffer_free(&transfer->staged);
    buffer_init(&transfer->staged, &allocator);
    transfer->staged_count = 0;
    transfer->active = false;
    transfer->complete = false;
    transfer->full = false;
    transfer->resume = false;
    transfer->has_after = false;
}

/* `first`, doubled `times` times, at most `most`. */
static uint64_t doubled(uint64_t first, uint64_t most, uint32_t times)
{
    uint64_t value = first;
    for (uint32_t i = 0; i < times && value < most; i++)
        value *= 2;
    return value < most ? value : most;
}

void peer_back_off(struct frame_instance *instance, struct peer *peer)
{
    const struct frame_instance_config *config = &instance->config;
    uint32_t times = peer->attempts > 0 ? peer->attempts - 1 : 0;
    uint64_t wait = doubled(config->request_timeout_ms, config->retry_ms_max, times);
    peer->retry_ms = instance->now_ms + instance_jitter(instance, wait);
}

/* § 12: after 8 offences a peer is ignored for a while, doubling, capped. */
static void peer_offend(struct frame_instance *instance, struct peer *peer)
{
    const struct frame_instance_config *config = &instance->config;
    peer->offences++;
    instance_note(instance, FRAME_NOTE_OFFENCE, peer)->count = peer->offences;
    if (peer->offences < config->offences_max)
        return;
    uint64_t wait = doubled(config->ignore_ms, config->ignore_ms_max, peer->ignorings);
    peer->ignorings++;
    peer->offences = 0;
    peer->ignored_until_ms = instance->now_ms + wait;
    peer->attested.known = false;
    peer->lacking = false;
    peer_drop_transfer(peer);
    instance_note(instance, FRAME_NOTE_IGNORING, peer)->count = wait;
}

void peer_refuse(struct frame_instance *instance, struct peer *peer,
                 const struct frame_fault *fault, bool costs)
{
    instance_note(instance, FRAME_NOTE_REFUSED, peer)->fault = *fault;
    if (costs && peer != NULL)
        peer_offend(instance, peer);
}

void peer_update_lacking(struct frame_instance *instance, struct peer *peer)
{
    peer->lacking = false;
    if (peer->diverged && peer->diverged_count == frame_chain_count(instance->chain) &&
        frame_hash_compare(&peer->diverged_commitment, &peer->attested.values.commitment) == 0)
        return;
    for (size_t i = 0; peer->attested.known && i < peer->attested.heads.count; i++)
        if (!frame_chain_find(instance->chain, NULL, &peer->attested.heads.at[i]))
            peer->lacking = true;
}
