// SPDX-License-Identifier: Apache-2.0
#include "sim/transcript.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/escape.h"
#include "sim/world_internal.h"

/* What was last seen of a peer, and of a link. */
struct peer_seen {
    int64_t offset_s;
    int32_t drift_ppm;
    struct disk_settings disk;
};
struct link_seen {
    struct link_settings settings;
    bool blocked, clogged;
    uint32_t types;
};

struct transcript {
    struct interpret_listener listener;
    FILE *out;
    uint64_t last_us; /* of the line told last */
    uint64_t now_us;
    bool begun;
    bool swarm;       /* who knows whom is still to be told */
    bool liars_named; /* by the scenario */
    struct peer_seen peers[SCENARIO_PEERS_MAX];
    struct link_seen links[SCENARIO_PEERS_MAX][SCENARIO_PEERS_MAX];
    size_t intents;
    size_t forgeries;
    const struct scenario_statement *under_way; /* not told yet: within, after, calm */
    uint64_t under_way_us;
    bool own_intent;  /* the next intent is the statement's */
    bool own_deeds;   /* and what is done now is as well */
    char core[1024];  /* the peers that a calm is about, */
    uint64_t calm_us; /* and how long it lasts */
};

/* ---- Lines ---- */

static void add(struct transcript *t, uint64_t at_us, bool setup, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
static void add(struct transcript *t, uint64_t at_us, bool setup, const char *format, ...)
{
    va_list arguments;
    fprintf(t->out, "%c%" PRIu64 " ", setup ? 'S' : 'L', at_us);
    va_start(arguments, format);
    vfprintf(t->out, format, arguments);
    va_end(arguments);
    fputc('\n', t->out);
    t->last_us = at_us;
}

#define DEED(t, ...) add((t), (t)->now_us, false, __VA_ARGS__)

static const char *name_of(const struct world *world, int peer)
{
    return world_peer_name(world, peer);
}

/* ---- Values in the scenario's words ---- */

struct words {
    char text[160];
};

static struct words ppm_words(uint32_t ppm)
{
    struct words words;
    if (ppm == 0)
        snprintf(words.text, sizeof words.text, "0%%");
    else if (ppm % 10000 == 0)
        snprintf(words.text, sizeof words.text, "%u%%", (unsigned)(ppm / 10000));
    else
        snprintf(words.text, sizeof words.text, "%u/1000000", (unsigned)ppm);
    return words;
}

struct span_words {
    char text[40];
};

static struct span_words duration_words(uint64_t us)
{
    static const struct {
        uint64_t us;
        const char *name;
    } units[] = {{1000000, "s"}, {1000, "ms"}, {1, "us"}};
    struct span_words words;
    size_t i = 0;
    while (us % units[i].us != 0)
        i++;
    snprintf(words.text, sizeof words.text, "%" PRIu64 "%s", us / units[i].us, units[i].name);
    return words;
}

static struct words latency_words(const struct latency *latency)
{
    struct words words;
    const bool uniform = latency->kind == LATENCY_UNIFORM;
    const bool capped = latency->kind == LATENCY_EXPONENTIAL || latency->kind == LATENCY_LONG_TAIL;
    const struct span_words least = duration_words(latency->base_us);
    const struct span_words more =
        duration_words(latency->spread_us + (uniform ? latency->base_us : 0));
    const struct span_words cap = duration_words(latency->cap_us);
    static const char *const names[] = {"constant", "uniform", "exponential", "tail"};
    if (latency->kind == LATENCY_CONSTANT)
        snprintf(words.text, sizeof words.text, "constant %s", least.text);
    else
        snprintf(words.text, sizeof words.text, "%s %s %s %s%s%s", names[latency->kind], least.text,
                 uniform ? "to" : "plus", more.text, capped && latency->cap_us != 0 ? " cap " : "",
                 capped && latency->cap_us != 0 ? cap.text : "");
    return words;
}

static bool same_latency(const struct latency *a, const struct latency *b)
{
    return a->kind == b->kind && a->base_us == b->base_us && a->spread_us == b->spread_us &&
           a->cap_us == b->cap_us;
}

/* What differs from `before`, as settings of a link line; "" where nothing does. */
static void link_words(char *text, size_t size, const struct link_settings *before,
                       const struct link_settings *now)
{
    size_t used = 0;
    text[0] = '\0';
#define SETTING(...) used += (size_t)snprintf(text + used, size - used, __VA_ARGS__)
    if (!same_latency(&before->latency, &now->latency))
        SETTING(" latency %s", latency_words(&now->latency).text);
    if (before->loss_ppm != now->loss_ppm) SETTING(" loss %s", ppm_words(now->loss_ppm).text);
    if (before->duplicate_ppm != now->duplicate_ppm)
        SETTING(" duplicate %s", ppm_words(now->duplicate_ppm).text);
    if (before->reorder_ppm != now->reorder_ppm ||
        (now->reorder_ppm > 0 && before->reorder_us != now->reorder_us))
        SETTING(" reorder %s by %s", ppm_words(now->reorder_ppm).text,
                duration_words(now->reorder_us > 0 ? now->reorder_us : 1).text);
    if (before->flip_ppm != now->flip_ppm) SETTING(" flip %s", ppm_words(now->flip_ppm).text);
    if (before->truncate_ppm != now->truncate_ppm)
        SETTING(" truncate %s", ppm_words(now->truncate_ppm).text);
    if (before->burst_ppm != now->burst_ppm)
        SETTING(" burst %s of %u", ppm_words(now->burst_ppm).text, (unsigned)now->burst_length);
    if (before->bandwidth_bps != now->bandwidth_bps ||
        before->queue_bytes_max != now->queue_bytes_max) {
        SETTING(" bandwidth %" PRIu64,
                now->bandwidth_bps > 0 ? now->bandwidth_bps : UINT64_C(1000000000));
        if (now->queue_bytes_max > 0) SETTING(" queue %" PRIu64, now->queue_bytes_max);
    }
#undef SETTING
}

/* Peers of a swarm that this seed has not drawn are there, but nobody knows them. */
static bool takes_part(const struct world *world, int peer)
{
    if (!world->peers[peer]->options.stranger) return true;
    for (int i = 0; i < world->peer_count; i++)
        if (i != peer &&
            (world->peers[peer]->knows[i] != STRANGER || world->peers[i]->knows[peer] != STRANGER))
            return true;
    return false;
}

/* ---- Peers ---- */

static struct peer_seen look_at(const struct peer *peer)
{
    return (struct peer_seen){.offset_s = peer->options.clock_offset_s,
                              .drift_ppm = peer->drift_ppm,
                              .disk = peer->options.disk};
}

static void tell_disk(struct transcript *t, const char *name, const struct disk_settings *before,
                      const struct disk_settings *now)
{
    char words[400];
    size_t used = 0;
#define SETTING(...) used += (size_t)snprintf(words + used, sizeof words - used, __VA_ARGS__)
    if (!same_latency(&now->sync, &before->sync))
        SETTING(" sync %s", latency_words(&now->sync).text);
    if (now->failure_ppm != before->failure_ppm)
        SETTING(" failure %s", ppm_words(now->failure_ppm).text);
    if (now->write_failure_ppm != before->write_failure_ppm)
        SETTING(" write-failure %s", ppm_words(now->write_failure_ppm).text);
    if (now->short_read_ppm != before->short_read_ppm)
        SETTING(" short-read %s", ppm_words(now->short_read_ppm).text);
    if (now->space_bytes != before->space_bytes && now->space_bytes == 0)
        SETTING(" space unlimited");
    if (now->space_bytes != before->space_bytes && now->space_bytes > 0)
        SETTING(" space %" PRIu64, now->space_bytes);
    if (now->torn != before->torn) SETTING(" torn %s", now->torn ? "yes" : "no");
    if (now->reorders != before->reorders) SETTING(" reorder %s", now->reorders ? "yes" : "no");
#undef SETTING
    if (used > 0) DEED(t, "disk %s%s", name, words);
}

static void tell_settings(struct transcript *t, const struct world *world, int peer,
                          const struct peer_seen *before, const struct peer_seen *now)
{
    const char *name = name_of(world, peer);
    const int64_t clock_s = peer_clock_s(world, world_peer(world, peer));
    if (now->offset_s != before->offset_s) {
        if (now->offset_s >= -SCENARIO_CLOCK_S_MAX && now->offset_s <= SCENARIO_CLOCK_S_MAX)
            DEED(t, "clock %s %s%" PRId64 "s", name, now->offset_s < 0 ? "-" : "+",
                 now->offset_s < 0 ? -now->offset_s : now->offset_s);
        else
            DEED(t, "clock %s shows %" PRId64, name, clock_s);
    }
    if (now->drift_ppm != before->drift_ppm)
        DEED(t, "clock %s drift %s %s", name, now->drift_ppm < 0 ? "slow" : "fast",
             ppm_words((uint32_t)(now->drift_ppm < 0 ? -now->drift_ppm : now->drift_ppm)).text);
    tell_disk(t, name, &before->disk, &now->disk);
}

static void observe_peers(struct transcript *t, const struct world *world, bool silent)
{
    for (int i = 0; i < world->peer_count; i++) {
        const struct peer_seen before = t->peers[i];
        const struct peer_seen now = look_at(world->peers[i]);
        t->peers[i] = now;
        if (silent || world->peers[i]->options.adversary || !takes_part(world, i)) continue;
        tell_settings(t, world, i, &before, &now);
    }
}

/* ---- Links ---- */

static bool same_settings(const struct link_settings *a, const struct link_settings *b)
{
    char words[800];
    link_words(words, sizeof words, a, b);
    return words[0] == '\0';
}

/* All links have the same settings now, and all had others: one line. */
static bool tell_all_links(struct transcript *t, const struct world *world)
{
    char words[800];
    const struct link_settings *now = NULL;
    const struct link_settings *before = NULL;
    for (int i = 0; i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++) {
            if (i == j || !takes_part(world, i) || !takes_part(world, j)) continue;
            if (now == NULL) {
                now = &world->links[i][j].settings;
                before = &t->links[i][j].settings;
            }
            if (!same_settings(now, &world->links[i][j].settings) ||
                !same_settings(before, &t->links[i][j].settings))
                return false;
        }
    if (now == NULL) return false;
    link_words(words, sizeof words, before, now);
    if (words[0] == '\0') return false;
    DEED(t, "link *%s", words);
    for (int i = 0; i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++)
            if (i != j) t->links[i][j].settings = world->links[i][j].settings;
    return true;
}

static bool any_barrier(const struct world *world)
{
    for (int i = 0; i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++)
            if (i != j && (world->links[i][j].blocked || world->links[i][j].clogged ||
                           world->links[i][j].blocked_types != 0))
                return true;
    return false;
}

static void tell_link(struct transcript *t, const struct world *world, int from, int to,
                      bool healed)
{
    char words[800];
    struct link_seen *before = &t->links[from][to];
    const struct link_seen *back = &t->links[to][from];
    const struct link *now = &world->links[from][to];
    const struct link *other = &world->links[to][from];
    const char *a = name_of(world, from);
    const char *b = name_of(world, to);
    link_words(words, sizeof words, &before->settings, &now->settings);
    if (words[0] != '\0') DEED(t, "link %s -> %s%s", a, b, words);
    if (now->blocked && !before->blocked) {
        const bool both = other->blocked && !back->blocked;
        if (!both || from < to) DEED(t, "block %s %s %s", a, both ? "<->" : "->", b);
    }
    if (!healed &&
        ((before->blocked && !now->blocked) || (before->types & ~now->blocked_types) != 0))
        DEED(t, "heal %s -> %s", a, b);
    for (unsigned type = 0; type < MESSAGE_TYPES; type++)
        if ((now->blocked_types & ~before->types & 1u << type) != 0)
            DEED(t, "block %s -> %s only %s", a, b,
                 frame_message_type_name((enum frame_message_type)type));
    if (now->clogged && !before->clogged) DEED(t, "clog %s -> %s", a, b);
    if (!healed && before->clogged && !now->clogged) DEED(t, "unclog %s -> %s", a, b);
}

static bool link_changed(const struct link_seen *before, const struct link *now)
{
    char words[800];
    if (before->blocked != now->blocked || before->clogged != now->clogged ||
        before->types != now->blocked_types)
        return true;
    link_words(words, sizeof words, &before->settings, &now->settings);
    return words[0] != '\0';
}

static void observe_links(struct transcript *t, const struct world *world, bool silent)
{
    bool freed = false;
    bool changed = false;
    for (int i = 0; i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++) {
            if (i == j) continue;
            const struct link_seen *before = &t->links[i][j];
            const struct link *now = &world->links[i][j];
            if (!link_changed(before, now)) continue;
            changed = true;
            freed = freed || (before->blocked && !now->blocked) ||
                    (before->clogged && !now->clogged) ||
                    (before->types & ~now->blocked_types) != 0;
        }
    if (!changed) return;
    const bool healed = freed && !any_barrier(world);
    if (!silent && healed) DEED(t, "heal");
    if (!silent) (void)tell_all_links(t, world);
    for (int i = 0; !silent && i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++)
            if (i != j && takes_part(world, i) && takes_part(world, j))
                tell_link(t, world, i, j, healed);
    for (int i = 0; i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++)
            if (i != j)
                t->links[i][j] = (struct link_seen){
                    world->links[i][j].settings, world->links[i][j].blocked,
                    world->links[i][j].clogged, world->links[i][j].blocked_types};
}

/* ---- Users and forgers ---- */

/* " raw "TEXT"", or "" where it has none; the caller frees. */
static char *raw_words(const struct intent *intent)
{
    char *words = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&words, &length);
    if (out == NULL) abort();
    if (intent->raw_length > 0) {
        fputs(" raw ", out);
        escape_json(out, intent->raw, intent->raw_length);
    }
    if (fclose(out) != 0) abort();
    return words;
}

