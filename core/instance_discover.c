// SPDX-License-Identifier: Apache-2.0
/*
 * Discovery (§ 15, 16): who there is.
 *
 * A key becomes an entry of the table by an announcement of its own that shows membership, never by what
 * others say of it. What they say only makes it a candidate: somebody to be announced to. Those whom this
 * instance chose so hold one half of the table, those who called in the other one, so that no number of
 * keys that call in takes the first half.
 */
#include <string.h>

#include "dapp.h"
#include "execute.h"
#include "instance.h"
#include "json.h"
#include "message.h"
#include "planted.h"

enum { CALLERS = 0, CHOSEN = 1 };
/* Intervals: unheard for so long an entry is forgotten; a candidate has so long to answer. */
enum { FORGET_INTERVALS = 60, CANDIDATE_INTERVALS = 2 };
/* What `issued` takes from a clock at most, so that it can go on growing. */
static const int64_t issued_clock_ms_max = FRAME_INTEGER_MAX / 2;

/* ---- Life ---- */

/* What `member` signs (§ 15). */
static void member_hash(const struct frame_instance *instance, struct frame_hash *hash,
                        const struct frame_public_key *key)
{
    static const char prefix[] = "frame-member";
    uint8_t bytes[sizeof prefix - 1 + sizeof key->bytes];
    memcpy(bytes, prefix, sizeof prefix - 1);
    memcpy(bytes + sizeof prefix - 1, key->bytes, sizeof key->bytes);
    frame_sha256_of(instance->config.crypto, hash, bytes, sizeof bytes);
}

enum frame_status discovery_new(struct frame_instance *instance)
{
    const struct frame_instance_config *config = &instance->config;
    struct frame_hash hash;
    struct discovery *discovery = memory_allocate(&config->allocator, sizeof *discovery);
    if (discovery == NULL) return FRAME_NO_MEMORY;
    memset(discovery, 0, sizeof *discovery);
    instance->discovery = discovery;
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++)
        buffer_init(&discovery->routes[i].text, &config->allocator);
    for (size_t i = 0; i < FRAME_JOBS_MAX; i++)
        buffer_init(&discovery->jobs[i].text, &config->allocator);
    buffer_init(&discovery->dapps, &config->allocator);
    buffer_init(&discovery->result, &config->allocator);
    message_dapps(&discovery->dapps, config->crypto, instance->config.dapps);
    if (discovery->dapps.failed) return FRAME_NO_MEMORY;
    member_hash(instance, &hash, &instance->transport_key);
    config->crypto->sign(config->crypto->context, discovery->member, &hash,
                         &config->identity_secret);
    discovery->announce_ms =
        instance_after(instance, instance_jitter(instance, config->coalesce_ms));
    return FRAME_OK;
}

void discovery_free(struct frame_instance *instance)
{
    struct discovery *discovery = instance->discovery;
    if (discovery == NULL) return;
    for (size_t i = 0; i < FRAME_ROUTES_MAX; i++)
        buffer_free(&discovery->routes[i].text);
    for (size_t i = 0; i < FRAME_JOBS_MAX; i++)
        buffer_free(&discovery->jobs[i].text);
    buffer_free(&discovery->dapps);
    buffer_free(&discovery->result);
    memory_release(&instance->config.allocator, discovery, sizeof *discovery);
    instance->discovery = NULL;
}

static uint64_t intervals_after(const struct frame_instance *instance, uint64_t count)
{
    const uint64_t interval_ms = instance->config.announce_interval_ms;
    return interval_ms > UINT64_MAX / count ? UINT64_MAX
                                            : instance_after(instance, count * interval_ms);
}

static bool unheard_for(const struct frame_instance *instance, const struct peer *peer,
                        uint64_t intervals)
{
    return (instance->now_ms - peer->met->announced_ms) / intervals >=
           instance->config.announce_interval_ms;
}

static bool same_key(const struct frame_public_key *a, const struct frame_public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}

/* ---- Saying ---- */

