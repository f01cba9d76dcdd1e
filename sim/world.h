// SPDX-License-Identifier: Apache-2.0
/*
 * A simulated world: peers, each a real instance of the core, with disks, clocks, links and users, all in
 * virtual time, one event at a time. The same configuration, calls and seed give the same run, always
 * and everywhere: the run hash says so.
 *
 * Time is in microseconds since the world began; the instances get milliseconds. A call made between
 * runs happens at the current time, before all events that are still to come.
 * Peers are named by index, in the order they were added. Functions on a peer that does not exist stop
 * the program: names are resolved by the caller (world_peer_find).
 * Strings and views that a world hands out hold until the next call that changes the world.
 */
#ifndef SIM_WORLD_H
#define SIM_WORLD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"
#include "sim/disk.h"
#include "sim/forger_grammar.h"
#include "sim/network.h"
#include "sim/tape.h"
#include "sim/trace.h"

#define WORLD_MS     UINT64_C(1000)
#define WORLD_SECOND UINT64_C(1000000)
#define WORLD_NEVER  UINT64_MAX
#define WORLD_EPOCH_S \
    INT64_C(1700000000) /* what all clocks show at time 0, but for their offsets */
enum {
    WORLD_PEERS_MAX = 1024,
    WORLD_NAME_BYTES_MAX = 31, /* of a peer: [A-Za-z0-9_.-] */
    WORLD_NOBODY = -1,
    WORLD_ANY = -1 /* as from or to of a link: every peer, also those added later */
};

/* Which version of FRAME a peer speaks: ours, or one in which one thing is another (sim/versions.h). */
enum world_version {
    WORLD_VERSION_OURS,
    WORLD_VERSION_PROTOCOL, /* protocolVersion */
    WORLD_VERSION_RECEIPT,
    WORLD_VERSION_CAPABILITY, /* and with it state roots, */
    WORLD_VERSION_STATE_ROOT, /* as with this one */
    WORLD_VERSION_ATTESTATION,
    WORLD_VERSION_ENVELOPE,
    WORLD_VERSION_DAPP, /* of one dApp: another codeHash, and so other state roots */
    WORLD_VERSION_COUNT
};
/* ours, protocol, receipt, capability, state-root, attestation, envelope, dapp */
const char *world_version_name(enum world_version version);

/* What a liar does: it announces everything, and when it is asked to execute an intent (§ 18) it says that
   it cannot, says that it did, says nothing, or says of another one's receipt of it what is not its result. */
enum world_liar {
    WORLD_LIAR_NONE,
    WORLD_LIAR_LACKS,
    WORLD_LIAR_PROMISES,
    WORLD_LIAR_SILENT,
    WORLD_LIAR_MISQUOTES,
    WORLD_LIARS
};
const char *world_liar_name(enum world_liar liar); /* none, lacks, promises, silent, misquotes */

struct world;
struct peer_driver; /* sim/peer.h: what stands behind a peer; the core's instance is the first */
struct crypto_memo; /* sim/crypto_memo.h */

/* ---- The world ------------------------------------------------------------------------------ */

struct world_config {
    uint64_t seed;
    uint64_t steps_max; /* events until a run ends with WORLD_RUN_BUDGET; 0: no bound */
    size_t
        memory_bytes_max; /* of everything in the world; its one region is so large (1 GiB; 512 MiB on 32 bits) */
    bool stop_at_failure; /* a run ends at the first failed check (default) */
    bool plain_malloc;    /* instances allocate with malloc: for sanitizers; no save and restore */
    uint32_t
        refold_ppm; /* how often, by the tape, all that a peer holds is looked at after a change
                                 of it; of n > 100 receipts (100/n)^2 times as often: the cost grows so */
    /* the slow model folds no larger sets, at the end neither; nor are pages of them checked */
    size_t refold_receipts_max;
    const struct peer_driver *driver;     /* NULL: the core's instance */
    const struct frame_dapp_table *dapps; /* NULL: § 6 */
    struct crypto_memo
        *memo; /* remembered signature checks, shared between worlds; NULL: its own */
};
void world_config_init(struct world_config *config);
/* NULL: no memory. The config is copied. */
struct world *world_new(const struct world_config *config);
void world_free(struct world *world); /* NULL allowed */

