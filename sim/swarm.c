// SPDX-License-Identifier: Apache-2.0
#include "sim/swarm.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "core/memory.h"

/* ---- Words ---- */

void swarm_words(char text[SWARM_TEXT_BYTES], const struct swarm *swarm)
{
    size_t length = 0;
    text[0] = '\0';
    for (size_t i = 0; i < fault_count() && length < SWARM_TEXT_BYTES; i++) {
        if (swarm->begun[i] == 0) continue;
        length += (size_t)snprintf(text + length, SWARM_TEXT_BYTES - length, "%s%s %" PRIu64,
                                   length == 0 ? "" : ", ", fault_at(i)->name, swarm->begun[i]);
    }
    if (length == 0) (void)snprintf(text, SWARM_TEXT_BYTES, "none");
}

/* ---- The storm ---- */

void swarm_member(struct swarm *swarm, int count, int peer)
{
    for (int i = 0; count == 0 && i < WORLD_PEERS_MAX; i++)
        swarm->places[i] = -1;
    swarm->members[count] = peer;
    swarm->places[peer] = count;
}

bool swarm_work(struct swarm *swarm, uint64_t duration_us)
{
    struct world_workload workload;
    world_workload_init(&workload);
    workload.peers = swarm->members;
    workload.peer_count = (size_t)swarm->plan.peers;
    workload.interval_us = swarm->plan.work_interval_us;
    workload.count = duration_us / swarm->plan.work_interval_us + 1;
    workload.careless_ppm = swarm->plan.careless_ppm;
    workload.raw_bytes = swarm->plan.raw_bytes;
    workload.mix = swarm->plan.mix_count > 0 ? swarm->plan.mix : NULL;
    workload.mix_count = swarm->plan.mix_count;
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
        const int peer = swarm->members[i];
        if (world_peer_state(swarm->world, peer) != WORLD_PEER_ABSENT) continue;
        tape_identity(&identity, "Storm", "join", world_peer_name(swarm->world, peer),
                      swarm->slots);
        if (tape_chance(world_tape(swarm->world), &identity, 1, 100))
            world_join(swarm->world, peer);
    }
}

void swarm_sites(struct swarm *swarm)
{
    for (int i = 0; i < SITE_COUNT; i++)
        world_set_site(swarm->world, (enum site)i, swarm->plan.site_one_in[i]);
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

/* Is it one of the core, or does one of the core have its transport key? */
static bool concerns_core(const struct world *world, const int *core, size_t count, int peer)
{
    struct frame_public_key key;
    if (peer == WORLD_NOBODY) return true; /* everybody is struck */
    world_peer_key(world, &key, peer);
    for (size_t i = 0; i < count; i++) {
        struct frame_public_key other;
        world_peer_key(world, &other, core[i]);
        if (memcmp(&key, &other, sizeof key) == 0) return true;
    }
    return false;
}

static bool gone_for_good(const struct swarm *swarm, int peer)
{
    if (world_peer_state(swarm->world, peer) != WORLD_PEER_LEFT) return false;
    for (size_t i = 0; i < swarm->use_count; i++)
        if (swarm->uses[i].peer == peer) return false;
    return true;
}

static bool knows(const struct swarm *swarm, int a, int b)
{
    return swarm_plan_knows(&swarm->plan, swarm->places[a], swarm->places[b]);
}

/* Those of `peers` whom the one at `from` reaches through them, by whom they know: moves them to the front, in
   order, and returns how many. */
static size_t gather(const struct swarm *swarm, int *peers, size_t count, size_t from)
{
    size_t reached[WORLD_PEERS_MAX] = {from};
    bool seen[WORLD_PEERS_MAX] = {false};
    size_t reached_count = 1;
    size_t kept = 0;
    seen[from] = true;
    for (size_t at = 0; at < reached_count; at++) {
        for (size_t i = 0; i < count; i++) {
            if (seen[i] || !knows(swarm, peers[reached[at]], peers[i])) continue;
            seen[i] = true;
            reached[reached_count++] = i;
        }
    }
    for (size_t i = 0; i < count; i++)
        if (seen[i]) peers[kept++] = peers[i];
    return kept;
}

/* The most that reach each other. */
static size_t gather_most(const struct swarm *swarm, int *peers, size_t count)
{
    int most[WORLD_PEERS_MAX];
    size_t most_count = 0;
    for (size_t from = 0; from < count; from++) {
        int some[WORLD_PEERS_MAX];
        memcpy(some, peers, count * sizeof *some);
        const size_t some_count = gather(swarm, some, count, from);
        if (some_count <= most_count) continue;
        memcpy(most, some, some_count * sizeof *most);
        most_count = some_count;
    }
    memcpy(peers, most, most_count * sizeof *peers);
    return most_count;
}

/* All who are honest, there to stay and know each other; then some are left out, as long as half are in. */
static size_t choose_core(struct swarm *swarm, int core[WORLD_PEERS_MAX])
{
    struct world *world = swarm->world;
    size_t count = 0;
    for (int i = 0; i < swarm->plan.peers; i++)
        if (!gone_for_good(swarm, swarm->members[i])) core[count++] = swarm->members[i];
    count = gather_most(swarm, core, count);
    const size_t half = (count + 1) / 2;
    for (size_t i = count; i-- > 0 && count > half;) {
        struct tape_identity identity;
        int without[WORLD_PEERS_MAX];
        tape_identity(&identity, "Calm", world_peer_name(world, core[i]), NULL, 0);
        if (!tape_chance(world_tape(world), &identity, 1, 4)) continue;
        memcpy(without, core, i * sizeof *without);
        memcpy(without + i, core + i + 1, (count - i - 1) * sizeof *without);
        if (gather(swarm, without, count - 1, 0) < count - 1) continue;
        count--;
        memcpy(core, without, count * sizeof *core);
    }
    return count;
}

static void raise_peer(struct world *world, int peer)
{
    const enum world_peer_state state = world_peer_state(world, peer);
    if (state == WORLD_PEER_DOWN || state == WORLD_PEER_HALTED) world_restart(world, peer);
    world_join(world, peer); /* if it is absent, has left, or is about to */
}

size_t swarm_calm(struct swarm *swarm, int core[WORLD_PEERS_MAX])
{
    struct world *world = swarm->world;
    struct disk_settings disk;
    const size_t count = choose_core(swarm, core);
    disk_settings_init(&disk);
    for (int i = 0; i < SITE_COUNT; i++)
        world_set_site(world, (enum site)i, 0);
    for (size_t i = swarm->use_count; i-- > 0;) {
        const struct fault_use *use = &swarm->uses[i];
        if (concerns_core(world, core, count, use->peer) ||
            (use->other != WORLD_NOBODY && concerns_core(world, core, count, use->other)))
            end_use(swarm, i);
    }
    for (size_t i = 0; i < count; i++) {
        world_set_disk(world, core[i], &disk);
        world_set_clock(world, core[i], 0);
        world_disarm(world, core[i]);
        raise_peer(world, core[i]);
        for (size_t k = 0; k < count; k++) {
            if (i == k) continue;
            world_settle_link(world, core[i], core[k]);
            world_withdraw_forgeries(world, core[i], core[k]);
            world_set_link(world, core[i], core[k], &swarm->plan.link);
        }
    }
    return count;
}
