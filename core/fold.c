// SPDX-License-Identifier: Apache-2.0
/*
 * The fold of a set (§ 8): every receipt of it executed in canonical order, but for merge receipts, those
 * refused in their own context, and those that a merge receipt has laid to rest [E9].
 *
 * It is kept lazily: `folded` receipts are executed, checkpoints lie behind them ever closer to the
 * end, and whatever changes the order or lays a receipt to rest only says from where on it no longer
 * holds.
 */
#include <string.h>

#include "chain.h"
#include "json.h"
#include "planted.h"
#include "receipt.h"

/* Checkpoints per power of two of the distance from the end. */
enum { CHECKPOINT_DENSITY = 8 };

/* ---- Outcomes and their counts ---- */

enum frame_outcome node_outcome(const struct node *node)
{
    if (node->merge) return FRAME_OUTCOME_MERGE;
    if (node->refused) return FRAME_OUTCOME_REFUSED;
    if (node->resting > 0 || node->effect == EFFECT_REFUSED) return FRAME_OUTCOME_SUPERSEDED;
    return node->effect == EFFECT_OTHER ? FRAME_OUTCOME_CHANGED : FRAME_OUTCOME_ACCEPTED;
}

static bool node_skipped(const struct node *node)
{
    if (FRAME_PLANTED(refusal_revived)) return node->merge || node->resting > 0;
    return node->merge || node->refused || node->resting > 0;
}

static bool node_loose(const struct node *node)
{
    return node->placed && node->effect == EFFECT_REFUSED && node->resting == 0;
}

/* Executed in the fold as it now should be? */
static bool node_settled(const struct node *node)
{
    if (node_skipped(node)) return node->effect == EFFECT_NONE || node->effect == EFFECT_REFUSED;
    return node->effect != EFFECT_NONE;
}

static void loose_update(struct fold *fold, struct node *node)
{
    bool wanted = node_loose(node);
    if (wanted == node->loose) return;
    node->loose = wanted;
    if (wanted) {
        node->loose_before = NULL;
        node->loose_next = fold->loose;
        if (fold->loose != NULL) fold->loose->loose_before = node;
        fold->loose = node;
        return;
    }
    if (node->loose_next != NULL) node->loose_next->loose_before = node->loose_before;
    if (node->loose_before != NULL)
        node->loose_before->loose_next = node->loose_next;
    else
        fold->loose = node->loose_next;
}

static void count_outcome(struct fold *fold, const struct node *node, bool more)
{
    enum frame_outcome outcome = node_outcome(node);
    size_t *count = NULL;
    if (!node->placed) return;
    if (outcome == FRAME_OUTCOME_SUPERSEDED) count = &fold->superseded;
    if (outcome == FRAME_OUTCOME_CHANGED) count = &fold->changed;
    if (FRAME_PLANTED(superseded_uncounted) && !more && count == &fold->superseded &&
        node->resting > 0)
        return;
    if (count != NULL) *count = more ? *count + 1 : *count - 1;
}

void fold_place(struct frame_chain *chain, struct node *node, bool placed)
{
    count_outcome(&chain->fold, node, false);
    node->placed = placed;
    node->effect = EFFECT_NONE;
    count_outcome(&chain->fold, node, true);
    loose_update(&chain->fold, node);
}

void fold_set_effect(struct frame_chain *chain, struct node *node, enum effect effect)
{
    count_outcome(&chain->fold, node, false);
    node->effect = (uint8_t)effect;
    count_outcome(&chain->fold, node, true);
    loose_update(&chain->fold, node);
}

/* § 8: a merge receipt lays to rest what was superseded in the fold of its heads' closure. */
void fold_set_resting(struct frame_chain *chain, struct node *merge, bool placed)
{
    for (size_t i = 0; i < merge->rest_count && !FRAME_PLANTED(nothing_rests); i++) {
        struct node *node = merge->rest[i];
        count_outcome(&chain->fold, node, false);
        node->resting = placed ? node->resting + 1 : node->resting - 1;
        count_outcome(&chain->fold, node, true);
        loose_update(&chain->fold, node);
        if (!node->dirty) {
            node->dirty = true;
            node->next_dirty = chain->fold.dirty;
            chain->fold.dirty = node;
        }
    }
}

