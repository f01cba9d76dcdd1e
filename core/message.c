// SPDX-License-Identifier: Apache-2.0
/* Message bodies (§ 12). Members are written, and expected, in canonical order: that of their names. */
#include "message.h"

#include <string.h>

#include "execute.h"
#include "json.h"
#include "planted.h"
#include "receipt.h"

/* ---- Text of a fixed shape -------------------------------------------------------------------- */

bool object_values(struct frame_span *values, struct frame_span object, const char *const *names,
                   size_t count)
{
    struct json_walk walk;
    struct frame_span key;
    struct frame_span value;
    size_t read = 0;
    json_walk_init(&walk, object);
    while (json_next_member(&walk, &key, &value)) {
        if (read == count || !json_string_is(key, names[read])) return false;
        values[read++] = value;
    }
    return read == count;
}

bool hex_token_read(uint8_t *bytes, size_t length, struct frame_span token)
{
    /* Hex digits are never escaped, so in accepted text a token of hex is its digits and quotes. */
    if (json_kind(token) != JSON_STRING) return false;
    return frame_hex_decode(bytes, length, (const char *)(token.bytes + 1), token.length - 2);
}

void put_bytes(uint8_t **at, const void *bytes, size_t length)
{
    memcpy(*at, bytes, length);
    *at += length;
}

void put_text(uint8_t **at, const char *text)
{
    put_bytes(at, text, strlen(text));
}

void put_integer(uint8_t **at, int64_t integer)
{
    uint8_t digits[20];
    const size_t length = json_integer_write(digits, integer);
    put_bytes(at, digits, length);
}

void put_hex(uint8_t **at, const uint8_t *bytes, size_t length)
{
    frame_hex_encode((char *)*at, bytes, length);
    *at += 2 * length;
}

/* ---- Builders --------------------------------------------------------------------------------- */

static void append_hash(struct buffer *body, const struct frame_hash *hash)
{
    buffer_text(body, "\"");
    buffer_hex(body, hash->bytes, sizeof hash->bytes);
    buffer_text(body, "\"");
}

static void append_hashes(struct buffer *body, const struct frame_hash *hashes, size_t count)
{
    buffer_text(body, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) buffer_text(body, ",");
        append_hash(body, &hashes[i]);
    }
    buffer_text(body, "]");
}

static void append_after(struct buffer *body, const struct frame_hash *after)
{
    buffer_text(body, "{\"after\":");
    if (after) {
        append_hash(body, after);
    } else {
        buffer_text(body, "null");
    }
}

void message_attest(struct buffer *body, struct frame_span attestation,
                    const struct frame_hash *heads, size_t head_count)
{
    FRAME_ASSERT(head_count <= FRAME_ATTEST_HEADS_MAX);
    buffer_text(body, "{\"attestation\":");
    buffer_span(body, attestation);
    buffer_text(body, ",\"heads\":");
    append_hashes(body, heads, head_count);
    buffer_text(body, ",\"type\":\"attest\"}");
}

void message_request(struct buffer *body, const struct frame_hash *after,
                     const struct frame_hash *have, size_t have_count,
                     const struct frame_hash *want, size_t want_count)
{
    FRAME_ASSERT(have_count <= FRAME_HAVE_MAX && want_count <= FRAME_ATTEST_HEADS_MAX);
    append_after(body, after);
    buffer_text(body, ",\"have\":");
    append_hashes(body, have, have_count);
    buffer_text(body, ",\"type\":\"request\",\"want\":");
    append_hashes(body, want, want_count);
    buffer_text(body, "}");
}

void message_page_begin(struct buffer *body, const struct frame_hash *after)
{
    append_after(body, after);
    buffer_text(body, ",\"receipts\":[");
}

void message_page_receipt(struct buffer *body, struct frame_span receipt)
{
    if (body->failed) return;
    FRAME_ASSERT(body->length > 0);
    /* A receipt ends with a brace, so the bracket is still the last byte for the first one only. */
    if (body->bytes[body->length - 1] != '[') buffer_text(body, ",");
    buffer_span(body, receipt);
}

