// SPDX-License-Identifier: Apache-2.0
/* Receipts with one seal broken (§ 10), and everything around it made good. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "crypto.h"
#include "mutator_pool.h"

enum { MEMBERS = 16 };

const enum frame_status pool_forgeries[POOL_FORGERIES] = {FRAME_LIMIT,
                                                          FRAME_JSON_SYNTAX,
                                                          FRAME_JSON_NOT_CANONICAL,
                                                          FRAME_FIELD_COUNT,
                                                          FRAME_FIELD_ORDER,
                                                          FRAME_FIELD_TYPE,
                                                          FRAME_VERSION,
                                                          FRAME_INPUT_HASH,
                                                          FRAME_RECEIPT_HASH,
                                                          FRAME_DUPLICATE,
                                                          FRAME_LINK,
                                                          FRAME_IDENTITY,
                                                          FRAME_TIMESTAMP,
                                                          FRAME_DAPP,
                                                          FRAME_CAPABILITY_UNKNOWN,
                                                          FRAME_SIGNATURE,
                                                          FRAME_CAPABILITY_MANIFEST,
                                                          FRAME_RESULT_HASH,
                                                          FRAME_STATE_ROOT_LINK,
                                                          FRAME_STATE_ROOT,
                                                          FRAME_MERGE_HEADS,
                                                          FRAME_CAPABILITY_UNDECLARED};

/* A receipt as a list of members, so that anything can be done to it. */
struct forge {
    struct pool *pool;
    struct frame_span key[MEMBERS + 1];
    struct frame_span value[MEMBERS + 1];
    size_t count;
    bool keep_input_hash, keep_receipt_hash, keep_signature;
    uint64_t seed;
};

static struct frame_span text_span(struct pool *pool, const char *text)
{
    return pool_copy(pool, (struct frame_span){(const uint8_t *)text, strlen(text)});
}

static size_t member(const struct forge *forge, const char *name)
{
    size_t i = 0;
    while (i < forge->count && !json_string_is(forge->key[i], name))
        i++;
    return i; /* count: not there */
}

static void set(struct forge *forge, const char *name, struct frame_span value)
{
    size_t i = member(forge, name);
    if (i < forge->count) forge->value[i] = value;
}

static void set_text(struct forge *forge, const char *name, const char *value)
{
    set(forge, name, text_span(forge->pool, value));
}

static struct frame_span hex_of(struct pool *pool, const uint8_t *bytes, size_t length)
{
    uint8_t *token = pool_allocate(pool, 2 * length + 2);
    token[0] = token[2 * length + 1] = '"';
    frame_hex_encode((char *)token + 1, bytes, length);
    return (struct frame_span){token, 2 * length + 2};
}

/* One digit of a hash becomes another one, or a capital letter. */
static void change_digit(struct forge *forge, const char *name, bool capital)
{
    size_t i = member(forge, name);
    if (i == forge->count || forge->value[i].length < 4) return;
    size_t length = forge->value[i].length;
    uint8_t *digits = pool_allocate(forge->pool, length);
    memcpy(digits, forge->value[i].bytes, length);
    uint8_t *digit = &digits[1 + (size_t)(forge->seed % (length - 2))];
    if (capital)
        *digit = 'A';
    else
        *digit = *digit == 'f' ? '0' : *digit == '9' ? 'a' : (uint8_t)(*digit + 1);
    forge->value[i] = (struct frame_span){digits, length};
    forge->keep_input_hash = forge->keep_input_hash || strcmp(name, "inputHash") == 0;
}

static void turn_digit(struct forge *forge, const char *name)
{
    change_digit(forge, name, false);
}

static void drop(struct forge *forge, size_t i)
{
    for (; i + 1 < forge->count; i++) {
        forge->key[i] = forge->key[i + 1];
        forge->value[i] = forge->value[i + 1];
    }
    forge->count--;
}

/* ---- What to break -------------------------------------------------------------------------- */

