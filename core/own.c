// SPDX-License-Identifier: Apache-2.0
/*
 * A receipt's own context (§ 8): fold(closure(parents)). Its result and roots are those of this
 * context, whatever becomes of it in a larger set.
 */
#include <string.h>

#include "batch.h"
#include "json.h"

static enum frame_status context_of_subset(struct frame_chain *chain, struct own *own,
                                           struct node *const *parents, size_t parent_count)
{
    struct subset subset;
    subset_walk(chain, &subset, parents, parent_count);
    own->shared = subset.count == chain->order.count;
    enum frame_status status = fold_subset(chain, &own->before, &own->rest, &subset);
    subset_end(chain, &subset);
    return status;
}

enum frame_status own_context(struct frame_chain *chain, struct own *own,
                              struct node *const *parents, size_t parent_count, bool merge)
{
    *own = (struct own){.shared = false};
    if (parent_count == 0) {
        own->shared = chain->order.count == 0;
        return FRAME_OK;
    }
    if (merge) return context_of_subset(chain, own, parents, parent_count);
    struct node *parent = parents[0];
    if (chain->heads.count == 1 && chain->heads.nodes[0] == parent) {
        enum frame_status status = fold_advance(chain, chain->order.count);
        if (status != FRAME_OK) return status;
        own->shared = true;
        state_share(&own->before, &chain->fold.state);
        return FRAME_OK;
    }
    if (parent->has_state) {
        state_share(&own->before, &parent->state);
        return FRAME_OK;
    }
    enum frame_status status = context_of_subset(chain, own, parents, parent_count);
    if (status == FRAME_OK) list_free(&chain->allocator, &own->rest);
    return status;
}

size_t merge_result(uint8_t text[64], size_t head_count)
{
    static const char head[] = "{\"heads\":";
    static const char tail[] = ",\"ok\":true}";
    size_t length = sizeof head - 1;
    memcpy(text, head, length);
    length += json_integer_write(text + length, (int64_t)head_count);
    memcpy(text + length, tail, sizeof tail - 1);
    return length + sizeof tail - 1;
}

/* § 9: a merge receipt changes nothing; its result counts the heads. */
void own_merge(struct frame_chain *chain, struct own *own, struct node *const *heads, size_t count)
{
    uint8_t text[64];
    size_t length = merge_result(text, count);
    frame_sha256_of(chain->crypto, &own->result_hash, text, length);
    state_share(&own->after, &own->before);
    executor_root(&chain->executor, &own->root, &own->after, &heads[0]->hash);
    own->accepted = true;
}

/* A state is kept where a child is likely to come: at a head, and where the batch still has one. */
static void drop_states(struct frame_chain *chain, const struct node *node)
{
    for (size_t i = 0; i < node->parent_count; i++)
        if (node->parents[i]->waiting == 0) node_drop_state(&chain->allocator, node->parents[i]);
}

/* What a merge receipt lays to rest becomes an array of its exact size, which node_free knows. */
static enum frame_status rest_take(struct frame_chain *chain, struct own *own, struct node *node)
{
    size_t count = own->rest.count;
    if (count == 0) return FRAME_OK;
    node->rest = memory_allocate(&chain->allocator, count * sizeof(struct node *));
    if (node->rest == NULL) return FRAME_NO_MEMORY;
    memcpy(node->rest, own->rest.nodes, count * sizeof(struct node *));
    node->rest_count = (uint32_t)count;
    return FRAME_OK;
}

enum frame_status own_place(struct frame_chain *chain, struct own *own, struct node *node)
{
    if (node->merge) {
        enum frame_status status = rest_take(chain, own, node);
        if (status != FRAME_OK) return status;
    }
    node->refused = !own->accepted;
    chain_append(chain, node);
    struct state after = own->after;
    own->after = (struct state){NULL, NULL, NULL};
    if (own->shared) {
        enum effect effect = node->merge || node->refused ? EFFECT_NONE : EFFECT_SAME;
        enum frame_status status = fold_push(chain, &after, effect);
        if (status != FRAME_OK) return status;
    } else {
        node->state = after;
        node->has_state = true;
    }
    drop_states(chain, node);
    return FRAME_OK;
}

void own_free(struct frame_chain *chain, struct own *own)
{
    state_release(&chain->allocator, &own->before);
    state_release(&chain->allocator, &own->after);
    list_free(&chain->allocator, &own->rest);
    *own = (struct own){.shared = false};
}
