// SPDX-License-Identifier: Apache-2.0
#include "sim/progress.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { BAR_EVERY_MS = 200, LINE_EVERY_MS = 10000, BAR_CELLS = 20 };

static uint64_t clock_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0) return 0;
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

void progress_begin(struct progress *progress, bool quiet, uint64_t before)
{
    *progress = (struct progress){.quiet = quiet, .before = before, .began_ms = clock_ms()};
    progress->terminal = isatty(STDERR_FILENO) == 1;
    progress->told_ms = progress->began_ms;
    progress->sampled_ms = progress->began_ms;
}

uint64_t progress_ms(const struct progress *progress)
{
    return clock_ms() - progress->began_ms;
}

bool progress_sample(struct progress *progress, uint64_t every_ms)
{
    const uint64_t now = clock_ms();
    if (now - progress->sampled_ms < every_ms) return false;
    progress->sampled_ms = now;
    return true;
}

void progress_clear(struct progress *progress)
{
    if (!progress->shown) return;
    fputs("\r\033[K", stderr);
    progress->shown = false;
}

static uint64_t left_ms(const struct progress *progress, const struct progress_state *state,
                        uint64_t passed_ms)
{
    uint64_t left = UINT64_MAX;
    const uint64_t done = state->runs - progress->before;
    if (state->all > 0 && done > 0)
        left = (state->all - state->runs) / done * passed_ms +
               (state->all - state->runs) % done * passed_ms / done;
    if (state->time_ms > 0) {
        const uint64_t time_left = state->time_ms > passed_ms ? state->time_ms - passed_ms : 0;
        if (time_left < left) left = time_left;
    }
    return left;
}

static void put_words(const struct progress *progress, const struct progress_state *state)
{
    const uint64_t passed_ms = clock_ms() - progress->began_ms + 1;
    const uint64_t left = left_ms(progress, state, passed_ms);
    fprintf(stderr, "%" PRIu64, state->runs);
    if (state->all > 0) fprintf(stderr, "/%" PRIu64, state->all);
    const uint64_t tenths =
        (state->runs - progress->before) * 10000 / passed_ms; /* of a run, a second */
    fprintf(stderr, " runs, %" PRIu64 ".%" PRIu64 "/s, simulated %" PRIu64 ":1, %" PRIu64 " failed",
            tenths / 10, tenths % 10, state->virtual_ms / passed_ms, state->failures);
    if (state->kinds > 0) fprintf(stderr, " in %zu ways", state->kinds);
    if (left != UINT64_MAX)
        fprintf(stderr, ", %" PRIu64 ":%02u left", left / 60000, (unsigned)(left / 1000 % 60));
}

static void put_bar(const struct progress_state *state, uint64_t passed_ms)
{
    uint64_t of = state->all;
    uint64_t at = state->runs;
    if (of == 0) {
        of = state->time_ms;
        at = passed_ms < of ? passed_ms : of;
    }
    const uint64_t full = of > 0 ? at / (of / BAR_CELLS + 1) : 0;
    fputc('[', stderr);
    for (uint64_t i = 0; i < BAR_CELLS; i++)
        fputc(i < full || (of > 0 && at == of) ? '#' : '.', stderr);
    fputs("] ", stderr);
}

void progress_tell(struct progress *progress, const struct progress_state *state)
{
    const uint64_t now = clock_ms();
    if (progress->quiet) return;
    if (now - progress->told_ms < (progress->terminal ? BAR_EVERY_MS : LINE_EVERY_MS)) return;
    progress->told_ms = now;
    if (progress->terminal) {
        fputs("\r", stderr);
        put_bar(state, now - progress->began_ms);
    }
    put_words(progress, state);
    fputs(progress->terminal ? "\033[K" : "\n", stderr);
    progress->shown = progress->terminal;
    fflush(stderr);
}
