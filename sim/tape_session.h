// SPDX-License-Identifier: Apache-2.0
/* A run whose decisions are written down, or that follows a tape, or both. */
#ifndef SIM_TAPE_SESSION_H
#define SIM_TAPE_SESSION_H

#include "sim/tape_file.h"

struct tape_session;

/*
 * `body` (NULL: nobody wants it) gets the choices and checkpoints as they come, line by line, so that a crash
 * leaves all that led to it. `follow` (NULL: the seed decides) must outlive the session. `then` (NULL:
 * nobody) listens too.
 */
struct tape_session *tape_session_new(FILE *body, struct tape_file *follow,
                                      const struct interpret_listener *then);
void tape_session_free(struct tape_session *session);
/* Sets `prepare` and `listener` of the run's options. */
void tape_session_options(struct tape_session *session, struct interpret_options *options);
/*
 * After the run: says on `out` which choices of the tape nobody asked for, and between which checkpoints
 * the run first differed from the one that was recorded. Returns how many lines were skipped.
 */
size_t tape_session_report(const struct tape_session *session, FILE *out);

#endif
