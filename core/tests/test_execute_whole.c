// SPDX-License-Identifier: Apache-2.0
/* Composites (§ 6), limits (§ 4), capabilities (§ 5), the state root (§ 7), and bad input. */
#include <sodium.h>

#include "execute_case.h"

#define MAX                   "9007199254740991"
#define MINE                  "'wallet:balance:me':1000,'wallet:totalSupply':1000"
#define BAD                   REFUSED("bad_payload")
#define FAILED(step)          "{'error':'step_failed','ok':false,'step':" step "}"
#define STEP(action, payload) "{'action':'" action "','payload':" payload "}"
#define READ                  STEP("wallet.balance", "{}")

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

/* ---- Composites -------------------------------------------------------------------------------- */

static const struct execute_case composite_cases[] = {
    {"later steps see what earlier ones did", "composite",
     "{'steps':[" STEP("wallet.mintFrame", "{'amount':10,'target':'me'}") "," STEP(
         "wallet.send", "{'amount':4,'recipient':'bob'}") "," READ "]}",
     NULL,
     "{'ok':true,'results':[{'ok':true,'supply':10},{'balance':6,'ok':true},"
     "{'balance':6,'ok':true}]}",
     "{'wallet:balance:bob':4,'wallet:balance:me':6,'wallet:totalSupply':10}", NULL},
    {"one random stream runs on", "composite",
     "{'steps':[" STEP("notes.create", "{'text':''}") "," READ "," STEP(
         "messages.send", "{'body':'','to':'b'}") "," STEP("bridge.withdraw",
                                                           "{'amount':1,'destination':'d'}") "]}",
     "{" MINE "}",
     "{'ok':true,'results':[{'id':'@0','ok':true},{'balance':1000,'ok':true},"
     "{'id':'@1','ok':true},{'id':'@2','ok':true}]}",
     "{'bridge:withdrawal:@2':{'amount':1,'destination':'d','timestamp':1700000000},"
     "'messages:b:@1':{'body':'','timestamp':1700000000},"
     "'notes:@0':{'created':1700000000,'text':'','updated':1700000000},"
     "'wallet:balance:me':999,'wallet:totalSupply':999}",
     NULL},
    {"all or nothing", "composite",
     "{'steps':[" STEP("display.timerTick", "{}") "," STEP(
         "wallet.send", "{'amount':1001,'recipient':'bob'}") "," READ "]}",
     "{" MINE "}", FAILED("1"), NULL, NULL},
    {"the first step fails", "composite",
     "{'steps':[" STEP("notes.delete", "{'id':'x'}") "," READ "]}", NULL, FAILED("0"), NULL, NULL},
    {"a step's bad payload is a refused step", "composite",
     "{'steps':[" READ "," STEP("wallet.balance", "{'a':1}") "]}", NULL, FAILED("1"), NULL, NULL},
    {"a step overflows", "composite",
     "{'steps':[" STEP("wallet.mintFrame", "{'amount':" MAX ",'target':'a'}") "," STEP(
         "wallet.mintFrame", "{'amount':1,'target':'b'}") "]}",
     NULL, FAILED("1"), NULL, NULL},
    {"one step", "composite", "{'steps':[" READ "]}", NULL, BAD, NULL, NULL},
    {"no step", "composite", "{'steps':[]}", NULL, BAD, NULL, NULL},
    {"no steps", "composite", "{}", NULL, BAD, NULL, NULL},
    {"steps an object", "composite", "{'steps':{}}", NULL, BAD, NULL, NULL},
    {"an extra member", "composite", "{'a':1,'steps':[" READ "," READ "]}", NULL, BAD, NULL, NULL},
    {"a step that is no object", "composite", "{'steps':[" READ ",1]}", NULL, BAD, NULL, NULL},
    {"a step with an extra member", "composite",
     "{'steps':[" READ ",{'action':'wallet.balance','payload':{},'x':0}]}", NULL, BAD, NULL, NULL},
    {"a step without payload", "composite", "{'steps':[" READ ",{'action':'wallet.balance'}]}",
     NULL, BAD, NULL, NULL},
    {"a step's payload an array", "composite",
     "{'steps':[" READ "," STEP("wallet.balance", "[]") "]}", NULL, BAD, NULL, NULL},
    {"a step's action a number", "composite", "{'steps':[" READ ",{'action':1,'payload':{}}]}",
     NULL, BAD, NULL, NULL},
    {"an unknown step", "composite", "{'steps':[" READ "," STEP("wallet.none", "{}") "]}", NULL,
     BAD, NULL, NULL},
    {"a composite in a composite", "composite", "{'steps':[" READ "," STEP("composite", "{}") "]}",
     NULL, BAD, NULL, NULL},
    {"a feed in a composite", "composite",
     "{'steps':[" READ "," STEP("feed.fetch", "{'url':'u'}") "]}", NULL, BAD, NULL, NULL},
    {"a merge in a composite", "composite",
     "{'steps':[" READ "," STEP("federation.merge", "{'heads':[]}") "]}", NULL, BAD, NULL, NULL},
};

