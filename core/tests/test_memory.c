// SPDX-License-Identifier: Apache-2.0
/* The arena, buffers, reserve: random use against what must hold after every step. */
#include "memory.h"

#include <stdalign.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"

/* ---- The arena ------------------------------------------------------------------------------- */

enum { REGION = 1 << 18, BLOCKS = 300 };

struct block {
    uint8_t *bytes;
    size_t size;
    uint8_t fill;
};

struct pool {
    struct frame_arena arena;
    struct frame_allocator allocator;
    struct block blocks[BLOCKS];
    uint8_t *region;
};

static void pool_init(struct pool *pool, size_t size)
{
    memset(pool, 0, sizeof *pool);
    pool->region = malloc(size);
    if (pool->region == NULL) exit(1);
    frame_arena_init(&pool->arena, pool->region, size);
    pool->allocator = frame_arena_allocator(&pool->arena);
}

static bool block_intact(const struct block *block)
{
    for (size_t i = 0; i < block->size; i++)
        if (block->bytes[i] != block->fill) return false;
    return true;
}

static bool apart(const struct pool *pool, const struct block *block)
{
    const uint8_t *end = block->bytes + block->size;
    if (block->bytes < pool->region || end > pool->region + pool->arena.size) return false;
    for (size_t i = 0; i < BLOCKS; i++) {
        const struct block *other = &pool->blocks[i];
        if (other != block && other->bytes != NULL && other->bytes < end &&
            block->bytes < other->bytes + other->size)
            return false;
    }
    return true;
}

static void pool_take(struct pool *pool, struct block *block, size_t size, uint8_t fill)
{
    struct frame_arena before = pool->arena;
    uint8_t *bytes = memory_allocate(&pool->allocator, size);
    if (bytes == NULL) {
        CHECK(memcmp(&before, &pool->arena, sizeof before) == 0);
        return;
    }
    *block = (struct block){bytes, size, fill};
    CHECK((uintptr_t)bytes % alignof(max_align_t) == 0);
    CHECK(apart(pool, block));
    CHECK(pool->arena.live >= before.live + size);
    CHECK(pool->arena.used >= before.used && pool->arena.used <= pool->arena.size);
    memset(bytes, fill, size);
}

static void pool_give(struct pool *pool, struct block *block)
{
    size_t used = pool->arena.used;
    CHECK(block_intact(block));
    memory_release(&pool->allocator, block->bytes, block->size);
    CHECK(pool->arena.used == used);
    memset(block, 0, sizeof *block);
}

static void test_arena_random(uint64_t seed)
{
    struct pool pool;
    pool_init(&pool, REGION);
    unsigned refused = 0;
    for (int step = 0; step < 20000; step++) {
        struct block *block = &pool.blocks[random_below(&seed, BLOCKS)];
        if (block->bytes != NULL) {
            pool_give(&pool, block);
            continue;
        }
        size_t size = random_below(&seed, (size_t)1 << random_below(&seed, 15));
        pool_take(&pool, block, size, (uint8_t)random_next(&seed));
        refused += block->bytes == NULL;
    }
    CHECK(refused > 0); /* the region is small enough to run out now and then */
    for (size_t i = 0; i < BLOCKS; i++)
        if (pool.blocks[i].bytes != NULL) pool_give(&pool, &pool.blocks[i]);
    CHECK(pool.arena.live == 0);
    free(pool.region);
}

/* Released memory is found again: the same work over and over needs no more of the region. */
static void test_arena_reuse(void)
{
    struct pool pool;
    pool_init(&pool, REGION);
    size_t used = 0;
    for (int round = 0; round < 50; round++) {
        for (size_t i = 0; i < 60; i++)
            pool_take(&pool, &pool.blocks[i], 1 + i * 37, (uint8_t)i);
        for (size_t i = 0; i < 60; i++)
            pool_give(&pool, &pool.blocks[i]);
        if (round == 0) used = pool.arena.used;
        CHECK(pool.arena.used == used);
    }
    free(pool.region);
}

