// SPDX-License-Identifier: Apache-2.0
/*
 * Many runs in several processes, with the same output whatever their number: each run writes into a
 * stream of its own, and the streams come out in the order of the runs. A run that brings its process
 * down costs nobody but itself.
 */
#ifndef SIM_JOBS_H
#define SIM_JOBS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/types.h>

enum { JOBS_MAX = 256 };

struct jobs {
    void *context;
    /* The i-th run, in a process of the workers': writes its text, returns its code. */
    int (*work)(void *context, uint64_t i, FILE *out);
    /* Its process ended without an answer, by `signal` (0: it exited). Called in the caller's own process, like
       all below. */
    int (*died)(void *context, uint64_t i, FILE *out, int signal);
    /* What came of it, in order; the text is terminated. False: no more runs. */
    bool (*take)(void *context, uint64_t i, int code, const char *text, size_t length);
    /* Asked several times a second, and at every signal that is caught: false, no more runs. Where it is
       set the workers do not hear an interrupt from the keyboard. NULL: nobody is asked. */
    bool (*go_on)(void *context);
    /* Wall clock for one run: its process is then ended by SIGALRM. 0: no bound. A backstop for what does
       not return at all: what it ends depends on the machine. */
    unsigned seconds_max;
};

/* Runs 0 … count-1, or until one of the functions says stop, in up to `workers` (1 … JOBS_MAX) processes.
   False where the system has no processes, pipes or memory for it; errno says which. */
bool jobs_run(const struct jobs *jobs, uint64_t count, unsigned workers);

/* Called in a new process: from now on it is killed when `parent`, which has made it, ends in whatever way. */
void jobs_end_with(pid_t parent);

/* How many processors there are to work on; at least 1, at most JOBS_MAX. */
unsigned jobs_processors(void);

#endif
