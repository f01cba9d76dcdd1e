// SPDX-License-Identifier: Apache-2.0
#include "merge_laws.h"

#include <stdio.h>
#include <stdlib.h>

#include "crypto.h"
#include "model_internal.h"
#include "pipeline.h"

/* ---- Reports -------------------------------------------------------------------------------- */

static bool *members_of(const struct model *model, const struct frame_chain *chain)
{
    bool *members = model_allocate_array(model_count(model) + 1, sizeof *members);
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        size_t index;
        frame_chain_at(chain, &receipt, i);
        FUZZ_CHECK(model_find(model, &index, &receipt.hash));
        members[index] = true;
    }
    return members;
}

static void check_list(const struct model *model, const struct frame_hash *hashes, size_t count,
                       const size_t *expected, size_t expected_count)
{
    FUZZ_CHECK(count == expected_count);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(frame_hash_compare(&hashes[i], &model_at(model, expected[i])->hash) == 0);
}

static void check_report(struct model *model, const struct frame_report *report, const bool *before,
                         const bool *after)
{
    struct model_report said;
    model_report_init(&said, model, model_fold_of(model, before), model_fold_of(model, after));
    FUZZ_CHECK(report->fresh == said.fresh && report->first_difference == said.first_difference);
    check_list(model, report->superseded, report->superseded_count, said.superseded,
               said.superseded_count);
    check_list(model, report->changed, report->changed_count, said.changed, said.changed_count);
    check_list(model, report->restored, report->restored_count, said.restored, said.restored_count);
    model_report_release(&said);
}

static void join_file(struct frame_chain *chain, struct frame_span file,
                      struct frame_report *report)
{
    struct frame_replayed *replayed;
    struct frame_fault fault;
    FUZZ_CHECK(pipeline_replay(&replayed, &fault, chain, file) == FRAME_OK);
    FUZZ_CHECK(frame_join(report, replayed) == FRAME_OK);
}

static void join_checked(struct model *model, struct frame_chain *chain,
                         const struct frame_chain *other)
{
    struct frame_report report;
    struct frame_span file = pipeline_write(other);
    bool *before = members_of(model, chain);
    join_file(chain, file, &report);
    bool *after = members_of(model, chain);
    check_report(model, &report, before, after);
    free(before);
    free(after);
    model_free_span(file);
}

static void join_chain(struct frame_chain *chain, const struct frame_chain *other)
{
    struct frame_report report;
    struct frame_span file = pipeline_write(other);
    join_file(chain, file, &report);
    model_free_span(file);
}

/* ---- Laws ----------------------------------------------------------------------------------- */

struct frame_chain *merge_laws_union(const struct frame_crypto *crypto,
                                     struct frame_chain *const *chains, size_t count)
{
    struct frame_chain *all = pipeline_chain(crypto, FRAME_MODE_FULL, chains[0]);
    struct model *model = pipeline_model(crypto, chains[0]);
    for (size_t i = 0; i < count; i++)
        FUZZ_CHECK(model_add_chain(model, chains[i]));
    for (size_t i = 0; i < count; i++) {
        char why[256] = "";
        if (model_count(model) > PIPELINE_MODEL_RECEIPTS_MAX) {
            join_chain(all, chains[i]);
            continue;
        }
        join_checked(model, all, chains[i]);
        bool *members = members_of(model, all);
        bool same = model_fold_compare(model, model_fold_of(model, members), all, why, sizeof why);
        if (!same) fprintf(stderr, "the model says: %s\n", why);
        FUZZ_CHECK(same);
        free(members);
    }
    model_free(model);
    return all;
}

void merge_laws_orders(const struct frame_crypto *crypto, const struct frame_chain *all,
                       struct frame_chain *const *chains, size_t count)
{
    struct frame_chain *back = pipeline_chain(crypto, FRAME_MODE_FULL, all);
    struct frame_chain *group = pipeline_chain(crypto, FRAME_MODE_FULL, all);
    for (size_t i = count; i > 0; i--)
        join_chain(back, chains[i - 1]);
    FUZZ_CHECK(pipeline_same(back, all));
    for (size_t i = 1; i < count; i++)
        join_chain(group, chains[i]);
    join_chain(chains[0], group);
    FUZZ_CHECK(pipeline_same(chains[0], all));
    join_chain(chains[0], back);
    FUZZ_CHECK(pipeline_same(chains[0], all));
    frame_chain_free(back);
    frame_chain_free(group);
}

/* ---- Pieces --------------------------------------------------------------------------------- */

/* Which receipts may come next: held parents, itself not held. */
static bool may_come(const struct frame_chain *chain, const struct frame_receipt *receipt)
{
    if (frame_chain_find(chain, NULL, &receipt->hash)) return false;
    for (size_t i = 0; i < receipt->parent_count; i++)
        if (!frame_chain_find(chain, NULL, &receipt->parents[i])) return false;
    return true;
}

/* Joins the first receipt, from a place on and around, that may come next, and with it a run of those
   that follow in canonical order and have their parents by then. */
static void join_piece(struct frame_chain *chain, const struct frame_chain *all, size_t place)
{
    struct model_text batch = {0};
    struct frame_receipt receipt;
    struct frame_report report;
    size_t count = frame_chain_count(all), at = place % count;
    frame_chain_at(all, &receipt, at);
    while (!may_come(chain, &receipt)) {
        at = (at + 1) % count;
        frame_chain_at(all, &receipt, at);
    }
    model_text_string(&batch, "[");
    model_text_add(&batch, receipt.bytes.bytes, receipt.bytes.length);
    for (size_t next = at + 1; next < count && next % 3 != 0; next++) {
        frame_chain_at(all, &receipt, next);
        if (!may_come(chain, &receipt)) continue;
        model_text_string(&batch, ",");
        model_text_add(&batch, receipt.bytes.bytes, receipt.bytes.length);
    }
    model_text_string(&batch, "]");
    join_file(chain, model_text_span(&batch), &report);
    free(batch.bytes);
}

void merge_laws_pieces(const struct frame_crypto *crypto, const struct frame_chain *all)
{
    struct frame_chain *chain = pipeline_chain(crypto, FRAME_MODE_FULL, all);
    size_t count = frame_chain_count(all);
    for (size_t step = 0; frame_chain_count(chain) < count; step++)
        join_piece(chain, all, count - 1 - step * 5 % count);
    FUZZ_CHECK(pipeline_same(chain, all));
    frame_chain_free(chain);
}

/* ---- Merge receipts ------------------------------------------------------------------------- */

void merge_laws_merged(const struct frame_crypto *crypto, const struct frame_chain *all)
{
    struct frame_summary before, after;
    struct frame_public_key public_key;
    struct frame_span id;
    size_t key, appended;
    frame_chain_summary(all, &before);
    if (before.head_count < 2 || !frame_chain_identity(all, &public_key, &id) ||
        !crypto_find(&key, &public_key))
        return;
    struct frame_chain *merged = pipeline_chain(crypto, FRAME_MODE_FULL, all);
    join_chain(merged, all);
    FUZZ_CHECK(frame_chain_merge_heads(merged, &appended, crypto_secret(key), 1) == FRAME_OK);
    frame_chain_summary(merged, &after);
    FUZZ_CHECK(after.head_count == 1 && after.receipts == before.receipts + appended);
    pipeline_check_model(crypto, merged);
    pipeline_check_file(crypto, merged);
    frame_chain_free(merged);
}
