// SPDX-License-Identifier: Apache-2.0
/*
 * bench_growth [N]: what grows with a chain, up to N receipts and without signatures: appending and verifying the n-th receipt, the
 * memory of the chain itself; joining two sides that forked so many receipts ago, and at genesis; five writers.
 */
#include "core/bench/bench.h"

enum { BATCH = 200, BATCHES = 7, DEVICES = 5 };

struct side {
    struct frame_chain *chain;
    const char *device;
    int64_t clock_s;
};

struct keys {
    struct frame_crypto crypto;
    struct frame_secret_key secret;
    struct frame_public_key key;
};

static struct side side_new(const struct keys *keys, const char *device)
{
    const struct frame_chain_config config = {.crypto = &keys->crypto,
                                              .allocator = bench_allocator(),
                                              .mode = FRAME_MODE_FULL,
                                              .identity = bench_span("alice"),
                                              .public_key = &keys->key};
    struct side side = {.device = device, .clock_s = 1700000000};
    bench_check(frame_chain_new(&side.chain, &config) == FRAME_OK, "out of memory");
    return side;
}

/* `count` intents that leave the storage as large as it was. */
static double execute_s(struct side *side, const struct keys *keys, size_t count)
{
    const double begin = bench_now_s();
    for (size_t i = 0; i < count; i++) {
        struct frame_executed executed;
        const struct frame_intent intent = {.action = bench_span("display.timerTick"),
                                            .payload = bench_span("{}"),
                                            .raw = bench_span(""),
                                            .origin = bench_span(side->device)};
        bench_check(frame_chain_execute(side->chain, &executed, &keys->secret, &intent,
                                        ++side->clock_s) == FRAME_OK,
                    "an intent is refused");
    }
    return bench_now_s() - begin;
}

/* What `from` has and `to` lacks, as a file: all from the n-th receipt of its order on. */
static struct bench_bytes tail_of(const struct frame_chain *from, size_t first)
{
    struct bench_bytes file = {NULL, 0, 0};
    (void)bench_write(&file, (const uint8_t *)"[", 1);
    for (size_t i = first; i < frame_chain_count(from); i++) {
        struct frame_receipt receipt;
        frame_chain_at(from, &receipt, i);
        if (i > first) (void)bench_write(&file, (const uint8_t *)",", 1);
        (void)bench_write(&file, receipt.bytes.bytes, receipt.bytes.length);
    }
    (void)bench_write(&file, (const uint8_t *)"]", 1);
    return file;
}

struct joined {
    double verify_s; /* parse, verify, replay: each receipt in its own context */
    double join_s;
    struct frame_report report;
};

static struct joined join(struct side *to, const struct bench_bytes *file)
{
    const struct frame_allocator allocator = bench_allocator();
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    struct joined joined;
    const double begin = bench_now_s();
    bench_check(frame_parse(&parsed, &fault, &allocator, file->bytes, file->length) == FRAME_OK &&
                    frame_verify(&verified, &fault, to->chain, parsed) == FRAME_OK &&
                    frame_replay(&replayed, &fault, verified) == FRAME_OK,
                "the batch is refused");
    const double middle = bench_now_s();
    bench_check(frame_join(&joined.report, replayed) == FRAME_OK, "the batch does not join");
    struct frame_summary summary;
    frame_chain_summary(to->chain, &summary);
    joined.join_s = bench_now_s() - middle;
    joined.verify_s = middle - begin;
    frame_parsed_free(parsed);
    return joined;
}

/* ---- The n-th receipt ---- */

