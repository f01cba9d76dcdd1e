// SPDX-License-Identifier: Apache-2.0
/* Chains and their nodes: making, finding, showing, freeing (§ 8). */
#include "chain.h"

#include <string.h>

#include "json.h"
#include "planted.h"
#include "receipt.h"

/* ---- Nodes ---- */

static size_t parents_size(const struct node *node)
{
    return node->parent_count * (sizeof(struct node *) + sizeof(struct frame_hash));
}

size_t node_merge_bytes(const struct node *node)
{
    return node->merge ? parents_size(node) + node->rest_count * sizeof(struct node *) : 0;
}

/* A node and its text, its own or held for it; all else zero. NULL: no memory. */
static struct node *node_with_text(const struct frame_allocator *allocator, struct frame_span text)
{
    const uint8_t *held = NULL;
    if (allocator->hold != NULL) {
        held = allocator->hold(allocator->context, text.bytes, text.length);
        if (held == NULL) return NULL;
    }
    struct node *node = memory_allocate(allocator, sizeof *node + (held ? 0 : text.length));
    if (node == NULL) {
        if (held != NULL) allocator->drop(allocator->context, held, text.length);
        return NULL;
    }
    memset(node, 0, sizeof *node);
    node->length = (uint32_t)text.length;
    node->held = held != NULL;
    node->bytes = held != NULL ? held : node->room;
    if (held == NULL) memcpy(node->room, text.bytes, text.length);
    return node;
}

static void node_release(const struct frame_allocator *allocator, struct node *node)
{
    if (node->held) allocator->drop(allocator->context, node->bytes, node->length);
    memory_release(allocator, node, sizeof *node + (node->held ? 0 : node->length));
}

struct node *node_new(const struct frame_allocator *allocator, const struct receipt_fields *fields,
                      struct frame_span bytes, size_t parent_count)
{
    struct node *node = node_with_text(allocator, bytes);
    if (node == NULL) return NULL;
    node->hash = fields->receipt_hash;
    node->next_root = fields->next_root;
    node->timestamp_s = fields->timestamp_s;
    node->merge = chain_is_merge(fields);
    node->parent_count = (uint32_t)parent_count;
    node->payload_offset = (uint32_t)(fields->payload.bytes - bytes.bytes);
    node->payload_length = (uint32_t)fields->payload.length;
    node->dapp_offset = (uint32_t)(fields->dapp.bytes - bytes.bytes);
    struct frame_span route;
    node->routed = fields->inner.origin.length > 0 ? origin_route(&route, fields->inner.origin)
                                                   : payload_route(&route, node_payload(node));
    node->parents = &node->parent;
    if (node->merge) {
        node->parents = memory_allocate(allocator, parents_size(node));
        if (node->parents == NULL) {
            node_release(allocator, node);
            return NULL;
        }
    }
    return node;
}

void node_drop_state(const struct frame_allocator *allocator, struct node *node)
{
    if (node->has_state) state_release(allocator, &node->state);
    node->has_state = false;
}

void node_free(const struct frame_allocator *allocator, struct node *node)
{
    node_drop_state(allocator, node);
    if (node->merge) memory_release(allocator, node->parents, parents_size(node));
    if (!FRAME_PLANTED(merges_leak))
        memory_release(allocator, node->rest, node->rest_count * sizeof(struct node *));
    node_release(allocator, node);
}

struct frame_hash *node_head_hashes(const struct node *node)
{
    FRAME_ASSERT(node->merge);
    return (struct frame_hash *)(void *)(node->parents + node->parent_count);
}

struct frame_span node_text(const struct node *node)
{
    return (struct frame_span){node->bytes, node->length};
}

struct frame_span node_payload(const struct node *node)
{
    return (struct frame_span){node->bytes + node->payload_offset, node->payload_length};
}

/* Before inputPayload stands "inputHash":"<64>","inputPayload": (§ 3). */
void node_input_hash(struct frame_hash *hash, const struct node *node)
{
    size_t behind = strlen("\",\"inputPayload\":");
    const uint8_t *hex = node->bytes + node->payload_offset - behind - 64;
    FRAME_MUST(frame_hex_decode(hash->bytes, 32, (const char *)hex, 64));
}

/* A name that begins here, up to its closing quote. */
static struct frame_span name_at(const uint8_t *at)
{
    const uint8_t *end = memchr(at, '"', FRAME_NAME_BYTES_MAX + 1);
    FRAME_ASSERT(end != NULL);
    return (struct frame_span){at, (size_t)(end - at)};
}

