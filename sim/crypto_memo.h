// SPDX-License-Identifier: Apache-2.0
/*
 * The crypto that simulated instances use: libsodium's, or ideal signatures in place of its Ed25519, with
 * signature checks remembered and SHA-256 from libcrypto where that is there. Both change speed only:
 * verification is a pure function of (key, message, signature), looked up by exact comparison of all three,
 * and a SHA-256 is a SHA-256.
 *
 * What was signed here is remembered as verified too: the memo has the key's secret half, and a signature
 * made with it verifies. Forgeries are signed past it.
 */
#ifndef SIM_CRYPTO_MEMO_H
#define SIM_CRYPTO_MEMO_H

#include "core/frame.h"
#include "sim/crypto_mode.h"

struct crypto_memo;

enum { CRYPTO_MEMO_ENTRIES_DEFAULT = 1 << 14 };

/* Remembers up to about `entries` (rounded up to a power of two) answers, 136 bytes each; newer ones push
   out older ones. NULL: no memory. Runs sodium_init. */
struct crypto_memo *crypto_memo_new_of(enum crypto_mode mode, size_t entries);
struct crypto_memo *crypto_memo_new(size_t entries); /* of real signatures */
void crypto_memo_free(struct crypto_memo *memo);     /* NULL allowed */

/* Lives as long as the memo. */
const struct frame_crypto *crypto_memo_crypto(const struct crypto_memo *memo);
/* The same signatures, past the memory, and the same SHA-256. */
const struct frame_crypto *crypto_memo_plain(const struct crypto_memo *memo);
enum crypto_mode crypto_memo_mode(const struct crypto_memo *memo); /* NULL: real */
/* Checks asked for, and those of them that were answered from memory. */
void crypto_memo_figures(const struct crypto_memo *memo, uint64_t *asked, uint64_t *remembered);
/* Whose SHA-256: "libcrypto" or "libsodium". */
const char *crypto_memo_sha256(const struct crypto_memo *memo);

#endif
