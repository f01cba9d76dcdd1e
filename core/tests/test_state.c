// SPDX-License-Identifier: Apache-2.0
/* Storage against a naive model: an array of values beside a sorted array of keys. */
#include <sodium.h>
#include <string.h>

#include "check.h"
#include "heap.h"
#include "json.h"
#include "memory.h"
#include "state.h"
#include "state_map.h"

enum {
    POOL = 420,
    KEY_BYTES_MAX = 64,
    VALUE_BYTES_MAX = 9000,
    SNAPSHOTS = 4,
    OPERATIONS = 6000,
    CHECK_EVERY = 40
};

/* Every key that a test uses, in canonical order. */
struct pool_key {
    uint8_t token[KEY_BYTES_MAX];
    size_t length;
    bool outside; /* of the root (§ 7) */
};
static struct pool_key pool[POOL];

/* What storage should hold: for each key of the pool the seed of its value, 0 where it is absent. */
struct model {
    uint32_t seeds[POOL];
};

static struct heap heap;
static struct frame_allocator allocator;

/* ---- Keys and values --------------------------------------------------------------------------- */

static struct frame_span pool_token(size_t i)
{
    return (struct frame_span){pool[i].token, pool[i].length};
}

/* Begins of keys: some outside the root, some nearly so, some array indices, some beyond ASCII where
   UTF-16 and UTF-8 order differ. The tail is a number. */
static const struct {
    const char *begin;
    bool outside;
} shapes[] = {
    {"chain:", true},
    {"frame_integrity", true},
    {"frame_context_", true},
    {"frame_layout", true},
    {"frame_widgets", true},
    {"frame_capsules", true},
    {"frame_logs", true},
    {"frame_ui:", true},
    {"chain", false},
    {"frame_contex", false},
    {"notes:", false},
    {"notes:", false},
    {"escrow:", false},
    {"escrow_", false},
    {"", false},
    {"0", false},
    {"a\n", false},
    {"a\\\"", false},
    {"\xef\xbd\x9e", false},
    {"\xf0\x9f\x98\x80", false},
    {"\xc3\xa9", false},
};

/* Insertion sort: the keys must be distinct and in canonical order. */
static void pool_insert(size_t count, const struct pool_key *key)
{
    struct frame_span token = {key->token, key->length};
    size_t at = count;
    while (at > 0 && frame_json_key_compare(pool_token(at - 1), token) > 0) {
        pool[at] = pool[at - 1];
        at--;
    }
    pool[at] = *key;
}

static bool pool_has(size_t count, const struct pool_key *key)
{
    struct frame_span token = {key->token, key->length};
    for (size_t i = 0; i < count; i++)
        if (span_equal(pool_token(i), token)) return true;
    return false;
}

static void pool_fill(void)
{
    uint64_t seed = 11;
    for (size_t count = 0; count < POOL;) {
        size_t shape = random_below(&seed, sizeof shapes / sizeof *shapes);
        char text[KEY_BYTES_MAX];
        int length =
            snprintf(text, sizeof text, "%s%zu", shapes[shape].begin,
                     random_below(&seed, 3) == 0 ? (size_t)4294967290U + random_below(&seed, 10)
                                                 : random_below(&seed, 60));
        struct pool_key key = {.outside = shapes[shape].outside};
        key.length = json_string_encode(key.token, (const uint8_t *)text, (size_t)length);
        if (pool_has(count, &key)) continue;
        pool_insert(count, &key);
        count += 1;
    }
}

/* The value that a seed stands for: an integer, or a string that is long now and then. */
static struct frame_span value_of(uint32_t value_seed)
{
    static uint8_t text[VALUE_BYTES_MAX];
    uint64_t seed = value_seed;
    if (random_below(&seed, 4) == 0)
        return (struct frame_span){text, json_integer_write(text, value_seed)};
    size_t kind = random_below(&seed, 64);
    size_t length = random_below(&seed, kind == 0 ? VALUE_BYTES_MAX - 2 : kind < 4 ? 2500 : 60);
    text[0] = '"';
    memset(text + 1, (int)('a' + value_seed % 26), length);
    text[length + 1] = '"';
    return (struct frame_span){text, length + 2};
}

/* ---- Naive answers ----------------------------------------------------------------------------- */

