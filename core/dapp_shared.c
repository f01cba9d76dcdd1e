// SPDX-License-Identifier: Apache-2.0
/* What the transitions of § 6 share: the shape of payloads, results, ids. */
#include "dapp_builtin.h"
#include "json.h"
#include "memory.h"

enum { KEY_BYTES_MAX = 256, ADDRESS_BYTES_MAX = 128 };

static bool string_within(struct frame_span value, size_t bytes_max)
{
    if (json_kind(value) != JSON_STRING) return false;
    size_t length = json_string_length(value);
    return length >= 1 && length <= bytes_max;
}

static bool member_fits(struct member *member)
{
    struct frame_span value = member->value;
    switch (member->kind) {
    case MEMBER_AMOUNT: return json_integer(value, &member->integer) && member->integer >= 1;
    case MEMBER_ADDRESS: return string_within(value, ADDRESS_BYTES_MAX);
    case MEMBER_KEY: return string_within(value, KEY_BYTES_MAX);
    case MEMBER_TEXT: return json_kind(value) == JSON_STRING;
    case MEMBER_INTEGER: return json_integer(value, &member->integer);
    case MEMBER_OBJECT: return json_kind(value) == JSON_OBJECT;
    case MEMBER_ARRAY: return json_kind(value) == JSON_ARRAY;
    }
    return false;
}

bool members_read(struct member *members, size_t count, struct frame_span value)
{
    struct json_walk walk;
    struct frame_span key;
    if (json_kind(value) != JSON_OBJECT) return false;
    json_walk_init(&walk, value);
    for (size_t i = 0; i < count; i++) {
        if (!json_next_member(&walk, &key, &members[i].value)) return false;
        if (!json_string_is(key, members[i].name) || !member_fits(&members[i])) return false;
    }
    struct frame_span extra;
    return !json_next_member(&walk, &key, &extra);
}

enum frame_status result_integer(struct frame_run *run, const char *before, int64_t integer,
                                 const char *behind)
{
    struct buffer *text = frame_run_scratch(run, 0);
    buffer_text(text, before);
    buffer_integer(text, integer);
    buffer_text(text, behind);
    return frame_run_result(run, buffer_view(text));
}

enum frame_status result_id(struct frame_run *run, struct frame_span id)
{
    struct buffer *text = frame_run_scratch(run, 0);
    buffer_text(text, "{\"id\":");
    buffer_span(text, id);
    buffer_text(text, ",\"ok\":true}");
    return frame_run_result(run, buffer_view(text));
}

enum frame_status result_ok(struct frame_run *run)
{
    static const uint8_t text[] = "{\"ok\":true}";
    return frame_run_result(run, (struct frame_span){text, sizeof text - 1});
}

struct frame_span random_id(struct frame_run *run, uint8_t token[ID_TOKEN_BYTES])
{
    uint8_t bytes[8];
    frame_run_random(run, bytes, sizeof bytes);
    token[0] = '"';
    frame_hex_encode((char *)token + 1, bytes, sizeof bytes);
    token[ID_TOKEN_BYTES - 1] = '"';
    return (struct frame_span){token, ID_TOKEN_BYTES};
}
