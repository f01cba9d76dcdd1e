// SPDX-License-Identifier: Apache-2.0
#include "state.h"

#include <string.h>

#include "json.h"
#include "memory.h"
#include "planted.h"
#include "state_map.h"

/* What § 7 leaves out of the root. None of these needs an escape, so tokens can be compared as text. */
static const char *const outside_prefixes[] = {
    "chain:",        "frame_integrity", "frame_context_", "frame_layout",
    "frame_widgets", "frame_capsules",  "frame_logs",     "frame_ui",
};

enum { PREFIX_BYTES_MAX = 64 };

/* Does a key token begin with this ASCII text? */
static bool key_begins(struct frame_span key, const char *prefix)
{
    size_t length = strlen(prefix);
    return key.length >= length + 2 && memcmp(key.bytes + 1, prefix, length) == 0;
}

static bool key_outside(struct frame_span key)
{
    if (FRAME_PLANTED(root_without_index) && span_is(key, "\"escrow_index\"")) return true;
    for (size_t i = 0; i < sizeof outside_prefixes / sizeof outside_prefixes[0]; i++)
        if (key_begins(key, outside_prefixes[i])) return !FRAME_PLANTED(root_with_screens);
    return false;
}

void state_share(struct state *copy, const struct state *state)
{
    *copy = *state;
    if (copy->rooted != NULL) copy->rooted->references += 1;
    if (copy->outside != NULL) copy->outside->references += 1;
    if (copy->routes != NULL) copy->routes->references += 1;
}

void state_release(const struct frame_allocator *allocator, struct state *state)
{
    map_release(allocator, state->rooted);
    map_release(allocator, state->outside);
    map_release(allocator, state->routes);
    *state = (struct state){NULL, NULL, NULL};
}

bool state_get(const struct state *state, struct frame_span *value, struct frame_span key)
{
    const struct state_map *map = key_outside(key) ? state->outside : state->rooted;
    struct map_place place;
    struct frame_span held;
    return map_seek(map, &place, key) && map_at(map, place, &held, value);
}

enum frame_status state_put(const struct frame_allocator *allocator, struct state *state,
                            struct frame_span key, struct frame_span value)
{
    return map_put(allocator, key_outside(key) ? &state->outside : &state->rooted, key, value);
}

enum frame_status state_delete(const struct frame_allocator *allocator, struct state *state,
                               struct frame_span key)
{
    return map_delete(allocator, key_outside(key) ? &state->outside : &state->rooted, key);
}

size_t state_bytes(const struct state *state)
{
    return (state->rooted == NULL ? 0 : state->rooted->bytes) +
           (state->outside == NULL ? 0 : state->outside->bytes);
}

size_t state_entries(const struct state *state)
{
    return (state->rooted == NULL ? 0 : state->rooted->entries) +
           (state->outside == NULL ? 0 : state->outside->entries);
}

/* ---- Routed intents (§ 18) --------------------------------------------------------------------- */

enum { ROUTE_TOKEN_BYTES = 34 };

static struct frame_span route_key(uint8_t token[ROUTE_TOKEN_BYTES], struct frame_span id)
{
    FRAME_ASSERT(id.length == ROUTE_TOKEN_BYTES - 2);
    token[0] = '"';
    memcpy(token + 1, id.bytes, id.length);
    token[ROUTE_TOKEN_BYTES - 1] = '"';
    return (struct frame_span){token, ROUTE_TOKEN_BYTES};
}

enum state_route state_route_get(const struct state *state, struct frame_span id)
{
    uint8_t token[ROUTE_TOKEN_BYTES];
    struct map_place place;
    struct frame_span held;
    struct frame_span value;
    if (!map_seek(state->routes, &place, route_key(token, id)) ||
        !map_at(state->routes, place, &held, &value))
        return STATE_ROUTE_NONE;
    return value.bytes[0] == '1' ? STATE_ROUTE_DONE : STATE_ROUTE_HELD;
}

enum frame_status state_route_put(const struct frame_allocator *allocator, struct state *state,
                                  struct frame_span id, enum state_route route)
{
    uint8_t token[ROUTE_TOKEN_BYTES];
    const struct frame_span value = {(const uint8_t *)(route == STATE_ROUTE_DONE ? "1" : "0"), 1};
    if (state_route_get(state, id) >= route) return FRAME_OK;
    return map_put(allocator, &state->routes, route_key(token, id), value);
}

/* ---- Walks ------------------------------------------------------------------------------------- */

