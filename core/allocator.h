// SPDX-License-Identifier: Apache-2.0
/* Where objects' memory comes from. Part of core/frame.h, which includes it. */
#ifndef FRAME_ALLOCATOR_H
#define FRAME_ALLOCATOR_H

#include <stddef.h>
#include <stdint.h>

/*
 * Where an object's memory comes from. `allocate` returns `size` bytes aligned for any type, or NULL
 * when the caller's bound is reached: the operation then ends with FRAME_NO_MEMORY and leaves
 * everything as it was. `release` gets the size that was asked for.
 *
 * `hold` and `drop` may both be NULL. With them a program that has many chains keeps each receipt's text once: `hold`
 * returns bytes equal to these, which stay as they are until `drop` has got them as often as they were held; NULL as above.
 */
struct frame_allocator {
    void *context;
    void *(*allocate)(void *context, size_t size);
    void (*release)(void *context, void *memory, size_t size);
    const uint8_t *(*hold)(void *context, const uint8_t *bytes, size_t length);
    void (*drop)(void *context, const uint8_t *bytes, size_t length);
};

/*
 * An allocator over one region of the caller's: size classes (four to a power of two) with free
 * lists, bump allocation behind. Deterministic, O(1), no header before a block. The region may be
 * copied or thrown away whole, which ends every object in it.
 */
struct frame_arena {
    uint8_t *memory;
    size_t size;
    size_t used;     /* high-water mark, bytes */
    size_t live;     /* bytes handed out and not released, rounded up to their classes */
    void *free[160]; /* one list for each size class */
};
/* `memory` must be aligned for max_align_t and stays the caller's. */
void frame_arena_init(struct frame_arena *arena, void *memory, size_t size);
struct frame_allocator frame_arena_allocator(struct frame_arena *arena);

#endif