static void observe_intents(struct transcript *t, const struct world *world)
{
    for (; t->intents < world->intent_count; t->intents++) {
        const struct intent *intent = &world->intents[t->intents];
        if (t->own_intent) {
            t->own_intent = false;
            continue;
        }
        char *raw = raw_words(intent);
        if (intent->routed)
            DEED(t, "route %s %.*s %.*s%s", name_of(world, intent->peer),
                 (int)intent->action_length, intent->action, (int)intent->payload_length,
                 intent->payload, raw);
        else
            DEED(t, "intent %s %.*s %.*s%s%s%.*s -> later", name_of(world, intent->peer),
                 (int)intent->action_length, intent->action, (int)intent->payload_length,
                 intent->payload, raw, intent->responses_length > 0 ? " responses " : "",
                 (int)intent->responses_length, intent->responses);
        free(raw);
    }
}

static void observe_forgeries(struct transcript *t, const struct world *world, bool silent)
{
    for (; t->forgeries < world->forgery_count; t->forgeries++) {
        const struct world_forgery *forgery = &world->forgeries[t->forgeries].public;
        if (silent) continue;
        DEED(t, "forge %s on %s %s %s expect %s", forgery->kind->name,
             name_of(world, forgery->victim),
             forgery->kind->place == FORGERY_WIRE ? "on the wire from" : "as",
             name_of(world, forgery->source), forgery_expected(forgery->kind));
    }
}

