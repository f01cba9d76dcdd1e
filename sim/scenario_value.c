// SPDX-License-Identifier: Apache-2.0
/* Values in scenarios: numbers, durations, probabilities, latencies, JSON. Integers only. */
#include "sim/scenario_parser.h"

#include <inttypes.h>
#include <string.h>

#include "core/json.h"

#define US_PER_SECOND UINT64_C(1000000)

/* Digits at the front of `text`, without leading zeros. Returns how many bytes they take; 0: none, or
   they pass 2^64-1. */
static size_t read_digits(uint64_t *number, const uint8_t *text, size_t length)
{
    uint64_t value = 0;
    size_t i = 0;
    for (; i < length && text[i] >= '0' && text[i] <= '9'; i++) {
        uint64_t digit = (uint64_t)(text[i] - '0');
        if (value > (UINT64_MAX - digit) / 10) return 0;
        value = value * 10 + digit;
    }
    if (i > 1 && text[0] == '0') return 0;
    *number = value;
    return i;
}

bool parser_number(struct parser *parser, uint64_t *number, const char *what, uint64_t least,
                   uint64_t greatest)
{
    struct frame_span word;
    if (!parser_word(parser, &word, what)) return false;
    size_t used = read_digits(number, word.bytes, word.length);
    if (used == 0 || used != word.length || *number < least || *number > greatest) {
        return parser_fail(parser,
                           "%s: an integer from %" PRIu64 " to %" PRIu64 " was expected here", what,
                           least, greatest);
    }
    return true;
}

/* The unit of a duration in microseconds; 0: none. */
static uint64_t unit_us(struct frame_span unit)
{
    static const struct {
        const char *name;
        uint64_t us;
    } units[] = {{"us", 1},
                 {"ms", 1000},
                 {"s", US_PER_SECOND},
                 {"m", 60 * US_PER_SECOND},
                 {"h", 3600 * US_PER_SECOND}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        if (span_is(unit, units[i].name)) return units[i].us;
    }
    return 0;
}

static bool duration_of(struct parser *parser, uint64_t *duration_us, struct frame_span word,
                        uint64_t greatest_us)
{
    uint64_t number = 0;
    *duration_us = 0;
    size_t used = read_digits(&number, word.bytes, word.length);
    uint64_t unit = unit_us((struct frame_span){word.bytes + used, word.length - used});
    if (used == 0 || unit == 0)
        return parser_fail(parser,
                           "a duration was expected here: an integer with us, ms, s, m or h");
    if (number > greatest_us / unit)
        return parser_fail(parser, "too long: at most %" PRIu64 "h",
                           greatest_us / unit_us((struct frame_span){(const uint8_t *)"h", 1}));
    *duration_us = number * unit;
    return true;
}

bool parser_duration(struct parser *parser, uint64_t *duration_us, uint64_t least_us)
{
    struct frame_span word;
    if (!parser_word(parser, &word, "a duration")) return false;
    if (!duration_of(parser, duration_us, word, SCENARIO_DURATION_US_MAX)) return false;
    if (*duration_us < least_us)
        return parser_fail(parser, "too short: at least %" PRIu64 "us", least_us);
    return true;
}

bool parser_clock_offset(struct parser *parser, int64_t *offset_s)
{
    struct frame_span word;
    uint64_t offset_us = 0;
    if (!parser_word(parser, &word, "+DURATION or -DURATION")) return false;
    if (word.bytes[0] != '+' && word.bytes[0] != '-')
        return parser_fail(parser, "+DURATION or -DURATION was expected here");
    bool behind = word.bytes[0] == '-';
    word = (struct frame_span){word.bytes + 1, word.length - 1};
    if (!duration_of(parser, &offset_us, word, (uint64_t)SCENARIO_CLOCK_S_MAX * US_PER_SECOND))
        return false;
    if (offset_us % US_PER_SECOND != 0)
        return parser_fail(parser, "clocks are set by whole seconds");
    *offset_s = (int64_t)(offset_us / US_PER_SECOND);
    if (behind) *offset_s = -*offset_s;
    return true;
}

bool parser_integer(struct parser *parser, int64_t *integer, const char *what)
{
    struct frame_span word;
    uint64_t number;
    if (!parser_word(parser, &word, what)) return false;
    const bool negative = word.bytes[0] == '-';
    if (negative) word = (struct frame_span){word.bytes + 1, word.length - 1};
    const size_t used = read_digits(&number, word.bytes, word.length);
    if (used == 0 || used != word.length || number > INT64_MAX)
        return parser_fail(parser, "%s was expected here: an integer", what);
    *integer = negative ? -(int64_t)number : (int64_t)number;
    return true;
}

