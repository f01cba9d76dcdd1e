// SPDX-License-Identifier: Apache-2.0
/* The whole text of a scenario: lines, statements, the order they stand in. */
#include "sim/scenario.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/scenario_parser.h"

#define SCENARIO_VERSION_LINE "framesim 1"

typedef bool (*verb_parser)(struct parser *parser, struct scenario_statement *statement);

static const verb_parser verb_parsers[] = {
#define SCENARIO_PARSE(id, function, name, phase, usage, meaning, example) verb_parse_##function,
    SCENARIO_VERBS(SCENARIO_PARSE)
#undef SCENARIO_PARSE
};

static const char *const verb_names[] = {
#define SCENARIO_NAME(id, function, name, phase, usage, meaning, example) name,
    SCENARIO_VERBS(SCENARIO_NAME)
#undef SCENARIO_NAME
};

/* ---- Bytes --------------------------------------------------------------------------------- */

/* Where the UTF-8 of a line is cut or wrong; its length where all is well. */
static size_t utf8_fault(const uint8_t *line, size_t length)
{
    size_t at = 0;
    while (at < length) {
        size_t step = scenario_character(line + at, length - at);
        if (step == 0) break;
        at += step;
    }
    return at;
}

static bool check_bytes(struct parser *parser)
{
    if (parser->length > SCENARIO_LINE_BYTES_MAX) {
        return parser_fail_at(parser, SCENARIO_LINE_BYTES_MAX, "a line of more than %d bytes",
                              SCENARIO_LINE_BYTES_MAX);
    }
    for (size_t i = 0; i < parser->length; i++) {
        uint8_t byte = parser->line[i];
        if (byte == '\r' && i + 1 == parser->length) {
            return parser_fail_at(parser, i,
                                  "a line that ends with CR LF: save the file with "
                                  "plain LF ends of line");
        }
        if (byte == '\0') return parser_fail_at(parser, i, "a NUL byte: this is not a text file");
        if ((byte < ' ' && byte != '\t') || byte == 0x7F)
            return parser_fail_at(parser, i, "a control character (0x%02x)", byte);
    }
    size_t fault = utf8_fault(parser->line, parser->length);
    if (fault == parser->length) return true;
    return parser_fail_at(parser, fault, "this is not UTF-8");
}

/* ---- Statements ---------------------------------------------------------------------------- */

static struct scenario_statement *new_statement(struct parser *parser)
{
    struct scenario *scenario = parser->scenario;
    if (scenario->statement_count == parser->statement_capacity) {
        size_t capacity = parser->statement_capacity == 0 ? 64 : 2 * parser->statement_capacity;
        void *grown = realloc(scenario->statements, capacity * sizeof *scenario->statements);
        if (grown == NULL) return NULL;
        scenario->statements = grown;
        parser->statement_capacity = capacity;
    }
    struct scenario_statement *statement = &scenario->statements[scenario->statement_count++];
    memset(statement, 0, sizeof *statement);
    return statement;
}

/* Does this line say what was said before, or come too late? */
static bool check_phase(struct parser *parser, const struct scenario_statement *statement)
{
    const struct scenario *scenario = parser->scenario;
    bool once = statement->verb == SCENARIO_VERB_TITLE || statement->verb == SCENARIO_VERB_SEED ||
                statement->verb == SCENARIO_VERB_IDENTITY ||
                statement->verb == SCENARIO_VERB_GOSSIP;
    for (size_t i = 0; once && i + 1 < scenario->statement_count; i++) {
        if (scenario->statements[i].verb != statement->verb) continue;
        return parser_fail(parser, "'%s' stands in line %u already", verb_names[statement->verb],
                           (unsigned)scenario->statements[i].line);
    }
    enum scenario_phase phase = scenario_verb_help(statement->verb)->phase;
    if (phase == SCENARIO_ACTION) parser->action_seen = true;
    if (phase != SCENARIO_SETUP || !parser->action_seen) return true;
    return parser_fail(parser, "'%s' stands before everything that happens",
                       verb_names[statement->verb]);
}

static bool parse_statement(struct parser *parser)
{
    size_t verb;
    if (!parser_choice(parser, &verb, "verb", verb_names, SCENARIO_VERB_COUNT)) return false;
    struct scenario_statement *statement = new_statement(parser);
    if (statement == NULL) return parser_fail(parser, "out of memory");
    size_t start = parser->started;
    statement->verb = (enum scenario_verb)verb;
    statement->line = parser->number;
    if (!check_phase(parser, statement) || !verb_parsers[verb](parser, statement)) return false;
    size_t end = parser->at;
    statement->text = (struct frame_span){parser->line + start, end - start};
    return parser_end(parser);
}

