// SPDX-License-Identifier: Apache-2.0
/*
 * Whom a peer may think ill of (§ 11, 12). An honest peer gives no reason. The simulated world gives one where it
 * has changed what the peer says on its way, or made it speak another version; and only for what was heard so: an
 * attestation is judged in the step that brings it, pages as long as they are staged. And whatever anybody has
 * done, § 12.4 says what is charged to its sender, and what to nobody.
 */
#include "sim/checks.h"

#include <string.h>

#include "core/json.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

#define HEARD_FORGED (UINT32_C(1) << WORLD_VERSION_COUNT) /* beside 1 << enum world_version */

void checks_heard(struct world *world, const struct check_step *step)
{
    const struct step_origin *origin = step->origin;
    if (step->event->type != FRAME_EVENT_MESSAGE || origin->from == WORLD_NOBODY) return;
    struct link *link = world_link(world, origin->from, step->peer);
    if (link->heard == 0) world_peer(world, step->peer)->heard_links++;
    link->heard |= UINT32_C(1) << origin->version | (origin->tampered ? HEARD_FORGED : 0);
}

/* Under a key that it has, or has had as a twin. */
static bool has_staged(const struct world *world, int peer, int other)
{
    const struct peer *self = world_peer(world, peer);
    for (int i = 0; i < world->peer_count; i++) {
        struct frame_peer_state state;
        if ((i == other || world->peers[other]->had_key[i]) &&
            world->driver->peer_state(self->instance, &state, &world->peers[i]->own_key) &&
            state.staged_receipts > 0)
            return true;
    }
    return false;
}

/* Nothing of it is staged; also not an empty page that waits until the chain is durable. */
static bool judged(const struct world *world, int peer, int other)
{
    const struct peer *self = world_peer(world, peer);
    return world->driver->durable(self->instance) ==
               frame_chain_count(world->driver->chain(self->instance)) &&
           !has_staged(world, peer, other);
}

static void judge(struct world *world, int peer, int from)
{
    struct link *link = world_link(world, from, peer);
    if (link->heard == 0 || !judged(world, peer, from)) return;
    link->heard = 0;
    world_peer(world, peer)->heard_links--;
}

/* Whom it has just heard first: nearly always nobody else is left. */
void checks_judged(struct world *world, const struct check_step *step)
{
    const struct peer *self = world_peer(world, step->peer);
    if (step->origin->from != WORLD_NOBODY) judge(world, step->peer, step->origin->from);
    for (int i = 0; self->heard_links > 0 && i < world->peer_count; i++)
        judge(world, step->peer, i);
}

void checks_unheard(struct world *world, int peer)
{
    for (int i = 0; i < world->peer_count; i++)
        world_link(world, i, peer)->heard = 0;
    world_peer(world, peer)->heard_links = 0;
}

bool check_may_charge(const struct world *world, const struct check_step *step,
                      const struct frame_public_key *key, enum frame_status status)
{
    const enum world_version mine = world_peer_version(world, step->peer);
    for (int i = 0; i < world->peer_count; i++) {
        if (!peer_had_key(world, i, key)) continue; /* of twins one cannot tell who it was */
        const uint32_t heard = world_link(world, i, step->peer)->heard;
        if (world_peer_is_adversary(world, i) || (heard & HEARD_FORGED) != 0 ||
            version_may_charge(world, mine, heard & ~HEARD_FORGED, status))
            return true;
    }
    return peer_first_with_key(world, key) == WORLD_NOBODY;
}

bool check_may_alarm(const struct world *world, const struct check_step *step,
                     const struct frame_note *note)
{
    const struct step_origin *origin = step->origin;
    if (peer_first_with_key(world, &note->peer) == WORLD_NOBODY) return true;
    if (origin->from == WORLD_NOBODY || !peer_had_key(world, origin->from, &note->peer))
        return false;
    return world_peer_is_adversary(world, origin->from) || origin->tampered ||
           version_may_alarm(world, world_peer_version(world, step->peer),
                             UINT32_C(1) << origin->version, &note->hash);
}

/* ---- What costs, and what does not (§ 12.4) ---- */

static bool costs(enum frame_status status)
{
    switch (status) {
    case FRAME_ENVELOPE:
    case FRAME_UNTRUSTED:
    case FRAME_IGNORED:
    case FRAME_UNASKED:
    case FRAME_NO_MEMORY:
    case FRAME_LINK:
    case FRAME_ATTESTATION_VERSION:
    case FRAME_ATTESTATION_COUNT:
    case FRAME_ATTESTATION_COMMITMENT:
    case FRAME_ATTESTATION_ROOT: return false;
    default: return true;
    }
}

static bool type_among(struct frame_span type, const char *const *types)
{
    for (; *types != NULL; types++)
        if (json_string_is(type, *types)) return true;
    return false;
}

void checks_offences(struct world *world, const struct check_step *step)
{
    static const char *const known[] = {"announce", "attest", "page",  "reject",
                                        "request",  "result", "route", NULL};
    const struct frame_update *update = step->update;
    struct frame_peer_state state;
    const struct frame_span type = step->message->type;
    for (size_t i = 0; i < update->note_count; i++) {
        const struct frame_note *note = &update->notes[i];
        if (note->type != FRAME_NOTE_REFUSED) continue;
        const enum frame_status status = note->fault.status;
        const bool charged = check_note_is(step, i + 1, FRAME_NOTE_OFFENCE, &note->peer);
        const bool to_come = status == FRAME_MESSAGE && type.length > 0 && !type_among(type, known);
        /* § 15: a key without membership has no entry that could be charged */
        const bool nobody = world_peer(world, step->peer)->options.discovery &&
                            !world->driver->peer_state(world_peer(world, step->peer)->instance,
                                                       &state, &note->peer);
        const bool due = costs(status) && !to_come && !nobody;
        if (charged != due)
            check_failed(world, CHECK_OFFENCES, step->peer, "%s to %s: %s",
                         charged ? "charges what is nobody's fault" : "does not charge",
                         world_peer_name(world, peer_first_with_key(world, &note->peer)),
                         frame_status_name(status));
    }
}
