// SPDX-License-Identifier: Apache-2.0
/*
 * Running out of memory at any place leaves everything as it was (frame.h): each operation is done
 * with an allocator whose n-th allocation fails, for every n until it succeeds. After each failure
 * the chain is what it was, nothing has leaked, and the same operation without failure gives what
 * it should.
 *
 * test_alloc [SEEDS [FIRST_SEED]]
 */
#include "core/json.h"
#include "crypto_memo.h"
#include "laws.h"
#include "model_make.h"

enum { SEEDS_DEFAULT = 5 };

/* A chain that holds one closed set of a random chain, and what is done with it. */
struct trial {
    struct lawyer lawyer;
    uint64_t seed;
    bool *held;     /* what the chain holds before */
    bool *after;    /* and after the operation under trial */
    bool anonymous; /* the chain starts without an identity */
    struct frame_chain *chain;
    struct model_text batch; /* of a closed set that is not all held */
    const struct model_fold *batch_fold;
    const struct model_receipt *example; /* whose intent is executed */
    struct frame_replayed *replayed;     /* waiting, for operations on it */
    bool reached;                        /* the allocation that was to fail was asked for */
};

typedef enum frame_status (*operation)(struct trial *trial);

static size_t failures_endured;

/* ---- The chain before, and as it was --------------------------------------------------------- */

static void chain_fill(struct trial *trial)
{
    struct lawyer *lawyer = &trial->lawyer;
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    struct frame_fault fault;
    struct frame_chain_config config = {.crypto = lawyer->crypto, .allocator = allocator};
    if (!trial->anonymous) {
        config.identity = lawyer->random.identity;
        config.public_key = &lawyer->random.public_key;
    }
    CHECK(frame_chain_new(&trial->chain, &config) == FRAME_OK);
    struct kit_list list = kit_list_set(lawyer->model, trial->held, NULL);
    struct model_text batch = kit_batch(lawyer->model, &list);
    if (list.count > 0)
        CHECK(kit_join(NULL, &fault, trial->chain, &allocator, model_text_span(&batch)) ==
              FRAME_OK);
    free(batch.bytes);
    free(list.at);
}

/* Order, outcomes, figures and storage by the model; arrivals, which were in canonical order;
   identity. */
static bool as_before(struct trial *trial)
{
    struct lawyer *lawyer = &trial->lawyer;
    struct frame_public_key key;
    struct frame_span id;
    const struct model_fold *fold = model_fold_of(lawyer->model, trial->held);
    bool same = same_as_model(lawyer, trial->chain, trial->held);
    for (size_t i = 0; same && i < fold->count; i++) {
        struct frame_receipt receipt;
        frame_chain_arrived(trial->chain, &receipt, i);
        same = receipt.arrival == i && receipt.position == i;
    }
    bool identity = frame_chain_identity(trial->chain, &key, &id);
    return CHECK_IN(lawyer->name, same) &&
           CHECK_IN(lawyer->name, identity == (!trial->anonymous || fold->count > 0));
}

static void chain_drop(struct trial *trial)
{
    if (trial->replayed) {
        frame_replayed_discard(trial->replayed);
        trial->replayed = NULL;
        as_before(trial);
    }
    frame_chain_free(trial->chain);
    trial->chain = NULL;
    CHECK_IN(trial->lawyer.name, trial->lawyer.heap.live == 0 && !trial->lawyer.heap.wrong_size);
}

/* ---- The trial ------------------------------------------------------------------------------- */

static enum frame_status attempt(struct trial *trial, operation operate, size_t fail_at)
{
    heap_fail(&trial->lawyer.heap, fail_at);
    enum frame_status status = operate(trial);
    trial->reached = trial->lawyer.heap.asked >= fail_at;
    heap_fail(&trial->lawyer.heap, 0);
    return status;
}

static enum frame_status prepare_nothing(struct trial *trial)
{
    (void)trial;
    return FRAME_OK;
}

