// SPDX-License-Identifier: Apache-2.0
/*
 * The adversary's workshop: recipes, one for each kind of forgery, and the tools they use. Everything is
 * signed past the memo, so that no forgery is ever remembered as good.
 */
#ifndef SIM_FORGER_INTERNAL_H
#define SIM_FORGER_INTERNAL_H

#include "sim/forger.h"
#include "sim/world_internal.h"

/* ---- A receipt on the bench (§ 3) ---- */

enum receipt_field {
    FIELD_DECLARED,
    FIELD_USED,
    FIELD_DAPP,
    FIELD_IDENTITY,
    FIELD_INPUT_HASH,
    FIELD_INPUT_PAYLOAD,
    FIELD_INTENT,
    FIELD_NEXT_ROOT,
    FIELD_PREVIOUS,
    FIELD_PREVIOUS_ROOT,
    FIELD_PUBLIC_KEY,
    FIELD_RECEIPT_HASH,
    FIELD_RESULT_HASH,
    FIELD_SIGNATURE,
    FIELD_TIMESTAMP,
    FIELD_VERSION,
    FIELD_COUNT
};

/* The sixteen values as texts of their own. */
struct draft {
    struct buffer values[FIELD_COUNT];
};
/* False where the text is no receipt. Release it in any case. */
bool draft_read(struct draft *draft, const struct frame_allocator *allocator,
                struct frame_span receipt);
void draft_release(struct draft *draft);
void draft_set(struct draft *draft, enum receipt_field field, const char *text);
void draft_set_hash(struct draft *draft, enum receipt_field field, const struct frame_hash *hash);
/* Another hash, told from the old one by its last bit. */
void draft_bend_hash(struct draft *draft, enum receipt_field field);
/* The value of a field by its name, which there has to be. */
struct buffer *draft_named(struct draft *draft, const char *name);
struct frame_hash draft_hash(const struct draft *draft, enum receipt_field field);
int64_t draft_timestamp(const struct draft *draft);
/* inputHash and receiptHash as the fields now demand; the signature by `secret`. */
void draft_redo_input_hash(struct draft *draft);
void draft_redo_hash(struct draft *draft);
void draft_sign(struct draft *draft, const struct frame_crypto *crypto,
                const struct frame_secret_key *secret);
void draft_write(struct buffer *text, const struct draft *draft);

/* ---- Objects ---- */

/* The object with one member's value replaced. */
void object_with(struct buffer *text, struct frame_span object, const char *name,
                 struct frame_span value);

/* ---- The workshop ---- */

enum forger_target {
    TARGET_ANY,     /* wire: any message; `envelope` makes the new one */
    TARGET_ATTEST,  /* wire: an attestation; likewise */
    TARGET_REQUEST, /* wire: a request; likewise */
    TARGET_PAGE,    /* wire: a page with something that the victim does not hold */
    TARGET_PLAIN,   /* peer: one message, out of the blue */
    TARGET_REPLAY,  /* peer: an honest attestation that is no longer the last */
    TARGET_RELAY, /* peer: an honest attestation, repeated under the adversary's own seal, and pages */
    TARGET_BRANCH, /* peer: a receipt, an attestation, made with the stolen key */
    TARGET_PRESENT /* peer: what the victim holds itself, attested with the stolen key */
};

enum page_trick {
    TRICK_NONE,
    TRICK_NUMBER,  /* a number in the place of a receipt */
    TRICK_REVERSE, /* children before their parents */
    TRICK_HOLE,    /* a receipt is left out, and its child is there */
    TRICK_CHANGE,  /* a receipt goes through `receipt` */
    TRICK_DOUBLE,  /* a receipt comes twice */
    TRICK_CUT,     /* the last receipts are left out, and nothing is said to remain */
    TRICK_FOREIGN  /* the first receipt is another identity's */
};

struct workshop {
    struct world *world;
    const struct recipe *recipe;
    int source;
    int victim;
    struct frame_allocator allocator;
    const struct frame_crypto *crypto;     /* the world's, past the memo */
    const struct frame_secret_key *stolen; /* the identity's; NULL unless the recipe needs it */
    const struct frame_secret_key *seal;   /* the transport key to seal with */
    const struct frame_chain
        *base;                /* where the parents of what is forged are found; NULL: nowhere */
    struct frame_hash parent; /* of the receipt on the bench, before anything was changed */
    struct frame_hash nobody; /* of a receipt that nobody has */
    struct frame_secret_key own_secret; /* the adversary's own key pair, unknown to all */
    struct frame_public_key own_key;
    bool claims_honest; /* what was forged last claims the hash of an honest receipt */
    bool
        has_gap; /* the page played last lacks a receipt that its victim may come to hold, or has it too late */
    struct frame_hash gap;
    struct tape_identity choice;
};

/* What a branch attests. `heads` ascending. */
struct branch_claim {
    struct frame_attestation attestation;
    struct frame_hash heads[2];
    size_t head_count;
};

