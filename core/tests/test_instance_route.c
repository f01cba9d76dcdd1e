// SPDX-License-Identifier: Apache-2.0
/* Intents that others execute (§ 18): exactly once, whatever is lost, refused, repeated or promised. */
#include "routes.h"

static const char network[] = "network.request";

/* `count` devices, all of which know each other; the first one lacks the network. */
static void begin(struct lab *lab, int count)
{
    meeting_begin(lab, count);
    meeting_line(lab);
    lab_run(lab, 3 * INTERVAL_MS);
    frame_instance_capabilities(lab->devices[0].instance,
                                lab->config.capabilities & ~capability(network));
    lab_run(lab, 10);
    for (int i = 0; i < count; i++) {
        CHECK(meeting_known(lab, i) == (size_t)count - 1);
        device_forget_told(lab, i);
    }
}

/* The whole way: asked, fetched, executed, durable, told, synchronised, and compared. */
static void test_fetch(void)
{
    struct lab lab;
    begin(&lab, 2);
    CHECK(device_act(&lab, 0, "feed.fetch", "{\"url\":\"u\"}") == FRAME_UNAVAILABLE);
    CHECK(device_route(&lab, 0, "feed.fetch", "{\"url\":\"u\"}") == FRAME_OK);
    lab_deliver_all(&lab);
    CHECK(device_told(&lab, 1, FRAME_NOTE_FETCH) == 1 && device_count(&lab, 1) == 0);
    CHECK(strcmp(device_last(&lab, 1, FRAME_NOTE_FETCH)->result, "{\"url\":\"u\"}") == 0);
    fetched(&lab, 1, "[{\"body\":\"b\",\"status\":200,\"url\":\"u\"}]");
    CHECK(device_told(&lab, 1, FRAME_NOTE_SERVED) == 1);
    lab_deliver_all(&lab);
    CHECK(strcmp(device_last(&lab, 0, FRAME_NOTE_PROMISED)->result,
                 "{\"ok\":true,\"status\":200}") == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1);
    CHECK(lab_same(&lab, 0, 1) && effects(&lab, 0) == 1);
    struct frame_receipt receipt;
    const struct frame_note *done = last(&lab, 0, FRAME_NOTE_ROUTED);
    CHECK(frame_chain_find(frame_instance_chain(lab.devices[0].instance), &receipt, &done->hash));
    char origin[65] = "";
    frame_hex_encode(origin, lab.devices[1].key.bytes, 16);
    frame_hex_encode(origin + 32, done->route.bytes, 16);
    struct frame_span said;
    CHECK(json_member(receipt.payload, &said, "origin") && json_string_is(said, origin));
    CHECK(device_peer(&lab, 0, 1).failures == 0 && device_peer(&lab, 0, 1).successes > 0);
    lab_end(&lab);
}

/* What the caller cannot fetch is `unavailable`, and so is what takes it too long. */
static void test_fetch_fails(void)
{
    struct lab lab;
    begin(&lab, 2);
    CHECK(device_route(&lab, 0, "feed.fetch", "{\"url\":\"u\"}") == FRAME_OK);
    lab_deliver_all(&lab);
    fetched(&lab, 1, "");
    CHECK(lab_letters(&lab, 1, 0, FRAME_MESSAGE_REJECT) == 1);
    lab_run(&lab, 2000);
    CHECK(device_told(&lab, 1, FRAME_NOTE_FETCH) == 2);
    fetched(&lab, 1, "[{\"body\":\"b\",\"status\":200,\"url\":\"u\"}]");
    lab_run(&lab, 10);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1 && effects(&lab, 0) == 1);
    fetched(&lab, 1, "[]"); /* too late */
    CHECK(device_count(&lab, 1) == 1);
    lab_end(&lab);
}

