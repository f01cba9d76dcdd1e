// SPDX-License-Identifier: Apache-2.0
/* What the verbs of processes, clocks, versions, and of disks and keys that are another's do. */
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

/* ---- Versions, disks, keys ------------------------------------------------------------------ */

/* What can only be changed while a peer does not run: it is down for a moment. */
static void change_at_rest(struct interpreter *in, const struct scenario_statement *statement,
                           void (*change)(struct world *world, int peer,
                                          const struct scenario_statement *statement))
{
    for (int i = 0; i < (int)in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, (size_t)i)) continue;
        const enum world_peer_state state = world_peer_state(in->world, i);
        const bool runs = state == WORLD_PEER_UP || state == WORLD_PEER_HALTED;
        world_crash(in->world, i);
        change(in->world, i, statement);
        if (runs) world_restart(in->world, i);
    }
}

static void set_version(struct world *world, int peer, const struct scenario_statement *statement)
{
    world_set_version(world, peer, statement->of.version);
}

static void set_policy(struct world *world, int peer, const struct scenario_statement *statement)
{
    world_set_policy(world, peer, statement->of.adopted);
}

bool verb_run_upgrade(struct interpreter *in, const struct scenario_statement *statement)
{
    change_at_rest(in, statement, set_version);
    return true;
}

bool verb_run_adopt(struct interpreter *in, const struct scenario_statement *statement)
{
    change_at_rest(in, statement, set_policy);
    return true;
}

bool verb_run_backup(struct interpreter *in, const struct scenario_statement *statement)
{
    const unsigned states = 1u << WORLD_PEER_UP | 1u << WORLD_PEER_DOWN | 1u << WORLD_PEER_LEFT |
                            1u << WORLD_PEER_HALTED;
    return interpret_for_peers(in, statement, states, world_backup);
}

enum { AT_REST = 1u << WORLD_PEER_DOWN | 1u << WORLD_PEER_LEFT | 1u << WORLD_PEER_ABSENT };

bool verb_run_wipe(struct interpreter *in, const struct scenario_statement *statement)
{
    return interpret_for_peers(in, statement, AT_REST, world_wipe_disk);
}

static bool is_at_rest(struct interpreter *in, const struct scenario_statement *statement, int peer)
{
    const enum world_peer_state state = world_peer_state(in->world, peer);
    return (AT_REST & 1u << state) != 0 ||
           interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s is %s",
                          world_peer_name(in->world, peer), world_peer_state_name(state));
}

bool verb_run_restore(struct interpreter *in, const struct scenario_statement *statement)
{
    for (int i = 0; i < (int)in->scenario->peer_count; i++) {
        if (!scenario_peers_has(statement->peers, (size_t)i)) continue;
        const int from = statement->of.from != SIZE_MAX ? (int)statement->of.from : i;
        if (!is_at_rest(in, statement, i)) return false;
        if (!world_peer_has_backup(in->world, from))
            return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s has no backup",
                                  world_peer_name(in->world, from));
        world_restore_backup(in->world, i, from);
    }
    return true;
}

bool verb_run_twin(struct interpreter *in, const struct scenario_statement *statement)
{
    const int peer = (int)statement->of.twin.peer;
    if (!is_at_rest(in, statement, peer)) return false;
    world_twin(in->world, peer, (int)statement->of.twin.of);
    return true;
}
