// SPDX-License-Identifier: Apache-2.0
/* bench_roots: replaying receipts with their state roots over a storage of a given size, against the SHA-256 calls of the very same
   replay alone. */
#include "sim/bench/bench_crypto.h"

enum { RECEIPTS = 200, TEXT_BYTES = 512, PASSES_BYTES = 4 << 20 };

static struct frame_chain *chain_new(const struct frame_crypto *crypto,
                                     const struct frame_public_key *key)
{
    const struct frame_chain_config config = {.crypto = crypto,
                                              .allocator = bench_allocator(),
                                              .mode = FRAME_MODE_FULL,
                                              .identity = bench_span("alice"),
                                              .public_key = key};
    struct frame_chain *chain = NULL;
    bench_check(frame_chain_new(&chain, &config) == FRAME_OK, "out of memory");
    return chain;
}

static void execute(struct frame_chain *chain, const struct frame_secret_key *secret,
                    const char *action, const char *payload)
{
    struct frame_executed executed;
    const struct frame_intent intent = {.action = bench_span(action),
                                        .payload = bench_span(payload),
                                        .raw = bench_span(action),
                                        .origin = bench_span("device")};
    bench_check(frame_chain_execute(chain, &executed, secret, &intent,
                                    1700000000 + (int64_t)frame_chain_count(chain)) == FRAME_OK &&
                    executed.accepted,
                "an intent is refused");
}

/* Notes until the storage has about so many bytes. */
static void fill(struct frame_chain *chain, const struct frame_secret_key *secret, size_t size)
{
    static char payload[TEXT_BYTES + 32];
    char text[TEXT_BYTES + 1];
    for (size_t has = 0; has < size; has += TEXT_BYTES + 64) {
        memset(text, 'a' + (int)(has / TEXT_BYTES % 26), TEXT_BYTES);
        text[size < TEXT_BYTES ? size : TEXT_BYTES] = '\0';
        (void)snprintf(payload, sizeof payload, "{\"text\":\"%s\"}", text);
        execute(chain, secret, "notes.create", payload);
    }
}

/* Seconds to replay the file in a chain that holds `held` already; steps 1 to 6 apart. */
static double replay_s(const struct frame_crypto *crypto, const struct frame_public_key *key,
                       const struct bench_bytes *held, const struct bench_bytes *file,
                       struct bench_hashes *hashes)
{
    const struct frame_allocator allocator = bench_allocator();
    struct frame_chain *chain = chain_new(crypto, key);
    double took = 0;
    for (int part = 0; part < 2; part++) {
        const struct bench_bytes *bytes = part == 0 ? held : file;
        struct frame_parsed *parsed = NULL;
        struct frame_verified *verified = NULL;
        struct frame_replayed *replayed = NULL;
        struct frame_fault fault;
        bench_check(frame_parse(&parsed, &fault, &allocator, bytes->bytes, bytes->length) ==
                            FRAME_OK &&
                        frame_verify(&verified, &fault, chain, parsed) == FRAME_OK,
                    "the chain is refused");
        if (hashes != NULL) hashes->count = 0;
        const double begin = bench_now_s();
        bench_check(frame_replay(&replayed, &fault, verified) == FRAME_OK &&
                        frame_join(NULL, replayed) == FRAME_OK,
                    "the chain does not replay");
        took = bench_now_s() - begin;
        frame_parsed_free(parsed);
    }
    frame_chain_free(chain);
    return took;
}

static void bench_size(const struct frame_crypto *crypto, size_t size)
{
    static const uint8_t seed[32] = {1};
    struct frame_secret_key secret;
    struct frame_public_key key;
    struct bench_hashes hashes;
    char row[32];
    frame_crypto_libsodium()->key_pair(NULL, &secret, &key, seed);
    struct frame_chain *chain = chain_new(crypto, &key);
    fill(chain, &secret, size);
    struct bench_bytes held = bench_chain_bytes(chain);
    for (int i = 0; i < RECEIPTS; i++)
        execute(chain, &secret, "display.timerTick", "{}");
    struct bench_bytes file = bench_chain_bytes(chain);
    frame_chain_free(chain);
    const struct frame_crypto recording = bench_recording(&hashes, crypto);
    (void)replay_s(&recording, &key, &held, &file, &hashes);
    bench_hashes_again(&hashes);
    double took = 0;
    double alone = 0;
    const size_t passes = PASSES_BYTES / size < 100 ? PASSES_BYTES / size : 100;
    for (size_t pass = 0; pass < passes; pass++) {
        took += replay_s(crypto, &key, &held, &file, NULL) / (double)passes;
        const double begin = bench_now_s();
        bench_hashes_again(&hashes);
        alone += (bench_now_s() - begin) / (double)passes;
    }
    (void)snprintf(row, sizeof row, "roots@%zu", size);
    bench_sample(row, "framesim", RECEIPTS / took, "receipts/s");
    bench_sample(row, "its-sha256-alone", RECEIPTS / alone, "receipts/s");
    free(hashes.calls);
    free(held.bytes);
    free(file.bytes);
}

int main(void)
{
    struct crypto_memo *memo = crypto_memo_new(1);
    bench_check(memo != NULL, "out of memory");
    const struct frame_crypto fast = bench_fast(memo);
    const struct frame_crypto quick = bench_unsigned(&fast);
    bench_size(&quick, 1 << 10);
    bench_size(&quick, 16 << 10);
    bench_size(&quick, 256 << 10);
    crypto_memo_free(memo);
    return 0;
}
