// SPDX-License-Identifier: Apache-2.0
/*
 * Messages as checks see them. The same bytes are looked at when they are sent, to each receiver, and when they arrive: what
 * they say is kept, found again by the bytes themselves.
 */
#include <string.h>
#include <xxhash.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

enum {
    PLACES = 128,         /* by hash */
    SPARE_PLACES = 2,     /* for what finds none: one may be held */
    BYTES_MAX = 16 << 10, /* a longer message goes to a spare place: what is kept stays small */
};

struct check_messages {
    struct kept_message {
        struct buffer bytes; /* what the spans are of */
        struct check_message says;
    } places[PLACES + SPARE_PLACES];
    const struct check_message *held;
};

/* What is no good message may have a type and an attestation nevertheless. */
static void read_bad_body(struct check_message *message)
{
    struct frame_span attestation;
    if (!json_member(message->body, &message->type, "type") ||
        json_kind(message->type) != JSON_STRING)
        message->type.length = 0;
    message->foreign = json_member(message->body, &attestation, "attestation") &&
                       json_kind(attestation) == JSON_OBJECT && version_foreign(attestation);
}

static void read_body(struct check_message *message, const struct world *world,
                      const struct json_members *members)
{
    message->readable = message_read_members(&message->read, &message->unknown, world->crypto,
                                             message->body, members) == FRAME_OK;
    if (!message->readable)
        read_bad_body(message);
    else if (message->read.type == FRAME_MESSAGE_ATTEST)
        message->foreign = version_foreign(message->read.attestation);
}

/* `from` comes behind the body, which is long. */
static void read_from(struct check_message *message, struct frame_span envelope)
{
    struct json_walk walk = {message->body.bytes + message->body.length,
                             envelope.bytes + envelope.length};
    struct frame_span key;
    struct frame_span value;
    while (json_next_member(&walk, &key, &value))
        if (json_string_is(key, "from") &&
            hex_token_read(message->key.bytes, sizeof message->key.bytes, value))
            message->from = &message->key;
}

static void read_bytes(struct check_message *message, const struct world *world,
                       struct frame_span envelope)
{
    struct envelope good;
    memset(message, 0, sizeof *message);
    if (envelope_read(&good, envelope.bytes, envelope.length)) {
        message->there = true;
        message->body = good.body;
        message->key = good.from;
        message->from = &message->key;
    } else { /* it may have a body nevertheless */
        message->there = message_bad_body(&message->body, envelope.bytes, envelope.length);
        if (!message->there) return;
        read_from(message, envelope);
        json_members_walk(&good.members, message->body);
    }
    read_body(message, world, &good.members);
}

static struct check_messages *messages_of(struct world *world)
{
    if (world->messages != NULL) return world->messages;
    void *memory = NULL;
    size_t capacity = 0;
    world_reserve(world, &memory, &capacity, 1, sizeof *world->messages);
    world->messages = memory;
    memset(world->messages, 0, sizeof *world->messages);
    for (size_t i = 0; i < PLACES + SPARE_PLACES; i++)
        buffer_init(&world->messages->places[i].bytes, &world->allocator);
    return world->messages;
}

static bool is_of(const struct kept_message *kept, struct frame_span bytes)
{
    return kept->bytes.length > 0 && span_equal(buffer_view(&kept->bytes), bytes);
}

struct check_message *check_message_of(struct world *world, struct frame_span bytes)
{
    struct check_messages *messages = messages_of(world);
    struct kept_message *spare = &messages->places[PLACES];
    if (&spare->says == messages->held) spare++;
    struct kept_message *kept = spare;
    if (bytes.length <= BYTES_MAX)
        kept = &messages->places[XXH3_64bits(bytes.bytes, bytes.length) & (PLACES - 1)];
    if (is_of(kept, bytes)) return &kept->says;
    if (&kept->says == messages->held) kept = spare;
    if (is_of(kept, bytes)) return &kept->says;
    buffer_clear(&kept->bytes);
    buffer_span(&kept->bytes, bytes);
    FRAME_MUST(!kept->bytes.failed);
    read_bytes(&kept->says, world, buffer_view(&kept->bytes));
    return &kept->says;
}

struct check_message *check_message_hold(struct world *world, const struct frame_event *event)
{
    static const struct frame_span nothing = {NULL, 0};
    struct check_messages *messages = messages_of(world);
    struct frame_span bytes = nothing;
    if (event->type == FRAME_EVENT_MESSAGE)
        bytes = (struct frame_span){event->message.bytes, event->message.length};
    messages->held = NULL;
    struct check_message *message = check_message_of(world, bytes);
    messages->held = message;
    return message;
}

enum frame_status check_message_attests(struct frame_attestation *said, const struct world *world,
                                        struct check_message *message,
                                        const struct frame_public_key *identity)
{
    if (!message->asked || memcmp(&message->identity, identity, sizeof *identity) != 0) {
        message->asked = true;
        message->identity = *identity;
        message->status =
            attestation_read(&message->said, world->crypto, identity, message->read.attestation);
    }
    *said = message->said;
    return message->status;
}
