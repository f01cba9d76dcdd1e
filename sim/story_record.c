// SPDX-License-Identifier: Apache-2.0
/* What the world reports, put into words. */
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

#include "sim/story_internal.h"

/* Text of a record that begins with a word; its rest, or NULL. */
static const char *behind(const char *text, const char *word)
{
    size_t length = strlen(word);
    return strncmp(text, word, length) == 0 ? text + length : NULL;
}

/* ---- What became of labelled receipts ---------------------------------------------------------- */

static const char *fate_change(uint8_t before, uint8_t now)
{
    const uint8_t superseded = 1 + FRAME_OUTCOME_SUPERSEDED;
    bool is = (now & ~STORY_FINAL) == superseded;
    bool was = (before & ~STORY_FINAL) == superseded;
    if (is && (now & STORY_FINAL) != 0 && (before & STORY_FINAL) == 0)
        return "is superseded for good: a merge receipt has laid it to rest";
    if (is && !was) return "is superseded: with all that is held now it is refused";
    if (was && !is) return "is alive again";
    if (now == 1 + FRAME_OUTCOME_CHANGED && now != before) return "has another result now";
    return NULL;
}

static uint8_t fate_of(const struct story *story, int peer, size_t label)
{
    struct world_outcome outcome;
    struct frame_receipt receipt;
    const struct frame_chain *chain = world_peer_chain(story->world, peer);
    if (chain == NULL || story->intents[label] == SIZE_MAX) return 0;
    world_outcome(story->world, &outcome, story->intents[label]);
    bool made = outcome.state == WORLD_INTENT_EXECUTED ||
                outcome.state == WORLD_INTENT_ACKNOWLEDGED || outcome.state == WORLD_INTENT_UNTOLD;
    if (!made || !frame_chain_find(chain, &receipt, &outcome.receipt)) return 0;
    return (uint8_t)(1 + receipt.outcome + (receipt.final ? STORY_FINAL : 0));
}

static void tell_fates(struct story *story, const struct trace_record *record)
{
    if (story->world == NULL || record->peer < 0) return;
    for (size_t label = 0; label < story->scenario->label_count; label++) {
        size_t peer = (size_t)record->peer;
        uint8_t *known = &story->fates[peer * story->scenario->label_count + label];
        uint8_t now = fate_of(story, record->peer, label);
        const char *change = fate_change(*known, now);
        *known = now;
        if (change == NULL || change == story->changes[label]) continue; /* told of another peer */
        story->changes[label] = change;
        story_tell(story, record->time_us, story_name(story, record->peer), "  [%s] %s",
                   story->scenario->labels[label].name, change);
    }
}

/* ---- Lines ---------------------------------------------------------------------------------- */

static void tell_once(struct story *story, const struct trace_record *record, const char *format,
                      ...) __attribute__((format(printf, 3, 4)));

/* A line about a peer, unless the last one about it said the very same. */
static void tell_once(struct story *story, const struct trace_record *record, const char *format,
                      ...)
{
    char text[STORY_TEXT_MAX];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    bool of_a_peer = record->peer >= 0 && record->peer < SCENARIO_PEERS_MAX;
    if (of_a_peer) {
        if (strcmp(story->said[record->peer], text) == 0) return;
        memcpy(story->said[record->peer], text, strlen(text) + 1);
    }
    story_tell(story, record->time_us, of_a_peer ? story_name(story, record->peer) : "", "%s",
               text);
}

static bool users_are_at_work(const struct story *story)
{
    return story->world != NULL && world_workload_left(story->world) > 0;
}

static void tell_joined(struct story *story, const struct trace_record *record, const char *rest)
{
    struct frame_summary summary;
    uint64_t joined = 0;
    for (; *rest >= '0' && *rest <= '9'; rest++)
        joined = joined * 10 + (uint64_t)(*rest - '0');
    const struct frame_chain *chain =
        story->world != NULL ? world_peer_chain(story->world, record->peer) : NULL;
    if (users_are_at_work(story) || chain == NULL) {
        story->routine.joined += joined;
        story->routine.time_us = record->time_us;
        return;
    }
    frame_chain_summary(chain, &summary);
    const char *from = story_name(story, record->other);
    if (summary.head_count > 1) {
        story_tell(story, record->time_us, story_name(story, record->peer),
                   "takes over %s of %s, and holds a fork now: %s, %s",
                   story_count(joined, "receipt").text, from,
                   story_count(summary.receipts, "receipt").text,
                   story_count(summary.head_count, "head").text);
    } else {
        story_tell(story, record->time_us, story_name(story, record->peer),
                   "takes over %s of %s, and holds %s now", story_count(joined, "receipt").text,
                   from, story_count(summary.receipts, "receipt").text);
    }
    tell_fates(story, record);
}

