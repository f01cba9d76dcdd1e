// SPDX-License-Identifier: Apache-2.0
#include "sim/jobs.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { WINDOW = 4096, PATIENCE_MS = 100 };
#define NO_RUN UINT64_MAX

/* What all processes see. Who works on what does not show in the results, which come out in order. */
struct shared {
    atomic_uint_least64_t next; /* the next run that nobody has taken */
    atomic_uint_least64_t
        taken; /* whose results are out; nobody goes further than WINDOW past that */
    atomic_uint_least64_t under_way[JOBS_MAX];
};

struct worker {
    pid_t process; /* 0: none */
    int answers;   /* the end of the pipe that is read */
};

/* What stands before an answer's text in the pipe. Both ends are the same program. */
struct answer_head {
    uint64_t run;
    int code;
    size_t length;
};

struct answer {
    bool here;
    int code;
    char *text;
    size_t length;
};

struct crew {
    const struct jobs *jobs;
    struct shared *shared;
    uint64_t count;
    uint64_t taken;
    bool stopped;
    pid_t caller;
    unsigned workers;
    struct worker lanes[JOBS_MAX];
    struct answer answers[WINDOW]; /* by run, modulo WINDOW */
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
    struct answer_head head;
    memset(&head, 0, sizeof head); /* with what lies between its members: all of it is written */
    head.run = i;
    FILE *out = open_memstream(&text, &head.length);
    if (out == NULL) return false;
    (void)alarm(jobs->seconds_max);
    head.code = jobs->work(jobs->context, i, out);
    (void)alarm(0);
    bool fine = fclose(out) == 0 && write_all(pipe_end, &head, sizeof head) &&
                write_all(pipe_end, text, head.length);
    free(text);
    return fine;
}

/* Nobody takes results any more once the caller is gone: whoever waits for that would wait for ever. */
static void wait_for_window(const struct shared *shared, uint64_t i, pid_t caller)
{
    static const struct timespec moment = {0, 1000000};
    while (i - atomic_load(&shared->taken) >= WINDOW) {
        if (getppid() != caller) _exit(EXIT_FAILURE);
        (void)nanosleep(&moment, NULL);
    }
}

static void work(const struct crew *crew, unsigned lane, int pipe_end)
{
    struct shared *shared = crew->shared;
    for (;;) {
        uint64_t i = atomic_fetch_add(&shared->next, 1);
        if (i >= crew->count) _exit(EXIT_SUCCESS);
        wait_for_window(shared, i, crew->caller);
        atomic_store(&shared->under_way[lane], i);
        if (!answer(crew->jobs, i, pipe_end)) _exit(EXIT_FAILURE);
        atomic_store(&shared->under_way[lane], NO_RUN);
    }
}

/* ---- In the caller ---------------------------------------------------------------------------- */

/* A worker keeps no other one's pipe open, and what the caller catches is not the worker's to catch. */
static void leave_callers_things(const struct crew *crew)
{
    for (unsigned lane = 0; lane < crew->workers; lane++) {
        if (crew->lanes[lane].process != 0) close(crew->lanes[lane].answers);
    }
    if (crew->jobs->go_on == NULL) return;
    (void)signal(SIGINT, SIG_IGN);
    (void)signal(SIGTERM, SIG_DFL);
}

void jobs_end_with(pid_t parent)
{
    if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(EXIT_FAILURE);
}

