// SPDX-License-Identifier: Apache-2.0
#include "sim/branch.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "sim/jobs.h"

enum { FUTURE_SECONDS_MAX = 60 };

/* How a future's process ends: its exit code. */
enum outcome { OUTCOME_FINE, OUTCOME_FAILED, OUTCOME_OTHER };

struct under_way {
    pid_t process;
    struct branch_task *task;
};

/* In the process that plays the run; in a future it goes on from where it was. */
struct player {
    const struct branch_run *run;
    struct branch_task *tasks; /* in memory that the caller sees */
    size_t count;
    size_t next;       /* task */
    struct tape *tape; /* the world's */
    bool future;
    struct under_way under_way[JOBS_MAX];
    unsigned busy;
};

/* ---- Futures ---- */

static void count_end(const struct player *player, struct branch_task *task, int status)
{
    struct signature signature;
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM) {
        task->clocked_out++;
    } else if (WIFSIGNALED(status)) {
        signature_of_death(&signature, WTERMSIG(status));
        if (signature_equal(&signature, player->run->signature))
            task->failed++;
        else
            task->other++;
    } else if (WEXITSTATUS(status) == OUTCOME_FAILED) {
        task->failed++;
    } else if (WEXITSTATUS(status) != OUTCOME_FINE) {
        task->other++;
    }
}

/* Waits for one of the futures that are under way. */
static void await_one(struct player *player)
{
    int status = 0;
    pid_t process;
    while ((process = waitpid(-1, &status, 0)) < 0 && errno == EINTR)
        continue;
    if (process < 0) _exit(EXIT_FAILURE);
    for (unsigned i = 0; i < player->busy; i++) {
        if (player->under_way[i].process != process) continue;
        count_end(player, player->under_way[i].task, status);
        player->under_way[i] = player->under_way[--player->busy];
        return;
    }
}

/* Its number decides, not the event that it begins after: so the futures of two events differ by what
   happened between them alone. */
static uint64_t future_seed(uint64_t seed, uint64_t number)
{
    return (seed ^ (number + 1) * UINT64_C(0x9E3779B97F4A7C15)) & SCENARIO_SEED_MAX;
}

/* True in the future. */
static bool begin_future(struct player *player, struct branch_task *task, uint64_t number)
{
    while (player->busy >= player->run->workers)
        await_one(player);
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process < 0) _exit(EXIT_FAILURE);
    if (process > 0) {
        player->under_way[player->busy++] = (struct under_way){process, task};
        return false;
    }
    jobs_end_with(parent);
    (void)alarm(FUTURE_SECONDS_MAX);
    player->future = true;
    tape_reseed(player->tape, future_seed(player->run->seed, number));
    return true;
}

/* ---- The run up to them ---- */

static void look(struct player *player, const struct world *world)
{
    if (player->future) return;
    for (; player->next < player->count; player->next++) {
        struct branch_task *task = &player->tasks[player->next];
        if (world_steps(world) < task->event) return;
        for (uint64_t i = 0; i < task->count; i++)
            if (begin_future(player, task, task->first + i)) return;
    }
    while (player->busy > 0)
        await_one(player);
    _exit(EXIT_SUCCESS); /* what comes now is known */
}

static void take_begin(void *context, const struct world *world,
                       const struct scenario_statement *statement)
{
    (void)statement;
    look(context, world);
}

static void take_event(void *context, const struct world *world)
{
    look(context, world);
}

static void prepare(void *context, struct tape *tape)
{
    struct player *player = context;
    player->tape = tape;
}

/* Ends the process. */
static void play(struct player *player)
{
    const struct branch_run *run = player->run;
    const struct interpret_listener listener = {
        .context = player, .begin = take_begin, .event = take_event};
    const struct interpret_options options = {.has_seed = true,
                                              .seed = run->seed,
                                              .events_max = run->events_max,
                                              .memo = run->memo,
                                              .listener = &listener,
                                              .prepare = prepare,
                                              .prepare_context = player};
    struct interpret_result result;
    struct signature signature;
    interpret(&result, run->scenario, &options);
    if (!player->future) _exit(EXIT_FAILURE); /* the run has become another */
    if (!interpret_verdict_fails(result.verdict)) _exit(OUTCOME_FINE);
    signature_of(&signature, run->scenario, &result);
    _exit(signature_equal(&signature, run->signature) ? OUTCOME_FAILED : OUTCOME_OTHER);
}

/* ---- In the caller ---- */

static enum branch_result await_player(const struct branch_run *run, pid_t process)
{
    static const struct timespec moment = {0, 20000000};
    int status = 0;
    pid_t ended;
    while ((ended = waitpid(process, &status, WNOHANG)) == 0 || (ended < 0 && errno == EINTR)) {
        if (run->go_on != NULL && !run->go_on(run->context)) {
            (void)kill(process, SIGKILL); /* its futures end with it */
            while (waitpid(process, &status, 0) < 0 && errno == EINTR)
                continue;
            return BRANCH_STOPPED;
        }
        (void)nanosleep(&moment, NULL);
    }
    if (ended > 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS) return BRANCH_DONE;
    errno = ECHILD;
    return BRANCH_SYSTEM;
}

enum branch_result branch_futures(const struct branch_run *run, struct branch_task *tasks,
                                  size_t count)
{
    const size_t size = count * sizeof *tasks;
    if (count == 0) return BRANCH_DONE;
    void *shared = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (shared == MAP_FAILED) return BRANCH_SYSTEM;
    memcpy(shared, tasks, size);
    fflush(NULL); /* or every process would write what is buffered */
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process == 0) {
        static struct player player;
        player = (struct player){.run = run, .tasks = shared, .count = count};
        jobs_end_with(parent);
        (void)signal(SIGINT, SIG_IGN);
        (void)signal(SIGTERM, SIG_DFL);
        play(&player);
    }
    const enum branch_result result = process < 0 ? BRANCH_SYSTEM : await_player(run, process);
    memcpy(tasks, shared, size);
    (void)munmap(shared, size);
    return result;
}
