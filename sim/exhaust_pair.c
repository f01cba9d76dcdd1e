// SPDX-License-Identifier: Apache-2.0
#include "exhaust_pair.h"

#include <string.h>

enum { CALM_STEPS_MAX = 600, START_MS = 1000 };
static const int64_t clock_begin_s = 1700000000;

static void path_add(struct exhaust_pair *pair, const char *what, size_t number)
{
    if (pair->path_length + 8 >= PAIR_PATH_BYTES) return;
    pair->path_length +=
        (size_t)snprintf(pair->path + pair->path_length, PAIR_PATH_BYTES - pair->path_length,
                         " %s%zu", what, number);
}

static const struct frame_chain *chain_of(const struct exhaust_pair *pair, int peer)
{
    return frame_instance_chain(pair->peers[peer].instance);
}

static void peer_start(struct exhaust_pair *pair, int peer)
{
    struct exhaust *exhaust = pair->exhaust;
    struct frame_instance_config config;
    frame_instance_config_init(&config);
    config.crypto = exhaust->crypto;
    config.allocator = frame_arena_allocator(&pair->region->arena);
    config.identity = exhaust->identity;
    config.identity_secret = exhaust->secret;
    config.transport_secret = pair->peers[peer].transport;
    config.jitter_seed = (uint64_t)peer;
    struct frame_instance **instance = &pair->peers[peer].instance;
    (void)exhaust_check(exhaust,
                        frame_instance_new(instance, &config, pair->now_ms) == FRAME_OK &&
                            frame_instance_peer(*instance, &pair->peers[1 - peer].key, true) ==
                                FRAME_OK,
                        "no instance");
}

void pair_init(struct exhaust_pair *pair, struct exhaust *exhaust, struct exhaust_region *region)
{
    const struct frame_crypto *crypto = exhaust->crypto;
    exhaust_region_clear(region);
    memset(pair, 0, sizeof *pair);
    pair->exhaust = exhaust;
    pair->region = region;
    pair->now_ms = START_MS;
    const struct frame_allocator allocator = frame_arena_allocator(&region->arena);
    for (int i = 0; i < 2; i++) {
        const uint8_t seed[32] = {(uint8_t)(i + 1)};
        struct pair_peer *peer = &pair->peers[i];
        crypto->key_pair(crypto->context, &peer->transport, &peer->key, seed);
        buffer_init(&peer->log, &allocator);
    }
    peer_start(pair, 0);
    peer_start(pair, 1);
}

/* ---- What a step brings ---------------------------------------------------------------------------- */

static void send(struct exhaust_pair *pair, int from, const struct frame_outgoing *outgoing)
{
    const struct frame_allocator allocator = frame_arena_allocator(&pair->region->arena);
    struct pair_message *message = &pair->flying[pair->flying_count];
    exhaust_count(pair->exhaust, "messages", 1);
    if (pair->flying_count == PAIR_FLYING_MAX) return; /* the air is full: it is lost */
    uint8_t *bytes = memory_allocate(&allocator, outgoing->bytes.length);
    if (bytes == NULL) {
        (void)exhaust_check(pair->exhaust, false, "the region is too small");
        return;
    }
    memcpy(bytes, outgoing->bytes.bytes, outgoing->bytes.length);
    *message = (struct pair_message){1 - from, outgoing->type, {bytes, outgoing->bytes.length}};
    pair->flying_count++;
}

static void take_note(struct exhaust_pair *pair, int peer, const struct frame_note *note)
{
    (void)exhaust_check(pair->exhaust,
                        note->type != FRAME_NOTE_ALARM && note->type != FRAME_NOTE_OFFENCE &&
                            note->type != FRAME_NOTE_IGNORING,
                        "%s: %d notes %s against an honest peer", pair->path, peer,
                        frame_note_name(note->type));
    if (note->type == FRAME_NOTE_ACKNOWLEDGED && pair->acknowledged_count < PAIR_WRITES_MAX)
        pair->acknowledged[pair->acknowledged_count++] = note->hash;
}

static bool holds(struct frame_span text, const uint8_t *piece, size_t length)
{
    for (size_t i = 0; i + length <= text.length; i++) {
        if (text.bytes[i] == piece[0] && memcmp(text.bytes + i, piece, length) == 0) return true;
    }
    return false;
}

static void check_sets(struct exhaust_pair *pair)
{
    struct frame_summary a, b;
    frame_chain_summary(chain_of(pair, 0), &a);
    frame_chain_summary(chain_of(pair, 1), &b);
    if (frame_hash_compare(&a.commitment, &b.commitment) != 0) return;
    (void)exhaust_check(pair->exhaust,
                        a.receipts == b.receipts &&
                            frame_hash_compare(&a.state_root, &b.state_root) == 0,
                        "%s: the same set under two roots", pair->path);
}

