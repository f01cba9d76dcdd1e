// SPDX-License-Identifier: Apache-2.0
#include "cli_options.h"

#include "cli.h"
#include "cli_common.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { REASON_BYTES_MAX = 512 };

int cli_usage(const char *command, const char *format, ...)
{
    char reason[REASON_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    if (vsnprintf(reason, sizeof reason, format, arguments) < 0) reason[0] = '\0';
    va_end(arguments);
    const char *space = *command == '\0' ? "" : " ";
    cli_error("%s%s%s; see: framesim%s%s --help", command, *command == '\0' ? "" : ": ", reason,
              space, command);
    return CLI_USAGE;
}

int cli_take_crypto(enum crypto_mode *mode, const char *command, const char *text)
{
    if (text == NULL || crypto_mode_find(mode, text)) return CLI_OK;
    return cli_usage(command, "--crypto expects real or ideal");
}

static bool list_add(struct cli_list *list, const char *value)
{
    if (list->count == list->capacity) {
        size_t capacity = list->capacity == 0 ? 8 : 2 * list->capacity;
        const char **values = realloc(list->values, capacity * sizeof *values);
        if (values == NULL) return false;
        list->values = values;
        list->capacity = capacity;
    }
    list->values[list->count++] = value;
    return true;
}

void cli_list_free(struct cli_list *list)
{
    free(list->values);
    *list = (struct cli_list){NULL, 0, 0};
}

/* The option that an argument names; *inline_value is what follows its '=', or NULL. */
static const struct cli_option *find_option(const struct cli_syntax *syntax,
                                            const char **inline_value, const char *argument)
{
    const char *equals = strncmp(argument, "--", 2) == 0 ? strchr(argument, '=') : NULL;
    size_t length = equals == NULL ? strlen(argument) : (size_t)(equals - argument);
    *inline_value = equals == NULL ? NULL : equals + 1;
    for (size_t i = 0; i < syntax->option_count; i++) {
        const char *name = syntax->options[i].name;
        if (strlen(name) == length && memcmp(name, argument, length) == 0)
            return &syntax->options[i];
    }
    return NULL;
}

/* Stores an option's value. *at is its place in argv, and then that of its value. */
static int take_option(const struct cli_syntax *syntax, int *at, int argc, char **argv)
{
    const char *value;
    const struct cli_option *option = find_option(syntax, &value, argv[*at]);
    if (option == NULL) return cli_usage(syntax->command, "unknown option '%s'", argv[*at]);
    if (option->flag != NULL) {
        if (value != NULL) return cli_usage(syntax->command, "%s takes no value", option->name);
        *option->flag = true;
        return CLI_OK;
    }
    if (value == NULL) {
        if (*at + 1 >= argc) return cli_usage(syntax->command, "%s expects a value", option->name);
        value = argv[++*at];
    }
    if (option->list != NULL) {
        if (list_add(option->list, value)) return CLI_OK;
        cli_error("out of memory");
        return CLI_INPUT;
    }
    if (*option->value != NULL) return cli_usage(syntax->command, "%s given twice", option->name);
    *option->value = value;
    return CLI_OK;
}

static bool is_help(const char *argument)
{
    return strcmp(argument, "--help") == 0 || strcmp(argument, "-h") == 0;
}

bool cli_options_parse(int *code, const struct cli_syntax *syntax, int argc, char **argv)
{
    return cli_options_parse_more(code, syntax, NULL, argc, argv);
}

/* One operand, for the syntax or, where that has its own, for `more`. */
static int take_operand(const struct cli_syntax *syntax, size_t *operands, struct cli_list *more,
                        const char *argument)
{
    if (*operands < syntax->operand_count) {
        syntax->operands[(*operands)++] = argument;
        return CLI_OK;
    }
    if (more == NULL)
        return cli_usage(syntax->command, "expected nothing more, got '%s'", argument);
    if (list_add(more, argument)) return CLI_OK;
    cli_error("out of memory");
    return CLI_INPUT;
}

bool cli_options_parse_more(int *code, const struct cli_syntax *syntax, struct cli_list *more,
                            int argc, char **argv)
{
    size_t operands = 0;
    bool options_over = false;
    *code = CLI_OK;
    for (int i = 1; i < argc && *code == CLI_OK; i++) {
        const char *argument = argv[i];
        if (options_over || argument[0] != '-' || argument[1] == '\0') {
            *code = take_operand(syntax, &operands, more, argument);
        } else if (strcmp(argument, "--") == 0) {
            options_over = true;
        } else if (is_help(argument)) {
            fputs(syntax->help, stdout);
            return false;
        } else {
            *code = take_option(syntax, &i, argc, argv);
        }
    }
    if (*code != CLI_OK) return false;
    if (operands == syntax->operand_count) return true;
    *code = cli_usage(syntax->command, "expected %s", syntax->operand_names[operands]);
    return false;
}
