// SPDX-License-Identifier: Apache-2.0
/* The core's instance behind the table. */
#include "core/routing.h"
#include "sim/peer.h"

static enum frame_status core_create(void **instance, const struct frame_instance_config *config,
                                     uint64_t now_ms)
{
    struct frame_instance *made = NULL;
    const enum frame_status status = frame_instance_new(&made, config, now_ms);
    if (status == FRAME_OK) *instance = made;
    return status;
}

static void core_destroy(void *instance)
{
    frame_instance_free(instance);
}

static enum frame_status core_recover(void *instance, struct frame_recovery *recovery,
                                      const uint8_t *log, size_t length)
{
    return frame_instance_recover(instance, recovery, log, length);
}

static bool core_log(const void *instance, struct frame_sink sink)
{
    return frame_instance_log(instance, sink);
}

static enum frame_status core_know(void *instance, const struct frame_public_key *key, bool trusted)
{
    return frame_instance_peer(instance, key, trusted);
}

static enum frame_status core_step(void *instance, struct frame_update *update,
                                   const struct frame_event *event)
{
    return frame_instance_step(instance, update, event);
}

static uint64_t core_deadline_ms(const void *instance)
{
    return frame_instance_deadline(instance);
}

static const struct frame_chain *core_chain(const void *instance)
{
    return frame_instance_chain(instance);
}

static uint64_t core_durable(const void *instance)
{
    return frame_instance_durable(instance);
}

static bool core_in_safe_mode(const void *instance)
{
    return frame_instance_in_safe_mode(instance);
}

static bool core_halted(const void *instance)
{
    return frame_instance_halted(instance);
}

static bool core_peer_state(const void *instance, struct frame_peer_state *state,
                            const struct frame_public_key *key)
{
    return frame_instance_peer_state(instance, state, key);
}

static void core_capabilities(void *instance, uint32_t capabilities)
{
    frame_instance_capabilities(instance, capabilities);
}

static size_t core_peer_count(const void *instance)
{
    return frame_instance_peer_count(instance);
}

static void core_peer_at(const void *instance, struct frame_public_key *key, size_t index)
{
    frame_instance_peer_at(instance, key, index);
}

const struct peer_driver peer_driver_core = {
    .name = "core",
    .create = core_create,
    .destroy = core_destroy,
    .recover = core_recover,
    .log = core_log,
    .know = core_know,
    .step = core_step,
    .deadline_ms = core_deadline_ms,
    .chain = core_chain,
    .durable = core_durable,
    .in_safe_mode = core_in_safe_mode,
    .halted = core_halted,
    .peer_state = core_peer_state,
    .capabilities = core_capabilities,
    .peer_count = core_peer_count,
    .peer_at = core_peer_at,
};
