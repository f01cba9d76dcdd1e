// SPDX-License-Identifier: Apache-2.0
/* Probes that are read off the steps of instances and the messages they send. */
#include "core/message.h"
#include "sim/checks.h"
#include "sim/probe.h"
#include "sim/world_internal.h"

/* ---- Notes ---- */

static void probe_refused(struct world *world, enum frame_status status)
{
    switch (status) {
#define PROBE_CASE(status, name, often) \
    case FRAME_##status: probe_hit(world, PROBE_##name); break;
        PROBE_REFUSAL_LIST(PROBE_CASE)
#undef PROBE_CASE
    default: break;
    }
}

static void probe_compared(struct world *world, int peer, int other, const struct frame_note *note)
{
    switch (note->comparison) {
    case FRAME_SYNCHRONIZED: probe_hit(world, PROBE_compared_synchronized); break;
    case FRAME_LOCAL_AHEAD: probe_hit(world, PROBE_compared_local_ahead); break;
    case FRAME_REMOTE_AHEAD: probe_hit(world, PROBE_compared_remote_ahead); break;
    case FRAME_DIVERGED: probe_hit(world, PROBE_compared_diverged); break;
    case FRAME_NONDETERMINISM: break; /* the alarm */
    }
    if (other == WORLD_NOBODY) return;
    if (world_link(world, other, peer)->ignorings > 0) probe_hit(world, PROBE_forgiven);
    if (world_peer(world, peer)->knows[other] == STRANGER) probe_hit(world, PROBE_stranger_heard);
}

/* Is this the step of a page behind which there is more? Then a join in it is one of full staging. */
static bool more_to_come(const struct check_step *step)
{
    const struct check_message *message = step->message;
    return message->readable && message->read.type == FRAME_MESSAGE_PAGE &&
           message->read.remaining > 0;
}

static void probe_joined(struct world *world, const struct check_step *step,
                         const struct frame_note *note)
{
    const struct frame_report *report = &note->report;
    const struct peer *self = world_peer(world, step->peer);
    probe_hit(world, PROBE_joined);
    if (report->fresh > FRAME_PAGE_RECEIPTS_MAX) probe_hit(world, PROBE_joined_many);
    if (self->options.policy == FRAME_POLICY_STRICT) probe_hit(world, PROBE_joined_in_strict);
    if (report->refolded > 0) probe_hit(world, PROBE_join_refolds);
    if (report->refolded > 0 && report->refolded < step->before->arrivals)
        probe_hit(world, PROBE_join_refolds_a_part);
    if (report->superseded_count > 0) probe_hit(world, PROBE_join_supersedes);
    if (report->changed_count > 0) probe_hit(world, PROBE_join_changes);
    if (report->restored_count > 0) probe_hit(world, PROBE_join_restores);
    if (world->driver->in_safe_mode(self->instance)) probe_hit(world, PROBE_safe_mode_joins);
    if (step->event->type == FRAME_EVENT_STOP) probe_hit(world, PROBE_stop_joins_staged);
    if (world_peer_of_key(world, &note->peer) == WORLD_NOBODY)
        probe_hit(world, PROBE_aside_joined);
    else if (more_to_come(step))
        probe_hit(world, PROBE_staging_full);
}

static void probe_merged(struct world *world, const struct check_step *step,
                         const struct frame_note *note)
{
    probe_hit(world, PROBE_merged);
    if (note->count > 1) probe_hit(world, PROBE_merged_by_steps);
    if (step->event->type != FRAME_EVENT_INTENT) probe_hit(world, PROBE_merged_when_idle);
}

static void probe_ignoring(struct world *world, int peer, int other)
{
    probe_hit(world, PROBE_ignoring);
    if (other == WORLD_NOBODY) return;
    struct link *link = world_link(world, other, peer);
    if (link->ignorings++ > 0) probe_hit(world, PROBE_ignoring_longer);
}

static void probe_note(struct world *world, const struct check_step *step,
                       const struct frame_note *note)
{
    const int other = world_peer_of_key(world, &note->peer);
    switch (note->type) {
    case FRAME_NOTE_ACKNOWLEDGED: probe_hit(world, PROBE_acknowledged); break;
    case FRAME_NOTE_JOINED: probe_joined(world, step, note); break;
    case FRAME_NOTE_MERGED: probe_merged(world, step, note); break;
    case FRAME_NOTE_REFUSED: probe_refused(world, note->fault.status); break;
    case FRAME_NOTE_OFFENCE: probe_hit(world, PROBE_offence); break;
    case FRAME_NOTE_IGNORING: probe_ignoring(world, step->peer, other); break;
    case FRAME_NOTE_COMPARED: probe_compared(world, step->peer, other, note); break;
    case FRAME_NOTE_ALARM: probe_hit(world, PROBE_alarm); break;
    case FRAME_NOTE_DIVERGED: probe_hit(world, PROBE_diverged); break;
    case FRAME_NOTE_CLOCK_BEHIND: probe_hit(world, PROBE_clock_behind); break;
    case FRAME_NOTE_SAFE_MODE_LEFT:
        probe_hit(world, step->event->type == FRAME_EVENT_ACCEPT_LOSS ? PROBE_loss_accepted
                                                                      : PROBE_safe_mode_left);
        break;
    case FRAME_NOTE_TIMED_OUT:
        probe_hit(world, PROBE_timed_out);
        if (note->count >= 3) probe_hit(world, PROBE_timed_out_again);
        break;
    case FRAME_NOTE_MET: probe_hit(world, PROBE_peer_met); break;
    case FRAME_NOTE_FORGOTTEN: probe_hit(world, PROBE_peer_forgotten); break;
    case FRAME_NOTE_ROUTING:
        probe_hit(world, note->count == 1 ? PROBE_route_asked : PROBE_route_asked_again);
        break;
    case FRAME_NOTE_PROMISED: probe_hit(world, PROBE_route_promised); break;
    case FRAME_NOTE_ROUTED: probe_hit(world, PROBE_route_done); break;
    case FRAME_NOTE_GIVEN_UP: probe_hit(world, PROBE_route_given_up); break;
    case FRAME_NOTE_FETCH: probe_hit(world, PROBE_route_fetches); break;
    case FRAME_NOTE_SERVED: probe_hit(world, PROBE_route_served); break;
    }
}

