// SPDX-License-Identifier: Apache-2.0
/* Peers: who they are, and their lives: join, crash, restart, leave. */
#include "sim/world_internal.h"

#include <string.h>

#include "sim/checks.h"

void world_peer_options_init(struct world_peer_options *options)
{
    *options = (struct world_peer_options){.identity = "alice"};
    disk_settings_init(&options->disk);
}

/* ---- Keys ---- */

/* The key pair of the seed SHA-256(purpose, identity, 0, name): the world's seed has no part in it, so that
   runs of different seeds can be compared. */
static void derive_keys(const struct world *world, struct frame_secret_key *secret,
                        struct frame_public_key *key, const char *purpose, const char *identity,
                        const char *name)
{
    const struct frame_crypto *crypto = world->crypto;
    struct frame_sha256 state;
    struct frame_hash seed;
    crypto->sha256_init(crypto->context, &state);
    crypto->sha256_update(crypto->context, &state, (const uint8_t *)purpose, strlen(purpose));
    crypto->sha256_update(crypto->context, &state, (const uint8_t *)identity, strlen(identity) + 1);
    crypto->sha256_update(crypto->context, &state, (const uint8_t *)name, strlen(name));
    crypto->sha256_final(crypto->context, &state, &seed);
    crypto->key_pair(crypto->context, secret, key, seed.bytes);
}

/* ---- Adding ---- */

static bool name_good(const struct world *world, const char *name)
{
    const size_t length = strlen(name);
    if (length == 0 || length > WORLD_NAME_BYTES_MAX) return false;
    for (size_t i = 0; i < length; i++) {
        const char c = name[i];
        const bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
                           (c >= '0' && c <= '9') || c == '_' || c == '.' || c == '-';
        if (!plain) return false;
    }
    return world_peer_find(world, name) == WORLD_NOBODY;
}

/* Tells those who are up, too. */
static void acquaint(struct world *world, int peer, int other, enum acquaintance how)
{
    struct peer *self = world_peer(world, peer);
    self->knows[other] = (uint8_t)how;
    if (self->instance == NULL || how == STRANGER) return;
    const enum frame_status status =
        world->driver->know(self->instance, &world_peer(world, other)->key, how == TRUSTED);
    if (status != FRAME_OK)
        world_tell(world, TRACE_WORLD, peer, other, "could not be told of it: %s",
                   frame_status_name(status));
}

/* Instances of one identity know each other unless the options say otherwise. */
static void introduce(struct world *world, int peer)
{
    const struct peer *self = world->peers[peer];
    for (int i = 0; i < peer; i++) {
        const struct peer *other = world->peers[i];
        if (strcmp(self->identity, other->identity) != 0) continue;
        if (self->options.stranger || other->options.stranger) continue;
        acquaint(world, peer, i, other->options.mistrusted ? KNOWN : TRUSTED);
        acquaint(world, i, peer, self->options.mistrusted ? KNOWN : TRUSTED);
    }
}

static struct peer *peer_make(struct world *world, const char *name,
                              const struct world_peer_options *options)
{
    struct peer *peer = world_take(world, sizeof *peer);
    *peer = (struct peer){.options = *options,
                          .state = WORLD_PEER_ABSENT,
                          .memory = {.world = world, .limit = options->memory_bytes_max},
                          .tick_us = WORLD_NEVER,
                          .pending = NO_INTENT};
    memcpy(peer->name, name, strlen(name));
    memcpy(peer->identity, options->identity, strlen(options->identity));
    peer->options.identity = peer->identity;
    disk_init(&peer->disk, &world->allocator);
    holdings_init(&peer->holdings, &world->allocator);
    derive_keys(world, &peer->identity_secret, &peer->identity_key, "framesim identity",
                peer->identity, "");
    derive_keys(world, &peer->transport_secret, &peer->key, "framesim transport", peer->identity,
                peer->name);
    return peer;
}

