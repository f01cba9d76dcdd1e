// SPDX-License-Identifier: Apache-2.0
/*
 * Inside the scenario parser: one line is read from left to right. Every parser_* function that can
 * fail returns false with parser->error set, and then nothing more is read.
 */
#ifndef SIM_SCENARIO_PARSER_H
#define SIM_SCENARIO_PARSER_H

#include "sim/scenario.h"

struct parser {
    struct scenario *scenario;
    struct scenario_error *error;
    const uint8_t *line; /* without its newline */
    size_t length;
    size_t at;      /* the next byte to read */
    size_t started; /* where the token read last begins */
    uint32_t number;
    size_t peer_capacity;
    size_t label_capacity;
    size_t statement_capacity;
    size_t watches;
    bool action_seen;
};

/* ---- Faults (scenario_lex.c) --------------------------------------------------------------- */

/* The fault at a byte of the line; always false. */
bool parser_fail_at(struct parser *parser, size_t at, const char *format, ...)
    __attribute__((format(printf, 3, 4)));
/* The fault at the token read last. */
bool parser_fail(struct parser *parser, const char *format, ...)
    __attribute__((format(printf, 2, 3)));
/* "unknown WHAT 'word'", and where one of the names is near: "; did you mean 'name'?" */
bool parser_fail_unknown(struct parser *parser, const char *what, struct frame_span word,
                         const char *const *names, size_t count);

/* ---- Tokens (scenario_lex.c) --------------------------------------------------------------- */

/* Is nothing left on the line but blanks and a comment? */
bool parser_at_end(struct parser *parser);
bool parser_end(struct parser *parser);
/* The next run of bytes other than blanks; `what` says what was wanted. */
bool parser_word(struct parser *parser, struct frame_span *word, const char *what);
/* Takes the next word if it is this one. Never fails. */
bool parser_take(struct parser *parser, const char *word);
/* The next word, which must be this one. */
bool parser_demand(struct parser *parser, const char *word);
/* The next word without taking it; length 0 at the end. */
struct frame_span parser_peek(struct parser *parser);
/* The index of the next word in a list of names. */
bool parser_choice(struct parser *parser, size_t *choice, const char *what,
                   const char *const *names, size_t count);
/* The rest of the line, without blanks around it. Comments are none: all of it is text. */
bool parser_rest(struct parser *parser, struct frame_span *text, const char *what);

/* ---- Values (scenario_value.c) ------------------------------------------------------------- */

bool parser_number(struct parser *parser, uint64_t *number, const char *what, uint64_t least,
                   uint64_t greatest);
/* An integer with unit us, ms, s, m or h. */
bool parser_duration(struct parser *parser, uint64_t *duration_us, uint64_t least_us);
/* +DURATION or -DURATION in whole seconds. */
bool parser_clock_offset(struct parser *parser, int64_t *offset_s);
/* Any integer of 64 bits, with a - before it where it is negative. */
bool parser_integer(struct parser *parser, int64_t *integer, const char *what);
/* 5%, 0.1% or 1/1000, rounded down to parts per million. */
bool parser_probability(struct parser *parser, uint32_t *ppm);
/* constant D | uniform D to D | exponential D plus D [cap D] | tail D plus D [cap D] */
bool parser_latency(struct parser *parser, struct latency *latency);
/* One canonical JSON value (§ 2) of a kind given by its first byte: '{', '[', '"' or 0 for any. */
bool parser_json(struct parser *parser, struct frame_span *value, char first, const char *what);
bool parser_compare(struct parser *parser, enum scenario_compare *compare);

/* ---- Names (scenario_names.c) -------------------------------------------------------------- */

/* Is this how a peer or a label is written, and no word of the language? */
bool parser_name(struct parser *parser, struct frame_span word, const char *what);
bool parser_new_peer(struct parser *parser, struct frame_span name, bool late, bool adversary);
bool parser_new_label(struct parser *parser, size_t *label);
/* SIZE_MAX where there is none of this name. */
size_t parser_find_peer(const struct parser *parser, struct frame_span name);
size_t parser_find_label(const struct parser *parser, struct frame_span name);
/* Any peer's name, and an instance's: there an adversary's is a fault. */
bool parser_any_peer(struct parser *parser, size_t *peer);
bool parser_peer(struct parser *parser, size_t *peer);
/* * or one or more names, each once. Stops before the first word that is no peer. */
bool parser_peers(struct parser *parser, struct scenario_peers *peers);
/* The same, but none at all gives the empty set. */
bool parser_peers_optional(struct parser *parser, struct scenario_peers *peers);
struct scenario_peers parser_everybody(const struct parser *parser);
/* A -> B, A <-> B, where * stands for everybody. */
bool parser_ends(struct parser *parser, struct scenario_ends *ends);

/* ---- Larger things ------------------------------------------------------------------------- */

/* One of the stable error names. */
bool parser_status(struct parser *parser, enum frame_status *status);
bool parser_property(struct parser *parser, struct scenario_property *property);

#define SCENARIO_VERB_PARSER(id, function, name, phase, usage, meaning, example) \
    bool verb_parse_##function(struct parser *parser, struct scenario_statement *statement);
SCENARIO_VERBS(SCENARIO_VERB_PARSER)
#undef SCENARIO_VERB_PARSER

#endif
