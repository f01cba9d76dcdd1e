// SPDX-License-Identifier: Apache-2.0
/* What is taken away from a story, in which order. Every pass tries its candidates side by side and keeps
   the first that still fails; the passes go round until none of them finds anything. */
#include "sim/shrink_internal.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/memory.h"

enum { ROUNDS_MAX = 8, BATCH_MAX = 64 };

/* ---- Choices ---- */

static void remove_choices(struct shrink_story *story, size_t first, size_t count)
{
    struct tape_file *file = &story->choices;
    if (count == 0) return;
    for (size_t i = first; i < first + count; i++)
        free(file->choices[i].identity);
    memmove(file->choices + first, file->choices + first + count,
            (file->choice_count - first - count) * sizeof *file->choices);
    file->choice_count -= count;
}

static bool same_kind(const char *a, const char *b)
{
    const size_t length = strcspn(a, ":");
    return strcspn(b, ":") == length && memcmp(a, b, length) == 0;
}

static void remove_kind(struct shrink_story *story, const char *kind)
{
    struct tape_file *file = &story->choices;
    size_t kept = 0;
    for (size_t i = 0; i < file->choice_count; i++) {
        if (same_kind(file->choices[i].identity, kind))
            free(file->choices[i].identity);
        else
            file->choices[kept++] = file->choices[i];
    }
    file->choice_count = kept;
}

/* All choices of the kind of the k-th, where it is the first of its kind. */
static bool without_kind(struct trial *trial, size_t k)
{
    const struct tape_file *best = &trial->shrink->story.choices;
    const char *kind = best->choices[k].identity;
    for (size_t i = 0; i < k; i++)
        if (same_kind(best->choices[i].identity, kind)) return false;
    remove_kind(trial_add(trial), kind);
    return true;
}

static bool reduce_kinds(struct trial *trial)
{
    bool any = false;
    while (trial->shrink->story.choices.choice_count > 0) {
        const size_t count = trial->shrink->story.choices.choice_count;
        size_t kinds = 0;
        for (size_t i = 0; i < count && kinds < BATCH_MAX; i++)
            kinds += without_kind(trial, i);
        if (!trial_run(trial)) break;
        any = true;
    }
    return any;
}

/* Chance often has no part in it. */
static bool reduce_to_no_choices(struct trial *trial)
{
    if (trial->shrink->story.choices.choice_count == 0) return false;
    struct shrink_story *none = trial_add(trial);
    remove_choices(none, 0, none->choices.choice_count);
    return trial_run(trial);
}

/* ---- Runs of things: lines or choices ---- */

typedef size_t run_count(const struct shrink_story *story);
typedef void run_remove(struct shrink_story *story, size_t first, size_t count);

static size_t choice_count(const struct shrink_story *story)
{
    return story->choices.choice_count;
}

static size_t line_count(const struct shrink_story *story)
{
    return story->count;
}

/* Takes away pieces of one size, from the end, where most has no consequences. */
static bool reduce_pieces(struct trial *trial, run_count *count, run_remove *remove, size_t size)
{
    bool any = false;
    size_t end = count(&trial->shrink->story);
    while (end > 0 && !trial->stopped) {
        size_t firsts[BATCH_MAX];
        size_t ends[BATCH_MAX];
        size_t pieces = 0;
        for (size_t at = end; at > 0 && pieces < BATCH_MAX; pieces++) {
            ends[pieces] = at;
            at = at > size ? at - size : 0;
            firsts[pieces] = at;
            remove(trial_add(trial), at, ends[pieces] - at);
        }
        if (trial_run(trial)) {
            /* lines before the piece may have gone with it, where they meant nothing without it */
            const size_t left = count(&trial->shrink->story);
            any = true;
            end = firsts[trial->winner] < left ? firsts[trial->winner] : left;
        } else {
            end = firsts[pieces - 1];
        }
    }
    return any;
}

static bool reduce_runs(struct trial *trial, run_count *count, run_remove *remove)
{
    bool any = false;
    for (size_t size = count(&trial->shrink->story) / 2; size > 0 && !trial->stopped; size /= 2)
        any |= reduce_pieces(trial, count, remove, size);
    if (count(&trial->shrink->story) == 1) any |= reduce_pieces(trial, count, remove, 1);
    return any;
}

/* ---- Peers ---- */

static const char *find_word(const char *text, const char *word)
{
    const size_t length = strlen(word);
    for (const char *at = text; (at = strstr(at, word)) != NULL; at += length) {
        const bool begins = at == text || at[-1] == ' ';
        if (begins && (at[length] == ' ' || at[length] == '\0')) return at;
    }
    return NULL;
}

