// SPDX-License-Identifier: Apache-2.0
/* fold(S) and own contexts (§ 7, 8), literally. */
#include "model_internal.h"

#include <stdlib.h>
#include <string.h>

/* ---- One receipt on one storage -------------------------------------------------------------- */

static const struct model_storage *keep_storage(struct model *model, struct frame_span text)
{
    struct frame_hash hash;
    frame_sha256_of(model->crypto, &hash, text.bytes, text.length);
    size_t bucket = (hash.bytes[0] | (size_t)hash.bytes[1] << 8) % MODEL_BUCKETS;
    struct model_storage *storage = model->storages[bucket];
    while (storage && frame_hash_compare(&storage->hash, &hash) != 0)
        storage = storage->next;
    if (storage) return storage;

    struct model_text copy = {0};
    model_text_add(&copy, text.bytes, text.length);
    storage = model_allocate_array(1, sizeof *storage);
    storage->hash = hash;
    storage->text = model_text_span(&copy);
    storage->next = model->storages[bucket];
    model->storages[bucket] = storage;
    return storage;
}

static struct model_step *run(struct model *model, const struct model_receipt *receipt,
                              const struct model_storage *before)
{
    struct model_executed executed;
    struct model_text after = {0};
    struct model_step *step = NULL;
    if (model_execute(&executed, &after, model, receipt, before->text)) {
        step = model_allocate_array(1, sizeof *step);
        step->before = before;
        step->accepted = executed.accepted;
        step->result_hash = executed.result_hash;
        /* A refusal changes no storage (§ 4). */
        step->after = executed.accepted ? keep_storage(model, model_text_span(&after)) : before;
    }
    free(after.bytes);
    return step;
}

static const struct model_step *execute(struct model *model, size_t index,
                                        const struct model_storage *before)
{
    struct model_entry *entry = model->entries[index];
    struct model_step *step = entry->steps;
    while (step && step->before != before)
        step = step->next;
    if (step) return step;
    step = run(model, &entry->receipt, before);
    if (!step) return NULL;
    step->next = entry->steps;
    entry->steps = step;
    return step;
}

/* ---- Routed intents (§ 18) ------------------------------------------------------------------ */

static bool is_route(const struct model_receipt *receipt, struct frame_span route)
{
    return route.length > 0 && receipt->route.length == route.length &&
           memcmp(receipt->route.bytes, route.bytes, route.length) == 0;
}

/* Has an earlier receipt of the same id taken effect in this fold? */
static bool route_done(const struct model *model, const struct model_set *set, size_t position)
{
    const struct frame_span route = model_at(model, set->order[position])->route;
    for (size_t i = 0; i < position; i++) {
        const bool effect =
            set->outcome[i] == FRAME_OUTCOME_ACCEPTED || set->outcome[i] == FRAME_OUTCOME_CHANGED;
        if (effect && is_route(model_at(model, set->order[i]), route)) return true;
    }
    return false;
}

bool model_route_held(const struct model *model, const struct model_fold *fold,
                      struct frame_span route)
{
    for (size_t i = 0; i < fold->count; i++)
        if (is_route(model_at(model, fold->order[i]), route)) return true;
    return false;
}

void model_duplicate_result_hash(const struct model *model, struct frame_hash *hash)
{
    static const char result[] = "{\"error\":\"duplicate_route\",\"ok\":false}";
    frame_sha256_of(model->crypto, hash, result, sizeof result - 1);
}

/* The refusal that comes before all others. */
static const struct model_step *refuse_duplicate(struct model *model, size_t index,
                                                 const struct model_storage *storage)
{
    struct model_entry *entry = model->entries[index];
    entry->duplicate = model_allocate_array(1, sizeof *entry->duplicate);
    entry->duplicate->before = storage;
    entry->duplicate->after = storage;
    model_duplicate_result_hash(model, &entry->duplicate->result_hash);
    return entry->duplicate;
}

/* ---- fold(S) --------------------------------------------------------------------------------- */

/* Flags (by index) the receipts that a merge receipt of the set has laid to rest: those
   superseded in fold(closure(heads of m)), which is m's own context. [E9] */
