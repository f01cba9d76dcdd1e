// SPDX-License-Identifier: Apache-2.0
/* Which events are looked at, in which order. */
#include "sim/explain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/branch.h"
#include "sim/event_log.h"
#include "sim/jobs.h"

enum { FIRST_ROWS = 16, PARTS = 5 };

/* An event at which the run can be stopped: some do several things, each with its number. */
struct moment {
    uint64_t event;
    uint64_t virtual_us;
    long end; /* of its line in the log */
};

/* How the run ended. */
struct ending {
    struct signature signature;
    uint64_t events;
    uint64_t seen; /* events after which it could have gone on */
    uint64_t virtual_us;
};

struct search {
    struct explain *explain;
    struct crypto_memo *memo;
    FILE *log; /* the run's events, as event_log writes them */
    struct moment *moments;
    size_t count;
    size_t capacity;
    bool taken; /* the run has ended, */
    bool failed;
    bool died;
    struct ending ending;
};

/* ---- The run as it is ---- */

static int first_work(void *context, uint64_t i, FILE *out)
{
    const struct search *search = context;
    const struct explain *explain = search->explain;
    struct event_log *log = event_log_new(search->log, explain->scenario);
    struct interpret_result result;
    (void)i;
    if (log == NULL) abort();
    const struct interpret_options options = {.has_seed = true,
                                              .seed = explain->seed,
                                              .events_max = explain->events_max,
                                              .memo = search->memo,
                                              .listener = event_log_listener(log)};
    interpret(&result, explain->scenario, &options);
    const bool failed = interpret_verdict_fails(result.verdict);
    if (failed) {
        struct ending ending = {
            .events = result.events, .seen = event_log_seen(log), .virtual_us = result.virtual_us};
        signature_of(&ending.signature, explain->scenario, &result);
        fwrite(&ending, sizeof ending, 1, out);
        fputs(result.failure, out);
    }
    interpret_result_release(&result);
    event_log_free(log);
    fflush(search->log);
    return failed;
}

static int first_died(void *context, uint64_t i, FILE *out, int signal)
{
    struct search *search = context;
    struct interpret_result result;
    struct ending ending = {.events = 0};
    char words[DEATH_WORDS_BYTES];
    (void)i;
    search->died = true;
    signature_of_death(&ending.signature, signal);
    signature_death_result(&result, words, search->explain->seed, signal);
    fwrite(&ending, sizeof ending, 1, out);
    fputs(words, out);
    return 1;
}

static bool first_take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct search *search = context;
    struct explain *explain = search->explain;
    (void)i;
    search->taken = true;
    search->failed = code != 0;
    if (!search->failed || length < sizeof search->ending) return true;
    memcpy(&search->ending, text, sizeof search->ending);
    explain->signature = search->ending.signature;
    explain->failure = strdup(text + sizeof search->ending);
    if (explain->failure == NULL) abort();
    return true;
}

static bool first_go_on(void *context)
{
    const struct search *search = context;
    const struct explain *explain = search->explain;
    return explain->go_on == NULL || explain->go_on(explain->context);
}

/* ---- The log: lines "SECONDS.MICROS EVENTS HASH WHAT" ---- */

struct log_line {
    uint64_t virtual_us;
    uint64_t event;
    const char *what;
};

static bool log_line_read(struct log_line *line, char *text, ssize_t length)
{
    enum { HASH_DIGITS = 32 };
    char *at;
    if (length < 1 || text[length - 1] != '\n') return false;
    text[length - 1] = '\0';
    const uint64_t seconds = strtoull(text, &at, 10);
    if (*at != '.') return false;
    line->virtual_us = seconds * WORLD_SECOND + strtoull(at + 1, &at, 10);
    line->event = strtoull(at, &at, 10);
    if (strlen(at) < HASH_DIGITS + 2) return false;
    line->what = at + HASH_DIGITS + 2;
    return true;
}

