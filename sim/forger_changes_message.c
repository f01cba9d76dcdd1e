// SPDX-License-Identifier: Apache-2.0
/* What can be changed in attestations, bodies, pages and envelopes (§ 11, 12), and in JSON as such (§ 2). */
#include <string.h>

#include "core/json.h"
#include "sim/forger_change.h"

/* ---- Lists of hashes ---- */

static void add_hash(struct buffer *list, const struct frame_hash *hash)
{
    buffer_text(list, list->length == 0 ? "[\"" : ",\"");
    buffer_hex(list, hash->bytes, sizeof hash->bytes);
    buffer_text(list, "\"");
}

static bool put_many(struct bench *bench, const char *member, size_t count)
{
    struct buffer list;
    buffer_init(&list, &bench->shop->allocator);
    for (size_t i = 0; i < count; i++) {
        const struct frame_hash hash = shop_nobody(bench->shop, i);
        add_hash(&list, &hash);
    }
    buffer_text(&list, "]");
    bench_put(bench, member, buffer_view(&list));
    buffer_free(&list);
    return true;
}

static bool have_129(struct bench *bench)
{
    return put_many(bench, "have", FRAME_HAVE_MAX + 1);
}

static bool want_1025(struct bench *bench)
{
    return put_many(bench, "want", FRAME_ATTEST_HEADS_MAX + 1);
}

static bool want_unknown(struct bench *bench)
{
    return put_many(bench, "want", 1);
}

static bool have_unknown(struct bench *bench)
{
    return put_many(bench, "have", FRAME_HAVE_MAX);
}

/* Its first hash twice. */
static bool repeat(struct bench *bench, const char *member)
{
    struct frame_span array;
    struct frame_hash hash;
    struct buffer list;
    if (!json_member(buffer_view(&bench->text), &array, member) || json_count(array) == 0)
        return false;
    frame_hash_array_at(&hash, array, 0);
    buffer_init(&list, &bench->shop->allocator);
    add_hash(&list, &hash);
    add_hash(&list, &hash);
    buffer_text(&list, "]");
    bench_put(bench, member, buffer_view(&list));
    buffer_free(&list);
    return true;
}

static bool have_repeats(struct bench *bench)
{
    return repeat(bench, "have");
}

static bool want_repeats(struct bench *bench)
{
    return repeat(bench, "want");
}

/* The first, and all but the last of more; and behind them what nobody has. */
static bool want_other_last(struct bench *bench)
{
    struct frame_span array;
    struct buffer list;
    const struct frame_hash nobody = shop_nobody(bench->shop, 0);
    const size_t count =
        json_member(buffer_view(&bench->text), &array, "want") ? json_count(array) : 0;
    if (count == 0) return false;
    buffer_init(&list, &bench->shop->allocator);
    for (size_t i = 0; i == 0 || i + 1 < count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, array, i);
        add_hash(&list, &hash);
    }
    add_hash(&list, &nobody);
    buffer_text(&list, "]");
    bench_put(bench, "want", buffer_view(&list));
    buffer_free(&list);
    return true;
}

static bool want_nothing(struct bench *bench)
{
    bench_put(bench, "want", span_of("[]"));
    bench_put(bench, "after", span_of("null"));
    return true;
}

static bool unknown_after(struct bench *bench)
{
    struct buffer token;
    buffer_init(&token, &bench->shop->allocator);
    buffer_text(&token, "\"");
    buffer_hex(&token, bench->shop->nobody.bytes, sizeof bench->shop->nobody.bytes);
    buffer_text(&token, "\"");
    bench_put(bench, "after", buffer_view(&token));
    buffer_free(&token);
    return true;
}

/* ---- Attestations ---- */

static bool attested_other_key(struct bench *bench)
{
    struct buffer token;
    buffer_init(&token, &bench->shop->allocator);
    buffer_text(&token, "\"");
    buffer_hex(&token, bench->shop->own_key.bytes, sizeof bench->shop->own_key.bytes);
    buffer_text(&token, "\"");
    bench_put(bench, "identityPublicKey", buffer_view(&token));
    buffer_free(&token);
    return true;
}

static bool one_more(struct bench *bench)
{
    struct frame_span value;
    struct buffer text;
    int64_t count;
    if (!json_member(buffer_view(&bench->text), &value, "receiptCount") ||
        !json_integer(value, &count))
        return false;
    buffer_init(&text, &bench->shop->allocator);
    buffer_integer(&text, count + 1);
    bench_put(bench, "receiptCount", buffer_view(&text));
    buffer_free(&text);
    return true;
}

