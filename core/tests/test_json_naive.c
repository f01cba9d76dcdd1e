// SPDX-License-Identifier: Apache-2.0
/* The checker gives the verdict, name and offset that the naive reader gives, whatever it is given. */
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "json.h"
#include "json_make.h"
#include "json_naive.h"

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
    struct naive naive;
    naive_document(&naive, exact, length);

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
