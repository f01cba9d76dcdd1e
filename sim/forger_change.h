// SPDX-License-Identifier: Apache-2.0
/*
 * Inside the grammar of forgeries: the rules in the order in which a receiver comes to them, and the
 * list of changes. forger_changes_receipt.c has those of receipts, forger_changes_message.c those of
 * attestations, bodies, envelopes and of JSON text as such.
 */
#ifndef SIM_FORGER_CHANGE_H
#define SIM_FORGER_CHANGE_H

#include "sim/forger_grammar.h"
#include "sim/forger_internal.h"

/*
 * § 12, then § 11, then the steps of § 10: X(rule, error). A rule that comes twice under one error is
 * twice in the list. Step 1 is over a whole batch, and comes before what is said of single receipts.
 */
#define FORGERY_RULES(X)                                                                  \
    X(ENVELOPE, ENVELOPE)                                                                 \
    X(MESSAGE, MESSAGE)                                                                   \
    X(HEADS_COMMITTED, MESSAGE) /* § 12, 15 no. 23 */                                    \
    X(UNASKED, UNASKED)                                                                   \
    X(UNKNOWN, UNKNOWN)                                                                   \
    X(ATTESTATION_VERSION, ATTESTATION_VERSION)                                           \
    X(ATTESTATION_FORMAT, ATTESTATION_FORMAT)                                             \
    X(ATTESTATION_IDENTITY, ATTESTATION_IDENTITY)                                         \
    X(ATTESTATION_SIGNATURE, ATTESTATION_SIGNATURE)                                       \
    X(JSON_SYNTAX, JSON_SYNTAX) /* step 1 */                                              \
    X(JSON_NOT_CANONICAL, JSON_NOT_CANONICAL)                                             \
    X(LIMIT, LIMIT) /* text is put in at the front, so its fault has the lesser offset */ \
    X(FIELD_COUNT, FIELD_COUNT) /* step 2 */                                              \
    X(FIELD_ORDER, FIELD_ORDER)                                                           \
    X(FIELD_TYPE, FIELD_TYPE)                                                             \
    X(VERSION, VERSION)                                                                   \
    X(INPUT_HASH, INPUT_HASH) /* step 3 */                                                \
    X(RECEIPT_HASH, RECEIPT_HASH)                                                         \
    X(DUPLICATE, DUPLICATE)                                                               \
    X(HEADS_ARRAY, MERGE_HEADS) /* before link */                                         \
    X(LINK, LINK)                                                                         \
    X(MERGE_HEADS, MERGE_HEADS)                                                           \
    X(IDENTITY, IDENTITY) /* step 4 */                                                    \
    X(TIMESTAMP, TIMESTAMP)                                                               \
    X(CAPABILITY_UNKNOWN, CAPABILITY_UNKNOWN)                                             \
    X(CAPABILITY_UNDECLARED, CAPABILITY_UNDECLARED)                                       \
    X(DAPP, DAPP)                                                                         \
    X(CAPABILITY_MANIFEST, CAPABILITY_MANIFEST)                                           \
    X(SIGNATURE, SIGNATURE)             /* step 6 */                                      \
    X(STATE_ROOT_LINK, STATE_ROOT_LINK) /* step 7 */                                      \
    X(RESULT_HASH, RESULT_HASH)                                                           \
    X(STATE_ROOT, STATE_ROOT)                                                             \
    X(ATTESTATION_COUNT, ATTESTATION_COUNT) /* 8 */                                       \
    X(ATTESTATION_COMMITMENT, ATTESTATION_COMMITMENT)                                     \
    X(ATTESTATION_ROOT, ATTESTATION_ROOT)                                                 \
    X(NONE, OK)

enum rule {
#define FORGERY_RULE(rule, error) RULE_##rule,
    FORGERY_RULES(FORGERY_RULE)
#undef FORGERY_RULE
        RULE_COUNT
};

