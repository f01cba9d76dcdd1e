// SPDX-License-Identifier: Apache-2.0
/* A tape for each kind of failure, of its cheapest run, which is done once more for it. */
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "cli.h"
#include "cli_campaign.h"
#include "cli_common.h"
#include "cli_run.h"
#include "cli_tape.h"
#include "core/json.h"
#include "jobs.h"

/* A run of more events is too long for a tape that somebody reads. */
#define EVENTS_MAX UINT64_C(1000000)

struct taping {
    const struct scenario *scenario;
    struct run_settings settings;
};

static int work(void *context, uint64_t i, FILE *out)
{
    const struct taping *taping = context;
    struct interpret_result result;
    (void)i;
    run_one(&result, out, taping->scenario, &taping->settings);
    tape_file_put_end(taping->settings.tape_body, &result, false);
    fflush(taping->settings.tape_body);
    interpret_result_release(&result);
    return 0;
}

static int died(void *context, uint64_t i, FILE *out, int signal)
{
    const struct taping *taping = context;
    struct interpret_result result;
    char words[DEATH_WORDS_BYTES];
    (void)i;
    (void)out;
    signature_death_result(&result, words, taping->settings.seed, signal);
    (void)fseek(taping->settings.tape_body, 0, SEEK_END);
    tape_file_put_end(taping->settings.tape_body, &result, true);
    return 0;
}

static bool take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    (void)context;
    (void)i;
    (void)code;
    (void)text;
    (void)length;
    return true;
}

static int write_tape(struct campaign *campaign, const struct campaign_group *group,
                      const struct scenario *scenario, const char *path)
{
    struct taping taping = {.scenario = scenario,
                            .settings = {.has_seed = true,
                                         .seed = group->cheapest_seed,
                                         .events_max = campaign->plan.events_max}};
    const struct jobs jobs = {.context = &taping,
                              .work = work,
                              .died = died,
                              .take = take,
                              .seconds_max = campaign->run_seconds_max};
    int code = CLI_INPUT;
    taping.settings.memo = crypto_memo_new_of(campaign->plan.crypto, CRYPTO_MEMO_ENTRIES_DEFAULT);
    taping.settings.tape_body =
        cli_tape_begin(scenario->path, group->cheapest_seed, campaign->plan.crypto);
    if (taping.settings.memo != NULL && taping.settings.tape_body != NULL) {
        if (jobs_run(&jobs, 1, 1))
            code = cli_tape_write(path, true, taping.settings.tape_body);
        else
            cli_error("could not run: %s", strerror(errno));
    }
    if (taping.settings.tape_body != NULL) fclose(taping.settings.tape_body);
    crypto_memo_free(taping.settings.memo);
    return code;
}

/* NULL: none of the plan's. */
static const struct scenario *scenario_named(const struct campaign_plan *plan, const char *token)
{
    const struct frame_span name = {(const uint8_t *)token, strlen(token)};
    const struct scenario *found = NULL;
    uint8_t *text = malloc(name.length + 1);
    if (text == NULL) abort();
    const size_t length = json_kind(name) == JSON_STRING ? json_string_decode(text, name) : 0;
    for (size_t i = 0; i < plan->files.count && found == NULL; i++)
        if (strlen(plan->files.paths[i]) == length &&
            memcmp(plan->files.paths[i], text, length) == 0)
            found = plan->scenarios[i];
    free(text);
    return found;
}

/* Those of an earlier part, whose kinds may have other numbers now. */
static void remove_old(const char *folder)
{
    DIR *entries = opendir(folder);
    if (entries == NULL) return;
    for (const struct dirent *entry; (entry = readdir(entries)) != NULL;) {
        const size_t digits = strspn(entry->d_name, "0123456789");
        const size_t length = strlen(entry->d_name);
        if (digits < 2 || entry->d_name[digits] != '-' || length < 5 ||
            strcmp(entry->d_name + length - 5, ".tape") != 0)
            continue;
        char *path = campaign_path(folder, entry->d_name);
        (void)unlink(path);
        free(path);
    }
    closedir(entries);
}

/* "01-convergence.tape": the check, in letters that any file system takes. */
static char *tape_path(const char *folder, size_t number, const struct campaign_group *group)
{
    char name[100];
    struct frame_span check;
    const struct frame_span signature = {(const uint8_t *)group->signature,
                                         strlen(group->signature)};
    size_t used = (size_t)snprintf(name, sizeof name, "%02zu-", number);
    if (json_member(signature, &check, "check"))
        for (size_t i = 1; i + 1 < check.length && used < 80; i++) {
            const uint8_t byte = check.bytes[i];
            const bool plain = (byte >= 'a' && byte <= 'z') || (byte >= '0' && byte <= '9');
            name[used++] = plain ? (char)byte : '-';
        }
    memcpy(name + used, ".tape", sizeof ".tape");
    return campaign_path(folder, name);
}

int campaign_write_tapes(struct campaign *campaign)
{
    const struct campaign_tally *tally = &campaign->tally;
    if (campaign->folder == NULL) return CLI_OK;
    char *folder = campaign_path(campaign->folder, "tapes");
    size_t *ranking = campaign_ranking(tally);
    int code = CLI_OK;
    remove_old(folder);
    if (tally->group_count > 0 && mkdir(folder, 0777) != 0 && errno != EEXIST) {
        cli_error("%s: %s", folder, strerror(errno));
        code = CLI_INPUT;
    }
    for (size_t i = 0; code == CLI_OK && i < tally->group_count; i++) {
        const struct campaign_group *group = &tally->groups[ranking[i]];
        const struct scenario *scenario = scenario_named(&campaign->plan, group->cheapest_scenario);
        const bool endless = strstr(group->signature, "\"check\":\"wall-clock\"") != NULL;
        if (scenario == NULL || endless || group->cheapest_events > EVENTS_MAX) continue;
        char *path = tape_path(folder, i + 1, group);
        code = write_tape(campaign, group, scenario, path);
        free(path);
    }
    free(ranking);
    free(folder);
    return code;
}
