// SPDX-License-Identifier: Apache-2.0
/*
 * A few instances of one identity, the letters between them, and their logs: all by hand. A test steps
 * one instance at a time, says when an append is durable and which letter arrives, and may write letters
 * itself in the name of a puppet: a device without an instance.
 *
 * What must hold after every step is checked after every step: see check_step.
 */
#ifndef FRAME_TESTS_INSTANCES_H
#define FRAME_TESTS_INSTANCES_H

#include <string.h>

#include "check.h"
#include "frame.h"
#include "heap.h"
#include "message.h"

enum { DEVICES_MAX = 40, NOBODY = -1, CLOCK_S = 1700000000, START_MS = 1000 };

struct letter {
    int from;
    int to;
    enum frame_message_type type;
    uint8_t *bytes;
    size_t length;
};

/* A note, with what it points to. */
struct told {
    struct frame_note note;
    char result[128];
};

struct device {
    struct frame_secret_key transport;
    struct frame_public_key key;
    struct frame_instance *instance; /* NULL: a puppet, or down */
    struct heap heap;
    struct buffer log;
    size_t synced;  /* bytes of the log that a crash leaves */
    size_t intents; /* executed */
    bool by_hand;   /* DURABLE comes when the test says so; else after the step */
    int64_t clock_s;
    struct told *told; /* notes so far */
    size_t told_count;
    size_t told_capacity;
};

struct lab {
    const struct frame_crypto *crypto;
    struct heap heap; /* of the test itself */
    struct frame_allocator allocator;
    struct frame_secret_key identity_secret;
    struct frame_public_key identity_key;
    struct frame_instance_config config; /* of the next device to be started */
    struct device devices[DEVICES_MAX];
    int count;
    int known; /* those of lower numbers are told to the others */
    uint64_t now_ms;
    struct letter *letters; /* in the order they were sent */
    size_t letter_count;
    size_t letter_capacity;
    struct frame_sha256 said; /* over all letters, as they were sent */
    size_t step_to_fail;      /* of device 0, the first being 1: 0: none, or it is over */
    size_t allocation_to_fail;
    bool failing; /* it has come to that step */
    bool failed;  /* and to that allocation */
};

static inline void lab_grow(struct lab *lab, void *array, size_t *capacity, size_t count,
                            size_t size)
{
    void *pointer;
    memcpy(&pointer, array, sizeof pointer);
    if (!memory_reserve(&lab->allocator, &pointer, capacity, count, size)) abort();
    memcpy(array, &pointer, sizeof pointer);
}

static inline void lab_keys(const struct lab *lab, struct frame_secret_key *secret,
                            struct frame_public_key *key, uint8_t number)
{
    uint8_t seed[32] = {number};
    lab->crypto->key_pair(lab->crypto->context, secret, key, seed);
}

/* `count` devices, none of them started. */
static inline void lab_begin_with(struct lab *lab, int count, const struct frame_crypto *crypto)
{
    memset(lab, 0, sizeof *lab);
    lab->crypto = crypto;
    lab->allocator = heap_allocator(&lab->heap);
    lab->count = count;
    lab->known = count;
    lab->now_ms = START_MS;
    lab->crypto->sha256_init(lab->crypto->context, &lab->said);
    lab_keys(lab, &lab->identity_secret, &lab->identity_key, 200);
    frame_instance_config_init(&lab->config);
    lab->config.crypto = crypto;
    lab->config.identity = (struct frame_span){(const uint8_t *)"alice", 5};
    lab->config.identity_secret = lab->identity_secret;
    for (int i = 0; i < count; i++) {
        struct device *device = &lab->devices[i];
        lab_keys(lab, &device->transport, &device->key, (uint8_t)(i + 1));
        buffer_init(&device->log, &lab->allocator);
        device->clock_s = CLOCK_S;
    }
}

static inline void lab_begin(struct lab *lab, int count)
{
    lab_begin_with(lab, count, frame_crypto_libsodium());
}

/* ---- A device's life ---- */

