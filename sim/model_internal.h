// SPDX-License-Identifier: Apache-2.0
/* What the files of the model share. */
#ifndef SIM_MODEL_INTERNAL_H
#define SIM_MODEL_INTERNAL_H

#include "model.h"

enum { MODEL_BUCKETS = 4096 };

/* One storage, kept once whatever fold comes to it. */
struct model_storage {
    struct frame_hash hash; /* of the text */
    struct frame_span text; /* canonical object */
    struct model_storage *next;
};

/* What one receipt does to one storage. */
struct model_step {
    const struct model_storage *before;
    const struct model_storage *after;
    struct frame_hash result_hash;
    bool accepted;
    struct model_step *next;
};

/* A fold, and the set that it is of. The fold's arrays are those below it. */
struct model_set {
    struct model_fold fold;
    size_t *order;
    enum frame_outcome *outcome;
    bool *final;
    struct frame_hash *heads;
    const struct model_storage *storage;
    bool *members;
    size_t member_count; /* flags in `members`; the rest are not in the set */
    struct model_set *next;
};

struct model_entry {
    struct model_receipt receipt;
    size_t *parents_at;              /* indices + 1 of receipt.parents; 0: not found yet */
    const struct model_set *context; /* fold(closure(parents)); NULL: not asked for yet */
    const struct model_step *own;    /* there; NULL for a merge receipt */
    struct model_step *steps;        /* on every storage met so far */
    struct model_step *duplicate; /* `own`, where its context has its route's id already (§ 18) */
};

struct model {
    const struct frame_crypto *crypto;
    struct frame_span identity;
    struct frame_public_key public_key;
    struct frame_hash genesis;
    struct frame_hash empty_root; /* stateRoot({}, GENESIS) */
    struct frame_span dapps;      /* the text of installedDApps */
    struct model_entry **entries;
    size_t count;
    size_t capacity;
    size_t *by_hash; /* indices in order of receiptHash */
    size_t *by_time; /* indices in order of (timestamp, receiptHash) */
    struct model_storage *storages[MODEL_BUCKETS];
    struct model_set *sets[MODEL_BUCKETS];
};

/* The p-th parent of the receipt with this index; false where it is not there. */
bool model_parent(const struct model *model, size_t *parent, size_t index, size_t p);

/* Memory that is there or ends the program. */
void *model_allocate(size_t size);
void *model_allocate_array(size_t count, size_t size); /* zeroed */
struct frame_allocator model_allocator(void);

/* A growing text. Zero-initialise; free `bytes`. */
struct model_text {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
};
void model_text_add(struct model_text *text, const void *bytes, size_t length);
void model_text_string(struct model_text *text, const char *string);
void model_text_hex(struct model_text *text, const uint8_t *bytes, size_t length);
struct frame_sink model_text_sink(struct model_text *text);
struct frame_span model_text_span(const struct model_text *text);

/* Ends a span whose bytes were allocated. */
void model_free_span(struct frame_span span);

/* A list separated by spaces as a canonical array of strings. */
void model_add_list(struct model_text *text, const char *list);

/* The dApp that has an action and the capabilities it declares, separated by spaces; NULL: none. */
const char *model_dapp_of(const char *action, const char **declared);
/* H of a merge receipt's result, {"heads":count,"ok":true} (§ 6). */
void model_merge_result_hash(const struct model *model, struct frame_hash *hash, size_t heads);

/* The id of a routed intent (§ 18), in its inputPayload; length 0: it is none. */
struct frame_span model_route_of(struct frame_span payload);
/* Is a receipt of this id in a folded set, whatever has become of it there? */
bool model_route_held(const struct model *model, const struct model_fold *fold,
                      struct frame_span route);
/* H of what a routed intent gets that is there already. */
void model_duplicate_result_hash(const struct model *model, struct frame_hash *hash);

/* The text of installedDApps (§ 7), allocated. */
struct frame_span model_installed_dapps(const struct frame_crypto *crypto);

/* What comes of a receipt's intent on a storage (§ 4, 6), which is a canonical object; `after` gets the storage behind
   it where it is accepted. False where no dApp has the intent. */
struct model_executed {
    bool accepted;
    struct frame_hash result_hash;
};
bool model_execute(struct model_executed *executed, struct model_text *after,
                   const struct model *model, const struct model_receipt *receipt,
                   struct frame_span storage);

/* Makes the contexts of a set's members known. False where it is not closed, or one cannot be
   executed. */
bool model_contexts(struct model *model, const bool *members);
void model_folds_free(struct model *model);

#endif
