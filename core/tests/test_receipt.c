// SPDX-License-Identifier: Apache-2.0
/*
 * The form of one receipt (§ 3): members missing, renamed, added or of another kind; and values that look, at the place
 * where hex would end, as if it ended there.
 */
#include "receipt.h"

#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "json.h"

#define A16 "aaaaaaaaaaaaaaaa"
#define A64 A16 A16 A16 A16
#define A60 "aaaaaaaaaaaa" A16 A16 A16

enum { MEMBERS = 16, TEXT_BYTES_MAX = 4096 };

static const struct member {
    const char *name;
    const char *value;
} good[MEMBERS] = {
    {"capabilitiesDeclared", "[\"storage.read\",\"storage.write\"]"},
    {"capabilitiesUsed", "[\"storage.write\"]"},
    {"dappId", "\"notes\""},
    {"identity", "\"alice\""},
    {"inputHash", "\"" A64 "\""},
    {"inputPayload", "{\"action\":\"notes.create\",\"origin\":\"o\",\"payload\":{\"text\":\"t\"},"
                     "\"raw\":\"r\",\"timestamp\":1}"},
    {"intent", "\"notes.create\""},
    {"nextStateRoot", "\"" A64 "\""},
    {"previousReceiptHash", "null"},
    {"previousStateRoot", "\"" A64 "\""},
    {"publicKey", "\"" A64 "\""},
    {"receiptHash", "\"" A64 "\""},
    {"resultHash", "\"" A64 "\""},
    {"signature", "\"" A64 A64 "\""},
    {"timestamp", "1"},
    {"version", "2"},
};

/* The good receipt, one member of which is this text instead ("name":value); "": it is missing. */
static void write_receipt(char text[TEXT_BYTES_MAX], const char *name, const char *instead)
{
    strcpy(text, "{");
    for (size_t i = 0; i < MEMBERS; i++) {
        char member[TEXT_BYTES_MAX / 4];
        (void)snprintf(member, sizeof member, "\"%s\":%s", good[i].name, good[i].value);
        const char *said = name != NULL && strcmp(good[i].name, name) == 0 ? instead : member;
        if (*said == '\0') continue;
        if (strlen(text) > 1) strcat(text, ",");
        strcat(text, said);
    }
    strcat(text, "}");
}

static enum frame_status check(const char *name, const char *instead)
{
    char text[TEXT_BYTES_MAX];
    write_receipt(text, name, instead);
    return receipt_check((struct frame_span){(const uint8_t *)text, strlen(text)});
}

static void test_members(void)
{
    static const char *const others[] = {"true", "\"\"", "{}", "[1]", "-1"};
    CHECK(check(NULL, NULL) == FRAME_OK);
    for (size_t i = 0; i < MEMBERS; i++) {
        char text[TEXT_BYTES_MAX / 4];
        const char *name = good[i].name;
        CHECK_IN(name, check(name, "") == FRAME_FIELD_COUNT);
        (void)snprintf(text, sizeof text, "\"%s0\":%s", name, good[i].value);
        CHECK_IN(name, check(name, text) == FRAME_FIELD_ORDER);
        (void)snprintf(text, sizeof text, "\"%s\":%s,\"%s0\":1", name, good[i].value, name);
        CHECK_IN(name, check(name, text) == FRAME_FIELD_COUNT);
        for (size_t k = 0; k < sizeof others / sizeof *others; k++) {
            const bool number = strcmp(name, "version") == 0 && *others[k] == '-';
            (void)snprintf(text, sizeof text, "\"%s\":%s", name, others[k]);
            CHECK_IN(text, check(name, text) == (number ? FRAME_VERSION : FRAME_FIELD_TYPE));
        }
    }
    CHECK(check("version", "\"version\":2,\"z\":{\"z\":0}") == FRAME_FIELD_COUNT);
    CHECK(check("version", "\"version\":3") == FRAME_VERSION);
    CHECK(check("version", "\"version\":20") == FRAME_VERSION);
    CHECK(check("previousReceiptHash", "\"previousReceiptHash\":\"" A64 "\"") == FRAME_OK);
}

