// SPDX-License-Identifier: Apache-2.0
/*
 * How far a long piece of work is, on stderr: a bar on a terminal, a plain line now and then in a log. The
 * wall clock is read here and nowhere else; nothing here reaches a result.
 */
#ifndef SIM_PROGRESS_H
#define SIM_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct progress {
    bool quiet;
    bool terminal;
    bool shown; /* a bar stands on the terminal */
    uint64_t began_ms;
    uint64_t told_ms;
    uint64_t sampled_ms;
    uint64_t before; /* runs that were there when it began: they cost no time */
};
void progress_begin(struct progress *progress, bool quiet, uint64_t before);
uint64_t progress_ms(const struct progress *progress); /* since it began */

struct progress_state {
    uint64_t runs;
    uint64_t all;        /* 0: no end but a time */
    uint64_t time_ms;    /* how long it may last; 0: no bound */
    uint64_t virtual_ms; /* simulated since it began */
    uint64_t failures;
    size_t kinds;
};
/* Tells where it is time to. */
void progress_tell(struct progress *progress, const struct progress_state *state);
/* Takes the bar away, so that something else can be printed. */
void progress_clear(struct progress *progress);
/* True once in so many milliseconds. */
bool progress_sample(struct progress *progress, uint64_t every_ms);

#endif
