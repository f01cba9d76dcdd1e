// SPDX-License-Identifier: Apache-2.0
/* The kinds of forgeries: what each does, and the error that it must meet (§ 10-12). */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"

/* ---- Envelopes ---- */

static struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

static bool flip_a_bit(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                       struct frame_span body)
{
    (void)body;
    const uint64_t bit = tape_choose(shop->world->tape, &shop->choice, (uint64_t)old.length * 8);
    buffer_span(envelope, old);
    FRAME_ASSERT(!envelope->failed);
    envelope->bytes[bit / 8] ^= (uint8_t)(1u << bit % 8);
    return true;
}

static bool seal_as_stranger(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                             struct frame_span body)
{
    (void)old;
    shop_seal(shop, envelope, body, &shop->own_secret);
    return true;
}

/* A body changed, then sealed in the sender's name. */
static bool seal_changed(struct workshop *shop, struct buffer *envelope, struct buffer *changed)
{
    FRAME_ASSERT(!changed->failed);
    shop_seal(shop, envelope, buffer_view(changed), shop->seal);
    buffer_free(changed);
    return true;
}

static bool add_a_space(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                        struct frame_span body)
{
    (void)old;
    struct buffer changed;
    buffer_init(&changed, &shop->allocator);
    buffer_text(&changed, "{ ");
    buffer_append(&changed, body.bytes + 1, body.length - 1);
    return seal_changed(shop, envelope, &changed);
}

static bool add_a_member(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                         struct frame_span body)
{
    (void)old;
    struct buffer changed;
    buffer_init(&changed, &shop->allocator);
    buffer_text(&changed, "{\"a\":0,");
    buffer_append(&changed, body.bytes + 1, body.length - 1);
    return seal_changed(shop, envelope, &changed);
}

static bool change_type(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                        struct frame_span body)
{
    (void)old;
    struct buffer changed;
    buffer_init(&changed, &shop->allocator);
    object_with(&changed, body, "type", span_of("\"rumour\""));
    return seal_changed(shop, envelope, &changed);
}

/* ---- Attestations ---- */

static bool change_heads(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                         struct frame_span body)
{
    (void)old;
    struct frame_span heads;
    if (!json_member(body, &heads, "heads") || json_count(heads) == 0) return false;
    struct buffer changed;
    struct buffer other;
    buffer_init(&changed, &shop->allocator);
    buffer_init(&other, &shop->allocator);
    buffer_span(&other, heads);
    FRAME_ASSERT(!other.failed);
    other.bytes[2] = other.bytes[2] == '0' ? '1' : '0'; /* first digit of the first head */
    object_with(&changed, body, "heads", buffer_view(&other));
    buffer_free(&other);
    return seal_changed(shop, envelope, &changed);
}

/* One member of the attestation replaced, its signature kept. */
static bool change_attestation(struct workshop *shop, struct buffer *envelope,
                               struct frame_span body, const char *member, struct frame_span value)
{
    struct frame_span attestation;
    if (!json_member(body, &attestation, "attestation")) return false;
    struct buffer changed;
    struct buffer other;
    buffer_init(&changed, &shop->allocator);
    buffer_init(&other, &shop->allocator);
    object_with(&other, attestation, member, value);
    object_with(&changed, body, "attestation", buffer_view(&other));
    buffer_free(&other);
    return seal_changed(shop, envelope, &changed);
}

static bool age_attestation(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                            struct frame_span body)
{
    (void)old;
    return change_attestation(shop, envelope, body, "stateRootVersion", span_of("2"));
}

static bool misshape_attestation(struct workshop *shop, struct buffer *envelope,
                                 struct frame_span old, struct frame_span body)
{
    (void)old;
    return change_attestation(shop, envelope, body, "timestamp", span_of("\"now\""));
}

static bool raise_count(struct workshop *shop, struct buffer *envelope, struct frame_span old,
                        struct frame_span body)
{
    (void)old;
    return change_attestation(shop, envelope, body, "receiptCount", span_of("1000000"));
}

static bool change_attested_key(struct workshop *shop, struct buffer *envelope,
                                struct frame_span old, struct frame_span body)
{
    (void)old;
    struct buffer key;
    buffer_init(&key, &shop->allocator);
    buffer_text(&key, "\"");
    buffer_hex(&key, shop->own_key.bytes, sizeof shop->own_key.bytes);
    buffer_text(&key, "\"");
    const bool changed =
        change_attestation(shop, envelope, body, "identityPublicKey", buffer_view(&key));
    buffer_free(&key);
    return changed;
}

/* ---- Receipts, without the key ---- */

static bool newer_version(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_set(draft, FIELD_VERSION, "3");
    draft_redo_hash(draft);
    return true;
}

