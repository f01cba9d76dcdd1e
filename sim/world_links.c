// SPDX-License-Identifier: Apache-2.0
/* Links: settings and blocks, and messages on their way. */
#include "sim/world_internal.h"

#include <stdio.h>
#include <string.h>

#include "core/json.h"
#include "core/message.h"
#include "sim/checks.h"
#include "sim/forger.h"
#include "sim/versions.h"

/* ---- Settings ---- */

bool world_is_meant(int end, int peer)
{
    return end == WORLD_ANY || end == peer;
}

struct peer_range world_meant(const struct world *world, int end)
{
    if (end == WORLD_ANY) return (struct peer_range){0, world->peer_count};
    return (struct peer_range){end, end + 1};
}

/* Rows as long as the peers there are, doubled when one more comes. */
static void rows_grow(struct world *world)
{
    enum { FIRST = 16 };
    const size_t before = world->link_capacity;
    const size_t capacity = before == 0 ? FIRST : 2 * before;
    for (int i = 0; i < world->peer_count && world->links[i] != NULL; i++) {
        struct link *row = world_take(world, capacity * sizeof *row);
        memcpy(row, world->links[i], before * sizeof *row);
        memset(row + before, 0, (capacity - before) * sizeof *row);
        world_give(world, world->links[i], before * sizeof *row);
        world->links[i] = row;
    }
    world->link_capacity = capacity;
}

void world_links_of_new_peer(struct world *world, int peer)
{
    if ((size_t)world->peer_count > world->link_capacity) rows_grow(world);
    const size_t row_bytes = world->link_capacity * sizeof(struct link);
    world->links[peer] = world_take(world, row_bytes);
    memset(world->links[peer], 0, row_bytes);
    for (int other = 0; other < world->peer_count; other++) {
        struct link *out = &world->links[peer][other];
        struct link *in = &world->links[other][peer];
        link_settings_init(&out->settings);
        link_settings_init(&in->settings);
        for (size_t i = 0; i < world->rule_count; i++) {
            const struct link_rule *rule = &world->rules[i];
            if (world_is_meant(rule->from, peer) && world_is_meant(rule->to, other))
                out->settings = rule->settings;
            if (world_is_meant(rule->from, other) && world_is_meant(rule->to, peer))
                in->settings = rule->settings;
        }
    }
}

void world_set_link(struct world *world, int from, int to, const struct link_settings *settings)
{
    void *rules = world->rules;
    if (from == WORLD_ANY && to == WORLD_ANY && world->steps == 0) world->default_link = *settings;
    world_reserve(world, &rules, &world->rule_capacity, world->rule_count + 1,
                  sizeof *world->rules);
    world->rules = rules;
    world->rules[world->rule_count++] =
        (struct link_rule){.from = from, .to = to, .settings = *settings};
    const struct peer_range senders = world_meant(world, from);
    const struct peer_range receivers = world_meant(world, to);
    for (int i = senders.first; i < senders.end; i++)
        for (int j = receivers.first; j < receivers.end; j++) {
            world->links[i][j].settings = *settings;
            world->links[i][j].burst_left = 0;
        }
    world_tell(world, TRACE_LINK, from, to,
               "%s %llu us + %llu us, loss %u, twice %u, reorder %u, "
               "flip %u, cut %u, burst %u ppm",
               latency_kind_name(settings->latency.kind),
               (unsigned long long)settings->latency.base_us,
               (unsigned long long)settings->latency.spread_us, settings->loss_ppm,
               settings->duplicate_ppm, settings->reorder_ppm, settings->flip_ppm,
               settings->truncate_ppm, settings->burst_ppm);
}

void world_get_link(const struct world *world, int from, int to, struct link_settings *settings)
{
    *settings = world_link(world, from, to)->settings;
}

void world_default_link(const struct world *world, struct link_settings *settings)
{
    *settings = world->default_link;
}

/* ---- Blocks ---- */

static bool is_absent(const struct world *world, int peer)
{
    return peer != WORLD_NOBODY && world->peers[peer]->state == WORLD_PEER_ABSENT;
}

void link_tell(struct world *world, int from, int to, const char *words)
{
    if (!is_absent(world, from) && !is_absent(world, to))
        world_tell(world, TRACE_LINK, from, to, "%s", words);
}

