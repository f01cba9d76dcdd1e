// SPDX-License-Identifier: Apache-2.0
/*
 * The conformance vectors about the parts that chains are made of, through the library: constants,
 * canonical JSON, execution, attestations, envelopes and pages, the receipt log, Ed25519.
 */
#include "vectors.h"

#include <sodium.h>
#include <xxhash.h>

#include "core/dapp.h"
#include "core/execute.h"
#include "core/memory.h"
#include "core/tests/heap.h"
#include "vectors_fill.h"

static struct heap heap;
static struct frame_allocator allocator;

static json_t *status_json(enum frame_status status)
{
    return status == FRAME_OK ? json_null() : json_string(frame_status_name(status));
}

static json_t *buffer_json(const struct buffer *buffer)
{
    CHECK(!buffer->failed);
    return json_stringn((const char *)buffer->bytes, buffer->length);
}

static json_t *sha256_json(const void *bytes, size_t length)
{
    struct frame_hash hash;
    frame_sha256_of(frame_crypto_libsodium(), &hash, bytes, length);
    return vectors_hash_json(&hash);
}

static void end_case(void)
{
    CHECK(heap.live == 0 && !heap.wrong_size);
}

/* ---- constants ---------------------------------------------------------------------------- */

/* The 16 fields in order, as the names of a receipt that the library makes. */
static json_t *fields_json(void)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    const uint8_t seed[32] = {1};
    struct frame_secret_key secret;
    struct frame_public_key key;
    struct frame_chain *chain = NULL;
    struct frame_executed executed;
    struct frame_receipt receipt;
    crypto->key_pair(crypto->context, &secret, &key, seed);
    const struct frame_chain_config config = {.crypto = crypto,
                                              .allocator = allocator,
                                              .identity = {(const uint8_t *)"me", 2},
                                              .public_key = &key};
    const struct frame_intent intent = {.action = {(const uint8_t *)"wallet.balance", 14},
                                        .payload = {(const uint8_t *)"{}", 2}};
    json_t *fields = json_array();
    CHECK(frame_chain_new(&chain, &config) == FRAME_OK);
    CHECK(frame_chain_execute(chain, &executed, &secret, &intent, 5) == FRAME_OK);
    frame_chain_at(chain, &receipt, 0);
    json_t *parsed = json_loadb((const char *)receipt.bytes.bytes, receipt.bytes.length, 0, NULL);
    for (void *at = json_object_iter(parsed); at != NULL; at = json_object_iter_next(parsed, at))
        json_array_append_new(fields, json_string(json_object_iter_key(at)));
    json_decref(parsed);
    frame_chain_free(chain);
    return fields;
}

static void write_names(struct buffer *out, const char *const *names, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buffer_text(out, i == 0 ? "[\"" : ",\"");
        buffer_text(out, names[i]);
        buffer_text(out, "\"");
    }
    buffer_text(out, count == 0 ? "[]" : "]");
}

static void write_dapp(struct buffer *out, const struct frame_dapp *dapp)
{
    char name[128];
    struct frame_hash code;
    const char *intents[32];
    snprintf(name, sizeof name, "%s@%s", dapp->id, dapp->version);
    frame_sha256_of(frame_crypto_libsodium(), &code, name, strlen(name));
    for (size_t i = 0; i < dapp->intent_count && i < 32; i++)
        intents[i] = dapp->intents[i].action;
    buffer_text(out, "{\"codeHash\":\"");
    buffer_hex(out, code.bytes, sizeof code.bytes);
    buffer_text(out, "\",\"id\":\"");
    buffer_text(out, dapp->id);
    buffer_text(out, "\",\"manifest\":{\"capabilities\":");
    write_names(out, dapp->capabilities, dapp->capability_count);
    buffer_text(out, ",\"id\":\"");
    buffer_text(out, dapp->id);
    buffer_text(out, "\",\"intents\":");
    write_names(out, intents, dapp->intent_count);
    buffer_text(out, ",\"name\":\"");
    buffer_text(out, dapp->id);
    buffer_text(out, "\",\"version\":\"");
    buffer_text(out, dapp->version);
    buffer_text(out, "\"}}");
}

