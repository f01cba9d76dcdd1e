// SPDX-License-Identifier: Apache-2.0
/* The table of peers: who is known, what they cost, when they are heard again (§ 12). */
#include <string.h>

#include "instance.h"
#include "planted.h"

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

void peer_remove(struct frame_instance *instance, const struct peer *peer)
{
    const size_t at = peer_index(instance, &peer->key);
    peer_free(instance, instance->peers[at]);
    instance->peer_count--;
    memmove(instance->peers + at, instance->peers + at + 1,
            (instance->peer_count - at) * sizeof(struct peer *));
}

/* Room in a full table: of those that called in and have nothing under way, the one that was heard the
   longest ago goes. Otherwise whoever makes up keys could keep all others out. */
static bool peer_evict(struct frame_instance *instance)
{
    size_t count = instance->peer_count;
    size_t at = count;
    for (size_t i = 0; i < count; i++) {
        const struct peer *peer = instance->peers[i];
        if (!peer->configured && peer->transfer.stage == TRANSFER_NONE &&
            !peer_ignored(instance, peer) &&
            (at == count || peer->heard < instance->peers[at]->heard))
            at = i;
    }
    if (at == count) return false;
    peer_remove(instance, instance->peers[at]);
    return true;
}

static bool peers_reserve(struct frame_instance *instance)
{
    void *array = instance->peers;
    if (!memory_reserve(&instance->config.allocator, &array, &instance->peer_capacity,
                        instance->peer_count + 1, sizeof(struct peer *)))
        return false;
    instance->peers = array;
    return true;
}

struct peer *peer_add(struct frame_instance *instance, const struct frame_public_key *key)
{
    const struct frame_allocator *allocator = &instance->config.allocator;
    if (instance->peer_count >= instance->config.peers_max && !peer_evict(instance)) return NULL;
    if (!peers_reserve(instance) || !instance_reserve_update(instance, instance->peer_count + 1))
        return NULL;
    struct peer *peer = memory_allocate(allocator, sizeof *peer);
    if (peer == NULL) return NULL;
    memset(peer, 0, sizeof *peer);
    peer->key = *key;
    if (instance->discovery != NULL) {
        peer->met = memory_allocate(allocator, sizeof *peer->met);
        if (peer->met == NULL) {
            memory_release(allocator, peer, sizeof *peer);
            return NULL;
        }
        memset(peer->met, 0, sizeof *peer->met);
    }
    buffer_init(&peer->transfer.staged, allocator);
    size_t at = peer_index(instance, key);
    memmove(instance->peers + at + 1, instance->peers + at,
            (instance->peer_count - at) * sizeof(struct peer *));
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
    if (peer->met != NULL) memory_release(allocator, peer->met, sizeof *peer->met);
    memory_release(allocator, peer, sizeof *peer);
}

enum frame_status frame_instance_peer(struct frame_instance *instance,
                                      const struct frame_public_key *key, bool trusted)
{
    if (memcmp(key->bytes, instance->transport_key.bytes, sizeof key->bytes) == 0)
        return FRAME_BAD_ARGUMENT;
    struct peer *peer = peer_find(instance, key);
    if (peer == NULL) peer = peer_add(instance, key);
    if (peer == NULL) return FRAME_NO_MEMORY;
    peer->configured = true;
    peer->trusted = trusted;
    if (peer->met != NULL && !peer->met->member) peer->met->greet = true;
    return FRAME_OK;
}

bool frame_instance_peer_state(const struct frame_instance *instance,
                               struct frame_peer_state *state, const struct frame_public_key *key)
{
    const struct peer *peer = peer_find(instance, key);
    if (peer == NULL) return false;
    state->trusted = peer->trusted;
    state->requesting = peer->transfer.stage == TRANSFER_ASKED;
    state->ignored_until_ms = peer_ignored(instance, peer) ? peer->ignored_until_ms : 0;
    state->offences = peer->offences;
    state->attempts = peer->attempts;
    state->staged_receipts = peer->transfer.staged_count;
    state->configured = peer->configured;
    const struct met *met = peer->met;
    state->chosen = met != NULL && met->chosen;
    state->member = met != NULL && met->member;
    state->suspect = met != NULL && peer_suspect(instance, peer);
    state->ring = met != NULL ? peer_ring(peer) : 0;
    state->capabilities = met != NULL ? met->capabilities : 0;
    state->dapps = met != NULL ? met->dapps : 0;
    state->successes = met != NULL ? met->successes : 0;
    state->failures = met != NULL ? met->failures : 0;
    state->issued_ms = met != NULL ? met->issued_ms : 0;
    state->announced_ms = met != NULL ? met->announced_ms : 0;
    return true;
}

