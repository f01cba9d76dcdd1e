// SPDX-License-Identifier: Apache-2.0
#include "edges.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>
#include <xxhash.h>

enum { MODULES_MAX = 256 };

static struct {
    bool *start, *stop;
} modules[MODULES_MAX];
static size_t module_count;

/* Called by the instrumentation, once for each object file or for the program. */
void __sanitizer_cov_bool_flag_init(bool *start, bool *stop);
void __sanitizer_cov_bool_flag_init(bool *start, bool *stop)
{
    for (size_t i = 0; i < module_count; i++)
        if (modules[i].start == start) return;
    if (start == stop || module_count == MODULES_MAX) return;
    modules[module_count].start = start;
    modules[module_count++].stop = stop;
}

void edges_clear(void)
{
    for (size_t i = 0; i < module_count; i++)
        memset(modules[i].start, 0, (size_t)(modules[i].stop - modules[i].start) * sizeof(bool));
}

uint64_t edges_touched(unsigned long *count)
{
    uint64_t hash = 0, edge = 0;
    *count = 0;
    for (size_t i = 0; i < module_count; i++) {
        for (const bool *at = modules[i].start; at < modules[i].stop; at++, edge++) {
            if (!*at) continue;
            ++*count;
            hash = XXH64(&edge, sizeof edge, hash);
        }
    }
    return hash;
}
