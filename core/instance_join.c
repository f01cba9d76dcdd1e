// SPDX-License-Identifier: Apache-2.0
/* From staged pages to the chain (§ 12): verify, replay, attested, join. */
#include "batch.h"
#include "chain.h"
#include "instance.h"
#include "planted.h"

enum frame_status batch_replay(struct frame_instance *instance, struct frame_replayed **replayed,
                               struct frame_fault *fault, struct frame_span array)
{
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    enum frame_status status =
        frame_parse(&parsed, fault, &instance->config.allocator, array.bytes, array.length);
    if (status == FRAME_OK) status = frame_verify(&verified, fault, instance->chain, parsed);
    frame_parsed_free(parsed);
    return status == FRAME_OK ? frame_replay(replayed, fault, verified) : status;
}

/* ---- Transfers ---- */

/* § 12: `link` and step 8 cost nobody anything; memory that ran short here is not the peer's fault. What
   a peer attests and cannot show is forgotten until it says it again. */
static void transfer_refuse(struct frame_instance *instance, struct peer *peer,
                            const struct frame_fault *fault)
{
    bool step_8 = fault->status == FRAME_ATTESTATION_COUNT ||
                  fault->status == FRAME_ATTESTATION_COMMITMENT ||
                  fault->status == FRAME_ATTESTATION_ROOT;
    if (step_8) peer_forget_attested(peer);
    peer_drop_transfer(peer);
    peer_back_off(instance, peer);
    if (fault->status != FRAME_NO_MEMORY || FRAME_PLANTED(memory_charged))
        peer_refuse(instance, peer, fault,
                    !step_8 && (fault->status != FRAME_LINK || FRAME_PLANTED(link_costs)));
}

/* ---- Policy strict (§ 9) ---- */

static void note_diverged(struct frame_instance *instance, struct peer *peer, size_t divergence)
{
    instance_note(instance, FRAME_NOTE_DIVERGED, peer)->count = divergence;
    peer->diverged = true;
    peer->diverged_commitment = peer->transfer.attestation.commitment;
    peer->diverged_count = frame_chain_count(instance->chain);
}

/* Heads that name what is held and a batch's new receipts, as far as they are known to be the remote's. */
static bool part_heads(struct frame_instance *instance, struct hash_list *heads,
                       const struct frame_replayed *replayed, bool with_local)
{
    const struct node_list *fresh = &replayed->batch->fresh;
    struct frame_summary summary;
    frame_chain_summary(instance->chain, &summary);
    size_t local = with_local ? summary.head_count : 0;
    *heads = (struct hash_list){NULL, 0, 0};
    if (!hash_list_reserve(&instance->config.allocator, heads, local + fresh->count)) return false;
    for (size_t i = 0; i < local; i++)
        heads->at[heads->count++] = summary.heads[i];
    for (size_t i = 0; i < fresh->count; i++)
        heads->at[heads->count++] = fresh->nodes[i]->hash;
    return true;
}

/*
 * The beginning of a remote chain, of which more is to come. By the figures of attestation and page the
 * remote chain holds the local one exactly where what is held, staged and still to come add up to it;
 * then the local chain is a prefix where it is one of both together.
 */
static enum frame_status strict_part(struct frame_instance *instance, const struct peer *peer,
                                     struct frame_replayed *replayed,
                                     enum frame_strict_result *result, size_t *divergence)
{
    const struct transfer *transfer = &peer->transfer;
    struct hash_list heads;
    size_t held = frame_chain_count(instance->chain) + frame_replayed_fresh(replayed);
    bool holds_local = transfer->attestation.receipt_count - (int64_t)held == transfer->remaining;
    if (!part_heads(instance, &heads, replayed, holds_local)) return FRAME_NO_MEMORY;
    enum frame_status status =
        frame_replayed_strict(replayed, result, divergence, heads.at, heads.count);
    hash_list_free(&instance->config.allocator, &heads);
    return status;
}

