// SPDX-License-Identifier: Apache-2.0
/* Clocks, as a swarm run draws them. */
#include "sim/fault.h"

enum { DAY_S = 86400, YEAR_S = 365 * DAY_S };

/* -most … most. */
static int64_t choose_signed(struct world *world, const struct fault_use *use, const char *what,
                             int64_t most)
{
    return (int64_t)fault_choose(world, use, what, 2 * (uint64_t)most + 1) - most;
}

static bool choose_clock(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    return use->peer != WORLD_NOBODY;
}

static bool wrong_begin(struct world *world, struct fault_use *use)
{
    if (!choose_clock(world, use)) return false;
    world_set_clock(world, use->peer, choose_signed(world, use, "off", DAY_S));
    return true;
}

static bool far_begin(struct world *world, struct fault_use *use)
{
    if (!choose_clock(world, use)) return false;
    world_set_clock(world, use->peer, (int64_t)YEAR_S * (1 + (int64_t)use->severity_ppm / 10000));
    return true;
}

/* There and back, by another way. */
static bool jump_begin(struct world *world, struct fault_use *use)
{
    if (!choose_clock(world, use)) return false;
    world_jump_clock(world, use->peer, choose_signed(world, use, "by", DAY_S / 24));
    return true;
}

static void jump_end(struct world *world, const struct fault_use *use)
{
    world_jump_clock(world, use->peer, choose_signed(world, use, "back", DAY_S / 24));
}

/* From a watch that is a little off to one that stands still or runs twice as fast. */
static bool drift_begin(struct world *world, struct fault_use *use)
{
    const int64_t most =
        1 + (int64_t)((uint64_t)use->severity_ppm * (WORLD_DRIFT_PPM_MAX - 1) / PPM);
    if (!choose_clock(world, use)) return false;
    world_drift_clock(world, use->peer, (int32_t)choose_signed(world, use, "ppm", most));
    return true;
}

/* It keeps what it has gained, as a clock does. */
static void drift_end(struct world *world, const struct fault_use *use)
{
    world_drift_clock(world, use->peer, 0);
}

/* Around the ends of what a timestamp can say (§ 3): before 1970, or at 2^53-1. */
static bool limit_begin(struct world *world, struct fault_use *use)
{
    enum { AROUND_S = 10 };
    if (!choose_clock(world, use)) return false;
    const int64_t limit = fault_choose(world, use, "which", 2) == 0 ? 0 : FRAME_INTEGER_MAX;
    world_turn_clock(world, use->peer, limit + choose_signed(world, use, "around", AROUND_S));
    return true;
}

static void right_end(struct world *world, const struct fault_use *use)
{
    world_set_clock(world, use->peer, 0);
}

const struct fault fault_clocks[] = {
    {"clock-wrong", FAULT_CLOCK, "a clock is up to a day wrong", wrong_begin, right_end},
    {"clock-far", FAULT_CLOCK, "a clock is years ahead", far_begin, right_end},
    {"clock-jump", FAULT_CLOCK, "a clock jumps, and later once more", jump_begin, jump_end},
    {"clock-drift", FAULT_CLOCK, "a clock runs too fast or too slow, or stands", drift_begin,
     drift_end},
    {"clock-limit", FAULT_CLOCK, "a clock is before 1970, or at the last second there is",
     limit_begin, right_end},
};
const size_t fault_clocks_count = sizeof fault_clocks / sizeof *fault_clocks;
