// SPDX-License-Identifier: Apache-2.0
/* `framesim report`: a run or a campaign as a page, or a run in the form of another program. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_campaign.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_run.h"
#include "explain.h"
#include "jobs.h"
#include "progress.h"
#include "report.h"

static const char report_help[] =
    "usage: framesim report SCENARIO [options]\n"
    "       framesim report --tape FILE [SCENARIO] [options]\n"
    "       framesim report --campaign DIR --html FILE\n"
    "\n"
    "Runs a scenario once more and writes what happened: with --html as one page, which needs no "
    "network:\n"
    "peers as lifelines, messages as arrows, what was lost, partitions, crashes, what each peer "
    "held at every\n"
    "record, and its receipts as a graph. Of a campaign the page shows its rate, failures, faults "
    "and probes.\n"
    "\n"
    "  --html FILE        the page; the same as --format html -o FILE\n"
    "  --format FORM      in place of it one of:\n"
    "                       columns  a line for each record: number, time, peer, kind, words\n"
    "                       jsonl    the same as JSON Lines, each with the number of what caused "
    "it\n"
    "                       chrome   trace events, as Chrome's tracing and Perfetto read them\n"
    "                       mermaid  a sequence diagram; at most 500 records, around the opening\n"
    "                       dot      Graphviz: the receipts that anybody held, and what became "
    "of them\n"
    "  -o FILE            writes it there; without it everything but a page goes to standard "
    "output\n"
    "  --force            overwrites FILE\n"
    "  --seed N           the seed, 0 to 2^53-1 (default: the scenario's own, else 1)\n"
    "  --tape FILE        the run that stands on a tape (framesim run --tape)\n"
    "  --at N             opens at event N, as replay --trace and explain count them. Else the "
    "report of a\n"
    "                     failing run opens at the first event from which on no future is seen "
    "without the\n"
    "                     failure (framesim explain), that of another one at its beginning\n"
    "  --budget N         futures to find that event with (default: 400, and fewer of a run of "
    "more "
    "than 100\n"
    "                     events, though not below 80); 0: it is not looked for, and the\n"
    "                     report opens at what led to the failed check, or at the last change of "
    "what\n"
    "                     anybody held\n"
    "  --events-max N     the run ends after so many events (default: 20000000)\n" CLI_CRYPTO_HELP(
        "real; a tape names its own") "\n"
                                      "Exit code: 0 written, however the run ended; 2 usage; 3 an "
                                      "input cannot be read, or FILE not\n"
                                      "written.\n";

struct reporting {
    const char *scenario, *seed, *tape, *events_max, *crypto, *html, *format, *output, *at, *budget;
    const char *campaign;
    bool force;
    bool has_at;
    uint64_t at_step;
    uint64_t futures;
    enum report_form form;
    enum crypto_mode mode;
    struct run_settings settings;
    struct tape_file file;
};

enum { CAMPAIGN_FILE_BYTES_MAX = 256 * 1024 * 1024 };

/* ---- Arguments ------------------------------------------------------------------------------- */

static int take_form(struct reporting *reporting)
{
    if (reporting->html != NULL && (reporting->format != NULL || reporting->output != NULL))
        return cli_usage("report", "--html stands in place of --format and -o");
    if (reporting->html != NULL) reporting->output = reporting->html;
    reporting->form = REPORT_HTML;
    while (reporting->format != NULL && reporting->form < REPORT_FORM_COUNT &&
           strcmp(reporting->format, report_form_name(reporting->form)) != 0)
        reporting->form++;
    if (reporting->form == REPORT_FORM_COUNT)
        return cli_usage("report", "--format expects html, columns, jsonl, chrome, mermaid or dot");
    if (reporting->form == REPORT_HTML && reporting->output == NULL)
        return cli_usage("report", "expected --html FILE, or --format FORM");
    return CLI_OK;
}

static int take_numbers(struct reporting *reporting)
{
    struct run_settings *settings = &reporting->settings;
    settings->has_seed = reporting->seed != NULL;
    settings->events_max = INTERPRET_EVENTS_DEFAULT;
    reporting->futures = 400;
    reporting->has_at = reporting->at != NULL;
    if (reporting->seed != NULL &&
        !cli_argument_number(&settings->seed, reporting->seed, SCENARIO_SEED_MAX))
        return cli_usage("report", "--seed expects a number from 0 to 2^53-1");
    if (reporting->at != NULL &&
        !cli_argument_number(&reporting->at_step, reporting->at, SCENARIO_SEED_MAX))
        return cli_usage("report", "--at expects the number of an event");
    if (reporting->budget != NULL &&
        !cli_argument_number(&reporting->futures, reporting->budget, SCENARIO_SEED_MAX))
        return cli_usage("report", "--budget expects a number");
    if (reporting->events_max != NULL &&
        (!cli_argument_number(&settings->events_max, reporting->events_max, UINT64_MAX) ||
         settings->events_max == 0))
        return cli_usage("report", "--events-max expects a number of at least 1");
    return CLI_OK;
}

