// SPDX-License-Identifier: Apache-2.0
/*
 * What benchmarks share. A benchmark measures each thing once, one right after the other, and prints a line for
 * each, "ROW WHO VALUE UNIT"; sim/bench/bench.sh runs it again and again, in turn with other builds, and
 * bench_report makes medians, spreads and ratios of the lines.
 */
#ifndef CORE_BENCH_BENCH_H
#define CORE_BENCH_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "core/frame.h"

static inline double bench_now_s(void)
{
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static inline void bench_sample(const char *row, const char *who, double value, const char *unit)
{
    printf("%s %s %.6g %s\n", row, who, value, unit);
    fflush(stdout);
}

_Noreturn static inline void bench_fail(const char *what)
{
    fprintf(stderr, "bench: %s\n", what);
    exit(1);
}

static inline void bench_check(bool fine, const char *what)
{
    if (!fine) bench_fail(what);
}

static inline struct frame_span bench_span(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

/* The n-th argument as a number, or what there is without one. */
static inline size_t bench_argument(int argc, char **argv, int n, size_t without)
{
    return argc > n ? (size_t)strtoull(argv[n], NULL, 10) : without;
}

/* ---- Memory ---- */

static inline void *bench_take(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static inline void bench_give(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static inline struct frame_allocator bench_allocator(void)
{
    return (struct frame_allocator){.allocate = bench_take, .release = bench_give};
}

/* ---- Bytes ---- */

struct bench_bytes {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
};

static inline bool bench_write(void *context, const uint8_t *bytes, size_t length)
{
    struct bench_bytes *to = context;
    if (length == 0) return true;
    if (to->bytes == NULL || to->length + length > to->capacity) {
        to->capacity = 2 * (to->length + length);
        uint8_t *grown = realloc(to->bytes, to->capacity);
        if (grown == NULL) bench_fail("out of memory");
        to->bytes = grown;
    }
    memcpy(to->bytes + to->length, bytes, length);
    to->length += length;
    return true;
}

/* A chain's file, which the caller frees. */
static inline struct bench_bytes bench_chain_bytes(const struct frame_chain *chain)
{
    struct bench_bytes file = {NULL, 0, 0};
    bench_check(frame_chain_write(chain, (struct frame_sink){&file, bench_write}), "chain file");
    return file;
}

/* ---- Crypto ---- */

static inline void bench_no_sign(void *context, uint8_t signature[64],
                                 const struct frame_hash *message,
                                 const struct frame_secret_key *secret)
{
    (void)context;
    (void)message;
    (void)secret;
    memset(signature, 0, 64);
}

static inline bool bench_no_verify(void *context, const uint8_t signature[64],
                                   const struct frame_hash *message,
                                   const struct frame_public_key *key)
{
    (void)context;
    (void)signature;
    (void)message;
    (void)key;
    return true;
}

/* The provider without signatures. */
static inline struct frame_crypto bench_unsigned(const struct frame_crypto *crypto)
{
    struct frame_crypto without = *crypto;
    without.sign = bench_no_sign;
    without.verify = bench_no_verify;
    return without;
}

#endif
