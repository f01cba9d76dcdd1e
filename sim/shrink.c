// SPDX-License-Identifier: Apache-2.0
/* Shrinking: the first story, and how candidates are tried. */
#include "sim/shrink.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"
#include "sim/build_info.h"
#include "sim/jobs.h"
#include "sim/shrink_internal.h"
#include "sim/transcript.h"

/* ---- Stories ---- */

static char *copy_text(const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL) abort();
    memcpy(copy, text, strlen(text) + 1);
    return copy;
}

void shrink_story_free(struct shrink_story *story)
{
    for (size_t i = 0; i < story->count; i++)
        free(story->lines[i].text);
    free(story->lines);
    tape_file_free(&story->choices);
    memset(story, 0, sizeof *story);
}

void shrink_story_add(struct shrink_story *story, uint64_t at_us, bool setup, const char *text)
{
    struct shrink_line *lines = realloc(story->lines, (story->count + 1) * sizeof *lines);
    if (lines == NULL) abort();
    story->lines = lines;
    story->lines[story->count++] = (struct shrink_line){at_us, copy_text(text), setup};
}

void shrink_story_copy(struct shrink_story *copy, const struct shrink_story *story)
{
    *copy = (struct shrink_story){.timed = story->timed, .events = story->events};
    copy->lines = calloc(story->count + 1, sizeof *copy->lines);
    if (copy->lines == NULL) abort();
    copy->count = story->count;
    for (size_t i = 0; i < story->count; i++) {
        copy->lines[i] = story->lines[i];
        copy->lines[i].text = copy_text(story->lines[i].text);
    }
    for (size_t i = 0; i < story->choices.choice_count; i++) {
        const struct tape_choice *choice = &story->choices.choices[i];
        tape_file_add(&copy->choices, choice->identity, strlen(choice->identity), choice->value);
    }
}

void shrink_story_remove(struct shrink_story *story, size_t first, size_t count)
{
    for (size_t i = first; i < first + count; i++)
        free(story->lines[i].text);
    memmove(story->lines + first, story->lines + first + count,
            (story->count - first - count) * sizeof *story->lines);
    story->count -= count;
}

static void put_wait(FILE *out, uint64_t us)
{
    const char *unit = us % 1000000 == 0 ? "s" : us % 1000 == 0 ? "ms" : "us";
    fprintf(out, "wait %" PRIu64 "%s\n",
            us % 1000000 == 0 ? us / 1000000
            : us % 1000 == 0  ? us / 1000
                              : us,
            unit);
}

/* numbers[i] (NULL: nobody wants them) becomes the text's line that the story's i-th line stands in. */
static void put_story(FILE *out, const struct shrink_story *story, bool choices, uint32_t *numbers)
{
    uint64_t now_us = 0;
    uint32_t number = 1;
    bool acted = false;
    for (size_t i = 0; i < story->count; i++) {
        const struct shrink_line *line = &story->lines[i];
        if (!line->setup && !acted) {
            fputs("chance quiet\n", out);
            for (size_t k = 0; choices && k < story->choices.choice_count; k++, number++)
                fprintf(out, "decide %s = %" PRIu64 "\n", story->choices.choices[k].identity,
                        story->choices.choices[k].value);
            fputc('\n', out);
            number += 2;
            acted = true;
        }
        if (story->timed && line->at_us > now_us) {
            put_wait(out, line->at_us - now_us);
            now_us = line->at_us;
            number++;
        }
        if (numbers != NULL) numbers[i] = number;
        if (line->text[0] == '\0') continue;
        fprintf(out, "%s\n", line->text);
        number++;
    }
}

static char *story_text(const struct shrink_story *story, const char *head, bool choices,
                        uint32_t *numbers)
{
    char *text = NULL;
    size_t length = 0;
    FILE *out = open_memstream(&text, &length);
    if (out == NULL) abort();
    fputs(head, out);
    put_story(out, story, choices, numbers);
    if (fclose(out) != 0) abort();
    return text;
}

char *shrink_story_text(const struct shrink_story *story, const char *head, bool choices)
{
    return story_text(story, head, choices, NULL);
}

size_t shrink_story_lines(const struct shrink_story *story)
{
    char *text = shrink_story_text(story, "", true);
    size_t lines = 0;
    for (const char *at = text; *at != '\0'; at++)
        lines += *at == '\n' && at > text && at[-1] != '\n';
    free(text);
    return lines;
}

