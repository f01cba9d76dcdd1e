// SPDX-License-Identifier: Apache-2.0
/* From staged pages to the chain (§ 12): verify, replay, attested, join; and safe mode (§ 13). */
#include <string.h>

#include "batch.h"
#include "instance.h"
#include "json.h"
#include "receipt.h"

enum frame_status batch_replay(struct frame_instance *instance, struct frame_replayed **replayed,
                               struct frame_fault *fault, struct frame_span array)
{
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    enum frame_status status =
        frame_parse(&parsed, fault, &instance->config.allocator, array.bytes, array.length);
    if (status == FRAME_OK)
        status = frame_verify(&verified, fault, instance->chain, parsed);
    frame_parsed_free(parsed);
    return status == FRAME_OK ? frame_replay(replayed, fault, verified) : status;
}

/* ---- Transfers ---- */

/* Ends a transfer that failed; the next one waits. */
static void transfer_fail(struct frame_instance *instance, struct peer *peer)
{
    peer->attempts++;
    peer_drop_transfer(peer);
    peer_back_off(instance, peer);
}

/* § 12: `link` and step 8 cost nobody anything; memory that ran short here is not the peer's fault. */
static void transfer_refuse(struct frame_instance *instance, struct peer *peer,
                            const struct frame_fault *fault)
{
    bool step_8 = fault->status == FRAME_ATTESTATION_COUNT ||
                  fault->status == FRAME_ATTESTATION_COMMITMENT ||
                  fault->status == FRAME_ATTESTATION_ROOT;
    if (step_8) {
        peer->attested.known = false;
        peer->lacking = false;
    }
    transfer_fail(instance, peer);
    if (fault->status != FRAME_NO_MEMORY)
        peer_refuse(instance, peer, fault, !step_8 && fault->status != FRAME_LINK);
}

/* The hashes of a batch's new receipts, which name their closure. */
static bool fresh_hashes(struct frame_instance *instance, struct hash_list *list,
                         const struct frame_replayed *replayed)
{
    const struct node_list *fresh = &replayed->batch->fresh;
    void *array = NULL;
    *list = (struct hash_list){NULL, 0, 0};
    if (!memory_reserve(&instance->config.allocator, &array, &list->capacity, fresh->count,
                        sizeof *list->at))
        return false;
    list->at = array;
    for (; list->count < fresh->count; list->count++)
        list->at[list->count] = fresh->nodes[list->count]->hash;
    return true;
}

static void note_diverged(struct frame_instance *instance, struct peer *peer, size_t divergence)
{
    instance_note(instance, FRAME_NOTE_DIVERGED, peer)->count = divergence;
    peer->diverged = true;
    peer->diverged_commitment = peer->transfer.attestation.commitment;
    peer->diverged_count = frame_chain_count(instance->chain);
}

/* Under policy strict (§ 9): may the batch be taken? What a full staging holds counts as the remote
   chain's beginning. */
static enum frame_status strict_allows(struct frame_instance *instance, struct peer *peer,
                                       struct frame_replayed *replayed, bool *allowed)
{
    const struct transfer *transfer = &peer->transfer;
    struct hash_list part = {NULL, 0, 0};
    const struct hash_list *want = transfer->complete ? &transfer->want : &part;
    enum frame_strict_result result;
    size_t divergence;
    *allowed = true;
    if (instance->config.policy == FRAME_POLICY_JOIN)
        return FRAME_OK;
    if (!transfer->complete && !fresh_hashes(instance, &part, replayed))
        return FRAME_NO_MEMORY;
    enum frame_status status =
        frame_replayed_strict(replayed, &result, &divergence, want->at, want->count);
    hash_list_free(&instance->config.allocator, &part);
    if (status != FRAME_OK)
        return status;
    *allowed = result == FRAME_STRICT_TAKE;
    if (result == FRAME_STRICT_DIVERGED)
        note_diverged(instance, peer, divergence);
    return FRAME_OK;
}

