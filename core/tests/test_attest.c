// SPDX-License-Identifier: Apache-2.0
/* Attestations (§ 11) and commitments (§ 7): every error, every small damage, every comparison. */
#include "core/frame.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "message.h"

/* The fields in canonical order, as text that a case changes one or two of. */
enum {
    CAPABILITY_VERSION,
    IDENTITY,
    PROTOCOL_VERSION,
    COMMITMENT,
    COUNT,
    RECEIPT_VERSION,
    SIGNATURE,
    ROOT,
    ROOT_VERSION,
    TIMESTAMP,
    VERSION,
    FIELDS
};
static const char *const names[FIELDS] = {
    "capabilityVersion", "identityPublicKey", "protocolVersion", "receiptChainCommitment",
    "receiptCount",      "receiptVersion",    "signature",       "stateRoot",
    "stateRootVersion",  "timestamp",         "version"};

#define HEX_A "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\""
#define HEX_B "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\""

enum { TEXT_MAX = 4096 };

static const struct frame_crypto *crypto;
static struct frame_secret_key secret;
static struct frame_secret_key other_secret;
static struct frame_public_key key;
static char key_token[67];
static char other_key_token[67];

static void token_of(char token[67], const struct frame_public_key *from)
{
    token[0] = '"';
    frame_hex_encode(token + 1, from->bytes, 32);
    token[65] = '"';
    token[66] = 0;
}

static void set_up(void)
{
    static const uint8_t seed[32] = {7};
    static const uint8_t other_seed[32] = {8};
    struct frame_public_key other_key;
    crypto = frame_crypto_libsodium();
    crypto->key_pair(crypto->context, &secret, &key, seed);
    crypto->key_pair(crypto->context, &other_secret, &other_key, other_seed);
    token_of(key_token, &key);
    token_of(other_key_token, &other_key);
}

static void default_values(const char *values[FIELDS])
{
    static const char *const defaults[FIELDS] = {"2",  NULL,  "\"2.2.0\"", HEX_A,        "14", "2",
                                                 NULL, HEX_B, "3",         "1700000000", "1"};
    memcpy(values, defaults, sizeof defaults);
    values[IDENTITY] = key_token;
}

/* Joins the members that are not NULL. */
static void join(char *text, const char *const values[FIELDS])
{
    const char *separator = "{";
    text[0] = 0;
    for (int i = 0; i < FIELDS; i++) {
        if (!values[i]) continue;
        strcat(text, separator);
        strcat(strcat(strcat(strcat(text, "\""), names[i]), "\":"), values[i]);
        separator = ",";
    }
    strcat(text, "}");
}

/* The text with a true signature over the rest, made without the code under test. */
static void join_signed(char *text, const char *values[FIELDS], const struct frame_secret_key *by)
{
    uint8_t hash[32];
    uint8_t signature[64];
    char token[131] = "\"";
    values[SIGNATURE] = NULL;
    join(text, values);
    crypto_hash_sha256(hash, (const uint8_t *)text, strlen(text));
    crypto_sign_detached(signature, NULL, hash, sizeof hash, by->bytes);
    frame_hex_encode(token + 1, signature, sizeof signature);
    token[129] = '"';
    values[SIGNATURE] = token;
    join(text, values);
    values[SIGNATURE] = NULL;
}

/* Checks a copy that ends where the text ends; a refusal must leave the output alone. */
static enum frame_status check_text(const char *text, size_t length)
{
    struct frame_attestation attestation;
    struct frame_attestation untouched;
    memset(&attestation, 0x5a, sizeof attestation);
    memset(&untouched, 0x5a, sizeof untouched);
    uint8_t *copy = malloc(length + (length == 0));
    if (!copy) abort();
    memcpy(copy, text, length);
    enum frame_status status = frame_attestation_check(&attestation, crypto, &key, copy, length);
    if (status != FRAME_OK) CHECK(memcmp(&attestation, &untouched, sizeof untouched) == 0);
    free(copy);
    return status;
}

static void expect(const char *text, enum frame_status expected)
{
    enum frame_status status = check_text(text, strlen(text));
    if (!CHECK(status == expected))
        printf("    %s instead of %s: %s\n", frame_status_name(status), frame_status_name(expected),
               text);
}

/* One field changed (NULL: left out), all else good and signed. */
static void expect_changed(int field, const char *value, enum frame_status expected)
{
    const char *values[FIELDS];
    char text[TEXT_MAX];
    default_values(values);
    values[field] = value;
    join_signed(text, values, &secret);
    expect(text, expected);
}

/* ---- Making ----------------------------------------------------------------------------------- */

