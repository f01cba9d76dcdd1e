// SPDX-License-Identifier: Apache-2.0
/* `framesim shrink`: from a failing seed to the smallest scenario that fails in the same way. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "build_info.h"
#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_run.h"
#include "jobs.h"
#include "progress.h"
#include "shrink.h"

static const char shrink_help[] =
    "usage: framesim shrink SCENARIO --seed N [options]\n"
    "\n"
    "Writes a failing run down as an explicit timeline, and takes away lines, peers, decisions of "
    "chance,\n"
    "waits and payloads for as long as it fails with the same signature. What is left is a "
    "scenario without\n"
    "randomness that fails by itself: on standard output, or in a file. A deadline that is missed "
    "keeps its\n"
    "length, and who did not converge has to be in touch; with a planted bug (framesim-planted) "
    "the story has\n"
    "to pass without it, where what was written down does (of a crash it is not asked). An "
    "interrupt ends with the best so far. "
    "The result\n"
    "does not depend on the number of jobs.\n"
    "\n"
    "  --seed N           the seed, 0 to 2^53-1 (default: the scenario's own, else 1)\n"
    "  -o FILE            where the scenario goes; --force: also over one that is there\n"
    "  --jobs N           so many runs at a time (default: one for each processor)\n"
    "  --time T           ends after so long (90s, 10m, 2h) with the best so far\n"
    "  --runs N           the same after so many runs, of which the first tries what is written "
    "down whole\n"
    "  --events-max N     the bound on events of the run to begin with (default: "
    "20000000)\n" CLI_CRYPTO_HELP(
        "real") "  --json             figures, in one line of canonical JSON, with -o\n"
                "  --quiet            no progress\n"
                "\n"
                "Exit code: 0 a scenario was made; 1 the run does not fail, or not when it is "
                "written down; 2 "
                "usage;\n"
                "3 a file cannot be read or written.\n";

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

struct shrinking {
    const char *path;
    const char *seed, *output, *jobs, *time, *runs, *events_max, *crypto;
    bool force, json, quiet;
    uint64_t time_ms;
    uint64_t runs_max; /* 0: no bound */
    struct progress progress;
    struct shrink shrink;
};

static bool go_on(void *context)
{
    const struct shrinking *shrinking = context;
    if (shrinking->time_ms > 0 && progress_ms(&shrinking->progress) >= shrinking->time_ms)
        return false;
    if (shrinking->runs_max > 0 && shrinking->shrink.runs >= shrinking->runs_max) return false;
    return interrupted == 0;
}

static void found(void *context, const struct shrink_story *story, uint64_t runs)
{
    struct shrinking *shrinking = context;
    if (shrinking->quiet || !progress_sample(&shrinking->progress, 500)) return;
    if (shrinking->progress.terminal) fputs("\r\033[K", stderr);
    fprintf(stderr, "%zu lines, %zu peers, %" PRIu64 " events after %" PRIu64 " runs",
            shrink_story_lines(story), shrink_story_peers(story), story->events, runs);
    fputs(shrinking->progress.terminal ? "" : "\n", stderr);
    shrinking->progress.shown = shrinking->progress.terminal;
    fflush(stderr);
}

/* ---- The file ---- */

static void put_comment_text(FILE *out, const char *text)
{
    for (; *text != '\0' && *text != '\n'; text++) {
        const unsigned char byte = (unsigned char)*text;
        fputc(byte < 0x20 || byte == 0x7F ? '?' : byte, out);
    }
}

static const char *why(const char *check)
{
    for (size_t i = 0; i < world_check_count(); i++)
        if (strcmp(world_check_name(i), check) == 0) return world_check_why(i);
    return NULL;
}

/* Why it is there, where it comes from, what it fails with. */
static char *head_of(const struct shrinking *shrinking)
{
    const struct shrink *shrink = &shrinking->shrink;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    const char *rule = why(shrink->signature.check);
    fputs("# ", out);
    if (rule != NULL) fprintf(out, "%s: ", rule);
    fputs("this fails with\n#     ", out);
    if (shrink->failure != NULL && shrink->failure[0] != '\0')
        put_comment_text(out, shrink->failure);
    else
        put_comment_text(out, shrink->signature.cause);
    if (!shrink->sound)
        fputs("\n# It fails without the planted bug as well, and so may show something else.", out);
    fputs("\n# Shrunk from ", out);
    put_comment_text(out, shrinking->path);
    fprintf(out, ", seed %" PRIu64 "%s, by framesim %s.\nframesim 1\ntitle ", shrink->seed,
            crypto_mode_option(shrink->crypto), build_commit());
    put_comment_text(out, shrink->signature.check);
    fputs(" fails\n", out);
    if (fclose(out) != 0) abort();
    return text;
}

static void put_figures(const struct shrinking *shrinking, bool whole)
{
    const struct shrink *shrink = &shrinking->shrink;
    const struct shrink_story *before = &shrink->original;
    const struct shrink_story *after = &shrink->story;
    if (shrinking->json) {
        printf("{\"choices\":%zu,\"events\":%" PRIu64
               ",\"lines\":%zu,\"ok\":true,\"peers\":%zu,\"runs\":%" PRIu64 ",\"whole\":%s}\n",
               after->choices.choice_count, after->events, shrink_story_lines(after),
               shrink_story_peers(after), shrink->runs, whole ? "true" : "false");
        return;
    }
    if (shrinking->quiet) return;
    fprintf(stderr,
            "from %zu lines, %zu peers, %zu choices, %" PRIu64 " events\n"
            "to   %zu lines, %zu peers, %zu choices, %" PRIu64 " events, in %" PRIu64
            " runs and %" PRIu64 ".%" PRIu64 " s%s\n",
            shrink_story_lines(before) - before->choices.choice_count, shrink_story_peers(before),
            before->choices.choice_count, before->events,
            shrink_story_lines(after) - after->choices.choice_count, shrink_story_peers(after),
            after->choices.choice_count, after->events, shrink->runs,
            progress_ms(&shrinking->progress) / 1000, progress_ms(&shrinking->progress) / 100 % 10,
            whole ? "" : " (it was ended before it could get smaller)");
}

