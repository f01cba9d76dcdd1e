// SPDX-License-Identifier: Apache-2.0
/* The scenario reader: every kind of fault with its place, each verb's example, hostile texts, and the README. */
#include "sim/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"

static const char prelude[] = "framesim 1\n"
                              "nodes ana ben cai late eve\n"
                              "adversary mal\n";
enum { PRELUDE_LINES = 3 };

static struct scenario *parse(struct scenario_error *error, const char *text)
{
    return scenario_parse(error, "test.scn", (const uint8_t *)text, strlen(text));
}

/* ---- Faults --------------------------------------------------------------------------------- */

struct fault {
    const char *text; /* behind the prelude, or whole where it begins with '!' */
    uint32_t line;    /* counted behind the prelude */
    uint32_t column;
    const char *message; /* a part of it */
};

static const struct fault faults[] = {
    /* the file */
    {"!", 1, 1, "first line is 'framesim 1'"},
    {"!# only a comment\n", 1, 1, "first line is 'framesim 1'"},
    {"wait 1s\n| x\n", 2, 1, "right below a snapshot"},
    {"snapshot ana chain\n\n| x\n", 3, 1, "right below a snapshot"},
    {"snapshot ana chain\n| x\n | y\n", 3, 2, "unknown verb '|'"},
    {"snapshot ana nothing\n", 1, 14, "unknown snapshot 'nothing'"},
    {"!framesim 2\n", 1, 1, "first line is 'framesim 1'"},
    {"!\nframesim 1 beta\n", 2, 12, "nothing more"},
    {"!nodes ana\n", 1, 1, "first line is 'framesim 1'"},
    {"!framesim 1\r\nnodes ana\r\n", 1, 11, "LF"},
    {"say a\x01z\n", 1, 6, "control character (0x01)"},
    {"say a\x7fz\n", 1, 6, "control character (0x7f)"},
    {"say \xff\n", 1, 5, "not UTF-8"},
    {"say \xc3\xa9 \xc3\n", 1, 8, "not UTF-8"},
    {"say \xed\xa0\x80\n", 1, 5, "not UTF-8"},
    /* verbs and their order */
    {"parttion ana | ben\n", 1, 1, "unknown verb 'parttion'; did you mean 'partition'?"},
    {"zzzzzz\n", 1, 1, "unknown verb 'zzzzzz'"},
    {"wait 5s 6s\n", 1, 9, "nothing more"},
    {"wait 5s\nseed 1\n", 2, 1, "'seed' stands before everything that happens"},
    {"title a\ntitle b\n", 2, 1, "'title' stands in line 4 already"},
    {"title\n", 1, 6, "missing: a text"},
    /* names */
    {"crash anna\n", 1, 7, "unknown peer 'anna'; did you mean 'ana'?"},
    {"crash ana ana\n", 1, 11, "named twice"},
    {"crash mal\n", 1, 7, "adversary has no instance"},
    {"crash\n", 1, 6, "missing: a peer"},
    {"nodes ana\n", 1, 7, "there is a peer of this name already"},
    {"nodes 9lives\n", 1, 7, "a peer's name is a letter"},
    {"nodes abcdefghijabcdefghijabcdefghijab\n", 1, 7, "at most 31 bytes"},
    {"nodes receipts\n", 1, 7, "a word of the language"},
    {"nodes late\n", 1, 11, "missing: a peer's name"},
    {"identity bob\n", 1, 10, "named before its peers"},
    /* numbers */
    {"chance loud\n", 1, 8, "unknown chance 'loud'"},
    {"decide lost:a>b:page:0 1\n", 1, 24, "'=' was expected here"},
    {"decide lost=1 = 1\n", 1, 8, "printable ASCII without '='"},
    {"decide\n", 1, 7, "missing: the identity"},
    {"decide a:b = -1\n", 1, 14, "an integer from 0"},
    {"seed -1\n", 1, 6, "an integer from 0 to 9007199254740991"},
    {"seed 9007199254740992\n", 1, 6, "an integer from"},
    {"seed 18446744073709551616\n", 1, 6, "an integer from"},
    {"seed 007\n", 1, 6, "an integer from"},
    {"wait 5\n", 1, 6, "a duration"},
    {"wait 5.5s\n", 1, 6, "a duration"},
    {"wait s\n", 1, 6, "a duration"},
    {"wait 05s\n", 1, 6, "a duration"},
    {"wait 8761h\n", 1, 6, "too long: at most 8760h"},
    {"wait 0s\n", 1, 6, "too short"},
    {"gossip 999us\n", 1, 8, "too short: at least 1000us"},
    {"clock ana 5s\n", 1, 11, "+DURATION or -DURATION"},
    {"clock ana +5ms\n", 1, 11, "whole seconds"},
    {"clock ana +876001h\n", 1, 11, "too long: at most 876000h"},
    {"clock ana jump 5s\n", 1, 16, "+DURATION or -DURATION"},
    {"clock ana drift 5%\n", 1, 17, "unknown drift '5%'"},
    {"clock ana drift fast 101%\n", 1, 22, "probability"},
    {"clock ana shows +5\n", 1, 17, "a second since 1970"},
    {"clock ana shows 9223372036854775808\n", 1, 17, "an integer"},
    {"freeze ana both\n", 1, 12, "unknown direction 'both'"},
    {"upgrade ana wallet\n", 1, 13, "unknown version 'wallet'"},
    {"twin ana ben\n", 1, 10, "'of' was expected"},
    {"restore ana from nobody\n", 1, 18, "unknown peer 'nobody'"},
    {"link * loss 101%\n", 1, 13, "a probability"},
    {"link * loss 100.0001%\n", 1, 13, "a probability"},
    {"link * loss 0.00001%\n", 1, 13, "a probability"},
    {"link * loss 1.%\n", 1, 13, "a probability"},
    {"link * loss 3/2\n", 1, 13, "a probability"},
    {"link * loss 1/0\n", 1, 13, "a probability"},
    {"link * loss 1/1000001\n", 1, 13, "a probability"},
    {"link * loss 1/\n", 1, 13, "a probability"},
    /* settings */
    {"policy joint\n", 1, 8, "unknown policy 'joint'; did you mean 'join'?"},
    {"instance timeout 1s timeout 2s\n", 1, 21, "given twice"},
    {"instance offences 0\n", 1, 19, "an integer from 1"},
    {"instance table 33\n", 1, 16, "an integer from 2 to 32"},
    {"link ana -> ana loss 5%\n", 1, 13, "two different ends"},
    {"link ana ben loss 5%\n", 1, 10, "'->' was expected here"},
    {"link *\n", 1, 7, "missing: setting"},
    {"link * lotency constant 5ms\n", 1, 8, "unknown setting 'lotency'; did you mean 'latency'?"},
    {"link * latency gaussian 5ms\n", 1, 16, "unknown latency 'gaussian'"},
    {"link * latency uniform 5ms to 4ms\n", 1, 31, "below the least"},
    {"link * latency tail 5ms 4ms\n", 1, 25, "'plus' was expected here"},
    {"link * loss 5% loss 6%\n", 1, 16, "given twice"},
    {"link * reorder 5%\n", 1, 18, "missing: 'by'"},
    {"disk ana torn maybe\n", 1, 15, "unknown yes or no 'maybe'"},
    {"check nothing off\n", 1, 7, "unknown check 'nothing'"},
    {"introduce ana\n", 1, 14, "missing: '->'"},
    /* users */
    {"intent ana wallet.sned {}\n", 1, 12, "did you mean 'wallet.send'?"},
    {"intent ana federation.merge {}\n", 1, 12, "unknown action"},
    {"intent ana wallet.send\n", 1, 23, "missing: a {payload}"},
    {"intent ana wallet.send []\n", 1, 24, "a {payload} was expected here"},
    {"intent ana wallet.send {\"b\":1,\"a\":2}\n", 1, 31, "not canonical"},
    {"intent ana wallet.send {\"b\": 1}\n", 1, 29, "not canonical"},
    {"intent ana wallet.send {\"a\":1.5}\n", 1, 29, "not canonical"},
    {"intent ana wallet.send {\"b\":1\n", 1, 30, "not JSON"},
    {"intent ana wallet.send {}x\n", 1, 26, "a blank was expected here"},
    {"intent ana wallet.send {} raw bob\n", 1, 31, "a \"text\" was expected here"},
    {"intent ana wallet.send {} raw \"\\u0000\"\n", 1, 31, "without NUL"},
    {"intent ana feed.fetch {} responses {}\n", 1, 36, "an array of [responses]"},
    {"intent ana wallet.send {} as ana\n", 1, 30, "there is a peer of this name"},
    {"intent ana wallet.send {} as forged\n", 1, 30, "a word of the language"},
    {"intent ana wallet.send {} as p\nintent ana wallet.send {} as p\n", 2, 30,
     "line 4 has this label already"},
    {"intent ana wallet.send {} ->\n", 1, 29, "missing: an outcome"},
    {"intent ana wallet.send {} -> Insufficient\n", 1, 30, "an outcome was expected here"},
    {"workload ana every 1s for 500ms\n", 1, 27, "too short"},
    {"workload ana every 1s for 5s mix\n", 1, 33, "missing: DAPP=WEIGHT"},
    {"workload ana every 1s for 5s mix walet=1\n", 1, 34, "did you mean 'wallet'?"},
    {"workload ana every 1s for 5s mix wallet\n", 1, 34, "DAPP=WEIGHT was expected"},
    {"workload ana every 1s for 5s mix wallet=\n", 1, 41, "missing: a weight"},
    {"workload ana every 1s for 5s mix wallet=x\n", 1, 41, "weight: an integer"},
    /* faults and forgeries */
    {"partition ana ben\n", 1, 18, "missing: '|'"},
    {"partition ana | ben ana\n", 1, 21, "stands on two sides"},
    {"partition ana |\n", 1, 16, "missing: a peer"},
    {"crash ana in\n", 1, 13, "missing: occasion"},
    {"crash ana at write\n", 1, 11, "unknown before, in or after 'at'"},
    {"crash ana in writ\n", 1, 14, "did you mean 'write'?"},
    {"crash ana before event 0\n", 1, 24, "event: an integer from 1"},
    {"damage ana byte 3 bit 8\n", 1, 23, "bit: an integer from 0"},
    {"withdraw ana <-> ben\n", 1, 18, "a wire goes one way"},
    {"site late-tock off\n", 1, 6, "did you mean 'late-tick'?"},
    {"site late-tick one-in 0\n", 1, 23, "number of chances: an integer from 1"},
    {"damage ana heart 1\n", 1, 12, "unknown damage 'heart'"},
    {"damage ana swap ana\n", 1, 17, "this is its own log"},
    {"damage ana foreign 0\n", 1, 20, "number of receipts: an integer from 1"},
    {"damage ana receipt last 1\n", 1, 25, "nothing more was expected here"},
    {"disk ana space 0\n", 1, 16, "number of bytes: an integer from 1"},
    {"fail ana look\n", 1, 10, "unknown write, sync or read 'look'"},
    {"starve ana at 0\n", 1, 15, "piece of memory: an integer from 1"},
    {"starve ana for\n", 1, 15, "missing: a duration"},
    {"forge nonsense on ana as mal expect link\n", 1, 7, "unknown kind of forgery"},
    /* properties */
    {"expect\n", 1, 7, "missing: peer, label or subject"},
    {"expect ana receits = 1\n", 1, 12, "did you mean 'receipts'?"},
    {"expect ana receipts == 1\n", 1, 21, "a comparison was expected here"},
    {"expect ana receipts\n", 1, 20, "missing: a comparison"},
    {"expect ana receipts = \"1\"\n", 1, 23, "an integer was expected here"},
    {"expect ana receipts = balances\n", 1, 23, "not JSON"},
    {"expect ana supply = []\n", 1, 21, "an integer, or 'balances', was expected here"},
    {"expect ana storage k = 1\n", 1, 20, "a \"key\" was expected here"},
    {"expect ana storage \"k\" > {}\n", 1, 26, "only integers have an order"},
    {"expect ana refused nonsense = 1\n", 1, 20, "unknown error 'nonsense'"},
    {"expect ana refused ok = 1\n", 1, 20, "'ok' is no error"},
    {"expect ana holds pay\n", 1, 18, "has given a receipt this label"},
    {"expect ana converged\n", 1, 12, "takes two peers or more"},
    {"within 5s converge ana\n", 1, 20, "takes two peers or more"},
    {"within 5s heal\n", 1, 11, "'converge' or 'expect' was expected here"},
    {"after 5s converge\n", 1, 10, "'diverged' or 'expect' was expected here"},
    {"intent ana wallet.send {} as p\nexpect p lost\n", 2, 10, "unknown fate of a receipt 'lost'"},
};

