// SPDX-License-Identifier: Apache-2.0
/* Forgeries from being armed to being met: occasions, attempts, and what the victim said. */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"

enum {
    PATIENCE_US = 5000000, /* until an attempt without an answer is made again */
    PAUSE_US = 500000      /* between two looks of an adversary */
};

const char *world_forgery_state_name(enum world_forgery_state state)
{
    static const char *const names[] = {"armed", "sent", "met", "unmet"};
    return names[state];
}

/* ---- The workshop ---- */

static void shop_open(struct workshop *shop, struct world *world, const struct forged *forged)
{
    static const char purpose[] = "framesim adversary";
    const struct frame_crypto *crypto = frame_crypto_libsodium();
    const struct peer *source = world_peer(world, forged->public.source);
    const struct peer *victim = world_peer(world, forged->public.victim);
    struct frame_hash seed;
    *shop = (struct workshop){.world = world,
                              .recipe = forged->recipe,
                              .source = forged->public.source,
                              .victim = forged->public.victim,
                              .allocator = world->allocator,
                              .seal = &source->transport_secret};
    if (forged->public.kind->needs_key) shop->stolen = &victim->identity_secret;
    frame_sha256_of(crypto, &seed, purpose, sizeof purpose - 1);
    crypto->key_pair(crypto->context, &shop->own_secret, &shop->own_key, seed.bytes);
    tape_identity_link(&shop->choice, "forge", source->name, victim->name,
                       forged->public.kind->name, forged->ordinal + forged->public.tries);
}

void shop_seal(struct workshop *shop, struct buffer *envelope, struct frame_span body,
               const struct frame_secret_key *secret)
{
    size_t length;
    const size_t room = body.length + FRAME_ENVELOPE_OVERHEAD_BYTES;
    uint8_t *bytes = world_take(shop->world, room);
    frame_envelope_seal(bytes, &length, frame_crypto_libsodium(), secret, body.bytes, body.length);
    buffer_append(envelope, bytes, length);
    FRAME_ASSERT(!envelope->failed);
    world_give(shop->world, bytes, room);
}

bool shop_victim_holds(const struct workshop *shop, const struct frame_hash *hash)
{
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    return chain != NULL && frame_chain_find(chain, NULL, hash);
}

void shop_book(struct workshop *shop, struct frame_span receipt)
{
    struct ledger_entry entry = {
        .made_us = shop->world->now_us, .maker = shop->source, .forged = true};
    if (!receipt_said_hash(&entry.hash, receipt)) return;
    if (ledger_find(&shop->world->ledger, &entry.hash) != LEDGER_NONE) return;
    ledger_digest(entry.digest, receipt);
    (void)ledger_add(&shop->world->ledger, &entry);
}

/* ---- Verdicts ---- */

static void tell(struct world *world, const struct forged *forged, const char *what)
{
    world_tell(world, TRACE_FORGERY, forged->public.source, forged->public.victim, "%s: %s",
               forged->public.kind->name, what);
}

static void drop_plan(struct world *world, struct forged *forged)
{
    struct forged_plan *plan = forged->plan;
    if (plan == NULL) return;
    buffer_free(&plan->attest);
    page_list_release(&plan->list);
    world_give(world, plan, sizeof *plan);
    forged->plan = NULL;
}

static void settle(struct world *world, struct forged *forged, enum world_forgery_state state,
                   const char *what)
{
    forged->public.state = state;
    forged->public.done_us = world->now_us;
    drop_plan(world, forged);
    tell(world, forged, what);
}

static void unmet(struct world *world, struct forged *forged, const char *what)
{
    const struct world_forgery *public = &forged->public;
    settle(world, forged, WORLD_FORGERY_UNMET, what);
    check_failed(world, CHECK_FORGERY_REFUSED, public->victim, "%s: expected %s, %s",
                 public->kind->name, frame_status_name(public->kind->expected), what);
}

/* Was the forgery turned away unseen, for a reason that has nothing to do with it? */
static bool unseen(const struct world *world, const struct forged *forged, enum frame_status status)
{
    /* a victim of another version refuses it as foreign before it looks */
    if (world_peer_version(world, forged->public.victim) != WORLD_VERSION_OURS) return true;
    return status == FRAME_UNASKED || status == FRAME_IGNORED || status == FRAME_UNTRUSTED ||
           status == FRAME_UNKNOWN || status == FRAME_NO_MEMORY;
}

