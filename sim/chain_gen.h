// SPDX-License-Identifier: Apache-2.0
/*
 * Valid signed chains with forks, from a seed: two instances of one identity execute intents of all
 * dApps; between the forks they exchange what they have. Equal parameters give equal bytes on every
 * machine.
 */
#ifndef SIM_CHAIN_GEN_H
#define SIM_CHAIN_GEN_H

#include "core/frame.h"

struct chain_gen {
    uint64_t seed;
    size_t receipts; /* in the chain, merge receipts included; at least chain_gen_receipts_min */
    size_t forks;    /* the last one stays open: two heads */
};

/* A fork takes a receipt on either side, and one that merges it before the next. */
size_t chain_gen_receipts_min(size_t forks);

/* The identity "generated-SEED" and the key that signs, both functions of the seed. */
enum { CHAIN_GEN_IDENTITY_BYTES_MAX = 40 };
size_t chain_gen_identity(char identity[CHAIN_GEN_IDENTITY_BYTES_MAX], uint64_t seed);
void chain_gen_key_seed(uint8_t key_seed[32], const struct frame_crypto *crypto, uint64_t seed);

/*
 * The chain, which the caller frees. BAD_ARGUMENT where there are too few receipts for the forks;
 * NO_MEMORY.
 */
enum frame_status chain_gen_new(struct frame_chain **chain, const struct frame_crypto *crypto,
                                const struct frame_allocator *allocator,
                                const struct chain_gen *parameters);

#endif
