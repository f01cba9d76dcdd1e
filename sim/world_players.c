// SPDX-License-Identifier: Apache-2.0
/* Those who only play a part among peers that find each other: liars with a member's signature, and crowds of keys. */
#include <inttypes.h>
#include <string.h>

#include "core/dapp.h"
#include "core/execute.h"
#include "core/message.h"
#include "core/receipt.h"
#include "sim/world_internal.h"

/* ---- What they say ---- */

/* SHA-256 of `frame-member` and a key, signed (§ 15). */
static void sign_membership(uint8_t member[64], const struct world *world,
                            const struct frame_public_key *key,
                            const struct frame_secret_key *secret)
{
    const struct frame_crypto *crypto = crypto_memo_plain(world->memo);
    static const char prefix[] = "frame-member";
    uint8_t text[sizeof prefix - 1 + sizeof key->bytes];
    struct frame_hash hash;
    memcpy(text, prefix, sizeof prefix - 1);
    memcpy(text + sizeof prefix - 1, key->bytes, sizeof key->bytes);
    frame_sha256_of(crypto, &hash, text, sizeof text);
    crypto->sign(crypto->context, member, &hash, secret);
}

static void say(struct world *world, int from, int to, enum frame_message_type type,
                struct buffer *body, const struct frame_secret_key *secret)
{
    const size_t size = body->length + FRAME_ENVELOPE_OVERHEAD_BYTES;
    uint8_t *envelope = world_take(world, size);
    size_t length;
    frame_envelope_seal(envelope, &length, crypto_memo_plain(world->memo), secret, body->bytes,
                        body->length);
    world_launch(world, from, to, type, envelope, length, NO_FORGERY);
    world_give(world, envelope, size);
    buffer_free(body);
}

/* It has all there is; `secret` signs its membership. */
static void announce(struct world *world, int from, int to, const struct frame_public_key *key,
                     const struct frame_secret_key *transport,
                     const struct frame_secret_key *secret)
{
    struct buffer body;
    struct buffer capabilities;
    struct buffer dapps;
    uint8_t member[64];
    buffer_init(&body, &world->allocator);
    buffer_init(&capabilities, &world->allocator);
    buffer_init(&dapps, &world->allocator);
    capabilities_write(&capabilities,
                       frame_capability_set(frame_capabilities, FRAME_CAPABILITY_COUNT));
    message_dapps(&dapps, frame_crypto_libsodium(),
                  world->config.dapps != NULL ? world->config.dapps : frame_dapps_builtin());
    sign_membership(member, world, key, secret);
    message_announce(&body, buffer_view(&capabilities), buffer_view(&dapps),
                     (int64_t)(world->now_us / WORLD_MS), member, NULL, 0);
    buffer_free(&capabilities);
    buffer_free(&dapps);
    say(world, from, to, FRAME_MESSAGE_ANNOUNCE, &body, transport);
}

/* ---- Liars ---- */

const char *world_liar_name(enum world_liar liar)
{
    static const char *const names[] = {"none", "lacks", "promises", "silent", "misquotes"};
    FRAME_ASSERT((size_t)liar < WORLD_LIARS);
    return names[liar];
}

/* The receipt of a route, whoever holds it. */
static bool find_routed(const struct world *world, struct frame_hash *hash,
                        const struct frame_route_id *id)
{
    for (int peer = 0; peer < world->peer_count; peer++) {
        const struct frame_chain *chain = world_peer_chain(world, peer);
        for (size_t i = 0; chain != NULL && i < frame_chain_count(chain); i++) {
            struct frame_receipt receipt;
            frame_chain_at(chain, &receipt, i);
            *hash = receipt.hash;
            if (route_is_of(&receipt, id)) return true;
        }
    }
    return false;
}

static void liar_answer(struct world *world, int liar, int to, const struct frame_route_id *route)
{
    static const uint8_t result[] = "{\"ok\":true}";
    const struct frame_span lie = {result, sizeof result - 1};
    const struct peer *self = world->peers[liar];
    struct frame_hash receipt;
    struct buffer body;
    enum frame_message_type type = FRAME_MESSAGE_RESULT;
    buffer_init(&body, &world->allocator);
    switch (self->options.liar) {
    case WORLD_LIAR_LACKS:
        type = FRAME_MESSAGE_REJECT;
        message_reject(&body, frame_status_name(FRAME_UNAVAILABLE));
        break;
    case WORLD_LIAR_PROMISES:
        frame_sha256_of(frame_crypto_libsodium(), &receipt, route->bytes, sizeof route->bytes);
        message_result(&body, route, &receipt, lie);
        break;
    case WORLD_LIAR_MISQUOTES:
        if (!find_routed(world, &receipt, route)) return;
        message_result(&body, route, &receipt, lie);
        break;
    case WORLD_LIAR_NONE:
    case WORLD_LIAR_SILENT:
    case WORLD_LIARS: return;
    }
    say(world, liar, to, type, &body, &self->transport_secret);
}

/* Who misquotes answers once there is a receipt to name: whenever it hears of who is waiting for it still. */
static void liar_misquotes(struct world *world, int liar, int to)
{
    for (size_t i = 0; i < world->intent_count; i++) {
        const struct intent *intent = &world->intents[i];
        if (intent->peer == to && intent->state == WORLD_INTENT_ROUTED &&
            route_times_asked(intent, &world->peers[liar]->key) > 0)
            liar_answer(world, liar, to, &intent->route);
    }
}

