// SPDX-License-Identifier: Apache-2.0
#include "pipeline.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "model_internal.h"

struct frame_chain *pipeline_chain(const struct frame_crypto *crypto, enum frame_mode mode,
                                   const struct frame_chain *like)
{
    struct frame_chain *chain;
    struct frame_public_key key;
    struct frame_chain_config config = {
        .crypto = crypto, .allocator = fuzz_allocator(), .mode = mode};
    if (like != NULL && frame_chain_identity(like, &key, &config.identity))
        config.public_key = &key;
    FUZZ_CHECK(frame_chain_new(&chain, &config) == FRAME_OK);
    return chain;
}

/* ---- Comparing ------------------------------------------------------------------------------ */

static void figures_of(const struct frame_chain *chain, struct frame_summary *summary,
                       struct frame_hash *heads)
{
    memset(summary, 0, sizeof *summary);
    frame_chain_summary(chain, summary);
    struct frame_hash none = {{0}};
    *heads = none;
    frame_commitment(frame_crypto_libsodium(), heads, summary->heads, summary->head_count);
    if (!summary->has_root) summary->state_root = none;
}

static bool summaries_same(const struct frame_summary *a, const struct frame_summary *b)
{
    return a->receipts == b->receipts && a->head_count == b->head_count &&
           frame_hash_compare(&a->commitment, &b->commitment) == 0 && a->has_root == b->has_root &&
           frame_hash_compare(&a->state_root, &b->state_root) == 0 &&
           a->superseded == b->superseded && a->changed == b->changed;
}

bool pipeline_same(const struct frame_chain *a, const struct frame_chain *b)
{
    struct frame_summary of_a, of_b;
    struct frame_hash heads_a, heads_b;
    figures_of(a, &of_a, &heads_a);
    figures_of(b, &of_b, &heads_b);
    if (!summaries_same(&of_a, &of_b) || frame_hash_compare(&heads_a, &heads_b) != 0) return false;
    for (size_t i = 0; i < of_a.receipts; i++) {
        struct frame_receipt in_a, in_b;
        frame_chain_at(a, &in_a, i);
        frame_chain_at(b, &in_b, i);
        if (frame_hash_compare(&in_a.hash, &in_b.hash) != 0 || in_a.outcome != in_b.outcome ||
            in_a.final != in_b.final)
            return false;
    }
    return true;
}

void pipeline_tell(const struct frame_chain *chain)
{
    struct frame_summary summary;
    struct frame_hash heads;
    figures_of(chain, &summary, &heads);
    FUZZ_CHECK(frame_hash_compare(&heads, &summary.commitment) == 0);
    fuzz_tell_number(summary.receipts);
    fuzz_tell_number(summary.superseded);
    fuzz_tell_number(summary.changed);
    fuzz_root(&summary.commitment);
    fuzz_root(&summary.state_root);
}

struct frame_span pipeline_write(const struct frame_chain *chain)
{
    struct model_text text = {0};
    FUZZ_CHECK(frame_chain_write(chain, model_text_sink(&text)));
    return model_text_span(&text);
}

/* ---- Stages --------------------------------------------------------------------------------- */

static enum frame_status stages(struct frame_replayed **replayed, struct frame_fault *fault,
                                struct frame_chain *chain, struct frame_span batch, size_t *count)
{
    struct frame_allocator allocator = fuzz_allocator();
    struct frame_parsed *parsed;
    struct frame_verified *verified;
    *count = 0;
    enum frame_status status = frame_parse(&parsed, fault, &allocator, batch.bytes, batch.length);
    if (status != FRAME_OK) return status;
    *count = frame_parsed_count(parsed);
    fuzz_reach(FUZZ_WALL_PARSE);
    status = frame_verify(&verified, fault, chain, parsed);
    frame_parsed_free(parsed);
    return status == FRAME_OK ? frame_replay(replayed, fault, verified) : status;
}

enum frame_status pipeline_replay(struct frame_replayed **replayed, struct frame_fault *fault,
                                  struct frame_chain *chain, struct frame_span batch)
{
    struct frame_span before = pipeline_write(chain);
    struct frame_summary had, has;
    struct frame_hash heads_had, heads_has;
    size_t count;
    figures_of(chain, &had, &heads_had);
    enum frame_status status = stages(replayed, fault, chain, batch, &count);
    FUZZ_CHECK(fault->status == status && status != FRAME_NO_MEMORY);
    if (count > 0) fuzz_reach_status(status);
    if (status != FRAME_OK) {
        struct frame_span after = pipeline_write(chain);
        figures_of(chain, &has, &heads_has);
        FUZZ_CHECK(summaries_same(&had, &has) && frame_hash_compare(&heads_had, &heads_has) == 0);
        FUZZ_CHECK(after.length == before.length &&
                   memcmp(after.bytes, before.bytes, after.length) == 0);
        model_free_span(after);
    }
    model_free_span(before);
    return status;
}

enum frame_status pipeline_join(struct frame_fault *fault, struct frame_chain *chain,
                                struct frame_span batch)
{
    struct frame_replayed *replayed;
    struct frame_report report;
    size_t had = frame_chain_count(chain);
    enum frame_status status = pipeline_replay(&replayed, fault, chain, batch);
    if (status != FRAME_OK) return status;
    size_t fresh = frame_replayed_fresh(replayed);
    FUZZ_CHECK(frame_join(&report, replayed) == FRAME_OK);
    FUZZ_CHECK(report.fresh == fresh && frame_chain_count(chain) == had + fresh);
    return FRAME_OK;
}

/* ---- The model ------------------------------------------------------------------------------ */

struct model *pipeline_model(const struct frame_crypto *crypto, const struct frame_chain *chain)
{
    struct frame_public_key key;
    struct frame_span id;
    FUZZ_CHECK(frame_chain_identity(chain, &key, &id));
    return model_new(id, &key, crypto);
}

void pipeline_check_model(const struct frame_crypto *crypto, const struct frame_chain *chain)
{
    char why[256] = "";
    size_t count = frame_chain_count(chain);
    if (count == 0 || count > PIPELINE_MODEL_RECEIPTS_MAX) return;
    struct model *model = pipeline_model(crypto, chain);
    FUZZ_CHECK(model_add_chain(model, chain));
    bool same = model_compare(model, chain, why, sizeof why);
    if (!same) fprintf(stderr, "the model says: %s\n", why);
    FUZZ_CHECK(same);
    model_free(model);
}

void pipeline_check_file(const struct frame_crypto *crypto, const struct frame_chain *chain)
{
    struct frame_fault fault;
    struct frame_chain *again = pipeline_chain(crypto, FRAME_MODE_FULL, chain);
    struct frame_span file = pipeline_write(chain);
    FUZZ_CHECK(pipeline_join(&fault, again, file) == FRAME_OK);
    FUZZ_CHECK(pipeline_same(again, chain));
    struct frame_span written = pipeline_write(again);
    FUZZ_CHECK(written.length == file.length &&
               memcmp(written.bytes, file.bytes, file.length) == 0);
    model_free_span(written);
    model_free_span(file);
    frame_chain_free(again);
}
