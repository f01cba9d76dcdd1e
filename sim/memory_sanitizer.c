// SPDX-License-Identifier: Apache-2.0
/*
 * For builds with FRAMESIM_SANITIZE=memory: libsodium is not instrumented, so the linker sends the calls of it
 * here (--wrap). What goes in must be initialised to the last byte; what comes out is.
 */
#include <sanitizer/msan_interface.h>
#include <sodium.h>

static void given(const void *bytes, size_t length)
{
    __msan_check_mem_is_initialized(bytes, length);
}

#define WRAPPED(name, parameters) \
    int __real_##name parameters; \
    int __wrap_##name parameters; \
    int __wrap_##name parameters

WRAPPED(crypto_hash_sha256_init, (crypto_hash_sha256_state * state))
{
    __msan_unpoison(state, sizeof *state);
    return __real_crypto_hash_sha256_init(state);
}

WRAPPED(crypto_hash_sha256_update,
        (crypto_hash_sha256_state * state, const unsigned char *in, unsigned long long length))
{
    given(state, sizeof *state);
    given(in, (size_t)length);
    return __real_crypto_hash_sha256_update(state, in, length);
}

WRAPPED(crypto_hash_sha256_final, (crypto_hash_sha256_state * state, unsigned char *out))
{
    given(state, sizeof *state);
    __msan_unpoison(out, crypto_hash_sha256_BYTES);
    return __real_crypto_hash_sha256_final(state, out);
}

WRAPPED(crypto_hash_sha256,
        (unsigned char *out, const unsigned char *in, unsigned long long length))
{
    given(in, (size_t)length);
    __msan_unpoison(out, crypto_hash_sha256_BYTES);
    return __real_crypto_hash_sha256(out, in, length);
}

WRAPPED(crypto_sign_ed25519_seed_keypair,
        (unsigned char *key, unsigned char *secret, const unsigned char *seed))
{
    given(seed, crypto_sign_ed25519_SEEDBYTES);
    __msan_unpoison(key, crypto_sign_ed25519_PUBLICKEYBYTES);
    __msan_unpoison(secret, crypto_sign_ed25519_SECRETKEYBYTES);
    return __real_crypto_sign_ed25519_seed_keypair(key, secret, seed);
}

WRAPPED(crypto_sign_ed25519_detached,
        (unsigned char *signature, unsigned long long *length, const unsigned char *in,
         unsigned long long in_length, const unsigned char *secret))
{
    given(in, (size_t)in_length);
    given(secret, crypto_sign_ed25519_SECRETKEYBYTES);
    __msan_unpoison(signature, crypto_sign_ed25519_BYTES);
    if (length != NULL) __msan_unpoison(length, sizeof *length);
    return __real_crypto_sign_ed25519_detached(signature, length, in, in_length, secret);
}

WRAPPED(crypto_sign_ed25519_verify_detached,
        (const unsigned char *signature, const unsigned char *in, unsigned long long length,
         const unsigned char *key))
{
    given(signature, crypto_sign_ed25519_BYTES);
    given(in, (size_t)length);
    given(key, crypto_sign_ed25519_PUBLICKEYBYTES);
    return __real_crypto_sign_ed25519_verify_detached(signature, in, length, key);
}

WRAPPED(crypto_generichash_blake2b,
        (unsigned char *out, size_t out_length, const unsigned char *in, unsigned long long length,
         const unsigned char *key, size_t key_length))
{
    given(in, (size_t)length);
    given(key, key_length);
    __msan_unpoison(out, out_length);
    return __real_crypto_generichash_blake2b(out, out_length, in, length, key, key_length);
}
