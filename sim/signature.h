// SPDX-License-Identifier: Apache-2.0
/*
 * What kind of failure a run has met: which check, where, and why, without what differs from seed to seed (names of
 * peers, numbers, hashes). Two failures with one signature are taken for the same fault.
 */
#ifndef SIM_SIGNATURE_H
#define SIM_SIGNATURE_H

#include "sim/interpret.h"

struct signature {
    char check
        [64]; /* the world's check; or the verb of the line that did not hold; crash, wall-clock, budget */
    char place[160]; /* the line that did not hold, "" where the fault is no line's */
    char cause[480]; /* "PEER: supply is N, balances are N" */
};

/* Of a run that is not fine. */
void signature_of(struct signature *signature, const struct scenario *scenario,
                  const struct interpret_result *result);
/* Of a run whose process was ended by a signal (0: it exited). */
void signature_of_death(struct signature *signature, int signal);
bool signature_equal(const struct signature *a, const struct signature *b);
/* {"cause":…,"check":…,"place":…} */
void signature_put_json(FILE *out, const struct signature *signature);

/* The result of a run whose process was ended; `words` holds its text. */
enum { DEATH_WORDS_BYTES = 120 };
void signature_death_result(struct interpret_result *result, char words[DEATH_WORDS_BYTES],
                            uint64_t seed, int signal);

#endif