static void bench_nth(const struct keys *keys, size_t most)
{
    char row[32];
    struct side maker = side_new(keys, "maker");
    struct side follower = side_new(keys, "follower");
    double first_append = 0;
    double first_verify = 0;
    double append = 0;
    double verify = 0;
    for (size_t n = 1000; n <= most; n *= 10) {
        const size_t held = frame_chain_count(maker.chain);
        (void)execute_s(&maker, keys, n - held);
        struct bench_bytes file = tail_of(maker.chain, held);
        (void)join(&follower, &file);
        free(file.bytes);
        append = 0;
        verify = 0;
        for (int batch = 0; batch < BATCHES; batch++) { /* the fastest: the others were disturbed */
            const size_t before = frame_chain_count(maker.chain);
            const double appended = BATCH / execute_s(&maker, keys, BATCH);
            file = tail_of(maker.chain, before);
            const struct joined joined = join(&follower, &file);
            free(file.bytes);
            const double verified = BATCH / (joined.verify_s + joined.join_s);
            if (appended > append) append = appended;
            if (verified > verify) verify = verified;
        }
        (void)snprintf(row, sizeof row, "append@%zu", n);
        bench_sample(row, "framesim", append, "receipts/s");
        (void)snprintf(row, sizeof row, "verify@%zu", n);
        bench_sample(row, "framesim", verify, "receipts/s");
        if (n == 1000) first_append = append;
        if (n == 1000) first_verify = verify;
    }
    bench_sample("append-last/first", "framesim", first_append / append, "x");
    bench_sample("verify-last/first", "framesim", first_verify / verify, "x");
    size_t wire;
    size_t other;
    frame_chain_memory(maker.chain, &wire, &other);
    bench_sample("memory/wire", "framesim", (double)(wire + other) / (double)wire, "x");
    frame_chain_free(maker.chain);
    frame_chain_free(follower.chain);
}

/* ---- Joins ---- */

/* All of a join that refolds r receipts, parsing, verifying and replaying included, and executing as many at the rate at which a
   side has executed its own. */
static void put_join(const char *row, const struct joined *joined, double execute_s,
                     size_t executed)
{
    const double refolded = joined->report.refolded > 0 ? (double)joined->report.refolded : 1;
    bench_sample(row, "framesim", 1000 * (joined->verify_s + joined->join_s), "ms");
    bench_sample(row, "executing-it", 1000 * refolded * execute_s / (double)executed, "ms");
}

static void bench_fork(const struct keys *keys, size_t common, size_t ago, const char *row)
{
    struct side ana = side_new(keys, "ana");
    struct side ben = side_new(keys, "ben");
    (void)execute_s(&ana, keys, common);
    if (common > 0) {
        struct bench_bytes file = tail_of(ana.chain, 0);
        (void)join(&ben, &file);
        free(file.bytes);
    }
    ben.clock_s = ana.clock_s;
    (void)execute_s(&ana, keys, ago);
    const double took = execute_s(&ben, keys, ago);
    struct bench_bytes file = tail_of(ben.chain, common);
    const struct joined joined = join(&ana, &file);
    put_join(row, &joined, took, ago);
    free(file.bytes);
    frame_chain_free(ana.chain);
    frame_chain_free(ben.chain);
}

/* Devices that have never heard of each other, and an instance that hears of all. */
static void bench_writers(const struct keys *keys, size_t receipts)
{
    static const char *const names[DEVICES] = {"a", "b", "c", "d", "e"};
    struct side all = side_new(keys, "all");
    struct joined sum = {0, 0, {.refolded = 0}};
    double took = 0;
    for (int i = 0; i < DEVICES; i++) {
        struct side one = side_new(keys, names[i]);
        took += execute_s(&one, keys, receipts / DEVICES);
        struct bench_bytes file = tail_of(one.chain, 0);
        const struct joined joined = join(&all, &file);
        sum.verify_s += joined.verify_s;
        sum.join_s += joined.join_s;
        sum.report.refolded += joined.report.refolded;
        free(file.bytes);
        frame_chain_free(one.chain);
    }
    put_join("five-writers", &sum, took, receipts);
    frame_chain_free(all.chain);
}

int main(int argc, char **argv)
{
    static const uint8_t seed[32] = {1};
    const size_t most = bench_argument(argc, argv, 1, 100000);
    struct keys keys = {.crypto = bench_unsigned(frame_crypto_libsodium())};
    keys.crypto.key_pair(NULL, &keys.secret, &keys.key, seed);
    bench_nth(&keys, most);
    bench_fork(&keys, 100000, 10, "join@10");
    bench_fork(&keys, 100000, 1000, "join@1000");
    bench_fork(&keys, 100000, 10000, "join@10000");
    bench_fork(&keys, 0, 10000, "join-at-genesis");
    bench_writers(&keys, 10000);
    return 0;
}