/* Where a name is one of a list, the line can stand without it. */
static bool is_list(const char *text)
{
    return strncmp(text, "nodes ", 6) == 0 || strncmp(text, "adversary ", 10) == 0 ||
           strncmp(text, "stranger ", 9) == 0 || strncmp(text, "policy strict ", 14) == 0 ||
           strstr(text, " converge ") != NULL || strncmp(text, "partition ", 10) == 0;
}

static void drop_word(char *text, const char *word)
{
    const char *found = find_word(text, word);
    FRAME_ASSERT(found != NULL);
    char *at = text + (found - text);
    const size_t length = strlen(word);
    char *from = at + length;
    if (at > text) at--; /* the blank before it */
    memmove(at, from, strlen(from) + 1);
    /* "late" with nobody behind it */
    const size_t left = strlen(text);
    if (left > 5 && strcmp(text + left - 5, " late") == 0) text[left - 5] = '\0';
}

/* Is a choice about this peer? "lost:p1>p2:page:0" */
static bool is_about(const char *identity, const char *name)
{
    const size_t length = strlen(name);
    for (const char *at = identity; (at = strpbrk(at, ":>")) != NULL;) {
        at++;
        if (strncmp(at, name, length) == 0 && strchr(":>", at[length]) != NULL) return true;
    }
    return false;
}

static void drop_choices_about(struct shrink_story *story, const char *name)
{
    struct tape_file *file = &story->choices;
    size_t kept = 0;
    for (size_t i = 0; i < file->choice_count; i++) {
        if (is_about(file->choices[i].identity, name))
            free(file->choices[i].identity);
        else
            file->choices[kept++] = file->choices[i];
    }
    file->choice_count = kept;
}

/* With all that is said of it, and decided. */
static void drop_peer(struct shrink_story *story, const char *name)
{
    drop_choices_about(story, name);
    for (size_t i = story->count; i-- > 0;) {
        char *text = story->lines[i].text;
        if (find_word(text, name) == NULL) continue;
        if (is_list(text))
            drop_word(text, name);
        else
            shrink_story_remove(story, i, 1);
    }
}

/* The peers that some line names, by their index in the scenario. */
static size_t peers_there(const struct shrink *shrink, size_t peers[SCENARIO_PEERS_MAX])
{
    size_t count = 0;
    for (size_t i = 0; i < shrink->scenario->peer_count; i++) {
        bool there = false;
        for (size_t k = 0; k < shrink->story.count && !there; k++)
            there = find_word(shrink->story.lines[k].text, shrink->scenario->peers[i].name) != NULL;
        if (there) peers[count++] = i;
    }
    return count;
}

/* So many at once, half of all to begin with. */
static bool reduce_peers(struct trial *trial)
{
    bool any = false;
    size_t peers[SCENARIO_PEERS_MAX];
    size_t count = peers_there(trial->shrink, peers);
    for (size_t size = count / 2; size > 0 && !trial->stopped;) {
        for (size_t end = count; end > 0; end = end > size ? end - size : 0) {
            struct shrink_story *story = trial_add(trial);
            for (size_t i = end > size ? end - size : 0; i < end; i++)
                drop_peer(story, trial->shrink->scenario->peers[peers[i]].name);
        }
        const bool won = trial_run(trial);
        any |= won;
        count = peers_there(trial->shrink, peers);
        if (!won || size > count / 2) size /= 2;
    }
    return any;
}

static bool starts_with(const char *text, const char *start)
{
    return strncmp(text, start, strlen(start)) == 0;
}

/* Everybody knows everybody, as where nothing is said of it. */
static bool reduce_acquaintances(struct trial *trial)
{
    struct shrink_story *story = trial_add(trial);
    size_t dropped = 0;
    for (size_t i = story->count; i-- > 0;) {
        if (!starts_with(story->lines[i].text, "introduce ") &&
            !starts_with(story->lines[i].text, "stranger "))
            continue;
        shrink_story_remove(story, i, 1);
        dropped++;
    }
    if (dropped == 0) trial_drop(trial);
    return trial_run(trial);
}

/* In a line that names both, only a list makes sense afterwards. False: the line goes. */
static bool rename_in(struct shrink_line *line, const char *from, const char *to)
{
    const char *at = find_word(line->text, from);
    if (at == NULL) return true;
    if (find_word(line->text, to) != NULL) {
        if (!is_list(line->text)) return false;
        drop_word(line->text, from);
        return true;
    }
    const size_t before = (size_t)(at - line->text);
    const size_t size = strlen(line->text) + strlen(to) + 1;
    char *text = malloc(size);
    if (text == NULL) abort();
    snprintf(text, size, "%.*s%s%s", (int)before, line->text, to, at + strlen(from));
    free(line->text);
    line->text = text;
    return true;
}

