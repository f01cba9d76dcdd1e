// SPDX-License-Identifier: Apache-2.0
/*
 * Every change of one byte, and every end before the last one, of the texts that instances take from outside: a
 * chain, a log, an attestation, and an envelope of every type of message.
 */
#include "exhaust_pair.h"

#include <stdlib.h>
#include <string.h>

enum { REGION_BYTES = 1 << 21, TEXT_BYTES_MAX = 1 << 15, TYPES = 4, STEPS_MAX = 200 };

struct text {
    uint8_t bytes[TEXT_BYTES_MAX];
    size_t length;
};

/* One envelope. */
struct parcel {
    struct text text;
    int to;
    bool there;
};

struct subjects {
    struct exhaust *exhaust;
    struct exhaust_region pair_region;
    struct exhaust_pair pair; /* converged; who hears the changed envelopes */
    struct exhaust_region region;
    struct frame_chain *empty; /* in it */
    struct text chain;
    struct text log;
    struct text attestation;
    struct parcel parcels[TYPES];
};

/* Looks at a text of which something was changed: byte `at`, or it ends there. */
typedef void (*inspect)(struct subjects *subjects, struct frame_span text, size_t at, size_t which);

static bool text_write(void *context, const uint8_t *bytes, size_t length)
{
    struct text *text = context;
    if (length > sizeof text->bytes - text->length) return false;
    memcpy(text->bytes + text->length, bytes, length);
    text->length += length;
    return true;
}

static struct frame_span text_span(const struct text *text)
{
    return (struct frame_span){text->bytes, text->length};
}

/* ---- The texts ------------------------------------------------------------------------------------- */

/* The first message of each type that is about to be delivered. */
static void parcel_keep(struct subjects *subjects, const struct exhaust_pair *pair)
{
    if (pair->flying_count == 0) return;
    const struct pair_message *message = &pair->flying[0];
    struct parcel *parcel = &subjects->parcels[message->type];
    if (parcel->there) return;
    (void)text_write(&parcel->text, message->bytes.bytes, message->bytes.length);
    parcel->to = message->to;
    parcel->there = true;
}

/* A fork and its merge. A request is on its way when the other one starts anew from nothing: it is rejected. */
static void live(struct subjects *subjects, struct exhaust_pair *pair, bool loses_all)
{
    static const int writers[] = {0, 1, 0};
    for (size_t i = 0; i < sizeof writers / sizeof writers[0]; i++) {
        if (i == 2) (void)pair_calm(pair);
        pair_write(pair, writers[i]);
        pair_durable(pair, writers[i]);
    }
    for (size_t steps = 0; steps < STEPS_MAX; steps++) {
        parcel_keep(subjects, pair);
        const bool request =
            pair->flying_count > 0 && pair->flying[0].type == FRAME_MESSAGE_REQUEST;
        if (loses_all && request) {
            pair->peers[pair->flying[0].to].synced = 0;
            pair_restart(pair, pair->flying[0].to);
            loses_all = false;
        }
        if (!pair_calm_step(pair)) return;
    }
}

static void subjects_make(struct subjects *subjects)
{
    struct exhaust *exhaust = subjects->exhaust;
    struct exhaust_pair *pair = &subjects->pair;
    struct frame_summary summary;
    exhaust_region_init(&subjects->region, REGION_BYTES);
    exhaust_region_init(&subjects->pair_region, REGION_BYTES);
    pair_init(pair, exhaust, &subjects->pair_region);
    live(subjects, pair, true);
    pair_init(pair, exhaust, &subjects->pair_region);
    live(subjects, pair, false);
    exhaust_region_save(&subjects->pair_region);
    const struct frame_chain *chain = frame_instance_chain(pair->peers[0].instance);
    (void)frame_chain_write(chain, (struct frame_sink){&subjects->chain, text_write});
    (void)text_write(&subjects->log, pair->peers[0].log.bytes, pair->peers[0].log.length);
    frame_chain_summary(chain, &summary);
    const struct frame_attestation attestation = {exhaust->key, summary.commitment,
                                                  summary.state_root, (int64_t)summary.receipts,
                                                  1700000000};
    frame_attestation_make(subjects->attestation.bytes, &subjects->attestation.length,
                           exhaust->crypto, &exhaust->secret, &attestation);
    subjects->empty = exhaust_chain(exhaust, &subjects->region);
    exhaust_region_save(&subjects->region);
    (void)exhaust_check(exhaust, subjects->chain.length > 0 && subjects->log.length > 0,
                        "no chain and no log to change");
}

