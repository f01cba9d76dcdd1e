// SPDX-License-Identifier: Apache-2.0
#include "sim/ledger.h"

#include <string.h>
#include <xxhash.h>

#include "core/memory.h"

void ledger_init(struct ledger *ledger, const struct frame_allocator *allocator)
{
    *ledger = (struct ledger){.allocator = *allocator};
}

/* The slot of the hash, or the empty one where it would go. */
static size_t slot_of(const struct ledger *ledger, const struct frame_hash *hash)
{
    uint64_t start = 0;
    for (unsigned i = 0; i < 8; i++) /* a SHA-256's first bytes are hash enough */
        start = start << 8 | hash->bytes[i];
    size_t at = (size_t)start & (ledger->slot_count - 1);
    while (ledger->slots[at] != 0 &&
           memcmp(&ledger->entries[ledger->slots[at] - 1].hash, hash, sizeof *hash) != 0)
        at = (at + 1) & (ledger->slot_count - 1);
    return at;
}

int64_t ledger_find(const struct ledger *ledger, const struct frame_hash *hash)
{
    if (ledger->slot_count == 0) return LEDGER_NONE;
    const uint32_t slot = ledger->slots[slot_of(ledger, hash)];
    return slot == 0 ? LEDGER_NONE : (int64_t)slot - 1;
}

static void reserve_slots(struct ledger *ledger)
{
    enum { SLOTS_MIN = 256 };
    if (ledger->slot_count > 0 && (ledger->count + 1) * 2 <= ledger->slot_count) return;
    const size_t old_count = ledger->slot_count;
    memory_release(&ledger->allocator, ledger->slots, old_count * sizeof *ledger->slots);
    ledger->slot_count = old_count > 0 ? old_count * 2 : SLOTS_MIN;
    ledger->slots = memory_allocate(&ledger->allocator, ledger->slot_count * sizeof *ledger->slots);
    FRAME_ASSERT(ledger->slots != NULL);
    memset(ledger->slots, 0, ledger->slot_count * sizeof *ledger->slots);
    for (size_t i = 0; i < ledger->count; i++)
        ledger->slots[slot_of(ledger, &ledger->entries[i].hash)] = (uint32_t)i + 1;
}

int64_t ledger_add(struct ledger *ledger, const struct ledger_entry *entry)
{
    FRAME_ASSERT(ledger_find(ledger, &entry->hash) == LEDGER_NONE);
    reserve_slots(ledger);
    void *entries = ledger->entries;
    FRAME_MUST(memory_reserve(&ledger->allocator, &entries, &ledger->capacity, ledger->count + 1,
                              sizeof *ledger->entries));
    ledger->entries = entries;
    const size_t slot = slot_of(ledger, &entry->hash);
    ledger->entries[ledger->count] = *entry;
    ledger->slots[slot] = (uint32_t)++ledger->count;
    return (int64_t)ledger->count - 1;
}

void ledger_digest(uint8_t digest[16], struct frame_span receipt)
{
    XXH128_canonical_t canonical;
    XXH128_canonicalFromHash(&canonical, XXH3_128bits(receipt.bytes, receipt.length));
    memcpy(digest, canonical.digest, sizeof canonical.digest);
}

/*
 * The last `"receiptHash":"` of the text is the field: behind inputPayload, which alone may hold
 * anything, it stands once, and no string can hold a bare quote.
 */
bool receipt_said_hash(struct frame_hash *hash, struct frame_span receipt)
{
    static const char field[] = "\"receiptHash\":\"";
    const size_t field_length = sizeof field - 1;
    const size_t hex_length = 2 * sizeof hash->bytes;
    if (receipt.length < field_length + hex_length) return false;
    for (size_t at = receipt.length - field_length - hex_length + 1; at-- > 0;) {
        if (receipt.bytes[at + 1] != 'r' || memcmp(receipt.bytes + at, field, field_length) != 0)
            continue;
        return frame_hex_decode(hash->bytes, sizeof hash->bytes,
                                (const char *)receipt.bytes + at + field_length, hex_length);
    }
    return false;
}

void holdings_init(struct holdings *holdings, const struct frame_allocator *allocator)
{
    *holdings = (struct holdings){.allocator = *allocator};
}

uint8_t holdings_get(const struct holdings *holdings, int64_t number)
{
    return number >= 0 && (uint64_t)number < holdings->count ? holdings->flags[number] : 0;
}

void holdings_set(struct holdings *holdings, int64_t number, uint8_t flags)
{
    FRAME_ASSERT(number >= 0);
    const size_t needed = (size_t)number + 1;
    if (needed > holdings->count) {
        void *memory = holdings->flags;
        FRAME_MUST(memory_reserve(&holdings->allocator, &memory, &holdings->capacity, needed, 1));
        holdings->flags = memory;
        memset(holdings->flags + holdings->count, 0, needed - holdings->count);
        holdings->count = needed;
    }
    holdings->flags[number] |= flags;
}

void holdings_clear(struct holdings *holdings, uint8_t flags)
{
    for (size_t i = 0; i < holdings->count; i++)
        holdings->flags[i] &= (uint8_t)~flags;
}
