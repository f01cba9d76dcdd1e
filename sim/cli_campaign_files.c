// SPDX-License-Identifier: Apache-2.0
/* A campaign's folder and its other outputs. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cli_campaign.h"
#include "cli_run.h"
#include "cli_common.h"
#include "cli_file.h"

char *campaign_path(const char *folder, const char *name)
{
    const size_t size = strlen(folder) + strlen(name) + 2;
    char *path = malloc(size);
    if (path == NULL) abort();
    snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static int fail(const char *path)
{
    cli_error("%s: %s", path, strerror(errno));
    return CLI_INPUT;
}

/* ---- Folders ---- */

static int write_manifest(struct campaign *campaign)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    campaign_put_manifest(out, &campaign->plan);
    if (fclose(out) != 0) abort();
    char *path = campaign_path(campaign->folder, "campaign.json");
    const int code = cli_file_put(path, campaign->force, text, length);
    free(path);
    free(text);
    return code;
}

/* Opens the results; two programs may not write into one folder. */
/* Nothing of what is there is touched before the lock is held. */
static int open_results(struct campaign *campaign, int flags)
{
    char *path = campaign_path(campaign->folder, "results.jsonl");
    int code = CLI_OK;
    const int descriptor = open(path, O_RDWR | flags, 0666);
    campaign->results = descriptor < 0 ? NULL : fdopen(descriptor, "r+");
    if (campaign->results == NULL) {
        code = fail(path);
        if (descriptor >= 0) (void)close(descriptor);
    } else if (lockf(descriptor, F_TLOCK, 0) != 0) {
        cli_error("%s: another campaign is at work in this folder", path);
        code = CLI_INPUT;
    }
    free(path);
    return code;
}

static int open_rate(struct campaign *campaign, const char *mode)
{
    char *path = campaign_path(campaign->folder, "rate.jsonl");
    campaign->rate = fopen(path, mode);
    const int code = campaign->rate == NULL ? fail(path) : CLI_OK;
    free(path);
    return code;
}

int campaign_folder_new(struct campaign *campaign)
{
    struct stat about;
    if (campaign->folder == NULL) {
        campaign->results = tmpfile();
        return campaign->results != NULL ? CLI_OK : fail("a temporary file");
    }
    if (mkdir(campaign->folder, 0777) != 0 && errno != EEXIST) return fail(campaign->folder);
    char *path = campaign_path(campaign->folder, "campaign.json");
    const bool there = lstat(path, &about) == 0;
    if (there && !campaign->force)
        cli_error("%s is already there (--resume goes on with it, --force begins anew)", path);
    free(path);
    if (there && !campaign->force) return CLI_USAGE;
    int code = open_results(campaign, campaign->force ? O_CREAT : O_CREAT | O_EXCL);
    if (code == CLI_OK && ftruncate(fileno(campaign->results), 0) != 0)
        code = fail("results.jsonl");
    if (code == CLI_OK) code = open_rate(campaign, "w");
    return code == CLI_OK ? write_manifest(campaign) : code;
}

/* What stands behind the last whole line was under way when it ended. */
static int cut_results(struct campaign *campaign, uint64_t whole)
{
    if (fseek(campaign->results, 0, SEEK_SET) != 0 ||
        ftruncate(fileno(campaign->results), (off_t)whole) != 0 ||
        fseek(campaign->results, 0, SEEK_END) != 0)
        return fail(campaign->folder);
    return CLI_OK;
}

int campaign_folder_resume(struct campaign *campaign)
{
    struct cli_file manifest;
    uint64_t whole;
    char *path = campaign_path(campaign->folder, "campaign.json");
    int code = cli_file_read(&manifest, path, MANIFEST_BYTES_MAX);
    fflush(stdout);
    if (code == CLI_OK &&
        !campaign_read_manifest(&campaign->plan, path, cli_file_view(&manifest), false, stderr))
        code = CLI_INPUT;
    cli_file_free(&manifest);
    free(path);
    if (code == CLI_OK) code = open_results(campaign, 0);
    if (code != CLI_OK) return code;
    path = campaign_path(campaign->folder, "results.jsonl");
    if (!campaign_read_results(&campaign->tally, &whole, campaign->results, path, &campaign->plan,
                               stderr))
        code = CLI_INPUT;
    free(path);
    if (code == CLI_OK) code = cut_results(campaign, whole);
    return code == CLI_OK ? open_rate(campaign, "a") : code;
}

