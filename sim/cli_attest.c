// SPDX-License-Identifier: Apache-2.0
/* `framesim attest make`, `attest check` and `attest compare` (§ 11). */
#include "cli.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "core/json.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* ---- attest make -------------------------------------------------------------------------- */

static const char make_help[] =
    "usage: framesim attest make CHAIN --seed-key HEX --timestamp T [options]\n"
    "\n"
    "Verifies a chain file and attests to it with the identity's key. The attestation goes to\n"
    "standard output, as just its bytes where that is a file or a pipe.\n"
    "\n"
    "  --seed-key HEX     the 32-byte seed of the identity's Ed25519 key; CHAIN must be of that\n"
    "                     identity, or empty\n"
    "  --timestamp T      seconds, 0 to 2^53 - 1\n"
    "  --json             end the line, whatever standard output is\n"
    "\n"
    "Exit code: 0 fine, 1 the chain is rejected, 2 usage, 3 it cannot be read.\n";

struct make {
    const char *path;
    const char *seed_hex;
    const char *timestamp;
    bool json;
    struct frame_secret_key secret;
    struct frame_public_key key;
    uint64_t timestamp_s;
};

static int make_check(struct make *make)
{
    const struct frame_crypto *crypto = cli_crypto();
    uint8_t seed[32];
    if (make->seed_hex == NULL || !cli_argument_bytes32(seed, make->seed_hex))
        return cli_usage("attest make", "expected --seed-key with 64 lower-case hex digits");
    if (make->timestamp == NULL ||
        !cli_argument_number(&make->timestamp_s, make->timestamp, FRAME_INTEGER_MAX))
        return cli_usage("attest make", "expected --timestamp with seconds, 0 to 2^53 - 1");
    crypto->key_pair(crypto->context, &make->secret, &make->key, seed);
    return CLI_OK;
}

static int make_run(const struct make *make)
{
    char hex[65] = {0};
    const struct cli_expectation expectation = {NULL, hex, false};
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    frame_hex_encode(hex, make->key.bytes, sizeof make->key.bytes);
    int code = cli_chain_load(&chain, &fault, make->path, &expectation);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, make->path, make->json);
    if (code != CLI_OK) return code;

    struct frame_summary summary;
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    frame_chain_summary(chain, &summary);
    const struct frame_attestation attestation = {.identity_key = make->key,
                                                  .commitment = summary.commitment,
                                                  .state_root = summary.state_root,
                                                  .receipt_count = (int64_t)summary.receipts,
                                                  .timestamp_s = (int64_t)make->timestamp_s};
    frame_attestation_make(text, &length, cli_crypto(), &make->secret, &attestation);
    cli_print_span((struct frame_span){text, length});
    if (make->json || isatty(STDOUT_FILENO)) putchar('\n');
    frame_chain_free(chain);
    return CLI_OK;
}

int cli_attest_make(int argc, char **argv)
{
    struct make make = {.path = NULL};
    const struct cli_option options[] = {{"--seed-key", NULL, &make.seed_hex, NULL},
                                         {"--timestamp", NULL, &make.timestamp, NULL},
                                         {"--json", &make.json, NULL, NULL}};
    static const char *const operands[] = {"CHAIN"};
    const struct cli_syntax syntax = {"attest make", make_help,  options, 3,
                                      operands,      &make.path, 1};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = make_check(&make);
    return code == CLI_OK ? make_run(&make) : code;
}

/* ---- attest check ------------------------------------------------------------------------- */

static const char check_help[] =
    "usage: framesim attest check FILE --public-key HEX [options]\n"
    "\n"
    "Checks an attestation: version fields, form, identity, signature.\n"
    "\n"
    "  --public-key HEX   the identity's public key\n"
    "  --chain FILE       then check it against this chain: count, commitment, state root\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 good, 1 rejected, 2 usage, 3 an input cannot be read or the chain is itself "
    "bad.\n";

struct check {
    const char *path;
    const char *key_hex;
    const char *chain_path;
    bool json;
};

static int check_against_chain(struct frame_fault *fault, const struct check *check,
                               const struct frame_public_key *key, struct frame_span text)
{
    const struct cli_expectation expectation = {NULL, check->key_hex, false};
    struct cli_batch batch;
    struct frame_chain *chain = NULL;
    int code = cli_batch_open(&batch, fault, check->chain_path);
    if (code == CLI_OK) code = cli_chain_new(&chain, &expectation, &batch, NULL);
    if (code == CLI_OK) code = cli_batch_replay(&batch, fault, chain);
    if (code == CLI_REJECTED)
        code = cli_unusable(fault, check->chain_path);
    else if (code == CLI_OK)
        code = cli_batch_attested(&batch, fault, key, text);
    cli_batch_free(&batch);
    frame_chain_free(chain);
    return code;
}

