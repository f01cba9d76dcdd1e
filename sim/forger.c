// SPDX-License-Identifier: Apache-2.0
/* Forgeries from being armed to being met: occasions, attempts, and what the victim said. */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"
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
                 public->kind->name, forgery_expected(public->kind), what);
}

/* Does it meet another victim than it was made for? */
static bool misses(const struct world *world, const struct forged *forged)
{
    /* a victim of another version refuses it as foreign before it looks */
    if (world_peer_version(world, forged->public.victim) != WORLD_VERSION_OURS) return true;
    /* it was planned for what the victim held in another life: that may be lost */
    return world_peer(world, forged->public.victim)->life != forged->victim_life;
}

/* Was the forgery turned away unseen, for a reason that has nothing to do with it? */
static bool unseen(const struct world *world, const struct forged *forged, enum frame_status status)
{
    if (misses(world, forged)) return true;
    /* pages of one sender are looked at together */
    if (flood_between(world, forged->public.source, forged->public.victim)) return true;
    return status == FRAME_UNASKED || status == FRAME_IGNORED || status == FRAME_UNTRUSTED ||
           status == FRAME_UNKNOWN || status == FRAME_NO_MEMORY;
}

bool forger_between(const struct world *world, int source, int victim)
{
    for (size_t i = 0; i < world->forgery_count; i++) {
        const struct world_forgery *public = &world->forgeries[i].public;
        if (public->source == source && public->victim == victim &&
            public->state == WORLD_FORGERY_SENT)
            return true;
    }
    return false;
}

static bool settled(const struct forged *forged)
{
    return forged->public.state == WORLD_FORGERY_MET || forged->public.state == WORLD_FORGERY_UNMET;
}

static void judge(struct world *world, struct forged *forged, enum frame_status status)
{
    const struct forgery *kind = forged->public.kind;
    if (settled(forged)) return;
    forged->public.seen = status;
    if (status == kind->expected) {
        settle(world, forged, WORLD_FORGERY_MET, frame_status_name(status));
    } else if (unseen(world, forged, status)) {
        forged->public.state = WORLD_FORGERY_ARMED;
        tell(world, forged, frame_status_name(status));
    } else {
        unmet(world, forged, frame_status_name(status));
    }
}

/* Another one under way that must meet just this: pages that were staged before are looked at together. */
static struct forged *staged_for(struct world *world, int victim, const struct frame_note *note)
{
    for (size_t i = 0; i < world->forgery_count; i++) {
        struct forged *forged = &world->forgeries[i];
        if (forged->public.state == WORLD_FORGERY_SENT && forged->public.victim == victim &&
            note->fault.status == forged->public.kind->expected &&
            memcmp(&forged->sealed_by, &note->peer, sizeof note->peer) == 0)
            return forged;
    }
    return NULL;
}

/* Is the refusal of something else than the forgery that the message carries? */
static bool of_another(const struct forged *forged, const struct step_origin *origin,
                       const struct frame_note *note)
{
    const enum frame_status status = note->fault.status;
    if (status == FRAME_ENVELOPE) /* of nobody; damage on the way is no answer to a forgery */
        return origin->flipped && forged->public.kind->expected != FRAME_ENVELOPE;
    return memcmp(&forged->sealed_by, &note->peer, sizeof note->peer) != 0;
}

void forger_refused(struct world *world, int victim, const struct step_origin *origin,
                    const struct frame_note *note)
{
    struct forged *staged = staged_for(world, victim, note);
    if (origin->forgery == NO_FORGERY || flood_owns(origin->forgery)) {
        if (staged != NULL) judge(world, staged, note->fault.status);
        return;
    }
    struct forged *forged = &world->forgeries[origin->forgery];
    if (of_another(forged, origin, note)) return;
    if (note->fault.status != forged->public.kind->expected && staged != NULL) {
        judge(world, staged, note->fault.status);
        if (!settled(forged)) forged->public.state = WORLD_FORGERY_ARMED;
        return;
    }
    judge(world, forged, note->fault.status);
}

