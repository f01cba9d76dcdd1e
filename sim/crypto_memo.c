// SPDX-License-Identifier: Apache-2.0
#include "sim/crypto_memo.h"
#include "sim/crypto_ideal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#ifdef FRAMESIM_HAVE_LIBCRYPTO
/* The low-level calls are deprecated and stay: the others allocate for every hash. */
#define OPENSSL_SUPPRESS_DEPRECATED
#include <openssl/sha.h>
#endif

/* Everything the answer depends on. */
struct question {
    uint8_t key[32];
    uint8_t message[32];
    uint8_t signature[64];
};

struct entry {
    struct question question;
    bool known;
    bool good;
};

/* Direct-mapped: a question has one place, and the last one asked there is remembered. */
struct crypto_memo {
    struct frame_crypto crypto;
    const struct frame_crypto *plain;
    struct frame_crypto past;   /* plain's signatures, and whichever SHA-256 is used */
    struct crypto_ideal *ideal; /* NULL: signatures are real */
    const char *sha256;
    struct entry *entries;
    size_t entry_count; /* a power of two */
    uint64_t asked;
    uint64_t remembered;
};

static struct entry *entry_of(struct crypto_memo *memo, const struct question *question)
{
    const XXH64_hash_t hash = XXH3_64bits(question, sizeof *question);
    return &memo->entries[(size_t)hash & (memo->entry_count - 1)];
}

static void remember(struct crypto_memo *memo, const struct question *question, bool good)
{
    struct entry *entry = entry_of(memo, question);
    entry->question = *question;
    entry->known = true;
    entry->good = good;
}

static void question_make(struct question *question, const uint8_t signature[64],
                          const struct frame_hash *message, const uint8_t key[32])
{
    memcpy(question->key, key, sizeof question->key);
    memcpy(question->message, message->bytes, sizeof question->message);
    memcpy(question->signature, signature, sizeof question->signature);
}

static bool memo_verify(void *context, const uint8_t signature[64],
                        const struct frame_hash *message, const struct frame_public_key *key)
{
    struct crypto_memo *memo = context;
    struct question question;
    question_make(&question, signature, message, key->bytes);
    memo->asked++;
    const struct entry *entry = entry_of(memo, &question);
    if (entry->known && memcmp(&entry->question, &question, sizeof question) == 0) {
        memo->remembered++;
        return entry->good;
    }
    const bool good = memo->plain->verify(memo->plain->context, signature, message, key);
    remember(memo, &question, good);
    return good;
}

static void memo_sign(void *context, uint8_t signature[64], const struct frame_hash *message,
                      const struct frame_secret_key *secret)
{
    struct crypto_memo *memo = context;
    memo->plain->sign(memo->plain->context, signature, message, secret);
    struct question question;
    question_make(&question, signature, message, secret->bytes + 32);
    remember(memo, &question, true);
}

static void memo_key_pair(void *context, struct frame_secret_key *secret,
                          struct frame_public_key *key, const uint8_t seed[32])
{
    const struct crypto_memo *memo = context;
    memo->plain->key_pair(memo->plain->context, secret, key, seed);
}

/* ---- SHA-256 ---- */

static void plain_sha256_init(void *context, struct frame_sha256 *state)
{
    const struct crypto_memo *memo = context;
    memo->plain->sha256_init(memo->plain->context, state);
}

static void plain_sha256_update(void *context, struct frame_sha256 *state, const uint8_t *bytes,
                                size_t length)
{
    const struct crypto_memo *memo = context;
    memo->plain->sha256_update(memo->plain->context, state, bytes, length);
}

static void plain_sha256_final(void *context, struct frame_sha256 *state, struct frame_hash *hash)
{
    const struct crypto_memo *memo = context;
    memo->plain->sha256_final(memo->plain->context, state, hash);
}

static void use_plain_sha256(struct crypto_memo *memo)
{
    memo->sha256 = "libsodium";
    memo->crypto.sha256_init = plain_sha256_init;
    memo->crypto.sha256_update = plain_sha256_update;
    memo->crypto.sha256_final = plain_sha256_final;
}

#ifdef FRAMESIM_HAVE_LIBCRYPTO
_Static_assert(sizeof(SHA256_CTX) <= sizeof(struct frame_sha256), "a SHA-256 in progress fits");
_Static_assert(_Alignof(SHA256_CTX) <= _Alignof(struct frame_sha256), "and is aligned");

