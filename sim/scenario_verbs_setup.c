// SPDX-License-Identifier: Apache-2.0
/* The verbs that say what the world is like, and how its network, disks and clocks behave. */
#include "sim/scenario_parser.h"

#include "core/json.h"
#include "core/routing.h"

bool verb_parse_title(struct parser *parser, struct scenario_statement *statement)
{
    return parser_rest(parser, &statement->of.words, "a text");
}

bool verb_parse_say(struct parser *parser, struct scenario_statement *statement)
{
    return parser_rest(parser, &statement->of.words, "a text");
}

bool verb_parse_seed(struct parser *parser, struct scenario_statement *statement)
{
    return parser_number(parser, &statement->of.number, "seed", 0, SCENARIO_SEED_MAX);
}

bool verb_parse_chance(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"drawn", "quiet"};
    size_t choice;
    if (!parser_choice(parser, &choice, "chance", names, 2)) return false;
    statement->of.chance.quiet = choice == 1;
    return true;
}

bool verb_parse_decide(struct parser *parser, struct scenario_statement *statement)
{
    struct frame_span *identity = &statement->of.decide.identity;
    if (!parser_word(parser, identity, "the identity of a question")) return false;
    if (identity->length >= TAPE_IDENTITY_BYTES_MAX)
        return parser_fail(parser, "an identity has less than %d bytes", TAPE_IDENTITY_BYTES_MAX);
    for (size_t i = 0; i < identity->length; i++)
        if (identity->bytes[i] < '!' || identity->bytes[i] > '~' || identity->bytes[i] == '=')
            return parser_fail(parser, "an identity is of printable ASCII without '='");
    return parser_demand(parser, "=") &&
           parser_number(parser, &statement->of.decide.value, "answer", 0, UINT64_MAX);
}

bool verb_parse_identity(struct parser *parser, struct scenario_statement *statement)
{
    if (!parser_word(parser, &statement->of.words, "the identity's name")) return false;
    if (parser->scenario->peer_count != 0)
        return parser_fail(parser, "the identity is named before its peers");
    if (statement->of.words.length <= FRAME_IDENTITY_BYTES_MAX) return true;
    return parser_fail(parser, "an identity's name has at most %d bytes (§ 3)",
                       FRAME_IDENTITY_BYTES_MAX);
}

static bool parse_new_peers(struct parser *parser, bool adversary)
{
    struct frame_span name;
    bool late = false;
    do {
        late = late || (!adversary && parser_take(parser, "late"));
        if (!parser_word(parser, &name, "a peer's name")) return false;
        if (!parser_new_peer(parser, name, late, adversary)) return false;
    } while (!parser_at_end(parser));
    return true;
}

bool verb_parse_nodes(struct parser *parser, struct scenario_statement *statement)
{
    (void)statement; /* they stand in the scenario */
    return parse_new_peers(parser, false);
}

bool verb_parse_adversary(struct parser *parser, struct scenario_statement *statement)
{
    (void)statement;
    return parse_new_peers(parser, true);
}

static bool parse_strictness(struct parser *parser, struct scenario_statement *statement,
                             bool *strict, const char *what, const char *const names[2])
{
    size_t choice;
    if (!parser_choice(parser, &choice, what, names, 2)) return false;
    *strict = choice == 1;
    if (!parser_peers_optional(parser, &statement->peers)) return false;
    if (statement->peers.bits == 0) statement->peers = parser_everybody(parser);
    return true;
}

bool verb_parse_policy(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"join", "strict"};
    return parse_strictness(parser, statement, &statement->of.policy.strict, "policy", names);
}

bool verb_parse_trust(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"open", "strict"};
    return parse_strictness(parser, statement, &statement->of.trust.strict, "trust", names);
}

