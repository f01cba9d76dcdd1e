// SPDX-License-Identifier: Apache-2.0
/*
 * Checks of safe mode's end (§ 13). It ends once somebody has attested a chain that holds all that the log had kept and set
 * aside, and that chain is held here and has the attested figures; or because the operator has accepted the loss. Does it
 * end where it can?
 */
#include "sim/checks.h"

#include "core/message.h"
#include "sim/world_internal.h"

void checks_safe_mode_begun(struct world *world, int peer, const struct log_books *books)
{
    struct peer *self = world_peer(world, peer);
    self->overheard_count = 0;
    holdings_clear(&self->holdings, HOLDING_LOGGED);
    if (books->state != FRAME_LOG_CORRUPT) return;
    for (size_t i = 0; i < books->found.count; i++)
        if (books->found.flags[i] != 0) holdings_set(&self->holdings, (int64_t)i, HOLDING_LOGGED);
}

/* ---- Who attests what while it lasts ---- */

/* Where there was no memory it may not have been taken: then the one before may still count. */
static struct overheard *overheard_from(struct world *world, struct peer *self, int from,
                                        bool starved)
{
    for (size_t i = 0; i < self->overheard_count && !starved; i++)
        if (self->overheard[i].from == from) return &self->overheard[i];
    void *at = self->overheard;
    const size_t had = self->overheard_capacity;
    world_reserve(world, &at, &self->overheard_capacity, self->overheard_count + 1,
                  sizeof *self->overheard);
    self->overheard = at;
    for (size_t i = had; i < self->overheard_capacity; i++)
        buffer_init(&self->overheard[i].body, &world->allocator);
    self->overheard[self->overheard_count].from = from;
    return &self->overheard[self->overheard_count++];
}

/* Whose attestation it has taken in this step; WORLD_NOBODY: nobody's. */
static int compared_with(const struct world *world, const struct frame_update *update)
{
    for (size_t i = 0; i < update->note_count; i++)
        if (update->notes[i].type == FRAME_NOTE_COMPARED)
            return peer_first_with_key(world, &update->notes[i].peer);
    return WORLD_NOBODY;
}

void checks_safe_mode_heard(struct world *world, const struct check_step *step)
{
    if (!step->before->safe_mode || !step->message->there) return;
    const int from = compared_with(world, step->update);
    if (from == WORLD_NOBODY) return;
    struct overheard *overheard =
        overheard_from(world, world_peer(world, step->peer), from, check_starved(world, step));
    buffer_clear(&overheard->body);
    buffer_span(&overheard->body, step->message->body);
    FRAME_ASSERT(!overheard->body.failed);
}

/* ---- The end ---- */

/* The attested heads, and behind them all that the log had. */
static size_t heads_and_log(struct buffer *hashes, const struct world *world, int peer,
                            const struct frame_message *attest)
{
    const struct peer *self = world_peer(world, peer);
    for (size_t i = 0; i < attest->hash_count; i++) {
        struct frame_hash head;
        frame_hash_array_at(&head, attest->hashes, i);
        buffer_append(hashes, head.bytes, sizeof head.bytes);
    }
    for (size_t i = 0; i < self->holdings.count; i++)
        if ((self->holdings.flags[i] & HOLDING_LOGGED) != 0)
            buffer_append(hashes, world->ledger.entries[i].hash.bytes, sizeof(struct frame_hash));
    FRAME_ASSERT(!hashes->failed);
    return hashes->length / sizeof(struct frame_hash);
}

/* Is the attestation good, its chain held with these figures, and all that the log had in it: do the heads alone have as
   many receipts below them as with all of that beside them? */
static bool is_reason(struct world *world, int peer, struct frame_chain *chain,
                      const struct overheard *overheard)
{
    const struct peer *self = world_peer(world, peer);
    struct frame_message attest;
    struct frame_attestation said;
    struct frame_hash commitment;
    struct frame_hash root;
    struct buffer hashes;
    size_t receipts = 0;
    size_t with_log = 0;
    bool unknown;
    if (message_read(&attest, &unknown, world->crypto, buffer_view(&overheard->body)) != FRAME_OK ||
        attestation_read(&said, world->crypto, &self->identity_key, attest.attestation) != FRAME_OK)
        return false;
    buffer_init(&hashes, &world->allocator);
    const size_t count = heads_and_log(&hashes, world, peer, &attest);
    const struct frame_hash *at = (const struct frame_hash *)(const void *)hashes.bytes;
    enum frame_status status = frame_chain_closure(chain, &with_log, &commitment, &root, at, count);
    if (status == FRAME_OK)
        status = frame_chain_closure(chain, &receipts, &commitment, &root, at, attest.hash_count);
    bool holds = status == FRAME_NO_MEMORY; /* the world's end: nothing can be said against it */
    if (status == FRAME_OK)
        holds = receipts == with_log && (uint64_t)said.receipt_count == receipts &&
                frame_hash_compare(&said.commitment, &commitment) == 0 &&
                frame_hash_compare(&said.state_root, &root) == 0;
    buffer_free(&hashes);
    return holds;
}

static void check_reason(struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    struct frame_chain *chain = NULL; /* a copy: an instance's memory is its own */
    struct frame_fault fault;
    bool reason = false;
    if (world_rebuild_chain(&chain, &fault, world, peer) != FRAME_OK) return; /* see reverify */
    for (size_t i = 0; i < self->overheard_count && !reason; i++)
        reason = is_reason(world, peer, chain, &self->overheard[i]);
    if (!reason)
        check_failed(world, CHECK_RECOVERY, peer,
                     "leaves safe mode, and nobody has attested a chain that it holds with all "
                     "that its log had");
    frame_chain_free(chain);
}

int world_safe_mode_due(const struct world *world, const int *peers, size_t count)
{
    for (size_t k = 0; count > 1 && k < count; k++) {
        const struct holdings *holdings = &world_peer(world, peers[k])->holdings;
        bool due = world_peer_in_safe_mode(world, peers[k]);
        for (size_t i = 0; due && i < holdings->count; i++)
            due = (holdings->flags[i] & HOLDING_LOGGED) == 0 ||
                  frame_chain_find(world_peer_chain(world, peers[k]), NULL,
                                   &world->ledger.entries[i].hash);
        if (due) return peers[k];
    }
    return WORLD_NOBODY;
}

/* What the operator accepts the loss of is promised no more. */
void checks_safe_mode_left(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    const struct frame_chain *chain = world_peer_chain(world, peer);
    for (size_t i = 0; i < self->holdings.count; i++) {
        uint8_t *flags = &self->holdings.flags[i];
        const struct frame_hash *hash = &world->ledger.entries[i].hash;
        if ((*flags & HOLDING_PROMISED) == 0 || frame_chain_find(chain, NULL, hash)) continue;
        if (!self->loss_accepted)
            check_failed(world, CHECK_DURABLE_SURVIVES, peer,
                         "leaves safe mode without %s, which was %s", short_hash(hash).text,
                         holding_promise(*flags));
        *flags &= (uint8_t)~HOLDING_PROMISED;
    }
    if (!self->loss_accepted) check_reason(world, peer);
    self->overheard_count = 0;
    holdings_clear(&self->holdings, HOLDING_LOGGED);
}
