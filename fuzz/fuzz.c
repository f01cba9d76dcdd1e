// SPDX-License-Identifier: Apache-2.0
#include "fuzz.h"

#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "depth.h"
#ifdef FRAME_PLANTED_BUILD
#include "planted_bug.h"
#endif

enum { MEMORY_BYTES_MAX = 512 * 1024 * 1024 };

bool fuzz_running;

static struct {
    struct fuzz_outcome outcome;
    crypto_hash_sha256_state told;
    size_t live;
} now;

_Noreturn void fuzz_check_failed(const char *condition, const char *file, int line)
{
    fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, condition);
    fflush(stderr);
    abort();
}

struct fuzz_settings *fuzz_settings(void)
{
    static struct fuzz_settings settings = {.fill = 0xa5};
    static bool read;
    if (!read) {
        const char *crypto = getenv("FRAMESIM_FUZZ_CRYPTO");
        settings.real_crypto = crypto != NULL && strcmp(crypto, "real") == 0;
#ifdef FRAME_PLANTED_BUILD
        planted_bug_choose();
#endif
        read = true;
    }
    return &settings;
}

/* ---- What came out -------------------------------------------------------------------------- */

void fuzz_reach(enum fuzz_wall wall)
{
    now.outcome.walls |= (2u << wall) - 1;
}

void fuzz_reach_status(enum frame_status status)
{
    if (status == FRAME_OK || status > FRAME_STATE_ROOT)
        fuzz_reach(FUZZ_WALL_REPLAY);
    else if (status > FRAME_SIGNATURE)
        fuzz_reach(FUZZ_WALL_SIGNATURE);
    else if (status > FRAME_MERGE_HEADS)
        fuzz_reach(FUZZ_WALL_LINKS);
    else if (status > FRAME_DUPLICATE)
        fuzz_reach(FUZZ_WALL_HASHES);
    else if (status > FRAME_VERSION)
        fuzz_reach(FUZZ_WALL_STRUCTURE);
    else if (status > FRAME_JSON_NOT_CANONICAL)
        fuzz_reach(FUZZ_WALL_PARSE);
}

void fuzz_verdict(enum frame_status status, int64_t index, int64_t offset)
{
    FUZZ_CHECK(status != FRAME_NO_MEMORY);
    now.outcome.fault = (struct frame_fault){status, index, offset};
    fuzz_tell(frame_status_name(status), strlen(frame_status_name(status)));
    fuzz_tell_number((uint64_t)index);
    fuzz_tell_number((uint64_t)offset);
}

void fuzz_fault(const struct frame_fault *fault)
{
    fuzz_verdict(fault->status, fault->index, fault->offset);
}

void fuzz_tell(const void *bytes, size_t length)
{
    crypto_hash_sha256_update(&now.told, bytes, length);
}

void fuzz_tell_number(uint64_t number)
{
    uint8_t bytes[8];
    for (size_t i = 0; i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(number >> 8 * i);
    fuzz_tell(bytes, sizeof bytes);
}

void fuzz_root(const struct frame_hash *root)
{
    fuzz_tell(root->bytes, sizeof root->bytes);
}

void fuzz_accepted(void)
{
    now.outcome.accepted = true;
}

const struct fuzz_outcome *fuzz_last(void)
{
    return &now.outcome;
}

/* ---- Memory --------------------------------------------------------------------------------- */

union header {
    size_t size;
    max_align_t align;
};

static void *allocate(void *context, size_t size)
{
    (void)context;
    if (size > MEMORY_BYTES_MAX - now.live) return NULL;
    union header *header = malloc(sizeof *header + size);
    FUZZ_CHECK(header != NULL);
    header->size = size;
    now.live += size;
#ifdef FRAMESIM_MEMORY_SANITIZER
    return header + 1; /* it knows what nobody has written */
#else
    return memset(header + 1, fuzz_settings()->fill, size);
#endif
}

static void release(void *context, void *memory, size_t size)
{
    (void)context;
    union header *header = (union header *)memory - 1;
    FUZZ_CHECK(header->size == size);
    now.live -= size;
    free(header);
}

struct frame_allocator fuzz_allocator(void)
{
    return (struct frame_allocator){.allocate = allocate, .release = release};
}

/* ---- Running -------------------------------------------------------------------------------- */

static void run_once(fuzz_target *target, const struct frame_crypto *crypto, const uint8_t *data,
                     size_t size)
{
    memset(&now, 0, sizeof now);
    crypto_hash_sha256_init(&now.told);
    fuzz_running = true;
    target(crypto, data, size);
    fuzz_running = false;
    FUZZ_CHECK(now.live == 0);
    crypto_hash_sha256_final(&now.told, now.outcome.root.bytes);
}

int fuzz_run(fuzz_target *target, const uint8_t *data, size_t size)
{
    if (fuzz_settings()->real_crypto) {
        run_once(target, crypto_real(), data, size);
        fuzz_depth_count(now.outcome.walls);
        return 0;
    }
    run_once(target, crypto_stub(), data, size);
    fuzz_depth_count(now.outcome.walls);
    if (!now.outcome.accepted || size == 0) return 0;
    const struct fuzz_outcome stub = now.outcome;
    uint8_t *again = malloc(size);
    FUZZ_CHECK(again != NULL);
    memcpy(again, data, size);
    crypto_sign_again(again, size);
    run_once(target, crypto_real(), again, size);
    free(again);
    FUZZ_CHECK(now.outcome.fault.status == stub.fault.status);
    FUZZ_CHECK(frame_hash_compare(&now.outcome.root, &stub.root) == 0);
    return 0;
}
