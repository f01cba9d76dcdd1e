// SPDX-License-Identifier: Apache-2.0
/*
 * The heads of closure(batch): the batch's receipts that are no ancestor of another. An ancestor
 * may be reached through receipts that are held and not in the batch, so held receipts are walked
 * through.
 */
#include "cli.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

struct item {
    struct frame_hash hash;
    struct frame_span receipt;
    bool named; /* as a parent, by something in the closure */
};

struct walk {
    const struct frame_chain *chain;
    struct item *items; /* ascending by hash */
    size_t count;
    bool *seen;    /* held receipts already walked through, by position */
    size_t *stack; /* positions of held receipts whose parents are to be named */
    size_t height;
};

static int compare_items(const void *a, const void *b)
{
    const struct item *left = a;
    const struct item *right = b;
    return frame_hash_compare(&left->hash, &right->hash);
}

static struct frame_hash hash_of(struct frame_span token)
{
    struct frame_hash hash = {{0}};
    (void)frame_hex_decode(hash.bytes, 32, (const char *)token.bytes + 1, token.length - 2);
    return hash;
}

static void name_one(struct walk *walk, const struct frame_hash *parent)
{
    struct item key = {.hash = *parent};
    struct frame_receipt held;
    if (walk->count > 0) {
        struct item *item = bsearch(&key, walk->items, walk->count, sizeof key, compare_items);
        if (item != NULL) item->named = true;
    }
    if (!frame_chain_find(walk->chain, &held, parent) || walk->seen[held.position]) return;
    walk->seen[held.position] = true;
    walk->stack[walk->height++] = held.position;
}

static void name_many(struct walk *walk, const struct frame_hash *parents, size_t count)
{
    for (size_t i = 0; i < count; i++)
        name_one(walk, &parents[i]);
}

/* The parents that a receipt which has passed steps 2 and 3 states (§ 8). */
static void name_stated(struct walk *walk, struct frame_span receipt)
{
    struct frame_span value;
    struct frame_hash parent;
    if (json_member(receipt, &value, "previousReceiptHash") && json_kind(value) == JSON_STRING) {
        parent = hash_of(value);
        name_one(walk, &parent);
    }
    if (!json_member(receipt, &value, "intent") || !json_string_is(value, "federation.merge"))
        return;
    struct json_walk heads;
    struct frame_span head;
    if (!json_member(receipt, &value, "inputPayload") || !json_member(value, &value, "payload") ||
        !json_member(value, &value, "heads"))
        return;
    json_walk_init(&heads, value);
    while (json_next_item(&heads, &head)) {
        parent = hash_of(head);
        name_one(walk, &parent);
    }
}

static void walk_all(struct walk *walk)
{
    struct frame_receipt held;
    for (size_t i = 0; i < walk->count; i++) {
        /* A held receipt is passed over (§ 10): what the batch says of its parents counts for
           nothing. */
        if (frame_chain_find(walk->chain, &held, &walk->items[i].hash))
            name_many(walk, held.parents, held.parent_count);
        else
            name_stated(walk, walk->items[i].receipt);
    }
    while (walk->height > 0) {
        frame_chain_at(walk->chain, &held, walk->stack[--walk->height]);
        name_many(walk, held.parents, held.parent_count);
    }
}

static void read_items(struct walk *walk, struct frame_span document)
{
    struct json_walk receipts;
    struct frame_span receipt;
    struct frame_span hash;
    json_walk_init(&receipts, document);
    while (json_next_item(&receipts, &receipt)) {
        if (!json_member(receipt, &hash, "receiptHash")) continue;
        walk->items[walk->count++] = (struct item){hash_of(hash), receipt, false};
    }
    qsort(walk->items, walk->count, sizeof *walk->items, compare_items);
}

int cli_batch_heads(struct frame_hash **heads, size_t *count, const struct cli_batch *batch,
                    const struct frame_chain *chain)
{
    size_t items = frame_parsed_count(batch->parsed);
    size_t held = frame_chain_count(chain);
    struct walk walk = {.chain = chain};
    walk.items = calloc(items + 1, sizeof *walk.items);
    walk.seen = calloc(held + 1, sizeof *walk.seen);
    walk.stack = calloc(held + 1, sizeof *walk.stack);
    *heads = calloc(items + 1, sizeof **heads);
    *count = 0;
    bool enough = walk.items != NULL && walk.seen != NULL && walk.stack != NULL && *heads != NULL;
    if (enough) {
        read_items(&walk, cli_file_view(&batch->file));
        walk_all(&walk);
        for (size_t i = 0; i < walk.count; i++) {
            if (!walk.items[i].named) (*heads)[(*count)++] = walk.items[i].hash;
        }
    } else {
        free(*heads);
        cli_error("%s: needs more memory than there is", batch->path);
    }
    free(walk.items);
    free(walk.seen);
    free(walk.stack);
    return enough ? CLI_OK : CLI_INPUT;
}
