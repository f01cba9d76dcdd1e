// SPDX-License-Identifier: Apache-2.0
/*
 * The conformance vectors about chains, through the library: linear, forked, merge, forged,
 * precedence, and attestations of chains. Every byte that the core asked for must be given back at
 * the end of a case.
 */
#include "vectors.h"

#include <sodium.h>

#include "core/memory.h"
#include "core/tests/heap.h"

static struct heap heap;
static struct frame_allocator allocator;

/* ---- Stages ------------------------------------------------------------------------------- */

/* A chain for the identity that a case names, or for that of its first receipt. */
static struct frame_chain *new_chain(const json_t *vector)
{
    struct frame_chain *chain = NULL;
    struct frame_public_key key;
    struct frame_chain_config config = {.crypto = frame_crypto_libsodium(), .allocator = allocator};
    if (vectors_string(vector, "publicKey") != NULL) {
        vectors_hex32(key.bytes, vectors_string(vector, "publicKey"));
        config.public_key = &key;
        config.identity = vectors_text(vector, "identity");
    }
    if (frame_chain_new(&chain, &config) != FRAME_OK) abort();
    return chain;
}

/* Steps 1 to 7. */
static enum frame_status replay(struct frame_replayed **replayed, struct frame_fault *fault,
                                struct frame_chain *chain, struct frame_span bytes)
{
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    *replayed = NULL;
    enum frame_status status = frame_parse(&parsed, fault, &allocator, bytes.bytes, bytes.length);
    if (status == FRAME_OK) status = frame_verify(&verified, fault, chain, parsed);
    frame_parsed_free(parsed);
    if (status == FRAME_OK) status = frame_replay(replayed, fault, verified);
    return status;
}

static enum frame_status join(struct frame_chain *chain, struct frame_fault *fault,
                              struct frame_span bytes)
{
    struct frame_replayed *replayed;
    enum frame_status status = replay(&replayed, fault, chain, bytes);
    if (status == FRAME_OK) status = frame_join(NULL, replayed);
    return status;
}

/* A chain that holds a file which must be good. */
static struct frame_chain *load(const json_t *vector, const char *member)
{
    struct frame_fault fault;
    struct frame_chain *chain = new_chain(vector);
    CHECK_IN(member, join(chain, &fault, vectors_text(vector, member)) == FRAME_OK);
    return chain;
}

/* ---- Figures ------------------------------------------------------------------------------ */

static json_t *hashes_json(const struct frame_hash *hashes, size_t count)
{
    json_t *array = json_array();
    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, vectors_hash_json(&hashes[i]));
    return array;
}

enum { EVERY_OUTCOME = -1 };

static json_t *order_json(const struct frame_chain *chain, int outcome)
{
    json_t *array = json_array();
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        CHECK(receipt.position == i);
        if (outcome == EVERY_OUTCOME || (int)receipt.outcome == outcome)
            json_array_append_new(array, vectors_hash_json(&receipt.hash));
    }
    return array;
}

/* All that `expected` of any group names. */
static json_t *figures_json(const struct frame_chain *chain)
{
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    json_t *figures = json_object();
    json_object_set_new(figures, "changed", json_integer((json_int_t)summary.changed));
    json_object_set_new(figures, "commitment", vectors_hash_json(&summary.commitment));
    json_object_set_new(figures, "heads", hashes_json(summary.heads, summary.head_count));
    json_object_set_new(figures, "receipts", json_integer((json_int_t)summary.receipts));
    json_object_set_new(figures, "stateRoot",
                        summary.has_root ? vectors_hash_json(&summary.state_root) : json_null());
    json_object_set_new(figures, "superseded", json_integer((json_int_t)summary.superseded));
    json_object_set_new(figures, "order", order_json(chain, EVERY_OUTCOME));
    json_object_set_new(figures, "supersededList", order_json(chain, FRAME_OUTCOME_SUPERSEDED));
    json_object_set_new(figures, "changedList", order_json(chain, FRAME_OUTCOME_CHANGED));
    return figures;
}

