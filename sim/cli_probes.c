// SPDX-License-Identifier: Apache-2.0
#include "cli_probes.h"

#include <inttypes.h>
#include <string.h>

#include "core/memory.h"

enum { TRAILER_BYTES = 8 * PROBE_COUNT };

void probe_tally_put(FILE *out, const struct interpret_result *result)
{
    uint8_t bytes[TRAILER_BYTES];
    for (size_t i = 0; i < TRAILER_BYTES; i++)
        bytes[i] = (uint8_t)(result->probes[i / 8] >> (56 - 8 * (i % 8)));
    fwrite(bytes, 1, sizeof bytes, out);
}

size_t probe_tally_take(struct probe_tally *tally, const char *text, size_t length)
{
    FRAME_ASSERT(length >= TRAILER_BYTES);
    const char *bytes = text + length - TRAILER_BYTES;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        uint64_t hits = 0;
        for (size_t k = 0; k < 8; k++)
            hits = hits << 8 | (uint8_t)bytes[8 * i + k];
        tally->hits[i] += hits;
        tally->runs[i] += hits > 0;
    }
    return length - TRAILER_BYTES;
}

void probe_tally_print(const struct probe_tally *tally, FILE *out)
{
    fputs("\n      hits   in runs  probe\n", out);
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        const enum probe probe = (enum probe)i;
        fprintf(out, "%10" PRIu64 " %9" PRIu64 "  %-26s %s%s\n", tally->hits[i], tally->runs[i],
                probe_name(probe), probe_what(probe), probe_is_rare(probe) ? " (rare)" : "");
    }
}

size_t probe_tally_missing(const struct probe_tally *tally, FILE *out)
{
    size_t missing = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        const enum probe probe = (enum probe)i;
        if (tally->hits[i] > 0 || probe_is_rare(probe)) continue;
        fprintf(out, "framesim: probe '%s' was never hit: %s\n", probe_name(probe),
                probe_what(probe));
        missing++;
    }
    return missing;
}

/* In the order of names, as canonical JSON wants it; few enough to look for the next one each time. */
static size_t next_name(size_t after)
{
    size_t next = PROBE_COUNT;
    for (size_t i = 0; i < PROBE_COUNT; i++) {
        const char *name = probe_name((enum probe)i);
        if (after < PROBE_COUNT && strcmp(name, probe_name((enum probe)after)) <= 0) continue;
        if (next == PROBE_COUNT || strcmp(name, probe_name((enum probe)next)) < 0) next = i;
    }
    return next;
}

void probes_put_json(FILE *out, const struct interpret_result *result)
{
    const char *before = "";
    fputs("\"probes\":{", out);
    for (size_t i = next_name(PROBE_COUNT); i < PROBE_COUNT; i = next_name(i)) {
        if (result->probes[i] == 0) continue;
        fprintf(out, "%s\"%s\":%" PRIu64, before, probe_name((enum probe)i), result->probes[i]);
        before = ",";
    }
    fputs("},", out);
}
