// SPDX-License-Identifier: Apache-2.0
#include "state_map.h"

#include <string.h>

#include "memory.h"

enum {
    CHUNK_BYTES_MAX = 4096,   /* a longer one is cut in two, unless it is one entry */
    CHUNK_BYTES_JOINED = 2048 /* what a delete leaves is joined with a neighbour up to this */
};

/* ---- Chunks ------------------------------------------------------------------------------------ */

static size_t chunk_size(size_t count, size_t length)
{
    return sizeof(struct state_chunk) + count * sizeof(struct state_entry) + length;
}

struct frame_span chunk_text(const struct state_chunk *chunk)
{
    return (struct frame_span){(const uint8_t *)(chunk->entries + chunk->count), chunk->length};
}

static size_t entry_start(const struct state_chunk *chunk, size_t entry)
{
    return entry < chunk->count ? chunk->entries[entry].start : chunk->length;
}

static struct frame_span entry_key(const struct state_chunk *chunk, size_t entry)
{
    const struct state_entry *at = &chunk->entries[entry];
    return (struct frame_span){chunk_text(chunk).bytes + at->start, at->key_length};
}

/* Behind the key and its colon, up to the comma. */
static struct frame_span entry_value(const struct state_chunk *chunk, size_t entry)
{
    struct frame_span key = entry_key(chunk, entry);
    size_t length = entry_start(chunk, entry + 1) - entry_start(chunk, entry);
    return (struct frame_span){key.bytes + key.length + 1, length - key.length - 2};
}

static void chunk_release(const struct frame_allocator *allocator, struct state_chunk *chunk)
{
    if (chunk == NULL || --chunk->references > 0) return;
    memory_release(allocator, chunk, chunk_size(chunk->count, chunk->length));
}

/* A chunk being filled: `count` entries and `length` bytes of it are there. */
struct filling {
    struct state_chunk *chunk;
    size_t count;
    size_t length;
};

static bool filling_init(struct filling *filling, const struct frame_allocator *allocator,
                         size_t count, size_t length)
{
    struct state_chunk *chunk = memory_allocate(allocator, chunk_size(count, length));
    if (chunk == NULL) return false;
    chunk->references = 1;
    chunk->count = count;
    chunk->length = length;
    *filling = (struct filling){.chunk = chunk};
    return true;
}

static uint8_t *filling_end(const struct filling *filling)
{
    return (uint8_t *)(filling->chunk->entries + filling->chunk->count) + filling->length;
}

static struct state_chunk *filling_done(const struct filling *filling)
{
    FRAME_ASSERT(filling->count == filling->chunk->count);
    FRAME_ASSERT(filling->length == filling->chunk->length);
    return filling->chunk;
}

static void fill_entry(struct filling *filling, struct frame_span key, struct frame_span value)
{
    uint8_t *text = filling_end(filling);
    filling->chunk->entries[filling->count] =
        (struct state_entry){(uint32_t)filling->length, (uint32_t)key.length};
    memcpy(text, key.bytes, key.length);
    text[key.length] = ':';
    memcpy(text + key.length + 1, value.bytes, value.length);
    text[key.length + 1 + value.length] = ',';
    filling->count += 1;
    filling->length += key.length + value.length + 2;
}

/* Appends the entries [first, end) of another chunk. */
static void fill_from(struct filling *filling, const struct state_chunk *from, size_t first,
                      size_t end)
{
    size_t start = entry_start(from, first);
    size_t length = entry_start(from, end) - start;
    if (first == end) return;
    memcpy(filling_end(filling), chunk_text(from).bytes + start, length);
    for (size_t entry = first; entry < end; entry++) {
        size_t moved = from->entries[entry].start - start + filling->length;
        filling->chunk->entries[filling->count] =
            (struct state_entry){(uint32_t)moved, from->entries[entry].key_length};
        filling->count += 1;
    }
    filling->length += length;
}

static struct state_chunk *chunk_part(const struct frame_allocator *allocator,
                                      const struct state_chunk *whole, size_t first, size_t end)
{
    struct filling filling;
    if (!filling_init(&filling, allocator, end - first,
                      entry_start(whole, end) - entry_start(whole, first)))
        return NULL;
    fill_from(&filling, whole, first, end);
    return filling_done(&filling);
}

/* The entry at which the two sides of a cut differ least in length; never 0. */
static size_t chunk_middle(const struct state_chunk *chunk)
{
    size_t best = 1;
    size_t best_longer = SIZE_MAX;
    for (size_t entry = 1; entry < chunk->count; entry++) {
        size_t left = entry_start(chunk, entry);
        size_t right = chunk->length - left;
        size_t longer = left > right ? left : right;
        if (longer >= best_longer) break;
        best = entry;
        best_longer = longer;
    }
    return best;
}

/* What takes the place of some chunks in a table. */
struct replacement {
    size_t first;   /* chunk from which on */
    size_t removed; /* so many chunks go */
    size_t count;   /* so many come */
    struct state_chunk *chunks[2];
};

