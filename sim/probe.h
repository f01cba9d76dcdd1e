// SPDX-License-Identifier: Apache-2.0
/*
 * Probes: named places that runs must reach. What is never reached is never tested, whatever passes; so a
 * world counts how often it was at each, and `framesim run --require-probes` fails where one was never hit.
 * They are read off what an instance says and does, and change nothing: no probe is in a run's hash.
 */
#ifndef SIM_PROBE_H
#define SIM_PROBE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

struct world;

/* X(name, OFTEN or RARE, what): a RARE one need not be reached for --require-probes. */
#define PROBE_LIST(X)                                                                        \
    /* users (§ 9, 12) */                                                                   \
    X(acknowledged, OFTEN, "a receipt is durable, and its user told")                        \
    X(intent_refused, OFTEN, "an intent was refused, and has a receipt")                     \
    X(intent_waits_for_disk, OFTEN, "an intent waits: the receipt before it is not durable") \
    X(intent_waits_for_peer, OFTEN, "an intent waits: its peer is not up")                   \
    X(intent_waits_for_safety, OFTEN, "an intent waits: its peer is in safe mode")           \
    X(intent_bad, OFTEN, "an intent whose parts break § 3")                                  \
    X(intent_of_no_dapp, RARE, "an intent that no dApp has: no scenario can ask for it")     \
    X(intent_without_memory, RARE, "an intent found no memory")                              \
    X(intent_untold, OFTEN, "a peer went down before its user was told")                     \
    /* joins and merges (§ 8, 9) */                                                         \
    X(joined, OFTEN, "receipts were joined")                                                 \
    X(joined_many, OFTEN, "more receipts than a page holds were joined at once")             \
    X(joined_in_strict, OFTEN, "a peer of policy strict took a longer chain")                \
    X(join_refolds, OFTEN, "a join executes again what was held")                            \
    X(join_refolds_a_part, OFTEN, "a refold begins at a checkpoint, not at the beginning")   \
    X(join_supersedes, OFTEN, "a report names a receipt as superseded")                      \
    X(join_changes, OFTEN, "a report names a receipt as changed")                            \
    X(join_restores, OFTEN, "a report names a receipt as restored")                          \
    X(heads_many, OFTEN, "three heads or more are held")                                     \
    X(heads_too_many, OFTEN, "more heads are held than one merge can name")                  \
    X(merged, OFTEN, "a merge receipt was made")                                             \
    X(merged_alike, OFTEN, "a peer made a merge receipt that another had made")              \
    X(merged_by_steps, OFTEN, "several merge receipts were made at once")                    \
    X(merged_when_idle, OFTEN, "heads were merged without an intent")                        \
    X(diverged, OFTEN, "policy strict found a fork")                                         \
    /* attestations (§ 11) */                                                               \
    X(compared_synchronized, OFTEN, "an attestation of the same set came in")                \
    X(compared_local_ahead, OFTEN, "... of fewer receipts")                                  \
    X(compared_remote_ahead, OFTEN, "... of more receipts")                                  \
    X(compared_diverged, OFTEN, "... of as many others")                                     \
    X(alarm, OFTEN, "nondeterminism: one commitment, two roots")                             \
    X(attests_nothing, OFTEN, "a peer attests that it holds nothing")                        \
    X(attests_one_head, OFTEN, "a peer attests a set with one head")                         \
    X(attests_heads, OFTEN, "a peer attests a set with several heads")                       \
    X(attests_coalesced, OFTEN, "one attestation tells of several changes")                  \
    X(attests_again, OFTEN, "an attestation without any change")                             \
    /* transfers (§ 12) */                                                                  \
    X(request_of_heads, OFTEN, "several heads are wanted at once")                           \
    X(request_next, OFTEN, "a request for the next page")                                    \
    X(request_have_full, RARE, "a request names as many as it may")                          \
    X(page_empty, RARE, "a page without receipts")                                           \
    X(page_of_many, OFTEN, "a page with more to come")                                       \
    X(page_full, OFTEN, "a page of as many receipts as it may have")                         \
    X(page_heavy, OFTEN, "a page that is full, though of fewer receipts")                    \
    X(reject_sent, OFTEN, "what is wanted is not held")                                      \
    X(timed_out, OFTEN, "nobody answered a request")                                         \
    X(timed_out_again, OFTEN, "nobody answered for the third time in a row")                 \
    X(staging_full, OFTEN, "what is staged is joined before the last page")                  \
    X(stop_joins_staged, OFTEN, "an instance that is about to stop joins what is staged")    \
    /* blame (§ 12) */                                                                      \
    X(offence, OFTEN, "a peer is charged with an offence")                                   \
    X(ignoring, OFTEN, "a peer is ignored")                                                  \
    X(ignoring_longer, OFTEN, "... for the second time: for longer")                         \
    X(forgiven, OFTEN, "a peer that was ignored is heard again")                             \
    X(stranger_heard, OFTEN, "who was never introduced is heard")                            \
    /* the log (§ 13) */                                                                    \
    X(recovered_nothing, OFTEN, "a restart with an empty log")                               \
    X(recovered_clean, OFTEN, "... with a clean one")                                        \
    X(recovered_torn, OFTEN, "... with a torn end")                                          \
    X(recovered_corrupt, OFTEN, "... with a corrupt one: safe mode")                         \
    X(recovered_aside, OFTEN, "... with good frames behind the failing one")                 \
    X(recovered_unverified, RARE, "... with a frame that is no valid receipt")               \
    X(recovery_failed, RARE, "a restart found no memory")                                    \
    X(safe_mode_again, RARE, "a crash in safe mode, and safe mode again")                    \
    X(safe_mode_joins, OFTEN, "receipts are joined in safe mode")                            \
    X(aside_joined, OFTEN, "frames that were set aside are joined")                          \
    X(safe_mode_left, OFTEN, "a peer holds it all: safe mode ends")                          \
    X(loss_accepted, OFTEN, "the operator ends safe mode")                                   \
    X(log_replaced, OFTEN, "a corrupt log is replaced")                                      \
    /* disks and memory */                                                                   \
    X(sync_failed, OFTEN, "a sync fails: the instance halts")                                \
    X(sync_behind_sync, RARE, "more was written while a sync was under way")                 \
    X(crash_lost_writes, OFTEN, "a crash loses what was not durable")                        \
    X(crash_in_sync, OFTEN, "a crash in the middle of a sync")                               \
    X(step_without_memory, RARE, "a step found no memory")                                   \
    /* clocks (§ 3, 9) */                                                                   \
    X(clock_behind, OFTEN, "a head is ahead of the clock")                                   \
    X(clock_before_1970, OFTEN, "a clock shows no second that a receipt can have")           \
    X(clock_far_ahead, OFTEN, "a clock is a year ahead")                                     \
    /* links */                                                                              \
    /* processes, disks, keys and versions that are not as they should be (§ 11-13) */      \
    X(resumed_to_messages, OFTEN, "a process goes on, and messages wait at its door")        \
    X(resumed_to_sync, OFTEN, "... and hears late that a sync was done")                     \
    X(killed_asleep, OFTEN, "a process that stands still goes down")                         \
    X(thawed_to_messages, OFTEN, "a peer that heard nobody hears all at once")               \
    X(thawed_to_speak, OFTEN, "what a peer could not say goes out at once")                  \
    X(door_full, RARE, "more messages wait for a process than fit")                          \
    X(disk_replaced, OFTEN, "another disk is put in: a backup, a clone, an empty one")       \
    X(twin_answers, OFTEN, "a message for a key that several have comes to another one")     \
    X(version_spoken, OFTEN, "a peer says something in another version's words")             \
    X(version_understood, OFTEN, "... and one of its own version understands it")            \
    X(message_lost, OFTEN, "a message is lost by chance")                                    \
    X(message_blocked, OFTEN, "... by a partition, when it is sent")                         \
    X(message_blocked_late, OFTEN, "... when it would arrive")                               \
    X(message_to_nobody, OFTEN, "... because its receiver is not up")                        \
    X(message_in_burst, OFTEN, "... in a burst")                                             \
    X(message_crowded_out, OFTEN, "... because the link is full")                            \
    X(message_twice, OFTEN, "a message arrives twice")                                       \
    X(message_flipped, OFTEN, "a message arrives with a flipped bit")                        \
    X(message_cut, OFTEN, "a message arrives cut off")                                       \
    X(message_clogged, OFTEN, "a message waits at a clogged link")                           \
    X(message_stale, OFTEN, "a message from the past")                                       \
    /* forgeries */                                                                          \
    X(forgery_met, OFTEN, "a forgery was refused under its name")                            \
    X(forgery_tried_again, RARE, "... after its victim had not looked the first time")       \
    /* discovery and routing (§ 15-18) */                                                   \
    X(peer_met, RARE, "a peer announces itself for the first time")                          \
    X(peer_forgotten, RARE, "a peer leaves the table")                                       \
    X(route_asked, RARE, "a provider is asked to execute an intent")                         \
    X(route_asked_again, RARE, "... and then the next one")                                  \
    X(route_promised, RARE, "a result comes, before its receipt")                            \
    X(route_done, RARE, "the receipt of a routed intent is held")                            \
    X(route_given_up, RARE, "nobody has executed a routed intent")                           \
    X(route_fetches, RARE, "a provider fetches for another")                                 \
    X(route_served, RARE, "a provider has executed another's intent")                        \
    X(intent_unavailable, RARE, "an intent uses what is not local")

