// SPDX-License-Identifier: Apache-2.0
#include "cli_batch.h"

#include "cli.h"
#include "cli_common.h"
#include "cli_options.h"
#include "core/json.h"

#include <stdlib.h>
#include <string.h>

/* ---- Expectations ------------------------------------------------------------------------- */

int cli_expectation_check(const struct cli_expectation *expectation, const char *command)
{
    struct frame_public_key key;
    const char *identity = expectation->identity;
    const char *hex = expectation->public_key_hex;
    if (hex != NULL && !cli_argument_bytes32(key.bytes, hex))
        return cli_usage(command, "--public-key expects 64 lower-case hex digits");
    if (identity == NULL) return CLI_OK;
    size_t length = strlen(identity);
    if (length < 1 || length > FRAME_IDENTITY_BYTES_MAX ||
        !json_utf8_valid((const uint8_t *)identity, length))
        return cli_usage(command, "--identity expects 1 to %d bytes of UTF-8",
                         FRAME_IDENTITY_BYTES_MAX);
    return CLI_OK;
}

/* The item with the given position of a chain file that has passed step 1; false where there is
   none or it is no object. */
static bool first_receipt(const struct cli_batch *batch, struct frame_span *receipt)
{
    struct json_walk walk;
    struct frame_span document = cli_file_view(&batch->file);
    if (json_kind(document) != JSON_ARRAY) return false;
    json_walk_init(&walk, document);
    return json_next_item(&walk, receipt) && json_kind(*receipt) == JSON_OBJECT;
}

static bool read_hash(struct frame_hash *hash, struct frame_span token)
{
    return token.length == 66 && json_kind(token) == JSON_STRING &&
           frame_hex_decode(hash->bytes, 32, (const char *)token.bytes + 1, 64);
}

/* What the first receipt says of its identity. A part that breaks § 3 is as good as any: such a
   receipt fails step 2 before identities are compared. */
static void claimed_identity(uint8_t id[FRAME_IDENTITY_BYTES_MAX], size_t *id_length,
                             struct frame_public_key *key, struct frame_span receipt)
{
    struct frame_span value;
    struct frame_hash hash;
    id[0] = '-';
    *id_length = 1;
    memset(key, 0, sizeof *key);
    if (json_member(receipt, &value, "identity") && json_kind(value) == JSON_STRING) {
        size_t length = json_string_length(value);
        if (length > 0 && length <= FRAME_IDENTITY_BYTES_MAX)
            *id_length = json_string_decode(id, value);
    }
    if (json_member(receipt, &value, "publicKey") && read_hash(&hash, value))
        memcpy(key->bytes, hash.bytes, sizeof key->bytes);
}

bool cli_batch_key(struct frame_public_key *key, const struct cli_batch *batch,
                   const struct frame_chain *chain)
{
    uint8_t id[FRAME_IDENTITY_BYTES_MAX];
    size_t id_length;
    struct frame_span span;
    if (frame_chain_identity(chain, key, &span)) return true;
    if (!first_receipt(batch, &span)) return false;
    claimed_identity(id, &id_length, key, span);
    return true;
}

int cli_chain_new(struct frame_chain **chain, const struct cli_expectation *expectation,
                  const struct cli_batch *first, const struct cli_batch *second)
{
    struct frame_chain_config config = {.crypto = cli_crypto(),
                                        .allocator = cli_allocator(),
                                        .mode = expectation->structural ? FRAME_MODE_STRUCTURAL
                                                                        : FRAME_MODE_FULL};
    uint8_t id[FRAME_IDENTITY_BYTES_MAX] = {'-'};
    size_t id_length = 1;
    struct frame_public_key key = {{0}};
    struct frame_span receipt = {NULL, 0};
    bool peeked = (first != NULL && first_receipt(first, &receipt)) ||
                  (second != NULL && first_receipt(second, &receipt));
    bool partly = expectation->identity != NULL || expectation->public_key_hex != NULL;
    if (peeked && partly) claimed_identity(id, &id_length, &key, receipt);
    if (expectation->public_key_hex != NULL)
        (void)cli_argument_bytes32(key.bytes, expectation->public_key_hex);
    /* Without receipts an id alone says nothing; a key alone is all that the empty root asks for.
       */
    if (expectation->public_key_hex != NULL || (peeked && partly)) {
        config.public_key = &key;
        config.identity = (struct frame_span){id, id_length};
        if (expectation->identity != NULL) config.identity = cli_span(expectation->identity);
    }
    if (frame_chain_new(chain, &config) == FRAME_OK) return CLI_OK;
    cli_error("out of memory");
    return CLI_INPUT;
}