static void break_type(struct forge *forge)
{
    static const char *const values[] = {"null",       "1",  "\"\"", "[]",     "{}",
                                         "true",       "-1", "[1]",  "\"AB\"", "[\"b\",\"a\"]",
                                         "\"\\u0000\""};
    /* publicKey, receiptHash and signature stay, so that only the type is at fault */
    static const char *const names[] = {"capabilitiesDeclared",
                                        "capabilitiesUsed",
                                        "dappId",
                                        "inputHash",
                                        "inputPayload",
                                        "intent",
                                        "nextStateRoot",
                                        "resultHash",
                                        "timestamp"};
    const char *name = names[forge->seed % (sizeof names / sizeof *names)];
    const char *value = values[forge->seed / 16 % (sizeof values / sizeof *values)];
    if (strcmp(name, "timestamp") == 0 && strcmp(value, "1") == 0) value = "-1";
    set_text(forge, name, value);
    forge->keep_input_hash = strcmp(name, "inputHash") == 0;
}

/* What was written so far, in the pool's memory. */
static struct frame_span text_end(struct pool *pool, struct model_text *text)
{
    const struct frame_span kept = pool_copy(pool, model_text_span(text));
    free(text->bytes);
    return kept;
}

/* The inputPayload with one member's value replaced; a value without bytes: without that member. */
static void set_inner(struct forge *forge, const char *name, struct frame_span fresh)
{
    struct model_text text = {0};
    struct json_walk walk;
    struct frame_span key, value;
    size_t i = member(forge, "inputPayload");
    if (i == forge->count || json_kind(forge->value[i]) != JSON_OBJECT) return;
    json_walk_init(&walk, forge->value[i]);
    while (json_next_member(&walk, &key, &value)) {
        const struct frame_span kept = json_string_is(key, name) ? fresh : value;
        if (kept.length == 0) continue;
        model_text_string(&text, text.length == 0 ? "{" : ",");
        model_text_add(&text, key.bytes, key.length);
        model_text_string(&text, ":");
        model_text_add(&text, kept.bytes, kept.length);
    }
    model_text_string(&text, "}");
    forge->value[i] = text_end(forge->pool, &text);
}

static void add_times(struct model_text *text, const char *what, size_t times)
{
    for (size_t i = 0; i < times; i++)
        model_text_string(text, what);
}

/* A string of so many bytes, or one more; of letters, or of escapes, which are longer in the text. */
static struct frame_span long_string(struct pool *pool, size_t bytes, size_t which)
{
    struct model_text text = {0};
    model_text_string(&text, "\"");
    add_times(&text, which % 4 < 2 ? "x" : "\\u0000", bytes + which % 2);
    model_text_string(&text, "\"");
    return text_end(pool, &text);
}

/* A payload of so many containers within one another. */
static struct frame_span nested(struct pool *pool, size_t containers)
{
    struct model_text text = {0};
    model_text_string(&text, "{\"a\":");
    add_times(&text, "[", containers - 1);
    add_times(&text, "]", containers - 1);
    model_text_string(&text, "}");
    return text_end(pool, &text);
}

/* Responses of the network, in whatever is no feed.fetch. */
static void add_responses(struct forge *forge)
{
    struct frame_span action;
    struct model_text text = {0};
    size_t i = member(forge, "inputPayload");
    if (i == forge->count || !json_member(forge->value[i], &action, "action") ||
        json_string_is(action, "feed.fetch"))
        return;
    model_text_add(&text, action.bytes, action.length);
    model_text_string(&text, ",\"networkResponses\":[]");
    set_inner(forge, "action", text_end(forge->pool, &text));
}