/* ---- Checkpoints ---- */

static void checkpoint_drop(const struct frame_allocator *allocator,
                            struct checkpoints *checkpoints, size_t index)
{
    state_release(allocator, &checkpoints->at[index].state);
    checkpoints->count--;
    memmove(checkpoints->at + index, checkpoints->at + index + 1,
            (checkpoints->count - index) * sizeof *checkpoints->at);
}

/* The last checkpoint at or before a position: its index + 1; 0 for the empty beginning. */
static size_t checkpoint_before(const struct checkpoints *checkpoints, size_t position)
{
    size_t low = 0;
    size_t high = checkpoints->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (checkpoints->at[middle].position <= position)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

/*
 * Keeps a checkpoint that lies `distance` back only where its position is a multiple of distance /
 * CHECKPOINT_DENSITY, rounded to powers of two: to go back to any position costs executing an eighth of
 * the distance more, and the number of checkpoints is logarithmic.
 */
static void checkpoints_thin(const struct frame_allocator *allocator,
                             struct checkpoints *checkpoints, size_t end)
{
    for (size_t step = 1; step * CHECKPOINT_DENSITY < end; step *= 2) {
        size_t position = end - step * CHECKPOINT_DENSITY;
        if (position % (2 * step) != step) continue;
        size_t index = checkpoint_before(checkpoints, position);
        if (index > 0 && checkpoints->at[index - 1].position == position)
            checkpoint_drop(allocator, checkpoints, index - 1);
    }
}

static enum frame_status checkpoint_push(struct frame_chain *chain)
{
    struct fold *fold = &chain->fold;
    void *array = fold->checkpoints.at;
    if (!memory_reserve(&chain->allocator, &array, &fold->checkpoints.capacity,
                        fold->checkpoints.count + 1, sizeof *fold->checkpoints.at))
        return FRAME_NO_MEMORY;
    fold->checkpoints.at = array;
    struct checkpoint *checkpoint = &fold->checkpoints.at[fold->checkpoints.count++];
    checkpoint->position = fold->folded;
    state_share(&checkpoint->state, &fold->state);
    checkpoints_thin(&chain->allocator, &fold->checkpoints, fold->folded);
    return FRAME_OK;
}

enum frame_status checkpoints_copy(const struct frame_allocator *allocator,
                                   struct checkpoints *copy, const struct checkpoints *from)
{
    *copy = (struct checkpoints){NULL, 0, 0};
    if (from->count == 0) return FRAME_OK;
    copy->at = memory_allocate(allocator, from->count * sizeof *copy->at);
    if (copy->at == NULL) return FRAME_NO_MEMORY;
    copy->count = from->count;
    copy->capacity = from->count;
    for (size_t i = 0; i < from->count; i++) {
        copy->at[i].position = from->at[i].position;
        state_share(&copy->at[i].state, &from->at[i].state);
    }
    return FRAME_OK;
}

void checkpoints_free(const struct frame_allocator *allocator, struct checkpoints *checkpoints)
{
    while (checkpoints->count > 0)
        checkpoint_drop(allocator, checkpoints, checkpoints->count - 1);
    memory_release(allocator, checkpoints->at, checkpoints->capacity * sizeof *checkpoints->at);
    *checkpoints = (struct checkpoints){NULL, 0, 0};
}

void fold_free(struct frame_chain *chain)
{
    checkpoints_free(&chain->allocator, &chain->fold.checkpoints);
    state_release(&chain->allocator, &chain->fold.state);
}

/* ---- Executing ---- */

enum frame_status node_execute(struct frame_chain *chain, struct state *after, bool *accepted,
                               struct frame_hash *result_hash, const struct state *before,
                               const struct node *node, bool in_fold)
{
    struct execution execution = {.in_fold = in_fold,
                                  .input_payload = node_payload(node),
                                  .previous =
                                      node->parent_count > 0 ? &node->parents[0]->hash : NULL,
                                  .timestamp_s = node->timestamp_s};
    node_input_hash(&execution.input_hash, node);
    enum frame_status status = executor_run(&chain->executor, after, accepted, before, &execution);
    if (status != FRAME_OK) return status;
    chain->fold.executed++;
    frame_sha256_of(chain->crypto, result_hash, chain->executor.result.bytes,
                    chain->executor.result.length);
    return FRAME_OK;
}

void fold_truncate(struct frame_chain *chain, size_t position)
{
    struct fold *fold = &chain->fold;
    if (fold->folded <= position) return;
    size_t keep =
        checkpoint_before(&fold->checkpoints, position + FRAME_PLANTED(checkpoint_beyond));
    while (fold->checkpoints.count > keep)
        checkpoint_drop(&chain->allocator, &fold->checkpoints, fold->checkpoints.count - 1);
    state_release(&chain->allocator, &fold->state);
    fold->state = (struct state){NULL, NULL, NULL};
    fold->folded = 0;
    if (keep > 0) {
        fold->folded = fold->checkpoints.at[keep - 1].position;
        state_share(&fold->state, &fold->checkpoints.at[keep - 1].state);
        if (FRAME_PLANTED(screens_not_refolded)) fold->state.outside = NULL;
    }
    if (fold->folded < chain->transaction.lowest && !FRAME_PLANTED(report_from_first))
        chain->transaction.lowest = fold->folded;
}

/* Goes back to before the first receipt that came to be laid to rest, or rose, since it was executed. */
static void fold_settle(struct frame_chain *chain)
{
    struct node *node = chain->fold.dirty;
    size_t position = chain->fold.folded;
    while (node != NULL) {
        struct node *next = node->next_dirty;
        if (node->placed && node->position < position && !node_settled(node) &&
            !FRAME_PLANTED(settle_forgotten))
            position = node->position;
        node->dirty = false;
        node->next_dirty = NULL;
        node = next;
    }
    chain->fold.dirty = NULL;
    fold_truncate(chain, position);
}

enum frame_status fold_push(struct frame_chain *chain, struct state *after, enum effect effect)
{
    struct fold *fold = &chain->fold;
    struct node *node = chain->order.nodes[fold->folded];
    enum frame_status status = transaction_note(chain, node);
    if (status != FRAME_OK) {
        state_release(&chain->allocator, after);
        return status;
    }
    state_release(&chain->allocator, &fold->state);
    fold->state = *after;
    fold->folded++;
    fold_set_effect(chain, node, effect);
    return checkpoint_push(chain);
}

/* What is passed over is held all the same (§ 18). *after is a share of `before`. */
static enum frame_status pass_over(const struct frame_chain *chain, struct state *after,
                                   const struct state *before, const struct node *node)
{
    struct frame_span route;
    state_share(after, before);
    if (!node->routed || node->merge || !payload_route(&route, node_payload(node))) return FRAME_OK;
    enum frame_status status = state_route_put(&chain->allocator, after, route, STATE_ROUTE_HELD);
    if (status != FRAME_OK) state_release(&chain->allocator, after);
    return status;
}

static enum frame_status fold_step(struct frame_chain *chain)
{
    struct fold *fold = &chain->fold;
    const struct node *node = chain->order.nodes[fold->folded];
    struct state after;
    if (node_skipped(node)) {
        enum frame_status passed = pass_over(chain, &after, &fold->state, node);
        return passed == FRAME_OK ? fold_push(chain, &after, EFFECT_NONE) : passed;
    }
    bool accepted;
    struct frame_hash result_hash;
    struct frame_hash own;
    enum frame_status status =
        node_execute(chain, &after, &accepted, &result_hash, &fold->state, node, true);
    if (status != FRAME_OK) return status;
    node_result_hash(&own, node);
    bool same = frame_hash_compare(&own, &result_hash) == 0;
    return fold_push(chain, &after, !accepted ? EFFECT_REFUSED : same ? EFFECT_SAME : EFFECT_OTHER);
}

enum frame_status fold_advance(struct frame_chain *chain, size_t position)
{
    fold_settle(chain);
    while (chain->fold.folded < position) {
        enum frame_status status = fold_step(chain);
        if (status != FRAME_OK) return status;
    }
    return FRAME_OK;
}

/* ---- The fold of a subset ---- */

/* Starts where the subset's fold parts from the chain's. *position: receipts folded in *state. */
static enum frame_status subset_start(struct frame_chain *chain, struct state *state,
                                      size_t *position, const struct subset *subset)
{
    struct fold *fold = &chain->fold;
    enum frame_status status = fold_advance(chain, subset->unlike);
    if (status != FRAME_OK) return status;
    if (fold->folded == subset->unlike) {
        *position = fold->folded;
        state_share(state, &fold->state);
        return FRAME_OK;
    }
    size_t index = checkpoint_before(&fold->checkpoints, subset->unlike);
    *position = 0;
    *state = (struct state){NULL, NULL, NULL};
    if (index > 0) {
        *position = fold->checkpoints.at[index - 1].position;
        state_share(state, &fold->checkpoints.at[index - 1].state);
    }
    return FRAME_OK;
}

/* Executes the members from `position` on; adds those refused to `rest`. */
static enum frame_status subset_run(struct frame_chain *chain, struct state *state,
                                    struct node_list *rest, const struct subset *subset,
                                    size_t position)
{
    for (size_t i = position; i < chain->order.count; i++) {
        struct node *node = chain->order.nodes[i];
        if (!subset_has(subset, node)) continue;
        struct state after;
        bool accepted = true;
        struct frame_hash result_hash;
        enum frame_status status =
            node->merge || node->refused || node->resting > node->less
                ? pass_over(chain, &after, state, node)
                : node_execute(chain, &after, &accepted, &result_hash, state, node, true);
        if (status != FRAME_OK) return status;
        state_release(&chain->allocator, state);
        *state = after;
        if (accepted) continue;
        if (!list_reserve(&chain->allocator, rest, rest->count + 1)) return FRAME_NO_MEMORY;
        rest->nodes[rest->count++] = node;
    }
    return FRAME_OK;
}

/* What the fold's beginning, which the subset shares, has refused. */
static enum frame_status subset_loose(struct frame_chain *chain, struct node_list *rest,
                                      size_t position)
{
    for (struct node *node = chain->fold.loose; node != NULL; node = node->loose_next) {
        if (node->position >= position) continue;
        if (!list_reserve(&chain->allocator, rest, rest->count + 1)) return FRAME_NO_MEMORY;
        rest->nodes[rest->count++] = node;
    }
    return FRAME_OK;
}

enum frame_status fold_subset(struct frame_chain *chain, struct state *state,
                              struct node_list *rest, const struct subset *subset)
{
    size_t position;
    *rest = (struct node_list){NULL, 0, 0};
    enum frame_status status = subset_start(chain, state, &position, subset);
    if (status != FRAME_OK) return status;
    status = subset_loose(chain, rest, position);
    if (status == FRAME_OK) status = subset_run(chain, state, rest, subset, position);
    if (status != FRAME_OK) {
        list_free(&chain->allocator, rest);
        state_release(&chain->allocator, state);
    }
    return status;
}

/* ---- Routed intents (§ 18) ---- */

static bool is_of_route(const struct node *node, struct frame_span id)
{
    struct frame_span route;
    return node->routed && !node->merge && payload_route(&route, node_payload(node)) &&
           span_equal(route, id);
}

/* Of one id at most one takes effect, and that is mostly asked for soon: it is looked for from the end. */
const struct node *chain_routed(const struct frame_chain *chain, struct frame_span id)
{
    const enum state_route known = state_route_get(&chain->fold.state, id);
    const size_t count = known == STATE_ROUTE_NONE ? 0 : chain->order.count;
    const bool done = known == STATE_ROUTE_DONE && !FRAME_PLANTED(result_of_first);
    for (size_t i = count; done && i > 0; i--) {
        const struct node *node = chain->order.nodes[i - 1];
        if ((node->effect == EFFECT_SAME || node->effect == EFFECT_OTHER) && is_of_route(node, id))
            return node;
    }
    for (size_t i = 0; i < count; i++)
        if (is_of_route(chain->order.nodes[i], id)) return chain->order.nodes[i];
    return NULL;
}
