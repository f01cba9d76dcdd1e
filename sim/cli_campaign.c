// SPDX-License-Identifier: Apache-2.0
/* `framesim campaign`: many seeds in a few processes, and what failed in how many ways. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "campaign.h"
#include "cli.h"
#include "cli_campaign.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_run.h"
#include "jobs.h"
#include "progress.h"

static const char campaign_help[] =
    "usage: framesim campaign SCENARIO... --seeds A..B | --time T [options]\n"
    "       framesim campaign --resume DIR [options]\n"
    "       framesim campaign merge DIR... --out DIR\n"
    "\n"
    "Runs scenarios (a folder stands for all *.scn below it) with many seeds, seed by seed, and "
    "groups what\n"
    "fails by its signature: which check, where, why. A run that crashes, or passes its bound of "
    "events, is\n"
    "a finding as well; the campaign goes on. Results do not depend on --jobs or on shards. An "
    "interrupt\n"
    "ends it in good order.\n"
    "\n"
    "  --seeds A..B         these seeds, both included\n"
    "  --seeds-from TEXT    the first seed follows from a text, such as a commit's hash,\n"
    "  --count N            and so many seeds are run\n"
    "  --time T             so long (90s, 10m, 2h); without seeds: from seed 1 on\n"
    "  --jobs N             so many runs at a time (default: one for each processor)\n"
    "  --shard I/N          each N-th run only, from the I-th on\n"
    "  --stop-after K       ends with the K-th failure\n"
    "  --out DIR            keeps campaign.json (what was to be run), results.jsonl (a line for "
    "each run),\n"
    "                       summary.json, tapes/ (one for each kind of failure: its cheapest "
    "run),\n"
    "                       faults-by-probes.csv and rate.jsonl in a new folder; "
    "--force:\n"
    "                       also in one that is there\n"
    "  --resume DIR         goes on where a campaign with --out has ended\n"
    "  --events-max N       a run ends after so many events (default: 20000000)\n" CLI_CRYPTO_HELP(
        "ideal") "  --run-seconds-max N  a run is killed after so many seconds of wall clock "
                 "(default: 600; 0: "
                 "never);\n"
                 "                       reported apart, since it depends on the machine\n"
                 "  --junit FILE, --tap FILE, --github\n"
                 "                       JUnit XML, TAP, GitHub annotations on stdout\n"
                 "  --require-probes     fails where a probe that is not rare was never hit "
                 "(framesim run "
                 "--help)\n"
                 "  --json               the summary as one line of canonical JSON\n"
                 "  --quiet              no progress, and nothing about a campaign that came out "
                 "fine\n"
                 "\n"
                 "Exit code: as framesim run, by the gravest failure (where nothing failed 0, "
                 "impossible runs "
                 "or "
                 "not);\n"
                 "130 where it was interrupted and nothing failed.\n";

static volatile sig_atomic_t interrupted;

static void interrupt(int number)
{
    (void)number;
    interrupted = 1;
}

/* ---- Runs ----------------------------------------------------------------------------------- */

static int work(void *context, uint64_t i, FILE *out)
{
    const struct campaign *campaign = context;
    const struct campaign_unit unit = campaign_unit(&campaign->plan, campaign->before + i);
    const struct scenario *scenario = campaign->plan.scenarios[unit.scenario];
    const struct run_settings settings = {.has_seed = true,
                                          .seed = unit.seed,
                                          .events_max = campaign->plan.events_max,
                                          .memo = campaign->memo};
    struct interpret_result result;
    struct signature signature;
    run_one(&result, out, scenario, &settings);
    const bool failed = interpret_verdict_fails(result.verdict);
    if (failed) signature_of(&signature, scenario, &result);
    run_put_json(out, scenario, &result, failed ? &signature : NULL, false, true);
    const int code = (int)result.verdict;
    interpret_result_release(&result);
    return code;
}

