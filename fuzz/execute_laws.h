// SPDX-License-Identifier: Apache-2.0
/* The laws of execution (§ 4 to 7). */
#ifndef FUZZ_EXECUTE_LAWS_H
#define FUZZ_EXECUTE_LAWS_H

#include "fuzz.h"
#include "model_internal.h"

/* One storage that goes from intent to intent, and a chain to which the same intents are appended. */
struct execute_laws {
    const struct frame_crypto *crypto;
    struct model *model;
    struct frame_chain *chain;
    struct frame_span storage;  /* allocated */
    struct frame_hash previous; /* the root before */
    size_t runs;
};

/* `storage`: a canonical object. */
void execute_laws_init(struct execute_laws *laws, const struct frame_crypto *crypto,
                       struct frame_span storage);
void execute_laws_release(struct execute_laws *laws);

/* Runs an inputPayload on the storage, twice, and checks what comes out. */
enum frame_status execute_laws_run(struct execute_laws *laws, struct frame_span input_payload);
/* Appends it to the chain, where it is of the right shape. */
void execute_laws_append(struct execute_laws *laws, struct frame_span input_payload);
/* § 6: in the chain's storage the balances add up to the supply. */
void execute_laws_money(const struct execute_laws *laws);

#endif
