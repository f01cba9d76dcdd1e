// SPDX-License-Identifier: Apache-2.0
/*
 * The receipt log (§ 13): frames before the first failing one are a prefix that stays what it is whatever
 * comes behind; written again, good frames are the same bytes; an instance recovers what the log keeps.
 */
#include <string.h>

#include "log_recover.h"
#include "fuzz.h"

/* Reads the log; tells what is there, and returns the length of its clean prefix. */
static size_t read_log(struct frame_log_reader *reader, const uint8_t *data, size_t size)
{
    struct frame_span payload;
    size_t clean = 0, last = 0;
    frame_log_reader_init(reader, data, size);
    while (frame_log_next(reader, &payload)) {
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        size_t start = (size_t)(payload.bytes - data) - FRAME_LOG_HEADER_BYTES;
        FUZZ_CHECK(start >= last);
        last = start + FRAME_LOG_HEADER_BYTES + payload.length;
        frame_log_header(header, payload.bytes, payload.length);
        FUZZ_CHECK(memcmp(header, data + start, sizeof header) == 0);
        fuzz_tell_number(start);
        if (!reader->aside) clean = last;
    }
    FUZZ_CHECK((reader->state == FRAME_LOG_CLEAN) == (clean == size));
    FUZZ_CHECK(reader->state == FRAME_LOG_CLEAN || reader->failed_offset == clean);
    return clean;
}

static void log_target(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct frame_log_reader whole, prefix;
    size_t clean = read_log(&whole, data, size);
    size_t kept = whole.kept;
    FUZZ_CHECK(read_log(&prefix, data, clean) == clean);
    FUZZ_CHECK(prefix.state == FRAME_LOG_CLEAN && prefix.kept == kept);
    if (kept > 0) fuzz_reach(FUZZ_WALL_STRUCTURE);
    fuzz_tell_number(whole.state);
    log_recover(crypto, data, size, clean, &whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(log_target, data, size);
}
