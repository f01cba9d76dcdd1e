// SPDX-License-Identifier: Apache-2.0
/* Discovery (§ 15, 16) and whom an instance turns to (§ 17). */
#include "meeting.h"

#define ALL_CAPABILITIES                                                                          \
    "[\"bridge.burn\",\"bridge.mint\",\"contacts.import\",\"contacts.read\",\"display."           \
    "timerTick\","                                                                                \
    "\"identity.read\",\"messages.list\",\"messages.send\",\"network.request\",\"storage.read\"," \
    "\"storage.write\",\"wallet.balance\",\"wallet.read\",\"wallet.send\"]"

/* Along a line each hears of all others, and they come to one state. */
static void test_line(void)
{
    struct lab lab;
    meeting_begin(&lab, 7);
    meeting_line(&lab);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    CHECK(device_intent(&lab, 6) == FRAME_OK);
    lab_run(&lab, 4 * INTERVAL_MS);
    for (int i = 0; i < lab.count; i++)
        CHECK(meeting_known(&lab, i) == 6);
    lab_run(&lab, 60000);
    for (int i = 1; i < lab.count; i++)
        CHECK(lab_same(&lab, 0, i));
    lab_end(&lab);
}

/* Of more than a table holds each knows a table full, and never more. */
static void test_many(void)
{
    struct lab lab;
    meeting_begin(&lab, 40);
    meeting_line(&lab);
    for (int t = 0; t < 8; t++) {
        lab_run(&lab, INTERVAL_MS);
        for (int i = 0; i < lab.count; i++) {
            CHECK(meeting_half(&lab, i, true) <= FRAME_TABLE_PEERS_MAX / 2);
            CHECK(meeting_half(&lab, i, false) <= FRAME_TABLE_PEERS_MAX / 2);
        }
    }
    for (int i = 0; i < lab.count; i++)
        CHECK(meeting_known(&lab, i) >= 24);
    lab_end(&lab);
}

/* Where all fit into a table, all are in it: 33 peers, one of them introduced. */
static void test_full(void)
{
    struct lab lab;
    meeting_begin(&lab, 33);
    meeting_line(&lab);
    lab_run(&lab, 8 * INTERVAL_MS);
    for (int i = 0; i < lab.count; i++)
        CHECK(meeting_known(&lab, i) == 32);
    lab_end(&lab);
}

/* Keys without membership get no entry, nothing but an announcement, and few of these. */
static void test_strangers(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1, .stranger = true};
    meeting_begin(&lab, 3);
    device_new(&lab, 0);
    CHECK(device_intent(&lab, 0) == FRAME_OK);
    lab_drop_all(&lab);
    for (uint32_t i = 0; i < 300; i++)
        crowd_announce(&lab, i, 0, &saying);
    for (uint32_t i = 0; i < 300; i++)
        crowd_announce(&lab, i, 0, &saying);
    CHECK(lab_letters(&lab, 0, NOBODY, FRAME_MESSAGE_ANNOUNCE) == FRAME_ANSWERS_MAX);
    CHECK(lab.letter_count == FRAME_ANSWERS_MAX);
    CHECK(frame_instance_peer_count(lab.devices[0].instance) == 0);
    CHECK(device_refused(&lab, 0, FRAME_UNTRUSTED) == 600);
    lab_drop_all(&lab);
    /* another interval, another sixteen; one is answered once */
    lab.now_ms += INTERVAL_MS;
    puppet_announce(&lab, 1, 0, &saying);
    puppet_announce(&lab, 1, 0, &saying);
    CHECK(lab_letters(&lab, 0, 1, FRAME_MESSAGE_ANNOUNCE) == 1);
    struct frame_chain *chain = scribe_new(&lab);
    scribe_write(&lab, chain, 2);
    puppet_attest(&lab, 1, 0, chain);
    struct frame_receipt receipt;
    frame_chain_at(frame_instance_chain(lab.devices[0].instance), &receipt, 0);
    puppet_request(&lab, 2, 0, &receipt.hash, 1, NULL, 0, NULL);
    lab_run(&lab, 3 * INTERVAL_MS);
    CHECK(device_refused(&lab, 0, FRAME_UNTRUSTED) == 604);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    for (size_t i = 0; i < lab.letter_count; i++)
        CHECK(lab.letters[i].type == FRAME_MESSAGE_ANNOUNCE);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Members that call in, however many, take one half; who was chosen stays, and is told of. */
