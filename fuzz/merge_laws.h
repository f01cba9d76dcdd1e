// SPDX-License-Identifier: Apache-2.0
/* The laws of the join (§ 9) over chains of one identity. */
#ifndef FUZZ_MERGE_LAWS_H
#define FUZZ_MERGE_LAWS_H

#include "core/frame.h"

enum { MERGE_CHAINS_MAX = 3 };

/* Their union, joined one after the other, each step held against the model: chain and report. */
struct frame_chain *merge_laws_union(const struct frame_crypto *crypto,
                                     struct frame_chain *const *chains, size_t count);
/* Commutative, associative, idempotent: other orders and groupings give `all`. */
void merge_laws_orders(const struct frame_crypto *crypto, const struct frame_chain *all,
                       struct frame_chain *const *chains, size_t count);
/* `all` cut into pieces that arrive in other orders, parents first, is `all`. */
void merge_laws_pieces(const struct frame_crypto *crypto, const struct frame_chain *all);
/* Its heads merged: receipts that anybody accepts, and one head. Chains of a stranger's key are passed over. */
void merge_laws_merged(const struct frame_crypto *crypto, const struct frame_chain *all);

#endif
