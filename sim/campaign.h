// SPDX-License-Identifier: Apache-2.0
/*
 * A campaign: scenarios × seeds, numbered seed by seed, and what came of each. Its folder holds
 *
 *   campaign.json   what is to be run, and by which program: the manifest
 *   results.jsonl   one line of canonical JSON for each run, in the order of their numbers, without a gap
 *   summary.json    once it has ended: the figures, and every kind of failure
 *   faults-by-probes.csv  in how many runs each fault struck and each probe was hit
 *   rate.jsonl      how fast it went; the only file that depends on the machine
 *
 * A shard I/N has the runs whose number is I-1 modulo N. Nothing in the other files depends on the number of
 * jobs; the shards' results, merged, are those of the whole, byte for byte.
 */
#ifndef SIM_CAMPAIGN_H
#define SIM_CAMPAIGN_H

#include "core/frame.h"
#include "sim/cli_probes.h"
#include "sim/scenario.h"
#include "sim/scenario_files.h"
#include "sim/swarm.h"

/* ---- What is to be run ---- */

enum { CAMPAIGN_SHARDS_MAX = 1000000 };

struct campaign_plan {
    struct scenario_files files;
    struct scenario **scenarios; /* loaded; as many as files */
    uint64_t first_seed;
    uint64_t seeds; /* of each scenario; 0: until the time is over */
    uint64_t shard; /* 1 … shards */
    uint64_t shards;
    uint64_t events_max;
    enum crypto_mode crypto;
};
/* Loads the scenarios of plan->files. False after lines on `complaints`. */
bool campaign_plan_load(struct campaign_plan *plan, FILE *complaints);
void campaign_plan_free(struct campaign_plan *plan);

/* The shard's k-th run, 0, 1, …: its scenario's index and its seed. */
struct campaign_unit {
    size_t scenario;
    uint64_t seed;
};
struct campaign_unit campaign_unit(const struct campaign_plan *plan, uint64_t k);
/* How many runs the shard has; SCENARIO_SEED_MAX where there is no end. */
uint64_t campaign_units(const struct campaign_plan *plan);

/* The manifest: one line of canonical JSON. */
void campaign_put_manifest(FILE *out, const struct campaign_plan *plan);
/*
 * What a manifest says, with the scenarios loaded. False after a line on `complaints`: it is none, or
 * its scenarios have changed, or another program has made it (`any_build` allows that).
 */
bool campaign_read_manifest(struct campaign_plan *plan, const char *path, struct frame_span text,
                            bool any_build, FILE *complaints);

/* ---- What came of it ---- */

/* The member of an object, a number of at least 0. */
bool campaign_number(struct frame_span object, const char *name, uint64_t *number);

/* One line of results; spans point into it. */
struct campaign_result {
    uint64_t seed;
    uint64_t events;
    uint64_t virtual_ms;
    struct frame_span scenario; /* string tokens */
    struct frame_span failure;  /* or null */
    struct frame_span verdict;
    struct frame_span signature; /* object, or null */
    struct frame_span faults;    /* objects: how often what was met */
    struct frame_span probes;
    int64_t line; /* 0: none */
    bool ok;
};
/* False: the text (without the newline) is no such line. */
bool campaign_result_read(struct campaign_result *result, struct frame_span text);
/* Is it that of the plan's k-th run? */
bool campaign_result_is_of(const struct campaign_result *result, const struct campaign_plan *plan,
                           uint64_t k);

/* All failures of one signature. Texts are owned. */
struct campaign_group {
    char *signature; /* canonical JSON, terminated */
    uint64_t count;
    uint64_t first;         /* the number of its first run among the results, */
    uint64_t cheapest_seed; /* and the run with the fewest events that shows it */
    uint64_t cheapest_events;
    char *cheapest_scenario; /* string token */
    char *cheapest_failure;
    char *verdict;
    int64_t cheapest_line;
};

struct campaign_fault {
    uint64_t fine;   /* runs in which it struck and that came out fine, */
    uint64_t failed; /* or not */
    uint64_t times;
};

/* Sums over results. Zero-initialise. */
struct campaign_tally {
    uint64_t runs;
    uint64_t failed;
    uint64_t clocked_out; /* of those: ended by the wall clock */
    uint64_t impossible;  /* of those that did not fail */
    uint64_t events;
    uint64_t virtual_ms;
    struct campaign_group *groups; /* in the order of their first runs */
    size_t group_count;
    size_t group_capacity;
    struct campaign_fault faults[SWARM_FAULTS_MAX];
    struct probe_tally probes;
    uint64_t together[SWARM_FAULTS_MAX][PROBE_COUNT]; /* runs in which both were met */
};
/* True where the result is the first of its signature. */
bool campaign_tally_add(struct campaign_tally *tally, const struct campaign_result *result);
void campaign_tally_free(struct campaign_tally *tally);
/* The groups' numbers, the gravest and then the most frequent first; the caller frees. */
size_t *campaign_ranking(const struct campaign_tally *tally);
/* The gravest verdict's exit code; CLI_OK where all is fine. */
int campaign_exit_code(const struct campaign_tally *tally);

/*
 * Reads results up to the first line that does not end, checks that the k-th is of the plan's k-th run, and
 * adds them up. *whole is the length of all whole lines. False after a line on `complaints`.
 */
bool campaign_read_results(struct campaign_tally *tally, uint64_t *whole, FILE *results,
                           const char *path, const struct campaign_plan *plan, FILE *complaints);

/* ---- campaign_probes.c ---- */

void campaign_add_probes(struct campaign_tally *tally, const struct campaign_result *result);
/* `"probes":[{"hits":…,"name":…,"runs":…},…]`, those never hit included. */
void campaign_put_probes_json(FILE *out, const struct campaign_tally *tally);
/* CSV: a line for each probe, a column for each fault: in how many runs both were met. */
void campaign_put_table(FILE *out, const struct campaign_tally *tally);
/* How many were hit, and the names of those that never were; in a line. */
void campaign_put_probes(FILE *out, const struct campaign_tally *tally, bool complete);

/* ---- campaign_output.c ---- */

/* A signature in words, "check at `place`: cause"; the caller frees. */
char *campaign_signature_words(struct frame_span signature);
/* For people. */
void campaign_put_summary(FILE *out, const struct campaign_plan *plan,
                          const struct campaign_tally *tally);
/* One line of canonical JSON; its member `complete` says whether every run of the plan is in it. */
void campaign_put_summary_json(FILE *out, const struct campaign_plan *plan,
                               const struct campaign_tally *tally);
/* An annotation for each kind of failure, as GitHub's workflow commands. */
void campaign_put_github(FILE *out, const struct campaign_plan *plan,
                         const struct campaign_tally *tally);
/* One test case for each run; `results` is read from its start. False where that fails. */
bool campaign_put_junit(FILE *out, FILE *results, const struct campaign_plan *plan,
                        const struct campaign_tally *tally);
bool campaign_put_tap(FILE *out, FILE *results, const struct campaign_plan *plan,
                      const struct campaign_tally *tally);

#endif
