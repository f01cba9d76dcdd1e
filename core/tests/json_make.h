// SPDX-License-Identifier: Apache-2.0
/* Random canonical documents from a seed, rich in what § 2 has rules for. For tests. */
#ifndef FRAME_TESTS_JSON_MAKE_H
#define FRAME_TESTS_JSON_MAKE_H

#include <string.h>

#include "check.h"
#include "json.h"

enum { MAKE_BYTES_MAX = 1 << 16, MAKE_STRING_CHARS_MAX = 12, MAKE_MEMBERS_MAX = 6 };

struct make {
    uint64_t seed;
    size_t length;
    uint8_t text[MAKE_BYTES_MAX];
};

static inline void make_text(struct make *make, const void *bytes, size_t length)
{
    memcpy(make->text + make->length, bytes, length);
    make->length += length;
}

/* UTF-8 of a code point; returns its length. */
static inline size_t make_utf8(uint8_t out[4], uint32_t code_point)
{
    if (code_point < 0x80) {
        out[0] = (uint8_t)code_point;
        return 1;
    }
    size_t length = code_point < 0x800 ? 2 : code_point < 0x10000 ? 3 : 4;
    static const uint8_t first[] = {0, 0, 0xc0, 0xe0, 0xf0};
    for (size_t i = length - 1; i > 0; i--) {
        out[i] = (uint8_t)(0x80 | (code_point & 0x3f));
        code_point >>= 6;
    }
    out[0] = (uint8_t)(first[length] | code_point);
    return length;
}

/* Mostly letters; often what is at the edge of a rule. */
static inline uint32_t make_code_point(uint64_t *seed)
{
    static const uint32_t edges[] = {'"',     '\\',    '/',     '\b',    '\t',    '\n',   '\f',
                                     '\r',    0,       1,       0x0b,    0x1f,    ' ',    0x7e,
                                     0x7f,    0x80,    0x7ff,   0x800,   0xfff,   0x1000, 0x2028,
                                     0x2029,  0xd7ff,  0xe000,  0xfeff,  0xfffd,  0xffff, 0x10000,
                                     0x3ffff, 0x40000, 0x1f600, 0xfffff, 0x10ffff};
    switch (random_below(seed, 8)) {
    case 0:
    case 1: return edges[random_below(seed, sizeof edges / sizeof *edges)];
    case 2: return (uint32_t)('0' + random_below(seed, 10));
    case 3: {
        uint32_t any = (uint32_t)random_below(seed, 0x110000);
        return any >= 0xd800 && any < 0xe000 ? any - 0x800 : any;
    }
    default: return (uint32_t)('a' + random_below(seed, 4));
    }
}

/* Decoded bytes of a random string; returns their number. */
static inline size_t make_decoded(uint8_t out[MAKE_STRING_CHARS_MAX * 4], uint64_t *seed)
{
    size_t chars =
        random_below(seed, 2) ? random_below(seed, MAKE_STRING_CHARS_MAX) : random_below(seed, 3);
    size_t length = 0;
    for (size_t i = 0; i < chars; i++)
        length += make_utf8(out + length, make_code_point(seed));
    return length;
}

/* Keys also come from a list: array indices, what only looks like them, and the like. */
static inline size_t make_key(uint8_t out[MAKE_STRING_CHARS_MAX * 6 + 2], uint64_t *seed)
{
    static const char *const keys[] = {"0",
                                       "1",
                                       "2",
                                       "10",
                                       "9",
                                       "00",
                                       "01",
                                       "-1",
                                       "1.0",
                                       "4294967294",
                                       "4294967295",
                                       "4294967300",
                                       "42949672940",
                                       "99999999999",
                                       "",
                                       "a",
                                       "aa",
                                       "B",
                                       "__proto",
                                       "__proto___",
                                       "_",
                                       " 1",
                                       "1 ",
                                       "1e3",
                                       "a\xc3\xa9",
                                       "\xee\x80\x80",
                                       "\xf0\x90\x80\x80"};
    uint8_t decoded[MAKE_STRING_CHARS_MAX * 4];
    if (random_below(seed, 3) == 0)
        return json_string_encode(out, decoded, make_decoded(decoded, seed));
    const char *key = keys[random_below(seed, sizeof keys / sizeof *keys)];
    return json_string_encode(out, (const uint8_t *)key, strlen(key));
}

static inline int64_t make_integer(uint64_t *seed)
{
    static const int64_t edges[] = {0,
                                    1,
                                    -1,
                                    9,
                                    10,
                                    FRAME_INTEGER_MAX,
                                    -FRAME_INTEGER_MAX,
                                    FRAME_INTEGER_MAX - 1,
                                    INT64_C(1000000000000000)};
    if (random_below(seed, 2)) return edges[random_below(seed, sizeof edges / sizeof *edges)];
    int64_t integer = (int64_t)(random_next(seed) >> (11 + random_below(seed, 53)));
    return random_below(seed, 2) ? integer : -integer;
}

static inline void make_scalar(struct make *make)
{
    uint8_t decoded[MAKE_STRING_CHARS_MAX * 4];
    switch (random_below(&make->seed, 8)) {
    case 0: make_text(make, "null", 4); return;
    case 1: make_text(make, "true", 4); return;
    case 2: make_text(make, "false", 5); return;
    case 3:
    case 4: {
        size_t length = make_decoded(decoded, &make->seed);
        make->length += json_string_encode(make->text + make->length, decoded, length);
        return;
    }
    default:
        make->length += json_integer_write(make->text + make->length, make_integer(&make->seed));
        return;
    }
}

