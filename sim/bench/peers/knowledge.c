// SPDX-License-Identifier: Apache-2.0
/*
 * knowledge SEEDS SAMPLES N...: how soon N peers know each other (§ 15), and what that takes. Each is told of one other one; links
 * take 10 to 30 ms; all intervals are the core's own. Time is virtual, so the figures are the same
 * everywhere. Prints a table of medians and greatest values over seeds 1 to SEEDS, and writes lines for bench_report to SAMPLES.
 *
 *   connected  everybody is reached from everybody, along who knows whom
 *   full       and everybody knows all others, or has its self-chosen half full: it looks for no more
 *   a note     that the last peer writes at the beginning is held by all
 */
#include "core/routing.h"
#include "sim/bench/peers/meeting.h"

enum { SEEDS_MAX = 1000, STEP_MS = 100, LIMIT_S = 600, PEERS = WORLD_PEERS_MAX };

enum figure { CONNECTED, FULL, NOTE, ANNOUNCEMENTS, KIB, FIGURES };
struct figures {
    double of[FIGURES][SEEDS_MAX];
};

/* ---- What is so now ---- */

struct graph {
    int count;
    struct world_table tables[PEERS];
};

static void look(const struct world *world, struct graph *graph)
{
    for (int i = 0; i < graph->count; i++)
        world_table(world, &graph->tables[i], i);
}

/* How many are reached from the first one; backwards: how many reach it. */
static int reached(const struct graph *graph, bool backwards)
{
    static bool seen[PEERS];
    bool more = true;
    int count = 1;
    memset(seen, 0, sizeof seen);
    seen[0] = true;
    while (more) {
        more = false;
        for (int i = 0; i < graph->count; i++)
            for (size_t k = 0; k < graph->tables[i].peer_count; k++) {
                const int other = graph->tables[i].peers[k];
                const int from = backwards ? other : i;
                const int to = backwards ? i : other;
                if (!seen[from] || seen[to]) continue;
                seen[to] = more = true;
                count++;
            }
    }
    return count;
}

static bool connected(const struct graph *graph)
{
    return reached(graph, false) == graph->count && reached(graph, true) == graph->count;
}

static bool full(const struct graph *graph)
{
    for (int i = 0; i < graph->count; i++) {
        const struct world_table *table = &graph->tables[i];
        if (table->known < (size_t)graph->count - 1 && table->chosen < FRAME_TABLE_PEERS_MAX / 2)
            return false;
    }
    return true;
}

/* ---- Runs ---- */

static void run(struct figures *figures, size_t place, struct graph *graph, uint64_t seed,
                struct crypto_memo *memo)
{
    struct world *world = meeting_new(seed, memo);
    bool there[NOTE + 1] = {false};
    meeting_add(world, graph->count, 0);
    const size_t note = meeting_note(world, graph->count - 1);
    while (!there[CONNECTED] || !there[FULL] || !there[NOTE]) {
        struct world_counters counters;
        (void)world_run_for(world, STEP_MS * WORLD_MS);
        bench_check(world_failure_count(world) == 0, "a check fails");
        bench_check(world_now_us(world) <= LIMIT_S * WORLD_SECOND, "they do not come to know all");
        look(world, graph);
        world_counters(world, &counters, WORLD_NOBODY);
        const bool now[NOTE + 1] = {[CONNECTED] = there[CONNECTED] || connected(graph),
                                    [FULL] = there[FULL] || full(graph),
                                    [NOTE] =
                                        meeting_held(world, graph->count, note) == graph->count};
        for (int i = 0; i <= NOTE; i++)
            if (now[i] && !there[i])
                figures->of[i][place] = (double)world_now_us(world) / (double)WORLD_SECOND;
        if (now[FULL] && !there[FULL]) {
            figures->of[ANNOUNCEMENTS][place] = (double)counters.announces_sent / graph->count;
            figures->of[KIB][place] = (double)counters.bytes_sent / graph->count / 1024;
        }
        memcpy(there, now, sizeof there);
    }
    world_free(world);
}

static void put_row(FILE *samples, struct figures *figures, int peers, size_t seeds)
{
    static const char *const names[FIGURES] = {"all are connected", "knowledge is full",
                                               "a note is held by all", "announcements a peer",
                                               "KiB a peer"};
    printf("| %d |", peers);
    for (int i = 0; i < FIGURES; i++) {
        const double median = meeting_median(figures->of[i], seeds);
        const double most = figures->of[i][seeds - 1];
        printf(i <= NOTE ? " %.1f (%.1f) |" : " %.0f (%.0f) |", median, most);
        for (size_t k = 0; k < seeds; k++) {
            fprintf(samples, "now %s@%d ", i <= NOTE ? "discovery-time" : "discovery-traffic",
                    peers);
            for (const char *c = names[i]; *c != '\0'; c++)
                fputc(*c == ' ' ? '-' : *c, samples);
            fprintf(samples, " %.6g %s\n", figures->of[i][k], i <= NOTE ? "virtual-s" : "each");
        }
    }
    printf("\n");
    fflush(stdout);
}

int main(int argc, char **argv)
{
    static struct figures figures;
    static struct graph graph;
    const size_t seeds = bench_argument(argc, argv, 1, 1);
    bench_check(argc > 3 && seeds >= 1 && seeds <= SEEDS_MAX,
                "usage: knowledge SEEDS SAMPLES N...");
    FILE *samples = fopen(argv[2], "w");
    bench_check(samples != NULL, "the samples cannot be written");
    printf("| peers | connected, s | full, s | a note held by all, s | announcements a peer, until "
           "full "
           "| KiB a peer, until full |\n|---|---|---|---|---|---|\n");
    for (int n = 3; n < argc; n++) {
        struct crypto_memo *memo = meeting_memo();
        graph.count = (int)bench_argument(argc, argv, n, 0);
        bench_check(graph.count >= 2 && graph.count <= PEERS, "2 to 1024 peers");
        for (uint64_t seed = 1; seed <= seeds; seed++)
            run(&figures, (size_t)seed - 1, &graph, seed, memo);
        put_row(samples, &figures, graph.count, seeds);
        crypto_memo_free(memo);
    }
    bench_check(fclose(samples) == 0, "the samples cannot be written");
    return 0;
}
