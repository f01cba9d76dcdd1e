// SPDX-License-Identifier: Apache-2.0
/*
 * A second reading of § 2, as obvious and slow as can be: recursive descent over the grammar of
 * RFC 8259 that goes on behind every fault of form, collects all faults, and takes the least offset.
 * For documents of up to NAIVE_BYTES_MAX.
 */
#ifndef FRAME_TESTS_JSON_NAIVE_H
#define FRAME_TESTS_JSON_NAIVE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "frame.h"
#include "json_make.h"

enum { NAIVE_BYTES_MAX = 4096 };

struct naive {
    const uint8_t *bytes;
    size_t length;
    size_t at;
    unsigned depth;
    bool broken; /* a syntax fault ends the reading */
    enum frame_status status;
    size_t offset;
};

static inline void naive_fault(struct naive *naive, enum frame_status status, size_t offset)
{
    bool first = naive->status == FRAME_OK || offset < naive->offset;
    bool tie = naive->status != FRAME_OK && offset == naive->offset && status == FRAME_LIMIT;
    if (first || tie) {
        naive->status = status;
        naive->offset = offset;
    }
    if (status == FRAME_JSON_SYNTAX) naive->broken = true;
}

static inline void naive_break(struct naive *naive)
{
    naive_fault(naive, FRAME_JSON_SYNTAX, naive->at);
}

/* The byte at hand; -1 at the end of the text. */
static inline int naive_peek(const struct naive *naive)
{
    return naive->at < naive->length ? naive->bytes[naive->at] : -1;
}

static inline bool naive_one_of(const struct naive *naive, const char *set)
{
    int byte = naive_peek(naive);
    return byte > 0 && strchr(set, byte) != NULL;
}

static inline void naive_space(struct naive *naive)
{
    while (naive_one_of(naive, " \t\n\r")) {
        naive_fault(naive, FRAME_JSON_NOT_CANONICAL, naive->at);
        naive->at++;
    }
}

/* Which runs of up to three bytes begin the UTF-8 of some code point, found by encoding them all. */
static uint8_t utf8_begins[3][1 << 24];

static inline void naive_tabulate_utf8(void)
{
    static bool done;
    if (done) return;
    done = true;
    for (uint32_t code_point = 0x80; code_point < 0x110000; code_point++) {
        if (code_point >= 0xd800 && code_point < 0xe000) continue;
        uint8_t bytes[4];
        size_t length = make_utf8(bytes, code_point);
        uint32_t run = 0;
        for (size_t i = 0; i < length && i < 3; i++) {
            run = run << 8 | bytes[i];
            utf8_begins[i][run] = (uint8_t)length;
        }
    }
}

/* One code point, or 0 and a fault. */
static inline uint32_t naive_utf8(struct naive *naive)
{
    if (naive->bytes[naive->at] < 0x80) return naive->bytes[naive->at++];
    uint32_t run = 0;
    uint32_t code_point = 0;
    size_t length = 1;
    for (size_t i = 0; i < length; i++) {
        int byte = naive_peek(naive);
        if (byte >= 0 && i < 3) {
            run = run << 8 | (uint32_t)byte;
            length = utf8_begins[i][run];
        }
        if (byte < 0 || length == 0 || (i == 3 && (byte < 0x80 || byte > 0xbf))) {
            naive_break(naive);
            return 0;
        }
        static const uint8_t mask[] = {0, 0, 0x1f, 0x0f, 0x07};
        code_point = i == 0 ? (uint32_t)byte & mask[length] : code_point * 64 + (uint32_t)byte % 64;
        naive->at++;
    }
    return code_point;
}

/* Decoded as UTF-16. */
struct naive_string {
    uint16_t units[NAIVE_BYTES_MAX];
    size_t count;
};