/* What the one did the other does now. */
static void merge_peers(struct shrink_story *story, const char *from, const char *to)
{
    drop_choices_about(story, from);
    for (size_t i = story->count; i-- > 0;)
        if (!rename_in(&story->lines[i], from, to)) shrink_story_remove(story, i, 1);
}

/* A chain of peers through which something came does not get shorter by leaving one out. */
static bool reduce_by_merging(struct trial *trial)
{
    bool any = false;
    bool more = true;
    while (more && !trial->stopped) {
        size_t peers[SCENARIO_PEERS_MAX];
        const size_t count = peers_there(trial->shrink, peers);
        const struct scenario_peer *names = trial->shrink->scenario->peers;
        for (size_t i = count; i-- > 0 && count > 2;)
            for (size_t k = 0; k < count && trial->count < BATCH_MAX; k++)
                if (i != k)
                    merge_peers(trial_add(trial), names[peers[i]].name, names[peers[k]].name);
        more = trial_run(trial);
        any |= more;
    }
    return any;
}

/* ---- Times ---- */

/* A line comes `by_us` earlier, and all behind it. */
static void bring_forward(struct shrink_story *story, size_t line, uint64_t by_us)
{
    for (size_t i = line; i < story->count; i++)
        if (!story->lines[i].setup) story->lines[i].at_us -= by_us;
}

static bool reduce_waits(struct trial *trial)
{
    static const uint64_t gaps_us[] = {0,      1000,    10000,   50000,   100000,
                                       500000, 1000000, 2000000, 5000000, 10000000};
    bool any = false;
    for (size_t i = trial->shrink->story.count; i-- > 0 && trial->shrink->story.timed;) {
        const struct shrink_story *best = &trial->shrink->story;
        if (i >= best->count) continue; /* a win may take other lines with it */
        const uint64_t before = i > 0 && !best->lines[i - 1].setup ? best->lines[i - 1].at_us : 0;
        if (best->lines[i].setup || best->lines[i].at_us <= before) continue;
        const uint64_t gap = best->lines[i].at_us - before;
        for (size_t k = 0; k < sizeof gaps_us / sizeof *gaps_us; k++)
            if (gaps_us[k] < gap) bring_forward(trial_add(trial), i, gap - gaps_us[k]);
        any |= trial_run(trial);
    }
    return any;
}

/* Where waits stand as lines, and for storms: half as long. A deadline that is missed stays as it is: a shorter one
   would be missed by whoever does nothing wrong. */
static bool halve_duration(char **text, bool deadlines)
{
    static const char *const verbs[] = {"wait ", "storm ", "calm ", "within "};
    const size_t count = deadlines ? sizeof verbs / sizeof *verbs : 2;
    for (size_t i = 0; i < count; i++) {
        const size_t length = strlen(verbs[i]);
        if (strncmp(*text, verbs[i], length) != 0) continue;
        char *unit;
        uint64_t number = strtoull(*text + length, &unit, 10);
        if (number < 2) return false;
        const size_t size = strlen(*text) + 8;
        char *shorter = malloc(size);
        if (shorter == NULL) abort();
        snprintf(shorter, size, "%s%" PRIu64 "%s", verbs[i], number / 2, unit);
        free(*text);
        *text = shorter;
        return true;
    }
    return false;
}

/* Has one of the world's checks failed, whatever the time? */
static bool is_safety(const struct signature *signature)
{
    if (strcmp(signature->check, "convergence") == 0) return false;
    for (size_t i = 0; i < world_check_count(); i++)
        if (strcmp(signature->check, world_check_name(i)) == 0) return true;
    return false;
}

static bool reduce_durations(struct trial *trial)
{
    const bool deadlines = trial->shrink->died || is_safety(&trial->shrink->signature);
    bool any = false;
    for (size_t i = 0; i < trial->shrink->story.count && !trial->stopped; i++) {
        while (i < trial->shrink->story.count) {
            struct shrink_story *story = trial_add(trial);
            if (!halve_duration(&story->lines[i].text, deadlines)) {
                trial_drop(trial);
                break;
            }
            if (!trial_run(trial)) break;
            any = true;
        }
    }
    return any;
}

/* ---- Payloads ---- */

