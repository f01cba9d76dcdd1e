// SPDX-License-Identifier: Apache-2.0
/* A run as its events, for machines and for finding the first difference: virtual time in seconds, number
   of events so far, running hash, and what happened; a line for every event and for every statement. */
#ifndef SIM_EVENT_LOG_H
#define SIM_EVENT_LOG_H

#include "sim/interpret.h"

struct event_log;

/* Writes on `out`, which must outlive it. NULL: no memory. */
struct event_log *event_log_new(FILE *out, const struct scenario *scenario);
void event_log_free(struct event_log *log); /* NULL allowed */
/* Who is to listen to the run. */
const struct interpret_listener *event_log_listener(struct event_log *log);

/* Events after which the run went on, or could have. */
uint64_t event_log_seen(const struct event_log *log);

#endif
