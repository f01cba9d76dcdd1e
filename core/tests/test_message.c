// SPDX-License-Identifier: Apache-2.0
/* Message bodies (§ 12): the builders against the reader, and every rule of a body. */
#include <sodium.h>

#include "check.h"
#include "messages.h"

static bool span_holds(struct frame_span span, const char *text)
{
    return span.length == strlen(text) && memcmp(span.bytes, text, span.length) == 0;
}

static void add_hashes(struct buffer *buffer, const struct frame_hash *hashes, size_t count)
{
    buffer_text(buffer, "[");
    for (size_t i = 0; i < count; i++) {
        buffer_text(buffer, i > 0 ? ",\"" : "\"");
        buffer_hex(buffer, hashes[i].bytes, 32);
        buffer_text(buffer, "\"");
    }
    buffer_text(buffer, "]");
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
    buffer_init(&body, &allocator);
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

static void test_attest(void)
{
    static struct frame_hash heads[FRAME_ATTEST_HEADS_MAX];
    static const size_t counts[] = {0, 1, 2, 3, 64, FRAME_ATTEST_HEADS_MAX};
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    struct buffer body;
    buffer_init(&body, &allocator);
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
    buffer_init(&body, &allocator);
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
    buffer_init(&body, &allocator);
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
    buffer_init(&body, &allocator);
    message_reject(&body, "unknown");
    CHECK(span_holds(buffer_view(&body), "{\"code\":\"unknown\",\"type\":\"reject\"}"));
    struct opened opened = open_body(buffer_view(&body), &anybody);
    CHECK(opened.status == FRAME_OK && opened.message.type == FRAME_MESSAGE_REJECT);
    CHECK(span_holds(opened.message.code, "\"unknown\""));
    free(opened.envelope);
    buffer_free(&body);
}

/* One body after the other into one buffer: it either has them all, or says that it failed. */
static void test_builders_without_memory(void)
{
    struct frame_hash hashes[40];
    struct buffer body;
    bool failed = true;
    size_t length = 0;
    fill_hashes(hashes, 40, 1);
    for (size_t fail_at = 1; failed; fail_at++) {
        heap_fail(&memory, fail_at);
        buffer_init(&body, &allocator);
        message_page_begin(&body, &hashes[0]);
        message_page_receipt(&body, span_of("{}"));
        message_page_receipt(&body, span_of("{}"));
        message_page_end(&body, 1, hashes, 40);
        message_attest(&body, span_of("{}"), hashes, 40);
        message_request(&body, NULL, hashes, 40, hashes, 40);
        message_reject(&body, "unknown");
        failed = body.failed;
        CHECK(failed || body.length > length);
        CHECK(failed || fail_at > 3);
        length = body.length;
        buffer_free(&body);
        CHECK(memory.live == 0);
    }
    heap_fail(&memory, 0);
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
static const char *const bad_arrays[] = {"null",     "0",     "%",       "{}",    "[1]", "[null]",
                                         "[%,\"\"]", "[[%]]", "[\"0\"]", "{%:%}", NULL};

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
        buffer_text(body, "x");
    }
    buffer_text(body, "\"");
    message_page_end(body, 1, NULL, 0);
}

static void add_request(struct buffer *body, const struct frame_hash *have, size_t have_count,
                        const struct frame_hash *want, size_t want_count)
{
    buffer_text(body, "{\"after\":null,\"have\":");
    add_hashes(body, have, have_count);
    buffer_text(body, ",\"type\":\"request\",\"want\":");
    add_hashes(body, want, want_count);
    buffer_text(body, "}");
}

static void test_limits(void)
{
    enum { MANY = FRAME_ATTEST_HEADS_MAX + 1 };
    static struct frame_hash hashes[MANY];
    struct buffer body;
    buffer_init(&body, &allocator);
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
    buffer_text(body, "{\"attestation\":");
    buffer_span(body, attestation);
    buffer_text(body, ",\"heads\":");
    add_hashes(body, heads, count);
    buffer_text(body, ",\"type\":\"attest\"}");
}

static void test_attest_bodies(void)
{
    enum { MANY = FRAME_ATTEST_HEADS_MAX + 1 };
    static struct frame_hash heads[MANY];
    struct frame_hash twisted[3];
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    struct frame_span attestation = {text, 0};
    struct buffer body;
    buffer_init(&body, &allocator);
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
    buffer_init(&body, &allocator);
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

int main(void)
{
    if (sodium_init() < 0) return 1;
    make_keys();
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
    CHECK(memory.live == 0 && !memory.wrong_size);
    return check_done();
}