static void judge(struct world *world, struct forged *forged, enum frame_status status)
{
    if (forged->public.state == WORLD_FORGERY_MET || forged->public.state == WORLD_FORGERY_UNMET)
        return;
    forged->public.seen = status;
    if (status == forged->public.kind->expected) {
        settle(world, forged, WORLD_FORGERY_MET, frame_status_name(status));
    } else if (unseen(world, forged, status)) {
        forged->public.state = WORLD_FORGERY_ARMED;
        tell(world, forged, frame_status_name(status));
    } else {
        unmet(world, forged, frame_status_name(status));
    }
}

void forger_refused(struct world *world, int victim, const struct step_origin *origin,
                    const struct frame_note *note)
{
    const enum frame_status status = note->fault.status;
    if (origin->forgery != NO_FORGERY) {
        struct forged *forged = &world->forgeries[origin->forgery];
        const bool by_chance = origin->flipped && status == FRAME_ENVELOPE;
        if (!by_chance || forged->public.kind->expected == FRAME_ENVELOPE)
            judge(world, forged, status);
        return;
    }
    for (size_t i = 0; i < world->forgery_count; i++) { /* what was staged before */
        struct forged *forged = &world->forgeries[i];
        if (forged->public.state == WORLD_FORGERY_SENT && forged->public.victim == victim &&
            status == forged->public.kind->expected &&
            memcmp(&forged->sealed_by, &note->peer, sizeof note->peer) == 0) {
            judge(world, forged, status);
            return;
        }
    }
}

static bool joined_of_others(const struct forged *forged, const struct frame_update *update)
{
    for (size_t i = 0; i < update->note_count; i++)
        if (update->notes[i].type == FRAME_NOTE_JOINED &&
            memcmp(&update->notes[i].peer, &forged->sealed_by, sizeof forged->sealed_by) != 0)
            return true;
    return false;
}

void forger_delivered(struct world *world, int victim, const struct step_origin *origin,
                      const struct frame_update *update, bool changed)
{
    struct forged *forged = &world->forgeries[origin->forgery];
    if (changed && !joined_of_others(forged, update))
        check_failed(world, CHECK_FORGERY_REFUSED, victim, "%s has changed what it holds",
                     forged->public.kind->name);
    const enum forger_target target = forged->recipe->target;
    const bool staged = target != TARGET_ANY && target != TARGET_ATTEST;
    if (forged->public.state == WORLD_FORGERY_SENT && !staged)
        forged->public.state = WORLD_FORGERY_ARMED; /* it did not look */
}

/* ---- Arming ---- */

size_t world_forge(struct world *world, const struct forgery *kind, int source, int victim)
{
    FRAME_ASSERT(!world_peer(world, victim)->options.adversary && source != victim);
    FRAME_ASSERT(world_peer(world, source)->options.adversary == (kind->place == FORGERY_PEER));
    uint64_t ordinal = 0; /* room for the attempts of the ones before */
    for (size_t i = 0; i < world->forgery_count; i++)
        if (world->forgeries[i].public.kind == kind && world->forgeries[i].public.victim == victim)
            ordinal += 1000;
    void *forgeries = world->forgeries;
    world_reserve(world, &forgeries, &world->forgery_capacity, world->forgery_count + 1,
                  sizeof *world->forgeries);
    world->forgeries = forgeries;
    const size_t number = world->forgery_count++;
    struct forged *forged = &world->forgeries[number];
    *forged = (struct forged){.public = {.kind = kind,
                                         .source = source,
                                         .victim = victim,
                                         .seen = FRAME_OK,
                                         .armed_us = world->now_us},
                              .ordinal = ordinal};
    for (size_t i = 0; i < forgery_count(); i++)
        if (forgery_at(i) == kind) forged->recipe = recipe_at(i);
    FRAME_ASSERT(forged->recipe != NULL);
    tell(world, forged, "armed");
    if (kind->place == FORGERY_PEER)
        world_schedule(world, EVENT_FORGER, source, world->now_us, number, NULL);
    return number;
}

