// SPDX-License-Identifier: Apache-2.0
#include "mutator.h"

#include <stdlib.h>
#include <string.h>

#include "mutator_doc.h"
#include "mutator_tape.h"

/* Used until an engine hands over its own: bytes changed, taken out and put in. */
static size_t simple_bytes(uint8_t *data, size_t size, size_t max_size)
{
    static uint64_t state = 1;
    struct pool numbers;
    pool_init(&numbers, state++);
    size_t at = pool_below(&numbers, size + 1);
    switch (pool_below(&numbers, 3)) {
    case 0:
        if (size == max_size) return size;
        memmove(data + at + 1, data + at, size - at);
        data[at] = (uint8_t)pool_random(&numbers);
        return size + 1;
    case 1:
        if (size < 2 || at == size) return size;
        memmove(data + at, data + at + 1, size - at - 1);
        return size - 1;
    default:
        if (at < size) data[at] = (uint8_t)(data[at] ^ 1u << pool_below(&numbers, 8));
        return size;
    }
}

static mutator_bytes *bytes_changer = simple_bytes;

void mutator_set_bytes(mutator_bytes *bytes)
{
    bytes_changer = bytes != NULL ? bytes : simple_bytes;
}

/* Puts a result in place; where it has not enough room the input stays as it is. */
static size_t put(uint8_t *data, size_t size, size_t max_size, struct model_text *text)
{
    bool fits = text->length > 0 && text->length <= max_size;
    if (fits) memcpy(data, text->bytes, text->length);
    size_t result = fits ? text->length : size;
    free(text->bytes);
    return result;
}

/* Any draft; where there are merge receipts, one of them every other time. */
static struct draft *pick_to_break(struct pool *pool)
{
    struct draft *draft = &pool->drafts[pool_below(pool, pool->draft_count)];
    if (pool_below(pool, 2) == 0) return draft;
    for (size_t i = 0; i < pool->draft_count && !draft->merge; i++)
        if (pool->drafts[i].merge) draft = &pool->drafts[i];
    return draft;
}

/* Leaves one seal broken, about one time in sixteen; in four where a lone receipt is all there is. */
static void maybe_break(struct doc *doc)
{
    struct pool *pool = &doc->pool;
    const bool lone = doc->part_count == 1 && doc->parts[0].kind == PART_RECEIPT;
    if (pool_below(pool, lone ? 4 : 16) > 0) return;
    if (pool->draft_count > 0 && pool->list_count > 0 && (!doc->log || pool_below(pool, 2) == 0)) {
        struct draft *draft = pick_to_break(pool);
        draft->forgery = pool_forgeries[pool_below(pool, POOL_FORGERIES)];
        if (draft->merge && pool_below(pool, 2) == 0) draft->forgery = FRAME_MERGE_HEADS;
        draft->forgery_seed = pool_random(pool) >> 8;
        size_t list = pool_below(pool, pool->list_count);
        if (draft->forgery == FRAME_DUPLICATE && pool->counts[list] < POOL_DRAFTS_MAX)
            pool->lists[list][pool->counts[list]++] = (size_t)(draft - pool->drafts);
    } else {
        doc->damage = pool_random(pool) >> 8 | 1u << 20;
    }
}

static void splice(struct doc *doc, const uint8_t *other, size_t other_size)
{
    struct doc *from = model_allocate(sizeof *from);
    if (doc_read(from, other, other_size, 0)) pool_splice(&doc->pool, &from->pool);
    doc_release(from);
    free(from);
}

static size_t mutate_tape(uint8_t *data, size_t size, size_t max_size, uint64_t seed)
{
    struct pool numbers;
    pool_init(&numbers, seed);
    struct model_text text = tape_change(&numbers, data, size);
    return put(data, size, max_size, &text);
}

size_t mutator_mutate(uint8_t *data, size_t size, size_t max_size, const uint8_t *other,
                      size_t other_size, uint64_t seed)
{
    if (tape_input(data, size)) return mutate_tape(data, size, max_size, seed);
    struct doc *doc = model_allocate(sizeof *doc);
    bool plain = seed % 16 == 0 || !doc_read(doc, data, size, seed);
    if (plain) {
        if (seed % 16 != 0) doc_release(doc);
        free(doc);
        return bytes_changer(data, size, max_size);
    }
    if (other_size > 0) splice(doc, other, other_size);
    for (size_t changes = 1 + pool_below(&doc->pool, 3); changes > 0; changes--)
        doc_change(doc);
    doc->attest_all = pool_below(&doc->pool, 2) == 0;
    if (doc->log && pool_below(&doc->pool, 6) == 0)
        doc->damage = pool_random(&doc->pool) >> 8 | 1u << 20;
    maybe_break(doc);
    struct model_text text = doc_write(doc);
    size_t result = put(data, size, max_size, &text);
    doc_release(doc);
    free(doc);
    return result;
}

size_t mutator_seal(uint8_t *data, size_t size, size_t max_size)
{
    struct doc *doc = model_allocate(sizeof *doc);
    size_t result = 0;
    if (doc_read(doc, data, size, 1)) {
        struct model_text text = doc_write(doc);
        result = put(data, size, max_size, &text);
    }
    doc_release(doc);
    free(doc);
    return result;
}
