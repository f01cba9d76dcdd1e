// SPDX-License-Identifier: Apache-2.0
/* One run and its result, for `run` and `replay`. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_probes.h"
#include "cli_run.h"
#include "build_info.h"
#include "escape.h"
#include "event_log.h"
#include "story.h"
#include "tape_session.h"

static void interpret_once(struct interpret_result *result, FILE *out,
                           const struct scenario *scenario, const struct run_settings *settings,
                           struct crypto_memo *memo)
{
    struct interpret_options options = {.has_seed = settings->has_seed,
                                        .seed = settings->seed,
                                        .events_max = settings->events_max,
                                        .memo = memo,
                                        .listener = settings->listener,
                                        .snapshots = settings->snapshots};
    uint64_t seed = settings->has_seed ? settings->seed : interpret_seed(scenario);
    struct story *story = settings->story ? story_new(out, scenario, seed) : NULL;
    struct event_log *log = settings->trace ? event_log_new(out, scenario) : NULL;
    if ((settings->story && story == NULL) || (settings->trace && log == NULL)) abort();
    if (story != NULL) options.listener = story_listener(story);
    if (log != NULL) options.listener = event_log_listener(log);
    struct tape_session *session = NULL;
    if (settings->tape_body != NULL || settings->follow != NULL) {
        session = tape_session_new(settings->tape_body, settings->follow, options.listener);
        tape_session_options(session, &options);
    }
    interpret(result, scenario, &options);
    if (session != NULL) (void)tape_session_report(session, stderr);
    tape_session_free(session);
    story_free(story);
    event_log_free(log);
}

static bool same_text(const char *a, const char *b)
{
    return a == NULL || b == NULL ? a == b : strcmp(a, b) == 0;
}

/* Once more, silently and without the memory of signatures: it must come out the same. */
static void verify_determinism(struct interpret_result *result, const struct scenario *scenario,
                               const struct run_settings *settings)
{
    enum { WORDS_BYTES = 120 };
    const struct run_settings again = {.has_seed = settings->has_seed,
                                       .seed = settings->seed,
                                       .events_max = settings->events_max,
                                       .follow = settings->follow};
    struct interpret_result second;
    struct crypto_memo *memo = crypto_memo_new_of(result->crypto, 1);
    if (memo == NULL) abort();
    interpret_once(&second, NULL, scenario, &again, memo);
    crypto_memo_free(memo);
    const bool same = memcmp(&second.hash, &result->hash, sizeof second.hash) == 0 &&
                      second.verdict == result->verdict && second.events == result->events &&
                      second.virtual_us == result->virtual_us && second.line == result->line &&
                      same_text(second.failure, result->failure);
    interpret_result_release(&second);
    if (same) return;
    interpret_result_release(result);
    result->verdict = INTERPRET_SAFETY;
    result->check = "determinism";
    result->cause = 0;
    result->line = 0;
    result->failure = malloc(WORDS_BYTES);
    if (result->failure == NULL) abort();
    snprintf(result->failure, WORDS_BYTES, "the same run came out differently the second time");
}

void run_one(struct interpret_result *result, FILE *out, const struct scenario *scenario,
             const struct run_settings *settings)
{
    interpret_once(result, out, scenario, settings, settings->memo);
    if (settings->verify) verify_determinism(result, scenario, settings);
}

enum { TAPE_BYTES_MAX = 256 * 1024 * 1024 };

int run_load_tape(struct run_settings *settings, struct tape_file *file, enum crypto_mode *mode,
                  const char **scenario, const char *command, const char *path)
{
    struct cli_file bytes;
    int code = cli_file_read(&bytes, path, TAPE_BYTES_MAX);
    if (code != CLI_OK) return code;
    fflush(stdout);
    if (!tape_file_read(file, path, cli_file_view(&bytes), stderr)) code = CLI_INPUT;
    cli_file_free(&bytes);
    if (code != CLI_OK) return code;
    settings->follow = file;
    settings->has_seed = true;
    settings->seed = file->seed;
    *mode = file->crypto;
    if (*scenario == NULL && file->scenario != NULL && strcmp(file->scenario, "-") != 0 &&
        access(file->scenario, F_OK) != 0) {
        cli_error("%s: its scenario is not here: %s (run this where the tape was made, or name the "
                  "scenario)",
                  path, file->scenario);
        return CLI_INPUT;
    }
    if (*scenario == NULL) *scenario = file->scenario;
    if (*scenario != NULL) return CLI_OK;
    return cli_usage(command, "the tape names no scenario: expected SCENARIO, a file");
}

int run_exit_code(enum interpret_verdict verdict)
{
    switch (verdict) {
    case INTERPRET_OK: break;
    case INTERPRET_IMPOSSIBLE: return CLI_IMPOSSIBLE;
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
    const char *word = fine ? "ok  " : result->verdict == INTERPRET_IMPOSSIBLE ? "n/a " : "FAIL";
    fprintf(out, "%s  %s  seed %" PRIu64 "  ", word, scenario->path, result->seed);
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
    if (result->drawn != NULL) {
        fputs("      drawn:\n", out);
        put_indented(out, result->drawn);
    }
    fprintf(out, "      again: %s %s --seed %" PRIu64 "%s\n", build_replay(), scenario->path,
            result->seed, crypto_mode_option(result->crypto));
}

/* ---- For machines ---------------------------------------------------------------------------- */

/* {"burst":2,…}: the faults that a storm has begun, in the order of canonical JSON. */
static void put_faults(FILE *out, const struct interpret_result *result)
{
    const char *before = NULL; /* the name that was put last */
    fputc('{', out);
    for (;;) {
        size_t next = SIZE_MAX;
        for (size_t i = 0; i < fault_count(); i++) {
            if (result->faults[i] == 0 ||
                (before != NULL && strcmp(fault_at(i)->name, before) <= 0))
                continue;
            if (next == SIZE_MAX || strcmp(fault_at(i)->name, fault_at(next)->name) < 0) next = i;
        }
        if (next == SIZE_MAX) break;
        fprintf(out, "%s\"%s\":%" PRIu64, before == NULL ? "" : ",", fault_at(next)->name,
                result->faults[next]);
        before = fault_at(next)->name;
    }
    fputc('}', out);
}

void run_put_json(FILE *out, const struct scenario *scenario, const struct interpret_result *result,
                  const struct signature *signature, bool died, bool with_probes)
{
    fputs("{\"check\":", out);
    escape_json_text(out, result->check);
    fputs(",\"commit\":", out);
    escape_json_text(out, build_commit());
    fputs(",\"crypto\":", out);
    escape_json_text(out, build_crypto(result->crypto));
    fputs(",\"drawn\":", out);
    escape_json_text(out, result->drawn);
    fprintf(out, ",\"events\":%" PRIu64 ",\"failure\":", result->events);
    escape_json_text(out, result->failure);
    fputs(",\"faults\":", out);
    put_faults(out, result);
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
    fprintf(out, ",\"ok\":%s,", interpret_verdict_fails(result->verdict) ? "false" : "true");
    if (with_probes) probes_put_json(out, result);
    fputs("\"scenario\":", out);
    escape_json_text(out, scenario->path);
    fprintf(out, ",\"seed\":%" PRIu64 ",\"signature\":", result->seed);
    if (signature != NULL)
        signature_put_json(out, signature);
    else
        fputs("null", out);
    fprintf(out, ",\"verdict\":\"%s\",\"virtual_ms\":%" PRIu64 "}\n",
            interpret_verdict_name(result->verdict), result->virtual_us / WORLD_MS);
}
