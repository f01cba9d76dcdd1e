// SPDX-License-Identifier: Apache-2.0
/* Peers and their clocks, as a swarm run draws them. */
#include "sim/fault.h"

/* ---- Lives ---- */

static bool crash_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_crash(world, use->peer);
    return true;
}

static bool crash_in_sync_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_crash_in_sync(world, use->peer);
    return true;
}

/* Down, or halted because its storage failed meanwhile. */
static void restart_end(struct world *world, const struct fault_use *use)
{
    const enum world_peer_state state = world_peer_state(world, use->peer);
    if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, use->peer);
}

static bool bounce_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_restart(world, use->peer);
    return true;
}

static bool crash_all_begin(struct world *world, struct fault_use *use)
{
    (void)use;
    for (int i = 0; i < world_peer_count(world); i++)
        if (!world_peer_is_adversary(world, i)) world_crash(world, i);
    return true;
}

static void restart_all_end(struct world *world, const struct fault_use *use)
{
    (void)use;
    for (int i = 0; i < world_peer_count(world); i++) {
        const enum world_peer_state state = world_peer_state(world, i);
        if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, i);
    }
}

static bool away_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_leave(world, use->peer);
    return true;
}

static void back_end(struct world *world, const struct fault_use *use)
{
    if (world_peer_state(world, use->peer) == WORLD_PEER_LEFT) world_join(world, use->peer);
}

/* ---- Clocks ---- */

static bool clock_begin(struct world *world, struct fault_use *use)
{
    enum { DAY_S = 86400 };
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    const int64_t off = (int64_t)fault_choose(world, use, "off", 2 * DAY_S + 1) - DAY_S;
    world_set_clock(world, use->peer, off);
    return true;
}

static bool clock_far_begin(struct world *world, struct fault_use *use)
{
    enum { YEAR_S = 365 * 86400 };
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_set_clock(world, use->peer, (int64_t)YEAR_S * (1 + (int64_t)use->severity_ppm / 10000));
    return true;
}

static void clock_end(struct world *world, const struct fault_use *use)
{
    world_set_clock(world, use->peer, 0);
}

const struct fault fault_peers[] = {
    {"crash", FAULT_PEER, "a peer goes down, and comes back later", crash_begin, restart_end},
    {"crash-in-sync", FAULT_PEER, "a peer goes down in the middle of a write", crash_in_sync_begin,
     restart_end},
    {"bounce", FAULT_PEER, "a peer goes down and comes back at once", bounce_begin, NULL},
    {"crash-all", FAULT_PEER, "all peers go down at once", crash_all_begin, restart_all_end},
    {"away", FAULT_PEER, "a peer stops in good order, and comes back later", away_begin, back_end},
    {"clock-jump", FAULT_CLOCK, "a clock is up to a day wrong", clock_begin, clock_end},
    {"clock-far", FAULT_CLOCK, "a clock is years ahead", clock_far_begin, clock_end},
};
const size_t fault_peers_count = sizeof fault_peers / sizeof *fault_peers;
