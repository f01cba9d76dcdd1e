// SPDX-License-Identifier: Apache-2.0
#include "receipt.h"

#include <string.h>

#include "execute.h"
#include "json.h"
#include "message.h"
#include "planted.h"

/* A member as it stands behind those before it, up to its value. */
struct field {
    const char *text;
    uint8_t length;
    uint8_t digits; /* of a value in hex; 0: it is of another kind */
};

/* § 3: the order is canonical. */
#define FIELD(lead, name, digits)                                     \
    {                                                                 \
        lead "\"" name "\":", sizeof lead "\"" name "\":" - 1, digits \
    }
static const struct field fields_of_receipt[RECEIPT_FIELD_COUNT] = {
    FIELD("{", "capabilitiesDeclared", 0),
    FIELD(",", "capabilitiesUsed", 0),
    FIELD(",", "dappId", 0),
    FIELD(",", "identity", 0),
    FIELD(",", "inputHash", 64),
    FIELD(",", "inputPayload", 0),
    FIELD(",", "intent", 0),
    FIELD(",", "nextStateRoot", 64),
    FIELD(",", "previousReceiptHash", 64),
    FIELD(",", "previousStateRoot", 64),
    FIELD(",", "publicKey", 64),
    FIELD(",", "receiptHash", 64),
    FIELD(",", "resultHash", 64),
    FIELD(",", "signature", 128),
    FIELD(",", "timestamp", 0),
    FIELD(",", "version", 0),
};
static const struct field fields_of_payload[PAYLOAD_FIELD_COUNT] = {
    FIELD("{", "action", 0), FIELD(",", "origin", 0),    FIELD(",", "payload", 0),
    FIELD(",", "raw", 0),    FIELD(",", "timestamp", 0),
};
#undef FIELD

enum {
    DECLARED,
    USED,
    DAPP,
    IDENTITY,
    INPUT_HASH,
    PAYLOAD,
    INTENT,
    NEXT_ROOT,
    PREVIOUS,
    PREVIOUS_ROOT,
    PUBLIC_KEY,
    RECEIPT_HASH,
    RESULT_HASH,
    SIGNATURE,
    TIMESTAMP,
    VERSION
};

bool hash_token(struct frame_hash *hash, struct frame_span token)
{
    return hex_token_read(hash->bytes, sizeof hash->bytes, token);
}

bool name_valid(struct frame_span name)
{
    if (name.length < 1 || name.length > FRAME_NAME_BYTES_MAX) return false;
    for (size_t i = 0; i < name.length; i++) {
        uint8_t c = name.bytes[i];
        bool letter = (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9');
        if (!letter && c != '.' && c != '_' && c != '-') return false;
    }
    return true;
}

/* A token of a name without its quotes; names have no escapes, so the bytes are the decoded ones. */
static bool name_token(struct frame_span *name, struct frame_span token)
{
    if (json_kind(token) != JSON_STRING) return false;
    *name = (struct frame_span){token.bytes + 1, token.length - 2};
    return name_valid(*name);
}

/* Strings in ascending order of UTF-16 code units, each once. */
static bool sorted_strings(struct frame_span array)
{
    if (json_kind(array) != JSON_ARRAY) return false;
    struct json_walk walk;
    struct frame_span item;
    struct frame_span before = {NULL, 0};
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        if (json_kind(item) != JSON_STRING) return false;
        if (FRAME_PLANTED(capabilities_repeat) && span_equal(before, item)) continue;
        if (before.length != 0 && json_string_compare(before, item) >= 0) return false;
        before = item;
    }
    return true;
}

/* Has a string at most so many bytes, once decoded? */
static bool string_fits(struct frame_span token, size_t most)
{
    return token.length - 2 <= most || json_string_length(token) <= most;
}

