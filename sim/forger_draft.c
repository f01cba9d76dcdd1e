// SPDX-License-Identifier: Apache-2.0
/* A receipt taken apart, and put together again with hashes and signature redone, or not. */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"

static const char *const field_names[FIELD_COUNT] = {"capabilitiesDeclared",
                                                     "capabilitiesUsed",
                                                     "dappId",
                                                     "identity",
                                                     "inputHash",
                                                     "inputPayload",
                                                     "intent",
                                                     "nextStateRoot",
                                                     "previousReceiptHash",
                                                     "previousStateRoot",
                                                     "publicKey",
                                                     "receiptHash",
                                                     "resultHash",
                                                     "signature",
                                                     "timestamp",
                                                     "version"};

bool draft_read(struct draft *draft, const struct frame_allocator *allocator,
                struct frame_span receipt)
{
    size_t offset;
    size_t field = 0;
    for (size_t i = 0; i < FIELD_COUNT; i++)
        buffer_init(&draft->values[i], allocator);
    if (frame_json_check(&offset, receipt.bytes, receipt.length) != FRAME_OK ||
        json_kind(receipt) != JSON_OBJECT)
        return false;
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    json_walk_init(&walk, receipt);
    while (json_next_member(&walk, &key, &value)) {
        if (field == FIELD_COUNT || !json_string_is(key, field_names[field])) return false;
        buffer_span(&draft->values[field++], value);
    }
    return field == FIELD_COUNT;
}

void draft_release(struct draft *draft)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        buffer_free(&draft->values[i]);
}

void draft_set(struct draft *draft, enum receipt_field field, const char *text)
{
    buffer_clear(&draft->values[field]);
    buffer_text(&draft->values[field], text);
}

static void set_hex(struct draft *draft, enum receipt_field field, const uint8_t *bytes,
                    size_t length)
{
    struct buffer *value = &draft->values[field];
    buffer_clear(value);
    buffer_text(value, "\"");
    buffer_hex(value, bytes, length);
    buffer_text(value, "\"");
}

void draft_set_hash(struct draft *draft, enum receipt_field field, const struct frame_hash *hash)
{
    set_hex(draft, field, hash->bytes, sizeof hash->bytes);
}

struct frame_hash draft_hash(const struct draft *draft, enum receipt_field field)
{
    struct frame_hash hash = {{0}}; /* stays where the value is null */
    const struct buffer *value = &draft->values[field];
    if (value->length == 2 * sizeof hash.bytes + 2)
        (void)frame_hex_decode(hash.bytes, sizeof hash.bytes, (const char *)value->bytes + 1,
                               2 * sizeof hash.bytes);
    return hash;
}

struct buffer *draft_named(struct draft *draft, const char *name)
{
    for (size_t i = 0; i < FIELD_COUNT; i++)
        if (strcmp(field_names[i], name) == 0) return &draft->values[i];
    FRAME_ASSERT(false);
    return NULL;
}

void draft_bend_hash(struct draft *draft, enum receipt_field field)
{
    struct frame_hash hash = draft_hash(draft, field);
    hash.bytes[sizeof hash.bytes - 1] ^= 1; /* told from it by its last bit */
    draft_set_hash(draft, field, &hash);
}

int64_t draft_timestamp(const struct draft *draft)
{
    int64_t timestamp = 0;
    (void)json_integer(buffer_view(&draft->values[FIELD_TIMESTAMP]), &timestamp);
    return timestamp;
}

static bool signed_field(enum receipt_field field)
{
    return field != FIELD_PUBLIC_KEY && field != FIELD_RECEIPT_HASH && field != FIELD_SIGNATURE;
}

/* The fields as an object; without the three unsigned ones it is `signable` (§ 3). */
static void write_fields(struct buffer *text, const struct draft *draft, bool all)
{
    const char *before = "{\"";
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        if (!all && !signed_field((enum receipt_field)i)) continue;
        buffer_text(text, before);
        buffer_text(text, field_names[i]);
        buffer_text(text, "\":");
        buffer_span(text, buffer_view(&draft->values[i]));
        before = ",\"";
    }
    buffer_text(text, "}");
}

void draft_write(struct buffer *text, const struct draft *draft)
{
    write_fields(text, draft, true);
}

void draft_redo_input_hash(struct draft *draft)
{
    const struct buffer *payload = &draft->values[FIELD_INPUT_PAYLOAD];
    struct frame_hash hash;
    frame_sha256_of(frame_crypto_libsodium(), &hash, payload->bytes, payload->length);
    draft_set_hash(draft, FIELD_INPUT_HASH, &hash);
}

void draft_redo_hash(struct draft *draft)
{
    struct buffer signable;
    struct frame_hash hash;
    buffer_init(&signable, &draft->values[0].allocator);
    write_fields(&signable, draft, false);
    FRAME_ASSERT(!signable.failed);
    frame_sha256_of(frame_crypto_libsodium(), &hash, signable.bytes, signable.length);
    draft_set_hash(draft, FIELD_RECEIPT_HASH, &hash);
    buffer_free(&signable);
}

void draft_sign(struct draft *draft, const struct frame_crypto *crypto,
                const struct frame_secret_key *secret)
{
    const struct frame_hash hash = draft_hash(draft, FIELD_RECEIPT_HASH);
    uint8_t signature[64];
    crypto->sign(crypto->context, signature, &hash, secret);
    set_hex(draft, FIELD_SIGNATURE, signature, sizeof signature);
}

void object_with(struct buffer *text, struct frame_span object, const char *name,
                 struct frame_span value)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span old;
    const char *before = "{";
    json_walk_init(&walk, object);
    while (json_next_member(&walk, &key, &old)) {
        buffer_text(text, before);
        buffer_span(text, key);
        buffer_text(text, ":");
        buffer_span(text, json_string_is(key, name) ? value : old);
        before = ",";
    }
    buffer_text(text, "}");
}
