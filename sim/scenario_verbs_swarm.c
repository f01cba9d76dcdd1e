// SPDX-License-Identifier: Apache-2.0
/* Verbs of swarm runs. */
#include <stdio.h>

#include "sim/fault.h"
#include "sim/scenario_parser.h"
#include "sim/site.h"

enum { DURATION_US_MIN = 50000 };

/* Its peers stand in the scenario, as p1, p2, …, one behind the other. */
bool verb_parse_swarm(struct parser *parser, struct scenario_statement *statement)
{
    uint64_t least;
    uint64_t most;
    if (!parser_number(parser, &least, "number of peers", 1, SCENARIO_PEERS_MAX) ||
        !parser_demand(parser, "to") ||
        !parser_number(parser, &most, "number of peers", least, SCENARIO_PEERS_MAX))
        return false;
    statement->of.swarm.first = parser->scenario->peer_count;
    for (uint64_t i = 1; i <= most; i++) {
        char name[SCENARIO_NAME_BYTES_MAX + 1];
        const int length = snprintf(name, sizeof name, "p%u", (unsigned)i);
        const struct frame_span span = {(const uint8_t *)name, (size_t)length};
        if (!parser_new_peer(parser, span, true, false)) return false;
    }
    statement->of.swarm.least = (size_t)least;
    statement->of.swarm.most = (size_t)most;
    return true;
}

bool verb_parse_storm(struct parser *parser, struct scenario_statement *statement)
{
    const char *names[FAULT_FAMILY_COUNT];
    if (!parser_duration(parser, &statement->duration_us, DURATION_US_MIN)) return false;
    if (!parser_take(parser, "only")) return true;
    for (size_t i = 0; i < FAULT_FAMILY_COUNT; i++)
        names[i] = fault_family_name((enum fault_family)i);
    do {
        size_t family;
        if (!parser_choice(parser, &family, "family of faults", names, FAULT_FAMILY_COUNT))
            return false;
        statement->of.storm.families |= UINT32_C(1) << family;
    } while (!parser_at_end(parser));
    return true;
}

bool verb_parse_calm(struct parser *parser, struct scenario_statement *statement)
{
    return parser_duration(parser, &statement->duration_us, DURATION_US_MIN);
}

bool verb_parse_site(struct parser *parser, struct scenario_statement *statement)
{
    const char *names[SITE_COUNT];
    uint64_t one_in = 0;
    for (size_t i = 0; i < SITE_COUNT; i++)
        names[i] = site_name((enum site)i);
    if (!parser_choice(parser, &statement->of.site.site, "site", names, SITE_COUNT)) return false;
    if (!parser_take(parser, "off") &&
        (!parser_demand(parser, "one-in") ||
         !parser_number(parser, &one_in, "number of chances", 1, UINT32_MAX)))
        return false;
    statement->of.site.one_in = (uint32_t)one_in;
    return true;
}
