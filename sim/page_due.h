// SPDX-License-Identifier: Apache-2.0
/* What a request is answered with (§ 12.2), worked out anew from what the sender holds, slowly. */
#ifndef SIM_PAGE_DUE_H
#define SIM_PAGE_DUE_H

#include "core/message.h"

/* Is this page the answer to this request? NULL: is none due, because something wanted is not held, or `after` is not below it?
   Receipts that arrived as the `durable`-th or later count as not held. `flags` has room for the chain's receipts and one more. */
bool page_due(const struct frame_chain *chain, uint64_t durable, uint8_t *flags,
              const struct frame_message *request, const struct frame_message *page);

#endif
