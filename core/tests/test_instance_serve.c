// SPDX-License-Identifier: Apache-2.0
/*
 * Others' intents (§ 18), for the one who executes them: fetched too late, asked for again, brought by somebody else in
 * the meantime, for one who is gone, with a result too long to be told. Device 0 serves; the others are puppets.
 */
#include "routes.h"

static const char note[] = "{\"text\":\"n\"}";
static const char url[] = "{\"url\":\"u\"}";
static const char response[] = "[{\"body\":\"b\",\"status\":200,\"url\":\"u\"}]";

/* Device 0, which has so many places for callers, and a puppet that is a member. */
static void begin(struct lab *lab, int count, uint32_t callers)
{
    meeting_begin(lab, count);
    lab->config.table_peers_max = 2 * callers;
    device_new(lab, 0);
    puppet_able(lab, 1, 1);
    lab_drop_all(lab);
}

static void fetched_for(struct lab *lab, uint8_t number, const char *responses)
{
    (void)device_do(
        lab, 0,
        (struct frame_event){.type = FRAME_EVENT_FETCHED,
                             .route = {{number}},
                             .network_responses = {(const uint8_t *)responses, strlen(responses)}});
}

/* ---- Fetching -------------------------------------------------------------------------------- */

/* What is not fetched in time makes room, for the same intent or for another one. */
static void test_late(void)
{
    struct lab lab;
    begin(&lab, 2, 1);
    for (int i = 1; i <= FRAME_JOBS_MAX; i++)
        say_route(&lab, 1, 0, (uint8_t)i, "feed.fetch", url);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FETCH) == FRAME_JOBS_MAX);
    say_route(&lab, 1, 0, 1, "feed.fetch", url); /* it is about to be answered */
    say_route(&lab, 1, 0, 99, "feed.fetch", url);
    CHECK(rejected(&lab, 0, 1, "busy"));
    CHECK(device_told(&lab, 0, FRAME_NOTE_FETCH) == FRAME_JOBS_MAX);
    lab.now_ms += lab.config.retry_ms_max;
    lab_drop_all(&lab);
    say_route(&lab, 1, 0, 1, "feed.fetch", url);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FETCH) == FRAME_JOBS_MAX + 1);
    say_route(&lab, 1, 0, 99, "feed.fetch", url); /* in the place of the second */
    CHECK(device_told(&lab, 0, FRAME_NOTE_FETCH) == FRAME_JOBS_MAX + 2);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 0);
    fetched_for(&lab, 2, response);
    CHECK(device_count(&lab, 0) == 0);
    fetched_for(&lab, 1, response);
    fetched_for(&lab, 99, response);
    CHECK(device_count(&lab, 0) == 2 && device_told(&lab, 0, FRAME_NOTE_SERVED) == 2);
    lab_end(&lab);
}

/* The first answer counts, while the intent waits for its turn. */
static void test_fetched_twice(void)
{
    struct lab lab;
    begin(&lab, 2, 1);
    lab.devices[0].by_hand = true;
    say_route(&lab, 1, 0, 1, "feed.fetch", url);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    fetched_for(&lab, 1, response);
    fetched_for(&lab, 1, "");
    fetched_for(&lab, 1, "[]");
    CHECK(device_count(&lab, 0) == 1);
    device_settle(&lab, 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_SERVED) == 1 && device_count(&lab, 0) == 2);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 0);
    size_t at;
    CHECK(lab_seek(&lab, &at, 0, 1, FRAME_MESSAGE_RESULT));
    CHECK(span_is(letter_open(&lab, at).result, "{\"ok\":true,\"status\":200}"));
    lab_end(&lab);
}

/* ---- Brought by others ----------------------------------------------------------------------- */