static void replacement_release(const struct frame_allocator *allocator,
                                struct replacement *replacement)
{
    for (size_t i = 0; i < replacement->count; i++)
        chunk_release(allocator, replacement->chunks[i]);
}

/* Cuts the replacement's one chunk in two where it is too long. */
static bool replacement_cut(const struct frame_allocator *allocator,
                            struct replacement *replacement)
{
    struct state_chunk *whole = replacement->chunks[0];
    if (whole->length <= CHUNK_BYTES_MAX || whole->count == 1) return true;
    size_t middle = chunk_middle(whole);
    struct state_chunk *left = chunk_part(allocator, whole, 0, middle);
    struct state_chunk *right = chunk_part(allocator, whole, middle, whole->count);
    if (left == NULL || right == NULL) {
        chunk_release(allocator, left);
        chunk_release(allocator, right);
        return false;
    }
    chunk_release(allocator, whole);
    replacement->chunks[0] = left;
    replacement->chunks[1] = right;
    replacement->count = 2;
    return true;
}

/* ---- The table --------------------------------------------------------------------------------- */

static size_t map_size(size_t capacity)
{
    return sizeof(struct state_map) + capacity * sizeof(struct state_chunk *);
}

void map_release(const struct frame_allocator *allocator, struct state_map *map)
{
    if (map == NULL || --map->references > 0) return;
    for (size_t i = 0; i < map->count; i++)
        chunk_release(allocator, map->chunks[i]);
    memory_release(allocator, map, map_size(map->capacity));
}

/* Makes *map a table of its own with room for `count` chunks; its contents stay the same. */
static bool map_own(const struct frame_allocator *allocator, struct state_map **map, size_t count)
{
    struct state_map *old = *map;
    if (old != NULL && old->references == 1 && old->capacity >= count) return true;
    size_t capacity = count + count / 4 + 3;
    struct state_map *own = memory_allocate(allocator, map_size(capacity));
    if (own == NULL) return false;
    *own = (struct state_map){.references = 1, .capacity = capacity};
    if (old != NULL) {
        own->count = old->count;
        own->entries = old->entries;
        own->bytes = old->bytes;
        memcpy(own->chunks, old->chunks, old->count * sizeof(struct state_chunk *));
        for (size_t i = 0; i < old->count; i++)
            old->chunks[i]->references += 1;
        map_release(allocator, old);
    }
    *map = own;
    return true;
}

/* Puts the replacement's chunks into the table, or releases them where memory runs out. */
static bool map_replace(const struct frame_allocator *allocator, struct state_map **map,
                        struct replacement *replacement)
{
    size_t before = *map == NULL ? 0 : (*map)->count;
    size_t behind = replacement->first + replacement->removed;
    size_t count = before - replacement->removed + replacement->count;
    if (!map_own(allocator, map, count)) {
        replacement_release(allocator, replacement);
        return false;
    }
    struct state_chunk **chunks = (*map)->chunks;
    for (size_t i = replacement->first; i < behind; i++)
        chunk_release(allocator, chunks[i]);
    memmove(chunks + replacement->first + replacement->count, chunks + behind,
            (before - behind) * sizeof(struct state_chunk *));
    memcpy(chunks + replacement->first, replacement->chunks,
           replacement->count * sizeof(struct state_chunk *));
    (*map)->count = count;
    return true;
}

/* The last chunk whose first key is not greater than `key`; 0 where there is none. */
static size_t map_chunk_of(const struct state_map *map, struct frame_span key)
{
    size_t low = 0;
    size_t high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (frame_json_key_compare(entry_key(map->chunks[middle], 0), key) <= 0)
            low = middle + 1;
        else
            high = middle;
    }
    return low == 0 ? 0 : low - 1;
}

/* As map_seek, but a place behind a chunk's last entry stays in that chunk. */
static bool map_find(const struct state_map *map, struct map_place *place, struct frame_span key)
{
    *place = (struct map_place){0, 0};
    if (map == NULL) return false;
    place->chunk = map_chunk_of(map, key);
    const struct state_chunk *chunk = map->chunks[place->chunk];
    size_t low = 0;
    size_t high = chunk->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        int order = frame_json_key_compare(entry_key(chunk, middle), key);
        if (order == 0) {
            place->entry = middle;
            return true;
        }
        if (order < 0)
            low = middle + 1;
        else
            high = middle;
    }
    place->entry = low;
    return false;
}

bool map_seek(const struct state_map *map, struct map_place *place, struct frame_span key)
{
    bool found = map_find(map, place, key);
    if (map != NULL && place->entry == map->chunks[place->chunk]->count)
        *place = (struct map_place){place->chunk + 1, 0};
    return found;
}

bool map_at(const struct state_map *map, struct map_place place, struct frame_span *key,
            struct frame_span *value)
{
    if (map == NULL || place.chunk == map->count) return false;
    const struct state_chunk *chunk = map->chunks[place.chunk];
    *key = entry_key(chunk, place.entry);
    *value = entry_value(chunk, place.entry);
    return true;
}