/* A payload of `count` times the same item, and what should come of it. */
static void check_many(const char *action, const char *head, const char *item, size_t count,
                       const char *result)
{
    static char payload[16 * 1024];
    payload[0] = '\0';
    strcat(payload, head);
    for (size_t i = 0; i < count; i++) {
        if (i > 0) strcat(payload, ",");
        strcat(payload, item);
    }
    strcat(payload, "]}");
    struct heap heap = {0};
    struct frame_allocator allocator = heap_allocator(&heap);
    struct execute_case test = {.name = action, .action = action, .payload = payload};
    struct case_texts texts;
    struct case_outcome outcome;
    test.result = result;
    case_texts_init(&texts, &allocator, &test);
    case_outcome_init(&outcome, &allocator);
    CHECK(case_run(&outcome, &allocator, &texts) == FRAME_OK);
    CHECK(case_same(action, "result", &outcome.result, &texts.result));
    case_outcome_free(&outcome);
    case_texts_free(&texts);
    CHECK(heap.live == 0);
}

static void test_counts(void)
{
    static const char contact[] = "{'id':'a','name':''}";
    static const char contacts[] = "{'contacts':[";
    check_many("contacts.import", contacts, contact, 256, "{'count':256,'ok':true}");
    check_many("contacts.import", contacts, contact, 257, BAD);
    static const char fail[] = STEP("notes.delete", "{'id':'x'}");
    check_many("composite", "{'steps':[", fail, 16, FAILED("0"));
    check_many("composite", "{'steps':[", fail, 17, BAD);
    check_many("composite", "{'steps':[", READ, 16,
               "{'ok':true,'results':[{'balance':0,'ok':true},{'balance':0,'ok':true},"
               "{'balance':0,'ok':true},{'balance':0,'ok':true},{'balance':0,'ok':true},"
               "{'balance':0,'ok':true},{'balance':0,'ok':true},{'balance':0,'ok':true},"
               "{'balance':0,'ok':true},{'balance':0,'ok':true},{'balance':0,'ok':true},"
               "{'balance':0,'ok':true},{'balance':0,'ok':true},{'balance':0,'ok':true},"
               "{'balance':0,'ok':true},{'balance':0,'ok':true}]}");
}

/* ---- An executor of its own -------------------------------------------------------------------- */

struct bench {
    struct heap heap;
    struct frame_allocator allocator;
    struct executor executor;
    struct state state;
    struct buffer input;
};

static void bench_init(struct bench *bench, const struct frame_dapp_table *dapps)
{
    static const struct frame_public_key key = {{7}};
    memset(bench, 0, sizeof *bench);
    bench->allocator = heap_allocator(&bench->heap);
    buffer_init(&bench->input, &bench->allocator);
    CHECK(executor_init(&bench->executor, frame_crypto_libsodium(), &bench->allocator, dapps,
                        span_of("me"), &key) == FRAME_OK);
}

static void bench_free(struct bench *bench)
{
    state_release(&bench->allocator, &bench->state);
    executor_free(&bench->executor);
    buffer_free(&bench->input);
    CHECK(bench->heap.live == 0 && !bench->heap.wrong_size);
}

static void bench_put(struct bench *bench, const char *key, const char *value)
{
    CHECK(state_put(&bench->allocator, &bench->state, span_of(key), span_of(value)) == FRAME_OK);
}

