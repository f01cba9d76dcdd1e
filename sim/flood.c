// SPDX-License-Identifier: Apache-2.0
/* Floods from the first message to the last, and what each may cost its victim. */
#include "sim/flood_internal.h"

#include <inttypes.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"
#include "sim/forger.h"

static const int64_t flood_first = INT64_C(1)
                                   << 40; /* numbers of flights: forgeries have those below */

bool flood_owns(int64_t forgery)
{
    return forgery >= flood_first;
}

static struct flood *flood_of(const struct world *world, int64_t forgery)
{
    return &world->floods[forgery - flood_first];
}

/* ---- Figures of the victim ---- */

static size_t wire_held(const struct world *world, int peer)
{
    size_t wire = 0;
    size_t other;
    const struct frame_chain *chain = world_peer_chain(world, peer);
    if (chain != NULL) frame_chain_memory(chain, &wire, &other);
    return wire;
}

/* Receipts staged of one sender, or (NULL) of all peers that there are. */
static size_t staged_of(const struct world *world, int peer, const struct frame_public_key *key)
{
    const struct peer *self = world_peer(world, peer);
    struct frame_peer_state state;
    size_t staged = 0;
    for (int i = 0; i < world->peer_count; i++) {
        const struct frame_public_key *of = key != NULL ? key : &world->peers[i]->key;
        if (world->driver->peer_state(self->instance, &state, of)) staged += state.staged_receipts;
        if (key != NULL) break;
    }
    return staged;
}

static uint64_t checks_asked(const struct world *world)
{
    uint64_t asked;
    uint64_t remembered;
    crypto_memo_figures(world->memo, &asked, &remembered);
    return asked;
}

static size_t or_default(size_t value, size_t standard)
{
    return value > 0 ? value : standard;
}

/* ---- Limits (flood.h) ---- */

/* One answer of a kind; gossip that was due goes out in the same step, perhaps to the sender. */
static void check_sent(struct world *world, int peer, const struct flood *flood, bool due,
                       const struct frame_update *update)
{
    size_t answers = 0;
    size_t requests = 0;
    size_t attests = 0;
    for (size_t i = 0; i < update->message_count; i++) {
        const struct frame_outgoing *message = &update->messages[i];
        if (message->bytes.length > FRAME_MESSAGE_BYTES_MAX)
            check_failed(world, CHECK_BOUNDED, peer, "%s: sends a message of %zu bytes",
                         flood->kind->recipe.public.name, message->bytes.length);
        if (memcmp(&message->to, &flood->sealed_by, sizeof message->to) != 0) continue;
        answers += message->type == FRAME_MESSAGE_PAGE || message->type == FRAME_MESSAGE_REJECT;
        requests += message->type == FRAME_MESSAGE_REQUEST;
        attests += message->type == FRAME_MESSAGE_ATTEST;
    }
    if (answers > 1 || requests > 1 || attests > 1U + due)
        check_failed(
            world, CHECK_BOUNDED, peer,
            "%s: one message is answered with %zu pages or rejects, %zu requests, %zu attests",
            flood->kind->recipe.public.name, answers, requests, attests);
}

static void check_work(struct world *world, int peer, const struct flood *flood,
                       const struct flood_before *before)
{
    enum { ENVELOPE_AND_ATTESTATION = 2 };
    const size_t in_message = flood->kind->serve != NULL || flood->kind->type == FRAME_MESSAGE_PAGE
                                  ? FRAME_PAGE_RECEIPTS_MAX
                                  : 0;
    const uint64_t most = ENVELOPE_AND_ATTESTATION + before->staged + in_message;
    const uint64_t checks = checks_asked(world) - before->checks;
    if (checks > most)
        check_failed(world, CHECK_BOUNDED, peer,
                     "%s: %llu signatures were checked for one message, at most %llu may",
                     flood->kind->recipe.public.name, (unsigned long long)checks,
                     (unsigned long long)most);
}

static void check_memory(struct world *world, int peer, const struct flood *flood,
                         const struct frame_event *event)
{
    enum { PER_PEER = 4096, FOR_PAGES = 4, FOR_MESSAGE = 8, FOR_RECEIPTS = 24 };
    const struct peer *self = world_peer(world, peer);
    const struct world_peer_options *options = &self->options;
    struct frame_instance_config standard;
    frame_instance_config_init(&standard);
    const size_t held = wire_held(world, peer);
    const size_t more = held > flood->wire ? held - flood->wire : 0;
    const size_t peers = or_default(options->peers_max, standard.peers_max);
    const size_t staging = or_default(options->staging_bytes_max, standard.staging_bytes_max);
    const size_t most = flood->live + staging + (size_t)FOR_PAGES * FRAME_PAGE_BYTES_MAX +
                        FOR_MESSAGE * event->message.length + PER_PEER * peers +
                        FOR_RECEIPTS * more;
    if (self->memory.most > most)
        check_failed(world, CHECK_BOUNDED, peer,
                     "%s: %zu bytes of memory, at most %zu may be taken",
                     flood->kind->recipe.public.name, self->memory.most, most);
    const size_t receipts =
        or_default(options->staging_receipts_max, standard.staging_receipts_max);
    const size_t staged = staged_of(world, peer, &flood->sealed_by);
    if (staged >= receipts + FRAME_PAGE_RECEIPTS_MAX)
        check_failed(world, CHECK_BOUNDED, peer, "%s: %zu receipts are staged",
                     flood->kind->recipe.public.name, staged);
}