/* A block is less than a quarter larger than what was asked for, beyond the least sizes. */
static void test_arena_classes(void)
{
    struct pool pool;
    pool_init(&pool, REGION);
    for (size_t size = 0; size < 20000; size++) {
        void *memory = memory_allocate(&pool.allocator, size);
        size_t block = pool.arena.live;
        CHECK(memory != NULL && block >= size && block >= 16 && block % 16 == 0);
        CHECK(size < 64 ? block - size <= 16 : block - size < size / 4 + 1);
        memory_release(&pool.allocator, memory, size);
    }
    CHECK(pool.arena.live == 0);
    free(pool.region);
}

static void test_arena_exhausted(void)
{
    struct pool pool;
    pool_init(&pool, 256);
    struct frame_arena empty = pool.arena;
    static const size_t sizes[] = {257,          1000,          (size_t)1 << 31,
                                   SIZE_MAX / 2, SIZE_MAX - 15, SIZE_MAX};
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
        CHECK(memory_allocate(&pool.allocator, sizes[i]) == NULL);
        CHECK(memcmp(&empty, &pool.arena, sizeof empty) == 0);
    }
    void *all = memory_allocate(&pool.allocator, 256);
    CHECK(all == pool.region);
    CHECK(memory_allocate(&pool.allocator, 1) == NULL);
    memory_release(&pool.allocator, all, 256);
    CHECK(memory_allocate(&pool.allocator, 250) == all);
    memory_release(&pool.allocator, NULL, 5);
    free(pool.region);
}

/* Thrown back to an earlier copy, a region goes on as it did then. */
static void test_arena_copy(void)
{
    struct pool pool;
    pool_init(&pool, 4096);
    pool_take(&pool, &pool.blocks[0], 100, 1);
    pool_take(&pool, &pool.blocks[1], 200, 2);
    pool_give(&pool, &pool.blocks[0]);
    struct frame_arena arena = pool.arena;
    uint8_t copy[4096];
    memcpy(copy, pool.region, sizeof copy);

    void *first = memory_allocate(&pool.allocator, 100);
    void *second = memory_allocate(&pool.allocator, 100);
    memset(pool.region, 0xee, sizeof copy);
    pool.arena = arena;
    memcpy(pool.region, copy, sizeof copy);
    CHECK(block_intact(&pool.blocks[1]));
    CHECK(memory_allocate(&pool.allocator, 100) == first);
    CHECK(memory_allocate(&pool.allocator, 100) == second);
    free(pool.region);
}

/* ---- Growing arrays and buffers -------------------------------------------------------------- */

static void test_reserve(void)
{
    struct pool pool;
    pool_init(&pool, 4096);
    uint32_t *numbers = NULL;
    size_t capacity = 0;
    uint32_t count = 0;
    for (;; count++) {
        uint32_t *before = numbers;
        size_t capacity_before = capacity;
        if (!memory_reserve(&pool.allocator, (void **)&numbers, &capacity, count + 1,
                            sizeof *numbers)) {
            CHECK(numbers == before && capacity == capacity_before);
            break;
        }
        CHECK(capacity > count);
        numbers[count] = count * 7;
    }
    CHECK(count >= 128 && count == capacity);
    for (uint32_t i = 0; i < count; i++)
        CHECK(numbers[i] == i * 7);
    CHECK(
        !memory_reserve(&pool.allocator, (void **)&numbers, &capacity, SIZE_MAX, sizeof *numbers));
    CHECK(!memory_reserve(&pool.allocator, (void **)&numbers, &capacity, SIZE_MAX / 4, 4));
    CHECK(!memory_reserve(&pool.allocator, (void **)&numbers, &capacity, SIZE_MAX / 4 + 2, 4));
    CHECK(count == capacity);
    memory_release(&pool.allocator, numbers, capacity * sizeof *numbers);
    CHECK(pool.arena.live == 0);
    free(pool.region);
}

