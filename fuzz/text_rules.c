// SPDX-License-Identifier: Apache-2.0
#include "text_rules.h"

#include <string.h>

bool canonical_object(struct frame_span text)
{
    size_t offset;
    return text.length > 0 && text.bytes[0] == '{' &&
           frame_json_check(&offset, text.bytes, text.length) == FRAME_OK;
}

bool is_text(struct frame_span value, size_t least, size_t most)
{
    if (json_kind(value) != JSON_STRING) return false;
    const size_t length = json_string_length(value);
    return length >= least && length <= most;
}

/* All between the quotes is of `set`. */
static bool is_made_of(struct frame_span value, const char *set, size_t least, size_t most)
{
    if (value.length < least + 2 || value.length > most + 2 || value.bytes[0] != '"') return false;
    for (size_t i = 1; i + 1 < value.length; i++)
        if (value.bytes[i] == 0 || strchr(set, value.bytes[i]) == NULL) return false;
    return true;
}

bool is_hex(struct frame_span value, size_t digits)
{
    return is_made_of(value, "0123456789abcdef", digits, digits);
}

bool is_name(struct frame_span value)
{
    return is_made_of(value, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-", 1,
                      64);
}

bool is_integer(struct frame_span value, int64_t least)
{
    int64_t integer;
    return json_integer(value, &integer) && integer >= least;
}

bool is_ascending(struct frame_span value)
{
    struct json_walk walk;
    struct frame_span item, before = {NULL, 0};
    if (value.bytes[0] != '[') return false;
    json_walk_init(&walk, value);
    for (; json_next_item(&walk, &item); before = item)
        if (json_kind(item) != JSON_STRING ||
            (before.length > 0 && json_string_compare(before, item) >= 0))
            return false;
    return true;
}

bool is_hashes(struct frame_span value, size_t most)
{
    struct json_walk walk;
    struct frame_span item;
    if (value.bytes[0] != '[' || json_count(value) > most) return false;
    json_walk_init(&walk, value);
    while (json_next_item(&walk, &item))
        if (!is_hex(item, 64)) return false;
    return true;
}

size_t depth_of(struct frame_span value)
{
    size_t open = 0, most = 0;
    bool quoted = false;
    for (size_t i = 0; i < value.length; i++) {
        const uint8_t c = value.bytes[i];
        if (c == '"')
            quoted = !quoted;
        else if (quoted)
            i += c == '\\';
        else if (c == '{' || c == '[')
            open++;
        else if (c == '}' || c == ']')
            open--;
        if (open > most) most = open;
    }
    return most;
}

bool has_just(struct frame_span object, const char *const *names, size_t count,
              struct frame_span *values)
{
    struct json_walk walk;
    struct frame_span key, value;
    if (object.bytes[0] != '{' || json_count(object) != count) return false;
    json_walk_init(&walk, object);
    for (size_t i = 0; json_next_member(&walk, &key, &value); i++) {
        if (!json_string_is(key, names[i])) return false;
        values[i] = value;
    }
    return true;
}
