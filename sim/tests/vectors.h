// SPDX-License-Identifier: Apache-2.0
/*
 * The conformance vectors for tests: reads corpora/vectors/<group>.json, has an observer look at
 * each case, and compares every member that is not an input with what was observed. A case with
 * alternatives passes with any of them.
 */
#ifndef SIM_TESTS_VECTORS_H
#define SIM_TESTS_VECTORS_H

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/tests/check.h"

/* What the program under test says of a case: an object with (at least) the case's expected
   members. */
typedef json_t *(*vectors_observer)(const json_t *vector);

static inline const char *vectors_folder(void)
{
    const char *folder = getenv("FRAMESIM_SOURCE_DIR");
#ifdef FRAMESIM_SOURCE_DIR
    if (folder == NULL) folder = FRAMESIM_SOURCE_DIR;
#endif
    return folder == NULL ? "." : folder;
}

/* A text member's bytes; length 0 where it is absent. They last as long as the case. */
static inline struct frame_span vectors_text(const json_t *vector, const char *name)
{
    const json_t *value = json_object_get(vector, name);
    return (struct frame_span){(const uint8_t *)json_string_value(value),
                               json_string_length(value)};
}

/* The text of a member or of an array's item, or NULL for null. */
static inline const char *vectors_string(const json_t *vector, const char *name)
{
    return json_string_value(json_object_get(vector, name));
}

/* Bytes given as hex; the caller frees them. */
static inline uint8_t *vectors_hex(size_t *length, const char *hex)
{
    *length = hex == NULL ? 0 : strlen(hex) / 2;
    uint8_t *bytes = calloc(*length + 1, 1);
    if (bytes == NULL) abort();
    if (hex != NULL) CHECK_IN(hex, frame_hex_decode(bytes, *length, hex, strlen(hex)));
    return bytes;
}

static inline void vectors_hex32(uint8_t bytes[32], const char *hex)
{
    memset(bytes, 0, 32);
    CHECK(hex != NULL && frame_hex_decode(bytes, 32, hex, strlen(hex)));
}

static inline json_t *vectors_hex_json(const uint8_t *bytes, size_t length)
{
    char *hex = calloc(2 * length + 1, 1);
    if (hex == NULL) abort();
    frame_hex_encode(hex, bytes, length);
    json_t *text = json_string(hex);
    free(hex);
    return text;
}

static inline json_t *vectors_hash_json(const struct frame_hash *hash)
{
    return vectors_hex_json(hash->bytes, sizeof hash->bytes);
}

/* null for a negative number. */
static inline json_t *vectors_number_json(int64_t number)
{
    return number < 0 ? json_null() : json_integer((json_int_t)number);
}

/* The items of a canonical array of objects, as they stand in the text. */
enum { VECTORS_ITEMS_MAX = 4096 };
static inline size_t vectors_items(struct frame_span items[VECTORS_ITEMS_MAX],
                                   struct frame_span array)
{
    size_t count = 0;
    size_t depth = 0;
    bool in_string = false;
    for (size_t i = 0; i < array.length; i++) {
        uint8_t c = array.bytes[i];
        if (in_string) {
            if (c == '\\') i++;
            in_string = c != '"';
        } else if (c == '"') {
            in_string = true;
        } else if (c == '[' || c == '{') {
            if (depth++ != 1 || count == VECTORS_ITEMS_MAX) continue;
            items[count++] = (struct frame_span){array.bytes + i, 0};
        } else if (c == ']' || c == '}') {
            if (--depth == 1)
                items[count - 1].length = (size_t)(array.bytes + i + 1 - items[count - 1].bytes);
        }
    }
    return count;
}

/* libjansson asks for what can be written even where it only reads. */
static inline json_t *vectors_mutable(const json_t *value)
{
    union {
        const json_t *given;
        json_t *wanted;
    } pointer = {value};
    return pointer.wanted;
}

