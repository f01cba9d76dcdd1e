// SPDX-License-Identifier: Apache-2.0
/* Attestations (§ 11): what an instance says about the set of receipts that it holds. */
#include "frame.h"

#include <string.h>

#include "execute.h"
#include "json.h"
#include "message.h"
#include "planted.h"

/* The 11 fields, in canonical order. */
enum field {
    CAPABILITY_VERSION,
    IDENTITY_PUBLIC_KEY,
    PROTOCOL_VERSION,
    RECEIPT_CHAIN_COMMITMENT,
    RECEIPT_COUNT,
    RECEIPT_VERSION,
    SIGNATURE,
    STATE_ROOT,
    STATE_ROOT_VERSION,
    TIMESTAMP,
    VERSION,
    FIELDS
};

static const char *const names[FIELDS] = {
    [CAPABILITY_VERSION] = "capabilityVersion",
    [IDENTITY_PUBLIC_KEY] = "identityPublicKey",
    [PROTOCOL_VERSION] = "protocolVersion",
    [RECEIPT_CHAIN_COMMITMENT] = "receiptChainCommitment",
    [RECEIPT_COUNT] = "receiptCount",
    [RECEIPT_VERSION] = "receiptVersion",
    [SIGNATURE] = "signature",
    [STATE_ROOT] = "stateRoot",
    [STATE_ROOT_VERSION] = "stateRootVersion",
    [TIMESTAMP] = "timestamp",
    [VERSION] = "version",
};

/* The one value that a version field may have, as canonical text; NULL for the other fields. */
static const char *const versions[FIELDS] = {
    [CAPABILITY_VERSION] = "2",
    [PROTOCOL_VERSION] = "\"" FRAME_PROTOCOL_VERSION "\"",
    [RECEIPT_VERSION] = "2",
    [STATE_ROOT_VERSION] = "3",
    [VERSION] = "1",
};
_Static_assert(FRAME_CAPABILITY_VERSION == 2 && FRAME_RECEIPT_VERSION == 2 &&
                   FRAME_STATE_ROOT_VERSION == 3 && FRAME_ATTESTATION_FORMAT_VERSION == 1,
               "versions holds them as text");

enum { SIGNATURE_BYTES = 64, SIGNATURE_TOKEN_BYTES = 2 * SIGNATURE_BYTES + 2 };

/* What is signed: SHA-256 of the text without `,"signature":"…"`. `token` is the value in it. */
static void signable_hash(struct frame_hash *hash, const struct frame_crypto *crypto,
                          struct frame_span text, const uint8_t *token)
{
    const uint8_t *member = token - strlen(",\"signature\":");
    const uint8_t *behind = token + SIGNATURE_TOKEN_BYTES;
    struct frame_sha256 state;
    crypto->sha256_init(crypto->context, &state);
    crypto->sha256_update(crypto->context, &state, text.bytes, (size_t)(member - text.bytes));
    crypto->sha256_update(crypto->context, &state, behind,
                          text.length - (size_t)(behind - text.bytes));
    crypto->sha256_final(crypto->context, &state, hash);
}

/* ---- Making ----------------------------------------------------------------------------------- */

static void put_hex_token(uint8_t **at, const uint8_t *bytes, size_t length)
{
    put_text(at, "\"");
    put_hex(at, bytes, length);
    put_text(at, "\"");
}

static void put_value(uint8_t **at, enum field field, const struct frame_attestation *attestation)
{
    static const uint8_t unsigned_yet[SIGNATURE_BYTES] = {0};
    if (versions[field]) {
        put_text(at, versions[field]);
    } else if (field == IDENTITY_PUBLIC_KEY) {
        put_hex_token(at, attestation->identity_key.bytes, sizeof attestation->identity_key.bytes);
    } else if (field == RECEIPT_CHAIN_COMMITMENT) {
        put_hex_token(at, attestation->commitment.bytes, sizeof attestation->commitment.bytes);
    } else if (field == RECEIPT_COUNT) {
        put_integer(at, attestation->receipt_count);
    } else if (field == SIGNATURE) {
        put_hex_token(at, unsigned_yet, sizeof unsigned_yet);
    } else if (field == STATE_ROOT) {
        put_hex_token(at, attestation->state_root.bytes, sizeof attestation->state_root.bytes);
    } else {
        put_integer(at, attestation->timestamp_s);
    }
}

static bool in_range(int64_t integer)
{
    return integer >= 0 && integer <= FRAME_INTEGER_MAX;
}

void frame_attestation_make(uint8_t text[FRAME_ATTESTATION_BYTES_MAX], size_t *length,
                            const struct frame_crypto *crypto,
                            const struct frame_secret_key *secret,
                            const struct frame_attestation *attestation)
{
    FRAME_ASSERT(in_range(attestation->receipt_count) && in_range(attestation->timestamp_s));
    uint8_t *at = text;
    uint8_t *token = text;
    for (size_t i = 0; i < FIELDS; i++) {
        put_text(&at, i == 0 ? "{\"" : ",\"");
        put_text(&at, names[i]);
        put_text(&at, "\":");
        if (i == SIGNATURE) token = at;
        put_value(&at, (enum field)i, attestation);
    }
    put_text(&at, "}");
    *length = (size_t)(at - text);

    struct frame_hash hash;
    uint8_t signature[SIGNATURE_BYTES];
    signable_hash(&hash, crypto, (struct frame_span){text, *length}, token);
    crypto->sign(crypto->context, signature, &hash, secret);
    put_hex_token(&token, signature, sizeof signature);
}

/* ---- Checking --------------------------------------------------------------------------------- */

static bool is_foreign(size_t field, struct frame_span value)
{
    return versions[field] != NULL && !span_is(value, versions[field]) &&
           !FRAME_PLANTED(attest_version_unchecked);
}

