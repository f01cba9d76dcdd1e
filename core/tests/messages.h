// SPDX-License-Identifier: Apache-2.0
/* What the tests of message bodies and of envelopes share: memory, hashes, and a body's way into an
   envelope and out of it again. */
#ifndef FRAME_TESTS_MESSAGES_H
#define FRAME_TESTS_MESSAGES_H

#include <stdlib.h>
#include <string.h>

#include "core/frame.h"
#include "core/message.h"
#include "heap.h"

static const struct frame_crypto *crypto;
static struct frame_secret_key secret;
static struct frame_public_key key;
static const struct frame_trust anybody = {false, NULL, 0};

static inline void make_keys(void)
{
    static const uint8_t seed[32] = {9};
    crypto = frame_crypto_libsodium();
    crypto->key_pair(crypto->context, &secret, &key, seed);
}

static struct heap memory;
static const struct frame_allocator allocator = {
    .context = &memory, .allocate = heap_allocate, .release = heap_release};

static inline struct frame_span span_of(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

/* `count` hashes, ascending, with numbers from `first` on. */
static inline void fill_hashes(struct frame_hash *hashes, size_t count, size_t first)
{
    for (size_t i = 0; i < count; i++) {
        memset(hashes[i].bytes, 0xab, sizeof hashes[i].bytes);
        hashes[i].bytes[0] = (uint8_t)((first + i) >> 8);
        hashes[i].bytes[1] = (uint8_t)(first + i);
    }
}

/* An attestation of a set with these heads. */
static inline void make_attestation(uint8_t text[FRAME_ATTESTATION_BYTES_MAX], size_t *length,
                                    const struct frame_hash *heads, size_t count)
{
    struct frame_attestation attestation = {.identity_key = key, .receipt_count = 5};
    frame_commitment(crypto, &attestation.commitment, heads, count);
    frame_attestation_make(text, length, crypto, &secret, &attestation);
}

/* An envelope that ends where its memory ends. `message` points into it until it is freed. */
struct opened {
    uint8_t *envelope;
    struct frame_message message;
    bool unknown_type;
    enum frame_status status;
};

static inline struct opened open_body(struct frame_span body, const struct frame_trust *trust)
{
    struct opened opened = {.unknown_type = true};
    size_t length;
    uint8_t *sealed = malloc(body.length + FRAME_ENVELOPE_OVERHEAD_BYTES);
    if (!sealed) abort();
    frame_envelope_seal(sealed, &length, crypto, &secret, body.bytes, body.length);
    opened.envelope = malloc(length);
    if (!opened.envelope) abort();
    memcpy(opened.envelope, sealed, length);
    free(sealed);
    opened.status = frame_envelope_open(&opened.message, &opened.unknown_type, crypto, trust,
                                        opened.envelope, length);
    return opened;
}

#endif