int world_add_peer(struct world *world, const char *name, const struct world_peer_options *options)
{
    if (world->peer_count == WORLD_PEERS_MAX || !name_good(world, name)) return -1;
    const size_t identity_length = strlen(options->identity);
    if (identity_length == 0 || identity_length > FRAME_IDENTITY_BYTES_MAX) return -1;
    if (world_exhausted(world)) return -1;
    const int index = world->peer_count;
    world->peers[index] = peer_make(world, name, options);
    world->peer_count++;
    world_links_of_new_peer(world, index);
    introduce(world, index);
    if (!options->absent) world_join(world, index);
    return index;
}

/* ---- Asking ---- */

const char *world_peer_name(const struct world *world, int peer)
{
    return peer == WORLD_NOBODY ? "nobody" : world_peer(world, peer)->name;
}

const char *world_peer_identity(const struct world *world, int peer)
{
    return world_peer(world, peer)->identity;
}

void world_peer_key(const struct world *world, struct frame_public_key *key, int peer)
{
    *key = world_peer(world, peer)->key;
}

enum world_peer_state world_peer_state(const struct world *world, int peer)
{
    return world_peer(world, peer)->state;
}

const char *world_peer_state_name(enum world_peer_state state)
{
    static const char *const names[] = {"absent", "up", "down", "left", "halted"};
    return names[state];
}

bool world_peer_in_safe_mode(const struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    return self->instance != NULL && world->driver->in_safe_mode(self->instance);
}

bool world_peer_is_adversary(const struct world *world, int peer)
{
    return world_peer(world, peer)->options.adversary;
}

const struct frame_chain *world_peer_chain(const struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    return self->instance == NULL ? NULL : world->driver->chain(self->instance);
}

struct frame_span world_peer_disk(const struct world *world, int peer, size_t *durable)
{
    const struct disk *disk = &world_peer(world, peer)->disk;
    *durable = disk->durable;
    return (struct frame_span){disk->bytes, disk->length};
}

void world_peer_recovery(const struct world *world, int peer, struct frame_recovery *recovery)
{
    *recovery = world_peer(world, peer)->recovery;
}

bool world_peer_durable(const struct world *world, int peer, const struct frame_hash *receipt)
{
    const int64_t number = ledger_find(&world->ledger, receipt);
    return (holdings_get(&world_peer(world, peer)->holdings, number) & HOLDING_DURABLE) != 0;
}

bool world_peer_holds_forged(const struct world *world, int peer)
{
    return world_peer(world, peer)->holds_forged;
}

bool world_peer_ignores(const struct world *world, int peer, int other)
{
    const struct peer *self = world_peer(world, peer);
    struct frame_peer_state state;
    return self->instance != NULL &&
           world->driver->peer_state(self->instance, &state, &world_peer(world, other)->key) &&
           state.ignored_until_ms > world->now_us / WORLD_MS;
}

/* ---- Beginning a life ---- */

static void configure(struct world *world, struct peer *peer, struct frame_instance_config *config)
{
    const struct world_peer_options *options = &peer->options;
    frame_instance_config_init(config);
    config->crypto = world->crypto;
    config->allocator = peer_allocator(peer);
    config->dapps = world->config.dapps;
    config->identity = (struct frame_span){(const uint8_t *)peer->identity, strlen(peer->identity)};
    config->identity_secret = peer->identity_secret;
    config->transport_secret = peer->transport_secret;
    config->policy = options->policy;
    config->strict_trust = options->strict_trust;
    struct tape_identity identity;
    tape_identity(&identity, "jitter", peer->name, NULL, peer->life);
    config->jitter_seed = tape_choose(world->tape, &identity, UINT64_C(1) << 32);
#define OPTION(name) \
    if (options->name != 0) config->name = options->name
    OPTION(gossip_interval_ms);
    OPTION(coalesce_ms);
    OPTION(request_timeout_ms);
    OPTION(retry_ms_max);
    OPTION(ignore_ms);
    OPTION(ignore_ms_max);
    OPTION(offences_max);
    OPTION(peers_max);
    OPTION(staging_receipts_max);
    OPTION(staging_bytes_max);
#undef OPTION
}

static void tell_recovery(struct world *world, int index)
{
    const struct frame_recovery *found = &world->peers[index]->recovery;
    world_tell(world, TRACE_RESTART, index, WORLD_NOBODY,
               "log %s, %zu receipts, %zu set aside%s%s%s", frame_log_state_name(found->state),
               found->receipts, found->set_aside, found->cause == FRAME_OK ? "" : ", ",
               found->cause == FRAME_OK ? "" : frame_status_name(found->cause),
               found->safe_mode ? ", safe mode" : "");
}

