// SPDX-License-Identifier: Apache-2.0
/* A log recovered by instances. */
#ifndef FUZZ_LOG_RECOVER_H
#define FUZZ_LOG_RECOVER_H

#include "fuzz.h"

/*
 * Recovers the whole log and its clean prefix alone: both keep the same receipts before what failed, the
 * state told fits, and the log that the instance would write holds what it holds. Tells the verdict.
 */
void log_recover(const struct frame_crypto *crypto, const uint8_t *data, size_t size, size_t clean,
                 const struct frame_log_reader *reader);

#endif
