// SPDX-License-Identifier: Apache-2.0
#include "memory.h"

#include <string.h>

#include "json.h"

/* Declared here (C17 7.1.4), since the core takes nothing else from stdlib.h. */
_Noreturn void abort(void);

void frame_assert_failed(void)
{
    abort();
}

void *memory_allocate(const struct frame_allocator *allocator, size_t size)
{
    return allocator->allocate(allocator->context, size);
}

void memory_release(const struct frame_allocator *allocator, void *memory, size_t size)
{
    if (memory != NULL) allocator->release(allocator->context, memory, size);
}

bool memory_reserve(const struct frame_allocator *allocator, void **array, size_t *capacity,
                    size_t count, size_t element_size)
{
    FRAME_ASSERT(element_size > 0);
    if (count <= *capacity) return true;
    size_t count_max = SIZE_MAX / element_size;
    if (count > count_max) return false;
    size_t wanted = *capacity <= count_max / 2 ? *capacity * 2 : count_max;
    if (wanted < count) wanted = count;

    /* Byte by byte, because the pointer that `array` stands for may be one to any type. */
    void *old;
    memcpy(&old, array, sizeof old);
    void *grown = memory_allocate(allocator, wanted * element_size);
    if (grown == NULL) return false;
    if (*capacity > 0) memcpy(grown, old, *capacity * element_size);
    memory_release(allocator, old, *capacity * element_size);
    memcpy(array, &grown, sizeof grown);
    *capacity = wanted;
    return true;
}

void buffer_init(struct buffer *buffer, const struct frame_allocator *allocator)
{
    *buffer = (struct buffer){.allocator = *allocator};
}

/* Room for `length` more bytes, which then count; NULL once memory has run out. */
static uint8_t *buffer_extend(struct buffer *buffer, size_t length)
{
    enum { CAPACITY_MIN = 64 };
    if (buffer->failed || length > SIZE_MAX - buffer->length) {
        buffer->failed = true;
        return NULL;
    }
    size_t needed = buffer->length + length;
    if (needed > buffer->capacity) {
        void *bytes = buffer->bytes;
        size_t room = needed < CAPACITY_MIN ? CAPACITY_MIN : needed;
        if (!memory_reserve(&buffer->allocator, &bytes, &buffer->capacity, room, 1)) {
            buffer->failed = true;
            return NULL;
        }
        buffer->bytes = bytes;
    }
    uint8_t *place = buffer->bytes + buffer->length;
    buffer->length = needed;
    return place;
}

void buffer_append(struct buffer *buffer, const void *bytes, size_t length)
{
    if (length == 0) return;
    uint8_t *place = buffer_extend(buffer, length);
    if (place != NULL) memcpy(place, bytes, length);
}

void buffer_text(struct buffer *buffer, const char *text)
{
    buffer_append(buffer, text, strlen(text));
}

void buffer_span(struct buffer *buffer, struct frame_span span)
{
    buffer_append(buffer, span.bytes, span.length);
}

void buffer_integer(struct buffer *buffer, int64_t integer)
{
    uint8_t text[20];
    buffer_append(buffer, text, json_integer_write(text, integer));
}

void buffer_hex(struct buffer *buffer, const uint8_t *bytes, size_t length)
{
    if (length == 0) return;
    if (length > SIZE_MAX / 2) {
        buffer->failed = true;
        return;
    }
    uint8_t *place = buffer_extend(buffer, 2 * length);
    if (place != NULL) frame_hex_encode((char *)place, bytes, length);
}

void buffer_string(struct buffer *buffer, const uint8_t *bytes, size_t length)
{
    uint8_t *place = buffer_extend(buffer, json_string_encode(NULL, bytes, length));
    if (place != NULL) (void)json_string_encode(place, bytes, length);
}

static bool buffer_write(void *context, const uint8_t *bytes, size_t length)
{
    struct buffer *buffer = context;
    buffer_append(buffer, bytes, length);
    return !buffer->failed;
}

struct frame_sink buffer_sink(struct buffer *buffer)
{
    return (struct frame_sink){.context = buffer, .write = buffer_write};
}

struct frame_span buffer_view(const struct buffer *buffer)
{
    return (struct frame_span){buffer->bytes, buffer->length};
}

void buffer_clear(struct buffer *buffer)
{
    buffer->length = 0;
    buffer->failed = false;
}

void buffer_free(struct buffer *buffer)
{
    memory_release(&buffer->allocator, buffer->bytes, buffer->capacity);
    struct frame_allocator allocator = buffer->allocator;
    buffer_init(buffer, &allocator);
}