static void test_eclipse(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1};
    meeting_begin(&lab, 10);
    meeting_line(&lab);
    lab_run(&lab, 4 * INTERVAL_MS);
    for (uint32_t i = 0; i < 600; i++) {
        crowd_announce(&lab, i, 4, &saying);
        lab_drop_all(&lab);
        if (i % 60 == 0) lab_run(&lab, INTERVAL_MS);
        CHECK(meeting_half(&lab, 4, false) <= FRAME_TABLE_PEERS_MAX / 2);
        CHECK(meeting_half(&lab, 4, true) <= FRAME_TABLE_PEERS_MAX / 2);
    }
    lab_run(&lab, INTERVAL_MS);
    CHECK(meeting_half(&lab, 4, false) == FRAME_TABLE_PEERS_MAX / 2);
    CHECK(meeting_known(&lab, 4) == 9);
    lab_end(&lab);
}

/* A table of its own size has halves of its own size; there is no other than of 2 to 32. */
static void test_small_table(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1};
    meeting_begin(&lab, 10);
    lab.config.table_peers_max = 5;
    meeting_line(&lab);
    for (uint32_t i = 0; i < 200; i++) {
        crowd_announce(&lab, i, 4, &saying);
        lab_drop_all(&lab);
        if (i % 20 == 0) lab_run(&lab, INTERVAL_MS);
        CHECK(meeting_half(&lab, 4, false) <= 2 && meeting_half(&lab, 4, true) <= 2);
    }
    CHECK(meeting_half(&lab, 4, false) == 2 && meeting_half(&lab, 4, true) == 2);
    for (uint32_t size = 0; size <= FRAME_TABLE_PEERS_MAX + 1; size++) {
        struct frame_instance *instance = NULL;
        struct frame_instance_config config = lab.config;
        config.allocator = lab.allocator;
        config.transport_secret = lab.devices[0].transport;
        config.table_peers_max = size;
        const bool fits = size >= 2 && size <= FRAME_TABLE_PEERS_MAX;
        CHECK(frame_instance_new(&instance, &config, 0) == (fits ? FRAME_OK : FRAME_BAD_ARGUMENT));
        frame_instance_free(instance);
    }
    lab_end(&lab);
}

