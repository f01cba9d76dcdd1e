// SPDX-License-Identifier: Apache-2.0
/* Sets of receipts: closure, heads' order, pages (§ 1, 8, 12). */
#include "model_internal.h"

#include <stdlib.h>
#include <string.h>

bool model_close(const struct model *model, bool *members)
{
    size_t *waiting = model_allocate_array(model->count, sizeof *waiting);
    size_t count = 0;
    bool closed = true;
    for (size_t i = 0; i < model->count; i++)
        if (members[i]) waiting[count++] = i;
    while (count > 0) {
        const size_t index = waiting[--count];
        for (size_t p = 0; p < model_at(model, index)->parent_count; p++) {
            size_t parent;
            if (!model_parent(model, &parent, index, p)) {
                closed = false;
            } else if (!members[parent]) {
                members[parent] = true;
                waiting[count++] = parent;
            }
        }
    }
    free(waiting);
    return closed;
}

bool model_is_closed(const struct model *model, const bool *members)
{
    for (size_t i = 0; i < model->count; i++) {
        const struct model_receipt *receipt = model_at(model, i);
        for (size_t p = 0; members[i] && p < receipt->parent_count; p++) {
            size_t parent;
            if (!model_parent(model, &parent, i, p) || !members[parent]) return false;
        }
    }
    return true;
}

static bool parents_taken(const struct model *model, size_t index, const bool *taken)
{
    for (size_t p = 0; p < model_at(model, index)->parent_count; p++) {
        size_t parent;
        if (!model_parent(model, &parent, index, p) || !taken[parent]) return false;
    }
    return true;
}

/* The least of the receipts that are not taken and whose parents are; the count where none is. */
static size_t find_least(const struct model *model, const bool *members, const bool *taken,
                         size_t from)
{
    for (size_t i = from; i < model->count; i++) {
        size_t index = model->by_time[i];
        if (!members[index] || taken[index]) continue;
        if (parents_taken(model, index, taken)) return index;
    }
    return model->count;
}

/*
 * Canonical order (§ 8): again and again take, of the receipts whose parents have all been taken,
 * the one with the least (timestamp, receiptHash), which is the first such one in by_time.
 * Everything before `from` is taken or no member.
 */
size_t model_order(const struct model *model, size_t *order, const bool *members)
{
    bool *taken = model_allocate_array(model->count, sizeof *taken);
    size_t count = 0, from = 0, least;
    while ((least = find_least(model, members, taken, from)) < model->count) {
        taken[least] = true;
        order[count++] = least;
        while (from < model->count &&
               (taken[model->by_time[from]] || !members[model->by_time[from]]))
            from++;
    }
    free(taken);
    return count;
}

/* Flags closure(those of the hashes that are there); false where one is not there. */
static bool close_hashes(const struct model *model, bool *members, const struct frame_hash *hashes,
                         size_t count)
{
    bool all = true;
    for (size_t i = 0; i < count; i++) {
        size_t index;
        if (model_find(model, &index, &hashes[i]))
            members[index] = true;
        else
            all = false;
    }
    return model_close(model, members) && all;
}

/* § 12: closure(want) without closure(have), in canonical order, past `after` in the order of
   closure(want). */
bool model_page(const struct model *model, size_t *owed, size_t *count,
                const struct frame_hash *want, size_t want_count, const struct frame_hash *have,
                size_t have_count, const struct frame_hash *after)
{
    bool *wanted = model_allocate_array(model->count, sizeof *wanted);
    bool *had = model_allocate_array(model->count, sizeof *had);
    size_t *order = model_allocate_array(model->count, sizeof *order);
    bool known = close_hashes(model, wanted, want, want_count);
    close_hashes(model, had, have, have_count);
    size_t ordered = model_order(model, order, wanted), from = 0, start = 0;
    if (after) {
        known = known && model_find(model, &start, after) && wanted[start];
        while (known && order[from++] != start)
            continue;
    }
    *count = 0;
    for (size_t i = from; known && i < ordered; i++)
        if (!had[order[i]]) owed[(*count)++] = order[i];
    free(order);
    free(had);
    free(wanted);
    return known;
}

const struct model_fold *model_fold_closure(struct model *model, const struct frame_hash *hashes,
                                            size_t count)
{
    bool *members = model_allocate_array(model->count, sizeof *members);
    const struct model_fold *fold = NULL;
    if (close_hashes(model, members, hashes, count)) fold = model_fold_of(model, members);
    free(members);
    return fold;
}

const struct model_fold *model_fold(struct model *model)
{
    bool *members = model_allocate_array(model->count, sizeof *members);
    for (size_t i = 0; i < model->count; i++)
        members[i] = true;
    const struct model_fold *fold = model_fold_of(model, members);
    free(members);
    return fold;
}
