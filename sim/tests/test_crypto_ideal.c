// SPDX-License-Identifier: Apache-2.0
/* Ideal signatures: they hold for holders of the secret alone, and change nothing about receipts and roots. */
#include "sim/crypto_ideal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "sim/interpret.h"

struct pair {
    struct frame_secret_key secret;
    struct frame_public_key key;
};

static void pair_make(struct pair *pair, const struct frame_crypto *crypto, uint32_t number)
{
    uint8_t seed[32] = {(uint8_t)number, (uint8_t)(number >> 8), 7};
    crypto->key_pair(crypto->context, &pair->secret, &pair->key, seed);
}

static bool verifies(const struct frame_crypto *crypto, const uint8_t signature[64],
                     const struct frame_hash *message, const struct pair *pair)
{
    return crypto->verify(crypto->context, signature, message, &pair->key);
}

/* S + L in the second half, as a verifier that does not reduce would accept it. */
static void add_l(uint8_t signature[64])
{
    static const uint8_t l[32] = {0xed, 0xd3, 0xf5, 0x5c, 0x1a, 0x63, 0x12, 0x58,       0xd6,
                                  0x9c, 0xf7, 0xa2, 0xde, 0xf9, 0xde, 0x14, [31] = 0x10};
    unsigned carry = 0;
    for (size_t i = 0; i < 32; i++) {
        carry += (unsigned)signature[32 + i] + l[i];
        signature[32 + i] = (uint8_t)carry;
        carry >>= 8;
    }
}

static void test_forgeries(const struct frame_crypto *ideal)
{
    const struct frame_crypto *real = frame_crypto_libsodium();
    struct pair ana;
    struct pair ben;
    struct pair stranger;
    uint8_t signature[64];
    uint8_t forged[64];
    const struct frame_hash message = {{1, 2, 3}};
    const struct frame_hash other = {{1, 2, 4}};
    pair_make(&ana, ideal, 1);
    pair_make(&ben, ideal, 2);
    pair_make(&stranger, real, 3);
    ideal->sign(ideal->context, signature, &message, &ana.secret);
    CHECK(verifies(ideal, signature, &message, &ana));
    CHECK(!verifies(ideal, signature, &other, &ana));
    CHECK(!verifies(ideal, signature, &message, &ben));
    for (size_t bit = 0; bit < 512; bit++) {
        memcpy(forged, signature, sizeof forged);
        forged[bit / 8] ^= (uint8_t)(1u << bit % 8);
        CHECK(!verifies(ideal, forged, &message, &ana));
    }
    memcpy(forged, signature, sizeof forged);
    add_l(forged);
    CHECK(!verifies(ideal, forged, &message, &ana));
    memset(forged, 0, sizeof forged);
    CHECK(!verifies(ideal, forged, &message, &ana));
    forged[0] = 1; /* the neutral point, and S = 0 */
    CHECK(!verifies(ideal, forged, &message, &ana));
    /* another one's secret under this one's public key */
    struct frame_secret_key mixed = ben.secret;
    memcpy(mixed.bytes + 32, ana.key.bytes, 32);
    ideal->sign(ideal->context, forged, &message, &mixed);
    CHECK(!verifies(ideal, forged, &message, &ana));
    /* a key that nobody has made here */
    ideal->sign(ideal->context, forged, &message, &stranger.secret);
    CHECK(!verifies(ideal, forged, &message, &stranger));
    /* neither mode takes the other's */
    CHECK(!verifies(real, signature, &message, &ana));
    real->sign(real->context, forged, &message, &ana.secret);
    CHECK(!verifies(ideal, forged, &message, &ana));
}

/* The key pairs are the real ones, however many there are, and each signs for itself alone. */
static void test_keys(const struct frame_crypto *ideal)
{
    enum { KEYS = 1000 };
    static struct pair pairs[KEYS];
    static uint8_t signatures[KEYS][64];
    const struct frame_hash message = {{9}};
    for (uint32_t i = 0; i < KEYS; i++) {
        struct pair real;
        pair_make(&pairs[i], ideal, 100 + i);
        pair_make(&real, frame_crypto_libsodium(), 100 + i);
        CHECK(memcmp(&real, &pairs[i], sizeof real) == 0);
        ideal->sign(ideal->context, signatures[i], &message, &pairs[i].secret);
    }
    for (uint32_t i = 0; i < KEYS; i++) {
        struct pair again;
        pair_make(&again, ideal, 100 + i);
        CHECK(memcmp(&again, &pairs[i], sizeof again) == 0);
        CHECK(verifies(ideal, signatures[i], &message, &pairs[i]));
        CHECK(!verifies(ideal, signatures[i], &message, &pairs[(i + 1) % KEYS]));
    }
}

