// SPDX-License-Identifier: Apache-2.0
#include "model.h"

#include "core/json.h"
#include "model_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- Memory and text ------------------------------------------------------------------------- */

void *model_allocate(size_t size)
{
    void *memory = malloc(size ? size : 1);
    if (!memory) {
        fputs("model: out of memory\n", stderr);
        abort();
    }
    return memory;
}

void *model_allocate_array(size_t count, size_t size)
{
    void *memory = model_allocate(count * size);
    memset(memory, 0, count * size);
    return memory;
}

static void *allocate(void *context, size_t size)
{
    (void)context;
    return model_allocate(size);
}

static void release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

struct frame_allocator model_allocator(void)
{
    return (struct frame_allocator){.allocate = allocate, .release = release};
}

void model_text_add(struct model_text *text, const void *bytes, size_t length)
{
    if (length == 0) return;
    if (text->capacity - text->length < length) {
        size_t capacity = 2 * text->capacity + length;
        uint8_t *grown = model_allocate(capacity);
        if (text->length) memcpy(grown, text->bytes, text->length);
        free(text->bytes);
        text->bytes = grown;
        text->capacity = capacity;
    }
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
}

void model_text_string(struct model_text *text, const char *string)
{
    model_text_add(text, string, strlen(string));
}

void model_text_hex(struct model_text *text, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        char hex[2];
        frame_hex_encode(hex, bytes + i, 1);
        model_text_add(text, hex, sizeof hex);
    }
}

static bool text_write(void *context, const uint8_t *bytes, size_t length)
{
    model_text_add(context, bytes, length);
    return true;
}

struct frame_sink model_text_sink(struct model_text *text)
{
    return (struct frame_sink){.context = text, .write = text_write};
}

struct frame_span model_text_span(const struct model_text *text)
{
    return (struct frame_span){.bytes = text->bytes, .length = text->length};
}

/* ---- Receipts -------------------------------------------------------------------------------- */

static bool read_hash(struct frame_hash *hash, struct frame_span token)
{
    if (token.length != 66 || token.bytes[0] != '"') return false;
    char hex[64];
    memcpy(hex, token.bytes + 1, sizeof hex);
    return frame_hex_decode(hash->bytes, sizeof hash->bytes, hex, sizeof hex);
}

static bool read_hash_member(struct frame_hash *hash, struct frame_span object, const char *name)
{
    struct frame_span token;
    return json_member(object, &token, name) && read_hash(hash, token);
}

static bool has_parent(const struct model_receipt *receipt, const struct frame_hash *hash)
{
    for (size_t i = 0; i < receipt->parent_count; i++)
        if (frame_hash_compare(&receipt->parents[i], hash) == 0) return true;
    return false;
}

/* Parents (§ 8): previousReceiptHash, and for a federation.merge receipt every entry of heads. */
static bool read_parents(struct model_receipt *receipt)
{
    struct frame_span payload, heads = {0};
    size_t count = 1;
    if (receipt->merge) {
        if (!json_member(receipt->payload, &payload, "payload")) return false;
        if (json_kind(payload) != JSON_OBJECT || !json_member(payload, &heads, "heads"))
            return false;
        if (json_kind(heads) != JSON_ARRAY) return false;
        count += json_count(heads);
    }
    receipt->parents = model_allocate_array(count, sizeof *receipt->parents);
    if (!receipt->first) receipt->parents[receipt->parent_count++] = receipt->previous;
    if (!receipt->merge) return true;

    struct json_walk walk;
    struct frame_span item;
    json_walk_init(&walk, heads);
    while (json_next_item(&walk, &item)) {
        struct frame_hash hash;
        if (!read_hash(&hash, item)) return false;
        if (!has_parent(receipt, &hash)) receipt->parents[receipt->parent_count++] = hash;
    }
    return true;
}

/* § 18: an origin of 64 hex digits ends with the id of a route. */
struct frame_span model_route_of(struct frame_span payload)
{
    struct frame_span token;
    struct frame_hash digits;
    if (!json_member(payload, &token, "origin") || !read_hash(&digits, token))
        return (struct frame_span){0};
    return (struct frame_span){.bytes = token.bytes + 33, .length = 32};
}

static bool read_receipt(struct model_receipt *receipt, const struct model *model)
{
    struct frame_span text = receipt->text, previous, intent, timestamp;
    if (json_kind(text) != JSON_OBJECT) return false;
    if (!read_hash_member(&receipt->hash, text, "receiptHash")) return false;
    if (!read_hash_member(&receipt->previous_root, text, "previousStateRoot")) return false;
    if (!read_hash_member(&receipt->next_root, text, "nextStateRoot")) return false;
    if (!read_hash_member(&receipt->result_hash, text, "resultHash")) return false;

    if (!json_member(text, &previous, "previousReceiptHash")) return false;
    receipt->first = json_kind(previous) == JSON_NULL;
    receipt->previous = model->genesis;
    if (!receipt->first && !read_hash(&receipt->previous, previous)) return false;

    if (!json_member(text, &timestamp, "timestamp")) return false;
    if (!json_integer(timestamp, &receipt->timestamp_s)) return false;
    if (!json_member(text, &intent, "intent")) return false;
    if (!json_member(text, &receipt->payload, "inputPayload")) return false;
    if (json_kind(receipt->payload) != JSON_OBJECT) return false;
    if (json_kind(intent) != JSON_STRING) return false;
    receipt->merge = json_string_is(intent, "federation.merge");
    if (!receipt->merge) receipt->route = model_route_of(receipt->payload);
    return read_parents(receipt);
}