static void set_blocked(struct world *world, int from, int to, bool blocked)
{
    const struct peer_range senders = world_meant(world, from);
    const struct peer_range receivers = world_meant(world, to);
    for (int i = senders.first; i < senders.end; i++)
        for (int j = receivers.first; j < receivers.end; j++) {
            world->links[i][j].blocked = blocked;
            if (!blocked) world->links[i][j].blocked_types = 0;
        }
    link_tell(world, from, to, blocked ? "blocked" : "open again");
}

void world_block(struct world *world, int from, int to)
{
    set_blocked(world, from, to, true);
}

void world_block_type(struct world *world, int from, int to, enum frame_message_type type)
{
    const struct peer_range senders = world_meant(world, from);
    const struct peer_range receivers = world_meant(world, to);
    for (int i = senders.first; i < senders.end; i++)
        for (int j = receivers.first; j < receivers.end; j++)
            world->links[i][j].blocked_types |= UINT32_C(1) << type;
    world_tell(world, TRACE_LINK, from, to, "blocked for every %s", frame_message_type_name(type));
}

void world_unblock(struct world *world, int from, int to)
{
    set_blocked(world, from, to, false);
}

void world_heal(struct world *world)
{
    set_blocked(world, WORLD_ANY, WORLD_ANY, false);
    for (int i = 0; i < world->peer_count; i++)
        for (int j = 0; j < world->peer_count; j++)
            if (world->links[i][j].clogged) world_unclog(world, i, j);
}

bool world_blocked(const struct world *world, int from, int to)
{
    return world_link(world, from, to)->blocked;
}

static void tell_partition(struct world *world, const int *groups, size_t group_count)
{
    char text[400] = "partition";
    size_t length = strlen(text);
    int most = -1;
    for (size_t i = 0; i < group_count; i++)
        if (groups[i] > most) most = groups[i];
    for (int group = 0; group <= most; group++) {
        for (size_t i = 0; i < group_count && length < sizeof text; i++) {
            if (groups[i] != group) continue;
            const int written = snprintf(text + length, sizeof text - length, " %s",
                                         world_peer_name(world, (int)i));
            if (written > 0) length += (size_t)written;
        }
        if (group < most && length + 2 < sizeof text) {
            memcpy(text + length, " |", 3);
            length += 2;
        }
    }
    world_tell(world, TRACE_LINK, WORLD_NOBODY, WORLD_NOBODY, "%s", text);
}

void world_partition(struct world *world, const int *groups, size_t group_count)
{
    FRAME_ASSERT(group_count <= (size_t)world->peer_count);
    for (size_t i = 0; i < group_count; i++)
        for (size_t j = 0; j < group_count; j++)
            if (groups[i] >= 0 && groups[j] >= 0 && groups[i] != groups[j])
                world->links[i][j].blocked = true;
    tell_partition(world, groups, group_count);
}

/* ---- Words about a message ---- */

bool message_bad_body(struct frame_span *body, const uint8_t *bytes, size_t length)
{
    size_t offset;
    const struct frame_span envelope = {bytes, length};
    return frame_json_check(&offset, bytes, length) == FRAME_OK &&
           json_kind(envelope) == JSON_OBJECT && json_member(envelope, body, "body") &&
           json_kind(*body) == JSON_OBJECT;
}

bool message_body(struct frame_span *body, const uint8_t *bytes, size_t length)
{
    struct envelope good;
    if (!envelope_read(&good, bytes, length)) return message_bad_body(body, bytes, length);
    *body = good.body;
    return true;
}

static struct short_hash first_of(struct frame_span array, size_t count)
{
    struct frame_hash hash;
    if (count == 0) return (struct short_hash){"none"};
    frame_hash_array_at(&hash, array, 0);
    return short_hash(&hash);
}

