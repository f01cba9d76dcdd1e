// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm_plan.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"

const char *swarm_topology_name(enum swarm_topology topology)
{
    static const char *const names[] = {"mesh", "ring", "line", "star", "tree", "bridge"};
    FRAME_ASSERT((size_t)topology < SWARM_TOPOLOGIES);
    return names[topology];
}

enum { FEW_PEERS = 8 };

/* ---- Drawing ---- */

static uint64_t draw_nth(struct tape *tape, const char *what, const char *part, uint64_t nth,
                         uint64_t bound)
{
    struct tape_identity identity;
    tape_identity(&identity, "Swarm", what, part, nth);
    return tape_choose(tape, &identity, bound);
}

static uint64_t draw(struct tape *tape, const char *what, const char *part, uint64_t bound)
{
    return draw_nth(tape, what, part, 0, bound);
}

/* least … most, small ones as likely as large ones: by powers of two. */
static uint64_t draw_scale(struct tape *tape, const char *what, uint64_t least, unsigned doublings)
{
    const uint64_t from = least << draw(tape, what, "scale", doublings);
    return from + draw(tape, what, "in-scale", from);
}

/* Many peers take long, and find other things than few: one run in four has more than eight. */
static int draw_peers(struct tape *tape, int least, int most)
{
    enum { MANY_SHARE = 4 };
    const bool many = draw(tape, "crowd", NULL, MANY_SHARE) == MANY_SHARE - 1;
    if (!many && least <= FEW_PEERS && most > FEW_PEERS) most = FEW_PEERS;
    return least + (int)draw(tape, "peers", NULL, (uint64_t)(most - least) + 1);
}

static void draw_topology(struct swarm_plan *plan, struct tape *tape)
{
    enum { MESH_SHARE = 2 };
    if (draw(tape, "topology", "mesh", MESH_SHARE) == 0) return; /* SWARM_MESH */
    plan->topology = (enum swarm_topology)draw(tape, "topology", NULL, SWARM_TOPOLOGIES);
    if (plan->topology != SWARM_TREE) return;
    for (int i = 1; i < plan->peers; i++)
        plan->parent[i] = (uint16_t)draw_nth(tape, "topology", "parent", (uint64_t)i, (uint64_t)i);
}

/* Those of policy strict would stand between others' forks: only where all know all. Two that are kept apart
   send each other everything time and again: only where they are few. */
static void draw_policies(struct swarm_plan *plan, struct tape *tape)
{
    if (plan->topology != SWARM_MESH || plan->peers > FEW_PEERS) return;
    plan->mixed_policies = draw(tape, "mixed-policies", NULL, 12) == 11;
    for (int i = 0; plan->mixed_policies && i < plan->peers; i++)
        plan->strict_policy[i] = draw_nth(tape, "strict-policy", NULL, (uint64_t)i, 2) == 1;
}

/* Tight or loose ones, each in a quarter of all runs. */
static void draw_bounds(struct swarm_plan *plan, struct tape *tape)
{
    struct swarm_bounds *bounds = &plan->bounds;
    if (draw(tape, "timeout", NULL, 4) == 3)
        bounds->request_timeout_ms = draw_scale(tape, "timeout", 100, 7);
    if (draw(tape, "retry-max", NULL, 4) == 3)
        bounds->retry_ms_max = draw_scale(tape, "retry-max", 500, 6);
    if (draw(tape, "coalesce", NULL, 4) == 3)
        bounds->coalesce_ms = draw_scale(tape, "coalesce", 1, 10);
    if (draw(tape, "offences", NULL, 4) == 3)
        bounds->offences_max = 1 + (uint32_t)draw(tape, "offences", "at-most", 4);
    if (draw(tape, "staging", NULL, 4) == 3)
        bounds->staging_receipts_max = (size_t)draw_scale(tape, "staging", 256, 4);
}

static void draw_link(struct swarm_plan *plan, struct tape *tape)
{
    struct link_settings *link = &plan->link;
    link_settings_init(link);
    link->latency.kind = (enum latency_kind)draw(tape, "latency", NULL, 4);
    link->latency.base_us = draw_scale(tape, "latency-base", 1000, 6);
    link->latency.spread_us = draw_scale(tape, "latency-spread", 1000, 6);
    link->latency.cap_us = 2000000;
    if (draw(tape, "lossy", NULL, 4) == 3)
        link->loss_ppm = (uint32_t)draw(tape, "loss", NULL, 50000);
    if (draw(tape, "doubling", NULL, 4) == 3)
        link->duplicate_ppm = (uint32_t)draw(tape, "duplicate", NULL, 50000);
}

/* A crowd does less, all together, than a few do: what a run costs grows with what is held times who holds
   it. */
