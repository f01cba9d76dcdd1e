// SPDX-License-Identifier: Apache-2.0
/*
 * The scenario parser: it takes any bytes; a fault has a place inside the text and a printable message; what
 * is accepted is accepted again as the same list of statements.
 */
#include <string.h>

#include "fuzz.h"
#include "scenario.h"

static void check_error(const struct scenario_error *error, const uint8_t *data, size_t size)
{
    uint32_t lines = 1;
    for (size_t i = 0; i < size; i++)
        lines += data[i] == '\n';
    FUZZ_CHECK(error->line <= lines);
    FUZZ_CHECK(error->line == 0 || error->column > 0);
    FUZZ_CHECK(error->column <= size + 1);
    size_t length = strlen(error->message);
    FUZZ_CHECK(length > 0 && length < sizeof error->message);
    fuzz_tell(error->message, length);
}

static void check_statements(const struct scenario *a, const struct scenario *b)
{
    FUZZ_CHECK(a->statement_count == b->statement_count && a->peer_count == b->peer_count &&
               a->label_count == b->label_count);
    for (size_t i = 0; i < a->statement_count; i++) {
        const struct scenario_statement *in_a = &a->statements[i], *in_b = &b->statements[i];
        FUZZ_CHECK(in_a->verb == in_b->verb && in_a->line == in_b->line &&
                   in_a->duration_us == in_b->duration_us && in_a->peers.bits == in_b->peers.bits);
        fuzz_tell_number(in_a->verb);
        fuzz_tell_number(in_a->duration_us);
        fuzz_tell_number(in_a->peers.bits);
    }
}

static void scenario(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct scenario_error error = {0};
    (void)crypto;
    struct scenario *parsed = scenario_parse(&error, "fuzz.scn", data, size);
    fuzz_verdict(parsed != NULL ? FRAME_OK : FRAME_FIELD_TYPE, error.line, error.column);
    if (parsed == NULL) {
        check_error(&error, data, size);
        return;
    }
    fuzz_reach(FUZZ_WALL_STRUCTURE);
    struct scenario *again = scenario_parse(&error, "fuzz.scn", parsed->text, parsed->text_length);
    FUZZ_CHECK(again != NULL);
    check_statements(parsed, again);
    scenario_free(again);
    scenario_free(parsed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(scenario, data, size);
}
