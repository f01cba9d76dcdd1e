// SPDX-License-Identifier: Apache-2.0
#include "sim/signature.h"

#include <ctype.h>
#include <signal.h>
#include <string.h>

#include "sim/escape.h"

/* ---- Words without what differs from seed to seed ---- */

struct text {
    char *bytes;
    size_t size;
    size_t length;
};

static void put(struct text *text, const char *bytes, size_t length)
{
    for (size_t i = 0; i < length && text->length + 1 < text->size; i++)
        text->bytes[text->length++] = bytes[i];
    text->bytes[text->length] = '\0';
}

static bool in_word(char byte)
{
    return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
           (byte >= 'A' && byte <= 'Z') || byte == '_' || byte == '-';
}

static bool is_peer(const struct scenario *scenario, const char *word, size_t length)
{
    for (size_t i = 0; i < scenario->peer_count; i++)
        if (strlen(scenario->peers[i].name) == length &&
            memcmp(scenario->peers[i].name, word, length) == 0)
            return true;
    return false;
}

static size_t digits_of(const char *word, size_t length)
{
    size_t digits = 0;
    while (digits < length && word[digits] >= '0' && word[digits] <= '9')
        digits++;
    return digits;
}

static bool is_hash(const char *word, size_t length)
{
    if (length < 8) return false;
    for (size_t i = 0; i < length; i++)
        if (!((word[i] >= '0' && word[i] <= '9') || (word[i] >= 'a' && word[i] <= 'f')))
            return false;
    return true;
}

static void put_word(struct text *text, const struct scenario *scenario, const char *word,
                     size_t length)
{
    const size_t digits = digits_of(word, length);
    if (is_peer(scenario, word, length)) {
        put(text, "PEER", 4);
    } else if (is_hash(word, length)) { /* of digits alone it may be a number as well */
        put(text, "N", 1);
    } else if (digits > 0) { /* a unit may follow */
        put(text, "N", 1);
        put(text, word + digits, length - digits);
    } else {
        put(text, word, length);
    }
}

static void put_plain(struct text *text, const struct scenario *scenario, const char *words,
                      size_t length)
{
    for (size_t at = 0; at < length;) {
        size_t end = at;
        while (end < length && in_word(words[end]))
            end++;
        if (end > at)
            put_word(text, scenario, words + at, end - at);
        else
            put(text, words + end++, 1);
        at = end;
    }
}

/* ---- Why peers have not converged ---- */

/* Of world_divergence's lines those that give a reason, from behind the names on. */
static const char *reason_in(const char *line, size_t *length)
{
    static const char *const reasons[] = {": partitioned",    ": everything is lost",
                                          ": ignored",        ": policy strict",
                                          ": last refused",   ": not trusted",
                                          " is in safe mode", " has halted",
                                          ", its bound",      ": down",
                                          ": halted",         ": absent",
                                          ": left",           "storage differs"};
    for (size_t i = 0; i < sizeof reasons / sizeof *reasons; i++) {
        const size_t size = strlen(reasons[i]);
        for (size_t at = 0; at + size <= *length; at++) {
            if (memcmp(line + at, reasons[i], size) != 0) continue;
            const size_t skip = reasons[i][0] == ':' || reasons[i][0] == ',' ? 2 : 0;
            /* "last refused with signature at 20 ms": the time is no part of it */
            const char *end = strstr(line + at, " at ");
            *length -= at + skip;
            if (end != NULL && end < line + at + skip + *length)
                *length = (size_t)(end - (line + at + skip));
            return line + at + skip;
        }
    }
    return NULL;
}

