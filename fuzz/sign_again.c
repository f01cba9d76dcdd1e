// SPDX-License-Identifier: Apache-2.0
/*
 * Signing anew what a fuzz input holds: receipts, attestations, envelopes (crypto.h). What is not good under
 * the stub stays as it is: it is not good under real signatures either.
 */
#include <sodium.h>
#include <string.h>

#include "crypto.h"
#include "core/json.h"
#include "core/receipt.h"
#include "fuzz.h"
#include "lines.h"

/* A document inside the bytes that are changed. */
struct document {
    uint8_t *bytes;
    size_t length;
};

static struct frame_span view(const struct document *document)
{
    return (struct frame_span){document->bytes, document->length};
}

/* Is the member `signature` of an object good under the stub, by a fuzz key? */
static bool signed_well(const struct document *object, const struct frame_hash *message,
                        struct frame_span key_token)
{
    const struct frame_crypto *stub = crypto_stub();
    struct frame_span token;
    struct frame_public_key key;
    size_t index;
    uint8_t signature[64];
    return json_member(view(object), &token, "signature") && token.length == 130 &&
           key_token.length == 66 &&
           frame_hex_decode(key.bytes, 32, (const char *)key_token.bytes + 1, 64) &&
           frame_hex_decode(signature, 64, (const char *)token.bytes + 1, 128) &&
           crypto_find(&index, &key) && stub->verify(stub->context, signature, message, &key);
}

/* Signs a hash over the member `signature`, with a fuzz key. */
static void put_signature(const struct document *object, const struct frame_hash *message,
                          struct frame_span key_token)
{
    const struct frame_crypto *sodium = frame_crypto_libsodium();
    struct frame_span token;
    struct frame_public_key key;
    size_t index;
    uint8_t signature[64];
    FUZZ_CHECK(json_member(view(object), &token, "signature"));
    FUZZ_CHECK(frame_hex_decode(key.bytes, 32, (const char *)key_token.bytes + 1, 64));
    FUZZ_CHECK(crypto_find(&index, &key));
    sodium->sign(sodium->context, signature, message, crypto_secret(index));
    frame_hex_encode((char *)object->bytes + (token.bytes + 1 - object->bytes), signature, 64);
}

static void sign_receipt(const struct document *receipt)
{
    struct receipt_fields fields;
    struct frame_span key;
    if (receipt_read(&fields, view(receipt), FRAME_MODE_FULL) != FRAME_OK) return;
    if (json_member(view(receipt), &key, "publicKey") &&
        signed_well(receipt, &fields.receipt_hash, key))
        put_signature(receipt, &fields.receipt_hash, key);
}

static void sign_attestation(const struct document *attestation)
{
    struct frame_span token, key;
    struct frame_hash hash;
    const size_t name = strlen(",\"signature\":");
    if (!json_member(view(attestation), &token, "signature") ||
        !json_member(view(attestation), &key, "identityPublicKey"))
        return;
    size_t before = (size_t)(token.bytes - attestation->bytes) - name;
    const uint8_t *behind = token.bytes + token.length;
    crypto_hash_sha256_state state;
    crypto_hash_sha256_init(&state);
    crypto_hash_sha256_update(&state, attestation->bytes, before);
    crypto_hash_sha256_update(&state, behind,
                              (size_t)(attestation->bytes + attestation->length - behind));
    crypto_hash_sha256_final(&state, hash.bytes);
    if (signed_well(attestation, &hash, key)) put_signature(attestation, &hash, key);
}

static struct document inside(const struct document *document, struct frame_span span)
{
    return (struct document){document->bytes + (span.bytes - document->bytes), span.length};
}

static void sign_array(const struct document *array)
{
    struct json_walk walk;
    struct frame_span item;
    if (json_kind(view(array)) != JSON_ARRAY) return;
    json_walk_init(&walk, view(array));
    while (json_next_item(&walk, &item)) {
        struct document receipt = inside(array, item);
        if (json_kind(item) == JSON_OBJECT) sign_receipt(&receipt);
    }
}

static void sign_body(const struct document *body)
{
    struct frame_span part;
    struct document inner;
    if (json_member(view(body), &part, "receipts")) {
        inner = inside(body, part);
        sign_array(&inner);
    }
    if (json_member(view(body), &part, "attestation") && json_kind(part) == JSON_OBJECT) {
        inner = inside(body, part);
        sign_attestation(&inner);
    }
}

static void sign_object(const struct document *object)
{
    struct frame_span body, from;
    struct frame_hash hash;
    if (json_member(view(object), &body, "body") && json_member(view(object), &from, "from") &&
        json_kind(body) == JSON_OBJECT) {
        struct document inner = inside(object, body);
        frame_sha256_of(frame_crypto_libsodium(), &hash, body.bytes, body.length);
        bool good = signed_well(object, &hash, from);
        sign_body(&inner);
        frame_sha256_of(frame_crypto_libsodium(), &hash, body.bytes, body.length);
        if (good) put_signature(object, &hash, from);
    } else if (json_member(view(object), &body, "stateRootVersion")) {
        sign_attestation(object);
    } else if (json_member(view(object), &body, "type")) {
        sign_body(object);
    } else {
        sign_receipt(object);
    }
}

static void sign_line(const struct document *line)
{
    size_t offset;
    if (frame_json_check(&offset, line->bytes, line->length) != FRAME_OK) return;
    if (json_kind(view(line)) == JSON_ARRAY)
        sign_array(line);
    else if (json_kind(view(line)) == JSON_OBJECT)
        sign_object(line);
}

/* The frames of a log; false where there are none. */
static bool sign_log(uint8_t *bytes, size_t length)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    frame_log_reader_init(&reader, bytes, length);
    if (length < FRAME_LOG_HEADER_BYTES || bytes[0] != 0) return false;
    bool any = false;
    for (; frame_log_next(&reader, &payload); any = true) {
        struct document receipt = {bytes + (payload.bytes - bytes), payload.length};
        sign_receipt(&receipt);
        frame_log_header(receipt.bytes - FRAME_LOG_HEADER_BYTES, receipt.bytes, receipt.length);
    }
    return any;
}

void crypto_sign_again(uint8_t *bytes, size_t length)
{
    struct lines lines = {{bytes, length}};
    struct frame_span span;
    if (sign_log(bytes, length)) return;
    while (lines_next(&lines, &span)) {
        struct document line = {bytes + (span.bytes - bytes), span.length};
        /* an event of the sync target: its letter and its peer go before the document */
        size_t skipped = 0;
        while (skipped < line.length && skipped < 2 && line.bytes[skipped] != '{' &&
               line.bytes[skipped] != '[')
            skipped++;
        line.bytes += skipped;
        line.length -= skipped;
        sign_line(&line);
    }
}
