// SPDX-License-Identifier: Apache-2.0
/* Writing a document whose receipts have been sealed: hashes everywhere follow, attestations and
   envelopes are made anew. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "crypto.h"
#include "mutator_doc.h"

static int compare_hashes(const void *a, const void *b)
{
    return frame_hash_compare(a, b);
}

/* ---- Hashes --------------------------------------------------------------------------------- */

enum { HASHES_MAX = 256 };
struct hashes {
    struct frame_hash at[HASHES_MAX];
    size_t count;
};

/* The hashes of an array as they are called now, ascending, each once. */
static bool read_hashes(const struct doc *doc, struct hashes *hashes, struct frame_span array)
{
    struct json_walk walk;
    struct frame_span item;
    size_t kept = 0;
    hashes->count = 0;
    if (json_kind(array) != JSON_ARRAY || json_count(array) > HASHES_MAX) return false;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        struct frame_hash *hash = &hashes->at[hashes->count++], old;
        if (!hash_token(&old, item)) return false;
        if (!pool_renamed(&doc->pool, hash, &old)) *hash = old;
    }
    qsort(hashes->at, hashes->count, sizeof *hashes->at, compare_hashes);
    for (size_t i = 0; i < hashes->count; i++)
        if (i == 0 || frame_hash_compare(&hashes->at[i], &hashes->at[kept - 1]) != 0)
            hashes->at[kept++] = hashes->at[i];
    hashes->count = kept;
    return true;
}

static void add_hash(struct model_text *out, const struct frame_hash *hash)
{
    model_text_string(out, "\"");
    model_text_hex(out, hash->bytes, sizeof hash->bytes);
    model_text_string(out, "\"");
}

static void add_hashes(struct model_text *out, const struct frame_hash *hashes, size_t count)
{
    model_text_string(out, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) model_text_string(out, ",");
        add_hash(out, &hashes[i]);
    }
    model_text_string(out, "]");
}

/* ---- Attestations --------------------------------------------------------------------------- */

static void add_attestation(struct model_text *out, const struct model_fold *fold)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    struct frame_attestation attestation = {.identity_key = *crypto_public(0), .timestamp_s = 100};
    if (fold != NULL) {
        attestation.commitment = fold->commitment;
        attestation.state_root = fold->state_root;
        attestation.receipt_count = (int64_t)fold->count;
    }
    frame_attestation_make(text, &length, crypto_stub(), crypto_secret(0), &attestation);
    model_text_add(out, text, length);
}

static void write_attestation(struct doc *doc, struct model_text *out, const struct part *part)
{
    if (doc->pool.list_count > 0)
        add_attestation(out, pool_fold(&doc->pool, 0));
    else
        model_text_add(out, part->text.bytes, part->text.length);
}

/* ---- Bodies --------------------------------------------------------------------------------- */

/* The heads that a body names: its own as they are called now, or those of all pages. */
static bool body_heads(struct doc *doc, struct hashes *heads, struct frame_span array)
{
    const struct model_fold *fold = doc->attest_all ? pool_fold(&doc->pool, SIZE_MAX) : NULL;
    if (fold == NULL || fold->head_count == 0 || fold->head_count > HASHES_MAX)
        return read_hashes(doc, heads, array);
    heads->count = fold->head_count;
    memcpy(heads->at, fold->heads, fold->head_count * sizeof *heads->at);
    return true;
}

static void write_after(struct doc *doc, struct model_text *out, struct frame_span value)
{
    struct frame_hash old, now;
    if (hash_token(&old, value) && pool_renamed(&doc->pool, &now, &old))
        add_hash(out, &now);
    else
        model_text_add(out, value.bytes, value.length);
}

static bool names_heads(struct frame_span key)
{
    return json_string_is(key, "heads") || json_string_is(key, "want");
}

