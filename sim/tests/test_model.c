// SPDX-License-Identifier: Apache-2.0
/* The model itself: against known answers, and against what must hold of any set of receipts. */
#include "core/tests/check.h"
#include "model.h"
#include "model_make.h"
#include "random_chain.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#ifdef HAVE_JANSSON
#include <jansson.h>
#endif

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){.bytes = (const uint8_t *)text, .length = strlen(text)};
}

static bool hash_is(const struct frame_hash *hash, const char *hex)
{
    char text[65] = {0};
    frame_hex_encode(text, hash->bytes, sizeof hash->bytes);
    return strcmp(text, hex) == 0;
}

/* ---- Known answers --------------------------------------------------------------------------- */

/* stateRoot({}, GENESIS) of the key of seed 01…01, and commitments: from the conformance
   vectors. */
static void test_known_roots(const struct frame_crypto *crypto)
{
    struct frame_secret_key secret;
    struct frame_public_key key;
    uint8_t seed[32];
    memset(seed, 1, sizeof seed);
    crypto->key_pair(crypto->context, &secret, &key, seed);
    struct model *model = model_new(span_of("me"), &key, crypto);
    const struct model_fold *fold = model_fold(model);
    if (!CHECK(fold != NULL)) return;
    CHECK(fold->count == 0 && fold->head_count == 0);
    CHECK(hash_is(&fold->commitment,
                  "901131d838b17aac0f7885b81e03cbdc9f5157a00343d30ab22083685ed1416a"));
    CHECK(hash_is(&fold->state_root,
                  "c4dc41fa7c4326e05f663498f471c8d39c437abe84565718b8f920e782bb9353"));
    CHECK(fold->storage.length == 2);
    CHECK(!model_add(model, span_of("{}")));
    CHECK(!model_add(model, span_of("[1,2")));
    model_free(model);
}

#ifdef HAVE_JANSSON

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

static size_t number_of(const json_t *object, const char *name)
{
    return (size_t)json_integer_value(json_object_get(object, name));
}

/* Behind the object that starts at `at`. (jansson's names clash with those of core/json.h.) */
static const char *object_end(const char *at)
{
    int depth = 0;
    bool quoted = false;
    do {
        if (quoted && *at == '\\')
            at++;
        else if (*at == '"')
            quoted = !quoted;
        else if (!quoted)
            depth += (*at == '{') - (*at == '}');
        at++;
    } while (depth > 0);
    return at;
}

/* Adds a chain file's receipts, in an order given as indices (NULL: as they stand). */
static bool add_file(struct model *model, const char *file, const json_t *arrival)
{
    size_t count = 0;
    struct frame_span *items = calloc(strlen(file) + 1, sizeof *items);
    bool added = true;
    for (const char *at = file; *at != '\0'; at++) {
        if (*at != '{') continue;
        const char *end = object_end(at);
        items[count++] = (struct frame_span){(const uint8_t *)at, (size_t)(end - at)};
        at = end - 1;
    }
    for (size_t i = 0; i < count; i++) {
        size_t at = arrival ? (size_t)json_integer_value(json_array_get(arrival, i)) : i;
        added = model_add(model, items[at]) && added;
    }
    free(items);
    return added;
}

/* Those of an outcome, in canonical order, are they the list? */
static bool list_is(const struct model *model, const struct model_fold *fold,
                    enum frame_outcome outcome, const json_t *list)
{
    size_t n = 0;
    for (size_t i = 0; i < fold->count; i++) {
        if (fold->outcome[i] != outcome) continue;
        const char *hex = json_string_value(json_array_get(list, n++));
        if (!hex || !hash_is(&model_at(model, fold->order[i])->hash, hex)) return false;
    }
    return n == json_array_size(list);
}

