// SPDX-License-Identifier: Apache-2.0
/* Checks of what an event touched, and the books they are made against. */
#include "sim/checks.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "core/receipt.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

static const struct {
    const char *name;
    const char *why;
} checks[] = {
#define CHECK_ENTRY(id, name, why) {name, why},
    CHECK_LIST(CHECK_ENTRY)
#undef CHECK_ENTRY
};

size_t world_check_count(void)
{
    return CHECK_COUNT;
}

const char *world_check_name(size_t check)
{
    FRAME_ASSERT(check < CHECK_COUNT);
    return checks[check].name;
}

const char *world_check_why(size_t check)
{
    FRAME_ASSERT(check < CHECK_COUNT);
    return checks[check].why;
}

bool world_check_enable(struct world *world, const char *name, bool enabled)
{
    for (size_t i = 0; i < CHECK_COUNT; i++) {
        if (strcmp(checks[i].name, name) != 0) continue;
        world->checks_off[i] = !enabled;
        return true;
    }
    return false;
}

bool check_on(const struct world *world, enum check check)
{
    return !world->checks_off[check];
}

/* ---- Failures ---- */

void check_failed(struct world *world, enum check check, int peer, const char *format, ...)
{
    if (!check_on(world, check)) return;
    char text[2048];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    void *failures = world->failures;
    world_reserve(world, &failures, &world->failure_capacity, world->failure_count + 1,
                  sizeof *world->failures);
    world->failures = failures;
    world->failures[world->failure_count++] =
        (struct failure){.check = check,
                         .peer = peer,
                         .event = world->steps,
                         .time_us = world->now_us,
                         .text = world_take_text(world, text, strlen(text))};
    world_tell(world, TRACE_CHECK, peer, WORLD_NOBODY, "%s: %s", checks[check].name, text);
}

size_t world_failure_count(const struct world *world)
{
    return world->failure_count;
}

void world_failure(const struct world *world, struct world_failure *failure, size_t i)
{
    FRAME_ASSERT(i < world->failure_count);
    const struct failure *kept = &world->failures[i];
    *failure = (struct world_failure){.check = checks[kept->check].name,
                                      .peer = kept->peer,
                                      .event = kept->event,
                                      .time_us = kept->time_us,
                                      .text = kept->text};
}

/* ---- Before and after ---- */

void check_before(struct check_before *before, const struct world *world, int peer)
{
    const struct frame_chain *chain = world_peer_chain(world, peer);
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    before->arrivals = frame_chain_count(chain);
    before->durable = world->driver->durable(world_peer(world, peer)->instance);
    before->commitment = summary.commitment;
    before->state_root = summary.state_root;
    before->refused_memory = world_peer(world, peer)->memory.refused;
    before->superseded = summary.superseded;
    before->changed = summary.changed;
    before->staged = world_peer(world, peer)->staged;
    before->safe_mode = world_peer_in_safe_mode(world, peer);
    before->sender_known = false;
    uint64_t remembered;
    crypto_memo_figures(world->memo, &before->verified, &remembered);
}

bool check_note_is(const struct check_step *step, size_t n, enum frame_note_type type,
                   const struct frame_public_key *key)
{
    return n < step->update->note_count && step->update->notes[n].type == type &&
           memcmp(&step->update->notes[n].peer, key, sizeof *key) == 0;
}

bool check_starved(const struct world *world, const struct check_step *step)
{
    return world_peer(world, step->peer)->memory.refused > step->before->refused_memory;
}

bool check_changed(const struct check_before *before, const struct world *world, int peer)
{
    const struct frame_chain *chain = world_peer_chain(world, peer);
    struct frame_summary now;
    frame_chain_summary(chain, &now);
    return frame_chain_count(chain) != before->arrivals ||
           frame_hash_compare(&now.commitment, &before->commitment) != 0;
}

/* ---- What is held ---- */

static bool is_merge(const struct frame_receipt *receipt)
{
    return span_is(receipt->dapp, "federation");
}

/* May a receipt that is in no book have been made in this step? Of an intent, only where it was executed. */
static bool made_here(const struct world *world, const struct check_step *step,
                      const struct frame_receipt *receipt)
{
    if (step->event->type == FRAME_EVENT_INTENT && step->status == FRAME_OK) return true;
    if (checks_made_for(world, step->peer, receipt)) return true;
    for (size_t i = 0; i < step->update->note_count; i++)
        if (step->update->notes[i].type == FRAME_NOTE_MERGED) return is_merge(receipt);
    return false;
}

static const struct frame_dapp_table *version_of(const struct world *world, int peer)
{
    return version_dapps(world, world_peer_version(world, peer));
}

