// SPDX-License-Identifier: Apache-2.0
/*
 * bench_crowd [LONG]: many peers that hold the same receipts. One of them writes, the others have what it wrote by gossip; each has
 * found a few others (§ 15), and tells these. 10 and 100 peers with 1,000 receipts: what an event costs, and the memory of the
 * whole world; LONG (1): also 1,000 peers with 1,000 receipts, and 50 with 50,000, a few minutes each. Every run goes on until
 * all hold the last receipt.
 */
#include "sim/bench/peers/meeting.h"

enum {
    RECEIPTS = 1000,
    MANY_PEERS = 50,
    MANY_RECEIPTS = 50000,
    TABLE_PEERS = 16,
    MEETING_S = 20,
    BURST = 50, /* intents at once, each EVERY_MS */
    EVERY_MS = 500,
    LAST_S = 600
};

struct crowd {
    int peers;
    double event_us;
    double memory_gib;
};

static void run_for(struct world *world, uint64_t us)
{
    const enum world_run_result result = world_run_for(world, us);
    bench_check(result == WORLD_RUN_DONE, world_run_result_name(result));
}

/* The writer's ticks: the state stays small, so that what grows is the number of receipts. */
static size_t write_all(struct world *world, size_t receipts)
{
    const struct world_intent tick = {.action = "display.timerTick", .payload = "{}"};
    size_t last = 0;
    for (size_t i = 0; i < receipts; i++) {
        last = world_intent(world, 0, &tick);
        if ((i + 1) % BURST == 0) run_for(world, EVERY_MS * WORLD_MS);
    }
    return last;
}

static void crowd_run(struct crowd *crowd, int peers, size_t receipts)
{
    struct crypto_memo *memo = meeting_memo();
    struct world *world = meeting_new(1, memo);
    size_t now;
    size_t most;
    meeting_add(world, peers, TABLE_PEERS);
    run_for(world, MEETING_S * WORLD_SECOND);
    const uint64_t steps = world_steps(world);
    const double begin = bench_now_s();
    const size_t last = write_all(world, receipts);
    for (int waited_s = 0; meeting_held(world, peers, last) < peers; waited_s++) {
        bench_check(waited_s < LAST_S, "the last receipt does not get to all");
        run_for(world, WORLD_SECOND);
    }
    const double seconds = bench_now_s() - begin;
    world_memory(world, &now, &most);
    *crowd = (struct crowd){.peers = peers,
                            .event_us = seconds * 1e6 / (double)(world_steps(world) - steps),
                            .memory_gib = (double)most / (double)((size_t)1 << 30)};
    fprintf(stderr, "%d peers, %zu receipts: %llu events, %.1f s\n", peers, receipts,
            (unsigned long long)(world_steps(world) - steps), seconds);
    world_free(world);
    crypto_memo_free(memo);
}

static void report(const struct crowd *crowd, size_t receipts)
{
    char row[64];
    (void)snprintf(row, sizeof row, "crowd-event@%d", crowd->peers);
    if (receipts == RECEIPTS) bench_sample(row, "framesim", crowd->event_us, "us");
    (void)snprintf(row, sizeof row, "crowd-memory-%dx%zu", crowd->peers, receipts);
    bench_sample(row, "framesim", crowd->memory_gib, "GiB");
}

int main(int argc, char **argv)
{
    static const int sizes[] = {10, 100, 1000};
    const bool all = bench_argument(argc, argv, 1, 0) != 0;
    struct crowd crowds[3];
    for (size_t i = 0; i < (all ? 3 : 2); i++) {
        crowd_run(&crowds[i], sizes[i], RECEIPTS);
        report(&crowds[i], RECEIPTS);
    }
    if (!all) return 0;
    bench_sample("crowd-event-1000/10", "framesim", crowds[2].event_us / crowds[0].event_us,
                 "ratio");
    struct crowd many;
    crowd_run(&many, MANY_PEERS, MANY_RECEIPTS);
    report(&many, MANY_RECEIPTS);
    return 0;
}