static void draw_work(struct swarm_plan *plan, struct tape *tape)
{
    const uint64_t peers = (uint64_t)plan->peers;
    const uint64_t crowd = 1 + peers / FEW_PEERS;
    plan->gossip_ms = draw_scale(tape, "gossip", 250, 5) * crowd;
    plan->work_interval_us = draw_scale(tape, "work", 50 * WORLD_MS, 5) * peers * crowd;
    plan->careless_ppm = (uint32_t)draw(tape, "careless", NULL, 300000);
    if (draw(tape, "wordy", NULL, 8) == 7) /* pages get heavy before they get long */
        plan->raw_bytes = (size_t)draw_scale(tape, "wordy", 512, 3);
    if (draw(tape, "mix", NULL, 2) == 0) return; /* everything */
    for (size_t i = 0; i < world_action_count() && plan->mix_count < SWARM_MIX_MAX; i++) {
        const char *action = world_action_name(i);
        if (draw(tape, "mix", action, 3) != 2) continue;
        plan->mix[plan->mix_count++] = (struct world_mix_entry){
            .action = action, .weight = (uint32_t)draw_scale(tape, action, 1, 5)};
    }
}

/* Of forgeries there are hundreds to draw from each time. */
static bool is_one_of_many(const struct fault *fault)
{
    return strncmp(fault->name, "forge-", strlen("forge-")) == 0;
}

/* A family exists in half of all runs, and in such a run each of its faults in half. */
static void draw_faults(struct swarm_plan *plan, struct tape *tape, bool discovery)
{
    FRAME_ASSERT(fault_count() <= SWARM_FAULTS_MAX);
    for (size_t i = 0; i < fault_count(); i++) {
        const struct fault *fault = fault_at(i);
        if ((fault->family == FAULT_DISCOVERY) != discovery) continue;
        const char *family = fault_family_name(fault->family);
        if (draw(tape, "family", family, 2) == 1 && draw(tape, "fault", fault->name, 2) == 1)
            plan->one_in[i] =
                (uint32_t)draw_scale(tape, fault->name, is_one_of_many(fault) ? 1 : 16, 6);
    }
}

static void draw_sites(struct swarm_plan *plan, struct tape *tape)
{
    for (size_t i = 0; i < SITE_COUNT; i++) {
        const char *name = site_name((enum site)i);
        if (draw(tape, "site", name, 4) == 3)
            plan->site_one_in[i] = (uint32_t)draw_scale(tape, name, i == SITE_PASTE ? 2 : 8, 6);
    }
}

void swarm_plan_draw(struct swarm_plan *plan, struct tape *tape, int least, int most)
{
    FRAME_ASSERT(least >= 1 && least <= most && most <= WORLD_PEERS_MAX);
    memset(plan, 0, sizeof *plan);
    plan->peers = draw_peers(tape, least, most);
    plan->peers_present = plan->peers;
    if (draw(tape, "late", NULL, 3) == 2)
        plan->peers_present = 1 + (int)draw(tape, "present", NULL, (uint64_t)plan->peers);
    plan->strict_trust = draw(tape, "strict-trust", NULL, 4) == 3;
    plan->ignore_ms_max = 10000; /* or so short that an adversary is soon heard again */
    if (draw(tape, "ignore-max", NULL, 2) == 1)
        plan->ignore_ms_max = draw_scale(tape, "ignore-max", 100, 6);
    plan->severity_ppm = (uint32_t)draw(tape, "severity", NULL, PPM + 1);
    draw_topology(plan, tape);
    draw_policies(plan, tape);
    draw_bounds(plan, tape);
    draw_link(plan, tape);
    draw_work(plan, tape);
    draw_faults(plan, tape, false);
    draw_sites(plan, tape);
}

void swarm_plan_draw_discovery(struct swarm_plan *plan, struct tape *tape)
{
    plan->liar = (enum world_liar)draw(tape, "liar", NULL, WORLD_LIARS);
    draw_faults(plan, tape, true);
}

void swarm_plan_only(struct swarm_plan *plan, struct tape *tape, uint32_t families)
{
    size_t meant[SWARM_FAULTS_MAX];
    size_t meant_count = 0;
    bool any = false;
    for (size_t i = 0; i < fault_count(); i++) {
        if ((families >> fault_at(i)->family & 1) == 0)
            plan->one_in[i] = 0;
        else
            meant[meant_count++] = i;
        any = any || plan->one_in[i] > 0;
    }
    if (any || meant_count == 0) return;
    plan->one_in[meant[draw(tape, "only", NULL, meant_count)]] =
        (uint32_t)draw_scale(tape, "only", 16, 4);
}

/* ---- Who knows whom ---- */