/* The entries joined by commas. */
static void model_text(struct buffer *text, const struct model *model, bool with_outside)
{
    buffer_clear(text);
    for (size_t i = 0; i < POOL; i++) {
        if (model->seeds[i] == 0 || (pool[i].outside && !with_outside)) continue;
        if (text->length > 0) buffer_text(text, ",");
        buffer_span(text, pool_token(i));
        buffer_text(text, ":");
        buffer_span(text, value_of(model->seeds[i]));
    }
}

static void check_totals(const struct state *state, const struct model *model)
{
    size_t bytes = 0;
    size_t entries = 0;
    for (size_t i = 0; i < POOL; i++) {
        if (model->seeds[i] == 0) continue;
        bytes += pool[i].length + value_of(model->seeds[i]).length;
        entries += 1;
    }
    CHECK(state_bytes(state) == bytes);
    CHECK(state_entries(state) == entries);
}

/* Counts and walks of a prefix against a look at every key. */
static void check_prefix(const struct state *state, const struct model *model, const char *prefix)
{
    struct state_walk walk;
    struct frame_span key;
    struct frame_span value;
    size_t count = 0;
    state_walk_init(&walk, state, prefix);
    for (size_t i = 0; i < POOL; i++) {
        if (model->seeds[i] == 0 || !json_string_begins(pool_token(i), prefix)) continue;
        count += 1;
        CHECK_IN(prefix, state_walk_next(&walk, &key, &value) && span_equal(key, pool_token(i)) &&
                             span_equal(value, value_of(model->seeds[i])));
    }
    CHECK_IN(prefix, !state_walk_next(&walk, &key, &value));
    uint8_t token[KEY_BYTES_MAX];
    size_t length = json_string_encode(token, (const uint8_t *)prefix, strlen(prefix));
    if (*prefix != '\0')
        CHECK_IN(prefix, state_count_prefix(state, (struct frame_span){token, length}) == count);
}

static void check_text(const struct state *state, const struct model *model, struct buffer *naive,
                       struct buffer *written)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    struct frame_sha256 hash;
    struct frame_hash expected;
    struct frame_hash found;
    model_text(naive, model, true);
    buffer_clear(written);
    CHECK(state_write(state, buffer_sink(written)));
    CHECK(written->length == naive->length + 2 && written->bytes[0] == '{' &&
          written->bytes[written->length - 1] == '}');
    if (naive->length > 0) CHECK(memcmp(written->bytes + 1, naive->bytes, naive->length) == 0);
    model_text(naive, model, false);
    frame_sha256_of(crypto, &expected, naive->bytes, naive->length);
    crypto->sha256_init(crypto->context, &hash);
    state_hash(state, crypto, &hash);
    crypto->sha256_final(crypto->context, &hash, &found);
    CHECK(frame_hash_compare(&expected, &found) == 0);
}

static void check_state(const struct state *state, const struct model *model)
{
    static const char *const prefixes[] = {"",         "notes:", "notes:4", "escrow",
                                           "escrow:",  "chain",  "chain:",  "frame_",
                                           "frame_ui", "a",      "zzz",     "frame_ui:9"};
    struct heap own = {0};
    struct frame_allocator own_allocator = heap_allocator(&own);
    struct buffer naive;
    struct buffer written;
    buffer_init(&naive, &own_allocator);
    buffer_init(&written, &own_allocator);
    check_text(state, model, &naive, &written);
    check_totals(state, model);
    for (size_t i = 0; i < sizeof prefixes / sizeof *prefixes; i++)
        check_prefix(state, model, prefixes[i]);
    for (size_t i = 0; i < POOL; i++) {
        struct frame_span value;
        bool held = state_get(state, &value, pool_token(i));
        CHECK(held == (model->seeds[i] != 0));
        if (held) CHECK(span_equal(value, value_of(model->seeds[i])));
    }
    buffer_free(&naive);
    buffer_free(&written);
}

/* ---- Random walks ------------------------------------------------------------------------------ */

