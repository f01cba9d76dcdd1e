// SPDX-License-Identifier: Apache-2.0
/*
 * Floods of every kind, and forgeries, against instances as they should be; and against broken ones, whose
 * faults have to be told: a forgery that is taken, refused under another name or not refused, and messages
 * that cost too much work, memory or talk.
 */
#include "sim/flood.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"
#include "sim/crypto_memo.h"
#include "sim/peer.h"

enum { ANA, BEN, CAI, EVE, PEERS };

static struct world *make_world(const struct peer_driver *driver, struct crypto_memo *memo)
{
    static const char *const names[PEERS] = {"ana", "ben", "cai", "eve"};
    static const int workers[] = {ANA, CAI};
    struct world_config config;
    struct world_peer_options options;
    struct world_workload workload;
    world_config_init(&config);
    config.seed = 5;
    config.driver = driver;
    config.memo = memo;
    config.refold_receipts_max = 100;
    struct world *world = world_new(&config);
    CHECK(world != NULL);
    /* of broken instances the check of single messages would see more, and sooner, than that of floods */
    if (driver != NULL) (void)world_check_enable(world, "bounds", false);
    for (int i = 0; i < PEERS; i++) {
        world_peer_options_init(&options);
        options.adversary = i == EVE;
        options.gossip_interval_ms = 500;
        options.staging_receipts_max = 300;
        options.ignore_ms = 1000;
        options.ignore_ms_max = 4000;
        options.peers_max = 8;
        CHECK(world_add_peer(world, names[i], &options) == i);
    }
    world_workload_init(&workload);
    workload.peers = workers;
    workload.peer_count = 2;
    workload.interval_us = 300 * WORLD_MS;
    CHECK(world_workload(world, &workload));
    (void)world_run_for(world, 20 * WORLD_SECOND);
    return world;
}

static const char *first_failure(const struct world *world)
{
    struct world_failure failure;
    if (world_failure_count(world) == 0) return "";
    world_failure(world, &failure, 0);
    return failure.check;
}

static void print_failures(const struct world *world, const char *name)
{
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        printf("%s: %s: %s\n", name, failure.check, failure.text);
    }
}

/* ---- As it should be ---- */

static void test_kind(const struct forgery *kind)
{
    struct world *world = make_world(NULL, NULL);
    const size_t number = world_flood(world, kind, EVE, BEN,
                                      kind->needs_key     ? 3
                                      : flood_costs(kind) ? 1200
                                                          : 200,
                                      50 * WORLD_MS);
    CHECK_IN(kind->name, world_run_for(world, 65 * WORLD_SECOND) == WORLD_RUN_DONE);
    struct world_flood flood;
    world_flood_state(world, &flood, number);
    CHECK_IN(kind->name, flood.over && flood.sent == flood.count && flood.met > 0);
    CHECK_IN(kind->name, (flood.ignored > 0) == flood_costs(kind));
    CHECK_IN(kind->name, !world_peer_holds_forged(world, BEN));
    world_workload_stop(world);
    CHECK_IN(kind->name,
             world_run_until_converged(world, NULL, 0, world_now_us(world) + 120 * WORLD_SECOND) ==
                 WORLD_RUN_DONE);
    CHECK_IN(kind->name, world_failure_count(world) == 0);
    print_failures(world, kind->name);
    world_free(world);
}

static void test_table(void)
{
    for (size_t i = 0; i < flood_count(); i++) {
        const struct forgery *kind = flood_at(i);
        CHECK_IN(kind->name, flood_find(kind->name) == kind && strlen(kind->what) > 0);
        CHECK_IN(kind->name, forgery_find(kind->name) == NULL && strchr(kind->name, '/') == NULL);
        CHECK_IN(kind->name, !flood_costs(kind) || kind->fate == FORGERY_REFUSED);
    }
    CHECK(flood_find("of tears") == NULL);
}

/* ---- Broken ---- */

/* What the broken step does to each update; the tests run one world at a time. */
enum { NOTES = 1024 };
static struct frame_note *changed_notes;
static struct frame_outgoing doubled[1024];
static struct frame_instance_config seen_config; /* ben's */
static int created;

static bool believe(void *context, const uint8_t signature[64], const struct frame_hash *message,
                    const struct frame_public_key *key)
{
    (void)context;
    (void)signature;
    (void)message;
    (void)key;
    return true;
}

static enum frame_status credulous_create(void **instance,
                                          const struct frame_instance_config *config,
                                          uint64_t now_ms)
{
    static struct frame_crypto credulous;
    struct frame_instance_config broken = *config;
    credulous = *config->crypto;
    credulous.verify = believe;
    broken.crypto = &credulous;
    return peer_driver_core.create(instance, &broken, now_ms);
}

static enum frame_status noting_create(void **instance, const struct frame_instance_config *config,
                                       uint64_t now_ms)
{
    if (created++ == BEN) seen_config = *config;
    return peer_driver_core.create(instance, config, now_ms);
}

static enum frame_status renaming_step(void *instance, struct frame_update *update,
                                       const struct frame_event *event)
{
    const enum frame_status status = peer_driver_core.step(instance, update, event);
    for (size_t i = 0; i < update->note_count; i++) {
        changed_notes[i] = update->notes[i];
        if (changed_notes[i].type == FRAME_NOTE_REFUSED &&
            changed_notes[i].fault.status == FRAME_VERSION)
            changed_notes[i].fault.status = FRAME_FIELD_TYPE;
    }
    update->notes = changed_notes;
    return status;
}

