// SPDX-License-Identifier: Apache-2.0
/* An allocator for tests: counts live bytes, checks the sizes that releases name, fails on demand. */
#ifndef FRAME_TESTS_HEAP_H
#define FRAME_TESTS_HEAP_H

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "frame.h"

struct heap {
    size_t live;     /* bytes handed out and not released */
    size_t asked;    /* allocations so far */
    size_t fail_at;  /* the allocation that fails: the first is 1; 0: none */
    bool wrong_size; /* a release named another size than its allocation */
};

union heap_header {
    size_t size;
    max_align_t align;
};

static inline void *heap_allocate(void *context, size_t size)
{
    struct heap *heap = context;
    heap->asked += 1;
    if (heap->asked == heap->fail_at) return NULL;
    union heap_header *header = malloc(sizeof *header + size);
    if (header == NULL) return NULL;
    header->size = size;
    memset(header + 1, 0xa5, size);
    heap->live += size;
    return header + 1;
}

static inline void heap_release(void *context, void *memory, size_t size)
{
    struct heap *heap = context;
    union heap_header *header = (union heap_header *)memory - 1;
    if (header->size != size) heap->wrong_size = true;
    memset(memory, 0x5a, header->size);
    heap->live -= header->size;
    free(header);
}

static inline struct frame_allocator heap_allocator(struct heap *heap)
{
    return (struct frame_allocator){
        .context = heap, .allocate = heap_allocate, .release = heap_release};
}

static inline const uint8_t *heap_hold(void *context, const uint8_t *bytes, size_t length)
{
    uint8_t *held = heap_allocate(context, length);
    if (held != NULL) memcpy(held, bytes, length);
    return held;
}

static inline void heap_drop(void *context, const uint8_t *bytes, size_t length)
{
    void *memory;
    memcpy(&memory, &bytes, sizeof memory); /* which was handed out as one that may be written */
    heap_release(context, memory, length);
}

/* One that holds receipts' texts: each a piece of memory of its own. */
static inline struct frame_allocator heap_holding_allocator(struct heap *heap)
{
    struct frame_allocator allocator = heap_allocator(heap);
    allocator.hold = heap_hold;
    allocator.drop = heap_drop;
    return allocator;
}

/* From now on the n-th allocation fails; 0: none does. */
static inline void heap_fail(struct heap *heap, size_t n)
{
    heap->asked = 0;
    heap->fail_at = n;
}

#endif
