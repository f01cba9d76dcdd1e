// SPDX-License-Identifier: Apache-2.0
/*
 * Implementations of core/transport.h: the simulated network, and a loopback in memory. A transport is valid
 * as long as what it was made of; both are deterministic. The instances of a world send and receive by the very
 * same functions (struct peer's `network`).
 */
#ifndef SIM_ENDPOINT_H
#define SIM_ENDPOINT_H

#include "core/memory.h"
#include "core/transport.h"
#include "sim/world.h"

/*
 * A host of the world that the caller runs, with whatever it likes behind: an adversary, from now on. Messages to its
 * key wait until they are taken; what it sends goes over the world's links, with all that these do to it.
 */
struct endpoint {
    struct world *world;
    int host;
};
void endpoint_open(struct endpoint *endpoint, struct frame_transport *transport,
                   struct world *world, int host);
/* The transport key that others know the host by. */
void endpoint_secret(const struct endpoint *endpoint, struct frame_secret_key *secret);
void endpoint_close(struct endpoint *endpoint);

/* Endpoints that reach each other at once, and nothing is lost. Time stands still but for loopback_pass. */
enum { LOOPBACK_ENDS_MAX = 8 };
struct loopback_end {
    struct loopback *loopback;
    struct frame_public_key key;
    struct buffer waiting; /* u32 length and bytes of each message, in the machine's own order */
    size_t taken;          /* bytes of it that were delivered */
};
struct loopback {
    uint64_t now_ms;
    size_t count;
    struct loopback_end ends[LOOPBACK_ENDS_MAX];
};
void loopback_open(struct loopback *loopback);
/* One more endpoint; there must be room. */
void loopback_add(struct loopback *loopback, struct frame_transport *transport,
                  const struct frame_public_key *key, const struct frame_allocator *allocator);
void loopback_pass(struct loopback *loopback, uint64_t duration_ms);
void loopback_close(struct loopback *loopback);

#endif
