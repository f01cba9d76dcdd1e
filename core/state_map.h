// SPDX-License-Identifier: Apache-2.0
/*
 * One sorted map of storage (state.h): counted chunks of text behind a counted table.
 *
 * A chunk is never changed once it is built; a table may be changed in place by the only state that
 * refers to it. A failed call leaves the map as it was.
 */
#ifndef FRAME_STATE_MAP_H
#define FRAME_STATE_MAP_H

#include "frame.h"

/* Where an entry starts in its chunk's text, and how long its key token is. */
struct state_entry {
    uint32_t start;
    uint32_t key_length;
};

struct state_chunk {
    size_t references;            /* tables that hold it */
    size_t count;                 /* of entries, at least 1 */
    size_t length;                /* of the text */
    struct state_entry entries[]; /* then the text: `"key":value,` for each */
};

struct state_map {
    size_t references; /* states that hold it */
    size_t capacity;   /* of chunks */
    size_t count;      /* of chunks, at least 1 */
    size_t entries;
    size_t bytes; /* of all keys, quotes included, and values */
    struct state_chunk *chunks[];
};

/* Key and value together, bounded so that offsets within a chunk fit into 32 bits. */
enum { STATE_ENTRY_BYTES_MAX = FRAME_FILE_BYTES_MAX };

/* A map may be NULL: it is empty. */
void map_release(const struct frame_allocator *allocator, struct state_map *map);
/* NO_MEMORY; LIMIT where the entry is over STATE_ENTRY_BYTES_MAX. */
enum frame_status map_put(const struct frame_allocator *allocator, struct state_map **map,
                          struct frame_span key, struct frame_span value);
enum frame_status map_delete(const struct frame_allocator *allocator, struct state_map **map,
                             struct frame_span key);

/* A place in a map: at an entry, or behind the last one (chunk == map's count). */
struct map_place {
    size_t chunk;
    size_t entry;
};
/* The first entry whose key is not less than `key`; true where it is equal. */
bool map_seek(const struct state_map *map, struct map_place *place, struct frame_span key);
/* The entry at a place; false behind the last one. */
bool map_at(const struct state_map *map, struct map_place place, struct frame_span *key,
            struct frame_span *value);
/* The place behind an entry's. */
struct map_place map_next(const struct state_map *map, struct map_place place);

/* A chunk's whole text. */
struct frame_span chunk_text(const struct state_chunk *chunk);

#endif