/* Everything that is other than when it was last looked at. `silent`: the line that did it is told. */
static void observe(struct transcript *t, const struct world *world, bool silent)
{
    t->now_us = world_now_us(world);
    observe_links(t, world, silent);
    observe_peers(t, world, silent);
    observe_forgeries(t, world, silent);
    observe_intents(t, world);
}

/* ---- Statements ---- */

/* An instance of the swarm. */
static bool is_node(const struct world *world, int peer)
{
    return !world->peers[peer]->options.adversary && takes_part(world, peer);
}

/* Who is told of in lines; others of a scenario's names have no part in this run. */
enum who { WHO_PRESENT, WHO_LATE, WHO_STRICT, WHO_ALL };

static bool is_who(const struct world *world, int peer, enum who who)
{
    const struct world_peer_options *options = &world->peers[peer]->options;
    switch (who) {
    case WHO_PRESENT: return !options->absent;
    case WHO_LATE: return options->absent;
    case WHO_STRICT: return options->policy == FRAME_POLICY_STRICT;
    case WHO_ALL: break;
    }
    return true;
}

/* " p1 p2 late p3" */
static bool add_names(char *line, size_t size, const struct world *world, enum who who)
{
    bool some = false;
    for (int i = 0; i < world->peer_count; i++) {
        if (!is_node(world, i) || !is_who(world, i, who)) continue;
        const size_t used = strlen(line);
        snprintf(line + used, size - used, "%s %s", who == WHO_LATE && !some ? " late" : "",
                 name_of(world, i));
        some = true;
    }
    return some;
}

