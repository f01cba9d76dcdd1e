// SPDX-License-Identifier: Apache-2.0
/* What can be changed in a receipt and in a merge receipt, field by field (§ 3, 9), and what it breaks. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/forger_change.h"

/* ---- Whose key, whose parent ---- */

/* Told from it by its last byte alone. */
static bool like_identity(struct bench *bench)
{
    struct buffer *identity = draft_named(bench->draft, "identity");
    if (identity->length < 3) return false;
    uint8_t *last = identity->bytes + identity->length - 2; /* before the quote */
    *last = *last == 'x' ? 'y' : 'x';
    return true;
}

static bool other_key(struct bench *bench)
{
    struct frame_hash key; /* written as 64 hex digits, as hashes are */
    memcpy(key.bytes, bench->shop->own_key.bytes, sizeof key.bytes);
    draft_set_hash(bench->draft, FIELD_PUBLIC_KEY, &key);
    return true;
}

static bool parent_of(const struct bench *bench, struct frame_receipt *parent,
                      const struct frame_hash *hash)
{
    struct frame_receipt receipt;
    const struct frame_chain *base = bench->shop->base;
    return base != NULL && frame_chain_find(base, &receipt, hash) && receipt.parent_count > 0 &&
           frame_chain_find(base, parent, &receipt.parents[0]);
}

static bool no_such_parent(struct bench *bench)
{
    draft_set_hash(bench->draft, FIELD_PREVIOUS, &bench->shop->nobody);
    return true;
}

/* The parent but for the last digit of its hash. */
static bool near_parent(struct bench *bench)
{
    if (bench->draft->values[FIELD_PREVIOUS].length == strlen("null")) return false;
    draft_bend_hash(bench->draft, FIELD_PREVIOUS);
    return true;
}

/* A cycle of one, by the only hash that there is before the change: nobody can know its own. It is none for who has come
   to hold the receipt as it was. */
static bool self_parent(struct bench *bench)
{
    const struct frame_hash self = draft_hash(bench->draft, FIELD_RECEIPT_HASH);
    bench->shop->has_gap = true;
    bench->shop->gap = self;
    draft_set_hash(bench->draft, FIELD_PREVIOUS, &self);
    return true;
}

static bool older_parent(struct bench *bench)
{
    struct frame_receipt older;
    if (!parent_of(bench, &older, &bench->shop->parent)) return false;
    draft_set_hash(bench->draft, FIELD_PREVIOUS, &older.hash);
    return true;
}

/* Not where its parent is a first receipt that has changed nothing: then the root fits all the same. */
static bool null_parent(struct bench *bench)
{
    struct frame_receipt first;
    struct frame_span root;
    const struct frame_chain *base = bench->shop->base;
    if (base == NULL || frame_chain_count(base) == 0) return false;
    frame_chain_at(base, &first, 0); /* nothing comes before it in the order, so it has no parent */
    if (!json_member(first.bytes, &root, "previousStateRoot") ||
        span_equal(root, buffer_view(&bench->draft->values[FIELD_PREVIOUS_ROOT])))
        return false;
    draft_set(bench->draft, FIELD_PREVIOUS, "null");
    return true;
}

/* ---- Time ---- */

static void set_times(struct draft *draft, int64_t timestamp, int64_t in_payload)
{
    struct buffer text;
    struct bench inner = {.draft = NULL};
    buffer_init(&text, &draft->values[0].allocator);
    buffer_init(&inner.text, &draft->values[0].allocator);
    buffer_integer(&text, in_payload);
    buffer_span(&inner.text, buffer_view(&draft->values[FIELD_INPUT_PAYLOAD]));
    bench_put(&inner, "timestamp", buffer_view(&text));
    buffer_clear(&draft->values[FIELD_INPUT_PAYLOAD]);
    buffer_span(&draft->values[FIELD_INPUT_PAYLOAD], buffer_view(&inner.text));
    buffer_clear(&draft->values[FIELD_TIMESTAMP]);
    buffer_integer(&draft->values[FIELD_TIMESTAMP], timestamp);
    buffer_free(&text);
    buffer_free(&inner.text);
}

static bool before_parent(struct bench *bench)
{
    struct frame_receipt parent;
    const struct workshop *shop = bench->shop;
    if (shop->base == NULL || !frame_chain_find(shop->base, &parent, &shop->parent) ||
        parent.timestamp_s == 0)
        return false;
    set_times(bench->draft, parent.timestamp_s - 1, parent.timestamp_s - 1);
    return true;
}