/* What is right but for a bound, an order, or one letter; lengths and depths also on the right side of the bound. */
static void break_bound(struct forge *forge)
{
    static const size_t depths[] = {26, 27, 28, 29};
    static const char *const hashes[] = {"inputHash", "nextStateRoot", "publicKey",
                                         "previousStateRoot", "resultHash"};
    struct pool *pool = forge->pool;
    const size_t which = (size_t)(forge->seed / 1024);
    switch (forge->seed / 64 % POOL_BOUNDS) {
    case 0: set_text(forge, "capabilitiesDeclared", "[\"storage.read\",\"storage.read\"]"); break;
    case 1: set_text(forge, "capabilitiesUsed", "[\"storage.read\",\"storage.read\"]"); break;
    case 2: set_text(forge, "capabilitiesDeclared", "[\"wallet.send\",\"storage.read\"]"); break;
    case 3: set_inner(forge, "origin", long_string(pool, FRAME_ORIGIN_BYTES_MAX, which)); break;
    case 4: set_inner(forge, "raw", long_string(pool, FRAME_RAW_BYTES_MAX, which)); break;
    case 5:
        set_inner(forge, "payload", nested(pool, depths[which % (sizeof depths / sizeof *depths)]));
        break;
    case 6: set_text(forge, "intent", "\"notes.created\""); break;
    case 7: change_digit(forge, hashes[which % (sizeof hashes / sizeof *hashes)], true); break;
    case 8: set_inner(forge, "raw", (struct frame_span){0}); break;
    case 9: set_inner(forge, "timestamp", text_span(pool, "1,\"z\":1")); break;
    case 10: add_responses(forge); break;
    case 11: set(forge, "dappId", long_string(pool, FRAME_NAME_BYTES_MAX, which % 2)); break;
    default: set(forge, "identity", long_string(pool, FRAME_IDENTITY_BYTES_MAX, which)); break;
    }
}

/* A member more, in the one place where it leaves the others' order as it is. */
static void add_member(struct forge *forge)
{
    forge->key[forge->count] = text_span(forge->pool, "\"versions\"");
    forge->value[forge->count++] = text_span(forge->pool, "2");
}

static void break_structure(struct forge *forge, enum frame_status verdict)
{
    size_t i = (size_t)(forge->seed % MEMBERS);
    switch (verdict) {
    case FRAME_LIMIT: /* in an array, a receipt and an inputPayload */
        set_inner(forge, "payload",
                  nested(forge->pool, FRAME_DEPTH_MAX - 2 + (size_t)(forge->seed % 3)));
        break;
    case FRAME_FIELD_COUNT:
        forge->seed / MEMBERS % 2 == 0 ? drop(forge, i) : add_member(forge);
        break;
    case FRAME_FIELD_ORDER: forge->key[15] = text_span(forge->pool, "\"versions\""); break;
    case FRAME_VERSION: set_text(forge, "version", forge->seed % 2 == 0 ? "3" : "1"); break;
    default: forge->seed / 32 % 2 == 0 ? break_type(forge) : break_bound(forge); break;
    }
}

static void break_hashes(struct forge *forge, enum frame_status verdict)
{
    switch (verdict) {
    case FRAME_INPUT_HASH:
        forge->keep_input_hash = true;
        turn_digit(forge, "inputHash");
        break;
    case FRAME_RECEIPT_HASH:
        forge->keep_receipt_hash = true;
        turn_digit(forge, forge->seed % 2 == 0 ? "receiptHash" : "nextStateRoot");
        break;
    case FRAME_LINK:
        if (span_is(forge->value[8], "null"))
            set_text(forge, "previousReceiptHash",
                     "\"00000000000000000000000000000000000000000000000000000000000000ff\"");
        else
            turn_digit(forge, "previousReceiptHash");
        break;
    default:
        forge->keep_signature = true;
        turn_digit(forge, "signature");
        break;
    }
}

/* A parent of one of the heads; length 0 where the pool knows none. */
static struct frame_span parent_token(struct forge *forge, struct frame_span heads)
{
    struct json_walk walk;
    struct frame_span item;
    struct frame_hash hash;
    json_walk_init(&walk, heads);
    while (json_next_item(&walk, &item))
        for (size_t i = 0; hash_token(&hash, item) && i < forge->pool->draft_count; i++) {
            const struct draft *draft = &forge->pool->drafts[i];
            if (draft->parent_count == 1 && frame_hash_compare(&draft->now, &hash) == 0)
                return hex_of(forge->pool, forge->pool->drafts[draft->parents[0]].now.bytes, 32);
        }
    return (struct frame_span){NULL, 0};
}

