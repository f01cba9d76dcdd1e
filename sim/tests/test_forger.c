// SPDX-License-Identifier: Apache-2.0
/*
 * Every kind of forgery, against a world that lives: met under its own name, the victim unchanged, the
 * honest peers converged afterwards with nothing forged in anybody's hands; with real signatures and ideal ones.
 */
#include "sim/world.h"

#include <string.h>

#include "core/tests/check.h"
#include "sim/crypto_memo.h"

static struct crypto_memo *memo;

enum { ANA, BEN, CAI, EVE, PEERS };

struct stage {
    struct world *world;
    size_t forgery;
};

static void print_failures(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        printf("%s: %s: %s\n", name, failure.check, failure.text);
    }
}

static struct world *world_make(const struct forgery *kind, uint64_t seed)
{
    static const char *const names[PEERS] = {"ana", "ben", "cai", "eve"};
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    config.seed = seed;
    config.memory_bytes_max = (size_t)64 << 20;
    config.memo = memo;
    struct world *world = world_new(&config);
    for (int i = 0; i < PEERS; i++) {
        world_peer_options_init(&options);
        options.adversary = i == EVE;
        options.strict_trust = strcmp(kind->name, "untrusted_key") == 0;
        CHECK(world_add_peer(world, names[i], &options) == i);
    }
    return world;
}

static bool settled(void *context, const struct world *world)
{
    const struct stage *stage = context;
    struct world_forgery forgery;
    world_forgery(world, &forgery, stage->forgery);
    return forgery.state == WORLD_FORGERY_MET || forgery.state == WORLD_FORGERY_UNMET;
}

/* Ana works; ben hears of it from her on the wire, or, where eve is the source, from eve first. */
static void run_kind(const struct forgery *kind, uint64_t seed)
{
    struct world *world = world_make(kind, seed);
    const int peers[] = {ANA, CAI};
    struct world_workload workload;
    world_workload_init(&workload);
    workload.peers = peers;
    workload.peer_count = 2;
    workload.interval_us = 400 * WORLD_MS;
    workload.count = 40;
    CHECK_IN(kind->name, world_workload(world, &workload));
    CHECK_IN(kind->name, world_run_for(world, 3 * WORLD_SECOND) == WORLD_RUN_DONE);

    struct stage stage = {.world = world};
    stage.forgery = world_forge(world, kind, kind->place == FORGERY_PEER ? EVE : ANA, BEN);
    if (kind->place == FORGERY_PEER) {
        world_block(world, ANA, BEN);
        world_block(world, CAI, BEN);
    }
    CHECK_IN(kind->name,
             world_run_while_not(world, settled, &stage, world_now_us(world) + 60 * WORLD_SECOND) ==
                 WORLD_RUN_DONE);
    struct world_forgery forgery;
    world_forgery(world, &forgery, stage.forgery);
    if (!CHECK_IN(kind->name, forgery.state == WORLD_FORGERY_MET))
        printf("%s: %s after %llu tries, seen %s\n", kind->name,
               world_forgery_state_name(forgery.state), (unsigned long long)forgery.tries,
               frame_status_name(forgery.seen));
    CHECK_IN(kind->name, forgery.seen == kind->expected);
    if (kind->fate == FORGERY_REFUSED)
        CHECK_IN(kind->name, world_refusals(world, BEN, kind->expected) >= 1);

    world_heal(world);
    CHECK_IN(kind->name,
             world_run_until_converged(world, NULL, 0, world_now_us(world) + 120 * WORLD_SECOND) ==
                 WORLD_RUN_DONE);
    CHECK_IN(kind->name, world_check_converged(world, NULL, 0));
    CHECK_IN(kind->name, world_check_end(world) == 0);
    for (int i = 0; i < PEERS; i++)
        CHECK_IN(kind->name, !world_peer_holds_forged(world, i));
    print_failures(world, kind->name);
    world_free(world);
}

/* Several at once, in a world with faults, and peers that are not the victim's enemies. */
static void test_many_at_once(void)
{
    struct world *world = world_make(forgery_find("wrong_root"), 99);
    struct link_settings settings;
    link_settings_init(&settings);
    settings.loss_ppm = 50000;
    settings.duplicate_ppm = 50000;
    settings.flip_ppm = 20000;
    world_set_link(world, WORLD_ANY, WORLD_ANY, &settings);
    struct world_workload workload;
    world_workload_init(&workload);
    workload.interval_us = 500 * WORLD_MS;
    workload.count = 400; /* so that each finds its occasion */
    CHECK(world_workload(world, &workload));
    size_t armed = 0;
    for (size_t i = 0; i < forgery_count(); i++) {
        const struct forgery *kind = forgery_at(i);
        if (kind->expected == FRAME_UNTRUSTED) continue; /* trust is open here */
        if (kind->place == FORGERY_WIRE && kind->expected != FRAME_ENVELOPE) continue;
        (void)world_forge(world, kind, kind->place == FORGERY_PEER ? EVE : CAI, BEN);
        armed++;
    }
    CHECK(armed >= 10);
    CHECK(world_run_for(world, 600 * WORLD_SECOND) == WORLD_RUN_DONE);
    size_t met = 0;
    for (size_t i = 0; i < world_forgery_count(world); i++) {
        struct world_forgery forgery;
        world_forgery(world, &forgery, i);
        if (CHECK_IN(forgery.kind->name, forgery.state == WORLD_FORGERY_MET)) met++;
    }
    CHECK(met == armed);
    CHECK(world_check_converged(world, NULL, 0));
    CHECK(world_check_end(world) == 0);
    print_failures(world, "many");
    world_free(world);
}

static void test_table(void)
{
    CHECK(forgery_count() >= 25);
    for (size_t i = 0; i < forgery_count(); i++) {
        const struct forgery *kind = forgery_at(i);
        CHECK_IN(kind->name, forgery_find(kind->name) == kind);
        CHECK_IN(kind->name, (kind->expected != FRAME_OK) == (kind->fate == FORGERY_REFUSED));
        CHECK_IN(kind->name, strlen(kind->what) > 0);
        CHECK_IN(kind->name, !kind->needs_key || kind->place == FORGERY_PEER);
    }
    CHECK(forgery_find("kindness") == NULL);
}

int main(void)
{
    test_table();
    for (int mode = CRYPTO_REAL; mode <= CRYPTO_IDEAL; mode++) {
        memo = crypto_memo_new_of((enum crypto_mode)mode, CRYPTO_MEMO_ENTRIES_DEFAULT);
        if (memo == NULL) return 1;
        for (size_t i = 0; i < forgery_count(); i++)
            for (uint64_t seed = 1; seed <= 2; seed++)
                run_kind(forgery_at(i), seed);
        test_many_at_once();
        crypto_memo_free(memo);
    }
    return check_done();
}
