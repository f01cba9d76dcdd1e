// SPDX-License-Identifier: Apache-2.0
/*
 * What really is on a disk: a log read against the world's own book of receipts. A frame is whole where
 * its bytes are those of a receipt that somebody made, under a right header; the core's reader of logs
 * and its rules for receipts have no part in it, so that what an instance recovers can be held against
 * what § 13 says that it should.
 */
#include "sim/versions.h"
#include "sim/world_internal.h"

#include <string.h>
#include <xxhash.h>

static uint32_t u32_read(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

/* The number of the receipt whose frame starts here, and the frame's length; LEDGER_NONE: none does. */
static int64_t frame_here(size_t *frame_length, const struct world *world, const uint8_t *bytes,
                          size_t left)
{
    struct frame_hash hash;
    uint8_t digest[16];
    if (left <= FRAME_LOG_HEADER_BYTES || bytes[0] != 0) return LEDGER_NONE;
    const size_t length = u32_read(bytes);
    if (length == 0 || length > left - FRAME_LOG_HEADER_BYTES) return LEDGER_NONE;
    const struct frame_span payload = {bytes + FRAME_LOG_HEADER_BYTES, length};
    if (payload.bytes[0] != '{' || u32_read(bytes + 4) != XXH32(payload.bytes, length, 0))
        return LEDGER_NONE;
    if (!receipt_said_hash(&hash, payload)) return LEDGER_NONE;
    const int64_t number = ledger_find(&world->ledger, &hash);
    if (number == LEDGER_NONE) return LEDGER_NONE;
    ledger_digest(digest, payload);
    if (memcmp(digest, world->ledger.entries[number].digest, sizeof digest) != 0)
        return LEDGER_NONE;
    *frame_length = FRAME_LOG_HEADER_BYTES + length;
    return number;
}

/* Is the receipt one that this peer must not hold: another identity's, or with another version's roots? */
static bool is_alien(const struct world *world, int peer, int64_t number)
{
    const struct ledger_entry *entry = &world->ledger.entries[number];
    return entry->forged || entry->dapps != version_dapps(world, world_peer_version(world, peer)) ||
           strcmp(world_peer(world, entry->maker)->identity, world_peer(world, peer)->identity) !=
               0;
}

static void fails_at(struct log_books *books, size_t offset, bool alien)
{
    if (books->offset >= 0) return;
    books->offset = (int64_t)offset;
    books->alien = alien;
    books->state = alien ? FRAME_LOG_CORRUPT : FRAME_LOG_TORN;
}

static void found(struct log_books *books, int64_t number)
{
    if (books->offset >= 0) {
        books->state = FRAME_LOG_CORRUPT;
        holdings_set(&books->found, number, LOG_ASIDE);
        return;
    }
    if ((holdings_get(&books->found, number) & LOG_KEPT) == 0) books->kept++;
    holdings_set(&books->found, number, LOG_KEPT);
}

void log_books_read(struct log_books *books, const struct world *world, int peer, size_t length)
{
    struct disk *disk = &world_peer(world, peer)->disk;
    FRAME_MUST(length == 0 || disk_open(disk));
    const uint8_t *bytes = disk->bytes;
    *books = (struct log_books){.state = FRAME_LOG_CLEAN, .offset = -1};
    holdings_init(&books->found, &world->allocator);
    size_t frame_length = 0;
    for (size_t offset = 0; offset < length; offset += frame_length) {
        const int64_t number = frame_here(&frame_length, world, bytes + offset, length - offset);
        const bool alien = number != LEDGER_NONE && is_alien(world, peer, number);
        if (number == LEDGER_NONE) frame_length = 1; /* every byte is tried behind a fault */
        if (number == LEDGER_NONE || alien) fails_at(books, offset, alien);
        if (number != LEDGER_NONE) found(books, number);
    }
}

void log_books_release(struct log_books *books)
{
    const struct frame_allocator *allocator = &books->found.allocator;
    memory_release(allocator, books->found.flags, books->found.capacity);
    holdings_init(&books->found, allocator);
}