static int died(void *context, uint64_t i, FILE *out, int signal)
{
    const struct campaign *campaign = context;
    const struct campaign_unit unit = campaign_unit(&campaign->plan, campaign->before + i);
    struct interpret_result result;
    struct signature signature;
    char words[DEATH_WORDS_BYTES];
    signature_death_result(&result, words, unit.seed, signal);
    signature_of_death(&signature, signal);
    result.crypto = campaign->plan.crypto;
    run_put_json(out, campaign->plan.scenarios[unit.scenario], &result, &signature, true, true);
    return (int)result.verdict;
}

static void tell_new_kind(struct campaign *campaign, const struct campaign_result *result)
{
    if (campaign->quiet) return;
    char *words = campaign_signature_words(result->signature);
    progress_clear(&campaign->progress);
    cli_error("new kind of failure, seed %" PRIu64 ": %s", result->seed, words);
    free(words);
}

static bool take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct campaign *campaign = context;
    struct campaign_result result;
    (void)i;
    (void)code;
    const struct frame_span line = {(const uint8_t *)text, length > 0 ? length - 1 : 0};
    if (!campaign_result_read(&result, line)) abort();
    if (campaign_tally_add(&campaign->tally, &result)) tell_new_kind(campaign, &result);
    if (fwrite(text, 1, length, campaign->results) != length) {
        campaign->write_failed = true;
        return false;
    }
    return campaign->stop_after == 0 || campaign->tally.failed < campaign->stop_after;
}

static void put_rate(struct campaign *campaign)
{
    if (campaign->rate == NULL || !progress_sample(&campaign->progress, 1000)) return;
    fprintf(campaign->rate,
            "{\"failed\":%" PRIu64 ",\"runs\":%" PRIu64 ",\"virtual_ms\":%" PRIu64
            ",\"wall_ms\":%" PRIu64 "}\n",
            campaign->tally.failed, campaign->tally.runs, campaign->tally.virtual_ms,
            progress_ms(&campaign->progress));
    fflush(campaign->rate);
}

static bool go_on(void *context)
{
    struct campaign *campaign = context;
    const struct campaign_tally *tally = &campaign->tally;
    const struct progress_state state = {
        .runs = tally->runs,
        .all = campaign->plan.seeds > 0 ? campaign_units(&campaign->plan) : 0,
        .time_ms = campaign->time_ms,
        .virtual_ms = tally->virtual_ms - campaign->virtual_before,
        .failures = tally->failed,
        .kinds = tally->group_count};
    fflush(campaign->results);
    put_rate(campaign);
    progress_tell(&campaign->progress, &state);
    if (campaign->time_ms > 0 && progress_ms(&campaign->progress) >= campaign->time_ms)
        return false;
    return interrupted == 0;
}

static int run_all(struct campaign *campaign, unsigned workers)
{
    const struct jobs jobs = {.context = campaign,
                              .work = work,
                              .died = died,
                              .take = take,
                              .go_on = go_on,
                              .seconds_max = campaign->run_seconds_max};
    const struct sigaction caught = {.sa_handler = interrupt};
    const uint64_t units = campaign_units(&campaign->plan);
    campaign->before = campaign->tally.runs;
    campaign->virtual_before = campaign->tally.virtual_ms;
    if (campaign->before >= units ||
        (campaign->stop_after > 0 && campaign->tally.failed >= campaign->stop_after))
        return CLI_OK;
    (void)sigaction(SIGINT, &caught, NULL);
    (void)sigaction(SIGTERM, &caught, NULL);
    campaign->memo = crypto_memo_new_of(campaign->plan.crypto, CRYPTO_MEMO_ENTRIES_DEFAULT);
    progress_begin(&campaign->progress, campaign->quiet, campaign->before);
    const bool fine = campaign->memo != NULL && jobs_run(&jobs, units - campaign->before, workers);
    const int reason = errno;
    progress_clear(&campaign->progress);
    crypto_memo_free(campaign->memo);
    if (fine && !campaign->write_failed && fflush(campaign->results) == 0) return CLI_OK;
    cli_error("%s: %s", fine ? "the results could not be written" : "could not run",
              strerror(reason));
    return CLI_INPUT;
}

