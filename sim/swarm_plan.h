// SPDX-License-Identifier: Apache-2.0
/*
 * What a seed of a swarm run draws: how many peers and who knows whom, the links, the instances' bounds, what
 * the users do, which faults and which sites exist in this run at all, and how often they strike. Most
 * are absent from any one run, so that those that are there go deep.
 */
#ifndef SIM_SWARM_PLAN_H
#define SIM_SWARM_PLAN_H

#include "sim/fault.h"
#include "sim/site.h"

enum {
    SWARM_FAULTS_MAX = 160, /* kinds of faults */
    SWARM_MIX_MAX = 32,     /* kinds of intents */
    SWARM_TEXT_BYTES = 8192
};

/* Who knows whom from the start (§ 12); what is held spreads along these. */
enum swarm_topology {
    SWARM_MESH, /* everybody everybody */
    SWARM_RING,
    SWARM_LINE,
    SWARM_STAR,   /* all know the first */
    SWARM_TREE,   /* each knows one that stands before it, drawn */
    SWARM_BRIDGE, /* two meshes, and one peer of each knows the other */
    SWARM_TOPOLOGIES
};
const char *swarm_topology_name(enum swarm_topology topology);

/* Bounds of all instances; 0: the core's own. */
struct swarm_bounds {
    uint64_t request_timeout_ms;
    uint64_t retry_ms_max;
    uint64_t coalesce_ms;
    uint32_t offences_max;
    size_t staging_receipts_max;
};

struct swarm_plan {
    int peers;
    int peers_present; /* from the start; the others join during the storm */
    enum swarm_topology topology;
    uint16_t parent[WORLD_PEERS_MAX]; /* TREE: whom peer i > 0 knows */
    bool strict_trust;
    bool mixed_policies; /* then every peer has the one or the other (§ 9) */
    bool strict_policy[WORLD_PEERS_MAX];
    uint64_t gossip_ms;
    uint64_t ignore_ms_max;
    struct swarm_bounds bounds;
    struct link_settings link;
    uint64_t work_interval_us; /* between two intents of a peer */
    uint32_t careless_ppm;
    size_t raw_bytes;                          /* what users type with each intent; 0: a word */
    struct world_mix_entry mix[SWARM_MIX_MAX]; /* what users do; none: everything of § 6 */
    size_t mix_count;
    uint32_t severity_ppm;
    uint32_t one_in[SWARM_FAULTS_MAX]; /* slots between two uses of a fault; 0: it does not exist */
    enum world_liar liar;              /* what adversaries play; a storm begins too late for it */
    uint32_t site_one_in[SITE_COUNT];  /* chances of a site until it fires; 0: it is not there */
};
/* From `least` to `most` peers (1 <= least <= most): three in four runs have at most eight. The questions
   are of kind Swarm. */
void swarm_plan_draw(struct swarm_plan *plan, struct tape *tape, int least, int most);
/* Where discovery is on, as well: the family of that name, and what adversaries play in the run's beginning. */
void swarm_plan_draw_discovery(struct swarm_plan *plan, struct tape *tape);
/* Only faults of these families (bit 1 << enum fault_family) are to be: where all of them are absent, one
   kind is drawn that is not. */
void swarm_plan_only(struct swarm_plan *plan, struct tape *tape, uint32_t families);
/* Do these two peers know each other from the start? */
bool swarm_plan_knows(const struct swarm_plan *plan, int a, int b);
/* Every option in words, in lines of less than 500 bytes; those of the world itself only where they count. */
void swarm_plan_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan, bool of_world);

#endif
