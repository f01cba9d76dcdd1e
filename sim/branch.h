// SPDX-License-Identifier: Apache-2.0
/*
 * Many futures of one run: it is played in a process of its own, which branches after the events that are
 * asked for. See sim/explain.h.
 */
#ifndef SIM_BRANCH_H
#define SIM_BRANCH_H

#include "sim/signature.h"

/* So many futures, from the first on, that begin after an event; what became of them. */
struct branch_task {
    uint64_t event;
    uint64_t first;
    uint64_t count;
    uint64_t failed;
    uint64_t other;
    uint64_t clocked_out;
};

struct branch_run {
    const struct scenario *scenario;
    uint64_t seed;
    uint64_t events_max;
    struct crypto_memo *memo;
    const struct signature *signature;
    unsigned workers;
    void *context;
    bool (*go_on)(void *context);
};
enum branch_result {
    BRANCH_DONE,
    BRANCH_STOPPED, /* by go_on; the tasks' figures are not whole */
    BRANCH_SYSTEM   /* errno says why */
};
/* The tasks are in the order of their events, which the run reaches. */
enum branch_result branch_futures(const struct branch_run *run, struct branch_task *tasks,
                                  size_t count);

#endif
