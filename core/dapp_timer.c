// SPDX-License-Identifier: Apache-2.0
/* dApp timer (§ 6). */
#include "dapp_builtin.h"
#include "memory.h"

static enum frame_status timer_tick(struct frame_run *run, struct frame_span payload)
{
    static const char ticks_key[] = "timer:ticks";
    static const struct frame_span nothing = {NULL, 0};
    if (!members_read(NULL, 0, payload)) return frame_run_refuse(run, "bad_payload");
    int64_t ticks = frame_run_get_integer(run, ticks_key, nothing);
    if (!sum_fits(ticks, 1)) return frame_run_refuse(run, "overflow");
    ticks += 1;
    struct buffer *shown = frame_run_scratch(run, 0);
    buffer_text(shown, "{\"ticks\":");
    buffer_integer(shown, ticks);
    buffer_text(shown, "}");
    enum frame_status status = frame_run_put_integer(run, ticks_key, nothing, ticks);
    if (status == FRAME_OK)
        status = frame_run_put(run, "frame_ui:timer", nothing, buffer_view(shown));
    if (status != FRAME_OK) return status;
    return result_integer(run, "{\"ok\":true,\"ticks\":", ticks, "}");
}

static const char *const capabilities[] = {"display.timerTick", "storage.read", "storage.write"};
static const struct frame_dapp_intent intents[] = {
    {.action = "display.timerTick",
     .used = capabilities,
     .used_count = 3,
     .transition = timer_tick,
     .in_composite = true},
};
const struct frame_dapp dapp_timer = {.id = "timer",
                                      .version = "1.0.0",
                                      .capabilities = capabilities,
                                      .capability_count = 3,
                                      .intents = intents,
                                      .intent_count = 1};