/*
 * Branching: world_save copies all state of the world, world_restore brings the very same world (no other)
 * back to it, any number of times. Hooks and the tape's recorder stay as they are now. NULL / not
 * available with plain_malloc.
 */
struct world_snapshot;
struct world_snapshot *world_save(const struct world *world);
void world_restore(struct world *world, const struct world_snapshot *snapshot);
void world_snapshot_free(struct world_snapshot *snapshot); /* NULL allowed */

uint64_t world_now_us(const struct world *world);
uint64_t world_steps(const struct world *world); /* events so far */
/* Grows whenever a peer's set does, and whenever a peer comes up or goes down. */
uint64_t world_set_changes(const struct world *world);
/* The tape, for overrides, a recorder, and the caller's own choices (of kinds the world does not use:
   begin them with a capital letter). */
struct tape *world_tape(struct world *world);
void world_trace(struct world *world, const struct trace_hook *hook); /* NULL: none */
/*
 * Hears what is done to the world from outside and is not one of its settings (those of links, clocks and disks can be
 * looked at), in the words of the scenario language, right before it is done: "crash ana", "twin eve of ana". NULL: nobody.
 */
struct world_deeds {
    void *context;
    void (*deed)(void *context, const struct world *world, const char *line);
};
void world_deeds(struct world *world, const struct world_deeds *hook);
/* A line of the caller's own in the trace (kind TRACE_WORLD). Not part of the run hash. */
void world_say(struct world *world, int peer, const char *text);

/* ---- Peers ---------------------------------------------------------------------------------- */

/*
 * world_peer_options_init sets the defaults: identity "alice", present from the start, policy join, open
 * trust, known to and trusted by all others, clock right, the core's own intervals (0 stands for them).
 * The identity's key is derived from its name alone, the transport key from identity's and peer's names: the
 * seed changes neither.
 */
struct world_peer_options {
    const char *identity; /* 1-128 bytes */
    bool absent;          /* it joins later: world_join */
    bool adversary;       /* no instance: a host from which forgeries come */
    bool stranger;        /* nobody is told of it, and it of nobody: world_know does that */
    bool mistrusted;      /* others are told of it, but do not trust it */
    bool strict_trust;    /* it hears only peers it was told to trust */
    enum frame_policy policy;
    enum world_version version; /* it begins with */
    int64_t clock_offset_s;
    struct disk_settings disk;
    size_t memory_bytes_max; /* of its instance; 0: no bound but the world's */
    uint64_t gossip_interval_ms;
    uint64_t coalesce_ms;
    uint64_t request_timeout_ms;
    uint64_t retry_ms_max;
    uint64_t ignore_ms;
    uint64_t ignore_ms_max;
    uint32_t offences_max;
    uint32_t peers_max;
    size_t staging_receipts_max;
    size_t staging_bytes_max;
    bool discovery; /* § 15 to 18; its peers are to be strangers, and some introduced */
    uint64_t announce_interval_ms;
    uint32_t table_peers_max;
    uint32_t lacking;     /* capabilities of § 5 that are not local, by frame_capability_set */
    enum world_liar liar; /* an adversary that has a member's signature, and plays one */
};
void world_peer_options_init(struct world_peer_options *options);
/* The new peer's index; -1: no memory, a name that is taken or not as it should be, too many. */
int world_add_peer(struct world *world, const char *name, const struct world_peer_options *options);
/* How often it attests (§ 12). */
uint64_t world_gossip_ms(const struct world *world, int peer);
int world_peer_count(const struct world *world);
int world_peer_find(const struct world *world, const char *name); /* -1: none */
const char *world_peer_name(const struct world *world, int peer);
const char *world_peer_identity(const struct world *world, int peer);
void world_peer_key(const struct world *world, struct frame_public_key *key, int peer);