size_t shrink_story_peers(const struct shrink_story *story)
{
    size_t peers = 0;
    for (size_t i = 0; i < story->count; i++) {
        const char *at = story->lines[i].text;
        if (strncmp(at, "nodes ", 6) != 0) continue;
        for (at += 5; *at == ' ';) {
            const size_t length = strcspn(at + 1, " ");
            peers += !(length == 4 && memcmp(at + 1, "late", 4) == 0);
            at += 1 + length;
        }
    }
    return peers;
}

/* ---- One run ---- */

static void follow(void *context, struct tape *tape)
{
    tape_file_follow(context, tape);
}

static const char version[] = "framesim 1\n";

/* numbers[i] becomes the number of the scenario's line that the story's i-th line stands in. */
static struct scenario *story_parse(const struct shrink_story *story, uint32_t *numbers)
{
    struct scenario_error error;
    char *text = story_text(story, version, false, numbers);
    struct scenario *scenario =
        scenario_parse(&error, "shrunk", (const uint8_t *)text, strlen(text));
    for (size_t i = 0; i < story->count; i++)
        numbers[i]++; /* the version's line */
    free(text);
    return scenario;
}

static bool same_failure(const struct shrink *shrink, const struct scenario *scenario,
                         const struct interpret_result *result)
{
    struct signature signature;
    if (shrink->died || !interpret_verdict_fails(result->verdict)) return false;
    if (result->cut_off && !shrink->cut_off) return false;
    if (result->verdict == INTERPRET_EXPECTATION &&
        (shrink->words == NULL || strcmp(shrink->words, result->failure + result->cause) != 0))
        return false; /* a line that holds too little now is another failure */
    signature_of(&signature, scenario, result);
    return signature_equal(&signature, &shrink->signature);
}

enum answer_code { CODE_OTHER, CODE_SAME };

/* The line that cannot be carried out as things stand now, such as a restart of who is up. */
static size_t misplaced_line(const struct shrink_story *story, const uint32_t *numbers,
                             const struct scenario *scenario, const struct interpret_result *result)
{
    if (result->verdict != INTERPRET_EXPECTATION) return SIZE_MAX;
    for (size_t i = 0; i < scenario->statement_count; i++) {
        const enum scenario_verb verb = scenario->statements[i].verb;
        if (scenario->statements[i].line == result->line &&
            (verb == SCENARIO_VERB_EXPECT || verb == SCENARIO_VERB_WITHIN ||
             verb == SCENARIO_VERB_AFTER || verb == SCENARIO_VERB_ALWAYS ||
             verb == SCENARIO_VERB_NEVER))
            return SIZE_MAX;
    }
    for (size_t i = 0; i < story->count; i++)
        if (numbers[i] == result->line && story->lines[i].text[0] != '\0') return i;
    return SIZE_MAX;
}

/* Without the planted bug: what fails then as well shows something else. It may well take more events, since it does not end
   where the bug shows. */
static bool passes_soundly(const struct scenario *scenario, const struct interpret_options *options)
{
    struct interpret_result result;
    struct interpret_options sound = *options;
    if (!build_plant(false)) return true;
    if (sound.events_max < UINT64_MAX / 8) sound.events_max *= 8;
    interpret(&result, scenario, &sound);
    build_plant(true);
    const bool passes =
        !interpret_verdict_fails(result.verdict) || result.verdict == INTERPRET_BUDGET;
    interpret_result_release(&result);
    return passes;
}

/* Runs a story once. True where it is to be run again without the line *drop. */
static bool try_once(const struct trial *trial, struct shrink_story *story, FILE *out, int *code,
                     size_t *drop)
{
    uint32_t *numbers = calloc(story->count + 1, sizeof *numbers);
    if (numbers == NULL) abort();
    struct scenario *scenario = story_parse(story, numbers);
    *drop = SIZE_MAX;
    if (scenario != NULL) {
        struct interpret_result result;
        const struct interpret_options options = {.has_seed = true,
                                                  .seed = 1,
                                                  .events_max = trial->events_max,
                                                  .memo = trial->memo,
                                                  .prepare = follow,
                                                  .prepare_context = &story->choices};
        interpret(&result, scenario, &options);
        if (same_failure(trial->shrink, scenario, &result))
            *code = !trial->shrink->sound || passes_soundly(scenario, &options) ? CODE_SAME
                                                                                : CODE_OTHER;
        else
            *drop = misplaced_line(story, numbers, scenario, &result);
        if (*drop == SIZE_MAX)
            fprintf(out, "E%" PRIu64 "\n%s", result.events,
                    result.failure != NULL ? result.failure : "");
        interpret_result_release(&result);
    }
    free(numbers);
    scenario_free(scenario);
    return *drop != SIZE_MAX;
}

