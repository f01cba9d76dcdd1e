// SPDX-License-Identifier: Apache-2.0
/* `framesim chain verify` and `chain order`, and the figures that other commands print, too. */
#include "cli_chain.h"

#include "cli.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "cli_options.h"

#include <stdio.h>

/* ---- Figures ------------------------------------------------------------------------------ */

void cli_chain_print_figures(const struct frame_chain *chain, const bool *taken)
{
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    printf("{\"changed\":%zu,\"commitment\":", summary.changed);
    cli_print_hash(&summary.commitment);
    printf(",\"heads\":");
    cli_print_hashes(summary.heads, summary.head_count);
    printf(",\"ok\":true,\"receipts\":%zu,\"stateRoot\":", summary.receipts);
    cli_print_hash(summary.has_root ? &summary.state_root : NULL);
    printf(",\"superseded\":%zu", summary.superseded);
    if (taken != NULL) printf(",\"taken\":%s", *taken ? "true" : "false");
    printf("}\n");
}

static void tell_hash(const char *label, const struct frame_hash *hash)
{
    printf("%-12s", label);
    cli_print_hex(hash);
    putchar('\n');
}

void cli_chain_tell_figures(const struct frame_chain *chain, const char *path)
{
    enum { HEADS_TOLD_MAX = 8 };
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    printf("%s: %zu receipts, %zu heads, %zu superseded, %zu changed\n", path, summary.receipts,
           summary.head_count, summary.superseded, summary.changed);
    tell_hash("commitment", &summary.commitment);
    if (summary.has_root)
        tell_hash("state root", &summary.state_root);
    else
        printf("state root  none\n");
    for (size_t i = 0; i < summary.head_count && i < HEADS_TOLD_MAX; i++)
        tell_hash("head", &summary.heads[i]);
    if (summary.head_count > HEADS_TOLD_MAX)
        printf("head        ... and %zu more\n", summary.head_count - HEADS_TOLD_MAX);
}

void cli_chain_print_order(const struct frame_chain *chain, int outcome)
{
    bool some = false;
    putchar('[');
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        if (outcome != CLI_EVERY_OUTCOME && outcome != (int)receipt.outcome) continue;
        if (some) putchar(',');
        some = true;
        cli_print_hash(&receipt.hash);
    }
    putchar(']');
}

bool cli_chain_produce(void *chain, struct frame_sink sink)
{
    return frame_chain_write(chain, sink);
}

/* ---- chain verify ------------------------------------------------------------------------- */

static const char verify_help[] =
    "usage: framesim chain verify FILE [options]\n"
    "\n"
    "Verifies a chain file: canonical form, shape, hashes, links, identity, capabilities, "
    "signatures,\n"
    "and a replay of every receipt in its own context. The first fault is named, with the "
    "receipt's\n"
    "index and, for faults of the JSON, the byte.\n"
    "\n"
    "  --held FILE        a chain that is held already: FILE is a batch that joins it, and the\n"
    "                     figures are those of the joined set\n"
    "  --attestation FILE check this attestation, and FILE against it (with --held: FILE and all\n"
    "                     its ancestors)\n" CLI_EXPECTATION_HELP
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 accepted, 1 rejected, 2 usage, 3 an input cannot be read or --held is itself "
    "bad.\n";

struct verify {
    const char *path;
    const char *held_path;
    const char *attestation_path;
    struct cli_expectation expectation;
    bool json;
    struct cli_batch held;
    struct cli_batch batch;
    struct cli_file attestation;
    struct frame_chain *chain;
};

/* Brings what is held into a new chain. The held chain is not what is being checked: where it is
   bad there is nothing to check against. */
static int verify_prepare(struct verify *verify, struct frame_fault *fault)
{
    int code = CLI_OK;
    if (verify->attestation_path != NULL)
        code = cli_file_read_document(&verify->attestation, verify->attestation_path);
    if (code != CLI_OK) return code;
    if (verify->held_path != NULL) {
        code = cli_batch_open(&verify->held, fault, verify->held_path);
        if (code == CLI_REJECTED) return cli_unusable(fault, verify->held_path);
        if (code != CLI_OK) return code;
    }
    code = cli_batch_open(&verify->batch, fault, verify->path);
    if (code != CLI_OK) return code;
    if (verify->held_path == NULL)
        return cli_chain_new(&verify->chain, &verify->expectation, &verify->batch, NULL);
    code = cli_chain_new(&verify->chain, &verify->expectation, &verify->held, &verify->batch);
    if (code == CLI_OK) code = cli_batch_replay(&verify->held, fault, verify->chain);
    if (code == CLI_OK) code = cli_batch_join(&verify->held, fault, NULL);
    return code == CLI_REJECTED ? cli_unusable(fault, verify->held_path) : code;
}

