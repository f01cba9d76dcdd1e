// SPDX-License-Identifier: Apache-2.0
#include "sim/texts.h"

#include <stddef.h>
#include <string.h>
#include <xxhash.h>

#include "core/memory.h"

struct text {
    struct text *next; /* in its bucket */
    uint64_t hash;
    uint64_t holders;
    size_t length;
    uint8_t bytes[];
};

static struct text **bucket_of(const struct texts *texts, uint64_t hash)
{
    return &texts->buckets[(size_t)hash & (texts->bucket_count - 1)];
}

/* Twice as many buckets; without memory for them it goes on with those that are there. */
static void grow(struct texts *texts, const struct frame_allocator *allocator)
{
    enum { BUCKETS_MIN = 64 };
    struct texts grown = *texts;
    grown.bucket_count = texts->bucket_count == 0 ? BUCKETS_MIN : 2 * texts->bucket_count;
    const size_t size = grown.bucket_count * sizeof *grown.buckets;
    grown.buckets = memory_allocate(allocator, size);
    if (grown.buckets == NULL) return;
    memset(grown.buckets, 0, size);
    for (size_t i = 0; i < texts->bucket_count; i++) {
        for (struct text *text = texts->buckets[i]; text != NULL;) {
            struct text *next = text->next;
            struct text **bucket = bucket_of(&grown, text->hash);
            text->next = *bucket;
            *bucket = text;
            text = next;
        }
    }
    memory_release(allocator, texts->buckets, texts->bucket_count * sizeof *texts->buckets);
    *texts = grown;
}

const uint8_t *texts_hold(struct texts *texts, const struct frame_allocator *allocator,
                          const uint8_t *bytes, size_t length)
{
    const uint64_t hash = XXH3_64bits(bytes, length);
    if (texts->count >= texts->bucket_count) grow(texts, allocator);
    if (texts->bucket_count == 0) return NULL;
    struct text **bucket = bucket_of(texts, hash);
    for (struct text *text = *bucket; text != NULL; text = text->next) {
        if (text->hash != hash || text->length != length || memcmp(text->bytes, bytes, length) != 0)
            continue;
        text->holders++;
        return text->bytes;
    }
    struct text *text = memory_allocate(allocator, sizeof *text + length);
    if (text == NULL) return NULL;
    *text = (struct text){.next = *bucket, .hash = hash, .holders = 1, .length = length};
    memcpy(text->bytes, bytes, length);
    *bucket = text;
    texts->count++;
    texts->bytes += length;
    return text->bytes;
}

void texts_drop(struct texts *texts, const struct frame_allocator *allocator, const uint8_t *bytes)
{
    const uintptr_t begin = (uintptr_t)bytes - offsetof(struct text, bytes);
    struct text *text = (struct text *)begin; /* NOLINT(performance-no-int-to-ptr) */
    FRAME_ASSERT(text->holders > 0);
    if (--text->holders > 0) return;
    struct text **link = bucket_of(texts, text->hash);
    while (*link != text)
        link = &(*link)->next;
    *link = text->next;
    texts->count--;
    texts->bytes -= text->length;
    memory_release(allocator, text, sizeof *text + text->length);
}