/* ---- What is to come of a changed one --------------------------------------------------------------- */

/* Receipts that end before a byte of the chain. */
static int64_t receipt_at(const struct text *chain, size_t at)
{
    static const char end[] = "\"version\":2}";
    int64_t index = 0;
    for (size_t i = 0; i + sizeof end - 1 <= at; i++) {
        if (memcmp(chain->bytes + i, end, sizeof end - 1) == 0) index++;
    }
    return index;
}

static void inspect_chain(struct subjects *subjects, struct frame_span text, size_t at,
                          size_t which)
{
    struct frame_fault fault = {FRAME_OK, -2, -2};
    (void)which;
    exhaust_count(subjects->exhaust, "chains", 1);
    const enum frame_status status =
        exhaust_join_bytes(subjects->empty, NULL, &fault, &subjects->region, text);
    (void)exhaust_check(subjects->exhaust, status != FRAME_OK, "a chain, byte %zu: accepted", at);
    (void)exhaust_check(subjects->exhaust,
                        fault.index == -1 || fault.index == receipt_at(&subjects->chain, at),
                        "a chain, byte %zu: %s at receipt %lld, not there", at,
                        frame_status_name(status), (long long)fault.index);
    (void)exhaust_check(subjects->exhaust, frame_chain_count(subjects->empty) == 0,
                        "a chain, byte %zu: refused, and something of it is held", at);
    exhaust_region_restore(&subjects->region);
}

static void inspect_attestation(struct subjects *subjects, struct frame_span text, size_t at,
                                size_t which)
{
    struct exhaust *exhaust = subjects->exhaust;
    struct frame_attestation attestation;
    (void)which;
    exhaust_count(exhaust, "attestations", 1);
    (void)exhaust_check(exhaust,
                        frame_attestation_check(&attestation, exhaust->crypto, &exhaust->key,
                                                text.bytes, text.length) != FRAME_OK,
                        "an attestation, byte %zu: accepted", at);
}

static void inspect_envelope(struct subjects *subjects, struct frame_span text, size_t at,
                             size_t which)
{
    const struct frame_trust anybody = {.strict = false};
    struct exhaust *exhaust = subjects->exhaust;
    const char *type = frame_message_type_name((enum frame_message_type)which);
    struct exhaust_pair pair = subjects->pair;
    struct frame_message message;
    exhaust_count(exhaust, "envelopes", 1);
    const enum frame_status status =
        frame_envelope_open(&message, NULL, exhaust->crypto, &anybody, text.bytes, text.length);
    (void)exhaust_check(exhaust, status == FRAME_ENVELOPE, "an envelope of %s, byte %zu: %s", type,
                        at, frame_status_name(status));
    const struct frame_chain *chain =
        frame_instance_chain(pair.peers[subjects->parcels[which].to].instance);
    const size_t held = frame_chain_count(chain);
    pair_hear(&pair, subjects->parcels[which].to, text);
    (void)exhaust_check(exhaust, frame_chain_count(chain) == held && pair.flying_count == 0,
                        "an envelope of %s, byte %zu: its hearer acts on it", type, at);
    exhaust_region_restore(&subjects->pair_region);
}

/* The frames of the log that end at or before a byte, and where the last of them does. */
static size_t frames_before(const struct text *log, size_t at, size_t *end)
{
    struct frame_log_reader reader;
    struct frame_span payload;
    size_t count = 0;
    *end = 0;
    frame_log_reader_init(&reader, log->bytes, log->length);
    while (frame_log_next(&reader, &payload) && reader.offset <= at) {
        *end = reader.offset;
        count++;
    }
    return count;
}

static bool recover(struct subjects *subjects, struct frame_recovery *recovery,
                    struct frame_span log)
{
    struct frame_instance_config config;
    struct frame_instance *instance = NULL;
    frame_instance_config_init(&config);
    config.crypto = subjects->exhaust->crypto;
    config.allocator = frame_arena_allocator(&subjects->region.arena);
    config.identity = subjects->exhaust->identity;
    config.identity_secret = subjects->exhaust->secret;
    config.transport_secret = subjects->pair.peers[0].transport;
    const bool good = frame_instance_new(&instance, &config, 0) == FRAME_OK &&
                      frame_instance_recover(instance, recovery, log.bytes, log.length) == FRAME_OK;
    (void)exhaust_check(subjects->exhaust, good, "a log cannot be recovered at all");
    return good;
}

