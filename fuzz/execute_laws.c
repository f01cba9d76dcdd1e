// SPDX-License-Identifier: Apache-2.0
#include "execute_laws.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "crypto.h"
#include "instances.h"
#include "pipeline.h"

/* All that one execution gives. */
struct run {
    enum frame_status status;
    struct frame_intent_outcome outcome;
    struct model_text result, after, used;
};

static void run_release(struct run *run)
{
    free(run->result.bytes);
    free(run->after.bytes);
    free(run->used.bytes);
}

static bool same_text(const struct model_text *a, const struct model_text *b)
{
    return a->length == b->length && (a->length == 0 || memcmp(a->bytes, b->bytes, a->length) == 0);
}

static bool canonical(const struct model_text *text)
{
    size_t offset;
    return frame_json_check(&offset, text->bytes, text->length) == FRAME_OK;
}

void execute_laws_init(struct execute_laws *laws, const struct frame_crypto *crypto,
                       struct frame_span storage)
{
    struct frame_chain_config config = {.crypto = crypto,
                                        .allocator = fuzz_allocator(),
                                        .identity = instances_identity(),
                                        .public_key = crypto_public(0)};
    struct model_text copy = {0};
    *laws = (struct execute_laws){.crypto = crypto};
    laws->model = model_new(instances_identity(), crypto_public(0), crypto);
    model_text_add(&copy, storage.bytes, storage.length);
    laws->storage = model_text_span(&copy);
    FUZZ_CHECK(frame_chain_new(&laws->chain, &config) == FRAME_OK);
}

void execute_laws_release(struct execute_laws *laws)
{
    model_free(laws->model);
    model_free_span(laws->storage);
    frame_chain_free(laws->chain);
}

static struct run run_once(const struct execute_laws *laws, struct frame_span input_payload,
                           int64_t timestamp_s)
{
    struct run run = {0};
    struct frame_allocator allocator = fuzz_allocator();
    struct frame_intent_run input = {.identity = instances_identity(),
                                     .input_payload = input_payload,
                                     .previous = laws->runs > 0 ? &laws->previous : NULL,
                                     .public_key = crypto_public(0),
                                     .storage = laws->storage,
                                     .timestamp_s = timestamp_s};
    run.status = frame_intent_execute(&run.outcome, model_text_sink(&run.result),
                                      model_text_sink(&run.after), model_text_sink(&run.used),
                                      laws->crypto, &allocator, &input);
    return run;
}

static void check_run(const struct execute_laws *laws, const struct run *run,
                      struct frame_span input_payload)
{
    struct frame_hash hash, genesis;
    FUZZ_CHECK(canonical(&run->result) && canonical(&run->after) && canonical(&run->used));
    frame_sha256_of(laws->crypto, &hash, input_payload.bytes, input_payload.length);
    FUZZ_CHECK(frame_hash_compare(&hash, &run->outcome.input_hash) == 0);
    frame_sha256_of(laws->crypto, &hash, run->result.bytes, run->result.length);
    FUZZ_CHECK(frame_hash_compare(&hash, &run->outcome.result_hash) == 0);
    frame_commitment(laws->crypto, &genesis, NULL, 0);
    model_state_root(laws->model, &hash, model_text_span(&run->after),
                     laws->runs > 0 ? &laws->previous : &genesis);
    FUZZ_CHECK(frame_hash_compare(&hash, &run->outcome.next_root) == 0);

    struct frame_span ok;
    FUZZ_CHECK(json_member(model_text_span(&run->result), &ok, "ok"));
    FUZZ_CHECK(span_is(ok, run->outcome.accepted ? "true" : "false"));
    if (!run->outcome.accepted)
        FUZZ_CHECK(run->after.length == laws->storage.length &&
                   memcmp(run->after.bytes, laws->storage.bytes, run->after.length) == 0);
}

/* The slow model comes to the same. */
static void check_model(const struct execute_laws *laws, const struct run *run,
                        struct frame_span input_payload, int64_t timestamp_s)
{
    struct model_receipt receipt = {.payload = input_payload,
                                    .first = laws->runs == 0,
                                    .previous = laws->previous,
                                    .timestamp_s = timestamp_s};
    struct model_executed executed;
    struct model_text after = {0};
    if (receipt.first) frame_commitment(laws->crypto, &receipt.previous, NULL, 0);
    FUZZ_CHECK(model_execute(&executed, &after, laws->model, &receipt, laws->storage));
    FUZZ_CHECK(executed.accepted == run->outcome.accepted);
    FUZZ_CHECK(frame_hash_compare(&executed.result_hash, &run->outcome.result_hash) == 0);
    FUZZ_CHECK(!executed.accepted || same_text(&after, &run->after));
    free(after.bytes);
}

