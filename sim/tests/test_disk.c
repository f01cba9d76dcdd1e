// SPDX-License-Identifier: Apache-2.0
#include "sim/disk.h"

#include <stdlib.h>
#include <string.h>

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

static const struct frame_allocator allocator = {.allocate = plain_allocate, .release = plain_release};

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

int main(void)
{
    test_sync_and_crash();
    test_torn();
    test_reordered();
    test_survival();
    test_replace();
    return check_done();
}