/* Keys in order, each once; returns how many. */
static inline size_t make_keys(uint8_t keys[][MAKE_STRING_CHARS_MAX * 6 + 2], size_t lengths[],
                               size_t wanted, uint64_t *seed)
{
    size_t count = 0;
    while (wanted-- > 0) {
        uint8_t key[MAKE_STRING_CHARS_MAX * 6 + 2];
        struct frame_span span = {key, make_key(key, seed)};
        size_t place = 0;
        int order = -1;
        while (place < count) {
            order = frame_json_key_compare((struct frame_span){keys[place], lengths[place]}, span);
            if (order >= 0) break;
            place++;
        }
        if (place < count && order == 0) continue;
        memmove(keys[place + 1], keys[place], (count - place) * sizeof *keys);
        memmove(lengths + place + 1, lengths + place, (count - place) * sizeof *lengths);
        memcpy(keys[place], key, span.length);
        lengths[place] = span.length;
        count++;
    }
    return count;
}

/* Appends a value of at most `depth` containers. */
static inline void make_value(struct make *make, unsigned depth) // NOLINT(misc-no-recursion)
{
    bool long_enough = make->length > 2000;
    if (depth == 0 || long_enough || random_below(&make->seed, 3) == 0) {
        make_scalar(make);
        return;
    }
    size_t count = random_below(&make->seed, MAKE_MEMBERS_MAX);
    if (random_below(&make->seed, 2)) {
        make_text(make, "[", 1);
        for (size_t i = 0; i < count; i++) {
            if (i > 0) make_text(make, ",", 1);
            make_value(make, depth - 1);
        }
        make_text(make, "]", 1);
        return;
    }
    uint8_t keys[MAKE_MEMBERS_MAX + 1][MAKE_STRING_CHARS_MAX * 6 + 2];
    size_t lengths[MAKE_MEMBERS_MAX + 1];
    count = make_keys(keys, lengths, count, &make->seed);
    make_text(make, "{", 1);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) make_text(make, ",", 1);
        make_text(make, keys[i], lengths[i]);
        make_text(make, ":", 1);
        make_value(make, depth - 1);
    }
    make_text(make, "}", 1);
}

/* A document of its own seed. */
static inline void make_document(struct make *make, uint64_t seed)
{
    make->seed = seed;
    make->length = 0;
    make_value(make, 1 + (unsigned)random_below(&make->seed, 6));
}

/* ---- Mutations ------------------------------------------------------------------------------- */

static inline void make_splice(struct make *make, size_t at, size_t removed, const void *bytes,
                               size_t length)
{
    if (make->length + length > MAKE_BYTES_MAX) return;
    memmove(make->text + at + length, make->text + at + removed, make->length - at - removed);
    memcpy(make->text + at, bytes, length);
    make->length += length - removed;
}

static inline void make_insertion(struct make *make)
{
    static const char *const pieces[] = {" ",
                                         "\t",
                                         "\n",
                                         "\r",
                                         "\f",
                                         ",",
                                         ":",
                                         "[",
                                         "]",
                                         "{",
                                         "}",
                                         "\"",
                                         "\\",
                                         "-",
                                         "0",
                                         "1",
                                         "e5",
                                         ".5",
                                         "E+1",
                                         "\\u0061",
                                         "\\u005f",
                                         "\\u0031",
                                         "\\u001F",
                                         "\\u000a",
                                         "\\u0000",
                                         "\\/",
                                         "\\ud83d",
                                         "\\ude00",
                                         "\\uD83D\\uDE00",
                                         "\\u12",
                                         "\\x",
                                         "\xc3",
                                         "\xa9",
                                         "\xe0\x80",
                                         "\xed\xa0\x80",
                                         "\xf4\x90",
                                         "\xff",
                                         "null",
                                         "nul",
                                         "true",
                                         "false",
                                         "1.0",
                                         "-0",
                                         "01",
                                         "9007199254740992",
                                         "\"__proto__\":1,",
                                         "\"a\":1,",
                                         "\"1\":1,",
                                         "\"\\u0061\":1,",
                                         "\"__pr\\u006fto__\":0,",
                                         "[[[[[[[[[[[[[[[[",
                                         "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[",
                                         "{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":{\"a\":",
                                         "\x7f",
                                         "\x1f",
                                         "/**/",
                                         "\xef\xbb\xbf"};
    const char *piece = pieces[random_below(&make->seed, sizeof pieces / sizeof *pieces)];
    make_splice(make, random_below(&make->seed, make->length + 1), 0, piece, strlen(piece));
}

/* One small change of any kind: bytes gone, changed, repeated, or a piece that some rule is about. */
static inline void make_mutation(struct make *make)
{
    uint8_t copy[64];
    size_t at = random_below(&make->seed, make->length + 1);
    size_t run = random_below(&make->seed, 8);
    if (run > make->length - at) run = make->length - at;
    uint8_t byte = (uint8_t)random_next(&make->seed);
    switch (random_below(&make->seed, 7)) {
    case 0: make_splice(make, at, run, "", 0); break;
    case 1: make_splice(make, at, run > 0, &byte, 1); break;
    case 2: make->length = at; break;
    case 3: /* a run of bytes once more, somewhere else */
        run = random_below(&make->seed, sizeof copy);
        if (run > make->length - at) run = make->length - at;
        memcpy(copy, make->text + at, run);
        make_splice(make, random_below(&make->seed, make->length + 1), 0, copy, run);
        break;
    default: make_insertion(make); break;
    }
}

#endif