/* The same route again, and again after a restart of the provider: the same receipt. */
static void test_repeated(void)
{
    struct lab lab;
    size_t at;
    begin(&lab, 2);
    CHECK(device_route(&lab, 0, "wallet.mintFrame", "{\"amount\":5,\"target\":\"alice\"}") ==
          FRAME_OK);
    CHECK(lab_seek(&lab, &at, 0, 1, FRAME_MESSAGE_ROUTE));
    lab_bring(&lab, at);
    const struct frame_hash hash = last(&lab, 1, FRAME_NOTE_SERVED)->hash;
    for (int i = 0; i < 3; i++) {
        CHECK(lab_seek(&lab, &at, 0, 1, FRAME_MESSAGE_ROUTE));
        lab_bring(&lab, at);
    }
    CHECK(device_count(&lab, 1) == 1 && device_told(&lab, 1, FRAME_NOTE_SERVED) == 1);
    CHECK(lab_letters(&lab, 1, 0, FRAME_MESSAGE_RESULT) == 4);
    while (lab_pass(&lab, 1, 0, FRAME_MESSAGE_RESULT))
        CHECK(frame_hash_compare(&last(&lab, 0, FRAME_NOTE_PROMISED)->hash, &hash) == 0);
    CHECK(lab_seek(&lab, &at, 0, 1, FRAME_MESSAGE_ROUTE));
    struct letter *letter = &lab.letters[at];
    device_crash(&lab, 1);
    CHECK(device_recover(&lab, 1).receipts == 1);
    (void)letter;
    meeting_introduce(&lab, 1, 0, false);
    lab_bring(&lab, at); /* who is it? */
    CHECK(device_refused(&lab, 1, FRAME_UNTRUSTED) == 1);
    lab_run(&lab, 2 * INTERVAL_MS);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1);
    CHECK(device_count(&lab, 1) == 1 && lab_same(&lab, 0, 1));
    lab_end(&lab);
}

/* Two providers that do not see each other execute it both: in their union it counts once, whichever way
   they are joined; and on top of itself it is refused. */
static void test_once(void)
{
    struct lab lab;
    begin(&lab, 4);
    CHECK(device_route(&lab, 0, "wallet.mintFrame", "{\"amount\":5,\"target\":\"alice\"}") ==
          FRAME_OK);
    const int first = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
    CHECK(lab_pass(&lab, 0, first, FRAME_MESSAGE_ROUTE));
    lab_drop_all(&lab);
    while (device_told(&lab, 0, FRAME_NOTE_ROUTING) < 2) {
        device_wait(&lab, 0, 500);
        for (size_t i = lab.letter_count; i > 0; i--)
            if (lab.letters[i - 1].type != FRAME_MESSAGE_ROUTE) lab_drop(&lab, i - 1);
    }
    const int second = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
    CHECK(second != first && device_peer(&lab, 0, first).failures > 0);
    CHECK(lab_pass(&lab, 0, second, FRAME_MESSAGE_ROUTE));
    CHECK(device_count(&lab, first) == 1 && device_count(&lab, second) == 1);
    lab_run(&lab, 20000);
    for (int i = 0; i < 4; i++)
        CHECK(routed(&lab, i) == 2 && effects(&lab, i) == 1 && lab_same(&lab, 0, i));
    /* a merge receipt lays the other one to rest, and nothing revives it */
    CHECK(device_intent(&lab, 3) == FRAME_OK);
    lab_run(&lab, 20000);
    struct frame_span supply;
    CHECK(frame_chain_storage(frame_instance_chain(lab.devices[0].instance), &supply,
                              (struct frame_span){(const uint8_t *)"wallet:totalSupply", 18}));
    CHECK(supply.length == 1 && supply.bytes[0] == '5');
    CHECK(effects(&lab, 0) == 1 && device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1);
    lab_end(&lab);
}

/* A provider that is silent, one that comes late, and one that will not. */
static void test_next(void)
{
    struct lab lab;
    begin(&lab, 4);
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    const int first = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
    struct buffer late;
    size_t at;
    buffer_init(&late, &lab.allocator);
    CHECK(lab_pass(&lab, 0, first, FRAME_MESSAGE_ROUTE));
    CHECK(lab_seek(&lab, &at, first, 0, FRAME_MESSAGE_RESULT));
    buffer_append(&late, lab.letters[at].bytes, lab.letters[at].length);
    lab_drop_all(&lab);
    device_wait(&lab, 0, 1000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == 2);
    const int second = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
    puppet_reject(&lab, second, 0, "busy");
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == 3); /* at once */
    const int third = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
    CHECK(first != second && second != third && third != first);
    CHECK(device_peer(&lab, 0, second).failures < device_peer(&lab, 0, first).failures);
    puppet_reject(&lab, third, 0, "unavailable");
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == 3); /* all have been asked: it waits */
    lab_post(&lab, first, 0, FRAME_MESSAGE_RESULT, buffer_view(&late));
    lab_deliver(&lab, lab.letter_count - 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_PROMISED) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 0);
    lab_drop_all(&lab);
    lab_run(&lab, 60000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1 && effects(&lab, 0) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    buffer_free(&late);
    lab_end(&lab);
}

