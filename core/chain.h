// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a chain (§ 7, 8): a graph of receipts, their canonical order, and the fold of it.
 *
 * Data flows one way: verify.c makes nodes of receipts, order.c says where they stand, replay.c places
 * them one by one (chain_append) and executes each in its own context, fold.c keeps the fold of the
 * whole up to date lazily, and the join publishes it.
 */
#ifndef FRAME_CHAIN_H
#define FRAME_CHAIN_H

#include "execute.h"
#include "frame.h"
#include "memory.h"
#include "state.h"

/* What executing a node did to the fold's state when it was last executed there. */
enum effect {
    EFFECT_NONE,    /* skipped: a merge, refused in its own context, or laid to rest */
    EFFECT_REFUSED, /* executed and refused: changed nothing */
    EFFECT_SAME,    /* executed, with the result it has in its own context */
    EFFECT_OTHER    /* executed, with another result */
};

/*
 * One receipt. What stands above the line is a function of the receipt alone (its bytes and its
 * ancestors'); what stands below is its place in one chain.
 */
struct node {
    struct frame_hash hash;
    struct frame_hash next_root;
    int64_t timestamp_s;
    struct node **parents; /* heads for a merge receipt; behind them their hashes */
    struct node *parent;   /* storage for `parents` of one */
    struct node **rest;    /* merge receipt: those that it lays to rest (§ 8, E9) */
    uint32_t parent_count;
    uint32_t rest_count;
    uint32_t length;         /* of bytes */
    uint32_t payload_offset; /* of inputPayload in bytes */
    uint32_t payload_length;
    uint32_t dapp_offset; /* of the dApp's id, decoded */
    uint32_t generation;  /* 1 + the greatest of the parents'; 0 for a first receipt */
    bool merge;
    bool refused; /* in its own context: final (§ 8) */
    /* ---- */
    bool placed;       /* in the chain's order */
    uint8_t effect;    /* enum effect, in the chain's fold */
    uint32_t resting;  /* placed merge receipts that lay it to rest */
    uint32_t position; /* in canonical order */
    uint32_t arrival;
    uint32_t children; /* placed children */
    uint32_t waiting;  /* children in the batch that is being replayed, not yet placed */
    uint32_t mark;     /* chain->epoch of the last walk that took it as a member */
    uint32_t visit;    /* chain->epoch of the walk that `left` belongs to */
    uint32_t left;     /* scratch of order.c and of the walks */
    uint32_t less;     /* resting merges outside a subset; zero between uses */
    uint8_t published; /* 1 + its outcome in the published set; 0: not in it */
    bool loose;        /* in fold.loose */
    bool routed;       /* of a routed intent (§ 18): a function of its bytes */
    bool dirty;        /* in the chain's dirty list */
    bool has_state;
    bool held; /* its text is the allocator's, for all who ask; else it is in `room` */
    struct node *loose_before;
    struct node *loose_next;
    struct node *next_dirty;
    struct node *next_in_bucket;
    struct state state;   /* fold(closure(this)), while it is likely to be needed */
    const uint8_t *bytes; /* canonical text */
    uint8_t room[];
};

/* The nodes of a hash table with chaining: never fails to insert; growth is optional. */
struct node_table {
    struct node **buckets;
    size_t bucket_count; /* a power of two */
    size_t count;
};

/* A growable array of node pointers. */
struct node_list {
    struct node **nodes;
    size_t count;
    size_t capacity;
};

/* fold(the first `position` receipts of the canonical order). */
struct checkpoint {
    size_t position;
    struct state state;
};
struct checkpoints {
    struct checkpoint *at; /* ascending positions */
    size_t count;
    size_t capacity;
};

/* What a node's effect was before a transaction touched it. */
struct undo {
    struct node *node;
    enum effect effect;
};

/*
 * A change of the placed set that can be taken back without memory: the end of the order that was
 * popped, and the fold as it was.
 */
struct transaction {
    size_t from;          /* the order is untouched before this position */
    size_t lowest;        /* and the fold before this one */
    struct node **suffix; /* what stood behind it */
    size_t suffix_count;
    struct state state;
    struct checkpoints checkpoints;
    struct undo *log;
    size_t log_count;
    size_t log_capacity;
};

/* The fold of the whole set, lazily. Its state is the one after the first `folded` receipts. */
struct fold {
    struct state state;
    size_t folded;
    struct checkpoints checkpoints;
    struct node *dirty; /* nodes whose laying to rest changed since they were executed */
    struct node *loose; /* those executed and refused, and not laid to rest */
    size_t superseded;
    size_t changed;
    uint64_t executed; /* executions so far, for reports */
};

