// SPDX-License-Identifier: Apache-2.0
/*
 * The contract of core/transport.h, of everything that implements it: the simulated network and the loopback. One test,
 * told only how to make endpoints and how to let time pass. The world's own instances are on the same network by the
 * same functions: a tap on each sees everything.
 */
#include <string.h>

#include "core/tests/check.h"
#include "core/tests/heap.h"
#include "sim/endpoint.h"
#include "sim/world_internal.h"

enum { ENDS = 3, CLOCK_S = 1700000000 };

/* What is tested. */
struct network {
    const char *name;
    void (*open)(struct network *network);
    void (*pass)(struct network *network, uint64_t duration_ms);
    void (*close)(struct network *network);
    struct frame_transport ends[ENDS];
    struct frame_secret_key secrets[ENDS];
    struct frame_public_key keys[ENDS];
    struct heap heap;
    struct frame_allocator allocator;
    struct loopback loopback;
    struct world *world;
    struct endpoint hosts[ENDS];
};

/* ---- The two there are ---- */

static void loopback_begin(struct network *network)
{
    loopback_open(&network->loopback);
    for (int i = 0; i < ENDS; i++)
        loopback_add(&network->loopback, &network->ends[i], &network->keys[i], &network->allocator);
}

static void loopback_wait(struct network *network, uint64_t duration_ms)
{
    loopback_pass(&network->loopback, duration_ms);
}

static void loopback_end(struct network *network)
{
    loopback_close(&network->loopback);
}

static void world_begin(struct network *network)
{
    static const char *const names[ENDS] = {"one", "two", "three"};
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    config.seed = 7;
    network->world = world_new(&config);
    world_peer_options_init(&options);
    options.adversary = true; /* a host without an instance of the world's */
    for (int i = 0; i < ENDS; i++) {
        const int host = world_add_peer(network->world, names[i], &options);
        world_peer_key(network->world, &network->keys[i], host);
        endpoint_open(&network->hosts[i], &network->ends[i], network->world, host);
        endpoint_secret(&network->hosts[i], &network->secrets[i]);
    }
}

static void world_wait(struct network *network, uint64_t duration_ms)
{
    (void)world_run_for(network->world, duration_ms * WORLD_MS);
}

static void world_end(struct network *network)
{
    for (int i = 0; i < ENDS; i++)
        endpoint_close(&network->hosts[i]);
    CHECK(world_failure_count(network->world) == 0);
    world_free(network->world);
}

/* ---- Messages ---- */

static void send(struct network *network, int from, int to, const char *text)
{
    const struct frame_outgoing message = {.to = network->keys[to],
                                           .bytes = {(const uint8_t *)text, strlen(text)},
                                           .type = FRAME_MESSAGE_REJECT};
    network->ends[from].send(network->ends[from].context, &message);
}

static bool comes(struct network *network, int to, const char *text)
{
    struct frame_span message;
    return network->ends[to].deliver(network->ends[to].context, &message) &&
           message.length == strlen(text) && memcmp(message.bytes, text, message.length) == 0;
}

static bool nothing_comes(struct network *network, int to)
{
    struct frame_span message;
    return !network->ends[to].deliver(network->ends[to].context, &message);
}

static void test_messages(struct network *network)
{
    char text[] = "first";
    for (int i = 0; i < ENDS; i++)
        CHECK_IN(network->name, nothing_comes(network, i));
    send(network, 0, 1, text);
    memset(text, 'x', sizeof text - 1); /* a copy was taken */
    network->pass(network, 1000);
    CHECK_IN(network->name, nothing_comes(network, 0) && nothing_comes(network, 2));
    CHECK_IN(network->name, comes(network, 1, "first") && nothing_comes(network, 1));
    send(network, 0, 2, "of one");
    send(network, 1, 2, "");
    network->pass(network, 1000);
    struct frame_span message;
    size_t bytes = 0;
    for (int i = 0; i < 2; i++) { /* in any order, each whole */
        CHECK_IN(network->name, network->ends[2].deliver(network->ends[2].context, &message));
        bytes += message.length;
    }
    CHECK_IN(network->name, bytes == 6 && nothing_comes(network, 2));
    /* to nobody, which is no error */
    const struct frame_outgoing lost = {
        .to = {{1}}, .bytes = {(const uint8_t *)"lost", 4}, .type = FRAME_MESSAGE_REJECT};
    network->ends[0].send(network->ends[0].context, &lost);
    network->pass(network, 1000);
    for (int i = 0; i < ENDS; i++)
        CHECK_IN(network->name, nothing_comes(network, i));
}