static void check_fault(const struct fault *fault, const char *text, uint32_t lines_before)
{
    struct scenario_error error = {0};
    struct scenario *scenario = parse(&error, text);
    bool fine = CHECK_IN(fault->text, scenario == NULL) &&
                CHECK_IN(fault->text, error.line == fault->line + lines_before) &&
                CHECK_IN(fault->text, error.column == fault->column) &&
                CHECK_IN(fault->text, strstr(error.message, fault->message) != NULL);
    if (!fine) printf("  %u:%u: %s\n", error.line, error.column, error.message);
    scenario_free(scenario);
}

static void test_faults(void)
{
    for (size_t i = 0; i < sizeof faults / sizeof *faults; i++) {
        char text[1000];
        bool whole = faults[i].text[0] == '!';
        snprintf(text, sizeof text, "%s%s", whole ? "" : prelude, faults[i].text + whole);
        check_fault(&faults[i], text, whole ? 0 : PRELUDE_LINES);
    }
}

static void test_nul(void)
{
    static const char text[] = "framesim 1\nsay a\0b\n";
    struct scenario_error error;
    CHECK(scenario_parse(&error, "t", (const uint8_t *)text, sizeof text - 1) == NULL);
    CHECK(error.line == 2 && error.column == 6 && strstr(error.message, "NUL byte") != NULL);
}

