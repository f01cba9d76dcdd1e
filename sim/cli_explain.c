// SPDX-License-Identifier: Apache-2.0
/* `framesim explain`: the event at which a failing run was decided. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "cli.h"
#include "cli_common.h"
#include "cli_options.h"
#include "cli_run.h"
#include "escape.h"
#include "explain.h"
#include "jobs.h"
#include "progress.h"

static const char explain_help[] =
    "usage: framesim explain SCENARIO --seed N [options]\n"
    "\n"
    "Plays a failing run up to an event, and from there on into many futures, in which chance "
    "answers\n"
    "otherwise; counts how many of them fail with the same signature; and goes on where that share "
    "jumps,\n"
    "until it is the jump of one event: the one to look at, where a fifth of the futures or more "
    "depend on it.\n"
    "Also names the event from which on every future fails. The result does not depend on the "
    "number of jobs.\n"
    "\n"
    "  --seed N           the seed, 0 to 2^53-1 (default: the scenario's own, else 1)\n"
    "  --futures K        so many from an event, up to 1000, and four times as many more from "
    "those that\n"
    "                     matter (default: 20)\n"
    "  --budget N         at most so many futures in all (default: 2000)\n"
    "  --jobs N           so many at a time (default: one for each processor)\n"
    "  --time T           ends after so long (90s, 10m, 2h) with what there is\n"
    "  --events-max N     the bound on events of every run (default: 20000000)\n" CLI_CRYPTO_HELP(
        "real") "  --json             one line of canonical JSON\n"
                "  --quiet            no progress\n"
                "\n"
                "Exit code: 0 explained, as far as the budget went; 1 the run does not fail, or "
                "not in the "
                "time given;\n"
                "2 usage; 3 the scenario cannot be read, or the system has no processes; 130 "
                "interrupted: what "
                "is\n"
                "printed then is not all.\n";

enum { CLI_INTERRUPTED = 130 };

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

struct explaining {
    const char *path;
    const char *seed, *futures, *budget, *jobs, *time, *events_max, *crypto;
    bool json, quiet;
    uint64_t time_ms;
    struct progress progress;
    struct explain explain;
};

static bool go_on(void *context)
{
    const struct explaining *explaining = context;
    if (explaining->time_ms > 0 && progress_ms(&explaining->progress) >= explaining->time_ms)
        return false;
    return interrupted == 0;
}

static void tell_progress(void *context, uint64_t futures)
{
    struct explaining *explaining = context;
    if (explaining->quiet || !progress_sample(&explaining->progress, 500)) return;
    if (explaining->progress.terminal) fputs("\r\033[K", stderr);
    fprintf(stderr, "%" PRIu64 " futures from %zu events", futures,
            explaining->explain.row_count - 1);
    fputs(explaining->progress.terminal ? "" : "\n", stderr);
    explaining->progress.shown = explaining->progress.terminal;
    fflush(stderr);
}

/* ---- For people ------------------------------------------------------------------------------ */

static void put_time(uint64_t us)
{
    printf("%" PRIu64 ".%03u s", us / WORLD_SECOND, (unsigned)(us % WORLD_SECOND / WORLD_MS));
}

/* Up to so many bytes of text, without control characters; a character is not cut in two. */
static void put_words(const char *text, size_t length, size_t bytes_max)
{
    size_t shown = length;
    if (shown > bytes_max) {
        shown = bytes_max;
        while (shown > 0 && ((unsigned char)text[shown] & 0xC0) == 0x80)
            shown--;
    }
    for (size_t i = 0; i < shown; i++) {
        const unsigned char byte = (unsigned char)text[i];
        putchar(byte < 0x20 || byte == 0x7F ? '?' : byte);
    }
    if (shown < length) fputs(" …", stdout);
}

/* What happened, in the words of its first record. */
static void put_short(const struct explain_row *row)
{
    enum { WORDS_MAX = 76 };
    if (row->what == NULL) return;
    const char *last = strrchr(row->what, '\n');
    const char *words = last != NULL ? last + 1 : row->what;
    put_words(words, strcspn(words, ";"), WORDS_MAX);
}

static void put_row(const struct explain *explain, size_t i)
{
    const struct explain_row *row = &explain->rows[i];
    const bool failure = i + 1 == explain->row_count;
    printf("%s %8" PRIu64 "  %9" PRIu64 ".%03u  ", i == explain->decisive ? ">" : " ", row->event,
           row->virtual_us / WORLD_SECOND, (unsigned)(row->virtual_us % WORLD_SECOND / WORLD_MS));
    if (failure)
        printf("   the failure  ");
    else
        printf("%5" PRIu64 " of %4" PRIu64 "%4s", row->failed, row->of, "");
    if (row->other > 0) printf("(%" PRIu64 " otherwise) ", row->other);
    if (row->clocked_out > 0) printf("(%" PRIu64 " too slow) ", row->clocked_out);
    put_short(row);
    putchar('\n');
}

