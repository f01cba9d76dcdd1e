// SPDX-License-Identifier: Apache-2.0
/*
 * Every order in which the receipts of a small history can arrive, parents first, and every way to cut it into
 * batches: a chain is taken through all of them, put back after each, and held against the model.
 */
#include "exhaust_kit.h"

#include <string.h>

enum { RECEIPTS_MAX = 6, REGION_BYTES = 4 << 20 };

struct joiner {
    struct exhaust *exhaust;
    struct exhaust_history *history;
    struct exhaust_region region;
    struct frame_chain *chain;
    bool in[HISTORY_RECEIPTS_MAX];    /* joined */
    bool drawn[HISTORY_RECEIPTS_MAX]; /* joined, or in the batch that is being put together */
    size_t batch[HISTORY_RECEIPTS_MAX];
    size_t batch_count;
    size_t order[HISTORY_RECEIPTS_MAX]; /* as they arrived, for people */
    size_t order_count;
};

static bool parents_drawn(const struct joiner *joiner, size_t index)
{
    const struct model *model = joiner->history->model;
    const struct model_receipt *receipt = model_at(model, index);
    for (size_t p = 0; p < receipt->parent_count; p++) {
        size_t parent = 0;
        if (!model_find(model, &parent, &receipt->parents[p]) || !joiner->drawn[parent])
            return false;
    }
    return true;
}

static bool same_hashes(const struct model *model, const size_t *indices, size_t index_count,
                        const struct frame_hash *hashes, size_t count)
{
    if (index_count != count) return false;
    for (size_t i = 0; i < count; i++) {
        if (frame_hash_compare(&model_at(model, indices[i])->hash, &hashes[i]) != 0) return false;
    }
    return true;
}

static bool same_report(const struct model *model, const struct model_fold *before,
                        const struct model_fold *after, const struct frame_report *report)
{
    struct model_report expected;
    model_report_init(&expected, model, before, after);
    const bool same =
        report->fresh == expected.fresh &&
        (report->fresh == 0 || report->first_difference == expected.first_difference) &&
        same_hashes(model, expected.superseded, expected.superseded_count, report->superseded,
                    report->superseded_count) &&
        same_hashes(model, expected.changed, expected.changed_count, report->changed,
                    report->changed_count) &&
        same_hashes(model, expected.restored, expected.restored_count, report->restored,
                    report->restored_count);
    model_report_release(&expected);
    return same;
}

static void arrivals_text(char text[64], const struct joiner *joiner)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < joiner->order_count && length < 48; i++)
        length += (size_t)snprintf(text + length, 64 - length, " %zu", joiner->order[i]);
}

/* Joins a list to a chain that holds `before`; what comes of it is the model's. */
static void join_checked(struct joiner *joiner, const size_t *list, size_t count,
                         const bool *before, const bool *after)
{
    struct exhaust *exhaust = joiner->exhaust;
    struct model *model = joiner->history->model;
    struct frame_report report;
    char why[160] = "";
    char arrivals[64];
    exhaust_count(exhaust, "joins", 1);
    arrivals_text(arrivals, joiner);
    const enum frame_status status =
        exhaust_join(joiner->chain, &report, &joiner->region, model, list, count);
    if (!exhaust_check(exhaust, status == FRAME_OK, "history%s, arrivals%s: %s",
                       joiner->history->name, arrivals, frame_status_name(status)))
        return;
    const struct model_fold *fold = model_fold_of(model, after);
    (void)exhaust_check(exhaust, model_fold_compare(model, fold, joiner->chain, why, sizeof why),
                        "history%s, arrivals%s: %s", joiner->history->name, arrivals, why);
    (void)exhaust_check(exhaust, same_report(model, model_fold_of(model, before), fold, &report),
                        "history%s, arrivals%s: another report than the model's",
                        joiner->history->name, arrivals);
}

/* What each device holds, on top of what has arrived. */
static void join_holdings(struct joiner *joiner)
{
    struct model *model = joiner->history->model;
    for (size_t device = 0; device < HISTORY_DEVICES; device++) {
        const bool *held = joiner->history->held[device];
        bool after[HISTORY_RECEIPTS_MAX];
        size_t list[HISTORY_RECEIPTS_MAX];
        for (size_t i = 0; i < HISTORY_RECEIPTS_MAX; i++)
            after[i] = joiner->in[i] || held[i];
        const size_t count = model_order(model, list, held);
        exhaust_region_restore(&joiner->region);
        join_checked(joiner, list, count, joiner->in, after);
    }
}

static void explore(struct joiner *joiner);

/* The batch as it is now, and all that can follow. */
static void join_batch(struct joiner *joiner) // NOLINT(misc-no-recursion)
{
    struct joiner outer = *joiner;
    join_checked(joiner, joiner->batch, joiner->batch_count, joiner->in, joiner->drawn);
    memcpy(joiner->in, joiner->drawn, sizeof joiner->in);
    joiner->batch_count = 0;
    exhaust_region_save(&joiner->region);
    exhaust_count(joiner->exhaust, "states", 1);
    join_holdings(joiner);
    exhaust_region_restore(&joiner->region);
    explore(joiner);
    exhaust_region_forget(&joiner->region);
    outer.region = joiner->region;
    *joiner = outer;
    exhaust_region_restore(&joiner->region);
}

/* Every receipt that can be next, at the end of the batch; which ends there or goes on. */
static void explore(struct joiner *joiner) // NOLINT(misc-no-recursion)
{
    for (size_t i = 0; i < joiner->history->count; i++) {
        if (joiner->drawn[i] || !parents_drawn(joiner, i)) continue;
        joiner->drawn[i] = true;
        joiner->batch[joiner->batch_count++] = i;
        joiner->order[joiner->order_count++] = i;
        join_batch(joiner);
        explore(joiner);
        joiner->order_count--;
        joiner->batch_count--;
        joiner->drawn[i] = false;
    }
}

static void visit(struct exhaust *exhaust, struct exhaust_history *history, void *context)
{
    struct joiner *joiner = context;
    joiner->exhaust = exhaust;
    joiner->history = history;
    joiner->chain = exhaust_chain(exhaust, &joiner->region);
    if (joiner->chain == NULL) return;
    exhaust_region_save(&joiner->region);
    explore(joiner);
}

void exhaust_joins(struct exhaust *exhaust)
{
    struct joiner joiner = {.exhaust = exhaust};
    exhaust_region_init(&joiner.region, REGION_BYTES);
    exhaust_histories(exhaust, exhaust->depth, RECEIPTS_MAX, visit, &joiner);
    exhaust_region_release(&joiner.region);
}
