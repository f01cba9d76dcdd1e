// SPDX-License-Identifier: Apache-2.0
/* `framesim campaign merge`: the shards of a campaign, put together. */
#include <inttypes.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "cli.h"
#include "cli_campaign.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"

static const char merge_help[] =
    "usage: framesim campaign merge DIR... --out DIR [options]\n"
    "\n"
    "Puts the shards of a campaign together: the folder that comes of it is the one that the whole "
    "campaign\n"
    "would have made. Where runs are missing it says which, and keeps the results up to the first "
    "of them.\n"
    "\n"
    "  --out DIR            the new folder; --force: also one that is there\n"
    "  --junit FILE, --tap FILE, --github, --json, --quiet\n"
    "                       as of framesim campaign\n"
    "\n"
    "Exit code: as framesim campaign; 3 where shards do not belong together or runs are missing.\n";

struct shard {
    const char *folder;
    struct campaign_plan plan;
    FILE *results;
    char *line; /* of its next run */
    size_t capacity;
    size_t length; /* with the newline; 0: there is none */
    uint64_t read; /* lines so far */
};

/* ---- Shards ---- */

/* The next whole line, checked to be that of its run. */
static bool shard_next(struct shard *shard)
{
    shard->length = 0;
    const ssize_t length = getline(&shard->line, &shard->capacity, shard->results);
    if (length <= 0 || shard->line[length - 1] != '\n') return true;
    struct campaign_result result;
    const struct frame_span text = {(const uint8_t *)shard->line, (size_t)length - 1};
    if (!campaign_result_read(&result, text) || shard->read >= campaign_units(&shard->plan) ||
        !campaign_result_is_of(&result, &shard->plan, shard->read)) {
        cli_error("%s/results.jsonl:%" PRIu64 ":1: is not the result of the run that stands here",
                  shard->folder, shard->read + 1);
        return false;
    }
    shard->length = (size_t)length;
    shard->read++;
    return true;
}

static bool shard_open(struct shard *shard, const char *folder)
{
    struct cli_file manifest;
    shard->folder = folder;
    char *path = campaign_path(folder, "campaign.json");
    bool fine = cli_file_read(&manifest, path, MANIFEST_BYTES_MAX) == CLI_OK;
    fflush(stdout);
    fine =
        fine && campaign_read_manifest(&shard->plan, path, cli_file_view(&manifest), false, stderr);
    cli_file_free(&manifest);
    free(path);
    if (!fine) return false;
    path = campaign_path(folder, "results.jsonl");
    shard->results = fopen(path, "r");
    if (shard->results == NULL) cli_error("%s: %s", path, strerror(errno));
    free(path);
    return shard->results != NULL && shard_next(shard);
}

static void shard_close(struct shard *shard)
{
    if (shard->results != NULL) fclose(shard->results);
    campaign_plan_free(&shard->plan);
    free(shard->line);
}

/* ---- Do they belong together? ---- */

static char *manifest_of(const struct campaign_plan *plan)
{
    struct campaign_plan whole = *plan;
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    whole.shard = 1;
    campaign_put_manifest(out, &whole);
    if (fclose(out) != 0) abort();
    return text;
}

static bool same_campaign(const struct shard *a, const struct shard *b)
{
    char *one = manifest_of(&a->plan);
    char *other = manifest_of(&b->plan);
    const bool same = strcmp(one, other) == 0;
    free(one);
    free(other);
    if (!same) cli_error("%s and %s are not of one campaign", a->folder, b->folder);
    return same;
}

/* by[i - 1] is shard i; false where one is there twice. */
static bool sort_shards(struct shard **by, struct shard *shards, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        const uint64_t at = shards[i].plan.shard - 1;
        if (i > 0 && !same_campaign(&shards[0], &shards[i])) return false;
        if (by[at] != NULL) {
            cli_error("%s and %s are the same shard", by[at]->folder, shards[i].folder);
            return false;
        }
        by[at] = &shards[i];
    }
    return true;
}

/* ---- Merging ---- */

/* Runs in turn, up to the first that nobody has. */
static bool merge_results(struct campaign *campaign, struct shard **by, uint64_t shards)
{
    const uint64_t units = campaign_units(&campaign->plan);
    for (uint64_t k = 0; k < units; k++) {
        struct shard *shard = by[k % shards];
        struct campaign_result result;
        if (shard == NULL || shard->length == 0) break;
        if (!campaign_result_read(
                &result, (struct frame_span){(const uint8_t *)shard->line, shard->length - 1}))
            return false;
        campaign_tally_add(&campaign->tally, &result);
        if (fwrite(shard->line, 1, shard->length, campaign->results) != shard->length) return false;
        if (!shard_next(shard)) return false;
    }
    return fflush(campaign->results) == 0;
}

