// SPDX-License-Identifier: Apache-2.0
/* What the verbs of faults, forgeries and time do. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/flood.h"
#include "sim/interpret_internal.h"

/* ---- Links --------------------------------------------------------------------------------- */

bool verb_run_partition(struct interpreter *in, const struct scenario_statement *statement)
{
    int groups[SCENARIO_PEERS_MAX];
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        groups[i] = -1;
        for (size_t g = 0; g < statement->of.partition.count; g++) {
            if (scenario_peers_has(statement->of.partition.groups[g], i)) groups[i] = (int)g;
        }
    }
    world_partition(in->world, groups, in->scenario->peer_count);
    return true;
}

static void block(struct world *world, int from, int to, uint32_t types)
{
    if (types == 0) world_block(world, from, to);
    for (unsigned type = 0; types >> type != 0; type++)
        if ((types >> type & 1) != 0)
            world_block_type(world, from, to, (enum frame_message_type)type);
}

bool verb_run_block(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.block.ends;
    block(in->world, ends->from, ends->to, statement->of.block.types);
    if (ends->both_ways) block(in->world, ends->to, ends->from, statement->of.block.types);
    return true;
}

bool verb_run_heal(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_ends *ends = &statement->of.ends;
    if (ends->everything) {
        world_heal(in->world);
        return true;
    }
    world_unblock(in->world, ends->from, ends->to);
    if (ends->both_ways) world_unblock(in->world, ends->to, ends->from);
    return true;
}

/* ---- Peers --------------------------------------------------------------------------------- */

bool verb_run_restart(struct interpreter *in, const struct scenario_statement *statement)
{
    unsigned states = 1u << WORLD_PEER_DOWN | 1u << WORLD_PEER_LEFT | 1u << WORLD_PEER_HALTED;
    return interpret_for_peers(in, statement, states, world_restart);
}

bool verb_run_start(struct interpreter *in, const struct scenario_statement *statement)
{
    return interpret_for_peers(in, statement, 1u << WORLD_PEER_ABSENT, world_join);
}

bool verb_run_leave(struct interpreter *in, const struct scenario_statement *statement)
{
    return interpret_for_peers(in, statement, 1u << WORLD_PEER_UP, world_leave);
}

bool verb_run_accept_loss(struct interpreter *in, const struct scenario_statement *statement)
{
    return interpret_for_peers(in, statement, 1u << WORLD_PEER_UP, world_accept_loss);
}

/* ---- Forgeries ----------------------------------------------------------------------------- */

bool verb_run_flood(struct interpreter *in, const struct scenario_statement *statement)
{
    (void)world_flood(in->world, statement->of.flood.kind, (int)statement->of.flood.source,
                      (int)statement->of.flood.victim, statement->of.flood.count,
                      statement->of.flood.interval_us);
    return true;
}

bool verb_run_forge(struct interpreter *in, const struct scenario_statement *statement)
{
    size_t count = in->forgery_count + statement->of.forge.times;
    if (count > in->forgery_capacity) {
        void *grown = realloc(in->forgeries, 2 * count * sizeof *in->forgeries);
        if (grown == NULL) return interpret_fail(in, INTERPRET_BUDGET, statement, "out of memory");
        in->forgeries = grown;
        in->forgery_capacity = 2 * count;
    }
    while (in->forgery_count < count) {
        size_t number =
            world_forge(in->world, &statement->of.forge.kind, (int)statement->of.forge.source,
                        (int)statement->of.forge.victim);
        in->forgeries[in->forgery_count++] = (struct expected_forgery){statement, number};
    }
    return true;
}

bool verb_run_withdraw(struct interpreter *in, const struct scenario_statement *statement)
{
    world_withdraw_forgeries(in->world, statement->of.ends.from, statement->of.ends.to);
    return true;
}

/* ---- Time ---------------------------------------------------------------------------------- */

static uint64_t deadline(const struct interpreter *in, uint64_t duration_us)
{
    return world_now_us(in->world) + duration_us;
}

bool verb_run_wait(struct interpreter *in, const struct scenario_statement *statement)
{
    bool reached;
    return interpret_pass(in, &reached, deadline(in, statement->duration_us), NULL, NULL);
}

