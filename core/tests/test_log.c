// SPDX-License-Identifier: Apache-2.0
/* The receipt log (§ 13): whole, cut, flipped, with garbage between, and as hostile as can be. */
#include "core/frame.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <xxhash.h>

#include "check.h"

enum { HEADER = FRAME_LOG_HEADER_BYTES, GOOD = 4, RECEIPT_MAX = 2048, LOG_MAX = 64 * 1024 };

#define HEX "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

/* Receipts that pass steps 1 and 2 of § 10, which is all that the log asks of them. */
static char receipts[GOOD][RECEIPT_MAX];

static void write_receipt(char text[RECEIPT_MAX], const char *declared, int timestamp, int version)
{
    snprintf(text, RECEIPT_MAX,
             "{\"capabilitiesDeclared\":[%s],\"capabilitiesUsed\":[],\"dappId\":\"notes\","
             "\"identity\":\"alice\",\"inputHash\":\"" HEX "\",\"inputPayload\":{\"action\":"
             "\"notes.create\",\"origin\":\"\",\"payload\":{\"text\":\"%.*s\"},\"raw\":\"\","
             "\"timestamp\":%d},\"intent\":\"notes.create\",\"nextStateRoot\":\"" HEX
             "\",\"previousReceiptHash\":null,\"previousStateRoot\":\"" HEX
             "\",\"publicKey\":\"" HEX "\",\"receiptHash\":\"" HEX "\",\"resultHash\":\"" HEX
             "\",\"signature\":\"" HEX HEX "\",\"timestamp\":%d,\"version\":%d}",
             declared, timestamp % 50, "................................................",
             timestamp, timestamp, version);
}

/* ---- A log under construction ------------------------------------------------------------------ */

struct log {
    uint8_t bytes[LOG_MAX];
    size_t length;
};

static void add(struct log *log, const void *bytes, size_t length)
{
    memcpy(log->bytes + log->length, bytes, length);
    log->length += length;
}

/* A frame that states the truth about its payload, whatever that is. Without the code under test. */
static void add_frame(struct log *log, const void *payload, size_t length)
{
    const uint32_t sum = XXH32(payload, length, 0);
    for (int shift = 24; shift >= 0; shift -= 8) {
        log->bytes[log->length++] = (uint8_t)(length >> shift);
    }
    for (int shift = 24; shift >= 0; shift -= 8) {
        log->bytes[log->length++] = (uint8_t)(sum >> shift);
    }
    add(log, payload, length);
}

static void add_receipt(struct log *log, int i)
{
    add_frame(log, receipts[i], strlen(receipts[i]));
}

/* All four receipts: what the tests damage. Frame i is between starts[i] and starts[i + 1]. */
static struct log whole;
static size_t starts[GOOD + 1];

/* ---- The reader against a plain reading of § 13 ------------------------------------------------- */

struct result {
    enum frame_log_state state;
    size_t failed_offset; /* 0 where clean */
    size_t kept;
    size_t aside;
    uint64_t payloads; /* of all good frames, in order */
};

/* Slow and obvious: a good frame is one of the four of the whole log. Its length, or 0. */
static size_t good_frame(const uint8_t *bytes, size_t length, uint64_t *payloads)
{
    for (size_t i = 0; i < GOOD; i++) {
        const size_t frame = starts[i + 1] - starts[i];
        if (frame <= length && memcmp(bytes, whole.bytes + starts[i], frame) == 0) {
            *payloads = *payloads * 31 + i + 1;
            return frame;
        }
    }
    return 0;
}

static struct result plain_read(const uint8_t *bytes, size_t length)
{
    struct result result = {.state = FRAME_LOG_CLEAN};
    size_t at = 0;
    while (at < length) {
        size_t frame = good_frame(bytes + at, length - at, &result.payloads);
        if (result.state == FRAME_LOG_CLEAN) {
            if (frame > 0) {
                result.kept++;
            } else {
                result.state = FRAME_LOG_TORN;
                result.failed_offset = at;
            }
        } else if (frame > 0) {
            result.state = FRAME_LOG_CORRUPT;
            result.aside++;
        }
        at += frame > 0 ? frame : 1;
    }
    return result;
}

