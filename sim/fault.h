// SPDX-License-Identifier: Apache-2.0
/*
 * Faults that a swarm run may draw: one table entry for each, whatever part of the world it strikes.
 *
 * A use of a fault begins at one time and ends at a later one. What it strikes (which peers, how much)
 * it asks from the tape by (fault's name, how-manieth use, what is asked), and writes down in its
 * fault_use, so that `end` takes back just that. Every fault is a scenario verb as well; both call the
 * same functions of sim/world.h.
 */
#ifndef SIM_FAULT_H
#define SIM_FAULT_H

#include "sim/world.h"

enum fault_family {
    FAULT_PARTITION,
    FAULT_LINK,
    FAULT_PEER,
    FAULT_CLOCK,
    FAULT_DISK,
    FAULT_MEMORY,
    FAULT_VERSION,
    FAULT_FORGERY,
    FAULT_DISCOVERY, /* drawn where discovery is on, and nowhere else */
    FAULT_FAMILY_COUNT
};
const char *fault_family_name(enum fault_family family);

struct fault;

/* One use. The fault fills in what it needs to end it. */
struct fault_use {
    const struct fault *fault;
    uint64_t nth;          /* its how-manieth use in this run */
    uint32_t severity_ppm; /* 0 … PPM: how hard, for faults that have a measure */
    int peer;              /* whom it strikes; WORLD_NOBODY */
    int other;
    uint64_t value[2];
};

struct fault {
    const char *name; /* the scenario verb's, or a like one; [a-z-] */
    enum fault_family family;
    const char *what; /* in a line */
    /* False: there is no occasion for it now, and nothing was done. */
    bool (*begin)(struct world *world, struct fault_use *use);
    /* NULL: it is over at once. */
    void (*end)(struct world *world, const struct fault_use *use);
};

/* The table: all arrays below, one after the other. */
size_t fault_count(void);
const struct fault *fault_at(size_t i);
const struct fault *fault_find(const char *name); /* NULL: none */

/* sim/fault_links.c: partitions and links; sim/fault_peers.c: peers; sim/fault_clocks.c: clocks; sim/fault_versions.c: versions, policies;
   sim/fault_disks.c: disks; sim/fault_memory.c: memory; sim/fault_forgeries.c: forgeries of every kind, floods;
   sim/fault_discovery.c: crowds of unknown keys, capabilities that change. */
extern const struct fault fault_links[];
extern const size_t fault_links_count;
extern const struct fault fault_peers[];
extern const size_t fault_peers_count;
extern const struct fault fault_clocks[];
extern const size_t fault_clocks_count;
extern const struct fault fault_versions[];
extern const size_t fault_versions_count;
extern const struct fault fault_disks[];
extern const size_t fault_disks_count;
extern const struct fault fault_memory[];
extern const size_t fault_memory_count;
extern const struct fault fault_forgeries[];
extern const size_t fault_forgeries_count;
extern const struct fault fault_discovery[];
extern const size_t fault_discovery_count;

/* A peer that is up and no adversary, by the tape; WORLD_NOBODY where there is none. `what` tells apart
   several questions of one use. */
int fault_choose_peer(struct world *world, const struct fault_use *use, const char *what);
/* All adversaries that are in the world; returns how many. */
size_t fault_adversaries(int adversaries[WORLD_PEERS_MAX], const struct world *world);
/* Such a one that speaks our version (WORLD_VERSION_OURS). */
int fault_choose_ours(struct world *world, const struct fault_use *use, const char *what);
/* Crashes it, whatever it is doing; true where it is to run again afterwards. */
bool fault_bring_down(struct world *world, int peer);
/* A set of capabilities: none of them (0), the network's (1), money's (2), or both (3). */
uint32_t fault_lacking(uint64_t which);
/* 0 … bound-1 by the tape. */
uint64_t fault_choose(struct world *world, const struct fault_use *use, const char *what,
                      uint64_t bound);

#endif