enum frame_status execute_laws_run(struct execute_laws *laws, struct frame_span input_payload)
{
    size_t offset;
    struct payload_fields fields;
    int64_t timestamp_s = 0;
    if (frame_json_check(&offset, input_payload.bytes, input_payload.length) == FRAME_OK &&
        json_kind(input_payload) == JSON_OBJECT && payload_read(&fields, input_payload) &&
        fields.timestamp_s >= 0)
        timestamp_s = fields.timestamp_s;
    struct run run = run_once(laws, input_payload, timestamp_s);
    struct run again = run_once(laws, input_payload, timestamp_s);
    FUZZ_CHECK(run.status == again.status && run.status != FRAME_NO_MEMORY);
    FUZZ_CHECK(same_text(&run.result, &again.result) && same_text(&run.after, &again.after) &&
               same_text(&run.used, &again.used));
    enum frame_status status = run.status;
    if (status == FRAME_OK) {
        check_run(laws, &run, input_payload);
        check_model(laws, &run, input_payload, timestamp_s);
        fuzz_root(&run.outcome.next_root);
        laws->previous = run.outcome.next_root;
        laws->runs++;
        model_free_span(laws->storage);
        laws->storage = model_text_span(&run.after);
        run.after = (struct model_text){0};
    }
    run_release(&run);
    run_release(&again);
    return status;
}

/* ---- On a chain ----------------------------------------------------------------------------- */

static struct frame_span decoded(uint8_t *out, struct frame_span token)
{
    return (struct frame_span){out, json_string_decode(out, token)};
}

/* The receipt says what was asked, as it was asked, at the clock's time or its parent's (§ 3, 9). */
static void check_as_asked(const struct execute_laws *laws, const struct frame_executed *executed,
                           struct frame_span input_payload, int64_t clock_s, int64_t parent_s)
{
    struct frame_receipt receipt;
    struct frame_span said_timestamp, asked_timestamp;
    int64_t timestamp_s;
    FUZZ_CHECK(frame_chain_find(laws->chain, &receipt, &executed->receipt));
    const struct frame_span said = receipt.payload;
    FUZZ_CHECK(json_member(said, &said_timestamp, "timestamp") &&
               json_member(input_payload, &asked_timestamp, "timestamp"));
    const size_t before = (size_t)(asked_timestamp.bytes - input_payload.bytes);
    FUZZ_CHECK((size_t)(said_timestamp.bytes - said.bytes) == before &&
               memcmp(said.bytes, input_payload.bytes, before) == 0);
    FUZZ_CHECK(json_integer(said_timestamp, &timestamp_s) &&
               timestamp_s == (clock_s > parent_s ? clock_s : parent_s) &&
               executed->clock_behind == (parent_s > clock_s));
}

void execute_laws_append(struct execute_laws *laws, struct frame_span input_payload)
{
    static uint8_t action[FRAME_FILE_BYTES_MAX >> 10], raw[FRAME_RAW_BYTES_MAX],
        origin[FRAME_ORIGIN_BYTES_MAX];
    struct payload_fields fields;
    struct frame_executed executed;
    size_t offset, had = frame_chain_count(laws->chain);
    if (input_payload.length > FRAME_PAYLOAD_BYTES_MAX ||
        frame_json_check(&offset, input_payload.bytes, input_payload.length) != FRAME_OK ||
        json_kind(input_payload) != JSON_OBJECT || !payload_read(&fields, input_payload))
        return;
    struct frame_intent intent = {.action = decoded(action, fields.action),
                                  .payload = fields.payload,
                                  .raw = decoded(raw, fields.raw),
                                  .origin = decoded(origin, fields.origin),
                                  .network_responses = fields.network};
    if (fields.timestamp_s < 0) return;
    struct frame_receipt parent = {.timestamp_s = 0};
    if (had > 0) frame_chain_at(laws->chain, &parent, had - 1);
    enum frame_status status =
        frame_chain_execute(laws->chain, &executed, crypto_secret(0), &intent, fields.timestamp_s);
    FUZZ_CHECK(status == FRAME_OK || status == FRAME_BAD_ARGUMENT || status == FRAME_DAPP);
    FUZZ_CHECK(frame_chain_count(laws->chain) == had + (status == FRAME_OK ? 1 : 0));
    if (status == FRAME_OK)
        check_as_asked(laws, &executed, input_payload, fields.timestamp_s, parent.timestamp_s);
    fuzz_tell_number(status);
}

void execute_laws_money(const struct execute_laws *laws)
{
    static const char prefix[] = "wallet:balance:";
    struct model_text storage = {0};
    struct json_walk walk;
    struct frame_span key, value;
    int64_t amount, sum = 0, supply = 0;
    FUZZ_CHECK(frame_chain_write_storage(laws->chain, model_text_sink(&storage)));
    json_walk_init(&walk, model_text_span(&storage));
    while (json_next_member(&walk, &key, &value)) {
        if (json_string_is(key, "wallet:totalSupply")) FUZZ_CHECK(json_integer(value, &supply));
        if (!json_string_begins(key, prefix)) continue;
        FUZZ_CHECK(json_integer(value, &amount) && amount >= 0);
        sum += amount;
    }
    FUZZ_CHECK(sum == supply);
    free(storage.bytes);
}