enum world_peer_state {
    WORLD_PEER_ABSENT, /* has not joined yet */
    WORLD_PEER_UP,
    WORLD_PEER_DOWN,  /* crashed */
    WORLD_PEER_LEFT,  /* stopped in good order */
    WORLD_PEER_HALTED /* up, but its storage failed: restart it */
};
enum world_peer_state world_peer_state(const struct world *world, int peer);
const char *world_peer_state_name(enum world_peer_state state);
bool world_peer_in_safe_mode(const struct world *world, int peer);
bool world_peer_is_adversary(const struct world *world, int peer);
/* Its chain; NULL where it is not up (or an adversary). */
const struct frame_chain *world_peer_chain(const struct world *world, int peer);
/* How many bytes are on its disk; the first *durable of them survive a crash. */
size_t world_peer_disk(const struct world *world, int peer, size_t *durable);
/* They themselves, until the world goes on. */
struct frame_span world_peer_log(const struct world *world, int peer);
/* What the last restart found. */
void world_peer_recovery(const struct world *world, int peer, struct frame_recovery *recovery);

/* Is the receipt durable on its disk? */
bool world_peer_durable(const struct world *world, int peer, const struct frame_hash *receipt);
/* Does it hold (or has its disk) anything that a forger made? A check fails then, too. */
bool world_peer_holds_forged(const struct world *world, int peer);
/* Is it ignoring the other one at the moment (§ 12)? */
bool world_peer_ignores(const struct world *world, int peer, int other);

/* From now on (and after each restart) `peer` knows `other`, and trusts it or not. */
void world_know(struct world *world, int peer, int other, bool trusted);

void world_join(struct world *world, int peer);  /* absent or left (leaving: once it has) -> up */
void world_leave(struct world *world, int peer); /* up -> stopped in good order: synced first */
void world_crash(struct world *world, int peer); /* up -> down; nothing if it is not up */
/*
 * It goes down at the nth occasion from now (1: the next; 0: not any more), before it, in the middle of it or
 * right after it. A peer has one such plan; a crash ends it.
 *   event    before: it is not handled; in: handled, but nothing is written or sent; after: all done
 *   write    before: nothing written; in: a beginning of it, which is there afterwards; after: all written,
 *            nothing synced or sent
 *   sync     before: not begun; in: some time in it; after: durable, but the instance never learns so
 *   rewrite  of a corrupt log, when safe mode is over (§ 13). It is atomic: before: the old one is there;
 *            after: the new one; in: either
 */
#define WORLD_CRASH_WHENS(X) \
    X(BEFORE, "before")      \
    X(IN, "in")              \
    X(AFTER, "after")
#define WORLD_CRASH_WHATS(X) \
    X(EVENT, "event")        \
    X(WRITE, "write")        \
    X(SYNC, "sync")          \
    X(REWRITE, "rewrite")
enum world_crash_when {
#define WORLD_CRASH_ENUM(id, name) WORLD_CRASH_##id,
    WORLD_CRASH_WHENS(WORLD_CRASH_ENUM) WORLD_CRASH_WHENS_COUNT
};
enum world_crash_what { WORLD_CRASH_WHATS(WORLD_CRASH_ENUM) WORLD_CRASH_WHATS_COUNT };
#undef WORLD_CRASH_ENUM
void world_crash_at(struct world *world, int peer, enum world_crash_when when,
                    enum world_crash_what what, uint64_t nth);
void world_disarm(struct world *world, int peer); /* takes back a crash that is still to come */
void world_restart(struct world *world,
                   int peer); /* down, halted, left (or up: crash first) -> up */
/* The operator ends safe mode (§ 13); nothing if it is not up, or paused. */
void world_accept_loss(struct world *world, int peer);
void world_set_disk(struct world *world, int peer, const struct disk_settings *settings);
/* The nth write (sync, reading of the whole log) from now fails; 0: it does not. A write or sync that fails halts
   the instance, and what it was about may be there or not; a reading gives too little, and is done again. */
enum world_disk_act { WORLD_DISK_WRITE, WORLD_DISK_SYNC, WORLD_DISK_READ, WORLD_DISK_ACTS };
void world_fail_disk(struct world *world, int peer, enum world_disk_act act, uint64_t nth);
/*
 * What breaks a disk's promise, done to a log at rest and found at the next restart; nothing while the peer is up or
 * halted. Receipts whose frames are not on the disk any more are not held against the peer: those, and no others.
 */
