// SPDX-License-Identifier: Apache-2.0
/* Old backups put back, clones of disks, and two instances with one transport key by mistake. */
#include "sim/probe.h"
#include "sim/world_internal.h"

#include <string.h>

/* ---- Backups ---- */

void world_backup(struct world *world, int peer)
{
    struct peer *self = world_peer(world, peer);
    struct backup *backup = &self->backup;
    world_did(world, "backup %s", self->name);
    void *bytes = backup->bytes;
    world_reserve(world, &bytes, &backup->capacity, self->disk.durable, 1);
    backup->bytes = bytes;
    backup->length = self->disk.durable;
    backup->taken = true;
    FRAME_MUST(disk_open(&self->disk));
    if (backup->length > 0) memcpy(backup->bytes, self->disk.bytes, backup->length);
    disk_close(&self->disk);
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "a backup of its disk: %zu bytes",
               backup->length);
}

bool world_peer_has_backup(const struct world *world, int peer)
{
    return world_peer(world, peer)->backup.taken;
}

static void put_on_disk(struct world *world, int peer, const uint8_t *bytes, size_t length)
{
    struct peer *self = world_peer(world, peer);
    const size_t before = self->disk.length;
    FRAME_ASSERT(self->instance == NULL);
    FRAME_MUST(disk_replace(&self->disk, bytes, length));
    probe_hit(world, PROBE_disk_replaced);
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY,
               "another disk is put in: %zu bytes, for %zu that were there", length, before);
    world_disk_broke(world, peer);
}

void world_restore_backup(struct world *world, int peer, int from)
{
    const struct peer *self = world_peer(world, peer);
    const struct peer *owner = world_peer(world, from);
    FRAME_ASSERT(owner->backup.taken);
    FRAME_ASSERT(strcmp(self->identity, owner->identity) == 0);
    if (peer == from)
        world_did(world, "restore %s", self->name);
    else
        world_did(world, "restore %s from %s", self->name, owner->name);
    put_on_disk(world, peer, owner->backup.bytes, owner->backup.length);
}

void world_wipe_disk(struct world *world, int peer)
{
    world_did(world, "wipe %s", world_peer_name(world, peer));
    put_on_disk(world, peer, NULL, 0);
}

/* ---- Keys ---- */

bool peers_share_key(const struct world *world, int peer, int other)
{
    return memcmp(&world_peer(world, peer)->key, &world_peer(world, other)->key,
                  sizeof world->peers[peer]->key) == 0;
}

bool peers_share_identity(const struct world *world, int peer, int other)
{
    return strcmp(world_peer(world, peer)->identity, world_peer(world, other)->identity) == 0;
}

bool peer_had_key(const struct world *world, int peer, const struct frame_public_key *key)
{
    const int first = peer_first_with_key(world, key);
    return first != WORLD_NOBODY && (peer == first || world_peer(world, peer)->had_key[first]);
}

enum frame_status peer_tell_key(struct world *world, int peer, int other)
{
    struct peer *self = world_peer(world, peer);
    const struct frame_public_key *key = &world_peer(world, other)->key;
    const bool trusted = self->knows[other] == TRUSTED;
    FRAME_ASSERT(self->instance != NULL);
    if (self->knows[other] == STRANGER || peers_share_key(world, peer, other)) return FRAME_OK;
    const enum frame_status status = world->driver->know(self->instance, key, trusted);
    if (status == FRAME_OK) self->told[peer_first_with_key(world, key)] = trusted ? TRUSTED : KNOWN;
    return status;
}

/* Those who know it are told of its key, as it is now. */
static void tell_key(struct world *world, int peer)
{
    for (int i = 0; i < world->peer_count; i++)
        if (world->peers[i]->instance != NULL) (void)peer_tell_key(world, i, peer);
}

void world_twin(struct world *world, int peer, int of)
{
    struct peer *self = world_peer(world, peer);
    const struct peer *owner = world_peer(world, of);
    FRAME_ASSERT(self->instance == NULL && !self->options.adversary && !owner->options.adversary);
    world_did(world, "twin %s of %s", self->name, owner->name);
    self->transport_secret = peer == of ? self->own_transport_secret : owner->transport_secret;
    const struct frame_public_key key = peer == of ? self->own_key : owner->key;
    self->key = key;
    world_keys_changed(world);
    self->had_key[peer_first_with_key(world, &key)] = true;
    world_tell(world, TRACE_WORLD, peer, of, peer == of ? "has its own key again" : "has the key");
    if (peer == of) tell_key(world, peer);
}

/*
 * Where a message to a key goes: to its one holder; where several have it by mistake, to any of them that
 * is there, as the tape says for each message.
 */
int world_address(struct world *world, int from, const struct frame_public_key *key,
                  enum frame_message_type type)
{
    int holders[WORLD_PEERS_MAX];
    size_t count = 0;
    const int first = world_peer_of_key(world, key);
    for (int i = first; i != WORLD_NOBODY; i = world_key_user(world, key, i))
        if (i != from && world->peers[i]->state == WORLD_PEER_UP) holders[count++] = i;
    if (count <= 1) return count == 1 ? holders[0] : first;
    struct tape_identity identity;
    struct link *link = world_link(world, from, first);
    tape_identity_link(&identity, "address", world_peer(world, from)->name,
                       world_peer(world, first)->name, frame_message_type_name(type),
                       link->addressed++);
    const uint64_t which = tape_choose(world->tape, &identity, count);
    if (which > 0) probe_hit(world, PROBE_twin_answers);
    return holders[which];
}
