// SPDX-License-Identifier: Apache-2.0
/*
 * The grammar of forgeries: what can be changed, in what, with what redone, signed by whom.
 *
 *     SUBJECT/CHANGE[+CHANGE…][/rehashed][/SIGNING]
 *
 * as in receipt/version_3+no_such_parent/rehashed/own_key. Each change knows the rule of § 2-12 that it
 * breaks and what it takes hold of. From that alone, and not by asking the core, the error of a composed
 * forgery follows: of all rules broken the one that a receiver comes to first.
 */
#ifndef SIM_FORGER_GRAMMAR_H
#define SIM_FORGER_GRAMMAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

enum forgery_subject {
    FORGED_NONE,    /* a kind of the table: nothing is composed */
    FORGED_RECEIPT, /* one receipt of a page */
    FORGED_MERGE,   /* a merge receipt of two heads made for it */
    FORGED_ATTEST,  /* an attestation and its heads */
    FORGED_REQUEST,
    FORGED_PAGE, /* a page as such */
    FORGED_REJECT,
    FORGED_ENVELOPE, /* around whatever message */
    FORGED_COUNT
};
const char *forgery_subject_name(enum forgery_subject subject);

/* What stands in the signature of a receipt or an attestation. */
enum forgery_signing {
    SIGNING_KEPT,         /* what stood there before */
    SIGNING_OWN_KEY,      /* a good one by the adversary's key */
    SIGNING_IDENTITY_KEY, /* a good one: the key is stolen */
    SIGNING_S_PLUS_L,     /* malleable: the group's order L added to its S */
    SIGNING_SMALL_ORDER,  /* R is a point of small order */
    SIGNING_BLANK,        /* zeros */
    SIGNING_COUNT
};
const char *forgery_signing_name(enum forgery_signing signing);

enum { FORGERY_CHANGES_MAX = 4 };

struct forgery_composition {
    enum forgery_subject subject;
    size_t change_count;
    size_t changes[FORGERY_CHANGES_MAX]; /* ascending, by their place in the list of changes */
    bool rehashed;                       /* receipts: inputHash and receiptHash */
    enum forgery_signing signing;
};

/* The list of changes, for people. */
size_t forgery_change_count(void);
const char *forgery_change_name(size_t change);
const char *forgery_change_what(size_t change);
bool forgery_change_fits(size_t change, enum forgery_subject subject);

/*
 * Is this a forgery that can be made? NULL, or why not. Two changes must not take hold of one thing;
 * what has no hash or signature of its own has none redone.
 */
const char *forgery_composition_problem(const struct forgery_composition *composition);
/* The first rule broken, as its error; OK: none, and nothing is refused. `in_file`: the receipts stand in
   a chain file (§ 10), not in a message. */
enum frame_status forgery_composition_error(const struct forgery_composition *composition,
                                            bool in_file);
/* Is its subject a receipt, or a merge receipt? */
bool forgery_about_receipt(const struct forgery_composition *composition);
/* Does it take the identity's signing key? */
bool forgery_composition_needs_key(const struct forgery_composition *composition);
/* Its text, terminated; at most `size` bytes of it. */
void forgery_composition_write(char *text, size_t size,
                               const struct forgery_composition *composition);
/* Reads a text; false with *problem where it is none, and *word where one part of it is at fault. */
bool forgery_composition_read(struct forgery_composition *composition, const char **problem,
                              struct frame_span *word, struct frame_span text);

#endif
