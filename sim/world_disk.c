// SPDX-License-Identifier: Apache-2.0
/* What an instance wants written, what may go wrong with it, and where a peer goes down on the way. */
#include "sim/world_internal.h"

#include <inttypes.h>

#include "sim/checks.h"

/* ---- Plans ---- */

#define CRASH_NAME(id, name) name,
void world_crash_at(struct world *world, int peer, enum world_crash_when when,
                    enum world_crash_what what, uint64_t nth)
{
    static const char *const whens[] = {WORLD_CRASH_WHENS(CRASH_NAME)};
    static const char *const whats[] = {WORLD_CRASH_WHATS(CRASH_NAME)};
    if (nth > 0)
        world_did(world, "crash %s %s %s %" PRIu64, world_peer_name(world, peer), whens[when],
                  whats[what], nth);
    world_peer(world, peer)->crash_plan =
        (struct crash_plan){.when = when, .what = what, .left = nth};
}

#undef CRASH_NAME

bool crash_due(struct peer *self, enum world_crash_when when, enum world_crash_what what)
{
    struct crash_plan *plan = &self->crash_plan;
    if (plan->left == 0 || plan->when != when || plan->what != what) return false;
    return --plan->left == 0;
}

void world_fail_disk(struct world *world, int peer, enum world_disk_act act, uint64_t nth)
{
    static const char *const acts[] = {"write", "sync", "read"};
    if (nth > 0)
        world_did(world, "fail %s %s %" PRIu64, world_peer_name(world, peer), acts[act], nth);
    world_peer(world, peer)->disk_fails[act] = nth;
}

/* As planned, or by chance of the tape. */
static bool act_fails(struct world *world, struct peer *self, enum world_disk_act act,
                      const char *kind, uint64_t nth, uint32_t ppm)
{
    struct tape_identity identity;
    uint64_t *planned = &self->disk_fails[act];
    if (*planned > 0 && --*planned == 0) return true;
    tape_identity(&identity, kind, self->name, NULL, nth);
    return tape_chance(world->tape, &identity, ppm, PPM);
}

static void falls(struct peer *self)
{
    self->fate = FATE_FALLS;
}

static void halts(struct peer *self, const char *why)
{
    self->fate = FATE_HALTS;
    self->fate_why = why;
    self->disk.doubtful = true;
}

/* ---- Writing ---- */

static void begin_sync(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    struct tape_identity identity;
    if (crash_due(self, WORLD_CRASH_BEFORE, WORLD_CRASH_SYNC)) {
        falls(self);
        return;
    }
    tape_identity(&identity, "sync", self->name, NULL, self->disk.syncs);
    uint64_t delay_us = latency_draw(&self->options.disk.sync, world->tape, &identity);
    if (site_fires(world, SITE_SLOW_SYNC, peer))
        delay_us += site_choose(world, SITE_SLOW_SYNC, peer, 8 * WORLD_SECOND);
    if (crash_due(self, WORLD_CRASH_IN, WORLD_CRASH_SYNC)) {
        tape_identity(&identity, "crash_in_sync", self->name, NULL, self->disk.syncs);
        const uint64_t at_us =
            world->now_us + (delay_us > 0 ? tape_choose(world->tape, &identity, delay_us) : 0);
        world_schedule(world, EVENT_CRASH, peer, at_us, self->crash_stamp, NULL);
    }
    disk_sync_begin(&self->disk);
    self->counters.syncs++;
    world_schedule(world, EVENT_SYNCED, peer, world->now_us + delay_us, self->life, NULL);
}

static void put_on_disk(struct world *world, struct peer *self, struct frame_span append)
{
    FRAME_MUST(disk_append(&self->disk, append.bytes, append.length));
    if (self->disk.length > world->longest_log) world->longest_log = self->disk.length;
}

/* A beginning of what is to be written, by the tape: not all of it, and no more than there is space for. */
static void write_part(struct world *world, struct peer *self, struct frame_span append)
{
    const uint64_t space = self->options.disk.space_bytes;
    const uint64_t left = space > self->disk.length ? space - self->disk.length : 0;
    struct tape_identity identity;
    uint64_t parts = append.length;
    if (space != 0 && left < parts) parts = left + 1;
    tape_identity(&identity, "write_part", self->name, NULL, self->disk.writes);
    append.length = (size_t)tape_choose(world->tape, &identity, parts);
    put_on_disk(world, self, append);
}

static bool has_space(const struct peer *self, size_t length)
{
    const uint64_t space = self->options.disk.space_bytes;
    return space == 0 || (self->disk.length <= space && length <= space - self->disk.length);
}

/* False, and part of it done, where it fails. */
static bool write_all(struct world *world, int peer, struct frame_span append)
{
    struct peer *self = world->peers[peer];
    const bool full = !has_space(self, append.length);
    if (!full && !act_fails(world, self, WORLD_DISK_WRITE, "write_fails", self->disk.writes,
                            self->options.disk.write_failure_ppm)) {
        put_on_disk(world, self, append);
        return true;
    }
    self->counters.failed_writes++;
    write_part(world, self, append);
    halts(self, full ? "the disk is full" : "a write has failed");
    return false;
}

void world_store(struct world *world, int peer, struct frame_span append)
{
    struct peer *self = world->peers[peer];
    if (append.length == 0) return;
    if (crash_due(self, WORLD_CRASH_BEFORE, WORLD_CRASH_WRITE)) {
        falls(self);
        return;
    }
    if (crash_due(self, WORLD_CRASH_IN, WORLD_CRASH_WRITE)) {
        write_part(world, self, append);
        self->disk.whole = true; /* as far as it got */
        falls(self);
        return;
    }
    if (!write_all(world, peer, append)) return;
    world_tell(world, TRACE_APPEND, peer, WORLD_NOBODY, "%zu bytes", append.length);
    if (crash_due(self, WORLD_CRASH_AFTER, WORLD_CRASH_WRITE))
        falls(self);
    else if (!self->disk.sync_under_way)
        begin_sync(world, peer);
}