/* The list as the table of dApps says it. */
static void write_installed(struct buffer *out)
{
    const struct frame_dapp_table *table = frame_dapps_builtin();
    buffer_init(out, &allocator);
    for (size_t i = 0; i < table->count; i++) {
        buffer_text(out, i == 0 ? "[" : ",");
        write_dapp(out, table->dapps[i]);
    }
    buffer_text(out, "]");
}

/* The root by the library; the document with the list above in it must hash to the same. */
static json_t *observe_empty_root(const json_t *vector)
{
    struct executor executor;
    struct frame_public_key key;
    struct frame_hash root;
    struct buffer installed;
    struct buffer document;
    const struct state empty = {NULL, NULL, NULL};
    vectors_hex32(key.bytes, vectors_string(vector, "publicKey"));
    CHECK(executor_init(&executor, frame_crypto_libsodium(), &allocator, frame_dapps_builtin(),
                        (struct frame_span){(const uint8_t *)"me", 2}, &key) == FRAME_OK);
    executor_root(&executor, &root, &empty, &frame_genesis);
    executor_free(&executor);

    write_installed(&installed);
    buffer_init(&document, &allocator);
    buffer_text(&document, "{\"capabilityVersion\":2,\"identityPublicKey\":\"");
    buffer_hex(&document, key.bytes, sizeof key.bytes);
    buffer_text(&document, "\",\"installedDApps\":");
    buffer_span(&document, buffer_view(&installed));
    buffer_text(&document, ",\"receiptChainCommitment\":\"");
    buffer_hex(&document, frame_genesis.bytes, sizeof frame_genesis.bytes);
    buffer_text(&document, "\",\"storage\":{},\"version\":3}");
    json_t *observed = json_object();
    json_object_set_new(observed, "stateDocument", buffer_json(&document));
    json_object_set_new(observed, "stateRoot", vectors_hash_json(&root));
    json_t *by_hand = sha256_json(document.bytes, document.length);
    CHECK(json_equal(by_hand, json_object_get(observed, "stateRoot")));
    json_decref(by_hand);
    buffer_free(&document);
    buffer_free(&installed);
    return observed;
}

/* A dApp of its own that puts the first 80 random bytes into its result. */
enum { RANDOM_BYTES = 80 };

static enum frame_status draw_random(struct frame_run *run, struct frame_span payload)
{
    uint8_t bytes[RANDOM_BYTES];
    char text[2 * RANDOM_BYTES + 32];
    (void)payload;
    frame_run_random(run, bytes, 7); /* in two portions, which must not matter */
    frame_run_random(run, bytes + 7, sizeof bytes - 7);
    memcpy(text, "{\"ok\":true,\"x\":\"", 16);
    frame_hex_encode(text + 16, bytes, sizeof bytes);
    memcpy(text + 16 + 2 * sizeof bytes, "\"}", 2);
    return frame_run_result(run, (struct frame_span){(const uint8_t *)text, 18 + 2 * sizeof bytes});
}

static json_t *random_json(const char *previous_hex, const char *input_hash_hex)
{
    static const struct frame_dapp_intent intent = {"draw", NULL, 0, draw_random, false, false};
    static const struct frame_dapp dapp = {"draw", "1.0.0", NULL, 0, &intent, 1};
    static const struct frame_dapp *const dapps[] = {&dapp};
    static const struct frame_dapp_table table = {dapps, 1};
    static const char payload[] =
        "{\"action\":\"draw\",\"origin\":\"\",\"payload\":{},\"raw\":\"\",\"timestamp\":1}";
    const struct frame_public_key key = {{0}};
    struct frame_hash previous = {{0}};
    struct executor executor;
    struct execution execution = {.input_payload = {(const uint8_t *)payload, sizeof payload - 1},
                                  .timestamp_s = 1};
    const struct state before = {NULL, NULL, NULL};
    struct state after = {NULL, NULL, NULL};
    bool accepted = false;
    vectors_hex32(execution.input_hash.bytes, input_hash_hex);
    if (previous_hex != NULL) vectors_hex32(previous.bytes, previous_hex);
    execution.previous = previous_hex == NULL ? NULL : &previous;
    CHECK(executor_init(&executor, frame_crypto_libsodium(), &allocator, &table,
                        (struct frame_span){(const uint8_t *)"me", 2}, &key) == FRAME_OK);
    CHECK(executor_run(&executor, &after, &accepted, &before, &execution) == FRAME_OK && accepted);
    json_t *bytes =
        json_stringn((const char *)executor.result.bytes + 16, (size_t)2 * RANDOM_BYTES);
    state_release(&allocator, &after);
    executor_free(&executor);
    return bytes;
}

