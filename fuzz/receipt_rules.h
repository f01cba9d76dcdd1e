// SPDX-License-Identifier: Apache-2.0
/* What one receipt's own text decides, steps 2 and 5 of § 10, read once more: member by member, from tables that
   the core has not: the model's manifests, and what intents use. */
#ifndef FUZZ_RECEIPT_RULES_H
#define FUZZ_RECEIPT_RULES_H

#include "core/frame.h"

/* Step 2, of canonical JSON: FRAME_OK, FRAME_FIELD_COUNT, FRAME_FIELD_ORDER, FRAME_FIELD_TYPE or FRAME_VERSION. */
enum frame_status receipt_rules_shape(struct frame_span item);

/* Step 5, of a receipt that has passed step 2: FRAME_OK, FRAME_DAPP or one of FRAME_CAPABILITY_*. */
enum frame_status receipt_rules_capabilities(struct frame_span receipt);

#endif