/* What can no longer be carried out is dropped too: without the crash no restart. */
static int try_story(void *context, uint64_t i, FILE *out)
{
    enum { DROPS_MAX = 32 };
    const struct trial *trial = context;
    struct shrink_story *story = &trial->stories[i];
    int code = CODE_OTHER;
    size_t drop;
    for (unsigned drops = 0; try_once(trial, story, out, &code, &drop) && drops < DROPS_MAX;
         drops++) {
        fprintf(out, "R%zu\n", drop);
        shrink_story_remove(story, drop, 1);
    }
    return code;
}

static int try_died(void *context, uint64_t i, FILE *out, int signal)
{
    const struct trial *trial = context;
    struct signature signature;
    (void)i;
    signature_of_death(&signature, signal);
    fprintf(out, "E0\n");
    return trial->shrink->died && signature_equal(&signature, &trial->shrink->signature)
               ? CODE_SAME
               : CODE_OTHER;
}

static bool try_take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct trial *trial = context;
    trial->shrink->runs++;
    if (code != CODE_SAME) return true;
    trial->winner = i;
    struct shrink_story *story = &trial->stories[i];
    const char *end = text + length;
    for (; text < end && *text == 'R'; text = strchr(text, '\n') + 1)
        shrink_story_remove(story, (size_t)strtoull(text + 1, NULL, 10), 1);
    FRAME_ASSERT(text < end && *text == 'E');
    story->events = strtoull(text + 1, NULL, 10);
    text = strchr(text, '\n') + 1;
    free(trial->shrink->failure);
    trial->shrink->failure = calloc((size_t)(end - text) + 1, 1);
    if (trial->shrink->failure == NULL) abort();
    memcpy(trial->shrink->failure, text, (size_t)(end - text));
    return false;
}

static bool try_go_on(void *context)
{
    const struct trial *trial = context;
    return trial->shrink->go_on == NULL || trial->shrink->go_on(trial->shrink->context);
}

/* ---- Trials ---- */

struct shrink_story *trial_add(struct trial *trial)
{
    struct shrink_story *stories =
        realloc(trial->stories, (trial->count + 1) * sizeof *trial->stories);
    if (stories == NULL) abort();
    trial->stories = stories;
    shrink_story_copy(&stories[trial->count], &trial->shrink->story);
    return &stories[trial->count++];
}

void trial_drop(struct trial *trial)
{
    shrink_story_free(&trial->stories[--trial->count]);
}

bool trial_run(struct trial *trial)
{
    enum { RUN_SECONDS_MAX = 60 };
    struct shrink *shrink = trial->shrink;
    const struct jobs jobs = {.context = trial,
                              .work = try_story,
                              .died = try_died,
                              .take = try_take,
                              .go_on = try_go_on,
                              .seconds_max = RUN_SECONDS_MAX};
    trial->winner = UINT64_MAX;
    if (!trial->stopped && trial->count > 0) {
        if (!jobs_run(&jobs, trial->count, shrink->workers)) trial->broken = true;
        if (trial->broken || !try_go_on(trial)) trial->stopped = true;
    }
    const bool won = trial->winner != UINT64_MAX;
    if (won) {
        shrink_story_free(&shrink->story);
        shrink->story = trial->stories[trial->winner];
        memset(&trial->stories[trial->winner], 0, sizeof *trial->stories);
        if (shrink->found != NULL) shrink->found(shrink->context, &shrink->story, shrink->runs);
    }
    for (size_t i = 0; i < trial->count; i++)
        shrink_story_free(&trial->stories[i]);
    free(trial->stories);
    trial->stories = NULL;
    trial->count = 0;
    return won;
}

/* ---- The run to begin with ---- */