/* The shape of § 3, once the members are known. */
static bool payload_fields_valid(struct payload_fields *fields, struct frame_span timestamp)
{
    if (json_kind(fields->action) != JSON_STRING || json_kind(fields->origin) != JSON_STRING ||
        json_kind(fields->payload) != JSON_OBJECT || json_kind(fields->raw) != JSON_STRING)
        return false;
    /* § 3, 6: only feed.fetch may carry networkResponses */
    if (fields->network.length > 0 &&
        (json_kind(fields->network) != JSON_ARRAY || !json_string_is(fields->action, "feed.fetch")))
        return false;
    return json_integer(timestamp, &fields->timestamp_s) &&
           (string_fits(fields->origin, FRAME_ORIGIN_BYTES_MAX) ||
            FRAME_PLANTED(origin_unbounded)) &&
           string_fits(fields->raw, FRAME_RAW_BYTES_MAX);
}

bool payload_read(struct payload_fields *fields, struct frame_span input_payload)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span timestamp = {NULL, 0};
    if (json_kind(input_payload) != JSON_OBJECT) return false;
    *fields = (struct payload_fields){.timestamp_s = 0};
    json_walk_init(&walk, input_payload);
    for (struct frame_span value; json_next_member(&walk, &key, &value);) {
        if (json_string_is(key, "action"))
            fields->action = value;
        else if (json_string_is(key, "networkResponses"))
            fields->network = value;
        else if (json_string_is(key, "origin"))
            fields->origin = value;
        else if (json_string_is(key, "payload"))
            fields->payload = value;
        else if (json_string_is(key, "raw"))
            fields->raw = value;
        else if (json_string_is(key, "timestamp"))
            timestamp = value;
        else
            return false;
    }
    return fields->action.length > 0 && fields->origin.length > 0 && fields->payload.length > 0 &&
           fields->raw.length > 0 && timestamp.length > 0 &&
           payload_fields_valid(fields, timestamp);
}

/* Hex digits are never escaped, so 64 of them are a token of 66 bytes. */
bool origin_route(struct frame_span *id, struct frame_span origin)
{
    uint8_t bytes[2 * ROUTE_ID_DIGITS / 2];
    if (json_kind(origin) != JSON_STRING ||
        !frame_hex_decode(bytes, sizeof bytes, (const char *)origin.bytes + 1, origin.length - 2))
        return false;
    *id = (struct frame_span){origin.bytes + 1 + ROUTE_ID_DIGITS, ROUTE_ID_DIGITS};
    return true;
}

bool payload_route(struct frame_span *id, struct frame_span input_payload)
{
    struct frame_span origin;
    return json_member(input_payload, &origin, "origin") && origin_route(id, origin);
}

/* The values of an item's members. */
struct members {
    struct frame_span value[RECEIPT_FIELD_COUNT];
    struct frame_span inner[PAYLOAD_FIELD_COUNT]; /* of inputPayload's, where they are just these */
    bool inner_known;
};

/* § 3. So many containers within one another take at least twice as many bytes. */
static bool too_deep(struct frame_span value, unsigned most)
{
    return value.length > 2 * (size_t)most && json_depth(value) > most;
}

/* § 3: size, depth and inner shape of inputPayload, and the intent against its action. */
static bool payload_valid(struct receipt_fields *fields, const struct members *members)
{
    struct payload_fields *inner = &fields->inner;
    if (fields->payload.length > FRAME_PAYLOAD_BYTES_MAX) return false;
    if (members->inner_known) {
        *inner = (struct payload_fields){.action = members->inner[0],
                                         .origin = members->inner[1],
                                         .payload = members->inner[2],
                                         .raw = members->inner[3]};
        if (!payload_fields_valid(inner, members->inner[4]) ||
            (too_deep(inner->payload, FRAME_PAYLOAD_DEPTH_MAX - 1) &&
             !FRAME_PLANTED(payload_too_deep)))
            return false;
    } else if ((too_deep(fields->payload, FRAME_PAYLOAD_DEPTH_MAX) &&
                !FRAME_PLANTED(payload_too_deep)) ||
               !payload_read(inner, fields->payload)) {
        return false;
    }
    struct frame_span action = {inner->action.bytes + 1, inner->action.length - 2};
    return span_equal(action, fields->intent) || FRAME_PLANTED(intent_unlike_action);
}