/* 66 bytes on from the quote there is another one, which is not the end of the hash. */
static void test_ends_of_hex(void)
{
    static const char *const type[] = {
        "\"" A60 "aa\\\"\"",  /* an escape of a quote stands there */
        "\"" A60 "aaa\\\\\"", /* one of a backslash before the end */
        "\"" A60 "\\u0001\"", /* digits of an escape */
        "\"" A60 "aaaG\"",    "\"" A60 "aaaA\"",  "\"" A60 "aaa`\"",
        "\"" A60 "aaa\"",     "\"" A60 "aaaaa\"", "[\"" A60 "a\"]",
    };
    char text[TEXT_BYTES_MAX / 4];
    for (size_t i = 0; i < sizeof type / sizeof *type; i++) {
        (void)snprintf(text, sizeof text, "\"inputHash\":%s", type[i]);
        CHECK_IN(text, check("inputHash", text) == FRAME_FIELD_TYPE);
        (void)snprintf(text, sizeof text, "\"previousReceiptHash\":%s", type[i]);
        CHECK_IN(text, check("previousReceiptHash", text) == FRAME_FIELD_TYPE);
    }
    /* and here it ends another member's value */
    static const char two[] = "\"aa\",\"inputHasi\":\"" A16 A16 "aaaaaaaaaaaaaaa\"";
    CHECK(strlen(two) == 66);
    (void)snprintf(text, sizeof text, "\"inputHash\":%s", two);
    CHECK(check("inputHash", text) == FRAME_FIELD_COUNT);
}

/* Every character that a name may have, and what none has. */
static void test_names(void)
{
    static const char *const wrong[] = {"", "a b", "a/b", "a\\nb", "\xc3\xa9", "a:"};
    char text[TEXT_BYTES_MAX / 4];
    CHECK(check("dappId", "\"dappId\":\"AZaz09._-\"") == FRAME_OK);
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        (void)snprintf(text, sizeof text, "\"dappId\":\"%s\"", wrong[i]);
        CHECK_IN(text, check("dappId", text) == FRAME_FIELD_TYPE);
    }
}

/* What is counted is a string's bytes once decoded, not those that its escapes take. */
static void test_escaped(void)
{
    char text[TEXT_BYTES_MAX / 4] = "\"identity\":\"";
    for (size_t i = 0; i < FRAME_IDENTITY_BYTES_MAX; i++)
        strcat(text, "\\n");
    const size_t length = strlen(text);
    CHECK(check("identity", strcat(text, "\"")) == FRAME_OK);
    text[length] = '\0';
    CHECK(check("identity", strcat(text, "\\n\"")) == FRAME_FIELD_TYPE);
}

/* An inputPayload with a member of this name that is another text; "": without it. */
static enum frame_status check_payload(const char *name, const char *instead)
{
    static const char *const parts[][2] = {{"action", "\"notes.create\""},
                                           {"origin", "\"o\""},
                                           {"payload", "{}"},
                                           {"raw", "\"r\""},
                                           {"timestamp", "1"}};
    char text[TEXT_BYTES_MAX / 4] = "\"inputPayload\":{";
    for (size_t i = 0; i < sizeof parts / sizeof *parts; i++) {
        const char *value = strcmp(parts[i][0], name) == 0 ? instead : parts[i][1];
        if (*value == '\0') continue;
        if (text[strlen(text) - 1] != '{') strcat(text, ",");
        (void)snprintf(text + strlen(text), 256, "\"%s\":%s", parts[i][0], value);
    }
    return check("inputPayload", strcat(text, "}"));
}

static void test_payload_members(void)
{
    static const char *const names[] = {"action", "origin", "payload", "raw", "timestamp"};
    static const char *const others[] = {"", "null", "true", "[]"};
    CHECK(check_payload("", "") == FRAME_OK);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        for (size_t k = 0; k < sizeof others / sizeof *others; k++)
            CHECK_IN(names[i], check_payload(names[i], others[k]) == FRAME_FIELD_TYPE);
    }
}

/* The id of a route is the end of an origin of 64 hex digits, and of no other. */
static void test_route(void)
{
    static const char *const none[] = {"{}",
                                       "{\"origin\":1}",
                                       "{\"origin\":[]}",
                                       "{\"origin\":\"" A60 "aaa\"}",
                                       "{\"origin\":\"" A64 "aa\"}",
                                       "{\"origin\":\"" A60 "aaaA\"}"};
    static const char good_one[] = "{\"origin\":\"" A16 A16 "bbbbbbbbbbbbbbbb" A16 "\"}";
    struct frame_span id = {NULL, 0};
    for (size_t i = 0; i < sizeof none / sizeof *none; i++) {
        const struct frame_span payload = {(const uint8_t *)none[i], strlen(none[i])};
        CHECK_IN(none[i], !payload_route(&id, payload) && id.bytes == NULL);
    }
    CHECK(payload_route(&id, (struct frame_span){(const uint8_t *)good_one, strlen(good_one)}));
    CHECK(id.length == 32 && memcmp(id.bytes, "bbbbbbbbbbbbbbbb" A16, 32) == 0);
}

