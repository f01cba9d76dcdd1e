// SPDX-License-Identifier: Apache-2.0
#include "depth.h"

#include <fcntl.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "fuzz.h"

enum { COUNTERS = 1 + FUZZ_WALL_COUNT };

/* Shared, so that it survives workers that are killed. */
static _Atomic uint64_t *open_counters(void)
{
    const size_t size = COUNTERS * sizeof(uint64_t);
    const char *path = getenv("FRAMESIM_FUZZ_DEPTH");
    if (path == NULL) return NULL;
    int file = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0666);
    FUZZ_CHECK(file >= 0 && ftruncate(file, (off_t)size) == 0);
    void *memory = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    FUZZ_CHECK(memory != MAP_FAILED);
    (void)close(file);
    return memory;
}

void fuzz_depth_count(unsigned walls)
{
    static _Atomic uint64_t *counters;
    static bool opened;
    if (!opened) counters = open_counters();
    opened = true;
    if (counters == NULL) return;
    atomic_fetch_add_explicit(&counters[0], 1, memory_order_relaxed);
    for (unsigned wall = 0; wall < FUZZ_WALL_COUNT; wall++)
        if (walls >> wall & 1)
            atomic_fetch_add_explicit(&counters[1 + wall], 1, memory_order_relaxed);
}
