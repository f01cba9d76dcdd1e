// SPDX-License-Identifier: Apache-2.0
/* Floods from the inside: one that is under way, and what a kind is made of. */
#ifndef SIM_FLOOD_INTERNAL_H
#define SIM_FLOOD_INTERNAL_H

#include "sim/flood.h"
#include "sim/forger_internal.h"

struct flood {
    const struct flood_kind *kind;
    int source;
    int victim;
    uint64_t count;
    uint64_t interval_us;
    uint64_t sent;
    uint64_t met;
    uint64_t ignored;
    struct frame_public_key sealed_by; /* the last one */
    struct page_list list;             /* what is served for the last attestation, */
    struct buffer want;                /* and only for its heads */
    uint64_t victim_life;              /* for which the last message was made, */
    size_t live;                       /* the victim's memory when that (or the flood) began, */
    size_t wire;                       /* and the bytes of the receipts it held */
};

struct flood_kind {
    struct recipe recipe; /* .public alone; and the fate says how receipts are booked */
    bool costs;
    uint8_t most; /* of them in a swarm */
    enum frame_message_type type;
    /* One envelope. False: no occasion. */
    bool (*message)(struct workshop *shop, struct flood *flood, struct buffer *envelope);
    /* The body of the page that answers a request; false: no occasion. NULL: nothing answers. */
    bool (*serve)(struct workshop *shop, struct flood *flood, const struct frame_message *request,
                  struct buffer *body);
};
const struct flood_kind *flood_kind_of(const struct forgery *kind);

#endif