/* ---- Arguments ------------------------------------------------------------------------------ */

struct campaign_arguments {
    const char *seeds, *seeds_from, *count, *time, *jobs, *shard, *stop_after, *out, *resume;
    const char *events_max, *run_seconds_max, *crypto;
};

/* 52 bits of a text's hash: a seed with room for all that are counted from it. */
static uint64_t seed_from(const char *text)
{
    XXH64_canonical_t canonical;
    XXH64_canonicalFromHash(&canonical, XXH3_64bits(text, strlen(text)));
    uint64_t seed = 0;
    for (size_t i = 0; i < sizeof canonical.digest; i++)
        seed = seed << 8 | canonical.digest[i];
    return seed >> 12;
}

static int take_seeds(struct campaign *campaign, const struct campaign_arguments *arguments)
{
    struct campaign_plan *plan = &campaign->plan;
    plan->first_seed = 1;
    if (arguments->seeds != NULL && arguments->seeds_from != NULL)
        return cli_usage("campaign", "--seeds and --seeds-from exclude each other");
    if (arguments->seeds != NULL &&
        !cli_argument_range(&plan->first_seed, &plan->seeds, arguments->seeds, SCENARIO_SEED_MAX))
        return cli_usage("campaign",
                         "--seeds expects A..B, with A not above B and B at most 2^53-1");
    if (arguments->seeds_from != NULL) plan->first_seed = seed_from(arguments->seeds_from);
    if (arguments->count != NULL &&
        (arguments->seeds_from == NULL ||
         !cli_argument_number(&plan->seeds, arguments->count, UINT64_C(1) << 52) ||
         plan->seeds == 0))
        return cli_usage("campaign", "--count expects a number of at least 1, with --seeds-from");
    if (plan->seeds == 0 && arguments->time == NULL)
        return cli_usage("campaign", "expected --seeds, or --seeds-from with --count, or --time");
    if (arguments->shard != NULL &&
        !cli_argument_part(&plan->shard, &plan->shards, arguments->shard, CAMPAIGN_SHARDS_MAX))
        return cli_usage("campaign", "--shard expects I/N, with I from 1 to N");
    if (arguments->events_max != NULL &&
        (!cli_argument_number(&plan->events_max, arguments->events_max, SCENARIO_SEED_MAX) ||
         plan->events_max == 0))
        return cli_usage("campaign", "--events-max expects a number of at least 1");
    return CLI_OK;
}

static int take_numbers(struct campaign *campaign, unsigned *workers,
                        const struct campaign_arguments *arguments)
{
    uint64_t number;
    if (arguments->time != NULL &&
        (!cli_argument_duration(&campaign->time_ms, arguments->time) || campaign->time_ms == 0))
        return cli_usage("campaign", "--time expects a duration such as 90s, 10m or 2h");
    if (arguments->jobs != NULL) {
        if (!cli_argument_number(&number, arguments->jobs, JOBS_MAX) || number == 0)
            return cli_usage("campaign", "--jobs expects a number from 1 to %d", JOBS_MAX);
        *workers = (unsigned)number;
    }
    if (arguments->stop_after != NULL &&
        (!cli_argument_number(&campaign->stop_after, arguments->stop_after, UINT64_MAX) ||
         campaign->stop_after == 0))
        return cli_usage("campaign", "--stop-after expects a number of at least 1");
    campaign->run_seconds_max = 600;
    if (arguments->run_seconds_max != NULL) {
        if (!cli_argument_number(&number, arguments->run_seconds_max, 1000000))
            return cli_usage("campaign", "--run-seconds-max expects a number up to 1000000");
        campaign->run_seconds_max = (unsigned)number;
    }
    return CLI_OK;
}