/* The greatest `issued` counts, whatever comes when; but not against one long unheard. */
static void test_issued(void)
{
    struct lab lab;
    struct saying saying = {.issued_ms = 1000, .capabilities = "[\"wallet.read\"]"};
    meeting_begin(&lab, 2);
    device_new(&lab, 0);
    puppet_announce(&lab, 1, 0, &saying);
    CHECK(device_told(&lab, 0, FRAME_NOTE_MET) == 1);
    const uint32_t read = device_peer(&lab, 0, 1).capabilities;
    CHECK(read != 0);
    saying.capabilities = "[]";
    saying.issued_ms = 999;
    puppet_announce(&lab, 1, 0, &saying);
    saying.issued_ms = 1000;
    puppet_announce(&lab, 1, 0, &saying);
    CHECK(device_peer(&lab, 0, 1).capabilities == read);
    saying.issued_ms = 1001;
    puppet_announce(&lab, 1, 0, &saying);
    CHECK(device_peer(&lab, 0, 1).capabilities == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_REFUSED) == 0);

    device_wait(&lab, 0, 9 * INTERVAL_MS);
    CHECK(!device_peer(&lab, 0, 1).suspect);
    device_wait(&lab, 0, INTERVAL_MS);
    device_tick(&lab, 0);
    CHECK(device_peer(&lab, 0, 1).suspect);
    saying.issued_ms = 3;
    saying.capabilities = "[\"wallet.read\"]";
    puppet_announce(&lab, 1, 0, &saying);
    CHECK(!device_peer(&lab, 0, 1).suspect && device_peer(&lab, 0, 1).capabilities == read);
    /* what is not heard for 60 intervals is forgotten; who was introduced never is */
    device_wait(&lab, 0, 59 * INTERVAL_MS);
    CHECK(frame_instance_peer_count(lab.devices[0].instance) == 1);
    device_wait(&lab, 0, 2 * INTERVAL_MS);
    CHECK(frame_instance_peer_count(lab.devices[0].instance) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_FORGOTTEN) == 1);
    meeting_introduce(&lab, 0, 1, false);
    device_wait(&lab, 0, 100 * INTERVAL_MS);
    CHECK(frame_instance_peer_count(lab.devices[0].instance) == 1);
    lab_end(&lab);
}

/* What a device has to say of itself grows, whatever its clock does. */
static void test_issuing(void)
{
    struct lab lab;
    int64_t last = -1;
    meeting_begin(&lab, 2);
    device_new(&lab, 0);
    meeting_introduce(&lab, 0, 1, false);
    for (int t = 0; t < 9; t++) {
        static const int64_t clocks[] = {CLOCK_S,   CLOCK_S,   CLOCK_S + 9, 5,      -1,
                                         INT64_MAX, INT64_MAX, 0,           CLOCK_S};
        const struct frame_trust anybody = {.strict = false};
        struct frame_message message = {.issued_ms = -1};
        size_t at;
        lab.devices[0].clock_s = clocks[t];
        device_wait(&lab, 0, INTERVAL_MS);
        CHECK(lab_seek(&lab, &at, 0, 1, FRAME_MESSAGE_ANNOUNCE));
        CHECK(frame_envelope_open(&message, NULL, lab.crypto, &anybody, lab.letters[at].bytes,
                                  lab.letters[at].length) == FRAME_OK);
        CHECK(message.issued_ms > last && message.issued_ms <= FRAME_INTEGER_MAX);
        last = message.issued_ms;
        lab_drop_all(&lab);
    }
    lab_end(&lab);
}

#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

/* Bodies that are not exactly what § 15 says: `message`, at the cost of one who is known. */
static void test_bad_bodies(void)
{
    static const char *const wrong[][2] = {
        {"[\"wallet.send\",\"wallet.read\"]", "[]"},
        {"[\"wallet.read\",\"wallet.read\"]", "[]"},
        {"[1]", "[]"},
        {"[\"\"]", "[]"},
        {"{}", "[]"},
        {"[]", "[{\"codeHash\":\"00\",\"id\":\"a\"}]"},
        {"[]", "[{\"id\":\"a\"}]"},
        {"[]", "[1]"},
        {"[]", "null"},
    };
    struct lab lab;
    meeting_with_puppet(&lab);
    uint32_t bad = 0;
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "{\"capabilities\":%s,\"dapps\":%s,\"issued\":5,\"member\":\"%0128d\","
                       "\"peers\":[],\"type\":\"announce\"}",
                       wrong[i][0], wrong[i][1], 0);
        puppet_say_text(&lab, 1, 0, text);
        CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
    }
    CHECK(device_peer(&lab, 0, 1).offences == bad);
    lab_end(&lab);
}

