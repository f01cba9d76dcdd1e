// SPDX-License-Identifier: Apache-2.0
/*
 * A second reading of § 2, as obvious and slow as can be: recursive descent over the grammar of
 * RFC 8259 that goes on behind every fault of form, collects all faults, and takes the least offset.
 * The checker must give the same verdict, name and offset, whatever it is given.
 */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "json.h"
#include "json_make.h"

/* ---- The second reader ----------------------------------------------------------------------- */

struct naive {
    const uint8_t *bytes;
    size_t length;
    size_t at;
    unsigned depth;
    bool broken; /* a syntax fault ends the reading */
    enum frame_status status;
    size_t offset;
};

static void naive_fault(struct naive *naive, enum frame_status status, size_t offset)
{
    bool first = naive->status == FRAME_OK || offset < naive->offset;
    bool tie = naive->status != FRAME_OK && offset == naive->offset && status == FRAME_LIMIT;
    if (first || tie) {
        naive->status = status;
        naive->offset = offset;
    }
    if (status == FRAME_JSON_SYNTAX) naive->broken = true;
}

static void naive_break(struct naive *naive)
{
    naive_fault(naive, FRAME_JSON_SYNTAX, naive->at);
}

/* The byte at hand; -1 at the end of the text. */
static int naive_peek(const struct naive *naive)
{
    return naive->at < naive->length ? naive->bytes[naive->at] : -1;
}

static bool naive_one_of(const struct naive *naive, const char *set)
{
    int byte = naive_peek(naive);
    return byte > 0 && strchr(set, byte) != NULL;
}

static void naive_space(struct naive *naive)
{
    while (naive_one_of(naive, " \t\n\r")) {
        naive_fault(naive, FRAME_JSON_NOT_CANONICAL, naive->at);
        naive->at++;
    }
}

/* Which runs of up to three bytes begin the UTF-8 of some code point, found by encoding them all. */
static uint8_t utf8_begins[3][1 << 24];

static void naive_tabulate_utf8(void)
{
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
static uint32_t naive_utf8(struct naive *naive)
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
    uint16_t units[4096];
    size_t count;
};

static void naive_escape(struct naive *naive, struct naive_string *string)
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

static void naive_string(struct naive *naive, struct naive_string *string)
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

static void naive_digits(struct naive *naive)
{
    if (!naive_one_of(naive, "0123456789")) naive_break(naive);
    while (naive_one_of(naive, "0123456789"))
        naive->at++;
}

static void naive_number(struct naive *naive)
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

static bool naive_ascii_is(const struct naive_string *string, const char *text)
{
    if (string->count != strlen(text)) return false;
    for (size_t i = 0; i < string->count; i++)
        if (string->units[i] != (uint16_t)text[i]) return false;
    return true;
}

static bool naive_index(const struct naive_string *string, unsigned long long *index)
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

static int naive_key_compare(const struct naive_string *a, const struct naive_string *b)
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

static void naive_value(struct naive *naive);

static void naive_array(struct naive *naive) // NOLINT(misc-no-recursion)
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

static void naive_member(struct naive *naive, struct naive_string *previous, bool first)
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

static void naive_object(struct naive *naive) // NOLINT(misc-no-recursion)
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

static void naive_literal(struct naive *naive, const char *text)
{
    for (; *text != '\0' && !naive->broken; text++) {
        if (naive_peek(naive) != *text)
            naive_break(naive);
        else
            naive->at++;
    }
}

static void naive_value(struct naive *naive) // NOLINT(misc-no-recursion)
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

/* ---- The comparison -------------------------------------------------------------------------- */

/* Printable, for messages. */
static const char *shown(const uint8_t *bytes, size_t length)
{
    static char text[2000];
    size_t used = 0;
    for (size_t i = 0; i < length && used < sizeof text - 8; i++) {
        bool plain = bytes[i] >= 0x20 && bytes[i] < 0x7f;
        used += (size_t)snprintf(text + used, 8, plain ? "%c" : "<%02x>", bytes[i]);
    }
    text[used] = '\0';
    return text;
}

