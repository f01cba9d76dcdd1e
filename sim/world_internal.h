// SPDX-License-Identifier: Apache-2.0
/*
 * The inside of a world. All of its state lies in one region, with struct world itself at the start:
 * what is saved and restored is a copy of that region. The world's own bookkeeping may not run out of
 * memory (a reserve is kept for it, and a run ends before it is touched); the instances may, and say so.
 */
#ifndef SIM_WORLD_INTERNAL_H
#define SIM_WORLD_INTERNAL_H

#include "core/memory.h"
#include "core/transport.h"
#include "sim/crypto_memo.h"
#include "sim/ledger.h"
#include "sim/peer.h"
#include "sim/probe.h"
#include "sim/queue.h"
#include "sim/run_hash.h"
#include "sim/site.h"
#include "sim/texts.h"
#include "sim/world.h"

enum {
    MESSAGE_TYPES = FRAME_MESSAGE_RESULT + 1,
    NO_FORGERY = -1,
    NO_INTENT = -1,
    NOTES_REMEMBERED = 8
};

/* ---- Messages on their way ---- */

struct flight {
    int from; /* whose link it takes; not always whose envelope it is */
    int to;
    enum frame_message_type type;
    uint64_t nth;
    uint64_t
        number; /* of all messages of the run, from 1: what the trace calls it, and nothing else */
    int64_t forgery;            /* number of the forgery it carries, or NO_FORGERY */
    enum world_version version; /* that its sender spoke */
    bool tampered;              /* a forger has made it, now or when it was recorded */
    bool flipped;
    bool truncated;
    struct flight *behind; /* the next one that waits at a clogged link, or in a port */
    size_t size;           /* bytes that `bytes` was made for; length is what arrives of them */
    size_t length;
    uint8_t bytes[];
};

struct link {
    struct link_settings settings;
    bool blocked;
    uint32_t blocked_types; /* bit 1 << enum frame_message_type: these alone */
    bool clogged;
    uint64_t weather; /* changes that were scheduled under another number are not to be any more */
    struct flight *clog_first; /* messages that wait for it to end, in order of arrival */
    struct flight *clog_last;
    uint64_t burst_left;          /* messages that a burst of losses will still take */
    uint64_t free_us;             /* when all that was sent will have got through its bandwidth */
    uint64_t addressed;           /* messages to a key of `to` that others have as well */
    uint64_t sent[MESSAGE_TYPES]; /* how many have been sent: the next one's how-manieth */
    enum frame_status refusal;    /* the last one that `to` had for `from`; OK: none */
    uint64_t refusal_us;
    bool diverged;                 /* policy strict at `to` keeps them apart */
    uint8_t asked[16];             /* digest of what `from` has last begun to ask `to` for */
    struct frame_hash asked_after; /* of its last request; GENESIS: from the beginning */
    uint64_t asked_refused;        /* pieces of memory that had been refused to it by then */
    uint32_t heard;                /* by `to`, and not judged yet (sim/checks_blame.c) */
    uint64_t ignorings;            /* times that `to` has begun to ignore `from` */
};

/* Messages as they were sent, for stale replays: a ring. */
struct recorded {
    int from;
    int to;
    enum frame_message_type type;
    uint64_t sent_us;
    bool tampered;
    enum world_version version;
    size_t length;
    uint8_t *bytes;
};
struct recorder {
    bool on;
    struct recorded *ring;
    size_t count;      /* recorded so far; the ring holds the last ones */
    uint64_t replayed; /* names the questions of the next one */
};

struct key_slot {
    struct frame_public_key key;
    int peer; /* WORLD_NOBODY: empty */
};

struct link_rule {
    int from;
    int to;
    struct link_settings settings;
};

/* ---- Peers ---- */

/* An instance's memory: counted, and bounded where the peer's options say so. */
struct peer_memory {
    struct world *world;
    size_t live;
    size_t most;
    size_t limit;           /* 0: none */
    bool at_work;           /* the instance asks, and not the world that looks at it: */
    uint64_t fail_in;       /* the how-manieth piece from now is refused; 0: none is */
    uint64_t fail_until_us; /* and all behind it until then; 0: that one alone */
    uint64_t refused;
};

/* Where it is going to crash: at the `left`-th occasion from now; 0: nowhere. */
struct crash_plan {
    enum world_crash_when when;
    enum world_crash_what what;
    uint64_t left;
};

