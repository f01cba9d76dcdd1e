// SPDX-License-Identifier: Apache-2.0
/* Chains in structural mode: figures without a fold, batches taken back, and merge receipts with any inputPayload. */
#include "chain.h"
#include "json.h"
#include "puppets.h"
#include "quick_crypto.h"
#include "receipt.h"

static struct frame_crypto quick;
static const struct frame_hash no_root;

static struct frame_chain *structural_new(struct lab *lab)
{
    struct frame_chain *chain = NULL;
    const struct frame_chain_config config = {
        .crypto = lab->crypto, .allocator = lab->allocator, .mode = FRAME_MODE_STRUCTURAL};
    if (frame_chain_new(&chain, &config) != FRAME_OK) abort();
    return chain;
}

/* Steps 1 to 7 for all of another chain's receipts. */
static struct frame_replayed *replay(struct lab *lab, struct frame_chain *chain,
                                     const struct frame_chain *from)
{
    struct buffer text;
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    buffer_init(&text, &lab->allocator);
    CHECK(frame_chain_write(from, buffer_sink(&text)));
    if (frame_parse(&parsed, &fault, &lab->allocator, text.bytes, text.length) != FRAME_OK ||
        frame_verify(&verified, &fault, chain, parsed) != FRAME_OK ||
        frame_replay(&replayed, &fault, verified) != FRAME_OK)
        abort();
    frame_parsed_free(parsed);
    buffer_free(&text);
    return replayed;
}

/* ---- Figures --------------------------------------------------------------------------------- */

/* Of many heads there is a commitment and no root; of none there is none either. */
static void test_closure(void)
{
    struct lab lab;
    size_t receipts;
    struct frame_hash commitment;
    struct frame_hash root;
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *full = scribe_new(&lab);
    struct frame_chain *chain = structural_new(&lab);
    CHECK(frame_chain_closure(chain, &receipts, &commitment, &root, NULL, 0) == FRAME_OK);
    CHECK(receipts == 0 && frame_hash_compare(&root, &no_root) == 0);
    scribe_fork(&lab, full, 3);
    scribe_copy(&lab, chain, full);
    const struct frame_summary summary = scribe_summary(chain);
    const struct frame_summary expected = scribe_summary(full);
    CHECK(summary.receipts == 3 && summary.head_count == 3 && !summary.has_root);
    CHECK(frame_hash_compare(&summary.commitment, &expected.commitment) == 0);
    CHECK(frame_chain_closure(chain, &receipts, &commitment, &root, summary.heads, 3) == FRAME_OK);
    CHECK(receipts == 3 && frame_hash_compare(&commitment, &expected.commitment) == 0);
    CHECK(frame_hash_compare(&root, &no_root) == 0);
    CHECK(frame_chain_closure(chain, &receipts, &commitment, &root, summary.heads, 1) == FRAME_OK);
    CHECK(receipts == 1 && frame_hash_compare(&root, &no_root) != 0);
    frame_chain_free(chain);
    frame_chain_free(full);
    lab_end(&lab);
}

/* The same in full mode, as long as there is no identity. */
static void test_no_identity(void)
{
    struct lab lab;
    struct frame_chain *chain = NULL;
    size_t receipts = 7;
    struct frame_hash commitment;
    struct frame_hash root = {{7}};
    lab_begin_with(&lab, 1, &quick);
    const struct frame_chain_config config = {.crypto = lab.crypto, .allocator = lab.allocator};
    CHECK(frame_chain_new(&chain, &config) == FRAME_OK);
    CHECK(frame_chain_closure(chain, &receipts, &commitment, &root, NULL, 0) == FRAME_OK);
    CHECK(receipts == 0 && frame_hash_compare(&root, &no_root) == 0);
    CHECK(!scribe_summary(chain).has_root);
    frame_chain_free(chain);
    lab_end(&lab);
}