/* What a resumed campaign is to run stands in its manifest. */
static int check_resume(const struct campaign_arguments *arguments, size_t operands)
{
    if (operands > 0 || arguments->seeds != NULL || arguments->seeds_from != NULL ||
        arguments->count != NULL || arguments->shard != NULL || arguments->events_max != NULL ||
        arguments->crypto != NULL || arguments->out != NULL)
        return cli_usage("campaign",
                         "--resume takes scenarios, seeds, shard, bounds and crypto from DIR");
    return CLI_OK;
}

static int prepare(struct campaign *campaign, unsigned *workers,
                   const struct campaign_arguments *arguments, const struct cli_list *operands)
{
    int code = take_numbers(campaign, workers, arguments);
    if (code == CLI_OK) code = campaign_check_outputs(campaign);
    if (code != CLI_OK) return code;
    campaign->folder = arguments->resume != NULL ? arguments->resume : arguments->out;
    if (arguments->resume != NULL) {
        code = check_resume(arguments, operands->count);
        return code == CLI_OK ? campaign_folder_resume(campaign) : code;
    }
    if (operands->count == 0) return cli_usage("campaign", "expected SCENARIO, a file or a folder");
    campaign->plan.shard = 1;
    campaign->plan.shards = 1;
    campaign->plan.events_max = INTERPRET_EVENTS_DEFAULT;
    campaign->plan.crypto = CRYPTO_IDEAL;
    code = take_seeds(campaign, arguments);
    if (code == CLI_OK)
        code = cli_take_crypto(&campaign->plan.crypto, "campaign", arguments->crypto);
    if (code != CLI_OK) return code;
    fflush(stdout);
    for (size_t i = 0; i < operands->count; i++)
        if (!scenario_files_add(&campaign->plan.files, operands->values[i], stderr))
            code = CLI_INPUT;
    if (!campaign_plan_load(&campaign->plan, stderr)) code = CLI_INPUT;
    return code == CLI_OK ? campaign_folder_new(campaign) : code;
}

int cli_campaign(int argc, char **argv)
{
    struct campaign campaign = {.folder = NULL};
    struct campaign_arguments arguments = {.seeds = NULL};
    struct cli_list operands = {NULL, 0, 0};
    const struct cli_option options[] = {
        {"--seeds", NULL, &arguments.seeds, NULL},
        {"--seeds-from", NULL, &arguments.seeds_from, NULL},
        {"--count", NULL, &arguments.count, NULL},
        {"--time", NULL, &arguments.time, NULL},
        {"--jobs", NULL, &arguments.jobs, NULL},
        {"--shard", NULL, &arguments.shard, NULL},
        {"--stop-after", NULL, &arguments.stop_after, NULL},
        {"--out", NULL, &arguments.out, NULL},
        {"--resume", NULL, &arguments.resume, NULL},
        {"--events-max", NULL, &arguments.events_max, NULL},
        {"--crypto", NULL, &arguments.crypto, NULL},
        {"--run-seconds-max", NULL, &arguments.run_seconds_max, NULL},
        {"--junit", NULL, &campaign.junit, NULL},
        {"--tap", NULL, &campaign.tap, NULL},
        {"--github", &campaign.github, NULL, NULL},
        {"--require-probes", &campaign.require_probes, NULL, NULL},
        {"--json", &campaign.json, NULL, NULL},
        {"--quiet", &campaign.quiet, NULL, NULL},
        {"--force", &campaign.force, NULL, NULL},
    };
    const struct cli_syntax syntax = {
        "campaign", campaign_help, options, sizeof options / sizeof *options, NULL, NULL, 0};
    unsigned workers = jobs_processors();
    int code = CLI_OK;
    if (cli_options_parse_more(&code, &syntax, &operands, argc, argv)) {
        code = prepare(&campaign, &workers, &arguments, &operands);
        if (code == CLI_OK) code = run_all(&campaign, workers);
        if (code == CLI_OK) code = campaign_finish(&campaign);
        if (code == CLI_OK && interrupted != 0) code = CLI_INTERRUPTED;
    }
    cli_list_free(&operands);
    campaign_release(&campaign);
    return code;
}
