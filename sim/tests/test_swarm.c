// SPDX-License-Identifier: Apache-2.0
/* What swarm runs draw, who knows whom in them, and that every site fires and does no harm. */
#include "sim/swarm.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void plain_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static const struct frame_allocator allocator = {.allocate = plain_allocate,
                                                 .release = plain_release};
enum { SEEDS = 2000, MOST = 50 };

/* ---- Drawing ---- */

static void draw_seed(struct swarm_plan *plan, uint64_t seed, uint32_t families)
{
    struct tape *tape = tape_new(&allocator, seed);
    swarm_plan_draw(plan, tape, 2, MOST);
    if (seed % 2 == 0) swarm_plan_draw_discovery(plan, tape);
    if (families != 0) swarm_plan_only(plan, tape, families);
    tape_free(tape);
}

/* What was met in some plan. */
struct met {
    bool peers[MOST + 1];
    bool topologies[SWARM_TOPOLOGIES];
    bool faults[SWARM_FAULTS_MAX];
    bool sites[SITE_COUNT];
    bool liars[WORLD_LIARS];
    size_t crowds, late, strict_trust, mixed_policies, mixes, faultless;
};

static void meet(struct met *met, const struct swarm_plan *plan)
{
    size_t faults = 0;
    met->peers[plan->peers] = true;
    met->topologies[plan->topology] = true;
    for (size_t i = 0; i < fault_count(); i++) {
        faults += plan->one_in[i] > 0;
        if (plan->one_in[i] > 0) met->faults[i] = true;
    }
    for (size_t i = 0; i < SITE_COUNT; i++)
        if (plan->site_one_in[i] > 0) met->sites[i] = true;
    met->liars[plan->liar] = true;
    met->crowds += plan->peers > 8;
    met->late += plan->peers_present < plan->peers;
    met->strict_trust += plan->strict_trust;
    met->mixed_policies += plan->mixed_policies;
    met->mixes += plan->mix_count > 0;
    met->faultless += faults == 0;
}

static void check_words(const struct swarm_plan *plan)
{
    char text[SWARM_TEXT_BYTES];
    swarm_plan_words(text, plan, true);
    CHECK(strlen(text) < sizeof text - 1);
    for (const char *line = text; *line != '\0';) {
        const size_t length = strcspn(line, "\n");
        CHECK(length > 0 && length < 500);
        line += length + (line[length] == '\n');
    }
}

static void test_everything_is_drawn(void)
{
    struct met *met = calloc(1, sizeof *met);
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct swarm_plan plan;
        draw_seed(&plan, seed, 0);
        meet(met, &plan);
        check_words(&plan);
    }
    CHECK(!met->peers[0] && !met->peers[1]);
    for (int i = 2; i <= MOST; i++)
        CHECK(met->peers[i]);
    for (int i = 0; i < SWARM_TOPOLOGIES; i++)
        CHECK(met->topologies[i]);
    for (size_t i = 0; i < fault_count(); i++)
        if (!CHECK(met->faults[i])) printf("  never drawn: %s\n", fault_at(i)->name);
    for (int i = 0; i < SITE_COUNT; i++)
        CHECK(met->sites[i]);
    for (int i = 0; i < WORLD_LIARS; i++)
        CHECK(met->liars[i]);
    CHECK(met->crowds > SEEDS / 8 && met->crowds < SEEDS / 3);
    CHECK(met->late > 0 && met->strict_trust > 0 && met->mixed_policies > 0);
    CHECK(met->mixes > 0 && met->faultless > 0 && met->faultless < SEEDS / 4);
    free(met);
}

/* What discovery adds changes nothing of a plan without it. */
static void test_discovery_adds(void)
{
    for (uint64_t seed = 2; seed <= 200; seed += 2) {
        struct swarm_plan plan;
        struct swarm_plan without;
        struct tape *tape = tape_new(&allocator, seed);
        draw_seed(&plan, seed, 0);
        swarm_plan_draw(&without, tape, 2, MOST);
        tape_free(tape);
        CHECK(without.liar == WORLD_LIAR_NONE);
        for (size_t i = 0; i < fault_count(); i++) {
            const bool own = fault_at(i)->family == FAULT_DISCOVERY;
            CHECK(own ? without.one_in[i] == 0 : without.one_in[i] == plan.one_in[i]);
            if (own) plan.one_in[i] = 0;
        }
        plan.liar = WORLD_LIAR_NONE;
        char words[2][SWARM_TEXT_BYTES];
        swarm_plan_words(words[0], &plan, true);
        swarm_plan_words(words[1], &without, true);
        CHECK(strcmp(words[0], words[1]) == 0);
    }
}

