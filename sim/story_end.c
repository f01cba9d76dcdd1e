// SPDX-License-Identifier: Apache-2.0
/* How a story ends: the table of peers, and one sentence. */
#include <inttypes.h>
#include <string.h>

#include "sim/story_internal.h"

enum { ROOT_DIGITS = 16 };

/* As wide as the names, and as the column's own. */
static int column(const struct story *story)
{
    static const int least = sizeof "peer" - 1;
    return story->name_width > least ? story->name_width : least;
}

static void put_peer(const struct story *story, const struct world *world, int peer)
{
    char root[2 * sizeof(struct frame_hash)];
    struct frame_summary summary;
    const struct frame_chain *chain = world_peer_chain(world, peer);
    fprintf(story->out, "  %-*s  %-6s", column(story), story_name(story, peer),
            world_peer_state_name(world_peer_state(world, peer)));
    if (chain == NULL) {
        fprintf(story->out, "%9s  %5s  %10s  %7s  -\n", "-", "-", "-", "-");
        return;
    }
    frame_chain_summary(chain, &summary);
    frame_hex_encode(root, summary.state_root.bytes, sizeof summary.state_root.bytes);
    fprintf(story->out, "%9zu  %5zu  %10zu  %7zu  %.*s\n", summary.receipts, summary.head_count,
            summary.superseded, summary.changed, ROOT_DIGITS, root);
}

/* A few that never came are told of by name; of the many that a swarm run may have, how many. */
static void put_table(const struct story *story, const struct world *world)
{
    enum { ABSENT_NAMED_MAX = 3 };
    int absent = 0;
    for (int peer = 0; peer < world_peer_count(world); peer++)
        absent += world_peer_state(world, peer) == WORLD_PEER_ABSENT;
    fprintf(story->out, "\n  %-*s  %-6s%9s  %5s  %10s  %7s  %s\n", column(story), "peer", "state",
            "receipts", "heads", "superseded", "changed", "state root");
    for (int peer = 0; peer < world_peer_count(world); peer++) {
        const bool named =
            absent <= ABSENT_NAMED_MAX || world_peer_state(world, peer) != WORLD_PEER_ABSENT;
        if (named && !world_peer_is_adversary(world, peer)) put_peer(story, world, peer);
    }
    if (absent > ABSENT_NAMED_MAX) fprintf(story->out, "  %d more never came\n", absent);
}

static uint64_t refused_forgeries(const struct world *world)
{
    uint64_t refused = 0;
    for (size_t i = 0; i < world_forgery_count(world); i++) {
        struct world_forgery forgery;
        world_forgery(world, &forgery, i);
        refused += forgery.state == WORLD_FORGERY_MET;
    }
    return refused;
}

static int first_up(const struct world *world, size_t *count)
{
    int first = WORLD_NOBODY;
    *count = 0;
    for (int peer = world_peer_count(world) - 1; peer >= 0; peer--) {
        if (world_peer_chain(world, peer) == NULL) continue;
        first = peer;
        (*count)++;
    }
    return first;
}

/* What all hold in the end, or that they differ. */
static void put_state(const struct story *story, const struct world *world)
{
    char root[2 * sizeof(struct frame_hash)];
    struct frame_summary summary;
    size_t count;
    int peer = first_up(world, &count);
    if (peer == WORLD_NOBODY) {
        fputs("Nobody is up.", story->out);
        return;
    }
    if (!world_converged(world, NULL, 0)) {
        fprintf(story->out, "The %zu peers that are up hold different sets.", count);
        return;
    }
    frame_chain_summary(world_peer_chain(world, peer), &summary);
    frame_hex_encode(root, summary.state_root.bytes, sizeof summary.state_root.bytes);
    if (count == 1)
        fprintf(story->out, "%s holds", story_name(story, peer));
    else if (count == 2)
        fputs("Both peers hold the same", story->out);
    else
        fprintf(story->out, "All %zu peers hold the same", count);
    fprintf(story->out, " %s under one state root, %.*s",
            story_count(summary.receipts, "receipt").text, ROOT_DIGITS, root);
    if (summary.superseded > 0) {
        fprintf(story->out, "; %zu of them %s superseded", summary.superseded,
                summary.superseded == 1 ? "is" : "are");
    }
    uint64_t forgeries = refused_forgeries(world);
    if (forgeries > 0)
        fprintf(story->out, "; %" PRIu64 " forger%s refused", forgeries,
                forgeries == 1 ? "y was" : "ies were");
    fputs(".", story->out);
}

void story_over(void *context, const struct world *world, const struct interpret_result *result)
{
    struct story *story = context;
    story_flush(story);
    put_table(story, world);
    fputs("\n", story->out);
    if (result->verdict != INTERPRET_OK) {
        fputs(interpret_verdict_fails(result->verdict) ? "This run has failed"
                                                       : "This run has ended",
              story->out);
        if (result->line != 0) fprintf(story->out, " at line %u", (unsigned)result->line);
        fprintf(story->out, " (%s): %s\n", interpret_verdict_name(result->verdict),
                result->failure);
        return;
    }
    put_state(story, world);
    fputs("\n", story->out);
}