/* The kinds of forgeries come from a table that grows: the rules about them are checked with its own. */
static void test_forgeries(void)
{
    for (size_t i = 0; i < forgery_count(); i++) {
        const struct forgery *kind = forgery_at(i);
        struct scenario_error error;
        char text[400];
        bool wire = kind->place == FORGERY_WIRE;
        const char *source = wire ? "on the wire from ben" : "as mal";
        const char *right = forgery_expected(kind);
        const char *wrong =
            frame_status_name(kind->expected == FRAME_LINK ? FRAME_LIMIT : FRAME_LINK);
        snprintf(text, sizeof text, "%sforge %s on ana %s times 3 expect %s\n", prelude, kind->name,
                 source, right);
        struct scenario *scenario = parse(&error, text);
        if (CHECK_IN(kind->name, scenario != NULL))
            CHECK(strcmp(scenario->statements[2].of.forge.kind.name, kind->name) == 0);
        scenario_free(scenario);
        snprintf(text, sizeof text, "%sforge %s on ana %s expect %s\n", prelude, kind->name, source,
                 wrong);
        CHECK_IN(kind->name, parse(&error, text) == NULL);
        CHECK_IN(kind->name, strstr(error.message, right) != NULL);
        snprintf(text, sizeof text, "%sforge %s on ana %s expect %s\n", prelude, kind->name,
                 wire ? "as mal" : "as ben", right);
        CHECK_IN(kind->name, parse(&error, text) == NULL);
    }
}

