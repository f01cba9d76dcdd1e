// SPDX-License-Identifier: Apache-2.0
/*
 * Intents that others are to execute (§ 18), for the one who wants it: one provider after the other is
 * asked, until the receipt is held. What a provider answers is a promise; the receipt is the fact.
 */
#include <string.h>

#include "chain.h"
#include "dapp.h"
#include "instance.h"
#include "json.h"
#include "message.h"
#include "planted.h"
#include "receipt.h"

static bool same_key(const struct frame_public_key *a, const struct frame_public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

static struct route *route_find(struct frame_instance *instance, const struct frame_route_id *id)
{
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++) {
        struct route *route = &instance->discovery->routes[i];
        if (route->stage != ROUTE_NONE && memcmp(&route->id, id, sizeof *id) == 0) return route;
    }
    return NULL;
}

static void route_end(struct route *route)
{
    struct buffer text = route->text;
    buffer_free(&text);
    memset(route, 0, sizeof *route);
    buffer_init(&route->text, &text.allocator);
}

static struct frame_note *note_route(struct frame_instance *instance, enum frame_note_type type,
                                     const struct route *route)
{
    struct frame_note *note = instance_note(instance, type, NULL);
    note->route = route->id;
    return note;
}

/* ---- A new one ---- */

/* A free place, or that of a route which only waits for what was promised beside. */
static struct route *route_place(struct frame_instance *instance)
{
    struct route *place = NULL;
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++) {
        struct route *route = &instance->discovery->routes[i];
        if (route->stage == ROUTE_NONE) return route;
        if (route->stage == ROUTE_DONE &&
            (place == NULL || route->deadline_ms < place->deadline_ms))
            place = route;
    }
    if (place != NULL) route_end(place);
    return place;
}

static void id_draw(struct frame_instance *instance, struct frame_route_id *id)
{
    for (size_t i = 0; i < sizeof id->bytes; i++)
        id->bytes[i] = (uint8_t)instance_draw(instance, 256);
}

enum frame_status routes_add(struct frame_instance *instance, struct frame_route_id *id,
                             const struct frame_intent *intent)
{
    size_t dapp;
    uint32_t used;
    if (instance->discovery == NULL) return FRAME_UNAVAILABLE;
    if (instance->safe_mode.active) return FRAME_SAFE_MODE;
    enum frame_status status = route_check(instance, &dapp, &used, intent);
    if (status != FRAME_OK) return status;
    struct route *route = route_place(instance);
    if (route == NULL) return FRAME_BUSY;
    buffer_clear(&route->text);
    buffer_span(&route->text, intent->action);
    buffer_span(&route->text, intent->payload);
    buffer_span(&route->text, intent->raw);
    if (route->text.failed) {
        route_end(route);
        return FRAME_NO_MEMORY;
    }
    route->stage = ROUTE_WAITING;
    route->action_length = intent->action.length;
    route->payload_length = intent->payload.length;
    route->used = used;
    route->dapp = dapp;
    route->deadline_ms = instance->now_ms;
    id_draw(instance, &route->id);
    *id = route->id;
    return FRAME_OK;
}

/* ---- Asking ---- */

static struct asking *asking_of(struct route *route, const struct frame_public_key *key)
{
    for (size_t i = 0; i < route->asking_count; i++)
        if (same_key(&route->askings[i].key, key)) return &route->askings[i];
    return NULL;
}

static uint32_t times_asked(struct route *route, const struct frame_public_key *key)
{
    const struct asking *asking = asking_of(route, key);
    return asking != NULL && !FRAME_PLANTED(same_provider_again) ? asking->times : 0;
}

/* The next provider: of those asked the least often the first by § 17. NULL: none is known. */
static struct peer *provider_next(struct frame_instance *instance, struct route *route)
{
    struct peer *next = NULL;
    uint32_t least = UINT32_MAX;
    for (size_t i = 0; i < instance->peer_count; i++) {
        struct peer *peer = instance->peers[i];
        if (!peer_provides(instance, peer, route->used, route->dapp)) continue;
        const uint32_t times = times_asked(route, &peer->key);
        if (times < least || (times == least && peer_nearer(peer, next))) {
            least = times;
            next = peer;
        }
    }
    return next;
}