static void test_time(struct network *network)
{
    const struct frame_transport *end = &network->ends[0];
    const uint64_t before_ms = end->now_ms(end->context);
    network->pass(network, 250);
    CHECK_IN(network->name, end->now_ms(end->context) == before_ms + 250);
    CHECK_IN(network->name,
             network->ends[2].now_ms(network->ends[2].context) == end->now_ms(end->context));
}

/* ---- The world's own instances ---- */

/* What stands between a peer and its network, and counts. */
struct tap {
    struct frame_transport behind;
    bool mute; /* nothing gets out */
    uint64_t sent;
    uint64_t delivered;
    uint64_t asked;
};

static void tap_send(void *context, const struct frame_outgoing *message)
{
    struct tap *tap = context;
    tap->sent++;
    if (!tap->mute) tap->behind.send(tap->behind.context, message);
}

static bool tap_deliver(void *context, struct frame_span *message)
{
    struct tap *tap = context;
    const bool there = tap->behind.deliver(tap->behind.context, message);
    tap->delivered += there;
    return there;
}

static uint64_t tap_now_ms(void *context)
{
    struct tap *tap = context;
    tap->asked++;
    return tap->behind.now_ms(tap->behind.context);
}

/* Three peers, one of which writes a note; the run's fingerprint. */
static struct world_hash world_run(struct tap taps[ENDS], bool tapped)
{
    struct world_config config;
    struct world_peer_options options;
    struct world_counters counters;
    const struct world_intent intent = {.action = "notes.create", .payload = "{\"text\":\"n\"}"};
    const int all[ENDS] = {0, 1, 2};
    char name[] = "p0";
    world_config_init(&config);
    struct world *world = world_new(&config);
    world_peer_options_init(&options);
    options.absent = true;
    for (int i = 0; i < ENDS; i++, name[1]++) {
        struct peer *peer = world_peer(world, world_add_peer(world, name, &options));
        taps[i].behind = peer->network;
        if (tapped)
            peer->network = (struct frame_transport){&taps[i], tap_send, tap_deliver, tap_now_ms};
    }
    for (int i = 0; i < ENDS; i++)
        world_join(world, i);
    (void)world_intent(world, 0, &intent);
    (void)world_run_for(world, 10 * WORLD_SECOND);
    CHECK(world_failure_count(world) == 0);
    CHECK(world_converged(world, all, ENDS) == !taps[0].mute);
    for (int i = 0; tapped && i < ENDS; i++) {
        world_counters(world, &counters, i);
        CHECK(taps[i].mute || taps[i].sent == counters.messages_sent);
        CHECK(taps[i].delivered == counters.messages_delivered);
        CHECK(taps[i].asked > 0 && taps[i].sent > 0);
    }
    struct world_hash hash;
    world_final_hash(world, &hash);
    world_free(world);
    return hash;
}

/* All that they say, hear and know of the time comes by their transport, and nothing goes around it. */
static void test_world_uses_it(void)
{
    struct tap none[ENDS] = {{.sent = 0}};
    struct tap taps[ENDS] = {{.sent = 0}};
    struct tap mute[ENDS] = {{.mute = true}, {.mute = true}, {.mute = true}};
    const struct world_hash plain = world_run(none, false);
    const struct world_hash tapped = world_run(taps, true);
    CHECK(memcmp(&plain, &tapped, sizeof plain) == 0);
    (void)world_run(mute, true);
}

/* ---- Instances ---- */

/* What the caller of an instance does with an update: here nothing but count what is to be durable. */
static bool written(void *context, const struct frame_update *update)
{
    size_t *bytes = context;
    *bytes += update->append.length;
    return true;
}

static struct frame_instance *instance_on(struct network *network, int end, struct heap *heap)
{
    struct frame_instance_config config;
    struct frame_instance *instance = NULL;
    struct frame_public_key identity;
    const uint8_t seed[32] = {200};
    frame_instance_config_init(&config);
    config.crypto->key_pair(config.crypto->context, &config.identity_secret, &identity, seed);
    config.allocator = heap_allocator(heap);
    config.identity = (struct frame_span){(const uint8_t *)"alice", 5};
    config.transport_secret = network->secrets[end];
    config.jitter_seed = (uint64_t)end;
    config.discovery = true;
    config.announce_interval_ms = 1000;
    const struct frame_transport *transport = &network->ends[end];
    CHECK(frame_instance_new(&instance, &config, transport->now_ms(transport->context)) ==
          FRAME_OK);
    return instance;
}

