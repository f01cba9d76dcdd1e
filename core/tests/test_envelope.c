// SPDX-License-Identifier: Apache-2.0
/* Envelopes and message bodies (§ 12): builders against the reader, every rule of a body, damage. */
#include "core/frame.h"

#include <sodium.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "check.h"
#include "core/message.h"

static const struct frame_crypto *crypto;
static struct frame_secret_key secret;
static struct frame_public_key key;
static const struct frame_trust anybody = {false, NULL, 0};

/* ---- Memory and text -------------------------------------------------------------------------- */

static void *heap_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void heap_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static void *no_allocate(void *context, size_t size)
{
    (void)context;
    (void)size;
    return NULL;
}

static const struct frame_allocator heap = {NULL, heap_allocate, heap_release};
static const struct frame_allocator no_memory = {NULL, no_allocate, heap_release};

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

static bool span_holds(struct frame_span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.bytes, text, span.length) == 0;
}

/* `count` hashes whose last byte counts on from `first`. */
static void fill_hashes(struct frame_hash *hashes, size_t count, size_t first)
{
    for (size_t i = 0; i < count; i++) {
        memset(hashes[i].bytes, 0xab, sizeof hashes[i].bytes);
        hashes[i].bytes[0] = (uint8_t)((first + i) >> 8);
        hashes[i].bytes[1] = (uint8_t)(first + i);
    }
}

/* Appends texts up to NULL. */
static void add(struct buffer *buffer, ...)
{
    va_list texts;
    va_start(texts, buffer);
    for (const char *text = va_arg(texts, const char *); text; text = va_arg(texts, const char *)) {
        buffer_text(buffer, text);
    }
    va_end(texts);
}

static void add_hashes(struct buffer *buffer, const struct frame_hash *hashes, size_t count)
{
    add(buffer, "[", NULL);
    for (size_t i = 0; i < count; i++) {
        add(buffer, i > 0 ? ",\"" : "\"", NULL);
        buffer_hex(buffer, hashes[i].bytes, 32);
        add(buffer, "\"", NULL);
    }
    add(buffer, "]", NULL);
}

/* ---- Opening what was sealed ------------------------------------------------------------------- */

/* An envelope that ends where its memory ends. `message` points into it until it is freed. */
struct opened {
    uint8_t *envelope;
    struct frame_message message;
    bool unknown_type;
    enum frame_status status;
};

static struct opened open_body(struct frame_span body, const struct frame_trust *trust)
{
    struct opened opened = {.unknown_type = true};
    size_t length;
    uint8_t *sealed = malloc(body.length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    if (!sealed) abort();
    frame_envelope_seal(sealed, &length, crypto, &secret, body.bytes, body.length);
    opened.envelope = malloc(length);
    if (!opened.envelope) abort();
    memcpy(opened.envelope, sealed, length);
    free(sealed);
    opened.status = frame_envelope_open(&opened.message, &opened.unknown_type, crypto, trust,
                                        opened.envelope, length);
    return opened;
}

static void expect_body(struct frame_span body, enum frame_status expected, bool unknown_type)
{
    struct opened opened = open_body(body, &anybody);
    char start[200] = {0};
    memcpy(start, body.bytes, body.length < sizeof start ? body.length : sizeof start - 1);
    CHECK_IN(start, opened.status == expected);
    CHECK_IN(start, opened.unknown_type == unknown_type);
    if (expected != FRAME_ENVELOPE) {
        CHECK_IN(start, memcmp(&opened.message.from, &key, sizeof key) == 0);
    }
    free(opened.envelope);
}

static void expect_buffer(struct buffer *body, enum frame_status expected)
{
    CHECK(!body->failed);
    expect_body(buffer_view(body), expected, false);
    buffer_clear(body);
}

/* A body with `%` standing for a hex64. */
static void expect_text(const char *text, enum frame_status expected, bool unknown_type)
{
    static const char hex[] =
        "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\"";
    struct buffer body;
    buffer_init(&body, &heap);
    for (; *text; text++) {
        if (*text == '%') {
            buffer_append(&body, hex, sizeof hex - 1);
        } else {
            buffer_append(&body, text, 1);
        }
    }
    expect_body(buffer_view(&body), expected, unknown_type);
    buffer_free(&body);
}

/* ---- Round trips ------------------------------------------------------------------------------- */

static void check_hashes(struct frame_span array, size_t count, const struct frame_hash *hashes)
{
    for (size_t i = 0; i < count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, array, i);
        CHECK(frame_hash_compare(&hash, &hashes[i]) == 0);
    }
}

