// SPDX-License-Identifier: Apache-2.0
/* The verbs about disks and memory: how they behave, where a peer goes down, what is damaged. */
#include "sim/scenario_parser.h"

/* ---- Settings ------------------------------------------------------------------------------- */

static bool parse_yes_no(struct parser *parser, bool *yes)
{
    static const char *const names[] = {"no", "yes"};
    size_t choice;
    if (!parser_choice(parser, &choice, "yes or no", names, 2)) return false;
    *yes = choice == 1;
    return true;
}

static bool parse_space(struct parser *parser, uint64_t *bytes)
{
    *bytes = 0;
    return parser_take(parser, "unlimited") ||
           parser_number(parser, bytes, "number of bytes", 1, FRAME_FILE_BYTES_MAX);
}

static bool parse_disk_setting(struct parser *parser, struct disk_settings *settings, size_t which)
{
    switch (1u << which) {
    case SCENARIO_DISK_SYNC: return parser_latency(parser, &settings->sync);
    case SCENARIO_DISK_FAILURE: return parser_probability(parser, &settings->failure_ppm);
    case SCENARIO_DISK_WRITE_FAILURE:
        return parser_probability(parser, &settings->write_failure_ppm);
    case SCENARIO_DISK_SHORT_READ: return parser_probability(parser, &settings->short_read_ppm);
    case SCENARIO_DISK_SPACE: return parse_space(parser, &settings->space_bytes);
    case SCENARIO_DISK_TORN: return parse_yes_no(parser, &settings->torn);
    default: return parse_yes_no(parser, &settings->reorders);
    }
}

bool verb_parse_disk(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"sync",  "failure", "write-failure", "short-read",
                                        "space", "torn",    "reorder"};
    if (!parser_peers(parser, &statement->peers)) return false;
    do {
        size_t which;
        if (!parser_choice(parser, &which, "setting", names, sizeof names / sizeof *names))
            return false;
        if ((statement->of.disk.given & 1u << which) != 0)
            return parser_fail(parser, "this setting is given twice");
        statement->of.disk.given |= 1u << which;
        if (!parse_disk_setting(parser, &statement->of.disk.settings, which)) return false;
    } while (!parser_at_end(parser));
    return true;
}

/* ---- Crashes, failures ---------------------------------------------------------------------- */

/* A number that may be left out: then it is 1. */
static bool parse_nth(struct parser *parser, uint64_t *nth, const char *what)
{
    *nth = 1;
    return parser_at_end(parser) || parser_number(parser, nth, what, 1, SCENARIO_TIMES_MAX);
}

bool verb_parse_crash(struct parser *parser, struct scenario_statement *statement)
{
#define CRASH_WORD(id, name) name,
    static const char *const whens[] = {WORLD_CRASH_WHENS(CRASH_WORD)};
    static const char *const whats[] = {WORLD_CRASH_WHATS(CRASH_WORD)};
#undef CRASH_WORD
    size_t when;
    size_t what;
    if (!parser_peers(parser, &statement->peers)) return false;
    if (parser_at_end(parser)) return true; /* at once */
    statement->of.crash.never = parser_take(parser, "never");
    if (statement->of.crash.never) return true;
    if (!parser_choice(parser, &when, "before, in or after", whens, WORLD_CRASH_WHENS_COUNT) ||
        !parser_choice(parser, &what, "occasion", whats, WORLD_CRASH_WHATS_COUNT))
        return false;
    statement->of.crash.when = (enum world_crash_when)when;
    statement->of.crash.what = (enum world_crash_what)what;
    return parse_nth(parser, &statement->of.crash.nth, whats[what]);
}

bool verb_parse_fail(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"write", "sync", "read"};
    size_t act;
    if (!parser_peers(parser, &statement->peers) ||
        !parser_choice(parser, &act, "write, sync or read", names, WORLD_DISK_ACTS))
        return false;
    statement->of.fail.act = (enum world_disk_act)act;
    return parse_nth(parser, &statement->of.fail.nth, names[act]);
}

bool verb_parse_starve(struct parser *parser, struct scenario_statement *statement)
{
    enum { NTH_MAX = 1000000 };
    statement->of.starve.nth = 1;
    if (!parser_peers(parser, &statement->peers)) return false;
    if (parser_take(parser, "no")) {
        statement->of.starve.nth = 0;
        return parser_demand(parser, "more");
    }
    if (parser_take(parser, "at") &&
        !parser_number(parser, &statement->of.starve.nth, "piece of memory", 1, NTH_MAX))
        return false;
    return !parser_take(parser, "for") || parser_duration(parser, &statement->duration_us, 1);
}

/* ---- Damage --------------------------------------------------------------------------------- */

bool verb_parse_damage(struct parser *parser, struct scenario_statement *statement)
{
    static const char *const names[] = {"receipt", "byte", "cut", "foreign", "swap"};
    size_t what;
    if (!parser_peer(parser, &statement->of.damage.peer) ||
        !parser_choice(parser, &what, "damage", names, sizeof names / sizeof *names))
        return false;
    uint64_t *number = &statement->of.damage.number;
    statement->of.damage.what = (enum scenario_damage)what;
    switch (statement->of.damage.what) {
    case SCENARIO_DAMAGE_FOREIGN:
        return parser_number(parser, number, "number of receipts", 1, SCENARIO_TIMES_MAX);
    case SCENARIO_DAMAGE_SWAP:
        if (!parser_peer(parser, &statement->of.damage.other)) return false;
        return statement->of.damage.other != statement->of.damage.peer ||
               parser_fail(parser, "this is its own log");
    case SCENARIO_DAMAGE_RECEIPT:
        *number = UINT64_MAX;
        if (parser_take(parser, "last")) return true;
        break;
    default: break;
    }
    if (!parser_number(parser, number, names[what], 0, FRAME_FILE_BYTES_MAX)) return false;
    uint64_t bit = 0;
    if (statement->of.damage.what == SCENARIO_DAMAGE_BYTE && parser_take(parser, "bit") &&
        !parser_number(parser, &bit, "bit", 0, 7))
        return false;
    statement->of.damage.bit = (unsigned)bit;
    return true;
}