struct frame_span node_intent(const struct node *node)
{
    return name_at(node->bytes + node->payload_offset + node->payload_length +
                   strlen(",\"intent\":\""));
}

struct frame_span node_dapp(const struct node *node)
{
    return name_at(node->bytes + node->dapp_offset);
}

/* Behind the intent the fields have fixed widths but for previousReceiptHash's null (§ 3). */
static const uint8_t *previous_root_at(const struct node *node)
{
    struct frame_span intent = node_intent(node);
    const uint8_t *at = intent.bytes + intent.length + 1;
    at += strlen(",\"nextStateRoot\":\"") + 64 + 1 + strlen(",\"previousReceiptHash\":");
    at += *at == 'n' ? strlen("null") : 66;
    return at + strlen(",\"previousStateRoot\":\"");
}

void node_previous_root(struct frame_hash *hash, const struct node *node)
{
    FRAME_MUST(frame_hex_decode(hash->bytes, 32, (const char *)previous_root_at(node), 64));
}

void node_result_hash(struct frame_hash *hash, const struct node *node)
{
    const uint8_t *at = previous_root_at(node) + 64 + 1;
    at += strlen(",\"publicKey\":\"") + 64 + 1 + strlen(",\"receiptHash\":\"") + 64 + 1;
    at += strlen(",\"resultHash\":\"");
    FRAME_MUST(frame_hex_decode(hash->bytes, 32, (const char *)at, 64));
}

int node_compare(const struct node *a, const struct node *b)
{
    if (a->timestamp_s != b->timestamp_s) return a->timestamp_s < b->timestamp_s ? -1 : 1;
    if (FRAME_PLANTED(ties_by_arrival)) return 0;
    if (FRAME_PLANTED(ties_of_one_byte)) return a->hash.bytes[0] - b->hash.bytes[0];
    if (FRAME_PLANTED(ties_backwards)) return frame_hash_compare(&b->hash, &a->hash);
    return frame_hash_compare(&a->hash, &b->hash);
}

bool chain_is_merge(const struct receipt_fields *fields)
{
    return span_is(fields->intent, "federation.merge");
}

/* ---- Tables and lists ---- */

static size_t bucket_of(const struct node_table *table, const struct frame_hash *hash)
{
    uint64_t word = 0;
    for (size_t i = 0; i < 8; i++)
        word = word << 8 | hash->bytes[i];
    return (size_t)word & (table->bucket_count - 1);
}

struct node *table_find(const struct node_table *table, const struct frame_hash *hash)
{
    size_t length = FRAME_PLANTED(link_of_eight_bytes) ? 8 : sizeof hash->bytes;
    for (struct node *node = table->buckets[bucket_of(table, hash)]; node != NULL;
         node = node->next_in_bucket)
        if (memcmp(node->hash.bytes, hash->bytes, length) == 0) return node;
    return NULL;
}

static void table_link(struct node_table *table, struct node *node)
{
    struct node **bucket = &table->buckets[bucket_of(table, &node->hash)];
    node->next_in_bucket = *bucket;
    *bucket = node;
}

/* A power of two, and buckets enough that most have one node or none. */
static size_t buckets_for(size_t count)
{
    size_t buckets = 16;
    while (buckets < count)
        buckets *= 2;
    return buckets;
}

static bool buckets_make(const struct frame_allocator *allocator, struct node_table *table,
                         size_t bucket_count)
{
    table->bucket_count = bucket_count;
    table->buckets = memory_allocate(allocator, bucket_count * sizeof(struct node *));
    if (table->buckets == NULL) return false;
    memset(table->buckets, 0, bucket_count * sizeof(struct node *));
    return true;
}

void table_reserve(const struct frame_allocator *allocator, struct node_table *table, size_t more)
{
    struct node_table grown = {.count = table->count};
    if (table->count + more <= table->bucket_count ||
        !buckets_make(allocator, &grown, buckets_for(table->count + more)))
        return;
    for (size_t i = FRAME_PLANTED(grown_table_incomplete); i < table->bucket_count; i++)
        for (struct node *node = table->buckets[i]; node != NULL;) {
            struct node *next = node->next_in_bucket;
            table_link(&grown, node);
            node = next;
        }
    table_free(allocator, table);
    *table = grown;
}

void table_insert(const struct frame_allocator *allocator, struct node_table *table,
                  struct node *node)
{
    table_reserve(allocator, table, 1);
    table_link(table, node);
    table->count++;
}

enum frame_status table_init(const struct frame_allocator *allocator, struct node_table *table)
{
    table->count = 0;
    return buckets_make(allocator, table, buckets_for(0)) ? FRAME_OK : FRAME_NO_MEMORY;
}