static void check_expected(const char *name, struct model *model, const json_t *expected)
{
    const struct model_fold *fold = model_fold(model);
    if (!CHECK_IN(name, fold != NULL)) return;
    CHECK_IN(name, fold->count == number_of(expected, "receipts"));
    CHECK_IN(name, fold->superseded == number_of(expected, "superseded"));
    CHECK_IN(name, fold->changed == number_of(expected, "changed"));
    CHECK_IN(name, hash_is(&fold->commitment, text_of(expected, "commitment")));
    CHECK_IN(name, hash_is(&fold->state_root, text_of(expected, "stateRoot")));
    const json_t *heads = json_object_get(expected, "heads");
    if (CHECK_IN(name, fold->head_count == json_array_size(heads)))
        for (size_t i = 0; i < fold->head_count; i++)
            CHECK_IN(name, hash_is(&fold->heads[i], json_string_value(json_array_get(heads, i))));
    const json_t *order = json_object_get(expected, "order");
    for (size_t i = 0; i < json_array_size(order) && i < fold->count; i++)
        CHECK_IN(name, hash_is(&model_at(model, fold->order[i])->hash,
                               json_string_value(json_array_get(order, i))));
    const json_t *superseded = json_object_get(expected, "supersededList");
    const json_t *changed = json_object_get(expected, "changedList");
    if (superseded) CHECK_IN(name, list_is(model, fold, FRAME_OUTCOME_SUPERSEDED, superseded));
    if (changed) CHECK_IN(name, list_is(model, fold, FRAME_OUTCOME_CHANGED, changed));

    bool *all = malloc(fold->count + 1);
    size_t index;
    memset(all, 1, fold->count + 1);
    CHECK_IN(name, model_verify(model, &index, all, NULL) == FRAME_OK);
    free(all);
}

static struct model *model_of_case(const json_t *vector, const struct frame_crypto *crypto)
{
    struct frame_public_key key = {{0}}; /* `[] alone` has none */
    const char *hex = text_of(vector, "publicKey");
    (void)frame_hex_decode(key.bytes, sizeof key.bytes, hex, strlen(hex));
    return model_new(span_of(text_of(vector, "identity")), &key, crypto);
}

static void check_forked(const json_t *vector, const struct frame_crypto *crypto)
{
    const json_t *arrivals = json_object_get(vector, "arrivals"), *expected;
    const char *name = text_of(vector, "name");
    expected = json_object_get(vector, "expected");
    for (size_t i = 0; i <= json_array_size(arrivals); i++) {
        struct model *model = model_of_case(vector, crypto);
        CHECK_IN(name, add_file(model, text_of(vector, "chain"), json_array_get(arrivals, i)));
        if (*text_of(vector, "publicKey")) check_expected(name, model, expected);
        model_free(model);
    }
}

static void check_merge(const json_t *vector, const struct frame_crypto *crypto)
{
    const char *name = text_of(vector, "name");
    for (int reversed = 0; reversed < 2; reversed++) {
        struct model *model = model_of_case(vector, crypto);
        CHECK_IN(name, add_file(model, text_of(vector, reversed ? "remote" : "local"), NULL));
        CHECK_IN(name, add_file(model, text_of(vector, reversed ? "local" : "remote"), NULL));
        check_expected(name, model, json_object_get(vector, "join"));
        model_free(model);
    }
}

static void test_vectors(const char *path, const struct frame_crypto *crypto,
                         void (*check)(const json_t *vector, const struct frame_crypto *crypto))
{
    json_error_t error;
    json_t *vectors = json_load_file(path, 0, &error);
    if (!CHECK_IN(path, json_is_array(vectors) && json_array_size(vectors) > 0)) return;
    for (size_t i = 0; i < json_array_size(vectors); i++)
        check(json_array_get(vectors, i), crypto);
    json_decref(vectors);
}

#endif

/* ---- What holds of any set ------------------------------------------------------------------- */

/* A random closed subset: the closure of a few receipts. */
static void draw(const struct model *model, bool *members, uint64_t *seed)
{
    size_t count = model_count(model), wanted = random_below(seed, 5);
    memset(members, 0, count);
    for (size_t i = 0; i < wanted; i++)
        members[random_below(seed, count)] = true;
    (void)model_close(model, members);
}

