// SPDX-License-Identifier: Apache-2.0
/* Steps 2 to 6 of § 10: receipt by receipt, in array order, against what the chain holds. */
#include <string.h>

#include "batch.h"
#include "json.h"
#include "planted.h"
#include "receipt.h"

/* One receipt being verified. */
struct candidate {
    struct frame_verified *batch;
    struct receipt_fields fields;
    struct frame_span text;
    struct node *node; /* once step 3 has found its parents */
    size_t index;
    uint32_t epoch; /* visit mark of held receipts seen in this batch */
};

struct node *batch_find(const struct frame_verified *batch, const struct frame_hash *hash)
{
    struct node *node = table_find(&batch->table, hash);
    return node != NULL ? node : table_find(&batch->chain->table, hash);
}

/* ---- Step 3: hashes, duplicates, links, merge heads ---- */

static enum frame_status check_hashes(const struct candidate *candidate)
{
    const struct receipt_fields *fields = &candidate->fields;
    const struct frame_crypto *crypto = candidate->batch->chain->crypto;
    struct frame_hash hash;
    frame_sha256_of(crypto, &hash, fields->payload.bytes, fields->payload.length);
    if (frame_hash_compare(&hash, &fields->input_hash) != 0 && !FRAME_PLANTED(input_hash_unchecked))
        return FRAME_INPUT_HASH;
    receipt_signable_hash(&hash, crypto, fields);
    if (frame_hash_compare(&hash, &fields->receipt_hash) != 0 &&
        !FRAME_PLANTED(receipt_hash_unchecked))
        return FRAME_RECEIPT_HASH;
    return table_find(&candidate->batch->table, &fields->receipt_hash) != NULL ? FRAME_DUPLICATE
                                                                               : FRAME_OK;
}

/* The heads of a merge receipt: false unless they are an array of hex64. */
static bool merge_heads_array(const struct candidate *candidate, struct frame_span *heads,
                              size_t *count)
{
    struct frame_span payload;
    struct json_walk walk;
    struct frame_span item;
    struct frame_hash hash;
    *count = 0;
    if (!json_member(candidate->fields.payload, &payload, "payload") ||
        json_kind(payload) != JSON_OBJECT || !json_member(payload, heads, "heads") ||
        json_kind(*heads) != JSON_ARRAY)
        return false;
    json_walk_init(&walk, *heads);
    for (; json_next_item(&walk, &item); ++*count)
        if (!hash_token(&hash, item)) return false;
    return true;
}

static enum frame_status node_make(struct candidate *candidate, size_t parent_count)
{
    candidate->node = node_new(&candidate->batch->chain->allocator, &candidate->fields,
                               candidate->text, parent_count);
    return candidate->node != NULL ? FRAME_OK : FRAME_NO_MEMORY;
}

static bool link_parent(struct candidate *candidate, size_t i, const struct frame_hash *hash)
{
    struct node *parent = batch_find(candidate->batch, hash);
    struct node *node = candidate->node;
    if (parent == NULL) return false;
    node->parents[i] = parent;
    if (parent->generation + 1 > node->generation) node->generation = parent->generation + 1;
    return true;
}

static enum frame_status link_single(struct candidate *candidate)
{
    const struct receipt_fields *fields = &candidate->fields;
    enum frame_status status = node_make(candidate, fields->has_previous ? 1 : 0);
    if (status != FRAME_OK) return status;
    if (fields->has_previous && !link_parent(candidate, 0, &fields->previous)) return FRAME_LINK;
    return FRAME_OK;
}

/* § 9: payload exactly {"heads":[…]}, origin and raw empty, the first head as previousReceiptHash. */
static bool merge_payload_valid(const struct candidate *candidate)
{
    const struct node *node = candidate->node;
    struct payload_fields payload;
    return payload_read(&payload, candidate->fields.payload) && payload.network.length == 0 &&
           json_count(payload.payload) == 1 && span_is(payload.origin, "\"\"") &&
           (span_is(payload.raw, "\"\"") || FRAME_PLANTED(merge_payload_loose)) &&
           candidate->fields.has_previous &&
           frame_hash_compare(&candidate->fields.previous, &node->parents[0]->hash) == 0;
}

/* § 9: 2 to 64 heads, ascending, distinct, none an ancestor of another. */
static enum frame_status merge_heads_valid(struct candidate *candidate)
{
    struct node *node = candidate->node;
    enum frame_status status;
    if (node->parent_count < 2 ||
        (node->parent_count > FRAME_MERGE_HEADS_MAX && !FRAME_PLANTED(merge_too_many)) ||
        !merge_payload_valid(candidate))
        return FRAME_MERGE_HEADS;
    for (size_t i = 1; i < node->parent_count; i++)
        if (frame_hash_compare(&node->parents[i - 1]->hash, &node->parents[i]->hash) >= 0 &&
            !FRAME_PLANTED(merge_out_of_order))
            return FRAME_MERGE_HEADS;
    bool related =
        graph_any_ancestor(candidate->batch->chain, node->parents, node->parent_count, &status);
    if (status != FRAME_OK) return status;
    return related && !FRAME_PLANTED(merge_related_heads) ? FRAME_MERGE_HEADS : FRAME_OK;
}

