// SPDX-License-Identifier: Apache-2.0
/* A world's memory, time and words; making, ending, saving and restoring it. */
#include "sim/world_internal.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "sim/checks.h"
#include "sim/versions.h"

#define LONG_US (UINT64_C(1000) * 3600 * WORLD_SECOND) /* where something lasts for ever */
#if SIZE_MAX > UINT32_MAX
enum { MEMORY_MIB = 1024 }; /* unless the caller says otherwise */
#else
enum { MEMORY_MIB = 512 };
#endif
enum { RESERVE_PARTS = 8 }; /* one part of so many is kept for the world's own books */

void world_config_init(struct world_config *config)
{
    *config = (struct world_config){
        .seed = 1,
        .memory_bytes_max = (size_t)MEMORY_MIB << 20,
        .stop_at_failure = true,
        .refold_ppm = 5000,
        .refold_receipts_max = 2000,
    };
}

/* ---- Memory ---- */

static size_t exhausted_at(const struct world *world)
{
    return world->region_size - world->region_size / RESERVE_PARTS;
}

/* A log that is put away has to be put together, in a block of its size class, and another one for a disk that is replaced. */
bool world_exhausted(const struct world *world)
{
    const size_t logs = world->longest_log / 2 * 5;
    return logs > exhausted_at(world) || world->arena.used > exhausted_at(world) - logs;
}

void *world_take(struct world *world, size_t size)
{
    void *memory = memory_allocate(&world->allocator, size);
    FRAME_ASSERT(memory != NULL);
    return memory;
}

void world_give(struct world *world, void *memory, size_t size)
{
    memory_release(&world->allocator, memory, size);
}

char *world_take_text(struct world *world, const char *bytes, size_t length)
{
    char *text = world_take(world, length + 1);
    if (length > 0) memcpy(text, bytes, length);
    text[length] = '\0';
    return text;
}

void world_reserve(struct world *world, void **array, size_t *capacity, size_t count,
                   size_t element_size)
{
    FRAME_MUST(memory_reserve(&world->allocator, array, capacity, count, element_size));
}

void world_starve(struct world *world, int peer, uint64_t nth, uint64_t until_us)
{
    struct peer_memory *memory = &world_peer(world, peer)->memory;
    const uint64_t lasts_us = until_us - world->now_us;
    if (nth == 0 && memory->fail_in > 0)
        world_did(world, "starve %s no more", world_peer_name(world, peer));
    else if (nth > 0 && until_us == 0)
        world_did(world, "starve %s at %" PRIu64, world_peer_name(world, peer), nth);
    else if (nth > 0)
        world_did(world, "starve %s at %" PRIu64 " for %" PRIu64 "us", world_peer_name(world, peer),
                  nth, lasts_us < LONG_US ? lasts_us : LONG_US);
    memory->fail_in = nth;
    memory->fail_until_us = until_us;
}

uint64_t world_memory_refused(const struct world *world, int peer)
{
    return world_peer(world, peer)->memory.refused;
}

/* The planned one, and those behind it while that lasts; or one past the bound. */
static bool memory_refused(struct peer_memory *memory, size_t size)
{
    const bool lasts = memory->fail_until_us > 0;
    if (memory->limit > 0 && size > memory->limit - memory->live) return true;
    if (lasts && memory->world->now_us >= memory->fail_until_us) memory->fail_in = 0;
    if (!memory->at_work || memory->fail_in == 0 || --memory->fail_in > 0) return false;
    if (lasts) memory->fail_in = 1;
    return true;
}

static void memory_count(struct peer_memory *memory, size_t size)
{
    memory->live += size;
    if (memory->live > memory->most) memory->most = memory->live;
}

static void *instance_allocate(void *context, size_t size)
{
    struct peer_memory *memory = context;
    struct world *world = memory->world;
    void *allocated = NULL;
    if (memory_refused(memory, size)) {
        memory->refused++;
        return NULL;
    }
    if (!world->config.plain_malloc)
        allocated = world_exhausted(world) ? NULL : memory_allocate(&world->allocator, size);
    else if (size <= exhausted_at(world) - world->plain_live)
        allocated = malloc(size);
    if (allocated == NULL) {
        memory->refused++;
        return NULL;
    }
    memory_count(memory, size);
    if (!world->config.plain_malloc) return allocated;
    world->plain_live += size;
    if (world->plain_live > world->plain_most) world->plain_most = world->plain_live;
    return allocated;
}