static bool payload_time(struct bench *bench)
{
    const int64_t timestamp = draft_timestamp(bench->draft);
    if (timestamp >= FRAME_INTEGER_MAX) return false; /* there is no later one */
    set_times(bench->draft, timestamp, timestamp + 1);
    return true;
}

static bool later_than_heads(struct bench *bench)
{
    const int64_t timestamp = draft_timestamp(bench->draft);
    if (timestamp >= FRAME_INTEGER_MAX) return false; /* there is no later one */
    set_times(bench->draft, timestamp + 1, timestamp + 1);
    return true;
}

/* ---- inputPayload ---- */

/* Its member becomes `before`, `count` times `filling`, `after`. */
static bool put_long(struct bench *bench, const char *member, const char *before, char filling,
                     size_t count, const char *after)
{
    struct buffer value;
    struct bench inner = {.draft = NULL};
    struct buffer *payload = &bench->draft->values[FIELD_INPUT_PAYLOAD];
    buffer_init(&value, &bench->shop->allocator);
    buffer_init(&inner.text, &bench->shop->allocator);
    buffer_text(&value, before);
    add_repeated(&value, filling, count);
    buffer_text(&value, after);
    buffer_span(&inner.text, buffer_view(payload));
    bench_put(&inner, member, buffer_view(&value));
    buffer_clear(payload);
    buffer_span(payload, buffer_view(&inner.text));
    buffer_free(&value);
    buffer_free(&inner.text);
    return true;
}

static bool origin_long(struct bench *bench)
{
    return put_long(bench, "origin", "\"", 'o', FRAME_ORIGIN_BYTES_MAX + 1, "\"");
}

static bool raw_long(struct bench *bench)
{
    return put_long(bench, "raw", "\"", 'r', FRAME_RAW_BYTES_MAX + 1, "\"");
}

static bool payload_long(struct bench *bench)
{
    return put_long(bench, "payload", "{\"text\":\"", 'p', FRAME_PAYLOAD_BYTES_MAX, "\"}");
}

static bool receipt_long(struct bench *bench)
{
    return put_long(bench, "payload", "{\"text\":\"", 'p', FRAME_RECEIPT_BYTES_MAX, "\"}");
}

/* 29 containers: itself, payload, and 27 more. */
static bool payload_deep(struct bench *bench)
{
    struct buffer closing;
    buffer_init(&closing, &bench->shop->allocator);
    for (int i = 0; i < FRAME_PAYLOAD_DEPTH_MAX + 1 - 2; i++)
        buffer_text(&closing, "]");
    buffer_append(&closing, "}\0", 2);
    FRAME_ASSERT(!closing.failed);
    const bool put = put_long(bench, "payload", "{\"deep\":", '[', FRAME_PAYLOAD_DEPTH_MAX + 1 - 2,
                              (const char *)closing.bytes);
    buffer_free(&closing);
    return put;
}

/* Not of one that carries networkResponses: no intent but feed.fetch may have them (§ 3), known or not. */
static bool unknown_intent(struct bench *bench)
{
    struct frame_span responses;
    if (json_member(buffer_view(&bench->draft->values[FIELD_INPUT_PAYLOAD]), &responses,
                    "networkResponses"))
        return false;
    draft_set(bench->draft, FIELD_INTENT, "\"notes.burn\"");
    return put_long(bench, "action", "\"notes.burn\"", ' ', 0, "");
}

/* ---- Names ---- */

static bool identity_long(struct bench *bench)
{
    struct buffer *value = &bench->draft->values[FIELD_IDENTITY];
    buffer_clear(value);
    buffer_text(value, "\"");
    for (int i = 0; i <= FRAME_IDENTITY_BYTES_MAX; i++)
        buffer_text(value, "i");
    buffer_text(value, "\"");
    return true;
}

static bool dapp_long(struct bench *bench)
{
    struct buffer *value = &bench->draft->values[FIELD_DAPP];
    buffer_clear(value);
    buffer_text(value, "\"");
    for (int i = 0; i <= FRAME_NAME_BYTES_MAX; i++)
        buffer_text(value, "d");
    buffer_text(value, "\"");
    return true;
}

static bool undeclared_capability(struct bench *bench)
{
    draft_set(bench->draft, FIELD_DECLARED, "[]");
    draft_set(bench->draft, FIELD_USED, "[\"wallet.send\"]");
    return true;
}