struct frame_chain {
    const struct frame_crypto *crypto;
    struct frame_allocator allocator;
    enum frame_mode mode;
    const struct frame_dapp_table *dapps;
    bool has_identity;
    struct frame_public_key public_key;
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX]; /* decoded */
    size_t identity_length;
    struct executor executor; /* where has_identity and full mode */

    struct node_table table;
    struct node_list order; /* canonical */
    struct node_list arrivals;
    struct node_list heads; /* ascending by hash */
    struct fold fold;
    uint32_t epoch;   /* of walks over the graph */
    uint64_t version; /* grows with every change of the set */
    bool busy;        /* a transaction is open */
    struct transaction transaction;

    struct frame_summary summary; /* of the published set */
    struct frame_hash *summary_heads;
    size_t summary_heads_capacity;
    size_t wire_bytes;
    size_t merge_bytes; /* what their nodes have beside themselves */

    struct frame_hash
        *report_hashes; /* lists of reports that are kept, then those of the last one */
    size_t report_kept;
    size_t report_capacity;
    struct buffer result; /* of the last intent executed */
};

/* ---- chain.c: nodes and tables ---- */

struct receipt_fields;
/* A node with room for `parent_count` parents, which the caller fills in. NULL: no memory. */
struct node *node_new(const struct frame_allocator *allocator, const struct receipt_fields *fields,
                      struct frame_span bytes, size_t parent_count);
void node_free(const struct frame_allocator *allocator, struct node *node);
void node_drop_state(const struct frame_allocator *allocator, struct node *node);
/* Room for the heads' hashes of a merge receipt, behind its parents. */
struct frame_hash *node_head_hashes(const struct node *node);
struct frame_span node_payload(const struct node *node);
struct frame_span node_text(const struct node *node);
/* Bytes of memory that a merge receipt's node has beside itself and its text; 0 for others. */
size_t node_merge_bytes(const struct node *node);
struct frame_span node_intent(const struct node *node);
struct frame_span node_dapp(const struct node *node);
void node_input_hash(struct frame_hash *hash, const struct node *node);
void node_result_hash(struct frame_hash *hash, const struct node *node);
void node_previous_root(struct frame_hash *hash, const struct node *node);
/* (timestamp, receiptHash) order of § 8. */
int node_compare(const struct node *a, const struct node *b);

struct node *table_find(const struct node_table *table, const struct frame_hash *hash);
void table_insert(const struct frame_allocator *allocator, struct node_table *table,
                  struct node *node);
/* Room for so many more at once, where memory allows; without, buckets get longer and nothing is lost. */
void table_reserve(const struct frame_allocator *allocator, struct node_table *table, size_t more);
enum frame_status table_init(const struct frame_allocator *allocator, struct node_table *table);
void table_free(const struct frame_allocator *allocator, struct node_table *table);

bool list_reserve(const struct frame_allocator *allocator, struct node_list *list, size_t count);
void list_free(const struct frame_allocator *allocator, struct node_list *list);

/* Sets the chain's identity, which it has none of yet. `identity` decoded. */
enum frame_status chain_set_identity(struct frame_chain *chain, struct frame_span identity,
                                     const struct frame_public_key *public_key);
/* Takes that back; the chain is empty. */
void chain_unset_identity(struct frame_chain *chain);
/* Brings summary up to date with the placed set; everything must be folded. */
enum frame_status chain_summarise(struct frame_chain *chain);
bool chain_is_merge(const struct receipt_fields *fields);

/* ---- graph.c: placing and walks ---- */

/* Puts a node at the end of the order / takes the last one out. Parents are placed. Reserve first. */
enum frame_status chain_reserve(struct frame_chain *chain, size_t more);
void chain_append(struct frame_chain *chain, struct node *node);
struct node *chain_pop(struct frame_chain *chain);

/* A number that no node's mark or visit has. */
uint32_t graph_next_epoch(struct frame_chain *chain);
/* Is any of `nodes` an ancestor of another? (§ 9) */
bool graph_any_ancestor(struct frame_chain *chain, struct node *const *nodes, size_t count,
                        enum frame_status *status);

/*
 * A closed subset of the placed set: closure(heads). Members below `low` are all placed receipts;
 * from `low` on, those with mark == epoch.
 */
struct subset {
    uint32_t epoch;
    size_t low;    /* walked down to this position */
    size_t unlike; /* least position at which fold(subset) may differ from fold(placed set) */
    size_t count;  /* members */
};
void subset_walk(struct frame_chain *chain, struct subset *subset, struct node *const *heads,
                 size_t head_count);