/* One put, or delete where `seed` is 0, which first fails at each of its allocations in turn. */
static void change(struct state *state, struct model *model, size_t key, uint32_t seed)
{
    size_t entries = state_entries(state);
    size_t bytes = state_bytes(state);
    for (size_t n = 1;; n++) {
        size_t live = heap.live;
        heap_fail(&heap, n);
        enum frame_status status =
            seed == 0 ? state_delete(&allocator, state, pool_token(key))
                      : state_put(&allocator, state, pool_token(key), value_of(seed));
        bool failed = heap.asked >= n;
        heap_fail(&heap, 0);
        CHECK(status == (failed ? FRAME_NO_MEMORY : FRAME_OK));
        if (!failed) break;
        CHECK(heap.live == live);
        CHECK(state_entries(state) == entries && state_bytes(state) == bytes);
        struct frame_span value;
        CHECK(state_get(state, &value, pool_token(key)) == (model->seeds[key] != 0));
    }
    model->seeds[key] = seed;
}

struct snapshot {
    struct state state;
    struct model model;
};

/* `fullness`: percent of the changes that are puts. */
static void random_walk(uint64_t seed, size_t fullness)
{
    static struct snapshot now;
    static struct snapshot held[SNAPSHOTS];
    memset(&now, 0, sizeof now);
    memset(held, 0, sizeof held);
    for (size_t i = 0; i < OPERATIONS; i++) {
        size_t key = random_below(&seed, POOL);
        uint32_t value = (uint32_t)random_next(&seed) | 1;
        bool put = random_below(&seed, 100) < fullness;
        change(&now.state, &now.model, key, put ? value : 0);
        struct snapshot *other = &held[random_below(&seed, SNAPSHOTS)];
        if (random_below(&seed, 12) == 0) {
            state_release(&allocator, &other->state);
            state_share(&other->state, &now.state);
            other->model = now.model;
        }
        if (i % CHECK_EVERY != 0) continue;
        check_state(&now.state, &now.model);
        check_state(&other->state, &other->model);
    }
    for (size_t i = 0; i < SNAPSHOTS; i++) {
        check_state(&held[i].state, &held[i].model);
        state_release(&allocator, &held[i].state);
    }
    check_state(&now.state, &now.model);
    state_release(&allocator, &now.state);
    CHECK(heap.live == 0);
}

/* Two states that grew from one share nothing that either can change. */
static void test_branches(void)
{
    struct snapshot left = {.model.seeds = {0}};
    struct snapshot right;
    for (size_t i = 0; i < POOL; i += 2)
        change(&left.state, &left.model, i, (uint32_t)i + 1);
    state_share(&right.state, &left.state);
    right.model = left.model;
    for (size_t i = 0; i < POOL; i += 3) {
        change(&left.state, &left.model, i, (uint32_t)i + 7);
        change(&right.state, &right.model, i, 0);
    }
    check_state(&left.state, &left.model);
    check_state(&right.state, &right.model);
    state_release(&allocator, &left.state);
    check_state(&right.state, &right.model);
    state_release(&allocator, &right.state);
    CHECK(heap.live == 0);
}

/* Sharing takes no memory, however large the state. */
static void test_share_is_free(void)
{
    struct snapshot now = {.model.seeds = {0}};
    struct state copy;
    for (size_t i = 0; i < POOL; i++)
        change(&now.state, &now.model, i, (uint32_t)i + 1);
    heap_fail(&heap, 1);
    state_share(&copy, &now.state);
    CHECK(heap.asked == 0);
    state_release(&allocator, &copy);
    heap_fail(&heap, 0);
    check_state(&now.state, &now.model);
    state_release(&allocator, &now.state);
    CHECK(heap.live == 0);
}

/* A value taken from the state may be put back into it, under another key or the same one. */
static void test_value_of_itself(void)
{
    struct snapshot now = {.model.seeds = {0}};
    for (size_t i = 0; i < POOL; i++)
        change(&now.state, &now.model, i, (uint32_t)i + 1);
    for (size_t i = 0; i < POOL; i += 5) {
        size_t from = (i * 7) % POOL;
        struct frame_span value;
        CHECK(state_get(&now.state, &value, pool_token(from)));
        CHECK(state_put(&allocator, &now.state, pool_token(i), value) == FRAME_OK);
        now.model.seeds[i] = now.model.seeds[from];
    }
    check_state(&now.state, &now.model);
    state_release(&allocator, &now.state);
}

/* ---- Whole objects ----------------------------------------------------------------------------- */

