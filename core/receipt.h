// SPDX-License-Identifier: Apache-2.0
/* One receipt's fields (§ 3): reading them with the checks of step 2 of § 10, and its hashes. */
#ifndef FRAME_RECEIPT_H
#define FRAME_RECEIPT_H

#include "frame.h"

/* The members of an inputPayload of the right shape. */
struct payload_fields {
    struct frame_span action;  /* token */
    struct frame_span network; /* array; length 0: none */
    struct frame_span origin;  /* token */
    struct frame_span payload; /* object */
    struct frame_span raw;     /* token */
    int64_t timestamp_s;
};

/* The 16 fields. Spans point into the receipt's own canonical bytes; strings are tokens with their
   quotes unless said otherwise. */
struct receipt_fields {
    struct frame_span declared; /* arrays of strings, sorted and unique */
    struct frame_span used;
    struct frame_span dapp; /* decoded */
    struct frame_span identity;
    struct frame_span payload; /* inputPayload */
    struct frame_span intent;  /* decoded */
    struct frame_hash input_hash;
    struct frame_hash next_root;
    struct frame_hash previous; /* all zero where !has_previous */
    struct frame_hash previous_root;
    struct frame_public_key public_key;
    struct frame_hash receipt_hash;
    struct frame_hash result_hash;
    uint8_t signature[64];
    int64_t timestamp_s;
    bool has_previous;
    bool sets_known;       /* both arrays are of capabilities of § 5, and are these: */
    uint32_t declared_set; /* bits, as of frame_capability_set */
    uint32_t used_set;
    struct payload_fields inner; /* of inputPayload; in structural mode all empty */
    /* signable is these three spans with the three unsigned fields between them left out [E3] */
    struct frame_span signable[3];
};

enum { RECEIPT_FIELD_COUNT = 16, PAYLOAD_FIELD_COUNT = 5 };

/* Where the values of a receipt end whose members all stand where they should, counted from its first byte. What is between
   them is the same in each (§ 3). */
struct receipt_shape {
    uint32_t ends[RECEIPT_FIELD_COUNT];
    uint32_t inner_ends[PAYLOAD_FIELD_COUNT]; /* in inputPayload; [0] 0: it has other members */
    bool sets_known;                          /* as in receipt_fields */
    uint32_t declared_set;
    uint32_t used_set;
};

/*
 * Step 1 of § 10 on an item that begins at `start`, for the shape that nearly all have: keys are compared where they are
 * due. Behind the item, *shape filled in; 0 where it is no canonical JSON, is too long, or has another shape: which of
 * these, json_check_value tells.
 */
size_t receipt_skim(struct receipt_shape *shape, const uint8_t *bytes, size_t length, size_t start);

/*
 * Step 2 of § 10 on an item that step 1 has accepted: FIELD_TYPE where it is no object, then
 * FIELD_COUNT, FIELD_ORDER, FIELD_TYPE, VERSION.
 */
enum frame_status receipt_read(struct receipt_fields *fields, struct frame_span item,
                               enum frame_mode mode);
/* The same; `shape` is the item's, NULL where it has another one. */
enum frame_status receipt_read_shaped(struct receipt_fields *fields, struct frame_span item,
                                      const struct receipt_shape *shape, enum frame_mode mode);

/* Steps 1 and 2 on bytes that should be exactly one receipt, full mode; for the log (§ 13). */
enum frame_status receipt_check(struct frame_span bytes);

/* H(signable), from the spans. */
void receipt_signable_hash(struct frame_hash *hash, const struct frame_crypto *crypto,
                           const struct receipt_fields *fields);

/* A 64-hex token with quotes; false where it is not one. */
bool hash_token(struct frame_hash *hash, struct frame_span token);

/* False where the shape of § 3 is broken: members, types, sizes of origin and raw. */
bool payload_read(struct payload_fields *fields, struct frame_span input_payload);

/* The digits of a route's id (§ 18). */
enum { ROUTE_ID_DIGITS = 32 };
/* Is this inputPayload, an object, that of a routed intent: is its origin 64 hex digits, of which the last
   32 are the id? */
bool payload_route(struct frame_span *id, struct frame_span input_payload);
/* The same of the origin alone. */
bool origin_route(struct frame_span *id, struct frame_span origin);

/* Is a decoded name 1-64 of [A-Za-z0-9._-]? */
bool name_valid(struct frame_span name);

#endif