/* Composed ones: the error is the grammar's to tell. */
static void test_composed(void)
{
    static const struct {
        const char *line;
        const char *message; /* NULL: it is as it should be */
    } cases[] = {
        {"forge receipt/version_3+other_root on ana on the wire from ben expect version\n", NULL},
        {"forge receipt/other_root/rehashed/identity_key on ana as mal expect state_root\n", NULL},
        {"forge receipt/as_is/identity_key on ana as mal times 2 expect ok\n", NULL},
        {"forge request/want_unknown on ana as mal expect unknown\n", NULL},
        {"forge receipt/version_3 on ana on the wire from ben expect link\n",
         "is refused as 'version'"},
        {"forge receipt/as_is/identity_key on ana as mal expect link\n", "meets 'ok'"},
        {"forge receipt/as_is/identity_key on ana on the wire from ben expect ok\n",
         "nobody on the wire has the identity's key"},
        {"forge receipt/kindness on ana as mal expect link\n",
         "there is no such change of this subject: 'kindness'"},
        {"forge kindness/float on ana as mal expect link\n", "no such subject: 'kindness'"},
        {"forge receipt/version_1+version_3 on ana as mal expect link\n",
         "two changes take hold of the same thing"},
        {"forge receipt/float/twice on ana as mal expect link\n", "expected here: 'twice'"},
        {"forge receipt/as_is on ana as mal expect ok\n", "nothing is forged"},
        {"forge receipt/float on ana as ben expect envelope\n", "name it with 'adversary'"},
        {"forge receipt/float on ana expect envelope\n", "'as' was expected here"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenario_error error = {.message = ""};
        char text[400];
        snprintf(text, sizeof text, "%s%s", prelude, cases[i].line);
        struct scenario *scenario = parse(&error, text);
        CHECK_IN(cases[i].line, (scenario != NULL) == (cases[i].message == NULL));
        if (cases[i].message != NULL &&
            !CHECK_IN(cases[i].line, strstr(error.message, cases[i].message) != NULL))
            printf("%s\n", error.message);
        scenario_free(scenario);
    }
}

/* ---- Limits --------------------------------------------------------------------------------- */

struct text {
    char bytes[SCENARIO_FILE_BYTES_MAX + 100];
    size_t length;
};

static void text_add(struct text *text, const char *piece)
{
    size_t length = strlen(piece);
    if (text->length + length > sizeof text->bytes) abort();
    memcpy(text->bytes + text->length, piece, length);
    text->length += length;
}

static bool text_fails(const struct text *text, uint32_t line, const char *message)
{
    struct scenario_error error;
    struct scenario *scenario =
        scenario_parse(&error, "t", (const uint8_t *)text->bytes, text->length);
    bool fails = scenario == NULL;
    scenario_free(scenario);
    return fails && error.line == line && strstr(error.message, message) != NULL;
}

static bool text_parses(const struct text *text)
{
    struct scenario_error error;
    struct scenario *scenario =
        scenario_parse(&error, "t", (const uint8_t *)text->bytes, text->length);
    bool parses = scenario != NULL;
    scenario_free(scenario);
    return parses;
}

static void test_limits(struct text *text)
{
    text->length = 0;
    text_add(text, "framesim 1\n");
    for (int i = 1; i < SCENARIO_LINES_MAX; i++)
        text_add(text, "\n");
    CHECK(text_parses(text));
    text_add(text, "#\n");
    CHECK(text_fails(text, SCENARIO_LINES_MAX + 1, "more than 100000 lines"));

    text->length = 0;
    text_add(text, "framesim 1\nsay ");
    for (int i = 4; i < SCENARIO_LINE_BYTES_MAX; i++)
        text_add(text, "x");
    CHECK(text_parses(text));
    text_add(text, "x");
    CHECK(text_fails(text, 2, "a line of more than 131072 bytes"));

    text->length = 0;
    text_add(text, "framesim 1\nnodes");
    for (int i = 0; i < SCENARIO_PEERS_MAX; i++) {
        char name[16];
        snprintf(name, sizeof name, " p%d", i);
        text_add(text, name);
    }
    CHECK(text_parses(text));
    text_add(text, " more\n");
    CHECK(text_fails(text, 2, "more than 64 peers"));

    text->length = 0;
    text_add(text, "framesim 1\nnodes a\n");
    for (int i = 0; i < SCENARIO_WATCHES_MAX; i++)
        text_add(text, "always a up\n");
    CHECK(text_parses(text));
    text_add(text, "never a down\n");
    CHECK(text_fails(text, 3 + SCENARIO_WATCHES_MAX, "more than 100 lines of always and never"));

    text->length = 0;
    text_add(text, "framesim 1\nnodes a\n");
    for (int i = 0; i <= SCENARIO_LABELS_MAX; i++) {
        char line[80];
        snprintf(line, sizeof line, "intent a wallet.balance {} as l%d\n", i);
        text_add(text, line);
    }
    CHECK(text_fails(text, 3 + SCENARIO_LABELS_MAX, "more than 1000 labels"));

    text->length = sizeof text->bytes;
    memset(text->bytes, '\n', sizeof text->bytes);
    CHECK(text_fails(text, 0, "more than 8 MiB"));
}

/* ---- What can be said ------------------------------------------------------------------------ */

/* Every verb's own example is read as that verb. */
static void test_examples(void)
{
    for (size_t i = 0; i < SCENARIO_VERB_COUNT; i++) {
        const struct scenario_verb_help *help = scenario_verb_help((enum scenario_verb)i);
        struct scenario_error error = {0};
        char text[1000];
        bool first = i == SCENARIO_VERB_IDENTITY;
        snprintf(text, sizeof text, "%s%s\n", first ? "framesim 1\n" : prelude, help->example);
        struct scenario *scenario = parse(&error, text);
        if (!CHECK_IN(help->example, scenario != NULL)) {
            printf("  %u:%u: %s\n", error.line, error.column, error.message);
            continue;
        }
        const struct scenario_statement *last =
            &scenario->statements[scenario->statement_count - 1];
        CHECK_IN(help->example, last->verb == (enum scenario_verb)i);
        CHECK_IN(help->example, last->line == (first ? 2 : PRELUDE_LINES + 1));
        CHECK_IN(help->example,
                 last->text.length == strlen(help->example) &&
                     memcmp(last->text.bytes, help->example, last->text.length) == 0);
        scenario_free(scenario);
    }
}

static const struct scenario_property *property_of(struct scenario **scenario, const char *words)
{
    struct scenario_error error = {0};
    char text[400];
    snprintf(text, sizeof text, "%sintent ana wallet.balance {} as pay\nexpect %s\n", prelude,
             words);
    *scenario = parse(&error, text);
    if (CHECK_IN(words, *scenario != NULL))
        return &(*scenario)->statements[(*scenario)->statement_count - 1].of.property;
    printf("  %u:%u: %s\n", error.line, error.column, error.message);
    return NULL;
}

static void test_properties(void)
{
    static const struct {
        const char *words;
        enum scenario_subject subject;
        enum scenario_compare compare;
    } cases[] = {
        {"receipts = 3", SCENARIO_SUBJECT_RECEIPTS, SCENARIO_EQUAL},
        {"ana ben heads != 3", SCENARIO_SUBJECT_HEADS, SCENARIO_NOT_EQUAL},
        {"* superseded < 3", SCENARIO_SUBJECT_SUPERSEDED, SCENARIO_LESS},
        {"changed <= 3", SCENARIO_SUBJECT_CHANGED, SCENARIO_AT_MOST},
        {"restored > 3", SCENARIO_SUBJECT_RESTORED, SCENARIO_GREATER},
        {"merges >= 3", SCENARIO_SUBJECT_MERGES, SCENARIO_AT_LEAST},
        {"supply = balances", SCENARIO_SUBJECT_SUPPLY, SCENARIO_EQUAL},
        {"balance bob > -3", SCENARIO_SUBJECT_BALANCE, SCENARIO_GREATER},
        {"storage \"a b\" = {\"x\":[1,null]}", SCENARIO_SUBJECT_STORAGE, SCENARIO_EQUAL},
        {"storage \"a\" absent", SCENARIO_SUBJECT_STORAGE, SCENARIO_ABSENT},
        {"storage \"a\" present", SCENARIO_SUBJECT_STORAGE, SCENARIO_PRESENT},
        {"refused signature = 0", SCENARIO_SUBJECT_REFUSED, SCENARIO_EQUAL},
        {"alarms = 0", SCENARIO_SUBJECT_ALARMS, SCENARIO_EQUAL},
        {"holds pay", SCENARIO_SUBJECT_HOLDS, SCENARIO_COMPARE_NONE},
        {"not ana holds forged", SCENARIO_SUBJECT_HOLDS, SCENARIO_COMPARE_NONE},
        {"all-refused", SCENARIO_SUBJECT_ALL_REFUSED, SCENARIO_COMPARE_NONE},
        {"ana ignores mal", SCENARIO_SUBJECT_IGNORES, SCENARIO_COMPARE_NONE},
        {"safe-mode", SCENARIO_SUBJECT_SAFE_MODE, SCENARIO_COMPARE_NONE},
        {"converged", SCENARIO_SUBJECT_CONVERGED, SCENARIO_COMPARE_NONE},
        {"ana ben diverged", SCENARIO_SUBJECT_DIVERGED, SCENARIO_COMPARE_NONE},
        {"ana up", SCENARIO_SUBJECT_UP, SCENARIO_COMPARE_NONE},
        {"ana down # really", SCENARIO_SUBJECT_DOWN, SCENARIO_COMPARE_NONE},
        {"pay held by ana", SCENARIO_SUBJECT_FATE, SCENARIO_COMPARE_NONE},
        {"not pay final on ana ben", SCENARIO_SUBJECT_FATE, SCENARIO_COMPARE_NONE},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct scenario *scenario;
        const struct scenario_property *property = property_of(&scenario, cases[i].words);
        if (property != NULL) {
            CHECK_IN(cases[i].words, property->subject == cases[i].subject);
            CHECK_IN(cases[i].words, property->compare == cases[i].compare);
        }
        scenario_free(scenario);
    }
}

static void test_clock_moves(void)
{
    static const struct {
        const char *words;
        int64_t seconds;
        enum scenario_clock what;
        int32_t ppm;
    } moves[] = {{"jump -90s", -90, SCENARIO_CLOCK_JUMP, 0},
                 {"drift fast 1/1000", 0, SCENARIO_CLOCK_DRIFT, 1000},
                 {"drift slow 100%", 0, SCENARIO_CLOCK_DRIFT, -1000000},
                 {"shows -1", -1, SCENARIO_CLOCK_SHOWS, 0},
                 {"shows 9223372036854775807", INT64_MAX, SCENARIO_CLOCK_SHOWS, 0}};
    for (size_t i = 0; i < sizeof moves / sizeof *moves; i++) {
        char text[200];
        struct scenario_error error;
        snprintf(text, sizeof text, "%sclock ana %s\n", prelude, moves[i].words);
        struct scenario *scenario = parse(&error, text);
        if (CHECK_IN(moves[i].words, scenario != NULL)) {
            const struct scenario_statement *clock = &scenario->statements[2];
            CHECK_IN(moves[i].words, clock->of.clock.what == moves[i].what);
            CHECK_IN(moves[i].words, clock->of.clock.seconds == moves[i].seconds);
            CHECK_IN(moves[i].words, clock->of.clock.ppm == moves[i].ppm);
        }
        scenario_free(scenario);
    }
}

static void test_clocks(void)
{
    static const struct {
        const char *words;
        int64_t s;
    } clocks[] = {{"+0s", 0}, {"+90s", 90}, {"-2m", -120}, {"-876000h", -SCENARIO_CLOCK_S_MAX}};
    for (size_t i = 0; i < sizeof clocks / sizeof *clocks; i++) {
        struct scenario_error error;
        char text[200];
        snprintf(text, sizeof text, "%sclock cai ana %s\n", prelude, clocks[i].words);
        struct scenario *scenario = parse(&error, text);
        if (CHECK_IN(clocks[i].words, scenario != NULL)) {
            const struct scenario_statement *clock = &scenario->statements[2];
            CHECK_IN(clocks[i].words, clock->of.clock.seconds == clocks[i].s);
            CHECK(scenario_peers_has(clock->peers, 0) && scenario_peers_has(clock->peers, 2));
            CHECK(scenario_peers_count(clock->peers) == 2);
        }
        scenario_free(scenario);
    }
}

/* Numbers arrive exactly, in parts per million and microseconds. */
static void test_values(void)
{
    static const struct {
        const char *words;
        uint32_t ppm;
    } odds[] = {{"0%", 0},         {"5%", 50000},      {"0.1%", 1000},   {"0.0001%", 1},
                {"100%", 1000000}, {"12.34%", 123400}, {"1/1000", 1000}, {"1/1000000", 1},
                {"1/3", 333333},   {"7/7", 1000000},   {"0/5", 0}};
    for (size_t i = 0; i < sizeof odds / sizeof *odds; i++) {
        struct scenario_error error;
        char text[200];
        snprintf(text, sizeof text, "%slink ana -> * loss %s\n", prelude, odds[i].words);
        struct scenario *scenario = parse(&error, text);
        if (CHECK_IN(odds[i].words, scenario != NULL)) {
            const struct scenario_statement *link = &scenario->statements[2];
            CHECK_IN(odds[i].words, link->of.link.settings.loss_ppm == odds[i].ppm);
            CHECK_IN(odds[i].words, link->of.link.given == SCENARIO_LINK_LOSS);
            CHECK(link->of.link.ends.from == 0 && link->of.link.ends.to == WORLD_ANY);
        }
        scenario_free(scenario);
    }
    static const struct {
        const char *words;
        uint64_t us;
    } durations[] = {{"1us", 1},        {"25ms", 25000},    {"3s", 3000000},
                     {"2m", 120000000}, {"1h", 3600000000}, {"8760h", SCENARIO_DURATION_US_MAX}};
    for (size_t i = 0; i < sizeof durations / sizeof *durations; i++) {
        struct scenario_error error;
        char text[200];
        snprintf(text, sizeof text, "%swait %s\n", prelude, durations[i].words);
        struct scenario *scenario = parse(&error, text);
        if (CHECK_IN(durations[i].words, scenario != NULL))
            CHECK_IN(durations[i].words, scenario->statements[2].duration_us == durations[i].us);
        scenario_free(scenario);
    }
}

/* ---- Hostile texts ---------------------------------------------------------------------------- */

static const char hostile_actions[] =
    "framesim 1\nnodes ana ben late eve\nadversary mal\nlink * latency tail 5ms plus 1ms cap 1s\n"
    "intent ana wallet.send {\"amount\":5,\"recipient\":\"b\\u0001\"} raw \"\xc3\xa9\" as p -> ok\n"
    "workload * every 1s for 9s careless 1/9 mix wallet=3 notes.create=1\npartition ana | ben\n"
    "within 5s expect not p final by ana\n";

static const char hostile_settings[] =
    "framesim 1 # v\nidentity a\nnodes ana ben\ninstance timeout 1s offences 4\n"
    "disk * sync uniform 1ms to 2ms torn yes\nclock ana -1h\n"
    "always ana ben supply = balances\nnever storage \"k\" >= 5\ndamage ana cut 9\ncrash ana in "
    "sync\ndamage ben swap ana\nfail ana read 2\nstarve ben at 3 for 1s\n"
    "heal ana <-> ben\nafter 9s diverged ana ben\nexpect refused signature = 3\n";

/* Whatever comes out, it comes out: the sanitizers watch. A fault has a place in the text. */
static void parse_hostile(const uint8_t *text, size_t length, const char *name)
{
    struct scenario_error error = {0};
    struct scenario *scenario = scenario_parse(&error, name, text, length);
    if (scenario == NULL) {
        CHECK_IN(name, error.line >= 1 && error.column >= 1 && error.message[0] != '\0');
        CHECK_IN(name, memchr(error.message, '\0', sizeof error.message) != NULL);
    }
    scenario_free(scenario);
}

static void test_hostile(const char *text, const char *name)
{
    size_t length = strlen(text);
    uint8_t *copy = malloc(length);
    if (copy == NULL) abort();
    parse_hostile((const uint8_t *)text, length, name);
    for (size_t cut = 0; cut < length; cut++) {
        uint8_t *exact = malloc(cut + 1); /* reading past it is seen by the address sanitizer */
        if (exact == NULL) abort();
        memcpy(exact, text, cut);
        parse_hostile(exact, cut, name);
        free(exact);
    }
    for (size_t at = 0; at < length; at++) {
        memcpy(copy, text, length);
        for (unsigned byte = 0; byte < 256; byte++) {
            copy[at] = (uint8_t)byte;
            parse_hostile(copy, length, name);
        }
    }
    free(copy);
}

/* ---- Words for people ------------------------------------------------------------------------- */

static char *printed_error(const char *text)
{
    struct scenario_error error;
    char *printed = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&printed, &length);
    if (out == NULL || parse(&error, text) != NULL) abort();
    scenario_error_print(out, &error, "x.scn", (const uint8_t *)text, strlen(text));
    fclose(out);
    return printed;
}

