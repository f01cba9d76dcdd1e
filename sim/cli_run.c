// SPDX-License-Identifier: Apache-2.0
/* `framesim run`: scenarios and seeds, each pair one run, in several processes. */
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_probes.h"
#include "cli_rewrite.h"
#include "cli_run.h"
#include "cli_tape.h"
#include "jobs.h"
#include "scenario_files.h"

static const char run_help[] =
    "usage: framesim run SCENARIO... [options]\n"
    "\n"
    "Runs scenarios in the simulated world and says of each whether everything came out as it "
    "says.\n"
    "A folder stands for all *.scn below it. The results come in the order of the scenarios and "
    "then\n"
    "of the seeds, and are the same bytes whatever the number of jobs.\n"
    "\n"
    "  --seed N           the seed, 0 to 2^53-1 (default: the scenario's own, else 1)\n"
    "  --seeds A..B       a run for every seed from A to B, both included\n"
    "  --jobs N           so many runs at a time (default: one for each processor)\n"
    "  --events-max N     a run ends after so many events (default: 20000000)\n" CLI_CRYPTO_HELP(
        "real") "  --story            the readable timeline of every run\n"
                "  --quiet            nothing about runs that come out fine\n"
                "  --json             one line of canonical JSON for each run\n"
                "  --probes           how often each probe was hit, by how many runs; with --json "
                "in every "
                "line\n"
                "  --require-probes   fails where a probe that is not rare was never hit\n"
                "  --rewrite          the blocks below snapshots become what the run finds; read "
                "the "
                "difference\n"
                "  --tape FILE        writes down every decision of the one run, for framesim "
                "replay --tape\n"
                "  --force            also over a file that is there\n"
                "  --verify-determinism\n"
                "                     runs everything twice, the second time without remembered "
                "signatures, "
                "and "
                "compares\n"
                "  --help-verbs       what can stand in a scenario\n"
                "\n"
                "Exit code: 0 all fine; 1 an expectation or assertion failed; 2 usage; 3 a "
                "scenario could not "
                "be\n"
                "read or parsed (then nothing is run); 4 no convergence within the time given; 5 a "
                "safety "
                "check\n"
                "failed; 6 the bound on events or memory was reached; 7 nothing was left that "
                "could have "
                "converged\n"
                "(swarm runs: no failure). Where runs end in several ways, the first of 5, 4, 6, "
                "1, 7 that "
                "occurred.\n"
                "8: all runs are fine, but a probe was never hit.\n";

struct run {
    struct scenario_files files;
    struct scenario **scenarios;
    struct run_settings settings;
    bool has_seeds;
    uint64_t first_seed;
    uint64_t seeds; /* of each scenario */
    enum crypto_mode crypto;
    bool quiet;
    bool rewrite;
    bool json;
    bool show_probes;
    bool require_probes;
    struct probe_tally probes;
    bool force;
    const char *tape; /* NULL: none is asked for */
    enum interpret_verdict gravest;
    uint64_t counts[INTERPRET_SAFETY + 1];
};

/* ---- Arguments ------------------------------------------------------------------------------ */

struct run_arguments {
    const char *seed;
    const char *seeds;
    const char *jobs;
    const char *events_max;
    const char *crypto;
    bool help_verbs;
};

static int take_arguments(struct run *run, unsigned *workers, const struct run_arguments *arguments)
{
    uint64_t number;
    if (arguments->seed != NULL && arguments->seeds != NULL)
        return cli_usage("run", "--seed and --seeds exclude each other");
    if (arguments->seed != NULL) {
        if (!cli_argument_number(&run->first_seed, arguments->seed, SCENARIO_SEED_MAX))
            return cli_usage("run", "--seed expects a number from 0 to 2^53-1");
        run->has_seeds = true;
    }
    if (arguments->seeds != NULL) {
        if (!cli_argument_range(&run->first_seed, &run->seeds, arguments->seeds, SCENARIO_SEED_MAX))
            return cli_usage("run",
                             "--seeds expects A..B, with A not above B and B at most 2^53-1");
        run->has_seeds = true;
    }
    if (arguments->jobs != NULL) {
        if (!cli_argument_number(&number, arguments->jobs, JOBS_MAX) || number == 0)
            return cli_usage("run", "--jobs expects a number from 1 to %d", JOBS_MAX);
        *workers = (unsigned)number;
    }
    if (arguments->events_max != NULL &&
        (!cli_argument_number(&run->settings.events_max, arguments->events_max, UINT64_MAX) ||
         run->settings.events_max == 0)) {
        return cli_usage("run", "--events-max expects a number of at least 1");
    }
    const int code = cli_take_crypto(&run->crypto, "run", arguments->crypto);
    if (code != CLI_OK) return code;
    if (run->rewrite && run->crypto != CRYPTO_REAL)
        return cli_usage("run", "--rewrite is of real signatures");
    if (run->json && run->settings.story)
        return cli_usage("run", "--json and --story exclude each other");
    if (run->rewrite &&
        (run->json || run->settings.story || run->settings.verify || arguments->seeds != NULL))
        return cli_usage("run",
                         "--rewrite goes without --seeds, --json, --story, --verify-determinism");
    return run->tape == NULL ? CLI_OK : cli_file_writable("run", run->tape, run->force);
}

