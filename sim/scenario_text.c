// SPDX-License-Identifier: Apache-2.0
/* What the scenario reader says to people: faults with their place, and the help. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "sim/flood.h"
#include "sim/fault.h"
#include "sim/scenario_parser.h"
#include "sim/site.h"

/* ---- Faults -------------------------------------------------------------------------------- */

enum { EXCERPT_BYTES_BEFORE = 100, EXCERPT_BYTES_BEHIND = 60 };

/* The bytes of a line, counted from 1; empty where there are not so many. */
static struct frame_span line_of(const uint8_t *text, size_t length, uint32_t number)
{
    const uint8_t *at = text;
    const uint8_t *end = text + length;
    for (uint32_t line = 1; line < number && at < end; line++) {
        const uint8_t *newline = memchr(at, '\n', (size_t)(end - at));
        at = newline == NULL ? end : newline + 1;
    }
    const uint8_t *newline = at < end ? memchr(at, '\n', (size_t)(end - at)) : NULL;
    return (struct frame_span){at, (size_t)((newline == NULL ? end : newline) - at)};
}

static bool continues(uint8_t byte)
{
    return (byte & 0xC0) == 0x80;
}

/* Terminals are not to be steered by a file: what is no character that prints is shown as '?'. */
static void print_excerpt(FILE *out, struct frame_span line, size_t from, size_t to)
{
    for (size_t i = from; i < to;) {
        size_t length = scenario_character(line.bytes + i, line.length - i);
        uint8_t byte = line.bytes[i];
        bool control = (byte < ' ' && byte != '\t') || byte == 0x7F ||
                       (length == 2 && byte == 0xC2 && line.bytes[i + 1] < 0xA0);
        if (length == 0 || control)
            fputc('?', out);
        else
            fwrite(line.bytes + i, 1, length, out);
        i += length == 0 ? 1 : length;
    }
}

void scenario_error_print(FILE *out, const struct scenario_error *error, const char *path,
                          const uint8_t *text, size_t length)
{
    if (error->line == 0) {
        fprintf(out, "%s: %s\n", path, error->message);
        return;
    }
    fprintf(out, "%s:%u:%u: %s\n", path, (unsigned)error->line, (unsigned)error->column,
            error->message);
    struct frame_span line = line_of(text, length, error->line);
    size_t column = error->column - 1 < line.length ? error->column - 1 : line.length;
    size_t from = column > EXCERPT_BYTES_BEFORE ? column - EXCERPT_BYTES_BEFORE : 0;
    size_t to =
        line.length - column > EXCERPT_BYTES_BEHIND ? column + EXCERPT_BYTES_BEHIND : line.length;
    while (from > 0 && continues(line.bytes[from]))
        from--;
    while (to < line.length && continues(line.bytes[to]))
        to++;
    fprintf(out, "  %s", from > 0 ? "… " : "");
    print_excerpt(out, line, from, to);
    fprintf(out, "%s\n  %s", to < line.length ? " …" : "", from > 0 ? "  " : "");
    for (size_t i = from; i < column; i++) {
        if (line.bytes[i] == '\t')
            fputc('\t', out);
        else if (!continues(line.bytes[i]))
            fputc(' ', out);
    }
    fputs("^\n", out);
}

/* ---- Files --------------------------------------------------------------------------------- */

/* Reads at most one byte more than a scenario may have, so that too large a file is seen to be so. */
static bool read_file(uint8_t *text, size_t *length, const char *path, FILE *complaints)
{
    bool standard = strcmp(path, "-") == 0;
    FILE *file = standard ? stdin : fopen(path, "rb");
    if (file == NULL) {
        fprintf(complaints, "%s: %s\n", path, strerror(errno));
        return false;
    }
    *length = fread(text, 1, SCENARIO_FILE_BYTES_MAX + 1, file);
    bool fine = ferror(file) == 0;
    if (!fine) fprintf(complaints, "%s: %s\n", path, strerror(errno));
    if (!standard) fclose(file);
    return fine;
}

struct scenario *scenario_load(const char *path, FILE *complaints)
{
    struct scenario_error error;
    struct scenario *scenario = NULL;
    size_t length = 0;
    uint8_t *text = malloc(SCENARIO_FILE_BYTES_MAX + 1);
    if (text == NULL) {
        fprintf(complaints, "%s: out of memory\n", path);
        return NULL;
    }
    if (read_file(text, &length, path, complaints)) {
        scenario = scenario_parse(&error, path, text, length);
        if (scenario == NULL) scenario_error_print(complaints, &error, path, text, length);
    }
    free(text);
    return scenario;
}

/* ---- Help ---------------------------------------------------------------------------------- */

