// SPDX-License-Identifier: Apache-2.0
/* What a campaign is to run: plans, the numbers of runs, manifests. */
#include "sim/campaign.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "core/json.h"
#include "sim/build_info.h"
#include "sim/cli.h"
#include "sim/escape.h"

/* ---- Plans ---- */

bool campaign_plan_load(struct campaign_plan *plan, FILE *complaints)
{
    bool fine = true;
    plan->scenarios = calloc(plan->files.count + 1, sizeof(struct scenario *));
    if (plan->scenarios == NULL) abort();
    for (size_t i = 0; i < plan->files.count; i++) {
        plan->scenarios[i] = scenario_load(plan->files.paths[i], complaints);
        if (plan->scenarios[i] == NULL) fine = false;
    }
    return fine;
}

void campaign_plan_free(struct campaign_plan *plan)
{
    for (size_t i = 0; plan->scenarios != NULL && i < plan->files.count; i++)
        scenario_free(plan->scenarios[i]);
    free(plan->scenarios);
    scenario_files_free(&plan->files);
    plan->scenarios = NULL;
}

struct campaign_unit campaign_unit(const struct campaign_plan *plan, uint64_t k)
{
    const uint64_t number = plan->shard - 1 + k * plan->shards;
    return (struct campaign_unit){(size_t)(number % plan->files.count),
                                  plan->first_seed + number / plan->files.count};
}

uint64_t campaign_units(const struct campaign_plan *plan)
{
    const uint64_t most = SCENARIO_SEED_MAX - plan->first_seed + 1;
    const uint64_t seeds = plan->seeds > 0 ? plan->seeds : most;
    if (seeds > UINT64_MAX / plan->files.count) return SCENARIO_SEED_MAX;
    const uint64_t all = seeds * plan->files.count;
    return all < plan->shard ? 0 : (all - plan->shard) / plan->shards + 1;
}

/* ---- Manifests ---- */

static void put_scenarios(FILE *out, const struct campaign_plan *plan)
{
    for (size_t i = 0; i < plan->files.count; i++) {
        XXH128_canonical_t hash;
        char hex[2 * sizeof hash.digest];
        XXH128_canonicalFromHash(
            &hash, XXH3_128bits(plan->scenarios[i]->text, plan->scenarios[i]->text_length));
        frame_hex_encode(hex, hash.digest, sizeof hash.digest);
        fprintf(out, "%s{\"hash\":\"%.*s\",\"path\":", i == 0 ? "" : ",", (int)sizeof hex, hex);
        escape_json_text(out, plan->files.paths[i]);
        fputc('}', out);
    }
}

void campaign_put_manifest(FILE *out, const struct campaign_plan *plan)
{
    fputs("{\"commit\":", out);
    escape_json_text(out, build_commit());
    fputs(",\"crypto\":", out);
    escape_json_text(out, build_crypto(plan->crypto));
    fprintf(out, ",\"events_max\":%" PRIu64 ",\"format\":1,\"scenarios\":[", plan->events_max);
    put_scenarios(out, plan);
    fprintf(out, "],\"seeds\":{\"first\":%" PRIu64 ",\"last\":", plan->first_seed);
    if (plan->seeds > 0)
        fprintf(out, "%" PRIu64, plan->first_seed + plan->seeds - 1);
    else
        fputs("null", out);
    fprintf(out, "},\"shard\":{\"index\":%" PRIu64 ",\"of\":%" PRIu64 "},\"version\":\"%s\"}\n",
            plan->shard, plan->shards, CLI_VERSION);
}

bool campaign_number(struct frame_span object, const char *name, uint64_t *number)
{
    struct frame_span value;
    int64_t integer;
    if (!json_member(object, &value, name) || !json_integer(value, &integer) || integer < 0)
        return false;
    *number = (uint64_t)integer;
    return true;
}

static bool read_paths(struct campaign_plan *plan, struct frame_span scenarios)
{
    struct json_walk walk;
    struct frame_span item;
    struct frame_span path;
    json_walk_init(&walk, scenarios);
    while (json_next_item(&walk, &item)) {
        if (json_kind(item) != JSON_OBJECT || !json_member(item, &path, "path") ||
            json_kind(path) != JSON_STRING)
            return false;
        char *text = calloc(json_string_length(path) + 1, 1);
        if (text == NULL) abort();
        json_string_decode((uint8_t *)text, path);
        const bool added = scenario_files_add(&plan->files, text, stderr);
        free(text);
        if (!added) return false;
    }
    return plan->files.count > 0;
}

static bool read_plan(struct campaign_plan *plan, struct frame_span text)
{
    struct frame_span value;
    uint64_t format;
    uint64_t last;
    if (!campaign_number(text, "format", &format) || format != 1 ||
        !campaign_number(text, "events_max", &plan->events_max) ||
        !json_member(text, &value, "seeds") || json_kind(value) != JSON_OBJECT ||
        !campaign_number(value, "first", &plan->first_seed))
        return false;
    if (campaign_number(value, "last", &last)) {
        if (last < plan->first_seed || last > SCENARIO_SEED_MAX) return false;
        plan->seeds = last - plan->first_seed + 1;
    }
    if (!json_member(text, &value, "shard") || json_kind(value) != JSON_OBJECT ||
        !campaign_number(value, "index", &plan->shard) ||
        !campaign_number(value, "of", &plan->shards))
        return false;
    if (plan->shard < 1 || plan->shard > plan->shards || plan->shards > CAMPAIGN_SHARDS_MAX)
        return false;
    plan->crypto = json_member(text, &value, "crypto") && json_kind(value) == JSON_STRING
                       ? build_crypto_mode((const char *)value.bytes + 1, value.length - 2)
                       : CRYPTO_REAL;
    return json_member(text, &value, "scenarios") && json_kind(value) == JSON_ARRAY &&
           read_paths(plan, value);
}

/* Is the manifest the one that this program would write now? */
static bool same_manifest(const struct campaign_plan *plan, struct frame_span text)
{
    char *now = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&now, &length);
    if (out == NULL) abort();
    campaign_put_manifest(out, plan);
    if (fclose(out) != 0) abort();
    const bool same = length == text.length + 1 && memcmp(now, text.bytes, text.length) == 0;
    free(now);
    return same;
}

static bool same_member(struct frame_span text, const char *name, const char *expected)
{
    struct frame_span value;
    return json_member(text, &value, name) && json_kind(value) == JSON_STRING &&
           json_string_is(value, expected);
}

bool campaign_read_manifest(struct campaign_plan *plan, const char *path, struct frame_span text,
                            bool any_build, FILE *complaints)
{
    size_t end;
    size_t offset;
    if (text.length > 0 && text.bytes[text.length - 1] == '\n') text.length--;
    if (json_check_value(&end, &offset, text.bytes, text.length, 0, 0, SIZE_MAX) != FRAME_OK ||
        end != text.length || json_kind(text) != JSON_OBJECT || !read_plan(plan, text)) {
        fprintf(complaints, "%s: is no manifest of a campaign\n", path);
        return false;
    }
    if (!any_build && (!same_member(text, "commit", build_commit()) ||
                       !same_member(text, "crypto", build_crypto(plan->crypto)))) {
        fprintf(complaints, "%s: was begun by another build of framesim than this one (%s, %s)\n",
                path, build_commit(), build_crypto(plan->crypto));
        return false;
    }
    if (!campaign_plan_load(plan, complaints)) return false;
    if (any_build || same_manifest(plan, text)) return true;
    fprintf(complaints, "%s: its scenarios have changed since it was begun\n", path);
    return false;
}