/* Step 8 looks at the root where there is one only; a batch that is discarded was never there. */
static void test_batches(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *full = scribe_new(&lab);
    struct frame_chain *chain = structural_new(&lab);
    scribe_fork(&lab, full, 1);
    scribe_copy(&lab, chain, full);
    const struct frame_summary before = scribe_summary(chain);
    scribe_fork(&lab, full, 4);
    const struct frame_summary after = scribe_summary(full);
    struct frame_attestation attestation = attestation_of(&lab, &after);
    attestation.state_root.bytes[0] ^= 1;
    for (size_t i = 0; i < 3; i++) {
        struct frame_replayed *replayed = replay(&lab, chain, full);
        CHECK(frame_replayed_fresh(replayed) == 3);
        CHECK(frame_replayed_attested(replayed, after.heads, after.head_count, &attestation) ==
              (i == 0 ? FRAME_OK : FRAME_ATTESTATION_COUNT));
        attestation.receipt_count++;
        if (i < 2)
            frame_replayed_discard(replayed);
        else
            CHECK(frame_join(NULL, replayed) == FRAME_OK);
        const struct frame_summary now = scribe_summary(chain);
        CHECK(now.receipts == (i < 2 ? 1 : 4) && now.has_root == (i < 2));
        CHECK(frame_hash_compare(&now.commitment, i < 2 ? &before.commitment : &after.commitment) ==
              0);
    }
    frame_chain_free(chain);
    frame_chain_free(full);
    lab_end(&lab);
}

/* ---- Any inputPayload ------------------------------------------------------------------------ */

static void put_digits(struct buffer *text, const char *name, const uint8_t *bytes, size_t length)
{
    struct frame_span value = {NULL, 0};
    CHECK(json_member(buffer_view(text), &value, name) && value.length == 2 * length + 2);
    frame_hex_encode((char *)text->bytes + (value.bytes - text->bytes) + 1, bytes, length);
}

/* The array of a receipt with another inputPayload, whose hashes and signature are right. */
static enum frame_status take_with(struct lab *lab, struct frame_chain *chain,
                                   const struct frame_receipt *from, const char *payload)
{
    struct buffer text;
    struct buffer array;
    struct receipt_fields fields;
    struct frame_hash hash;
    uint8_t signature[64];
    const size_t before = (size_t)(from->payload.bytes - from->bytes.bytes);
    const size_t behind = before + from->payload.length;
    buffer_init(&text, &lab->allocator);
    buffer_init(&array, &lab->allocator);
    buffer_append(&text, from->bytes.bytes, before);
    buffer_text(&text, payload);
    buffer_append(&text, from->bytes.bytes + behind, from->bytes.length - behind);
    frame_sha256_of(lab->crypto, &hash, payload, strlen(payload));
    put_digits(&text, "inputHash", hash.bytes, 32);
    CHECK(receipt_read(&fields, buffer_view(&text), FRAME_MODE_STRUCTURAL) == FRAME_OK);
    receipt_signable_hash(&hash, lab->crypto, &fields);
    lab->crypto->sign(lab->crypto->context, signature, &hash, &lab->identity_secret);
    put_digits(&text, "receiptHash", hash.bytes, 32);
    put_digits(&text, "signature", signature, sizeof signature);
    buffer_text(&array, "[");
    buffer_span(&array, buffer_view(&text));
    buffer_text(&array, "]");
    const enum frame_status status = scribe_take(lab, chain, buffer_view(&array));
    buffer_free(&array);
    buffer_free(&text);
    return status;
}

