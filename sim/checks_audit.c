// SPDX-License-Identifier: Apache-2.0
/* Checks that look at everything a peer holds: now and then by the tape, and at the end. */
#include "sim/checks.h"

#include <string.h>

#include "core/json.h"
#include "sim/model.h"
#include "sim/versions.h"
#include "sim/world_internal.h"

/* ---- Balances ---- */

static void check_balances(struct world *world, int peer, const struct frame_chain *chain)
{
    struct buffer storage;
    buffer_init(&storage, &world->allocator);
    const struct frame_sink sink = buffer_sink(&storage);
    if (!frame_chain_write_storage(chain, sink)) {
        check_failed(world, CHECK_BALANCES, peer, "its storage cannot be written");
        buffer_free(&storage);
        return;
    }
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    int64_t supply = 0;
    uint64_t sum =
        0; /* 2^53 each, and not as many as 2^11 could overflow it: they sum to the supply */
    json_walk_init(&walk, buffer_view(&storage));
    while (json_next_member(&walk, &key, &value)) {
        int64_t amount;
        if (json_string_is(key, "wallet:totalSupply")) {
            if (!json_integer(value, &supply) || supply < 0)
                check_failed(world, CHECK_BALANCES, peer, "the supply is %.*s", (int)value.length,
                             (const char *)value.bytes);
        } else if (json_string_begins(key, "wallet:balance:")) {
            if (!json_integer(value, &amount) || amount < 0)
                check_failed(world, CHECK_BALANCES, peer, "%.*s is %.*s", (int)key.length,
                             (const char *)key.bytes, (int)value.length, (const char *)value.bytes);
            else
                sum += (uint64_t)amount;
        }
    }
    if (sum != (uint64_t)supply)
        check_failed(world, CHECK_BALANCES, peer, "balances sum to %llu, the supply is %lld",
                     (unsigned long long)sum, (long long)supply);
    buffer_free(&storage);
}

/* ---- Refolding ---- */

static struct frame_span identity_of(const struct peer *self)
{
    return (struct frame_span){(const uint8_t *)self->identity, strlen(self->identity)};
}

static void check_refold(struct world *world, int peer, const struct frame_chain *chain)
{
    const struct peer *self = world_peer(world, peer);
    char why[300] = "a receipt that the model cannot read";
    struct model *model = model_new(identity_of(self), &self->identity_key, world->crypto);
    if (!model_add_chain(model, chain) || !model_compare(model, chain, why, sizeof why))
        check_failed(world, CHECK_REFOLD, peer, "the slow model says otherwise: %s", why);
    model_free(model);
}

/* ---- Verifying anew ---- */

static void compare_figures(struct world *world, int peer, const struct frame_chain *chain,
                            const struct frame_chain *fresh)
{
    struct frame_summary held;
    struct frame_summary anew;
    frame_chain_summary(chain, &held);
    frame_chain_summary(fresh, &anew);
    if (frame_hash_compare(&held.commitment, &anew.commitment) != 0 ||
        frame_hash_compare(&held.state_root, &anew.state_root) != 0 ||
        held.superseded != anew.superseded || held.changed != anew.changed)
        check_failed(world, CHECK_REVERIFY, peer,
                     "root %s, %zu superseded, %zu changed; anew: root %s, %zu, %zu",
                     short_hash(&held.state_root).text, held.superseded, held.changed,
                     short_hash(&anew.state_root).text, anew.superseded, anew.changed);
}

/* One receipt after the other: what became of it, whatever the order in which all of them came. */
static void compare_outcomes(struct world *world, int peer, const struct frame_chain *chain,
                             const struct frame_chain *fresh)
{
    const size_t count = frame_chain_count(chain);
    for (size_t i = 0; i < count && i < frame_chain_count(fresh); i++) {
        struct frame_receipt held;
        struct frame_receipt anew;
        frame_chain_at(chain, &held, i);
        frame_chain_at(fresh, &anew, i);
        if (frame_hash_compare(&held.hash, &anew.hash) == 0 && held.outcome == anew.outcome &&
            held.final == anew.final)
            continue;
        check_failed(world, CHECK_REVERIFY, peer, "at %zu: %s, %s%s; anew: %s, %s%s", i,
                     short_hash(&held.hash).text, frame_outcome_name(held.outcome),
                     held.final ? ", final" : "", short_hash(&anew.hash).text,
                     frame_outcome_name(anew.outcome), anew.final ? ", final" : "");
        return;
    }
}

/* In the world's own memory: an instance's bound is not touched by it. */
static void check_reverify(struct world *world, int peer, const struct frame_chain *chain)
{
    struct frame_chain *fresh = NULL;
    struct frame_fault fault = {FRAME_OK, -1, -1};
    const size_t live = world->arena.live;
    const enum frame_status status = world_rebuild_chain(&fresh, &fault, world, peer);
    if (status == FRAME_OK) {
        compare_figures(world, peer, chain, fresh);
        compare_outcomes(world, peer, chain, fresh);
    } else if (status != FRAME_NO_MEMORY) /* the world's end, not the chain's fault */
        check_failed(world, CHECK_REVERIFY, peer, "%s at %lld", frame_status_name(status),
                     (long long)fault.index);
    const size_t failures = world->failure_count;
    frame_chain_free(fresh);
    if (failures == 0 && world->arena.live != live)
        check_failed(world, CHECK_MEMORY, peer, "a chain made anew keeps %zu bytes",
                     world->arena.live - live);
}

