// SPDX-License-Identifier: Apache-2.0
/* Small helpers over the caller's allocator, and the assertion that stays on in release builds. */
#ifndef FRAME_MEMORY_H
#define FRAME_MEMORY_H

#include "frame.h"

/* A broken invariant of the core: stops the program. Never for input. */
_Noreturn void frame_assert_failed(void);
#if defined(FRAME_ASSERT_OFF)
/* For comparison alone (./dev ledger): it is not even evaluated, and nothing may depend on it. */
#define FRAME_ASSERT(condition) ((void)sizeof((condition) ? 1 : 0))
#else
#define FRAME_ASSERT(condition) ((condition) ? (void)0 : frame_assert_failed())
#endif
/* For a call that is wanted for what it does, and that cannot fail here: in every build. */
#define FRAME_MUST(call) ((call) ? (void)0 : frame_assert_failed())

/* Sixteen bytes at once, by what gcc and clang have for vectors: they make of it what the machine can. */
typedef int8_t bytes16 __attribute__((vector_size(16))); /* signed: past 0x7f is below 0 */

/* Of eight bytes in memory, not all 0: how many bits are 0 before the first that is not. */
static inline size_t word_zeros(uint64_t word)
{
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    return (size_t)__builtin_ctzll(word);
#else
    return (size_t)__builtin_clzll(word);
#endif
}

void *memory_allocate(const struct frame_allocator *allocator, size_t size); /* NULL: no memory */
void memory_release(const struct frame_allocator *allocator, void *memory,
                    size_t size); /* NULL ok */

/*
 * Makes room for `count` elements in an array of `*capacity`: doubles it. The old array stays as it
 * was where memory runs out (false).
 */
bool memory_reserve(const struct frame_allocator *allocator, void **array, size_t *capacity,
                    size_t count, size_t element_size);

/* A growing run of bytes. Zero-initialise with its allocator. Once an append found no memory,
   `failed` stays set and further appends do nothing: check it once at the end. */
struct buffer {
    struct frame_allocator allocator;
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    bool failed;
};
void buffer_init(struct buffer *buffer, const struct frame_allocator *allocator);
void buffer_append(struct buffer *buffer, const void *bytes, size_t length);
void buffer_text(struct buffer *buffer, const char *text);
void buffer_span(struct buffer *buffer, struct frame_span span);
void buffer_integer(struct buffer *buffer, int64_t integer);
void buffer_hex(struct buffer *buffer, const uint8_t *bytes, size_t length);    /* without quotes */
void buffer_string(struct buffer *buffer, const uint8_t *bytes, size_t length); /* as JSON token */
/* A frame_sink that appends to the buffer. */
struct frame_sink buffer_sink(struct buffer *buffer);
struct frame_span buffer_view(const struct buffer *buffer);
void buffer_clear(struct buffer *buffer); /* keeps the memory */
void buffer_free(struct buffer *buffer);

#endif
