// SPDX-License-Identifier: Apache-2.0
/*
 * One peer's disk: a file that is appended to, and a sync that makes what was written before it durable
 * some time later. A crash loses exactly what was not durable.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "sim/network.h"

struct disk_settings {
    struct latency sync;  /* disk_settings_init: 1 … 5 ms uniform */
    uint32_t failure_ppm; /* a sync fails: the instance halts and must be restarted */
    bool torn;            /* a crash keeps a part, chosen by the tape, of what was not durable */
};
void disk_settings_init(struct disk_settings *settings);

struct disk {
    struct frame_allocator allocator;
    uint8_t *bytes;
    size_t length; /* written */
    size_t capacity;
    size_t durable; /* bytes that survive a crash: a prefix */
    size_t syncing; /* what the sync under way will have made durable */
    bool sync_under_way;
    size_t *write_ends; /* ends of the writes after `durable`, ascending */
    size_t write_count;
    size_t write_capacity;
    uint64_t syncs; /* how many have begun: the identity of the next one */
    uint64_t crashes;
};
void disk_init(struct disk *disk, const struct frame_allocator *allocator);
void disk_release(struct disk *disk);

/* False: no memory. */
bool disk_append(struct disk *disk, const uint8_t *bytes, size_t length);
/* Begins to sync all that is written so far; none may be under way. */
void disk_sync_begin(struct disk *disk);
/* It is done. True where everything written is durable now. */
bool disk_sync_end(struct disk *disk);
/*
 * What is not durable is gone. With `torn` a part of it, asked from the tape, survives, and the last
 * frame may be cut in the middle. Ends a sync under way. Returns the number of writes lost or cut.
 */
size_t disk_crash(struct disk *disk, bool torn, struct tape *tape, const char *peer);
/* Cuts the file (and counts the rest as durable); replaces the whole file, durably. */
void disk_cut(struct disk *disk, size_t length);
bool disk_replace(struct disk *disk, const uint8_t *bytes, size_t length);

#endif
