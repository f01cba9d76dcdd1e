// SPDX-License-Identifier: Apache-2.0
/* `framesim`: finds the command that the first words name and hands the rest over to it. */
#include "build_info.h"
#include "cli.h"
#include "cli_common.h"
#include "cli_options.h"
#ifdef FRAME_PLANTED_BUILD
#include "planted/planted.h"
#endif

#include <sodium.h>
#include <stdio.h>
#include <string.h>
#include <xxhash.h>

struct command {
    const char *group; /* "" for a command of one word */
    const char *word;
    int (*function)(int argc, char **argv);
    const char *summary;
};

static const struct command commands[] = {
    {"", "run", cli_run, "run a scenario or a seed in the simulated world"},
    {"", "replay", cli_replay, "run a recorded tape again"},
    {"campaign", "merge", cli_campaign_merge, "put the shards of a campaign together"},
    {"", "campaign", cli_campaign, "run scenarios with thousands of seeds, and group what fails"},
    {"", "shrink", cli_shrink, "the smallest scenario that still shows a failure"},
    {"", "explain", cli_explain, "the event at which a failure was decided"},
    {"", "report", cli_report, "a run or a campaign as a page, a trace or a diagram"},
    {"", "promote", cli_promote, "take a mended failure into the suite, as a scenario or a tape"},
    {"", "exhaust", cli_exhaust, "small worlds: every one there is"},
    {"chain", "verify", cli_chain_verify, "verify a chain file, alone or against what is held"},
    {"chain", "order", cli_chain_order, "list a chain in canonical order"},
    {"chain", "merge", cli_chain_merge, "merge two chain files"},
    {"chain", "show", cli_chain_show, "show a chain as a graph"},
    {"chain", "diff", cli_chain_diff, "tell where two chains part"},
    {"chain", "gen", cli_chain_gen, "make a valid chain with forks from a seed"},
    {"json", "check", cli_json_check, "is a file canonical JSON?"},
    {"intent", "run", cli_intent_run, "execute one intent on a given storage"},
    {"attest", "make", cli_attest_make, "attest to a chain"},
    {"attest", "check", cli_attest_check, "check an attestation"},
    {"attest", "compare", cli_attest_compare, "compare two attestations"},
    {"envelope", "check", cli_envelope_check, "check an envelope and its message"},
    {"sync", "page", cli_sync_page, "which receipts does a request ask for?"},
    {"log", "check", cli_log_check, "is a receipt log clean, torn or corrupt?"},
    {"log", "encode", cli_log_encode, "write a chain as a receipt log"},
    {"log", "recover", cli_log_recover, "save what can be kept of a receipt log"},
#ifdef FRAME_PLANTED_BUILD
    {"", "bugs", cli_bugs, "list the planted bugs"},
#endif
};
enum { COMMANDS = sizeof commands / sizeof *commands };

static void print_commands(const char *group)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *command = &commands[i];
        if (group != NULL && strcmp(group, command->group) != 0) continue;
        char name[32];
        snprintf(name, sizeof name, "%s%s%s", command->group, *command->group == '\0' ? "" : " ",
                 command->word);
        printf("  %-16s %s\n", name, command->summary);
    }
}

static int print_help(void)
{
    printf("usage: framesim COMMAND [options] [operands]\n\n");
    print_commands(NULL);
    printf(
        "\n"
        "  help COMMAND     what a command does and takes; framesim COMMAND --help says the same\n"
        "  --version        version and commit of framesim, and its cryptography\n"
        "\n"
        "A file named - is standard input. With --json a command writes one line of canonical "
        "JSON\n"
        "to standard output; errors go to standard error.\n"
        "Exit code: 0 fine; 1 what was checked is rejected, or a property failed; 2 usage; 3 an\n"
        "input could not be read or an output not be written; run and replay have further ones.\n");
    return CLI_OK;
}

static int print_version(void)
{
    printf("framesim %s (FRAME %s; commit %s; %s; xxHash %u.%u.%u)\n", CLI_VERSION,
           FRAME_PROTOCOL_VERSION, build_commit(), build_crypto(CRYPTO_REAL),
           XXH_versionNumber() / 10000, XXH_versionNumber() / 100 % 100, XXH_versionNumber() % 100);
    return CLI_OK;
}

static bool is_group(const char *word)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        if (*word != '\0' && strcmp(word, commands[i].group) == 0) return true;
    }
    return false;
}

/* The command that argv's first words name; *words is how many they are. */
static const struct command *find(int *words, int argc, char **argv)
{
    for (size_t i = 0; i < COMMANDS; i++) {
        const struct command *command = &commands[i];
        *words = *command->group == '\0' ? 1 : 2;
        if (*words == 2 && (argc < 2 || strcmp(argv[0], command->group) != 0)) continue;
        if (argc >= *words && strcmp(argv[*words - 1], command->word) == 0) return command;
    }
    return NULL;
}

/* One word that is only the beginning of a command. */
static int print_group(const char *group)
{
    printf("usage: framesim %s COMMAND [options] [operands]\n\n", group);
    print_commands(group);
    return CLI_OK;
}

static int help_about(int argc, char **argv)
{
    static char help_option[] = "--help";
    int words;
    if (argc == 0) return print_help();
    const struct command *command = find(&words, argc, argv);
    if (command == NULL && argc == 1 && is_group(argv[0])) return print_group(argv[0]);
    if (command == NULL || words != argc) {
        const char *more = argc > 1 ? argv[1] : "";
        return cli_usage("", "no command '%s%s%s'", argv[0], *more == '\0' ? "" : " ", more);
    }
    char *arguments[] = {argv[words - 1], help_option, NULL};
    return command->function(2, arguments);
}

static bool is_word(const char *argument, const char *a, const char *b)
{
    return strcmp(argument, a) == 0 || strcmp(argument, b) == 0;
}

static int dispatch(int argc, char **argv)
{
    int words;
    if (argc == 0) return cli_usage("", "expected a command");
    if (is_word(argv[0], "--version", "-V")) return print_version();
    if (is_word(argv[0], "--help", "-h")) return print_help();
    if (strcmp(argv[0], "help") == 0) return help_about(argc - 1, argv + 1);
    const struct command *command = find(&words, argc, argv);
    if (command != NULL) return command->function(argc - words + 1, argv + words - 1);
    if (!is_group(argv[0])) return cli_usage("", "no command '%s'", argv[0]);
    if (argc > 1 && is_word(argv[1], "--help", "-h")) return print_group(argv[0]);
    if (argc == 1) return cli_usage(argv[0], "expected a further word");
    return cli_usage(argv[0], "no command '%s %s'", argv[0], argv[1]);
}

int main(int argc, char **argv)
{
    if (sodium_init() < 0) {
        cli_error("libsodium does not start");
        return CLI_INPUT;
    }
#ifdef FRAME_PLANTED_BUILD
    if (!planted_take(&argc, argv)) return CLI_USAGE;
#endif
    return cli_finish(argc > 1 ? dispatch(argc - 1, argv + 1) : dispatch(0, NULL));
}
