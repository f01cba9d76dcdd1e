// SPDX-License-Identifier: Apache-2.0
/* Verbs of processes that stand still, of clocks, of versions, and of disks and keys that are another's. */
#include "sim/scenario_parser.h"

bool verb_parse_pause(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_resume(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_freeze(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"in", "out"};
    size_t choice;
    if (!parser_peers(parser, &statement->peers) ||
        !parser_choice(parser, &choice, "direction", names, 2))
        return false;
    statement->of.direction = choice == 0 ? WORLD_IN : WORLD_OUT;
    return true;
}

bool verb_parse_thaw(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

static bool parse_drift(struct parser *parser, int32_t *ppm)
{
    static const char *const names[] = {"fast", "slow"};
    size_t choice;
    uint32_t measure;
    if (!parser_choice(parser, &choice, "drift", names, 2) || !parser_probability(parser, &measure))
        return false;
    *ppm = choice == 0 ? (int32_t)measure : -(int32_t)measure;
    return true;
}

bool verb_parse_clock(struct parser *parser, struct scenario_statement *statement)
{
    int64_t *seconds = &statement->of.clock.seconds;
    if (!parser_peers(parser, &statement->peers)) return false;
    if (parser_take(parser, "drift")) {
        statement->of.clock.what = SCENARIO_CLOCK_DRIFT;
        return parse_drift(parser, &statement->of.clock.ppm);
    }
    if (parser_take(parser, "shows")) {
        statement->of.clock.what = SCENARIO_CLOCK_SHOWS;
        return parser_integer(parser, seconds, "a second since 1970");
    }
    const bool jumps = parser_take(parser, "jump");
    statement->of.clock.what = jumps ? SCENARIO_CLOCK_JUMP : SCENARIO_CLOCK_SET;
    return parser_clock_offset(parser, seconds);
}

/* ---- Versions, disks, keys ------------------------------------------------------------------ */

static bool parse_version(struct parser *parser, struct scenario_statement *statement)
{
    const char *names[WORLD_VERSION_COUNT];
    size_t choice;
    for (size_t i = 0; i < WORLD_VERSION_COUNT; i++)
        names[i] = world_version_name((enum world_version)i);
    if (!parser_peers(parser, &statement->peers) ||
        !parser_choice(parser, &choice, "version", names, WORLD_VERSION_COUNT))
        return false;
    statement->of.version = (enum world_version)choice;
    return true;
}

bool verb_parse_version(struct parser *parser, struct scenario_statement *statement)
{
    return parse_version(parser, statement);
}

bool verb_parse_upgrade(struct parser *parser, struct scenario_statement *statement)
{
    return parse_version(parser, statement);
}

bool verb_parse_adopt(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"join", "strict"};
    size_t choice;
    if (!parser_peers(parser, &statement->peers) ||
        !parser_choice(parser, &choice, "policy", names, 2))
        return false;
    statement->of.adopted = choice == 1 ? FRAME_POLICY_STRICT : FRAME_POLICY_JOIN;
    return true;
}

bool verb_parse_backup(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_restore(struct parser *parser, struct scenario_statement *statement)
{
    statement->of.from = SIZE_MAX;
    return parser_peers(parser, &statement->peers) &&
           (!parser_take(parser, "from") || parser_peer(parser, &statement->of.from));
}

bool verb_parse_wipe(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_twin(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peer(parser, &statement->of.twin.peer) && parser_demand(parser, "of") &&
           parser_peer(parser, &statement->of.twin.of);
}