static enum frame_status link_merge(struct candidate *candidate)
{
    struct frame_span heads;
    struct json_walk walk;
    struct frame_span item;
    size_t count;
    const struct receipt_fields *fields = &candidate->fields;
    if (!merge_heads_array(candidate, &heads, &count)) return FRAME_MERGE_HEADS;
    if (fields->has_previous && batch_find(candidate->batch, &fields->previous) == NULL)
        return FRAME_LINK;
    enum frame_status status = node_make(candidate, count);
    if (status != FRAME_OK) return status;
    struct node *node = candidate->node;
    struct frame_hash *hashes = node_head_hashes(node);
    json_walk_init(&walk, heads);
    for (size_t i = 0; json_next_item(&walk, &item); i++) {
        FRAME_MUST(hash_token(&hashes[i], item));
        if (!link_parent(candidate, i, &hashes[i])) return FRAME_LINK;
    }
    return merge_heads_valid(candidate);
}

/* ---- Step 4: identity and time ---- */

static enum frame_status check_identity(const struct candidate *candidate)
{
    const struct frame_chain *chain = candidate->batch->chain;
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX];
    size_t length = json_string_decode(identity, candidate->fields.identity);
    bool same =
        length == chain->identity_length &&
        (memcmp(identity, chain->identity, length) == 0 || FRAME_PLANTED(identity_unchecked)) &&
        (memcmp(candidate->fields.public_key.bytes, chain->public_key.bytes, 32) == 0 ||
         FRAME_PLANTED(public_key_unchecked));
    return same ? FRAME_OK : FRAME_IDENTITY;
}

static enum frame_status check_timestamp(const struct candidate *candidate)
{
    const struct node *node = candidate->node;
    struct payload_fields payload;
    int64_t greatest = -1;
    for (size_t i = 0; i < node->parent_count; i++)
        if (node->parents[i]->timestamp_s > greatest) greatest = node->parents[i]->timestamp_s;
    if ((node->timestamp_s < greatest && !FRAME_PLANTED(timestamp_unchecked)) ||
        (node->merge && node->timestamp_s != greatest && !FRAME_PLANTED(merge_timestamp_unchecked)))
        return FRAME_TIMESTAMP;
    if (candidate->batch->chain->mode == FRAME_MODE_FULL) {
        payload = candidate->fields.inner;
    } else {
        if (!node->merge) return FRAME_OK;
        FRAME_MUST(payload_read(&payload, candidate->fields.payload));
    }
    if (FRAME_PLANTED(payload_timestamp_unchecked)) return FRAME_OK;
    return payload.timestamp_s == node->timestamp_s ? FRAME_OK : FRAME_TIMESTAMP;
}

/* ---- Step 5: capabilities ---- */

/* The set of an array's names; false where one is not in the schema of § 5. */
static bool capability_set(uint32_t *set, struct frame_span array)
{
    struct json_walk walk;
    struct frame_span item;
    size_t from = 0; /* both are in order */
    *set = 0;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        size_t i = from;
        while (i < FRAME_CAPABILITY_COUNT && !json_string_is(item, frame_capabilities[i]))
            i++;
        if (i == FRAME_CAPABILITY_COUNT && FRAME_PLANTED(capability_unknown_passed)) continue;
        if (i == FRAME_CAPABILITY_COUNT) return false;
        *set |= UINT32_C(1) << i;
        from = i;
    }
    return true;
}

static enum frame_status check_capabilities(const struct candidate *candidate)
{
    const struct receipt_fields *fields = &candidate->fields;
    const struct frame_chain *chain = candidate->batch->chain;
    uint32_t declared;
    uint32_t used;
    uint32_t wanted;
    const struct frame_dapp *dapp;
    if (fields->sets_known) {
        declared = fields->declared_set;
        used = fields->used_set;
    } else if (!capability_set(&declared, fields->declared) ||
               !capability_set(&used, fields->used)) {
        return FRAME_CAPABILITY_UNKNOWN;
    }
    if ((used & ~declared) != 0 && !FRAME_PLANTED(undeclared_use))
        return FRAME_CAPABILITY_UNDECLARED;
    if (chain->mode == FRAME_MODE_STRUCTURAL) return FRAME_OK;
    if (executor_used(chain->dapps, &dapp, &wanted, fields->intent, fields->inner.payload) !=
            FRAME_OK ||
        (!span_is(fields->dapp, dapp->id) && !FRAME_PLANTED(dapp_unchecked)))
        return FRAME_DAPP;
    const uint32_t manifest = frame_capability_set(dapp->capabilities, dapp->capability_count);
    if (FRAME_PLANTED(manifest_unchecked)) return FRAME_OK;
    if (FRAME_PLANTED(manifest_partly) && (declared & ~manifest) == 0) return FRAME_OK;
    return declared == manifest && used == wanted ? FRAME_OK : FRAME_CAPABILITY_MANIFEST;
}