static void test_more_bad_bodies(void)
{
    static const struct {
        const char *dapps, *issued, *peers;
        int digits;
    } others[] = {
        {"[{\"codeHash\":\"" ZEROS "\",\"id\":1}]", "5", "[]", 128},
        {"[]", "-1", "[]", 128},
        {"[]", "\"5\"", "[]", 128},
        {"[]", "5", "[]", 126},
        {"[]", "5", "{}", 128},
        {"[]", "5", "[1]", 128},
    };
    struct lab lab;
    meeting_with_puppet(&lab);
    uint32_t bad = 0;
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        char text[512];
        (void)snprintf(text, sizeof text,
                       "{\"capabilities\":[],\"dapps\":%s,\"issued\":%s,\"member\":\"%0*d\","
                       "\"peers\":%s,\"type\":\"announce\"}",
                       others[i].dapps, others[i].issued, others[i].digits, 0, others[i].peers);
        puppet_say_text(&lab, 1, 0, text);
        CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
    }
    /* names out of order, and seventeen of them; 65 capabilities */
    const struct frame_public_key keys[2] = {{{2}}, {{1}}};
    const struct saying unsorted = {.issued_ms = 9, .peers = keys, .peer_count = 2};
    puppet_announce(&lab, 1, 0, &unsorted);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
    char many[2048] = "";
    for (int i = 0; i < 17; i++)
        (void)snprintf(many + strlen(many), 72, "%s\"%064d\"", i == 0 ? "" : ",", i);
    char text[4096];
    (void)snprintf(text, sizeof text,
                   "{\"capabilities\":[],\"dapps\":[],\"issued\":5,\"member\":\"%0128d\","
                   "\"peers\":[%s],\"type\":\"announce\"}",
                   0, many);
    puppet_say_text(&lab, 1, 0, text);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
    char names[FRAME_ANNOUNCE_NAMES_MAX * 8] = "[\"a00\"";
    for (int i = 1; i <= FRAME_ANNOUNCE_NAMES_MAX; i++)
        (void)snprintf(names + strlen(names), 8, ",\"a%02d\"", i);
    const struct saying able = {.issued_ms = 9, .capabilities = strcat(names, "]")};
    puppet_announce(&lab, 1, 0, &able);
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == ++bad);
    CHECK(device_peer(&lab, 0, 1).offences == bad);
    lab_end(&lab);
}

/* So is one of a stranger, who pays nothing and gets no entry. */
static void test_strange_body(void)
{
    struct lab lab;
    meeting_begin(&lab, 2);
    device_new(&lab, 0);
    puppet_say_text(&lab, 1, 0, "{\"type\":\"announce\"}");
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 1);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0 && lab.letter_count == 0);
    CHECK(frame_instance_peer_count(lab.devices[0].instance) == 0);
    lab_end(&lab);
}

/* With discovery off these types are of no protocol: nobody pays for them (§ 12). */
static void test_off(void)
{
    struct lab lab;
    const struct saying saying = {.issued_ms = 1};
    lab_begin(&lab, 3);
    device_new(&lab, 0);
    puppet_announce(&lab, 1, 0, &saying);
    puppet_say_text(&lab, 1, 0, "{\"type\":\"announce\"}");
    puppet_say_text(&lab, 1, 0, "{\"id\":7,\"intent\":{},\"type\":\"route\"}");
    puppet_say_text(&lab, 1, 0, "{\"id\":7,\"receiptHash\":7,\"result\":7,\"type\":\"result\"}");
    CHECK(device_refused(&lab, 0, FRAME_MESSAGE) == 4);
    CHECK(device_told(&lab, 0, FRAME_NOTE_OFFENCE) == 0);
    CHECK(device_told(&lab, 0, FRAME_NOTE_MET) == 0);
    CHECK(device_do(&lab, 0, (struct frame_event){.type = FRAME_EVENT_FETCHED}) == FRAME_OK);
    const struct frame_intent intent = {.action = {(const uint8_t *)"wallet.balance", 14},
                                        .payload = {(const uint8_t *)"{}", 2}};
    struct frame_update update;
    const struct frame_event event = {
        .type = FRAME_EVENT_ROUTE, .now_ms = lab.now_ms, .clock_s = CLOCK_S, .intent = &intent};
    CHECK(frame_instance_step(lab.devices[0].instance, &update, &event) == FRAME_UNAVAILABLE);
    struct frame_public_key key;
    CHECK(frame_instance_providers(lab.devices[0].instance, &key, 1, intent.action,
                                   intent.payload) == 0);
    lab_end(&lab);
}

