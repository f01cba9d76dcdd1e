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

int main(void)
{
    test_members();
    test_ends_of_hex();
    return check_done();
}
