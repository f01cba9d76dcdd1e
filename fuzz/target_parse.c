// SPDX-License-Identifier: Apache-2.0
/*
 * Step 1 of § 10: the verdict of frame_parse against that of the checker over the whole text, and against
 * that of each item alone; the items, with brackets and commas between them, are the input.
 */
#include "core/batch.h"
#include "core/json.h"
#include "fuzz.h"

static bool small_items(const struct frame_parsed *parsed)
{
    for (size_t i = 0; i < parsed->count; i++)
        if (parsed->items[i].text.length > FRAME_RECEIPT_BYTES_MAX) return false;
    return true;
}

static void check_items(const struct frame_parsed *parsed, const uint8_t *data, size_t size)
{
    const uint8_t *at = data;
    FUZZ_CHECK(size >= 2 && *at++ == '[');
    for (size_t i = 0; i < parsed->count; i++) {
        FUZZ_CHECK(i == 0 || *at++ == ',');
        FUZZ_CHECK(parsed->items[i].text.bytes == at);
        at += parsed->items[i].text.length;
    }
    FUZZ_CHECK(*at == ']' && at + 1 == data + size);
    FUZZ_CHECK(json_count((struct frame_span){data, size}) == parsed->count);
}

static void parse(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct frame_allocator allocator = fuzz_allocator();
    struct frame_parsed *parsed = NULL;
    struct frame_fault fault;
    size_t offset;
    (void)crypto;
    enum frame_status status = frame_parse(&parsed, &fault, &allocator, data, size);
    enum frame_status json = frame_json_check(&offset, data, size);
    fuzz_fault(&fault);
    FUZZ_CHECK(fault.status == status);
    if (status == FRAME_OK) {
        fuzz_reach(FUZZ_WALL_PARSE);
        FUZZ_CHECK(json == FRAME_OK && small_items(parsed));
        check_items(parsed, data, size);
    } else if (status == FRAME_FIELD_TYPE) {
        FUZZ_CHECK(json == FRAME_OK && data[0] != '[' && fault.index == -1 && fault.offset == -1);
    } else if (status != FRAME_LIMIT || size <= FRAME_RECEIPT_BYTES_MAX) {
        FUZZ_CHECK(json == status && fault.offset == (int64_t)offset);
    }
    FUZZ_CHECK(fault.index >= -1 && fault.offset >= -1 && fault.offset <= (int64_t)size);
    frame_parsed_free(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(parse, data, size);
}
