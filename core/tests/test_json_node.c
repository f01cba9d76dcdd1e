// SPDX-License-Identifier: Apache-2.0
/*
 * § 2 says "what JavaScript's JSON.stringify prints": here the language itself is asked. Documents
 * are made canonical, then messed up (white space, escapes, order of keys, forms of numbers); what
 * Node makes of the mess must be the document again, byte for byte and hash for hash. And on mutated
 * documents the checker must take exactly those that Node finds to be their own canonical form.
 */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "json.h"
#include "json_make.h"
#include "memory.h"

enum { DOCUMENTS = 4000, MUTANTS = 3, SKIPPED = 77 };

static void *plain_allocate(void *context, size_t size)
{
    (void)context;
    return malloc(size);
}

static void plain_release(void *context, void *memory, size_t size)
{
    (void)context;
    (void)size;
    free(memory);
}

/* ---- Messing up ------------------------------------------------------------------------------- */

static void mess_space(struct buffer *out, uint64_t *seed)
{
    static const char *const spaces[] = {" ", "\t", "\n", "\r", "", "", "", "  \n"};
    buffer_text(out, spaces[random_below(seed, 8)]);
}

static void mess_unit(struct buffer *out, uint64_t *seed, uint32_t unit)
{
    char text[16];
    bool upper = random_below(seed, 2) == 0;
    snprintf(text, sizeof text, upper ? "\\u%04X" : "\\u%04x", (unsigned)unit & 0xffff);
    buffer_text(out, text);
}

/* Each character raw where it may be, or as one or two escapes. */
static void mess_string(struct buffer *out, uint64_t *seed, struct frame_span token)
{
    uint8_t bytes[1024];
    size_t length = json_string_decode(bytes, token);
    buffer_text(out, "\"");
    for (size_t i = 0; i < length;) {
        size_t size = bytes[i] < 0x80 ? 1 : bytes[i] < 0xe0 ? 2 : bytes[i] < 0xf0 ? 3 : 4;
        uint32_t code_point = bytes[i] & (size == 1 ? 0x7fU : 0xffU >> (size + 1));
        for (size_t j = 1; j < size; j++)
            code_point = code_point << 6 | (bytes[i + j] & 0x3fU);
        bool must = code_point < 0x20 || code_point == '"' || code_point == '\\';
        if (code_point == '/' && random_below(seed, 2)) {
            buffer_text(out, "\\/");
        } else if (!must && random_below(seed, 2)) {
            buffer_append(out, bytes + i, size);
        } else if (code_point > 0xffff) {
            mess_unit(out, seed, 0xd7c0 + (code_point >> 10));
            mess_unit(out, seed, 0xdc00 + code_point % 0x400);
        } else {
            mess_unit(out, seed, code_point);
        }
        i += size;
    }
    buffer_text(out, "\"");
}

static void mess_value(struct buffer *out, uint64_t *seed, struct frame_span value);

static void mess_object(struct buffer *out, uint64_t *seed, // NOLINT(misc-no-recursion)
                        struct frame_span object)
{
    struct frame_span keys[MAKE_MEMBERS_MAX];
    struct frame_span values[MAKE_MEMBERS_MAX];
    struct json_walk walk;
    size_t count = 0;
    json_walk_init(&walk, object);
    while (json_next_member(&walk, &keys[count], &values[count]))
        if (++count == MAKE_MEMBERS_MAX) break;
    buffer_text(out, "{");
    for (size_t left = count; left > 0; left--) {
        size_t pick = random_below(seed, left);
        if (left < count) buffer_text(out, ",");
        mess_space(out, seed);
        mess_string(out, seed, keys[pick]);
        mess_space(out, seed);
        buffer_text(out, ":");
        mess_value(out, seed, values[pick]);
        keys[pick] = keys[left - 1];
        values[pick] = values[left - 1];
    }
    mess_space(out, seed);
    buffer_text(out, "}");
}

static void mess_value(struct buffer *out, uint64_t *seed, // NOLINT(misc-no-recursion)
                       struct frame_span value)
{
    static const char *const number_ends[] = {"", ".0", "e0", "E+0", ".000e-0"};
    struct json_walk walk;
    struct frame_span item;
    const char *separator = "[";
    mess_space(out, seed);
    switch (json_kind(value)) {
    case JSON_STRING: mess_string(out, seed, value); break;
    case JSON_OBJECT: mess_object(out, seed, value); break;
    case JSON_ARRAY:
        json_walk_init(&walk, value);
        for (; json_next_item(&walk, &item); separator = ",") {
            buffer_text(out, separator);
            mess_value(out, seed, item);
        }
        buffer_text(out, *separator == '[' ? "[]" : "]");
        break;
    case JSON_INTEGER:
        buffer_text(out, span_is(value, "0") && random_below(seed, 2) ? "-" : "");
        buffer_span(out, value);
        buffer_text(out, number_ends[random_below(seed, 5)]);
        break;
    default: buffer_span(out, value);
    }
    mess_space(out, seed);
}