size_t world_forgery_count(const struct world *world)
{
    return world->forgery_count;
}

void world_forgery(const struct world *world, struct world_forgery *forgery, size_t number)
{
    FRAME_ASSERT(number < world->forgery_count);
    *forgery = world->forgeries[number].public;
}

static bool ready(const struct world *world, const struct forged *forged)
{
    if (world_peer(world, forged->public.victim)->instance == NULL ||
        world_peer_version(world, forged->public.victim) != WORLD_VERSION_OURS ||
        world_peer_version(world, forged->public.source) != WORLD_VERSION_OURS)
        return false;
    return forged->public.state == WORLD_FORGERY_ARMED ||
           (forged->public.state == WORLD_FORGERY_SENT &&
            world->now_us - forged->sent_us >= PATIENCE_US);
}

static void launch(struct workshop *shop, size_t number, enum frame_message_type type,
                   const struct buffer *envelope, const struct frame_public_key *sealed_by)
{
    struct forged *forged = &shop->world->forgeries[number];
    forged->public.state = WORLD_FORGERY_SENT;
    if (type != FRAME_MESSAGE_PAGE || forged->public.kind->place == FORGERY_WIRE)
        forged->public.tries++; /* an adversary's page belongs to the attempt of its attestation */
    forged->sent_us = shop->world->now_us;
    forged->sealed_by = *sealed_by;
    tell(shop->world, forged, "sent");
    world_launch(shop->world, shop->source, shop->victim, type, envelope->bytes, envelope->length,
                 (int64_t)number);
}

/* ---- On the wire ---- */

static bool forge_page(struct workshop *shop, struct buffer *envelope,
                       const struct frame_message *page)
{
    struct page_list honest;
    struct page_list played;
    struct buffer body;
    struct json_walk walk;
    struct frame_span item;
    page_list_init(&honest, &shop->allocator);
    page_list_init(&played, &shop->allocator);
    buffer_init(&body, &shop->allocator);
    json_walk_init(&walk, page->receipts);
    while (json_next_item(&walk, &item))
        page_list_add(&honest, item);
    const bool made = page_play(shop, &played, &honest);
    if (made) {
        page_body(shop, &body, page, &played, page->remaining);
        shop_seal(shop, envelope, buffer_view(&body), shop->seal);
    }
    buffer_free(&body);
    page_list_release(&honest);
    page_list_release(&played);
    return made;
}

static bool forge_message(struct workshop *shop, struct buffer *envelope,
                          const struct frame_outgoing *outgoing)
{
    const struct frame_span old = outgoing->bytes;
    struct frame_span body;
    struct frame_message message;
    bool unknown;
    const enum forger_target target = shop->recipe->target;
    if (target == TARGET_ATTEST && outgoing->type != FRAME_MESSAGE_ATTEST) return false;
    if (target == TARGET_PAGE && outgoing->type != FRAME_MESSAGE_PAGE) return false;
    if (!message_body(&body, old.bytes, old.length)) return false;
    if (target != TARGET_PAGE) return shop->recipe->envelope(shop, envelope, old, body);
    return message_read(&message, &unknown, shop->world->crypto, body) == FRAME_OK &&
           forge_page(shop, envelope, &message);
}

bool forger_on_wire(struct world *world, int from, int to, const struct frame_outgoing *outgoing)
{
    bool taken = false;
    for (size_t i = 0; i < world->forgery_count && !taken; i++) {
        const struct forged *forged = &world->forgeries[i];
        if (forged->public.kind->place != FORGERY_WIRE || forged->public.source != from ||
            forged->public.victim != to || !ready(world, forged))
            continue;
        struct workshop shop;
        struct buffer envelope;
        shop_open(&shop, world, forged);
        buffer_init(&envelope, &world->allocator);
        taken = forge_message(&shop, &envelope, outgoing);
        if (taken) {
            world_link(world, from, to)->wire_forged = true;
            launch(&shop, i, outgoing->type, &envelope,
                   forged->public.kind->expected == FRAME_UNTRUSTED ? &shop.own_key
                                                                    : &world->peers[from]->key);
        }
        buffer_free(&envelope);
    }
    return taken;
}

/* ---- As a peer ---- */

