// SPDX-License-Identifier: Apache-2.0
#include "sim/fault.h"

#include <string.h>

#include "core/memory.h"

const char *fault_family_name(enum fault_family family)
{
    static const char *const names[] = {"partition", "link",    "peer",    "clock",    "disk",
                                        "memory",    "version", "forgery", "discovery"};
    FRAME_ASSERT((size_t)family < sizeof names / sizeof *names);
    return names[family];
}

/* ---- The table ---- */

struct table {
    const struct fault *faults;
    size_t count;
};

static struct table table_at(size_t i)
{
    switch (i) {
    case 0: return (struct table){fault_links, fault_links_count};
    case 1: return (struct table){fault_peers, fault_peers_count};
    case 2: return (struct table){fault_clocks, fault_clocks_count};
    case 3: return (struct table){fault_versions, fault_versions_count};
    case 4: return (struct table){fault_disks, fault_disks_count};
    case 5: return (struct table){fault_memory, fault_memory_count};
    case 6: return (struct table){fault_forgeries, fault_forgeries_count};
    case 7: return (struct table){fault_discovery, fault_discovery_count};
    default: return (struct table){NULL, 0};
    }
}

size_t fault_count(void)
{
    size_t count = 0;
    for (size_t i = 0; table_at(i).faults != NULL; i++)
        count += table_at(i).count;
    return count;
}

const struct fault *fault_at(size_t i)
{
    struct table table = table_at(0);
    for (size_t t = 1; i >= table.count; t++) {
        i -= table.count;
        table = table_at(t);
        FRAME_ASSERT(table.faults != NULL);
    }
    return table.faults + i;
}

const struct fault *fault_find(const char *name)
{
    const size_t count = fault_count();
    for (size_t i = 0; i < count; i++)
        if (strcmp(fault_at(i)->name, name) == 0) return fault_at(i);
    return NULL;
}

/* ---- Choices ---- */

uint64_t fault_choose(struct world *world, const struct fault_use *use, const char *what,
                      uint64_t bound)
{
    struct tape_identity identity;
    tape_identity(&identity, "Fault", use->fault->name, what, use->nth);
    return tape_choose(world_tape(world), &identity, bound);
}

static int choose(struct world *world, const struct fault_use *use, const char *what, bool ours)
{
    int up[WORLD_PEERS_MAX];
    size_t count = 0;
    for (int i = 0; i < world_peer_count(world); i++)
        if (world_peer_state(world, i) == WORLD_PEER_UP && !world_peer_is_adversary(world, i) &&
            (!ours || world_peer_version(world, i) == WORLD_VERSION_OURS))
            up[count++] = i;
    return count > 0 ? up[fault_choose(world, use, what, count)] : WORLD_NOBODY;
}

int fault_choose_peer(struct world *world, const struct fault_use *use, const char *what)
{
    return choose(world, use, what, false);
}

size_t fault_adversaries(int adversaries[WORLD_PEERS_MAX], const struct world *world)
{
    size_t count = 0;
    for (int i = 0; i < world_peer_count(world); i++)
        if (world_peer_is_adversary(world, i)) adversaries[count++] = i;
    return count;
}

int fault_choose_ours(struct world *world, const struct fault_use *use, const char *what)
{
    return choose(world, use, what, true);
}

bool fault_bring_down(struct world *world, int peer)
{
    const enum world_peer_state state = world_peer_state(world, peer);
    world_crash(world, peer);
    return state != WORLD_PEER_LEFT && state != WORLD_PEER_ABSENT;
}