/* Reads a copy that ends where the log ends. */
static struct result read_log(const uint8_t *bytes, size_t length)
{
    struct result result = {.state = FRAME_LOG_CLEAN};
    struct frame_log_reader reader;
    struct frame_span payload;
    uint8_t *copy = malloc(length + (length == 0));
    if (!copy) abort();
    memcpy(copy, bytes, length);
    frame_log_reader_init(&reader, copy, length);
    while (frame_log_next(&reader, &payload)) {
        if (reader.aside) {
            result.aside++;
            CHECK(reader.state == FRAME_LOG_CORRUPT);
        } else {
            CHECK(result.aside == 0);
            CHECK(reader.state == FRAME_LOG_CLEAN);
        }
        uint64_t number = 0;
        for (uint64_t i = 0; i < GOOD; i++) {
            if (payload.length == strlen(receipts[i]) &&
                memcmp(payload.bytes, receipts[i], payload.length) == 0)
                number = i + 1;
        }
        result.payloads = result.payloads * 31 + number;
    }
    CHECK(!frame_log_next(&reader, &payload));
    CHECK(reader.kept + result.aside < length || length == 0);
    result.state = reader.state;
    result.kept = reader.kept;
    result.failed_offset = reader.failed_offset;
    free(copy);
    return result;
}

static bool same(const struct result *result, const struct result *expected)
{
    return CHECK(result->state == expected->state) &&
           CHECK(result->failed_offset == expected->failed_offset) &&
           CHECK(result->kept == expected->kept) && CHECK(result->aside == expected->aside) &&
           CHECK(result->payloads == expected->payloads);
}

static bool expect_plain(const uint8_t *bytes, size_t length)
{
    struct result expected = plain_read(bytes, length);
    struct result result = read_log(bytes, length);
    return same(&result, &expected);
}

static bool expect(const struct log *log, enum frame_log_state state, size_t failed_offset,
                   size_t kept, size_t aside)
{
    struct result result = read_log(log->bytes, log->length);
    const struct result expected = {state, failed_offset, kept, aside, result.payloads};
    return same(&result, &expected);
}

/* ---- One log of four frames, damaged ------------------------------------------------------------ */

static void set_up(void)
{
    static const char *const declared[GOOD] = {
        "", "\"storage.read\"", "\"storage.read\",\"storage.write\"", "\"\xc3\xa9\""};
    for (int i = 0; i < GOOD; i++) {
        write_receipt(receipts[i], declared[i], 1000 + 7 * i, 2);
        starts[i] = whole.length;
        add_receipt(&whole, i);
    }
    starts[GOOD] = whole.length;
}

/* The frame that a byte belongs to. */
static size_t frame_of(size_t at)
{
    size_t frame = 0;
    while (at >= starts[frame + 1]) {
        frame++;
    }
    return frame;
}

static void test_header(void)
{
    uint8_t header[HEADER];
    for (int i = 0; i < GOOD; i++) {
        frame_log_header(header, (const uint8_t *)receipts[i], strlen(receipts[i]));
        CHECK(memcmp(header, whole.bytes + starts[i], HEADER) == 0);
    }
    static const uint8_t abc[HEADER] = {0, 0, 0, 3, 0x32, 0xd1, 0x53, 0xff};
    frame_log_header(header, (const uint8_t *)"abc", 3);
    CHECK(memcmp(header, abc, HEADER) == 0);
}

static void test_truncations(void)
{
    struct log log = {.length = 0};
    CHECK(expect(&log, FRAME_LOG_CLEAN, 0, 0, 0));
    for (size_t cut = 1; cut <= whole.length; cut++) {
        memcpy(log.bytes, whole.bytes, cut);
        log.length = cut;
        size_t frame = frame_of(cut - 1);
        if (cut == starts[frame + 1]) {
            expect(&log, FRAME_LOG_CLEAN, 0, frame + 1, 0);
        } else {
            expect(&log, FRAME_LOG_TORN, starts[frame], frame, 0);
        }
    }
}

static void test_flips(void)
{
    struct log log = whole;
    for (size_t at = 0; at < whole.length; at++) {
        const size_t frame = frame_of(at);
        for (int bit = 0; bit < 8; bit++) {
            log.bytes[at] ^= (uint8_t)(1 << bit);
            expect(&log, frame == GOOD - 1 ? FRAME_LOG_TORN : FRAME_LOG_CORRUPT, starts[frame],
                   frame, GOOD - 1 - frame);
            log.bytes[at] = whole.bytes[at];
        }
    }
}

