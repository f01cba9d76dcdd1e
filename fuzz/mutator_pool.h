// SPDX-License-Identifier: Apache-2.0
/*
 * Receipts taken apart: what somebody wants done, when, and on top of what. Hashes, roots and signatures are
 * not in a draft; sealing makes them.
 */
#ifndef FUZZ_MUTATOR_POOL_H
#define FUZZ_MUTATOR_POOL_H

#include "core/frame.h"
#include "fuzz.h"
#include "model_internal.h"

enum { POOL_DRAFTS_MAX = 48, POOL_LISTS_MAX = 6, POOL_PARENTS_MAX = 8 };

struct draft {
    struct frame_span action;  /* decoded */
    struct frame_span payload; /* canonical object */
    struct frame_span network; /* canonical array, or length 0 */
    struct frame_span raw;     /* tokens */
    struct frame_span origin;
    int64_t timestamp_s;
    size_t parents[POOL_PARENTS_MAX]; /* drafts that stand before this one */
    size_t parent_count;
    bool merge;
    struct frame_hash old;     /* its hash in the input; zero for a new one */
    enum frame_status forgery; /* the verdict that its one broken seal should meet; OK: none */
    uint64_t forgery_seed;
    /* ---- once sealed */
    struct frame_span text; /* length 0: it could not be made, and `now` is its parent's */
    struct frame_hash now;
    size_t index; /* in the model; SIZE_MAX: not in it */
};

/* A list of drafts is one array of receipts in the input. */
struct pool {
    struct draft drafts[POOL_DRAFTS_MAX];
    size_t draft_count;
    size_t lists[POOL_LISTS_MAX][POOL_DRAFTS_MAX];
    size_t counts[POOL_LISTS_MAX];
    size_t list_count;
    uint8_t identity_bytes[FRAME_IDENTITY_BYTES_MAX];
    struct frame_span identity;
    bool has_identity;
    struct model *model; /* once sealed */
    void *memory;        /* everything that drafts point to */
    uint64_t random;
};

void pool_init(struct pool *pool, uint64_t seed);
void pool_release(struct pool *pool);

/* Memory that lives as long as the pool. */
void *pool_allocate(struct pool *pool, size_t size);
struct frame_span pool_copy(struct pool *pool, struct frame_span span);
uint64_t pool_random(struct pool *pool);
size_t pool_below(struct pool *pool, size_t bound);

/*
 * Takes the receipts of one canonical array apart, into a new list; those held already are shared. False
 * where it is too large, or has an item that is no receipt of fuzz key 0 and of the pool's identity
 * with all parents in the pool (its hashes and signatures may be wrong).
 */
bool pool_read(struct pool *pool, struct frame_span array);
/* The same of one receipt, which loses its parents. */
bool pool_read_first(struct pool *pool, struct frame_span receipt);

/* Makes all drafts, in order: text, now, index. */
void pool_seal(struct pool *pool);
/* Writes a list as a canonical array; each receipt once, unless `duplicate`. */
void pool_write(const struct pool *pool, struct model_text *out, size_t list);
/* The receipts of a list as they are written, one at a time; false behind the last. *at starts at 0. */
bool pool_next(const struct pool *pool, struct frame_span *text, size_t list, size_t *at);
/* The fold of what a list holds (SIZE_MAX: all lists); NULL where there is none. */
const struct model_fold *pool_fold(struct pool *pool, size_t list);
/* The sealed hash for one of the input; false where it names none. */
bool pool_renamed(const struct pool *pool, struct frame_hash *now, const struct frame_hash *old);

/* mutator_forge.c: the receipt with one seal broken, so that it meets this verdict if it can; hashes and signature
   around are made anew. In the pool's memory. */
struct frame_span pool_forge(struct pool *pool, struct frame_span receipt,
                             enum frame_status verdict, uint64_t seed);
/* The verdicts that can be forged, FORGERIES of them. */
extern const enum frame_status pool_forgeries[];
enum { POOL_FORGERIES = 22 };

/* The seeds by which FRAME_FIELD_TYPE is forged at the n-th bound, POOL_BOUNDS of them, in one of POOL_BOUND_WAYS ways; some ways are
   on the right side of it. */
enum { POOL_BOUNDS = 13, POOL_BOUND_WAYS = 5 };
static inline uint64_t pool_bound_seed(size_t bound, size_t way)
{
    return 32 + 64 * (uint64_t)bound + 1024 * (uint64_t)way;
}

/* mutator_ops.c: one change of what the pool means. */
void pool_change(struct pool *pool);
/* Takes drafts of another pool over, on top of drafts of this one. */
void pool_splice(struct pool *pool, const struct pool *other);
/* mutator_intent.c: another intent for a draft. `storage`: a canonical object to find ids in. */
void pool_new_intent(struct pool *pool, struct draft *draft, struct frame_span storage);
/* A storage, which is a canonical object, with one more entry, or one as it was before. */
struct frame_span pool_new_entry(struct pool *pool, struct frame_span storage);
/* One value somewhere in a canonical object replaced by another. */
struct frame_span pool_new_value(struct pool *pool, struct frame_span object);

#endif
