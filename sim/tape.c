// SPDX-License-Identifier: Apache-2.0
#include "sim/tape.h"

#include <string.h>
#include <xxhash.h>

#include "core/memory.h"

struct override {
    char text[TAPE_IDENTITY_BYTES_MAX];
    size_t length; /* 0: an empty slot */
    uint64_t value;
    bool used;
};

/* Overrides stand in a table with open addressing, at most half full; nothing ever walks it for an
   order. */
struct tape {
    struct frame_allocator allocator;
    uint64_t seed;
    bool quiet;
    struct override *slots;
    size_t slot_count; /* a power of two, or 0 */
    size_t count;
    size_t unused;
    struct tape_recorder recorder;
};

/* ---- Identities ---- */

static void put(struct tape_identity *identity, const char *text)
{
    const size_t length = strlen(text);
    FRAME_ASSERT(identity->length + length < TAPE_IDENTITY_BYTES_MAX);
    memcpy(identity->text + identity->length, text, length + 1);
    identity->length += length;
}

static void put_nth(struct tape_identity *identity, uint64_t nth)
{
    char digits[21];
    size_t at = sizeof digits - 1;
    digits[at] = '\0';
    do {
        digits[--at] = (char)('0' + nth % 10);
        nth /= 10;
    } while (nth > 0);
    put(identity, ":");
    put(identity, digits + at);
}

static void put_tail(struct tape_identity *identity, const char *part, uint64_t nth)
{
    if (part != NULL) {
        put(identity, ":");
        put(identity, part);
    }
    put_nth(identity, nth);
}

void tape_identity(struct tape_identity *identity, const char *kind, const char *subject,
                   const char *part, uint64_t nth)
{
    identity->length = 0;
    put(identity, kind);
    put(identity, ":");
    put(identity, subject);
    put_tail(identity, part, nth);
}

void tape_identity_link(struct tape_identity *identity, const char *kind, const char *from,
                        const char *to, const char *part, uint64_t nth)
{
    identity->length = 0;
    put(identity, kind);
    put(identity, ":");
    put(identity, from);
    put(identity, ">");
    put(identity, to);
    put_tail(identity, part, nth);
}

/* ---- The tape ---- */

struct tape *tape_new(const struct frame_allocator *allocator, uint64_t seed)
{
    struct tape *tape = memory_allocate(allocator, sizeof *tape);
    if (tape == NULL) return NULL;
    *tape = (struct tape){.allocator = *allocator, .seed = seed};
    return tape;
}

void tape_clear_overrides(struct tape *tape)
{
    memory_release(&tape->allocator, tape->slots, tape->slot_count * sizeof *tape->slots);
    tape->slots = NULL;
    tape->slot_count = 0;
    tape->count = 0;
    tape->unused = 0;
}

void tape_free(struct tape *tape)
{
    if (tape == NULL) return;
    tape_clear_overrides(tape);
    memory_release(&tape->allocator, tape, sizeof *tape);
}

void tape_quiet(struct tape *tape, bool quiet)
{
    tape->quiet = quiet;
}

void tape_reseed(struct tape *tape, uint64_t seed)
{
    tape->seed = seed;
    tape->quiet = false;
}

uint64_t tape_seed(const struct tape *tape)
{
    return tape->seed;
}

void tape_record(struct tape *tape, const struct tape_recorder *recorder)
{
    tape->recorder = recorder != NULL ? *recorder : (struct tape_recorder){0};
}

void tape_recorder(const struct tape *tape, struct tape_recorder *recorder)
{
    *recorder = tape->recorder;
}

/* The slot that holds the text, or the empty one where it would go. There is one. */
static struct override *slot_of(struct override *slots, size_t slot_count, const char *text,
                                size_t length)
{
    size_t at = (size_t)XXH3_64bits(text, length) & (slot_count - 1);
    while (slots[at].length != 0 &&
           (slots[at].length != length || memcmp(slots[at].text, text, length) != 0))
        at = (at + 1) & (slot_count - 1);
    return &slots[at];
}