/* What is on the bench: a thing goes through its changes in the order of the stages. */
enum change_stage {
    STAGE_BASE,         /* how the receipt is made that is forged then */
    STAGE_FIELDS,       /* draft; afterwards inputHash is redone, */
    STAGE_INPUT_HASHED, /* draft; afterwards receiptHash is redone, */
    STAGE_HASHED,       /* draft; afterwards it is signed */
    STAGE_SIGNED,       /* draft */
    STAGE_TEXT,         /* text: the receipt */
    STAGE_ATTESTATION,  /* text: the attestation; afterwards it is signed */
    STAGE_ATTESTATION_SIGNED,
    STAGE_BODY,  /* text: the body */
    STAGE_LIST,  /* a page's receipts; done where the page is made */
    STAGE_SEALED /* text: the envelope */
};

struct bench {
    struct workshop *shop;
    struct draft *draft;
    struct buffer text;
    struct buffer *heads; /* STAGE_ATTESTATION: the attest's heads, an array */
};

enum {
    TOUCHES_SIGNED = 1,     /* one of the 13 signed fields; of an attestation, a signed member */
    TOUCHES_INPUT = 2 | 1,  /* inputPayload */
    TOUCHES_ROOTS = 4,      /* execution gives another result: result_hash at the latest */
    TOUCHES_HASH_ITSELF = 8 /* the value of receiptHash */
};

/* Things that changes take hold of; two changes of one thing do not go together. */
enum {
    SLOT_MEMBERS = 1 << 0,
    SLOT_CAPABILITIES = 1 << 1,
    SLOT_DAPP = 1 << 2,
    SLOT_IDENTITY = 1 << 3,
    SLOT_KEY = 1 << 4,
    SLOT_INTENT = 1 << 5,
    SLOT_INPUT = 1 << 6,
    SLOT_TIME = 1 << 7,
    SLOT_INPUT_HASH = 1 << 8,
    SLOT_PREVIOUS = 1 << 9,
    SLOT_PARENT = 1 << 10, /* which receipt it stands on, among those that are there */
    SLOT_PREVIOUS_ROOT = 1 << 11,
    SLOT_NEXT_ROOT = 1 << 12,
    SLOT_RESULT = 1 << 13,
    SLOT_HASH = 1 << 14,
    SLOT_SIGNATURE = 1 << 15,
    SLOT_VERSION = 1 << 16,
    SLOT_HEADS = 1 << 17,
    SLOT_BASE = 1 << 18,
    SLOT_TEXT = 1 << 19,
    SLOT_COUNT = 1 << 20,
    SLOT_COMMITMENT = 1 << 21,
    SLOT_TYPE = 1 << 22,
    SLOT_HAVE = 1 << 23,
    SLOT_WANT = 1 << 24,
    SLOT_AFTER = 1 << 25,
    SLOT_REMAINING = 1 << 26,
    SLOT_LIST = 1 << 27,
    SLOT_BODY = 1 << 28,
    SLOT_BODY_MEMBERS = 1 << 29
};

struct change {
    const char *name;
    uint32_t subjects; /* bits 1 << enum forgery_subject */
    uint32_t slots;
    enum rule breaks;
    enum rule in_file; /* what it breaks in a chain file; mostly the same */
    uint32_t touches;  /* STAGE_LIST: the enum page_trick */
    enum change_stage stage;
    /* The member gets the value, in whose place NULL takes the member away, "~" is the hash that was there
       with its last digit changed, "^" the hex that was there with an upper-case digit. ".name" is a member of
       inputPayload. Where the member is NULL and there is a value, that is text to be put in (§ 2). */
    const char *member;
    const char *value;
    bool (*apply)(struct bench *bench); /* instead of these; false: no occasion */
    const char *what;
};
const struct change *change_at(size_t i);

extern const struct change changes_receipt[];
extern const size_t changes_receipt_count;
extern const struct change changes_message[];
extern const size_t changes_message_count;

/* ---- forger_compose.c ---- */

/* Applies all changes of the stage. False: no occasion. */
bool bench_apply(struct bench *bench, const struct forgery_composition *composition,
                 enum change_stage stage);
/* Puts `value` in the place of the text's member, or adds it in its place; length 0: takes it away. */
void bench_put(struct bench *bench, const char *member, struct frame_span value);

#endif
