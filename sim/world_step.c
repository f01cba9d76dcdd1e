// SPDX-License-Identifier: Apache-2.0
/* One event of one instance, and what the instance wants done: append, then send (§ 12). */
#include "sim/world_internal.h"

#include "sim/checks.h"
#include "sim/flood.h"
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
    checks_safe_mode_left(world, peer);
}

/* Whom a note is about: of those that share a key, the one whose message it was. */
static int whose_note(const struct world *world, const struct frame_note *note,
                      const struct step_origin *origin)
{
    const bool sender =
        origin->from != WORLD_NOBODY && peer_had_key(world, origin->from, &note->peer);
    return sender ? origin->from : world_peer_of_key(world, &note->peer);
}

static void take_note(struct world *world, int peer, const struct frame_note *note,
                      const struct step_origin *origin)
{
    struct world_counters *counters = &world->peers[peer]->counters;
    const int other = whose_note(world, note, origin);
    switch (note->type) {
    case FRAME_NOTE_ACKNOWLEDGED: users_acknowledged(world, peer, note); return;
    case FRAME_NOTE_JOINED:
        note_joined(world, peer, other, note);
        forger_joined(world, peer);
        return;
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
    case FRAME_NOTE_CLOCK_BEHIND:
    case FRAME_NOTE_MET:
    case FRAME_NOTE_FORGOTTEN: break;
    case FRAME_NOTE_ROUTING:
    case FRAME_NOTE_PROMISED:
    case FRAME_NOTE_ROUTED:
    case FRAME_NOTE_GIVEN_UP:
    case FRAME_NOTE_FETCH:
    case FRAME_NOTE_SERVED:
        routes_note(world, peer, note);
        world_tell(world, TRACE_NOTE, peer, other, "%s %s", frame_note_name(note->type),
                   short_route(&note->route).text);
        return;
    }
    world_tell(world, TRACE_NOTE, peer, other, "%s %llu", frame_note_name(note->type),
               (unsigned long long)note->count);
}

/* ---- The step ---- */

/* A peer that goes down or halts in the middle of it has told its users, but sends nothing any more. */
static void carry_out(struct world *world, int peer, const struct frame_update *update,
                      const struct step_origin *origin)
{
    const struct peer *self = world->peers[peer];
    if (self->fate == FATE_NONE) world_store(world, peer, update->append);
    for (size_t i = 0; i < update->note_count; i++)
        take_note(world, peer, &update->notes[i], origin);
    if (self->fate == FATE_NONE) world_rewrite_log(world, peer);
    for (size_t i = 0; self->fate == FATE_NONE && i < update->message_count; i++) {
        checks_outgoing(world, peer, &update->messages[i]);
        self->network.send(self->network.context, &update->messages[i]);
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
    if (crash_due(self, WORLD_CRASH_BEFORE, WORLD_CRASH_EVENT)) self->fate = FATE_FALLS;
    if (self->fate != FATE_NONE) return FRAME_HALTED; /* it does not get to it any more */
    event->now_ms = self->network.now_ms(self->network.context);
    event->clock_s = clock_now(world, peer);
    world->steps++;

    struct check_before before;
    check_before(&before, world, peer);
    if (self->options.discovery && origin->from != WORLD_NOBODY)
        before.sender_known = world->driver->peer_state(self->instance, &before.sender,
                                                        &world->peers[origin->from]->key);
    struct flood_before flood;
    flood_before(&flood, world, peer, origin);
    struct frame_update update = {0};
    self->memory.at_work = true;
    const enum frame_status status = world->driver->step(self->instance, &update, event);
    self->memory.at_work = false;
    if (event->type == FRAME_EVENT_ROUTE && status == FRAME_OK)
        routes_begin(world, peer, self->waiting[0], &update.route);
    flood_step(world, peer, &flood, event, origin, &update);
    hash_event(world, peer, event, origin, status);
    hash_update(world, &update);

    const struct check_step step = {.peer = peer,
                                    .event = event,
                                    .message = check_message_hold(world, event),
                                    .origin = origin,
                                    .status = status,
                                    .update = &update,
                                    .before = &before};
    checks_step(world, &step);
    probe_step(world, &step);
    if (crash_due(self, WORLD_CRASH_IN, WORLD_CRASH_EVENT)) self->fate = FATE_FALLS;
    carry_out(world, peer, &update, origin);
    if (origin->forgery != NO_FORGERY)
        forger_delivered(world, &step, check_changed(&before, world, peer));
    world_wind_clock(world, peer, next_tick_us(world, event, status));
    checks_audit(world, peer, false);
    if (crash_due(self, WORLD_CRASH_AFTER, WORLD_CRASH_EVENT)) self->fate = FATE_FALLS;
    return status;
}