void world_flip_disk_bit(struct world *world, int peer, size_t offset, unsigned bit);
void world_cut_disk(struct world *world, int peer, size_t length);
/* The log of another peer, as it is now on its disk. */
void world_swap_disk(struct world *world, int peer, int other);
/* The log of an identity that is not of this world, of so many receipts. */
void world_foreign_disk(struct world *world, int peer, uint64_t receipts);
/*
 * Of all the memory that the peer's instance asks for, the nth piece from now is refused (0: none is any more);
 * with an `until_us` (else 0) every further one as well, and nothing any more from then on. What the instance cannot do then it must leave undone, and go on.
 */
void world_starve(struct world *world, int peer, uint64_t nth, uint64_t until_us);
/* How many pieces it was refused so far, for this reason or because of a bound. */
uint64_t world_memory_refused(const struct world *world, int peer);

/* ---- Peers that are not what they were: they must not be running ----------------------------- */

/* From its next life on. */
void world_set_version(struct world *world, int peer, enum world_version version);
enum world_version world_peer_version(const struct world *world, int peer);
void world_set_policy(struct world *world, int peer, enum frame_policy policy);
enum frame_policy world_peer_policy(const struct world *world, int peer);

/* Keeps a copy of what is durable on its disk, at any time; the last one counts. */
void world_backup(struct world *world, int peer);
bool world_peer_has_backup(const struct world *world, int peer);
/*
 * Puts the backup of `from` (the peer itself, or one of the same identity: a clone) on its disk, in place of all
 * that is there. What only that disk had since then is lost: a broken promise, of just these receipts.
 */
void world_restore_backup(struct world *world, int peer, int from);
void world_wipe_disk(struct world *world, int peer); /* the same with an empty one */

/*
 * A twin by mistake: from its next life on `peer` has the transport key of `of`; of itself: its own again. Others
 * cannot tell the two apart: what they send to the key comes to either, as the tape says for each message.
 */
void world_twin(struct world *world, int peer, int of);

/* ---- Processes that stand still (world_pause.c) ---------------------------------------------- */

/*
 * A paused peer does nothing: messages wait at its door, syncs are not told to it, ticks are late, users
 * wait. On resumption all that waited comes at once, in order; meanwhile its clock has moved on.
 * A frozen peer works, but nothing comes in, or nothing goes out: it waits, and comes when it thaws. At most
 * WORLD_DOOR_MESSAGES_MAX messages wait in each direction, further ones are lost. Both end with the process.
 * Nothing happens to a peer that is not up, or an adversary.
 */
enum { WORLD_DOOR_MESSAGES_MAX = 1024 };
enum world_direction { WORLD_IN, WORLD_OUT };
void world_pause(struct world *world, int peer);
void world_resume(struct world *world, int peer);
bool world_peer_paused(const struct world *world, int peer);
void world_freeze(struct world *world, int peer, enum world_direction direction);
void world_thaw(struct world *world, int peer); /* both directions */
bool world_peer_frozen(const struct world *world, int peer, enum world_direction direction);

/* ---- Clocks (world_clock.c) ------------------------------------------------------------------ */

/*
 * What a device's clock shows, in seconds since 1970; it may be any int64_t. It is wrong by an offset, and by
 * what it has gained so far where it runs too fast or too slow. World time itself is never wrong.
 */
enum {
    WORLD_DRIFT_PPM_MIN = -1000000, /* it stands still */
    WORLD_DRIFT_PPM_MAX = 1000000   /* twice as fast */
};
int64_t world_clock_s(const struct world *world, int peer);
/* It runs right again, and is so wrong. */
void world_set_clock(struct world *world, int peer, int64_t offset_s);
void world_jump_clock(struct world *world, int peer, int64_t by_s);
void world_turn_clock(struct world *world, int peer, int64_t shows_now_s); /* it shows that */
void world_drift_clock(struct world *world, int peer, int32_t ppm);

/* ---- Links ---------------------------------------------------------------------------------- */

/*
 * Later settings win over earlier ones; from and to may be WORLD_ANY. A block stops messages when
 * they are sent and when they would arrive: what is in flight when a partition starts is lost with it, what
 * was sent before and arrives after it healed comes through.
 */
