// SPDX-License-Identifier: Apache-2.0
/* Envelopes (§ 12): members, trust, depth, and every small damage. */
#include <sodium.h>

#include "check.h"
#include "messages.h"

/* ---- What an envelope may not be --------------------------------------------------------------- */

/* Joins members that are not NULL, the signature being good where `signature` is "". */
static enum frame_status open_members(const char *body, const char *from, const char *signature,
                                      const char *version, const char *extra)
{
    char text[2048] = "{";
    char good[131] = "\"";
    uint8_t bytes[64];
    struct frame_hash hash;
    if (signature && !*signature) {
        crypto_hash_sha256(hash.bytes, (const uint8_t *)body, strlen(body));
        crypto_sign_detached(bytes, NULL, hash.bytes, sizeof hash.bytes, secret.bytes);
        frame_hex_encode(good + 1, bytes, sizeof bytes);
        good[129] = '"';
        signature = good;
    }
    const char *const members[4] = {body, from, signature, version};
    static const char *const names[4] = {
        "\"body\":", "\"from\":", "\"signature\":", "\"version\":"};
    for (int i = 0; i < 4; i++) {
        if (!members[i]) continue;
        if (text[1]) strcat(text, ",");
        strcat(strcat(text, names[i]), members[i]);
    }
    strcat(strcat(text, extra), "}");
    struct frame_message message;
    return frame_envelope_open(&message, NULL, crypto, &anybody, (const uint8_t *)text,
                               strlen(text));
}

static void test_members(void)
{
    static const char reject[] = "{\"code\":\"\",\"type\":\"reject\"}";
    static const char *const bad_bodies[] = {"null", "[]", "1", "\"{}\"", NULL};
    static const char *const bad_values[] = {"null", "1", "\"\"", "{}", "[]", NULL};
    static const char *const bad_versions[] = {"0",    "2",    "-1",  "\"1\"",
                                               "null", "true", "[1]", NULL};
    char from[67] = "\"";
    char other[131];
    frame_hex_encode(from + 1, key.bytes, 32);
    from[65] = '"';

    struct frame_message nothing;
    CHECK(frame_envelope_open(&nothing, NULL, crypto, &anybody, NULL, 0) == FRAME_ENVELOPE);
    CHECK(open_members(reject, from, "", "1", "") == FRAME_OK);
    CHECK(open_members("{}", from, "", "1", "") == FRAME_MESSAGE);
    CHECK(open_members(reject, from, "", "1", ",\"z\":1") == FRAME_ENVELOPE);
    CHECK(open_members(NULL, from, "\"\"", "1", "") == FRAME_ENVELOPE);
    CHECK(open_members(reject, NULL, "", "1", "") == FRAME_ENVELOPE);
    CHECK(open_members(reject, from, NULL, "1", "") == FRAME_ENVELOPE);
    CHECK(open_members(reject, from, "", NULL, "") == FRAME_ENVELOPE);
    for (size_t i = 0; bad_bodies[i]; i++) {
        CHECK_IN(bad_bodies[i], open_members(bad_bodies[i], from, "", "1", "") == FRAME_ENVELOPE);
    }
    for (size_t i = 0; bad_values[i]; i++) {
        CHECK(open_members(reject, bad_values[i], "", "1", "") == FRAME_ENVELOPE);
        CHECK(open_members(reject, from, bad_values[i], "1", "") == FRAME_ENVELOPE);
    }
    for (size_t i = 0; bad_versions[i]; i++) {
        CHECK_IN(bad_versions[i],
                 open_members(reject, from, "", bad_versions[i], "") == FRAME_ENVELOPE);
    }
    /* Not the sender's signature; not the signer's key; upper case. */
    memset(other, '0', sizeof other);
    other[0] = other[129] = '"';
    other[130] = 0;
    CHECK(open_members(reject, from, other, "1", "") == FRAME_ENVELOPE);
    memcpy(other, from, sizeof from);
    other[1] = other[1] == '0' ? '1' : '0';
    CHECK(open_members(reject, other, "", "1", "") == FRAME_ENVELOPE);
    memcpy(other, from, sizeof from);
    for (char *digit = other; *digit; digit++) {
        if (*digit >= 'a' && *digit <= 'f') *digit = (char)(*digit - 'a' + 'A');
    }
    CHECK(open_members(reject, other, "", "1", "") == FRAME_ENVELOPE);
}

