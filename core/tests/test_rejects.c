// SPDX-License-Identifier: Apache-2.0
/*
 * What callers get wrong is refused, and nothing has happened: intents whose parts break § 3, another's key, a
 * configuration that cannot work; and a sink that takes no more ends what is written to it.
 */
#include "heap.h"

#include "dapp.h"
#include "frame.h"

static struct frame_secret_key secret, others;
static struct frame_public_key key;

static struct frame_span span(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

static struct frame_chain *chain_of(struct heap *heap)
{
    struct frame_chain *chain;
    struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                        .allocator = heap_allocator(heap),
                                        .identity = span("alice.frame"),
                                        .public_key = &key};
    CHECK(frame_chain_new(&chain, &config) == FRAME_OK);
    return chain;
}

static struct frame_intent note(void)
{
    return (struct frame_intent){.action = span("notes.create"),
                                 .payload = span("{\"text\":\"t\"}"),
                                 .raw = span("r"),
                                 .origin = span("o")};
}

/* ---- Intents -------------------------------------------------------------------------------- */

static void refused(struct frame_chain *chain, const char *what, const struct frame_intent *intent,
                    const struct frame_secret_key *by)
{
    struct frame_executed executed;
    size_t had = frame_chain_count(chain);
    CHECK_IN(what, frame_chain_execute(chain, &executed, by, intent, 1) == FRAME_BAD_ARGUMENT);
    CHECK_IN(what, frame_chain_count(chain) == had);
}

static void test_intents(void)
{
    static char deep[200] = "{\"text\":", large[FRAME_PAYLOAD_BYTES_MAX + 100] = "{\"text\":\"",
                long_origin[FRAME_ORIGIN_BYTES_MAX + 2];
    struct heap heap = {0};
    struct frame_chain *chain = chain_of(&heap);
    struct frame_executed executed;
    struct frame_intent intent = note();
    CHECK(frame_chain_execute(chain, &executed, &secret, &intent, 1) == FRAME_OK);

    refused(chain, "another's key", &intent, &others);
    intent.action = span("not a name");
    refused(chain, "action", &intent, &secret);
    intent = note();
    intent.origin = span("\xc3");
    refused(chain, "origin is no UTF-8", &intent, &secret);
    memset(long_origin, 'o', sizeof long_origin - 1);
    intent.origin = span(long_origin);
    refused(chain, "origin is too long", &intent, &secret);
    intent = note();
    intent.raw = span("\xed\xa0\x80");
    refused(chain, "raw is no UTF-8", &intent, &secret);
    intent = note();
    intent.payload = span("{\"text\":\"t\"} ");
    refused(chain, "more than a payload", &intent, &secret);
    intent.payload = span("{},\"raw\":\"\",\"timestamp\":1}");
    refused(chain, "a payload and what goes behind it", &intent, &secret);
    intent.payload = span("{\"text\":}");
    refused(chain, "payload is no JSON", &intent, &secret);
    intent.payload = span("[]");
    refused(chain, "payload is no object", &intent, &secret);
    for (size_t i = 0; i < 40; i++)
        strcat(deep, "[");
    for (size_t i = 0; i < 40; i++)
        strcat(deep, "]");
    intent.payload = span(strcat(deep, "}"));
    refused(chain, "payload is too deep", &intent, &secret);
    memset(large + strlen(large), 'x', FRAME_PAYLOAD_BYTES_MAX);
    intent.payload = span(strcat(large, "\"}"));
    refused(chain, "payload is too large", &intent, &secret);

    intent = note();
    CHECK(frame_chain_execute(chain, &executed, &secret, &intent, 2) == FRAME_OK);
    CHECK(frame_chain_count(chain) == 2);
    frame_chain_free(chain);
    CHECK(heap.live == 0);
}

/* ---- Sinks ---------------------------------------------------------------------------------- */

struct narrow {
    size_t left; /* so many writes are taken */
    size_t taken;
};