/* The heads become these, and the commitment is theirs. */
static void commit(struct bench *bench, const struct buffer *list)
{
    struct frame_hash commitment;
    struct buffer token;
    frame_sha256_of(frame_crypto_libsodium(), &commitment, list->bytes, list->length);
    buffer_init(&token, &bench->shop->allocator);
    buffer_text(&token, "\"");
    buffer_hex(&token, commitment.bytes, sizeof commitment.bytes);
    buffer_text(&token, "\"");
    bench_put(bench, "receiptChainCommitment", buffer_view(&token));
    buffer_clear(bench->heads);
    buffer_span(bench->heads, buffer_view(list));
    buffer_free(&token);
}

/* The heads with one more in its place; false where that is among them, or there are very many. */
static bool add_head(struct bench *bench, const struct frame_hash *more, bool ascending)
{
    struct buffer list;
    bool added = false;
    const struct frame_span heads = buffer_view(bench->heads);
    const size_t count = json_count(heads);
    if (count == 0 || count == FRAME_ATTEST_HEADS_MAX) return false;
    buffer_init(&list, &bench->shop->allocator);
    for (size_t i = 0; i < count; i++) {
        struct frame_hash head;
        frame_hash_array_at(&head, heads, i);
        const int order = frame_hash_compare(more, &head);
        if (!added && (order < 0) == ascending) {
            add_hash(&list, more);
            added = true;
        }
        add_hash(&list, &head);
    }
    if (!added) add_hash(&list, more);
    buffer_text(&list, "]");
    commit(bench, &list);
    buffer_free(&list);
    return true;
}

static bool unheld_head(struct bench *bench)
{
    return add_head(bench, &bench->shop->nobody, true);
}

static bool heads_unsorted(struct bench *bench)
{
    return add_head(bench, &bench->shop->nobody, false);
}

static bool attested_ancestor(struct bench *bench)
{
    struct frame_hash head;
    struct frame_receipt receipt;
    if (bench->shop->base == NULL || json_count(buffer_view(bench->heads)) != 1) return false;
    frame_hash_array_at(&head, buffer_view(bench->heads), 0);
    return frame_chain_find(bench->shop->base, &receipt, &head) && receipt.parent_count > 0 &&
           add_head(bench, &receipt.parents[0], true);
}

static bool heads_1025(struct bench *bench)
{
    struct buffer list;
    buffer_init(&list, &bench->shop->allocator);
    for (size_t i = 0; i <= FRAME_ATTEST_HEADS_MAX; i++) {
        const struct frame_hash hash = shop_nobody(bench->shop, i);
        add_hash(&list, &hash);
    }
    buffer_text(&list, "]");
    commit(bench, &list);
    buffer_free(&list);
    return true;
}

static bool heads_not_hex(struct bench *bench)
{
    buffer_clear(bench->heads);
    buffer_text(bench->heads, "[\"mine\"]");
    return true;
}

static bool heads_object(struct bench *bench)
{
    buffer_clear(bench->heads);
    buffer_text(bench->heads, "{}");
    return true;
}

/* ---- Bodies ---- */

static bool body_member_less(struct bench *bench)
{
    static const char *const names[] = {"heads", "have", "remaining", "code"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        struct frame_span value;
        if (!json_member(buffer_view(&bench->text), &value, names[i])) continue;
        bench_put(bench, names[i], (struct frame_span){NULL, 0});
        return true;
    }
    return false;
}

/* Its receipts become `count` times this. */
static bool put_receipts(struct bench *bench, const char *item, size_t count)
{
    struct buffer list;
    buffer_init(&list, &bench->shop->allocator);
    buffer_text(&list, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buffer_text(&list, ",");
        buffer_text(&list, item);
    }
    buffer_text(&list, "]");
    bench_put(bench, "receipts", buffer_view(&list));
    buffer_free(&list);
    return true;
}

static bool receipts_257(struct bench *bench)
{
    return put_receipts(bench, "0", FRAME_PAGE_RECEIPTS_MAX + 1);
}

/* Over 1 MiB: 128 of 8 KiB, with their quotes and commas. */
static bool receipts_long(struct bench *bench)
{
    enum { ITEM = 8192 };
    char *item = world_take(bench->shop->world, ITEM + 1);
    memset(item, 'x', ITEM);
    item[0] = item[ITEM - 1] = '"';
    item[ITEM] = '\0';
    const bool put = put_receipts(bench, item, FRAME_PAGE_BYTES_MAX / ITEM);
    world_give(bench->shop->world, item, ITEM + 1);
    return put;
}