static void add_moment(struct search *search, uint64_t event, uint64_t virtual_us, long end)
{
    if (search->count == search->capacity) {
        search->capacity = search->capacity == 0 ? 1024 : 2 * search->capacity;
        struct moment *moments = realloc(search->moments, search->capacity * sizeof *moments);
        if (moments == NULL) abort();
        search->moments = moments;
    }
    search->moments[search->count++] = (struct moment){event, virtual_us, end};
}

/* Every event's line ends a moment; what stands before it, such as a statement, is part of that. The last
   moment is the failure: an event of its own, which a run that crashed did not live to tell of; or, where
   the world could have gone on, what the scenario found after the last event. */
static void read_moments(struct search *search)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    struct log_line line = {0};
    long end = 0;
    rewind(search->log);
    add_moment(search, 0, 0, 0);
    while ((length = getline(&text, &capacity, search->log)) > 0) {
        if (!log_line_read(&line, text, length)) break;
        const bool event = line.event > search->moments[search->count - 1].event;
        if (event && search->count == 1) search->moments[0].end = end;
        end += length;
        if (event) add_moment(search, line.event, line.virtual_us, end);
    }
    free(text);
    const struct moment last = search->moments[search->count - 1];
    const struct ending *ending = &search->ending;
    if (search->died)
        add_moment(search, last.event + 1, line.virtual_us, end);
    else if (last.event < ending->events || ending->seen >= ending->events)
        add_moment(search, ending->events, ending->virtual_us, end);
    else
        search->moments[search->count - 1].end = end; /* with what came after it, to the failure */
    search->explain->events = search->moments[search->count - 1].event;
}

/* "line N: …", which nothing happens at. */
static bool is_setup(const struct scenario *scenario, const struct log_line *line)
{
    if (strncmp(line->what, "line ", 5) != 0) return false;
    const uint64_t number = strtoull(line->what + 5, NULL, 10);
    for (size_t i = 0; i < scenario->statement_count; i++)
        if (scenario->statements[i].line == number)
            return scenario_verb_help(scenario->statements[i].verb)->phase == SCENARIO_SETUP;
    return false;
}

static void add_what(struct explain_row *row, const char *what)
{
    if (*what == '\0') return;
    const size_t before = row->what == NULL ? 0 : strlen(row->what) + 1;
    row->what = realloc(row->what, before + strlen(what) + 1);
    if (row->what == NULL) abort();
    if (before > 0) row->what[before - 1] = '\n';
    memcpy(row->what + before, what, strlen(what) + 1);
}

static void tell_row(const struct search *search, struct explain_row *row)
{
    char *text = NULL;
    size_t capacity = 0;
    ssize_t length;
    struct log_line line;
    const long begin = row->moment == 0 ? 0 : search->moments[row->moment - 1].end;
    long left = search->moments[row->moment].end - begin;
    if (fseek(search->log, begin, SEEK_SET) != 0) return;
    while (left > 0 && (length = getline(&text, &capacity, search->log)) > 0) {
        left -= length;
        if (log_line_read(&line, text, length) && !is_setup(search->explain->scenario, &line))
            add_what(row, line.what);
    }
    free(text);
}

/* ---- Rows ---- */

/* The row of a moment, made where there is none. */
static struct explain_row *row_of(const struct search *search, size_t moment)
{
    struct explain *explain = search->explain;
    size_t at = 0;
    while (at < explain->row_count && explain->rows[at].moment < moment)
        at++;
    if (at < explain->row_count && explain->rows[at].moment == moment) return &explain->rows[at];
    struct explain_row *rows = realloc(explain->rows, (explain->row_count + 1) * sizeof *rows);
    if (rows == NULL) abort();
    memmove(rows + at + 1, rows + at, (explain->row_count - at) * sizeof *rows);
    rows[at] = (struct explain_row){.moment = moment,
                                    .event = search->moments[moment].event,
                                    .virtual_us = search->moments[moment].virtual_us};
    explain->rows = rows;
    explain->row_count++;
    return &rows[at];
}

static bool is_failure(const struct explain *explain, size_t row)
{
    return row + 1 == explain->row_count;
}

/* All its futures fail; so do those of the failure itself, of which there are none. */
static bool is_lost(const struct explain *explain, size_t row)
{
    return is_failure(explain, row) || explain->rows[row].failed == explain->rows[row].of;
}

