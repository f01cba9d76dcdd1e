// SPDX-License-Identifier: Apache-2.0
/* Checks of what instances promise one another and their users: bounds, trust, reports, and that nothing is lost. */
#include "sim/checks.h"

#include <string.h>

#include "core/message.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

/* ---- Who is ignored, and for how long (§ 12) ---- */

static void check_ignoring(struct world *world, const struct check_step *step,
                           const struct frame_note *note)
{
    struct frame_instance_config config;
    struct frame_peer_state state;
    const struct peer *self = world_peer(world, step->peer);
    peer_settings(&config, self);
    const uint64_t until_ms = step->event->now_ms + config.ignore_ms_max;
    const bool known = world->driver->peer_state(self->instance, &state, &note->peer);
    if (note->count > config.ignore_ms_max || (known && state.ignored_until_ms > until_ms))
        check_failed(world, CHECK_IGNORING_ENDS, step->peer,
                     "ignores %s for %llu ms, at most %llu are allowed",
                     world_peer_name(world, peer_first_with_key(world, &note->peer)),
                     (unsigned long long)note->count, (unsigned long long)config.ignore_ms_max);
}

/* The n-th note is an offence: of so many the peer is ignored at once, of fewer it is not. */
static void check_offence(struct world *world, const struct check_step *step, size_t n)
{
    struct frame_instance_config config;
    const struct frame_note *note = &step->update->notes[n];
    peer_settings(&config, world_peer(world, step->peer));
    if (check_note_is(step, n + 1, FRAME_NOTE_IGNORING, &note->peer) !=
        (note->count >= config.offences_max))
        check_failed(world, CHECK_IGNORED, step->peer,
                     "offence %llu of %s, of %llu that make it ignored",
                     (unsigned long long)note->count,
                     world_peer_name(world, peer_first_with_key(world, &note->peer)),
                     (unsigned long long)config.offences_max);
}

/* A message of whom it ignores, and did before, is refused as that: but for what nobody can be said to have sent. */
static void check_ignored(struct world *world, const struct check_step *step)
{
    struct frame_peer_state state;
    const struct peer *self = world_peer(world, step->peer);
    const struct frame_public_key *from = step->message->from;
    if (from == NULL || step->status != FRAME_OK || check_starved(world, step) ||
        !world->driver->peer_state(self->instance, &state, from) ||
        state.ignored_until_ms <= step->event->now_ms)
        return;
    for (size_t i = 0; i < step->update->note_count; i++) {
        const struct frame_note *note = &step->update->notes[i];
        if (note->type == FRAME_NOTE_REFUSED &&
            (note->fault.status == FRAME_IGNORED || note->fault.status == FRAME_ENVELOPE ||
             note->fault.status == FRAME_UNTRUSTED))
            return;
        if (check_note_is(step, i, FRAME_NOTE_IGNORING, from)) return; /* from now on */
    }
    check_failed(world, CHECK_IGNORED, step->peer, "hears %s, whom it ignores",
                 world_peer_name(world, peer_first_with_key(world, from)));
}

/* ---- Strict trust lets nobody in (§ 12) ---- */

/* Trust is in keys, as the instance was told of them: twins come, go and share theirs. */
static void check_trust(struct world *world, int peer, const struct frame_public_key *key,
                        const char *what)
{
    const struct peer *self = world_peer(world, peer);
    const int other = peer_first_with_key(world, key);
    if (!self->options.strict_trust || (other != WORLD_NOBODY && self->told[other] == TRUSTED))
        return;
    check_failed(world, CHECK_STRICT_TRUST, peer, "%s %s, whom it does not trust", what,
                 world_peer_name(world, other));
}

void checks_answer_to(struct world *world, int peer, const struct frame_outgoing *outgoing)
{
    if (outgoing->type == FRAME_MESSAGE_PAGE || outgoing->type == FRAME_MESSAGE_REJECT)
        check_trust(world, peer, &outgoing->to, "answers");
}

/* ---- Reports of joins (§ 8, 9) ---- */

