// SPDX-License-Identifier: Apache-2.0
#include "crypto.h"

#include <sodium.h>
#include <string.h>

#include "crypto_memo.h"
#include "fuzz.h"

/* ---- Keys ----------------------------------------------------------------------------------- */

static struct {
    bool ready;
    struct frame_secret_key secret[CRYPTO_KEYS];
    struct frame_public_key public_key[CRYPTO_KEYS];
} keys;

static void keys_make(void)
{
    if (keys.ready) return;
    FUZZ_CHECK(sodium_init() >= 0);
    for (size_t i = 0; i < CRYPTO_KEYS; i++) {
        const struct frame_crypto *sodium = frame_crypto_libsodium();
        uint8_t seed[32] = {(uint8_t)(i + 1)};
        sodium->key_pair(sodium->context, &keys.secret[i], &keys.public_key[i], seed);
    }
    keys.ready = true;
}

const struct frame_secret_key *crypto_secret(size_t key)
{
    keys_make();
    return &keys.secret[key];
}

const struct frame_public_key *crypto_public(size_t key)
{
    keys_make();
    return &keys.public_key[key];
}

bool crypto_find(size_t *key, const struct frame_public_key *public_key)
{
    keys_make();
    for (size_t i = 0; i < CRYPTO_KEYS; i++) {
        if (memcmp(public_key->bytes, keys.public_key[i].bytes, sizeof public_key->bytes) != 0)
            continue;
        *key = i;
        return true;
    }
    return false;
}

/* ---- The stub ------------------------------------------------------------------------------- */

static void stub_signature(uint8_t signature[64], const struct frame_hash *message,
                           const uint8_t public_key[32])
{
    uint8_t text[65];
    memcpy(text, public_key, 32);
    memcpy(text + 32, message->bytes, 32);
    for (uint8_t half = 0; half < 2; half++) {
        text[64] = half;
        crypto_hash_sha256(signature + (size_t)32 * half, text, sizeof text);
    }
}

static void stub_sign(void *context, uint8_t signature[64], const struct frame_hash *message,
                      const struct frame_secret_key *secret)
{
    (void)context;
    stub_signature(signature, message, secret->bytes + 32);
}

static bool stub_verify(void *context, const uint8_t signature[64],
                        const struct frame_hash *message, const struct frame_public_key *key)
{
    uint8_t expected[64];
    size_t index;
    (void)context;
    stub_signature(expected, message, key->bytes);
    return crypto_find(&index, key) && memcmp(signature, expected, sizeof expected) == 0;
}

const struct frame_crypto *crypto_stub(void)
{
    static struct frame_crypto stub;
    if (stub.sign == NULL) {
        keys_make();
        stub = *frame_crypto_libsodium();
        stub.sign = stub_sign;
        stub.verify = stub_verify;
    }
    return &stub;
}

const struct frame_crypto *crypto_real(void)
{
    static struct frame_crypto real;
    if (real.sign == NULL) {
        struct crypto_memo *memo = crypto_memo_new(1 << 12);
        FUZZ_CHECK(memo != NULL);
        real = *crypto_memo_crypto(memo);
    }
    return &real;
}
