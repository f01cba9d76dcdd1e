// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of an instance (§ 12, 13): one chain, what is known of each peer, and what the current
 * step wants done.
 *
 * instance.c takes events. Messages come in through instance_receive.c and go out through
 * instance_send.c; instance_request.c decides whom to ask for what; staged pages get into the chain
 * through instance_join.c; instance_peers.c keeps the table of peers. instance_recover.c makes a new
 * instance of a log, instance_safe_mode.c deals with what a corrupt one leaves.
 *
 * With discovery on (§ 15 to 18) instance_discover.c keeps up who there is and instance_partner.c says whom
 * to turn to; instance_route.c asks others to execute intents, and instance_serve.c does so for them.
 */
#ifndef FRAME_INSTANCE_H
#define FRAME_INSTANCE_H

#include "frame.h"
#include "memory.h"
#include "routing.h"

/* A growable array of hashes. */
struct hash_list {
    struct frame_hash *at;
    size_t count;
    size_t capacity;
};
bool hash_list_reserve(const struct frame_allocator *allocator, struct hash_list *list,
                       size_t count);
bool hash_list_set(const struct frame_allocator *allocator, struct hash_list *list,
                   const struct frame_hash *hashes, size_t count);
void hash_list_free(const struct frame_allocator *allocator, struct hash_list *list);

/* What a peer said last. */
struct attested {
    bool known;
    struct frame_attestation values;
    struct hash_list heads;
};

/* What comes next in a transfer. */
enum transfer_stage {
    TRANSFER_NONE,
    TRANSFER_ASKED,   /* the answer to the outstanding request */
    TRANSFER_SILENT,  /* that request again: it timed out */
    TRANSFER_FULL,    /* joining what is staged, then going on: staging has reached its bound */
    TRANSFER_JOINED,  /* the next request, once what was joined is durable */
    TRANSFER_COMPLETE /* step 8: the last page is staged */
};

/* One transfer from one peer. `want` names an immutable set, so what is staged never goes stale. */
struct transfer {
    enum transfer_stage stage;
    struct frame_attestation attestation;
    struct hash_list want;
    struct hash_list have;
    bool has_after;
    struct frame_hash after;
    uint64_t deadline_ms; /* of the outstanding request */
    uint64_t asked_ms;    /* when it was sent */
    unsigned silences;    /* requests in a row that nobody answered */
    uint64_t patience_ms; /* until then nobody else is asked for what this transfer brings */
    struct buffer staged; /* receipts, joined by commas, behind an opening bracket */
    size_t staged_count;
    int64_t remaining; /* behind them, as the peer says */
};

/* What discovery knows of a peer (§ 15). */
struct met {
    bool member;           /* its announcement carried a good `member` */
    bool chosen;           /* in the half that this instance chose itself */
    bool greet;            /* is to be announced to at once */
    bool contacted;        /* first announced to at contacted_ms, and not heard since */
    bool timed;            /* rtt_ms is known */
    uint32_t capabilities; /* as announced */
    uint64_t dapps;        /* bit i: it has the same code as the i-th dApp here */
    int64_t issued_ms;
    uint64_t announced_ms; /* when the last announcement came that counted */
    uint64_t contacted_ms;
    struct frame_hash told; /* the commitment last attested to it, */
    uint64_t told_ms;       /* and when */
    uint64_t rtt_ms;
    uint32_t successes;
    uint32_t failures;
    size_t named_count;
    struct frame_public_key named[FRAME_ANNOUNCE_PEERS_MAX];
};

struct peer {
    struct frame_public_key key;
    bool configured; /* added by the caller, not by calling in */
    bool trusted;
    bool lacking; /* it attested a head that is not held */
    struct attested attested;
    struct transfer transfer;
    bool diverged; /* policy strict: this commitment was, while so many were held */
    struct frame_hash diverged_commitment;
    size_t diverged_count;
    uint32_t attempts; /* without a good message since */
    uint64_t retry_ms; /* no new transfer, no repeated request before */
    uint64_t heard;    /* how-manieth good envelope of all its last one was */
    uint32_t offences;
    uint32_t ignorings; /* times it has been ignored */
    uint64_t ignored_until_ms;
    struct met *met; /* NULL: discovery is off */
};

/* Somebody whom this instance has chosen to contact, by a name it was told, and who has not answered yet. */
struct candidate {
    struct frame_public_key key;
    uint64_t contacted_ms;
    uint64_t until_ms;
    bool greet;
};