static json_t *fault_json(const struct frame_fault *fault, enum frame_status status)
{
    json_t *observed = json_object();
    CHECK(fault->status == status);
    json_object_set_new(observed, "ok", json_false());
    json_object_set_new(observed, "error", json_string(frame_status_name(status)));
    json_object_set_new(observed, "index", vectors_number_json(fault->index));
    json_object_set_new(observed, "offset", vectors_number_json(fault->offset));
    return observed;
}

static void written(struct buffer *buffer, const struct frame_chain *chain)
{
    buffer_init(buffer, &allocator);
    CHECK(frame_chain_write(chain, buffer_sink(buffer)));
}

static void end_case(struct frame_chain *chain)
{
    frame_chain_free(chain);
    CHECK(heap.live == 0 && !heap.wrong_size);
}

/* ---- linear, forked ----------------------------------------------------------------------- */

/* What is written for a chain in canonical order is the file itself. */
static void check_written(const struct frame_chain *chain, struct frame_span file)
{
    struct buffer buffer;
    written(&buffer, chain);
    CHECK(buffer.length == file.length && memcmp(buffer.bytes, file.bytes, file.length) == 0);
    buffer_free(&buffer);
}

static json_t *observe_linear(const json_t *vector)
{
    struct frame_chain *chain = load(vector, "chain");
    json_t *observed = json_object();
    json_object_set_new(observed, "expected", figures_json(chain));
    json_object_set_new(observed, "receiptHashes", order_json(chain, EVERY_OUTCOME));
    check_written(chain, vectors_text(vector, "chain"));
    end_case(chain);
    return observed;
}

/* The receipts of a chain file in another order: one array, or one array for each receipt. */
static void arrive(const json_t *vector, const json_t *arrival, bool one_by_one,
                   const json_t *expected)
{
    struct frame_span items[VECTORS_ITEMS_MAX];
    size_t count = vectors_items(items, vectors_text(vector, "chain"));
    struct frame_chain *chain = new_chain(vector);
    struct buffer batch;
    buffer_init(&batch, &allocator);
    for (size_t i = 0; i < json_array_size(arrival); i++) {
        size_t item = (size_t)json_integer_value(json_array_get(arrival, i));
        buffer_text(&batch, batch.length == 0 ? "[" : ",");
        buffer_span(&batch, items[item]);
        if (!one_by_one && i + 1 < json_array_size(arrival)) continue;
        struct frame_fault fault;
        buffer_text(&batch, "]");
        CHECK(item < count && join(chain, &fault, buffer_view(&batch)) == FRAME_OK);
        buffer_clear(&batch);
    }
    buffer_free(&batch);
    json_t *observed = figures_json(chain);
    CHECK_IN(vectors_string(vector, "name"), vectors_within(expected, observed));
    json_decref(observed);
    end_case(chain);
}

static json_t *observe_forked(const json_t *vector)
{
    struct frame_chain *chain = load(vector, "chain");
    json_t *observed = json_object();
    json_object_set_new(observed, "expected", figures_json(chain));
    end_case(chain);
    const json_t *expected = json_object_get(vector, "expected");
    size_t i;
    json_t *arrival;
    CHECK(json_array_size(json_object_get(vector, "arrivals")) > 0);
    json_array_foreach(json_object_get(vector, "arrivals"), i, arrival)
    {
        arrive(vector, arrival, false, expected);
        arrive(vector, arrival, true, expected);
    }
    return observed;
}

/* ---- merge -------------------------------------------------------------------------------- */

static json_t *written_sha256(const struct frame_chain *chain)
{
    struct buffer buffer;
    struct frame_hash hash;
    written(&buffer, chain);
    frame_sha256_of(frame_crypto_libsodium(), &hash, buffer.bytes, buffer.length);
    buffer_free(&buffer);
    return vectors_hash_json(&hash);
}

