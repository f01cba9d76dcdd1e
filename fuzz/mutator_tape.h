// SPDX-License-Identifier: Apache-2.0
/* Tapes of decisions as inputs: lines `identity=value`. */
#ifndef FUZZ_MUTATOR_TAPE_H
#define FUZZ_MUTATOR_TAPE_H

#include "mutator_pool.h"

/* Does an input look like one? The empty line does where a run has asked for anything. */
bool tape_input(const uint8_t *data, size_t size);
/* Another answer, a further question of the last run, one less. Allocated. */
struct model_text tape_change(struct pool *pool, const uint8_t *data, size_t size);

#endif
