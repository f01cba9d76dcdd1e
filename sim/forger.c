// SPDX-License-Identifier: Apache-2.0
/* Forgeries from being armed to being sent: the workshop, occasions and attempts. */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/flood.h"

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

void shop_open(struct workshop *shop, struct world *world, const struct recipe *recipe,
               int source_peer, int victim_peer, uint64_t nth)
{
    static const char purpose[] = "framesim adversary";
    const struct frame_crypto *crypto = crypto_memo_plain(world->memo);
    const struct peer *source = world_peer(world, source_peer);
    const struct peer *victim = world_peer(world, victim_peer);
    struct frame_hash seed;
    *shop = (struct workshop){.world = world,
                              .recipe = recipe,
                              .source = source_peer,
                              .victim = victim_peer,
                              .allocator = world->allocator,
                              .crypto = crypto,
                              .seal = &source->transport_secret};
    if (recipe->public.needs_key) shop->stolen = &victim->identity_secret;
    frame_sha256_of(crypto, &seed, purpose, sizeof purpose - 1);
    crypto->key_pair(crypto->context, &shop->own_secret, &shop->own_key, seed.bytes);
    frame_sha256_of(crypto, &shop->nobody, "nobody", 6);
    const struct forgery *kind = &recipe->public;
    const bool composed = kind->composition.subject != FORGED_NONE;
    tape_identity_link(&shop->choice, "forge", source->name, victim->name,
                       composed ? forgery_subject_name(kind->composition.subject) : kind->name,
                       nth);
}

static void open_for(struct workshop *shop, struct world *world, const struct forged *forged)
{
    shop_open(shop, world, forged->recipe, forged->public.source, forged->public.victim,
              forged->ordinal + forged->public.tries);
}

void shop_seal(struct workshop *shop, struct buffer *envelope, struct frame_span body,
               const struct frame_secret_key *secret)
{
    size_t length;
    const size_t room = body.length + FRAME_ENVELOPE_OVERHEAD_BYTES;
    uint8_t *bytes = world_take(shop->world, room);
    frame_envelope_seal(bytes, &length, shop->crypto, secret, body.bytes, body.length);
    buffer_append(envelope, bytes, length);
    FRAME_ASSERT(!envelope->failed);
    world_give(shop->world, bytes, room);
}

void add_repeated(struct buffer *text, char character, size_t count)
{
    uint8_t run[4096];
    memset(run, character, sizeof run);
    for (size_t left = count, part; left > 0; left -= part) {
        part = left < sizeof run ? left : sizeof run;
        buffer_append(text, run, part);
    }
}

struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

struct frame_hash shop_nobody(const struct workshop *shop, size_t i)
{
    struct frame_hash hash = shop->nobody;
    hash.bytes[0] = (uint8_t)(i >> 8);
    hash.bytes[1] = (uint8_t)i;
    return hash;
}

bool shop_victim_holds(const struct workshop *shop, const struct frame_hash *hash)
{
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    return chain != NULL && frame_chain_find(chain, NULL, hash);
}

void shop_book(struct workshop *shop, struct frame_span receipt)
{
    struct ledger_entry entry = {.made_us = shop->world->now_us,
                                 .maker = shop->source,
                                 .forged = shop->recipe->public.fate != FORGERY_JOINED};
    if (!receipt_said_hash(&entry.hash, receipt)) return;
    const int64_t known = ledger_find(&shop->world->ledger, &entry.hash);
    shop->claims_honest = known != LEDGER_NONE && !shop->world->ledger.entries[known].forged;
    if (known != LEDGER_NONE) return;
    ledger_digest(entry.digest, receipt);
    (void)ledger_add(&shop->world->ledger, &entry);
}

/* ---- Arming ---- */

