// SPDX-License-Identifier: Apache-2.0
/*
 * The world's own book of receipts: everything that was honestly made, by whom and when, and everything
 * that a forger made up. What peers hold is held against it. Entries are numbered from 0 and stay.
 */
#ifndef SIM_LEDGER_H
#define SIM_LEDGER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

struct ledger_entry {
    struct frame_hash hash;
    uint8_t digest[16]; /* XXH3 of its bytes: two texts of one receiptHash are two receipts */
    uint64_t made_us;
    const struct frame_dapp_table *dapps; /* with which its roots were made; NULL: § 6 */
    int32_t maker;                        /* the peer that made it first */
    bool merge;
    bool forged; /* nobody may hold it, ever */
    bool told;   /* the user of the peer `told_by` was told that it is durable */
    int32_t told_by;
};

enum { LEDGER_NONE = -1 };

struct ledger {
    struct frame_allocator allocator;
    struct ledger_entry *entries;
    size_t count;
    size_t capacity;
    uint32_t *slots; /* 1 + number, 0: empty; open addressing */
    size_t slot_count;
};
void ledger_init(struct ledger *ledger, const struct frame_allocator *allocator);

/* The entry's number, or LEDGER_NONE. */
int64_t ledger_find(const struct ledger *ledger, const struct frame_hash *hash);
/* Adds one that is not there yet; its number. Running out of memory stops the program. */
int64_t ledger_add(struct ledger *ledger, const struct ledger_entry *entry);
void ledger_digest(uint8_t digest[16], struct frame_span receipt);

/* The receiptHash that a receipt's canonical text says it has; false where the text has none. */
bool receipt_said_hash(struct frame_hash *hash, struct frame_span receipt);

/* What one peer has of the book, by entry number. */
enum {
    HOLDING_HELD = 1,         /* in its set, in this life */
    HOLDING_DURABLE = 2,      /* on its disk, synced */
    HOLDING_ACKNOWLEDGED = 4, /* its user was told so here */
    HOLDING_GOSSIPED = 8,     /* it told others: attested or sent */
    HOLDING_LOGGED = 16,      /* in its corrupt log, for as long as it is in safe mode */
    /* It must come back with these, unless its disk breaks its promise (world_damage.c) or its operator
       accepts their loss. A disk that never did is one whose peer still has ACKNOWLEDGED set. */
    HOLDING_PROMISED = HOLDING_DURABLE | HOLDING_ACKNOWLEDGED | HOLDING_GOSSIPED
};
struct holdings {
    struct frame_allocator allocator;
    uint8_t *flags;
    size_t count;
    size_t capacity;
};
void holdings_init(struct holdings *holdings, const struct frame_allocator *allocator);
uint8_t holdings_get(const struct holdings *holdings, int64_t number);
void holdings_set(struct holdings *holdings, int64_t number, uint8_t flags);
/* Takes these flags from all entries. */
void holdings_clear(struct holdings *holdings, uint8_t flags);

#endif
