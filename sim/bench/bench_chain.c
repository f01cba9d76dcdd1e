// SPDX-License-Identifier: Apache-2.0
/* bench_chain [RECEIPTS [FILE]]: verifying a linear chain, with and without signatures, on one core and on two. Also writes
   the chain into FILE, for peers in other languages. */
#include <pthread.h>
#include <stdatomic.h>
#include <sys/mman.h>

#include "sim/bench/bench_crypto.h"
#include "sim/chain_gen.h"

#ifdef HAVE_JANSSON
#include <jansson.h>
#endif
#ifdef HAVE_CJSON
#include <cjson/cJSON.h>
#endif

/* What a signature check is asked. */
struct triple {
    struct frame_hash message;
    struct frame_public_key key;
    uint8_t signature[64];
};

struct chain {
    struct bench_bytes file;
    void *region; /* for what is made of it, as a world has it */
    size_t region_bytes;
    struct triple *triples; /* in the order of the file */
    size_t count;
};

/* Reads the hex behind the next `"NAME":"` from *at on; the chain's texts hold no such words. */
static void read_hex(const char **at, const char *name, uint8_t *bytes, size_t length)
{
    *at = strstr(*at, name);
    bench_check(*at != NULL, "a receipt without hashes");
    *at += strlen(name);
    bench_check(frame_hex_decode(bytes, length, *at, 2 * length), "no hex");
}

/* The file ends with a zero byte, which is none of its own. */
static void read_triples(struct chain *chain)
{
    const char *at = (const char *)chain->file.bytes;
    for (size_t i = 0; i < chain->count; i++) {
        struct triple *triple = &chain->triples[i];
        read_hex(&at, "\"publicKey\":\"", triple->key.bytes, 32);
        read_hex(&at, "\"receiptHash\":\"", triple->message.bytes, 32);
        read_hex(&at, "\"signature\":\"", triple->signature, 64);
    }
}

static void chain_make(struct chain *chain, size_t receipts, const struct frame_crypto *crypto)
{
    const struct chain_gen parameters = {.seed = 1, .receipts = receipts};
    const struct frame_allocator allocator = bench_allocator();
    struct frame_chain *made = NULL;
    bench_check(chain_gen_new(&made, crypto, &allocator, &parameters) == FRAME_OK, "no chain");
    chain->file = bench_chain_bytes(made);
    (void)bench_write(&chain->file, (const uint8_t *)"", 1);
    chain->file.length--;
    chain->count = receipts;
    chain->triples = calloc(receipts, sizeof *chain->triples);
    bench_check(chain->triples != NULL, "out of memory");
    read_triples(chain);
    frame_chain_free(made);
}

