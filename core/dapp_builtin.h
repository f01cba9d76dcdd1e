// SPDX-License-Identifier: Apache-2.0
/* The dApps of § 6, and what their transitions share. */
#ifndef FRAME_DAPP_BUILTIN_H
#define FRAME_DAPP_BUILTIN_H

#include "dapp.h"

extern const struct frame_dapp dapp_bridge;
extern const struct frame_dapp dapp_composite;
extern const struct frame_dapp dapp_contacts;
extern const struct frame_dapp dapp_federation;
extern const struct frame_dapp dapp_feed;
extern const struct frame_dapp dapp_messages;
extern const struct frame_dapp dapp_notes;
extern const struct frame_dapp dapp_timer;
extern const struct frame_dapp dapp_wallet;

/* The one transition whose capabilities depend on its payload. */
enum frame_status composite_run(struct frame_run *run, struct frame_span payload);
/* The union over the steps; false where the payload is malformed. */
bool composite_used(const struct frame_dapp_table *dapps, uint32_t *used,
                    struct frame_span payload);

/* ---- Payloads ---------------------------------------------------------------------------------- */

enum member_kind {
    MEMBER_AMOUNT,  /* an integer 1 … 2^53-1 */
    MEMBER_ADDRESS, /* a string of 1-128 bytes */
    MEMBER_KEY,     /* a string of 1-256 bytes */
    MEMBER_TEXT,    /* any string */
    MEMBER_INTEGER, /* any integer */
    MEMBER_OBJECT,
    MEMBER_ARRAY
};
struct member {
    const char *name;
    enum member_kind kind;
    struct frame_span value; /* filled in */
    int64_t integer;         /* filled in where it is one */
};
/* Is the value an object of exactly these members (in canonical order)? Fills them in. */
bool members_read(struct member *members, size_t count, struct frame_span value);

/* ---- Results ----------------------------------------------------------------------------------- */

/* The result before ‖ integer ‖ behind. */
enum frame_status result_integer(struct frame_run *run, const char *before, int64_t integer,
                                 const char *behind);
/* {"id":…,"ok":true} */
enum frame_status result_id(struct frame_run *run, struct frame_span id);
/* {"ok":true} */
enum frame_status result_ok(struct frame_run *run);

/* A token of 16 hex digits from the random stream. */
enum { ID_TOKEN_BYTES = 18 };
struct frame_span random_id(struct frame_run *run, uint8_t token[ID_TOKEN_BYTES]);

/* ---- Balances ---------------------------------------------------------------------------------- */

int64_t ledger_balance(struct frame_run *run, struct frame_span address);
int64_t ledger_supply(struct frame_run *run);
/* balance(me) without what escrows have locked (§ 6). */
int64_t ledger_available(struct frame_run *run);

/* Does the sum stay within ±(2^53-1)? */
bool sum_fits(int64_t a, int64_t b);

/* Would it stay within range to move from me, or to let supply and a balance grow by `amount` (which
   may be negative)? Asked before anything is written; the answer to false is `overflow`. */
bool ledger_can_move(struct frame_run *run, struct frame_span recipient, int64_t amount);
bool ledger_can_issue(struct frame_run *run, struct frame_span target, int64_t amount);
/* To me: changes nothing. */
enum frame_status ledger_move(struct frame_run *run, struct frame_span recipient, int64_t amount);
enum frame_status ledger_issue(struct frame_run *run, struct frame_span target, int64_t amount);

/* Escrows: transitions of the wallet. */
enum frame_status escrow_lock(struct frame_run *run, struct frame_span payload);
enum frame_status escrow_refund(struct frame_run *run, struct frame_span payload);
enum frame_status escrow_release(struct frame_run *run, struct frame_span payload);
/* An entry escrow:<id>; false unless it is locked. */
struct escrow {
    int64_t amount;
    struct frame_span recipient; /* a view into storage */
};
bool escrow_locked(struct escrow *escrow, struct frame_span entry);

#endif
