// SPDX-License-Identifier: Apache-2.0
/* The verbs that make something happen: users, faults, forgeries, time. */
#include "sim/scenario_parser.h"

#include <string.h>

#include "core/dapp.h"
#include "core/json.h"
#include "sim/flood.h"

/* ---- Users --------------------------------------------------------------------------------- */

/* dApp ids and actions, but for those that no user asks for. */
struct action_names {
    const char *names[128];
    const struct frame_dapp *dapps[128]; /* NULL: an action */
    size_t count;
};

static void name_add(struct action_names *all, const char *name, const struct frame_dapp *dapp)
{
    if (all->count == sizeof all->names / sizeof *all->names) return;
    all->names[all->count] = name;
    all->dapps[all->count++] = dapp;
}

static bool same_text(const char *a, const char *b)
{
    return span_is((struct frame_span){(const uint8_t *)a, strlen(a)}, b);
}

static void action_names_init(struct action_names *all)
{
    const struct frame_dapp_table *table = frame_dapps_builtin();
    all->count = 0;
    for (size_t i = 0; i < table->count; i++) {
        const struct frame_dapp *dapp = table->dapps[i];
        if (same_text(dapp->id, "federation")) continue;
        /* the composite dApp has one action of its own name */
        if (!same_text(dapp->id, dapp->intents[0].action)) name_add(all, dapp->id, dapp);
        for (size_t j = 0; j < dapp->intent_count; j++)
            name_add(all, dapp->intents[j].action, NULL);
    }
}

static bool is_code(struct frame_span word)
{
    for (size_t i = 0; i < word.length; i++) {
        uint8_t c = word.bytes[i];
        if (c != '_' && !(c >= 'a' && c <= 'z')) return false;
    }
    return word.length >= 1 && word.length <= SCENARIO_CODE_BYTES_MAX;
}

static bool parse_outcome(struct parser *parser, struct scenario_statement *statement)
{
    statement->of.intent.outcome = SCENARIO_OUTCOME_OK;
    if (!parser_take(parser, "->")) return true;
    if (parser_take(parser, "ok")) return true;
    statement->of.intent.outcome = SCENARIO_OUTCOME_ANY;
    if (parser_take(parser, "any")) return true;
    statement->of.intent.outcome = SCENARIO_OUTCOME_LATER;
    if (parser_take(parser, "later")) return true;
    struct frame_span *expected = &statement->of.intent.expected;
    struct frame_span next = parser_peek(parser);
    if (next.length != 0 && next.bytes[0] == '{') {
        statement->of.intent.outcome = SCENARIO_OUTCOME_RESULT;
        return parser_json(parser, expected, '{', "a result object");
    }
    statement->of.intent.outcome = SCENARIO_OUTCOME_CODE;
    if (!parser_word(parser, expected, "an outcome")) return false;
    if (is_code(*expected)) return true;
    return parser_fail(parser,
                       "an outcome was expected here: ok, any, later, an error's name or {RESULT}");
}

static bool parse_action(struct parser *parser, struct frame_span *action)
{
    struct action_names all;
    size_t choice;
    action_names_init(&all);
    struct action_names actions = {.count = 0};
    for (size_t i = 0; i < all.count; i++) {
        if (all.dapps[i] == NULL) name_add(&actions, all.names[i], NULL);
    }
    *action = parser_peek(parser);
    return parser_choice(parser, &choice, "action", actions.names, actions.count);
}

/* What a user types holds no NUL. */
static bool parse_raw(struct parser *parser, struct frame_span *raw)
{
    if (!parser_json(parser, raw, '"', "a \"text\"")) return false;
    for (size_t i = 0; i + 1 < raw->length; i++) {
        if (raw->bytes[i] != '\\') continue;
        if (raw->length - i >= 6 && memcmp(raw->bytes + i, "\\u0000", 6) == 0)
            return parser_fail(parser, "a text without NUL was expected here");
        i++;
    }
    return true;
}

