// SPDX-License-Identifier: Apache-2.0
/* Memory that is refused, as a swarm run draws it. */
#include "sim/fault.h"

/* One piece, anywhere in what the peer is about to do. */
static bool refused_begin(struct world *world, struct fault_use *use)
{
    enum { PIECES = 2000 };
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_starve(world, use->peer, 1 + fault_choose(world, use, "piece", PIECES), 0);
    return true;
}

/* All from some piece on, until it is over: in between it may not even come up. */
static bool starved_begin(struct world *world, struct fault_use *use)
{
    enum { PIECES = 200 };
    use->peer = fault_choose_peer(world, use, "who");
    if (use->peer == WORLD_NOBODY) return false;
    world_starve(world, use->peer, 1 + fault_choose(world, use, "piece", PIECES), WORLD_NEVER);
    return true;
}

static void fed_end(struct world *world, const struct fault_use *use)
{
    world_starve(world, use->peer, 0, 0);
    if (world_peer_state(world, use->peer) == WORLD_PEER_DOWN) world_restart(world, use->peer);
}

const struct fault fault_memory[] = {
    {"refused-memory", FAULT_MEMORY, "a peer is refused one piece of memory", refused_begin,
     fed_end},
    {"starved", FAULT_MEMORY, "a peer is refused all memory for a while", starved_begin, fed_end},
};
const size_t fault_memory_count = sizeof fault_memory / sizeof *fault_memory;
