// SPDX-License-Identifier: Apache-2.0
/*
 * Deliberately broken builds: mistakes that somebody could make, each a line, planted to see that a check
 * fires. FRAME_PLANTED(name) is false but where FRAME_PLANTED_BUILD is defined: there it reads the
 * one bug that was chosen at the program's start. An ordinary build has no trace of them.
 */
#ifndef FRAME_PLANTED_H
#define FRAME_PLANTED_H

#include <stdbool.h>

/* X(name, section of the protocol, what is wrong) */
#define FRAME_PLANTED_LIST(X)                                                                    \
    X(hex_upper_case, "2", "upper-case hex is taken")                                            \
    X(depth_unchecked, "2", "nothing is too deep, as far as there is room for it")               \
    X(keys_unordered, "2", "keys may come in any order")                                         \
    X(fields_extra, "3", "a receipt may have further fields")                                    \
    X(capabilities_repeat, "3", "a capability may stand twice in its array")                     \
    X(origin_unbounded, "3", "an origin may be as long as it likes")                             \
    X(intent_unlike_action, "3", "intent may be another than inputPayload.action")               \
    X(payload_too_deep, "3", "inputPayload may be deeper than a page can carry")                 \
    X(version_unchecked, "3", "a receipt of another version is read like one of ours")           \
    X(raw_left_out, "3", "a receipt does not keep what the user typed")                          \
    X(origin_left_out, "3",                                                                      \
      "an instance writes no origin: two devices make one and the same receipt [E4]")            \
    X(random_without_input, "4", "random bytes are seeded from the parent alone [E5]")           \
    X(refusal_changes_storage, "4", "what a refused composite did before it was refused stays")  \
    X(now_is_zero, "4", "now is the beginning of time")                                          \
    X(escrows_spendable, "6", "what is locked in escrows can be spent once more")                \
    X(overdraft, "6", "a payment may be one more than there is")                                 \
    X(supply_forgotten, "6", "burning leaves the supply as it is")                               \
    X(escrow_ends_twice, "6", "an escrow that has ended can end again")                          \
    X(escrow_index_unsorted, "6", "escrow_index is kept in order of arrival")                    \
    X(proof_counts_again, "6", "a proof of deposit counts as often as it is shown")              \
    X(withdrawal_free, "6", "a withdrawal takes nothing away")                                   \
    X(messages_by_prefix, "6", "messages.list counts those to all whose names begin so")         \
    X(note_created_anew, "6", "notes.update also sets created")                                  \
    X(overflow_unchecked, "6", "sums may pass 2^53-1")                                           \
    X(root_with_screens, "7", "frame_ui entries are part of the root")                           \
    X(root_of_genesis, "7", "every root has GENESIS for its commitment")                         \
    X(commitment_of_one, "7", "of several heads the least alone is the commitment")              \
    X(root_without_index, "7", "escrow_index is no part of the root")                            \
    X(ties_by_arrival, "8", "receipts of one second stay as they came")                          \
    X(ties_of_one_byte, "8", "of one second the lesser first byte of the hash goes first")       \
    X(divergence_one_late, "8", "the order is looked at one place behind where it may differ")   \
    X(ties_backwards, "8", "of one second the greater hash goes first")                          \
    X(refusal_revived, "8",                                                                      \
      "a receipt refused in its own context is executed in a larger set [E9]")                   \
    X(nothing_rests, "8", "merge receipts make no supersession final [E9]")                      \
    X(rest_of_others, "8", "a context takes for laid to rest what a merge outside of it has")    \
    X(checkpoint_beyond, "8", "the fold goes back to a checkpoint one too late")                 \
    X(grown_table_incomplete, "8",                                                               \
      "what was in the first bucket is not found once the table has grown")                      \
    X(screens_not_refolded, "8", "a refold forgets what is not part of the root")                \
    X(settle_forgotten, "8", "what came to rest is not folded anew")                             \
    X(superseded_uncounted, "8", "a receipt that rises again is still counted as superseded")    \
    X(report_from_first, "8",                                                                    \
      "a report leaves out what a refold before the first new receipt changed")                  \
    X(reports_lost, "8", "of the joins of one step only the last is reported")                   \
    X(changed_unreported, "9", "a report names no receipt as changed")                           \
    X(merge_of_first_second, "9", "a merge receipt takes the time of its first head")            \
    X(merge_related_heads, "9", "a merge may name a head and its ancestor")                      \
    X(merge_of_younger_heads, "9", "what a device executes counts as of the first generation")   \
    X(merge_out_of_order, "9", "the heads of a merge may come in any order")                     \
    X(merge_too_many, "9", "a merge may have any number of heads")                               \
    X(merge_payload_loose, "9", "a merge may carry a raw text, and so be many")                  \
    X(clock_untold, "9", "a user is not told that the clock is behind")                          \
    X(merges_miscounted, "9", "the note of merge receipts counts one too many")                  \
    X(intent_before_head, "9", "an intent takes the clock's time, its head's or not")            \
    X(merge_greatest, "9", "of more than 64 heads the greatest are merged first")                \
    X(merge_of_ancestor, "9", "a merge receipt here names its last head's parent as well")       \
    X(strict_takes_forks, "9", "policy strict joins forks")                                      \
    X(idle_heads_unmerged, "9", "more than 64 heads wait for an intent")                         \
    X(clock_wraps, "9", "a clock before 1970 is the far future")                                 \
    X(receipt_size_unchecked, "10", "a receipt may have any size")                               \
    X(input_hash_unchecked, "10", "inputHash is believed")                                       \
    X(receipt_hash_unchecked, "10", "receiptHash is believed")                                   \
    X(duplicate_passed_over, "10", "a receipt that comes twice in a batch is passed over")       \
    X(identity_unchecked, "10", "anybody's receipts are taken, if only the key is right")        \
    X(public_key_unchecked, "10", "publicKey is not compared with the identity's")               \
    X(timestamp_unchecked, "10", "a receipt may be older than its parent")                       \
    X(merge_timestamp_unchecked, "10", "a merge may be later than all of its heads")             \
    X(payload_timestamp_unchecked, "10", "timestamp may be unlike inputPayload's")               \
    X(capability_unknown_passed, "10", "capabilities of no schema are passed over")              \
    X(undeclared_use, "10", "capabilities may be used that are not declared")                    \
    X(dapp_unchecked, "10", "dappId need not be the intent's dApp")                              \
    X(manifest_unchecked, "10", "more may be used than the intent's row says")                   \
    X(manifest_partly, "10", "part of a dApp's manifest will do")                                \
    X(signature_unchecked, "10", "signatures of receipts are not verified")                      \
    X(signature_first, "10", "the signature is verified before the capabilities are looked at")  \
    X(link_of_eight_bytes, "10", "a hash is that of a receipt whose first 8 bytes it has")       \
    X(link_before_hash, "10", "parents are looked for before the receipt is hashed")             \
    X(rejected_batch_kept, "10", "what stands before a bad receipt is kept")                     \
    X(root_link_unchecked, "10", "previousStateRoot is believed")                                \
    X(result_unchecked, "10", "resultHash is believed")                                          \
    X(root_unchecked, "10", "nextStateRoot is believed")                                         \
    X(step_8_count_skipped, "10", "a closure may have another count than attested")              \
    X(step_8_root_skipped, "10", "a closure may have another root than attested")                \
    X(attest_version_unchecked, "11", "another version's attestations are taken for ours")       \
    X(attest_identity_unchecked, "11", "attestations of another identity are heard")             \
    X(attest_signature_unchecked, "11", "attestations need no signature")                        \
    X(compared_backwards, "11", "whoever holds more takes itself to be behind")                  \
    X(attest_stale_count, "11", "the count attested is the one before the last change")          \
    X(alarm_unheard, "11", "equal commitments are synchronized, whatever the roots")             \
    X(envelope_unsigned, "12", "envelopes need no signature")                                    \
    X(strangers_heard, "12", "strict trust hears whoever calls in")                              \
    X(mistrusted_heard, "12", "strict trust hears whom it knows, trusted or not")                \
    X(offences_free, "12", "no number of offences makes a peer ignored")                         \
    X(ignored_for_ever, "12", "who is ignored is ignored for ever")                              \
    X(ignored_heard, "12", "an ignored peer is heard")                                           \
    X(link_costs, "12", "a missing parent is charged to who sent the child")                     \
    X(memory_charged, "12", "want of memory here is charged to who sent the page")               \
    X(unknown_type_costs, "12", "a message of a type to come is an offence")                     \
    X(late_page_costs, "12", "a page that comes too late is an offence")                         \
    X(any_page_staged, "12", "a page is staged whatever it answers")                             \
    X(first_want_compared, "12", "of what a page answers only the first head is compared")       \
    X(page_skips_one, "12", "a page leaves out the receipt behind `after`")                      \
    X(page_too_heavy, "12", "a page takes 256 receipts, whatever they weigh")                    \
    X(page_repeats_last, "12", "a page begins with `after` itself")                              \
    X(page_unbounded, "12", "a page of any length is taken")                                     \
    X(had_of_first, "12", "of what a request says is had, the first receipt alone counts")       \
    X(remaining_none, "12", "every page says that it is the last")                               \
    X(staging_unbounded, "12", "staging has no bound")                                           \
    X(sends_undurable, "12", "pages carry what is not durable yet")                              \
    X(attests_undurable, "12", "what was just executed is attested at once")                     \
    X(acknowledges_undurable, "12", "the user is told before the receipt is durable")            \
    X(changes_while_persisting, "12", "an intent is executed while the last one is not durable") \
    X(request_given_up, "12", "a request that timed out is never repeated")                      \
    X(retries_uncapped, "12", "the delay of retries doubles without end")                        \
    X(retries_never_reset, "12", "an attestation does not begin the delays of requests anew")    \
    X(gossip_only_changes, "12", "nothing is attested without a change")                         \
    X(stop_drops_staged, "12", "what is staged at a stop is lost")                               \
    X(staged_kept, "12", "staged pages of a dropped transfer are kept")                          \
    X(have_without_heads, "12", "a request does not say which heads are held")                   \
    X(draw_in_words, "12", "a draw is made over words as the machine has them")                  \
    X(walk_of_addresses, "12", "where peers begin to be told depends on an address")             \
    X(verified_twice, "12",                                                                      \
      "the signature of a receipt is verified once for each copy of its key")                    \
    X(merges_leak, "12", "what a merge receipt has laid to rest is never given back")            \
    X(log_unchecked, "13", "a frame of the log need not have its checksum")                      \
    X(corrupt_taken_for_torn, "13", "what lies behind a failing frame is not looked at")         \
    X(torn_kept, "13", "a torn end is reported as a clean log")                                  \
    X(last_frame_forgotten, "13", "the last frame of a log is not recovered")                    \
    X(frames_in_canonical_order, "13", "the log gets receipts in canonical order")               \
    X(merges_not_logged, "13", "a merge receipt is not written to the log")                      \
    X(intents_in_safe_mode, "13", "intents are executed in safe mode")                           \
    X(safe_mode_left_early, "13", "safe mode ends with any peer's attestation")                  \
    X(safe_mode_never_left, "13", "safe mode ends with its operator alone")                      \
    X(safe_mode_root_unseen, "13", "safe mode ends with an attestation of any root")             \
    X(safe_mode_wants_heads, "13",                                                               \
      "safe mode ends with what was set aside, without what was kept")                           \
    X(aside_forgotten, "13", "good frames behind a bad one are not joined")                      \
    X(goes_on_after_failure, "13", "an instance goes on after its storage has failed")           \
    X(route_counts_twice, "18", "in a fold each receipt of one routed intent takes effect")      \
    X(route_repeated, "18", "a routed intent is executed again on top of itself")                \
    X(membership_unchecked, "15", "whoever announces itself is a member")                        \
    X(strangers_served, "15", "who asks without membership is served like a member")             \
    X(announcements_of_old, "15", "of one key's announcements the last to come counts")          \
    X(names_unheard, "15", "nobody is contacted because others name it")                         \
    X(table_unbounded, "15", "the table has no bound")                                           \
    X(callers_unbounded, "15", "who calls in may take the chosen half as well")                  \
    X(nobody_forgotten, "15", "an entry that is not heard for long stays")                       \
    X(strangers_answered, "15", "any number of strangers is answered")                           \
    X(announced_at_once, "15", "announcements of one second are issued at the same time")        \
    X(all_announced, "16", "all capabilities are announced, local or not")                       \
    X(capabilities_stale, "16",                                                                  \
      "a change of the local capabilities is told with the next interval only")                  \
    X(capabilities_unchecked, "16",                                                              \
      "others' intents are executed without the capabilities they use")                          \
    X(provider_of_anything, "17", "a provider is asked for what it has not announced")           \
    X(far_providers_first, "17", "the farthest provider is asked first")                         \
    X(same_provider_again, "18", "the nearest provider is asked again and again")                \
    X(only_near_partners, "17", "peers sync with the nearest ring only")                         \
    X(provider_forgets, "18", "a provider executes again what it holds already")                 \
    X(result_of_first, "18",                                                                     \
      "a provider answers with the first receipt of a route, whichever counts")                  \
    X(route_unchecked, "18", "what fits into no receipt is routed nevertheless")                 \
    X(route_without_id, "18", "a routed receipt does not say which route it is of")              \
    X(result_early, "18", "a provider answers before its receipt is durable")                    \
    X(result_overwritten, "18",                                                                  \
      "what is executed for another is what the own user is told, in the same step")             \
    X(result_believed, "18", "a result is not compared with its receipt")                        \
    X(result_ends_route, "18", "a result ends a route, whether its receipt comes or not")

#ifdef FRAME_PLANTED_BUILD
enum frame_planted {
    FRAME_PLANTED_nothing,
#define FRAME_PLANTED_ENUM(name, section, what) FRAME_PLANTED_##name,
    FRAME_PLANTED_LIST(FRAME_PLANTED_ENUM)
#undef FRAME_PLANTED_ENUM
        FRAME_PLANTED_COUNT
};
extern enum frame_planted frame_planted_bug;
#define FRAME_PLANTED(name) (frame_planted_bug == FRAME_PLANTED_##name)
#elif defined(FRAME_PLANTED_FOLDED)
/* For figures of coverage: no branch that nobody can take. */
#define FRAME_PLANTED(name) false
#else
/* A call, so that nobody is warned of what a plain 0 would make unreachable. */
static inline bool frame_planted_never(void)
{
    return false;
}
#define FRAME_PLANTED(name) frame_planted_never()
#endif

#endif
