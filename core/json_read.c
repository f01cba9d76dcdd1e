// SPDX-License-Identifier: Apache-2.0
/* Reading and writing canonical JSON (§ 2). What is read here has passed the checker. */
#include <string.h>

#include "json.h"
#include "memory.h"

enum json_kind json_kind(struct frame_span value)
{
    switch (value.bytes[0]) {
    case 'n': return JSON_NULL;
    case 'f': return JSON_FALSE;
    case 't': return JSON_TRUE;
    case '"': return JSON_STRING;
    case '[': return JSON_ARRAY;
    case '{': return JSON_OBJECT;
    default: return JSON_INTEGER;
    }
}

/* ---- Walking --------------------------------------------------------------------------------- */

/* The next quote. Most strings are short names: they end before a call of memchr would have begun. */
static const uint8_t *next_quote(const uint8_t *at, const uint8_t *end)
{
    for (int i = 0; i < 2 && (size_t)(end - at) >= sizeof(bytes16); i++, at += sizeof(bytes16)) {
        bytes16 chunk;
        uint64_t words[2];
        memcpy(&chunk, at, sizeof chunk);
        const bytes16 quotes = chunk == '"';
        memcpy(words, &quotes, sizeof words);
        if (words[0] != 0) return at + word_zeros(words[0]) / 8;
        if (words[1] != 0) return at + 8 + word_zeros(words[1]) / 8;
    }
    return memchr(at, '"', (size_t)(end - at));
}

/* A quote ends the string unless a backslash stands before it: then one that may itself be escaped. */
static const uint8_t *skip_string(const uint8_t *at, const uint8_t *end)
{
    const uint8_t *quote = next_quote(at + 1, end);
    FRAME_ASSERT(quote != NULL); /* it is accepted text */
    if (quote[-1] != '\\') return quote + 1;
    for (at++; *at != '"'; at++)
        at += *at == '\\'; /* and what it escapes */
    return at + 1;
}

const uint8_t *json_skip_container(const uint8_t *at, const uint8_t *end, unsigned *depth)
{
    unsigned open = 0;
    *depth = 0;
    do {
        switch (*at) {
        case '"': at = skip_string(at, end); continue;
        case '[':
        case '{':
            if (++open > *depth) *depth = open;
            break;
        case ']':
        case '}': open--; break;
        default: break;
        }
        at++;
    } while (open > 0);
    return at;
}

const uint8_t *json_skip(const uint8_t *at, const uint8_t *end)
{
    unsigned depth;
    switch (*at) {
    case '"': return skip_string(at, end);
    case '[':
    case '{': return json_skip_container(at, end, &depth);
    case 'n':
    case 't': return at + 4;
    case 'f': return at + 5;
    default: break;
    }
    do {
        at++;
    } while (*at >= '0' && *at <= '9');
    return at;
}

unsigned json_depth(struct frame_span value)
{
    unsigned depth = 0;
    if (*value.bytes == '[' || *value.bytes == '{')
        (void)json_skip_container(value.bytes, value.bytes + value.length, &depth);
    return depth;
}

void json_walk_init(struct json_walk *walk, struct frame_span container)
{
    walk->at = container.bytes + 1;
    walk->end = container.bytes + container.length;
}

static struct frame_span walk_value(struct json_walk *walk)
{
    struct frame_span value = {walk->at, 0};
    walk->at = json_skip(walk->at, walk->end);
    value.length = (size_t)(walk->at - value.bytes);
    return value;
}

bool json_next_item(struct json_walk *walk, struct frame_span *item)
{
    if (*walk->at == ']') return false;
    if (*walk->at == ',') walk->at++;
    *item = walk_value(walk);
    return true;
}

void json_next_key(struct json_walk *walk, struct frame_span *key)
{
    if (*walk->at == ',') walk->at++;
    *key = walk_value(walk);
    walk->at++; /* the colon */
}

bool json_next_member(struct json_walk *walk, struct frame_span *key, struct frame_span *value)
{
    if (*walk->at == '}') return false;
    json_next_key(walk, key);
    *value = walk_value(walk);
    return true;
}

void json_members_walk(struct json_members *members, struct frame_span object)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    members->count = 0;
    json_walk_init(&walk, object);
    for (; json_next_member(&walk, &key, &value); members->count++) {
        if (members->count >= JSON_MEMBERS_MAX) continue;
        members->keys[members->count] = key;
        members->values[members->count] = value;
    }
}

