// SPDX-License-Identifier: Apache-2.0
/*
 * Discovery and routing (§ 15 to 18) against a live instance: events as in target_sync.c, and
 *   oP  an intent that others are to execute, as inputPayload P
 *   hA  what was to be fetched is the array A
 * A body of these sections that is read is written again as the same bytes.
 */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "core/routing.h"
#include "lines.h"
#include "pipeline.h"
#include "sync_driver.h"

enum { EVENTS_MAX = 200 };

static void write_again(struct buffer *body, const struct frame_message *message)
{
    uint8_t raw[FRAME_RAW_BYTES_MAX];
    struct frame_public_key peers[FRAME_ANNOUNCE_PEERS_MAX];
    if (message->type == FRAME_MESSAGE_RESULT)
        message_result(body, &message->route, &message->receipt, message->result);
    if (message->type == FRAME_MESSAGE_ROUTE)
        message_route(body, &message->route, message->action, message->payload,
                      (struct frame_span){raw, json_string_decode(raw, message->raw)});
    if (message->type != FRAME_MESSAGE_ANNOUNCE) return;
    for (size_t i = 0; i < message->hash_count; i++) {
        struct frame_hash key;
        frame_hash_array_at(&key, message->hashes, i);
        memcpy(peers[i].bytes, key.bytes, sizeof key.bytes);
    }
    message_announce(body, message->capabilities, message->dapps, message->issued_ms,
                     message->member, peers, message->hash_count);
}

static void check_body(const struct frame_crypto *crypto, struct frame_span line)
{
    struct frame_message message = {.type = FRAME_MESSAGE_REJECT};
    struct frame_allocator allocator = fuzz_allocator();
    struct buffer again;
    size_t offset;
    bool unknown;
    if (line.length < 2 || line.bytes[0] != 'm') return;
    const struct frame_span body = {line.bytes + 2, line.length - 2};
    if (frame_json_check(&offset, body.bytes, body.length) != FRAME_OK ||
        json_kind(body) != JSON_OBJECT ||
        message_read(&message, &unknown, crypto, body) != FRAME_OK ||
        message.type < FRAME_MESSAGE_ANNOUNCE)
        return;
    buffer_init(&again, &allocator);
    write_again(&again, &message);
    FUZZ_CHECK(span_equal(buffer_view(&again), body));
    buffer_free(&again);
}

static void routing_target(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_span line;
    struct sync_driver driver;
    sync_driver_init(&driver, crypto, true);
    for (size_t i = 0; i < EVENTS_MAX && lines_next(&lines, &line); i++) {
        check_body(crypto, line);
        sync_driver_event(&driver, line);
    }
    const struct frame_chain *chain = frame_instance_chain(driver.instance);
    fuzz_verdict((enum frame_status)driver.refused, (int64_t)frame_chain_count(chain), -1);
    pipeline_tell(chain);
    pipeline_check_model(crypto, chain);
    sync_driver_recover(&driver);
    fuzz_accepted();
    sync_driver_release(&driver);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(routing_target, data, size);
}
