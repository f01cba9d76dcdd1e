// SPDX-License-Identifier: Apache-2.0
/*
 * storageFill of the execution vectors: storage so large that a file spells out only what matters
 * of it. `{count,text,times}` stands for the entries notes:<k in 16 hex digits>, k from 0 to
 * count-1, each {"created":0,"text":<text, times times>,"updated":0}, besides those that are
 * spelled out.
 */
#ifndef SIM_TESTS_VECTORS_FILL_H
#define SIM_TESTS_VECTORS_FILL_H

#include "vectors.h"

enum { VECTORS_ENTRIES_MAX = 1024, VECTORS_FILL_KEY = 24 };

struct vectors_text_builder {
    char *text;
    size_t length;
    size_t capacity;
};

static inline void vectors_build(struct vectors_text_builder *builder, const void *bytes,
                                 size_t length)
{
    if (builder->length + length + 1 > builder->capacity) {
        builder->capacity = 2 * (builder->length + length + 1);
        builder->text = realloc(builder->text, builder->capacity);
        if (builder->text == NULL) abort();
    }
    memcpy(builder->text + builder->length, bytes, length);
    builder->length += length;
    builder->text[builder->length] = '\0';
}

static inline void vectors_build_text(struct vectors_text_builder *builder, const char *text)
{
    vectors_build(builder, text, strlen(text));
}

/* The `"key":value` parts of a canonical object. */
static inline size_t vectors_entries(struct frame_span entries[VECTORS_ENTRIES_MAX],
                                     struct frame_span object)
{
    size_t count = 0;
    size_t depth = 0;
    bool in_string = false;
    const uint8_t *start = object.bytes + 1;
    for (size_t i = 0; i < object.length; i++) {
        uint8_t c = object.bytes[i];
        bool opens = c == '{' || c == '[';
        bool closes = c == '}' || c == ']';
        if (c == '"') {
            in_string = !in_string;
        } else if (in_string) {
            if (c == '\\') i++;
        } else if ((c == ',' && depth == 1) || (closes && depth == 1)) {
            const uint8_t *end = object.bytes + i;
            if (end > start && CHECK(count < VECTORS_ENTRIES_MAX))
                entries[count++] = (struct frame_span){start, (size_t)(end - start)};
            start = end + 1;
        }
        if (!in_string && opens) depth++;
        if (!in_string && closes) depth--;
    }
    return count;
}

/* The key's token at the beginning of an entry. */
static inline struct frame_span vectors_key(struct frame_span entry)
{
    size_t length = 1;
    while (length < entry.length && entry.bytes[length] != '"')
        length += entry.bytes[length] == '\\' ? 2 : 1;
    return (struct frame_span){entry.bytes, length + 1};
}

static inline void vectors_build_entry(struct vectors_text_builder *builder, const void *bytes,
                                       size_t length)
{
    vectors_build_text(builder, builder->length > 1 ? "," : "");
    vectors_build(builder, bytes, length);
}

/* The whole storage's canonical text; the caller frees it. */
static inline char *vectors_filled_storage(struct frame_span storage, const json_t *fill)
{
    static struct frame_span entries[VECTORS_ENTRIES_MAX];
    struct vectors_text_builder builder = {NULL, 0, 0};
    struct vectors_text_builder value = {NULL, 0, 0};
    size_t count = vectors_entries(entries, storage);
    size_t fills = fill == NULL ? 0 : (size_t)json_integer_value(json_object_get(fill, "count"));
    size_t times = fill == NULL ? 0 : (size_t)json_integer_value(json_object_get(fill, "times"));
    vectors_build_text(&value, ":{\"created\":0,\"text\":\"");
    for (size_t i = 0; i < times; i++)
        vectors_build_text(&value, vectors_string(fill, "text"));
    vectors_build_text(&value, "\",\"updated\":0}");
    vectors_build_text(&builder, "{");
    for (size_t i = 0, k = 0; i < count || k < fills;) {
        char key[VECTORS_FILL_KEY + 1];
        struct frame_span fill_key = {(const uint8_t *)key, VECTORS_FILL_KEY};
        snprintf(key, sizeof key, "\"notes:%016llx\"", (unsigned long long)k);
        bool filling = k < fills;
        if (filling && i < count)
            filling = frame_json_key_compare(fill_key, vectors_key(entries[i])) < 0;
        if (filling) {
            vectors_build_entry(&builder, key, VECTORS_FILL_KEY);
            vectors_build(&builder, value.text, value.length);
            k++;
        } else {
            vectors_build_entry(&builder, entries[i].bytes, entries[i].length);
            i++;
        }
    }
    vectors_build_text(&builder, "}");
    free(value.text);
    return builder.text;
}

/* Storage as a case spells it out: where the storage is what the case says once filled up, that
   text; else the storage itself, which then differs. */
static inline json_t *vectors_unfilled_json(struct frame_span storage, struct frame_span expected,
                                            const json_t *fill)
{
    char *filled = vectors_filled_storage(expected, fill);
    bool equal =
        strlen(filled) == storage.length && memcmp(filled, storage.bytes, storage.length) == 0;
    free(filled);
    if (equal) return json_stringn((const char *)expected.bytes, expected.length);
    return json_stringn((const char *)storage.bytes, storage.length);
}

#endif
