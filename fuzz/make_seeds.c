// SPDX-License-Identifier: Apache-2.0
/*
 * make_seeds FOLDER [SCENARIO...]: writes the seed inputs of all targets to FOLDER/TARGET/, each named by
 * its hash. Everything comes from random chains of fixed seeds, signed with stub signatures.
 */
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "core/json.h"
#include "core/message.h"
#include "core/tests/json_make.h"
#include "crypto.h"
#include "fuzz.h"
#include "mutator_pool.h"
#include "random_chain.h"
#include "model_internal.h"

static const char *folder;

static void emit(const char *target, struct model_text *text)
{
    uint8_t hash[32];
    char hex[41] = "", path[4096];
    crypto_hash_sha256(hash, text->bytes, text->length);
    frame_hex_encode(hex, hash, 20);
    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/%s/%s", folder, target, hex);
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file != NULL && fwrite(text->bytes, 1, text->length, file) == text->length);
    FUZZ_CHECK(fclose(file) == 0);
    free(text->bytes);
    *text = (struct model_text){0};
}

static void add_span(struct model_text *text, struct frame_span span)
{
    model_text_add(text, span.bytes, span.length);
}

/* ---- Chains --------------------------------------------------------------------------------- */

/* The first `count` receipts of a set, in canonical order, as a chain file. */
static void add_chain(struct model_text *text, const struct model *model, const bool *set,
                      size_t count)
{
    size_t *order = model_allocate_array(model_count(model) + 1, sizeof *order);
    size_t in_set = model_order(model, order, set);
    model_text_string(text, "[");
    for (size_t i = 0; i < in_set && i < count; i++) {
        if (i > 0) model_text_string(text, ",");
        add_span(text, model_at(model, order[i])->text);
    }
    model_text_string(text, "]");
    free(order);
}

static bool *everything(const struct model *model)
{
    bool *all = model_allocate_array(model_count(model), sizeof *all);
    for (size_t i = 0; i < model_count(model); i++)
        all[i] = true;
    return all;
}

