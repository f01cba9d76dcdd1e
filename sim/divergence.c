// SPDX-License-Identifier: Apache-2.0
/* Do peers hold the same set, and if not: who differs, since which receipt, and why. */
#include "sim/world_internal.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/checks.h"

/* ---- The peers that a question is about ---- */

struct company {
    int peers[WORLD_PEERS_MAX];
    size_t count;
};

static void gather(struct company *company, const struct world *world, const int *peers,
                   size_t peer_count)
{
    company->count = 0;
    if (peers != NULL) {
        FRAME_ASSERT(peer_count <= WORLD_PEERS_MAX);
        company->count = peer_count;
        memcpy(company->peers, peers, peer_count * sizeof *peers);
        return;
    }
    for (int i = 0; i < world->peer_count; i++)
        if (world->peers[i]->instance != NULL) company->peers[company->count++] = i;
}

static bool same_set(const struct world *world, int a, int b)
{
    const struct frame_chain *chain_a = world_peer_chain(world, a);
    const struct frame_chain *chain_b = world_peer_chain(world, b);
    if (chain_a == NULL || chain_b == NULL) return false;
    struct frame_summary summary_a;
    struct frame_summary summary_b;
    frame_chain_summary(chain_a, &summary_a);
    frame_chain_summary(chain_b, &summary_b);
    return frame_hash_compare(&summary_a.commitment, &summary_b.commitment) == 0 &&
           frame_hash_compare(&summary_a.state_root, &summary_b.state_root) == 0 &&
           summary_a.head_count == summary_b.head_count &&
           (summary_a.head_count == 0 ||
            memcmp(summary_a.heads, summary_b.heads,
                   summary_a.head_count * sizeof *summary_a.heads) == 0);
}

/* The first of the company with this one's identity and version. */
static int first_of_kin(const struct world *world, const struct company *company, int peer)
{
    for (size_t i = 0; i < company->count; i++)
        if (peers_share_identity(world, company->peers[i], peer) &&
            world_peer_version(world, company->peers[i]) == world_peer_version(world, peer))
            return company->peers[i];
    return peer;
}

bool world_converged(const struct world *world, const int *peers, size_t peer_count)
{
    struct company company;
    gather(&company, world, peers, peer_count);
    for (size_t i = 0; i < company.count; i++)
        if (!same_set(world, first_of_kin(world, &company, company.peers[i]), company.peers[i]))
            return false;
    return true;
}

/* ---- Storage, to the byte ---- */

static void storage_of(struct buffer *storage, const struct world *world, int peer)
{
    buffer_init(storage, &world->allocator);
    const struct frame_sink sink = buffer_sink(storage);
    if (!frame_chain_write_storage(world_peer_chain(world, peer), sink)) storage->failed = true;
}

static bool same_storage(const struct world *world, int a, int b)
{
    struct buffer storage_a;
    struct buffer storage_b;
    storage_of(&storage_a, world, a);
    storage_of(&storage_b, world, b);
    const bool same =
        !storage_a.failed && !storage_b.failed && storage_a.length == storage_b.length &&
        (storage_a.length == 0 || memcmp(storage_a.bytes, storage_b.bytes, storage_a.length) == 0);
    buffer_free(&storage_a);
    buffer_free(&storage_b);
    return same;
}

/* ---- The report ---- */

struct report {
    const struct world *world;
    struct frame_sink sink;
    bool failed;
};

#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
static void
line(struct report *report, const char *format, ...)
{
    char text[400];
    va_list arguments;
    va_start(arguments, format);
    const int written = vsnprintf(text, sizeof text - 1, format, arguments);
    va_end(arguments);
    if (written < 0 || report->failed) return;
    size_t length = strlen(text);
    text[length++] = '\n';
    if (!report->sink.write(report->sink.context, (const uint8_t *)text, length))
        report->failed = true;
}

static void say_set(struct report *report, int peer)
{
    const struct world *world = report->world;
    const struct frame_chain *chain = world_peer_chain(world, peer);
    const char *name = world_peer_name(world, peer);
    if (chain == NULL) {
        line(report, "%s: %s", name, world_peer_state_name(world_peer_state(world, peer)));
        return;
    }
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    line(report, "%s: %zu receipts, %zu heads, commitment %s, root %s", name,
         frame_chain_count(chain), summary.head_count, short_hash(&summary.commitment).text,
         short_hash(&summary.state_root).text);
}

