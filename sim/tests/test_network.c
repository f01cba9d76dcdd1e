// SPDX-License-Identifier: Apache-2.0
#include "sim/network.h"

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
enum { DRAWS = 20000 };

static int compare(const void *a, const void *b)
{
    uint64_t left;
    uint64_t right;
    memcpy(&left, a, sizeof left);
    memcpy(&right, b, sizeof right);
    return left < right ? -1 : left > right;
}

/* Sorted draws. */
static uint64_t *draws_of(const struct latency *latency)
{
    struct tape *tape = tape_new(&allocator, 5);
    uint64_t *draws = calloc(DRAWS, sizeof *draws);
    for (uint64_t i = 0; i < DRAWS; i++) {
        struct tape_identity identity;
        tape_identity_link(&identity, "latency", "a", "b", "page", i);
        draws[i] = latency_draw(latency, tape, &identity);
    }
    qsort(draws, DRAWS, sizeof *draws, compare);
    tape_free(tape);
    return draws;
}

static bool near(uint64_t value, uint64_t wanted)
{
    return value > wanted - wanted / 20 && value < wanted + wanted / 20;
}

static void test_uniform(void)
{
    const struct latency constant = {.kind = LATENCY_CONSTANT, .base_us = 777, .spread_us = 5};
    uint64_t *draws = draws_of(&constant);
    CHECK(draws[0] == 777 && draws[DRAWS - 1] == 777);
    free(draws);
    const struct latency uniform = {.kind = LATENCY_UNIFORM, .base_us = 100, .spread_us = 9};
    draws = draws_of(&uniform);
    CHECK(draws[0] == 100 && draws[DRAWS - 1] == 109);
    free(draws);
}

/* Median ln 2, mean 1, of the mean; a tenth lies above 2.303. */
static void test_exponential(void)
{
    const struct latency latency = {
        .kind = LATENCY_EXPONENTIAL, .base_us = 1000, .spread_us = 1000000};
    uint64_t *draws = draws_of(&latency);
    uint64_t sum = 0;
    for (unsigned i = 0; i < DRAWS; i++)
        sum += draws[i] - 1000;
    CHECK(near(sum / DRAWS, 1000000));
    CHECK(near(draws[DRAWS / 2], 693147 + 1000));
    CHECK(near(draws[DRAWS - DRAWS / 10], 2302585 + 1000));
    CHECK(draws[DRAWS - 1] <= 64000000 + 1000);
    free(draws);
}

static void test_long_tail(void)
{
    struct latency latency = {.kind = LATENCY_LONG_TAIL, .base_us = 0, .spread_us = 1000};
    uint64_t *draws = draws_of(&latency);
    CHECK(near(draws[DRAWS / 2], 1000));
    CHECK(near(draws[DRAWS - DRAWS / 10], 9000));
    CHECK(draws[DRAWS - DRAWS / 100] > 80000 && draws[DRAWS - DRAWS / 100] < 120000);
    CHECK(draws[DRAWS - 1] <= 4096000);
    free(draws);
    latency.cap_us = 5000;
    draws = draws_of(&latency);
    CHECK(draws[DRAWS - 1] == 5000);
    free(draws);
}

/* 0 on the tape is the least delay, whatever the kind. */
static void test_zero_is_least(void)
{
    struct tape *tape = tape_new(&allocator, 5);
    struct tape_identity identity;
    tape_identity_link(&identity, "latency", "a", "b", "page", 0);
    CHECK(tape_override(tape, identity.text, identity.length, 0));
    for (int kind = LATENCY_CONSTANT; kind <= LATENCY_LONG_TAIL; kind++) {
        const struct latency latency = {
            .kind = (enum latency_kind)kind, .base_us = 50, .spread_us = 1000};
        CHECK(latency_draw(&latency, tape, &identity) == 50);
    }
    CHECK(tape_override(tape, identity.text, identity.length, UINT32_MAX));
    const struct latency longest = {
        .kind = LATENCY_EXPONENTIAL, .base_us = 0, .spread_us = UINT64_C(1) << 60, .cap_us = 9};
    CHECK(latency_draw(&longest, tape, &identity) == 9);
    tape_free(tape);
}

static void test_names(void)
{
    enum latency_kind kind = LATENCY_CONSTANT;
    CHECK(latency_kind_parse(&kind, "long_tail") && kind == LATENCY_LONG_TAIL);
    CHECK(strcmp(latency_kind_name(LATENCY_EXPONENTIAL), "exponential") == 0);
    CHECK(!latency_kind_parse(&kind, "normal"));
}

static void test_faults(void)
{
    struct tape *tape = tape_new(&allocator, 11);
    struct link_settings settings;
    link_settings_init(&settings);
    settings.loss_ppm = 100000;
    settings.duplicate_ppm = 200000;
    settings.reorder_ppm = 300000;
    settings.flip_ppm = 50000;
    unsigned lost = 0;
    unsigned twice = 0;
    unsigned late = 0;
    unsigned flipped = 0;
    for (uint64_t i = 0; i < DRAWS; i++) {
        struct passage passage;
        network_pass(&passage, &settings, tape, "a", "b", "page", i, 100);
        CHECK(passage.copies <= 2);
        if (passage.copies == 0) lost++;
        if (passage.copies == 2) twice++;
        for (unsigned copy = 0; copy < passage.copies; copy++) {
            CHECK(passage.delay_us[copy] >= 10000 && passage.delay_us[copy] <= 230000);
            CHECK(passage.flip_bit[copy] < 800);
            if (passage.delay_us[copy] > 30000) late++;
            if (passage.flipped[copy]) flipped++;
        }
    }
    CHECK(near(lost, DRAWS / 10));
    CHECK(near(twice, DRAWS * 9 / 10 / 5));
    CHECK(late > 5000 && late < 7000);
    CHECK(flipped > 900 && flipped < 1300);
    tape_free(tape);
}

/* A link without faults loses, repeats and changes nothing; an override can. */
static void test_no_faults(void)
{
    struct tape *tape = tape_new(&allocator, 11);
    struct link_settings settings;
    link_settings_init(&settings);
    for (uint64_t i = 0; i < 1000; i++) {
        struct passage passage;
        network_pass(&passage, &settings, tape, "a", "b", "page", i, 100);
        CHECK(passage.copies == 1 && !passage.flipped[0] && passage.delay_us[0] <= 30000);
    }
    struct passage passage;
    CHECK(tape_override(tape, "twice:a>b:page:3", 16, 1));
    CHECK(tape_override(tape, "flip2:a>b:page:3", 16, 1));
    CHECK(tape_override(tape, "flip2_bit:a>b:page:3", 20, 801));
    network_pass(&passage, &settings, tape, "a", "b", "page", 3, 100);
    CHECK(passage.copies == 2 && !passage.flipped[0] && passage.flipped[1]);
    CHECK(passage.flip_bit[1] == 1);
    CHECK(tape_override_unused(tape) == 0);
    tape_free(tape);
}

int main(void)
{
    test_uniform();
    test_exponential();
    test_long_tail();
    test_zero_is_least();
    test_names();
    test_faults();
    test_no_faults();
    return check_done();
}
