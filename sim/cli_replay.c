// SPDX-License-Identifier: Apache-2.0
/* `framesim replay`: one run again, told from its first event to its last. */
#include "cli.h"
#include "cli_common.h"
#include "cli_options.h"
#include "cli_run.h"

static const char replay_help[] =
    "usage: framesim replay SCENARIO [options]\n"
    "\n"
    "Runs a scenario as `framesim run` does, in this process, and tells what happens.\n"
    "\n"
    "  --seed N           the seed, 0 to 2^53-1 (default: the scenario's own, else 1)\n"
    "  --trace            a line for every event and every statement: virtual time in seconds, "
    "events so\n"
    "                     far, running hash, what happened\n"
    "  --events-max N     the run ends after so many events (default: 20000000)\n"
    "\n"
    "Exit code: that of `framesim run`.\n";

static int take_arguments(struct run_settings *settings, const char *seed, const char *events_max)
{
    settings->has_seed = seed != NULL;
    settings->events_max = INTERPRET_EVENTS_DEFAULT;
    if (seed != NULL && !cli_argument_number(&settings->seed, seed, SCENARIO_SEED_MAX))
        return cli_usage("replay", "--seed expects a number from 0 to 2^53-1");
    if (events_max == NULL) return CLI_OK;
    if (cli_argument_number(&settings->events_max, events_max, UINT64_MAX) &&
        settings->events_max > 0)
        return CLI_OK;
    return cli_usage("replay", "--events-max expects a number of at least 1");
}

int cli_replay(int argc, char **argv)
{
    const char *path = NULL;
    const char *seed = NULL;
    const char *events_max = NULL;
    struct run_settings settings = {.story = true};
    const struct cli_option options[] = {{"--seed", NULL, &seed, NULL},
                                         {"--events-max", NULL, &events_max, NULL},
                                         {"--trace", &settings.trace, NULL, NULL}};
    static const char *const operands[] = {"SCENARIO, a file"};
    const struct cli_syntax syntax = {"replay", replay_help, options, 3, operands, &path, 1};
    struct interpret_result result;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = take_arguments(&settings, seed, events_max);
    if (code != CLI_OK) return code;
    struct scenario *scenario = scenario_load(path, stderr);
    if (scenario == NULL) return CLI_INPUT;
    settings.story = !settings.trace;
    run_one(&result, stdout, scenario, &settings);
    if (!settings.trace) fputc('\n', stdout);
    run_put_text(stdout, scenario, &result, false);
    code = run_exit_code(result.verdict);
    interpret_result_release(&result);
    scenario_free(scenario);
    return code;
}
