// SPDX-License-Identifier: Apache-2.0
#include "chain_gen.h"

#include "chain_gen_intent.h"
#include "core/json.h"
#include "core/memory.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { INSTANCES = 2 };

/* One of the two instances, and how much of what arrived at it the other has been given. */
struct instance {
    struct frame_chain *chain;
    uint64_t given;
    int64_t clock_s;
    char origin[33]; /* what stands for its transport key (§ 3) */
};

struct generator {
    struct gen_draw draw;
    struct frame_allocator allocator;
    struct frame_secret_key secret;
    char identity[CHAIN_GEN_IDENTITY_BYTES_MAX];
    struct instance instances[INSTANCES];
    uint64_t serial; /* intents so far */
    uint64_t spare;  /* receipts that no fork needs and that are still to be spread */
    uint64_t places; /* among so many places */
};

size_t chain_gen_receipts_min(size_t forks)
{
    return forks == 0 ? 0 : 3 * forks - 1;
}

size_t chain_gen_identity(char identity[CHAIN_GEN_IDENTITY_BYTES_MAX], uint64_t seed)
{
    return (size_t)snprintf(identity, CHAIN_GEN_IDENTITY_BYTES_MAX, "generated-%" PRIu64, seed);
}

void chain_gen_key_seed(uint8_t key_seed[32], const struct frame_crypto *crypto, uint64_t seed)
{
    char identity[CHAIN_GEN_IDENTITY_BYTES_MAX];
    struct frame_hash hash;
    size_t length = chain_gen_identity(identity, seed);
    frame_sha256_of(crypto, &hash, identity, length);
    memcpy(key_seed, hash.bytes, sizeof hash.bytes);
}

static enum frame_status instance_init(struct instance *instance, const struct generator *generator,
                                       const struct frame_crypto *crypto,
                                       const struct frame_public_key *key, unsigned number)
{
    struct frame_chain_config config = {
        .crypto = crypto,
        .allocator = generator->allocator,
        .mode = FRAME_MODE_FULL,
        .identity = {(const uint8_t *)generator->identity, strlen(generator->identity)},
        .public_key = key};
    instance->given = 0;
    instance->clock_s = INT64_C(1700000000) + number;
    memset(instance->origin, (int)('a' + number), sizeof instance->origin - 1);
    instance->origin[sizeof instance->origin - 1] = '\0';
    return frame_chain_new(&instance->chain, &config);
}

/* What falls to the next place: on average its part of what is left, all of it at the last. */
static uint64_t take_spare(struct generator *generator)
{
    if (generator->places == 0) return 0;
    uint64_t part = generator->spare;
    if (generator->places > 1 && part > 0) {
        uint64_t drawn = gen_draw_below(&generator->draw, 2 * part / generator->places + 1);
        part = drawn < part ? drawn : part;
    }
    generator->places--;
    generator->spare -= part;
    return part;
}

/* One intent at an instance; a merge receipt comes before it where there are two heads (§ 9). */
static enum frame_status execute(struct generator *generator, struct instance *instance,
                                 const struct gen_intent *drawn)
{
    struct frame_executed executed;
    instance->clock_s += (int64_t)gen_draw_below(&generator->draw, 90);
    const struct frame_intent intent = {
        .action = {(const uint8_t *)drawn->action, strlen(drawn->action)},
        .payload = {(const uint8_t *)drawn->payload, strlen(drawn->payload)},
        .raw = {(const uint8_t *)drawn->action, strlen(drawn->action)},
        .origin = {(const uint8_t *)instance->origin, strlen(instance->origin)},
        .network_responses = {(const uint8_t *)drawn->network_responses,
                              strlen(drawn->network_responses)}};
    generator->serial++;
    return frame_chain_execute(instance->chain, &executed, &generator->secret, &intent,
                               instance->clock_s);
}

static enum frame_status execute_many(struct generator *generator, struct instance *instance,
                                      uint64_t count)
{
    enum frame_status status = FRAME_OK;
    for (uint64_t i = 0; i < count && status == FRAME_OK; i++) {
        struct gen_intent drawn;
        gen_intent_draw(&drawn, &generator->draw, generator->identity, generator->serial);
        status = execute(generator, instance, &drawn);
    }
    return status;
}

/* What the identity has; 0 where it has nothing. */
static int64_t balance(const struct generator *generator, const struct frame_chain *chain)
{
    char key[CHAIN_GEN_IDENTITY_BYTES_MAX + 16];
    struct frame_span value;
    int64_t amount = 0;
    int length = snprintf(key, sizeof key, "wallet:balance:%s", generator->identity);
    const struct frame_span name = {(const uint8_t *)key, (size_t)length};
    if (!frame_chain_storage(chain, &value, name) || !json_integer(value, &amount)) return 0;
    return amount;
}

/* One side of a fork. Where the sides fight, each begins with a payment of three quarters of what
   there is: merged, one of the two is superseded. */