/* The order of a closed subset is the order of the whole restricted to it (§ 8). */
static void check_restriction(const struct model *model, const bool *members)
{
    size_t count = model_count(model), n = 0;
    bool *all = malloc(count + 1);
    size_t *whole = calloc(count + 1, sizeof *whole), *part = calloc(count + 1, sizeof *part);
    memset(all, 1, count + 1);
    CHECK(model_order(model, whole, all) == count);
    size_t part_count = model_order(model, part, members);
    for (size_t i = 0; i < count; i++)
        if (members[whole[i]]) CHECK(n < part_count && part[n++] == whole[i]);
    CHECK(n == part_count);
    free(all);
    free(whole);
    free(part);
}

/* Everything about a set is the same whatever order its receipts were added in. */
static void check_arrival(const struct random_chain *chain, const struct frame_crypto *crypto,
                          uint64_t *seed)
{
    size_t count = model_count(chain->model);
    size_t *shuffled = calloc(count + 1, sizeof *shuffled);
    struct model *other = model_new(chain->identity, &chain->public_key, crypto);
    for (size_t i = 0; i < count; i++) {
        size_t at = random_below(seed, i + 1);
        shuffled[i] = shuffled[at];
        shuffled[at] = i;
    }
    for (size_t i = 0; i < count; i++)
        CHECK(model_add(other, model_at(chain->model, shuffled[i])->text));
    const struct model_fold *a = model_fold(chain->model), *b = model_fold(other);
    CHECK(a->count == b->count);
    CHECK(frame_hash_compare(&a->commitment, &b->commitment) == 0);
    CHECK(frame_hash_compare(&a->state_root, &b->state_root) == 0);
    CHECK(a->storage.length == b->storage.length &&
          memcmp(a->storage.bytes, b->storage.bytes, a->storage.length) == 0);
    for (size_t i = 0; i < a->count; i++) {
        CHECK(frame_hash_compare(&model_at(chain->model, a->order[i])->hash,
                                 &model_at(other, b->order[i])->hash) == 0);
        CHECK(a->outcome[i] == b->outcome[i] && a->final[i] == b->final[i]);
    }
    model_free(other);
    free(shuffled);
}

/* A refusal and a final supersession stay so in every larger set. [E9] */
static void check_monotone(struct model *model, const bool *smaller)
{
    const struct model_fold *part = model_fold_of(model, smaller), *whole = model_fold(model);
    size_t n = 0;
    for (size_t i = 0; i < whole->count; i++) {
        if (!smaller[whole->order[i]]) continue;
        CHECK(part->order[n] == whole->order[i]);
        if (part->outcome[n] == FRAME_OUTCOME_REFUSED || part->outcome[n] == FRAME_OUTCOME_MERGE)
            CHECK(whole->outcome[i] == part->outcome[n]);
        if (part->final[n]) CHECK(whole->final[i]);
        CHECK(!whole->final[i] || whole->outcome[i] == FRAME_OUTCOME_SUPERSEDED);
        n++;
    }
}

/* What the generator makes is the same with every compiler: the heads of many seeds, hashed
   together. A new value belongs with a change of the generator, and with nothing else. */
static void test_same_everywhere(const struct frame_crypto *crypto)
{
    struct frame_sha256 state;
    struct frame_hash all;
    crypto->sha256_init(crypto->context, &state);
    for (uint64_t seed = 1; seed <= 20; seed++) {
        struct random_chain chain;
        struct random_chain_config config = {.seed = seed, .receipts = 20, .devices = 3};
        random_chain_init(&chain, &config, crypto);
        const struct model_fold *fold = model_fold(chain.model);
        crypto->sha256_update(crypto->context, &state, fold->state_root.bytes,
                              sizeof fold->state_root.bytes);
        random_chain_release(&chain);
    }
    crypto->sha256_final(crypto->context, &state, &all);
    CHECK(hash_is(&all, "c4560ca0f4a5b210e7c6c6477d4ea1690cccfa99d5b881677c88538359e5ee22"));
}