/* May the batch be taken? */
static enum frame_status strict_decide(struct frame_instance *instance, struct peer *peer,
                                       struct frame_replayed *replayed,
                                       enum frame_strict_result *result)
{
    const struct transfer *transfer = &peer->transfer;
    enum frame_status status;
    size_t divergence = 0;
    *result = FRAME_STRICT_TAKE;
    if (instance->config.policy == FRAME_POLICY_JOIN) return FRAME_OK;
    if (transfer->stage == TRANSFER_COMPLETE)
        status = frame_replayed_strict(replayed, result, &divergence, transfer->want.at,
                                       transfer->want.count);
    else
        status = strict_part(instance, peer, replayed, result, &divergence);
    if (status == FRAME_OK && *result == FRAME_STRICT_DIVERGED)
        note_diverged(instance, peer, divergence);
    return status;
}

/* ---- The join ---- */

void note_joined(struct frame_instance *instance, const struct peer *peer,
                 const struct frame_report *report)
{
    for (size_t i = 0; FRAME_PLANTED(reports_lost) && i < instance->note_count; i++)
        instance->notes[i].report = (struct frame_report){.fresh = 0};
    chain_keep_report(instance->chain, report);
    instance_note(instance, FRAME_NOTE_JOINED, peer)->report = *report;
}

/* The batch has passed all steps. Consumes it. */
static enum frame_status transfer_join(struct frame_instance *instance, struct peer *peer,
                                       struct frame_replayed *replayed,
                                       enum frame_strict_result *result)
{
    struct frame_report report;
    size_t fresh = frame_replayed_fresh(replayed);
    enum frame_status status = strict_decide(instance, peer, replayed, result);
    if (status != FRAME_OK || *result != FRAME_STRICT_TAKE || fresh == 0) {
        frame_replayed_discard(replayed);
        return status;
    }
    status = frame_join(&report, replayed);
    if (status != FRAME_OK) {
        frame_replayed_discard(replayed);
        return status;
    }
    note_joined(instance, peer, &report);
    if (fresh >= peer->transfer.staged_count / 2) requests_rely(instance, &peer->transfer);
    return FRAME_OK;
}

/* Everything staged, as a batch: steps 1 to 7, step 8 where it is complete, and the join. */
static enum frame_status transfer_apply(struct frame_instance *instance, struct peer *peer,
                                        enum frame_strict_result *result, struct frame_fault *fault)
{
    struct transfer *transfer = &peer->transfer;
    struct buffer *staged = &transfer->staged;
    struct frame_replayed *replayed = NULL;
    *fault = (struct frame_fault){FRAME_NO_MEMORY, -1, -1};
    buffer_text(staged, transfer->staged_count > 0 ? "]" : "[]");
    if (staged->failed) return FRAME_NO_MEMORY;
    enum frame_status status = batch_replay(instance, &replayed, fault, buffer_view(staged));
    if (status != FRAME_OK) return status;
    if (transfer->stage == TRANSFER_COMPLETE) {
        status = frame_replayed_attested(replayed, transfer->want.at, transfer->want.count,
                                         &transfer->attestation);
        if (status != FRAME_OK) {
            *fault = (struct frame_fault){status, -1, -1};
            frame_replayed_discard(replayed);
            return status;
        }
    }
    return transfer_join(instance, peer, replayed, result);
}

static void transfer_finish(struct frame_instance *instance, struct peer *peer)
{
    struct transfer *transfer = &peer->transfer;
    enum frame_strict_result result;
    struct frame_fault fault;
    enum frame_status status = transfer_apply(instance, peer, &result, &fault);
    if (status != FRAME_OK) {
        fault.status = status;
        transfer_refuse(instance, peer, &fault);
    } else if (transfer->stage == TRANSFER_COMPLETE || result == FRAME_STRICT_DIVERGED) {
        peer_drop_transfer(peer);
        peer_update_lacking(instance, peer);
    } else {
        buffer_clear(&transfer->staged);
        transfer->staged_count = 0;
        transfer->stage = TRANSFER_JOINED;
    }
}

void join_ready(struct frame_instance *instance)
{
    for (size_t i = 0; i < instance->peer_count && !instance_unsettled(instance); i++) {
        struct peer *peer = instance->peers[i];
        if (peer->transfer.stage == TRANSFER_COMPLETE || peer->transfer.stage == TRANSFER_FULL)
            transfer_finish(instance, peer);
    }
}

void join_staged(struct frame_instance *instance)
{
    for (size_t i = 0; i < instance->peer_count; i++)
        if (instance->peers[i]->transfer.staged_count > 0)
            transfer_finish(instance, instance->peers[i]);
}
