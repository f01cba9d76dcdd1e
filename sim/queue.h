// SPDX-License-Identifier: Apache-2.0
/*
 * Events still to come, ordered by (virtual time, sequence): of two at the same time the one that was put
 * in first comes out first.
 */
#ifndef SIM_QUEUE_H
#define SIM_QUEUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

/* What is to happen; the queue only reads its time. `kind` and the rest mean what the world says. */
struct queued {
    uint64_t time_us;
    uint64_t sequence; /* set by queue_push */
    uint32_t kind;
    int32_t peer;
    uint64_t stamp; /* whether it still holds: a life, a generation */
    void *data;
};

struct queue {
    struct frame_allocator allocator;
    struct queued *heap; /* a binary heap */
    size_t count;
    size_t capacity;
    uint64_t sequence;
};
void queue_init(struct queue *queue, const struct frame_allocator *allocator);
void queue_release(struct queue *queue);
/* False: no memory. */
bool queue_push(struct queue *queue, const struct queued *event);
/* When the next one is due; false where there is none. */
bool queue_next(const struct queue *queue, uint64_t *time_us);
/* The next one; there must be one. */
struct queued queue_pop(struct queue *queue);

#endif
