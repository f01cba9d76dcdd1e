// SPDX-License-Identifier: Apache-2.0
/* Stable names, and the small things about hashes: hex and order. */
#include <string.h>

#include "memory.h"
#include "planted.h"

const char *frame_status_name(enum frame_status status)
{
#define STATUS_NAME(id, name) [FRAME_##id] = (name),
    static const char *const names[FRAME_STATUS_COUNT] = {FRAME_STATUS_LIST(STATUS_NAME)};
#undef STATUS_NAME
    FRAME_ASSERT(status < FRAME_STATUS_COUNT);
    return names[status];
}

/* The name of a value of a small enumeration; anything else is a broken invariant. */
static const char *name_of(const char *const *names, size_t count, size_t value)
{
    FRAME_ASSERT(value < count);
    return names[value];
}
#define NAME_OF(names, value) name_of((names), sizeof(names) / sizeof *(names), (size_t)(value))

const char *frame_outcome_name(enum frame_outcome outcome)
{
    static const char *const names[] = {
        [FRAME_OUTCOME_ACCEPTED] = "accepted", [FRAME_OUTCOME_REFUSED] = "refused",
        [FRAME_OUTCOME_CHANGED] = "changed",   [FRAME_OUTCOME_SUPERSEDED] = "superseded",
        [FRAME_OUTCOME_MERGE] = "merge",
    };
    return NAME_OF(names, outcome);
}

const char *frame_comparison_name(enum frame_comparison comparison)
{
    static const char *const names[] = {
        [FRAME_SYNCHRONIZED] = "synchronized",     [FRAME_LOCAL_AHEAD] = "local_ahead",
        [FRAME_REMOTE_AHEAD] = "remote_ahead",     [FRAME_DIVERGED] = "diverged",
        [FRAME_NONDETERMINISM] = "nondeterminism",
    };
    return NAME_OF(names, comparison);
}

const char *frame_message_type_name(enum frame_message_type type)
{
    static const char *const names[] = {
        [FRAME_MESSAGE_ATTEST] = "attest",     [FRAME_MESSAGE_REQUEST] = "request",
        [FRAME_MESSAGE_PAGE] = "page",         [FRAME_MESSAGE_REJECT] = "reject",
        [FRAME_MESSAGE_ANNOUNCE] = "announce", [FRAME_MESSAGE_ROUTE] = "route",
        [FRAME_MESSAGE_RESULT] = "result",
    };
    return NAME_OF(names, type);
}

const char *frame_log_state_name(enum frame_log_state state)
{
    static const char *const names[] = {
        [FRAME_LOG_CLEAN] = "clean",
        [FRAME_LOG_TORN] = "torn",
        [FRAME_LOG_CORRUPT] = "corrupt",
    };
    return NAME_OF(names, state);
}

const char *frame_note_name(enum frame_note_type type)
{
    static const char *const names[] = {
        [FRAME_NOTE_ACKNOWLEDGED] = "acknowledged",
        [FRAME_NOTE_JOINED] = "joined",
        [FRAME_NOTE_MERGED] = "merged",
        [FRAME_NOTE_REFUSED] = "refused",
        [FRAME_NOTE_OFFENCE] = "offence",
        [FRAME_NOTE_IGNORING] = "ignoring",
        [FRAME_NOTE_COMPARED] = "compared",
        [FRAME_NOTE_ALARM] = "alarm",
        [FRAME_NOTE_DIVERGED] = "diverged",
        [FRAME_NOTE_CLOCK_BEHIND] = "clock_behind",
        [FRAME_NOTE_SAFE_MODE_LEFT] = "safe_mode_left",
        [FRAME_NOTE_TIMED_OUT] = "timed_out",
        [FRAME_NOTE_MET] = "met",
        [FRAME_NOTE_FORGOTTEN] = "forgotten",
        [FRAME_NOTE_ROUTING] = "routing",
        [FRAME_NOTE_PROMISED] = "promised",
        [FRAME_NOTE_ROUTED] = "routed",
        [FRAME_NOTE_GIVEN_UP] = "given_up",
        [FRAME_NOTE_FETCH] = "fetch",
        [FRAME_NOTE_SERVED] = "served",
    };
    return NAME_OF(names, type);
}

/* ---- Hex ------------------------------------------------------------------------------------- */

void frame_hex_encode(char *hex, const uint8_t *bytes, size_t length)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < length; i++) {
        hex[2 * i] = digits[bytes[i] >> 4];
        hex[2 * i + 1] = digits[bytes[i] & 15];
    }
}