/* Joins `remote` into `local` and sets the members that are expected of that. */
static void observe_join(json_t *observed, const json_t *vector, const char *local,
                         const char *remote, const char *sha256_member)
{
    struct frame_fault fault;
    struct frame_chain *chain = load(vector, local);
    CHECK(join(chain, &fault, vectors_text(vector, remote)) == FRAME_OK);
    json_t *figures = figures_json(chain);
    json_t *earlier = json_object_get(observed, "join");
    if (earlier != NULL) CHECK(json_equal(earlier, figures));
    json_object_set_new(observed, "join", figures);
    json_object_set_new(observed, sha256_member, written_sha256(chain));
    end_case(chain);
}

/* The heads of a whole chain file, copied. */
static struct frame_hash *heads_of(const json_t *vector, const char *member, size_t *count)
{
    struct frame_summary summary;
    struct frame_chain *chain = load(vector, member);
    frame_chain_summary(chain, &summary);
    struct frame_hash *heads = calloc(summary.head_count + 1, sizeof *heads);
    if (heads == NULL) abort();
    if (summary.head_count > 0) memcpy(heads, summary.heads, summary.head_count * sizeof *heads);
    *count = summary.head_count;
    frame_chain_free(chain);
    return heads;
}

static json_t *observe_strict(const json_t *vector, const char *local, const char *remote)
{
    size_t count;
    struct frame_hash *want = heads_of(vector, remote, &count);
    struct frame_chain *chain = load(vector, local);
    struct frame_replayed *replayed;
    struct frame_fault fault;
    enum frame_strict_result result = FRAME_STRICT_KEEP;
    size_t divergence = 0;
    CHECK(replay(&replayed, &fault, chain, vectors_text(vector, remote)) == FRAME_OK);
    CHECK(frame_replayed_strict(replayed, &result, &divergence, want, count) == FRAME_OK);
    free(want);
    if (result == FRAME_STRICT_TAKE)
        CHECK(frame_join(NULL, replayed) == FRAME_OK);
    else
        frame_replayed_discard(replayed);
    json_t *observed = json_object();
    if (result == FRAME_STRICT_DIVERGED) {
        json_object_set_new(observed, "diverged", json_integer((json_int_t)divergence));
    } else {
        json_object_set_new(observed, "taken", json_boolean(result == FRAME_STRICT_TAKE));
        json_object_set_new(observed, "expected", figures_json(chain));
    }
    end_case(chain);
    return observed;
}

static json_t *observe_merge(const json_t *vector)
{
    json_t *observed = json_object();
    observe_join(observed, vector, "local", "remote", "joinedSha256");
    observe_join(observed, vector, "remote", "local", "joinedSha256Reversed");
    json_object_set_new(observed, "strict", observe_strict(vector, "local", "remote"));
    json_object_set_new(observed, "strictReversed", observe_strict(vector, "remote", "local"));
    return observed;
}

/* ---- forged, precedence ------------------------------------------------------------------- */

/* A batch against what is held. A rejected one leaves the chain as it was. */
static json_t *observe_batch(const json_t *vector)
{
    struct frame_fault fault = {FRAME_OK, -1, -1};
    bool held = json_object_get(vector, "held") != NULL;
    struct frame_chain *chain = held ? load(vector, "held") : new_chain(vector);
    size_t length;
    uint8_t *bytes = vectors_hex(&length, vectors_string(vector, "chainHex"));
    struct frame_span batch = vectors_text(vector, "chain");
    if (json_object_get(vector, "chainHex") != NULL) batch = (struct frame_span){bytes, length};

    json_t *before = figures_json(chain);
    json_t *observed;
    enum frame_status status = join(chain, &fault, batch);
    json_t *after = figures_json(chain);
    if (status == FRAME_OK) {
        observed = json_object();
        json_object_set_new(observed, "ok", json_true());
        json_object_set(observed, "expected", after);
    } else {
        observed = fault_json(&fault, status);
        CHECK_IN(vectors_string(vector, "name"), json_equal(before, after));
    }
    json_decref(before);
    json_decref(after);
    free(bytes);
    end_case(chain);
    return observed;
}

/* ---- Attestations of chains --------------------------------------------------------------- */