struct tally {
    size_t outcomes[FRAME_OUTCOME_MERGE + 1];
    size_t final;
    size_t restored;
    size_t receipts;
};

static void check_random(const struct random_chain_config *config, struct tally *tally,
                         const struct frame_crypto *crypto)
{
    struct random_chain chain;
    uint64_t seed = config->seed;
    random_chain_init(&chain, config, crypto);
    size_t count = model_count(chain.model), index;
    bool *members = calloc(count + 1, sizeof *members);
    memset(members, 1, count);
    CHECK(model_verify(chain.model, &index, members, NULL) == FRAME_OK);
    const struct model_fold *whole = model_fold(chain.model);
    for (size_t i = 0; i < whole->count; i++) {
        tally->outcomes[whole->outcome[i]]++;
        tally->final += whole->final[i];
    }
    for (int i = 0; i < 4; i++) {
        struct model_report report;
        draw(chain.model, members, &seed);
        check_restriction(chain.model, members);
        check_monotone(chain.model, members);
        model_report_init(&report, chain.model, model_fold_of(chain.model, members), whole);
        tally->restored += report.restored_count;
        model_report_release(&report);
    }
    tally->receipts += count;
    check_arrival(&chain, crypto, &seed);
    free(members);
    random_chain_release(&chain);
}

/* The generator brings about everything that a set of receipts can hold. */
static void test_random(const struct frame_crypto *crypto)
{
    struct tally tally = {0};
    for (uint64_t seed = 1; seed <= 60; seed++) {
        struct random_chain_config config = {.seed = seed,
                                             .receipts = 10 + seed % 7 * 8,
                                             .devices = 2 + seed % 4,
                                             .routes = seed % 2 == 0};
        check_random(&config, &tally, crypto);
    }
    printf("%zu receipts:", tally.receipts);
    for (unsigned i = 0; i <= FRAME_OUTCOME_MERGE; i++)
        printf(" %zu %s,", tally.outcomes[i], frame_outcome_name((enum frame_outcome)i));
    printf(" %zu final, %zu restored\n", tally.final, tally.restored);
    for (unsigned i = 0; i <= FRAME_OUTCOME_MERGE; i++)
        CHECK(tally.outcomes[i] >= 20);
    CHECK(tally.final >= 20 && tally.restored >= 5);
}

/* A forged root or result is found at its receipt and under its name (§ 10). */
static void test_forged(const struct frame_crypto *crypto)
{
    static const struct {
        const char *field;
        enum frame_status status;
    } forgeries[] = {{"previousStateRoot", FRAME_STATE_ROOT_LINK},
                     {"resultHash", FRAME_RESULT_HASH},
                     {"nextStateRoot", FRAME_STATE_ROOT}};
    struct random_chain_config config = {.seed = 99, .receipts = 20, .devices = 3};
    for (size_t i = 0; i < sizeof forgeries / sizeof forgeries[0]; i++) {
        struct random_chain chain;
        random_chain_init(&chain, &config, crypto);
        struct frame_hash value = {{7}};
        size_t forged = model_forge(chain.model, &chain.secret, 12, forgeries[i].field, &value);
        size_t index = 0;
        CHECK(forged == config.receipts && model_count(chain.model) == forged + 1);
        bool *members = calloc(forged + 1, sizeof *members);
        memset(members, 1, forged + 1);
        CHECK(model_verify(chain.model, &index, members, NULL) == forgeries[i].status);
        CHECK(index == forged);
        free(members);
        random_chain_release(&chain);
    }
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    test_known_roots(crypto);
#ifdef HAVE_JANSSON
    test_vectors("corpora/vectors/linear.json", crypto, check_forked);
    test_vectors("corpora/vectors/forked.json", crypto, check_forked);
    test_vectors("corpora/vectors/merge.json", crypto, check_merge);
#endif
    test_same_everywhere(crypto);
    test_random(crypto);
    test_forged(crypto);
    return check_done();
}