static json_t *observe_random(const json_t *vector)
{
    const char *input_hash = vectors_string(vector, "inputHash");
    json_t *observed = json_object();
    json_object_set_new(observed, "bytes",
                        random_json(vectors_string(vector, "previousReceiptHash"), input_hash));
    json_object_set_new(observed, "bytes2",
                        random_json(vectors_string(vector, "previousReceiptHash2"), input_hash));
    return observed;
}

/* As the header of a log's frame says it; a frame has no empty payload, so that one is asked
   directly. */
static json_t *xxh32_json(const char *hex)
{
    uint8_t header[FRAME_LOG_HEADER_BYTES] = {0};
    size_t length;
    uint8_t *bytes = vectors_hex(&length, hex);
    uint32_t sum = XXH32(bytes, length, 0);
    if (length > 0) {
        frame_log_header(header, bytes, length);
        sum = (uint32_t)header[4] << 24 | (uint32_t)header[5] << 16 | (uint32_t)header[6] << 8 |
              header[7];
    }
    free(bytes);
    CHECK(header[0] == 0 && header[1] == 0 && ((size_t)header[2] << 8 | header[3]) == length);
    return json_integer((json_int_t)sum);
}

static json_t *commitment_json(const json_t *heads)
{
    struct frame_hash hashes[FRAME_ATTEST_HEADS_MAX];
    struct frame_hash commitment;
    size_t count = json_array_size(heads);
    CHECK(count <= FRAME_ATTEST_HEADS_MAX);
    for (size_t i = 0; i < count; i++)
        vectors_hex32(hashes[i].bytes, json_string_value(json_array_get(heads, i)));
    frame_commitment(frame_crypto_libsodium(), &commitment, hashes, count);
    return vectors_hash_json(&commitment);
}

/* Pairs of an argument and its answer: the same pairs with our answers. */
static json_t *observe_pairs(const json_t *vector)
{
    json_t *pairs = json_array();
    size_t i;
    json_t *pair;
    json_array_foreach(json_object_get(vector, "cases"), i, pair)
    {
        json_t *argument = json_array_get(pair, 0);
        json_t *answer = json_is_string(argument) ? xxh32_json(json_string_value(argument))
                                                  : commitment_json(argument);
        json_array_append_new(pairs, json_pack("[O,o]", argument, answer));
    }
    CHECK(i > 0);
    return json_pack("{s:o}", "cases", pairs);
}

static json_t *observe_constant(const json_t *vector)
{
    json_t *observed;
    if (json_object_get(vector, "genesis") != NULL) {
        json_t *schema = json_array();
        for (size_t i = 0; i < FRAME_CAPABILITY_COUNT; i++)
            json_array_append_new(schema, json_string(frame_capabilities[i]));
        observed = json_pack("{s:o,s:o,s:o}", "genesis", vectors_hash_json(&frame_genesis),
                             "fields", fields_json(), "schema", schema);
    } else if (json_object_get(vector, "canonical") != NULL) {
        struct buffer installed;
        write_installed(&installed);
        observed = json_pack("{s:o,s:o}", "canonical", buffer_json(&installed), "hash",
                             sha256_json(installed.bytes, installed.length));
        buffer_free(&installed);
    } else if (json_object_get(vector, "stateRoot") != NULL) {
        observed = observe_empty_root(vector);
    } else if (json_object_get(vector, "bytes") != NULL) {
        observed = observe_random(vector);
    } else {
        observed = observe_pairs(vector);
    }
    end_case();
    return observed;
}

/* ---- canonical, ed25519 ------------------------------------------------------------------- */