static bool identity_valid(struct frame_span token)
{
    if (json_kind(token) != JSON_STRING) return false;
    return token.length > 2 && string_fits(token, FRAME_IDENTITY_BYTES_MAX);
}

static bool previous_read(struct receipt_fields *fields, struct frame_span value)
{
    fields->has_previous = json_kind(value) != JSON_NULL;
    if (fields->has_previous) return hash_token(&fields->previous, value);
    memset(&fields->previous, 0, sizeof fields->previous);
    return true;
}

/* § 3: types, formats, ranges, and the order within the capability arrays. */
static bool types_valid(struct receipt_fields *fields, const struct members *members,
                        enum frame_mode mode)
{
    const struct frame_span *value = members->value;
    fields->declared = value[DECLARED];
    fields->used = value[USED];
    fields->identity = value[IDENTITY];
    fields->payload = value[PAYLOAD];
    if (!fields->sets_known && (!sorted_strings(value[DECLARED]) || !sorted_strings(value[USED])))
        return false;
    if (!name_token(&fields->dapp, value[DAPP]) || !name_token(&fields->intent, value[INTENT]))
        return false;
    if (!identity_valid(value[IDENTITY]) || json_kind(value[PAYLOAD]) != JSON_OBJECT) return false;
    if (mode == FRAME_MODE_FULL && !payload_valid(fields, members)) return false;
    if (!hash_token(&fields->input_hash, value[INPUT_HASH]) ||
        !hash_token(&fields->next_root, value[NEXT_ROOT]) ||
        !previous_read(fields, value[PREVIOUS]) ||
        !hash_token(&fields->previous_root, value[PREVIOUS_ROOT]) ||
        !hash_token(&fields->receipt_hash, value[RECEIPT_HASH]) ||
        !hash_token(&fields->result_hash, value[RESULT_HASH]))
        return false;
    if (!hex_token_read(fields->public_key.bytes, 32, value[PUBLIC_KEY]) ||
        !hex_token_read(fields->signature, 64, value[SIGNATURE]))
        return false;
    return json_integer(value[TIMESTAMP], &fields->timestamp_s) && fields->timestamp_s >= 0 &&
           json_kind(value[VERSION]) == JSON_INTEGER;
}

/* [E3] publicKey and receiptHash stand together, signature two fields on; each ends before a comma. */
static void signable_spans(struct receipt_fields *fields, struct frame_span item,
                           const struct frame_span value[RECEIPT_FIELD_COUNT])
{
    const uint8_t *first_end = value[PREVIOUS_ROOT].bytes + value[PREVIOUS_ROOT].length;
    const uint8_t *second = value[RECEIPT_HASH].bytes + value[RECEIPT_HASH].length;
    const uint8_t *second_end = value[RESULT_HASH].bytes + value[RESULT_HASH].length;
    const uint8_t *third = value[SIGNATURE].bytes + value[SIGNATURE].length;
    const uint8_t *third_end = item.bytes + item.length;
    fields->signable[0] = (struct frame_span){item.bytes, (size_t)(first_end - item.bytes)};
    fields->signable[1] = (struct frame_span){second, (size_t)(second_end - second)};
    fields->signable[2] = (struct frame_span){third, (size_t)(third_end - third)};
}

/* ---- The shape that nearly all have, with a glance at each byte ---- */

/* Bytes that are no accepted text yet. */
struct skim {
    const uint8_t *bytes;
    size_t length;
    size_t at;
};

static bool skim_text(struct skim *skim, const char *text, size_t length)
{
    if (skim->length - skim->at < length || memcmp(skim->bytes + skim->at, text, length) != 0)
        return false;
    skim->at += length;
    return true;
}

