// SPDX-License-Identifier: Apache-2.0
#include "sim/tape.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void plain_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static const struct frame_allocator allocator = {.allocate = plain_allocate,
                                                 .release = plain_release};

static struct tape_identity named(const char *kind, uint64_t nth)
{
    struct tape_identity identity;
    tape_identity(&identity, kind, "phone", NULL, nth);
    return identity;
}

static void test_identities(void)
{
    struct tape_identity identity;
    tape_identity(&identity, "sync", "phone", NULL, 0);
    CHECK(strcmp(identity.text, "sync:phone:0") == 0 && identity.length == 12);
    tape_identity(&identity, "work", "phone", "amount", UINT64_MAX);
    CHECK(strcmp(identity.text, "work:phone:amount:18446744073709551615") == 0);
    tape_identity_link(&identity, "lost", "phone", "laptop", "page", 31);
    CHECK(strcmp(identity.text, "lost:phone>laptop:page:31") == 0);
}

/* The same on every machine: these values stand in tapes. */
static void test_known_answers(void)
{
    struct tape *tape = tape_new(&allocator, 42);
    struct tape_identity identity = named("sync", 0);
    const uint64_t value = tape_choose(tape, &identity, UINT64_C(1) << 32);
    identity = named("sync", 1);
    const uint64_t other = tape_choose(tape, &identity, UINT64_C(1) << 32);
    CHECK(value == UINT64_C(0x6257d40b));
    CHECK(other == UINT64_C(0x3fd6c66d));
    tape_free(tape);
}

static void test_order_does_not_matter(void)
{
    struct tape *a = tape_new(&allocator, 7);
    struct tape *b = tape_new(&allocator, 7);
    for (uint64_t i = 0; i < 100; i++) {
        struct tape_identity identity = named("sync", i);
        struct tape_identity other = named("latency", i);
        (void)tape_choose(b, &other, 10); /* one question more */
        CHECK(tape_choose(a, &identity, 1000) == tape_choose(b, &identity, 1000));
    }
    tape_free(a);
    tape_free(b);
}

static void test_spread(void)
{
    struct tape *tape = tape_new(&allocator, 3);
    unsigned seen[7] = {0};
    unsigned happened = 0;
    for (uint64_t i = 0; i < 7000; i++) {
        struct tape_identity identity = named("draw", i);
        seen[tape_choose(tape, &identity, 7)]++;
        identity = named("chance", i);
        if (tape_chance(tape, &identity, 1, 10)) happened++;
        CHECK(!tape_chance(tape, &identity, 0, 10));
        CHECK(tape_chance(tape, &identity, 10, 10));
        CHECK(tape_choose(tape, &identity, 1) == 0);
    }
    for (unsigned i = 0; i < 7; i++)
        CHECK(seen[i] > 850 && seen[i] < 1150);
    CHECK(happened > 600 && happened < 800);
    tape_free(tape);
}

static void test_wide_bounds(void)
{
    struct tape *tape = tape_new(&allocator, 3);
    bool upper = false;
    for (uint64_t i = 0; i < 64; i++) {
        struct tape_identity identity = named("wide", i);
        const uint64_t value = tape_choose(tape, &identity, UINT64_MAX);
        if (value > UINT64_MAX / 2) upper = true;
        const uint64_t bound = (UINT64_C(1) << 40) + i;
        CHECK(tape_choose(tape, &identity, bound) < bound);
    }
    CHECK(upper);
    tape_free(tape);
}