struct first_run {
    struct shrink *shrink;
    struct crypto_memo *memo;
    FILE *body;      /* without a name; a crash leaves in it all that led to it */
    bool transcribe; /* else: the lines as they are, and every choice */
    bool failed;
};

/* Choices that an explicit timeline does not ask for. */
static bool is_of_the_draw(const char *identity)
{
    static const char *const kinds[] = {"Swarm:",      "Storm:",      "Fault:",
                                        "Calm:",       "work:",       "careless:",
                                        "pause:",      "replay:",     "site:double-click:",
                                        "site:haste:", "site:paste:", "site_much:paste:"};
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strncmp(identity, kinds[i], strlen(kinds[i])) == 0) return true;
    return false;
}

struct writing {
    FILE *out;
    bool draws; /* also those of the draw */
};

static void write_choice(void *context, const char *identity, uint64_t bound, uint64_t value)
{
    const struct writing *writing = context;
    (void)bound;
    if (value != 0 && (writing->draws || !is_of_the_draw(identity)))
        fprintf(writing->out, "C%s %" PRIu64 "\n", identity, value);
}

static void write_choices(void *context, struct tape *tape)
{
    const struct tape_recorder recorder = {context, write_choice};
    tape_record(tape, &recorder);
}

/* Lines and choices go to `body` as they come; the signature is the answer. */
static int first_work(void *context, uint64_t i, FILE *out)
{
    const struct first_run *first = context;
    const struct shrink *shrink = first->shrink;
    struct transcript *transcript = transcript_new(first->body);
    struct writing writing = {first->body, !first->transcribe};
    struct interpret_result result;
    struct signature signature;
    struct interpret_options options = {.has_seed = true,
                                        .seed = shrink->seed,
                                        .events_max = shrink->events_max,
                                        .memo = first->memo,
                                        .prepare = write_choices,
                                        .prepare_context = &writing};
    (void)i;
    if (first->transcribe) options.listener = transcript_listener(transcript);
    interpret(&result, shrink->scenario, &options);
    const bool failed = interpret_verdict_fails(result.verdict);
    if (failed) {
        signature_of(&signature, shrink->scenario, &result);
        fwrite(&result.events, sizeof result.events, 1, out);
        fwrite(&signature, sizeof signature, 1, out);
        fputc(result.cut_off ? 1 : 0, out);
        if (result.verdict == INTERPRET_EXPECTATION) fputs(result.failure + result.cause, out);
    }
    interpret_result_release(&result);
    transcript_free(transcript);
    fflush(first->body);
    return failed;
}

static int first_died(void *context, uint64_t i, FILE *out, int signal)
{
    struct first_run *first = context;
    struct signature signature;
    const uint64_t events = 0;
    (void)i;
    first->shrink->died = true;
    signature_of_death(&signature, signal);
    fwrite(&events, sizeof events, 1, out);
    fwrite(&signature, sizeof signature, 1, out);
    fputc(0, out);
    return 1;
}

static bool first_take(void *context, uint64_t i, int code, const char *text, size_t length)
{
    struct first_run *first = context;
    struct shrink *shrink = first->shrink;
    (void)i;
    first->failed = code != 0;
    if (!first->failed) return true;
    const size_t head = sizeof shrink->story.events + sizeof shrink->signature + 1;
    FRAME_ASSERT(length >= head);
    memcpy(&shrink->story.events, text, sizeof shrink->story.events);
    memcpy(&shrink->signature, text + sizeof shrink->story.events, sizeof shrink->signature);
    shrink->cut_off = text[head - 1] != 0;
    free(shrink->words);
    shrink->words = length > head ? copy_text(text + head) : NULL;
    return true;
}

static void take_line(struct shrink_story *story, const char *line)
{
    const char *blank = strchr(line, ' ');
    if (blank == NULL) return;
    const uint64_t number = strtoull(line + 1, NULL, 10);
    if (line[0] == 'C')
        tape_file_add(&story->choices, line + 1, (size_t)(blank - line) - 1,
                      strtoull(blank + 1, NULL, 10));
    else
        shrink_story_add(story, number, line[0] == 'S', blank + 1);
}

