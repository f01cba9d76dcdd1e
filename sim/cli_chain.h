// SPDX-License-Identifier: Apache-2.0
/* What the commands about chains share: figures of a chain, and receipts picked by outcome. */
#ifndef SIM_CLI_CHAIN_H
#define SIM_CLI_CHAIN_H

#include "core/frame.h"

/* The line of `chain verify` (§ 7, 8); `taken` is a further member where not NULL. */
void cli_chain_print_figures(const struct frame_chain *chain, const bool *taken);
/* The same for people. */
void cli_chain_tell_figures(const struct frame_chain *chain, const char *path);

/* JSON array of the hashes of receipts in canonical order: all, or those with one outcome. */
enum { CLI_EVERY_OUTCOME = -1 };
void cli_chain_print_order(const struct frame_chain *chain, int outcome);

/* A cli_producer that writes the chain (its context) as a chain file. */
bool cli_chain_produce(void *chain, struct frame_sink sink);

#endif