void message_words(char *text, size_t size, const uint8_t *bytes, size_t length)
{
    struct frame_span body;
    struct frame_message message;
    bool unknown;
    if (!message_body(&body, bytes, length) ||
        message_read(&message, &unknown, frame_crypto_libsodium(), body) != FRAME_OK) {
        (void)snprintf(text, size, "unreadable, %zu bytes", length);
        return;
    }
    const struct short_hash hash = first_of(message.hashes, message.hash_count);
    const char *first = hash.text;
    switch (message.type) {
    case FRAME_MESSAGE_ATTEST: {
        struct frame_span count = {(const uint8_t *)"?", 1};
        (void)json_member(message.attestation, &count, "receiptCount");
        (void)snprintf(text, size, "attest %.*s receipts, %zu heads: %s", (int)count.length,
                       (const char *)count.bytes, message.hash_count, first);
        return;
    }
    case FRAME_MESSAGE_REQUEST:
        (void)snprintf(text, size, "request want %zu: %s, have %zu%s", message.hash_count, first,
                       message.have_count, message.has_after ? ", next page" : "");
        return;
    case FRAME_MESSAGE_PAGE:
        (void)snprintf(text, size, "page %zu receipts, %lld remain, want %s", message.receipt_count,
                       (long long)message.remaining, first);
        return;
    case FRAME_MESSAGE_REJECT:
        (void)snprintf(text, size, "reject %.*s", (int)message.code.length,
                       (const char *)message.code.bytes);
        return;
    case FRAME_MESSAGE_ANNOUNCE:
        (void)snprintf(text, size, "announce %zu of %d capabilities, names %zu peers",
                       json_count(message.capabilities), (int)FRAME_CAPABILITY_COUNT,
                       message.hash_count);
        return;
    case FRAME_MESSAGE_ROUTE:
        (void)snprintf(text, size, "route %s %.*s", short_route(&message.route).text,
                       (int)message.action.length, (const char *)message.action.bytes);
        return;
    case FRAME_MESSAGE_RESULT:
        (void)snprintf(text, size, "result %s receipt %s", short_route(&message.route).text,
                       short_hash(&message.receipt).text);
        return;
    }
}

static void tell_message(struct world *world, enum trace_kind kind, int peer, int other,
                         uint64_t number, const char *before, const uint8_t *bytes, size_t length)
{
    if (world->trace.record == NULL) return;
    char words[200];
    const size_t used = strlen(before);
    memcpy(words, before, used);
    message_words(words + used, sizeof words - used, bytes, length);
    world_tell_message(world, kind, peer, other, number, words);
}

/* ---- Sending ---- */

static void count_sent(struct world_counters *counters, enum frame_message_type type, size_t length)
{
    counters->messages_sent++;
    counters->bytes_sent += length;
    switch (type) {
    case FRAME_MESSAGE_ATTEST: counters->attests_sent++; break;
    case FRAME_MESSAGE_REQUEST: counters->requests_sent++; break;
    case FRAME_MESSAGE_PAGE: counters->pages_sent++; break;
    case FRAME_MESSAGE_REJECT: counters->rejects_sent++; break;
    case FRAME_MESSAGE_ANNOUNCE: counters->announces_sent++; break;
    case FRAME_MESSAGE_ROUTE: counters->routes_sent++; break;
    case FRAME_MESSAGE_RESULT: counters->results_sent++; break;
    }
}

static void lost(struct world *world, int from, int to, uint64_t number, const char *why,
                 const uint8_t *bytes, size_t length)
{
    world_peer(world, from)->counters.messages_lost++;
    tell_message(world, TRACE_LOST, from, to, number, why, bytes, length);
}

void world_lost(struct world *world, const struct flight *flight, const char *why)
{
    lost(world, flight->from, flight->to, flight->number, why, flight->bytes, flight->length);
}

static bool link_blocks(const struct link *link, enum frame_message_type type)
{
    return link->blocked || (link->blocked_types >> type & 1) != 0;
}

/*
 * A narrow link sends one message after the other. *wait_us is until this one is through; false where too
 * much is waiting already.
 */
static bool link_queue(const struct world *world, struct link *link, size_t length,
                       uint64_t *wait_us)
{
    const struct link_settings *settings = &link->settings;
    const uint64_t rate = settings->bandwidth_bps;
    *wait_us = 0;
    if (rate == 0) return true;
    const uint64_t busy_us = link->free_us > world->now_us ? link->free_us - world->now_us : 0;
    if (settings->queue_bytes_max > 0 &&
        busy_us / 1000 * rate / 1000 + length > settings->queue_bytes_max)
        return false;
    *wait_us = busy_us + (uint64_t)length * WORLD_SECOND / rate;
    link->free_us = world->now_us + *wait_us;
    return true;
}

enum { TOGETHER_US = 100000 }; /* SITE_SAME_MOMENT */

