// SPDX-License-Identifier: Apache-2.0
/* Changes of what a pool of receipts means: intents, times, forks, merges, and who holds what. */
#include <string.h>

#include "core/json.h"
#include "mutator_pool.h"

/* ---- Drafts --------------------------------------------------------------------------------- */

/* A draft that is no merge receipt, if there is one. */
static struct draft *pick_plain(struct pool *pool)
{
    for (int tries = 0; tries < 8 && pool->draft_count > 0; tries++) {
        struct draft *draft = &pool->drafts[pool_below(pool, pool->draft_count)];
        if (!draft->merge) return draft;
    }
    return NULL;
}

static struct frame_span storage_of(struct pool *pool)
{
    if (pool->model == NULL) pool_seal(pool);
    const struct model_fold *fold = pool_fold(pool, SIZE_MAX);
    return fold != NULL ? fold->storage : (struct frame_span){0};
}

static void change_intent(struct pool *pool)
{
    struct draft *draft = pick_plain(pool);
    if (draft != NULL) pool_new_intent(pool, draft, storage_of(pool));
}

static void change_value(struct pool *pool)
{
    struct draft *draft = pick_plain(pool);
    if (draft != NULL) draft->payload = pool_new_value(pool, draft->payload);
}

static void change_time(struct pool *pool)
{
    static const int64_t shifts[] = {-40, -2, -1, 1, 1, 2, 5, 1000000};
    struct draft *draft = pick_plain(pool);
    if (draft == NULL) return;
    draft->timestamp_s += shifts[pool_below(pool, sizeof shifts / sizeof *shifts)];
    if (pool_below(pool, 32) == 0) draft->timestamp_s = FRAME_INTEGER_MAX;
    if (draft->timestamp_s < 0) draft->timestamp_s = 0;
}

static void change_origin(struct pool *pool)
{
    static const char *const tokens[] = {"\"\"", "\"device1\"", "\"\xc3\xa9\"", "\"\\n\""};
    struct draft *draft = pick_plain(pool);
    const char *token = tokens[pool_below(pool, sizeof tokens / sizeof *tokens)];
    struct frame_span span = {(const uint8_t *)token, strlen(token)};
    if (draft == NULL) return;
    if (pool_below(pool, 2) == 0)
        draft->origin = span;
    else
        draft->raw = span;
}

static struct frame_span empty_string(void)
{
    static const uint8_t token[] = "\"\"";
    return (struct frame_span){token, sizeof token - 1};
}

/* ---- The graph ------------------------------------------------------------------------------ */

/* Puts a draft into the lists that hold one of its parents, or some list. */
static void list_draft(struct pool *pool, size_t draft)
{
    bool listed = false;
    for (size_t list = 0; list < pool->list_count; list++) {
        bool fits = pool->drafts[draft].parent_count == 0;
        for (size_t i = 0; i < pool->counts[list]; i++)
            fits = fits || pool->lists[list][i] == pool->drafts[draft].parents[0];
        if (!fits || pool->counts[list] == POOL_DRAFTS_MAX) continue;
        if (listed && pool_below(pool, 2) == 0) continue;
        pool->lists[list][pool->counts[list]++] = draft;
        listed = true;
    }
}

/* A new draft on top of some old one, or of nothing. */
static void insert(struct pool *pool)
{
    if (pool->draft_count == POOL_DRAFTS_MAX) return;
    struct draft *draft = &pool->drafts[pool->draft_count];
    *draft = (struct draft){.raw = empty_string(), .origin = empty_string(), .timestamp_s = 50};
    pool_new_intent(pool, draft, storage_of(pool));
    if (pool->draft_count > 0 && pool_below(pool, 8) > 0) {
        draft->parents[0] = pool_below(pool, pool->draft_count);
        draft->parent_count = 1;
        draft->timestamp_s =
            pool->drafts[draft->parents[0]].timestamp_s + (int64_t)pool_below(pool, 3);
    }
    list_draft(pool, pool->draft_count++);
}

/* The same intent again from the same place, on another device: a fork. */
static void equivocate(struct pool *pool)
{
    static const uint8_t origin[] = "\"other\"";
    const struct draft *twin = pick_plain(pool);
    if (twin == NULL || pool->draft_count == POOL_DRAFTS_MAX) return;
    struct draft *draft = &pool->drafts[pool->draft_count];
    *draft = *twin;
    memset(&draft->old, 0, sizeof draft->old);
    draft->origin = (struct frame_span){origin, sizeof origin - 1};
    if (pool_below(pool, 2) == 0) draft->payload = pool_new_value(pool, draft->payload);
    list_draft(pool, pool->draft_count++);
}

static void merge(struct pool *pool)
{
    if (pool->draft_count < 2 || pool->draft_count == POOL_DRAFTS_MAX) return;
    struct draft *draft = &pool->drafts[pool->draft_count];
    *draft = (struct draft){.merge = true, .parent_count = 2 + pool_below(pool, 3)};
    for (size_t i = 0; i < draft->parent_count; i++)
        draft->parents[i] = pool_below(pool, pool->draft_count);
    size_t list = pool_below(pool, pool->list_count);
    if (pool_below(pool, 2) == 0 && pool->counts[list] >= 2) {
        draft->parents[0] = pool->lists[list][pool->counts[list] - 1];
        draft->parents[1] = pool->lists[list][pool->counts[list] - 2];
    }
    list_draft(pool, pool->draft_count++);
}