static int write_story(const struct shrinking *shrinking, bool whole)
{
    char *head = head_of(shrinking);
    char *text = shrink_story_text(&shrinking->shrink.story, head, true);
    int code = CLI_OK;
    if (shrinking->output != NULL)
        code = cli_file_put(shrinking->output, shrinking->force, text, strlen(text));
    else
        fputs(text, stdout);
    free(text);
    free(head);
    if (code == CLI_OK) put_figures(shrinking, whole);
    return code;
}

/* ---- Arguments ---- */

static int take_arguments(struct shrinking *shrinking)
{
    struct shrink *shrink = &shrinking->shrink;
    uint64_t number;
    shrink->events_max = INTERPRET_EVENTS_DEFAULT;
    shrink->workers = jobs_processors();
    if (shrinking->seed != NULL &&
        !cli_argument_number(&shrink->seed, shrinking->seed, SCENARIO_SEED_MAX))
        return cli_usage("shrink", "--seed expects a number from 0 to 2^53-1");
    if (shrinking->jobs != NULL) {
        if (!cli_argument_number(&number, shrinking->jobs, JOBS_MAX) || number == 0)
            return cli_usage("shrink", "--jobs expects a number from 1 to %d", JOBS_MAX);
        shrink->workers = (unsigned)number;
    }
    if (shrinking->time != NULL &&
        (!cli_argument_duration(&shrinking->time_ms, shrinking->time) || shrinking->time_ms == 0))
        return cli_usage("shrink", "--time expects a duration such as 90s, 10m or 2h");
    if (shrinking->runs != NULL &&
        (!cli_argument_number(&shrinking->runs_max, shrinking->runs, UINT64_MAX) ||
         shrinking->runs_max == 0))
        return cli_usage("shrink", "--runs expects a number of at least 1");
    if (shrinking->events_max != NULL &&
        (!cli_argument_number(&shrink->events_max, shrinking->events_max, SCENARIO_SEED_MAX) ||
         shrink->events_max == 0))
        return cli_usage("shrink", "--events-max expects a number of at least 1");
    const int code = cli_take_crypto(&shrink->crypto, "shrink", shrinking->crypto);
    if (code != CLI_OK) return code;
    if (shrinking->json && shrinking->output == NULL) return cli_usage("shrink", "--json needs -o");
    if (shrinking->output == NULL) return CLI_OK;
    return cli_file_writable("shrink", shrinking->output, shrinking->force);
}

static int run(struct shrinking *shrinking, const struct scenario *scenario)
{
    struct shrink *shrink = &shrinking->shrink;
    const struct sigaction caught = {.sa_handler = interrupt};
    (void)sigaction(SIGINT, &caught, NULL);
    (void)sigaction(SIGTERM, &caught, NULL);
    shrink->scenario = scenario;
    if (shrinking->seed == NULL) shrink->seed = interpret_seed(scenario);
    shrink->context = shrinking;
    shrink->go_on = go_on;
    shrink->found = found;
    progress_begin(&shrinking->progress, shrinking->quiet, 0);
    const enum shrink_result result = shrink_run(shrink);
    const int reason = errno;
    progress_clear(&shrinking->progress);
    switch (result) {
    case SHRINK_DONE:
    case SHRINK_STOPPED: return write_story(shrinking, result == SHRINK_DONE);
    case SHRINK_FINE:
        cli_error("%s: does not fail with seed %" PRIu64, shrinking->path, shrink->seed);
        return CLI_REJECTED;
    case SHRINK_UNSTABLE:
        cli_error("%s: fails with seed %" PRIu64 ", but not once it is written down",
                  shrinking->path, shrink->seed);
        return CLI_REJECTED;
    case SHRINK_EARLY:
        cli_error("%s: ended before the run that is written down was tried", shrinking->path);
        return CLI_REJECTED;
    case SHRINK_SYSTEM: break;
    }
    cli_error("could not run: %s", strerror(reason));
    return CLI_INPUT;
}

int cli_shrink(int argc, char **argv)
{
    struct shrinking shrinking = {.path = NULL};
    const struct cli_option options[] = {
        {"--seed", NULL, &shrinking.seed, NULL},
        {"-o", NULL, &shrinking.output, NULL},
        {"--jobs", NULL, &shrinking.jobs, NULL},
        {"--time", NULL, &shrinking.time, NULL},
        {"--runs", NULL, &shrinking.runs, NULL},
        {"--events-max", NULL, &shrinking.events_max, NULL},
        {"--crypto", NULL, &shrinking.crypto, NULL},
        {"--force", &shrinking.force, NULL, NULL},
        {"--json", &shrinking.json, NULL, NULL},
        {"--quiet", &shrinking.quiet, NULL, NULL},
    };
    static const char *const operands[] = {"SCENARIO, a file"};
    const struct cli_syntax syntax = {
        "shrink", shrink_help,     options, sizeof options / sizeof *options,
        operands, &shrinking.path, 1};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = take_arguments(&shrinking);
    if (code != CLI_OK) return code;
    fflush(stdout);
    struct scenario *scenario = scenario_load(shrinking.path, stderr);
    if (scenario == NULL) return CLI_INPUT;
    code = run(&shrinking, scenario);
    shrink_release(&shrinking.shrink);
    scenario_free(scenario);
    return code;
}