static void say_receipt(struct report *report, const struct frame_chain *chain, int peer,
                        size_t position)
{
    const char *name = world_peer_name(report->world, peer);
    if (position >= frame_chain_count(chain)) {
        line(report, "    %s ends before it", name);
        return;
    }
    struct frame_receipt receipt;
    frame_chain_at(chain, &receipt, position);
    const int64_t number = ledger_find(&report->world->ledger, &receipt.hash);
    const int maker =
        number == LEDGER_NONE ? WORLD_NOBODY : report->world->ledger.entries[number].maker;
    line(report, "    %s has %s, %.*s, timestamp %lld, made by %s", name,
         short_hash(&receipt.hash).text, (int)receipt.intent.length,
         (const char *)receipt.intent.bytes, (long long)receipt.timestamp_s,
         world_peer_name(report->world, maker));
}

/* Receipts that `peer` lacks of those that `other` holds. */
static size_t lacks(const struct frame_chain *chain, const struct frame_chain *other)
{
    size_t count = 0;
    for (size_t i = 0; i < frame_chain_count(other); i++) {
        struct frame_receipt receipt;
        frame_chain_at(other, &receipt, i);
        if (!frame_chain_find(chain, NULL, &receipt.hash)) count++;
    }
    return count;
}

static void say_difference(struct report *report, int a, int b)
{
    const struct frame_chain *chain_a = world_peer_chain(report->world, a);
    const struct frame_chain *chain_b = world_peer_chain(report->world, b);
    size_t position = 0;
    while (position < frame_chain_count(chain_a) && position < frame_chain_count(chain_b)) {
        struct frame_receipt receipt_a;
        struct frame_receipt receipt_b;
        frame_chain_at(chain_a, &receipt_a, position);
        frame_chain_at(chain_b, &receipt_b, position);
        if (frame_hash_compare(&receipt_a.hash, &receipt_b.hash) != 0) break;
        position++;
    }
    line(report, "  %s and %s differ from position %zu on; %s lacks %zu, %s lacks %zu",
         world_peer_name(report->world, a), world_peer_name(report->world, b), position,
         world_peer_name(report->world, a), lacks(chain_a, chain_b),
         world_peer_name(report->world, b), lacks(chain_b, chain_a));
    say_receipt(report, chain_a, a, position);
    say_receipt(report, chain_b, b, position);
    if (!same_storage(report->world, a, b)) line(report, "    their storage differs");
}

static void say_why(struct report *report, int from, int to)
{
    const struct world *world = report->world;
    const struct link *link = world_link(world, from, to);
    const char *from_name = world_peer_name(world, from);
    const char *to_name = world_peer_name(world, to);
    if (link->blocked) line(report, "    %s -> %s: partitioned", from_name, to_name);
    if (link->settings.loss_ppm >= PPM)
        line(report, "    %s -> %s: everything is lost", from_name, to_name);
    if (world_peer_ignores(world, to, from))
        line(report, "    %s -> %s: ignored", from_name, to_name);
    if (link->diverged)
        line(report, "    %s -> %s: policy strict, the chains have diverged", from_name, to_name);
    if (link->refusal != FRAME_OK)
        line(report, "    %s -> %s: last refused with %s at %llu ms", from_name, to_name,
             frame_status_name(link->refusal), (unsigned long long)(link->refusal_us / WORLD_MS));
    if (world_peer(world, to)->knows[from] != TRUSTED &&
        world_peer(world, to)->options.strict_trust)
        line(report, "    %s -> %s: not trusted", from_name, to_name);
}

static void say_state(struct report *report, int peer)
{
    const struct world *world = report->world;
    if (world_peer_in_safe_mode(world, peer))
        line(report, "    %s is in safe mode", world_peer_name(world, peer));
    if (world_peer_state(world, peer) == WORLD_PEER_HALTED)
        line(report, "    %s has halted", world_peer_name(world, peer));
    if (world_peer_version(world, peer) != WORLD_VERSION_OURS)
        line(report, "    %s speaks another version: %s", world_peer_name(world, peer),
             world_version_name(world_peer_version(world, peer)));
    if (world_peer_paused(world, peer))
        line(report, "    %s is paused", world_peer_name(world, peer));
    if (world_peer_frozen(world, peer, WORLD_IN))
        line(report, "    %s hears nobody: it is frozen", world_peer_name(world, peer));
    if (world_peer_frozen(world, peer, WORLD_OUT))
        line(report, "    %s cannot say anything: it is frozen", world_peer_name(world, peer));
    const struct peer_memory *memory = &world_peer(world, peer)->memory;
    if (memory->refused > 0)
        line(report, "    %s has %zu bytes, its bound; it wanted more %llu times",
             world_peer_name(world, peer), memory->limit, (unsigned long long)memory->refused);
}