/* Strict trust: nobody else is contacted, admitted, or named. */
static void test_strict(void)
{
    struct lab lab;
    meeting_begin(&lab, 4);
    lab.config.strict_trust = true;
    for (int i = 0; i < 4; i++)
        device_new(&lab, i);
    meeting_introduce(&lab, 0, 1, true);
    meeting_introduce(&lab, 1, 0, true);
    meeting_introduce(&lab, 1, 2, true);
    meeting_introduce(&lab, 2, 1, true);
    meeting_introduce(&lab, 3, 0, false);
    struct saying saying = {.issued_ms = 1};
    puppet_announce(&lab, 3, 0, &saying);
    lab_run(&lab, 6 * INTERVAL_MS);
    CHECK(meeting_known(&lab, 0) == 1 && meeting_known(&lab, 1) == 2 &&
          meeting_known(&lab, 2) == 1);
    CHECK(meeting_known(&lab, 3) == 0);
    CHECK(lab_letters(&lab, 0, 3, FRAME_MESSAGE_ANNOUNCE) == 0);
    lab_end(&lab);
}

/* Who is trusted no more is a provider and a partner no more. */
static void test_mistrusted(void)
{
    struct lab lab;
    struct frame_public_key key;
    const struct saying saying = {.issued_ms = 1, .capabilities = ALL_CAPABILITIES};
    const struct frame_span action = {(const uint8_t *)"wallet.balance", 14};
    const struct frame_span payload = {(const uint8_t *)"{}", 2};
    meeting_begin(&lab, 2);
    lab.config.strict_trust = true;
    device_new(&lab, 0);
    for (int i = 0; i < 2; i++) {
        meeting_introduce(&lab, 0, 1, i == 0);
        puppet_announce(&lab, 1, 0, &saying);
        lab_drop_all(&lab);
        device_wait(&lab, 0, 3000);
        CHECK((lab_letters(&lab, 0, 1, FRAME_MESSAGE_ATTEST) > 0) == (i == 0));
        CHECK(frame_instance_providers(lab.devices[0].instance, &key, 1, action, payload) ==
              (i == 0));
        CHECK(device_peer(&lab, 0, 1).member && !device_peer(&lab, 0, 1).suspect);
    }
    lab_end(&lab);
}

/* Of those that are equally near the lesser keys go first, also where not all are wanted. */
static void test_providers(void)
{
    struct lab lab;
    struct frame_public_key keys[5];
    const struct saying saying = {.issued_ms = 1, .capabilities = ALL_CAPABILITIES};
    const struct frame_span action = {(const uint8_t *)"wallet.balance", 14};
    const struct frame_span payload = {(const uint8_t *)"{}", 2};
    meeting_begin(&lab, 5);
    device_new(&lab, 0);
    for (int i = 1; i < 5; i++)
        puppet_announce(&lab, i, 0, &saying);
    for (size_t max = 0; max < 5; max++) {
        CHECK(frame_instance_providers(lab.devices[0].instance, keys, max, action, payload) == max);
        for (size_t i = 0; i < max; i++) {
            struct frame_public_key key; /* all four are known, ascending */
            frame_instance_peer_at(lab.devices[0].instance, &key, i);
            CHECK(memcmp(&key, &keys[i], sizeof key) == 0);
        }
    }
    lab_end(&lab);
}

