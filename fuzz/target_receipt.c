// SPDX-License-Identifier: Apache-2.0
/*
 * One receipt (§ 3): read alone, in a batch of one, and in the log it gets one verdict, which is that of a slow second
 * reader; its fields, printed again, are the same bytes; the signable is the receipt without its three unsigned members.
 */
#include <string.h>

#include "core/execute.h"
#include "core/json.h"
#include "core/receipt.h"
#include "pipeline.h"
#include "receipt_again.h"
#include "receipt_rules.h"

/* The same bytes as the only item of a batch meet the same end, one byte further on. */
static void check_batch(const struct frame_crypto *crypto, enum frame_status status,
                        struct frame_span receipt)
{
    struct frame_fault fault;
    struct frame_replayed *replayed;
    struct frame_chain *chain = pipeline_chain(crypto, FRAME_MODE_FULL, NULL);
    struct frame_span batch = receipt_in_array(receipt);
    enum frame_status in_batch = pipeline_replay(&replayed, &fault, chain, batch);
    if (in_batch == FRAME_OK) frame_replayed_discard(replayed);
    size_t offset; /* of what the checker says of all of it */
    const enum frame_status json = frame_json_check(&offset, batch.bytes, batch.length);
    if (batch.length <= FRAME_RECEIPT_BYTES_MAX)
        FUZZ_CHECK(json == (in_batch <= FRAME_JSON_NOT_CANONICAL ? in_batch : FRAME_OK));
    /* a lone item that is no item at all is its array's fault, and a comma makes two */
    bool step_2 = in_batch > FRAME_JSON_NOT_CANONICAL && in_batch <= FRAME_VERSION;
    FUZZ_CHECK(status != FRAME_OK || in_batch == FRAME_OK || in_batch > FRAME_VERSION);
    if (step_2 && fault.index == 0 && json_count(batch) == 1) FUZZ_CHECK(status == in_batch);
    if (in_batch > FRAME_VERSION && fault.index == 0)
        FUZZ_CHECK(status == FRAME_OK || json_count(batch) > 1);
    fuzz_fault(&fault);
    receipt_again_free(batch);
    frame_chain_free(chain);
}

/* What is read at a glance is what a walk makes of it, and the sets are what stands there. */
static void check_walk(struct frame_span bytes, const struct receipt_fields *fields)
{
    struct receipt_fields walked;
    FUZZ_CHECK(receipt_read_shaped(&walked, bytes, NULL, FRAME_MODE_FULL) == FRAME_OK);
    FUZZ_CHECK(walked.inner.payload.bytes == fields->inner.payload.bytes &&
               walked.inner.payload.length == fields->inner.payload.length &&
               walked.inner.timestamp_s == fields->inner.timestamp_s);
    struct frame_span again = receipt_again(&walked);
    FUZZ_CHECK(again.length == bytes.length && memcmp(again.bytes, bytes.bytes, bytes.length) == 0);
    receipt_again_free(again);
    if (!fields->sets_known) return;
    struct frame_allocator allocator = fuzz_allocator();
    struct buffer text;
    buffer_init(&text, &allocator);
    capabilities_write(&text, fields->declared_set);
    FUZZ_CHECK(text.failed || span_equal(buffer_view(&text), fields->declared));
    buffer_clear(&text);
    capabilities_write(&text, fields->used_set);
    FUZZ_CHECK(text.failed || span_equal(buffer_view(&text), fields->used));
    buffer_free(&text);
}

static void receipt(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct frame_span bytes = {data, size};
    struct receipt_fields fields, structural;
    if (size == 0) return;
    enum frame_status status = receipt_check(bytes);
    check_batch(crypto, status, bytes);
    if (status == FRAME_OK || status > FRAME_JSON_NOT_CANONICAL)
        FUZZ_CHECK(status == receipt_rules_shape(bytes));
    if (status != FRAME_OK) return;
    FUZZ_CHECK(receipt_read(&fields, bytes, FRAME_MODE_FULL) == FRAME_OK);
    FUZZ_CHECK(receipt_read(&structural, bytes, FRAME_MODE_STRUCTURAL) == FRAME_OK);
    struct frame_span again = receipt_again(&fields);
    FUZZ_CHECK(again.length == size && memcmp(again.bytes, data, size) == 0);
    receipt_again_free(again);
    receipt_check_signable(&fields, crypto, bytes);
    check_walk(bytes, &fields);
    fuzz_root(&fields.receipt_hash);
    fuzz_accepted();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(receipt, data, size);
}
