// SPDX-License-Identifier: Apache-2.0
/*
 * Receipts made by the model (§ 3, 4, 9): real ones, signed, without the core's chain; and forged
 * ones.
 */
#ifndef SIM_MODEL_MAKE_H
#define SIM_MODEL_MAKE_H

#include "model.h"

/* What a device is asked to do. Strings are decoded UTF-8. */
struct model_intent {
    const char *action;
    struct frame_span payload;           /* a canonical object */
    struct frame_span network_responses; /* a canonical array, or length 0 for none */
    const char *origin;
    const char *raw;
    int64_t clock_s; /* of the device */
};

/*
 * Executes an intent on the one head of a closed set (or on nothing, where the set is empty) and
 * adds the receipt to the model, not to the set. Returns its index, which is an old one where the
 * very same receipt was there. The set must have a fold and the action a dApp.
 */
size_t model_make(struct model *model, const struct frame_secret_key *secret, const bool *members,
                  const struct model_intent *intent);
/* The merge receipt (§ 9) of the set's heads, at least two, the 64 least where there are more. */
size_t model_make_merge(struct model *model, const struct frame_secret_key *secret,
                        const bool *members);

/*
 * Adds a receipt with one of its hash fields (resultHash, nextStateRoot, previousStateRoot)
 * replaced, its receiptHash and signature redone; returns its index.
 */
size_t model_forge(struct model *model, const struct frame_secret_key *secret, size_t index,
                   const char *field, const struct frame_hash *value);

#endif
