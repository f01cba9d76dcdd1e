// SPDX-License-Identifier: Apache-2.0
#include "cli_rewrite.h"

#include <stdlib.h>
#include <string.h>

#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"

struct rewriting {
    const struct scenario *scenario;
    FILE *out;         /* the new text, */
    const uint8_t *at; /* made of the old one up to here */
    size_t changed;
};

static void take(void *context, const struct scenario_statement *statement, struct frame_span block)
{
    struct rewriting *rewriting = context;
    const struct frame_span old = statement->of.snapshot.block;
    const uint8_t *start = rewriting->scenario->text;
    fwrite(rewriting->at, 1, (size_t)(old.bytes - rewriting->at), rewriting->out);
    if (old.bytes[-1] != '\n') fputc('\n', rewriting->out); /* the last line of the file */
    rewriting->at = old.bytes + old.length;
    fwrite(block.bytes, 1, block.length, rewriting->out);
    const bool last = rewriting->at == start + rewriting->scenario->text_length;
    if (block.length > 0 && (old.length == 0 || last)) fputc('\n', rewriting->out);
    if (block.length == 0 && old.length > 0 && !last) rewriting->at++;
    rewriting->changed += block.length != old.length ||
                          (block.length > 0 && memcmp(block.bytes, old.bytes, block.length) != 0);
}

static int save(FILE *out, const struct rewriting *rewriting, const char *text, size_t length)
{
    const char *path = rewriting->scenario->path;
    if (rewriting->changed == 0) return CLI_OK;
    const int code = cli_file_put(path, true, text, length);
    if (code == CLI_OK)
        fprintf(out, "%s: %zu %s rewritten\n", path, rewriting->changed,
                rewriting->changed == 1 ? "snapshot" : "snapshots");
    return code;
}

int run_rewrite(FILE *out, const struct scenario *scenario, const struct run_settings *settings)
{
    char *text = NULL;
    size_t length = 0;
    struct rewriting rewriting = {.scenario = scenario, .at = scenario->text};
    const struct interpret_snapshots snapshots = {&rewriting, take};
    struct run_settings with = *settings;
    struct interpret_result result;
    rewriting.out = open_memstream(&text, &length);
    if (rewriting.out == NULL) abort();
    with.snapshots = &snapshots;
    run_one(&result, out, scenario, &with);
    const uint8_t *end = scenario->text + scenario->text_length;
    fwrite(rewriting.at, 1, (size_t)(end - rewriting.at), rewriting.out);
    if (fclose(rewriting.out) != 0) abort();
    int code = run_exit_code(result.verdict);
    if (result.verdict != INTERPRET_OK)
        run_put_text(out, scenario, &result, false);
    else
        code = save(out, &rewriting, text, length);
    interpret_result_release(&result);
    free(text);
    return code;
}
