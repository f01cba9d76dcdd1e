// SPDX-License-Identifier: Apache-2.0
/*
 * The laws of the join (§ 8-10, 12) over random closed sets A, B, C of random forked chains: after
 * every join through the whole pipeline the core's chain is what the model says of the same set,
 * whatever order the receipts came in and however they were cut into batches.
 *
 * test_join_laws [TRIPLES [FIRST_SEED]]: a failure names its seed; a chain's seed is all that is
 * needed to see it again.
 */
#include "crypto_memo.h"
#include "laws.h"
#include "model_make.h"

enum { TRIPLES_PER_CHAIN = 40 };
#ifdef __OPTIMIZE__
enum { TRIPLES_DEFAULT = 10000 };
#else
enum { TRIPLES_DEFAULT = 1000 }; /* sanitizers and debuggers take their time */
#endif

static size_t triples_done, rejected, pages;

static struct frame_hash random_hash(struct lawyer *lawyer)
{
    struct frame_hash hash = {{0}};
    for (size_t i = 0; i < sizeof hash.bytes; i++)
        hash.bytes[i] = (uint8_t)random_next(&lawyer->seed);
    return hash;
}

/* ---- Rejection ------------------------------------------------------------------------------- */

/* Adds a forged twin of a receipt to the model, out of every set; returns its index. */
static size_t forge(struct lawyer *lawyer, size_t index)
{
    static const char *const fields[] = {"previousStateRoot", "resultHash", "nextStateRoot"};
    const char *field = fields[random_below(&lawyer->seed, 3)];
    struct frame_hash value = random_hash(lawyer);
    return model_forge(lawyer->model, &lawyer->random.secret, index, field, &value);
}

/* The list with forged twins put in at random places behind their parents. */
static struct kit_list list_forged(struct lawyer *lawyer, const struct kit_list *list, size_t twins)
{
    const size_t count = list->count;
    struct kit_list forged = {model_allocate_array(count + twins, sizeof(size_t)), count};
    if (count == 0) return forged;
    memcpy(forged.at, list->at, count * sizeof *list->at);
    for (size_t i = 0; i < twins; i++) {
        forged.at[forged.count++] = forge(lawyer, list->at[random_below(&lawyer->seed, count)]);
        kit_shuffle(lawyer->model, &forged, &lawyer->seed);
    }
    return forged;
}

/*
 * A batch that fails step 7 changes nothing, and the failure is named that the model names: the
 * first in canonical order of all that is held and received.
 */
static void reject_forged(struct lawyer *lawyer, struct frame_chain *chain, const bool *held,
                          const bool *set)
{
    struct kit_list fresh = kit_list_set(lawyer->model, set, held);
    if (fresh.count > 0 && model_count(lawyer->model) + 2 < lawyer->room) {
        struct kit_list list = list_forged(lawyer, &fresh, 1 + random_below(&lawyer->seed, 2));
        bool *all = set_union(lawyer, held, held);
        for (size_t i = 0; i < list.count; i++)
            all[list.at[i]] = true;
        size_t index = 0, place = 0;
        enum frame_status expected = model_verify(lawyer->model, &index, all, NULL);
        while (place < list.count && list.at[place] != index)
            place++;
        struct frame_fault fault;
        struct frame_allocator allocator = heap_allocator(&lawyer->heap);
        struct model_text batch = kit_batch(lawyer->model, &list);
        enum frame_status status =
            kit_join(NULL, &fault, chain, &allocator, model_text_span(&batch));
        CHECK_IN(lawyer->name, expected != FRAME_OK && status == expected);
        CHECK_IN(lawyer->name, fault.status == expected && fault.index == (int64_t)place);
        CHECK_IN(lawyer->name, fault.offset == -1);
        same_as_model(lawyer, chain, held);
        rejected++;
        free(batch.bytes);
        free(all);
        free(list.at);
    }
    free(fresh.at);
}

/* A chain that takes its identity from the first receipt it verifies (§ 10) has none again when
   that receipt's batch is refused. */