static void instance_release(void *context, void *memory, size_t size)
{
    struct peer_memory *peer_memory = context;
    struct world *world = peer_memory->world;
    FRAME_ASSERT(peer_memory->live >= size);
    peer_memory->live -= size;
    if (world->config.plain_malloc) {
        world->plain_live -= size;
        free(memory);
    } else {
        memory_release(&world->allocator, memory, size);
    }
}

/* The text of a receipt counts as if it were the instance's own, but is no piece of memory that it asks for. */
static const uint8_t *instance_hold(void *context, const uint8_t *bytes, size_t length)
{
    struct peer_memory *memory = context;
    struct world *world = memory->world;
    const uint8_t *held = NULL;
    if (!world_exhausted(world) && (memory->limit == 0 || length <= memory->limit - memory->live))
        held = texts_hold(&world->texts, &world->allocator, bytes, length);
    if (held == NULL)
        memory->refused++;
    else
        memory_count(memory, length);
    return held;
}

static void instance_drop(void *context, const uint8_t *bytes, size_t length)
{
    struct peer_memory *memory = context;
    FRAME_ASSERT(memory->live >= length);
    memory->live -= length;
    texts_drop(&memory->world->texts, &memory->world->allocator, bytes);
}

struct frame_allocator peer_allocator(struct peer *peer)
{
    struct frame_allocator allocator = {
        .context = &peer->memory, .allocate = instance_allocate, .release = instance_release};
    if (!peer->memory.world->config.plain_malloc) {
        allocator.hold = instance_hold;
        allocator.drop = instance_drop;
    }
    return allocator;
}

void world_memory(const struct world *world, size_t *now, size_t *most)
{
    *now = world->arena.live + world->plain_live;
    *most = world->arena.used + world->plain_most;
}

/* ---- Making and ending ---- */

static uint8_t *region_map(size_t size)
{
    void *region = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region == MAP_FAILED) return NULL;
#ifdef MADV_HUGEPAGE /* one fault in the place of 512; nothing is lost where it is refused */
    (void)madvise(region, size, MADV_HUGEPAGE);
#endif
    return region;
}

/* A world at the start of its region; the arena has the rest. */
static struct world *world_place(uint8_t *region, const struct world_config *config)
{
    const size_t header = (sizeof(struct world) + 63) & ~(size_t)63;
    struct world *world = (struct world *)(void *)region;
    *world = (struct world){
        .config = *config, .region = region, .region_size = config->memory_bytes_max};
    frame_arena_init(&world->arena, region + header, config->memory_bytes_max - header);
    world->allocator = frame_arena_allocator(&world->arena);
    return world;
}

