// SPDX-License-Identifier: Apache-2.0
/* The receipt log (§ 13): u32 big-endian length, u32 big-endian XXH32 of the payload, payload. */
#include "frame.h"

#include <string.h>
#include <xxhash.h>

#include "memory.h"
#include "planted.h"
#include "receipt.h"

/* How every canonical receipt begins (§ 3): its first field is an array. */
static const char receipt_prefix[] = "{\"capabilitiesDeclared\":[";
enum { RECEIPT_PREFIX_BYTES = sizeof receipt_prefix - 1 };

static uint32_t u32_read(const uint8_t bytes[4])
{
    return (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 |
           (uint32_t)bytes[3];
}

static void u32_write(uint8_t bytes[4], uint32_t value)
{
    bytes[0] = (uint8_t)(value >> 24);
    bytes[1] = (uint8_t)(value >> 16);
    bytes[2] = (uint8_t)(value >> 8);
    bytes[3] = (uint8_t)value;
}

void frame_log_header(uint8_t header[FRAME_LOG_HEADER_BYTES], const uint8_t *payload, size_t length)
{
    FRAME_ASSERT(length > 0 && length <= FRAME_RECEIPT_BYTES_MAX);
    u32_write(header, (uint32_t)length);
    u32_write(header + 4, XXH32(payload, length, 0));
}

/*
 * Does a good frame start at `offset`?
 *
 * Behind a failing frame this is asked of every byte, so its cost has to stay linear in the whole log
 * on hostile bytes too. Length and prefix cost O(1). The prefix cannot overlap itself, so places that
 * pass it lie further apart than a header is long. The JSON check then stops at the first fault, and
 * a raw NUL byte is one wherever it stands; but a header of a legal length starts with NUL, its length
 * being below 2^24. So the check of one place ends where the next place starts, at the latest. What
 * costs more comes after it: of payloads that pass no two overlap.
 */
static bool frame_at(struct frame_span *payload, const struct frame_log_reader *reader,
                     size_t offset)
{
    const uint8_t *header = reader->bytes + offset;
    const size_t left = reader->length - offset;
    if (left < FRAME_LOG_HEADER_BYTES) return false;
    const size_t length = u32_read(header);
    if (length < RECEIPT_PREFIX_BYTES || length > FRAME_RECEIPT_BYTES_MAX) return false;
    if (length > left - FRAME_LOG_HEADER_BYTES) return false;

    payload->bytes = header + FRAME_LOG_HEADER_BYTES;
    payload->length = length;
    if (memcmp(payload->bytes, receipt_prefix, RECEIPT_PREFIX_BYTES) != 0) return false;
    if (receipt_check(*payload) != FRAME_OK) return false;
    return u32_read(header + 4) == XXH32(payload->bytes, length, 0) || FRAME_PLANTED(log_unchecked);
}

void frame_log_reader_init(struct frame_log_reader *reader, const uint8_t *bytes, size_t length)
{
    *reader = (struct frame_log_reader){.bytes = bytes, .length = length, .state = FRAME_LOG_CLEAN};
}

bool frame_log_next(struct frame_log_reader *reader, struct frame_span *payload)
{
    struct frame_span found;
    for (; reader->offset < reader->length; reader->offset++) {
        if (FRAME_PLANTED(corrupt_taken_for_torn) && reader->aside) return false;
        if (frame_at(&found, reader, reader->offset)) {
            reader->offset += FRAME_LOG_HEADER_BYTES + found.length;
            if (reader->aside) {
                reader->state = FRAME_LOG_CORRUPT;
            } else {
                reader->kept++;
            }
            *payload = found;
            return true;
        }
        if (!reader->aside) {
            reader->aside = true;
            reader->state = FRAME_LOG_TORN; /* unless a good frame turns up behind */
            reader->failed_offset = reader->offset;
        }
    }
    return false;
}
