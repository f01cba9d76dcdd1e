// SPDX-License-Identifier: Apache-2.0
/* Running a world: the next event, until something says stop. And what came of it, in figures. */
#include "sim/world_internal.h"

#include <string.h>

#include "sim/checks.h"
#include "sim/flood.h"
#include "sim/forger.h"

const char *world_run_result_name(enum world_run_result result)
{
    static const char *const names[] = {"done", "timeout", "failure", "budget", "memory"};
    return names[result];
}

/* ---- Events ---- */

static void tick(struct world *world, int peer, uint64_t stamp)
{
    struct peer *self = world->peers[peer];
    if (self->tick_stamp != stamp || self->state != WORLD_PEER_UP) return;
    if (site_fires(world, SITE_LATE_TICK, peer)) {
        self->tick_us = world->now_us + site_choose(world, SITE_LATE_TICK, peer, 2 * WORLD_SECOND);
        world_schedule(world, EVENT_TICK, peer, self->tick_us, stamp, NULL);
        return;
    }
    self->tick_us = WORLD_NEVER;
    if (self->paused) return; /* wound up again when it goes on */
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    struct frame_event event = {.type = FRAME_EVENT_TICK};
    (void)world_step(world, peer, &event, &origin);
}

static void dispatch(struct world *world, const struct queued *queued)
{
    const int peer = queued->peer;
    const bool same_life = world->peers[peer]->life == queued->stamp;
    switch ((enum event_kind)queued->kind) {
    case EVENT_DELIVER: world_deliver(world, queued->data); break;
    case EVENT_ARRIVE: world_arrive(world, queued->data); break;
    case EVENT_TICK: tick(world, peer, queued->stamp); break;
    case EVENT_SYNCED:
        if (same_life && !door_keeps(world, queued)) world_synced(world, peer, false);
        break;
    case EVENT_RETRY:
        if (same_life && !door_keeps(world, queued)) world_synced(world, peer, true);
        break;
    case EVENT_CRASH:
        if (world->peers[peer]->crash_stamp == queued->stamp) peer_crash(world, peer);
        break;
    case EVENT_LINK: world_link_event(world, peer, queued->stamp); break;
    case EVENT_WORK: world_work(world, peer, (size_t)queued->stamp); break;
    case EVENT_FORGER: forger_act(world, (size_t)queued->stamp); break;
    case EVENT_FLOOD: flood_act(world, (size_t)queued->stamp); break;
    case EVENT_FETCHED: routes_fetched(world, peer, queued->data); break;
    case EVENT_CROWD: crowd_act(world, (size_t)queued->stamp); break;
    }
    if (!world->peers[peer]->options.adversary) world_pump(world, peer);
}

/* ---- Runs ---- */

/* Is there a reason to stop before the next event? */
static bool stopped(const struct world *world, enum world_run_result *result)
{
    if (world->failure_count > 0 && world->config.stop_at_failure)
        *result = WORLD_RUN_FAILURE;
    else if (world_exhausted(world))
        *result = WORLD_RUN_MEMORY;
    else if (world->config.steps_max > 0 && world->steps >= world->config.steps_max)
        *result = WORLD_RUN_BUDGET;
    else
        return false;
    return true;
}

enum world_run_result world_run_while_not(struct world *world, world_predicate *predicate,
                                          void *context, uint64_t time_us)
{
    enum world_run_result result;
    for (;;) {
        if (stopped(world, &result)) return result;
        if (predicate != NULL && predicate(context, world)) return WORLD_RUN_DONE;
        uint64_t next_us;
        if (!queue_next(&world->queue, &next_us) || next_us > time_us) break;
        const struct queued queued = queue_pop(&world->queue);
        world->now_us = next_us;
        dispatch(world, &queued);
    }
    if (time_us != WORLD_NEVER && time_us > world->now_us) world->now_us = time_us;
    return predicate != NULL ? WORLD_RUN_TIMEOUT : WORLD_RUN_DONE;
}

enum world_run_result world_run_until(struct world *world, uint64_t time_us)
{
    return world_run_while_not(world, NULL, NULL, time_us);
}

enum world_run_result world_run_for(struct world *world, uint64_t duration_us)
{
    const uint64_t left_us = WORLD_NEVER - world->now_us;
    return world_run_until(world,
                           duration_us < left_us ? world->now_us + duration_us : WORLD_NEVER);
}

/* ---- Convergence ---- */

