// SPDX-License-Identifier: Apache-2.0
/* What came of a campaign: lines of results, and their sums. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/campaign.h"
#include "sim/cli.h"
#include "sim/cli_run.h"

/* ---- One line ---- */

static bool member_of(struct frame_span object, struct frame_span *value, const char *name,
                      enum json_kind kind, bool or_null)
{
    return json_member(object, value, name) &&
           (json_kind(*value) == kind || (or_null && json_kind(*value) == JSON_NULL));
}

bool campaign_result_read(struct campaign_result *result, struct frame_span text)
{
    struct frame_span value;
    size_t end;
    size_t offset;
    if (json_check_value(&end, &offset, text.bytes, text.length, 0, 0, SIZE_MAX) != FRAME_OK ||
        end != text.length || json_kind(text) != JSON_OBJECT)
        return false;
    if (!json_member(text, &value, "ok")) return false;
    result->ok = json_kind(value) == JSON_TRUE;
    if (!json_member(text, &value, "line")) return false;
    if (!json_integer(value, &result->line)) result->line = 0;
    return campaign_number(text, "seed", &result->seed) &&
           campaign_number(text, "events", &result->events) &&
           campaign_number(text, "virtual_ms", &result->virtual_ms) &&
           member_of(text, &result->scenario, "scenario", JSON_STRING, false) &&
           member_of(text, &result->failure, "failure", JSON_STRING, result->ok) &&
           member_of(text, &result->verdict, "verdict", JSON_STRING, false) &&
           member_of(text, &result->signature, "signature", JSON_OBJECT, result->ok) &&
           member_of(text, &result->faults, "faults", JSON_OBJECT, false) &&
           member_of(text, &result->probes, "probes", JSON_OBJECT, false);
}

/* ---- Sums ---- */

static char *copy(struct frame_span span)
{
    char *text = malloc(span.length + 1);
    if (text == NULL) abort();
    memcpy(text, span.bytes, span.length);
    text[span.length] = '\0';
    return text;
}

static void replace(char **text, struct frame_span span)
{
    free(*text);
    *text = copy(span);
}

static struct campaign_group *find_group(struct campaign_tally *tally, struct frame_span signature)
{
    for (size_t i = 0; i < tally->group_count; i++)
        if (span_is(signature, tally->groups[i].signature)) return &tally->groups[i];
    return NULL;
}

static struct campaign_group *new_group(struct campaign_tally *tally, struct frame_span signature)
{
    if (tally->group_count == tally->group_capacity) {
        const size_t capacity = tally->group_capacity == 0 ? 16 : 2 * tally->group_capacity;
        struct campaign_group *groups = realloc(tally->groups, capacity * sizeof *groups);
        if (groups == NULL) abort();
        tally->groups = groups;
        tally->group_capacity = capacity;
    }
    struct campaign_group *group = &tally->groups[tally->group_count++];
    *group = (struct campaign_group){.signature = copy(signature), .first = tally->runs};
    return group;
}

static void add_faults(struct campaign_tally *tally, const struct campaign_result *result)
{
    struct json_walk walk;
    struct frame_span name;
    struct frame_span value;
    json_walk_init(&walk, result->faults);
    while (json_next_member(&walk, &name, &value)) {
        int64_t times;
        if (!json_integer(value, &times) || times < 0) continue;
        for (size_t i = 0; i < fault_count(); i++) {
            if (!json_string_is(name, fault_at(i)->name)) continue;
            tally->faults[i].times += (uint64_t)times;
            if (result->ok)
                tally->faults[i].fine++;
            else
                tally->faults[i].failed++;
        }
    }
}

