// SPDX-License-Identifier: Apache-2.0
/*
 * Scenarios: a readable timeline of one simulated world, and what must be true of it.
 *
 * The text is read once, whole, into a typed list of statements; the first fault is reported with its
 * place. What a statement does is told in scenarios/README.md and done by interpret.c. The verbs stand
 * in one list (scenario_verbs.h), from which the parser, the interpreter and the help are made.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "core/frame.h"
#include "sim/scenario_verbs.h"
#include "sim/world.h"

#include <stdio.h>

/* Limits, all of them. */
enum {
    SCENARIO_FILE_BYTES_MAX = 8 * 1024 * 1024,
    SCENARIO_LINES_MAX = 100000,          /* a storm written down has tens of thousands */
    SCENARIO_LINE_BYTES_MAX = 128 * 1024, /* the longest payload, and raw, fit in */
    SCENARIO_PEERS_MAX = 64,
    SCENARIO_LABELS_MAX = 1000,
    SCENARIO_WATCHES_MAX = 100, /* always and never */
    SCENARIO_GROUPS_MAX = 16,   /* of one partition */
    SCENARIO_MIX_MAX = 24,      /* kinds of intents in one workload */
    SCENARIO_NAME_BYTES_MAX = 31,
    SCENARIO_CODE_BYTES_MAX = 64,
    SCENARIO_TIMES_MAX = 10000,
    SCENARIO_MESSAGE_BYTES_MAX = 400
};
#define SCENARIO_SEED_MAX        ((uint64_t)FRAME_INTEGER_MAX) /* so that a result is canonical JSON */
#define SCENARIO_DURATION_US_MAX (UINT64_C(8760) * 3600 * 1000000) /* a year */
#define SCENARIO_CLOCK_S_MAX     (INT64_C(876000) * 3600)          /* a century */
#define SCENARIO_PPM             1000000u

/* A set of peers, by their index in scenario.peers. */
struct scenario_peers {
    uint64_t bits;
};
_Static_assert(SCENARIO_PEERS_MAX <= 64, "a set of peers is one word");
bool scenario_peers_has(struct scenario_peers set, size_t peer);
size_t scenario_peers_count(struct scenario_peers set);

/* ---- Properties ---------------------------------------------------------------------------- */

/*
 * What can be asked of a peer. X(ID, word, argument, value, meaning): `argument` is what follows the
 * word, `value` whether a comparison follows.
 */
#define SCENARIO_SUBJECTS(X)                                                                  \
    X(RECEIPTS, "receipts", NONE, NUMBER, "receipts held")                                    \
    X(HEADS, "heads", NONE, NUMBER, "receipts that no held receipt names as a parent (§ 1)")  \
    X(SUPERSEDED, "superseded", NONE, NUMBER, "receipts superseded in the fold (§ 8)")        \
    X(CHANGED, "changed", NONE, NUMBER, "receipts accepted with another result (§ 8)")        \
    X(RESTORED, "restored", NONE, NUMBER, "receipts that joins have revived so far (§ 8)")    \
    X(MERGES, "merges", NONE, NUMBER, "merge receipts held (§ 9)")                            \
    X(SUPPLY, "supply", NONE, SUPPLY, "wallet:totalSupply, 0 where absent (§ 6)")             \
    X(BALANCE, "balance", ADDRESS, NUMBER, "wallet:balance:ADDRESS, 0 where absent (§ 6)")    \
    X(STORAGE, "storage", KEY, JSON, "the value at a storage key")                            \
    X(REFUSED, "refused", ERROR, NUMBER, "refusals under that name so far (§ 10-12)")         \
    X(ALARMS, "alarms", NONE, NUMBER, "alarms for nondeterminism so far (§ 11)")              \
    X(HOLDS, "holds", RECEIPT, NONE, "a labelled receipt is held, or any forged one")         \
    X(ALL_REFUSED, "all-refused", NONE, NONE,                                                 \
      "every forgery on it so far was refused as expected")                                   \
    X(IGNORES, "ignores", PEER, NONE, "that peer is being ignored (§ 12)")                    \
    X(SAFE_MODE, "safe-mode", NONE, NONE, "in safe mode (§ 13)")                              \
    X(SET_ASIDE, "set-aside", NONE, NUMBER,                                                   \
      "receipts behind a fault in its log, at its last restart (§ 13)")                       \
    X(BROKEN, "broken", NONE, NUMBER, "durable receipts that its disk has lost so far")       \
    X(STARVED, "starved", NONE, NUMBER, "times it was refused memory so far")                 \
    X(KNOWS, "knows", NONE, NUMBER, "members that it knows and that are not suspect (§ 15)")  \
    X(SERVED, "served", NONE, NUMBER, "intents of others that it has executed so far (§ 18)") \
    X(PROMISED, "promised", NONE, NUMBER, "results of others that came so far (§ 18)")        \
    X(CONVERGED, "converged", NONE, NONE, "all of them hold one set, with one state root")    \
    X(DIVERGED, "diverged", NONE, NONE, "no two of them hold the same set")                   \
    X(UP, "up", NONE, NONE, "running")                                                        \
    X(DOWN, "down", NONE, NONE, "not running")                                                \
    X(HALTED, "halted", NONE, NONE, "its storage has failed: it waits for a restart")