static bool empty_page(struct bench *bench)
{
    bench_put(bench, "receipts", span_of("[]"));
    bench_put(bench, "remaining", span_of("1"));
    return true;
}

/* ---- Envelopes ---- */

static bool other_from(struct bench *bench)
{
    struct buffer token;
    buffer_init(&token, &bench->shop->allocator);
    buffer_text(&token, "\"");
    buffer_hex(&token, bench->shop->own_key.bytes, sizeof bench->shop->own_key.bytes);
    buffer_text(&token, "\"");
    bench_put(bench, "from", buffer_view(&token));
    buffer_free(&token);
    return true;
}

/* The neutral point as key, B as R and 1 as S: [S]B = R + [h]A for every message. */
static bool small_order_from(struct bench *bench)
{
    bench_put(bench, "from",
              span_of("\"0100000000000000000000000000000000000000000000000000000000000000\""));
    bench_put(bench, "signature",
              span_of("\"5866666666666666666666666666666666666666666666666666666666666666"
                      "0100000000000000000000000000000000000000000000000000000000000000\""));
    return true;
}

static bool changed_body(struct bench *bench)
{
    struct frame_span body;
    struct bench inner = {.shop = bench->shop};
    if (!json_member(buffer_view(&bench->text), &body, "body")) return false;
    buffer_init(&inner.text, &bench->shop->allocator);
    buffer_span(&inner.text, body);
    bench_put(&inner, "zz", span_of("0"));
    bench_put(bench, "body", buffer_view(&inner.text));
    buffer_free(&inner.text);
    return true;
}

static bool cut_short(struct bench *bench)
{
    bench->text.length /= 2;
    return true;
}

static bool emptied(struct bench *bench)
{
    buffer_clear(&bench->text);
    return true;
}

/* ---- The list ---- */

#define A   (UINT32_C(1) << FORGED_ATTEST)
#define Q   (UINT32_C(1) << FORGED_REQUEST)
#define P   (UINT32_C(1) << FORGED_PAGE)
#define J   (UINT32_C(1) << FORGED_REJECT)
#define E   (UINT32_C(1) << FORGED_ENVELOPE)
#define R   (UINT32_C(1) << FORGED_RECEIPT)
#define M   (UINT32_C(1) << FORGED_MERGE)
#define PR  (P | R | M)
#define ALL (A | Q | P | J | R | M)
#define SET(stage, name, subjects, slots, rule, touches, member, value, what)                 \
    {                                                                                         \
        name, subjects, slots, RULE_##rule, RULE_NONE, touches, STAGE_##stage, member, value, \
            NULL, what                                                                        \
    }
#define DO(stage, name, subjects, slots, rule, touches, apply, what)                              \
    {                                                                                             \
        name, subjects, slots, RULE_##rule, RULE_NONE, touches, STAGE_##stage, NULL, NULL, apply, \
            what                                                                                  \
    }
#define LIST(name, rule, trick, what)                                                            \
    {                                                                                            \
        name, P, SLOT_LIST, RULE_##rule, RULE_NONE, TRICK_##trick, STAGE_LIST, NULL, NULL, NULL, \
            what                                                                                 \
    }
/* Puts a member "!" of this value into a receipt or a body: no part of the message is JSON then. */
#define SPOIL(name, in_file, value, what)                                                      \
    {                                                                                          \
        name, ALL | E, SLOT_TEXT | SLOT_MEMBERS, RULE_ENVELOPE, RULE_##in_file, 0, STAGE_BODY, \
            NULL, value, NULL, what                                                            \
    }

