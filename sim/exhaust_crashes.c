// SPDX-License-Identifier: Apache-2.0
/*
 * Every point at which a process can end in a short run of two instances: before each event, and after so many
 * bytes of each write. The run goes on from there, and what was acknowledged is still there when all is calm.
 */
#include "exhaust_pair.h"

#include <string.h>

enum { REGION_BYTES = 1 << 20, STEPS_MAX = 400, STRIDE = 16 };

/* The run without a crash: two forks, a merge, and one intent after it; false where it is over. */
static bool go_on(struct exhaust_pair *pair, size_t *written)
{
    static const int writers[PAIR_WRITES_MAX] = {0, 1, 0, 0, 1, 1};
    static const bool after_calm[PAIR_WRITES_MAX] = {true, true, false, false, true, true};
    const int writer = *written < PAIR_WRITES_MAX ? writers[*written] : 0;
    if (*written < PAIR_WRITES_MAX && !pair_pending(pair, writer) &&
        (!after_calm[*written] || (pair->flying_count == 0 && pair_converged(pair)))) {
        ++*written;
        pair_write(pair, writer);
        return true;
    }
    return pair_calm_step(pair);
}

/* From here on without further trouble; then back to where it was. */
static void go_to_the_end(struct exhaust_pair *pair, size_t written)
{
    size_t steps = 0;
    exhaust_count(pair->exhaust, "crashes", 1);
    while (steps < STEPS_MAX && go_on(pair, &written))
        steps++;
    (void)pair_calm(pair);
}

static void crash_before(struct exhaust_pair *pair, size_t written)
{
    const struct exhaust_pair before = *pair;
    for (int peer = 0; peer < 2; peer++) {
        pair_restart(pair, peer);
        go_to_the_end(pair, written);
        *pair = before;
        exhaust_region_restore(pair->region);
    }
}

/* After each byte of the writes that the next event brings, until there is none so long. */
static void crash_within(struct exhaust_pair *pair, size_t written)
{
    const struct exhaust_pair before = *pair;
    const size_t stride = pair->exhaust->depth > 1 ? 1 : STRIDE;
    for (int peer = 0; peer < 2; peer++) {
        bool torn = true;
        for (size_t bytes = 0; torn; bytes += stride) {
            size_t now_written = written;
            pair->tearing = true;
            pair->torn_peer = peer;
            pair->torn_bytes = bytes;
            (void)go_on(pair, &now_written);
            torn = !pair->tearing;
            pair->tearing = false;
            if (torn) go_to_the_end(pair, now_written);
            *pair = before;
            exhaust_region_restore(pair->region);
        }
    }
}

void exhaust_crashes(struct exhaust *exhaust)
{
    struct exhaust_region region;
    struct exhaust_pair pair;
    size_t written = 0;
    bool more = true;
    exhaust_region_init(&region, REGION_BYTES);
    pair_init(&pair, exhaust, &region);
    for (size_t steps = 0; more && steps < STEPS_MAX && !exhaust_enough(exhaust); steps++) {
        exhaust_count(exhaust, "events", 1);
        exhaust_region_save(&region);
        crash_before(&pair, written);
        crash_within(&pair, written);
        exhaust_region_forget(&region);
        more = go_on(&pair, &written);
    }
    (void)exhaust_check(exhaust, exhaust_enough(exhaust) || (!more && written == PAIR_WRITES_MAX),
                        "the run does not end");
    exhaust_region_release(&region);
}