/* ---- Stages ------------------------------------------------------------------------------- */

/* The exit code of a stage; *fault for CLI_REJECTED. */
static int stage_code(struct frame_fault *fault, enum frame_status status, const char *path)
{
    if (status == FRAME_OK) return CLI_OK;
    if (status == FRAME_NO_MEMORY) {
        struct frame_fault none = {status, -1, -1};
        return cli_refuse_fault(&none, path, false);
    }
    fault->status = status;
    return CLI_REJECTED;
}

int cli_batch_open(struct cli_batch *batch, struct frame_fault *fault, const char *path)
{
    struct frame_allocator allocator = cli_allocator();
    *batch = (struct cli_batch){.path = path};
    int code = cli_file_read_document(&batch->file, path);
    if (code != CLI_OK) return code;
    struct frame_span bytes = cli_file_view(&batch->file);
    enum frame_status status =
        frame_parse(&batch->parsed, fault, &allocator, bytes.bytes, bytes.length);
    return stage_code(fault, status, path);
}

int cli_batch_replay(struct cli_batch *batch, struct frame_fault *fault, struct frame_chain *chain)
{
    struct frame_verified *verified = NULL;
    enum frame_status status = frame_verify(&verified, fault, chain, batch->parsed);
    if (status == FRAME_OK) status = frame_replay(&batch->replayed, fault, verified);
    return stage_code(fault, status, batch->path);
}

int cli_batch_join(struct cli_batch *batch, struct frame_fault *fault, struct frame_report *report)
{
    enum frame_status status = frame_join(report, batch->replayed);
    if (status == FRAME_OK) batch->replayed = NULL;
    return stage_code(fault, status, batch->path);
}

int cli_batch_hashes(struct frame_hash **hashes, size_t *count, const struct cli_batch *batch)
{
    struct json_walk walk;
    struct frame_span receipt;
    struct frame_span token;
    *count = 0;
    *hashes = calloc(frame_parsed_count(batch->parsed) + 1, sizeof **hashes);
    if (*hashes == NULL) return cli_refuse(FRAME_NO_MEMORY, batch->path, false);
    json_walk_init(&walk, cli_file_view(&batch->file));
    while (json_next_item(&walk, &receipt)) {
        if (json_member(receipt, &token, "receiptHash") && read_hash(&(*hashes)[*count], token))
            ++*count;
    }
    return CLI_OK;
}

int cli_batch_attested(struct cli_batch *batch, struct frame_fault *fault,
                       const struct frame_public_key *key, struct frame_span attestation)
{
    struct frame_attestation attested;
    struct frame_hash *want;
    size_t count;
    *fault = (struct frame_fault){FRAME_OK, -1, -1};
    enum frame_status status = frame_attestation_check(&attested, cli_crypto(), key,
                                                       attestation.bytes, attestation.length);
    if (status != FRAME_OK) return stage_code(fault, status, batch->path);
    int code = cli_batch_hashes(&want, &count, batch);
    if (code != CLI_OK) return code;
    status = frame_replayed_attested(batch->replayed, want, count, &attested);
    free(want);
    return stage_code(fault, status, batch->path);
}

void cli_batch_free(struct cli_batch *batch)
{
    frame_replayed_discard(batch->replayed);
    frame_parsed_free(batch->parsed);
    cli_file_free(&batch->file);
    *batch = (struct cli_batch){.path = NULL};
}

int cli_chain_load(struct frame_chain **chain, struct frame_fault *fault, const char *path,
                   const struct cli_expectation *expectation)
{
    struct cli_batch batch;
    *chain = NULL;
    int code = cli_batch_open(&batch, fault, path);
    if (code == CLI_OK) code = cli_chain_new(chain, expectation, &batch, NULL);
    if (code == CLI_OK) code = cli_batch_replay(&batch, fault, *chain);
    if (code == CLI_OK) code = cli_batch_join(&batch, fault, NULL);
    cli_batch_free(&batch);
    if (code == CLI_OK) return code;
    frame_chain_free(*chain);
    *chain = NULL;
    return code;
}