void world_set_link(struct world *world, int from, int to, const struct link_settings *settings);
void world_get_link(const struct world *world, int from, int to, struct link_settings *settings);
/* What links are from the start: the last settings for WORLD_ANY to WORLD_ANY before the first event, else
   those of link_settings_init. */
void world_default_link(const struct world *world, struct link_settings *settings);
void world_block(struct world *world, int from, int to); /* one way */
void world_unblock(struct world *world, int from, int to);
/* groups[i] is peer i's side, -1: not concerned. Blocks both ways between different sides; adds to the
   blocks that are there. */
void world_partition(struct world *world, const int *groups, size_t group_count);
void world_heal(struct world *world); /* ends every block and clog */
bool world_blocked(const struct world *world, int from, int to);
/* Blocks messages of one type alone; world_unblock and world_heal end it. */
void world_block_type(struct world *world, int from, int to, enum frame_message_type type);

/* ---- Weather: what comes over links for a while (world_weather.c) ---- */

/* A clogged link keeps all that would arrive; when it is free they come at once, in order. */
void world_clog(struct world *world, int from, int to);
void world_unclog(struct world *world, int from, int to);
/*
 * A subset of the links, chosen by the tape, clogs one by one during the first half of the time, and comes
 * free during the second half in another order. `nth` names its questions. Returns how many links.
 */
size_t world_swizzle(struct world *world, uint64_t nth, uint64_t duration_us);
/* The links between two sides (sides[i] 0 or 1 for peer i, -1: not concerned) are blocked and come free,
   by turns of half a period, for the whole duration; free at its end. */
void world_flap(struct world *world, const int *sides, size_t count, uint64_t period_us,
                uint64_t duration_us);
/* Unblocked, unclogged, and nothing of a swizzle or a flap that is under way comes over it any more. */
void world_settle_link(struct world *world, int from, int to);
/* Keeps the last messages that were sent, for world_replay. */
void world_record_messages(struct world *world, bool on);
/*
 * Sends a message again that was sent at least `age_us` ago, by whomever (WORLD_ANY) to whomever, as it was
 * then, to `to` (WORLD_ANY: to whom it had been sent): chosen by the tape among those recorded. False
 * where there is none.
 */
bool world_replay(struct world *world, int from, int to, uint64_t age_us);
/* The same of the last such message: nothing is left to the tape. */
bool world_replay_last(struct world *world, int from, int to, uint64_t age_us);

/* ---- Users ---------------------------------------------------------------------------------- */

/* Texts; `payload` and `network_responses` canonical JSON. raw NULL: empty; responses NULL: none. */
struct world_intent {
    const char *action;
    const char *payload;
    const char *raw;
    const char *network_responses;
    bool routed; /* others are to execute it (§ 18) */
};
enum world_intent_state {
    WORLD_INTENT_WAITING,  /* until the peer is up, not busy, not in safe mode: `status` says why */
    WORLD_INTENT_EXECUTED, /* has a receipt that is not durable yet */
    WORLD_INTENT_ACKNOWLEDGED, /* durable, and the user was told the result */
    WORLD_INTENT_TURNED_AWAY, /* no receipt: status is BAD_ARGUMENT, DAPP, UNAVAILABLE or NO_MEMORY */
    WORLD_INTENT_ROUTED, /* others are asked to execute it, and no receipt of it is held yet (§ 18) */
    WORLD_INTENT_UNTOLD /* the peer went down in between: `receipt` may or may not have survived */
};
const char *world_intent_state_name(enum world_intent_state state);
struct world_outcome {
    int peer;
    const char *action;
    enum world_intent_state state;
    enum frame_status status;
    bool accepted; /* of a receipt: "ok":true */
    struct frame_hash receipt;
    const char *result; /* canonical JSON; "" where there is none */
    uint64_t asked_us;
    uint64_t done_us; /* acknowledged, turned away or untold */
};
/* Receipts of one routed intent that take effect in the fold that a peer holds; and those that it holds. */
size_t world_route_effects(const struct world *world, int peer, size_t number, size_t *held);
/* Asks now; texts are copied. The intent's number, for world_outcome: 0, 1, ... */
size_t world_intent(struct world *world, int peer, const struct world_intent *asked);
/* The user gives up: an intent that waits is taken back and never executed; its state becomes TURNED_AWAY
   with the status it had. False where it does not wait (any more). */