/* Is each receipt of a list as it says? Returns how many of them are changed. */
static size_t check_list(struct world *world, int peer, const struct frame_hash *hashes,
                         size_t count, enum frame_outcome outcome, bool is)
{
    size_t changed = 0;
    for (size_t i = 0; i < count; i++) {
        struct frame_receipt receipt;
        const bool held = frame_chain_find(world_peer_chain(world, peer), &receipt, &hashes[i]);
        if (!held || (receipt.outcome == outcome) != is)
            check_failed(world, CHECK_REPORTS, peer, "a report names %s, which is not so",
                         short_hash(&hashes[i]).text);
        changed += held && receipt.outcome == FRAME_OUTCOME_CHANGED;
    }
    return changed;
}

/* Of a step's last report; returns how many receipts it names as changed or restored that are not changed now. */
static size_t check_named(struct world *world, int peer, const struct frame_report *report)
{
    (void)check_list(world, peer, report->superseded, report->superseded_count,
                     FRAME_OUTCOME_SUPERSEDED, true);
    return report->changed_count + report->restored_count -
           check_list(world, peer, report->changed, report->changed_count, FRAME_OUTCOME_CHANGED,
                      true) -
           check_list(world, peer, report->restored, report->restored_count,
                      FRAME_OUTCOME_SUPERSEDED, false);
}

/*
 * What the reports of a step name adds up to what has changed. There are several where pages have waited for what was
 * not durable; what an earlier one names may then have changed once more. Of frames that were set aside
 * nothing is named.
 */
static void check_reports(struct world *world, const struct check_step *step)
{
    const struct check_before *before = step->before;
    const struct frame_update *update = step->update;
    struct frame_summary now;
    size_t fresh = 0;
    size_t superseded = before->superseded;
    size_t restored = 0;
    size_t changed = before->changed;
    size_t last = update->note_count;
    for (size_t i = 0; i < update->note_count; i++) {
        const struct frame_report *report = &update->notes[i].report;
        if (update->notes[i].type != FRAME_NOTE_JOINED) continue;
        if (peer_first_with_key(world, &update->notes[i].peer) == WORLD_NOBODY) return;
        fresh += report->fresh;
        superseded += report->superseded_count;
        restored += report->restored_count;
        changed += report->changed_count + report->restored_count;
        last = i;
    }
    if (last == update->note_count) return;
    changed -= check_named(world, step->peer, &update->notes[last].report);
    frame_chain_summary(world_peer_chain(world, step->peer), &now);
    if (superseded - restored != now.superseded)
        check_failed(world, CHECK_REPORTS, step->peer,
                     "%zu superseded, then %zu, and %zu restored are reported; now there are %zu",
                     before->superseded, superseded, restored, now.superseded);
    if (changed < now.changed) /* one that is accepted again as it was told is named nowhere */
        check_failed(world, CHECK_REPORTS, step->peer, "%zu changed are reported, there are %zu",
                     changed, now.changed);
    if (before->arrivals + fresh != frame_chain_count(world_peer_chain(world, step->peer)))
        check_failed(world, CHECK_REPORTS, step->peer, "%zu new receipts are reported", fresh);
}

/* Policy strict takes what goes on behind all that is held, and nothing else (§ 9). */
static void check_strict_policy(struct world *world, const struct check_step *step)
{
    const struct frame_chain *chain = world_peer_chain(world, step->peer);
    const size_t held = (size_t)step->before->arrivals;
    bool joined = false;
    if (world_peer(world, step->peer)->options.policy != FRAME_POLICY_STRICT ||
        step->before->safe_mode)
        return;
    for (size_t i = 0; i < step->update->note_count; i++)
        joined = joined || step->update->notes[i].type == FRAME_NOTE_JOINED;
    for (size_t i = 0; joined && i < held; i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        if (receipt.arrival < held) continue;
        check_failed(world, CHECK_STRICT_POLICY, step->peer,
                     "takes %s, which comes before what it held", short_hash(&receipt.hash).text);
        return;
    }
}

/* ---- Comparisons (§ 11) ---- */

/* What the attestation in the step's message says of its sender beside what the peer held: where all of that was
   durable, it is what the peer attests itself. */
