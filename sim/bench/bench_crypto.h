// SPDX-License-Identifier: Apache-2.0
/* The provider as instances in the simulator have it, without its memory of signatures; and what its hashes alone cost. */
#ifndef SIM_BENCH_BENCH_CRYPTO_H
#define SIM_BENCH_BENCH_CRYPTO_H

#include <sodium.h>

#include "core/bench/bench.h"
#include "sim/crypto_memo.h"

static inline bool bench_verify(void *context, const uint8_t signature[64],
                                const struct frame_hash *message,
                                const struct frame_public_key *key)
{
    (void)context;
    return crypto_sign_ed25519_verify_detached(signature, message->bytes, sizeof message->bytes,
                                               key->bytes) == 0;
}

/* SHA-256 of libcrypto where that is there, signatures of libsodium. */
static inline struct frame_crypto bench_fast(const struct crypto_memo *memo)
{
    struct frame_crypto crypto = *crypto_memo_crypto(memo);
    crypto.verify = bench_verify;
    return crypto;
}

/* ---- Hashes alone: the calls of a run are written down, and made again over bytes that lie ready ---- */

enum { BENCH_HASH_END = 0, BENCH_HASH_BYTES_MAX = 1 << 20 };

struct bench_hashes {
    const struct frame_crypto *inner;
    uint32_t *calls; /* lengths of updates, each hash's behind them BENCH_HASH_END */
    size_t count;
    size_t capacity;
    size_t hashes;
    uint64_t bytes;
};

static inline void bench_hashes_add(struct bench_hashes *hashes, size_t length)
{
    if (hashes->count == hashes->capacity) {
        hashes->capacity = hashes->capacity == 0 ? 4096 : 2 * hashes->capacity;
        uint32_t *grown = realloc(hashes->calls, hashes->capacity * sizeof *grown);
        bench_check(grown != NULL, "out of memory");
        hashes->calls = grown;
    }
    bench_check(length <= BENCH_HASH_BYTES_MAX, "a longer update than was thought of");
    hashes->calls[hashes->count++] = (uint32_t)length;
}

static inline void bench_hashes_init(void *context, struct frame_sha256 *state)
{
    struct bench_hashes *hashes = context;
    hashes->inner->sha256_init(hashes->inner->context, state);
}

static inline void bench_hashes_update(void *context, struct frame_sha256 *state,
                                       const uint8_t *bytes, size_t length)
{
    struct bench_hashes *hashes = context;
    if (length > 0) bench_hashes_add(hashes, length);
    hashes->bytes += length;
    hashes->inner->sha256_update(hashes->inner->context, state, bytes, length);
}

static inline void bench_hashes_final(void *context, struct frame_sha256 *state,
                                      struct frame_hash *hash)
{
    struct bench_hashes *hashes = context;
    bench_hashes_add(hashes, BENCH_HASH_END);
    hashes->hashes++;
    hashes->inner->sha256_final(hashes->inner->context, state, hash);
}

/* `crypto` with its hashes written down in *hashes. Only init, update and final may use its context. */
static inline struct frame_crypto bench_recording(struct bench_hashes *hashes,
                                                  const struct frame_crypto *crypto)
{
    struct frame_crypto recording = *crypto;
    *hashes = (struct bench_hashes){.inner = crypto};
    recording.context = hashes;
    recording.sha256_init = bench_hashes_init;
    recording.sha256_update = bench_hashes_update;
    recording.sha256_final = bench_hashes_final;
    return recording;
}

/* Makes them again, all of them. */
static inline void bench_hashes_again(const struct bench_hashes *hashes)
{
    static uint8_t bytes[BENCH_HASH_BYTES_MAX];
    const struct frame_crypto *crypto = hashes->inner;
    struct frame_sha256 state;
    struct frame_hash hash;
    if (bytes[1] == 0) memset(bytes, 1, sizeof bytes); /* its pages are there then */
    crypto->sha256_init(crypto->context, &state);
    for (size_t i = 0; i < hashes->count; i++) {
        if (hashes->calls[i] != BENCH_HASH_END) {
            crypto->sha256_update(crypto->context, &state, bytes, hashes->calls[i]);
            continue;
        }
        crypto->sha256_final(crypto->context, &state, &hash);
        bytes[0] = hash.bytes[0];
        crypto->sha256_init(crypto->context, &state);
    }
}

#endif