bool verb_parse_intent(struct parser *parser, struct scenario_statement *statement)
{
    statement->of.intent.label = SIZE_MAX;
    if (!parser_peer(parser, &statement->of.intent.peer) ||
        !parse_action(parser, &statement->of.intent.action) ||
        !parser_json(parser, &statement->of.intent.payload, '{', "a {payload}")) {
        return false;
    }
    if (parser_take(parser, "raw") && !parse_raw(parser, &statement->of.intent.raw)) return false;
    if (parser_take(parser, "responses") &&
        !parser_json(parser, &statement->of.intent.responses, '[', "an array of [responses]")) {
        return false;
    }
    if (parser_take(parser, "as") && !parser_new_label(parser, &statement->of.intent.label))
        return false;
    return parse_outcome(parser, statement);
}

bool verb_parse_route(struct parser *parser, struct scenario_statement *statement)
{
    statement->of.intent.label = SIZE_MAX;
    statement->of.intent.outcome = SCENARIO_OUTCOME_LATER;
    if (!parser_peer(parser, &statement->of.intent.peer) ||
        !parse_action(parser, &statement->of.intent.action) ||
        !parser_json(parser, &statement->of.intent.payload, '{', "a {payload}"))
        return false;
    if (parser_take(parser, "raw") && !parse_raw(parser, &statement->of.intent.raw)) return false;
    return !parser_take(parser, "as") || parser_new_label(parser, &statement->of.intent.label);
}

/* An action, or a dApp, which stands for each of its actions. */
static bool parse_mix_entry(struct parser *parser, struct scenario_statement *statement,
                            const struct action_names *all)
{
    struct frame_span word;
    if (!parser_word(parser, &word, "DAPP=WEIGHT")) return false;
    struct frame_span name = word;
    for (name.length = 0; name.length < word.length; name.length++) {
        if (word.bytes[name.length] == '=') break;
    }
    if (name.length == word.length) return parser_fail(parser, "DAPP=WEIGHT was expected here");
    size_t which = 0;
    while (which < all->count && !span_is(name, all->names[which]))
        which++;
    if (which == all->count)
        return parser_fail_unknown(parser, "dApp or action", name, all->names, all->count);
    /* the weight is read as a word of its own */
    parser->at = parser->started + name.length + 1;
    uint64_t weight;
    if (parser->at == parser->started + word.length)
        return parser_fail_at(parser, parser->at, "missing: a weight");
    if (!parser_number(parser, &weight, "weight", 0, 1000000)) return false;
    const struct frame_dapp *dapp = all->dapps[which];
    size_t count = dapp == NULL ? 1 : dapp->intent_count;
    for (size_t i = 0; i < count; i++) {
        if (statement->of.workload.mix_count == SCENARIO_MIX_MAX)
            return parser_fail(parser, "a mix of more than %d actions", SCENARIO_MIX_MAX);
        struct scenario_mix *entry =
            &statement->of.workload.mix[statement->of.workload.mix_count++];
        entry->action = dapp == NULL ? all->names[which] : dapp->intents[i].action;
        entry->weight = (uint32_t)weight;
    }
    return true;
}

bool verb_parse_workload(struct parser *parser, struct scenario_statement *statement)
{
    struct action_names all;
    if (!parser_peers(parser, &statement->peers) || !parser_demand(parser, "every") ||
        !parser_duration(parser, &statement->of.workload.interval_us, 1000) ||
        !parser_demand(parser, "for") ||
        !parser_duration(parser, &statement->duration_us, statement->of.workload.interval_us)) {
        return false;
    }
    if (parser_take(parser, "careless") &&
        !parser_probability(parser, &statement->of.workload.careless_ppm)) {
        return false;
    }
    if (parser_take(parser, "raw") && !parser_number(parser, &statement->of.workload.raw_bytes,
                                                     "number of bytes", 1, FRAME_RAW_BYTES_MAX)) {
        return false;
    }
    if (!parser_take(parser, "mix")) return true;
    action_names_init(&all);
    do {
        if (!parse_mix_entry(parser, statement, &all)) return false;
    } while (!parser_at_end(parser));
    return true;
}

