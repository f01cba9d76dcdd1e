// SPDX-License-Identifier: Apache-2.0
/*
 * Others' intents (§ 18): executed on the own chain, made durable, and then answered with the result. A
 * few wait for their turn, since one change of the chain comes after the other; what has to be fetched
 * first is fetched by the caller.
 */
#include <string.h>

#include "batch.h"
#include "chain.h"
#include "dapp.h"
#include "execute.h"
#include "instance.h"
#include "json.h"
#include "message.h"
#include "planted.h"
#include "receipt.h"

enum { ORIGIN_DIGITS = 2 * ROUTE_ID_DIGITS };

static void id_digits(char digits[ROUTE_ID_DIGITS], const struct frame_route_id *id)
{
    frame_hex_encode(digits, id->bytes, sizeof id->bytes);
}

static const struct node *held(const struct frame_instance *instance,
                               const struct frame_route_id *id)
{
    char digits[ROUTE_ID_DIGITS];
    id_digits(digits, id);
    if (FRAME_PLANTED(provider_forgets)) return NULL;
    return chain_routed(instance->chain, (struct frame_span){(uint8_t *)digits, sizeof digits});
}

enum frame_status route_check(struct frame_instance *instance, size_t *dapp, uint32_t *used,
                              const struct frame_intent *intent)
{
    const struct frame_dapp_table *dapps = instance->config.dapps;
    const struct frame_dapp *owner;
    struct frame_intent routed = *intent;
    static const uint8_t origin[ORIGIN_DIGITS + 1] =
        "0000000000000000000000000000000000000000000000000000000000000000";
    routed.origin = (struct frame_span){origin, ORIGIN_DIGITS};
    enum frame_status status = intent_check(instance->chain, &owner, used, &routed);
    if (status != FRAME_OK) return status;
    *dapp = 0;
    while (dapps->dapps[*dapp] != owner)
        ++*dapp;
    return FRAME_OK;
}

/* ---- Jobs ---- */

static struct job *job_find(struct frame_instance *instance, const struct frame_route_id *id)
{
    for (size_t i = 0; i < FRAME_JOBS_MAX; i++) {
        struct job *job = &instance->discovery->jobs[i];
        if (job->stage != JOB_NONE && memcmp(&job->id, id, sizeof *id) == 0) return job;
    }
    return NULL;
}

static void job_end(struct job *job)
{
    struct buffer text = job->text;
    buffer_free(&text);
    memset(job, 0, sizeof *job);
    buffer_init(&job->text, &text.allocator);
}

/* A free place, or that of something which nobody has fetched in time. */
static struct job *job_place(struct frame_instance *instance)
{
    for (size_t i = 0; i < FRAME_JOBS_MAX; i++) {
        struct job *job = &instance->discovery->jobs[i];
        if (job->stage == JOB_FETCHING && job->until_ms <= instance->now_ms) job_end(job);
        if (job->stage == JOB_NONE) return job;
    }
    return NULL;
}

/* Appends a token's bytes; returns how many they are. */
static size_t append_decoded(struct buffer *text, struct frame_span token)
{
    uint8_t raw[FRAME_RAW_BYTES_MAX];
    FRAME_ASSERT(json_string_length(token) <= sizeof raw);
    const size_t length = json_string_decode(raw, token);
    buffer_append(text, raw, length);
    return length;
}

static struct frame_intent job_intent(const struct job *job)
{
    const uint8_t *at = job->text.bytes;
    struct frame_intent intent = {.action = {at, job->action_length}};
    intent.payload = (struct frame_span){at + job->action_length, job->payload_length};
    intent.raw = (struct frame_span){intent.payload.bytes + job->payload_length, job->raw_length};
    const size_t before = job->action_length + job->payload_length + job->raw_length;
    intent.network_responses = (struct frame_span){at + before, job->text.length - before};
    return intent;
}

