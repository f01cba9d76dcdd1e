// SPDX-License-Identifier: Apache-2.0
#include "mutator_pool.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "crypto.h"
#include "model_make.h"

/* ---- Memory and numbers --------------------------------------------------------------------- */

union block {
    void *next;
    max_align_t align;
};

void *pool_allocate(struct pool *pool, size_t size)
{
    union block *block = model_allocate(sizeof *block + size);
    block->next = pool->memory;
    pool->memory = block;
    return block + 1;
}

struct frame_span pool_copy(struct pool *pool, struct frame_span span)
{
    uint8_t *bytes = pool_allocate(pool, span.length + 1);
    if (span.length > 0) memcpy(bytes, span.bytes, span.length);
    bytes[span.length] = '\0';
    return (struct frame_span){bytes, span.length};
}

/* SplitMix64. */
uint64_t pool_random(struct pool *pool)
{
    uint64_t mixed = pool->random += UINT64_C(0x9e3779b97f4a7c15);
    mixed = (mixed ^ mixed >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    mixed = (mixed ^ mixed >> 27) * UINT64_C(0x94d049bb133111eb);
    return mixed ^ mixed >> 31;
}

size_t pool_below(struct pool *pool, size_t bound)
{
    FUZZ_CHECK(bound > 0);
    return (size_t)(pool_random(pool) % bound);
}

void pool_init(struct pool *pool, uint64_t seed)
{
    memset(pool, 0, sizeof *pool);
    pool->random = seed;
}

void pool_release(struct pool *pool)
{
    model_free(pool->model);
    while (pool->memory != NULL) {
        union block *block = pool->memory;
        pool->memory = block->next;
        free(block);
    }
}

/* ---- Reading -------------------------------------------------------------------------------- */

static bool find_old(const struct pool *pool, size_t *draft, const struct frame_hash *hash)
{
    for (*draft = 0; *draft < pool->draft_count; ++*draft)
        if (frame_hash_compare(&pool->drafts[*draft].old, hash) == 0) return true;
    return false;
}

/* A merge receipt's parents are its heads. */
static bool read_parents(const struct pool *pool, struct draft *draft,
                         const struct receipt_fields *fields, struct frame_span payload)
{
    struct frame_span heads, item;
    struct json_walk walk;
    struct frame_hash hash;
    draft->parent_count = 0;
    draft->merge = span_is(fields->intent, "federation.merge");
    if (!draft->merge) {
        if (!fields->has_previous) return true;
        draft->parent_count = 1;
        return find_old(pool, &draft->parents[0], &fields->previous);
    }
    if (!json_member(payload, &heads, "heads") || json_kind(heads) != JSON_ARRAY) return false;
    json_walk_init(&walk, heads);
    while (json_next_item(&walk, &item)) {
        if (draft->parent_count == POOL_PARENTS_MAX || !hash_token(&hash, item) ||
            !find_old(pool, &draft->parents[draft->parent_count++], &hash))
            return false;
    }
    return draft->parent_count > 0;
}

static bool read_identity(struct pool *pool, const struct receipt_fields *fields)
{
    uint8_t bytes[FRAME_IDENTITY_BYTES_MAX];
    struct frame_span identity = {bytes, json_string_decode(bytes, fields->identity)};
    if (memcmp(fields->public_key.bytes, crypto_public(0)->bytes, 32) != 0) return false;
    if (pool->has_identity) return span_equal(identity, pool->identity);
    memcpy(pool->identity_bytes, bytes, identity.length);
    pool->identity = (struct frame_span){pool->identity_bytes, identity.length};
    pool->has_identity = true;
    return true;
}

static bool read_draft(struct pool *pool, struct frame_span item, bool alone)
{
    struct receipt_fields fields;
    struct payload_fields payload;
    size_t draft;
    if (json_kind(item) != JSON_OBJECT ||
        receipt_read(&fields, item, FRAME_MODE_FULL) != FRAME_OK ||
        !payload_read(&payload, fields.payload) || !read_identity(pool, &fields))
        return false;
    size_t list = pool->list_count - 1;
    if (pool->counts[list] == POOL_DRAFTS_MAX) return false;
    if (!find_old(pool, &draft, &fields.receipt_hash)) {
        if (pool->draft_count == POOL_DRAFTS_MAX) return false;
        struct draft *added = &pool->drafts[draft];
        memset(added, 0, sizeof *added);
        if (!alone && !read_parents(pool, added, &fields, payload.payload)) return false;
        added->action = pool_copy(pool, fields.intent);
        added->payload = pool_copy(pool, payload.payload);
        added->network = pool_copy(pool, payload.network);
        added->raw = pool_copy(pool, payload.raw);
        added->origin = pool_copy(pool, payload.origin);
        added->timestamp_s = fields.timestamp_s;
        added->old = fields.receipt_hash;
        pool->draft_count++;
    }
    pool->lists[list][pool->counts[list]++] = draft;
    return true;
}

bool pool_read(struct pool *pool, struct frame_span array)
{
    struct json_walk walk;
    struct frame_span item;
    size_t offset;
    if (pool->list_count == POOL_LISTS_MAX ||
        frame_json_check(&offset, array.bytes, array.length) != FRAME_OK ||
        json_kind(array) != JSON_ARRAY)
        return false;
    pool->counts[pool->list_count++] = 0;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item))
        if (!read_draft(pool, item, false)) return false;
    return true;
}