static void ask(struct frame_instance *instance, struct route *route, const struct peer *peer)
{
    const uint8_t *text = route->text.bytes;
    struct asking *asking = asking_of(route, &peer->key);
    if (asking == NULL) {
        asking = &route->askings[route->asking_count++];
        *asking = (struct asking){.key = peer->key};
    }
    asking->times++;
    route->stage = ROUTE_ASKED;
    route->provider = peer->key;
    route->promised = false;
    route->rejected = false;
    route->deadline_ms = patience_after(instance, route->attempts);
    route->attempts++;
    const size_t before_raw = route->action_length + route->payload_length;
    buffer_clear(&instance->body);
    message_route(&instance->body, &route->id, (struct frame_span){text, route->action_length},
                  (struct frame_span){text + route->action_length, route->payload_length},
                  (struct frame_span){text + before_raw, route->text.length - before_raw});
    send_body(instance, &peer->key, FRAME_MESSAGE_ROUTE);
    struct frame_note *note = note_route(instance, FRAME_NOTE_ROUTING, route);
    note->peer = peer->key;
    note->count = route->attempts;
}

static void ask_next(struct frame_instance *instance, struct route *route)
{
    struct peer *peer = provider_next(instance, route);
    if (peer != NULL && route->attempts == FRAME_ROUTE_ATTEMPTS_MAX) {
        note_route(instance, FRAME_NOTE_GIVEN_UP, route);
        route_end(route);
    } else if (peer != NULL) {
        ask(instance, route, peer);
    } else { /* nobody: that is no attempt */
        route->stage = ROUTE_WAITING;
        route->deadline_ms = patience_after(instance, 0);
    }
}

/* ---- Answers ---- */

void routes_result(struct frame_instance *instance, struct peer *peer,
                   const struct frame_message *message)
{
    struct route *route = route_find(instance, &message->route);
    if (route == NULL || times_asked(route, &peer->key) == 0) {
        const struct frame_fault fault = {FRAME_UNASKED, -1, -1};
        peer_refuse(instance, peer, &fault, false);
        return;
    }
    struct promise *promise = NULL;
    for (size_t i = 0; i < route->promise_count; i++)
        if (same_key(&route->promises[i].key, &peer->key)) promise = &route->promises[i];
    if (promise == NULL && route->promise_count == PROMISES_MAX) {
        memmove(route->promises, route->promises + 1, (PROMISES_MAX - 1) * sizeof *route->promises);
        promise = &route->promises[PROMISES_MAX - 1];
    }
    if (promise == NULL) promise = &route->promises[route->promise_count++];
    promise->key = peer->key;
    promise->receipt = message->receipt;
    frame_sha256_of(instance->config.crypto, &promise->result_hash, message->result.bytes,
                    message->result.length);
    /* its receipt has one time-out more to come, however often it answers */
    if (route->stage == ROUTE_ASKED && same_key(&route->provider, &peer->key) && !route->promised) {
        route->promised = true;
        route->deadline_ms = patience_after(instance, route->attempts - 1);
    }
    if (FRAME_PLANTED(result_ends_route)) route_end(route);
    struct frame_note *note = instance_note(instance, FRAME_NOTE_PROMISED, peer);
    note->route = message->route;
    note->hash = message->receipt;
    note->result = message->result;
}

bool routes_rejected(struct frame_instance *instance, const struct peer *peer,
                     const struct frame_message *message)
{
    if (instance->discovery == NULL ||
        json_string_is(message->code, frame_status_name(FRAME_UNKNOWN)))
        return false;
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++) {
        struct route *route = &instance->discovery->routes[i];
        if (route->stage != ROUTE_ASKED || route->rejected || route->promised ||
            !same_key(&route->provider, &peer->key))
            continue;
        route->rejected = true;
        return true;
    }
    return false;
}

/* ---- The receipt ---- */

/* The receipt a promise names, once it is held and durable. */
static const struct node *promised_receipt(const struct frame_instance *instance,
                                           const struct promise *promise)
{
    const struct node *node = table_find(&instance->chain->table, &promise->receipt);
    return node != NULL && node->arrival < instance->durable ? node : NULL;
}