/* Says what each shard lacks. An endless campaign lacks what another shard has beyond it. */
static bool tell_missing(const struct campaign *campaign, struct shard **by, uint64_t shards)
{
    bool missing = false;
    for (uint64_t i = 0; i < shards; i++) {
        struct campaign_plan plan = campaign->plan;
        plan.shard = i + 1;
        plan.shards = shards;
        const uint64_t has = by[i] == NULL ? 0 : by[i]->read;
        const uint64_t units = campaign_units(&plan);
        if (plan.seeds == 0 || has >= units) continue;
        const struct campaign_unit unit = campaign_unit(&plan, has);
        cli_error("missing: %" PRIu64 " of the %" PRIu64 " runs of shard %" PRIu64 "/%" PRIu64
                  ", from %s seed %" PRIu64 " on",
                  units - has, units, i + 1, shards, plan.files.paths[unit.scenario], unit.seed);
        missing = true;
    }
    return missing;
}

/* Reads on to the end, so that what is missing can be told. */
static bool read_rest(struct shard **by, uint64_t shards)
{
    for (uint64_t i = 0; i < shards; i++)
        while (by[i] != NULL && by[i]->length > 0)
            if (!shard_next(by[i])) return false;
    return true;
}

static int merge(struct campaign *campaign, struct shard *shards, size_t count)
{
    const uint64_t of = shards[0].plan.shards;
    struct shard **by = calloc((size_t)of + 1, sizeof(struct shard *));
    if (by == NULL) abort();
    int code = CLI_INPUT;
    if (sort_shards(by, shards, count)) {
        campaign->plan = shards[0].plan; /* lent: taken back before it is released */
        campaign->plan.shard = 1;
        campaign->plan.shards = 1;
        code = campaign_folder_new(campaign);
    }
    if (code == CLI_OK && !(merge_results(campaign, by, of) && read_rest(by, of))) {
        cli_error("%s: the results could not be written", campaign->folder);
        code = CLI_INPUT;
    }
    if (code == CLI_OK) {
        const bool missing = tell_missing(campaign, by, of);
        code = campaign_finish(campaign);
        if (missing) code = CLI_INPUT;
    }
    memset(&campaign->plan, 0, sizeof campaign->plan);
    free(by);
    return code;
}

/* The folder to make must be none of those that are read. */
static int check_folders(const struct campaign *campaign, const struct cli_list *folders)
{
    struct stat out;
    struct stat in;
    if (stat(campaign->folder, &out) != 0) return CLI_OK;
    for (size_t i = 0; i < folders->count; i++)
        if (stat(folders->values[i], &in) == 0 && in.st_dev == out.st_dev &&
            in.st_ino == out.st_ino)
            return cli_usage("campaign merge", "--out is one of the folders to be merged");
    return CLI_OK;
}

int cli_campaign_merge(int argc, char **argv)
{
    struct campaign campaign = {.folder = NULL};
    struct cli_list folders = {NULL, 0, 0};
    const struct cli_option options[] = {
        {"--out", NULL, &campaign.folder, NULL},  {"--junit", NULL, &campaign.junit, NULL},
        {"--tap", NULL, &campaign.tap, NULL},     {"--github", &campaign.github, NULL, NULL},
        {"--json", &campaign.json, NULL, NULL},   {"--quiet", &campaign.quiet, NULL, NULL},
        {"--force", &campaign.force, NULL, NULL},
    };
    const struct cli_syntax syntax = {
        "campaign merge", merge_help, options, sizeof options / sizeof *options, NULL, NULL, 0};
    int code = CLI_OK;
    if (cli_options_parse_more(&code, &syntax, &folders, argc, argv)) {
        struct shard *shards = calloc(folders.count + 1, sizeof *shards);
        if (shards == NULL) abort();
        if (folders.count == 0)
            code = cli_usage("campaign merge", "expected DIR, a campaign's folder");
        else if (campaign.folder == NULL)
            code = cli_usage("campaign merge", "expected --out, the folder to make");
        else
            code = check_folders(&campaign, &folders);
        if (code == CLI_OK) code = campaign_check_outputs(&campaign);
        for (size_t i = 0; code == CLI_OK && i < folders.count; i++)
            if (!shard_open(&shards[i], folders.values[i])) code = CLI_INPUT;
        if (code == CLI_OK) code = merge(&campaign, shards, folders.count);
        for (size_t i = 0; i < folders.count; i++)
            shard_close(&shards[i]);
        free(shards);
    }
    campaign_release(&campaign);
    cli_list_free(&folders);
    return code;
}