/* Half a byte is no byte. */
static void test_hex(void)
{
    uint8_t bytes[2] = {7, 7};
    CHECK(!frame_hex_decode(bytes, 1, "abc", 3) && bytes[0] == 7);
    CHECK(!frame_hex_decode(bytes, 2, "abc", 3) && bytes[0] == 7);
    CHECK(frame_hex_decode(bytes, 1, "ab", 2) && bytes[0] == 0xab && bytes[1] == 7);
    /* nor does anything of a long text go before the fault at its end */
    static const char digits[] = A64 A64 A64 "a";
    uint8_t many[(sizeof digits - 1) / 2 + 1] = {7};
    CHECK(!frame_hex_decode(many, sizeof many, A64 A64 A64 "aG", 2 * sizeof many));
    CHECK(many[0] == 7);
    CHECK(frame_hex_decode(many, sizeof many, A64 A64 A64 "aa", 2 * sizeof many));
    CHECK(many[0] == 0xaa && many[sizeof many - 1] == 0xaa);
}

/* Each byte at each place of a hash. */
static void test_hex_bytes(void)
{
    char digits[] = A64;
    for (size_t i = 0; i < 64; i++) {
        for (unsigned byte = 0; byte < 256; byte++) {
            static const char all[] = "0123456789abcdef";
            uint8_t bytes[32] = {0};
            digits[i] = (char)byte;
            const char *found = byte == 0 ? NULL : strchr(all, (int)byte);
            CHECK(frame_hex_decode(bytes, 32, digits, 64) == (found != NULL));
            if (found == NULL) {
                CHECK(bytes[i / 2] == 0);
                continue;
            }
            const unsigned value = (unsigned)(found - all);
            CHECK(bytes[i / 2] == (i % 2 == 0 ? value << 4 | 0xa : 0xa0 | value));
        }
        digits[i] = 'a';
    }
}

/* § 3: an inputPayload has 28 containers in one another, and no more, wherever they are. */
static void test_depth(void)
{
    for (size_t depth = 3; depth <= FRAME_DEPTH_MAX;
         depth++) { /* of inputPayload; in a receipt, in an array */
        char value[2 * FRAME_DEPTH_MAX + 8] = "{\"\":";
        const size_t arrays = depth - 2;
        const size_t begin = strlen(value);
        const bool fits = depth <= FRAME_PAYLOAD_DEPTH_MAX;
        memset(value + begin, '[', arrays);
        memset(value + begin + arrays, ']', arrays);
        strcpy(value + begin + 2 * arrays, "}");
        CHECK(check_payload("payload", value) == (fits                           ? FRAME_OK
                                                  : depth + 2 <= FRAME_DEPTH_MAX ? FRAME_FIELD_TYPE
                                                                                 : FRAME_LIMIT));
    }
}

/* A receipt of the greatest length, and one that is a byte longer. */
static void test_length(void)
{
    char text[TEXT_BYTES_MAX];
    static char stretched[FRAME_RECEIPT_BYTES_MAX + 2];
    write_receipt(text, NULL, NULL);
    const char *at = strstr(text, "alice");
    if (at == NULL) abort();
    const size_t before = (size_t)(at - text);
    const size_t more = FRAME_RECEIPT_BYTES_MAX - strlen(text);
    for (size_t i = 0; i < 2; i++) {
        memcpy(stretched, text, before);
        memset(stretched + before, 'a', more + i);
        strcpy(stretched + before + more + i, at);
        const struct frame_span whole = {(const uint8_t *)stretched, strlen(stretched)};
        CHECK(receipt_check(whole) == (i == 0 ? FRAME_FIELD_TYPE : FRAME_LIMIT));
    }
}

/* ---- At a glance ---- */

static bool same_span(struct frame_span a, struct frame_span b)
{
    return a.length == b.length && (a.length == 0 || a.bytes == b.bytes);
}

static bool same_fields(const struct receipt_fields *a, const struct receipt_fields *b)
{
    bool same = same_span(a->declared, b->declared) && same_span(a->used, b->used) &&
                same_span(a->dapp, b->dapp) && same_span(a->identity, b->identity) &&
                same_span(a->payload, b->payload) && same_span(a->intent, b->intent) &&
                same_span(a->inner.action, b->inner.action) &&
                same_span(a->inner.network, b->inner.network) &&
                same_span(a->inner.origin, b->inner.origin) &&
                same_span(a->inner.payload, b->inner.payload) &&
                same_span(a->inner.raw, b->inner.raw);
    for (size_t i = 0; i < 3; i++)
        same = same && same_span(a->signable[i], b->signable[i]);
    return same && a->timestamp_s == b->timestamp_s &&
           a->inner.timestamp_s == b->inner.timestamp_s && a->has_previous == b->has_previous &&
           frame_hash_compare(&a->input_hash, &b->input_hash) == 0 &&
           frame_hash_compare(&a->next_root, &b->next_root) == 0 &&
           frame_hash_compare(&a->previous, &b->previous) == 0 &&
           frame_hash_compare(&a->previous_root, &b->previous_root) == 0 &&
           frame_hash_compare(&a->receipt_hash, &b->receipt_hash) == 0 &&
           frame_hash_compare(&a->result_hash, &b->result_hash) == 0 &&
           memcmp(a->public_key.bytes, b->public_key.bytes, 32) == 0 &&
           memcmp(a->signature, b->signature, 64) == 0;
}

