// SPDX-License-Identifier: Apache-2.0
/* What the verbs of processes that stand still and of clocks do. */
#include "sim/interpret_internal.h"

bool interpret_for_peers(struct interpreter *in, const struct scenario_statement *statement,
                         unsigned states, void (*act)(struct world *world, int peer))
{
    for (int i = 0; i < (int)in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, (size_t)i)) continue;
        enum world_peer_state state = world_peer_state(in->world, i);
        if ((states & 1u << state) == 0) {
            return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s is %s",
                                  world_peer_name(in->world, i), world_peer_state_name(state));
        }
        act(in->world, i);
    }
    return true;
}

/* ---- Standing still ------------------------------------------------------------------------ */

bool verb_run_pause(struct interpreter *in, const struct scenario_statement *statement)
{
    return interpret_for_peers(in, statement, 1u << WORLD_PEER_UP, world_pause);
}

/* Each of them has to be in the state that the verb ends. */
static bool end_for_peers(struct interpreter *in, const struct scenario_statement *statement,
                          bool (*is)(const struct world *world, int peer), const char *what,
                          void (*end)(struct world *world, int peer))
{
    for (int i = 0; i < (int)in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, (size_t)i)) continue;
        if (!is(in->world, i))
            return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s is not %s",
                                  world_peer_name(in->world, i), what);
        end(in->world, i);
    }
    return true;
}

bool verb_run_resume(struct interpreter *in, const struct scenario_statement *statement)
{
    return end_for_peers(in, statement, world_peer_paused, "paused", world_resume);
}

static void freeze_in(struct world *world, int peer)
{
    world_freeze(world, peer, WORLD_IN);
}

static void freeze_out(struct world *world, int peer)
{
    world_freeze(world, peer, WORLD_OUT);
}

bool verb_run_freeze(struct interpreter *in, const struct scenario_statement *statement)
{
    return interpret_for_peers(in, statement, 1u << WORLD_PEER_UP,
                               statement->of.direction == WORLD_IN ? freeze_in : freeze_out);
}

static bool is_frozen(const struct world *world, int peer)
{
    return world_peer_frozen(world, peer, WORLD_IN) || world_peer_frozen(world, peer, WORLD_OUT);
}

bool verb_run_thaw(struct interpreter *in, const struct scenario_statement *statement)
{
    return end_for_peers(in, statement, is_frozen, "frozen", world_thaw);
}

/* ---- Clocks -------------------------------------------------------------------------------- */

bool verb_run_clock(struct interpreter *in, const struct scenario_statement *statement)
{
    const int64_t seconds = statement->of.clock.seconds;
    for (int i = 0; i < (int)in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, (size_t)i)) continue;
        switch (statement->of.clock.what) {
        case SCENARIO_CLOCK_SET: world_set_clock(in->world, i, seconds); break;
        case SCENARIO_CLOCK_JUMP: world_jump_clock(in->world, i, seconds); break;
        case SCENARIO_CLOCK_DRIFT: world_drift_clock(in->world, i, statement->of.clock.ppm); break;
        case SCENARIO_CLOCK_SHOWS: world_turn_clock(in->world, i, seconds); break;
        }
    }
    return true;
}
