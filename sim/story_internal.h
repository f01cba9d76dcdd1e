// SPDX-License-Identifier: Apache-2.0
/* Inside the story: its state, and how a line is put. */
#ifndef SIM_STORY_INTERNAL_H
#define SIM_STORY_INTERNAL_H

#include "sim/story.h"

enum { STORY_TEXT_MAX = 600 };

/* What happens all the time while users are at work at random: counted, and told at the next statement. */
struct story_routine {
    uint64_t time_us; /* of the last of it */
    uint64_t intents;
    uint64_t refused;
    uint64_t joined;
    uint64_t merged;
    uint64_t served; /* of others' intents */
    uint64_t met;    /* who came to know whom, */
    uint64_t met_us; /* the last of them */
};

struct story_refusal {
    bool waits;
    uint64_t time_us;
    int peer;
    int other;
    char text[STORY_TEXT_MAX];
};

struct story {
    FILE *out;
    const struct scenario *scenario;
    const struct world *world; /* NULL before the first statement */
    struct interpret_listener listener;
    int name_width;
    uint64_t now_us;
    bool intent_under_way; /* a statement's: told when that is over */
    bool workload; /* users are or were at work at random since the last statement of theirs */
    struct story_routine routine;
    char arrivals[STORY_TEXT_MAX]; /* names of those who came up just now */
    struct story_refusal refusal;  /* not told yet: the next record may say that it met a forgery */
    char said[SCENARIO_PEERS_MAX][STORY_TEXT_MAX]; /* what was last told of a peer */
    const char **changes; /* by label: what was last told of it; NULL: nothing */
    size_t *intents;      /* by label: the world's number, SIZE_MAX before it is asked */
    uint8_t *fates;       /* [peer][label]: 0 not held, 1 + enum frame_outcome, with STORY_FINAL */
};
enum { STORY_FINAL = 64 };

/* A line of the timeline; `who` may be "". */
void story_tell(struct story *story, uint64_t time_us, const char *who, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
/* Tells what was held back, because more of the kind might follow. */
void story_flush(struct story *story);
const char *story_name(const struct story *story, int peer);
/* "1 receipt", "2 receipts" */
struct story_count {
    char text[64];
};
struct story_count story_count(uint64_t count, const char *noun);

/* story_record.c: what the world reports. */
void story_tell_refusal(struct story *story);
void story_record(void *context, const struct trace_record *record);
/* story_end.c: the table of peers and the closing sentence. */
void story_over(void *context, const struct world *world, const struct interpret_result *result);

#endif