static bool bend_input_hash(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_bend_hash(draft, FIELD_INPUT_HASH);
    draft_redo_hash(draft);
    return true;
}

static bool bend_root_only(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_bend_hash(draft, FIELD_NEXT_ROOT);
    return true;
}

static bool rehash_unsigned(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_bend_hash(draft, FIELD_NEXT_ROOT);
    draft_redo_hash(draft);
    return true;
}

static bool sign_with_own_key(struct workshop *shop, struct draft *draft)
{
    draft_bend_hash(draft, FIELD_NEXT_ROOT);
    draft_redo_hash(draft);
    draft_sign(draft, &shop->own_secret);
    return true;
}

static bool claim_own_key(struct workshop *shop, struct draft *draft)
{
    struct frame_hash key; /* written as 64 hex digits, as hashes are */
    memcpy(key.bytes, shop->own_key.bytes, sizeof key.bytes);
    draft_bend_hash(draft, FIELD_NEXT_ROOT);
    draft_set_hash(draft, FIELD_PUBLIC_KEY, &key);
    draft_redo_hash(draft);
    draft_sign(draft, &shop->own_secret);
    return true;
}

static bool break_link(struct workshop *shop, struct draft *draft)
{
    struct frame_hash nobody;
    frame_sha256_of(frame_crypto_libsodium(), &nobody, "nobody", 6);
    (void)shop;
    draft_set_hash(draft, FIELD_PREVIOUS, &nobody);
    draft_redo_hash(draft);
    return true;
}

static bool use_unknown_capability(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_set(draft, FIELD_DECLARED, "[\"camera.use\"]");
    draft_set(draft, FIELD_USED, "[\"camera.use\"]");
    draft_redo_hash(draft);
    return true;
}

static bool use_undeclared_capability(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_set(draft, FIELD_DECLARED, "[]");
    draft_set(draft, FIELD_USED, "[\"wallet.send\"]");
    draft_redo_hash(draft);
    return true;
}

static bool name_unknown_dapp(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    draft_set(draft, FIELD_DAPP, "\"casino\"");
    draft_redo_hash(draft);
    return true;
}

/* ---- Receipts, with the stolen key ---- */

static bool redo_and_sign(struct workshop *shop, struct draft *draft)
{
    draft_redo_hash(draft);
    draft_sign(draft, shop->stolen);
    return true;
}

static bool claim_identity(struct workshop *shop, struct draft *draft)
{
    draft_set(draft, FIELD_IDENTITY, "\"mallory\"");
    return redo_and_sign(shop, draft);
}

static bool escalate(struct workshop *shop, struct draft *draft)
{
    static const char more[] = "[\"storage.read\",\"storage.write\",\"wallet.send\"]";
    draft_set(draft, FIELD_DECLARED, more);
    draft_set(draft, FIELD_USED, more);
    return redo_and_sign(shop, draft);
}

static bool bend_result(struct workshop *shop, struct draft *draft)
{
    draft_bend_hash(draft, FIELD_RESULT_HASH);
    return redo_and_sign(shop, draft);
}

static bool bend_root(struct workshop *shop, struct draft *draft)
{
    draft_bend_hash(draft, FIELD_NEXT_ROOT);
    return redo_and_sign(shop, draft);
}

static bool bend_previous_root(struct workshop *shop, struct draft *draft)
{
    draft_bend_hash(draft, FIELD_PREVIOUS_ROOT);
    return redo_and_sign(shop, draft);
}

static bool leave_as_is(struct workshop *shop, struct draft *draft)
{
    (void)shop;
    (void)draft;
    return true;
}

static void set_timestamp(struct draft *draft, int64_t timestamp)
{
    struct buffer integer;
    struct buffer payload;
    buffer_init(&integer, &draft->values[0].allocator);
    buffer_init(&payload, &draft->values[0].allocator);
    buffer_integer(&integer, timestamp);
    object_with(&payload, buffer_view(&draft->values[FIELD_INPUT_PAYLOAD]), "timestamp",
                buffer_view(&integer));
    FRAME_ASSERT(!integer.failed && !payload.failed);
    buffer_clear(&draft->values[FIELD_TIMESTAMP]);
    buffer_span(&draft->values[FIELD_TIMESTAMP], buffer_view(&integer));
    buffer_clear(&draft->values[FIELD_INPUT_PAYLOAD]);
    buffer_span(&draft->values[FIELD_INPUT_PAYLOAD], buffer_view(&payload));
    buffer_free(&integer);
    buffer_free(&payload);
    draft_redo_input_hash(draft);
}

/* A second before its parent: the head, or the merge receipt of the heads. Either is as young as the last
   receipt of the canonical order. */
