// SPDX-License-Identifier: Apache-2.0
#include "dapp_run.h"

#include "json.h"
#include "planted.h"

/* ---- Context ----------------------------------------------------------------------------------- */

int64_t frame_run_now(const struct frame_run *run)
{
    return FRAME_PLANTED(now_is_zero) ? 0 : run->execution->timestamp_s;
}

struct frame_span frame_run_me(const struct frame_run *run)
{
    return (struct frame_span){run->executor->identity, run->executor->identity_length};
}

struct frame_span frame_run_network_responses(const struct frame_run *run)
{
    return run->network_responses;
}

/* § 4: SHA-256(P, I, 0), SHA-256(P, I, 1), … [E5] */
static void random_block(struct frame_run *run)
{
    const struct frame_crypto *crypto = run->executor->crypto;
    const struct frame_hash *previous = run->execution->previous;
    struct frame_sha256 hash;
    uint8_t counter = (uint8_t)(run->random_used / sizeof run->random_block.bytes);
    if (previous == NULL) previous = &frame_genesis;
    crypto->sha256_init(crypto->context, &hash);
    crypto->sha256_update(crypto->context, &hash, previous->bytes, sizeof previous->bytes);
    if (!FRAME_PLANTED(random_without_input))
        crypto->sha256_update(crypto->context, &hash, run->execution->input_hash.bytes,
                              sizeof run->execution->input_hash.bytes);
    crypto->sha256_update(crypto->context, &hash, &counter, 1);
    crypto->sha256_final(crypto->context, &hash, &run->random_block);
}

void frame_run_random(struct frame_run *run, uint8_t *bytes, size_t length)
{
    FRAME_ASSERT(length <= RUN_RANDOM_BYTES_MAX - run->random_used);
    for (size_t i = 0; i < length; i++) {
        size_t at = run->random_used % sizeof run->random_block.bytes;
        if (at == 0) random_block(run);
        bytes[i] = run->random_block.bytes[at];
        run->random_used += 1;
    }
}

void frame_run_hash(struct frame_run *run, struct frame_hash *hash, struct frame_span value)
{
    frame_sha256_of(run->executor->crypto, hash, value.bytes, value.length);
}

struct buffer *frame_run_scratch(struct frame_run *run, int which)
{
    FRAME_ASSERT(which >= 0 && which <= RUN_SCRATCH_KEY);
    struct buffer *buffer = &run->executor->scratch[which];
    if (buffer->failed) run->failed = true; /* clearing forgets it */
    buffer_clear(buffer);
    return buffer;
}

/* Has memory run out? Then text that was built may be cut short and must not be used. */
static bool run_failed(struct frame_run *run)
{
    for (int i = 0; i <= RUN_SCRATCH_KEY; i++)
        if (run->executor->scratch[i].failed) run->failed = true;
    return run->failed;
}

/* ---- Storage ----------------------------------------------------------------------------------- */

/* The token `"prefix rest suffix"`; false where memory ran out. */
static bool run_key(struct frame_run *run, struct frame_span *key, const char *prefix,
                    struct frame_span rest, const char *suffix)
{
    if (run_failed(run)) return false;
    struct buffer *buffer = frame_run_scratch(run, RUN_SCRATCH_KEY);
    buffer_text(buffer, "\"");
    buffer_text(buffer, prefix);
    if (rest.length > 0) buffer_append(buffer, rest.bytes + 1, rest.length - 2);
    buffer_text(buffer, suffix);
    buffer_text(buffer, "\"");
    *key = buffer_view(buffer);
    return !run_failed(run);
}

bool frame_run_get(struct frame_run *run, struct frame_span *value, const char *prefix,
                   struct frame_span rest)
{
    struct frame_span key;
    return run_key(run, &key, prefix, rest, "") && state_get(&run->state, value, key);
}

enum frame_status frame_run_put(struct frame_run *run, const char *prefix, struct frame_span rest,
                                struct frame_span value)
{
    struct frame_span key;
    if (!run_key(run, &key, prefix, rest, "")) return FRAME_NO_MEMORY;
    run->written = true;
    return state_put(&run->executor->allocator, &run->state, key, value);
}