struct world *world_new(const struct world_config *config)
{
    enum { REGION_BYTES_MIN = 16 << 20 };
    struct world_config placed = *config;
    if (placed.memory_bytes_max < REGION_BYTES_MIN) placed.memory_bytes_max = REGION_BYTES_MIN;
    struct crypto_memo *memo = config->memo;
    if (memo == NULL) memo = crypto_memo_new(CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (memo == NULL) return NULL;
    uint8_t *region = region_map(placed.memory_bytes_max);
    if (region == NULL) {
        if (config->memo == NULL) crypto_memo_free(memo);
        return NULL;
    }
    struct world *world = world_place(region, &placed);
    world->memo = memo;
    world->own_memo = config->memo == NULL;
    world->crypto = crypto_memo_crypto(memo);
    world->driver = config->driver != NULL ? config->driver : &peer_driver_core;
    world->tape = tape_new(&world->allocator, config->seed);
    FRAME_ASSERT(world->tape != NULL);
    queue_init(&world->queue, &world->allocator);
    link_settings_init(&world->default_link);
    ledger_init(&world->ledger, &world->allocator);
    versions_init(world);
    world->checks_off = world_take(world, world_check_count() * sizeof *world->checks_off);
    memset(world->checks_off, 0, world_check_count() * sizeof *world->checks_off);
    return world;
}

void world_free(struct world *world)
{
    if (world == NULL) return;
    if (world->config.plain_malloc) /* all else goes with the region */
        for (int i = 0; i < world->peer_count; i++)
            if (world->peers[i]->instance != NULL)
                world->driver->destroy(world->peers[i]->instance);
    if (world->own_memo) crypto_memo_free(world->memo);
    uint8_t *region = world->region;
    (void)munmap(region, world->region_size);
}

/* ---- Branching ---- */

struct world_snapshot {
    size_t length;
    uint8_t bytes[];
};

/* Everything up to the arena's high-water mark. */
static size_t region_used(const struct world *world)
{
    return (size_t)(world->arena.memory - world->region) + world->arena.used;
}

struct world_snapshot *world_save(const struct world *world)
{
    if (world->config.plain_malloc) return NULL;
    const size_t length = region_used(world);
    struct world_snapshot *snapshot = malloc(sizeof *snapshot + length);
    if (snapshot == NULL) return NULL;
    snapshot->length = length;
    memcpy(snapshot->bytes, world->region, length);
    return snapshot;
}

void world_restore(struct world *world, const struct world_snapshot *snapshot)
{
    const struct trace_hook trace = world->trace;
    const struct world_deeds deeds = world->deeds;
    struct tape_recorder recorder;
    tape_recorder(world->tape, &recorder);
    memcpy(world->region, snapshot->bytes, snapshot->length);
    world->trace = trace;
    world->deeds = deeds;
    tape_record(world->tape, &recorder);
}

void world_snapshot_free(struct world_snapshot *snapshot)
{
    free(snapshot);
}

/* ---- Time and words ---- */

uint64_t world_now_us(const struct world *world)
{
    return world->now_us;
}

uint64_t world_set_changes(const struct world *world)
{
    return world->set_changes;
}

uint64_t world_steps(const struct world *world)
{
    return world->steps;
}

struct tape *world_tape(struct world *world)
{
    return world->tape;
}

void world_deeds(struct world *world, const struct world_deeds *hook)
{
    world->deeds = hook != NULL ? *hook : (struct world_deeds){0};
}

void world_did(const struct world *world, const char *format, ...)
{
    char line[512];
    va_list arguments;
    if (world->deeds.deed == NULL) return;
    va_start(arguments, format);
    vsnprintf(line, sizeof line, format, arguments);
    va_end(arguments);
    world->deeds.deed(world->deeds.context, world, line);
}

void world_trace(struct world *world, const struct trace_hook *hook)
{
    world->trace = hook != NULL ? *hook : (struct trace_hook){0};
}

void world_schedule(struct world *world, enum event_kind kind, int peer, uint64_t time_us,
                    uint64_t stamp, void *data)
{
    FRAME_ASSERT(time_us >= world->now_us);
    const struct queued queued = {
        .time_us = time_us, .kind = kind, .peer = peer, .stamp = stamp, .data = data};
    FRAME_MUST(queue_push(&world->queue, &queued));
}

void world_tell(struct world *world, enum trace_kind kind, int peer, int other, const char *format,
                ...)
{
    if (world->trace.record == NULL) return;
    char text[512];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    world_tell_message(world, kind, peer, other, 0, text);
}

void world_tell_message(struct world *world, enum trace_kind kind, int peer, int other,
                        uint64_t message, const char *text)
{
    const struct trace_record record = {.time_us = world->now_us,
                                        .event = world->steps,
                                        .kind = kind,
                                        .peer = peer,
                                        .other = other,
                                        .message = message,
                                        .text = text};
    if (world->trace.record != NULL) world->trace.record(world->trace.context, &record);
}

void world_say(struct world *world, int peer, const char *text)
{
    world_tell(world, TRACE_WORLD, peer, WORLD_NOBODY, "%s", text);
}

struct short_hash short_hash(const struct frame_hash *hash)
{
    struct short_hash words;
    frame_hex_encode(words.text, hash->bytes, (sizeof words.text - 1) / 2);
    words.text[sizeof words.text - 1] = '\0';
    return words;
}

struct short_hash short_route(const struct frame_route_id *id)
{
    struct short_hash words;
    frame_hex_encode(words.text, id->bytes, (sizeof words.text - 1) / 2);
    words.text[sizeof words.text - 1] = '\0';
    return words;
}

/* ---- Who is who ---- */

struct peer *world_peer(const struct world *world, int peer)
{
    FRAME_ASSERT(peer >= 0 && peer < world->peer_count);
    return world->peers[peer];
}

struct link *world_link(const struct world *world, int from, int to)
{
    (void)world_peer(world, from);
    (void)world_peer(world, to);
    return &world->links[from][to];
}

int world_peer_count(const struct world *world)
{
    return world->peer_count;
}

int world_peer_find(const struct world *world, const char *name)
{
    for (int i = 0; i < world->peer_count; i++)
        if (strcmp(world->peers[i]->name, name) == 0) return i;
    return WORLD_NOBODY;
}