static void make_attestation(uint8_t text[FRAME_ATTESTATION_BYTES_MAX], size_t *length,
                             const struct frame_hash *heads, size_t count)
{
    struct frame_attestation attestation = {.identity_key = key, .receipt_count = 5};
    frame_commitment(crypto, &attestation.commitment, heads, count);
    frame_attestation_make(text, length, crypto, &secret, &attestation);
}

static void test_attest(void)
{
    static struct frame_hash heads[FRAME_ATTEST_HEADS_MAX];
    static const size_t counts[] = {0, 1, 2, 3, 64, FRAME_ATTEST_HEADS_MAX};
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    struct buffer body;
    buffer_init(&body, &heap);
    fill_hashes(heads, FRAME_ATTEST_HEADS_MAX, 0);
    for (size_t i = 0; i < sizeof counts / sizeof counts[0]; i++) {
        struct frame_span attestation = {text, 0};
        make_attestation(text, &attestation.length, heads, counts[i]);
        message_attest(&body, attestation, heads, counts[i]);
        struct opened opened = open_body(buffer_view(&body), &anybody);
        CHECK(opened.status == FRAME_OK && !opened.unknown_type);
        CHECK(opened.message.type == FRAME_MESSAGE_ATTEST);
        CHECK(!opened.message.foreign_version && opened.message.hash_count == counts[i]);
        CHECK(opened.message.attestation.length == attestation.length);
        CHECK(memcmp(opened.message.attestation.bytes, text, attestation.length) == 0);
        check_hashes(opened.message.hashes, counts[i], heads);
        free(opened.envelope);
        buffer_clear(&body);
    }
    buffer_free(&body);
}

static void test_request(void)
{
    static struct frame_hash want[FRAME_ATTEST_HEADS_MAX];
    struct frame_hash have[FRAME_HAVE_MAX];
    struct frame_hash after;
    struct buffer body;
    buffer_init(&body, &heap);
    fill_hashes(want, FRAME_ATTEST_HEADS_MAX, 0);
    fill_hashes(have, FRAME_HAVE_MAX, 5000);
    fill_hashes(&after, 1, 9);
    message_request(&body, &after, have, FRAME_HAVE_MAX, want, FRAME_ATTEST_HEADS_MAX);
    struct opened opened = open_body(buffer_view(&body), &anybody);
    CHECK(opened.status == FRAME_OK && opened.message.type == FRAME_MESSAGE_REQUEST);
    CHECK(opened.message.has_after && opened.message.have_count == FRAME_HAVE_MAX);
    CHECK(frame_hash_compare(&opened.message.after, &after) == 0);
    CHECK(opened.message.hash_count == FRAME_ATTEST_HEADS_MAX);
    check_hashes(opened.message.have, FRAME_HAVE_MAX, have);
    check_hashes(opened.message.hashes, FRAME_ATTEST_HEADS_MAX, want);
    free(opened.envelope);

    buffer_clear(&body);
    message_request(&body, NULL, NULL, 0, want, 1);
    opened = open_body(buffer_view(&body), &anybody);
    CHECK(opened.status == FRAME_OK && !opened.message.has_after);
    CHECK(opened.message.have_count == 0 && opened.message.hash_count == 1);
    free(opened.envelope);
    buffer_free(&body);
}

