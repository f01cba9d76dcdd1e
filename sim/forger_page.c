// SPDX-License-Identifier: Apache-2.0
/* Pages (§ 12): lists of receipts, and the tricks that are played on them. */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"
#include "core/message.h"

/* ---- Lists ---- */

void page_list_init(struct page_list *list, const struct frame_allocator *allocator)
{
    *list = (struct page_list){0};
    buffer_init(&list->text, allocator);
}

void page_list_release(struct page_list *list)
{
    memory_release(&list->text.allocator, list->ends, list->capacity * sizeof *list->ends);
    buffer_free(&list->text);
    page_list_init(list, &list->text.allocator);
}

void page_list_add(struct page_list *list, struct frame_span receipt)
{
    void *ends = list->ends;
    buffer_span(&list->text, receipt);
    FRAME_ASSERT(!list->text.failed && memory_reserve(&list->text.allocator, &ends, &list->capacity,
                                                      list->count + 1, sizeof *list->ends));
    list->ends = ends;
    list->ends[list->count++] = list->text.length;
}

struct frame_span page_list_at(const struct page_list *list, size_t i)
{
    const size_t start = i == 0 ? 0 : list->ends[i - 1];
    return (struct frame_span){list->text.bytes + start, list->ends[i] - start};
}

/* ---- Tricks ---- */

/* A receipt that the victim would have to look at, and no merge: those are everybody's. */
static bool fresh(const struct workshop *shop, struct frame_span receipt)
{
    struct frame_hash hash;
    struct frame_span dapp;
    return receipt_said_hash(&hash, receipt) && !shop_victim_holds(shop, &hash) &&
           json_member(receipt, &dapp, "dappId") && !json_string_is(dapp, "federation");
}

static bool find_fresh(const struct workshop *shop, size_t *at, const struct page_list *list)
{
    for (*at = 0; *at < list->count; ++*at)
        if (fresh(shop, page_list_at(list, *at))) return true;
    return false;
}

static bool add_changed(struct workshop *shop, struct page_list *played, struct frame_span receipt)
{
    struct draft draft;
    struct buffer text;
    bool changed = draft_read(&draft, &shop->allocator, receipt);
    buffer_init(&text, &shop->allocator);
    if (changed) changed = shop->recipe->receipt(shop, &draft);
    if (changed) {
        draft_write(&text, &draft);
        FRAME_ASSERT(!text.failed);
        shop_book(shop, buffer_view(&text));
        page_list_add(played, buffer_view(&text));
    }
    buffer_free(&text);
    draft_release(&draft);
    return changed;
}

static bool add_foreign(struct workshop *shop, struct page_list *played)
{
    struct buffer text;
    buffer_init(&text, &shop->allocator);
    const bool made = foreign_receipt(shop, &text);
    if (made) {
        shop_book(shop, buffer_view(&text));
        page_list_add(played, buffer_view(&text));
    }
    buffer_free(&text);
    return made;
}

bool page_play(struct workshop *shop, struct page_list *played, const struct page_list *honest)
{
    size_t target;
    if (!find_fresh(shop, &target, honest)) return false;
    const enum page_trick trick = shop->recipe->trick;
    for (size_t i = 0; i < honest->count; i++) {
        const struct frame_span receipt = page_list_at(honest, i);
        if (trick == TRICK_CUT && i >= target) break;
        if (trick == TRICK_DOUBLE && i == target + 1) continue; /* keeps the page within bounds */
        if (trick == TRICK_CHANGE && i == target) {
            if (!add_changed(shop, played, receipt)) return false;
            continue;
        }
        if (trick == TRICK_FOREIGN && i == 0) {
            if (!add_foreign(shop, played)) return false;
            continue;
        }
        page_list_add(played, receipt);
        if (trick == TRICK_DOUBLE && i == target) page_list_add(played, receipt);
    }
    return true;
}

/* ---- Bodies ---- */

void page_body(struct workshop *shop, struct buffer *body, const struct frame_message *asked,
               const struct page_list *list, int64_t remaining)
{
    struct frame_hash *want = world_take(shop->world, (asked->hash_count + 1) * sizeof *want);
    for (size_t i = 0; i < asked->hash_count; i++)
        frame_hash_array_at(&want[i], asked->hashes, i);
    message_page_begin(body, asked->has_after ? &asked->after : NULL);
    for (size_t i = 0; i < list->count; i++)
        message_page_receipt(body, page_list_at(list, i));
    message_page_end(body, remaining, want, asked->hash_count);
    FRAME_ASSERT(!body->failed);
    world_give(shop->world, want, (asked->hash_count + 1) * sizeof *want);
}

/* ---- What a request is owed ---- */

/* Flags, by position, the closure of those hashes of an array that are held. */
static void mark_closure(uint8_t *flags, uint8_t flag, const struct frame_chain *chain,
                         struct frame_span hashes, size_t hash_count)
{
    struct frame_receipt receipt;
    for (size_t i = 0; i < hash_count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, hashes, i);
        if (frame_chain_find(chain, &receipt, &hash)) flags[receipt.position] |= flag;
    }
    for (size_t position = frame_chain_count(chain); position-- > 0;) {
        if ((flags[position] & flag) == 0) continue;
        frame_chain_at(chain, &receipt, position);
        for (size_t i = 0; i < receipt.parent_count; i++) {
            struct frame_receipt parent;
            if (frame_chain_find(chain, &parent, &receipt.parents[i]))
                flags[parent.position] |= flag;
        }
    }
}

void page_owed(struct page_list *list, const struct frame_chain *chain,
               const struct frame_message *request)
{
    enum { WANTED = 1, HAD = 2, RECEIPTS_MAX = 128 };
    const size_t count = frame_chain_count(chain);
    const struct frame_allocator *allocator = &list->text.allocator;
    uint8_t *flags = memory_allocate(allocator, count + 1);
    FRAME_ASSERT(flags != NULL);
    memset(flags, 0, count + 1);
    mark_closure(flags, WANTED, chain, request->hashes, request->hash_count);
    mark_closure(flags, HAD, chain, request->have, request->have_count);
    for (size_t i = 0; i < count && list->count < RECEIPTS_MAX; i++) {
        struct frame_receipt receipt;
        if (flags[i] != WANTED) continue;
        frame_chain_at(chain, &receipt, i);
        if (list->text.length + receipt.bytes.length > FRAME_PAGE_BYTES_MAX / 2) break;
        page_list_add(list, receipt.bytes);
    }
    memory_release(allocator, flags, count + 1);
}
