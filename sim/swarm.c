// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"

/* ---- Drawing ---- */

static uint64_t draw(struct tape *tape, const char *what, const char *part, uint64_t bound)
{
    struct tape_identity identity;
    tape_identity(&identity, "Swarm", what, part, 0);
    return tape_choose(tape, &identity, bound);
}

/* least … most, small ones as likely as large ones: by powers of two. */
static uint64_t draw_scale(struct tape *tape, const char *what, uint64_t least, unsigned doublings)
{
    const uint64_t from = least << draw(tape, what, "scale", doublings);
    return from + draw(tape, what, "in-scale", from);
}

static void draw_link(struct swarm_plan *plan, struct tape *tape)
{
    struct link_settings *link = &plan->link;
    link_settings_init(link);
    link->latency.kind = (enum latency_kind)draw(tape, "latency", NULL, 4);
    link->latency.base_us = draw_scale(tape, "latency-base", 1000, 6);
    link->latency.spread_us = draw_scale(tape, "latency-spread", 1000, 6);
    link->latency.cap_us = 2000000;
    if (draw(tape, "lossy", NULL, 4) == 0)
        link->loss_ppm = (uint32_t)draw(tape, "loss", NULL, 50000);
    if (draw(tape, "doubling", NULL, 4) == 0)
        link->duplicate_ppm = (uint32_t)draw(tape, "duplicate", NULL, 50000);
}

/* A family exists in half of all runs, and in such a run each of its faults in half. */
static void draw_faults(struct swarm_plan *plan, struct tape *tape)
{
    FRAME_ASSERT(fault_count() <= SWARM_FAULTS_MAX);
    for (size_t i = 0; i < fault_count(); i++) {
        const struct fault *fault = fault_at(i);
        const char *family = fault_family_name(fault->family);
        plan->one_in[i] = 0;
        if (draw(tape, "family", family, 2) == 1 && draw(tape, "fault", fault->name, 2) == 1)
            plan->one_in[i] = (uint32_t)draw_scale(tape, fault->name, 16, 6);
    }
}