static void note_joined(struct frame_instance *instance, const struct peer *peer,
                        const struct frame_report *report)
{
    /* the chain keeps the lists of one report: those of earlier notes are gone */
    for (size_t i = 0; i < instance->note_count; i++) {
        struct frame_report *earlier = &instance->notes[i].report;
        earlier->superseded_count = 0;
        earlier->changed_count = 0;
        earlier->restored_count = 0;
    }
    instance_note(instance, FRAME_NOTE_JOINED, peer)->report = *report;
}

/* Steps 7 and 8 are passed: the join itself. */
static enum frame_status transfer_join(struct frame_instance *instance, struct peer *peer,
                                       struct frame_replayed *replayed)
{
    struct frame_report report;
    bool allowed;
    enum frame_status status = strict_allows(instance, peer, replayed, &allowed);
    if (status == FRAME_OK && allowed && frame_replayed_fresh(replayed) > 0) {
        status = frame_join(&report, replayed);
        if (status == FRAME_OK) {
            note_joined(instance, peer, &report);
            return FRAME_OK;
        }
    }
    frame_replayed_discard(replayed);
    return status;
}

/* Everything staged, as a batch; step 8 where it is complete. */
static enum frame_status transfer_apply(struct frame_instance *instance, struct peer *peer,
                                        struct frame_fault *fault)
{
    struct transfer *transfer = &peer->transfer;
    struct buffer *document = &instance->document;
    struct frame_replayed *replayed = NULL;
    *fault = (struct frame_fault){FRAME_NO_MEMORY, -1, -1};
    buffer_clear(document);
    buffer_text(document, "[");
    buffer_append(document, transfer->staged.bytes, transfer->staged.length);
    buffer_text(document, "]");
    if (document->failed)
        return FRAME_NO_MEMORY;
    enum frame_status status = batch_replay(instance, &replayed, fault, buffer_view(document));
    if (status != FRAME_OK)
        return status;
    if (transfer->complete) {
        status = frame_replayed_attested(replayed, transfer->want.at, transfer->want.count,
                                         &transfer->attestation);
        if (status != FRAME_OK) {
            *fault = (struct frame_fault){status, -1, -1};
            frame_replayed_discard(replayed);
            return status;
        }
    }
    return transfer_join(instance, peer, replayed);
}

static void transfer_finish(struct frame_instance *instance, struct peer *peer)
{
    struct transfer *transfer = &peer->transfer;
    bool complete = transfer->complete;
    struct frame_fault fault;
    enum frame_status status = transfer_apply(instance, peer, &fault);
    if (status != FRAME_OK) {
        fault.status = status;
        transfer_refuse(instance, peer, &fault);
        return;
    }
    if (complete) {
        peer_drop_transfer(peer);
        peer_update_lacking(instance, peer);
        return;
    }
    buffer_clear(&transfer->staged);
    transfer->staged_count = 0;
    transfer->full = false;
    transfer->resume = true;
}

void join_ready(struct frame_instance *instance)
{
    size_t count = frame_chain_count(instance->chain);
    for (size_t i = 0; i < instance->peer_count; i++) {
        struct peer *peer = instance->peers[i];
        if (!peer->transfer.complete && !peer->transfer.full)
            continue;
        transfer_finish(instance, peer);
        if (frame_chain_count(instance->chain) != count)
            return; /* one append at a time: the rest waits until it is durable */
    }
}

void join_staged(struct frame_instance *instance)
{
    for (size_t i = 0; i < instance->peer_count && !instance->persisting; i++) {
        struct peer *peer = instance->peers[i];
        if (peer->transfer.active && peer->transfer.staged_count > 0)
            transfer_finish(instance, peer);
    }
}

/* ---- What a corrupt log set aside (§ 13) ---- */

