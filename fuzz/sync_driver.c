// SPDX-License-Identifier: Apache-2.0
#include "sync_driver.h"

#include <stdlib.h>
#include <string.h>

#include "core/dapp.h"
#include "core/execute.h"
#include "core/json.h"
#include "core/message.h"
#include "core/receipt.h"
#include "crypto.h"
#include "instances.h"
#include "page_due.h"
#include "pipeline.h"

enum { PEERS_FROM = 2, PEERS_TO = 6, CLOCK_S = 60, STEP_MS_MAX = 10000000 };

static void announce(struct sync_driver *driver, size_t key);

void sync_driver_init(struct sync_driver *driver, const struct frame_crypto *crypto, bool discovery)
{
    *driver = (struct sync_driver){.crypto = crypto, .discovery = discovery};
    driver->instance = instances_new(crypto, 0, discovery);
    for (size_t i = PEERS_FROM; i <= PEERS_TO; i++)
        FUZZ_CHECK(frame_instance_peer(driver->instance, crypto_public(i), true) == FRAME_OK);
    for (size_t i = PEERS_FROM; discovery && i < PEERS_TO; i++) /* the last one is no member yet */
        announce(driver, i);
}

void sync_driver_release(struct sync_driver *driver)
{
    frame_instance_free(driver->instance);
    free(driver->log.bytes);
}

/* ---- What a step wants done ----------------------------------------------------------------- */

/* A page, or a reject that says `unknown`, is the answer that is due to who asks (§ 12.2). */
static void check_answer(const struct sync_driver *driver, const struct frame_outgoing *outgoing,
                         const struct frame_message *message)
{
    const struct frame_chain *chain = frame_instance_chain(driver->instance);
    const struct frame_message *page = message->type == FRAME_MESSAGE_PAGE ? message : NULL;
    const struct frame_message *request = driver->request;
    if (page == NULL && (request == NULL || message->type != FRAME_MESSAGE_REJECT ||
                         !json_string_is(message->code, frame_status_name(FRAME_UNKNOWN))))
        return;
    FUZZ_CHECK(request != NULL && memcmp(&request->from, &outgoing->to, sizeof outgoing->to) == 0);
    uint8_t *flags = model_allocate(frame_chain_count(chain) + 1);
    FUZZ_CHECK(page_due(chain, frame_instance_durable(driver->instance), flags, request, page));
    free(flags);
}

static void check_message(const struct sync_driver *driver, const struct frame_outgoing *outgoing)
{
    const struct frame_trust open = {0};
    struct frame_message message;
    FUZZ_CHECK(frame_envelope_open(&message, NULL, driver->crypto, &open, outgoing->bytes.bytes,
                                   outgoing->bytes.length) == FRAME_OK);
    FUZZ_CHECK(message.type == outgoing->type);
    FUZZ_CHECK(memcmp(&message.from, crypto_public(INSTANCES_TRANSPORT), sizeof message.from) == 0);
    check_answer(driver, outgoing, &message);
    fuzz_tell_number(message.type);
    fuzz_tell_number(message.hash_count);
    fuzz_tell_number(message.receipt_count);
}

/* Appended bytes are whole good frames. */
static void check_append(struct frame_span append)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    frame_log_reader_init(&reader, append.bytes, append.length);
    while (frame_log_next(&reader, &payload))
        FUZZ_CHECK(!reader.aside);
    FUZZ_CHECK(reader.state == FRAME_LOG_CLEAN);
}

static void take_note(struct sync_driver *driver, const struct frame_note *note)
{
    fuzz_tell_number(note->type);
    fuzz_tell_number(note->count);
    if (note->type == FRAME_NOTE_FETCH) driver->fetch = note->route;
    if (note->type == FRAME_NOTE_JOINED) fuzz_reach(FUZZ_WALL_ATTESTATION);
    if (note->type != FRAME_NOTE_REFUSED) return;
    driver->refused = (int)note->fault.status;
    fuzz_tell_number(note->fault.status);
    if (note->fault.status > FRAME_LIMIT && note->fault.status <= FRAME_ATTESTATION_ROOT)
        fuzz_reach_status(note->fault.status);
}