/* Three that know one another in a line find each other, and come to one state; who a message is from is
   proven by itself. */
static void test_instances(struct network *network)
{
    struct heap heaps[ENDS] = {{0}};
    struct frame_instance *instances[ENDS];
    size_t bytes[ENDS] = {0};
    const struct frame_intent intent = {.action = {(const uint8_t *)"notes.create", 12},
                                        .payload = {(const uint8_t *)"{\"text\":\"n\"}", 12}};
    struct frame_event event = {.type = FRAME_EVENT_INTENT, .clock_s = CLOCK_S, .intent = &intent};
    for (int i = 0; i < ENDS; i++)
        instances[i] = instance_on(network, i, &heaps[i]);
    for (int i = 1; i < ENDS; i++)
        CHECK(frame_instance_peer(instances[i], &network->keys[i - 1], false) == FRAME_OK);
    CHECK(frame_transport_event(instances[0], &network->ends[0], &event, &bytes[0], written) ==
          FRAME_OK);
    CHECK_IN(network->name, bytes[0] > 0 && frame_instance_durable(instances[0]) == 1);
    for (int t = 0; t < 3000; t++) {
        for (int i = 0; i < ENDS; i++)
            CHECK(
                frame_transport_turn(instances[i], &network->ends[i], CLOCK_S, &bytes[i], written));
        network->pass(network, 10);
    }
    for (int i = 0; i < ENDS; i++) {
        struct frame_peer_state state;
        CHECK_IN(network->name, frame_instance_durable(instances[i]) == 1);
        CHECK_IN(network->name, bytes[i] == bytes[0]);
        for (int k = 0; k < ENDS; k++)
            CHECK_IN(network->name, k == i || (frame_instance_peer_state(instances[i], &state,
                                                                         &network->keys[k]) &&
                                               state.member));
    }
    for (int i = 0; i < ENDS; i++) {
        frame_instance_free(instances[i]);
        CHECK(heaps[i].live == 0);
    }
}

/* Storage that fails ends the instance, and nothing is sent. */
static bool not_written(void *context, const struct frame_update *update)
{
    (void)context;
    return update->append.length == 0;
}

static void test_failure(struct network *network)
{
    struct heap heap = {0};
    struct frame_instance *instance = instance_on(network, 0, &heap);
    const struct frame_intent intent = {.action = {(const uint8_t *)"notes.create", 12},
                                        .payload = {(const uint8_t *)"{\"text\":\"n\"}", 12}};
    struct frame_event event = {.type = FRAME_EVENT_INTENT, .clock_s = CLOCK_S, .intent = &intent};
    (void)frame_transport_event(instance, &network->ends[0], &event, NULL, not_written);
    CHECK_IN(network->name, frame_instance_halted(instance));
    CHECK_IN(network->name,
             !frame_transport_turn(instance, &network->ends[0], CLOCK_S, NULL, not_written));
    frame_instance_free(instance);
    CHECK(heap.live == 0);
}

static void test(struct network *network)
{
    memset(&network->heap, 0, sizeof network->heap);
    network->allocator = heap_allocator(&network->heap);
    for (int i = 0; i < ENDS; i++) {
        const struct frame_crypto *crypto = frame_crypto_libsodium();
        const uint8_t seed[32] = {(uint8_t)(i + 1)};
        crypto->key_pair(crypto->context, &network->secrets[i], &network->keys[i], seed);
    }
    network->open(network);
    test_messages(network);
    test_time(network);
    test_instances(network);
    test_failure(network);
    network->close(network);
    CHECK(network->heap.live == 0);
}

int main(void)
{
    static struct network loopback = {
        .name = "loopback", .open = loopback_begin, .pass = loopback_wait, .close = loopback_end};
    static struct network world = {
        .name = "world", .open = world_begin, .pass = world_wait, .close = world_end};
    test(&loopback);
    test(&world);
    test_world_uses_it();
    return check_done();
}