enum { NAMES_BYTES_MAX = SCENARIO_PEERS_MAX * (SCENARIO_NAME_BYTES_MAX + 1) + 40 };

/* "VERB p1 p2", of those, where there are any. */
static void tell_names(struct transcript *t, const struct world *world, const char *verb,
                       enum who who)
{
    char line[NAMES_BYTES_MAX];
    snprintf(line, sizeof line, "%s", verb);
    if (add_names(line, sizeof line, world, who)) add(t, 0, true, "%s", line);
}

static void tell_bounds(struct transcript *t, const struct world_peer_options *options)
{
    if (options->strict_trust) add(t, 0, true, "trust strict");
    if (options->gossip_interval_ms > 0)
        add(t, 0, true, "gossip %s", duration_words(options->gossip_interval_ms * 1000).text);
    if (options->request_timeout_ms > 0)
        add(t, 0, true, "instance timeout %s",
            duration_words(options->request_timeout_ms * 1000).text);
    if (options->coalesce_ms > 0)
        add(t, 0, true, "instance coalesce %s", duration_words(options->coalesce_ms * 1000).text);
    if (options->retry_ms_max > 0)
        add(t, 0, true, "instance retry-max %s", duration_words(options->retry_ms_max * 1000).text);
    if (options->ignore_ms_max > 0)
        add(t, 0, true, "instance ignore-max %s",
            duration_words(options->ignore_ms_max * 1000).text);
    if (options->offences_max > 0)
        add(t, 0, true, "instance offences %u", (unsigned)options->offences_max);
    if (options->staging_receipts_max > 0)
        add(t, 0, true, "instance staging %zu", options->staging_receipts_max);
}

