// SPDX-License-Identifier: Apache-2.0
/*
 * One peer's disk: a file that is appended to, and a sync that makes what was written before it durable
 * some time later. A crash loses exactly what was not durable, or as little of it as the disk likes: what was
 * durable survives, whatever happens to the rest.
 *
 * What is durable is put away, as soon as it is much: of each whole frame (§ 13) only its text is remembered, which all
 * disks of a world have in common. disk_open puts it together again.
 */
#ifndef SIM_DISK_H
#define SIM_DISK_H

#include "sim/network.h"
#include "sim/texts.h"

struct disk_settings {
    struct latency sync;        /* disk_settings_init: 1 … 5 ms uniform */
    uint32_t failure_ppm;       /* a sync fails: the instance halts and must be restarted */
    uint32_t write_failure_ppm; /* a write fails, part of it done: likewise */
    uint32_t short_read_ppm; /* reading the log gives less than there is; read again it is there */
    uint64_t space_bytes;    /* a write that would make the file longer fails; 0: no bound */
    bool torn;               /* a crash keeps a beginning of what was not durable */
    bool reorders; /* a crash keeps some sectors of it and not others, which read as anything */
};
void disk_settings_init(struct disk_settings *settings);

struct disk {
    struct frame_allocator allocator;
    struct texts *texts;       /* NULL: nothing is put away */
    struct frame_span *frames; /* payloads of the frames that are put away: the file's beginning, */
    size_t frame_count;
    size_t frame_capacity;
    size_t away;    /* so many bytes of it; */
    uint8_t *bytes; /* and what stands behind them */
    size_t capacity;
    size_t length;  /* written, all in all */
    size_t durable; /* bytes that survive a crash: a prefix */
    size_t syncing; /* what the sync under way will have made durable */
    bool sync_under_way;
    size_t *write_ends; /* ends of the writes after `durable`, ascending */
    size_t write_count;
    size_t write_capacity;
    uint64_t syncs;  /* how many have begun: the identity of the next one */
    uint64_t writes; /* likewise, with those that failed, */
    uint64_t reads;  /* of the whole log, */
    uint64_t rewrites;
    uint64_t crashes;
    bool doubtful; /* a write or a sync has failed: what is not durable may be there or not */
    bool whole;    /* what is written is on the medium, though nobody was told */
};
/* The payload of the frame (§ 13) at `offset` of a log; false where the bytes do not hold all of it. */
bool disk_frame(struct frame_span *payload, const uint8_t *log, size_t length, size_t offset);

/* `texts` use the same allocator. */
void disk_init(struct disk *disk, const struct frame_allocator *allocator, struct texts *texts);
void disk_release(struct disk *disk);

/* Puts the file together: disk->bytes is all of it then, until anything is done to the disk. False: no memory. */
bool disk_open(struct disk *disk);
/* Puts away what is durable, where it is much. */
void disk_close(struct disk *disk);
/* XXH3, 128 bits, of all of it, canonical: as of one piece, but none is made. */
void disk_digest(const struct disk *disk, uint8_t digest[16]);
/* False: no memory. */
bool disk_append(struct disk *disk, const uint8_t *bytes, size_t length);
/* Begins to sync all that is written so far; none may be under way. */
void disk_sync_begin(struct disk *disk);
/* It is done. True where everything written is durable now. */
bool disk_sync_end(struct disk *disk);
/* What a crash leaves of what is not durable. What there is to choose is asked from the tape; 0 always
   means that less of it is there. */
enum disk_survival {
    DISK_LOSES,    /* nothing */
    DISK_TEARS,    /* a beginning of any length: the last frame may be cut in the middle */
    DISK_REORDERS, /* some sectors, others read as zeros or as what stood there before */
    DISK_KEEPS     /* all */
};
/* By the settings, and by what has happened since the last crash. */
enum disk_survival disk_survival(const struct disk *disk, const struct disk_settings *settings,
                                 struct tape *tape, const char *peer);
/* Ends a sync under way. Returns the number of writes of which something is lost. */
size_t disk_crash(struct disk *disk, enum disk_survival survival, struct tape *tape,
                  const char *peer);
/* Cuts the file (and counts the rest as durable); replaces the whole file, durably. */
void disk_cut(struct disk *disk, size_t length);
bool disk_replace(struct disk *disk, const uint8_t *bytes, size_t length);

#endif
