// SPDX-License-Identifier: Apache-2.0
/* Verbs of discovery and routing (§ 15-18). */
#include <string.h>

#include "core/dapp.h"
#include "sim/scenario_parser.h"

bool verb_parse_discovery(struct parser *parser, struct scenario_statement *statement)
{
    return parser_duration(parser, &statement->duration_us, WORLD_MS);
}

/* An adversary that a setup line before has named. */
static bool parse_adversary(struct parser *parser, size_t *peer)
{
    if (!parser_any_peer(parser, peer)) return false;
    return parser->scenario->peers[*peer].adversary || parser_fail(parser, "this is no adversary");
}

bool verb_parse_liar(struct parser *parser, struct scenario_statement *statement)
{
    const char *names[WORLD_LIARS - 1]; /* not `none` */
    size_t choice;
    for (size_t i = 0; i < WORLD_LIARS - 1; i++)
        names[i] = world_liar_name((enum world_liar)(i + 1));
    if (!parse_adversary(parser, &statement->of.liar.peer) ||
        !parser_choice(parser, &choice, "kind of liar", names, WORLD_LIARS - 1))
        return false;
    statement->of.liar.how = (enum world_liar)(choice + 1);
    return true;
}

bool verb_parse_bootstrap(struct parser *parser, struct scenario_statement *statement)
{
    statement->of.introduce.mistrusted = true;
    return parser_ends(parser, &statement->of.introduce.ends);
}

bool verb_parse_capabilities(struct parser *parser, struct scenario_statement *statement)
{
    enum { ALL, NONE, WITHOUT, ONLY };
    static const char *const names[] = {"all", "none", "without", "only"};
    const uint32_t everything = frame_capability_set(frame_capabilities, FRAME_CAPABILITY_COUNT);
    size_t choice;
    uint32_t set = 0;
    if (!parser_peers(parser, &statement->peers) ||
        !parser_choice(parser, &choice, "capabilities", names, sizeof names / sizeof *names))
        return false;
    while (choice == WITHOUT || choice == ONLY) {
        size_t which;
        if (!parser_choice(parser, &which, "capability", frame_capabilities,
                           FRAME_CAPABILITY_COUNT))
            return false;
        set |= UINT32_C(1) << which;
        if (parser_at_end(parser)) break;
    }
    statement->of.capabilities.lacking = choice == WITHOUT ? set
                                         : choice == ALL   ? 0
                                                           : everything & ~set;
    return true;
}

bool verb_parse_crowd(struct parser *parser, struct scenario_statement *statement)
{
    const char *names[WORLD_CROWDS];
    size_t choice;
    for (size_t i = 0; i < WORLD_CROWDS; i++)
        names[i] = world_crowd_name((enum world_crowd)i);
    if (!parser_choice(parser, &choice, "crowd", names, WORLD_CROWDS)) return false;
    statement->of.crowd.kind = (enum world_crowd)choice;
    return parser_demand(parser, "on") && parser_peer(parser, &statement->of.crowd.victim) &&
           parser_demand(parser, "from") && parse_adversary(parser, &statement->of.crowd.source) &&
           parser_demand(parser, "times") &&
           parser_number(parser, &statement->of.crowd.count, "times", 1, SCENARIO_TIMES_MAX) &&
           parser_demand(parser, "every") &&
           parser_duration(parser, &statement->of.crowd.interval_us, 1);
}
