// SPDX-License-Identifier: Apache-2.0
/* A batch of received receipts on its way through the stages (§ 10). */
#ifndef FRAME_BATCH_H
#define FRAME_BATCH_H

#include "chain.h"
#include "receipt.h"

struct parsed_item {
    struct frame_span text;
    uint32_t shape; /* 1 + the number of its shape; 0: it has another one than receipt_skim knows */
};

struct frame_parsed {
    struct frame_allocator allocator;
    struct parsed_item *items;
    size_t count;
    size_t capacity;
    struct receipt_shape *shapes;
    size_t shape_count;
    size_t shape_capacity;
};

struct frame_replayed {
    struct frame_verified *batch;
};

struct frame_verified {
    struct frame_chain *chain;
    uint64_t version;       /* the chain's when it was verified */
    bool took_identity;     /* the chain has its identity from this batch */
    struct node_list fresh; /* receipts not held before, in array order */
    uint32_t *indices;      /* of fresh receipts in the array as received */
    size_t indices_capacity;
    struct node_table table; /* of fresh receipts */
    struct frame_replayed replayed;
};

/* A node that the batch or its chain holds; NULL where neither does. */
struct node *batch_find(const struct frame_verified *batch, const struct frame_hash *hash);

/* Frees the batch but not its nodes. */
void batch_close(struct frame_verified *batch);

/* ---- own.c: a receipt in its own context ---- */

/* What a receipt's own context, fold(closure(parents)), gives (§ 8). */
struct own {
    struct state before;
    struct state after;
    struct node_list rest; /* merge receipts: what they lay to rest */
    struct frame_hash result_hash;
    struct frame_hash root; /* nextStateRoot */
    bool accepted;
    bool shared; /* the context is the whole placed set, whose fold is up to date */
};
/* fold(closure(parents)); parents are placed. */
enum frame_status own_context(struct frame_chain *chain, struct own *own,
                              struct node *const *parents, size_t parent_count, bool merge);
/* Result and root of a merge receipt with these heads. */
void own_merge(struct frame_chain *chain, struct own *own, struct node *const *heads, size_t count);
/* Appends the node, which takes over the context. */
enum frame_status own_place(struct frame_chain *chain, struct own *own, struct node *node);
void own_free(struct frame_chain *chain, struct own *own);
/* Canonical text of a merge receipt's result; returns its length. */
size_t merge_result(uint8_t text[64], size_t head_count);

#endif
