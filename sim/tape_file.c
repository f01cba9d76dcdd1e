// SPDX-License-Identifier: Apache-2.0
#include "sim/tape_file.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "core/json.h"
#include "sim/build_info.h"

static const char version_line[] = "framesim-tape 1";

/* ---- Writing ---- */

/* What the kinds of questions are about. */
static const char *kind_words(const char *identity)
{
    static const struct {
        const char *kind;
        const char *words;
    } kinds[] = {
        {"lost", "the message is lost"},
        {"burst", "a burst of losses begins with the message"},
        {"twice", "the message comes twice"},
        {"latency", "microseconds beyond the least delay"},
        {"latency2", "... of its second copy"},
        {"reorder", "the message is held up"},
        {"reorder_us", "for so many microseconds"},
        {"flip", "a bit of the message flips"},
        {"flip_bit", "which one"},
        {"cut", "the message is cut off"},
        {"cut_at", "behind which byte"},
        {"sync", "microseconds beyond the least time to sync"},
        {"sync_fails", "the sync fails"},
        {"torn", "what a crash leaves of a write"},
        {"jitter", "milliseconds to the first gossip"},
        {"work", "what the user does"},
        {"careless", "the user is careless"},
        {"pause", "how long the user waits before the next thing"},
        {"audit", "the checks look at all that the peer holds"},
        {"look_at", "which receipt the checks look at"},
        {"forge", "how the forgery is made"},
        {"replay", "which message from the past comes again"},
        {"Swarm", "what kind of world it is"},
        {"Storm", "the fault strikes in this slot"},
        {"Fault", "how the fault strikes"},
        {"Calm", "the peer is not of the core that is healed"},
    };
    const size_t length = strcspn(identity, ":");
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strlen(kinds[i].kind) == length && memcmp(kinds[i].kind, identity, length) == 0)
            return kinds[i].words;
    return "a choice";
}

void tape_file_put_choice(FILE *out, const char *identity, uint64_t value)
{
    const int used = fprintf(out, "%s = %" PRIu64, identity, value);
    fprintf(out, "%*s# %s\n", used < 44 ? 44 - used : 1, "", kind_words(identity));
}

static void put_hash(FILE *out, const struct world_hash *hash)
{
    char hex[2 * sizeof hash->bytes];
    frame_hex_encode(hex, hash->bytes, sizeof hash->bytes);
    fwrite(hex, 1, sizeof hex, out);
}

void tape_file_put_checkpoint(FILE *out, uint64_t events, const struct world_hash *hash)
{
    fprintf(out, "@ %" PRIu64 " ", events);
    put_hash(out, hash);
    fputc('\n', out);
}

void tape_file_put_head(FILE *out, const char *scenario, uint64_t seed, enum crypto_mode crypto)
{
    fprintf(out, "%s\nscenario %s\nseed %" PRIu64 "\ncommit %s\ncrypto %s\n", version_line,
            scenario, seed, build_commit(), build_crypto(crypto));
}

void tape_file_put_end(FILE *out, const struct interpret_result *result, bool died)
{
    if (!died) {
        fputs("ends ", out);
        put_hash(out, &result->hash);
        fputc('\n', out);
    }
    fprintf(out, "# %s", died ? "crash" : interpret_verdict_name(result->verdict));
    if (result->failure != NULL) fputs(": ", out);
    for (const char *at = result->failure; at != NULL && *at != '\0' && *at != '\n'; at++)
        fputc((unsigned char)*at < 0x20 || *at == 0x7F ? '?' : *at, out);
    fputc('\n', out);
}

/* ---- Reading ---- */

struct reading {
    struct tape_file *file;
    const char *path;
    FILE *complaints;
    size_t line;
};

static bool fail(const struct reading *reading, size_t column, const char *message)
{
    fprintf(reading->complaints, "%s:%zu:%zu: %s\n", reading->path, reading->line, column + 1,
            message);
    return false;
}

static bool grow(void **array, size_t *capacity, size_t count, size_t size)
{
    if (count < *capacity) return true;
    const size_t wanted = *capacity == 0 ? 256 : 2 * *capacity;
    void *grown = realloc(*array, wanted * size);
    if (grown == NULL) return false;
    *array = grown;
    *capacity = wanted;
    return true;
}

void tape_file_add(struct tape_file *file, const char *identity, size_t length, uint64_t value)
{
    void *choices = file->choices;
    if (!grow(&choices, &file->choice_capacity, file->choice_count, sizeof *file->choices)) abort();
    file->choices = choices;
    char *copy = malloc(length + 1);
    if (copy == NULL) abort();
    memcpy(copy, identity, length);
    copy[length] = '\0';
    struct tape_choice *choice = &file->choices[file->choice_count++];
    *choice = (struct tape_choice){.value = value};
    choice->identity = copy;
}

static bool read_number(uint64_t *number, const char *text, size_t length)
{
    *number = 0;
    for (size_t i = 0; i < length; i++) {
        const unsigned digit = (unsigned)(text[i] - '0');
        if (digit > 9 || *number > (UINT64_MAX - digit) / 10) return false;
        *number = *number * 10 + digit;
    }
    return length > 0;
}

