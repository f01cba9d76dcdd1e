// SPDX-License-Identifier: Apache-2.0
/*
 * Discovery and routing in a world (§ 15 to 18): users whose intents others execute, what is fetched for
 * them, and those who only play a part: liars with a member's signature, and crowds without one.
 */
#include <string.h>

#include "core/dapp.h"
#include "core/execute.h"
#include "core/json.h"
#include "core/message.h"
#include "core/receipt.h"
#include "sim/checks.h"
#include "sim/world_internal.h"

/* ---- Users ---- */

static bool same_route(const struct frame_route_id *a, const struct frame_route_id *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

/* The intent of a peer's user that is asked for under an id; NULL: none, or it is done. */
static struct intent *routed_intent(struct world *world, int peer, const struct frame_route_id *id)
{
    for (size_t i = world->intent_count; i > 0; i--) {
        struct intent *intent = &world->intents[i - 1];
        if (intent->peer == peer && intent->routed && intent->state == WORLD_INTENT_ROUTED &&
            same_route(&intent->route, id))
            return intent;
    }
    return NULL;
}

bool routes_known(const struct world *world, const struct frame_route_id *id)
{
    for (size_t i = 0; i < world->intent_count; i++)
        if (world->intents[i].routed && same_route(&world->intents[i].route, id)) return true;
    return false;
}

void routes_begin(struct world *world, int peer, size_t number, const struct frame_route_id *id)
{
    struct intent *intent = &world->intents[number];
    intent->state = WORLD_INTENT_ROUTED;
    intent->route = *id;
    world_tell(world, TRACE_INTENT, peer, WORLD_NOBODY, "%s: to be executed by others, %s",
               intent->action, short_route(id).text);
}

static void promised(struct world *world, struct intent *intent, const struct frame_note *note)
{
    intent->receipt = note->hash;
    intent->result = world_take_text(world, (const char *)note->result.bytes, note->result.length);
}

static void done(struct world *world, int peer, struct intent *intent,
                 const struct frame_note *note)
{
    struct world_counters *counters = &world->peers[peer]->counters;
    struct frame_receipt receipt;
    if (!frame_chain_find(world_peer_chain(world, peer), &receipt, &note->hash)) return;
    if (frame_hash_compare(&intent->receipt, &note->hash) != 0) intent->result = NULL;
    intent->state = WORLD_INTENT_ACKNOWLEDGED;
    intent->status = FRAME_OK;
    intent->receipt = note->hash;
    intent->accepted = receipt.outcome != FRAME_OUTCOME_REFUSED;
    intent->done_us = world->now_us;
    counters->acknowledged++;
    if (intent->accepted)
        counters->accepted++;
    else
        counters->refused++;
    world_tell(world, TRACE_ACKNOWLEDGED, peer, WORLD_NOBODY, "%s: %s %s", intent->action,
               short_hash(&note->hash).text, intent->result != NULL ? intent->result : "");
}

static void given_up(struct world *world, int peer, struct intent *intent)
{
    intent->state = WORLD_INTENT_TURNED_AWAY;
    intent->status = FRAME_UNAVAILABLE;
    intent->done_us = world->now_us;
    world->peers[peer]->counters.turned_away++;
}

void routes_peer_down(struct world *world, int peer)
{
    for (size_t i = 0; i < world->intent_count; i++) {
        struct intent *intent = &world->intents[i];
        if (intent->peer != peer || intent->state != WORLD_INTENT_ROUTED) continue;
        intent->state = WORLD_INTENT_UNTOLD;
        intent->done_us = world->now_us;
        world->peers[peer]->counters.untold++;
    }
}

/* ---- Fetching ---- */

enum { FETCH_LEAST_US = 20000, FETCH_SPREAD_US = 180000 };

static void fetch(struct world *world, int peer, const struct frame_note *note)
{
    struct errand *errand = world_take(world, sizeof *errand + note->result.length);
    struct tape_identity identity;
    *errand = (struct errand){
        .life = world->peers[peer]->life, .route = note->route, .size = note->result.length};
    memcpy(errand->payload, note->result.bytes, note->result.length);
    tape_identity(&identity, "fetch", world->peers[peer]->name, NULL, world->fetches++);
    const uint64_t wait_us = FETCH_LEAST_US + tape_choose(world->tape, &identity, FETCH_SPREAD_US);
    world_schedule(world, EVENT_FETCHED, peer, world->now_us + wait_us, 0, errand);
}

/* What everybody would fetch is not the same: the body names the peer. */
static void write_responses(struct buffer *text, const struct world *world, int peer,
                            struct frame_span payload)
{
    struct frame_span url;
    if (!json_member(payload, &url, "url") || json_kind(url) != JSON_STRING) return;
    buffer_text(text, "[{\"body\":\"as ");
    buffer_text(text, world->peers[peer]->name);
    buffer_text(text, " saw it\",\"status\":200,\"url\":");
    buffer_span(text, url);
    buffer_text(text, "}]");
}

void routes_fetched(struct world *world, int peer, struct errand *errand)
{
    const struct peer *self = world->peers[peer];
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    struct frame_event event = {.type = FRAME_EVENT_FETCHED, .route = errand->route};
    struct buffer text;
    if (self->paused && self->life == errand->life) { /* it goes on with it once it runs again */
        world_schedule(world, EVENT_FETCHED, peer, world->now_us + FETCH_LEAST_US, 0, errand);
        return;
    }
    buffer_init(&text, &world->allocator);
    write_responses(&text, world, peer, (struct frame_span){errand->payload, errand->size});
    event.network_responses = buffer_view(&text);
    if (self->life == errand->life && self->state == WORLD_PEER_UP && self->instance != NULL)
        (void)world_step(world, peer, &event, &origin);
    buffer_free(&text);
    world_give(world, errand, sizeof *errand + errand->size);
}

void routes_note(struct world *world, int peer, const struct frame_note *note)
{
    struct intent *intent = routed_intent(world, peer, &note->route);
    world->peers[peer]->counters.served += note->type == FRAME_NOTE_SERVED;
    world->peers[peer]->counters.promised += note->type == FRAME_NOTE_PROMISED;
    if (note->type == FRAME_NOTE_FETCH) fetch(world, peer, note);
    if (intent == NULL) return;
    if (note->type == FRAME_NOTE_PROMISED) promised(world, intent, note);
    if (note->type == FRAME_NOTE_ROUTED) done(world, peer, intent, note);
    if (note->type == FRAME_NOTE_GIVEN_UP) given_up(world, peer, intent);
}

/* ---- Asking about it ---- */

size_t world_route_effects(const struct world *world, int peer, size_t number, size_t *held)
{
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const struct intent *intent = &world->intents[number];
    char digits[ROUTE_ID_DIGITS];
    size_t effects = 0;
    *held = 0;
    frame_hex_encode(digits, intent->route.bytes, sizeof intent->route.bytes);
    for (size_t i = 0; chain != NULL && i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        struct frame_span route;
        frame_chain_at(chain, &receipt, i);
        if (!payload_route(&route, receipt.payload) ||
            memcmp(route.bytes, digits, sizeof digits) != 0)
            continue;
        ++*held;
        effects +=
            receipt.outcome == FRAME_OUTCOME_ACCEPTED || receipt.outcome == FRAME_OUTCOME_CHANGED;
    }
    return effects;
}

void world_table(const struct world *world, struct world_table *table, int peer)
{
    const struct peer *self = world_peer(world, peer);
    table->known = table->chosen = table->foreign = table->peer_count = 0;
    if (self->instance == NULL) return;
    for (size_t i = 0; i < world->driver->peer_count(self->instance); i++) {
        struct frame_public_key key;
        struct frame_peer_state state;
        world->driver->peer_at(self->instance, &key, i);
        if (!world->driver->peer_state(self->instance, &state, &key) || !state.member ||
            state.suspect)
            continue;
        const int who = world_peer_of_key(world, &key);
        table->known++;
        table->chosen += state.chosen || state.configured;
        table->foreign += who == WORLD_NOBODY;
        if (who != WORLD_NOBODY) table->peers[table->peer_count++] = who;
    }
}

size_t world_peers_known(const struct world *world, int peer)
{
    struct world_table table;
    world_table(world, &table, peer);
    return table.known;
}

void world_set_capabilities(struct world *world, int peer, uint32_t lacking)
{
    struct peer *self = world_peer(world, peer);
    const uint32_t all = frame_capability_set(frame_capabilities, FRAME_CAPABILITY_COUNT);
    self->options.lacking = lacking;
    if (self->instance == NULL || self->state != WORLD_PEER_UP) return;
    world->driver->capabilities(self->instance, all & ~lacking);
    world_wind_clock(world, peer, world->now_us);
}

/* ---- Those who only play a part ---- */

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

static void liar_answer(struct world *world, int liar, int to, const struct frame_message *asked)
{
    static const uint8_t result[] = "{\"ok\":true}";
    const struct peer *self = world->peers[liar];
    struct frame_hash nothing;
    struct buffer body;
    buffer_init(&body, &world->allocator);
    if (self->options.liar == WORLD_LIAR_PROMISES) {
        frame_sha256_of(frame_crypto_libsodium(), &nothing, asked->route.bytes,
                        sizeof asked->route.bytes);
        message_result(&body, &asked->route, &nothing,
                       (struct frame_span){result, sizeof result - 1});
        say(world, liar, to, FRAME_MESSAGE_RESULT, &body, &self->transport_secret);
    } else if (self->options.liar == WORLD_LIAR_LACKS) {
        message_reject(&body, frame_status_name(FRAME_UNAVAILABLE));
        say(world, liar, to, FRAME_MESSAGE_REJECT, &body, &self->transport_secret);
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
    if (message.type == FRAME_MESSAGE_ROUTE) liar_answer(world, flight->to, flight->from, &message);
}

/* ---- Crowds ---- */

static void crowd_member(const struct world *world, const struct crowd *crowd,
                         struct frame_secret_key *secret, struct frame_public_key *key)
{
    const struct frame_crypto *crypto = crypto_memo_plain(world->memo);
    uint8_t seed[32] = {'c', 'r', 'o', 'w', 'd', crowd->members};
    memcpy(seed + 8,
           &(uint8_t[8]){(uint8_t)crowd->came, (uint8_t)(crowd->came >> 8),
                         (uint8_t)(crowd->came >> 16), (uint8_t)crowd->victim},
           8);
    crypto->key_pair(crypto->context, secret, key, seed);
}

/* A stranger without membership also asks for something to be done. */
static void crowd_asks(struct world *world, const struct crowd *crowd,
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
    crowd_member(world, crowd, &secret, &key);
    if (source->state == WORLD_PEER_UP) {
        announce(world, crowd->source, crowd->victim, &key, &secret,
                 crowd->members ? &source->identity_secret : &secret);
        if (!crowd->members) crowd_asks(world, crowd, &secret);
    }
    crowd->came++;
    world_schedule(world, EVENT_CROWD, crowd->source, world->now_us + crowd->interval_us, number,
                   NULL);
}

void world_crowd(struct world *world, int source, int victim, bool members, uint64_t count,
                 uint64_t interval_us)
{
    FRAME_ASSERT(world_peer(world, source)->options.adversary && count > 0 && interval_us > 0);
    void *crowds = world->crowds;
    world_reserve(world, &crowds, &world->crowd_capacity, world->crowd_count + 1,
                  sizeof *world->crowds);
    world->crowds = crowds;
    const size_t number = world->crowd_count++;
    world->crowds[number] = (struct crowd){.source = source,
                                           .victim = victim,
                                           .members = members,
                                           .count = count,
                                           .interval_us = interval_us};
    world_schedule(world, EVENT_CROWD, source, world->now_us, number, NULL);
}