enum scenario_subject {
#define SCENARIO_SUBJECT_ENUM(id, word, argument, value, meaning) SCENARIO_SUBJECT_##id,
    SCENARIO_SUBJECTS(SCENARIO_SUBJECT_ENUM)
#undef SCENARIO_SUBJECT_ENUM
        SCENARIO_SUBJECT_FATE, /* of a labelled receipt */
    SCENARIO_SUBJECT_COUNT
};

/* What became of a labelled receipt, in the fold of the peers asked. X(ID, word, meaning). */
#define SCENARIO_FATES(X)                                                              \
    X(HELD, "held", "is there")                                                        \
    X(MISSING, "missing", "is not there")                                              \
    X(DURABLE, "durable", "is there and on stable storage")                            \
    X(ONCE, "once", "was routed: of all its receipts just one takes effect (§ 18)")    \
    X(ACCEPTED, "accepted", "took effect as its user was told")                        \
    X(REFUSED, "refused", "was refused in its own context")                            \
    X(CHANGED, "changed", "took effect with another result")                           \
    X(SUPERSEDED, "superseded", "was accepted in its own context and is refused here") \
    X(FINAL, "final", "is superseded and a merge receipt has laid it to rest")

enum scenario_fate {
#define SCENARIO_FATE_ENUM(id, word, meaning) SCENARIO_FATE_##id,
    SCENARIO_FATES(SCENARIO_FATE_ENUM)
#undef SCENARIO_FATE_ENUM
        SCENARIO_FATE_COUNT
};

enum scenario_compare {
    SCENARIO_COMPARE_NONE, /* a condition: no comparison */
    SCENARIO_EQUAL,
    SCENARIO_NOT_EQUAL,
    SCENARIO_LESS,
    SCENARIO_AT_MOST,
    SCENARIO_GREATER,
    SCENARIO_AT_LEAST,
    SCENARIO_ABSENT, /* storage only */
    SCENARIO_PRESENT /* storage only */
};

enum scenario_value {
    SCENARIO_VALUE_NONE,
    SCENARIO_VALUE_INTEGER,
    SCENARIO_VALUE_JSON,
    SCENARIO_VALUE_BALANCES /* the sum of all balances */
};

/* [not] [PEERS] SUBJECT [ARGUMENT] [COMPARE VALUE], or [not] LABEL FATE [on PEERS]. It must hold at
   each of the peers; with `not`, at none. */
struct scenario_property {
    bool negated;
    bool everybody; /* no peers were named: all that run */
    struct scenario_peers peers;
    enum scenario_subject subject;
    enum scenario_fate fate;    /* subject FATE */
    size_t label;               /* FATE; HOLDS: SIZE_MAX for `forged` */
    size_t peer;                /* IGNORES */
    enum frame_status error;    /* REFUSED */
    struct frame_span argument; /* BALANCE: the address; STORAGE: the key as a JSON string token */
    enum scenario_compare compare;
    enum scenario_value value;
    int64_t integer;
    struct frame_span json; /* JSON; also set for INTEGER */
};

/* ---- Statements ---------------------------------------------------------------------------- */

enum scenario_phase { SCENARIO_SETUP, SCENARIO_ANY, SCENARIO_ACTION };

enum scenario_verb {
#define SCENARIO_VERB_ENUM(id, function, name, phase, usage, meaning, example) SCENARIO_VERB_##id,
    SCENARIO_VERBS(SCENARIO_VERB_ENUM)
#undef SCENARIO_VERB_ENUM
        SCENARIO_VERB_COUNT
};

/* Settings of links and of disks, each with the bit that says it was given. */
enum {
    SCENARIO_LINK_LATENCY = 1,
    SCENARIO_LINK_LOSS = 2,
    SCENARIO_LINK_DUPLICATE = 4,
    SCENARIO_LINK_REORDER = 8,
    SCENARIO_LINK_FLIP = 16,
    SCENARIO_LINK_TRUNCATE = 32,
    SCENARIO_LINK_BURST = 64,
    SCENARIO_LINK_BANDWIDTH = 128
};
enum {
    SCENARIO_DISK_SYNC = 1,
    SCENARIO_DISK_FAILURE = 2,
    SCENARIO_DISK_WRITE_FAILURE = 4,
    SCENARIO_DISK_SHORT_READ = 8,
    SCENARIO_DISK_SPACE = 16,
    SCENARIO_DISK_TORN = 32,
    SCENARIO_DISK_REORDER = 64
};

