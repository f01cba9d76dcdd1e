// SPDX-License-Identifier: Apache-2.0
/*
 * Merges of a few writers: each closed set of a small history may be what a writer holds. Every three of them
 * merge their heads, take over what the others hold and made, and merge once more (§ 9): the receipts are the
 * model's, byte for byte, so writers who hold the same make the same.
 */
#include "exhaust_kit.h"

#include "model_make.h"

#include <string.h>

enum { RECEIPTS_MAX = 5, SETS_MAX = 1 << RECEIPTS_MAX, WRITERS = 3, REGION_BYTES = 4 << 20 };

struct merger {
    struct exhaust *exhaust;
    struct exhaust_history *history;
    struct exhaust_region region;
    bool sets[SETS_MAX][HISTORY_RECEIPTS_MAX]; /* closed, with the merge of its heads */
    size_t set_count;
};

/* Does the core merge what it holds to what the model says? `held` becomes what is held after it. */
static bool merge_checked(struct merger *merger, struct frame_chain *chain, bool *held)
{
    struct exhaust *exhaust = merger->exhaust;
    struct model *model = merger->history->model;
    struct frame_receipt receipt;
    const struct model_fold *fold = model_fold_of(model, held);
    const size_t expected = fold->head_count > 1 ? 1 : 0;
    size_t appended = 0;
    char why[160] = "";
    const enum frame_status status = frame_chain_merge_heads(chain, &appended, &exhaust->secret, 1);
    if (!exhaust_check(exhaust, status == FRAME_OK && appended == expected,
                       "history%s: %s, %zu merge receipts instead of %zu", merger->history->name,
                       frame_status_name(status), appended, expected))
        return false;
    if (expected == 0) return true;
    const size_t index = model_make_merge(model, &exhaust->secret, held);
    if (!exhaust_check(exhaust, index < HISTORY_RECEIPTS_MAX, "history%s: too many merges",
                       merger->history->name))
        return false;
    held[index] = true;
    const struct frame_span text = model_at(model, index)->text;
    frame_chain_arrived(chain, &receipt, frame_chain_count(chain) - 1);
    exhaust_count(exhaust, "merge receipts", 1);
    (void)exhaust_check(exhaust,
                        receipt.bytes.length == text.length &&
                            memcmp(receipt.bytes.bytes, text.bytes, text.length) == 0,
                        "history%s: another merge receipt than the model's", merger->history->name);
    return exhaust_check(
        exhaust, model_fold_compare(model, model_fold_of(model, held), chain, why, sizeof why),
        "history%s, after a merge: %s", merger->history->name, why);
}

/* A writer who holds the first set takes over the others one by one, and merges in the end. */
static void take_over(struct merger *merger, const size_t sets[WRITERS])
{
    struct model *model = merger->history->model;
    struct frame_chain *chain = exhaust_chain(merger->exhaust, &merger->region);
    bool held[HISTORY_RECEIPTS_MAX] = {false};
    if (chain == NULL) return;
    exhaust_count(merger->exhaust, "writers", 1);
    for (size_t i = 0; i < WRITERS; i++) {
        size_t list[HISTORY_RECEIPTS_MAX];
        const bool *set = merger->sets[sets[i]];
        const size_t count = model_order(model, list, set);
        const enum frame_status status =
            exhaust_join(chain, NULL, &merger->region, model, list, count);
        (void)exhaust_check(merger->exhaust, status == FRAME_OK, "history%s: a writer's %s",
                            merger->history->name, frame_status_name(status));
        for (size_t k = 0; k < HISTORY_RECEIPTS_MAX; k++)
            held[k] = held[k] || set[k];
    }
    (void)merge_checked(merger, chain, held);
}

/* Every closed set of what the history made, and what a writer who holds it makes of it. */
static void sets_make(struct merger *merger, size_t receipts)
{
    struct model *model = merger->history->model;
    merger->set_count = 0;
    for (unsigned bits = 1; bits < 1U << receipts; bits++) {
        bool *set = merger->sets[merger->set_count];
        size_t list[HISTORY_RECEIPTS_MAX];
        memset(set, 0, sizeof merger->sets[0]);
        for (size_t i = 0; i < receipts; i++)
            set[i] = (bits >> i & 1) != 0;
        if (!model_is_closed(model, set)) continue;
        struct frame_chain *chain = exhaust_chain(merger->exhaust, &merger->region);
        const size_t count = model_order(model, list, set);
        if (chain == NULL ||
            exhaust_join(chain, NULL, &merger->region, model, list, count) != FRAME_OK)
            continue;
        if (merge_checked(merger, chain, set)) merger->set_count++;
    }
}

static void visit(struct exhaust *exhaust, struct exhaust_history *history, void *context)
{
    struct merger *merger = context;
    merger->exhaust = exhaust;
    merger->history = history;
    sets_make(merger, history->count);
    exhaust_count(exhaust, "closed sets", merger->set_count);
    for (size_t a = 0; a < merger->set_count; a++) {
        for (size_t b = 0; b < merger->set_count; b++) {
            for (size_t c = b; c < merger->set_count;
                 c++) /* who comes first matters, not who next */
                take_over(merger, (const size_t[WRITERS]){a, b, c});
        }
    }
}

void exhaust_merges(struct exhaust *exhaust)
{
    struct merger merger = {.exhaust = exhaust};
    exhaust_region_init(&merger.region, REGION_BYTES);
    exhaust_histories(exhaust, exhaust->depth, RECEIPTS_MAX, visit, &merger);
    exhaust_region_release(&merger.region);
}
