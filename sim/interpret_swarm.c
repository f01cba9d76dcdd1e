// SPDX-License-Identifier: Apache-2.0
/* Swarm runs: what a seed draws, the storm, and the calm after it. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

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

static void set_options(struct world_peer_options *options, const struct swarm_plan *plan, int peer)
{
    options->strict_trust = plan->strict_trust;
    options->policy = plan->strict_policy[peer] ? FRAME_POLICY_STRICT : FRAME_POLICY_JOIN;
    options->gossip_interval_ms = plan->gossip_ms;
    options->ignore_ms_max = plan->ignore_ms_max;
    options->request_timeout_ms = plan->bounds.request_timeout_ms;
    options->retry_ms_max = plan->bounds.retry_ms_max;
    options->coalesce_ms = plan->bounds.coalesce_ms;
    options->offences_max = plan->bounds.offences_max;
    options->staging_receipts_max = plan->bounds.staging_receipts_max;
}

/* Its members: those with names of their own, then as many of its own as were drawn. */
static void find_members(struct interpreter *in, const struct scenario_statement *statement)
{
    const size_t first = statement->of.swarm.first;
    const size_t behind = first + statement->of.swarm.most;
    struct swarm *swarm = in->swarm;
    int count = 0;
    for (size_t i = 0; i < in->scenario->peer_count; i++)
        if (!in->scenario->peers[i].adversary && (i < first || i >= behind))
            swarm_member(swarm, count++, (int)i);
    for (size_t i = first; i < behind && count < swarm->plan.peers; i++)
        swarm_member(swarm, count++, (int)i);
}

static int named_peers(const struct scenario *scenario, size_t own)
{
    size_t adversaries = 0;
    for (size_t i = 0; i < scenario->peer_count; i++)
        adversaries += scenario->peers[i].adversary;
    return (int)(scenario->peer_count - adversaries - own);
}

static bool discovery_is_on(const struct scenario *scenario)
{
    for (size_t i = 0; i < scenario->statement_count; i++)
        if (scenario->statements[i].verb == SCENARIO_VERB_DISCOVERY) return true;
    return false;
}

/* The plan is drawn before there is a world, from a tape of the same seed. */
bool verb_run_swarm(struct interpreter *in, const struct scenario_statement *statement)
{
    const struct frame_allocator allocator = {.allocate = allocate, .release = release};
    const int named = named_peers(in->scenario, statement->of.swarm.most);
    struct tape *tape = tape_new(&allocator, in->result->seed);
    if (tape == NULL) abort();
    interpret_prepare_tape(in, tape);
    if (in->swarm == NULL) in->swarm = swarm_make();
    struct swarm *swarm = in->swarm;
    swarm_plan_draw(&swarm->plan, tape, named + (int)statement->of.swarm.least,
                    named + (int)statement->of.swarm.most);
    if (discovery_is_on(in->scenario)) swarm_plan_draw_discovery(&swarm->plan, tape);
    tape_free(tape);
    find_members(in, statement);
    swarm->draws_links = true;
    for (size_t i = 0; i < in->scenario->peer_count; i++) {
        struct world_peer_options *options = &in->options[i];
        if (in->scenario->peers[i].adversary && options->liar == WORLD_LIAR_NONE)
            options->liar = swarm->plan.liar;
        if (in->scenario->peers[i].adversary) continue;
        options->stranger = true; /* until they meet */
        options->absent = swarm->places[i] < 0 || swarm->places[i] >= swarm->plan.peers_present;
        if (swarm->places[i] >= 0) set_options(options, &swarm->plan, swarm->places[i]);
    }
    return true;
}

/* With discovery on, one member in three lacks the network, and one in three money (§ 16). */
static void draw_capabilities(struct interpreter *in, int member)
{
    struct tape_identity identity;
    tape_identity(&identity, "Capabilities", world_peer_name(in->world, member), NULL, 0);
    const uint64_t which = tape_choose(world_tape(in->world), &identity, 3);
    if (which > 0) world_set_capabilities(in->world, member, fault_lacking(which));
}

/* Under strict trust a member knows of an adversary, and trusts it or not (§ 12). */
static bool trusts(struct interpreter *in, int member, int adversary)
{
    struct tape_identity identity;
    if (!in->options[member].strict_trust) return true;
    tape_identity(&identity, "Trust", world_peer_name(in->world, member),
                  world_peer_name(in->world, adversary), 0);
    return tape_choose(world_tape(in->world), &identity, 2) == 0;
}