/* ---- Steps ---- */

static void probe_status(struct world *world, const struct check_step *step)
{
    const bool intent = step->event->type == FRAME_EVENT_INTENT;
    switch (step->status) {
    case FRAME_NO_MEMORY:
        probe_hit(world, intent ? PROBE_intent_without_memory : PROBE_step_without_memory);
        break;
    case FRAME_BAD_ARGUMENT: probe_hit(world, PROBE_intent_bad); break;
    case FRAME_DAPP: probe_hit(world, PROBE_intent_of_no_dapp); break;
    case FRAME_UNAVAILABLE: probe_hit(world, PROBE_intent_unavailable); break;
    default: break;
    }
}

static void probe_clock(struct world *world, const struct frame_event *event)
{
    enum { YEAR_S = 365 * 24 * 3600 };
    const int64_t right = WORLD_EPOCH_S + (int64_t)(world->now_us / WORLD_SECOND);
    if (event->clock_s < 0) probe_hit(world, PROBE_clock_before_1970);
    if (event->clock_s > right + YEAR_S) probe_hit(world, PROBE_clock_far_ahead);
}

void probe_step(struct world *world, const struct check_step *step)
{
    struct frame_summary summary;
    frame_chain_summary(world_peer_chain(world, step->peer), &summary);
    if (check_changed(step->before, world, step->peer)) {
        if (summary.head_count >= 3) probe_hit(world, PROBE_heads_many);
        if (summary.head_count > FRAME_MERGE_HEADS_MAX) probe_hit(world, PROBE_heads_too_many);
    }
    probe_status(world, step);
    probe_clock(world, step->event);
    for (size_t i = 0; i < step->update->note_count; i++)
        probe_note(world, step, &step->update->notes[i]);
}

/* ---- Messages ---- */

static void probe_attest(struct world *world, int peer, const struct frame_message *message)
{
    struct peer *self = world_peer(world, peer);
    const uint64_t changes = self->changes - self->attested_changes;
    if (message->hash_count == 0) probe_hit(world, PROBE_attests_nothing);
    if (message->hash_count == 1) probe_hit(world, PROBE_attests_one_head);
    if (message->hash_count > 1) probe_hit(world, PROBE_attests_heads);
    if (changes > 1) probe_hit(world, PROBE_attests_coalesced);
    if (changes == 0) probe_hit(world, PROBE_attests_again);
    self->attested_changes = self->changes;
}

static void probe_page(struct world *world, const struct frame_message *message)
{
    if (message->receipt_count == 0) probe_hit(world, PROBE_page_empty);
    if (message->remaining == 0) return;
    probe_hit(world, PROBE_page_of_many);
    probe_hit(world, message->receipt_count == FRAME_PAGE_RECEIPTS_MAX ? PROBE_page_full
                                                                       : PROBE_page_heavy);
}

static void probe_request(struct world *world, const struct frame_message *message)
{
    if (message->hash_count > 1) probe_hit(world, PROBE_request_of_heads);
    if (message->has_after) probe_hit(world, PROBE_request_next);
    if (message->have_count == FRAME_HAVE_MAX) probe_hit(world, PROBE_request_have_full);
}

void probe_outgoing(struct world *world, int peer, const struct frame_message *message)
{
    switch (message->type) {
    case FRAME_MESSAGE_ATTEST: probe_attest(world, peer, message); break;
    case FRAME_MESSAGE_REQUEST: probe_request(world, message); break;
    case FRAME_MESSAGE_PAGE: probe_page(world, message); break;
    case FRAME_MESSAGE_REJECT: probe_hit(world, PROBE_reject_sent); break;
    case FRAME_MESSAGE_ANNOUNCE:
    case FRAME_MESSAGE_ROUTE:
    case FRAME_MESSAGE_RESULT: break;
    }
}

/* ---- Lives ---- */

void probe_recovered(struct world *world, int peer, bool was_in_safe_mode)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_recovery *found = &self->recovery;
    if (self->disk.length == 0 && found->state == FRAME_LOG_CLEAN) {
        if (self->counters.restarts > 0) probe_hit(world, PROBE_recovered_nothing);
        return;
    }
    switch (found->state) {
    case FRAME_LOG_CLEAN: probe_hit(world, PROBE_recovered_clean); break;
    case FRAME_LOG_TORN: probe_hit(world, PROBE_recovered_torn); break;
    case FRAME_LOG_CORRUPT: probe_hit(world, PROBE_recovered_corrupt); break;
    }
    if (found->set_aside > 0) probe_hit(world, PROBE_recovered_aside);
    if (found->cause != FRAME_OK) probe_hit(world, PROBE_recovered_unverified);
    if (found->safe_mode && was_in_safe_mode) probe_hit(world, PROBE_safe_mode_again);
}

void probe_waits(struct world *world, enum frame_status status)
{
    if (status == FRAME_BUSY) probe_hit(world, PROBE_intent_waits_for_disk);
    if (status == FRAME_HALTED) probe_hit(world, PROBE_intent_waits_for_peer);
    if (status == FRAME_SAFE_MODE) probe_hit(world, PROBE_intent_waits_for_safety);
}