static int64_t book(struct world *world, int peer, const struct frame_receipt *receipt)
{
    struct ledger_entry entry = {.hash = receipt->hash,
                                 .made_us = world->now_us,
                                 .dapps = version_of(world, peer),
                                 .maker = peer,
                                 .merge = is_merge(receipt)};
    ledger_digest(entry.digest, receipt->bytes);
    struct world_counters *counters = &world_peer(world, peer)->counters;
    counters->receipts_made++;
    if (entry.merge) counters->merges_made++;
    return ledger_add(&world->ledger, &entry);
}

/* A receipt that has come into the peer's set. */
static void hold(struct world *world, int peer, const struct frame_receipt *receipt,
                 const struct check_step *step)
{
    struct peer *self = world_peer(world, peer);
    int64_t number = ledger_find(&world->ledger, &receipt->hash);
    if (number == LEDGER_NONE && step != NULL && made_here(world, step, receipt)) {
        checks_capable(world, peer, receipt);
        number = book(world, peer, receipt);
    } else if (step != NULL && is_merge(receipt) && made_here(world, step, receipt)) {
        probe_hit(world, PROBE_merged_alike);
    }
    if (number == LEDGER_NONE) {
        check_failed(world, CHECK_KNOWN_RECEIPTS, peer, "holds %s, which nobody made",
                     short_hash(&receipt->hash).text);
        return;
    }
    const struct ledger_entry *entry = &world->ledger.entries[number];
    uint8_t digest[16];
    ledger_digest(digest, receipt->bytes);
    if (entry->forged) {
        self->holds_forged = true;
        check_failed(world, CHECK_NO_FORGERY, peer, "holds the forged receipt %s",
                     short_hash(&receipt->hash).text);
    } else if (memcmp(digest, entry->digest, sizeof digest) != 0) {
        self->holds_forged = true;
        check_failed(world, CHECK_KNOWN_RECEIPTS, peer, "holds %s with other bytes",
                     short_hash(&receipt->hash).text);
    } else if (entry->dapps != version_of(world, peer)) {
        check_failed(world, CHECK_KNOWN_RECEIPTS, peer,
                     "holds %s, which was made by a version with other state roots",
                     short_hash(&receipt->hash).text);
    } else if (!peers_share_identity(world, entry->maker, peer)) {
        check_failed(world, CHECK_KNOWN_RECEIPTS, peer, "holds %s, which is another identity's",
                     short_hash(&receipt->hash).text);
    }
    holdings_set(&self->holdings, number, HOLDING_HELD);
}

static void note_routed(struct world *world, struct peer *self, const struct frame_receipt *receipt)
{
    struct frame_span route;
    if (!payload_route(&route, receipt->payload)) return;
    void *routed = self->routed;
    world_reserve(world, &routed, &self->routed_capacity, self->routed_count + 1,
                  sizeof *self->routed);
    self->routed = routed;
    self->routed[self->routed_count++] = receipt->arrival;
}

static void hold_new_ones(struct world *world, int peer, const struct check_step *step)
{
    struct peer *self = world_peer(world, peer);
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const uint64_t count = frame_chain_count(chain);
    if (count < self->seen) {
        check_failed(world, CHECK_SETS_GROW, peer, "held %llu receipts, holds %llu",
                     (unsigned long long)self->seen, (unsigned long long)count);
        self->seen = count;
        while (self->routed_count > 0 && self->routed[self->routed_count - 1] >= count)
            self->routed_count--;
    }
    if (count > self->seen) {
        self->changes++;
        world->set_changes++;
    }
    for (; self->seen < count; self->seen++) {
        struct frame_receipt receipt;
        frame_chain_arrived(chain, &receipt, self->seen);
        hold(world, peer, &receipt, step);
        if (self->options.discovery) note_routed(world, self, &receipt);
    }
}

/* One old receipt, by the tape, is still there. */
static void check_one_kept(struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    const struct frame_chain *chain = world_peer_chain(world, peer);
    if (self->seen == 0) return;
    struct tape_identity identity;
    tape_identity(&identity, "look_at", self->name, NULL, self->changes);
    const uint64_t arrival = tape_choose(world->tape, &identity, self->seen);
    struct frame_receipt receipt;
    struct frame_receipt found;
    frame_chain_arrived(chain, &receipt, arrival);
    if (!frame_chain_find(chain, &found, &receipt.hash) || found.arrival != arrival)
        check_failed(world, CHECK_SETS_GROW, peer, "%s, once held, is not found",
                     short_hash(&receipt.hash).text);
}

/* ---- Lives ---- */

void checks_recovered(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    self->seen = 0;
    self->routed_count = 0;
    hold_new_ones(world, peer, NULL);
    self->logged = self->seen;
    self->log_seen = self->disk.durable;
}

void checks_ended(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (self->memory.live != 0)
        check_failed(world, CHECK_MEMORY, peer, "%zu bytes were not given back", self->memory.live);
    self->memory.live = 0;
    checks_unheard(world, peer);
}