/* One failure on each of many fresh chains, a good attempt behind it. */
static void endure_once_each(struct trial *trial, operation prepare, operation operate)
{
    for (size_t n = 1;; n++) {
        chain_fill(trial);
        CHECK(prepare(trial) == FRAME_OK);
        enum frame_status status = attempt(trial, operate, n);
        if (!trial->reached) break;
        failures_endured++;
        if (status != FRAME_OK) { /* else it could do without */
            CHECK_IN(trial->lawyer.name, status == FRAME_NO_MEMORY);
            if (!trial->replayed) as_before(trial);
            CHECK_IN(trial->lawyer.name, attempt(trial, operate, 0) == FRAME_OK);
        }
        if (!trial->replayed) same_as_model(&trial->lawyer, trial->chain, trial->after);
        chain_drop(trial);
    }
    chain_drop(trial);
}

/* All failures one after the other on one chain. */
static void endure_in_a_row(struct trial *trial, operation prepare, operation operate)
{
    chain_fill(trial);
    CHECK(prepare(trial) == FRAME_OK);
    size_t n = 1;
    while (attempt(trial, operate, n) != FRAME_OK) {
        if (!trial->replayed && !as_before(trial)) break;
        n++;
    }
    if (!trial->replayed) same_as_model(&trial->lawyer, trial->chain, trial->after);
    chain_drop(trial);
}

static void endure(struct trial *trial, const char *what, operation prepare, operation operate)
{
    (void)snprintf(trial->lawyer.name, sizeof trial->lawyer.name, "%s, seed %llu", what,
                   (unsigned long long)trial->seed);
    endure_once_each(trial, prepare, operate);
    endure_in_a_row(trial, prepare, operate);
}

/* ---- Operations ------------------------------------------------------------------------------ */

static enum frame_status receive(struct trial *trial)
{
    struct frame_allocator allocator = heap_allocator(&trial->lawyer.heap);
    struct frame_fault fault;
    return kit_join(NULL, &fault, trial->chain, &allocator, model_text_span(&trial->batch));
}

/* A batch waits for its join. */
static enum frame_status replay(struct trial *trial)
{
    struct frame_allocator allocator = heap_allocator(&trial->lawyer.heap);
    struct frame_fault fault;
    return kit_replay(&trial->replayed, &fault, trial->chain, &allocator,
                      model_text_span(&trial->batch));
}

/* A join that ran out of memory is still there to be tried again. */
static enum frame_status join_waiting(struct trial *trial)
{
    enum frame_status status = frame_join(NULL, trial->replayed);
    if (status == FRAME_OK) trial->replayed = NULL;
    return status;
}

static enum frame_status ask_attested(struct trial *trial)
{
    const struct model_fold *fold = trial->batch_fold;
    struct frame_attestation attestation = {.identity_key = trial->lawyer.random.public_key,
                                            .commitment = fold->commitment,
                                            .state_root = fold->state_root,
                                            .receipt_count = (int64_t)fold->count};
    return frame_replayed_attested(trial->replayed, fold->heads, fold->head_count, &attestation);
}

static enum frame_status ask_strict(struct trial *trial)
{
    enum frame_strict_result result;
    size_t divergence;
    return frame_replayed_strict(trial->replayed, &result, &divergence, trial->batch_fold->heads,
                                 trial->batch_fold->head_count);
}

/* Closures of every receipt held. */
static enum frame_status ask_closures(struct trial *trial)
{
    enum frame_status status = FRAME_OK;
    for (size_t i = 0; status == FRAME_OK && i < frame_chain_count(trial->chain); i++) {
        struct frame_receipt receipts[2];
        size_t count;
        struct frame_hash commitment, root;
        frame_chain_at(trial->chain, &receipts[0], i);
        frame_chain_at(trial->chain, &receipts[1], i / 2);
        struct frame_hash want[2] = {receipts[0].hash, receipts[1].hash};
        status = frame_chain_closure(trial->chain, &count, &commitment, &root, want, 2);
    }
    return status;
}

