// SPDX-License-Identifier: Apache-2.0
/* Disks, as a swarm run draws them. What breaks a disk's promise is marked in its `what`. */
#include "sim/fault.h"

static bool slow_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    disk_settings_init(&settings);
    settings.sync.kind = LATENCY_EXPONENTIAL;
    settings.sync.spread_us = 1 + use->severity_ppm / 2;
    world_set_disk(world, use->peer, &settings);
    return true;
}

static bool torn_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    disk_settings_init(&settings);
    settings.torn = true;
    world_set_disk(world, use->peer, &settings);
    world_crash_at(world, use->peer, WORLD_CRASH_IN, WORLD_CRASH_SYNC, 1);
    return true;
}

static bool failing_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    disk_settings_init(&settings);
    settings.failure_ppm = 1 + use->severity_ppm / 4;
    world_set_disk(world, use->peer, &settings);
    return true;
}

/* Good again; whoever it has brought down comes back. */
static void good_end(struct world *world, const struct fault_use *use)
{
    struct disk_settings settings;
    disk_settings_init(&settings);
    world_set_disk(world, use->peer, &settings);
    const enum world_peer_state state = world_peer_state(world, use->peer);
    if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, use->peer);
}

/* Found at the restart that follows. */
static bool rot_begin(struct world *world, struct fault_use *use)
{
    size_t durable;
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_crash(world, use->peer);
    (void)world_peer_disk(world, use->peer, &durable);
    if (durable > 0)
        world_flip_disk_bit(world, use->peer, (size_t)fault_choose(world, use, "byte", durable),
                            (unsigned)fault_choose(world, use, "bit", 8));
    return true;
}

static bool lost_tail_begin(struct world *world, struct fault_use *use)
{
    size_t durable;
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_crash(world, use->peer);
    (void)world_peer_disk(world, use->peer, &durable);
    if (durable > 0)
        world_cut_disk(world, use->peer, (size_t)fault_choose(world, use, "length", durable));
    return true;
}

const struct fault fault_disks[] = {
    {"slow-disk", FAULT_DISK, "syncs take long", slow_begin, good_end},
    {"torn-write", FAULT_DISK, "a crash in a sync leaves a part of what was written", torn_begin,
     good_end},
    {"failing-sync", FAULT_DISK, "syncs fail, and the instance halts", failing_begin, good_end},
    {"bit-rot", FAULT_DISK, "a bit of the log flips: a broken promise", rot_begin, good_end},
    {"lost-tail", FAULT_DISK, "durable bytes are gone: a broken promise", lost_tail_begin,
     good_end},
};
const size_t fault_disks_count = sizeof fault_disks / sizeof *fault_disks;
