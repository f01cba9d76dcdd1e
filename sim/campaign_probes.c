// SPDX-License-Identifier: Apache-2.0
/* Which probes a campaign has hit, and together with which faults. */
#include <inttypes.h>

#include "campaign.h"
#include "core/json.h"

static size_t find_probe(struct frame_span name)
{
    size_t i = 0;
    while (i < PROBE_COUNT && !json_string_is(name, probe_name((enum probe)i)))
        i++;
    return i;
}

/* Which faults struck in this run; returns how many. */
static size_t struck(size_t faults[SWARM_FAULTS_MAX], const struct campaign_result *result)
{
    struct json_walk walk;
    struct frame_span name;
    struct frame_span value;
    size_t count = 0;
    json_walk_init(&walk, result->faults);
    while (json_next_member(&walk, &name, &value))
        for (size_t i = 0; i < fault_count() && count < SWARM_FAULTS_MAX; i++)
            if (json_string_is(name, fault_at(i)->name)) faults[count++] = i;
    return count;
}

void campaign_add_probes(struct campaign_tally *tally, const struct campaign_result *result)
{
    struct json_walk walk;
    struct frame_span name;
    struct frame_span value;
    size_t faults[SWARM_FAULTS_MAX];
    const size_t fault_number = struck(faults, result);
    json_walk_init(&walk, result->probes);
    while (json_next_member(&walk, &name, &value)) {
        int64_t hits;
        const size_t probe = find_probe(name);
        if (probe == PROBE_COUNT || !json_integer(value, &hits) || hits <= 0) continue;
        tally->probes.hits[probe] += (uint64_t)hits;
        tally->probes.runs[probe]++;
        for (size_t i = 0; i < fault_number; i++)
            tally->together[faults[i]][probe]++;
    }
}

void campaign_put_probes_json(FILE *out, const struct campaign_tally *tally)
{
    fputs("\"probes\":[", out);
    for (size_t i = 0; i < PROBE_COUNT; i++)
        fprintf(out, "%s{\"hits\":%" PRIu64 ",\"name\":\"%s\",\"runs\":%" PRIu64 "}",
                i == 0 ? "" : ",", tally->probes.hits[i], probe_name((enum probe)i),
                tally->probes.runs[i]);
    fputs("]", out);
}

void campaign_put_table(FILE *out, const struct campaign_tally *tally)
{
    fputs("probe,hits,runs", out);
    for (size_t i = 0; i < fault_count(); i++)
        fprintf(out, ",%s", fault_at(i)->name);
    fputs("\n", out);
    for (size_t probe = 0; probe < PROBE_COUNT; probe++) {
        fprintf(out, "%s,%" PRIu64 ",%" PRIu64, probe_name((enum probe)probe),
                tally->probes.hits[probe], tally->probes.runs[probe]);
        for (size_t i = 0; i < fault_count(); i++)
            fprintf(out, ",%" PRIu64, tally->together[i][probe]);
        fputs("\n", out);
    }
}

void campaign_put_probes(FILE *out, const struct campaign_tally *tally, bool complete)
{
    size_t hit = 0;
    for (size_t i = 0; i < PROBE_COUNT; i++)
        hit += tally->probes.hits[i] > 0;
    fprintf(out, "%zu of %d probes were hit", hit, (int)PROBE_COUNT);
    const char *before = "; never: ";
    for (size_t i = 0; complete && i < PROBE_COUNT; i++) {
        if (tally->probes.hits[i] > 0) continue;
        fprintf(out, "%s%s%s", before, probe_name((enum probe)i),
                probe_is_rare((enum probe)i) ? " (rare)" : "");
        before = ", ";
    }
    fputs("\n", out);
}
