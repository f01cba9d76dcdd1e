// SPDX-License-Identifier: Apache-2.0
/* What the verbs of discovery and routing do. */
#include "sim/interpret_internal.h"

bool verb_run_discovery(struct interpreter *in, const struct scenario_statement *statement)
{
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        in->options[i].discovery = true;
        in->options[i].announce_interval_ms = statement->duration_us / WORLD_MS;
        in->options[i].stranger = true;
    }
    return true;
}

bool verb_run_liar(struct interpreter *in, const struct scenario_statement *statement)
{
    in->options[statement->of.liar.peer].liar = statement->of.liar.how;
    return true;
}

bool verb_run_bootstrap(struct interpreter *in, const struct scenario_statement *statement)
{
    return verb_run_introduce(in, statement);
}

bool verb_run_capabilities(struct interpreter *in, const struct scenario_statement *statement)
{
    for (int i = 0; i < (int)in->scenario->peer_count; i++)
        if (scenario_peers_has(statement->peers, (size_t)i))
            world_set_capabilities(in->world, i, statement->of.capabilities.lacking);
    return true;
}

bool verb_run_crowd(struct interpreter *in, const struct scenario_statement *statement)
{
    world_crowd(in->world, (int)statement->of.crowd.source, (int)statement->of.crowd.victim,
                statement->of.crowd.kind, statement->of.crowd.count,
                statement->of.crowd.interval_us);
    return true;
}
