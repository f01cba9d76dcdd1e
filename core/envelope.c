// SPDX-License-Identifier: Apache-2.0
/* Envelopes (§ 12): who sent a body. Anybody can make a bad one, so it is nobody's fault. */
#include "frame.h"

#include <string.h>

#include "json.h"
#include "message.h"
#include "planted.h"

/* The four members, in canonical order. */
enum member { BODY, FROM, SIGNATURE, VERSION, MEMBERS };
static const char *const members[MEMBERS] = {"body", "from", "signature", "version"};

/* A good envelope: shape, then the signature over the raw SHA-256 of the canonical body. */
static bool read_envelope(struct frame_span *body, struct frame_public_key *from,
                          const struct frame_crypto *crypto, const uint8_t *bytes, size_t length)
{
    const struct frame_span object = {bytes, length};
    size_t offset;
    if (frame_json_check(&offset, bytes, length) != FRAME_OK) return false;
    if (json_kind(object) != JSON_OBJECT) return false;

    struct frame_span values[MEMBERS];
    uint8_t signature[64];
    int64_t version;
    if (!object_values(values, object, members, MEMBERS)) return false;
    if (json_kind(values[BODY]) != JSON_OBJECT) return false;
    if (!hex_token_read(from->bytes, sizeof from->bytes, values[FROM])) return false;
    if (!hex_token_read(signature, sizeof signature, values[SIGNATURE])) return false;
    if (!json_integer(values[VERSION], &version)) return false;
    if (version != FRAME_ENVELOPE_VERSION) return false;

    struct frame_hash hash;
    *body = values[BODY];
    frame_sha256_of(crypto, &hash, body->bytes, body->length);
    return crypto->verify(crypto->context, signature, &hash, from) ||
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
    struct frame_span body;
    struct frame_public_key from;
    bool unknown = false;
    enum frame_status status = FRAME_ENVELOPE;
    if (read_envelope(&body, &from, crypto, bytes, length)) {
        message->from = from;
        status = is_trusted(trust, &from) ? message_read(message, &unknown, crypto, body)
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
