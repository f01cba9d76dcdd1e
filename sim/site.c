// SPDX-License-Identifier: Apache-2.0
#include "sim/site.h"

#include "sim/world_internal.h"

const char *site_name(enum site site)
{
    static const char *const names[] = {
#define SITE_NAME(id, name, what) name,
        SITE_LIST(SITE_NAME)
#undef SITE_NAME
    };
    return names[site];
}

const char *site_what(enum site site)
{
    static const char *const whats[] = {
#define SITE_WHAT(id, name, what) what,
        SITE_LIST(SITE_WHAT)
#undef SITE_WHAT
    };
    return whats[site];
}

void world_set_site(struct world *world, enum site site, uint32_t one_in)
{
    if (one_in != world->sites[site].one_in && one_in == 0)
        world_did(world, "site %s off", site_name(site));
    else if (one_in != world->sites[site].one_in)
        world_did(world, "site %s one-in %u", site_name(site), (unsigned)one_in);
    world->sites[site].one_in = one_in;
}

uint64_t world_site_fired(const struct world *world, enum site site)
{
    return world->sites[site].fired;
}

bool site_fires(struct world *world, enum site site, int peer)
{
    struct site_state *state = &world->sites[site];
    struct peer *self = world->peers[peer];
    struct tape_identity identity;
    if (state->one_in == 0) return false;
    tape_identity(&identity, "site", site_name(site), self->name, self->sites_passed[site]++);
    if (!tape_chance(world->tape, &identity, 1, state->one_in)) return false;
    state->fired++;
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "%s: %s", site_name(site), site_what(site));
    return true;
}

uint64_t site_choose(struct world *world, enum site site, int peer, uint64_t bound)
{
    const struct peer *self = world->peers[peer];
    struct tape_identity identity;
    tape_identity(&identity, "site_much", site_name(site), self->name,
                  self->sites_passed[site] - 1);
    return tape_choose(world->tape, &identity, bound);
}