/* What a seed has drawn of those that have discovery on; who plays what, unless the scenario itself says so. */
static bool tell_discovery(struct transcript *t, const struct world *world)
{
    bool on = false;
    for (int i = 0; i < world->peer_count; i++) {
        const struct world_peer_options *options = &world->peers[i]->options;
        char words[WORLD_CAPABILITIES_BYTES];
        on = on || (is_node(world, i) && options->discovery);
        if (options->liar != WORLD_LIAR_NONE && !t->liars_named)
            add(t, 0, true, "liar %s %s", name_of(world, i), world_liar_name(options->liar));
        if (!is_node(world, i) || options->lacking == 0) continue;
        world_capability_words(words, options->lacking);
        add(t, 0, false, "capabilities %s %s", name_of(world, i), words);
    }
    return on;
}

/* Where not all know each other: everybody is a stranger, and then they meet. */
static void tell_acquaintances(struct transcript *t, const struct world *world)
{
    const bool discovery =
        tell_discovery(t, world); /* all are strangers, but for who is introduced */
    bool mesh = !discovery;
    for (int i = 0; i < world->peer_count; i++)
        for (int k = 0; k < world->peer_count; k++)
            if (i != k && is_node(world, i) && is_node(world, k) &&
                world->peers[i]->knows[k] != TRUSTED)
                mesh = false;
    if (mesh) return;
    if (!discovery) tell_names(t, world, "stranger", WHO_ALL);
    for (int i = 0; i < world->peer_count; i++)
        for (int k = 0; k < world->peer_count; k++) {
            if (i == k || !is_node(world, i) || !takes_part(world, k)) continue;
            const enum acquaintance knows = world->peers[i]->knows[k];
            if (knows == STRANGER) continue;
            const bool both = is_node(world, k) && world->peers[k]->knows[i] == knows;
            if (!both || i < k)
                add(t, 0, false, "introduce %s %s %s%s", name_of(world, i), both ? "<->" : "->",
                    name_of(world, k), knows == TRUSTED ? "" : " mistrusted");
        }
}

static void tell_nodes(struct transcript *t, const struct world *world)
{
    char line[NAMES_BYTES_MAX] = "nodes";
    const struct peer *first = NULL;
    for (int i = world->peer_count - 1; i >= 0; i--)
        if (is_node(world, i)) first = world->peers[i];
    (void)add_names(line, sizeof line, world, WHO_PRESENT);
    (void)add_names(line, sizeof line, world, WHO_LATE);
    add(t, 0, true, "%s", line);
    if (first != NULL) tell_bounds(t, &first->options);
    tell_names(t, world, "policy strict", WHO_STRICT);
}

