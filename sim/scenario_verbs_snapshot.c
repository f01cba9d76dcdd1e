// SPDX-License-Identifier: Apache-2.0
/* Snapshots: the lines below them belong to them, and are read as they stand (scenario.c). */
#include "sim/scenario_parser.h"

bool verb_parse_snapshot(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"chain", "storage", "counters"};
    const uint8_t *end = parser->scenario->text + parser->scenario->text_length;
    const uint8_t *below = parser->line + parser->length;
    size_t what;
    if (!parser_peer(parser, &statement->of.snapshot.peer) ||
        !parser_choice(parser, &what, "snapshot", names, sizeof names / sizeof *names))
        return false;
    statement->of.snapshot.what = (enum scenario_snapshot)what;
    statement->of.snapshot.block = (struct frame_span){below < end ? below + 1 : end, 0};
    return true;
}