/* What the forgery claims to be is in the victim's set. */
static bool holds_made(const struct world *world, const struct forged *forged)
{
    const struct frame_chain *chain = world_peer_chain(world, forged->public.victim);
    return chain != NULL && forged->plan != NULL &&
           frame_chain_find(chain, NULL, &forged->plan->made);
}

void forger_joined(struct world *world, int victim)
{
    for (size_t i = 0; i < world->forgery_count; i++) {
        struct forged *forged = &world->forgeries[i];
        if (forged->public.kind->fate == FORGERY_JOINED && forged->public.victim == victim &&
            !settled(forged) && holds_made(world, forged))
            settle(world, forged, WORLD_FORGERY_MET, "joined");
    }
}

static bool noted(const struct forged *forged, const struct frame_update *update,
                  enum frame_note_type type)
{
    for (size_t i = 0; i < update->note_count; i++)
        if (update->notes[i].type == type &&
            memcmp(&update->notes[i].peer, &forged->sealed_by, sizeof forged->sealed_by) == 0)
            return true;
    return false;
}

/* Has the step a reason of its own for changing what is held: a join of what others sent, or its own merge? */
static bool changed_by_others(const struct forged *forged, const struct frame_update *update)
{
    bool merged = false;
    for (size_t i = 0; i < update->note_count; i++) {
        const struct frame_note *note = &update->notes[i];
        if (note->type == FRAME_NOTE_JOINED &&
            memcmp(&note->peer, &forged->sealed_by, sizeof forged->sealed_by) != 0)
            return true;
        merged = merged || note->type == FRAME_NOTE_MERGED;
    }
    return merged && !noted(forged, update, FRAME_NOTE_JOINED);
}

/* Did the victim hold already what the page lacks? It came from another, after the page was made. */
static bool gap_filled(const struct world *world, const struct forged *forged,
                       const struct check_before *before)
{
    struct frame_receipt receipt;
    return forged->has_gap &&
           frame_chain_find(world_peer_chain(world, forged->public.victim), &receipt,
                            &forged->gap) &&
           receipt.arrival < before->arrivals;
}

/* What is not durable yet is unknown to others (§ 12); a rejected request is sent again then. */
static bool nothing_pending(const struct world *world, int peer)
{
    return world->driver->durable(world_peer(world, peer)->instance) ==
           frame_chain_count(world_peer_chain(world, peer));
}

/* The answer to a request goes back to who sealed it; there is one. */
static void judge_answer(struct world *world, struct forged *forged,
                         const struct frame_update *update)
{
    for (size_t i = 0; i < update->message_count; i++) {
        const struct frame_outgoing *answer = &update->messages[i];
        const bool page = answer->type == FRAME_MESSAGE_PAGE;
        if (memcmp(&answer->to, &forged->sealed_by, sizeof answer->to) != 0 ||
            (!page && answer->type != FRAME_MESSAGE_REJECT))
            continue;
        const enum frame_status status = page ? FRAME_OK : FRAME_UNKNOWN;
        forged->public.seen = status;
        if (status == forged->public.kind->expected)
            settle(world, forged, WORLD_FORGERY_MET, page ? "answered" : "rejected");
        else if (!misses(world, forged) && (page || nothing_pending(world, forged->public.victim)))
            unmet(world, forged, page ? "answered" : "rejected");
        return;
    }
}

/* Is it the message itself that must be refused, and at once: no page that is looked at later, nor what announces one? */
static bool due(const struct world *world, const struct forged *forged,
                const struct check_step *step)
{
    switch (forged->public.kind->expected) {
    case FRAME_ATTESTATION_FORMAT:
    case FRAME_ATTESTATION_VERSION:
    case FRAME_ATTESTATION_IDENTITY:
    case FRAME_ATTESTATION_SIGNATURE:
        return step->message->readable && step->message->read.type == FRAME_MESSAGE_ATTEST;
    case FRAME_UNTRUSTED: return world_peer(world, step->peer)->options.strict_trust;
    default: break;
    }
    const enum forger_target target = forged->recipe->target;
    return target == TARGET_ANY || target == TARGET_ATTEST || target == TARGET_REQUEST ||
           target == TARGET_PLAIN;
}

