// SPDX-License-Identifier: Apache-2.0
/* The one writable thing beside the core: which bug is planted. Only `framesim-planted` has it. */
#include "planted.h"

#include <stdio.h>
#include <string.h>

#include "core/planted.h"
#include "sim/build_info.h"
#include "sim/cli.h"
#include "sim/cli_common.h"
#include "sim/cli_options.h"

enum frame_planted frame_planted_bug = FRAME_PLANTED_nothing;

static const struct {
    const char *name;
    const char *section;
    const char *what;
} bugs[FRAME_PLANTED_COUNT] = {
#define BUG(name, section, what) [FRAME_PLANTED_##name] = {#name, section, what},
    FRAME_PLANTED_LIST(BUG)
#undef BUG
};

static enum frame_planted chosen;

static void put(bool there)
{
    frame_planted_bug = there ? chosen : FRAME_PLANTED_nothing;
}

static bool plant(const char *name)
{
    for (int i = FRAME_PLANTED_nothing + 1; i < FRAME_PLANTED_COUNT; i++) {
        if (strcmp(bugs[i].name, name) != 0) continue;
        chosen = (enum frame_planted)i;
        put(true);
        build_planted(bugs[i].name, put);
        return true;
    }
    cli_error("no planted bug '%s'; see: framesim-planted bugs", name);
    return false;
}

bool planted_take(int *argc, char **argv)
{
    static const char option[] = "--planted-bug";
    const size_t length = sizeof option - 1;
    int kept = 0;
    for (int i = 0; i < *argc; i++) {
        const char *argument = argv[i];
        if (strncmp(argument, option, length) == 0 && argument[length] == '=') {
            if (!plant(argument + length + 1)) return false;
        } else if (strcmp(argument, option) == 0) {
            if (i + 1 == *argc) {
                cli_error("--planted-bug expects a name; see: framesim-planted bugs");
                return false;
            }
            if (!plant(argv[++i])) return false;
        } else {
            argv[kept++] = argv[i];
        }
    }
    *argc = kept;
    argv[kept] = NULL;
    return true;
}

static const char bugs_help[] =
    "usage: framesim-planted bugs\n"
    "\n"
    "Lists the bugs that this program can be broken with: name, section of the protocol, what is "
    "wrong.\n"
    "Any command takes --planted-bug NAME: it does as framesim does, with that one bug.\n";

int cli_bugs(int argc, char **argv)
{
    const struct cli_syntax syntax = {"bugs", bugs_help, NULL, 0, NULL, NULL, 0};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    for (int i = FRAME_PLANTED_nothing + 1; i < FRAME_PLANTED_COUNT; i++)
        printf("%-28s %-4s %s\n", bugs[i].name, bugs[i].section, bugs[i].what);
    return CLI_OK;
}
