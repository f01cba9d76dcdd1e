// SPDX-License-Identifier: Apache-2.0
/* Canonical JSON (§ 2): one strict checker, and a reader for text that the checker has accepted. */
#ifndef FRAME_JSON_H
#define FRAME_JSON_H

#include <string.h>

#include "frame.h"

/* A program may use libjansson as well, which has functions of these names. */
#define json_integer       frame_json_integer
#define json_string_length frame_json_string_length

/*
 * Checks one value that starts at `start`. Its containers are counted from `depth` (0 where it is
 * the document's root), and it may be `value_max` bytes long (SIZE_MAX: any length): FRAME_LIMIT at
 * start + value_max where it is longer. The fault at the least offset names the error; at one and
 * the same offset FRAME_LIMIT goes first. On FRAME_OK *end is behind the value; else *offset is the
 * fault's.
 */
enum frame_status json_check_value(size_t *end, size_t *offset, const uint8_t *bytes, size_t length,
                                   size_t start, unsigned depth, size_t value_max);

/* The first members of an object. */
enum { JSON_MEMBERS_MAX = 6 };
struct json_members {
    struct frame_span keys[JSON_MEMBERS_MAX]; /* tokens */
    struct frame_span values[JSON_MEMBERS_MAX];
    size_t count; /* also of those beyond JSON_MEMBERS_MAX */
};
/* json_check_value of an object of any length, which begins with the brace at bytes[start]; keeps its members on the way, views of
   `bytes`. They are undefined unless FRAME_OK. */
enum frame_status json_check_object(struct json_members *members, size_t *end, size_t *offset,
                                    const uint8_t *bytes, size_t length, size_t start,
                                    unsigned depth);

/* May these bytes stand in a string as they are: ASCII from U+0020 on, no quote, no backslash? */
bool json_plain(const uint8_t *bytes, size_t length);
/* Behind the string of such bytes that begins at `start`; 0 where there is none. */
size_t json_plain_string(const uint8_t *bytes, size_t length, size_t start);

/* Everything below reads accepted text only. A "token" is a value's whole span, quotes included. */

enum json_kind {
    JSON_NULL,
    JSON_FALSE,
    JSON_TRUE,
    JSON_INTEGER,
    JSON_STRING,
    JSON_ARRAY,
    JSON_OBJECT
};
enum json_kind json_kind(struct frame_span value);

/* Behind the value that starts at `at`, inside a container: a number ends at the byte behind it. `end` is
   behind the container, or behind any part of it that holds the value: no byte from there on is read. */
const uint8_t *json_skip(const uint8_t *at, const uint8_t *end);
/* The same for a container; *depth is the number of containers open at once, itself counted. */
const uint8_t *json_skip_container(const uint8_t *at, const uint8_t *end, unsigned *depth);

/* Walks an array or an object: `at` begins behind the opening bracket. */
struct json_walk {
    const uint8_t *at;
    const uint8_t *end; /* of the container */
};
void json_walk_init(struct json_walk *walk, struct frame_span container);
bool json_next_item(struct json_walk *walk, struct frame_span *item);
bool json_next_member(struct json_walk *walk, struct frame_span *key, struct frame_span *value);
/* The key of a member that is there; the walk stands at its value then. */
void json_next_key(struct json_walk *walk, struct frame_span *key);
size_t json_count(struct frame_span container);
/* The members of an object, by walking it. */
void json_members_walk(struct json_members *members, struct frame_span object);

/* The member of an object with a plain ASCII name (no escapes needed); false where absent. */
bool json_member(struct frame_span object, struct frame_span *value, const char *name);

/* False unless the value is an integer. */
bool json_integer(struct frame_span value, int64_t *integer);
/* Decimal text of an integer into `text`; returns its length (at most 20). */
size_t json_integer_write(uint8_t text[20], int64_t integer);

/* Bytes of a string token once decoded. */
size_t json_string_length(struct frame_span token);
/* Decodes into `out`, which has room for json_string_length bytes; returns that length. */
size_t json_string_decode(uint8_t *out, struct frame_span token);
/* Is the token this text, of ASCII that needs no escapes? Then it stands for itself (§ 2). */
static inline bool json_string_is(struct frame_span token, const char *text)
{
    const size_t length = strlen(text);
    return token.length == length + 2 && token.bytes[0] == '"' &&
           memcmp(token.bytes + 1, text, length) == 0;
}
/* Does it begin with such a text? */
static inline bool json_string_begins(struct frame_span token, const char *prefix)
{
    const size_t length = strlen(prefix);
    return token.length >= length + 2 && token.bytes[0] == '"' &&
           memcmp(token.bytes + 1, prefix, length) == 0;
}
/* Order of two string tokens by UTF-16 code units, without the array-index rule of E1. <0, 0, >0. */
int json_string_compare(struct frame_span a, struct frame_span b);
/* Writes bytes (valid UTF-8) as a token; `out` NULL: only measures. Returns the token's length. */
size_t json_string_encode(uint8_t *out, const uint8_t *bytes, size_t length);
/* UTF-8 without surrogates, overlong forms or values past U+10FFFF? (NUL is fine.) */
bool json_utf8_valid(const uint8_t *bytes, size_t length);

/* Are two spans the same bytes? */
bool span_equal(struct frame_span a, struct frame_span b);
bool span_is(struct frame_span a, const char *text);

/* Containers of a value, itself counted; 0 for a scalar. */
unsigned json_depth(struct frame_span value);

#endif
