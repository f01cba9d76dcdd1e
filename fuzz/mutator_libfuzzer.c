// SPDX-License-Identifier: Apache-2.0
/* The mutator's face for libFuzzer. FRAMESIM_FUZZ_PLAIN=1 switches it off, to see what it is good for. */
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "mutator.h"

size_t LLVMFuzzerMutate(uint8_t *data, size_t size, size_t max_size);
size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed);
size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size, unsigned seed);

static bool plain(void)
{
    static int known = -1;
    if (known < 0) known = getenv("FRAMESIM_FUZZ_PLAIN") != NULL;
    return known == 1;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max_size, unsigned seed)
{
    mutator_set_bytes(LLVMFuzzerMutate);
    if (plain()) return LLVMFuzzerMutate(data, size, max_size);
    return mutator_mutate(data, size, max_size, NULL, 0, seed);
}

size_t LLVMFuzzerCustomCrossOver(const uint8_t *data1, size_t size1, const uint8_t *data2,
                                 size_t size2, uint8_t *out, size_t max_out_size, unsigned seed)
{
    if (size1 > max_out_size) size1 = max_out_size;
    memcpy(out, data1, size1);
    mutator_set_bytes(LLVMFuzzerMutate);
    if (plain()) return LLVMFuzzerMutate(out, size1, max_out_size);
    return mutator_mutate(out, size1, max_out_size, data2, size2, seed);
}
