// SPDX-License-Identifier: Apache-2.0
/*
 * The checks find what they are for: each lie below stands between the world and the core's instance, and
 * must be found by the check of its name. Without a lie nothing is found.
 */
#include "sim/checks.h"

#include <stdlib.h>
#include <string.h>

#include "core/dapp.h"
#include "core/execute.h"
#include "core/json.h"
#include "core/memory.h"
#include "core/tests/check.h"
#include "sim/peer.h"
#include "sim/world_internal.h"

enum lie {
    HONEST,
    FORGETS_TO_LOG,     /* appends nothing */
    LOGS_TWICE,         /* appends everything twice */
    ACKNOWLEDGES_EARLY, /* does not wait for its disk */
    FORGETS_ON_RESTART, /* recovers nothing */
    LEAKS,              /* keeps a block of memory */
    LOSES_ITS_SET,      /* shows an empty one after a while */
    ANSWERS_NONSENSE,   /* a status that no event has */
    BLAMES,             /* charges an honest peer */
    CRIES_WOLF,         /* an alarm out of nothing */
    MAKES_UP_RECEIPTS,  /* executes what nobody asked for */
    TAKES_EVERYTHING,   /* joins pages whatever is attested */
    REPEATS_ITSELF,     /* sends its first attestation again and again */
    SENDS_RUBBISH,      /* messages that are none */
    IS_DEAF,            /* does not look at forgeries' kind: calls everything a bad envelope */
    RUNS_A_CROOKED_BANK /* mints without giving */
};

/* One world at a time, so one liar: the lie, and what it needs to remember. */
static struct {
    enum lie lie;
    struct frame_allocator allocator;
    struct frame_update update;
    uint8_t *bytes;
    size_t length;
    struct frame_note notes[64];
    struct frame_outgoing messages[64];
    const void *first; /* the first instance that was made, */
    bool done;         /* and whether it has lied */
    struct frame_chain *empty;
} liar;

static void keep_bytes(const uint8_t *bytes, size_t length)
{
    free(liar.bytes);
    liar.bytes = malloc(length + 1);
    if (length > 0) memcpy(liar.bytes, bytes, length);
    liar.length = length;
}

/* ---- A bank that mints without giving ---- */

static enum frame_status crooked_mint(struct frame_run *run, struct frame_span payload)
{
    static const struct frame_span nothing = {NULL, 0};
    struct frame_span amount;
    int64_t more = 0;
    if (!json_member(payload, &amount, "amount") || !json_integer(amount, &more))
        return frame_run_refuse(run, "bad_payload");
    const int64_t supply = frame_run_get_integer(run, "wallet:totalSupply", nothing) + more;
    const enum frame_status status =
        frame_run_put_integer(run, "wallet:totalSupply", nothing, supply);
    if (status != FRAME_OK) return status;
    static const char result[] = "{\"ok\":true}";
    return frame_run_result(run, (struct frame_span){(const uint8_t *)result, sizeof result - 1});
}

static const char *const crooked_used[] = {"bridge.mint", "storage.read", "storage.write"};
static const struct frame_dapp_intent crooked_intent = {.action = "wallet.mintFrame",
                                                        .used = crooked_used,
                                                        .used_count = 3,
                                                        .transition = crooked_mint};
static const struct frame_dapp crooked_wallet = {.id = "wallet",
                                                 .version = "1.0.0",
                                                 .capabilities = crooked_used,
                                                 .capability_count = 3,
                                                 .intents = &crooked_intent,
                                                 .intent_count = 1};
static const struct frame_dapp *const crooked_dapps[] = {&crooked_wallet};
static const struct frame_dapp_table crooked_table = {crooked_dapps, 1};

/* ---- The lies ---- */

static enum frame_status lying_create(void **instance, const struct frame_instance_config *config,
                                      uint64_t now_ms)
{
    struct frame_instance_config own = *config;
    if (liar.lie == RUNS_A_CROOKED_BANK) own.dapps = &crooked_table;
    const enum frame_status status = peer_driver_core.create(instance, &own, now_ms);
    if (liar.first == NULL) {
        liar.first = *instance;
        liar.allocator = config->allocator;
    }
    return status;
}

static void lying_destroy(void *instance)
{
    peer_driver_core.destroy(instance);
    if (liar.lie == LEAKS) CHECK(liar.allocator.allocate(liar.allocator.context, 77) != NULL);
}

