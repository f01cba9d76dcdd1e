// SPDX-License-Identifier: Apache-2.0
/* dApp notes (§ 6). */
#include "dapp_builtin.h"
#include "json.h"
#include "memory.h"
#include "planted.h"

static const char prefix[] = "notes:";

static enum frame_status note_put(struct frame_run *run, struct frame_span id, int64_t created,
                                  struct frame_span text)
{
    struct buffer *entry = frame_run_scratch(run, 0);
    buffer_text(entry, "{\"created\":");
    buffer_integer(entry, created);
    buffer_text(entry, ",\"text\":");
    buffer_span(entry, text);
    buffer_text(entry, ",\"updated\":");
    buffer_integer(entry, frame_run_now(run));
    buffer_text(entry, "}");
    return frame_run_put(run, prefix, id, buffer_view(entry));
}

static enum frame_status notes_create(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "text", .kind = MEMBER_TEXT}};
    if (!members_read(members, 1, payload)) return frame_run_refuse(run, "bad_payload");
    uint8_t token[ID_TOKEN_BYTES];
    struct frame_span id = random_id(run, token);
    enum frame_status status = note_put(run, id, frame_run_now(run), members[0].value);
    return status == FRAME_OK ? result_id(run, id) : status;
}

/* When a note was created; 0 where the entry is none that notes.create has written. */
static int64_t note_created(struct frame_span entry)
{
    struct frame_span value;
    int64_t created = 0;
    if (json_kind(entry) != JSON_OBJECT || !json_member(entry, &value, "created") ||
        !json_integer(value, &created))
        return 0;
    return created;
}

static enum frame_status notes_update(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "id", .kind = MEMBER_KEY},
                               {.name = "text", .kind = MEMBER_TEXT}};
    if (!members_read(members, 2, payload)) return frame_run_refuse(run, "bad_payload");
    struct frame_span id = members[0].value;
    struct frame_span entry;
    if (!frame_run_get(run, &entry, prefix, id)) return frame_run_refuse(run, "not_found");
    int64_t created = FRAME_PLANTED(note_created_anew) ? frame_run_now(run) : note_created(entry);
    enum frame_status status = note_put(run, id, created, members[1].value);
    return status == FRAME_OK ? result_ok(run) : status;
}

static enum frame_status notes_delete(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "id", .kind = MEMBER_KEY}};
    if (!members_read(members, 1, payload)) return frame_run_refuse(run, "bad_payload");
    struct frame_span id = members[0].value;
    struct frame_span entry;
    if (!frame_run_get(run, &entry, prefix, id)) return frame_run_refuse(run, "not_found");
    enum frame_status status = frame_run_delete(run, prefix, id);
    return status == FRAME_OK ? result_ok(run) : status;
}

static const char *const capabilities[] = {"storage.read", "storage.write"};
static const struct frame_dapp_intent intents[] = {
    {.action = "notes.create",
     .used = capabilities,
     .used_count = 2,
     .transition = notes_create,
     .in_composite = true},
    {.action = "notes.delete",
     .used = capabilities,
     .used_count = 2,
     .transition = notes_delete,
     .in_composite = true},
    {.action = "notes.update",
     .used = capabilities,
     .used_count = 2,
     .transition = notes_update,
     .in_composite = true},
};
const struct frame_dapp dapp_notes = {.id = "notes",
                                      .version = "1.0.0",
                                      .capabilities = capabilities,
                                      .capability_count = 2,
                                      .intents = intents,
                                      .intent_count = 3};
