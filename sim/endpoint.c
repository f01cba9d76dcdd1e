// SPDX-License-Identifier: Apache-2.0
#include "sim/endpoint.h"

#include <string.h>

#include "sim/world_internal.h"

/* ---- The simulated network ---- */

static void world_end_send(void *context, const struct frame_outgoing *message)
{
    const struct endpoint *endpoint = context;
    const int to = world_peer_of_key(endpoint->world, &message->to);
    if (to == WORLD_NOBODY || to == endpoint->host) return;
    world_launch(endpoint->world, endpoint->host, to, message->type, message->bytes.bytes,
                 message->bytes.length, NO_FORGERY);
}

static void drop_taken(struct endpoint *endpoint)
{
    struct parcel *parcel = endpoint->taken;
    if (parcel != NULL) world_give(endpoint->world, parcel, sizeof *parcel + parcel->length);
    endpoint->taken = NULL;
}

static bool world_end_deliver(void *context, struct frame_span *message)
{
    struct endpoint *endpoint = context;
    struct peer *host = world_peer(endpoint->world, endpoint->host);
    drop_taken(endpoint);
    struct parcel *parcel = host->parcels;
    if (parcel == NULL) return false;
    host->parcels = parcel->next;
    if (host->parcels == NULL) host->parcels_end = NULL;
    endpoint->taken = parcel;
    *message = (struct frame_span){parcel->bytes, parcel->length};
    return true;
}

static uint64_t world_end_now_ms(void *context)
{
    const struct endpoint *endpoint = context;
    return world_now_us(endpoint->world) / WORLD_MS;
}

void endpoint_take(struct world *world, const struct flight *flight)
{
    struct peer *host = world->peers[flight->to];
    struct parcel *parcel = world_take(world, sizeof *parcel + flight->length);
    *parcel = (struct parcel){.length = flight->length};
    memcpy(parcel->bytes, flight->bytes, flight->length);
    if (host->parcels_end == NULL) host->parcels_end = &host->parcels;
    *host->parcels_end = parcel;
    host->parcels_end = &parcel->next;
}

void endpoint_open(struct endpoint *endpoint, struct frame_transport *transport,
                   struct world *world, int host)
{
    FRAME_ASSERT(world_peer_is_adversary(world, host));
    *endpoint = (struct endpoint){.world = world, .host = host};
    world_peer(world, host)->endpoint = true;
    *transport = (struct frame_transport){.context = endpoint,
                                          .send = world_end_send,
                                          .deliver = world_end_deliver,
                                          .now_ms = world_end_now_ms};
}

void endpoint_secret(const struct endpoint *endpoint, struct frame_secret_key *secret)
{
    *secret = world_peer(endpoint->world, endpoint->host)->transport_secret;
}

void endpoint_close(struct endpoint *endpoint)
{
    struct frame_span message;
    while (world_end_deliver(endpoint, &message))
        ;
    world_peer(endpoint->world, endpoint->host)->endpoint = false;
}

/* ---- Loopback ---- */

static void loopback_send(void *context, const struct frame_outgoing *message)
{
    const struct loopback_end *from = context;
    struct loopback *loopback = from->loopback;
    const uint32_t length = (uint32_t)message->bytes.length;
    for (size_t i = 0; i < loopback->count; i++) {
        struct loopback_end *end = &loopback->ends[i];
        if (memcmp(&end->key, &message->to, sizeof end->key) != 0) continue;
        buffer_append(&end->waiting, &length, sizeof length);
        buffer_append(&end->waiting, message->bytes.bytes, length);
    }
}

static bool loopback_deliver(void *context, struct frame_span *message)
{
    struct loopback_end *end = context;
    uint32_t length;
    if (end->waiting.failed || end->taken == end->waiting.length) {
        buffer_clear(&end->waiting);
        end->taken = 0;
        return false;
    }
    memcpy(&length, end->waiting.bytes + end->taken, sizeof length);
    *message = (struct frame_span){end->waiting.bytes + end->taken + sizeof length, length};
    end->taken += sizeof length + length;
    return true;
}

static uint64_t loopback_now_ms(void *context)
{
    const struct loopback_end *end = context;
    return end->loopback->now_ms;
}

void loopback_open(struct loopback *loopback)
{
    loopback->now_ms = 0;
    loopback->count = 0;
}

void loopback_add(struct loopback *loopback, struct frame_transport *transport,
                  const struct frame_public_key *key, const struct frame_allocator *allocator)
{
    FRAME_ASSERT(loopback->count < LOOPBACK_ENDS_MAX);
    struct loopback_end *end = &loopback->ends[loopback->count++];
    *end = (struct loopback_end){.loopback = loopback, .key = *key};
    buffer_init(&end->waiting, allocator);
    *transport = (struct frame_transport){.context = end,
                                          .send = loopback_send,
                                          .deliver = loopback_deliver,
                                          .now_ms = loopback_now_ms};
}

void loopback_pass(struct loopback *loopback, uint64_t duration_ms)
{
    loopback->now_ms += duration_ms;
}

void loopback_close(struct loopback *loopback)
{
    for (size_t i = 0; i < loopback->count; i++)
        buffer_free(&loopback->ends[i].waiting);
    loopback->count = 0;
}
