// SPDX-License-Identifier: Apache-2.0
/* Steps 7 and 8 of § 10, and the join of § 9: a verified batch is placed, executed, and published. */
#include <string.h>

#include "batch.h"
#include "planted.h"

/* Children that are still to come keep a parent's state alive. */
static void expect_children(const struct frame_verified *batch, bool expect)
{
    for (size_t i = 0; i < batch->fresh.count; i++) {
        const struct node *node = batch->fresh.nodes[i];
        for (size_t k = 0; k < node->parent_count; k++)
            node->parents[k]->waiting = expect ? node->parents[k]->waiting + 1 : 0;
    }
}

/* Step 7 for one receipt whose parents are placed: state_root_link, result_hash, state_root. */
static enum frame_status replay_node(struct frame_chain *chain, struct own *own, struct node *node)
{
    struct frame_hash claimed;
    struct frame_hash expected;
    const struct node *parent = node->parent_count > 0 ? node->parents[0] : NULL;
    enum frame_status status =
        own_context(chain, own, node->parents, node->parent_count, node->merge);
    if (status != FRAME_OK) return status;
    if (parent != NULL)
        expected = parent->next_root;
    else
        executor_root(&chain->executor, &expected, &own->before, &frame_genesis);
    node_previous_root(&claimed, node);
    if (frame_hash_compare(&claimed, &expected) != 0 && !FRAME_PLANTED(root_link_unchecked))
        return FRAME_STATE_ROOT_LINK;
    if (node->merge) {
        own_merge(chain, own, node->parents, node->parent_count);
    } else {
        status = node_execute(chain, &own->after, &own->accepted, &own->result_hash, &own->before,
                              node, false);
        if (status != FRAME_OK) return status;
        executor_root(&chain->executor, &own->root, &own->after,
                      parent != NULL ? &parent->hash : &frame_genesis);
    }
    node_result_hash(&claimed, node);
    if (frame_hash_compare(&claimed, &own->result_hash) != 0 && !FRAME_PLANTED(result_unchecked))
        return FRAME_RESULT_HASH;
    if (FRAME_PLANTED(root_unchecked)) return FRAME_OK;
    return frame_hash_compare(&node->next_root, &own->root) == 0 ? FRAME_OK : FRAME_STATE_ROOT;
}

static enum frame_status place_node(struct frame_chain *chain, struct node *node)
{
    struct own own;
    if (node->published != 0 || chain->mode == FRAME_MODE_STRUCTURAL) {
        chain_append(chain, node);
        return FRAME_OK;
    }
    for (size_t i = 0; i < node->parent_count; i++)
        if (node->parents[i]->waiting > 0) node->parents[i]->waiting--;
    enum frame_status status = replay_node(chain, &own, node);
    if (status == FRAME_OK) status = own_place(chain, &own, node);
    own_free(chain, &own);
    return status;
}

static int64_t received_index(const struct frame_verified *batch, const struct node *node)
{
    for (size_t i = 0; i < batch->fresh.count; i++)
        if (batch->fresh.nodes[i] == node) return (int64_t)batch->indices[i];
    return -1;
}

/* Places the region's nodes one by one; the first that fails in canonical order names the error. */
static enum frame_status place_region(struct frame_verified *batch, struct frame_fault *fault,
                                      struct node *const *region, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        enum frame_status status = place_node(batch->chain, region[i]);
        if (status == FRAME_OK) continue;
        if (status != FRAME_NO_MEMORY)
            *fault = (struct frame_fault){status, received_index(batch, region[i]), -1};
        return status;
    }
    return FRAME_OK;
}

static enum frame_status replay_batch(struct frame_verified *batch, struct frame_fault *fault)
{
    struct frame_chain *chain = batch->chain;
    struct node **region = NULL;
    size_t region_size = 0;
    size_t count = 0;
    size_t from = chain->order.count;
    enum frame_status status = FRAME_OK;
    if (batch->fresh.count > 0)
        status = order_merge(chain, &region, &region_size, &count, &from, batch->fresh.nodes,
                             batch->fresh.count);
    if (status != FRAME_OK) return status;
    status = chain_reserve(chain, batch->fresh.count);
    if (status == FRAME_OK) status = transaction_begin(chain, from);
    if (status == FRAME_OK) {
        expect_children(batch, true);
        status = place_region(batch, fault, region, count);
        expect_children(batch, false);
        if (status != FRAME_OK) transaction_rollback(chain);
    }
    memory_release(&chain->allocator, region, region_size);
    return status;
}

enum frame_status frame_replay(struct frame_replayed **replayed, struct frame_fault *fault,
                               struct frame_verified *verified)
{
    struct frame_verified *batch = verified;
    FRAME_ASSERT(batch->version == batch->chain->version && !batch->chain->busy);
    *fault = (struct frame_fault){FRAME_NO_MEMORY, -1, -1};
    enum frame_status status = replay_batch(batch, fault);
    if (status != FRAME_OK) {
        frame_verified_free(batch);
        return status;
    }
    *fault = (struct frame_fault){FRAME_OK, -1, -1};
    *replayed = &batch->replayed;
    return FRAME_OK;
}

void frame_replayed_discard(struct frame_replayed *replayed)
{
    if (replayed == NULL) return;
    transaction_rollback(replayed->batch->chain);
    frame_verified_free(replayed->batch);
}

size_t frame_replayed_fresh(const struct frame_replayed *replayed)
{
    return replayed->batch->fresh.count;
}

enum frame_status frame_join(struct frame_report *report, struct frame_replayed *replayed)
{
    struct frame_verified *batch = replayed->batch;
    enum frame_status status =
        transaction_commit(batch->chain, report, batch->fresh.nodes, batch->fresh.count);
    if (status == FRAME_OK) batch_close(batch);
    return status;
}
