// SPDX-License-Identifier: Apache-2.0
/*
 * dApps (§ 5, 6): what one is, and what a transition may do.
 *
 * A transition is a pure function of storage and receipt context. It reads and writes through the
 * functions below, then gives a result or a refusal. A refusal undoes its writes. The table of § 6 is
 * frame_dapps_builtin(); a program may hand its own table to a chain, made of these and further ones.
 */
#ifndef FRAME_DAPP_H
#define FRAME_DAPP_H

#include "frame.h"

struct frame_run; /* one intent being executed */

/*
 * One transition. Returns FRAME_OK after exactly one of frame_run_result and frame_run_refuse, or the
 * status of a frame_run_* function that failed (FRAME_NO_MEMORY).
 */
typedef enum frame_status (*frame_transition)(struct frame_run *run, struct frame_span payload);

struct frame_dapp_intent {
    const char *action;
    const char *const *used; /* capabilities, sorted */
    size_t used_count;
    frame_transition transition;
    bool network;      /* may carry networkResponses */
    bool in_composite; /* may be a composite's step */
};
struct frame_dapp {
    const char *id;
    const char *version;             /* "1.0.0" */
    const char *const *capabilities; /* declared, sorted */
    size_t capability_count;
    const struct frame_dapp_intent *intents; /* sorted by action */
    size_t intent_count;
};
struct frame_dapp_table {
    const struct frame_dapp *const *dapps; /* sorted by id */
    size_t count;
};

/* bridge, composite, contacts, federation, feed, messages, notes, timer, wallet. */
const struct frame_dapp_table *frame_dapps_builtin(void);

/* The schema of § 5, sorted; FRAME_CAPABILITY_COUNT names. */
enum { FRAME_CAPABILITY_COUNT = 14 };
extern const char *const frame_capabilities[FRAME_CAPABILITY_COUNT];

/* The set of some of these names: bit i for the name of index i. */
uint32_t frame_capability_set(const char *const *names, size_t count);

/* Who has an action; NULL where no dApp has. `action` decoded. */
const struct frame_dapp_intent *frame_dapp_find(const struct frame_dapp_table *table,
                                                const struct frame_dapp **dapp,
                                                struct frame_span action);

/* ---- Inside a transition --------------------------------------------------------------------- */

int64_t frame_run_now(const struct frame_run *run);
/* The identity id as a canonical token. */
struct frame_span frame_run_me(const struct frame_run *run);
struct frame_span frame_run_network_responses(const struct frame_run *run); /* length 0: none */

/* Storage keys are given as an ASCII prefix and a canonical token whose text follows it (length 0:
   nothing follows). The value is a view that holds until the next write. */
bool frame_run_get(struct frame_run *run, struct frame_span *value, const char *prefix,
                   struct frame_span rest);
enum frame_status frame_run_put(struct frame_run *run, const char *prefix, struct frame_span rest,
                                struct frame_span value);
enum frame_status frame_run_delete(struct frame_run *run, const char *prefix,
                                   struct frame_span rest);
/* Keys that begin with prefix, rest and suffix. */
size_t frame_run_count(struct frame_run *run, const char *prefix, struct frame_span rest,
                       const char *suffix);
/* Calls visit for each entry whose key begins with an ASCII prefix, in key order. */
void frame_run_each(struct frame_run *run, const char *prefix, void *context,
                    void (*visit)(void *context, struct frame_span key, struct frame_span value));
/* An integer entry; 0 where absent. */
int64_t frame_run_get_integer(struct frame_run *run, const char *prefix, struct frame_span rest);
enum frame_status frame_run_put_integer(struct frame_run *run, const char *prefix,
                                        struct frame_span rest, int64_t value);

/* The next bytes of the receipt's random stream (§ 4). At most 8,192 bytes in one receipt. */
void frame_run_random(struct frame_run *run, uint8_t *bytes, size_t length);

/* H(value) of canonical text. */
void frame_run_hash(struct frame_run *run, struct frame_hash *hash, struct frame_span value);

/* The result object: canonical, "ok":true in it. */
enum frame_status frame_run_result(struct frame_run *run, struct frame_span result);
/* `code`: bad_payload, insufficient, … */
enum frame_status frame_run_refuse(struct frame_run *run, const char *code);
/*
 * A place to build text in, emptied at each call; 0 to 3, of which 3 is for intents that are no step
 * of a composite. Where an append to it found no memory, every later frame_run_* call fails.
 */
struct buffer;
struct buffer *frame_run_scratch(struct frame_run *run, int which);

#endif