size_t json_count(struct frame_span container)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    size_t count = 0;
    json_walk_init(&walk, container);
    if (container.bytes[0] == '{') {
        while (json_next_member(&walk, &key, &value))
            count++;
    } else {
        while (json_next_item(&walk, &value))
            count++;
    }
    return count;
}

bool json_member(struct frame_span object, struct frame_span *value, const char *name)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span found;
    size_t length = strlen(name);
    json_walk_init(&walk, object);
    while (json_next_member(&walk, &key, &found)) {
        if (key.length == length + 2 && memcmp(key.bytes + 1, name, length) == 0) {
            *value = found;
            return true;
        }
    }
    return false;
}

/* ---- Integers -------------------------------------------------------------------------------- */

bool json_integer(struct frame_span value, int64_t *integer)
{
    if (json_kind(value) != JSON_INTEGER) return false;
    bool negative = value.bytes[0] == '-';
    int64_t magnitude = 0;
    for (size_t i = negative; i < value.length; i++)
        magnitude = magnitude * 10 + (value.bytes[i] - '0');
    *integer = negative ? -magnitude : magnitude;
    return true;
}

size_t json_integer_write(uint8_t text[20], int64_t integer)
{
    uint64_t left = integer < 0 ? 0 - (uint64_t)integer : (uint64_t)integer;
    uint8_t reversed[20];
    size_t count = 0;
    do {
        reversed[count++] = (uint8_t)('0' + left % 10);
        left /= 10;
    } while (left > 0);
    size_t length = 0;
    if (integer < 0) text[length++] = '-';
    while (count > 0)
        text[length++] = reversed[--count];
    return length;
}

/* ---- Strings --------------------------------------------------------------------------------- */

static uint8_t hex_value(uint8_t digit)
{
    if (digit <= '9') return (uint8_t)(digit - '0');
    return (uint8_t)((digit | 0x20) - 'a' + 10);
}

/* What stands for a byte behind a backslash; 0 where only \u00xx does, or nothing need be escaped. */
static uint8_t short_escape(uint8_t byte)
{
    switch (byte) {
    case '\b': return 'b';
    case '\t': return 't';
    case '\n': return 'n';
    case '\f': return 'f';
    case '\r': return 'r';
    case '"':
    case '\\': return byte;
    default: return 0;
    }
}

static uint8_t short_unescape(uint8_t kind)
{
    switch (kind) {
    case 'b': return '\b';
    case 't': return '\t';
    case 'n': return '\n';
    case 'f': return '\f';
    case 'r': return '\r';
    default: return kind;
    }
}

/* One decoded byte; canonical escapes all stand for one. *at is inside a token. */
static uint8_t next_byte(const uint8_t **at)
{
    const uint8_t *from = *at;
    if (from[0] != '\\') {
        *at += 1;
        return from[0];
    }
    if (from[1] != 'u') {
        *at += 2;
        return short_unescape(from[1]);
    }
    *at += 6;
    return (uint8_t)(hex_value(from[4]) << 4 | hex_value(from[5]));
}

size_t json_string_length(struct frame_span token)
{
    size_t length = 0;
    for (const uint8_t *at = token.bytes + 1; *at != '"'; length++)
        (void)next_byte(&at);
    return length;
}

size_t json_string_decode(uint8_t *out, struct frame_span token)
{
    size_t length = 0;
    for (const uint8_t *at = token.bytes + 1; *at != '"';)
        out[length++] = next_byte(&at);
    return length;
}

/* Bytes that one byte takes in a token. */
static size_t encoded_length(uint8_t byte)
{
    if (short_escape(byte) != 0) return 2;
    return byte < 0x20 ? 6 : 1;
}

size_t json_string_encode(uint8_t *out, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    size_t total = 2;
    for (size_t i = 0; i < length; i++)
        total += encoded_length(bytes[i]);
    if (out == NULL) return total;

    *out++ = '"';
    for (size_t i = 0; i < length; i++) {
        uint8_t byte = bytes[i];
        uint8_t escape = short_escape(byte);
        if (escape != 0) {
            *out++ = '\\';
            *out++ = escape;
        } else if (byte < 0x20) {
            memcpy(out, "\\u00", 4);
            out[4] = (uint8_t)digits[byte >> 4];
            out[5] = (uint8_t)digits[byte & 15];
            out += 6;
        } else {
            *out++ = byte;
        }
    }
    *out = '"';
    return total;
}

/* ---- Order of keys --------------------------------------------------------------------------- */

/* The UTF-16 code units of a string token. The checker compares keys before it knows whether they
   are canonical, so any escape of RFC 8259 is understood. */
struct units {
    const uint8_t *at;
    uint32_t low; /* the second half of a surrogate pair, due next; 0: none */
};

