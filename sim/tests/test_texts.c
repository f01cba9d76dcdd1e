// SPDX-License-Identifier: Apache-2.0
/* Texts that are held once for all. */
#include "sim/texts.h"

#include <stdio.h>

#include "core/tests/check.h"
#include "core/tests/heap.h"

static const uint8_t *hold(struct texts *texts, struct heap *heap, const char *text)
{
    const struct frame_allocator allocator = heap_allocator(heap);
    return texts_hold(texts, &allocator, (const uint8_t *)text, strlen(text));
}

static void drop(struct texts *texts, struct heap *heap, const uint8_t *bytes)
{
    const struct frame_allocator allocator = heap_allocator(heap);
    texts_drop(texts, &allocator, bytes);
}

static void buckets_free(struct texts *texts, struct heap *heap)
{
    heap_release(heap, texts->buckets, texts->bucket_count * sizeof *texts->buckets);
    CHECK(heap->live == 0 && !heap->wrong_size);
}

static void test_held_once(void)
{
    struct heap heap = {0};
    struct texts texts = {0};
    const uint8_t *one = hold(&texts, &heap, "one");
    const uint8_t *other = hold(&texts, &heap, "other");
    CHECK(one != NULL && memcmp(one, "one", 3) == 0 && other != one);
    CHECK(hold(&texts, &heap, "one") == one && texts.count == 2 && texts.bytes == 8);
    CHECK(hold(&texts, &heap, "on") != one && texts.count == 3);
    drop(&texts, &heap, one);
    CHECK(hold(&texts, &heap, "one") == one && texts.count == 3);
    drop(&texts, &heap, one);
    drop(&texts, &heap, one);
    CHECK(texts.count == 2 && texts.bytes == 7);
    drop(&texts, &heap, other);
    const uint8_t *on = hold(&texts, &heap, "on");
    drop(&texts, &heap, on);
    drop(&texts, &heap, on);
    CHECK(texts.count == 0 && texts.bytes == 0);
    buckets_free(&texts, &heap);
}

enum { MANY = 1000 };

/* However many there are, each is found and each goes. */
static void test_many(void)
{
    struct heap heap = {0};
    struct texts texts = {0};
    static const uint8_t *held[MANY];
    char text[16];
    for (int round = 0; round < 2; round++) {
        for (int i = 0; i < MANY; i++) {
            (void)snprintf(text, sizeof text, "%d", i);
            const uint8_t *bytes = hold(&texts, &heap, text);
            CHECK(round == 0 || bytes == held[i]);
            held[i] = bytes;
        }
        CHECK(texts.count == MANY);
    }
    CHECK(texts.bucket_count >= MANY);
    for (int i = 0; i < 2 * MANY; i++)
        drop(&texts, &heap, held[i % MANY]);
    CHECK(texts.count == 0 && texts.bytes == 0);
    buckets_free(&texts, &heap);
}

/* Without memory nothing is held, and nothing lost; more buckets can wait. */
static void test_no_memory(void)
{
    struct heap heap = {0};
    struct texts texts = {0};
    char text[16];
    heap_fail(&heap, 1);
    CHECK(hold(&texts, &heap, "a") == NULL && texts.count == 0);
    heap_fail(&heap, 2);
    CHECK(hold(&texts, &heap, "a") == NULL && texts.count == 0);
    heap_fail(&heap, 0);
    const uint8_t *first = hold(&texts, &heap, "a");
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        heap_fail(&heap, texts.count >= texts.bucket_count ? 1 : 0);
        CHECK(hold(&texts, &heap, text) != NULL);
    }
    CHECK(texts.count == MANY + 1 && texts.bucket_count < MANY);
    heap_fail(&heap, 0);
    CHECK(hold(&texts, &heap, "a") == first);
    drop(&texts, &heap, first);
    drop(&texts, &heap, first);
    for (int i = 0; i < MANY; i++) {
        (void)snprintf(text, sizeof text, "%d", i);
        const uint8_t *bytes = hold(&texts, &heap, text);
        drop(&texts, &heap, bytes);
        drop(&texts, &heap, bytes);
    }
    CHECK(texts.count == 0);
    buckets_free(&texts, &heap);
}

int main(void)
{
    test_held_once();
    test_many();
    test_no_memory();
    return check_done();
}
