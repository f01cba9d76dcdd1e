// SPDX-License-Identifier: Apache-2.0
/* A receipt printed from its fields. */
#ifndef FUZZ_RECEIPT_AGAIN_H
#define FUZZ_RECEIPT_AGAIN_H

#include "core/receipt.h"

/* Allocated: end with receipt_again_free. */
struct frame_span receipt_again(const struct receipt_fields *fields);
struct frame_span receipt_in_array(struct frame_span receipt);
void receipt_again_free(struct frame_span text);

/* The members that are signed, of a receipt [E3] or an attestation (§ 11), put together one by one; allocated in the same way. */
struct frame_span receipt_signable(struct frame_span receipt);
/* H(signable) is that of these members. */
void receipt_check_signable(const struct receipt_fields *fields, const struct frame_crypto *crypto,
                            struct frame_span receipt);

#endif
