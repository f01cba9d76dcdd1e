// SPDX-License-Identifier: Apache-2.0
/* Users: what they ask for, how long it waits, and what they are told. */
#include "sim/world_internal.h"

#include <string.h>

#include "core/json.h"
#include "sim/checks.h"

const char *world_intent_state_name(enum world_intent_state state)
{
    static const char *const names[] = {"waiting",     "executed", "acknowledged",
                                        "turned_away", "routed",   "untold"};
    return names[state];
}

/* ---- Asking ---- */

static struct frame_span text_span(const char *text, size_t length)
{
    return (struct frame_span){(const uint8_t *)text, length};
}

/* Copies the four texts into one block. */
static void intent_fill(struct world *world, struct intent *intent, const struct world_intent *from)
{
    const char *raw = from->raw != NULL ? from->raw : "";
    const char *responses = from->network_responses != NULL ? from->network_responses : "";
    intent->action_length = strlen(from->action);
    intent->payload_length = strlen(from->payload);
    intent->raw_length = strlen(raw);
    intent->responses_length = strlen(responses);
    const size_t size = intent->action_length + intent->payload_length + intent->raw_length +
                        intent->responses_length + 4;
    char *at = world_take(world, size);
    intent->action = at;
    memcpy(at, from->action, intent->action_length + 1);
    at += intent->action_length + 1;
    intent->payload = at;
    memcpy(at, from->payload, intent->payload_length + 1);
    at += intent->payload_length + 1;
    intent->raw = at;
    memcpy(at, raw, intent->raw_length + 1);
    at += intent->raw_length + 1;
    intent->responses = at;
    memcpy(at, responses, intent->responses_length + 1);
}

static void enqueue(struct world *world, struct peer *self, size_t number)
{
    void *waiting = self->waiting;
    world_reserve(world, &waiting, &self->waiting_capacity, self->waiting_count + 1,
                  sizeof *self->waiting);
    self->waiting = waiting;
    self->waiting[self->waiting_count++] = number;
}

size_t world_intent(struct world *world, int peer, const struct world_intent *asked)
{
    struct peer *self = world_peer(world, peer);
    FRAME_ASSERT(!self->options.adversary);
    void *intents = world->intents;
    world_reserve(world, &intents, &world->intent_capacity, world->intent_count + 1,
                  sizeof *world->intents);
    world->intents = intents;
    const size_t number = world->intent_count++;
    struct intent *intent = &world->intents[number];
    *intent = (struct intent){.peer = peer, .asked_us = world->now_us, .routed = asked->routed};
    intent_fill(world, intent, asked);
    enqueue(world, self, number);
    self->counters.intents++;
    world_tell(world, TRACE_INTENT, peer, WORLD_NOBODY, "%s %s", intent->action, intent->payload);
    world_pump(world, peer);
    return number;
}

/* Takes an intent out of its peer's queue; false where it is not in it. */
static bool dequeue(struct peer *self, size_t number)
{
    for (size_t i = 0; i < self->waiting_count; i++) {
        if (self->waiting[i] != number) continue;
        self->waiting_count--;
        memmove(self->waiting + i, self->waiting + i + 1,
                (self->waiting_count - i) * sizeof *self->waiting);
        return true;
    }
    return false;
}

bool world_withdraw(struct world *world, size_t number)
{
    FRAME_ASSERT(number < world->intent_count);
    struct intent *intent = &world->intents[number];
    struct peer *self = world->peers[intent->peer];
    if (intent->state != WORLD_INTENT_WAITING || !dequeue(self, number)) return false;
    self->counters.turned_away++;
    intent->state = WORLD_INTENT_TURNED_AWAY;
    intent->done_us = world->now_us;
    world_tell(world, TRACE_INTENT, intent->peer, WORLD_NOBODY, "%s: taken back, %s",
               intent->action, frame_status_name(intent->status));
    return true;
}

size_t world_intent_count(const struct world *world)
{
    return world->intent_count;
}

void world_outcome(const struct world *world, struct world_outcome *outcome, size_t number)
{
    FRAME_ASSERT(number < world->intent_count);
    const struct intent *intent = &world->intents[number];
    *outcome = (struct world_outcome){.peer = intent->peer,
                                      .action = intent->action,
                                      .state = intent->state,
                                      .status = intent->status,
                                      .accepted = intent->accepted,
                                      .receipt = intent->receipt,
                                      .result = intent->result != NULL ? intent->result : "",
                                      .asked_us = intent->asked_us,
                                      .done_us = intent->done_us};
}

/* ---- Doing ---- */

/* Why the peer cannot take an intent now; OK where it can. Asked without a step, so that waiting costs no
   events. */
static enum frame_status hindrance(const struct world *world, const struct peer *self)
{
    const bool routed = world->intents[self->waiting[0]].routed; /* does not touch the chain */
    if (self->state != WORLD_PEER_UP || self->leaving || self->fate != FATE_NONE)
        return FRAME_HALTED;
    if (self->paused) return FRAME_BUSY;
    if (!routed && (self->disk.durable < self->disk.length || self->pending != NO_INTENT))
        return FRAME_BUSY;
    if (world->driver->halted(self->instance)) return FRAME_HALTED;
    return world->driver->in_safe_mode(self->instance) ? FRAME_SAFE_MODE : FRAME_OK;
}

