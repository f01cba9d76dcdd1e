// SPDX-License-Identifier: Apache-2.0
/* The tokens of one line of a scenario, and how a fault in it is told. */
#include "sim/scenario_parser.h"

#include <stdarg.h>
#include <string.h>

#include "core/json.h"

static bool fail_with(struct parser *parser, size_t at, const char *format, va_list arguments)
    __attribute__((format(printf, 3, 0)));

static bool fail_with(struct parser *parser, size_t at, const char *format, va_list arguments)
{
    struct scenario_error *error = parser->error;
    error->line = parser->number;
    error->column = (uint32_t)at + 1;
    vsnprintf(error->message, sizeof error->message, format, arguments);
    return false;
}

bool parser_fail_at(struct parser *parser, size_t at, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_with(parser, at, format, arguments);
    va_end(arguments);
    return false;
}

bool parser_fail(struct parser *parser, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    fail_with(parser, parser->started, format, arguments);
    va_end(arguments);
    return false;
}

/* Changes of one byte, and swaps of neighbours, that make one word of the other; at most `SUGGEST_MAX`
   are told apart. */
enum { SUGGEST_BYTES_MAX = 40, SUGGEST_MAX = 2 };

static size_t least(size_t a, size_t b)
{
    return a < b ? a : b;
}

static size_t word_distance(struct frame_span word, const char *name)
{
    size_t width = strlen(name);
    size_t rows[3][SUGGEST_BYTES_MAX + 1];
    if (word.length > SUGGEST_BYTES_MAX || width > SUGGEST_BYTES_MAX) return SIZE_MAX;
    for (size_t j = 0; j <= width; j++)
        rows[0][j] = j;
    for (size_t i = 1; i <= word.length; i++) {
        size_t *row = rows[i % 3];
        const size_t *above = rows[(i - 1) % 3];
        row[0] = i;
        for (size_t j = 1; j <= width; j++) {
            bool same = word.bytes[i - 1] == (uint8_t)name[j - 1];
            row[j] = least(above[j - 1] + !same, least(above[j], row[j - 1]) + 1);
            bool swapped = i > 1 && j > 1 && word.bytes[i - 1] == (uint8_t)name[j - 2] &&
                           word.bytes[i - 2] == (uint8_t)name[j - 1];
            if (swapped) row[j] = least(row[j], rows[(i - 2) % 3][j - 2] + 1);
        }
    }
    return rows[word.length % 3][width];
}

bool parser_fail_unknown(struct parser *parser, const char *what, struct frame_span word,
                         const char *const *names, size_t count)
{
    const char *nearest = NULL;
    size_t nearest_distance = SUGGEST_MAX + 1;
    for (size_t i = 0; i < count; i++) {
        size_t distance = word_distance(word, names[i]);
        if (distance < nearest_distance && distance < strlen(names[i])) {
            nearest = names[i];
            nearest_distance = distance;
        }
    }
    int shown = (int)least(word.length, SUGGEST_BYTES_MAX);
    while ((size_t)shown < word.length && (word.bytes[shown] & 0xC0) == 0x80)
        shown--;
    const char *text = (const char *)word.bytes;
    if (!nearest) return parser_fail(parser, "unknown %s '%.*s'", what, shown, text);
    return parser_fail(parser, "unknown %s '%.*s'; did you mean '%s'?", what, shown, text, nearest);
}

size_t scenario_character(const uint8_t *text, size_t length)
{
    size_t step = text[0] < 0xC0 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    return step <= length && json_utf8_valid(text, step) ? step : 0;
}

static bool is_blank(uint8_t byte)
{
    return byte == ' ' || byte == '\t';
}

static void skip_blanks(struct parser *parser)
{
    while (parser->at < parser->length && is_blank(parser->line[parser->at]))
        parser->at++;
}

bool parser_at_end(struct parser *parser)
{
    skip_blanks(parser);
    return parser->at == parser->length || parser->line[parser->at] == '#';
}

bool parser_end(struct parser *parser)
{
    if (parser_at_end(parser)) return true;
    return parser_fail_at(parser, parser->at, "nothing more was expected here");
}

struct frame_span parser_peek(struct parser *parser)
{
    struct frame_span word = {parser->line + parser->at, 0};
    if (parser_at_end(parser)) return word;
    word.bytes = parser->line + parser->at;
    size_t end = parser->at;
    while (end < parser->length && !is_blank(parser->line[end]))
        end++;
    word.length = end - parser->at;
    return word;
}

bool parser_word(struct parser *parser, struct frame_span *word, const char *what)
{
    *word = parser_peek(parser);
    parser->started = parser->at;
    if (word->length == 0) return parser_fail(parser, "missing: %s", what);
    parser->at += word->length;
    return true;
}

bool parser_take(struct parser *parser, const char *word)
{
    struct frame_span next = parser_peek(parser);
    if (!span_is(next, word)) return false;
    parser->started = parser->at;
    parser->at += next.length;
    return true;
}

bool parser_demand(struct parser *parser, const char *word)
{
    if (parser_take(parser, word)) return true;
    if (parser_at_end(parser)) return parser_fail_at(parser, parser->at, "missing: '%s'", word);
    return parser_fail_at(parser, parser->at, "'%s' was expected here", word);
}

bool parser_choice(struct parser *parser, size_t *choice, const char *what,
                   const char *const *names, size_t count)
{
    struct frame_span word;
    if (!parser_word(parser, &word, what)) return false;
    for (size_t i = 0; i < count; i++) {
        if (!span_is(word, names[i])) continue;
        *choice = i;
        return true;
    }
    return parser_fail_unknown(parser, what, word, names, count);
}

bool parser_rest(struct parser *parser, struct frame_span *text, const char *what)
{
    skip_blanks(parser);
    parser->started = parser->at;
    size_t end = parser->length;
    while (end > parser->at && is_blank(parser->line[end - 1]))
        end--;
    if (end == parser->at) return parser_fail(parser, "missing: %s", what);
    *text = (struct frame_span){parser->line + parser->at, end - parser->at};
    parser->at = parser->length;
    return true;
}