/* Where the record at `at` ends; *next is where the one behind it begins, NULL: there is none. */
static const char *record_end(const char *at, const char **next)
{
    const char *newline = strchr(at, '\n');
    const char *end = strstr(at, "; ");
    if (end == NULL || (newline != NULL && newline < end)) end = newline;
    *next = end == NULL ? NULL : end + (*end == '\n' ? 1 : 2);
    return end != NULL ? end : at + strlen(at);
}

/* Every record of the event on a line; of many the last ones, since they are what it did. */
static void put_what(const struct explain_row *row)
{
    enum { WORDS_MAX = 300, RECORDS_MAX = 12 };
    const char *what = row->what != NULL ? row->what : "";
    const char *next;
    size_t count = 0;
    for (const char *at = what; at != NULL && *at != '\0'; at = next, count++)
        (void)record_end(at, &next);
    size_t passed = count > RECORDS_MAX ? count - RECORDS_MAX : 0;
    if (passed > 0) printf("    … %zu records before: see framesim replay --trace\n", passed);
    for (const char *at = what; at != NULL && *at != '\0'; at = next) {
        const char *end = record_end(at, &next);
        if (passed > 0) {
            passed--;
            continue;
        }
        fputs("    ", stdout);
        put_words(at, (size_t)(end - at), WORDS_MAX);
        putchar('\n');
    }
}

static void put_decisive(const struct explain *explain)
{
    const struct explain_row *row = &explain->rows[explain->decisive];
    const struct explain_row *before = row - 1;
    const bool failure = explain->decisive + 1 == explain->row_count;
    if (failure && row->event == before->event)
        printf("\nlook at what came after the last event, until ");
    else if (row->moment - before->moment == 1)
        printf("\nlook at event %" PRIu64 ", at ", row->event);
    else
        printf("\nlook at what happened behind event %" PRIu64 ", up to event %" PRIu64 ", at ",
               before->event, row->event);
    put_time(row->virtual_us);
    printf(": before it %" PRIu64 " of %" PRIu64 " futures fail", before->failed, before->of);
    if (failure)
        printf("; it is the failure itself\n");
    else
        printf(", after it %" PRIu64 " of %" PRIu64 "\n", row->failed, row->of);
    put_what(row);
}

static void put_undecided(const struct explain *explain)
{
    const struct explain_row *first = &explain->rows[0];
    if (!explain->whole || first->of == 0)
        printf("\nno event was found in the futures that there was time for\n");
    else if (first->failed == first->of)
        printf("\nnothing that chance decides makes a difference: from the beginning on every "
               "future fails. Look at\nthe scenario's own lines, or at what the seed has drawn "
               "before the first event.\n");
    else
        printf("\nno event alone decides: at the beginning %" PRIu64 " of %" PRIu64
               " futures fail, and none behind it makes a great difference\n",
               first->failed, first->of);
}

static void put_text(const struct explaining *explaining)
{
    const struct explain *explain = &explaining->explain;
    const struct explain_row *last = &explain->rows[explain->row_count - 1];
    const struct explain_row *lost = &explain->rows[explain->inevitable];
    printf("%s, seed %" PRIu64 ": fails after event %" PRIu64 ", at ", explaining->path,
           explain->seed, explain->events);
    put_time(last->virtual_us);
    printf("\n    ");
    put_words(explain->failure, strcspn(explain->failure, "\n"), 1000);
    printf("\n\n     event   virtual time   futures fail    what happened\n");
    for (size_t i = 0; i < explain->row_count; i++)
        put_row(explain, i);
    if (explain->decisive == SIZE_MAX)
        put_undecided(explain);
    else
        put_decisive(explain);
    if (explain->decisive != SIZE_MAX) {
        printf("\nfrom event %" PRIu64 ", at ", lost->event);
        put_time(lost->virtual_us);
        printf(" on, no future is seen without the failure\n");
    }
    printf("%" PRIu64 " futures%s\n", explain->run,
           explain->whole ? "" : "; it was ended before the event was found");
}

/* ---- For machines ---------------------------------------------------------------------------- */

static void put_row_json(const struct explain_row *row)
{
    printf("{\"clocked_out\":%" PRIu64 ",\"event\":%" PRIu64 ",\"failed\":%" PRIu64
           ",\"of\":%" PRIu64 ",\"other\":%" PRIu64 ",\"virtual_us\":%" PRIu64 ",\"what\":",
           row->clocked_out, row->event, row->failed, row->of, row->other, row->virtual_us);
    escape_json_text(stdout, row->what);
    putchar('}');
}

static void put_json(const struct explain *explain)
{
    fputs("{\"commit\":", stdout);
    escape_json_text(stdout, build_commit());
    fputs(",\"crypto\":", stdout);
    escape_json_text(stdout, build_crypto(explain->crypto));
    if (explain->decisive == SIZE_MAX)
        fputs(",\"decisive\":null", stdout);
    else
        printf(",\"decisive\":%" PRIu64, explain->rows[explain->decisive].event);
    printf(",\"events\":%" PRIu64 ",\"failure\":", explain->events);
    escape_json_text(stdout, explain->failure);
    printf(",\"futures\":%" PRIu64 ",\"inevitable\":%" PRIu64 ",\"ok\":true,\"rows\":[",
           explain->run, explain->rows[explain->inevitable].event);
    for (size_t i = 0; i < explain->row_count; i++) {
        if (i > 0) putchar(',');
        put_row_json(&explain->rows[i]);
    }
    fputs("],\"scenario\":", stdout);
    escape_json_text(stdout, explain->scenario->path);
    printf(",\"seed\":%" PRIu64 ",\"signature\":", explain->seed);
    signature_put_json(stdout, &explain->signature);
    printf(",\"whole\":%s}\n", explain->whole ? "true" : "false");
}

