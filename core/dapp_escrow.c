// SPDX-License-Identifier: Apache-2.0
/*
 * Escrows of the wallet (§ 6). An entry escrow:<id> that is not of the shape that escrow.lock writes
 * is there, but not locked; an escrow_index that is no array is taken for empty.
 */
#include <string.h>

#include "dapp_builtin.h"
#include "json.h"
#include "memory.h"
#include "planted.h"

static const char escrow_prefix[] = "escrow:";
static const char index_key[] = "escrow_index";
static const struct frame_span nothing = {NULL, 0};

/* Most escrows of a long chain have ended: how the text ends tells them at a glance. */
static bool ends_locked(struct frame_span entry)
{
    static const char end[] = "\"status\":\"locked\"}";
    size_t length = sizeof end - 1;
    return entry.length >= length && memcmp(entry.bytes + entry.length - length, end, length) == 0;
}

bool escrow_locked(struct escrow *escrow, struct frame_span entry)
{
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "recipient", .kind = MEMBER_TEXT},
                               {.name = "status", .kind = MEMBER_TEXT}};
    if (!ends_locked(entry) && !FRAME_PLANTED(escrow_ends_twice)) return false;
    if (!members_read(members, 3, entry)) return false;
    *escrow = (struct escrow){members[0].integer, members[1].value};
    return true;
}

static enum frame_status escrow_put(struct frame_run *run, struct frame_span id, int64_t amount,
                                    struct frame_span recipient, const char *status)
{
    struct buffer *entry = frame_run_scratch(run, 0);
    buffer_text(entry, "{\"amount\":");
    buffer_integer(entry, amount);
    buffer_text(entry, ",\"recipient\":");
    buffer_span(entry, recipient);
    buffer_text(entry, ",\"status\":\"");
    buffer_text(entry, status);
    buffer_text(entry, "\"}");
    return frame_run_put(run, escrow_prefix, id, buffer_view(entry));
}

static void index_append(struct buffer *index, struct frame_span id)
{
    if (index->length > 1) buffer_text(index, ",");
    buffer_span(index, id);
}

/* Does the id stand before an item of the index? What is no id stays where it is. */
static bool index_before(struct frame_span id, struct frame_span item)
{
    if (FRAME_PLANTED(escrow_index_unsorted)) return false;
    return json_kind(item) == JSON_STRING && json_string_compare(id, item) < 0;
}

/* Writes the index without the id, and with it in its place where it is `there`. */
static enum frame_status index_put(struct frame_run *run, struct frame_span id, bool there)
{
    struct frame_span old;
    struct buffer *index = frame_run_scratch(run, 0);
    bool wanted = there;
    buffer_text(index, "[");
    if (frame_run_get(run, &old, index_key, nothing) && json_kind(old) == JSON_ARRAY) {
        struct json_walk walk;
        struct frame_span item;
        json_walk_init(&walk, old);
        while (json_next_item(&walk, &item)) {
            if (span_equal(item, id)) continue;
            if (wanted && index_before(id, item)) {
                index_append(index, id);
                wanted = false;
            }
            index_append(index, item);
        }
    }
    if (wanted) index_append(index, id);
    buffer_text(index, "]");
    return frame_run_put(run, index_key, nothing, buffer_view(index));
}

enum frame_status escrow_lock(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "recipient", .kind = MEMBER_ADDRESS},
                               {.name = "reservationId", .kind = MEMBER_KEY}};
    if (!members_read(members, 3, payload)) return frame_run_refuse(run, "bad_payload");
    int64_t amount = members[0].integer;
    struct frame_span id = members[2].value;
    struct frame_span held;
    if (frame_run_get(run, &held, escrow_prefix, id)) return frame_run_refuse(run, "exists");
    if (amount > ledger_available(run)) return frame_run_refuse(run, "insufficient");
    enum frame_status status = escrow_put(run, id, amount, members[1].value, "locked");
    if (status == FRAME_OK) status = index_put(run, id, true);
    return status == FRAME_OK ? result_ok(run) : status;
}

/* Ends an escrow; its amount moves where it is `released`. */
static enum frame_status escrow_end(struct frame_run *run, struct frame_span payload, bool released)
{
    struct member members[] = {{.name = "reservationId", .kind = MEMBER_KEY}};
    if (!members_read(members, 1, payload)) return frame_run_refuse(run, "bad_payload");
    struct frame_span id = members[0].value;
    struct frame_span entry;
    struct escrow escrow;
    if (!frame_run_get(run, &entry, escrow_prefix, id)) return frame_run_refuse(run, "not_found");
    if (!escrow_locked(&escrow, entry)) return frame_run_refuse(run, "not_locked");
    struct buffer *text = frame_run_scratch(run, 1);
    buffer_span(text, escrow.recipient); /* the entry is about to be written over */
    struct frame_span recipient = buffer_view(text);
    if (released && !ledger_can_move(run, recipient, escrow.amount))
        return frame_run_refuse(run, "overflow");
    enum frame_status status =
        escrow_put(run, id, escrow.amount, recipient, released ? "released" : "refunded");
    if (status == FRAME_OK && released) status = ledger_move(run, recipient, escrow.amount);
    if (status == FRAME_OK) status = index_put(run, id, false);
    return status == FRAME_OK ? result_ok(run) : status;
}

enum frame_status escrow_release(struct frame_run *run, struct frame_span payload)
{
    return escrow_end(run, payload, true);
}

enum frame_status escrow_refund(struct frame_run *run, struct frame_span payload)
{
    return escrow_end(run, payload, false);
}