/* What a provider has said that it did: to be compared with the receipt (§ 18). */
struct promise {
    struct frame_public_key key;
    struct frame_hash receipt;
    struct frame_hash result_hash;
};
/* How often a provider has been asked for one intent. */
struct asking {
    struct frame_public_key key;
    uint32_t times;
};
enum { PROMISES_MAX = 4 };

/* An intent that others are to execute. */
enum route_stage {
    ROUTE_NONE,
    ROUTE_WAITING, /* for a provider to be known */
    ROUTE_ASKED,
    ROUTE_DONE /* its receipt is held; promises may still be open */
};
struct route {
    enum route_stage stage;
    struct frame_route_id id;
    struct buffer text; /* action, payload, raw */
    size_t action_length;
    size_t payload_length;
    uint32_t used;
    size_t dapp; /* in the table */
    uint32_t attempts;
    struct frame_public_key provider; /* the one asked last */
    uint64_t deadline_ms;
    bool promised; /* it has answered */
    bool rejected; /* it will not */
    struct promise promises[PROMISES_MAX];
    size_t promise_count;
    struct asking askings[FRAME_ROUTE_ATTEMPTS_MAX]; /* each attempt asks one, new or not */
    size_t asking_count;
};

/* Another's intent. */
enum job_stage { JOB_NONE, JOB_FETCHING, JOB_READY, JOB_EXECUTED };
struct job {
    enum job_stage stage;
    struct frame_route_id id;
    struct frame_public_key from;
    struct buffer text; /* action, payload, raw, network responses; then the result */
    size_t action_length;
    size_t payload_length;
    size_t raw_length;
    uint64_t until_ms; /* FETCHING: the caller of this instance has so long */
    struct frame_hash receipt;
};

/* § 15 to 18; there where discovery is on. */
struct discovery {
    uint8_t member[64];
    struct buffer dapps; /* the array that is announced */
    uint64_t announce_ms;
    int64_t issued_ms;   /* of the last announcement */
    uint64_t room_ms[2]; /* before then no entry of the callers', of the chosen half makes room */
    uint64_t answers_ms; /* until then those answered are remembered */
    struct frame_public_key answered[FRAME_ANSWERS_MAX];
    size_t answered_count;
    bool answering; /* the last of them, in this step */
    struct candidate candidates[FRAME_TABLE_PEERS_MAX / 2];
    size_t candidate_count;
    uint64_t gossips; /* partners drawn so far */
    struct route routes[FRAME_ROUTES_MAX];
    struct job jobs[FRAME_JOBS_MAX];
    struct buffer result; /* of the last of them executed */
};

/* What a corrupt log leaves to be recovered (§ 13). */
struct safe_mode {
    bool active;
    bool accepted;           /* the operator accepts the loss */
    bool look;               /* something has changed: a peer may hold it all now */
    struct hash_list wanted; /* heads of what the log kept, and every good frame set aside */
    struct buffer aside;     /* those frames: u32 length, payload */
    bool tried;              /* at `tried_count` receipts held */
    size_t tried_count;
    size_t waiting; /* frames aside whose parents were missing then */
};

struct frame_instance {
    struct frame_instance_config config;
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX];
    struct frame_public_key identity_key;
    struct frame_public_key transport_key;
    uint8_t origin[32]; /* first 32 hex digits of the transport key [E4] */
    struct frame_chain *chain;
    struct peer **peers; /* ascending by key */
    size_t peer_count;
    size_t peer_capacity;
    size_t turn;    /* the peer whose turn it is to be asked: each gets one */
    uint64_t heard; /* good envelopes so far */
    struct safe_mode safe_mode;
    struct discovery *discovery; /* NULL: off */
    bool stopping;               /* join what is staged once all is durable */
    bool halted;

    /* durability (§ 12): `durable` receipts are on stable storage, figures and heads are theirs */
    uint64_t durable;
    bool persisting; /* the frames of all others have been handed out */
    struct frame_attestation published;
    struct hash_list published_heads;
    bool acknowledging; /* an intent's receipt is not durable yet */
    struct frame_hash acknowledge_hash;
    struct frame_span acknowledge_result; /* the chain's: only the user's next intent changes it */

    /* time */
    uint64_t now_ms;
    int64_t clock_s;
    uint64_t attest_ms; /* when to attest next */
    uint64_t draws;     /* jitter drawn so far */

    /* this step's update */
    struct frame_outgoing *outgoing;
    size_t outgoing_count;
    size_t outgoing_capacity;
    size_t *offsets; /* of outgoing messages in `wire`, which may move while it grows */
    size_t offsets_capacity;
    struct frame_note *notes;
    size_t note_count;
    size_t note_capacity;
    struct buffer wire; /* bytes of outgoing messages */
    struct buffer append;
    struct buffer body;     /* the message being built */
    struct buffer document; /* the receipts array being joined */
};