static void fly(struct world *world, const struct flight *like, const uint8_t *bytes,
                const struct passage *passage, unsigned copy, uint64_t wait_us)
{
    struct flight *flight = world_take(world, sizeof *flight + like->size);
    *flight = *like;
    flight->flipped = passage->flipped[copy];
    flight->truncated = passage->truncated[copy];
    flight->length = passage->length[copy];
    memcpy(flight->bytes, bytes, like->size);
    if (flight->flipped)
        flight->bytes[passage->flip_bit[copy] / 8] ^= (uint8_t)(1u << passage->flip_bit[copy] % 8);
    uint64_t arrives_us = world->now_us + wait_us + passage->delay_us[copy];
    if (site_fires(world, SITE_SAME_MOMENT, flight->from))
        arrives_us = (arrives_us + TOGETHER_US - 1) / TOGETHER_US * TOGETHER_US;
    world_schedule(world, EVENT_DELIVER, flight->to, arrives_us, 0, flight);
}

/* Does the message get onto the link? If not it is lost, and told why. */
static bool enters(struct world *world, struct link *link, const struct flight *flight,
                   const uint8_t *bytes, struct passage *passage, uint64_t *wait_us)
{
    const char *why = NULL;
    const bool in_burst = link->burst_left > 0;
    if (in_burst) link->burst_left--;
    network_pass(passage, &link->settings, world->tape, world_peer(world, flight->from)->name,
                 world_peer(world, flight->to)->name, frame_message_type_name(flight->type),
                 flight->nth, flight->size);
    if (passage->burst && !in_burst)
        link->burst_left = link->settings.burst_length > 0 ? link->settings.burst_length - 1 : 0;
    enum probe probe = PROBE_message_lost;
    if (link_blocks(link, flight->type)) {
        why = "blocked: ";
        probe = PROBE_message_blocked;
    } else if (in_burst || passage->burst) {
        why = "lost in a burst: ";
        probe = PROBE_message_in_burst;
    } else if (passage->copies == 0) {
        why = "lost: ";
    } else if (!link_queue(world, link, flight->size, wait_us)) {
        why = "the link is full: ";
        probe = PROBE_message_crowded_out;
    }
    if (why == NULL) return true;
    probe_hit(world, probe);
    lost(world, flight->from, flight->to, flight->number, why, bytes, flight->size);
    return false;
}

void world_launch(struct world *world, int from, int to, enum frame_message_type type,
                  const uint8_t *bytes, size_t length, int64_t forgery)
{
    struct link *link = world_link(world, from, to);
    struct passage passage;
    uint64_t wait_us = 0;
    const struct flight flight = {.from = from,
                                  .to = to,
                                  .type = type,
                                  .nth = link->sent[type]++,
                                  .number = ++world->launched,
                                  .forgery = forgery,
                                  .version = world_peer_version(world, from),
                                  .tampered = forgery != NO_FORGERY,
                                  .size = length};
    count_sent(&world_peer(world, from)->counters, type, length);
    tell_message(world, TRACE_SEND, from, to, flight.number, "", bytes, length);
    world_record(world, &flight, bytes);
    if (!enters(world, link, &flight, bytes, &passage, &wait_us)) return;
    if (passage.copies > 1) probe_hit(world, PROBE_message_twice);
    for (unsigned copy = 0; copy < passage.copies; copy++)
        fly(world, &flight, bytes, &passage, copy, wait_us);
}

/* Copies of a message that arrive where it was not sent to. */
static void go_astray(struct world *world, int from, int to, enum frame_message_type type,
                      struct frame_span bytes)
{
    if (site_fires(world, SITE_ECHO, from))
        world_launch(world, to, from, type, bytes.bytes, bytes.length, NO_FORGERY);
    if (!site_fires(world, SITE_WRONG_DOOR, from)) return;
    const int other = (int)site_choose(world, SITE_WRONG_DOOR, from, (uint64_t)world->peer_count);
    if (other != from && other != to)
        world_launch(world, from, other, type, bytes.bytes, bytes.length, NO_FORGERY);
}

void world_send(struct world *world, int from, const struct frame_outgoing *outgoing)
{
    const int to = world_address(world, from, &outgoing->to, outgoing->type);
    if (to == WORLD_NOBODY || to == from) {
        lost(world, from, to, ++world->launched, "to nobody: ", outgoing->bytes.bytes,
             outgoing->bytes.length);
        return;
    }
    if (!door_keeps_outgoing(world, from, to, outgoing)) world_post(world, from, to, outgoing);
}

void world_post(struct world *world, int from, int to, const struct frame_outgoing *outgoing)
{
    if (forger_on_wire(world, from, to, outgoing)) return;
    struct buffer words;
    buffer_init(&words, &world->allocator);
    struct frame_span bytes = outgoing->bytes;
    if (version_translate(&words, world, world->peers[from]->options.version, bytes)) {
        probe_hit(world, PROBE_version_spoken);
        bytes = buffer_view(&words);
    }
    world_launch(world, from, to, outgoing->type, bytes.bytes, bytes.length, NO_FORGERY);
    go_astray(world, from, to, outgoing->type, bytes);
    buffer_free(&words);
}

