// SPDX-License-Identifier: Apache-2.0
/* Whose a transport key is. A twin has two: the one that it goes by, and its own. */
#include "sim/world_internal.h"

#include <string.h>

static bool same_key(const struct frame_public_key *a, const struct frame_public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* Where a search for it begins: keys are as good as random. */
static size_t first_slot(const struct world *world, const struct frame_public_key *key)
{
    const uint8_t *at = key->bytes;
    const uint32_t word =
        (uint32_t)at[0] | (uint32_t)at[1] << 8 | (uint32_t)at[2] << 16 | (uint32_t)at[3] << 24;
    return word & (world->key_capacity - 1);
}

/* Peers go in in their order, and none is ever taken out: so those with one key are met in that order. */
static void insert(struct world *world, const struct frame_public_key *key, int peer)
{
    const size_t mask = world->key_capacity - 1;
    size_t at = first_slot(world, key);
    while (world->keys[at].peer != WORLD_NOBODY)
        at = (at + 1) & mask;
    world->keys[at] = (struct key_slot){.key = *key, .peer = peer};
}

static void insert_peer(struct world *world, int peer)
{
    const struct peer *self = world->peers[peer];
    insert(world, &self->key, peer);
    if (!same_key(&self->key, &self->own_key)) insert(world, &self->own_key, peer);
}

void world_keys_changed(struct world *world)
{
    enum { FIRST = 64, SLOTS_OF_A_PEER = 4 };
    const size_t wanted = (size_t)world->peer_count * SLOTS_OF_A_PEER;
    const size_t before = world->key_capacity;
    size_t capacity = before == 0 ? FIRST : before;
    while (capacity < wanted)
        capacity *= 2;
    if (capacity != before) {
        world_give(world, world->keys, before * sizeof *world->keys);
        world->keys = world_take(world, capacity * sizeof *world->keys);
        world->key_capacity = capacity;
    }
    for (size_t i = 0; i < capacity; i++)
        world->keys[i].peer = WORLD_NOBODY;
    for (int i = 0; i < world->peer_count; i++)
        insert_peer(world, i);
}

int world_key_holder(const struct world *world, const struct frame_public_key *key, int after)
{
    const size_t mask = world->key_capacity - 1;
    if (world->key_capacity == 0) return WORLD_NOBODY;
    size_t at = first_slot(world, key);
    for (; world->keys[at].peer != WORLD_NOBODY; at = (at + 1) & mask)
        if (world->keys[at].peer > after && same_key(&world->keys[at].key, key))
            return world->keys[at].peer;
    return WORLD_NOBODY;
}

int world_key_user(const struct world *world, const struct frame_public_key *key, int after)
{
    int peer = world_key_holder(world, key, after);
    while (peer != WORLD_NOBODY && !same_key(&world->peers[peer]->key, key))
        peer = world_key_holder(world, key, peer);
    return peer;
}

int world_peer_of_key(const struct world *world, const struct frame_public_key *key)
{
    return world_key_user(world, key, WORLD_NOBODY);
}

int peer_first_with_key(const struct world *world, const struct frame_public_key *key)
{
    int peer = world_key_holder(world, key, WORLD_NOBODY);
    while (peer != WORLD_NOBODY && !same_key(&world->peers[peer]->own_key, key))
        peer = world_key_holder(world, key, peer);
    return peer;
}
