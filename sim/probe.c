// SPDX-License-Identifier: Apache-2.0
/* The table of probes, and how often a world was at each. */
#include "sim/probe.h"

#include <string.h>

#include "sim/world_internal.h"

enum how_often { OFTEN, RARE };

static const struct {
    const char *name;
    const char *what;
    enum how_often often;
} probes[PROBE_COUNT] = {
#define PROBE_ENTRY(name, often, what) [PROBE_##name] = {#name, what, often},
    PROBE_LIST(PROBE_ENTRY)
#undef PROBE_ENTRY
#define PROBE_ENTRY(status, name, often) \
    [PROBE_##name] = {#name, "something of a peer is refused under this name", often},
        PROBE_REFUSAL_LIST(PROBE_ENTRY)
#undef PROBE_ENTRY
};

const char *probe_name(enum probe probe)
{
    FRAME_ASSERT(probe < PROBE_COUNT);
    return probes[probe].name;
}

const char *probe_what(enum probe probe)
{
    FRAME_ASSERT(probe < PROBE_COUNT);
    return probes[probe].what;
}

bool probe_is_rare(enum probe probe)
{
    FRAME_ASSERT(probe < PROBE_COUNT);
    return probes[probe].often == RARE;
}

void probe_hit(struct world *world, enum probe probe)
{
    world->probes[probe]++;
}

void world_probes(const struct world *world, uint64_t hits[PROBE_COUNT])
{
    memcpy(hits, world->probes, sizeof world->probes);
    for (size_t i = 0; i < world->forgery_count; i++) {
        const struct world_forgery *forgery = &world->forgeries[i].public;
        if (forgery->state != WORLD_FORGERY_MET) continue;
        hits[PROBE_forgery_met]++;
        if (forgery->tries > 1) hits[PROBE_forgery_tried_again]++;
    }
}