static void move(struct pool *pool)
{
    if (pool->draft_count == 0) return;
    size_t i = pool_below(pool, pool->draft_count);
    struct draft *draft = &pool->drafts[i];
    if (draft->merge || i == 0) return;
    draft->parent_count = 1;
    draft->parents[0] = pool_below(pool, i);
}

/* What is built on it comes to stand on its parent. */
static void take_out(struct pool *pool)
{
    if (pool->draft_count == 0) return;
    size_t gone = pool_below(pool, pool->draft_count);
    struct draft *draft = &pool->drafts[gone];
    for (size_t i = gone + 1; draft->parent_count == 0 && i < pool->draft_count; i++)
        if (pool->drafts[i].parent_count == 1 && pool->drafts[i].parents[0] == gone)
            pool->drafts[i].parent_count = 0;
    if (draft->merge) { /* a new intent may come into its place */
        static const uint8_t nothing[] = "{}";
        draft->payload = (struct frame_span){nothing, sizeof nothing - 1};
        draft->raw = draft->origin = empty_string();
    }
    draft->merge = false;
    draft->action.length = SIZE_MAX; /* unsound */
}

/* ---- Lists ---------------------------------------------------------------------------------- */

static void add_closure(struct pool *pool, size_t list, size_t draft)
{
    bool wanted[POOL_DRAFTS_MAX] = {false};
    wanted[draft] = true;
    for (size_t i = draft + 1; i > 0; i--)
        for (size_t k = 0; wanted[i - 1] && k < pool->drafts[i - 1].parent_count; k++)
            wanted[pool->drafts[i - 1].parents[k]] = true;
    for (size_t i = 0; i < pool->counts[list]; i++)
        wanted[pool->lists[list][i]] = false;
    for (size_t i = 0; i <= draft && pool->counts[list] < POOL_DRAFTS_MAX; i++)
        if (wanted[i]) pool->lists[list][pool->counts[list]++] = i;
}

static void share(struct pool *pool)
{
    if (pool->draft_count > 0)
        add_closure(pool, pool_below(pool, pool->list_count), pool_below(pool, pool->draft_count));
}

static void truncate_list(struct pool *pool)
{
    size_t list = pool_below(pool, pool->list_count);
    if (pool->counts[list] > 1) pool->counts[list] = 1 + pool_below(pool, pool->counts[list] - 1);
}

/* Another order: one receipt comes earlier, as far as its parents allow. */
static void reorder(struct pool *pool)
{
    size_t list = pool_below(pool, pool->list_count), *items = pool->lists[list];
    if (pool->counts[list] < 2) return;
    size_t from = 1 + pool_below(pool, pool->counts[list] - 1), to = from;
    const struct draft *draft = &pool->drafts[items[from]];
    for (bool parent = false; to > 0 && !parent;) {
        for (size_t i = 0; i < draft->parent_count; i++)
            parent = parent || draft->parents[i] == items[to - 1];
        if (!parent) to--;
    }
    size_t taken = items[from];
    memmove(items + to + 1, items + to, (from - to) * sizeof *items);
    items[to] = taken;
}

/* Leaves a receipt out of one list, or swaps two, whatever depends on them. */
static void spoil(struct pool *pool)
{
    size_t list = pool_below(pool, pool->list_count), *items = pool->lists[list];
    if (pool->counts[list] < 2) return;
    size_t at = pool_below(pool, pool->counts[list] - 1), taken = items[at];
    if (pool_below(pool, 2) == 0) {
        items[at] = items[at + 1];
        items[at + 1] = taken;
        return;
    }
    pool->counts[list]--;
    memmove(items + at, items + at + 1, (pool->counts[list] - at) * sizeof *items);
}

/* ---- Choosing ------------------------------------------------------------------------------- */

void pool_change(struct pool *pool)
{
    static void (*const changes[])(struct pool * pool) = {
        change_intent, change_intent, change_value, change_value, change_time, change_time,
        change_origin, insert,        insert,       insert,       equivocate,  equivocate,
        merge,         merge,         move,         take_out,     share,       share,
        truncate_list, reorder,       reorder};
    if (pool->list_count == 0) return;
    if (pool_below(pool, 32) == 0)
        spoil(pool);
    else
        changes[pool_below(pool, sizeof changes / sizeof *changes)](pool);
}

void pool_splice(struct pool *pool, const struct pool *other)
{
    size_t base = pool->draft_count, anchor = base > 0 ? pool_below(pool, base) : 0;
    if (pool->list_count == 0) return;
    for (size_t i = 0; i < other->draft_count && pool->draft_count < POOL_DRAFTS_MAX; i++) {
        struct draft *draft = &pool->drafts[pool->draft_count];
        *draft = other->drafts[i];
        draft->action = pool_copy(pool, draft->action);
        draft->payload = pool_copy(pool, draft->payload);
        draft->network = pool_copy(pool, draft->network);
        draft->raw = pool_copy(pool, draft->raw);
        draft->origin = pool_copy(pool, draft->origin);
        memset(&draft->old, 0, sizeof draft->old);
        for (size_t k = 0; k < draft->parent_count; k++)
            draft->parents[k] += base;
        if (draft->parent_count == 0 && base > 0) {
            draft->parents[0] = anchor;
            draft->parent_count = 1;
        }
        list_draft(pool, pool->draft_count++);
    }
}