static void test_printed(void)
{
    char *printed = printed_error("framesim 1\n\tsay \xc3\xa9\xff\x1b");
    CHECK(strcmp(printed, "x.scn:2:9: a control character (0x1b)\n"
                          "  \tsay \xc3\xa9??\n"
                          "  \t      ^\n") == 0);
    free(printed);
    printed = printed_error("framesim 1\nnodes a\ncrash b\n");
    CHECK(strcmp(printed, "x.scn:3:7: unknown peer 'b'\n  crash b\n        ^\n") == 0);
    free(printed);
}

static char *read_text(const char *path)
{
    const char *folder = getenv("FRAMESIM_SOURCE_DIR");
    char full[1000];
    enum { README_BYTES_MAX = 100000 };
    snprintf(full, sizeof full, "%s/%s", folder != NULL ? folder : ".", path);
    FILE *file = fopen(full, "rb");
    char *text = malloc(README_BYTES_MAX + 1);
    if (file == NULL || text == NULL) {
        free(text);
        return NULL;
    }
    size_t length = fread(text, 1, README_BYTES_MAX, file);
    text[length] = '\0';
    fclose(file);
    return text;
}

/* "| `words` | meaning |", with '|' escaped as a table wants it. */
static void table_row(char *row, size_t size, const char *words, const char *meaning)
{
    size_t used = (size_t)snprintf(row, size, "| `");
    for (const char *c = words; *c != '\0' && used + 3 < size; c++) {
        if (*c == '|') row[used++] = '\\';
        row[used++] = *c;
    }
    used += (size_t)snprintf(row + used, size - used, "` | ");
    for (const char *c = meaning; *c != '\0' && used + 3 < size; c++) {
        if (*c == '|') row[used++] = '\\';
        row[used++] = *c;
    }
    snprintf(row + used, size - used, " |\n");
}

