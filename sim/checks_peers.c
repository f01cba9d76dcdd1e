// SPDX-License-Identifier: Apache-2.0
/* Checks of discovery and routing (§ 15-18). */
#include "sim/checks.h"

#include <string.h>

#include "core/execute.h"
#include "core/json.h"
#include "core/receipt.h"
#include "core/routing.h"
#include "sim/world_internal.h"

/* ---- The table (§ 15) ---- */

/* Has this key a member's signature: an honest peer's of this identity, or a liar's? A twin has its own key as well, at
   other times. Keys of a crowd are nobody's. */
static bool is_member(const struct world *world, int peer, const struct frame_public_key *key)
{
    for (int i = world_key_holder(world, key, WORLD_NOBODY); i != WORLD_NOBODY;
         i = world_key_holder(world, key, i)) {
        const struct peer *who = world_peer(world, i);
        if (peers_share_identity(world, i, peer) &&
            (!who->options.adversary || who->options.liar != WORLD_LIAR_NONE))
            return true;
    }
    return false;
}

static bool crowded_by_members(const struct world *world)
{
    for (size_t i = 0; i < world->crowd_count; i++)
        if (world->crowds[i].kind == WORLD_CROWD_MEMBERS) return true;
    return false;
}

/* Intervals: who is unheard for so long is forgotten when the next announcement goes out. */
enum { FORGOTTEN = 60 + 2, SUSPECT = 10 };

static uint64_t interval_ms(const struct world *world, int peer)
{
    struct frame_instance_config standard;
    const uint64_t own_ms = world_peer(world, peer)->options.announce_interval_ms;
    frame_instance_config_init(&standard);
    return own_ms != 0 ? own_ms : standard.announce_interval_ms;
}

/* An announcement that is older than the one before changes nothing but of a suspect. */
static void check_issued(struct world *world, const struct check_step *step)
{
    const struct frame_peer_state *before = &step->before->sender;
    struct frame_peer_state now;
    if (step->origin->from == WORLD_NOBODY || !step->before->sender_known || !before->member ||
        !world->driver->peer_state(world_peer(world, step->peer)->instance, &now,
                                   &world_peer(world, step->origin->from)->key))
        return;
    const uint64_t unheard_ms = step->event->now_ms - before->announced_ms;
    if (now.issued_ms < before->issued_ms && unheard_ms < SUSPECT * interval_ms(world, step->peer))
        check_failed(world, CHECK_TABLES, step->peer, "takes an announcement of %lld ms after %lld",
                     (long long)now.issued_ms, (long long)before->issued_ms);
}

static void check_forgotten(struct world *world, const struct check_step *step,
                            const struct frame_peer_state *state)
{
    const uint64_t unheard_ms = step->event->now_ms - state->announced_ms;
    if (!state->configured && step->event->type == FRAME_EVENT_TICK &&
        unheard_ms > FORGOTTEN * interval_ms(world, step->peer))
        check_failed(world, CHECK_TABLES, step->peer, "has an entry unheard for %llu ms",
                     (unsigned long long)unheard_ms);
}

static void check_table(struct world *world, const struct check_step *step)
{
    const int peer = step->peer;
    const struct peer *self = world_peer(world, peer);
    size_t half[2] = {0, 0};
    for (size_t i = 0; i < world->driver->peer_count(self->instance); i++) {
        struct frame_public_key key;
        struct frame_peer_state state;
        world->driver->peer_at(self->instance, &key, i);
        if (!world->driver->peer_state(self->instance, &state, &key)) continue;
        half[state.chosen] += !state.configured;
        check_forgotten(world, step, &state);
        if (state.member && !is_member(world, peer, &key) && !crowded_by_members(world))
            check_failed(world, CHECK_MEMBERS_ONLY, peer, "takes %s for a member",
                         world_peer_name(world, peer_first_with_key(world, &key)));
    }
    const uint32_t half_max = peer_table_half(self);
    if (half[0] > half_max || half[1] > half_max)
        check_failed(world, CHECK_TABLES, peer, "%zu called in, %zu are chosen; each half has %u",
                     half[0], half[1], half_max);
}

/* ---- Promises, and once (§ 18) ---- */

/* A result that was promised, and is not its receipt's, is its sender's fault as soon as the receipt is there (§ 18).
   Of what comes in the same step nothing is asked, nor of one whose entry is gone. */