/* The member of a body, made anew where it follows from the receipts. */
static void write_member(struct doc *doc, struct model_text *out, const struct part *part,
                         struct frame_span key, struct frame_span value)
{
    struct hashes hashes;
    struct frame_span heads;
    if (json_string_is(key, "receipts") && part->kind == PART_PAGE) {
        pool_write(&doc->pool, out, part->list);
    } else if (json_string_is(key, "attestation") && json_member(part->text, &heads, "heads") &&
               doc->pool.list_count > 0 && body_heads(doc, &hashes, heads)) {
        add_attestation(out, model_fold_closure(doc->pool.model, hashes.at, hashes.count));
    } else if ((names_heads(key) && body_heads(doc, &hashes, value)) ||
               (json_string_is(key, "have") && read_hashes(doc, &hashes, value))) {
        add_hashes(out, hashes.at, hashes.count);
    } else {
        write_after(doc, out, value);
    }
}

static void write_body(struct doc *doc, struct model_text *out, const struct part *part)
{
    struct json_walk walk;
    struct frame_span key, value;
    bool first = true;
    json_walk_init(&walk, part->text);
    for (; json_next_member(&walk, &key, &value); first = false) {
        model_text_string(out, first ? "{" : ",");
        model_text_add(out, key.bytes, key.length);
        model_text_string(out, ":");
        write_member(doc, out, part, key, value);
    }
    model_text_string(out, first ? "{}" : "}");
}

/* ---- Documents ------------------------------------------------------------------------------ */

static void write_part(struct doc *doc, struct model_text *out, const struct part *part)
{
    struct frame_span text;
    size_t at = 0;
    model_text_string(out, part->prefix);
    switch (part->kind) {
    case PART_CHAIN: pool_write(&doc->pool, out, part->list); break;
    case PART_RECEIPT:
        if (pool_next(&doc->pool, &text, part->list, &at))
            model_text_add(out, text.bytes, text.length);
        break;
    case PART_ATTESTATION: write_attestation(doc, out, part); break;
    case PART_PAGE:
    case PART_ATTEST:
    case PART_BODY: write_body(doc, out, part); break;
    default: model_text_add(out, part->text.bytes, part->text.length); break;
    }
}

static void write_log(const struct doc *doc, struct model_text *out)
{
    struct frame_span text;
    size_t at = 0;
    while (pool_next(&doc->pool, &text, 0, &at)) {
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_log_header(header, text.bytes, text.length);
        model_text_add(out, header, sizeof header);
        model_text_add(out, text.bytes, text.length);
    }
}

static void seal_envelope(const struct doc *doc, struct model_text *body)
{
    size_t length;
    uint8_t *envelope = model_allocate(body->length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    frame_envelope_seal(envelope, &length, crypto_stub(), crypto_secret(doc->sealer), body->bytes,
                        body->length);
    free(body->bytes);
    *body = (struct model_text){envelope, length, length};
}

/* A bit turned, an end cut off, or bytes that do not belong there. */
static void damage(struct model_text *text, uint64_t seed)
{
    if (text->length < 2) return;
    size_t at = (size_t)(seed / 8 % text->length);
    if (seed % 4 == 0) {
        text->length = at > 0 ? at : 1;
    } else if (seed % 4 == 1) {
        model_text_string(text, "?!");
        memmove(text->bytes + at + 2, text->bytes + at, text->length - 2 - at);
    } else {
        text->bytes[at] = (uint8_t)(text->bytes[at] ^ 1u << seed / 4 % 8);
    }
}

struct model_text doc_write(struct doc *doc)
{
    struct model_text out = {0};
    pool_seal(&doc->pool);
    if (doc->log) write_log(doc, &out);
    for (size_t i = 0; i < doc->part_count; i++) {
        if (i > 0) model_text_string(&out, "\n");
        write_part(doc, &out, &doc->parts[i]);
    }
    if (doc->envelope) seal_envelope(doc, &out);
    if (doc->damage != 0) damage(&out, doc->damage);
    return out;
}