static void tell_merged(struct story *story, const struct trace_record *record)
{
    if (users_are_at_work(story)) {
        story->routine.merged++;
        story->routine.time_us = record->time_us;
        return;
    }
    story_tell(story, record->time_us, story_name(story, record->peer),
               "writes a merge receipt: its heads become one");
}

/* Of routes (§ 18), by the note's name and the route's id. */
static void tell_route(struct story *story, const struct trace_record *record)
{
    const char *other = story_name(story, record->other);
    const char *rest;
    const bool served = behind(record->text, "served ") != NULL;
    if (users_are_at_work(story)) {
        if (!served) return;
        story->routine.served++;
        story->routine.time_us = record->time_us;
    } else if ((rest = behind(record->text, "routing ")) != NULL) {
        tell_once(story, record, "asks %s to execute it, route %s", other, rest);
    } else if ((rest = behind(record->text, "fetch ")) != NULL) {
        tell_once(story, record, "fetches, for route %s", rest);
    } else if (served) {
        tell_once(story, record, "has executed it for %s, route %s", other,
                  record->text + sizeof "served");
    } else if ((rest = behind(record->text, "promised ")) != NULL) {
        tell_once(story, record, "is told by %s that it is done, route %s", other, rest);
    } else if ((rest = behind(record->text, "routed ")) != NULL) {
        tell_once(story, record, "holds its receipt: route %s is done", rest);
    } else if ((rest = behind(record->text, "given_up ")) != NULL) {
        tell_once(story, record, "gives up: nobody executes route %s", rest);
    }
}

/* Who comes to know whom (§ 15): of many peers that is much. */
static void tell_meeting(struct story *story, const struct trace_record *record)
{
    story->routine.met++;
    story->routine.met_us = record->time_us;
}

static void tell_note(struct story *story, const struct trace_record *record)
{
    const char *rest;
    const char *other = story_name(story, record->other);
    if ((rest = behind(record->text, "joined ")) != NULL) {
        tell_joined(story, record, rest);
    } else if (behind(record->text, "merged ") != NULL) {
        tell_merged(story, record);
        tell_fates(story, record);
    } else if ((rest = behind(record->text, "diverged ")) != NULL) {
        tell_once(story, record,
                  "does not take %s's chain, which differs from receipt %s on (strict)", other,
                  rest);
    } else if ((rest = behind(record->text, "ignoring ")) != NULL) {
        tell_once(story, record, "ignores %s for %s ms", other, rest);
    } else if (behind(record->text, "clock_behind") != NULL) {
        tell_once(story, record, "has a receipt from the future: some clock is wrong");
    } else if (behind(record->text, "alarm") != NULL) {
        tell_once(story, record, "ALARM: %s has another state root for the same receipts", other);
    } else if (behind(record->text, "met ") != NULL) {
        tell_meeting(story, record);
    } else if (behind(record->text, "forgotten ") != NULL) {
        tell_once(story, record, "forgets %s", other);
    } else {
        tell_route(story, record);
    }
}

static void tell_arrival(struct story *story, const struct trace_record *record)
{
    if (story->scenario->peers[record->peer].adversary) return;
    if (behind(record->text, "is here") == NULL) {
        story_tell(story, record->time_us, story_name(story, record->peer), "%s", record->text);
        return;
    }
    if (record->time_us != story->now_us) story_flush(story);
    story->now_us = record->time_us;
    size_t used = strlen(story->arrivals);
    snprintf(story->arrivals + used, sizeof story->arrivals - used, "%s%s", used == 0 ? "" : ", ",
             story_name(story, record->peer));
}

/* Intents of statements are told by their statements. */
static void tell_acknowledged(struct story *story, const struct trace_record *record)
{
    if (story->intent_under_way || !story->workload) return;
    story->routine.time_us = record->time_us;
    story->routine.intents++;
    if (strstr(record->text, "\"ok\":false") != NULL) story->routine.refused++;
}