/* A victim that looks at it refuses it, and says so. */
static void judge_silence(struct world *world, struct forged *forged, const struct check_step *step)
{
    if (forged->public.kind->fate == FORGERY_REFUSED && due(world, forged, step) &&
        !step->origin->flipped && step->status == FRAME_OK && !check_starved(world, step) &&
        !noted(forged, step->update, FRAME_NOTE_REFUSED) && !unseen(world, forged, FRAME_OK))
        unmet(world, forged, "taken without a word");
}

void forger_delivered(struct world *world, const struct check_step *step, bool changed)
{
    const struct step_origin *origin = step->origin;
    const struct frame_update *update = step->update;
    const int victim = step->peer;
    if (flood_owns(origin->forgery)) return;
    struct forged *forged = &world->forgeries[origin->forgery];
    const enum forgery_fate fate = forged->public.kind->fate;
    const enum forger_target target = forged->recipe->target;
    const bool staged = target == TARGET_PAGE || target == TARGET_RELAY || target == TARGET_BRANCH;
    /* a receipt with an honest one's hash is passed over where that is held, and the rest of its page is as
       good as ever (§ 10, step 3): what is held then is honest, byte for byte, or another check fails */
    if (changed && fate != FORGERY_JOINED && !changed_by_others(forged, update) &&
        !forged->claims_honest && !gap_filled(world, forged, step->before))
        check_failed(world, CHECK_FORGERY_REFUSED, victim, "%s has changed what it holds",
                     forged->public.kind->name);
    if (settled(forged)) return;
    if (fate == FORGERY_ANSWERED) judge_answer(world, forged, update);
    if (fate == FORGERY_HEARD && noted(forged, update, FRAME_NOTE_COMPARED))
        settle(world, forged, WORLD_FORGERY_MET, "heard");
    if (fate == FORGERY_ALARMED && noted(forged, update, FRAME_NOTE_ALARM))
        settle(world, forged, WORLD_FORGERY_MET, "alarm");
    if (forged->public.state == WORLD_FORGERY_SENT) judge_silence(world, forged, step);
    if (forged->public.state == WORLD_FORGERY_SENT && !staged)
        forged->public.state = WORLD_FORGERY_ARMED; /* it did not look */
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
    forged->claims_honest = shop->claims_honest;
    forged->has_gap = shop->has_gap;
    forged->gap = shop->gap;
    forged->sent_us = shop->world->now_us;
    forged->sealed_by = *sealed_by;
    tell(shop->world, forged, "sent");
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

static void attempt(struct world *world, size_t number)
{
    struct forged *forged = &world->forgeries[number];
    struct workshop shop;
    struct buffer envelope;
    drop_plan(world, forged);
    forged->victim_life = world_peer(world, forged->public.victim)->life;
    open_for(&shop, world, forged);
    if (shop.recipe->target == TARGET_PLAIN) {
        attempt_plain(&shop, number);
        return;
    }
    struct forged_plan *plan = world_take(world, sizeof *plan);
    *plan = (struct forged_plan){.relayed = WORLD_NOBODY};
    buffer_init(&plan->attest, &world->allocator);
    page_list_init(&plan->list, &world->allocator);
    forged->plan = plan;
    if (!make_plan(&shop, forged, plan)) {
        drop_plan(world, forged);
        return;
    }
    buffer_init(&envelope, &world->allocator);
    if (shop.recipe->public.composition.subject == FORGED_ATTEST)
        (void)compose_seal(&shop, &envelope, &plan->attest);
    else
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
    const enum forger_target target = forged->recipe->target;
    if (target == TARGET_REPLAY || target == TARGET_PRESENT) return; /* it has nothing to show */
    struct workshop shop;
    struct buffer envelope;
    struct page_list honest;
    struct page_list played;
    open_for(&shop, world, forged);
    buffer_init(&envelope, &world->allocator);
    page_list_init(&honest, &world->allocator);
    page_list_init(&played, &world->allocator);
    const bool relay = target == TARGET_RELAY;
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
        if (forged->public.source == flight->to && forged->public.victim == flight->from &&
            forged->plan != NULL && wanted(forged->plan, &message)) {
            serve(world, i, &message);
            return;
        }
    }
}