bool world_withdraw(struct world *world, size_t intent);
size_t world_intent_count(const struct world *world);
void world_outcome(const struct world *world, struct world_outcome *outcome, size_t number);

/* A user who keeps asking: what and when is asked from the tape by (peer, how-manieth). */
struct world_mix_entry {
    const char *action; /* of § 6, or "composite" */
    uint32_t weight;
};
struct world_workload {
    const int *peers; /* NULL: all peers there are that are no adversaries */
    size_t peer_count;
    uint64_t interval_us; /* between two intents of one peer: uniform in 1/2 … 3/2 of it */
    uint64_t count;       /* intents of each peer; 0: until world_workload_stop */
    const struct world_mix_entry *mix; /* NULL: everything of § 6, wallets most */
    size_t mix_count;
    uint32_t careless_ppm; /* payloads that are to be refused: too much, not there, ill-typed */
    size_t raw_bytes; /* of each intent's raw, at most FRAME_RAW_BYTES_MAX; 0: the action's name */
};
void world_workload_init(struct world_workload *workload);
/* What can stand in a mix. */
size_t world_action_count(void);
const char *world_action_name(size_t i);
/* False: no memory, or the mix has an unknown action. */
bool world_workload(struct world *world, const struct world_workload *workload);
void world_workload_stop(struct world *world);
/* Intents that workloads have still to ask (UINT64_MAX where unbounded). */
uint64_t world_workload_left(const struct world *world);

/* ---- Discovery and routing (world_routes.c) --------------------------------------------------- */

/* "all", "none", or "without" and the names of those that are lacking: as scenarios say it. */
enum { WORLD_CAPABILITIES_BYTES = 512 };
void world_capability_words(char text[WORLD_CAPABILITIES_BYTES], uint32_t lacking);
/* From now on these capabilities are not local to the peer. */
void world_set_capabilities(struct world *world, int peer, uint32_t lacking);
/* Whom a peer knows as members, none of them suspect (§ 15). */
struct world_table {
    size_t known;
    size_t chosen;  /* of them those it has chosen itself, or was told of from the start, */
    size_t foreign; /* and keys of a crowd's */
    int peers[WORLD_PEERS_MAX]; /* all others, by their keys' order */
    size_t peer_count;
};
void world_table(const struct world *world, struct world_table *table, int peer);
size_t world_peers_known(const struct world *world, int peer);  /* table.known */
bool world_peer_discovers(const struct world *world, int peer); /* is discovery on there? */
/*
 * `count` keys that nobody knows, one each interval, call in at a peer, from a host of an adversary's.
 *   strangers  announce themselves without membership, and ask for an intent
 *   members    announce themselves with membership
 *   askers     ask for all that the peer holds, and for an intent, without a word of who they are
 */
enum world_crowd { WORLD_CROWD_STRANGERS, WORLD_CROWD_MEMBERS, WORLD_CROWD_ASKERS, WORLD_CROWDS };
const char *world_crowd_name(enum world_crowd crowd);
void world_crowd(struct world *world, int source, int victim, enum world_crowd crowd,
                 uint64_t count, uint64_t interval_us);

/* ---- Forgeries ------------------------------------------------------------------------------ */