/* 0xff for any character that is none, upper case too (§ 2). */
static unsigned hex_value(char digit)
{
    static const uint8_t one_more[256] = {
        ['0'] = 1,  ['1'] = 2,  ['2'] = 3,  ['3'] = 4,  ['4'] = 5,  ['5'] = 6,
        ['6'] = 7,  ['7'] = 8,  ['8'] = 9,  ['9'] = 10, ['a'] = 11, ['b'] = 12,
        ['c'] = 13, ['d'] = 14, ['e'] = 15, ['f'] = 16,
    };
    if (FRAME_PLANTED(hex_upper_case) && digit >= 'A' && digit <= 'F') digit += 'a' - 'A';
    return (uint8_t)(one_more[(uint8_t)digit] - 1);
}

/* Sixteen digits at a time, each in a byte of its own; signed, as what is no ASCII is below '0' then. */
typedef int8_t digits16 __attribute__((vector_size(16)));
typedef uint16_t pairs8 __attribute__((vector_size(16)));
typedef uint8_t bytes8 __attribute__((vector_size(8)));
enum { CHUNK_BYTES = 64 };

/* Eight bytes of sixteen characters; *faults gets bits where one of them is no digit. */
static void digits_decode(uint8_t bytes[8], digits16 *faults, const char *hex)
{
    enum { LETTERS_LATER = 'a' - '0' - 10 };
    digits16 digits;
    memcpy(&digits, hex, sizeof digits);
    const digits16 letters = digits > '9';
    const digits16 values = digits - '0' - (letters & LETTERS_LATER);
    *faults |= (letters ^ (values > 9)) | (values & ~0xf);
    pairs8 pairs;
    memcpy(&pairs, &values, sizeof pairs);
    /* by factors, not by shifts: gcc 12's analyzer takes a vector for a number of as many bits */
#if __BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__
    pairs = (pairs * 16 | pairs / 256) & 0xff;
#else
    pairs = (pairs / 16 | pairs) & 0xff;
#endif
    const bytes8 decoded = __builtin_convertvector(pairs, bytes8);
    memcpy(bytes, &decoded, sizeof decoded);
}

/* A hash, as most of it is; false, and nothing written, where a character is no digit. */
static bool hash_decode(uint8_t bytes[32], const char *hex)
{
    uint8_t decoded[32];
    digits16 faults = {0};
    uint64_t words[2];
    for (size_t i = 0; i < sizeof decoded; i += 8)
        digits_decode(decoded + i, &faults, hex + 2 * i);
    memcpy(words, &faults, sizeof words);
    if ((words[0] | words[1]) != 0) return false;
    memcpy(bytes, decoded, sizeof decoded);
    return true;
}

/* At most CHUNK_BYTES; false where a character is no digit. */
static bool chunk_decode(uint8_t decoded[CHUNK_BYTES], size_t length, const char *hex)
{
    const size_t whole = FRAME_PLANTED(hex_upper_case) ? 0 : length / 8 * 8;
    digits16 faults = {0};
    uint64_t words[2];
    unsigned rest = 0;
    for (size_t i = 0; i < whole; i += 8)
        digits_decode(decoded + i, &faults, hex + 2 * i);
    for (size_t i = whole; i < length; i++) {
        const unsigned high = hex_value(hex[2 * i]);
        const unsigned low = hex_value(hex[2 * i + 1]);
        decoded[i] = (uint8_t)(high << 4 | low);
        rest |= high | low; /* what is no digit has more bits */
    }
    memcpy(words, &faults, sizeof words);
    return (words[0] | words[1]) == 0 && rest <= 0xf;
}

bool frame_hex_decode(uint8_t *bytes, size_t length, const char *hex, size_t hex_length)
{
    uint8_t decoded[CHUNK_BYTES];
    size_t part;
    if (hex_length % 2 != 0 || hex_length / 2 != length) return false;
    if (length == 32 && !FRAME_PLANTED(hex_upper_case)) return hash_decode(bytes, hex);
    for (size_t i = 0; length > CHUNK_BYTES && i < hex_length; i++)
        if (hex_value(hex[i]) > 0xf) return false; /* before anything is written */
    for (size_t at = 0; at < length; at += part) {
        part = length - at < CHUNK_BYTES ? length - at : CHUNK_BYTES;
        if (!chunk_decode(decoded, part, hex + 2 * at)) return false;
        memcpy(bytes + at, decoded, part);
    }
    return true;
}

int frame_hash_compare(const struct frame_hash *a, const struct frame_hash *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}
