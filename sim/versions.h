// SPDX-License-Identifier: Apache-2.0
/*
 * Peers of other versions of FRAME. Behind each stands the same instance; what it says is put into the words of
 * its version and signed anew with its keys, and what it hears is put into ours, so that it takes its own
 * kind for its like, and all others for foreign.
 *
 * A version has one thing that differs: a version field, or what goes into a state root. That of receipts,
 * for one, is a field of attestations, and of every receipt on a page. Where a version makes other state roots,
 * another list of dApps goes into them: a root is a hash, and that it is another one is all that can be seen of it.
 * What a peer keeps on its own disk it can always read, but for its roots.
 */
#ifndef SIM_VERSIONS_H
#define SIM_VERSIONS_H

#include "core/dapp.h"
#include "core/memory.h"
#include "sim/world.h"

/* The dApps with which this version's roots are made; NULL: those of § 6. The same for versions that agree. */
const struct frame_dapp_table *version_dapps(const struct world *world, enum world_version version);
/* Do two peers make the same roots? */
bool versions_share_roots(const struct world *world, int peer, int other);
/* Makes the tables of a new world. */
void versions_init(struct world *world);

/*
 * Between a peer's version and ours, in either direction: of each place that differs, the two values change
 * places. False where nothing has to change, `text` stays empty; also where the message is none that a peer of
 * the world has sealed.
 */
bool version_translate(struct buffer *text, struct world *world, enum world_version version,
                       struct frame_span message);

/* Does an attestation (an object) have a version field that is not ours? */
bool version_foreign(struct frame_span attestation);

/*
 * May a peer that speaks `mine` charge one that has spoken the versions `theirs` (bit 1 << version) with an
 * offence of this status? Only for receipts that fail § 10 by what differs.
 */
bool version_may_charge(const struct world *world, enum world_version mine, uint32_t theirs,
                        enum frame_status status);
/* May it raise the alarm for this commitment (§ 11)? Only where both have nothing, with other roots. */
bool version_may_alarm(const struct world *world, enum world_version mine, uint32_t theirs,
                       const struct frame_hash *commitment);

#endif
