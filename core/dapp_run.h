// SPDX-License-Identifier: Apache-2.0
/* One intent being executed: what stands behind the frame_run_* functions of dapp.h. */
#ifndef FRAME_DAPP_RUN_H
#define FRAME_DAPP_RUN_H

#include "execute.h"

enum {
    RUN_RANDOM_BYTES_MAX = 256 * 32, /* the stream's counter is one byte (§ 4) */
    RUN_SCRATCH_KEY = 4
};

struct frame_run {
    struct executor *executor;
    const struct execution *execution;
    struct frame_span network_responses; /* length 0: none */
    struct state state;                  /* what the transition works on */
    bool written;                        /* the transition under way has put something */
    bool answered; /* it has given a result or a refusal, which is executor->result */
    bool refused;
    bool failed; /* memory ran out */
    struct frame_hash random_block;
    size_t random_used;
};

/* Runs one intent's transition on run->state, which is spoilt where it is refused (or fails). */
enum frame_status run_intent(struct frame_run *run, const struct frame_dapp_intent *intent,
                             struct frame_span payload);
/* Lets a composite go on after a step's run_intent; false where the step was refused. */
bool run_step_done(struct frame_run *run);
/* Refuses with {"error":"duplicate_route","ok":false} (§ 18), before any transition has run. */
enum frame_status run_refuse_route(struct frame_run *run);
/* Refuses with {"error":"step_failed","ok":false,"step":index}. */
enum frame_status run_refuse_step(struct frame_run *run, size_t index);

#endif
