// SPDX-License-Identifier: Apache-2.0
/* What the commands about receipt logs share (§ 13). */
#ifndef SIM_CLI_LOG_H
#define SIM_CLI_LOG_H

#include "core/frame.h"

/* The log of a chain file at its limits. */
#define CLI_LOG_BYTES_MAX \
    ((size_t)FRAME_FILE_BYTES_MAX + (size_t)FRAME_BATCH_RECEIPTS_MAX * FRAME_LOG_HEADER_BYTES)

/* One line for people about what a reader found, once it has come to the end. */
void cli_log_tell_state(const struct frame_log_reader *reader, const char *path);
/* Of the first failing frame; -1 where there is none. */
int64_t cli_log_offset(const struct frame_log_reader *reader);

#endif
