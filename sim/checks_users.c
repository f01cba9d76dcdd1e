// SPDX-License-Identifier: Apache-2.0
/*
 * The checks of what becomes of users' wishes (§ 3, 9, 17, 18): the receipt says what was asked, and by whose device; who
 * asked is told how far the clock is behind; and of others who can the right one is asked.
 */
#include "sim/checks.h"

#include <string.h>

#include "core/execute.h"
#include "core/json.h"
#include "core/receipt.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

enum { OWN_DIGITS = 32 }; /* of the executing instance, in an origin [E4] */

/* Is the token this decoded text? */
static bool says(struct frame_span token, struct frame_span text)
{
    uint8_t decoded[FRAME_RAW_BYTES_MAX];
    const size_t length = json_string_length(token);
    return length == text.length && length <= sizeof decoded &&
           json_string_decode(decoded, token) == length &&
           (length == 0 || memcmp(decoded, text.bytes, length) == 0);
}

static bool is_asked(const struct payload_fields *said, const struct frame_intent *asked)
{
    return says(said->action, asked->action) && span_equal(said->payload, asked->payload) &&
           says(said->raw, asked->raw);
}

static void check_clock_told(struct world *world, const struct check_step *step,
                             const struct frame_receipt *receipt)
{
    const int64_t clock_s = step->event->clock_s > 0 ? step->event->clock_s : 0;
    uint64_t told = 0;
    for (size_t i = 0; i < step->update->note_count; i++)
        if (step->update->notes[i].type == FRAME_NOTE_CLOCK_BEHIND)
            told += step->update->notes[i].count;
    const uint64_t behind =
        receipt->timestamp_s > clock_s ? (uint64_t)(receipt->timestamp_s - clock_s) : 0;
    if (told != behind)
        check_failed(world, CHECK_AS_ASKED, step->peer,
                     "tells its user that the clock is %llu s behind, it is %llu",
                     (unsigned long long)told, (unsigned long long)behind);
}

/* The last receipt that came to be in the step is the one of the intent. */
static void check_intent(struct world *world, const struct check_step *step)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const struct frame_intent *intent = step->event->intent;
    struct frame_receipt receipt;
    struct payload_fields said;
    char own[OWN_DIGITS];
    frame_hex_encode(own, world_peer(world, step->peer)->key.bytes, sizeof own / 2);
    if (frame_chain_count(chain) <= step->before->arrivals) {
        check_failed(world, CHECK_AS_ASKED, step->peer, "takes an intent, and makes no receipt");
        return;
    }
    frame_chain_arrived(chain, &receipt, frame_chain_count(chain) - 1);
    if (!payload_read(&said, receipt.payload) || !is_asked(&said, intent) ||
        !span_equal(said.network, intent->network_responses) ||
        !says(said.origin, (struct frame_span){(const uint8_t *)own, sizeof own}))
        check_failed(world, CHECK_AS_ASKED, step->peer, "%s is not the receipt of what was asked",
                     short_hash(&receipt.hash).text);
    check_clock_told(world, step, &receipt);
}

/* Executed by whomever, and with what was fetched there. */
static void check_routed(struct world *world, int peer, const struct frame_note *note)
{
    const struct intent *intent = routes_intent(world, peer, &note->route);
    struct frame_receipt receipt;
    struct payload_fields said;
    if (intent != NULL && frame_chain_find(world_peer_chain(world, peer), &receipt, &note->hash)) {
        const struct frame_intent asked = users_asked(intent);
        if (payload_read(&said, receipt.payload) && is_asked(&said, &asked) &&
            route_is_of(&receipt, &note->route))
            return;
    }
    check_failed(world, CHECK_AS_ASKED, peer, "%s is not the receipt of what was asked of others",
                 short_hash(&note->hash).text);
}

static const struct frame_dapp_table *dapps_of(const struct world *world, int peer)
{
    const struct frame_dapp_table *own = version_dapps(world, world_peer_version(world, peer));
    return own != NULL ? own : frame_dapps_builtin();
}

void checks_capable(struct world *world, int peer, const struct frame_receipt *receipt)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_dapp *owner;
    struct payload_fields said;
    uint32_t used = 0;
    if (self->options.lacking == 0 || !payload_read(&said, receipt->payload) ||
        executor_used(dapps_of(world, peer), &owner, &used, receipt->intent, said.payload) !=
            FRAME_OK)
        return; /* a merge receipt uses none */
    if ((used & self->options.lacking) != 0)
        check_failed(world, CHECK_CAPABLE, peer, "makes %s, which takes what it lacks",
                     short_hash(&receipt->hash).text);
}

