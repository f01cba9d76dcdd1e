// SPDX-License-Identifier: Apache-2.0
/* A campaign's results for people and for programs: summary, JUnit XML, TAP, GitHub annotations. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/build_info.h"
#include "sim/campaign.h"
#include "sim/escape.h"

/* ---- Tokens back into text ---- */

/* Terminated, the caller frees. "" for what is no string. */
static char *decode(struct frame_span token)
{
    const size_t length = json_kind(token) == JSON_STRING ? json_string_length(token) : 0;
    char *text = malloc(length + 1);
    if (text == NULL) abort();
    if (length > 0) json_string_decode((uint8_t *)text, token);
    text[length] = '\0';
    return text;
}

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

static char *signature_part(struct frame_span signature, const char *name)
{
    struct frame_span value = {NULL, 0};
    if (json_kind(signature) == JSON_OBJECT && json_member(signature, &value, name))
        return decode(value);
    return decode(span_of("null"));
}

char *campaign_signature_words(struct frame_span signature)
{
    char *check = signature_part(signature, "check");
    char *place = signature_part(signature, "place");
    char *cause = signature_part(signature, "cause");
    const size_t size = strlen(check) + strlen(place) + strlen(cause) + 16;
    char *words = malloc(size);
    if (words == NULL) abort();
    if (place[0] != '\0')
        snprintf(words, size, "%s at `%s`: %s", check, place, cause);
    else
        snprintf(words, size, "%s: %s", check, cause);
    free(check);
    free(place);
    free(cause);
    return words;
}

/* ---- Summaries ---- */

static void put_count(FILE *out, uint64_t count, const char *noun)
{
    fprintf(out, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
}

/* Text from a scenario may not steer the terminal. */
static void put_tame(FILE *out, const char *text, const char *indent)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        fputc(byte < 0x20 && byte != '\n' ? '?' : byte == 0x7F ? '?' : byte, out);
        if (byte == '\n') fputs(indent, out);
    }
}

static void put_group(FILE *out, size_t number, const struct campaign_plan *plan,
                      const struct campaign_group *group)
{
    char *words = campaign_signature_words(span_of(group->signature));
    char *scenario = decode(span_of(group->cheapest_scenario));
    char *failure = decode(span_of(group->cheapest_failure));
    fprintf(out, "\n%3zu. ", number);
    put_tame(out, words, "");
    fputs("\n     ", out);
    put_count(out, group->count, "run");
    fprintf(out, "; the cheapest has %" PRIu64 " events:\n       ", group->cheapest_events);
    failure[strcspn(failure, "\n")] = '\0';
    put_tame(out, failure, "       ");
    fprintf(out, "\n     again: %s ", build_replay());
    put_tame(out, scenario, "");
    fprintf(out, " --seed %" PRIu64 "%s\n", group->cheapest_seed, crypto_mode_option(plan->crypto));
    free(words);
    free(scenario);
    free(failure);
}

/* Has it run all that it was to run? */
static bool is_complete(const struct campaign_plan *plan, const struct campaign_tally *tally)
{
    return plan->seeds > 0 && tally->runs == campaign_units(plan);
}

void campaign_put_summary(FILE *out, const struct campaign_plan *plan,
                          const struct campaign_tally *tally)
{
    const uint64_t units = campaign_units(plan);
    put_count(out, tally->runs, "run");
    if (plan->seeds > 0 && tally->runs < units)
        fprintf(out, " of %" PRIu64 ", which is not all", units);
    fputs(" of ", out);
    put_count(out, plan->files.count, "scenario");
    if (plan->shards > 1) fprintf(out, ", shard %" PRIu64 "/%" PRIu64, plan->shard, plan->shards);
    fprintf(out, ": %" PRIu64 " fine", tally->runs - tally->failed - tally->impossible);
    if (tally->impossible > 0) fprintf(out, ", %" PRIu64 " impossible", tally->impossible);
    if (tally->failed > 0) {
        fprintf(out, ", %" PRIu64 " failed in ", tally->failed);
        put_count(out, tally->group_count, "way");
    }
    if (tally->clocked_out > 0)
        fprintf(out, " (%" PRIu64 " ended by the wall clock)", tally->clocked_out);
    fprintf(out,
            "; %" PRIu64 " events, %" PRIu64
            ".%03u s of virtual time; framesim %s, %s signatures\n",
            tally->events, tally->virtual_ms / 1000, (unsigned)(tally->virtual_ms % 1000),
            build_commit(), crypto_mode_name(plan->crypto));
    campaign_put_probes(out, tally, is_complete(plan, tally));
    size_t *ranking = campaign_ranking(tally);
    for (size_t i = 0; i < tally->group_count; i++)
        put_group(out, i + 1, plan, &tally->groups[ranking[i]]);
    free(ranking);
}