static bool reserve_slot(struct tape *tape)
{
    enum { SLOTS_MIN = 16 };
    if (tape->slot_count > 0 && (tape->count + 1) * 2 <= tape->slot_count) return true;
    const size_t slot_count = tape->slot_count > 0 ? tape->slot_count * 2 : SLOTS_MIN;
    struct override *slots = memory_allocate(&tape->allocator, slot_count * sizeof *slots);
    if (slots == NULL) return false;
    memset(slots, 0, slot_count * sizeof *slots);
    for (size_t i = 0; i < tape->slot_count; i++) {
        const struct override *old = &tape->slots[i];
        if (old->length > 0) *slot_of(slots, slot_count, old->text, old->length) = *old;
    }
    memory_release(&tape->allocator, tape->slots, tape->slot_count * sizeof *tape->slots);
    tape->slots = slots;
    tape->slot_count = slot_count;
    return true;
}

static bool text_valid(const char *text, size_t length)
{
    if (length == 0 || length >= TAPE_IDENTITY_BYTES_MAX) return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] <= ' ' || text[i] >= 0x7f || text[i] == '=') return false;
    return true;
}

bool tape_override(struct tape *tape, const char *text, size_t length, uint64_t value)
{
    if (!text_valid(text, length) || !reserve_slot(tape)) return false;
    struct override *slot = slot_of(tape->slots, tape->slot_count, text, length);
    if (slot->length == 0) {
        memcpy(slot->text, text, length);
        slot->length = length;
        slot->used = true;
        tape->count++;
    }
    if (slot->used) tape->unused++;
    slot->used = false;
    slot->value = value;
    return true;
}

size_t tape_override_count(const struct tape *tape)
{
    return tape->count;
}

size_t tape_override_unused(const struct tape *tape)
{
    return tape->unused;
}

/* ---- Answers ---- */

static bool overridden(struct tape *tape, uint64_t *value, const struct tape_identity *identity)
{
    if (tape->count == 0) return false;
    struct override *slot =
        slot_of(tape->slots, tape->slot_count, identity->text, identity->length);
    if (slot->length == 0) return false;
    if (!slot->used) tape->unused--;
    slot->used = true;
    *value = slot->value;
    return true;
}

/* The high 64 bits of a * b. */
static uint64_t multiply_high(uint64_t a, uint64_t b)
{
    const uint64_t a_low = a & UINT32_MAX;
    const uint64_t a_high = a >> 32;
    const uint64_t b_low = b & UINT32_MAX;
    const uint64_t b_high = b >> 32;
    const uint64_t low = a_low * b_low;
    const uint64_t middle = a_high * b_low + (low >> 32);
    const uint64_t other = a_low * b_high + (middle & UINT32_MAX);
    return a_high * b_high + (middle >> 32) + (other >> 32);
}

static uint64_t drawn(const struct tape *tape, const struct tape_identity *identity, uint64_t bound)
{
    const XXH128_hash_t hash = XXH3_128bits_withSeed(identity->text, identity->length, tape->seed);
    return multiply_high(hash.high64, bound);
}

static void record(const struct tape *tape, const struct tape_identity *identity, uint64_t bound,
                   uint64_t value)
{
    if (tape->recorder.answered != NULL)
        tape->recorder.answered(tape->recorder.context, identity->text, bound, value);
}

uint64_t tape_choose(struct tape *tape, const struct tape_identity *identity, uint64_t bound)
{
    FRAME_ASSERT(bound >= 1);
    uint64_t value;
    if (overridden(tape, &value, identity))
        value %= bound;
    else
        value = tape->quiet ? 0 : drawn(tape, identity, bound);
    record(tape, identity, bound, value);
    return value;
}

bool tape_chance(struct tape *tape, const struct tape_identity *identity, uint64_t numerator,
                 uint64_t denominator)
{
    FRAME_ASSERT(denominator >= 1);
    uint64_t value;
    bool happens;
    if (overridden(tape, &value, identity))
        happens = value % 2 != 0;
    else
        happens = numerator >= denominator ||
                  (numerator > 0 && !tape->quiet && drawn(tape, identity, denominator) < numerator);
    record(tape, identity, 2, happens ? 1 : 0);
    return happens;
}