/* ---- Notes ---- */

static void check_told(struct world *world, int peer, const struct frame_note *note)
{
    struct peer *self = world_peer(world, peer);
    const int64_t number = ledger_find(&world->ledger, &note->hash);
    if ((holdings_get(&self->holdings, number) & HOLDING_DURABLE) == 0)
        check_failed(world, CHECK_DURABLE_FIRST, peer, "acknowledges %s, which is not durable",
                     short_hash(&note->hash).text);
    if (number != LEDGER_NONE) {
        holdings_set(&self->holdings, number, HOLDING_ACKNOWLEDGED);
        world->ledger.entries[number].told = true;
        world->ledger.entries[number].told_by = peer;
    }
}

static void check_acknowledged(struct world *world, int peer, const struct frame_note *note)
{
    const struct peer *self = world_peer(world, peer);
    struct frame_receipt receipt;
    check_told(world, peer, note);
    if (frame_chain_find(world_peer_chain(world, peer), &receipt, &note->hash) &&
        !checks_result_is_of(&receipt, note->result))
        check_failed(world, CHECK_RESULT_IS_RECEIPT, peer, "tells another result of receipt %s",
                     short_hash(&note->hash).text);
    if (self->pending == NO_INTENT ||
        (world->intents[self->pending].state == WORLD_INTENT_EXECUTED &&
         frame_hash_compare(&world->intents[self->pending].receipt, &note->hash) != 0))
        check_failed(world, CHECK_DURABLE_FIRST, peer,
                     "acknowledges %s, which its user does not wait for",
                     short_hash(&note->hash).text);
}

/* `why` of an offence: the refusal that is noted before it. */
static void check_note(struct world *world, const struct check_step *step,
                       const struct frame_note *note, enum frame_status why)
{
    const int peer = step->peer;
    const int other = peer_first_with_key(world, &note->peer);
    switch (note->type) {
    case FRAME_NOTE_ACKNOWLEDGED: check_acknowledged(world, peer, note); break;
    case FRAME_NOTE_ROUTED: check_told(world, peer, note); break;
    case FRAME_NOTE_ALARM:
        if (!check_may_alarm(world, step, note))
            check_failed(world, CHECK_NO_ALARM, peer, "nondeterminism: %s, commitment %s",
                         world_peer_name(world, other), short_hash(&note->hash).text);
        break;
    case FRAME_NOTE_OFFENCE:
        if (!check_may_charge(world, step, &note->peer, why))
            check_failed(world, CHECK_HONEST_UNBLAMED, peer, "charges %s with an offence: %s",
                         world_peer_name(world, other), frame_status_name(why));
        break;
    default: break;
    }
}

/* ---- The step ---- */

/* A user wants something to be done. */
static bool is_wish(const struct frame_event *event)
{
    return event->type == FRAME_EVENT_INTENT || event->type == FRAME_EVENT_ROUTE;
}

static void check_answer(struct world *world, const struct check_step *step)
{
    const struct peer *self = world_peer(world, step->peer);
    if (step->event->type == FRAME_EVENT_FAILED && !world->driver->halted(self->instance))
        check_failed(world, CHECK_ANSWERS, step->peer, "goes on after its storage has failed");
    switch (step->status) {
    case FRAME_OK: return;
    case FRAME_NO_MEMORY:
        if (is_wish(step->event) && check_starved(world, step)) return;
        break;
    case FRAME_BUSY:
    case FRAME_SAFE_MODE:
    case FRAME_BAD_ARGUMENT:
    case FRAME_DAPP:
    case FRAME_UNAVAILABLE:
        if (is_wish(step->event)) return;
        break;
    default: break;
    }
    check_failed(world, CHECK_ANSWERS, step->peer, "event %d is answered with %s",
                 (int)step->event->type, frame_status_name(step->status));
}

static void check_same_set(struct world *world, int peer)
{
    struct frame_summary mine;
    frame_chain_summary(world_peer_chain(world, peer), &mine);
    for (int i = 0; i < world->peer_count; i++) {
        const struct frame_chain *chain = world_peer_chain(world, i);
        if (i == peer || chain == NULL) continue;
        if (!peers_share_identity(world, i, peer)) continue;
        if (!versions_share_roots(world, i, peer)) continue;
        struct frame_summary other;
        frame_chain_summary(chain, &other);
        if (frame_hash_compare(&mine.commitment, &other.commitment) != 0) continue;
        if (mine.head_count != other.head_count ||
            frame_hash_compare(&mine.state_root, &other.state_root) != 0)
            check_failed(world, CHECK_SAME_SET_SAME_ROOT, peer,
                         "commitment %s: root %s, but %s has root %s",
                         short_hash(&mine.commitment).text, short_hash(&mine.state_root).text,
                         world->peers[i]->name, short_hash(&other.state_root).text);
    }
}