static inline void naive_escape(struct naive *naive, struct naive_string *string)
{
    static const char plain[] = "\"\\/bfnrt";
    static const char meant[] = "\"\\/\b\f\n\r\t";
    size_t start = naive->at++;
    int kind = naive_peek(naive);
    unsigned unit = 0;
    if (kind > 0 && strchr(plain, kind) != NULL) {
        naive->at++;
        unit = (unsigned)meant[strchr(plain, kind) - plain];
    } else if (kind == 'u') {
        naive->at++;
        for (int i = 0; i < 4; i++, naive->at++) {
            if (!naive_one_of(naive, "0123456789abcdefABCDEF")) {
                naive_break(naive);
                return;
            }
        }
        char digits[5] = {0};
        memcpy(digits, naive->bytes + start + 2, 4);
        unit = (unsigned)strtoul(digits, NULL, 16);
    } else {
        naive_break(naive);
        return;
    }
    string->units[string->count++] = (uint16_t)unit;

    /* Canonical is what one would have written for this unit. */
    char text[16];
    const char *nice = unit > 0 ? strchr(meant, (int)unit) : NULL;
    snprintf(text, sizeof text, "\\u%04x", unit);
    if (unit < 0x80 && nice != NULL) snprintf(text, sizeof text, "\\%c", plain[nice - meant]);
    bool needed = unit < 0x20 || unit == '"' || unit == '\\';
    if (!needed || strlen(text) != naive->at - start ||
        memcmp(text, naive->bytes + start, naive->at - start) != 0)
        naive_fault(naive, FRAME_JSON_NOT_CANONICAL, start);
}

static inline void naive_string(struct naive *naive, struct naive_string *string)
{
    string->count = 0;
    naive->at++;
    while (!naive->broken && naive_peek(naive) != '"') {
        if (naive_peek(naive) == '\\') {
            naive_escape(naive, string);
        } else if (naive_peek(naive) < 0x20) {
            naive_break(naive);
        } else {
            uint32_t code_point = naive_utf8(naive);
            if (code_point >= 0x10000)
                string->units[string->count++] = (uint16_t)(0xd7c0 + (code_point >> 10));
            string->units[string->count++] =
                (uint16_t)(code_point >= 0x10000 ? 0xdc00 + code_point % 0x400 : code_point);
        }
    }
    if (!naive->broken) naive->at++;
}

static inline void naive_digits(struct naive *naive)
{
    if (!naive_one_of(naive, "0123456789")) naive_break(naive);
    while (naive_one_of(naive, "0123456789"))
        naive->at++;
}

static inline void naive_number(struct naive *naive)
{
    size_t start = naive->at;
    if (naive_peek(naive) == '-') naive->at++;
    if (naive_peek(naive) == '0')
        naive->at++;
    else
        naive_digits(naive);
    if (!naive->broken && naive_peek(naive) == '.') {
        naive->at++;
        naive_digits(naive);
    }
    if (!naive->broken && naive_one_of(naive, "eE")) {
        naive->at++;
        if (naive_one_of(naive, "+-")) naive->at++;
        naive_digits(naive);
    }
    if (naive->broken) return;

    /* Canonical is what one would have written for the integer that it is. */
    char text[32] = {0};
    char again[32] = {0};
    if (naive->at - start < 20) memcpy(text, naive->bytes + start, naive->at - start);
    long long value = strtoll(text, NULL, 10);
    snprintf(again, sizeof again, "%lld", value);
    if (text[0] == '\0' || strcmp(text, again) != 0 || value > 9007199254740991 ||
        value < -9007199254740991)
        naive_fault(naive, FRAME_JSON_NOT_CANONICAL, start);
}

/* ---- Keys in the second reader --------------------------------------------------------------- */

static inline bool naive_ascii_is(const struct naive_string *string, const char *text)
{
    if (string->count != strlen(text)) return false;
    for (size_t i = 0; i < string->count; i++)
        if (string->units[i] != (uint16_t)text[i]) return false;
    return true;
}

static inline bool naive_index(const struct naive_string *string, unsigned long long *index)
{
    char digits[16] = {0};
    char again[32];
    for (size_t i = 0; i < string->count && i < sizeof digits - 1; i++)
        digits[i] =
            string->units[i] >= '0' && string->units[i] <= '9' ? (char)string->units[i] : 'x';
    *index = strtoull(digits, NULL, 10);
    snprintf(again, sizeof again, "%llu", *index);
    return naive_ascii_is(string, again) && *index <= 4294967294;
}