static void reject_anonymous(struct lawyer *lawyer, const bool *set)
{
    bool *nothing = set_new(lawyer);
    struct frame_chain *chain;
    struct frame_public_key key;
    struct frame_span id;
    struct frame_chain_config config = {.crypto = lawyer->crypto,
                                        .allocator = heap_allocator(&lawyer->heap)};
    CHECK_IN(lawyer->name, frame_chain_new(&chain, &config) == FRAME_OK);
    reject_forged(lawyer, chain, nothing, set);
    CHECK_IN(lawyer->name, !frame_chain_identity(chain, &key, &id));
    join_in_pieces(lawyer, chain, nothing, set);
    CHECK_IN(lawyer->name,
             frame_chain_identity(chain, &key, &id) == (frame_chain_count(chain) > 0));
    frame_chain_free(chain);
    free(nothing);
}

/* Steps 1 to 6 alone. */
static void verify_and_forget(struct lawyer *lawyer, struct frame_chain *chain,
                              const struct model_text *batch)
{
    struct frame_parsed *parsed;
    struct frame_verified *verified;
    struct frame_fault fault;
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    if (!CHECK_IN(lawyer->name, frame_parse(&parsed, &fault, &allocator, batch->bytes,
                                            batch->length) == FRAME_OK))
        return;
    if (CHECK_IN(lawyer->name, frame_verify(&verified, &fault, chain, parsed) == FRAME_OK))
        frame_verified_free(verified);
    frame_parsed_free(parsed);
}

/* A good batch thrown away at any stage leaves nothing behind either. */
static void discard(struct lawyer *lawyer, struct frame_chain *chain, const bool *held,
                    const bool *set)
{
    struct frame_replayed *replayed;
    struct frame_fault fault;
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    struct kit_list list = kit_list_set(lawyer->model, set, NULL),
                    fresh = kit_list_set(lawyer->model, set, held);
    kit_shuffle(lawyer->model, &list, &lawyer->seed);
    struct model_text batch = kit_batch(lawyer->model, &list);
    verify_and_forget(lawyer, chain, &batch);
    same_as_model(lawyer, chain, held);
    if (CHECK_IN(lawyer->name, kit_replay(&replayed, &fault, chain, &allocator,
                                          model_text_span(&batch)) == FRAME_OK)) {
        CHECK_IN(lawyer->name, frame_replayed_fresh(replayed) == fresh.count);
        frame_replayed_discard(replayed);
    }
    same_as_model(lawyer, chain, held);
    free(batch.bytes);
    free(list.at);
    free(fresh.at);
}

/* ---- Figures of closures (§ 10 step 8, § 12) ------------------------------------------------- */

/* A few of the receipts held; returns how many, at most 4. */
static size_t draw_want(struct lawyer *lawyer, struct frame_hash *hashes,
                        const struct frame_chain *chain, bool may_be_none)
{
    size_t held = frame_chain_count(chain), count = random_below(&lawyer->seed, 5);
    if (count == 0 && !may_be_none) count = 1;
    if (held == 0) count = 0;
    for (size_t i = 0; i < count; i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, random_below(&lawyer->seed, held));
        hashes[i] = receipt.hash;
    }
    return count;
}

static void check_closure(struct lawyer *lawyer, struct frame_chain *chain)
{
    struct frame_hash want[9], commitment, root;
    size_t count = draw_want(lawyer, want, chain, true), receipts;
    const char *name = lawyer->name;
    const struct model_fold *fold = model_fold_closure(lawyer->model, want, count);
    if (random_below(&lawyer->seed, 2) == 0 && fold->head_count <= 8) {
        count = fold->head_count;
        memcpy(want, fold->heads, count * sizeof *want);
    }
    if (CHECK_IN(name, frame_chain_closure(chain, &receipts, &commitment, &root, want, count) ==
                           FRAME_OK)) {
        CHECK_IN(name, receipts == fold->count);
        CHECK_IN(name, frame_hash_compare(&commitment, &fold->commitment) == 0);
        CHECK_IN(name, frame_hash_compare(&root, &fold->state_root) == 0);
    }
    want[count] = random_hash(lawyer);
    CHECK_IN(name, frame_chain_closure(chain, &receipts, &commitment, &root, want, count + 1) ==
                       FRAME_UNKNOWN);
}

