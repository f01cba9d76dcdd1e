// SPDX-License-Identifier: Apache-2.0
/* One instance with a log, driven event by event. */
#ifndef FUZZ_SYNC_DRIVER_H
#define FUZZ_SYNC_DRIVER_H

#include "fuzz.h"
#include "model_internal.h"

struct sync_driver {
    const struct frame_crypto *crypto;
    struct frame_instance *instance;
    struct model_text log; /* all that was appended */
    size_t durable;        /* of it */
    uint64_t now_ms;
    bool discovery;
    struct frame_route_id fetch;         /* of the last thing that is to be fetched */
    const struct frame_message *request; /* that is being delivered; NULL: something else is */
    int refused; /* enum frame_status of the last refusal noted, FRAME_OK while none */
};

/* With `discovery` on its peers have announced themselves to it. */
void sync_driver_init(struct sync_driver *driver, const struct frame_crypto *crypto,
                      bool discovery);
void sync_driver_release(struct sync_driver *driver);
/* One line of the input; a line that is no event is passed over. */
void sync_driver_event(struct sync_driver *driver, struct frame_span line);
/* What a new instance recovers from the whole log is what this one holds. */
void sync_driver_recover(const struct sync_driver *driver);

#endif
