// SPDX-License-Identifier: Apache-2.0
/* One run and its result, for `run` and `replay`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_run.h"
#include "core/json.h"
#include "event_log.h"
#include "story.h"

void run_one(struct interpret_result *result, FILE *out, const struct scenario *scenario,
             const struct run_settings *settings)
{
    struct interpret_options options = {.has_seed = settings->has_seed,
                                        .seed = settings->seed,
                                        .events_max = settings->events_max,
                                        .memo = settings->memo};
    uint64_t seed = settings->has_seed ? settings->seed : interpret_seed(scenario);
    struct story *story = settings->story ? story_new(out, scenario, seed) : NULL;
    struct event_log *log = settings->trace ? event_log_new(out, scenario) : NULL;
    if ((settings->story && story == NULL) || (settings->trace && log == NULL)) abort();
    if (story != NULL) options.listener = story_listener(story);
    if (log != NULL) options.listener = event_log_listener(log);
    interpret(result, scenario, &options);
    story_free(story);
    event_log_free(log);
}

int run_exit_code(enum interpret_verdict verdict)
{
    switch (verdict) {
    case INTERPRET_OK: break;
    case INTERPRET_EXPECTATION: return CLI_REJECTED;
    case INTERPRET_LIVENESS: return CLI_NO_CONVERGENCE;
    case INTERPRET_SAFETY: return CLI_UNSAFE;
    case INTERPRET_BUDGET: return CLI_BUDGET;
    }
    return CLI_OK;
}

static void put_hash(FILE *out, const struct interpret_result *result, bool died)
{
    char hex[2 * sizeof result->hash.bytes];
    if (died) {
        fputs("no hash", out);
        return;
    }
    frame_hex_encode(hex, result->hash.bytes, sizeof result->hash.bytes);
    fwrite(hex, 1, sizeof hex, out);
}

/* ---- For people ------------------------------------------------------------------------------ */

/* Every line of a failure begins under the first one's place. */
static void put_indented(FILE *out, const char *text)
{
    fputs("      ", out);
    for (; *text != '\0'; text++) {
        fputc(*text, out);
        if (*text == '\n') fputs("      ", out);
    }
    fputc('\n', out);
}

void run_put_text(FILE *out, const struct scenario *scenario, const struct interpret_result *result,
                  bool died)
{
    bool fine = result->verdict == INTERPRET_OK;
    fprintf(out, "%s  %s  seed %" PRIu64 "  ", fine ? "ok  " : "FAIL", scenario->path,
            result->seed);
    put_hash(out, result, died);
    fprintf(out, "  %" PRIu64 " events, %" PRIu64 ".%03u s\n", result->events,
            result->virtual_us / WORLD_SECOND,
            (unsigned)(result->virtual_us % WORLD_SECOND / WORLD_MS));
    if (fine) return;
    char place[32] = "";
    if (result->line != 0) snprintf(place, sizeof place, ":%u", (unsigned)result->line);
    fprintf(out, "      %s%s: %s\n", scenario->path, place,
            interpret_verdict_name(result->verdict));
    put_indented(out, result->failure);
    fprintf(out, "      again: framesim replay %s --seed %" PRIu64 "\n", scenario->path,
            result->seed);
}

/* ---- For machines ---------------------------------------------------------------------------- */

/* What is no UTF-8 is shown as U+FFFD, so that the line stays JSON. */
static void put_string(FILE *out, const char *text)
{
    static const uint8_t unknown[] = {0xEF, 0xBF, 0xBD};
    size_t length = strlen(text);
    uint8_t *clean = malloc(3 * length + 1);
    uint8_t *token = malloc(18 * length + 2);
    if (clean == NULL || token == NULL) abort();
    size_t used = 0;
    for (size_t at = 0; at < length;) {
        size_t step = scenario_character((const uint8_t *)text + at, length - at);
        memcpy(clean + used, step == 0 ? unknown : (const uint8_t *)text + at,
               step == 0 ? 3 : step);
        used += step == 0 ? 3 : step;
        at += step == 0 ? 1 : step;
    }
    fwrite(token, 1, json_string_encode(token, clean, used), out);
    free(clean);
    free(token);
}

static void put_string_or_null(FILE *out, const char *text)
{
    if (text == NULL)
        fputs("null", out);
    else
        put_string(out, text);
}

void run_put_json(FILE *out, const struct scenario *scenario, const struct interpret_result *result,
                  bool died)
{
    fputs("{\"check\":", out);
    put_string_or_null(out, result->check);
    fprintf(out, ",\"events\":%" PRIu64 ",\"failure\":", result->events);
    put_string_or_null(out, result->failure);
    fputs(",\"hash\":", out);
    if (died) {
        fputs("null", out);
    } else {
        fputc('"', out);
        put_hash(out, result, false);
        fputc('"', out);
    }
    if (result->line != 0)
        fprintf(out, ",\"line\":%u", (unsigned)result->line);
    else
        fputs(",\"line\":null", out);
    fprintf(out, ",\"ok\":%s,\"scenario\":", result->verdict == INTERPRET_OK ? "true" : "false");
    put_string(out, scenario->path);
    fprintf(out, ",\"seed\":%" PRIu64 ",\"verdict\":\"%s\",\"virtual_ms\":%" PRIu64 "}\n",
            result->seed, interpret_verdict_name(result->verdict), result->virtual_us / WORLD_MS);
}
