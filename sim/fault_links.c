// SPDX-License-Identifier: Apache-2.0
/* Partitions and links, as a swarm run draws them. */
#include "sim/fault.h"

#include "core/memory.h"

enum { SECOND_US = 1000000 };

/* A fault's own number of the link it strikes. */
static bool choose_link(struct world *world, struct fault_use *use)
{
    const int count = world_peer_count(world);
    if (count < 2) return false;
    use->peer = (int)fault_choose(world, use, "from", (uint64_t)count);
    use->other = (int)fault_choose(world, use, "to", (uint64_t)count - 1);
    if (use->other >= use->peer) use->other++;
    return true;
}

/* 0 … most, by the severity of the run. */
static uint32_t rate(const struct fault_use *use, uint32_t most_ppm)
{
    return (uint32_t)((uint64_t)most_ppm * use->severity_ppm / PPM);
}

/* ---- Partitions ---- */

static bool split(struct world *world, const struct fault_use *use, uint64_t sides)
{
    int side[WORLD_PEERS_MAX];
    const int count = world_peer_count(world);
    if (count < 2) return false;
    for (int i = 0; i < count; i++)
        side[i] = (int)fault_choose(world, use, world_peer_name(world, i), sides);
    world_partition(world, side, (size_t)count);
    return true;
}

static bool partition_begin(struct world *world, struct fault_use *use)
{
    return split(world, use, 2 + fault_choose(world, use, "sides", 3));
}

/* One peer sees both sides. */
static bool bridge_begin(struct world *world, struct fault_use *use)
{
    int side[WORLD_PEERS_MAX];
    const int count = world_peer_count(world);
    if (count < 3) return false;
    use->peer = (int)fault_choose(world, use, "bridge", (uint64_t)count);
    for (int i = 0; i < count; i++)
        side[i] = i == use->peer ? -1 : (int)fault_choose(world, use, world_peer_name(world, i), 2);
    world_partition(world, side, (size_t)count);
    return true;
}

/* Each peer sees more than half of them, and no two the same: those within a quarter of the ring. */
static bool ring_begin(struct world *world, struct fault_use *use)
{
    const int count = world_peer_count(world);
    (void)use;
    if (count < 5) return false;
    const int reach = (count + 3) / 4;
    for (int i = 0; i < count; i++)
        for (int j = 0; j < count; j++) {
            const int apart = (j - i + count) % count;
            if (apart > reach && count - apart > reach) world_block(world, i, j);
        }
    return true;
}

static void heal_end(struct world *world, const struct fault_use *use)
{
    (void)use;
    world_heal(world);
}

static bool isolate_begin(struct world *world, struct fault_use *use)
{
    if (world_peer_count(world) < 2) return false;
    use->peer = (int)fault_choose(world, use, "who", (uint64_t)world_peer_count(world));
    world_block(world, use->peer, WORLD_ANY);
    world_block(world, WORLD_ANY, use->peer);
    return true;
}

static void isolate_end(struct world *world, const struct fault_use *use)
{
    world_unblock(world, use->peer, WORLD_ANY);
    world_unblock(world, WORLD_ANY, use->peer);
}

static bool one_way_begin(struct world *world, struct fault_use *use)
{
    if (!choose_link(world, use)) return false;
    world_block(world, use->peer, use->other);
    return true;
}

static bool block_type_begin(struct world *world, struct fault_use *use)
{
    if (!choose_link(world, use)) return false;
    world_block_type(world, use->peer, use->other,
                     (enum frame_message_type)fault_choose(world, use, "type", 4));
    return true;
}

static void unblock_end(struct world *world, const struct fault_use *use)
{
    world_unblock(world, use->peer, use->other);
}

static bool flap_begin(struct world *world, struct fault_use *use)
{
    int side[WORLD_PEERS_MAX];
    const int count = world_peer_count(world);
    if (count < 2) return false;
    for (int i = 0; i < count; i++)
        side[i] = (int)fault_choose(world, use, world_peer_name(world, i), 2);
    const uint64_t period = SECOND_US / 10 + fault_choose(world, use, "period", SECOND_US);
    world_flap(world, side, (size_t)count, period,
               period * (2 + fault_choose(world, use, "turns", 8)));
    return true;
}

/* ---- Links ---- */

static bool clog_begin(struct world *world, struct fault_use *use)
{
    if (!choose_link(world, use)) return false;
    world_clog(world, use->peer, use->other);
    return true;
}

static void clog_end(struct world *world, const struct fault_use *use)
{
    world_unclog(world, use->peer, use->other);
}

static bool swizzle_begin(struct world *world, struct fault_use *use)
{
    return world_swizzle(world, use->nth,
                         SECOND_US + fault_choose(world, use, "for", (uint64_t)5 * SECOND_US)) > 0;
}