static bool job_fill(struct job *job, const struct frame_message *message)
{
    struct buffer *text = &job->text;
    buffer_clear(text);
    buffer_span(text, message->action);
    buffer_span(text, message->payload);
    job->action_length = message->action.length;
    job->payload_length = message->payload.length;
    job->raw_length = append_decoded(text, message->raw);
    return !text->failed;
}

/* ---- Answers ---- */

static void send_result(struct frame_instance *instance, const struct frame_public_key *to,
                        const struct frame_route_id *id, const struct frame_hash *receipt,
                        struct frame_span result)
{
    if (result.length > FRAME_ROUTE_RESULT_BYTES_MAX) return; /* the receipt itself has to do */
    buffer_clear(&instance->body);
    message_result(&instance->body, id, receipt, result);
    send_body(instance, to, FRAME_MESSAGE_RESULT);
}

/* Executes a held receipt once more, in its own context: its result is nowhere kept. */
static void answer_held(struct frame_instance *instance, const struct frame_public_key *to,
                        const struct frame_route_id *id, const struct node *node)
{
    struct frame_chain *chain = instance->chain;
    struct own own;
    enum frame_status status =
        own_context(chain, &own, node->parents, node->parent_count, node->merge);
    if (status != FRAME_OK) return; /* as if lost */
    status =
        node_execute(chain, &own.after, &own.accepted, &own.result_hash, &own.before, node, false);
    if (status == FRAME_OK)
        send_result(instance, to, id, &node->hash, buffer_view(&chain->executor.result));
    own_free(chain, &own);
}

/* The peer that asked, if it is still known. */
static const struct peer *asker(const struct frame_instance *instance, const struct job *job)
{
    const struct peer *peer = peer_find(instance, &job->from);
    return peer != NULL && discovery_heard(peer) ? peer : NULL;
}

static void job_reject(struct frame_instance *instance, struct job *job, enum frame_status status)
{
    const struct peer *peer = asker(instance, job);
    if (peer != NULL && status != FRAME_NO_MEMORY) send_reject(instance, &peer->key, status);
    job_end(job);
}

/* ---- Steps ---- */

/* Takes a new job in; what it says of an intent that it does not take. */
static enum frame_status job_take(struct frame_instance *instance, const struct peer *peer,
                                  const struct frame_message *message)
{
    size_t dapp;
    uint32_t used;
    const struct frame_dapp *owner;
    if (instance->safe_mode.active) return FRAME_SAFE_MODE;
    struct job *job = job_place(instance);
    if (job == NULL) return FRAME_BUSY;
    enum frame_status status = FRAME_NO_MEMORY;
    if (job_fill(job, message)) {
        const struct frame_intent intent = job_intent(job);
        status = route_check(instance, &dapp, &used, &intent);
        if (status == FRAME_OK && (used & ~instance->config.capabilities) != 0 &&
            !FRAME_PLANTED(capabilities_unchecked))
            status = FRAME_UNAVAILABLE;
    }
    if (status != FRAME_OK) {
        job_end(job);
        return status;
    }
    job->id = message->route;
    job->from = peer->key;
    job->stage = JOB_READY;
    if (frame_dapp_find(instance->config.dapps, &owner, message->action)->network) {
        job->stage = JOB_FETCHING;
        job->until_ms = instance_after(instance, instance->config.retry_ms_max);
        struct frame_note *note = instance_note(instance, FRAME_NOTE_FETCH, NULL);
        note->route = job->id;
        note->result = job_intent(job).payload;
    }
    return FRAME_OK;
}

void jobs_asked(struct frame_instance *instance, const struct peer *peer,
                const struct frame_message *message)
{
    const struct job *job = job_find(instance, &message->route);
    const struct node *node = held(instance, &message->route);
    if (job != NULL && (job->stage != JOB_FETCHING || job->until_ms > instance->now_ms))
        return; /* it is about to be answered */
    if (node != NULL && node->arrival < instance->durable) {
        answer_held(instance, &peer->key, &message->route, node);
        return;
    }
    if (node != NULL) return; /* not durable yet: the next time */
    const enum frame_status status = job_take(instance, peer, message);
    if (status != FRAME_OK && status != FRAME_NO_MEMORY) send_reject(instance, &peer->key, status);
}