bool verb_parse_stranger(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_mistrusted(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_gossip(struct parser *parser, struct scenario_statement *statement)
{
    return parser_duration(parser, &statement->duration_us, 1000);
}

enum instance_kind { INSTANCE_DURATION, INSTANCE_NUMBER, INSTANCE_TABLE };

static bool parse_setting(struct parser *parser, uint64_t *value, const char *name,
                          enum instance_kind kind)
{
    enum { DURATION_US_MIN = 1000, NUMBER_MAX = 1000000 };
    switch (kind) {
    case INSTANCE_DURATION: return parser_duration(parser, value, DURATION_US_MIN);
    case INSTANCE_NUMBER: return parser_number(parser, value, name, 1, NUMBER_MAX);
    case INSTANCE_TABLE: return parser_number(parser, value, name, 2, FRAME_TABLE_PEERS_MAX);
    }
    return false;
}

bool verb_parse_instance(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {
#define SETUP_NAME(id, word, kind, type, field) word,
        SCENARIO_INSTANCE_SETTINGS(SETUP_NAME)
#undef SETUP_NAME
    };
    static const enum instance_kind kinds[] = {
#define SETUP_KIND(id, word, kind, type, field) INSTANCE_##kind,
        SCENARIO_INSTANCE_SETTINGS(SETUP_KIND)
#undef SETUP_KIND
    };
    do {
        size_t setting;
        if (!parser_choice(parser, &setting, "setting", names, SCENARIO_INSTANCE_COUNT))
            return false;
        if ((statement->of.instance.given & 1u << setting) != 0)
            return parser_fail(parser, "this setting is given twice");
        statement->of.instance.given |= 1u << setting;
        if (!parse_setting(parser, &statement->of.instance.value[setting], names[setting],
                           kinds[setting]))
            return false;
    } while (!parser_at_end(parser));
    return true;
}

static bool parse_burst(struct parser *parser, struct link_settings *settings)
{
    uint64_t length;
    if (!parser_probability(parser, &settings->burst_ppm) || !parser_demand(parser, "of") ||
        !parser_number(parser, &length, "number of messages", 1, 1000000))
        return false;
    settings->burst_length = (uint32_t)length;
    return true;
}

static bool parse_bandwidth(struct parser *parser, struct link_settings *settings)
{
    enum { BYTES_MAX = 1000000000 };
    if (!parser_number(parser, &settings->bandwidth_bps, "number of bytes a second", 1, BYTES_MAX))
        return false;
    settings->queue_bytes_max = 0;
    return !parser_take(parser, "queue") ||
           parser_number(parser, &settings->queue_bytes_max, "number of bytes", 1, BYTES_MAX);
}

static bool parse_link_setting(struct parser *parser, struct link_settings *settings, size_t which)
{
    switch (1u << which) {
    case SCENARIO_LINK_LATENCY: return parser_latency(parser, &settings->latency);
    case SCENARIO_LINK_LOSS: return parser_probability(parser, &settings->loss_ppm);
    case SCENARIO_LINK_DUPLICATE: return parser_probability(parser, &settings->duplicate_ppm);
    case SCENARIO_LINK_REORDER:
        return parser_probability(parser, &settings->reorder_ppm) && parser_demand(parser, "by") &&
               parser_duration(parser, &settings->reorder_us, 1);
    case SCENARIO_LINK_FLIP: return parser_probability(parser, &settings->flip_ppm);
    case SCENARIO_LINK_TRUNCATE: return parser_probability(parser, &settings->truncate_ppm);
    case SCENARIO_LINK_BURST: return parse_burst(parser, settings);
    default: return parse_bandwidth(parser, settings);
    }
}

bool verb_parse_link(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"latency", "loss",     "duplicate", "reorder",
                                        "flip",    "truncate", "burst",     "bandwidth"};
    struct scenario_ends *ends = &statement->of.link.ends;
    *ends = (struct scenario_ends){.from = WORLD_ANY, .to = WORLD_ANY};
    size_t start = parser->at;
    if (parser_take(parser, "*")) { /* alone, or one end of a link */
        struct frame_span next = parser_peek(parser);
        bool an_end = span_is(next, "->") || span_is(next, "<->");
        if (an_end) parser->at = start;
        ends->everything = !an_end;
    }
    if (!ends->everything && !parser_ends(parser, ends)) return false;
    do {
        size_t which;
        if (!parser_choice(parser, &which, "setting", names, sizeof names / sizeof *names))
            return false;
        if ((statement->of.link.given & 1u << which) != 0)
            return parser_fail(parser, "this setting is given twice");
        statement->of.link.given |= 1u << which;
        if (!parse_link_setting(parser, &statement->of.link.settings, which)) return false;
    } while (!parser_at_end(parser));
    return true;
}

bool verb_parse_introduce(struct parser *parser, struct scenario_statement *statement)
{
    if (!parser_ends(parser, &statement->of.introduce.ends)) return false;
    statement->of.introduce.mistrusted = parser_take(parser, "mistrusted");
    return true;
}

enum { CHECK_NAMES_MAX = 64 };

bool verb_parse_check(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const switches[] = {"off", "on"};
    const char *names[CHECK_NAMES_MAX];
    size_t count = world_check_count() < CHECK_NAMES_MAX ? world_check_count() : CHECK_NAMES_MAX;
    size_t choice;
    for (size_t i = 0; i < count; i++)
        names[i] = world_check_name(i);
    if (!parser_choice(parser, &choice, "check", names, count)) return false;
    statement->of.check.name = names[choice];
    if (!parser_choice(parser, &choice, "on or off", switches, 2)) return false;
    statement->of.check.on = choice == 1;
    return true;
}
