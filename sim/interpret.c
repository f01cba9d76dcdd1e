// SPDX-License-Identifier: Apache-2.0
/* A run from its first statement to its last check. */
#include "sim/flood.h"
#include "sim/interpret.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/interpret_internal.h"

typedef bool (*verb_runner)(struct interpreter *in, const struct scenario_statement *statement);

static const verb_runner runners[] = {
#define INTERPRET_RUN(id, function, name, phase, usage, meaning, example) verb_run_##function,
    SCENARIO_VERBS(INTERPRET_RUN)
#undef INTERPRET_RUN
};

const char *interpret_verdict_name(enum interpret_verdict verdict)
{
    static const char *const names[] = {"ok",     "impossible", "expectation",
                                        "budget", "liveness",   "safety"};
    return names[verdict];
}

bool interpret_verdict_fails(enum interpret_verdict verdict)
{
    return verdict > INTERPRET_IMPOSSIBLE;
}

/* ---- How it came out ------------------------------------------------------------------------ */

enum { FAILURE_BYTES_MAX = 4096 };

bool interpret_fail(struct interpreter *in, enum interpret_verdict verdict,
                    const struct scenario_statement *statement, const char *format, ...)
{
    struct interpret_result *result = in->result;
    if (result->verdict != INTERPRET_OK) return false;
    result->verdict = verdict;
    result->line = statement == NULL ? 0 : statement->line;
    result->failure = malloc(FAILURE_BYTES_MAX);
    if (result->failure == NULL) abort();
    int used = 0;
    if (statement != NULL) {
        used = snprintf(result->failure, FAILURE_BYTES_MAX, "%.*s — ",
                        (int)(statement->text.length < 1000 ? statement->text.length : 1000),
                        (const char *)statement->text.bytes);
    }
    result->cause = (size_t)used;
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(result->failure + used, FAILURE_BYTES_MAX - (size_t)used, format, arguments);
    va_end(arguments);
    return false;
}

void interpret_result_release(struct interpret_result *result)
{
    free(result->failure);
    free(result->drawn);
    result->failure = NULL;
    result->drawn = NULL;
}

void interpret_outcome(struct interpreter *in, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(in->outcome, sizeof in->outcome, format, arguments);
    va_end(arguments);
}

/* ---- Setup ---------------------------------------------------------------------------------- */

static bool is_setup(const struct scenario_statement *statement)
{
    return scenario_verb_help(statement->verb)->phase == SCENARIO_SETUP;
}

uint64_t interpret_seed(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->statement_count; i++) {
        if (scenario->statements[i].verb == SCENARIO_VERB_SEED)
            return scenario->statements[i].of.number;
    }
    return 1;
}

void interpret_prepare_tape(struct interpreter *in, struct tape *tape)
{
    for (size_t i = 0; i < in->scenario->statement_count; i++) {
        const struct scenario_statement *statement = &in->scenario->statements[i];
        if (statement->verb == SCENARIO_VERB_CHANCE) tape_quiet(tape, statement->of.chance.quiet);
        if (statement->verb != SCENARIO_VERB_DECIDE) continue;
        const struct frame_span identity = statement->of.decide.identity;
        if (!tape_override(tape, (const char *)identity.bytes, identity.length,
                           statement->of.decide.value))
            abort();
    }
    if (in->choices->prepare != NULL) in->choices->prepare(in->choices->prepare_context, tape);
}

static bool add_peers(struct interpreter *in)
{
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        int peer = world_add_peer(in->world, in->scenario->peers[i].name, &in->options[i]);
        if (peer != (int)i)
            return interpret_fail(in, INTERPRET_BUDGET, NULL, "no memory for the peers");
    }
    return true;
}

