// SPDX-License-Identifier: Apache-2.0
/*
 * The slow, obvious model of a set of receipts (§ 7, 8): what the core's chain is held against.
 *
 * It says what PROTOCOL.md says in the plainest way there is: sets are arrays of flags, the
 * canonical order is picked one receipt at a time, and every fold starts from empty storage.
 * Nothing is updated in place and nothing is refolded in part. Only two things are remembered: the
 * fold of a set once it is known, and the outcome of one receipt on one storage; both are pure
 * functions. It executes intents by itself (model_execute.c), and shares with the core the JSON reader, which vectors
 * of its own hold, and nothing else.
 *
 * A model is a bag of receipts; each question is about a closed subset of it. Receipts are named by
 * their index: the order in which they were added. Running out of memory ends the program.
 */
#ifndef SIM_MODEL_H
#define SIM_MODEL_H

#include "core/frame.h"

struct model;

/* `identity` decoded. The bytes are copied; `crypto` must outlive the model. */
struct model *model_new(struct frame_span identity, const struct frame_public_key *public_key,
                        const struct frame_crypto *crypto);
void model_free(struct model *model); /* NULL allowed */

/*
 * Adds one receipt's canonical text, which is copied. Any order: parents may come later. A receipt
 * already there (by receiptHash) is ignored. False where the text is not a receipt that the model
 * can read; hashes, signatures and roots are not looked at here.
 */
bool model_add(struct model *model, struct frame_span receipt);
/* Adds every receipt that a chain holds, in order of arrival. */
bool model_add_chain(struct model *model, const struct frame_chain *chain);

/* One receipt, as the model reads it. */
struct model_receipt {
    struct frame_hash hash;
    struct frame_hash previous; /* GENESIS where it has none */
    struct frame_hash previous_root;
    struct frame_hash next_root;
    struct frame_hash result_hash;
    struct frame_hash *parents; /* distinct */
    size_t parent_count;
    struct frame_span text;
    struct frame_span payload; /* inputPayload */
    int64_t timestamp_s;
    bool first;              /* previousReceiptHash is null */
    bool merge;              /* federation.merge */
    struct frame_span route; /* id of a routed intent (§ 18): 32 hex digits; length 0: none */
};
size_t model_count(const struct model *model);
const struct model_receipt *model_at(const struct model *model, size_t index);
/* False where it is not there. */
bool model_find(const struct model *model, size_t *index, const struct frame_hash *hash);

/* ---- Sets: arrays of model_count flags ------------------------------------------------------- */

/* Adds all ancestors; false where a parent is not in the model. */
bool model_close(const struct model *model, bool *members);
bool model_is_closed(const struct model *model, const bool *members);
/* Indices of a closed set in canonical order; returns how many. `order` has room for
   model_count. */
size_t model_order(const struct model *model, size_t *order, const bool *members);

/* ---- Folds --------------------------------------------------------------------------------- */

/* What § 7 and 8 say about one closed set. Lives as long as the model. Arrays are by position. */
struct model_fold {
    size_t count;
    const size_t *order; /* index in the model */
    const enum frame_outcome *outcome;
    const bool *final; /* superseded, and laid to rest by a merge receipt */
    size_t head_count;
    const struct frame_hash *heads; /* ascending */
    struct frame_hash commitment;
    struct frame_hash state_root;
    struct frame_span storage; /* one canonical object, entries outside the root included */
    size_t superseded;
    size_t changed;
};

/* Of all receipts of the model. NULL where a parent is missing or a receipt cannot be executed. */
const struct model_fold *model_fold(struct model *model);
/* Of a closed subset. NULL as above. */
const struct model_fold *model_fold_of(struct model *model, const bool *members);
/* Of closure(hashes). NULL where one of them, or an ancestor, is not there. */
const struct model_fold *model_fold_closure(struct model *model, const struct frame_hash *hashes,
                                            size_t count);

/* A receipt's own result and roots (§ 8): those of fold(closure(parents)). */
struct model_own {
    struct frame_hash previous_root;
    struct frame_hash result_hash;
    struct frame_hash next_root;
    bool accepted;
};
/* False where the closure of its parents has no fold. */
bool model_own(struct model *model, struct model_own *own, size_t index);

/*
 * Step 7 of § 10 over a closed set: FRAME_OK, or the name and index of the first receipt in
 * canonical order whose roots or result are not its own. `fresh` (NULL: all) flags the ones to
 * check.
 */
enum frame_status model_verify(struct model *model, size_t *index, const bool *members,
                               const bool *fresh);

/* What a join from one closed set to a larger one has to tell people (§ 8, struct frame_report).
   Receipts by index, in the canonical order of `after`. */
struct model_report {
    size_t fresh;
    size_t first_difference; /* first position at which the orders differ */
    size_t *superseded;
    size_t superseded_count;
    size_t *changed;
    size_t changed_count;
    size_t *restored;
    size_t restored_count;
};
void model_report_init(struct model_report *report, const struct model *model,
                       const struct model_fold *before, const struct model_fold *after);
void model_report_release(struct model_report *report);

/* The receipts that § 12 owes for (want, have, after), all pages together: *count of them. False where
   a want is not there or `after` is outside closure(want). `owed` has room for model_count. */
bool model_page(const struct model *model, size_t *owed, size_t *count,
                const struct frame_hash *want, size_t want_count, const struct frame_hash *have,
                size_t have_count, const struct frame_hash *after);

/* ---- Pieces --------------------------------------------------------------------------------- */

/* stateRoot(storage, commitment) (§ 7) of storage given as one canonical object. */
void model_state_root(const struct model *model, struct frame_hash *root, struct frame_span storage,
                      const struct frame_hash *commitment);
/* commitment(heads) (§ 7); heads ascending. */
void model_commitment(const struct model *model, struct frame_hash *commitment,
                      const struct frame_hash *heads, size_t count);

/* ---- Against the core ------------------------------------------------------------------------ */

/*
 * Everything that a full-mode chain says about its set, against the fold: count, canonical order,
 * heads, commitment, root, every receipt's parents, outcome and final flag, counts, storage bytes.
 * False at the first difference, told in `why`. Signatures are not compared: they do not converge
 * (§ 9).
 */
bool model_fold_compare(const struct model *model, const struct model_fold *fold,
                        const struct frame_chain *chain, char *why, size_t why_size);
/* The same for all receipts of the model. */
bool model_compare(struct model *model, const struct frame_chain *chain, char *why,
                   size_t why_size);

#endif