static void compare_document(const uint8_t *bytes, size_t length)
{
    uint8_t *exact = malloc(length > 0 ? length : 1); /* so that a read past its end is seen */
    if (exact == NULL) exit(1);
    memcpy(exact, bytes, length);
    struct naive naive = {.bytes = exact, .length = length};
    naive_value(&naive);
    naive_space(&naive);
    if (!naive.broken && naive.at < length) naive_break(&naive);

    size_t offset = SIZE_MAX;
    enum frame_status status = frame_json_check(&offset, exact, length);
    CHECK_IN(shown(bytes, length), status == naive.status);
    CHECK_IN(shown(bytes, length),
             status == FRAME_OK ? offset == SIZE_MAX : offset == naive.offset);
    free(exact);
}

/* One value inside other bytes, at some depth, and with a limit of length. */
static void compare_value(const uint8_t *bytes, size_t length, uint64_t *seed)
{
    size_t start = random_below(seed, length + 1);
    unsigned depth = random_below(seed, 2) ? (unsigned)random_below(seed, 33) : 0;
    size_t value_max = random_below(seed, 3) ? random_below(seed, length - start + 2) : SIZE_MAX;
    struct naive naive = {.bytes = bytes, .length = length, .at = start, .depth = depth};
    naive_value(&naive);
    if (value_max != SIZE_MAX && start + value_max < length &&
        (naive.broken ? naive.at >= start + value_max : naive.at > start + value_max))
        naive_fault(&naive, FRAME_LIMIT, start + value_max);

    size_t end = SIZE_MAX;
    size_t offset = SIZE_MAX;
    enum frame_status status =
        json_check_value(&end, &offset, bytes, length, start, depth, value_max);
    CHECK_IN(shown(bytes, length), status == naive.status);
    CHECK_IN(shown(bytes, length), offset == (status == FRAME_OK ? SIZE_MAX : naive.offset));
    CHECK_IN(shown(bytes, length), end == (status == FRAME_OK ? naive.at : SIZE_MAX));
}

static struct make make;

static void test_random(uint64_t seeds)
{
    size_t accepted = 0;
    for (uint64_t seed = 0; seed < seeds; seed++) {
        make_document(&make, seed);
        if (make.length > 400 && seed % 16 != 0) continue; /* short ones say more */
        size_t offset;
        accepted += frame_json_check(&offset, make.text, make.length) == FRAME_OK;
        compare_document(make.text, make.length);
        for (int step = 0; step < 3; step++) {
            make_mutation(&make);
            compare_document(make.text, make.length);
        }
        compare_value(make.text, make.length, &make.seed);
    }
    CHECK(accepted > seeds / 2); /* the generator does write canonical documents */
}

static void test_all_small_changes(void)
{
    static const char *const documents[] = {
        "{\"a\":1,\"b\":[true,false,null],\"c\":\"x\\n\"}",
        "[0,-1,9007199254740991,-9007199254740991]",
        "\"\\u0000\\u001f\\b\\f\\n\\r\\t\\\"\\\\\"",
        "[\"\xc3\xa9\",\"\xe2\x82\xac\",\"\xed\x9f\xbf\"]",
        "[\"\xf0\x90\x80\x80\",\"\xf4\x8f\xbf\xbf\"]",
        "{\"0\":{},\"9\":{},\"10\":[],\"4294967294\":0,\"\":1,\"4294967295\":2}",
        "{\"__proto_\":1,\"a\\u0001\":2,\"ab\":3}",
        "{\"\xf0\x90\x80\x80\":1,\"\xee\x80\x80\":2}",
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
        "{\"__pr\\u006fto__\":1}",
        "{\"b\":1,\"\\u0061\":2,\"c\":\"\\ud83d\\ude00\"}",
        "[1.5e-3, -0,1E5]",
        "-12"};
    for (size_t i = 0; i < sizeof documents / sizeof *documents; i++) {
        uint8_t text[128];
        size_t length = strlen(documents[i]);
        for (size_t at = 0; at < length; at++) {
            memcpy(text, documents[i], length);
            compare_document(text, at);
            for (int byte = 0; byte < 256; byte++) {
                text[at] = (uint8_t)byte;
                compare_document(text, length);
            }
        }
    }
}

int main(void)
{
    naive_tabulate_utf8();
    test_all_small_changes();
    test_random(100000);
    return check_done();
}
