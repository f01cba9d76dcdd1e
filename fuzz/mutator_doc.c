// SPDX-License-Identifier: Apache-2.0
#include "mutator_doc.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "crypto.h"
#include "lines.h"
#include "text_rules.h"

static bool begins(struct frame_span text, const char *prefix)
{
    size_t length = strlen(prefix);
    return text.length >= length && memcmp(text.bytes, prefix, length) == 0;
}

/* ---- Parts ---------------------------------------------------------------------------------- */

/* A list that could not be read whole is not there; its drafts may stay. */
static bool read_list(struct doc *doc, struct part *part, struct frame_span array)
{
    size_t lists = doc->pool.list_count;
    part->list = lists;
    if (pool_read(&doc->pool, array)) return true;
    doc->pool.list_count = lists;
    return false;
}

static void read_body(struct doc *doc, struct part *part)
{
    struct frame_span type, receipts;
    if (!canonical_object(part->text) || !json_member(part->text, &type, "type")) return;
    part->kind = PART_BODY;
    if (json_string_is(type, "page") && json_member(part->text, &receipts, "receipts") &&
        read_list(doc, part, receipts))
        part->kind = PART_PAGE;
    else if (json_string_is(type, "attest"))
        part->kind = PART_ATTEST;
}

static void read_object(struct doc *doc, struct part *part)
{
    struct frame_attestation attestation;
    if (begins(part->text, "{\"capabilitiesDeclared\"")) {
        part->list = doc->pool.list_count;
        if (pool_read_first(&doc->pool, part->text))
            part->kind = PART_RECEIPT;
        else
            doc->pool.list_count = part->list;
    } else if (begins(part->text, "{\"capabilityVersion\"")) {
        if (frame_attestation_check(&attestation, crypto_stub(), crypto_public(0), part->text.bytes,
                                    part->text.length) != FRAME_ATTESTATION_FORMAT)
            part->kind = PART_ATTESTATION;
    } else if (begins(part->text, "{\"action\"") && canonical_object(part->text)) {
        part->kind = PART_INTENT;
    }
}

static void read_part(struct doc *doc, struct frame_span line)
{
    struct part *part = &doc->parts[doc->part_count++];
    size_t prefix = line.length > 2 && line.bytes[0] == 'm'   ? 2
                    : line.length > 1 && line.bytes[0] == 'i' ? 1
                                                              : 0;
    *part = (struct part){.kind = PART_RAW, .text = {line.bytes + prefix, line.length - prefix}};
    memcpy(part->prefix, line.bytes, prefix);
    if (prefix == 2)
        read_body(doc, part);
    else if (part->text.length > 0 && part->text.bytes[0] == '[') {
        if (read_list(doc, part, part->text)) part->kind = PART_CHAIN;
    } else {
        read_object(doc, part);
    }
}

static bool read_log(struct doc *doc, const uint8_t *bytes, size_t size)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    struct model_text array = {0};
    frame_log_reader_init(&reader, bytes, size);
    model_text_string(&array, "[");
    while (frame_log_next(&reader, &payload)) {
        if (array.length > 1) model_text_string(&array, ",");
        model_text_add(&array, payload.bytes, payload.length);
    }
    model_text_string(&array, "]");
    doc->log = array.length > 2 && pool_read(&doc->pool, model_text_span(&array));
    free(array.bytes);
    return doc->log;
}

static bool read_envelope(struct doc *doc, struct frame_span envelope)
{
    struct frame_span body, from;
    struct frame_public_key key;
    struct part *part = &doc->parts[0];
    if (!canonical_object(envelope) || !json_member(envelope, &body, "body") ||
        !json_member(envelope, &from, "from") || json_kind(body) != JSON_OBJECT)
        return false;
    if (from.length != 66 || !frame_hex_decode(key.bytes, 32, (const char *)from.bytes + 1, 64) ||
        !crypto_find(&doc->sealer, &key))
        doc->sealer = 2;
    doc->envelope = true;
    doc->part_count = 1;
    *part = (struct part){.kind = PART_BODY, .text = body};
    read_body(doc, part);
    return true;
}

