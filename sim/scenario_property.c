// SPDX-License-Identifier: Apache-2.0
/* Properties: [not] [PEERS] SUBJECT [ARGUMENT] [COMPARE VALUE], or [not] LABEL FATE [on PEERS]. */
#include "sim/scenario_parser.h"

#include "core/json.h"

enum argument_kind {
    ARGUMENT_NONE,
    ARGUMENT_ADDRESS,
    ARGUMENT_KEY,
    ARGUMENT_ERROR,
    ARGUMENT_RECEIPT,
    ARGUMENT_PEER
};
enum value_kind { VALUE_NONE, VALUE_NUMBER, VALUE_SUPPLY, VALUE_JSON };

static const struct {
    enum argument_kind argument;
    enum value_kind value;
} subjects[] = {
#define PROPERTY_SUBJECT(id, word, argument, value, meaning) {ARGUMENT_##argument, VALUE_##value},
    SCENARIO_SUBJECTS(PROPERTY_SUBJECT)
#undef PROPERTY_SUBJECT
};
enum { SUBJECT_COUNT = sizeof subjects / sizeof *subjects };

static const char *const subject_words[] = {
#define PROPERTY_WORD(id, word, argument, value, meaning) word,
    SCENARIO_SUBJECTS(PROPERTY_WORD)
#undef PROPERTY_WORD
};

static const char *const fate_words[] = {
#define PROPERTY_FATE(id, word, meaning) word,
    SCENARIO_FATES(PROPERTY_FATE)
#undef PROPERTY_FATE
};

bool parser_status(struct parser *parser, enum frame_status *status)
{
    const char *names[FRAME_STATUS_COUNT];
    size_t choice;
    for (size_t i = 0; i < FRAME_STATUS_COUNT; i++)
        names[i] = frame_status_name((enum frame_status)i);
    if (!parser_choice(parser, &choice, "error", names, FRAME_STATUS_COUNT)) return false;
    if (choice == FRAME_OK) return parser_fail(parser, "'ok' is no error");
    *status = (enum frame_status)choice;
    return true;
}

/* The label of a receipt. */
static bool parse_receipt(struct parser *parser, size_t *label)
{
    struct frame_span word;
    *label = SIZE_MAX;
    if (parser_take(parser, "forged")) return true;
    if (!parser_word(parser, &word, "a label, or 'forged'")) return false;
    *label = parser_find_label(parser, word);
    if (*label != SIZE_MAX) return true;
    return parser_fail(parser, "no line above has given a receipt this label");
}

static bool parse_argument(struct parser *parser, struct scenario_property *property)
{
    switch (subjects[property->subject].argument) {
    case ARGUMENT_NONE: return true;
    case ARGUMENT_ADDRESS: return parser_word(parser, &property->argument, "an address");
    case ARGUMENT_KEY: return parser_json(parser, &property->argument, '"', "a \"key\"");
    case ARGUMENT_ERROR: return parser_status(parser, &property->error);
    case ARGUMENT_RECEIPT: return parse_receipt(parser, &property->label);
    case ARGUMENT_PEER: break;
    }
    return parser_any_peer(parser, &property->peer);
}

static bool parse_value(struct parser *parser, struct scenario_property *property,
                        enum value_kind kind)
{
    if (kind == VALUE_SUPPLY && parser_take(parser, "balances")) {
        property->value = SCENARIO_VALUE_BALANCES;
        return true;
    }
    const char *what = kind == VALUE_JSON     ? "a JSON value"
                       : kind == VALUE_SUPPLY ? "an integer, or 'balances',"
                                              : "an integer";
    if (!parser_json(parser, &property->json, 0, what)) return false;
    if (json_integer(property->json, &property->integer)) {
        property->value = SCENARIO_VALUE_INTEGER;
        return true;
    }
    if (kind != VALUE_JSON) return parser_fail(parser, "%s was expected here", what);
    property->value = SCENARIO_VALUE_JSON;
    if (property->compare == SCENARIO_EQUAL || property->compare == SCENARIO_NOT_EQUAL) return true;
    return parser_fail(parser, "only integers have an order: use = or !=");
}