static bool *find_final(const struct model *model, const struct model_set *set)
{
    bool *final = model_allocate_array(model->count, sizeof *final);
    for (size_t i = 0; i < set->fold.count; i++) {
        const struct model_entry *entry = model->entries[set->order[i]];
        if (!entry->receipt.merge) continue;
        const struct model_fold *context = &entry->context->fold;
        for (size_t k = 0; k < context->count; k++)
            if (context->outcome[k] == FRAME_OUTCOME_SUPERSEDED) final[context->order[k]] = true;
    }
    return final;
}

/* What becomes of one receipt, and of the storage. False where it cannot be executed. */
static bool fold_one(struct model *model, struct model_set *set, size_t position, const bool *final)
{
    size_t index = set->order[position];
    const struct model_entry *entry = model->entries[index];
    enum frame_outcome *outcome = &set->outcome[position];
    if (entry->receipt.merge) {
        *outcome = FRAME_OUTCOME_MERGE;
    } else if (!entry->own->accepted) {
        *outcome = FRAME_OUTCOME_REFUSED;
    } else if (final[index]) {
        *outcome = FRAME_OUTCOME_SUPERSEDED;
        set->final[position] = true;
    } else if (route_done(model, set, position)) {
        *outcome = FRAME_OUTCOME_SUPERSEDED;
    } else {
        const struct model_step *step = execute(model, index, set->storage);
        if (!step) return false;
        bool same = frame_hash_compare(&step->result_hash, &entry->own->result_hash) == 0;
        set->storage = step->after;
        *outcome = !step->accepted ? FRAME_OUTCOME_SUPERSEDED
                   : same          ? FRAME_OUTCOME_ACCEPTED
                                   : FRAME_OUTCOME_CHANGED;
    }
    return true;
}

/* Heads (§ 1): members that no member names as a parent; ascending, as by_hash is. */
static void find_heads(const struct model *model, struct model_set *set)
{
    bool *named = model_allocate_array(model->count, sizeof *named);
    for (size_t i = 0; i < set->fold.count; i++) {
        const struct model_receipt *receipt = model_at(model, set->order[i]);
        for (size_t p = 0; p < receipt->parent_count; p++) {
            size_t parent;
            if (model_parent(model, &parent, set->order[i], p)) named[parent] = true;
        }
    }
    for (size_t i = 0; i < model->count; i++) {
        size_t index = model->by_hash[i];
        if (set->members[index] && !named[index])
            set->heads[set->fold.head_count++] = model_at(model, index)->hash;
    }
    free(named);
}

/* Commitment and state root by the table of § 7. */
static void find_root(const struct model *model, struct model_fold *fold)
{
    model_commitment(model, &fold->commitment, fold->heads, fold->head_count);
    size_t head;
    if (fold->head_count == 1 && model_find(model, &head, &fold->heads[0]))
        fold->state_root = model_at(model, head)->next_root;
    else
        model_state_root(model, &fold->state_root, fold->storage, &fold->commitment);
}

static void set_free(struct model_set *set)
{
    free(set->order);
    free(set->outcome);
    free(set->final);
    free(set->heads);
    free(set->members);
    free(set);
}

/* A set in canonical order, with nothing folded yet. */
static struct model_set *set_new(struct model *model, const bool *members)
{
    const struct frame_span empty = {.bytes = (const uint8_t *)"{}", .length = 2};
    struct model_set *set = model_allocate_array(1, sizeof *set);
    set->members = model_allocate_array(model->count, sizeof *set->members);
    set->member_count = model->count;
    if (model->count) memcpy(set->members, members, model->count * sizeof *members);
    set->order = model_allocate_array(model->count, sizeof *set->order);
    size_t count = model_order(model, set->order, members);
    set->outcome = model_allocate_array(count, sizeof *set->outcome);
    set->final = model_allocate_array(count, sizeof *set->final);
    set->heads = model_allocate_array(count, sizeof *set->heads);
    set->storage = keep_storage(model, empty);
    set->fold = (struct model_fold){.count = count,
                                    .order = set->order,
                                    .outcome = set->outcome,
                                    .final = set->final,
                                    .heads = set->heads};
    return set;
}

