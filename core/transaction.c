// SPDX-License-Identifier: Apache-2.0
/*
 * Changes of a chain's set, whole or not at all: what is rejected, or runs out of memory, leaves the
 * chain as it was, and taking it back needs no memory.
 */
#include <string.h>

#include "chain.h"
#include "planted.h"

static void transaction_free(struct frame_chain *chain)
{
    struct transaction *transaction = &chain->transaction;
    const struct frame_allocator *allocator = &chain->allocator;
    memory_release(allocator, transaction->suffix,
                   transaction->suffix_count * sizeof(struct node *));
    memory_release(allocator, transaction->log, transaction->log_capacity * sizeof(struct undo));
    checkpoints_free(allocator, &transaction->checkpoints);
    state_release(allocator, &transaction->state);
    memset(transaction, 0, sizeof *transaction);
}

static bool log_reserve(struct frame_chain *chain, size_t count)
{
    struct transaction *transaction = &chain->transaction;
    void *array = transaction->log;
    if (!memory_reserve(&chain->allocator, &array, &transaction->log_capacity, count,
                        sizeof *transaction->log))
        return false;
    transaction->log = array;
    return true;
}

enum frame_status transaction_note(struct frame_chain *chain, struct node *node)
{
    struct transaction *transaction = &chain->transaction;
    FRAME_ASSERT(chain->busy);
    if (!log_reserve(chain, transaction->log_count + 1)) return FRAME_NO_MEMORY;
    transaction->log[transaction->log_count++] = (struct undo){node, node->effect};
    return FRAME_OK;
}

static enum frame_status transaction_save(struct frame_chain *chain, size_t from)
{
    struct transaction *transaction = &chain->transaction;
    size_t count = chain->order.count - from;
    memset(transaction, 0, sizeof *transaction);
    transaction->from = from;
    transaction->lowest = from;
    if (count > 0) {
        transaction->suffix =
            memory_allocate(&chain->allocator, count * sizeof *transaction->suffix);
        if (transaction->suffix == NULL) return FRAME_NO_MEMORY;
        transaction->suffix_count = count;
        memcpy(transaction->suffix, chain->order.nodes + from, count * sizeof(struct node *));
    }
    if (!log_reserve(chain, count)) return FRAME_NO_MEMORY;
    for (size_t i = 0; i < count; i++)
        transaction->log[i] = (struct undo){transaction->suffix[i], transaction->suffix[i]->effect};
    transaction->log_count = count;
    state_share(&transaction->state, &chain->fold.state);
    return checkpoints_copy(&chain->allocator, &transaction->checkpoints, &chain->fold.checkpoints);
}

enum frame_status transaction_begin(struct frame_chain *chain, size_t from)
{
    FRAME_ASSERT(!chain->busy && from <= chain->order.count);
    enum frame_status status = transaction_save(chain, from);
    if (status != FRAME_OK) {
        transaction_free(chain);
        return status;
    }
    chain->busy = true;
    fold_truncate(chain, from);
    while (chain->order.count > from)
        chain_pop(chain);
    return FRAME_OK;
}

static void clear_dirty(struct fold *fold)
{
    while (fold->dirty != NULL) {
        struct node *node = fold->dirty;
        fold->dirty = node->next_dirty;
        node->dirty = false;
        node->next_dirty = NULL;
    }
}

void transaction_rollback(struct frame_chain *chain)
{
    struct transaction *transaction = &chain->transaction;
    struct fold *fold = &chain->fold;
    FRAME_ASSERT(chain->busy);
    while (chain->order.count > transaction->from)
        chain_pop(chain);
    for (size_t i = 0; i < transaction->suffix_count; i++)
        chain_append(chain, transaction->suffix[i]);
    /* the oldest entry of a node is the last to be put back */
    for (size_t i = transaction->log_count; i-- > 0;)
        if (transaction->log[i].node->placed)
            fold_set_effect(chain, transaction->log[i].node, transaction->log[i].effect);
    clear_dirty(fold);
    state_release(&chain->allocator, &fold->state);
    state_share(&fold->state, &transaction->state);
    checkpoints_free(&chain->allocator, &fold->checkpoints);
    fold->checkpoints = transaction->checkpoints;
    transaction->checkpoints = (struct checkpoints){NULL, 0, 0};
    fold->folded = chain->mode == FRAME_MODE_FULL ? chain->order.count : 0;
    chain->busy = false;
    transaction_free(chain);
}

/* ---- Publishing ---- */