/* Where a forgery happens. */
enum forgery_place {
    FORGERY_WIRE, /* a message in flight from `source` to `victim` is changed */
    FORGERY_PEER  /* `source`, an adversary, attests and serves forged pages */
};
/* What the victim must make of it. */
enum forgery_fate {
    FORGERY_REFUSED,  /* a REFUSED note of `expected` */
    FORGERY_ANSWERED, /* a request: a reject (UNKNOWN) or a page (OK) is sent back */
    FORGERY_JOINED,   /* OK: it is a good receipt, though of who has stolen the key */
    FORGERY_HEARD,    /* OK: a good message that changes nothing */
    FORGERY_ALARMED   /* OK: an alarm for nondeterminism */
};
enum { FORGERY_NAME_BYTES_MAX = 159 };
struct forgery {
    char name[FORGERY_NAME_BYTES_MAX + 1];
    enum forgery_place place;
    bool needs_key; /* only for who has stolen the identity's signing key */
    enum forgery_fate fate;
    enum frame_status expected;
    const char *what;                       /* in a line */
    struct forgery_composition composition; /* subject FORGED_NONE: a kind of the table */
};
/* The table of kinds that have names. It is fixed; names are stable. */
size_t forgery_count(void);
const struct forgery *forgery_at(size_t i);
const struct forgery *forgery_find(const char *name); /* NULL: none */
/* A composed one (sim/forger_grammar.h). False where the place does not go with it: on the wire nobody has the
   key. */
bool forgery_compose(struct forgery *kind, const struct forgery_composition *composition,
                     enum forgery_place place);
/* A composed one by chance, of those that can happen at the place: `nth` names its questions. */
void forgery_draw(struct forgery *kind, struct tape *tape, const char *purpose,
                  enum forgery_place place, uint64_t nth);
/* What it must meet, in a word: an error's name, ok or alarm. */
const char *forgery_expected(const struct forgery *kind);

enum world_forgery_state {
    WORLD_FORGERY_ARMED, /* waits for its occasion, and tries again where the victim did not look */
    WORLD_FORGERY_SENT,  /* is before the victim */
    WORLD_FORGERY_MET, /* it met what it must, and the victim is unchanged by it, unless it is good */
    WORLD_FORGERY_UNMET /* it met something else: a check has failed */
};
const char *world_forgery_state_name(enum world_forgery_state state);
struct world_forgery {
    const struct forgery *kind;
    int source;
    int victim;
    enum world_forgery_state state;
    enum frame_status seen; /* OK while none */
    bool withdrawn;         /* it is tried no more */
    uint64_t tries;
    uint64_t armed_us;
    uint64_t done_us;
};
/*
 * Arms a forgery of a kind, which is copied. On the wire: of the next fitting message from `source` (an honest peer) to `victim`. As
 * peer: `source` is an adversary. Its number, for world_forgery: 0, 1, … One that is still armed at the
 * end of a run has had no occasion; that is the caller's to judge.
 */
size_t world_forge(struct world *world, const struct forgery *kind, int source, int victim);
/* Those of a link's wire that wait are not tried any more. */
void world_withdraw_forgeries(struct world *world, int from, int to);
size_t world_forgery_count(const struct world *world);
void world_forgery(const struct world *world, struct world_forgery *forgery, size_t number);

/* ---- Running -------------------------------------------------------------------------------- */

enum world_run_result {
    WORLD_RUN_DONE,    /* the time was reached, or the predicate became true */
    WORLD_RUN_TIMEOUT, /* the predicate was still false when the time was reached */
    WORLD_RUN_FAILURE, /* a check failed (stop_at_failure) */
    WORLD_RUN_BUDGET,  /* steps_max */
    WORLD_RUN_MEMORY   /* memory_bytes_max: the world cannot go on */
};
const char *world_run_result_name(enum world_run_result result);
/* Runs all events up to and including `time_us`, which is then the current time. */
enum world_run_result world_run_until(struct world *world, uint64_t time_us);
enum world_run_result world_run_for(struct world *world, uint64_t duration_us);
/* Until predicate(context, world) is true (asked first, and after every event), or time_us. */
typedef bool world_predicate(void *context, const struct world *world);
enum world_run_result world_run_while_not(struct world *world, world_predicate *predicate,
                                          void *context, uint64_t time_us);
/* Until world_converged(peers) and nothing waits to become durable, nor an intent that can be served; or
   the time. */
enum world_run_result world_run_until_converged(struct world *world, const int *peers,
                                                size_t peer_count, uint64_t time_us);

/* ---- Checks --------------------------------------------------------------------------------- */

/*
 * Named checks run after every event, those that cost much as often as the configuration says, and
 * world_check_end runs them all, fully. Switched on unless said otherwise.
 */