static bool parse_comparison(struct parser *parser, struct scenario_property *property)
{
    enum value_kind kind = subjects[property->subject].value;
    if (kind == VALUE_NONE) return true;
    if (kind == VALUE_JSON && parser_take(parser, "absent")) {
        property->compare = SCENARIO_ABSENT;
        return true;
    }
    if (kind == VALUE_JSON && parser_take(parser, "present")) {
        property->compare = SCENARIO_PRESENT;
        return true;
    }
    return parser_compare(parser, &property->compare) && parse_value(parser, property, kind);
}

static bool parse_fate(struct parser *parser, struct scenario_property *property)
{
    size_t fate;
    if (!parser_choice(parser, &fate, "fate of a receipt", fate_words, SCENARIO_FATE_COUNT))
        return false;
    property->subject = SCENARIO_SUBJECT_FATE;
    property->fate = (enum scenario_fate)fate;
    if (!parser_take(parser, "on") && !parser_take(parser, "by")) return true;
    return parser_peers(parser, &property->peers);
}

/* Some subjects are about several peers at once, or make no sense of one. */
static bool check_peers(struct parser *parser, const struct scenario_property *property)
{
    bool several = property->subject == SCENARIO_SUBJECT_CONVERGED ||
                   property->subject == SCENARIO_SUBJECT_DIVERGED;
    if (!several || property->everybody || scenario_peers_count(property->peers) >= 2) return true;
    return parser_fail(parser, "'%s' takes two peers or more", subject_words[property->subject]);
}

bool parser_property(struct parser *parser, struct scenario_property *property)
{
    size_t subject;
    *property = (struct scenario_property){.label = SIZE_MAX};
    property->negated = parser_take(parser, "not");
    property->label = parser_find_label(parser, parser_peek(parser));
    if (property->label != SIZE_MAX) {
        parser_take(parser, parser->scenario->labels[property->label].name);
        if (!parse_fate(parser, property)) return false;
        property->everybody = property->peers.bits == 0;
        return true;
    }
    if (!parser_peers_optional(parser, &property->peers)) return false;
    property->everybody = property->peers.bits == 0;
    if (!parser_choice(parser, &subject, "peer, label or subject", subject_words, SUBJECT_COUNT))
        return false;
    property->subject = (enum scenario_subject)subject;
    return check_peers(parser, property) && parse_argument(parser, property) &&
           parse_comparison(parser, property);
}

/* ---- The verbs that are about properties ---------------------------------------------------- */

static bool parse_watch(struct parser *parser, struct scenario_statement *statement)
{
    if (parser->watches++ == SCENARIO_WATCHES_MAX)
        return parser_fail(parser, "more than %d lines of always and never", SCENARIO_WATCHES_MAX);
    return parser_property(parser, &statement->of.property);
}

bool verb_parse_always(struct parser *parser, struct scenario_statement *statement)
{
    return parse_watch(parser, statement);
}

bool verb_parse_never(struct parser *parser, struct scenario_statement *statement)
{
    return parse_watch(parser, statement);
}

bool verb_parse_expect(struct parser *parser, struct scenario_statement *statement)
{
    return parser_property(parser, &statement->of.property);
}

/* `converge PEERS` and `diverged PEERS` are the properties of these names, said as a verb. */
static bool parse_timed(struct parser *parser, struct scenario_statement *statement,
                        const char *word, enum scenario_subject subject)
{
    struct scenario_property *property = &statement->of.property;
    if (!parser_duration(parser, &statement->duration_us, 1)) return false;
    if (parser_take(parser, word)) {
        *property = (struct scenario_property){.subject = subject, .label = SIZE_MAX};
        if (!parser_peers_optional(parser, &property->peers)) return false;
        property->everybody = property->peers.bits == 0;
        return check_peers(parser, property);
    }
    if (!parser_take(parser, "expect"))
        return parser_fail_at(parser, parser->at, "'%s' or 'expect' was expected here", word);
    return parser_property(parser, property);
}

bool verb_parse_within(struct parser *parser, struct scenario_statement *statement)
{
    return parse_timed(parser, statement, "converge", SCENARIO_SUBJECT_CONVERGED);
}

bool verb_parse_after(struct parser *parser, struct scenario_statement *statement)
{
    return parse_timed(parser, statement, "diverged", SCENARIO_SUBJECT_DIVERGED);
}
