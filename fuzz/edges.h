// SPDX-License-Identifier: Apache-2.0
/* Which edges of the core the last input touched, in a build of it that counts them (clang). */
#ifndef FUZZ_EDGES_H
#define FUZZ_EDGES_H

#include <stdint.h>

void edges_clear(void);
/* A hash of the set of touched edges; *count of them. 0 where nothing counts. */
uint64_t edges_touched(unsigned long *count);

#endif