/* Every faulty scenario is told of, not the first one only. */
static int load_scenarios(struct run *run, const struct cli_list *operands)
{
    int code = CLI_OK;
    fflush(stdout);
    for (size_t i = 0; i < operands->count; i++) {
        if (run->rewrite && strcmp(operands->values[i], "-") == 0)
            return cli_usage("run", "--rewrite needs files to write");
        if (!scenario_files_add(&run->files, operands->values[i], stderr)) code = CLI_INPUT;
    }
    run->scenarios = calloc(run->files.count + 1, sizeof(struct scenario *));
    if (run->scenarios == NULL) {
        cli_error("out of memory");
        return CLI_INPUT;
    }
    for (size_t i = 0; i < run->files.count; i++) {
        run->scenarios[i] = scenario_load(run->files.paths[i], stderr);
        if (run->scenarios[i] == NULL) code = CLI_INPUT;
    }
    return code;
}

/* ---- Runs ----------------------------------------------------------------------------------- */

static const struct scenario *scenario_of(const struct run *run, uint64_t i)
{
    return run->scenarios[i / run->seeds];
}

static void put_result(const struct run *run, FILE *out, const struct scenario *scenario,
                       const struct interpret_result *result, const struct signature *signature,
                       bool died)
{
    if (run->quiet && result->verdict == INTERPRET_OK) return;
    if (run->json)
        run_put_json(out, scenario, result, signature, died, run->show_probes);
    else
        run_put_text(out, scenario, result, died);
}

static int work(void *context, uint64_t i, FILE *out)
{
    const struct run *run = context;
    const struct scenario *scenario = scenario_of(run, i);
    struct run_settings settings = run->settings;
    struct interpret_result result;
    struct signature signature;
    settings.has_seed = run->has_seeds;
    settings.seed = run->first_seed + i % run->seeds;
    run_one(&result, out, scenario, &settings);
    const bool failed = interpret_verdict_fails(result.verdict);
    if (failed) signature_of(&signature, scenario, &result);
    put_result(run, out, scenario, &result, failed ? &signature : NULL, false);
    probe_tally_put(out, &result);
    if (settings.tape_body != NULL) {
        tape_file_put_end(settings.tape_body, &result, false);
        fflush(settings.tape_body);
    }
    int code = (int)result.verdict;
    interpret_result_release(&result);
    return code;
}

static int died(void *context, uint64_t i, FILE *out, int signal)
{
    const struct run *run = context;
    const struct scenario *scenario = scenario_of(run, i);
    char words[DEATH_WORDS_BYTES];
    struct interpret_result result;
    struct signature signature;
    signature_death_result(
        &result, words,
        run->has_seeds ? run->first_seed + i % run->seeds : interpret_seed(scenario), signal);
    signature_of_death(&signature, signal);
    result.crypto = run->crypto;
    if (run->settings.tape_body != NULL) {
        (void)fseek(run->settings.tape_body, 0, SEEK_END);
        tape_file_put_end(run->settings.tape_body, &result, true);
    }
    put_result(run, out, scenario, &result, &signature, true);
    probe_tally_put(out, &result);
    return (int)result.verdict;
}

static bool take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct run *run = context;
    enum interpret_verdict verdict = (enum interpret_verdict)code;
    (void)i;
    length = probe_tally_take(&run->probes, text, length);
    fwrite(text, 1, length, stdout);
    fflush(stdout);
    run->counts[verdict]++;
    if (verdict > run->gravest) run->gravest = verdict;
    return true;
}

static void put_summary(const struct run *run, uint64_t count)
{
    if (run->json || run->quiet || count < 2) return;
    printf("%" PRIu64 " runs: %" PRIu64 " fine", count, run->counts[INTERPRET_OK]);
    if (run->counts[INTERPRET_IMPOSSIBLE] > 0)
        printf(", %" PRIu64 " impossible", run->counts[INTERPRET_IMPOSSIBLE]);
    for (int verdict = INTERPRET_EXPECTATION; verdict <= INTERPRET_SAFETY; verdict++) {
        if (run->counts[verdict] == 0) continue;
        printf(", %" PRIu64 " failed (%s)", run->counts[verdict],
               interpret_verdict_name((enum interpret_verdict)verdict));
    }
    putchar('\n');
}

/* ---- Tapes ---------------------------------------------------------------------------------- */

