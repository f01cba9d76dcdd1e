// SPDX-License-Identifier: Apache-2.0
/*
 * The adversary. On the wire it changes a message in flight; as a peer it attests and serves pages that
 * are forged. It sees every honest peer's chain, as one that synchronised for long enough would, and
 * signs with the identity's key only for the kinds that say so.
 */
#ifndef SIM_FORGER_H
#define SIM_FORGER_H

#include "sim/world.h"

struct flight;
struct step_origin;
struct check_step;

/* True where the message was taken and another one sent in its place. */
bool forger_on_wire(struct world *world, int from, int to, const struct frame_outgoing *outgoing);
/* A message has reached an adversary. */
void forger_receive(struct world *world, const struct flight *flight);
/* An adversary's forgery acts. */
void forger_act(struct world *world, size_t number);

/* A peer's step gave this refusal. */
void forger_refused(struct world *world, int victim, const struct step_origin *origin,
                    const struct frame_note *note);
/* Is a forgery of this source before this victim at the moment? */
bool forger_between(const struct world *world, int source, int victim);
/* It has joined receipts of somebody. */
void forger_joined(struct world *world, int victim);
/* The step that got a forged message is over; `changed`: the victim's set is another one now. What it joined
   of others in the same step (what its own log had set aside) is told in the update's notes. */
void forger_delivered(struct world *world, const struct check_step *step, bool changed);

#endif
