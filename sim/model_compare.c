// SPDX-License-Identifier: Apache-2.0
/* The core's chain against the model. */
#include "model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct difference {
    char *why;
    size_t size;
};

static bool differ(struct difference *difference, const char *what, size_t position, size_t core,
                   size_t model)
{
    if (difference->size > 0)
        (void)snprintf(difference->why, difference->size, "%s at %zu: core %zu, model %zu", what,
                       position, core, model);
    return false;
}

static bool differ_hash(struct difference *difference, const char *what, size_t position,
                        const struct frame_hash *core, const struct frame_hash *model)
{
    char hex[2][65] = {{0}, {0}};
    frame_hex_encode(hex[0], core->bytes, sizeof core->bytes);
    frame_hex_encode(hex[1], model->bytes, sizeof model->bytes);
    if (difference->size > 0)
        (void)snprintf(difference->why, difference->size, "%s at %zu: core %s, model %s", what,
                       position, hex[0], hex[1]);
    return false;
}

static bool compare_summary(const struct model_fold *fold, const struct frame_chain *chain,
                            struct difference *why)
{
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    if (frame_chain_count(chain) != fold->count)
        return differ(why, "count", 0, frame_chain_count(chain), fold->count);
    if (summary.receipts != fold->count)
        return differ(why, "summary.receipts", 0, summary.receipts, fold->count);
    if (summary.head_count != fold->head_count)
        return differ(why, "heads", 0, summary.head_count, fold->head_count);
    for (size_t i = 0; i < fold->head_count; i++)
        if (frame_hash_compare(&summary.heads[i], &fold->heads[i]) != 0)
            return differ_hash(why, "head", i, &summary.heads[i], &fold->heads[i]);
    if (frame_hash_compare(&summary.commitment, &fold->commitment) != 0)
        return differ_hash(why, "commitment", 0, &summary.commitment, &fold->commitment);
    if (summary.superseded != fold->superseded)
        return differ(why, "superseded", 0, summary.superseded, fold->superseded);
    if (summary.changed != fold->changed)
        return differ(why, "changed", 0, summary.changed, fold->changed);
    if (fold->count > 0 && !summary.has_root) return differ(why, "has_root", 0, 0, 1);
    if (summary.has_root && frame_hash_compare(&summary.state_root, &fold->state_root) != 0)
        return differ_hash(why, "state root", 0, &summary.state_root, &fold->state_root);
    return true;
}

static bool compare_receipt(const struct model_receipt *model, const struct frame_receipt *core,
                            size_t position, struct difference *why)
{
    if (frame_hash_compare(&core->hash, &model->hash) != 0)
        return differ_hash(why, "order", position, &core->hash, &model->hash);
    if (core->position != position)
        return differ(why, "position", position, core->position, position);
    if (core->timestamp_s != model->timestamp_s)
        return differ(why, "timestamp", position, (size_t)core->timestamp_s,
                      (size_t)model->timestamp_s);
    if (frame_hash_compare(&core->next_root, &model->next_root) != 0)
        return differ_hash(why, "nextStateRoot", position, &core->next_root, &model->next_root);
    if (core->parent_count != model->parent_count)
        return differ(why, "parents", position, core->parent_count, model->parent_count);
    for (size_t i = 0; i < model->parent_count; i++)
        if (frame_hash_compare(&core->parents[i], &model->parents[i]) != 0)
            return differ_hash(why, "parent", position, &core->parents[i], &model->parents[i]);
    return true;
}

static bool compare_receipts(const struct model *model, const struct model_fold *fold,
                             const struct frame_chain *chain, struct difference *why)
{
    for (size_t i = 0; i < fold->count; i++) {
        const struct model_receipt *receipt = model_at(model, fold->order[i]);
        struct frame_receipt core, found;
        frame_chain_at(chain, &core, i);
        if (!compare_receipt(receipt, &core, i, why)) return false;
        if (core.outcome != fold->outcome[i])
            return differ(why, "outcome", i, core.outcome, fold->outcome[i]);
        if (core.final != fold->final[i])
            return differ(why, "final", i, core.final, fold->final[i]);
        if (!frame_chain_find(chain, &found, &receipt->hash)) return differ(why, "find", i, 0, 1);
        if (found.position != i) return differ(why, "position found", i, found.position, i);
    }
    return true;
}

static bool compare_storage(const struct model_fold *fold, const struct frame_chain *chain,
                            struct difference *why)
{
    struct model_text text = {0};
    bool written = frame_chain_write_storage(chain, model_text_sink(&text));
    size_t at = 0;
    while (at < text.length && at < fold->storage.length &&
           text.bytes[at] == fold->storage.bytes[at])
        at++;
    size_t length = text.length;
    free(text.bytes);
    if (!written) return differ(why, "storage written", 0, 0, 1);
    if (at < length || at < fold->storage.length)
        return differ(why, "storage bytes, lengths", at, length, fold->storage.length);
    return true;
}

bool model_fold_compare(const struct model *model, const struct model_fold *fold,
                        const struct frame_chain *chain, char *why, size_t why_size)
{
    struct difference difference;
    difference.why = why;
    difference.size = why_size;
    return compare_summary(fold, chain, &difference) &&
           compare_receipts(model, fold, chain, &difference) &&
           compare_storage(fold, chain, &difference);
}

bool model_compare(struct model *model, const struct frame_chain *chain, char *why, size_t why_size)
{
    struct difference difference = {.why = why, .size = why_size};
    const struct model_fold *fold = model_fold(model);
    if (!fold) return differ(&difference, "the model has no fold, receipts", 0, 0, model->count);
    return model_fold_compare(model, fold, chain, why, why_size);
}