bool pool_read_first(struct pool *pool, struct frame_span receipt)
{
    size_t offset;
    if (frame_json_check(&offset, receipt.bytes, receipt.length) != FRAME_OK) return false;
    pool->counts[pool->list_count++] = 0;
    return read_draft(pool, receipt, true);
}

/* ---- Sealing -------------------------------------------------------------------------------- */

/* The closed set under the draft's parents; false where one of them could not be made. */
static bool context(struct pool *pool, const struct draft *draft, bool **members)
{
    *members = model_allocate_array(model_count(pool->model) + 1, sizeof **members);
    for (size_t i = 0; i < draft->parent_count; i++) {
        size_t index = pool->drafts[draft->parents[i]].index;
        if (index == SIZE_MAX) return false;
        (*members)[index] = true;
    }
    return model_close(pool->model, *members) && model_fold_of(pool->model, *members) != NULL;
}

static const char *text_of(struct pool *pool, struct frame_span token)
{
    uint8_t *bytes = pool_allocate(pool, json_string_length(token) + 1);
    bytes[json_string_decode(bytes, token)] = '\0';
    return (const char *)bytes;
}

/* Is it an intent that the model can execute, in a receipt of a legal size? */
static bool sound(const struct draft *draft)
{
    const char *declared;
    size_t offset;
    return draft->action.length <= FRAME_NAME_BYTES_MAX &&
           model_dapp_of((const char *)draft->action.bytes, &declared) != NULL &&
           draft->payload.length + draft->network.length + 6 * draft->raw.length < 60000 &&
           json_string_length(draft->raw) <= FRAME_RAW_BYTES_MAX &&
           json_string_length(draft->origin) <= FRAME_ORIGIN_BYTES_MAX &&
           frame_json_check(&offset, draft->payload.bytes, draft->payload.length) == FRAME_OK &&
           json_depth(draft->payload) < FRAME_PAYLOAD_DEPTH_MAX && draft->timestamp_s >= 0 &&
           draft->timestamp_s <= FRAME_INTEGER_MAX;
}

static size_t make_plain(struct pool *pool, const struct draft *draft, const bool *members)
{
    struct model_intent intent = {.action = (const char *)draft->action.bytes,
                                  .payload = draft->payload,
                                  .network_responses = draft->network,
                                  .origin = text_of(pool, draft->origin),
                                  .raw = text_of(pool, draft->raw),
                                  .clock_s = draft->timestamp_s};
    if (model_fold_of(pool->model, members)->head_count > 1) return SIZE_MAX;
    return model_make(pool->model, crypto_secret(0), members, &intent);
}

static size_t make_merge(struct pool *pool, const bool *members)
{
    if (model_fold_of(pool->model, members)->head_count < 2) return SIZE_MAX;
    return model_make_merge(pool->model, crypto_secret(0), members);
}