static enum frame_status bench_run(struct bench *bench, struct state *after, bool *accepted,
                                   const char *action, const char *payload)
{
    buffer_clear(&bench->input);
    buffer_text(&bench->input, "{\"action\":\"");
    buffer_text(&bench->input, action);
    buffer_text(&bench->input, "\",\"origin\":\"\",\"payload\":");
    case_text(&bench->input, payload, NULL);
    buffer_text(&bench->input, ",\"raw\":\"\",\"timestamp\":1700000000}");
    struct execution execution = {.input_payload = buffer_view(&bench->input),
                                  .timestamp_s = CASE_TIME_S};
    frame_sha256_of(frame_crypto_libsodium(), &execution.input_hash, bench->input.bytes,
                    bench->input.length);
    return executor_run(&bench->executor, after, accepted, &bench->state, &execution);
}

/* ---- Full storage (§ 4) ------------------------------------------------------------------------ */

/* Fills the storage up to `bytes` with one value; `outside` of the root or in it. */
static void bench_fill(struct bench *bench, bool outside, size_t bytes)
{
    const char *key = outside ? "\"frame_logs:x\"" : "\"x\"";
    size_t length = bytes - state_bytes(&bench->state) - strlen(key);
    uint8_t *value = malloc(length);
    if (value == NULL) return;
    memset(value, 'x', length);
    value[0] = '"';
    value[length - 1] = '"';
    CHECK(state_put(&bench->allocator, &bench->state, span_of(key),
                    (struct frame_span){value, length}) == FRAME_OK);
    free(value);
    CHECK(state_bytes(&bench->state) == bytes);
}

/* Runs an intent that lets storage grow by `growth` bytes, to the last free byte and one beyond. */
static void check_full(const char *action, const char *payload, const char *key, const char *value,
                       size_t growth, const char *refusal)
{
    for (size_t i = 0; i < 4; i++) {
        struct bench bench;
        struct state after;
        bool accepted;
        size_t excess = i % 2;
        bench_init(&bench, frame_dapps_builtin());
        if (key != NULL) bench_put(&bench, key, value);
        bench_fill(&bench, i >= 2, FRAME_STORAGE_BYTES_MAX - growth + excess);
        CHECK_IN(action, bench_run(&bench, &after, &accepted, action, payload) == FRAME_OK);
        CHECK_IN(action, accepted == (excess == 0));
        CHECK_IN(action, state_bytes(&after) ==
                             FRAME_STORAGE_BYTES_MAX - growth + excess + (accepted ? growth : 0));
        if (!accepted) CHECK_IN(action, span_is(buffer_view(&bench.executor.result), refusal));
        state_release(&bench.allocator, &after);
        bench_free(&bench);
    }
}

#define FULL "{\"error\":\"storage_full\",\"ok\":false}"

static void test_full(void)
{
    check_full("notes.create", "{'text':'t'}", NULL, NULL,
               strlen("'notes:0123456789abcdef'"
                      "{'created':1700000000,'text':'t','updated':1700000000}"),
               FULL);
    /* Old values do not count: 99 becomes 100, twice. */
    check_full("display.timerTick", "{}", "\"timer:ticks\"", "99",
               1 + strlen("'frame_ui:timer'{'ticks':100}"), FULL);
    /* A longer text in place of a shorter one. */
    check_full("notes.update", "{'id':'1','text':'four'}", "\"notes:1\"",
               "{\"created\":1700000000,\"text\":\"\",\"updated\":1700000000}", 4, FULL);
    /* A step that passes the limit fails, whatever a later step would free. */
    check_full("composite",
               "{'steps':[" STEP("contacts.import", "{'contacts':[{'id':'a','name':''}]}") "," READ
                                                                                           "]}",
               NULL, NULL, strlen("'contacts:a'{'name':''}"),
               "{\"error\":\"step_failed\",\"ok\":false,\"step\":0}");
}