size_t world_check_count(void);
const char *world_check_name(size_t check);
const char *world_check_why(size_t check); /* the rule it holds, in a line */
/* False: no check of this name. */
bool world_check_enable(struct world *world, const char *name, bool enabled);

struct world_failure {
    const char *check;
    int peer;
    uint64_t event;
    uint64_t time_us;
    const char *text;
};
size_t world_failure_count(const struct world *world);
void world_failure(const struct world *world, struct world_failure *failure, size_t i);

/* Everything that can be checked now, refolds of every distinct set by the slow model included. Returns
   the number of failures there are then. */
size_t world_check_end(struct world *world);

/* Was something told to users, and is nothing of that held by anybody any more, nor on any disk? */
bool world_all_lost(const struct world *world);

/* Do these peers (NULL: all that are up and no adversaries, of one identity and version each) hold the same set,
   with the same heads, commitment, root? */
bool world_converged(const struct world *world, const int *peers, size_t peer_count);
/* Does policy strict at one of them keep these two apart at the moment (§ 9)? */
bool world_kept_apart(const struct world *world, int a, int b);
/* As a check named "convergence", storage bytes included: where it is false a failure is reported with
   world_divergence's text. */
bool world_check_converged(struct world *world, const int *peers, size_t peer_count);
/* Does each of these peers that has discovery on, and room in its table, know each other one that it may learn of
   through them, as a member that is not suspect (§ 15)? True where discovery is off. */
bool world_all_found(const struct world *world, const int *peers, size_t peer_count);
/* As a check named "all_found": where it is false a failure says who does not know whom. */
bool world_check_all_found(struct world *world, const int *peers, size_t peer_count);
/* Of these, who hold the same: one in safe mode, though it holds all that its log had, and needs but to hear that another
   one does too (§ 13). WORLD_NOBODY: there is none. */
int world_safe_mode_due(const struct world *world, const int *peers, size_t count);
/*
 * Who differs, since which receipt (the first difference in canonical order), and why (partitioned, down,
 * refused: the last refusal between them, strict divergence, ignored, safe mode): lines for people, into
 * `sink`. False where the sink stopped it or memory ran out.
 */
bool world_divergence(const struct world *world, struct frame_sink sink, const int *peers,
                      size_t peer_count);

/* Is one of these peers (NULL: as above) where nothing from another one of them comes to, through whomever: down,
   standing still, behind blocked links, unknown or not trusted? Then they need not converge. */
bool world_cut_off(const struct world *world, const int *peers, size_t peer_count);

/* ---- Results -------------------------------------------------------------------------------- */

/* 128 bits over every event so far. Sixteen bytes, printed as 32 hex digits. */
struct world_hash {
    uint8_t bytes[16];
};
void world_run_hash(const struct world *world, struct world_hash *hash);
/* The same with every peer's final state (set, heads, root, storage bytes, disk). */
void world_final_hash(const struct world *world, struct world_hash *hash);

/* Counters of one peer, or (WORLD_NOBODY) sums over all. */
struct world_counters {
    uint64_t intents, accepted, refused, acknowledged, untold, turned_away;
    uint64_t receipts_made, merges_made, receipts_joined;
    uint64_t superseded, changed, restored; /* named in reports of joins */
    uint64_t messages_sent, messages_lost, messages_delivered, messages_flipped, bytes_sent;
    uint64_t attests_sent, requests_sent, pages_sent, rejects_sent;
    uint64_t announces_sent, routes_sent, results_sent;
    uint64_t served, promised; /* intents of others executed; results of others that came */
    uint64_t refusals, offences, alarms, timeouts, diverged;
    uint64_t crashes, restarts, syncs, writes_lost;
    uint64_t failed_writes, failed_syncs, short_reads;
    uint64_t receipts_broken; /* durable ones that its disk has lost against its promise */
};
void world_counters(const struct world *world, struct world_counters *counters, int peer);
/* REFUSED notes of `status` at a peer, or (WORLD_NOBODY) anywhere. */
uint64_t world_refusals(const struct world *world, int peer, enum frame_status status);
/* Bytes of memory: in use now, and at most so far. */
void world_memory(const struct world *world, size_t *now, size_t *most);

#endif
