// SPDX-License-Identifier: Apache-2.0
/* dApp messages (§ 6). */
#include "dapp_builtin.h"
#include "memory.h"
#include "planted.h"

static const char prefix[] = "messages:";

/* The token <to>:<id> that follows the prefix. */
static struct frame_span message_rest(struct frame_run *run, struct frame_span to,
                                      struct frame_span id)
{
    struct buffer *rest = frame_run_scratch(run, 1);
    buffer_append(rest, to.bytes, to.length - 1);
    buffer_text(rest, ":");
    buffer_append(rest, id.bytes + 1, id.length - 1);
    return buffer_view(rest);
}

static enum frame_status messages_send(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "body", .kind = MEMBER_TEXT},
                               {.name = "to", .kind = MEMBER_KEY}};
    if (!members_read(members, 2, payload)) return frame_run_refuse(run, "bad_payload");
    uint8_t token[ID_TOKEN_BYTES];
    struct frame_span id = random_id(run, token);
    struct frame_span rest = message_rest(run, members[1].value, id);
    struct buffer *entry = frame_run_scratch(run, 0);
    buffer_text(entry, "{\"body\":");
    buffer_span(entry, members[0].value);
    buffer_text(entry, ",\"timestamp\":");
    buffer_integer(entry, frame_run_now(run));
    buffer_text(entry, "}");
    enum frame_status status = frame_run_put(run, prefix, rest, buffer_view(entry));
    return status == FRAME_OK ? result_id(run, id) : status;
}

static enum frame_status messages_list(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "with", .kind = MEMBER_KEY}};
    if (!members_read(members, 1, payload)) return frame_run_refuse(run, "bad_payload");
    size_t count = frame_run_count(run, prefix, members[0].value,
                                   FRAME_PLANTED(messages_by_prefix) ? "" : ":");
    return result_integer(run, "{\"count\":", (int64_t)count, ",\"ok\":true}");
}

static const char *const capabilities[] = {"messages.list", "messages.send", "storage.read",
                                           "storage.write"};
static const char *const used_to_list[] = {"messages.list", "storage.read"};
static const char *const used_to_send[] = {"messages.send", "storage.read", "storage.write"};
static const struct frame_dapp_intent intents[] = {
    {.action = "messages.list",
     .used = used_to_list,
     .used_count = 2,
     .transition = messages_list,
     .in_composite = true},
    {.action = "messages.send",
     .used = used_to_send,
     .used_count = 3,
     .transition = messages_send,
     .in_composite = true},
};
const struct frame_dapp dapp_messages = {.id = "messages",
                                         .version = "1.0.0",
                                         .capabilities = capabilities,
                                         .capability_count = 4,
                                         .intents = intents,
                                         .intent_count = 2};
