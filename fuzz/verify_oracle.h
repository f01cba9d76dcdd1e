// SPDX-License-Identifier: Apache-2.0
/* What the slow model says about steps 7 and 8 of § 10. */
#ifndef FUZZ_VERIFY_ORACLE_H
#define FUZZ_VERIFY_ORACLE_H

#include "fuzz.h"
#include "lines.h"

/* Step 7 of a batch on an empty chain: where it was reached, the model names the same receipt and
   failure. */
void verify_oracle_replay(const struct frame_crypto *crypto, struct frame_span batch,
                          const struct frame_fault *fault);

/* Checks the attestation and step 8 for all heads of the batch, against the model's figures; returns
   the verdict. */
enum frame_status verify_oracle_attested(const struct frame_crypto *crypto,
                                         struct frame_replayed *replayed, struct frame_span batch,
                                         struct frame_span attestation);

#endif