static int take_arguments(struct reporting *reporting)
{
    int code = take_form(reporting);
    if (code == CLI_OK) code = take_numbers(reporting);
    if (code != CLI_OK) return code;
    if (reporting->campaign != NULL) {
        if (reporting->scenario != NULL || reporting->tape != NULL)
            return cli_usage("report", "--campaign goes without a scenario and without a tape");
        if (reporting->form != REPORT_HTML)
            return cli_usage("report", "a campaign's report is a page: expected --html FILE");
    } else if (reporting->tape != NULL && (reporting->seed != NULL || reporting->crypto != NULL)) {
        return cli_usage("report", "--tape goes without --seed and --crypto, which it names");
    } else if (reporting->tape == NULL && reporting->scenario == NULL) {
        return cli_usage("report", "expected SCENARIO, a file");
    }
    code = cli_take_crypto(&reporting->mode, "report", reporting->crypto);
    if (code == CLI_OK && reporting->output != NULL)
        code = cli_file_writable("report", reporting->output, reporting->force);
    return code;
}

/* ---- A run ----------------------------------------------------------------------------------- */

static bool go_on(void *context)
{
    (void)context;
    return true;
}

static void tell_progress(void *context, uint64_t futures)
{
    struct progress *progress = context;
    if (!progress_sample(progress, 1000)) return;
    if (progress->terminal) fputs("\r\033[K", stderr);
    fprintf(stderr,
            "looking for the event to open at: %" PRIu64 " futures (--budget 0: not at all)",
            futures);
    fputs(progress->terminal ? "" : "\n", stderr);
    progress->shown = progress->terminal;
    fflush(stderr);
}

/* Of a long run fewer futures, as far as nothing else was asked for. */
static uint64_t futures_for(const struct reporting *reporting, uint64_t events)
{
    enum { FUTURES_MIN = 80, EVENTS_MAX = 40000 };
    if (reporting->budget != NULL || reporting->futures * events <= EVENTS_MAX)
        return reporting->futures;
    const uint64_t futures = EVENTS_MAX / events;
    return futures > FUTURES_MIN ? futures : FUTURES_MIN;
}

/* The event from which on no future is seen without the failure; false where it was not found. */
static bool find_inevitable(const struct reporting *reporting, const struct scenario *scenario,
                            const struct interpret_result *result, uint64_t *step)
{
    enum {
        FUTURES = 20,
        ROUNDS = 20
    }; /* from an event; the first round alone has sixteen of them */
    const uint64_t budget = futures_for(reporting, result->events);
    struct progress progress;
    struct explain explain = {.scenario = scenario,
                              .context = &progress,
                              .seed = result->seed,
                              .crypto = reporting->mode,
                              .events_max = reporting->settings.events_max,
                              .futures = budget / ROUNDS < FUTURES ? budget / ROUNDS : FUTURES,
                              .budget = budget,
                              .workers = jobs_processors(),
                              .go_on = go_on,
                              .progress = tell_progress};
    if (explain.futures == 0) explain.futures = 1;
    progress_begin(&progress, false, 0);
    /* Where chance makes no difference every event is too late, and none is worth opening at. */
    const bool done = explain_run(&explain) == EXPLAIN_DONE && explain.decisive != SIZE_MAX;
    progress_clear(&progress);
    if (done) *step = explain.rows[explain.inevitable].event;
    explain_release(&explain);
    return done;
}

static void find_opening(const struct reporting *reporting, struct report *report)
{
    const bool failed = interpret_verdict_fails(report->result->verdict);
    uint64_t step = reporting->at_step;
    report->opening = run_record_opening(report->record, report->result->verdict);
    if (!reporting->has_at && failed && reporting->futures > 0 && reporting->tape == NULL)
        report->explained = find_inevitable(reporting, report->scenario, report->result, &step);
    if (reporting->has_at || report->explained)
        report->opening = run_record_of_step(report->record, step);
}

/* Writes `what` to the output: whole, or not at all. */
static int put_output(const struct reporting *reporting,
                      void (*write)(FILE *out, const struct reporting *reporting, const void *what),
                      const void *what)
{
    char *text = NULL;
    size_t length = 0;
    if (reporting->output == NULL) {
        write(stdout, reporting, what);
        return CLI_OK;
    }
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    write(out, reporting, what);
    if (fclose(out) != 0) abort();
    const int code = cli_file_put(reporting->output, reporting->force, text, length);
    free(text);
    return code;
}

static void write_run(FILE *out, const struct reporting *reporting, const void *what)
{
    report_write(out, what, reporting->form);
}

