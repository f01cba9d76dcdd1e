// SPDX-License-Identifier: Apache-2.0
/* Placing nodes in a chain's order, its heads, and walks over the graph (§ 1, 8, 9). */
#include <string.h>

#include "chain.h"
#include "planted.h"

/* ---- Heads: placed nodes without placed children, ascending by hash ---- */

static size_t head_index(const struct node_list *heads, const struct frame_hash *hash)
{
    size_t low = 0;
    size_t high = heads->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame_hash_compare(&heads->nodes[middle]->hash, hash) < 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void heads_add(struct node_list *heads, struct node *node)
{
    size_t at = head_index(heads, &node->hash);
    FRAME_ASSERT(heads->count < heads->capacity);
    memmove(heads->nodes + at + 1, heads->nodes + at, (heads->count - at) * sizeof(struct node *));
    heads->nodes[at] = node;
    heads->count++;
}

static void heads_remove(struct node_list *heads, const struct node *node)
{
    size_t at = head_index(heads, &node->hash);
    FRAME_ASSERT(at < heads->count && heads->nodes[at] == node);
    heads->count--;
    memmove(heads->nodes + at, heads->nodes + at + 1, (heads->count - at) * sizeof(struct node *));
}

/* ---- Placing ---- */

/* A beginning of the order may have far more heads than the whole: at most one for each receipt. */
enum frame_status chain_reserve(struct frame_chain *chain, size_t more)
{
    const struct frame_allocator *allocator = &chain->allocator;
    if (!list_reserve(allocator, &chain->order, chain->order.count + more) ||
        !list_reserve(allocator, &chain->arrivals, chain->arrivals.count + more) ||
        !list_reserve(allocator, &chain->heads, chain->order.count + more))
        return FRAME_NO_MEMORY;
    return FRAME_OK;
}

void chain_append(struct frame_chain *chain, struct node *node)
{
    FRAME_ASSERT(!node->placed && chain->order.count < chain->order.capacity);
    for (size_t i = 0; i < node->parent_count; i++) {
        struct node *parent = node->parents[i];
        FRAME_ASSERT(parent->placed);
        if (parent->children++ == 0) heads_remove(&chain->heads, parent);
    }
    node->position = (uint32_t)chain->order.count;
    chain->order.nodes[chain->order.count++] = node;
    heads_add(&chain->heads, node);
    fold_place(chain, node, true);
    if (node->merge) fold_set_resting(chain, node, true);
}

struct node *chain_pop(struct frame_chain *chain)
{
    FRAME_ASSERT(chain->order.count > 0);
    struct node *node = chain->order.nodes[chain->order.count - 1];
    FRAME_ASSERT(node->children == 0);
    if (node->merge) fold_set_resting(chain, node, false);
    fold_place(chain, node, false);
    heads_remove(&chain->heads, node);
    chain->order.count--;
    for (size_t i = 0; i < node->parent_count; i++) {
        struct node *parent = node->parents[i];
        if (--parent->children == 0) heads_add(&chain->heads, parent);
    }
    return node;
}

/* ---- Walks ---- */

uint32_t graph_next_epoch(struct frame_chain *chain)
{
    if (chain->epoch == UINT32_MAX) {
        for (size_t i = 0; i < chain->order.count; i++) {
            chain->order.nodes[i]->mark = 0;
            chain->order.nodes[i]->visit = 0;
        }
        chain->epoch = 0;
    }
    return ++chain->epoch;
}

/* Walks up from the nodes' parents, through generations that can still reach one of the nodes. */
bool graph_any_ancestor(struct frame_chain *chain, struct node *const *nodes, size_t count,
                        enum frame_status *status)
{
    struct node_list stack = {NULL, 0, 0};
    uint32_t epoch = graph_next_epoch(chain);
    uint32_t least = UINT32_MAX;
    bool found = false;
    *status = FRAME_OK;
    for (size_t i = 0; i < count; i++)
        least = nodes[i]->generation < least ? nodes[i]->generation : least;
    for (size_t i = 0; i < count && *status == FRAME_OK; i++) {
        if (!list_reserve(&chain->allocator, &stack, stack.count + 1))
            *status = FRAME_NO_MEMORY;
        else
            stack.nodes[stack.count++] = nodes[i];
    }
    while (stack.count > 0 && *status == FRAME_OK) {
        struct node *node = stack.nodes[--stack.count];
        if (!list_reserve(&chain->allocator, &stack, stack.count + node->parent_count))
            *status = FRAME_NO_MEMORY;
        for (size_t i = 0; i < node->parent_count && *status == FRAME_OK; i++) {
            struct node *parent = node->parents[i];
            if (parent->mark == epoch || parent->generation < least) continue;
            parent->mark = epoch;
            stack.nodes[stack.count++] = parent;
        }
    }
    for (size_t i = 0; i < count; i++)
        found = found || nodes[i]->mark == epoch;
    list_free(&chain->allocator, &stack);
    return found;
}

bool subset_has(const struct subset *subset, const struct node *node)
{
    return node->placed && (node->position < subset->low || node->mark == subset->epoch);
}

/* In the subset a receipt laid to rest only by merges outside of it is alive. */
static void subset_leave_out(struct subset *subset, struct node *node)
{
    subset->count--;
    if (node->position < subset->unlike) subset->unlike = node->position;
    for (size_t i = 0; node->merge && i < node->rest_count; i++) {
        struct node *rested = node->rest[i];
        if (!FRAME_PLANTED(rest_of_others)) rested->less++;
        if (rested->position < subset->unlike) subset->unlike = rested->position;
    }
}

/*
 * From the end of the order down. What is taken away is always a head of what is left, so a receipt
 * that is no member and has lost all its children is a head outside; when no such head is left, all
 * that is left are members, and the walk ends: it takes time in proportion to what was added since
 * the subset branched off, not to the chain.
 */
void subset_walk(struct frame_chain *chain, struct subset *subset, struct node *const *heads,
                 size_t head_count)
{
    size_t outside = 0;
    size_t position = chain->order.count;
    *subset = (struct subset){.epoch = graph_next_epoch(chain),
                              .unlike = chain->order.count,
                              .count = chain->order.count};
    for (size_t i = 0; i < head_count; i++)
        heads[i]->mark = subset->epoch;
    for (size_t i = 0; i < chain->heads.count; i++)
        outside += chain->heads.nodes[i]->mark != subset->epoch;
    while (outside > 0 || position > subset->unlike) {
        struct node *node = chain->order.nodes[--position];
        bool member = node->mark == subset->epoch;
        if (!member) {
            outside--;
            subset_leave_out(subset, node);
        }
        for (size_t i = 0; i < node->parent_count; i++) {
            struct node *parent = node->parents[i];
            if (parent->visit != subset->epoch) {
                parent->visit = subset->epoch;
                parent->left = parent->children;
            }
            if (member) parent->mark = subset->epoch;
            if (--parent->left == 0 && parent->mark != subset->epoch) outside++;
        }
    }
    subset->low = position;
}

void subset_end(struct frame_chain *chain, const struct subset *subset)
{
    for (size_t i = subset->low; i < chain->order.count; i++) {
        const struct node *node = chain->order.nodes[i];
        if (node->merge && !subset_has(subset, node))
            for (size_t k = 0; k < node->rest_count; k++)
                node->rest[k]->less = 0;
    }
}