static void test_page(void)
{
    struct frame_hash want[2];
    struct frame_hash after;
    struct buffer body;
    buffer_init(&body, &heap);
    fill_hashes(want, 2, 300);
    fill_hashes(&after, 1, 9);
    message_page_begin(&body, &after);
    message_page_receipt(&body, span_of("{\"a\":1}"));
    message_page_receipt(&body, span_of("{\"b\":[]}"));
    message_page_receipt(&body, span_of("{}"));
    message_page_end(&body, 77, want, 2);
    struct opened opened = open_body(buffer_view(&body), &anybody);
    CHECK(opened.status == FRAME_OK && opened.message.type == FRAME_MESSAGE_PAGE);
    CHECK(opened.message.has_after);
    CHECK(frame_hash_compare(&opened.message.after, &after) == 0);
    CHECK(opened.message.receipt_count == 3 && opened.message.remaining == 77);
    CHECK(span_holds(opened.message.receipts, "[{\"a\":1},{\"b\":[]},{}]"));
    CHECK(opened.message.hash_count == 2);
    check_hashes(opened.message.hashes, 2, want);
    free(opened.envelope);

    buffer_clear(&body);
    message_page_begin(&body, NULL);
    message_page_end(&body, 0, NULL, 0);
    CHECK(span_holds(
        buffer_view(&body),
        "{\"after\":null,\"receipts\":[],\"remaining\":0,\"type\":\"page\",\"want\":[]}"));
    opened = open_body(buffer_view(&body), &anybody);
    CHECK(opened.status == FRAME_OK && !opened.message.has_after);
    CHECK(opened.message.receipt_count == 0 && opened.message.remaining == 0);
    free(opened.envelope);
    buffer_free(&body);
}

static void test_reject(void)
{
    struct buffer body;
    buffer_init(&body, &heap);
    message_reject(&body, "unknown");
    CHECK(span_holds(buffer_view(&body), "{\"code\":\"unknown\",\"type\":\"reject\"}"));
    struct opened opened = open_body(buffer_view(&body), &anybody);
    CHECK(opened.status == FRAME_OK && opened.message.type == FRAME_MESSAGE_REJECT);
    CHECK(span_holds(opened.message.code, "\"unknown\""));
    free(opened.envelope);
    buffer_free(&body);
}

static void test_builders_without_memory(void)
{
    struct frame_hash hash;
    struct buffer body;
    fill_hashes(&hash, 1, 1);
    buffer_init(&body, &no_memory);
    message_page_begin(&body, &hash);
    message_page_receipt(&body, span_of("{}"));
    message_page_end(&body, 1, &hash, 1);
    message_attest(&body, span_of("{}"), &hash, 1);
    message_request(&body, NULL, &hash, 1, &hash, 1);
    message_reject(&body, "unknown");
    CHECK(body.failed && body.length == 0);
    buffer_free(&body);
}

/* ---- What a body may not be -------------------------------------------------------------------- */

static void test_types(void)
{
    expect_text("{}", FRAME_MESSAGE, false);
    expect_text("{\"type\":null}", FRAME_MESSAGE, false);
    expect_text("{\"type\":1}", FRAME_MESSAGE, false);
    expect_text("{\"type\":[\"reject\"]}", FRAME_MESSAGE, false);
    expect_text("{\"type\":\"hello\"}", FRAME_MESSAGE, true);
    expect_text("{\"type\":\"\"}", FRAME_MESSAGE, true);
    expect_text("{\"type\":\"Reject\"}", FRAME_MESSAGE, true);
    expect_text("{\"type\":\"rejects\"}", FRAME_MESSAGE, true);
    expect_text("{\"type\":\"rejec\"}", FRAME_MESSAGE, true);
    expect_text("{\"code\":\"\",\"type\":\"ping\"}", FRAME_MESSAGE, true);
    /* A member's own `type` is not the body's. */
    expect_text("{\"code\":{\"type\":\"x\"},\"typ\":\"reject\"}", FRAME_MESSAGE, false);
}

static void test_reject_bodies(void)
{
    expect_text("{\"code\":\"\",\"type\":\"reject\"}", FRAME_OK, false);
    expect_text("{\"code\":\"\\n\\\"\xc3\xa9\",\"type\":\"reject\"}", FRAME_OK, false);
    expect_text("{\"type\":\"reject\"}", FRAME_MESSAGE, false);
    expect_text("{\"code\":null,\"type\":\"reject\"}", FRAME_MESSAGE, false);
    expect_text("{\"code\":7,\"type\":\"reject\"}", FRAME_MESSAGE, false);
    expect_text("{\"Code\":\"\",\"type\":\"reject\"}", FRAME_MESSAGE, false);
    expect_text("{\"a\":1,\"code\":\"\",\"type\":\"reject\"}", FRAME_MESSAGE, false);
    expect_text("{\"code\":\"\",\"d\":1,\"type\":\"reject\"}", FRAME_MESSAGE, false);
    expect_text("{\"code\":\"\",\"type\":\"reject\",\"want\":[]}", FRAME_MESSAGE, false);
}