/* Breaks the one seal; children build on the forged receipt where the model can follow. */
static void seal_forged(struct pool *pool, struct draft *draft)
{
    struct frame_span forged = pool_forge(pool, draft->text, draft->forgery, draft->forgery_seed);
    struct receipt_fields fields;
    size_t index, offset;
    draft->text = forged;
    if (frame_json_check(&offset, forged.bytes, forged.length) != FRAME_OK) return;
    if (receipt_read(&fields, forged, FRAME_MODE_FULL) != FRAME_OK) return;
    draft->now = fields.receipt_hash;
    if (model_add(pool->model, forged) && model_find(pool->model, &index, &fields.receipt_hash) &&
        model_fold_closure(pool->model, &fields.receipt_hash, 1) != NULL)
        draft->index = index;
}

static void seal_draft(struct pool *pool, struct draft *draft)
{
    bool *members;
    draft->text.length = 0;
    draft->index = SIZE_MAX;
    if (context(pool, draft, &members)) {
        if (draft->merge)
            draft->index = make_merge(pool, members);
        else if (sound(draft))
            draft->index = make_plain(pool, draft, members);
    }
    free(members);
    if (draft->index == SIZE_MAX) { /* whoever builds on it builds on what it would have */
        if (draft->parent_count == 0) return;
        draft->index = pool->drafts[draft->parents[0]].index;
        draft->now = pool->drafts[draft->parents[0]].now;
        return;
    }
    draft->text = model_at(pool->model, draft->index)->text;
    draft->now = model_at(pool->model, draft->index)->hash;
    if (draft->forgery != FRAME_OK) seal_forged(pool, draft);
}

void pool_seal(struct pool *pool)
{
    static const uint8_t alice[] = "alice.frame";
    if (!pool->has_identity) pool->identity = (struct frame_span){alice, sizeof alice - 1};
    model_free(pool->model);
    pool->model = model_new(pool->identity, crypto_public(0), crypto_stub());
    for (size_t i = 0; i < pool->draft_count; i++)
        seal_draft(pool, &pool->drafts[i]);
}

/* ---- Writing -------------------------------------------------------------------------------- */

static bool written_before(const struct pool *pool, size_t list, size_t at)
{
    const struct draft *draft = &pool->drafts[pool->lists[list][at]];
    for (size_t i = 0; i < at; i++)
        if (frame_hash_compare(&pool->drafts[pool->lists[list][i]].now, &draft->now) == 0)
            return draft->forgery != FRAME_DUPLICATE;
    return false;
}

bool pool_next(const struct pool *pool, struct frame_span *text, size_t list, size_t *at)
{
    for (; *at < pool->counts[list]; ++*at) {
        const struct draft *draft = &pool->drafts[pool->lists[list][*at]];
        if (draft->text.length == 0 || written_before(pool, list, *at)) continue;
        *text = draft->text;
        ++*at;
        return true;
    }
    return false;
}

void pool_write(const struct pool *pool, struct model_text *out, size_t list)
{
    struct frame_span text;
    size_t at = 0;
    bool first = true;
    model_text_string(out, "[");
    for (; pool_next(pool, &text, list, &at); first = false) {
        if (!first) model_text_string(out, ",");
        model_text_add(out, text.bytes, text.length);
    }
    model_text_string(out, "]");
}

const struct model_fold *pool_fold(struct pool *pool, size_t list)
{
    bool *members = model_allocate_array(model_count(pool->model) + 1, sizeof *members);
    for (size_t i = 0; i < pool->list_count; i++) {
        for (size_t k = 0; (list == i || list == SIZE_MAX) && k < pool->counts[i]; k++) {
            size_t index = pool->drafts[pool->lists[i][k]].index;
            if (index != SIZE_MAX) members[index] = true;
        }
    }
    const struct model_fold *fold =
        model_close(pool->model, members) ? model_fold_of(pool->model, members) : NULL;
    free(members);
    return fold;
}

bool pool_renamed(const struct pool *pool, struct frame_hash *now, const struct frame_hash *old)
{
    size_t draft;
    if (!find_old(pool, &draft, old)) return false;
    *now = pool->drafts[draft].now;
    return true;
}