/* Every link gets the change; what it was before comes back at the end. */
static bool bad_link_begin(struct world *world, struct fault_use *use,
                           void (*worsen)(struct link_settings *, const struct fault_use *))
{
    struct link_settings settings;
    if (!choose_link(world, use)) return false;
    world_get_link(world, use->peer, use->other, &settings);
    worsen(&settings, use);
    world_set_link(world, use->peer, use->other, &settings);
    return true;
}

static void worsen_loss(struct link_settings *settings, const struct fault_use *use)
{
    settings->loss_ppm = rate(use, 600000);
}

static void worsen_bursts(struct link_settings *settings, const struct fault_use *use)
{
    settings->burst_ppm = rate(use, 100000);
    settings->burst_length = 2 + use->severity_ppm / 20000;
}

static void worsen_repetition(struct link_settings *settings, const struct fault_use *use)
{
    settings->duplicate_ppm = rate(use, 500000);
}

static void worsen_order(struct link_settings *settings, const struct fault_use *use)
{
    settings->reorder_ppm = rate(use, 500000);
    settings->reorder_us = (uint64_t)5 * SECOND_US;
}

static void worsen_bits(struct link_settings *settings, const struct fault_use *use)
{
    settings->flip_ppm = rate(use, 300000);
}

static void worsen_length(struct link_settings *settings, const struct fault_use *use)
{
    settings->truncate_ppm = rate(use, 300000);
}

static void worsen_latency(struct link_settings *settings, const struct fault_use *use)
{
    settings->latency.kind = use->nth % 2 == 0 ? LATENCY_LONG_TAIL : LATENCY_EXPONENTIAL;
    settings->latency.spread_us = 1 + rate(use, SECOND_US);
}

static void worsen_bandwidth(struct link_settings *settings, const struct fault_use *use)
{
    settings->bandwidth_bps = 2000 + (uint64_t)(PPM - use->severity_ppm) / 10;
    settings->queue_bytes_max = 65536;
}

static bool loss_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_loss);
}

static bool burst_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_bursts);
}

static bool duplicate_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_repetition);
}

static bool reorder_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_order);
}

static bool flip_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_bits);
}

static bool truncate_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_length);
}

static bool latency_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_latency);
}

static bool bandwidth_begin(struct world *world, struct fault_use *use)
{
    return bad_link_begin(world, use, worsen_bandwidth);
}

/* Links come back as link_settings_init makes them, or as the run has drawn them for all. */
static void link_end(struct world *world, const struct fault_use *use)
{
    struct link_settings settings;
    world_default_link(world, &settings);
    world_set_link(world, use->peer, use->other, &settings);
}

static bool replay_begin(struct world *world, struct fault_use *use)
{
    const int to = fault_choose(world, use, "elsewhere", 2) == 0
                       ? WORLD_ANY
                       : fault_choose_peer(world, use, "to");
    return world_replay(world, WORLD_ANY, to,
                        fault_choose(world, use, "age", (uint64_t)60 * SECOND_US));
}

const struct fault fault_links[] = {
    {"partition", FAULT_PARTITION, "two to four sides", partition_begin, heal_end},
    {"isolate", FAULT_PARTITION, "one peer sees nobody", isolate_begin, isolate_end},
    {"bridge", FAULT_PARTITION, "one peer sees both sides", bridge_begin, heal_end},
    {"ring", FAULT_PARTITION, "everybody sees a majority, no two the same", ring_begin, heal_end},
    {"one-way", FAULT_PARTITION, "nothing gets through in one direction", one_way_begin,
     unblock_end},
    {"block-type", FAULT_PARTITION, "messages of one type do not get through", block_type_begin,
     unblock_end},
    {"flap", FAULT_PARTITION, "a partition that comes and goes", flap_begin, NULL},
    {"clog", FAULT_LINK, "messages wait, then all come at once", clog_begin, clog_end},
    {"swizzle", FAULT_LINK, "links clog one by one, and come free in another order", swizzle_begin,
     NULL},
    {"loss", FAULT_LINK, "messages are lost", loss_begin, link_end},
    {"burst", FAULT_LINK, "messages are lost several in a row", burst_begin, link_end},
    {"duplicate", FAULT_LINK, "messages come twice", duplicate_begin, link_end},
    {"reorder", FAULT_LINK, "messages overtake each other", reorder_begin, link_end},
    {"flip", FAULT_LINK, "a bit of a message flips", flip_begin, link_end},
    {"truncate", FAULT_LINK, "a message is cut off", truncate_begin, link_end},
    {"latency", FAULT_LINK, "exponential or long-tailed delays", latency_begin, link_end},
    {"bandwidth", FAULT_LINK, "messages queue up behind each other", bandwidth_begin, link_end},
    {"replay", FAULT_LINK, "a message from the past comes once more", replay_begin, NULL},
};
const size_t fault_links_count = sizeof fault_links / sizeof *fault_links;
