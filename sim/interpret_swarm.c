// SPDX-License-Identifier: Apache-2.0
/* Swarm runs: what a seed draws, the storm, and the calm after it. */
#include <inttypes.h>
#include <stdlib.h>

#include "sim/interpret_internal.h"
#include "sim/swarm.h"

static void *allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static struct swarm *swarm_make(void)
{
    struct swarm *swarm = calloc(1, sizeof *swarm);
    if (swarm == NULL) abort();
    return swarm;
}

/* The plan is drawn before there is a world, from a tape of the same seed. */
bool verb_run_swarm(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct frame_allocator allocator = {NULL, allocate, release};
    const size_t named = in->scenario->peer_count - statement->of.swarm.most;
    struct tape *tape = tape_new(&allocator, in->result->seed);
    if (tape == NULL) abort();
    if (in->swarm == NULL) in->swarm = swarm_make();
    const struct swarm_plan *plan = &in->swarm->plan;
    swarm_plan_draw(&in->swarm->plan, tape, (int)(named + statement->of.swarm.least),
                    (int)in->scenario->peer_count);
    tape_free(tape);
    in->swarm->draws_links = true;
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        struct world_peer_options *options = &in->options[i];
        if (in->scenario->peers[i].adversary) continue;
        options->absent = (int)i >= plan->peers_present;
        options->stranger = (int)i >= plan->peers;
        options->strict_trust = plan->strict_trust;
        options->gossip_interval_ms = plan->gossip_ms;
        options->ignore_ms_max = plan->ignore_ms_max;
    }
    return true;
}

/* Without a `swarm` the peers and their links are the scenario's own, and only the faults are drawn. */
static void begin_swarm(struct interpreter *in)
{
    char words[SWARM_TEXT_BYTES];
    const int peers = world_peer_count(in->world);
    if (in->swarm == NULL) in->swarm = swarm_make();
    struct swarm *swarm = in->swarm;
    if (swarm->world != NULL) return;
    if (swarm->draws_links)
        world_set_link(in->world, WORLD_ANY, WORLD_ANY, &swarm->plan.link);
    else
        swarm_plan_draw(&swarm->plan, world_tape(in->world), peers, peers);
    if (!swarm->draws_links) world_default_link(in->world, &swarm->plan.link);
    swarm->world = in->world;
    world_record_messages(in->world, true);
    swarm_plan_words(words, &swarm->plan);
    world_say(in->world, WORLD_NOBODY, words);
}

bool verb_run_storm(struct interpreter *in, const struct scenario_statement *statement)
{
    char words[SWARM_TEXT_BYTES];
    begin_swarm(in);
    const uint64_t end_us = world_now_us(in->world) + statement->duration_us;
    if (!swarm_work(in->swarm, statement->duration_us))
        return interpret_fail(in, INTERPRET_BUDGET, statement, "the workload could not be set up");
    while (world_now_us(in->world) < end_us) {
        bool reached;
        const uint64_t left = end_us - world_now_us(in->world);
        const uint64_t slot = left < SWARM_SLOT_US ? left : SWARM_SLOT_US;
        swarm_slot(in->swarm);
        if (!interpret_pass(in, &reached, world_now_us(in->world) + slot, NULL, NULL)) return false;
    }
    swarm_words(words, in->swarm);
    interpret_outcome(in, "%.200s", words);
    return true;
}

struct core {
    int peers[WORLD_PEERS_MAX];
    size_t count;
};

/* They hold the same, all of it durable, and no user waits any more. */
static bool settled(struct interpreter *in, const void *context)
{
    const struct core *core = context;
    if (!world_converged(in->world, core->peers, core->count)) return false;
    for (size_t i = 0; i < core->count; i++) {
        size_t durable;
        if (world_peer_disk(in->world, core->peers[i], &durable).length != durable) return false;
    }
    return true;
}

bool verb_run_calm(struct interpreter *in, const struct scenario_statement *statement)
{
    struct core core;
    bool reached;
    begin_swarm(in);
    const uint64_t began_us = world_now_us(in->world);
    core.count = swarm_calm(in->swarm, core.peers);
    if (!interpret_pass(in, &reached, began_us + statement->duration_us, settled, &core))
        return false;
    interpret_outcome(in, "%zu peers after %" PRIu64 " ms", core.count,
                      (world_now_us(in->world) - began_us) / WORLD_MS);
    if (!reached) return interpret_fail_convergence(in, statement, core.peers, core.count);
    world_check_converged(in->world, core.peers, core.count);
    return interpret_watch(in);
}