static struct frame_span copy_span(struct frame_span span)
{
    uint8_t *bytes = model_allocate(span.length);
    if (span.length) memcpy(bytes, span.bytes, span.length);
    return (struct frame_span){.bytes = bytes, .length = span.length};
}

void model_free_span(struct frame_span span)
{
    uint8_t *bytes; /* a span shows read-only what was allocated to be written */
    memcpy(&bytes, &span.bytes, sizeof bytes);
    free(bytes);
}

static void entry_free(struct model_entry *entry)
{
    struct model_step *step = entry->steps;
    while (step) {
        struct model_step *next = step->next;
        free(step);
        step = next;
    }
    free(entry->duplicate);
    free(entry->parents_at);
    free(entry->receipt.parents);
    model_free_span(entry->receipt.text);
    free(entry);
}

/* ---- The bag --------------------------------------------------------------------------------- */

struct model *model_new(struct frame_span identity, const struct frame_public_key *public_key,
                        const struct frame_crypto *crypto)
{
    struct model *model = model_allocate_array(1, sizeof *model);
    model->crypto = crypto;
    model->identity = copy_span(identity);
    model->public_key = *public_key;
    frame_sha256_of(crypto, &model->genesis, "GENESIS", 7);
    model->dapps = model_installed_dapps(crypto);
    struct frame_span empty = {.bytes = (const uint8_t *)"{}", .length = 2};
    model_state_root(model, &model->empty_root, empty, &model->genesis);
    return model;
}

void model_free(struct model *model)
{
    if (!model) return;
    model_folds_free(model);
    for (size_t i = 0; i < model->count; i++)
        entry_free(model->entries[i]);
    free(model->entries);
    free(model->by_hash);
    free(model->by_time);
    model_free_span(model->identity);
    model_free_span(model->dapps);
    free(model);
}

/* Where in by_hash a hash is, or belongs. */
static size_t find_place(const struct model *model, const struct frame_hash *hash, bool *found)
{
    size_t low = 0, high = model->count;
    *found = false;
    while (low < high && !*found) {
        size_t middle = low + (high - low) / 2;
        int order = frame_hash_compare(&model_at(model, model->by_hash[middle])->hash, hash);
        if (order < 0) low = middle + 1;
        if (order > 0) high = middle;
        if (order == 0) {
            low = middle;
            *found = true;
        }
    }
    return low;
}

/* Where in by_time a receipt belongs. */
static size_t find_time(const struct model *model, const struct model_receipt *receipt)
{
    size_t place = model->count;
    while (place > 0) {
        const struct model_receipt *before = model_at(model, model->by_time[place - 1]);
        if (before->timestamp_s < receipt->timestamp_s) break;
        if (before->timestamp_s == receipt->timestamp_s &&
            frame_hash_compare(&before->hash, &receipt->hash) < 0)
            break;
        place--;
    }
    return place;
}

static void insert(size_t *indices, size_t count, size_t place, size_t index)
{
    memmove(indices + place + 1, indices + place, (count - place) * sizeof *indices);
    indices[place] = index;
}

static size_t *grow(size_t *indices, size_t count, size_t capacity)
{
    size_t *grown = model_allocate_array(capacity, sizeof *grown);
    if (count) memcpy(grown, indices, count * sizeof *grown);
    free(indices);
    return grown;
}

static void make_room(struct model *model)
{
    if (model->count < model->capacity) return;
    size_t capacity = 2 * model->capacity + 16;
    struct model_entry **entries = model_allocate_array(capacity, sizeof(struct model_entry *));
    if (model->count) memcpy(entries, model->entries, model->count * sizeof(struct model_entry *));
    free(model->entries);
    model->entries = entries;
    model->by_hash = grow(model->by_hash, model->count, capacity);
    model->by_time = grow(model->by_time, model->count, capacity);
    model->capacity = capacity;
}

bool model_add(struct model *model, struct frame_span receipt)
{
    size_t fault;
    if (frame_json_check(&fault, receipt.bytes, receipt.length) != FRAME_OK) return false;
    struct model_entry *entry = model_allocate_array(1, sizeof *entry);
    entry->receipt.text = copy_span(receipt);
    bool readable = read_receipt(&entry->receipt, model);
    bool held = false;
    size_t place = readable ? find_place(model, &entry->receipt.hash, &held) : 0;
    if (!readable || held) {
        entry_free(entry);
        return readable;
    }
    if (entry->receipt.parent_count > 0)
        entry->parents_at =
            model_allocate_array(entry->receipt.parent_count, sizeof *entry->parents_at);
    make_room(model);
    insert(model->by_hash, model->count, place, model->count);
    insert(model->by_time, model->count, find_time(model, &entry->receipt), model->count);
    model->entries[model->count++] = entry;
    return true;
}

bool model_add_chain(struct model *model, const struct frame_chain *chain)
{
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, i);
        if (!model_add(model, receipt.bytes)) return false;
    }
    return true;
}

size_t model_count(const struct model *model)
{
    return model->count;
}

const struct model_receipt *model_at(const struct model *model, size_t index)
{
    return &model->entries[index]->receipt;
}

bool model_find(const struct model *model, size_t *index, const struct frame_hash *hash)
{
    bool found;
    size_t place = find_place(model, hash, &found);
    if (found) *index = model->by_hash[place];
    return found;
}

bool model_parent(const struct model *model, size_t *parent, size_t index, size_t p)
{
    const struct model_entry *entry = model->entries[index];
    if (entry->parents_at[p] == 0 && model_find(model, parent, &entry->receipt.parents[p]))
        entry->parents_at[p] = *parent + 1;
    *parent = entry->parents_at[p] - 1;
    return entry->parents_at[p] != 0;
}