static enum frame_status step(struct sync_driver *driver, struct frame_event *event)
{
    struct frame_update update;
    size_t had = frame_chain_count(frame_instance_chain(driver->instance));
    event->now_ms = driver->now_ms;
    event->clock_s = CLOCK_S + (int64_t)(driver->now_ms / 1000);
    enum frame_status status = frame_instance_step(driver->instance, &update, event);
    FUZZ_CHECK(status != FRAME_NO_MEMORY);
    fuzz_tell_number(status);
    if (update.append.length > 0) {
        check_append(update.append);
        model_text_add(&driver->log, update.append.bytes, update.append.length);
    }
    for (size_t i = 0; i < update.message_count; i++)
        check_message(driver, &update.messages[i]);
    for (size_t i = 0; i < update.note_count; i++)
        take_note(driver, &update.notes[i]);
    const struct frame_chain *chain = frame_instance_chain(driver->instance);
    FUZZ_CHECK(frame_chain_count(chain) >= had);
    FUZZ_CHECK(frame_instance_durable(driver->instance) <= frame_chain_count(chain));
    fuzz_tell_number(frame_instance_deadline(driver->instance));
    return status;
}

/* ---- Events --------------------------------------------------------------------------------- */

static void pass_time(struct sync_driver *driver, struct frame_span digits)
{
    struct frame_event event = {.type = FRAME_EVENT_TICK};
    uint64_t ms = 0;
    for (size_t i = 0; i < digits.length && ms < STEP_MS_MAX; i++)
        ms = ms * 10 + (uint64_t)(digits.bytes[i] - '0') % 10;
    driver->now_ms += ms;
    (void)step(driver, &event);
}

static void deliver(struct sync_driver *driver, struct frame_span bytes)
{
    const struct frame_trust open = {0};
    struct frame_event event = {.type = FRAME_EVENT_MESSAGE, .message = bytes};
    struct frame_message message;
    if (frame_envelope_open(&message, NULL, driver->crypto, &open, bytes.bytes, bytes.length) ==
            FRAME_OK &&
        message.type == FRAME_MESSAGE_REQUEST)
        driver->request = &message;
    (void)step(driver, &event);
    driver->request = NULL;
}