/* What frees storage, or leaves it alone, goes on in full storage; other refusals come first. */
static void test_full_order(void)
{
    struct bench bench;
    struct state after;
    bool accepted;
    bench_init(&bench, frame_dapps_builtin());
    bench_put(&bench, "\"notes:1\"", "0");
    bench_put(&bench, "\"wallet:balance:me\"", MAX);
    bench_put(&bench, "\"wallet:totalSupply\"", MAX);
    bench_fill(&bench, false, FRAME_STORAGE_BYTES_MAX);
    static const struct {
        const char *action;
        const char *payload;
        const char *result;
    } cases[] = {
        {"wallet.balance", "{}", "{\"balance\":" MAX ",\"ok\":true}"},
        {"wallet.send", "{'amount':1,'recipient':'me'}", "{\"balance\":" MAX ",\"ok\":true}"},
        {"notes.delete", "{'id':'1'}", "{\"ok\":true}"},
        {"wallet.burnFrame", "{'amount':1,'target':'me'}",
         "{\"ok\":true,\"supply\":9007199254740990}"},
        {"wallet.mintFrame", "{'amount':1,'target':'bob'}",
         "{\"error\":\"overflow\",\"ok\":false}"},
        {"notes.update", "{'id':'2','text':'t'}", "{\"error\":\"not_found\",\"ok\":false}"},
        {"notes.create", "{'text':1}", "{\"error\":\"bad_payload\",\"ok\":false}"},
        {"wallet.send", "{'amount':1,'recipient':'bob'}", FULL},
        {"composite",
         "{'steps':[" STEP("notes.delete", "{'id':'1'}") "," STEP("notes.delete",
                                                                  "{'id':'1'}") "]}",
         "{\"error\":\"step_failed\",\"ok\":false,\"step\":1}"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        CHECK(bench_run(&bench, &after, &accepted, cases[i].action, cases[i].payload) == FRAME_OK);
        CHECK_IN(cases[i].action, span_is(buffer_view(&bench.executor.result), cases[i].result));
        state_release(&bench.allocator, &after);
        CHECK(state_bytes(&bench.state) == FRAME_STORAGE_BYTES_MAX);
    }
    bench_free(&bench);
}

/* Storage that was too large when it came (which no dApp can have done) takes no put, however small. */
static void test_overfull(void)
{
    struct bench bench;
    struct state after;
    bool accepted;
    bench_init(&bench, frame_dapps_builtin());
    bench_put(&bench, "\"notes:1\"", "0");
    bench_fill(&bench, false, FRAME_STORAGE_BYTES_MAX + 1000);
    CHECK(bench_run(&bench, &after, &accepted, "notes.delete", "{'id':'1'}") == FRAME_OK);
    CHECK(accepted && state_entries(&after) == 1);
    state_release(&bench.allocator, &after);
    CHECK(bench_run(&bench, &after, &accepted, "wallet.balance", "{}") == FRAME_OK && accepted);
    state_release(&bench.allocator, &after);
    CHECK(bench_run(&bench, &after, &accepted, "display.timerTick", "{}") == FRAME_OK);
    CHECK(!accepted && span_is(buffer_view(&bench.executor.result), FULL));
    state_release(&bench.allocator, &after);
    bench_free(&bench);
}

/* ---- The random stream [E5] -------------------------------------------------------------------- */

static enum frame_status stream_run(struct frame_run *run, struct frame_span payload)
{
    uint8_t bytes[80];
    (void)payload;
    frame_run_random(run, bytes, 3);
    frame_run_random(run, bytes + 3, 61);
    frame_run_random(run, bytes + 64, 0);
    frame_run_random(run, bytes + 64, 16);
    struct buffer *text = frame_run_scratch(run, 0);
    buffer_hex(text, bytes, sizeof bytes);
    return frame_run_result(run, buffer_view(text));
}

static void test_random(void)
{
    static const struct frame_dapp_intent intent = {.action = "stream", .transition = stream_run};
    static const struct frame_dapp dapp = {
        .id = "test", .version = "1.0.0", .intents = &intent, .intent_count = 1};
    static const struct frame_dapp *const dapps[] = {&dapp};
    static const struct frame_dapp_table table = {dapps, 1};
    static const char *const expected[] = {
        "247f7c15aad9ec972267f3af4a9e3e5a9f0b41c920cf53958ec229aa5a415ff84797e93eecc181d369e10db0c5"
        "67"
        "48a2bb2f6d36fcd607b19af74866932eb5a99d7f712cb43e3f11d4674a2c5ffec72c",
        "d177f26dcfb3d684b7d954de16b10164e0dd814a7372a3592616a2e558887b5abfb49c1b773a5d6ec6c8c1babb"
        "02"
        "32d66d97dbaac3ad9c55fc593d1a9dba9963b67e3698bc90d12d6af4cf423fa4acc6"};
    struct frame_hash previous;
    struct bench bench;
    bench_init(&bench, &table);
    memset(previous.bytes, 0xcd, sizeof previous.bytes);
    for (size_t i = 0; i < 2; i++) {
        struct execution execution = {.input_payload =
                                          span_of("{\"action\":\"stream\",\"payload\":{}}"),
                                      .previous = i == 0 ? NULL : &previous};
        struct state after;
        bool accepted = false;
        memset(execution.input_hash.bytes, 0xab, sizeof execution.input_hash.bytes);
        CHECK(executor_run(&bench.executor, &after, &accepted, &bench.state, &execution) ==
              FRAME_OK);
        CHECK(accepted && span_is(buffer_view(&bench.executor.result), expected[i]));
        state_release(&bench.allocator, &after);
    }
    bench_free(&bench);
}

/* A transition that takes a scratch anew has not got rid of a failure in it. */
static enum frame_status twice_run(struct frame_run *run, struct frame_span payload)
{
    static const struct frame_span nothing = {NULL, 0};
    struct buffer *text = frame_run_scratch(run, 1);
    buffer_span(text, payload);
    text = frame_run_scratch(run, 1);
    buffer_text(text, "{\"ok\":true}");
    enum frame_status status = frame_run_put(run, "x", nothing, buffer_view(text));
    return status == FRAME_OK ? frame_run_result(run, buffer_view(text)) : status;
}

/* One that deletes what it has not looked for. */
static enum frame_status delete_run(struct frame_run *run, struct frame_span payload)
{
    static const struct frame_span nothing = {NULL, 0};
    (void)payload;
    enum frame_status status = frame_run_delete(run, "x", nothing);
    return status == FRAME_OK ? frame_run_result(run, span_of("{\"ok\":true}")) : status;
}

/* One whose result is longer than anything before. */
static enum frame_status talk_run(struct frame_run *run, struct frame_span payload)
{
    static uint8_t text[100000];
    (void)payload;
    memset(text, 'x', sizeof text);
    memcpy(text, "{\"ok\":true,\"x\":\"", 16);
    memcpy(text + sizeof text - 2, "\"}", 2);
    return frame_run_result(run, (struct frame_span){text, sizeof text});
}

/* Whichever allocation fails, the transition does. */
static void check_failures(frame_transition transition)
{
    const struct frame_dapp_intent intent = {.action = "twice", .transition = transition};
    const struct frame_dapp dapp = {
        .id = "test", .version = "1.0.0", .intents = &intent, .intent_count = 1};
    const struct frame_dapp *const dapps[] = {&dapp};
    const struct frame_dapp_table table = {dapps, 1};
    static const struct execution execution = {
        .input_payload = {(const uint8_t *)"{\"action\":\"twice\",\"payload\":{}}", 33}};
    bool failed = true;
    for (size_t n = 1; failed; n++) {
        struct bench bench;
        struct state after;
        bool accepted = false;
        bench_init(&bench, &table);
        heap_fail(&bench.heap, n);
        enum frame_status status =
            executor_run(&bench.executor, &after, &accepted, &bench.state, &execution);
        failed = bench.heap.asked >= n;
        CHECK(status == (failed ? FRAME_NO_MEMORY : FRAME_OK));
        if (!failed) state_release(&bench.allocator, &after);
        bench_free(&bench);
    }
}

/* ---- Roots (§ 7) ------------------------------------------------------------------------------- */

static void check_root(struct bench *bench, const struct frame_hash *commitment,
                       const char *storage)
{
    struct buffer text;
    struct frame_hash expected;
    struct frame_hash root;
    buffer_init(&text, &bench->allocator);
    buffer_text(&text, "{\"capabilityVersion\":2,\"identityPublicKey\":\"07");
    for (size_t i = 0; i < 31; i++)
        buffer_text(&text, "00");
    buffer_text(&text, "\",\"installedDApps\":");
    installed_dapps_write(&text, frame_crypto_libsodium(), frame_dapps_builtin());
    buffer_text(&text, ",\"receiptChainCommitment\":\"");
    buffer_hex(&text, commitment->bytes, sizeof commitment->bytes);
    buffer_text(&text, "\",\"storage\":{");
    case_text(&text, storage, NULL);
    buffer_text(&text, "},\"version\":3}");
    frame_sha256_of(frame_crypto_libsodium(), &expected, text.bytes, text.length);
    executor_root(&bench->executor, &root, &bench->state, commitment);
    CHECK_IN(storage, frame_hash_compare(&root, &expected) == 0);
    buffer_free(&text);
}

static void test_root(void)
{
    static const struct frame_hash commitment = {{1, 2, 0xab}};
    struct bench bench;
    bench_init(&bench, frame_dapps_builtin());
    check_root(&bench, &frame_genesis, "");
    check_root(&bench, &commitment, "");
    bench_put(&bench, "\"frame_ui:timer\"", "{\"ticks\":1}");
    bench_put(&bench, "\"chain:x\"", "1");
    check_root(&bench, &commitment, "");
    bench_put(&bench, "\"b\"", "1");
    bench_put(&bench, "\"10\"", "[]");
    bench_put(&bench, "\"9\"", "{}");
    bench_put(&bench, "\"frame_u\"", "null");
    check_root(&bench, &commitment, "'9':{},'10':[],'b':1,'frame_u':null");
    bench_free(&bench);
}

static bool hash_is(const struct frame_hash *hash, const char *hex)
{
    char text[64];
    frame_hex_encode(text, hash->bytes, sizeof hash->bytes);
    return memcmp(text, hex, sizeof text) == 0;
}

/* Known answers: SHA-256 of installedDApps, and the root of empty storage for one key. */
static void test_known(void)
{
    static const uint8_t seed[32] = {1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1,
                                     1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1};
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    struct bench bench;
    struct frame_secret_key secret;
    struct frame_public_key key;
    struct frame_hash hash;
    bench_init(&bench, frame_dapps_builtin());
    installed_dapps_write(&bench.input, crypto, frame_dapps_builtin());
    frame_sha256_of(crypto, &hash, bench.input.bytes, bench.input.length);
    CHECK(hash_is(&hash, "b1f16ef641a5ac5b5918c2562542d026ac0aeb2393f04a687bf979c38a7414ba"));
    frame_sha256_of(crypto, &hash, "GENESIS", 7);
    CHECK(frame_hash_compare(&hash, &frame_genesis) == 0);
    crypto->key_pair(crypto->context, &secret, &key, seed);
    executor_free(&bench.executor);
    CHECK(executor_init(&bench.executor, crypto, &bench.allocator, frame_dapps_builtin(),
                        span_of("anybody"), &key) == FRAME_OK);
    executor_root(&bench.executor, &hash, &bench.state, &frame_genesis);
    CHECK(hash_is(&hash, "c4dc41fa7c4326e05f663498f471c8d39c437abe84565718b8f920e782bb9353"));
    bench_free(&bench);
}

/* ---- Capabilities used (§ 6) ------------------------------------------------------------------- */

static const struct {
    const char *action;
    const char *payload;
    const char *dapp;
    const char *used;
} used_cases[] = {
    {"bridge.deposit", "{}", "bridge", "['bridge.mint','storage.read','storage.write']"},
    {"bridge.withdraw", "{}", "bridge", "['bridge.burn','storage.read','storage.write']"},
    {"contacts.import", "{}", "contacts", "['contacts.import','storage.read','storage.write']"},
    {"contacts.read", "{}", "contacts", "['contacts.read','storage.read']"},
    {"display.timerTick", "{}", "timer", "['display.timerTick','storage.read','storage.write']"},
    {"escrow.lock", "{}", "wallet", "['storage.read','storage.write','wallet.send']"},
    {"escrow.refund", "{}", "wallet", "['storage.read','storage.write','wallet.send']"},
    {"escrow.release", "{}", "wallet", "['storage.read','storage.write','wallet.send']"},
    {"federation.merge", "{}", "federation", "[]"},
    {"feed.fetch", "{}", "feed", "['network.request','storage.write']"},
    {"messages.list", "{}", "messages", "['messages.list','storage.read']"},
    {"messages.send", "{}", "messages", "['messages.send','storage.read','storage.write']"},
    {"notes.create", "{}", "notes", "['storage.read','storage.write']"},
    {"notes.delete", "{}", "notes", "['storage.read','storage.write']"},
    {"notes.update", "{}", "notes", "['storage.read','storage.write']"},
    {"wallet.balance", "{}", "wallet", "['storage.read','wallet.balance','wallet.read']"},
    {"wallet.burnFrame", "{}", "wallet", "['bridge.burn','storage.read','storage.write']"},
    {"wallet.mintFrame", "{}", "wallet", "['bridge.mint','storage.read','storage.write']"},
    {"wallet.send", "{}", "wallet", "['storage.read','storage.write','wallet.send']"},
    {"composite", "{'steps':[" READ "," STEP("contacts.read", "{'a':1}") "]}", "composite",
     "['contacts.read','storage.read','wallet.balance','wallet.read']"},
    {"composite", "{'steps':[" READ "]}", "composite", "[]"},
    {"composite", "{'steps':[" READ "," READ "," STEP("feed.fetch", "{}") "]}", "composite", "[]"},
    {"composite", "{}", "composite", "[]"},
};

static void test_used(void)
{
    struct bench bench;
    bench_init(&bench, frame_dapps_builtin());
    for (size_t i = 0; i < sizeof used_cases / sizeof *used_cases; i++) {
        struct buffer *found = &bench.executor.scratch[0];
        struct buffer *payload = &bench.executor.scratch[1];
        const struct frame_dapp *dapp = NULL;
        uint32_t used = 0;
        buffer_clear(&bench.input);
        buffer_clear(found);
        buffer_clear(payload);
        case_text(&bench.input, used_cases[i].used, NULL);
        case_text(payload, used_cases[i].payload, NULL);
        CHECK(executor_used(frame_dapps_builtin(), &dapp, &used, span_of(used_cases[i].action),
                            buffer_view(payload)) == FRAME_OK);
        CHECK_IN(used_cases[i].action, dapp != NULL && strcmp(dapp->id, used_cases[i].dapp) == 0);
        capabilities_write(found, used);
        CHECK_IN(used_cases[i].action,
                 case_same(used_cases[i].action, "used", found, &bench.input));
    }
    const struct frame_dapp *dapp;
    uint32_t used;
    CHECK(executor_used(frame_dapps_builtin(), &dapp, &used, span_of("wallet"), span_of("{}")) ==
          FRAME_DAPP);
    CHECK(executor_used(frame_dapps_builtin(), &dapp, &used, span_of(""), span_of("{}")) ==
          FRAME_DAPP);
    bench_free(&bench);
}

/* ---- Bad input --------------------------------------------------------------------------------- */

#define INPUT(action, payload, rest) \
    "{'action':'" action "','origin':'','payload':" payload "," rest "}"
#define REST "'raw':'','timestamp':5"

static const struct {
    const char *input;
    const char *storage;
    enum frame_status status;
} input_cases[] = {
    {INPUT("wallet.balance", "{}", REST), "{}", FRAME_OK},
    {INPUT("wallet.none", "{}", REST), "{}", FRAME_DAPP},
    {INPUT("federation.merge", "{}", REST), "{}", FRAME_DAPP},
    {INPUT("", "{}", REST), "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet balance", "{}", REST), "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "[]", REST), "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "{}", "'raw':'','timestamp':'5'"), "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "{}", "'raw':'','timestamp':5,'x':0"), "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "{}", "'raw':1,'timestamp':5"), "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "{}", "'timestamp':5"), "{}", FRAME_FIELD_TYPE},
    {"{'action':'wallet.balance','networkResponses':[],'origin':'','payload':{}," REST "}", "{}",
     FRAME_FIELD_TYPE},
    {"{'action':'feed.fetch','networkResponses':{},'origin':'','payload':{}," REST "}", "{}",
     FRAME_FIELD_TYPE},
    {"{'action':'feed.fetch','networkResponses':[],'origin':'','payload':{}," REST "}", "{}",
     FRAME_OK},
    {"[]", "{}", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "{}", REST), "[]", FRAME_FIELD_TYPE},
    {INPUT("wallet.balance", "{}", REST), "7", FRAME_FIELD_TYPE},
    {"", "{}", FRAME_JSON_SYNTAX},
    {INPUT("wallet.balance", "{}", REST), "", FRAME_JSON_SYNTAX},
    {INPUT("wallet.balance", "{ }", REST), "{}", FRAME_JSON_NOT_CANONICAL},
    {INPUT("wallet.balance", "{}", REST), "{'b':1,'a':1}", FRAME_JSON_NOT_CANONICAL},
};

