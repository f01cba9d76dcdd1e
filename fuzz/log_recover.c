// SPDX-License-Identifier: Apache-2.0
#include "log_recover.h"

#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "instances.h"
#include "model_internal.h"
#include "pipeline.h"

static struct frame_instance *recovered(struct frame_recovery *recovery,
                                        const struct frame_crypto *crypto, const uint8_t *data,
                                        size_t size)
{
    struct frame_instance *instance = instances_new(crypto, 0, false);
    enum frame_status status = frame_instance_recover(instance, recovery, data, size);
    FUZZ_CHECK(status == FRAME_OK);
    FUZZ_CHECK(recovery->receipts == frame_chain_count(frame_instance_chain(instance)));
    FUZZ_CHECK(recovery->safe_mode == frame_instance_in_safe_mode(instance));
    FUZZ_CHECK((recovery->offset == -1) == (recovery->state == FRAME_LOG_CLEAN));
    return instance;
}

/* What the instance would write is clean and holds the same. */
static void check_written(const struct frame_crypto *crypto, const struct frame_instance *instance)
{
    struct frame_recovery recovery;
    struct model_text text = {0};
    FUZZ_CHECK(frame_instance_log(instance, model_text_sink(&text)));
    struct frame_instance *again = recovered(&recovery, crypto, text.bytes, text.length);
    FUZZ_CHECK(recovery.state == FRAME_LOG_CLEAN);
    FUZZ_CHECK(pipeline_same(frame_instance_chain(again), frame_instance_chain(instance)));
    frame_instance_free(again);
    model_free_span(model_text_span(&text));
}

void log_recover(const struct frame_crypto *crypto, const uint8_t *data, size_t size, size_t clean,
                 const struct frame_log_reader *reader)
{
    struct frame_recovery whole, prefix;
    struct frame_instance *a = recovered(&whole, crypto, data, size);
    struct frame_instance *b = recovered(&prefix, crypto, data, clean);
    const struct frame_chain *chain = frame_instance_chain(a);
    fuzz_verdict(whole.cause, whole.offset, (int64_t)whole.state);
    FUZZ_CHECK(frame_chain_count(chain) >= frame_chain_count(frame_instance_chain(b)));
    if (whole.cause == FRAME_OK) {
        FUZZ_CHECK(whole.state == reader->state);
        FUZZ_CHECK(whole.state == FRAME_LOG_CLEAN ||
                   whole.offset == (int64_t)reader->failed_offset);
    } else {
        FUZZ_CHECK(whole.state == FRAME_LOG_CORRUPT && whole.offset < (int64_t)size);
    }
    FUZZ_CHECK(whole.safe_mode == (whole.state == FRAME_LOG_CORRUPT));
    if (frame_chain_count(chain) > 0) fuzz_reach(FUZZ_WALL_REPLAY);
    pipeline_tell(chain);
    pipeline_check_model(crypto, chain);
    check_written(crypto, a);
    if (frame_chain_count(chain) > 0) fuzz_accepted();
    frame_instance_free(a);
    frame_instance_free(b);
}