void jobs_fetched(struct frame_instance *instance, const struct frame_route_id *id,
                  struct frame_span responses)
{
    struct job *job = instance->discovery != NULL ? job_find(instance, id) : NULL;
    if (job == NULL || job->stage != JOB_FETCHING) return; /* too late */
    buffer_span(&job->text, responses);
    if (responses.length == 0 || job->text.failed) {
        job_reject(instance, job, FRAME_UNAVAILABLE);
        return;
    }
    job->stage = JOB_READY;
}

/* The chain keeps the result of the user's last intent, which a note of this step may show. */
static enum frame_status execute_apart(struct frame_instance *instance,
                                       struct frame_executed *executed,
                                       const struct frame_intent *intent)
{
    struct buffer *result = &instance->chain->result;
    const struct buffer users = *result;
    if (!FRAME_PLANTED(result_overwritten)) *result = instance->discovery->result;
    const enum frame_status status = frame_chain_execute(
        instance->chain, executed, &instance->config.identity_secret, intent, instance->clock_s);
    if (FRAME_PLANTED(result_overwritten)) return status;
    instance->discovery->result = *result;
    *result = users;
    return status;
}

static void job_execute(struct frame_instance *instance, struct job *job)
{
    uint8_t origin[ORIGIN_DIGITS];
    struct frame_executed executed;
    struct frame_intent intent = job_intent(job);
    memcpy(origin, instance->origin, sizeof instance->origin);
    id_digits((char *)origin + sizeof instance->origin, &job->id);
    intent.origin = (struct frame_span){origin, sizeof origin};
    if (FRAME_PLANTED(route_without_id)) intent.origin.length = sizeof instance->origin;
    intent.lacking = ~instance->config.capabilities;
    if (FRAME_PLANTED(capabilities_unchecked)) intent.lacking = 0;
    const enum frame_status status = execute_apart(instance, &executed, &intent);
    if (status != FRAME_OK) {
        job_reject(instance, job, status);
        return;
    }
    if (executed.appended > 1)
        instance_note(instance, FRAME_NOTE_MERGED, NULL)->count = executed.appended - 1;
    job->stage = JOB_EXECUTED;
    job->receipt = executed.receipt;
    buffer_clear(&job->text);
    buffer_span(&job->text, executed.result);
    const struct peer *peer = FRAME_PLANTED(result_early) ? asker(instance, job) : NULL;
    if (peer != NULL)
        send_result(instance, &peer->key, &job->id, &job->receipt, buffer_view(&job->text));
    if (job->text.failed) job_end(job); /* whoever asks again gets it */
}

void jobs_execute(struct frame_instance *instance)
{
    for (size_t i = 0; i < FRAME_JOBS_MAX && !instance_unsettled(instance); i++) {
        struct job *job = &instance->discovery->jobs[i];
        if (job->stage != JOB_READY || instance->safe_mode.active) continue;
        const struct node *node = held(instance, &job->id); /* it has come meanwhile */
        const struct peer *peer = asker(instance, job);
        if (node == NULL) {
            job_execute(instance, job);
            continue;
        }
        if (peer != NULL) answer_held(instance, &peer->key, &job->id, node);
        job_end(job);
    }
}

void jobs_durable(struct frame_instance *instance)
{
    for (size_t i = 0; i < FRAME_JOBS_MAX; i++) {
        struct job *job = &instance->discovery->jobs[i];
        if (job->stage != JOB_EXECUTED) continue;
        const struct peer *peer = asker(instance, job);
        struct frame_note *note = instance_note(instance, FRAME_NOTE_SERVED, NULL);
        note->peer = job->from;
        note->route = job->id;
        note->hash = job->receipt;
        if (peer != NULL) {
            send_result(instance, &peer->key, &job->id, &job->receipt, buffer_view(&job->text));
            send_attestation(instance, peer);
        }
        job_end(job);
    }
}
