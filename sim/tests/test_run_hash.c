// SPDX-License-Identifier: Apache-2.0
#include "sim/run_hash.h"

#include <string.h>

#include "core/frame.h"
#include "core/tests/check.h"

static struct run_record record_of(uint64_t integer, const char *bytes)
{
    struct run_record record;
    run_record_begin(&record);
    run_record_integer(&record, integer);
    run_record_bytes(&record, bytes, strlen(bytes));
    return record;
}

static struct run_hash hash_of(const struct run_record *first, const struct run_record *second)
{
    struct run_hash hash = {{0}};
    run_hash_add(&hash, first);
    if (second != NULL) run_hash_add(&hash, second);
    return hash;
}

static bool same(const struct run_hash *a, const struct run_hash *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* Every record counts, and so does their order. */
static void test_chain(void)
{
    const struct run_record a = record_of(1, "one");
    const struct run_record b = record_of(2, "two");
    const struct run_record c = record_of(1, "two");
    const struct run_hash ab = hash_of(&a, &b);
    const struct run_hash ba = hash_of(&b, &a);
    const struct run_hash cb = hash_of(&c, &b);
    const struct run_hash again = hash_of(&a, &b);
    const struct run_hash only_b = hash_of(&b, NULL);
    CHECK(same(&ab, &again));
    CHECK(!same(&ab, &ba) && !same(&ab, &cb) && !same(&ab, &only_b));
}

/* The same on every machine. */
static void test_known_answer(void)
{
    const struct run_record a = record_of(UINT64_C(0x0102030405060708), "frame");
    const struct run_hash hash = hash_of(&a, &a);
    char hex[33] = {0};
    CHECK(a.length == 8 + 8 + 16 && a.bytes[0] == 1 && a.bytes[7] == 8 && a.bytes[15] == 5);
    frame_hex_encode(hex, hash.bytes, sizeof hash.bytes);
    if (!CHECK(strcmp(hex, "0eec567cec28e3496a32256ba15e2532") == 0)) printf("%s\n", hex);
}

int main(void)
{
    test_chain();
    test_known_answer();
    return check_done();
}