/* ---- Asking Node ------------------------------------------------------------------------------ */

static void put_line(FILE *file, const uint8_t *bytes, size_t length)
{
    for (size_t i = 0; i < length; i++)
        fprintf(file, "%02x", bytes[i]);
    fputc('\n', file);
}

/* The questions, in an order that can be made again from the seeds: each document messed up, as it
   is, and mutated. `line` is called for each. */
static void each_question(void (*line)(void *context, struct frame_span question,
                                       const struct make *canonical),
                          void *context)
{
    static struct make canonical;
    static struct make mutant;
    const struct frame_allocator allocator = {.allocate = plain_allocate, .release = plain_release};
    struct buffer mess;
    buffer_init(&mess, &allocator);
    for (uint64_t number = 0; number < DOCUMENTS; number++) {
        make_document(&canonical, number + 1000000);
        canonical.text[canonical.length] = ','; /* a number's end needs a byte behind it */
        uint64_t seed = number;
        buffer_clear(&mess);
        mess_value(&mess, &seed, (struct frame_span){canonical.text, canonical.length});
        if (!CHECK(!mess.failed)) break;
        line(context, buffer_view(&mess), &canonical);
        line(context, (struct frame_span){canonical.text, canonical.length}, &canonical);
        mutant = canonical;
        for (int i = 0; i < MUTANTS; i++) {
            make_mutation(&mutant);
            line(context, (struct frame_span){mutant.text, mutant.length}, NULL);
        }
    }
    buffer_free(&mess);
}

static void write_question(void *context, struct frame_span question, const struct make *canonical)
{
    (void)canonical;
    put_line(context, question.bytes, question.length);
}

/* One answer against what the core says. `canonical`: what the question was made from. */
static void compare_answer(void *context, struct frame_span question, const struct make *canonical)
{
    static char answer[4 * MAKE_BYTES_MAX];
    static uint8_t bytes[2 * MAKE_BYTES_MAX];
    size_t offset;
    enum frame_status status = frame_json_check(&offset, question.bytes, question.length);
    if (!CHECK(fgets(answer, sizeof answer, context) != NULL)) return;
    CHECK_IN(answer, (status == FRAME_OK) == (strncmp(answer, "yes ", 4) == 0));
    if (strcmp(answer, "syntax\n") == 0) {
        CHECK(canonical == NULL);
        return;
    }
    CHECK_IN(answer, status != FRAME_JSON_SYNTAX);
    const char *hex = strchr(answer, ' ') + 1;
    size_t length = strcspn(hex, " ") / 2;
    struct frame_hash theirs = {{0}};
    struct frame_hash ours;
    if (!CHECK(frame_hex_decode(bytes, length, hex, 2 * length) &&
               frame_hex_decode(theirs.bytes, 32, hex + 2 * length + 1, 64)))
        return;
    frame_sha256_of(frame_crypto_libsodium(), &ours, bytes, length);
    CHECK(frame_hash_compare(&ours, &theirs) == 0);
    if (canonical == NULL) return;
    CHECK_IN(answer, length == canonical->length && memcmp(bytes, canonical->text, length) == 0);
}

static FILE *ask(const char *path)
{
    const char *folder = getenv("FRAMESIM_SOURCE_DIR");
    char command[2000];
    snprintf(command, sizeof command, "node '%s/core/tests/json_node.mjs' < '%s'",
             folder != NULL ? folder : ".", path);
    return popen(command, "r"); // NOLINT(cert-env33-c)
}

int main(void)
{
    if (system("node --version >/dev/null 2>&1") != 0) { // NOLINT(cert-env33-c)
        printf("skipped: node is not installed\n");
        return SKIPPED;
    }
    if (sodium_init() < 0) return 1;
    char path[] = "/tmp/framesim_json_XXXXXX";
    int descriptor = mkstemp(path);
    FILE *questions = descriptor >= 0 ? fdopen(descriptor, "w") : NULL;
    if (questions == NULL) return 1;
    each_question(write_question, questions);
    fclose(questions);

    FILE *answers = ask(path);
    if (CHECK(answers != NULL)) {
        each_question(compare_answer, answers);
        CHECK(fgetc(answers) == EOF);
        CHECK(pclose(answers) == 0);
    }
    unlink(path);
    return check_done();
}
