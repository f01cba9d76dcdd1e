// SPDX-License-Identifier: Apache-2.0
/* What the kinds of small worlds share: memory that can be put back, keys seen before, small histories. */
#ifndef SIM_EXHAUST_KIT_H
#define SIM_EXHAUST_KIT_H

#include "exhaust.h"
#include "model.h"

/* ---- Memory that can be put back as it was -------------------------------------------------------- */

/* A region with an arena in it, and copies of what was in use when it was saved, on a stack. */
struct exhaust_region {
    struct frame_arena arena;
    void *memory;
    struct exhaust_saved *saved; /* the newest */
};
void exhaust_region_init(struct exhaust_region *region, size_t bytes);
void exhaust_region_release(struct exhaust_region *region);
/* Empties it, saved copies included. */
void exhaust_region_clear(struct exhaust_region *region);
void exhaust_region_save(struct exhaust_region *region);
/* As it was when last saved, which stays saved. */
void exhaust_region_restore(struct exhaust_region *region);
void exhaust_region_forget(struct exhaust_region *region); /* what was last saved */

/* ---- Keys seen before ----------------------------------------------------------------------------- */

struct exhaust_key {
    uint64_t words[2];
};
struct exhaust_seen {
    struct exhaust_key *slots; /* all zero: free */
    size_t capacity;           /* a power of two, or 0 */
    size_t count;
};
/* True the first time. The key must not be all zero. */
bool exhaust_seen_add(struct exhaust_seen *seen, struct exhaust_key key);
void exhaust_seen_release(struct exhaust_seen *seen);
/* Hashes bytes into a key. */
void exhaust_key_add(struct exhaust_key *key, const void *bytes, size_t length);

/* ---- Histories ------------------------------------------------------------------------------------ */

enum { HISTORY_DEVICES = 3, HISTORY_RECEIPTS_MAX = 512, HISTORY_INTENTS_MAX = 5 };

/* What three devices did: each intent by one of them, in the same second as the one before or the next,
   after taking over all that the others hold or not. */
struct exhaust_history {
    struct model *model;
    size_t count; /* receipts, at most HISTORY_RECEIPTS_MAX; in the order in which they were made */
    bool held[HISTORY_DEVICES][HISTORY_RECEIPTS_MAX];
    char name[64]; /* the intents, for people */
};
/* Calls `visit` for every history of so many intents and at most `receipts_max` receipts, merge receipts
   included, each set of receipts once. */
void exhaust_histories(struct exhaust *exhaust, size_t intents, size_t receipts_max,
                       void (*visit)(struct exhaust *exhaust, struct exhaust_history *history,
                                     void *context),
                       void *context);

/* An empty chain of the identity in the region, which is cleared. */
struct frame_chain *exhaust_chain(struct exhaust *exhaust, struct exhaust_region *region);
/* Steps 1 to 7 of § 10 and the join of a batch: the listed receipts of a model. */
enum frame_status exhaust_join(struct frame_chain *chain, struct frame_report *report,
                               struct exhaust_region *region, const struct model *model,
                               const size_t *list, size_t count);
/* The same of any bytes. */
enum frame_status exhaust_join_bytes(struct frame_chain *chain, struct frame_report *report,
                                     struct frame_fault *fault, struct exhaust_region *region,
                                     struct frame_span batch);

#endif