/* Timings and bounds of instances. X(ID, word, kind, type and name of its field in struct
   world_peer_options). */
#define SCENARIO_INSTANCE_SETTINGS(X)                              \
    X(TIMEOUT, "timeout", DURATION, uint64_t, request_timeout_ms)  \
    X(COALESCE, "coalesce", DURATION, uint64_t, coalesce_ms)       \
    X(RETRY_MAX, "retry-max", DURATION, uint64_t, retry_ms_max)    \
    X(IGNORE, "ignore", DURATION, uint64_t, ignore_ms)             \
    X(IGNORE_MAX, "ignore-max", DURATION, uint64_t, ignore_ms_max) \
    X(OFFENCES, "offences", NUMBER, uint32_t, offences_max)        \
    X(STAGING, "staging", NUMBER, size_t, staging_receipts_max)    \
    X(PEERS, "peers", NUMBER, uint32_t, peers_max)                 \
    X(TABLE, "table", TABLE, uint32_t, table_peers_max)
enum scenario_instance_setting {
#define SCENARIO_INSTANCE_ENUM(id, word, kind, type, field) SCENARIO_INSTANCE_##id,
    SCENARIO_INSTANCE_SETTINGS(SCENARIO_INSTANCE_ENUM)
#undef SCENARIO_INSTANCE_ENUM
        SCENARIO_INSTANCE_COUNT
};

/* A -> B, A <-> B or *. WORLD_ANY stands for every peer. */
struct scenario_ends {
    int from;
    int to;
    bool both_ways;
    bool everything; /* heal without ends */
};

enum scenario_outcome {
    SCENARIO_OUTCOME_ANY,
    SCENARIO_OUTCOME_LATER, /* nobody waits for it */
    SCENARIO_OUTCOME_OK,
    SCENARIO_OUTCOME_CODE,  /* a refusal's code, or the status with which the instance said no */
    SCENARIO_OUTCOME_RESULT /* exactly this result object */
};

enum scenario_clock {
    SCENARIO_CLOCK_SET,
    SCENARIO_CLOCK_JUMP,
    SCENARIO_CLOCK_DRIFT,
    SCENARIO_CLOCK_SHOWS
};

enum scenario_damage {
    SCENARIO_DAMAGE_RECEIPT, /* number: which; UINT64_MAX: the last */
    SCENARIO_DAMAGE_BYTE,
    SCENARIO_DAMAGE_CUT,
    SCENARIO_DAMAGE_FOREIGN,
    SCENARIO_DAMAGE_SWAP
};

enum scenario_snapshot { SCENARIO_CHAIN, SCENARIO_STORAGE, SCENARIO_COUNTERS };

struct scenario_mix {
    const char *action; /* the dApp table's own */
    uint32_t weight;
};

