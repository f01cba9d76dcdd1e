// SPDX-License-Identifier: Apache-2.0
/*
 * Damage to logs at rest: broken promises of a disk, and what they cover. A receipt is covered where its
 * frame was on the disk and is not any more; the peer is then no longer held to have it, whatever it had
 * told people. Everything else it still has to come back with.
 */
#include "sim/world_internal.h"

#include "sim/chain_gen.h"
#include "sim/checks.h"

void world_disk_broke(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    struct log_books books;
    const uint64_t before = self->counters.receipts_broken;
    FRAME_ASSERT(self->instance == NULL);
    log_books_read(&books, world, peer, self->disk.length);
    for (size_t i = 0; i < self->holdings.count; i++) {
        uint8_t *flags = &self->holdings.flags[i];
        if ((*flags & HOLDING_PROMISED) == 0 || holdings_get(&books.found, (int64_t)i) != 0)
            continue;
        *flags &= (uint8_t)~HOLDING_PROMISED;
        self->counters.receipts_broken++;
    }
    log_books_release(&books);
    disk_close(&self->disk);
    if (self->counters.receipts_broken > before)
        world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY,
                   "its disk breaks its promise of %llu receipts",
                   (unsigned long long)(self->counters.receipts_broken - before));
}

/* ---- Bits and bytes ---- */

void world_flip_disk_bit(struct world *world, int peer, size_t offset, unsigned bit)
{
    struct peer *self = world_peer(world, peer);
    if (self->instance != NULL || offset >= self->disk.length) return;
    world_did(world, "damage %s byte %zu bit %u", self->name, offset, bit % 8);
    FRAME_MUST(disk_open(&self->disk));
    self->disk.bytes[offset] ^= (uint8_t)(1u << bit % 8);
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "a bit of its disk flips at byte %zu",
               offset);
    world_disk_broke(world, peer);
}

void world_cut_disk(struct world *world, int peer, size_t length)
{
    struct peer *self = world_peer(world, peer);
    if (self->instance != NULL || length >= self->disk.length) return;
    world_did(world, "damage %s cut %zu", self->name, self->disk.length - length);
    disk_cut(&self->disk, length);
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "its disk is cut to %zu bytes", length);
    world_disk_broke(world, peer);
}

/* ---- Other logs ---- */

void world_swap_disk(struct world *world, int peer, int other)
{
    struct peer *self = world_peer(world, peer);
    struct disk *disk = &world_peer(world, other)->disk;
    if (self->instance != NULL || peer == other) return;
    world_did(world, "damage %s swap %s", self->name, world_peer_name(world, other));
    FRAME_MUST(disk_open(disk) && disk_replace(&self->disk, disk->bytes, disk->durable));
    disk_close(disk);
    world_tell(world, TRACE_WORLD, peer, other, "its log is %s's", world_peer_name(world, other));
    world_disk_broke(world, peer);
}

/* Nobody of this world may ever hold these. */
static void book_foreign(struct world *world, int peer, const struct frame_receipt *receipt)
{
    struct ledger_entry entry = {
        .hash = receipt->hash, .made_us = world->now_us, .maker = peer, .forged = true};
    if (ledger_find(&world->ledger, &receipt->hash) != LEDGER_NONE) return;
    ledger_digest(entry.digest, receipt->bytes);
    (void)ledger_add(&world->ledger, &entry);
}

void world_foreign_disk(struct world *world, int peer, uint64_t receipts)
{
    struct peer *self = world_peer(world, peer);
    const struct chain_gen parameters = {.seed = (uint64_t)peer + 1, .receipts = (size_t)receipts};
    struct frame_chain *chain = NULL;
    struct buffer log;
    if (self->instance != NULL) return;
    world_did(world, "damage %s foreign %llu", self->name, (unsigned long long)receipts);
    FRAME_MUST(chain_gen_new(&chain, world->crypto, &world->allocator, &parameters) == FRAME_OK);
    buffer_init(&log, &world->allocator);
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_chain_at(chain, &receipt, i);
        book_foreign(world, peer, &receipt);
        frame_log_header(header, receipt.bytes.bytes, receipt.bytes.length);
        buffer_append(&log, header, sizeof header);
        buffer_span(&log, receipt.bytes);
    }
    FRAME_MUST(!log.failed && disk_replace(&self->disk, log.bytes, log.length));
    buffer_free(&log);
    frame_chain_free(chain);
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY,
               "its log is another identity's, of %llu receipts", (unsigned long long)receipts);
    world_disk_broke(world, peer);
}