/* Each body is good with one value and bad with the others at its `@`. */
static void expect_values(const char *before, const char *after, const char *good,
                          const char *const *bad)
{
    char text[1024] = "";
    strcat(strcat(strcat(text, before), good), after);
    expect_text(text, FRAME_OK, false);
    for (; *bad; bad++) {
        text[0] = 0;
        strcat(strcat(strcat(text, before), *bad), after);
        expect_text(text, FRAME_MESSAGE, false);
    }
}

static const char *const bad_after[] = {"0", "\"\"", "true", "[]", "{}", "[%]", "\"00\"", NULL};
static const char *const bad_arrays[] = {"null",   "0",        "%",     "{}",      "[1]",
                                         "[null]", "[%,\"\"]", "[[%]]", "[\"0\"]", NULL};

static void test_request_bodies(void)
{
    static const char *const repeats[] = {"[%,%]", NULL};
    const char *end = ",\"type\":\"request\",\"want\":[%]}";
    expect_values("{\"after\":", ",\"have\":[],\"type\":\"request\",\"want\":[%]}", "null",
                  bad_after);
    expect_values("{\"after\":", ",\"have\":[],\"type\":\"request\",\"want\":[%]}", "%", bad_after);
    expect_values("{\"after\":null,\"have\":", end, "[%]", bad_arrays);
    expect_values("{\"after\":null,\"have\":", end, "[]", repeats);
    expect_values("{\"after\":%,\"have\":[],\"type\":\"request\",\"want\":", "}", "[%,%]",
                  bad_arrays);
    expect_text("{\"have\":[],\"type\":\"request\",\"want\":[%]}", FRAME_MESSAGE, false);
    expect_text("{\"after\":null,\"type\":\"request\",\"want\":[%]}", FRAME_MESSAGE, false);
    expect_text("{\"after\":null,\"have\":[],\"type\":\"request\"}", FRAME_MESSAGE, false);
    expect_text("{\"after\":null,\"have\":[],\"remaining\":0,\"type\":\"request\",\"want\":[%]}",
                FRAME_MESSAGE, false);
}

static void test_page_bodies(void)
{
    static const char *const bad_receipts[] = {"null", "{}", "\"\"", "0", NULL};
    static const char *const bad_remaining[] = {"-1", "null", "\"0\"", "true", "[]", NULL};
    const char *rest = ",\"remaining\":0,\"type\":\"page\",\"want\":[%]}";
    const char *end = ",\"type\":\"page\",\"want\":[%]}";
    expect_values("{\"after\":", ",\"receipts\":[],\"remaining\":0,\"type\":\"page\",\"want\":[%]}",
                  "null", bad_after);
    expect_values("{\"after\":null,\"receipts\":", rest, "[]", bad_receipts);
    /* What an item is comes out later, at verification (§ 10). */
    expect_values("{\"after\":null,\"receipts\":", rest, "[1,{},\"\"]", bad_receipts);
    expect_values("{\"after\":null,\"receipts\":[{}],\"remaining\":", end, "0", bad_remaining);
    expect_values("{\"after\":null,\"receipts\":[{}],\"remaining\":", end, "9007199254740991",
                  bad_remaining);
    expect_values("{\"after\":null,\"receipts\":[],\"remaining\":0,\"type\":\"page\",\"want\":",
                  "}", "[%]", bad_arrays);
    expect_text("{\"after\":null,\"receipts\":[],\"remaining\":1,\"type\":\"page\",\"want\":[%]}",
                FRAME_MESSAGE, false);
    expect_text("{\"receipts\":[],\"remaining\":0,\"type\":\"page\",\"want\":[]}", FRAME_MESSAGE,
                false);
    expect_text("{\"after\":null,\"remaining\":0,\"type\":\"page\",\"want\":[]}", FRAME_MESSAGE,
                false);
    expect_text("{\"after\":null,\"receipts\":[],\"type\":\"page\",\"want\":[]}", FRAME_MESSAGE,
                false);
    expect_text("{\"after\":null,\"receipts\":[],\"remaining\":0,\"type\":\"page\"}", FRAME_MESSAGE,
                false);
}

