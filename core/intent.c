// SPDX-License-Identifier: Apache-2.0
/* One intent on a given storage, without a chain (§ 4-7). */
#include "execute.h"
#include "json.h"

static bool string_within(struct frame_span value, size_t bytes_max)
{
    return json_kind(value) == JSON_STRING && json_string_length(value) <= bytes_max;
}

static bool timestamp_fits(struct frame_span value)
{
    int64_t timestamp;
    return json_integer(value, &timestamp) && timestamp >= 0;
}

/* § 3: exactly these keys; networkResponses is a matter of the intent. */
static bool input_shaped(struct frame_span input, struct frame_span *action, bool *network)
{
    struct frame_span value;
    size_t count = 5;
    if (json_kind(input) != JSON_OBJECT || input.length > FRAME_PAYLOAD_BYTES_MAX ||
        json_depth(input) > FRAME_PAYLOAD_DEPTH_MAX)
        return false;
    *network = json_member(input, &value, "networkResponses");
    if (*network && json_kind(value) != JSON_ARRAY) return false;
    if (*network) count += 1;
    return json_count(input) == count && json_member(input, action, "action") &&
           json_kind(*action) == JSON_STRING && json_member(input, &value, "origin") &&
           string_within(value, FRAME_ORIGIN_BYTES_MAX) && json_member(input, &value, "payload") &&
           json_kind(value) == JSON_OBJECT && json_member(input, &value, "raw") &&
           string_within(value, FRAME_RAW_BYTES_MAX) && json_member(input, &value, "timestamp") &&
           timestamp_fits(value);
}

static enum frame_status run_check(const struct frame_intent_run *run, struct frame_span *action)
{
    size_t offset;
    bool network;
    enum frame_status status =
        frame_json_check(&offset, run->input_payload.bytes, run->input_payload.length);
    if (status == FRAME_OK)
        status = frame_json_check(&offset, run->storage.bytes, run->storage.length);
    if (status != FRAME_OK) return status;
    if (run->identity.length == 0 || run->identity.length > FRAME_IDENTITY_BYTES_MAX ||
        !json_utf8_valid(run->identity.bytes, run->identity.length) || run->timestamp_s < 0 ||
        run->timestamp_s > FRAME_INTEGER_MAX || json_kind(run->storage) != JSON_OBJECT ||
        !input_shaped(run->input_payload, action, &network))
        return FRAME_FIELD_TYPE;
    *action = (struct frame_span){action->bytes + 1, action->length - 2};
    const struct frame_dapp *dapp;
    const struct frame_dapp_intent *intent = frame_dapp_find(frame_dapps_builtin(), &dapp, *action);
    return network && intent != NULL && !intent->network ? FRAME_FIELD_TYPE : FRAME_OK;
}

/* What a sink did not take was not written: there was no room for it. */
static bool sink_span(struct frame_sink sink, struct frame_span span)
{
    return sink.write == NULL || sink.write(sink.context, span.bytes, span.length);
}

static enum frame_status capabilities_sink(struct frame_sink sink, struct executor *executor,
                                           struct frame_span action, struct frame_span payload)
{
    const struct frame_dapp *dapp;
    uint32_t used;
    enum frame_status status = executor_used(executor->dapps, &dapp, &used, action, payload);
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
    struct frame_span action;
    struct frame_span payload;
    struct frame_intent_outcome found = {.accepted = false};
    struct attempt attempt = {.before = {NULL, NULL}};
    enum frame_status status = run_check(run, &action);
    if (status != FRAME_OK) return status;
    status = executor_init(&attempt.executor, crypto, allocator, frame_dapps_builtin(),
                           run->identity, run->public_key);
    if (status != FRAME_OK) return status;
    status = attempt_run(&attempt, &found, run);
    if (status == FRAME_OK &&
        (!sink_span(result, buffer_view(&attempt.executor.result)) ||
         (storage_after.write != NULL && !state_write(&attempt.after, storage_after))))
        status = FRAME_NO_MEMORY;
    (void)json_member(run->input_payload, &payload, "payload");
    if (status == FRAME_OK)
        status = capabilities_sink(capabilities_used, &attempt.executor, action, payload);
    if (status == FRAME_OK) *outcome = found;
    state_release(allocator, &attempt.before);
    state_release(allocator, &attempt.after);
    executor_free(&attempt.executor);
    return status;
}