static bool narrow_write(void *context, const uint8_t *bytes, size_t length)
{
    struct narrow *narrow = context;
    (void)bytes;
    (void)length;
    if (narrow->left == 0) return false;
    narrow->left--;
    narrow->taken++;
    return true;
}

static size_t writes_of(bool (*write)(const void *from, struct frame_sink sink), const void *from)
{
    struct narrow all = {.left = SIZE_MAX};
    CHECK(write(from, (struct frame_sink){&all, narrow_write}));
    for (size_t i = 0; i < all.taken; i++) {
        struct narrow narrow = {.left = i};
        CHECK(!write(from, (struct frame_sink){&narrow, narrow_write}));
        CHECK(narrow.taken == i);
    }
    return all.taken;
}

static bool write_chain(const void *from, struct frame_sink sink)
{
    return frame_chain_write(from, sink);
}

static bool write_storage(const void *from, struct frame_sink sink)
{
    return frame_chain_write_storage(from, sink);
}

static bool write_log(const void *from, struct frame_sink sink)
{
    return frame_instance_log(from, sink);
}

static struct frame_instance_config instance_config(struct heap *heap)
{
    struct frame_instance_config config;
    frame_instance_config_init(&config);
    config.crypto = frame_crypto_libsodium();
    config.allocator = heap_allocator(heap);
    config.identity = span("alice.frame");
    config.identity_secret = secret;
    config.transport_secret = others;
    return config;
}

static void test_sinks(void)
{
    struct heap heap = {0};
    struct frame_chain *chain = chain_of(&heap);
    struct frame_executed executed;
    struct frame_intent intent = note();
    struct frame_instance *instance;
    struct frame_instance_config config = instance_config(&heap);
    struct frame_update update;
    CHECK(writes_of(write_storage, chain) > 0); /* {} */
    for (int i = 0; i < 3; i++)
        CHECK(frame_chain_execute(chain, &executed, &secret, &intent, i) == FRAME_OK);
    CHECK(writes_of(write_chain, chain) >= 3);
    CHECK(writes_of(write_storage, chain) >= 3);
    frame_chain_free(chain);

    CHECK(frame_instance_new(&instance, &config, 0) == FRAME_OK);
    struct frame_event event = {.type = FRAME_EVENT_INTENT, .intent = &intent, .clock_s = 5};
    CHECK(frame_instance_step(instance, &update, &event) == FRAME_OK);
    CHECK(writes_of(write_log, instance) == 2);
    frame_instance_free(instance);
    CHECK(heap.live == 0);
}

/* ---- Configurations ------------------------------------------------------------------------- */

/* A.42 of the protocol document, and § 15 to 17. */
static void test_defaults(void)
{
    struct frame_instance_config config;
    frame_instance_config_init(&config);
    CHECK(config.policy == FRAME_POLICY_JOIN && !config.strict_trust && !config.discovery);
    CHECK(config.gossip_interval_ms == 2000 && config.coalesce_ms == 50);
    CHECK(config.request_timeout_ms == 1000 && config.retry_ms_max == 30000);
    CHECK(config.ignore_ms == 10000 && config.ignore_ms_max == 600000);
    CHECK(config.offences_max == 8 && config.peers_max == 1024);
    CHECK(config.staging_receipts_max == 4096 && config.staging_bytes_max == 4 << 20);
}

static void test_configurations(void)
{
    static char letters[FRAME_IDENTITY_BYTES_MAX + 2];
    struct heap heap = {0};
    struct frame_instance *instance;
    memset(letters, 'a', sizeof letters - 1);
    for (int wrong = 0; wrong < 6; wrong++) {
        struct frame_instance_config config = instance_config(&heap);
        if (wrong == 0) config.identity = span("");
        if (wrong == 1) config.identity = span(letters);
        if (wrong == 2) config.gossip_interval_ms = 0;
        if (wrong == 3) config.request_timeout_ms = 0;
        if (wrong == 4) config.retry_ms_max = 0;
        if (wrong == 5) config.announce_interval_ms = 0;
        CHECK(frame_instance_new(&instance, &config, 0) == FRAME_BAD_ARGUMENT);
        CHECK(heap.live == 0);
    }
}