size_t frame_instance_peer_count(const struct frame_instance *instance)
{
    return instance->peer_count;
}

void frame_instance_peer_at(const struct frame_instance *instance, struct frame_public_key *key,
                            size_t index)
{
    FRAME_ASSERT(index < instance->peer_count);
    *key = instance->peers[index]->key;
}

bool peer_ignored(const struct frame_instance *instance, const struct peer *peer)
{
    return peer->ignored_until_ms > instance->now_ms;
}

void peer_forget_attested(struct peer *peer)
{
    peer->attested.known = false;
    peer->lacking = false;
}

void peer_drop_transfer(struct peer *peer)
{
    struct transfer *transfer = &peer->transfer;
    if (!FRAME_PLANTED(staged_kept)) buffer_free(&transfer->staged);
    transfer->staged_count = 0;
    transfer->stage = TRANSFER_NONE;
    transfer->has_after = false;
}

/* `first`, doubled `times` times, at most `most`. */
static uint64_t doubled(uint64_t first, uint64_t most, uint32_t times)
{
    if (FRAME_PLANTED(retries_uncapped)) most = UINT64_MAX;
    uint64_t value = first < most ? first : most;
    for (uint32_t i = 0; i < times && value < most; i++)
        value = value < most / 2 ? value * 2 : most;
    return value;
}

uint64_t patience_after(struct frame_instance *instance, uint32_t attempts)
{
    const struct frame_instance_config *config = &instance->config;
    uint64_t wait_ms = doubled(config->request_timeout_ms, config->retry_ms_max, attempts);
    return instance_after(instance, instance_jitter(instance, wait_ms));
}

uint64_t peer_patience(struct frame_instance *instance, const struct peer *peer)
{
    return patience_after(instance, peer->attempts);
}

void peer_back_off(struct frame_instance *instance, struct peer *peer)
{
    peer->retry_ms = peer_patience(instance, peer);
    if (peer->attempts < UINT32_MAX) peer->attempts++;
}

/* § 12: after 8 offences a peer is ignored for a while, doubling, capped. */
static void peer_offend(struct frame_instance *instance, struct peer *peer)
{
    const struct frame_instance_config *config = &instance->config;
    peer->offences++;
    instance_note(instance, FRAME_NOTE_OFFENCE, peer)->count = peer->offences;
    if (peer->offences < config->offences_max || FRAME_PLANTED(offences_free)) return;
    uint64_t wait_ms = doubled(config->ignore_ms, config->ignore_ms_max, peer->ignorings);
    if (peer->ignorings < UINT32_MAX) peer->ignorings++;
    peer->offences = 0;
    if (FRAME_PLANTED(ignored_for_ever)) wait_ms = UINT64_MAX;
    peer->ignored_until_ms = instance_after(instance, wait_ms);
    peer_forget_attested(peer);
    peer_drop_transfer(peer);
    instance_note(instance, FRAME_NOTE_IGNORING, peer)->count = wait_ms;
}

void peer_refuse(struct frame_instance *instance, struct peer *peer,
                 const struct frame_fault *fault, bool costs)
{
    instance_note(instance, FRAME_NOTE_REFUSED, peer)->fault = *fault;
    if (costs && peer != NULL) peer_offend(instance, peer);
}

static bool all_held(const struct frame_instance *instance, const struct hash_list *heads)
{
    for (size_t i = 0; i < heads->count; i++)
        if (!frame_chain_find(instance->chain, NULL, &heads->at[i])) return false;
    return true;
}

/* Policy strict: it was found to have diverged, and neither side has moved since. */
static bool still_diverged(const struct frame_instance *instance, const struct peer *peer)
{
    return peer->diverged && peer->diverged_count == frame_chain_count(instance->chain) &&
           frame_hash_compare(&peer->diverged_commitment, &peer->attested.values.commitment) == 0;
}

void peer_update_lacking(struct frame_instance *instance, struct peer *peer)
{
    peer->lacking = peer->attested.known && !still_diverged(instance, peer) &&
                    !all_held(instance, &peer->attested.heads);
    if (peer->transfer.stage != TRANSFER_NONE && all_held(instance, &peer->transfer.want))
        peer_drop_transfer(peer); /* others were faster */
}
