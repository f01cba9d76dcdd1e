// SPDX-License-Identifier: Apache-2.0
/* Processes that stand still for a while, wholly or in one direction, and what waits at their doors. */
#include "sim/probe.h"
#include "sim/world_internal.h"

#include <string.h>

/* ---- Doors ---- */

static void keep(struct world *world, struct door *door, const struct queued *queued)
{
    void *events = door->events;
    world_reserve(world, &events, &door->capacity, door->count + 1, sizeof *door->events);
    door->events = events;
    door->events[door->count++] = *queued;
    if (queued->data != NULL) door->messages++;
}

/* All that waits comes now, one event after the other. */
static void let_in(struct world *world, struct door *door)
{
    for (size_t i = 0; i < door->count; i++) {
        const struct queued *queued = &door->events[i];
        if (queued->kind == EVENT_SYNCED) probe_hit(world, PROBE_resumed_to_sync);
        world_schedule(world, (enum event_kind)queued->kind, queued->peer, world->now_us,
                       queued->stamp, queued->data);
    }
    door->count = 0;
    door->messages = 0;
}

static void let_out(struct world *world, struct door *door)
{
    for (size_t i = 0; i < door->count; i++) {
        struct flight *flight = door->events[i].data;
        const struct frame_outgoing outgoing = {.to = world_peer(world, flight->to)->key,
                                                .type = flight->type,
                                                .bytes = {flight->bytes, flight->length}};
        world_post(world, flight->from, flight->to, &outgoing);
        world_flight_free(world, flight);
    }
    door->count = 0;
    door->messages = 0;
}

static void close_door(struct world *world, struct door *door, const char *why)
{
    for (size_t i = 0; i < door->count; i++) {
        struct flight *flight = door->events[i].data;
        if (flight == NULL) continue; /* a sync: nobody is there to be told */
        world_lost(world, flight, why);
        world_flight_free(world, flight);
    }
    door->count = 0;
    door->messages = 0;
}

void doors_close(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (self->paused) probe_hit(world, PROBE_killed_asleep);
    self->paused = false;
    self->frozen[WORLD_IN] = false;
    self->frozen[WORLD_OUT] = false;
    close_door(world, &self->doors[WORLD_IN], "not there: ");
    close_door(world, &self->doors[WORLD_OUT], "never sent: ");
}

bool door_keeps(struct world *world, const struct queued *queued)
{
    struct peer *self = world_peer(world, queued->peer);
    struct door *door = &self->doors[WORLD_IN];
    const bool message = queued->data != NULL;
    if (!self->paused && !(message && self->frozen[WORLD_IN])) return false;
    if (message && door->messages == WORLD_DOOR_MESSAGES_MAX) {
        probe_hit(world, PROBE_door_full);
        world_lost(world, queued->data, "its door is full: ");
        world_flight_free(world, queued->data);
        return true;
    }
    keep(world, door, queued);
    return true;
}

bool door_keeps_outgoing(struct world *world, int from, int to,
                         const struct frame_outgoing *outgoing)
{
    struct peer *self = world_peer(world, from);
    struct door *door = &self->doors[WORLD_OUT];
    const size_t length = outgoing->bytes.length;
    if (!self->frozen[WORLD_OUT]) return false;
    struct flight *flight = world_take(world, sizeof *flight + length);
    *flight = (struct flight){.from = from,
                              .to = to,
                              .type = outgoing->type,
                              .forgery = NO_FORGERY,
                              .size = length,
                              .length = length};
    memcpy(flight->bytes, outgoing->bytes.bytes, length);
    if (door->messages == WORLD_DOOR_MESSAGES_MAX) {
        world_lost(world, flight, "its door is full: ");
        world_flight_free(world, flight);
        return true;
    }
    keep(world, door, &(struct queued){.kind = EVENT_DELIVER, .peer = to, .data = flight});
    return true;
}

/* ---- Standing still, and going on ---- */

static bool stands_still(const struct peer *self)
{
    return self->state != WORLD_PEER_UP || self->leaving || self->options.adversary;
}

void world_pause(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (stands_still(self) || self->paused) return;
    world_did(world, "pause %s", self->name);
    self->paused = true;
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "is paused");
}

void world_resume(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (!self->paused) return;
    world_did(world, "resume %s", self->name);
    self->paused = false;
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "goes on: %zu messages wait at its door",
               self->doors[WORLD_IN].messages);
    if (self->doors[WORLD_IN].messages > 0) probe_hit(world, PROBE_resumed_to_messages);
    let_in(world, &self->doors[WORLD_IN]);
    world_wind_clock(world, peer, world->now_us);
    world_pump(world, peer);
}

bool world_peer_paused(const struct world *world, int peer)
{
    return world_peer(world, peer)->paused;
}

void world_freeze(struct world *world, int peer, enum world_direction direction)
{
    struct peer *self = world_peer(world, peer);
    if (stands_still(self) || self->frozen[direction]) return;
    world_did(world, "freeze %s %s", self->name, direction == WORLD_IN ? "in" : "out");
    self->frozen[direction] = true;
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY,
               direction == WORLD_IN ? "is frozen: hears nobody"
                                     : "is frozen: cannot say anything");
}

void world_thaw(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (!self->frozen[WORLD_IN] && !self->frozen[WORLD_OUT]) return;
    world_did(world, "thaw %s", self->name);
    self->frozen[WORLD_IN] = false;
    self->frozen[WORLD_OUT] = false;
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "thaws: %zu messages come in, %zu go out",
               self->doors[WORLD_IN].messages, self->doors[WORLD_OUT].messages);
    if (self->doors[WORLD_IN].messages > 0) probe_hit(world, PROBE_thawed_to_messages);
    if (self->doors[WORLD_OUT].messages > 0) probe_hit(world, PROBE_thawed_to_speak);
    if (!self->paused) let_in(world, &self->doors[WORLD_IN]);
    let_out(world, &self->doors[WORLD_OUT]);
}

bool world_peer_frozen(const struct world *world, int peer, enum world_direction direction)
{
    return world_peer(world, peer)->frozen[direction];
}
