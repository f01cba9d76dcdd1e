// SPDX-License-Identifier: Apache-2.0
/* The decision tape of a whole simulated run, with all checks on: coverage-guided exploration of
   schedules. Once the faults have stopped, the peers converge. */
#include "fuzz.h"
#include "tape_run.h"

static void tape(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    (void)crypto; /* the world has its own */
    tape_run(data, size);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(tape, data, size);
}
