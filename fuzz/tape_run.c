// SPDX-License-Identifier: Apache-2.0
#include "tape_run.h"

#include <stdio.h>
#include <string.h>

#include "crypto_memo.h"
#include "fuzz.h"
#include "lines.h"
#include "world.h"

enum { PEERS = 3, OVERRIDES_MAX = 64, STEPS_MAX = 20000 };

static struct {
    char identity[TAPE_ASKED_MAX][TAPE_IDENTITY_BYTES_MAX];
    uint64_t bound[TAPE_ASKED_MAX];
    size_t count;
} asked;

size_t tape_asked_count(void)
{
    return asked.count;
}

const char *tape_asked(size_t i, uint64_t *bound)
{
    *bound = asked.bound[i];
    return asked.identity[i];
}

static void answered(void *context, const char *identity, uint64_t bound, uint64_t value)
{
    (void)context;
    (void)value;
    if (asked.count == TAPE_ASKED_MAX) return;
    (void)snprintf(asked.identity[asked.count], TAPE_IDENTITY_BYTES_MAX, "%s", identity);
    asked.bound[asked.count++] = bound;
}

static void override(struct world *world, struct frame_span line)
{
    const uint8_t *sign = memchr(line.bytes, '=', line.length);
    uint64_t value = 0;
    if (sign == NULL) return;
    for (const uint8_t *at = sign + 1; at < line.bytes + line.length; at++)
        value = value * 10 + (uint64_t)(*at - '0') % 10;
    (void)tape_override(world_tape(world), (const char *)line.bytes, (size_t)(sign - line.bytes),
                        value);
}

/* ---- The world ------------------------------------------------------------------------------ */

static struct world *make_world(void)
{
    static struct crypto_memo *memo;
    if (memo == NULL) memo = crypto_memo_new(1 << 14);
    struct world_config config;
    world_config_init(&config);
    config.memory_bytes_max = (size_t)64 << 20;
    config.steps_max = STEPS_MAX;
    config.refold_ppm = 50000;
    config.plain_malloc = true;
    config.memo = memo;
    struct world *world = world_new(&config);
    FUZZ_CHECK(world != NULL);
    static const char *const names[PEERS] = {"ana", "ben", "cid"};
    for (size_t i = 0; i < PEERS; i++) {
        struct world_peer_options options;
        world_peer_options_init(&options);
        options.clock_offset_s = i == 1 ? -3 : 0;
        options.disk.torn = i == 2;
        FUZZ_CHECK(world_add_peer(world, names[i], &options) == (int)i);
    }
    return world;
}

static void set_links(struct world *world, uint32_t ppm)
{
    struct link_settings settings;
    link_settings_init(&settings);
    settings.loss_ppm = settings.duplicate_ppm = settings.reorder_ppm = ppm;
    settings.reorder_us = 2 * WORLD_SECOND;
    settings.flip_ppm = settings.truncate_ppm = ppm / 8;
    world_set_link(world, WORLD_ANY, WORLD_ANY, &settings);
}

/* Whoever is down, or has halted because its disk failed, comes back. */
static void raise_all(struct world *world)
{
    for (int i = 0; i < PEERS; i++)
        if (world_peer_state(world, i) != WORLD_PEER_UP) world_restart(world, i);
}

/* Time to converge, in slices: an override may bring a peer down again. */
static enum world_run_result calm(struct world *world)
{
    enum { SLICES = 100 };
    enum world_run_result result = WORLD_RUN_TIMEOUT;
    for (unsigned i = 0; i < SLICES && result == WORLD_RUN_TIMEOUT; i++) {
        raise_all(world);
        result = world_run_until_converged(world, NULL, 0, world_now_us(world) + 3 * WORLD_SECOND);
        for (int k = 0; k < PEERS; k++)
            if (result == WORLD_RUN_DONE && world_peer_state(world, k) != WORLD_PEER_UP)
                result = WORLD_RUN_TIMEOUT;
    }
    return result;
}

/* Intents everywhere, a partition, a crash in the middle of a sync; then everything is well again. */
static void play(struct world *world)
{
    static const int groups[PEERS] = {0, 1, 1};
    struct world_workload workload;
    world_workload_init(&workload);
    workload.interval_us = WORLD_SECOND / 2;
    workload.count = 4;
    set_links(world, 100000);
    FUZZ_CHECK(world_workload(world, &workload));
    (void)world_run_for(world, WORLD_SECOND);
    world_partition(world, groups, PEERS);
    (void)world_run_for(world, WORLD_SECOND);
    world_crash_at(world, 2, WORLD_CRASH_IN, WORLD_CRASH_SYNC, 1);
    (void)world_run_for(world, WORLD_SECOND);
    world_heal(world);
    set_links(world, 0);
    enum world_run_result result = calm(world);
    fuzz_tell_number(result);
    FUZZ_CHECK(result != WORLD_RUN_TIMEOUT);
    if (result == WORLD_RUN_DONE) fuzz_reach(FUZZ_WALL_REPLAY);
}

void tape_run(const uint8_t *data, size_t size)
{
    const struct tape_recorder recorder = {.answered = answered};
    struct lines lines = {{data, size}};
    struct frame_span line;
    struct world_hash hash;
    struct world_failure failure;
    struct world *world = make_world();
    asked.count = 0;
    tape_record(world_tape(world), &recorder);
    for (size_t i = 0; i < OVERRIDES_MAX && lines_next(&lines, &line); i++)
        override(world, line);
    play(world);
    if (world_check_end(world) > 0) {
        world_failure(world, &failure, 0);
        fprintf(stderr, "%s: %s\n", failure.check, failure.text);
        FUZZ_CHECK(world_failure_count(world) == 0);
    }
    world_final_hash(world, &hash);
    fuzz_tell(hash.bytes, sizeof hash.bytes);
    fuzz_verdict(FRAME_OK, (int64_t)world_steps(world), -1);
    world_free(world);
}