bool world_kept_apart(const struct world *world, int a, int b)
{
    return world_link(world, a, b)->diverged || world_link(world, b, a)->diverged;
}

struct gathering {
    const int *peers;
    size_t peer_count;
};

/* Does a user wait whom the peer is going to serve? In safe mode, paused or down, that may never be. */
static bool has_work(const struct world *world, int peer)
{
    const struct peer *self = world->peers[peer];
    return self->waiting_count > 0 && self->state == WORLD_PEER_UP && !self->paused &&
           !world_peer_in_safe_mode(world, peer);
}

/* Has every peer of the list nothing that waits for its disk, and no work? */
static bool settled(const struct world *world, const struct gathering *gathering)
{
    const size_t count =
        gathering->peers != NULL ? gathering->peer_count : (size_t)world->peer_count;
    for (size_t i = 0; i < count; i++) {
        const int peer = gathering->peers != NULL ? gathering->peers[i] : (int)i;
        const struct disk *disk = &world->peers[peer]->disk;
        if (disk->durable < disk->length || has_work(world, peer)) return false;
    }
    return true;
}

static bool gathered(void *context, const struct world *world)
{
    const struct gathering *gathering = context;
    return world_converged(world, gathering->peers, gathering->peer_count) &&
           settled(world, gathering);
}

enum world_run_result world_run_until_converged(struct world *world, const int *peers,
                                                size_t peer_count, uint64_t time_us)
{
    struct gathering gathering = {peers, peer_count};
    return world_run_while_not(world, gathered, &gathering, time_us);
}

/* ---- Results ---- */

void world_run_hash(const struct world *world, struct world_hash *hash)
{
    memcpy(hash->bytes, world->hash.bytes, sizeof hash->bytes);
}

static void hash_chain(struct run_hash *hash, const struct world *world,
                       const struct frame_chain *chain)
{
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    struct run_record record;
    run_record_begin(&record);
    run_record_integer(&record, frame_chain_count(chain));
    run_record_integer(&record, summary.superseded);
    run_record_integer(&record, summary.changed);
    run_record_bytes(&record, summary.heads, summary.head_count * sizeof *summary.heads);
    run_record_bytes(&record, summary.commitment.bytes, sizeof summary.commitment.bytes);
    run_record_bytes(&record, summary.state_root.bytes, sizeof summary.state_root.bytes);
    struct buffer storage;
    buffer_init(&storage, &world->allocator);
    const struct frame_sink sink = buffer_sink(&storage);
    if (frame_chain_write_storage(chain, sink))
        run_record_bytes(&record, storage.bytes, storage.length);
    buffer_free(&storage);
    run_hash_add(hash, &record);
}

void world_final_hash(const struct world *world, struct world_hash *hash)
{
    struct run_hash chained = world->hash;
    for (int i = 0; i < world->peer_count; i++) {
        const struct peer *self = world->peers[i];
        struct run_record record;
        uint8_t digest[16];
        run_record_begin(&record);
        run_record_integer(&record, (uint64_t)self->state);
        run_record_integer(&record, self->disk.durable);
        disk_digest(&self->disk, digest);
        run_record_digest(&record, digest, self->disk.length);
        run_hash_add(&chained, &record);
        const struct frame_chain *chain = world_peer_chain(world, i);
        if (chain != NULL) hash_chain(&chained, world, chain);
    }
    memcpy(hash->bytes, chained.bytes, sizeof hash->bytes);
}

/* All counters are uint64_t, so that sums are sums of arrays. */
void world_counters(const struct world *world, struct world_counters *counters, int peer)
{
    enum { FIGURES = sizeof *counters / sizeof(uint64_t) };
    if (peer != WORLD_NOBODY) {
        *counters = world_peer(world, peer)->counters;
        return;
    }
    uint64_t sums[FIGURES] = {0};
    for (int i = 0; i < world->peer_count; i++) {
        uint64_t figures[FIGURES];
        memcpy(figures, &world->peers[i]->counters, sizeof figures);
        for (size_t j = 0; j < FIGURES; j++)
            sums[j] += figures[j];
    }
    memcpy(counters, sums, sizeof *counters);
}

uint64_t world_refusals(const struct world *world, int peer, enum frame_status status)
{
    if (peer != WORLD_NOBODY) return world_peer(world, peer)->refusals[status];
    uint64_t sum = 0;
    for (int i = 0; i < world->peer_count; i++)
        sum += world->peers[i]->refusals[status];
    return sum;
}