enum frame_status frame_run_delete(struct frame_run *run, const char *prefix,
                                   struct frame_span rest)
{
    struct frame_span key;
    if (!run_key(run, &key, prefix, rest, "")) return FRAME_NO_MEMORY;
    return state_delete(&run->executor->allocator, &run->state, key);
}

size_t frame_run_count(struct frame_run *run, const char *prefix, struct frame_span rest,
                       const char *suffix)
{
    struct frame_span key;
    if (!run_key(run, &key, prefix, rest, suffix)) return 0;
    return state_count_prefix(&run->state, key);
}

void frame_run_each(struct frame_run *run, const char *prefix, void *context,
                    void (*visit)(void *context, struct frame_span key, struct frame_span value))
{
    struct state_walk walk;
    struct frame_span key;
    struct frame_span value;
    state_walk_init(&walk, &run->state, prefix);
    while (state_walk_next(&walk, &key, &value))
        visit(context, key, value);
}

int64_t frame_run_get_integer(struct frame_run *run, const char *prefix, struct frame_span rest)
{
    struct frame_span value;
    int64_t integer = 0;
    if (!frame_run_get(run, &value, prefix, rest) || !json_integer(value, &integer)) return 0;
    return integer;
}

enum frame_status frame_run_put_integer(struct frame_run *run, const char *prefix,
                                        struct frame_span rest, int64_t value)
{
    uint8_t text[20] = {0};
    return frame_run_put(run, prefix, rest,
                         (struct frame_span){text, json_integer_write(text, value)});
}

/* ---- Answers ----------------------------------------------------------------------------------- */

static enum frame_status run_answer(struct frame_run *run, bool refused)
{
    run->answered = true;
    run->refused = refused;
    return run->executor->result.failed ? FRAME_NO_MEMORY : FRAME_OK;
}

enum frame_status frame_run_result(struct frame_run *run, struct frame_span result)
{
    FRAME_ASSERT(!run->answered);
    if (run_failed(run)) return FRAME_NO_MEMORY;
    buffer_clear(&run->executor->result);
    buffer_span(&run->executor->result, result);
    return run_answer(run, false);
}

static enum frame_status write_refusal(struct frame_run *run, const char *code)
{
    struct buffer *result = &run->executor->result;
    buffer_clear(result);
    buffer_text(result, "{\"error\":\"");
    buffer_text(result, code);
    buffer_text(result, "\",\"ok\":false}");
    return run_answer(run, true);
}

enum frame_status frame_run_refuse(struct frame_run *run, const char *code)
{
    FRAME_ASSERT(!run->answered);
    return write_refusal(run, code);
}

enum frame_status run_refuse_route(struct frame_run *run)
{
    FRAME_ASSERT(!run->answered);
    return write_refusal(run, "duplicate_route");
}

enum frame_status run_refuse_step(struct frame_run *run, size_t index)
{
    FRAME_ASSERT(!run->answered);
    struct buffer *result = &run->executor->result;
    buffer_clear(result);
    buffer_text(result, "{\"error\":\"step_failed\",\"ok\":false,\"step\":");
    buffer_integer(result, (int64_t)index);
    buffer_text(result, "}");
    return run_answer(run, true);
}

enum frame_status run_intent(struct frame_run *run, const struct frame_dapp_intent *intent,
                             struct frame_span payload)
{
    run->written = false;
    run->answered = false;
    enum frame_status status = intent->transition(run, payload);
    if (status != FRAME_OK) return status;
    if (run_failed(run)) return FRAME_NO_MEMORY;
    FRAME_ASSERT(run->answered);
    /* § 4: the last check. It is made on the copy that the transition has worked on, where the sum is
       exact; the refusal throws that copy away, so nothing has been written. */
    if (!run->refused && run->written && state_bytes(&run->state) > FRAME_STORAGE_BYTES_MAX)
        return write_refusal(run, "storage_full");
    return FRAME_OK;
}

bool run_step_done(struct frame_run *run)
{
    bool refused = run->refused;
    run->answered = false;
    run->refused = false;
    return !refused;
}