static void test_the_seed_decides(void)
{
    struct swarm_plan first;
    struct swarm_plan again;
    struct swarm_plan other;
    draw_seed(&first, 7, 0);
    draw_seed(&again, 7, 0);
    draw_seed(&other, 8, 0);
    char words[3][SWARM_TEXT_BYTES];
    swarm_plan_words(words[0], &first, true);
    swarm_plan_words(words[1], &again, true);
    swarm_plan_words(words[2], &other, true);
    CHECK(strcmp(words[0], words[1]) == 0 && strcmp(words[0], words[2]) != 0);
}

static void test_only(void)
{
    const uint32_t families = UINT32_C(1) << FAULT_DISK | UINT32_C(1) << FAULT_CLOCK;
    for (uint64_t seed = 1; seed <= 200; seed++) {
        struct swarm_plan plan;
        size_t meant = 0;
        size_t others = 0;
        draw_seed(&plan, seed, families);
        for (size_t i = 0; i < fault_count(); i++) {
            if (plan.one_in[i] == 0) continue;
            if ((families >> fault_at(i)->family & 1) != 0)
                meant++;
            else
                others++;
        }
        CHECK(meant > 0 && others == 0);
    }
}

/* ---- Who knows whom ---- */

static size_t reachable(const struct swarm_plan *plan)
{
    bool seen[MOST] = {true};
    size_t count = 1;
    for (bool more = true; more;) {
        more = false;
        for (int i = 0; i < plan->peers; i++)
            for (int k = 0; seen[i] && k < plan->peers; k++)
                if (i != k && !seen[k] && swarm_plan_knows(plan, i, k)) {
                    seen[k] = true;
                    more = true;
                    count++;
                }
    }
    return count;
}

static void test_topologies(void)
{
    for (int peers = 2; peers <= MOST; peers++) {
        for (int topology = 0; topology < SWARM_TOPOLOGIES; topology++) {
            struct swarm_plan plan = {.peers = peers, .topology = (enum swarm_topology)topology};
            size_t edges = 0;
            for (int i = 1; i < peers; i++)
                plan.parent[i] = (uint8_t)(i * 7 % i);
            for (int i = 0; i < peers; i++)
                for (int k = 0; k < i; k++) {
                    CHECK(swarm_plan_knows(&plan, i, k) == swarm_plan_knows(&plan, k, i));
                    edges += swarm_plan_knows(&plan, i, k);
                }
            CHECK(reachable(&plan) == (size_t)peers);
            const bool sparse = topology != SWARM_MESH && topology != SWARM_BRIDGE;
            CHECK(!sparse || edges == (size_t)peers - 1 + (topology == SWARM_RING && peers > 2));
        }
    }
}

/* ---- Sites ---- */

static int busy_world(struct world **world, uint64_t seed)
{
    struct world_config config;
    world_config_init(&config);
    config.seed = seed;
    *world = world_new(&config);
    if (*world == NULL) return -1;
    for (int i = 0; i < 3; i++) {
        static const char *const names[] = {"ana", "ben", "cai"};
        struct world_peer_options options;
        world_peer_options_init(&options);
        options.gossip_interval_ms = 500;
        if (world_add_peer(*world, names[i], &options) != i) return -1;
    }
    struct world_workload workload;
    world_workload_init(&workload);
    workload.interval_us = 200 * WORLD_MS;
    workload.count = 40;
    return world_workload(*world, &workload) ? 0 : -1;
}

static void test_site(enum site site, uint64_t seed)
{
    struct world *world;
    if (!CHECK(busy_world(&world, seed) == 0)) return;
    world_set_site(world, site, 3);
    for (int i = 0; i < 8; i++) {
        CHECK(world_run_for(world, WORLD_SECOND) == WORLD_RUN_DONE);
        world_restart(world, i % 3);
    }
    if (!CHECK(world_site_fired(world, site) > 0)) printf("  never fired: %s\n", site_name(site));
    const uint64_t fired = world_site_fired(world, site);
    world_set_site(world, site, 0);
    CHECK(world_run_until_converged(world, NULL, 0, world_now_us(world) + 60 * WORLD_SECOND) ==
          WORLD_RUN_DONE);
    CHECK(world_site_fired(world, site) == fired);
    if (!CHECK(world_check_end(world) == 0)) {
        struct world_failure failure;
        world_failure(world, &failure, 0);
        printf("  %s: %s: %s\n", site_name(site), failure.check, failure.text);
    }
    world_free(world);
}

int main(void)
{
    test_everything_is_drawn();
    test_discovery_adds();
    test_the_seed_decides();
    test_only();
    test_topologies();
    for (int site = 0; site < SITE_COUNT; site++)
        test_site((enum site)site, 1 + (uint64_t)site);
    return check_done();
}