/* The table's, or one made for a composed kind: it stays, as the book of forgeries does. */
static const struct recipe *recipe_of(struct world *world, const struct forgery *kind)
{
    if (kind->composition.subject == FORGED_NONE) {
        for (size_t i = 0;; i++)
            if (strcmp(forgery_at(i)->name, kind->name) == 0) return recipe_at(i);
    }
    struct recipe *recipe = world_take(world, sizeof *recipe);
    compose_recipe(recipe, kind);
    return recipe;
}

size_t world_forge(struct world *world, const struct forgery *kind, int source, int victim)
{
    FRAME_ASSERT(!world_peer(world, victim)->options.adversary && source != victim);
    FRAME_ASSERT(world_peer(world, source)->options.adversary == (kind->place == FORGERY_PEER));
    uint64_t ordinal = 0; /* room for the attempts of the ones before */
    for (size_t i = 0; i < world->forgery_count; i++)
        if (strcmp(world->forgeries[i].public.kind->name, kind->name) == 0 &&
            world->forgeries[i].public.victim == victim)
            ordinal += 1000;
    void *forgeries = world->forgeries;
    world_reserve(world, &forgeries, &world->forgery_capacity, world->forgery_count + 1,
                  sizeof *world->forgeries);
    world->forgeries = forgeries;
    const size_t number = world->forgery_count++;
    struct forged *forged = &world->forgeries[number];
    const struct recipe *recipe = recipe_of(world, kind);
    *forged = (struct forged){.public = {.kind = &recipe->public,
                                         .source = source,
                                         .victim = victim,
                                         .seen = FRAME_OK,
                                         .armed_us = world->now_us},
                              .recipe = recipe,
                              .ordinal = ordinal};
    buffer_init(&forged->old, &world->allocator);
    forger_tell(world, forged, "armed");
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

void world_withdraw_forgeries(struct world *world, int from, int to)
{
    bool any = false;
    for (size_t i = 0; i < world->forgery_count; i++) {
        struct forged *forged = &world->forgeries[i];
        if (forged->public.withdrawn || forged->public.kind->place != FORGERY_WIRE ||
            forged->public.source != from || forged->public.victim != to)
            continue;
        if (!any && forged->public.state != WORLD_FORGERY_MET) {
            any = true;
            world_did(world, "withdraw %s -> %s", world_peer_name(world, from),
                      world_peer_name(world, to));
        }
        forged->public.withdrawn = true;
    }
}

static bool ready(const struct world *world, const struct forged *forged)
{
    if (forged->public.withdrawn) return false;
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
    if (type != FRAME_MESSAGE_PAGE || forged->plan == NULL)
        forged->public.tries++; /* an adversary's page belongs to the attempt of its attestation */
    if (type == FRAME_MESSAGE_PAGE) { /* what is said of one holds until the next is sent */
        forged->claims_honest = shop->claims_honest;
        forged->has_gap = shop->has_gap;
        forged->gap = shop->gap;
    }
    forged->sent_us = shop->world->now_us;
    forged->sealed_by = *sealed_by;
    forger_tell(shop->world, forged, "sent");
    world_launch(shop->world, shop->source, shop->victim, type, envelope->bytes, envelope->length,
                 (int64_t)number);
}

/* ---- On the wire ---- */

/* A page with what the recipe makes of these receipts, sealed. */
static bool make_page(struct workshop *shop, struct buffer *envelope,
                      const struct frame_message *asked, const struct page_list *list,
                      int64_t remaining)
{
    struct buffer body;
    bool made = true;
    buffer_init(&body, &shop->allocator);
    page_body(shop, &body, asked, list, shop->recipe->trick == TRICK_CUT ? 0 : remaining);
    if (shop->recipe->public.composition.subject == FORGED_NONE)
        shop_seal(shop, envelope, buffer_view(&body), shop->seal);
    else
        made = (shop->recipe->public.composition.subject == FORGED_ATTEST ||
                compose_body(shop, &body)) &&
               compose_seal(shop, envelope, &body);
    buffer_free(&body);
    return made;
}

static bool forge_page(struct workshop *shop, struct buffer *envelope,
                       const struct frame_message *page)
{
    struct page_list honest;
    struct page_list played;
    struct json_walk walk;
    struct frame_span item;
    page_list_init(&honest, &shop->allocator);
    page_list_init(&played, &shop->allocator);
    json_walk_init(&walk, page->receipts);
    while (json_next_item(&walk, &item))
        page_list_add(&honest, item);
    const bool made = page_play(shop, &played, &honest) &&
                      make_page(shop, envelope, page, &played, page->remaining);
    page_list_release(&honest);
    page_list_release(&played);
    return made;
}

static bool fits(enum forger_target target, enum frame_message_type type)
{
    switch (target) {
    case TARGET_ATTEST: return type == FRAME_MESSAGE_ATTEST;
    case TARGET_REQUEST: return type == FRAME_MESSAGE_REQUEST;
    case TARGET_PAGE: return type == FRAME_MESSAGE_PAGE;
    default: return true;
    }
}

static bool forge_message(struct workshop *shop, struct buffer *envelope,
                          const struct frame_outgoing *outgoing)
{
    const struct frame_span old = outgoing->bytes;
    struct frame_span body;
    struct frame_message message;
    bool unknown;
    if (!fits(shop->recipe->target, outgoing->type)) return false;
    if (!message_body(&body, old.bytes, old.length)) return false;
    shop->base = world_peer_chain(shop->world, shop->source);
    if (shop->recipe->target != TARGET_PAGE)
        return shop->recipe->envelope(shop, envelope, old, body);
    return message_read(&message, &unknown, shop->world->crypto, body) == FRAME_OK &&
           forge_page(shop, envelope, &message);
}

/* A composed reject goes in the place of whatever was sent. */
static enum frame_message_type sent_as(const struct recipe *recipe, enum frame_message_type type)
{
    return recipe->public.composition.subject == FORGED_REJECT ? FRAME_MESSAGE_REJECT : type;
}

bool forger_on_wire(struct world *world, int from, int to, const struct frame_outgoing *outgoing)
{
    bool taken = false;
    for (size_t i = 0; i < world->forgery_count && !taken; i++) {
        struct forged *forged = &world->forgeries[i];
        if (forged->public.kind->place != FORGERY_WIRE || forged->public.source != from ||
            forged->public.victim != to || !ready(world, forged))
            continue;
        struct workshop shop;
        struct buffer envelope;
        open_for(&shop, world, forged);
        buffer_init(&envelope, &world->allocator);
        taken = forge_message(&shop, &envelope, outgoing);
        if (taken) {
            forged->victim_life = world_peer(world, to)->life;
            launch(&shop, i, sent_as(shop.recipe, outgoing->type), &envelope,
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

/* An attestation that its peer has followed up by another since. */
static bool plan_replay(struct workshop *shop, struct forged *forged, struct forged_plan *plan)
{
    struct buffer now;
    buffer_init(&now, &shop->allocator);
    bool made = honest_attest(shop, &now);
    if (made && forged->old.length == 0) buffer_span(&forged->old, buffer_view(&now));
    FRAME_ASSERT(!now.failed && !forged->old.failed);
    made = made && !span_equal(buffer_view(&now), buffer_view(&forged->old));
    if (made) buffer_span(&plan->attest, buffer_view(&forged->old));
    buffer_free(&now);
    return made;
}

static bool make_plan(struct workshop *shop, struct forged *forged, struct forged_plan *plan)
{
    switch (shop->recipe->target) {
    case TARGET_BRANCH: return plan_branch(shop, plan);
    case TARGET_PRESENT: return plan_present(shop, plan);
    case TARGET_REPLAY: return plan_replay(shop, forged, plan);
    default: return plan_relay(shop, plan);
    }
}

static void attempt_plain(struct workshop *shop, size_t number)
{
    struct buffer envelope;
    enum frame_message_type type;
    buffer_init(&envelope, &shop->allocator);
    if (compose_plain(shop, &envelope, &type))
        launch(shop, number, type, &envelope, &shop->world->peers[shop->source]->key);
    buffer_free(&envelope);
}

/* A branch whose sender was turned away at the door is as good as ever: the victim has what it stands on. Not for one of
   policy strict: once its chain has grown the branch would be kept apart. */
static bool may_knock_again(const struct world *world, const struct forged *forged)
{
    const enum frame_status seen = forged->public.seen;
    const int victim = forged->public.victim;
    return forged->plan != NULL && forged->recipe->target == TARGET_BRANCH &&
           forged->public.state == WORLD_FORGERY_ARMED &&
           (seen == FRAME_UNTRUSTED || seen == FRAME_IGNORED) &&
           world_peer_policy(world, victim) == FRAME_POLICY_JOIN &&
           forged->victim_life == world_peer(world, victim)->life;
}

static bool plan_anew(struct workshop *shop, struct forged *forged)
{
    struct world *world = shop->world;
    forger_drop_plan(world, forged);
    forged->victim_life = world_peer(world, forged->public.victim)->life;
    struct forged_plan *plan = world_take(world, sizeof *plan);
    *plan = (struct forged_plan){.relayed = WORLD_NOBODY};
    buffer_init(&plan->attest, &world->allocator);
    page_list_init(&plan->list, &world->allocator);
    forged->plan = plan;
    if (make_plan(shop, forged, plan)) return true;
    forger_drop_plan(world, forged);
    return false;
}

static void attempt(struct world *world, size_t number)
{
    struct forged *forged = &world->forgeries[number];
    struct workshop shop;
    struct buffer envelope;
    open_for(&shop, world, forged);
    if (shop.recipe->target == TARGET_PLAIN) {
        forged->victim_life = world_peer(world, forged->public.victim)->life;
        attempt_plain(&shop, number);
        return;
    }
    if (!may_knock_again(world, forged) && !plan_anew(&shop, forged)) {
        if (compose_may_be_unasked(shop.recipe) &&
            world->now_us - forged->public.armed_us >= PATIENCE_US)
            attempt_plain(&shop, number);
        return;
    }
    buffer_init(&envelope, &world->allocator);
    if (shop.recipe->public.composition.subject == FORGED_ATTEST)
        (void)compose_seal(&shop, &envelope, &forged->plan->attest);
    else
        shop_seal(&shop, &envelope, buffer_view(&forged->plan->attest), shop.seal);
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
    struct buffer envelope;
    struct page_list honest;
    struct page_list played;
    open_for(&shop, world, forged);
    buffer_init(&envelope, &world->allocator);
    page_list_init(&honest, &world->allocator);
    page_list_init(&played, &world->allocator);
    const bool relay = shop.recipe->target == TARGET_RELAY;
    bool made = true;
    if (relay) {
        shop.base = world_peer_chain(world, plan->relayed);
        if (shop.base != NULL) page_owed(&honest, shop.base, request);
        made = page_play(&shop, &played, &honest);
    }
    if (made && make_page(&shop, &envelope, request, relay ? &played : &plan->list, 0))
        launch(&shop, number, FRAME_MESSAGE_PAGE, &envelope, &world->peers[shop.source]->key);
    page_list_release(&played);
    page_list_release(&honest);
    buffer_free(&envelope);
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
    flood_asked(world, flight, &message);
    for (size_t i = 0; i < world->forgery_count; i++) {
        const struct forged *forged = &world->forgeries[i];
        const enum forger_target target = forged->recipe->target;
        if (target == TARGET_REPLAY || target == TARGET_PRESENT) continue; /* nothing to show */
        if (forged->public.source == flight->to && forged->public.victim == flight->from &&
            forged->plan != NULL && wanted(forged->plan, &message)) {
            serve(world, i, &message);
            return;
        }
    }
}