static void deliver_sealed(struct sync_driver *driver, struct frame_span line)
{
    if (line.length == 0) return;
    size_t length, key = PEERS_FROM + (size_t)(line.bytes[0] - '0') % (PEERS_TO - PEERS_FROM + 1);
    uint8_t *envelope = model_allocate(line.length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    frame_envelope_seal(envelope, &length, driver->crypto, crypto_secret(key), line.bytes + 1,
                        line.length - 1);
    deliver(driver, (struct frame_span){envelope, length});
    free(envelope);
}

/* What a member says of itself, whatever the provider of signatures. */
static void announce(struct sync_driver *driver, size_t key)
{
    static const char prefix[] = "frame-member";
    const struct frame_crypto *crypto = driver->crypto;
    uint8_t text[sizeof prefix - 1 + 32], member[64];
    struct frame_hash hash;
    struct buffer body, capabilities, dapps;
    struct frame_allocator allocator = fuzz_allocator();
    size_t length;
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, crypto_public(key)->bytes, 32);
    frame_sha256_of(crypto, &hash, text, sizeof text);
    crypto->sign(crypto->context, member, &hash, crypto_secret(0));
    buffer_init(&body, &allocator);
    buffer_init(&capabilities, &allocator);
    buffer_init(&dapps, &allocator);
    capabilities_write(&capabilities, UINT32_MAX >> (32 - FRAME_CAPABILITY_COUNT));
    message_dapps(&dapps, crypto, frame_dapps_builtin());
    message_announce(&body, buffer_view(&capabilities), buffer_view(&dapps), 0, member, NULL, 0);
    uint8_t *envelope = model_allocate(body.length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    frame_envelope_seal(envelope, &length, crypto, crypto_secret(key), body.bytes, body.length);
    deliver(driver, (struct frame_span){envelope, length});
    free(envelope);
    buffer_free(&body);
    buffer_free(&capabilities);
    buffer_free(&dapps);
}

/* The program has fetched what it was last asked to. */
static void fetched(struct sync_driver *driver, struct frame_span responses)
{
    struct frame_event event = {.type = FRAME_EVENT_FETCHED, .route = driver->fetch};
    size_t offset;
    if (frame_json_check(&offset, responses.bytes, responses.length) == FRAME_OK &&
        json_kind(responses) == JSON_ARRAY)
        event.network_responses = responses;
    (void)step(driver, &event);
}

/* What was executed last is the user's intent as it was asked, and the device's own (§ 3, E4). */
static void check_asked(const struct sync_driver *driver, const struct payload_fields *asked)
{
    const struct frame_chain *chain = frame_instance_chain(driver->instance);
    struct frame_receipt receipt;
    struct payload_fields said;
    char origin[33] = "";
    frame_chain_arrived(chain, &receipt, frame_chain_count(chain) - 1);
    frame_hex_encode(origin, crypto_public(INSTANCES_TRANSPORT)->bytes, 16);
    FUZZ_CHECK(payload_read(&said, receipt.payload) && json_string_is(said.origin, origin));
    FUZZ_CHECK(span_equal(said.action, asked->action) && span_equal(said.raw, asked->raw) &&
               span_equal(said.payload, asked->payload) &&
               span_equal(said.network, asked->network));
}

static void ask(struct sync_driver *driver, enum frame_event_type type,
                struct frame_span input_payload)
{
    uint8_t raw[FRAME_RAW_BYTES_MAX];
    struct payload_fields fields;
    size_t offset;
    if (frame_json_check(&offset, input_payload.bytes, input_payload.length) != FRAME_OK ||
        json_kind(input_payload) != JSON_OBJECT || !payload_read(&fields, input_payload))
        return;
    struct frame_intent intent = {.payload = fields.payload,
                                  .raw = {raw, json_string_decode(raw, fields.raw)},
                                  .network_responses = fields.network};
    intent.action = (struct frame_span){fields.action.bytes + 1, fields.action.length - 2};
    struct frame_event event = {.type = type, .intent = &intent};
    if (step(driver, &event) == FRAME_OK && type == FRAME_EVENT_INTENT)
        check_asked(driver, &fields);
}

static void happen(struct sync_driver *driver, enum frame_event_type type)
{
    struct frame_event event = {.type = type};
    if (type == FRAME_EVENT_DURABLE) driver->durable = driver->log.length;
    (void)step(driver, &event);
}

/* Storage fails, and a new instance starts from what is durable. */
static void fail(struct sync_driver *driver)
{
    struct frame_recovery recovery;
    happen(driver, FRAME_EVENT_FAILED);
    FUZZ_CHECK(frame_instance_halted(driver->instance));
    frame_instance_free(driver->instance);
    struct model_text log = driver->log;
    uint64_t now_ms = driver->now_ms;
    size_t durable = driver->durable;
    sync_driver_init(driver, driver->crypto, driver->discovery);
    driver->log = log;
    driver->log.length = durable;
    driver->durable = durable;
    driver->now_ms = now_ms;
    FUZZ_CHECK(frame_instance_recover(driver->instance, &recovery, log.bytes, durable) == FRAME_OK);
    FUZZ_CHECK(recovery.state == FRAME_LOG_CLEAN);
}

void sync_driver_event(struct sync_driver *driver, struct frame_span line)
{
    if (line.length == 0) return;
    struct frame_span rest = {line.bytes + 1, line.length - 1};
    switch (line.bytes[0]) {
    case 't': pass_time(driver, rest); break;
    case 'm': deliver_sealed(driver, rest); break;
    case 'r': deliver(driver, rest); break;
    case 'i': ask(driver, FRAME_EVENT_INTENT, rest); break;
    case 'o': ask(driver, FRAME_EVENT_ROUTE, rest); break;
    case 'h': fetched(driver, rest); break;
    case 'd': happen(driver, FRAME_EVENT_DURABLE); break;
    case 'a': happen(driver, FRAME_EVENT_ACCEPT_LOSS); break;
    case 's': happen(driver, FRAME_EVENT_STOP); break;
    case 'f': fail(driver); break;
    default: break;
    }
}

void sync_driver_recover(const struct sync_driver *driver)
{
    struct frame_recovery recovery;
    struct frame_instance *again = instances_new(driver->crypto, 0, false);
    FUZZ_CHECK(frame_instance_recover(again, &recovery, driver->log.bytes, driver->log.length) ==
               FRAME_OK);
    FUZZ_CHECK(recovery.state == FRAME_LOG_CLEAN);
    FUZZ_CHECK(pipeline_same(frame_instance_chain(again), frame_instance_chain(driver->instance)));
    frame_instance_free(again);
}
