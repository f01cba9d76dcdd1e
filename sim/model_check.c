// SPDX-License-Identifier: Apache-2.0
/* Step 7 (§ 10), and what a join tells people (§ 8). */
#include "model_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- Step 7 (§ 10) --------------------------------------------------------------------------- */

void model_merge_result_hash(const struct model *model, struct frame_hash *hash, size_t heads)
{
    char digits[20];
    size_t length = 0;
    struct model_text text = {0};
    do {
        digits[length++] = (char)('0' + heads % 10);
        heads /= 10;
    } while (heads > 0);
    model_text_string(&text, "{\"heads\":");
    while (length > 0)
        model_text_add(&text, &digits[--length], 1);
    model_text_string(&text, ",\"ok\":true}");
    frame_sha256_of(model->crypto, hash, text.bytes, text.length);
    free(text.bytes);
}

/* Makes the contexts of a receipt and its ancestors known, if that is possible. */
static void find_context(struct model *model, size_t index)
{
    bool *members = model_allocate_array(model->count, sizeof *members);
    members[index] = true;
    if (model_close(model, members)) (void)model_contexts(model, members);
    free(members);
}

bool model_own(struct model *model, struct model_own *own, size_t index)
{
    const struct model_entry *entry = model->entries[index];
    const struct model_receipt *receipt = &entry->receipt;
    if (!entry->context) find_context(model, index);
    if (!entry->context) return false;
    size_t previous;
    own->previous_root = model->empty_root;
    if (!receipt->first && model_find(model, &previous, &receipt->previous))
        own->previous_root = model_at(model, previous)->next_root;
    const struct model_storage *after = entry->context->storage;
    if (receipt->merge) {
        own->accepted = true;
        model_merge_result_hash(model, &own->result_hash, receipt->parent_count);
    } else {
        own->accepted = entry->own->accepted;
        own->result_hash = entry->own->result_hash;
        after = entry->own->after;
    }
    model_state_root(model, &own->next_root, after->text, &receipt->previous);
    return true;
}

enum frame_status model_verify(struct model *model, size_t *index, const bool *members,
                               const bool *fresh)
{
    size_t *order = model_allocate_array(model->count, sizeof *order);
    size_t count = model_order(model, order, members);
    enum frame_status status = FRAME_OK;
    for (size_t i = 0; status == FRAME_OK && i < count; i++) {
        const struct model_receipt *receipt = model_at(model, order[i]);
        struct model_own own;
        if (fresh && !fresh[order[i]]) continue;
        if (!model_own(model, &own, order[i]))
            status = FRAME_DAPP;
        else if (frame_hash_compare(&own.previous_root, &receipt->previous_root) != 0)
            status = FRAME_STATE_ROOT_LINK;
        else if (frame_hash_compare(&own.result_hash, &receipt->result_hash) != 0)
            status = FRAME_RESULT_HASH;
        else if (frame_hash_compare(&own.next_root, &receipt->next_root) != 0)
            status = FRAME_STATE_ROOT;
        if (status != FRAME_OK) *index = order[i];
    }
    free(order);
    return status;
}

/* ---- What a join tells people (§ 8) ---------------------------------------------------------- */

/* Outcomes of a fold by index; FRAME_OUTCOME_MERGE + 1 for receipts outside it. */
static unsigned *outcomes_by_index(const struct model *model, const struct model_fold *fold)
{
    unsigned *outcomes = model_allocate_array(model->count, sizeof *outcomes);
    for (size_t i = 0; i < model->count; i++)
        outcomes[i] = FRAME_OUTCOME_MERGE + 1;
    for (size_t i = 0; i < fold->count; i++)
        outcomes[fold->order[i]] = fold->outcome[i];
    return outcomes;
}

void model_report_init(struct model_report *report, const struct model *model,
                       const struct model_fold *before, const struct model_fold *after)
{
    unsigned *was = outcomes_by_index(model, before);
    memset(report, 0, sizeof *report);
    report->fresh = after->count - before->count;
    while (report->first_difference < before->count &&
           before->order[report->first_difference] == after->order[report->first_difference])
        report->first_difference++;
    report->superseded = model_allocate_array(after->count, sizeof *report->superseded);
    report->changed = model_allocate_array(after->count, sizeof *report->changed);
    report->restored = model_allocate_array(after->count, sizeof *report->restored);
    for (size_t i = 0; i < after->count; i++) {
        size_t index = after->order[i];
        bool superseded = after->outcome[i] == FRAME_OUTCOME_SUPERSEDED;
        bool changed = after->outcome[i] == FRAME_OUTCOME_CHANGED;
        if (was[index] == FRAME_OUTCOME_SUPERSEDED) {
            if (!superseded) report->restored[report->restored_count++] = index;
        } else if (superseded) {
            report->superseded[report->superseded_count++] = index;
        } else if (changed && was[index] != FRAME_OUTCOME_CHANGED) {
            report->changed[report->changed_count++] = index;
        }
    }
    free(was);
}

void model_report_release(struct model_report *report)
{
    free(report->superseded);
    free(report->changed);
    free(report->restored);
}
