// SPDX-License-Identifier: Apache-2.0
/* Steps 2 to 6 of § 10 read once more, slowly and word by word, against what the core said. */
#ifndef FUZZ_VERIFY_RULES_H
#define FUZZ_VERIFY_RULES_H

#include "fuzz.h"

/* `fault` is what the core says of this batch, alone, in full mode. Batches that fail in step 1, or are
   large, are passed over. */
void verify_rules_check(const struct frame_crypto *crypto, struct frame_span batch,
                        const struct frame_fault *fault);

#endif
