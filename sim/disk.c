// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include <stdio.h>
#include <string.h>
#include <xxhash.h>

#include "core/memory.h"

void disk_settings_init(struct disk_settings *settings)
{
    *settings = (struct disk_settings){
        .sync = {.kind = LATENCY_UNIFORM, .base_us = 1000, .spread_us = 4000},
    };
}

void disk_init(struct disk *disk, const struct frame_allocator *allocator, struct texts *texts)
{
    *disk = (struct disk){.allocator = *allocator, .texts = texts};
}

/* ---- What is put away ---- */

enum { AWAY_BYTES_MIN = 16 << 10 };

static void forget_frames(struct disk *disk)
{
    for (size_t i = 0; i < disk->frame_count; i++)
        texts_drop(disk->texts, &disk->allocator, disk->frames[i].bytes);
    memory_release(&disk->allocator, disk->frames, disk->frame_capacity * sizeof *disk->frames);
    disk->frames = NULL;
    disk->frame_count = 0;
    disk->frame_capacity = 0;
    disk->away = 0;
}

void disk_release(struct disk *disk)
{
    forget_frames(disk);
    memory_release(&disk->allocator, disk->bytes, disk->capacity);
    memory_release(&disk->allocator, disk->write_ends,
                   disk->write_capacity * sizeof *disk->write_ends);
    disk_init(disk, &disk->allocator, disk->texts);
}

/* Room for so many bytes in one piece. */
static bool reserve_bytes(struct disk *disk, size_t length)
{
    void *bytes = disk->bytes;
    if (!memory_reserve(&disk->allocator, &bytes, &disk->capacity, length, 1)) return false;
    disk->bytes = bytes;
    return true;
}

bool disk_open(struct disk *disk)
{
    if (disk->away == 0) return true;
    const size_t behind = disk->length - disk->away;
    uint8_t *whole = memory_allocate(&disk->allocator, disk->length);
    if (whole == NULL) return false;
    size_t at = 0;
    for (size_t i = 0; i < disk->frame_count; i++) {
        const struct frame_span text = disk->frames[i];
        frame_log_header(whole + at, text.bytes, text.length);
        memcpy(whole + at + FRAME_LOG_HEADER_BYTES, text.bytes, text.length);
        at += FRAME_LOG_HEADER_BYTES + text.length;
    }
    if (behind > 0) memcpy(whole + at, disk->bytes, behind);
    memory_release(&disk->allocator, disk->bytes, disk->capacity);
    forget_frames(disk);
    disk->bytes = whole;
    disk->capacity = disk->length;
    return true;
}

void disk_digest(const struct disk *disk, uint8_t digest[16])
{
    XXH128_canonical_t canonical;
    XXH3_state_t *state = XXH3_createState();
    FRAME_MUST(state != NULL && XXH3_128bits_reset(state) == XXH_OK);
    for (size_t i = 0; i < disk->frame_count; i++) {
        const struct frame_span text = disk->frames[i];
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_log_header(header, text.bytes, text.length);
        FRAME_MUST(XXH3_128bits_update(state, header, sizeof header) == XXH_OK);
        FRAME_MUST(XXH3_128bits_update(state, text.bytes, text.length) == XXH_OK);
    }
    if (disk->length > disk->away)
        FRAME_MUST(XXH3_128bits_update(state, disk->bytes, disk->length - disk->away) == XXH_OK);
    XXH128_canonicalFromHash(&canonical, XXH3_128bits_digest(state));
    FRAME_MUST(XXH3_freeState(state) == XXH_OK);
    memcpy(digest, canonical.digest, sizeof canonical.digest);
}

bool disk_frame(struct frame_span *payload, const uint8_t *log, size_t length, size_t offset)
{
    if (length - offset < FRAME_LOG_HEADER_BYTES) return false;
    const uint8_t *header = log + offset;
    const size_t size = (size_t)header[0] << 24 | (size_t)header[1] << 16 | (size_t)header[2] << 8 |
                        (size_t)header[3];
    if (size > length - offset - FRAME_LOG_HEADER_BYTES) return false;
    *payload = (struct frame_span){header + FRAME_LOG_HEADER_BYTES, size};
    return true;
}

