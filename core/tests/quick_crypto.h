// SPDX-License-Identifier: Apache-2.0
/* Keys and signatures that cost next to nothing, for tests with many of them that are not about them. */
#ifndef FRAME_TESTS_QUICK_CRYPTO_H
#define FRAME_TESTS_QUICK_CRYPTO_H

#include <string.h>

#include "frame.h"

static inline void quick_keys(void *context, struct frame_secret_key *secret,
                              struct frame_public_key *key, const uint8_t seed[32])
{
    struct frame_hash hash;
    (void)context;
    frame_sha256_of(frame_crypto_libsodium(), &hash, seed, 32);
    memcpy(secret->bytes, seed, 32);
    memcpy(secret->bytes + 32, hash.bytes, 32);
    memcpy(key->bytes, hash.bytes, 32);
}

/* Anybody could sign so: SHA-256 of key and message, twice. */
static inline void quick_signature(uint8_t signature[64], const struct frame_hash *message,
                                   const uint8_t key[32])
{
    uint8_t text[64];
    struct frame_hash hash;
    memcpy(text, key, 32);
    memcpy(text + 32, message->bytes, 32);
    frame_sha256_of(frame_crypto_libsodium(), &hash, text, sizeof text);
    memcpy(signature, hash.bytes, 32);
    memcpy(signature + 32, hash.bytes, 32);
}

static inline void quick_sign(void *context, uint8_t signature[64],
                              const struct frame_hash *message,
                              const struct frame_secret_key *secret)
{
    (void)context;
    quick_signature(signature, message, secret->bytes + 32);
}

static inline bool quick_verify(void *context, const uint8_t signature[64],
                                const struct frame_hash *message,
                                const struct frame_public_key *key)
{
    uint8_t good[64];
    (void)context;
    quick_signature(good, message, key->bytes);
    return memcmp(signature, good, sizeof good) == 0;
}

static inline struct frame_crypto quick_crypto(void)
{
    struct frame_crypto crypto = *frame_crypto_libsodium();
    crypto.key_pair = quick_keys;
    crypto.sign = quick_sign;
    crypto.verify = quick_verify;
    return crypto;
}

#endif