/* ---- Outputs ---- */

int campaign_check_outputs(const struct campaign *campaign)
{
    const char *const paths[] = {campaign->junit, campaign->tap};
    for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
        const int code =
            paths[i] == NULL ? CLI_OK : cli_file_writable("campaign", paths[i], campaign->force);
        if (code != CLI_OK) return code;
    }
    return CLI_OK;
}

enum output { OUTPUT_SUMMARY, OUTPUT_TABLE, OUTPUT_JUNIT, OUTPUT_TAP };

static bool put_output(FILE *out, struct campaign *campaign, enum output output)
{
    switch (output) {
    case OUTPUT_SUMMARY:
        campaign_put_summary_json(out, &campaign->plan, &campaign->tally);
        return true;
    case OUTPUT_TABLE: campaign_put_table(out, &campaign->tally); return true;
    case OUTPUT_JUNIT:
        return campaign_put_junit(out, campaign->results, &campaign->plan, &campaign->tally);
    case OUTPUT_TAP:
        return campaign_put_tap(out, campaign->results, &campaign->plan, &campaign->tally);
    }
    return false;
}

static int write_output(struct campaign *campaign, const char *path, enum output output, bool force)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    const bool fine = put_output(out, campaign, output);
    int code = CLI_INPUT;
    if (fclose(out) == 0 && fine)
        code = cli_file_put(path, force, text, length);
    else
        cli_error("%s: the results could not be read again", path);
    free(text);
    return code;
}

/* Of an earlier part, too. */
static int write_in_folder(struct campaign *campaign, const char *name, enum output output)
{
    if (campaign->folder == NULL) return CLI_OK;
    char *path = campaign_path(campaign->folder, name);
    const int code = write_output(campaign, path, output, true);
    free(path);
    return code;
}

static int write_outputs(struct campaign *campaign)
{
    int code = write_in_folder(campaign, "summary.json", OUTPUT_SUMMARY);
    if (code == CLI_OK) code = write_in_folder(campaign, "faults-by-probes.csv", OUTPUT_TABLE);
    if (code == CLI_OK) code = campaign_write_tapes(campaign);
    if (code == CLI_OK && campaign->junit != NULL)
        code = write_output(campaign, campaign->junit, OUTPUT_JUNIT, campaign->force);
    if (code == CLI_OK && campaign->tap != NULL)
        code = write_output(campaign, campaign->tap, OUTPUT_TAP, campaign->force);
    return code;
}

int campaign_finish(struct campaign *campaign)
{
    const int code = write_outputs(campaign);
    if (code != CLI_OK) return code;
    if (campaign->json)
        campaign_put_summary_json(stdout, &campaign->plan, &campaign->tally);
    else if (!campaign->quiet || campaign->tally.failed > 0)
        campaign_put_summary(stdout, &campaign->plan, &campaign->tally);
    if (campaign->github) campaign_put_github(stdout, &campaign->plan, &campaign->tally);
    const int verdict = campaign_exit_code(&campaign->tally);
    const bool missing =
        campaign->require_probes && probe_tally_missing(&campaign->tally.probes, stderr) > 0;
    return verdict == CLI_OK && missing ? CLI_PROBES : verdict;
}

void campaign_release(struct campaign *campaign)
{
    if (campaign->results != NULL) fclose(campaign->results);
    if (campaign->rate != NULL) fclose(campaign->rate);
    campaign_tally_free(&campaign->tally);
    campaign_plan_free(&campaign->plan);
}