/* A new instance that knows the others; no step yet. */
static inline void device_new(struct lab *lab, int index)
{
    struct device *device = &lab->devices[index];
    struct frame_instance_config config = lab->config;
    config.allocator = heap_allocator(&device->heap);
    config.transport_secret = device->transport;
    config.jitter_seed = (uint64_t)index;
    CHECK(frame_instance_new(&device->instance, &config, lab->now_ms) == FRAME_OK);
    for (int i = 0; i < lab->known; i++)
        if (i != index)
            CHECK(frame_instance_peer(device->instance, &lab->devices[i].key, true) == FRAME_OK);
}

/* Gives all back. What was not synced is lost. */
static inline void device_crash(struct lab *lab, int index)
{
    struct device *device = &lab->devices[index];
    frame_instance_free(device->instance);
    device->instance = NULL;
    device->log.length = device->synced;
    CHECK(device->heap.live == 0 && !device->heap.wrong_size);
}

static inline struct frame_recovery device_recover(struct lab *lab, int index)
{
    struct device *device = &lab->devices[index];
    struct frame_recovery recovery = {.offset = -2};
    device_new(lab, index);
    CHECK(frame_instance_recover(device->instance, &recovery, device->log.bytes,
                                 device->log.length) == FRAME_OK);
    return recovery;
}

static inline void lab_end(struct lab *lab)
{
    for (int i = 0; i < lab->count; i++) {
        struct device *device = &lab->devices[i];
        if (device->instance != NULL) device_crash(lab, i);
        buffer_free(&device->log);
        memory_release(&lab->allocator, device->told, device->told_capacity * sizeof *device->told);
    }
    for (size_t i = 0; i < lab->letter_count; i++)
        memory_release(&lab->allocator, lab->letters[i].bytes, lab->letters[i].length);
    memory_release(&lab->allocator, lab->letters, lab->letter_capacity * sizeof *lab->letters);
    CHECK(lab->heap.live == 0 && !lab->heap.wrong_size);
}

/* ---- Letters ---- */

static inline int lab_find(const struct lab *lab, const struct frame_public_key *key)
{
    for (int i = 0; i < lab->count; i++)
        if (memcmp(lab->devices[i].key.bytes, key->bytes, sizeof key->bytes) == 0) return i;
    return NOBODY;
}

static inline void lab_post(struct lab *lab, int from, int to, enum frame_message_type type,
                            struct frame_span bytes)
{
    lab_grow(lab, &lab->letters, &lab->letter_capacity, lab->letter_count + 1,
             sizeof *lab->letters);
    struct letter *letter = &lab->letters[lab->letter_count++];
    *letter = (struct letter){from, to, type, NULL, bytes.length};
    letter->bytes = memory_allocate(&lab->allocator, bytes.length);
    if (letter->bytes == NULL) abort();
    memcpy(letter->bytes, bytes.bytes, bytes.length);
    uint8_t way[2] = {(uint8_t)from, (uint8_t)to};
    lab->crypto->sha256_update(lab->crypto->context, &lab->said, way, sizeof way);
    lab->crypto->sha256_update(lab->crypto->context, &lab->said, bytes.bytes, bytes.length);
}

static inline void lab_drop(struct lab *lab, size_t at)
{
    memory_release(&lab->allocator, lab->letters[at].bytes, lab->letters[at].length);
    lab->letter_count--;
    memmove(lab->letters + at, lab->letters + at + 1,
            (lab->letter_count - at) * sizeof *lab->letters);
}

static inline void lab_drop_all(struct lab *lab)
{
    while (lab->letter_count > 0)
        lab_drop(lab, lab->letter_count - 1);
}

/* The first letter of a type from one to another, NOBODY standing for anyone; false: there is none. */
static inline bool lab_seek(const struct lab *lab, size_t *at, int from, int to,
                            enum frame_message_type type)
{
    for (*at = 0; *at < lab->letter_count; ++*at) {
        const struct letter *letter = &lab->letters[*at];
        if ((from == NOBODY || letter->from == from) && (to == NOBODY || letter->to == to) &&
            letter->type == type)
            return true;
    }
    return false;
}

static inline size_t lab_letters(const struct lab *lab, int from, int to,
                                 enum frame_message_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < lab->letter_count; i++)
        if (lab->letters[i].from == from && lab->letters[i].to == to &&
            lab->letters[i].type == type)
            count++;
    return count;
}

/* ---- What must hold after every step ---- */

