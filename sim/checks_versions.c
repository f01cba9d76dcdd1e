// SPDX-License-Identifier: Apache-2.0
/* The check of versions (§ 11, 12): no attestation of another version is taken, and none costs anybody anything. */
#include "core/json.h"
#include "sim/checks.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

/* The attestation in an attest message, whoever sealed it; false where it is another message. */
static bool attestation_in(struct frame_span *attestation, const struct check_message *message)
{
    return message->there && json_member(message->body, attestation, "attestation") &&
           json_kind(*attestation) == JSON_OBJECT;
}

void checks_version(struct world *world, const struct check_step *step)
{
    struct frame_span attestation;
    const struct frame_update *update = step->update;
    if (!attestation_in(&attestation, step->message) || !version_foreign(attestation)) return;
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
