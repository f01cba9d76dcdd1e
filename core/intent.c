// SPDX-License-Identifier: Apache-2.0
/* One intent on a given storage, without a chain (§ 4-7). */
#include "execute.h"
#include "json.h"
#include "receipt.h"

/* Decoded: a name is never escaped, and what is escaped is no name. */
static struct frame_span action_name(const struct payload_fields *fields)
{
    return (struct frame_span){fields->action.bytes + 1, fields->action.length - 2};
}

/* Are both documents canonical, and is each input what § 3 wants it to be? */
static enum frame_status run_check(struct payload_fields *fields,
                                   const struct frame_intent_run *run)
{
    size_t offset;
    struct frame_span input = run->input_payload;
    enum frame_status status = frame_json_check(&offset, input.bytes, input.length);
    if (status == FRAME_OK)
        status = frame_json_check(&offset, run->storage.bytes, run->storage.length);
    if (status != FRAME_OK) return status;
    bool identity = run->identity.length >= 1 && run->identity.length <= FRAME_IDENTITY_BYTES_MAX &&
                    json_utf8_valid(run->identity.bytes, run->identity.length);
    bool timestamp = run->timestamp_s >= 0 && run->timestamp_s <= FRAME_INTEGER_MAX;
    bool shape = input.length <= FRAME_PAYLOAD_BYTES_MAX &&
                 json_depth(input) <= FRAME_PAYLOAD_DEPTH_MAX && payload_read(fields, input) &&
                 name_valid(action_name(fields));
    bool storage = json_kind(run->storage) == JSON_OBJECT;
    return identity && timestamp && shape && storage ? FRAME_OK : FRAME_FIELD_TYPE;
}

/* What a sink did not take was not written: there was no room for it. */
static bool sink_span(struct frame_sink sink, struct frame_span span)
{
    return sink.write == NULL || sink.write(sink.context, span.bytes, span.length);
}

static enum frame_status capabilities_sink(struct frame_sink sink, struct executor *executor,
                                           const struct payload_fields *fields)
{
    const struct frame_dapp *dapp;
    uint32_t used;
    enum frame_status status =
        executor_used(executor->dapps, &dapp, &used, action_name(fields), fields->payload);
    if (status != FRAME_OK) return status;
    struct buffer *text = &executor->scratch[0];
    buffer_clear(text);
    capabilities_write(text, used);
    return !text->failed && sink_span(sink, buffer_view(text)) ? FRAME_OK : FRAME_NO_MEMORY;
}

/* The parts of one call of frame_intent_execute. */
struct attempt {
    struct executor executor;
    struct execution execution;
    struct state before;
    struct state after;
};

static enum frame_status attempt_run(struct attempt *attempt, struct frame_intent_outcome *outcome,
                                     const struct frame_intent_run *run)
{
    struct executor *executor = &attempt->executor;
    const struct frame_crypto *crypto = executor->crypto;
    enum frame_status status = state_read(&executor->allocator, &attempt->before, run->storage);
    if (status != FRAME_OK) return status;
    attempt->execution = (struct execution){.input_payload = run->input_payload,
                                            .previous = run->previous,
                                            .timestamp_s = run->timestamp_s};
    frame_sha256_of(crypto, &attempt->execution.input_hash, run->input_payload.bytes,
                    run->input_payload.length);
    outcome->input_hash = attempt->execution.input_hash;
    status = executor_run(executor, &attempt->after, &outcome->accepted, &attempt->before,
                          &attempt->execution);
    if (status != FRAME_OK) return status;
    frame_sha256_of(crypto, &outcome->result_hash, executor->result.bytes, executor->result.length);
    executor_root(executor, &outcome->next_root, &attempt->after,
                  run->previous == NULL ? &frame_genesis : run->previous);
    return FRAME_OK;
}

enum frame_status frame_intent_execute(struct frame_intent_outcome *outcome,
                                       struct frame_sink result, struct frame_sink storage_after,
                                       struct frame_sink capabilities_used,
                                       const struct frame_crypto *crypto,
                                       const struct frame_allocator *allocator,
                                       const struct frame_intent_run *run)
{
    struct payload_fields fields;
    struct frame_intent_outcome found = {.accepted = false};
    struct attempt attempt = {.before = {NULL, NULL, NULL}};
    enum frame_status status = run_check(&fields, run);
    if (status != FRAME_OK) return status;
    status = executor_init(&attempt.executor, crypto, allocator, frame_dapps_builtin(),
                           run->identity, run->public_key);
    if (status != FRAME_OK) return status;
    status = attempt_run(&attempt, &found, run);
    if (status == FRAME_OK &&
        (!sink_span(result, buffer_view(&attempt.executor.result)) ||
         (storage_after.write != NULL && !state_write(&attempt.after, storage_after))))
        status = FRAME_NO_MEMORY;
    if (status == FRAME_OK)
        status = capabilities_sink(capabilities_used, &attempt.executor, &fields);
    if (status == FRAME_OK) *outcome = found;
    state_release(allocator, &attempt.before);
    state_release(allocator, &attempt.after);
    executor_free(&attempt.executor);
    return status;
}