static bool worker_start(struct crew *crew, unsigned lane)
{
    int ends[2];
    if (pipe(ends) != 0) return false;
    fflush(NULL); /* or both processes would write what is buffered */
    atomic_store(&crew->shared->under_way[lane], NO_RUN);
    const pid_t parent = getpid();
    pid_t process = fork();
    if (process == 0) {
        jobs_end_with(parent);
        close(ends[0]);
        leave_callers_things(crew);
        work(crew, lane, ends[1]);
    }
    close(ends[1]);
    if (process < 0) {
        close(ends[0]);
        return false;
    }
    crew->lanes[lane] = (struct worker){process, ends[0]};
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

static void keep(struct crew *crew, uint64_t i, struct answer answer)
{
    answer.here = true;
    crew->answers[i % WINDOW] = answer;
}

static bool keep_death(struct crew *crew, uint64_t i, int signal)
{
    struct answer answer = {.text = NULL};
    FILE *out = open_memstream(&answer.text, &answer.length);
    if (out == NULL) return false;
    answer.code = crew->jobs->died(crew->jobs->context, i, out, signal);
    if (fclose(out) != 0) return false;
    keep(crew, i, answer);
    return true;
}

/* A worker's pipe has something, or its end. */
static bool hear(struct crew *crew, unsigned lane)
{
    struct worker *worker = &crew->lanes[lane];
    struct answer_head head;
    if (read_all(worker->answers, &head, sizeof head)) {
        struct answer answer = {.code = head.code, .length = head.length};
        answer.text = malloc(head.length + 1);
        if (answer.text == NULL) return false;
        answer.text[head.length] = '\0';
        if (read_all(worker->answers, answer.text, head.length)) {
            keep(crew, head.run, answer);
            return true;
        }
        free(answer.text);
    }
    uint64_t run = atomic_load(&crew->shared->under_way[lane]);
    int signal = worker_end(worker);
    if (run == NO_RUN && signal != 0) { /* from outside, between two runs: one may be lost */
        errno = ECHILD;
        return false;
    }
    if (run != NO_RUN && run >= crew->taken && !crew->answers[run % WINDOW].here &&
        !keep_death(crew, run, signal))
        return false;
    if (atomic_load(&crew->shared->next) >= crew->count) return true;
    return worker_start(crew, lane);
}

static bool hear_all(struct crew *crew)
{
    struct pollfd ends[JOBS_MAX];
    unsigned lanes[JOBS_MAX];
    nfds_t count = 0;
    for (unsigned lane = 0; lane < crew->workers; lane++) {
        if (crew->lanes[lane].process == 0) continue;
        lanes[count] = lane;
        ends[count++] = (struct pollfd){.fd = crew->lanes[lane].answers, .events = POLLIN};
    }
    int ready = poll(ends, count, PATIENCE_MS);
    if (ready < 0) return errno == EINTR;
    for (nfds_t i = 0; ready > 0 && i < count; i++)
        if (ends[i].revents != 0 && !hear(crew, lanes[i])) return false;
    return true;
}

static void take_all(struct crew *crew)
{
    struct answer *answer = &crew->answers[crew->taken % WINDOW];
    while (!crew->stopped && crew->taken < crew->count && answer->here) {
        if (!crew->jobs->take(crew->jobs->context, crew->taken, answer->code, answer->text,
                              answer->length))
            crew->stopped = true;
        free(answer->text);
        *answer = (struct answer){.here = false};
        crew->taken++;
        answer = &crew->answers[crew->taken % WINDOW];
    }
    atomic_store(&crew->shared->taken, crew->taken);
    if (crew->jobs->go_on != NULL && !crew->jobs->go_on(crew->jobs->context)) crew->stopped = true;
}

static void crew_end(struct crew *crew)
{
    for (unsigned lane = 0; lane < crew->workers; lane++) {
        if (crew->lanes[lane].process != 0 && crew->taken < crew->count)
            (void)kill(crew->lanes[lane].process, SIGKILL);
        (void)worker_end(&crew->lanes[lane]);
    }
    for (size_t i = 0; i < WINDOW; i++)
        free(crew->answers[i].text);
}

bool jobs_run(const struct jobs *jobs, uint64_t count, unsigned workers)
{
    struct crew *crew = calloc(1, sizeof *crew);
    if (crew == NULL) return false;
    crew->jobs = jobs;
    crew->count = count;
    crew->caller = getpid();
    crew->workers = count < workers ? (unsigned)count : workers;
    crew->shared =
        mmap(NULL, sizeof *crew->shared, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    bool fine = crew->shared != MAP_FAILED;
    for (unsigned lane = 0; fine && lane < crew->workers; lane++)
        fine = worker_start(crew, lane);
    while (fine && !crew->stopped && crew->taken < count) {
        fine = hear_all(crew);
        if (fine) take_all(crew);
    }
    int error = errno;
    crew_end(crew);
    if (crew->shared != MAP_FAILED) (void)munmap(crew->shared, sizeof *crew->shared);
    free(crew);
    errno = error;
    return fine;
}

unsigned jobs_processors(void)
{
    long processors = sysconf(_SC_NPROCESSORS_ONLN);
    if (processors < 1) return 1;
    return processors < JOBS_MAX ? (unsigned)processors : JOBS_MAX;
}
