// SPDX-License-Identifier: Apache-2.0
/* `framesim exhaust`: small worlds, all of them. */
#include "cli.h"
#include "cli_common.h"
#include "cli_options.h"
#include "crypto_memo.h"
#include "exhaust.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char usage[] =
    "usage: framesim exhaust [KIND...] [options]\n"
    "\n"
    "Goes through small worlds without leaving one out, and checks each: all kinds below, or those "
    "named.\n"
    "\n";

static const char options_help[] =
    "  --depth N   how far to go, instead of each kind's own default\n"
    "  --json      a line of canonical JSON for each kind: counts, depth, failures, kind, ok\n"
    "\n"
    "Exit code: 0 nothing was found, 1 something was, 2 usage.\n";

enum { HELP_BYTES_MAX = 4096 };

static void help_write(char text[HELP_BYTES_MAX])
{
    size_t length = (size_t)snprintf(text, HELP_BYTES_MAX, "%s", usage);
    for (size_t i = 0; i < EXHAUST_KINDS; i++) {
        const struct exhaust_kind *kind = &exhaust_kinds[i];
        length +=
            (size_t)snprintf(text + length, HELP_BYTES_MAX - length, "%s (depth %u, at most %u)\n",
                             kind->name, kind->depth_default, kind->depth_max);
        for (const char *line = kind->what; line != NULL;) {
            const char *end = strchr(line, '\n');
            const int width = (int)(end == NULL ? strlen(line) : (size_t)(end - line));
            length +=
                (size_t)snprintf(text + length, HELP_BYTES_MAX - length, "  %.*s\n", width, line);
            line = end == NULL ? NULL : end + 1;
        }
    }
    (void)snprintf(text + length, HELP_BYTES_MAX - length, "\n%s", options_help);
}

static int count_compare(const struct exhaust *exhaust, size_t a, size_t b)
{
    return strcmp(exhaust->counts[a].what, exhaust->counts[b].what);
}

static void print_json(const struct exhaust *exhaust, const struct exhaust_kind *kind)
{
    const char *before = NULL;
    printf("{\"counts\":{");
    for (size_t n = 0; n < exhaust->count; n++) { /* keys in order */
        size_t next = exhaust->count;
        for (size_t i = 0; i < exhaust->count; i++) {
            if (before != NULL && strcmp(exhaust->counts[i].what, before) <= 0) continue;
            if (next == exhaust->count || count_compare(exhaust, i, next) < 0) next = i;
        }
        printf("%s\"%s\":%" PRIu64, n == 0 ? "" : ",", exhaust->counts[next].what,
               exhaust->counts[next].count);
        before = exhaust->counts[next].what;
    }
    printf("},\"depth\":%u,\"failures\":%" PRIu64 ",\"kind\":\"%s\",\"ok\":%s}\n", exhaust->depth,
           exhaust->failures, kind->name, exhaust->failures == 0 ? "true" : "false");
}

static void print_line(const struct exhaust *exhaust, const struct exhaust_kind *kind)
{
    printf("%s, depth %u:", kind->name, exhaust->depth);
    for (size_t i = 0; i < exhaust->count; i++)
        printf("%s %" PRIu64 " %s", i == 0 ? "" : ",", exhaust->counts[i].count,
               exhaust->counts[i].what);
    printf("; %" PRIu64 " failed\n", exhaust->failures);
}

static bool chosen(const struct cli_list *names, const struct exhaust_kind *kind)
{
    for (size_t i = 0; i < names->count; i++) {
        if (strcmp(names->values[i], kind->name) == 0) return true;
    }
    return names->count == 0;
}

static bool known(const char *name)
{
    for (size_t i = 0; i < EXHAUST_KINDS; i++) {
        if (strcmp(name, exhaust_kinds[i].name) == 0) return true;
    }
    return false;
}

static int run(const struct cli_list *names, uint64_t depth, bool json)
{
    struct crypto_memo *memo = crypto_memo_new(CRYPTO_MEMO_ENTRIES_DEFAULT);
    uint64_t failures = 0;
    if (memo == NULL) {
        cli_error("out of memory");
        return CLI_INPUT;
    }
    for (size_t i = 0; i < EXHAUST_KINDS; i++) {
        const struct exhaust_kind *kind = &exhaust_kinds[i];
        struct exhaust exhaust;
        if (!chosen(names, kind)) continue;
        const uint64_t wanted = depth == 0 ? kind->depth_default : depth;
        exhaust_init(&exhaust, crypto_memo_crypto(memo),
                     (unsigned)(wanted > kind->depth_max ? kind->depth_max : wanted), stderr);
        kind->run(&exhaust);
        if (json)
            print_json(&exhaust, kind);
        else
            print_line(&exhaust, kind);
        (void)fflush(stdout);
        failures += exhaust.failures;
    }
    crypto_memo_free(memo);
    return failures == 0 ? CLI_OK : CLI_REJECTED;
}

int cli_exhaust(int argc, char **argv)
{
    const char *depth_text = NULL;
    bool json = false;
    const struct cli_option options[] = {{"--depth", NULL, &depth_text, NULL},
                                         {"--json", &json, NULL, NULL}};
    char help[HELP_BYTES_MAX];
    struct cli_list names = {0};
    uint64_t depth = 0;
    int code;
    help_write(help);
    const struct cli_syntax syntax = {"exhaust", help, options, 2, NULL, NULL, 0};
    if (!cli_options_parse_more(&code, &syntax, &names, argc, argv)) {
        cli_list_free(&names);
        return code;
    }
    code = CLI_OK;
    if (depth_text != NULL && (!cli_argument_number(&depth, depth_text, 100) || depth == 0))
        code = cli_usage("exhaust", "--depth expects a number from 1 to 100, not '%s'", depth_text);
    for (size_t i = 0; i < names.count && code == CLI_OK; i++) {
        if (!known(names.values[i])) code = cli_usage("exhaust", "no kind '%s'", names.values[i]);
    }
    if (code == CLI_OK) code = run(&names, depth, json);
    cli_list_free(&names);
    return code;
}
