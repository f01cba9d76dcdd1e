// SPDX-License-Identifier: Apache-2.0
/* The one strict checker of canonical JSON (§ 2): iterative, one pass, no memory but its own frame. */
#include "json.h"

#include <string.h>

#include "memory.h"
#include "planted.h"

/* One container that is open. */
struct level {
    bool object;
    struct frame_span key; /* the last key seen, quotes included; length 0: none yet */
};

struct checker {
    const uint8_t *bytes;
    size_t length;
    size_t at;
    enum frame_status status; /* of the fault at the least offset found so far */
    size_t offset;
    unsigned open; /* containers of this value */
    unsigned open_max;
    struct json_members *members; /* of the outermost container; NULL: nobody asks */
    struct level levels[FRAME_DEPTH_MAX];
};

/* "The one at the least offset names the error": a key is judged after the escapes in it. */
static void note_fault(struct checker *checker, enum frame_status status, size_t offset)
{
    if (checker->status == FRAME_OK || offset < checker->offset) {
        checker->status = status;
        checker->offset = offset;
    }
}

static bool at_byte(const struct checker *checker, uint8_t byte)
{
    return checker->at < checker->length && checker->bytes[checker->at] == byte;
}

static bool at_digit(const struct checker *checker)
{
    return checker->at < checker->length && (uint8_t)(checker->bytes[checker->at] - '0') < 10;
}

static void impossible_here(struct checker *checker)
{
    note_fault(checker, FRAME_JSON_SYNTAX, checker->at);
}

static bool white_space(uint8_t byte)
{
    return byte == ' ' || byte == '\t' || byte == '\n' || byte == '\r';
}

/* The same between two tokens, where JSON allows white space and canonical JSON does not. */
static void impossible_between(struct checker *checker)
{
    bool white = checker->at < checker->length && white_space(checker->bytes[checker->at]);
    note_fault(checker, white ? FRAME_JSON_NOT_CANONICAL : FRAME_JSON_SYNTAX, checker->at);
}

/* ---- Strings ------------------------------------------------------------------------------- */

/* Does a byte stand for itself in a string: ASCII from U+0020 on, without `"` and `\`? */
static bool is_plain(uint8_t byte)
{
    return byte >= 0x20 && byte < 0x80 && byte != '"' && byte != '\\';
}

/* All bits of those of the next sixteen that do not; beside those that are set already. */
static void special_bytes(bytes16 *special, const uint8_t *bytes)
{
    bytes16 chunk;
    memcpy(&chunk, bytes, sizeof chunk);
    *special |= (chunk == '"') | (chunk == '\\') | (chunk < 0x20); /* past 0x7f is below 0 */
}

/* Behind the bytes that do. */
static size_t skip_plain(const uint8_t *bytes, size_t length, size_t at)
{
    for (; length - at >= sizeof(bytes16); at += sizeof(bytes16)) {
        bytes16 special = {0};
        uint64_t words[2];
        special_bytes(&special, bytes + at);
        memcpy(words, &special, sizeof words);
        if (words[0] != 0) return at + word_zeros(words[0]) / 8;
        if (words[1] != 0) return at + 8 + word_zeros(words[1]) / 8;
    }
    while (at < length && is_plain(bytes[at]))
        at++;
    return at;
}

bool json_plain(const uint8_t *bytes, size_t length)
{
    bytes16 all = {0};
    uint64_t words[2];
    size_t at = 0;
    for (; length - at >= sizeof all; at += sizeof all)
        special_bytes(&all, bytes + at);
    memcpy(words, &all, sizeof words);
    return (words[0] | words[1]) == 0 && skip_plain(bytes, length, at) == length;
}

size_t json_plain_string(const uint8_t *bytes, size_t length, size_t start)
{
    if (start == length || bytes[start] != '"') return 0;
    const size_t end = skip_plain(bytes, length, start + 1);
    return end < length && bytes[end] == '"' ? end + 1 : 0;
}

