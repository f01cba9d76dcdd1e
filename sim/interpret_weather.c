// SPDX-License-Identifier: Apache-2.0
/* What comes over links for a while: flapping partitions, clogs, messages from the past. */
#include "sim/interpret_internal.h"

bool verb_run_flap(struct interpreter *in, const struct scenario_statement *statement)
{
    int sides[SCENARIO_PEERS_MAX];
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        sides[i] = -1;
        if (scenario_peers_has(statement->of.flap.groups[0], i)) sides[i] = 0;
        if (scenario_peers_has(statement->of.flap.groups[1], i)) sides[i] = 1;
    }
    world_flap(in->world, sides, in->scenario->peer_count, statement->of.flap.period_us,
               statement->duration_us);
    return true;
}

bool verb_run_clog(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.ends;
    world_clog(in->world, ends->from, ends->to);
    if (ends->both_ways) world_clog(in->world, ends->to, ends->from);
    return true;
}

bool verb_run_unclog(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.ends;
    world_unclog(in->world, ends->from, ends->to);
    if (ends->both_ways) world_unclog(in->world, ends->to, ends->from);
    return true;
}

bool verb_run_swizzle(struct interpreter *in, const struct scenario_statement *statement)
{
    const size_t links = world_swizzle(in->world, in->swizzles++, statement->duration_us);
    interpret_outcome(in, "%zu links", links);
    return true;
}

bool verb_run_stale(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.stale.ends;
    const uint64_t age_us = statement->of.stale.age_us;
    if (statement->of.stale.last ? world_replay_last(in->world, ends->from, ends->to, age_us)
                                 : world_replay(in->world, ends->from, ends->to, age_us))
        return true;
    return interpret_fail(in, INTERPRET_EXPECTATION, statement, "no such message was sent");
}
