// SPDX-License-Identifier: Apache-2.0
/* Execution of one intent (§ 4, 6) and the state-root document (§ 7). */
#ifndef FRAME_EXECUTE_H
#define FRAME_EXECUTE_H

#include "dapp.h"
#include "frame.h"
#include "memory.h"
#include "state.h"

/* What all executions of one identity share. `prefix` is the midstate of the state-root document up
   to and including `"receiptChainCommitment":"`. */
struct executor {
    const struct frame_crypto *crypto;
    struct frame_allocator allocator;
    const struct frame_dapp_table *dapps;
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX * 6 + 2]; /* canonical token */
    size_t identity_length;
    struct frame_sha256 prefix;
    struct buffer result;     /* of the last execution */
    struct buffer scratch[5]; /* four of the transitions, one for storage keys */
};
/* `identity` decoded. Nothing to undo on NO_MEMORY. */
enum frame_status executor_init(struct executor *executor, const struct frame_crypto *crypto,
                                const struct frame_allocator *allocator,
                                const struct frame_dapp_table *dapps, struct frame_span identity,
                                const struct frame_public_key *public_key);
void executor_free(struct executor *executor);

/* One receipt's context. */
struct execution {
    struct frame_span input_payload; /* canonical, shape of § 3 already checked */
    struct frame_hash input_hash;
    const struct frame_hash *previous; /* NULL: GENESIS */
    int64_t timestamp_s;
    /* § 18: is `before` a fold of receipts in a larger set than the receipt's own context, so that one of
       several with one id takes effect? */
    bool in_fold;
};
/*
 * *after becomes the storage after it (`before`'s where refused), with the id of a routed intent noted; the result's canonical text
 * is executor->result until the next execution, *accepted its "ok". FRAME_DAPP for an unknown action
 * or federation.merge; NO_MEMORY leaves *after untouched.
 */
enum frame_status executor_run(struct executor *executor, struct state *after, bool *accepted,
                               const struct state *before, const struct execution *execution);

/* stateRoot(state, commitment) (§ 7). */
void executor_root(const struct executor *executor, struct frame_hash *root,
                   const struct state *state, const struct frame_hash *commitment);

/* SHA-256("GENESIS"). */
extern const struct frame_hash frame_genesis;

/*
 * The capabilities that an intent uses (§ 6), as a bit set over frame_capabilities (bit i of index i)
 * and the dApp that has it. For a composite: the union over its well-formed steps, empty where it is
 * malformed. FRAME_DAPP where no dApp has the action.
 */
enum frame_status executor_used(const struct frame_dapp_table *dapps,
                                const struct frame_dapp **dapp, uint32_t *used,
                                struct frame_span action, struct frame_span payload);
/* Canonical array of the names in a set. */
void capabilities_write(struct buffer *buffer, uint32_t set);
/* The set that stands at the beginning of these bytes as it is written: its text's length, 0 where something else does. */
size_t capabilities_skim(uint32_t *set, const uint8_t *bytes, size_t length);
/* SHA-256 of `<id>@<version>` (§ 6), as hex digits. */
void dapp_code_hash_write(struct buffer *buffer, const struct frame_crypto *crypto,
                          const struct frame_dapp *dapp);
/* The array installedDApps (§ 7). */
void installed_dapps_write(struct buffer *buffer, const struct frame_crypto *crypto,
                           const struct frame_dapp_table *dapps);

#endif
