// SPDX-License-Identifier: Apache-2.0
/* Closed sets drawn from a random chain, and joins of them into the core's chain, each held
   against the model. What the tests of laws share. */
#ifndef SIM_TESTS_LAWS_H
#define SIM_TESTS_LAWS_H

#include "chain_kit.h"

#include <stdio.h>

enum { FORGERIES_MAX = 64 };

/* One random chain, and what is drawn from it. */
struct lawyer {
    struct random_chain random;
    struct model *model;
    size_t count; /* receipts of the random chain; behind them come forged ones */
    size_t room;  /* flags in a set */
    const struct frame_crypto *crypto;
    struct heap heap;
    uint64_t seed;
    char name[64];
};

struct figures {
    size_t joins, superseded, changed, restored;
};
static struct figures figures;

/* ---- Sets ------------------------------------------------------------------------------------ */

static inline bool *set_new(const struct lawyer *lawyer)
{
    return model_allocate_array(lawyer->room, sizeof(bool));
}

static inline bool *set_union(const struct lawyer *lawyer, const bool *a, const bool *b)
{
    bool *both = set_new(lawyer);
    for (size_t i = 0; i < lawyer->room; i++)
        both[i] = a[i] || b[i];
    return both;
}

/* Part of what a device holds, the closure of a few receipts, or once in a while nothing. */
static inline bool *draw(struct lawyer *lawyer)
{
    bool *set = set_new(lawyer);
    if (random_below(&lawyer->seed, 3) == 0) {
        const bool *held = lawyer->random.held[random_below(&lawyer->seed, lawyer->random.devices)];
        memcpy(set, held, lawyer->count * sizeof *set);
        return set;
    }
    size_t picks = random_below(&lawyer->seed, 5);
    for (size_t i = 0; i < picks; i++)
        set[random_below(&lawyer->seed, lawyer->count)] = true;
    (void)model_close(lawyer->model, set);
    return set;
}

/* ---- A chain against the model --------------------------------------------------------------- */

static inline bool same_as_model(struct lawyer *lawyer, const struct frame_chain *chain,
                                 const bool *set)
{
    char why[256] = "";
    const struct model_fold *fold = model_fold_of(lawyer->model, set);
    bool same = fold && model_fold_compare(lawyer->model, fold, chain, why, sizeof why);
    if (!same) printf("%s: %s\n", lawyer->name, why);
    return CHECK_IN(lawyer->name, same);
}

static inline void check_arrivals(const struct lawyer *lawyer, const struct frame_chain *chain)
{
    struct frame_receipt receipt, parent;
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        frame_chain_arrived(chain, &receipt, i);
        CHECK_IN(lawyer->name, receipt.arrival == i);
        for (size_t p = 0; p < receipt.parent_count; p++)
            CHECK_IN(lawyer->name,
                     frame_chain_find(chain, &parent, &receipt.parents[p]) && parent.arrival < i);
    }
}

static inline bool list_is(const struct lawyer *lawyer, const struct frame_hash *hashes,
                           size_t count, const size_t *indices, size_t index_count)
{
    bool same = count == index_count;
    for (size_t i = 0; same && i < count; i++)
        same = frame_hash_compare(&hashes[i], &model_at(lawyer->model, indices[i])->hash) == 0;
    return same;
}

static inline void check_report(struct lawyer *lawyer, const struct frame_report *report,
                                const bool *before, const bool *after)
{
    struct model_report model;
    model_report_init(&model, lawyer->model, model_fold_of(lawyer->model, before),
                      model_fold_of(lawyer->model, after));
    const char *name = lawyer->name;
    CHECK_IN(name, report->fresh == model.fresh);
    CHECK_IN(name, report->first_difference == model.first_difference);
    CHECK_IN(name, list_is(lawyer, report->superseded, report->superseded_count, model.superseded,
                           model.superseded_count));
    CHECK_IN(name, list_is(lawyer, report->changed, report->changed_count, model.changed,
                           model.changed_count));
    CHECK_IN(name, list_is(lawyer, report->restored, report->restored_count, model.restored,
                           model.restored_count));
    figures.joins++;
    figures.superseded += model.superseded_count;
    figures.changed += model.changed_count;
    figures.restored += model.restored_count;
    model_report_release(&model);
}

