// SPDX-License-Identifier: Apache-2.0
/* Receipts' texts in a world, each once: the peers' chains and logs refer to them. */
#ifndef SIM_TEXTS_H
#define SIM_TEXTS_H

#include "core/frame.h"

struct text;

/* All zero to begin with; all of it is in the allocator's memory, which every call must name again. */
struct texts {
    struct text **buckets;
    size_t bucket_count; /* a power of two; 0: none yet */
    size_t count;
    uint64_t bytes; /* of the texts */
};

/* Bytes like these, the same for all who ask, until as many calls of texts_drop; NULL: no memory. */
const uint8_t *texts_hold(struct texts *texts, const struct frame_allocator *allocator,
                          const uint8_t *bytes, size_t length);
/* `bytes` are what texts_hold returned. */
void texts_drop(struct texts *texts, const struct frame_allocator *allocator, const uint8_t *bytes);

#endif
