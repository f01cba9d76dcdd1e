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
    uint64_t seen;
    bool running; /* time passes; else a statement acts */
    char text[EVENT_TEXT_MAX];
    size_t length;
};

static const char *name_of(const struct event_log *log, int peer)
{
    return peer >= 0 && (size_t)peer < log->scenario->peer_count ? log->scenario->peers[peer].name
                                                                 : "-";
}

static void add_words(struct event_log *log, const char *words)
{
    size_t room = sizeof log->text - log->length;
    int used = snprintf(log->text + log->length, room, "%s%s", log->length == 0 ? "" : "; ", words);
    log->length += (size_t)used < room ? (size_t)used : room - 1;
}

static void take_record(void *context, const struct trace_record *record)
{
    struct event_log *log = context;
    char words[1024];
    snprintf(words, sizeof words, "%s %s%s%s: %s", trace_kind_name(record->kind),
             name_of(log, record->peer), record->other == WORLD_NOBODY ? "" : " ",
             record->other == WORLD_NOBODY ? "" : name_of(log, record->other), record->text);
    add_words(log, words);
}

static void put_line(struct event_log *log, const struct world *world)
{
    struct world_hash hash;
    char hex[2 * sizeof hash.bytes];
    uint64_t now_us = world_now_us(world);
    log->events = world_steps(world);
    world_run_hash(world, &hash);
    frame_hex_encode(hex, hash.bytes, sizeof hash.bytes);
    fprintf(log->out, "%10" PRIu64 ".%06u %8" PRIu64 " %.*s %.*s\n", now_us / WORLD_SECOND,
            (unsigned)(now_us % WORLD_SECOND), log->events, (int)sizeof hex, hex, (int)log->length,
            log->text);
    log->length = 0;
}

/* Asked before the first event too: then what the statement itself has done is told. */
static void take_event(void *context, const struct world *world)
{
    struct event_log *log = context;
    bool told = log->running ? world_steps(world) == log->events : log->length == 0;
    log->running = true;
    log->seen = world_steps(world);
    if (!told) put_line(log, world);
}

static void begin_statement(void *context, const struct world *world,
                            const struct scenario_statement *statement)
{
    struct event_log *log = context;
    char words[SCENARIO_LINE_BYTES_MAX + 40];
    if (log->length > 0) put_line(log, world);
    log->running = false;
    snprintf(words, sizeof words, "line %u: %.*s", (unsigned)statement->line,
             (int)statement->text.length, (const char *)statement->text.bytes);
    add_words(log, words);
}

static void end_statement(void *context, const struct world *world,
                          const struct scenario_statement *statement, const char *outcome)
{
    struct event_log *log = context;
    (void)statement;
    (void)outcome;
    if (log->length > 0) put_line(log, world);
}

static void end_run(void *context, const struct world *world, const struct interpret_result *result)
{
    struct event_log *log = context;
    (void)result;
    if (log->length > 0) put_line(log, world);
}

struct event_log *event_log_new(FILE *out, const struct scenario *scenario)
{
    struct event_log *log = calloc(1, sizeof *log);
    if (log == NULL) return NULL;
    log->out = out;
    log->scenario = scenario;
    log->listener = (struct interpret_listener){.context = log,
                                                .begin = begin_statement,
                                                .end = end_statement,
                                                .over = end_run,
                                                .record = take_record,
                                                .event = take_event};
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

uint64_t event_log_seen(const struct event_log *log)
{
    return log->seen;
}
