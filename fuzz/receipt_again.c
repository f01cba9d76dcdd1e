// SPDX-License-Identifier: Apache-2.0
#include "receipt_again.h"

#include "core/json.h"
#include "fuzz.h"
#include "model_internal.h"

static void add_span(struct model_text *text, const char *before, struct frame_span span)
{
    model_text_string(text, before);
    model_text_add(text, span.bytes, span.length);
}

static void add_hex(struct model_text *text, const char *before, const uint8_t *bytes,
                    size_t length)
{
    model_text_string(text, before);
    model_text_hex(text, bytes, length);
}

static void add_integer(struct model_text *text, const char *before, int64_t integer)
{
    uint8_t digits[20];
    model_text_string(text, before);
    model_text_add(text, digits, json_integer_write(digits, integer));
}

struct frame_span receipt_again(const struct receipt_fields *fields)
{
    struct model_text text = {0};
    add_span(&text, "{\"capabilitiesDeclared\":", fields->declared);
    add_span(&text, ",\"capabilitiesUsed\":", fields->used);
    add_span(&text, ",\"dappId\":\"", fields->dapp);
    add_span(&text, "\",\"identity\":", fields->identity);
    add_hex(&text, ",\"inputHash\":\"", fields->input_hash.bytes, 32);
    add_span(&text, "\",\"inputPayload\":", fields->payload);
    add_span(&text, ",\"intent\":\"", fields->intent);
    add_hex(&text, "\",\"nextStateRoot\":\"", fields->next_root.bytes, 32);
    model_text_string(&text, "\",\"previousReceiptHash\":");
    if (fields->has_previous) add_hex(&text, "\"", fields->previous.bytes, 32);
    model_text_string(&text, fields->has_previous ? "\"" : "null");
    add_hex(&text, ",\"previousStateRoot\":\"", fields->previous_root.bytes, 32);
    add_hex(&text, "\",\"publicKey\":\"", fields->public_key.bytes, 32);
    add_hex(&text, "\",\"receiptHash\":\"", fields->receipt_hash.bytes, 32);
    add_hex(&text, "\",\"resultHash\":\"", fields->result_hash.bytes, 32);
    add_hex(&text, "\",\"signature\":\"", fields->signature, 64);
    add_integer(&text, "\",\"timestamp\":", fields->timestamp_s);
    add_integer(&text, ",\"version\":", FRAME_RECEIPT_VERSION);
    model_text_string(&text, "}");
    return model_text_span(&text);
}

struct frame_span receipt_in_array(struct frame_span receipt)
{
    struct model_text text = {0};
    add_span(&text, "[", receipt);
    model_text_string(&text, "]");
    return model_text_span(&text);
}

void receipt_again_free(struct frame_span text)
{
    model_free_span(text);
}

struct frame_span receipt_signable(struct frame_span receipt)
{
    struct model_text text = {0};
    struct json_walk walk;
    struct frame_span key, value;
    json_walk_init(&walk, receipt);
    while (json_next_member(&walk, &key, &value)) {
        if (json_string_is(key, "publicKey") || json_string_is(key, "receiptHash") ||
            json_string_is(key, "signature"))
            continue;
        add_span(&text, text.length == 0 ? "{" : ",", key);
        add_span(&text, ":", value);
    }
    model_text_string(&text, "}");
    return model_text_span(&text);
}

void receipt_check_signable(const struct receipt_fields *fields, const struct frame_crypto *crypto,
                            struct frame_span receipt)
{
    struct frame_hash expected, hash;
    struct frame_span signable = receipt_signable(receipt);
    frame_sha256_of(crypto, &expected, signable.bytes, signable.length);
    receipt_signable_hash(&hash, crypto, fields);
    FUZZ_CHECK(frame_hash_compare(&hash, &expected) == 0);
    receipt_again_free(signable);
}