void state_walk_init(struct state_walk *walk, const struct state *state, const char *prefix)
{
    uint8_t token[PREFIX_BYTES_MAX + 2];
    size_t length = strlen(prefix);
    FRAME_ASSERT(length <= PREFIX_BYTES_MAX);
    token[0] = '"';
    memcpy(token + 1, prefix, length);
    token[length + 1] = '"';
    struct frame_span key = {token, length + 2};
    *walk = (struct state_walk){.prefix = prefix,
                                .cursors = {{.map = state->rooted}, {.map = state->outside}}};
    if (length == 0) return; /* keys that are array indices come before "" [E1] */
    for (size_t i = 0; i < 2; i++) {
        struct map_place place;
        (void)map_seek(walk->cursors[i].map, &place, key);
        walk->cursors[i].chunk = place.chunk;
        walk->cursors[i].entry = place.entry;
    }
}

static bool cursor_at(const struct state_cursor *cursor, const char *prefix, struct frame_span *key,
                      struct frame_span *value)
{
    struct map_place place = {cursor->chunk, cursor->entry};
    return map_at(cursor->map, place, key, value) && key_begins(*key, prefix);
}

bool state_walk_next(struct state_walk *walk, struct frame_span *key, struct frame_span *value)
{
    struct state_cursor *cursor = &walk->cursors[0];
    struct frame_span outside_key;
    struct frame_span outside_value;
    bool rooted = cursor_at(cursor, walk->prefix, key, value);
    if (cursor_at(&walk->cursors[1], walk->prefix, &outside_key, &outside_value) &&
        (!rooted || frame_json_key_compare(outside_key, *key) < 0)) {
        cursor = &walk->cursors[1];
        *key = outside_key;
        *value = outside_value;
    } else if (!rooted) {
        return false;
    }
    struct map_place next = map_next(cursor->map, (struct map_place){cursor->chunk, cursor->entry});
    cursor->chunk = next.chunk;
    cursor->entry = next.entry;
    return true;
}

/* Canonical escapes are one for one, so a token's text begins with a prefix's as their bytes do. */
static bool token_begins(struct frame_span key, struct frame_span prefix)
{
    size_t length = prefix.length - 1; /* without the closing quote */
    return key.length > length && memcmp(key.bytes, prefix.bytes, length) == 0;
}

static size_t map_count_prefix(const struct state_map *map, struct frame_span prefix)
{
    struct map_place place;
    struct frame_span key;
    struct frame_span value;
    size_t count = 0;
    (void)map_seek(map, &place, prefix);
    while (map_at(map, place, &key, &value) && token_begins(key, prefix)) {
        count += 1;
        place = map_next(map, place);
    }
    return count;
}

size_t state_count_prefix(const struct state *state, struct frame_span prefix)
{
    return map_count_prefix(state->rooted, prefix) + map_count_prefix(state->outside, prefix);
}

/* ---- Text -------------------------------------------------------------------------------------- */

void state_hash(const struct state *state, const struct frame_crypto *crypto,
                struct frame_sha256 *hash)
{
    const struct state_map *map = state->rooted;
    if (map == NULL) return;
    for (size_t i = 0; i < map->count; i++) {
        struct frame_span text = chunk_text(map->chunks[i]);
        size_t comma = i + 1 == map->count ? 1 : 0; /* none behind the last entry */
        crypto->sha256_update(crypto->context, hash, text.bytes, text.length - comma);
    }
}

static bool sink_text(struct frame_sink sink, const char *text)
{
    return sink.write(sink.context, (const uint8_t *)text, strlen(text));
}

bool state_write(const struct state *state, struct frame_sink sink)
{
    struct state_walk walk;
    struct frame_span key;
    struct frame_span value;
    const char *before = "{";
    state_walk_init(&walk, state, "");
    while (state_walk_next(&walk, &key, &value)) {
        if (!sink_text(sink, before) || !sink.write(sink.context, key.bytes, key.length) ||
            !sink_text(sink, ":") || !sink.write(sink.context, value.bytes, value.length))
            return false;
        before = ",";
    }
    return (before[0] == ',' || sink_text(sink, "{")) && sink_text(sink, "}");
}

enum frame_status state_read(const struct frame_allocator *allocator, struct state *state,
                             struct frame_span object)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    FRAME_ASSERT(state->rooted == NULL && state->outside == NULL);
    json_walk_init(&walk, object);
    while (json_next_member(&walk, &key, &value)) {
        enum frame_status status = state_put(allocator, state, key, value);
        if (status != FRAME_OK) {
            state_release(allocator, state);
            return status;
        }
    }
    return FRAME_OK;
}