void table_free(const struct frame_allocator *allocator, struct node_table *table)
{
    memory_release(allocator, table->buckets, table->bucket_count * sizeof(struct node *));
}

bool list_reserve(const struct frame_allocator *allocator, struct node_list *list, size_t count)
{
    void *array = list->nodes;
    if (!memory_reserve(allocator, &array, &list->capacity, count, sizeof(struct node *)))
        return false;
    list->nodes = array;
    return true;
}

void list_free(const struct frame_allocator *allocator, struct node_list *list)
{
    memory_release(allocator, list->nodes, list->capacity * sizeof(struct node *));
    *list = (struct node_list){NULL, 0, 0};
}

/* ---- Chains ---- */

enum frame_status chain_set_identity(struct frame_chain *chain, struct frame_span identity,
                                     const struct frame_public_key *public_key)
{
    FRAME_ASSERT(!chain->has_identity);
    if (identity.length < 1 || identity.length > FRAME_IDENTITY_BYTES_MAX ||
        !json_utf8_valid(identity.bytes, identity.length))
        return FRAME_BAD_ARGUMENT;
    if (chain->mode == FRAME_MODE_FULL) {
        enum frame_status status = executor_init(&chain->executor, chain->crypto, &chain->allocator,
                                                 chain->dapps, identity, public_key);
        if (status != FRAME_OK) return status;
    }
    memcpy(chain->identity, identity.bytes, identity.length);
    chain->identity_length = identity.length;
    chain->public_key = *public_key;
    chain->has_identity = true;
    return FRAME_OK;
}

void chain_unset_identity(struct frame_chain *chain)
{
    FRAME_ASSERT(chain->has_identity && chain->order.count == 0);
    if (chain->mode == FRAME_MODE_FULL) executor_free(&chain->executor);
    chain->has_identity = false;
    chain->version++;
}

enum frame_status frame_chain_new(struct frame_chain **result,
                                  const struct frame_chain_config *config)
{
    struct frame_chain *chain = memory_allocate(&config->allocator, sizeof *chain);
    if (chain == NULL) return FRAME_NO_MEMORY;
    memset(chain, 0, sizeof *chain);
    chain->crypto = config->crypto;
    chain->allocator = config->allocator;
    buffer_init(&chain->result, &config->allocator);
    chain->mode = config->mode;
    chain->dapps = config->dapps != NULL ? config->dapps : frame_dapps_builtin();
    enum frame_status status = table_init(&chain->allocator, &chain->table);
    if (status == FRAME_OK && config->public_key != NULL)
        status = chain_set_identity(chain, config->identity, config->public_key);
    if (status == FRAME_OK) status = chain_summarise(chain);
    if (status != FRAME_OK) {
        frame_chain_free(chain);
        return status;
    }
    *result = chain;
    return FRAME_OK;
}

void frame_chain_free(struct frame_chain *chain)
{
    if (chain == NULL) return;
    struct frame_allocator allocator = chain->allocator;
    FRAME_ASSERT(!chain->busy);
    fold_free(chain);
    for (size_t i = 0; i < chain->arrivals.count; i++)
        node_free(&allocator, chain->arrivals.nodes[i]);
    list_free(&allocator, &chain->arrivals);
    list_free(&allocator, &chain->order);
    list_free(&allocator, &chain->heads);
    table_free(&allocator, &chain->table);
    if (chain->has_identity && chain->mode == FRAME_MODE_FULL) executor_free(&chain->executor);
    memory_release(&allocator, chain->summary_heads,
                   chain->summary_heads_capacity * sizeof(struct frame_hash));
    buffer_free(&chain->result);
    memory_release(&allocator, chain->report_hashes,
                   chain->report_capacity * sizeof(struct frame_hash));
    memory_release(&allocator, chain, sizeof *chain);
}

static bool summary_root(struct frame_chain *chain, struct frame_hash *root)
{
    size_t heads = chain->heads.count;
    if (heads == 1) {
        *root = chain->heads.nodes[0]->next_root;
        return true;
    }
    if (chain->mode != FRAME_MODE_FULL || !chain->has_identity) return false;
    FRAME_ASSERT(chain->fold.folded == chain->order.count);
    executor_root(&chain->executor, root, &chain->fold.state, &chain->summary.commitment);
    return true;
}

