// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include <string.h>

#include "core/memory.h"

void disk_settings_init(struct disk_settings *settings)
{
    *settings = (struct disk_settings){
        .sync = {.kind = LATENCY_UNIFORM, .base_us = 1000, .spread_us = 4000},
    };
}

void disk_init(struct disk *disk, const struct frame_allocator *allocator)
{
    *disk = (struct disk){.allocator = *allocator};
}

void disk_release(struct disk *disk)
{
    memory_release(&disk->allocator, disk->bytes, disk->capacity);
    memory_release(&disk->allocator, disk->write_ends,
                   disk->write_capacity * sizeof *disk->write_ends);
    disk_init(disk, &disk->allocator);
}

static bool reserve_bytes(struct disk *disk, size_t length)
{
    if (length > SIZE_MAX - disk->length) return false;
    void *bytes = disk->bytes;
    if (!memory_reserve(&disk->allocator, &bytes, &disk->capacity, disk->length + length, 1))
        return false;
    disk->bytes = bytes;
    return true;
}

static bool reserve_write(struct disk *disk)
{
    void *ends = disk->write_ends;
    if (!memory_reserve(&disk->allocator, &ends, &disk->write_capacity, disk->write_count + 1,
                        sizeof *disk->write_ends))
        return false;
    disk->write_ends = ends;
    return true;
}

bool disk_append(struct disk *disk, const uint8_t *bytes, size_t length)
{
    if (length == 0) return true;
    if (!reserve_bytes(disk, length) || !reserve_write(disk)) return false;
    memcpy(disk->bytes + disk->length, bytes, length);
    disk->length += length;
    disk->write_ends[disk->write_count++] = disk->length;
    return true;
}

void disk_sync_begin(struct disk *disk)
{
    FRAME_ASSERT(!disk->sync_under_way);
    disk->sync_under_way = true;
    disk->syncing = disk->length;
    disk->syncs++;
}

bool disk_sync_end(struct disk *disk)
{
    FRAME_ASSERT(disk->sync_under_way);
    disk->sync_under_way = false;
    disk->durable = disk->syncing;
    size_t done = 0;
    while (done < disk->write_count && disk->write_ends[done] <= disk->durable)
        done++;
    disk->write_count -= done;
    memmove(disk->write_ends, disk->write_ends + done,
            disk->write_count * sizeof *disk->write_ends);
    return disk->durable == disk->length;
}

size_t disk_crash(struct disk *disk, bool torn, struct tape *tape, const char *peer)
{
    size_t survives = disk->durable;
    if (torn && disk->length > disk->durable) {
        struct tape_identity identity;
        tape_identity(&identity, "torn", peer, NULL, disk->crashes);
        survives += (size_t)tape_choose(tape, &identity, disk->length - disk->durable + 1);
    }
    size_t lost = 0;
    for (size_t i = 0; i < disk->write_count; i++)
        if (disk->write_ends[i] > survives) lost++;
    disk->crashes++;
    disk_cut(disk, survives);
    return lost;
}

void disk_cut(struct disk *disk, size_t length)
{
    FRAME_ASSERT(length <= disk->length);
    disk->length = length;
    disk->durable = length;
    disk->sync_under_way = false;
    disk->write_count = 0;
}

bool disk_replace(struct disk *disk, const uint8_t *bytes, size_t length)
{
    if (length > disk->length) {
        const size_t more = length - disk->length;
        if (!reserve_bytes(disk, more)) return false;
    }
    if (length > 0) memcpy(disk->bytes, bytes, length);
    disk->length = length;
    disk_cut(disk, length);
    return true;
}