void checks_step(struct world *world, const struct check_step *step)
{
    const struct peer *self = world_peer(world, step->peer);
    const uint64_t changes = self->changes;
    checks_heard(world, step);
    checks_safe_mode_heard(world, step);
    checks_answered(world, step);
    check_answer(world, step);
    hold_new_ones(world, step->peer, step);
    checks_append(world, step);
    if (self->changes != changes) {
        check_one_kept(world, step->peer);
        check_same_set(world, step->peer);
    }
    for (size_t i = 0; i < step->update->note_count; i++)
        check_note(world, step, &step->update->notes[i],
                   i > 0 ? step->update->notes[i - 1].fault.status : FRAME_OK);
    checks_users(world, step);
    checks_merges(world, step);
    checks_pages(world, step);
    checks_offences(world, step);
    checks_version(world, step);
    checks_promises(world, step);
    checks_discovery(world, step);
    checks_judged(world, step);
}

/* ---- Messages ---- */

static void gossip(struct world *world, int peer, const struct frame_hash *hash, const char *how)
{
    struct peer *self = world_peer(world, peer);
    const int64_t number = ledger_find(&world->ledger, hash);
    if ((holdings_get(&self->holdings, number) & HOLDING_DURABLE) == 0)
        check_failed(world, CHECK_DURABLE_FIRST, peer, "%s %s, which is not durable", how,
                     short_hash(hash).text);
    else
        holdings_set(&self->holdings, number, HOLDING_GOSSIPED);
}

static void check_attest(struct world *world, int peer, struct check_message *attest)
{
    const struct frame_message *message = &attest->read;
    const struct peer *self = world_peer(world, peer);
    for (size_t i = 0; i < message->hash_count; i++) {
        struct frame_hash head;
        frame_hash_array_at(&head, message->hashes, i);
        gossip(world, peer, &head, "attests");
    }
    struct frame_attestation said;
    const enum frame_status status =
        check_message_attests(&said, world, attest, &self->identity_key);
    if (status != FRAME_OK) {
        check_failed(world, CHECK_ATTESTED_IS_HELD, peer, "its attestation is bad: %s",
                     frame_status_name(status));
        return;
    }
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const uint64_t count = frame_chain_count(chain);
    const uint64_t durable = world->driver->durable(self->instance);
    if ((uint64_t)said.receipt_count != durable)
        check_failed(world, CHECK_ATTESTED_IS_HELD, peer, "attests %lld receipts, %llu are durable",
                     (long long)said.receipt_count, (unsigned long long)durable);
    if (durable < count) return; /* a smaller set than summary's */
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    if ((uint64_t)said.receipt_count != count ||
        frame_hash_compare(&said.commitment, &summary.commitment) != 0 ||
        frame_hash_compare(&said.state_root, &summary.state_root) != 0)
        check_failed(world, CHECK_ATTESTED_IS_HELD, peer,
                     "attests %lld receipts, root %s; holds %llu, root %s",
                     (long long)said.receipt_count, short_hash(&said.state_root).text,
                     (unsigned long long)count, short_hash(&summary.state_root).text);
}

static void check_page(struct world *world, int peer, const struct frame_message *message)
{
    struct json_walk walk;
    struct frame_span item;
    json_walk_init(&walk, message->receipts);
    while (json_next_item(&walk, &item)) {
        struct frame_hash hash;
        if (receipt_said_hash(&hash, item)) gossip(world, peer, &hash, "sends");
    }
}

static void remember_attest(struct world *world, struct peer *self, struct frame_span body)
{
    void *bytes = self->attest.body;
    world_reserve(world, &bytes, &self->attest.capacity, body.length, 1);
    self->attest.body = bytes;
    memcpy(self->attest.body, body.bytes, body.length);
    self->attest.length = body.length;
}

void checks_outgoing(struct world *world, int peer, const struct frame_outgoing *outgoing)
{
    struct check_message *message = check_message_of(world, outgoing->bytes);
    const bool again = message->sent_in == world->steps;
    message->sent_in = world->steps;
    if (!message->readable || message->read.type != outgoing->type) {
        check_failed(world, CHECK_ANSWERS, peer, "sends an unreadable %s",
                     frame_message_type_name(outgoing->type));
        return;
    }
    probe_outgoing(world, peer, &message->read);
    checks_answer_to(world, peer, outgoing);
    checks_said(world, peer, outgoing, &message->read);
    if (message->read.type == FRAME_MESSAGE_ATTEST && !again) {
        check_attest(world, peer, message);
        remember_attest(world, world_peer(world, peer), message->body);
    }
    if (message->read.type == FRAME_MESSAGE_PAGE) check_page(world, peer, &message->read);
    if (message->read.type == FRAME_MESSAGE_REQUEST)
        checks_request(world, peer, &outgoing->to, &message->read);
}