/* What recovery does with the log (§ 13): a torn tail is cut off. A corrupt log stays as it is, and is
   appended to, until safe mode is over: see world_step.c. */
static enum frame_status recover(struct world *world, int index)
{
    struct peer *peer = world->peers[index];
    const struct disk *disk = &peer->disk;
    struct frame_recovery *found = &peer->recovery;
    *found = (struct frame_recovery){.state = FRAME_LOG_CLEAN, .offset = -1};
    peer->rewrite = false;
    peer->log_corrupt = false;
    if (disk->length == 0) return FRAME_OK;
    const enum frame_status status =
        world->driver->recover(peer->instance, found, disk->bytes, disk->length);
    peer->log_corrupt = status == FRAME_OK && found->state == FRAME_LOG_CORRUPT;
    if (status == FRAME_OK && found->state == FRAME_LOG_TORN) {
        FRAME_ASSERT(found->offset >= 0 && (uint64_t)found->offset <= disk->length);
        disk_cut(&peer->disk, (size_t)found->offset);
    }
    return status;
}

static void hash_life(struct world *world, int index, enum trace_kind kind)
{
    const struct peer *peer = world->peers[index];
    struct run_record record;
    run_record_begin(&record);
    run_record_integer(&record, world->now_us);
    run_record_integer(&record, (uint64_t)kind);
    run_record_integer(&record, (uint64_t)index);
    run_record_integer(&record, (uint64_t)peer->recovery.state);
    run_record_integer(&record, peer->recovery.receipts);
    run_record_bytes(&record, peer->disk.bytes, peer->disk.length);
    run_hash_add(&world->hash, &record);
}

static void begin(struct world *world, int index, enum trace_kind kind)
{
    struct peer *peer = world->peers[index];
    if (peer->options.adversary) {
        peer->state = WORLD_PEER_UP;
        world_tell(world, kind, index, WORLD_NOBODY, "an adversary");
        return;
    }
    struct frame_instance_config config;
    configure(world, peer, &config);
    peer->life++;
    enum frame_status status =
        world->driver->create(&peer->instance, &config, world->now_us / WORLD_MS);
    if (status != FRAME_OK) peer->instance = NULL;
    for (int i = 0; status == FRAME_OK && i < world->peer_count; i++)
        if (peer->knows[i] != STRANGER)
            status = world->driver->know(peer->instance, &world->peers[i]->key,
                                         peer->knows[i] == TRUSTED);
    if (status == FRAME_OK) status = recover(world, index);
    if (status != FRAME_OK) {
        world_tell(world, kind, index, WORLD_NOBODY, "failed: %s", frame_status_name(status));
        if (peer->instance != NULL) peer_end(world, index);
        peer->state = WORLD_PEER_DOWN;
        return;
    }
    peer->state = WORLD_PEER_UP;
    world->steps++;
    if (kind == TRACE_RESTART)
        tell_recovery(world, index);
    else
        world_tell(world, kind, index, WORLD_NOBODY, "is here");
    hash_life(world, index, kind);
    checks_recovered(world, index);
    world_wind_clock(world, index, world->now_us);
    world_pump(world, index);
}

/* ---- Ending one ---- */

void peer_end(struct world *world, int index)
{
    struct peer *peer = world->peers[index];
    world->driver->destroy(peer->instance);
    peer->instance = NULL;
    peer->leaving = false;
    peer->tick_us = WORLD_NEVER;
    peer->tick_stamp++;
    peer->life++; /* so that nothing scheduled for this life comes to the next one */
    users_peer_down(world, index);
    checks_ended(world, index);
}

void peer_finish_leaving(struct world *world, int index)
{
    struct peer *peer = world->peers[index];
    peer_end(world, index);
    peer->state = WORLD_PEER_LEFT;
    world_tell(world, TRACE_LEAVE, index, WORLD_NOBODY, "has left");
    hash_life(world, index, TRACE_LEAVE);
}