/* One at a time between the same two: a newer attestation would make the victim forget the older one. */
static bool has_to_wait(const struct world *world, size_t number)
{
    const struct world_forgery *mine = &world->forgeries[number].public;
    for (size_t i = 0; i < world->forgery_count; i++) {
        const struct forged *other = &world->forgeries[i];
        if (i != number && other->public.source == mine->source &&
            other->public.victim == mine->victim && other->public.state == WORLD_FORGERY_SENT &&
            !ready(world, other))
            return true;
    }
    return false;
}

static void attempt(struct world *world, size_t number)
{
    struct forged *forged = &world->forgeries[number];
    struct workshop shop;
    struct buffer envelope;
    drop_plan(world, forged);
    shop_open(&shop, world, forged);
    struct forged_plan *plan = world_take(world, sizeof *plan);
    *plan = (struct forged_plan){.relayed = WORLD_NOBODY};
    buffer_init(&plan->attest, &world->allocator);
    page_list_init(&plan->list, &world->allocator);
    forged->plan = plan;
    const bool made =
        shop.recipe->target == TARGET_BRANCH ? plan_branch(&shop, plan) : plan_relay(&shop, plan);
    if (!made) {
        drop_plan(world, forged);
        return;
    }
    buffer_init(&envelope, &world->allocator);
    shop_seal(&shop, &envelope, buffer_view(&plan->attest), shop.seal);
    launch(&shop, number, FRAME_MESSAGE_ATTEST, &envelope, &world->peers[shop.source]->key);
    buffer_free(&envelope);
}

void forger_act(struct world *world, size_t number)
{
    const struct forged *forged = &world->forgeries[number];
    if (forged->public.state == WORLD_FORGERY_MET || forged->public.state == WORLD_FORGERY_UNMET)
        return;
    const int source = forged->public.source;
    if (world->peers[source]->state == WORLD_PEER_UP && ready(world, forged) &&
        !has_to_wait(world, number))
        attempt(world, number);
    world_schedule(world, EVENT_FORGER, source, world->now_us + PAUSE_US, number, NULL);
}

static void serve(struct world *world, size_t number, const struct frame_message *request)
{
    struct forged *forged = &world->forgeries[number];
    struct forged_plan *plan = forged->plan;
    struct workshop shop;
    struct buffer body;
    struct buffer envelope;
    struct page_list honest;
    struct page_list played;
    shop_open(&shop, world, forged);
    buffer_init(&body, &world->allocator);
    buffer_init(&envelope, &world->allocator);
    page_list_init(&honest, &world->allocator);
    page_list_init(&played, &world->allocator);
    bool made = true;
    if (shop.recipe->target == TARGET_RELAY) {
        const struct frame_chain *chain = world_peer_chain(world, plan->relayed);
        if (chain != NULL) page_owed(&honest, chain, request);
        made = page_play(&shop, &played, &honest);
    }
    if (made) {
        const bool relay = shop.recipe->target == TARGET_RELAY;
        page_body(&shop, &body, request, relay ? &played : &plan->list, 0);
        shop_seal(&shop, &envelope, buffer_view(&body), shop.seal);
        launch(&shop, number, FRAME_MESSAGE_PAGE, &envelope, &world->peers[shop.source]->key);
    }
    page_list_release(&played);
    page_list_release(&honest);
    buffer_free(&envelope);
    buffer_free(&body);
}

/* Does the request want just what the plan attests? */
static bool wanted(const struct forged_plan *plan, const struct frame_message *request)
{
    struct frame_span heads;
    return json_member(buffer_view(&plan->attest), &heads, "heads") &&
           span_equal(heads, request->hashes);
}

void forger_receive(struct world *world, const struct flight *flight)
{
    struct frame_span body;
    struct frame_message message;
    bool unknown;
    if (!message_body(&body, flight->bytes, flight->length) ||
        message_read(&message, &unknown, world->crypto, body) != FRAME_OK ||
        message.type != FRAME_MESSAGE_REQUEST)
        return;
    for (size_t i = 0; i < world->forgery_count; i++) {
        const struct forged *forged = &world->forgeries[i];
        if (forged->public.source == flight->to && forged->public.victim == flight->from &&
            forged->plan != NULL && wanted(forged->plan, &message)) {
            serve(world, i, &message);
            return;
        }
    }
}