static bool date_back(struct workshop *shop, struct draft *draft)
{
    struct frame_receipt last;
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    frame_chain_at(chain, &last, frame_chain_count(chain) - 1);
    if (last.timestamp_s == 0) return false;
    set_timestamp(draft, last.timestamp_s - 1);
    return redo_and_sign(shop, draft);
}

/* A merge receipt of two that are held, the greater one first. */
static bool merge_unsorted(struct workshop *shop, struct draft *draft)
{
    const struct frame_chain *chain = world_peer_chain(shop->world, shop->victim);
    if (frame_chain_count(chain) < 2) return false;
    struct frame_receipt a;
    struct frame_receipt b;
    frame_chain_at(chain, &a, frame_chain_count(chain) - 1);
    frame_chain_at(chain, &b, frame_chain_count(chain) - 2);
    const bool ascending = frame_hash_compare(&a.hash, &b.hash) < 0;
    const struct frame_hash *greater = ascending ? &b.hash : &a.hash;
    const struct frame_hash *less = ascending ? &a.hash : &b.hash;
    struct buffer *payload = &draft->values[FIELD_INPUT_PAYLOAD];
    buffer_clear(payload);
    buffer_text(payload,
                "{\"action\":\"federation.merge\",\"origin\":\"\",\"payload\":{\"heads\":[\"");
    buffer_hex(payload, greater->bytes, sizeof greater->bytes);
    buffer_text(payload, "\",\"");
    buffer_hex(payload, less->bytes, sizeof less->bytes);
    buffer_text(payload, "\"]},\"raw\":\"\",\"timestamp\":0}");
    draft_set(draft, FIELD_DECLARED, "[]");
    draft_set(draft, FIELD_USED, "[]");
    draft_set(draft, FIELD_DAPP, "\"federation\"");
    draft_set(draft, FIELD_INTENT, "\"federation.merge\"");
    draft_set_hash(draft, FIELD_PREVIOUS, greater);
    set_timestamp(draft, a.timestamp_s > b.timestamp_s ? a.timestamp_s : b.timestamp_s);
    return redo_and_sign(shop, draft);
}

/* ---- Claims about a branch ---- */

static void claim_more(struct workshop *shop, struct branch_claim *claim, const struct draft *draft)
{
    (void)shop;
    (void)draft;
    claim->attestation.receipt_count++;
}

static void claim_other_root(struct workshop *shop, struct branch_claim *claim,
                             const struct draft *draft)
{
    (void)shop;
    (void)draft;
    claim->attestation.state_root.bytes[0] ^= 0x80;
}

/* Among the heads is one that is an ancestor of the other: the commitment to them is well made, but that set
   has another one. */
static void claim_parent_as_head(struct workshop *shop, struct branch_claim *claim,
                                 const struct draft *draft)
{
    const struct frame_hash parent = draft_hash(draft, FIELD_PREVIOUS);
    const bool first = frame_hash_compare(&parent, &claim->heads[0]) < 0;
    claim->heads[first ? 1 : 0] = claim->heads[0];
    claim->heads[first ? 0 : 1] = parent;
    claim->head_count = 2;
    (void)shop;
    frame_commitment(frame_crypto_libsodium(), &claim->attestation.commitment, claim->heads, 2);
}

/* ---- The table ---- */