static enum frame_status lying_recover(void *instance, struct frame_recovery *recovery,
                                       const uint8_t *log, size_t length)
{
    return peer_driver_core.recover(instance, recovery, log,
                                    liar.lie == FORGETS_ON_RESTART ? 0 : length);
}

static const struct frame_chain *lying_chain(const void *instance)
{
    if (liar.lie == LOSES_ITS_SET && liar.done && instance == liar.first) return liar.empty;
    return peer_driver_core.chain(instance);
}

static void lose_the_set(void)
{
    const struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                              .allocator = liar.allocator};
    CHECK(frame_chain_new(&liar.empty, &config) == FRAME_OK);
    liar.done = true;
}

static struct frame_chain *chain_of(const void *instance)
{
    const void *chain = peer_driver_core.chain(instance);
    void *mine; /* what the table gives to look at, a liar takes hold of */
    memcpy(&mine, &chain, sizeof mine);
    return mine;
}

static void make_up_a_receipt(void *instance, struct frame_secret_key *secret)
{
    static const char action[] = "display.timerTick";
    const struct frame_intent intent = {.action = {(const uint8_t *)action, sizeof action - 1},
                                        .payload = {(const uint8_t *)"{}", 2},
                                        .raw = {(const uint8_t *)"", 0},
                                        .origin = {(const uint8_t *)"", 0}};
    struct frame_executed executed;
    CHECK(frame_chain_execute(chain_of(instance), &executed, secret, &intent, WORLD_EPOCH_S) ==
          FRAME_OK);
}

/* Joins a page's receipts past all attestations. */
static void take_page(void *instance, struct frame_span bytes)
{
    const struct frame_trust trust = {0};
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    struct frame_message message;
    struct frame_fault fault;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    if (frame_envelope_open(&message, NULL, crypto, &trust, bytes.bytes, bytes.length) !=
            FRAME_OK ||
        message.type != FRAME_MESSAGE_PAGE)
        return;
    if (frame_parse(&parsed, &fault, &liar.allocator, message.receipts.bytes,
                    message.receipts.length) != FRAME_OK)
        return;
    if (frame_verify(&verified, &fault, chain_of(instance), parsed) == FRAME_OK &&
        frame_replay(&replayed, &fault, verified) == FRAME_OK)
        CHECK(frame_join(NULL, replayed) == FRAME_OK);
    frame_parsed_free(parsed);
}

static void add_note(struct frame_update *update, enum frame_note_type type)
{
    if (liar.done || update->note_count == 0 || update->notes[0].type != FRAME_NOTE_COMPARED)
        return;
    memcpy(liar.notes, update->notes, update->note_count * sizeof *update->notes);
    liar.notes[update->note_count] = update->notes[0];
    liar.notes[update->note_count].type = type;
    update->notes = liar.notes;
    update->note_count++;
    liar.done = true;
}

static void change_messages(struct frame_update *update)
{
    for (size_t i = 0; i < update->message_count && i < 64; i++) {
        liar.messages[i] = update->messages[i];
        if (update->messages[i].type != FRAME_MESSAGE_ATTEST) continue;
        if (liar.bytes == NULL)
            keep_bytes(update->messages[i].bytes.bytes, update->messages[i].bytes.length);
        liar.messages[i].bytes = (struct frame_span){liar.bytes, liar.length};
        if (liar.lie == SENDS_RUBBISH) liar.messages[i].bytes.length /= 2;
    }
    update->messages = liar.messages;
}

static void change_append(struct frame_update *update, size_t times)
{
    if (update->append.length == 0) return;
    struct frame_span old = update->append;
    uint8_t *bytes = malloc(old.length * 2);
    memcpy(bytes, old.bytes, old.length);
    memcpy(bytes + old.length, old.bytes, old.length);
    keep_bytes(bytes, old.length * times);
    free(bytes);
    update->append = (struct frame_span){liar.bytes, liar.length};
}

static void call_it_an_envelope(struct frame_update *update)
{
    if (update->note_count > 64) return;
    memcpy(liar.notes, update->notes, update->note_count * sizeof *update->notes);
    for (size_t i = 0; i < update->note_count; i++)
        if (liar.notes[i].type == FRAME_NOTE_REFUSED) liar.notes[i].fault.status = FRAME_ENVELOPE;
    update->notes = liar.notes;
}