/* No dApp's manifest is this one. */
static bool other_capabilities(struct bench *bench)
{
    draft_set(bench->draft, FIELD_DECLARED, "[\"identity.read\"]");
    draft_set(bench->draft, FIELD_USED, "[]");
    return true;
}

static bool array_has(struct frame_span array, struct frame_span wanted)
{
    struct json_walk walk;
    struct frame_span item;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item))
        if (span_equal(item, wanted)) return true;
    return false;
}

/* An array of strings without one that is not in `kept`, as a text; false where there is none. */
static bool without_one(struct buffer *shorter, struct frame_span array, struct frame_span kept)
{
    struct json_walk walk;
    struct frame_span item;
    size_t count = 0;
    bool left_out = false;
    buffer_text(shorter, "[");
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        if (!left_out && !array_has(kept, item)) {
            left_out = true;
            continue;
        }
        if (count++ > 0) buffer_text(shorter, ",");
        buffer_span(shorter, item);
    }
    buffer_append(shorter, "]", 2); /* with the text's end */
    FRAME_ASSERT(!shorter->failed);
    return left_out;
}

/* One of those left out that this intent does not use; or where it uses all, none of them used. */
static bool fewer_capabilities(struct bench *bench)
{
    struct buffer declared;
    const struct buffer *values = bench->draft->values;
    buffer_init(&declared, &bench->shop->allocator);
    bool fewer = without_one(&declared, buffer_view(&values[FIELD_DECLARED]),
                             buffer_view(&values[FIELD_USED]));
    if (!fewer) {
        buffer_clear(&declared);
        draft_set(bench->draft, FIELD_USED, "[]");
        fewer = without_one(&declared, buffer_view(&values[FIELD_DECLARED]), span_of("[]"));
    }
    if (fewer) draft_set(bench->draft, FIELD_DECLARED, (const char *)declared.bytes);
    buffer_free(&declared);
    return fewer;
}

static bool unused_capability(struct bench *bench)
{
    struct buffer used;
    buffer_init(&used, &bench->shop->allocator);
    const bool fewer =
        without_one(&used, buffer_view(&bench->draft->values[FIELD_USED]), span_of("[]"));
    if (fewer) draft_set(bench->draft, FIELD_USED, (const char *)used.bytes);
    buffer_free(&used);
    return fewer;
}

static bool renamed_field(struct bench *bench)
{
    struct frame_span value;
    struct buffer copy;
    if (!json_member(buffer_view(&bench->text), &value, "resultHash")) return false;
    buffer_init(&copy, &bench->shop->allocator);
    buffer_span(&copy, value);
    bench_put(bench, "resultHash", (struct frame_span){NULL, 0});
    bench_put(bench, "resultHashes", buffer_view(&copy));
    buffer_free(&copy);
    return true;
}

/* ---- Heads of a merge receipt ---- */

static void set_heads(struct bench *bench, const struct frame_hash *heads, size_t count)
{
    struct buffer list;
    buffer_init(&list, &bench->shop->allocator);
    buffer_text(&list, "{\"heads\":[");
    for (size_t i = 0; i < count; i++) {
        buffer_text(&list, i > 0 ? ",\"" : "\"");
        buffer_hex(&list, heads[i].bytes, sizeof heads[i].bytes);
        buffer_text(&list, "\"");
    }
    buffer_append(&list, "]}\0", 3);
    FRAME_ASSERT(!list.failed);
    (void)put_long(bench, "payload", (const char *)list.bytes, ' ', 0, "");
    draft_set_hash(bench->draft, FIELD_PREVIOUS, &heads[0]);
    buffer_free(&list);
}

static bool heads_of(const struct bench *bench, struct frame_hash heads[2])
{
    struct frame_span payload;
    struct frame_span array;
    const struct frame_span input = buffer_view(&bench->draft->values[FIELD_INPUT_PAYLOAD]);
    if (!json_member(input, &payload, "payload") || !json_member(payload, &array, "heads") ||
        json_count(array) != 2)
        return false;
    frame_hash_array_at(&heads[0], array, 0);
    frame_hash_array_at(&heads[1], array, 1);
    return true;
}

static bool set_two(struct bench *bench, const struct frame_hash *a, const struct frame_hash *b)
{
    const struct frame_hash two[2] = {*a, *b};
    set_heads(bench, two, 2);
    return true;
}