bool doc_read(struct doc *doc, const uint8_t *bytes, size_t size, uint64_t seed)
{
    struct lines lines = {{bytes, size}};
    struct frame_span line;
    bool understood = false;
    memset(doc, 0, sizeof *doc);
    pool_init(&doc->pool, seed);
    if (size > FRAME_LOG_HEADER_BYTES && bytes[0] == 0) return read_log(doc, bytes, size);
    if (begins(lines.rest, "{\"body\":")) return read_envelope(doc, lines.rest);
    while (lines_next(&lines, &line)) {
        if (doc->part_count == DOC_PARTS_MAX) return false;
        read_part(doc, line);
        understood = understood || doc->parts[doc->part_count - 1].kind != PART_RAW;
    }
    return understood;
}

void doc_release(struct doc *doc)
{
    pool_release(&doc->pool);
}

/* ---- Changes -------------------------------------------------------------------------------- */

static void change_intent(struct doc *doc, struct part *part)
{
    struct payload_fields fields;
    struct model_text text = {0};
    uint8_t digits[20];
    struct draft draft = {0};
    struct frame_span storage = doc->parts[0].text; /* of the execute target; else anything */
    if (!canonical_object(storage)) storage.length = 0;
    if (!payload_read(&fields, part->text)) return;
    draft.payload = fields.payload;
    draft.network = fields.network;
    draft.action = (struct frame_span){fields.action.bytes + 1, fields.action.length - 2};
    if (pool_below(&doc->pool, 2) == 0)
        draft.payload = pool_new_value(&doc->pool, draft.payload);
    else
        pool_new_intent(&doc->pool, &draft, storage);
    model_text_string(&text, "{\"action\":\"");
    model_text_add(&text, draft.action.bytes, draft.action.length);
    if (draft.network.length > 0) {
        model_text_string(&text, "\",\"networkResponses\":");
        model_text_add(&text, draft.network.bytes, draft.network.length);
        model_text_string(&text, ",\"origin\":");
    } else {
        model_text_string(&text, "\",\"origin\":");
    }
    model_text_add(&text, fields.origin.bytes, fields.origin.length);
    model_text_string(&text, ",\"payload\":");
    model_text_add(&text, draft.payload.bytes, draft.payload.length);
    model_text_string(&text, ",\"raw\":");
    model_text_add(&text, fields.raw.bytes, fields.raw.length);
    model_text_string(&text, ",\"timestamp\":");
    if (pool_below(&doc->pool, 4) == 0) fields.timestamp_s = (int64_t)pool_below(&doc->pool, 100);
    model_text_add(&text, digits, json_integer_write(digits, fields.timestamp_s));
    model_text_string(&text, "}");
    part->text = pool_copy(&doc->pool, model_text_span(&text));
    free(text.bytes);
}

static void change_attestation(struct doc *doc, struct part *part)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    struct frame_attestation attestation = {.identity_key = *crypto_public(0)};
    (void)frame_attestation_check(&attestation, crypto_stub(), crypto_public(0), part->text.bytes,
                                  part->text.length);
    switch (pool_below(&doc->pool, 4)) {
    case 0: attestation.receipt_count = (int64_t)pool_below(&doc->pool, 4); break;
    case 1: attestation.timestamp_s = (int64_t)(pool_random(&doc->pool) >> 11); break;
    case 2: attestation.commitment.bytes[0] ^= 1; break;
    default: attestation.state_root.bytes[31] ^= 1; break;
    }
    frame_attestation_make(text, &length, crypto_stub(), crypto_secret(0), &attestation);
    part->text = pool_copy(&doc->pool, (struct frame_span){text, length});
}

