// SPDX-License-Identifier: Apache-2.0
/* The arena: blocks of fixed size classes, a free list for each, bump allocation behind them. */
#include <stdalign.h>
#include <string.h>

#include "memory.h"

enum {
    UNIT_SHIFT = 4, /* the least class, 16 bytes, is any type's alignment */
    CLASS_COUNT = sizeof((struct frame_arena *)0)->free / sizeof(void *)
};
_Static_assert(alignof(max_align_t) <= 1 << UNIT_SHIFT, "blocks are aligned for any type");
_Static_assert(sizeof(void *) <= 1 << UNIT_SHIFT, "a free block holds its list's link");

/*
 * 16 to 128 bytes in steps of 16, then four classes to a power of two: 160, 192, 224, 256, 320, …
 * False where the size is beyond the last class.
 */
static bool size_class(size_t *index, size_t *block, size_t size)
{
    size_t last = size == 0 ? 0 : size - 1;
    unsigned shift = UNIT_SHIFT;
    while (last >> shift >= 8)
        shift++;
    size_t step = last >> shift;
    *index = step + (size_t)(shift - UNIT_SHIFT) * 4;
    if (*index >= CLASS_COUNT || step + 1 > SIZE_MAX >> shift) return false;
    *block = (step + 1) << shift;
    return true;
}

void frame_arena_init(struct frame_arena *arena, void *memory, size_t size)
{
    FRAME_ASSERT((uintptr_t)memory % alignof(max_align_t) == 0);
    *arena = (struct frame_arena){.memory = memory, .size = size};
}

static void *arena_allocate(void *context, size_t size)
{
    struct frame_arena *arena = context;
    size_t index;
    size_t block;
    if (!size_class(&index, &block, size)) return NULL;
    uint8_t *memory = arena->free[index];
    if (memory != NULL) {
        memcpy(&arena->free[index], memory, sizeof arena->free[index]);
    } else {
        if (block > arena->size - arena->used) return NULL;
        memory = arena->memory + arena->used;
        arena->used += block;
    }
    arena->live += block;
    return memory;
}

static void arena_release(void *context, void *memory, size_t size)
{
    struct frame_arena *arena = context;
    size_t index;
    size_t block;
    FRAME_MUST(size_class(&index, &block, size));
    FRAME_ASSERT(block <= arena->live);
    memcpy(memory, &arena->free[index], sizeof arena->free[index]);
    arena->free[index] = memory;
    arena->live -= block;
}

struct frame_allocator frame_arena_allocator(struct frame_arena *arena)
{
    return (struct frame_allocator){
        .context = arena, .allocate = arena_allocate, .release = arena_release};
}
