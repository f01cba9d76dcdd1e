// SPDX-License-Identifier: Apache-2.0
/* A run told as a timeline for people: who did what, what was refused and merged, and how it ended. */
#ifndef SIM_STORY_H
#define SIM_STORY_H

#include "sim/interpret.h"

struct story;

/* Tells on `out`, which must outlive it. NULL: no memory. */
struct story *story_new(FILE *out, const struct scenario *scenario, uint64_t seed);
void story_free(struct story *story); /* NULL allowed */
/* Who is to listen to the run. */
const struct interpret_listener *story_listener(struct story *story);

#endif