/* ---- Arguments ------------------------------------------------------------------------------- */

static bool take_number(uint64_t *number, const char *text, uint64_t max)
{
    return text == NULL || (cli_argument_number(number, text, max) && *number > 0);
}

static int take_arguments(struct explaining *explaining)
{
    struct explain *explain = &explaining->explain;
    uint64_t workers = jobs_processors();
    explain->futures = 20;
    explain->budget = 2000;
    explain->events_max = INTERPRET_EVENTS_DEFAULT;
    if (explaining->seed != NULL &&
        !cli_argument_number(&explain->seed, explaining->seed, SCENARIO_SEED_MAX))
        return cli_usage("explain", "--seed expects a number from 0 to 2^53-1");
    if (!take_number(&explain->futures, explaining->futures, EXPLAIN_FUTURES_MAX))
        return cli_usage("explain", "--futures expects a number from 1 to %d", EXPLAIN_FUTURES_MAX);
    if (!take_number(&explain->budget, explaining->budget, SCENARIO_SEED_MAX))
        return cli_usage("explain", "--budget expects a number of at least 1");
    if (!take_number(&workers, explaining->jobs, JOBS_MAX))
        return cli_usage("explain", "--jobs expects a number from 1 to %d", JOBS_MAX);
    if (!take_number(&explain->events_max, explaining->events_max, SCENARIO_SEED_MAX))
        return cli_usage("explain", "--events-max expects a number of at least 1");
    if (explaining->time != NULL &&
        (!cli_argument_duration(&explaining->time_ms, explaining->time) ||
         explaining->time_ms == 0))
        return cli_usage("explain", "--time expects a duration such as 90s, 10m or 2h");
    explain->workers = (unsigned)workers;
    return cli_take_crypto(&explain->crypto, "explain", explaining->crypto);
}

static int run(struct explaining *explaining, const struct scenario *scenario)
{
    struct explain *explain = &explaining->explain;
    const struct sigaction caught = {.sa_handler = interrupt};
    (void)sigaction(SIGINT, &caught, NULL);
    (void)sigaction(SIGTERM, &caught, NULL);
    explain->scenario = scenario;
    if (explaining->seed == NULL) explain->seed = interpret_seed(scenario);
    explain->context = explaining;
    explain->go_on = go_on;
    explain->progress = tell_progress;
    progress_begin(&explaining->progress, explaining->quiet, 0);
    const enum explain_result result = explain_run(explain);
    const int reason = errno;
    progress_clear(&explaining->progress);
    if (result == EXPLAIN_FINE) {
        cli_error("%s: does not fail with seed %" PRIu64, explaining->path, explain->seed);
        return CLI_REJECTED;
    }
    if (result == EXPLAIN_STOPPED) {
        cli_error("%s: ended before the run with seed %" PRIu64 " was", explaining->path,
                  explain->seed);
        return interrupted != 0 ? CLI_INTERRUPTED : CLI_REJECTED;
    }
    if (result == EXPLAIN_SYSTEM) {
        cli_error("could not run: %s", strerror(reason));
        return CLI_INPUT;
    }
    if (explaining->json)
        put_json(explain);
    else
        put_text(explaining);
    return interrupted != 0 ? CLI_INTERRUPTED : CLI_OK;
}

int cli_explain(int argc, char **argv)
{
    struct explaining explaining = {.path = NULL};
    const struct cli_option options[] = {
        {"--seed", NULL, &explaining.seed, NULL},
        {"--futures", NULL, &explaining.futures, NULL},
        {"--budget", NULL, &explaining.budget, NULL},
        {"--jobs", NULL, &explaining.jobs, NULL},
        {"--time", NULL, &explaining.time, NULL},
        {"--events-max", NULL, &explaining.events_max, NULL},
        {"--crypto", NULL, &explaining.crypto, NULL},
        {"--json", &explaining.json, NULL, NULL},
        {"--quiet", &explaining.quiet, NULL, NULL},
    };
    static const char *const operands[] = {"SCENARIO, a file"};
    const struct cli_syntax syntax = {
        "explain", explain_help,     options, sizeof options / sizeof *options,
        operands,  &explaining.path, 1};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = take_arguments(&explaining);
    if (code != CLI_OK) return code;
    fflush(stdout);
    struct scenario *scenario = scenario_load(explaining.path, stderr);
    if (scenario == NULL) return CLI_INPUT;
    code = run(&explaining, scenario);
    explain_release(&explaining.explain);
    scenario_free(scenario);
    return code;
}