/* ---- Syncing ---- */

/* Tells the instance that all it has appended is durable. */
static void tell_durable(struct world *world, int peer)
{
    enum { RETRY_US = 100000 };
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    struct frame_event event = {.type = FRAME_EVENT_DURABLE};
    const uint64_t life = world->peers[peer]->life;
    if (world_step(world, peer, &event, &origin) == FRAME_NO_MEMORY)
        world_schedule(world, EVENT_RETRY, peer, world->now_us + RETRY_US, life, NULL);
}

/* The end of a sync; false where there is nothing to be told now. */
static bool sync_ends(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    if (act_fails(world, self, WORLD_DISK_SYNC, "sync_fails", self->disk.syncs - 1,
                  self->options.disk.failure_ppm)) {
        self->counters.failed_syncs++;
        probe_hit(world, PROBE_sync_failed);
        halts(self, "a sync has failed");
        return false;
    }
    const bool all = disk_sync_end(&self->disk);
    world_tell(world, TRACE_DURABLE, peer, WORLD_NOBODY, "%zu of %zu bytes", self->disk.durable,
               self->disk.length);
    checks_durable(world, peer);
    if (!all) probe_hit(world, PROBE_sync_behind_sync);
    if (crash_due(self, WORLD_CRASH_AFTER, WORLD_CRASH_SYNC))
        falls(self);
    else if (!all)
        begin_sync(world, peer);
    return self->fate == FATE_NONE;
}

void world_synced(struct world *world, int peer, bool retry)
{
    struct peer *self = world->peers[peer];
    if (self->state != WORLD_PEER_UP) return;
    if (!retry && !sync_ends(world, peer)) return;
    if (self->disk.durable < self->disk.length) return;
    if (!retry && site_fires(world, SITE_LATE_DURABLE, peer)) {
        world_schedule(world, EVENT_RETRY, peer,
                       world->now_us + site_choose(world, SITE_LATE_DURABLE, peer, WORLD_SECOND),
                       self->life, NULL);
        return;
    }
    tell_durable(world, peer);
    if (self->fate == FATE_NONE && self->leaving && self->disk.durable == self->disk.length)
        peer_finish_leaving(world, peer);
}

/* ---- The log as a whole ---- */

/* The new log stands beside the old one, and then in its place. False where there is no room for it, or it cannot be
   written: the old one stays, and it is tried again. */
static bool replace_log(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    struct tape_identity identity;
    struct buffer log;
    tape_identity(&identity, "rewrite_fails", self->name, NULL, self->disk.rewrites++);
    if (tape_chance(world->tape, &identity, self->options.disk.write_failure_ppm, PPM))
        return false;
    buffer_init(&log, &world->allocator);
    const struct frame_sink sink = buffer_sink(&log);
    FRAME_MUST(world->driver->log(self->instance, sink) && !log.failed);
    const bool fits = has_space(self, log.length);
    if (fits) FRAME_MUST(disk_replace(&self->disk, log.bytes, log.length));
    buffer_free(&log);
    return fits;
}

/* After safe mode a corrupt log is replaced, in one step, by one of all that is held (§ 13): as soon as
   nothing else is under way on the disk. A crash before that finds safe mode again. */
void world_rewrite_log(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    struct tape_identity identity;
    if (!self->rewrite || self->disk.durable < self->disk.length) return;
    const bool in = crash_due(self, WORLD_CRASH_IN, WORLD_CRASH_REWRITE);
    if (in || crash_due(self, WORLD_CRASH_BEFORE, WORLD_CRASH_REWRITE)) falls(self);
    tape_identity(&identity, "replaced", self->name, NULL, self->disk.rewrites);
    if (self->fate != FATE_NONE && (!in || tape_choose(world->tape, &identity, 2) == 0)) return;
    if (!replace_log(world, peer)) return;
    self->rewrite = false;
    self->log_corrupt = false;
    probe_hit(world, PROBE_log_replaced);
    checks_rewritten(world, peer);
    if (crash_due(self, WORLD_CRASH_AFTER, WORLD_CRASH_REWRITE)) falls(self);
}

size_t world_read_log(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    struct tape_identity identity;
    const uint64_t nth = self->disk.reads++;
    if (self->disk.length == 0 || !act_fails(world, self, WORLD_DISK_READ, "short_read", nth,
                                             self->options.disk.short_read_ppm))
        return self->disk.length;
    self->counters.short_reads++;
    tape_identity(&identity, "read_part", self->name, NULL, nth);
    return (size_t)tape_choose(world->tape, &identity, self->disk.length);
}

/* ---- Fates ---- */

static void halt(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    struct frame_event event = {.type = FRAME_EVENT_FAILED};
    (void)world_step(world, peer, &event, &origin);
    peer_become(world, self, WORLD_PEER_HALTED);
    self->leaving = false;
    self->returns = false;
    world_tell(world, TRACE_HALT, peer, WORLD_NOBODY, "%s", self->fate_why);
}

void world_meet_fate(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    while (self->fate != FATE_NONE) {
        const enum peer_fate fate = self->fate;
        self->fate = FATE_NONE;
        if (fate == FATE_FALLS)
            peer_crash(world, peer);
        else
            halt(world, peer);
    }
}
