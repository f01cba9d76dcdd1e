// SPDX-License-Identifier: Apache-2.0
/* The readable timeline: the statements as they stand in the scenario, and the lines they are told in. */
#include "sim/story.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/story_internal.h"

/* ---- Lines --------------------------------------------------------------------------------- */

static void put_line(struct story *story, uint64_t time_us, const char *who, const char *text)
{
    fprintf(story->out, "%6" PRIu64 ".%03u s  %-*s  %s\n", time_us / WORLD_SECOND,
            (unsigned)(time_us % WORLD_SECOND / WORLD_MS), story->name_width, who, text);
}

static void flush_arrivals(struct story *story)
{
    if (story->arrivals[0] == '\0') return;
    char text[STORY_TEXT_MAX + 20];
    snprintf(text, sizeof text, "up: %s", story->arrivals);
    story->arrivals[0] = '\0';
    put_line(story, story->now_us, "", text);
}

static void flush_routine(struct story *story)
{
    char text[STORY_TEXT_MAX];
    const struct story_routine routine = story->routine;
    memset(&story->routine, 0, sizeof story->routine);
    if (routine.met > 0) {
        snprintf(text, sizeof text, "they announce themselves: %s made",
                 story_count(routine.met, "acquaintance").text);
        put_line(story, routine.met_us, "", text);
    }
    if (routine.intents + routine.joined + routine.merged + routine.served == 0) return;
    snprintf(text, sizeof text, "meanwhile: %s of users, %" PRIu64 " refused; %s; %s taken over",
             story_count(routine.intents, "intent").text, routine.refused,
             story_count(routine.merged, "merge receipt").text,
             story_count(routine.joined, "receipt").text);
    const size_t used = strlen(text);
    if (routine.served > 0)
        snprintf(text + used, sizeof text - used, "; %s executed for others",
                 story_count(routine.served, "intent").text);
    put_line(story, routine.time_us, "", text);
}

void story_flush(struct story *story)
{
    flush_arrivals(story);
    flush_routine(story);
    story_tell_refusal(story);
}