/* A byte lost, a byte too many: the frames behind are found wherever they now start. */
static void test_shifts(void)
{
    static const uint8_t inserted[] = {0x00, '{', 0xff};
    struct log log;
    for (size_t at = 0; at < whole.length; at++) {
        memcpy(log.bytes, whole.bytes, at);
        memcpy(log.bytes + at, whole.bytes + at + 1, whole.length - at - 1);
        log.length = whole.length - 1;
        expect_plain(log.bytes, log.length);
        for (size_t i = 0; i < sizeof inserted; i++) {
            log.bytes[at] = inserted[i];
            memcpy(log.bytes + at + 1, whole.bytes + at, whole.length - at);
            log.length = whole.length + 1;
            expect_plain(log.bytes, log.length);
        }
    }
}

/* ---- Garbage ------------------------------------------------------------------------------------ */

/* Frames that state the truth about payloads that are no receipts: each fails (§ 13). */
static void test_bad_payloads(void)
{
    char third_version[RECEIPT_MAX];
    char array[RECEIPT_MAX + 2];
    char spaced[RECEIPT_MAX + 1];
    write_receipt(third_version, "", 1000, 3);
    snprintf(array, sizeof array, "[%s]", receipts[0]);
    snprintf(spaced, sizeof spaced, "%s ", receipts[0]);
    const char *const payloads[] = {"",
                                    "x",
                                    "{}",
                                    "[]",
                                    "{\"capabilitiesDeclared\":[",
                                    "{\"capabilitiesDeclared\":[]}",
                                    third_version,
                                    array,
                                    spaced};
    for (size_t i = 0; i < sizeof payloads / sizeof payloads[0]; i++) {
        struct log log = {.length = 0};
        add_receipt(&log, 0);
        const size_t offset = log.length;
        add_frame(&log, payloads[i], strlen(payloads[i]));
        const bool torn = expect(&log, FRAME_LOG_TORN, offset, 1, 0);
        add_receipt(&log, 1);
        add_receipt(&log, 2);
        const bool corrupt = expect(&log, FRAME_LOG_CORRUPT, offset, 1, 2);
        CHECK_IN(payloads[i], torn && corrupt);
    }
}

/* One piece of a made-up log: a good frame, mostly, or something that looks like one. */
static void add_piece(struct log *log, uint64_t *seed)
{
    static const char prefix[] = "{\"capabilitiesDeclared\":[";
    const int i = (int)random_below(seed, GOOD);
    const size_t start = log->length;
    switch (random_below(seed, 9)) {
    case 0: /* any bytes, many of them NUL */
        for (size_t n = random_below(seed, 40); n > 0; n--) {
            log->bytes[log->length++] = (uint8_t)random_below(seed, 1 + random_below(seed, 32));
        }
        break;
    case 1: /* a frame's beginning */
        add_receipt(log, i);
        log->length = start + random_below(seed, log->length - start);
        break;
    case 2: /* a frame's end */
        add_receipt(log, i);
        log->length -= 5;
        memmove(log->bytes + start, log->bytes + start + 5, log->length - start);
        break;
    case 3: /* a header over nothing good, perhaps reaching into what follows */
        add(log, "\0\0", 2);
        log->bytes[log->length++] = (uint8_t)random_below(seed, 6);
        log->bytes[log->length++] = (uint8_t)random_next(seed);
        add(log, prefix, 4);
        add(log, prefix, sizeof prefix - 1);
        break;
    case 4: /* one bit is wrong */
        add_receipt(log, i);
        log->bytes[start + random_below(seed, log->length - start)] ^=
            (uint8_t)(1 << random_below(seed, 8));
        break;
    default: add_receipt(log, i);
    }
}

static void test_random_logs(void)
{
    static struct log log;
    uint64_t seed = 1;
    for (int run = 0; run < 1500; run++) {
        log.length = 0;
        for (size_t pieces = random_below(&seed, 8); pieces > 0; pieces--) {
            add_piece(&log, &seed);
        }
        if (!expect_plain(log.bytes, log.length)) printf("    run %d\n", run);
    }
}

/* ---- Sizes -------------------------------------------------------------------------------------- */

