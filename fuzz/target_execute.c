// SPDX-License-Identifier: Apache-2.0
/*
 * Execution (§ 4 to 7): the first line is storage, each further one the inputPayload of an intent. Each is
 * run on the storage that the one before left, and on a chain: pure, refusals change nothing, roots are
 * the model's, and no unit of money comes from nowhere.
 */
#include "core/json.h"
#include "execute_laws.h"
#include "lines.h"
#include "model_internal.h"
#include "pipeline.h"

enum { INTENTS_MAX = 32 };

static void execute(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_span line;
    size_t offset;
    if (!lines_next(&lines, &line) ||
        frame_json_check(&offset, line.bytes, line.length) != FRAME_OK ||
        json_kind(line) != JSON_OBJECT) {
        fuzz_verdict(FRAME_FIELD_TYPE, -1, -1);
        return;
    }
    fuzz_reach(FUZZ_WALL_STRUCTURE);
    struct execute_laws laws;
    execute_laws_init(&laws, crypto, line);
    for (size_t i = 0; i < INTENTS_MAX && lines_next(&lines, &line); i++) {
        enum frame_status status = execute_laws_run(&laws, line);
        fuzz_verdict(status, (int64_t)i, -1);
        if (status == FRAME_OK) fuzz_reach(FUZZ_WALL_REPLAY);
        execute_laws_append(&laws, line);
    }
    if (frame_chain_count(laws.chain) > 0) {
        execute_laws_money(&laws);
        pipeline_check_model(crypto, laws.chain);
        pipeline_check_file(crypto, laws.chain);
        pipeline_tell(laws.chain);
        fuzz_accepted();
    }
    execute_laws_release(&laws);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(execute, data, size);
}
