// SPDX-License-Identifier: Apache-2.0
#include "sim/endpoint.h"

#include <string.h>

#include "sim/world_internal.h"

/* ---- The simulated network ---- */

static void port_send(void *context, const struct frame_outgoing *message)
{
    const struct port *port = context;
    world_send(port->world, port->peer, message);
}

static void drop_taken(struct port *port)
{
    if (port->taken != NULL) world_flight_free(port->world, port->taken);
    port->taken = NULL;
}

static bool port_deliver(void *context, struct frame_span *message)
{
    struct port *port = context;
    drop_taken(port);
    struct flight *flight = port->first;
    if (flight == NULL) return false;
    port->first = flight->behind;
    port->taken = flight;
    *message = (struct frame_span){flight->bytes, flight->length};
    return true;
}

static uint64_t port_now_ms(void *context)
{
    const struct port *port = context;
    return world_now_us(port->world) / WORLD_MS;
}

struct frame_transport port_open(struct port *port, struct world *world, int peer)
{
    *port = (struct port){.world = world, .peer = peer};
    return (struct frame_transport){
        .context = port, .send = port_send, .deliver = port_deliver, .now_ms = port_now_ms};
}

void port_arrived(struct port *port, struct flight *flight)
{
    flight->behind = NULL;
    if (port->first == NULL)
        port->first = flight;
    else
        port->last->behind = flight;
    port->last = flight;
}

void port_clear(struct port *port)
{
    struct frame_span message;
    while (port_deliver(port, &message))
        ;
}

void endpoint_open(struct endpoint *endpoint, struct frame_transport *transport,
                   struct world *world, int host)
{
    struct peer *self = world_peer(world, host);
    FRAME_ASSERT(self->options.adversary);
    *endpoint = (struct endpoint){.world = world, .host = host};
    self->endpoint = true;
    *transport = self->network;
}

void endpoint_secret(const struct endpoint *endpoint, struct frame_secret_key *secret)
{
    *secret = world_peer(endpoint->world, endpoint->host)->transport_secret;
}

void endpoint_close(struct endpoint *endpoint)
{
    struct peer *self = world_peer(endpoint->world, endpoint->host);
    port_clear(&self->port);
    self->endpoint = false;
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