/* One line. Spans point into the scenario's text; strings are JSON tokens where it says so. */
struct scenario_statement {
    enum scenario_verb verb;
    uint32_t line;               /* counted from 1 */
    struct frame_span text;      /* the line without blanks and comments around it */
    struct scenario_peers peers; /* of every verb that takes some */
    uint64_t duration_us;        /* of every verb that takes one */
    union {
        struct frame_span words; /* title, say, identity */
        uint64_t number;         /* seed */
        struct {
            bool quiet;
        } chance;
        struct {
            struct frame_span identity; /* sim/tape.h */
            uint64_t value;
        } decide;
        struct {
            bool strict;
        } policy, trust;
        struct {
            uint32_t given;                          /* bit by enum scenario_instance_setting */
            uint64_t value[SCENARIO_INSTANCE_COUNT]; /* durations in microseconds */
        } instance;
        struct {
            struct scenario_ends ends;
            uint32_t given;
            struct link_settings settings;
        } link;
        struct {
            uint32_t given;
            struct disk_settings settings;
        } disk;
        struct {
            size_t first; /* its peers in scenario.peers: `most` of them from here */
            size_t least;
            size_t most;
        } swarm;
        struct {
            uint32_t families; /* bit 1 << enum fault_family; 0: all */
        } storm;
        struct {
            enum scenario_clock what;
            int64_t seconds; /* of SET, JUMP and SHOWS */
            int32_t ppm;     /* of DRIFT */
        } clock;
        enum world_direction direction; /* freeze */
        enum world_version version;     /* version, upgrade */
        struct {
            size_t peer;
            size_t of;
        } twin;
        size_t from; /* restore; SIZE_MAX: its own */
        struct {
            const char *name; /* the world's own */
            bool on;
        } check;
        struct {
            enum world_liar how;
            size_t peer;
        } liar;
        struct {
            uint32_t lacking;
        } capabilities;
        struct {
            enum world_crowd kind;
            size_t victim;
            size_t source; /* an adversary */
            uint64_t count;
            uint64_t interval_us;
        } crowd;
        struct {
            struct scenario_ends ends;
            bool mistrusted;
        } introduce;
        struct {
            enum world_crash_when when;
            enum world_crash_what what;
            uint64_t nth; /* 0: at once */
            bool never;
        } crash;
        struct {
            enum world_disk_act act;
            uint64_t nth;
        } fail;
        struct {
            uint64_t nth; /* 0: no more */
        } starve;
        struct {
            size_t site;     /* enum site */
            uint32_t one_in; /* 0: never */
        } site;
        enum frame_policy adopted;
        struct {
            enum scenario_damage what;
            size_t peer;
            size_t other; /* SWAP */
            uint64_t number;
            unsigned bit; /* BYTE */
        } damage;
        struct {
            size_t peer;
            struct frame_span action;
            struct frame_span payload;   /* canonical */
            struct frame_span raw;       /* JSON string token, or length 0 */
            struct frame_span responses; /* canonical array, or length 0 */
            size_t label;                /* SIZE_MAX: none */
            enum scenario_outcome outcome;
            struct frame_span expected; /* CODE: the word; RESULT: canonical */
        } intent;
        struct {
            uint64_t interval_us; /* lasts about duration_us */
            uint32_t careless_ppm;
            uint64_t raw_bytes; /* 0: as they are */
            size_t mix_count;   /* 0: the default mix */
            struct scenario_mix mix[SCENARIO_MIX_MAX];
        } workload;
        struct {
            size_t count;
            struct scenario_peers groups[SCENARIO_GROUPS_MAX];
        } partition;
        struct scenario_ends ends; /* heal, clog, unclog */
        struct {
            struct scenario_ends ends;
            uint32_t types; /* bit 1 << enum frame_message_type; 0: everything */
        } block;
        struct {
            size_t count;
            struct scenario_peers groups[2];
            uint64_t period_us;
        } flap;
        struct {
            struct scenario_ends ends;
            uint64_t age_us;
            bool last; /* the last of those that are so old */
        } stale;
        struct {
            size_t peer;
            enum scenario_snapshot what;
            struct frame_span block; /* the lines below, newlines between them included; where
                                        there are none: the place for them */
            uint32_t lines;
        } snapshot;
        struct {
            struct forgery kind;
            size_t victim;
            size_t source; /* an adversary, or on the wire an honest peer */
            uint32_t times;
        } forge;
        struct {
            const struct forgery *kind;
            size_t victim;
            size_t source; /* an adversary */
            uint64_t count;
            uint64_t interval_us;
        } flood;
        struct scenario_property property; /* always, never, expect, within, after */
    } of;
};

struct scenario_peer {
    char name[SCENARIO_NAME_BYTES_MAX + 1];
    bool late;
    bool adversary;
};
struct scenario_label {
    char name[SCENARIO_NAME_BYTES_MAX + 1];
    uint32_t line;
};

struct scenario {
    char *path;    /* as given */
    uint8_t *text; /* the file, owned */
    size_t text_length;
    struct scenario_peer *peers;
    size_t peer_count;
    struct scenario_label *labels;
    size_t label_count;
    struct scenario_statement *statements;
    size_t statement_count;
};

/* The first fault of a text. Line and column count from 1, the column in bytes; line 0: the fault is
   the file's as a whole. */
struct scenario_error {
    uint32_t line;
    uint32_t column;
    char message[SCENARIO_MESSAGE_BYTES_MAX];
};

/* Reads a scenario's text, which is copied, as is the path. NULL with *error set where it is faulty. */
struct scenario *scenario_parse(struct scenario_error *error, const char *path, const uint8_t *text,
                                size_t length);
void scenario_free(struct scenario *scenario); /* NULL allowed */
/*
 * Reads and parses a file ("-": standard input); where it cannot, says why on `complaints` as
 * `file:line:col: message` with the line and a caret, and returns NULL.
 */
struct scenario *scenario_load(const char *path, FILE *complaints);
/* Bytes of the UTF-8 character that `text` (length >= 1) begins with; 0: none. */
size_t scenario_character(const uint8_t *text, size_t length);
/* Prints an error with the line of `text` that it is about, and a caret. */
void scenario_error_print(FILE *out, const struct scenario_error *error, const char *path,
                          const uint8_t *text, size_t length);

/* A verb's line in the help. */
struct scenario_verb_help {
    const char *name;
    enum scenario_phase phase;
    const char *usage;
    const char *meaning;
    const char *example;
};
const struct scenario_verb_help *scenario_verb_help(enum scenario_verb verb);
/* All verbs, subjects, fates, forgeries, faults, sites and checks. */
void scenario_help_print(FILE *out);

#endif