/* No message names or carries what is not durable (§ 12). */
static void check_durable(struct exhaust_pair *pair, int from,
                          const struct frame_outgoing *outgoing)
{
    const struct frame_chain *chain = chain_of(pair, from);
    for (size_t i = pair->peers[from].durable; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        char hex[64];
        frame_chain_arrived(chain, &receipt, i);
        frame_hex_encode(hex, receipt.hash.bytes, sizeof receipt.hash.bytes);
        (void)exhaust_check(pair->exhaust,
                            !holds(outgoing->bytes, (const uint8_t *)hex, sizeof hex),
                            "%s: %d speaks in %s of what is not durable", pair->path, from,
                            frame_message_type_name(outgoing->type));
    }
}

/* An attestation says what is durable (§ 12). */
static void check_attested(struct exhaust_pair *pair, int from,
                           const struct frame_outgoing *outgoing)
{
    const struct frame_trust anybody = {.strict = false};
    struct frame_message message;
    struct frame_attestation attestation = {.receipt_count = -1};
    const struct pair_peer *peer = &pair->peers[from];
    if (outgoing->type != FRAME_MESSAGE_ATTEST) return;
    (void)exhaust_check(pair->exhaust,
                        frame_envelope_open(&message, NULL, pair->exhaust->crypto, &anybody,
                                            outgoing->bytes.bytes,
                                            outgoing->bytes.length) == FRAME_OK &&
                            frame_attestation_check(&attestation, pair->exhaust->crypto,
                                                    &pair->exhaust->key, message.attestation.bytes,
                                                    message.attestation.length) == FRAME_OK &&
                            (uint64_t)attestation.receipt_count == peer->durable,
                        "%s: %d attests to %lld receipts, %zu are durable", pair->path, from,
                        (long long)attestation.receipt_count, peer->durable);
}

static void step(struct exhaust_pair *pair, int index, struct frame_event event)
{
    struct pair_peer *peer = &pair->peers[index];
    struct frame_update update;
    const uint8_t type = (uint8_t)event.type;
    const size_t held = frame_chain_count(chain_of(pair, index));
    event.now_ms = pair->now_ms;
    event.clock_s = clock_begin_s + (int64_t)(pair->now_ms / 1000);
    exhaust_key_add(&peer->story, &type, 1);
    exhaust_key_add(&peer->story, &pair->now_ms, sizeof pair->now_ms);
    exhaust_key_add(&peer->story, event.message.bytes, event.message.length);
    exhaust_count(pair->exhaust, "steps", 1);
    (void)frame_instance_step(peer->instance, &update, &event);
    if (pair->tearing && index == pair->torn_peer && update.append.length > pair->torn_bytes) {
        buffer_append(&peer->log, update.append.bytes, pair->torn_bytes);
        peer->synced = peer->log.length;
        pair->tearing = false;
        pair_restart(pair, index);
        return;
    }
    buffer_append(&peer->log, update.append.bytes, update.append.length);
    for (size_t i = 0; i < update.note_count; i++)
        take_note(pair, index, &update.notes[i]);
    for (size_t i = 0; i < update.message_count; i++) {
        check_attested(pair, index, &update.messages[i]);
        check_durable(pair, index, &update.messages[i]);
        send(pair, index, &update.messages[i]);
    }
    (void)exhaust_check(pair->exhaust, frame_chain_count(chain_of(pair, index)) >= held,
                        "%s: %d has lost receipts", pair->path, index);
    check_sets(pair);
}

/* ---- What can happen ------------------------------------------------------------------------------- */

bool pair_pending(const struct exhaust_pair *pair, int peer)
{
    return pair->peers[peer].log.length > pair->peers[peer].synced;
}

void pair_durable(struct exhaust_pair *pair, int peer)
{
    struct pair_peer *it = &pair->peers[peer];
    path_add(pair, "durable", (size_t)peer);
    it->synced = it->log.length;
    it->durable = frame_chain_count(chain_of(pair, peer));
    step(pair, peer, (struct frame_event){.type = FRAME_EVENT_DURABLE});
}

