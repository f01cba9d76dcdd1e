// SPDX-License-Identifier: Apache-2.0
/* The default provider of hashes and signatures: libsodium (§ 2). */
#include <sodium.h>
#include <string.h>

#include "frame.h"

_Static_assert(sizeof(crypto_hash_sha256_state) <= sizeof(struct frame_sha256),
               "a SHA-256 in progress fits its opaque bytes");
_Static_assert(crypto_hash_sha256_BYTES == sizeof(struct frame_hash) &&
                   crypto_sign_ed25519_PUBLICKEYBYTES == sizeof(struct frame_public_key) &&
                   crypto_sign_ed25519_SECRETKEYBYTES == sizeof(struct frame_secret_key) &&
                   crypto_sign_ed25519_SEEDBYTES == 32 && crypto_sign_ed25519_BYTES == 64,
               "sizes are libsodium's");

/* The state is copied in and out, because its bytes are declared as another type. */

static void sodium_sha256_init(void *context, struct frame_sha256 *state)
{
    (void)context;
    crypto_hash_sha256_state sodium;
    (void)crypto_hash_sha256_init(&sodium);
    memset(state, 0, sizeof *state);
    memcpy(state, &sodium, sizeof sodium);
}

static void sodium_sha256_update(void *context, struct frame_sha256 *state, const uint8_t *bytes,
                                 size_t length)
{
    (void)context;
    crypto_hash_sha256_state sodium;
    memcpy(&sodium, state, sizeof sodium);
    (void)crypto_hash_sha256_update(&sodium, bytes, length);
    memcpy(state, &sodium, sizeof sodium);
}

static void sodium_sha256_final(void *context, struct frame_sha256 *state, struct frame_hash *hash)
{
    (void)context;
    crypto_hash_sha256_state sodium;
    memcpy(&sodium, state, sizeof sodium);
    (void)crypto_hash_sha256_final(&sodium, hash->bytes);
    memset(state, 0, sizeof *state);
}

static void sodium_key_pair(void *context, struct frame_secret_key *secret,
                            struct frame_public_key *key, const uint8_t seed[32])
{
    (void)context;
    (void)crypto_sign_ed25519_seed_keypair(key->bytes, secret->bytes, seed);
}

static void sodium_sign(void *context, uint8_t signature[64], const struct frame_hash *message,
                        const struct frame_secret_key *secret)
{
    (void)context;
    (void)crypto_sign_ed25519_detached(signature, NULL, message->bytes, sizeof message->bytes,
                                       secret->bytes);
}

static bool sodium_verify(void *context, const uint8_t signature[64],
                          const struct frame_hash *message, const struct frame_public_key *key)
{
    (void)context;
    return crypto_sign_ed25519_verify_detached(signature, message->bytes, sizeof message->bytes,
                                               key->bytes) == 0;
}

const struct frame_crypto *frame_crypto_libsodium(void)
{
    static const struct frame_crypto crypto = {
        .context = NULL,
        .sha256_init = sodium_sha256_init,
        .sha256_update = sodium_sha256_update,
        .sha256_final = sodium_sha256_final,
        .key_pair = sodium_key_pair,
        .sign = sodium_sign,
        .verify = sodium_verify,
    };
    return &crypto;
}

void frame_sha256_of(const struct frame_crypto *crypto, struct frame_hash *hash, const void *bytes,
                     size_t length)
{
    struct frame_sha256 state;
    crypto->sha256_init(crypto->context, &state);
    crypto->sha256_update(crypto->context, &state, bytes, length);
    crypto->sha256_final(crypto->context, &state, hash);
}
