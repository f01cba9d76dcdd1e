// SPDX-License-Identifier: Apache-2.0
/*
 * `framesim log recover` (§ 13): what can be kept of a damaged log, as a chain file. What stands
 * before the first failing frame is taken as it is; good frames behind it are treated like a batch
 * from a peer, joined once their parents are held and they are verified.
 */
#include "cli.h"
#include "cli_batch.h"
#include "cli_chain.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_log.h"
#include "cli_options.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: framesim log recover FILE -o OUT [options]\n"
    "\n"
    "Writes what can be kept of a receipt log as a chain file. A torn end is cut off. Of a "
    "corrupt\n"
    "log everything before the damage is kept, and of what lies behind it those receipts that can\n"
    "be verified and whose ancestors are there. FILE stays as it is.\n"
    "\n"
    "  -o OUT             the chain file\n"
    "  --force            overwrite OUT\n"
    "  --json             one line of canonical JSON: cause (of a receipt with a good frame that "
    "is\n"
    "                     rejected before any frame fails), lost (good frames not kept), offset,\n"
    "                     receipts (kept), status\n"
    "\n"
    "Exit code: 0 recovered, whatever was lost; 2 usage, 3 a file cannot be read or written.\n";

struct recovery {
    struct frame_log_reader reader;
    struct frame_span *payloads; /* of all good frames, in the order of the log */
    size_t count;
    size_t capacity;
    size_t kept;             /* the first so many of them stand before any fault */
    enum frame_status cause; /* why it is not reader.kept: the first of them that is rejected */
    size_t lost;
    struct frame_chain *chain;
};

static bool collect(struct recovery *recovery, struct frame_span log)
{
    struct frame_span payload;
    frame_log_reader_init(&recovery->reader, log.bytes, log.length);
    while (frame_log_next(&recovery->reader, &payload)) {
        if (recovery->count == recovery->capacity) {
            size_t capacity = recovery->capacity == 0 ? 256 : 2 * recovery->capacity;
            struct frame_span *payloads =
                realloc(recovery->payloads, capacity * sizeof *recovery->payloads);
            if (payloads == NULL) return false;
            recovery->payloads = payloads;
            recovery->capacity = capacity;
        }
        recovery->payloads[recovery->count++] = payload;
    }
    return true;
}

/* Frames by their bytes, and then by their place in the log. */
static int compare_frames(const void *left, const void *right)
{
    const struct frame_span *a = *(struct frame_span *const *)left;
    const struct frame_span *b = *(struct frame_span *const *)right;
    if (a->length != b->length) return a->length < b->length ? -1 : 1;
    const int order = memcmp(a->bytes, b->bytes, a->length);
    if (order != 0) return order;
    return a->bytes < b->bytes ? -1 : a->bytes > b->bytes;
}

/* A frame that repeats another one is passed over: it is no fault of a log. False: no memory. */
static bool drop_repeats(struct recovery *recovery)
{
    struct frame_span **order = malloc((recovery->count + 1) * sizeof *order);
    if (order == NULL) return false;
    for (size_t i = 0; i < recovery->count; i++)
        order[i] = &recovery->payloads[i];
    qsort(order, recovery->count, sizeof *order, compare_frames);
    for (size_t i = recovery->count; i-- > 1;)
        if (span_equal(*order[i - 1], *order[i])) order[i]->length = 0;
    free(order);
    size_t left = 0;
    recovery->kept = recovery->reader.kept;
    for (size_t i = 0; i < recovery->count; i++) {
        if (recovery->payloads[i].length > 0)
            recovery->payloads[left++] = recovery->payloads[i];
        else if (i < recovery->reader.kept)
            recovery->kept--;
    }
    recovery->count = left;
    return true;
}

/* Takes payloads as one batch through all stages; the chain is as it was where that fails. */
static enum frame_status join(struct recovery *recovery, struct frame_fault *fault,
                              const struct frame_span *payloads, size_t count)
{
    struct frame_allocator allocator = cli_allocator();
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    struct buffer array;
    buffer_init(&array, &allocator);
    buffer_text(&array, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buffer_text(&array, ",");
        buffer_span(&array, payloads[i]);
    }
    buffer_text(&array, "]");
    struct frame_span bytes = buffer_view(&array);
    enum frame_status status = FRAME_NO_MEMORY;
    if (!array.failed) status = frame_parse(&parsed, fault, &allocator, bytes.bytes, bytes.length);
    if (status == FRAME_OK) status = frame_verify(&verified, fault, recovery->chain, parsed);
    if (status == FRAME_OK) status = frame_replay(&replayed, fault, verified);
    if (status == FRAME_OK) status = frame_join(NULL, replayed);
    if (status != FRAME_OK) frame_replayed_discard(replayed);
    frame_parsed_free(parsed);
    buffer_free(&array);
    return status;
}