/* A frame that is all there, and as an instance writes it. */
static bool whole_frame(struct frame_span *text, const uint8_t *log, size_t length, size_t offset)
{
    uint8_t header[FRAME_LOG_HEADER_BYTES];
    if (!disk_frame(text, log, length, offset)) return false;
    if (text->length == 0 || text->length > FRAME_RECEIPT_BYTES_MAX) return false;
    frame_log_header(header, text->bytes, text->length);
    return memcmp(header, log + offset, sizeof header) == 0;
}

static bool frame_put_away(struct disk *disk, struct frame_span text)
{
    void *frames = disk->frames;
    if (!memory_reserve(&disk->allocator, &frames, &disk->frame_capacity, disk->frame_count + 1,
                        sizeof *disk->frames))
        return false;
    disk->frames = frames;
    text.bytes = texts_hold(disk->texts, &disk->allocator, text.bytes, text.length);
    if (text.bytes == NULL) return false;
    disk->frames[disk->frame_count++] = text;
    return true;
}

/* Bytes behind what is put away, in no more room than they need. */
static void keep_behind(struct disk *disk, size_t from, size_t length)
{
    const size_t room = length > AWAY_BYTES_MIN ? length : AWAY_BYTES_MIN;
    uint8_t *kept = NULL;
    if (disk->capacity / 4 > room) kept = memory_allocate(&disk->allocator, room);
    if (kept == NULL) {
        memmove(disk->bytes, disk->bytes + from, length);
        return;
    }
    memcpy(kept, disk->bytes + from, length);
    memory_release(&disk->allocator, disk->bytes, disk->capacity);
    disk->bytes = kept;
    disk->capacity = room;
}

void disk_close(struct disk *disk)
{
    size_t at = 0;
    const size_t durable = disk->durable - disk->away;
    struct frame_span text;
    if (disk->texts == NULL || durable < AWAY_BYTES_MIN) return;
    while (whole_frame(&text, disk->bytes, durable, at) && frame_put_away(disk, text))
        at += FRAME_LOG_HEADER_BYTES + text.length;
    if (at == 0) return;
    keep_behind(disk, at, disk->length - disk->away - at);
    disk->away += at;
}

/* ---- Writing ---- */

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
    if (length == 0) { /* a write that fails at once is one as well: the next is another */
        disk->writes++;
        return true;
    }
    const size_t behind = disk->length - disk->away;
    if (length > SIZE_MAX - disk->length || !reserve_bytes(disk, behind + length) ||
        !reserve_write(disk))
        return false;
    memcpy(disk->bytes + behind, bytes, length);
    disk->length += length;
    disk->write_ends[disk->write_count++] = disk->length;
    disk->writes++;
    return true;
}