void message_page_end(struct buffer *body, int64_t remaining, const struct frame_hash *want,
                      size_t want_count)
{
    FRAME_ASSERT(remaining >= 0 && remaining <= FRAME_INTEGER_MAX);
    FRAME_ASSERT(want_count <= FRAME_ATTEST_HEADS_MAX);
    buffer_text(body, "],\"remaining\":");
    buffer_integer(body, remaining);
    buffer_text(body, ",\"type\":\"page\",\"want\":");
    append_hashes(body, want, want_count);
    buffer_text(body, "}");
}

void message_reject(struct buffer *body, const char *code)
{
    buffer_text(body, "{\"code\":\"");
    buffer_text(body, code);
    buffer_text(body, "\",\"type\":\"reject\"}");
}

static void append_id(struct buffer *body, const struct frame_route_id *id)
{
    buffer_text(body, "{\"id\":\"");
    buffer_hex(body, id->bytes, sizeof id->bytes);
    buffer_text(body, "\",");
}

void message_announce(struct buffer *body, struct frame_span capabilities, struct frame_span dapps,
                      int64_t issued_ms, const uint8_t member[64],
                      const struct frame_public_key *peers, size_t peer_count)
{
    FRAME_ASSERT(peer_count <= FRAME_ANNOUNCE_PEERS_MAX);
    buffer_text(body, "{\"capabilities\":");
    buffer_span(body, capabilities);
    buffer_text(body, ",\"dapps\":");
    buffer_span(body, dapps);
    buffer_text(body, ",\"issued\":");
    buffer_integer(body, issued_ms);
    buffer_text(body, ",\"member\":\"");
    buffer_hex(body, member, 64);
    buffer_text(body, "\",\"peers\":[");
    for (size_t i = 0; i < peer_count; i++) {
        buffer_text(body, i > 0 ? ",\"" : "\"");
        buffer_hex(body, peers[i].bytes, sizeof peers[i].bytes);
        buffer_text(body, "\"");
    }
    buffer_text(body, "],\"type\":\"announce\"}");
}

void message_route(struct buffer *body, const struct frame_route_id *id, struct frame_span action,
                   struct frame_span payload, struct frame_span raw)
{
    append_id(body, id);
    buffer_text(body, "\"intent\":{\"action\":\"");
    buffer_span(body, action);
    buffer_text(body, "\",\"payload\":");
    buffer_span(body, payload);
    buffer_text(body, ",\"raw\":");
    buffer_string(body, raw.bytes, raw.length);
    buffer_text(body, "},\"type\":\"route\"}");
}

void message_result(struct buffer *body, const struct frame_route_id *id,
                    const struct frame_hash *receipt, struct frame_span result)
{
    append_id(body, id);
    buffer_text(body, "\"receiptHash\":");
    append_hash(body, receipt);
    buffer_text(body, ",\"result\":");
    buffer_span(body, result);
    buffer_text(body, ",\"type\":\"result\"}");
}

void message_dapps(struct buffer *array, const struct frame_crypto *crypto,
                   const struct frame_dapp_table *dapps)
{
    buffer_text(array, "[");
    for (size_t i = 0; i < dapps->count && i < FRAME_ANNOUNCE_NAMES_MAX; i++) {
        buffer_text(array, i == 0 ? "{\"codeHash\":\"" : ",{\"codeHash\":\"");
        dapp_code_hash_write(array, crypto, dapps->dapps[i]);
        buffer_text(array, "\",\"id\":\"");
        buffer_text(array, dapps->dapps[i]->id);
        buffer_text(array, "\"}");
    }
    buffer_text(array, "]");
}

/* ---- Reader ----------------------------------------------------------------------------------- */