/* Length of a UTF-8 sequence by its first byte, which is not ASCII; 0 where none begins so. */
static size_t utf8_length(uint8_t first)
{
    if (first >= 0xc2 && first <= 0xdf) return 2;
    if (first >= 0xe0 && first <= 0xef) return 3;
    if (first >= 0xf0 && first <= 0xf4) return 4;
    return 0;
}

/* May `second` follow `first`? Keeps out overlong forms, surrogates and what is past U+10FFFF. */
static bool utf8_second(uint8_t first, uint8_t second)
{
    uint8_t least = first == 0xe0 ? 0xa0 : first == 0xf0 ? 0x90 : 0x80;
    uint8_t most = first == 0xed ? 0x9f : first == 0xf4 ? 0x8f : 0xbf;
    return second >= least && second <= most;
}

/* Moves *at over one sequence that is not ASCII; on false *at is the first impossible byte. */
static bool utf8_skip(const uint8_t *bytes, size_t length, size_t *at)
{
    uint8_t first = bytes[*at];
    size_t left = utf8_length(first);
    if (left == 0) return false;
    ++*at;
    if (*at == length || !utf8_second(first, bytes[*at])) return false;
    ++*at;
    for (left -= 2; left > 0; left--) {
        if (*at == length || (bytes[*at] & 0xc0) != 0x80) return false;
        ++*at;
    }
    return true;
}

bool json_utf8_valid(const uint8_t *bytes, size_t length)
{
    size_t at = 0;
    while (at < length) {
        if (bytes[at] < 0x80)
            at++;
        else if (!utf8_skip(bytes, length, &at))
            return false;
    }
    return true;
}

/* The value of a hex digit of either case; 16 for any other byte. */
static unsigned hex_value(uint8_t byte)
{
    if (byte >= '0' && byte <= '9') return byte - (unsigned)'0';
    if (byte >= 'a' && byte <= 'f') return byte - (unsigned)'a' + 10;
    if (byte >= 'A' && byte <= 'F') return byte - (unsigned)'A' + 10;
    return 16;
}

/* `\u00xx` in lower case is canonical for what is below U+0020 and has no shorter escape (§ 2). */
static bool unicode_escape_canonical(const uint8_t digits[4], unsigned unit)
{
    bool shorter = unit == '\b' || unit == '\t' || unit == '\n' || unit == '\f' || unit == '\r';
    bool upper = digits[3] >= 'A' && digits[3] <= 'F';
    return unit < 0x20 && !shorter && !upper;
}

/* From the backslash; a fault of form is noted only once the escape is complete. */
static bool check_escape(struct checker *checker)
{
    size_t start = checker->at++;
    if (checker->at == checker->length) {
        impossible_here(checker);
        return false;
    }
    uint8_t kind = checker->bytes[checker->at];
    if (kind != 'u') {
        if (kind == 0 || memchr("\"\\bfnrt/", kind, 8) == NULL) {
            impossible_here(checker);
            return false;
        }
        checker->at++;
        if (kind == '/') note_fault(checker, FRAME_JSON_NOT_CANONICAL, start);
        return true;
    }
    unsigned unit = 0;
    for (checker->at++; checker->at < start + 6; checker->at++) {
        unsigned digit =
            checker->at < checker->length ? hex_value(checker->bytes[checker->at]) : 16;
        if (digit == 16) {
            impossible_here(checker);
            return false;
        }
        unit = unit * 16 + digit;
    }
    if (!unicode_escape_canonical(checker->bytes + start + 2, unit))
        note_fault(checker, FRAME_JSON_NOT_CANONICAL, start);
    return true;
}

/* From the opening quote; false where the string does not close. Escapes at fault are noted and
   passed, because a key around them may be at fault at a lesser offset. */
static bool check_string(struct checker *checker)
{
    checker->at++;
    for (;;) {
        checker->at = skip_plain(checker->bytes, checker->length, checker->at);
        if (at_byte(checker, '"')) {
            checker->at++;
            return true;
        }
        if (at_byte(checker, '\\')) {
            if (!check_escape(checker)) return false;
        } else if (checker->at == checker->length || checker->bytes[checker->at] < 0x80 ||
                   !utf8_skip(checker->bytes, checker->length, &checker->at)) {
            impossible_here(checker);
            return false;
        }
    }
}