/* All pages of one request together, each asking past the last one's end. */
static void check_pages(struct lawyer *lawyer, struct frame_chain *chain,
                        const struct frame_hash *want, size_t want_count,
                        const struct frame_hash *have, size_t have_count, uint64_t visible)
{
    size_t positions[FRAME_PAGE_RECEIPTS_MAX], count, remaining, owed_count, got = 0;
    size_t *owed = model_allocate_array(lawyer->room, sizeof *owed);
    struct frame_hash start, *after = NULL;
    const char *name = lawyer->name;
    if (random_below(&lawyer->seed, 2) == 0) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, random_below(&lawyer->seed, frame_chain_count(chain)));
        start = receipt.hash;
        after = &start;
    }
    bool known =
        model_page(lawyer->model, owed, &owed_count, want, want_count, have, have_count, after);
    do {
        enum frame_status status = frame_chain_page(chain, positions, &count, &remaining, want,
                                                    want_count, have, have_count, after, visible);
        if (!CHECK_IN(name, status == (known ? FRAME_OK : FRAME_UNKNOWN)) || !known) break;
        for (size_t i = 0; i < count; i++) {
            struct frame_receipt receipt;
            frame_chain_at(chain, &receipt, positions[i]);
            CHECK_IN(name, got < owed_count);
            if (got < owed_count)
                CHECK_IN(name, frame_hash_compare(&receipt.hash,
                                                  &model_at(lawyer->model, owed[got])->hash) == 0);
            got++;
            start = receipt.hash;
        }
        after = &start;
        CHECK_IN(name, got + remaining == owed_count);
        if (!CHECK_IN(name, count > 0 || remaining == 0)) break;
        pages++;
    } while (remaining > 0);
    CHECK_IN(name, !known || got == owed_count);
    free(owed);
}

/* A request for anything held, from somebody who has anything, some of it unknown here. */
static void check_request(struct lawyer *lawyer, struct frame_chain *chain)
{
    if (frame_chain_count(chain) == 0) return;
    struct frame_hash want[8], have[8];
    size_t want_count = draw_want(lawyer, want, chain, false);
    size_t have_count = draw_want(lawyer, have, chain, true);
    if (random_below(&lawyer->seed, 3) == 0) have[have_count++] = random_hash(lawyer);
    check_pages(lawyer, chain, want, want_count, have, have_count, UINT64_MAX);
    check_pages(lawyer, chain, want, want_count, have, have_count, frame_chain_count(chain));
}

/* What has not been made durable yet is not there for others (§ 12). */
static void check_hidden(struct lawyer *lawyer, struct frame_chain *chain)
{
    size_t held = frame_chain_count(chain), visible_count = 0;
    if (held == 0) return;
    uint64_t visible = random_below(&lawyer->seed, held + 1);
    struct frame_hash want[8], have[8], seen[8];
    struct frame_receipt receipt;
    size_t want_count = draw_want(lawyer, want, chain, false);
    size_t have_count = draw_want(lawyer, have, chain, true);
    bool all = true;
    for (size_t i = 0; i < want_count; i++)
        all = all && frame_chain_find(chain, &receipt, &want[i]) && receipt.arrival < visible;
    for (size_t i = 0; i < have_count; i++)
        if (frame_chain_find(chain, &receipt, &have[i]) && receipt.arrival < visible)
            seen[visible_count++] = have[i];
    size_t positions[FRAME_PAGE_RECEIPTS_MAX], count, remaining, owed_count;
    size_t *owed = model_allocate_array(lawyer->room, sizeof *owed);
    enum frame_status status = frame_chain_page(chain, positions, &count, &remaining, want,
                                                want_count, have, have_count, NULL, visible);
    if (CHECK_IN(lawyer->name, status == (all ? FRAME_OK : FRAME_UNKNOWN)) && all) {
        model_page(lawyer->model, owed, &owed_count, want, want_count, seen, visible_count, NULL);
        CHECK_IN(lawyer->name, count + remaining == owed_count);
    }
    free(owed);
}

