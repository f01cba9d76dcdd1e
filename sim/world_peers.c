// SPDX-License-Identifier: Apache-2.0
/* Peers: who they are, and their lives: join, crash, restart, leave. */
#include "sim/world_internal.h"

#include <string.h>

#include "sim/checks.h"
#include "sim/versions.h"

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
    if (self->instance == NULL) return;
    const enum frame_status status = peer_tell_key(world, peer, other);
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
    struct peer *self = world_take(world, sizeof *self);
    *self = (struct peer){.options = *options,
                          .state = WORLD_PEER_ABSENT,
                          .memory = {.world = world, .limit = options->memory_bytes_max},
                          .tick_us = WORLD_NEVER,
                          .pending = NO_INTENT};
    memcpy(self->name, name, strlen(name));
    memcpy(self->identity, options->identity, strlen(options->identity));
    self->options.identity = self->identity;
    disk_init(&self->disk, &world->allocator, &world->texts);
    holdings_init(&self->holdings, &world->allocator);
    derive_keys(world, &self->identity_secret, &self->identity_key, "framesim identity",
                self->identity, "");
    derive_keys(world, &self->transport_secret, &self->key, "framesim transport", self->identity,
                self->name);
    self->own_transport_secret = self->transport_secret;
    self->own_key = self->key;
    return self;
}