static int key_order(const struct frame_public_key *a, const struct frame_public_key *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

/* Those of the usable peers that the tape picks, ascending. */
static size_t names_draw(struct frame_instance *instance,
                         struct frame_public_key names[FRAME_ANNOUNCE_PEERS_MAX])
{
    size_t count = 0;
    size_t seen = 0;
    for (size_t i = 0; i < instance->peer_count; i++) {
        if (!peer_usable(instance, instance->peers[i])) continue;
        size_t at =
            count < FRAME_ANNOUNCE_PEERS_MAX ? count++ : (size_t)instance_draw(instance, seen + 1);
        if (at < FRAME_ANNOUNCE_PEERS_MAX) names[at] = instance->peers[i]->key;
        seen++;
    }
    for (size_t i = 1; i < count; i++) {
        const struct frame_public_key name = names[i];
        size_t at = i;
        for (; at > 0 && key_order(&names[at - 1], &name) > 0; at--)
            names[at] = names[at - 1];
        names[at] = name;
    }
    return count;
}

/* Builds the announcement of this moment; false where memory was short. */
static bool announcement(struct frame_instance *instance, size_t *offset, size_t *length)
{
    struct discovery *discovery = instance->discovery;
    struct frame_public_key names[FRAME_ANNOUNCE_PEERS_MAX];
    struct buffer capabilities;
    const int64_t clock_s = instance->clock_s > 0 ? instance->clock_s : 0;
    int64_t issued_ms = clock_s < issued_clock_ms_max / 1000 ? clock_s * 1000 : issued_clock_ms_max;
    if (issued_ms <= discovery->issued_ms && !FRAME_PLANTED(announced_at_once))
        issued_ms = discovery->issued_ms + 1;
    discovery->issued_ms = issued_ms;
    const size_t name_count = names_draw(instance, names);
    buffer_init(&capabilities, &instance->config.allocator);
    capabilities_write(&capabilities,
                       FRAME_PLANTED(all_announced) ? UINT32_MAX : instance->config.capabilities);
    buffer_clear(&instance->body);
    message_announce(&instance->body, buffer_view(&capabilities), buffer_view(&discovery->dapps),
                     issued_ms, discovery->member, names, name_count);
    const bool built = !capabilities.failed && send_seal(instance, offset, length);
    buffer_free(&capabilities);
    return built;
}

/* To every known peer, or to those that are to be greeted. */
static void announce(struct frame_instance *instance, bool to_all)
{
    struct discovery *discovery = instance->discovery;
    size_t offset;
    size_t length;
    if (!announcement(instance, &offset, &length)) return;
    for (size_t i = 0; i < instance->peer_count; i++) {
        struct peer *peer = instance->peers[i];
        struct met *met = peer->met;
        const bool strict = instance->config.strict_trust && !peer->trusted;
        if ((!to_all && !met->greet) || peer_ignored(instance, peer) || strict) continue;
        met->greet = false;
        if (!met->member && !met->contacted) {
            met->contacted = true;
            met->contacted_ms = instance->now_ms;
        }
        send_sealed(instance, &peer->key, FRAME_MESSAGE_ANNOUNCE, offset, length);
    }
    for (size_t i = 0; i < discovery->candidate_count; i++) {
        struct candidate *candidate = &discovery->candidates[i];
        if (candidate->greet)
            send_sealed(instance, &candidate->key, FRAME_MESSAGE_ANNOUNCE, offset, length);
        candidate->greet = false;
    }
    if (discovery->answering)
        send_sealed(instance, &discovery->answered[discovery->answered_count - 1],
                    FRAME_MESSAGE_ANNOUNCE, offset, length);
    discovery->answering = false;
}

bool discovery_may_answer(struct frame_instance *instance, const struct frame_public_key *key)
{
    struct discovery *discovery = instance->discovery;
    if (discovery->answers_ms <= instance->now_ms) {
        discovery->answered_count = 0;
        discovery->answers_ms = intervals_after(instance, 1);
    }
    if (FRAME_PLANTED(strangers_answered) && discovery->answered_count == FRAME_ANSWERS_MAX)
        discovery->answered_count = 0;
    for (size_t i = 0; i < discovery->answered_count; i++)
        if (same_key(&discovery->answered[i], key)) return false;
    if (discovery->answered_count == FRAME_ANSWERS_MAX) return false;
    discovery->answered[discovery->answered_count++] = *key;
    return true;
}

/* ---- The table's halves ---- */

static size_t half_max(const struct frame_instance *instance)
{
    return instance->config.table_peers_max / 2;
}

static size_t half_count(const struct frame_instance *instance, bool chosen)
{
    size_t count = 0;
    for (size_t i = 0; i < instance->peer_count; i++)
        count += !instance->peers[i]->configured && instance->peers[i]->met->chosen == chosen;
    return count;
}

/* The worst entry of a half that has nothing under way and is not being ignored: what it costs is
   remembered as long as it lasts. */
static const struct peer *half_worst(const struct frame_instance *instance, bool chosen)
{
    const struct peer *worst = NULL;
    for (size_t i = 0; i < instance->peer_count; i++) {
        const struct peer *peer = instance->peers[i];
        if (peer->configured || peer->met->chosen != chosen || peer_ignored(instance, peer) ||
            peer->transfer.stage != TRANSFER_NONE)
            continue;
        if (worst == NULL || peer_worse(peer, worst)) worst = peer;
    }
    return worst;
}

static void forget(struct frame_instance *instance, const struct peer *peer)
{
    instance_note(instance, FRAME_NOTE_FORGOTTEN, peer);
    peer_remove(instance, peer);
}

/* Room in a half: where it is full its worst entry goes, at most one in each interval. */
static bool half_make_room(struct frame_instance *instance, bool chosen)
{
    uint64_t *room_ms = &instance->discovery->room_ms[chosen ? CHOSEN : CALLERS];
    if (half_count(instance, chosen) < half_max(instance) || FRAME_PLANTED(table_unbounded))
        return true;
    if (*room_ms > instance->now_ms) return false;
    const struct peer *worst = half_worst(instance, chosen);
    if (worst == NULL) return false;
    forget(instance, worst);
    *room_ms = intervals_after(instance, 1);
    return true;
}

static struct candidate *candidate_find(struct discovery *discovery,
                                        const struct frame_public_key *key)
{
    for (size_t i = 0; i < discovery->candidate_count; i++)
        if (same_key(&discovery->candidates[i].key, key)) return &discovery->candidates[i];
    return NULL;
}

static void candidate_remove(struct discovery *discovery, struct candidate *candidate)
{
    *candidate = discovery->candidates[--discovery->candidate_count];
}

/* A key that shows membership and has no entry gets one: in the chosen half where this instance has
   contacted it, else among those who called in. NULL: there is no room. */
static struct peer *admit(struct frame_instance *instance, const struct frame_public_key *key)
{
    struct discovery *discovery = instance->discovery;
    struct candidate *candidate = candidate_find(discovery, key);
    const uint64_t contacted_ms = candidate != NULL ? candidate->contacted_ms : 0;
    bool contacted = candidate != NULL;
    bool chosen = contacted && half_make_room(instance, true);
    if (candidate != NULL) candidate_remove(discovery, candidate);
    if (FRAME_PLANTED(callers_unbounded) && half_count(instance, false) >= half_max(instance))
        chosen = true;
    if (!chosen && !half_make_room(instance, false)) return NULL;
    struct peer *peer = peer_add(instance, key);
    if (peer == NULL) return NULL;
    peer->met->chosen = chosen;
    peer->met->contacted = contacted;
    peer->met->contacted_ms = contacted_ms;
    return peer;
}

/* ---- Hearing ---- */

bool discovery_heard(const struct peer *peer)
{
    return peer != NULL &&
           (peer->met == NULL || peer->met->member || FRAME_PLANTED(membership_unchecked));
}

static uint32_t capabilities_read(struct frame_span array)
{
    struct json_walk walk;
    struct frame_span item;
    uint32_t set = 0;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item))
        for (unsigned i = 0; i < FRAME_CAPABILITY_COUNT; i++)
            if (json_string_is(item, frame_capabilities[i])) set |= UINT32_C(1) << i;
    return set;
}

