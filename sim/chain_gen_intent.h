// SPDX-License-Identifier: Apache-2.0
/* Random draws, and a random intent of some dApp, for chain_gen. */
#ifndef SIM_CHAIN_GEN_INTENT_H
#define SIM_CHAIN_GEN_INTENT_H

#include "core/frame.h"

/* SplitMix64: small, fast, and the same everywhere. */
struct gen_draw {
    uint64_t state;
};
/* 0 to bound - 1; bound >= 1. */
uint64_t gen_draw_below(struct gen_draw *draw, uint64_t bound);

/* Room for the longest payload that the function below writes. */
struct gen_intent {
    const char *action;
    char payload[1024];
    char network_responses[512]; /* empty: none */
};
/* An intent with a payload that is well formed; many are accepted, some refused. `me` is the
   identity's id; `serial` is unlike that of any other intent in the chain. */
void gen_intent_draw(struct gen_intent *intent, struct gen_draw *draw, const char *me,
                     uint64_t serial);
/* A payment to somebody. */
void gen_intent_send(struct gen_intent *intent, struct gen_draw *draw, int64_t amount);

#endif
