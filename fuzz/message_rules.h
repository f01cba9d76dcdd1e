// SPDX-License-Identifier: Apache-2.0
/* Attestations, envelopes and bodies (§ 11, 12, 15, 18) read once more, slowly and word by word. */
#ifndef FUZZ_MESSAGE_RULES_H
#define FUZZ_MESSAGE_RULES_H

#include "core/frame.h"

/* What § 11 says of these bytes as an attestation by this identity key: FRAME_OK or FRAME_ATTESTATION_*. */
enum frame_status message_rules_attestation(const struct frame_crypto *crypto,
                                            const struct frame_public_key *identity_key,
                                            struct frame_span text);

/* What § 12 says of these bytes as an envelope under open trust: FRAME_OK, FRAME_ENVELOPE or FRAME_MESSAGE, and whether
   its type is unknown. */
enum frame_status message_rules_envelope(bool *unknown_type, const struct frame_crypto *crypto,
                                         struct frame_span text);

#endif
