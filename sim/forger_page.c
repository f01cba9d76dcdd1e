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
    const struct frame_allocator allocator = list->text.allocator;
    memory_release(&allocator, list->ends, list->capacity * sizeof *list->ends);
    buffer_free(&list->text);
    page_list_init(list, &allocator);
}

void page_list_add(struct page_list *list, struct frame_span receipt)
{
    void *ends = list->ends;
    buffer_span(&list->text, receipt);
    FRAME_MUST(!list->text.failed && memory_reserve(&list->text.allocator, &ends, &list->capacity,
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

bool forge_draft(struct workshop *shop, struct draft *draft, struct frame_span receipt)
{
    if (!draft_read(draft, &shop->allocator, receipt)) return false;
    if (shop->recipe->public.composition.subject != FORGED_NONE) return compose_draft(shop, draft);
    return shop->recipe->receipt(shop, draft);
}

bool forge_text(struct workshop *shop, struct buffer *text, const struct draft *draft)
{
    draft_write(text, draft);
    FRAME_ASSERT(!text->failed);
    const bool composed = shop->recipe->public.composition.subject != FORGED_NONE;
    if (composed && !compose_receipt_text(shop, text)) return false;
    shop_book(shop, buffer_view(text));
    return true;
}

bool forge_receipt(struct workshop *shop, struct buffer *text, struct frame_span receipt)
{
    struct draft draft;
    const bool forged = forge_draft(shop, &draft, receipt) && forge_text(shop, text, &draft);
    draft_release(&draft);
    return forged;
}

static bool add_changed(struct workshop *shop, struct page_list *played, struct frame_span receipt)
{
    struct buffer text;
    buffer_init(&text, &shop->allocator);
    const bool changed = forge_receipt(shop, &text, receipt);
    if (changed) page_list_add(played, buffer_view(&text));
    buffer_free(&text);
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

/* Is the j-th receipt the parent of the i-th, and are both fresh? */
static bool fresh_pair(const struct workshop *shop, const struct page_list *list, size_t j,
                       size_t i)
{
    const struct frame_span parent = page_list_at(list, j);
    const struct frame_span child = page_list_at(list, i);
    struct frame_hash hash;
    struct frame_hash previous = {{0}};
    struct frame_span token;
    return fresh(shop, parent) && fresh(shop, child) && receipt_said_hash(&hash, parent) &&
           json_member(child, &token, "previousReceiptHash") && json_kind(token) == JSON_STRING &&
           frame_hex_decode(previous.bytes, sizeof previous.bytes, (const char *)token.bytes + 1,
                            token.length - 2) &&
           frame_hash_compare(&hash, &previous) == 0;
}

/* A fresh receipt whose child is there, too. */
static bool find_pair(const struct workshop *shop, size_t *parent, size_t *child,
                      const struct page_list *list)
{
    for (*child = 1; *child < list->count; ++*child)
        for (*parent = 0; *parent < *child; ++*parent)
            if (fresh_pair(shop, list, *parent, *child)) return true;
    return false;
}

/* The child comes before its parent; or the parent not at all. */
static bool play_on_pair(struct workshop *shop, struct page_list *played,
                         const struct page_list *honest)
{
    size_t parent;
    size_t child;
    if (!find_pair(shop, &parent, &child, honest)) return false;
    shop->has_gap = receipt_said_hash(&shop->gap, page_list_at(honest, parent));
    for (size_t i = 0; i < honest->count; i++) {
        const bool swap = shop->recipe->trick == TRICK_REVERSE && (i == parent || i == child);
        if (shop->recipe->trick == TRICK_HOLE && i == parent) continue;
        page_list_add(played, page_list_at(honest, swap ? parent + child - i : i));
    }
    return true;
}

bool page_play(struct workshop *shop, struct page_list *played, const struct page_list *honest)
{
    size_t target;
    const enum page_trick trick = shop->recipe->trick;
    if (trick == TRICK_REVERSE || trick == TRICK_HOLE) return play_on_pair(shop, played, honest);
    if (!find_fresh(shop, &target, honest)) return false;
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
        if (trick == TRICK_NUMBER && i == target)
            page_list_add(played, (struct frame_span){(const uint8_t *)"0", 1});
        else
            page_list_add(played, receipt);
        if (trick == TRICK_DOUBLE && i == target) page_list_add(played, receipt);
    }
    /* not where the page gets too heavy: that is another fault, and met first */
    return played->text.length + played->count + 1 <= FRAME_PAGE_BYTES_MAX;
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
