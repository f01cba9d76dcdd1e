// SPDX-License-Identifier: Apache-2.0
/* Inputs of several documents hold one to a line: canonical JSON has no raw line feeds. */
#ifndef FUZZ_LINES_H
#define FUZZ_LINES_H

#include <string.h>

#include "core/frame.h"

struct lines {
    struct frame_span rest; /* what is still to be read */
};

/* The next line, without its line feed; an empty rest has no line. */
static inline bool lines_next(struct lines *lines, struct frame_span *line)
{
    if (lines->rest.length == 0) return false;
    const uint8_t *feed = memchr(lines->rest.bytes, '\n', lines->rest.length);
    line->bytes = lines->rest.bytes;
    line->length = feed != NULL ? (size_t)(feed - line->bytes) : lines->rest.length;
    size_t taken = line->length + (feed != NULL ? 1 : 0);
    lines->rest.bytes += taken;
    lines->rest.length -= taken;
    return true;
}

#endif
