// SPDX-License-Identifier: Apache-2.0
/*
 * The sync protocol (§ 12, 13) against a live instance, an event to a line:
 *   tMS   MS milliseconds pass       d  what was appended is durable   a  the operator accepts the loss
 *   mKB   body B from fuzz key K     iP  an intent, as inputPayload P  s  the instance is stopped
 *   rX    the bytes X as they are    f  storage failed: recover from what is durable
 */
#include "lines.h"
#include "pipeline.h"
#include "sync_driver.h"

enum { EVENTS_MAX = 200 };

static void sync_target(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_span line;
    struct sync_driver driver;
    sync_driver_init(&driver, crypto, false);
    for (size_t i = 0; i < EVENTS_MAX && lines_next(&lines, &line); i++)
        sync_driver_event(&driver, line);
    const struct frame_chain *chain = frame_instance_chain(driver.instance);
    fuzz_verdict((enum frame_status)driver.refused, (int64_t)frame_chain_count(chain), -1);
    pipeline_tell(chain);
    pipeline_check_model(crypto, chain);
    if (frame_chain_count(chain) > 0) pipeline_check_file(crypto, chain);
    sync_driver_recover(&driver);
    fuzz_accepted();
    sync_driver_release(&driver);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(sync_target, data, size);
}