/* ---- Other scalars --------------------------------------------------------------------------- */

static void check_literal(struct checker *checker, const char *text)
{
    for (; *text != '\0'; text++) {
        if (!at_byte(checker, (uint8_t)*text)) {
            impossible_here(checker);
            return;
        }
        checker->at++;
    }
}

static bool check_digits(struct checker *checker)
{
    if (!at_digit(checker)) {
        impossible_here(checker);
        return false;
    }
    while (at_digit(checker))
        checker->at++;
    return true;
}

/* The number grammar of RFC 8259; *integer is false where it has a fraction or an exponent. */
static bool check_number_form(struct checker *checker, bool *integer)
{
    *integer = true;
    if (at_byte(checker, '-')) checker->at++;
    if (at_byte(checker, '0'))
        checker->at++;
    else if (!check_digits(checker))
        return false;
    if (at_byte(checker, '.')) {
        *integer = false;
        checker->at++;
        if (!check_digits(checker)) return false;
    }
    if (at_byte(checker, 'e') || at_byte(checker, 'E')) {
        *integer = false;
        checker->at++;
        if (at_byte(checker, '+') || at_byte(checker, '-')) checker->at++;
        if (!check_digits(checker)) return false;
    }
    return true;
}

static void check_number(struct checker *checker)
{
    size_t start = checker->at;
    bool canonical;
    if (!check_number_form(checker, &canonical)) return;
    const uint8_t *digits = checker->bytes + start;
    size_t count = checker->at - start;
    if (*digits == '-') {
        digits++;
        count--;
        canonical = canonical && *digits != '0'; /* -0 */
    }
    canonical = canonical && count <= 16; /* 2^53 - 1 has 16 digits */
    int64_t value = 0;
    for (size_t i = 0; canonical && i < count; i++)
        value = value * 10 + (digits[i] - '0');
    if (!canonical || value > FRAME_INTEGER_MAX)
        note_fault(checker, FRAME_JSON_NOT_CANONICAL, start);
}

/* ---- Containers ------------------------------------------------------------------------------ */

/* Repeated, misplaced or `__proto__` [E1, E2]? */
static bool key_at_fault(struct frame_span previous, struct frame_span key)
{
    static const uint8_t proto[] = "\"__proto__\"";
    const struct frame_span forbidden = {proto, sizeof proto - 1};
    if (FRAME_PLANTED(keys_unordered)) return false;
    if (previous.length > 0 && frame_json_key_compare(previous, key) >= 0) return true;
    /* The first byte keeps the comparison away from nearly all keys. */
    return (key.bytes[1] == '_' || key.bytes[1] == '\\') &&
           frame_json_key_compare(key, forbidden) == 0;
}

static void keep_key(struct checker *checker, struct frame_span key)
{
    struct json_members *members = checker->members;
    if (members->count < JSON_MEMBERS_MAX) {
        members->keys[members->count] = key;
        members->values[members->count].bytes = checker->bytes + checker->at;
    }
    members->count++;
}

/* Behind the value of the last key. */
static void keep_value(struct checker *checker)
{
    struct json_members *members = checker->members;
    if (members->count == 0 || members->count > JSON_MEMBERS_MAX) return;
    struct frame_span *value = &members->values[members->count - 1];
    value->length = (size_t)(checker->bytes + checker->at - value->bytes);
}

/* A key and its colon: the member's value is due behind them. */
static void check_key(struct checker *checker)
{
    if (!at_byte(checker, '"')) {
        impossible_between(checker);
        return;
    }
    struct level *level = &checker->levels[checker->open - 1];
    size_t start = checker->at;
    if (!check_string(checker)) return;
    struct frame_span key = {checker->bytes + start, checker->at - start};
    if (key_at_fault(level->key, key)) note_fault(checker, FRAME_JSON_NOT_CANONICAL, start);
    level->key = key;
    if (at_byte(checker, ':'))
        checker->at++;
    else
        impossible_between(checker);
    if (checker->members != NULL && checker->open == 1) keep_key(checker, key);
}