/* What a step leaves to be done when it is over. Until then the peer does nothing more. */
enum peer_fate { FATE_NONE, FATE_FALLS, FATE_HALTS };

/* What a peer knows of another. */
enum acquaintance { STRANGER, KNOWN, TRUSTED };

/* The last attestation that a peer in safe mode has heard from another one. */
struct overheard {
    int from;
    struct buffer body;
};

struct attest_seen {
    uint8_t *body; /* the last one it sent */
    size_t length;
    size_t capacity;
};

/* Events that wait at a peer which is paused or frozen, in order. */
struct door {
    struct queued *events;
    size_t count;
    size_t capacity;
    size_t messages;
};

struct backup {
    uint8_t *bytes;
    size_t length;
    size_t capacity;
    bool taken;
};

/* Where the network ends at a peer: what has arrived and is not taken yet, in order; and the message taken last. */
struct port {
    struct world *world;
    int peer;
    struct flight *first;
    struct flight *last;
    struct flight *taken;
};

struct peer {
    char name[WORLD_NAME_BYTES_MAX + 1];
    char identity[FRAME_IDENTITY_BYTES_MAX + 1];
    struct world_peer_options options;
    struct frame_secret_key identity_secret;
    struct frame_public_key identity_key;
    struct frame_secret_key transport_secret;
    struct frame_public_key key;
    struct frame_secret_key own_transport_secret; /* these two, unless it is a twin */
    struct frame_public_key own_key;
    uint8_t knows[WORLD_PEERS_MAX]; /* enum acquaintance */
    uint8_t
        told[WORLD_PEERS_MAX]; /* what its instance was told of the keys that these began with */
    bool had_key[WORLD_PEERS_MAX]; /* whose first key it has, or has had as a twin */
    struct backup backup;
    struct port port;               /* its place on the network, */
    struct frame_transport network; /* and how it is used: the one way in and out */

    enum world_peer_state state;
    bool leaving;
    bool returns; /* once it has left */
    struct crash_plan crash_plan;
    enum peer_fate fate;
    uint32_t heard_links; /* to it, of which `heard` is not 0 */
    const char *fate_why; /* of FATE_HALTS */
    bool paused;
    bool endpoint;        /* an adversary's host that the caller runs: sim/endpoint.h */
    bool frozen[2];       /* by enum world_direction */
    struct door doors[2]; /* of all directions where it is paused, WORLD_IN */
    uint64_t drift_since_us;
    int64_t drift_gained_us; /* what its clock had gained then */
    int32_t drift_ppm;
    uint32_t spoken;      /* bit 1 << enum world_version: of all its lives */
    uint64_t crash_stamp; /* crashes that are scheduled with another one are not to be any more */
    void *instance;       /* NULL unless up or halted */
    struct peer_memory memory;
    uint64_t life;    /* how many instances it has had */
    uint64_t tick_us; /* when its TICK event is due; WORLD_NEVER: none */
    uint64_t tick_stamp;
    struct frame_recovery recovery;

    struct disk disk;
    uint64_t disk_fails[WORLD_DISK_ACTS]; /* the how-manieth from now; 0: none */
    bool log_corrupt;                     /* its log was found corrupt, and is still there, */
    bool rewrite;                         /* but safe mode is over: it is to be replaced (§ 13) */
    bool loss_accepted;                   /* by its operator, in this life */
    bool was_in_safe_mode;                /* when its last instance ended */

    size_t *waiting; /* intents, first come first served */
    size_t waiting_count;
    size_t waiting_capacity;
    int64_t pending; /* the intent whose receipt is not acknowledged yet */

    struct holdings holdings;
    uint64_t seen;    /* arrivals of this life that have been looked at */
    uint64_t *routed; /* those of them that are of routed intents, with discovery */
    size_t routed_count;
    size_t routed_capacity;
    uint64_t staged;  /* receipts, of all peers, after its last step */
    uint64_t logged;  /* ... whose frames have been appended to its log */
    size_t log_seen;  /* bytes of the durable log that have been looked at */
    uint64_t changes; /* of its set: names the questions whether to audit it, */
    uint64_t audited; /* asked up to here */
    struct attest_seen attest;
    struct overheard *overheard;
    size_t overheard_count;
    size_t overheard_capacity;
    uint64_t attested_changes;      /* changes that its last attestation told of */
    size_t notes[NOTES_REMEMBERED]; /* the last intents whose result names a note, in a ring */
    size_t note_count;
    uint64_t worked; /* intents that workloads have asked, */
    uint64_t pauses; /* and pauses they made: each names its questions */