static json_t *observe_make(const json_t *vector)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    struct frame_secret_key secret;
    struct frame_attestation attestation = {.timestamp_s = 0};
    uint8_t seed[32];
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length = 0;
    vectors_hex32(seed, vectors_string(vector, "seed"));
    crypto->key_pair(crypto->context, &secret, &attestation.identity_key, seed);
    struct frame_chain_config config = {.crypto = crypto, .allocator = allocator};
    if (vectors_text(vector, "chain").length == 2) { /* [] says nothing of an identity */
        config.identity = (struct frame_span){(const uint8_t *)"anybody", 7};
        config.public_key = &attestation.identity_key;
    }
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    struct frame_summary summary;
    if (frame_chain_new(&chain, &config) != FRAME_OK) abort();
    CHECK(join(chain, &fault, vectors_text(vector, "chain")) == FRAME_OK);
    frame_chain_summary(chain, &summary);
    attestation.commitment = summary.commitment;
    attestation.state_root = summary.state_root;
    attestation.receipt_count = (int64_t)summary.receipts;
    attestation.timestamp_s = json_integer_value(json_object_get(vector, "timestamp"));
    frame_attestation_make(text, &length, crypto, &secret, &attestation);
    json_t *observed = json_object();
    json_object_set_new(observed, "attestation", json_stringn((const char *)text, length));
    end_case(chain);
    return observed;
}

/* Step 8, before the join and, as a second way, figures of the closure after it. */
static json_t *observe_verify(const json_t *vector)
{
    struct frame_attestation attestation;
    struct frame_public_key key;
    struct frame_span text = vectors_text(vector, "attestation");
    struct frame_replayed *replayed;
    struct frame_fault fault;
    size_t count;
    vectors_hex32(key.bytes, vectors_string(vector, "publicKey"));
    CHECK(frame_attestation_check(&attestation, frame_crypto_libsodium(), &key, text.bytes,
                                  text.length) == FRAME_OK);
    struct frame_hash *want = heads_of(vector, "chain", &count);
    struct frame_chain *chain = new_chain(vector);
    CHECK(replay(&replayed, &fault, chain, vectors_text(vector, "chain")) == FRAME_OK);
    enum frame_status status = frame_replayed_attested(replayed, want, count, &attestation);
    CHECK(frame_join(NULL, replayed) == FRAME_OK);

    size_t receipts = 0;
    struct frame_hash commitment;
    struct frame_hash root;
    CHECK(frame_chain_closure(chain, &receipts, &commitment, &root, want, count) == FRAME_OK);
    bool equal = (int64_t)receipts == attestation.receipt_count &&
                 frame_hash_compare(&commitment, &attestation.commitment) == 0 &&
                 frame_hash_compare(&root, &attestation.state_root) == 0;
    CHECK(equal == (status == FRAME_OK));
    free(want);

    json_t *observed = json_object();
    json_object_set_new(observed, "error",
                        status == FRAME_OK ? json_null() : json_string(frame_status_name(status)));
    json_object_set_new(observed, "expected", figures_json(chain));
    end_case(chain);
    return observed;
}

#define INPUTS(...) ((const char *const[]){__VA_ARGS__, NULL})

int main(void)
{
    if (sodium_init() < 0) return 1;
    allocator = heap_allocator(&heap);
    vectors_run("linear", NULL, INPUTS("chain", "identity", "publicKey", "seed"), observe_linear);
    vectors_run("forked", NULL, INPUTS("chain", "identity", "publicKey", "seed", "arrivals"),
                observe_forked);
    vectors_run("merge", NULL, INPUTS("local", "remote", "identity", "publicKey"), observe_merge);
    vectors_run("forged", NULL, INPUTS("chain", "chainHex", "identity", "publicKey"),
                observe_batch);
    vectors_run("precedence", NULL, INPUTS("chain", "chainHex", "held", "identity", "publicKey"),
                observe_batch);
    vectors_run("attestation", "make", INPUTS("chain", "seed", "timestamp"), observe_make);
    vectors_run("attestation", "verify", INPUTS("chain", "attestation", "identity", "publicKey"),
                observe_verify);
    return check_done();
}