/* A page of `count` receipts, the last one as long as brings their array to `bytes`. */
static void add_page(struct buffer *body, size_t count, size_t bytes)
{
    message_page_begin(body, NULL);
    const size_t array = body->length - 1;
    for (size_t i = 0; i < count; i++) {
        message_page_receipt(body, span_of("\"\""));
    }
    body->length--; /* the closing quote */
    while (body->length - array + 2 < bytes) {
        add(body, "x", NULL);
    }
    add(body, "\"", NULL);
    message_page_end(body, 1, NULL, 0);
}

static void add_request(struct buffer *body, const struct frame_hash *have, size_t have_count,
                        const struct frame_hash *want, size_t want_count)
{
    add(body, "{\"after\":null,\"have\":", NULL);
    add_hashes(body, have, have_count);
    add(body, ",\"type\":\"request\",\"want\":", NULL);
    add_hashes(body, want, want_count);
    add(body, "}", NULL);
}

static void test_limits(void)
{
    enum { MANY = FRAME_ATTEST_HEADS_MAX + 1 };
    static struct frame_hash hashes[MANY];
    struct buffer body;
    buffer_init(&body, &heap);
    fill_hashes(hashes, MANY, 0);

    add_page(&body, FRAME_PAGE_RECEIPTS_MAX, 0);
    expect_buffer(&body, FRAME_OK);
    add_page(&body, FRAME_PAGE_RECEIPTS_MAX + 1, 0);
    expect_buffer(&body, FRAME_MESSAGE);
    add_page(&body, 2, FRAME_PAGE_BYTES_MAX);
    expect_buffer(&body, FRAME_OK);
    add_page(&body, 2, FRAME_PAGE_BYTES_MAX + 1);
    expect_buffer(&body, FRAME_MESSAGE);

    add_request(&body, hashes, FRAME_HAVE_MAX, hashes, MANY - 1);
    expect_buffer(&body, FRAME_OK);
    add_request(&body, hashes, FRAME_HAVE_MAX + 1, hashes, MANY - 1);
    expect_buffer(&body, FRAME_MESSAGE);
    add_request(&body, hashes, FRAME_HAVE_MAX, hashes, MANY);
    expect_buffer(&body, FRAME_MESSAGE);
    /* `have` repeats nothing, first and last included; `want` may come in any order. */
    hashes[FRAME_HAVE_MAX - 1] = hashes[0];
    add_request(&body, hashes, FRAME_HAVE_MAX, hashes, MANY - 1);
    expect_buffer(&body, FRAME_MESSAGE);
    add_request(&body, hashes, FRAME_HAVE_MAX - 1, hashes, MANY - 1);
    expect_buffer(&body, FRAME_OK);
    buffer_free(&body);
}

static void add_attest(struct buffer *body, struct frame_span attestation,
                       const struct frame_hash *heads, size_t count)
{
    add(body, "{\"attestation\":", NULL);
    buffer_span(body, attestation);
    add(body, ",\"heads\":", NULL);
    add_hashes(body, heads, count);
    add(body, ",\"type\":\"attest\"}", NULL);
}

static void test_attest_bodies(void)
{
    enum { MANY = FRAME_ATTEST_HEADS_MAX + 1 };
    static struct frame_hash heads[MANY];
    struct frame_hash twisted[3];
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    struct frame_span attestation = {text, 0};
    struct buffer body;
    buffer_init(&body, &heap);
    fill_hashes(heads, MANY, 0);

    make_attestation(text, &attestation.length, heads, 3);
    add_attest(&body, attestation, heads, 3);
    expect_buffer(&body, FRAME_OK);
    for (size_t count = 0; count < 5; count++) {
        if (count == 3) continue;
        add_attest(&body, attestation, heads, count);
        expect_buffer(&body, FRAME_MESSAGE);
    }
    make_attestation(text, &attestation.length, heads, MANY);
    add_attest(&body, attestation, heads, MANY);
    expect_buffer(&body, FRAME_MESSAGE);

    /* Out of order, and twice, though the commitment is that of this very array. */
    twisted[0] = heads[1];
    twisted[1] = heads[0];
    twisted[2] = heads[2];
    make_attestation(text, &attestation.length, twisted, 3);
    add_attest(&body, attestation, twisted, 3);
    expect_buffer(&body, FRAME_MESSAGE);
    twisted[0] = heads[0];
    make_attestation(text, &attestation.length, twisted, 2);
    add_attest(&body, attestation, twisted, 2);
    expect_buffer(&body, FRAME_MESSAGE);
    buffer_free(&body);
}

