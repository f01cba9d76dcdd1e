// SPDX-License-Identifier: Apache-2.0
#include "sim/queue.h"

#include "core/memory.h"

void queue_init(struct queue *queue, const struct frame_allocator *allocator)
{
    *queue = (struct queue){.allocator = *allocator};
}

void queue_release(struct queue *queue)
{
    memory_release(&queue->allocator, queue->heap, queue->capacity * sizeof *queue->heap);
    queue_init(queue, &queue->allocator);
}

static bool before(const struct queued *a, const struct queued *b)
{
    if (a->time_us != b->time_us) return a->time_us < b->time_us;
    return a->sequence < b->sequence;
}

bool queue_push(struct queue *queue, const struct queued *event)
{
    void *heap = queue->heap;
    if (!memory_reserve(&queue->allocator, &heap, &queue->capacity, queue->count + 1,
                        sizeof *queue->heap))
        return false;
    queue->heap = heap;
    struct queued queued = *event;
    queued.sequence = queue->sequence++;
    size_t at = queue->count++;
    while (at > 0 && before(&queued, &queue->heap[(at - 1) / 2])) {
        queue->heap[at] = queue->heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    queue->heap[at] = queued;
    return true;
}

bool queue_next(const struct queue *queue, uint64_t *time_us)
{
    if (queue->count == 0) return false;
    *time_us = queue->heap[0].time_us;
    return true;
}

struct queued queue_pop(struct queue *queue)
{
    FRAME_ASSERT(queue->count > 0);
    const struct queued first = queue->heap[0];
    const struct queued last = queue->heap[--queue->count];
    size_t at = 0;
    for (;;) {
        size_t child = 2 * at + 1;
        if (child >= queue->count) break;
        if (child + 1 < queue->count && before(&queue->heap[child + 1], &queue->heap[child]))
            child++;
        if (!before(&queue->heap[child], &last)) break;
        queue->heap[at] = queue->heap[child];
        at = child;
    }
    if (queue->count > 0) queue->heap[at] = last;
    return first;
}
