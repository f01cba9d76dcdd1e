// SPDX-License-Identifier: Apache-2.0
/*
 * `framesim log recover` on logs damaged in ways that a file cannot easily be given by hand:
 * receipts forged under good frames, frames out of order, frames twice, bytes changed anywhere.
 * What is written must always be a chain that verifies, that holds what stood before the first
 * fault, and that holds every other receipt whose frame is whole and whose ancestors are there.
 */
#include <fcntl.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "chain_gen.h"
#include "cli.h"
#include "cli_batch.h"
#include "core/memory.h"
#include "core/tests/check.h"
#include "core/tests/heap.h"

enum { RECEIPTS = 30, FORKS = 4 };

static struct heap heap;
static struct frame_allocator allocator;
static struct frame_chain *whole;
static char log_path[600];
static char out_path[600];
static char said_path[600];

static void append_frame(struct buffer *log, struct frame_span payload)
{
    uint8_t header[FRAME_LOG_HEADER_BYTES];
    frame_log_header(header, payload.bytes, payload.length);
    buffer_append(log, header, sizeof header);
    buffer_span(log, payload);
}

static struct frame_span payload_at(size_t position)
{
    struct frame_receipt receipt;
    frame_chain_at(whole, &receipt, position);
    return receipt.bytes;
}