static void test_overrides(void)
{
    struct tape *tape = tape_new(&allocator, 9);
    struct tape_identity identity = named("sync", 4);
    const uint64_t drawn = tape_choose(tape, &identity, 1000);
    CHECK(tape_override(tape, "sync:phone:4", 12, drawn + 1000 + 5));
    CHECK(tape_override_count(tape) == 1 && tape_override_unused(tape) == 1);
    CHECK(tape_choose(tape, &identity, 1000) == (drawn + 5) % 1000);
    CHECK(tape_override_unused(tape) == 0);
    struct tape_identity next = named("sync", 5);
    struct tape *plain = tape_new(&allocator, 9);
    CHECK(tape_choose(tape, &next, 1000) == tape_choose(plain, &next, 1000));

    CHECK(tape_override(tape, "sync:phone:4", 12, 3));
    CHECK(tape_override_count(tape) == 1 && tape_override_unused(tape) == 1);
    CHECK(tape_choose(tape, &identity, 1000) == 3);
    for (uint64_t i = 0; i < 200; i++) {
        struct tape_identity many = named("many", i);
        CHECK(tape_override(tape, many.text, many.length, i * 3));
    }
    for (uint64_t i = 0; i < 200; i++) {
        struct tape_identity many = named("many", i);
        CHECK(tape_choose(tape, &many, 1000) == i * 3);
    }
    CHECK(tape_override_count(tape) == 201 && tape_override_unused(tape) == 0);
    tape_clear_overrides(tape);
    CHECK(tape_override_count(tape) == 0);
    CHECK(tape_choose(tape, &identity, 1000) == drawn);

    CHECK(!tape_override(tape, "", 0, 1));
    CHECK(!tape_override(tape, "a b", 3, 1));
    CHECK(!tape_override(tape, "a=b", 3, 1));
    char longest[TAPE_IDENTITY_BYTES_MAX];
    memset(longest, 'x', sizeof longest);
    CHECK(!tape_override(tape, longest, sizeof longest, 1));
    tape_free(plain);
    tape_free(tape);
}

static void test_chances_can_be_forced(void)
{
    struct tape *tape = tape_new(&allocator, 9);
    struct tape_identity identity = named("lost", 0);
    CHECK(!tape_chance(tape, &identity, 0, 1000));
    CHECK(tape_override(tape, identity.text, identity.length, 1));
    CHECK(tape_chance(tape, &identity, 0, 1000));
    CHECK(tape_override(tape, identity.text, identity.length, 0));
    CHECK(!tape_chance(tape, &identity, 1000, 1000));
    tape_free(tape);
}

struct heard {
    unsigned count;
    char identity[TAPE_IDENTITY_BYTES_MAX];
    uint64_t bound;
    uint64_t value;
};

static void hear(void *context, const char *identity, uint64_t bound, uint64_t value)
{
    struct heard *heard = context;
    heard->count++;
    memcpy(heard->identity, identity, strlen(identity) + 1);
    heard->bound = bound;
    heard->value = value;
}

static void test_recorder(void)
{
    struct tape *tape = tape_new(&allocator, 9);
    struct heard heard = {0};
    const struct tape_recorder recorder = {&heard, hear};
    tape_record(tape, &recorder);
    struct tape_identity identity = named("sync", 8);
    const uint64_t value = tape_choose(tape, &identity, 77);
    CHECK(heard.count == 1 && heard.bound == 77 && heard.value == value);
    CHECK(strcmp(heard.identity, "sync:phone:8") == 0);
    CHECK(tape_chance(tape, &identity, 5, 5));
    CHECK(heard.count == 2 && heard.bound == 2 && heard.value == 1);
    tape_record(tape, NULL);
    (void)tape_choose(tape, &identity, 77);
    CHECK(heard.count == 2);
    tape_free(tape);
}

/* What is fixed stays; all else is as on a tape of the other seed, quiet before or not. */
static void test_reseeding(void)
{
    struct tape *tape = tape_new(&allocator, 9);
    struct tape *other = tape_new(&allocator, 10);
    struct tape_identity identity = named("sync", 1);
    struct tape_identity fixed = named("sync", 2);
    CHECK(tape_override(tape, fixed.text, fixed.length, 5));
    tape_quiet(tape, true);
    CHECK(tape_choose(tape, &identity, 1000) == 0);
    tape_reseed(tape, 10);
    CHECK(tape_seed(tape) == 10);
    CHECK(tape_choose(tape, &identity, 1000) == tape_choose(other, &identity, 1000));
    CHECK(tape_choose(tape, &identity, 1000) != 0);
    CHECK(tape_choose(tape, &fixed, 1000) == 5);
    tape_free(tape);
    tape_free(other);
}

int main(void)
{
    test_identities();
    test_known_answers();
    test_order_does_not_matter();
    test_spread();
    test_wide_bounds();
    test_overrides();
    test_chances_can_be_forced();
    test_recorder();
    test_reseeding();
    return check_done();
}