/* X(status, name, OFTEN or RARE): something of a peer was refused so (§ 10-12). */
#define PROBE_REFUSAL_LIST(X)                                        \
    X(LIMIT, refused_limit, RARE)                                    \
    X(FIELD_COUNT, refused_field_count, RARE)                        \
    X(FIELD_ORDER, refused_field_order, RARE)                        \
    X(FIELD_TYPE, refused_field_type, RARE)                          \
    X(VERSION, refused_version, OFTEN)                               \
    X(INPUT_HASH, refused_input_hash, OFTEN)                         \
    X(RECEIPT_HASH, refused_receipt_hash, OFTEN)                     \
    X(DUPLICATE, refused_duplicate, OFTEN)                           \
    X(LINK, refused_link, OFTEN)                                     \
    X(MERGE_HEADS, refused_merge_heads, OFTEN)                       \
    X(IDENTITY, refused_identity, OFTEN)                             \
    X(TIMESTAMP, refused_timestamp, OFTEN)                           \
    X(CAPABILITY_UNKNOWN, refused_capability_unknown, OFTEN)         \
    X(CAPABILITY_UNDECLARED, refused_capability_undeclared, OFTEN)   \
    X(DAPP, refused_dapp, OFTEN)                                     \
    X(CAPABILITY_MANIFEST, refused_capability_manifest, OFTEN)       \
    X(SIGNATURE, refused_signature, OFTEN)                           \
    X(STATE_ROOT_LINK, refused_state_root_link, OFTEN)               \
    X(RESULT_HASH, refused_result_hash, OFTEN)                       \
    X(STATE_ROOT, refused_state_root, OFTEN)                         \
    X(ATTESTATION_COUNT, refused_attestation_count, OFTEN)           \
    X(ATTESTATION_COMMITMENT, refused_attestation_commitment, OFTEN) \
    X(ATTESTATION_ROOT, refused_attestation_root, OFTEN)             \
    X(ATTESTATION_VERSION, refused_attestation_version, OFTEN)       \
    X(ATTESTATION_FORMAT, refused_attestation_format, OFTEN)         \
    X(ATTESTATION_IDENTITY, refused_attestation_identity, OFTEN)     \
    X(ATTESTATION_SIGNATURE, refused_attestation_signature, OFTEN)   \
    X(ENVELOPE, refused_envelope, OFTEN)                             \
    X(UNTRUSTED, refused_untrusted, OFTEN)                           \
    X(MESSAGE, refused_message, OFTEN)                               \
    X(IGNORED, refused_ignored, OFTEN)                               \
    X(UNASKED, refused_unasked, OFTEN)                               \
    X(RESULT_MISMATCH, refused_result_mismatch, RARE)                \
    X(NO_MEMORY, refused_no_memory, RARE)

enum probe {
#define PROBE_ENUM(name, often, what) PROBE_##name,
    PROBE_LIST(PROBE_ENUM)
#undef PROBE_ENUM
#define PROBE_ENUM(status, name, often) PROBE_##name,
        PROBE_REFUSAL_LIST(PROBE_ENUM)
#undef PROBE_ENUM
            PROBE_COUNT
};

/* "joined", "refused_link". */
const char *probe_name(enum probe probe);
const char *probe_what(enum probe probe);
bool probe_is_rare(enum probe probe);

/* The world was there (once more). */
void probe_hit(struct world *world, enum probe probe);
/* How often so far. */
void world_probes(const struct world *world, uint64_t hits[PROBE_COUNT]);

/* ---- Where most of them are read off: probe_sites.c ---- */

struct check_step;
struct frame_message;
/* A step, before what it wants done is done. */
void probe_step(struct world *world, const struct check_step *step);
/* A message that an honest peer is about to send. */
void probe_outgoing(struct world *world, int peer, const struct frame_message *message);
/* A peer is back from its log. */
void probe_recovered(struct world *world, int peer, bool was_in_safe_mode);
/* An intent waits, because of `status`. */
void probe_waits(struct world *world, enum frame_status status);

#endif
