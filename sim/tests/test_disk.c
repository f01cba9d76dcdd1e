// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include <stdlib.h>
#include <string.h>
#include <xxhash.h>

#include "core/tests/check.h"

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void plain_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

static const struct frame_allocator allocator = {.allocate = plain_allocate,
                                                 .release = plain_release};

static bool append(struct disk *disk, const char *text)
{
    return disk_append(disk, (const uint8_t *)text, strlen(text));
}

static bool holds(const struct disk *disk, const char *text)
{
    return disk->length == strlen(text) && memcmp(disk->bytes, text, disk->length) == 0;
}

/* A sync makes durable what was written before it began, and no more; a crash loses the rest. */
static void test_sync_and_crash(void)
{
    struct disk disk;
    disk_init(&disk, &allocator, NULL);
    CHECK(append(&disk, "one"));
    disk_sync_begin(&disk);
    CHECK(append(&disk, "two"));
    CHECK(disk.durable == 0);
    CHECK(!disk_sync_end(&disk));
    CHECK(disk.durable == 3 && disk.write_count == 1);
    CHECK(append(&disk, "three"));
    disk_sync_begin(&disk);
    CHECK(disk_crash(&disk, DISK_LOSES, NULL, "phone") == 2);
    CHECK(holds(&disk, "one") && disk.durable == 3 && !disk.sync_under_way);
    CHECK(append(&disk, "four"));
    disk_sync_begin(&disk);
    CHECK(disk_sync_end(&disk) && disk.durable == 7);
    CHECK(disk_crash(&disk, DISK_LOSES, NULL, "phone") == 0);
    CHECK(holds(&disk, "onefour"));
    disk_release(&disk);
}

/* Torn: what is durable stays, of the rest some prefix, every length of it now and then. */
static void test_torn(void)
{
    struct tape *tape = tape_new(&allocator, 1);
    struct disk disk;
    disk_init(&disk, &allocator, NULL);
    bool seen[5] = {false};
    for (unsigned i = 0; i < 100; i++) {
        disk_cut(&disk, 0);
        CHECK(append(&disk, "ab"));
        disk_sync_begin(&disk);
        CHECK(disk_sync_end(&disk));
        CHECK(append(&disk, "cd") && append(&disk, "ef"));
        const size_t lost = disk_crash(&disk, DISK_TEARS, tape, "phone");
        CHECK(disk.length >= 2 && disk.length <= 6 &&
              memcmp(disk.bytes, "abcdef", disk.length) == 0);
        CHECK(lost == (disk.length < 4 ? 2u : disk.length < 6 ? 1u : 0u));
        seen[disk.length - 2] = true;
    }
    for (unsigned i = 0; i < 5; i++)
        CHECK(seen[i]);
    disk_release(&disk);
    tape_free(tape);
}

/* Reordered: what is durable stays; of the rest some sectors do, in any order, and now and then a later one
   without an earlier one. */
static void test_reordered(void)
{
    enum { DURABLE = 700, MORE = 4000 };
    static uint8_t bytes[DURABLE + MORE];
    struct tape *tape = tape_new(&allocator, 1);
    struct disk disk;
    unsigned holes = 0;
    unsigned whole = 0;
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(1 + i % 251);
    disk_init(&disk, &allocator, NULL);
    for (unsigned i = 0; i < 200; i++) {
        disk_cut(&disk, 0);
        CHECK(disk_append(&disk, bytes, DURABLE));
        disk_sync_begin(&disk);
        CHECK(disk_sync_end(&disk) && disk_append(&disk, bytes + DURABLE, MORE));
        const size_t lost = disk_crash(&disk, DISK_REORDERS, tape, "phone");
        CHECK(disk.length >= DURABLE && memcmp(disk.bytes, bytes, DURABLE) == 0);
        const bool same =
            disk.length == sizeof bytes && memcmp(disk.bytes, bytes, sizeof bytes) == 0;
        CHECK(lost == (same ? 0 : 1));
        if (same) whole++;
        if (disk.length > 2000 && memcmp(disk.bytes + 1024, bytes + 1024, 512) != 0 &&
            memcmp(disk.bytes + 1536, bytes + 1536, disk.length - 1536 < 400 ? 1 : 400) == 0)
            holes++;
    }
    CHECK(holes > 10 && whole < 100);
    disk_release(&disk);
    tape_free(tape);
}