/* ---- instance.c ---- */

/* Room for all that a step among so many peers can say, so that it never stops half-way for want of it. */
bool instance_reserve_update(struct frame_instance *instance, size_t peers);
struct frame_note *instance_note(struct frame_instance *instance, enum frame_note_type type,
                                 const struct peer *peer);
/* The time so far from now, or the end of time. */
uint64_t instance_after(const struct frame_instance *instance, uint64_t duration_ms);
/* 3/4 to 4/4 of a duration, so that a bound stays one. */
uint64_t instance_jitter(struct frame_instance *instance, uint64_t duration_ms);
/* 0 … bound - 1, by the same tape. */
uint64_t instance_draw(struct frame_instance *instance, uint64_t bound);
/* Is something joined or executed that is not durable? Then the chain must not change. */
bool instance_unsettled(const struct frame_instance *instance);
/* Attest soon: something changed. */
void instance_changed(struct frame_instance *instance);
/* What recovery has filled in is durable. */
enum frame_status instance_recovered(struct frame_instance *instance);
/* A chain without receipts. */
enum frame_status instance_chain_new(const struct frame_instance *instance,
                                     struct frame_chain **chain);

/* ---- instance_peers.c ---- */

struct peer *peer_find(const struct frame_instance *instance, const struct frame_public_key *key);
/* NULL: no memory, or the table is full. */
struct peer *peer_add(struct frame_instance *instance, const struct frame_public_key *key);
void peer_free(struct frame_instance *instance, struct peer *peer);
/* Takes it out of the table, and ends it. */
void peer_remove(struct frame_instance *instance, const struct peer *peer);
bool peer_ignored(const struct frame_instance *instance, const struct peer *peer);
/* Notes a refusal; `costs` where it is the peer's fault. */
void peer_refuse(struct frame_instance *instance, struct peer *peer,
                 const struct frame_fault *fault, bool costs);
/* What it attested is no reason to ask it any more: it has to say it again. */
void peer_forget_attested(struct peer *peer);
/* Ends the transfer, staged pages and all. */
void peer_drop_transfer(struct peer *peer);
/* How long to wait for an answer: doubling with each attempt that failed, jittered, capped. */
uint64_t peer_patience(struct frame_instance *instance, const struct peer *peer);
/* The same for what has no peer of its own, after so many attempts. */
uint64_t patience_after(struct frame_instance *instance, uint32_t attempts);
/* An attempt failed: the next one only after such a wait. */
void peer_back_off(struct frame_instance *instance, struct peer *peer);
/* After a change of the chain: does the peer attest, or a transfer bring, what is not held? */
void peer_update_lacking(struct frame_instance *instance, struct peer *peer);

/* ---- instance_send.c ---- */

/* To all known peers; with discovery on to one (§ 17). */
void send_attestations(struct frame_instance *instance);
/* To one peer, whatever it knows already; or not within a gossip interval of the same. */
void send_attestation_once(struct frame_instance *instance, const struct peer *peer);
void send_attestation(struct frame_instance *instance, const struct peer *peer);
/* What stands in instance->body. */
void send_body(struct frame_instance *instance, const struct frame_public_key *to,
               enum frame_message_type type);
void send_reject(struct frame_instance *instance, const struct frame_public_key *to,
                 enum frame_status status);
/* One envelope of it, to be sent to several. */
bool send_seal(struct frame_instance *instance, size_t *offset, size_t *length);
void send_sealed(struct frame_instance *instance, const struct frame_public_key *to,
                 enum frame_message_type type, size_t offset, size_t length);
void send_page(struct frame_instance *instance, const struct peer *peer,
               const struct frame_message *request);
void send_request(struct frame_instance *instance, struct peer *peer);

/* ---- instance_request.c ---- */

/* § 12: requests that nobody has answered in time. */
void requests_time_out(struct frame_instance *instance);
/* While all is durable: goes on with transfers, and starts new ones where something is lacking that no
   other one brings. */
void requests_make(struct frame_instance *instance);
/* The transfer has just brought what was lacking: others need not be asked for the rest. */
void requests_rely(const struct frame_instance *instance, struct transfer *transfer);
/* When one of these two has something to do, unless something else happens before. */
uint64_t requests_deadline(const struct frame_instance *instance);

/* ---- instance_receive.c ---- */

void receive_message(struct frame_instance *instance, struct frame_span bytes);

