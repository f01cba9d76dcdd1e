// SPDX-License-Identifier: Apache-2.0
/* Whom to turn to (§ 17): rings by round-trip time, providers, partners to sync with. */
#include <string.h>

#include "dapp.h"
#include "execute.h"
#include "instance.h"
#include "planted.h"

/* Upper bounds of rings 1 to 3, in ms; what is farther, or unknown, is in ring 4. */
enum { RINGS = 4 };
static const uint64_t ring_ms_max[RINGS - 1] = {20, 80, 250};
/* Shares of the rings in partners drawn; every FAR-th partner is from the farthest one instead. */
static const uint64_t ring_share[RINGS] = {8, 4, 2, 1};
enum { FAR = 4 };
/* Intervals without an announcement after which a peer is suspect; successes and failures are halved at
   COUNT_MAX, so that what was long ago fades. */
enum { SUSPECT_INTERVALS = 10, COUNT_MAX = 64 };

bool peer_suspect(const struct frame_instance *instance, const struct peer *peer)
{
    const uint64_t interval_ms = instance->config.announce_interval_ms;
    return !peer->met->member ||
           (instance->now_ms - peer->met->announced_ms) / SUSPECT_INTERVALS >= interval_ms;
}

bool peer_usable(const struct frame_instance *instance, const struct peer *peer)
{
    return peer->met != NULL && !peer_suspect(instance, peer) && !peer_ignored(instance, peer) &&
           (peer->trusted || !instance->config.strict_trust);
}

unsigned peer_ring(const struct peer *peer)
{
    unsigned ring = 1;
    if (!peer->met->timed) return RINGS;
    while (ring < RINGS && peer->met->rtt_ms > ring_ms_max[ring - 1])
        ring++;
    return ring;
}

void peer_timed(struct peer *peer, uint64_t duration_ms)
{
    struct met *met = peer->met;
    if (met == NULL) return;
    met->rtt_ms = met->timed ? met->rtt_ms - met->rtt_ms / 8 + duration_ms / 8 : duration_ms;
    met->timed = true;
}

static void count(uint32_t *one, uint32_t *other)
{
    if (++*one < COUNT_MAX) return;
    *one /= 2;
    *other /= 2;
}

void peer_succeeded(struct peer *peer)
{
    if (peer->met != NULL) count(&peer->met->successes, &peer->met->failures);
}

void peer_failed(struct peer *peer)
{
    if (peer->met != NULL) count(&peer->met->failures, &peer->met->successes);
}

static int64_t badness(const struct peer *peer)
{
    return (int64_t)peer->met->failures - (int64_t)peer->met->successes;
}

bool peer_worse(const struct peer *peer, const struct peer *than)
{
    if (badness(peer) != badness(than)) return badness(peer) > badness(than);
    if (peer->met->announced_ms != than->met->announced_ms)
        return peer->met->announced_ms < than->met->announced_ms;
    return memcmp(peer->key.bytes, than->key.bytes, sizeof peer->key.bytes) > 0;
}

bool peer_nearer(const struct peer *peer, const struct peer *than)
{
    if (peer_ring(peer) != peer_ring(than))
        return (peer_ring(peer) < peer_ring(than)) != FRAME_PLANTED(far_providers_first);
    if (badness(peer) != badness(than)) return badness(peer) < badness(than);
    return memcmp(peer->key.bytes, than->key.bytes, sizeof peer->key.bytes) < 0;
}

/* ---- Providers ---- */

bool peer_provides(const struct frame_instance *instance, const struct peer *peer, uint32_t used,
                   size_t dapp)
{
    return peer_usable(instance, peer) &&
           ((peer->met->capabilities & used) == used || FRAME_PLANTED(provider_of_anything)) &&
           dapp < 64 && (peer->met->dapps >> dapp & 1) != 0;
}

/* Puts a provider into its place among those found so far, of which the best `max` are kept. */
static void providers_insert(const struct frame_instance *instance, struct frame_public_key *keys,
                             size_t *count, size_t max, const struct peer *peer)
{
    size_t at = *count;
    while (at > 0 && peer_nearer(peer, peer_find(instance, &keys[at - 1])))
        at--;
    if (at == max) return;
    if (*count < max) ++*count;
    memmove(keys + at + 1, keys + at, (*count - 1 - at) * sizeof *keys);
    keys[at] = peer->key;
}

size_t frame_instance_providers(const struct frame_instance *instance,
                                struct frame_public_key *keys, size_t max, struct frame_span action,
                                struct frame_span payload)
{
    const struct frame_dapp_table *dapps = instance->config.dapps;
    const struct frame_dapp *owner;
    uint32_t used;
    size_t dapp = 0;
    size_t found = 0;
    if (instance->discovery == NULL ||
        executor_used(dapps, &owner, &used, action, payload) != FRAME_OK)
        return 0;
    while (dapps->dapps[dapp] != owner)
        dapp++;
    for (size_t i = 0; i < instance->peer_count; i++)
        if (peer_provides(instance, instance->peers[i], used, dapp))
            providers_insert(instance, keys, &found, max, instance->peers[i]);
    return found;
}

/* ---- Partners ---- */

/* The n-th usable peer of a ring; where there are fewer, NULL and how many there are. */
static const struct peer *ring_at(const struct frame_instance *instance, unsigned ring, uint64_t n,
                                  size_t *members)
{
    *members = 0;
    for (size_t i = 0; i < instance->peer_count; i++) {
        const struct peer *peer = instance->peers[i];
        if (!peer_usable(instance, peer) || peer_ring(peer) != ring) continue;
        if ((*members)++ == n) return peer;
    }
    return NULL;
}

const struct peer *partner_draw(struct frame_instance *instance)
{
    size_t members[RINGS + 1];
    size_t ignored;
    uint64_t shares = 0;
    unsigned ring = 0;
    for (unsigned i = 1; i <= RINGS; i++) {
        (void)ring_at(instance, i, UINT64_MAX, &members[i]);
        if (members[i] == 0) continue;
        shares += ring_share[i - 1];
        ring = i; /* the farthest */
    }
    if (shares == 0) return NULL;
    if (++instance->discovery->gossips % FAR != 0 || FRAME_PLANTED(only_near_partners)) {
        uint64_t share = FRAME_PLANTED(only_near_partners) ? 0 : instance_draw(instance, shares);
        ring = 1;
        while (members[ring] == 0 || share >= ring_share[ring - 1]) {
            if (members[ring] > 0) share -= ring_share[ring - 1];
            ring++;
        }
    }
    return ring_at(instance, ring, instance_draw(instance, members[ring]), &ignored);
}