static void test_trust(void)
{
    struct frame_public_key keys[3] = {{{1}}, {{2}}, key};
    const struct frame_trust nobody = {true, NULL, 0};
    const struct frame_trust others = {true, keys, 2};
    const struct frame_trust all = {true, keys, 3};
    const struct frame_trust lax = {false, keys, 2};
    const char *reject = "{\"code\":\"\",\"type\":\"reject\"}";
    const char *bad = "{\"type\":\"hello\"}";
    const struct {
        const struct frame_trust *trust;
        const char *body;
        enum frame_status expected;
        bool unknown_type;
    } cases[] = {
        {&nobody, reject, FRAME_UNTRUSTED, false}, {&others, reject, FRAME_UNTRUSTED, false},
        {&others, bad, FRAME_UNTRUSTED, false},    {&all, reject, FRAME_OK, false},
        {&all, bad, FRAME_MESSAGE, true},          {&lax, reject, FRAME_OK, false},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct opened opened = open_body(span_of(cases[i].body), cases[i].trust);
        CHECK(opened.status == cases[i].expected);
        CHECK(opened.unknown_type == cases[i].unknown_type);
        CHECK(memcmp(&opened.message.from, &key, sizeof key) == 0);
        free(opened.envelope);
    }
}

/* An envelope is at most 32 containers deep, so a body at most 31. */
static void test_depth(void)
{
    char text[128];
    for (size_t depth = 2; depth < 40; depth++) {
        char *at = text + strlen(strcpy(text, "{\"code\":"));
        memset(at, '[', depth - 1);
        memset(at + depth - 1, ']', depth - 1);
        strcpy(at + 2 * (depth - 1), ",\"type\":\"reject\"}");
        struct opened opened = open_body(span_of(text), &anybody);
        CHECK(opened.status == (depth <= 31 ? FRAME_MESSAGE : FRAME_ENVELOPE));
        free(opened.envelope);
    }
}

/* ---- Damage ------------------------------------------------------------------------------------ */

static enum frame_status open_copy(const uint8_t *bytes, size_t length)
{
    union {
        struct frame_message message;
        uint8_t bytes[sizeof(struct frame_message)];
    } out;
    memset(out.bytes, 0x5a, sizeof out.bytes);
    uint8_t *copy = malloc(length + (length == 0));
    if (!copy) abort();
    memcpy(copy, bytes, length);
    enum frame_status status =
        frame_envelope_open(&out.message, NULL, crypto, &anybody, copy, length);
    free(copy);
    for (size_t i = 0; status == FRAME_ENVELOPE && i < sizeof out.bytes; i++) {
        if (out.bytes[i] != 0x5a) return FRAME_STATUS_COUNT; /* written to, though refused */
    }
    return status;
}

/* Whatever byte changes, the signature, or the shape, no longer holds: never another status. */
static void damage(struct buffer *body, int changes, const uint8_t *change)
{
    uint8_t *bytes = malloc(body->length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    size_t length;
    if (!bytes) abort();
    frame_envelope_seal(bytes, &length, crypto, &secret, body->bytes, body->length);
    CHECK(open_copy(bytes, length) == FRAME_OK);
    for (size_t cut = 0; cut < length; cut++) {
        CHECK(open_copy(bytes, cut) == FRAME_ENVELOPE);
    }
    for (size_t at = 0; at < length; at++) {
        for (int i = 0; i < changes; i++) {
            uint8_t with = change ? change[i] : (uint8_t)(i + 1);
            bytes[at] ^= with;
            CHECK(open_copy(bytes, length) == FRAME_ENVELOPE);
            bytes[at] ^= with;
        }
    }
    free(bytes);
    buffer_clear(body);
}

static void test_damage(void)
{
    static const uint8_t few[] = {0x01, 0x20, 0x80};
    struct frame_hash hashes[3];
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    struct frame_span attestation = {text, 0};
    struct buffer body;
    buffer_init(&body, &allocator);
    fill_hashes(hashes, 3, 0);
    make_attestation(text, &attestation.length, hashes, 3);

    message_reject(&body, "unknown");
    damage(&body, 255, NULL);
    message_attest(&body, attestation, hashes, 3);
    damage(&body, 3, few);
    message_request(&body, &hashes[0], hashes, 3, hashes, 3);
    damage(&body, 3, few);
    message_page_begin(&body, &hashes[0]);
    message_page_receipt(&body, span_of("{\"a\":1}"));
    message_page_end(&body, 7, hashes, 3);
    damage(&body, 3, few);
    buffer_free(&body);
}

/* Canonical JSON that is no object. */
static void test_no_object(void)
{
    static const char *const texts[] = {"[]", "1", "null", "\"body\"", "[{}]"};
    for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
        CHECK_IN(texts[i],
                 open_copy((const uint8_t *)texts[i], strlen(texts[i])) == FRAME_ENVELOPE);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    make_keys();
    test_no_object();
    test_members();
    test_trust();
    test_depth();
    test_damage();
    CHECK(memory.live == 0 && !memory.wrong_size);
    return check_done();
}
