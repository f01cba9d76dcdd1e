// SPDX-License-Identifier: Apache-2.0
/* Checks of requests, of the pages that answer them, and of when they are repeated (§ 12). */
#include "sim/checks.h"

#include <string.h>

#include "core/execute.h"
#include "core/message.h"
#include "sim/world_internal.h"

/* ---- What is asked ---- */

static bool says_it_has(const struct frame_message *request, const struct frame_hash *hash)
{
    for (size_t i = 0; i < request->have_count; i++) {
        struct frame_hash one;
        frame_hash_array_at(&one, request->have, i);
        if (frame_hash_compare(&one, hash) == 0) return true;
    }
    return false;
}

/* Later pages, and the same asked once more, come with what it had when it began to ask. */
static void check_has_all_heads(struct world *world, int peer, const struct frame_message *request)
{
    struct frame_summary summary;
    frame_chain_summary(world_peer_chain(world, peer), &summary);
    if (summary.head_count > FRAME_HAVE_MAX) return;
    for (size_t i = 0; i < summary.head_count; i++)
        if (!says_it_has(request, &summary.heads[i]))
            check_failed(world, CHECK_ATTESTED_IS_HELD, peer, "does not say that it has %s, a head",
                         short_hash(&summary.heads[i]).text);
}

void checks_request(struct world *world, int peer, const struct frame_public_key *to,
                    const struct frame_message *request)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const int other = peer_first_with_key(world, to);
    for (size_t i = 0; i < request->have_count; i++) {
        struct frame_hash hash;
        frame_hash_array_at(&hash, request->have, i);
        if (!frame_chain_find(chain, NULL, &hash))
            check_failed(world, CHECK_ATTESTED_IS_HELD, peer, "says that it has %s",
                         short_hash(&hash).text);
    }
    if (other == WORLD_NOBODY) return;
    struct link *link = world_link(world, peer, other);
    uint8_t want[sizeof link->asked];
    /* What it asked first may have found no memory to be sent in: this is then the same once more. */
    const bool starved = self->memory.refused != link->asked_refused;
    ledger_digest(want, request->hashes);
    const bool begins = memcmp(want, link->asked, sizeof want) != 0;
    memcpy(link->asked, want, sizeof want);
    link->asked_refused = self->memory.refused;
    link->asked_after = request->has_after ? request->after : frame_genesis;
    if (begins && !starved && !request->has_after &&
        world->driver->durable(self->instance) == frame_chain_count(chain))
        check_has_all_heads(world, peer, request);
}

/* ---- What is answered ---- */

static bool refuses(const struct frame_update *update)
{
    for (size_t i = 0; i < update->note_count; i++)
        if (update->notes[i].type == FRAME_NOTE_REFUSED) return true;
    return false;
}

/* A page is taken only where it answers the last request: all that is wanted, and from where. */
static void check_page_asked(struct world *world, const struct check_step *step, int other,
                             const struct frame_message *page)
{
    const struct peer *self = world_peer(world, step->peer);
    const struct link *link = world_link(world, step->peer, other);
    const struct frame_hash *after = page->has_after ? &page->after : &frame_genesis;
    uint8_t want[sizeof link->asked];
    ledger_digest(want, page->hashes);
    if (self->memory.refused != link->asked_refused)
        return; /* its last one may not have been sent */
    if (memcmp(want, link->asked, sizeof want) != 0 ||
        frame_hash_compare(after, &link->asked_after) != 0)
        check_failed(world, CHECK_ASKED_FOR, step->peer,
                     "takes a page of %s that it did not ask for", world_peer_name(world, other));
}

/* What was in vain in this very step, behind the message. */
static uint32_t timed_out(const struct frame_update *update, const struct frame_public_key *key)
{
    uint32_t count = 0;
    for (size_t i = 0; i < update->note_count; i++)
        count += update->notes[i].type == FRAME_NOTE_TIMED_OUT &&
                 memcmp(&update->notes[i].peer, key, sizeof *key) == 0;
    return count;
}

/* Delays grow with what was in vain since the last good message: that one begins them anew. */
static void check_patience(struct world *world, const struct check_step *step, int other,
                           const struct frame_public_key *from)
{
    const struct peer *self = world_peer(world, step->peer);
    struct frame_peer_state state;
    if (world->driver->peer_state(self->instance, &state, from) &&
        state.attempts > timed_out(step->update, from))
        check_failed(world, CHECK_PATIENCE, step->peer,
                     "hears %s, and still waits as after %u failures",
                     world_peer_name(world, other), (unsigned)state.attempts);
}

void checks_answered(struct world *world, const struct check_step *step)
{
    const struct check_message *message = step->message;
    if (!message->readable || message->from == NULL || refuses(step->update) ||
        check_starved(world, step))
        return;
    const int other = peer_first_with_key(world, message->from);
    if (other == WORLD_NOBODY) return;
    const enum frame_message_type type = message->read.type;
    if (type == FRAME_MESSAGE_PAGE) check_page_asked(world, step, other, &message->read);
    if (type == FRAME_MESSAGE_ATTEST || type == FRAME_MESSAGE_PAGE || type == FRAME_MESSAGE_REQUEST)
        check_patience(world, step, other, message->from);
}