void interpret_swarm_meet(struct interpreter *in)
{
    if (in->swarm == NULL) return;
    const struct swarm *swarm = in->swarm;
    for (int i = 0; i < swarm->plan.peers; i++)
        if (in->options[swarm->members[i]].discovery) draw_capabilities(in, swarm->members[i]);
    for (int i = 0; i < swarm->plan.peers; i++) {
        for (int k = 0; k < swarm->plan.peers; k++)
            if (i != k && swarm_plan_knows(&swarm->plan, i, k))
                world_know(in->world, swarm->members[i], swarm->members[k], true);
        for (int k = 0; k < world_peer_count(in->world); k++)
            if (world_peer_is_adversary(in->world, k))
                world_know(in->world, swarm->members[i], k, trusts(in, swarm->members[i], k));
    }
}

static void say_lines(struct interpreter *in, const char *text)
{
    char line[512];
    while (*text != '\0') {
        const size_t length = strcspn(text, "\n");
        const size_t kept = length < sizeof line ? length : sizeof line - 1;
        memcpy(line, text, kept);
        line[kept] = '\0';
        world_say(in->world, WORLD_NOBODY, line);
        text += length + (text[length] == '\n');
    }
}

static void tell_plan(struct interpreter *in)
{
    char *words = malloc(SWARM_TEXT_BYTES);
    if (words == NULL) abort();
    swarm_plan_words(words, &in->swarm->plan, in->swarm->draws_links);
    say_lines(in, words);
    in->result->drawn = words;
}

/* Without a `swarm` the peers and their links are the scenario's own, and only the faults are drawn. */
static void begin_swarm(struct interpreter *in, uint32_t families)
{
    if (in->swarm == NULL) in->swarm = swarm_make();
    struct swarm *swarm = in->swarm;
    if (swarm->world != NULL) return;
    if (swarm->draws_links) {
        world_set_link(in->world, WORLD_ANY, WORLD_ANY, &swarm->plan.link);
    } else {
        int peers = 0;
        for (int i = 0; i < world_peer_count(in->world); i++)
            if (!world_peer_is_adversary(in->world, i)) swarm_member(swarm, peers++, i);
        swarm_plan_draw(&swarm->plan, world_tape(in->world), peers, peers);
        if (discovery_is_on(in->scenario))
            swarm_plan_draw_discovery(&swarm->plan, world_tape(in->world));
        swarm->plan.liar = WORLD_LIAR_NONE; /* the scenario says who plays what */
        world_default_link(in->world, &swarm->plan.link);
        swarm->plan.topology = SWARM_MESH; /* the scenario says who knows whom, and the policies */
        memset(swarm->plan.strict_policy, 0, sizeof swarm->plan.strict_policy);
    }
    if (families != 0) swarm_plan_only(&swarm->plan, world_tape(in->world), families);
    swarm->world = in->world;
    world_record_messages(in->world, true);
    tell_plan(in);
}

