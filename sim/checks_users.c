// SPDX-License-Identifier: Apache-2.0
/*
 * The check of what becomes of users' wishes (§ 3, 9, 18): the receipt says what was asked, and by whose device; and who
 * asked is told how far the clock is behind.
 */
#include "sim/checks.h"

#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "sim/world_internal.h"

enum { OWN_DIGITS = 32 }; /* of the executing instance, in an origin [E4] */

/* Is the token this decoded text? */
static bool says(struct frame_span token, struct frame_span text)
{
    uint8_t decoded[FRAME_RAW_BYTES_MAX];
    const size_t length = json_string_length(token);
    return length == text.length && length <= sizeof decoded &&
           json_string_decode(decoded, token) == length &&
           (length == 0 || memcmp(decoded, text.bytes, length) == 0);
}

static bool is_asked(const struct payload_fields *said, struct frame_span action,
                     struct frame_span payload, struct frame_span raw)
{
    return says(said->action, action) && span_equal(said->payload, payload) && says(said->raw, raw);
}

static void check_clock_told(struct world *world, const struct check_step *step,
                             const struct frame_receipt *receipt)
{
    const int64_t clock_s = step->event->clock_s > 0 ? step->event->clock_s : 0;
    uint64_t told = 0;
    for (size_t i = 0; i < step->update->note_count; i++)
        if (step->update->notes[i].type == FRAME_NOTE_CLOCK_BEHIND)
            told += step->update->notes[i].count;
    const uint64_t behind =
        receipt->timestamp_s > clock_s ? (uint64_t)(receipt->timestamp_s - clock_s) : 0;
    if (told != behind)
        check_failed(world, CHECK_AS_ASKED, step->peer,
                     "tells its user that the clock is %llu s behind, it is %llu",
                     (unsigned long long)told, (unsigned long long)behind);
}

/* The last receipt that came to be in the step is the one of the intent. */
static void check_intent(struct world *world, const struct check_step *step)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const struct frame_intent *intent = step->event->intent;
    struct frame_receipt receipt;
    struct payload_fields said;
    char own[OWN_DIGITS];
    frame_hex_encode(own, world_peer(world, step->peer)->key.bytes, sizeof own / 2);
    if (frame_chain_count(chain) <= step->before->arrivals) {
        check_failed(world, CHECK_AS_ASKED, step->peer, "takes an intent, and makes no receipt");
        return;
    }
    frame_chain_arrived(chain, &receipt, frame_chain_count(chain) - 1);
    if (!payload_read(&said, receipt.payload) ||
        !is_asked(&said, intent->action, intent->payload, intent->raw) ||
        !span_equal(said.network, intent->network_responses) ||
        !says(said.origin, (struct frame_span){(const uint8_t *)own, sizeof own}))
        check_failed(world, CHECK_AS_ASKED, step->peer, "%s is not the receipt of what was asked",
                     short_hash(&receipt.hash).text);
    check_clock_told(world, step, &receipt);
}

/* Executed by whomever, and with what was fetched there. */
static void check_routed(struct world *world, int peer, const struct frame_note *note)
{
    const struct intent *intent = routes_intent(world, peer, &note->route);
    struct frame_receipt receipt;
    struct payload_fields said;
    struct frame_span digits;
    char id[ROUTE_ID_DIGITS];
    frame_hex_encode(id, note->route.bytes, sizeof note->route.bytes);
    if (intent != NULL && frame_chain_find(world_peer_chain(world, peer), &receipt, &note->hash) &&
        payload_read(&said, receipt.payload) &&
        is_asked(&said, (struct frame_span){(const uint8_t *)intent->action, intent->action_length},
                 (struct frame_span){(const uint8_t *)intent->payload, intent->payload_length},
                 (struct frame_span){(const uint8_t *)intent->raw, intent->raw_length}) &&
        payload_route(&digits, receipt.payload) && memcmp(digits.bytes, id, sizeof id) == 0)
        return;
    check_failed(world, CHECK_AS_ASKED, peer, "%s is not the receipt of what was asked of others",
                 short_hash(&note->hash).text);
}

void checks_users(struct world *world, const struct check_step *step)
{
    if (step->event->type == FRAME_EVENT_INTENT && step->status == FRAME_OK)
        check_intent(world, step);
    for (size_t i = 0; i < step->update->note_count; i++)
        if (step->update->notes[i].type == FRAME_NOTE_ROUTED)
            check_routed(world, step->peer, &step->update->notes[i]);
}