static enum frame_status ask_page(struct trial *trial)
{
    size_t positions[FRAME_PAGE_RECEIPTS_MAX], count, remaining;
    struct frame_summary summary;
    struct frame_receipt receipt;
    frame_chain_summary(trial->chain, &summary);
    frame_chain_at(trial->chain, &receipt, summary.receipts / 2);
    return frame_chain_page(trial->chain, positions, &count, &remaining, summary.heads,
                            summary.head_count, &receipt.hash, 1, NULL, UINT64_MAX);
}

static enum frame_status execute(struct trial *trial)
{
    uint8_t action[FRAME_NAME_BYTES_MAX];
    struct frame_span token, payload = trial->example->payload;
    struct frame_executed executed;
    struct frame_intent intent = {.raw = {(const uint8_t *)"raw", 3},
                                  .origin = {(const uint8_t *)"device", 6}};
    (void)json_member(payload, &token, "action");
    intent.action = (struct frame_span){action, json_string_decode(action, token)};
    (void)json_member(payload, &intent.payload, "payload");
    (void)json_member(payload, &intent.network_responses, "networkResponses");
    enum frame_status status =
        frame_chain_execute(trial->chain, &executed, &trial->lawyer.random.secret, &intent,
                            trial->example->timestamp_s);
    if (status == FRAME_OK) check_executed(&trial->lawyer, &executed);
    return status;
}

static enum frame_status merge(struct trial *trial)
{
    size_t appended;
    return frame_chain_merge_heads(trial->chain, &appended, &trial->lawyer.random.secret, 1);
}

/* One intent without a chain. */
static enum frame_status run_intent(struct trial *trial)
{
    const struct model_receipt *receipt = trial->example;
    const struct model_fold *fold = model_fold_of(trial->lawyer.model, trial->held);
    struct frame_allocator allocator = heap_allocator(&trial->lawyer.heap);
    struct frame_sink nothing = {0};
    struct frame_intent_outcome outcome;
    struct frame_intent_run run = {.identity = trial->lawyer.random.identity,
                                   .input_payload = receipt->payload,
                                   .public_key = &trial->lawyer.random.public_key,
                                   .storage = fold->storage,
                                   .timestamp_s = receipt->timestamp_s};
    return frame_intent_execute(&outcome, nothing, nothing, nothing, trial->lawyer.crypto,
                                &allocator, &run);
}

/* A second chain. */
static enum frame_status make_chain(struct trial *trial)
{
    struct frame_chain *chain;
    struct frame_chain_config config = {.crypto = trial->lawyer.crypto,
                                        .allocator = heap_allocator(&trial->lawyer.heap),
                                        .identity = trial->lawyer.random.identity,
                                        .public_key = &trial->lawyer.random.public_key};
    enum frame_status status = frame_chain_new(&chain, &config);
    if (status == FRAME_OK) frame_chain_free(chain);
    return status;
}

/* ---- What comes out -------------------------------------------------------------------------- */

static void after_is(struct trial *trial, const bool *set)
{
    memcpy(trial->after, set, trial->lawyer.room * sizeof *trial->after);
}

/* What the model makes of merging and executing: the receipts that the core must have made. */
static void after_executing(struct trial *trial)
{
    struct lawyer *lawyer = &trial->lawyer;
    struct frame_span token;
    char action[FRAME_NAME_BYTES_MAX + 1] = {0};
    struct model_intent intent = {
        .action = action, .raw = "raw", .origin = "device", .clock_s = trial->example->timestamp_s};
    (void)json_member(trial->example->payload, &token, "action");
    (void)json_string_decode((uint8_t *)action, token);
    (void)json_member(trial->example->payload, &intent.payload, "payload");
    (void)json_member(trial->example->payload, &intent.network_responses, "networkResponses");
    trial->after[model_make(lawyer->model, &lawyer->random.secret, trial->after, &intent)] = true;
}

