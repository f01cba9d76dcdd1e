// SPDX-License-Identifier: Apache-2.0
/* One event of one instance, and what the instance wants done: append, then send (§ 12). */
#include "sim/world_internal.h"

#include "sim/checks.h"
#include "sim/forger.h"

/* ---- The fingerprint ---- */

static void hash_event(struct world *world, int peer, const struct frame_event *event,
                       const struct step_origin *origin, enum frame_status status)
{
    struct run_record record;
    run_record_begin(&record);
    run_record_integer(&record, world->now_us);
    run_record_integer(&record, TRACE_KIND_COUNT + (uint64_t)event->type);
    run_record_integer(&record, (uint64_t)peer);
    run_record_integer(&record, (uint64_t)(int64_t)origin->from);
    run_record_integer(&record, (uint64_t)event->clock_s);
    run_record_integer(&record, (uint64_t)status);
    run_record_bytes(&record, event->message.bytes, event->message.length);
    if (event->intent != NULL) {
        run_record_bytes(&record, event->intent->action.bytes, event->intent->action.length);
        run_record_bytes(&record, event->intent->payload.bytes, event->intent->payload.length);
    }
    run_hash_add(&world->hash, &record);
}

static void hash_update(struct world *world, const struct frame_update *update)
{
    struct run_record record;
    run_record_begin(&record);
    run_record_bytes(&record, update->append.bytes, update->append.length);
    run_hash_add(&world->hash, &record);
    for (size_t i = 0; i < update->message_count; i++) {
        const struct frame_outgoing *message = &update->messages[i];
        run_record_begin(&record);
        run_record_bytes(&record, message->to.bytes, sizeof message->to.bytes);
        run_record_bytes(&record, message->bytes.bytes, message->bytes.length);
        run_hash_add(&world->hash, &record);
    }
    for (size_t i = 0; i < update->note_count; i++) {
        const struct frame_note *note = &update->notes[i];
        run_record_begin(&record);
        run_record_integer(&record, (uint64_t)note->type);
        run_record_integer(&record, (uint64_t)note->fault.status);
        run_record_integer(&record, note->count);
        run_hash_add(&world->hash, &record);
    }
}

/* ---- Storage ---- */

static void begin_sync(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    struct tape_identity identity;
    tape_identity(&identity, "sync", self->name, NULL, self->disk.syncs);
    uint64_t delay_us = latency_draw(&self->options.disk.sync, world->tape, &identity);
    if (site_fires(world, SITE_SLOW_SYNC, peer))
        delay_us += site_choose(world, SITE_SLOW_SYNC, peer, 8 * WORLD_SECOND);
    if (self->crash_in_sync) {
        self->crash_in_sync = false;
        tape_identity(&identity, "crash_in_sync", self->name, NULL, self->disk.syncs);
        const uint64_t at_us =
            world->now_us + (delay_us > 0 ? tape_choose(world->tape, &identity, delay_us) : 0);
        world_schedule(world, EVENT_CRASH, peer, at_us, self->crash_stamp, NULL);
    }
    disk_sync_begin(&self->disk);
    self->counters.syncs++;
    world_schedule(world, EVENT_SYNCED, peer, world->now_us + delay_us, self->life, NULL);
}

static void store(struct world *world, int peer, struct frame_span append)
{
    struct peer *self = world->peers[peer];
    if (append.length == 0) return;
    FRAME_ASSERT(disk_append(&self->disk, append.bytes, append.length));
    world_tell(world, TRACE_APPEND, peer, WORLD_NOBODY, "%zu bytes", append.length);
    if (!self->disk.sync_under_way) begin_sync(world, peer);
}

static bool sink_to_buffer(void *context, const uint8_t *bytes, size_t length)
{
    buffer_append(context, bytes, length);
    return true;
}

/* After safe mode a corrupt log is replaced, in one step, by one of all that is held (§ 13): as soon as
   nothing else is under way on the disk. A crash before that finds safe mode again. */
static void rewrite_log(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    if (!self->rewrite || self->disk.durable < self->disk.length) return;
    struct buffer log;
    buffer_init(&log, &world->allocator);
    const struct frame_sink sink = {.context = &log, .write = sink_to_buffer};
    FRAME_ASSERT(world->driver->log(self->instance, sink) && !log.failed);
    FRAME_ASSERT(disk_replace(&self->disk, log.bytes, log.length));
    buffer_free(&log);
    self->rewrite = false;
    self->log_corrupt = false;
    probe_hit(world, PROBE_log_replaced);
    checks_rewritten(world, peer);
}

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

