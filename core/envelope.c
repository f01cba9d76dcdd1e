// SPDX-License-Identifier: Apache-2.0
/* Envelopes (§ 12): who sent a body. Anybody can make a bad one, so it is nobody's fault. */
#include "frame.h"

#include <string.h>

#include "message.h"
#include "planted.h"

/* Takes a text, if it stands there. */
static bool take_text(const uint8_t **at, const uint8_t *end, const char *text)
{
    const size_t length = strlen(text);
    if ((size_t)(end - *at) < length || memcmp(*at, text, length) != 0) return false;
    *at += length;
    return true;
}

static bool take_hex(const uint8_t **at, const uint8_t *end, uint8_t *bytes, size_t length)
{
    if ((size_t)(end - *at) < 2 * length ||
        !frame_hex_decode(bytes, length, (const char *)*at, 2 * length))
        return false;
    *at += 2 * length;
    return true;
}

/* Canonical text has one form for all but the body. */
bool envelope_read(struct envelope *envelope, const uint8_t *bytes, size_t length)
{
    if (length == 0) return false; /* nor may `bytes` be counted from, which may be NULL */
    const uint8_t *at = bytes;
    const uint8_t *end = bytes + length;
    size_t behind;
    size_t offset;
    if (!take_text(&at, end, "{\"body\":") || at == end || *at != '{') return false;
    envelope->body.bytes = at;
    if (json_check_object(&envelope->members, &behind, &offset, bytes, length, (size_t)(at - bytes),
                          1) != FRAME_OK)
        return false;
    envelope->body.length = behind - (size_t)(at - bytes);
    at = bytes + behind;
    return take_text(&at, end, ",\"from\":\"") &&
           take_hex(&at, end, envelope->from.bytes, sizeof envelope->from.bytes) &&
           take_text(&at, end, "\",\"signature\":\"") &&
           take_hex(&at, end, envelope->signature, sizeof envelope->signature) &&
           take_text(&at, end, "\",\"version\":1}") && at == end;
}
_Static_assert(FRAME_ENVELOPE_VERSION == 1, "envelope_read has it as text");

/* A good envelope: its form, then the signature over the raw SHA-256 of the canonical body. */
static bool is_good(struct envelope *envelope, const struct frame_crypto *crypto,
                    const uint8_t *bytes, size_t length)
{
    struct frame_hash hash;
    if (!envelope_read(envelope, bytes, length)) return false;
    frame_sha256_of(crypto, &hash, envelope->body.bytes, envelope->body.length);
    return crypto->verify(crypto->context, envelope->signature, &hash, &envelope->from) ||
           FRAME_PLANTED(envelope_unsigned);
}

static bool is_trusted(const struct frame_trust *trust, const struct frame_public_key *from)
{
    if (!trust->strict) return true;
    for (size_t i = 0; i < trust->key_count; i++) {
        if (memcmp(trust->keys[i].bytes, from->bytes, sizeof from->bytes) == 0) return true;
    }
    return false;
}

enum frame_status frame_envelope_open(struct frame_message *message, bool *unknown_type,
                                      const struct frame_crypto *crypto,
                                      const struct frame_trust *trust, const uint8_t *bytes,
                                      size_t length)
{
    struct envelope envelope;
    bool unknown = false;
    enum frame_status status = FRAME_ENVELOPE;
    if (is_good(&envelope, crypto, bytes, length)) {
        message->from = envelope.from;
        status =
            is_trusted(trust, &envelope.from)
                ? message_read_members(message, &unknown, crypto, envelope.body, &envelope.members)
                : FRAME_UNTRUSTED;
    }
    if (unknown_type) *unknown_type = unknown;
    return status;
}

void frame_envelope_seal(uint8_t *envelope, size_t *length, const struct frame_crypto *crypto,
                         const struct frame_secret_key *transport, const uint8_t *body,
                         size_t body_length)
{
    struct frame_hash hash;
    uint8_t signature[64];
    frame_sha256_of(crypto, &hash, body, body_length);
    crypto->sign(crypto->context, signature, &hash, transport);

    uint8_t *at = envelope;
    put_text(&at, "{\"body\":");
    put_bytes(&at, body, body_length);
    put_text(&at, ",\"from\":\"");
    put_hex(&at, transport->bytes + 32, 32); /* the public key stands behind the seed */
    put_text(&at, "\",\"signature\":\"");
    put_hex(&at, signature, sizeof signature);
    put_text(&at, "\",\"version\":");
    put_integer(&at, FRAME_ENVELOPE_VERSION);
    put_text(&at, "}");
    *length = (size_t)(at - envelope);
    FRAME_ASSERT(*length <= body_length + FRAME_ENVELOPE_OVERHEAD_BYTES);
}