/* Runs the command in this process; its line goes to a file. */
static int run_recover(void)
{
    char words[5][8] = {"recover", "--force", "--json", "-o"};
    char *argv[] = {words[0], words[1], words[2], words[3], out_path, log_path, NULL};
    fflush(stdout);
    int kept = dup(STDOUT_FILENO);
    int null = open(said_path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (kept < 0 || null < 0 || dup2(null, STDOUT_FILENO) < 0) abort();
    int code = cli_log_recover(6, argv);
    fflush(stdout);
    if (dup2(kept, STDOUT_FILENO) < 0) abort();
    close(kept);
    close(null);
    return code;
}

/* The chain that is recovered from a log, verified anew. */
static struct frame_chain *recover(const struct buffer *log)
{
    const struct cli_expectation expectation = {NULL, NULL, false};
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    FILE *file = fopen(log_path, "wb");
    if (file == NULL) abort();
    CHECK(fwrite(log->bytes, 1, log->length, file) == log->length);
    CHECK(fclose(file) == 0);
    CHECK(run_recover() == CLI_OK);
    if (!CHECK(cli_chain_load(&chain, &fault, out_path, &expectation) == CLI_OK)) abort();
    return chain;
}

/* The recovered chain holds just those receipts that are whole and whose ancestors all are. */
static void check_recovered(const struct buffer *log, const bool whole_frames[RECEIPTS])
{
    bool expected[RECEIPTS];
    struct frame_chain *chain = recover(log);
    size_t count = 0;
    for (size_t i = 0; i < RECEIPTS; i++) {
        struct frame_receipt receipt;
        frame_chain_at(whole, &receipt, i);
        expected[i] = whole_frames[i];
        for (size_t p = 0; p < receipt.parent_count; p++) {
            struct frame_receipt parent;
            CHECK(frame_chain_find(whole, &parent, &receipt.parents[p]));
            expected[i] = expected[i] && expected[parent.position];
        }
        CHECK(frame_chain_find(chain, NULL, &receipt.hash) == expected[i]);
        count += expected[i] ? 1 : 0;
    }
    CHECK(frame_chain_count(chain) == count);
    frame_chain_free(chain);
}

/* What the last run has said begins so. */
static bool said(const char *beginning)
{
    char line[200] = "";
    FILE *file = fopen(said_path, "rb");
    if (file == NULL) abort();
    CHECK(fgets(line, sizeof line, file) != NULL);
    CHECK(fclose(file) == 0);
    return strncmp(line, beginning, strlen(beginning)) == 0;
}

static void all_whole(bool whole_frames[RECEIPTS])
{
    for (size_t i = 0; i < RECEIPTS; i++)
        whole_frames[i] = true;
}

static void test_order_and_repetition(void)
{
    bool whole_frames[RECEIPTS];
    struct buffer log;
    all_whole(whole_frames);
    buffer_init(&log, &allocator);
    for (size_t i = RECEIPTS; i-- > 0;)
        append_frame(&log, payload_at(i));
    check_recovered(&log, whole_frames);
    for (size_t i = 0; i < RECEIPTS; i++)
        append_frame(&log, payload_at(i));
    check_recovered(&log, whole_frames);
    buffer_clear(&log);
    check_recovered(&log, (bool[RECEIPTS]){false});
    buffer_free(&log);
}

/* A frame that repeats a receipt is passed over (§ 13), wherever it stands: the log is clean. */
static void test_repeats_are_no_fault(void)
{
    static const char clean[] = "{\"cause\":null,\"lost\":0,\"offset\":null,\"ok\":true,"
                                "\"receipts\":30,\"status\":\"clean\"}";
    bool whole_frames[RECEIPTS];
    struct buffer log;
    all_whole(whole_frames);
    buffer_init(&log, &allocator);
    for (size_t i = 0; i < RECEIPTS; i++) {
        append_frame(&log, payload_at(i));
        if (i % 3 == 0) append_frame(&log, payload_at(i / 2));
    }
    check_recovered(&log, whole_frames);
    CHECK(said(clean));
    buffer_free(&log);
}

/* One receipt has a bit of its signature changed under a good frame. */
static void test_forged(size_t forged)
{
    bool whole_frames[RECEIPTS];
    struct buffer log;
    all_whole(whole_frames);
    whole_frames[forged] = false;
    buffer_init(&log, &allocator);
    for (size_t i = 0; i < RECEIPTS; i++) {
        struct frame_span payload = payload_at(i);
        struct buffer copy;
        buffer_init(&copy, &allocator);
        buffer_span(&copy, payload);
        static const char name[] = "\"signature\":\"";
        size_t at = payload.length - strlen(name);
        while (memcmp(copy.bytes + at, name, strlen(name)) != 0)
            at--;
        at += strlen(name);
        if (i == forged) copy.bytes[at] = copy.bytes[at] == '0' ? '1' : '0';
        append_frame(&log, buffer_view(&copy));
        buffer_free(&copy);
    }
    check_recovered(&log, whole_frames);
    buffer_free(&log);
}

/* Some bytes of some frames are changed: those frames fail, the others do not. */
static void test_damaged(uint64_t seed)
{
    bool whole_frames[RECEIPTS];
    struct buffer log;
    all_whole(whole_frames);
    buffer_init(&log, &allocator);
    for (size_t i = 0; i < RECEIPTS; i++) {
        size_t start = log.length;
        append_frame(&log, payload_at(i));
        if (random_below(&seed, 10) != 0) continue;
        whole_frames[i] = false;
        log.bytes[start + random_below(&seed, log.length - start)] ^=
            (uint8_t)(1 + random_below(&seed, 255));
    }
    check_recovered(&log, whole_frames);
    buffer_free(&log);
}

int main(void)
{
    const char *temporary = getenv("TMPDIR");
    char folder[512];
    if (sodium_init() < 0) return 1;
    allocator = heap_allocator(&heap);
    snprintf(folder, sizeof folder, "%s/framesim-recover-XXXXXX",
             temporary == NULL ? "/tmp" : temporary);
    if (mkdtemp(folder) == NULL) return 1;
    snprintf(log_path, sizeof log_path, "%s/log", folder);
    snprintf(said_path, sizeof said_path, "%s/said", folder);
    snprintf(out_path, sizeof out_path, "%s/chain", folder);
    const struct chain_gen parameters = {11, RECEIPTS, FORKS};
    if (chain_gen_new(&whole, frame_crypto_libsodium(), &allocator, &parameters) != FRAME_OK)
        return 1;
    CHECK(frame_chain_count(whole) == RECEIPTS);

    test_order_and_repetition();
    test_repeats_are_no_fault();
    for (size_t i = 0; i < RECEIPTS; i++)
        test_forged(i);
    for (uint64_t seed = 0; seed < 40; seed++)
        test_damaged(seed);

    frame_chain_free(whole);
    CHECK(heap.live == 0);
    (void)unlink(log_path);
    (void)unlink(out_path);
    (void)unlink(said_path);
    CHECK(rmdir(folder) == 0);
    return check_done();
}
