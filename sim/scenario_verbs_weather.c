// SPDX-License-Identifier: Apache-2.0
/* Verbs of what comes over links for a while. */
#include "sim/scenario_parser.h"

bool verb_parse_flap(struct parser *parser, struct scenario_statement *statement)
{
    struct scenario_peers *groups = statement->of.flap.groups;
    if (!parser_peers(parser, &groups[0]) || !parser_demand(parser, "|") ||
        !parser_peers(parser, &groups[1]))
        return false;
    if ((groups[0].bits & groups[1].bits) != 0)
        return parser_fail(parser, "a peer stands on two sides");
    return parser_demand(parser, "every") &&
           parser_duration(parser, &statement->of.flap.period_us, 1000) &&
           parser_demand(parser, "for") && parser_duration(parser, &statement->duration_us, 1000);
}

bool verb_parse_clog(struct parser *parser, struct scenario_statement *statement)
{
    return parser_ends(parser, &statement->of.ends);
}

bool verb_parse_unclog(struct parser *parser, struct scenario_statement *statement)
{
    return parser_ends(parser, &statement->of.ends);
}

bool verb_parse_swizzle(struct parser *parser, struct scenario_statement *statement)
{
    return parser_duration(parser, &statement->duration_us, 1000);
}

bool verb_parse_stale(struct parser *parser, struct scenario_statement *statement)
{
    struct scenario_ends *ends = &statement->of.stale.ends;
    if (!parser_ends(parser, ends)) return false;
    if (ends->both_ways) return parser_fail(parser, "a message goes one way");
    statement->of.stale.last = parser_take(parser, "aged");
    if (!statement->of.stale.last && !parser_demand(parser, "older")) return false;
    return parser_duration(parser, &statement->of.stale.age_us, 0);
}