static void test_buffer_text(void)
{
    struct pool pool;
    pool_init(&pool, REGION);
    struct buffer buffer;
    buffer_init(&buffer, &pool.allocator);
    CHECK(buffer_view(&buffer).length == 0);
    buffer_append(&buffer, NULL, 0);
    buffer_text(&buffer, "{\"a\":");
    buffer_string(&buffer, (const uint8_t *)"\"\n\x01/\xc3\xa9", 6);
    buffer_text(&buffer, ",\"b\":");
    buffer_integer(&buffer, -FRAME_INTEGER_MAX);
    buffer_hex(&buffer, (const uint8_t *)"\x00\xff\x1a", 3);
    buffer_span(&buffer, (struct frame_span){(const uint8_t *)"xyz", 2});
    struct frame_sink sink = buffer_sink(&buffer);
    CHECK(sink.write(sink.context, (const uint8_t *)"}", 1));

    static const char expected[] =
        "{\"a\":\"\\\"\\n\\u0001/\xc3\xa9\",\"b\":-900719925474099100ff1axy}";
    struct frame_span view = buffer_view(&buffer);
    CHECK(!buffer.failed && view.length == sizeof expected - 1 &&
          memcmp(view.bytes, expected, sizeof expected - 1) == 0);

    size_t capacity = buffer.capacity;
    buffer_clear(&buffer);
    CHECK(buffer.length == 0 && buffer.capacity == capacity);
    buffer_free(&buffer);
    CHECK(pool.arena.live == 0 && buffer.bytes == NULL && buffer.capacity == 0);
    buffer_free(&buffer);
    free(pool.region);
}

static void test_buffer_grows_and_fails(void)
{
    struct pool pool;
    pool_init(&pool, 2048);
    struct buffer buffer;
    buffer_init(&buffer, &pool.allocator);
    size_t count = 0;
    for (; !buffer.failed; count++)
        buffer_append(&buffer, &(uint8_t){(uint8_t)count}, 1);
    CHECK(buffer.length == count - 1 && count > 512);
    for (size_t i = 0; i < buffer.length; i++)
        CHECK(buffer.bytes[i] == (uint8_t)i);

    size_t length = buffer.length;
    buffer_text(&buffer, "nothing more");
    buffer_string(&buffer, NULL, 0);
    struct frame_sink sink = buffer_sink(&buffer);
    CHECK(!sink.write(sink.context, (const uint8_t *)"x", 1));
    CHECK(buffer.failed && buffer.length == length);
    buffer_clear(&buffer);
    buffer_append(&buffer, pool.region, 2048); /* too long; what comes after it is not put either */
    buffer_text(&buffer, "x");
    CHECK(buffer.failed && buffer.length == 0);
    buffer_clear(&buffer);
    buffer_text(&buffer, "again");
    CHECK(!buffer.failed && buffer.length == 5);
    buffer_free(&buffer);
    CHECK(pool.arena.live == 0);
    free(pool.region);
}

/* An array of more than half of what there can be is not doubled: all there can be is asked for. */
static void *ask(void *context, size_t size)
{
    *(size_t *)context = size;
    return NULL;
}

static void test_reserve_most(void)
{
    size_t asked = 0;
    const struct frame_allocator allocator = {.context = &asked, .allocate = ask};
    void *array = NULL;
    size_t capacity = SIZE_MAX / 2 + 1;
    CHECK(!memory_reserve(&allocator, &array, &capacity, SIZE_MAX / 2 + 2, 1));
    CHECK(asked == SIZE_MAX && capacity == SIZE_MAX / 2 + 1);
    capacity = SIZE_MAX / 16 + 1;
    CHECK(!memory_reserve(&allocator, &array, &capacity, SIZE_MAX / 16 + 2, 8));
    CHECK(asked == SIZE_MAX / 8 * 8);
}

/* Lengths that no memory has: nothing is read, and the buffer has failed. */
static void test_buffer_lengths(void)
{
    struct pool pool;
    pool_init(&pool, 4096);
    struct buffer buffer;
    buffer_init(&buffer, &pool.allocator);
    buffer_text(&buffer, "x");
    buffer_append(&buffer, "y", SIZE_MAX);
    CHECK(buffer.failed && buffer.length == 1);
    buffer_clear(&buffer);
    buffer_hex(&buffer, NULL, 0);
    CHECK(!buffer.failed && buffer.length == 0);
    buffer_hex(&buffer, (const uint8_t *)"y", SIZE_MAX / 2 + 1);
    CHECK(buffer.failed && buffer.length == 0);
    buffer_free(&buffer);
    free(pool.region);
}

int main(void)
{
    for (uint64_t seed = 1; seed <= 5; seed++)
        test_arena_random(seed);
    test_arena_reuse();
    test_arena_classes();
    test_arena_exhausted();
    test_arena_copy();
    test_reserve();
    test_reserve_most();
    test_buffer_lengths();
    test_buffer_text();
    test_buffer_grows_and_fails();
    return check_done();
}