/* A receipt may be long by its capabilities: step 2 leaves their names to step 5. */
static void test_longest(void)
{
    enum { MAX = FRAME_RECEIPT_BYTES_MAX };
    static char capability[MAX];
    static char text[MAX + RECEIPT_MAX];
    uint8_t *log = malloc(HEADER + MAX + 1 + whole.length);
    char small[RECEIPT_MAX];
    if (!log) abort();
    write_receipt(small, "\"\"", 1000, 2);
    char *hole = strstr(small, "\"\"") + 1;
    for (size_t length = MAX - 1; length <= MAX + 1; length++) {
        const size_t filled = length - strlen(small);
        memset(capability, 'a', filled);
        memcpy(text, small, (size_t)(hole - small));
        memcpy(text + (hole - small), capability, filled);
        strcpy(text + (hole - small) + filled, hole);
        CHECK(strlen(text) == length);

        const uint32_t sum = XXH32(text, length, 0);
        const uint8_t header[HEADER] = {0,
                                        (uint8_t)(length >> 16),
                                        (uint8_t)(length >> 8),
                                        (uint8_t)length,
                                        (uint8_t)(sum >> 24),
                                        (uint8_t)(sum >> 16),
                                        (uint8_t)(sum >> 8),
                                        (uint8_t)sum};
        memcpy(log, header, HEADER);
        memcpy(log + HEADER, text, length);
        memcpy(log + HEADER + length, whole.bytes, whole.length);
        struct result result = read_log(log, HEADER + length + whole.length);
        CHECK(result.state == (length <= MAX ? FRAME_LOG_CLEAN : FRAME_LOG_CORRUPT));
        CHECK(result.kept == (length <= MAX ? GOOD + 1 : 0));
        CHECK(result.aside == (length <= MAX ? 0 : GOOD));
    }
    free(log);
}

/* Reads megabytes of one thing over and over, one good frame behind it. Were any byte looked at
   again for each of the places that might start a frame, this would take hours. */
static void read_hostile(const void *piece, size_t length)
{
    enum { SIZE = 6 * 1024 * 1024 };
    uint8_t *log = calloc(1, SIZE + LOG_MAX);
    if (!log) abort();
    size_t filled = 0;
    while (filled + length <= SIZE) {
        memcpy(log + filled, piece, length);
        filled += length;
    }
    struct result result = read_log(log, filled);
    CHECK(result.state == FRAME_LOG_TORN && result.failed_offset == 0);
    memcpy(log + filled, whole.bytes, whole.length);
    result = read_log(log, filled + whole.length);
    CHECK(result.state == FRAME_LOG_CORRUPT && result.failed_offset == 0);
    CHECK(result.kept == 0 && result.aside == GOOD);
    free(log);
}

static void test_hostile_logs(void)
{
    enum { SECONDS_MAX = 20, CHUNK = 200 * 1024 };
    static const uint8_t zeros[8] = {0};
    static const uint8_t lengths[4] = {0x00, 0x03, 0xff, 0xff};
    static const char prefix[] = "{\"capabilitiesDeclared\":[";
    static const char header[] = "\0\3\377\377sum.{\"capabilitiesDeclared\":[";
    static const char strings[] = "\0\3\377\377sum.{\"capabilitiesDeclared\":[\"aaaaaaaaaaaaaa";
    static const char escapes[] = "\0\3\377\377sum.{\"capabilitiesDeclared\":[\"\\u0001\\u0001";
    static uint8_t chunk[CHUNK];
    const clock_t begin = clock();
    read_hostile(zeros, sizeof zeros);
    read_hostile(lengths, sizeof lengths);
    read_hostile(prefix, sizeof prefix - 1);
    read_hostile(header, sizeof header - 1);
    read_hostile(strings, sizeof strings - 1);
    read_hostile(escapes, sizeof escapes - 1);

    /* Long strings; arrays without end; and whole documents that are no receipts. */
    memset(chunk, 'a', sizeof chunk);
    memcpy(chunk, strings, sizeof strings - 1);
    read_hostile(chunk, sizeof chunk);
    for (size_t i = HEADER + sizeof prefix - 1; i < CHUNK; i++) {
        chunk[i] = i % 2 == 0 ? '1' : ',';
    }
    read_hostile(chunk, sizeof chunk);
    memset(chunk + HEADER + sizeof prefix - 1, 'a', CHUNK - HEADER - sizeof prefix + 1);
    chunk[1] = (CHUNK - HEADER) >> 16;
    chunk[2] = (CHUNK - HEADER) >> 8 & 0xff;
    chunk[3] = (CHUNK - HEADER) & 0xff;
    chunk[HEADER + sizeof prefix - 1] = '"';
    memcpy(chunk + CHUNK - 3, "\"]}", 3);
    read_hostile(chunk, sizeof chunk);
    CHECK((clock() - begin) / CLOCKS_PER_SEC < SECONDS_MAX);
}

int main(void)
{
    set_up();
    test_header();
    test_truncations();
    test_flips();
    test_shifts();
    test_bad_payloads();
    test_random_logs();
    test_longest();
    test_hostile_logs();
    return check_done();
}
