// SPDX-License-Identifier: Apache-2.0
#include "verify_rules.h"

#include <string.h>

#include "core/json.h"
#include "core/receipt.h"
#include "receipt_again.h"
#include "receipt_rules.h"

enum { RECEIPTS_MAX = 64 };

/* What has passed, in array order. */
struct rules {
    const struct frame_crypto *crypto;
    struct receipt_fields fields[RECEIPTS_MAX];
    uint64_t above[RECEIPTS_MAX]; /* its ancestors, a bit for each */
    size_t count;
};

static bool find(const struct rules *rules, size_t *at, const struct frame_hash *hash)
{
    for (*at = 0; *at < rules->count; ++*at)
        if (memcmp(rules->fields[*at].receipt_hash.bytes, hash->bytes, 32) == 0) return true;
    return false;
}

static bool hashes_to(const struct rules *rules, struct frame_span text,
                      const struct frame_hash *claimed)
{
    struct frame_hash hash;
    frame_sha256_of(rules->crypto, &hash, text.bytes, text.length);
    return memcmp(hash.bytes, claimed->bytes, sizeof hash.bytes) == 0;
}

/* ---- Step 3 --------------------------------------------------------------------------------- */

struct heads {
    struct frame_hash hash[RECEIPTS_MAX];
    size_t at[RECEIPTS_MAX];
    size_t count;
};

/* False where `heads` is no array of hex64; more than there is room for cannot all be held. */
static bool read_heads(struct heads *heads, const struct payload_fields *payload)
{
    struct frame_span array, item;
    struct json_walk walk;
    struct frame_hash hash;
    if (!json_member(payload->payload, &array, "heads") || json_kind(array) != JSON_ARRAY)
        return false;
    json_walk_init(&walk, array);
    for (heads->count = 0; json_next_item(&walk, &item); heads->count++) {
        if (!hash_token(&hash, item)) return false;
        if (heads->count < RECEIPTS_MAX) heads->hash[heads->count] = hash;
    }
    return true;
}

/* § 9: 2 to 64, ascending, distinct, none an ancestor of another; and nothing else in the receipt. */
static bool heads_right(const struct rules *rules, const struct heads *heads,
                        const struct receipt_fields *fields, const struct payload_fields *payload)
{
    if (heads->count < 2 || payload->network.length > 0 || json_count(payload->payload) != 1 ||
        !span_is(payload->origin, "\"\"") || !span_is(payload->raw, "\"\"") ||
        !fields->has_previous || memcmp(&fields->previous, &heads->hash[0], 32) != 0)
        return false;
    for (size_t i = 0; i < heads->count; i++) {
        if (i > 0 && memcmp(heads->hash[i - 1].bytes, heads->hash[i].bytes, 32) >= 0) return false;
        for (size_t k = 0; k < heads->count; k++)
            if (rules->above[heads->at[i]] >> heads->at[k] & 1) return false;
    }
    return true;
}

/* The parents of a receipt, of a merge those that it names. */
static enum frame_status parents_of(const struct rules *rules, struct heads *parents,
                                    const struct receipt_fields *fields,
                                    const struct payload_fields *payload)
{
    size_t previous;
    bool merge = span_is(fields->intent, "federation.merge");
    *parents = (struct heads){.hash = {fields->previous}, .count = fields->has_previous};
    if (merge && !read_heads(parents, payload)) return FRAME_MERGE_HEADS;
    if (fields->has_previous && !find(rules, &previous, &fields->previous)) return FRAME_LINK;
    if (parents->count > RECEIPTS_MAX) return FRAME_LINK;
    for (size_t i = 0; i < parents->count; i++)
        if (!find(rules, &parents->at[i], &parents->hash[i])) return FRAME_LINK;
    if (merge && !heads_right(rules, parents, fields, payload)) return FRAME_MERGE_HEADS;
    return FRAME_OK;
}

/* ---- Step 4 --------------------------------------------------------------------------------- */

static enum frame_status identity_and_time(const struct rules *rules, const struct heads *parents,
                                           const struct receipt_fields *fields,
                                           const struct payload_fields *payload)
{
    const struct receipt_fields *first = rules->count > 0 ? &rules->fields[0] : fields;
    int64_t greatest = 0;
    if (!span_equal(fields->identity, first->identity) ||
        memcmp(fields->public_key.bytes, first->public_key.bytes, 32) != 0)
        return FRAME_IDENTITY;
    for (size_t i = 0; i < parents->count; i++)
        if (rules->fields[parents->at[i]].timestamp_s > greatest)
            greatest = rules->fields[parents->at[i]].timestamp_s;
    bool merge = span_is(fields->intent, "federation.merge");
    bool right = fields->timestamp_s >= greatest && fields->timestamp_s == payload->timestamp_s &&
                 (!merge || fields->timestamp_s == greatest);
    return right ? FRAME_OK : FRAME_TIMESTAMP;
}

/* ---- All of them ---------------------------------------------------------------------------- */

static enum frame_status next(struct rules *rules, struct frame_span receipt)
{
    struct receipt_fields *fields = &rules->fields[rules->count];
    struct payload_fields payload;
    struct heads parents;
    size_t before;
    enum frame_status status = receipt_rules_shape(receipt);
    if (status != FRAME_OK) return status;
    FUZZ_CHECK(receipt_read(fields, receipt, FRAME_MODE_FULL) == FRAME_OK);
    FUZZ_CHECK(payload_read(&payload, fields->payload));
    if (!hashes_to(rules, fields->payload, &fields->input_hash)) return FRAME_INPUT_HASH;
    struct frame_span signable = receipt_signable(receipt);
    bool hashed = hashes_to(rules, signable, &fields->receipt_hash);
    receipt_again_free(signable);
    if (!hashed) return FRAME_RECEIPT_HASH;
    if (find(rules, &before, &fields->receipt_hash)) return FRAME_DUPLICATE;
    status = parents_of(rules, &parents, fields, &payload);
    if (status == FRAME_OK) status = identity_and_time(rules, &parents, fields, &payload);
    if (status == FRAME_OK) status = receipt_rules_capabilities(receipt);
    if (status != FRAME_OK) return status;
    if (!rules->crypto->verify(rules->crypto->context, fields->signature, &fields->receipt_hash,
                               &rules->fields[0].public_key))
        return FRAME_SIGNATURE;
    uint64_t above = 0;
    for (size_t i = 0; i < parents.count; i++)
        above |= rules->above[parents.at[i]] | UINT64_C(1) << parents.at[i];
    rules->above[rules->count++] = above;
    return FRAME_OK;
}

void verify_rules_check(const struct frame_crypto *crypto, struct frame_span batch,
                        const struct frame_fault *fault)
{
    static struct rules rules;
    struct json_walk walk;
    struct frame_span item;
    enum frame_status said = FRAME_OK;
    int64_t index = 0;
    if ((fault->status != FRAME_OK && fault->status <= FRAME_JSON_NOT_CANONICAL) ||
        json_kind(batch) != JSON_ARRAY || json_count(batch) > RECEIPTS_MAX)
        return;
    rules = (struct rules){.crypto = crypto};
    json_walk_init(&walk, batch);
    while (said == FRAME_OK && json_next_item(&walk, &item)) {
        said = next(&rules, item);
        if (said == FRAME_OK) index++;
    }
    if (fault->status == FRAME_OK || fault->status > FRAME_SIGNATURE)
        FUZZ_CHECK(said == FRAME_OK);
    else
        FUZZ_CHECK(said == fault->status && index == fault->index);
}
