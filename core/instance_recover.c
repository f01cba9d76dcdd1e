// SPDX-License-Identifier: Apache-2.0
/* A new instance from its log (§ 13), and the log of an instance. */
#include <string.h>

#include "chain.h"
#include "instance.h"

/* Frames are verified in batches of this size. */
enum { RECOVER_FRAMES = 256 };

struct recover {
    struct frame_instance *instance;
    struct frame_recovery *recovery;
    const uint8_t *log;
    struct frame_span frames[RECOVER_FRAMES];
    size_t frame_count;
    bool failed; /* a kept frame failed steps 3 to 7: all from it on is set aside */
};

static enum frame_status aside_add(struct recover *recover, struct frame_span payload)
{
    struct buffer *aside = &recover->instance->safe_mode.aside;
    uint8_t length[4];
    for (size_t i = 0; i < 4; i++)
        length[i] = (uint8_t)(payload.length >> (24 - 8 * i));
    buffer_append(aside, length, sizeof length);
    buffer_span(aside, payload);
    return aside->failed ? FRAME_NO_MEMORY : FRAME_OK;
}

/* Joins frames [first, first + count) as one batch. */
static enum frame_status frames_join(struct recover *recover, size_t first, size_t count)
{
    struct frame_instance *instance = recover->instance;
    struct buffer *document = &instance->document;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    buffer_clear(document);
    for (size_t i = 0; i < count; i++) {
        buffer_text(document, i == 0 ? "[" : ",");
        buffer_span(document, recover->frames[first + i]);
    }
    buffer_text(document, "]");
    if (document->failed)
        return FRAME_NO_MEMORY;
    enum frame_status status = batch_replay(instance, &replayed, &fault, buffer_view(document));
    if (status != FRAME_OK)
        return status;
    status = frame_join(NULL, replayed);
    if (status != FRAME_OK)
        frame_replayed_discard(replayed);
    return status;
}

/* Where a batch fails, frame by frame: all before the failing one is kept. */
static enum frame_status frames_join_singly(struct recover *recover)
{
    for (size_t i = 0; i < recover->frame_count; i++) {
        enum frame_status status = FRAME_OK;
        if (!recover->failed)
            status = frames_join(recover, i, 1);
        if (status == FRAME_NO_MEMORY)
            return status;
        if (status != FRAME_OK) {
            recover->failed = true;
            recover->recovery->cause = status;
            recover->recovery->state = FRAME_LOG_CORRUPT;
            recover->recovery->offset =
                recover->frames[i].bytes - recover->log - FRAME_LOG_HEADER_BYTES;
        } else if (recover->failed) {
            status = aside_add(recover, recover->frames[i]);
            if (status != FRAME_OK)
                return status;
        }
    }
    return FRAME_OK;
}

static enum frame_status frames_flush(struct recover *recover)
{
    enum frame_status status = FRAME_OK;
    if (recover->frame_count > 0 && !recover->failed)
        status = frames_join(recover, 0, recover->frame_count);
    if (status == FRAME_NO_MEMORY)
        return status;
    if (status != FRAME_OK || recover->failed)
        status = frames_join_singly(recover);
    recover->frame_count = 0;
    return status;
}

static enum frame_status read_log(struct recover *recover, size_t length)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    enum frame_status status = FRAME_OK;
    frame_log_reader_init(&reader, recover->log, length);
    while (status == FRAME_OK && frame_log_next(&reader, &payload)) {
        if (reader.aside) {
            status = frames_flush(recover);
            if (status == FRAME_OK)
                status = aside_add(recover, payload);
            continue;
        }
        recover->frames[recover->frame_count++] = payload;
        if (recover->frame_count == RECOVER_FRAMES)
            status = frames_flush(recover);
    }
    if (status == FRAME_OK)
        status = frames_flush(recover);
    if (status == FRAME_OK && !recover->failed) {
        recover->recovery->state = reader.state;
        recover->recovery->offset =
            reader.state == FRAME_LOG_CLEAN ? -1 : (int64_t)reader.failed_offset;
    }
    return status;
}

/* § 13: safe mode begins with the heads of what was kept, and a first try at what was set aside. */
static enum frame_status enter_safe_mode(struct frame_instance *instance)
{
    struct frame_summary summary;
    frame_chain_summary(instance->chain, &summary);
    if (!hash_list_set(&instance->config.allocator, &instance->safe_mode.kept, summary.heads,
                       summary.head_count))
        return FRAME_NO_MEMORY;
    instance->safe_mode.active = true;
    return FRAME_OK;
}

static size_t aside_frames(const struct frame_instance *instance)
{
    const struct buffer *aside = &instance->safe_mode.aside;
    size_t count = 0;
    for (size_t at = 0; at < aside->length; count++) {
        const uint8_t *header = aside->bytes + at;
        at += 4 + ((size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
                   (size_t)header[3]);
    }
    return count;
}

enum frame_status frame_instance_recover(struct frame_instance *instance,
                                         struct frame_recovery *recovery, const uint8_t *log,
                                         size_t length)
{
    struct recover recover = {.instance = instance, .recovery = recovery, .log = log};
    FRAME_ASSERT(frame_chain_count(instance->chain) == 0);
    *recovery = (struct frame_recovery){.offset = -1};
    enum frame_status status = read_log(&recover, length);
    if (status == FRAME_OK && recovery->state == FRAME_LOG_CORRUPT)
        status = enter_safe_mode(instance);
    if (status == FRAME_OK)
        status = instance_publish(instance);
    if (status != FRAME_OK)
        return status;
    recovery->receipts = frame_chain_count(instance->chain);
    recovery->set_aside = aside_frames(instance);
    recovery->safe_mode = instance->safe_mode.active;
    return FRAME_OK;
}

bool frame_instance_log(const struct frame_instance *instance, struct frame_sink sink)
{
    for (size_t i = 0; i < frame_chain_count(instance->chain); i++) {
        struct frame_receipt receipt;
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_chain_arrived(instance->chain, &receipt, i);
        frame_log_header(header, receipt.bytes.bytes, receipt.bytes.length);
        if (!sink.write(sink.context, header, sizeof header) ||
            !sink.write(sink.context, receipt.bytes.bytes, receipt.bytes.length))
            return false;
    }
    return true;
}
