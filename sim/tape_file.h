// SPDX-License-Identifier: Apache-2.0
/*
 * A run's decisions as text, to be followed again, also by a program that has changed meanwhile.
 *
 *     framesim-tape 1
 *     scenario scenarios/swarm/anything-goes.scn
 *     seed 17
 *     commit 0123456789ab
 *     crypto libsodium 1.0.18, …     # or: ideal signatures, libsodium …
 *     lost:p1>p2:page:3 = 1          # the message is lost
 *     @ 256 8f14…                    # after so many events the run's hash was this
 *     ends 5d0c…
 *
 * Every choice stands there by its identity, in the order asked, but for those with the quiet answer 0; what is not
 * there gets that answer. So a question that a later program no longer asks is skipped and told of, one
 * that it asks anew is answered quietly, and all others stay as they were.
 */
#ifndef SIM_TAPE_FILE_H
#define SIM_TAPE_FILE_H

#include <stdio.h>

#include "sim/interpret.h"

struct tape_choice {
    char *identity; /* owned */
    uint64_t value;
    bool used; /* somebody has asked for it: the follower's */
};
struct tape_checkpoint {
    uint64_t events;
    char hash[33];
};
/* Zero-initialise. */
struct tape_file {
    char *scenario; /* owned; NULL: none was named */
    uint64_t seed;
    enum crypto_mode crypto;
    char commit[64];
    char ends[33]; /* the hash at the end; "" unknown */
    struct tape_choice *choices;
    size_t choice_count;
    size_t choice_capacity;
    struct tape_checkpoint *checkpoints;
    size_t checkpoint_count;
    size_t checkpoint_capacity;
};
/* False after `path:line:col: message` on `complaints`. */
bool tape_file_read(struct tape_file *file, const char *path, struct frame_span text,
                    FILE *complaints);
void tape_file_free(struct tape_file *file);
void tape_file_add(struct tape_file *file, const char *identity, size_t length, uint64_t value);
/* Puts the choices on a tape, and makes everything else quiet. */
void tape_file_follow(const struct tape_file *file, struct tape *tape);

/* The line of one choice; of a checkpoint; the lines before them; the one behind. */
void tape_file_put_choice(FILE *out, const char *identity, uint64_t value);
void tape_file_put_checkpoint(FILE *out, uint64_t events, const struct world_hash *hash);
void tape_file_put_head(FILE *out, const char *scenario, uint64_t seed, enum crypto_mode crypto);
void tape_file_put_end(FILE *out, const struct interpret_result *result, bool died);
enum { TAPE_CHECKPOINT_EVENTS = 256 };

#endif
