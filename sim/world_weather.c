// SPDX-License-Identifier: Apache-2.0
/* What comes over links for a while: clogs, swizzles, flapping partitions; and messages from the past. */
#include "sim/world_internal.h"

#include <inttypes.h>
#include <string.h>

enum { RECORDED_MAX = 2048, RECORDED_BYTES_MAX = 16 * 1024 };

/* ---- Clogs ---- */

static void link_clog(struct world *world, int from, int to)
{
    world_link(world, from, to)->clogged = true;
}

/* All that waits arrives now, in the order in which it came. */
static void link_unclog(struct world *world, int from, int to)
{
    struct link *link = world_link(world, from, to);
    struct flight *flight = link->clog_first;
    link->clogged = false;
    link->clog_first = NULL;
    link->clog_last = NULL;
    while (flight != NULL) {
        struct flight *behind = flight->behind;
        world_schedule(world, EVENT_DELIVER, to, world->now_us, 0, flight);
        flight = behind;
    }
}

static void each_link(struct world *world, int from, int to,
                      void (*change)(struct world *world, int from, int to))
{
    const struct peer_range senders = world_meant(world, from);
    const struct peer_range receivers = world_meant(world, to);
    for (int i = senders.first; i < senders.end; i++)
        for (int j = receivers.first; j < receivers.end; j++)
            if (i != j) change(world, i, j);
}

void world_clog(struct world *world, int from, int to)
{
    each_link(world, from, to, link_clog);
    link_tell(world, from, to, "clogged");
}

void world_unclog(struct world *world, int from, int to)
{
    each_link(world, from, to, link_unclog);
    link_tell(world, from, to, "free again");
}

/* ---- Changes that are to come ---- */

enum link_change { CHANGE_CLOG, CHANGE_UNCLOG, CHANGE_BLOCK, CHANGE_UNBLOCK };

_Static_assert(WORLD_PEERS_MAX <= 1 << 16, "a change's stamp has 16 bits for the peer");

static void schedule_change(struct world *world, uint64_t time_us, int from, int to,
                            enum link_change change)
{
    const uint64_t weather = world_link(world, from, to)->weather;
    world_schedule(world, EVENT_LINK, from, time_us,
                   weather << 24 | (uint64_t)to << 8 | (uint64_t)change, NULL);
}

void world_settle_link(struct world *world, int from, int to)
{
    world_unblock(world, from, to);
    world_unclog(world, from, to);
    world_link(world, from, to)->weather++;
}

void world_link_event(struct world *world, int from, uint64_t stamp)
{
    const int to = (int)(stamp >> 8 & 0xffff);
    if (world_link(world, from, to)->weather != stamp >> 24) return;
    switch ((enum link_change)(stamp & 0xff)) {
    case CHANGE_CLOG: world_clog(world, from, to); break;
    case CHANGE_UNCLOG: world_unclog(world, from, to); break;
    case CHANGE_BLOCK: world_block(world, from, to); break;
    case CHANGE_UNBLOCK: world_unblock(world, from, to); break;
    }
}

static uint64_t ask_link(struct world *world, const char *kind, int from, int to, uint64_t nth,
                         uint64_t bound)
{
    struct tape_identity identity;
    tape_identity_link(&identity, kind, world_peer(world, from)->name, world_peer(world, to)->name,
                       NULL, nth);
    return tape_choose(world->tape, &identity, bound);
}

size_t world_swizzle(struct world *world, uint64_t nth, uint64_t duration_us)
{
    const uint64_t half = duration_us / 2;
    size_t links = 0;
    for (int from = 0; from < world->peer_count; from++)
        for (int to = 0; to < world->peer_count; to++) {
            if (from == to || ask_link(world, "swizzle", from, to, nth, 2) == 0) continue;
            const uint64_t begin = ask_link(world, "swizzle_begin", from, to, nth, half + 1);
            const uint64_t end = half + ask_link(world, "swizzle_end", from, to, nth, half + 1);
            schedule_change(world, world->now_us + begin, from, to, CHANGE_CLOG);
            schedule_change(world, world->now_us + end, from, to, CHANGE_UNCLOG);
            links++;
        }
    return links;
}

