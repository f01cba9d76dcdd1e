// SPDX-License-Identifier: Apache-2.0
#include "sim/tape_session.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct tape_session {
    FILE *body;
    struct tape_file *follow;
    struct interpret_listener then;
    struct interpret_listener listener;
    uint64_t checkpoint; /* the next one is due after so many events */
    size_t compared;     /* checkpoints of the tape that have been compared */
    bool differs;
    uint64_t agreed; /* events up to the last checkpoint that agreed, */
    uint64_t parted; /* and up to the first that did not */
};

/* ---- Choices ---- */

static int compare_choices(const void *a, const void *b)
{
    return strcmp(((const struct tape_choice *)a)->identity,
                  ((const struct tape_choice *)b)->identity);
}

/* In the order of their identities, each once: what was asked again had the same answer. */
static void sort_choices(struct tape_file *file)
{
    size_t kept = 0;
    if (file->choice_count == 0) return;
    qsort(file->choices, file->choice_count, sizeof *file->choices, compare_choices);
    for (size_t i = 0; i < file->choice_count; i++) {
        if (kept > 0 && strcmp(file->choices[kept - 1].identity, file->choices[i].identity) == 0)
            free(file->choices[i].identity);
        else
            file->choices[kept++] = file->choices[i];
    }
    file->choice_count = kept;
}

static void mark_used(struct tape_file *file, const char *identity)
{
    size_t low = 0;
    size_t high = file->choice_count;
    while (low < high) {
        const size_t middle = low + (high - low) / 2;
        const int order = strcmp(file->choices[middle].identity, identity);
        if (order == 0) {
            file->choices[middle].used = true;
            return;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
}

static void answered(void *context, const char *identity, uint64_t bound, uint64_t value)
{
    struct tape_session *session = context;
    (void)bound;
    if (session->follow != NULL) mark_used(session->follow, identity);
    if (session->body != NULL && value != 0) tape_file_put_choice(session->body, identity, value);
}

static void prepare(void *context, struct tape *tape)
{
    struct tape_session *session = context;
    const struct tape_recorder recorder = {session, answered};
    if (session->follow != NULL) tape_file_follow(session->follow, tape);
    tape_record(tape, &recorder);
}

/* ---- Checkpoints ---- */

static void compare_checkpoint(struct tape_session *session, uint64_t events,
                               const struct world_hash *hash)
{
    char hex[2 * sizeof hash->bytes];
    const struct tape_file *file = session->follow;
    while (session->compared < file->checkpoint_count &&
           file->checkpoints[session->compared].events < events)
        session->compared++;
    if (session->differs || session->compared == file->checkpoint_count ||
        file->checkpoints[session->compared].events != events)
        return;
    frame_hex_encode(hex, hash->bytes, sizeof hash->bytes);
    session->differs = memcmp(hex, file->checkpoints[session->compared].hash, sizeof hex) != 0;
    if (session->differs)
        session->parted = events;
    else
        session->agreed = events;
}

static void take_event(void *context, const struct world *world)
{
    struct tape_session *session = context;
    const uint64_t events = world_steps(world);
    if (session->then.event != NULL) session->then.event(session->then.context, world);
    if (events < session->checkpoint) return;
    struct world_hash hash;
    session->checkpoint = events + TAPE_CHECKPOINT_EVENTS;
    world_run_hash(world, &hash);
    if (session->follow != NULL) compare_checkpoint(session, events, &hash);
    if (session->body != NULL) tape_file_put_checkpoint(session->body, events, &hash);
}

/* ---- Who else listens ---- */

static void begin(void *context, const struct world *world,
                  const struct scenario_statement *statement)
{
    const struct tape_session *session = context;
    if (session->then.begin != NULL) session->then.begin(session->then.context, world, statement);
}

static void end(void *context, const struct world *world,
                const struct scenario_statement *statement, const char *outcome)
{
    const struct tape_session *session = context;
    if (session->then.end != NULL)
        session->then.end(session->then.context, world, statement, outcome);
}

static void over(void *context, const struct world *world, const struct interpret_result *result)
{
    const struct tape_session *session = context;
    if (session->then.over != NULL) session->then.over(session->then.context, world, result);
}

static void record(void *context, const struct trace_record *record)
{
    const struct tape_session *session = context;
    if (session->then.record != NULL) session->then.record(session->then.context, record);
}

struct tape_session *tape_session_new(FILE *body, struct tape_file *follow,
                                      const struct interpret_listener *then)
{
    struct tape_session *session = calloc(1, sizeof *session);
    if (session == NULL) abort();
    session->body = body;
    session->follow = follow;
    session->checkpoint = TAPE_CHECKPOINT_EVENTS;
    if (then != NULL) session->then = *then;
    session->listener = (struct interpret_listener){
        .context = session, .begin = begin, .end = end, .over = over, .event = take_event};
    if (session->then.record != NULL) session->listener.record = record; /* tracing costs time */
    if (follow != NULL) sort_choices(follow);
    return session;
}

void tape_session_free(struct tape_session *session)
{
    free(session);
}

void tape_session_options(struct tape_session *session, struct interpret_options *options)
{
    options->prepare = prepare;
    options->prepare_context = session;
    options->listener = &session->listener;
}

size_t tape_session_report(const struct tape_session *session, FILE *out)
{
    enum { NAMED_MAX = 10 };
    size_t skipped = 0;
    for (size_t i = 0; session->follow != NULL && i < session->follow->choice_count; i++) {
        if (session->follow->choices[i].used) continue;
        if (++skipped <= NAMED_MAX)
            fprintf(out, "nobody asks for: %s\n", session->follow->choices[i].identity);
    }
    if (skipped > NAMED_MAX) fprintf(out, "… and for %zu more\n", skipped - NAMED_MAX);
    if (session->differs)
        fprintf(out,
                "the run differs from the recorded one from some event behind %" PRIu64
                " up to %" PRIu64 " on\n",
                session->agreed, session->parted);
    return skipped;
}
