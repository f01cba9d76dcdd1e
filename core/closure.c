// SPDX-License-Identifier: Apache-2.0
/* Closures of named heads (§ 1, 12): their figures, step 8 of § 10, policy strict of § 9, and pages. */
#include <string.h>

#include "batch.h"
#include "planted.h"

/* Heads named in a message or by a caller, as nodes. */
struct named {
    struct node **nodes;
    struct frame_hash *heads; /* those that are no ancestor of another: ascending, each once */
    size_t count;
    size_t head_count;
};

static void named_free(struct frame_chain *chain, struct named *named)
{
    memory_release(&chain->allocator, named->nodes, named->count * sizeof *named->nodes);
    memory_release(&chain->allocator, named->heads, named->count * sizeof *named->heads);
}

static void heads_insert(struct named *named, const struct frame_hash *hash)
{
    size_t at = named->head_count;
    while (at > 0 && frame_hash_compare(&named->heads[at - 1], hash) >= 0)
        at--;
    if (at < named->head_count && frame_hash_compare(&named->heads[at], hash) == 0) return;
    memmove(named->heads + at + 1, named->heads + at,
            (named->head_count - at) * sizeof *named->heads);
    named->heads[at] = *hash;
    named->head_count++;
}

static enum frame_status named_heads(struct frame_chain *chain, struct named *named)
{
    enum frame_status status;
    graph_any_ancestor(chain, named->nodes, named->count, &status);
    for (size_t i = 0; status == FRAME_OK && i < named->count; i++)
        if (named->nodes[i]->mark != chain->epoch) heads_insert(named, &named->nodes[i]->hash);
    return status;
}

/* UNKNOWN where one is not held, or arrived as `visible` or later. `batch` may be NULL. */
static enum frame_status named_find(struct frame_chain *chain, struct named *named,
                                    const struct frame_verified *batch,
                                    const struct frame_hash *hashes, size_t count, uint64_t visible)
{
    *named = (struct named){.count = count};
    if (count == 0) return FRAME_OK;
    named->nodes = memory_allocate(&chain->allocator, count * sizeof *named->nodes);
    named->heads = memory_allocate(&chain->allocator, count * sizeof *named->heads);
    enum frame_status status = FRAME_OK;
    if (named->nodes == NULL || named->heads == NULL) status = FRAME_NO_MEMORY;
    for (size_t i = 0; i < count && status == FRAME_OK; i++) {
        struct node *node =
            batch != NULL ? batch_find(batch, &hashes[i]) : table_find(&chain->table, &hashes[i]);
        if (FRAME_PLANTED(sends_undurable)) visible = UINT64_MAX;
        if (node == NULL || (batch == NULL && node->arrival >= visible)) status = FRAME_UNKNOWN;
        named->nodes[i] = node;
    }
    if (status == FRAME_OK) status = named_heads(chain, named);
    if (status != FRAME_OK) named_free(chain, named);
    return status;
}

/* stateRoot(fold(closure), commitment) of § 7; *has false in structural mode with many heads. */
static enum frame_status closure_root(struct frame_chain *chain, const struct named *named,
                                      const struct subset *subset,
                                      const struct frame_hash *commitment, struct frame_hash *root,
                                      bool *has)
{
    struct state state;
    struct node_list rest;
    *has = true;
    for (size_t i = 0; named->head_count == 1 && i < named->count; i++)
        if (frame_hash_compare(&named->nodes[i]->hash, &named->heads[0]) == 0)
            *root = named->nodes[i]->next_root;
    if (named->head_count == 1) return FRAME_OK;
    *has = chain->mode == FRAME_MODE_FULL && chain->has_identity;
    if (!*has) return FRAME_OK;
    enum frame_status status = fold_subset(chain, &state, &rest, subset);
    if (status != FRAME_OK) return status;
    executor_root(&chain->executor, root, &state, commitment);
    state_release(&chain->allocator, &state);
    list_free(&chain->allocator, &rest);
    return FRAME_OK;
}

struct figures {
    size_t receipts;
    struct frame_hash commitment;
    struct frame_hash root;
    bool has_root;
};

static enum frame_status closure_figures(struct frame_chain *chain, struct figures *figures,
                                         const struct named *named)
{
    struct subset subset;
    memset(figures, 0, sizeof *figures);
    subset_walk(chain, &subset, named->nodes, named->count);
    figures->receipts = subset.count;
    frame_commitment(chain->crypto, &figures->commitment, named->heads, named->head_count);
    enum frame_status status = closure_root(chain, named, &subset, &figures->commitment,
                                            &figures->root, &figures->has_root);
    subset_end(chain, &subset);
    return status;
}