/* The members of each type, in canonical order, at the place of enum frame_message_type. */
static const struct {
    const char *type;
    size_t count;
    const char *members[JSON_MEMBERS_MAX];
} bodies[] = {
    {"attest", 3, {"attestation", "heads", "type"}},
    {"request", 4, {"after", "have", "type", "want"}},
    {"page", 5, {"after", "receipts", "remaining", "type", "want"}},
    {"reject", 2, {"code", "type"}},
    {"announce", 6, {"capabilities", "dapps", "issued", "member", "peers", "type"}},
    {"route", 3, {"id", "intent", "type"}},
    {"result", 4, {"id", "receiptHash", "result", "type"}},
};
enum { TYPE_COUNT = sizeof bodies / sizeof bodies[0] };

/* In a checked array of hashes each item takes 66 bytes, and one comma or bracket goes before it. */
enum { HASH_TOKEN_BYTES = 66, HASH_ITEM_BYTES = HASH_TOKEN_BYTES + 1 };

void frame_hash_array_at(struct frame_hash *hash, struct frame_span array, size_t i)
{
    FRAME_ASSERT(i < array.length / HASH_ITEM_BYTES);
    const struct frame_span token = {array.bytes + 1 + i * HASH_ITEM_BYTES, HASH_TOKEN_BYTES};
    const bool checked = hex_token_read(hash->bytes, sizeof hash->bytes, token);
    FRAME_ASSERT(checked);
}

/* An array of at most `max` hex64? */
static bool read_hashes(size_t *count, struct frame_span array, size_t max)
{
    if (json_kind(array) != JSON_ARRAY) return false;
    struct json_walk walk;
    struct frame_span item;
    struct frame_hash hash;
    *count = 0;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        if (*count == max || !hex_token_read(hash.bytes, sizeof hash.bytes, item)) return false;
        *count += 1;
    }
    return true;
}

static bool hashes_ascend(struct frame_span array, size_t count)
{
    struct frame_hash before;
    struct frame_hash hash;
    for (size_t i = 0; i < count; i++) {
        frame_hash_array_at(&hash, array, i);
        if (i > 0 && frame_hash_compare(&before, &hash) >= 0) return false;
        before = hash;
    }
    return true;
}

/* Quadratic, which FRAME_HAVE_MAX keeps to some 8,000 comparisons. */
static bool hashes_differ(struct frame_span array, size_t count)
{
    struct frame_hash hashes[FRAME_HAVE_MAX];
    FRAME_ASSERT(count <= FRAME_HAVE_MAX);
    for (size_t i = 0; i < count; i++) {
        frame_hash_array_at(&hashes[i], array, i);
        for (size_t j = 0; j < i; j++) {
            if (frame_hash_compare(&hashes[i], &hashes[j]) == 0) return false;
        }
    }
    return true;
}

/* commitment(heads) (§ 7) of a checked array: from two heads on it is the hash of this very text. */
static void commitment_of_text(struct frame_hash *commitment, const struct frame_crypto *crypto,
                               struct frame_span heads, size_t count)
{
    if (count == 0) {
        *commitment = frame_genesis;
    } else if (count == 1) {
        frame_hash_array_at(commitment, heads, 0);
    } else {
        frame_sha256_of(crypto, commitment, heads.bytes, heads.length);
    }
}

static bool read_after(struct frame_message *message, struct frame_span value)
{
    message->has_after = json_kind(value) != JSON_NULL;
    return !message->has_after ||
           hex_token_read(message->after.bytes, sizeof message->after.bytes, value);
}

static bool read_want(struct frame_message *message, struct frame_span value)
{
    message->hashes = value;
    return read_hashes(&message->hash_count, value, FRAME_ATTEST_HEADS_MAX);
}