/* What is local changes at run time: the next announcement is at once. */
static void test_capabilities(void)
{
    struct lab lab;
    struct frame_public_key keys[4];
    static const uint8_t fetch[] = "feed.fetch";
    static const uint8_t url[] = "{\"url\":\"x\"}";
    const struct frame_span action = {fetch, sizeof fetch - 1};
    const struct frame_span payload = {url, sizeof url - 1};
    const char *network = "network.request";
    meeting_begin(&lab, 3);
    meeting_line(&lab);
    lab_run(&lab, 3 * INTERVAL_MS);
    CHECK(frame_instance_providers(lab.devices[0].instance, keys, 4, action, payload) == 2);
    CHECK(frame_instance_providers(lab.devices[0].instance, keys, 1, action, payload) == 1);
    CHECK(frame_instance_providers(lab.devices[0].instance, keys, 4, payload, payload) == 0);
    const uint32_t all = device_peer(&lab, 0, 1).capabilities;
    frame_instance_capabilities(lab.devices[1].instance, all & ~frame_capability_set(&network, 1));
    lab_run(&lab, 1);
    CHECK(frame_instance_providers(lab.devices[0].instance, keys, 4, action, payload) == 1);
    CHECK(memcmp(&keys[0], &lab.devices[2].key, sizeof keys[0]) == 0);
    CHECK(device_act(&lab, 1, "feed.fetch", "{\"url\":\"x\"}") == FRAME_UNAVAILABLE);
    CHECK(device_count(&lab, 1) == 0);
    CHECK(device_act(&lab, 1, "notes.create", "{\"text\":\"x\"}") == FRAME_OK);
    frame_instance_capabilities(lab.devices[1].instance, all);
    lab_run(&lab, 1);
    const size_t told = lab_letters(&lab, 1, 0, FRAME_MESSAGE_ANNOUNCE);
    frame_instance_capabilities(lab.devices[1].instance, all); /* no change: nothing to tell */
    lab_run(&lab, 1);
    CHECK(lab_letters(&lab, 1, 0, FRAME_MESSAGE_ANNOUNCE) == told);
    CHECK(frame_instance_providers(lab.devices[0].instance, keys, 4, action, payload) == 2);
    lab_end(&lab);
}

/* One partner at a time, nearer rings more often, the farthest every fourth time. */
static void test_partners(void)
{
    struct lab lab;
    size_t sent[5] = {0};
    const struct saying saying = {.issued_ms = 1, .capabilities = ALL_CAPABILITIES};
    meeting_begin(&lab, 5);
    lab.config.announce_interval_ms = 1000000;
    device_new(&lab, 0);
    static const uint64_t way_ms[] = {0, 5, 50, 200, 900};
    for (int i = 1; i < 5; i++) {
        meeting_introduce(&lab, 0, i, false);
        device_tick(&lab, 0);
        lab.now_ms += way_ms[i];
        puppet_announce(&lab, i, 0, &saying);
        CHECK(device_peer(&lab, 0, i).ring == (unsigned)i);
    }
    lab_drop_all(&lab);
    for (int t = 0; t < 400; t++) {
        device_wait(&lab, 0, 2000);
        for (int i = 1; i < 5; i++)
            sent[i] += lab_letters(&lab, 0, i, FRAME_MESSAGE_ATTEST);
        lab_drop_all(&lab);
    }
    const size_t all = sent[1] + sent[2] + sent[3] + sent[4];
    CHECK(all >= 400 && all <= 600);
    CHECK(sent[1] > sent[2] && sent[2] > sent[3]);
    CHECK(sent[4] >= all / 4);
    lab_end(&lab);
}

int main(void)
{
    test_line();
    test_many();
    test_full();
    test_strangers();
    test_eclipse();
    test_small_table();
    test_issued();
    test_issuing();
    test_bad_bodies();
    test_more_bad_bodies();
    test_strange_body();
    test_off();
    test_strict();
    test_mistrusted();
    test_providers();
    test_capabilities();
    test_partners();
    return check_done();
}
