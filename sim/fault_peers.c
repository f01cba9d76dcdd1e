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
    world_crash_at(world, use->peer, WORLD_CRASH_IN, WORLD_CRASH_SYNC, 1);
    return true;
}

/* Down, or halted because its storage failed meanwhile. */
static void restart_end(struct world *world, const struct fault_use *use)
{
    const enum world_peer_state state = world_peer_state(world, use->peer);
    if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, use->peer);
}

/* There may have been no sync to crash in. */
static void crash_in_sync_end(struct world *world, const struct fault_use *use)
{
    world_disarm(world, use->peer);
    restart_end(world, use);
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
    world_join(world, use->peer); /* or as soon as it has left */
}

/* For good: who left comes back only where the calm needs it. */
static bool gone_begin(struct world *world, struct fault_use *use)
{
    return away_begin(world, use);
}

/* ---- Disks and keys that are not its own ---- */

/* Backups are taken of peers that speak our version alone: so whoever puts one back can read it then. */
static bool old_backup_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_ours(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_backup(world, use->peer);
    return true;
}

static void old_backup_end(struct world *world, const struct fault_use *use)
{
    const bool runs = fault_bring_down(world, use->peer);
    world_restore_backup(world, use->peer, use->peer);
    if (runs) world_restart(world, use->peer);
}

/* It is down, and comes back with nothing. */
static void wiped_end(struct world *world, const struct fault_use *use)
{
    const bool runs = fault_bring_down(world, use->peer);
    world_wipe_disk(world, use->peer);
    if (runs) world_restart(world, use->peer);
}

/* Another one's key, and its disk as well or the own one. */
static bool twin_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    use->other = fault_choose_ours(world, use, "whose");
    if (use->other == WORLD_NOBODY || use->peer == use->other) return false;
    (void)fault_bring_down(world, use->peer);
    world_twin(world, use->peer, use->other);
    if (fault_choose(world, use, "clone", 2) == 1) {
        world_backup(world, use->other);
        world_restore_backup(world, use->peer, use->other);
    }
    world_restart(world, use->peer);
    return true;
}

static void twin_end(struct world *world, const struct fault_use *use)
{
    const bool runs = fault_bring_down(world, use->peer);
    world_twin(world, use->peer, use->peer);
    if (runs) world_restart(world, use->peer);
}

/* ---- Standing still ---- */

static bool pause_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_pause(world, use->peer);
    return true;
}

static void pause_end(struct world *world, const struct fault_use *use)
{
    world_resume(world, use->peer);
}

static bool deaf_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_freeze(world, use->peer, WORLD_IN);
    return true;
}

static bool mute_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_freeze(world, use->peer, WORLD_OUT);
    return true;
}

static void thaw_end(struct world *world, const struct fault_use *use)
{
    world_thaw(world, use->peer);
}

const struct fault fault_peers[] = {
    {"crash", FAULT_PEER, "a peer goes down, and comes back later", crash_begin, restart_end},
    {"crash-in-sync", FAULT_PEER, "a peer goes down in the middle of a write", crash_in_sync_begin,
     crash_in_sync_end},
    {"bounce", FAULT_PEER, "a peer goes down and comes back at once", bounce_begin, NULL},
    {"crash-all", FAULT_PEER, "all peers go down at once", crash_all_begin, restart_all_end},
    {"away", FAULT_PEER, "a peer stops in good order, and comes back later", away_begin, back_end},
    {"gone", FAULT_PEER, "a peer stops in good order, for good", gone_begin, NULL},
    {"old-backup", FAULT_PEER, "an old backup is put back on a peer's disk", old_backup_begin,
     old_backup_end},
    {"wiped", FAULT_PEER, "a peer goes down, and comes back with an empty log", crash_begin,
     wiped_end},
    {"twin", FAULT_PEER, "two peers have one transport key, perhaps one disk", twin_begin,
     twin_end},
    {"pause", FAULT_PEER, "a process stands still, then everything comes at once", pause_begin,
     pause_end},
    {"freeze-in", FAULT_PEER, "a peer speaks and hears nobody", deaf_begin, thaw_end},
    {"freeze-out", FAULT_PEER, "a peer hears and cannot speak", mute_begin, thaw_end},
};
const size_t fault_peers_count = sizeof fault_peers / sizeof *fault_peers;
