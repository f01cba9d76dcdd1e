// SPDX-License-Identifier: Apache-2.0
/*
 * The mutator keeps its promises: what it makes of chains gets behind all walls nearly as often as it leaves
 * no seal broken, every forgery meets the verdict it is meant for, sealing heals, and equal seeds give
 * equal bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/tests/check.h"
#include "crypto.h"
#include "json_again.h"
#include "lines.h"
#include "model_internal.h"
#include "mutator.h"
#include "mutator_pool.h"
#include "pipeline.h"
#include "random_chain.h"

enum { BYTES_MAX = 1 << 18, SEEDS = 12, ROUNDS = 60 };

static struct frame_span make_sized(uint64_t seed, size_t receipts)
{
    struct random_chain random;
    struct random_chain_config config = {.seed = seed, .receipts = receipts, .devices = 2};
    struct model_text text = {0};
    random_chain_init(&random, &config, crypto_stub());
    const struct model_fold *fold = model_fold(random.model);
    for (size_t i = 0; i < fold->count; i++) {
        struct frame_span receipt = model_at(random.model, fold->order[i])->text;
        model_text_string(&text, i == 0 ? "[" : ",");
        model_text_add(&text, receipt.bytes, receipt.length);
    }
    model_text_string(&text, "]");
    random_chain_release(&random);
    return model_text_span(&text);
}

static struct frame_span make_chain(uint64_t seed)
{
    return make_sized(seed, 3 + seed % 6);
}

static enum frame_status verdict(struct frame_span batch)
{
    struct frame_fault fault;
    struct frame_chain *chain = pipeline_chain(crypto_stub(), FRAME_MODE_FULL, NULL);
    enum frame_status status = pipeline_join(&fault, chain, batch);
    frame_chain_free(chain);
    return status;
}

/* ---- Chains --------------------------------------------------------------------------------- */

static void test_chains(void)
{
    static uint8_t bytes[BYTES_MAX], again[BYTES_MAX];
    size_t total = 0, accepted = 0, changed = 0, replayed = 0;
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct frame_span chain = make_chain(seed);
        for (uint64_t round = 0; round < ROUNDS; round++) {
            uint64_t draw = seed * 1000 + round;
            if (draw % 16 == 0) continue; /* plain bytes */
            memcpy(bytes, chain.bytes, chain.length);
            memcpy(again, chain.bytes, chain.length);
            size_t size = mutator_mutate(bytes, chain.length, BYTES_MAX, NULL, 0, draw);
            CHECK(mutator_mutate(again, chain.length, BYTES_MAX, NULL, 0, draw) == size);
            CHECK(memcmp(bytes, again, size) == 0);
            enum frame_status status = verdict((struct frame_span){bytes, size});
            total++;
            accepted += status == FRAME_OK;
            replayed += status == FRAME_OK || status > FRAME_SIGNATURE;
            changed += size != chain.length || memcmp(bytes, chain.bytes, size) != 0;
        }
        model_free_span(chain);
    }
    printf("of %zu mutated chains %zu changed, %zu reached replay, %zu accepted\n", total, changed,
           replayed, accepted);
    CHECK(accepted * 100 >= total * 80);
    CHECK(accepted < total); /* seals are broken, too */
    CHECK(changed * 100 >= total * 75);
}

/* Chains mutated again and again stay readable and grow no further than they may. */
static void test_generations(void)
{
    static uint8_t bytes[BYTES_MAX];
    struct frame_span chain = make_chain(5), other = make_chain(6);
    size_t size = chain.length, accepted = 0;
    memcpy(bytes, chain.bytes, size);
    for (uint64_t round = 1; round < 400; round++) {
        if (round % 16 == 0) continue;
        size_t splice = round % 5 == 0 ? other.length : 0;
        size = mutator_mutate(bytes, size, 40000, other.bytes, splice, round);
        CHECK(size > 0 && size <= 40000);
        bool good = verdict((struct frame_span){bytes, size}) == FRAME_OK;
        accepted += good;
        if (!good) { /* from the beginning */
            size = chain.length;
            memcpy(bytes, chain.bytes, size);
        }
    }
    printf("of 375 generations %zu accepted\n", accepted);
    CHECK(accepted > 280);
    model_free_span(chain);
    model_free_span(other);
}

/* Many changes of one pool, one after the other: a merge receipt that is taken out may be given an intent later. */
static void test_many_changes(void)
{
    enum { CHANGES = 60 };
    for (uint64_t seed = 0; seed < 100; seed++) {
        struct frame_span chain = make_sized(seed % SEEDS, 12);
        struct model_text text = {0};
        struct pool pool;
        pool_init(&pool, seed);
        CHECK(pool_read(&pool, chain));
        for (int i = 0; i < CHANGES; i++)
            pool_change(&pool);
        pool_seal(&pool);
        pool_write(&pool, &text, 0);
        CHECK(text.length >= 2);
        free(text.bytes);
        pool_release(&pool);
        model_free_span(chain);
    }
}

/* ---- Forgeries ------------------------------------------------------------------------------ */

