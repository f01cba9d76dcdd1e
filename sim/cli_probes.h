// SPDX-License-Identifier: Apache-2.0
/* Hits of probes over many runs, each of which may have been in another process. */
#ifndef SIM_CLI_PROBES_H
#define SIM_CLI_PROBES_H

#include <stdio.h>

#include "interpret.h"

struct probe_tally {
    uint64_t hits[PROBE_COUNT]; /* of all runs */
    uint64_t runs[PROBE_COUNT]; /* that hit it at all */
};

/* A run's hits, as bytes behind its text. */
void probe_tally_put(FILE *out, const struct interpret_result *result);
/* Takes those bytes off the end of a run's text, and adds them up. Returns the length of the text alone. */
size_t probe_tally_take(struct probe_tally *tally, const char *text, size_t length);

/* A line for each probe: hits, runs, name, what it is. */
void probe_tally_print(const struct probe_tally *tally, FILE *out);
/* Says which probes were never hit that are not rare. Returns how many. */
size_t probe_tally_missing(const struct probe_tally *tally, FILE *out);

/* `"probes":{…},`: one run's probes that were hit, by name. */
void probes_put_json(FILE *out, const struct interpret_result *result);

#endif
