// SPDX-License-Identifier: Apache-2.0
/* `framesim replay`: one run again, told from its first event to its last. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_run.h"

static const char replay_help[] =
    "usage: framesim replay SCENARIO [options]\n"
    "       framesim replay --tape FILE [SCENARIO] [options]\n"
    "\n"
    "Runs a scenario as `framesim run` does, in this process, and tells what happens.\n"
    "\n"
    "  --seed N           the seed, 0 to 2^53-1 (default: the scenario's own, else 1)\n"
    "  --tape FILE        every decision as it stands on a tape (framesim run --tape), and where "
    "nothing stands\n"
    "                     the quiet one; says which lines nobody asked for, and where the run "
    "differs; with the\n"
    "                     scenario that the tape names, unless another is given\n"
    "  --trace            a line for every event and every statement: virtual time in seconds, "
    "events so\n"
    "                     far, running hash, what happened\n"
    "  --against FILE     compares with what --trace has printed, and shows the first event that "
    "differs, as\n"
    "                     it was there and as it is here; exit code 1 where one does\n"
    "  --events-max N     the run ends after so many events (default: 20000000)\n" CLI_CRYPTO_HELP(
        "real; a tape names its own") "\n"
                                      "Exit code: that of `framesim run`.\n";

struct replay {
    const char *scenario;
    const char *seed;
    const char *events_max;
    const char *crypto;
    const char *tape;
    const char *against;
    enum crypto_mode mode;
    struct run_settings settings;
    struct tape_file file;
};

enum { TRACE_BYTES_MAX = 1024 * 1024 * 1024 };

static int take_arguments(struct replay *replay)
{
    struct run_settings *settings = &replay->settings;
    settings->has_seed = replay->seed != NULL;
    settings->events_max = INTERPRET_EVENTS_DEFAULT;
    if (replay->seed != NULL && replay->tape != NULL)
        return cli_usage("replay", "--seed and --tape exclude each other");
    if (replay->crypto != NULL && replay->tape != NULL)
        return cli_usage("replay", "--crypto and --tape exclude each other: a tape names its own");
    if (replay->seed != NULL &&
        !cli_argument_number(&settings->seed, replay->seed, SCENARIO_SEED_MAX))
        return cli_usage("replay", "--seed expects a number from 0 to 2^53-1");
    if (replay->events_max != NULL &&
        (!cli_argument_number(&settings->events_max, replay->events_max, UINT64_MAX) ||
         settings->events_max == 0))
        return cli_usage("replay", "--events-max expects a number of at least 1");
    if (replay->against != NULL) settings->trace = true;
    settings->story = !settings->trace;
    return cli_take_crypto(&replay->mode, "replay", replay->crypto);
}

/* ---- The first difference -------------------------------------------------------------------- */

static size_t line_length(const char *text, size_t left)
{
    const char *newline = memchr(text, '\n', left);
    return newline != NULL ? (size_t)(newline - text) : left;
}

static void put_side(const char *side, const char *text, size_t left)
{
    printf("  %s ", side);
    if (left == 0)
        fputs("(nothing more)", stdout);
    else
        fwrite(text, 1, line_length(text, left), stdout);
    putchar('\n');
}

/* Shows the first lines that differ, with the one before them. True where there are none. */
static bool compare(struct frame_span there, const char *here, size_t here_length)
{
    const char *a = (const char *)there.bytes;
    const char *before = NULL;
    size_t before_left = 0;
    size_t a_left = there.length;
    size_t b_left = here_length;
    uint64_t line = 1;
    for (; a_left > 0 && b_left > 0; line++) {
        const size_t length = line_length(a, a_left);
        if (length != line_length(here, b_left) || memcmp(a, here, length) != 0) break;
        const size_t step = length < a_left ? length + 1 : length;
        before = here;
        before_left = b_left;
        a += step;
        a_left -= step;
        here += length < b_left ? length + 1 : length;
        b_left -= length < b_left ? length + 1 : length;
    }
    if (a_left == 0 && b_left == 0) {
        puts("the same, event by event");
        return true;
    }
    printf("differs from line %" PRIu64 " on:\n", line);
    if (before != NULL) put_side("both: ", before, before_left);
    put_side("there:", a, a_left);
    put_side("here: ", here, b_left);
    return false;
}

static int run_against(struct replay *replay, struct interpret_result *result,
                       const struct scenario *scenario)
{
    struct cli_file there;
    char *here = NULL;
    size_t length = 0;
    int code = cli_file_read(&there, replay->against, TRACE_BYTES_MAX);
    if (code != CLI_OK) return code;
    FILE *out = open_memstream(&here, &length);
    if (out == NULL) abort();
    run_one(result, out, scenario, &replay->settings);
    run_put_text(out, scenario, result, false);
    if (fclose(out) != 0) abort();
    code = compare(cli_file_view(&there), here, length) ? CLI_OK : CLI_REJECTED;
    free(here);
    cli_file_free(&there);
    return code;
}

static int run_it(struct replay *replay)
{
    struct interpret_result result = {.failure = NULL};
    int code = CLI_OK;
    if (replay->tape != NULL)
        code = run_load_tape(&replay->settings, &replay->file, &replay->mode, &replay->scenario,
                             "replay", replay->tape);
    if (code != CLI_OK) return code;
    if (replay->scenario == NULL) return cli_usage("replay", "expected SCENARIO, a file");
    struct scenario *scenario = scenario_load(replay->scenario, stderr);
    if (scenario == NULL) return CLI_INPUT;
    replay->settings.memo = crypto_memo_new_of(replay->mode, CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (replay->settings.memo == NULL) abort();
    if (replay->against != NULL) {
        code = run_against(replay, &result, scenario);
    } else {
        run_one(&result, stdout, scenario, &replay->settings);
        if (!replay->settings.trace) fputc('\n', stdout);
        run_put_text(stdout, scenario, &result, false);
        code = run_exit_code(result.verdict);
    }
    interpret_result_release(&result);
    scenario_free(scenario);
    crypto_memo_free(replay->settings.memo);
    return code;
}

int cli_replay(int argc, char **argv)
{
    struct replay replay = {.scenario = NULL};
    struct cli_list operands = {NULL, 0, 0};
    const struct cli_option options[] = {
        {"--seed", NULL, &replay.seed, NULL},
        {"--tape", NULL, &replay.tape, NULL},
        {"--against", NULL, &replay.against, NULL},
        {"--events-max", NULL, &replay.events_max, NULL},
        {"--crypto", NULL, &replay.crypto, NULL},
        {"--trace", &replay.settings.trace, NULL, NULL},
    };
    const struct cli_syntax syntax = {
        "replay", replay_help, options, sizeof options / sizeof *options, NULL, NULL, 0};
    int code = CLI_OK;
    if (cli_options_parse_more(&code, &syntax, &operands, argc, argv)) {
        if (operands.count > 1)
            code = cli_usage("replay", "expected nothing more, got '%s'", operands.values[1]);
        if (operands.count > 0) replay.scenario = operands.values[0];
        if (code == CLI_OK) code = take_arguments(&replay);
        if (code == CLI_OK) code = run_it(&replay);
    }
    tape_file_free(&replay.file);
    cli_list_free(&operands);
    return code;
}