static json_t *observe_canonical(const json_t *vector)
{
    size_t length;
    size_t offset = SIZE_MAX;
    uint8_t *bytes = vectors_hex(&length, vectors_string(vector, "hex"));
    enum frame_status status = frame_json_check(&offset, bytes, length);
    json_t *observed = json_object();
    json_object_set_new(observed, "accept", json_boolean(status == FRAME_OK));
    if (status == FRAME_OK) {
        json_object_set_new(observed, "hash", sha256_json(bytes, length));
    } else {
        json_object_set_new(observed, "error", status_json(status));
        json_object_set_new(observed, "offset", json_integer((json_int_t)offset));
    }
    free(bytes);
    return observed;
}

static json_t *observe_ed25519(const json_t *vector)
{
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    struct frame_public_key key;
    struct frame_hash message;
    const char *hex = vectors_string(vector, "signature");
    uint8_t signature[64] = {0};
    vectors_hex32(key.bytes, vectors_string(vector, "publicKey"));
    vectors_hex32(message.bytes, vectors_string(vector, "message"));
    CHECK(hex != NULL && frame_hex_decode(signature, sizeof signature, hex, strlen(hex)));
    bool accepted = crypto->verify(crypto->context, signature, &message, &key);
    return json_pack("{s:b}", "accept", (int)accepted);
}

/* ---- execution ---------------------------------------------------------------------------- */

/* A storage object with the entries of storageFill put in; in key order notes:<hex> comes where its
   name says. */
static void write_storage(struct buffer *out, struct frame_span storage, const json_t *fill)
{
    buffer_init(out, &allocator);
    if (fill == NULL) {
        buffer_span(out, storage);
        return;
    }
    char *text = vectors_filled_storage(storage, fill);
    buffer_text(out, text);
    free(text);
}

static json_t *observe_execution(const json_t *vector)
{
    struct buffer storage;
    struct buffer result;
    struct buffer after;
    struct buffer used;
    struct frame_intent_outcome outcome;
    struct frame_public_key key;
    struct frame_hash previous = {{0}};
    const struct frame_dapp *dapp = NULL;
    const json_t *fill = json_object_get(vector, "storageFill");
    const char *previous_hex = vectors_string(vector, "previousReceiptHash");
    vectors_hex32(key.bytes, vectors_string(vector, "publicKey"));
    if (previous_hex != NULL) vectors_hex32(previous.bytes, previous_hex);
    write_storage(&storage, vectors_text(vector, "storageBefore"), fill);
    buffer_init(&result, &allocator);
    buffer_init(&after, &allocator);
    buffer_init(&used, &allocator);
    const struct frame_intent_run run = {
        .identity = vectors_text(vector, "identity"),
        .input_payload = vectors_text(vector, "inputPayload"),
        .previous = previous_hex == NULL ? NULL : &previous,
        .public_key = &key,
        .storage = buffer_view(&storage),
        .timestamp_s = json_integer_value(json_object_get(vector, "timestamp"))};
    CHECK_IN(vectors_string(vector, "name"),
             frame_intent_execute(&outcome, buffer_sink(&result), buffer_sink(&after),
                                  buffer_sink(&used), frame_crypto_libsodium(), &allocator,
                                  &run) == FRAME_OK);
    CHECK(frame_dapp_find(frame_dapps_builtin(), &dapp, vectors_text(vector, "intent")) != NULL);

    json_t *observed = json_object();
    json_object_set_new(observed, "dappId", json_string(dapp == NULL ? "" : dapp->id));
    json_object_set_new(observed, "inputHash", vectors_hash_json(&outcome.input_hash));
    json_object_set_new(observed, "result", buffer_json(&result));
    json_object_set_new(observed, "resultHash", vectors_hash_json(&outcome.result_hash));
    json_object_set_new(observed, "nextStateRoot", vectors_hash_json(&outcome.next_root));
    json_object_set_new(observed, "capabilitiesUsed",
                        json_loadb((const char *)used.bytes, used.length, 0, NULL));
    json_object_set_new(
        observed, "storageAfter",
        vectors_unfilled_json(buffer_view(&after), vectors_text(vector, "storageAfter"), fill));
    buffer_free(&storage);
    buffer_free(&result);
    buffer_free(&after);
    buffer_free(&used);
    end_case();
    return observed;
}

