// SPDX-License-Identifier: Apache-2.0
/* What tests of the core's chain against the model share: batches of a model's receipts, the
   pipeline of § 10, and a random parents-first order. */
#ifndef SIM_TESTS_CHAIN_KIT_H
#define SIM_TESTS_CHAIN_KIT_H

#include "core/tests/check.h"
#include "core/tests/heap.h"
#include "model.h"
#include "model_internal.h"
#include "random_chain.h"

#include <stdlib.h>
#include <string.h>

/* Indices of a model's receipts, in the order of an array to be sent. */
struct kit_list {
    size_t *at;
    size_t count;
};

static inline struct frame_chain *kit_chain(struct heap *heap, const struct random_chain *random,
                                            const struct frame_crypto *crypto)
{
    struct frame_chain *chain;
    struct frame_chain_config config = {.crypto = crypto,
                                        .allocator = heap_allocator(heap),
                                        .identity = random->identity,
                                        .public_key = &random->public_key};
    return frame_chain_new(&chain, &config) == FRAME_OK ? chain : NULL;
}

/* The array of the listed receipts; free `bytes`. */
static inline struct model_text kit_batch(const struct model *model, const struct kit_list *list)
{
    struct model_text text = {0};
    model_text_string(&text, "[");
    for (size_t i = 0; i < list->count; i++) {
        struct frame_span receipt = model_at(model, list->at[i])->text;
        if (i > 0) model_text_string(&text, ",");
        model_text_add(&text, receipt.bytes, receipt.length);
    }
    model_text_string(&text, "]");
    return text;
}

/* Steps 1 to 7. */
static inline enum frame_status kit_replay(struct frame_replayed **replayed,
                                           struct frame_fault *fault, struct frame_chain *chain,
                                           const struct frame_allocator *allocator,
                                           struct frame_span batch)
{
    struct frame_parsed *parsed;
    struct frame_verified *verified;
    enum frame_status status = frame_parse(&parsed, fault, allocator, batch.bytes, batch.length);
    if (status != FRAME_OK) return status;
    status = frame_verify(&verified, fault, chain, parsed);
    frame_parsed_free(parsed);
    if (status != FRAME_OK) return status;
    return frame_replay(replayed, fault, verified);
}

/* Steps 1 to 7 and the join. Nothing is left behind on failure. `report` may be NULL. */
static inline enum frame_status kit_join(struct frame_report *report, struct frame_fault *fault,
                                         struct frame_chain *chain,
                                         const struct frame_allocator *allocator,
                                         struct frame_span batch)
{
    struct frame_replayed *replayed;
    enum frame_status status = kit_replay(&replayed, fault, chain, allocator, batch);
    if (status != FRAME_OK) return status;
    status = frame_join(report, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    return status;
}

/* The members of `set` that are not in `without` (NULL: nothing) in canonical order. */
static inline struct kit_list kit_list_set(const struct model *model, const bool *set,
                                           const bool *without)
{
    struct kit_list list = {model_allocate_array(model_count(model), sizeof(size_t)), 0};
    size_t *order = model_allocate_array(model_count(model), sizeof *order);
    size_t count = model_order(model, order, set);
    for (size_t i = 0; i < count; i++)
        if (!without || !without[order[i]]) list.at[list.count++] = order[i];
    free(order);
    return list;
}

/* Do parents that are listed at all stand before `from`? */
static inline bool kit_parents_before(const struct model *model, const struct kit_list *list,
                                      size_t from, size_t index)
{
    const struct model_receipt *receipt = model_at(model, index);
    for (size_t i = from; i < list->count; i++)
        for (size_t p = 0; p < receipt->parent_count; p++)
            if (frame_hash_compare(&model_at(model, list->at[i])->hash, &receipt->parents[p]) == 0)
                return false;
    return true;
}

/* Another order of the same list that puts parents first: each place takes a random one of those
   that may stand there. */
static inline void kit_shuffle(const struct model *model, struct kit_list *list, uint64_t *seed)
{
    for (size_t i = 0; i < list->count; i++) {
        size_t at = i + random_below(seed, list->count - i);
        while (!kit_parents_before(model, list, i, list->at[at]))
            at = at + 1 < list->count ? at + 1 : i;
        size_t taken = list->at[at];
        memmove(list->at + i + 1, list->at + i, (at - i) * sizeof *list->at);
        list->at[i] = taken;
    }
}

#endif