void disk_sync_begin(struct disk *disk)
{
    FRAME_ASSERT(!disk->sync_under_way);
    disk_close(disk);
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

/* ---- Crashes ---- */

enum disk_survival disk_survival(const struct disk *disk, const struct disk_settings *settings,
                                 struct tape *tape, const char *peer)
{
    if (disk->whole) return DISK_KEEPS;
    if (settings->reorders) return DISK_REORDERS;
    if (disk->doubtful) {
        static const enum disk_survival any[] = {DISK_LOSES, DISK_TEARS, DISK_KEEPS};
        struct tape_identity identity;
        tape_identity(&identity, "doubt", peer, NULL, disk->crashes);
        return any[tape_choose(tape, &identity, sizeof any / sizeof *any)];
    }
    return settings->torn ? DISK_TEARS : DISK_LOSES;
}

/* How much of the file there is after a crash that tears it. */
static size_t torn_length(const struct disk *disk, struct tape *tape, const char *peer)
{
    struct tape_identity identity;
    tape_identity(&identity, "torn", peer, NULL, disk->crashes);
    return disk->durable + (size_t)tape_choose(tape, &identity, disk->length - disk->durable + 1);
}

/* The sectors that were not durable, in a few pieces: each reached the medium by itself, or did not. */
enum { SECTOR_BYTES = 512, PIECES_MAX = 16 };
enum piece_fate { PIECE_LOST, PIECE_REACHED, PIECE_STALE, PIECE_ZEROED, PIECE_FATES };
struct piece {
    size_t start;
    size_t end;
    enum piece_fate fate;
    uint64_t sector; /* what a stale one reads as: these bytes of the log, as they were */
};

static size_t pieces_cut(struct piece pieces[PIECES_MAX], const struct disk *disk)
{
    const size_t first = disk->durable / SECTOR_BYTES;
    const size_t sectors = (disk->length + SECTOR_BYTES - 1) / SECTOR_BYTES - first;
    const size_t step = (sectors + PIECES_MAX - 1) / PIECES_MAX * SECTOR_BYTES;
    size_t count = 0;
    for (size_t start = disk->durable; start < disk->length; count++) {
        size_t end = start / SECTOR_BYTES * SECTOR_BYTES + step;
        if (end > disk->length) end = disk->length;
        pieces[count] = (struct piece){.start = start, .end = end};
        start = end;
    }
    return count;
}

static void pieces_ask(struct piece *pieces, size_t count, const struct disk *disk,
                       struct tape *tape, const char *peer)
{
    for (size_t i = 0; i < count; i++) {
        char part[32];
        struct tape_identity identity;
        (void)snprintf(part, sizeof part, "piece%zu", i);
        tape_identity(&identity, "reordered", peer, part, disk->crashes);
        pieces[i].fate = (enum piece_fate)tape_choose(tape, &identity, PIECE_FATES);
        tape_identity(&identity, "stale", peer, part, disk->crashes);
        pieces[i].sector = tape_choose(tape, &identity, disk->durable / SECTOR_BYTES + 1);
    }
}

static void piece_fill(struct disk *disk, const struct piece *piece)
{
    const size_t from = (size_t)piece->sector * SECTOR_BYTES;
    for (size_t i = piece->start; i < piece->end; i++) {
        const size_t at = from + (i - piece->start);
        const bool stale = piece->fate == PIECE_STALE && at < disk->durable;
        disk->bytes[i] = stale ? disk->bytes[at] : 0;
    }
}

static size_t writes_struck(const struct disk *disk, const struct piece *pieces, size_t count)
{
    size_t struck = 0;
    for (size_t k = 0; k < disk->write_count; k++) {
        const size_t begins = k == 0 ? disk->durable : disk->write_ends[k - 1];
        bool whole = true;
        for (size_t i = 0; i < count; i++)
            if (pieces[i].fate != PIECE_REACHED && pieces[i].start < disk->write_ends[k] &&
                pieces[i].end > begins)
                whole = false;
        if (!whole) struck++;
    }
    return struck;
}

/* Returns how long the file is now. */
static size_t reorder(struct disk *disk, struct tape *tape, const char *peer, size_t *lost)
{
    struct piece pieces[PIECES_MAX];
    FRAME_MUST(disk_open(disk)); /* what is stale may have stood anywhere */
    const size_t count = pieces_cut(pieces, disk);
    size_t survives = disk->durable;
    pieces_ask(pieces, count, disk, tape, peer);
    *lost = writes_struck(disk, pieces, count);
    for (size_t i = 0; i < count; i++) {
        if (pieces[i].fate != PIECE_REACHED) piece_fill(disk, &pieces[i]);
        if (pieces[i].fate != PIECE_LOST) survives = pieces[i].end;
    }
    return survives;
}

size_t disk_crash(struct disk *disk, enum disk_survival survival, struct tape *tape,
                  const char *peer)
{
    size_t survives = disk->durable;
    size_t lost = 0;
    if (survival == DISK_KEEPS) survives = disk->length;
    if (survival == DISK_TEARS && disk->length > disk->durable)
        survives = torn_length(disk, tape, peer);
    if (survival == DISK_REORDERS)
        survives = reorder(disk, tape, peer, &lost);
    else
        for (size_t i = 0; i < disk->write_count; i++)
            if (disk->write_ends[i] > survives) lost++;
    disk->crashes++;
    disk_cut(disk, survives);
    return lost;
}

void disk_cut(struct disk *disk, size_t length)
{
    FRAME_ASSERT(length <= disk->length);
    if (length < disk->away) FRAME_MUST(disk_open(disk));
    disk->length = length;
    disk->durable = length;
    disk->sync_under_way = false;
    disk->write_count = 0;
    disk->doubtful = false;
    disk->whole = false;
}

bool disk_replace(struct disk *disk, const uint8_t *bytes, size_t length)
{
    if (!reserve_bytes(disk, length)) return false;
    forget_frames(disk);
    if (length > 0) memcpy(disk->bytes, bytes, length);
    disk->length = length;
    disk_cut(disk, length);
    return true;
}