int world_add_peer(struct world *world, const char *name, const struct world_peer_options *options)
{
    if (world->peer_count == WORLD_PEERS_MAX || !name_good(world, name)) return -1;
    const size_t identity_length = strlen(options->identity);
    if (identity_length == 0 || identity_length > FRAME_IDENTITY_BYTES_MAX) return -1;
    if (world_exhausted(world)) return -1;
    const int peer = world->peer_count;
    struct peer *self = peer_make(world, name, options);
    self->network = port_open(&self->port, world, peer);
    world->peers[peer] = self;
    world->peer_count++;
    world_links_of_new_peer(world, peer);
    world_keys_changed(world);
    introduce(world, peer);
    if (!options->absent) world_join(world, peer);
    return peer;
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

size_t world_peer_disk(const struct world *world, int peer, size_t *durable)
{
    const struct disk *disk = &world_peer(world, peer)->disk;
    *durable = disk->durable;
    return disk->length;
}

struct frame_span world_peer_log(const struct world *world, int peer)
{
    struct disk *disk = &world_peer(world, peer)->disk;
    FRAME_MUST(disk_open(disk));
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

void peer_settings(struct frame_instance_config *config, const struct peer *self)
{
    const struct world_peer_options *options = &self->options;
    frame_instance_config_init(config);
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
    OPTION(announce_interval_ms);
    OPTION(table_peers_max);
#undef OPTION
}

uint64_t world_gossip_ms(const struct world *world, int peer)
{
    struct frame_instance_config config;
    peer_settings(&config, world_peer(world, peer));
    return config.gossip_interval_ms;
}

static void configure(struct world *world, struct peer *self, struct frame_instance_config *config)
{
    const struct world_peer_options *options = &self->options;
    peer_settings(config, self);
    config->crypto = world->crypto;
    config->allocator = peer_allocator(self);
    config->dapps = version_dapps(world, options->version);
    config->identity = (struct frame_span){(const uint8_t *)self->identity, strlen(self->identity)};
    config->identity_secret = self->identity_secret;
    config->transport_secret = self->transport_secret;
    config->policy = options->policy;
    config->strict_trust = options->strict_trust;
    config->discovery = options->discovery;
    config->capabilities &= ~options->lacking;
    struct tape_identity identity;
    tape_identity(&identity, "jitter", self->name, NULL, self->life);
    config->jitter_seed = tape_choose(world->tape, &identity, UINT64_C(1) << 32);
}

static void tell_recovery(struct world *world, int peer)
{
    const struct frame_recovery *found = &world->peers[peer]->recovery;
    world_tell(world, TRACE_RESTART, peer, WORLD_NOBODY,
               "log %s, %zu receipts, %zu set aside%s%s%s", frame_log_state_name(found->state),
               found->receipts, found->set_aside, found->cause == FRAME_OK ? "" : ", ",
               found->cause == FRAME_OK ? "" : frame_status_name(found->cause),
               found->safe_mode ? ", safe mode" : "");
}

/* What recovery does with the log (§ 13): a torn tail is cut off. A corrupt log stays as it is, and is
   appended to, until safe mode is over: see world_disk.c. */
static enum frame_status recover(struct world *world, int peer, size_t length)
{
    struct peer *self = world->peers[peer];
    struct disk *disk = &self->disk;
    struct frame_recovery *found = &self->recovery;
    *found = (struct frame_recovery){.state = FRAME_LOG_CLEAN, .offset = -1};
    self->rewrite = false;
    self->loss_accepted = false;
    self->log_corrupt = false;
    if (length > 0) {
        if (!disk_open(disk)) return FRAME_NO_MEMORY;
        self->memory.at_work = true;
        const enum frame_status status =
            world->driver->recover(self->instance, found, disk->bytes, length);
        self->memory.at_work = false;
        if (status != FRAME_OK) return status;
    }
    checks_log_read(world, peer, length);
    if (length == disk->length) { /* else it is not to be acted upon */
        self->log_corrupt = found->state == FRAME_LOG_CORRUPT;
        if (found->state == FRAME_LOG_TORN) {
            FRAME_ASSERT(found->offset >= 0 && (uint64_t)found->offset <= disk->length);
            disk_cut(disk, (size_t)found->offset);
        }
    }
    disk_close(disk);
    return FRAME_OK;
}

static void hash_life(struct world *world, int peer, enum trace_kind kind)
{
    const struct peer *self = world->peers[peer];
    struct run_record record;
    uint8_t digest[16];
    run_record_begin(&record);
    run_record_integer(&record, world->now_us);
    run_record_integer(&record, (uint64_t)kind);
    run_record_integer(&record, (uint64_t)peer);
    run_record_integer(&record, (uint64_t)self->recovery.state);
    run_record_integer(&record, self->recovery.receipts);
    disk_digest(&self->disk, digest);
    run_record_digest(&record, digest, self->disk.length);
    run_hash_add(&world->hash, &record);
}

/* An instance that knows whom it has to, and has taken in the first `length` bytes of its log. */
static enum frame_status come_up(struct world *world, int peer, size_t length)
{
    struct peer *self = world->peers[peer];
    struct frame_instance_config config;
    configure(world, self, &config);
    self->life++;
    self->answers = 0;
    self->answers_since_us = world->now_us;
    self->issued_in = 0;
    self->staged = 0;
    self->spoken |= UINT32_C(1) << self->options.version;
    self->memory.at_work = true;
    enum frame_status status =
        world->driver->create(&self->instance, &config, world->now_us / WORLD_MS);
    if (status != FRAME_OK) self->instance = NULL;
    memset(self->told, STRANGER, sizeof self->told);
    for (int i = 0; status == FRAME_OK && i < world->peer_count; i++)
        status = peer_tell_key(world, peer, i);
    self->memory.at_work = false;
    return status == FRAME_OK ? recover(world, peer, length) : status;
}

/* A reading that gives less than the file has is not acted upon, least of all is the log cut: what came up on it is
   given up, and the log is read again. */
static enum frame_status come_up_whole(struct world *world, int peer, const char **why)
{
    enum { READS_MAX = 4 };
    const size_t whole = world->peers[peer]->disk.length; /* which recovery may cut */
    for (unsigned read = 0; read < READS_MAX; read++) {
        const size_t length = world_read_log(world, peer);
        const enum frame_status status = come_up(world, peer, length);
        *why = frame_status_name(status);
        if (status != FRAME_OK || length == whole) return status;
        world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "reads %zu of %zu bytes of its log",
                   length, whole);
        peer_end(world, peer);
    }
    *why = "its log cannot be read";
    return FRAME_HALTED;
}

void peer_become(struct world *world, struct peer *self, enum world_peer_state state)
{
    self->state = state;
    world->set_changes++;
}

static void begin(struct world *world, int peer, enum trace_kind kind)
{
    struct peer *self = world->peers[peer];
    const char *why;
    if (self->options.adversary) {
        peer_become(world, self, WORLD_PEER_UP);
        world_tell(world, kind, peer, WORLD_NOBODY, "an adversary");
        return;
    }
    if (come_up_whole(world, peer, &why) != FRAME_OK) {
        probe_hit(world, PROBE_recovery_failed);
        world_tell(world, kind, peer, WORLD_NOBODY, "failed: %s", why);
        if (self->instance != NULL) peer_end(world, peer);
        peer_become(world, self, WORLD_PEER_DOWN);
        return;
    }
    peer_become(world, self, WORLD_PEER_UP);
    world->steps++;
    if (kind == TRACE_RESTART)
        tell_recovery(world, peer);
    else
        world_tell(world, kind, peer, WORLD_NOBODY, "is here");
    hash_life(world, peer, kind);
    checks_recovered(world, peer);
    probe_recovered(world, peer, self->was_in_safe_mode);
    world_wind_clock(world, peer, world->now_us);
    world_pump(world, peer);
}

/* ---- Ending one ---- */

void peer_end(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    self->was_in_safe_mode = world->driver->in_safe_mode(self->instance);
    world->driver->destroy(self->instance);
    self->instance = NULL;
    self->leaving = false;
    doors_close(world, peer);
    self->returns = false;
    self->tick_us = WORLD_NEVER;
    self->tick_stamp++;
    self->life++; /* so that nothing scheduled for this life comes to the next one */
    users_peer_down(world, peer);
    checks_ended(world, peer);
}

void peer_finish_leaving(struct world *world, int peer)
{
    struct peer *self = world->peers[peer];
    const bool returns = self->returns;
    peer_end(world, peer);
    peer_become(world, self, WORLD_PEER_LEFT);
    world_tell(world, TRACE_LEAVE, peer, WORLD_NOBODY, "has left");
    hash_life(world, peer, TRACE_LEAVE);
    if (returns) world_join(world, peer);
}

void world_join(struct world *world, int peer)
{
    const enum world_peer_state state = world_peer_state(world, peer);
    if (state == WORLD_PEER_ABSENT || state == WORLD_PEER_LEFT)
        world_did(world, state == WORLD_PEER_ABSENT ? "start %s" : "restart %s",
                  world_peer_name(world, peer));
    if (state == WORLD_PEER_ABSENT) begin(world, peer, TRACE_JOIN);
    if (state == WORLD_PEER_LEFT) begin(world, peer, TRACE_RESTART);
    if (world_peer(world, peer)->leaving) world_peer(world, peer)->returns = true;
}

void world_leave(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (self->state == WORLD_PEER_HALTED) world_crash(world, peer);
    world_resume(world, peer); /* a process that is to stop has to run */
    if (self->state != WORLD_PEER_UP || self->leaving) return;
    world_did(world, "leave %s", self->name);
    world_tell(world, TRACE_LEAVE, peer, WORLD_NOBODY, "is about to leave");
    if (self->options.adversary) {
        peer_become(world, self, WORLD_PEER_LEFT);
        return;
    }
    struct frame_event stop = {.type = FRAME_EVENT_STOP};
    const struct step_origin origin = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
    self->leaving = true;
    (void)world_step(world, peer, &stop, &origin);
    if (self->fate == FATE_NONE && self->leaving && self->disk.durable == self->disk.length)
        peer_finish_leaving(world, peer);
    world_meet_fate(world, peer);
}

static bool runs(const struct peer *self)
{
    return self->state == WORLD_PEER_UP || self->state == WORLD_PEER_HALTED;
}

static void disarm(struct peer *self)
{
    self->crash_plan.left = 0;
    self->crash_stamp++;
}

void peer_crash(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (!runs(self)) return;
    disarm(self);
    self->fate = FATE_NONE;
    peer_become(world, self, WORLD_PEER_DOWN);
    self->counters.crashes++;
    if (self->options.adversary) {
        world_tell(world, TRACE_CRASH, peer, WORLD_NOBODY, "an adversary");
        return;
    }
    const bool in_sync = self->disk.sync_under_way;
    peer_end(world, peer);
    const enum disk_survival survival =
        disk_survival(&self->disk, &self->options.disk, world->tape, self->name);
    const size_t lost = disk_crash(&self->disk, survival, world->tape, self->name);
    self->counters.writes_lost += lost;
    if (lost > 0) probe_hit(world, PROBE_crash_lost_writes);
    if (in_sync) probe_hit(world, PROBE_crash_in_sync);
    world->steps++;
    world_tell(world, TRACE_CRASH, peer, WORLD_NOBODY, "%zu writes lost, %zu bytes are left", lost,
               self->disk.length);
    hash_life(world, peer, TRACE_CRASH);
}

void world_crash(struct world *world, int peer)
{
    const struct peer *self = world_peer(world, peer);
    if (runs(self)) world_did(world, "crash %s", self->name);
    peer_crash(world, peer);
}

void world_disarm(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    if (self->crash_plan.left > 0) world_did(world, "crash %s never", self->name);
    disarm(self);
}

void world_restart(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    world_crash(world, peer);
    if (self->state == WORLD_PEER_ABSENT) {
        world_join(world, peer);
        return;
    }
    world_did(world, "restart %s", self->name);
    self->counters.restarts++;
    begin(world, peer, TRACE_RESTART);
    for (int more = 0; more < 3 && site_fires(world, SITE_CRASH_LOOP, peer); more++) {
        peer_crash(world, peer);
        self->counters.restarts++;
        begin(world, peer, TRACE_RESTART);
    }
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
    struct peer *self = world_peer(world, peer);
    if (self->state != WORLD_PEER_UP || self->instance == NULL || self->paused) return;
    world_did(world, "accept-loss %s", self->name);
    self->loss_accepted = true;
    (void)world_step(world, peer, &event, &origin);
    world_pump(world, peer);
}

void world_set_version(struct world *world, int peer, enum world_version version)
{
    struct peer *self = world_peer(world, peer);
    FRAME_ASSERT(self->instance == NULL);
    world_did(world, "upgrade %s %s", self->name, world_version_name(version));
    self->options.version = version;
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "will speak version %s",
               world_version_name(version));
}

enum world_version world_peer_version(const struct world *world, int peer)
{
    return world_peer(world, peer)->options.version;
}

void world_set_policy(struct world *world, int peer, enum frame_policy policy)
{
    struct peer *self = world_peer(world, peer);
    FRAME_ASSERT(self->instance == NULL);
    world_did(world, "adopt %s %s", self->name, policy == FRAME_POLICY_STRICT ? "strict" : "join");
    self->options.policy = policy;
}

enum frame_policy world_peer_policy(const struct world *world, int peer)
{
    return world_peer(world, peer)->options.policy;
}

void world_set_disk(struct world *world, int peer, const struct disk_settings *settings)
{
    world_peer(world, peer)->options.disk = *settings;
}