/* Both arrays hold dApps in the same form: the same code is the same text. */
static uint64_t dapps_read(const struct frame_instance *instance, struct frame_span array)
{
    struct json_walk own;
    struct frame_span mine;
    uint64_t set = 0;
    unsigned at = 0;
    json_walk_init(&own, buffer_view(&instance->discovery->dapps));
    for (; json_next_item(&own, &mine); at++) { /* at most FRAME_ANNOUNCE_NAMES_MAX */
        struct json_walk walk;
        struct frame_span item;
        json_walk_init(&walk, array);
        while (json_next_item(&walk, &item))
            if (span_equal(item, mine)) set |= UINT64_C(1) << at;
    }
    return set;
}

static void take(struct frame_instance *instance, struct peer *peer,
                 const struct frame_message *message)
{
    struct met *met = peer->met;
    if (!met->member) {
        instance_note(instance, FRAME_NOTE_MET, peer);
        met->greet = true;
    }
    met->member = true;
    met->capabilities = capabilities_read(message->capabilities);
    met->dapps = dapps_read(instance, message->dapps);
    met->issued_ms = message->issued_ms;
    met->announced_ms = instance->now_ms;
    if (met->contacted) peer_timed(peer, instance->now_ms - met->contacted_ms);
    met->contacted = false;
    met->named_count = message->hash_count;
    for (size_t i = 0; i < message->hash_count; i++) {
        struct frame_hash key;
        frame_hash_array_at(&key, message->hashes, i);
        memcpy(met->named[i].bytes, key.bytes, sizeof key.bytes);
    }
}

