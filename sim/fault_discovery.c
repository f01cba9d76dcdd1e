// SPDX-License-Identifier: Apache-2.0
/* What may come to peers that find each other (§ 15 to 18), as a swarm run draws it: keys that nobody knows call in, and
   what peers can do changes. */
#include "sim/fault.h"

#include "core/dapp.h"

/* From one of the adversaries, at a peer that has discovery on. */
static bool crowd_begin(struct world *world, struct fault_use *use, enum world_crowd crowd)
{
    enum { COUNT = 200, INTERVAL_US = 50000 };
    int adversaries[WORLD_PEERS_MAX];
    const size_t count = fault_adversaries(adversaries, world);
    use->other = fault_choose_peer(world, use, "victim");
    if (count == 0 || use->other == WORLD_NOBODY || !world_peer_discovers(world, use->other))
        return false;
    use->peer = adversaries[fault_choose(world, use, "adversary", count)];
    world_crowd(world, use->peer, use->other, crowd, 1 + fault_choose(world, use, "count", COUNT),
                1000 + fault_choose(world, use, "interval", INTERVAL_US));
    return true;
}

static bool strangers_begin(struct world *world, struct fault_use *use)
{
    return crowd_begin(world, use, WORLD_CROWD_STRANGERS);
}

static bool members_begin(struct world *world, struct fault_use *use)
{
    return crowd_begin(world, use, WORLD_CROWD_MEMBERS);
}

static bool askers_begin(struct world *world, struct fault_use *use)
{
    return crowd_begin(world, use, WORLD_CROWD_ASKERS);
}

uint32_t fault_lacking(uint64_t which)
{
    static const char *const network[] = {"network.request"};
    static const char *const money[] = {"bridge.mint", "wallet.send"};
    uint32_t lacking = 0;
    if ((which & 1) != 0) lacking |= frame_capability_set(network, 1);
    if ((which & 2) != 0) lacking |= frame_capability_set(money, 2);
    return lacking;
}

static bool capabilities_begin(struct world *world, struct fault_use *use)
{
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY || !world_peer_discovers(world, use->peer)) return false;
    world_set_capabilities(world, use->peer, fault_lacking(fault_choose(world, use, "lacking", 4)));
    return true;
}

const struct fault fault_discovery[] = {
    {"capabilities", FAULT_DISCOVERY, "a peer comes to have others: with or without network, money",
     capabilities_begin, NULL},
    {"crowd-of-strangers", FAULT_DISCOVERY,
     "keys without membership announce themselves, and route", strangers_begin, NULL},
    {"crowd-of-members", FAULT_DISCOVERY, "keys that a stolen identity's key vouches for call in",
     members_begin, NULL},
    {"crowd-of-askers", FAULT_DISCOVERY, "keys without membership ask for receipts, and route",
     askers_begin, NULL},
};
const size_t fault_discovery_count = sizeof fault_discovery / sizeof *fault_discovery;
