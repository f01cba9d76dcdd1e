// SPDX-License-Identifier: Apache-2.0
/*
 * Sites: places in the simulator at which it can do something that hardly ever comes about by itself. In
 * a run a site is there or is not; where it is, it fires by chance, asked from the tape by (site, peer,
 * how-manieth).
 */
#ifndef SIM_SITE_H
#define SIM_SITE_H

#include "sim/world.h"

/* X(ID, name, what happens there) */
#define SITE_LIST(X)                                                                             \
    X(LATE_TICK, "late-tick", "a timer rings up to two seconds late")                            \
    X(IDLE_TICK, "idle-tick", "a timer rings right behind a message, though nothing is due")     \
    X(SLOW_SYNC, "slow-sync", "the disk takes up to eight seconds longer")                       \
    X(LATE_DURABLE, "late-durable", "all is durable, and the instance learns it a second later") \
    X(CRASH_LOOP, "crash-loop", "whoever comes back goes down and comes back again at once")     \
    X(ECHO, "echo", "a message comes back to its sender, too")                                   \
    X(WRONG_DOOR, "wrong-door", "a message arrives at somebody else, too")                       \
    X(SAME_MOMENT, "same-moment", "a message arrives at the next whole tenth of a second")       \
    X(CLOCK_STUTTER, "clock-stutter", "a clock is up to three seconds off for one event")        \
    X(DOUBLE_CLICK, "double-click", "a user asks for the very same thing twice")                 \
    X(PASTE, "paste", "a user pastes a long text into a note that there is not")                 \
    X(HASTE, "haste", "a user does not pause before the next intent")

enum site {
#define SITE_ENUM(id, name, what) SITE_##id,
    SITE_LIST(SITE_ENUM)
#undef SITE_ENUM
        SITE_COUNT
};
const char *site_name(enum site site);
const char *site_what(enum site site);

/* From now on it fires once in so many times that it is passed; 0, as from the start: never. */
void world_set_site(struct world *world, enum site site, uint32_t one_in);
uint64_t world_site_fired(const struct world *world, enum site site);

/* ---- for the places themselves ---- */

/* Does it fire now? */
bool site_fires(struct world *world, enum site site, int peer);
/* 0 … bound-1, for a site that has just fired: how much, or whom. */
uint64_t site_choose(struct world *world, enum site site, int peer, uint64_t bound);

#endif