static int report_run(struct reporting *reporting)
{
    struct interpret_result result = {.failure = NULL};
    struct run_record record;
    int code = CLI_OK;
    if (reporting->tape != NULL)
        code = run_load_tape(&reporting->settings, &reporting->file, &reporting->mode,
                             &reporting->scenario, "report", reporting->tape);
    if (code != CLI_OK) return code;
    fflush(stdout);
    struct scenario *scenario = scenario_load(reporting->scenario, stderr);
    if (scenario == NULL) return CLI_INPUT;
    struct run_settings settings = reporting->settings;
    settings.memo = crypto_memo_new_of(reporting->mode, CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (settings.memo == NULL) abort();
    run_record_init(&record);
    settings.listener = &record.listener;
    run_one(&result, NULL, scenario, &settings);
    struct report report = {.record = &record, .scenario = scenario, .result = &result};
    find_opening(reporting, &report);
    code = put_output(reporting, write_run, &report);
    run_record_release(&record);
    interpret_result_release(&result);
    crypto_memo_free(settings.memo);
    scenario_free(scenario);
    return code;
}

/* ---- A campaign ------------------------------------------------------------------------------ */

static int check_json(const char *path, struct frame_span text)
{
    size_t offset;
    while (text.length > 0 && text.bytes[text.length - 1] == '\n')
        text.length--;
    const enum frame_status status = frame_json_check(&offset, text.bytes, text.length);
    if (status == FRAME_OK) return CLI_OK;
    cli_error("%s: %s at byte %zu: expected a file that a campaign has written", path,
              frame_status_name(status), offset);
    return CLI_INPUT;
}

static int check_lines(const char *path, struct frame_span text)
{
    int code = CLI_OK;
    while (text.length > 0 && code == CLI_OK) {
        const uint8_t *newline = memchr(text.bytes, '\n', text.length);
        const size_t length = newline != NULL ? (size_t)(newline - text.bytes) : text.length;
        code = check_json(path, (struct frame_span){text.bytes, length});
        const size_t step = newline != NULL ? length + 1 : length;
        text.bytes += step;
        text.length -= step;
    }
    return code;
}

enum { CAMPAIGN_FILES = 4 };

static int read_folder(struct cli_file files[CAMPAIGN_FILES], const char *folder)
{
    static const char *const names[CAMPAIGN_FILES] = {"campaign.json", "summary.json", "rate.jsonl",
                                                      "faults-by-probes.csv"};
    int code = CLI_OK;
    for (size_t i = 0; i < CAMPAIGN_FILES && code == CLI_OK; i++) {
        char *path = campaign_path(folder, names[i]);
        code = cli_file_read(&files[i], path, CAMPAIGN_FILE_BYTES_MAX);
        if (code == CLI_OK && i < 2) code = check_json(path, cli_file_view(&files[i]));
        if (code == CLI_OK && i == 2) code = check_lines(path, cli_file_view(&files[i]));
        free(path);
    }
    return code;
}

static void write_campaign(FILE *out, const struct reporting *reporting, const void *what)
{
    (void)reporting;
    report_write_campaign(out, what);
}

static int report_campaign(const struct reporting *reporting)
{
    struct cli_file files[CAMPAIGN_FILES] = {{NULL, 0}};
    int code = read_folder(files, reporting->campaign);
    if (code == CLI_OK) {
        const struct report_campaign campaign = {cli_file_view(&files[0]), cli_file_view(&files[1]),
                                                 cli_file_view(&files[2]),
                                                 cli_file_view(&files[3])};
        code = put_output(reporting, write_campaign, &campaign);
    }
    for (size_t i = 0; i < CAMPAIGN_FILES; i++)
        cli_file_free(&files[i]);
    return code;
}

int cli_report(int argc, char **argv)
{
    struct reporting reporting = {.scenario = NULL};
    struct cli_list operands = {NULL, 0, 0};
    const struct cli_option options[] = {
        {"--html", NULL, &reporting.html, NULL},
        {"--format", NULL, &reporting.format, NULL},
        {"-o", NULL, &reporting.output, NULL},
        {"--force", &reporting.force, NULL, NULL},
        {"--seed", NULL, &reporting.seed, NULL},
        {"--tape", NULL, &reporting.tape, NULL},
        {"--campaign", NULL, &reporting.campaign, NULL},
        {"--at", NULL, &reporting.at, NULL},
        {"--budget", NULL, &reporting.budget, NULL},
        {"--events-max", NULL, &reporting.events_max, NULL},
        {"--crypto", NULL, &reporting.crypto, NULL},
    };
    const struct cli_syntax syntax = {
        "report", report_help, options, sizeof options / sizeof *options, NULL, NULL, 0};
    int code = CLI_OK;
    if (cli_options_parse_more(&code, &syntax, &operands, argc, argv)) {
        if (operands.count > 1)
            code = cli_usage("report", "expected nothing more, got '%s'", operands.values[1]);
        if (operands.count > 0) reporting.scenario = operands.values[0];
        if (code == CLI_OK) code = take_arguments(&reporting);
        if (code == CLI_OK)
            code =
                reporting.campaign != NULL ? report_campaign(&reporting) : report_run(&reporting);
        if (code == CLI_OK) code = cli_finish(code);
    }
    tape_file_free(&reporting.file);
    cli_list_free(&operands);
    return code;
}