static bool promise_kept(const struct route *route, const struct promise *promise,
                         const struct node *node)
{
    struct frame_span digits;
    struct frame_route_id id = {{0}};
    struct frame_hash result_hash;
    if (node->merge || !payload_route(&digits, node_payload(node)) ||
        !frame_hex_decode(id.bytes, sizeof id.bytes, (const char *)digits.bytes, digits.length) ||
        memcmp(&id, &route->id, sizeof id) != 0)
        return false;
    node_result_hash(&result_hash, node);
    return frame_hash_compare(&result_hash, &promise->result_hash) == 0 ||
           FRAME_PLANTED(result_believed);
}

/* Compares what was promised with the receipts that are held by now (§ 18). */
static void promises_compare(struct frame_instance *instance, struct route *route)
{
    static const struct frame_fault mismatch = {FRAME_RESULT_MISMATCH, -1, -1};
    for (size_t i = route->promise_count; i > 0; i--) {
        struct promise *promise = &route->promises[i - 1];
        const struct node *node = promised_receipt(instance, promise);
        struct peer *peer = peer_find(instance, &promise->key);
        if (node == NULL) continue;
        if (peer != NULL && promise_kept(route, promise, node)) {
            peer_succeeded(peer);
        } else if (peer != NULL) {
            peer_failed(peer);
            peer_refuse(instance, peer, &mismatch, true);
        }
        *promise = route->promises[--route->promise_count];
    }
}

/* Is a receipt of it held and durable? */
static const struct node *route_receipt(const struct frame_instance *instance,
                                        const struct route *route)
{
    char digits[ROUTE_ID_DIGITS];
    frame_hex_encode(digits, route->id.bytes, sizeof route->id.bytes);
    const struct node *node =
        chain_routed(instance->chain, (struct frame_span){(uint8_t *)digits, sizeof digits});
    return node != NULL && node->arrival < instance->durable ? node : NULL;
}

static void route_done(struct frame_instance *instance, struct route *route,
                       const struct node *receipt)
{
    note_route(instance, FRAME_NOTE_ROUTED, route)->hash = receipt->hash;
    route->stage = ROUTE_DONE;
    route->deadline_ms = instance_after(instance, instance->config.retry_ms_max);
}

/* The time is up for whoever was asked last, or for what was promised beside. */
static void route_overdue(struct frame_instance *instance, struct route *route)
{
    if (route->stage == ROUTE_DONE) {
        for (size_t i = 0; i < route->promise_count; i++) {
            struct peer *peer = peer_find(instance, &route->promises[i].key);
            if (peer != NULL) peer_failed(peer);
        }
        route_end(route);
        return;
    }
    struct peer *peer = route->stage == ROUTE_ASKED ? peer_find(instance, &route->provider) : NULL;
    if (peer != NULL && !route->rejected) peer_failed(peer);
    ask_next(instance, route);
}

/* A provider that will not does not keep those from being asked that were asked less often. */
static bool others_wait(struct frame_instance *instance, struct route *route)
{
    if (route->stage != ROUTE_ASKED || !route->rejected) return false;
    const struct peer *next = provider_next(instance, route);
    return next != NULL && times_asked(route, &next->key) < times_asked(route, &route->provider);
}

void routes_go_on(struct frame_instance *instance)
{
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++) {
        struct route *route = &instance->discovery->routes[i];
        if (route->stage == ROUTE_NONE) continue;
        promises_compare(instance, route);
        const struct node *receipt =
            route->stage != ROUTE_DONE ? route_receipt(instance, route) : NULL;
        if (receipt != NULL) route_done(instance, route, receipt);
        if (route->stage == ROUTE_DONE && route->promise_count == 0)
            route_end(route);
        else if (route->deadline_ms <= instance->now_ms || others_wait(instance, route))
            route_overdue(instance, route);
    }
}

uint64_t routes_deadline(const struct frame_instance *instance)
{
    uint64_t deadline_ms = UINT64_MAX;
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++) {
        const struct route *route = &instance->discovery->routes[i];
        if (route->stage != ROUTE_NONE && route->deadline_ms < deadline_ms)
            deadline_ms = route->deadline_ms;
    }
    return deadline_ms;
}