/* ---- Whom others' help is asked of (§ 17, 18) ---- */

/* What a route needs, and who was asked so far. */
struct need {
    const struct intent *intent;
    uint32_t used;
    size_t dapp;
};

static bool need_of(struct need *need, const struct world *world, int peer,
                    const struct intent *intent)
{
    const struct frame_dapp_table *dapps = dapps_of(world, peer);
    const struct frame_dapp *owner;
    const struct frame_intent asked = users_asked(intent);
    need->intent = intent;
    if (executor_used(dapps, &owner, &need->used, asked.action, asked.payload) != FRAME_OK)
        return false;
    for (need->dapp = 0; dapps->dapps[need->dapp] != owner;)
        need->dapp++;
    return true;
}

/* Has it been ignored since before the n-th note of the step? */
static bool ignored_at(const struct check_step *step, size_t n, const struct frame_public_key *key,
                       const struct frame_peer_state *state)
{
    if (state->ignored_until_ms <= step->event->now_ms) return false;
    for (; n < step->update->note_count; n++)
        if (check_note_is(step, n, FRAME_NOTE_IGNORING, key)) return false; /* that came later */
    return true;
}

/* When the n-th note was made; its state is that of the step's end. */
static bool provides(const struct world *world, const struct check_step *step, size_t n,
                     const struct need *need, const struct frame_public_key *key,
                     const struct frame_peer_state *state)
{
    const struct peer *self = world_peer(world, step->peer);
    return state->member && !state->suspect && !ignored_at(step, n, key, state) &&
           (state->trusted || !self->options.strict_trust) &&
           (state->capabilities & need->used) == need->used &&
           (state->dapps >> need->dapp & 1) != 0;
}

static const char *name_of(const struct world *world, const struct frame_public_key *key)
{
    const int peer = peer_first_with_key(world, key);
    return peer != WORLD_NOBODY ? world_peer_name(world, peer) : "one of a crowd";
}

static void check_provider(struct world *world, const struct check_step *step, size_t n,
                           const struct need *need)
{
    const int peer = step->peer;
    const struct frame_public_key *asked = &step->update->notes[n].peer;
    const struct peer_driver *driver = world->driver;
    const void *instance = world_peer(world, peer)->instance;
    struct frame_peer_state chosen;
    const size_t times = route_times_asked(need->intent, asked);
    const char *name = name_of(world, asked);
    if (!driver->peer_state(instance, &chosen, asked) ||
        !provides(world, step, n, need, asked, &chosen)) {
        check_failed(world, CHECK_PROVIDERS, peer, "asks %s for %s, which it does not provide",
                     name, need->intent->action);
        return;
    }
    for (size_t i = 0; i < driver->peer_count(instance); i++) {
        struct frame_public_key key;
        struct frame_peer_state other;
        driver->peer_at(instance, &key, i);
        if (!driver->peer_state(instance, &other, &key) ||
            !provides(world, step, n, need, &key, &other))
            continue;
        const size_t others = route_times_asked(need->intent, &key);
        if (others > times || (others == times && other.ring >= chosen.ring)) continue;
        check_failed(
            world, CHECK_PROVIDERS, peer,
            "asks %s, in ring %u, for the %zu-th time; %s, in ring %u, was asked %zu times", name,
            chosen.ring, times + 1, name_of(world, &key), other.ring, others);
        return;
    }
}

static void check_asking(struct world *world, const struct check_step *step, size_t n)
{
    const int peer = step->peer;
    const struct frame_note *note = &step->update->notes[n];
    struct intent *intent = routes_intent(world, peer, &note->route);
    struct need need;
    if (intent == NULL || !need_of(&need, world, peer, intent)) {
        check_failed(world, CHECK_PROVIDERS, peer, "asks for what nobody wants, route %s",
                     short_route(&note->route).text);
        return;
    }
    check_provider(world, step, n, &need);
    void *asked = intent->asked;
    world_reserve(world, &asked, &intent->asked_capacity, intent->asked_count + 1,
                  sizeof *intent->asked);
    intent->asked = asked;
    intent->asked[intent->asked_count++] = note->peer;
}

void checks_users(struct world *world, const struct check_step *step)
{
    if (step->event->type == FRAME_EVENT_INTENT && step->status == FRAME_OK)
        check_intent(world, step);
    for (size_t i = 0; i < step->update->note_count; i++) {
        const struct frame_note *note = &step->update->notes[i];
        if (note->type == FRAME_NOTE_ROUTED) check_routed(world, step->peer, note);
        if (note->type == FRAME_NOTE_ROUTING) check_asking(world, step, i);
    }
}