enum frame_status frame_chain_closure(struct frame_chain *chain, size_t *receipts,
                                      struct frame_hash *commitment, struct frame_hash *state_root,
                                      const struct frame_hash *heads, size_t head_count)
{
    struct named named;
    struct figures figures;
    FRAME_ASSERT(!chain->busy);
    enum frame_status status = named_find(chain, &named, NULL, heads, head_count, UINT64_MAX);
    if (status != FRAME_OK) return status;
    status = closure_figures(chain, &figures, &named);
    named_free(chain, &named);
    if (status != FRAME_OK) return status;
    *receipts = figures.receipts;
    *commitment = figures.commitment;
    *state_root = figures.root;
    return FRAME_OK;
}

enum frame_status chain_closure_holds(struct frame_chain *chain, bool *holds,
                                      const struct frame_hash *heads, size_t head_count,
                                      const struct frame_hash *hashes, size_t hash_count)
{
    struct named named;
    struct subset subset;
    enum frame_status status = named_find(chain, &named, NULL, heads, head_count, UINT64_MAX);
    if (status != FRAME_OK) return status;
    subset_walk(chain, &subset, named.nodes, named.count);
    *holds = true;
    for (size_t i = 0; i < hash_count; i++) {
        const struct node *node = table_find(&chain->table, &hashes[i]);
        *holds = *holds && node != NULL && subset_has(&subset, node);
    }
    subset_end(chain, &subset);
    named_free(chain, &named);
    return FRAME_OK;
}

/* ---- Step 8 of § 10 ---- */

enum frame_status frame_replayed_attested(struct frame_replayed *replayed,
                                          const struct frame_hash *want, size_t want_count,
                                          const struct frame_attestation *attestation)
{
    struct frame_verified *batch = replayed->batch;
    struct frame_chain *chain = batch->chain;
    struct named named;
    struct figures figures;
    enum frame_status status = named_find(chain, &named, batch, want, want_count, UINT64_MAX);
    if (status != FRAME_OK) return status == FRAME_UNKNOWN ? FRAME_ATTESTATION_COUNT : status;
    status = closure_figures(chain, &figures, &named);
    named_free(chain, &named);
    if (status != FRAME_OK) return status;
    if ((int64_t)figures.receipts != attestation->receipt_count &&
        !FRAME_PLANTED(step_8_count_skipped))
        return FRAME_ATTESTATION_COUNT;
    if (frame_hash_compare(&figures.commitment, &attestation->commitment) != 0)
        return FRAME_ATTESTATION_COMMITMENT;
    if (figures.has_root && !FRAME_PLANTED(step_8_root_skipped) &&
        frame_hash_compare(&figures.root, &attestation->state_root) != 0)
        return FRAME_ATTESTATION_ROOT;
    return FRAME_OK;
}

/* ---- Policy strict of § 9 ---- */

static size_t next_local(const struct frame_chain *chain, size_t at)
{
    while (at < chain->order.count && chain->order.nodes[at]->published == 0)
        at++;
    return at;
}

static size_t next_remote(const struct frame_chain *chain, const struct subset *subset, size_t at)
{
    while (at < chain->order.count && !subset_has(subset, chain->order.nodes[at]))
        at++;
    return at;
}

/* Both chains are subsequences of the order of their union, so they are compared along it. */
static enum frame_strict_result strict_compare(const struct frame_chain *chain,
                                               const struct subset *remote, size_t *divergence)
{
    size_t local_at = next_local(chain, 0);
    size_t remote_at = next_remote(chain, remote, 0);
    *divergence = 0;
    while (local_at < chain->order.count && local_at == remote_at) {
        local_at = next_local(chain, local_at + 1);
        remote_at = next_remote(chain, remote, remote_at + 1);
        ++*divergence;
    }
    if (remote_at == chain->order.count) return FRAME_STRICT_KEEP;
    if (FRAME_PLANTED(strict_takes_forks)) return FRAME_STRICT_TAKE;
    return local_at == chain->order.count ? FRAME_STRICT_TAKE : FRAME_STRICT_DIVERGED;
}

enum frame_status frame_replayed_strict(struct frame_replayed *replayed,
                                        enum frame_strict_result *result, size_t *divergence,
                                        const struct frame_hash *want, size_t want_count)
{
    struct frame_verified *batch = replayed->batch;
    struct frame_chain *chain = batch->chain;
    struct named named;
    struct subset subset;
    enum frame_status status = named_find(chain, &named, batch, want, want_count, UINT64_MAX);
    if (status != FRAME_OK) return status;
    subset_walk(chain, &subset, named.nodes, named.count);
    *result = strict_compare(chain, &subset, divergence);
    subset_end(chain, &subset);
    named_free(chain, &named);
    return FRAME_OK;
}

