// SPDX-License-Identifier: Apache-2.0
/* The interpreter: every kind of assertion fails where it should, in the way it should; what listens to a run
   changes nothing about it. */
#include "sim/interpret.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "sim/event_log.h"
#include "sim/peer.h"
#include "sim/story.h"

static struct crypto_memo *memo;

static struct scenario *parse(const char *text)
{
    struct scenario_error error = {0};
    struct scenario *scenario =
        scenario_parse(&error, "test.scn", (const uint8_t *)text, strlen(text));
    if (!CHECK_IN(text, scenario != NULL))
        printf("  %u:%u: %s\n", error.line, error.column, error.message);
    return scenario;
}

/* ---- Failures ------------------------------------------------------------------------------- */

/* Two instances that hold one receipt, `note`, and an adversary; no message is lost. */
static const char prelude[] = "framesim 1\n"
                              "nodes ana ben late eve\n"
                              "adversary mal\n"
                              "gossip 1s\n"
                              "intent ana notes.create {\"text\":\"x\"} as note\n"
                              "within 10s converge\n";
enum { PRELUDE_LINES = 6 };

struct expected {
    const char *text; /* behind the prelude */
    enum interpret_verdict verdict;
    uint32_t line; /* counted behind the prelude; 0: the end */
    const char *failure;
};

