// SPDX-License-Identifier: Apache-2.0
/* `framesim promote`: a failure that was mended becomes a scenario or a tape that is run from now on. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "cli_run.h"
#include "jobs.h"

static const char promote_help[] =
    "usage: framesim promote FILE --to PATH --why TEXT [options]\n"
    "\n"
    "Takes a scenario (such as framesim shrink has written) or a tape (framesim run --tape, a "
    "campaign's\n"
    "tapes/) into the suite: runs it and, where it passes, writes it to PATH with TEXT as its "
    "first\n"
    "comment. A scenario's title becomes its name, in words. Of a tape the hashes go, which hold "
    "for the\n"
    "program of then alone.\n"
    "\n"
    "  --to PATH          a name of lower-case letters, digits and -, with .scn or .tape, in a "
    "folder that\n"
    "                     is there\n"
    "  --why TEXT         what it shows, with the section of the protocol: \"§ 8: …\"\n"
    "  --failing          also where it still fails\n"
    "  --force            also over what is there\n" CLI_CRYPTO_HELP("real") //
    "\n"
    "Exit code: 0 it is there; 1 it still fails; 2 usage; 3 a file cannot be read or written.\n";

enum { FILE_BYTES_MAX = 256 * 1024 * 1024, RUN_SECONDS_MAX = 600 };

struct promoting {
    const char *path;
    const char *to, *why, *crypto;
    bool failing, force;
    enum crypto_mode mode;
    struct cli_file file;
    bool is_tape;
    struct tape_file tape;
    struct scenario *scenario;
    bool failed;
    char *failure; /* owned */
};

/* ---- Arguments ---- */

static bool ends_with(const char *text, size_t length, const char *end)
{
    const size_t size = strlen(end);
    return length >= size && memcmp(text + length - size, end, size) == 0;
}

static const char *base_name(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash != NULL ? slash + 1 : path;
}

/* The length of the name without what says its kind; 0: it is no such name. */
static size_t stem_length(const char *name)
{
    const size_t length = strlen(name);
    const size_t stem = ends_with(name, length, ".scn")    ? length - 4
                        : ends_with(name, length, ".tape") ? length - 5
                                                           : 0;
    const bool shaped = strspn(name, "abcdefghijklmnopqrstuvwxyz0123456789-") == stem;
    return stem > 0 && shaped && name[0] != '-' && name[stem - 1] != '-' ? stem : 0;
}

static int check_arguments(struct promoting *promoting)
{
    if (promoting->to == NULL) return cli_usage("promote", "expected --to, where it is to stand");
    if (promoting->why == NULL) return cli_usage("promote", "expected --why, what it shows");
    if (strpbrk(promoting->why, "\n\r") != NULL || promoting->why[0] == '\0' ||
        strlen(promoting->why) > SCENARIO_LINE_BYTES_MAX - 2)
        return cli_usage("promote", "--why expects a line of text");
    if (stem_length(base_name(promoting->to)) == 0)
        return cli_usage("promote",
                         "--to expects a name of lower-case letters, digits and -, with .scn or "
                         ".tape: '%s'",
                         base_name(promoting->to));
    const int code = cli_take_crypto(&promoting->mode, "promote", promoting->crypto);
    if (code != CLI_OK) return code;
    return cli_file_writable("promote", promoting->to, promoting->force);
}

/* ---- What it is ---- */

static int load(struct promoting *promoting)
{
    static const char head[] = "framesim-tape ";
    int code = cli_file_read(&promoting->file, promoting->path, FILE_BYTES_MAX);
    if (code != CLI_OK) return code;
    const struct frame_span text = cli_file_view(&promoting->file);
    fflush(stdout);
    promoting->is_tape =
        text.length >= sizeof head - 1 && memcmp(text.bytes, head, sizeof head - 1) == 0;
    if (promoting->is_tape != ends_with(promoting->to, strlen(promoting->to), ".tape"))
        return cli_usage("promote", "%s is a %s, and --to is the name of a %s", promoting->path,
                         promoting->is_tape ? "tape" : "scenario",
                         promoting->is_tape ? "scenario" : "tape");
    const char *path = promoting->path;
    if (promoting->is_tape) {
        if (!tape_file_read(&promoting->tape, path, text, stderr)) return CLI_INPUT;
        if (promoting->tape.scenario == NULL)
            return cli_usage("promote", "%s names no scenario", promoting->path);
        path = promoting->tape.scenario;
        promoting->mode = promoting->tape.crypto;
    }
    promoting->scenario = scenario_load(path, stderr);
    return promoting->scenario != NULL ? CLI_OK : CLI_INPUT;
}

/* ---- What it does now ---- */

static int work(void *context, uint64_t i, FILE *out)
{
    struct promoting *promoting = context;
    struct run_settings settings = {.events_max = INTERPRET_EVENTS_DEFAULT};
    struct interpret_result result;
    (void)i;
    settings.memo = crypto_memo_new_of(promoting->mode, CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (settings.memo == NULL) abort();
    if (promoting->is_tape) {
        settings.follow = &promoting->tape;
        settings.has_seed = true;
        settings.seed = promoting->tape.seed;
    }
    run_one(&result, out, promoting->scenario, &settings);
    const bool failed = interpret_verdict_fails(result.verdict);
    if (failed) fprintf(out, "%.*s", (int)strcspn(result.failure, "\n"), result.failure);
    interpret_result_release(&result);
    crypto_memo_free(settings.memo);
    return failed;
}

static int died(void *context, uint64_t i, FILE *out, int signal)
{
    struct interpret_result result;
    char words[DEATH_WORDS_BYTES];
    (void)context;
    (void)i;
    signature_death_result(&result, words, 1, signal);
    fputs(words, out);
    return 1;
}

static bool take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct promoting *promoting = context;
    (void)i;
    promoting->failed = code != 0;
    promoting->failure = calloc(length + 1, 1);
    if (promoting->failure == NULL) abort();
    memcpy(promoting->failure, text, length);
    return true;
}

