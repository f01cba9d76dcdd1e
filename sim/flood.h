// SPDX-License-Identifier: Apache-2.0
/*
 * Floods: an adversary that sends much, or makes its victim work much, a message every so often. None of it may cost
 * the victim more than a stated amount for each message, whatever is in it, and none of it keeps the honest ones
 * from coming to the same state (§ 12).
 *
 * What a step on a flood's message may take, in counters that are the same on every machine:
 *   - sent to the sender: one answer (page or reject), one request, one attestation; to all together two messages for
 *     each known peer and one more; none of them over FRAME_MESSAGE_BYTES_MAX;
 *   - signature checks: the envelope's, an attestation's, and one for each receipt that was staged or is in the
 *     message;
 *   - receipts staged of the sender: less than the bound of staging and one page;
 *   - memory of the instance, at any moment of the step: what it had when the flood began, and staging's bound in
 *     bytes, 4 times a page's, 8 times the message's, 4 KiB for each peer that may be known, 24 times the bytes of
 *     the receipts that it holds more by now.
 */
#ifndef SIM_FLOOD_H
#define SIM_FLOOD_H

#include "sim/world.h"

struct flight;
struct step_origin;

/* The kinds, as forgeries that come from a peer; `expected` OK: nothing is refused. */
size_t flood_count(void);
const struct forgery *flood_at(size_t i);
const struct forgery *flood_find(const char *name); /* NULL: none */
bool flood_costs(const struct forgery *kind);       /* does § 12 charge the sender? */
uint64_t flood_most(
    const struct forgery *kind); /* messages that swarms send of it: few of what is huge */

/* `source`, an adversary, begins now: `count` messages, one each interval. Its number. */
size_t world_flood(struct world *world, const struct forgery *kind, int source, int victim,
                   uint64_t count, uint64_t interval_us);
struct world_flood {
    const struct forgery *kind;
    int source;
    int victim;
    uint64_t count;
    uint64_t sent;
    uint64_t met;     /* messages that met what they must */
    uint64_t ignored; /* that were not looked at: the source is being ignored (§ 12) */
    bool over;        /* all are sent; and if it costs, the source was ignored at least once */
};
size_t world_flood_count(const struct world *world);
void world_flood_state(const struct world *world, struct world_flood *state, size_t number);

/* ---- For the world ---- */

/* How much there was of all before a step. */
struct flood_before {
    bool counts; /* the step is a flood's message */
    uint64_t checks;
    size_t staged;
    uint64_t refused;     /* times that the instance was given no memory */
    uint64_t deadline_ms; /* when the next step without a message was due */
};
void flood_before(struct flood_before *before, struct world *world, int peer,
                  const struct step_origin *origin);
/* The step is over, nothing of it carried out yet. */
void flood_step(struct world *world, int peer, const struct flood_before *before,
                const struct frame_event *event, const struct step_origin *origin,
                const struct frame_update *update);
bool flood_owns(int64_t forgery); /* a flight's number: of a flood? */
void flood_act(struct world *world, size_t number);
/* Has this adversary flooded this victim? */
bool flood_between(const struct world *world, int source, int victim);
/* An honest peer's request has reached an adversary. */
void flood_asked(struct world *world, const struct flight *flight,
                 const struct frame_message *request);

#endif