void world_join(struct world *world, int peer)
{
    const enum world_peer_state state = world_peer_state(world, peer);
    if (state == WORLD_PEER_ABSENT) begin(world, peer, TRACE_JOIN);
    if (state == WORLD_PEER_LEFT) begin(world, peer, TRACE_RESTART);
}

void world_leave(struct world *world, int index)
{
    struct peer *peer = world_peer(world, index);
    if (peer->state == WORLD_PEER_HALTED) world_crash(world, index);
    if (peer->state != WORLD_PEER_UP || peer->leaving) return;
    world_tell(world, TRACE_LEAVE, index, WORLD_NOBODY, "is about to leave");
    if (peer->options.adversary) {
        peer->state = WORLD_PEER_LEFT;
        return;
    }
    struct frame_event stop = {.type = FRAME_EVENT_STOP};
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    peer->leaving = true;
    (void)world_step(world, index, &stop, &origin);
    if (peer->leaving && peer->disk.durable == peer->disk.length) peer_finish_leaving(world, index);
}

void world_crash(struct world *world, int index)
{
    struct peer *peer = world_peer(world, index);
    if (peer->state != WORLD_PEER_UP && peer->state != WORLD_PEER_HALTED) return;
    peer->crash_in_sync = false;
    peer->state = WORLD_PEER_DOWN;
    peer->counters.crashes++;
    if (peer->options.adversary) {
        world_tell(world, TRACE_CRASH, index, WORLD_NOBODY, "an adversary");
        return;
    }
    peer_end(world, index);
    const size_t lost = disk_crash(&peer->disk, peer->options.disk.torn, world->tape, peer->name);
    peer->counters.writes_lost += lost;
    world->steps++;
    world_tell(world, TRACE_CRASH, index, WORLD_NOBODY, "%zu writes lost, %zu bytes are left", lost,
               peer->disk.length);
    hash_life(world, index, TRACE_CRASH);
}

void world_crash_in_sync(struct world *world, int peer)
{
    world_peer(world, peer)->crash_in_sync = true;
}

void world_restart(struct world *world, int index)
{
    struct peer *peer = world_peer(world, index);
    world_crash(world, index);
    if (peer->state == WORLD_PEER_ABSENT) {
        world_join(world, index);
        return;
    }
    peer->counters.restarts++;
    begin(world, index, TRACE_RESTART);
}

/* ---- Changing one ---- */

void world_know(struct world *world, int peer, int other, bool trusted)
{
    (void)world_peer(world, other);
    acquaint(world, peer, other, trusted ? TRUSTED : KNOWN);
}

void world_accept_loss(struct world *world, int peer)
{
    struct frame_event event = {.type = FRAME_EVENT_ACCEPT_LOSS};
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    if (world_peer(world, peer)->state != WORLD_PEER_UP) return;
    if (world_peer(world, peer)->instance == NULL) return;
    (void)world_step(world, peer, &event, &origin);
    world_pump(world, peer);
}

void world_set_clock(struct world *world, int peer, int64_t offset_s)
{
    world_peer(world, peer)->options.clock_offset_s = offset_s;
    world_tell(world, TRACE_CLOCK, peer, WORLD_NOBODY, "%+lld s", (long long)offset_s);
}

void world_set_disk(struct world *world, int peer, const struct disk_settings *settings)
{
    world_peer(world, peer)->options.disk = *settings;
}

void world_flip_disk_bit(struct world *world, int index, size_t offset, unsigned bit)
{
    struct peer *peer = world_peer(world, index);
    if (offset >= peer->disk.length) return;
    peer->disk.bytes[offset] ^= (uint8_t)(1u << bit % 8);
    peer->damaged = true;
    world_tell(world, TRACE_WORLD, index, WORLD_NOBODY, "a bit of its disk flips at byte %zu",
               offset);
}

void world_cut_disk(struct world *world, int index, size_t length)
{
    struct peer *peer = world_peer(world, index);
    if (peer->instance != NULL || length >= peer->disk.length) return;
    disk_cut(&peer->disk, length);
    peer->damaged = true;
    world_tell(world, TRACE_WORLD, index, WORLD_NOBODY, "its disk is cut to %zu bytes", length);
}