static inline bool is_durable(const struct device *device, const struct frame_hash *hash)
{
    struct frame_receipt receipt;
    return frame_chain_find(frame_instance_chain(device->instance), &receipt, hash) &&
           receipt.arrival < frame_instance_durable(device->instance);
}

static inline void check_hashes(const struct device *device, struct frame_span array, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, array, i);
        CHECK(is_durable(device, &hash));
    }
}

/* A good envelope, and nothing in it that is not durable. */
static inline void check_outgoing(const struct lab *lab, const struct device *device,
                                  const struct frame_outgoing *outgoing)
{
    const struct frame_trust anybody = {.strict = false};
    struct frame_message message = {.type = FRAME_MESSAGE_REJECT};
    struct frame_attestation attestation = {.receipt_count = -1};
    if (!CHECK(outgoing->bytes.length <= FRAME_MESSAGE_BYTES_MAX &&
               frame_envelope_open(&message, NULL, lab->crypto, &anybody, outgoing->bytes.bytes,
                                   outgoing->bytes.length) == FRAME_OK))
        return;
    CHECK(message.type == outgoing->type);
    CHECK(memcmp(message.from.bytes, device->key.bytes, 32) == 0);
    CHECK(memcmp(outgoing->to.bytes, device->key.bytes, 32) != 0);
    if (message.type == FRAME_MESSAGE_ATTEST) {
        CHECK(frame_attestation_check(&attestation, lab->crypto, &lab->identity_key,
                                      message.attestation.bytes,
                                      message.attestation.length) == FRAME_OK);
        CHECK((uint64_t)attestation.receipt_count == frame_instance_durable(device->instance));
        check_hashes(device, message.hashes, message.hash_count);
    }
    if (message.type == FRAME_MESSAGE_REQUEST)
        check_hashes(device, message.have, message.have_count);
    if (message.type == FRAME_MESSAGE_PAGE)
        check_hashes(device, message.hashes, message.hash_count);
}

static inline void check_step(const struct lab *lab, const struct device *device,
                              const struct frame_update *update, bool outstanding)
{
    if (outstanding) CHECK(update->append.length == 0);
    for (size_t i = 0; i < update->message_count; i++)
        check_outgoing(lab, device, &update->messages[i]);
    for (size_t i = 0; i < update->note_count; i++)
        if (update->notes[i].type == FRAME_NOTE_SAFE_MODE_LEFT) CHECK(update->append.length == 0);
    uint64_t deadline_ms = frame_instance_deadline(device->instance);
    CHECK(deadline_ms > lab->now_ms);
    /* what memory was too short to hand out is tried again before long */
    if (!outstanding && update->append.length == 0 &&
        frame_instance_durable(device->instance) <
            frame_chain_count(frame_instance_chain(device->instance)))
        CHECK(deadline_ms <= lab->now_ms + lab->config.request_timeout_ms);
}

/* ---- Steps ---- */

/* Lets the allocation that was chosen fail, and no other. */
static inline void device_step_begins(struct lab *lab, int index)
{
    if (index == 0 && lab->step_to_fail > 0 && --lab->step_to_fail == 0) {
        heap_fail(&lab->devices[0].heap, lab->allocation_to_fail);
        lab->failing = true;
    }
}

static inline void device_step_ends(struct lab *lab, int index)
{
    struct heap *heap = &lab->devices[index].heap;
    if (heap->fail_at > 0) lab->failed = heap->asked >= heap->fail_at;
    heap->fail_at = 0;
}

static inline void device_tell(struct lab *lab, struct device *device,
                               const struct frame_note *note)
{
    lab_grow(lab, &device->told, &device->told_capacity, device->told_count + 1,
             sizeof *device->told);
    struct told *told = &device->told[device->told_count++];
    memset(told, 0, sizeof *told);
    told->note = *note;
    if (note->result.length < sizeof told->result && note->result.length > 0)
        memcpy(told->result, note->result.bytes, note->result.length);
}

