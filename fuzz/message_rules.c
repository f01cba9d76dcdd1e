// SPDX-License-Identifier: Apache-2.0
#include "message_rules.h"

#include <string.h>

#include "fuzz.h"
#include "receipt_again.h"
#include "text_rules.h"

/* Does a token of hex128 hold the signature by the key in a token of hex64 over SHA-256 of a text? */
static bool is_signed(const struct frame_crypto *crypto, struct frame_span key,
                      struct frame_span signature, struct frame_span text)
{
    struct frame_public_key public_key;
    struct frame_hash hash;
    uint8_t bytes[64];
    FUZZ_CHECK(frame_hex_decode(public_key.bytes, 32, (const char *)key.bytes + 1, 64) &&
               frame_hex_decode(bytes, 64, (const char *)signature.bytes + 1, 128));
    frame_sha256_of(crypto, &hash, text.bytes, text.length);
    return crypto->verify(crypto->context, bytes, &hash, &public_key);
}

/* ---- § 11 ----------------------------------------------------------------------------------- */

/* A field's one value, where it is a version; else H hex64, S hex128, I an integer. */
static const struct {
    const char *name;
    const char *rule;
} fields[] = {
    {"capabilityVersion", "2"},
    {"identityPublicKey", "H"},
    {"protocolVersion", "\"2.2.0\""},
    {"receiptChainCommitment", "H"},
    {"receiptCount", "I"},
    {"receiptVersion", "2"},
    {"signature", "S"},
    {"stateRoot", "H"},
    {"stateRootVersion", "3"},
    {"timestamp", "I"},
    {"version", "1"},
};
enum { FIELDS = sizeof fields / sizeof *fields };

/* Is one of its version fields another one (appendix A, 22)? */
static bool is_foreign(struct frame_span attestation)
{
    struct frame_span value;
    for (size_t i = 0; i < FIELDS; i++)
        if (strchr("HSI", fields[i].rule[0]) == NULL &&
            json_member(attestation, &value, fields[i].name) && !span_is(value, fields[i].rule))
            return true;
    return false;
}

static bool is_formed(struct frame_span attestation)
{
    struct frame_span value;
    if (json_count(attestation) != FIELDS) return false;
    for (size_t i = 0; i < FIELDS; i++) {
        if (!json_member(attestation, &value, fields[i].name)) return false;
        switch (fields[i].rule[0]) {
        case 'H':
            if (!is_hex(value, 64)) return false;
            break;
        case 'S':
            if (!is_hex(value, 128)) return false;
            break;
        case 'I':
            if (!is_integer(value, 0)) return false;
            break;
        default: break; /* is_foreign has asked */
        }
    }
    return true;
}

enum frame_status message_rules_attestation(const struct frame_crypto *crypto,
                                            const struct frame_public_key *identity_key,
                                            struct frame_span text)
{
    struct frame_span key, signature;
    char digits[65] = "";
    if (!canonical_object(text)) return FRAME_ATTESTATION_FORMAT;
    if (is_foreign(text)) return FRAME_ATTESTATION_VERSION;
    if (!is_formed(text)) return FRAME_ATTESTATION_FORMAT;
    (void)json_member(text, &key, "identityPublicKey");
    (void)json_member(text, &signature, "signature");
    frame_hex_encode(digits, identity_key->bytes, sizeof identity_key->bytes);
    if (!json_string_is(key, digits)) return FRAME_ATTESTATION_IDENTITY;
    struct frame_span signable =
        receipt_signable(text); /* its other two members no attestation has */
    const bool good = is_signed(crypto, key, signature, signable);
    receipt_again_free(signable);
    return good ? FRAME_OK : FRAME_ATTESTATION_SIGNATURE;
}

/* ---- § 12 ----------------------------------------------------------------------------------- */

/* Is the text of a token that of hex64 with these heads' commitment (§ 7)? */
static bool commits_to(const struct frame_crypto *crypto, struct frame_span token,
                       struct frame_span heads)
{
    struct frame_hash hash;
    char digits[65] = "";
    const size_t count = json_count(heads);
    if (count == 1) return token.length == 66 && memcmp(token.bytes, heads.bytes + 1, 66) == 0;
    if (count == 0)
        return json_string_is(token, "901131d838b17aac0f7885b81e03cbdc9f5157a00343d30ab22083685ed14"
                                     "16a");
    frame_sha256_of(crypto, &hash, heads.bytes, heads.length);
    frame_hex_encode(digits, hash.bytes, sizeof hash.bytes);
    return json_string_is(token, digits);
}

static bool is_attest(const struct frame_crypto *crypto, const struct frame_span *value)
{
    struct frame_span commitment;
    if (value[0].bytes[0] != '{' || !is_hashes(value[1], 1024) || !is_ascending(value[1]))
        return false;
    return is_foreign(value[0]) || (json_member(value[0], &commitment, "receiptChainCommitment") &&
                                    commits_to(crypto, commitment, value[1]));
}

static bool is_after(struct frame_span value)
{
    return span_is(value, "null") || is_hex(value, 64);
}

