// SPDX-License-Identifier: Apache-2.0
#include "json_again.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "fuzz.h"
#include "model_internal.h"

static void write_value(struct model_text *out, struct frame_span value);

static void write_string(struct model_text *out, struct frame_span token)
{
    size_t length = json_string_length(token);
    uint8_t *decoded = model_allocate(length + 1);
    FUZZ_CHECK(json_string_decode(decoded, token) == length);
    FUZZ_CHECK(json_utf8_valid(decoded, length));
    size_t size = json_string_encode(NULL, decoded, length);
    uint8_t *encoded = model_allocate(size);
    FUZZ_CHECK(json_string_encode(encoded, decoded, length) == size);
    model_text_add(out, encoded, size);
    free(encoded);
    free(decoded);
}

static void write_integer(struct model_text *out, struct frame_span value)
{
    int64_t integer;
    uint8_t digits[20];
    FUZZ_CHECK(json_integer(value, &integer));
    FUZZ_CHECK(integer <= FRAME_INTEGER_MAX && integer >= -FRAME_INTEGER_MAX);
    model_text_add(out, digits, json_integer_write(digits, integer));
}

// NOLINTNEXTLINE(misc-no-recursion): documents are at most 32 deep
static void write_array(struct model_text *out, struct frame_span array)
{
    struct json_walk walk;
    struct frame_span item;
    size_t count = 0;
    model_text_string(out, "[");
    json_walk_init(&walk, array);
    for (; json_next_item(&walk, &item); count++) {
        if (count > 0) model_text_string(out, ",");
        write_value(out, item);
    }
    model_text_string(out, "]");
    FUZZ_CHECK(count == json_count(array));
}

// NOLINTNEXTLINE(misc-no-recursion): documents are at most 32 deep
static void write_object(struct model_text *out, struct frame_span object)
{
    struct json_walk walk;
    struct frame_span key, value, previous = {0};
    size_t count = 0;
    model_text_string(out, "{");
    json_walk_init(&walk, object);
    for (; json_next_member(&walk, &key, &value); count++) {
        if (count > 0) {
            FUZZ_CHECK(frame_json_key_compare(previous, key) < 0);
            FUZZ_CHECK(frame_json_key_compare(key, previous) > 0);
            model_text_string(out, ",");
        }
        write_string(out, key);
        model_text_string(out, ":");
        write_value(out, value);
        previous = key;
    }
    model_text_string(out, "}");
    FUZZ_CHECK(count == json_count(object));
}

// NOLINTNEXTLINE(misc-no-recursion): documents are at most 32 deep
static void write_value(struct model_text *out, struct frame_span value)
{
    switch (json_kind(value)) {
    case JSON_NULL: model_text_string(out, "null"); break;
    case JSON_FALSE: model_text_string(out, "false"); break;
    case JSON_TRUE: model_text_string(out, "true"); break;
    case JSON_INTEGER: write_integer(out, value); break;
    case JSON_STRING: write_string(out, value); break;
    case JSON_ARRAY: write_array(out, value); break;
    case JSON_OBJECT: write_object(out, value); break;
    }
}

struct frame_span json_again(struct frame_span document)
{
    struct model_text out = {0};
    FUZZ_CHECK(json_depth(document) <= FRAME_DEPTH_MAX);
    write_value(&out, document);
    return model_text_span(&out);
}

void json_again_free(struct frame_span text)
{
    model_free_span(text);
}
