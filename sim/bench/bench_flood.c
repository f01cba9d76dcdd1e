// SPDX-License-Identifier: Apache-2.0
/*
 * bench_flood: how many messages the simulated world delivers in a second where peers do nothing but send each message on to
 * another peer, 100 peers and as many messages on their way; and what a bare binary heap does of the same: take out the next
 * event, put in one that comes later.
 */
#include "core/bench/bench.h"
#include "sim/peer.h"
#include "sim/world.h"

enum { PEERS = 100, MESSAGE_BYTES = 64, VIRTUAL_S = 25, HEAP_EVENTS = 2000000 };

/* ---- A peer without a protocol ---- */

struct stub {
    struct frame_allocator allocator;
    struct frame_chain *chain; /* empty, and nobody's: it has no root to be found anew */
    struct frame_public_key keys[WORLD_PEERS_MAX];
    size_t key_count;
    struct frame_outgoing out;
    uint8_t bytes[MESSAGE_BYTES];
    uint64_t received;
    bool begun;
};

static enum frame_status stub_create(void **instance, const struct frame_instance_config *config,
                                     uint64_t now_ms)
{
    (void)now_ms;
    const struct frame_chain_config chain = {
        .crypto = config->crypto, .allocator = config->allocator, .mode = FRAME_MODE_STRUCTURAL};
    struct stub *stub = config->allocator.allocate(config->allocator.context, sizeof *stub);
    if (stub == NULL) return FRAME_NO_MEMORY;
    memset(stub, 0, sizeof *stub);
    stub->allocator = config->allocator;
    *instance = stub;
    return frame_chain_new(&stub->chain, &chain);
}

static void stub_destroy(void *instance)
{
    struct stub *stub = instance;
    const struct frame_allocator allocator = stub->allocator;
    frame_chain_free(stub->chain);
    allocator.release(allocator.context, stub, sizeof *stub);
}

static enum frame_status stub_recover(void *instance, struct frame_recovery *recovery,
                                      const uint8_t *log, size_t length)
{
    (void)instance;
    (void)log;
    (void)length;
    memset(recovery, 0, sizeof *recovery);
    recovery->offset = -1;
    return FRAME_OK;
}

static bool stub_log(const void *instance, struct frame_sink sink)
{
    (void)instance;
    (void)sink;
    return true;
}

static enum frame_status stub_know(void *instance, const struct frame_public_key *key, bool trusted)
{
    (void)trusted;
    struct stub *stub = instance;
    stub->keys[stub->key_count++] = *key;
    return FRAME_OK;
}

static enum frame_status stub_step(void *instance, struct frame_update *update,
                                   const struct frame_event *event)
{
    struct stub *stub = instance;
    if (event->type == FRAME_EVENT_TICK && stub->begun) return FRAME_OK;
    if (event->type != FRAME_EVENT_TICK && event->type != FRAME_EVENT_MESSAGE) return FRAME_OK;
    stub->begun = true;
    stub->received++;
    stub->out = (struct frame_outgoing){.to = stub->keys[stub->received * 31 % stub->key_count],
                                        .type = FRAME_MESSAGE_ATTEST,
                                        .bytes = {stub->bytes, sizeof stub->bytes}};
    update->messages = &stub->out;
    update->message_count = 1;
    return FRAME_OK;
}

static uint64_t stub_deadline_ms(const void *instance)
{
    const struct stub *stub = instance;
    return stub->begun ? UINT64_MAX : 0;
}

static const struct frame_chain *stub_chain(const void *instance)
{
    const struct stub *stub = instance;
    return stub->chain;
}

static uint64_t stub_durable(const void *instance)
{
    (void)instance;
    return 0;
}

static bool stub_no(const void *instance)
{
    (void)instance;
    return false;
}

static bool stub_peer_state(const void *instance, struct frame_peer_state *state,
                            const struct frame_public_key *key)
{
    (void)instance;
    (void)state;
    (void)key;
    return false;
}