static void answer_stranger(struct frame_instance *instance, const struct frame_public_key *key)
{
    if (discovery_may_answer(instance, key)) instance->discovery->answering = true;
}

static bool is_member(const struct frame_instance *instance, const struct frame_message *message)
{
    const struct frame_crypto *crypto = instance->config.crypto;
    struct frame_hash hash;
    member_hash(instance, &hash, &message->from);
    return crypto->verify(crypto->context, message->member, &hash, &instance->identity_key) ||
           FRAME_PLANTED(membership_unchecked);
}

/* Does it count? Of one key's announcements only the greatest does, but for one long unheard. */
static bool is_news(const struct frame_instance *instance, const struct peer *peer,
                    const struct frame_message *message)
{
    return !peer->met->member || message->issued_ms > peer->met->issued_ms ||
           peer_suspect(instance, peer) || FRAME_PLANTED(announcements_of_old);
}

void discovery_announced(struct frame_instance *instance, const struct frame_message *message)
{
    const struct frame_public_key *key = &message->from;
    struct peer *peer = peer_find(instance, key);
    if (!is_member(instance, message)) {
        refuse_stranger(instance, key, FRAME_UNTRUSTED);
        if (peer == NULL) answer_stranger(instance, key);
        return;
    }
    if (peer == NULL) peer = admit(instance, key);
    if (peer == NULL) {
        answer_stranger(instance, key);
        return;
    }
    peer->heard = ++instance->heard;
    if (is_news(instance, peer, message)) take(instance, peer, message);
}

/* ---- Choosing ---- */

/* Is it a key to be contacted, or one of the callers to be chosen? */
static bool choosable(const struct frame_instance *instance, const struct frame_public_key *key,
                      bool room)
{
    const struct peer *peer = peer_find(instance, key);
    if (same_key(key, &instance->transport_key) || candidate_find(instance->discovery, key) != NULL)
        return false;
    if (peer == NULL) return true;
    return room && !peer->configured && !peer->met->chosen && peer->met->member;
}

static bool tells(const struct frame_instance *instance, const struct peer *peer)
{
    return peer_usable(instance, peer) && (peer->configured || peer->met->chosen);
}

/* Has this instance nobody but callers to go by? Then it goes by them. */
static bool on_its_own(const struct frame_instance *instance)
{
    for (size_t i = 0; i < instance->peer_count; i++)
        if (instance->peers[i]->configured || tells(instance, instance->peers[i])) return false;
    return true;
}

static size_t choosable_count(const struct frame_instance *instance, const struct peer *teller,
                              bool room)
{
    size_t count = 0;
    if (!tells(instance, teller) && !(peer_usable(instance, teller) && on_its_own(instance)))
        return 0;
    for (size_t i = 0; i < teller->met->named_count; i++)
        count += choosable(instance, &teller->met->named[i], room);
    return count;
}