/* ---- Step 8 and policy strict, while a batch waits for its join ------------------------------ */

static void check_attested(struct lawyer *lawyer, struct frame_replayed *replayed,
                           const struct frame_hash *want, size_t want_count,
                           const struct model_fold *fold)
{
    struct frame_attestation good = {.identity_key = lawyer->random.public_key,
                                     .commitment = fold->commitment,
                                     .state_root = fold->state_root,
                                     .receipt_count = (int64_t)fold->count};
    struct frame_attestation count = good, commitment = good, root = good;
    struct frame_hash unknown = random_hash(lawyer);
    const char *name = lawyer->name;
    count.receipt_count++;
    count.commitment.bytes[3] ^= 1;
    commitment.commitment.bytes[31] ^= 1;
    commitment.state_root.bytes[0] ^= 1;
    root.state_root.bytes[31] ^= 1;
    CHECK_IN(name, frame_replayed_attested(replayed, want, want_count, &good) == FRAME_OK);
    CHECK_IN(name, frame_replayed_attested(replayed, want, want_count, &count) ==
                       FRAME_ATTESTATION_COUNT);
    CHECK_IN(name, frame_replayed_attested(replayed, want, want_count, &commitment) ==
                       FRAME_ATTESTATION_COMMITMENT);
    CHECK_IN(name,
             frame_replayed_attested(replayed, want, want_count, &root) == FRAME_ATTESTATION_ROOT);
    CHECK_IN(name,
             frame_replayed_attested(replayed, &unknown, 1, &good) == FRAME_ATTESTATION_COUNT);
}

static void check_strict(const struct lawyer *lawyer, struct frame_replayed *replayed,
                         const struct frame_hash *want, size_t want_count,
                         const struct model_fold *local, const struct model_fold *remote)
{
    enum frame_strict_result result, expected = FRAME_STRICT_DIVERGED;
    size_t divergence = 0, same = 0;
    while (same < local->count && same < remote->count && local->order[same] == remote->order[same])
        same++;
    if (same == remote->count)
        expected = FRAME_STRICT_KEEP;
    else if (same == local->count)
        expected = FRAME_STRICT_TAKE;
    CHECK_IN(lawyer->name,
             frame_replayed_strict(replayed, &result, &divergence, want, want_count) == FRAME_OK);
    CHECK_IN(lawyer->name, result == expected);
    CHECK_IN(lawyer->name, result != FRAME_STRICT_DIVERGED || divergence == same);
}

/* Joins a set whose heads are asked about before: in the chain with the batch. */
static void join_attested(struct lawyer *lawyer, struct frame_chain *chain, bool *held,
                          const bool *set)
{
    struct frame_replayed *replayed;
    struct frame_fault fault;
    struct frame_report report = {0};
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    const struct model_fold *local = model_fold_of(lawyer->model, held),
                            *remote = model_fold_of(lawyer->model, set);
    struct kit_list list = kit_list_set(lawyer->model, set, NULL);
    kit_shuffle(lawyer->model, &list, &lawyer->seed);
    struct model_text batch = kit_batch(lawyer->model, &list);
    if (CHECK_IN(lawyer->name, kit_replay(&replayed, &fault, chain, &allocator,
                                          model_text_span(&batch)) == FRAME_OK)) {
        check_attested(lawyer, replayed, remote->heads, remote->head_count, remote);
        check_strict(lawyer, replayed, remote->heads, remote->head_count, local, remote);
        CHECK_IN(lawyer->name, frame_join(&report, replayed) == FRAME_OK);
    }
    bool *both = set_union(lawyer, held, set);
    if (same_as_model(lawyer, chain, both)) check_report(lawyer, &report, held, both);
    memcpy(held, both, lawyer->room * sizeof *held);
    free(both);
    free(batch.bytes);
    free(list.at);
}

/* ---- The laws -------------------------------------------------------------------------------- */

static struct model_text chain_file(const struct lawyer *lawyer, const struct frame_chain *chain)
{
    struct model_text file = {0};
    CHECK_IN(lawyer->name, frame_chain_write(chain, model_text_sink(&file)));
    return file;
}