/* What is read at a glance is what the checker and the walk make of it. True where it has that shape. */
static bool check_shape(const char *text, size_t length)
{
    static const enum frame_mode modes[] = {FRAME_MODE_FULL, FRAME_MODE_STRUCTURAL};
    const struct frame_span item = {(const uint8_t *)text, length};
    struct receipt_shape shape;
    struct receipt_fields glanced;
    struct receipt_fields walked;
    size_t end = 0;
    size_t offset;
    const size_t skimmed = receipt_skim(&shape, item.bytes, length, 0);
    const enum frame_status status =
        json_check_value(&end, &offset, item.bytes, length, 0, 1, FRAME_RECEIPT_BYTES_MAX);
    if (skimmed > 0) CHECK_IN(text, status == FRAME_OK && end == skimmed);
    if (skimmed != length || length == 0) return false;
    for (size_t i = 0; i < 2; i++) {
        const enum frame_status by_shape = receipt_read_shaped(&glanced, item, &shape, modes[i]);
        CHECK_IN(text, by_shape == receipt_read_shaped(&walked, item, NULL, modes[i]));
        CHECK_IN(text, by_shape != FRAME_OK || same_fields(&glanced, &walked));
    }
    return true;
}

/* Each byte of this receipt another one, missing, there twice; and cut off before it. How many still have the shape. */
static size_t check_changes(const char *name, const char *instead)
{
    static const char bytes[] = "\"\\{}[],:a0- F_\x01\x1f\x7f\x80\xc3\xff";
    char text[TEXT_BYTES_MAX];
    char changed[TEXT_BYTES_MAX + 1];
    size_t shaped = 0;
    write_receipt(text, name, instead);
    const size_t length = strlen(text);
    CHECK(check_shape(text, length));
    for (size_t i = 0; i < length; i++) {
        CHECK(!check_shape(text, i));
        memcpy(changed, text, length + 1);
        for (size_t k = 0; k < sizeof bytes; k++) {
            changed[i] = bytes[k];
            shaped += check_shape(changed, length);
        }
        memcpy(changed + i, text + i + 1, length - i);
        shaped += check_shape(changed, length - 1);
        memcpy(changed + i + 1, text + i, length - i);
        changed[i] = text[i];
        shaped += check_shape(changed, length + 1);
    }
    return shaped;
}

static void test_shape(void)
{
    static const char deep[] =
        "\"inputPayload\":{\"action\":\"notes.create\",\"origin\":\"\",\"payload\":{\"b\":[1,{}],"
        "\"c\":\"\\n\xc3\xa9\"},\"raw\":\"\\u0001\",\"timestamp\":9007199254740991}";
    static const char fetched[] = "\"inputPayload\":{\"action\":\"feed.fetch\","
                                  "\"networkResponses\":[],\"origin\":\"\",\"payload\":{},"
                                  "\"raw\":\"\",\"timestamp\":1}";
    static const char known[] = "\"capabilitiesUsed\":[\"storage.read\",\"wallet.send\"]";
    struct receipt_shape shape;
    char text[TEXT_BYTES_MAX];
    CHECK(check_changes(NULL, NULL) > 0);
    CHECK(check_changes("inputPayload", deep) > 0);
    CHECK(check_changes("inputPayload", fetched) > 0);
    CHECK(check_changes("capabilitiesUsed", "\"capabilitiesUsed\":[]") > 0);
    CHECK(check_changes("capabilitiesUsed", "\"capabilitiesUsed\":[\"a\"]") > 0);
    write_receipt(text, "capabilitiesUsed", known);
    CHECK(receipt_skim(&shape, (const uint8_t *)text, strlen(text), 0) == strlen(text));
    CHECK(shape.sets_known && shape.declared_set == (1U << 9 | 1U << 10) &&
          shape.used_set == (1U << 9 | 1U << 13));
    write_receipt(text, "capabilitiesUsed", "\"capabilitiesUsed\":[\"storage.reap\"]");
    CHECK(receipt_skim(&shape, (const uint8_t *)text, strlen(text), 0) == strlen(text));
    CHECK(!shape.sets_known);
}

int main(void)
{
    test_members();
    test_ends_of_hex();
    test_names();
    test_escaped();
    test_payload_members();
    test_route();
    test_hex();
    test_hex_bytes();
    test_depth();
    test_length();
    test_shape();
    return check_done();
}
