// SPDX-License-Identifier: Apache-2.0
/*
 * The join (§ 9) of up to three chains, one to a line: union in any order, grouping and cutting is one and
 * the same chain, which is what the slow model says; what is held is passed over; what verified alone verifies
 * together; and heads are merged by receipts that anybody accepts.
 */
#include "lines.h"
#include "merge_laws.h"
#include "pipeline.h"

/* Reads the lines: each good one is a chain of its own, of the identity of the first good one. */
static size_t read_chains(const struct frame_crypto *crypto, struct frame_chain **chains,
                          const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_span line;
    size_t good = 0;
    for (size_t i = 0; i < MERGE_CHAINS_MAX && lines_next(&lines, &line); i++) {
        struct frame_fault fault;
        chains[good] = pipeline_chain(crypto, FRAME_MODE_FULL, good > 0 ? chains[0] : NULL);
        enum frame_status status = pipeline_join(&fault, chains[good], line);
        fuzz_fault(&fault);
        if (status == FRAME_OK && frame_chain_count(chains[good]) > 0)
            good++;
        else
            frame_chain_free(chains[good]);
    }
    return good;
}

static void merge(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct frame_chain *chains[MERGE_CHAINS_MAX];
    size_t count = read_chains(crypto, chains, data, size);
    if (count > 0) {
        struct frame_chain *all = merge_laws_union(crypto, chains, count);
        merge_laws_orders(crypto, all, chains, count);
        merge_laws_pieces(crypto, all);
        merge_laws_merged(crypto, all);
        pipeline_check_file(crypto, all);
        pipeline_tell(all);
        fuzz_accepted();
        frame_chain_free(all);
    }
    for (size_t i = 0; i < count; i++)
        frame_chain_free(chains[i]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(merge, data, size);
}
