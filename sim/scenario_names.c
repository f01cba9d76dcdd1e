// SPDX-License-Identifier: Apache-2.0
/* Peers and labels: who may be called what, and who is meant. */
#include "sim/scenario_parser.h"

#include <stdlib.h>
#include <string.h>

#include "core/json.h"

bool scenario_peers_has(struct scenario_peers set, size_t peer)
{
    return (set.bits >> peer & 1) != 0;
}

size_t scenario_peers_count(struct scenario_peers set)
{
    size_t count = 0;
    for (uint64_t bits = set.bits; bits != 0; bits &= bits - 1)
        count++;
    return count;
}

static struct scenario_peers peers_with(struct scenario_peers set, size_t peer)
{
    if (peer >= SCENARIO_PEERS_MAX) return set;
    return (struct scenario_peers){set.bits | UINT64_C(1) << peer};
}

/* Words that a line would no longer be clear with. Verbs are none: they stand first. */
static const char *const reserved[] = {
#define NAMES_SUBJECT(id, word, argument, value, meaning) word,
    SCENARIO_SUBJECTS(NAMES_SUBJECT)
#undef NAMES_SUBJECT
#define NAMES_FATE(id, word, meaning) word,
        SCENARIO_FATES(NAMES_FATE)
#undef NAMES_FATE
            "absent",
    "as",
    "attestation",
    "balances",
    "by",
    "capability",
    "converge",
    "dapp",
    "drift",
    "envelope",
    "every",
    "expect",
    "for",
    "forged",
    "from",
    "in",
    "jump",
    "late",
    "mistrusted",
    "mix",
    "not",
    "of",
    "on",
    "ours",
    "out",
    "present",
    "protocol",
    "raw",
    "receipt",
    "responses",
    "shows",
    "state-root",
    "sync",
    "times",
    "to"};

static bool is_name(struct frame_span word)
{
    if (word.length == 0 || word.length > SCENARIO_NAME_BYTES_MAX) return false;
    for (size_t i = 0; i < word.length; i++) {
        uint8_t c = word.bytes[i];
        bool letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
        bool other = (c >= '0' && c <= '9') || c == '-' || c == '_';
        if (!letter && (i == 0 || !other)) return false;
    }
    return true;
}

bool parser_name(struct parser *parser, struct frame_span word, const char *what)
{
    if (!is_name(word)) {
        return parser_fail(parser,
                           "%s is a letter, then letters, digits, - and _, at most %d bytes", what,
                           SCENARIO_NAME_BYTES_MAX);
    }
    for (size_t i = 0; i < sizeof reserved / sizeof *reserved; i++) {
        if (span_is(word, reserved[i]))
            return parser_fail(parser, "'%s' is a word of the language, not a name", reserved[i]);
    }
    return true;
}

size_t parser_find_peer(const struct parser *parser, struct frame_span name)
{
    for (size_t i = 0; i < parser->scenario->peer_count; i++) {
        if (span_is(name, parser->scenario->peers[i].name)) return i;
    }
    return SIZE_MAX;
}

size_t parser_find_label(const struct parser *parser, struct frame_span name)
{
    for (size_t i = 0; i < parser->scenario->label_count; i++) {
        if (span_is(name, parser->scenario->labels[i].name)) return i;
    }
    return SIZE_MAX;
}

/* A name that nothing else has. */
static bool fresh_name(struct parser *parser, struct frame_span word, const char *what)
{
    if (!parser_name(parser, word, what)) return false;
    if (parser_find_peer(parser, word) != SIZE_MAX)
        return parser_fail(parser, "there is a peer of this name already");
    size_t label = parser_find_label(parser, word);
    if (label != SIZE_MAX) {
        return parser_fail(parser, "line %u has this label already",
                           (unsigned)parser->scenario->labels[label].line);
    }
    return true;
}

static void copy_name(char *name, struct frame_span word)
{
    memcpy(name, word.bytes, word.length);
    name[word.length] = '\0';
}