/* ---- Pages of § 12 ---- */

/* Which receipts the requester has, by position from `low` on; all before `low` it has. */
struct had {
    uint8_t *bits;
    size_t size;
    size_t low;
};

static bool had_bit(const struct had *had, size_t position)
{
    size_t at = position - had->low;
    return position < had->low || (had->bits[at / 8] >> (at % 8) & 1) != 0;
}

static enum frame_status had_subset(struct frame_chain *chain, struct had *had,
                                    const struct subset *subset)
{
    had->low = subset->low;
    had->size = (chain->order.count - subset->low) / 8 + 1;
    had->bits = memory_allocate(&chain->allocator, had->size);
    if (had->bits == NULL) return FRAME_NO_MEMORY;
    memset(had->bits, 0, had->size);
    for (size_t i = subset->low; i < chain->order.count; i++)
        if (subset_has(subset, chain->order.nodes[i]))
            had->bits[(i - had->low) / 8] |= (uint8_t)(1U << ((i - had->low) % 8));
    return FRAME_OK;
}

/* closure(have that is held): unknown hashes are passed over. A request names at most FRAME_HAVE_MAX
   (§ 12), but a caller that is no message may name any number. */
static enum frame_status had_walk(struct frame_chain *chain, struct had *had,
                                  const struct frame_hash *have, size_t have_count,
                                  uint64_t visible)
{
    struct node_list nodes = {NULL, 0, 0};
    struct subset subset;
    if (!list_reserve(&chain->allocator, &nodes, have_count)) return FRAME_NO_MEMORY;
    for (size_t i = 0; i < have_count; i++) {
        struct node *node = table_find(&chain->table, &have[i]);
        if (node != NULL && node->arrival < visible) nodes.nodes[nodes.count++] = node;
        if (FRAME_PLANTED(had_of_first)) break;
    }
    subset_walk(chain, &subset, nodes.nodes, nodes.count);
    enum frame_status status = had_subset(chain, had, &subset);
    subset_end(chain, &subset);
    list_free(&chain->allocator, &nodes);
    return status;
}

/* At most FRAME_PAGE_RECEIPTS_MAX receipts and FRAME_PAGE_BYTES_MAX of array, brackets included. */
static void page_fill(const struct frame_chain *chain, size_t *positions, size_t *count,
                      size_t *remaining, const struct subset *want, const struct had *had,
                      size_t from)
{
    size_t bytes = 1;
    bool full = false;
    *count = 0;
    *remaining = 0;
    for (size_t i = from; i < chain->order.count; i++) {
        const struct node *node = chain->order.nodes[i];
        if (!subset_has(want, node) || had_bit(had, i)) continue;
        full = full || *count == FRAME_PAGE_RECEIPTS_MAX ||
               (bytes + node->length + 1 > FRAME_PAGE_BYTES_MAX && !FRAME_PLANTED(page_too_heavy));
        if (full) {
            if (!FRAME_PLANTED(remaining_none)) ++*remaining;
        } else {
            bytes += node->length + 1;
            positions[(*count)++] = i;
        }
    }
}

enum frame_status frame_chain_page(struct frame_chain *chain,
                                   size_t positions[FRAME_PAGE_RECEIPTS_MAX], size_t *count,
                                   size_t *remaining, const struct frame_hash *want,
                                   size_t want_count, const struct frame_hash *have,
                                   size_t have_count, const struct frame_hash *after,
                                   uint64_t visible)
{
    struct named named;
    struct had had;
    struct subset subset;
    FRAME_ASSERT(!chain->busy);
    enum frame_status status = named_find(chain, &named, NULL, want, want_count, visible);
    if (status != FRAME_OK) return status;
    status = had_walk(chain, &had, have, have_count, visible);
    if (status == FRAME_OK) {
        const struct node *last = after != NULL ? table_find(&chain->table, after) : NULL;
        size_t from = had.low;
        subset_walk(chain, &subset, named.nodes, named.count);
        if (after != NULL && (last == NULL || !subset_has(&subset, last)))
            status = FRAME_UNKNOWN;
        else if (last != NULL && last->position + 1 > from)
            from = last->position + 1 + FRAME_PLANTED(page_skips_one) -
                   FRAME_PLANTED(page_repeats_last);
        if (status == FRAME_OK) page_fill(chain, positions, count, remaining, &subset, &had, from);
        subset_end(chain, &subset);
        memory_release(&chain->allocator, had.bits, had.size);
    }
    named_free(chain, &named);
    return status;
}