static void sync_fails(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    struct frame_event event = {.type = FRAME_EVENT_FAILED};
    (void)world_step(world, peer, &event, &origin);
    self->state = WORLD_PEER_HALTED;
    self->leaving = false;
    self->returns = false;
    probe_hit(world, PROBE_sync_failed);
    world_tell(world, TRACE_HALT, peer, WORLD_NOBODY, "a sync has failed");
}

void world_synced(struct world *world, int peer, bool retry)
{
    struct peer *self = world->peers[peer];
    if (self->state != WORLD_PEER_UP) return;
    if (!retry) {
        struct tape_identity identity;
        tape_identity(&identity, "sync_fails", self->name, NULL, self->disk.syncs - 1);
        if (tape_chance(world->tape, &identity, self->options.disk.failure_ppm, PPM)) {
            sync_fails(world, peer);
            return;
        }
        const bool all = disk_sync_end(&self->disk);
        world_tell(world, TRACE_DURABLE, peer, WORLD_NOBODY, "%zu of %zu bytes", self->disk.durable,
                   self->disk.length);
        checks_durable(world, peer);
        if (!all) {
            probe_hit(world, PROBE_sync_behind_sync);
            begin_sync(world, peer);
            return;
        }
    }
    if (self->disk.durable < self->disk.length) return;
    if (!retry && site_fires(world, SITE_LATE_DURABLE, peer)) {
        world_schedule(world, EVENT_RETRY, peer,
                       world->now_us + site_choose(world, SITE_LATE_DURABLE, peer, WORLD_SECOND),
                       self->life, NULL);
        return;
    }
    tell_durable(world, peer);
    if (self->leaving && self->disk.durable == self->disk.length) peer_finish_leaving(world, peer);
}

/* ---- Notes ---- */

static void note_refused(struct world *world, int peer, int other, const struct frame_note *note,
                         const struct step_origin *origin)
{
    struct peer *self = world->peers[peer];
    self->counters.refusals++;
    self->refusals[note->fault.status]++;
    if (other != WORLD_NOBODY) {
        struct link *link = world_link(world, other, peer);
        link->refusal = note->fault.status;
        link->refusal_us = world->now_us;
    }
    world_tell(world, TRACE_REFUSED, peer, other, "%s, index %lld, offset %lld",
               frame_status_name(note->fault.status), (long long)note->fault.index,
               (long long)note->fault.offset);
    forger_refused(world, peer, origin, note);
}

static void note_joined(struct world *world, int peer, int other, const struct frame_note *note)
{
    struct world_counters *counters = &world->peers[peer]->counters;
    const struct frame_report *report = &note->report;
    counters->receipts_joined += report->fresh;
    counters->superseded += report->superseded_count;
    counters->changed += report->changed_count;
    counters->restored += report->restored_count;
    if (other != WORLD_NOBODY) world_link(world, other, peer)->diverged = false;
    world_tell(world, TRACE_NOTE, peer, other,
               "joined %zu receipts, %zu superseded, %zu changed, %zu restored", report->fresh,
               report->superseded_count, report->changed_count, report->restored_count);
}

static void leave_safe_mode(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    self->rewrite = self->log_corrupt;
    world_tell(world, TRACE_SAFE_MODE, peer, WORLD_NOBODY, "left");
}

/* Whom a note is about: of those that share a key, the one whose message it was. */
static int whose_note(const struct world *world, const struct frame_note *note,
                      const struct step_origin *origin)
{
    const int first = world_peer_of_key(world, &note->peer);
    const bool sender = first != WORLD_NOBODY && origin->from != WORLD_NOBODY &&
                        peers_share_key(world, first, origin->from);
    return sender ? origin->from : first;
}

