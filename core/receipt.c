// SPDX-License-Identifier: Apache-2.0
#include "receipt.h"

#include <string.h>

#include "json.h"
#include "message.h"
#include "planted.h"

enum { FIELD_COUNT = 16 };

/* § 3: the order is canonical. */
static const struct field {
    const char *name;
    uint8_t key_length; /* of the token with its colon */
    uint8_t digits;     /* of a value in hex; 0: it is of another kind */
} fields_of_receipt[FIELD_COUNT] = {
#define FIELD(name, digits)                                 \
    {                                                       \
        "\"" name "\":", sizeof "\"" name "\":" - 1, digits \
    }
    FIELD("capabilitiesDeclared", 0),
    FIELD("capabilitiesUsed", 0),
    FIELD("dappId", 0),
    FIELD("identity", 0),
    FIELD("inputHash", 64),
    FIELD("inputPayload", 0),
    FIELD("intent", 0),
    FIELD("nextStateRoot", 64),
    FIELD("previousReceiptHash", 64),
    FIELD("previousStateRoot", 64),
    FIELD("publicKey", 64),
    FIELD("receiptHash", 64),
    FIELD("resultHash", 64),
    FIELD("signature", 128),
    FIELD("timestamp", 0),
    FIELD("version", 0)
#undef FIELD
};

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

/* The members of an object that begins at walk->at, and how many containers it has open at once; walk->at ends behind it.
   False where one is no member of an inputPayload. */
static bool payload_members(struct payload_fields *fields, struct frame_span *timestamp,
                            unsigned *depth, struct json_walk *walk)
{
    unsigned inner = 0;
    *fields = (struct payload_fields){.timestamp_s = 0};
    *depth = 1;
    for (walk->at++; *walk->at != '}';) {
        struct frame_span key;
        struct frame_span value;
        json_next_key(walk, &key);
        value.bytes = walk->at;
        if (*walk->at == '{' || *walk->at == '[')
            walk->at = json_skip_container(walk->at, walk->end, &inner);
        else
            walk->at = json_skip(walk->at, walk->end);
        value.length = (size_t)(walk->at - value.bytes);
        if (inner >= *depth) *depth = inner + 1;
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
            *timestamp = value;
        else
            return false;
    }
    walk->at++;
    return true;
}

/* payload_read of what begins at walk->at, which ends behind it. */
static bool payload_take(struct payload_fields *fields, unsigned *depth, struct json_walk *walk)
{
    struct frame_span timestamp = {NULL, 0};
    if (*walk->at != '{' || !payload_members(fields, &timestamp, depth, walk)) return false;
    if (fields->action.length == 0 || fields->origin.length == 0 || fields->payload.length == 0 ||
        fields->raw.length == 0 || timestamp.length == 0)
        return false;
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
    unsigned depth;
    struct json_walk walk = {input_payload.bytes, input_payload.bytes + input_payload.length};
    return payload_take(fields, &depth, &walk);
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
    struct frame_span value[FIELD_COUNT];
    unsigned payload_depth; /* containers of inputPayload */
    bool payload_taken;     /* it has been taken apart, wherever it stands among the others */
};

/* § 3: size, depth and inner shape of inputPayload, and the intent against its action. */
static bool payload_valid(struct receipt_fields *fields, const struct members *members)
{
    struct payload_fields *inner = &fields->inner;
    if (fields->payload.length > FRAME_PAYLOAD_BYTES_MAX ||
        (members->payload_depth > FRAME_PAYLOAD_DEPTH_MAX && !FRAME_PLANTED(payload_too_deep)))
        return false;
    if (!members->payload_taken && !payload_read(inner, fields->payload)) return false;
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
    if (!sorted_strings(value[DECLARED]) || !sorted_strings(value[USED])) return false;
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
                           const struct frame_span value[FIELD_COUNT])
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

