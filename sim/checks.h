// SPDX-License-Identifier: Apache-2.0
/*
 * What must be true of a world: after every event of what the event touched; of everything now and
 * then, and at the end. Each check has a name and a reason, and says what it found.
 */
#ifndef SIM_CHECKS_H
#define SIM_CHECKS_H

#include "sim/world.h"

/* X(ID, name, why) */
#define CHECK_LIST(X)                                                                              \
    X(KNOWN_RECEIPTS, "known_receipts",                                                            \
      "only receipts that were honestly made are held, byte for byte (§ 10)")                      \
    X(NO_FORGERY, "no_forgery", "nothing that a forger made is held by anybody, ever (§ 10)")      \
    X(FORGERY_REFUSED, "forgery_refused",                                                          \
      "a forgery is refused under its own name, and its victim unchanged by it (§ 10)")            \
    X(SETS_GROW, "sets_grow", "nothing is ever dropped from a set (§ 8, 9)")                       \
    X(LOG_IS_SET, "log_is_set", "the log gets what is held, in order of arrival (§ 13)")           \
    X(DURABLE_FIRST, "durable_first",                                                              \
      "nothing is built upon, attested, sent or acknowledged before it is durable (§ 12)")         \
    X(DURABLE_SURVIVES, "durable_survives",                                                        \
      "what was durable or acknowledged is held after a restart (§ 13)")                           \
    X(RECOVERY, "recovery",                                                                        \
      "recovery keeps, cuts off and sets aside just what is whole, torn or corrupt, and safe "     \
      "mode ends for a reason (§ 13)")                                                             \
    X(ATTESTED_IS_HELD, "attested_is_held",                                                        \
      "an attestation says what its sender holds, and a request all of its heads (§ 11, 12)")      \
    X(SAME_SET_SAME_ROOT, "same_set_same_root",                                                    \
      "equal commitments have equal heads and state roots (§ 7, 9)")                               \
    X(VERSIONS_APART, "versions_apart",                                                            \
      "no attestation of another version is taken, or costs anybody anything (§ 11, 12)")          \
    X(NO_ALARM, "no_alarm", "nobody reports nondeterminism of an honest peer (§ 11)")              \
    X(HONEST_UNBLAMED, "honest_unblamed", "no honest peer is charged with an offence (§ 12)")      \
    X(OFFENCES, "offences",                                                                        \
      "what § 12 charges to its sender is charged at once, and nothing else is (§ 12)")            \
    X(BALANCES, "balances", "no balance is negative, and their sum is the supply (§ 6)")           \
    X(REFOLD, "refold", "what is kept up step by step is what the slow model folds anew (§ 8)")    \
    X(REVERIFY, "reverify", "a fresh instance accepts the whole chain, with the same root (§ 10)") \
    X(ANSWERS, "answers", "a step answers with a status that its event can have")                  \
    X(AS_ASKED, "as_asked",                                                                        \
      "a receipt says what its user asked, and whose device did it; how far the clock is behind "  \
      "is told (§ 3, 9, 18)")                                                                      \
    X(NOTHING_LOST, "nothing_lost",                                                                \
      "what a user was told is held by somebody until the end, by all who have converged with "    \
      "its peer (§ 8, 9, 12)")                                                                     \
    X(ASKED_FOR, "asked_for", "no page is taken but an answer to the last request (§ 12)")         \
    X(PAGES, "pages",                                                                              \
      "a page has just what is asked for and not had, in order, as much as fits, and counts the "  \
      "rest (§ 12)")                                                                               \
    X(PATIENCE, "patience", "a good message begins the delays of requests anew (§ 12)")            \
    X(IGNORING_ENDS, "ignoring_ends", "nobody is ignored for longer than the cap (§ 12)")          \
    X(IGNORED, "ignored",                                                                          \
      "who has offended as often as is allowed is ignored, and then not heard (§ 12)")             \
    X(STRICT_TRUST, "strict_trust",                                                                \
      "under strict trust nobody is heard or answered who is not trusted (§ 12)")                  \
    X(STRICT_POLICY, "strict_policy",                                                              \
      "under policy strict what comes goes on behind all that is held (§ 9)")                      \
    X(REPORTS, "reports",                                                                          \
      "what a join reports adds up to what has changed, and a comparison is so (§ 8, 9, 11)")      \
    X(MERGES, "merges",                                                                            \
      "a merge receipt names the least of the heads, at most 64, and is told of (§ 9)")            \
    X(LOG_REPLAYS, "log_replays",                                                                  \
      "a log that nobody tampered with recovers to the set that is held (§ 13)")                   \
    X(BOUNDS, "bounds", "memory, and work for a message, stay within their limits (§ 12)")         \
    X(MEMORY, "memory", "an instance gives back all of its memory")                                \
    X(BOUNDED, "bounded",                                                                          \
      "no message makes its receiver keep, check or send more than is stated (§ 12)")              \
    X(TABLES, "tables",                                                                            \
      "the table of peers, and the half of those who call in, stay within their bounds (§ 15)")    \
    X(ANNOUNCED, "announced",                                                                      \
      "an announcement says which capabilities are local, and is issued after the one before "     \
      "(§ 15, 16)")                                                                                \
    X(MEMBERS_ONLY, "members_only",                                                                \
      "nothing is served to or executed for a key without membership, nor is it made known "       \
      "(§ 15)")                                                                                    \
    X(ROUTED_ONCE, "routed_once", "a routed intent takes effect at most once in any set (§ 18)")   \
    X(RESULT_IS_RECEIPT, "result_is_receipt",                                                      \
      "a result that a user is told, or a requester, is that of its receipt, which is durable "    \
      "(§ 12, 18)")                                                                                \
    X(CAPABLE, "capable",                                                                          \
      "nobody executes what takes a capability that is not local, be it for others (§ 16, 18)")    \
    X(PROVIDERS, "providers",                                                                      \
      "who is asked to execute an intent can, as it says, and is a nearest one of those asked "    \
      "the least often (§ 17, 18)")                                                                \
    X(ALL_FOUND, "all_found",                                                                      \
      "once faults have stopped, peers that may learn of one another come to know one another "    \
      "(§ 15)")                                                                                    \
    X(CONVERGENCE, "convergence", "healed peers come to hold the same set (§ 9, 12)")