static void replace_text(struct shrink_line *line, const char *text)
{
    char *copy = malloc(strlen(text) + 1);
    if (copy == NULL) abort();
    memcpy(copy, text, strlen(text) + 1);
    free(line->text);
    line->text = copy;
}

/* "intent PEER " and something else. False where the line is no intent, or says so already. */
static bool with_action(struct shrink_line *line, const char *action)
{
    char text[256];
    if (strncmp(line->text, "intent ", 7) != 0) return false;
    const size_t peer = strcspn(line->text + 7, " ");
    snprintf(text, sizeof text, "intent %.*s %s -> later", (int)peer, line->text + 7, action);
    if (strlen(text) >= strlen(line->text)) return false;
    replace_text(line, text);
    return true;
}

/* Every number of more than one digit in the payload becomes 1, and every long string its first letter. */
static bool with_less(struct shrink_line *line, bool numbers)
{
    const char *payload = strchr(line->text, '{');
    if (strncmp(line->text, "intent ", 7) != 0 || payload == NULL) return false;
    char *text = calloc(strlen(line->text) + 1, 1);
    if (text == NULL) abort();
    size_t used = (size_t)(payload - line->text);
    memcpy(text, line->text, used);
    bool value = false; /* behind a colon, so no key */
    for (const char *at = payload; *at != '\0';) {
        const size_t digits = strspn(at, "0123456789");
        if (*at == '"') {
            const size_t length = strcspn(at + 1, "\"\\");
            const bool plain = at[1 + length] == '"';
            const size_t keep =
                value && !numbers && plain && length > 1 && (unsigned char)at[1] < 0x80 ? 1
                                                                                        : length;
            text[used++] = '"';
            memcpy(text + used, at + 1, keep);
            used += keep;
            at += 1 + length;
            if (plain) text[used++] = *at++;
            value = false;
        } else if (digits > 1 && numbers) {
            text[used++] = '1';
            at += digits;
        } else {
            value = *at == ':' || (value && *at == '[');
            text[used++] = *at++;
        }
    }
    const bool changed = strcmp(text, line->text) != 0;
    if (changed) replace_text(line, text);
    free(text);
    return changed;
}

/* What the user typed, and what the network is to answer: all behind the payload but the outcome. */
static bool with_payload_alone(struct shrink_line *line)
{
    static const char *const extras[] = {" raw \"", " responses ["};
    if (strncmp(line->text, "intent ", 7) != 0) return false;
    for (size_t i = 0; i < sizeof extras / sizeof *extras; i++) {
        char *at = line->text;
        for (char *next; (next = strstr(at + 1, extras[i])) != NULL;)
            at = next; /* the last one: a payload may say so too */
        const char *outcome = strstr(at, " -> ");
        if (at == line->text || outcome == NULL) continue;
        memmove(at, at + (outcome - at), strlen(outcome) + 1);
        return true;
    }
    return false;
}

static bool reduce_payloads(struct trial *trial)
{
    static const char *const actions[] = {"notes.create {\"text\":\"a\"}",
                                          "wallet.mintFrame {\"amount\":1,\"target\":\"alice\"}"};
    bool any = false;
    for (size_t i = 0; i < trial->shrink->story.count && !trial->stopped; i++) {
        bool more = true;
        while (more && !trial->stopped && i < trial->shrink->story.count) {
            for (size_t k = 0; k < sizeof actions / sizeof *actions; k++)
                if (!with_action(&trial_add(trial)->lines[i], actions[k])) trial_drop(trial);
            if (!with_payload_alone(&trial_add(trial)->lines[i])) trial_drop(trial);
            for (int numbers = 0; numbers < 2; numbers++)
                if (!with_less(&trial_add(trial)->lines[i], numbers == 1)) trial_drop(trial);
            more = trial_run(trial);
            any |= more;
        }
    }
    return any;
}

/* ---- All of it ---- */

void shrink_reduce(struct trial *trial)
{
    bool any = true;
    for (unsigned round = 0; any && round < ROUNDS_MAX && !trial->stopped; round++) {
        any = reduce_to_no_choices(trial);
        any |= reduce_peers(trial); /* what makes runs short first */
        any |= reduce_acquaintances(trial);
        any |= reduce_kinds(trial);
        any |= reduce_runs(trial, line_count, shrink_story_remove);
        any |= reduce_by_merging(trial);
        any |= reduce_runs(trial, choice_count, remove_choices);
        any |= reduce_waits(trial);
        any |= reduce_durations(trial);
        any |= reduce_payloads(trial);
    }
}