static void test_input(void)
{
    struct heap heap = {0};
    struct frame_allocator allocator = heap_allocator(&heap);
    for (size_t i = 0; i < sizeof input_cases / sizeof *input_cases; i++) {
        struct case_texts texts;
        struct case_outcome outcome;
        static const struct execute_case none = {.action = "", .payload = "", .result = ""};
        case_texts_init(&texts, &allocator, &none);
        case_outcome_init(&outcome, &allocator);
        buffer_clear(&texts.input);
        buffer_clear(&texts.before);
        case_text(&texts.input, input_cases[i].input, NULL);
        case_text(&texts.before, input_cases[i].storage, NULL);
        CHECK_IN(input_cases[i].input,
                 case_run(&outcome, &allocator, &texts) == input_cases[i].status);
        case_outcome_free(&outcome);
        case_texts_free(&texts);
    }
    CHECK(heap.live == 0);
}

static enum frame_status run_with(struct frame_allocator allocator, struct frame_span identity,
                                  int64_t timestamp_s, struct frame_sink sink)
{
    static const struct frame_public_key key = {{7}};
    const struct frame_intent_run run = {
        .identity = identity,
        .input_payload = span_of("{\"action\":\"wallet.balance\",\"origin\":\"\",\"payload\":{},"
                                 "\"raw\":\"\",\"timestamp\":5}"),
        .public_key = &key,
        .storage = span_of("{\"a\":1}"),
        .timestamp_s = timestamp_s};
    struct frame_intent_outcome outcome;
    return frame_intent_execute(&outcome, sink, sink, sink, frame_crypto_libsodium(), &allocator,
                                &run);
}