bool campaign_tally_add(struct campaign_tally *tally, const struct campaign_result *result)
{
    struct frame_span check;
    bool fresh = false;
    add_faults(tally, result);
    campaign_add_probes(tally, result);
    tally->events += result->events;
    tally->virtual_ms += result->virtual_ms;
    if (!result->ok) {
        struct campaign_group *group = find_group(tally, result->signature);
        fresh = group == NULL;
        if (fresh) group = new_group(tally, result->signature);
        if (fresh || result->events < group->cheapest_events) {
            group->cheapest_events = result->events;
            group->cheapest_seed = result->seed;
            group->cheapest_line = result->line;
            replace(&group->cheapest_scenario, result->scenario);
            replace(&group->cheapest_failure, result->failure);
            replace(&group->verdict, result->verdict);
        }
        group->count++;
        tally->failed++;
        if (json_member(result->signature, &check, "check") && json_string_is(check, "wall-clock"))
            tally->clocked_out++;
    }
    if (json_string_is(result->verdict, interpret_verdict_name(INTERPRET_IMPOSSIBLE)))
        tally->impossible++;
    tally->runs++;
    return fresh;
}

void campaign_tally_free(struct campaign_tally *tally)
{
    for (size_t i = 0; i < tally->group_count; i++) {
        free(tally->groups[i].signature);
        free(tally->groups[i].cheapest_scenario);
        free(tally->groups[i].cheapest_failure);
        free(tally->groups[i].verdict);
    }
    free(tally->groups);
    memset(tally, 0, sizeof *tally);
}

/* ---- Which is worst ---- */

static enum interpret_verdict verdict_of(const struct campaign_group *group)
{
    const struct frame_span token = {(const uint8_t *)group->verdict, strlen(group->verdict)};
    for (int verdict = INTERPRET_EXPECTATION; verdict <= INTERPRET_SAFETY; verdict++)
        if (json_string_is(token, interpret_verdict_name((enum interpret_verdict)verdict)))
            return (enum interpret_verdict)verdict;
    return INTERPRET_OK;
}

static bool before(const struct campaign_group *a, const struct campaign_group *b)
{
    if (verdict_of(a) != verdict_of(b)) return verdict_of(a) > verdict_of(b);
    if (a->count != b->count) return a->count > b->count;
    return a->first < b->first;
}

size_t *campaign_ranking(const struct campaign_tally *tally)
{
    size_t *ranking = calloc(tally->group_count + 1, sizeof *ranking);
    if (ranking == NULL) abort();
    for (size_t i = 0; i < tally->group_count; i++) {
        size_t at = i;
        for (; at > 0 && before(&tally->groups[i], &tally->groups[ranking[at - 1]]); at--)
            ranking[at] = ranking[at - 1];
        ranking[at] = i;
    }
    return ranking;
}

int campaign_exit_code(const struct campaign_tally *tally)
{
    enum interpret_verdict gravest = INTERPRET_OK;
    for (size_t i = 0; i < tally->group_count; i++)
        if (verdict_of(&tally->groups[i]) > gravest) gravest = verdict_of(&tally->groups[i]);
    return run_exit_code(gravest);
}

/* ---- Files of results ---- */

bool campaign_result_is_of(const struct campaign_result *result, const struct campaign_plan *plan,
                           uint64_t k)
{
    const struct campaign_unit unit = campaign_unit(plan, k);
    const char *path = plan->files.paths[unit.scenario];
    if (result->seed != unit.seed || json_string_length(result->scenario) != strlen(path))
        return false;
    char *name = malloc(strlen(path) + 1);
    if (name == NULL) abort();
    json_string_decode((uint8_t *)name, result->scenario);
    const bool same = memcmp(name, path, strlen(path)) == 0;
    free(name);
    return same;
}

bool campaign_read_results(struct campaign_tally *tally, uint64_t *whole, FILE *results,
                           const char *path, const struct campaign_plan *plan, FILE *complaints)
{
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    bool fine = true;
    *whole = 0;
    while (fine && (length = getline(&line, &capacity, results)) > 0 && line[length - 1] == '\n') {
        struct campaign_result result;
        const struct frame_span text = {(const uint8_t *)line, (size_t)length - 1};
        fine = campaign_result_read(&result, text) && tally->runs < campaign_units(plan) &&
               campaign_result_is_of(&result, plan, tally->runs);
        if (!fine) {
            fprintf(complaints, "%s:%" PRIu64 ":1: is not the result of the run that stands here\n",
                    path, tally->runs + 1);
            break;
        }
        campaign_tally_add(tally, &result);
        *whole += (uint64_t)length;
    }
    free(line);
    return fine;
}
