// SPDX-License-Identifier: Apache-2.0
/* Inside the shrinker: stories that are tried side by side. */
#ifndef SIM_SHRINK_INTERNAL_H
#define SIM_SHRINK_INTERNAL_H

#include "sim/crypto_memo.h"
#include "sim/shrink.h"

void shrink_story_add(struct shrink_story *story, uint64_t at_us, bool setup, const char *text);
void shrink_story_copy(struct shrink_story *copy, const struct shrink_story *story);
void shrink_story_remove(struct shrink_story *story, size_t first, size_t count);

/* Candidates, each made from the best story so far. */
struct trial {
    struct shrink *shrink;
    struct crypto_memo *memo;
    uint64_t events_max;
    struct shrink_story *stories;
    size_t count;
    uint64_t winner;
    bool stopped; /* nothing more is tried */
    bool broken;
};
/* One candidate more, a copy of the best so far, to be changed. */
struct shrink_story *trial_add(struct trial *trial);
/* Takes the candidate added last back. */
void trial_drop(struct trial *trial);
/* Runs them all; the first that fails as it should, in their order, becomes the best. False: none did. */
bool trial_run(struct trial *trial);

/* shrink_reduce.c: makes shrink->story as small as it gets. */
void shrink_reduce(struct trial *trial);

#endif