/* ---- Into the batch ---- */

/* A held receipt, known by its receiptHash, is passed over; twice in one batch it is a duplicate. */
static enum frame_status pass_over(struct node *held, const struct candidate *candidate)
{
    if (held->visit == candidate->epoch) return FRAME_DUPLICATE;
    held->visit = candidate->epoch;
    return FRAME_OK;
}

static enum frame_status candidate_check(struct candidate *candidate)
{
    struct frame_chain *chain = candidate->batch->chain;
    const struct receipt_fields *fields = &candidate->fields;
    if (FRAME_PLANTED(link_before_hash) && fields->has_previous &&
        batch_find(candidate->batch, &fields->previous) == NULL)
        return FRAME_LINK;
    enum frame_status status = check_hashes(candidate);
    if (status == FRAME_OK)
        status =
            chain_is_merge(&candidate->fields) ? link_merge(candidate) : link_single(candidate);
    if (status == FRAME_OK) status = check_identity(candidate);
    if (status == FRAME_OK) status = check_timestamp(candidate);
    if (status == FRAME_OK && FRAME_PLANTED(signature_first) &&
        !chain->crypto->verify(chain->crypto->context, candidate->fields.signature,
                               &candidate->fields.receipt_hash, &chain->public_key))
        return FRAME_SIGNATURE;
    if (status == FRAME_OK) status = check_capabilities(candidate);
    return status;
}

/* Verified alone, a batch takes the identity of its first receipt (§ 10). */
static enum frame_status take_identity(struct frame_verified *batch,
                                       const struct receipt_fields *fields)
{
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX];
    size_t length = json_string_decode(identity, fields->identity);
    enum frame_status status = chain_set_identity(
        batch->chain, (struct frame_span){identity, length}, &fields->public_key);
    batch->took_identity = status == FRAME_OK;
    return status;
}

static enum frame_status batch_add(struct candidate *candidate)
{
    struct frame_verified *batch = candidate->batch;
    const struct frame_allocator *allocator = &batch->chain->allocator;
    void *array = batch->indices;
    if (!list_reserve(allocator, &batch->fresh, batch->fresh.count + 1) ||
        !memory_reserve(allocator, &array, &batch->indices_capacity, batch->fresh.count + 1,
                        sizeof *batch->indices))
        return FRAME_NO_MEMORY;
    batch->indices = array;
    batch->indices[batch->fresh.count] = (uint32_t)candidate->index;
    batch->fresh.nodes[batch->fresh.count++] = candidate->node;
    table_insert(allocator, &batch->table, candidate->node);
    return FRAME_OK;
}

/* ---- Step 6: signatures, of several receipts one after the other: what a check needs stays in the processor's caches ---- */

struct unsigned_yet {
    struct signature_of {
        const struct node *node;
        size_t index;
        uint8_t signature[64];
    } receipts[64];
    size_t count;
};

/* Of all that wait: where one is bad, the first of them is the fault. */
static enum frame_status check_signatures(struct unsigned_yet *waiting, struct frame_fault *fault,
                                          const struct frame_chain *chain)
{
    const struct frame_crypto *crypto = chain->crypto;
    for (size_t i = 0; i < waiting->count; i++) {
        const struct signature_of *receipt = &waiting->receipts[i];
        const struct frame_hash *hash = &receipt->node->hash;
        bool good = FRAME_PLANTED(signature_unchecked) ||
                    crypto->verify(crypto->context, receipt->signature, hash, &chain->public_key);
        if (good && FRAME_PLANTED(verified_twice))
            good = crypto->verify(crypto->context, receipt->signature, hash, &chain->public_key);
        if (good) continue;
        *fault = (struct frame_fault){FRAME_SIGNATURE, (int64_t)receipt->index, -1};
        return FRAME_SIGNATURE;
    }
    waiting->count = 0;
    return FRAME_OK;
}

/* ---- One receipt, all of them ---- */