void story_tell(struct story *story, uint64_t time_us, const char *who, const char *format, ...)
{
    char text[2 * SCENARIO_LINE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    story_flush(story);
    story->now_us = time_us;
    put_line(story, time_us, who, text);
}

const char *story_name(const struct story *story, int peer)
{
    return peer >= 0 && (size_t)peer < story->scenario->peer_count
               ? story->scenario->peers[peer].name
               : "somebody";
}

struct story_count story_count(uint64_t count, const char *noun)
{
    struct story_count words;
    snprintf(words.text, sizeof words.text, "%" PRIu64 " %s%s", count, noun, count == 1 ? "" : "s");
    return words;
}

/* ---- Statements ----------------------------------------------------------------------------- */

static void tell_words(struct story *story, const struct scenario_statement *statement)
{
    story_flush(story);
    fprintf(story->out, "\n%.*s\n", (int)statement->of.words.length,
            (const char *)statement->of.words.bytes);
}

static void tell_intent(struct story *story, uint64_t time_us,
                        const struct scenario_statement *statement, const char *outcome)
{
    char label[SCENARIO_NAME_BYTES_MAX + 8] = "";
    if (statement->of.intent.label != SIZE_MAX) {
        snprintf(label, sizeof label, "  [%s]",
                 story->scenario->labels[statement->of.intent.label].name);
    }
    const struct frame_span raw = statement->of.intent.raw;
    const struct frame_span action = statement->of.intent.action;
    const struct frame_span payload = statement->of.intent.payload;
    story_tell(story, time_us, story_name(story, (int)statement->of.intent.peer),
               "%.*s%s%.*s %.*s -> %s%s", (int)raw.length, (const char *)raw.bytes,
               raw.length != 0 ? "  " : "", (int)action.length, (const char *)action.bytes,
               (int)payload.length, (const char *)payload.bytes, outcome, label);
}

/* Told by what the world reports, or by their end. */
static bool speaks_for_itself(const struct scenario_statement *statement)
{
    switch (statement->verb) {
    case SCENARIO_VERB_CRASH: return statement->of.crash.nth == 0;
    case SCENARIO_VERB_TITLE:
    case SCENARIO_VERB_SAY:
    case SCENARIO_VERB_SEED:
    case SCENARIO_VERB_IDENTITY:
    case SCENARIO_VERB_NODES:
    case SCENARIO_VERB_ADVERSARY:
    case SCENARIO_VERB_INTENT:
    case SCENARIO_VERB_RESTART:
    case SCENARIO_VERB_START:
    case SCENARIO_VERB_LEAVE:
    case SCENARIO_VERB_WAIT:
    case SCENARIO_VERB_EXPECT:
    case SCENARIO_VERB_WITHIN:
    case SCENARIO_VERB_AFTER: return true;
    default: return false;
    }
}

static void begin_statement(void *context, const struct world *world,
                            const struct scenario_statement *statement)
{
    struct story *story = context;
    story->world = world;
    story->intent_under_way = statement->verb == SCENARIO_VERB_INTENT;
    if (story->intent_under_way && statement->of.intent.label != SIZE_MAX)
        story->intents[statement->of.intent.label] = world_intent_count(world);
    if (statement->verb == SCENARIO_VERB_SAY) tell_words(story, statement);
    if (statement->verb == SCENARIO_VERB_WORKLOAD)
        story->workload = true;
    else if (story->intent_under_way && world_workload_left(world) == 0)
        story->workload = false;
    if (speaks_for_itself(statement)) return;
    bool watch = statement->verb == SCENARIO_VERB_ALWAYS || statement->verb == SCENARIO_VERB_NEVER;
    story_tell(story, world_now_us(world), "", "%s%.*s", watch ? "from here on: " : "",
               (int)statement->text.length, (const char *)statement->text.bytes);
}

static void end_statement(void *context, const struct world *world,
                          const struct scenario_statement *statement, const char *outcome)
{
    struct story *story = context;
    story->intent_under_way = false;
    uint64_t now_us = world_now_us(world);
    switch (statement->verb) {
    case SCENARIO_VERB_INTENT: tell_intent(story, now_us, statement, outcome); return;
    case SCENARIO_VERB_EXPECT:
    case SCENARIO_VERB_WITHIN:
    case SCENARIO_VERB_AFTER:
        story_tell(story, now_us, "", "✓ %.*s (%s)", (int)statement->text.length,
                   (const char *)statement->text.bytes, outcome);
        return;
    default: return;
    }
}

/* ---- Stories -------------------------------------------------------------------------------- */

static void put_names(FILE *out, const struct scenario *scenario, bool adversaries)
{
    const char *before = adversaries ? "; adversaries: " : ": ";
    for (size_t i = 0; i < scenario->peer_count; i++) {
        if (scenario->peers[i].adversary != adversaries) continue;
        fprintf(out, "%s%s", before, scenario->peers[i].name);
        before = ", ";
    }
}

/* What it is called, who is in it, and the seed. */
static void put_header(FILE *out, const struct scenario *scenario, uint64_t seed)
{
    struct frame_span identity = {(const uint8_t *)"alice", 5};
    for (size_t i = 0; i < scenario->statement_count; i++) {
        const struct scenario_statement *statement = &scenario->statements[i];
        if (statement->verb == SCENARIO_VERB_IDENTITY) identity = statement->of.words;
        if (statement->verb != SCENARIO_VERB_TITLE) continue;
        fwrite(statement->of.words.bytes, 1, statement->of.words.length, out);
        fputc('\n', out);
    }
    fprintf(out, "instances of %.*s", (int)identity.length, (const char *)identity.bytes);
    put_names(out, scenario, false);
    put_names(out, scenario, true);
    fprintf(out, "; seed %" PRIu64 "\n\n", seed);
}

static bool allocate(struct story *story, size_t labels)
{
    story->changes = calloc(labels + 1, sizeof *story->changes);
    story->intents = malloc((labels + 1) * sizeof *story->intents);
    story->fates = calloc(SCENARIO_PEERS_MAX * (labels + 1), 1);
    if (story->changes == NULL || story->intents == NULL || story->fates == NULL) return false;
    for (size_t i = 0; i < labels; i++)
        story->intents[i] = SIZE_MAX;
    return true;
}

struct story *story_new(FILE *out, const struct scenario *scenario, uint64_t seed)
{
    struct story *story = calloc(1, sizeof *story);
    if (story == NULL || !allocate(story, scenario->label_count)) {
        story_free(story);
        return NULL;
    }
    story->out = out;
    story->scenario = scenario;
    for (size_t i = 0; i < scenario->peer_count; i++) {
        int width = (int)strlen(scenario->peers[i].name);
        if (width > story->name_width) story->name_width = width;
    }
    story->listener = (struct interpret_listener){.context = story,
                                                  .begin = begin_statement,
                                                  .end = end_statement,
                                                  .over = story_over,
                                                  .record = story_record};
    put_header(out, scenario, seed);
    return story;
}

void story_free(struct story *story)
{
    if (story == NULL) return;
    free(story->changes);
    free(story->fates);
    free(story->intents);
    free(story);
}

const struct interpret_listener *story_listener(struct story *story)
{
    return &story->listener;
}
