// SPDX-License-Identifier: Apache-2.0
/* Envelopes and bodies (§ 12): the verdict is that of a slow second reader; a good one sealed again is the same bytes;
   strict trust changes nothing but `untrusted`; counts are within their bounds. */
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "crypto.h"
#include "fuzz.h"
#include "message_rules.h"

static void check_sealed(const struct frame_crypto *crypto, const struct frame_message *message,
                         const uint8_t *data, size_t size)
{
    struct frame_span body;
    size_t key, length;
    uint8_t *again = malloc(size + FRAME_ENVELOPE_OVERHEAD_BYTES);
    FUZZ_CHECK(again != NULL && json_member((struct frame_span){data, size}, &body, "body"));
    FUZZ_CHECK(crypto_find(&key, &message->from));
    frame_envelope_seal(again, &length, crypto, crypto_secret(key), body.bytes, body.length);
    FUZZ_CHECK(length == size && memcmp(again, data, size) == 0);
    free(again);
}

static void check_arrays(const struct frame_message *message)
{
    struct frame_hash hash;
    for (size_t i = 0; i < message->hash_count; i++) {
        frame_hash_array_at(&hash, message->hashes, i);
        fuzz_root(&hash);
    }
    FUZZ_CHECK(message->have_count <= FRAME_HAVE_MAX);
    FUZZ_CHECK(message->receipt_count <= FRAME_PAGE_RECEIPTS_MAX);
    FUZZ_CHECK(message->receipts.length <= FRAME_PAGE_BYTES_MAX);
}

static void envelope(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    const struct frame_trust open = {0}, strict = {true, crypto_public(2), 1};
    struct frame_message message = {0}, trusted = {0};
    bool unknown, unknown_strict;
    enum frame_status status = frame_envelope_open(&message, &unknown, crypto, &open, data, size);
    enum frame_status strictly =
        frame_envelope_open(&trusted, &unknown_strict, crypto, &strict, data, size);
    fuzz_verdict(status, unknown, -1);
    bool unknown_to_rules;
    FUZZ_CHECK(status ==
               message_rules_envelope(&unknown_to_rules, crypto, (struct frame_span){data, size}));
    FUZZ_CHECK(unknown == unknown_to_rules);
    FUZZ_CHECK((status == FRAME_ENVELOPE) == (strictly == FRAME_ENVELOPE));
    if (status == FRAME_ENVELOPE) return;
    fuzz_reach(FUZZ_WALL_SIGNATURE);
    bool known = memcmp(&message.from, crypto_public(2), sizeof message.from) == 0;
    FUZZ_CHECK(strictly == (known ? status : FRAME_UNTRUSTED));
    FUZZ_CHECK(unknown_strict == (known && unknown));
    check_sealed(crypto, &message, data, size);
    fuzz_accepted();
    if (status != FRAME_OK) return;
    fuzz_reach(FUZZ_WALL_ATTESTATION);
    check_arrays(&message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(envelope, data, size);
}
