// SPDX-License-Identifier: Apache-2.0
/*
 * No piece of memory is one too few: a small world of three devices is run again and again, and each time
 * another piece of memory is refused to one of them, until each has been, once and with all that it
 * asks for in the same second. Every check is on; nothing that was acknowledged is lost; and they converge.
 */
#include "sim/world.h"

#include "core/tests/check.h"
#include "sim/crypto_memo.h"

enum { ANA, BEN, CAI, PEERS };
static const char *const names[PEERS] = {"ana", "ben", "cai"};

static struct crypto_memo *memo;

static struct world *world_small(void)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    config.memory_bytes_max = (size_t)32 << 20;
    config.refold_ppm = 0; /* all is looked at in the end */
    config.memo = memo;
    struct world *world = world_new(&config);
    world_peer_options_init(&options);
    options.gossip_interval_ms = 4000;
    for (int i = 0; i < PEERS; i++)
        CHECK(world_add_peer(world, names[i], &options) == i);
    return world;
}

static void note(struct world *world, int peer, const char *payload)
{
    const struct world_intent intent = {.action = "notes.create", .payload = payload};
    (void)world_intent(world, peer, &intent);
}

/* A fork, a merge, a restart from the log, and a log that has rotted: every path that takes memory. */
static void live(struct world *world)
{
    note(world, ANA, "{\"text\":\"a\"}");
    note(world, BEN, "{\"text\":\"b\"}");
    (void)world_run_for(world, WORLD_SECOND);
    note(world, ANA, "{\"text\":\"merged\"}");
    (void)world_run_for(world, WORLD_SECOND);
    for (int i = ANA; i <= BEN; i++) {
        world_crash(world, i);
        world_flip_disk_bit(world, i, 600, 0);
        world_restart(world, i);
        (void)world_run_for(world, WORLD_SECOND);
    }
}

static void raise_all(struct world *world)
{
    for (int i = 0; i < PEERS; i++) {
        world_starve(world, i, 0, 0);
        if (world_peer_state(world, i) != WORLD_PEER_UP) world_restart(world, i);
    }
}

/* False: it did not ask for so many. */
static bool endure(int peer, uint64_t nth, uint64_t lasts_us)
{
    struct world *world = world_small();
    char name[64];
    world_starve(world, peer, nth, lasts_us);
    live(world);
    const bool refused = world_memory_refused(world, peer) > 0;
    raise_all(world);
    const enum world_run_result result =
        world_run_until_converged(world, NULL, 0, world_now_us(world) + 120 * WORLD_SECOND);
    (void)snprintf(name, sizeof name, "%s, piece %llu", names[peer], (unsigned long long)nth);
    CHECK_IN(name, result == WORLD_RUN_DONE);
    CHECK_IN(name, world_check_end(world) == 0);
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        printf("  %s: %s: %s\n", name, failure.check, failure.text);
    }
    world_free(world);
    return refused;
}

int main(void)
{
    memo = crypto_memo_new(CRYPTO_MEMO_ENTRIES_DEFAULT);
    uint64_t pieces = 0;
    for (int peer = 0; peer < PEERS; peer++) {
        uint64_t nth = 1;
        while (endure(peer, nth, 0))
            nth++;
        pieces += nth - 1;
        CHECK(nth > 100);
        for (uint64_t from = 1; from < nth; from += 29)
            CHECK(endure(peer, from, 4 * WORLD_SECOND));
    }
    crypto_memo_free(memo);
    printf("%llu pieces of memory, each refused once\n", (unsigned long long)pieces);
    return check_done();
}
