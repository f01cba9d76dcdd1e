// SPDX-License-Identifier: Apache-2.0
/* Time passes in one place: here, where every event is followed by the questions that are watched. */
#include <inttypes.h>

#include "sim/interpret_internal.h"

static bool check_failures(struct interpreter *in)
{
    struct world_failure failure;
    if (world_failure_count(in->world) == 0) return true;
    world_failure(in->world, &failure, 0);
    if (in->result->verdict == INTERPRET_OK) in->result->check = failure.check;
    return interpret_fail(
        in, INTERPRET_SAFETY, in->now, "check '%s' failed%s%s: %s", failure.check,
        failure.peer == WORLD_NOBODY ? "" : " at ",
        failure.peer == WORLD_NOBODY ? "" : world_peer_name(in->world, failure.peer), failure.text);
}

static bool ask_watches(struct interpreter *in)
{
    char words[ANSWER_WORDS_MAX];
    for (size_t i = 0; i < in->watch_count; i++) {
        struct watch *watch = &in->watches[i];
        if (interpret_answered(in, watch)) continue;
        if (interpret_ask(in, words, &watch->property, watch) != ANSWER_NO) continue;
        return interpret_fail(in, INTERPRET_EXPECTATION, watch->statement, "%s", words);
    }
    return true;
}

bool interpret_watch(struct interpreter *in)
{
    return check_failures(in) && ask_watches(in);
}

struct passing {
    struct interpreter *in;
    interpret_goal *goal;
    const void *context;
    bool reached;
    bool failed;
};

static bool after_event(void *context, const struct world *world)
{
    struct passing *passing = context;
    struct interpreter *in = passing->in;
    if (in->listener != NULL && in->listener->event != NULL)
        in->listener->event(in->listener->context, world);
    passing->failed = !ask_watches(in);
    if (passing->failed) return true;
    passing->reached = passing->goal != NULL && passing->goal(in, passing->context);
    return passing->reached;
}

bool interpret_pass(struct interpreter *in, bool *reached, uint64_t until_us, interpret_goal *goal,
                    const void *context)
{
    struct passing passing = {.in = in, .goal = goal, .context = context};
    enum world_run_result result = world_run_while_not(in->world, after_event, &passing, until_us);
    *reached = passing.reached;
    if (passing.failed) return false;
    switch (result) {
    case WORLD_RUN_DONE:
    case WORLD_RUN_TIMEOUT:
    case WORLD_RUN_FAILURE: return check_failures(in);
    case WORLD_RUN_BUDGET:
        return interpret_fail(in, INTERPRET_BUDGET, in->now, "more than %" PRIu64 " events",
                              world_steps(in->world));
    case WORLD_RUN_MEMORY: break;
    }
    return interpret_fail(in, INTERPRET_BUDGET, in->now, "the world's memory is used up");
}
