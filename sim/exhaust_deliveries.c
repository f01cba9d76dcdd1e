// SPDX-License-Identifier: Apache-2.0
/*
 * Everything that the air between two instances can do to a few messages. A state is what each instance was told so
 * far and what is on its way: an instance is a function of its events, so the same story is the same state,
 * whatever happened in between elsewhere, and is gone through once.
 */
#include "exhaust_pair.h"

#include <string.h>

enum { WRITES_LATE_MAX = 1, TICKS_FIRST_MAX = 4, REGION_BYTES = 1 << 20 };

struct explorer {
    struct exhaust_pair pair;
    struct exhaust_seen seen;
    size_t writes_max;
};

static struct exhaust_key key_of(const struct exhaust_pair *pair, unsigned left)
{
    struct exhaust_key key = {{0, 0}};
    uint64_t sum[2] = {0, 0}; /* whatever the order in which the messages were sent */
    for (size_t i = 0; i < pair->flying_count; i++) {
        struct exhaust_key message = {{(uint64_t)pair->flying[i].to, 0}};
        exhaust_key_add(&message, pair->flying[i].bytes.bytes, pair->flying[i].bytes.length);
        sum[0] += message.words[0];
        sum[1] += message.words[1];
    }
    for (int i = 0; i < 2; i++)
        exhaust_key_add(&key, &pair->peers[i].story, sizeof pair->peers[i].story);
    exhaust_key_add(&key, sum, sizeof sum);
    exhaust_key_add(&key, &pair->now_ms, sizeof pair->now_ms);
    exhaust_key_add(&key, &left, sizeof left);
    return key;
}

static void explore(struct explorer *explorer, unsigned left);

enum action { DURABLE, WRITE, TAKE, AGAIN, LOSE, TICK };

/* Goes one way, and comes back. */
static void go(struct explorer *explorer, enum action action, // NOLINT(misc-no-recursion)
               size_t which, unsigned left)
{
    const struct exhaust_pair before = explorer->pair;
    struct exhaust_pair *pair = &explorer->pair;
    switch (action) {
    case DURABLE: pair_durable(pair, (int)which); break;
    case WRITE: pair_write(pair, (int)which); break;
    case TAKE: pair_deliver(pair, which, false); break;
    case AGAIN: pair_deliver(pair, which, true); break;
    case LOSE: pair_lose(pair, which); break;
    case TICK: pair_tick(pair); break;
    }
    if (!exhaust_enough(pair->exhaust)) explore(explorer, left);
    explorer->pair = before;
    exhaust_region_restore(before.region);
}

static void explore_all(struct explorer *explorer, unsigned left) // NOLINT(misc-no-recursion)
{
    struct exhaust_pair *pair = &explorer->pair;
    for (int i = 0; i < 2; i++) {
        if (pair_pending(pair, i))
            go(explorer, DURABLE, (size_t)i, left);
        else if (pair->writes < explorer->writes_max)
            go(explorer, WRITE, (size_t)i, left);
    }
    for (size_t i = 0; i < pair->flying_count; i++) {
        go(explorer, TAKE, i, left);
        if (left == 0) continue;
        go(explorer, AGAIN, i, left - 1);
        go(explorer, LOSE, i, left - 1);
    }
    if (left > 0) go(explorer, TICK, 0, left - 1);
}

static void explore(struct explorer *explorer, unsigned left) // NOLINT(misc-no-recursion)
{
    struct exhaust_pair *pair = &explorer->pair;
    exhaust_count(pair->exhaust, "ways", 1);
    if (!exhaust_seen_add(&explorer->seen, key_of(pair, left))) return;
    exhaust_count(pair->exhaust, "states", 1);
    exhaust_region_save(pair->region);
    explore_all(explorer, left);
    if (pair->flying_count == 0) { /* else calm is one of the ways that were gone */
        exhaust_count(pair->exhaust, "calms", 1);
        (void)pair_calm(pair);
    }
    exhaust_region_forget(pair->region);
}

/* Who has written what, durably and without a word between them, when it begins: with attestations on their way. */
static void begin(struct explorer *explorer, struct exhaust *exhaust, struct exhaust_region *region,
                  unsigned writers, size_t writes)
{
    pair_init(&explorer->pair, exhaust, region);
    for (size_t i = 0; i < writes; i++) {
        const int writer = (int)(writers >> i & 1);
        pair_write(&explorer->pair, writer);
        pair_durable(&explorer->pair, writer);
    }
    for (size_t ticks = 0; ticks < TICKS_FIRST_MAX && explorer->pair.flying_count < 2; ticks++)
        pair_tick(&explorer->pair); /* both attest */
    explorer->writes_max = writes + WRITES_LATE_MAX;
    explore(explorer, exhaust->depth > 1 ? exhaust->depth - 1 : 1);
}

void exhaust_deliveries(struct exhaust *exhaust)
{
    struct exhaust_region region;
    struct explorer explorer = {.seen = {0}};
    exhaust_region_init(&region, REGION_BYTES);
    const size_t first_max = exhaust->depth > 1 ? 2 : 1;
    for (size_t writes = 0; writes <= first_max; writes++) {
        for (unsigned writers = 0; writers < 1U << writes; writers++)
            begin(&explorer, exhaust, &region, writers, writes);
    }
    exhaust_seen_release(&explorer.seen);
    exhaust_region_release(&region);
}