bool verb_run_storm(struct interpreter *in, const struct scenario_statement *statement)
{
    char words[SWARM_TEXT_BYTES];
    begin_swarm(in, statement->of.storm.families);
    swarm_sites(in->swarm);
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

/* Who is to converge, and those of them whom no policy strict keeps from it. */
struct core {
    int peers[WORLD_PEERS_MAX];
    size_t count;
    int joiners[WORLD_PEERS_MAX];
    size_t joiner_count;
};

static void find_joiners(struct core *core, const struct swarm *swarm)
{
    core->joiner_count = 0;
    for (size_t i = 0; i < core->count; i++)
        if (!swarm->plan.strict_policy[swarm->places[core->peers[i]]])
            core->joiners[core->joiner_count++] = core->peers[i];
}

/* They hold the same, and all of it durable. */
static bool hold_the_same(const struct world *world, const int *peers, size_t count)
{
    if (!world_converged(world, peers, count)) return false;
    for (size_t i = 0; i < count; i++) {
        size_t durable;
        if (world_peer_disk(world, peers[i], &durable) != durable) return false;
    }
    return true;
}

/* Does policy strict keep some of them apart (§ 9)? */
static bool kept_apart(const struct world *world, const struct core *core)
{
    for (size_t i = 0; i < core->count; i++)
        for (size_t k = 0; k < i; k++)
            if (world_kept_apart(world, core->peers[i], core->peers[k])) return true;
    return false;
}

/* As long as is said, or four gossip intervals of the slowest: one lost attestation is no missed deadline. */
static uint64_t calm_us(const struct world *world, const struct core *core, uint64_t said_us)
{
    enum { ROUNDS = 4 };
    for (size_t i = 0; i < core->count; i++) {
        const uint64_t rounds_us = ROUNDS * world_gossip_ms(world, core->peers[i]) * WORLD_MS;
        if (rounds_us > said_us) said_us = rounds_us;
    }
    return said_us;
}

/* Read again by transcripts: how long it has, and who it is. */
static void say_core(struct interpreter *in, const struct core *core, uint64_t lasts_us)
{
    char words[WORLD_PEERS_MAX * (WORLD_NAME_BYTES_MAX + 1) + 40];
    size_t length = (size_t)snprintf(words, sizeof words, "core for %" PRIu64 " us:", lasts_us);
    for (size_t i = 0; i < core->count; i++)
        length += (size_t)snprintf(words + length, sizeof words - length, " %s",
                                   world_peer_name(in->world, core->peers[i]));
    world_say(in->world, WORLD_NOBODY, words);
}

/* And whoever could leave safe mode for that has left it. */
static bool at_rest(const struct world *world, const int *peers, size_t count)
{
    return hold_the_same(world, peers, count) &&
           world_safe_mode_due(world, peers, count) == WORLD_NOBODY;
}

static bool settled(struct interpreter *in, const void *context)
{
    const struct core *core = context;
    const bool same = at_rest(in->world, core->peers, core->count) ||
                      (core->joiner_count < core->count && kept_apart(in->world, core) &&
                       at_rest(in->world, core->joiners, core->joiner_count));
    return same && world_all_found(in->world, core->peers, core->count);
}

/* No failure, unless a check says otherwise; always false. */
static bool impossible(struct interpreter *in, const struct scenario_statement *statement,
                       const char *why)
{
    world_check_end(in->world);
    if (!interpret_watch(in)) return false;
    return interpret_fail(in, INTERPRET_IMPOSSIBLE, statement, "%s", why);
}

/* They do not hold the same, or somebody has not left safe mode. Always false. */
static bool fail_calm(struct interpreter *in, const struct scenario_statement *statement,
                      const struct core *core)
{
    const int due = world_safe_mode_due(in->world, core->joiners, core->joiner_count);
    if (due == WORLD_NOBODY || !world_converged(in->world, core->joiners, core->joiner_count))
        return interpret_fail_convergence(in, statement, core->peers, core->count);
    return interpret_fail(in, INTERPRET_LIVENESS, statement,
                          "%s is in safe mode still, and others hold all that its log had",
                          world_peer_name(in->world, due));
}

bool verb_run_calm(struct interpreter *in, const struct scenario_statement *statement)
{
    struct core core;
    bool reached;
    begin_swarm(in, 0);
    const uint64_t began_us = world_now_us(in->world);
    core.count = swarm_calm(in->swarm, core.peers);
    find_joiners(&core, in->swarm);
    if (core.count == 0) return impossible(in, statement, "no honest peer is left");
    const uint64_t lasts_us = calm_us(in->world, &core, statement->duration_us);
    say_core(in, &core, lasts_us);
    if (!interpret_pass(in, &reached, began_us + lasts_us, settled, &core)) return false;
    interpret_outcome(in, "%zu peers after %" PRIu64 " ms", core.count,
                      (world_now_us(in->world) - began_us) / WORLD_MS);
    if (!world_check_all_found(in->world, core.peers, core.count)) return interpret_watch(in);
    if (!reached) return fail_calm(in, statement, &core);
    if (!world_converged(in->world, core.peers, core.count)) {
        world_check_converged(in->world, core.joiners, core.joiner_count);
        return impossible(in, statement, "policy strict keeps peers apart for good (§ 9)");
    }
    world_check_converged(in->world, core.peers, core.count);
    if (world_all_lost(in->world))
        return impossible(in, statement, "all disks are lost, with all that users were told");
    return interpret_watch(in);
}

bool verb_run_site(struct interpreter *in, const struct scenario_statement *statement)
{
    world_set_site(in->world, (enum site)statement->of.site.site, statement->of.site.one_in);
    return true;
}