static bool parse_version(struct parser *parser)
{
    if (!parser_take(parser, "framesim") || !parser_take(parser, "1"))
        return parser_fail_at(parser, 0, "a scenario's first line is '" SCENARIO_VERSION_LINE "'");
    return parser_end(parser);
}

/* A line of the block below a snapshot. */
static bool parse_block_line(struct parser *parser)
{
    const struct scenario *scenario = parser->scenario;
    struct scenario_statement *above =
        scenario->statement_count > 0 ? &scenario->statements[scenario->statement_count - 1] : NULL;
    if (above == NULL || above->verb != SCENARIO_VERB_SNAPSHOT ||
        above->line + above->of.snapshot.lines + 1 != parser->number)
        return parser_fail_at(parser, 0, "a line with a '|' stands right below a snapshot");
    struct frame_span *block = &above->of.snapshot.block;
    block->length = (size_t)(parser->line + parser->length - block->bytes);
    above->of.snapshot.lines++;
    return true;
}

static bool parse_line(struct parser *parser, bool *version_seen)
{
    if (!check_bytes(parser)) return false;
    if (parser->length > 0 && parser->line[0] == '|') return parse_block_line(parser);
    if (parser_at_end(parser)) return true;
    if (*version_seen) return parse_statement(parser);
    *version_seen = true;
    return parse_version(parser);
}

static bool parse_text(struct parser *parser)
{
    const uint8_t *at = parser->scenario->text;
    const uint8_t *end = at + parser->scenario->text_length;
    bool version_seen = false;
    while (at < end) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        const uint8_t *line_end = newline == NULL ? end : newline;
        parser->line = at;
        parser->length = (size_t)(line_end - at);
        parser->at = 0;
        if (++parser->number > SCENARIO_LINES_MAX)
            return parser_fail_at(parser, 0, "more than %d lines", SCENARIO_LINES_MAX);
        if (!parse_line(parser, &version_seen)) return false;
        at = newline == NULL ? end : newline + 1;
    }
    if (version_seen) return true;
    parser->number = 1;
    return parser_fail_at(parser, 0, "a scenario's first line is '" SCENARIO_VERSION_LINE "'");
}

/* ---- Scenarios ----------------------------------------------------------------------------- */

static struct scenario *scenario_new(const char *path, const uint8_t *text, size_t length)
{
    struct scenario *scenario = calloc(1, sizeof *scenario);
    if (scenario == NULL) return NULL;
    scenario->path = malloc(strlen(path) + 1);
    scenario->text = malloc(length + 1);
    scenario->peers = calloc(SCENARIO_PEERS_MAX, sizeof *scenario->peers);
    scenario->labels = calloc(SCENARIO_LABELS_MAX, sizeof *scenario->labels);
    if (!scenario->path || !scenario->text || !scenario->peers || !scenario->labels) {
        scenario_free(scenario);
        return NULL;
    }
    memcpy(scenario->path, path, strlen(path) + 1);
    if (length != 0) memcpy(scenario->text, text, length);
    scenario->text_length = length;
    return scenario;
}

void scenario_free(struct scenario *scenario)
{
    if (scenario == NULL) return;
    free(scenario->path);
    free(scenario->text);
    free(scenario->peers);
    free(scenario->labels);
    free(scenario->statements);
    free(scenario);
}

static struct scenario *fail_whole(struct scenario_error *error, const char *message)
{
    *error = (struct scenario_error){0};
    memcpy(error->message, message, strlen(message) + 1);
    return NULL;
}

struct scenario *scenario_parse(struct scenario_error *error, const char *path, const uint8_t *text,
                                size_t length)
{
    if (length > SCENARIO_FILE_BYTES_MAX) return fail_whole(error, "more than 8 MiB");
    struct parser parser = {.scenario = scenario_new(path, text, length), .error = error};
    if (parser.scenario == NULL) return fail_whole(error, "out of memory");
    if (parse_text(&parser)) return parser.scenario;
    scenario_free(parser.scenario);
    return NULL;
}

const struct scenario_verb_help *scenario_verb_help(enum scenario_verb verb)
{
    static const struct scenario_verb_help helps[] = {
#define SCENARIO_HELP(id, function, name, phase, usage, meaning, example) \
    {name, SCENARIO_##phase, usage, meaning, example},
        SCENARIO_VERBS(SCENARIO_HELP)
#undef SCENARIO_HELP
    };
    return &helps[verb];
}