#define EXPECTATION INTERPRET_EXPECTATION
static const struct expected failures[] = {
    /* every subject */
    {"expect receipts = 2\n", EXPECTATION, 1, "expect receipts = 2 — ana: 1"},
    {"expect ben heads != 1\n", EXPECTATION, 1, "ben: 1"},
    {"expect superseded > 0\n", EXPECTATION, 1, "ana: 0"},
    {"expect changed >= 1\n", EXPECTATION, 1, "ana: 0"},
    {"expect restored = 1\n", EXPECTATION, 1, "ana: 0"},
    {"expect merges = 1\n", EXPECTATION, 1, "ana: 0"},
    {"expect supply < 0\n", EXPECTATION, 1, "ana: 0"},
    {"expect not supply = balances\n", EXPECTATION, 1, "ana: 0, and the balances are 0"},
    {"expect balance bob = 1\n", EXPECTATION, 1, "ana: 0"},
    {"expect storage \"k\" present\n", EXPECTATION, 1, "ana: absent"},
    {"expect storage \"k\" = 1\n", EXPECTATION, 1, "ana: absent"},
    {"expect storage \"k\" >= 0\n", EXPECTATION, 1, "ana: absent"},
    {"expect not storage \"k\" absent\n", EXPECTATION, 1, "ana: absent"},
    {"expect not storage \"k\" != {}\n", EXPECTATION, 1, "ana: absent"},
    {"expect refused signature <= -1\n", EXPECTATION, 1, "ana: 0"},
    {"expect alarms = 1\n", EXPECTATION, 1, "ana: 0"},
    {"expect not ben holds note\n", EXPECTATION, 1, "ben: it is so"},
    {"expect holds forged\n", EXPECTATION, 1, "ana: it is not so"},
    {"expect not all-refused\n", EXPECTATION, 1, "every forgery was refused"},
    {"expect ana ignores ben\n", EXPECTATION, 1, "ana: it is not so"},
    {"expect safe-mode\n", EXPECTATION, 1, "ana: it is not so"},
    {"expect not converged\n", EXPECTATION, 1, "one and the same set"},
    {"expect diverged\n", EXPECTATION, 1, "ana and ben hold the same set"},
    {"expect eve up\n", EXPECTATION, 1, "eve is absent"},
    {"expect ana down\n", EXPECTATION, 1, "ana is up"},
    /* every fate */
    {"expect not note held\n", EXPECTATION, 1, "ana: 'note' is accepted"},
    {"expect note missing on ben\n", EXPECTATION, 1, "ben: 'note' is accepted"},
    {"expect not note durable\n", EXPECTATION, 1, "'note' is accepted"},
    {"expect not note accepted\n", EXPECTATION, 1, "'note' is accepted"},
    {"expect note refused\n", EXPECTATION, 1, "'note' is accepted"},
    {"expect note changed\n", EXPECTATION, 1, "'note' is accepted"},
    {"expect note superseded\n", EXPECTATION, 1, "'note' is accepted"},
    {"expect note final\n", EXPECTATION, 1, "'note' is accepted"},
    /* peers that cannot be asked */
    {"crash ana\nexpect ana receipts = 1\n", EXPECTATION, 2, "ana is down"},
    {"crash ana\nexpect not ana receipts = 1\n", EXPECTATION, 2, "ana is down"},
    {"crash ana ben\nexpect receipts = 1\n", EXPECTATION, 2, "nobody is up"},
    {"crash ana\nexpect ana ben converged\n", EXPECTATION, 2, "ana is down"},
    {"crash ana\nexpect ana ben receipts = 1\n", EXPECTATION, 2, "ana is down"},
    /* at a time */
    {"within 3s expect ben receipts = 2\n", EXPECTATION, 1, "ben: 1"},
    {"after 3s expect ben receipts = 2\n", EXPECTATION, 1, "ben: 1"},
    {"after 3s diverged ana ben\n", EXPECTATION, 1, "ana and ben hold the same set"},
    {"partition ana | ben\nintent ana notes.create {\"text\":\"y\"}\nwithin 30s converge\n",
     INTERPRET_LIVENESS, 3, "within 30s converge — no convergence"},
    {"crash ana\nwithin 3s converge ana ben\n", INTERPRET_LIVENESS, 2, "no convergence"},
    /* always */
    {"always receipts = 1\nwait 1s\nintent ben notes.create {\"text\":\"y\"}\nwait 9s\n",
     EXPECTATION, 1, "always receipts = 1 — ben: 2"},
    {"never ana receipts > 1\nintent ben notes.create {\"text\":\"y\"}\nwait 9s\n", EXPECTATION, 1,
     "never ana receipts > 1 — ana: 2"},
    {"never down\ncrash ben\nwait 9s\n", EXPECTATION, 1, "ben is down"},
    /* only for a while, in the middle of a wait */
    {"workload ben every 1s for 1s mix notes.create=1\nalways ana ben converged\nwait 20s\n",
     EXPECTATION, 2, "they differ"},
    {"always ana ben converged\nintent ben notes.create {\"text\":\"y\"}\n", EXPECTATION, 1,
     "they differ"},
    {"never note held by eve\nstart eve\nwait 20s\n", EXPECTATION, 1, "eve: 'note' is accepted"},
    /* users */
    {"intent ana wallet.send {\"amount\":1,\"recipient\":\"b\"}\n", EXPECTATION, 1,
     "came out as insufficient: {\"error\":\"insufficient\",\"ok\":false}"},
    {"intent ana wallet.send {\"amount\":1,\"recipient\":\"b\"} -> overflow\n", EXPECTATION, 1,
     "came out as insufficient"},
    {"intent ana wallet.balance {} -> insufficient\n", EXPECTATION, 1, "came out as ok"},
    {"intent ana wallet.balance {} -> {\"balance\":1,\"ok\":true}\n", EXPECTATION, 1,
     "came out as ok: {\"balance\":0,\"ok\":true}"},
    {"intent ana wallet.balance {} -> safe_mode\n", EXPECTATION, 1, "came out as ok"},
    {"crash ana\nintent ana wallet.balance {} -> any\n", EXPECTATION, 2, "ana is down"},
    {"crash ana in sync\nintent ana notes.create {\"text\":\"y\"} -> bad_payload\n", EXPECTATION, 2,
     "came out as untold"},
    /* lives */
    {"crash ana\ncrash ana\n", EXPECTATION, 2, "crash ana — ana is down"},
    {"restart ana\n", EXPECTATION, 1, "ana is up"},
    {"start ana\n", EXPECTATION, 1, "ana is up"},
    {"restart eve\n", EXPECTATION, 1, "eve is absent"},
    {"leave eve\n", EXPECTATION, 1, "eve is absent"},
    {"crash ana\naccept-loss ana\n", EXPECTATION, 2, "ana is down"},
    {"damage ana byte 0\n", EXPECTATION, 1, "a log is damaged at rest"},
    {"crash ana\ndamage ana receipt 1\n", EXPECTATION, 2, "not so much"},
    {"crash ana\ndamage ana byte 100000\n", EXPECTATION, 2, "not so much"},
    /* forgeries */
    {"forge relayed_unsigned on ben as mal expect signature\nwait 5s\n", EXPECTATION, 1,
     "it was armed at the end"},
    {"forge lying_heads on ben on the wire from ana times 2 expect message\n"
     "within 1ms expect all-refused\n",
     EXPECTATION, 2, "the forgery 'lying_heads' is armed"},
};