/* One frame, like a batch from a peer. */
static enum frame_status aside_join(struct frame_instance *instance, struct frame_span payload,
                                    size_t *fresh)
{
    struct buffer *document = &instance->document;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    struct frame_report report;
    buffer_clear(document);
    buffer_text(document, "[");
    buffer_span(document, payload);
    buffer_text(document, "]");
    if (document->failed)
        return FRAME_NO_MEMORY;
    enum frame_status status = batch_replay(instance, &replayed, &fault, buffer_view(document));
    if (status != FRAME_OK)
        return status;
    size_t count = frame_replayed_fresh(replayed);
    if (count > 0)
        status = frame_join(&report, replayed);
    if (count == 0 || status != FRAME_OK) {
        frame_replayed_discard(replayed);
        return status;
    }
    *fresh += count;
    return FRAME_OK;
}

/* The next frame set aside; false at the end. */
static bool aside_next(const struct frame_instance *instance, size_t *at,
                       struct frame_span *payload)
{
    const struct buffer *aside = &instance->safe_mode.aside;
    if (*at == aside->length)
        return false;
    const uint8_t *header = aside->bytes + *at;
    size_t length = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
                    (size_t)header[3];
    *payload = (struct frame_span){header + 4, length};
    *at += 4 + length;
    return true;
}

void join_aside(struct frame_instance *instance)
{
    struct safe_mode *safe_mode = &instance->safe_mode;
    struct frame_report report = {.fresh = 0};
    struct frame_span payload;
    size_t waiting = 0;
    if (!safe_mode->active || (safe_mode->tried && safe_mode->tried_count ==
                                                       frame_chain_count(instance->chain)))
        return;
    for (size_t at = 0; aside_next(instance, &at, &payload);) {
        enum frame_status status = aside_join(instance, payload, &report.fresh);
        if (status == FRAME_LINK || status == FRAME_NO_MEMORY)
            waiting++;
    }
    safe_mode->waiting = waiting;
    safe_mode->tried = true;
    safe_mode->tried_count = frame_chain_count(instance->chain);
    if (report.fresh > 0)
        note_joined(instance, NULL, &report);
}

/* ---- Safe mode (§ 13) ---- */

void safe_mode_leave(struct frame_instance *instance)
{
    struct safe_mode *safe_mode = &instance->safe_mode;
    safe_mode->active = false;
    hash_list_free(&instance->config.allocator, &safe_mode->kept);
    buffer_free(&safe_mode->aside);
    instance_note(instance, FRAME_NOTE_SAFE_MODE_LEFT, NULL);
}

/* Frames that turned out to be no valid receipts are nobody's loss. */
static bool aside_covered(struct frame_instance *instance, const struct hash_list *heads)
{
    struct frame_span payload;
    bool covered = true;
    for (size_t at = 0; covered && aside_next(instance, &at, &payload);) {
        struct receipt_fields fields;
        if (receipt_read(&fields, payload, FRAME_MODE_FULL) != FRAME_OK ||
            !frame_chain_find(instance->chain, NULL, &fields.receipt_hash))
            continue;
        if (chain_closure_holds(instance->chain, &covered, heads->at, heads->count,
                                &fields.receipt_hash, 1) != FRAME_OK)
            covered = false;
    }
    return covered;
}

void safe_mode_check(struct frame_instance *instance, const struct attested *attested)
{
    const struct safe_mode *safe_mode = &instance->safe_mode;
    const struct hash_list *heads = &attested->heads;
    size_t receipts;
    struct frame_hash commitment;
    struct frame_hash root;
    bool holds;
    if (!safe_mode->active || !safe_mode->tried || safe_mode->waiting > 0 ||
        safe_mode->tried_count != frame_chain_count(instance->chain))
        return;
    if (frame_chain_closure(instance->chain, &receipts, &commitment, &root, heads->at,
                            heads->count) != FRAME_OK ||
        (int64_t)receipts != attested->values.receipt_count ||
        frame_hash_compare(&commitment, &attested->values.commitment) != 0 ||
        frame_hash_compare(&root, &attested->values.state_root) != 0)
        return;
    if (chain_closure_holds(instance->chain, &holds, heads->at, heads->count, safe_mode->kept.at,
                            safe_mode->kept.count) == FRAME_OK &&
        holds && aside_covered(instance, heads))
        safe_mode_leave(instance);
}