/* ---- attestation -------------------------------------------------------------------------- */

static enum frame_status check_attestation(struct frame_attestation *attestation,
                                           struct frame_span text, const char *key_hex)
{
    struct frame_public_key key;
    vectors_hex32(key.bytes, key_hex);
    return frame_attestation_check(attestation, frame_crypto_libsodium(), &key, text.bytes,
                                   text.length);
}

static json_t *observe_check(const json_t *vector)
{
    struct frame_attestation attestation;
    enum frame_status status = check_attestation(&attestation, vectors_text(vector, "attestation"),
                                                 vectors_string(vector, "publicKey"));
    return json_pack("{s:o}", "error", status_json(status));
}

static json_t *observe_compare(const json_t *vector)
{
    struct frame_attestation sides[2];
    const char *names[2] = {"local", "remote"};
    for (int i = 0; i < 2; i++) {
        json_t *parsed = json_loads(vectors_string(vector, names[i]), 0, NULL);
        CHECK(check_attestation(&sides[i], vectors_text(vector, names[i]),
                                vectors_string(parsed, "identityPublicKey")) == FRAME_OK);
        json_decref(parsed);
    }
    return json_pack("{s:s}", "result",
                     frame_comparison_name(frame_attestation_compare(&sides[0], &sides[1])));
}

static json_t *observe_commitment(const json_t *vector)
{
    return json_pack("{s:o}", "commitment", commitment_json(json_object_get(vector, "heads")));
}

/* ---- envelope ----------------------------------------------------------------------------- */

static json_t *observe_envelope(const json_t *vector)
{
    struct frame_public_key keys[64];
    const json_t *trusted = json_object_get(vector, "trusted");
    const struct frame_trust trust = {json_is_array(trusted), keys, json_array_size(trusted)};
    struct frame_span bytes = vectors_text(vector, "envelope");
    struct frame_message message;
    bool unknown_type = false;
    CHECK(trust.key_count <= 64);
    for (size_t i = 0; i < trust.key_count; i++)
        vectors_hex32(keys[i].bytes, json_string_value(json_array_get(trusted, i)));
    enum frame_status status = frame_envelope_open(
        &message, &unknown_type, frame_crypto_libsodium(), &trust, bytes.bytes, bytes.length);
    CHECK(!unknown_type || status == FRAME_MESSAGE);
    return json_pack("{s:o}", "error", status_json(status));
}

static struct frame_hash *read_hashes(size_t *count, const json_t *array)
{
    *count = json_array_size(array);
    struct frame_hash *hashes = calloc(*count + 1, sizeof *hashes);
    if (hashes == NULL) abort();
    for (size_t i = 0; i < *count; i++)
        vectors_hex32(hashes[i].bytes, json_string_value(json_array_get(array, i)));
    return hashes;
}

static struct frame_chain *load_chain(struct frame_span bytes)
{
    const struct frame_chain_config config = {.crypto = frame_crypto_libsodium(),
                                              .allocator = allocator};
    struct frame_chain *chain = NULL;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    CHECK(frame_chain_new(&chain, &config) == FRAME_OK &&
          frame_parse(&parsed, &fault, &allocator, bytes.bytes, bytes.length) == FRAME_OK &&
          frame_verify(&verified, &fault, chain, parsed) == FRAME_OK &&
          frame_replay(&replayed, &fault, verified) == FRAME_OK &&
          frame_join(NULL, replayed) == FRAME_OK);
    frame_parsed_free(parsed);
    return chain;
}

