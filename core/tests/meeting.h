// SPDX-License-Identifier: Apache-2.0
/* Instances that find each other (§ 15 to 18), on top of instances.h. */
#ifndef FRAME_TESTS_MEETING_H
#define FRAME_TESTS_MEETING_H

#include "dapp.h"
#include "puppets.h"
#include "quick_crypto.h"

#define INTERVAL_MS UINT64_C(5000)

/* Devices that know nobody yet. */
static inline void meeting_begin(struct lab *lab, int count)
{
    static struct frame_crypto quick;
    quick = quick_crypto();
    lab_begin_with(lab, count, &quick);
    lab->known = 0;
    lab->config.discovery = true;
    lab->config.announce_interval_ms = INTERVAL_MS;
}

static inline void meeting_introduce(struct lab *lab, int index, int other, bool trusted)
{
    CHECK(frame_instance_peer(lab->devices[index].instance, &lab->devices[other].key, trusted) ==
          FRAME_OK);
}

/* Each knows the one before it. */
static inline void meeting_line(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        device_new(lab, i);
        if (i > 0) meeting_introduce(lab, i, i - 1, false);
    }
}

static inline bool meeting_knows(const struct lab *lab, int index, int other)
{
    const struct frame_peer_state state = device_peer(lab, index, other);
    return state.member && !state.suspect;
}

static inline size_t meeting_known(const struct lab *lab, int index)
{
    size_t count = 0;
    for (int i = 0; i < lab->count; i++)
        if (i != index) count += meeting_knows(lab, index, i);
    return count;
}

/* Entries of a half. */
static inline size_t meeting_half(const struct lab *lab, int index, bool chosen)
{
    const struct frame_instance *instance = lab->devices[index].instance;
    size_t count = 0;
    for (size_t i = 0; i < frame_instance_peer_count(instance); i++) {
        struct frame_public_key key;
        struct frame_peer_state state;
        frame_instance_peer_at(instance, &key, i);
        CHECK(frame_instance_peer_state(instance, &state, &key));
        count += !state.configured && state.chosen == chosen;
    }
    return count;
}

/* The user of a device wants others to execute something. */
static inline enum frame_status device_route(struct lab *lab, int index, const char *action,
                                             const char *payload)
{
    struct device *device = &lab->devices[index];
    const struct frame_intent intent = {.action = {(const uint8_t *)action, strlen(action)},
                                        .payload = {(const uint8_t *)payload, strlen(payload)},
                                        .raw = {(const uint8_t *)"please", 6}};
    struct frame_update update;
    const struct frame_event event = {.type = FRAME_EVENT_ROUTE,
                                      .now_ms = lab->now_ms,
                                      .clock_s = device->clock_s,
                                      .intent = &intent};
    device_step_begins(lab, index);
    const enum frame_status status = frame_instance_step(device->instance, &update, &event);
    device_step_ends(lab, index);
    for (size_t i = 0; i < update.note_count; i++)
        device_tell(lab, device, &update.notes[i]);
    for (size_t i = 0; i < update.message_count; i++)
        lab_post(lab, index, lab_find(lab, &update.messages[i].to), update.messages[i].type,
                 update.messages[i].bytes);
    return status;
}

/* What `member` is for a transport key, signed by `secret`. */
static inline void membership(const struct lab *lab, uint8_t member[64],
                              const struct frame_public_key *key,
                              const struct frame_secret_key *secret)
{
    uint8_t text[12 + 32];
    struct frame_hash hash;
    memcpy(text, "frame-member", 12);
    memcpy(text + 12, key->bytes, 32);
    frame_sha256_of(lab->crypto, &hash, text, sizeof text);
    lab->crypto->sign(lab->crypto->context, member, &hash, secret);
}

struct saying {
    const char *capabilities; /* canonical array; NULL: none */
    int64_t issued_ms;
    const struct frame_public_key *peers;
    size_t peer_count;
    bool stranger; /* its member is signed by somebody else */
};

static inline void announcement_body(const struct lab *lab, struct buffer *body,
                                     const struct frame_public_key *key,
                                     const struct saying *saying)
{
    uint8_t member[64];
    struct frame_secret_key other;
    struct frame_public_key other_key;
    struct buffer dapps;
    const char *capabilities = saying->capabilities != NULL ? saying->capabilities : "[]";
    lab_keys(lab, &other, &other_key, 201);
    membership(lab, member, key, saying->stranger ? &other : &lab->identity_secret);
    buffer_init(&dapps, &lab->allocator);
    message_dapps(&dapps, lab->crypto, frame_dapps_builtin());
    buffer_init(body, &lab->allocator);
    message_announce(body, (struct frame_span){(const uint8_t *)capabilities, strlen(capabilities)},
                     buffer_view(&dapps), saying->issued_ms, member, saying->peers,
                     saying->peer_count);
    buffer_free(&dapps);
}

static inline void puppet_announce(struct lab *lab, int puppet, int to, const struct saying *saying)
{
    struct buffer body;
    announcement_body(lab, &body, &lab->devices[puppet].key, saying);
    puppet_say(lab, puppet, to, FRAME_MESSAGE_ANNOUNCE, &body);
}

/* Device 0, patient with offenders, and a puppet 1 that is a member. */
static inline void meeting_with_puppet(struct lab *lab)
{
    const struct saying saying = {.issued_ms = 1};
    meeting_begin(lab, 2);
    lab->config.offences_max = 100;
    device_new(lab, 0);
    puppet_announce(lab, 1, 0, &saying);
}

/* One of any number of keys that are no devices'. */
static inline void crowd_keys(const struct lab *lab, uint32_t number,
                              struct frame_secret_key *secret, struct frame_public_key *key)
{
    uint8_t seed[32] = {9, 9};
    memcpy(seed + 2, &number, sizeof number);
    lab->crypto->key_pair(lab->crypto->context, secret, key, seed);
}

/* An announcement of such a key. */
static inline void crowd_announce(struct lab *lab, uint32_t number, int to,
                                  const struct saying *saying)
{
    struct frame_secret_key secret;
    struct frame_public_key key;
    struct buffer body;
    uint8_t *envelope;
    size_t length;
    crowd_keys(lab, number, &secret, &key);
    announcement_body(lab, &body, &key, saying);
    const size_t size = body.length + FRAME_ENVELOPE_OVERHEAD_BYTES;
    envelope = memory_allocate(&lab->allocator, size);
    if (envelope == NULL) abort();
    frame_envelope_seal(envelope, &length, lab->crypto, &secret, body.bytes, body.length);
    (void)device_do(
        lab, to, (struct frame_event){.type = FRAME_EVENT_MESSAGE, .message = {envelope, length}});
    memory_release(&lab->allocator, envelope, size);
    buffer_free(&body);
}

#endif