/* ---- Recovering anew (§ 13) ---- */

static void compare_recovered(struct world *world, int peer, const struct frame_chain *chain,
                              const struct frame_chain *recovered,
                              const struct frame_recovery *found)
{
    struct frame_summary held;
    struct frame_summary anew;
    frame_chain_summary(chain, &held);
    frame_chain_summary(recovered, &anew);
    if (found->state != FRAME_LOG_CLEAN || held.receipts != anew.receipts ||
        frame_hash_compare(&held.commitment, &anew.commitment) != 0 ||
        frame_hash_compare(&held.state_root, &anew.state_root) != 0 ||
        held.superseded != anew.superseded || held.changed != anew.changed)
        check_failed(world, CHECK_LOG_REPLAYS, peer,
                     "holds %zu receipts, root %s; its log is %s: %zu receipts, root %s",
                     held.receipts, short_hash(&held.state_root).text,
                     frame_log_state_name(found->state), anew.receipts,
                     short_hash(&anew.state_root).text);
}

/* Another instance of the same keys, of what is on the disk, which nobody hears of. */
static void check_log_replays(struct world *world, int peer, const struct frame_chain *chain)
{
    struct peer *self = world_peer(world, peer);
    struct disk *disk = &self->disk;
    struct frame_recovery found = {.state = FRAME_LOG_CLEAN, .offset = -1};
    struct frame_instance_config config;
    void *instance = NULL;
    if (self->state != WORLD_PEER_UP || self->log_corrupt || disk->durable < disk->length ||
        disk->length == 0 || world->driver->durable(self->instance) < frame_chain_count(chain))
        return;
    frame_instance_config_init(&config);
    config.crypto = world->crypto;
    config.allocator = world->allocator;
    config.dapps = version_dapps(world, self->options.version);
    config.identity = identity_of(self);
    config.identity_secret = self->identity_secret;
    config.transport_secret = self->transport_secret;
    enum frame_status status = world->driver->create(&instance, &config, world->now_us / WORLD_MS);
    if (status != FRAME_OK) return;
    status = disk_open(disk) ? world->driver->recover(instance, &found, disk->bytes, disk->length)
                             : FRAME_NO_MEMORY;
    disk_close(disk);
    if (status == FRAME_OK)
        compare_recovered(world, peer, chain, world->driver->chain(instance), &found);
    else if (status != FRAME_NO_MEMORY)
        check_failed(world, CHECK_LOG_REPLAYS, peer, "its log is not recovered: %s",
                     frame_status_name(status));
    world->driver->destroy(instance);
}

/* ---- When ---- */

static void audit(struct world *world, int peer)
{
    const struct frame_chain *chain = world_peer_chain(world, peer);
    if (check_on(world, CHECK_BALANCES)) check_balances(world, peer, chain);
    /* the model knows the dApps of § 6 and no others */
    if (check_on(world, CHECK_REFOLD) &&
        version_dapps(world, world_peer_version(world, peer)) == NULL &&
        frame_chain_count(chain) <= world->config.refold_receipts_max)
        check_refold(world, peer, chain);
    if (check_on(world, CHECK_REVERIFY)) check_reverify(world, peer, chain);
    if (check_on(world, CHECK_LOG_REPLAYS)) check_log_replays(world, peer, chain);
}

/* Auditing n receipts costs as much as n^2; so over a run it costs as much as small sets do. */
static uint64_t audit_ppm(const struct world *world, int peer)
{
    enum { SMALL = 100 };
    const uint64_t count = frame_chain_count(world_peer_chain(world, peer));
    const uint64_t ppm = world->config.refold_ppm;
    return count <= SMALL ? ppm : ppm * SMALL * SMALL / (count * count);
}

void checks_audit(struct world *world, int peer, bool fully)
{
    struct peer *self = world_peer(world, peer);
    if (self->instance == NULL) return;
    if (fully) {
        audit(world, peer);
        return;
    }
    if (self->audited == self->changes) return;
    self->audited = self->changes;
    struct tape_identity identity;
    tape_identity(&identity, "audit", self->name, NULL, self->changes);
    if (tape_chance(world->tape, &identity, audit_ppm(world, peer), PPM)) audit(world, peer);
}

/* Does a peer before this one hold the same set? Then its audit is this one's. */
static bool audited_before(const struct world *world, int peer)
{
    struct frame_summary mine;
    frame_chain_summary(world_peer_chain(world, peer), &mine);
    for (int i = 0; i < peer; i++) {
        const struct frame_chain *chain = world_peer_chain(world, i);
        if (chain == NULL || !peers_share_identity(world, i, peer) ||
            !versions_share_roots(world, i, peer))
            continue;
        struct frame_summary other;
        frame_chain_summary(chain, &other);
        if (frame_hash_compare(&mine.commitment, &other.commitment) == 0 &&
            frame_hash_compare(&mine.state_root, &other.state_root) == 0)
            return true;
    }
    return false;
}

size_t world_check_end(struct world *world)
{
    for (int i = 0; i < world->peer_count; i++) {
        const struct frame_chain *chain = world_peer_chain(world, i);
        if (chain == NULL) continue;
        if (!audited_before(world, i))
            checks_audit(world, i, true);
        else if (check_on(world, CHECK_LOG_REPLAYS)) /* each has a log of its own */
            check_log_replays(world, i, chain);
    }
    checks_lost(world);
    return world->failure_count;
}