void swarm_plan_draw(struct swarm_plan *plan, struct tape *tape, int least, int most)
{
    FRAME_ASSERT(least >= 1 && least <= most);
    memset(plan, 0, sizeof *plan);
    plan->peers = least + (int)draw(tape, "peers", NULL, (uint64_t)(most - least) + 1);
    plan->peers_present = plan->peers;
    if (draw(tape, "late", NULL, 3) == 0)
        plan->peers_present = 1 + (int)draw(tape, "present", NULL, (uint64_t)plan->peers);
    plan->strict_trust = draw(tape, "strict-trust", NULL, 4) == 0;
    plan->gossip_ms = draw_scale(tape, "gossip", 250, 5);
    plan->ignore_ms_max = 10000;
    plan->work_interval_us = draw_scale(tape, "work", 100000, 5);
    plan->careless_ppm = (uint32_t)draw(tape, "careless", NULL, 300000);
    plan->severity_ppm = (uint32_t)draw(tape, "severity", NULL, PPM + 1);
    draw_link(plan, tape);
    draw_faults(plan, tape);
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

void swarm_plan_words(char text[SWARM_TEXT_BYTES], const struct swarm_plan *plan)
{
    text[0] = '\0';
    add_words(text, "%d peers, %d from the start, trust %s, gossip %" PRIu64 " ms", plan->peers,
              plan->peers_present, plan->strict_trust ? "strict" : "open", plan->gossip_ms);
    add_words(text, ", latency %s %" PRIu64 " + %" PRIu64 " us, loss %u, duplicate %u ppm",
              latency_kind_name(plan->link.latency.kind), plan->link.latency.base_us,
              plan->link.latency.spread_us, plan->link.loss_ppm, plan->link.duplicate_ppm);
    add_words(text, ", an intent each %" PRIu64 " ms, careless %u ppm, severity %u ppm, faults:",
              plan->work_interval_us / WORLD_MS, plan->careless_ppm, plan->severity_ppm);
    size_t faults = 0;
    for (size_t i = 0; i < fault_count(); i++) {
        if (plan->one_in[i] == 0) continue;
        add_words(text, " %s 1/%u", fault_at(i)->name, plan->one_in[i]);
        faults++;
    }
    if (faults == 0) add_words(text, " none");
}

void swarm_words(char text[SWARM_TEXT_BYTES], const struct swarm *swarm)
{
    text[0] = '\0';
    for (size_t i = 0; i < fault_count(); i++)
        if (swarm->begun[i] > 0)
            add_words(text, "%s%s %" PRIu64, text[0] == '\0' ? "" : ", ", fault_at(i)->name,
                      swarm->begun[i]);
    if (text[0] == '\0') add_words(text, "none");
}

/* ---- The storm ---- */

bool swarm_work(struct swarm *swarm, uint64_t duration_us)
{
    int peers[WORLD_PEERS_MAX];
    struct world_workload workload;
    world_workload_init(&workload);
    workload.peers = peers;
    for (int i = 0; i < swarm->plan.peers; i++)
        if (!world_peer_is_adversary(swarm->world, i)) peers[workload.peer_count++] = i;
    workload.interval_us = swarm->plan.work_interval_us;
    workload.count = duration_us / swarm->plan.work_interval_us + 1;
    workload.careless_ppm = swarm->plan.careless_ppm;
    return world_workload(swarm->world, &workload);
}

static void end_use(struct swarm *swarm, size_t i)
{
    const struct fault_use use = swarm->uses[i];
    swarm->use_count--;
    memmove(swarm->uses + i, swarm->uses + i + 1, (swarm->use_count - i) * sizeof *swarm->uses);
    memmove(swarm->ends_us + i, swarm->ends_us + i + 1,
            (swarm->use_count - i) * sizeof *swarm->ends_us);
    use.fault->end(swarm->world, &use);
}

static void begin_use(struct swarm *swarm, size_t fault)
{
    enum { LONGEST_US = 10000000 };
    struct fault_use use = {.fault = fault_at(fault),
                            .nth = swarm->used[fault]++,
                            .severity_ppm = swarm->plan.severity_ppm,
                            .peer = WORLD_NOBODY,
                            .other = WORLD_NOBODY};
    if (!use.fault->begin(swarm->world, &use)) return;
    swarm->begun[fault]++;
    if (use.fault->end == NULL) return;
    swarm->ends_us[swarm->use_count] =
        world_now_us(swarm->world) + fault_choose(swarm->world, &use, "lasts", LONGEST_US);
    swarm->uses[swarm->use_count++] = use;
}

/* Who was not there from the start joins some time. */
static void join_late(struct swarm *swarm)
{
    for (int i = swarm->plan.peers_present; i < swarm->plan.peers; i++) {
        struct tape_identity identity;
        if (world_peer_state(swarm->world, i) != WORLD_PEER_ABSENT) continue;
        tape_identity(&identity, "Storm", "join", world_peer_name(swarm->world, i), swarm->slots);
        if (tape_chance(world_tape(swarm->world), &identity, 1, 100)) world_join(swarm->world, i);
    }
}

void swarm_slot(struct swarm *swarm)
{
    for (size_t i = swarm->use_count; i-- > 0;)
        if (swarm->ends_us[i] <= world_now_us(swarm->world)) end_use(swarm, i);
    join_late(swarm);
    for (size_t i = 0; i < fault_count(); i++) {
        struct tape_identity identity;
        if (swarm->plan.one_in[i] == 0 || swarm->use_count == SWARM_USES_MAX) continue;
        tape_identity(&identity, "Storm", fault_at(i)->name, NULL, swarm->slots);
        if (tape_chance(world_tape(swarm->world), &identity, 1, swarm->plan.one_in[i]))
            begin_use(swarm, i);
    }
    swarm->slots++;
}

/* ---- The calm ---- */

static bool in_core(const int *core, size_t count, int peer)
{
    for (size_t i = 0; i < count; i++)
        if (core[i] == peer) return true;
    return false;
}

static size_t choose_core(struct swarm *swarm, int core[WORLD_PEERS_MAX])
{
    int honest[WORLD_PEERS_MAX];
    size_t honest_count = 0;
    size_t count = 0;
    for (int i = 0; i < swarm->plan.peers; i++)
        if (!world_peer_is_adversary(swarm->world, i)) honest[honest_count++] = i;
    for (size_t i = 0; i < honest_count; i++) {
        struct tape_identity identity;
        const size_t half = (honest_count + 1) / 2;
        tape_identity(&identity, "Calm", world_peer_name(swarm->world, honest[i]), NULL, 0);
        /* 0, the quiet answer, is in */
        const bool out = tape_chance(world_tape(swarm->world), &identity, 1, 4);
        const bool needed = count < half && honest_count - i <= half - count;
        if (!out || needed) core[count++] = honest[i];
    }
    return count;
}

static void raise_peer(struct world *world, int peer)
{
    const enum world_peer_state state = world_peer_state(world, peer);
    if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, peer);
    if (state == WORLD_PEER_ABSENT || state == WORLD_PEER_LEFT) world_join(world, peer);
}

size_t swarm_calm(struct swarm *swarm, int core[WORLD_PEERS_MAX])
{
    struct world *world = swarm->world;
    struct disk_settings disk;
    const size_t count = choose_core(swarm, core);
    disk_settings_init(&disk);
    for (size_t i = swarm->use_count; i-- > 0;) {
        const struct fault_use *use = &swarm->uses[i];
        const bool global = use->peer == WORLD_NOBODY;
        if (global || in_core(core, count, use->peer) || in_core(core, count, use->other))
            end_use(swarm, i);
    }
    for (size_t i = 0; i < count; i++) {
        world_set_disk(world, core[i], &disk);
        world_set_clock(world, core[i], 0);
        raise_peer(world, core[i]);
        for (size_t k = 0; k < count; k++) {
            if (i == k) continue;
            world_unblock(world, core[i], core[k]);
            world_unclog(world, core[i], core[k]);
            world_set_link(world, core[i], core[k], &swarm->plan.link);
        }
    }
    return count;
}
