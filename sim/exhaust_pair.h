// SPDX-License-Identifier: Apache-2.0
/*
 * Two instances of one identity, their logs, and the messages on their way: all in one region, so that a pair can
 * be put back as it was. After every step it is checked that nothing was lost or charged, and that equal
 * sets have equal roots.
 */
#ifndef SIM_EXHAUST_PAIR_H
#define SIM_EXHAUST_PAIR_H

#include "core/memory.h"
#include "exhaust_kit.h"

enum { PAIR_FLYING_MAX = 6, PAIR_WRITES_MAX = 6, PAIR_PATH_BYTES = 96 };

struct pair_message {
    int to;
    enum frame_message_type type;
    struct frame_span bytes; /* of the region */
};

struct pair_peer {
    struct frame_secret_key transport;
    struct frame_public_key key;
    struct frame_instance *instance;
    struct buffer log;
    size_t synced;            /* bytes of the log that a crash leaves */
    size_t durable;           /* receipts in them */
    struct exhaust_key story; /* of every event it was given: the same story is the same state */
};

struct exhaust_pair {
    struct exhaust *exhaust;
    struct exhaust_region *region;
    struct pair_peer peers[2];
    struct pair_message flying[PAIR_FLYING_MAX]; /* in the order in which they were sent */
    size_t flying_count;
    uint64_t now_ms;
    size_t writes;
    struct frame_hash acknowledged[PAIR_WRITES_MAX];
    size_t acknowledged_count;
    bool
        tearing; /* the next append of `torn_peer` gets to `torn_bytes`, and its process ends there */
    int torn_peer;
    size_t torn_bytes;
    char path[PAIR_PATH_BYTES]; /* what happened, for people */
    size_t path_length;
};

/* Two instances that know each other, in a cleared region. */
void pair_init(struct exhaust_pair *pair, struct exhaust *exhaust, struct exhaust_region *region);

/* What can happen. `pair_pending`: an append is not yet durable. */
bool pair_pending(const struct exhaust_pair *pair, int peer);
void pair_durable(struct exhaust_pair *pair, int peer);
/* The first intent earns, every later one spends what suffices for one. Not while something is pending. */
void pair_write(struct exhaust_pair *pair, int peer);
void pair_deliver(struct exhaust_pair *pair, size_t message, bool again);
/* Any bytes, as if they came over the wire. */
void pair_hear(struct exhaust_pair *pair, int peer, struct frame_span bytes);
void pair_lose(struct exhaust_pair *pair, size_t message);
/* Time passes until somebody wants a tick. */
void pair_tick(struct exhaust_pair *pair);
/* The instance ends, what was not synced is gone, and it is recovered from its log. */
void pair_restart(struct exhaust_pair *pair, int peer);

/* All messages in order, all appends at once, and time, until both hold the same: false where that does not
   come, or something acknowledged is not in it. */
bool pair_calm(struct exhaust_pair *pair);
/* One step towards it; false where there is none left. */
bool pair_calm_step(struct exhaust_pair *pair);
bool pair_converged(const struct exhaust_pair *pair);

#endif