/* A head comes to stand beside its parent, in order. */
static void relate_heads(struct forge *forge, struct frame_span heads)
{
    const struct frame_span parent = parent_token(forge, heads);
    struct model_text text = {0};
    struct json_walk walk;
    struct frame_span item, first = parent;
    bool placed = parent.length == 0;
    if (placed) return;
    model_text_string(&text, "{\"heads\":[");
    json_walk_init(&walk, heads);
    for (size_t i = 0; json_next_item(&walk, &item); i++) {
        if (!placed && json_string_compare(parent, item) < 0) {
            model_text_add(&text, parent.bytes, parent.length);
            model_text_string(&text, ",");
            placed = true;
        } else if (i == 0) {
            first = item;
        }
        model_text_add(&text, item.bytes, item.length);
        model_text_string(&text, ",");
    }
    if (!placed) model_text_add(&text, parent.bytes, parent.length);
    if (placed) text.length--; /* the comma */
    model_text_string(&text, "]}");
    set_inner(forge, "payload", text_end(forge->pool, &text));
    set(forge, "previousReceiptHash", first);
}

/* The first two heads of a merge receipt change places, and its previousReceiptHash follows; or the first is
   named twice; or an ancestor is named as well; or it keeps what somebody typed. */
static void break_heads(struct forge *forge)
{
    enum { TOKEN = 66 };
    size_t i = member(forge, "inputPayload");
    struct frame_span payload, heads;
    uint8_t first[TOKEN];
    if (i == forge->count || !json_member(forge->value[i], &payload, "payload") ||
        !json_member(payload, &heads, "heads") || heads.length < 2 * TOKEN + 3)
        return;
    if (forge->seed % 4 == 0) {
        relate_heads(forge, heads);
        return;
    }
    if (forge->seed % 4 == 1) {
        set_inner(forge, forge->seed % 8 == 1 ? "raw" : "origin", text_span(forge->pool, "\"r\""));
        return;
    }
    size_t at = (size_t)(heads.bytes + 1 - forge->value[i].bytes);
    struct frame_span copy = pool_copy(forge->pool, forge->value[i]);
    uint8_t *bytes = pool_allocate(forge->pool, copy.length);
    memcpy(bytes, copy.bytes, copy.length);
    memcpy(first, bytes + at, TOKEN);
    if (forge->seed % 4 == 2) memcpy(bytes + at, bytes + at + TOKEN + 1, TOKEN);
    memcpy(bytes + at + TOKEN + 1, first, TOKEN);
    forge->value[i] = (struct frame_span){bytes, copy.length};
    set(forge, "previousReceiptHash", (struct frame_span){bytes + at, TOKEN});
}

/* Unlike inputPayload's; or with inputPayload's, of a merge receipt another one than its heads', of another one the first there
   is, which is before its parent's. */
static void break_time(struct forge *forge)
{
    static const char last[] = "9007199254740991";
    const bool merge = json_string_is(forge->value[member(forge, "intent")], "federation.merge");
    const char *fresh = merge || forge->seed % 2 == 0 ? last : "0";
    set_text(forge, "timestamp", fresh);
    if (merge || fresh != last) set_inner(forge, "timestamp", text_span(forge->pool, fresh));
}

static void break_meaning(struct forge *forge, enum frame_status verdict)
{
    switch (verdict) {
    case FRAME_IDENTITY:
        if (forge->seed % 2 == 0)
            set_text(forge, "identity", forge->seed % 4 == 0 ? "\"mallory\"" : "\"alice.fraud\"");
        else
            set(forge, "publicKey", hex_of(forge->pool, crypto_public(1)->bytes, 32));
        break;
    case FRAME_TIMESTAMP: break_time(forge); break;
    case FRAME_DAPP: set_text(forge, "dappId", "\"unknown\""); break;
    case FRAME_CAPABILITY_UNKNOWN: set_text(forge, "capabilitiesDeclared", "[\"root\"]"); break;
    case FRAME_CAPABILITY_UNDECLARED: set_text(forge, "capabilitiesDeclared", "[]"); break;
    case FRAME_MERGE_HEADS: break_heads(forge); break;
    case FRAME_CAPABILITY_MANIFEST: set_text(forge, "capabilitiesUsed", "[]"); break;
    case FRAME_RESULT_HASH: turn_digit(forge, "resultHash"); break;
    case FRAME_STATE_ROOT_LINK: turn_digit(forge, "previousStateRoot"); break;
    default: turn_digit(forge, "nextStateRoot"); break;
    }
}

