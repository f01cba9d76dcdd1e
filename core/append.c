// SPDX-License-Identifier: Apache-2.0
/* New receipts of this instance (§ 3, 9): executing intents, and merging heads before. */
#include <string.h>

#include "batch.h"
#include "json.h"
#include "planted.h"
#include "receipt.h"

/* Receipts being appended in one transaction. */
struct append {
    struct frame_chain *chain;
    const struct frame_secret_key *secret;
    struct node_list fresh;
    struct buffer text;    /* of the receipt being built */
    struct buffer payload; /* its inputPayload */
};

/* What a receipt says besides its hashes and signature. */
struct draft {
    const struct frame_dapp *dapp;
    uint32_t used;
    struct frame_span intent; /* decoded */
    struct frame_span payload;
    int64_t timestamp_s;
    struct node *const *parents;
    size_t parent_count;
};

static void write_hash(struct buffer *text, const char *name, const uint8_t *bytes, size_t length)
{
    buffer_text(text, name);
    buffer_hex(text, bytes, length);
    buffer_text(text, "\"");
}

static void write_capabilities(struct buffer *text, const struct draft *draft)
{
    buffer_text(text, "{\"capabilitiesDeclared\":");
    capabilities_write(
        text, frame_capability_set(draft->dapp->capabilities, draft->dapp->capability_count));
    buffer_text(text, ",\"capabilitiesUsed\":");
    capabilities_write(text, draft->used);
}

/* The first span of signable [E3]: up to previousStateRoot. */
static void write_head(struct append *append, const struct draft *draft, const struct own *own)
{
    struct buffer *text = &append->text;
    struct frame_chain *chain = append->chain;
    const struct node *parent = draft->parent_count > 0 ? draft->parents[0] : NULL;
    struct frame_hash input_hash;
    struct frame_hash previous_root;
    frame_sha256_of(chain->crypto, &input_hash, draft->payload.bytes, draft->payload.length);
    if (parent != NULL)
        previous_root = parent->next_root;
    else
        executor_root(&chain->executor, &previous_root, &own->before, &frame_genesis);
    write_capabilities(text, draft);
    buffer_text(text, ",\"dappId\":\"");
    buffer_text(text, draft->dapp->id);
    buffer_text(text, "\",\"identity\":");
    buffer_append(text, chain->executor.identity, chain->executor.identity_length);
    write_hash(text, ",\"inputHash\":\"", input_hash.bytes, 32);
    buffer_text(text, ",\"inputPayload\":");
    buffer_span(text, draft->payload);
    buffer_text(text, ",\"intent\":\"");
    buffer_span(text, draft->intent);
    write_hash(text, "\",\"nextStateRoot\":\"", own->root.bytes, 32);
    if (parent != NULL)
        write_hash(text, ",\"previousReceiptHash\":\"", parent->hash.bytes, 32);
    else
        buffer_text(text, ",\"previousReceiptHash\":null");
    write_hash(text, ",\"previousStateRoot\":\"", previous_root.bytes, 32);
}

/* signable is written and hashed, then the three unsigned fields are put in their places. */
static enum frame_status write_receipt(struct append *append, const struct draft *draft,
                                       const struct own *own)
{
    struct buffer *text = &append->text;
    struct frame_chain *chain = append->chain;
    struct buffer tail;
    struct frame_hash hash;
    uint8_t signature[64];
    buffer_clear(text);
    write_head(append, draft, own);
    size_t head = text->length;
    write_hash(text, ",\"resultHash\":\"", own->result_hash.bytes, 32);
    size_t result = text->length;
    buffer_text(text, ",\"timestamp\":");
    buffer_integer(text, draft->timestamp_s);
    buffer_text(text, ",\"version\":2}");
    if (text->failed) return FRAME_NO_MEMORY;
    frame_sha256_of(chain->crypto, &hash, text->bytes, text->length);
    chain->crypto->sign(chain->crypto->context, signature, &hash, append->secret);
    buffer_init(&tail, &chain->allocator);
    buffer_append(&tail, text->bytes + head, text->length - head);
    text->length = head;
    write_hash(text, ",\"publicKey\":\"", chain->public_key.bytes, 32);
    write_hash(text, ",\"receiptHash\":\"", hash.bytes, 32);
    if (!tail.failed) {
        buffer_append(text, tail.bytes, result - head);
        write_hash(text, ",\"signature\":\"", signature, sizeof signature);
        buffer_append(text, tail.bytes + (result - head), tail.length - (result - head));
    }
    bool failed = tail.failed || text->failed;
    buffer_free(&tail);
    return failed ? FRAME_NO_MEMORY : FRAME_OK;
}