static bool read_attest(struct frame_message *message, const struct frame_crypto *crypto,
                        const struct frame_span *values)
{
    message->attestation = values[0];
    message->hashes = values[1];
    if (json_kind(message->attestation) != JSON_OBJECT) return false;
    if (!read_hashes(&message->hash_count, message->hashes, FRAME_ATTEST_HEADS_MAX)) return false;
    if (!hashes_ascend(message->hashes, message->hash_count)) return false;
    /* Another version may commit to heads in another way: attestation_version has to be what the
       receiver sees of it, and that costs nobody anything. */
    struct frame_span token;
    message->foreign_version = attestation_foreign(&token, message->attestation);
    if (message->foreign_version) return true;

    struct frame_hash attested;
    struct frame_hash commitment;
    if (token.length == 0) return false;
    if (!hex_token_read(attested.bytes, sizeof attested.bytes, token)) return false;
    commitment_of_text(&commitment, crypto, message->hashes, message->hash_count);
    return frame_hash_compare(&attested, &commitment) == 0;
}

static bool read_request(struct frame_message *message, const struct frame_span *values)
{
    message->have = values[1];
    return read_after(message, values[0]) &&
           read_hashes(&message->have_count, message->have, FRAME_HAVE_MAX) &&
           hashes_differ(message->have, message->have_count) && read_want(message, values[3]);
}

static bool read_page(struct frame_message *message, const struct frame_span *values)
{
    message->receipts = values[1];
    if (!read_after(message, values[0])) return false;
    if (json_kind(message->receipts) != JSON_ARRAY) return false;
    if (message->receipts.length > FRAME_PAGE_BYTES_MAX) return false;
    message->receipt_count = json_count(message->receipts);
    if (message->receipt_count > FRAME_PAGE_RECEIPTS_MAX && !FRAME_PLANTED(page_unbounded))
        return false;
    if (!json_integer(values[2], &message->remaining) || message->remaining < 0) return false;
    if (message->receipt_count == 0 && message->remaining > 0) return false;
    return read_want(message, values[4]);
}

static bool read_reject(struct frame_message *message, const struct frame_span *values)
{
    message->code = values[0];
    return json_kind(message->code) == JSON_STRING;
}

/* ---- Announcements (§ 15) ---- */

/* A name of § 3, which needs no escapes. */
static bool read_name(struct frame_span *name, struct frame_span token)
{
    if (json_kind(token) != JSON_STRING) return false;
    *name = (struct frame_span){token.bytes + 1, token.length - 2};
    return name_valid(*name);
}

static bool read_dapp(struct frame_span *name, struct frame_span item)
{
    static const char *const members[] = {"codeHash", "id"};
    struct frame_span values[2];
    struct frame_hash hash;
    return json_kind(item) == JSON_OBJECT && object_values(values, item, members, 2) &&
           hash_token(&hash, values[0]) && read_name(name, values[1]);
}

/* An array of ascending names, or of dApps whose ids are? */
static bool names_ascend(struct frame_span array,
                         bool (*read)(struct frame_span *name, struct frame_span item))
{
    struct json_walk walk;
    struct frame_span item;
    struct frame_span before = {array.bytes, 0};
    size_t count = 0;
    if (json_kind(array) != JSON_ARRAY) return false;
    json_walk_init(&walk, array);
    while (json_next_item(&walk, &item)) {
        struct frame_span name;
        if (++count > FRAME_ANNOUNCE_NAMES_MAX || !read(&name, item)) return false;
        const size_t shorter = before.length < name.length ? before.length : name.length;
        const int order = memcmp(before.bytes, name.bytes, shorter);
        if (order > 0 || (order == 0 && before.length >= name.length)) return false;
        before = name;
    }
    return true;
}

static bool read_announce(struct frame_message *message, const struct frame_span *values)
{
    message->capabilities = values[0];
    message->dapps = values[1];
    message->hashes = values[4];
    return names_ascend(message->capabilities, read_name) &&
           names_ascend(message->dapps, read_dapp) &&
           json_integer(values[2], &message->issued_ms) && message->issued_ms >= 0 &&
           hex_token_read(message->member, sizeof message->member, values[3]) &&
           read_hashes(&message->hash_count, message->hashes, FRAME_ANNOUNCE_PEERS_MAX) &&
           hashes_ascend(message->hashes, message->hash_count);
}

/* ---- Routed intents (§ 18) ---- */