static bool read_checkpoint(const struct reading *reading, const char *text, size_t length)
{
    struct tape_checkpoint checkpoint;
    const char *space = memchr(text, ' ', length);
    const size_t digits = space == NULL ? length : (size_t)(space - text);
    if (space == NULL || length - digits != sizeof checkpoint.hash ||
        !read_number(&checkpoint.events, text, digits))
        return fail(reading, 2, "expected: @ EVENTS HASH");
    memcpy(checkpoint.hash, space + 1, sizeof checkpoint.hash - 1);
    checkpoint.hash[sizeof checkpoint.hash - 1] = '\0';
    struct tape_file *file = reading->file;
    void *checkpoints = file->checkpoints;
    if (!grow(&checkpoints, &file->checkpoint_capacity, file->checkpoint_count,
              sizeof *file->checkpoints))
        abort();
    file->checkpoints = checkpoints;
    file->checkpoints[file->checkpoint_count++] = checkpoint;
    return true;
}

static bool read_choice(const struct reading *reading, const char *text, size_t length)
{
    uint64_t value;
    const char *space = memchr(text, ' ', length);
    const size_t name = space == NULL ? length : (size_t)(space - text);
    if (space == NULL || length < name + 4 || memcmp(space, " = ", 3) != 0)
        return fail(reading, name, "expected: IDENTITY = NUMBER");
    if (!read_number(&value, space + 3, length - name - 3))
        return fail(reading, name + 3, "expected a number of 64 bits");
    if (name >= TAPE_IDENTITY_BYTES_MAX) return fail(reading, 0, "the identity is too long");
    for (size_t i = 0; i < name; i++)
        if (text[i] < '!' || text[i] > '~' || text[i] == '=')
            return fail(reading, i, "this is no identity of a choice");
    tape_file_add(reading->file, text, name, value);
    return true;
}

/* What stands behind a word and a blank; NULL where the line does not begin so. */
static const char *behind(const char *text, size_t *length, const char *word)
{
    const size_t size = strlen(word);
    if (*length <= size || memcmp(text, word, size) != 0 || text[size] != ' ') return NULL;
    *length -= size + 1;
    return text + size + 1;
}

static bool read_line(const struct reading *reading, const char *text, size_t length)
{
    struct tape_file *file = reading->file;
    const char *rest;
    size_t size = length;
    if ((rest = behind(text, &size, "scenario")) != NULL && file->scenario == NULL) {
        file->scenario = malloc(size + 1);
        if (file->scenario == NULL) abort();
        memcpy(file->scenario, rest, size);
        file->scenario[size] = '\0';
        return true;
    }
    if ((rest = behind(text, &size, "seed")) != NULL)
        return read_number(&file->seed, rest, size) && file->seed <= SCENARIO_SEED_MAX
                   ? true
                   : fail(reading, 5, "expected a seed, 0 to 2^53-1");
    if ((rest = behind(text, &size, "commit")) != NULL) {
        snprintf(file->commit, sizeof file->commit, "%.*s", (int)size, rest);
        return true;
    }
    if ((rest = behind(text, &size, "crypto")) != NULL) {
        file->crypto = build_crypto_mode(rest, size);
        return true;
    }
    if ((rest = behind(text, &size, "ends")) != NULL) {
        if (size != sizeof file->ends - 1) return fail(reading, 5, "expected a hash");
        memcpy(file->ends, rest, size);
        file->ends[size] = '\0';
        return true;
    }
    if ((rest = behind(text, &size, "@")) != NULL) return read_checkpoint(reading, rest, size);
    return read_choice(reading, text, length);
}

bool tape_file_read(struct tape_file *file, const char *path, struct frame_span text,
                    FILE *complaints)
{
    struct reading reading = {.file = file, .path = path, .complaints = complaints};
    const char *at = (const char *)text.bytes;
    const char *end = at + text.length;
    if (!json_utf8_valid(text.bytes, text.length) || memchr(at, '\0', text.length) != NULL) {
        fprintf(complaints, "%s: this is no text file\n", path);
        return false;
    }
    while (at < end) {
        const char *newline = memchr(at, '\n', (size_t)(end - at));
        const char *stop = newline != NULL ? newline : end;
        size_t length = (size_t)(stop - at);
        const bool words = length > 9 && memcmp(at, "scenario ", 9) == 0;
        const char *comment = words ? NULL : memchr(at, '#', length);
        if (comment != NULL) length = (size_t)(comment - at);
        while (length > 0 && at[length - 1] == ' ')
            length--;
        reading.line++;
        if (reading.line == 1 &&
            !(length == sizeof version_line - 1 && memcmp(at, version_line, length) == 0))
            return fail(&reading, 0, "a tape begins with the line: framesim-tape 1");
        if (reading.line > 1 && length > 0 && !read_line(&reading, at, length)) return false;
        at = stop + 1;
    }
    if (reading.line > 0) return true;
    reading.line = 1;
    return fail(&reading, 0, "a tape begins with the line: framesim-tape 1");
}

void tape_file_free(struct tape_file *file)
{
    for (size_t i = 0; i < file->choice_count; i++)
        free(file->choices[i].identity);
    free(file->choices);
    free(file->checkpoints);
    free(file->scenario);
    *file = (struct tape_file){.scenario = NULL};
}

void tape_file_follow(const struct tape_file *file, struct tape *tape)
{
    tape_quiet(tape, true);
    for (size_t i = 0; i < file->choice_count; i++)
        if (!tape_override(tape, file->choices[i].identity, strlen(file->choices[i].identity),
                           file->choices[i].value))
            abort();
}
