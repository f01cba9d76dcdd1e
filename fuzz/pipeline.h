// SPDX-License-Identifier: Apache-2.0
/* The stages of § 10 with the properties that must hold at each, whatever comes in. */
#ifndef FUZZ_PIPELINE_H
#define FUZZ_PIPELINE_H

#include "fuzz.h"
#include "model.h"

/* A chain of its own memory; with the identity of `like`, where that is not NULL and has one. */
struct frame_chain *pipeline_chain(const struct frame_crypto *crypto, enum frame_mode mode,
                                   const struct frame_chain *like);

/*
 * Steps 1 to 7. Says how deep the batch got. A batch that is rejected has changed nothing. `batch` must
 * outlive *replayed, which is there on FRAME_OK alone.
 */
enum frame_status pipeline_replay(struct frame_replayed **replayed, struct frame_fault *fault,
                                  struct frame_chain *chain, struct frame_span batch);
/* The same and the join, which must succeed. */
enum frame_status pipeline_join(struct frame_fault *fault, struct frame_chain *chain,
                                struct frame_span batch);

/* The chain file; free() the bytes. */
struct frame_span pipeline_write(const struct frame_chain *chain);

/* All that two chains of one set must agree on: figures, and bytes where `signatures` too. */
bool pipeline_same(const struct frame_chain *a, const struct frame_chain *b);
/* Tells the figures of a chain (fuzz_tell). */
void pipeline_tell(const struct frame_chain *chain);

/* The slow model says the same as the chain (not where it is too large to be asked). */
void pipeline_check_model(const struct frame_crypto *crypto, const struct frame_chain *chain);
/* The chain's file verifies alone, and gives the same chain; written again it is the same bytes. */
void pipeline_check_file(const struct frame_crypto *crypto, const struct frame_chain *chain);

enum { PIPELINE_MODEL_RECEIPTS_MAX = 64 };
/* A model of the chain's identity without receipts. */
struct model *pipeline_model(const struct frame_crypto *crypto, const struct frame_chain *chain);

#endif