static void chain_map(struct chain *chain)
{
    chain->region_bytes = 4 * chain->file.length + ((size_t)16 << 20);
    chain->region = mmap(NULL, chain->region_bytes, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    bench_check(chain->region != MAP_FAILED, "out of memory");
#ifdef MADV_HUGEPAGE
    (void)madvise(chain->region, chain->region_bytes, MADV_HUGEPAGE);
#endif
}

/* All of the region, whatever it was used for before. */
static struct frame_allocator whole_region(const struct chain *chain, struct frame_arena *arena)
{
    frame_arena_init(arena, chain->region, chain->region_bytes);
    return frame_arena_allocator(arena);
}

/* Parse and steps 2 to 6, all in all. */
static double verify_s(const struct chain *chain, const struct frame_crypto *crypto)
{
    struct frame_arena arena;
    const struct frame_allocator allocator = whole_region(chain, &arena);
    const struct frame_chain_config config = {
        .crypto = crypto, .allocator = allocator, .mode = FRAME_MODE_FULL};
    struct frame_chain *held = NULL;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_fault fault;
    bench_check(frame_chain_new(&held, &config) == FRAME_OK, "out of memory");
    const double begin = bench_now_s();
    bench_check(frame_parse(&parsed, &fault, &allocator, chain->file.bytes, chain->file.length) ==
                        FRAME_OK &&
                    frame_verify(&verified, &fault, held, parsed) == FRAME_OK,
                "the chain is refused");
    const double took = bench_now_s() - begin;
    frame_verified_free(verified);
    frame_parsed_free(parsed);
    frame_chain_free(held);
    return took;
}

static bool check(const struct triple *triple)
{
    return bench_verify(NULL, triple->signature, &triple->message, &triple->key);
}

static void check_range(const struct triple *triples, size_t count)
{
    for (size_t i = 0; i < count; i++)
        bench_check(check(&triples[i]), "a bad signature");
}

/* ---- One core ---- */

static void bench_one(const struct chain *chain, const struct frame_crypto *fast)
{
    const double receipts = (double)chain->count;
    bench_sample("verify", "framesim", receipts / verify_s(chain, fast), "receipts/s");
    double begin = bench_now_s();
    check_range(chain->triples, chain->count);
    const double bare = receipts / (bench_now_s() - begin);
    bench_sample("verify", "bare-libsodium", bare, "receipts/s");
    bench_sample("verify-plain", "bare-libsodium", bare, "receipts/s");
    bench_sample("verify-plain", "framesim", receipts / verify_s(chain, frame_crypto_libsodium()),
                 "receipts/s");
}

/* ---- Two cores: another thread checks signatures from the last one on, until it meets the core ---- */

struct helper {
    const struct chain *chain;
    atomic_size_t asked; /* by the core, so far */
    atomic_size_t from;  /* the helper has checked those from here on, all good */
    pthread_t thread;
};

static void *help(void *context)
{
    struct helper *helper = context;
    for (size_t i = helper->chain->count; i-- > atomic_load(&helper->asked);) {
        if (!check(&helper->chain->triples[i])) break;
        atomic_store(&helper->from, i);
    }
    return NULL;
}

/* Answers for the very question that the helper has had answered; any other one is checked here. */
static bool helped_verify(void *context, const uint8_t signature[64],
                          const struct frame_hash *message, const struct frame_public_key *key)
{
    struct helper *helper = context;
    const size_t i = atomic_fetch_add(&helper->asked, 1);
    if (i < helper->chain->count && i >= atomic_load(&helper->from)) {
        const struct triple *triple = &helper->chain->triples[i];
        if (frame_hash_compare(&triple->message, message) == 0 &&
            memcmp(triple->key.bytes, key->bytes, sizeof key->bytes) == 0 &&
            memcmp(triple->signature, signature, sizeof triple->signature) == 0)
            return true;
    }
    return bench_verify(NULL, signature, message, key);
}

static double two_s(const struct chain *chain, const struct frame_crypto *fast)
{
    struct helper helper = {.chain = chain, .from = chain->count};
    struct frame_crypto crypto = *fast; /* whose hashes take no context where libcrypto is there */
    crypto.verify = helped_verify;
    crypto.context = &helper;
    const double begin = bench_now_s();
    bench_check(pthread_create(&helper.thread, NULL, help, &helper) == 0, "no thread");
    (void)verify_s(chain, &crypto);
    (void)pthread_join(helper.thread, NULL);
    const double took = bench_now_s() - begin;
    bench_check(helper.from < chain->count && helper.asked == chain->count,
                "the helper was not asked");
    return took;
}

/* The second half of a bare loop. */
static void *check_half(void *context)
{
    const struct chain *chain = context;
    check_range(chain->triples + chain->count / 2, chain->count - chain->count / 2);
    return NULL;
}

static double two_bare_s(struct chain *chain)
{
    pthread_t thread;
    const double begin = bench_now_s();
    bench_check(pthread_create(&thread, NULL, check_half, chain) == 0, "no thread");
    check_range(chain->triples, chain->count / 2);
    (void)pthread_join(thread, NULL);
    return bench_now_s() - begin;
}

static void bench_two(struct chain *chain, const struct frame_crypto *fast)
{
    const double receipts = (double)chain->count;
    bench_sample("verify-2", "framesim", receipts / two_s(chain, fast), "receipts/s");
    bench_sample("verify-2", "bare-libsodium", receipts / two_bare_s(chain), "receipts/s");
}

/* ---- Without signatures ---- */

enum { STRUCTURE_PASSES = 20 };

static void parse_framesim(const struct chain *chain)
{
    struct frame_arena arena;
    const struct frame_allocator allocator = whole_region(chain, &arena);
    struct frame_parsed *parsed = NULL;
    struct frame_fault fault;
    bench_check(frame_parse(&parsed, &fault, &allocator, chain->file.bytes, chain->file.length) ==
                    FRAME_OK,
                "the chain is refused");
    frame_parsed_free(parsed);
}

#ifdef HAVE_CJSON
static void parse_cjson(const struct chain *chain)
{
    cJSON *document = cJSON_ParseWithLength((const char *)chain->file.bytes, chain->file.length);
    bench_check(document != NULL, "cJSON refuses the chain");
    cJSON_Delete(document);
}
#endif

#ifdef HAVE_JANSSON
static void parse_jansson(const struct chain *chain)
{
    json_error_t error;
    json_t *document = json_loadb((const char *)chain->file.bytes, chain->file.length, 0, &error);
    bench_check(document != NULL, "jansson refuses the chain");
    json_decref(document);
}
#endif

/* Passes of a parser, and of the same hashes where there are some, in receipts/s. */
static double rate(const struct chain *chain, void (*parse)(const struct chain *chain),
                   const struct bench_hashes *hashes)
{
    const double begin = bench_now_s();
    for (int pass = 0; pass < STRUCTURE_PASSES; pass++) {
        if (parse != NULL) parse(chain);
        if (hashes != NULL) bench_hashes_again(hashes);
    }
    return STRUCTURE_PASSES * (double)chain->count / (bench_now_s() - begin);
}

static void bench_structure(const struct chain *chain, const struct frame_crypto *fast)
{
    const struct frame_crypto quick = bench_unsigned(fast);
    struct bench_hashes hashes;
    const struct frame_crypto recording = bench_recording(&hashes, &quick);
    (void)verify_s(chain, &recording);
    double took = 0;
    for (int pass = 0; pass < STRUCTURE_PASSES; pass++)
        took += verify_s(chain, &quick);
    bench_sample("structure", "framesim", STRUCTURE_PASSES * (double)chain->count / took,
                 "receipts/s");
    bench_sample("structure", "its-sha256-alone", rate(chain, NULL, &hashes), "receipts/s");
#ifdef HAVE_CJSON
    bench_sample("structure", "cjson+sha256", rate(chain, parse_cjson, &hashes), "receipts/s");
#endif
#ifdef HAVE_JANSSON
    bench_sample("structure", "jansson+sha256", rate(chain, parse_jansson, &hashes), "receipts/s");
#endif
    bench_sample("parse", "framesim", rate(chain, parse_framesim, NULL), "receipts/s");
    free(hashes.calls);
}

static void write_file(const struct chain *chain, const char *path)
{
    FILE *file = fopen(path, "wb");
    bench_check(file != NULL &&
                    fwrite(chain->file.bytes, 1, chain->file.length, file) == chain->file.length &&
                    fclose(file) == 0,
                "the chain's file cannot be written");
}

int main(int argc, char **argv)
{
    struct crypto_memo *memo = crypto_memo_new(1);
    bench_check(memo != NULL, "out of memory");
    const struct frame_crypto fast = bench_fast(memo);
    struct chain chain;
    chain_make(&chain, bench_argument(argc, argv, 1, 5000), frame_crypto_libsodium());
    chain_map(&chain);
    bench_one(&chain, &fast);
    if (strcmp(crypto_memo_sha256(memo), "libcrypto") == 0) bench_two(&chain, &fast);
    bench_structure(&chain, &fast);
    if (argc > 2) write_file(&chain, argv[2]);
    (void)munmap(chain.region, chain.region_bytes);
    free(chain.triples);
    free(chain.file.bytes);
    crypto_memo_free(memo);
    return 0;
}