bool subset_has(const struct subset *subset, const struct node *node);
/* Ends a walk: every subset_walk wants one. */
void subset_end(struct frame_chain *chain, const struct subset *subset);

/* ---- closure.c ---- */

/* Are all of `hashes` held, and members of closure(heads)? Heads are held. */
enum frame_status chain_closure_holds(struct frame_chain *chain, bool *holds,
                                      const struct frame_hash *heads, size_t head_count,
                                      const struct frame_hash *hashes, size_t hash_count);

/* ---- fold.c ---- */

void fold_set_resting(struct frame_chain *chain, struct node *merge, bool placed);
/* Executes up to the first `position` receipts at least. */
enum frame_status fold_advance(struct frame_chain *chain, size_t position);
/* Forgets what was folded behind the first `position` receipts. */
void fold_truncate(struct frame_chain *chain, size_t position);
/* The last placed node was executed on fold.state by the caller, who hands over the state after. */
enum frame_status fold_push(struct frame_chain *chain, struct state *after, enum effect effect);
/* fold(subset): *state is new; *rest the receipts superseded in it that nothing in it laid to rest. */
enum frame_status fold_subset(struct frame_chain *chain, struct state *state,
                              struct node_list *rest, const struct subset *subset);
enum frame_outcome node_outcome(const struct node *node);
void fold_free(struct frame_chain *chain);
/* For placing and rollback: what is counted and listed follows the node. Placing clears its effect. */
void fold_place(struct frame_chain *chain, struct node *node, bool placed);
void fold_set_effect(struct frame_chain *chain, struct node *node, enum effect effect);
enum frame_status checkpoints_copy(const struct frame_allocator *allocator,
                                   struct checkpoints *copy, const struct checkpoints *from);
void checkpoints_free(const struct frame_allocator *allocator, struct checkpoints *checkpoints);

/* ---- transaction.c ---- */

/* Opens a transaction and pops the order to `from`. NO_MEMORY: nothing happened. */
enum frame_status transaction_begin(struct frame_chain *chain, size_t from);
/* Takes everything back; nodes placed since are unplaced, not freed. Needs no memory. */
void transaction_rollback(struct frame_chain *chain);
/* Publishes what is placed, `fresh` being the nodes that are new, in order of arrival. `report` may be
   NULL. NO_MEMORY: the transaction is still open. */
enum frame_status transaction_commit(struct frame_chain *chain, struct frame_report *report,
                                     struct node *const *fresh, size_t fresh_count);
/*
 * The lists of a report hold until the chain's next change, but for those that are kept: they hold until all are
 * dropped, though they may move. chain_place_report says where to; `from`: 0 for the first, then what the call
 * before returned.
 */
void chain_keep_report(struct frame_chain *chain, const struct frame_report *report);
void chain_drop_reports(struct frame_chain *chain);
size_t chain_place_report(const struct frame_chain *chain, struct frame_report *report,
                          size_t from);
/* Remembers a node's effect before it changes; no transaction open: nothing to do. */
enum frame_status transaction_note(struct frame_chain *chain, struct node *node);

/* Executes one node on a state (§ 4, 6): its own context, or a fold of which it is a part. */
enum frame_status node_execute(struct frame_chain *chain, struct state *after, bool *accepted,
                               struct frame_hash *result_hash, const struct state *before,
                               const struct node *node, bool in_fold);
/* The first held receipt of a routed intent (§ 18): the one that takes effect where one does, else the
   first in canonical order; NULL where none is held. Everything is folded. */
const struct node *chain_routed(const struct frame_chain *chain, struct frame_span id);

/* ---- append.c ---- */

/* What frame_chain_execute would say of an intent before it executes it: BAD_ARGUMENT, DAPP, NO_MEMORY;
   else its dApp and the capabilities it uses. */
enum frame_status intent_check(const struct frame_chain *chain, const struct frame_dapp **dapp,
                               uint32_t *used, const struct frame_intent *intent);

/* ---- order.c ---- */

/* The first position whose receipt is of this second or a later one. */
size_t order_second(const struct node_list *order, int64_t timestamp_s);

/*
 * Where a batch of unplaced nodes (at least one; parents placed or in the batch) goes: the canonical
 * order of the union from position *from on, *count nodes in a new block of *region_size bytes.
 */
enum frame_status order_merge(struct frame_chain *chain, struct node ***region, size_t *region_size,
                              size_t *count, size_t *from, struct node *const *batch,
                              size_t batch_count);

#endif