/* What a crash was under way from is not told: time enough for it to come again. */
static void read_body(struct first_run *first)
{
    struct shrink_story *story = &first->shrink->story;
    char *line = NULL;
    size_t capacity = 0;
    ssize_t length;
    rewind(first->body);
    while ((length = getline(&line, &capacity, first->body)) > 0 && line[length - 1] == '\n') {
        line[length - 1] = '\0';
        take_line(story, line);
    }
    free(line);
    if (first->shrink->died && first->transcribe) {
        const uint64_t last = story->count > 0 ? story->lines[story->count - 1].at_us : 0;
        shrink_story_add(story, last + 10 * WORLD_SECOND, false, "");
    }
}

/* The scenario's own lines, with chance as the tape has it. */
static void take_statements(struct shrink *shrink)
{
    const struct scenario *scenario = shrink->scenario;
    for (size_t i = 0; i < scenario->statement_count; i++) {
        const struct scenario_statement *statement = &scenario->statements[i];
        char text[SCENARIO_LINE_BYTES_MAX + 1];
        const bool setup = scenario_verb_help(statement->verb)->phase == SCENARIO_SETUP;
        const enum scenario_verb verb = statement->verb;
        if (verb == SCENARIO_VERB_TITLE || verb == SCENARIO_VERB_SEED ||
            verb == SCENARIO_VERB_CHANCE || verb == SCENARIO_VERB_DECIDE ||
            verb == SCENARIO_VERB_SNAPSHOT)
            continue;
        memcpy(text, statement->text.bytes, statement->text.length);
        text[statement->text.length] = '\0';
        shrink_story_add(&shrink->story, 0, setup, text);
    }
}

/* A story that fails as the run did: the explicit one, else the scenario's own lines. */
static enum shrink_result begin(struct shrink *shrink, struct trial *trial, bool transcribe)
{
    struct first_run first = {.shrink = shrink, .memo = trial->memo, .transcribe = transcribe};
    const struct jobs jobs = {
        .context = &first, .work = first_work, .died = first_died, .take = first_take};
    shrink_story_free(&shrink->story);
    first.body = tmpfile();
    if (first.body == NULL) return SHRINK_SYSTEM;
    (void)setvbuf(first.body, NULL, _IOLBF, BUFSIZ);
    const bool fine = jobs_run(&jobs, 1, 1);
    if (fine && first.failed) read_body(&first);
    fclose(first.body);
    if (!fine) return SHRINK_SYSTEM;
    if (!first.failed) return SHRINK_FINE;
    shrink->story.timed = transcribe;
    if (!transcribe) take_statements(shrink);
    trial->events_max = shrink->died ? shrink->events_max : 2 * shrink->story.events + 1000;
    (void)trial_add(trial);
    if (trial_run(trial)) return SHRINK_DONE;
    if (trial->broken) return SHRINK_SYSTEM;
    return trial->stopped ? SHRINK_EARLY : SHRINK_UNSTABLE;
}

enum shrink_result shrink_run(struct shrink *shrink)
{
    struct trial trial = {.shrink = shrink, .events_max = shrink->events_max};
    trial.memo = crypto_memo_new_of(shrink->crypto, CRYPTO_MEMO_ENTRIES_DEFAULT);
    if (trial.memo == NULL) return SHRINK_SYSTEM;
    enum shrink_result result = SHRINK_UNSTABLE;
    const bool planted = build_plant(true); /* as it is */
    for (int attempt = 0; attempt < 4 && result == SHRINK_UNSTABLE; attempt++) {
        shrink->sound = attempt % 2 == 0;
        if (!shrink->sound && !planted) continue;
        result = begin(shrink, &trial, attempt < 2);
    }
    if (result == SHRINK_DONE) {
        shrink_story_copy(&shrink->original, &shrink->story);
        shrink_reduce(&trial);
        if (trial.stopped) result = trial.broken ? SHRINK_SYSTEM : SHRINK_STOPPED;
    }
    if (result == SHRINK_DONE && !shrink->sound) { /* at first it was not; now? */
        shrink->sound = true;
        (void)trial_add(&trial);
        shrink->sound = trial_run(&trial);
    }
    crypto_memo_free(trial.memo);
    return result;
}

void shrink_release(struct shrink *shrink)
{
    shrink_story_free(&shrink->story);
    shrink_story_free(&shrink->original);
    free(shrink->failure);
    free(shrink->words);
    shrink->failure = NULL;
    shrink->words = NULL;
}