/* ---- Could they? ---- */

static bool stands(const struct world *world, int peer)
{
    return world_peer_state(world, peer) == WORLD_PEER_UP && !world_peer_paused(world, peer) &&
           !world_peer_frozen(world, peer, WORLD_IN) && !world_peer_frozen(world, peer, WORLD_OUT);
}

static bool gets_through(const struct world *world, int from, int to)
{
    const struct link *link = world_link(world, from, to);
    const struct peer *receiver = world_peer(world, to);
    return !link->blocked && link->blocked_types == 0 && !link->clogged &&
           link->settings.loss_ppm < PPM &&
           (!receiver->options.strict_trust || receiver->knows[from] == TRUSTED);
}

/* Do the two exchange messages: both run, one knows the other, and both links let something through? */
static bool in_touch(const struct world *world, int a, int b)
{
    return stands(world, a) && stands(world, b) && peers_share_identity(world, a, b) &&
           !world_peer_is_adversary(world, a) && !world_peer_is_adversary(world, b) &&
           (world_peer(world, a)->knows[b] != STRANGER ||
            world_peer(world, b)->knows[a] != STRANGER) &&
           gets_through(world, a, b) && gets_through(world, b, a);
}

bool world_cut_off(const struct world *world, const int *peers, size_t peer_count)
{
    struct company company;
    bool reached[WORLD_PEERS_MAX] = {false};
    int waiting[WORLD_PEERS_MAX];
    size_t count = 0;
    gather(&company, world, peers, peer_count);
    if (company.count > 0) waiting[count++] = company.peers[0];
    if (company.count > 0) reached[company.peers[0]] = true;
    while (count > 0) {
        const int peer = waiting[--count];
        for (int i = 0; i < world->peer_count; i++) {
            if (reached[i] || !in_touch(world, peer, i)) continue;
            reached[i] = true;
            waiting[count++] = i;
        }
    }
    for (size_t i = 0; i < company.count; i++)
        if (!reached[company.peers[i]]) return true;
    return false;
}

bool world_divergence(const struct world *world, struct frame_sink sink, const int *peers,
                      size_t peer_count)
{
    struct report report = {.world = world, .sink = sink};
    struct company company;
    gather(&company, world, peers, peer_count);
    for (size_t i = 0; i < company.count; i++)
        say_set(&report, company.peers[i]);
    for (size_t i = 0; i < company.count; i++) {
        const int peer = company.peers[i];
        const int first = first_of_kin(world, &company, peer);
        if (peer == first || same_set(world, first, peer)) continue;
        if (world_peer_chain(world, peer) != NULL && world_peer_chain(world, first) != NULL)
            say_difference(&report, first, peer);
        say_why(&report, first, peer);
        say_why(&report, peer, first);
        say_state(&report, first);
        say_state(&report, peer);
    }
    return !report.failed;
}

static bool same_counts(const struct world *world, int a, int b)
{
    struct frame_summary summary_a;
    struct frame_summary summary_b;
    if (world_peer_chain(world, a) == NULL || world_peer_chain(world, b) == NULL) return false;
    frame_chain_summary(world_peer_chain(world, a), &summary_a);
    frame_chain_summary(world_peer_chain(world, b), &summary_b);
    return summary_a.receipts == summary_b.receipts &&
           summary_a.superseded == summary_b.superseded && summary_a.changed == summary_b.changed;
}

bool world_check_converged(struct world *world, const int *peers, size_t peer_count)
{
    struct company company;
    gather(&company, world, peers, peer_count);
    bool converged = world_converged(world, peers, peer_count);
    for (size_t i = 0; converged && i < company.count; i++) {
        const int first = first_of_kin(world, &company, company.peers[i]);
        if (first != company.peers[i] && !(same_storage(world, first, company.peers[i]) &&
                                           same_counts(world, first, company.peers[i])))
            converged = false;
    }
    if (converged) {
        checks_lost_among(world, company.peers, company.count);
        return true;
    }
    struct buffer text;
    buffer_init(&text, &world->allocator);
    const struct frame_sink sink = buffer_sink(&text);
    (void)world_divergence(world, sink, peers, peer_count);
    check_failed(world, CHECK_CONVERGENCE, WORLD_NOBODY, "%.*s", (int)text.length,
                 (const char *)text.bytes);
    buffer_free(&text);
    return false;
}
