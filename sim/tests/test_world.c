// SPDX-License-Identifier: Apache-2.0
#include "sim/world.h"

#include <stdlib.h>
#include <string.h>

#include "core/tests/check.h"

enum { ANA, BEN, CAI, DAN, EVE, PEERS };
static const char *const names[PEERS] = {"ana", "ben", "cai", "dan", "eve"};

static const struct world_intent mint = {.action = "wallet.mintFrame",
                                         .payload = "{\"amount\":9,\"target\":\"alice\"}",
                                         .raw = "mint 9"};

static void print_failures(const struct world *world)
{
    for (size_t i = 0; i < world_failure_count(world); i++) {
        struct world_failure failure;
        world_failure(world, &failure, i);
        printf("  %s, peer %d, event %llu: %s\n", failure.check, failure.peer,
               (unsigned long long)failure.event, failure.text);
    }
}

/* Nothing has failed, and nothing fails when all is looked at. */
static void finish(struct world *world)
{
    CHECK(world_check_end(world) == 0);
    print_failures(world);
    world_free(world);
}

static struct world *world_of(const struct world_config *config, int peers,
                              const struct world_peer_options *options)
{
    struct world *world = world_new(config);
    for (int i = 0; i < peers; i++)
        CHECK(world_add_peer(world, names[i], options) == i);
    return world;
}

static struct world *small_world(int peers)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    world_peer_options_init(&options);
    return world_of(&config, peers, &options);
}

static bool converge(struct world *world, uint64_t within_s)
{
    const uint64_t until_us = world_now_us(world) + within_s * WORLD_SECOND;
    return world_run_until_converged(world, NULL, 0, until_us) == WORLD_RUN_DONE &&
           world_check_converged(world, NULL, 0);
}

static size_t receipts(const struct world *world, int peer)
{
    return frame_chain_count(world_peer_chain(world, peer));
}

/* ---- A world with everything in it ---- */

static void make_rough(struct world *world)
{
    struct link_settings settings;
    link_settings_init(&settings);
    settings.latency = (struct latency){
        .kind = LATENCY_LONG_TAIL, .base_us = 5000, .spread_us = 10000, .cap_us = WORLD_SECOND};
    settings.loss_ppm = 50000;
    settings.duplicate_ppm = 30000;
    settings.reorder_ppm = 30000;
    settings.flip_ppm = 10000;
    world_set_link(world, WORLD_ANY, WORLD_ANY, &settings);
}

/* Partitions, crashes, a torn log, wrong clocks; then peace. */
static void live(struct world *world)
{
    const int groups[PEERS] = {0, 0, 1, 1, -1};
    struct world_workload workload;
    world_workload_init(&workload);
    workload.interval_us = 400 * WORLD_MS;
    workload.count = 30;
    make_rough(world);
    world_set_clock(world, BEN, -3600);
    world_set_clock(world, CAI, 500);
    CHECK(world_workload(world, &workload));
    (void)world_run_for(world, 3 * WORLD_SECOND);
    world_partition(world, groups, PEERS);
    (void)world_run_for(world, 3 * WORLD_SECOND);
    world_crash_at(world, CAI, WORLD_CRASH_IN, WORLD_CRASH_SYNC, 1);
    world_crash(world, ANA);
    (void)world_run_for(world, 3 * WORLD_SECOND);
    world_restart(world, ANA);
    world_restart(world, CAI);
    world_leave(world, EVE);
    (void)world_run_for(world, 4 * WORLD_SECOND);
    world_join(world, EVE);
    world_heal(world);
}

static struct world_hash rough_hash(const struct world_config *config, struct tape_recorder *hear,
                                    const struct trace_hook *hook)
{
    struct world_peer_options options;
    struct world_hash hash;
    world_peer_options_init(&options);
    options.disk.torn = true;
    struct world *world = world_new(config);
    if (hear != NULL) tape_record(world_tape(world), hear);
    world_trace(world, hook);
    for (int i = 0; i < PEERS; i++)
        CHECK(world_add_peer(world, names[i], &options) == i);
    live(world);
    CHECK(converge(world, 300));
    world_final_hash(world, &hash);
    struct world_counters counters;
    world_counters(world, &counters, WORLD_NOBODY);
    CHECK(counters.intents > 100 && counters.acknowledged > 90 && counters.messages_lost > 0);
    CHECK(counters.crashes >= 1 && counters.messages_flipped > 0);
    finish(world);
    return hash;
}

