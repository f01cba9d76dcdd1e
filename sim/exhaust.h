// SPDX-License-Identifier: Apache-2.0
/*
 * Small worlds, exhausted: where a world is small enough, every one there is is tried instead of a few that
 * chance picks. Each kind below says what it goes through; counts say how much that was. What fails is told
 * with what leads there, the first few times.
 */
#ifndef SIM_EXHAUST_H
#define SIM_EXHAUST_H

#include "core/frame.h"

#include <stdio.h>

enum { EXHAUST_COUNTS_MAX = 8, EXHAUST_TOLD_MAX = 5, EXHAUST_FAILURES_MAX = 20 };

struct exhaust {
    const struct frame_crypto *crypto;
    struct frame_secret_key secret; /* of the identity, "alice" */
    struct frame_public_key key;
    struct frame_span identity;
    unsigned depth;
    FILE *out; /* failures, for people */
    struct {
        const char *what;
        uint64_t count;
    } counts[EXHAUST_COUNTS_MAX];
    size_t count;
    uint64_t failures;
};

struct exhaust_kind {
    const char *name;
    unsigned depth_default;
    unsigned depth_max;
    const char *what; /* what is gone through, and what a greater depth adds */
    void (*run)(struct exhaust *exhaust);
};
enum { EXHAUST_KINDS = 6 };
extern const struct exhaust_kind exhaust_kinds[EXHAUST_KINDS];

/* `crypto` must outlive it. */
void exhaust_init(struct exhaust *exhaust, const struct frame_crypto *crypto, unsigned depth,
                  FILE *out);
/* Adds to a count; `what` is a literal. */
void exhaust_count(struct exhaust *exhaust, const char *what, uint64_t more);
/* Returns `good`; where it is not, tells what was found. */
#if defined(__GNUC__)
__attribute__((format(printf, 3, 4)))
#endif
bool exhaust_check(struct exhaust *exhaust, bool good, const char *format, ...);

/* So much was found that it is enough: what is left is not gone through. */
bool exhaust_enough(const struct exhaust *exhaust);

/* The kinds. */
void exhaust_joins(struct exhaust *exhaust);
void exhaust_merges(struct exhaust *exhaust);
void exhaust_deliveries(struct exhaust *exhaust);
void exhaust_crashes(struct exhaust *exhaust);
void exhaust_changes(struct exhaust *exhaust);
void exhaust_truncations(struct exhaust *exhaust);

#endif