void world_flap(struct world *world, const int *sides, size_t count, uint64_t period_us,
                uint64_t duration_us)
{
    FRAME_ASSERT(count <= (size_t)world->peer_count && period_us >= 2);
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < count; j++) {
            if (sides[i] < 0 || sides[j] < 0 || sides[i] == sides[j]) continue;
            for (uint64_t at = 0; at < duration_us; at += period_us) {
                const uint64_t left = duration_us - at;
                const uint64_t open = left < period_us / 2 ? left : period_us / 2;
                schedule_change(world, world->now_us + at, (int)i, (int)j, CHANGE_BLOCK);
                schedule_change(world, world->now_us + at + open, (int)i, (int)j, CHANGE_UNBLOCK);
            }
        }
}

/* ---- Messages from the past ---- */

void world_record_messages(struct world *world, bool on)
{
    struct recorder *recorder = &world->recorder;
    if (on && recorder->ring == NULL) {
        recorder->ring = world_take(world, RECORDED_MAX * sizeof *recorder->ring);
        memset(recorder->ring, 0, RECORDED_MAX * sizeof *recorder->ring);
    }
    recorder->on = on;
}

void world_record(struct world *world, const struct flight *flight, const uint8_t *bytes)
{
    struct recorder *recorder = &world->recorder;
    const size_t length = flight->size;
    if (!recorder->on || length > RECORDED_BYTES_MAX) return;
    struct recorded *place = &recorder->ring[recorder->count++ % RECORDED_MAX];
    if (place->bytes != NULL) world_give(world, place->bytes, place->length);
    *place = (struct recorded){.from = flight->from,
                               .to = flight->to,
                               .type = flight->type,
                               .sent_us = world->now_us,
                               .tampered = flight->tampered,
                               .version = flight->version,
                               .length = length,
                               .bytes = world_take(world, length)};
    memcpy(place->bytes, bytes, length);
}

/* Is it old enough, of the right sender, and for somebody else than its sender? */
static bool replayable(const struct world *world, const struct recorded *recorded, int from, int to,
                       uint64_t age_us)
{
    return recorded->bytes != NULL && recorded->sent_us + age_us <= world->now_us &&
           world_is_meant(from, recorded->from) && recorded->from != to &&
           !world_peer(world, recorded->from)->options.adversary;
}

/* Those that fit, in the order in which they were sent; how many. */
static size_t find_replayable(const struct world *world,
                              const struct recorded *candidates[RECORDED_MAX], int from, int to,
                              uint64_t age_us)
{
    const struct recorder *recorder = &world->recorder;
    const size_t held = recorder->count < RECORDED_MAX ? recorder->count : RECORDED_MAX;
    size_t count = 0;
    for (size_t i = 0; i < held; i++) {
        const struct recorded *recorded =
            &recorder->ring[(recorder->count - held + i) % RECORDED_MAX];
        if (replayable(world, recorded, from, to, age_us)) candidates[count++] = recorded;
    }
    return count;
}

static void replay(struct world *world, const struct recorded *chosen, int to)
{
    const int target = to == WORLD_ANY ? chosen->to : to;
    world_did(world, "stale %s -> %s aged %" PRIu64 "us", world_peer_name(world, chosen->from),
              world_peer_name(world, target), world->now_us - chosen->sent_us);
    struct flight *flight = world_take(world, sizeof *flight + chosen->length);
    *flight = (struct flight){.from = chosen->from,
                              .to = target,
                              .type = chosen->type,
                              .forgery = NO_FORGERY,
                              .version = chosen->version,
                              .tampered = chosen->tampered,
                              .size = chosen->length,
                              .length = chosen->length};
    memcpy(flight->bytes, chosen->bytes, chosen->length);
    probe_hit(world, PROBE_message_stale);
    world_tell(world, TRACE_LINK, chosen->from, target, "a message from the past: %s",
               frame_message_type_name(chosen->type));
    world_schedule(world, EVENT_DELIVER, target, world->now_us, 0, flight);
}

bool world_replay(struct world *world, int from, int to, uint64_t age_us)
{
    const struct recorded *candidates[RECORDED_MAX];
    struct tape_identity identity;
    const size_t count = find_replayable(world, candidates, from, to, age_us);
    if (count == 0) return false;
    tape_identity(&identity, "replay", "world", NULL, world->recorder.replayed++);
    replay(world, candidates[tape_choose(world->tape, &identity, count)], to);
    return true;
}

bool world_replay_last(struct world *world, int from, int to, uint64_t age_us)
{
    const struct recorded *candidates[RECORDED_MAX];
    const size_t count = find_replayable(world, candidates, from, to, age_us);
    if (count == 0) return false;
    replay(world, candidates[count - 1], to);
    return true;
}
