// SPDX-License-Identifier: Apache-2.0
/* Versions and policies that are not everybody's, as a swarm run draws them. */
#include "sim/fault.h"

static void restart_as(struct world *world, int peer, enum world_version version)
{
    const bool runs = fault_bring_down(world, peer);
    world_set_version(world, peer, version);
    if (runs) world_restart(world, peer);
}

/* Versions whose state roots are ours: it keeps its log, and what it does meanwhile stays good. */
static bool version_begin(struct world *world, struct fault_use *use)
{
    static const enum world_version versions[] = {WORLD_VERSION_PROTOCOL, WORLD_VERSION_RECEIPT,
                                                  WORLD_VERSION_ATTESTATION,
                                                  WORLD_VERSION_ENVELOPE};
    use->peer = fault_choose_ours(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    const uint64_t which = fault_choose(world, use, "which", sizeof versions / sizeof *versions);
    restart_as(world, use->peer, versions[which]);
    return true;
}

static void ours_end(struct world *world, const struct fault_use *use)
{
    restart_as(world, use->peer, WORLD_VERSION_OURS);
}

/*
 * Versions with other state roots: an upgrade in place, which leaves it in safe mode with a log it cannot read, or an
 * installation anew, which makes receipts of its own kind. In the end the old version comes back, with the
 * disk of before.
 */
static bool roots_begin(struct world *world, struct fault_use *use)
{
    static const enum world_version versions[] = {WORLD_VERSION_DAPP, WORLD_VERSION_CAPABILITY,
                                                  WORLD_VERSION_STATE_ROOT};
    use->peer = fault_choose_ours(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    const uint64_t which = fault_choose(world, use, "which", sizeof versions / sizeof *versions);
    world_crash(world, use->peer);
    world_backup(world, use->peer);
    if (fault_choose(world, use, "anew", 2) == 1) world_wipe_disk(world, use->peer);
    world_set_version(world, use->peer, versions[which]);
    world_restart(world, use->peer);
    return true;
}

static void roots_end(struct world *world, const struct fault_use *use)
{
    const bool runs = fault_bring_down(world, use->peer);
    world_restore_backup(world, use->peer, use->peer);
    world_set_version(world, use->peer, WORLD_VERSION_OURS);
    if (runs) world_restart(world, use->peer);
}

static void restart_by(struct world *world, int peer, enum frame_policy policy)
{
    const bool runs = fault_bring_down(world, peer);
    world_set_policy(world, peer, policy);
    if (runs) world_restart(world, peer);
}

static bool strict_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY || world_peer_policy(world, use->peer) == FRAME_POLICY_STRICT)
        return false;
    restart_by(world, use->peer, FRAME_POLICY_STRICT);
    return true;
}

static void join_end(struct world *world, const struct fault_use *use)
{
    restart_by(world, use->peer, FRAME_POLICY_JOIN);
}

const struct fault fault_versions[] = {
    {"version", FAULT_VERSION, "a peer speaks another protocol, receipt, attestation or envelope",
     version_begin, ours_end},
    {"other-roots", FAULT_VERSION, "a peer has another dApp, capability or state-root version",
     roots_begin, roots_end},
    {"policy-strict", FAULT_VERSION, "a peer merges by policy strict", strict_begin, join_end},
};
const size_t fault_versions_count = sizeof fault_versions / sizeof *fault_versions;