enum check {
#define CHECK_ENUM(id, name, why) CHECK_##id,
    CHECK_LIST(CHECK_ENUM)
#undef CHECK_ENUM
        CHECK_COUNT
};

/* A check that is switched on has found this. */
#if defined(__GNUC__)
__attribute__((format(printf, 4, 5)))
#endif
void check_failed(struct world *world, enum check check, int peer, const char *format, ...);
bool check_on(const struct world *world, enum check check);

/* What a peer held before a step, as far as checks want to know. */
struct check_before {
    uint64_t arrivals;
    uint64_t durable; /* of those */
    struct frame_hash commitment;
    struct frame_hash state_root;
    uint64_t refused_memory;
    size_t superseded;
    size_t changed;
    uint64_t staged;   /* receipts, of all peers */
    uint64_t verified; /* signatures, so far */
    bool safe_mode;
    struct frame_peer_state sender; /* of the message, as it was known; discovery (§ 15) */
    bool sender_known;
};
void check_before(struct check_before *before, const struct world *world, int peer);
/* Does it hold another set now? */
bool check_changed(const struct check_before *before, const struct world *world, int peer);

/* ---- checks_messages.c ---- */

/* What a message says, as far as its bytes have a form; every span is of a copy of them. */
struct check_message {
    bool there;                          /* there is one, and it has a body */
    bool readable;                       /* and that one has a good form (§ 12) */
    struct frame_span body;              /* an object */
    struct frame_message read;           /* but for `from`, which is the envelope's */
    bool unknown;                        /* of a type to come */
    struct frame_span type;              /* of a bad one, what it says it is; empty: no string */
    bool foreign;                        /* it has an attestation, and that is of another version */
    const struct frame_public_key *from; /* NULL: it names nobody */
    struct frame_public_key key;
    uint64_t sent_in; /* the step in which it was sent last */
    bool asked;       /* check_message_attests, for this identity, and what came of it */
    struct frame_public_key identity;
    enum frame_status status;
    struct frame_attestation said;
};
/* Reads a message, or finds what the same bytes have said before. Good until the next one is asked for. */
struct check_message *check_message_of(struct world *world, struct frame_span bytes);
/* The event's, if it is a message's arrival: good until the next event's. */
struct check_message *check_message_hold(struct world *world, const struct frame_event *event);
/* Of a readable one with an attestation: attestation_read. */
enum frame_status check_message_attests(struct frame_attestation *said, const struct world *world,
                                        struct check_message *message,
                                        const struct frame_public_key *identity);

struct step_origin;
/*
 * One step of a peer and what came of it: before anything of the update is sent. Keeps the books up to
 * date as it goes: what is held, durable, made.
 */
struct check_step {
    int peer;
    const struct frame_event *event;
    struct check_message *message;
    const struct step_origin *origin;
    enum frame_status status;
    const struct frame_update *update;
    const struct check_before *before;
};
void checks_step(struct world *world, const struct check_step *step);
/* Whether it has taken another version's attestation (checks_versions.c). */
void checks_version(struct world *world, const struct check_step *step);
/* Is the step's n-th note, if it has so many, one of this type about this peer? */
bool check_note_is(const struct check_step *step, size_t n, enum frame_note_type type,
                   const struct frame_public_key *key);
