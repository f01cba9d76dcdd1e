// SPDX-License-Identifier: Apache-2.0
/*
 * Random forked chains of real, signed receipts, made with the model alone.
 *
 * A few devices of one identity act, pull from one another now and then, merge what they hold
 * before they act on it, and fight over the same few balances, proofs, escrows and notes, with
 * clocks that often agree and sometimes run far behind: so that receipts are refused, superseded,
 * changed and restored. The same configuration always gives the same receipts.
 */
#ifndef SIM_RANDOM_CHAIN_H
#define SIM_RANDOM_CHAIN_H

#include "model.h"

enum { RANDOM_CHAIN_DEVICES_MAX = 8 };

struct random_chain_config {
    uint64_t seed;
    size_t receipts; /* to make, merge receipts included */
    size_t devices;  /* 1 to RANDOM_CHAIN_DEVICES_MAX */
    bool routes;     /* some receipts are of the same few routed intents (§ 18) */
};

struct random_chain {
    struct model *model;        /* receipts in the order in which they were made: parents first */
    struct frame_span identity; /* decoded id, static */
    struct frame_secret_key secret;
    struct frame_public_key public_key;
    size_t devices;
    bool *held[RANDOM_CHAIN_DEVICES_MAX]; /* what each device holds at the end: closed sets */
};
void random_chain_init(struct random_chain *chain, const struct random_chain_config *config,
                       const struct frame_crypto *crypto);
void random_chain_release(struct random_chain *chain);

#endif
