// SPDX-License-Identifier: Apache-2.0
/* Inside the interpreter. Functions that can fail return false once the run has failed. */
#ifndef SIM_INTERPRET_INTERNAL_H
#define SIM_INTERPRET_INTERNAL_H

#include "sim/interpret.h"

/* An `always` or `never`, and for each peer what its set looked like when it was last asked about. */
struct watch {
    const struct scenario_statement *statement;
    struct scenario_property property;
    uint64_t set_changes; /* world_set_changes + 1 when it was asked; 0: not asked yet */
    uint64_t asked[SCENARIO_PEERS_MAX]; /* receipts + 1 at that time; 0: not asked yet */
};

/* One `times` of a `forge`. */
struct expected_forgery {
    const struct scenario_statement *statement;
    size_t number; /* the world's */
};

struct interpreter {
    const struct scenario *scenario;
    const struct interpret_listener *listener;
    const struct interpret_options *choices;
    struct world *world;
    struct interpret_result *result;
    const struct interpret_snapshots *snapshots;
    const struct scenario_statement *now;                  /* the statement being carried out */
    uint64_t began_us;                                     /* when that began */
    char outcome[256];                                     /* for the listener */
    struct world_peer_options options[SCENARIO_PEERS_MAX]; /* until the world is made */
    char identity[FRAME_IDENTITY_BYTES_MAX + 1];
    size_t intents[SCENARIO_LABELS_MAX]; /* the world's number of a label's intent */
    struct watch *watches;
    size_t watch_count;
    struct expected_forgery *forgeries;
    size_t forgery_count;
    size_t forgery_capacity;
    uint64_t swizzles;   /* so far: names the next one's questions */
    struct swarm *swarm; /* sim/swarm.h; NULL: none (yet) */
};

#define SCENARIO_VERB_RUNNER(id, function, name, phase, usage, meaning, example) \
    bool verb_run_##function(struct interpreter *in, const struct scenario_statement *statement);
SCENARIO_VERBS(SCENARIO_VERB_RUNNER)
#undef SCENARIO_VERB_RUNNER

/* ---- interpret.c ---- */

/* The run has failed at a statement (NULL: at its end), unless it had before; always false. */
bool interpret_fail(struct interpreter *in, enum interpret_verdict verdict,
                    const struct scenario_statement *statement, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* A tape as the scenario and the caller want it. */
void interpret_prepare_tape(struct interpreter *in, struct tape *tape);
/* What the listener is told of the statement under way. */
void interpret_outcome(struct interpreter *in, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* The run has failed because these peers have not converged: what keeps them apart; always false. */
bool interpret_fail_convergence(struct interpreter *in, const struct scenario_statement *statement,
                                const int *peers, size_t count);

/* ---- interpret_peers.c ---- */

/* Does something to each peer of a statement; `states` has a bit for each state in which it can be done. */
bool interpret_for_peers(struct interpreter *in, const struct scenario_statement *statement,
                         unsigned states, void (*act)(struct world *world, int peer));
/* ---- interpret_swarm.c ---- */

/* Peers of a swarm come to know whom the plan says. */
void interpret_swarm_meet(struct interpreter *in);

/* ---- interpret_time.c ---- */

typedef bool interpret_goal(struct interpreter *in, const void *context);
/*
 * Lets time pass until the goal is reached (NULL: there is none) or the time is, watching all that is
 * watched. False where the run has failed; else *reached says whether the goal was.
 */
bool interpret_pass(struct interpreter *in, bool *reached, uint64_t until_us, interpret_goal *goal,
                    const void *context);
/* The checks and watches, where no event was. */
bool interpret_watch(struct interpreter *in);

/* ---- interpret_property.c ---- */

enum answer {
    ANSWER_NO,
    ANSWER_YES,
    ANSWER_UNKNOWN /* there is nobody up to ask */
};
enum { ANSWER_WORDS_MAX = 512 };
/*
 * Does it hold now? `words` says of whom it was asked first and what was found: "ana: receipts is 3".
 * `watch` (may be NULL) spares peers whose sets have not changed.
 */
enum answer interpret_ask(struct interpreter *in, char words[ANSWER_WORDS_MAX],
                          const struct scenario_property *property, struct watch *watch);

/* Was the watch asked of just these sets: has it been, and has nobody's set changed since? */
bool interpret_answered(const struct interpreter *in, struct watch *watch);

/* Indices of the peers of a set, or of all that are up. Returns how many. */
size_t interpret_peers(const struct interpreter *in, int peers[SCENARIO_PEERS_MAX],
                       struct scenario_peers set, bool everybody);

#endif