static int begin_tape(struct run *run, uint64_t count)
{
    const struct scenario *scenario = run->scenarios[0];
    if (count != 1) return cli_usage("run", "--tape is of one scenario and one seed");
    run->settings.tape_body = cli_tape_begin(
        scenario->path, run->has_seeds ? run->first_seed : interpret_seed(scenario), run->crypto);
    return run->settings.tape_body != NULL ? CLI_OK : CLI_INPUT;
}

static int run_all(struct run *run, unsigned workers)
{
    const struct jobs jobs = {.context = run, .work = work, .died = died, .take = take};
    uint64_t count = run->files.count * run->seeds;
    if (run->tape != NULL) {
        const int code = begin_tape(run, count);
        if (code != CLI_OK) return code;
    }
    run->settings.memo = crypto_memo_new_of(run->crypto, CRYPTO_MEMO_ENTRIES_DEFAULT);
    bool fine = run->settings.memo != NULL && jobs_run(&jobs, count, workers);
    crypto_memo_free(run->settings.memo);
    if (!fine) {
        cli_error("could not run: %s", strerror(errno));
        return CLI_INPUT;
    }
    put_summary(run, count);
    if (run->show_probes && !run->json) probe_tally_print(&run->probes, stdout);
    if (run->tape != NULL) {
        const int code = cli_tape_write(run->tape, run->force, run->settings.tape_body);
        if (code != CLI_OK) return code;
    }
    int code = run_exit_code(run->gravest);
    bool missing = run->require_probes && probe_tally_missing(&run->probes, stderr) > 0;
    return code == CLI_OK && missing ? CLI_PROBES : code;
}

/* One after the other. The gravest of their exit codes, as they stand in the help. */
static int rewrite_all(const struct run *run)
{
    static const int order[] = {CLI_INPUT,  CLI_UNSAFE,   CLI_NO_CONVERGENCE,
                                CLI_BUDGET, CLI_REJECTED, CLI_IMPOSSIBLE};
    bool seen[CLI_IMPOSSIBLE + 1] = {false};
    for (size_t i = 0; i < run->files.count; i++) {
        struct run_settings settings = run->settings;
        settings.has_seed = run->has_seeds;
        settings.seed = run->first_seed;
        seen[run_rewrite(stdout, run->scenarios[i], &settings)] = true;
    }
    for (size_t i = 0; i < sizeof order / sizeof *order; i++)
        if (seen[order[i]]) return order[i];
    return CLI_OK;
}

static void run_release(struct run *run)
{
    for (size_t i = 0; run->scenarios != NULL && i < run->files.count; i++)
        scenario_free(run->scenarios[i]);
    free(run->scenarios);
    scenario_files_free(&run->files);
    if (run->settings.tape_body != NULL) fclose(run->settings.tape_body);
}

int cli_run(int argc, char **argv)
{
    struct run run = {.seeds = 1, .settings = {.events_max = INTERPRET_EVENTS_DEFAULT}};
    struct run_arguments arguments = {.seed = NULL};
    struct cli_list operands = {NULL, 0, 0};
    const struct cli_option options[] = {
        {"--seed", NULL, &arguments.seed, NULL},
        {"--seeds", NULL, &arguments.seeds, NULL},
        {"--jobs", NULL, &arguments.jobs, NULL},
        {"--events-max", NULL, &arguments.events_max, NULL},
        {"--crypto", NULL, &arguments.crypto, NULL},
        {"--story", &run.settings.story, NULL, NULL},
        {"--quiet", &run.quiet, NULL, NULL},
        {"--json", &run.json, NULL, NULL},
        {"--probes", &run.show_probes, NULL, NULL},
        {"--require-probes", &run.require_probes, NULL, NULL},
        {"--rewrite", &run.rewrite, NULL, NULL},
        {"--tape", NULL, &run.tape, NULL},
        {"--force", &run.force, NULL, NULL},
        {"--verify-determinism", &run.settings.verify, NULL, NULL},
        {"--help-verbs", &arguments.help_verbs, NULL, NULL},
    };
    const struct cli_syntax syntax = {"run", run_help, options, sizeof options / sizeof *options,
                                      NULL,  NULL,     0};
    unsigned workers = jobs_processors();
    int code = CLI_OK;
    if (cli_options_parse_more(&code, &syntax, &operands, argc, argv)) {
        if (arguments.help_verbs) {
            scenario_help_print(stdout);
        } else if (operands.count == 0) {
            code = cli_usage("run", "expected SCENARIO, a file or a folder");
        } else {
            code = take_arguments(&run, &workers, &arguments);
            if (code == CLI_OK) code = load_scenarios(&run, &operands);
            if (code == CLI_OK) code = run.rewrite ? rewrite_all(&run) : run_all(&run, workers);
        }
    }
    cli_list_free(&operands);
    run_release(&run);
    return code;
}