static void check_promise(struct world *world, const struct check_step *step,
                          const struct frame_note *note)
{
    const struct intent *intent = routes_intent(world, step->peer, &note->route);
    struct frame_peer_state state;
    struct frame_receipt receipt;
    if (intent == NULL || intent->result == NULL ||
        frame_hash_compare(&intent->receipt, &note->hash) != 0 ||
        !world->driver->peer_state(world_peer(world, step->peer)->instance, &state,
                                   &intent->promised_by) ||
        !frame_chain_find(world_peer_chain(world, step->peer), &receipt, &note->hash))
        return;
    for (size_t i = 0; i < step->update->note_count; i++) {
        const struct frame_note *other = &step->update->notes[i];
        if (other->type == FRAME_NOTE_PROMISED ||
            (other->type == FRAME_NOTE_REFUSED && other->fault.status == FRAME_RESULT_MISMATCH))
            return;
    }
    const struct frame_span result = {(const uint8_t *)intent->result, strlen(intent->result)};
    if (!checks_result_is_of(&receipt, result))
        check_failed(world, CHECK_OFFENCES, step->peer, "believes the result of %s: it is not %s's",
                     world_peer_name(world, peer_first_with_key(world, &intent->promised_by)),
                     short_hash(&note->hash).text);
}

/* The ids of routed receipts that take effect: none of them twice. */
static void check_once(struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_chain *chain = world_peer_chain(world, peer);
    struct buffer ids;
    buffer_init(&ids, &world->allocator);
    for (size_t i = 0; i < self->routed_count; i++) {
        struct frame_receipt receipt;
        struct frame_span route;
        frame_chain_arrived(chain, &receipt, self->routed[i]);
        if (!receipt_counts(&receipt) || !payload_route(&route, receipt.payload)) continue;
        for (size_t at = 0; at < ids.length; at += route.length)
            if (memcmp(ids.bytes + at, route.bytes, route.length) == 0)
                check_failed(world, CHECK_ROUTED_ONCE, peer,
                             "route %.8s takes effect again with %s", (const char *)route.bytes,
                             short_hash(&receipt.hash).text);
        buffer_span(&ids, route);
    }
    buffer_free(&ids);
}

bool checks_made_for(const struct world *world, int peer, const struct frame_receipt *receipt)
{
    struct frame_span digits;
    struct frame_route_id id = {{0}};
    char own[32];
    if (!payload_route(&digits, receipt->payload) ||
        !frame_hex_decode(id.bytes, sizeof id.bytes, (const char *)digits.bytes, digits.length))
        return false;
    frame_hex_encode(own, world_peer(world, peer)->key.bytes, sizeof own / 2);
    return memcmp(digits.bytes - sizeof own, own, sizeof own) == 0 && routes_known(world, &id);
}

void checks_discovery(struct world *world, const struct check_step *step)
{
    if (!world_peer(world, step->peer)->options.discovery) return;
    check_table(world, step);
    check_issued(world, step);
    for (size_t i = 0; i < step->update->note_count; i++)
        if (step->update->notes[i].type == FRAME_NOTE_ROUTED)
            check_promise(world, step, &step->update->notes[i]);
    if (check_changed(step->before, world, step->peer)) check_once(world, step->peer);
}

/* ---- Messages ---- */

bool checks_result_is_of(const struct frame_receipt *receipt, struct frame_span result)
{
    struct frame_span token;
    struct frame_hash hash;
    struct frame_hash claimed;
    frame_sha256_of(frame_crypto_libsodium(), &hash, result.bytes, result.length);
    return json_member(receipt->bytes, &token, "resultHash") && hash_token(&claimed, token) &&
           frame_hash_compare(&claimed, &hash) == 0;
}

/* Of the durable receipts of a route, the one that a provider is to answer with: which takes effect, else the first
   (A.60). What the same step joins comes behind its answers. */
static bool is_due(const struct frame_chain *chain, uint64_t durable,
                   const struct frame_route_id *id, const struct frame_receipt *named)
{
    struct frame_receipt receipt;
    bool any = false;
    bool due = false;
    bool counts = false;
    for (size_t i = 0; i < frame_chain_count(chain) && !counts; i++) {
        frame_chain_at(chain, &receipt, i);
        if (receipt.arrival >= durable || !route_is_of(&receipt, id)) continue;
        counts = receipt_counts(&receipt);
        if (counts || !any) due = frame_hash_compare(&receipt.hash, &named->hash) == 0;
        any = true;
    }
    return due;
}

