// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of an instance (§ 12, 13): one chain, what is known of each peer, and what the current
 * step wants done.
 *
 * instance.c takes events; attest.c's and request's data flow out through instance_send.c, messages in
 * through instance_receive.c, staged pages into the chain through instance_join.c, a log into a new
 * instance through instance_recover.c, and instance_peers.c keeps the table of peers.
 */
#ifndef FRAME_INSTANCE_H
#define FRAME_INSTANCE_H

#include "frame.h"
#include "memory.h"

/* A growable array of hashes. */
struct hash_list {
    struct frame_hash *at;
    size_t count;
    size_t capacity;
};
bool hash_list_set(const struct frame_allocator *allocator, struct hash_list *list,
                   const struct frame_hash *hashes, size_t count);
void hash_list_free(const struct frame_allocator *allocator, struct hash_list *list);

/* What a peer said last. */
struct attested {
    bool known;
    struct frame_attestation values;
    struct hash_list heads;
};

/* One transfer from one peer. `want` names an immutable set, so nothing but time ends it. */
struct transfer {
    bool active;
    bool complete;            /* the last page is staged: step 8 is next */
    bool full;                /* staging has reached its bound: join what is there, then go on */
    bool resume;              /* the next page is to be asked for, once all is durable */
    struct frame_attestation attestation;
    struct hash_list want;
    struct hash_list have;
    bool has_after;
    struct frame_hash after;
    uint64_t deadline_ms;     /* of the answer to the last request */
    struct buffer staged;     /* receipts, joined by commas */
    size_t staged_count;
};

struct peer {
    struct frame_public_key key;
    bool configured;          /* added by the caller, not by calling in */
    bool trusted;
    bool lacking;             /* it attested a head that is not held */
    struct attested attested;
    struct transfer transfer;
    bool diverged;            /* policy strict: this commitment was, while so many were held */
    struct frame_hash diverged_commitment;
    size_t diverged_count;
    uint32_t attempts;        /* without a good message since */
    uint64_t retry_ms;        /* no new transfer before */
    uint32_t offences;
    uint32_t ignorings;       /* times it has been ignored */
    uint64_t ignored_until_ms;
};

/* What a corrupt log leaves to be recovered (§ 13). */
struct safe_mode {
    bool active;
    struct hash_list kept;    /* heads of what the log kept */
    struct buffer aside;      /* good frames behind the failing one: u32 length, payload */
    bool tried;               /* at `tried_count` receipts held */
    size_t tried_count;
    size_t waiting;           /* frames aside whose parents were missing then */
};

struct frame_instance {
    struct frame_instance_config config;
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX];
    struct frame_public_key identity_key;
    struct frame_public_key transport_key;
    uint8_t origin[32];       /* first 32 hex digits of the transport key [E4] */
    struct frame_chain *chain;
    struct peer **peers;      /* ascending by key */
    size_t peer_count;
    size_t peer_capacity;
    struct safe_mode safe_mode;
    bool halted;

    /* durability (§ 12): `durable` receipts are on stable storage, figures and heads are theirs */
    uint64_t durable;
    uint64_t appended;        /* receipts whose frames have been handed out */
    bool persisting;          /* an append is outstanding */
    struct frame_attestation published;
    struct hash_list published_heads;
    bool acknowledging;       /* the outstanding append holds an intent's receipt */
    struct frame_hash acknowledge_hash;
    struct buffer acknowledge_result;

    /* time */
    uint64_t now_ms;
    int64_t clock_s;
    uint64_t attest_ms;       /* when to attest next */
    uint64_t draws;           /* jitter drawn so far */

    /* this step's update */
    struct frame_outgoing *outgoing;
    size_t outgoing_count;
    size_t outgoing_capacity;
    size_t *offsets;          /* of outgoing messages in `wire`, which may move while it grows */
    size_t offsets_capacity;
    struct frame_note *notes;
    size_t note_count;
    size_t note_capacity;
    struct buffer wire;       /* bytes of outgoing messages */
    struct buffer append;
    struct buffer body;       /* the message being built */
    struct buffer document;   /* the receipts array being joined */
    struct buffer told;       /* result of the acknowledged intent */
};

/* ---- instance.c ---- */

struct frame_note *instance_note(struct frame_instance *instance, enum frame_note_type type,
                                 const struct peer *peer);
/* 7/8 to 9/8 of a duration. */
uint64_t instance_jitter(struct frame_instance *instance, uint64_t duration_ms);
/* Figures and heads of what is durable become those of the chain. */
enum frame_status instance_publish(struct frame_instance *instance);
/* Hands out the frames of receipts that have none yet. */
void instance_persist(struct frame_instance *instance);
/* Attest soon: something changed. */
void instance_changed(struct frame_instance *instance);

/* ---- instance_peers.c ---- */

struct peer *peer_find(const struct frame_instance *instance, const struct frame_public_key *key);
/* NULL: no memory, or the table is full. */
struct peer *peer_add(struct frame_instance *instance, const struct frame_public_key *key);
void peer_free(struct frame_instance *instance, struct peer *peer);
bool peer_ignored(const struct frame_instance *instance, const struct peer *peer);
/* Notes a refusal; `costs` where it is the peer's fault. */
void peer_refuse(struct frame_instance *instance, struct peer *peer,
                 const struct frame_fault *fault, bool costs);
/* Ends the transfer, staged pages and all. */
void peer_drop_transfer(struct peer *peer);
/* Next transfer only after a growing, jittered wait. */
void peer_back_off(struct frame_instance *instance, struct peer *peer);
/* Does the peer attest something that is not held? */
void peer_update_lacking(struct frame_instance *instance, struct peer *peer);

/* ---- instance_send.c ---- */

void send_attestations(struct frame_instance *instance);
void send_request(struct frame_instance *instance, struct peer *peer);
void send_page(struct frame_instance *instance, const struct peer *peer,
               const struct frame_message *request);
/* Asks for the next page where a transfer waited for what it had brought to be durable. */
void resume_transfers(struct frame_instance *instance);
/* Starts transfers from peers that have what is lacking, unless another one already brings it. */
void start_transfers(struct frame_instance *instance);

/* ---- instance_receive.c ---- */

void receive_message(struct frame_instance *instance, struct frame_span bytes);

/* ---- instance_join.c ---- */

/* Joins what transfers have ready, while nothing is outstanding. */
void join_ready(struct frame_instance *instance);
/* Joins what is staged, complete or not, before a stop. */
void join_staged(struct frame_instance *instance);
/* Joins frames that a corrupt log had set aside, as far as their parents are held. */
void join_aside(struct frame_instance *instance);
/* Leaves safe mode where a peer attests a set that is held and holds all that the log kept and set
   aside. */
void safe_mode_check(struct frame_instance *instance, const struct attested *attested);
void safe_mode_leave(struct frame_instance *instance);
/* Parses, verifies and replays an array; on FRAME_OK the batch waits for its join or discard. */
enum frame_status batch_replay(struct frame_instance *instance, struct frame_replayed **replayed,
                               struct frame_fault *fault, struct frame_span array);

#endif