/* Heads that a merge receipt leaves out may be of a later second: then it does not stand at the end. */
static enum frame_status place_among(struct frame_chain *chain, struct own *own, struct node *node)
{
    struct node **region;
    size_t region_size;
    size_t count;
    size_t from;
    enum frame_status status = order_merge(chain, &region, &region_size, &count, &from, &node, 1);
    if (status != FRAME_OK) return status;
    FRAME_ASSERT(from >= chain->transaction.from);
    fold_truncate(chain, from);
    while (chain->order.count > from)
        chain_pop(chain);
    for (size_t i = 0; i < count && status == FRAME_OK; i++) {
        if (region[i] == node)
            status = own_place(chain, own, node);
        else
            chain_append(chain, region[i]);
    }
    memory_release(&chain->allocator, region, region_size);
    return status;
}

static enum frame_status append_node(struct append *append, const struct draft *draft,
                                     struct own *own)
{
    struct frame_chain *chain = append->chain;
    struct receipt_fields fields;
    if (!list_reserve(&chain->allocator, &append->fresh, append->fresh.count + 1))
        return FRAME_NO_MEMORY;
    /* arrivals take all of the transaction's receipts at its commit */
    enum frame_status status = chain_reserve(chain, append->fresh.count + 1);
    if (status == FRAME_OK) status = write_receipt(append, draft, own);
    if (status != FRAME_OK) return status;
    if (receipt_read(&fields, buffer_view(&append->text), FRAME_MODE_FULL) != FRAME_OK ||
        append->text.length > FRAME_RECEIPT_BYTES_MAX)
        return FRAME_BAD_ARGUMENT;
    struct node *node =
        node_new(&chain->allocator, &fields, buffer_view(&append->text), draft->parent_count);
    if (node == NULL) return FRAME_NO_MEMORY;
    append->fresh.nodes[append->fresh.count++] = node;
    for (size_t i = 0; i < draft->parent_count; i++) {
        struct node *parent = draft->parents[i];
        node->parents[i] = parent;
        if (node->merge) node_head_hashes(node)[i] = parent->hash;
        if (parent->generation + 1 > node->generation) node->generation = parent->generation + 1;
    }
    if (FRAME_PLANTED(merge_of_younger_heads) && node->generation > 0) node->generation = 1;
    return own->shared ? own_place(chain, own, node) : place_among(chain, own, node);
}

/* ---- Merge receipts (§ 9) ---- */

static void merge_payload(struct append *append, struct node *const *heads, size_t count,
                          int64_t timestamp_s)
{
    struct buffer *payload = &append->payload;
    buffer_clear(payload);
    buffer_text(payload,
                "{\"action\":\"federation.merge\",\"origin\":\"\",\"payload\":{\"heads\":[");
    for (size_t i = 0; i < count; i++)
        write_hash(payload, i > 0 ? ",\"" : "\"", heads[i]->hash.bytes, 32);
    buffer_text(payload, "]},\"raw\":\"\",\"timestamp\":");
    buffer_integer(payload, timestamp_s);
    buffer_text(payload, "}");
}

/* A planted bug: the last head's parent as well, among them in their order. */
static void name_ancestor(struct node **heads, size_t *count)
{
    struct node *last = heads[*count - 1];
    size_t at = *count;
    if (*count == FRAME_MERGE_HEADS_MAX || last->parent_count == 0) return;
    for (; at > 0 && frame_hash_compare(&heads[at - 1]->hash, &last->parents[0]->hash) > 0; at--)
        heads[at] = heads[at - 1];
    heads[at] = last->parents[0];
    (*count)++;
}

