// SPDX-License-Identifier: Apache-2.0
/*
 * Runs a scenario in a simulated world. The same scenario and seed give the same result, always and
 * everywhere; listening to a run changes nothing about it.
 */
#ifndef SIM_INTERPRET_H
#define SIM_INTERPRET_H

#include "sim/crypto_memo.h"
#include "sim/probe.h"
#include "sim/scenario.h"
#include "sim/swarm.h"

/* Why a run is not fine, the gravest last. */
enum interpret_verdict {
    INTERPRET_OK,
    INTERPRET_IMPOSSIBLE,  /* no failure: nothing was left that could have converged (swarm runs) */
    INTERPRET_EXPECTATION, /* something did not come out as a line says */
    INTERPRET_BUDGET,      /* the bound on events or on memory was reached */
    INTERPRET_LIVENESS,    /* peers did not converge within the time a line gives them */
    INTERPRET_SAFETY       /* a check of the world failed */
};
bool interpret_verdict_fails(enum interpret_verdict verdict); /* all but ok and impossible */
/* ok, impossible, expectation, budget, liveness, safety. */
const char *interpret_verdict_name(enum interpret_verdict verdict);

struct interpret_result {
    enum interpret_verdict verdict;
    uint32_t line;     /* of the scenario that it failed at; 0: none, or the end */
    char *failure;     /* owned; NULL where all is fine */
    bool cut_off;      /* it did not converge, but then it could not (world_cut_off) */
    size_t cause;      /* where in `failure` what was found begins, behind the failed line's text */
    const char *check; /* the world's check that failed, by name; NULL: none did */
    char *drawn;       /* owned; what a swarm run has drawn, in lines; NULL where it is none */
    uint64_t probes[PROBE_COUNT]; /* how often each was hit */
    struct world_hash hash;       /* covers signatures: another one in another mode */
    enum crypto_mode crypto;
    uint64_t seed;
    uint64_t events;
    uint64_t virtual_us;
    uint64_t faults[SWARM_FAULTS_MAX]; /* by fault_at's number: how often a storm began each */
};
/* Who listens to a run; any function may be NULL. */
struct interpret_listener {
    void *context;
    /* Around every statement that is carried out; `outcome` says how it came out, "" where there is
       nothing to say. A statement that fails has no end. */
    void (*begin)(void *context, const struct world *world,
                  const struct scenario_statement *statement);
    void (*end)(void *context, const struct world *world,
                const struct scenario_statement *statement, const char *outcome);
    /* At the end: the world, before it is gone, and what came of it. */
    void (*over)(void *context, const struct world *world, const struct interpret_result *result);
    void (*record)(void *context, const struct trace_record *record);
    /* What is done to the world, before it is done (struct world_deeds). */
    void (*deed)(void *context, const struct world *world, const char *line);
    /* After every event. */
    void (*event)(void *context, const struct world *world);
};

/* Gets what the block below a snapshot is to be, its lines without a newline behind the last; nothing is
   compared then. */
struct interpret_snapshots {
    void *context;
    void (*take)(void *context, const struct scenario_statement *statement,
                 struct frame_span block);
};

struct interpret_options {
    bool has_seed; /* else the scenario's own, or 1 */
    uint64_t seed;
    uint64_t events_max;                         /* 0: no bound */
    struct crypto_memo *memo;                    /* NULL: the world's own */
    const struct interpret_listener *listener;   /* NULL: nobody */
    const struct peer_driver *driver;            /* NULL: the core's instance */
    const struct interpret_snapshots *snapshots; /* NULL: they are compared */
    /* Gets the tape before anything is asked of it: the world's, and before that the one that a swarm's
       plan is drawn from. NULL: nobody does. */
    void (*prepare)(void *context, struct tape *tape);
    void *prepare_context;
    bool unchecked; /* no check fails, and none audits: to see what audits cost */
};
#define INTERPRET_EVENTS_DEFAULT UINT64_C(20000000)

void interpret(struct interpret_result *result, const struct scenario *scenario,
               const struct interpret_options *options);
/* The seed of a scenario whose command line gives none. */
uint64_t interpret_seed(const struct scenario *scenario);
void interpret_result_release(struct interpret_result *result);

#endif
