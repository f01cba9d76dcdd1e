// SPDX-License-Identifier: Apache-2.0
#include "sim/page_due.h"

#include <string.h>

#include "core/json.h"

enum { WANTED = 1, HAD = 2 };

/* closure(want) and closure(have), by positions of the sender's canonical order. */
struct closures {
    const struct frame_chain *chain;
    uint8_t *flags;
    size_t count;
    size_t open; /* positions that are wanted and not had, and whose parents are not marked yet */
};

static void mark(struct closures *closures, size_t position, uint8_t flags)
{
    uint8_t *at = &closures->flags[position];
    closures->open -= *at == WANTED;
    *at |= flags;
    closures->open += *at == WANTED;
}

/* Marks a receipt that is held and durable. */
static bool mark_hash(struct closures *closures, const struct frame_hash *hash, uint64_t durable,
                      uint8_t flags)
{
    struct frame_receipt receipt;
    if (!frame_chain_find(closures->chain, &receipt, hash) || receipt.arrival >= durable)
        return false;
    mark(closures, receipt.position, flags);
    return true;
}

/* Gives marks on to parents, which come before: down to `least` (0: as far as something is wanted and not had). Returns how
   far it has come. */
static size_t spread(struct closures *closures, size_t least)
{
    size_t at = closures->count;
    while (at > least && (closures->open > 0 || least > 0)) {
        const uint8_t flags = closures->flags[--at];
        if (flags == 0) continue;
        closures->open -= flags == WANTED;
        struct frame_receipt receipt;
        struct frame_receipt parent;
        frame_chain_at(closures->chain, &receipt, at);
        for (size_t i = 0; i < receipt.parent_count; i++) {
            FRAME_MUST(frame_chain_find(closures->chain, &parent, &receipt.parents[i]));
            mark(closures, parent.position, flags);
        }
    }
    return at;
}

/* The n-th receipt of a page: is it this one? */
static bool next_is(struct json_walk *walk, const struct frame_receipt *receipt)
{
    struct frame_span item;
    return json_next_item(walk, &item) && span_equal(item, receipt->bytes);
}

/* As much as fits, in order; the rest is counted. */
static bool page_is_due(const struct closures *closures, size_t from,
                        const struct frame_message *page)
{
    struct json_walk walk;
    struct frame_span item;
    int64_t remaining = 0;
    size_t count = 0;
    size_t bytes = 1;
    json_walk_init(&walk, page->receipts);
    for (size_t at = from; at < closures->count; at++) {
        struct frame_receipt receipt;
        if (closures->flags[at] != WANTED) continue;
        frame_chain_at(closures->chain, &receipt, at);
        if (remaining > 0 || count == FRAME_PAGE_RECEIPTS_MAX ||
            bytes + receipt.bytes.length + 1 > FRAME_PAGE_BYTES_MAX) {
            remaining++;
            continue;
        }
        if (!next_is(&walk, &receipt)) return false;
        count++;
        bytes += receipt.bytes.length + 1;
    }
    return !json_next_item(&walk, &item) && page->remaining == remaining;
}

static bool same_question(const struct frame_message *request, const struct frame_message *page)
{
    return span_equal(request->hashes, page->hashes) && request->has_after == page->has_after &&
           (!page->has_after || frame_hash_compare(&request->after, &page->after) == 0);
}

bool page_due(const struct frame_chain *chain, uint64_t durable, uint8_t *flags,
              const struct frame_message *request, const struct frame_message *page)
{
    struct closures closures = {.chain = chain, .flags = flags, .count = frame_chain_count(chain)};
    if (page != NULL && !same_question(request, page)) return false;
    memset(flags, 0, closures.count + 1);
    struct frame_receipt after = {.position = 0};
    struct frame_hash hash;
    bool due = true;
    for (size_t i = 0; due && i < request->hash_count; i++) {
        frame_hash_array_at(&hash, request->hashes, i);
        due = mark_hash(&closures, &hash, durable, WANTED);
    }
    for (size_t i = 0; i < request->have_count; i++) {
        frame_hash_array_at(&hash, request->have, i);
        (void)mark_hash(&closures, &hash, durable, HAD);
    }
    due = due && (!request->has_after || frame_chain_find(chain, &after, &request->after));
    if (!due) return page == NULL;
    const size_t from = spread(&closures, request->has_after ? after.position + 1 : 0);
    if (request->has_after && (flags[after.position] & WANTED) == 0) return page == NULL;
    return page != NULL && page_is_due(&closures, from, page);
}