/* A receipt of it is joined and not durable yet: it is neither executed nor answered. */
static void test_joined(void)
{
    struct lab lab;
    const struct frame_route_id id = {{7}};
    begin(&lab, 2, 1);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_routed(&lab, chain, &id, "notes.create", note);
    lab.devices[0].by_hand = true;
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_serve(&lab, 1, chain) == 1 && device_count(&lab, 0) == 1);
    lab_drop_all(&lab);
    say_route(&lab, 1, 0, 7, "notes.create", note);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 0);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 0);
    device_settle(&lab, 0);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 0); /* nothing waits for it */
    say_route(&lab, 1, 0, 7, "notes.create", note);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 1);
    CHECK(device_count(&lab, 0) == 1 && device_told(&lab, 0, FRAME_NOTE_SERVED) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Receipts of two intents that wait for their turn come first; one of those who asked is gone. */
static void test_meanwhile(void)
{
    struct lab lab;
    struct asked asked;
    begin(&lab, 4, 1);
    meeting_introduce(&lab, 0, 1, false); /* it is no caller any more */
    puppet_able(&lab, 2, 1);
    struct frame_chain *chain = scribe_new(&lab);
    for (uint8_t i = 7; i <= 8; i++)
        scribe_routed(&lab, chain, &(struct frame_route_id){{i}}, "notes.create", note);
    lab.devices[0].by_hand = true;
    puppet_attest(&lab, 1, 0, chain);
    CHECK(puppet_asked(&lab, 1, &asked));
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    say_route(&lab, 1, 0, 7, "notes.create", note);
    say_route(&lab, 2, 0, 8, "notes.create", note);
    CHECK(puppet_answer(&lab, 1, &asked, chain, 256) && device_count(&lab, 0) == 1);
    puppet_able(&lab, 3, 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 1 && !device_peer(&lab, 0, 2).member);
    lab_drop_all(&lab);
    device_settle(&lab, 0);
    CHECK(device_count(&lab, 0) == 3 && routed(&lab, 0) == 2);
    CHECK(device_told(&lab, 0, FRAME_NOTE_SERVED) == 0);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 1);
    CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_RESULT) == 0);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* ---- Gone ------------------------------------------------------------------------------------ */

/* One who has asked leaves the table: what is executed for it is, and nobody is told. */
static void test_gone(void)
{
    struct lab lab;
    begin(&lab, 4, 1);
    lab.devices[0].by_hand = true;
    say_route(&lab, 1, 0, 1, "notes.create", note);
    CHECK(device_count(&lab, 0) == 1);
    puppet_able(&lab, 2, 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 1);
    lab_drop_all(&lab);
    device_settle(&lab, 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_SERVED) == 1);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 0);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) == 0);
    for (int i = 2; i < 4; i++) { /* and what cannot be fetched for it is forgotten */
        say_route(&lab, i, 0, (uint8_t)i, "feed.fetch", url);
        CHECK(device_told(&lab, 0, FRAME_NOTE_FETCH) == (size_t)i - 1);
        lab.now_ms += INTERVAL_MS;
        puppet_able(&lab, 5 - i, 2);
        CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == (size_t)i);
        if (i == 3) meeting_introduce(&lab, 0, 3, false); /* known again, and no member yet */
        fetched_for(&lab, (uint8_t)i, "");
        CHECK(lab_letters(&lab, 0, i, FRAME_MESSAGE_REJECT) == 0);
        fetched_for(&lab, (uint8_t)i, response);
        CHECK(device_count(&lab, 0) == 1);
    }
    lab_end(&lab);
}

/* ---- Long results ---------------------------------------------------------------------------- */

static size_t result_bytes;

static enum frame_status talk(struct frame_run *run, struct frame_span payload)
{
    static uint8_t text[2 * FRAME_ROUTE_RESULT_BYTES_MAX];
    (void)payload;
    memset(text, 'x', result_bytes);
    memcpy(text, "{\"ok\":true,\"x\":\"", 16);
    memcpy(text + result_bytes - 2, "\"}", 2);
    return frame_run_result(run, (struct frame_span){text, result_bytes});
}

static const struct frame_dapp_intent talks = {.action = "test.talk", .transition = talk};
static const struct frame_dapp talker = {
    .id = "test", .version = "1.0.0", .intents = &talks, .intent_count = 1};
static const struct frame_dapp *const talkers[] = {&talker};
static const struct frame_dapp_table table = {talkers, 1};

/* Device 0 has one dApp, whose results have so many bytes. */
static void begin_talk(struct lab *lab, size_t bytes)
{
    result_bytes = bytes;
    meeting_begin(lab, 2);
    lab->config.dapps = &table;
    device_new(lab, 0);
    puppet_able(lab, 1, 1);
    lab_drop_all(lab);
}