/* After a failed write or sync anything may be there; what a crash plan has put there is. */
static void test_survival(void)
{
    struct tape *tape = tape_new(&allocator, 1);
    struct disk_settings settings;
    struct disk disk;
    unsigned seen[DISK_KEEPS + 1] = {0};
    disk_init(&disk, &allocator, NULL);
    disk_settings_init(&settings);
    CHECK(disk_survival(&disk, &settings, tape, "phone") == DISK_LOSES);
    settings.torn = true;
    CHECK(disk_survival(&disk, &settings, tape, "phone") == DISK_TEARS);
    for (unsigned i = 0; i < 100; i++) {
        disk.doubtful = true;
        disk.crashes = i;
        seen[disk_survival(&disk, &settings, tape, "phone")]++;
    }
    CHECK(seen[DISK_LOSES] > 10 && seen[DISK_TEARS] > 10 && seen[DISK_KEEPS] > 10);
    settings.reorders = true;
    CHECK(disk_survival(&disk, &settings, tape, "phone") == DISK_REORDERS);
    disk.whole = true;
    CHECK(disk_survival(&disk, &settings, tape, "phone") == DISK_KEEPS);
    disk_release(&disk);
    tape_free(tape);
}

static void test_replace(void)
{
    struct disk disk;
    disk_init(&disk, &allocator, NULL);
    CHECK(append(&disk, "short"));
    CHECK(disk_replace(&disk, (const uint8_t *)"something longer", 16));
    CHECK(holds(&disk, "something longer") && disk.durable == 16);
    CHECK(disk_replace(&disk, (const uint8_t *)"x", 1));
    CHECK(holds(&disk, "x") && disk.durable == 1);
    CHECK(disk_replace(&disk, NULL, 0));
    CHECK(disk.length == 0);
    disk_release(&disk);
}

/* ---- What is put away ---- */

enum { FRAMES = 700, FRAME_TEXT_BYTES = 500 };

/* A frame as an instance writes it, around a text that is told from others by its number. */
static void frame_write(uint8_t frame[FRAME_LOG_HEADER_BYTES + FRAME_TEXT_BYTES], unsigned number)
{
    uint8_t *text = frame + FRAME_LOG_HEADER_BYTES;
    memset(text, (int)number, FRAME_TEXT_BYTES);
    text[0] = (uint8_t)(number >> 8);
    frame_log_header(frame, text, FRAME_TEXT_BYTES);
}

/* What a disk of so many frames holds; the caller frees it. */
static uint8_t *frames_written(struct disk *disk, unsigned count)
{
    const size_t size = FRAME_LOG_HEADER_BYTES + FRAME_TEXT_BYTES;
    uint8_t *all = malloc(count * size);
    if (all == NULL) abort();
    for (unsigned i = 0; i < count; i++) {
        frame_write(all + i * size, i);
        CHECK(disk_append(disk, all + i * size, size));
        if (i % 16 != 15) continue;
        disk_sync_begin(disk);
        (void)disk_sync_end(disk);
    }
    return all;
}

static void check_whole(struct disk *disk, const uint8_t *all, size_t length)
{
    uint8_t digest[16];
    XXH128_canonical_t expected;
    XXH128_canonicalFromHash(&expected, XXH3_128bits(all, length));
    disk_digest(disk, digest);
    CHECK(memcmp(digest, expected.digest, sizeof digest) == 0);
    CHECK(disk_open(disk) && disk->away == 0);
    CHECK(disk->length == length && memcmp(disk->bytes, all, length) == 0);
}

