// SPDX-License-Identifier: Apache-2.0
/*
 * Signatures for fuzzing. The hashes are always real; the stub's signature is a keyed hash over key and
 * message that anybody can make, so that tens of thousands of inputs a second get behind it. Key pairs
 * are real Ed25519 ones under both providers: an input signed anew keeps all its hashes and roots.
 */
#ifndef FUZZ_CRYPTO_H
#define FUZZ_CRYPTO_H

#include "core/frame.h"

const struct frame_crypto *crypto_stub(void);
/* libsodium, with answers of `verify` remembered. */
const struct frame_crypto *crypto_real(void);

/* The keys that fuzz inputs are signed with; the stub takes signatures of no others. Key 0 is
   the identity's, as in sim/random_chain.h. */
enum { CRYPTO_KEYS = 8 };
const struct frame_secret_key *crypto_secret(size_t key);
const struct frame_public_key *crypto_public(size_t key);
/* False where it is none of ours. */
bool crypto_find(size_t *key, const struct frame_public_key *public_key);

/*
 * Replaces every good signature in an input by a real one: receipts, attestations, then the envelopes around
 * them, as far as they are made with fuzz keys. Lengths stay as they are; so do all other bytes, but for
 * the checksums of log frames, which are made anew.
 */
void crypto_sign_again(uint8_t *bytes, size_t length);

#endif
