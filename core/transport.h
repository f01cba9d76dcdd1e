// SPDX-License-Identifier: Apache-2.0
/*
 * What an instance needs of a network, for whoever brings one: WebRTC, a LAN, TCP, a simulator.
 *
 * The core itself has no I/O: frame_instance_step gives messages out and takes messages in. This is the other
 * side of that, one endpoint for each instance. What a transport promises is little:
 *
 * - `send` takes a copy, does not wait, and brings the bytes to the endpoint that has the transport key, or to
 *   nobody. Messages may be lost, repeated, late and out of order (§ 12). An unknown key is no error.
 * - `deliver` gives what has arrived for this endpoint, one message after the other, each whole.
 * - Who a message is from is said by its envelope and proven by the signature there: frame_envelope_open. A
 *   transport need not know, and is not believed. A changed message is one that does not open.
 * - `now_ms` is monotonic, of no particular beginning, and the same for all calls about one instance.
 */
#ifndef FRAME_TRANSPORT_H
#define FRAME_TRANSPORT_H

#include "frame.h"

struct frame_transport {
    void *context;
    void (*send)(void *context, const struct frame_outgoing *message);
    /* False: nothing has arrived. *message holds until the next call on this endpoint. */
    bool (*deliver)(void *context, struct frame_span *message);
    uint64_t (*now_ms)(void *context);
};

/*
 * Brings an instance up to date: a step for each message that has arrived, then a TICK where one is due, and sends what
 * they want sent. `done` gets every update before anything of it is sent: what it appends must be written and
 * synced by then, and frame_transport_turn tells the instance so. False where `done` says that this failed:
 * the instance has halted.
 */
bool frame_transport_turn(struct frame_instance *instance, const struct frame_transport *transport,
                          int64_t clock_s, void *context,
                          bool (*done)(void *context, const struct frame_update *update));
/* One event of the caller's own: a user's intent, a stop. Its time is set here. */
enum frame_status frame_transport_event(struct frame_instance *instance,
                                        const struct frame_transport *transport,
                                        struct frame_event *event, void *context,
                                        bool (*done)(void *context,
                                                     const struct frame_update *update));

#endif