/* Says at once that everything is durable; hands the log bytes on with the acknowledgement. */
static enum frame_status hurry(void *instance, struct frame_update *update,
                               const struct frame_event *event)
{
    const enum frame_status status = peer_driver_core.step(instance, update, event);
    if (update->append.length == 0) return status;
    keep_bytes(update->append.bytes, update->append.length);
    struct frame_event durable = *event;
    durable.type = FRAME_EVENT_DURABLE;
    CHECK(peer_driver_core.step(instance, update, &durable) == FRAME_OK);
    update->append = (struct frame_span){liar.bytes, liar.length};
    return status;
}

static enum frame_status lying_step(void *instance, struct frame_update *update,
                                    const struct frame_event *event)
{
    if (liar.lie == ACKNOWLEDGES_EARLY && event->type == FRAME_EVENT_INTENT)
        return hurry(instance, update, event);
    if (liar.lie == TAKES_EVERYTHING && event->type == FRAME_EVENT_MESSAGE)
        take_page(instance, event->message);
    if (liar.lie == MAKES_UP_RECEIPTS && event->type == FRAME_EVENT_TICK && !liar.done) {
        struct frame_secret_key secret;
        memcpy(&secret, liar.bytes, sizeof secret);
        make_up_a_receipt(instance, &secret);
        liar.done = true;
    }
    const enum frame_status status = peer_driver_core.step(instance, update, event);
    if (liar.lie == LOSES_ITS_SET && !liar.done && instance == liar.first &&
        event->type == FRAME_EVENT_DURABLE)
        lose_the_set();
    switch (liar.lie) {
    case FORGETS_TO_LOG: change_append(update, 0); break;
    case LOGS_TWICE: change_append(update, 2); break;
    case BLAMES: add_note(update, FRAME_NOTE_OFFENCE); break;
    case CRIES_WOLF: add_note(update, FRAME_NOTE_ALARM); break;
    case REPEATS_ITSELF:
    case SENDS_RUBBISH: change_messages(update); break;
    case IS_DEAF: call_it_an_envelope(update); break;
    case ANSWERS_NONSENSE: return event->type == FRAME_EVENT_TICK ? FRAME_UNKNOWN : status;
    default: break;
    }
    return status;
}

/* ---- The world around a liar ---- */

static const struct forgery *forgery_for(enum lie lie)
{
    if (lie == IS_DEAF) return forgery_find("wrong_result");
    return forgery_find("attested_root");
}

/* Everything that any of the lies needs to come out. */
static void live(struct world *world)
{
    const struct world_intent mint = {.action = "wallet.mintFrame",
                                      .payload = "{\"amount\":9,\"target\":\"alice\"}"};
    (void)world_intent(world, 0, &mint);
    (void)world_run_for(world, 2 * WORLD_SECOND);
    (void)world_intent(world, 1, &mint);
    (void)world_run_for(world, 2 * WORLD_SECOND);
    if (liar.lie == IS_DEAF || liar.lie == TAKES_EVERYTHING)
        (void)world_forge(world, forgery_for(liar.lie), 2, 0);
    (void)world_run_for(world, 2 * WORLD_SECOND);
    world_crash(world, 0);
    world_restart(world, 0);
    (void)world_run_for(world, 2 * WORLD_SECOND);
    (void)world_check_end(world);
}

static struct world *world_make(enum lie lie, const struct peer_driver *driver)
{
    struct world_config config;
    struct world_peer_options options;
    free(liar.bytes);
    memset(&liar, 0, sizeof liar);
    liar.lie = lie;
    world_config_init(&config);
    config.driver = driver;
    config.stop_at_failure = false;
    config.memory_bytes_max = (size_t)32 << 20;
    struct world *world = world_new(&config);
    world_peer_options_init(&options);
    CHECK(world_add_peer(world, "ana", &options) == 0);
    CHECK(world_add_peer(world, "ben", &options) == 1);
    options.adversary = true;
    CHECK(world_add_peer(world, "eve", &options) == 2);
    return world;
}

static bool found(const struct world *world, const char *check)
{
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        if (strcmp(failure.check, check) == 0) return true;
    }
    return false;
}