static void test_read(void)
{
    struct model model = {.seeds = {0}};
    struct state state = {NULL, NULL, NULL};
    struct buffer text;
    struct buffer object;
    buffer_init(&text, &allocator);
    buffer_init(&object, &allocator);
    for (size_t i = 0; i < POOL; i++)
        model.seeds[i] = i % 3 == 0 ? 0 : (uint32_t)i;
    model_text(&text, &model, true);
    buffer_text(&object, "{");
    buffer_span(&object, buffer_view(&text));
    buffer_text(&object, "}");
    size_t live = heap.live;
    for (size_t n = 1; n < 60; n++) {
        heap_fail(&heap, n);
        CHECK(state_read(&allocator, &state, buffer_view(&object)) == FRAME_NO_MEMORY);
        CHECK(heap.live == live && state_entries(&state) == 0 && state_bytes(&state) == 0);
    }
    heap_fail(&heap, 0);
    CHECK(state_read(&allocator, &state, buffer_view(&object)) == FRAME_OK);
    check_state(&state, &model);
    state_release(&allocator, &state);
    buffer_free(&text);
    buffer_free(&object);
    CHECK(heap.live == 0);
}

static bool refuse_write(void *context, const uint8_t *bytes, size_t length)
{
    size_t *left = context;
    (void)bytes;
    (void)length;
    if (*left == 0) return false;
    *left -= 1;
    return true;
}

/* A sink that stops stops the writer, wherever it is. */
static void test_write_stops(void)
{
    struct state state = {NULL, NULL, NULL};
    struct model model = {.seeds = {0}};
    size_t whole = SIZE_MAX;
    change(&state, &model, 3, 5);
    change(&state, &model, 70, 9);
    CHECK(state_write(&state, (struct frame_sink){&whole, refuse_write}));
    for (size_t writes = 0; writes < SIZE_MAX - whole; writes++) {
        size_t left = writes;
        CHECK(!state_write(&state, (struct frame_sink){&left, refuse_write}));
    }
    state_release(&allocator, &state);
}

/* Short entries stand in chunks of 1 to 4 KiB, so that hashing takes long strides: while they come,
   in order or not, and after most have gone. */
static void test_strides(size_t step)
{
    enum { KEYS = 5003, BYTES = 16 };
    struct state state = {NULL, NULL, NULL};
    uint8_t token[BYTES];
    struct frame_span key = {token, 0};
    size_t chunks_max = 0;
    for (size_t round = 0; round < 2; round++) {
        for (size_t i = 0; i < KEYS; i++) {
            key.length =
                (size_t)snprintf((char *)token, sizeof token, "\"k%05zu\"", i * step % KEYS);
            if (round == 0)
                CHECK(state_put(&allocator, &state, key, key) == FRAME_OK);
            else if (i % 16 != 0)
                CHECK(state_delete(&allocator, &state, key) == FRAME_OK);
        }
        for (size_t i = 0; i < state.rooted->count; i++)
            CHECK(state.rooted->chunks[i]->length <= 4096);
        chunks_max = (state_bytes(&state) + 2 * state_entries(&state)) / 1024 + 1;
        CHECK(state.rooted->count <= chunks_max);
    }
    state_release(&allocator, &state);
    CHECK(heap.live == 0);
}

static void test_empty(void)
{
    struct state state = {NULL, NULL, NULL};
    static const struct model model = {.seeds = {0}};
    check_state(&state, &model);
    CHECK(state_delete(&allocator, &state, pool_token(0)) == FRAME_OK);
    CHECK(heap.live == 0);
    state_release(&allocator, &state);
}

/* An entry of over 1 GiB is refused by its lengths and a key's beginning. */
static void test_too_large(void)
{
    static const uint8_t token[64] = "\"k\"";
    const struct frame_span small = {token, 3};
    struct frame_span large = {token, (size_t)1 << 30};
    struct state state = {NULL, NULL, NULL};
    CHECK(state_put(&allocator, &state, small, large) == FRAME_LIMIT);
    large.length++;
    CHECK(state_put(&allocator, &state, large, small) == FRAME_LIMIT);
    CHECK(state_entries(&state) == 0 && heap.live == 0);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    allocator = heap_allocator(&heap);
    pool_fill();
    test_empty();
    test_too_large();
    random_walk(1, 75);
    random_walk(2, 50);
    random_walk(3, 25);
    test_branches();
    test_share_is_free();
    test_value_of_itself();
    test_read();
    test_write_stops();
    test_strides(1);
    test_strides(5002);
    test_strides(1237);
    CHECK(heap.live == 0);
    CHECK(!heap.wrong_size);
    return check_done();
}