/* Merges the least heads, at most 64: every instance with the same heads makes the same bytes. */
static enum frame_status append_merge(struct append *append)
{
    static const char action[] = "federation.merge";
    struct frame_chain *chain = append->chain;
    struct node *heads[FRAME_MERGE_HEADS_MAX];
    size_t count =
        chain->heads.count < FRAME_MERGE_HEADS_MAX ? chain->heads.count : FRAME_MERGE_HEADS_MAX;
    struct draft draft = {.intent = {(const uint8_t *)action, sizeof action - 1},
                          .parents = heads,
                          .parent_count = count};
    struct own own;
    memcpy(heads,
           chain->heads.nodes + (FRAME_PLANTED(merge_greatest) ? chain->heads.count - count : 0),
           count * sizeof(struct node *));
    if (FRAME_PLANTED(merge_of_ancestor)) name_ancestor(heads, &count);
    draft.parent_count = count;
    FRAME_MUST(frame_dapp_find(chain->dapps, &draft.dapp, draft.intent) != NULL);
    for (size_t i = 0; i < count; i++)
        if (heads[i]->timestamp_s > draft.timestamp_s &&
            !(FRAME_PLANTED(merge_of_first_second) && i > 0))
            draft.timestamp_s = heads[i]->timestamp_s;
    merge_payload(append, heads, count, draft.timestamp_s);
    if (append->payload.failed) return FRAME_NO_MEMORY;
    draft.payload = buffer_view(&append->payload);
    enum frame_status status = own_context(chain, &own, heads, count, true);
    if (status != FRAME_OK) return status;
    own_merge(chain, &own, heads, count);
    status = append_node(append, &draft, &own);
    own_free(chain, &own);
    return status;
}

static enum frame_status append_merges(struct append *append, size_t heads_max)
{
    enum frame_status status = FRAME_OK;
    while (status == FRAME_OK && append->chain->heads.count > heads_max)
        status = append_merge(append);
    return status;
}

/* ---- Transactions ---- */

/*
 * New receipts go to the end, but for a merge receipt that leaves heads out: with so many heads the
 * transaction covers everything from the second of the earliest one on.
 */
static enum frame_status begin_before_heads(struct frame_chain *chain)
{
    size_t from = chain->order.count;
    if (chain->heads.count > FRAME_MERGE_HEADS_MAX) {
        int64_t earliest = INT64_MAX;
        for (size_t i = 0; i < chain->heads.count; i++)
            if (chain->heads.nodes[i]->timestamp_s < earliest)
                earliest = chain->heads.nodes[i]->timestamp_s;
        from = order_second(&chain->order, earliest);
    }
    enum frame_status status = transaction_begin(chain, from);
    if (status != FRAME_OK) return status;
    for (size_t i = 0; i < chain->transaction.suffix_count; i++)
        chain_append(chain, chain->transaction.suffix[i]);
    return FRAME_OK;
}

static enum frame_status append_begin(struct append *append, struct frame_chain *chain,
                                      const struct frame_secret_key *secret)
{
    FRAME_ASSERT(chain->mode == FRAME_MODE_FULL && !chain->busy);
    if (!chain->has_identity || memcmp(secret->bytes + 32, chain->public_key.bytes, 32) != 0)
        return FRAME_BAD_ARGUMENT;
    *append = (struct append){.chain = chain, .secret = secret};
    buffer_init(&append->text, &chain->allocator);
    buffer_init(&append->payload, &chain->allocator);
    return begin_before_heads(chain);
}

static enum frame_status append_end(struct append *append, enum frame_status status)
{
    struct frame_chain *chain = append->chain;
    if (status == FRAME_OK)
        status = transaction_commit(chain, NULL, append->fresh.nodes, append->fresh.count);
    if (status != FRAME_OK) {
        transaction_rollback(chain);
        for (size_t i = 0; i < append->fresh.count; i++)
            node_free(&chain->allocator, append->fresh.nodes[i]);
    }
    list_free(&chain->allocator, &append->fresh);
    buffer_free(&append->text);
    buffer_free(&append->payload);
    return status;
}