struct recipe {
    struct forgery public;
    enum forger_target target;
    enum page_trick trick;
    bool (*envelope)(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                     struct frame_span body);
    bool (*receipt)(struct workshop *shop, struct draft *draft); /* NULL: as composed */
    void (*claim)(struct workshop *shop, struct branch_claim *claim, const struct draft *draft);
};
const struct recipe *recipe_at(size_t i);
void shop_open(struct workshop *shop, struct world *world, const struct recipe *recipe, int source,
               int victim, uint64_t nth);

/* Seals a body. */
void shop_seal(struct workshop *shop, struct buffer *envelope, struct frame_span body,
               const struct frame_secret_key *secret);
struct frame_span span_of(const char *text);
/* One character so many times. */
void add_repeated(struct buffer *text, char character, size_t count);
/* The i-th of hashes that nobody has, ascending in i. */
struct frame_hash shop_nobody(const struct workshop *shop, size_t i);
/* Does the victim hold it? */
bool shop_victim_holds(const struct workshop *shop, const struct frame_hash *hash);
/* Writes a made-up receipt into the book, so that whoever holds it is found out; a good one as such. */
void shop_book(struct workshop *shop, struct frame_span receipt);

/* ---- forger_page.c ---- */

/* A list of receipts to serve, each a text of its own. */
struct page_list {
    struct buffer text; /* one behind the other */
    size_t *ends;
    size_t count;
    size_t capacity;
};
void page_list_init(struct page_list *list, const struct frame_allocator *allocator);
void page_list_release(struct page_list *list);
void page_list_add(struct page_list *list, struct frame_span receipt);
struct frame_span page_list_at(const struct page_list *list, size_t i);

/* Plays the recipe's trick on a list. False where it has nothing to play on. */
bool page_play(struct workshop *shop, struct page_list *played, const struct page_list *honest);
/* A page's body that answers `asked` (a request, or an honest page) with these receipts. */
void page_body(struct workshop *shop, struct buffer *body, const struct frame_message *asked,
               const struct page_list *list, int64_t remaining);
/* The receipt as the recipe forges it: a draft (release it in any case), its text, which goes into the book;
   or both in one. False: no occasion. */
bool forge_draft(struct workshop *shop, struct draft *draft, struct frame_span receipt);
bool forge_text(struct workshop *shop, struct buffer *text, const struct draft *draft);
bool forge_receipt(struct workshop *shop, struct buffer *text, struct frame_span receipt);
/* The receipts of closure(want) \ closure(have) that the chain holds, at most a page's. */
void page_owed(struct page_list *list, const struct frame_chain *chain,
               const struct frame_message *request);

/* ---- forger_branch.c ---- */

/* What an adversary has in hand for one attempt. */
struct forged_plan {
    struct buffer attest;   /* the body it sends first: for most, an attest */
    struct page_list list;  /* BRANCH: what it serves */
    struct frame_hash made; /* BRANCH: the receipt forged, by the hash that it claims */
    int relayed;            /* RELAY: whose chain it serves */
};
/* False where there is no occasion. */
bool plan_branch(struct workshop *shop, struct forged_plan *plan);
bool plan_relay(struct workshop *shop, struct forged_plan *plan);
/* The last that any honest peer of the victim's identity, but itself, has attested. */
bool honest_attest(const struct workshop *shop, struct buffer *body);
bool plan_present(struct workshop *shop, struct forged_plan *plan);
/* A receipt of an identity of the adversary's own. False: no memory. */
bool foreign_receipt(struct workshop *shop, struct buffer *receipt);

/* ---- forger_compose.c ---- */

/* The recipe of a composed forgery. */
void compose_recipe(struct recipe *recipe, const struct forgery *kind);
/* A draft through all its stages, hashes and signature included. */
bool compose_draft(struct workshop *shop, struct draft *draft);
/* What belongs to the text of a receipt, and of a page's body around it. */
bool compose_receipt_text(struct workshop *shop, struct buffer *text);
bool compose_body(struct workshop *shop, struct buffer *body);
/* An attest's body, from one that is as it should be. */
bool compose_attest(struct workshop *shop, struct buffer *body);
/* A page that is wrong before its receipts are looked at: where there is no news for a while it is sent out of the blue. */
bool compose_may_be_unasked(const struct recipe *recipe);
/* The one message of TARGET_PLAIN: seals it as well. */
bool compose_plain(struct workshop *shop, struct buffer *envelope, enum frame_message_type *type);
/* Seals a body that has been through all its stages but the last ones, which are about text that no reader
   could go on from. */
bool compose_seal(struct workshop *shop, struct buffer *envelope, struct buffer *body);
/* The last of them: for a receipt of a chain file. */
void compose_spoil(struct workshop *shop, struct buffer *text);
/* Does it have this change, by name? */
bool composed_with(const struct workshop *shop, const char *name);

/* ---- Forgeries under way ---- */

void forger_tell(struct world *world, const struct forged *forged, const char *what);
/* What an adversary has planned is let go of; nothing where there is no plan. */
void forger_drop_plan(struct world *world, struct forged *forged);

#endif
