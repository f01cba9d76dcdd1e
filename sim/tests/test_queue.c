// SPDX-License-Identifier: Apache-2.0
#include "sim/queue.h"

#include <stdlib.h>

#include "core/tests/check.h"

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void plain_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static const struct frame_allocator allocator = {.allocate = plain_allocate,
                                                 .release = plain_release};

static void put(struct queue *queue, uint64_t time_us, uint32_t kind)
{
    const struct queued queued = {.time_us = time_us, .kind = kind};
    CHECK(queue_push(queue, &queued));
}

static void test_time_then_sequence(void)
{
    struct queue queue;
    uint64_t due;
    queue_init(&queue, &allocator);
    CHECK(!queue_next(&queue, &due));
    put(&queue, 30, 0);
    put(&queue, 10, 1);
    put(&queue, 10, 2);
    put(&queue, 20, 3);
    put(&queue, 10, 4);
    CHECK(queue_next(&queue, &due) && due == 10);
    const uint32_t expected[] = {1, 2, 4, 3, 0};
    for (unsigned i = 0; i < 5; i++)
        CHECK(queue_pop(&queue).kind == expected[i]);
    CHECK(!queue_next(&queue, &due));
    queue_release(&queue);
}

/* Whatever goes in comes out sorted, pops in between. */
static void test_many(void)
{
    struct queue queue;
    queue_init(&queue, &allocator);
    uint32_t random = 1;
    uint64_t last_us = 0;
    uint64_t last_sequence = 0;
    unsigned out = 0;
    for (unsigned i = 0; i < 3000; i++) {
        random = random * 1664525u + 1013904223u;
        put(&queue, last_us + (random >> 16) % 50, i);
        if (random >> 31 == 0) continue;
        const struct queued queued = queue_pop(&queue);
        CHECK(out == 0 || queued.time_us > last_us ||
              (queued.time_us == last_us && (queued.sequence > last_sequence)));
        last_us = queued.time_us;
        last_sequence = queued.sequence;
        out++;
    }
    while (queue.count > 0) {
        const struct queued queued = queue_pop(&queue);
        CHECK(queued.time_us > last_us ||
              (queued.time_us == last_us && queued.sequence > last_sequence));
        last_us = queued.time_us;
        last_sequence = queued.sequence;
        out++;
    }
    CHECK(out == 3000);
    queue_release(&queue);
}

int main(void)
{
    test_time_then_sequence();
    test_many();
    return check_done();
}
