// SPDX-License-Identifier: Apache-2.0
/*
 * bench_seeds [SEEDS]: whole runs of sim/bench/busy.scn and quiet.scn, one after the other on one core: how many a second, and
 * how much faster than life; the share of real signatures, and that of the audits, the checks that look at all that is held. Every share is of runs of the same
 * seeds that lie side by side.
 */
#include "core/bench/bench.h"
#include "sim/interpret.h"

struct sum {
    double seconds;
    double runs;
    double virtual_s;
    double events;
};

static void add_run(struct sum *sum, const struct scenario *scenario, uint64_t seed,
                    struct crypto_memo *memo, bool unchecked)
{
    const struct interpret_options options = {
        .has_seed = true, .seed = seed, .memo = memo, .unchecked = unchecked};
    struct interpret_result result;
    const double begin = bench_now_s();
    interpret(&result, scenario, &options);
    sum->seconds += bench_now_s() - begin;
    sum->runs++;
    sum->virtual_s += (double)result.virtual_us / 1e6;
    sum->events += (double)result.events;
    bench_check(result.verdict == INTERPRET_OK, "a run fails");
    interpret_result_release(&result);
}

static struct scenario *load(const char *path)
{
    struct scenario *scenario = scenario_load(path, stderr);
    bench_check(scenario != NULL, "no scenario; is this the project's top folder?");
    return scenario;
}

static struct crypto_memo *memo_new(enum crypto_mode mode)
{
    struct crypto_memo *memo = crypto_memo_new_of(mode, CRYPTO_MEMO_ENTRIES_DEFAULT);
    bench_check(memo != NULL, "out of memory");
    return memo;
}

/* What is new in a run is checked once, so each run with real signatures has a memo of its own. */
static void bench_busy(uint64_t seeds)
{
    struct scenario *scenario = load("sim/bench/busy.scn");
    struct crypto_memo *ideal = memo_new(CRYPTO_IDEAL);
    struct sum sums[3] = {{0, 0, 0, 0}};
    add_run(&sums[0], scenario, 1, ideal, false); /* before it counts */
    sums[0] = (struct sum){0, 0, 0, 0};
    for (uint64_t seed = 1; seed <= seeds; seed++) {
        struct crypto_memo *real = memo_new(CRYPTO_REAL);
        add_run(&sums[0], scenario, seed, ideal, false);
        add_run(&sums[1], scenario, seed, ideal, true);
        add_run(&sums[2], scenario, seed, real, false);
        crypto_memo_free(real);
    }
    bench_sample("seeds", "framesim", sums[0].runs / sums[0].seconds, "seeds/s");
    bench_sample("virtual-busy", "framesim", sums[0].virtual_s / sums[0].seconds, "s/s");
    bench_sample("events", "framesim", sums[0].events / sums[0].seconds, "events/s");
    bench_sample("audits-share", "framesim", 1 - sums[1].seconds / sums[0].seconds, "of-time");
    bench_sample("seeds-real", "framesim", sums[2].runs / sums[2].seconds, "seeds/s");
    bench_sample("real-share-of-signatures", "framesim", 1 - sums[0].seconds / sums[2].seconds,
                 "of-time");
    crypto_memo_free(ideal);
    scenario_free(scenario);
}

static void bench_quiet(uint64_t seeds)
{
    struct scenario *scenario = load("sim/bench/quiet.scn");
    struct crypto_memo *ideal = memo_new(CRYPTO_IDEAL);
    struct sum sum = {0, 0, 0, 0};
    for (uint64_t seed = 1; seed <= seeds; seed++)
        add_run(&sum, scenario, seed, ideal, false);
    bench_sample("virtual-quiet", "framesim", sum.virtual_s / sum.seconds, "s/s");
    crypto_memo_free(ideal);
    scenario_free(scenario);
}

int main(int argc, char **argv)
{
    const size_t seeds = bench_argument(argc, argv, 1, 40);
    bench_busy(seeds);
    bench_quiet(seeds / 10 + 1);
    return 0;
}
