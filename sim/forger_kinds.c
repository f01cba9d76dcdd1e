// SPDX-License-Identifier: Apache-2.0
/* The kinds of forgeries: what each does, and the error that it must meet (§ 10-12). */
#include "sim/forger_internal.h"

#include <string.h>

#include "core/json.h"

/* ---- Envelopes ---- */

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
    draft_sign(draft, shop->crypto, &shop->own_secret);
    return true;
}

static bool claim_own_key(struct workshop *shop, struct draft *draft)
{
    struct frame_hash key; /* written as 64 hex digits, as hashes are */
    memcpy(key.bytes, shop->own_key.bytes, sizeof key.bytes);
    draft_bend_hash(draft, FIELD_NEXT_ROOT);
    draft_set_hash(draft, FIELD_PUBLIC_KEY, &key);
    draft_redo_hash(draft);
    draft_sign(draft, shop->crypto, &shop->own_secret);
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
    draft_sign(draft, shop->crypto, shop->stolen);
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

/* A second before its parent. */
static bool date_back(struct workshop *shop, struct draft *draft)
{
    struct frame_receipt parent;
    const struct frame_hash previous = draft_hash(draft, FIELD_PREVIOUS);
    if (!frame_chain_find(shop->base, &parent, &previous) || parent.timestamp_s == 0) return false;
    set_timestamp(draft, parent.timestamp_s - 1);
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
    uint8_t *root = claim->attestation.state_root.bytes;
    root[sizeof claim->attestation.state_root.bytes - 1] ^= 1;
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

#define KIND(name, place, key, fate, status, what)                        \
    {                                                                     \
        name, FORGERY_##place, key, FORGERY_##fate, FRAME_##status, what, \
        {                                                                 \
            FORGED_NONE, 0, {0}, false, SIGNING_KEPT                      \
        }                                                                 \
    }
#define WIRE(target, name, status, what, envelope)                                               \
    {                                                                                            \
        KIND(name, WIRE, false, REFUSED, status, what), target, TRICK_NONE, envelope, NULL, NULL \
    }
#define PAGE(name, status, what, trick, receipt)                                                \
    {                                                                                           \
        KIND(name, WIRE, false, REFUSED, status, what), TARGET_PAGE, trick, NULL, receipt, NULL \
    }
#define RELAY(name, status, what, trick, receipt)                                                \
    {                                                                                            \
        KIND(name, PEER, false, REFUSED, status, what), TARGET_RELAY, trick, NULL, receipt, NULL \
    }
#define BRANCH(name, status, what, receipt, claim)                                                 \
    {                                                                                              \
        KIND(name, PEER, true, REFUSED, status, what), TARGET_BRANCH, TRICK_CHANGE, NULL, receipt, \
            claim                                                                                  \
    }
#define ATTEST(name, key, fate, what, target)                                       \
    {                                                                               \
        KIND(name, PEER, key, fate, OK, what), target, TRICK_NONE, NULL, NULL, NULL \
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

    PAGE("wrong_version", VERSION, "a receipt of version 3", TRICK_CHANGE, newer_version),
    PAGE("wrong_input_hash", INPUT_HASH, "an inputHash that is not inputPayload's", TRICK_CHANGE,
         bend_input_hash),
    PAGE("wrong_receipt_hash", RECEIPT_HASH, "a field changed, nothing redone", TRICK_CHANGE,
         bend_root_only),
    PAGE("broken_link", LINK, "a parent that nobody has", TRICK_CHANGE, break_link),
    PAGE("foreign_key", IDENTITY, "another's public key, and its good signature", TRICK_CHANGE,
         claim_own_key),
    PAGE("unknown_capability", CAPABILITY_UNKNOWN, "a capability that is not in the schema",
         TRICK_CHANGE, use_unknown_capability),
    PAGE("undeclared_capability", CAPABILITY_UNDECLARED, "used, but not declared", TRICK_CHANGE,
         use_undeclared_capability),
    PAGE("unknown_dapp", DAPP, "a dApp that there is not", TRICK_CHANGE, name_unknown_dapp),
    PAGE("rehashed_unsigned", SIGNATURE, "a field changed, receiptHash redone, signature kept",
         TRICK_CHANGE, rehash_unsigned),
    PAGE("wrong_key", SIGNATURE, "signed with another key, publicKey kept", TRICK_CHANGE,
         sign_with_own_key),
    PAGE("doubled_receipt", DUPLICATE, "a receipt comes twice in a page", TRICK_DOUBLE, NULL),

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
    ATTEST("nondeterminism", true, ALARMED,
           "what the victim holds, attested with another state root", TARGET_PRESENT),
    ATTEST("replayed_attestation", false, HEARD,
           "an attestation of an honest peer that is no longer its last", TARGET_REPLAY),
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

/* ---- Composed ones ---- */

const char *forgery_expected(const struct forgery *kind)
{
    return kind->fate == FORGERY_ALARMED ? "alarm" : frame_status_name(kind->expected);
}

static enum forgery_fate fate_of(const struct forgery_composition *composition,
                                 enum frame_status error)
{
    if (composition->subject == FORGED_REQUEST && (error == FRAME_OK || error == FRAME_UNKNOWN))
        return FORGERY_ANSWERED;
    return error == FRAME_OK ? FORGERY_JOINED : FORGERY_REFUSED;
}

bool forgery_compose(struct forgery *kind, const struct forgery_composition *composition,
                     enum forgery_place place)
{
    const bool needs_key = forgery_composition_needs_key(composition);
    const enum frame_status error = forgery_composition_error(composition, false);
    if (needs_key && place == FORGERY_WIRE) return false;
    *kind = (struct forgery){.place = place,
                             .needs_key = needs_key,
                             .fate = fate_of(composition, error),
                             .expected = error,
                             .what = "composed",
                             .composition = *composition};
    forgery_composition_write(kind->name, sizeof kind->name, composition);
    return true;
}

static uint64_t draw(struct tape *tape, const char *purpose, const char *part, uint64_t nth,
                     uint64_t bound)
{
    struct tape_identity identity;
    tape_identity(&identity, "Compose", purpose, part, nth);
    return tape_choose(tape, &identity, bound);
}

/* Whose seals are good but for one rule gets to that rule: most are to be such, from who has the key. */
static void draw_once(struct forgery_composition *composition, struct tape *tape,
                      const char *purpose, enum forgery_place place, uint64_t nth)
{
    enum { SEALED_SHARE = 4, MORE_SHARE = 4 };
    memset(composition, 0, sizeof *composition);
    composition->subject =
        draw(tape, purpose, "about-receipts", nth, 2) == 1
            ? (draw(tape, purpose, "merge", nth, 2) == 1 ? FORGED_MERGE : FORGED_RECEIPT)
            : (enum forgery_subject)(1 + draw(tape, purpose, "subject", nth, FORGED_COUNT - 1));
    const bool receipt = forgery_about_receipt(composition);
    const bool sealed =
        place == FORGERY_PEER && draw(tape, purpose, "sealed", nth, SEALED_SHARE) != 0;
    composition->rehashed = sealed ? receipt : draw(tape, purpose, "rehashed", nth, 2) == 1;
    if (!sealed)
        composition->signing =
            (enum forgery_signing)draw(tape, purpose, "signing", nth, SIGNING_COUNT);
    else if (receipt || composition->subject == FORGED_ATTEST)
        composition->signing = SIGNING_IDENTITY_KEY;
    uint64_t left = 1;
    if (!sealed && draw(tape, purpose, "seal-alone", nth, 2) == 1)
        left = 0; /* nothing else is wrong with it */
    else if (!sealed || draw(tape, purpose, "more", nth, MORE_SHARE) == 0)
        left += draw(tape, purpose, "changes", nth, FORGERY_CHANGES_MAX - 1);
    for (size_t i = 0; i < forgery_change_count() && left > 0; i++) {
        if (!forgery_change_fits(i, composition->subject)) continue;
        size_t fitting = 1;
        for (size_t k = i + 1; k < forgery_change_count(); k++)
            fitting += forgery_change_fits(k, composition->subject);
        if (draw(tape, purpose, forgery_change_name(i), nth, fitting) >= left) continue;
        composition->changes[composition->change_count++] = i;
        left--;
    }
}

void forgery_draw(struct forgery *kind, struct tape *tape, const char *purpose,
                  enum forgery_place place, uint64_t nth)
{
    enum { TRIES = 32 };
    struct forgery_composition composition;
    for (uint64_t try = 0; try < TRIES; try++) {
        draw_once(&composition, tape, purpose, place, nth * TRIES + try);
        if (forgery_composition_problem(&composition) == NULL &&
            forgery_compose(kind, &composition, place))
            return;
    }
    memset(&composition, 0, sizeof composition); /* chance has found none */
    composition.subject = FORGED_ENVELOPE;
    composition.signing = SIGNING_BLANK;
    FRAME_MUST(forgery_compose(kind, &composition, place));
}
