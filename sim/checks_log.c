// SPDX-License-Identifier: Apache-2.0
/* Checks of logs (§ 13): what is appended, what becomes durable, and what comes back. */
#include "sim/checks.h"
#include "core/json.h"
#include "sim/world_internal.h"

/* ---- The log ---- */

/* Nothing is left out; an instance that was refused memory in this step may hand out its frames later. */
void checks_append(struct world *world, const struct check_step *step)
{
    struct peer *self = world_peer(world, step->peer);
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const struct frame_span append = step->update->append;
    const uint64_t count = frame_chain_count(chain);
    const uint64_t logged = self->logged;
    size_t offset = 0;
    struct frame_span payload;
    while (self->logged < count && disk_frame(&payload, append.bytes, append.length, offset)) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, self->logged);
        if (!span_equal(receipt.bytes, payload)) break;
        offset += FRAME_LOG_HEADER_BYTES + payload.length;
        self->logged++;
    }
    const bool later = append.length == 0 && check_starved(world, step);
    if (offset != append.length || (self->logged < count && !later))
        check_failed(
            world, CHECK_LOG_IS_SET, step->peer,
            "of %llu new receipts and %zu appended bytes only the first %llu and %zu agree",
            (unsigned long long)(count - logged), append.length,
            (unsigned long long)(self->logged - logged), offset);
}

/* ---- What is durable ---- */

static void mark_durable(struct world *world, int peer, struct frame_span payload)
{
    struct peer *self = world_peer(world, peer);
    struct frame_hash hash;
    int64_t number = LEDGER_NONE;
    if (receipt_said_hash(&hash, payload)) number = ledger_find(&world->ledger, &hash);
    if (number != LEDGER_NONE)
        holdings_set(&self->holdings, number, HOLDING_DURABLE);
    else
        check_failed(world, CHECK_KNOWN_RECEIPTS, peer,
                     "has a receipt on its disk that nobody made");
}

/* Everything whole on the disk, wherever it stands; nothing that a forger has made. */
static void mark_found(struct world *world, int peer, const struct log_books *books)
{
    struct peer *self = world_peer(world, peer);
    for (size_t i = 0; i < books->found.count; i++)
        if (books->found.flags[i] != 0 && !world->ledger.entries[i].forged)
            holdings_set(&self->holdings, (int64_t)i, HOLDING_DURABLE);
}

void checks_durable(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    struct frame_span payload;
    const size_t away = self->disk.away;
    FRAME_ASSERT(self->log_seen >= away); /* what is put away was seen before */
    while (
        disk_frame(&payload, self->disk.bytes, self->disk.durable - away, self->log_seen - away)) {
        mark_durable(world, peer, payload);
        self->log_seen += FRAME_LOG_HEADER_BYTES + payload.length;
    }
}

void checks_rewritten(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    self->log_seen = 0;
    holdings_clear(&self->holdings, HOLDING_DURABLE);
    checks_durable(world, peer);
}

/* ---- After a restart ---- */

const char *holding_promise(uint8_t flags)
{
    if ((flags & HOLDING_ACKNOWLEDGED) != 0) return "acknowledged";
    return (flags & HOLDING_GOSSIPED) != 0 ? "gossiped" : "durable";
}

/* § 13: what stands before the fault is held; what stands behind it at least waits, in safe mode. What is
   not on the disk at all should be there: where the disk broke its promise, it is promised no more. */
static void check_survived(struct world *world, int peer, const struct log_books *books)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const bool safe_mode = world->driver->in_safe_mode(self->instance);
    for (size_t i = 0; i < self->holdings.count; i++) {
        const uint8_t flags = self->holdings.flags[i] & HOLDING_PROMISED;
        const struct frame_hash *hash = &world->ledger.entries[i].hash;
        const bool aside = holdings_get(&books->found, (int64_t)i) == LOG_ASIDE;
        if (flags == 0 || (aside && safe_mode) || frame_chain_find(chain, NULL, hash)) continue;
        check_failed(world, CHECK_DURABLE_SURVIVES, peer, "%s was %s and is gone",
                     short_hash(hash).text, holding_promise(flags));
    }
}

static void check_found(struct world *world, int peer, const struct log_books *books)
{
    const struct frame_recovery *found = &world_peer(world, peer)->recovery;
    if (found->state != books->state || found->offset != books->offset ||
        found->receipts != books->kept || (found->cause != FRAME_OK) != books->alien ||
        found->safe_mode != (books->state == FRAME_LOG_CORRUPT))
        check_failed(world, CHECK_RECOVERY, peer,
                     "finds its log %s at %lld, %zu receipts, %s, safe mode %d; it is %s at %lld, "
                     "with %zu before that",
                     frame_log_state_name(found->state), (long long)found->offset, found->receipts,
                     frame_status_name(found->cause), found->safe_mode,
                     frame_log_state_name(books->state), (long long)books->offset, books->kept);
}

void checks_log_read(struct world *world, int peer, size_t length)
{
    struct peer *self = world_peer(world, peer);
    struct log_books books;
    log_books_read(&books, world, peer, length);
    check_found(world, peer, &books);
    if (length == self->disk.length) {
        check_survived(world, peer, &books);
        holdings_clear(&self->holdings, HOLDING_HELD | HOLDING_DURABLE);
        mark_found(world, peer, &books);
        checks_safe_mode_begun(world, peer, &books);
    }
    log_books_release(&books);
}