void pair_write(struct exhaust_pair *pair, int peer)
{
    static const char earn[] = "{\"amount\":60,\"target\":\"alice\"}";
    static const char spend[] = "{\"amount\":50,\"recipient\":\"bob\"}";
    const bool first = pair->writes++ == 0;
    const char *action = first ? "wallet.mintFrame" : "wallet.send";
    const char *payload = first ? earn : spend;
    const struct frame_intent intent = {
        .action = {(const uint8_t *)action, strlen(action)},
        .payload = {(const uint8_t *)payload, strlen(payload)},
    };
    path_add(pair, "write", (size_t)peer);
    step(pair, peer, (struct frame_event){.type = FRAME_EVENT_INTENT, .intent = &intent});
}

static void flying_remove(struct exhaust_pair *pair, size_t message)
{
    pair->flying_count--;
    memmove(pair->flying + message, pair->flying + message + 1,
            (pair->flying_count - message) * sizeof pair->flying[0]);
}

/* A message's bytes stay the region's: they go when the region is put back. */
void pair_deliver(struct exhaust_pair *pair, size_t message, bool again)
{
    const struct pair_message it = pair->flying[message];
    path_add(pair, again ? "again" : "take", message);
    if (!again) flying_remove(pair, message);
    step(pair, it.to, (struct frame_event){.type = FRAME_EVENT_MESSAGE, .message = it.bytes});
}

void pair_hear(struct exhaust_pair *pair, int peer, struct frame_span bytes)
{
    step(pair, peer, (struct frame_event){.type = FRAME_EVENT_MESSAGE, .message = bytes});
}

void pair_lose(struct exhaust_pair *pair, size_t message)
{
    path_add(pair, "lose", message);
    flying_remove(pair, message);
}

void pair_tick(struct exhaust_pair *pair)
{
    const uint64_t a = frame_instance_deadline(pair->peers[0].instance);
    const uint64_t b = frame_instance_deadline(pair->peers[1].instance);
    const uint64_t next_ms = a < b ? a : b;
    if (next_ms == UINT64_MAX) return; /* nobody ever wants one */
    pair->now_ms = next_ms;
    path_add(pair, "t", (size_t)pair->now_ms);
    if (a <= pair->now_ms) step(pair, 0, (struct frame_event){.type = FRAME_EVENT_TICK});
    if (b <= pair->now_ms) step(pair, 1, (struct frame_event){.type = FRAME_EVENT_TICK});
}

void pair_restart(struct exhaust_pair *pair, int peer)
{
    struct pair_peer *it = &pair->peers[peer];
    struct frame_recovery recovery = {.offset = -2};
    path_add(pair, "restart", (size_t)peer);
    frame_instance_free(it->instance);
    it->log.length = it->synced;
    peer_start(pair, peer);
    const enum frame_status status =
        frame_instance_recover(it->instance, &recovery, it->log.bytes, it->log.length);
    (void)exhaust_check(pair->exhaust, status == FRAME_OK && !recovery.safe_mode,
                        "%s: %d recovers with %s from its own log", pair->path, peer,
                        frame_log_state_name(recovery.state));
    if (recovery.state == FRAME_LOG_TORN) it->log.length = (size_t)recovery.offset;
    it->synced = it->log.length;
    it->durable = recovery.receipts;
    exhaust_key_add(&it->story, &it->synced, sizeof it->synced);
}

/* ---- Calm ------------------------------------------------------------------------------------------ */

bool pair_converged(const struct exhaust_pair *pair)
{
    struct frame_summary a, b;
    frame_chain_summary(chain_of(pair, 0), &a);
    frame_chain_summary(chain_of(pair, 1), &b);
    return frame_hash_compare(&a.commitment, &b.commitment) == 0;
}

bool pair_calm_step(struct exhaust_pair *pair)
{
    for (int i = 0; i < 2; i++) {
        if (!pair_pending(pair, i)) continue;
        pair_durable(pair, i);
        return true;
    }
    if (pair->flying_count > 0) {
        pair_deliver(pair, 0, false);
        return true;
    }
    if (pair_converged(pair)) return false;
    const uint64_t now_ms = pair->now_ms;
    pair_tick(pair);
    return pair->now_ms != now_ms;
}

bool pair_calm(struct exhaust_pair *pair)
{
    size_t steps = 0;
    while (steps < CALM_STEPS_MAX && pair_calm_step(pair))
        steps++;
    if (!exhaust_check(pair->exhaust, pair_converged(pair), "%s: they do not converge", pair->path))
        return false;
    for (size_t i = 0; i < pair->acknowledged_count; i++) {
        for (int peer = 0; peer < 2; peer++) {
            if (!exhaust_check(pair->exhaust,
                               frame_chain_find(chain_of(pair, peer), NULL, &pair->acknowledged[i]),
                               "%s: what was acknowledged is not held by %d", pair->path, peer))
                return false;
        }
    }
    return true;
}