/* No merge without all that § 9 wants of its inputPayload. */
static void test_merges(void)
{
    static const struct {
        const char *before; /* of the array of heads; NULL: there is none */
        const char *behind;
        enum frame_status status;
    } cases[] = {
        {NULL, "{\"origin\":\"\"}", FRAME_MERGE_HEADS},
        {NULL, "{\"payload\":[]}", FRAME_MERGE_HEADS},
        {NULL, "{\"payload\":{}}", FRAME_MERGE_HEADS},
        {NULL, "{\"payload\":{\"heads\":{}}}", FRAME_MERGE_HEADS},
        {"{\"payload\":{\"heads\":", "}}", FRAME_MERGE_HEADS},
        {"{\"action\":\"federation.merge\",\"origin\":\"\",\"payload\":{\"heads\":",
         "},\"raw\":\"\",\"timestamp\":1700000000,\"x\":0}", FRAME_MERGE_HEADS},
        {"{\"action\":\"feed.fetch\",\"networkResponses\":[],\"origin\":\"\",\"payload\":{"
         "\"heads\":",
         "},\"raw\":\"\",\"timestamp\":1700000000}", FRAME_MERGE_HEADS},
        {"{\"action\":\"feed.fetch\",\"origin\":\"\",\"payload\":{\"heads\":",
         "},\"raw\":\"\",\"timestamp\":1700000000}", FRAME_OK},
    };
    struct lab lab;
    size_t appended;
    struct frame_receipt merge;
    struct frame_span payload = {NULL, 0};
    struct frame_span heads = {NULL, 0};
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *full = scribe_new(&lab);
    struct frame_chain *chain = structural_new(&lab);
    scribe_fork(&lab, full, 2);
    scribe_copy(&lab, chain, full);
    CHECK(frame_chain_merge_heads(full, &appended, &lab.identity_secret, 1) == FRAME_OK);
    frame_chain_at(full, &merge, 2);
    CHECK(json_member(merge.payload, &payload, "payload"));
    CHECK(json_member(payload, &heads, "heads"));
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char text[512] = "";
        if (cases[i].before != NULL)
            (void)snprintf(text, sizeof text, "%s%.*s", cases[i].before, (int)heads.length,
                           (const char *)heads.bytes);
        (void)snprintf(text + strlen(text), sizeof text - strlen(text), "%s", cases[i].behind);
        CHECK_IN(text, take_with(&lab, chain, &merge, text) == cases[i].status);
        CHECK_IN(text, frame_chain_count(chain) == (cases[i].status == FRAME_OK ? 3 : 2));
    }
    frame_chain_free(chain);
    frame_chain_free(full);
    lab_end(&lab);
}

/* Other receipts may have any object. */
static void test_payloads(void)
{
    static const char *const payloads[] = {"{}", "{\"origin\":1}", "{\"origin\":[]}",
                                           "{\"action\":7,\"payload\":null}"};
    struct lab lab;
    struct frame_receipt receipt;
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *full = scribe_new(&lab);
    struct frame_chain *chain = structural_new(&lab);
    scribe_write(&lab, full, 1);
    frame_chain_at(full, &receipt, 0);
    for (size_t i = 0; i < sizeof payloads / sizeof *payloads; i++) {
        CHECK_IN(payloads[i], take_with(&lab, chain, &receipt, payloads[i]) == FRAME_OK);
        CHECK_IN(payloads[i], frame_chain_count(chain) == i + 1);
    }
    frame_chain_free(chain);
    frame_chain_free(full);
    lab_end(&lab);
}

/* The identity that an empty chain takes from a batch goes with the batch. */
static void test_identity(void)
{
    struct lab lab;
    lab_begin_with(&lab, 1, &quick);
    struct frame_chain *full = scribe_new(&lab);
    struct frame_chain *chain = structural_new(&lab);
    scribe_fork(&lab, full, 2);
    struct frame_replayed *replayed = replay(&lab, chain, full);
    CHECK(chain->has_identity);
    frame_replayed_discard(replayed);
    CHECK(!chain->has_identity);
    replayed = replay(&lab, chain, full);
    CHECK(frame_join(NULL, replayed) == FRAME_OK && chain->has_identity);
    CHECK(frame_chain_count(chain) == 2);
    frame_chain_free(chain);
    frame_chain_free(full);
    lab_end(&lab);
}

int main(void)
{
    quick = quick_crypto();
    test_identity();
    test_closure();
    test_no_identity();
    test_batches();
    test_merges();
    test_payloads();
    return check_done();
}