static bool same_file(const struct lawyer *lawyer, const struct frame_chain *a,
                      const struct frame_chain *b)
{
    struct model_text x = chain_file(lawyer, a), y = chain_file(lawyer, b);
    bool same = x.length == y.length && memcmp(x.bytes, y.bytes, x.length) == 0;
    free(x.bytes);
    free(y.bytes);
    return same;
}

/* verify(a) and verify(b) make verify(join): the joined file is a good chain to somebody with
   nothing. */
static void check_file(struct lawyer *lawyer, const struct frame_chain *joined, const bool *held)
{
    bool *none;
    struct frame_chain *chain = chain_new(lawyer, &none);
    struct frame_fault fault;
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    struct model_text file = chain_file(lawyer, joined);
    CHECK_IN(lawyer->name,
             kit_join(NULL, &fault, chain, &allocator, model_text_span(&file)) == FRAME_OK);
    same_as_model(lawyer, chain, held);
    free(file.bytes);
    free(none);
    frame_chain_free(chain);
}

/* (A ∪ B) ∪ C, then A again; on the way batches that are refused or thrown away. */
static struct frame_chain *join_left(struct lawyer *lawyer, bool *const sets[3])
{
    bool *held;
    struct frame_chain *chain = chain_new(lawyer, &held);
    join_in_pieces(lawyer, chain, held, sets[0]);
    if (random_below(&lawyer->seed, 4) == 0) reject_forged(lawyer, chain, held, sets[1]);
    if (random_below(&lawyer->seed, 4) == 0) discard(lawyer, chain, held, sets[2]);
    join_attested(lawyer, chain, held, sets[1]);
    check_closure(lawyer, chain);
    if (random_below(&lawyer->seed, 4) == 0) reject_forged(lawyer, chain, held, sets[2]);
    join_in_pieces(lawyer, chain, held, sets[2]);
    join_whole(lawyer, chain, held, sets[0]); /* idempotent: nothing is fresh */
    check_request(lawyer, chain);
    check_hidden(lawyer, chain);
    check_arrivals(lawyer, chain);
    if (random_below(&lawyer->seed, 4) == 0) check_file(lawyer, chain, held);
    free(held);
    return chain;
}

/* The same sets in another order, whole. */
static struct frame_chain *join_right(struct lawyer *lawyer, const bool *first, const bool *second,
                                      const bool *third)
{
    bool *held;
    struct frame_chain *chain = chain_new(lawyer, &held);
    join_whole(lawyer, chain, held, first);
    join_whole(lawyer, chain, held, second);
    join_whole(lawyer, chain, held, third);
    check_closure(lawyer, chain);
    free(held);
    return chain;
}

/* A ∪ (B ∪ C): the second argument is a chain of its own, handed over as its file. */
static struct frame_chain *join_nested(struct lawyer *lawyer, bool *const sets[3])
{
    bool *held, *inner_held;
    struct frame_chain *chain = chain_new(lawyer, &held);
    struct frame_chain *inner = chain_new(lawyer, &inner_held);
    join_whole(lawyer, inner, inner_held, sets[1]);
    join_whole(lawyer, inner, inner_held, sets[2]);
    join_whole(lawyer, chain, held, sets[0]);
    struct model_text file = chain_file(lawyer, inner);
    struct frame_fault fault;
    struct frame_report report = {0};
    struct frame_allocator allocator = heap_allocator(&lawyer->heap);
    CHECK_IN(lawyer->name,
             kit_join(&report, &fault, chain, &allocator, model_text_span(&file)) == FRAME_OK);
    bool *all = set_union(lawyer, held, inner_held);
    if (same_as_model(lawyer, chain, all)) check_report(lawyer, &report, held, all);
    free(all);
    free(file.bytes);
    free(held);
    free(inner_held);
    frame_chain_free(inner);
    return chain;
}

