// SPDX-License-Identifier: Apache-2.0
/* The wall-depth table: how many inputs passed which wall, counted across all processes of a campaign in
   a file of u64 counters that FRAMESIM_FUZZ_DEPTH names: inputs first, then one for each wall. */
#ifndef FUZZ_DEPTH_H
#define FUZZ_DEPTH_H

/* One input with these walls (bit by enum fuzz_wall). Nothing where the variable is not set. */
void fuzz_depth_count(unsigned walls);

#endif