static void test_attest_values(void)
{
    static const char *const bad_attestations[] = {
        "null",
        "[]",
        "\"{}\"",
        "1",
        "{}",
        "{\"receiptChainCommitment\":null}",
        "{\"receiptChainCommitment\":\"00\"}",
        "{\"receiptChainCommitment\":[%]}",
        "{\"x\":%}",
        "{\"capabilityVersion\":2,\"protocolVersion\":\"2.2.0\",\"version\":1}",
        NULL};
    expect_values("{\"attestation\":", ",\"heads\":[%],\"type\":\"attest\"}",
                  "{\"receiptChainCommitment\":%}", bad_attestations);
    expect_values("{\"attestation\":{\"receiptChainCommitment\":%},\"heads\":",
                  ",\"type\":\"attest\"}", "[%]", bad_arrays);
    expect_text("{\"attestation\":{},\"type\":\"attest\"}", FRAME_MESSAGE, false);
    expect_text("{\"heads\":[],\"type\":\"attest\"}", FRAME_MESSAGE, false);
    expect_text("{\"attestation\":{\"receiptChainCommitment\":%},\"heads\":[%],\"n\":1,"
                "\"type\":\"attest\"}",
                FRAME_MESSAGE, false);
}

static void test_foreign_versions(void)
{
    static const char *const foreign[] = {"{\"capabilityVersion\":3}", "{\"protocolVersion\":2}",
                                          "{\"receiptVersion\":null}", "{\"stateRootVersion\":2}",
                                          "{\"receiptChainCommitment\":1,\"version\":2}"};
    struct frame_hash heads[2];
    struct buffer body;
    buffer_init(&body, &heap);
    fill_hashes(heads, 2, 0);
    for (size_t i = 0; i < sizeof foreign / sizeof foreign[0]; i++) {
        add_attest(&body, span_of(foreign[i]), heads, 2);
        struct opened opened = open_body(buffer_view(&body), &anybody);
        CHECK_IN(foreign[i], opened.status == FRAME_OK && opened.message.foreign_version);
        CHECK_IN(foreign[i], span_holds(opened.message.attestation, foreign[i]));
        free(opened.envelope);
        buffer_clear(&body);
    }
    /* The shape of heads does not depend on it. */
    heads[1] = heads[0];
    add_attest(&body, span_of(foreign[0]), heads, 2);
    expect_buffer(&body, FRAME_MESSAGE);
    buffer_free(&body);
}

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
    for (unsigned depth = 2; depth < 40; depth++) {
        char *at = text + strlen(strcpy(text, "{\"code\":"));
        memset(at, '[', depth - 1);
        memset(at + depth - 1, ']', depth - 1);
        strcpy(at + 2 * (depth - 1), ",\"type\":\"reject\"}");
        expect_body(span_of(text), depth <= 31 ? FRAME_MESSAGE : FRAME_ENVELOPE, false);
    }
}

/* ---- Damage ------------------------------------------------------------------------------------ */

static enum frame_status open_copy(const uint8_t *bytes, size_t length)
{
    struct frame_message message;
    struct frame_message untouched;
    memset(&message, 0x5a, sizeof message);
    memset(&untouched, 0x5a, sizeof untouched);
    uint8_t *copy = malloc(length + (length == 0));
    if (!copy) abort();
    memcpy(copy, bytes, length);
    enum frame_status status = frame_envelope_open(&message, NULL, crypto, &anybody, copy, length);
    if (status == FRAME_ENVELOPE) CHECK(memcmp(&message, &untouched, sizeof message) == 0);
    free(copy);
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
    buffer_init(&body, &heap);
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

int main(void)
{
    static const uint8_t seed[32] = {9};
    if (sodium_init() < 0) return 1;
    crypto = frame_crypto_libsodium();
    crypto->key_pair(crypto->context, &secret, &key, seed);
    test_attest();
    test_request();
    test_page();
    test_reject();
    test_builders_without_memory();
    test_types();
    test_reject_bodies();
    test_request_bodies();
    test_page_bodies();
    test_limits();
    test_attest_bodies();
    test_attest_values();
    test_foreign_versions();
    test_members();
    test_trust();
    test_depth();
    test_damage();
    return check_done();
}