static void test_readme(void)
{
    char *readme = read_text("scenarios/README.md");
    char row[1000];
    char words[500];
    if (!CHECK(readme != NULL)) return;
    for (size_t i = 0; i < SCENARIO_VERB_COUNT; i++) {
        const struct scenario_verb_help *help = scenario_verb_help((enum scenario_verb)i);
        snprintf(words, sizeof words, "%s %s", help->name, help->usage);
        table_row(row, sizeof row, words, help->meaning);
        CHECK_IN(row, strstr(readme, row) != NULL);
    }
    static const char *const subjects[][2] = {
#define TEST_SUBJECT(id, word, argument, value, meaning) {word, meaning},
        SCENARIO_SUBJECTS(TEST_SUBJECT)
#undef TEST_SUBJECT
    };
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        snprintf(words, sizeof words, "| `%s", subjects[i][0]);
        CHECK_IN(words, strstr(readme, words) != NULL);
        CHECK_IN(subjects[i][1], strstr(readme, subjects[i][1]) != NULL);
    }
    static const char *const fates[][2] = {
#define TEST_FATE(id, word, meaning) {"LABEL " word, meaning},
        SCENARIO_FATES(TEST_FATE)
#undef TEST_FATE
    };
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++) {
        table_row(row, sizeof row, fates[i][0], fates[i][1]);
        CHECK_IN(row, strstr(readme, row) != NULL);
    }
    free(readme);
}

int main(void)
{
    struct text *text = calloc(1, sizeof *text);
    if (text == NULL) abort();
    test_faults();
    test_nul();
    test_forgeries();
    test_composed();
    test_limits(text);
    test_examples();
    test_properties();
    test_values();
    test_clocks();
    test_clock_moves();
    test_printed();
    test_readme();
    test_hostile(hostile_actions, "actions");
    test_hostile(hostile_settings, "settings");
    free(text);
    return check_done();
}
