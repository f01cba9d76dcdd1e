// SPDX-License-Identifier: Apache-2.0
/*
 * The check of pages (§ 12.2): what a request is answered with, worked out anew from what the sender holds; up to as many receipts as
 * the slow model folds (refold_receipts_max).
 */
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"
#include "sim/world_internal.h"

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

/* Is this the page that is due? NULL: is none due, because something wanted is not held, or `after` is not below it? */
static bool answer_is_due(struct closures *closures, const struct frame_message *request,
                          const struct frame_message *page, uint64_t durable)
{
    struct frame_receipt after = {.position = 0};
    struct frame_hash hash;
    bool due = true;
    for (size_t i = 0; due && i < request->hash_count; i++) {
        frame_hash_array_at(&hash, request->hashes, i);
        due = mark_hash(closures, &hash, durable, WANTED);
    }
    for (size_t i = 0; i < request->have_count; i++) {
        frame_hash_array_at(&hash, request->have, i);
        (void)mark_hash(closures, &hash, durable, HAD);
    }
    due =
        due && (!request->has_after || frame_chain_find(closures->chain, &after, &request->after));
    if (!due) return page == NULL;
    const size_t from = spread(closures, request->has_after ? after.position + 1 : 0);
    if (request->has_after && (closures->flags[after.position] & WANTED) == 0) return page == NULL;
    return page != NULL && page_is_due(closures, from, page);
}

static bool same_question(const struct frame_message *request, const struct frame_message *page)
{
    return span_equal(request->hashes, page->hashes) && request->has_after == page->has_after &&
           (!page->has_after || frame_hash_compare(&request->after, &page->after) == 0);
}

static void check_due(struct world *world, const struct check_step *step,
                      const struct frame_message *page)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const size_t count = frame_chain_count(chain);
    struct closures closures = {.chain = chain, .count = count};
    closures.flags = world_take(world, count + 1);
    memset(closures.flags, 0, count + 1);
    const uint64_t durable = world->driver->durable(world_peer(world, step->peer)->instance);
    if (!answer_is_due(&closures, &step->message->read, page, durable))
        check_failed(world, CHECK_PAGES, step->peer,
                     page == NULL ? "does not know what it holds"
                                  : "sends a page of other receipts than it is asked for");
    world_give(world, closures.flags, count + 1);
}

/* A page, or a reject that says `unknown`, answers the request that the step is about. */
static void check_page_sent(struct world *world, const struct check_step *step,
                            const struct frame_outgoing *outgoing)
{
    const struct check_message *asked = step->message;
    const struct check_message *said = check_message_of(world, outgoing->bytes);
    const bool request = asked->readable && asked->read.type == FRAME_MESSAGE_REQUEST &&
                         asked->from != NULL &&
                         memcmp(asked->from, &outgoing->to, sizeof outgoing->to) == 0;
    if (!said->readable || said->read.type != outgoing->type) return; /* told when it is sent */
    const struct frame_message *page = outgoing->type == FRAME_MESSAGE_PAGE ? &said->read : NULL;
    if (page == NULL &&
        (!request || !json_string_is(said->read.code, frame_status_name(FRAME_UNKNOWN))))
        return;
    if (!request || (page != NULL && !same_question(&asked->read, page)))
        check_failed(world, CHECK_PAGES, step->peer, "answers what it was not asked");
    else
        check_due(world, step, page);
}

void checks_pages(struct world *world, const struct check_step *step)
{
    const struct frame_update *update = step->update;
    if (frame_chain_count(world_peer_chain(world, step->peer)) > world->config.refold_receipts_max)
        return;
    for (size_t i = 0; i < update->message_count; i++)
        if (update->messages[i].type == FRAME_MESSAGE_PAGE ||
            update->messages[i].type == FRAME_MESSAGE_REJECT)
            check_page_sent(world, step, &update->messages[i]);
}
