// SPDX-License-Identifier: Apache-2.0
/*
 * Ideal signatures, for runs that are about everything but Ed25519: 64 bytes of BLAKE2b over the public key and
 * the message, keyed with the secret seed. Public keys are the real ones, and so receipts' hashes and state
 * roots are as with real signatures; only the signatures themselves, and what is hashed over them, differ.
 *
 * Nobody can verify a keyed hash without its key. So the provider remembers, for every public key that it has
 * made, whose seed it is of, and looks it up: its book is the trusted third party of the textbooks, out of
 * reach of the instances. What holds, holds for holders of the secret alone: a signature verifies if and only if
 * it is, byte for byte, the one that `sign` makes of that seed and message. Everything else is refused: other
 * keys, other messages, changed bytes, S + L, points of small order, keys that nobody has made.
 */
#ifndef SIM_CRYPTO_IDEAL_H
#define SIM_CRYPTO_IDEAL_H

#include "core/frame.h"

struct crypto_ideal;

/* NULL: no memory. sodium_init has run. Each key pair made takes about 150 bytes, once. */
struct crypto_ideal *crypto_ideal_new(void);
void crypto_ideal_free(struct crypto_ideal *ideal); /* NULL allowed */
/* Lives as long as that; its SHA-256 is libsodium's. */
const struct frame_crypto *crypto_ideal_crypto(const struct crypto_ideal *ideal);

#endif