enum { UNITS_END = -1 };

static uint32_t escaped_unit(struct units *units)
{
    uint8_t kind = units->at[1];
    if (kind != 'u') {
        units->at += 2;
        return short_unescape(kind);
    }
    uint32_t unit = 0;
    for (int i = 2; i < 6; i++)
        unit = unit << 4 | hex_value(units->at[i]);
    units->at += 6;
    return unit;
}

static uint32_t utf8_code_point(struct units *units)
{
    uint8_t first = *units->at++;
    if (first < 0x80) return first;
    int more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    uint32_t code_point = first & (0x3fU >> more);
    for (; more > 0; more--)
        code_point = code_point << 6 | (*units->at++ & 0x3fU);
    return code_point;
}

/* The next unit, or UNITS_END, which is less than any. */
static int32_t next_unit(struct units *units)
{
    uint32_t unit = units->low;
    units->low = 0;
    if (unit != 0) return (int32_t)unit;
    if (*units->at == '"') return UNITS_END;
    if (*units->at == '\\') return (int32_t)escaped_unit(units);
    unit = utf8_code_point(units);
    if (unit < 0x10000) return (int32_t)unit;
    units->low = 0xdc00 | (unit & 0x3ff);
    return (int32_t)(0xd800 + ((unit - 0x10000) >> 10));
}

static bool may_be_index(struct frame_span token)
{
    return token.bytes[1] == '\\' || (token.bytes[1] >= '0' && token.bytes[1] <= '9');
}

/* Is a token an array index: "0" to "4294967294" without leading zeros [E1]? */
static bool array_index(struct frame_span token, int64_t *index)
{
    if (!may_be_index(token)) return false;
    struct units units = {token.bytes + 1, 0};
    int64_t value = 0;
    int count = 0;
    for (int32_t unit = next_unit(&units); unit != UNITS_END; unit = next_unit(&units)) {
        bool leading_zero = count > 0 && value == 0;
        if (unit < '0' || unit > '9' || leading_zero || ++count > 10) return false;
        value = value * 10 + (unit - '0');
    }
    *index = value;
    return count > 0 && value <= INT64_C(4294967294);
}

/* Does a byte of a token stand for itself, or end it? */
static bool plain_or_end(uint8_t byte)
{
    return byte < 0x80 && byte != '\\';
}

int json_string_compare(struct frame_span a, struct frame_span b)
{
    struct units units_a = {a.bytes + 1, 0};
    struct units units_b = {b.bytes + 1, 0};
    while (*units_a.at == *units_b.at && *units_a.at < 0x80 && *units_a.at != '"' &&
           *units_a.at != '\\') {
        units_a.at++;
        units_b.at++;
    }
    if (plain_or_end(*units_a.at) && plain_or_end(*units_b.at)) {
        const int order = (*units_a.at > *units_b.at) - (*units_a.at < *units_b.at);
        if (*units_b.at == '"') return order == 0 ? 0 : 1;
        return *units_a.at == '"' ? -1 : order;
    }
    for (;;) {
        int32_t unit_a = next_unit(&units_a);
        int32_t unit_b = next_unit(&units_b);
        if (unit_a != unit_b) return unit_a < unit_b ? -1 : 1;
        if (unit_a == UNITS_END) return 0;
    }
}

static bool is_letter(uint8_t byte)
{
    return byte >= 'a' && byte <= 'z';
}

int frame_json_key_compare(struct frame_span a, struct frame_span b)
{
    int64_t index_a;
    int64_t index_b;
    if (a.bytes[1] != b.bytes[1] && is_letter(a.bytes[1]) && is_letter(b.bytes[1]))
        return a.bytes[1] < b.bytes[1] ? -1 : 1; /* most are told apart so */
    if (!may_be_index(a) && !may_be_index(b)) return json_string_compare(a, b);
    bool is_index_a = array_index(a, &index_a);
    bool is_index_b = array_index(b, &index_b);
    if (is_index_a != is_index_b) return is_index_a ? -1 : 1;
    if (is_index_a) return (index_a > index_b) - (index_a < index_b);
    return json_string_compare(a, b);
}

/* ---- Spans ----------------------------------------------------------------------------------- */

bool span_equal(struct frame_span a, struct frame_span b)
{
    return a.length == b.length && (a.length == 0 || memcmp(a.bytes, b.bytes, a.length) == 0);
}

bool span_is(struct frame_span a, const char *text)
{
    size_t length = strlen(text);
    return a.length == length && (length == 0 || memcmp(a.bytes, text, length) == 0);
}
