// SPDX-License-Identifier: Apache-2.0
/* A new instance from its log (§ 13), and the log of an instance. */
#include "instance.h"
#include "planted.h"

/* Frames are verified in batches of this size. */
enum { RECOVER_FRAMES = 256 };

struct recover {
    struct frame_instance *instance;
    struct frame_recovery found;
    const uint8_t *log;
    struct frame_span frames[RECOVER_FRAMES];
    size_t frame_count;
    bool failed; /* a kept frame failed steps 3 to 7: it and all behind it is set aside */
};

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
    if (document->failed) return FRAME_NO_MEMORY;
    enum frame_status status = batch_replay(instance, &replayed, &fault, buffer_view(document));
    if (status != FRAME_OK) return status;
    status = frame_join(NULL, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    return status;
}

static void frame_fails(struct recover *recover, enum frame_status cause, size_t i)
{
    recover->failed = true;
    recover->found.cause = cause;
    recover->found.state = FRAME_LOG_CORRUPT;
    recover->found.offset = recover->frames[i].bytes - recover->log - FRAME_LOG_HEADER_BYTES;
}

/* Where a batch fails, frame by frame: all before the failing one is kept. A batch also fails where a
   frame is repeated in it, which is no fault of a log. */
static enum frame_status frames_join_singly(struct recover *recover)
{
    for (size_t i = 0; i < recover->frame_count; i++) {
        enum frame_status status = FRAME_OK;
        if (!recover->failed) status = frames_join(recover, i, 1);
        if (status == FRAME_NO_MEMORY) return status;
        if (status != FRAME_OK) frame_fails(recover, status, i);
        if (recover->failed && !safe_mode_set_aside(recover->instance, recover->frames[i]))
            return FRAME_NO_MEMORY;
    }
    return FRAME_OK;
}

static enum frame_status frames_flush(struct recover *recover)
{
    enum frame_status status = FRAME_OK;
    if (recover->frame_count > 0 && !recover->failed)
        status = frames_join(recover, 0, recover->frame_count);
    if (status == FRAME_NO_MEMORY) return status;
    if (status != FRAME_OK || recover->failed) status = frames_join_singly(recover);
    recover->frame_count = 0;
    return status;
}

/* Frames up to the first failing one are joined, good ones behind it set aside. */
static enum frame_status read_frames(struct recover *recover, struct frame_log_reader *reader)
{
    struct frame_span payload;
    enum frame_status status = FRAME_OK;
    while (status == FRAME_OK && frame_log_next(reader, &payload)) {
        if (reader->aside) {
            status = frames_flush(recover);
            if (status == FRAME_OK && !safe_mode_set_aside(recover->instance, payload))
                status = FRAME_NO_MEMORY;
            continue;
        }
        recover->frames[recover->frame_count++] = payload;
        if (recover->frame_count == RECOVER_FRAMES) status = frames_flush(recover);
    }
    if (FRAME_PLANTED(last_frame_forgotten) && recover->frame_count > 1) recover->frame_count--;
    return status == FRAME_OK ? frames_flush(recover) : status;
}

static enum frame_status read_log(struct recover *recover, size_t length)
{
    struct frame_log_reader reader;
    frame_log_reader_init(&reader, recover->log, length);
    enum frame_status status = read_frames(recover, &reader);
    if (FRAME_PLANTED(torn_kept) && reader.state == FRAME_LOG_TORN) return status;
    if (status == FRAME_OK && !recover->failed && reader.state != FRAME_LOG_CLEAN) {
        recover->found.state = reader.state;
        recover->found.offset = (int64_t)reader.failed_offset;
    }
    return status;
}

/* § 13: safe mode ends with a peer that holds what was kept, too: the heads of that name it all. */
static enum frame_status enter_safe_mode(struct recover *recover)
{
    struct frame_instance *instance = recover->instance;
    struct frame_summary summary;
    size_t aside = instance->safe_mode.wanted.count;
    for (size_t i = 0; i < aside; i++)
        if (!frame_chain_find(instance->chain, NULL, &instance->safe_mode.wanted.at[i]))
            recover->found.set_aside++;
    frame_chain_summary(instance->chain, &summary);
    for (size_t i = 0; i < summary.head_count && !FRAME_PLANTED(safe_mode_wants_heads); i++)
        if (!safe_mode_want(instance, &summary.heads[i])) return FRAME_NO_MEMORY;
    instance->safe_mode.active = true;
    return FRAME_OK;
}

static enum frame_status recover_chain(struct recover *recover, size_t length)
{
    enum frame_status status = read_log(recover, length);
    if (status == FRAME_OK && recover->found.state == FRAME_LOG_CORRUPT)
        status = enter_safe_mode(recover);
    return status == FRAME_OK ? instance_recovered(recover->instance) : status;
}

enum frame_status frame_instance_recover(struct frame_instance *instance,
                                         struct frame_recovery *recovery, const uint8_t *log,
                                         size_t length)
{
    struct recover recover = {.instance = instance, .found = {.offset = -1}, .log = log};
    struct frame_chain *empty = instance->chain; /* to be put back where this fails */
    FRAME_ASSERT(frame_chain_count(empty) == 0);
    enum frame_status status = instance_chain_new(instance, &instance->chain);
    if (status != FRAME_OK) return status;
    status = recover_chain(&recover, length);
    if (status != FRAME_OK) {
        safe_mode_clear(instance);
        frame_chain_free(instance->chain);
        instance->chain = empty;
        return status;
    }
    frame_chain_free(empty);
    recover.found.receipts = frame_chain_count(instance->chain);
    recover.found.safe_mode = instance->safe_mode.active;
    *recovery = recover.found;
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
