// SPDX-License-Identifier: Apache-2.0
/* Only in builds with FRAMESIM_FUZZ_PLANTED: targets over a core with planted bugs (core/planted.h), to see
   that the engines find them. */
#ifndef FUZZ_PLANTED_BUG_H
#define FUZZ_PLANTED_BUG_H

/* The bug that FRAMESIM_PLANTED_BUG names; none where it is not set. An unknown name ends the program. */
void planted_bug_choose(void);

#endif
