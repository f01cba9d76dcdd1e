// SPDX-License-Identifier: Apache-2.0
/*
 * Swarm runs: each seed draws what kind of world it is, and which faults exist in it at all. Most are
 * absent from any one run, so that those that are there go deep.
 */
#ifndef SIM_SWARM_H
#define SIM_SWARM_H

#include "sim/fault.h"

enum {
    SWARM_FAULTS_MAX = 64, /* kinds of faults */
    SWARM_USES_MAX = 64,   /* under way at once */
    SWARM_TEXT_BYTES = 1024
};

/* What a seed has drawn. */
struct swarm_plan {
    int peers;
    int peers_present; /* from the start; the others join during the storm */
    bool strict_trust;
    uint64_t gossip_ms;
    uint64_t ignore_ms_max;
    struct link_settings link;
    uint64_t work_interval_us; /* between two intents of a peer */
    uint32_t careless_ppm;
    uint32_t severity_ppm;
    uint32_t one_in[SWARM_FAULTS_MAX]; /* slots between two uses of a fault; 0: it does not exist */
};
/* From `least` to `most` peers (1 <= least <= most). The questions are of kind Swarm. */
void swarm_plan_draw(struct swarm_plan *plan, struct tape *tape, int least, int most);
/* Every option in words, on one line. */
void swarm_plan_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan);

/* A storm under way. All zero but plan and world to begin with. */
struct swarm {
    struct swarm_plan plan;
    bool draws_links; /* the plan's links are the world's; else the scenario has set them */
    struct world *world;
    uint64_t slots;                   /* of this run so far */
    uint64_t used[SWARM_FAULTS_MAX];  /* how often each fault has been used */
    uint64_t begun[SWARM_FAULTS_MAX]; /* and had an occasion */
    struct fault_use uses[SWARM_USES_MAX];
    uint64_t ends_us[SWARM_USES_MAX];
    size_t use_count;
};
enum { SWARM_SLOT_US = 50000 };

/* The users begin to work, for so long. */
bool swarm_work(struct swarm *swarm, uint64_t duration_us);
/* One slot's faults: ends those whose time has come, begins those that the tape says. */
void swarm_slot(struct swarm *swarm);
/*
 * Faults stop for a core of at least half of the peers, chosen by the tape: its members run, and reach each other
 * over good links; what strikes the others stays for ever. Fills core[] and returns how many.
 */
size_t swarm_calm(struct swarm *swarm, int core[WORLD_PEERS_MAX]);
/* Which faults were used how often, on one line. */
void swarm_words(char text[SWARM_TEXT_BYTES], const struct swarm *swarm);

#endif