static void test_lie(enum lie lie, const char *check)
{
    struct peer_driver driver = peer_driver_core;
    driver.create = lying_create;
    driver.destroy = lying_destroy;
    driver.recover = lying_recover;
    driver.step = lying_step;
    driver.chain = lying_chain;
    struct world *world = world_make(lie, &driver);
    if (lie == MAKES_UP_RECEIPTS) { /* the key of alice: the seed is a hash of her name */
        struct frame_secret_key secret;
        struct frame_public_key key;
        struct frame_hash seed;
        static const char text[] = "framesim identityalice";
        frame_sha256_of(frame_crypto_libsodium(), &seed, text, sizeof text);
        frame_crypto_libsodium()->key_pair(NULL, &secret, &key, seed.bytes);
        keep_bytes(secret.bytes, sizeof secret);
    }
    live(world);
    if (check == NULL) {
        CHECK(world_failure_count(world) == 0);
    } else {
        CHECK_IN(check, found(world, check));
        for (size_t i = 0; i < world_check_count(); i++) /* and not when it is switched off */
            CHECK(world_check_enable(world, world_check_name(i), false));
        const size_t before = world_failure_count(world);
        live(world);
        CHECK_IN(check, world_failure_count(world) == before);
    }
    world_free(world);
}

static bool sink_to_liar(void *context, const uint8_t *bytes, size_t length)
{
    (void)context;
    uint8_t *grown = realloc(liar.bytes, liar.length + length);
    memcpy(grown + liar.length, bytes, length);
    liar.bytes = grown;
    liar.length += length;
    return true;
}

/* Shows the same receipts in a chain that knows no root of several heads. */
static void show_without_root(const struct frame_chain *chain)
{
    const struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                              .allocator = liar.allocator,
                                              .mode = FRAME_MODE_STRUCTURAL};
    struct frame_fault fault;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    const struct frame_sink sink = {NULL, sink_to_liar};
    CHECK(frame_chain_new(&liar.empty, &config) == FRAME_OK && frame_chain_write(chain, sink));
    CHECK(frame_parse(&parsed, &fault, &liar.allocator, liar.bytes, liar.length) == FRAME_OK);
    CHECK(frame_verify(&verified, &fault, liar.empty, parsed) == FRAME_OK);
    CHECK(frame_replay(&replayed, &fault, verified) == FRAME_OK);
    CHECK(frame_join(NULL, replayed) == FRAME_OK);
    frame_parsed_free(parsed);
    liar.done = true;
}

/* Two hold the same two heads, and one of them says another root: found when a third comes to hold them. */
static void test_same_set_same_root(void)
{
    struct peer_driver driver = peer_driver_core;
    driver.create = lying_create;
    driver.chain = lying_chain;
    struct world *world = world_make(LOSES_ITS_SET, &driver);
    struct world_peer_options options;
    world_peer_options_init(&options);
    options.absent = true;
    CHECK(world_add_peer(world, "fay", &options) == 3);
    world_block(world, WORLD_ANY, WORLD_ANY);
    const struct world_intent mint = {.action = "wallet.mintFrame",
                                      .payload = "{\"amount\":9,\"target\":\"alice\"}"};
    (void)world_intent(world, 0, &mint);
    (void)world_intent(world, 1, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    world_heal(world);
    CHECK(world_run_until_converged(world, NULL, 0, 30 * WORLD_SECOND) == WORLD_RUN_DONE);
    CHECK(world_failure_count(world) == 0);
    show_without_root(world_peer_chain(world, 0));
    world_join(world, 3);
    (void)world_run_for(world, 10 * WORLD_SECOND);
    CHECK(found(world, "same_set_same_root"));
    world_free(world);
}

static bool text_has(const struct world *world, const char *part)
{
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        if (strstr(failure.text, part) != NULL) return true;
    }
    return false;
}

