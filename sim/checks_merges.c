// SPDX-License-Identifier: Apache-2.0
/*
 * The check of merge receipts (§ 9): whoever makes one names the least of its heads, at most 64, so that all who
 * have the same heads make the same receipt. Others cannot see that: any heads that are of no kin make a good one.
 */
#include "sim/checks.h"

#include <string.h>

#include "core/json.h"
#include "sim/world_internal.h"

/* Heads, ascending. */
struct head_set {
    struct frame_hash *at;
    size_t count;
    size_t capacity;
};

static void add(struct world *world, struct head_set *set, const struct frame_hash *hash)
{
    size_t place = 0;
    void *at = set->at;
    while (place < set->count && frame_hash_compare(&set->at[place], hash) < 0)
        place++;
    if (place < set->count && frame_hash_compare(&set->at[place], hash) == 0) return;
    world_reserve(world, &at, &set->capacity, set->count + 1, sizeof *set->at);
    set->at = at;
    memmove(set->at + place + 1, set->at + place, (set->count - place) * sizeof *set->at);
    set->at[place] = *hash;
    set->count++;
}

static void take_away(struct head_set *set, const struct frame_hash *hash)
{
    for (size_t i = 0; i < set->count; i++) {
        if (frame_hash_compare(&set->at[i], hash) != 0) continue;
        set->count--;
        memmove(set->at + i, set->at + i + 1, (set->count - i) * sizeof *set->at);
        return;
    }
}

/* The heads before receipts `first` and on were made here: what they name, and what nobody names. */
static void heads_before(struct world *world, struct head_set *set, const struct frame_chain *chain,
                         uint64_t first)
{
    const uint64_t count = frame_chain_count(chain);
    struct frame_summary summary;
    struct frame_receipt receipt;
    frame_chain_summary(chain, &summary);
    for (size_t i = 0; i < summary.head_count; i++)
        add(world, set, &summary.heads[i]);
    for (uint64_t n = first; n < count; n++) {
        frame_chain_arrived(chain, &receipt, n);
        for (size_t i = 0; i < receipt.parent_count; i++)
            add(world, set, &receipt.parents[i]);
    }
    for (uint64_t n = first; n < count; n++) {
        frame_chain_arrived(chain, &receipt, n);
        take_away(set, &receipt.hash);
    }
}

/* Does it name the least of them? Then they are heads no more. */
static bool names_the_least(struct world *world, struct head_set *set,
                            const struct frame_receipt *merge)
{
    const size_t most = set->count < FRAME_MERGE_HEADS_MAX ? set->count : FRAME_MERGE_HEADS_MAX;
    if (most == 0 || merge->parent_count != most) return false;
    for (size_t i = 0; i < most; i++)
        if (frame_hash_compare(&merge->parents[i], &set->at[i]) != 0) return false;
    set->count -= most;
    memmove(set->at, set->at + most, set->count * sizeof *set->at);
    add(world, set, &merge->hash);
    return true;
}

/* How many merge receipts its notes tell of; false: what others made was joined as well. */
static bool merges_told(uint64_t *told, const struct frame_update *update)
{
    *told = 0;
    for (size_t i = 0; i < update->note_count; i++) {
        if (update->notes[i].type == FRAME_NOTE_JOINED) return false;
        if (update->notes[i].type == FRAME_NOTE_MERGED) *told += update->notes[i].count;
    }
    return true;
}

static uint64_t merges_made(const struct frame_chain *chain, uint64_t first)
{
    uint64_t made = 0;
    for (uint64_t n = first; n < frame_chain_count(chain); n++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, n);
        made += span_is(receipt.dapp, "federation");
    }
    return made;
}

/* More than 64 heads are merged as soon as nothing is on its way to the disk, whether an intent comes or not; not in
   the step in which safe mode is left, since the log is written anew first, nor where it is about to leave. */
static void check_idle(struct world *world, const struct check_step *step)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const void *instance = world_peer(world, step->peer)->instance;
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    if (summary.head_count <= FRAME_MERGE_HEADS_MAX || world->driver->halted(instance) ||
        step->before->safe_mode || world_peer_in_safe_mode(world, step->peer) ||
        world_peer(world, step->peer)->leaving || check_starved(world, step) ||
        world->driver->durable(instance) < frame_chain_count(chain))
        return;
    check_failed(world, CHECK_MERGES, step->peer, "leaves %zu heads as they are",
                 summary.head_count);
}

void checks_merges(struct world *world, const struct check_step *step)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    struct head_set set = {NULL, 0, 0};
    struct frame_hash commitment;
    uint64_t told;
    check_idle(world, step);
    if (!merges_told(&told, step->update)) return;
    const uint64_t made = merges_made(chain, step->before->arrivals);
    if (told != made)
        check_failed(world, CHECK_MERGES, step->peer, "tells of %llu merge receipts, has made %llu",
                     (unsigned long long)told, (unsigned long long)made);
    if (made == 0) return;
    heads_before(world, &set, chain, step->before->arrivals);
    frame_commitment(world->crypto, &commitment, set.at, set.count);
    if (frame_hash_compare(&commitment, &step->before->commitment) != 0)
        check_failed(world, CHECK_MERGES, step->peer, "a receipt names a parent that was no head");
    for (uint64_t n = step->before->arrivals; n < frame_chain_count(chain); n++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, n);
        if (!span_is(receipt.dapp, "federation") || names_the_least(world, &set, &receipt))
            continue;
        check_failed(world, CHECK_MERGES, step->peer, "%s does not name the least heads of %zu",
                     short_hash(&receipt.hash).text, set.count);
        break;
    }
    world_give(world, set.at, set.capacity * sizeof *set.at);
}
