// SPDX-License-Identifier: Apache-2.0
/* A peer's chain made anew, from its chain file, through every stage (§ 10). */
#include "sim/versions.h"
#include "sim/world_internal.h"

#include <string.h>

enum frame_status chain_accept(struct frame_chain *chain, const struct frame_allocator *allocator,
                               struct frame_span array, struct frame_fault *fault)
{
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    enum frame_status status = frame_parse(&parsed, fault, allocator, array.bytes, array.length);
    if (status == FRAME_OK) status = frame_verify(&verified, fault, chain, parsed);
    frame_parsed_free(parsed);
    if (status == FRAME_OK) status = frame_replay(&replayed, fault, verified);
    if (status != FRAME_OK) return status;
    status = frame_join(NULL, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    return status;
}

enum frame_status world_rebuild_chain(struct frame_chain **fresh, struct frame_fault *fault,
                                      struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_chain_config config = {
        .crypto = world->crypto,
        .allocator = world->allocator,
        .mode = FRAME_MODE_FULL,
        .identity = {(const uint8_t *)self->identity, strlen(self->identity)},
        .public_key = &self->identity_key,
        .dapps = version_dapps(world, self->options.version)};
    struct buffer array;
    struct frame_chain *chain = NULL;
    buffer_init(&array, &world->allocator);
    const struct frame_sink sink = buffer_sink(&array);
    enum frame_status status = FRAME_NO_MEMORY;
    if (frame_chain_write(world_peer_chain(world, peer), sink))
        status = frame_chain_new(&chain, &config);
    if (status == FRAME_OK)
        status = chain_accept(chain, &world->allocator, buffer_view(&array), fault);
    buffer_free(&array);
    if (status == FRAME_OK)
        *fresh = chain;
    else
        frame_chain_free(chain);
    return status;
}