static bool set_ascending(struct bench *bench, const struct frame_hash *a,
                          const struct frame_hash *b)
{
    return frame_hash_compare(a, b) < 0 ? set_two(bench, a, b) : set_two(bench, b, a);
}

static bool unsorted_heads(struct bench *bench)
{
    struct frame_hash heads[2];
    return heads_of(bench, heads) && set_two(bench, &heads[1], &heads[0]);
}

static bool repeated_head(struct bench *bench)
{
    struct frame_hash heads[2];
    return heads_of(bench, heads) && set_two(bench, &heads[0], &heads[0]);
}

static bool one_head(struct bench *bench)
{
    struct frame_hash heads[2];
    if (!heads_of(bench, heads)) return false;
    set_heads(bench, heads, 1);
    return true;
}

static bool unknown_head(struct bench *bench)
{
    struct frame_hash heads[2];
    return heads_of(bench, heads) && set_ascending(bench, &heads[0], &bench->shop->nobody);
}

static bool ancestor_head(struct bench *bench)
{
    struct frame_hash heads[2];
    struct frame_receipt parent;
    return heads_of(bench, heads) && parent_of(bench, &parent, &heads[0]) &&
           set_ascending(bench, &heads[0], &parent.hash);
}

static bool older_head(struct bench *bench)
{
    struct frame_hash heads[2];
    struct frame_receipt parent;
    struct frame_receipt older;
    return heads_of(bench, heads) && parent_of(bench, &parent, &heads[0]) &&
           parent_of(bench, &older, &parent.hash) && set_ascending(bench, &heads[0], &older.hash);
}

/* 65: as many receipts as there are, again and again, but for the last: that is itself. */
enum { TOO_MANY_HEADS = FRAME_MERGE_HEADS_MAX + 1 };

static int by_hash(const void *a, const void *b)
{
    return frame_hash_compare(a, b);
}

/* So many first receipts, of which none is an ancestor of another, ascending: nothing else is wrong with them. */
static bool first_receipts(const struct frame_chain *base, struct frame_hash heads[TOO_MANY_HEADS])
{
    size_t count = 0;
    for (size_t i = 0; i < frame_chain_count(base) && count < TOO_MANY_HEADS; i++) {
        struct frame_receipt receipt;
        frame_chain_at(base, &receipt, i);
        if (receipt.parent_count == 0) heads[count++] = receipt.hash;
    }
    if (count < TOO_MANY_HEADS) return false;
    qsort(heads, count, sizeof *heads, by_hash);
    return true;
}

static bool too_many_heads(struct bench *bench)
{
    struct frame_hash heads[TOO_MANY_HEADS];
    const struct frame_chain *base = bench->shop->base;
    const size_t held = base != NULL ? frame_chain_count(base) : 0;
    if (held < 3) return false;
    const bool good = first_receipts(base, heads);
    for (size_t i = 0; !good && i < TOO_MANY_HEADS; i++) {
        struct frame_receipt receipt;
        frame_chain_at(base, &receipt, held - 2 - i % (held - 1));
        heads[i] = receipt.hash;
    }
    set_heads(bench, heads, TOO_MANY_HEADS);
    return true;
}

static bool second_head_first(struct bench *bench)
{
    struct frame_hash heads[2];
    if (!heads_of(bench, heads)) return false;
    draft_set_hash(bench->draft, FIELD_PREVIOUS, &heads[1]);
    return true;
}

/* ---- The list ---- */

#define R  (UINT32_C(1) << FORGED_RECEIPT)
#define M  (UINT32_C(1) << FORGED_MERGE)
#define RM (R | M)
#define SET(name, subjects, slots, rule, touches, member, value, what)                         \
    {                                                                                          \
        name, subjects, slots, RULE_##rule, RULE_##rule, touches, STAGE_FIELDS, member, value, \
            NULL, what                                                                         \
    }
#define SET_AT(stage, name, subjects, slots, rule, touches, member, value, what)                \
    {                                                                                           \
        name, subjects, slots, RULE_##rule, RULE_##rule, touches, STAGE_##stage, member, value, \
            NULL, what                                                                          \
    }
#define DO(name, subjects, slots, rule, touches, apply, what)                                      \
    {                                                                                              \
        name, subjects, slots, RULE_##rule, RULE_##rule, touches, STAGE_FIELDS, NULL, NULL, apply, \
            what                                                                                   \
    }
