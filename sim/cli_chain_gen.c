// SPDX-License-Identifier: Apache-2.0
/* `framesim chain gen`: a valid chain with forks, from a seed. */
#include "chain_gen.h"
#include "cli.h"
#include "cli_chain.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"

#include <stdio.h>

static const char help[] =
    "usage: framesim chain gen --seed N --receipts N --forks K [options]\n"
    "\n"
    "Makes a valid, signed chain of just so many receipts: intents of all dApps, executed by two\n"
    "instances that part K times and come together again in between; the last fork stays open.\n"
    "The same seed makes the same bytes. K forks need at least 3 K - 1 receipts.\n"
    "\n"
    "  --seed N           0 to 2^64 - 1\n"
    "  --receipts N       0 to 2^20, merge receipts included\n"
    "  --forks K          0 or more\n"
    "  -o OUT             write the chain file and tell its figures; without it the chain file\n"
    "                     goes to standard output\n"
    "  --force            overwrite OUT\n"
    "  --json             with -o: one line of canonical JSON\n"
    "\n"
    "Exit code: 0 fine, 2 usage, 3 OUT cannot be written.\n";

struct gen {
    const char *seed;
    const char *receipts;
    const char *forks;
    const char *out;
    bool force;
    bool json;
    struct chain_gen parameters;
};

static bool parse_number(uint64_t *number, const char *text, uint64_t max)
{
    return text != NULL && cli_argument_number(number, text, max);
}

static int gen_check(struct gen *gen)
{
    static const char command[] = "chain gen";
    uint64_t seed = 0;
    uint64_t receipts = 0;
    uint64_t forks = 0;
    if (!parse_number(&seed, gen->seed, UINT64_MAX))
        return cli_usage(command, "expected --seed with a number of at most 2^64 - 1");
    if (!parse_number(&receipts, gen->receipts, FRAME_BATCH_RECEIPTS_MAX))
        return cli_usage(command, "expected --receipts with a number of at most 2^20");
    if (!parse_number(&forks, gen->forks, FRAME_BATCH_RECEIPTS_MAX))
        return cli_usage(command, "expected --forks with a number");
    gen->parameters = (struct chain_gen){seed, (size_t)receipts, (size_t)forks};
    if (receipts < chain_gen_receipts_min((size_t)forks))
        return cli_usage(command, "expected at least %zu receipts for so many forks",
                         chain_gen_receipts_min((size_t)forks));
    if (gen->json && gen->out == NULL) return cli_usage(command, "--json expects -o");
    return gen->out == NULL ? CLI_OK : cli_file_writable(command, gen->out, gen->force);
}

static void tell(const struct gen *gen, const struct frame_chain *chain)
{
    char identity[CHAIN_GEN_IDENTITY_BYTES_MAX];
    struct frame_hash key_seed;
    (void)chain_gen_identity(identity, gen->parameters.seed);
    chain_gen_key_seed(key_seed.bytes, cli_crypto(), gen->parameters.seed);
    cli_chain_tell_figures(chain, gen->out);
    printf("identity    %s\nseed key    ", identity);
    cli_print_hex(&key_seed);
    putchar('\n');
}

static int gen_run(const struct gen *gen)
{
    struct frame_allocator allocator = cli_allocator();
    struct frame_chain *chain = NULL;
    enum frame_status status = chain_gen_new(&chain, cli_crypto(), &allocator, &gen->parameters);
    if (status != FRAME_OK) return cli_refuse(status, "chain gen", false);
    int code = CLI_OK;
    if (gen->out == NULL)
        (void)frame_chain_write(chain, cli_stream_sink(stdout)); /* judged when stdout is flushed */
    else
        code = cli_file_write(gen->out, gen->force, cli_chain_produce, chain);
    if (gen->out != NULL && code == CLI_OK) {
        if (gen->json)
            cli_chain_print_figures(chain, NULL);
        else
            tell(gen, chain);
    }
    frame_chain_free(chain);
    return code;
}

int cli_chain_gen(int argc, char **argv)
{
    struct gen gen = {.seed = NULL};
    const struct cli_option options[] = {
        {"--seed", NULL, &gen.seed, NULL},   {"--receipts", NULL, &gen.receipts, NULL},
        {"--forks", NULL, &gen.forks, NULL}, {"-o", NULL, &gen.out, NULL},
        {"--force", &gen.force, NULL, NULL}, {"--json", &gen.json, NULL, NULL}};
    const struct cli_syntax syntax = {"chain gen", help, options, sizeof options / sizeof *options,
                                      NULL,        NULL, 0};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = gen_check(&gen);
    return code == CLI_OK ? gen_run(&gen) : code;
}