/* Hashes of the input's receipts, each with a chance of one in so many, at most as many as `most`. */
static void add_known_hashes(struct doc *doc, struct model_text *text, size_t one_in, size_t most)
{
    static const struct frame_hash none;
    size_t added = 0;
    for (size_t i = 0; i < doc->pool.draft_count && added < most; i++) {
        const struct frame_hash *old = &doc->pool.drafts[i].old;
        if (frame_hash_compare(old, &none) == 0 || pool_below(&doc->pool, one_in) > 0) continue;
        model_text_string(text, added++ > 0 ? ",\"" : "\"");
        model_text_hex(text, old->bytes, sizeof old->bytes);
        model_text_string(text, "\"");
    }
}

/* Another request: for some of what is known, by who has some of it. */
static void change_request(struct doc *doc, struct part *part)
{
    struct model_text text = {0};
    model_text_string(&text, "{\"after\":");
    const size_t before = text.length;
    if (pool_below(&doc->pool, 4) == 0) add_known_hashes(doc, &text, 3, 1);
    if (text.length == before) model_text_string(&text, "null");
    model_text_string(&text, ",\"have\":[");
    add_known_hashes(doc, &text, 1 + pool_below(&doc->pool, 4), pool_below(&doc->pool, 6));
    model_text_string(&text, "],\"type\":\"request\",\"want\":[");
    add_known_hashes(doc, &text, 1 + pool_below(&doc->pool, 6), 1 + pool_below(&doc->pool, 3));
    model_text_string(&text, "]}");
    part->text = pool_copy(&doc->pool, model_text_span(&text));
    free(text.bytes);
}

static bool is_request(struct frame_span body)
{
    struct frame_span type;
    return json_member(body, &type, "type") && json_string_is(type, "request");
}

/* Lines as such: one twice, one gone, two the other way round, another peer. */
static void change_lines(struct doc *doc)
{
    struct pool *pool = &doc->pool;
    size_t at = pool_below(pool, doc->part_count), to = pool_below(pool, doc->part_count);
    struct part part = doc->parts[at];
    switch (pool_below(pool, 4)) {
    case 0:
        if (doc->part_count == DOC_PARTS_MAX) return;
        memmove(doc->parts + to + 1, doc->parts + to,
                (doc->part_count++ - to) * sizeof *doc->parts);
        doc->parts[to] = part;
        break;
    case 1:
        if (doc->part_count == 1) return;
        memmove(doc->parts + at, doc->parts + at + 1,
                (--doc->part_count - at) * sizeof *doc->parts);
        break;
    case 2:
        doc->parts[at] = doc->parts[to];
        doc->parts[to] = part;
        break;
    default:
        if (part.prefix[1] != '\0') doc->parts[at].prefix[1] = (char)('2' + pool_below(pool, 5));
        break;
    }
}

void doc_change(struct doc *doc)
{
    struct pool *pool = &doc->pool;
    if (pool->list_count > 0 && pool_below(pool, 8) > 0) {
        pool_change(pool);
        return;
    }
    if (doc->part_count == 0) return;
    struct part *part = &doc->parts[pool_below(pool, doc->part_count)];
    if (part->kind == PART_BODY && !doc->envelope && is_request(part->text)) {
        change_request(doc, part);
        return;
    }
    if (part->kind == PART_INTENT)
        change_intent(doc, part);
    else if (part->kind == PART_ATTESTATION && pool->list_count == 0)
        change_attestation(doc, part);
    else if (part == doc->parts && part->kind == PART_RAW && part->prefix[0] == '\0' &&
             canonical_object(part->text) && pool_below(pool, 2) == 0)
        part->text = pool_new_entry(pool, part->text); /* of the execute target */
    else if (doc->envelope && part->kind == PART_BODY)
        part->text = pool_new_value(pool, part->text);
    else if (!doc->envelope)
        change_lines(doc);
}
