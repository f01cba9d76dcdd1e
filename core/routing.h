// SPDX-License-Identifier: Apache-2.0
/*
 * Discovery and routing (§ 15 to 18), for programs whose instances have it on: limits, and what can be
 * asked of an instance and told to it besides core/frame.h's. The conventions are those of core/frame.h.
 */
#ifndef FRAME_ROUTING_H
#define FRAME_ROUTING_H

#include "frame.h"

enum {
    FRAME_ANNOUNCE_PEERS_MAX = 16, /* transport keys named in an announcement */
    FRAME_ANNOUNCE_NAMES_MAX = 64, /* its capabilities; and its dApps */
    FRAME_TABLE_PEERS_MAX = 32,    /* known by discovery; a config's table_peers_max at most */
    FRAME_ANSWERS_MAX = 16,        /* to strangers in an announce interval */
    FRAME_ROUTES_MAX = 16,         /* intents routed to others at once */
    FRAME_JOBS_MAX = 16,           /* intents of others at once */
    FRAME_ROUTE_ATTEMPTS_MAX = 64, /* providers asked for one intent, repeats included */
    FRAME_ROUTE_RESULT_BYTES_MAX = 64 * 1024
};

/* The capabilities that are local from now on (§ 16); with discovery on, others are told at once. */
void frame_instance_capabilities(struct frame_instance *instance, uint32_t capabilities);

/* The table of peers, ascending by key: index < frame_instance_peer_count. */
size_t frame_instance_peer_count(const struct frame_instance *instance);
void frame_instance_peer_at(const struct frame_instance *instance, struct frame_public_key *key,
                            size_t index);
/*
 * providers(capabilities that an action with this payload uses) of § 17, the best ones first, at most
 * `max` of them; returns how many. None with discovery off, or where no dApp has the action.
 */
size_t frame_instance_providers(const struct frame_instance *instance,
                                struct frame_public_key *keys, size_t max, struct frame_span action,
                                struct frame_span payload);

#endif
