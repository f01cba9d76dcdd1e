// SPDX-License-Identifier: Apache-2.0
/*
 * eclipse SEEDS: what so many keys that call in at one peer get of its table of peers (§ 15), by their number and by the table's
 * size. Twenty-four peers know each other; then the only one that the victim was told of is gone for good, and
 * for a minute the keys call in, evenly. The victim writes a note right after it: is it held by all within a minute more?
 *
 * Strangers have no membership; members have stolen the identity's key, and sign one for each of their keys. To see that
 * the figures can tell, both once more on a core without the rule that stops them (core/planted.h). Time is
 * virtual: the figures are the same everywhere.
 */
#ifndef FRAME_PLANTED_BUILD /* this file belongs to such builds alone, and is read outside of them too */
#define FRAME_PLANTED_BUILD
#endif
#include "core/planted.h"
#include "sim/bench/peers/meeting.h"

enum frame_planted frame_planted_bug = FRAME_PLANTED_nothing;

enum {
    SEEDS_MAX = 1000,
    HONEST = 24,
    VICTIM = HONEST - 1,
    MEET_S = 60,
    ATTACK_S = 60,
    AFTER_S = 60
};

struct attack {
    const char *who;
    enum world_crowd crowd;
    enum frame_planted bug;
};
static const struct attack attacks[] = {
    {"strangers", WORLD_CROWD_STRANGERS, FRAME_PLANTED_nothing},
    {"members", WORLD_CROWD_MEMBERS, FRAME_PLANTED_nothing},
    {"strangers, and membership is not checked", WORLD_CROWD_STRANGERS,
     FRAME_PLANTED_membership_unchecked},
    {"members, and callers have no bound", WORLD_CROWD_MEMBERS, FRAME_PLANTED_callers_unbounded}};
static const uint32_t tables[] = {8, 16, 32};
static const uint64_t numbers[] = {10, 100, 1000, 10000};
enum { ATTACKS = sizeof attacks / sizeof *attacks };
enum { TABLES = sizeof tables / sizeof *tables };
enum { NUMBERS = sizeof numbers / sizeof *numbers };

struct outcome {
    double share; /* of its table at the worst, percent */
    double note_s;
    bool alone; /* at some moment the table had nobody but the attacker's keys, */
    bool lost;  /* or the note was not held by all in time: eclipsed */
};

static void attack_begin(struct world *world, const struct attack *attack, uint64_t number)
{
    struct world_peer_options options;
    world_peer_options_init(&options);
    options.adversary = true;
    options.stranger = true;
    const int source = world_add_peer(world, "mallory", &options);
    bench_check(source >= 0, "a peer cannot be added");
    world_crowd(world, source, VICTIM, attack->crowd, number, ATTACK_S * WORLD_SECOND / number);
}

static void watch(const struct world *world, struct outcome *outcome)
{
    struct world_table table;
    world_table(world, &table, VICTIM);
    if (table.known == 0) return;
    const double share = 100.0 * (double)table.foreign / (double)table.known;
    if (share > outcome->share) outcome->share = share;
    if (table.foreign == table.known) outcome->alone = true;
}

static void run(struct outcome *outcome, const struct attack *attack, uint64_t number,
                uint32_t table, uint64_t seed, struct crypto_memo *memo)
{
    struct world *world = meeting_new(seed, memo);
    *outcome = (struct outcome){.lost = true};
    meeting_add(world, HONEST, table);
    (void)world_run_for(world, MEET_S * WORLD_SECOND);
    world_leave(world, meeting_told_of(world, VICTIM));
    attack_begin(world, attack, number);
    for (int s = 0; s < ATTACK_S; s++) {
        (void)world_run_for(world, WORLD_SECOND);
        watch(world, outcome);
    }
    const size_t note = meeting_note(world, VICTIM);
    const uint64_t began_us = world_now_us(world);
    while (outcome->lost && world_now_us(world) < began_us + AFTER_S * WORLD_SECOND) {
        (void)world_run_for(world, 100 * WORLD_MS);
        outcome->lost = meeting_held(world, HONEST, note) < HONEST - 1;
    }
    outcome->note_s = (double)(world_now_us(world) - began_us) / (double)WORLD_SECOND;
    bench_check(attack->bug != FRAME_PLANTED_nothing || world_failure_count(world) == 0,
                "a check fails");
    world_free(world);
}

static void put_cell(const struct attack *attack, uint64_t number, uint32_t table, size_t seeds)
{
    static double shares[SEEDS_MAX];
    static double times[SEEDS_MAX];
    size_t eclipsed = 0;
    struct crypto_memo *memo = meeting_memo();
    for (size_t i = 0; i < seeds; i++) {
        struct outcome outcome;
        run(&outcome, attack, number, table, i + 1, memo);
        shares[i] = outcome.share;
        times[i] = outcome.note_s;
        eclipsed += outcome.alone || outcome.lost;
    }
    crypto_memo_free(memo);
    printf(" %.0f %%, %.1f s, %zu of %zu |", meeting_median(shares, seeds),
           meeting_median(times, seeds), eclipsed, seeds);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    const size_t seeds = bench_argument(argc, argv, 1, 1);
    bench_check(seeds >= 1 && seeds <= SEEDS_MAX, "usage: eclipse SEEDS");
    printf("| who calls in | keys |");
    for (size_t t = 0; t < TABLES; t++)
        printf(" table of %u |", (unsigned)tables[t]);
    printf("\n|---|---|---|---|---|\n");
    for (size_t a = 0; a < ATTACKS; a++)
        for (size_t n = 0; n < NUMBERS; n++) {
            frame_planted_bug = attacks[a].bug;
            printf("| %s | %llu |", attacks[a].who, (unsigned long long)numbers[n]);
            for (size_t t = 0; t < TABLES; t++)
                put_cell(&attacks[a], numbers[n], tables[t], seeds);
            printf("\n");
        }
    return 0;
}
