// SPDX-License-Identifier: Apache-2.0
/* Worlds of peers that have discovery on and are told of one other each: what the tables of this folder are about. */
#ifndef SIM_BENCH_PEERS_MEETING_H
#define SIM_BENCH_PEERS_MEETING_H

#include "core/bench/bench.h"
#include "sim/crypto_memo.h"
#include "sim/world.h"

static inline struct crypto_memo *meeting_memo(void)
{
    struct crypto_memo *memo = crypto_memo_new_of(CRYPTO_IDEAL, CRYPTO_MEMO_ENTRIES_DEFAULT);
    bench_check(memo != NULL, "out of memory");
    return memo;
}

static inline struct world *meeting_new(uint64_t seed, struct crypto_memo *memo)
{
    struct world_config config;
    world_config_init(&config);
    config.seed = seed;
    config.memo = memo;
    config.memory_bytes_max = (size_t)4 << 30;
    config.refold_ppm = 0; /* a note or two */
    config.stop_at_failure = false;
    struct world *world = world_new(&config);
    bench_check(world != NULL, "out of memory");
    return world;
}

/* Whom the i-th peer is told of: one that stands before it, as the seed says. */
static inline int meeting_told_of(struct world *world, int i)
{
    struct tape_identity identity;
    tape_identity(&identity, "Bootstrap", "peers", NULL, (uint64_t)i);
    return (int)tape_choose(world_tape(world), &identity, (uint64_t)i);
}

/* p1, p2, …: each but the first is told of one. */
static inline void meeting_add(struct world *world, int count, uint32_t table_peers_max)
{
    struct world_peer_options options;
    world_peer_options_init(&options);
    options.discovery = true;
    options.stranger = true;
    options.table_peers_max = table_peers_max;
    for (int i = 0; i < count; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "p%d", i + 1);
        bench_check(world_add_peer(world, name, &options) == i, "a peer cannot be added");
        if (i > 0) world_know(world, i, meeting_told_of(world, i), false);
    }
}

/* A user of the peer writes a note; its number, for meeting_held. */
static inline size_t meeting_note(struct world *world, int peer)
{
    const struct world_intent intent = {.action = "notes.create", .payload = "{\"text\":\"n\"}"};
    return world_intent(world, peer, &intent);
}

/* By how many of the peers is the note held? */
static inline int meeting_held(const struct world *world, int count, size_t note)
{
    struct world_outcome outcome;
    int holders = 0;
    world_outcome(world, &outcome, note);
    if (outcome.state != WORLD_INTENT_ACKNOWLEDGED) return 0;
    for (int i = 0; i < count; i++) {
        const struct frame_chain *chain = world_peer_chain(world, i);
        holders += chain != NULL && frame_chain_find(chain, NULL, &outcome.receipt);
    }
    return holders;
}

static inline int meeting_order(const void *a, const void *b)
{
    const double *one = a;
    const double *other = b;
    return (*one > *other) - (*one < *other);
}

/* Sorts them, and returns the one in the middle, of an even number the lower one. */
static inline double meeting_median(double *values, size_t count)
{
    qsort(values, count, sizeof *values, meeting_order);
    return values[(count - 1) / 2];
}

#endif