/* The same receipt under another signature: the one that was there first stays (§ 9). */
static void pass_over(struct recovery *recovery, size_t at)
{
    recovery->count--;
    recovery->kept--;
    memmove(recovery->payloads + at, recovery->payloads + at + 1,
            (recovery->count - at) * sizeof *recovery->payloads);
}

/* The frames before the first failing one; where one of their receipts is rejected, those before
   it. */
static enum frame_status join_kept(struct recovery *recovery)
{
    struct frame_fault fault = {FRAME_OK, -1, -1};
    enum frame_status status = join(recovery, &fault, recovery->payloads, recovery->kept);
    while (status != FRAME_OK && status != FRAME_NO_MEMORY && fault.index >= 0) {
        if (status == FRAME_DUPLICATE) {
            pass_over(recovery, (size_t)fault.index);
        } else {
            recovery->cause = status;
            recovery->kept = (size_t)fault.index;
        }
        status = join(recovery, &fault, recovery->payloads, recovery->kept);
    }
    return status;
}

static void reverse(struct frame_span *payloads, size_t count)
{
    for (size_t i = 0; i < count / 2; i++) {
        const struct frame_span other = payloads[i];
        payloads[i] = payloads[count - 1 - i];
        payloads[count - 1 - i] = other;
    }
}

/* The frames behind it, one by one, and again as long as some were joined: others may be waiting
   for them. Every other time from the end, so that a log that stands upside down takes no longer. What is
   left in the end is lost. */
static enum frame_status join_aside(struct recovery *recovery)
{
    size_t count = recovery->count - recovery->kept;
    if (count == 0) return FRAME_OK;
    struct frame_span *waiting = recovery->payloads + recovery->kept;
    size_t before;
    do {
        before = count;
        count = 0;
        for (size_t i = 0; i < before; i++) {
            struct frame_fault fault;
            enum frame_status status = join(recovery, &fault, &waiting[i], 1);
            if (status == FRAME_NO_MEMORY) return status;
            if (status != FRAME_OK) waiting[count++] = waiting[i];
        }
        reverse(waiting, count);
    } while (count > 0 && count < before);
    recovery->lost = count;
    return FRAME_OK;
}

static int recover(struct recovery *recovery, struct frame_span log, const char *path)
{
    const struct cli_expectation expectation = {NULL, NULL, false};
    if (!collect(recovery, log) || !drop_repeats(recovery))
        return cli_refuse(FRAME_NO_MEMORY, path, false);
    int code = cli_chain_new(&recovery->chain, &expectation, NULL, NULL);
    if (code != CLI_OK) return code;
    enum frame_status status = join_kept(recovery);
    if (status == FRAME_OK) status = join_aside(recovery);
    return status == FRAME_OK ? CLI_OK : cli_refuse(status, path, false);
}

static void report(const struct recovery *recovery, const char *path, bool json)
{
    const char *cause = recovery->cause == FRAME_OK ? NULL : frame_status_name(recovery->cause);
    size_t receipts = frame_chain_count(recovery->chain);
    if (json) {
        if (cause == NULL)
            printf("{\"cause\":null,\"lost\":%zu,\"offset\":", recovery->lost);
        else
            printf("{\"cause\":\"%s\",\"lost\":%zu,\"offset\":", cause, recovery->lost);
        cli_print_number(cli_log_offset(&recovery->reader));
        printf(",\"ok\":true,\"receipts\":%zu,\"status\":\"%s\"}\n", receipts,
               frame_log_state_name(recovery->reader.state));
        return;
    }
    cli_log_tell_state(&recovery->reader, path);
    if (cause != NULL)
        printf("frame %zu is good, but its receipt is rejected: %s\n", recovery->kept, cause);
    printf("%zu receipts kept, %zu good frames lost\n", receipts, recovery->lost);
}

int cli_log_recover(int argc, char **argv)
{
    const char *path = NULL;
    const char *out = NULL;
    bool force = false;
    bool json = false;
    const struct cli_option options[] = {
        {"-o", NULL, &out, NULL}, {"--force", &force, NULL, NULL}, {"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"FILE, a receipt log"};
    const struct cli_syntax syntax = {"log recover", help, options, 3, operands, &path, 1};
    struct recovery recovery = {.payloads = NULL};
    struct cli_file file;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    if (out == NULL) return cli_usage("log recover", "expected -o with the name of a file");
    code = cli_file_writable("log recover", out, force);
    if (code == CLI_OK) code = cli_file_read(&file, path, CLI_LOG_BYTES_MAX);
    if (code != CLI_OK) return code;
    code = recover(&recovery, cli_file_view(&file), path);
    if (code == CLI_OK) code = cli_file_write(out, force, cli_chain_produce, recovery.chain);
    if (code == CLI_OK) report(&recovery, path, json);
    frame_chain_free(recovery.chain);
    free(recovery.payloads);
    cli_file_free(&file);
    return code;
}
