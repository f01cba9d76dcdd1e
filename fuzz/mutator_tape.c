// SPDX-License-Identifier: Apache-2.0
#include "mutator_tape.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "tape_run.h"

bool tape_input(const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_span line;
    if (!lines_next(&lines, &line) || line.length < 2) return tape_asked_count() > 0;
    return line.bytes[0] >= 'A' && line.bytes[0] <= 'z' && memchr(line.bytes, ':', line.length) &&
           memchr(line.bytes, '=', line.length) && !memchr(line.bytes, '{', line.length);
}

/* Zero is quiet; small ones and all-but-one are at the edges; anything goes. */
static void add_choice(struct pool *pool, struct model_text *text)
{
    uint64_t bound;
    char line[256];
    if (tape_asked_count() == 0) return;
    const char *identity = tape_asked(pool_below(pool, tape_asked_count()), &bound);
    uint64_t value = pool_below(pool, 3) > 0    ? pool_random(pool) % bound
                     : pool_below(pool, 2) == 0 ? 0
                                                : bound - 1;
    (void)snprintf(line, sizeof line, "%s=%" PRIu64 "\n", identity, value);
    model_text_string(text, line);
}

struct model_text tape_change(struct pool *pool, const uint8_t *data, size_t size)
{
    struct model_text text = {0};
    struct lines lines = {{data, size}};
    struct frame_span line;
    for (size_t more = 1 + pool_below(pool, 4); more > 0; more--)
        add_choice(pool, &text);
    while (lines_next(&lines, &line)) {
        if (line.length == 0 || pool_below(pool, 8) == 0) continue;
        model_text_add(&text, line.bytes, line.length);
        model_text_string(&text, "\n");
    }
    return text;
}