enum change { CHANGE_NONE, CHANGE_SUPERSEDED, CHANGE_CHANGED, CHANGE_RESTORED, CHANGE_COUNT };

static enum change node_change(const struct node *node)
{
    enum frame_outcome outcome = node_outcome(node);
    if (node->published == 1 + outcome) return CHANGE_NONE;
    if (outcome == FRAME_OUTCOME_SUPERSEDED) return CHANGE_SUPERSEDED;
    if (node->published == 1 + FRAME_OUTCOME_SUPERSEDED) return CHANGE_RESTORED;
    if (FRAME_PLANTED(changed_unreported)) return CHANGE_NONE;
    return outcome == FRAME_OUTCOME_CHANGED ? CHANGE_CHANGED : CHANGE_NONE;
}

static size_t report_listed(const struct frame_report *report)
{
    return report->superseded_count + report->changed_count + report->restored_count;
}

static void report_place(struct frame_report *report, const struct frame_hash *at)
{
    report->superseded = at;
    report->changed = at + report->superseded_count;
    report->restored = report->changed + report->changed_count;
}

void chain_keep_report(struct frame_chain *chain, const struct frame_report *report)
{
    chain->report_kept += report_listed(report);
}

void chain_drop_reports(struct frame_chain *chain)
{
    chain->report_kept = 0;
}

size_t chain_place_report(const struct frame_chain *chain, struct frame_report *report, size_t from)
{
    if (chain->report_hashes != NULL) report_place(report, chain->report_hashes + from);
    return from + report_listed(report);
}

static enum frame_status report_make(struct frame_chain *chain, struct frame_report *report)
{
    size_t counts[CHANGE_COUNT] = {0};
    size_t lowest = chain->transaction.lowest;
    void *array = chain->report_hashes;
    *report = (struct frame_report){.first_difference = chain->transaction.from};
    for (size_t i = lowest; i < chain->order.count; i++) {
        counts[node_change(chain->order.nodes[i])]++;
        if (chain->order.nodes[i]->published != 0)
            report->refolded++;
        else
            report->fresh++;
    }
    report->superseded_count = counts[CHANGE_SUPERSEDED];
    report->changed_count = counts[CHANGE_CHANGED];
    report->restored_count = counts[CHANGE_RESTORED];
    if (!memory_reserve(&chain->allocator, &array, &chain->report_capacity,
                        chain->report_kept + report_listed(report), sizeof(struct frame_hash)))
        return FRAME_NO_MEMORY;
    chain->report_hashes = array;
    if (chain->report_hashes == NULL) return FRAME_OK; /* there never was anything to list */
    struct frame_hash *at = chain->report_hashes + chain->report_kept;
    report_place(report, at);
    struct frame_hash *lists[CHANGE_COUNT] = {NULL, at, at + report->superseded_count,
                                              at + report->superseded_count +
                                                  report->changed_count};
    for (size_t i = lowest; i < chain->order.count; i++) {
        enum change change = node_change(chain->order.nodes[i]);
        if (change != CHANGE_NONE) *lists[change]++ = chain->order.nodes[i]->hash;
    }
    return FRAME_OK;
}

enum frame_status transaction_commit(struct frame_chain *chain, struct frame_report *report,
                                     struct node *const *fresh, size_t fresh_count)
{
    struct frame_report unwanted;
    FRAME_ASSERT(chain->busy);
    enum frame_status status = FRAME_OK;
    if (chain->mode == FRAME_MODE_FULL) status = fold_advance(chain, chain->order.count);
    if (status == FRAME_OK) status = report_make(chain, report != NULL ? report : &unwanted);
    if (status == FRAME_OK) status = chain_summarise(chain);
    if (status != FRAME_OK) return status;
    table_reserve(&chain->allocator, &chain->table, fresh_count);
    for (size_t i = 0; i < fresh_count; i++) {
        FRAME_ASSERT(chain->arrivals.count < chain->arrivals.capacity);
        fresh[i]->arrival = (uint32_t)chain->arrivals.count;
        chain->arrivals.nodes[chain->arrivals.count++] = fresh[i];
        table_insert(&chain->allocator, &chain->table, fresh[i]);
        chain->wire_bytes += fresh[i]->length;
        chain->merge_bytes += node_merge_bytes(fresh[i]);
    }
    for (size_t i = chain->transaction.lowest; i < chain->order.count; i++)
        chain->order.nodes[i]->published = (uint8_t)(1 + node_outcome(chain->order.nodes[i]));
    chain->version++;
    chain->busy = false;
    transaction_free(chain);
    return FRAME_OK;
}