static void after_merging(struct trial *trial)
{
    struct lawyer *lawyer = &trial->lawyer;
    after_is(trial, trial->held);
    while (model_fold_of(lawyer->model, trial->after)->head_count > 1)
        trial->after[model_make_merge(lawyer->model, &lawyer->random.secret, trial->after)] = true;
}

/* The held set: all that some device holds and a few other branches; the batch: everything. */
static void set_up(struct trial *trial, uint64_t seed, const struct frame_crypto *crypto)
{
    struct lawyer *lawyer = &trial->lawyer;
    struct random_chain_config config = {
        .seed = seed, .receipts = 12 + (size_t)(seed % 3) * 16, .devices = 4};
    memset(trial, 0, sizeof *trial);
    trial->seed = seed;
    lawyer_init_with(lawyer, &config, crypto);
    trial->held = set_new(lawyer);
    trial->after = set_new(lawyer);
    for (size_t i = 0; i < 3; i++)
        trial->held[random_below(&lawyer->seed, lawyer->count)] = true;
    (void)model_close(lawyer->model, trial->held);
    bool *all = set_new(lawyer);
    memset(all, 1, lawyer->count);
    struct kit_list list = kit_list_set(lawyer->model, all, NULL);
    kit_shuffle(lawyer->model, &list, &lawyer->seed);
    trial->batch = kit_batch(lawyer->model, &list);
    trial->batch_fold = model_fold_of(lawyer->model, all);
    size_t example = 0;
    while (model_at(lawyer->model, example)->merge || random_below(&lawyer->seed, 4) != 0)
        example = (example + 1) % lawyer->count;
    trial->example = model_at(lawyer->model, example);
    free(list.at);
    free(all);
}

static void tear_down(struct trial *trial)
{
    free(trial->held);
    free(trial->after);
    free(trial->batch.bytes);
    random_chain_release(&trial->lawyer.random);
}

static void try_all(uint64_t seed, const struct frame_crypto *crypto)
{
    struct trial trial;
    set_up(&trial, seed, crypto);
    after_is(&trial, trial.held);
    endure(&trial, "new", prepare_nothing, make_chain);
    endure(&trial, "intent", prepare_nothing, run_intent);
    endure(&trial, "closure", prepare_nothing, ask_closures);
    endure(&trial, "page", prepare_nothing, ask_page);
    endure(&trial, "attested", replay, ask_attested);
    endure(&trial, "strict", replay, ask_strict);
    memset(trial.after, 1, trial.lawyer.count);
    endure(&trial, "receive", prepare_nothing, receive);
    endure(&trial, "join", replay, join_waiting);
    after_merging(&trial);
    endure(&trial, "merge", prepare_nothing, merge);
    after_executing(&trial);
    endure(&trial, "merge and execute", prepare_nothing, execute);

    /* on one head, and on nothing */
    after_merging(&trial);
    memcpy(trial.held, trial.after, trial.lawyer.room * sizeof *trial.held);
    after_executing(&trial);
    endure(&trial, "execute", prepare_nothing, execute);
    memset(trial.held, 0, trial.lawyer.room * sizeof *trial.held);
    memset(trial.after, 0, trial.lawyer.room * sizeof *trial.after);
    memset(trial.after, 1, trial.lawyer.count);
    endure(&trial, "receive on nothing", prepare_nothing, receive);
    trial.anonymous = true;
    endure(&trial, "receive without identity", prepare_nothing, receive);
    tear_down(&trial);
}

int main(int argc, char **argv)
{
    uint64_t seeds = argc > 1 ? strtoull(argv[1], NULL, 10) : SEEDS_DEFAULT;
    uint64_t first = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct crypto_memo *memo = crypto_memo_new(1 << 12);
    if (!memo) return 1;
    for (uint64_t i = 0; i < seeds; i++)
        try_all(first + i, crypto_memo_crypto(memo));
    crypto_memo_free(memo);
    printf("%zu failures endured\n", failures_endured);
    return check_done();
}