static void run(struct interpret_result *result, const struct scenario *scenario,
                const struct interpret_options *changes)
{
    struct interpret_options options = *changes;
    options.memo = memo;
    interpret(result, scenario, &options);
}

static void check_failure(const struct expected *expected, const struct interpret_options *options)
{
    char text[2000];
    struct interpret_result result;
    snprintf(text, sizeof text, "%s%s", prelude, expected->text);
    struct scenario *scenario = parse(text);
    if (scenario == NULL) return;
    run(&result, scenario, options);
    uint32_t line = expected->line == 0 ? 0 : expected->line + PRELUDE_LINES;
    bool fine = CHECK_IN(expected->text, result.verdict == expected->verdict) &&
                CHECK_IN(expected->text, result.line == line) &&
                CHECK_IN(expected->text, strstr(result.failure, expected->failure) != NULL);
    if (!fine) {
        printf("  %s at line %u: %s\n", interpret_verdict_name(result.verdict), result.line,
               result.failure != NULL ? result.failure : "");
    }
    interpret_result_release(&result);
    scenario_free(scenario);
}

static void test_failures(void)
{
    const struct interpret_options none = {.has_seed = false};
    for (size_t i = 0; i < sizeof failures / sizeof *failures; i++)
        check_failure(&failures[i], &none);
}

static void test_budget(void)
{
    const struct expected expected = {"wait 1h\n", INTERPRET_BUDGET, 1, "more than 100 events"};
    const struct interpret_options options = {.events_max = 100};
    check_failure(&expected, &options);
}

/* An instance that comes back without its log: what was durable is gone, which the world's checks see. */
static enum frame_status forgetful_recover(void *instance, struct frame_recovery *recovery,
                                           const uint8_t *log, size_t length)
{
    (void)length;
    return peer_driver_core.recover(instance, recovery, log, 0);
}

static void test_safety(void)
{
    struct peer_driver driver = peer_driver_core;
    driver.recover = forgetful_recover;
    const struct expected expected = {"crash ana\nrestart ana\n", INTERPRET_SAFETY, 2, "check '"};
    const struct expected lost = {"check recovery off\ncrash ana\nrestart ana\n", INTERPRET_SAFETY,
                                  3, "was acknowledged and is gone"};
    const struct expected found = {"check durable_survives off\ncrash ana\nrestart ana\n",
                                   INTERPRET_SAFETY, 3, "clean at -1, with 1 before that"};
    const struct expected off = {"check durable_survives off\ncheck recovery off\n"
                                 "crash ana\nrestart ana\nexpect ana receipts = 1\n",
                                 EXPECTATION, 5, "ana: 0"};
    const struct interpret_options options = {.driver = &driver};
    check_failure(&expected, &options);
    check_failure(&lost, &options);
    check_failure(&found, &options);
    check_failure(&off, &options);
}

/* ---- What holds ------------------------------------------------------------------------------ */

/* Lines that are to hold, behind the prelude. */
static const char *const fine[] = {
    "expect note durable\nexpect note held by ana\nexpect not note final\nexpect receipts = 1\n",
    "expect ana ben up\nexpect eve down\nexpect converged\nexpect not ana ben diverged\n",
    "crash ana\nexpect receipts = 1\nexpect ana down\nrestart ana\nexpect ana receipts = 1\n",
    "always ana receipts >= 1\ncrash ana\nwait 5s\nrestart ana\nwait 5s\n",
    "intent ana wallet.send {} -> bad_payload\n"
    "intent ana wallet.send {\"amount\":1,\"recipient\":\"b\"} raw \"hello\" -> any\n",
    "leave ana\nwait 1s\nexpect ana down\nrestart ana\nwithin 5s converge\n",
    "start eve\nwithin 20s converge\nexpect eve receipts = 1\n",
    "block ana <-> ben\nintent ana notes.create {\"text\":\"y\"}\nafter 9s diverged ana ben\n"
    "heal ana -> ben\nheal\nwithin 20s converge\n",
    "workload ana ben every 100ms for 2s careless 20% mix wallet=2 notes.create=1 composite=1\n"
    "wait 10s\nwithin 20s converge\nexpect receipts > 20\nexpect supply = balances\n",
    "clock * -1h\nclock ben +1h\nintent ben notes.create {\"text\":\"y\"}\nwithin 20s converge\n",
    "intent ana feed.fetch {\"url\":\"u\"} responses "
    "[{\"body\":\"b\",\"status\":200,\"url\":\"u\"}]\n"
    "expect ana storage \"feed:u\" present\n",
};

