// SPDX-License-Identifier: Apache-2.0
/* Step 1 of § 10: bytes become a canonical JSON array, cut into items. */
#include <string.h>

#include "batch.h"
#include "json.h"

static enum frame_status fault_set(struct frame_fault *fault, enum frame_status status,
                                   int64_t index, size_t offset)
{
    *fault = (struct frame_fault){status, index, (int64_t)offset};
    return status;
}

struct parse {
    const uint8_t *bytes;
    size_t length;
    struct frame_parsed *parsed;
    struct frame_fault *fault;
};

/* White space is JSON but not canonical; anything else that stands in the wrong place is no JSON. */
static enum frame_status stray(const struct parse *parse, size_t at)
{
    bool space = at < parse->length && memchr(" \t\n\r", parse->bytes[at], 4) != NULL;
    return fault_set(parse->fault, space ? FRAME_JSON_NOT_CANONICAL : FRAME_JSON_SYNTAX, -1, at);
}

/* Room for one more item, and one more shape. */
static bool reserve(struct frame_parsed *parsed, bool shaped)
{
    void *items = parsed->items;
    void *shapes = parsed->shapes;
    const bool good =
        memory_reserve(&parsed->allocator, &items, &parsed->capacity, parsed->count + 1,
                       sizeof *parsed->items) &&
        (!shaped || memory_reserve(&parsed->allocator, &shapes, &parsed->shape_capacity,
                                   parsed->shape_count + 1, sizeof *parsed->shapes));
    parsed->items = items;
    parsed->shapes = shapes;
    return good;
}

static enum frame_status parse_item(struct parse *parse, size_t *at)
{
    struct frame_parsed *parsed = parse->parsed;
    struct receipt_shape shape;
    size_t offset;
    if (parsed->count == FRAME_BATCH_RECEIPTS_MAX)
        return fault_set(parse->fault, FRAME_LIMIT, (int64_t)parsed->count, *at);
    size_t end = receipt_skim(&shape, parse->bytes, parse->length, *at);
    const bool shaped = end > 0;
    if (!shaped) {
        enum frame_status status = json_check_value(&end, &offset, parse->bytes, parse->length, *at,
                                                    1, FRAME_RECEIPT_BYTES_MAX);
        if (status != FRAME_OK)
            return fault_set(parse->fault, status, (int64_t)parsed->count, offset);
    }
    if (!reserve(parsed, shaped)) return FRAME_NO_MEMORY;
    if (shaped) parsed->shapes[parsed->shape_count++] = shape;
    parsed->items[parsed->count++] =
        (struct parsed_item){.text = {parse->bytes + *at, end - *at},
                             .shape = shaped ? (uint32_t)parsed->shape_count : 0};
    *at = end;
    return FRAME_OK;
}

/* Does an item begin here? Where none does, the array itself is at fault (index null). */
static bool item_begins(const struct parse *parse, size_t at)
{
    return at < parse->length && memchr("{[\"-0123456789tfn", parse->bytes[at], 17) != NULL;
}

static enum frame_status parse_array(struct parse *parse)
{
    size_t at = 1;
    if (at < parse->length && parse->bytes[at] == ']')
        return at + 1 == parse->length ? FRAME_OK : stray(parse, at + 1);
    for (;;) {
        if (!item_begins(parse, at)) return stray(parse, at);
        enum frame_status status = parse_item(parse, &at);
        if (status != FRAME_OK) return status;
        if (at == parse->length || (parse->bytes[at] != ',' && parse->bytes[at] != ']'))
            return stray(parse, at);
        if (parse->bytes[at++] == ']') return at == parse->length ? FRAME_OK : stray(parse, at);
    }
}

/* A document that is no array: its JSON faults first, then FIELD_TYPE without an index (§ 10). */
static enum frame_status parse_other(struct parse *parse)
{
    size_t offset;
    enum frame_status status = frame_json_check(&offset, parse->bytes, parse->length);
    if (status != FRAME_OK) return fault_set(parse->fault, status, -1, offset);
    *parse->fault = (struct frame_fault){FRAME_FIELD_TYPE, -1, -1};
    return FRAME_FIELD_TYPE;
}

/* A file over 1 GiB has the fault `limit` at its first byte beyond; a fault before it goes first. */
static enum frame_status parse_limited(struct parse *parse)
{
    bool over = parse->length > FRAME_FILE_BYTES_MAX;
    enum frame_status status =
        parse->length > 0 && parse->bytes[0] == '[' ? parse_array(parse) : parse_other(parse);
    if (!over || status == FRAME_NO_MEMORY ||
        (status != FRAME_OK && parse->fault->offset >= 0 &&
         parse->fault->offset < FRAME_FILE_BYTES_MAX))
        return status;
    return fault_set(parse->fault, FRAME_LIMIT, -1, FRAME_FILE_BYTES_MAX);
}

enum frame_status frame_parse(struct frame_parsed **result, struct frame_fault *fault,
                              const struct frame_allocator *allocator, const uint8_t *bytes,
                              size_t length)
{
    *fault = (struct frame_fault){FRAME_NO_MEMORY, -1, -1};
    struct frame_parsed *parsed = memory_allocate(allocator, sizeof *parsed);
    if (parsed == NULL) return FRAME_NO_MEMORY;
    *parsed = (struct frame_parsed){.allocator = *allocator};
    struct parse parse = {bytes, length, parsed, fault};
    enum frame_status status = parse_limited(&parse);
    if (status != FRAME_OK) {
        frame_parsed_free(parsed);
        return status;
    }
    *fault = (struct frame_fault){FRAME_OK, -1, -1};
    *result = parsed;
    return FRAME_OK;
}

void frame_parsed_free(struct frame_parsed *parsed)
{
    if (parsed == NULL) return;
    struct frame_allocator allocator = parsed->allocator;
    memory_release(&allocator, parsed->items, parsed->capacity * sizeof *parsed->items);
    memory_release(&allocator, parsed->shapes, parsed->shape_capacity * sizeof *parsed->shapes);
    memory_release(&allocator, parsed, sizeof *parsed);
}

size_t frame_parsed_count(const struct frame_parsed *parsed)
{
    return parsed->count;
}