/* Lines that only bring about what is seen by itself, or that are not for the timeline. */
static bool is_left_out(enum scenario_verb verb)
{
    switch (verb) {
    case SCENARIO_VERB_TITLE:
    case SCENARIO_VERB_SAY:
    case SCENARIO_VERB_SEED:
    case SCENARIO_VERB_CHANCE:
    case SCENARIO_VERB_DECIDE:
    case SCENARIO_VERB_WORKLOAD:
    case SCENARIO_VERB_STORM:
    case SCENARIO_VERB_FLAP:
    case SCENARIO_VERB_SWIZZLE:
    case SCENARIO_VERB_SNAPSHOT: /* its block is not written down */
    case SCENARIO_VERB_WAIT: return true;
    default: return false;
    }
}

static bool is_waiting(enum scenario_verb verb)
{
    return verb == SCENARIO_VERB_WITHIN || verb == SCENARIO_VERB_AFTER ||
           verb == SCENARIO_VERB_CALM;
}

static void begin_statement(void *context, const struct world *world,
                            const struct scenario_statement *statement)
{
    struct transcript *t = context;
    const bool setup = scenario_verb_help(statement->verb)->phase == SCENARIO_SETUP;
    if (!t->begun) {
        observe(t, world, true);
        t->begun = true;
    }
    observe(t, world, false);
    if (!setup && t->swarm) {
        t->swarm = false; /* adversaries are named by now */
        tell_acquaintances(t, world);
    }
    if (statement->verb == SCENARIO_VERB_SWARM) {
        tell_nodes(t, world);
    } else if (is_waiting(statement->verb)) {
        t->under_way = statement;
        t->under_way_us = t->now_us;
    } else if (!is_left_out(statement->verb)) {
        add(t, t->now_us, setup, "%.*s", (int)statement->text.length,
            (const char *)statement->text.bytes);
    }
    if (statement->verb == SCENARIO_VERB_SWARM) t->swarm = true;
    if (statement->verb == SCENARIO_VERB_LIAR) t->liars_named = true;
    t->own_intent =
        statement->verb == SCENARIO_VERB_INTENT || statement->verb == SCENARIO_VERB_ROUTE;
    t->own_deeds = !is_left_out(statement->verb) && !is_waiting(statement->verb);
}

static void tell_under_way(struct transcript *t)
{
    const struct scenario_statement *statement = t->under_way;
    if (statement == NULL) return;
    t->under_way = NULL;
    uint64_t at_us = t->under_way_us;
    if (t->last_us > at_us) at_us = t->last_us;
    if (statement->verb == SCENARIO_VERB_CALM)
        add(t, at_us, false, "within %s converge%s", duration_words(t->calm_us).text, t->core);
    else
        add(t, at_us, false, "%.*s", (int)statement->text.length,
            (const char *)statement->text.bytes);
}

static void end_statement(void *context, const struct world *world,
                          const struct scenario_statement *statement, const char *outcome)
{
    struct transcript *t = context;
    (void)statement;
    (void)outcome;
    /* what a line of its own has done is told already */
    observe(t, world, t->own_deeds);
    t->own_deeds = false;
    tell_under_way(t);
}

static void take_record(void *context, const struct trace_record *record)
{
    struct transcript *t = context;
    char *names;
    if (record->kind != TRACE_WORLD || strncmp(record->text, "core for ", 9) != 0) return;
    t->calm_us = strtoull(record->text + 9, &names, 10);
    snprintf(t->core, sizeof t->core, "%s", names + strlen(" us:"));
}

/* What was before it goes first. */
static void take_deed(void *context, const struct world *world, const char *line)
{
    struct transcript *t = context;
    if (!t->begun || t->own_deeds) return;
    observe(t, world, false);
    DEED(t, "%s", line);
}

static void take_event(void *context, const struct world *world)
{
    observe(context, world, false);
}

static void end_run(void *context, const struct world *world, const struct interpret_result *result)
{
    struct transcript *t = context;
    (void)result;
    observe(t, world, false);
    if (t->under_way != NULL)
        tell_under_way(t);
    else
        add(t, t->now_us, false, "%s", "");
}

/* ---- Transcripts ---- */

struct transcript *transcript_new(FILE *out)
{
    struct transcript *t = calloc(1, sizeof *t);
    if (t == NULL) abort();
    t->out = out;
    t->listener = (struct interpret_listener){.context = t,
                                              .begin = begin_statement,
                                              .end = end_statement,
                                              .over = end_run,
                                              .record = take_record,
                                              .deed = take_deed,
                                              .event = take_event};
    return t;
}

void transcript_free(struct transcript *t)
{
    free(t);
}

const struct interpret_listener *transcript_listener(struct transcript *t)
{
    return &t->listener;
}