/* Whole frames go, each text once for all disks, and come back as they were. */
static void test_put_away(void)
{
    struct texts texts = {0};
    struct disk disks[2];
    uint8_t *all = NULL;
    for (int i = 0; i < 2; i++) {
        disk_init(&disks[i], &allocator, &texts);
        free(all);
        all = frames_written(&disks[i], FRAMES);
        CHECK(disks[i].away > 0 && disks[i].frame_count > 100);
        CHECK(disks[i].capacity < disks[i].length);
    }
    const size_t length = disks[0].length;
    CHECK(texts.count == disks[0].frame_count && disks[1].frame_count == disks[0].frame_count);
    const size_t kept =
        (size_t)16 * 1024 + (size_t)16 * (FRAME_TEXT_BYTES + FRAME_LOG_HEADER_BYTES);
    CHECK(disks[0].away + kept > disks[0].durable);
    check_whole(&disks[0], all, length);
    disk_close(&disks[0]);
    CHECK(disks[0].away > 0);
    CHECK(append(&disks[0], "torn"));
    CHECK(disk_open(&disks[0]) && memcmp(disks[0].bytes, all, length) == 0);
    CHECK(memcmp(disks[0].bytes + length, "torn", 4) == 0);
    disk_close(&disks[0]);
    CHECK(disk_crash(&disks[0], DISK_LOSES, NULL, "phone") > 0);
    CHECK(disks[0].away > 0 && disks[0].length < length);
    check_whole(&disks[0], all, disks[0].length);
    disk_close(&disks[0]);
    disk_cut(&disks[0], 1000); /* in the middle of what is away */
    check_whole(&disks[0], all, 1000);
    CHECK(disk_replace(&disks[1], all, 700));
    check_whole(&disks[1], all, 700);
    CHECK(texts.count == 0 && texts.bytes == 0);
    for (int i = 0; i < 2; i++)
        disk_release(&disks[i]);
    free(texts.buckets);
    free(all);
}

/* A frame that is not as it should be stays where it is, and so does all behind it. */
static void test_not_put_away(void)
{
    struct texts texts = {0};
    struct disk disk;
    disk_init(&disk, &allocator, &texts);
    uint8_t *all = frames_written(&disk, FRAMES);
    const size_t frame = FRAME_LOG_HEADER_BYTES + FRAME_TEXT_BYTES;
    const size_t bad = 7 * frame + FRAME_LOG_HEADER_BYTES + 9;
    CHECK(disk_open(&disk));
    disk.bytes[bad] ^= 1;
    all[bad] ^= 1;
    disk_close(&disk);
    CHECK(disk.frame_count == 7);
    check_whole(&disk, all, disk.length);
    disk_release(&disk);
    CHECK(texts.count == 0);
    free(texts.buckets);
    free(all);
}

/* The same where a crash mixes up sectors: what is stale is from what was away. */
static void test_reordered_away(void)
{
    struct texts texts = {0};
    struct disk disks[2];
    uint8_t *all = NULL;
    for (int i = 0; i < 2; i++) {
        struct tape *tape = tape_new(&allocator, 5);
        CHECK(tape != NULL);
        disk_init(&disks[i], &allocator, i == 0 ? &texts : NULL);
        free(all);
        all = frames_written(&disks[i], FRAMES);
        CHECK((disks[i].away > 0) == (i == 0));
        (void)disk_crash(&disks[i], DISK_REORDERS, tape, "phone");
        tape_free(tape);
    }
    check_whole(&disks[0], disks[1].bytes, disks[1].length);
    for (int i = 0; i < 2; i++)
        disk_release(&disks[i]);
    free(texts.buckets);
    free(all);
}

int main(void)
{
    test_sync_and_crash();
    test_torn();
    test_reordered();
    test_survival();
    test_replace();
    test_put_away();
    test_not_put_away();
    test_reordered_away();
    return check_done();
}