/*
 * The members of an item that is as it should be, with a glance at each byte: keys are compared where they are due, and
 * hex is not looked through for its end. What is found is only so if all of the hex is some: no quote is a digit.
 * inputPayload is taken apart into `inner` (NULL: not). False: something else is there, or there may be.
 */
static bool members_expect(struct members *members, struct payload_fields *inner,
                           struct frame_span item)
{
    const uint8_t *at = item.bytes;
    const uint8_t *end = at + item.length;
    members->payload_depth = 0;
    members->payload_taken = false;
    for (size_t i = 0; i < FIELD_COUNT; i++) {
        const struct field *field = &fields_of_receipt[i];
        const size_t value_bytes = field->digits > 0 ? field->digits + 2U : 1; /* or null */
        if ((size_t)(end - at) < 1 + field->key_length + value_bytes + 1 ||
            *at != (i == 0 ? '{' : ',') || memcmp(at + 1, field->name, field->key_length) != 0)
            return false;
        at += 1 + field->key_length;
        struct frame_span *value = &members->value[i];
        value->bytes = at;
        if (field->digits > 0 && *at == '"' && at[value_bytes - 1] == '"')
            at += value_bytes;
        else if (i == PAYLOAD && inner != NULL) {
            struct json_walk walk = {at, end};
            if (!payload_take(inner, &members->payload_depth, &walk)) return false;
            members->payload_taken = true;
            at = walk.at;
        } else
            at = json_skip(at, end);
        value->length = (size_t)(at - value->bytes);
    }
    return at + 1 == end;
}

/* The same by walking: FIELD_COUNT or FIELD_ORDER where members are missing, or others. */
static enum frame_status members_walk(struct members *members, struct frame_span item)
{
    struct json_walk walk;
    struct frame_span key;
    bool ordered = true;
    size_t count = 0;
    json_walk_init(&walk, item);
    for (struct frame_span next; json_next_member(&walk, &key, &next); count++) {
        if (count >= FIELD_COUNT) continue;
        const struct field *field = &fields_of_receipt[count];
        members->value[count] = next;
        ordered = ordered && key.length == field->key_length - 1U &&
                  memcmp(key.bytes, field->name, key.length) == 0;
    }
    if (count < FIELD_COUNT || (count > FIELD_COUNT && !FRAME_PLANTED(fields_extra)))
        return FRAME_FIELD_COUNT;
    members->payload_depth = json_depth(members->value[PAYLOAD]);
    return ordered ? FRAME_OK : FRAME_FIELD_ORDER;
}

enum frame_status receipt_read(struct receipt_fields *fields, struct frame_span item,
                               enum frame_mode mode)
{
    struct members members;
    fields->inner = (struct payload_fields){.timestamp_s = 0};
    if (json_kind(item) != JSON_OBJECT) return FRAME_FIELD_TYPE;
    struct payload_fields *inner = mode == FRAME_MODE_FULL ? &fields->inner : NULL;
    if (!members_expect(&members, inner, item) || !types_valid(fields, &members, mode)) {
        const enum frame_status status = members_walk(&members, item);
        if (status != FRAME_OK) return status;
        if (!types_valid(fields, &members, mode)) return FRAME_FIELD_TYPE;
    }
    if (!span_is(members.value[VERSION], "2") && !FRAME_PLANTED(version_unchecked))
        return FRAME_VERSION;
    signable_spans(fields, item, members.value);
    return FRAME_OK;
}

enum frame_status receipt_check(struct frame_span bytes)
{
    struct receipt_fields fields;
    size_t end;
    size_t offset;
    /* depth 1: in a chain file a receipt stands in an array */
    enum frame_status status =
        json_check_value(&end, &offset, bytes.bytes, bytes.length, 0, 1, FRAME_RECEIPT_BYTES_MAX);
    if (status != FRAME_OK) return status;
    if (end != bytes.length) return FRAME_JSON_SYNTAX;
    return receipt_read(&fields, bytes, FRAME_MODE_FULL);
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