static int check_run(const struct check *check, struct frame_span text)
{
    struct frame_public_key key;
    struct frame_attestation attestation;
    struct frame_fault fault;
    (void)cli_argument_bytes32(key.bytes, check->key_hex);
    enum frame_status status =
        frame_attestation_check(&attestation, cli_crypto(), &key, text.bytes, text.length);
    if (status != FRAME_OK) return cli_refuse(status, check->path, check->json);
    if (check->chain_path != NULL) {
        int code = check_against_chain(&fault, check, &key, text);
        if (code == CLI_REJECTED) return cli_refuse(fault.status, check->path, check->json);
        if (code != CLI_OK) return code;
    }
    if (check->json)
        printf("{\"ok\":true}\n");
    else
        printf("%s: good%s\n", check->path,
               check->chain_path != NULL ? ", and true of the chain" : "");
    return CLI_OK;
}

int cli_attest_check(int argc, char **argv)
{
    struct check check = {.path = NULL};
    const struct cli_option options[] = {{"--public-key", NULL, &check.key_hex, NULL},
                                         {"--chain", NULL, &check.chain_path, NULL},
                                         {"--json", &check.json, NULL, NULL}};
    static const char *const operands[] = {"FILE, an attestation"};
    const struct cli_syntax syntax = {"attest check", check_help,  options, 3,
                                      operands,       &check.path, 1};
    struct frame_public_key key;
    struct cli_file file;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    if (check.key_hex == NULL || !cli_argument_bytes32(key.bytes, check.key_hex))
        return cli_usage("attest check", "expected --public-key with 64 lower-case hex digits");
    code = cli_file_read(&file, check.path, FRAME_FILE_BYTES_MAX);
    if (code != CLI_OK) return code;
    code = check_run(&check, cli_file_view(&file));
    cli_file_free(&file);
    return code;
}

/* ---- attest compare ----------------------------------------------------------------------- */

static const char compare_help[] =
    "usage: framesim attest compare A B [options]\n"
    "\n"
    "Compares two attestations of one identity, A being the local one: synchronized, local_ahead,\n"
    "remote_ahead, diverged; or nondeterminism, where equal sets of receipts gave different "
    "states,\n"
    "which must never happen.\n"
    "\n"
    "  --public-key HEX   the identity's public key; without it the one that A states\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 compared, whatever came out; 1 an attestation is rejected, 2 usage, 3 it cannot "
    "be\n"
    "read.\n";

/* The key that an attestation states; all zero, which no signature fits, where it states none. */
static struct frame_public_key stated_key(struct frame_span text)
{
    struct frame_public_key key = {{0}};
    struct frame_span value;
    size_t offset;
    if (frame_json_check(&offset, text.bytes, text.length) == FRAME_OK &&
        json_kind(text) == JSON_OBJECT && json_member(text, &value, "identityPublicKey") &&
        json_kind(value) == JSON_STRING && value.length == 66)
        (void)frame_hex_decode(key.bytes, sizeof key.bytes, (const char *)value.bytes + 1, 64);
    return key;
}

static int compare_run(const char *const paths[2], const struct frame_span texts[2],
                       const char *key_hex, bool json)
{
    struct frame_attestation attestations[2];
    struct frame_public_key key = stated_key(texts[0]);
    if (key_hex != NULL) (void)cli_argument_bytes32(key.bytes, key_hex);
    for (int i = 0; i < 2; i++) {
        enum frame_status status = frame_attestation_check(&attestations[i], cli_crypto(), &key,
                                                           texts[i].bytes, texts[i].length);
        if (status != FRAME_OK) return cli_refuse(status, paths[i], json);
    }
    const char *name =
        frame_comparison_name(frame_attestation_compare(&attestations[0], &attestations[1]));
    printf(json ? "{\"ok\":true,\"result\":\"%s\"}\n" : "%s\n", name);
    return CLI_OK;
}

int cli_attest_compare(int argc, char **argv)
{
    const char *paths[2] = {NULL, NULL};
    const char *key_hex = NULL;
    bool json = false;
    const struct cli_option options[] = {{"--public-key", NULL, &key_hex, NULL},
                                         {"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"A and B, two attestations", "B, an attestation"};
    const struct cli_syntax syntax = {"attest compare", compare_help, options, 2,
                                      operands,         paths,        2};
    struct frame_public_key key;
    struct cli_file files[2] = {{NULL, 0}, {NULL, 0}};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    if (key_hex != NULL && !cli_argument_bytes32(key.bytes, key_hex))
        return cli_usage("attest compare", "--public-key expects 64 lower-case hex digits");
    code = cli_file_read(&files[0], paths[0], FRAME_FILE_BYTES_MAX);
    if (code == CLI_OK) code = cli_file_read(&files[1], paths[1], FRAME_FILE_BYTES_MAX);
    if (code == CLI_OK) {
        const struct frame_span texts[2] = {cli_file_view(&files[0]), cli_file_view(&files[1])};
        code = compare_run(paths, texts, key_hex, json);
    }
    cli_file_free(&files[0]);
    cli_file_free(&files[1]);
    return code;
}