const struct change changes_message[] = {
    /* attestations */
    SET(ATTESTATION, "capability_version", A, SLOT_VERSION, ATTESTATION_VERSION, TOUCHES_SIGNED,
        "capabilityVersion", "3", "another capability schema"),
    SET(ATTESTATION, "protocol_version", A, SLOT_VERSION, ATTESTATION_VERSION, TOUCHES_SIGNED,
        "protocolVersion", "\"2.3.0\"", "another protocol"),
    SET(ATTESTATION, "receipt_version", A, SLOT_VERSION, ATTESTATION_VERSION, TOUCHES_SIGNED,
        "receiptVersion", "1", "another version of receipts"),
    SET(ATTESTATION, "root_version", A, SLOT_VERSION, ATTESTATION_VERSION, TOUCHES_SIGNED,
        "stateRootVersion", "2", "another version of state roots"),
    SET(ATTESTATION, "attestation_version", A, SLOT_VERSION, ATTESTATION_VERSION, TOUCHES_SIGNED,
        "version", "\"1\"", "a version that is a string"),
    SET(ATTESTATION, "version_missing", A, SLOT_VERSION, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "protocolVersion", NULL, "a version less"),
    SET(ATTESTATION, "attested_extra", A, SLOT_MEMBERS, ATTESTATION_FORMAT, TOUCHES_SIGNED, "zz",
        "0", "12 fields"),
    SET(ATTESTATION, "attested_time_missing", A, SLOT_TIME, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "timestamp", NULL, "10 fields"),
    SET(ATTESTATION, "attested_time_string", A, SLOT_TIME, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "timestamp", "\"now\"", "no integer"),
    SET(ATTESTATION, "attested_time_negative", A, SLOT_TIME, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "timestamp", "-1", "before 1970"),
    SET(ATTESTATION, "attested_long_ago", A, SLOT_TIME, NONE, TOUCHES_SIGNED, "timestamp", "0",
        "in 1970: good, where the key signs it"),
    SET(ATTESTATION, "attested_key_upper", A, SLOT_KEY, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "identityPublicKey", "^", "an upper-case digit"),
    DO(ATTESTATION, "attested_other_key", A, SLOT_KEY, ATTESTATION_IDENTITY, TOUCHES_SIGNED,
       attested_other_key, "another identity's"),
    SET(ATTESTATION, "count_string", A, SLOT_COUNT, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "receiptCount", "\"1\"", "no integer"),
    SET(ATTESTATION, "count_negative", A, SLOT_COUNT, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "receiptCount", "-1", "less than none"),
    DO(ATTESTATION, "count_more", A, SLOT_COUNT, ATTESTATION_COUNT, TOUCHES_SIGNED, one_more,
       "a receipt too many"),
    SET(ATTESTATION, "attested_root_short", A, SLOT_NEXT_ROOT, ATTESTATION_FORMAT, TOUCHES_SIGNED,
        "stateRoot", "\"00\"", "no 64 digits"),
    SET(ATTESTATION, "attested_root_other", A, SLOT_NEXT_ROOT, ATTESTATION_ROOT, TOUCHES_SIGNED,
        "stateRoot", "~", "another state root"),
    SET(ATTESTATION, "commitment_missing", A, SLOT_COMMITMENT | SLOT_HEADS, HEADS_COMMITTED,
        TOUCHES_SIGNED, "receiptChainCommitment", NULL, "none"),
    SET(ATTESTATION, "commitment_other", A, SLOT_COMMITMENT | SLOT_HEADS, HEADS_COMMITTED,
        TOUCHES_SIGNED, "receiptChainCommitment", "~", "not that of the heads"),
    DO(ATTESTATION, "heads_unsorted", A, SLOT_COMMITMENT | SLOT_HEADS, MESSAGE, TOUCHES_SIGNED,
       heads_unsorted, "not ascending"),
    DO(ATTESTATION, "heads_1025", A, SLOT_COMMITMENT | SLOT_HEADS, MESSAGE, TOUCHES_SIGNED,
       heads_1025, "too many"),
    DO(ATTESTATION, "attested_not_hex", A, SLOT_COMMITMENT | SLOT_HEADS, MESSAGE, 0, heads_not_hex,
       "heads that are no hashes"),
    DO(ATTESTATION, "attested_no_array", A, SLOT_COMMITMENT | SLOT_HEADS, MESSAGE, 0, heads_object,
       "heads that are no array"),
    DO(ATTESTATION, "unheld_head", A, SLOT_COMMITMENT | SLOT_HEADS, ATTESTATION_COUNT,
       TOUCHES_SIGNED, unheld_head, "a head that nobody has"),
    DO(ATTESTATION, "attested_ancestor", A, SLOT_COMMITMENT | SLOT_HEADS, ATTESTATION_COMMITMENT,
       TOUCHES_SIGNED, attested_ancestor, "a head that is an ancestor of another"),
    SET(ATTESTATION_SIGNED, "attested_signature_upper", A, SLOT_SIGNATURE, ATTESTATION_FORMAT, 0,
        "signature", "^", "an upper-case digit"),
    SET(ATTESTATION_SIGNED, "attested_signature_missing", A, SLOT_SIGNATURE, ATTESTATION_FORMAT, 0,
        "signature", NULL, "none"),
    /* bodies; those of pages around a forged receipt as well */
    SET(BODY, "extra_member", ALL, SLOT_BODY_MEMBERS, MESSAGE, 0, "zz", "0", "a member more"),
    DO(BODY, "missing_member", ALL, SLOT_BODY_MEMBERS | SLOT_HAVE | SLOT_REMAINING | SLOT_BODY,
       MESSAGE, 0, body_member_less, "a member less"),
    SET(BODY, "unknown_type", ALL, SLOT_TYPE, MESSAGE, 0, "type", "\"rumour\"",
        "a type that there is not"),
    SET(BODY, "type_number", ALL, SLOT_TYPE, MESSAGE, 0, "type", "7", "a type that is no string"),
    SET(BODY, "type_missing", ALL, SLOT_TYPE, MESSAGE, 0, "type", NULL, "no type"),
    SET(BODY, "code_number", J, SLOT_BODY, MESSAGE, 0, "code", "7", "a code that is no string"),
    SET(BODY, "have_string", Q, SLOT_HAVE, MESSAGE, 0, "have", "\"all\"", "no array"),
    DO(BODY, "have_repeats", Q, SLOT_HAVE, MESSAGE, 0, have_repeats, "a hash twice"),
    DO(BODY, "have_129", Q, SLOT_HAVE, MESSAGE, 0, have_129, "too many"),
    DO(BODY, "have_unknown", Q, SLOT_HAVE, NONE, 0, have_unknown,
       "128 hashes that nobody has: passed over"),
    SET(BODY, "want_not_hex", Q | PR, SLOT_WANT, MESSAGE, 0, "want", "[\"all\"]", "no hashes"),
    DO(BODY, "want_1025", Q | PR, SLOT_WANT, MESSAGE, 0, want_1025, "too many"),
    DO(BODY, "want_unknown", Q, SLOT_WANT, UNKNOWN, 0, want_unknown, "what nobody has"),
    DO(BODY, "want_repeats", Q, SLOT_WANT, NONE, 0, want_repeats, "a hash twice: as good as once"),
    DO(BODY, "want_nothing", Q, SLOT_WANT | SLOT_AFTER, NONE, 0, want_nothing,
       "nothing: that is what comes"),
    DO(BODY, "other_want", PR, SLOT_WANT, UNASKED, 0, want_unknown,
       "a page of what was not asked for"),
    DO(BODY, "other_last_want", PR, SLOT_WANT, UNASKED, 0, want_other_last,
       "a page of the first head that was asked for, and of another one"),
    SET(BODY, "after_not_hex", Q | PR, SLOT_AFTER, MESSAGE, 0, "after", "\"the last\"", "no hash"),
    DO(BODY, "after_unknown", Q, SLOT_AFTER, UNKNOWN, 0, unknown_after,
       "behind a receipt that nobody has"),
    DO(BODY, "other_after", PR, SLOT_AFTER, UNASKED, 0, unknown_after,
       "a page behind another receipt than was asked for"),
    SET(BODY, "remaining_negative", PR, SLOT_REMAINING, MESSAGE, 0, "remaining", "-1",
        "less than none remain"),
    SET(BODY, "remaining_string", PR, SLOT_REMAINING, MESSAGE, 0, "remaining", "\"all\"",
        "no integer"),
    DO(BODY, "receipts_257", P, SLOT_LIST, MESSAGE, 0, receipts_257, "257 receipts"),
    DO(BODY, "receipts_long", P, SLOT_LIST, MESSAGE, 0, receipts_long, "over 1 MiB"),
    SET(BODY, "receipts_object", P, SLOT_LIST, MESSAGE, 0, "receipts", "{}", "no array"),
    DO(BODY, "empty_page", P, SLOT_LIST | SLOT_REMAINING | SLOT_BODY_MEMBERS, MESSAGE, 0,
       empty_page, "no receipts, and more to come"),
    /* the receipts of a page */
    LIST("item_number", FIELD_TYPE, NUMBER, "an item that is no object"),
    LIST("item_twice", DUPLICATE, DOUBLE, "a receipt twice"),
    LIST("children_first", LINK, REVERSE, "a receipt before its parent"),
    LIST("hole", LINK, HOLE, "a receipt is left out, its child is there"),
    LIST("cut_off", ATTESTATION_COUNT, CUT, "the last receipts are left out, and none remain"),
    LIST("item_foreign", IDENTITY, FOREIGN,
         "a receipt of another identity, with its own good signature"),
    /* envelopes */
    SET(SEALED, "version_2", E, SLOT_VERSION, ENVELOPE, 0, "version", "2", "another version"),
    SET(SEALED, "sealed_extra", E, SLOT_BODY_MEMBERS, ENVELOPE, 0, "zz", "0", "a member more"),
    SET(SEALED, "unsealed", E, SLOT_SIGNATURE, ENVELOPE, 0, "signature", NULL, "no signature"),
    SET(SEALED, "seal_upper", E, SLOT_SIGNATURE, ENVELOPE, 0, "signature", "^",
        "an upper-case digit"),
    SET(SEALED, "from_upper", E, SLOT_KEY, ENVELOPE, 0, "from", "^", "an upper-case digit"),
    DO(SEALED, "other_from", E, SLOT_KEY, ENVELOPE, 0, other_from, "another's key"),
    DO(SEALED, "small_order_from", E, SLOT_KEY | SLOT_SIGNATURE, ENVELOPE, 0, small_order_from,
       "a key and a signature that verify for every message"),
    SET(SEALED, "non_canonical_from", E, SLOT_KEY, ENVELOPE, 0, "from",
        "\"eeffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f\"",
        "a key that is not written as it should be: 2^255-18"),
    SET(SEALED, "body_array", E, SLOT_BODY | SLOT_TEXT, ENVELOPE, 0, "body", "[]",
        "a body that is no object"),
    DO(SEALED, "changed_body", E, SLOT_BODY, ENVELOPE, 0, changed_body, "not sealed anew"),
    DO(SEALED, "cut_short", E, SLOT_TEXT, ENVELOPE, 0, cut_short, "the second half is missing"),
    DO(SEALED, "emptied", E, SLOT_TEXT, ENVELOPE, 0, emptied, "no bytes"),
    /* JSON (§ 2) */
    SPOIL("white_space", JSON_NOT_CANONICAL, "\"!\": null", "a space"),
    SPOIL("key_twice", JSON_NOT_CANONICAL, "\"!\":null,\"!\":null", "a key twice"),
    SPOIL("keys_unsorted", JSON_NOT_CANONICAL, "\"!\":{\"b\":0,\"a\":0}", "keys not in order"),
    SPOIL("index_keys_unsorted", JSON_NOT_CANONICAL, "\"!\":{\"10\":0,\"9\":0}",
          "array indices in the order of strings [E1]"),
    SPOIL("keys_by_bytes", JSON_NOT_CANONICAL, "\"!\":{\"\xef\xbd\xa1\":0,\"\xf0\x90\x80\x80\":0}",
          "keys in the order of UTF-8, not UTF-16"),
    SPOIL("proto_key", JSON_NOT_CANONICAL, "\"!\":{\"__proto__\":0}", "the key that vanishes [E2]"),
    SPOIL("float", JSON_NOT_CANONICAL, "\"!\":0.5", "a fraction"),
    SPOIL("exponent", JSON_NOT_CANONICAL, "\"!\":1e3", "an exponent"),
    SPOIL("minus_zero", JSON_NOT_CANONICAL, "\"!\":-0", "minus zero"),
    SPOIL("integer_out_of_range", JSON_NOT_CANONICAL, "\"!\":9007199254740992", "2^53"),
    SPOIL("needless_escape", JSON_NOT_CANONICAL, "\"!\":\"\\/\"", "an escaped slash"),
    SPOIL("upper_case_escape", JSON_NOT_CANONICAL, "\"!\":\"\\u001F\"", "upper-case hex"),
    SPOIL("lone_surrogate", JSON_NOT_CANONICAL, "\"!\":\"\\ud800\"", "half of a pair"),
    SPOIL("leading_zero", JSON_SYNTAX, "\"!\":01", "a leading zero"),
    SPOIL("trailing_comma", JSON_SYNTAX, "\"!\":[1,]", "a comma too many"),
    SPOIL("bad_utf8", JSON_SYNTAX, "\"!\":\"\xff\"", "a byte that begins no character"),
    SPOIL("overlong_utf8", JSON_SYNTAX, "\"!\":\"\xc0\xaf\"", "a slash in two bytes"),
    SPOIL("control_character", JSON_SYNTAX, "\"!\":\"\x01\"", "a control character as it is"),
    SPOIL("no_quotes", JSON_SYNTAX, "\"!\":nul", "a word that there is not"),
    SPOIL("too_deep", LIMIT,
          "\"!\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[0]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]",
          "32 containers in one"),
};
const size_t changes_message_count = sizeof changes_message / sizeof *changes_message;