/* All but the signature, which waits. */
static enum frame_status verify_item(struct frame_verified *batch, struct unsigned_yet *waiting,
                                     const struct frame_parsed *parsed, size_t index,
                                     uint32_t epoch)
{
    const struct parsed_item *item = &parsed->items[index];
    const struct receipt_shape *shape = item->shape > 0 ? &parsed->shapes[item->shape - 1] : NULL;
    struct candidate candidate;
    candidate.batch = batch;
    candidate.text = item->text;
    candidate.node = NULL;
    candidate.index = index;
    candidate.epoch = epoch;
    struct frame_chain *chain = batch->chain;
    enum frame_status status =
        receipt_read_shaped(&candidate.fields, item->text, shape, chain->mode);
    if (status != FRAME_OK) return status;
    struct node *held = table_find(&chain->table, &candidate.fields.receipt_hash);
    if (held != NULL) return pass_over(held, &candidate);
    if (!chain->has_identity) {
        status = take_identity(batch, &candidate.fields);
        if (status != FRAME_OK) return status;
    }
    if (FRAME_PLANTED(duplicate_passed_over) &&
        table_find(&batch->table, &candidate.fields.receipt_hash) != NULL)
        return FRAME_OK;
    status = candidate_check(&candidate);
    if (status == FRAME_OK) status = batch_add(&candidate);
    if (status != FRAME_OK) {
        if (candidate.node != NULL) node_free(&chain->allocator, candidate.node);
        return status;
    }
    struct signature_of *receipt = &waiting->receipts[waiting->count++];
    receipt->node = candidate.node;
    receipt->index = index;
    memcpy(receipt->signature, candidate.fields.signature, sizeof receipt->signature);
    return FRAME_OK;
}

/* The first receipt that is at fault is told, with its first fault: before what is found out of a later one, signatures
   that still wait are checked. */
static enum frame_status verify_items(struct frame_verified *batch, struct frame_fault *fault,
                                      const struct frame_parsed *parsed)
{
    enum { TOGETHER = sizeof((struct unsigned_yet *)NULL)->receipts / sizeof(struct signature_of) };
    const uint32_t epoch = graph_next_epoch(batch->chain);
    struct unsigned_yet waiting;
    waiting.count = 0;
    for (size_t i = 0; i < parsed->count; i++) {
        const enum frame_status status = verify_item(batch, &waiting, parsed, i, epoch);
        if (status == FRAME_OK && waiting.count < TOGETHER) continue;
        if (check_signatures(&waiting, fault, batch->chain) != FRAME_OK) return fault->status;
        if (status == FRAME_OK) continue;
        if (status != FRAME_NO_MEMORY) *fault = (struct frame_fault){status, (int64_t)i, -1};
        return status;
    }
    return check_signatures(&waiting, fault, batch->chain);
}

enum frame_status frame_verify(struct frame_verified **result, struct frame_fault *fault,
                               struct frame_chain *chain, const struct frame_parsed *parsed)
{
    FRAME_ASSERT(!chain->busy);
    *fault = (struct frame_fault){FRAME_NO_MEMORY, -1, -1};
    struct frame_verified *batch = memory_allocate(&chain->allocator, sizeof *batch);
    if (batch == NULL) return FRAME_NO_MEMORY;
    *batch = (struct frame_verified){.chain = chain, .version = chain->version};
    batch->replayed.batch = batch;
    enum frame_status status = table_init(&chain->allocator, &batch->table);
    if (status != FRAME_OK) {
        memory_release(&chain->allocator, batch, sizeof *batch);
        return status;
    }
    /* hardly any bucket has two: most are asked in vain, and a node may be far away in memory */
    table_reserve(&chain->allocator, &batch->table, 4 * parsed->count);
    status = verify_items(batch, fault, parsed);
    if (FRAME_PLANTED(rejected_batch_kept) && batch->fresh.count > 0) status = FRAME_OK;
    if (status != FRAME_OK) {
        frame_verified_free(batch);
        return status;
    }
    *fault = (struct frame_fault){FRAME_OK, -1, -1};
    *result = batch;
    return FRAME_OK;
}

void batch_close(struct frame_verified *batch)
{
    struct frame_chain *chain = batch->chain;
    const struct frame_allocator *allocator = &chain->allocator;
    list_free(allocator, &batch->fresh);
    memory_release(allocator, batch->indices, batch->indices_capacity * sizeof *batch->indices);
    table_free(allocator, &batch->table);
    memory_release(allocator, batch, sizeof *batch);
}

void frame_verified_free(struct frame_verified *verified)
{
    struct frame_verified *batch = verified;
    if (batch == NULL) return;
    struct frame_chain *chain = batch->chain;
    FRAME_ASSERT(!chain->busy);
    for (size_t i = 0; i < batch->fresh.count; i++)
        node_free(&chain->allocator, batch->fresh.nodes[i]);
    if (batch->took_identity) chain_unset_identity(chain);
    batch_close(batch);
}
