// SPDX-License-Identifier: Apache-2.0
/* Attestations (§ 11), one to a line: the verdict is that of a slow second reader; what is accepted, made again, is the
   same bytes; another key refuses it; comparing two is the mirror image of comparing them the other way round. */
#include <string.h>

#include "crypto.h"
#include "fuzz.h"
#include "lines.h"
#include "message_rules.h"

enum { LINES_MAX = 4 };

static void check_again(const struct frame_crypto *crypto, const struct frame_attestation *read,
                        struct frame_span line, size_t key)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    struct frame_attestation other;
    const struct frame_public_key *stranger = crypto_public((key + 1) % CRYPTO_KEYS);
    frame_attestation_make(text, &length, crypto, crypto_secret(key), read);
    FUZZ_CHECK(length == line.length && memcmp(text, line.bytes, length) == 0);
    FUZZ_CHECK(frame_attestation_check(&other, crypto, stranger, line.bytes, line.length) ==
               FRAME_ATTESTATION_IDENTITY);
}

static void check_compare(const struct frame_attestation *a, const struct frame_attestation *b)
{
    enum frame_comparison ab = frame_attestation_compare(a, b),
                          ba = frame_attestation_compare(b, a);
    FUZZ_CHECK(frame_attestation_compare(a, a) == FRAME_SYNCHRONIZED);
    FUZZ_CHECK((ab == FRAME_LOCAL_AHEAD) == (ba == FRAME_REMOTE_AHEAD));
    FUZZ_CHECK(ab == ba || ab == FRAME_LOCAL_AHEAD || ab == FRAME_REMOTE_AHEAD);
    fuzz_tell_number(ab);
}

static void attestation(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_attestation read[LINES_MAX];
    struct frame_span line;
    size_t good = 0;
    for (size_t i = 0; i < LINES_MAX && lines_next(&lines, &line); i++) {
        enum frame_status status =
            frame_attestation_check(&read[good], crypto, crypto_public(0), line.bytes, line.length);
        fuzz_verdict(status, (int64_t)i, -1);
        FUZZ_CHECK(status == message_rules_attestation(crypto, crypto_public(0), line));
        if (status != FRAME_ATTESTATION_FORMAT) fuzz_reach(FUZZ_WALL_STRUCTURE);
        if (status != FRAME_OK) continue;
        fuzz_reach(FUZZ_WALL_ATTESTATION);
        check_again(crypto, &read[good++], line, 0);
    }
    for (size_t i = 1; i < good; i++)
        check_compare(&read[i - 1], &read[i]);
    if (good > 0) fuzz_accepted();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(attestation, data, size);
}