static void test_make(void)
{
    struct frame_attestation made = {
        .identity_key = key, .receipt_count = 14, .timestamp_s = 1700000000};
    struct frame_attestation read;
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    const char *values[FIELDS];
    char expected[TEXT_MAX];
    size_t length;
    CHECK(frame_hex_decode(made.commitment.bytes, 32, &HEX_A[1], 64));
    CHECK(frame_hex_decode(made.state_root.bytes, 32, &HEX_B[1], 64));
    frame_attestation_make(text, &length, crypto, &secret, &made);
    default_values(values);
    join_signed(expected, values, &secret);
    CHECK(length == strlen(expected) && memcmp(text, expected, length) == 0);

    CHECK(frame_attestation_check(&read, crypto, &key, text, length) == FRAME_OK);
    CHECK(memcmp(&read.identity_key, &key, sizeof key) == 0);
    CHECK(frame_hash_compare(&read.commitment, &made.commitment) == 0);
    CHECK(frame_hash_compare(&read.state_root, &made.state_root) == 0);
    CHECK(read.receipt_count == 14 && read.timestamp_s == 1700000000);

    made.receipt_count = 0;
    made.timestamp_s = FRAME_INTEGER_MAX;
    frame_attestation_make(text, &length, crypto, &secret, &made);
    CHECK(frame_attestation_check(&read, crypto, &key, text, length) == FRAME_OK);
    CHECK(read.receipt_count == 0 && read.timestamp_s == FRAME_INTEGER_MAX);
}

/* ---- Checking --------------------------------------------------------------------------------- */

static void test_versions(void)
{
    static const int fields[] = {CAPABILITY_VERSION, PROTOCOL_VERSION, RECEIPT_VERSION,
                                 ROOT_VERSION, VERSION};
    static const char *const values_of_others[] = {"0",    "4",    "-1",    "20",
                                                   "null", "true", "\"2\"", "\"2.2\"",
                                                   "\"\"", "[2]",  "{}",    "\"2.2.00\""};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        expect_changed(fields[i], NULL, FRAME_ATTESTATION_FORMAT);
        for (size_t j = 0; j < sizeof values_of_others / sizeof values_of_others[0]; j++) {
            expect_changed(fields[i], values_of_others[j], FRAME_ATTESTATION_VERSION);
        }
        /* A version that differs goes before all else, other version fields that miss included. */
        const char *values[FIELDS] = {NULL};
        char text[TEXT_MAX];
        values[fields[i]] = "9";
        join(text, values);
        expect(text, FRAME_ATTESTATION_VERSION);
        default_values(values);
        values[fields[i]] = "9";
        values[IDENTITY] = other_key_token;
        values[SIGNATURE] = "1";
        values[TIMESTAMP] = "-1";
        join(text, values);
        expect(text, FRAME_ATTESTATION_VERSION);
        text[strlen(text) - 1] = 0; /* but bad JSON has no fields at all */
        expect(text, FRAME_ATTESTATION_FORMAT);
    }
}

static void test_hex_fields(void)
{
    static const int fields[] = {IDENTITY, COMMITMENT, ROOT};
    static const char *const bad[] = {
        "null",
        "1",
        "[]",
        "{}",
        "true",
        "\"\"",
        "\"\\n\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcde\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef0\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeF\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdeg\"",
        "\"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcd\\n\""};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        expect_changed(fields[i], NULL, FRAME_ATTESTATION_FORMAT);
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++) {
            expect_changed(fields[i], bad[j], FRAME_ATTESTATION_FORMAT);
        }
    }
}

static void test_integer_fields(void)
{
    static const int fields[] = {COUNT, TIMESTAMP};
    static const char *const bad[] = {
        "-1", "null", "\"1\"", "true", "[1]", "{}", "1.0", "1e3", "-0", "01", "9007199254740992"};
    static const char *const good[] = {"0", "9007199254740991"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        expect_changed(fields[i], NULL, FRAME_ATTESTATION_FORMAT);
        for (size_t j = 0; j < sizeof bad / sizeof bad[0]; j++) {
            expect_changed(fields[i], bad[j], FRAME_ATTESTATION_FORMAT);
        }
        for (size_t j = 0; j < sizeof good / sizeof good[0]; j++) {
            expect_changed(fields[i], good[j], FRAME_OK);
        }
    }
}

