// SPDX-License-Identifier: Apache-2.0
/* Swarm runs: a storm of what a seed's plan has drawn, and the calm after it. */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include "sim/swarm_plan.h"

enum { SWARM_USES_MAX = 64 }; /* under way at once */

/* A storm under way. All zero but plan and world to begin with. */
struct swarm {
    struct swarm_plan plan;
    bool draws_links; /* the plan's links are the world's; else the scenario has set them */
    struct world *world;
    int members[WORLD_PEERS_MAX];    /* the world's peer that is the plan's i-th; no adversaries, */
    int places[WORLD_PEERS_MAX];     /* and back; -1: none of the plan's */
    uint64_t slots;                  /* of this run so far */
    uint64_t used[SWARM_FAULTS_MAX]; /* how often each fault has been used */
    uint64_t begun[SWARM_FAULTS_MAX]; /* and had an occasion */
    struct fault_use uses[SWARM_USES_MAX];
    uint64_t ends_us[SWARM_USES_MAX];
    size_t use_count;
};
enum { SWARM_SLOT_US = 50000 };

/* The plan's next peer, in order, is this one of the world; `count` is how many there have been. */
void swarm_member(struct swarm *swarm, int count, int peer);
/* The users begin to work, for so long. */
bool swarm_work(struct swarm *swarm, uint64_t duration_us);
/* The plan's sites are there from now on, until the calm. */
void swarm_sites(struct swarm *swarm);
/* One slot's faults: ends those whose time has come, begins those that the tape says. */
void swarm_slot(struct swarm *swarm);
/*
 * Faults stop for a core: of the honest peers that have not left for good and that know each other, one
 * through another, at least half, chosen by the tape so that they still do. Its members run, and reach
 * each other over good links; what strikes the others stays for ever. Fills core[] and returns how many.
 */
size_t swarm_calm(struct swarm *swarm, int core[WORLD_PEERS_MAX]);
/* Which faults were used how often, on one line. */
void swarm_words(char text[SWARM_TEXT_BYTES], const struct swarm *swarm);

#endif
