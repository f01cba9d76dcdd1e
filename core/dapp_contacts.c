// SPDX-License-Identifier: Apache-2.0
/* dApp contacts (§ 6). */
#include "dapp_builtin.h"
#include "json.h"
#include "memory.h"

static const char prefix[] = "contacts:";

enum { IMPORT_ENTRIES_MAX = 256 };

static bool contact_read(struct member members[2], struct frame_span entry)
{
    members[0] = (struct member){.name = "id", .kind = MEMBER_KEY};
    members[1] = (struct member){.name = "name", .kind = MEMBER_TEXT};
    return members_read(members, 2, entry);
}

/* The number of entries; 0 where there is none, one too many, or an ill-formed one. */
static size_t contacts_count(struct frame_span contacts)
{
    struct member members[2];
    struct json_walk walk;
    struct frame_span entry;
    size_t count = 0;
    json_walk_init(&walk, contacts);
    while (json_next_item(&walk, &entry)) {
        if (count == IMPORT_ENTRIES_MAX || !contact_read(members, entry)) return 0;
        count += 1;
    }
    return count;
}

static enum frame_status contact_put(struct frame_run *run, const struct member members[2])
{
    struct buffer *value = frame_run_scratch(run, 0);
    buffer_text(value, "{\"name\":");
    buffer_span(value, members[1].value);
    buffer_text(value, "}");
    return frame_run_put(run, prefix, members[0].value, buffer_view(value));
}

static enum frame_status contacts_import(struct frame_run *run, struct frame_span payload)
{
    struct member list[] = {{.name = "contacts", .kind = MEMBER_ARRAY}};
    if (!members_read(list, 1, payload)) return frame_run_refuse(run, "bad_payload");
    size_t count = contacts_count(list[0].value);
    if (count == 0) return frame_run_refuse(run, "bad_payload");
    struct member members[2];
    struct json_walk walk;
    struct frame_span entry;
    json_walk_init(&walk, list[0].value);
    while (json_next_item(&walk, &entry) && contact_read(members, entry)) {
        enum frame_status status = contact_put(run, members);
        if (status != FRAME_OK) return status;
    }
    return result_integer(run, "{\"count\":", (int64_t)count, ",\"ok\":true}");
}

static enum frame_status contacts_read(struct frame_run *run, struct frame_span payload)
{
    static const struct frame_span all = {NULL, 0};
    if (!members_read(NULL, 0, payload)) return frame_run_refuse(run, "bad_payload");
    size_t count = frame_run_count(run, prefix, all, "");
    return result_integer(run, "{\"count\":", (int64_t)count, ",\"ok\":true}");
}

static const char *const capabilities[] = {"contacts.import", "contacts.read", "storage.read",
                                           "storage.write"};
static const char *const used_to_import[] = {"contacts.import", "storage.read", "storage.write"};
static const char *const used_to_read[] = {"contacts.read", "storage.read"};
static const struct frame_dapp_intent intents[] = {
    {.action = "contacts.import",
     .used = used_to_import,
     .used_count = 3,
     .transition = contacts_import,
     .in_composite = true},
    {.action = "contacts.read",
     .used = used_to_read,
     .used_count = 2,
     .transition = contacts_read,
     .in_composite = true},
};
const struct frame_dapp dapp_contacts = {.id = "contacts",
                                         .version = "1.0.0",
                                         .capabilities = capabilities,
                                         .capability_count = 4,
                                         .intents = intents,
                                         .intent_count = 2};
