// SPDX-License-Identifier: Apache-2.0
/*
 * Canonical JSON (§ 2): verdict, name and offset are those of a naive second reader; what is accepted is
 * its own canonical form, read and written again token by token.
 */
#include <string.h>

#include "core/tests/json_naive.h"
#include "fuzz.h"
#include "json_again.h"

enum { BYTES_MAX = 4000 }; /* what the naive reader has room for */

static void check_naive(enum frame_status status, size_t offset, const uint8_t *data, size_t size)
{
    struct naive naive;
    naive_document(&naive, data, size);
    FUZZ_CHECK(status == naive.status);
    FUZZ_CHECK(status == FRAME_OK || offset == naive.offset);
}

static void json(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    size_t offset = 0;
    (void)crypto;
    if (size > BYTES_MAX) return;
    enum frame_status status = frame_json_check(&offset, data, size);
    fuzz_verdict(status, -1, status == FRAME_OK ? -1 : (int64_t)offset);
    check_naive(status, offset, data, size);
    if (status != FRAME_OK) return;
    fuzz_reach(FUZZ_WALL_PARSE);
    struct frame_span again = json_again((struct frame_span){data, size});
    FUZZ_CHECK(again.length == size && memcmp(again.bytes, data, size) == 0);
    json_again_free(again);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(json, data, size);
}