    struct world_counters counters;
    uint64_t refusals[FRAME_STATUS_COUNT];
    bool holds_forged;
    uint64_t answers;                  /* to strangers (§ 15), in this life, */
    uint64_t answers_since_us;         /* which began then */
    int64_t issued_ms;                 /* of its last announcement in this life, */
    uint64_t issued_in;                /* made in that step (world.steps); 0: none */
    uint64_t sites_passed[SITE_COUNT]; /* how often it has come by each: names the next question */
};

/* ---- Users ---- */

struct intent {
    int peer;
    char *action; /* the one block that holds all four texts */
    size_t action_length, payload_length, raw_length, responses_length;
    const char *payload, *raw, *responses;
    enum world_intent_state state;
    enum frame_status status;
    bool accepted;
    struct frame_hash receipt;
    char *result;                        /* NULL: none */
    struct frame_public_key promised_by; /* a routed intent's result, where there is one */
    uint64_t asked_us;
    uint64_t done_us;
    bool routed;
    struct frame_route_id route;    /* once it is asked for */
    struct frame_public_key *asked; /* of the providers, one after the other */
    size_t asked_count;
    size_t asked_capacity;
};

/* What a peer fetches for another (§ 18). */
struct errand {
    uint64_t life;
    struct frame_route_id route;
    size_t size;
    uint8_t payload[]; /* of the intent */
};

/* Strangers that call in at a peer. */
struct crowd {
    int source;
    int victim;
    enum world_crowd kind;
    uint64_t count;
    uint64_t interval_us;
    uint64_t came;
};

struct work {
    uint64_t interval_us;
    struct mix *mix;
    size_t mix_count;
    uint64_t weight; /* of the whole mix */
    uint32_t careless_ppm;
    size_t raw_bytes;
    uint64_t
        *left; /* intents that each of WORLD_PEERS_MAX has still to ask; UINT64_MAX: unbounded */
    bool stopped;
};

/* ---- Failures, forgeries ---- */

struct failure {
    size_t check;
    int peer;
    uint64_t event;
    uint64_t time_us;
    char *text;
};

struct forged {
    struct world_forgery public;
    const struct recipe *recipe;
    uint64_t ordinal; /* names its questions, with the attempts */
    uint64_t sent_us;
    struct frame_public_key sealed_by; /* whose refusal is waited for */
    uint64_t victim_life;              /* in which it was planned */
    struct forged_plan *plan;          /* of an adversary; NULL: none */
    bool claims_honest;                /* it claims the hash of an honest receipt */
    bool has_gap;                      /* it is good for who holds this receipt meanwhile */
    struct frame_hash gap;
    struct buffer old; /* the attestation that is to be replayed; empty: none yet */
};

struct site_state {
    uint32_t one_in; /* 0: it is not there */
    uint64_t fired;
};

enum event_kind {
    EVENT_DELIVER, /* data: struct flight, at the end of its link */
    EVENT_ARRIVE,  /* data: struct flight, which has waited at its peer's door */
    EVENT_TICK,    /* stamp: tick_stamp */
    EVENT_SYNCED,  /* stamp: life */
    EVENT_RETRY,   /* stamp: life; a DURABLE that found no memory */
    EVENT_CRASH,   /* stamp: crash_stamp */
    EVENT_WORK,    /* stamp: the workload's number */
    EVENT_LINK,    /* peer: from; stamp: to and what becomes of the link, packed */
    EVENT_FORGER,  /* stamp: the forgery's number */
    EVENT_FLOOD,   /* stamp: the flood's number */
    EVENT_FETCHED, /* data: struct errand */
    EVENT_CROWD    /* stamp: the crowd's number */
};

/* ---- The world ---- */