static inline enum frame_status device_step(struct lab *lab, int index, struct frame_event event)
{
    struct device *device = &lab->devices[index];
    struct frame_update update;
    size_t appended = device->log.length;
    bool outstanding = appended > device->synced && event.type != FRAME_EVENT_DURABLE;
    event.now_ms = lab->now_ms;
    event.clock_s = device->clock_s;
    device_step_begins(lab, index);
    enum frame_status status = frame_instance_step(device->instance, &update, &event);
    device_step_ends(lab, index);
    if (event.type == FRAME_EVENT_DURABLE) device->synced = appended;
    if (event.type != FRAME_EVENT_INTENT) CHECK(status == FRAME_OK);
    if (event.type == FRAME_EVENT_INTENT && status == FRAME_OK) device->intents++;
    check_step(lab, device, &update, outstanding);
    buffer_span(&device->log, update.append);
    for (size_t i = 0; i < update.note_count; i++)
        device_tell(lab, device, &update.notes[i]);
    for (size_t i = 0; i < update.message_count; i++)
        lab_post(lab, index, lab_find(lab, &update.messages[i].to), update.messages[i].type,
                 update.messages[i].bytes);
    return status;
}

static inline enum frame_status device_event(struct lab *lab, int index, enum frame_event_type type)
{
    return device_step(lab, index, (struct frame_event){.type = type});
}

/* DURABLE until no append is outstanding. */
static inline void device_settle(struct lab *lab, int index)
{
    const struct device *device = &lab->devices[index];
    while (device->log.length > device->synced)
        CHECK(device_event(lab, index, FRAME_EVENT_DURABLE) == FRAME_OK);
}

static inline enum frame_status device_do(struct lab *lab, int index, struct frame_event event)
{
    enum frame_status status = device_step(lab, index, event);
    if (!lab->devices[index].by_hand) device_settle(lab, index);
    return status;
}

static inline enum frame_status device_act(struct lab *lab, int index, const char *action,
                                           const char *payload)
{
    const struct frame_intent intent = {.action = {(const uint8_t *)action, strlen(action)},
                                        .payload = {(const uint8_t *)payload, strlen(payload)}};
    return device_do(lab, index,
                     (struct frame_event){.type = FRAME_EVENT_INTENT, .intent = &intent});
}

/* A note like no other before. */
static inline enum frame_status device_intent(struct lab *lab, int index)
{
    char payload[64];
    size_t count = frame_chain_count(frame_instance_chain(lab->devices[index].instance));
    (void)snprintf(payload, sizeof payload, "{\"text\":\"%d %zu\"}", index, count);
    return device_act(lab, index, "notes.create", payload);
}

static inline void device_tick(struct lab *lab, int index)
{
    (void)device_do(lab, index, (struct frame_event){.type = FRAME_EVENT_TICK});
}

/* Brings the letter to whom it is for; it may be brought again. Nobody is at home at a puppet's. */
static inline void lab_bring(struct lab *lab, size_t at)
{
    const struct letter letter = lab->letters[at];
    if (letter.to == NOBODY || lab->devices[letter.to].instance == NULL) return;
    uint8_t *bytes = memory_allocate(&lab->allocator, letter.length); /* ends where it ends */
    if (bytes == NULL) abort();
    memcpy(bytes, letter.bytes, letter.length);
    (void)device_do(
        lab, letter.to,
        (struct frame_event){.type = FRAME_EVENT_MESSAGE, .message = {bytes, letter.length}});
    memory_release(&lab->allocator, bytes, letter.length);
}

static inline void lab_deliver(struct lab *lab, size_t at)
{
    lab_bring(lab, at);
    lab_drop(lab, at);
}

/* Delivers the first letter of a type; false where there is none. */
static inline bool lab_pass(struct lab *lab, int from, int to, enum frame_message_type type)
{
    size_t at;
    if (!lab_seek(lab, &at, from, to, type)) return false;
    lab_deliver(lab, at);
    return true;
}

static inline void lab_deliver_all(struct lab *lab)
{
    while (lab->letter_count > 0)
        lab_deliver(lab, 0);
}

/* The device that wants a tick next, and when. */
static inline int lab_next(const struct lab *lab, uint64_t *deadline_ms)
{
    int next = NOBODY;
    *deadline_ms = UINT64_MAX;
    for (int i = 0; i < lab->count; i++) {
        const struct frame_instance *instance = lab->devices[i].instance;
        if (instance == NULL || frame_instance_deadline(instance) >= *deadline_ms) continue;
        *deadline_ms = frame_instance_deadline(instance);
        next = i;
    }
    return next;
}