/* 5%, 0.1%: up to four digits behind the point, which makes whole parts per million. */
static bool percent_of(uint32_t *ppm, const uint8_t *text, size_t length)
{
    uint64_t whole;
    size_t used = read_digits(&whole, text, length);
    if (used == 0 || whole > 100) return false;
    uint64_t value = whole * 10000;
    if (used < length && text[used] == '.') {
        uint64_t weight = 1000;
        size_t point = used++;
        for (; used < length && text[used] >= '0' && text[used] <= '9'; used++) {
            value += (uint64_t)(text[used] - '0') * weight;
            if (weight == 0) return false;
            weight /= 10;
        }
        if (used == point + 1) return false;
    }
    if (used + 1 != length || text[used] != '%' || value > SCENARIO_PPM) return false;
    *ppm = (uint32_t)value;
    return true;
}

static bool fraction_of(uint32_t *ppm, const uint8_t *text, size_t length)
{
    uint64_t numerator;
    uint64_t denominator;
    size_t used = read_digits(&numerator, text, length);
    if (used == 0 || used == length || text[used] != '/') return false;
    size_t rest = length - used - 1;
    if (read_digits(&denominator, text + used + 1, rest) != rest) return false;
    if (rest == 0 || denominator == 0 || denominator > SCENARIO_PPM || numerator > denominator)
        return false;
    *ppm = (uint32_t)(numerator * SCENARIO_PPM / denominator);
    return true;
}

bool parser_probability(struct parser *parser, uint32_t *ppm)
{
    struct frame_span word;
    if (!parser_word(parser, &word, "a probability")) return false;
    if (percent_of(ppm, word.bytes, word.length) || fraction_of(ppm, word.bytes, word.length))
        return true;
    return parser_fail(parser,
                       "a probability was expected here: 5%%, 0.0001%% or 1/1000, at most 1");
}

static bool latency_spread(struct parser *parser, struct latency *latency)
{
    if (!parser_duration(parser, &latency->base_us, 0) || !parser_demand(parser, "plus") ||
        !parser_duration(parser, &latency->spread_us, 1)) {
        return false;
    }
    return !parser_take(parser, "cap") || parser_duration(parser, &latency->cap_us, 1);
}

bool parser_latency(struct parser *parser, struct latency *latency)
{
    static const char *const kinds[] = {"constant", "uniform", "exponential", "tail"};
    size_t kind;
    uint64_t greatest_us;
    if (!parser_choice(parser, &kind, "latency", kinds, 4)) return false;
    *latency = (struct latency){.kind = LATENCY_CONSTANT};
    switch (kind) {
    case 0: return parser_duration(parser, &latency->base_us, 0);
    case 1:
        latency->kind = LATENCY_UNIFORM;
        if (!parser_duration(parser, &latency->base_us, 0) || !parser_demand(parser, "to") ||
            !parser_duration(parser, &greatest_us, 0)) {
            return false;
        }
        if (greatest_us < latency->base_us)
            return parser_fail(parser, "the greatest latency is below the least");
        latency->spread_us = greatest_us - latency->base_us;
        return true;
    case 2: latency->kind = LATENCY_EXPONENTIAL; return latency_spread(parser, latency);
    default: latency->kind = LATENCY_LONG_TAIL; return latency_spread(parser, latency);
    }
}

static bool json_fail(struct parser *parser, size_t at, enum frame_status status)
{
    switch (status) {
    case FRAME_JSON_NOT_CANONICAL:
        return parser_fail_at(parser, at,
                              "JSON that is not canonical: no white space, keys sorted and each "
                              "once, integers only, shortest escapes (§ 2)");
    case FRAME_LIMIT:
        return parser_fail_at(parser, at, "JSON of more than %d containers in each other (§ 2)",
                              FRAME_DEPTH_MAX);
    default: return parser_fail_at(parser, at, "this is not JSON (§ 2)");
    }
}

bool parser_json(struct parser *parser, struct frame_span *value, char first, const char *what)
{
    size_t end;
    size_t offset;
    if (parser_at_end(parser)) return parser_fail_at(parser, parser->at, "missing: %s", what);
    parser->started = parser->at;
    if (first != 0 && parser->line[parser->at] != (uint8_t)first)
        return parser_fail(parser, "%s was expected here", what);
    enum frame_status status =
        json_check_value(&end, &offset, parser->line, parser->length, parser->at, 0, SIZE_MAX);
    if (status != FRAME_OK) return json_fail(parser, offset, status);
    if (end < parser->length && parser->line[end] != ' ' && parser->line[end] != '\t')
        return parser_fail_at(parser, end, "a blank was expected here, behind the JSON value");
    *value = (struct frame_span){parser->line + parser->at, end - parser->at};
    parser->at = end;
    return true;
}

bool parser_compare(struct parser *parser, enum scenario_compare *compare)
{
    static const char *const signs[] = {"=", "!=", "<", "<=", ">", ">="};
    struct frame_span word;
    if (!parser_word(parser, &word, "a comparison")) return false;
    for (size_t i = 0; i < sizeof signs / sizeof *signs; i++) {
        if (!span_is(word, signs[i])) continue;
        *compare = (enum scenario_compare)(SCENARIO_EQUAL + i);
        return true;
    }
    return parser_fail(parser, "a comparison was expected here: = != < <= > >=");
}