static bool read_route_id(struct frame_message *message, struct frame_span token)
{
    return hex_token_read(message->route.bytes, sizeof message->route.bytes, token);
}

/* The intent has to fit into an inputPayload (§ 3): what cannot is bad here already. */
static bool read_route(struct frame_message *message, const struct frame_span *values)
{
    static const char *const members[] = {"action", "payload", "raw"};
    struct frame_span parts[3];
    if (!read_route_id(message, values[0]) || json_kind(values[1]) != JSON_OBJECT ||
        values[1].length > FRAME_PAYLOAD_BYTES_MAX ||
        !object_values(parts, values[1], members, 3) || !read_name(&message->action, parts[0]))
        return false;
    message->payload = parts[1];
    message->raw = parts[2];
    return json_kind(message->payload) == JSON_OBJECT &&
           json_depth(message->payload) < FRAME_PAYLOAD_DEPTH_MAX &&
           json_kind(message->raw) == JSON_STRING &&
           json_string_length(message->raw) <= FRAME_RAW_BYTES_MAX;
}

static bool read_result(struct frame_message *message, const struct frame_span *values)
{
    message->result = values[2];
    return read_route_id(message, values[0]) && hash_token(&message->receipt, values[1]) &&
           json_kind(message->result) == JSON_OBJECT &&
           message->result.length <= FRAME_ROUTE_RESULT_BYTES_MAX;
}

static bool read_body(struct frame_message *message, const struct frame_crypto *crypto,
                      const struct frame_span *values)
{
    switch (message->type) {
    case FRAME_MESSAGE_ATTEST: return read_attest(message, crypto, values);
    case FRAME_MESSAGE_REQUEST: return read_request(message, values);
    case FRAME_MESSAGE_PAGE: return read_page(message, values);
    case FRAME_MESSAGE_REJECT: return read_reject(message, values);
    case FRAME_MESSAGE_ANNOUNCE: return read_announce(message, values);
    case FRAME_MESSAGE_ROUTE: return read_route(message, values);
    case FRAME_MESSAGE_RESULT: return read_result(message, values);
    }
    return false;
}

static bool has_members(const struct json_members *members, const char *const *names, size_t count)
{
    if (members->count != count) return false;
    for (size_t i = 0; i < count; i++)
        if (!json_string_is(members->keys[i], names[i])) return false;
    return true;
}

/* Its value, wherever it stands; length 0 where there is none. */
static struct frame_span type_of(const struct json_members *members, struct frame_span body)
{
    struct frame_span type = {NULL, 0};
    for (size_t i = 0; i < members->count && i < JSON_MEMBERS_MAX; i++)
        if (json_string_is(members->keys[i], "type")) return members->values[i];
    if (members->count > JSON_MEMBERS_MAX) (void)json_member(body, &type, "type");
    return type;
}

enum frame_status message_read(struct frame_message *message, bool *unknown_type,
                               const struct frame_crypto *crypto, struct frame_span body)
{
    struct json_members members;
    json_members_walk(&members, body);
    return message_read_members(message, unknown_type, crypto, body, &members);
}

enum frame_status message_read_members(struct frame_message *message, bool *unknown_type,
                                       const struct frame_crypto *crypto, struct frame_span body,
                                       const struct json_members *members)
{
    const struct frame_span type = type_of(members, body);
    *unknown_type = false;
    if (type.length == 0 || json_kind(type) != JSON_STRING) return FRAME_MESSAGE;
    size_t i = 0;
    while (i < TYPE_COUNT && !json_string_is(type, bodies[i].type)) {
        i++;
    }
    *unknown_type = i == TYPE_COUNT;
    if (*unknown_type) return FRAME_MESSAGE;

    message->type = (enum frame_message_type)i;
    struct frame_message read = {.type = message->type, .from = message->from};
    if (!has_members(members, bodies[i].members, bodies[i].count) ||
        !read_body(&read, crypto, members->values))
        return FRAME_MESSAGE;
    *message = read;
    return FRAME_OK;
}