static void test_documents(void)
{
    char text[TEXT_MAX];
    const char *values[FIELDS];
    expect("", FRAME_ATTESTATION_FORMAT);
    expect("{}", FRAME_ATTESTATION_FORMAT);
    expect("[]", FRAME_ATTESTATION_FORMAT);
    expect("null", FRAME_ATTESTATION_FORMAT);
    expect("\"version\"", FRAME_ATTESTATION_FORMAT);
    expect("{\"version\":2}", FRAME_ATTESTATION_VERSION);
    expect("{\"version\": 2}", FRAME_ATTESTATION_FORMAT);
    expect("{\"version\":2,\"version\":1}", FRAME_ATTESTATION_FORMAT);
    expect("{\"version\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
           FRAME_ATTESTATION_VERSION);
    expect("{\"version\":[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]}",
           FRAME_ATTESTATION_FORMAT);

    /* A twelfth member: in front, between, behind. */
    default_values(values);
    static const struct {
        int field;
        const char *value;
    } extras[] = {{CAPABILITY_VERSION, "2,\"d\":1"},
                  {COUNT, "14,\"receiptCounts\":14"},
                  {VERSION, "1,\"z\":null"}};
    for (size_t i = 0; i < sizeof extras / sizeof extras[0]; i++) {
        expect_changed(extras[i].field, extras[i].value, FRAME_ATTESTATION_FORMAT);
    }
    join_signed(text, values, &secret);
    strcat(text, " ");
    expect(text, FRAME_ATTESTATION_FORMAT);
}

static void test_signatures(void)
{
    const char *values[FIELDS];
    char text[TEXT_MAX];
    char token[140];
    default_values(values);

    /* Another identity's, though well signed; its own key has nothing to say about it. */
    values[IDENTITY] = other_key_token;
    join_signed(text, values, &other_secret);
    expect(text, FRAME_ATTESTATION_IDENTITY);
    join_signed(text, values, &secret);
    expect(text, FRAME_ATTESTATION_IDENTITY);
    values[IDENTITY] = key_token;
    join_signed(text, values, &other_secret);
    expect(text, FRAME_ATTESTATION_SIGNATURE);

    values[SIGNATURE] = NULL;
    join(text, values);
    expect(text, FRAME_ATTESTATION_FORMAT);
    for (size_t digits = 0; digits < 136; digits++) {
        memset(token, '0', sizeof token);
        token[0] = '"';
        memcpy(token + 1 + digits, "\"", 2);
        values[SIGNATURE] = token;
        join(text, values);
        expect(text, digits == 128 ? FRAME_ATTESTATION_SIGNATURE : FRAME_ATTESTATION_FORMAT);
    }
    memset(token, 'A', 129);
    memcpy(token, "\"", 1);
    memcpy(token + 129, "\"", 2);
    join(text, values);
    expect(text, FRAME_ATTESTATION_FORMAT);

    /* Its signature belongs to this attestation only. */
    static const int fields[] = {COMMITMENT, COUNT, ROOT, TIMESTAMP};
    static const char *const changed[] = {HEX_B, "15", HEX_A, "1700000001"};
    for (size_t i = 0; i < sizeof fields / sizeof fields[0]; i++) {
        char good[TEXT_MAX];
        default_values(values);
        join_signed(good, values, &secret);
        const char *signature = strstr(good, "\"signature\":") + strlen("\"signature\":");
        memcpy(token, signature, 130);
        token[130] = 0;
        values[SIGNATURE] = token;
        values[fields[i]] = changed[i];
        join(text, values);
        expect(text, FRAME_ATTESTATION_SIGNATURE);
    }
}

/* ---- Damage ----------------------------------------------------------------------------------- */

/* Which refusals may a change at this byte cause, besides attestation_format? */
static bool may_be(enum frame_status status, const char *text, size_t at)
{
    const char *value = text + at;
    int field = FIELDS;
    for (int i = 0; i < FIELDS; i++) {
        char name[40] = "\"";
        strcat(strcat(name, names[i]), "\":");
        if (strstr(text, name) + strlen(name) <= value) field = i;
    }
    switch (status) {
    case FRAME_ATTESTATION_FORMAT: return true;
    case FRAME_ATTESTATION_VERSION:
        return field == CAPABILITY_VERSION || field == PROTOCOL_VERSION ||
               field == RECEIPT_VERSION || field == ROOT_VERSION || field == VERSION;
    case FRAME_ATTESTATION_IDENTITY: return field == IDENTITY;
    case FRAME_ATTESTATION_SIGNATURE:
        return field == COMMITMENT || field == COUNT || field == SIGNATURE || field == ROOT ||
               field == TIMESTAMP;
    default: return false;
    }
}

static void test_damage(void)
{
    const char *values[FIELDS];
    char text[TEXT_MAX];
    char damaged[TEXT_MAX];
    default_values(values);
    join_signed(text, values, &secret);
    const size_t length = strlen(text);
    expect(text, FRAME_OK);
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(check_text(text, cut) == FRAME_ATTESTATION_FORMAT);
    }
    memcpy(damaged, text, length);
    for (size_t at = 0; at < length; at++) {
        for (int change = 1; change < 256; change++) {
            damaged[at] = (char)((uint8_t)text[at] ^ (uint8_t)change);
            enum frame_status status = check_text(damaged, length);
            if (!CHECK(may_be(status, text, at)))
                printf("    byte %zu ^ %d: %s\n", at, change, frame_status_name(status));
        }
        damaged[at] = text[at];
    }
}

