// SPDX-License-Identifier: Apache-2.0
/* Disks, as a swarm run draws them. What breaks a disk's promise is marked in its `what`. */
#include "sim/fault.h"

/* Somebody's disk, with settings as they are at first; NULL where there is nobody. */
static struct disk_settings *strike(struct world *world, struct fault_use *use,
                                    struct disk_settings *settings)
{
    use->peer = fault_choose_peer(world, use, "who");
    disk_settings_init(settings);
    return use->peer == WORLD_NOBODY ? NULL : settings;
}

static bool slow_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.sync.kind = LATENCY_EXPONENTIAL;
    settings.sync.spread_us = 1 + use->severity_ppm / 2;
    world_set_disk(world, use->peer, &settings);
    return true;
}

/* ---- Crashes on the way to the disk ---- */

static bool crash_at_begin(struct world *world, struct fault_use *use)
{
    enum { EVENTS = 20, OTHERS = 3 };
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    const enum world_crash_when when =
        (enum world_crash_when)fault_choose(world, use, "when", WORLD_CRASH_WHENS_COUNT);
    const enum world_crash_what what =
        (enum world_crash_what)fault_choose(world, use, "what", WORLD_CRASH_REWRITE);
    const uint64_t nth =
        1 + fault_choose(world, use, "nth", what == WORLD_CRASH_EVENT ? EVENTS : OTHERS);
    world_crash_at(world, use->peer, when, what, nth);
    return true;
}

static bool torn_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.torn = true;
    world_set_disk(world, use->peer, &settings);
    world_crash_at(world, use->peer, WORLD_CRASH_IN, WORLD_CRASH_SYNC, 1);
    return true;
}

static bool reordered_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.reorders = true;
    world_set_disk(world, use->peer, &settings);
    world_crash_at(world, use->peer, WORLD_CRASH_AFTER, WORLD_CRASH_WRITE, 1);
    return true;
}

/* ---- Failures ---- */

static bool failing_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.failure_ppm = 1 + use->severity_ppm / 4;
    world_set_disk(world, use->peer, &settings);
    return true;
}

static bool failing_write_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.write_failure_ppm = 1 + use->severity_ppm / 4;
    world_set_disk(world, use->peer, &settings);
    return true;
}

static bool full_begin(struct world *world, struct fault_use *use)
{
    enum { LEFT_BYTES = 16384 };
    size_t durable;
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.space_bytes = 1 + world_peer_disk(world, use->peer, &durable) +
                           fault_choose(world, use, "left", LEFT_BYTES);
    world_set_disk(world, use->peer, &settings);
    return true;
}

/* It may stay down for it until the end. */
static bool short_read_begin(struct world *world, struct fault_use *use)
{
    struct disk_settings settings;
    if (strike(world, use, &settings) == NULL) return false;
    settings.short_read_ppm = PPM / 2;
    world_set_disk(world, use->peer, &settings);
    world_restart(world, use->peer);
    return true;
}

/* Good again; whoever it has brought down comes back. */
static void good_end(struct world *world, const struct fault_use *use)
{
    struct disk_settings settings;
    disk_settings_init(&settings);
    world_set_disk(world, use->peer, &settings);
    world_disarm(world, use->peer); /* there may have been no occasion */
    const enum world_peer_state state = world_peer_state(world, use->peer);
    if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, use->peer);
}

/* ---- Broken promises, found at the restart that follows ---- */

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

/* The last frame: what rots there looks like a torn write. */
static bool rot_at_end_begin(struct world *world, struct fault_use *use)
{
    enum { NEAR_BYTES = 400 };
    size_t durable;
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_crash(world, use->peer);
    (void)world_peer_disk(world, use->peer, &durable);
    const size_t near = durable < NEAR_BYTES ? durable : NEAR_BYTES;
    if (near > 0)
        world_flip_disk_bit(world, use->peer,
                            durable - 1 - (size_t)fault_choose(world, use, "byte", near),
                            (unsigned)fault_choose(world, use, "bit", 8));
    return true;
}

/* Safe mode, and a crash around the moment at which it is over. */
static bool crash_in_rewrite_begin(struct world *world, struct fault_use *use)
{
    if (!rot_begin(world, use)) return false;
    world_restart(world, use->peer);
    world_crash_at(world, use->peer,
                   (enum world_crash_when)fault_choose(world, use, "when", WORLD_CRASH_WHENS_COUNT),
                   WORLD_CRASH_REWRITE, 1);
    return true;
}

static bool swap_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    use->other = fault_choose_peer(world, use, "whose");
    if (use->peer == WORLD_NOBODY || use->peer == use->other) return false;
    world_crash(world, use->peer);
    world_swap_disk(world, use->peer, use->other);
    return true;
}

static bool foreign_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_crash(world, use->peer);
    world_foreign_disk(world, use->peer, 1 + fault_choose(world, use, "receipts", 4));
    return true;
}

/* No peer will ever hold what it has set aside: now and then its operator sees that. */
static void foreign_end(struct world *world, const struct fault_use *use)
{
    good_end(world, use);
    if (fault_choose(world, use, "accepts", 2) == 1) world_accept_loss(world, use->peer);
}

const struct fault fault_disks[] = {
    {"slow-disk", FAULT_DISK, "syncs take long", slow_begin, good_end},
    {"crash-at", FAULT_DISK, "a peer goes down before, in or after an event, a write or a sync",
     crash_at_begin, good_end},
    {"torn-write", FAULT_DISK, "a crash in a sync leaves a part of what was written", torn_begin,
     good_end},
    {"reordered-writes", FAULT_DISK, "a crash leaves some sectors of what was written",
     reordered_begin, good_end},
    {"failing-sync", FAULT_DISK, "syncs fail, and the instance halts", failing_begin, good_end},
    {"failing-write", FAULT_DISK, "writes fail, and the instance halts", failing_write_begin,
     good_end},
    {"full-disk", FAULT_DISK, "there is no more space, and the instance halts", full_begin,
     good_end},
    {"short-read", FAULT_DISK, "a log is read in part, and again", short_read_begin, good_end},
    {"bit-rot", FAULT_DISK, "a bit of the log flips: a broken promise", rot_begin, good_end},
    {"rot-at-end", FAULT_DISK, "a bit of its last bytes flips: a broken promise", rot_at_end_begin,
     good_end},
    {"lost-tail", FAULT_DISK, "durable bytes are gone: a broken promise", lost_tail_begin,
     good_end},
    {"crash-in-rewrite", FAULT_DISK, "a log rots, and the peer goes down when it is replaced",
     crash_in_rewrite_begin, good_end},
    {"log-swap", FAULT_DISK, "another peer's log is there instead: a broken promise", swap_begin,
     good_end},
    {"log-foreign", FAULT_DISK, "another identity's log is there instead: a broken promise",
     foreign_begin, foreign_end},
};
const size_t fault_disks_count = sizeof fault_disks / sizeof *fault_disks;