static json_t *observe_page(const json_t *vector)
{
    size_t want_count;
    size_t have_count;
    struct frame_hash *want = read_hashes(&want_count, json_object_get(vector, "want"));
    struct frame_hash *have = read_hashes(&have_count, json_object_get(vector, "have"));
    struct frame_chain *chain = load_chain(vectors_text(vector, "chain"));
    struct frame_hash after;
    bool has_after = vectors_string(vector, "after") != NULL;
    if (has_after) vectors_hex32(after.bytes, vectors_string(vector, "after"));
    json_t *receipts = json_array();
    size_t remaining = 0;
    enum frame_status status;
    do {
        size_t positions[FRAME_PAGE_RECEIPTS_MAX];
        size_t count = 0;
        status = frame_chain_page(chain, positions, &count, &remaining, want, want_count, have,
                                  have_count, has_after ? &after : NULL, UINT64_MAX);
        if (status != FRAME_OK || !CHECK(count > 0 || remaining == 0)) break;
        for (size_t i = 0; i < count; i++) {
            struct frame_receipt receipt;
            frame_chain_at(chain, &receipt, positions[i]);
            json_array_append_new(receipts, vectors_hash_json(&receipt.hash));
            after = receipt.hash;
            has_after = true;
        }
    } while (remaining > 0);
    frame_chain_free(chain);
    free(want);
    free(have);
    end_case();
    return json_pack("{s:o,s:o}", "receipts", receipts, "error", status_json(status));
}

/* ---- log ---------------------------------------------------------------------------------- */

static json_t *read_log(const uint8_t *bytes, size_t length)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    size_t before = 0;
    frame_log_reader_init(&reader, bytes, length);
    while (frame_log_next(&reader, &payload))
        before += reader.aside ? 0 : 1;
    CHECK(before == reader.kept);
    json_t *offset = reader.state == FRAME_LOG_CLEAN
                         ? json_null()
                         : json_integer((json_int_t)reader.failed_offset);
    return json_pack("{s:s,s:o,s:i}", "status", frame_log_state_name(reader.state), "offset",
                     offset, "receipts", (int)reader.kept);
}

/* Every length from cutFrom to cutTo gives the same answer; the bytes are copied, so that a reader
   that goes beyond them is caught. */
static json_t *observe_log(const json_t *vector)
{
    size_t length;
    uint8_t *bytes = vectors_hex(&length, vectors_string(vector, "hex"));
    size_t from = length;
    size_t to = length;
    if (json_object_get(vector, "cutFrom") != NULL) {
        from = (size_t)json_integer_value(json_object_get(vector, "cutFrom"));
        to = (size_t)json_integer_value(json_object_get(vector, "cutTo"));
    }
    json_t *observed = NULL;
    CHECK(from <= to && to <= length);
    for (size_t cut = from; cut <= to; cut++) {
        uint8_t *copy = malloc(cut + 1);
        if (copy == NULL) abort();
        memcpy(copy, bytes, cut);
        json_t *answer = read_log(copy, cut);
        free(copy);
        if (observed != NULL) CHECK(json_equal(observed, answer));
        json_decref(observed);
        observed = answer;
    }
    free(bytes);
    return observed;
}

#define INPUTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void run_attestations(void)
{
    vectors_check_kinds("attestation", INPUTS("make", "check", "verify", "compare", "commitment"));
    vectors_run("attestation", "check", INPUTS("attestation", "publicKey"), observe_check);
    vectors_run("attestation", "compare", INPUTS("local", "remote"), observe_compare);
    vectors_run("attestation", "commitment", INPUTS("heads"), observe_commitment);
}

int main(void)
{
    if (sodium_init() < 0) return 1;
    allocator = heap_allocator(&heap);
    vectors_run(
        "constants", NULL,
        INPUTS("publicKey", "seed", "previousReceiptHash", "previousReceiptHash2", "inputHash"),
        observe_constant);
    vectors_run("canonical", NULL, INPUTS("hex"), observe_canonical);
    vectors_run("ed25519", NULL, INPUTS("publicKey", "message", "signature"), observe_ed25519);
    vectors_run("execution", NULL,
                INPUTS("identity", "intent", "inputPayload", "previousReceiptHash", "publicKey",
                       "timestamp", "storageBefore", "storageFill"),
                observe_execution);
    run_attestations();
    vectors_check_kinds("envelope", INPUTS("envelope", "page"));
    vectors_run("envelope", "envelope", INPUTS("envelope", "trusted"), observe_envelope);
    vectors_run("envelope", "page", INPUTS("chain", "want", "have", "after"), observe_page);
    vectors_check_kinds("log", INPUTS("log", "torn"));
    vectors_run("log", NULL, INPUTS("hex", "cutFrom", "cutTo"), observe_log);
    return check_done();
}