static void check_comparison(struct world *world, const struct check_step *step,
                             const struct frame_note *note)
{
    const struct check_before *before = step->before;
    struct check_message *message = step->message;
    struct frame_attestation said;
    if (before->durable != before->arrivals || !message->readable ||
        message->read.type != FRAME_MESSAGE_ATTEST ||
        check_message_attests(&said, world, message,
                              &world_peer(world, step->peer)->identity_key) != FRAME_OK)
        return;
    const uint64_t theirs = (uint64_t)said.receipt_count;
    const bool same = frame_hash_compare(&said.commitment, &before->commitment) == 0;
    const bool same_root = frame_hash_compare(&said.state_root, &before->state_root) == 0;
    bool so = false;
    switch (note->comparison) {
    case FRAME_SYNCHRONIZED: so = same && same_root; break;
    case FRAME_NONDETERMINISM: so = same && !same_root; break;
    case FRAME_LOCAL_AHEAD: so = !same && before->arrivals > theirs; break;
    case FRAME_REMOTE_AHEAD: so = !same && before->arrivals < theirs; break;
    case FRAME_DIVERGED: so = !same && before->arrivals == theirs; break;
    }
    if (!so)
        check_failed(world, CHECK_REPORTS, step->peer,
                     "compares its %llu receipts with %llu: %s, which is not so",
                     (unsigned long long)before->arrivals, (unsigned long long)theirs,
                     frame_comparison_name(note->comparison));
}

/* ---- Bounds of memory and work (§ 12) ---- */

/* Receipts on the page that the step's message is, if it is one. */
static uint64_t page_receipts(const struct check_message *message)
{
    if (!message->readable || message->read.type != FRAME_MESSAGE_PAGE) return 0;
    return message->read.receipt_count;
}

/* Receipts that are staged of all peers, under every key there is: it may be a twin's no more. Where none was and no page
   came, none is. */
static uint64_t staged(const struct world *world, const struct check_step *step, size_t *most)
{
    const struct peer *self = world_peer(world, step->peer);
    uint64_t sum = 0;
    *most = 0;
    if (step->before->staged == 0 && page_receipts(step->message) == 0) return 0;
    for (int i = 0; i < world->peer_count; i++) {
        struct frame_peer_state state;
        if (!world->driver->peer_state(self->instance, &state, &world->peers[i]->own_key)) continue;
        sum += state.staged_receipts;
        if (state.staged_receipts > *most) *most = state.staged_receipts;
    }
    return sum;
}

/* An envelope, an attestation, and each receipt that is staged once: nobody can make an instance verify more.
   In safe mode the frames that were set aside are tried again and again. */
static void check_work(struct world *world, const struct check_step *step)
{
    const struct check_before *before = step->before;
    uint64_t asked;
    uint64_t remembered;
    crypto_memo_figures(world->memo, &asked, &remembered);
    const uint64_t work = asked - before->verified;
    if (work <= 2 || before->safe_mode) return;
    const uint64_t work_max = 2 + before->staged + page_receipts(step->message);
    if (work > work_max)
        check_failed(world, CHECK_BOUNDS, step->peer,
                     "verifies %llu signatures in a step, at most %llu are to be verified",
                     (unsigned long long)work, (unsigned long long)work_max);
}

/* So much for each byte of what is held and for each byte that may be staged of each peer, and a little more. */
static void check_memory(struct world *world, const struct check_step *step,
                         const struct frame_instance_config *config)
{
    enum { BASE_BYTES = 1 << 20, TIMES = 24 };
    const struct peer *self = world_peer(world, step->peer);
    const uint64_t peers = (uint64_t)world->peer_count;
    size_t wire;
    size_t other;
    frame_chain_memory(world_peer_chain(world, step->peer), &wire, &other);
    const uint64_t live_max = BASE_BYTES + TIMES * ((uint64_t)wire + other) +
                              peers * 2 * (config->staging_bytes_max + FRAME_PAGE_BYTES_MAX);
    if (self->memory.live > live_max)
        check_failed(world, CHECK_BOUNDS, step->peer, "has %zu bytes of memory, at most %llu",
                     self->memory.live, (unsigned long long)live_max);
}

static void check_bounds(struct world *world, const struct check_step *step)
{
    struct frame_instance_config config;
    size_t most;
    peer_settings(&config, world_peer(world, step->peer));
    world_peer(world, step->peer)->staged = staged(world, step, &most);
    if (most >= config.staging_receipts_max + FRAME_PAGE_RECEIPTS_MAX)
        check_failed(world, CHECK_BOUNDS, step->peer, "stages %zu receipts of one peer", most);
    if (step->update->message_count > 2 * (size_t)config.peers_max + 1)
        check_failed(world, CHECK_BOUNDS, step->peer, "sends %zu messages in one step",
                     step->update->message_count);
    check_work(world, step);
    check_memory(world, step, &config);
}