bool attestation_foreign(struct frame_span *commitment, struct frame_span object)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    size_t at = 0; /* both are in order */
    commitment->length = 0;
    json_walk_init(&walk, object);
    while (json_next_member(&walk, &key, &value)) {
        size_t i = at;
        while (i < FIELDS && !json_string_is(key, names[i]))
            i++;
        if (i == FIELDS) continue;
        at = i;
        if (i == RECEIPT_CHAIN_COMMITMENT) *commitment = value;
        if (is_foreign(i, value)) return true;
    }
    return false;
}

/* Are the version fields that are there ours? Where all fields are, these are their values, found already. */
static bool foreign_among(const struct frame_span *values, bool all, struct frame_span object)
{
    struct frame_span commitment;
    if (!all) return attestation_foreign(&commitment, object);
    for (size_t i = 0; i < FIELDS; i++)
        if (is_foreign(i, values[i])) return true;
    return false;
}

static bool read_count(int64_t *integer, struct frame_span value)
{
    return json_integer(value, integer) && in_range(*integer);
}

/* All about the form of the fields that are not a version's. */
static bool read_values(struct frame_attestation *attestation, uint8_t signature[SIGNATURE_BYTES],
                        const struct frame_span values[FIELDS])
{
    return hex_token_read(attestation->identity_key.bytes, sizeof attestation->identity_key.bytes,
                          values[IDENTITY_PUBLIC_KEY]) &&
           hex_token_read(attestation->commitment.bytes, sizeof attestation->commitment.bytes,
                          values[RECEIPT_CHAIN_COMMITMENT]) &&
           read_count(&attestation->receipt_count, values[RECEIPT_COUNT]) &&
           hex_token_read(signature, SIGNATURE_BYTES, values[SIGNATURE]) &&
           hex_token_read(attestation->state_root.bytes, sizeof attestation->state_root.bytes,
                          values[STATE_ROOT]) &&
           read_count(&attestation->timestamp_s, values[TIMESTAMP]);
}

enum frame_status attestation_read(struct frame_attestation *attestation,
                                   const struct frame_crypto *crypto,
                                   const struct frame_public_key *identity_key,
                                   struct frame_span object)
{
    if (json_kind(object) != JSON_OBJECT) return FRAME_ATTESTATION_FORMAT;

    struct frame_attestation read = {.receipt_count = 0};
    struct frame_span values[FIELDS];
    uint8_t signature[SIGNATURE_BYTES];
    const bool all = object_values(values, object, names, FIELDS);
    if (foreign_among(values, all, object)) return FRAME_ATTESTATION_VERSION;
    if (!all || !read_values(&read, signature, values)) return FRAME_ATTESTATION_FORMAT;
    if (memcmp(read.identity_key.bytes, identity_key->bytes, sizeof identity_key->bytes) != 0 &&
        !FRAME_PLANTED(attest_identity_unchecked))
        return FRAME_ATTESTATION_IDENTITY;

    struct frame_hash hash;
    signable_hash(&hash, crypto, object, values[SIGNATURE].bytes);
    if (!FRAME_PLANTED(attest_signature_unchecked) &&
        !crypto->verify(crypto->context, signature, &hash, identity_key))
        return FRAME_ATTESTATION_SIGNATURE;
    *attestation = read;
    return FRAME_OK;
}

enum frame_status frame_attestation_check(struct frame_attestation *attestation,
                                          const struct frame_crypto *crypto,
                                          const struct frame_public_key *identity_key,
                                          const uint8_t *text, size_t length)
{
    size_t offset;
    if (frame_json_check(&offset, text, length) != FRAME_OK) return FRAME_ATTESTATION_FORMAT;
    return attestation_read(attestation, crypto, identity_key, (struct frame_span){text, length});
}

/* ---- Comparing -------------------------------------------------------------------------------- */

enum frame_comparison frame_attestation_compare(const struct frame_attestation *local,
                                                const struct frame_attestation *remote)
{
    const bool same_root = frame_hash_compare(&local->state_root, &remote->state_root) == 0;
    if (frame_hash_compare(&local->commitment, &remote->commitment) == 0)
        return same_root || FRAME_PLANTED(alarm_unheard) ? FRAME_SYNCHRONIZED
                                                         : FRAME_NONDETERMINISM;
    if (local->receipt_count > remote->receipt_count)
        return FRAME_PLANTED(compared_backwards) ? FRAME_REMOTE_AHEAD : FRAME_LOCAL_AHEAD;
    if (local->receipt_count < remote->receipt_count) return FRAME_REMOTE_AHEAD;
    return FRAME_DIVERGED;
}

/* ---- Commitment (§ 7) ------------------------------------------------------------------------- */

void frame_commitment(const struct frame_crypto *crypto, struct frame_hash *commitment,
                      const struct frame_hash *heads, size_t head_count)
{
    if (head_count < 2 || FRAME_PLANTED(commitment_of_one)) {
        *commitment = head_count == 0 ? frame_genesis : heads[0];
        return;
    }
    /* H(["h1",…]), each head with what goes before it. */
    struct frame_sha256 state;
    crypto->sha256_init(crypto->context, &state);
    for (size_t i = 0; i < head_count; i++) {
        uint8_t item[1 + 2 * sizeof heads->bytes + 2];
        uint8_t *at = item;
        put_text(&at, i == 0 ? "[" : ",");
        put_hex_token(&at, heads[i].bytes, sizeof heads[i].bytes);
        crypto->sha256_update(crypto->context, &state, item, sizeof item);
    }
    crypto->sha256_update(crypto->context, &state, (const uint8_t *)"]", 1);
    crypto->sha256_final(crypto->context, &state, commitment);
}
