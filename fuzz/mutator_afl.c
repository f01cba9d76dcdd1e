// SPDX-License-Identifier: Apache-2.0
/*
 * The mutator's faces for AFL++, built as shared libraries: one with afl_custom_fuzz, for the main instance,
 * and (MUTATOR_AFL_SEAL) one with afl_custom_post_process, which makes the seals good again of what AFL++'s
 * own mutations gave, but for one in sixteen.
 */
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "mutator.h"

enum { BYTES_MAX = 1 << 20 };

struct face {
    uint64_t seed;
    uint8_t bytes[BYTES_MAX];
};

void *afl_custom_init(void *afl, unsigned seed);
void afl_custom_deinit(void *data);

void *afl_custom_init(void *afl, unsigned seed)
{
    (void)afl;
    struct face *face = calloc(1, sizeof *face);
    if (face != NULL) face->seed = seed;
    return face;
}

void afl_custom_deinit(void *data)
{
    free(data);
}

#ifdef MUTATOR_AFL_SEAL

size_t afl_custom_post_process(void *data, uint8_t *bytes, size_t size, uint8_t **out);
size_t afl_custom_post_process(void *data, uint8_t *bytes, size_t size, uint8_t **out)
{
    struct face *face = data;
    *out = bytes;
    if (size == 0 || size > BYTES_MAX || XXH64(bytes, size, 0) % 16 == 0) return size;
    memcpy(face->bytes, bytes, size);
    size_t sealed = mutator_seal(face->bytes, size, BYTES_MAX);
    if (sealed == 0) return size;
    *out = face->bytes;
    return sealed;
}

#else

size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size);
size_t afl_custom_fuzz(void *data, uint8_t *bytes, size_t size, uint8_t **out, uint8_t *other,
                       size_t other_size, size_t max_size)
{
    struct face *face = data;
    if (max_size > BYTES_MAX) max_size = BYTES_MAX;
    if (size > max_size) size = max_size;
    memcpy(face->bytes, bytes, size);
    uint64_t seed = XXH64(&face->seed, sizeof face->seed, 0);
    face->seed++;
    *out = face->bytes;
    return mutator_mutate(face->bytes, size, max_size, other, seed % 4 == 0 ? other_size : 0,
                          seed >> 8);
}

#endif
