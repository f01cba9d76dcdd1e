// SPDX-License-Identifier: Apache-2.0
/* dApp feed (§ 6): what came over the network is sealed in the receipt, and replay reads it there. */
#include "dapp_builtin.h"
#include "json.h"
#include "memory.h"

/* Exactly one response, of exactly {body, status, url}, to this url. */
static bool response_read(struct member members[3], struct frame_span responses,
                          struct frame_span url)
{
    struct json_walk walk;
    struct frame_span response;
    struct frame_span second;
    members[0] = (struct member){.name = "body", .kind = MEMBER_TEXT};
    members[1] = (struct member){.name = "status", .kind = MEMBER_INTEGER};
    members[2] = (struct member){.name = "url", .kind = MEMBER_TEXT};
    if (responses.length == 0) return false;
    json_walk_init(&walk, responses);
    return json_next_item(&walk, &response) && members_read(members, 3, response) &&
           span_equal(members[2].value, url) && !json_next_item(&walk, &second);
}

/* The hash of a string's own bytes, escapes resolved. */
static enum frame_status text_hash(struct frame_run *run, struct frame_hash *hash,
                                   struct frame_span token)
{
    struct buffer *text = frame_run_scratch(run, 1);
    buffer_span(text, token); /* a string is no longer than its token */
    if (text->failed) return FRAME_NO_MEMORY;
    size_t length = json_string_decode(text->bytes, token);
    frame_run_hash(run, hash, (struct frame_span){text->bytes, length});
    return FRAME_OK;
}

static enum frame_status feed_fetch(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "url", .kind = MEMBER_KEY}};
    if (!members_read(members, 1, payload)) return frame_run_refuse(run, "bad_payload");
    struct frame_span url = members[0].value;
    struct member response[3];
    if (!response_read(response, frame_run_network_responses(run), url))
        return frame_run_refuse(run, "unsealed");
    struct frame_hash body_hash;
    enum frame_status status = text_hash(run, &body_hash, response[0].value);
    if (status != FRAME_OK) return status;
    struct buffer *entry = frame_run_scratch(run, 0);
    buffer_text(entry, "{\"bodyHash\":\"");
    buffer_hex(entry, body_hash.bytes, sizeof body_hash.bytes);
    buffer_text(entry, "\",\"fetched\":");
    buffer_integer(entry, frame_run_now(run));
    buffer_text(entry, ",\"status\":");
    buffer_integer(entry, response[1].integer);
    buffer_text(entry, "}");
    status = frame_run_put(run, "feed:", url, buffer_view(entry));
    if (status != FRAME_OK) return status;
    return result_integer(run, "{\"ok\":true,\"status\":", response[1].integer, "}");
}

static const char *const capabilities[] = {"network.request", "storage.write"};
static const struct frame_dapp_intent intents[] = {
    {.action = "feed.fetch",
     .used = capabilities,
     .used_count = 2,
     .transition = feed_fetch,
     .network = true},
};
const struct frame_dapp dapp_feed = {.id = "feed",
                                     .version = "1.0.0",
                                     .capabilities = capabilities,
                                     .capability_count = 2,
                                     .intents = intents,
                                     .intent_count = 1};
