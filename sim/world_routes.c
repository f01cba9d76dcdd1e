// SPDX-License-Identifier: Apache-2.0
/*
 * Discovery and routing in a world (§ 15 to 18): users whose intents others execute, what is fetched for
 * them, and whom peers know. Those who only play a part are in world_players.c.
 */
#include <stdio.h>
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

struct intent *routes_intent(struct world *world, int peer, const struct frame_route_id *id)
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
    intent->promised_by = note->peer;
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
    struct intent *intent = routes_intent(world, peer, &note->route);
    world->peers[peer]->counters.served += note->type == FRAME_NOTE_SERVED;
    world->peers[peer]->counters.promised += note->type == FRAME_NOTE_PROMISED;
    if (note->type == FRAME_NOTE_FETCH) fetch(world, peer, note);
    if (intent == NULL) return;
    if (note->type == FRAME_NOTE_PROMISED) promised(world, intent, note);
    if (note->type == FRAME_NOTE_ROUTED) done(world, peer, intent, note);
    if (note->type == FRAME_NOTE_GIVEN_UP) given_up(world, peer, intent);
}

/* ---- Asking about it ---- */

size_t route_times_asked(const struct intent *intent, const struct frame_public_key *key)
{
    size_t times = 0;
    for (size_t i = 0; i < intent->asked_count; i++)
        times += memcmp(&intent->asked[i], key, sizeof *key) == 0;
    return times;
}

bool route_is_of(const struct frame_receipt *receipt, const struct frame_route_id *id)
{
    struct frame_span route;
    char digits[ROUTE_ID_DIGITS];
    if (!payload_route(&route, receipt->payload)) return false;
    frame_hex_encode(digits, id->bytes, sizeof id->bytes);
    return memcmp(route.bytes, digits, sizeof digits) == 0;
}

bool receipt_counts(const struct frame_receipt *receipt)
{
    return receipt->outcome == FRAME_OUTCOME_ACCEPTED || receipt->outcome == FRAME_OUTCOME_CHANGED;
}

