// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* One process; it works on every `workers`-th run, and its answers come in that order. */
struct worker {
    pid_t process; /* 0: none */
    int answers;   /* the end of the pipe that is read */
};

/* What stands before an answer's text in the pipe. Both ends are the same program. */
struct answer_head {
    int code;
    size_t length;
};

static bool write_all(int file, const void *bytes, size_t length)
{
    const char *at = bytes;
    while (length > 0) {
        ssize_t written = write(file, at, length);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        at += written;
        length -= (size_t)written;
    }
    return true;
}

/* False at the end of the file, also before `length` bytes. */
static bool read_all(int file, void *bytes, size_t length)
{
    char *at = bytes;
    while (length > 0) {
        ssize_t got = read(file, at, length);
        if (got < 0 && errno == EINTR) continue;
        if (got <= 0) return false;
        at += got;
        length -= (size_t)got;
    }
    return true;
}

/* ---- In a worker ----------------------------------------------------------------------------- */

static bool answer(const struct jobs *jobs, uint64_t i, int pipe_end)
{
    char *text = NULL;
    struct answer_head head = {0, 0};
    FILE *out = open_memstream(&text, &head.length);
    if (out == NULL) return false;
    head.code = jobs->work(jobs->context, i, out);
    bool fine = fclose(out) == 0 && write_all(pipe_end, &head, sizeof head) &&
                write_all(pipe_end, text, head.length);
    free(text);
    return fine;
}

static void work(const struct jobs *jobs, uint64_t first, uint64_t count, unsigned workers,
                 int pipe_end)
{
    for (uint64_t i = first; i < count; i += workers) {
        if (!answer(jobs, i, pipe_end)) _exit(EXIT_FAILURE);
        if (count - i <= workers) break;
    }
    _exit(EXIT_SUCCESS);
}

/* ---- In the caller ---------------------------------------------------------------------------- */

/* A worker keeps no other one's pipe open. */
static void close_lanes(const struct worker *lanes, unsigned workers)
{
    for (unsigned lane = 0; lane < workers; lane++) {
        if (lanes[lane].process != 0) close(lanes[lane].answers);
    }
}

static bool worker_start(struct worker *lanes, const struct jobs *jobs, uint64_t first,
                         uint64_t count, unsigned workers)
{
    int ends[2];
    if (pipe(ends) != 0) return false;
    fflush(NULL); /* or both processes would write what is buffered */
    pid_t process = fork();
    if (process == 0) {
        close(ends[0]);
        close_lanes(lanes, workers);
        work(jobs, first, count, workers, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return false;
    }
    lanes[first % workers] = (struct worker){process, ends[0]};
    return true;
}

/* Waits for its end; the signal that ended it, or 0. */
static int worker_end(struct worker *worker)
{
    int status = 0;
    if (worker->process == 0) return 0;
    close(worker->answers);
    while (waitpid(worker->process, &status, 0) < 0 && errno == EINTR)
        continue;
    worker->process = 0;
    return WIFSIGNALED(status) ? WTERMSIG(status) : 0;
}

/* The answer that a worker owes next; false where there will be none. */
static bool take_answer(const struct jobs *jobs, uint64_t i, const struct worker *worker)
{
    struct answer_head head;
    if (!read_all(worker->answers, &head, sizeof head)) return false;
    char *text = malloc(head.length + 1);
    bool fine = text != NULL && read_all(worker->answers, text, head.length);
    if (fine) jobs->take(jobs->context, i, head.code, text, head.length);
    free(text);
    return fine;
}

static bool take_death(const struct jobs *jobs, uint64_t i, int signal)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) return false;
    int code = jobs->died(jobs->context, i, out, signal);
    bool fine = fclose(out) == 0;
    if (fine) jobs->take(jobs->context, i, code, text, length);
    free(text);
    return fine;
}

bool jobs_run(const struct jobs *jobs, uint64_t count, unsigned workers)
{
    struct worker *lanes = calloc(workers, sizeof *lanes);
    bool fine = lanes != NULL;
    if (workers > count) workers = (unsigned)count;
    for (unsigned lane = 0; fine && lane < workers; lane++)
        fine = worker_start(lanes, jobs, lane, count, workers);
    for (uint64_t i = 0; fine && i < count; i++) {
        struct worker *worker = &lanes[i % workers];
        if (take_answer(jobs, i, worker)) continue;
        fine = take_death(jobs, i, worker_end(worker));
        bool more = count - i > workers;
        if (fine && more) fine = worker_start(lanes, jobs, i + workers, count, workers);
    }
    int error = errno;
    for (unsigned lane = 0; lanes != NULL && lane < workers; lane++)
        worker_end(&lanes[lane]);
    free(lanes);
    errno = error;
    return fine;
}

unsigned jobs_processors(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1) return 1;
    return processors < JOBS_MAX ? (unsigned)processors : JOBS_MAX;
}
