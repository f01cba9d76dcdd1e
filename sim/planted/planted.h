// SPDX-License-Identifier: Apache-2.0
/* What `framesim-planted` can do besides `framesim`: choose one of the bugs of core/planted.h, and list them. */
#ifndef SIM_PLANTED_H
#define SIM_PLANTED_H

#include <stdbool.h>

/* Takes `--planted-bug NAME` out of the command line, wherever it stands, and plants that bug. False where
   there is none of that name, and the user was told. */
bool planted_take(int *argc, char **argv);
/* The command `bugs`. */
int cli_bugs(int argc, char **argv);

#endif