#define BASE(name, what)                                                                         \
    {                                                                                            \
        name, R, SLOT_BASE | SLOT_PARENT, RULE_NONE, RULE_NONE, 0, STAGE_BASE, NULL, NULL, NULL, \
            what                                                                                 \
    }

const struct change changes_receipt[] = {
    BASE("far_future", "made a hundred years from now: good all the same"),
    BASE("at_genesis", "a first receipt, beside those that there are: good all the same"),
    BASE("twin_origin", "made with the victim's own origin: good all the same"),
    /* step 2 */
    SET_AT(TEXT, "missing_field", RM, SLOT_MEMBERS, FIELD_COUNT, TOUCHES_SIGNED, "resultHash", NULL,
           "15 fields"),
    SET_AT(TEXT, "extra_field", RM, SLOT_MEMBERS, FIELD_COUNT, TOUCHES_SIGNED, "zz", "0",
           "17 fields"),
    {"renamed_field", RM, SLOT_MEMBERS, RULE_FIELD_ORDER, RULE_FIELD_ORDER, TOUCHES_SIGNED,
     STAGE_TEXT, NULL, NULL, renamed_field, "16 fields, one of another name"},
    SET("capabilities_unsorted", RM, SLOT_CAPABILITIES, FIELD_TYPE, TOUCHES_SIGNED,
        "capabilitiesDeclared", "[\"storage.write\",\"storage.read\"]", "not ascending"),
    SET("capability_twice", RM, SLOT_CAPABILITIES, FIELD_TYPE, TOUCHES_SIGNED, "capabilitiesUsed",
        "[\"storage.read\",\"storage.read\"]", "one twice"),
    SET("capabilities_string", RM, SLOT_CAPABILITIES, FIELD_TYPE, TOUCHES_SIGNED,
        "capabilitiesUsed", "\"storage.read\"", "no array"),
    SET("dapp_number", RM, SLOT_DAPP, FIELD_TYPE, TOUCHES_SIGNED, "dappId", "7", "no string"),
    SET("dapp_bad_name", RM, SLOT_DAPP, FIELD_TYPE, TOUCHES_SIGNED, "dappId", "\"a b\"",
        "a name with a space"),
    DO("dapp_long", RM, SLOT_DAPP, FIELD_TYPE, TOUCHES_SIGNED, dapp_long, "65 bytes"),
    SET("identity_empty", RM, SLOT_IDENTITY, FIELD_TYPE, TOUCHES_SIGNED, "identity", "\"\"",
        "no bytes"),
    DO("identity_long", RM, SLOT_IDENTITY, FIELD_TYPE, TOUCHES_SIGNED, identity_long, "129 bytes"),
    SET("key_upper", RM, SLOT_KEY, FIELD_TYPE, 0, "publicKey", "^", "an upper-case digit"),
    SET("action_unlike_intent", R, SLOT_INTENT, FIELD_TYPE, TOUCHES_SIGNED, "intent",
        "\"notes.burn\"", "an intent that is not inputPayload.action"),
    SET("payload_array", RM, SLOT_INPUT | SLOT_TIME | SLOT_INTENT | SLOT_HEADS, FIELD_TYPE,
        TOUCHES_INPUT, "inputPayload", "[]", "no object"),
    SET("payload_extra", RM, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, ".zz", "0", "a member more"),
    SET("payload_missing", RM, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, ".raw", NULL,
        "a member less"),
    SET("responses", M, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, ".networkResponses", "[]",
        "networkResponses outside feed.fetch"),
    SET("responses_object", R, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, ".networkResponses", "{}",
        "networkResponses that are no array"),
    DO("origin_long", RM, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, origin_long, "65 bytes"),
    DO("raw_long", RM, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, raw_long, "4 KiB and a byte"),
    DO("payload_long", R, SLOT_INPUT, FIELD_TYPE, TOUCHES_INPUT, payload_long, "over 64 KiB"),
    {"payload_deep", R, SLOT_INPUT, RULE_ENVELOPE, RULE_FIELD_TYPE, TOUCHES_INPUT, STAGE_FIELDS,
     NULL, NULL, payload_deep, "29 containers: 33 in an envelope"},
    DO("receipt_long", R, SLOT_INPUT, LIMIT, TOUCHES_INPUT, receipt_long, "over 256 KiB"),
    SET("time_string", RM, SLOT_TIME, FIELD_TYPE, TOUCHES_SIGNED, "timestamp", "\"now\"",
        "no integer"),
    SET("time_negative", RM, SLOT_TIME, FIELD_TYPE, TOUCHES_SIGNED, "timestamp", "-1",
        "before 1970"),
    SET("previous_short", RM, SLOT_PREVIOUS, FIELD_TYPE, TOUCHES_SIGNED, "previousReceiptHash",
        "\"00\"", "no 64 digits"),
    SET("root_upper", RM, SLOT_NEXT_ROOT, FIELD_TYPE, TOUCHES_SIGNED, "nextStateRoot", "^",
        "an upper-case digit"),
    SET("result_null", RM, SLOT_RESULT, FIELD_TYPE, TOUCHES_SIGNED, "resultHash", "null", "null"),
    SET_AT(INPUT_HASHED, "input_hash_upper", RM, SLOT_INPUT_HASH, FIELD_TYPE, TOUCHES_SIGNED,
           "inputHash", "^", "an upper-case digit"),
    SET_AT(SIGNED, "signature_upper", RM, SLOT_SIGNATURE, FIELD_TYPE, 0, "signature", "^",
           "an upper-case digit"),
    SET_AT(SIGNED, "signature_short", RM, SLOT_SIGNATURE, FIELD_TYPE, 0, "signature", "\"00\"",
           "no 128 digits"),
    SET("version_string", RM, SLOT_VERSION, FIELD_TYPE, TOUCHES_SIGNED, "version", "\"2\"",
        "no integer"),
    SET("version_1", RM, SLOT_VERSION, VERSION, TOUCHES_SIGNED, "version", "1", "the one before"),
    SET("version_3", RM, SLOT_VERSION, VERSION, TOUCHES_SIGNED, "version", "3", "the next one"),
    /* step 3 */
    SET_AT(INPUT_HASHED, "other_input_hash", RM, SLOT_INPUT_HASH, INPUT_HASH, TOUCHES_SIGNED,
           "inputHash", "~", "not inputPayload's"),
    SET_AT(HASHED, "other_hash", RM, SLOT_HASH, RECEIPT_HASH, TOUCHES_HASH_ITSELF, "receiptHash",
           "~", "a receiptHash that is not its own"),
    DO("no_such_parent", RM, SLOT_PREVIOUS | SLOT_HEADS, LINK, TOUCHES_SIGNED, no_such_parent,
       "a parent that nobody has"),
    DO("near_parent", RM, SLOT_PREVIOUS | SLOT_PARENT | SLOT_HEADS, LINK, TOUCHES_SIGNED,
       near_parent, "a parent that nobody has, but for one digit"),
    DO("self_parent", RM, SLOT_PREVIOUS | SLOT_HEADS, LINK, TOUCHES_SIGNED, self_parent,
       "a cycle: it names itself, by the hash that it had"),
    SET("no_heads", M, SLOT_HEADS | SLOT_INPUT, HEADS_ARRAY, TOUCHES_INPUT, ".payload", "{}",
        "a merge of nothing"),
    SET("heads_object", M, SLOT_HEADS | SLOT_INPUT, HEADS_ARRAY, TOUCHES_INPUT, ".payload",
        "{\"heads\":{}}", "heads that are no array"),
    SET("heads_not_hex", M, SLOT_HEADS | SLOT_INPUT, HEADS_ARRAY, TOUCHES_INPUT, ".payload",
        "{\"heads\":[\"mine\",\"yours\"]}", "heads that are no hashes"),
    DO("unknown_head", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, LINK, TOUCHES_INPUT,
       unknown_head, "a head that nobody has"),
    DO("unsorted_heads", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT,
       unsorted_heads, "not ascending"),
    DO("repeated_head", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT,
       repeated_head, "one twice"),
    DO("one_head", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT, one_head,
       "less than two"),
    DO("too_many_heads", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT,
       too_many_heads, "65"),
    DO("ancestor_head", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT,
       ancestor_head, "one is an ancestor of the other"),
    DO("older_head", M, SLOT_HEADS | SLOT_PREVIOUS | SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT,
       older_head, "one is the parent of the other's parent"),
    DO("second_head_first", M, SLOT_HEADS | SLOT_PREVIOUS, MERGE_HEADS, TOUCHES_SIGNED,
       second_head_first, "previousReceiptHash is not heads[0]"),
    SET("no_parent", M, SLOT_HEADS | SLOT_PREVIOUS, MERGE_HEADS, TOUCHES_SIGNED,
        "previousReceiptHash", "null", "previousReceiptHash is null"),
    SET("merge_origin", M, SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT, ".origin", "\"x\"",
        "an origin that is not empty"),
    SET("merge_raw", M, SLOT_INPUT, MERGE_HEADS, TOUCHES_INPUT, ".raw", "\"x\"",
        "a raw that is not empty"),
    /* step 4 */
    SET("other_identity", RM, SLOT_IDENTITY, IDENTITY, TOUCHES_SIGNED, "identity", "\"mallory\"",
        "another's id"),
    DO("like_identity", RM, SLOT_IDENTITY, IDENTITY, TOUCHES_SIGNED, like_identity,
       "another's id, of the same length"),
    DO("other_key", RM, SLOT_KEY, IDENTITY, 0, other_key, "another's public key"),
    SET("small_order_key", RM, SLOT_KEY, IDENTITY, 0, "publicKey",
        "\"0100000000000000000000000000000000000000000000000000000000000000\"",
        "a key under which anything verifies"),
    DO("before_parent", R, SLOT_TIME | SLOT_PARENT | SLOT_INPUT, TIMESTAMP, TOUCHES_INPUT,
       before_parent, "a second older than its parent"),
    DO("payload_time", RM, SLOT_TIME | SLOT_INPUT, TIMESTAMP, TOUCHES_INPUT, payload_time,
       "unlike inputPayload.timestamp"),
    DO("later_than_heads", M, SLOT_TIME | SLOT_INPUT, TIMESTAMP, TOUCHES_INPUT, later_than_heads,
       "not the greatest of its heads'"),
    /* step 5 */
    SET("unknown_capability", RM, SLOT_CAPABILITIES, CAPABILITY_UNKNOWN, TOUCHES_SIGNED,
        "capabilitiesDeclared", "[\"camera.use\"]", "not in the schema"),
    DO("undeclared_capability", RM, SLOT_CAPABILITIES, CAPABILITY_UNDECLARED, TOUCHES_SIGNED,
       undeclared_capability, "used, but not declared"),
    DO("other_capabilities", RM, SLOT_CAPABILITIES, CAPABILITY_MANIFEST, TOUCHES_SIGNED,
       other_capabilities, "declared, but not in the dApp's manifest"),
    DO("fewer_capabilities", R, SLOT_CAPABILITIES, CAPABILITY_MANIFEST, TOUCHES_SIGNED,
       fewer_capabilities, "less than the dApp's manifest"),
    DO("unused_capability", R, SLOT_CAPABILITIES, CAPABILITY_MANIFEST, TOUCHES_SIGNED,
       unused_capability, "less used than the intent needs"),
    SET("unknown_dapp", RM, SLOT_DAPP, DAPP, TOUCHES_SIGNED, "dappId", "\"casino\"",
        "a dApp that there is not"),
    SET("other_dapp", R, SLOT_DAPP, DAPP, TOUCHES_SIGNED, "dappId", "\"federation\"",
        "a dApp that has not this intent"),
    DO("unknown_intent", R, SLOT_INTENT | SLOT_INPUT, DAPP, TOUCHES_INPUT, unknown_intent,
       "an intent that no dApp has"),
    /* step 7 */
    DO("older_parent", R, SLOT_PREVIOUS | SLOT_PARENT, STATE_ROOT_LINK, TOUCHES_SIGNED,
       older_parent, "its parent's parent as parent"),
    DO("null_parent", R, SLOT_PREVIOUS | SLOT_PARENT, STATE_ROOT_LINK, TOUCHES_SIGNED, null_parent,
       "a fork at genesis that is none"),
    SET("other_previous_root", RM, SLOT_PREVIOUS_ROOT, STATE_ROOT_LINK, TOUCHES_SIGNED,
        "previousStateRoot", "~", "not the parent's"),
    SET("other_payload", R, SLOT_INPUT, RESULT_HASH, TOUCHES_INPUT, ".raw", "\"forged!\"",
        "another inputPayload: other random numbers, another result"),
    SET("other_result", RM, SLOT_RESULT, RESULT_HASH, TOUCHES_SIGNED, "resultHash", "~",
        "not what execution gives"),
    SET("other_root", RM, SLOT_NEXT_ROOT, STATE_ROOT, TOUCHES_SIGNED, "nextStateRoot", "~",
        "not what execution gives"),
};
const size_t changes_receipt_count = sizeof changes_receipt / sizeof *changes_receipt;