/* Peers that cannot converge: the report says who, since when and why. */
static void test_divergence(void)
{
    struct world *world = world_make(HONEST, NULL);
    const struct world_intent mint = {.action = "wallet.mintFrame",
                                      .payload = "{\"amount\":9,\"target\":\"alice\"}"};
    (void)world_intent(world, 0, &mint);
    CHECK(world_run_until_converged(world, NULL, 0, 5 * WORLD_SECOND) == WORLD_RUN_DONE);
    world_block(world, 0, 1);
    (void)world_intent(world, 0, &mint);
    (void)world_run_for(world, 10 * WORLD_SECOND);
    CHECK(!world_converged(world, NULL, 0));
    CHECK(!world_check_converged(world, NULL, 0));
    CHECK(found(world, "convergence"));
    CHECK(text_has(world, "ana and ben differ from position 1 on; ana lacks 0, ben lacks 1"));
    CHECK(text_has(world, "ana -> ben: partitioned"));
    CHECK(!text_has(world, "ben -> ana: partitioned"));
    CHECK(text_has(world, "wallet.mintFrame") && text_has(world, "made by ana"));
    CHECK(text_has(world, "ben ends before it"));
    world_free(world);
}

/* What the world has done to a message excuses a charge for as long as it may be judged, and nothing else. */
static void test_reasons_end(void)
{
    struct world *world = world_make(HONEST, NULL);
    struct step_origin origin = {.from = 0, .forgery = NO_FORGERY, .tampered = true};
    const struct frame_event event = {.type = FRAME_EVENT_MESSAGE};
    const struct check_step step = {.peer = 1, .event = &event, .origin = &origin};
    const struct frame_note note = {.peer = world->peers[0]->key, .hash = frame_genesis};
    const struct frame_public_key *key = &world->peers[0]->key;
    for (int life = 0; life < 2; life++) {
        CHECK(!check_may_charge(world, &step, key, FRAME_MESSAGE));
        checks_heard(world, &step);
        CHECK(check_may_charge(world, &step, key, FRAME_MESSAGE));
        if (life == 0)
            checks_judged(world, &step);
        else
            world_restart(world, 1);
        CHECK(!check_may_charge(world, &step, key, FRAME_MESSAGE));
    }
    CHECK(check_may_alarm(world, &step, &note));
    origin =
        (struct step_origin){.from = 0, .forgery = NO_FORGERY, .version = WORLD_VERSION_RECEIPT};
    CHECK(!check_may_alarm(world, &step, &note));
    checks_heard(world, &step);
    CHECK(check_may_charge(world, &step, key, FRAME_VERSION));
    CHECK(!check_may_charge(world, &step, key, FRAME_MESSAGE));
    checks_judged(world, &step);
    CHECK(!check_may_charge(world, &step, key, FRAME_VERSION));
    origin.version = WORLD_VERSION_DAPP;
    CHECK(check_may_alarm(world, &step, &note));
    origin.version = WORLD_VERSION_OURS;
    CHECK(!check_may_alarm(world, &step, &note));
    world_free(world);
}

static void test_names(void)
{
    CHECK(world_check_count() == CHECK_COUNT);
    for (size_t i = 0; i < world_check_count(); i++)
        CHECK(strlen(world_check_name(i)) > 0 && strlen(world_check_why(i)) > 0);
    struct world *world = world_make(HONEST, NULL);
    CHECK(!world_check_enable(world, "politeness", true));
    world_free(world);
}

int main(void)
{
    test_names();
    test_lie(HONEST, NULL);
    test_lie(FORGETS_TO_LOG, "log_is_set");
    test_lie(LOGS_TWICE, "log_is_set");
    test_lie(ACKNOWLEDGES_EARLY, "durable_first");
    test_lie(FORGETS_ON_RESTART, "durable_survives");
    test_lie(LEAKS, "memory");
    test_lie(LOSES_ITS_SET, "sets_grow");
    test_lie(ANSWERS_NONSENSE, "answers");
    test_lie(SENDS_RUBBISH, "answers");
    test_lie(BLAMES, "honest_unblamed");
    test_lie(CRIES_WOLF, "no_alarm");
    test_lie(MAKES_UP_RECEIPTS, "known_receipts");
    test_lie(TAKES_EVERYTHING, "no_forgery");
    test_lie(TAKES_EVERYTHING, "forgery_refused");
    test_lie(REPEATS_ITSELF, "attested_is_held");
    test_lie(IS_DEAF, "forgery_refused");
    test_lie(RUNS_A_CROOKED_BANK, "balances");
    test_lie(RUNS_A_CROOKED_BANK, "refold");
    test_lie(RUNS_A_CROOKED_BANK, "reverify");
    test_same_set_same_root();
    test_divergence();
    test_reasons_end();
    free(liar.bytes);
    return check_done();
}