static const struct peer_driver stub_driver = {.name = "stub",
                                               .create = stub_create,
                                               .destroy = stub_destroy,
                                               .recover = stub_recover,
                                               .log = stub_log,
                                               .know = stub_know,
                                               .step = stub_step,
                                               .deadline_ms = stub_deadline_ms,
                                               .chain = stub_chain,
                                               .durable = stub_durable,
                                               .in_safe_mode = stub_no,
                                               .halted = stub_no,
                                               .peer_state = stub_peer_state};

/* ---- The world ---- */

static void bench_world(int peers, const char *row)
{
    struct world_config config;
    struct world_peer_options options;
    world_config_init(&config);
    config.driver = &stub_driver;
    config.refold_ppm = 0;
    struct world *world = world_new(&config);
    bench_check(world != NULL, "no world");
    for (size_t i = 0; i < world_check_count(); i++)
        (void)world_check_enable(world, world_check_name(i), false);
    world_peer_options_init(&options);
    for (int i = 0; i < peers; i++) {
        char name[16];
        (void)snprintf(name, sizeof name, "p%d", i);
        bench_check(world_add_peer(world, name, &options) == i, "no peer");
    }
    (void)world_run_for(world, WORLD_SECOND);
    const uint64_t before = world_steps(world);
    const double begin = bench_now_s();
    (void)world_run_for(world, (uint64_t)VIRTUAL_S * WORLD_SECOND * PEERS / (uint64_t)peers);
    const double took = bench_now_s() - begin;
    bench_sample(row, "framesim", (double)(world_steps(world) - before) / took, "messages/s");
    world_free(world);
}

/* ---- The heap ---- */

struct event {
    uint64_t time;
    uint64_t sequence;
    uint64_t what[3]; /* as large as the world's */
};

static bool earlier(const struct event *a, const struct event *b)
{
    return a->time < b->time || (a->time == b->time && a->sequence < b->sequence);
}

static void sift_up(struct event *heap, size_t i)
{
    while (i > 0 && earlier(&heap[i], &heap[(i - 1) / 2])) {
        const struct event moved = heap[i];
        heap[i] = heap[(i - 1) / 2];
        heap[(i - 1) / 2] = moved;
        i = (i - 1) / 2;
    }
}

static void sift_down(struct event *heap, size_t count)
{
    const struct event moved = heap[0];
    size_t i = 0;
    for (size_t child; (child = 2 * i + 1) < count; i = child) {
        if (child + 1 < count && earlier(&heap[child + 1], &heap[child])) child++;
        if (!earlier(&heap[child], &moved)) break;
        heap[i] = heap[child];
    }
    heap[i] = moved;
}

static void bench_heap(size_t queued, const char *row)
{
    struct event *heap = calloc(queued + 1, sizeof *heap);
    bench_check(heap != NULL, "out of memory");
    uint64_t chance = 1;
    uint64_t sequence = 0;
    size_t count = 0;
    for (; count < queued; count++) {
        heap[count] = (struct event){.time = count, .sequence = sequence};
        sequence++;
        sift_up(heap, count);
    }
    const double begin = bench_now_s();
    for (int i = 0; i < HEAP_EVENTS; i++) {
        struct event next = heap[0];
        heap[0] = heap[--count];
        sift_down(heap, count);
        chance = chance * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
        next.time += 10000 + (chance >> 44) % 10000;
        next.sequence = sequence++;
        heap[count] = next;
        sift_up(heap, count++);
    }
    bench_sample(row, "bare-heap", HEAP_EVENTS / (bench_now_s() - begin), "messages/s");
    free(heap);
}

int main(void)
{
    static const int peers[] = {10, 50, 200};
    bench_world(PEERS, "flood");
    bench_heap(PEERS, "flood");
    for (size_t i = 0; i < sizeof peers / sizeof *peers; i++) {
        char row[32];
        (void)snprintf(row, sizeof row, "flood@%d", peers[i]);
        bench_world(peers[i], row);
        bench_heap((size_t)peers[i], row);
    }
    return 0;
}
