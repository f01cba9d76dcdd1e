// SPDX-License-Identifier: Apache-2.0
#include "sim/crypto_ideal.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

struct holder {
    struct frame_public_key key;
    uint8_t seed[32];
};

/* Both tables are open-addressed, with an even number of places and at least half of them free; a place holds
   a holder's number + 1, or 0. */
struct crypto_ideal {
    struct frame_crypto crypto;
    const struct frame_crypto *plain;
    struct holder *holders;
    size_t count;
    size_t places; /* a power of two */
    size_t *by_key;
    size_t *by_seed;
};

enum { PLACES_MIN = 64 };

/* ---- The book of holders ---- */

static size_t place_of(const struct crypto_ideal *ideal, const uint8_t bytes[32])
{
    return (size_t)XXH3_64bits(bytes, 32) & (ideal->places - 1);
}

static const struct holder *holder_of_key(const struct crypto_ideal *ideal,
                                          const struct frame_public_key *key)
{
    for (size_t i = place_of(ideal, key->bytes); ideal->by_key[i] != 0;
         i = (i + 1) & (ideal->places - 1)) {
        const struct holder *holder = &ideal->holders[ideal->by_key[i] - 1];
        if (memcmp(holder->key.bytes, key->bytes, sizeof key->bytes) == 0) return holder;
    }
    return NULL;
}

static const struct holder *holder_of_seed(const struct crypto_ideal *ideal, const uint8_t seed[32])
{
    for (size_t i = place_of(ideal, seed); ideal->by_seed[i] != 0;
         i = (i + 1) & (ideal->places - 1)) {
        const struct holder *holder = &ideal->holders[ideal->by_seed[i] - 1];
        if (memcmp(holder->seed, seed, sizeof holder->seed) == 0) return holder;
    }
    return NULL;
}

static void enter(const struct crypto_ideal *ideal, size_t *table, const uint8_t bytes[32],
                  size_t number)
{
    size_t i = place_of(ideal, bytes);
    while (table[i] != 0)
        i = (i + 1) & (ideal->places - 1);
    table[i] = number + 1;
}

static bool make_room(struct crypto_ideal *ideal)
{
    const size_t places = ideal->places == 0 ? PLACES_MIN : 2 * ideal->places;
    struct holder *holders = realloc(ideal->holders, places / 2 * sizeof *holders);
    if (holders == NULL) return false;
    ideal->holders = holders;
    size_t *by_key = calloc(places, sizeof *by_key);
    size_t *by_seed = calloc(places, sizeof *by_seed);
    if (by_key == NULL || by_seed == NULL) {
        free(by_key);
        free(by_seed);
        return false;
    }
    free(ideal->by_key);
    free(ideal->by_seed);
    ideal->by_key = by_key;
    ideal->by_seed = by_seed;
    ideal->places = places;
    for (size_t i = 0; i < ideal->count; i++) {
        enter(ideal, by_key, holders[i].key.bytes, i);
        enter(ideal, by_seed, holders[i].seed, i);
    }
    return true;
}

static const struct holder *add_holder(struct crypto_ideal *ideal, const uint8_t seed[32])
{
    struct frame_secret_key secret;
    if (ideal->count == ideal->places / 2 && !make_room(ideal)) abort();
    struct holder *holder = &ideal->holders[ideal->count];
    ideal->plain->key_pair(ideal->plain->context, &secret, &holder->key, seed);
    memcpy(holder->seed, seed, sizeof holder->seed);
    enter(ideal, ideal->by_key, holder->key.bytes, ideal->count);
    enter(ideal, ideal->by_seed, holder->seed, ideal->count);
    ideal->count++;
    return holder;
}

/* ---- Signatures ---- */

static void tag(uint8_t signature[64], const struct frame_hash *message, const uint8_t seed[32],
                const uint8_t key[32])
{
    uint8_t text[sizeof message->bytes + 32];
    memcpy(text, key, 32);
    memcpy(text + 32, message->bytes, sizeof message->bytes);
    (void)crypto_generichash_blake2b(signature, 64, text, sizeof text, seed, 32);
}

/* A secret key is the seed and the public key, as libsodium has it. */
static void ideal_key_pair(void *context, struct frame_secret_key *secret,
                           struct frame_public_key *key, const uint8_t seed[32])
{
    struct crypto_ideal *ideal = context;
    const struct holder *holder = holder_of_seed(ideal, seed);
    if (holder == NULL) holder = add_holder(ideal, seed);
    *key = holder->key;
    memcpy(secret->bytes, seed, 32);
    memcpy(secret->bytes + 32, key->bytes, 32);
}

static void ideal_sign(void *context, uint8_t signature[64], const struct frame_hash *message,
                       const struct frame_secret_key *secret)
{
    (void)context;
    tag(signature, message, secret->bytes, secret->bytes + 32);
}

static bool ideal_verify(void *context, const uint8_t signature[64],
                         const struct frame_hash *message, const struct frame_public_key *key)
{
    uint8_t expected[64];
    const struct holder *holder = holder_of_key(context, key);
    if (holder == NULL) return false;
    tag(expected, message, holder->seed, holder->key.bytes);
    return memcmp(expected, signature, sizeof expected) == 0;
}

struct crypto_ideal *crypto_ideal_new(void)
{
    struct crypto_ideal *ideal = calloc(1, sizeof *ideal);
    if (ideal == NULL) return NULL;
    ideal->plain = frame_crypto_libsodium();
    ideal->crypto = *ideal->plain;
    ideal->crypto.context = ideal;
    ideal->crypto.key_pair = ideal_key_pair;
    ideal->crypto.sign = ideal_sign;
    ideal->crypto.verify = ideal_verify;
    if (make_room(ideal)) return ideal;
    crypto_ideal_free(ideal);
    return NULL;
}

void crypto_ideal_free(struct crypto_ideal *ideal)
{
    if (ideal == NULL) return;
    free(ideal->holders);
    free(ideal->by_key);
    free(ideal->by_seed);
    free(ideal);
}

const struct frame_crypto *crypto_ideal_crypto(const struct crypto_ideal *ideal)
{
    return &ideal->crypto;
}