static void test_fine(void)
{
    const struct interpret_options none = {.has_seed = false};
    for (size_t i = 0; i < sizeof fine / sizeof *fine; i++) {
        char text[2000];
        struct interpret_result result;
        snprintf(text, sizeof text, "%s%s", prelude, fine[i]);
        struct scenario *scenario = parse(text);
        if (scenario == NULL) continue;
        run(&result, scenario, &none);
        if (!CHECK_IN(fine[i], result.verdict == INTERPRET_OK))
            printf("  line %u: %s\n", result.line, result.failure);
        interpret_result_release(&result);
        scenario_free(scenario);
    }
}

/* ---- Determinism, and who listens ------------------------------------------------------------- */

static const char busy[] =
    "framesim 1\n"
    "title Busy\n"
    "nodes ana ben cai\n"
    "gossip 1s\n"
    "link * latency tail 5ms plus 5ms cap 1s loss 10% duplicate 10% flip 1%\n"
    "workload * every 500ms for 10s\n"
    "wait 5s\n"
    "crash ben\n"
    "wait 1s\n"
    "restart ben\n"
    "wait 10s\n";

static bool same_run(const struct interpret_result *a, const struct interpret_result *b)
{
    return memcmp(&a->hash, &b->hash, sizeof a->hash) == 0 && a->events == b->events &&
           a->virtual_us == b->virtual_us && a->verdict == b->verdict;
}

/* Runs with a story or an event log; what was written is the caller's. */
static char *listened(struct interpret_result *result, const struct scenario *scenario, bool log)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    struct story *story = log ? NULL : story_new(out, scenario, 5);
    struct event_log *events = log ? event_log_new(out, scenario) : NULL;
    struct interpret_options options = {.has_seed = true, .seed = 5};
    options.listener = log ? event_log_listener(events) : story_listener(story);
    run(result, scenario, &options);
    story_free(story);
    event_log_free(events);
    fclose(out);
    return text;
}

static size_t count_lines(const char *text)
{
    size_t lines = 0;
    for (; *text != '\0'; text++)
        lines += *text == '\n';
    return lines;
}

static void test_determinism(void)
{
    struct scenario *scenario = parse(busy);
    if (scenario == NULL) return;
    struct interpret_result first;
    struct interpret_result other;
    struct interpret_options options = {.has_seed = true, .seed = 5};
    run(&first, scenario, &options);
    CHECK(first.verdict == INTERPRET_OK && first.seed == 5 && first.events > 100);
    run(&other, scenario, &options);
    CHECK(same_run(&first, &other));
    options.seed = 6;
    run(&other, scenario, &options);
    CHECK(memcmp(&first.hash, &other.hash, sizeof first.hash) != 0);
    char *story = listened(&other, scenario, false);
    CHECK(same_run(&first, &other));
    CHECK(strstr(story, "Busy\ninstances of alice: ana, ben, cai; seed 5\n") == story);
    CHECK(strstr(story, "state root") != NULL);
    char *log = listened(&other, scenario, true);
    CHECK(same_run(&first, &other));
    CHECK(count_lines(log) > first.events);
    free(story);
    free(log);
    scenario_free(scenario);
}

/* The scenario's own seed, and 1 where it has none. */
static void test_seeds(void)
{
    struct scenario *with = parse("framesim 1\nseed 77\nnodes ana ben\n");
    struct scenario *without = parse("framesim 1\nnodes ana ben\n");
    struct interpret_options options = {.has_seed = false};
    struct interpret_result result;
    if (with != NULL && without != NULL) {
        CHECK(interpret_seed(with) == 77 && interpret_seed(without) == 1);
        run(&result, with, &options);
        CHECK(result.seed == 77);
        options = (struct interpret_options){.has_seed = true, .seed = 0};
        run(&result, with, &options);
        CHECK(result.seed == 0);
    }
    scenario_free(with);
    scenario_free(without);
}

int main(void)
{
    memo = crypto_memo_new(CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (memo == NULL) abort();
    test_failures();
    test_budget();
    test_safety();
    test_fine();
    test_determinism();
    test_seeds();
    crypto_memo_free(memo);
    return check_done();
}