/* What a step may look at of a log that was found corrupt (§ 13): each frame set aside, again as long as one was
   joined. */
static size_t aside_of(const struct world *world, int peer)
{
    const size_t aside = world_peer(world, peer)->recovery.set_aside;
    return world_peer_in_safe_mode(world, peer) ? aside * (aside + 1) : 0;
}

void flood_before(struct flood_before *before, struct world *world, int peer,
                  const struct step_origin *origin)
{
    struct peer *self = world_peer(world, peer);
    *before = (struct flood_before){.counts = flood_owns(origin->forgery)};
    if (!before->counts) return;
    before->checks = checks_asked(world);
    before->staged = staged_of(world, peer, NULL) + aside_of(world, peer);
    before->refused = self->memory.refused;
    before->deadline_ms = world->driver->deadline_ms(self->instance);
    self->memory.most = self->memory.live;
}

/* ---- What the victim makes of it ---- */

/* With a reject; or, where that can be, with a page: what was held may be lost by now, or not durable yet. */
static bool answered(const struct flood *flood, const struct frame_update *update, bool page)
{
    for (size_t i = 0; i < update->message_count; i++)
        if ((update->messages[i].type == FRAME_MESSAGE_REJECT ||
             (page && update->messages[i].type == FRAME_MESSAGE_PAGE)) &&
            memcmp(&update->messages[i].to, &flood->sealed_by, sizeof flood->sealed_by) == 0)
            return true;
    return false;
}

/* The refusal of this message, or of what was staged of the same sender; OK: none. */
static enum frame_status refusal(const struct flood *flood, const struct frame_update *update)
{
    for (size_t i = 0; i < update->note_count; i++) {
        const struct frame_note *note = &update->notes[i];
        if (note->type == FRAME_NOTE_REFUSED &&
            (note->fault.status == FRAME_ENVELOPE ||
             memcmp(&note->peer, &flood->sealed_by, sizeof note->peer) == 0))
            return note->fault.status;
    }
    return FRAME_OK;
}

/* NULL: as it must be. */
static const char *surprise(const struct world *world, const struct flood *flood,
                            const struct frame_update *update, enum frame_status seen)
{
    const struct forgery *kind = &flood->kind->recipe.public;
    /* made for what the victim held in another life: that may be lost */
    if (world_peer(world, flood->victim)->life != flood->victim_life) return NULL;
    /* pages of one sender are looked at together */
    if (forger_between(world, flood->source, flood->victim)) return NULL;
    /* a page that comes late was asked for once; a full table hears no newcomer, strict trust nobody */
    if (seen == FRAME_IGNORED || seen == FRAME_NO_MEMORY || seen == FRAME_UNASKED ||
        seen == FRAME_UNTRUSTED)
        return NULL;
    if (kind->fate == FORGERY_ANSWERED)
        return answered(flood, update, kind->expected == FRAME_OK) ? NULL : "it is not answered";
    if (seen == kind->expected) return NULL;
    if (seen == FRAME_OK && flood->kind->serve != NULL)
        return NULL; /* it is the whole that is refused */
    return frame_status_name(seen);
}

void flood_step(struct world *world, int peer, const struct flood_before *before,
                const struct frame_event *event, const struct step_origin *origin,
                const struct frame_update *update)
{
    if (!before->counts || origin->flipped || world_peer_version(world, peer) != WORLD_VERSION_OURS)
        return;
    if (world_peer(world, peer)->memory.refused != before->refused)
        return; /* as good as lost (§ 12) */
    struct flood *flood = flood_of(world, origin->forgery);
    const enum frame_status seen = refusal(flood, update);
    const char *what = surprise(world, flood, update, seen);
    if (what != NULL)
        check_failed(world, CHECK_FORGERY_REFUSED, peer, "%s: expected %s, %s",
                     flood->kind->recipe.public.name, forgery_expected(&flood->kind->recipe.public),
                     what);
    else if (seen == FRAME_IGNORED)
        flood->ignored++;
    else
        flood->met++;
    check_sent(world, peer, flood, before->deadline_ms <= event->now_ms, update);
    check_work(world, peer, flood, before);
    check_memory(world, peer, flood, event);
}

/* ---- Messages ---- */

static void open_flood(struct workshop *shop, struct world *world, const struct flood *flood)
{
    shop_open(shop, world, &flood->kind->recipe, flood->source, flood->victim, flood->sent);
}