static void take_note(struct world *world, int peer, const struct frame_note *note,
                      const struct step_origin *origin)
{
    struct world_counters *counters = &world->peers[peer]->counters;
    const int other = whose_note(world, note, origin);
    switch (note->type) {
    case FRAME_NOTE_ACKNOWLEDGED: users_acknowledged(world, peer, note); return;
    case FRAME_NOTE_JOINED: note_joined(world, peer, other, note); return;
    case FRAME_NOTE_REFUSED: note_refused(world, peer, other, note, origin); return;
    case FRAME_NOTE_SAFE_MODE_LEFT: leave_safe_mode(world, peer); return;
    case FRAME_NOTE_MERGED: break;
    case FRAME_NOTE_OFFENCE: counters->offences++; break;
    case FRAME_NOTE_ALARM: counters->alarms++; break;
    case FRAME_NOTE_TIMED_OUT: counters->timeouts++; break;
    case FRAME_NOTE_DIVERGED:
        counters->diverged++;
        if (other != WORLD_NOBODY) world_link(world, other, peer)->diverged = true;
        break;
    case FRAME_NOTE_COMPARED:
        world_tell(world, TRACE_NOTE, peer, other, "compared %s",
                   frame_comparison_name(note->comparison));
        return;
    case FRAME_NOTE_IGNORING:
    case FRAME_NOTE_CLOCK_BEHIND: break;
    }
    world_tell(world, TRACE_NOTE, peer, other, "%s %llu", frame_note_name(note->type),
               (unsigned long long)note->count);
}

/* ---- The step ---- */

static void carry_out(struct world *world, int peer, const struct frame_update *update,
                      const struct step_origin *origin)
{
    store(world, peer, update->append);
    for (size_t i = 0; i < update->note_count; i++)
        take_note(world, peer, &update->notes[i], origin);
    for (size_t i = 0; i < update->message_count; i++) {
        checks_outgoing(world, peer, &update->messages[i]);
        world_send(world, peer, &update->messages[i]);
    }
}

void world_wind_clock(struct world *world, int peer, uint64_t earliest_us)
{
    struct peer *self = world->peers[peer];
    if (self->instance == NULL || self->state != WORLD_PEER_UP || self->paused) return;
    const uint64_t deadline_ms = world->driver->deadline_ms(self->instance);
    uint64_t due_us = WORLD_NEVER;
    if (deadline_ms < WORLD_NEVER / WORLD_MS) due_us = deadline_ms * WORLD_MS;
    if (due_us < earliest_us) due_us = earliest_us;
    if (due_us == self->tick_us) return;
    self->tick_us = due_us;
    self->tick_stamp++;
    if (due_us != WORLD_NEVER)
        world_schedule(world, EVENT_TICK, peer, due_us, self->tick_stamp, NULL);
}

/* A TICK is not answered with another one at once: time moves on. */
static uint64_t next_tick_us(const struct world *world, const struct frame_event *event,
                             enum frame_status status)
{
    if (event->type != FRAME_EVENT_TICK) return world->now_us;
    return world->now_us + (status == FRAME_OK ? 1 : 100) * WORLD_MS;
}

/* What the peer's clock shows in this event. */
static int64_t clock_now(struct world *world, int peer)
{
    enum { STUTTER_S = 3 };
    const int64_t clock_s = world_clock_s(world, peer);
    const bool near_an_end = clock_s > FRAME_INTEGER_MAX || clock_s < -FRAME_INTEGER_MAX;
    if (near_an_end || !site_fires(world, SITE_CLOCK_STUTTER, peer)) return clock_s;
    return clock_s - STUTTER_S +
           (int64_t)site_choose(world, SITE_CLOCK_STUTTER, peer, 2 * STUTTER_S + 1);
}

enum frame_status world_step(struct world *world, int peer, struct frame_event *event,
                             const struct step_origin *origin)
{
    struct peer *self = world_peer(world, peer);
    FRAME_ASSERT(self->instance != NULL && !self->paused);
    event->now_ms = world->now_us / WORLD_MS;
    event->clock_s = clock_now(world, peer);
    world->steps++;

    struct check_before before;
    check_before(&before, world, peer);
    struct frame_update update = {0};
    const enum frame_status status = world->driver->step(self->instance, &update, event);
    hash_event(world, peer, event, origin, status);
    hash_update(world, &update);

    const struct check_step step = {.peer = peer,
                                    .event = event,
                                    .origin = origin,
                                    .status = status,
                                    .update = &update,
                                    .before = &before};
    checks_step(world, &step);
    probe_step(world, &step);
    carry_out(world, peer, &update, origin);
    rewrite_log(world, peer);
    if (origin->forgery != NO_FORGERY)
        forger_delivered(world, peer, origin, &update, check_changed(&before, world, peer));
    world_wind_clock(world, peer, next_tick_us(world, event, status));
    checks_audit(world, peer, false);
    return status;
}