/* A result of over 64 KiB is not told: the receipt itself has to do. */
static void test_long_result(void)
{
    for (size_t more = 0; more < 2; more++) {
        struct lab lab;
        begin_talk(&lab, FRAME_ROUTE_RESULT_BYTES_MAX + more);
        for (size_t i = 0; i < 2; i++) {
            say_route(&lab, 1, 0, 1, "test.talk", "{}");
            CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == (more == 0 ? i + 1 : 0));
            CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) == 1);
            CHECK(device_count(&lab, 0) == 1 && device_told(&lab, 0, FRAME_NOTE_SERVED) == 1);
        }
        CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 0);
        lab_end(&lab);
    }
}

/* An allocation fails as it is executed, made durable, or told once more: whoever asks again gets it. */
static bool without_memory(size_t time, size_t n)
{
    struct lab lab;
    begin_talk(&lab, 20000);
    struct heap *heap = &lab.devices[0].heap;
    bool failed = false;
    lab.devices[0].by_hand = true;
    for (size_t i = 0; i < 3; i++) {
        if (i == time) heap_fail(heap, n);
        if (i == 1)
            device_settle(&lab, 0);
        else
            say_route(&lab, 1, 0, 1, "test.talk", "{}");
        if (i == time) failed = heap->asked >= n;
        heap_fail(heap, 0);
    }
    device_tick(&lab, 0);
    device_settle(&lab, 0);
    lab_drop_all(&lab);
    say_route(&lab, 1, 0, 1, "test.talk", "{}");
    device_settle(&lab, 0);
    CHECK(device_count(&lab, 0) == 1 && lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 1);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    lab_end(&lab);
    return failed;
}

/* A receipt far back: some of what stands before it has to be executed again for its result. */
static bool far_back_without_memory(size_t n)
{
    struct lab lab;
    begin(&lab, 2, 1);
    struct heap *heap = &lab.devices[0].heap;
    for (size_t i = 0; i < 64; i++) {
        if (i == 5) say_route(&lab, 1, 0, 1, "notes.create", note);
        CHECK(device_intent(&lab, 0) == FRAME_OK);
    }
    lab_drop_all(&lab);
    heap_fail(heap, n);
    say_route(&lab, 1, 0, 1, "notes.create", note);
    const bool failed = heap->asked >= n;
    CHECK(failed || lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 1);
    heap_fail(heap, 0);
    lab_drop_all(&lab);
    say_route(&lab, 1, 0, 1, "notes.create", note);
    CHECK(device_count(&lab, 0) == 65 && lab_letters(&lab, 0, 1, FRAME_MESSAGE_RESULT) == 1);
    lab_end(&lab);
    return failed;
}

/* The same where it has to be fetched: then it is `unavailable`, and may be asked for again. */
static bool fetched_without_memory(size_t n)
{
    static char long_response[20000];
    struct lab lab;
    begin(&lab, 2, 1);
    struct heap *heap = &lab.devices[0].heap;
    memset(long_response, 'b', sizeof long_response - 1);
    memcpy(long_response, "[{\"body\":\"", 10);
    memcpy(long_response + sizeof long_response - 28, "\",\"status\":200,\"url\":\"u\"}]", 27);
    say_route(&lab, 1, 0, 1, "feed.fetch", url);
    heap_fail(heap, n);
    fetched_for(&lab, 1, long_response);
    const bool failed = heap->asked >= n;
    heap_fail(heap, 0);
    device_settle(&lab, 0);
    if (device_count(&lab, 0) == 0) {
        CHECK(failed);
        say_route(&lab, 1, 0, 1, "feed.fetch", url);
        CHECK(device_told(&lab, 0, FRAME_NOTE_FETCH) == 2);
        fetched_for(&lab, 1, response);
    }
    CHECK(device_count(&lab, 0) == 1 && effects(&lab, 0) == 1);
    lab_end(&lab);
    return failed;
}

static void test_memory(void)
{
    for (size_t time = 0; time < 3; time++)
        for (size_t n = 1; without_memory(time, n);)
            n++;
    for (size_t n = 1; far_back_without_memory(n);)
        n++;
    for (size_t n = 1; fetched_without_memory(n);)
        n++;
}

int main(void)
{
    test_late();
    test_fetched_twice();
    test_joined();
    test_meanwhile();
    test_gone();
    test_long_result();
    test_memory();
    return check_done();
}