static void check_result(struct world *world, int peer, const struct frame_message *message)
{
    struct frame_receipt receipt;
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const uint64_t durable = world->driver->durable(world_peer(world, peer)->instance);
    const bool good = frame_chain_find(chain, &receipt, &message->receipt) &&
                      receipt.arrival < durable &&
                      is_due(chain, durable, &message->route, &receipt) &&
                      checks_result_is_of(&receipt, message->result);
    if (!good)
        check_failed(world, CHECK_RESULT_IS_RECEIPT, peer, "says of route %s that it is receipt %s",
                     short_route(&message->route).text, short_hash(&message->receipt).text);
}

static void check_names(struct world *world, int peer, const struct frame_message *message)
{
    for (size_t i = 0; i < message->hash_count && !crowded_by_members(world); i++) {
        struct frame_hash name;
        struct frame_public_key key;
        frame_hash_array_at(&name, message->hashes, i);
        memcpy(key.bytes, name.bytes, sizeof key.bytes);
        if (!is_member(world, peer, &key))
            check_failed(world, CHECK_MEMBERS_ONLY, peer, "names %s",
                         world_peer_name(world, peer_first_with_key(world, &key)));
    }
}

/* Of each life: 16 in an interval, and one interval's beginning and end. */
static void check_answers(struct world *world, int peer, const struct frame_outgoing *outgoing)
{
    struct peer *self = world_peer(world, peer);
    const uint64_t lived_ms = (world->now_us - self->answers_since_us) / WORLD_MS;
    const uint64_t most = (lived_ms / interval_ms(world, peer) + 2) * FRAME_ANSWERS_MAX;
    if (is_member(world, peer, &outgoing->to) ||
        world_peer_of_key(world, &outgoing->to) != WORLD_NOBODY)
        return;
    self->answers++;
    if (self->answers > most)
        check_failed(world, CHECK_TABLES, peer, "has answered %llu strangers, at most %llu may be",
                     (unsigned long long)self->answers, (unsigned long long)most);
}

/* It says what is local, and is issued after the one before; the same one may go to several (§ 15, 16). */
static void check_announcement(struct world *world, int peer, const struct frame_message *message)
{
    struct peer *self = world_peer(world, peer);
    const uint32_t all = frame_capability_set(frame_capabilities, FRAME_CAPABILITY_COUNT);
    struct buffer local;
    buffer_init(&local, &world->allocator);
    capabilities_write(&local, all & ~self->options.lacking);
    if (!span_equal(message->capabilities, buffer_view(&local)))
        check_failed(world, CHECK_ANNOUNCED, peer, "announces %.*s, local are %.*s",
                     (int)message->capabilities.length, (const char *)message->capabilities.bytes,
                     (int)local.length, (const char *)local.bytes);
    buffer_free(&local);
    if (self->issued_in != 0 &&
        (message->issued_ms < self->issued_ms ||
         (message->issued_ms == self->issued_ms && self->issued_in != world->steps)))
        check_failed(world, CHECK_ANNOUNCED, peer, "issues an announcement at %lld after %lld",
                     (long long)message->issued_ms, (long long)self->issued_ms);
    self->issued_ms = message->issued_ms;
    self->issued_in = world->steps;
}

void checks_said(struct world *world, int peer, const struct frame_outgoing *outgoing,
                 const struct frame_message *message)
{
    if (!world_peer(world, peer)->options.discovery) return;
    if (!crowded_by_members(world)) check_answers(world, peer, outgoing);
    if (message->type == FRAME_MESSAGE_ANNOUNCE) {
        check_names(world, peer, message);
        check_announcement(world, peer, message);
    }
    if (message->type == FRAME_MESSAGE_RESULT) check_result(world, peer, message);
    if (message->type != FRAME_MESSAGE_ANNOUNCE && message->type != FRAME_MESSAGE_REJECT &&
        !is_member(world, peer, &outgoing->to) && !crowded_by_members(world))
        check_failed(world, CHECK_MEMBERS_ONLY, peer, "sends a %s to %s",
                     frame_message_type_name(message->type),
                     world_peer_name(world, peer_first_with_key(world, &outgoing->to)));
}