static void add_attestation(struct model_text *text, const struct model_fold *fold)
{
    uint8_t bytes[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    struct frame_attestation attestation = {.identity_key = *crypto_public(0),
                                            .commitment = fold->commitment,
                                            .state_root = fold->state_root,
                                            .receipt_count = (int64_t)fold->count,
                                            .timestamp_s = 100};
    frame_attestation_make(bytes, &length, crypto_stub(), crypto_secret(0), &attestation);
    model_text_add(text, bytes, length);
}

static void seed_chains(struct random_chain *chain, uint64_t seed)
{
    struct model_text text = {0};
    bool *all = everything(chain->model);
    const struct model_fold *fold = model_fold(chain->model);
    add_chain(&text, chain->model, all, SIZE_MAX);
    model_text_string(&text, "\n");
    add_attestation(&text, fold);
    emit("verify", &text);
    for (size_t i = 0; i < chain->devices && i < 3; i++) {
        add_chain(&text, chain->model, chain->held[i], SIZE_MAX);
        model_text_string(&text, "\n");
    }
    emit("merge", &text);
    if (seed % 4 == 0) {
        add_chain(&text, chain->model, all, 2);
        emit("parse", &text);
        add_attestation(&text, fold);
        model_text_string(&text, "\n");
        add_attestation(&text, model_fold_of(chain->model, chain->held[0]));
        emit("attestation", &text);
    }
    if (seed % 2 == 0) {
        add_span(&text, model_at(chain->model, model_count(chain->model) - 1)->text);
        emit("receipt", &text);
    }
    free(all);
}

/* Chains that have merge receipts in them. */
static void seed_merges(void)
{
    enum { SEEDS = 3 };
    size_t made = 0;
    for (uint64_t seed = 1; made < SEEDS; seed++) {
        struct random_chain chain;
        struct random_chain_config config = {.seed = seed * 2003, .receipts = 6, .devices = 2};
        bool merged = false;
        random_chain_init(&chain, &config, crypto_stub());
        for (size_t i = 0; i < model_count(chain.model); i++)
            merged = merged || model_at(chain.model, i)->merge;
        if (merged) seed_chains(&chain, 1);
        made += merged;
        random_chain_release(&chain);
    }
}

/* Alone, and as a chain. */
static void emit_forged(struct pool *pool, struct frame_span receipt, enum frame_status verdict,
                        uint64_t seed)
{
    struct model_text text = {0};
    const struct frame_span forged = pool_forge(pool, receipt, verdict, seed);
    add_span(&text, forged);
    emit("receipt", &text);
    model_text_string(&text, "[");
    add_span(&text, forged);
    model_text_string(&text, "]\n");
    emit("verify", &text);
}

/* First receipts whose own text breaks a rule, one each: a bound, an order, a letter, a member too many. */
static void seed_forged(void)
{
    struct random_chain chain;
    struct random_chain_config config = {.seed = 1009, .receipts = 2, .devices = 2};
    struct pool pool;
    random_chain_init(&chain, &config, crypto_stub());
    pool_init(&pool, 1);
    const struct frame_span receipt = model_at(chain.model, 0)->text;
    for (size_t bound = 0; bound < POOL_BOUNDS; bound++)
        for (size_t way = 0; way < POOL_BOUND_WAYS; way++)
            emit_forged(&pool, receipt, FRAME_FIELD_TYPE, pool_bound_seed(bound, way));
    for (uint64_t seed = 0; seed < 3; seed++)
        emit_forged(&pool, receipt, FRAME_LIMIT, seed);
    emit_forged(&pool, receipt, FRAME_FIELD_TYPE, 278); /* a time before 1970 */
    emit_forged(&pool, receipt, FRAME_FIELD_COUNT, 0);
    emit_forged(&pool, receipt, FRAME_FIELD_COUNT, 16);
    emit_forged(&pool, receipt, FRAME_FIELD_ORDER, 0);
    emit_forged(&pool, receipt, FRAME_VERSION, 0);
    pool_release(&pool);
    random_chain_release(&chain);
}

/* Chains of which the last receipt, or the last merge receipt, breaks one rule of steps 3 to 7, and all around it is good (§ 10). */
static void seed_broken(enum frame_status verdict, uint64_t seed, bool merge)
{
    struct random_chain chain;
    struct random_chain_config config = {.seed = seed, .receipts = merge ? 12 : 3, .devices = 2};
    struct pool pool;
    struct model_text text = {0};
    struct model_text broken = {0};
    random_chain_init(&chain, &config, crypto_stub());
    bool *all = everything(chain.model);
    add_chain(&text, chain.model, all, SIZE_MAX);
    pool_init(&pool, seed);
    FUZZ_CHECK(pool_read(&pool, model_text_span(&text)));
    size_t at = pool.draft_count - 1;
    for (size_t i = 0; merge && i < pool.draft_count; i++)
        if (pool.drafts[i].merge) at = i;
    pool.drafts[at].forgery = verdict;
    pool.drafts[at].forgery_seed = pool_random(&pool) >> 8;
    if (verdict == FRAME_DUPLICATE) pool.lists[0][pool.counts[0]++] = at;
    pool_seal(&pool);
    pool_write(&pool, &broken, 0);
    model_text_string(&broken, "\n");
    if (!merge || pool.drafts[at].merge)
        emit("verify", &broken);
    else
        free(broken.bytes);
    free(text.bytes);
    free(all);
    pool_release(&pool);
    random_chain_release(&chain);
}

static void seed_log(const struct model *model, uint64_t seed)
{
    struct model_text text = {0};
    for (size_t i = 0; i < model_count(model); i++) {
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        struct frame_span receipt = model_at(model, i)->text;
        frame_log_header(header, receipt.bytes, receipt.length);
        model_text_add(&text, header, sizeof header);
        add_span(&text, receipt);
        if (seed % 4 == 1 && i == 1) model_text_string(&text, "torn?");
    }
    if (seed % 4 == 2) text.length -= 100;
    emit("log", &text);
}

static void seed_execute(const struct model *model, uint64_t seed)
{
    struct model_text text = {0};
    model_text_string(&text, seed % 2 == 0 ? "{}"
                                           : "{\"wallet:balance:alice.frame\":70,"
                                             "\"wallet:totalSupply\":70}");
    for (size_t i = 0; i < model_count(model); i++) {
        if (model_at(model, i)->merge) continue;
        model_text_string(&text, "\n");
        add_span(&text, model_at(model, i)->payload);
    }
    emit("execute", &text);
}

/* ---- Messages ------------------------------------------------------------------------------- */

static void buffer_start(struct buffer *buffer)
{
    static struct frame_allocator allocator;
    allocator = model_allocator();
    buffer_init(buffer, &allocator);
}

static void add_event(struct model_text *text, struct buffer *body)
{
    model_text_string(text, "m2");
    add_span(text, buffer_view(body));
    model_text_string(text, "\n");
}

static void emit_envelope(struct buffer *body)
{
    struct model_text text = {0};
    size_t length;
    uint8_t *envelope = model_allocate(body->length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    frame_envelope_seal(envelope, &length, crypto_stub(), crypto_secret(2), body->bytes,
                        body->length);
    model_text_add(&text, envelope, length);
    emit("envelope", &text);
    free(envelope);
}

/* ---- Bodies of messages at their bounds, and one beyond (§ 12, 15, 18) --------------------------- */

#define A16      "aaaaaaaaaaaaaaaa"
#define A64      A16 A16 A16 A16
#define MEMBER   "\"member\":\"" A64 A64 "\","
#define NOTHING  "{\"capabilities\":[],"
#define ANNOUNCE ",\"type\":\"announce\"}"
#define ID       "00000000000000000000000000000001"

/* `before`, so many items, `after`. Items: h hex64 ascending, d descending, s the same one, n names, 0 zeros, all with commas
   between them; x letters, [ arrays within one another, z a hex digit. */
static const struct {
    const char *before;
    char item;
    size_t count;
    const char *after;
} bodies[] = {
    {"{\"after\":null,\"have\":[", 'h', 128, "],\"type\":\"request\",\"want\":[]}"},
    {"{\"after\":null,\"have\":[", 'h', 129, "],\"type\":\"request\",\"want\":[]}"},
    {"{\"after\":null,\"have\":[", 's', 2, "],\"type\":\"request\",\"want\":[]}"},
    {"{\"after\":null,\"have\":[],\"type\":\"request\",\"want\":[", 'h', 1024, "]}"},
    {"{\"after\":null,\"have\":[],\"type\":\"request\",\"want\":[", 'h', 1025, "]}"},
    {"{\"after\":null,\"have\":[],\"type\":\"request\",\"want\":[", 's', 2, "]}"},
    {"{\"after\":\"", 'z', 64, "\",\"have\":[],\"type\":\"request\",\"want\":[]}"},
    {"{\"after\":\"", 'z', 63, "\",\"have\":[],\"type\":\"request\",\"want\":[]}"},
    {"{\"after\":null,\"have\":[],\"type\":\"request\"", 'x', 0, "}"},
    {"{\"after\":null,\"have\":[],\"type\":\"request\",\"want\":[],\"", 'x', 1, "\":0}"},
    {"{\"attestation\":{\"version\":2},\"heads\":[", 'h', 1024, "],\"type\":\"attest\"}"},
    {"{\"attestation\":{\"version\":2},\"heads\":[", 'h', 1025, "],\"type\":\"attest\"}"},
    {"{\"attestation\":{\"version\":2},\"heads\":[", 'd', 2, "],\"type\":\"attest\"}"},
    {"{\"attestation\":{\"version\":2},\"heads\":[", 's', 2, "],\"type\":\"attest\"}"},
    {"{\"attestation\":{\"version\":1},\"heads\":[", 'h', 1, "],\"type\":\"attest\"}"},
    {"{\"attestation\":[],\"heads\":[", 'h', 1, "],\"type\":\"attest\"}"},
    {"{\"after\":null,\"receipts\":[", '0', 256,
     "],\"remaining\":0,\"type\":\"page\",\"want\":[]}"},
    {"{\"after\":null,\"receipts\":[", '0', 257,
     "],\"remaining\":0,\"type\":\"page\",\"want\":[]}"},
    {"{\"after\":null,\"receipts\":[", '0', 0, "],\"remaining\":1,\"type\":\"page\",\"want\":[]}"},
    {"{\"after\":null,\"receipts\":[", '0', 1, "],\"remaining\":-1,\"type\":\"page\",\"want\":[]}"},
    {"{\"after\":null,\"receipts\":{},\"remaining\":0,\"type\":\"page\",\"want\":[", 'h', 1, "]}"},
    {"{\"code\":\"", 'x', 5000, "\",\"type\":\"reject\"}"},
    {"{\"code\":", '0', 1, ",\"type\":\"reject\"}"},
    {"{\"code\":\"", 'x', 1, "\",\"type\":\"rejects\"}"},
    {"{\"code\":\"", 'x', 1, "\",\"type\":1}"},
    {"{\"capabilities\":[", 'n', 64, "],\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {"{\"capabilities\":[", 'n', 65, "],\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {"{\"capabilities\":[\"b\",\"", 'x', 0,
     "a\"],\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {"{\"capabilities\":[\"", 'x', 65,
     "\"],\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[{\"codeHash\":\"", 'z', 64,
     "\",\"id\":\"a\"}],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[{\"codeHash\":\"", 'z', 63,
     "\",\"id\":\"a\"}],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[{\"codeHash\":\"", 'z', 64,
     "\",\"id\":\"a\",\"name\":\"a\"}],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[{\"codeHash\":\"" A64 "\",\"id\":\"b\"},{\"codeHash\":\"", 'z', 64,
     "\",\"id\":\"a\"}],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[{\"codeHash\":\"" A64 "\",\"id\":\"a\"},{\"codeHash\":\"", 'z', 64,
     "\",\"id\":\"a\"}],\"issued\":0," MEMBER "\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":-1,\"member\":\"", 'z', 128, "\",\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":9007199254740991,\"member\":\"", 'z', 128,
     "\",\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":0,\"member\":\"", 'z', 126, "\",\"peers\":[]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[", 'h', 16, "]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[", 'h', 17, "]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[", 'd', 2, "]" ANNOUNCE},
    {NOTHING "\"dapps\":[],\"issued\":0," MEMBER "\"peers\":[", 's', 2, "]" ANNOUNCE},
    {"{\"id\":\"", 'z', 31,
     "\",\"intent\":{\"action\":\"a\",\"payload\":{},\"raw\":\"\"},\"type\":"
     "\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"", 'x', 64,
     "\",\"payload\":{},\"raw\":\"\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"", 'x', 65,
     "\",\"payload\":{},\"raw\":\"\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"", 'x', 0,
     "\",\"payload\":{},\"raw\":\"\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"a\",\"payload\":{"
     "\"a\":",
     '[', 26, "},\"raw\":\"\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"a\",\"payload\":{"
     "\"a\":",
     '[', 27, "},\"raw\":\"\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"a\",\"payload\":{},"
     "\"raw\":\"",
     'x', 4096, "\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"a\",\"payload\":{},"
     "\"raw\":\"",
     'x', 4097, "\"},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"intent\":{\"action\":\"a\",\"payload\":{},"
     "\"raw\":\"\",\"",
     'x', 1, "\":0},\"type\":\"route\"}"},
    {"{\"id\":\"" ID "\",\"receiptHash\":\"", 'z', 64, "\",\"result\":[],\"type\":\"result\"}"},
    {"{\"id\":\"" ID "\",\"receiptHash\":\"", 'z', 64, "\",\"result\":{},\"type\":\"result\"}"},
    {"{\"id\":\"" ID "\",\"receiptHash\":\"" A64 "\",\"result\":{\"a\":\"", 'x', 65528,
     "\"},\"type\":\"result\"}"},
    {"{\"id\":\"" ID "\",\"receiptHash\":\"" A64 "\",\"result\":{\"a\":\"", 'x', 65529,
     "\"},\"type\":\"result\"}"},
    {"{\"id\":\"" ID "\",\"receiptHash\":\"", 'z', 66, "\",\"result\":{},\"type\":\"result\"}"},
};

static void add_item(struct model_text *text, char kind, size_t i, size_t count)
{
    char item[80];
    if (i > 0 && strchr("hdsn0", kind) != NULL) model_text_string(text, ",");
    switch (kind) {
    case 'h': (void)snprintf(item, sizeof item, "\"%064zx\"", i); break;
    case 'd': (void)snprintf(item, sizeof item, "\"%064zx\"", count - i); break;
    case 's': (void)snprintf(item, sizeof item, "\"%064x\"", 7U); break;
    case 'n': (void)snprintf(item, sizeof item, "\"n%03zu\"", i); break;
    default: (void)snprintf(item, sizeof item, "%c", kind == 'z' ? 'a' : kind); break;
    }
    model_text_string(text, item);
}

static void seed_bodies(void)
{
    for (size_t which = 0; which < sizeof bodies / sizeof *bodies; which++) {
        struct model_text text = {0};
        struct buffer body;
        model_text_string(&text, bodies[which].before);
        for (size_t i = 0; i < bodies[which].count; i++)
            add_item(&text, bodies[which].item, i, bodies[which].count);
        for (size_t i = 0; i < bodies[which].count && bodies[which].item == '['; i++)
            model_text_string(&text, "]");
        model_text_string(&text, bodies[which].after);
        buffer_start(&body);
        buffer_span(&body, model_text_span(&text));
        emit_envelope(&body);
        buffer_free(&body);
        free(text.bytes);
    }
}

/* None, one and two heads, under their commitment and under another one. */
static void seed_commitments(void)
{
    const struct frame_hash heads[] = {{{1}}, {{2}}};
    for (size_t count = 0; count <= 2; count++)
        for (uint8_t wrong = 0; wrong < 2; wrong++) {
            struct frame_hash commitment;
            struct model_text attestation = {0};
            struct buffer body;
            frame_commitment(crypto_stub(), &commitment, heads, count);
            commitment.bytes[31] ^= wrong;
            model_text_string(&attestation, "{\"receiptChainCommitment\":\"");
            model_text_hex(&attestation, commitment.bytes, sizeof commitment.bytes);
            model_text_string(&attestation, "\"}");
            buffer_start(&body);
            message_attest(&body, model_text_span(&attestation), heads, count);
            emit_envelope(&body);
            buffer_free(&body);
            free(attestation.bytes);
        }
}

static void body_page(struct buffer *body, const struct model *model, const struct model_fold *fold)
{
    message_page_begin(body, NULL);
    for (size_t i = 0; i < fold->count; i++)
        message_page_receipt(body, model_at(model, fold->order[i])->text);
    message_page_end(body, 0, fold->heads, fold->head_count);
}

/* Others want something to be executed, which is fetched for one of them, and the user wants it of others; a stranger
   announces itself. */
static void seed_routing(uint64_t seed)
{
    static const char *const intents[][2] = {
        {"notes.create", "{\"text\":\"n\"}"},
        {"feed.fetch", "{\"url\":\"u\"}"},
        {"wallet.mintFrame", "{\"amount\":5,\"target\":\"alice.frame\"}"}};
    static const uint8_t raw[] = "r\n";
    const char *const *intent = intents[seed % 3];
    const struct frame_route_id id = {{(uint8_t)seed, 1}};
    const struct frame_hash nothing = {{(uint8_t)seed, 2}};
    const struct frame_public_key *peers = crypto_public(3);
    const uint8_t member[64] = {1};
    struct model_text events = {0};
    struct buffer body;
    buffer_start(&body);
    model_text_string(&events, "t100\n");
    message_route(&body, &id, (struct frame_span){(const uint8_t *)intent[0], strlen(intent[0])},
                  (struct frame_span){(const uint8_t *)intent[1], strlen(intent[1])},
                  (struct frame_span){raw, sizeof raw - 1});
    add_event(&events, &body);
    model_text_string(&events, "h[{\"body\":\"b\",\"status\":200,\"url\":\"u\"}]\nd\nt3000\n");
    add_event(&events, &body); /* once more */
    buffer_clear(&body);
    message_result(&body, &id, &nothing, (struct frame_span){(const uint8_t *)"{}", 2});
    add_event(&events, &body);
    buffer_clear(&body);
    message_announce(&body, (struct frame_span){(const uint8_t *)"[]", 2},
                     (struct frame_span){(const uint8_t *)"[]", 2}, (int64_t)seed * 1000, member,
                     peers, 1);
    model_text_string(&events, "m6");
    add_span(&events, buffer_view(&body));
    model_text_string(&events,
                      "\no{\"action\":\"notes.create\",\"origin\":\"\",\"payload\":"
                      "{\"text\":\"t\"},\"raw\":\"\",\"timestamp\":0}\nt60000\nf\nt5000\n");
    emit("routing", &events);
    buffer_free(&body);
}

/* A peer attests, is asked, answers; then a user acts, and the peer asks. */
static void seed_messages(struct model *model, const bool *set, uint64_t seed)
{
    struct model_text events = {0}, attestation = {0};
    const struct model_fold *fold = model_fold_of(model, set);
    struct buffer body;
    if (fold->count == 0) return;
    buffer_start(&body);
    add_attestation(&attestation, fold);
    model_text_string(&events, "t2000\n");
    message_attest(&body, model_text_span(&attestation), fold->heads, fold->head_count);
    add_event(&events, &body);
    if (seed % 3 == 0) emit_envelope(&body);
    buffer_clear(&body);
    body_page(&body, model, fold);
    add_event(&events, &body);
    if (seed % 3 == 1) emit_envelope(&body);
    buffer_clear(&body);
    message_request(&body, NULL, NULL, 0, fold->heads, fold->head_count);
    if (seed % 3 == 2) emit_envelope(&body);
    model_text_string(&events, "d\ni{\"action\":\"notes.create\",\"origin\":\"\",\"payload\":"
                               "{\"text\":\"t\"},\"raw\":\"\",\"timestamp\":0}\nd\n");
    add_event(&events, &body);
    for (size_t had = 1; had < fold->count && had < 4;
         had++) { /* by who has some of it, and wants what comes behind */
        const struct frame_hash have[] = {model_at(model, fold->order[had - 1])->hash,
                                          model_at(model, fold->order[had])->hash,
                                          model_at(model, fold->order[fold->count - 1])->hash};
        buffer_clear(&body);
        message_request(&body, had % 2 == 0 ? &have[0] : NULL, have + had % 2, had % 2 + 1,
                        fold->heads, fold->head_count);
        add_event(&events, &body);
    }
    model_text_string(&events, seed % 2 == 0 ? "t5000\nf\nt2000\n" : "t50\ns\nd\n");
    emit("sync", &events);
    free(attestation.bytes);
    buffer_free(&body);
}

/* ---- The rest ------------------------------------------------------------------------------- */

static void seed_json(void)
{
    static struct make make;
    for (uint64_t seed = 0; seed < 40; seed++) {
        struct model_text text = {0};
        make_document(&make, seed * 77);
        if (make.length > 300) continue;
        if (seed % 3 == 0) make_mutation(&make);
        model_text_add(&text, make.text, make.length);
        if (make.length > 0) emit("json", &text);
    }
}

/* What happens to the first messages and at the first crash. */
static void seed_tape(void)
{
    static const char *const tapes[] = {"lost:ana>ben:attest:0=1\n",
                                        "torn:cid:0=1\nlost:ben>cid:page:0=1\n",
                                        "reorder:cid>ana:request:0=1\nlost:ana>cid:attest:1=0\n"};
    for (size_t i = 0; i < sizeof tapes / sizeof *tapes; i++) {
        struct model_text text = {0};
        model_text_string(&text, tapes[i]);
        emit("tape", &text);
    }
}

static void seed_scenario(const char *path)
{
    struct model_text text = {0};
    uint8_t bytes[4096];
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file != NULL);
    for (size_t got; (got = fread(bytes, 1, sizeof bytes, file)) > 0;)
        model_text_add(&text, bytes, got);
    (void)fclose(file);
    emit("scenario", &text);
}

int main(int argc, char **argv)
{
    if (argc < 2) return 2;
    folder = argv[1];
    seed_json();
    seed_tape();
    for (int i = 2; i < argc; i++)
        seed_scenario(argv[i]);
    seed_merges();
    seed_forged();
    seed_bodies();
    seed_commitments();
    for (size_t i = 0; i < POOL_FORGERIES; i++)
        for (uint64_t seed = 1; pool_forgeries[i] >= FRAME_INPUT_HASH && seed <= 4; seed++)
            if (pool_forgeries[i] != FRAME_MERGE_HEADS)
                seed_broken(pool_forgeries[i], seed * 4001, false);
    for (uint64_t seed = 1; seed <= 12; seed++) {
        seed_broken(FRAME_MERGE_HEADS, seed * 4001, true);
        seed_broken(FRAME_TIMESTAMP, seed * 4001, true);
    }
    for (uint64_t seed = 1; seed <= 12; seed++) {
        struct random_chain chain;
        struct random_chain_config config = {
            .seed = seed * 1009, .receipts = (size_t)(2 + seed / 2), .devices = 2 + seed % 2};
        random_chain_init(&chain, &config, crypto_stub());
        seed_chains(&chain, seed);
        seed_log(chain.model, seed);
        seed_execute(chain.model, seed);
        seed_messages(chain.model, chain.held[0], seed);
        seed_routing(seed);
        random_chain_release(&chain);
    }
    return 0;
}