/* Each reason once, in the order of their first lines. */
static void put_reasons(struct text *text, const char *words)
{
    while (*words != '\0') {
        size_t length = strcspn(words, "\n");
        const char *next = words + length + (words[length] == '\n');
        const char *reason = reason_in(words, &length);
        char one[100];
        if (reason != NULL && length < sizeof one) {
            memcpy(one, reason, length);
            one[length] = '\0';
            if (strstr(text->bytes, one) == NULL) {
                if (text->length > 0) put(text, "; ", 2);
                put(text, one, length);
            }
        }
        words = next;
    }
    if (text->length == 0) put(text, "no reason to be seen", 20);
}

/* ---- Signatures ---- */

static const struct scenario_statement *statement_at(const struct scenario *scenario, uint32_t line)
{
    for (size_t i = 0; i < scenario->statement_count; i++)
        if (line != 0 && scenario->statements[i].line == line) return &scenario->statements[i];
    return NULL;
}

/* Behind "check 'refold' failed at ana: ". */
static const char *found(const struct interpret_result *result)
{
    const char *cause = result->failure + result->cause;
    const char *colon = result->check != NULL ? strstr(cause, ": ") : NULL;
    return colon != NULL ? colon + 2 : cause;
}

static void name_check(struct signature *signature, const struct scenario *scenario,
                       const struct interpret_result *result)
{
    const struct scenario_statement *statement = statement_at(scenario, result->line);
    const char *check = interpret_verdict_name(result->verdict);
    if (result->check != NULL) check = result->check;
    if (result->verdict == INTERPRET_LIVENESS) check = "convergence";
    if (result->verdict == INTERPRET_EXPECTATION && statement != NULL) {
        check = scenario_verb_help(statement->verb)->name;
        snprintf(signature->place, sizeof signature->place, "%.*s", (int)statement->text.length,
                 (const char *)statement->text.bytes);
    }
    snprintf(signature->check, sizeof signature->check, "%s", check);
}

void signature_of(struct signature *signature, const struct scenario *scenario,
                  const struct interpret_result *result)
{
    memset(signature, 0, sizeof *signature);
    struct text cause = {signature->cause, sizeof signature->cause, 0};
    name_check(signature, scenario, result);
    if (strcmp(signature->check, "convergence") == 0)
        put_reasons(&cause, found(result));
    else
        put_plain(&cause, scenario, found(result), strcspn(found(result), "\n"));
}

void signature_of_death(struct signature *signature, int signal)
{
    memset(signature, 0, sizeof *signature);
    snprintf(signature->check, sizeof signature->check, "%s",
             signal == SIGALRM ? "wall-clock" : "crash");
    if (signal == 0)
        snprintf(signature->cause, sizeof signature->cause, "exit without an answer");
    else
        snprintf(signature->cause, sizeof signature->cause, "signal %d", signal);
}

bool signature_equal(const struct signature *a, const struct signature *b)
{
    return strcmp(a->check, b->check) == 0 && strcmp(a->place, b->place) == 0 &&
           strcmp(a->cause, b->cause) == 0;
}

void signature_put_json(FILE *out, const struct signature *signature)
{
    fputs("{\"cause\":", out);
    escape_json_text(out, signature->cause);
    fputs(",\"check\":", out);
    escape_json_text(out, signature->check);
    fputs(",\"place\":", out);
    escape_json_text(out, signature->place);
    fputc('}', out);
}

void signature_death_result(struct interpret_result *result, char words[DEATH_WORDS_BYTES],
                            uint64_t seed, int signal)
{
    const char *why = signal == SIGABRT ? ", a broken invariant" : "";
    if (signal == 0)
        snprintf(words, DEATH_WORDS_BYTES, "the run's process ended without an answer");
    else if (signal == SIGALRM)
        snprintf(words, DEATH_WORDS_BYTES, "the run was ended by the wall clock");
    else
        snprintf(words, DEATH_WORDS_BYTES, "the run's process was ended by signal %d%s", signal,
                 why);
    *result = (struct interpret_result){.verdict =
                                            signal == SIGALRM ? INTERPRET_BUDGET : INTERPRET_SAFETY,
                                        .failure = words,
                                        .seed = seed};
}
