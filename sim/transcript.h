// SPDX-License-Identifier: Apache-2.0
/*
 * A run written down as an explicit timeline: what users did and what struck, each as a line of the scenario
 * language with the time at which it happened, whoever had chosen it: the scenario, a workload, or a storm.
 * Settings of links, clocks and disks are found by comparing them after every event; of what else is done the
 * world tells (struct world_deeds). Together they hold for faults of any kind.
 */
#ifndef SIM_TRANSCRIPT_H
#define SIM_TRANSCRIPT_H

#include "sim/interpret.h"

struct transcript;

/*
 * Writes on `out`, line by line, so that a crash leaves all that led to it: "S0 LINE" for the setup,
 * "L12500 LINE" for what happened at 12,500 us. A line without a text marks when the run ended.
 */
struct transcript *transcript_new(FILE *out);
void transcript_free(struct transcript *transcript); /* NULL allowed */
const struct interpret_listener *transcript_listener(struct transcript *transcript);

#endif