/* ---- Whole runs under both ---- */

enum { PEERS_MAX = 128 };

struct ending {
    int peers;
    struct frame_summary summaries[PEERS_MAX];
};

static void over(void *context, const struct world *world, const struct interpret_result *result)
{
    struct ending *ending = context;
    (void)result;
    ending->peers = world_peer_count(world);
    if (!CHECK(ending->peers <= PEERS_MAX)) ending->peers = PEERS_MAX;
    for (int i = 0; i < ending->peers; i++) {
        const struct frame_chain *chain = world_peer_chain(world, i);
        if (chain != NULL) frame_chain_summary(chain, &ending->summaries[i]);
    }
}

static void run(struct ending *ending, struct interpret_result *result,
                const struct scenario *scenario, enum crypto_mode mode)
{
    struct crypto_memo *memo = crypto_memo_new_of(mode, CRYPTO_MEMO_ENTRIES_DEFAULT);
    const struct interpret_listener listener = {.context = ending, .over = over};
    const struct interpret_options options = {.memo = memo, .listener = &listener};
    if (memo == NULL) abort();
    memset(ending, 0, sizeof *ending);
    interpret(result, scenario, &options);
    CHECK(result->crypto == mode);
    crypto_memo_free(memo);
}

/* A commitment is over the heads, whose hashes are over all before them; a state root is over the fold. */
static void test_same_receipts(const char *path)
{
    struct scenario *scenario = scenario_load(path, stderr);
    struct interpret_result real;
    struct interpret_result ideal;
    static struct ending by_real;
    static struct ending by_ideal;
    if (!CHECK_IN(path, scenario != NULL)) return;
    run(&by_real, &real, scenario, CRYPTO_REAL);
    run(&by_ideal, &ideal, scenario, CRYPTO_IDEAL);
    CHECK_IN(path, real.verdict == INTERPRET_OK && ideal.verdict == INTERPRET_OK);
    CHECK_IN(path, real.events == ideal.events && real.virtual_us == ideal.virtual_us);
    CHECK_IN(path, memcmp(&real.hash, &ideal.hash, sizeof real.hash) != 0);
    CHECK_IN(path, by_real.peers == by_ideal.peers);
    size_t receipts = 0;
    for (int i = 0; i < by_real.peers; i++) {
        const struct frame_summary *a = &by_real.summaries[i];
        const struct frame_summary *b = &by_ideal.summaries[i];
        receipts += a->receipts;
        CHECK_IN(path, a->receipts == b->receipts);
        CHECK_IN(path, frame_hash_compare(&a->commitment, &b->commitment) == 0);
        CHECK_IN(path, frame_hash_compare(&a->state_root, &b->state_root) == 0);
    }
    CHECK_IN(path, receipts > 0);
    interpret_result_release(&real);
    interpret_result_release(&ideal);
    scenario_free(scenario);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    struct crypto_ideal *ideal = crypto_ideal_new();
    if (ideal == NULL) return 1;
    test_forgeries(crypto_ideal_crypto(ideal));
    test_keys(crypto_ideal_crypto(ideal));
    crypto_ideal_free(ideal);
    test_same_receipts("scenarios/showcase.scn");
    test_same_receipts("scenarios/merge/a-double-spend-is-superseded-everywhere.scn");
    test_same_receipts(
        "scenarios/merge/more-heads-than-one-merge-can-name-are-merged-when-idle.scn");
    test_same_receipts("scenarios/forgery/a-holder-of-the-key-is-an-instance.scn");
    test_same_receipts("scenarios/forgery/a-signature-has-one-form.scn");
    test_same_receipts("scenarios/crash/an-old-backup-forks-from-its-own-past.scn");
    return check_done();
}
