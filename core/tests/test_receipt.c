// SPDX-License-Identifier: Apache-2.0
/*
 * The form of one receipt (§ 3): members missing, renamed, added or of another kind; and values that look, at the place
 * where hex would end, as if it ended there.
 */
#include "receipt.h"

#include <string.h>

#include "check.h"

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
static enum frame_status check(const char *name, const char *instead)
{
    char text[TEXT_BYTES_MAX] = "{";
    for (size_t i = 0; i < MEMBERS; i++) {
        char member[TEXT_BYTES_MAX / 4];
        (void)snprintf(member, sizeof member, "\"%s\":%s", good[i].name, good[i].value);
        const char *said = name != NULL && strcmp(good[i].name, name) == 0 ? instead : member;
        if (*said == '\0') continue;
        if (strlen(text) > 1) strcat(text, ",");
        strcat(text, said);
    }
    strcat(text, "}");
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
        (void)snprintf(text + strlen(text), 64, "\"%s\":%s", parts[i][0], value);
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

int main(void)
{
    test_members();
    test_ends_of_hex();
    test_names();
    test_escaped();
    test_payload_members();
    test_route();
    test_hex();
    return check_done();
}
