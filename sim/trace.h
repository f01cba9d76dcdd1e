// SPDX-License-Identifier: Apache-2.0
/*
 * What happened, as records for people: a timeline can be printed from them without knowing the
 * world. `text` is one line, without a newline, holds until the hook returns, and names receipts
 * by the first 8 hex digits of their hashes.
 */
#ifndef SIM_TRACE_H
#define SIM_TRACE_H

#include <stdint.h>

#define TRACE_KIND_LIST(X)                                                                      \
    X(JOIN, "join")                 /* a peer comes up for the first time */                    \
    X(LEAVE, "leave")               /* ... stops in good order */                               \
    X(CRASH, "crash")               /* ... loses what was not durable */                        \
    X(RESTART, "restart")           /* ... comes back from its log: what recovery found */      \
    X(HALT, "halt")                 /* its storage failed */                                    \
    X(SAFE_MODE, "safe_mode")       /* it entered or left safe mode */                          \
    X(CLOCK, "clock")               /* its clock was set */                                     \
    X(LINK, "link")                 /* blocked, unblocked, partition, heal, settings */         \
    X(SEND, "send")                 /* a message left peer for other */                         \
    X(LOST, "lost")                 /* ... was lost: by the link, a block, or other is down */  \
    X(DELIVER, "deliver")           /* ... arrived at peer from other */                        \
    X(INTENT, "intent")             /* the user asked peer for something; or it had to wait */  \
    X(EXECUTED, "executed")         /* a receipt was made, not yet durable */                   \
    X(ACKNOWLEDGED, "acknowledged") /* ... is durable and the user told */                      \
    X(APPEND, "append")             /* bytes went to the log */                                 \
    X(DURABLE, "durable")           /* a sync was done */                                       \
    X(NOTE, "note")                 /* any other note of the instance: joined, refused, ... */  \
    X(REFUSED, "refused")           /* FRAME_NOTE_REFUSED: text begins with the error's name */ \
    X(FORGERY, "forgery")           /* armed, sent, met, unmet */                               \
    X(CHECK, "check")               /* a check failed */                                        \
    X(WORLD, "world")               /* anything else */

enum trace_kind {
#define TRACE_KIND_ENUM(id, name) TRACE_##id,
    TRACE_KIND_LIST(TRACE_KIND_ENUM)
#undef TRACE_KIND_ENUM
        TRACE_KIND_COUNT
};
const char *trace_kind_name(enum trace_kind kind);

struct trace_record {
    uint64_t time_us;
    uint64_t event; /* number of the world's event during which it happened; 0: between events */
    enum trace_kind kind;
    int peer;  /* WORLD_NOBODY (-1): of the whole world */
    int other; /* the peer at the other end, or WORLD_NOBODY */
    uint64_t
        message; /* SEND, LOST, DELIVER: the how-manieth of all messages of the run, from 1; else 0 */
    const char *text;
};

struct trace_hook {
    void *context;
    void (*record)(void *context, const struct trace_record *record);
};

#endif
