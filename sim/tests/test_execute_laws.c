// SPDX-License-Identifier: Apache-2.0
/*
 * Execution on a chain (§ 4, 9) against the model: receipts of random forked chains made once more
 * by the core, byte for byte, and the merge receipts that many heads call for.
 *
 * test_execute_laws [RECEIPTS [FIRST_SEED]]
 */
#include "core/json.h"
#include "crypto_memo.h"
#include "laws.h"
#include "model_make.h"

enum { RECEIPTS_DEFAULT = 3000, RECEIPTS_PER_CHAIN = 20 };

/* A string member of inputPayload, decoded into a buffer. */
static struct frame_span decoded(uint8_t *buffer, struct frame_span payload, const char *name)
{
    struct frame_span token, text = {.bytes = buffer};
    if (json_member(payload, &token, name)) text.length = json_string_decode(buffer, token);
    return text;
}

/*
 * Whoever executes a receipt's intent where its maker stood makes the same receipt: on the one
 * head, or on the heads that a merge receipt before it has joined, which then comes out as well.
 */
static void check_execution(struct lawyer *lawyer)
{
    size_t index = random_below(&lawyer->seed, lawyer->count), parent = 0;
    const struct model_receipt *receipt = model_at(lawyer->model, index), *under = receipt;
    if (receipt->merge) return;
    bool *held, *set = set_new(lawyer);
    if (!receipt->first) {
        (void)model_find(lawyer->model, &parent, &receipt->previous);
        if (model_at(lawyer->model, parent)->merge) under = model_at(lawyer->model, parent);
    }
    for (size_t i = 0; i < under->parent_count; i++) {
        (void)model_find(lawyer->model, &parent, &under->parents[i]);
        set[parent] = true;
    }
    (void)model_close(lawyer->model, set);
    struct frame_chain *chain = chain_new(lawyer, &held);
    join_in_pieces(lawyer, chain, held, set);

    uint8_t raw[64], origin[64], action[64];
    struct frame_intent intent = {.action = decoded(action, receipt->payload, "action"),
                                  .raw = decoded(raw, receipt->payload, "raw"),
                                  .origin = decoded(origin, receipt->payload, "origin")};
    (void)json_member(receipt->payload, &intent.payload, "payload");
    (void)json_member(receipt->payload, &intent.network_responses, "networkResponses");
    struct frame_executed executed;
    struct frame_receipt made;
    const char *name = lawyer->name;
    CHECK_IN(name, frame_chain_execute(chain, &executed, &lawyer->random.secret, &intent,
                                       receipt->timestamp_s) == FRAME_OK);
    check_executed(lawyer, &executed);
    CHECK_IN(name, executed.appended == (under == receipt ? 1 : 2));
    CHECK_IN(name, frame_chain_find(chain, &made, &receipt->hash));
    CHECK_IN(name, span_equal(made.bytes, receipt->text));
    set[index] = true;
    (void)model_close(lawyer->model, set);
    same_as_model(lawyer, chain, set);
    frame_chain_free(chain);
    free(held);
    free(set);
}

/* First receipts of many devices, which are as many heads: the 64 least are merged, again and
   again. */
static void check_wide(const struct frame_crypto *crypto)
{
    enum { HEADS = 150 };
    struct lawyer lawyer = {.crypto = crypto, .seed = 1, .name = "wide"};
    struct random_chain_config config = {.seed = 1, .receipts = 1, .devices = 1};
    random_chain_init(&lawyer.random, &config, crypto);
    struct model *model = lawyer.model = lawyer.random.model;
    lawyer.count = HEADS;
    lawyer.room = (size_t)2 * HEADS;
    bool *nothing = set_new(&lawyer), *set = set_new(&lawyer), *held;
    for (size_t i = 0; i < HEADS; i++) {
        char origin[32];
        (void)snprintf(origin, sizeof origin, "%zu", i);
        struct model_intent intent = {.action = "display.timerTick",
                                      .payload = {(const uint8_t *)"{}", 2},
                                      .origin = origin,
                                      .raw = "",
                                      .clock_s = (int64_t)(i % 7)};
        set[model_make(model, &lawyer.random.secret, nothing, &intent)] = true;
    }
    struct frame_chain *chain = chain_new(&lawyer, &held);
    join_in_pieces(&lawyer, chain, held, set);
    size_t appended, merges = 0;
    CHECK(frame_chain_merge_heads(chain, &appended, &lawyer.random.secret, HEADS) == FRAME_OK);
    CHECK(appended == 0);
    while (model_fold_of(model, set)->head_count > 1) {
        size_t heads_max = model_fold_of(model, set)->head_count - 1;
        set[model_make_merge(model, &lawyer.random.secret, set)] = true;
        merges++;
        if (merges > 1) heads_max = 1;
        CHECK(frame_chain_merge_heads(chain, &appended, &lawyer.random.secret, heads_max) ==
              FRAME_OK);
        if (merges == 1) CHECK(appended == 1 && same_as_model(&lawyer, chain, set));
    }
    CHECK(merges == 3 && same_as_model(&lawyer, chain, set));
    frame_chain_free(chain);
    CHECK(lawyer.heap.live == 0 && !lawyer.heap.wrong_size);
    free(nothing);
    free(set);
    free(held);
    random_chain_release(&lawyer.random);
}

int main(int argc, char **argv)
{
    const char *asked = argc > 1 ? argv[1] : getenv("FRAMESIM_RECEIPTS");
    size_t receipts = asked ? (size_t)strtoull(asked, NULL, 10) : RECEIPTS_DEFAULT;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct crypto_memo *memo = crypto_memo_new(1 << 14);
    if (!memo) return 1;
    check_wide(crypto_memo_crypto(memo));
    for (size_t done = 0; done < receipts; done += RECEIPTS_PER_CHAIN) {
        struct lawyer lawyer;
        lawyer_init(&lawyer, seed, crypto_memo_crypto(memo));
        (void)snprintf(lawyer.name, sizeof lawyer.name, "seed %llu", (unsigned long long)seed++);
        for (size_t i = 0; i < RECEIPTS_PER_CHAIN; i++)
            check_execution(&lawyer);
        CHECK_IN(lawyer.name, lawyer.heap.live == 0 && !lawyer.heap.wrong_size);
        random_chain_release(&lawyer.random);
    }
    crypto_memo_free(memo);
    return check_done();
}