static void executed(struct world *world, int peer, size_t number)
{
    struct peer *self = world->peers[peer];
    struct intent *intent = &world->intents[number];
    const struct frame_chain *chain = world->driver->chain(self->instance);
    const size_t count = frame_chain_count(chain);
    struct frame_receipt receipt;
    if (count == 0) {
        check_failed(world, CHECK_ANSWERS, peer, "%s is executed and has no receipt",
                     intent->action);
        return;
    }
    frame_chain_arrived(chain, &receipt, count - 1);
    intent->receipt = receipt.hash;
    if (intent->state == WORLD_INTENT_ACKNOWLEDGED) return; /* durable already, within the step */
    intent->state = WORLD_INTENT_EXECUTED;
    world_tell(world, TRACE_EXECUTED, peer, WORLD_NOBODY, "%s: receipt %s", intent->action,
               short_hash(&intent->receipt).text);
}

static void turned_away(struct world *world, int peer, size_t number)
{
    struct peer *self = world->peers[peer];
    struct intent *intent = &world->intents[number];
    self->pending = NO_INTENT;
    self->counters.turned_away++;
    intent->state = WORLD_INTENT_TURNED_AWAY;
    intent->done_us = world->now_us;
    world_tell(world, TRACE_INTENT, peer, WORLD_NOBODY, "%s: turned away, %s", intent->action,
               frame_status_name(intent->status));
}

struct frame_intent users_asked(const struct intent *intent)
{
    return (struct frame_intent){.action = text_span(intent->action, intent->action_length),
                                 .payload = text_span(intent->payload, intent->payload_length),
                                 .raw = text_span(intent->raw, intent->raw_length),
                                 .network_responses =
                                     text_span(intent->responses, intent->responses_length)};
}

/* The first intent that waits. False where it has to go on waiting. */
static bool try_intent(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    const int64_t pending = self->pending;
    const size_t number = self->waiting[0];
    struct intent *intent = &world->intents[number];
    const struct frame_intent asked = users_asked(intent);
    struct frame_event event = {.type = intent->routed ? FRAME_EVENT_ROUTE : FRAME_EVENT_INTENT,
                                .intent = &asked};
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    if (!intent->routed) self->pending = (int64_t)number;
    const enum frame_status status = world_step(world, peer, &event, &origin);
    intent = &world->intents[number];
    intent->status = status;
    if (status == FRAME_BUSY || status == FRAME_SAFE_MODE || status == FRAME_HALTED) {
        self->pending = pending;
        return false;
    }
    self->waiting_count--;
    memmove(self->waiting, self->waiting + 1, self->waiting_count * sizeof *self->waiting);
    if (status == FRAME_OK && !intent->routed)
        executed(world, peer, number);
    else if (status != FRAME_OK)
        turned_away(world, peer, number);
    if (status != FRAME_OK && intent->routed) self->pending = pending;
    return true;
}

/* That an intent has to wait is known without a step; but the first time it has to, the instance is asked all the same,
   and has to say so itself. True where it did not. */
static bool told_to_wait(struct world *world, int peer, enum frame_status status)
{
    const struct peer *self = world->peers[peer];
    const struct intent *intent = &world->intents[self->waiting[0]];
    const bool can_say = status == FRAME_SAFE_MODE || (status == FRAME_BUSY && !self->paused);
    if (!can_say || self->leaving || self->instance == NULL || intent->status != FRAME_OK)
        return false;
    if (!try_intent(world, peer)) return false;
    check_failed(world, CHECK_ANSWERS, peer, "%s is not told to wait: %s", intent->action,
                 frame_status_name(status));
    return true;
}

static void serve(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    while (self->waiting_count > 0) {
        const enum frame_status status = hindrance(world, self);
        if (status != FRAME_OK) {
            if (told_to_wait(world, peer, status)) continue;
            probe_waits(world, status);
            for (size_t i = 0; i < self->waiting_count; i++)
                world->intents[self->waiting[i]].status = status;
            return;
        }
        if (!try_intent(world, peer)) return;
    }
}

void world_pump(struct world *world, int peer)
{
    serve(world, peer);
    world_meet_fate(world, peer);
}

/* ---- Being told ---- */

/* The workload works on notes that are there. */
static void remember_note(struct peer *self, const struct intent *intent, size_t number)
{
    if (strcmp(intent->action, "notes.create") != 0 || !intent->accepted) return;
    self->notes[self->note_count++ % NOTES_REMEMBERED] = number;
}

void users_acknowledged(struct world *world, int peer, const struct frame_note *note)
{
    struct peer *self = world->peers[peer];
    if (self->pending == NO_INTENT) return; /* the check of acknowledgements says so */
    const size_t number = (size_t)self->pending;
    struct intent *intent = &world->intents[number];
    intent->state = WORLD_INTENT_ACKNOWLEDGED;
    intent->status = FRAME_OK;
    intent->receipt = note->hash;
    intent->done_us = world->now_us;
    intent->result = world_take_text(world, (const char *)note->result.bytes, note->result.length);
    struct frame_span ok;
    intent->accepted = json_member(note->result, &ok, "ok") && span_is(ok, "true");
    self->pending = NO_INTENT;
    self->counters.acknowledged++;
    if (intent->accepted)
        self->counters.accepted++;
    else
        self->counters.refused++;
    if (!intent->accepted) probe_hit(world, PROBE_intent_refused);
    remember_note(self, intent, number);
    world_tell(world, TRACE_ACKNOWLEDGED, peer, WORLD_NOBODY, "%s: %s %s", intent->action,
               short_hash(&note->hash).text, intent->result);
}

void users_peer_down(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    routes_peer_down(world, peer);
    if (self->pending == NO_INTENT) return;
    struct intent *intent = &world->intents[self->pending];
    self->pending = NO_INTENT;
    self->counters.untold++;
    probe_hit(world, PROBE_intent_untold);
    intent->state = WORLD_INTENT_UNTOLD;
    intent->done_us = world->now_us;
}
