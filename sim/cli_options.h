// SPDX-License-Identifier: Apache-2.0
/*
 * Command lines: options before, between and behind the operands; `--name value` or `--name=value`;
 * `--` ends the options; a lone `-` is an operand. Every command knows --help by itself.
 */
#ifndef SIM_CLI_OPTIONS_H
#define SIM_CLI_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "crypto_mode.h"

/* The values of an option that may be given again and again. Zero-initialise; owns `values`. */
struct cli_list {
    const char **values;
    size_t count;
    size_t capacity;
};
void cli_list_free(struct cli_list *list);

/* One option: exactly one of flag, value and list is not NULL. */
struct cli_option {
    const char *name;   /* "--held", "-o" */
    bool *flag;         /* becomes true */
    const char **value; /* given at most once; NULL before */
    struct cli_list *list;
};

struct cli_syntax {
    const char *command; /* "chain verify" */
    const char *help;    /* the whole text of --help */
    const struct cli_option *options;
    size_t option_count;
    const char *const *operand_names; /* "FILE" */
    const char **operands;            /* filled in */
    size_t operand_count;             /* exactly so many */
};

/*
 * Takes argv[1] and what follows apart. False where the command is to end with *code: --help was
 * asked for and given, or the command line is wrong and the user was told.
 */
bool cli_options_parse(int *code, const struct cli_syntax *syntax, int argc, char **argv);
/* The same where any number of operands may follow those of the syntax: they go to `more`. */
bool cli_options_parse_more(int *code, const struct cli_syntax *syntax, struct cli_list *more,
                            int argc, char **argv);

/*
 * The option --crypto of all commands that run scenarios. Its value's mode, where `text` is not NULL; CLI_OK,
 * or CLI_USAGE after a line for the user.
 */
int cli_take_crypto(enum crypto_mode *mode, const char *command, const char *text);
/* Its text in --help, with the default, "real" or "ideal". */
#define CLI_CRYPTO_HELP(default_mode)                                                           \
    "  --crypto real|ideal\n"                                                                   \
    "                     signatures: Ed25519, or a keyed hash in its place, which is faster; " \
    "receipts'\n"                                                                               \
    "                     hashes and roots are the same, runs' hashes are not "                 \
    "(default: " default_mode ")\n"

/* One line on stderr, the reason and where help is to be found. Returns CLI_USAGE. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
int cli_usage(const char *command, const char *format, ...);

#endif
