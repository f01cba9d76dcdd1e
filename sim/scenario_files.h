// SPDX-License-Identifier: Apache-2.0
/* Which scenarios a command line names. */
#ifndef SIM_SCENARIO_FILES_H
#define SIM_SCENARIO_FILES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

/* Paths, owned. Zero-initialise. */
struct scenario_files {
    char **paths;
    size_t count;
    size_t capacity;
};
/*
 * Adds a file's path as it is given, or of a folder all *.scn below it, in the order of their paths'
 * bytes. False after a line on `complaints`: it cannot be read, holds none, or memory ran out.
 */
bool scenario_files_add(struct scenario_files *files, const char *path, FILE *complaints);
void scenario_files_free(struct scenario_files *files);

#endif