/* What an execution says of itself is what its receipt says, which the model makes as well. */
static inline void check_executed(struct lawyer *lawyer, const struct frame_executed *executed)
{
    size_t index = 0;
    struct model_own own;
    struct frame_hash hash;
    const char *name = lawyer->name;
    if (!CHECK_IN(name, model_find(lawyer->model, &index, &executed->receipt))) return;
    if (!CHECK_IN(name, model_own(lawyer->model, &own, index))) return;
    frame_sha256_of(lawyer->crypto, &hash, executed->result.bytes, executed->result.length);
    CHECK_IN(name, frame_hash_compare(&hash, &own.result_hash) == 0);
    CHECK_IN(name, executed->accepted == own.accepted);
}

/* ---- Joins ----------------------------------------------------------------------------------- */

/* Joins one batch, and checks chain and report. `held` grows by the batch, which is closed with
   it. */
static inline void join_list(struct lawyer *lawyer, struct frame_chain *chain, bool *held,
                             const struct kit_list *list)
{
    struct frame_report report = {0};
    struct frame_fault fault;
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    bool *before = set_union(lawyer, held, held);
    struct model_text batch = kit_batch(lawyer->model, list);
    for (size_t i = 0; i < list->count; i++)
        held[list->at[i]] = true;
    enum frame_status status =
        kit_join(&report, &fault, chain, &allocator, model_text_span(&batch));
    if (status != FRAME_OK)
        printf("%s: %s at %d\n", lawyer->name, frame_status_name(status), (int)fault.index);
    if (CHECK_IN(lawyer->name, status == FRAME_OK) && same_as_model(lawyer, chain, held))
        check_report(lawyer, &report, before, held);
    free(batch.bytes);
    free(before);
}

/* A set as it stands in canonical order, whole. What is held already is passed over (§ 10). */
static inline void join_whole(struct lawyer *lawyer, struct frame_chain *chain, bool *held,
                              const bool *set)
{
    struct kit_list list = kit_list_set(lawyer->model, set, NULL);
    join_list(lawyer, chain, held, &list);
    free(list.at);
}

/* A set in a random order that puts parents first, cut into random batches. */
static inline void join_in_pieces(struct lawyer *lawyer, struct frame_chain *chain, bool *held,
                                  const bool *set)
{
    struct kit_list list = kit_list_set(lawyer->model, set, NULL), piece;
    kit_shuffle(lawyer->model, &list, &lawyer->seed);
    size_t left = list.count;
    piece.at = list.at;
    while (left > 0) {
        piece.count = 1 + random_below(&lawyer->seed, left);
        join_list(lawyer, chain, held, &piece);
        piece.at += piece.count;
        left -= piece.count;
    }
    free(list.at);
}

static inline struct frame_chain *chain_new(struct lawyer *lawyer, bool **held)
{
    *held = set_new(lawyer);
    return kit_chain(&lawyer->heap, &lawyer->random, lawyer->crypto);
}

/* Mostly small chains, which meet in every way; some larger ones, and now and then a long one. */
static inline size_t draw_size(uint64_t *seed)
{
    size_t kind = random_below(seed, 100);
    if (kind < 65) return 3 + random_below(seed, 14);
    if (kind < 95) return 15 + random_below(seed, 30);
    if (kind < 98) return 60 + random_below(seed, 60);
    return 300 + random_below(seed, 200);
}

static inline void lawyer_init_with(struct lawyer *lawyer, const struct random_chain_config *config,
                                    const struct frame_crypto *crypto)
{
    random_chain_init(&lawyer->random, config, crypto);
    lawyer->crypto = crypto;
    lawyer->model = lawyer->random.model;
    lawyer->count = model_count(lawyer->model);
    lawyer->room = lawyer->count + FORGERIES_MAX;
}

/* Makes a random chain of a seed's own size. */
static inline void lawyer_init(struct lawyer *lawyer, uint64_t seed,
                               const struct frame_crypto *crypto)
{
    struct random_chain_config config = {.seed = seed, .routes = seed % 3 == 0};
    *lawyer = (struct lawyer){.seed = seed};
    config.receipts = draw_size(&lawyer->seed);
    config.devices = 2 + random_below(&lawyer->seed, 4);
    lawyer_init_with(lawyer, &config, crypto);
}

#endif