/* Any value; its containers are counted from `depth`. */
static bool skim_value(struct skim *skim, unsigned depth)
{
    size_t end = json_plain_string(skim->bytes, skim->length, skim->at); /* as most are */
    size_t offset;
    if (end == 0 && json_check_value(&end, &offset, skim->bytes, skim->length, skim->at, depth,
                                     SIZE_MAX) != FRAME_OK)
        return false;
    skim->at = end;
    return true;
}

enum { MEMBER_DEPTH = 2, INNER_DEPTH = 3 }; /* of the document: in an array, and in a receipt */

/* As many characters in quotes, which need not be digits; or any other value. */
static bool skim_digits(struct skim *skim, size_t digits)
{
    const uint8_t *at = skim->bytes + skim->at;
    if (skim->length - skim->at < digits + 2 || at[0] != '"' || at[digits + 1] != '"' ||
        !json_plain(at + 1, digits))
        return skim_value(skim, MEMBER_DEPTH);
    skim->at += digits + 2;
    return true;
}

static bool skim_capabilities(struct skim *skim, uint32_t *set, bool *known)
{
    const uint8_t *begin = skim->bytes + skim->at;
    const size_t length = capabilities_skim(set, begin, skim->length - skim->at);
    *known = *known && length > 0;
    if (length == 0) return skim_value(skim, MEMBER_DEPTH);
    skim->at += length;
    return true;
}

static bool skim_payload(struct skim *skim, struct receipt_shape *shape, size_t start)
{
    const size_t begin = skim->at;
    size_t i;
    for (i = 0; i < PAYLOAD_FIELD_COUNT; i++) {
        const struct field *field = &fields_of_payload[i];
        if (!skim_text(skim, field->text, field->length) || !skim_value(skim, INNER_DEPTH)) break;
        shape->inner_ends[i] = (uint32_t)(skim->at - start);
    }
    if (i == PAYLOAD_FIELD_COUNT && skim_text(skim, "}", 1)) return true;
    shape->inner_ends[0] = 0;
    skim->at = begin;
    return skim_value(skim, MEMBER_DEPTH);
}

static bool skim_member(struct skim *skim, struct receipt_shape *shape, size_t i, size_t start)
{
    if (fields_of_receipt[i].digits > 0) return skim_digits(skim, fields_of_receipt[i].digits);
    switch (i) {
    case DECLARED: return skim_capabilities(skim, &shape->declared_set, &shape->sets_known);
    case USED: return skim_capabilities(skim, &shape->used_set, &shape->sets_known);
    case PAYLOAD: return skim_payload(skim, shape, start);
    default: return skim_value(skim, MEMBER_DEPTH);
    }
}

size_t receipt_skim(struct receipt_shape *shape, const uint8_t *bytes, size_t length, size_t start)
{
    struct skim skim = {bytes, length, start};
    if (length - start > FRAME_RECEIPT_BYTES_MAX) skim.length = start + FRAME_RECEIPT_BYTES_MAX;
    shape->sets_known = true;
    for (size_t i = 0; i < RECEIPT_FIELD_COUNT; i++) {
        const struct field *field = &fields_of_receipt[i];
        if (!skim_text(&skim, field->text, field->length) || !skim_member(&skim, shape, i, start))
            return 0;
        shape->ends[i] = (uint32_t)(skim.at - start);
    }
    return skim_text(&skim, "}", 1) ? skim.at : 0;
}

/* Values from `begin` on, which follow one another. */
static void values_of_shape(struct frame_span *values, const struct field *fields, size_t count,
                            struct frame_span item, const uint32_t *ends, size_t begin)
{
    for (size_t i = 0; i < count; i++) {
        begin += fields[i].length;
        values[i] = (struct frame_span){item.bytes + begin, ends[i] - begin};
        begin = ends[i];
    }
}

static void members_of_shape(struct members *members, struct frame_span item,
                             const struct receipt_shape *shape)
{
    values_of_shape(members->value, fields_of_receipt, RECEIPT_FIELD_COUNT, item, shape->ends, 0);
    members->inner_known = shape->inner_ends[0] > 0;
    if (members->inner_known)
        values_of_shape(members->inner, fields_of_payload, PAYLOAD_FIELD_COUNT, item,
                        shape->inner_ends, (size_t)(members->value[PAYLOAD].bytes - item.bytes));
}