/* The fold of a closed set whose members' contexts are all known. NULL where one cannot be
   executed. */
static struct model_set *fold_set(struct model *model, const bool *members)
{
    struct model_set *set = set_new(model, members);
    struct model_fold *fold = &set->fold;
    bool *final = find_final(model, set);
    bool executed = true;
    for (size_t i = 0; executed && i < fold->count; i++) {
        executed = fold_one(model, set, i, final);
        fold->superseded += set->outcome[i] == FRAME_OUTCOME_SUPERSEDED;
        fold->changed += set->outcome[i] == FRAME_OUTCOME_CHANGED;
    }
    free(final);
    if (!executed) {
        set_free(set);
        return NULL;
    }
    fold->storage = set->storage->text;
    find_heads(model, set);
    find_root(model, fold);
    return set;
}

/* ---- Remembered folds ------------------------------------------------------------------------ */

static size_t bucket_of(const struct model *model, const bool *members)
{
    uint32_t mixed = 2166136261U; /* FNV-1a over the indices */
    for (size_t i = 0; i < model->count; i++)
        if (members[i]) mixed = (mixed ^ (uint32_t)i) * 16777619U;
    return (mixed ^ mixed >> 16) % MODEL_BUCKETS;
}

static bool is_set(const struct model *model, const struct model_set *set, const bool *members)
{
    for (size_t i = 0; i < model->count; i++)
        if (members[i] != (i < set->member_count && set->members[i])) return false;
    return true;
}

static const struct model_set *fold_remembered(struct model *model, const bool *members)
{
    size_t bucket = bucket_of(model, members);
    struct model_set *set = model->sets[bucket];
    while (set && !is_set(model, set, members))
        set = set->next;
    if (set) return set;
    set = fold_set(model, members);
    if (!set) return NULL;
    set->next = model->sets[bucket];
    model->sets[bucket] = set;
    return set;
}

/* A receipt's own context, fold(closure(parents)), and what it does there. The contexts of its
   ancestors are known already. */
static bool find_context(struct model *model, size_t index)
{
    struct model_entry *entry = model->entries[index];
    if (entry->context) return true;
    bool *members = model_allocate_array(model->count, sizeof *members);
    for (size_t p = 0; p < entry->receipt.parent_count; p++) {
        size_t parent;
        if (model_parent(model, &parent, index, p)) members[parent] = true;
    }
    bool closed = model_close(model, members);
    const struct model_set *context = closed ? fold_remembered(model, members) : NULL;
    free(members);
    if (!context) return false;
    if (!entry->receipt.merge) {
        entry->own = model_route_held(model, &context->fold, entry->receipt.route)
                         ? refuse_duplicate(model, index, context->storage)
                         : execute(model, index, context->storage);
        if (!entry->own) return false;
    }
    entry->context = context;
    return true;
}

bool model_contexts(struct model *model, const bool *members)
{
    if (!model_is_closed(model, members)) return false;
    size_t *order = model_allocate_array(model->count, sizeof *order);
    size_t count = model_order(model, order, members);
    bool known = true;
    for (size_t i = 0; known && i < count; i++)
        known = find_context(model, order[i]);
    free(order);
    return known;
}

const struct model_fold *model_fold_of(struct model *model, const bool *members)
{
    if (!model_contexts(model, members)) return NULL;
    const struct model_set *set = fold_remembered(model, members);
    return set ? &set->fold : NULL;
}

void model_folds_free(struct model *model)
{
    for (size_t i = 0; i < MODEL_BUCKETS; i++) {
        while (model->sets[i]) {
            struct model_set *next = model->sets[i]->next;
            set_free(model->sets[i]);
            model->sets[i] = next;
        }
        while (model->storages[i]) {
            struct model_storage *next = model->storages[i]->next;
            model_free_span(model->storages[i]->text);
            free(model->storages[i]);
            model->storages[i] = next;
        }
    }
}
