// SPDX-License-Identifier: Apache-2.0
/*
 * Storage of the dApps (§ 6, 7): a sorted map from string keys to canonical JSON values.
 *
 * Its text is kept as the state root hashes it: chunks of at most a few KiB of `"key":value,` entries
 * in key order, behind a table of chunks. Both are counted and copied on write, so a snapshot costs
 * O(1) and a write copies one chunk and one table. Entries that § 7 leaves out of the root live in a
 * second map of the same kind.
 */
#ifndef FRAME_STATE_H
#define FRAME_STATE_H

#include "frame.h"

struct state_map; /* one sorted map */

/* A snapshot. Zero-initialised it is empty storage. Copy with state_share only. */
struct state {
    struct state_map *rooted;  /* NULL: empty */
    struct state_map *outside; /* NULL: empty */
    struct state_map *routes;  /* NULL: empty; no part of storage */
};

/* *copy becomes another reference to the same contents; never fails. */
void state_share(struct state *copy, const struct state *state);
void state_release(const struct frame_allocator *allocator, struct state *state);

/* Keys are canonical string tokens, quotes included; values canonical JSON. */
bool state_get(const struct state *state, struct frame_span *value, struct frame_span key);
enum frame_status state_put(const struct frame_allocator *allocator, struct state *state,
                            struct frame_span key, struct frame_span value);
/* No effect where the key is absent. */
enum frame_status state_delete(const struct frame_allocator *allocator, struct state *state,
                               struct frame_span key);

/* Canonical bytes of every key, quotes included, and value; entries outside the root included. */
size_t state_bytes(const struct state *state);
size_t state_entries(const struct state *state);

/*
 * What a fold knows of a routed intent (§ 18): nothing, that a receipt of it is among those folded, or
 * that one of these has taken effect. It goes with the storage, and is no part of it: neither root nor
 * size nor text has it. `id` is the 32 hex digits.
 */
enum state_route { STATE_ROUTE_NONE, STATE_ROUTE_HELD, STATE_ROUTE_DONE };
enum state_route state_route_get(const struct state *state, struct frame_span id);
/* Never takes DONE back. */
enum frame_status state_route_put(const struct frame_allocator *allocator, struct state *state,
                                  struct frame_span id, enum state_route route);

/* Walks the keys that begin with an ASCII prefix (which needs no escapes), in order; "" for all. */
struct state_cursor {
    const struct state_map *map;
    size_t chunk;
    size_t entry;
};
struct state_walk {
    const char *prefix;
    struct state_cursor cursors[2]; /* rooted, outside */
};
/* The prefix is at most 64 bytes, begins with no digit, and must outlive the walk. */
void state_walk_init(struct state_walk *walk, const struct state *state, const char *prefix);
bool state_walk_next(struct state_walk *walk, struct frame_span *key, struct frame_span *value);
/* Number of keys that begin with the text of a canonical token (not empty, no digit first). */
size_t state_count_prefix(const struct state *state, struct frame_span prefix);

/* Feeds the rooted entries, joined by commas and without braces, to a hash. */
void state_hash(const struct state *state, const struct frame_crypto *crypto,
                struct frame_sha256 *hash);
/* All entries, outside ones included, as one canonical object. */
bool state_write(const struct state *state, struct frame_sink sink);
/* From a canonical object. *state must be empty, and stays so where this fails: NO_MEMORY, or LIMIT
   for an entry of over 1 GiB. */
enum frame_status state_read(const struct frame_allocator *allocator, struct state *state,
                             struct frame_span object);

#endif
