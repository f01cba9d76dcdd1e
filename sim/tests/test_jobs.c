// SPDX-License-Identifier: Apache-2.0
/* Runs in several processes: order, crashes, runs that do not return, stopping. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/tests/check.h"
#include "sim/jobs.h"

enum { RUNS = 9000, CRASHES = 7, HANGS = 11, EXITS = 13 };

struct taking {
    uint64_t next;
    uint64_t stop_at;
    uint64_t died;
    int signals[RUNS];
    bool hang;
};

/* Later runs are over sooner. */
static int work(void *context, uint64_t i, FILE *out)
{
    const struct taking *taking = context;
    if (i % 100 == 0) usleep(1000);
    if (i == CRASHES) abort();
    if (i == HANGS && taking->hang)
        for (;;)
            (void)pause();
    if (i == EXITS) _exit(0);
    fprintf(out, "run %u", (unsigned)i);
    return (int)(i % 5);
}

static int died(void *context, uint64_t i, FILE *out, int signal)
{
    struct taking *taking = context;
    taking->died++;
    taking->signals[i] = signal;
    fprintf(out, "run %u", (unsigned)i);
    return (int)(i % 5);
}

static bool take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct taking *taking = context;
    char expected[32];
    snprintf(expected, sizeof expected, "run %u", (unsigned)i);
    CHECK(i == taking->next);
    CHECK(code == (int)(i % 5));
    CHECK(length == strlen(expected) && memcmp(text, expected, length) == 0);
    taking->next++;
    return taking->next != taking->stop_at;
}

static void run(unsigned workers, uint64_t stop_at, bool hang)
{
    struct taking *taking = calloc(1, sizeof *taking);
    CHECK(taking != NULL);
    if (taking == NULL) return;
    taking->stop_at = stop_at;
    taking->hang = hang;
    const struct jobs jobs = {
        .context = taking, .work = work, .died = died, .take = take, .seconds_max = hang ? 1 : 0};
    CHECK(jobs_run(&jobs, RUNS, workers));
    CHECK(taking->next == (stop_at > 0 ? stop_at : RUNS));
    CHECK(taking->signals[CRASHES] == SIGABRT);
    CHECK(taking->signals[EXITS] == 0);
    if (stop_at == 0) CHECK(taking->died == (hang ? 3 : 2));
    if (hang) CHECK(taking->signals[HANGS] == SIGALRM);
    free(taking);
}

/* ---- Workers whose caller was killed ---- */

/* The first run takes until the others have come as far as they may; they are over at once. */
static int work_behind(void *context, uint64_t i, FILE *out)
{
    (void)context;
    if (i == 0) (void)sleep(2);
    fputc('x', out);
    return 0;
}

static bool take_any(void *context, uint64_t i, int code, const char *text, size_t length)
{
    (void)context;
    (void)i;
    (void)code;
    (void)text;
    (void)length;
    return true;
}

/* All of them end: the write end of the pipe that they have inherited is closed. */
static void test_orphans(void)
{
    int ends[2];
    char byte;
    CHECK(pipe(ends) == 0);
    const pid_t caller = fork();
    if (caller == 0) {
        const struct jobs jobs = {.work = work_behind, .died = died, .take = take_any};
        close(ends[0]);
        (void)jobs_run(&jobs, RUNS, 2);
        _exit(0);
    }
    close(ends[1]);
    (void)usleep(1000000); /* by then one of them waits for the first run to be taken */
    CHECK(caller > 0 && kill(caller, SIGKILL) == 0);
    CHECK(waitpid(caller, NULL, 0) == caller);
    (void)alarm(20);
    CHECK(read(ends[0], &byte, 1) == 0);
    (void)alarm(0);
    close(ends[0]);
}

int main(void)
{
    test_orphans();
    run(1, 0, false);
    run(2, 0, false);
    run(7, 0, true);
    run(2, 100, false);
    CHECK(jobs_processors() >= 1);
    return check_done();
}