static inline int naive_key_compare(const struct naive_string *a, const struct naive_string *b)
{
    unsigned long long index_a;
    unsigned long long index_b;
    bool is_index_a = naive_index(a, &index_a);
    bool is_index_b = naive_index(b, &index_b);
    if (is_index_a && is_index_b) return index_a < index_b ? -1 : index_a > index_b;
    if (is_index_a || is_index_b) return is_index_a ? -1 : 1;
    for (size_t i = 0; i < a->count && i < b->count; i++)
        if (a->units[i] != b->units[i]) return a->units[i] < b->units[i] ? -1 : 1;
    return a->count < b->count ? -1 : a->count > b->count;
}

/* ---- Values in the second reader ------------------------------------------------------------- */

static inline void naive_value(struct naive *naive);

static inline void naive_array(struct naive *naive) // NOLINT(misc-no-recursion)
{
    naive_space(naive);
    if (naive_peek(naive) == ']') {
        naive->at++;
        return;
    }
    while (!naive->broken) {
        naive_value(naive);
        naive_space(naive);
        if (naive->broken) return;
        if (naive_peek(naive) != ',' && naive_peek(naive) != ']') naive_break(naive);
        if (!naive->broken && naive->bytes[naive->at++] == ']') return;
    }
}

static inline void naive_member(struct naive *naive, struct naive_string *previous, bool first)
{
    naive_space(naive);
    size_t start = naive->at;
    if (naive_peek(naive) != '"') {
        naive_break(naive);
        return;
    }
    static struct naive_string key;
    naive_string(naive, &key);
    if (naive->broken) return;
    if (naive_ascii_is(&key, "__proto__") || (!first && naive_key_compare(previous, &key) >= 0))
        naive_fault(naive, FRAME_JSON_NOT_CANONICAL, start);
    *previous = key;
    naive_space(naive);
    if (naive_peek(naive) == ':')
        naive->at++;
    else
        naive_break(naive);
}

static inline void naive_object(struct naive *naive) // NOLINT(misc-no-recursion)
{
    naive_space(naive);
    if (naive_peek(naive) == '}') {
        naive->at++;
        return;
    }
    struct naive_string *previous = malloc(sizeof *previous);
    if (previous == NULL) exit(1);
    for (bool first = true; !naive->broken; first = false) {
        naive_member(naive, previous, first);
        if (!naive->broken) naive_value(naive);
        naive_space(naive);
        if (naive->broken) break;
        if (naive_peek(naive) != ',' && naive_peek(naive) != '}') naive_break(naive);
        if (!naive->broken && naive->bytes[naive->at++] == '}') break;
    }
    free(previous);
}

static inline void naive_literal(struct naive *naive, const char *text)
{
    for (; *text != '\0' && !naive->broken; text++) {
        if (naive_peek(naive) != *text)
            naive_break(naive);
        else
            naive->at++;
    }
}

static inline void naive_value(struct naive *naive) // NOLINT(misc-no-recursion)
{
    static struct naive_string unused;
    naive_space(naive);
    int byte = naive_peek(naive);
    if (byte == '[' || byte == '{') {
        if (naive->depth == 32) naive_fault(naive, FRAME_LIMIT, naive->at);
        naive->depth++;
        naive->at++;
        if (byte == '[')
            naive_array(naive);
        else
            naive_object(naive);
        naive->depth--;
    } else if (byte == '"') {
        naive_string(naive, &unused);
    } else if (naive_one_of(naive, "-0123456789")) {
        naive_number(naive);
    } else if (naive_one_of(naive, "tfn")) {
        naive_literal(naive, byte == 't' ? "true" : byte == 'f' ? "false" : "null");
    } else {
        naive_break(naive);
    }
}

/* Reads a whole document: naive->status and, at a fault, naive->offset. */
static inline void naive_document(struct naive *naive, const uint8_t *bytes, size_t length)
{
    naive_tabulate_utf8();
    *naive = (struct naive){.bytes = bytes, .length = length};
    naive_value(naive);
    naive_space(naive);
    if (!naive->broken && naive->at < length) naive_break(naive);
}

#endif
