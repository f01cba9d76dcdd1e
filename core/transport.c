// SPDX-License-Identifier: Apache-2.0
/* An instance on a transport: events in, updates carried out in their order (§ 12). */
#include "transport.h"

/* Steps, lets the caller write, sends, and tells of what is durable, until nothing is outstanding. */
enum frame_status frame_transport_event(struct frame_instance *instance,
                                        const struct frame_transport *transport,
                                        struct frame_event *event, void *context,
                                        bool (*done)(void *context,
                                                     const struct frame_update *update))
{
    struct frame_event next = *event;
    enum frame_status first = FRAME_OK;
    for (bool begun = false;; begun = true) {
        struct frame_update update;
        next.now_ms = transport->now_ms(transport->context);
        const enum frame_status status = frame_instance_step(instance, &update, &next);
        if (!begun) first = status;
        const bool written = done(context, &update);
        for (size_t i = 0; written && i < update.message_count; i++)
            transport->send(transport->context, &update.messages[i]);
        if (frame_instance_halted(instance) || (written && update.append.length == 0)) return first;
        next = (struct frame_event){.type = written ? FRAME_EVENT_DURABLE : FRAME_EVENT_FAILED,
                                    .clock_s = event->clock_s};
    }
}

bool frame_transport_turn(struct frame_instance *instance, const struct frame_transport *transport,
                          int64_t clock_s, void *context,
                          bool (*done)(void *context, const struct frame_update *update))
{
    struct frame_event event = {.type = FRAME_EVENT_MESSAGE, .clock_s = clock_s};
    while (!frame_instance_halted(instance) &&
           transport->deliver(transport->context, &event.message))
        (void)frame_transport_event(instance, transport, &event, context, done);
    event = (struct frame_event){.type = FRAME_EVENT_TICK, .clock_s = clock_s};
    if (!frame_instance_halted(instance) &&
        frame_instance_deadline(instance) <= transport->now_ms(transport->context))
        (void)frame_transport_event(instance, transport, &event, context, done);
    return !frame_instance_halted(instance);
}