/* The tape draws who told it, and then one of that one's keys. NULL: nobody has told anything new. */
static const struct frame_public_key *choice_draw(struct frame_instance *instance, bool room)
{
    size_t tellers = 0;
    size_t at = 0;
    for (size_t i = 0; i < instance->peer_count; i++)
        tellers += choosable_count(instance, instance->peers[i], room) > 0;
    if (tellers == 0) return NULL;
    uint64_t n = instance_draw(instance, tellers);
    while (choosable_count(instance, instance->peers[at], room) == 0 || n-- > 0)
        at++;
    const struct met *met = instance->peers[at]->met;
    n = instance_draw(instance, choosable_count(instance, instance->peers[at], room));
    at = 0;
    while (!choosable(instance, &met->named[at], room) || n-- > 0)
        at++;
    return &met->named[at];
}

static void contact(struct frame_instance *instance, const struct frame_public_key *key)
{
    struct discovery *discovery = instance->discovery;
    discovery->candidates[discovery->candidate_count++] =
        (struct candidate){.key = *key,
                           .contacted_ms = instance->now_ms,
                           .until_ms = intervals_after(instance, CANDIDATE_INTERVALS),
                           .greet = true};
}

/* Fills the chosen half; where it is full, one stands by for when it may make room. */
static void choose(struct frame_instance *instance)
{
    struct discovery *discovery = instance->discovery;
    if (FRAME_PLANTED(names_unheard)) return;
    for (;;) {
        const size_t chosen = half_count(instance, true);
        const bool room = chosen < half_max(instance);
        if (room ? chosen + discovery->candidate_count >= half_max(instance)
                 : discovery->candidate_count > 0 || discovery->room_ms[CHOSEN] > instance->now_ms)
            return;
        const struct frame_public_key *key = choice_draw(instance, room);
        if (key == NULL) return;
        struct peer *peer = peer_find(instance, key);
        if (peer != NULL)
            peer->met->chosen = true;
        else
            contact(instance, key);
    }
}

/* ---- Time ---- */

static void expire(struct frame_instance *instance)
{
    struct discovery *discovery = instance->discovery;
    for (size_t i = discovery->candidate_count; i > 0; i--)
        if (discovery->candidates[i - 1].until_ms <= instance->now_ms)
            candidate_remove(discovery, &discovery->candidates[i - 1]);
    for (size_t i = instance->peer_count; i > 0; i--) {
        const struct peer *peer = instance->peers[i - 1];
        if (!peer->configured && unheard_for(instance, peer, FORGET_INTERVALS) &&
            !FRAME_PLANTED(nobody_forgotten))
            forget(instance, peer);
    }
}

static bool anybody_to_greet(const struct frame_instance *instance)
{
    const struct discovery *discovery = instance->discovery;
    bool greet = discovery->answering;
    for (size_t i = 0; i < instance->peer_count; i++)
        greet = greet || instance->peers[i]->met->greet;
    for (size_t i = 0; i < discovery->candidate_count; i++)
        greet = greet || discovery->candidates[i].greet;
    return greet;
}

void discovery_go_on(struct frame_instance *instance)
{
    struct discovery *discovery = instance->discovery;
    const bool due = discovery->announce_ms <= instance->now_ms;
    if (due) expire(instance);
    choose(instance);
    if (due || anybody_to_greet(instance)) announce(instance, due);
    if (due)
        discovery->announce_ms = instance_after(
            instance, instance_jitter(instance, instance->config.announce_interval_ms));
}

uint64_t discovery_deadline(const struct frame_instance *instance)
{
    return instance->discovery->announce_ms;
}

void frame_instance_capabilities(struct frame_instance *instance, uint32_t capabilities)
{
    if (instance->config.capabilities == capabilities) return;
    instance->config.capabilities = capabilities;
    if (instance->discovery != NULL && !FRAME_PLANTED(capabilities_stale))
        instance->discovery->announce_ms = instance->now_ms;
}