/* ---- Links --------------------------------------------------------------------------------- */

bool verb_parse_partition(struct parser *parser, struct scenario_statement *statement)
{
    size_t count = 0;
    do {
        struct scenario_peers *group = &statement->of.partition.groups[count];
        if (count == SCENARIO_GROUPS_MAX)
            return parser_fail(parser, "more than %d sides", SCENARIO_GROUPS_MAX);
        if (!parser_peers(parser, group)) return false;
        for (size_t i = 0; i < count; i++) {
            if ((statement->of.partition.groups[i].bits & group->bits) != 0)
                return parser_fail(parser, "a peer stands on two sides");
        }
        count++;
    } while (parser_take(parser, "|"));
    statement->of.partition.count = count;
    return count >= 2 || parser_demand(parser, "|");
}

bool verb_parse_block(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const types[] = {"attest",   "request", "page",  "reject",
                                        "announce", "route",   "result"};
    if (!parser_ends(parser, &statement->of.block.ends)) return false;
    if (!parser_take(parser, "only")) return true;
    do {
        size_t type;
        if (!parser_choice(parser, &type, "message type", types, sizeof types / sizeof *types))
            return false;
        statement->of.block.types |= 1u << type;
    } while (!parser_at_end(parser));
    return true;
}

bool verb_parse_heal(struct parser *parser, struct scenario_statement *statement)
{
    statement->of.ends.everything = parser_at_end(parser);
    return statement->of.ends.everything || parser_ends(parser, &statement->of.ends);
}

/* ---- Peers --------------------------------------------------------------------------------- */