static bool same(const struct world_hash *a, const struct world_hash *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static void count_record(void *context, const struct trace_record *record)
{
    unsigned *count = context;
    if (record->text != NULL) ++*count;
}

/* The same configuration and seed give the same run; looking on, other memory, a shared memo change
   nothing; another seed does. */
static void test_determinism(void)
{
    struct world_config config;
    world_config_init(&config);
    config.seed = 11;
    const struct world_hash first = rough_hash(&config, NULL, NULL);
    unsigned records = 0;
    const struct trace_hook hook = {&records, count_record};
    const struct world_hash looked_on = rough_hash(&config, NULL, &hook);
    CHECK(same(&first, &looked_on) && records > 1000);
    config.plain_malloc = true;
    const struct world_hash other_memory = rough_hash(&config, NULL, NULL);
    CHECK(same(&first, &other_memory));
    config.plain_malloc = false;
    config.seed = 12;
    const struct world_hash other = rough_hash(&config, NULL, NULL);
    CHECK(!same(&first, &other));
}

/* ---- A run's tape is its replay log ---- */

struct recording {
    struct {
        char text[TAPE_IDENTITY_BYTES_MAX];
        uint64_t value;
    } * answers;
    size_t count;
    size_t capacity;
};

static void write_down(void *context, const char *identity, uint64_t bound, uint64_t value)
{
    struct recording *recording = context;
    (void)bound;
    if (recording->count == recording->capacity) {
        recording->capacity = recording->capacity * 2 + 1024;
        recording->answers =
            realloc(recording->answers, recording->capacity * sizeof *recording->answers);
    }
    memcpy(recording->answers[recording->count].text, identity, strlen(identity) + 1);
    recording->answers[recording->count++].value = value;
}

/* Hears what another world answered first: then the seed plays no part. */
static void test_replay(void)
{
    struct world_config config;
    struct recording recording = {0};
    struct tape_recorder hear = {&recording, write_down};
    struct world_peer_options options;
    struct world_hash replayed;
    world_config_init(&config);
    config.seed = 21;
    const struct world_hash first = rough_hash(&config, &hear, NULL);
    CHECK(recording.count > 1000);

    config.seed = 22;
    world_peer_options_init(&options);
    options.disk.torn = true;
    struct world *world = world_new(&config);
    for (size_t i = 0; i < recording.count; i++)
        CHECK(tape_override(world_tape(world), recording.answers[i].text,
                            strlen(recording.answers[i].text), recording.answers[i].value));
    for (int i = 0; i < PEERS; i++)
        CHECK(world_add_peer(world, names[i], &options) == i);
    live(world);
    CHECK(converge(world, 300));
    world_final_hash(world, &replayed);
    CHECK(same(&first, &replayed));
    CHECK(tape_override_unused(world_tape(world)) == 0);
    finish(world);
    free(recording.answers);
}

/* One choice changed changes this choice: the other messages of the link fare as before. */
static void test_override_is_local(void)
{
    unsigned lost = 0;
    for (int force = 0; force < 2; force++) {
        struct world *world = small_world(2);
        if (force == 1) CHECK(tape_override(world_tape(world), "lost:ana>ben:attest:1", 21, 1));
        (void)world_run_for(world, 20 * WORLD_SECOND);
        struct world_counters counters;
        world_counters(world, &counters, ANA);
        CHECK(counters.messages_lost == (force == 1 ? 1 : 0));
        lost += (unsigned)counters.messages_lost;
        finish(world);
    }
    CHECK(lost == 1);
}

/* ---- Branching ---- */

static void test_save_and_restore(void)
{
    struct world *world = small_world(3);
    struct world_hash at_branch;
    struct world_hash ends[3];
    make_rough(world);
    (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, 2 * WORLD_SECOND);
    struct world_snapshot *snapshot = world_save(world);
    world_run_hash(world, &at_branch);
    for (int i = 0; i < 3; i++) {
        if (i > 0) world_restore(world, snapshot);
        struct world_hash now;
        world_run_hash(world, &now);
        CHECK(same(&now, &at_branch));
        (void)world_intent(world, BEN, &mint);
        if (i == 1) world_crash(world, CAI);
        (void)world_run_for(world, 5 * WORLD_SECOND);
        world_final_hash(world, &ends[i]);
    }
    CHECK(same(&ends[0], &ends[2]) && !same(&ends[0], &ends[1]));
    world_snapshot_free(snapshot);
    finish(world);
}

/* ---- Users ---- */

static void test_outcomes(void)
{
    struct world *world = small_world(2);
    struct world_outcome outcome;
    const size_t first = world_intent(world, ANA, &mint);
    const size_t second = world_intent(world, ANA, &mint);
    world_outcome(world, &outcome, first);
    CHECK(outcome.state == WORLD_INTENT_EXECUTED && strcmp(outcome.result, "") == 0);
    world_outcome(world, &outcome, second);
    CHECK(outcome.state == WORLD_INTENT_WAITING && outcome.status == FRAME_BUSY);
    (void)world_run_for(world, WORLD_SECOND);
    world_outcome(world, &outcome, first);
    CHECK(outcome.state == WORLD_INTENT_ACKNOWLEDGED && outcome.accepted);
    CHECK(strcmp(outcome.result, "{\"ok\":true,\"supply\":9}") == 0);
    CHECK(world_peer_durable(world, ANA, &outcome.receipt));
    CHECK(outcome.done_us >= 1000 && outcome.done_us <= 5000 + 1000);
    world_outcome(world, &outcome, second);
    CHECK(strcmp(outcome.result, "{\"ok\":true,\"supply\":18}") == 0);

    const struct world_intent greedy = {.action = "wallet.send",
                                        .payload = "{\"amount\":99,\"recipient\":\"bob\"}"};
    const struct world_intent unknown = {.action = "casino.bet", .payload = "{}"};
    const size_t refused = world_intent(world, ANA, &greedy);
    const size_t away = world_intent(world, ANA, &unknown);
    (void)world_run_for(world, WORLD_SECOND);
    world_outcome(world, &outcome, refused);
    CHECK(outcome.state == WORLD_INTENT_ACKNOWLEDGED && !outcome.accepted);
    CHECK(strcmp(outcome.result, "{\"error\":\"insufficient\",\"ok\":false}") == 0);
    world_outcome(world, &outcome, away);
    CHECK(outcome.state == WORLD_INTENT_TURNED_AWAY && outcome.status == FRAME_DAPP);
    CHECK(converge(world, 10));
    finish(world);
}

/* An intent waits for a peer that is down; one whose disk never answered is untold. */
static void test_down(void)
{
    struct world *world = small_world(2);
    struct world_outcome outcome;
    const size_t untold = world_intent(world, ANA, &mint);
    world_crash(world, ANA);
    world_outcome(world, &outcome, untold);
    CHECK(outcome.state == WORLD_INTENT_UNTOLD);
    CHECK(world_peer_state(world, ANA) == WORLD_PEER_DOWN);
    CHECK(world_peer_chain(world, ANA) == NULL);
    const size_t waits = world_intent(world, ANA, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    world_outcome(world, &outcome, waits);
    CHECK(outcome.state == WORLD_INTENT_WAITING && outcome.status == FRAME_HALTED);
    world_restart(world, ANA);
    (void)world_run_for(world, WORLD_SECOND);
    world_outcome(world, &outcome, waits);
    CHECK(outcome.state == WORLD_INTENT_ACKNOWLEDGED);
    CHECK(receipts(world, ANA) == 1); /* what was not durable is gone */
    struct world_counters counters;
    world_counters(world, &counters, ANA);
    CHECK(counters.writes_lost == 1 && counters.untold == 1 && counters.restarts == 1);
    CHECK(converge(world, 10));
    finish(world);
}

/* ---- Disks ---- */

static void test_crash_in_sync(void)
{
    struct world *world = small_world(2);
    (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    world_crash_at(world, ANA, WORLD_CRASH_IN, WORLD_CRASH_SYNC, 1);
    CHECK(world_peer_state(world, ANA) == WORLD_PEER_UP);
    (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, 100 * WORLD_MS);
    CHECK(world_peer_state(world, ANA) == WORLD_PEER_DOWN);
    size_t durable;
    CHECK(world_peer_disk(world, ANA, &durable) == durable && durable > 0);
    world_restart(world, ANA);
    CHECK(receipts(world, ANA) == 1);
    CHECK(converge(world, 10));
    finish(world);
}

static void test_failing_disk(void)
{
    struct world *world = small_world(2);
    struct disk_settings settings;
    disk_settings_init(&settings);
    settings.failure_ppm = PPM;
    world_set_disk(world, ANA, &settings);
    (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    CHECK(world_peer_state(world, ANA) == WORLD_PEER_HALTED);
    settings.failure_ppm = 0;
    world_set_disk(world, ANA, &settings);
    world_restart(world, ANA);
    CHECK(world_peer_state(world, ANA) == WORLD_PEER_UP && receipts(world, ANA) == 0);
    (void)world_intent(world, ANA, &mint);
    CHECK(converge(world, 10) && receipts(world, BEN) == 1);
    finish(world);
}

/* What gets onto a full disk is a beginning of a write, and never more than there is space for. */
static void test_full_disk(void)
{
    enum { SPACES = 40, LEFT = 25 };
    size_t parts = 0;
    for (uint64_t left = 1; left <= SPACES; left++) {
        struct world *world = small_world(1);
        struct disk_settings settings;
        size_t durable;
        (void)world_intent(world, ANA, &mint);
        (void)world_run_for(world, WORLD_SECOND);
        const size_t before = world_peer_disk(world, ANA, &durable);
        disk_settings_init(&settings);
        settings.space_bytes = before + left * LEFT;
        world_set_disk(world, ANA, &settings);
        (void)world_intent(world, ANA, &mint);
        (void)world_run_for(world, WORLD_SECOND);
        const size_t after = world_peer_disk(world, ANA, &durable);
        CHECK(world_peer_state(world, ANA) == WORLD_PEER_HALTED);
        CHECK(after <= settings.space_bytes);
        parts += after > before;
        world_free(world);
    }
    CHECK(parts > SPACES / 2);
}

/* A link that is settled has nothing of a flap before it any more; the others go on. */
static void test_settled_link(void)
{
    for (int settled = 0; settled < 2; settled++) {
        struct world *world = small_world(2);
        const int sides[] = {0, 1};
        world_flap(world, sides, 2, 20 * WORLD_SECOND, 100 * WORLD_SECOND);
        (void)world_run_for(world, 12 * WORLD_SECOND); /* blocked until 10 s, and again from 20 s */
        if (settled != 0) {
            world_settle_link(world, ANA, BEN);
            world_settle_link(world, BEN, ANA);
        }
        (void)world_run_for(world, 9 * WORLD_SECOND);
        (void)world_intent(world, ANA, &mint);
        (void)world_run_for(world, 8 * WORLD_SECOND);
        CHECK(receipts(world, BEN) == (settled != 0 ? 1 : 0));
        world_free(world);
    }
}

/* A bit of an early receipt has flipped: safe mode, until a peer has what was lost (§ 13). */
static void test_safe_mode(void)
{
    struct world *world = small_world(2);
    for (int i = 0; i < 4; i++)
        (void)world_intent(world, ANA, &mint);
    CHECK(converge(world, 10) && receipts(world, BEN) == 4);
    world_crash(world, ANA);
    world_flip_disk_bit(world, ANA, 300, 0);
    world_block(world, BEN, ANA);
    for (int i = 0; i < 2; i++) { /* also the second time */
        world_restart(world, ANA);
        struct frame_recovery recovery;
        world_peer_recovery(world, ANA, &recovery);
        CHECK(recovery.state == FRAME_LOG_CORRUPT && recovery.safe_mode);
        CHECK(world_peer_in_safe_mode(world, ANA));
    }
    struct world_outcome outcome;
    const size_t waits = world_intent(world, ANA, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    world_outcome(world, &outcome, waits);
    CHECK(outcome.state == WORLD_INTENT_WAITING && outcome.status == FRAME_SAFE_MODE);
    world_heal(world);
    CHECK(converge(world, 30));
    CHECK(!world_peer_in_safe_mode(world, ANA) && receipts(world, ANA) == 5);
    world_outcome(world, &outcome, waits);
    CHECK(outcome.state == WORLD_INTENT_ACKNOWLEDGED);
    world_restart(world, ANA);
    struct frame_recovery recovery;
    world_peer_recovery(world, ANA, &recovery);
    CHECK(recovery.state == FRAME_LOG_CLEAN && receipts(world, ANA) == 5);
    finish(world);
}

static void test_accept_loss(void)
{
    struct world *world = small_world(1);
    for (int i = 0; i < 4; i++)
        (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    world_crash(world, ANA);
    world_flip_disk_bit(world, ANA, 300, 0);
    world_restart(world, ANA);
    CHECK(world_peer_in_safe_mode(world, ANA) && receipts(world, ANA) == 0);
    world_accept_loss(world, ANA);
    CHECK(!world_peer_in_safe_mode(world, ANA));
    (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    CHECK(receipts(world, ANA) == 1);
    world_restart(world, ANA);
    CHECK(receipts(world, ANA) == 1);
    finish(world);
}

/* ---- Links ---- */

/* Sent while the link is blocked: lost, though it is open when they would arrive. */
static void test_sent_while_blocked(void)
{
    struct world *world = small_world(2);
    struct link_settings settings;
    struct world_counters counters;
    link_settings_init(&settings);
    settings.latency = (struct latency){.kind = LATENCY_CONSTANT, .base_us = 10 * WORLD_SECOND};
    world_set_link(world, WORLD_ANY, WORLD_ANY, &settings);
    world_block(world, ANA, BEN);
    (void)world_run_for(world, 9 * WORLD_SECOND);
    world_heal(world);
    (void)world_run_for(world, 2 * WORLD_SECOND);
    world_counters(world, &counters, BEN);
    CHECK(counters.messages_delivered == 0);
    world_counters(world, &counters, ANA);
    CHECK(counters.messages_delivered > 0 && counters.messages_lost > 2);
    finish(world);
}

/* In flight when the partition starts: lost at the door. Sent before, and arriving after it: heard. */
static void test_in_flight(void)
{
    struct world *world = small_world(2);
    struct link_settings settings;
    link_settings_init(&settings);
    settings.latency = (struct latency){.kind = LATENCY_CONSTANT, .base_us = 10 * WORLD_SECOND};
    world_set_link(world, WORLD_ANY, WORLD_ANY, &settings);
    struct world_counters counters;
    (void)world_run_for(world, 5 * WORLD_SECOND); /* attestations are on their way */
    world_block(world, ANA, BEN);
    CHECK(world_blocked(world, ANA, BEN) && !world_blocked(world, BEN, ANA));
    world_unblock(world, ANA, BEN);
    (void)world_run_for(world, 6 * WORLD_SECOND);
    world_counters(world, &counters, BEN);
    CHECK(counters.messages_delivered > 0);
    world_block(world, ANA, BEN);
    const uint64_t heard = counters.messages_delivered;
    (void)world_run_for(world, 12 * WORLD_SECOND);
    world_counters(world, &counters, BEN);
    CHECK(counters.messages_delivered == heard);
    world_counters(world, &counters, ANA);
    CHECK(counters.messages_lost > 5 && counters.messages_delivered > heard);
    finish(world);
}

static void test_link_rules(void)
{
    struct world *world = small_world(2);
    struct link_settings settings;
    link_settings_init(&settings);
    settings.loss_ppm = 1;
    world_set_link(world, WORLD_ANY, WORLD_ANY, &settings);
    settings.loss_ppm = 2;
    world_set_link(world, WORLD_ANY, BEN, &settings);
    struct world_peer_options options;
    world_peer_options_init(&options);
    CHECK(world_add_peer(world, "ana", &options) == -1); /* taken */
    CHECK(world_add_peer(world, "a b", &options) == -1);
    CHECK(world_add_peer(world, "", &options) == -1);
    CHECK(world_add_peer(world, "cai", &options) == CAI); /* the rules are for it as well */
    world_get_link(world, CAI, BEN, &settings);
    CHECK(settings.loss_ppm == 2);
    world_get_link(world, BEN, CAI, &settings);
    CHECK(settings.loss_ppm == 1);
    CHECK(world_peer_find(world, "cai") == CAI && world_peer_find(world, "dan") == -1);
    finish(world);
}

/* ---- Coming and going ---- */

static void test_late_and_leaving(void)
{
    struct world *world = small_world(2);
    struct world_peer_options options;
    world_peer_options_init(&options);
    options.absent = true;
    CHECK(world_add_peer(world, "cai", &options) == CAI);
    CHECK(world_peer_state(world, CAI) == WORLD_PEER_ABSENT);
    for (int i = 0; i < 20; i++)
        (void)world_intent(world, i % 2, &mint);
    CHECK(converge(world, 20));
    world_join(world, CAI);
    CHECK(!world_converged(world, NULL, 0));
    CHECK(converge(world, 20) && receipts(world, CAI) >= 20);
    (void)world_intent(world, CAI, &mint);
    world_leave(world, CAI);
    (void)world_run_for(world, WORLD_SECOND);
    CHECK(world_peer_state(world, CAI) == WORLD_PEER_LEFT);
    world_join(world, CAI);
    CHECK(receipts(world, CAI) >= 21); /* it left in good order: nothing was lost */
    CHECK(converge(world, 20));
    finish(world);
}

/* Other identities, strangers and the untrusted get nothing. */
static void test_who_talks_to_whom(void)
{
    struct world *world = small_world(2);
    struct world_peer_options options;
    world_peer_options_init(&options);
    options.identity = "bob";
    CHECK(world_add_peer(world, "bobs", &options) == CAI);
    world_peer_options_init(&options);
    options.stranger = true;
    CHECK(world_add_peer(world, "dan", &options) == DAN);
    (void)world_intent(world, ANA, &mint);
    (void)world_run_for(world, 10 * WORLD_SECOND);
    CHECK(receipts(world, BEN) == 1 && receipts(world, CAI) == 0 && receipts(world, DAN) == 0);
    world_know(world, DAN, ANA, true);
    (void)world_run_for(world, 10 * WORLD_SECOND); /* now ana hears of dan, too */
    CHECK(receipts(world, DAN) == 1);
    finish(world);
}

static void test_strict_policy(void)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    world_peer_options_init(&options);
    options.policy = FRAME_POLICY_STRICT;
    struct world *world = world_of(&config, 2, &options);
    (void)world_intent(world, ANA, &mint);
    CHECK(converge(world, 10));
    world_block(world, WORLD_ANY, WORLD_ANY);
    (void)world_intent(world, ANA, &mint);
    (void)world_intent(world, BEN, &mint);
    (void)world_run_for(world, WORLD_SECOND);
    world_heal(world);
    (void)world_run_for(world, 20 * WORLD_SECOND);
    struct world_counters counters;
    world_counters(world, &counters, WORLD_NOBODY);
    CHECK(!world_converged(world, NULL, 0) && counters.diverged > 0);
    CHECK(receipts(world, ANA) == 2 && receipts(world, BEN) == 2);
    finish(world);
}

/* ---- Bounds ---- */

static bool never(void *context, const struct world *world)
{
    (void)context;
    (void)world;
    return false;
}

static void test_ends_of_runs(void)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    world_peer_options_init(&options);
    config.steps_max = 100;
    struct world *world = world_of(&config, 2, &options);
    CHECK(world_run_while_not(world, never, NULL, WORLD_SECOND) == WORLD_RUN_TIMEOUT);
    CHECK(world_now_us(world) == WORLD_SECOND);
    CHECK(world_run_for(world, 3600 * WORLD_SECOND) == WORLD_RUN_BUDGET);
    CHECK(world_steps(world) >= 100 && world_steps(world) < 110);
    finish(world);
}

/* An instance that runs out of memory lags behind and harms nobody. */
static void test_little_memory(void)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    world_peer_options_init(&options);
    struct world *world = world_of(&config, 2, &options);
    options.memory_bytes_max = 150000;
    CHECK(world_add_peer(world, "cai", &options) == CAI);
    struct world_workload workload;
    world_workload_init(&workload);
    workload.interval_us = 100 * WORLD_MS;
    workload.count = 100;
    CHECK(world_workload(world, &workload));
    CHECK(world_run_for(world, 60 * WORLD_SECOND) == WORLD_RUN_DONE);
    const int rich[] = {ANA, BEN};
    CHECK(world_run_until_converged(world, rich, 2, 120 * WORLD_SECOND) == WORLD_RUN_DONE);
    CHECK(receipts(world, CAI) > 0 && receipts(world, CAI) < receipts(world, ANA));
    finish(world);
}

int main(void)
{
    test_outcomes();
    test_down();
    test_crash_in_sync();
    test_failing_disk();
    test_full_disk();
    test_settled_link();
    test_safe_mode();
    test_accept_loss();
    test_sent_while_blocked();
    test_in_flight();
    test_link_rules();
    test_late_and_leaving();
    test_who_talks_to_whom();
    test_strict_policy();
    test_ends_of_runs();
    test_little_memory();
    test_override_is_local();
    test_save_and_restore();
    test_determinism();
    test_replay();
    return check_done();
}