void liar_receive(struct world *world, const struct flight *flight)
{
    const struct peer *self = world->peers[flight->to];
    struct frame_span body;
    struct frame_message message;
    bool unknown;
    if (!message_body(&body, flight->bytes, flight->length) ||
        message_read(&message, &unknown, world->crypto, body) != FRAME_OK)
        return;
    if (message.type == FRAME_MESSAGE_ANNOUNCE)
        announce(world, flight->to, flight->from, &self->key, &self->transport_secret,
                 &self->identity_secret);
    if (message.type == FRAME_MESSAGE_ROUTE)
        liar_answer(world, flight->to, flight->from, &message.route);
    else if (self->options.liar == WORLD_LIAR_MISQUOTES)
        liar_misquotes(world, flight->to, flight->from);
}

/* ---- Crowds ---- */

/* The next of its keys: no other crowd has it. */
static void crowd_member(const struct world *world, size_t number, struct frame_secret_key *secret,
                         struct frame_public_key *key)
{
    const struct crowd *crowd = &world->crowds[number];
    const struct frame_crypto *crypto = crypto_memo_plain(world->memo);
    uint8_t seed[32] = {'c', 'r', 'o', 'w', 'd', (uint8_t)crowd->kind};
    memcpy(seed + 8,
           &(uint8_t[8]){(uint8_t)crowd->came, (uint8_t)(crowd->came >> 8),
                         (uint8_t)(crowd->came >> 16), (uint8_t)crowd->victim},
           8);
    for (unsigned i = 0; i < 8; i++)
        seed[16 + i] = (uint8_t)((uint64_t)number >> 8 * i);
    crypto->key_pair(crypto->context, secret, key, seed);
}

/* All that the victim holds is asked for. */
static void crowd_requests(struct world *world, const struct crowd *crowd,
                           const struct frame_secret_key *secret)
{
    const struct frame_chain *chain = world_peer_chain(world, crowd->victim);
    struct frame_summary summary;
    struct buffer body;
    if (chain == NULL) return;
    frame_chain_summary(chain, &summary);
    buffer_init(&body, &world->allocator);
    message_request(&body, NULL, NULL, 0, summary.heads,
                    summary.head_count < FRAME_ATTEST_HEADS_MAX ? summary.head_count
                                                                : FRAME_ATTEST_HEADS_MAX);
    say(world, crowd->source, crowd->victim, FRAME_MESSAGE_REQUEST, &body, secret);
}

/* A stranger without membership also asks for something to be done. */
static void crowd_routes(struct world *world, const struct crowd *crowd,
                         const struct frame_secret_key *secret)
{
    static const uint8_t action[] = "wallet.mintFrame";
    static const uint8_t payload[] = "{\"amount\":1,\"target\":\"mallory\"}";
    struct frame_route_id id = {{0}};
    struct buffer body;
    memcpy(id.bytes, secret->bytes, sizeof id.bytes);
    buffer_init(&body, &world->allocator);
    message_route(&body, &id, (struct frame_span){action, sizeof action - 1},
                  (struct frame_span){payload, sizeof payload - 1}, (struct frame_span){NULL, 0});
    say(world, crowd->source, crowd->victim, FRAME_MESSAGE_ROUTE, &body, secret);
}

void crowd_act(struct world *world, size_t number)
{
    struct crowd *crowd = &world->crowds[number];
    const struct peer *source = world->peers[crowd->source];
    struct frame_secret_key secret;
    struct frame_public_key key;
    if (crowd->came == crowd->count) return;
    crowd_member(world, number, &secret, &key);
    if (source->state == WORLD_PEER_UP) {
        if (crowd->kind == WORLD_CROWD_ASKERS)
            crowd_requests(world, crowd, &secret);
        else
            announce(world, crowd->source, crowd->victim, &key, &secret,
                     crowd->kind == WORLD_CROWD_MEMBERS ? &source->identity_secret : &secret);
        if (crowd->kind != WORLD_CROWD_MEMBERS) crowd_routes(world, crowd, &secret);
    }
    crowd->came++;
    world_schedule(world, EVENT_CROWD, crowd->source, world->now_us + crowd->interval_us, number,
                   NULL);
}

const char *world_crowd_name(enum world_crowd crowd)
{
    static const char *const names[] = {"strangers", "members", "askers"};
    FRAME_ASSERT((size_t)crowd < WORLD_CROWDS);
    return names[crowd];
}

void world_crowd(struct world *world, int source, int victim, enum world_crowd crowd,
                 uint64_t count, uint64_t interval_us)
{
    FRAME_ASSERT(world_peer(world, source)->options.adversary && count > 0 && interval_us > 0);
    world_did(world, "crowd %s on %s from %s times %" PRIu64 " every %" PRIu64 "us",
              world_crowd_name(crowd), world_peer_name(world, victim),
              world_peer_name(world, source), count, interval_us);
    void *crowds = world->crowds;
    world_reserve(world, &crowds, &world->crowd_capacity, world->crowd_count + 1,
                  sizeof *world->crowds);
    world->crowds = crowds;
    const size_t number = world->crowd_count++;
    world->crowds[number] = (struct crowd){.source = source,
                                           .victim = victim,
                                           .kind = crowd,
                                           .count = count,
                                           .interval_us = interval_us};
    world_schedule(world, EVENT_CROWD, source, world->now_us, number, NULL);
}