bool swarm_plan_knows(const struct swarm_plan *plan, int a, int b)
{
    const int low = a < b ? a : b;
    const int high = a < b ? b : a;
    const int half = (plan->peers + 1) / 2;
    switch (plan->topology) {
    case SWARM_MESH: return true;
    case SWARM_RING: return high - low == 1 || (low == 0 && high == plan->peers - 1);
    case SWARM_LINE: return high - low == 1;
    case SWARM_STAR: return low == 0;
    case SWARM_TREE: return plan->parent[high] == low;
    case SWARM_BRIDGE: return (low < half) == (high < half) || (low == half - 1 && high == half);
    case SWARM_TOPOLOGIES: break;
    }
    FRAME_ASSERT(false);
    return false;
}

/* ---- Words ---- */

static void add_words(char text[SWARM_TEXT_BYTES], const char *format, ...)
    __attribute__((format(printf, 2, 3)));
static void add_words(char text[SWARM_TEXT_BYTES], const char *format, ...)
{
    const size_t length = strlen(text);
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text + length, SWARM_TEXT_BYTES - length, format, arguments);
    va_end(arguments);
}

static void bound_words(char text[SWARM_TEXT_BYTES], const char *name, uint64_t value,
                        const char *unit)
{
    if (value > 0) add_words(text, ", %s %" PRIu64 "%s", name, value, unit);
}

static void world_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan)
{
    const struct swarm_bounds *bounds = &plan->bounds;
    add_words(text, "%d peers, %d from the start, %s, trust %s, gossip %" PRIu64 " ms", plan->peers,
              plan->peers_present, swarm_topology_name(plan->topology),
              plan->strict_trust ? "strict" : "open", plan->gossip_ms);
    for (int i = 1; plan->topology == SWARM_TREE && i < plan->peers; i++)
        add_words(text, "%s%d", i == 1 ? ", parents " : " ", plan->parent[i] + 1);
    for (int i = 0; plan->mixed_policies && i < plan->peers; i++)
        add_words(text, "%s",
                  plan->strict_policy[i] ? (i == 0 ? ", policies strict" : " strict")
                                         : (i == 0 ? ", policies join" : " join"));
    bound_words(text, "ignored at most", plan->ignore_ms_max, " ms");
    bound_words(text, "timeout", bounds->request_timeout_ms, " ms");
    bound_words(text, "retry-max", bounds->retry_ms_max, " ms");
    bound_words(text, "coalesce", bounds->coalesce_ms, " ms");
    bound_words(text, "offences", bounds->offences_max, "");
    bound_words(text, "staging", bounds->staging_receipts_max, "");
    add_words(text, "\nlinks: latency %s %" PRIu64 " + %" PRIu64 " us, loss %u, duplicate %u ppm\n",
              latency_kind_name(plan->link.latency.kind), plan->link.latency.base_us,
              plan->link.latency.spread_us, plan->link.loss_ppm, plan->link.duplicate_ppm);
}

/* A line of "name 1/n" for the faults of one family. */
static void family_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan,
                         enum fault_family family)
{
    size_t count = 0;
    for (size_t i = 0; i < fault_count(); i++) {
        if (fault_at(i)->family != family || plan->one_in[i] == 0) continue;
        if (count++ == 0) add_words(text, "\n%s faults:", fault_family_name(family));
        add_words(text, " %s 1/%u", fault_at(i)->name, plan->one_in[i]);
    }
}

static void site_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan)
{
    size_t count = 0;
    for (size_t i = 0; i < SITE_COUNT; i++) {
        if (plan->site_one_in[i] == 0) continue;
        if (count++ == 0) add_words(text, "\nsites:");
        add_words(text, " %s 1/%u", site_name((enum site)i), plan->site_one_in[i]);
    }
}

void swarm_plan_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan, bool of_world)
{
    text[0] = '\0';
    if (of_world) world_words(text, plan);
    add_words(text, "users: an intent each %" PRIu64 " ms, careless %u ppm",
              plan->work_interval_us / WORLD_MS, plan->careless_ppm);
    bound_words(text, "typing", plan->raw_bytes, " bytes");
    for (size_t i = 0; i < plan->mix_count; i++)
        add_words(text, "%s %s=%u", i == 0 ? ", mix" : "", plan->mix[i].action,
                  plan->mix[i].weight);
    if (plan->liar != WORLD_LIAR_NONE)
        add_words(text, "\nadversaries: liars, %s", world_liar_name(plan->liar));
    const size_t before = strlen(text);
    add_words(text, "\nseverity: %u ppm", plan->severity_ppm);
    const size_t none = strlen(text);
    for (int family = 0; family < FAULT_FAMILY_COUNT; family++)
        family_words(text, plan, (enum fault_family)family);
    if (strlen(text) == none) {
        text[before] = '\0'; /* a measure of nothing */
        add_words(text, "\nno faults");
    }
    site_words(text, plan);
}