/* The share's jump before a row, as a fraction. */
struct jump {
    int64_t over;
    int64_t under;
};

static struct jump jump_before(const struct explain *explain, size_t row)
{
    const struct explain_row *before = &explain->rows[row - 1];
    const struct explain_row *after = &explain->rows[row];
    const int64_t of = is_failure(explain, row) ? 1 : (int64_t)after->of;
    const int64_t failed = is_failure(explain, row) ? 1 : (int64_t)after->failed;
    return (struct jump){failed * (int64_t)before->of - (int64_t)before->failed * of,
                         of * (int64_t)before->of};
}

/* The first of the greatest; SIZE_MAX: it jumps nowhere. */
static size_t greatest_jump(const struct explain *explain)
{
    size_t best = SIZE_MAX;
    struct jump greatest = {0, 1};
    for (size_t i = 1; i < explain->row_count; i++) {
        const struct jump jump = jump_before(explain, i);
        if (jump.over * greatest.under <= greatest.over * jump.under) continue;
        greatest = jump;
        best = i;
    }
    return best;
}

/* A fifth of all futures: less is what the few that were played may differ by. */
static bool is_wide(struct jump jump)
{
    return 5 * jump.over >= jump.under;
}

/* The row after the last one that has a future without the failure. */
static size_t first_lost(const struct explain *explain)
{
    size_t row = explain->row_count - 1;
    while (row > 0 && is_lost(explain, row - 1))
        row--;
    return row;
}

/* ---- Rounds ---- */

/* Some moments, in their order, and the futures of each. */
struct round {
    size_t moments[FIRST_ROWS];
    struct branch_task tasks[FIRST_ROWS];
    size_t count;
};

static void add_task(const struct search *search, struct round *round, size_t moment,
                     uint64_t first, uint64_t count)
{
    round->moments[round->count] = moment;
    round->tasks[round->count++] = (struct branch_task){
        .event = search->moments[moment].event, .first = first, .count = count};
}

static void count_round(const struct search *search, const struct round *round)
{
    for (size_t i = 0; i < round->count; i++) {
        struct explain_row *row = row_of(search, round->moments[i]);
        row->of += round->tasks[i].count;
        row->failed += round->tasks[i].failed;
        row->other += round->tasks[i].other;
        row->clocked_out += round->tasks[i].clocked_out;
    }
}

/* False: the search is to end. */
static bool play(const struct search *search, enum branch_result *result, struct round *round)
{
    struct explain *explain = search->explain;
    const struct branch_run run = {.scenario = explain->scenario,
                                   .seed = explain->seed,
                                   .events_max = explain->events_max,
                                   .memo = search->memo,
                                   .signature = &explain->signature,
                                   .workers = explain->workers,
                                   .context = explain->context,
                                   .go_on = explain->go_on};
    uint64_t futures = 0;
    for (size_t i = 0; i < round->count; i++)
        futures += round->tasks[i].count;
    explain->whole = explain->run + futures <= explain->budget;
    if (!explain->whole) return false;
    *result = branch_futures(&run, round->tasks, round->count);
    explain->whole = *result == BRANCH_DONE;
    if (*result != BRANCH_DONE) return false;
    count_round(search, round);
    explain->run += futures;
    if (explain->progress != NULL) explain->progress(explain->context, explain->run);
    return true;
}

/* Rows between two moments, spread evenly: `parts` pieces, or every moment. */
static bool split(const struct search *search, enum branch_result *result, size_t from, size_t to,
                  size_t parts)
{
    struct round round = {.count = 0};
    if (parts > to - from) parts = to - from;
    for (size_t i = 1; i < parts; i++)
        add_task(search, &round, from + (to - from) / parts * i + (to - from) % parts * i / parts,
                 0, search->explain->futures);
    return play(search, result, &round);
}

