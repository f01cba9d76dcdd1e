// SPDX-License-Identifier: Apache-2.0
/*
 * The smallest story that still shows a failure. A failing run is written down as an explicit timeline
 * (sim/transcript.h) and its decisions of chance as a tape; then lines, peers, decisions, waits and
 * payloads are taken away or made smaller for as long as the run fails with the same signature. The
 * result does not depend on the number of jobs.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/signature.h"
#include "sim/tape_file.h"

/* A line that is to happen at a time, or in the setup. */
struct shrink_line {
    uint64_t at_us;
    char *text;
    bool setup;
};

/* A story: a scenario in pieces. Owns all of it. */
struct shrink_story {
    struct shrink_line *lines;
    size_t count;
    bool timed; /* waits are put in between, by the lines' times; else they stand among the lines */
    struct tape_file choices; /* what is not the quiet answer */
    uint64_t events;          /* that its run took */
};
void shrink_story_free(struct shrink_story *story);
/* As a scenario's text; the caller frees. `choices` also as lines. */
char *shrink_story_text(const struct shrink_story *story, const char *head, bool choices);
/* Lines but for comments, the version, the title and empty ones; peers without adversaries. */
size_t shrink_story_lines(const struct shrink_story *story);
size_t shrink_story_peers(const struct shrink_story *story);

struct shrink {
    const struct scenario *scenario;
    uint64_t seed;
    enum crypto_mode crypto;
    uint64_t events_max; /* of the run to begin with */
    unsigned workers;
    void *context;
    /* Asked again and again: false, stop with the best so far. */
    bool (*go_on)(void *context);
    /* A smaller story was found, in so many runs so far. */
    void (*found)(void *context, const struct shrink_story *story, uint64_t runs);

    /* Filled in by shrink_run. */
    struct signature signature;
    bool died;    /* the run crashes */
    bool cut_off; /* it does not converge, and could not (world_cut_off) */
    bool sound;   /* the story passes where the planted bug is taken out, as far as it was asked */
    char *words;  /* where a line did not hold: what was found, to the last number; owned */
    struct shrink_story story;
    struct shrink_story original;
    char *failure; /* of the last run; owned */
    uint64_t runs;
};
enum shrink_result {
    SHRINK_DONE,
    SHRINK_STOPPED,  /* by go_on: the best so far */
    SHRINK_EARLY,    /* by go_on, before there was any */
    SHRINK_FINE,     /* the run does not fail */
    SHRINK_UNSTABLE, /* it fails, but as written down it does not */
    SHRINK_SYSTEM    /* no processes or memory: errno says why */
};
enum shrink_result shrink_run(struct shrink *shrink);
void shrink_release(struct shrink *shrink);

#endif