bool parser_new_peer(struct parser *parser, struct frame_span name, bool late, bool adversary)
{
    struct scenario *scenario = parser->scenario;
    if (!fresh_name(parser, name, "a peer's name")) return false;
    if (scenario->peer_count == SCENARIO_PEERS_MAX)
        return parser_fail(parser, "more than %d peers", SCENARIO_PEERS_MAX);
    struct scenario_peer *peer = &scenario->peers[scenario->peer_count++];
    copy_name(peer->name, name);
    peer->late = late;
    peer->adversary = adversary;
    return true;
}

bool parser_new_label(struct parser *parser, size_t *label)
{
    struct scenario *scenario = parser->scenario;
    struct frame_span word;
    if (!parser_word(parser, &word, "a label") || !fresh_name(parser, word, "a label"))
        return false;
    if (scenario->label_count == SCENARIO_LABELS_MAX)
        return parser_fail(parser, "more than %d labels", SCENARIO_LABELS_MAX);
    *label = scenario->label_count++;
    copy_name(scenario->labels[*label].name, word);
    scenario->labels[*label].line = parser->number;
    return true;
}

static bool fail_unknown_peer(struct parser *parser, struct frame_span word)
{
    const char *names[SCENARIO_PEERS_MAX];
    for (size_t i = 0; i < parser->scenario->peer_count; i++)
        names[i] = parser->scenario->peers[i].name;
    return parser_fail_unknown(parser, "peer", word, names, parser->scenario->peer_count);
}

bool parser_any_peer(struct parser *parser, size_t *peer)
{
    struct frame_span word;
    if (!parser_word(parser, &word, "a peer")) return false;
    *peer = parser_find_peer(parser, word);
    return *peer != SIZE_MAX || fail_unknown_peer(parser, word);
}

bool parser_peer(struct parser *parser, size_t *peer)
{
    if (!parser_any_peer(parser, peer)) return false;
    if (!parser->scenario->peers[*peer].adversary) return true;
    return parser_fail(parser, "an adversary has no instance");
}

struct scenario_peers parser_everybody(const struct parser *parser)
{
    struct scenario_peers set = {0};
    for (size_t i = 0; i < parser->scenario->peer_count; i++) {
        if (!parser->scenario->peers[i].adversary) set = peers_with(set, i);
    }
    return set;
}

bool parser_peers_optional(struct parser *parser, struct scenario_peers *peers)
{
    *peers = (struct scenario_peers){0};
    if (parser_take(parser, "*")) {
        *peers = parser_everybody(parser);
        return true;
    }
    size_t peer;
    while (parser_find_peer(parser, parser_peek(parser)) != SIZE_MAX) {
        if (!parser_peer(parser, &peer)) return false;
        if (scenario_peers_has(*peers, peer))
            return parser_fail(parser, "this peer is named twice");
        *peers = peers_with(*peers, peer);
    }
    return true;
}

bool parser_peers(struct parser *parser, struct scenario_peers *peers)
{
    size_t peer;
    if (!parser_peers_optional(parser, peers)) return false;
    return peers->bits != 0 || parser_peer(parser, &peer);
}

static bool parse_end(struct parser *parser, int *end)
{
    size_t peer;
    *end = WORLD_ANY;
    if (parser_take(parser, "*")) return true;
    if (!parser_any_peer(parser, &peer)) return false;
    *end = (int)peer;
    return true;
}

bool parser_ends(struct parser *parser, struct scenario_ends *ends)
{
    *ends = (struct scenario_ends){.from = WORLD_ANY, .to = WORLD_ANY};
    if (!parse_end(parser, &ends->from)) return false;
    ends->both_ways = parser_take(parser, "<->");
    if (!ends->both_ways && !parser_demand(parser, "->")) return false;
    if (!parse_end(parser, &ends->to)) return false;
    if (ends->from != ends->to || ends->from == WORLD_ANY) return true;
    return parser_fail(parser, "a link has two different ends");
}