static bool count_down(void *context, const uint8_t *bytes, size_t length)
{
    size_t *left = context;
    (void)bytes;
    (void)length;
    if (*left == 0) return false;
    *left -= 1;
    return true;
}

static void test_arguments(void)
{
    static const struct frame_sink none = {NULL, NULL};
    struct heap heap = {0};
    struct frame_allocator allocator = heap_allocator(&heap);
    uint8_t long_id[FRAME_IDENTITY_BYTES_MAX + 1] = {0}; /* each byte is an escape of six */
    struct frame_span longest = {long_id, FRAME_IDENTITY_BYTES_MAX};
    struct frame_span too_long = {long_id, sizeof long_id};
    CHECK(run_with(allocator, span_of("me"), 5, none) == FRAME_OK);
    CHECK(run_with(allocator, longest, 5, none) == FRAME_OK);
    CHECK(run_with(allocator, too_long, 5, none) == FRAME_FIELD_TYPE);
    CHECK(run_with(allocator, span_of(""), 5, none) == FRAME_FIELD_TYPE);
    CHECK(run_with(allocator, span_of("\xff"), 5, none) == FRAME_FIELD_TYPE);
    CHECK(run_with(allocator, span_of("me"), -1, none) == FRAME_FIELD_TYPE);
    CHECK(run_with(allocator, span_of("me"), FRAME_INTEGER_MAX + 1, none) == FRAME_FIELD_TYPE);
    size_t writes = SIZE_MAX;
    struct frame_sink counting = {&writes, count_down};
    CHECK(run_with(allocator, span_of("me"), 5, counting) == FRAME_OK);
    for (size_t needed = SIZE_MAX - writes; needed > 0; needed--) {
        writes = needed - 1;
        CHECK(run_with(allocator, span_of("me"), 5, counting) == FRAME_NO_MEMORY);
    }
    CHECK(heap.live == 0);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    cases_check(composite_cases, sizeof composite_cases / sizeof *composite_cases);
    test_counts();
    test_full();
    test_full_order();
    test_overfull();
    test_random();
    check_failures(twice_run);
    check_failures(delete_run);
    check_failures(talk_run);
    test_root();
    test_known();
    test_used();
    test_input();
    test_arguments();
    return check_done();
}