static void put_faults_json(FILE *out, const struct campaign_tally *tally)
{
    const char *before = "";
    for (size_t i = 0; i < fault_count(); i++) {
        const struct campaign_fault *fault = &tally->faults[i];
        if (fault->times == 0) continue;
        fprintf(out,
                "%s{\"failed\":%" PRIu64 ",\"fine\":%" PRIu64 ",\"name\":\"%s\",\"times\":%" PRIu64
                "}",
                before, fault->failed, fault->fine, fault_at(i)->name, fault->times);
        before = ",";
    }
}

void campaign_put_summary_json(FILE *out, const struct campaign_plan *plan,
                               const struct campaign_tally *tally)
{
    size_t *ranking = campaign_ranking(tally);
    fprintf(out, "{\"clocked_out\":%" PRIu64 ",\"commit\":", tally->clocked_out);
    escape_json_text(out, build_commit());
    fprintf(out, ",\"complete\":%s,\"crypto\":", is_complete(plan, tally) ? "true" : "false");
    escape_json_text(out, build_crypto(plan->crypto));
    fprintf(out, ",\"events\":%" PRIu64 ",\"failed\":%" PRIu64 ",\"failures\":[", tally->events,
            tally->failed);
    for (size_t i = 0; i < tally->group_count; i++) {
        const struct campaign_group *group = &tally->groups[ranking[i]];
        fprintf(out,
                "%s{\"cheapest\":{\"events\":%" PRIu64
                ",\"failure\":%s,\"scenario\":%s,\"seed\":%" PRIu64 "},\"count\":%" PRIu64
                ",\"signature\":%s,\"verdict\":%s}",
                i == 0 ? "" : ",", group->cheapest_events, group->cheapest_failure,
                group->cheapest_scenario, group->cheapest_seed, group->count, group->signature,
                group->verdict);
    }
    fputs("],\"faults\":[", out);
    put_faults_json(out, tally);
    fprintf(out, "],\"impossible\":%" PRIu64 ",", tally->impossible);
    campaign_put_probes_json(out, tally);
    fprintf(out, ",\"runs\":%" PRIu64 ",\"virtual_ms\":%" PRIu64 "}\n", tally->runs,
            tally->virtual_ms);
    free(ranking);
}

/* ---- GitHub ---- */

/* Workflow commands have an escape of their own; in properties ':' and ',' need it too. */
static void put_command_text(FILE *out, const char *text, bool property)
{
    for (; *text != '\0'; text++) {
        const unsigned char byte = (unsigned char)*text;
        if (byte == '%' || byte == '\r' || byte == '\n' ||
            (property && (byte == ':' || byte == ',')))
            fprintf(out, "%%%02X", byte);
        else
            fputc(byte < 0x20 ? '?' : byte, out);
    }
}

void campaign_put_github(FILE *out, const struct campaign_plan *plan,
                         const struct campaign_tally *tally)
{
    size_t *ranking = campaign_ranking(tally);
    for (size_t i = 0; i < tally->group_count; i++) {
        const struct campaign_group *group = &tally->groups[ranking[i]];
        char *words = campaign_signature_words(span_of(group->signature));
        char *scenario = decode(span_of(group->cheapest_scenario));
        char *failure = decode(span_of(group->cheapest_failure));
        fputs("::error file=", out);
        put_command_text(out, scenario, true);
        if (group->cheapest_line > 0) fprintf(out, ",line=%" PRId64, group->cheapest_line);
        fputs(",title=", out);
        put_command_text(out, words, true);
        fprintf(out, "::%" PRIu64 " of %" PRIu64 " runs. --seed %" PRIu64 "%s: ", group->count,
                tally->runs, group->cheapest_seed, crypto_mode_option(plan->crypto));
        put_command_text(out, failure, false);
        fputc('\n', out);
        free(words);
        free(scenario);
        free(failure);
    }
    free(ranking);
}

/* ---- A test case for each run ---- */

typedef void put_case(FILE *out, uint64_t number, const struct campaign_result *result);

