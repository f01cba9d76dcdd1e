// SPDX-License-Identifier: Apache-2.0
/*
 * The structure-aware mutator. It reads an input as what it is (chains, one receipt, a log, an envelope,
 * attestations, sync events, intents), changes what it means, and makes it anew: executed by the slow
 * model, hashed, linked and signed with fuzz keys, so that the change gets behind all walls. About one
 * time in sixteen it leaves one seal broken. What it cannot read it changes as plain bytes.
 *
 * Equal arguments give equal results.
 */
#ifndef FUZZ_MUTATOR_H
#define FUZZ_MUTATOR_H

#include <stddef.h>
#include <stdint.h>

/* Changes bytes in place, in the way of LLVMFuzzerMutate; returns the new size, at most max_size. */
typedef size_t mutator_bytes(uint8_t *data, size_t size, size_t max_size);
/* Who changes plain bytes and strings; NULL: a simple one of our own. */
void mutator_set_bytes(mutator_bytes *bytes);

/* One mutation of data in place; `other` (size 0: none) is another input to splice from. Returns the new
   size; never more than max_size, never 0 where max_size is not. */
size_t mutator_mutate(uint8_t *data, size_t size, size_t max_size, const uint8_t *other,
                      size_t other_size, uint64_t seed);
/* Makes all seals of an input good again, and changes nothing else. 0: it is none that it can read. */
size_t mutator_seal(uint8_t *data, size_t size, size_t max_size);

#endif