/* A chain whose identity is not known, and ids that no chain has. */
static void test_chains(void)
{
    static char letters[FRAME_IDENTITY_BYTES_MAX + 2];
    struct heap heap = {0};
    struct frame_chain *chain;
    struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                        .allocator = heap_allocator(&heap)};
    struct frame_intent intent = note();
    struct frame_executed executed;
    memset(letters, 'a', sizeof letters - 1);
    CHECK(frame_chain_new(&chain, &config) == FRAME_OK);
    CHECK(frame_chain_execute(chain, &executed, &secret, &intent, 1) == FRAME_BAD_ARGUMENT);
    frame_chain_free(chain);
    config.public_key = &key;
    config.identity = span(letters);
    CHECK(frame_chain_new(&chain, &config) == FRAME_BAD_ARGUMENT);
    config.identity = span("");
    CHECK(frame_chain_new(&chain, &config) == FRAME_BAD_ARGUMENT);
    frame_verified_free(NULL);
    CHECK(heap.live == 0);
}

static enum frame_status answer(struct frame_run *run, struct frame_span payload)
{
    (void)payload;
    return frame_run_result(run, span("{\"ok\":true}"));
}

/* A dApp whose id is no name makes no receipt: nobody could read it. */
static void test_dapps(void)
{
    static const char *const ids[] = {"no name", "", "test"};
    for (size_t i = 0; i < 3; i++) {
        const struct frame_dapp_intent does = {.action = "test.do", .transition = answer};
        const struct frame_dapp dapp = {
            .id = ids[i], .version = "1.0.0", .intents = &does, .intent_count = 1};
        const struct frame_dapp *const dapps[] = {&dapp};
        const struct frame_dapp_table table = {dapps, 1};
        struct heap heap = {0};
        struct frame_chain *chain;
        struct frame_executed executed;
        struct frame_intent intent = note();
        const struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                                  .allocator = heap_allocator(&heap),
                                                  .identity = span("alice.frame"),
                                                  .public_key = &key,
                                                  .dapps = &table};
        CHECK(frame_chain_new(&chain, &config) == FRAME_OK);
        intent.action = span("test.do");
        const bool good = strcmp(ids[i], "test") == 0;
        CHECK_IN(ids[i], frame_chain_execute(chain, &executed, &secret, &intent, 1) ==
                             (good ? FRAME_OK : FRAME_BAD_ARGUMENT));
        CHECK_IN(ids[i], frame_chain_count(chain) == (good ? 1 : 0));
        frame_chain_free(chain);
        CHECK(heap.live == 0);
    }
}

/* Storage that is asked for without memory to ask with is not there, and is there again. */
static void test_storage(void)
{
    struct heap heap = {0};
    struct frame_chain *chain = chain_of(&heap);
    struct frame_executed executed;
    struct frame_span value;
    struct frame_intent intent = note();
    intent.action = span("display.timerTick");
    intent.payload = span("{}");
    CHECK(frame_chain_execute(chain, &executed, &secret, &intent, 1) == FRAME_OK);
    heap_fail(&heap, 1);
    CHECK(!frame_chain_storage(chain, &value, span("timer:ticks")));
    heap_fail(&heap, 0);
    CHECK(frame_chain_storage(chain, &value, span("timer:ticks")) && value.length == 1);
    frame_chain_free(chain);
    CHECK(heap.live == 0);
}

int main(void)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    uint8_t seed[32] = {1}, other_seed[32] = {2};
    struct frame_public_key other_key;
    crypto->key_pair(crypto->context, &secret, &key, seed);
    crypto->key_pair(crypto->context, &others, &other_key, other_seed);
    test_intents();
    test_sinks();
    test_defaults();
    test_configurations();
    test_chains();
    test_dapps();
    test_storage();
    return check_done();
}