size_t world_route_effects(const struct world *world, int peer, size_t number, size_t *held)
{
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const struct intent *intent = &world->intents[number];
    size_t effects = 0;
    *held = 0;
    for (size_t i = 0; chain != NULL && i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        if (!route_is_of(&receipt, &intent->route)) continue;
        ++*held;
        effects += receipt_counts(&receipt);
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

bool world_peer_discovers(const struct world *world, int peer)
{
    return world_peer(world, peer)->options.discovery;
}

size_t world_peers_known(const struct world *world, int peer)
{
    struct world_table table;
    world_table(world, &table, peer);
    return table.known;
}

void world_capability_words(char text[WORLD_CAPABILITIES_BYTES], uint32_t lacking)
{
    const uint32_t all = frame_capability_set(frame_capabilities, FRAME_CAPABILITY_COUNT);
    const char *const words = lacking == 0 ? "all" : lacking == all ? "none" : "without";
    size_t length = (size_t)snprintf(text, WORLD_CAPABILITIES_BYTES, "%s", words);
    for (unsigned i = 0; lacking != all && i < FRAME_CAPABILITY_COUNT; i++)
        if ((lacking >> i & 1) != 0)
            length += (size_t)snprintf(text + length, WORLD_CAPABILITIES_BYTES - length, " %s",
                                       frame_capabilities[i]);
    FRAME_ASSERT(length < WORLD_CAPABILITIES_BYTES);
}

void world_set_capabilities(struct world *world, int peer, uint32_t lacking)
{
    struct peer *self = world_peer(world, peer);
    const uint32_t all = frame_capability_set(frame_capabilities, FRAME_CAPABILITY_COUNT);
    char words[WORLD_CAPABILITIES_BYTES];
    world_capability_words(words, lacking);
    world_did(world, "capabilities %s %s", self->name, words);
    self->options.lacking = lacking;
    if (self->instance == NULL || self->state != WORLD_PEER_UP) return;
    world->driver->capabilities(self->instance, all & ~lacking);
    world_wind_clock(world, peer, world->now_us);
}

/* ---- Has everybody been found? (§ 15) ---- */

/* Of the same identity and version, both finding others, and each hears the other. */
static bool may_meet(const struct world *world, int a, int b)
{
    const struct peer *one = world_peer(world, a);
    const struct peer *other = world_peer(world, b);
    return one->options.discovery && other->options.discovery &&
           one->options.version == WORLD_VERSION_OURS &&
           other->options.version == WORLD_VERSION_OURS && peers_share_identity(world, a, b) &&
           (!one->options.strict_trust || one->knows[b] == TRUSTED) &&
           (!other->options.strict_trust || other->knows[a] == TRUSTED);
}

static bool is_told(const struct world *world, int a, int b)
{
    return may_meet(world, a, b) && (world_peer(world, a)->knows[b] != STRANGER ||
                                     world_peer(world, b)->knows[a] != STRANGER);
}

/* Whom of `peers` the one at `from` may learn of: through those who name others to it, as open trust does. */
static void find_reachable(bool *reached, const struct world *world, const int *peers, size_t count,
                           size_t from)
{
    size_t waiting[WORLD_PEERS_MAX] = {from};
    size_t waiting_count = 1;
    memset(reached, 0, count * sizeof *reached);
    reached[from] = true;
    while (waiting_count > 0) {
        const size_t at = waiting[--waiting_count];
        if (at != from && world_peer(world, peers[at])->options.strict_trust) continue;
        for (size_t i = 0; i < count; i++) {
            if (reached[i] || !is_told(world, peers[at], peers[i])) continue;
            reached[i] = true;
            waiting[waiting_count++] = i;
        }
    }
}

uint32_t peer_table_half(const struct peer *peer)
{
    const uint32_t table = peer->options.table_peers_max;
    return (table != 0 ? table : FRAME_TABLE_PEERS_MAX) / 2;
}

/* The half for those whom it chooses itself, or all of its room, is full. */
static bool table_full(const struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    const struct peer_driver *driver = world->driver;
    const size_t count = driver->peer_count(self->instance);
    size_t chosen = 0;
    for (size_t i = 0; i < count; i++) {
        struct frame_public_key key;
        struct frame_peer_state state;
        driver->peer_at(self->instance, &key, i);
        chosen += driver->peer_state(self->instance, &state, &key) && state.chosen;
    }
    return chosen >= peer_table_half(self) ||
           (self->options.peers_max != 0 && count >= self->options.peers_max);
}

/* Twins of one transport key are one peer to others, and nobody to each other. */
static bool knows_member(const struct world *world, int a, int b)
{
    struct frame_peer_state state;
    return peers_share_key(world, a, b) ||
           (world->driver->peer_state(world_peer(world, a)->instance, &state,
                                      &world_peer(world, b)->key) &&
            state.member && !state.suspect);
}

/* The first that does not know another one; false: there is none. */
static bool find_unknown(int pair[2], const struct world *world, const int *peers, size_t count)
{
    for (size_t a = 0; a < count; a++) {
        bool reached[WORLD_PEERS_MAX];
        if (world_peer(world, peers[a])->instance == NULL ||
            !world_peer(world, peers[a])->options.discovery || table_full(world, peers[a]))
            continue;
        find_reachable(reached, world, peers, count, a);
        for (size_t b = 0; b < count; b++) {
            if (!reached[b] || !may_meet(world, peers[a], peers[b]) ||
                knows_member(world, peers[a], peers[b]))
                continue;
            pair[0] = peers[a];
            pair[1] = peers[b];
            return true;
        }
    }
    return false;
}

bool world_all_found(const struct world *world, const int *peers, size_t peer_count)
{
    int pair[2];
    return !find_unknown(pair, world, peers, peer_count);
}

bool world_check_all_found(struct world *world, const int *peers, size_t peer_count)
{
    int pair[2];
    if (!find_unknown(pair, world, peers, peer_count)) return true;
    check_failed(world, CHECK_ALL_FOUND, pair[0], "does not know %s, though it may learn of it",
                 world_peer_name(world, pair[1]));
    return false;
}