/* A result that was not executed ends nothing; one unlike its receipt costs; one unasked nothing. */
static void test_liars(void)
{
    struct lab lab;
    const struct saying saying = {
        .issued_ms = 1, .capabilities = "[\"network.request\",\"storage.read\",\"storage.write\"]"};
    const struct frame_hash nothing = {{7}};
    meeting_begin(&lab, 4);
    device_new(&lab, 0);
    device_new(&lab, 1);
    meeting_introduce(&lab, 0, 1, false);
    lab_run(&lab, INTERVAL_MS);
    lab.now_ms += 1;
    puppet_announce(&lab, 2, 0, &saying);
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    struct frame_route_id id = last(&lab, 0, FRAME_NOTE_ROUTING)->route;
    CHECK(lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer) == 1);
    say_result(&lab, 2, &id, &nothing, "{\"ok\":true}"); /* it was not asked */
    CHECK(device_refused(&lab, 0, FRAME_UNASKED) == 1);
    lab_drop_all(&lab);
    while (device_told(&lab, 0, FRAME_NOTE_ROUTING) < 2)
        device_wait(&lab, 0, 100);
    CHECK(lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer) == 2);
    for (int i = 0; i < 40; i++) { /* however often it says so */
        say_result(&lab, 2, &id, &nothing, "{\"ok\":true}");
        device_wait(&lab, 0, 100);
    }
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) >= 3);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 0);
    CHECK(device_peer(&lab, 0, 2).failures > 0 && device_peer(&lab, 0, 2).offences == 0);
    lab_drop_all(&lab);
    lab_run(&lab, 60000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1 && effects(&lab, 0) == 1);

    /* the receipt is there, and is not what was promised; or it is another's */
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"m\"}") == FRAME_OK);
    const struct frame_hash old = last(&lab, 0, FRAME_NOTE_ROUTED)->hash;
    const int asked = lab_find(&lab, &last(&lab, 0, FRAME_NOTE_ROUTING)->peer);
    id = last(&lab, 0, FRAME_NOTE_ROUTING)->route;
    CHECK(asked == 1);
    say_result(&lab, asked, &id, &old, "{\"ok\":true}");
    CHECK(device_refused(&lab, 0, FRAME_RESULT_MISMATCH) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 1);
    CHECK(lab_pass(&lab, 0, asked, FRAME_MESSAGE_ROUTE));
    const struct frame_hash hash = last(&lab, asked, FRAME_NOTE_SERVED)->hash;
    say_result(&lab, asked, &id, &hash, "{\"ok\":false}");
    lab_run(&lab, 2000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 2);
    lab_end(&lab);
}

/* A promise that differs from the receipt, which comes after it. */
static void test_mismatch(void)
{
    struct lab lab;
    begin(&lab, 2);
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    CHECK(lab_pass(&lab, 0, 1, FRAME_MESSAGE_ROUTE));
    const struct frame_note *served = last(&lab, 1, FRAME_NOTE_SERVED);
    while (lab_letters(&lab, 1, 0, FRAME_MESSAGE_RESULT) > 0) {
        size_t at;
        if (lab_seek(&lab, &at, 1, 0, FRAME_MESSAGE_RESULT)) lab_drop(&lab, at);
    }
    const struct frame_route_id id = served->route;
    const struct frame_hash hash = served->hash;
    say_result(&lab, 1, &id, &hash, "{\"id\":\"0000000000000000\",\"ok\":true}");
    CHECK(device_refused(&lab, 0, FRAME_RESULT_MISMATCH) == 0);
    lab_deliver_all(&lab);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == 1);
    CHECK(device_refused(&lab, 0, FRAME_RESULT_MISMATCH) == 1);
    CHECK(device_peer(&lab, 0, 1).offences == 1);
    lab_end(&lab);
}