static void inspect_log(struct subjects *subjects, struct frame_span text, size_t at, size_t which)
{
    struct frame_recovery recovery;
    size_t end, all_end;
    const size_t before = frames_before(&subjects->log, at, &end);
    const size_t all = frames_before(&subjects->log, subjects->log.length, &all_end);
    const bool ends = text.length < subjects->log.length;
    (void)which;
    exhaust_count(subjects->exhaust, "logs", 1);
    if (recover(subjects, &recovery, text)) {
        const bool clean = ends && at == end;
        const enum frame_log_state state = clean                       ? FRAME_LOG_CLEAN
                                           : ends || before + 1 == all ? FRAME_LOG_TORN
                                                                       : FRAME_LOG_CORRUPT;
        (void)exhaust_check(
            subjects->exhaust,
            recovery.state == state && recovery.offset == (clean ? -1 : (int64_t)end),
            "a log, byte %zu: %s at %lld, not %s at %zu", at, frame_log_state_name(recovery.state),
            (long long)recovery.offset, frame_log_state_name(state), end);
        (void)exhaust_check(subjects->exhaust,
                            recovery.receipts == before && recovery.cause == FRAME_OK &&
                                recovery.safe_mode == (state == FRAME_LOG_CORRUPT),
                            "a log, byte %zu: %zu receipts, not %zu", at, recovery.receipts,
                            before);
    }
    exhaust_region_restore(&subjects->region);
}

/* ---- Every one of them ----------------------------------------------------------------------------- */

/* One bit, case and all bits; every bit; every value. */
static unsigned next_change(unsigned by, unsigned depth)
{
    if (depth == 1) return by == 1 ? 0x20 : by == 0x20 ? 0xff : 256;
    return depth == 2 ? 2 * by : by + 1;
}

static void change(struct subjects *subjects, const struct text *text, inspect inspect_one,
                   size_t which)
{
    struct text changed = *text;
    const unsigned depth = subjects->exhaust->depth;
    for (size_t at = 0; at < text->length && !exhaust_enough(subjects->exhaust); at++) {
        for (unsigned by = 1; by < 256; by = next_change(by, depth)) {
            changed.bytes[at] = (uint8_t)(text->bytes[at] ^ by);
            inspect_one(subjects, text_span(&changed), at, which);
        }
        changed.bytes[at] = text->bytes[at];
    }
}

static void truncate_at_all(struct subjects *subjects, const struct text *text, inspect inspect_one,
                            size_t which)
{
    for (size_t at = 0; at < text->length && !exhaust_enough(subjects->exhaust); at++)
        inspect_one(subjects, (struct frame_span){text->bytes, at}, at, which);
}

static void exhaust_texts(struct exhaust *exhaust,
                          void (*way)(struct subjects *subjects, const struct text *text,
                                      inspect inspect_one, size_t which))
{
    struct subjects *subjects = calloc(1, sizeof *subjects);
    (void)exhaust_check(exhaust, subjects != NULL, "no memory");
    if (subjects == NULL) return;
    subjects->exhaust = exhaust;
    subjects_make(subjects);
    exhaust->count = 0; /* what made the texts is not what is gone through */
    way(subjects, &subjects->chain, inspect_chain, 0);
    way(subjects, &subjects->log, inspect_log, 0);
    way(subjects, &subjects->attestation, inspect_attestation, 0);
    for (size_t type = 0; type < TYPES; type++) {
        (void)exhaust_check(exhaust, subjects->parcels[type].there, "no message of type %s",
                            frame_message_type_name((enum frame_message_type)type));
        way(subjects, &subjects->parcels[type].text, inspect_envelope, type);
    }
    exhaust_region_release(&subjects->region);
    exhaust_region_release(&subjects->pair_region);
    free(subjects);
}

void exhaust_changes(struct exhaust *exhaust)
{
    exhaust_texts(exhaust, change);
}

void exhaust_truncations(struct exhaust *exhaust)
{
    exhaust_texts(exhaust, truncate_at_all);
}
