// SPDX-License-Identifier: Apache-2.0
/*
 * Step 1 of § 10 at its ends: arrays of nothing, and documents larger than a file may be. These take no memory of
 * their size: one small file stands in the address space again and again.
 */
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "frame.h"
#include "heap.h"

static struct heap heap;

static enum frame_status parse(struct frame_fault *fault, const void *bytes, size_t length)
{
    struct frame_parsed *parsed = NULL;
    const struct frame_allocator allocator = heap_allocator(&heap);
    const enum frame_status status = frame_parse(&parsed, fault, &allocator, bytes, length);
    CHECK(status == fault->status && (parsed != NULL) == (status == FRAME_OK));
    frame_parsed_free(parsed);
    CHECK(heap.live == 0 && !heap.wrong_size);
    return status;
}

static void test_nothing(void)
{
    static const struct {
        const char *text;
        enum frame_status status;
        int64_t offset;
    } cases[] = {
        {"[]", FRAME_OK, -1},
        {"[]x", FRAME_JSON_SYNTAX, 2},
        {"[]]", FRAME_JSON_SYNTAX, 2},
        {"[] ", FRAME_JSON_NOT_CANONICAL, 2},
        {"[ ]", FRAME_JSON_NOT_CANONICAL, 1},
        {"[", FRAME_JSON_SYNTAX, 1},
        {"", FRAME_JSON_SYNTAX, 0},
        {"{}", FRAME_FIELD_TYPE, -1},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct frame_fault fault;
        const char *text = cases[i].text;
        CHECK_IN(text, parse(&fault, text, strlen(text)) == cases[i].status);
        CHECK_IN(text, fault.offset == cases[i].offset && fault.index == -1);
    }
}

/* ---- Over 1 GiB ------------------------------------------------------------------------------ */

enum { PART = 2 * 1024 * 1024, PARTS = 511, ITEM = 128 * 1024 };

/* A part of memory, the file's PART bytes PARTS times, and another part of memory. */
struct giant {
    uint8_t *bytes;
    uint8_t *file;   /* the same bytes as in the middle, to be written */
    uint8_t *behind; /* the last part */
};

static bool giant_map(struct giant *giant, int file)
{
    const size_t size = (size_t)PART * (PARTS + 2);
    giant->bytes = mmap(NULL, size, PROT_READ | PROT_WRITE,
                        MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (giant->bytes == MAP_FAILED) return false;
    giant->behind = giant->bytes + size - PART;
    bool mapped = true;
    for (size_t i = 1; i <= PARTS && mapped; i++)
        mapped = mmap(giant->bytes + i * PART, PART, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_FIXED,
                      file, 0) != MAP_FAILED;
    giant->file = giant->bytes + PART;
    if (!mapped) (void)munmap(giant->bytes, size);
    return mapped;
}

/* The document that ends with so many bytes behind the file's, and has `length` bytes. */
static enum frame_status giant_parse(struct frame_fault *fault, const struct giant *giant,
                                     size_t behind, size_t length)
{
    return parse(fault, giant->behind + behind - length, length);
}

static void check_string(const struct giant *giant)
{
    const size_t over = (size_t)FRAME_FILE_BYTES_MAX + 1;
    struct frame_fault fault;
    uint8_t *first = giant->behind + PART - over;
    memset(giant->bytes, 'a', (size_t)PART * 2);
    memset(giant->behind, 'a', PART);
    *first = '"';
    giant->behind[PART - 1] = '"';
    CHECK(giant_parse(&fault, giant, PART, over) == FRAME_LIMIT);
    CHECK(fault.index == -1 && fault.offset == FRAME_FILE_BYTES_MAX);
    first[5] = '\n'; /* before the first byte too many */
    CHECK(giant_parse(&fault, giant, PART, over) == FRAME_JSON_SYNTAX && fault.offset == 5);
    first[0] = '\n'; /* at once */
    CHECK(giant_parse(&fault, giant, PART, over) == FRAME_JSON_NOT_CANONICAL && fault.offset == 0);
}

/* One that does not close: its fault is where it ends, which is behind the first byte too many. */
static void check_open_string(const struct giant *giant)
{
    const size_t over = (size_t)FRAME_FILE_BYTES_MAX + 2;
    struct frame_fault fault;
    memset(giant->bytes, 'a', (size_t)PART * 2);
    memset(giant->behind, 'a', PART);
    *(giant->behind - (over - PART)) = '"';
    CHECK(giant_parse(&fault, giant, PART, over) == FRAME_LIMIT);
    CHECK(fault.index == -1 && fault.offset == FRAME_FILE_BYTES_MAX);
}

/* Strings of ITEM bytes with their commas, all the way. */
static void check_array(const struct giant *giant)
{
    const size_t most = FRAME_FILE_BYTES_MAX;
    const size_t behind = PART - ITEM; /* so that it begins before the file */
    struct frame_fault fault;
    uint8_t *parts[] = {giant->bytes, giant->file, giant->behind};
    for (size_t part = 0; part < 3; part++)
        for (size_t at = 0; at < PART; at += ITEM) {
            memset(parts[part] + at, 'a', ITEM);
            parts[part][at] = '"';
            parts[part][at + ITEM - 2] = '"';
            parts[part][at + ITEM - 1] = ',';
        }
    giant->behind[behind - 1] = ']';
    uint8_t *first = giant->behind + behind - most; /* in the place of a quote */
    memcpy(first, "[\"", 2);
    CHECK(giant_parse(&fault, giant, behind, most) == FRAME_OK);
    memcpy(first - 1, "[\"a", 3);
    CHECK(giant_parse(&fault, giant, behind, most + 1) == FRAME_LIMIT);
    CHECK(fault.index == -1 && fault.offset == FRAME_FILE_BYTES_MAX);
    heap_fail(&heap, 2);
    CHECK(giant_parse(&fault, giant, behind, most + 1) == FRAME_NO_MEMORY);
    heap_fail(&heap, 0);
}

static void test_giants(void)
{
    struct giant giant;
    FILE *file = sizeof(size_t) < 8 ? NULL : tmpfile();
    if (file == NULL || ftruncate(fileno(file), PART) != 0 || !giant_map(&giant, fileno(file))) {
        printf("skipped: documents over 1 GiB (no room for one)\n");
        if (file != NULL) (void)fclose(file);
        return;
    }
    check_string(&giant);
    check_open_string(&giant);
    check_array(&giant);
    (void)munmap(giant.bytes, (size_t)PART * (PARTS + 2));
    (void)fclose(file);
}

int main(void)
{
    test_nothing();
    test_giants();
    return check_done();
}