static void print_subjects(FILE *out)
{
    static const struct {
        const char *word;
        const char *argument;
        const char *value;
        const char *meaning;
    } subjects[] = {
#define TEXT_NONE    ""
#define TEXT_ADDRESS " ADDRESS"
#define TEXT_KEY     " \"KEY\""
#define TEXT_ERROR   " ERROR"
#define TEXT_RECEIPT " LABEL|forged"
#define TEXT_PEER    " PEER"
#define TEXT_NUMBER  " COMPARE N"
#define TEXT_SUPPLY  " COMPARE N|balances"
#define TEXT_JSON    " COMPARE JSON|absent|present"
#define TEXT_SUBJECT(id, word, argument, value, meaning) \
    {word, TEXT_##argument, TEXT_##value, meaning},
        SCENARIO_SUBJECTS(TEXT_SUBJECT)
#undef TEXT_SUBJECT
    };
    for (size_t i = 0; i < sizeof subjects / sizeof *subjects; i++) {
        fprintf(out, "  %s%s%s\n      %s\n", subjects[i].word, subjects[i].argument,
                subjects[i].value, subjects[i].meaning);
    }
}

static void print_fates(FILE *out)
{
    static const char *const fates[][2] = {
#define TEXT_FATE(id, word, meaning) {word, meaning},
        SCENARIO_FATES(TEXT_FATE)
#undef TEXT_FATE
    };
    for (size_t i = 0; i < sizeof fates / sizeof *fates; i++)
        fprintf(out, "  LABEL %s [on PEERS]\n      %s\n", fates[i][0], fates[i][1]);
}

static void print_forgeries(FILE *out)
{
    for (size_t i = 0; i < forgery_count(); i++) {
        const struct forgery *kind = forgery_at(i);
        fprintf(out, "  %s %s expect %s\n      %s%s\n", kind->name,
                kind->place == FORGERY_WIRE ? "on the wire" : "as PEER", forgery_expected(kind),
                kind->what, kind->needs_key ? " (with the identity's key stolen)" : "");
    }
}

static void print_changes(FILE *out, enum forgery_subject subject)
{
    fprintf(out, "  %s/\n", forgery_subject_name(subject));
    for (size_t i = 0; i < forgery_change_count(); i++) {
        struct forgery_composition composition = {
            .subject = subject, .change_count = 1, .changes = {i}};
        if (!forgery_change_fits(i, subject)) continue;
        composition.rehashed = subject == FORGED_RECEIPT || subject == FORGED_MERGE;
        if (composition.rehashed || subject == FORGED_ATTEST)
            composition.signing = SIGNING_IDENTITY_KEY;
        fprintf(out, "    %s: %s [%s]\n", forgery_change_name(i), forgery_change_what(i),
                frame_status_name(forgery_composition_error(&composition, false)));
    }
}

static void print_grammar(FILE *out)
{
    fputs(
        "\ncomposed forgeries: SUBJECT/CHANGE[+CHANGE][/rehashed][/SIGNING], or "
        "SUBJECT/as_is/SIGNING\n"
        "  At most four changes, no two of the same thing. 'rehashed': a receipt's inputHash and\n"
        "  receiptHash are redone. SIGNING says whose signature stands there:",
        out);
    for (size_t i = 1; i < SIGNING_COUNT; i++)
        fprintf(out, " %s", forgery_signing_name((enum forgery_signing)i));
    fputs("; without it the old one is kept.\n"
          "  Expected is the error of the rule that a receiver comes to first of all that are "
          "broken. In\n"
          "  brackets: what each change meets alone, with all hashes and signatures redone.\n",
          out);
    for (size_t subject = 1; subject < FORGED_COUNT; subject++)
        print_changes(out, (enum forgery_subject)subject);
}

static void print_swarm(FILE *out)
{
    fputs("\nfaults that a storm may bring, by family\n", out);
    for (size_t i = 0; i < fault_count(); i++)
        fprintf(out, "  %s: %s\n      %s\n", fault_family_name(fault_at(i)->family),
                fault_at(i)->name, fault_at(i)->what);
    fputs("\nsites that a storm may switch on\n", out);
    for (int i = 0; i < SITE_COUNT; i++)
        fprintf(out, "  %s\n      %s\n", site_name((enum site)i), site_what((enum site)i));
}

void scenario_help_print(FILE *out)
{
    fputs("verbs, one a line\n", out);
    for (size_t i = 0; i < SCENARIO_VERB_COUNT; i++) {
        const struct scenario_verb_help *help = scenario_verb_help((enum scenario_verb)i);
        fprintf(out, "  %s %s\n      %s\n", help->name, help->usage, help->meaning);
    }
    fputs("\nproperties: [not] [PEERS] followed by one of\n", out);
    print_subjects(out);
    fputs("\nor [not] followed by one of\n", out);
    print_fates(out);
    fputs("\nLATENCY: constant D, uniform D to D, exponential D plus D [cap D], tail D plus D [cap "
          "D]\n"
          "COMPARE: = != < <= > >=\n"
          "\nkinds of forgeries\n",
          out);
    print_forgeries(out);
    print_grammar(out);
    fputs("\nkinds of floods\n", out);
    for (size_t i = 0; i < flood_count(); i++)
        fprintf(out, "  %s expect %s\n      %s%s\n", flood_at(i)->name,
                forgery_expected(flood_at(i)), flood_at(i)->what,
                flood_costs(flood_at(i)) ? " (it costs, and ends ignored)" : "");
    print_swarm(out);
    fputs("\nchecks\n", out);
    for (size_t i = 0; i < world_check_count(); i++)
        fprintf(out, "  %s\n      %s\n", world_check_name(i), world_check_why(i));
}