/* Was the instance refused memory in this step? */
bool check_starved(const struct world *world, const struct check_step *step);
/* ---- checks_merges.c ---- */

/* What merge receipts that the peer has made in the step name. */
void checks_merges(struct world *world, const struct check_step *step);

/* ---- checks_pages.c ---- */

/* Pages that the step answers a request with, and rejects that say `unknown`. */
void checks_pages(struct world *world, const struct check_step *step);

/* ---- checks_users.c ---- */

/* What becomes of what users asked for: one step, as above. */
void checks_users(struct world *world, const struct check_step *step);
/* What the peer has just made itself: could it? */
void checks_capable(struct world *world, int peer, const struct frame_receipt *receipt);

/* ---- checks_blame.c: whom a peer may think ill of ---- */

/* What the step's message brings: kept for as long as the peer may judge it. */
void checks_heard(struct world *world, const struct check_step *step);
/* The step is over: what the peer has judged is no reason any more. */
void checks_judged(struct world *world, const struct check_step *step);
/* Its instance is gone, and with it all that it had not judged. */
void checks_unheard(struct world *world, int peer);
/* What is charged is what § 12.4 says. */
void checks_offences(struct world *world, const struct check_step *step);
/* May it charge who has this key with an offence of that status? */
bool check_may_charge(const struct world *world, const struct check_step *step,
                      const struct frame_public_key *key, enum frame_status status);
/* May it raise this alarm? */
bool check_may_alarm(const struct world *world, const struct check_step *step,
                     const struct frame_note *note);

/* ---- checks.c ---- */

/* A message that an honest peer is about to send. */
void checks_outgoing(struct world *world, int peer, const struct frame_outgoing *outgoing);
/* The peer is back from its log: whose checks were made by checks_log_read. */
void checks_recovered(struct world *world, int peer);
/* Its instance is gone. */
void checks_ended(struct world *world, int peer);

/* ---- checks_requests.c ---- */

/* A request that is about to be sent says what is held. */
void checks_request(struct world *world, int peer, const struct frame_public_key *to,
                    const struct frame_message *request);
/* What a message does to requests: pages are answers, and who is heard is asked soon. */
void checks_answered(struct world *world, const struct check_step *step);

/* ---- checks_log.c ---- */

/* What a step appends is what has arrived, in this order. */
void checks_append(struct world *world, const struct check_step *step);
/* More of the peer's log has become durable. */
void checks_durable(struct world *world, int peer);
/* Its corrupt log was replaced by a new one. */
void checks_rewritten(struct world *world, int peer);
/* It has read so much of its log; nothing has been done about that yet. */
void checks_log_read(struct world *world, int peer, size_t length);

/* ---- checks_safe_mode.c ---- */

/* It has come up on a log of which that is known. */
struct log_books;
void checks_safe_mode_begun(struct world *world, int peer, const struct log_books *books);
/* What others attest is remembered as long as it is in safe mode. */
void checks_safe_mode_heard(struct world *world, const struct check_step *step);
/* It has left safe mode: was there a reason? */
void checks_safe_mode_left(struct world *world, int peer);
/* How a receipt of these HOLDING_ flags was promised. */
const char *holding_promise(uint8_t flags);

/* ---- checks_world.c: what instances promise one another and their users ---- */

/* One step, as above. */
void checks_promises(struct world *world, const struct check_step *step);
/* A message that the peer is about to send. */
void checks_answer_to(struct world *world, int peer, const struct frame_outgoing *outgoing);
/* At any time; and among peers that have converged. */
void checks_lost(struct world *world);
void checks_lost_among(struct world *world, const int *peers, size_t count);

/* ---- checks_peers.c: discovery and routing (§ 15-18) ---- */

/* One step, as above. */
void checks_discovery(struct world *world, const struct check_step *step);
/* A message that the peer is about to send. */
void checks_said(struct world *world, int peer, const struct frame_outgoing *outgoing,
                 const struct frame_message *message);
/* Is this the text of the receipt's result? */
bool checks_result_is_of(const struct frame_receipt *receipt, struct frame_span result);
/* May the peer have made this receipt for another's user? */
bool checks_made_for(const struct world *world, int peer, const struct frame_receipt *receipt);

/* ---- checks_audit.c: the ones that look at everything a peer holds ---- */

/* By chance of the tape after a change of its set; or `fully`, for certain. */
void checks_audit(struct world *world, int peer, bool fully);

#endif