/* Why a provider will not. */
static void test_rejects(void)
{
    struct lab lab;
    const struct saying member = {.issued_ms = 1};
    const struct saying stranger = {.issued_ms = 1, .stranger = true};
    meeting_begin(&lab, 3);
    lab.config.capabilities &= ~capability("wallet.send");
    device_new(&lab, 0);
    lab.devices[0].by_hand = true;
    /* a stranger is told so once in an interval, and nothing is executed for it */
    puppet_announce(&lab, 1, 0, &stranger);
    say_route(&lab, 1, 0, 1, "notes.create", "{\"text\":\"a\"}");
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_REJECT) == 0); /* it had an announcement */
    lab.now_ms += INTERVAL_MS;
    say_route(&lab, 1, 0, 1, "notes.create", "{\"text\":\"a\"}");
    CHECK(rejected(&lab, 0, 1, "untrusted"));
    lab_drop_all(&lab);
    say_route(&lab, 1, 0, 1, "notes.create", "{\"text\":\"a\"}");
    CHECK(lab.letter_count == 0 && device_count(&lab, 0) == 0);

    puppet_announce(&lab, 2, 0, &member);
    say_route(&lab, 2, 0, 1, "no.such", "{}");
    CHECK(rejected(&lab, 0, 2, "dapp"));
    say_route(&lab, 2, 0, 1, "federation.merge", "{}");
    CHECK(rejected(&lab, 0, 2, "dapp"));
    say_route(&lab, 2, 0, 1, "wallet.send", "{\"amount\":1,\"recipient\":\"b\"}");
    CHECK(rejected(&lab, 0, 2, "unavailable"));
    say_route(&lab, 2, 0, 1, "composite",
              "{\"steps\":[{\"action\":\"notes.create\",\"payload\":{\"text\":\"a\"}},"
              "{\"action\":\"wallet.send\",\"payload\":{\"amount\":1,\"recipient\":\"b\"}}]}");
    CHECK(rejected(&lab, 0, 2, "unavailable"));
    CHECK(device_count(&lab, 0) == 0);
    /* one is executed and not durable, others wait */
    for (int i = 1; i <= FRAME_JOBS_MAX; i++) {
        lab_drop_all(&lab);
        say_route(&lab, 2, 0, (uint8_t)i, "notes.create", "{\"text\":\"a\"}");
        CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_REJECT) == 0);
    }
    say_route(&lab, 2, 0, 99, "notes.create", "{\"text\":\"a\"}");
    CHECK(rejected(&lab, 0, 2, "busy"));
    CHECK(device_count(&lab, 0) == 1);
    CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_RESULT) == 0); /* nothing is durable */
    device_settle(&lab, 0);
    CHECK(device_count(&lab, 0) == FRAME_JOBS_MAX);
    CHECK(device_told(&lab, 0, FRAME_NOTE_SERVED) == FRAME_JOBS_MAX);
    CHECK(lab_letters(&lab, 0, 2, FRAME_MESSAGE_RESULT) == FRAME_JOBS_MAX);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    lab_end(&lab);
}

#define ZEROS "00000000000000000000000000000000"

static void say_long(struct lab *lab, const char *before, char letter, size_t count,
                     const char *behind)
{
    static char text[2 * FRAME_PAYLOAD_BYTES_MAX];
    const size_t length = strlen(before);
    memcpy(text, before, length);
    memset(text + length, letter, count);
    memcpy(text + length + count, behind, strlen(behind) + 1);
    puppet_say_text(lab, 1, 0, text);
}

/* Bodies that are not exactly what § 18 says cost their sender. */
static void test_bad_bodies(void)
{
    static const char *const wrong[] = {
        "{\"id\":\"00\",\"intent\":{\"action\":\"a\",\"payload\":{},\"raw\":\"\"},\"type\":"
        "\"route\"}",
        "{\"id\":\"00000000000000000000000000000000\",\"intent\":{},\"type\":\"route\"}",
        "{\"id\":\"00000000000000000000000000000000\",\"intent\":{\"action\":\"\",\"payload\":{},"
        "\"raw\":\"\"},\"type\":\"route\"}",
        "{\"id\":\"00000000000000000000000000000000\",\"intent\":{\"action\":\"a\",\"payload\":[],"
        "\"raw\":\"\"},\"type\":\"route\"}",
        "{\"id\":\"00000000000000000000000000000000\",\"intent\":{\"action\":\"a\",\"payload\":{},"
        "\"raw\":1},\"type\":\"route\"}",
        "{\"id\":\"00000000000000000000000000000000\",\"receiptHash\":\"\",\"result\":{},"
        "\"type\":\"result\"}",
        "{\"id\":\"00000000000000000000000000000000\",\"receiptHash\":\"\",\"type\":\"result\"}",
        "{\"id\":\"" ZEROS "\",\"intent\":[],\"type\":\"route\"}",
        "{\"id\":\"00\",\"receiptHash\":\"" ZEROS ZEROS "\",\"result\":{},\"type\":\"result\"}",
        "{\"id\":\"" ZEROS "\",\"receiptHash\":\"" ZEROS ZEROS
        "\",\"result\":[],\"type\":\"result\"}",
        "{\"id\":\"" ZEROS "\",\"intent\":{\"action\":\"a\",\"payload\":{\"a\":"
        "[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]},\"raw\":\"\"},\"type\":\"route\"}",
    };
    static const struct {
        const char *before;
        char letter;
        size_t count;
        const char *behind;
    } large[] = {
        {"{\"id\":\"" ZEROS "\",\"intent\":{\"action\":\"a\",\"payload\":{},\"raw\":\"", 'r',
         FRAME_RAW_BYTES_MAX + 1, "\"},\"type\":\"route\"}"},
        {"{\"id\":\"" ZEROS "\",\"intent\":{\"action\":\"a\",\"payload\":{\"a\":\"", 'p',
         FRAME_PAYLOAD_BYTES_MAX, "\"},\"raw\":\"\"},\"type\":\"route\"}"},
        {"{\"id\":\"" ZEROS "\",\"receiptHash\":\"" ZEROS ZEROS "\",\"result\":{\"a\":\"", 'r',
         FRAME_PAYLOAD_BYTES_MAX, "\"},\"type\":\"result\"}"},
    };
    struct lab lab;
    meeting_with_puppet(&lab);
    uint32_t bad = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        puppet_say_text(&lab, 1, 0, wrong[i]);
        CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
        CHECK(device_peer(&lab, 0, 1).offences == bad);
    }
    for (size_t i = 0; i < sizeof large / sizeof large[0]; i++) {
        say_long(&lab, large[i].before, large[i].letter, large[i].count, large[i].behind);
        CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
    }
    lab_end(&lab);
}