static bool put_cases(FILE *out, FILE *results, uint64_t runs, put_case *put)
{
    char *line = NULL;
    size_t capacity = 0;
    bool fine = fseek(results, 0, SEEK_SET) == 0;
    for (uint64_t i = 0; fine && i < runs; i++) {
        struct campaign_result result;
        const ssize_t length = getline(&line, &capacity, results);
        fine = length > 0 &&
               campaign_result_read(&result,
                                    (struct frame_span){(const uint8_t *)line, (size_t)length - 1});
        if (fine) put(out, i + 1, &result);
    }
    free(line);
    return fine;
}

/* A crash is an error, all else a failure, as test runners tell them apart. */
static void put_junit_case(FILE *out, uint64_t number, const struct campaign_result *result)
{
    char *scenario = decode(result->scenario);
    (void)number;
    fputs("  <testcase classname=\"", out);
    escape_xml_text(out, scenario);
    fprintf(out, "\" name=\"seed %" PRIu64 "\" time=\"%" PRIu64 ".%03u\"", result->seed,
            result->virtual_ms / 1000, (unsigned)(result->virtual_ms % 1000));
    free(scenario);
    if (result->ok) {
        fputs("/>\n", out);
        return;
    }
    char *words = campaign_signature_words(result->signature);
    char *check = signature_part(result->signature, "check");
    char *failure = decode(result->failure);
    const char *element = strcmp(check, "crash") == 0 ? "error" : "failure";
    fprintf(out, ">\n    <%s type=\"", element);
    escape_xml_text(out, check);
    fputs("\" message=\"", out);
    escape_xml_text(out, words);
    fputs("\">", out);
    escape_xml_text(out, failure);
    fprintf(out, "</%s>\n  </testcase>\n", element);
    free(words);
    free(check);
    free(failure);
}

static uint64_t crashes(const struct campaign_tally *tally)
{
    uint64_t count = 0;
    for (size_t i = 0; i < tally->group_count; i++) {
        char *check = signature_part(span_of(tally->groups[i].signature), "check");
        if (strcmp(check, "crash") == 0) count += tally->groups[i].count;
        free(check);
    }
    return count;
}

bool campaign_put_junit(FILE *out, FILE *results, const struct campaign_plan *plan,
                        const struct campaign_tally *tally)
{
    const uint64_t errors = crashes(tally);
    fprintf(out,
            "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuite name=\"framesim campaign\" "
            "tests=\"%" PRIu64 "\" failures=\"%" PRIu64 "\" errors=\"%" PRIu64 "\" time=\"%" PRIu64
            ".%03u\">\n  <properties>\n    <property name=\"commit\" value=\"",
            tally->runs, tally->failed - errors, errors, tally->virtual_ms / 1000,
            (unsigned)(tally->virtual_ms % 1000));
    escape_xml_text(out, build_commit());
    fputs("\"/>\n    <property name=\"crypto\" value=\"", out);
    escape_xml_text(out, build_crypto(plan->crypto));
    fprintf(out,
            "\"/>\n    <property name=\"complete\" value=\"%s\"/>\n    <property name=\"time\" "
            "value=\"virtual seconds\"/>\n  </properties>\n",
            plan->seeds > 0 && tally->runs == campaign_units(plan) ? "yes" : "no");
    const bool fine = put_cases(out, results, tally->runs, put_junit_case);
    fputs("</testsuite>\n", out);
    return fine;
}

static void put_tap_case(FILE *out, uint64_t number, const struct campaign_result *result)
{
    char *scenario = decode(result->scenario);
    for (char *at = scenario; *at != '\0'; at++)
        if (*at == '#' || (unsigned char)*at < ' ') *at = '?'; /* a directive, or a line's end */
    fprintf(out, "%sok %" PRIu64 " - %s seed %" PRIu64 "\n", result->ok ? "" : "not ", number,
            scenario, result->seed);
    free(scenario);
    if (result->ok) return;
    /* JSON is YAML too */
    fprintf(out, "  ---\n  verdict: %.*s\n  signature: %.*s\n  failure: %.*s\n  ...\n",
            (int)result->verdict.length, (const char *)result->verdict.bytes,
            (int)result->signature.length, (const char *)result->signature.bytes,
            (int)result->failure.length, (const char *)result->failure.bytes);
}

bool campaign_put_tap(FILE *out, FILE *results, const struct campaign_plan *plan,
                      const struct campaign_tally *tally)
{
    fprintf(out, "TAP version 13\n# framesim %s, %s\n1..%" PRIu64 "\n", build_commit(),
            build_crypto(plan->crypto), tally->runs);
    return put_cases(out, results, tally->runs, put_tap_case);
}