/* ---- Comparing and committing ----------------------------------------------------------------- */

static void test_compare(void)
{
    static const struct {
        int64_t count[2];
        uint8_t root[2];
        uint8_t commitment[2];
        enum frame_comparison expected;
    } cases[] = {
        {{3, 3}, {1, 1}, {1, 1}, FRAME_SYNCHRONIZED},
        {{3, 4}, {1, 1}, {1, 1}, FRAME_SYNCHRONIZED},
        {{3, 3}, {1, 2}, {1, 1}, FRAME_NONDETERMINISM},
        {{3, 4}, {1, 2}, {1, 1}, FRAME_NONDETERMINISM},
        {{4, 3}, {1, 2}, {1, 2}, FRAME_LOCAL_AHEAD},
        {{3, 4}, {1, 2}, {1, 2}, FRAME_REMOTE_AHEAD},
        {{3, 3}, {1, 2}, {1, 2}, FRAME_DIVERGED},
        {{3, 3}, {1, 1}, {1, 2}, FRAME_DIVERGED},
        {{FRAME_INTEGER_MAX, 0}, {1, 1}, {1, 2}, FRAME_LOCAL_AHEAD},
        {{0, FRAME_INTEGER_MAX}, {1, 1}, {1, 2}, FRAME_REMOTE_AHEAD},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct frame_attestation sides[2] = {0};
        for (int j = 0; j < 2; j++) {
            sides[j].state_root.bytes[31] = cases[i].root[j];
            sides[j].commitment.bytes[31] = cases[i].commitment[j];
            sides[j].receipt_count = cases[i].count[j];
        }
        CHECK(frame_attestation_compare(&sides[0], &sides[1]) == cases[i].expected);
    }
}

static void test_commitment(void)
{
    enum { HEADS = FRAME_ATTEST_HEADS_MAX };
    static struct frame_hash heads[HEADS];
    static char text[HEADS * 67 + 2];
    struct frame_hash commitment;
    struct frame_hash expected;
    size_t length = 0;

    frame_commitment(crypto, &commitment, NULL, 0);
    crypto_hash_sha256(expected.bytes, (const uint8_t *)"GENESIS", 7);
    CHECK(frame_hash_compare(&commitment, &expected) == 0);
    for (size_t count = 1; count <= HEADS; count++) {
        struct frame_hash *head = &heads[count - 1];
        head->bytes[0] = (uint8_t)(count >> 8);
        head->bytes[1] = (uint8_t)count;
        text[length++] = count == 1 ? '[' : ',';
        text[length++] = '"';
        frame_hex_encode(text + length, head->bytes, 32);
        length += 64;
        text[length++] = '"';
        if (count > 5 && count < HEADS) continue;
        text[length] = ']';
        frame_commitment(crypto, &commitment, heads, count);
        crypto_hash_sha256(expected.bytes, (const uint8_t *)text, length + 1);
        if (count == 1) expected = heads[0];
        CHECK(frame_hash_compare(&commitment, &expected) == 0);
    }
}

/* A member that this protocol has not is passed over, wherever it stands; what is foreign behind it is seen. */
static void test_foreign(void)
{
    static const struct {
        const char *text;
        bool foreign;
    } objects[] = {
        {"{\"capabilityVersion\":2,\"receiptVersion\":2}", false},
        {"{\"capabilityVersion\":2,\"receiptVersion\":3}", true},
        {"{\"aa\":1,\"capabilityVersion\":2,\"k\":[],\"receiptVersion\":2,\"z\":0}", false},
        {"{\"aa\":1,\"capabilityVersion\":3}", true},
        {"{\"capabilityVersion\":2,\"k\":[],\"receiptVersion\":3}", true},
    };
    for (size_t i = 0; i < sizeof objects / sizeof *objects; i++) {
        struct frame_span commitment;
        const struct frame_span object = {(const uint8_t *)objects[i].text,
                                          strlen(objects[i].text)};
        CHECK_IN(objects[i].text, attestation_foreign(&commitment, object) == objects[i].foreign);
        CHECK(commitment.length == 0);
    }
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    set_up();
    test_make();
    test_versions();
    test_hex_fields();
    test_integer_fields();
    test_documents();
    test_signatures();
    test_damage();
    test_compare();
    test_commitment();
    test_foreign();
    return check_done();
}