struct world {
    struct world_config config;
    uint8_t *region;
    size_t region_size;
    struct frame_arena arena;
    struct frame_allocator allocator;
    struct texts texts; /* of receipts, on disks and (but for plain_malloc) in chains */
    size_t longest_log; /* ever, in bytes: there is to be room for it in one piece */
    size_t plain_live;  /* with plain_malloc: bytes that instances have, */
    size_t plain_most;  /* and at most had */
    const struct peer_driver *driver;
    const struct frame_dapp_table *version_dapps[WORLD_VERSION_COUNT]; /* sim/versions.h */
    struct crypto_memo *memo;
    bool own_memo;
    const struct frame_crypto *crypto;

    uint64_t now_us;
    uint64_t set_changes;            /* see world_set_changes */
    struct check_messages *messages; /* checks_messages.c */
    uint64_t steps;
    uint64_t launched; /* messages so far: the last one's number in the trace */
    struct queue queue;
    struct tape *tape;
    struct run_hash hash;
    struct trace_hook trace;
    struct world_deeds deeds;

    struct peer *peers[WORLD_PEERS_MAX];
    int peer_count;
    struct link
        *links[WORLD_PEERS_MAX]; /* [from][to], each row with room for link_capacity peers */
    size_t link_capacity;
    struct key_slot *keys; /* who has a key, or had it of his own: a table of key_capacity slots */
    size_t key_capacity;   /* a power of two */
    struct recorder recorder;
    struct link_settings default_link;
    struct link_rule *rules;
    size_t rule_count;
    size_t rule_capacity;

    struct ledger ledger;
    struct intent *intents;
    size_t intent_count;
    size_t intent_capacity;
    struct work *works;
    size_t work_count;
    size_t work_capacity;
    struct forged *forgeries;
    size_t forgery_count;
    size_t forgery_capacity;
    struct crowd *crowds;
    size_t crowd_count;
    size_t crowd_capacity;
    uint64_t fetches; /* so far: names the next one's questions */
    struct flood *floods;
    size_t flood_count;
    size_t flood_capacity;
    struct site_state sites[SITE_COUNT];
    struct failure *failures;
    size_t failure_count;
    size_t failure_capacity;
    bool *checks_off;
    uint64_t probes[PROBE_COUNT];
};

/* ---- world.c: memory, time, words ---- */

/* Memory for the world's own books: never NULL. */
void *world_take(struct world *world, size_t size);
void world_give(struct world *world, void *memory, size_t size);
char *world_take_text(struct world *world, const char *bytes, size_t length); /* terminated */
/* Room for `count` elements of *array. */
void world_reserve(struct world *world, void **array, size_t *capacity, size_t count,
                   size_t element_size);
/* Is the part of the region that others may use up used up? */
bool world_exhausted(const struct world *world);
struct peer *world_peer(const struct world *world, int peer);
struct link *world_link(const struct world *world, int from, int to);
/* Whom one end of a link stands for: a peer, or WORLD_ANY; as a test, and as a range of peers. */
bool world_is_meant(int end, int peer);
struct peer_range {
    int first;
    int end; /* behind the last */
};
struct peer_range world_meant(const struct world *world, int end);

/* ---- world_keys.c: whose a key is ---- */

/* To be called when a peer is added, or has another key. */
void world_keys_changed(struct world *world);
/*
 * Those that have a key, or had it of their own, one after the other: the next one after the peer `after`, which is
 * WORLD_NOBODY to begin with; WORLD_NOBODY behind the last. world_key_user: those alone that go by it now.
 */
int world_key_holder(const struct world *world, const struct frame_public_key *key, int after);
int world_key_user(const struct world *world, const struct frame_public_key *key, int after);
/* The first that goes by it now; whose own it is, but for twins, who come and go. WORLD_NOBODY: nobody's. */
int world_peer_of_key(const struct world *world, const struct frame_public_key *key);
int peer_first_with_key(const struct world *world, const struct frame_public_key *key);

void world_schedule(struct world *world, enum event_kind kind, int peer, uint64_t time_us,
                    uint64_t stamp, void *data);
/* One of struct world_deeds' lines. */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
void world_did(const struct world *world, const char *format, ...);
#if defined(__GNUC__)
__attribute__((format(printf, 5, 6)))
#endif
void world_tell(struct world *world, enum trace_kind kind, int peer, int other, const char *format,
                ...);
/* The same of a message by its number, in words that are there already. */
/* Of a link, or many (WORLD_NOBODY); not where one end has never come. */
void link_tell(struct world *world, int from, int to, const char *words);
void world_tell_message(struct world *world, enum trace_kind kind, int peer, int other,
                        uint64_t message, const char *text);
