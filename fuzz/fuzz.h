// SPDX-License-Identifier: Apache-2.0
/*
 * What every fuzz target stands on.
 *
 * A target is one LLVMFuzzerTestOneInput that hands a function to fuzz_run. That function asserts
 * properties with FUZZ_CHECK, says how deep the input got (fuzz_reach) and what came out
 * (fuzz_verdict, fuzz_root). fuzz_run gives it memory with a bound, looks for leaks, and runs inputs
 * that were accepted under stub signatures once more, signed anew, under real ones: verdict and root
 * must be the same.
 */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "core/frame.h"

/* A property that does not hold: prints the place and aborts, which is what fuzzing engines look for. */
#define FUZZ_CHECK(condition) \
    ((condition) ? (void)0 : fuzz_check_failed(#condition, __FILE__, __LINE__))
_Noreturn void fuzz_check_failed(const char *condition, const char *file, int line);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* ---- Walls: how deep an input got, the highest one passed (§ 10) ------------------------------- */

#define FUZZ_WALLS(X)                                             \
    X(PARSE, "parse")             /* step 1 */                    \
    X(STRUCTURE, "structure")     /* step 2 */                    \
    X(HASHES, "hashes")           /* step 3 up to `duplicate` */  \
    X(LINKS, "links")             /* steps 3 to 5 */              \
    X(SIGNATURE, "signature")     /* step 6: it reaches replay */ \
    X(REPLAY, "replay")           /* step 7 */                    \
    X(ATTESTATION, "attestation") /* step 8 */
enum fuzz_wall {
#define FUZZ_WALL_ENUM(id, name) FUZZ_WALL_##id,
    FUZZ_WALLS(FUZZ_WALL_ENUM)
#undef FUZZ_WALL_ENUM
        FUZZ_WALL_COUNT
};
void fuzz_reach(enum fuzz_wall wall);
/* The walls that a receipt (or batch) with this verdict of steps 1 to 7 has passed. */
void fuzz_reach_status(enum frame_status status);

/* ---- What came out ------------------------------------------------------------------------- */

/* The last verdict told is the input's. */
void fuzz_verdict(enum frame_status status, int64_t index, int64_t offset);
void fuzz_fault(const struct frame_fault *fault);
/* Something more that must come out the same everywhere: a state root, bytes, a number. */
void fuzz_root(const struct frame_hash *root);
void fuzz_tell(const void *bytes, size_t length);
void fuzz_tell_number(uint64_t number);
/* The input is good: under stub signatures it is to be signed anew and tried under real ones. */
void fuzz_accepted(void);

struct fuzz_outcome {
    struct frame_fault fault;
    struct frame_hash root; /* hash over everything told */
    bool accepted;
    unsigned walls; /* bit by enum fuzz_wall */
};
/* Of the input that ran last. */
const struct fuzz_outcome *fuzz_last(void);

/* ---- Running one input ---------------------------------------------------------------------- */

/* `crypto` is the provider that the input is to be judged with. */
typedef void fuzz_target(const struct frame_crypto *crypto, const uint8_t *data, size_t size);
int fuzz_run(fuzz_target *target, const uint8_t *data, size_t size);

/* The target's memory: every byte of it filled with fuzz_settings.fill, bounded, and to be released. */
struct frame_allocator fuzz_allocator(void);

struct fuzz_settings {
    bool real_crypto; /* judge under real signatures at once: the twin of each target */
    uint8_t fill;     /* what fresh memory holds: results may not depend on it */
};
/* Read from FRAMESIM_FUZZ_CRYPTO=real at first; the corpus driver changes it. */
struct fuzz_settings *fuzz_settings(void);

/* True while a target runs: no time, no randomness (forbid.c). */
extern bool fuzz_running;

#endif