/* ---- Making the rest good ------------------------------------------------------------------- */

static struct frame_span write_members(const struct forge *forge, bool all)
{
    struct model_text text = {0};
    bool first = true;
    for (size_t i = 0; i < forge->count; i++) {
        bool is_signed = !json_string_is(forge->key[i], "publicKey") &&
                         !json_string_is(forge->key[i], "receiptHash") &&
                         !json_string_is(forge->key[i], "signature");
        if (!all && !is_signed) continue;
        model_text_string(&text, first ? "{" : ",");
        model_text_add(&text, forge->key[i].bytes, forge->key[i].length);
        model_text_string(&text, ":");
        model_text_add(&text, forge->value[i].bytes, forge->value[i].length);
        first = false;
    }
    model_text_string(&text, "}");
    return text_end(forge->pool, &text);
}

static struct frame_span make_good(struct forge *forge)
{
    struct frame_hash hash;
    uint8_t signature[64];
    size_t payload = member(forge, "inputPayload");
    const struct frame_crypto *crypto = crypto_stub();
    if (!forge->keep_input_hash && payload < forge->count) {
        frame_sha256_of(crypto, &hash, forge->value[payload].bytes, forge->value[payload].length);
        set(forge, "inputHash", hex_of(forge->pool, hash.bytes, 32));
    }
    struct frame_span signable = write_members(forge, false);
    frame_sha256_of(crypto, &hash, signable.bytes, signable.length);
    if (!forge->keep_receipt_hash) set(forge, "receiptHash", hex_of(forge->pool, hash.bytes, 32));
    crypto->sign(crypto->context, signature, &hash, crypto_secret(0));
    if (!forge->keep_signature) set(forge, "signature", hex_of(forge->pool, signature, 64));
    return write_members(forge, true);
}

/* White space, or a comma too many, somewhere between two members. */
static struct frame_span break_json(struct pool *pool, struct frame_span receipt, uint64_t seed,
                                    char with)
{
    struct json_walk walk;
    struct frame_span key, value;
    const uint8_t *at = receipt.bytes + 1;
    json_walk_init(&walk, receipt);
    for (uint64_t i = 0; i <= seed % MEMBERS && json_next_member(&walk, &key, &value); i++)
        at = value.bytes + value.length;
    size_t before = (size_t)(at - receipt.bytes);
    uint8_t *bytes = pool_allocate(pool, receipt.length + 1);
    memcpy(bytes, receipt.bytes, before);
    bytes[before] = (uint8_t)with;
    memcpy(bytes + before + 1, at, receipt.length - before);
    return (struct frame_span){bytes, receipt.length + 1};
}

struct frame_span pool_forge(struct pool *pool, struct frame_span receipt,
                             enum frame_status verdict, uint64_t seed)
{
    struct forge forge = {.pool = pool, .seed = seed};
    struct json_walk walk;
    if (verdict == FRAME_DUPLICATE) return receipt;
    if (verdict == FRAME_JSON_SYNTAX) return break_json(pool, receipt, seed, ',');
    if (verdict == FRAME_JSON_NOT_CANONICAL) return break_json(pool, receipt, seed, ' ');
    json_walk_init(&walk, receipt);
    while (forge.count < MEMBERS &&
           json_next_member(&walk, &forge.key[forge.count], &forge.value[forge.count]))
        forge.count++;
    if (verdict < FRAME_INPUT_HASH)
        break_structure(&forge, verdict);
    else if (verdict < FRAME_MERGE_HEADS || verdict == FRAME_SIGNATURE)
        break_hashes(&forge, verdict);
    else
        break_meaning(&forge, verdict);
    return make_good(&forge);
}
