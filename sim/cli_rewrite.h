// SPDX-License-Identifier: Apache-2.0
/* `framesim run --rewrite`: the blocks below snapshots become what the run has found. */
#ifndef SIM_CLI_REWRITE_H
#define SIM_CLI_REWRITE_H

#include "cli_run.h"

/*
 * Runs a scenario with its own seed (or that of the settings), and writes its file anew where a snapshot is not
 * as it stands there; says so on `out`. What fails otherwise is told, and its file left alone. The run's
 * exit code, or CLI_INPUT after a message: the file cannot be written.
 */
int run_rewrite(FILE *out, const struct scenario *scenario, const struct run_settings *settings);

#endif