bool verb_parse_restart(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_start(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_leave(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

bool verb_parse_accept_loss(struct parser *parser, struct scenario_statement *statement)
{
    return parser_peers(parser, &statement->peers);
}

/* ---- Forgeries ----------------------------------------------------------------------------- */

enum { FORGERIES_MAX = 256 };

/* A name of the table, or SUBJECT/CHANGES… of the grammar: read first, judged once the place is known. */
static bool parse_kind(struct parser *parser, struct forgery *kind,
                       struct forgery_composition *composition)
{
    const char *names[FORGERIES_MAX];
    const char *problem;
    struct frame_span part;
    struct frame_span word = parser_peek(parser);
    size_t count = forgery_count() < FORGERIES_MAX ? forgery_count() : FORGERIES_MAX;
    size_t choice;
    composition->subject = FORGED_NONE;
    if (memchr(word.bytes, '/', word.length) != NULL) {
        (void)parser_word(parser, &word, "kind of forgery");
        if (forgery_composition_read(composition, &problem, &part, word)) return true;
        return part.length > 0 ? parser_fail(parser, "%s: '%.*s'", problem,
                                             (int)(part.length < 40 ? part.length : 40),
                                             (const char *)part.bytes)
                               : parser_fail(parser, "%s", problem);
    }
    for (size_t i = 0; i < count; i++)
        names[i] = forgery_at(i)->name;
    if (!parser_choice(parser, &choice, "kind of forgery", names, count)) return false;
    *kind = *forgery_at(choice);
    return true;
}

/* `as` an adversary or `on the wire from` a peer: a composed forgery may be either. */
static bool parse_place(struct parser *parser, struct forgery *kind,
                        const struct forgery_composition *composition)
{
    const bool wire = parser_take(parser, "on");
    const enum forgery_place place = wire ? FORGERY_WIRE : FORGERY_PEER;
    if (!wire && !parser_demand(parser, "as")) return false;
    if (composition->subject != FORGED_NONE && !forgery_compose(kind, composition, place))
        return parser_fail(parser, "nobody on the wire has the identity's key: 'as PEER'");
    if (kind->place == place) return true;
    return wire ? parser_fail(parser, "'%s' comes from an adversary: 'as PEER'", kind->name)
                : parser_fail(parser, "'%s' is done on the wire: 'on the wire from PEER'",
                              kind->name);
}

static bool parse_source(struct parser *parser, const struct forgery *kind, size_t *source)
{
    if (kind->place == FORGERY_WIRE)
        return parser_demand(parser, "the") && parser_demand(parser, "wire") &&
               parser_demand(parser, "from") && parser_peer(parser, source);
    if (!parser_any_peer(parser, source)) return false;
    if (parser->scenario->peers[*source].adversary) return true;
    return parser_fail(parser, "only an adversary forges as itself: name it with 'adversary'");
}

/* `expect` an error's name, ok or alarm: just that of the kind. */
static bool parse_expected(struct parser *parser, const struct forgery *kind)
{
    struct frame_span word;
    enum frame_status error;
    if (!parser_demand(parser, "expect")) return false;
    if (span_is(parser_peek(parser), forgery_expected(kind)))
        return parser_word(parser, &word, "an error's name");
    if (!span_is(parser_peek(parser), "ok") && !span_is(parser_peek(parser), "alarm") &&
        !parser_status(parser, &error))
        return false;
    return parser_fail(parser,
                       kind->fate == FORGERY_REFUSED
                           ? "a forgery of kind '%s' is refused as '%s' (§ 10-12)"
                           : "a forgery of kind '%s' meets '%s' (§ 9-12)",
                       kind->name, forgery_expected(kind));
}

bool verb_parse_forge(struct parser *parser, struct scenario_statement *statement)
{
    struct forgery *kind = &statement->of.forge.kind;
    struct forgery_composition composition;
    size_t *source = &statement->of.forge.source;
    uint64_t times = 1;
    if (!parse_kind(parser, kind, &composition) || !parser_demand(parser, "on") ||
        !parser_peer(parser, &statement->of.forge.victim) ||
        !parse_place(parser, kind, &composition) || !parse_source(parser, kind, source)) {
        return false;
    }
    if (*source == statement->of.forge.victim)
        return parser_fail(parser, "a peer does not forge messages to itself");
    if (parser_take(parser, "times") &&
        !parser_number(parser, &times, "times", 1, SCENARIO_TIMES_MAX)) {
        return false;
    }
    statement->of.forge.times = (uint32_t)times;
    return parse_expected(parser, kind);
}

bool verb_parse_withdraw(struct parser *parser, struct scenario_statement *statement)
{
    if (!parser_ends(parser, &statement->of.ends)) return false;
    if (statement->of.ends.both_ways) return parser_fail(parser, "a wire goes one way");
    if (statement->of.ends.from == WORLD_ANY || statement->of.ends.to == WORLD_ANY)
        return parser_fail(parser, "a wire has two ends");
    return true;
}

bool verb_parse_flood(struct parser *parser, struct scenario_statement *statement)
{
    const char *names[FORGERIES_MAX];
    const size_t count = flood_count() < FORGERIES_MAX ? flood_count() : FORGERIES_MAX;
    size_t choice;
    for (size_t i = 0; i < count; i++)
        names[i] = flood_at(i)->name;
    if (!parser_choice(parser, &choice, "kind of flood", names, count) ||
        !parser_demand(parser, "on") || !parser_peer(parser, &statement->of.flood.victim) ||
        !parser_demand(parser, "as") ||
        !parse_source(parser, flood_at(choice), &statement->of.flood.source))
        return false;
    statement->of.flood.kind = flood_at(choice);
    return parser_demand(parser, "times") &&
           parser_number(parser, &statement->of.flood.count, "times", 1, SCENARIO_TIMES_MAX) &&
           parser_demand(parser, "every") &&
           parser_duration(parser, &statement->of.flood.interval_us, 1) &&
           parse_expected(parser, flood_at(choice));
}

/* ---- Time ---------------------------------------------------------------------------------- */

bool verb_parse_wait(struct parser *parser, struct scenario_statement *statement)
{
    return parser_duration(parser, &statement->duration_us, 1);
}