static void check_triple(struct lawyer *lawyer)
{
    bool *sets[3];
    for (size_t i = 0; i < 3; i++)
        sets[i] = draw(lawyer);
    struct frame_chain *left = join_left(lawyer, sets);
    struct frame_chain *nested = join_nested(lawyer, sets);
    struct frame_chain *turned = join_right(lawyer, sets[2], sets[1], sets[0]);
    CHECK_IN(lawyer->name, same_file(lawyer, left, nested));
    CHECK_IN(lawyer->name, same_file(lawyer, left, turned));
    if (random_below(&lawyer->seed, 8) == 0) reject_anonymous(lawyer, sets[0]);
    frame_chain_free(left);
    frame_chain_free(nested);
    frame_chain_free(turned);
    for (size_t i = 0; i < 3; i++)
        free(sets[i]);
    CHECK_IN(lawyer->name, lawyer->heap.live == 0 && !lawyer->heap.wrong_size);
    triples_done++;
}

/*
 * A device whose clock stands still makes one first receipt after the other, and each is merged by
 * one whose clock goes: the whole never has more than two heads, but the beginning of its order has
 * as many as there are first receipts.
 */
static void check_comb(const struct frame_crypto *crypto)
{
    enum { TEETH = 60 };
    struct random_chain_config config = {.seed = 1, .receipts = 1, .devices = 1};
    struct lawyer lawyer = {.seed = 1, .name = "comb"};
    lawyer_init_with(&lawyer, &config, crypto);
    lawyer.room = 2 + 2 * (size_t)TEETH;
    struct model *model = lawyer.model;
    bool *nothing = set_new(&lawyer), *set = set_new(&lawyer), *held;
    struct frame_chain *chain = chain_new(&lawyer, &held);
    struct model_intent intent = {.action = "wallet.mintFrame", .raw = "", .clock_s = 100};
    static const char payload[] = "{\"amount\":1,\"target\":\"bob\"}";
    intent.payload = (struct frame_span){(const uint8_t *)payload, sizeof payload - 1};
    intent.origin = "going";
    set[model_make(model, &lawyer.random.secret, nothing, &intent)] = true;
    for (size_t i = 0; i < TEETH; i++) {
        char origin[32];
        (void)snprintf(origin, sizeof origin, "standing %zu", i);
        intent.origin = origin;
        intent.clock_s = 1;
        set[model_make(model, &lawyer.random.secret, nothing, &intent)] = true;
        set[model_make_merge(model, &lawyer.random.secret, set)] = true;
        join_whole(&lawyer, chain, held, set);
    }
    frame_chain_free(chain);
    CHECK(lawyer.heap.live == 0 && !lawyer.heap.wrong_size);
    free(nothing);
    free(set);
    free(held);
    random_chain_release(&lawyer.random);
}

static void check_chain(uint64_t seed, size_t triples, const struct frame_crypto *crypto)
{
    struct lawyer lawyer;
    lawyer_init(&lawyer, seed, crypto);
    if (lawyer.count > 200 && triples > 8) triples = 8;
    for (size_t i = 0; i < triples; i++) {
        (void)snprintf(lawyer.name, sizeof lawyer.name, "seed %llu, triple %zu",
                       (unsigned long long)seed, i);
        check_triple(&lawyer);
    }
    random_chain_release(&lawyer.random);
}

int main(int argc, char **argv)
{
    const char *asked = argc > 1 ? argv[1] : getenv("FRAMESIM_TRIPLES");
    size_t triples = asked ? (size_t)strtoull(asked, NULL, 10) : TRIPLES_DEFAULT;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct crypto_memo *memo = crypto_memo_new(1 << 14);
    if (!memo) return 1;
    check_comb(crypto_memo_crypto(memo));
    while (triples_done < triples) {
        size_t left = triples - triples_done;
        check_chain(seed++, left < TRIPLES_PER_CHAIN ? left : TRIPLES_PER_CHAIN,
                    crypto_memo_crypto(memo));
    }
    crypto_memo_free(memo);
    printf(
        "%zu triples, %zu joins: %zu superseded, %zu changed, %zu restored; %zu batches rejected, "
        "%zu pages\n",
        triples_done, figures.joins, figures.superseded, figures.changed, figures.restored,
        rejected, pages);
    return check_done();
}
