// SPDX-License-Identifier: Apache-2.0
#include "verify_oracle.h"

#include <stdlib.h>

#include "core/json.h"
#include "core/receipt.h"
#include "model_internal.h"
#include "pipeline.h"

/* A model of a batch that has passed steps 1 to 6, in array order; NULL where it is too large. */
static struct model *model_of(const struct frame_crypto *crypto, struct frame_span batch,
                              struct frame_public_key *key)
{
    struct json_walk walk;
    struct frame_span item;
    struct receipt_fields fields;
    uint8_t id[FRAME_IDENTITY_BYTES_MAX] = {0};
    size_t count = json_count(batch);
    if (count == 0 || count > PIPELINE_MODEL_RECEIPTS_MAX) return NULL;
    struct model *model = NULL;
    json_walk_init(&walk, batch);
    while (json_next_item(&walk, &item)) {
        FUZZ_CHECK(receipt_read(&fields, item, FRAME_MODE_FULL) == FRAME_OK);
        if (model == NULL) {
            struct frame_span identity = {id, json_string_decode(id, fields.identity)};
            *key = fields.public_key;
            model = model_new(identity, key, crypto);
        }
        FUZZ_CHECK(model_add(model, item));
    }
    return model;
}

void verify_oracle_replay(const struct frame_crypto *crypto, struct frame_span batch,
                          const struct frame_fault *fault)
{
    struct frame_public_key key;
    size_t index = 0;
    if (fault->status != FRAME_OK && fault->status <= FRAME_SIGNATURE) return;
    struct model *model = model_of(crypto, batch, &key);
    if (model == NULL) return;
    bool *members = model_allocate_array(model_count(model), sizeof *members);
    for (size_t i = 0; i < model_count(model); i++)
        members[i] = true;
    enum frame_status status = model_verify(model, &index, members, NULL);
    FUZZ_CHECK(status == fault->status);
    FUZZ_CHECK(fault->index == (status == FRAME_OK ? -1 : (int64_t)index));
    free(members);
    model_free(model);
}

static enum frame_status expected_of(const struct model_fold *fold,
                                     const struct frame_attestation *read)
{
    if (read->receipt_count != (int64_t)fold->count) return FRAME_ATTESTATION_COUNT;
    if (frame_hash_compare(&read->commitment, &fold->commitment) != 0)
        return FRAME_ATTESTATION_COMMITMENT;
    return frame_hash_compare(&read->state_root, &fold->state_root) == 0 ? FRAME_OK
                                                                         : FRAME_ATTESTATION_ROOT;
}

enum frame_status verify_oracle_attested(const struct frame_crypto *crypto,
                                         struct frame_replayed *replayed, struct frame_span batch,
                                         struct frame_span attestation)
{
    struct frame_attestation read;
    struct frame_public_key key;
    struct model *model = model_of(crypto, batch, &key);
    if (model == NULL) return FRAME_OK;
    const struct model_fold *fold = model_fold(model);
    FUZZ_CHECK(fold != NULL);
    enum frame_status status =
        frame_attestation_check(&read, crypto, &key, attestation.bytes, attestation.length);
    if (status == FRAME_OK) {
        status = frame_replayed_attested(replayed, fold->heads, fold->head_count, &read);
        FUZZ_CHECK(status == expected_of(fold, &read));
        struct frame_hash unknown = fold->heads[0];
        unknown.bytes[31] ^= 1;
        FUZZ_CHECK(frame_replayed_attested(replayed, &unknown, 1, &read) ==
                   FRAME_ATTESTATION_COUNT);
    }
    if (status == FRAME_OK) fuzz_reach(FUZZ_WALL_ATTESTATION);
    model_free(model);
    return status;
}
