// SPDX-License-Identifier: Apache-2.0
/*
 * What stands behind a simulated peer: a table of functions with the meaning of frame_instance_* in
 * core/frame.h. The core's instance is the first thing behind it.
 */
#ifndef SIM_PEER_H
#define SIM_PEER_H

#include "core/frame.h"

struct peer_driver {
    const char *name;
    enum frame_status (*create)(void **instance, const struct frame_instance_config *config,
                                uint64_t now_ms);
    void (*destroy)(void *instance); /* gives back all of its memory */
    enum frame_status (*recover)(void *instance, struct frame_recovery *recovery,
                                 const uint8_t *log, size_t length);
    bool (*log)(const void *instance, struct frame_sink sink);
    enum frame_status (*know)(void *instance, const struct frame_public_key *key, bool trusted);
    enum frame_status (*step)(void *instance, struct frame_update *update,
                              const struct frame_event *event);
    uint64_t (*deadline_ms)(const void *instance);
    const struct frame_chain *(*chain)(const void *instance);
    uint64_t (*durable)(const void *instance);
    bool (*in_safe_mode)(const void *instance);
    bool (*halted)(const void *instance);
    bool (*peer_state)(const void *instance, struct frame_peer_state *state,
                       const struct frame_public_key *key);
    void (*capabilities)(void *instance, uint32_t capabilities);
    size_t (*peer_count)(const void *instance);
    void (*peer_at)(const void *instance, struct frame_public_key *key, size_t index);
};

/* frame_instance_* */
extern const struct peer_driver peer_driver_core;

#endif
