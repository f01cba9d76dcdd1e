// SPDX-License-Identifier: Apache-2.0
/* Tapes that commands write. */
#ifndef SIM_CLI_TAPE_H
#define SIM_CLI_TAPE_H

#include "tape_file.h"

/* A file without a name for a tape, which has its first lines; what a crash leaves in it are whole lines. NULL after a
   message. */
FILE *cli_tape_begin(const char *scenario, uint64_t seed, enum crypto_mode crypto);
/* Writes it where it is to be: CLI_OK or, after a message, another code. */
int cli_tape_write(const char *path, bool force, FILE *body);

#endif
