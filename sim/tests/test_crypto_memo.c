// SPDX-License-Identifier: Apache-2.0
#include "sim/crypto_memo.h"

#include <string.h>

#include "core/tests/check.h"

enum { KEYS = 3, MESSAGES = 5 };

struct keys {
    struct frame_secret_key secret[KEYS];
    struct frame_public_key key[KEYS];
};

static void keys_make(struct keys *keys, const struct frame_crypto *crypto)
{
    for (unsigned i = 0; i < KEYS; i++) {
        uint8_t seed[32] = {(uint8_t)i};
        crypto->key_pair(crypto->context, &keys->secret[i], &keys->key[i], seed);
    }
}

static struct frame_hash message_of(uint8_t i)
{
    struct frame_hash message;
    frame_sha256_of(frame_crypto_libsodium(), &message, &i, 1);
    return message;
}

/* Whatever is asked, and however often, the answer is libsodium's: also with two places to remember in. */
static void test_answers(size_t entries)
{
    struct crypto_memo *memo = crypto_memo_new(entries);
    const struct frame_crypto *plain = frame_crypto_libsodium();
    const struct frame_crypto *crypto = crypto_memo_crypto(memo);
    struct keys keys;
    keys_make(&keys, crypto);
    for (unsigned round = 0; round < 3; round++) {
        for (unsigned i = 0; i < KEYS * MESSAGES; i++) {
            const struct frame_hash message = message_of((uint8_t)(i % MESSAGES));
            const struct frame_hash other = message_of((uint8_t)((i + 1) % MESSAGES));
            const unsigned k = i % KEYS;
            uint8_t signature[64];
            uint8_t by_plain[64];
            plain->sign(plain->context, by_plain, &message, &keys.secret[k]);
            crypto->sign(crypto->context, signature, &message, &keys.secret[k]);
            CHECK(memcmp(signature, by_plain, sizeof signature) == 0);
            CHECK(crypto->verify(crypto->context, signature, &message, &keys.key[k]));
            CHECK(!crypto->verify(crypto->context, signature, &other, &keys.key[k]));
            CHECK(!crypto->verify(crypto->context, signature, &message, &keys.key[(k + 1) % KEYS]));
            signature[round] ^= 1;
            CHECK(!crypto->verify(crypto->context, signature, &message, &keys.key[k]));
            CHECK(!crypto->verify(crypto->context, signature, &message, &keys.key[k]));
        }
    }
    uint64_t asked;
    uint64_t remembered;
    crypto_memo_figures(memo, &asked, &remembered);
    CHECK(asked == UINT64_C(3) * KEYS * MESSAGES * 5);
    CHECK(entries == 2 || remembered > asked / 2);
    CHECK(remembered < asked);
    crypto_memo_free(memo);
}

static void test_sha256(void)
{
    struct crypto_memo *memo = crypto_memo_new(16);
    const struct frame_crypto *crypto = crypto_memo_crypto(memo);
    uint8_t bytes[300];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 11);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        struct frame_hash plain;
        struct frame_hash hash;
        struct frame_hash branch;
        struct frame_sha256 state;
        struct frame_sha256 copy;
        frame_sha256_of(frame_crypto_libsodium(), &plain, bytes, length);
        crypto->sha256_init(crypto->context, &state);
        crypto->sha256_update(crypto->context, &state, bytes, length / 2);
        copy = state; /* a midstate is plain bytes */
        crypto->sha256_update(crypto->context, &state, bytes + length / 2, length - length / 2);
        crypto->sha256_final(crypto->context, &state, &hash);
        crypto->sha256_update(crypto->context, &copy, bytes + length / 2, length - length / 2);
        crypto->sha256_final(crypto->context, &copy, &branch);
        CHECK(frame_hash_compare(&plain, &hash) == 0);
        CHECK(frame_hash_compare(&plain, &branch) == 0);
    }
    CHECK(strncmp(crypto_memo_sha256(memo), "lib", 3) == 0);
    crypto_memo_free(memo);
}

int main(void)
{
    test_answers(2);
    test_answers(CRYPTO_MEMO_ENTRIES_DEFAULT);
    test_sha256();
    return check_done();
}