#define WIRE(target, name, status, what, envelope)                                               \
    {                                                                                            \
        {name, FORGERY_WIRE, false, FRAME_##status, what}, target, TRICK_CHANGE, envelope, NULL, \
            NULL                                                                                 \
    }
#define PAGE(name, status, what, receipt)                                                   \
    {                                                                                       \
        {name, FORGERY_WIRE, false, FRAME_##status, what}, TARGET_PAGE, TRICK_CHANGE, NULL, \
            receipt, NULL                                                                   \
    }
#define RELAY(name, status, what, trick, receipt)                                              \
    {                                                                                          \
        {name, FORGERY_PEER, false, FRAME_##status, what}, TARGET_RELAY, trick, NULL, receipt, \
            NULL                                                                               \
    }
#define BRANCH(name, status, what, receipt, claim)                                           \
    {                                                                                        \
        {name, FORGERY_PEER, true, FRAME_##status, what}, TARGET_BRANCH, TRICK_CHANGE, NULL, \
            receipt, claim                                                                   \
    }

static const struct recipe recipes[] = {
    WIRE(TARGET_ANY, "flipped_byte", ENVELOPE, "one bit of the message is flipped", flip_a_bit),
    WIRE(TARGET_ANY, "untrusted_key", UNTRUSTED,
         "sealed with a key that nobody trusts (the victim needs strict trust)", seal_as_stranger),
    WIRE(TARGET_ANY, "extra_member", MESSAGE, "a member more in the body, sealed anew",
         add_a_member),
    WIRE(TARGET_ANY, "unknown_type", MESSAGE, "a type that there is not, sealed anew", change_type),
    WIRE(TARGET_ANY, "not_canonical", ENVELOPE, "white space in the body, sealed anew",
         add_a_space),
    WIRE(TARGET_ATTEST, "lying_heads", MESSAGE, "heads that the commitment is not of",
         change_heads),
    WIRE(TARGET_ATTEST, "stale_version", ATTESTATION_VERSION,
         "an attestation of another protocol version", age_attestation),
    WIRE(TARGET_ATTEST, "misshapen_attestation", ATTESTATION_FORMAT,
         "an attestation whose timestamp is a string", misshape_attestation),
    WIRE(TARGET_ATTEST, "foreign_attestation", ATTESTATION_IDENTITY,
         "an attestation in the name of another key", change_attested_key),
    WIRE(TARGET_ATTEST, "lying_count", ATTESTATION_SIGNATURE,
         "an attestation that counts more receipts, its signature kept", raise_count),

    PAGE("wrong_version", VERSION, "a receipt of version 3", newer_version),
    PAGE("wrong_input_hash", INPUT_HASH, "an inputHash that is not inputPayload's",
         bend_input_hash),
    PAGE("wrong_receipt_hash", RECEIPT_HASH, "a field changed, nothing redone", bend_root_only),
    PAGE("broken_link", LINK, "a parent that nobody has", break_link),
    PAGE("foreign_key", IDENTITY, "another's public key, and its good signature", claim_own_key),
    PAGE("unknown_capability", CAPABILITY_UNKNOWN, "a capability that is not in the schema",
         use_unknown_capability),
    PAGE("undeclared_capability", CAPABILITY_UNDECLARED, "used, but not declared",
         use_undeclared_capability),
    PAGE("unknown_dapp", DAPP, "a dApp that there is not", name_unknown_dapp),
    PAGE("rehashed_unsigned", SIGNATURE, "a field changed, receiptHash redone, signature kept",
         rehash_unsigned),
    PAGE("wrong_key", SIGNATURE, "signed with another key, publicKey kept", sign_with_own_key),
    {{"doubled_receipt", FORGERY_WIRE, false, FRAME_DUPLICATE, "a receipt comes twice in a page"},
     TARGET_PAGE,
     TRICK_DOUBLE,
     NULL,
     NULL,
     NULL},

    RELAY("truncated_chain", ATTESTATION_COUNT,
          "an honest attestation, and pages that end early with nothing remaining", TRICK_CUT,
          NULL),
    RELAY("replayed_identity", IDENTITY,
          "a receipt of another identity, with its own good signature", TRICK_FOREIGN, NULL),
    RELAY("relayed_unsigned", SIGNATURE, "an honest attestation, and a receipt that was changed",
          TRICK_CHANGE, rehash_unsigned),

    BRANCH("unsorted_merge", MERGE_HEADS, "a merge receipt whose heads do not ascend",
           merge_unsorted, NULL),
    BRANCH("wrong_identity", IDENTITY, "another's identity id, signed with the real key",
           claim_identity, NULL),
    BRANCH("back_dated", TIMESTAMP, "a receipt older than its parent", date_back, NULL),
    BRANCH("capability_escalation", CAPABILITY_MANIFEST,
           "more capabilities than the dApp's manifest has", escalate, NULL),
    BRANCH("bad_previous_root", STATE_ROOT_LINK, "a previousStateRoot that is not the parent's",
           bend_previous_root, NULL),
    BRANCH("wrong_result", RESULT_HASH, "a result that execution does not give", bend_result, NULL),
    BRANCH("wrong_root", STATE_ROOT, "a nextStateRoot that execution does not give", bend_root,
           NULL),
    BRANCH("attested_count", ATTESTATION_COUNT, "a signed attestation of one receipt too many",
           leave_as_is, claim_more),
    BRANCH("attested_commitment", ATTESTATION_COMMITMENT,
           "a signed attestation with a head that is another's ancestor", leave_as_is,
           claim_parent_as_head),
    BRANCH("attested_root", ATTESTATION_ROOT, "a signed attestation of another state root",
           leave_as_is, claim_other_root),
};

size_t forgery_count(void)
{
    return sizeof recipes / sizeof *recipes;
}

const struct recipe *recipe_at(size_t i)
{
    FRAME_ASSERT(i < forgery_count());
    return &recipes[i];
}

const struct forgery *forgery_at(size_t i)
{
    return &recipe_at(i)->public;
}

const struct forgery *forgery_find(const char *name)
{
    for (size_t i = 0; i < forgery_count(); i++)
        if (strcmp(recipes[i].public.name, name) == 0) return &recipes[i].public;
    return NULL;
}
