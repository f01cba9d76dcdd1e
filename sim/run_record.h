// SPDX-License-Identifier: Apache-2.0
/*
 * A run kept whole, for reports: every record of its trace with what caused it, and what every peer held
 * at each of them. Nothing here depends on anything but the run.
 */
#ifndef SIM_RUN_RECORD_H
#define SIM_RUN_RECORD_H

#include "sim/interpret.h"

/* A record's kind beside those of the trace: a line of the scenario is carried out. */
enum { RUN_LINE = TRACE_KIND_COUNT };

#define RUN_NONE SIZE_MAX

struct run_event {
    uint64_t time_us;
    uint64_t step;    /* steps of instances so far, as replay --trace counts them */
    uint64_t message; /* its number; 0: none */
    size_t cause;     /* the record that brought it about; RUN_NONE: none is known */
    size_t text;      /* in `texts`, terminated */
    int kind;         /* enum trace_kind, or RUN_LINE */
    int peer;         /* WORLD_NOBODY: of the whole world */
    int other;
};

/* A receipt that some peer held at some time. */
struct run_receipt {
    struct frame_hash hash;
    int64_t timestamp_s;
    size_t parents; /* in `indices`: receipts by number */
    size_t parent_count;
    size_t intent; /* in `texts` */
    int maker;     /* the peer that was first seen with it */
};

/* From record `at` on a peer holds one more receipt, until it is down. */
struct run_arrival {
    size_t at;
    size_t receipt;
    int peer;
};

/* From record `at` on a peer is like that. */
struct run_state {
    size_t at;
    int peer;
    enum world_peer_state state;
    bool safe_mode;
    bool anew; /* it holds nothing but what arrives from this record on */
    size_t receipts;
    size_t heads; /* in `indices`, head_count receipts */
    size_t head_count;
    size_t
        fates; /* in `indices`, pairs of a receipt and its enum run_fate: those that are not plainly accepted */
    size_t fate_count;
    bool has_root;
    struct frame_hash state_root;
};
enum run_fate { RUN_REFUSED, RUN_CHANGED, RUN_SUPERSEDED, RUN_FINAL };
const char *run_fate_name(enum run_fate fate);

#define RUN_LIST(type)   \
    struct {             \
        type *at;        \
        size_t count;    \
        size_t capacity; \
    }

struct run_record {
    RUN_LIST(struct run_event) events;
    RUN_LIST(struct run_receipt) receipts;
    RUN_LIST(struct run_arrival) arrivals;
    RUN_LIST(struct run_state) states;
    RUN_LIST(size_t) indices;
    RUN_LIST(char) texts;
    RUN_LIST(struct run_peer *) peers;
    RUN_LIST(size_t) sends; /* the record that sent a message, by its number */
    size_t line;            /* the line being carried out, until the first event; RUN_NONE */
    size_t *table;          /* receipts by hash, open addressing; RUN_NONE: free */
    size_t table_size;
    struct interpret_listener listener;
};

/* Its listener is then given to the run. Ends the program where there is no memory. */
void run_record_init(struct run_record *record);
void run_record_release(struct run_record *record);

const char *run_record_text(const struct run_record *record, size_t text);
size_t run_record_peer_count(const struct run_record *record);
const char *run_record_peer_name(const struct run_record *record, int peer); /* "-" for nobody */
bool run_record_peer_is_adversary(const struct run_record *record, int peer);
/* "line" for RUN_LINE, else the trace's name. */
const char *run_event_kind_name(int kind);

/*
 * The record at which a report opens. Of a run whose safety failed: what led to the check's own record. Of one
 * that did not converge: the last one at which what some peer holds changed. Else the first.
 */
size_t run_record_opening(const struct run_record *record, enum interpret_verdict verdict);
/* The first record of a step, as replay --trace and explain count them; the last one where there is none. */
size_t run_record_of_step(const struct run_record *record, uint64_t step);

#endif
