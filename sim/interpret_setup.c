// SPDX-License-Identifier: Apache-2.0
/* What the verbs of the setup do: they fill in the options that the world is made with. */
#include <string.h>

#include "core/json.h"
#include "sim/interpret_internal.h"

bool verb_run_title(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)in;
    (void)statement; /* told by whoever listens */
    return true;
}

bool verb_run_say(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)in;
    (void)statement;
    return true;
}

bool verb_run_seed(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)in;
    (void)statement; /* read before the world was made */
    return true;
}

bool verb_run_chance(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)in;
    (void)statement; /* as the next one: interpret_prepare_tape */
    return true;
}

bool verb_run_decide(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)in;
    (void)statement;
    return true;
}

bool verb_run_identity(struct interpreter *in, const struct scenario_statement *statement)
{
    size_t length = statement->of.words.length;
    memcpy(in->identity, statement->of.words.bytes, length);
    in->identity[length] = '\0';
    for (size_t i = 0; i < in->scenario->peer_count; i++)
        in->options[i].identity = in->identity;
    return true;
}

bool verb_run_nodes(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)statement;
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        if (in->scenario->peers[i].late) in->options[i].absent = true;
    }
    return true;
}

bool verb_run_adversary(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)statement;
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        if (in->scenario->peers[i].adversary) in->options[i].adversary = true;
    }
    return true;
}

/* Runs over the options of a statement's peers: `at` is -1 before the first. */
static struct world_peer_options *next_options(struct interpreter *in, int *at,
                                               struct scenario_peers peers)
{
    while (++*at < (int)in->scenario->peer_count) {
        if (scenario_peers_has(peers, (size_t)*at)) return &in->options[*at];
    }
    return NULL;
}

bool verb_run_stranger(struct interpreter *in, const struct scenario_statement *statement)
{
    struct world_peer_options *options;
    int at = -1;
    while ((options = next_options(in, &at, statement->peers)) != NULL)
        options->stranger = true;
    return true;
}

bool verb_run_mistrusted(struct interpreter *in, const struct scenario_statement *statement)
{
    struct world_peer_options *options;
    int at = -1;
    while ((options = next_options(in, &at, statement->peers)) != NULL)
        options->mistrusted = true;
    return true;
}

bool verb_run_policy(struct interpreter *in, const struct scenario_statement *statement)
{
    struct world_peer_options *options;
    int at = -1;
    enum frame_policy policy =
        statement->of.policy.strict ? FRAME_POLICY_STRICT : FRAME_POLICY_JOIN;
    while ((options = next_options(in, &at, statement->peers)) != NULL)
        options->policy = policy;
    return true;
}

bool verb_run_trust(struct interpreter *in, const struct scenario_statement *statement)
{
    struct world_peer_options *options;
    int at = -1;
    while ((options = next_options(in, &at, statement->peers)) != NULL)
        options->strict_trust = statement->of.trust.strict;
    return true;
}

bool verb_run_version(struct interpreter *in, const struct scenario_statement *statement)
{
    struct world_peer_options *options;
    int at = -1;
    while ((options = next_options(in, &at, statement->peers)) != NULL)
        options->version = statement->of.version;
    return true;
}

bool verb_run_gossip(struct interpreter *in, const struct scenario_statement *statement)
{
    for (size_t i = 0; i < in->scenario->peer_count; i++)
        in->options[i].gossip_interval_ms = statement->duration_us / WORLD_MS;
    return true;
}

#define INSTANCE_DURATION(value) ((value) / WORLD_MS)
#define INSTANCE_NUMBER(value)   (value)
#define INSTANCE_TABLE(value)    (value)

static void set_instance(struct world_peer_options *options, size_t setting, uint64_t value)
{
    switch ((enum scenario_instance_setting)setting) {
#define SETUP_FIELD_SET(id, word, kind, type, field) \
    case SCENARIO_INSTANCE_##id: options->field = (type)INSTANCE_##kind(value); break;
        SCENARIO_INSTANCE_SETTINGS(SETUP_FIELD_SET)
#undef SETUP_FIELD_SET
    case SCENARIO_INSTANCE_COUNT: break;
    }
}

bool verb_run_instance(struct interpreter *in, const struct scenario_statement *statement)
{
    for (size_t setting = 0; setting < SCENARIO_INSTANCE_COUNT; setting++) {
        if ((statement->of.instance.given & 1u << setting) == 0) continue;
        for (size_t i = 0; i < in->scenario->peer_count; i++)
            set_instance(&in->options[i], setting, statement->of.instance.value[setting]);
    }
    return true;
}

/* ---- Links: at any time ----------------------------------------------------------------- */

static void change_link(struct interpreter *in, int from, int to,
                        const struct scenario_statement *statement)
{
    const struct link_settings *given = &statement->of.link.settings;
    uint32_t which = statement->of.link.given;
    struct link_settings settings;
    world_get_link(in->world, from, to, &settings);
    if (which & SCENARIO_LINK_LATENCY) settings.latency = given->latency;
    if (which & SCENARIO_LINK_LOSS) settings.loss_ppm = given->loss_ppm;
    if (which & SCENARIO_LINK_DUPLICATE) settings.duplicate_ppm = given->duplicate_ppm;
    if (which & SCENARIO_LINK_REORDER) settings.reorder_ppm = given->reorder_ppm;
    if (which & SCENARIO_LINK_REORDER) settings.reorder_us = given->reorder_us;
    if (which & SCENARIO_LINK_FLIP) settings.flip_ppm = given->flip_ppm;
    if (which & SCENARIO_LINK_TRUNCATE) settings.truncate_ppm = given->truncate_ppm;
    if (which & SCENARIO_LINK_BURST) settings.burst_ppm = given->burst_ppm;
    if (which & SCENARIO_LINK_BURST) settings.burst_length = given->burst_length;
    if (which & SCENARIO_LINK_BANDWIDTH) settings.bandwidth_bps = given->bandwidth_bps;
    if (which & SCENARIO_LINK_BANDWIDTH) settings.queue_bytes_max = given->queue_bytes_max;
    world_set_link(in->world, from, to, &settings);
}

static bool at_end(int end, int peer)
{
    return end == WORLD_ANY || end == peer;
}

static bool is_meant(const struct scenario_ends *ends, int from, int to)
{
    bool forth = at_end(ends->from, from) && at_end(ends->to, to);
    bool back = ends->both_ways && at_end(ends->from, to) && at_end(ends->to, from);
    return from != to && (forth || back);
}

bool verb_run_link(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.link.ends;
    int count = (int)in->scenario->peer_count;
    for (int from = 0; from < count; from++) {
        for (int to = 0; to < count; to++) {
            if (is_meant(ends, from, to)) change_link(in, from, to, statement);
        }
    }
    return true;
}

bool verb_run_introduce(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.introduce.ends;
    bool trusted = !statement->of.introduce.mistrusted;
    int count = (int)in->scenario->peer_count;
    for (int from = 0; from < count; from++) {
        for (int to = 0; to < count; to++) {
            bool learns = !in->scenario->peers[from].adversary;
            if (learns && is_meant(ends, from, to)) world_know(in->world, from, to, trusted);
        }
    }
    return true;
}

bool verb_run_check(struct interpreter *in, const struct scenario_statement *statement)
{
    world_check_enable(in->world, statement->of.check.name, statement->of.check.on);
    return true;
}