/* The first 8 hex digits, terminated. */
struct short_hash {
    char text[9];
};
struct short_hash short_hash(const struct frame_hash *hash);
struct short_hash short_route(const struct frame_route_id *id);

/* ---- rebuild.c ---- */

/* A peer's chain made anew through all stages, in the world's own memory. */
enum frame_status world_rebuild_chain(struct frame_chain **fresh, struct frame_fault *fault,
                                      struct world *world, int peer);
/* Takes an array of receipts into a chain, through all stages; or nothing of it. */
enum frame_status chain_accept(struct frame_chain *chain, const struct frame_allocator *allocator,
                               struct frame_span array, struct frame_fault *fault);

/* ---- world_peers.c: lives ---- */

/* The core's settings with what the peer's options say of them: bounds and intervals, and nothing else. */
void peer_settings(struct frame_instance_config *config, const struct peer *self);

struct frame_allocator peer_allocator(struct peer *peer);
/* Everything that ends with an instance. */
/* It goes down now, as the world has come to it; world_crash is for who wants it to. */
void peer_become(struct world *world, struct peer *self, enum world_peer_state state);
void peer_crash(struct world *world, int peer);
void peer_end(struct world *world, int peer);
void peer_finish_leaving(struct world *world, int peer);

/* ---- world_backup.c ---- */

bool peers_share_key(const struct world *world, int peer, int other);
bool peers_share_identity(const struct world *world, int peer, int other);
/* May a message under this key be its? Also one that was on its way when it lost the key. */
bool peer_had_key(const struct world *world, int peer, const struct frame_public_key *key);
/* Tells the instance of a peer of another one's key, as it is now. */
enum frame_status peer_tell_key(struct world *world, int peer, int other);
/* The peer that a message for a key comes to. */
int world_address(struct world *world, int from, const struct frame_public_key *key,
                  enum frame_message_type type);

/* ---- world_step.c: one event of one instance ---- */

/* Where an event came from; all zero but `from` and `forgery` for most. */
struct step_origin {
    int from;                   /* peer whose message it is, or WORLD_NOBODY */
    int64_t forgery;            /* the forgery that the message carries, or NO_FORGERY */
    enum world_version version; /* that its sender spoke */
    bool tampered;              /* it carries a forgery, or did so when it was recorded */
    bool flipped;
};
/* Steps the instance of a peer that is up, and does what it wants done. HALTED also where the peer is about to go
   down, and has not seen the event. */
enum frame_status world_step(struct world *world, int peer, struct frame_event *event,
                             const struct step_origin *origin);
/* Schedules the TICK that the instance wants now, but not before earliest_us. */
void world_wind_clock(struct world *world, int peer, uint64_t earliest_us);

/* ---- world_clock.c ---- */

/* As a receipt may show it: 0 … 2^53-1 (§ 3). */
int64_t peer_clock_s(const struct world *world, const struct peer *self);

/* ---- world_pause.c ---- */

/* Keeps an event that cannot come in now; false where it can. */
bool door_keeps(struct world *world, const struct queued *queued);
/* Keeps a message that cannot go out now; false where it can. */
bool door_keeps_outgoing(struct world *world, int from, int to,
                         const struct frame_outgoing *outgoing);
/* Its process has ended: what waits is lost. */
void doors_close(struct world *world, int peer);

/* ---- world_disk.c: what an instance wants written, and what may go wrong with it ---- */

/* Is this the moment for which a crash is planned? */
bool crash_due(struct peer *self, enum world_crash_when when, enum world_crash_what what);
void world_store(struct world *world, int peer, struct frame_span append);
void world_rewrite_log(struct world *world, int peer);
/* A sync is over; or (retry) its news is told once more. */
void world_synced(struct world *world, int peer, bool retry);
/* How much of its log a peer that comes up reads this time. */
size_t world_read_log(struct world *world, int peer);
/* A step is over: the peer goes down, or halts, if it came to that. */
void world_meet_fate(struct world *world, int peer);

/* ---- world_damage.c ---- */

/* Whoever changes a log at rest calls this afterwards: what is not on it any more was lost by the disk. */
void world_disk_broke(struct world *world, int peer);

/* ---- log_books.c: a log against the world's own book, without the core's help (§ 13) ---- */