/* ---- Refusals ------------------------------------------------------------------------------- */

/* The place in the array is told where there is one. */
static void take_refusal(struct story *story, const struct trace_record *record)
{
    struct story_refusal *refusal = &story->refusal;
    story_flush(story);
    *refusal = (struct story_refusal){true, record->time_us, record->peer, record->other, ""};
    const char *comma = strchr(record->text, ',');
    int name = comma != NULL ? (int)(comma - record->text) : (int)strlen(record->text);
    const char *index = comma != NULL ? behind(comma, ", index ") : NULL;
    int digits = 0;
    while (index != NULL && index[digits] >= '0' && index[digits] <= '9')
        digits++;
    if (digits > 0) {
        snprintf(refusal->text, sizeof refusal->text, "%.*s, receipt %.*s of the page", name,
                 record->text, digits, index);
    } else {
        snprintf(refusal->text, sizeof refusal->text, "%.*s", name, record->text);
    }
}

void story_tell_refusal(struct story *story)
{
    struct story_refusal *refusal = &story->refusal;
    if (!refusal->waits) return;
    refusal->waits = false;
    const struct trace_record record = {
        .time_us = refusal->time_us, .peer = refusal->peer, .other = refusal->other};
    if (refusal->other == WORLD_NOBODY)
        tell_once(story, &record, "REFUSES a message: %s", refusal->text);
    else
        tell_once(story, &record, "REFUSES a message of %s: %s", story_name(story, refusal->other),
                  refusal->text);
}

/* A kind by its name or, composed, by its text. */
static bool forgery_of(struct forgery *kind, const char *name)
{
    struct forgery_composition composition;
    struct frame_span part;
    const char *problem;
    const struct frame_span text = {(const uint8_t *)name, strlen(name)};
    if (forgery_find(name) != NULL) {
        *kind = *forgery_find(name);
        return true;
    }
    return forgery_composition_read(&composition, &problem, &part, text) &&
           forgery_compose(kind, &composition, FORGERY_PEER);
}

/* "<kind>: <state or error>". That it was armed the scenario says; that it is sent shows when it is met. */
static void tell_forgery(struct story *story, const struct trace_record *record)
{
    char name[FORGERY_NAME_BYTES_MAX + 1];
    struct forgery kind;
    const char *colon = strchr(record->text, ':');
    size_t length = colon != NULL ? (size_t)(colon - record->text) : 0;
    if (length == 0 || length >= sizeof name) return;
    memcpy(name, record->text, length);
    name[length] = '\0';
    if (!forgery_of(&kind, name) || !story->refusal.waits ||
        strcmp(colon + 2, frame_status_name(kind.expected)) != 0) {
        if (behind(colon, ": armed") == NULL && behind(colon, ": sent") == NULL)
            tell_once(story, record, "forgery: %s", record->text);
        return;
    }
    story->refusal.waits = false;
    story_tell(story, story->refusal.time_us, story_name(story, story->refusal.peer),
               "REFUSES %s (%s): %s", kind.name, kind.what, story->refusal.text);
}

void story_record(void *context, const struct trace_record *record)
{
    struct story *story = context;
    const char *who = record->peer == WORLD_NOBODY ? "" : story_name(story, record->peer);
    switch (record->kind) {
    case TRACE_JOIN: tell_arrival(story, record); return;
    case TRACE_LEAVE: story_tell(story, record->time_us, who, "%s", record->text); return;
    case TRACE_CRASH: story_tell(story, record->time_us, who, "is down: %s", record->text); return;
    case TRACE_RESTART:
        story_tell(story, record->time_us, who, "is back: %s", record->text);
        tell_fates(story, record);
        return;
    case TRACE_HALT: story_tell(story, record->time_us, who, "HALTS: %s", record->text); return;
    case TRACE_SAFE_MODE:
        story_tell(story, record->time_us, who, "safe mode is %s", record->text);
        return;
    case TRACE_NOTE: tell_note(story, record); return;
    case TRACE_ACKNOWLEDGED: tell_acknowledged(story, record); return;
    case TRACE_REFUSED: take_refusal(story, record); return;
    case TRACE_FORGERY: tell_forgery(story, record); return;
    case TRACE_CHECK:
        story_tell(story, record->time_us, who, "CHECK FAILED: %s", record->text);
        return;
    default: return;
    }
}