static enum frame_status silent_step(void *instance, struct frame_update *update,
                                     const struct frame_event *event)
{
    const enum frame_status status = peer_driver_core.step(instance, update, event);
    size_t kept = 0;
    for (size_t i = 0; i < update->note_count; i++)
        if (update->notes[i].type != FRAME_NOTE_REFUSED) changed_notes[kept++] = update->notes[i];
    update->notes = changed_notes;
    update->note_count = kept;
    return status;
}

static enum frame_status talkative_step(void *instance, struct frame_update *update,
                                        const struct frame_event *event)
{
    const enum frame_status status = peer_driver_core.step(instance, update, event);
    for (size_t i = 0; i < 2 * update->message_count; i++)
        doubled[i] = update->messages[i / 2];
    update->messages = doubled;
    update->message_count *= 2;
    return status;
}

static enum frame_status busy_step(void *instance, struct frame_update *update,
                                   const struct frame_event *event)
{
    const struct frame_crypto *crypto = seen_config.crypto;
    const struct frame_hash hash = {{1}};
    const struct frame_public_key key = {{2}};
    const uint8_t signature[64] = {3};
    for (int i = 0; i < 1000 && event->type == FRAME_EVENT_MESSAGE; i++)
        (void)crypto->verify(crypto->context, signature, &hash, &key);
    return peer_driver_core.step(instance, update, event);
}

/* Takes much for a moment. */
static enum frame_status greedy_step(void *instance, struct frame_update *update,
                                     const struct frame_event *event)
{
    enum { MUCH = 32 << 20 };
    const struct frame_allocator *allocator = &seen_config.allocator;
    void *much = allocator->allocate(allocator->context, MUCH);
    if (much != NULL) allocator->release(allocator->context, much, MUCH);
    return peer_driver_core.step(instance, update, event);
}

static struct forgery composed(const char *text, enum forgery_place place)
{
    struct forgery kind = {.name = ""};
    struct forgery_composition composition;
    struct frame_span word;
    const char *problem;
    const struct frame_span span = {(const uint8_t *)text, strlen(text)};
    CHECK_IN(text, forgery_composition_read(&composition, &problem, &word, span));
    CHECK_IN(text, forgery_compose(&kind, &composition, place));
    return kind;
}

/* The check that fails in a world of such instances, where ana's pages to ben are forged. */
static void forge_against(const struct peer_driver *driver, struct crypto_memo *memo,
                          const char *text, const char *check, enum world_forgery_state state)
{
    struct world *world = make_world(driver, memo);
    const struct forgery kind = composed(text, FORGERY_WIRE);
    const size_t number = world_forge(world, &kind, ANA, BEN);
    (void)world_run_for(world, 10 * WORLD_SECOND);
    struct world_forgery forgery;
    world_forgery(world, &forgery, number);
    CHECK_IN(text, forgery.state == state);
    if (!CHECK_IN(text, strcmp(first_failure(world), check) == 0)) print_failures(world, text);
    world_free(world);
}

static void flood_against(const struct peer_driver *driver, const char *name, const char *check)
{
    created = ANA;
    struct world *world = make_world(driver, NULL);
    (void)world_flood(world, flood_find(name), EVE, BEN, 50, 50 * WORLD_MS);
    (void)world_run_for(world, 10 * WORLD_SECOND);
    if (!CHECK_IN(name, strcmp(first_failure(world), check) == 0)) print_failures(world, name);
    world_free(world);
}

static void test_broken_forgeries(void)
{
    struct crypto_memo *memo = crypto_memo_new(1 << 12);
    struct peer_driver broken = peer_driver_core;
    forge_against(NULL, memo, "receipt/version_3", "", WORLD_FORGERY_MET);
    broken.step = renaming_step;
    forge_against(&broken, memo, "receipt/version_3", "forgery_refused", WORLD_FORGERY_UNMET);
    broken.step = silent_step; /* says nothing */
    forge_against(&broken, memo, "envelope/as_is/blank", "forgery_refused", WORLD_FORGERY_UNMET);
    broken = peer_driver_core;
    broken.create = credulous_create; /* takes what is not signed; or finds another fault in it */
    forge_against(&broken, memo, "receipt/as_is/blank", "known_receipts", WORLD_FORGERY_SENT);
    forge_against(&broken, memo, "receipt/other_root/rehashed", "forgery_refused",
                  WORLD_FORGERY_UNMET);
    crypto_memo_free(memo);
}

static void test_broken_floods(void)
{
    struct peer_driver broken = peer_driver_core;
    flood_against(NULL, "huge_want", "");
    broken.step = talkative_step;
    flood_against(&broken, "huge_want", "bounded");
    broken.step = silent_step;
    flood_against(&broken, "bad_bodies", "forgery_refused");
    broken.create = noting_create;
    broken.step = busy_step;
    flood_against(&broken, "noise", "bounded");
    broken.step = greedy_step;
    flood_against(&broken, "noise", "bounded");
}

int main(void)
{
    test_table();
    for (size_t i = 0; i < flood_count(); i++)
        test_kind(flood_at(i));
    changed_notes = calloc(NOTES, sizeof *changed_notes);
    CHECK(changed_notes != NULL);
    if (changed_notes != NULL) {
        test_broken_forgeries();
        test_broken_floods();
    }
    free(changed_notes);
    return check_done();
}
