// SPDX-License-Identifier: Apache-2.0
/*
 * Where a failure was decided. A failing run is played again up to an event, and from there on into many
 * futures, each with other answers of chance (the seed of a future is its number's); how many of them fail with the
 * same signature is the event's row. Where that share jumps something was decided. Rows are put where the
 * jump is looked for, so the event is found in a few rounds, each of which plays the run once.
 *
 * A future is a branch of the process: the world's region and the place in the scenario are copied with it.
 * The result does not depend on the number of jobs.
 */
#ifndef SIM_EXPLAIN_H
#define SIM_EXPLAIN_H

#include "sim/signature.h"

enum { EXPLAIN_FUTURES_MAX = 1000, EXPLAIN_CONFIRM = 4 };

/* What became of the futures that begin right after an event, before anything else happens. */
struct explain_row {
    size_t moment; /* the how-manieth event at which the run can be stopped */
    uint64_t
        event; /* steps of instances so far, as framesim replay --trace counts them; 0: the beginning */
    uint64_t virtual_us;  /* when it happened */
    uint64_t of;          /* futures */
    uint64_t failed;      /* with the run's signature, */
    uint64_t other;       /* in another way, */
    uint64_t clocked_out; /* or not within a minute of wall clock, which depends on the machine */
    char *what; /* owned: lines, what happened since the event before, and the event itself */
};

struct explain {
    const struct scenario *scenario;
    uint64_t seed;
    enum crypto_mode crypto;
    uint64_t events_max;
    uint64_t
        futures; /* from each event, 1 … EXPLAIN_FUTURES_MAX; EXPLAIN_CONFIRM times as many more where it matters */
    uint64_t budget; /* at most so many in all */
    unsigned workers;
    void *context;
    /* Asked several times a second: false, stop with what there is. */
    bool (*go_on)(void *context);
    /* A round is over, so many futures so far. */
    void (*progress)(void *context, uint64_t futures);

    /* Filled in by explain_run. */
    struct signature signature;
    char *failure;            /* owned; of a run that crashed: which signal */
    uint64_t events;          /* after which the run failed */
    struct explain_row *rows; /* by event; the last one is the failure itself */
    size_t row_count;
    uint64_t run;    /* futures in all */
    size_t decisive; /* the row before which the share jumps most; SIZE_MAX: nowhere by a fifth */
    size_t
        inevitable; /* the first row from which on every future fails; the last one at the latest */
    bool whole;     /* false: ended before the event was found, by go_on or the budget */
};
enum explain_result {
    EXPLAIN_DONE,
    EXPLAIN_FINE,    /* the run does not fail */
    EXPLAIN_STOPPED, /* by go_on, before it was known how the run ends */
    EXPLAIN_SYSTEM   /* no processes or memory: errno says why */
};
enum explain_result explain_run(struct explain *explain);
void explain_release(struct explain *explain);

#endif
