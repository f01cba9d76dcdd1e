// SPDX-License-Identifier: Apache-2.0
/* Forgeries of every kind, as a swarm run draws them: on the wire, and from adversaries. */
#include "sim/fault.h"
#include "sim/flood.h"

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

/* One of the table or, three times as often, one that is composed: there are many more. */
static bool choose(struct world *world, const struct fault_use *use, enum forgery_place place,
                   struct forgery *kind)
{
    if (fault_choose(world, use, "composed", 4) != 0) {
        forgery_draw(kind, world_tape(world), use->fault->name, place, use->nth);
        return true;
    }
    const struct forgery *named = choose_kind(world, use, place);
    if (named != NULL) *kind = *named;
    return named != NULL;
}

static bool wire_begin(struct world *world, struct fault_use *use)
{
    struct forgery kind;
    use->peer = fault_choose_peer(world, use, "from");
    use->other = fault_choose_peer(world, use, "to");
    if (use->peer == use->other || use->peer == WORLD_NOBODY ||
        !choose(world, use, FORGERY_WIRE, &kind))
        return false;
    (void)world_forge(world, &kind, use->peer, use->other);
    return true;
}

static bool adversary_begin(struct world *world, struct fault_use *use)
{
    int adversaries[WORLD_PEERS_MAX];
    const size_t count = fault_adversaries(adversaries, world);
    struct forgery kind;
    use->other = fault_choose_peer(world, use, "victim");
    if (count == 0 || use->other == WORLD_NOBODY || !choose(world, use, FORGERY_PEER, &kind))
        return false;
    use->peer = adversaries[fault_choose(world, use, "adversary", count)];
    (void)world_forge(world, &kind, use->peer, use->other);
    return true;
}

static bool flood_begin(struct world *world, struct fault_use *use)
{
    enum { INTERVAL_US = 50000 };
    int adversaries[WORLD_PEERS_MAX];
    const size_t count = fault_adversaries(adversaries, world);
    use->other = fault_choose_peer(world, use, "victim");
    if (count == 0 || use->other == WORLD_NOBODY) return false;
    const struct forgery *kind = flood_at((size_t)fault_choose(world, use, "kind", flood_count()));
    use->peer = adversaries[fault_choose(world, use, "adversary", count)];
    (void)world_flood(world, kind, use->peer, use->other,
                      1 + fault_choose(world, use, "count", flood_most(kind)),
                      1000 + fault_choose(world, use, "interval", INTERVAL_US));
    return true;
}

const struct fault fault_forgeries[] = {
    {"forge-on-the-wire", FAULT_FORGERY, "a message in flight is changed", wire_begin, NULL},
    {"forge-as-peer", FAULT_FORGERY, "an adversary attests and serves forged receipts",
     adversary_begin, NULL},
    {"flood", FAULT_FORGERY, "an adversary sends much, or what makes much work", flood_begin, NULL},
};
const size_t fault_forgeries_count = sizeof fault_forgeries / sizeof *fault_forgeries;