/* Chance alone also makes shares differ: the two events get more futures, which had no part in finding them. */
static bool confirm(const struct search *search, enum branch_result *result, size_t row)
{
    const struct explain *explain = search->explain;
    struct round round = {.count = 0};
    for (size_t i = row - 1; i <= row; i++)
        if (explain->rows[i].of == explain->futures && !is_failure(explain, i))
            add_task(search, &round, explain->rows[i].moment, explain->futures,
                     EXPLAIN_CONFIRM * explain->futures);
    return play(search, result, &round);
}

static bool is_confirmed(const struct explain *explain, size_t row)
{
    return (is_failure(explain, row) || explain->rows[row].of > explain->futures) &&
           explain->rows[row - 1].of > explain->futures;
}

/* Until the greatest jump is that of one event, and is so with more futures too. */
static enum branch_result seek_jump(const struct search *search)
{
    struct explain *explain = search->explain;
    enum branch_result result = BRANCH_DONE;
    for (;;) {
        const size_t row = greatest_jump(explain);
        if (row == SIZE_MAX) return result;
        const size_t from = explain->rows[row - 1].moment;
        const size_t to = explain->rows[row].moment;
        if (to - from == 1 && is_confirmed(explain, row)) return result;
        if (to - from > 1 ? !split(search, &result, from, to, PARTS)
                          : !confirm(search, &result, row))
            return result;
    }
}

/* Until the first event is known from which on every future fails. */
static enum branch_result seek_loss(const struct search *search)
{
    struct explain *explain = search->explain;
    enum branch_result result = BRANCH_DONE;
    for (;;) {
        const size_t row = first_lost(explain);
        if (row == 0) return result;
        const size_t from = explain->rows[row - 1].moment;
        const size_t to = explain->rows[row].moment;
        if (to - from == 1 || !split(search, &result, from, to, PARTS)) return result;
    }
}

static enum branch_result seek(const struct search *search)
{
    struct explain *explain = search->explain;
    struct round begin = {.count = 0};
    enum branch_result result = BRANCH_DONE;
    (void)row_of(search, search->count - 1);
    add_task(search, &begin, 0, 0, explain->futures);
    if (play(search, &result, &begin) && split(search, &result, 0, search->count - 1, FIRST_ROWS)) {
        result = seek_jump(search);
        if (result == BRANCH_DONE && explain->whole) result = seek_loss(search);
    }
    explain->decisive = greatest_jump(explain);
    if (explain->decisive != SIZE_MAX && !is_wide(jump_before(explain, explain->decisive)))
        explain->decisive = SIZE_MAX;
    explain->inevitable = first_lost(explain);
    for (size_t i = 0; i < explain->row_count; i++)
        tell_row(search, &explain->rows[i]);
    return result;
}

/* ---- All of it ---- */

enum explain_result explain_run(struct explain *explain)
{
    struct search search = {.explain = explain};
    const struct jobs jobs = {.context = &search,
                              .work = first_work,
                              .died = first_died,
                              .take = first_take,
                              .go_on = first_go_on};
    enum explain_result result = EXPLAIN_SYSTEM;
    search.memo = crypto_memo_new_of(explain->crypto, CRYPTO_MEMO_ENTRIES_DEFAULT);
    search.log = tmpfile();
    if (search.memo != NULL && search.log != NULL) {
        (void)setvbuf(search.log, NULL, _IOLBF, BUFSIZ); /* a crash leaves all that led to it */
        if (jobs_run(&jobs, 1, 1))
            result = search.failed ? EXPLAIN_DONE : search.taken ? EXPLAIN_FINE : EXPLAIN_STOPPED;
    }
    if (result == EXPLAIN_DONE) {
        read_moments(&search);
        if (seek(&search) == BRANCH_SYSTEM) result = EXPLAIN_SYSTEM;
    }
    const int reason = errno;
    if (search.log != NULL) fclose(search.log);
    free(search.moments);
    crypto_memo_free(search.memo);
    errno = reason;
    return result;
}

void explain_release(struct explain *explain)
{
    for (size_t i = 0; i < explain->row_count; i++)
        free(explain->rows[i].what);
    free(explain->rows);
    free(explain->failure);
    explain->rows = NULL;
    explain->failure = NULL;
    explain->row_count = 0;
}