static enum frame_status execute_side(struct generator *generator, struct instance *instance,
                                      uint64_t count, bool fight)
{
    int64_t had = balance(generator, instance->chain);
    if (!fight || had < 4) return execute_many(generator, instance, count);
    struct gen_intent drawn;
    gen_intent_send(&drawn, &generator->draw, had / 4 * 3);
    enum frame_status status = execute(generator, instance, &drawn);
    return status == FRAME_OK ? execute_many(generator, instance, count - 1) : status;
}

static enum frame_status join_bytes(struct frame_chain *chain,
                                    const struct frame_allocator *allocator,
                                    struct frame_span bytes)
{
    struct frame_fault fault;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    enum frame_status status = frame_parse(&parsed, &fault, allocator, bytes.bytes, bytes.length);
    if (status == FRAME_OK) status = frame_verify(&verified, &fault, chain, parsed);
    frame_parsed_free(parsed);
    if (status == FRAME_OK) status = frame_replay(&replayed, &fault, verified);
    if (status == FRAME_OK) status = frame_join(NULL, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    return status;
}

/* Gives `to` what has arrived at `from` since it was last asked. */
static enum frame_status give(struct generator *generator, struct instance *to,
                              struct instance *from)
{
    struct buffer batch;
    uint64_t count = frame_chain_count(from->chain);
    if (from->given == count) return FRAME_OK;
    buffer_init(&batch, &generator->allocator);
    buffer_text(&batch, "[");
    for (uint64_t i = from->given; i < count; i++) {
        struct frame_receipt receipt;
        frame_chain_arrived(from->chain, &receipt, i);
        if (i > from->given) buffer_text(&batch, ",");
        buffer_span(&batch, receipt.bytes);
    }
    buffer_text(&batch, "]");
    enum frame_status status = FRAME_NO_MEMORY;
    if (!batch.failed) status = join_bytes(to->chain, &generator->allocator, buffer_view(&batch));
    buffer_free(&batch);
    if (status == FRAME_OK) from->given = count;
    return status;
}

/* Afterwards both hold the same, each has given all of it, and their clocks agree. */
static enum frame_status exchange(struct generator *generator)
{
    struct instance *one = &generator->instances[0];
    struct instance *other = &generator->instances[1];
    enum frame_status status = give(generator, other, one);
    if (status == FRAME_OK) status = give(generator, one, other);
    one->given = frame_chain_count(one->chain);
    other->given = frame_chain_count(other->chain);
    if (one->clock_s < other->clock_s)
        one->clock_s = other->clock_s;
    else
        other->clock_s = one->clock_s;
    return status;
}

/* A stretch without forks at one instance, then a fork: both execute on what both hold. */
static enum frame_status stretch_and_fork(struct generator *generator)
{
    uint64_t stretch = take_spare(generator);
    unsigned where = (unsigned)gen_draw_below(&generator->draw, INSTANCES);
    enum frame_status status = execute_many(generator, &generator->instances[where], stretch);
    if (status == FRAME_OK) status = exchange(generator);
    bool fight = gen_draw_below(&generator->draw, 2) == 0;
    for (int i = 0; i < INSTANCES && status == FRAME_OK; i++) {
        uint64_t count = 1 + take_spare(generator);
        status = execute_side(generator, &generator->instances[i], count, fight);
    }
    if (status == FRAME_OK) status = exchange(generator);
    return status;
}

static enum frame_status generate(struct generator *generator, const struct chain_gen *parameters)
{
    generator->spare = parameters->receipts - chain_gen_receipts_min(parameters->forks);
    generator->places = 3 * (uint64_t)parameters->forks;
    if (parameters->forks == 0)
        return execute_many(generator, &generator->instances[0], parameters->receipts);
    enum frame_status status = FRAME_OK;
    for (size_t i = 0; i < parameters->forks && status == FRAME_OK; i++)
        status = stretch_and_fork(generator);
    return status;
}

enum frame_status chain_gen_new(struct frame_chain **chain, const struct frame_crypto *crypto,
                                const struct frame_allocator *allocator,
                                const struct chain_gen *parameters)
{
    struct frame_public_key key;
    uint8_t key_seed[32];
    if (parameters->forks > SIZE_MAX / 3 ||
        parameters->receipts < chain_gen_receipts_min(parameters->forks))
        return FRAME_BAD_ARGUMENT;
    struct generator generator = {.draw = {parameters->seed}, .allocator = *allocator};
    (void)chain_gen_identity(generator.identity, parameters->seed);
    chain_gen_key_seed(key_seed, crypto, parameters->seed);
    crypto->key_pair(crypto->context, &generator.secret, &key, key_seed);
    enum frame_status status = FRAME_OK;
    for (unsigned i = 0; i < INSTANCES && status == FRAME_OK; i++)
        status = instance_init(&generator.instances[i], &generator, crypto, &key, i);
    if (status == FRAME_OK) status = generate(&generator, parameters);
    frame_chain_free(generator.instances[1].chain);
    if (status == FRAME_OK)
        *chain = generator.instances[0].chain;
    else
        frame_chain_free(generator.instances[0].chain);
    return status;
}