enum frame_status chain_summarise(struct frame_chain *chain)
{
    void *array = chain->summary_heads;
    struct frame_summary *summary = &chain->summary;
    if (!memory_reserve(&chain->allocator, &array, &chain->summary_heads_capacity,
                        chain->heads.count, sizeof(struct frame_hash)))
        return FRAME_NO_MEMORY;
    chain->summary_heads = array;
    for (size_t i = 0; i < chain->heads.count; i++)
        chain->summary_heads[i] = chain->heads.nodes[i]->hash;
    summary->receipts = chain->order.count;
    summary->head_count = chain->heads.count;
    summary->heads = chain->summary_heads;
    frame_commitment(chain->crypto, &summary->commitment, summary->heads, summary->head_count);
    memset(&summary->state_root, 0, sizeof summary->state_root);
    summary->has_root = summary_root(chain, &summary->state_root);
    summary->superseded = chain->fold.superseded;
    summary->changed = chain->fold.changed;
    return FRAME_OK;
}

void frame_chain_summary(const struct frame_chain *chain, struct frame_summary *summary)
{
    *summary = chain->summary;
}

bool frame_chain_identity(const struct frame_chain *chain, struct frame_public_key *key,
                          struct frame_span *id)
{
    if (!chain->has_identity) return false;
    *key = chain->public_key;
    *id = (struct frame_span){chain->identity, chain->identity_length};
    return true;
}

size_t frame_chain_count(const struct frame_chain *chain)
{
    return chain->summary.receipts;
}

static void receipt_view(struct frame_receipt *receipt, const struct node *node)
{
    receipt->hash = node->hash;
    receipt->next_root = node->next_root;
    receipt->bytes = node_text(node);
    receipt->intent = node_intent(node);
    receipt->dapp = node_dapp(node);
    receipt->payload = node_payload(node);
    receipt->parent_count = node->parent_count;
    receipt->parents = NULL;
    if (node->merge)
        receipt->parents = node_head_hashes(node);
    else if (node->parent_count == 1)
        receipt->parents = &node->parent->hash;
    receipt->timestamp_s = node->timestamp_s;
    receipt->position = node->position;
    receipt->arrival = node->arrival;
    receipt->outcome = node_outcome(node);
    receipt->final = node->resting > 0;
}

void frame_chain_at(const struct frame_chain *chain, struct frame_receipt *receipt, size_t position)
{
    FRAME_ASSERT(position < chain->order.count);
    receipt_view(receipt, chain->order.nodes[position]);
}

void frame_chain_arrived(const struct frame_chain *chain, struct frame_receipt *receipt,
                         uint64_t arrival)
{
    FRAME_ASSERT(arrival < chain->arrivals.count);
    receipt_view(receipt, chain->arrivals.nodes[arrival]);
}

bool frame_chain_find(const struct frame_chain *chain, struct frame_receipt *receipt,
                      const struct frame_hash *hash)
{
    const struct node *node = table_find(&chain->table, hash);
    if (node == NULL) return false;
    if (receipt != NULL) receipt_view(receipt, node);
    return true;
}

bool frame_chain_write(const struct frame_chain *chain, struct frame_sink sink)
{
    bool good = sink.write(sink.context, (const uint8_t *)"[", 1);
    for (size_t i = 0; good && i < chain->order.count; i++) {
        const struct node *node = chain->order.nodes[i];
        if (i > 0) good = sink.write(sink.context, (const uint8_t *)",", 1);
        good = good && sink.write(sink.context, node->bytes, node->length);
    }
    return good && sink.write(sink.context, (const uint8_t *)"]", 1);
}

bool frame_chain_write_storage(const struct frame_chain *chain, struct frame_sink sink)
{
    FRAME_ASSERT(chain->mode == FRAME_MODE_FULL);
    return state_write(&chain->fold.state, sink);
}

bool frame_chain_storage(const struct frame_chain *chain, struct frame_span *value,
                         struct frame_span key)
{
    FRAME_ASSERT(chain->mode == FRAME_MODE_FULL);
    struct buffer token;
    bool found = false;
    buffer_init(&token, &chain->allocator);
    buffer_string(&token, key.bytes, key.length);
    if (!token.failed) found = state_get(&chain->fold.state, value, buffer_view(&token));
    buffer_free(&token);
    return found;
}

void frame_chain_memory(const struct frame_chain *chain, size_t *wire_bytes, size_t *other_bytes)
{
    size_t lists = chain->order.capacity + chain->arrivals.capacity + chain->heads.capacity +
                   chain->table.bucket_count;
    *wire_bytes = chain->wire_bytes;
    *other_bytes = sizeof *chain + lists * sizeof(struct node *) +
                   chain->arrivals.count * sizeof(struct node) + chain->merge_bytes;
}
