// SPDX-License-Identifier: Apache-2.0
/*
 * Steps 1 to 8 of § 10 over a batch (first line) and an attestation of it (second line, if any): a slow
 * second reading names the same failure in steps 2 to 6, the slow model in step 7, and it knows what step 8
 * must say; what is accepted is accepted in structural mode too, equals the model, and survives being
 * written and read.
 */
#include "lines.h"
#include "pipeline.h"
#include "verify_oracle.h"
#include "verify_rules.h"

/* Any chain that full mode takes, structural mode takes too, with the same heads. */
static void check_structural(const struct frame_crypto *crypto, struct frame_span batch,
                             const struct frame_chain *full)
{
    struct frame_fault fault;
    struct frame_summary a, b;
    struct frame_chain *chain = pipeline_chain(crypto, FRAME_MODE_STRUCTURAL, NULL);
    FUZZ_CHECK(pipeline_join(&fault, chain, batch) == FRAME_OK);
    frame_chain_summary(full, &a);
    frame_chain_summary(chain, &b);
    FUZZ_CHECK(a.receipts == b.receipts && a.head_count == b.head_count &&
               frame_hash_compare(&a.commitment, &b.commitment) == 0);
    frame_chain_free(chain);
}

static void verify(const struct frame_crypto *crypto, const uint8_t *data, size_t size)
{
    struct lines lines = {{data, size}};
    struct frame_span batch = {data, 0}, attestation = {data, 0};
    struct frame_fault fault;
    struct frame_replayed *replayed;
    (void)lines_next(&lines, &batch);
    (void)lines_next(&lines, &attestation);
    struct frame_chain *chain = pipeline_chain(crypto, FRAME_MODE_FULL, NULL);
    enum frame_status status = pipeline_replay(&replayed, &fault, chain, batch);
    verify_rules_check(crypto, batch, &fault);
    verify_oracle_replay(crypto, batch, &fault);
    if (status == FRAME_OK && attestation.length > 0)
        fault.status = verify_oracle_attested(crypto, replayed, batch, attestation);
    fuzz_fault(&fault);
    if (status == FRAME_OK) {
        FUZZ_CHECK(frame_join(NULL, replayed) == FRAME_OK);
        pipeline_tell(chain);
        pipeline_check_model(crypto, chain);
        pipeline_check_file(crypto, chain);
        check_structural(crypto, batch, chain);
        fuzz_accepted();
    }
    frame_chain_free(chain);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    return fuzz_run(verify, data, size);
}