static int try_it(struct promoting *promoting)
{
    const struct jobs jobs = {.context = promoting,
                              .work = work,
                              .died = died,
                              .take = take,
                              .seconds_max = RUN_SECONDS_MAX};
    if (!jobs_run(&jobs, 1, 1)) {
        cli_error("could not run: %s", strerror(errno));
        return CLI_INPUT;
    }
    if (!promoting->failed || promoting->failing) return CLI_OK;
    cli_error("%s still fails: %s (--failing takes it all the same)", promoting->path,
              promoting->failure);
    return CLI_REJECTED;
}

/* ---- The file ---- */

/* "a-fork-heals" in words: "A fork heals". */
static void put_title(FILE *out, const char *to)
{
    const char *name = base_name(to);
    const size_t stem = stem_length(name);
    fputs("title ", out);
    for (size_t i = 0; i < stem; i++) {
        const char letter = name[i] == '-' ? ' ' : name[i];
        fputc(i == 0 && letter >= 'a' && letter <= 'z' ? letter - 'a' + 'A' : letter, out);
    }
    fputc('\n', out);
}

static bool is_line(const char *line, size_t length, const char *word)
{
    const size_t size = strlen(word);
    return length >= size && memcmp(line, word, size) == 0 && (length == size || line[size] == ' ');
}

/* What it failed with is a matter of the past. */
static void put_comment(FILE *out, const char *line, size_t length)
{
    static const char now[] = "this fails with";
    if (ends_with(line, length, now))
        fprintf(out, "%.*sthis failed with\n", (int)(length - (sizeof now - 1)), line);
    else
        fprintf(out, "%.*s\n", (int)length, line);
}

/* The old comments come behind the new one; the title is the name's; all else is as it was. */
static void put_scenario_line(FILE *out, const struct promoting *promoting, const char *line,
                              size_t length, bool *titled)
{
    if (is_line(line, length, "title")) return;
    if (length > 0 && line[0] == '#')
        put_comment(out, line, length);
    else
        fprintf(out, "%.*s\n", (int)length, line);
    if (*titled || !is_line(line, length, "framesim")) return;
    put_title(out, promoting->to);
    *titled = true;
}

/* Choices, and what they are of: "scenario", "seed", "crypto". */
static void put_tape_line(FILE *out, const struct promoting *promoting, const char *line,
                          size_t length, bool *titled)
{
    if (is_line(line, length, "@") || is_line(line, length, "ends") || length == 0) return;
    if (is_line(line, length, "# ok")) return;
    if (line[0] == '#') {
        fputs("# It failed with", out);
        fprintf(out, "%.*s\n", (int)(length - 1), line + 1);
        return;
    }
    fprintf(out, "%.*s\n", (int)length, line);
    if (*titled) return;
    fprintf(out, "# %s\n", promoting->why);
    *titled = true;
}

static int write_it(const struct promoting *promoting)
{
    const struct frame_span text = cli_file_view(&promoting->file);
    const char *at = (const char *)text.bytes;
    const char *end = at + text.length;
    char *whole = NULL;
    size_t length = 0;
    bool titled = false;
    FILE *out = open_memstream(&whole, &length);
    if (out == NULL) abort();
    if (!promoting->is_tape) fprintf(out, "# %s\n", promoting->why);
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const size_t size = (size_t)((newline != NULL ? newline : end) - at);
        if (promoting->is_tape)
            put_tape_line(out, promoting, at, size, &titled);
        else
            put_scenario_line(out, promoting, at, size, &titled);
        at += size + 1;
    }
    if (fclose(out) != 0) abort();
    const int code = cli_file_put(promoting->to, promoting->force, whole, length);
    free(whole);
    if (code != CLI_OK) return code;
    printf("%s: %s\n", promoting->to, promoting->failed ? "it still fails" : "it passes");
    return CLI_OK;
}

int cli_promote(int argc, char **argv)
{
    struct promoting promoting = {.path = NULL};
    const struct cli_option options[] = {
        {"--to", NULL, &promoting.to, NULL},         {"--why", NULL, &promoting.why, NULL},
        {"--crypto", NULL, &promoting.crypto, NULL}, {"--failing", &promoting.failing, NULL, NULL},
        {"--force", &promoting.force, NULL, NULL},
    };
    static const char *const operands[] = {"FILE, a scenario or a tape"};
    const struct cli_syntax syntax = {
        "promote", promote_help,    options, sizeof options / sizeof *options,
        operands,  &promoting.path, 1};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = check_arguments(&promoting);
    if (code == CLI_OK) code = load(&promoting);
    if (code == CLI_OK) code = try_it(&promoting);
    if (code == CLI_OK) code = write_it(&promoting);
    if (promoting.scenario != NULL) scenario_free(promoting.scenario);
    tape_file_free(&promoting.tape);
    cli_file_free(&promoting.file);
    free(promoting.failure);
    return code;
}
