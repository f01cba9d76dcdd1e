// SPDX-License-Identifier: Apache-2.0
/*
 * Canonical order (§ 8): again and again the least (timestamp, receiptHash) of the receipts whose
 * parents have all been taken. Timestamps never fall along a chain, so everything of an earlier second
 * comes first, and a batch changes the order only from the second of its earliest receipt on.
 */
#include <string.h>

#include "chain.h"
#include "planted.h"

/* A parent inside the region that is ordered, and a child of it. */
struct edge {
    struct node *child;
    uint32_t next; /* 1 + index of the parent's next edge; 0: none */
};

struct ordering {
    struct frame_chain *chain;
    struct node **region; /* nodes to order, then the result */
    size_t count;
    struct node **heap; /* ready nodes; the least on top */
    size_t heap_count;
    struct edge *edges;
    size_t edge_count;
    uint32_t epoch; /* node->visit of the region's nodes */
};

size_t order_second(const struct node_list *order, int64_t timestamp_s)
{
    size_t low = 0;
    size_t high = order->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (order->nodes[middle]->timestamp_s < timestamp_s)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static void heap_push(struct ordering *ordering, struct node *node)
{
    struct node **heap = ordering->heap;
    size_t at = ordering->heap_count++;
    while (at > 0 && node_compare(node, heap[(at - 1) / 2]) < 0) {
        heap[at] = heap[(at - 1) / 2];
        at = (at - 1) / 2;
    }
    heap[at] = node;
}

static struct node *heap_pop(struct ordering *ordering)
{
    struct node **heap = ordering->heap;
    struct node *top = heap[0];
    struct node *last = heap[--ordering->heap_count];
    size_t count = ordering->heap_count;
    size_t at = 0;
    for (size_t child = 1; child < count; child = 2 * at + 1) {
        if (child + 1 < count && node_compare(heap[child + 1], heap[child]) < 0) child++;
        if (node_compare(last, heap[child]) <= 0) break;
        heap[at] = heap[child];
        at = child;
    }
    if (count > 0) heap[at] = last;
    return top;
}

static bool in_region(const struct ordering *ordering, const struct node *node)
{
    return node->visit == ordering->epoch;
}

/* node->left is the first edge of a node, node->less the number of parents still to be taken. */
static void link_edges(struct ordering *ordering)
{
    for (size_t i = 0; i < ordering->count; i++) {
        ordering->region[i]->visit = ordering->epoch;
        ordering->region[i]->left = 0;
        ordering->region[i]->less = 0;
    }
    for (size_t i = 0; i < ordering->count; i++) {
        struct node *node = ordering->region[i];
        for (size_t k = 0; k < node->parent_count; k++) {
            struct node *parent = node->parents[k];
            if (!in_region(ordering, parent)) continue;
            FRAME_ASSERT(ordering->edges != NULL);
            ordering->edges[ordering->edge_count] = (struct edge){node, parent->left};
            parent->left = (uint32_t)++ordering->edge_count;
            node->less++;
        }
    }
}

static void take_in_order(struct ordering *ordering)
{
    size_t taken = 0;
    for (size_t i = 0; i < ordering->count; i++)
        if (ordering->region[i]->less == 0) heap_push(ordering, ordering->region[i]);
    while (ordering->heap_count > 0) {
        struct node *node = heap_pop(ordering);
        for (uint32_t e = node->left; e != 0; e = ordering->edges[e - 1].next) {
            struct node *child = ordering->edges[e - 1].child;
            if (--child->less == 0) heap_push(ordering, child);
        }
        ordering->region[taken++] = node;
    }
    FRAME_ASSERT(taken == ordering->count);
}

/* Drops the beginning of the region that stands where it stood. */
static void skip_common(struct ordering *ordering, size_t *from)
{
    const struct node_list *order = &ordering->chain->order;
    size_t same = 0;
    while (*from + same < order->count && order->nodes[*from + same] == ordering->region[same])
        same++;
    *from += same;
    ordering->count -= same;
    memmove(ordering->region, ordering->region + same, ordering->count * sizeof(struct node *));
}

static enum frame_status order_run(struct ordering *ordering, size_t edges_max)
{
    const struct frame_allocator *allocator = &ordering->chain->allocator;
    size_t heap_size = ordering->count * sizeof(struct node *);
    size_t edges_size = edges_max * sizeof(struct edge);
    enum frame_status status = FRAME_NO_MEMORY;
    ordering->heap = memory_allocate(allocator, heap_size);
    ordering->edges = edges_max > 0 ? memory_allocate(allocator, edges_size) : NULL;
    if (ordering->heap != NULL && (ordering->edges != NULL || edges_max == 0)) {
        link_edges(ordering);
        take_in_order(ordering);
        status = FRAME_OK;
    }
    memory_release(allocator, ordering->heap, heap_size);
    memory_release(allocator, ordering->edges, edges_size);
    /* `less` belongs to the walks again, which want it zero */
    for (size_t i = 0; i < ordering->count; i++)
        ordering->region[i]->less = 0;
    return status;
}

enum frame_status order_merge(struct frame_chain *chain, struct node ***region, size_t *region_size,
                              size_t *count, size_t *from, struct node *const *batch,
                              size_t batch_count)
{
    int64_t earliest = INT64_MAX;
    size_t edges = 0;
    for (size_t i = 0; i < batch_count; i++)
        if (batch[i]->timestamp_s < earliest) earliest = batch[i]->timestamp_s;
    *from = order_second(&chain->order, earliest);
    if (FRAME_PLANTED(divergence_one_late) && *from < chain->order.count) ++*from;
    size_t behind = chain->order.count - *from;
    struct ordering ordering = {.chain = chain, .count = behind + batch_count};
    *region_size = ordering.count * sizeof(struct node *);
    ordering.region = memory_allocate(&chain->allocator, *region_size);
    if (ordering.region == NULL) return FRAME_NO_MEMORY;
    if (behind > 0)
        memcpy(ordering.region, chain->order.nodes + *from, behind * sizeof(struct node *));
    memcpy(ordering.region + behind, batch, batch_count * sizeof(struct node *));
    for (size_t i = 0; i < ordering.count; i++)
        edges += ordering.region[i]->parent_count;
    ordering.epoch = graph_next_epoch(chain);
    enum frame_status status = order_run(&ordering, edges);
    if (status != FRAME_OK) {
        memory_release(&chain->allocator, ordering.region, *region_size);
        return status;
    }
    skip_common(&ordering, from);
    *region = ordering.region;
    *count = ordering.count;
    return FRAME_OK;
}