struct map_place map_next(const struct state_map *map, struct map_place place)
{
    if (place.entry + 1 < map->chunks[place.chunk]->count)
        return (struct map_place){place.chunk, place.entry + 1};
    return (struct map_place){place.chunk + 1, 0};
}

/* ---- Put --------------------------------------------------------------------------------------- */

/* The chunk at `place` (NULL: none yet) with an entry put there, over the old one where `found`. */
static bool chunk_put(const struct frame_allocator *allocator, struct replacement *replacement,
                      const struct state_chunk *old, size_t entry, bool found,
                      struct frame_span key, struct frame_span value)
{
    size_t after = found ? entry + 1 : entry;
    size_t count = 1;
    size_t length = key.length + value.length + 2;
    if (old != NULL) {
        count += old->count - (after - entry);
        length += old->length - (entry_start(old, after) - entry_start(old, entry));
    }
    struct filling filling;
    if (!filling_init(&filling, allocator, count, length)) return false;
    if (old != NULL) fill_from(&filling, old, 0, entry);
    fill_entry(&filling, key, value);
    if (old != NULL) fill_from(&filling, old, after, old->count);
    replacement->chunks[0] = filling_done(&filling);
    replacement->count = 1;
    if (replacement_cut(allocator, replacement)) return true;
    replacement_release(allocator, replacement);
    return false;
}

enum frame_status map_put(const struct frame_allocator *allocator, struct state_map **map,
                          struct frame_span key, struct frame_span value)
{
    if (key.length > STATE_ENTRY_BYTES_MAX || value.length > STATE_ENTRY_BYTES_MAX - key.length)
        return FRAME_LIMIT;
    struct map_place place = {0, 0};
    const struct state_chunk *old = NULL;
    bool found = false;
    size_t gone = 0;
    size_t come = key.length + value.length; /* kept: the spans may lie in `old`, which may go */
    if (*map != NULL) {
        found = map_find(*map, &place, key);
        old = (*map)->chunks[place.chunk];
        if (found) gone = key.length + entry_value(old, place.entry).length;
    }
    struct replacement replacement = {.first = place.chunk, .removed = old == NULL ? 0 : 1};
    if (!chunk_put(allocator, &replacement, old, place.entry, found, key, value) ||
        !map_replace(allocator, map, &replacement))
        return FRAME_NO_MEMORY;
    (*map)->entries += found ? 0 : 1;
    (*map)->bytes = (*map)->bytes - gone + come;
    return FRAME_OK;
}

/* ---- Delete ------------------------------------------------------------------------------------ */

/* Widens the replacement by a neighbour that is small enough to join what is left. */
static void replacement_widen(struct replacement *replacement, const struct state_map *map,
                              size_t left)
{
    size_t at = replacement->first;
    if (at + 1 < map->count && left + map->chunks[at + 1]->length <= CHUNK_BYTES_JOINED) {
        replacement->removed = 2;
    } else if (at > 0 && left + map->chunks[at - 1]->length <= CHUNK_BYTES_JOINED) {
        replacement->first = at - 1;
        replacement->removed = 2;
    }
}

/* Builds the one chunk that is left of the replaced ones without the entry at `place`. */
static bool chunk_delete(const struct frame_allocator *allocator, struct replacement *replacement,
                         const struct state_map *map, struct map_place place, size_t gone)
{
    size_t end = replacement->first + replacement->removed;
    size_t count = 0;
    size_t length = 0;
    for (size_t i = replacement->first; i < end; i++) {
        count += map->chunks[i]->count;
        length += map->chunks[i]->length;
    }
    struct filling filling;
    if (!filling_init(&filling, allocator, count - 1, length - gone)) return false;
    for (size_t i = replacement->first; i < end; i++) {
        const struct state_chunk *chunk = map->chunks[i];
        fill_from(&filling, chunk, 0, i == place.chunk ? place.entry : chunk->count);
        if (i == place.chunk) fill_from(&filling, chunk, place.entry + 1, chunk->count);
    }
    replacement->chunks[0] = filling_done(&filling);
    replacement->count = 1;
    return true;
}

enum frame_status map_delete(const struct frame_allocator *allocator, struct state_map **map,
                             struct frame_span key)
{
    struct map_place place;
    if (!map_find(*map, &place, key)) return FRAME_OK;
    if ((*map)->entries == 1) {
        map_release(allocator, *map);
        *map = NULL;
        return FRAME_OK;
    }
    const struct state_chunk *old = (*map)->chunks[place.chunk];
    size_t gone = entry_start(old, place.entry + 1) - entry_start(old, place.entry);
    struct replacement replacement = {.first = place.chunk, .removed = 1};
    if (old->count > 1) {
        replacement_widen(&replacement, *map, old->length - gone);
        if (!chunk_delete(allocator, &replacement, *map, place, gone)) return FRAME_NO_MEMORY;
    }
    if (!map_replace(allocator, map, &replacement)) return FRAME_NO_MEMORY;
    (*map)->entries -= 1;
    (*map)->bytes -= gone - 2; /* without colon and comma */
    return FRAME_OK;
}