/* ---- The step ---- */

void checks_promises(struct world *world, const struct check_step *step)
{
    check_bounds(world, step); /* before anything here has a signature checked */
    for (size_t i = 0; i < step->update->note_count; i++) {
        const struct frame_note *note = &step->update->notes[i];
        if (note->type == FRAME_NOTE_IGNORING) check_ignoring(world, step, note);
        if (note->type == FRAME_NOTE_OFFENCE) check_offence(world, step, i);
        if (note->type == FRAME_NOTE_COMPARED) {
            check_trust(world, step->peer, &note->peer, "hears");
            check_comparison(world, step, note);
        }
    }
    check_ignored(world, step);
    check_reports(world, step);
    check_strict_policy(world, step);
}

/* ---- Nothing that a user was told is lost (§ 8, 9, 12) ---- */

/* Does anybody have it: who is up in its set; in safe mode also set aside; the others on their disks? */
static bool somebody_has(const struct world *world, int64_t number)
{
    for (int i = 0; i < world->peer_count; i++) {
        const struct peer *self = world->peers[i];
        uint8_t flag = HOLDING_HELD;
        if (self->instance == NULL) flag = HOLDING_DURABLE;
        if (world_peer_in_safe_mode(world, i)) flag |= HOLDING_DURABLE;
        if ((holdings_get(&self->holdings, number) & flag) != 0) return true;
    }
    return false;
}

/* Is it promised still? Not where the disk of who told it has broken its own promise of it. */
static bool promised(const struct world *world, size_t number)
{
    const struct ledger_entry *entry = &world->ledger.entries[number];
    return entry->told && (holdings_get(&world->peers[entry->told_by]->holdings, (int64_t)number) &
                           HOLDING_ACKNOWLEDGED) != 0;
}

void checks_lost(struct world *world)
{
    for (size_t i = 0; i < world->ledger.count; i++) {
        const struct ledger_entry *entry = &world->ledger.entries[i];
        if (promised(world, i) && !somebody_has(world, (int64_t)i))
            check_failed(world, CHECK_NOTHING_LOST, entry->told_by,
                         "acknowledged %s, and nobody has it any more",
                         short_hash(&entry->hash).text);
    }
}

bool world_all_lost(const struct world *world)
{
    size_t told = 0;
    for (size_t i = 0; i < world->ledger.count; i++) {
        if (!world->ledger.entries[i].told) continue;
        if (somebody_has(world, (int64_t)i)) return false;
        told++;
    }
    return told > 0;
}

static bool is_among(const int *peers, size_t count, int peer)
{
    for (size_t i = 0; i < count; i++)
        if (peers[i] == peer) return true;
    return false;
}

/* Would the peer hold it, had it converged with who was told? */
static bool concerns(const struct world *world, const struct ledger_entry *entry, int peer)
{
    const struct peer *self = world->peers[peer];
    const enum world_version version = world_peer_version(world, peer);
    return strcmp(self->identity, world->peers[entry->told_by]->identity) == 0 &&
           version == world_peer_version(world, entry->told_by) &&
           entry->dapps == version_dapps(world, version);
}

void checks_lost_among(struct world *world, const int *peers, size_t count)
{
    for (size_t n = 0; n < world->ledger.count; n++) {
        const struct ledger_entry *entry = &world->ledger.entries[n];
        if (!promised(world, n) || !is_among(peers, count, entry->told_by) ||
            world_peer_in_safe_mode(world, entry->told_by)) /* it may lack a parent still (§ 13) */
            continue;
        for (size_t i = 0; i < count; i++) {
            const struct frame_chain *chain = world_peer_chain(world, peers[i]);
            if (chain == NULL || frame_chain_find(chain, NULL, &entry->hash) ||
                !concerns(world, entry, peers[i]))
                continue;
            check_failed(world, CHECK_NOTHING_LOST, peers[i],
                         "has converged with %s, which acknowledged %s, and does not hold it",
                         world_peer_name(world, entry->told_by), short_hash(&entry->hash).text);
        }
    }
}
