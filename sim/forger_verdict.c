// SPDX-License-Identifier: Apache-2.0
/* What became of forgeries: what the victim said, did and holds, and whether that is what each must meet. */
#include "sim/forger_internal.h"

#include <string.h>

#include "sim/checks.h"
#include "sim/flood.h"

void forger_tell(struct world *world, const struct forged *forged, const char *what)
{
    world_tell(world, TRACE_FORGERY, forged->public.source, forged->public.victim, "%s: %s",
               forged->public.kind->name, what);
}

void forger_drop_plan(struct world *world, struct forged *forged)
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
    forger_drop_plan(world, forged);
    forger_tell(world, forged, what);
}

static void unmet(struct world *world, struct forged *forged, const char *what)
{
    const struct world_forgery *public = &forged->public;
    settle(world, forged, WORLD_FORGERY_UNMET, what);
    check_failed(world, CHECK_FORGERY_REFUSED, public->victim, "%s: expected %s, %s",
                 public->kind->name, forgery_expected(public->kind), what);
}

/* Was the forgery turned away unseen, for a reason that has nothing to do with it? */
static bool unseen(const struct world *world, const struct forged *forged, enum frame_status status)
{
    /* a victim of another version refuses it as foreign before it looks */
    if (world_peer_version(world, forged->public.victim) != WORLD_VERSION_OURS) return true;
    /* it was planned for what the victim held in another life: that may be lost */
    if (world_peer(world, forged->public.victim)->life != forged->victim_life) return true;
    /* what its page lacks has come from another meanwhile: the page may end in another way, or be good */
    const struct frame_chain *chain = world_peer_chain(world, forged->public.victim);
    if (forged->has_gap && chain != NULL && frame_chain_find(chain, NULL, &forged->gap))
        return true;
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
        forger_tell(world, forged, frame_status_name(status));
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

/* Does the victim hold all that a request wants? It may have lost what it attested before the request was made. */
static bool holds_wanted(const struct world *world, const struct check_step *step)
{
    const struct frame_message *request = &step->message->read;
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    for (size_t i = 0; i < request->hash_count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, request->hashes, i);
        if (!frame_chain_find(chain, NULL, &hash)) return false;
    }
    return true;
}

/* The answer to a request goes back to who sealed it; there is one. */
static void judge_answer(struct world *world, struct forged *forged, const struct check_step *step)
{
    const struct frame_update *update = step->update;
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
        else if (page || (holds_wanted(world, step) && nothing_pending(world, step->peer)))
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
    if (compose_may_be_unasked(forged->recipe))
        return !step->message->readable || step->message->read.type == FRAME_MESSAGE_PAGE;
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
    if (fate == FORGERY_ANSWERED) judge_answer(world, forged, step);
    if (fate == FORGERY_HEARD && noted(forged, update, FRAME_NOTE_COMPARED))
        settle(world, forged, WORLD_FORGERY_MET, "heard");
    if (fate == FORGERY_ALARMED && noted(forged, update, FRAME_NOTE_ALARM))
        settle(world, forged, WORLD_FORGERY_MET, "alarm");
    if (forged->public.state == WORLD_FORGERY_SENT) judge_silence(world, forged, step);
    if (forged->public.state == WORLD_FORGERY_SENT && !staged)
        forged->public.state = WORLD_FORGERY_ARMED; /* it did not look */
}