static void send(struct workshop *shop, size_t number, enum frame_message_type type,
                 const struct buffer *envelope)
{
    world_launch(shop->world, shop->source, shop->victim, type, envelope->bytes, envelope->length,
                 flood_first + (int64_t)number);
}

/* At the start of a flood, and of each life of its victim during the flood. */
static void measure_victim(const struct world *world, struct flood *flood)
{
    const struct peer *victim = world_peer(world, flood->victim);
    if (flood->victim_life == victim->life) return;
    flood->victim_life = victim->life;
    flood->live = victim->memory.live;
    flood->wire = wire_held(world, flood->victim);
}

void flood_act(struct world *world, size_t number)
{
    struct flood *flood = &world->floods[number];
    struct workshop shop;
    struct buffer envelope;
    if (flood->sent == flood->count) return;
    if (world->peers[flood->source]->state == WORLD_PEER_UP &&
        world_peer(world, flood->victim)->instance != NULL &&
        world_peer_version(world, flood->victim) == WORLD_VERSION_OURS) {
        measure_victim(world, flood);
        open_flood(&shop, world, flood);
        buffer_init(&envelope, &world->allocator);
        page_list_release(&flood->list);
        buffer_clear(&flood->want);
        flood->sealed_by = world->peers[flood->source]->key;
        if (flood->kind->message(&shop, flood, &envelope)) {
            FRAME_ASSERT(!envelope.failed);
            flood->sent++;
            send(&shop, number, flood->kind->type, &envelope);
        }
        buffer_free(&envelope);
    }
    world_schedule(world, EVENT_FLOOD, flood->source, world->now_us + flood->interval_us, number,
                   NULL);
}

bool flood_between(const struct world *world, int source, int victim)
{
    for (size_t i = 0; i < world->flood_count; i++)
        if (world->floods[i].source == source && world->floods[i].victim == victim) return true;
    return false;
}

void flood_asked(struct world *world, const struct flight *flight,
                 const struct frame_message *request)
{
    for (size_t i = 0; i < world->flood_count; i++) {
        struct flood *flood = &world->floods[i];
        struct workshop shop;
        struct buffer body;
        struct buffer envelope;
        if (flood->kind->serve == NULL || flood->source != flight->to ||
            flood->victim != flight->from ||
            (flood->want.length > 0 && !span_equal(buffer_view(&flood->want), request->hashes)))
            continue;
        open_flood(&shop, world, flood);
        buffer_init(&body, &world->allocator);
        buffer_init(&envelope, &world->allocator);
        if (flood->kind->serve(&shop, flood, request, &body)) {
            shop_seal(&shop, &envelope, buffer_view(&body), shop.seal);
            send(&shop, i, FRAME_MESSAGE_PAGE, &envelope);
        }
        buffer_free(&envelope);
        buffer_free(&body);
        return;
    }
}

/* ---- Floods ---- */

size_t world_flood(struct world *world, const struct forgery *kind, int source, int victim,
                   uint64_t count, uint64_t interval_us)
{
    FRAME_ASSERT(world_peer(world, source)->options.adversary && count > 0 && interval_us > 0);
    FRAME_ASSERT(!world_peer(world, victim)->options.adversary);
    void *floods = world->floods;
    world_did(world, "flood %s on %s as %s times %" PRIu64 " every %" PRIu64 "us expect %s",
              kind->name, world_peer_name(world, victim), world_peer_name(world, source), count,
              interval_us, forgery_expected(kind));
    world_reserve(world, &floods, &world->flood_capacity, world->flood_count + 1,
                  sizeof *world->floods);
    world->floods = floods;
    const size_t number = world->flood_count++;
    struct flood *flood = &world->floods[number];
    *flood = (struct flood){.kind = flood_kind_of(kind),
                            .source = source,
                            .victim = victim,
                            .count = count,
                            .interval_us = interval_us,
                            .victim_life = WORLD_NEVER};
    page_list_init(&flood->list, &world->allocator);
    buffer_init(&flood->want, &world->allocator);
    world_tell(world, TRACE_FORGERY, source, victim, "flood of %s", kind->name);
    world_schedule(world, EVENT_FLOOD, source, world->now_us, number, NULL);
    return number;
}

size_t world_flood_count(const struct world *world)
{
    return world->flood_count;
}

void world_flood_state(const struct world *world, struct world_flood *state, size_t number)
{
    FRAME_ASSERT(number < world->flood_count);
    const struct flood *flood = &world->floods[number];
    *state = (struct world_flood){.kind = &flood->kind->recipe.public,
                                  .source = flood->source,
                                  .victim = flood->victim,
                                  .count = flood->count,
                                  .sent = flood->sent,
                                  .met = flood->met,
                                  .ignored = flood->ignored};
    state->over = flood->sent == flood->count && (!flood->kind->costs || flood->ignored > 0);
}