static int verify_attestation(struct verify *verify, struct frame_fault *fault)
{
    struct frame_public_key key;
    const char *hex = verify->expectation.public_key_hex;
    if (hex != NULL)
        (void)cli_argument_bytes32(key.bytes, hex);
    else if (!cli_batch_key(&key, &verify->batch, verify->chain))
        return cli_usage("chain verify",
                         "--attestation of an empty chain expects --public-key, too");
    return cli_batch_attested(&verify->batch, fault, &key, cli_file_view(&verify->attestation));
}

static int verify_run(struct verify *verify)
{
    struct frame_fault fault;
    int code = verify_prepare(verify, &fault);
    if (code == CLI_OK) code = cli_batch_replay(&verify->batch, &fault, verify->chain);
    if (code == CLI_OK && verify->attestation_path != NULL)
        code = verify_attestation(verify, &fault);
    if (code == CLI_OK) code = cli_batch_join(&verify->batch, &fault, NULL);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, verify->path, verify->json);
    if (code != CLI_OK) return code;
    if (verify->json)
        cli_chain_print_figures(verify->chain, NULL);
    else
        cli_chain_tell_figures(verify->chain, verify->path);
    return CLI_OK;
}

int cli_chain_verify(int argc, char **argv)
{
    struct verify verify = {.path = NULL};
    const struct cli_option options[] = {CLI_EXPECTATION_OPTIONS(verify.expectation),
                                         {"--held", NULL, &verify.held_path, NULL},
                                         {"--attestation", NULL, &verify.attestation_path, NULL},
                                         {"--json", &verify.json, NULL, NULL}};
    static const char *const operands[] = {"FILE, a chain"};
    const struct cli_syntax syntax = {
        "chain verify", verify_help,  options, sizeof options / sizeof *options,
        operands,       &verify.path, 1};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = cli_expectation_check(&verify.expectation, "chain verify");
    if (code == CLI_OK) code = verify_run(&verify);
    cli_batch_free(&verify.batch);
    cli_batch_free(&verify.held);
    cli_file_free(&verify.attestation);
    frame_chain_free(verify.chain);
    return code;
}

/* ---- chain order -------------------------------------------------------------------------- */

static const char order_help[] =
    "usage: framesim chain order FILE [options]\n"
    "\n"
    "Verifies a chain file and lists its receipts in canonical order, with what became of each.\n"
    "\n" CLI_EXPECTATION_HELP "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 fine, 1 the chain is rejected, 2 usage, 3 it cannot be read.\n";

static void print_order(const struct frame_chain *chain)
{
    printf("{\"changed\":");
    cli_chain_print_order(chain, FRAME_OUTCOME_CHANGED);
    printf(",\"ok\":true,\"order\":");
    cli_chain_print_order(chain, CLI_EVERY_OUTCOME);
    printf(",\"superseded\":");
    cli_chain_print_order(chain, FRAME_OUTCOME_SUPERSEDED);
    printf("}\n");
}

static void tell_order(const struct frame_chain *chain)
{
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        printf("%7zu  ", i);
        cli_print_hex(&receipt.hash);
        printf("  %s%s\n", frame_outcome_name(receipt.outcome), receipt.final ? ", final" : "");
    }
}

int cli_chain_order(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    struct cli_expectation expectation = {NULL, NULL, false};
    const struct cli_option options[] = {CLI_EXPECTATION_OPTIONS(expectation),
                                         {"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"FILE, a chain"};
    const struct cli_syntax syntax = {
        "chain order", order_help, options, sizeof options / sizeof *options, operands, &path, 1};
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = cli_expectation_check(&expectation, "chain order");
    if (code == CLI_OK) code = cli_chain_load(&chain, &fault, path, &expectation);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, path, json);
    if (code != CLI_OK) return code;
    if (json)
        print_order(chain);
    else
        tell_order(chain);
    frame_chain_free(chain);
    return CLI_OK;
}