/* Notes a refusal of somebody who is no peer. */
void refuse_stranger(struct frame_instance *instance, const struct frame_public_key *key,
                     enum frame_status status);

/* ---- instance_discover.c: § 15, 16. Nothing here is called with discovery off. ---- */

enum frame_status discovery_new(struct frame_instance *instance);
void discovery_free(struct frame_instance *instance); /* off: allowed */
/* A good envelope with a good announcement. */
void discovery_announced(struct frame_instance *instance, const struct frame_message *message);
/* May this key be answered, though it is nobody's that is known? At most one answer to each in an
   interval, and 16 in all. */
bool discovery_may_answer(struct frame_instance *instance, const struct frame_public_key *key);
/* What has become due: expiry, contacts, announcements. */
void discovery_go_on(struct frame_instance *instance);
uint64_t discovery_deadline(const struct frame_instance *instance);
/* May this key be heard: with discovery on, is it a member's? */
bool discovery_heard(const struct peer *peer);

/* ---- instance_partner.c: § 17 ---- */

/* May it be turned to: a member, not suspect, not ignored, and trusted where trust is strict? */
bool peer_usable(const struct frame_instance *instance, const struct peer *peer);
bool peer_suspect(const struct frame_instance *instance, const struct peer *peer);
unsigned peer_ring(const struct peer *peer);
/* A round trip took so long. Discovery off: nothing. */
void peer_timed(struct peer *peer, uint64_t duration_ms);
/* It did as it should, or did not. Discovery off: nothing. */
void peer_succeeded(struct peer *peer);
void peer_failed(struct peer *peer);
/* Is it worse than another: (failures - successes, longest unheard, greatest key)? */
bool peer_worse(const struct peer *peer, const struct peer *than);
/* Is it the better provider: (ring, failures - successes, key)? */
bool peer_nearer(const struct peer *peer, const struct peer *than);
bool peer_provides(const struct frame_instance *instance, const struct peer *peer, uint32_t used,
                   size_t dapp);
/* Whom to sync with now; NULL: nobody is usable. */
const struct peer *partner_draw(struct frame_instance *instance);

/* ---- instance_route.c, instance_serve.c: § 18 ---- */

/* The dApp's place in the table and the capabilities used; BAD_ARGUMENT, DAPP or NO_MEMORY as
   execution would say. */
enum frame_status route_check(struct frame_instance *instance, size_t *dapp, uint32_t *used,
                              const struct frame_intent *intent);
enum frame_status routes_add(struct frame_instance *instance, struct frame_route_id *id,
                             const struct frame_intent *intent);
void routes_result(struct frame_instance *instance, struct peer *peer,
                   const struct frame_message *message);
/* False where the reject is not about a route. */
bool routes_rejected(struct frame_instance *instance, const struct peer *peer,
                     const struct frame_message *message);
void routes_go_on(struct frame_instance *instance);
uint64_t routes_deadline(const struct frame_instance *instance);

void jobs_asked(struct frame_instance *instance, const struct peer *peer,
                const struct frame_message *message);
void jobs_fetched(struct frame_instance *instance, const struct frame_route_id *id,
                  struct frame_span responses);
/* While all is durable: executes the next one. */
void jobs_execute(struct frame_instance *instance);
/* All is durable: those executed are answered. */
void jobs_durable(struct frame_instance *instance);

/* ---- instance_join.c ---- */

/* Joins what transfers have ready, while nothing is outstanding. */
void join_ready(struct frame_instance *instance);
/* Joins what is staged, complete or not, before a stop. */
void join_staged(struct frame_instance *instance);
/* Parses, verifies and replays an array; on FRAME_OK the batch waits for its join or discard. */
enum frame_status batch_replay(struct frame_instance *instance, struct frame_replayed **replayed,
                               struct frame_fault *fault, struct frame_span array);
void note_joined(struct frame_instance *instance, const struct peer *peer,
                 const struct frame_report *report);

/* ---- instance_safe_mode.c ---- */

/* Adds a good frame of the log to what is set aside, or a hash to what a peer has to hold. */
bool safe_mode_set_aside(struct frame_instance *instance, struct frame_span payload);
bool safe_mode_want(struct frame_instance *instance, const struct frame_hash *hash);
/* Forgets all that, and ends it. */
void safe_mode_clear(struct frame_instance *instance);
/* Joins frames that were set aside, as far as their parents are held. */
void safe_mode_join(struct frame_instance *instance);
/* May it be left? A peer attests a set that is held here and holds all that the log kept and set
   aside; or the operator accepts the loss. */
bool safe_mode_over(struct frame_instance *instance);

#endif
