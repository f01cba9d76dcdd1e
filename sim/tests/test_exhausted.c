// SPDX-License-Identifier: Apache-2.0
/*
 * A world whose memory is used up ends, and says so: its logs, most of which are put away, can still be looked at, its peers crash
 * and come up or do not, and its hash is the same each time.
 */
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "sim/crypto_memo.h"

enum { ROUNDS_MAX = 20000, BURST = 20 };

static struct crypto_memo *memo;

static struct world *world_of(int peers, size_t memory_bytes)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    config.memory_bytes_max = memory_bytes;
    config.refold_ppm = 0;
    config.memo = memo;
    struct world *world = world_new(&config);
    if (world == NULL) abort();
    world_peer_options_init(&options);
    for (int i = 0; i < peers; i++) {
        const char name[] = {'p', (char)('0' + i), '\0'};
        CHECK(world_add_peer(world, name, &options) == i);
    }
    return world;
}

/* One user's ticks, until there is no memory for more. */
static void use_up(struct world *world)
{
    const struct world_intent tick = {.action = "display.timerTick", .payload = "{}"};
    enum world_run_result result = WORLD_RUN_DONE;
    for (int round = 0; result == WORLD_RUN_DONE && round < ROUNDS_MAX; round++) {
        for (int i = 0; i < BURST; i++)
            (void)world_intent(world, 0, &tick);
        result = world_run_for(world, 100 * WORLD_MS);
    }
    CHECK(result == WORLD_RUN_MEMORY);
}

static void life(struct world_hash *hash, int peers, size_t memory_bytes)
{
    struct world *world = world_of(peers, memory_bytes);
    size_t durable;
    use_up(world);
    CHECK(frame_chain_count(world_peer_chain(world, 0)) > 1000);
    CHECK(world_peer_disk(world, 0, &durable) > memory_bytes / 16);
    world_final_hash(world, hash);
    const struct frame_span log = world_peer_log(world, 0);
    CHECK(log.length == world_peer_disk(world, 0, &durable) && log.bytes[8] == '{');
    world_check_end(world);
    for (int i = 0; i < peers; i++) {
        world_crash(world, i);
        if (i == 0) world_flip_disk_bit(world, i, 5000, 1); /* a corrupt log stays in one piece */
        world_restart(world, i);
        world_crash(world, i);
    }
    world_final_hash(world, hash);
    CHECK(world_failure_count(world) == 0);
    world_free(world);
}

static void test_ends(int peers, size_t memory_bytes)
{
    struct world_hash hashes[2];
    for (int i = 0; i < 2; i++)
        life(&hashes[i], peers, memory_bytes);
    CHECK(memcmp(hashes[0].bytes, hashes[1].bytes, sizeof hashes[0].bytes) == 0);
}

int main(void)
{
    memo = crypto_memo_new_of(CRYPTO_IDEAL, CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (memo == NULL) return 1;
    test_ends(1, (size_t)16 << 20);
    test_ends(2, (size_t)24 << 20);
    test_ends(5, (size_t)32 << 20);
    crypto_memo_free(memo);
    return check_done();
}
