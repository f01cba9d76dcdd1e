// SPDX-License-Identifier: Apache-2.0
/* Forgeries of every kind, as a swarm run draws them: on the wire, and from adversaries. */
#include "sim/fault.h"

/* One of the kinds for a place, by the tape. */
static const struct forgery *choose_kind(struct world *world, const struct fault_use *use,
                                         enum forgery_place place)
{
    size_t count = 0;
    for (size_t i = 0; i < forgery_count(); i++)
        count += forgery_at(i)->place == place;
    if (count == 0) return NULL;
    size_t left = (size_t)fault_choose(world, use, "kind", count);
    for (size_t i = 0;; i++) {
        if (forgery_at(i)->place != place) continue;
        if (left-- == 0) return forgery_at(i);
    }
}

static bool wire_begin(struct world *world, struct fault_use *use)
{
    const struct forgery *kind = choose_kind(world, use, FORGERY_WIRE);
    use->peer = fault_choose_peer(world, use, "from");
    use->other = fault_choose_peer(world, use, "to");
    if (kind == NULL || use->peer == use->other || use->peer == WORLD_NOBODY) return false;
    (void)world_forge(world, kind, use->peer, use->other);
    return true;
}

static bool adversary_begin(struct world *world, struct fault_use *use)
{
    int adversaries[WORLD_PEERS_MAX];
    size_t count = 0;
    const struct forgery *kind = choose_kind(world, use, FORGERY_PEER);
    for (int i = 0; i < world_peer_count(world); i++)
        if (world_peer_is_adversary(world, i)) adversaries[count++] = i;
    use->other = fault_choose_peer(world, use, "victim");
    if (kind == NULL || count == 0 || use->other == WORLD_NOBODY) return false;
    use->peer = adversaries[fault_choose(world, use, "adversary", count)];
    (void)world_forge(world, kind, use->peer, use->other);
    return true;
}

const struct fault fault_forgeries[] = {
    {"forge-on-the-wire", FAULT_FORGERY, "a message in flight is changed", wire_begin, NULL},
    {"forge-as-peer", FAULT_FORGERY, "an adversary attests and serves forged receipts",
     adversary_begin, NULL},
};
const size_t fault_forgeries_count = sizeof fault_forgeries / sizeof *fault_forgeries;
