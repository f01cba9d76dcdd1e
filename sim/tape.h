// SPDX-License-Identifier: Apache-2.0
/*
 * The tape of decisions: every random choice of a world is asked for by *identity*, never by draw
 * order. The answer is a keyed hash (XXH3, 128 bits, keyed by the seed) of the identity's bytes, or
 * an override. So changing one choice, or one line of code, leaves all other choices as they were.
 *
 * An identity is a short printable text:
 *
 *     <kind>:<subject>[:<part>][:<how-manieth>]      e.g.  lost:phone>laptop:page:3
 *
 * made of what is asked (kind), of whom (a peer, or a directed link `from>to`), for a message its type,
 * and its how-manieth among its like, counted from 0. Never content, time or a global count. The text
 * itself is what is hashed and what a tape file holds; it has no white space and no '='.
 *
 * 0 is always the quiet answer: no fault, the least delay, the first of a list. A shrinker that
 * writes zeros, or takes overrides away, makes a run simpler.
 */
#ifndef SIM_TAPE_H
#define SIM_TAPE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

enum { TAPE_IDENTITY_BYTES_MAX = 160 }; /* with the terminator */

struct tape;

/* An identity; build it with tape_identity. */
struct tape_identity {
    char text[TAPE_IDENTITY_BYTES_MAX];
    size_t length;
};

/* "kind:subject:part:nth"; `part` may be NULL: left out. Parts too long for the text stop the program. */
void tape_identity(struct tape_identity *identity, const char *kind, const char *subject,
                   const char *part, uint64_t nth);
/* "kind:from>to:part:nth" */
void tape_identity_link(struct tape_identity *identity, const char *kind, const char *from,
                        const char *to, const char *part, uint64_t nth);

/* NULL: no memory. Everything of it comes from `allocator`. */
struct tape *tape_new(const struct frame_allocator *allocator, uint64_t seed);
void tape_free(struct tape *tape); /* NULL allowed */
uint64_t tape_seed(const struct tape *tape);

/*
 * 0 … bound-1; bound >= 1. Without an override: the high half of (hash * bound) / 2^64, whose bias is
 * below bound / 2^64. With one: its value modulo bound.
 */
uint64_t tape_choose(struct tape *tape, const struct tape_identity *identity, uint64_t bound);
/*
 * True with probability numerator / denominator (denominator >= 1). On tape its bound is 2 and its
 * value 0 or 1, so an override forces or forbids whatever the odds are, also where they are 0.
 */
bool tape_chance(struct tape *tape, const struct tape_identity *identity, uint64_t numerator,
                 uint64_t denominator);

/*
 * Fixes the answer for an identity (a later one replaces it). False: no memory, or `text` is empty,
 * too long, or has white space, control characters or '='.
 */
bool tape_override(struct tape *tape, const char *text, size_t length, uint64_t value);
/* From now on every question without an override gets the quiet answer 0; a chance gets it unless it is
   certain. `quiet` false: drawn, as it was. */
void tape_quiet(struct tape *tape, bool quiet);
/* From now on what is not overridden is drawn from another seed, quiet or not before. */
void tape_reseed(struct tape *tape, uint64_t seed);
/* Takes all overrides away. */
void tape_clear_overrides(struct tape *tape);
size_t tape_override_count(const struct tape *tape);
/* Overrides that no question has met since they were set: a tape that no longer fits its scenario. */
size_t tape_override_unused(const struct tape *tape);

/*
 * Gets every question with its answer, after overrides, in the order in which they were asked; `bound`
 * as above (2 for chances). NULL: nobody listens.
 */
struct tape_recorder {
    void *context;
    void (*answered)(void *context, const char *identity, uint64_t bound, uint64_t value);
};
void tape_record(struct tape *tape, const struct tape_recorder *recorder);
void tape_recorder(const struct tape *tape, struct tape_recorder *recorder); /* who listens now */

#endif