/* ---- Any shape ---- */

/* The members by walking: FIELD_COUNT or FIELD_ORDER where some are missing, or others. */
static enum frame_status members_walk(struct members *members, struct frame_span item)
{
    struct json_walk walk;
    struct frame_span key;
    bool ordered = true;
    size_t count = 0;
    json_walk_init(&walk, item);
    for (struct frame_span next; json_next_member(&walk, &key, &next); count++) {
        if (count >= RECEIPT_FIELD_COUNT) continue;
        /* the key is between lead and colon */
        const struct field *field = &fields_of_receipt[count];
        members->value[count] = next;
        ordered = ordered && key.length == field->length - 2U &&
                  memcmp(key.bytes, field->text + 1, key.length) == 0;
    }
    members->inner_known = false;
    if (count < RECEIPT_FIELD_COUNT ||
        (count > RECEIPT_FIELD_COUNT && !FRAME_PLANTED(fields_extra)))
        return FRAME_FIELD_COUNT;
    return ordered ? FRAME_OK : FRAME_FIELD_ORDER;
}

enum frame_status receipt_read_shaped(struct receipt_fields *fields, struct frame_span item,
                                      const struct receipt_shape *shape, enum frame_mode mode)
{
    struct members members;
    fields->inner = (struct payload_fields){.timestamp_s = 0};
    fields->sets_known = shape != NULL && shape->sets_known;
    if (shape != NULL) {
        fields->declared_set = shape->declared_set;
        fields->used_set = shape->used_set;
        members_of_shape(&members, item, shape);
    } else {
        if (json_kind(item) != JSON_OBJECT) return FRAME_FIELD_TYPE;
        const enum frame_status status = members_walk(&members, item);
        if (status != FRAME_OK) return status;
    }
    if (!types_valid(fields, &members, mode)) return FRAME_FIELD_TYPE;
    if (!span_is(members.value[VERSION], "2") && !FRAME_PLANTED(version_unchecked))
        return FRAME_VERSION;
    signable_spans(fields, item, members.value);
    return FRAME_OK;
}

static bool skim_whole(struct receipt_shape *shape, struct frame_span bytes)
{
    const size_t end = receipt_skim(shape, bytes.bytes, bytes.length, 0);
    return end > 0 && end == bytes.length;
}

enum frame_status receipt_read(struct receipt_fields *fields, struct frame_span item,
                               enum frame_mode mode)
{
    struct receipt_shape shape;
    return receipt_read_shaped(fields, item, skim_whole(&shape, item) ? &shape : NULL, mode);
}

enum frame_status receipt_check(struct frame_span bytes)
{
    struct receipt_fields fields;
    struct receipt_shape shape;
    size_t end;
    size_t offset;
    if (skim_whole(&shape, bytes))
        return receipt_read_shaped(&fields, bytes, &shape, FRAME_MODE_FULL);
    /* depth 1: in a chain file a receipt stands in an array */
    enum frame_status status =
        json_check_value(&end, &offset, bytes.bytes, bytes.length, 0, 1, FRAME_RECEIPT_BYTES_MAX);
    if (status != FRAME_OK) return status;
    if (end != bytes.length) return FRAME_JSON_SYNTAX;
    return receipt_read_shaped(&fields, bytes, NULL, FRAME_MODE_FULL);
}

void receipt_signable_hash(struct frame_hash *hash, const struct frame_crypto *crypto,
                           const struct receipt_fields *fields)
{
    struct frame_sha256 state;
    crypto->sha256_init(crypto->context, &state);
    for (size_t i = 0; i < 3; i++)
        crypto->sha256_update(crypto->context, &state, fields->signable[i].bytes,
                              fields->signable[i].length);
    crypto->sha256_final(crypto->context, &state, hash);
}
