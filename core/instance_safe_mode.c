// SPDX-License-Identifier: Apache-2.0
/* Safe mode (§ 13): what a corrupt log leaves to be recovered, and when it is. */
#include <string.h>

#include "chain.h"
#include "instance.h"
#include "planted.h"
#include "receipt.h"

bool safe_mode_want(struct frame_instance *instance, const struct frame_hash *hash)
{
    struct hash_list *wanted = &instance->safe_mode.wanted;
    if (!hash_list_reserve(&instance->config.allocator, wanted, wanted->count + 1)) return false;
    wanted->at[wanted->count++] = *hash;
    return true;
}

bool safe_mode_set_aside(struct frame_instance *instance, struct frame_span payload)
{
    struct buffer *aside = &instance->safe_mode.aside;
    struct receipt_fields fields;
    uint8_t length[4];
    for (size_t i = 0; i < 4; i++)
        length[i] = (uint8_t)(payload.length >> (24 - 8 * i));
    buffer_append(aside, length, sizeof length);
    buffer_span(aside, payload);
    FRAME_MUST(receipt_read(&fields, payload, FRAME_MODE_FULL) == FRAME_OK); /* a good frame */
    return !aside->failed && safe_mode_want(instance, &fields.receipt_hash);
}

void safe_mode_clear(struct frame_instance *instance)
{
    struct safe_mode *safe_mode = &instance->safe_mode;
    hash_list_free(&instance->config.allocator, &safe_mode->wanted);
    buffer_free(&safe_mode->aside);
    safe_mode->active = false;
}

/* ---- Joining what was set aside ---- */

/* One frame, like a batch from a peer. Adds to the report. */
static enum frame_status aside_join(struct frame_instance *instance, struct frame_span payload,
                                    struct frame_report *sum)
{
    struct buffer *document = &instance->document;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    struct frame_report report;
    buffer_clear(document);
    buffer_text(document, "[");
    buffer_span(document, payload);
    buffer_text(document, "]");
    if (document->failed) return FRAME_NO_MEMORY;
    enum frame_status status = batch_replay(instance, &replayed, &fault, buffer_view(document));
    if (status != FRAME_OK) return status;
    if (frame_replayed_fresh(replayed) > 0) {
        status = frame_join(&report, replayed);
        if (status == FRAME_OK) {
            if (sum->fresh == 0) sum->first_difference = report.first_difference;
            if (report.first_difference < sum->first_difference)
                sum->first_difference = report.first_difference;
            sum->fresh += report.fresh;
            sum->refolded += report.refolded;
            return FRAME_OK;
        }
    }
    frame_replayed_discard(replayed);
    return status;
}

/* The next frame set aside; false at the end. */
static bool aside_next(const struct buffer *aside, size_t *at, struct frame_span *payload)
{
    if (*at == aside->length) return false;
    const uint8_t *header = aside->bytes + *at;
    size_t length = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
                    (size_t)header[3];
    *payload = (struct frame_span){header + 4, length};
    *at += 4 + length;
    return true;
}

/* One walk over all of them; false where memory ran out for one. */
static bool aside_walk(struct frame_instance *instance, struct frame_report *sum)
{
    struct safe_mode *safe_mode = &instance->safe_mode;
    struct frame_span payload;
    bool good = true;
    safe_mode->waiting = 0;
    for (size_t at = 0; aside_next(&safe_mode->aside, &at, &payload);) {
        if (FRAME_PLANTED(aside_forgotten)) continue;
        enum frame_status status = aside_join(instance, payload, sum);
        if (status == FRAME_LINK) safe_mode->waiting++;
        if (status == FRAME_NO_MEMORY) good = false;
    }
    return good;
}

void safe_mode_join(struct frame_instance *instance)
{
    struct safe_mode *safe_mode = &instance->safe_mode;
    struct frame_report sum = {.fresh = 0};
    size_t count = frame_chain_count(instance->chain);
    size_t before;
    if (!safe_mode->active ||
        (safe_mode->tried && (safe_mode->waiting == 0 || safe_mode->tried_count == count)))
        return;
    do { /* a frame may stand before one that its parents are in */
        before = sum.fresh;
        safe_mode->tried = aside_walk(instance, &sum);
    } while (safe_mode->waiting > 0 && sum.fresh > before);
    safe_mode->tried_count = frame_chain_count(instance->chain);
    if (sum.fresh > 0) note_joined(instance, NULL, &sum);
}

/* ---- The end of it ---- */

/* Is what it attests held here, with these very figures, and does that hold all that is wanted? */
static bool holds_all(struct frame_instance *instance, const struct attested *attested)
{
    const struct hash_list *wanted = &instance->safe_mode.wanted;
    const struct hash_list *heads = &attested->heads;
    size_t receipts;
    struct frame_hash commitment;
    struct frame_hash root;
    bool holds = false;
    return chain_closure_holds(instance->chain, &holds, heads->at, heads->count, wanted->at,
                               wanted->count) == FRAME_OK &&
           holds &&
           frame_chain_closure(instance->chain, &receipts, &commitment, &root, heads->at,
                               heads->count) == FRAME_OK &&
           (int64_t)receipts == attested->values.receipt_count &&
           frame_hash_compare(&commitment, &attested->values.commitment) == 0 &&
           (frame_hash_compare(&root, &attested->values.state_root) == 0 ||
            FRAME_PLANTED(safe_mode_root_unseen));
}

bool safe_mode_over(struct frame_instance *instance)
{
    struct safe_mode *safe_mode = &instance->safe_mode;
    if (!safe_mode->active) return false;
    bool over = safe_mode->accepted;
    for (size_t i = 0; safe_mode->look && !over && !FRAME_PLANTED(safe_mode_never_left) &&
                       i < instance->peer_count;
         i++) {
        const struct attested *attested = &instance->peers[i]->attested;
        over = attested->known &&
               (holds_all(instance, attested) || FRAME_PLANTED(safe_mode_left_early));
    }
    safe_mode->look = false;
    return over;
}