static bool fail_property(struct interpreter *in, const struct scenario_statement *statement,
                          const char *words)
{
    return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s", words);
}

bool verb_run_expect(struct interpreter *in, const struct scenario_statement *statement)
{
    char words[ANSWER_WORDS_MAX];
    if (interpret_ask(in, words, &statement->of.property, NULL) != ANSWER_YES)
        return fail_property(in, statement, words);
    interpret_outcome(in, "%s", words);
    return true;
}

bool verb_run_after(struct interpreter *in, const struct scenario_statement *statement)
{
    return verb_run_wait(in, statement) && verb_run_expect(in, statement);
}

static bool holds(struct interpreter *in, const void *context)
{
    char words[ANSWER_WORDS_MAX];
    return interpret_ask(in, words, context, NULL) == ANSWER_YES;
}

/* They hold the same, and nothing of it can be lost any more (§ 12). */
static bool converged(struct interpreter *in, const void *context)
{
    const struct scenario_property *property = context;
    int peers[SCENARIO_PEERS_MAX];
    if (!holds(in, context)) return false;
    size_t count = interpret_peers(in, peers, property->peers, property->everybody);
    for (size_t i = 0; i < count; i++) {
        size_t durable;
        if (world_peer_disk(in->world, peers[i], &durable) != durable) return false;
    }
    return true;
}

/* Takes as many bytes as there is room for, on one line. */
struct excerpt {
    char text[1500];
    size_t length;
};

static bool excerpt_write(void *context, const uint8_t *bytes, size_t length)
{
    struct excerpt *excerpt = context;
    for (size_t i = 0; i < length && excerpt->length + 1 < sizeof excerpt->text; i++)
        excerpt->text[excerpt->length++] = (char)bytes[i];
    excerpt->text[excerpt->length] = '\0';
    return true;
}

bool interpret_fail_convergence(struct interpreter *in, const struct scenario_statement *statement,
                                const int *peers, size_t count)
{
    struct excerpt excerpt = {.length = 0};
    in->result->cut_off = world_cut_off(in->world, peers, count);
    world_divergence(in->world, (struct frame_sink){&excerpt, excerpt_write}, peers, count);
    while (excerpt.length > 0 && excerpt.text[excerpt.length - 1] == '\n')
        excerpt.text[--excerpt.length] = '\0';
    return interpret_fail(in, INTERPRET_LIVENESS, statement, "no convergence\n%s", excerpt.text);
}

bool verb_run_within(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct scenario_property *property = &statement->of.property;
    bool convergence = property->subject == SCENARIO_SUBJECT_CONVERGED && !property->negated;
    uint64_t began_us = world_now_us(in->world);
    char words[ANSWER_WORDS_MAX];
    int peers[SCENARIO_PEERS_MAX];
    bool reached;
    if (!interpret_pass(in, &reached, deadline(in, statement->duration_us),
                        convergence ? converged : holds, property)) {
        return false;
    }
    interpret_outcome(in, "after %" PRIu64 " ms", (world_now_us(in->world) - began_us) / WORLD_MS);
    if (!convergence) {
        if (reached) return true;
        interpret_ask(in, words, property, NULL);
        return fail_property(in, statement, words);
    }
    size_t count = interpret_peers(in, peers, property->peers, property->everybody);
    if (!reached) return interpret_fail_convergence(in, statement, peers, count);
    world_check_converged(in->world, peers, count);
    return interpret_watch(in);
}

/* ---- Watches ------------------------------------------------------------------------------- */

static bool add_watch(struct interpreter *in, const struct scenario_statement *statement,
                      bool negate)
{
    struct watch *watch = &in->watches[in->watch_count++];
    *watch = (struct watch){.statement = statement, .property = statement->of.property};
    watch->property.negated ^= negate;
    return true; /* asked when this statement is over, as after every other */
}

bool verb_run_always(struct interpreter *in, const struct scenario_statement *statement)
{
    return add_watch(in, statement, false);
}

bool verb_run_never(struct interpreter *in, const struct scenario_statement *statement)
{
    return add_watch(in, statement, true);
}
