// SPDX-License-Identifier: Apache-2.0
/* CHECK(condition) counts, and prints what failed with its place; a test's main ends with
   `return check_done();`. CHECK_IN names the case as well, where one line checks many. */
#ifndef FRAME_TESTS_CHECK_H
#define FRAME_TESTS_CHECK_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

struct check_tally {
    unsigned long long checks;
    unsigned long long failures;
};
static struct check_tally check_tally;

#define CHECK(condition)          check_that((condition), #condition, "", __FILE__, __LINE__)
#define CHECK_IN(name, condition) check_that((condition), #condition, (name), __FILE__, __LINE__)

/* Returns `passed`, so that a test can stop where going on makes no sense. */
static inline bool check_that(bool passed, const char *condition, const char *name,
                              const char *file, int line)
{
    enum { PRINTED_MAX = 25 };
    check_tally.checks++;
    if (passed) return true;
    check_tally.failures++;
    if (check_tally.failures <= PRINTED_MAX)
        printf("%s:%d: failed: %s%s%s\n", file, line, condition, *name ? "  in: " : "", name);
    return false;
}

static inline int check_done(void)
{
    printf("%llu checks", check_tally.checks);
    if (check_tally.failures > 0) printf(", %llu FAILED", check_tally.failures);
    printf("\n");
    return check_tally.failures > 0 ? 1 : 0;
}

/* Seeded random numbers (SplitMix64), the same everywhere. */
static inline uint64_t random_next(uint64_t *seed)
{
    uint64_t z = *seed += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

/* 0 to bound - 1. */
static inline size_t random_below(uint64_t *seed, size_t bound)
{
    return (size_t)(random_next(seed) % bound);
}

#endif
