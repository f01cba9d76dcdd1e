// SPDX-License-Identifier: Apache-2.0
/*
 * A dApp of your own in the simulator: a poll. It is written against core/dapp.h and core/frame.h, and put into a
 * world of sim/world.h, as a program outside of this project would. README.md beside it goes through it.
 *
 * poll            twenty worlds with the poll as it should be, in which nothing is to be found
 * poll --broken   the same with a mistake: how often a transition has run gets into its result
 */
#include "core/dapp.h"
#include "core/frame.h"
#include "sim/world.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* ---- The dApp -------------------------------------------------------------------------------------- */

static const char prefix[] = "poll:"; /* its storage: "poll:" and a choice -> votes */

/* The value of {"choice":"..."}, a canonical token; false for any other payload. */
static bool read_choice(struct frame_span *choice, struct frame_span payload)
{
    static const char before[] = "{\"choice\":";
    const size_t begins = sizeof before - 1;
    size_t offset;
    if (payload.length < begins + 4 || memcmp(payload.bytes, before, begins) != 0) return false;
    *choice = (struct frame_span){payload.bytes + begins, payload.length - begins - 1};
    return choice->bytes[0] == '"' && choice->length <= 64 &&
           frame_json_check(&offset, choice->bytes, choice->length) == FRAME_OK;
}

static enum frame_status vote_counted(struct frame_run *run, struct frame_span payload,
                                      int64_t weight)
{
    char result[64];
    struct frame_span choice;
    if (!read_choice(&choice, payload)) return frame_run_refuse(run, "bad_payload");
    const int64_t votes = frame_run_get_integer(run, prefix, choice) + weight;
    const enum frame_status status = frame_run_put_integer(run, prefix, choice, votes);
    if (status != FRAME_OK) return status;
    const int length =
        snprintf(result, sizeof result, "{\"ok\":true,\"votes\":%" PRId64 "}", votes);
    return frame_run_result(run, (struct frame_span){(const uint8_t *)result, (size_t)length});
}

static enum frame_status vote(struct frame_run *run, struct frame_span payload)
{
    return vote_counted(run, payload, 1);
}

/* Once in a while a vote counts twice: a transition that remembers something is no function any more. */
static enum frame_status vote_broken(struct frame_run *run, struct frame_span payload)
{
    static unsigned calls;
    calls++;
    return vote_counted(run, payload, calls % 16 == 0 ? 2 : 1);
}

static const char *const capabilities[] = {"storage.read", "storage.write"};

/* The table of § 6 with the poll in it, by its name: `dapps` has room for one more. */
static void table_make(struct frame_dapp_table *table, const struct frame_dapp **dapps,
                       const struct frame_dapp *poll)
{
    const struct frame_dapp_table *builtin = frame_dapps_builtin();
    size_t count = 0;
    for (size_t i = 0; i < builtin->count; i++) {
        if (count == i && strcmp(poll->id, builtin->dapps[i]->id) < 0) dapps[count++] = poll;
        dapps[count++] = builtin->dapps[i];
    }
    if (count == builtin->count) dapps[count++] = poll;
    *table = (struct frame_dapp_table){dapps, count};
}

/* ---- The world ------------------------------------------------------------------------------------- */

enum { PEERS = 3, ROUNDS = 6, SEEDS = 20 };
static const char *const names[PEERS] = {"ana", "ben", "cai"};

static void ask(struct world *world, int peer, const char *choice)
{
    char payload[64];
    (void)snprintf(payload, sizeof payload, "{\"choice\":\"%s\"}", choice);
    const struct world_intent intent = {.action = "poll.vote", .payload = payload};
    (void)world_intent(world, peer, &intent);
}

/* Three devices vote while the links between them come and go; then all is well again. */
static void live(struct world *world)
{
    static const char *const choices[] = {"tea", "coffee", "tea", "water"};
    for (int round = 0; round < ROUNDS; round++) {
        const int alone[PEERS] = {round % 2, 0, 1};
        world_partition(world, alone, PEERS);
        for (int peer = 0; peer < PEERS; peer++)
            ask(world, peer, choices[(round + peer) % 4]);
        (void)world_run_for(world, 2 * WORLD_SECOND);
        world_heal(world);
        (void)world_run_for(world, WORLD_SECOND);
    }
}

/* Prints what the first failed check says; true where none failed. */
static bool one_seed(const struct frame_dapp_table *table, uint64_t seed)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    world_peer_options_init(&options);
    config.seed = seed;
    config.dapps = table;
    struct world *world = world_new(&config);
    if (world == NULL) return false;
    for (int peer = 0; peer < PEERS; peer++)
        (void)world_add_peer(world, names[peer], &options);
    live(world);
    const enum world_run_result result =
        world_run_until_converged(world, NULL, 0, world_now_us(world) + 60 * WORLD_SECOND);
    (void)world_check_end(world);
    const bool good = result == WORLD_RUN_DONE && world_failure_count(world) == 0;
    if (world_failure_count(world) > 0) {
        struct world_failure failure;
        world_failure(world, &failure, 0);
        printf("seed %" PRIu64 ", event %" PRIu64 ": %s: %s\n", seed, failure.event, failure.check,
               failure.text);
    } else if (!good) {
        printf("seed %" PRIu64 ": %s\n", seed, world_run_result_name(result));
    }
    world_free(world);
    return good;
}

int main(int argc, char **argv)
{
    const bool broken = argc == 2 && strcmp(argv[1], "--broken") == 0;
    if (argc > 2 || (argc == 2 && !broken)) {
        (void)fputs("usage: poll [--broken]\n", stderr);
        return 2;
    }
    const struct frame_dapp_intent intents[] = {{.action = "poll.vote",
                                                 .used = capabilities,
                                                 .used_count = 2,
                                                 .transition = broken ? vote_broken : vote}};
    const struct frame_dapp poll = {.id = "poll",
                                    .version = "1.0.0",
                                    .capabilities = capabilities,
                                    .capability_count = 2,
                                    .intents = intents,
                                    .intent_count = 1};
    const struct frame_dapp *dapps[32];
    struct frame_dapp_table table;
    unsigned failed = 0;
    table_make(&table, dapps, &poll);
    for (uint64_t seed = 1; seed <= SEEDS && failed == 0; seed++)
        failed += one_seed(&table, seed) ? 0 : 1;
    printf("%s\n", failed == 0 ? "nothing was found" : "the poll is no function of its receipts");
    return failed == 0 ? 0 : 1;
}
