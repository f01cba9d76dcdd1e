// SPDX-License-Identifier: Apache-2.0
/* The check of versions (§ 11, 12): no attestation of another version is taken, and none costs anybody anything. */
#include "sim/checks.h"
#include "sim/world_internal.h"

void checks_version(struct world *world, const struct check_step *step)
{
    const struct frame_update *update = step->update;
    if (!step->message->foreign) return;
    for (size_t i = 0; i < update->note_count; i++) {
        const struct frame_note *note = &update->notes[i];
        if (note->type == FRAME_NOTE_COMPARED)
            check_failed(world, CHECK_VERSIONS_APART, step->peer,
                         "takes an attestation of another version");
        if (note->type == FRAME_NOTE_OFFENCE && i > 0 &&
            update->notes[i - 1].fault.status == FRAME_ATTESTATION_VERSION)
            check_failed(world, CHECK_VERSIONS_APART, step->peer,
                         "charges somebody for a version that is another one");
    }
}
