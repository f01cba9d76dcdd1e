// SPDX-License-Identifier: Apache-2.0
/*
 * Message bodies (§ 12): builders and the reader, and the few helpers for text of a fixed shape that
 * attestations and envelopes need as well.
 *
 * A builder appends one body's canonical bytes to a buffer; look at buffer->failed once at the end.
 * Arrays of hashes are given with their length; NULL where the length is 0.
 */
#ifndef FRAME_MESSAGE_H
#define FRAME_MESSAGE_H

#include "frame.h"
#include "json.h"
#include "memory.h"
#include "routing.h"

/* `attestation` is canonical text, `heads` are ascending: at most FRAME_ATTEST_HEADS_MAX. */
void message_attest(struct buffer *body, struct frame_span attestation,
                    const struct frame_hash *heads, size_t head_count);
/* `after` NULL: from the start. At most FRAME_HAVE_MAX of `have`, without repeats. */
void message_request(struct buffer *body, const struct frame_hash *after,
                     const struct frame_hash *have, size_t have_count,
                     const struct frame_hash *want, size_t want_count);
/* A page: begin, then each receipt's canonical bytes, then end. The caller counts receipts and
   bytes (FRAME_PAGE_RECEIPTS_MAX, FRAME_PAGE_BYTES_MAX: two brackets, the receipts, commas). */
void message_page_begin(struct buffer *body, const struct frame_hash *after);
void message_page_receipt(struct buffer *body, struct frame_span receipt);
void message_page_end(struct buffer *body, int64_t remaining, const struct frame_hash *want,
                      size_t want_count);
/* `code`: a name of § 10-12, ASCII. */
void message_reject(struct buffer *body, const char *code);

/* § 15. `capabilities` and `dapps` are canonical arrays; `peers` ascending transport keys: at most
   FRAME_ANNOUNCE_PEERS_MAX. */
void message_announce(struct buffer *body, struct frame_span capabilities, struct frame_span dapps,
                      int64_t issued_ms, const uint8_t member[64],
                      const struct frame_public_key *peers, size_t peer_count);
/* § 18. `payload` is a canonical object, `raw` decoded UTF-8. */
void message_route(struct buffer *body, const struct frame_route_id *id, struct frame_span action,
                   struct frame_span payload, struct frame_span raw);
/* `result` is a canonical object. */
void message_result(struct buffer *body, const struct frame_route_id *id,
                    const struct frame_hash *receipt, struct frame_span result);
/* The canonical array of a table's dApps, as announced: the first FRAME_ANNOUNCE_NAMES_MAX of them. */
void message_dapps(struct buffer *array, const struct frame_crypto *crypto,
                   const struct frame_dapp_table *dapps);

/*
 * Fills all but `from` from the body of a good envelope: FRAME_MESSAGE, with all but its type untouched,
 * where the body is not exactly what § 12 says. *unknown_type becomes true where its type is a string
 * that this protocol has not, else false.
 */
enum frame_status message_read(struct frame_message *message, bool *unknown_type,
                               const struct frame_crypto *crypto, struct frame_span body);

/* The same of a body whose members are known: all of them, or the first JSON_MEMBERS_MAX and their number. */
enum frame_status message_read_members(struct frame_message *message, bool *unknown_type,
                                       const struct frame_crypto *crypto, struct frame_span body,
                                       const struct json_members *members);

/* An envelope of the form of § 12, taken apart; views of the text it was read from. Its signature has not been checked. */
struct envelope {
    struct frame_span body; /* an object */
    struct json_members members;
    struct frame_public_key from;
    uint8_t signature[64];
};
/* False where it has another form (FRAME_ENVELOPE): *envelope is undefined then. `bytes` may be NULL where `length` is 0. */
bool envelope_read(struct envelope *envelope, const uint8_t *bytes, size_t length);

/* Is one of the five version fields of an attestation there and not ours (§ 11)? If not, its commitment as it stands
   there; length 0 where it has none. */
bool attestation_foreign(struct frame_span *commitment, struct frame_span object);
/* frame_attestation_check of text that is a value of a message, so that it has been checked as JSON. */
enum frame_status attestation_read(struct frame_attestation *attestation,
                                   const struct frame_crypto *crypto,
                                   const struct frame_public_key *identity_key,
                                   struct frame_span object);

/* ---- Text of a fixed shape -------------------------------------------------------------------- */

/* False unless an object has exactly these members, named in canonical order; their values. */
bool object_values(struct frame_span *values, struct frame_span object, const char *const *names,
                   size_t count);

/* False unless the token is a string of 2 * length lower-case hex digits (§ 2). */
bool hex_token_read(uint8_t *bytes, size_t length, struct frame_span token);

/* Write to *at and move it behind; the caller knows that there is room. */
void put_bytes(uint8_t **at, const void *bytes, size_t length);
void put_text(uint8_t **at, const char *text);
void put_integer(uint8_t **at, int64_t integer);
void put_hex(uint8_t **at, const uint8_t *bytes, size_t length); /* without quotes */

#endif