/* Opens a container; true where a value is due in it, false where it closed at once. */
static bool check_open(struct checker *checker)
{
    if (checker->open == checker->open_max) {
        note_fault(checker, FRAME_LIMIT, checker->at);
        return false;
    }
    bool object = checker->bytes[checker->at++] == '{';
    if (at_byte(checker, object ? '}' : ']')) {
        checker->at++;
        return false;
    }
    checker->levels[checker->open++] = (struct level){.object = object};
    if (object) check_key(checker);
    return true;
}

/* Behind a value in a container; true where the next value is due, false where the container ended. */
static bool check_next(struct checker *checker)
{
    bool object = checker->levels[checker->open - 1].object;
    if (checker->members != NULL && checker->open == 1) keep_value(checker);
    if (at_byte(checker, ',')) {
        checker->at++;
        if (object) check_key(checker);
        return true;
    }
    if (at_byte(checker, object ? '}' : ']')) {
        checker->at++;
        checker->open--;
    } else {
        impossible_between(checker);
    }
    return false;
}

/* Where a value is due; true where a value is due still, as the first one of a container. */
static bool check_start(struct checker *checker)
{
    switch (checker->at < checker->length ? checker->bytes[checker->at] : 0) {
    case '{':
    case '[': return check_open(checker);
    case '"': (void)check_string(checker); return false;
    case 't': check_literal(checker, "true"); return false;
    case 'f': check_literal(checker, "false"); return false;
    case 'n': check_literal(checker, "null"); return false;
    default: break;
    }
    if (at_byte(checker, '-') || at_digit(checker))
        check_number(checker);
    else
        impossible_between(checker);
    return false;
}

/* ---- Whole values ---------------------------------------------------------------------------- */

/* Behind the value or at its fault, with checker->status set. */
static void check_whole(struct checker *checker, const uint8_t *bytes, size_t length, size_t start,
                        unsigned depth)
{
    FRAME_ASSERT(start <= length && depth <= FRAME_DEPTH_MAX);
    checker->bytes = bytes;
    checker->length = length;
    checker->at = start;
    checker->status = FRAME_OK;
    checker->offset = 0;
    checker->open = 0;
    checker->open_max = FRAME_DEPTH_MAX - (FRAME_PLANTED(depth_unchecked) ? 0 : depth);

    bool due = true;
    do {
        due = due ? check_start(checker) : check_next(checker);
    } while (checker->status == FRAME_OK && (due || checker->open > 0));
}

enum frame_status json_check_value(size_t *end, size_t *offset, const uint8_t *bytes, size_t length,
                                   size_t start, unsigned depth, size_t value_max)
{
    struct checker checker;
    checker.members = NULL;
    check_whole(&checker, bytes, length, start, depth);
    bool ok = checker.status == FRAME_OK;
    if (value_max < length - start && !FRAME_PLANTED(receipt_size_unchecked)) {
        size_t beyond = start + value_max; /* the first byte that the value may not have */
        if (ok ? checker.at > beyond : checker.offset >= beyond) {
            *offset = beyond;
            return FRAME_LIMIT;
        }
    }
    *(ok ? end : offset) = ok ? checker.at : checker.offset;
    return checker.status;
}

enum frame_status json_check_object(struct json_members *members, size_t *end, size_t *offset,
                                    const uint8_t *bytes, size_t length, size_t start,
                                    unsigned depth)
{
    struct checker checker;
    FRAME_ASSERT(start < length && bytes[start] == '{');
    members->count = 0;
    checker.members = members;
    check_whole(&checker, bytes, length, start, depth);
    bool ok = checker.status == FRAME_OK;
    *(ok ? end : offset) = ok ? checker.at : checker.offset;
    return checker.status;
}

enum frame_status frame_json_check(size_t *offset, const uint8_t *bytes, size_t length)
{
    size_t end;
    enum frame_status status = json_check_value(&end, offset, bytes, length, 0, 0, SIZE_MAX);
    if (status != FRAME_OK || end == length) return status;
    *offset = end;
    return white_space(bytes[end]) ? FRAME_JSON_NOT_CANONICAL : FRAME_JSON_SYNTAX;
}
