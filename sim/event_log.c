// SPDX-License-Identifier: Apache-2.0
#include "sim/event_log.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

enum { EVENT_TEXT_MAX = 8192 };

struct event_log {
    FILE *out;
    const struct scenario *scenario;
    struct interpret_listener listener;
    uint64_t events; /* that have been written */
    char text[EVENT_TEXT_MAX];
    size_t length;
};

static const char *name_of(const struct event_log *log, int peer)
{
    return peer >= 0 && (size_t)peer < log->scenario->peer_count ? log->scenario->peers[peer].name
                                                                 : "-";
}

static void put_time(const struct event_log *log, uint64_t time_us)
{
    fprintf(log->out, "%10" PRIu64 ".%06u", time_us / WORLD_SECOND,
            (unsigned)(time_us % WORLD_SECOND));
}

static void take_record(void *context, const struct trace_record *record)
{
    struct event_log *log = context;
    char words[1024];
    snprintf(words, sizeof words, "%s %s%s%s: %s", trace_kind_name(record->kind),
             name_of(log, record->peer), record->other == WORLD_NOBODY ? "" : " ",
             record->other == WORLD_NOBODY ? "" : name_of(log, record->other), record->text);
    if (record->event == 0) { /* done by the scenario, between events */
        put_time(log, record->time_us);
        fprintf(log->out, " %8s %32s %s\n", "-", "-", words);
        return;
    }
    size_t room = sizeof log->text - log->length;
    int used = snprintf(log->text + log->length, room, "%s%s", log->length == 0 ? "" : "; ", words);
    log->length += (size_t)used < room ? (size_t)used : room - 1;
}

static void take_event(void *context, const struct world *world)
{
    struct event_log *log = context;
    struct world_hash hash;
    char hex[2 * sizeof hash.bytes];
    uint64_t events = world_steps(world);
    if (events == log->events) return;
    log->events = events;
    world_run_hash(world, &hash);
    frame_hex_encode(hex, hash.bytes, sizeof hash.bytes);
    put_time(log, world_now_us(world));
    fprintf(log->out, " %8" PRIu64 " %.*s %.*s\n", events, (int)sizeof hex, hex, (int)log->length,
            log->text);
    log->length = 0;
}

struct event_log *event_log_new(FILE *out, const struct scenario *scenario)
{
    struct event_log *log = calloc(1, sizeof *log);
    if (log == NULL) return NULL;
    log->out = out;
    log->scenario = scenario;
    log->listener =
        (struct interpret_listener){.context = log, .record = take_record, .event = take_event};
    return log;
}

void event_log_free(struct event_log *log)
{
    free(log);
}

const struct interpret_listener *event_log_listener(struct event_log *log)
{
    return &log->listener;
}