enum frame_status frame_chain_merge_heads(struct frame_chain *chain, size_t *appended,
                                          const struct frame_secret_key *secret, size_t heads_max)
{
    struct append append;
    FRAME_ASSERT(heads_max >= 1);
    enum frame_status status = append_begin(&append, chain, secret);
    if (status != FRAME_OK) return status;
    status = append_merges(&append, heads_max);
    size_t count = append.fresh.count;
    status = append_end(&append, status);
    if (status == FRAME_OK) *appended = count;
    return status;
}

/* ---- Intents (§ 3, 9) ---- */

/* The greater of the clock and the heads' timestamps (§ 9). */
static int64_t intent_timestamp(const struct frame_chain *chain, int64_t clock_s, bool *behind)
{
    int64_t timestamp_s = clock_s > 0 ? clock_s : 0;
    if (FRAME_PLANTED(clock_wraps) && clock_s < 0) timestamp_s = FRAME_INTEGER_MAX;
    if (timestamp_s > FRAME_INTEGER_MAX) timestamp_s = FRAME_INTEGER_MAX;
    *behind = false;
    for (size_t i = 0; i < chain->heads.count; i++)
        if (chain->heads.nodes[i]->timestamp_s > timestamp_s &&
            !FRAME_PLANTED(intent_before_head)) {
            timestamp_s = chain->heads.nodes[i]->timestamp_s;
            *behind = true;
        }
    return timestamp_s;
}

/* The normalised intent of § 3; BAD_ARGUMENT where its parts break that section. */
static enum frame_status intent_payload(struct buffer *payload, const struct frame_intent *intent,
                                        int64_t timestamp_s)
{
    struct payload_fields fields;
    size_t end;
    size_t offset;
    if (!name_valid(intent->action) ||
        !json_utf8_valid(intent->origin.bytes, intent->origin.length) ||
        !json_utf8_valid(intent->raw.bytes, intent->raw.length))
        return FRAME_BAD_ARGUMENT;
    buffer_text(payload, "{\"action\":\"");
    buffer_span(payload, intent->action);
    if (intent->network_responses.length > 0) {
        buffer_text(payload, "\",\"networkResponses\":");
        buffer_span(payload, intent->network_responses);
        buffer_text(payload, ",\"origin\":");
    } else {
        buffer_text(payload, "\",\"origin\":");
    }
    buffer_string(payload, intent->origin.bytes, intent->origin.length);
    buffer_text(payload, ",\"payload\":");
    buffer_span(payload, intent->payload);
    buffer_text(payload, ",\"raw\":");
    buffer_string(payload, intent->raw.bytes, FRAME_PLANTED(raw_left_out) ? 0 : intent->raw.length);
    buffer_text(payload, ",\"timestamp\":");
    buffer_integer(payload, timestamp_s);
    buffer_text(payload, "}");
    if (payload->failed) return FRAME_NO_MEMORY;
    if (payload->length > FRAME_PAYLOAD_BYTES_MAX ||
        json_check_value(&end, &offset, payload->bytes, payload->length, 0,
                         FRAME_DEPTH_MAX - FRAME_PAYLOAD_DEPTH_MAX, SIZE_MAX) != FRAME_OK ||
        end != payload->length || !payload_read(&fields, buffer_view(payload)))
        return FRAME_BAD_ARGUMENT;
    return FRAME_OK;
}