/* Without a provider a route waits; with sixteen of them the next is told so. */
static void test_waiting(void)
{
    struct lab lab;
    meeting_begin(&lab, 2);
    device_new(&lab, 0);
    for (int i = 0; i < FRAME_ROUTES_MAX; i++)
        CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_BUSY);
    CHECK(device_route(&lab, 0, "no.such", "{}") == FRAME_DAPP);
    CHECK(device_route(&lab, 0, "notes.create", "{") == FRAME_BAD_ARGUMENT);
    CHECK(device_route(&lab, 0, "notes.create", "{},\"raw\":\"\",\"timestamp\":1}") ==
          FRAME_BAD_ARGUMENT); /* a payload and what goes behind it */
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == 0);
    device_wait(&lab, 0, 600000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 0);
    device_new(&lab, 1);
    meeting_introduce(&lab, 1, 0, false);
    lab_run(&lab, 60000);
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTED) == FRAME_ROUTES_MAX);
    CHECK(effects(&lab, 0) == FRAME_ROUTES_MAX && lab_same(&lab, 0, 1));
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    lab_end(&lab);
}

/* Nobody ever answers, though somebody is there. */
static void test_given_up(void)
{
    struct lab lab;
    struct saying saying = {.issued_ms = 1, .capabilities = "[\"storage.read\",\"storage.write\"]"};
    meeting_begin(&lab, 2);
    device_new(&lab, 0);
    puppet_announce(&lab, 1, 0, &saying);
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    for (int i = 0; i < 3000 && device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 0; i++) {
        saying.issued_ms++;
        puppet_announce(&lab, 1, 0, &saying);
        device_wait(&lab, 0, 1000);
    }
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == FRAME_ROUTE_ATTEMPTS_MAX);
    CHECK(device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 1);
    lab_end(&lab);
}

/* Also where every attempt asks another one, and none of those that were asked is known any more. */
static void test_given_up_by_many(void)
{
    struct lab lab;
    struct saying saying = {.capabilities = "[\"storage.read\",\"storage.write\"]"};
    meeting_begin(&lab, 1);
    device_new(&lab, 0);
    for (uint32_t i = 0; i < 8; i++) {
        saying.issued_ms++;
        crowd_announce(&lab, 10000 + i, 0, &saying);
    }
    CHECK(device_route(&lab, 0, "notes.create", "{\"text\":\"n\"}") == FRAME_OK);
    for (uint32_t i = 0; i < 1000 && device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 0; i++) {
        /* who was asked last is silent for so long that it is not thought of any more */
        if (device_told(&lab, 0, FRAME_NOTE_ROUTING) == FRAME_ROUTE_ATTEMPTS_MAX)
            device_wait(&lab, 0, 3600000);
        saying.issued_ms++;
        crowd_announce(&lab, i, 0, &saying);
        device_wait(&lab, 0, 10000);
    }
    CHECK(device_told(&lab, 0, FRAME_NOTE_ROUTING) == FRAME_ROUTE_ATTEMPTS_MAX);
    CHECK(device_told(&lab, 0, FRAME_NOTE_GIVEN_UP) == 1);
    lab_end(&lab);
}

int main(void)
{
    test_fetch();
    test_fetch_fails();
    test_repeated();
    test_once();
    test_next();
    test_liars();
    test_mismatch();
    test_rejects();
    test_bad_bodies();
    test_waiting();
    test_given_up();
    test_given_up_by_many();
    return check_done();
}
