// SPDX-License-Identifier: Apache-2.0
/*
 * The check of pages (§ 12.2): a request is answered with what is due (sim/page_due.h); up to as many receipts as the slow model folds
 * (refold_receipts_max).
 */
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"
#include "sim/page_due.h"
#include "sim/world_internal.h"

static void check_due(struct world *world, const struct check_step *step,
                      const struct frame_message *page)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const size_t room = frame_chain_count(chain) + 1;
    uint8_t *flags = world_take(world, room);
    const uint64_t durable = world->driver->durable(world_peer(world, step->peer)->instance);
    if (!page_due(chain, durable, flags, &step->message->read, page))
        check_failed(world, CHECK_PAGES, step->peer,
                     page == NULL ? "does not know what it holds"
                                  : "sends a page of other receipts than it is asked for");
    world_give(world, flags, room);
}

/* A page, or a reject that says `unknown`, answers the request that the step is about. */
static void check_page_sent(struct world *world, const struct check_step *step,
                            const struct frame_outgoing *outgoing)
{
    const struct check_message *asked = step->message;
    const struct check_message *said = check_message_of(world, outgoing->bytes);
    const bool request = asked->readable && asked->read.type == FRAME_MESSAGE_REQUEST &&
                         asked->from != NULL &&
                         memcmp(asked->from, &outgoing->to, sizeof outgoing->to) == 0;
    if (!said->readable || said->read.type != outgoing->type) return; /* told when it is sent */
    const struct frame_message *page = outgoing->type == FRAME_MESSAGE_PAGE ? &said->read : NULL;
    if (page == NULL &&
        (!request || !json_string_is(said->read.code, frame_status_name(FRAME_UNKNOWN))))
        return;
    if (!request)
        check_failed(world, CHECK_PAGES, step->peer, "answers what it was not asked");
    else
        check_due(world, step, page);
}

void checks_pages(struct world *world, const struct check_step *step)
{
    const struct frame_update *update = step->update;
    if (frame_chain_count(world_peer_chain(world, step->peer)) > world->config.refold_receipts_max)
        return;
    for (size_t i = 0; i < update->message_count; i++)
        if (update->messages[i].type == FRAME_MESSAGE_PAGE ||
            update->messages[i].type == FRAME_MESSAGE_REJECT)
            check_page_sent(world, step, &update->messages[i]);
}