static enum frame_status append_intent(struct append *append, const struct draft *draft,
                                       struct frame_executed *executed)
{
    struct frame_chain *chain = append->chain;
    struct own own;
    struct draft child = *draft;
    struct execution execution = {.input_payload = draft->payload,
                                  .timestamp_s = draft->timestamp_s};
    child.parents = chain->heads.nodes;
    child.parent_count = chain->heads.count;
    FRAME_ASSERT(child.parent_count <= 1);
    struct node *parent = child.parent_count == 1 ? child.parents[0] : NULL;
    if (parent != NULL) {
        child.parents = &parent; /* the list of heads is about to change */
        execution.previous = &parent->hash;
    }
    frame_sha256_of(chain->crypto, &execution.input_hash, draft->payload.bytes,
                    draft->payload.length);
    enum frame_status status = own_context(chain, &own, child.parents, child.parent_count, false);
    if (status != FRAME_OK) return status;
    status = executor_run(&chain->executor, &own.after, &own.accepted, &own.before, &execution);
    if (status == FRAME_OK) {
        struct buffer *result = &chain->executor.result;
        frame_sha256_of(chain->crypto, &own.result_hash, result->bytes, result->length);
        executor_root(&chain->executor, &own.root, &own.after,
                      parent != NULL ? &parent->hash : &frame_genesis);
        buffer_clear(&chain->result);
        buffer_append(&chain->result, result->bytes, result->length);
        executed->accepted = own.accepted;
        status = chain->result.failed ? FRAME_NO_MEMORY : append_node(append, &child, &own);
    }
    own_free(chain, &own);
    return status;
}

static enum frame_status intent_used(const struct frame_chain *chain,
                                     const struct frame_dapp **dapp, uint32_t *used,
                                     const struct frame_intent *intent, struct frame_span payload)
{
    struct payload_fields fields;
    FRAME_MUST(payload_read(&fields, payload));
    if (span_is(intent->action, "federation.merge")) return FRAME_DAPP;
    return executor_used(chain->dapps, dapp, used, intent->action, fields.payload);
}

enum frame_status intent_check(const struct frame_chain *chain, const struct frame_dapp **dapp,
                               uint32_t *used, const struct frame_intent *intent)
{
    struct buffer payload;
    buffer_init(&payload, &chain->allocator);
    enum frame_status status = intent_payload(&payload, intent, FRAME_INTEGER_MAX);
    if (status == FRAME_OK || FRAME_PLANTED(route_unchecked))
        status = intent_used(chain, dapp, used, intent, buffer_view(&payload));
    buffer_free(&payload);
    return status;
}

/* `payload` takes the inputPayload, which merge receipts before it must not overwrite. */
static enum frame_status execute_in(struct append *append, struct frame_executed *executed,
                                    const struct frame_intent *intent, int64_t clock_s,
                                    struct buffer *payload)
{
    struct frame_chain *chain = append->chain;
    struct draft draft = {.intent = intent->action};
    draft.timestamp_s = intent_timestamp(chain, clock_s, &executed->clock_behind);
    enum frame_status status = intent_payload(payload, intent, draft.timestamp_s);
    if (status != FRAME_OK) return status;
    draft.payload = buffer_view(payload);
    status = intent_used(chain, &draft.dapp, &draft.used, intent, draft.payload);
    if (status != FRAME_OK) return status;
    if ((draft.used & intent->lacking) != 0) return FRAME_UNAVAILABLE;
    status = append_merges(append, 1);
    if (status != FRAME_OK) return status;
    return append_intent(append, &draft, executed);
}

enum frame_status frame_chain_execute(struct frame_chain *chain, struct frame_executed *executed,
                                      const struct frame_secret_key *secret,
                                      const struct frame_intent *intent, int64_t clock_s)
{
    struct append append;
    struct buffer payload;
    struct frame_executed made = {.appended = 0};
    enum frame_status status = append_begin(&append, chain, secret);
    if (status != FRAME_OK) return status;
    buffer_init(&payload, &chain->allocator);
    status = execute_in(&append, &made, intent, clock_s, &payload);
    if (status == FRAME_OK) {
        made.appended = append.fresh.count;
        made.receipt = append.fresh.nodes[append.fresh.count - 1]->hash;
        made.result = buffer_view(&chain->result);
    }
    status = append_end(&append, status);
    buffer_free(&payload);
    if (status == FRAME_OK) *executed = made;
    return status;
}