static bool make_world(struct interpreter *in, const struct interpret_options *options)
{
    struct world_config config;
    world_config_init(&config);
    config.seed = in->result->seed;
    config.steps_max = options->events_max;
    config.memo = options->memo;
    config.driver = options->driver;
    if (options->unchecked) config.refold_ppm = 0;
    for (size_t i = 0; i < SCENARIO_PEERS_MAX; i++)
        world_peer_options_init(&in->options[i]);
    for (size_t i = 0; i < in->scenario->statement_count; i++) {
        const struct scenario_statement *statement = &in->scenario->statements[i];
        if (is_setup(statement)) runners[statement->verb](in, statement);
    }
    in->world = world_new(&config);
    if (in->world == NULL)
        return interpret_fail(in, INTERPRET_BUDGET, NULL, "no memory for the world");
    for (size_t i = 0; options->unchecked && i < world_check_count(); i++)
        (void)world_check_enable(in->world, world_check_name(i), false);
    interpret_prepare_tape(in, world_tape(in->world));
    if (in->listener != NULL && in->listener->record != NULL) {
        struct trace_hook hook = {in->listener->context, in->listener->record};
        world_trace(in->world, &hook);
    }
    if (in->listener != NULL && in->listener->deed != NULL) {
        const struct world_deeds hook = {in->listener->context, in->listener->deed};
        world_deeds(in->world, &hook);
    }
    for (size_t i = 0; i < in->scenario->statement_count; i++)
        if (in->scenario->statements[i].verb == SCENARIO_VERB_STALE)
            world_record_messages(in->world, true);
    if (!add_peers(in)) return false;
    interpret_swarm_meet(in);
    return true;
}

/* ---- Statements ----------------------------------------------------------------------------- */

static bool run_statement(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct interpret_listener *listener = in->listener;
    in->now = statement;
    in->outcome[0] = '\0';
    if (listener != NULL && listener->begin != NULL)
        listener->begin(listener->context, in->world, statement);
    bool setup = is_setup(statement); /* done already */
    if (!setup && (!runners[statement->verb](in, statement) || !interpret_watch(in))) return false;
    if (listener != NULL && listener->end != NULL)
        listener->end(listener->context, in->world, statement, in->outcome);
    return true;
}

static bool check_forgeries(struct interpreter *in)
{
    for (size_t i = 0; i < in->forgery_count; i++) {
        struct world_forgery forgery;
        world_forgery(in->world, &forgery, in->forgeries[i].number);
        if (forgery.state == WORLD_FORGERY_MET || forgery.withdrawn) continue;
        return interpret_fail(in, INTERPRET_EXPECTATION, in->forgeries[i].statement,
                              "it was %s at the end, tried %" PRIu64 " times",
                              world_forgery_state_name(forgery.state), forgery.tries);
    }
    return true;
}

/* Those of storms have an end of their own. */
static bool check_floods(struct interpreter *in)
{
    for (size_t i = 0; i < world_flood_count(in->world); i++) {
        struct world_flood flood;
        world_flood_state(in->world, &flood, i);
        if (flood.over || in->swarm != NULL) continue;
        return interpret_fail(in, INTERPRET_EXPECTATION, NULL,
                              "the flood of %s on %s has sent %" PRIu64 " of %" PRIu64
                              " messages, %" PRIu64 " were ignored%s",
                              flood.kind->name, world_peer_name(in->world, flood.victim),
                              flood.sent, flood.count, flood.ignored,
                              flood_costs(flood.kind) ? ": it should end ignored" : "");
    }
    return true;
}

static void run_all(struct interpreter *in)
{
    for (size_t i = 0; i < in->scenario->statement_count; i++) {
        if (!run_statement(in, &in->scenario->statements[i])) return;
    }
    in->now = NULL;
    if (!check_forgeries(in) || !check_floods(in)) return;
    world_check_end(in->world);
    interpret_watch(in);
}

static void finish(struct interpreter *in)
{
    if (in->world == NULL) return;
    world_final_hash(in->world, &in->result->hash);
    in->result->events = world_steps(in->world);
    in->result->virtual_us = world_now_us(in->world);
    if (in->swarm != NULL) memcpy(in->result->faults, in->swarm->begun, sizeof in->result->faults);
    world_probes(in->world, in->result->probes);
    if (in->listener != NULL && in->listener->over != NULL)
        in->listener->over(in->listener->context, in->world, in->result);
    world_free(in->world);
}

void interpret(struct interpret_result *result, const struct scenario *scenario,
               const struct interpret_options *options)
{
    struct interpreter *in = calloc(1, sizeof *in);
    if (in == NULL) abort();
    memset(result, 0, sizeof *result);
    result->crypto = crypto_memo_mode(options->memo);
    result->seed = options->has_seed ? options->seed : interpret_seed(scenario);
    in->scenario = scenario;
    in->listener = options->listener;
    in->snapshots = options->snapshots;
    in->choices = options;
    in->result = result;
    in->watches = calloc(SCENARIO_WATCHES_MAX, sizeof *in->watches);
    if (in->watches == NULL) abort();
    if (make_world(in, options)) run_all(in);
    finish(in);
    free(in->watches);
    free(in->forgeries);
    free(in->swarm);
    free(in);
}