/* An array of strings without one that is there before. */
static bool are_different(struct frame_span array)
{
    struct json_walk walk, before;
    struct frame_span item, other;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        json_walk_init(&before, array);
        while (json_next_item(&before, &other) && other.bytes != item.bytes)
            if (span_equal(other, item)) return false;
    }
    return true;
}

static bool is_request(const struct frame_span *value)
{
    return is_after(value[0]) && is_hashes(value[1], 128) && are_different(value[1]) &&
           is_hashes(value[3], 1024);
}

static bool is_page(const struct frame_span *value)
{
    if (!is_after(value[0]) || value[1].bytes[0] != '[' || value[1].length > 1048576 ||
        json_count(value[1]) > 256 || !is_integer(value[2], 0) || !is_hashes(value[4], 1024))
        return false;
    return json_count(value[1]) > 0 || span_is(value[2], "0");
}

/* ---- § 15 and 18 ---------------------------------------------------------------------------- */

static bool are_names(struct frame_span value)
{
    struct json_walk walk;
    struct frame_span item;
    if (!is_ascending(value) || json_count(value) > 64) return false;
    json_walk_init(&walk, value);
    while (json_next_item(&walk, &item))
        if (!is_name(item)) return false;
    return true;
}

static bool are_dapps(struct frame_span value)
{
    static const char *const names[] = {"codeHash", "id"};
    struct json_walk walk;
    struct frame_span item, dapp[2], before = {NULL, 0};
    if (value.bytes[0] != '[' || json_count(value) > 64) return false;
    json_walk_init(&walk, value);
    for (; json_next_item(&walk, &item); before = dapp[1])
        if (!has_just(item, names, 2, dapp) || !is_hex(dapp[0], 64) || !is_name(dapp[1]) ||
            (before.length > 0 && json_string_compare(before, dapp[1]) >= 0))
            return false;
    return true;
}

static bool is_announce(const struct frame_span *value)
{
    return are_names(value[0]) && are_dapps(value[1]) && is_integer(value[2], 0) &&
           is_hex(value[3], 128) && is_hashes(value[4], 16) && is_ascending(value[4]);
}

static bool is_route(const struct frame_span *value)
{
    static const char *const names[] = {"action", "payload", "raw"};
    struct frame_span part[3];
    return is_hex(value[0], 32) && value[1].length <= 65536 && has_just(value[1], names, 3, part) &&
           is_name(part[0]) && part[1].bytes[0] == '{' && depth_of(part[1]) <= 27 &&
           is_text(part[2], 0, 4096);
}

static bool is_result(const struct frame_span *value)
{
    return is_hex(value[0], 32) && is_hex(value[1], 64) && value[2].bytes[0] == '{' &&
           value[2].length <= 65536;
}

/* ---- All of them ---------------------------------------------------------------------------- */

enum { MEMBERS_MAX = 6 };
static const struct {
    const char *type;
    size_t count;
    const char *names[MEMBERS_MAX];
} types[] = {
    {"announce", 6, {"capabilities", "dapps", "issued", "member", "peers", "type"}},
    {"attest", 3, {"attestation", "heads", "type"}},
    {"page", 5, {"after", "receipts", "remaining", "type", "want"}},
    {"reject", 2, {"code", "type"}},
    {"request", 4, {"after", "have", "type", "want"}},
    {"result", 4, {"id", "receiptHash", "result", "type"}},
    {"route", 3, {"id", "intent", "type"}},
};

static bool is_body(const struct frame_crypto *crypto, size_t type, const struct frame_span *value)
{
    switch (type) {
    case 0: return is_announce(value);
    case 1: return is_attest(crypto, value);
    case 2: return is_page(value);
    case 3: return json_kind(value[0]) == JSON_STRING;
    case 4: return is_request(value);
    case 5: return is_result(value);
    default: return is_route(value);
    }
}

static enum frame_status body_status(bool *unknown_type, const struct frame_crypto *crypto,
                                     struct frame_span body)
{
    struct frame_span type, value[MEMBERS_MAX];
    size_t i = 0;
    *unknown_type = false;
    if (!json_member(body, &type, "type") || json_kind(type) != JSON_STRING) return FRAME_MESSAGE;
    while (i < sizeof types / sizeof *types && !json_string_is(type, types[i].type))
        i++;
    *unknown_type = i == sizeof types / sizeof *types;
    if (*unknown_type || !has_just(body, types[i].names, types[i].count, value))
        return FRAME_MESSAGE;
    return is_body(crypto, i, value) ? FRAME_OK : FRAME_MESSAGE;
}

enum frame_status message_rules_envelope(bool *unknown_type, const struct frame_crypto *crypto,
                                         struct frame_span text)
{
    static const char *const names[] = {"body", "from", "signature", "version"};
    struct frame_span value[4];
    *unknown_type = false;
    if (!canonical_object(text) || !has_just(text, names, 4, value) || value[0].bytes[0] != '{' ||
        !is_hex(value[1], 64) || !is_hex(value[2], 128) || !span_is(value[3], "1") ||
        !is_signed(crypto, value[1], value[2], value[0]))
        return FRAME_ENVELOPE;
    return body_status(unknown_type, crypto, value[0]);
}