/* Is every member of `expected` in `observed` and equal? Objects inside are compared likewise. */
static inline bool vectors_within(const json_t *expected, const json_t *observed)
{
    struct {
        const json_t *expected;
        const json_t *observed;
    } stack[16] = {{expected, observed}};
    size_t height = 1;
    while (height > 0) {
        const json_t *want = stack[--height].expected;
        const json_t *got = stack[height].observed;
        if (!json_is_object(want) || !json_is_object(got)) {
            if (!json_equal(want, got)) return false;
            continue;
        }
        for (void *at = json_object_iter(vectors_mutable(want)); at != NULL;
             at = json_object_iter_next(vectors_mutable(want), at)) {
            if (height == sizeof stack / sizeof *stack) return false;
            stack[height].expected = json_object_iter_value(at);
            stack[height].observed = json_object_get(got, json_object_iter_key(at));
            if (stack[height++].observed == NULL) return false;
        }
    }
    return true;
}

/* A copy of the case with only what is expected of it; `inputs` ends with NULL. */
static inline json_t *vectors_expected(const json_t *vector, const char *const *inputs)
{
    json_t *expected = json_copy(vectors_mutable(vector));
    static const char *const labels[] = {"name", "kind", "ambiguity", "alternatives"};
    for (size_t i = 0; i < sizeof labels / sizeof *labels; i++)
        json_object_del(expected, labels[i]);
    for (; *inputs != NULL; inputs++)
        json_object_del(expected, *inputs);
    return expected;
}

static inline void vectors_print(const char *label, const json_t *value)
{
    enum { SHOWN_MAX = 1500 };
    char *text = json_dumps(value, JSON_SORT_KEYS | JSON_ENCODE_ANY);
    printf("    %s %.*s\n", label, SHOWN_MAX, text == NULL ? "?" : text);
    free(text);
}

static inline void vectors_run_case(const json_t *vector, const char *const *inputs,
                                    vectors_observer observe)
{
    json_t *observed = observe(vector);
    json_t *expected = vectors_expected(vector, inputs);
    bool matches = json_object_size(expected) > 0 && vectors_within(expected, observed);
    size_t i;
    json_t *alternative;
    json_array_foreach(json_object_get(vector, "alternatives"), i, alternative)
    {
        json_t *other = json_copy(expected);
        json_object_update(other, alternative);
        matches = matches || vectors_within(other, observed);
        json_decref(other);
    }
    if (!CHECK_IN(vectors_string(vector, "name"), matches)) {
        vectors_print("expected", expected);
        vectors_print("observed", observed);
    }
    json_decref(expected);
    json_decref(observed);
}

/* Runs all cases of a group, or those of one kind where `kind` is not NULL. */
static inline void vectors_run(const char *group, const char *kind, const char *const *inputs,
                               vectors_observer observe)
{
    char path[4096];
    json_error_t error;
    snprintf(path, sizeof path, "%s/corpora/vectors/%s.json", vectors_folder(), group);
    json_t *cases = json_load_file(path, JSON_ALLOW_NUL, &error);
    if (!CHECK_IN(path, json_is_array(cases) && json_array_size(cases) > 0)) {
        printf("    %s\n", error.text);
        return;
    }
    size_t i;
    json_t *vector;
    json_array_foreach(cases, i, vector)
    {
        const char *of_kind = vectors_string(vector, "kind");
        if (kind != NULL && (of_kind == NULL || strcmp(of_kind, kind) != 0)) continue;
        vectors_run_case(vector, inputs, observe);
    }
    json_decref(cases);
}

/* Every kind of a group must have an observer: a new kind may not pass unseen. `kinds` ends with
   NULL. */
static inline void vectors_check_kinds(const char *group, const char *const *kinds)
{
    char path[4096];
    snprintf(path, sizeof path, "%s/corpora/vectors/%s.json", vectors_folder(), group);
    json_t *cases = json_load_file(path, JSON_ALLOW_NUL, NULL);
    size_t i;
    json_t *vector;
    json_array_foreach(cases, i, vector)
    {
        const char *kind = vectors_string(vector, "kind");
        bool known = false;
        for (const char *const *at = kinds; *at != NULL; at++)
            known = known || (kind != NULL && strcmp(kind, *at) == 0);
        CHECK_IN(vectors_string(vector, "name"), known);
    }
    json_decref(cases);
}

#endif
