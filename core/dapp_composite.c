// SPDX-License-Identifier: Apache-2.0
/* dApp composite (§ 6): several intents, all or nothing, on one random stream. */
#include "dapp_builtin.h"
#include "dapp_run.h"
#include "json.h"

enum { STEPS_MIN = 2, STEPS_MAX = 16 };

struct step {
    const struct frame_dapp_intent *intent;
    struct frame_span payload;
};

/* Exactly {action: an allowed intent, payload: an object}. */
static bool step_read(const struct frame_dapp_table *dapps, struct step *step,
                      struct frame_span value)
{
    struct member members[] = {{.name = "action", .kind = MEMBER_TEXT},
                               {.name = "payload", .kind = MEMBER_OBJECT}};
    if (!members_read(members, 2, value)) return false;
    struct frame_span token = members[0].value;
    struct frame_span action = {token.bytes + 1, token.length - 2}; /* names need no escapes */
    const struct frame_dapp *dapp;
    step->intent = frame_dapp_find(dapps, &dapp, action);
    step->payload = members[1].value;
    return step->intent != NULL && step->intent->in_composite;
}

/* The array of steps; false where the payload is malformed. Any of steps, used may be left unread. */
static bool steps_read(const struct frame_dapp_table *dapps, struct frame_span *steps,
                       uint32_t *used, struct frame_span payload)
{
    struct member members[] = {{.name = "steps", .kind = MEMBER_ARRAY}};
    struct json_walk walk;
    struct frame_span item;
    struct step step;
    size_t count = 0;
    uint32_t set = 0;
    if (!members_read(members, 1, payload)) return false;
    json_walk_init(&walk, members[0].value);
    while (json_next_item(&walk, &item)) {
        if (count == STEPS_MAX || !step_read(dapps, &step, item)) return false;
        set |= frame_capability_set(step.intent->used, step.intent->used_count);
        count += 1;
    }
    if (count < STEPS_MIN) return false;
    *steps = members[0].value;
    *used = set;
    return true;
}

bool composite_used(const struct frame_dapp_table *dapps, uint32_t *used, struct frame_span payload)
{
    struct frame_span steps;
    return steps_read(dapps, &steps, used, payload);
}

enum frame_status composite_run(struct frame_run *run, struct frame_span payload)
{
    const struct frame_dapp_table *dapps = run->executor->dapps;
    struct frame_span steps;
    uint32_t used;
    if (!steps_read(dapps, &steps, &used, payload)) return frame_run_refuse(run, "bad_payload");
    struct buffer *results = frame_run_scratch(run, 3);
    struct json_walk walk;
    struct frame_span item;
    struct step step;
    json_walk_init(&walk, steps);
    for (size_t i = 0; json_next_item(&walk, &item) && step_read(dapps, &step, item); i++) {
        enum frame_status status = run_intent(run, step.intent, step.payload);
        if (status != FRAME_OK) return status;
        if (!run_step_done(run)) return run_refuse_step(run, i);
        buffer_text(results, i == 0 ? "{\"ok\":true,\"results\":[" : ",");
        buffer_span(results, buffer_view(&run->executor->result));
    }
    buffer_text(results, "]}");
    return frame_run_result(run, buffer_view(results));
}

static const struct frame_dapp_intent intents[] = {
    {.action = "composite", .transition = composite_run},
};
const struct frame_dapp dapp_composite = {.id = "composite",
                                          .version = "1.0.0",
                                          .capabilities = frame_capabilities,
                                          .capability_count = FRAME_CAPABILITY_COUNT,
                                          .intents = intents,
                                          .intent_count = 1};