static void test_forgery(enum frame_status kind)
{
    size_t met = 0, tried = 0;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct frame_span chain =
            kind == FRAME_MERGE_HEADS ? make_sized(seed, 20) : make_chain(seed % SEEDS);
        struct pool pool;
        struct model_text text = {0};
        pool_init(&pool, seed);
        CHECK(pool_read(&pool, chain));
        struct draft *draft = &pool.drafts[pool_below(&pool, pool.draft_count)];
        for (size_t i = 0; kind == FRAME_MERGE_HEADS && i < pool.draft_count; i++)
            if (pool.drafts[i].merge) draft = &pool.drafts[i];
        if (kind != FRAME_MERGE_HEADS || draft->merge) {
            draft->forgery = kind;
            draft->forgery_seed = pool_random(&pool) >> 8;
            if (kind == FRAME_DUPLICATE)
                pool.lists[0][pool.counts[0]++] = (size_t)(draft - pool.drafts);
            pool_seal(&pool);
            pool_write(&pool, &text, 0);
            tried++;
            met += verdict(model_text_span(&text)) == kind;
            free(text.bytes);
        }
        pool_release(&pool);
        model_free_span(chain);
    }
    printf("%-22s %zu of %zu\n", frame_status_name(kind), met, tried);
    CHECK_IN(frame_status_name(kind), met > 0 && met * 4 >= tried);
}

/* ---- Sealing -------------------------------------------------------------------------------- */

static void test_seal(void)
{
    static uint8_t bytes[BYTES_MAX];
    for (uint64_t seed = 0; seed < SEEDS; seed++) {
        struct frame_span chain = make_chain(seed);
        memcpy(bytes, chain.bytes, chain.length);
        size_t size = mutator_seal(bytes, chain.length, BYTES_MAX);
        CHECK(size == chain.length && memcmp(bytes, chain.bytes, size) == 0);
        /* the users typed something else: no hash fits any more */
        for (size_t i = 0; i + 16 < size; i++)
            if (memcmp(bytes + i, "\"raw\":\"r\\n\"", 11) == 0) bytes[i + 7] = 's';
        CHECK(verdict((struct frame_span){bytes, size}) == FRAME_INPUT_HASH);
        size = mutator_seal(bytes, size, BYTES_MAX);
        CHECK(verdict((struct frame_span){bytes, size}) == FRAME_OK);
        model_free_span(chain);
    }
}

/* What is not of the kind that it begins like is not read beyond its end. */
static void test_garbage(void)
{
    enum { ROOM = 1000 };
    static const char intent_behind[] =
        "t\"\ni{\"action\":\"notes.delete\",\"origin\":\"\",\"payload\":{\"id\":\"\"},\"raw\":\"\","
        "\"timestamp\":0}"; /* the first line is no storage */
    static const char *const inputs[] = {"",
                                         "[",
                                         "[]",
                                         "{}",
                                         "{\"body\":{}}",
                                         "m2{}",
                                         "i{}",
                                         intent_behind,
                                         "{\"action\":1}",
                                         "\n\n\n",
                                         "m",
                                         "i",
                                         "[{}]",
                                         "[1]\n[2]",
                                         "{\"capabilityVersion\":2}",
                                         "m2{\"type\":\"page\"}"};
    for (size_t i = 0; i < sizeof inputs / sizeof *inputs; i++) {
        size_t size = strlen(inputs[i]);
        uint8_t *bytes = model_allocate(ROOM);
        for (uint64_t seed = 0; seed < 256; seed++) {
            memset(bytes, 'x', ROOM);
            memcpy(bytes, inputs[i], size);
            CHECK_IN(inputs[i], mutator_mutate(bytes, size, ROOM, NULL, 0, seed) <= ROOM);
        }
        memcpy(bytes, inputs[i], size);
        CHECK_IN(inputs[i], mutator_seal(bytes, size, ROOM) <= ROOM);
        free(bytes);
    }
}

/* ---- Storage -------------------------------------------------------------------------------- */

/* Entries come to their places among those that are there, each once. */
static void test_entries(void)
{
    static const char start[] = "{\"contacts:ann\":1,\"m\":2,\"zoo\":3}";
    struct pool pool;
    struct frame_span storage = {(const uint8_t *)start, sizeof start - 1}, value;
    size_t offset;
    pool_init(&pool, 1);
    for (int i = 0; i < 100; i++) {
        storage = pool_new_entry(&pool, storage);
        CHECK(frame_json_check(&offset, storage.bytes, storage.length) == FRAME_OK);
    }
    CHECK(json_count(storage) == 3 + 7);
    CHECK(json_member(storage, &value, "zoo") && span_is(value, "3"));
    CHECK(json_member(storage, &value, "timer:ticks") && span_is(value, "3"));
    pool_release(&pool);
}

int main(void)
{
    test_entries();
    test_chains();
    test_generations();
    test_many_changes();
    for (size_t i = 0; i < POOL_FORGERIES; i++)
        test_forgery(pool_forgeries[i]);
    test_seal();
    test_garbage();
    return check_done();
}