/* Time goes by; letters arrive at once. */
static inline void lab_run(struct lab *lab, uint64_t duration_ms)
{
    uint64_t end_ms = lab->now_ms + duration_ms;
    uint64_t deadline_ms;
    lab_deliver_all(lab);
    for (int next = lab_next(lab, &deadline_ms); next != NOBODY && deadline_ms <= end_ms;
         next = lab_next(lab, &deadline_ms)) {
        if (deadline_ms > lab->now_ms) lab->now_ms = deadline_ms;
        device_tick(lab, next);
        lab_deliver_all(lab);
    }
    lab->now_ms = end_ms;
}

/* Time goes by for one device only, and its letters pile up. */
static inline void device_wait(struct lab *lab, int index, uint64_t duration_ms)
{
    const struct frame_instance *instance = lab->devices[index].instance;
    uint64_t end_ms = lab->now_ms + duration_ms;
    while (frame_instance_deadline(instance) <= end_ms) {
        if (frame_instance_deadline(instance) > lab->now_ms)
            lab->now_ms = frame_instance_deadline(instance);
        device_tick(lab, index);
    }
    lab->now_ms = end_ms;
}

/* ---- Questions ---- */

/* Does frame_instance_log write what is in the device's log? */
static inline bool device_log_is_whole(struct lab *lab, int index)
{
    const struct device *device = &lab->devices[index];
    struct buffer log;
    buffer_init(&log, &lab->allocator);
    CHECK(frame_instance_log(device->instance, buffer_sink(&log)));
    bool same = log.length == device->log.length &&
                (log.length == 0 || memcmp(log.bytes, device->log.bytes, log.length) == 0);
    buffer_free(&log);
    return same;
}

static inline size_t device_count(const struct lab *lab, int index)
{
    return frame_chain_count(frame_instance_chain(lab->devices[index].instance));
}

static inline bool lab_same(const struct lab *lab, int a, int b)
{
    struct frame_summary of_a;
    struct frame_summary of_b;
    frame_chain_summary(frame_instance_chain(lab->devices[a].instance), &of_a);
    frame_chain_summary(frame_instance_chain(lab->devices[b].instance), &of_b);
    return of_a.receipts == of_b.receipts && of_a.head_count == of_b.head_count &&
           frame_hash_compare(&of_a.commitment, &of_b.commitment) == 0 &&
           frame_hash_compare(&of_a.state_root, &of_b.state_root) == 0 &&
           of_a.superseded == of_b.superseded && of_a.changed == of_b.changed;
}

static inline size_t device_heads(const struct lab *lab, int index)
{
    struct frame_summary summary;
    frame_chain_summary(frame_instance_chain(lab->devices[index].instance), &summary);
    return summary.head_count;
}

static inline void device_forget_told(struct lab *lab, int index)
{
    lab->devices[index].told_count = 0;
}

static inline size_t device_told(const struct lab *lab, int index, enum frame_note_type type)
{
    size_t count = 0;
    for (size_t i = 0; i < lab->devices[index].told_count; i++)
        if (lab->devices[index].told[i].note.type == type) count++;
    return count;
}

/* The last note of a type; an empty one where there was none. */
static inline const struct told *device_last(const struct lab *lab, int index,
                                             enum frame_note_type type)
{
    static const struct told
        nothing; /* no count, no peer, no receipts: what is checked of it fails */
    const struct device *device = &lab->devices[index];
    for (size_t i = device->told_count; i-- > 0;)
        if (device->told[i].note.type == type) return &device->told[i];
    return &nothing;
}

static inline size_t device_refused(const struct lab *lab, int index, enum frame_status status)
{
    size_t count = 0;
    for (size_t i = 0; i < lab->devices[index].told_count; i++) {
        const struct frame_note *note = &lab->devices[index].told[i].note;
        if (note->type == FRAME_NOTE_REFUSED && note->fault.status == status) count++;
    }
    return count;
}

static inline struct frame_peer_state device_peer(const struct lab *lab, int index, int other)
{
    struct frame_peer_state state = {.trusted = false};
    (void)frame_instance_peer_state(lab->devices[index].instance, &state, &lab->devices[other].key);
    return state;
}

#endif