enum { LOG_KEPT = 1, LOG_ASIDE = 2 }; /* whole, before the first fault; or behind it */
struct log_books {
    struct holdings found; /* LOG_KEPT, LOG_ASIDE */
    enum frame_log_state state;
    int64_t offset; /* of the first frame that fails; -1 */
    bool alien;     /* it fails because of what its receipt is */
    size_t kept;    /* receipts before it, each once */
};
/* The first `length` bytes of the log. */
void log_books_read(struct log_books *books, const struct world *world, int peer, size_t length);
void log_books_release(struct log_books *books);

/* ---- endpoint.c: core/transport.h as the simulated network does it ---- */

struct frame_transport port_open(struct port *port, struct world *world, int peer);
/* A message has arrived there: the port has the flight now, and gives it out in its turn. */
void port_arrived(struct port *port, struct flight *flight);
/* Nothing waits there any more, and nothing is taken. */
void port_clear(struct port *port);

/* ---- world_links.c ---- */

void world_send(struct world *world, int from, const struct frame_outgoing *outgoing);
/* Puts bytes on the way without asking the forger again. */
void world_launch(struct world *world, int from, int to, enum frame_message_type type,
                  const uint8_t *bytes, size_t length, int64_t forgery);
void world_deliver(struct world *world, struct flight *flight);
void world_arrive(struct world *world, struct flight *flight);
/* A message of a peer that nothing holds back any more. */
void world_post(struct world *world, int from, int to, const struct frame_outgoing *outgoing);
void world_flight_free(struct world *world, struct flight *flight);
void world_lost(struct world *world, const struct flight *flight, const char *why);

/* ---- world_weather.c: what comes over links for a while ---- */

/* A link event that was scheduled. */
void world_link_event(struct world *world, int from, uint64_t stamp);
/* Keeps a copy of what is sent, where replays are asked for. */
void world_record(struct world *world, const struct flight *flight, const uint8_t *bytes);
void world_links_of_new_peer(struct world *world, int peer);
/* The body of an envelope, whoever sealed it; false where there is none. */
bool message_body(struct frame_span *body, const uint8_t *bytes, size_t length);
/* The same of an envelope that envelope_read does not take: it may have a body nevertheless. */
bool message_bad_body(struct frame_span *body, const uint8_t *bytes, size_t length);
/* One line about a message, for the trace. */
void message_words(char *text, size_t size, const uint8_t *bytes, size_t length);

/* ---- world_users.c ---- */

/* Lets the peer work on the intents that wait there, as far as it can now; then it meets its fate. To be called
   after whatever steps it. */
void world_pump(struct world *world, int peer);
void users_acknowledged(struct world *world, int peer, const struct frame_note *note);
void users_peer_down(struct world *world, int peer);
/* What was asked, as an instance takes it; views. */
struct frame_intent users_asked(const struct intent *intent);

/* ---- world_routes.c ---- */

/* The peer has taken an intent that others are to execute. */
void routes_begin(struct world *world, int peer, size_t number, const struct frame_route_id *id);
/* Notes of routes and of fetching. */
void routes_note(struct world *world, int peer, const struct frame_note *note);
/* The requester forgets what it has asked for. */
void routes_peer_down(struct world *world, int peer);
/* Has somebody's user asked for that? */
bool routes_known(const struct world *world, const struct frame_route_id *id);
/* How often a routed intent has been sent to the provider of this key. */
size_t route_times_asked(const struct intent *intent, const struct frame_public_key *key);
/* Was the receipt made for this route (§ 18)? Does one take effect in the fold that it was found in (§ 8)? */
bool route_is_of(const struct frame_receipt *receipt, const struct frame_route_id *id);
bool receipt_counts(const struct frame_receipt *receipt);
/* The intent of a peer's user that is asked for under it; NULL: none, or it is done. */
struct intent *routes_intent(struct world *world, int peer, const struct frame_route_id *id);
void routes_fetched(struct world *world, int peer, struct errand *errand);
/* Entries that each half of its table may have (§ 15). */
uint32_t peer_table_half(const struct peer *peer);

/* ---- world_players.c ---- */

void crowd_act(struct world *world, size_t number);
/* A message has reached an adversary that plays a member. */
void liar_receive(struct world *world, const struct flight *flight);
void world_work(struct world *world, int peer, size_t number);

#endif