static void fast_sha256_init(void *context, struct frame_sha256 *state)
{
    (void)context;
    (void)SHA256_Init((SHA256_CTX *)(void *)state);
}

static void fast_sha256_update(void *context, struct frame_sha256 *state, const uint8_t *bytes,
                               size_t length)
{
    (void)context;
    (void)SHA256_Update((SHA256_CTX *)(void *)state, bytes, length);
}

static void fast_sha256_final(void *context, struct frame_sha256 *state, struct frame_hash *hash)
{
    (void)context;
    (void)SHA256_Final(hash->bytes, (SHA256_CTX *)(void *)state);
}

static void use_fast_sha256(struct crypto_memo *memo)
{
    memo->sha256 = "libcrypto";
    memo->crypto.sha256_init = fast_sha256_init;
    memo->crypto.sha256_update = fast_sha256_update;
    memo->crypto.sha256_final = fast_sha256_final;
    memo->past.sha256_init = fast_sha256_init;
    memo->past.sha256_update = fast_sha256_update;
    memo->past.sha256_final = fast_sha256_final;
}

/* Does it hash as libsodium does, over every length around the block size, in two pieces? */
static bool fast_sha256_agrees(const struct crypto_memo *memo)
{
    uint8_t bytes[130];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(i * 7);
    for (size_t length = 0; length <= sizeof bytes; length++) {
        struct frame_hash plain;
        struct frame_hash fast;
        struct frame_sha256 state;
        frame_sha256_of(memo->plain, &plain, bytes, length);
        fast_sha256_init(NULL, &state);
        fast_sha256_update(NULL, &state, bytes, length / 3);
        fast_sha256_update(NULL, &state, bytes + length / 3, length - length / 3);
        fast_sha256_final(NULL, &state, &fast);
        if (frame_hash_compare(&plain, &fast) != 0) return false;
    }
    return true;
}
#endif

/* ---- The memo ---- */

struct crypto_memo *crypto_memo_new(size_t entries)
{
    return crypto_memo_new_of(CRYPTO_REAL, entries);
}

struct crypto_memo *crypto_memo_new_of(enum crypto_mode mode, size_t entries)
{
    if (sodium_init() < 0) return NULL;
    struct crypto_memo *memo = calloc(1, sizeof *memo);
    if (memo == NULL) return NULL;
    memo->entry_count = 1;
    while (memo->entry_count < entries && memo->entry_count <= SIZE_MAX / 2)
        memo->entry_count *= 2;
    memo->entries = calloc(memo->entry_count, sizeof *memo->entries);
    memo->ideal = mode == CRYPTO_IDEAL ? crypto_ideal_new() : NULL;
    if (memo->entries == NULL || (mode == CRYPTO_IDEAL && memo->ideal == NULL)) {
        crypto_memo_free(memo);
        return NULL;
    }
    memo->plain = memo->ideal != NULL ? crypto_ideal_crypto(memo->ideal) : frame_crypto_libsodium();
    memo->crypto = (struct frame_crypto){
        .context = memo, .key_pair = memo_key_pair, .sign = memo_sign, .verify = memo_verify};
    memo->past = *memo->plain;
    use_plain_sha256(memo);
#ifdef FRAMESIM_HAVE_LIBCRYPTO
    if (fast_sha256_agrees(memo)) use_fast_sha256(memo);
#endif
    return memo;
}

void crypto_memo_free(struct crypto_memo *memo)
{
    if (memo == NULL) return;
    crypto_ideal_free(memo->ideal);
    free(memo->entries);
    free(memo);
}

const struct frame_crypto *crypto_memo_crypto(const struct crypto_memo *memo)
{
    return &memo->crypto;
}

const struct frame_crypto *crypto_memo_plain(const struct crypto_memo *memo)
{
    return &memo->past;
}

enum crypto_mode crypto_memo_mode(const struct crypto_memo *memo)
{
    return memo != NULL && memo->ideal != NULL ? CRYPTO_IDEAL : CRYPTO_REAL;
}

void crypto_memo_figures(const struct crypto_memo *memo, uint64_t *asked, uint64_t *remembered)
{
    *asked = memo->asked;
    *remembered = memo->remembered;
}

const char *crypto_memo_sha256(const struct crypto_memo *memo)
{
    return memo->sha256;
}
