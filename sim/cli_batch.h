// SPDX-License-Identifier: Apache-2.0
/*
 * Chain files of the command line: read, parsed, verified, replayed, joined, one stage after the
 * other (§ 10), so that a command can look in between.
 */
#ifndef SIM_CLI_BATCH_H
#define SIM_CLI_BATCH_H

#include "cli_file.h"
#include "core/frame.h"

/* What to expect of chains: --identity, --public-key, --structural. Zero-initialise. */
struct cli_expectation {
    const char *identity;       /* NULL: of the first receipt */
    const char *public_key_hex; /* NULL: of the first receipt */
    bool structural;
};
#define CLI_EXPECTATION_OPTIONS(expectation)                         \
    {"--identity", NULL, &(expectation).identity, NULL},             \
        {"--public-key", NULL, &(expectation).public_key_hex, NULL}, \
    {                                                                \
        "--structural", &(expectation).structural, NULL, NULL        \
    }
#define CLI_EXPECTATION_HELP                                                           \
    "  --identity ID      the identity's id; without it the first receipt's\n"         \
    "  --public-key HEX   the identity's public key; without it the first receipt's\n" \
    "  --structural       any FRAME 2.2.0 chain: dApps are not known, so nothing is replayed\n"
/* CLI_OK, or CLI_USAGE after a message. */
int cli_expectation_check(const struct cli_expectation *expectation, const char *command);

/* One file on its way into a chain. Zero-initialise; ends with cli_batch_free. */
struct cli_batch {
    const char *path;
    struct cli_file file;
    struct frame_parsed *parsed;
    struct frame_replayed *replayed; /* until joined */
};

/*
 * Each returns CLI_OK; CLI_REJECTED with *fault set; or CLI_INPUT after a message.
 */

/* Reads a file and takes it through step 1. */
int cli_batch_open(struct cli_batch *batch, struct frame_fault *fault, const char *path);
/* Steps 2 to 7 against a chain. */
int cli_batch_replay(struct cli_batch *batch, struct frame_fault *fault, struct frame_chain *chain);
/* The join; `report` may be NULL. */
int cli_batch_join(struct cli_batch *batch, struct frame_fault *fault, struct frame_report *report);
/* Step 8: an attestation's text against closure(batch), which has passed cli_batch_replay. The
   errors of § 11 and of step 8, without a place. */
int cli_batch_attested(struct cli_batch *batch, struct frame_fault *fault,
                       const struct frame_public_key *key, struct frame_span attestation);
void cli_batch_free(struct cli_batch *batch);

/*
 * The receiptHashes of a batch that has passed step 6, whose closure is what a peer would want who
 * asks for this file. CLI_INPUT after a message where memory runs out; else the caller frees
 * *hashes.
 */
int cli_batch_hashes(struct frame_hash **hashes, size_t *count, const struct cli_batch *batch);

/* The key that a batch's receipts are signed with: the chain's, or that of the first receipt. */
bool cli_batch_key(struct frame_public_key *key, const struct cli_batch *batch,
                   const struct frame_chain *chain);

/*
 * An empty chain for what is expected. Where only the id or only the key is given the other is that
 * of the first receipt of `first`, or of `second` where that has none. Either may be NULL.
 */
int cli_chain_new(struct frame_chain **chain, const struct cli_expectation *expectation,
                  const struct cli_batch *first, const struct cli_batch *second);

/* All stages with one file. */
int cli_chain_load(struct frame_chain **chain, struct frame_fault *fault, const char *path,
                   const struct cli_expectation *expectation);

#endif