/* ---- Arriving ---- */

/* To whoever plays there; what a host of the caller's does not take now waits in its port. */
static void hand_to_adversary(struct world *world, struct flight *flight)
{
    struct peer *peer = world_peer(world, flight->to);
    if (peer->options.liar != WORLD_LIAR_NONE) liar_receive(world, flight);
    forger_receive(world, flight);
    if (peer->endpoint)
        port_arrived(&peer->port, flight);
    else
        world_flight_free(world, flight);
}

/* The flight is the port's, and freed when that is done with it. */
static void hand_to_instance(struct world *world, struct flight *flight)
{
    struct peer *peer = world_peer(world, flight->to);
    struct frame_event event = {.type = FRAME_EVENT_MESSAGE};
    const struct step_origin origin = {.from = flight->from,
                                       .forgery = flight->forgery,
                                       .version = flight->version,
                                       .tampered = flight->tampered,
                                       .flipped = flight->flipped || flight->truncated};
    struct buffer words;
    port_arrived(&peer->port, flight);
    FRAME_MUST(peer->network.deliver(peer->network.context, &event.message));
    buffer_init(&words, &world->allocator);
    if (version_translate(&words, world, peer->options.version, event.message)) {
        if (world_peer_version(world, origin.from) == peer->options.version)
            probe_hit(world, PROBE_version_understood);
        event.message = buffer_view(&words);
    }
    (void)world_step(world, peer->port.peer, &event, &origin);
    buffer_free(&words);
    port_clear(&peer->port);
}

static void hand_over(struct world *world, struct flight *flight)
{
    struct peer *peer = world_peer(world, flight->to);
    const bool damaged = flight->flipped || flight->truncated;
    peer->counters.messages_delivered++;
    if (damaged) peer->counters.messages_flipped++;
    if (flight->flipped) probe_hit(world, PROBE_message_flipped);
    if (flight->truncated) probe_hit(world, PROBE_message_cut);
    tell_message(world, TRACE_DELIVER, flight->to, flight->from, flight->number,
                 flight->truncated ? "cut off: "
                 : flight->flipped ? "flipped: "
                                   : "",
                 flight->bytes, flight->length);
    if (peer->options.adversary) {
        hand_to_adversary(world, flight);
        return;
    }
    const int to = flight->to;
    hand_to_instance(world, flight);
    if (peer->state == WORLD_PEER_UP && !peer->paused && site_fires(world, SITE_IDLE_TICK, to)) {
        const struct step_origin nobody = {.from = WORLD_NOBODY, .forgery = NO_FORGERY};
        struct frame_event event = {.type = FRAME_EVENT_TICK};
        (void)world_step(world, to, &event, &nobody);
    }
}

void world_flight_free(struct world *world, struct flight *flight)
{
    world_give(world, flight, sizeof *flight + flight->size);
}

/* A clogged link keeps what would arrive until it is free. */
static void wait_at(struct link *link, struct flight *flight)
{
    flight->behind = NULL;
    if (link->clog_last != NULL)
        link->clog_last->behind = flight;
    else
        link->clog_first = flight;
    link->clog_last = flight;
}

void world_arrive(struct world *world, struct flight *flight)
{
    const struct peer *peer = world_peer(world, flight->to);
    const struct queued queued = {.kind = EVENT_ARRIVE, .peer = flight->to, .data = flight};
    const bool there = peer->state == WORLD_PEER_UP && !peer->leaving;
    if (there && door_keeps(world, &queued)) return;
    if (there) {
        hand_over(world, flight);
        return;
    }
    probe_hit(world, PROBE_message_to_nobody);
    world_lost(world, flight, "not there: ");
    world_flight_free(world, flight);
}

void world_deliver(struct world *world, struct flight *flight)
{
    struct link *link = world_link(world, flight->from, flight->to);
    if (link->clogged) {
        probe_hit(world, PROBE_message_clogged);
        wait_at(link, flight);
        return;
    }
    if (!link_blocks(link, flight->type)) {
        world_arrive(world, flight);
        return;
    }
    probe_hit(world, PROBE_message_blocked_late);
    world_lost(world, flight, "blocked: ");
    world_flight_free(world, flight);
}
