// SPDX-License-Identifier: Apache-2.0
/* Clocks that are wrong, jump, drift, or stand near the limits of a timestamp (§ 3). Integers only. */
#include "sim/world_internal.h"

/* Microseconds that a clock has gained on world time, but for its offset. */
static int64_t drifted_us(const struct world *world, const struct peer *self)
{
    const int64_t passed_us = (int64_t)(world->now_us - self->drift_since_us);
    return self->drift_gained_us + passed_us / PPM * self->drift_ppm +
           passed_us % PPM * self->drift_ppm / PPM;
}

static int64_t sum_within(int64_t a, int64_t b)
{
    if (b > 0) return a > INT64_MAX - b ? INT64_MAX : a + b;
    return a < INT64_MIN - b ? INT64_MIN : a + b;
}

/* Without the offset. Never negative: the slowest clock stands still. */
static int64_t runs_to_s(const struct world *world, const struct peer *self)
{
    const int64_t since_us = (int64_t)world->now_us + drifted_us(world, self);
    return WORLD_EPOCH_S + since_us / (int64_t)WORLD_SECOND;
}

static int64_t shows_s(const struct world *world, const struct peer *self)
{
    return sum_within(runs_to_s(world, self), self->options.clock_offset_s);
}

int64_t peer_clock_s(const struct world *world, const struct peer *self)
{
    const int64_t clock_s = shows_s(world, self);
    if (clock_s < 0) return 0;
    return clock_s < FRAME_INTEGER_MAX ? clock_s : FRAME_INTEGER_MAX;
}

int64_t world_clock_s(const struct world *world, int peer)
{
    return shows_s(world, world_peer(world, peer));
}

static void tell(struct world *world, int peer, const char *what)
{
    const struct peer *self = world_peer(world, peer);
    world_tell(world, TRACE_CLOCK, peer, WORLD_NOBODY, "%s, %+lld s, %+ld ppm", what,
               (long long)self->options.clock_offset_s, (long)self->drift_ppm);
}

void world_set_clock(struct world *world, int peer, int64_t offset_s)
{
    struct peer *self = world_peer(world, peer);
    self->drift_ppm = 0;
    self->drift_gained_us = 0;
    self->options.clock_offset_s = offset_s;
    tell(world, peer, "set");
}

void world_jump_clock(struct world *world, int peer, int64_t by_s)
{
    struct peer *self = world_peer(world, peer);
    self->options.clock_offset_s = sum_within(self->options.clock_offset_s, by_s);
    tell(world, peer, "jumps");
}

void world_turn_clock(struct world *world, int peer, int64_t shows_now_s)
{
    struct peer *self = world_peer(world, peer);
    self->options.clock_offset_s = sum_within(shows_now_s, -runs_to_s(world, self));
    tell(world, peer, "turned");
}

void world_drift_clock(struct world *world, int peer, int32_t ppm)
{
    struct peer *self = world_peer(world, peer);
    FRAME_ASSERT(ppm >= WORLD_DRIFT_PPM_MIN && ppm <= WORLD_DRIFT_PPM_MAX);
    self->drift_gained_us = drifted_us(world, self);
    self->drift_since_us = world->now_us;
    self->drift_ppm = ppm;
    tell(world, peer, "drifts");
}
