// SPDX-License-Identifier: Apache-2.0
/*
 * framesim core: FRAME federation, pure.
 *
 * Everything here is a function of its arguments. No I/O, no clock, no randomness, no threads, no
 * globals, no malloc: bytes, time and memory come from the caller. "§ n" names the section of the
 * protocol document (core/PROTOCOL.md) that a thing implements.
 *
 * Conventions
 * - Argument order: the object worked on, then outputs, then inputs; a length right after its array.
 * - `new`/`free` make and end an object of the caller's allocator; `init` sets up caller-held memory.
 * - Functions that can fail return enum frame_status; FRAME_OK is 0. On any other status outputs are
 *   untouched unless said otherwise, and the object is as it was before.
 * - Bad input yields a status, and where a place can be named a struct frame_fault. A broken
 *   invariant of the core itself stops the program (FRAME_ASSERT, FRAME_MUST), in release builds as well.
 * - Pointers into an object ("views") hold until the next call that changes that object.
 * - Units and bounds stand last in a name: deadline_ms, FRAME_RECEIPT_BYTES_MAX.
 * - NULL is allowed only where a comment says so.
 */
#ifndef FRAME_H
#define FRAME_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "allocator.h"

#define FRAME_PROTOCOL_VERSION "2.2.0"
enum {
    FRAME_RECEIPT_VERSION = 2,
    FRAME_CAPABILITY_VERSION = 2,
    FRAME_STATE_ROOT_VERSION = 3,
    FRAME_ATTESTATION_FORMAT_VERSION = 1,
    FRAME_ENVELOPE_VERSION = 1
};

/* Limits, all of them (§ 2, 3, 6, 10, 12). */
#define FRAME_INTEGER_MAX INT64_C(9007199254740991) /* 2^53 - 1 */
enum {
    FRAME_DEPTH_MAX = 32,                /* containers, counted from a document's root */
    FRAME_PAYLOAD_DEPTH_MAX = 28,        /* inputPayload, itself counted */
    FRAME_PAYLOAD_BYTES_MAX = 64 * 1024, /* inputPayload */
    FRAME_RAW_BYTES_MAX = 4 * 1024,      /* inputPayload.raw, decoded */
    FRAME_ORIGIN_BYTES_MAX = 64,         /* inputPayload.origin, decoded */
    FRAME_IDENTITY_BYTES_MAX = 128,      /* identity id, decoded */
    FRAME_NAME_BYTES_MAX = 64,           /* dApp ids and intents */
    FRAME_RECEIPT_BYTES_MAX = 256 * 1024,
    FRAME_BATCH_RECEIPTS_MAX = 1 << 20,
    FRAME_FILE_BYTES_MAX = 1 << 30,
    FRAME_STORAGE_BYTES_MAX = 16 * 1024 * 1024,
    FRAME_MERGE_HEADS_MAX = 64,
    FRAME_ATTEST_HEADS_MAX = 1024,
    FRAME_HAVE_MAX = 128,
    FRAME_PAGE_RECEIPTS_MAX = 256,
    FRAME_PAGE_BYTES_MAX = 1024 * 1024,
    FRAME_MESSAGE_BYTES_MAX = FRAME_PAGE_BYTES_MAX + 256 * 1024, /* of what an instance sends */
    FRAME_ATTESTATION_BYTES_MAX = 1024,
    FRAME_ROUTE_ID_BYTES = 16,
    FRAME_LOG_HEADER_BYTES = 8
};

/*
 * Status codes and their stable names. The names are part of the protocol (§ 10-12) from json_syntax
 * to message; the comment gives the smallest thing that triggers each.
 */
#define FRAME_STATUS_LIST(X)                                                                       \
    X(OK, "ok")                                                                                    \
    X(NO_MEMORY, "no_memory")       /* the caller's allocator said no */                           \
    X(BAD_ARGUMENT, "bad_argument") /* an intent whose parts break § 3 */                         \
    X(BUSY, "busy")                 /* an intent while receipts are not yet durable (§ 12) */     \
    X(SAFE_MODE, "safe_mode")       /* an intent after a corrupt log (§ 13) */                    \
    X(HALTED, "halted")             /* a step after storage failed */                              \
    X(LIMIT, "limit")               /* 33 opening brackets */                                      \
    X(JSON_SYNTAX, "json_syntax")   /* [1,] */                                                     \
    X(JSON_NOT_CANONICAL, "json_not_canonical") /* [1 ] */                                         \
    X(FIELD_COUNT, "field_count")               /* [{}] */                                         \
    X(FIELD_ORDER, "field_order")               /* 16 fields, one of another name */               \
    X(FIELD_TYPE, "field_type")                 /* [1] */                                          \
    X(VERSION, "version")                       /* "version":3 */                                  \
    X(INPUT_HASH, "input_hash")                 /* inputPayload changed */                         \
    X(RECEIPT_HASH, "receipt_hash")             /* a signed field changed */                       \
    X(DUPLICATE, "duplicate")                   /* one receipt twice in a batch */                 \
    X(LINK, "link")                             /* a child before its parent */                    \
    X(MERGE_HEADS, "merge_heads")               /* heads not ascending */                          \
    X(IDENTITY, "identity")                     /* another identity's receipt */                   \
    X(TIMESTAMP, "timestamp")                   /* before its parent's */                          \
    X(CAPABILITY_UNKNOWN, "capability_unknown")                                                    \
    X(CAPABILITY_UNDECLARED, "capability_undeclared")                                              \
    X(DAPP, "dapp") /* no such dApp or intent */                                                   \
    X(CAPABILITY_MANIFEST, "capability_manifest")                                                  \
    X(SIGNATURE, "signature")                                                                      \
    X(STATE_ROOT_LINK, "state_root_link")                                                          \
    X(RESULT_HASH, "result_hash")                                                                  \
    X(STATE_ROOT, "state_root")                                                                    \
    X(ATTESTATION_COUNT, "attestation_count")                                                      \
    X(ATTESTATION_COMMITMENT, "attestation_commitment")                                            \
    X(ATTESTATION_ROOT, "attestation_root")                                                        \
    X(ATTESTATION_VERSION, "attestation_version")                                                  \
    X(ATTESTATION_FORMAT, "attestation_format")                                                    \
    X(ATTESTATION_IDENTITY, "attestation_identity")                                                \
    X(ATTESTATION_SIGNATURE, "attestation_signature")                                              \
    X(ENVELOPE, "envelope")                                                                        \
    X(UNTRUSTED, "untrusted")                                                                      \
    X(MESSAGE, "message")                                                                          \
    X(UNKNOWN, "unknown")                 /* a request for a receipt that is not held */           \
    X(IGNORED, "ignored")                 /* from a peer that is being ignored */                  \
    X(UNASKED, "unasked")                 /* a page or a result that nobody has asked for */       \
    X(UNAVAILABLE, "unavailable")         /* an intent whose capabilities are not local (§ 16) */ \
    X(RESULT_MISMATCH, "result_mismatch") /* a receipt that is not as its result said (§ 18) */

enum frame_status {
#define FRAME_STATUS_ENUM(id, name) FRAME_##id,
    FRAME_STATUS_LIST(FRAME_STATUS_ENUM)
#undef FRAME_STATUS_ENUM
        FRAME_STATUS_COUNT
};

/* The stable lower-case name; never NULL. */
const char *frame_status_name(enum frame_status status);

/* Where input went wrong (§ 10). -1 stands for null: no receipt, or no byte, is to blame. */
struct frame_fault {
    enum frame_status status;
    int64_t index;  /* of the receipt in the array as received */
    int64_t offset; /* of the byte in the whole input */
};

/* A read-only run of bytes that somebody else owns. */
struct frame_span {
    const uint8_t *bytes;
    size_t length;
};

/* 32 raw bytes: a receiptHash, a state root, a commitment. */
struct frame_hash {
    uint8_t bytes[32];
};

/* The id of a routed intent (§ 18): drawn by who asks for it. */
struct frame_route_id {
    uint8_t bytes[FRAME_ROUTE_ID_BYTES];
};

/* An Ed25519 public key, raw. */
struct frame_public_key {
    uint8_t bytes[32];
};

/* An Ed25519 key pair in libsodium's form: seed, then public key. */
struct frame_secret_key {
    uint8_t bytes[64];
};

/* Lower-case hex of `length` bytes into `hex` (2 * length characters, no terminator). */
void frame_hex_encode(char *hex, const uint8_t *bytes, size_t length);
/* False, and `bytes` as they were, unless `hex` is 2 * length lower-case hex digits (§ 2). */
bool frame_hex_decode(uint8_t *bytes, size_t length, const char *hex, size_t hex_length);
/* memcmp order; the order of heads. */
int frame_hash_compare(const struct frame_hash *a, const struct frame_hash *b);

/* ---- Crypto ------------------------------------------------------------------------------- */

/* A SHA-256 in progress. Plain bytes: copying it copies the midstate. */
struct frame_sha256 {
    uint64_t opaque[16];
};

/*
 * The hash and signature functions that the core uses (§ 2). All must be pure functions. `context`
 * is handed to each. `verify` must have the semantics of libsodium 1.0.18's
 * crypto_sign_ed25519_verify_detached; it may remember its answers.
 */
struct frame_crypto {
    void *context;
    void (*sha256_init)(void *context, struct frame_sha256 *state);
    void (*sha256_update)(void *context, struct frame_sha256 *state, const uint8_t *bytes,
                          size_t length);
    void (*sha256_final)(void *context, struct frame_sha256 *state, struct frame_hash *hash);
    void (*key_pair)(void *context, struct frame_secret_key *secret, struct frame_public_key *key,
                     const uint8_t seed[32]);
    void (*sign)(void *context, uint8_t signature[64], const struct frame_hash *message,
                 const struct frame_secret_key *secret);
    bool (*verify)(void *context, const uint8_t signature[64], const struct frame_hash *message,
                   const struct frame_public_key *key);
};

/* The default provider, libsodium's. Never NULL. The caller runs sodium_init() once before use. */
const struct frame_crypto *frame_crypto_libsodium(void);

/* SHA-256 of bytes. */
void frame_sha256_of(const struct frame_crypto *crypto, struct frame_hash *hash, const void *bytes,
                     size_t length);

/* ---- Canonical JSON (§ 2) ------------------------------------------------------------------ */

/*
 * Is this one canonical JSON document? FRAME_OK, or FRAME_JSON_SYNTAX, FRAME_JSON_NOT_CANONICAL or
 * FRAME_LIMIT with *offset at the first fault.
 */
enum frame_status frame_json_check(size_t *offset, const uint8_t *bytes, size_t length);

/* Order of object keys, given as canonical string tokens with their quotes. <0, 0, >0. [E1] */
int frame_json_key_compare(struct frame_span a, struct frame_span b);

/* ---- The chain: a set of receipts in canonical order (§ 8) ---------------------------------- */

/*
 * A chain holds one identity's receipts, the fold of them, and what is needed to refold only what a
 * merge changes. Receipts come in by the stages below or by execution, and never leave.
 */
struct frame_chain;

enum frame_mode {
    FRAME_MODE_FULL,      /* every check of § 10 */
    FRAME_MODE_STRUCTURAL /* any FRAME 2.2.0 chain: no inner shape of inputPayload, no dApp table, no
                             manifests, no replay; state roots of one head only */
};

struct frame_dapp_table; /* core/dapp.h */

struct frame_chain_config {
    const struct frame_crypto *crypto;
    struct frame_allocator allocator;
    enum frame_mode mode;
    /* The identity's id, decoded UTF-8, and key; both or neither. Without them the chain takes those
       of the first receipt it verifies (§ 10). The bytes are copied. */
    struct frame_span identity;
    const struct frame_public_key *public_key; /* NULL: of the first receipt */
    const struct frame_dapp_table *dapps;      /* NULL: the dApps of § 6 */
};

enum frame_status frame_chain_new(struct frame_chain **result,
                                  const struct frame_chain_config *config);
void frame_chain_free(struct frame_chain *chain); /* NULL allowed */

/* What became of a receipt in the fold of the set that holds it (§ 8). */
enum frame_outcome {
    FRAME_OUTCOME_ACCEPTED,   /* as in its own context */
    FRAME_OUTCOME_REFUSED,    /* in its own context: final */
    FRAME_OUTCOME_CHANGED,    /* accepted with another result */
    FRAME_OUTCOME_SUPERSEDED, /* accepted in its own context, refused here */
    FRAME_OUTCOME_MERGE       /* a merge receipt: changes nothing */
};
const char *frame_outcome_name(enum frame_outcome outcome);

/* One held receipt, as a view. */
struct frame_receipt {
    struct frame_hash hash;      /* receiptHash */
    struct frame_hash next_root; /* nextStateRoot */
    struct frame_span bytes;     /* canonical, as first held */
    struct frame_span intent;    /* decoded (never escaped) */
    struct frame_span dapp;
    struct frame_span payload;        /* inputPayload, canonical */
    const struct frame_hash *parents; /* previousReceiptHash first for a merge: its heads */
    size_t parent_count;              /* 0 for a first receipt */
    int64_t timestamp_s;
    size_t position;  /* in canonical order */
    uint64_t arrival; /* 0 for the first receipt held, and so on */
    enum frame_outcome outcome;
    bool final; /* superseded, and laid to rest by a merge receipt */
};

/* Figures of the whole set. state_root is meaningless where !has_root (structural, many heads; or an
   empty chain that has no identity). */
struct frame_summary {
    size_t receipts;
    size_t head_count;
    const struct frame_hash *heads; /* ascending */
    struct frame_hash commitment;
    struct frame_hash state_root;
    bool has_root;
    size_t superseded;
    size_t changed;
};
void frame_chain_summary(const struct frame_chain *chain, struct frame_summary *summary);

/* The identity's key and id; false while the chain has none. */
bool frame_chain_identity(const struct frame_chain *chain, struct frame_public_key *key,
                          struct frame_span *id);
size_t frame_chain_count(const struct frame_chain *chain);
/* The receipt at a position of the canonical order; position < count. */
void frame_chain_at(const struct frame_chain *chain, struct frame_receipt *receipt,
                    size_t position);
/* The receipt that arrived as the n-th; arrival < count. */
void frame_chain_arrived(const struct frame_chain *chain, struct frame_receipt *receipt,
                         uint64_t arrival);
/* False where it is not held; receipt may be NULL. */
bool frame_chain_find(const struct frame_chain *chain, struct frame_receipt *receipt,
                      const struct frame_hash *hash);

/* Takes bytes in order; false stops the writer, whose function then returns false too. */
struct frame_sink {
    void *context;
    bool (*write)(void *context, const uint8_t *bytes, size_t length);
};
/* The chain file: a canonical array in canonical order. */
bool frame_chain_write(const struct frame_chain *chain, struct frame_sink sink);
/* fold(S) as one canonical object, entries outside the root included. Full mode only. */
bool frame_chain_write_storage(const struct frame_chain *chain, struct frame_sink sink);
/* The value at a storage key (decoded UTF-8): canonical JSON, or false where absent. */
bool frame_chain_storage(const struct frame_chain *chain, struct frame_span *value,
                         struct frame_span key);

/* Bytes that the graph of receipts takes: their wire bytes, and what is held beside them to find, order and
   link them. Storage and its checkpoints are not in it. */
void frame_chain_memory(const struct frame_chain *chain, size_t *wire_bytes, size_t *other_bytes);

/* ---- Stages: parsed -> verified -> replayed -> joined (§ 10, 9) ----------------------------- */

/* Step 1 passed: one canonical JSON document, cut into items. Points into the caller's bytes. */
struct frame_parsed;
/* Steps 2 to 6 passed against the chain it was verified for. */
struct frame_verified;
/* Step 7 passed: placed in the chain, provisionally. Until it is joined or discarded the chain takes no
   other call than those that take the frame_replayed. */
struct frame_replayed;

/* Step 1. `bytes` must outlive the result. */
enum frame_status frame_parse(struct frame_parsed **result, struct frame_fault *fault,
                              const struct frame_allocator *allocator, const uint8_t *bytes,
                              size_t length);
void frame_parsed_free(struct frame_parsed *parsed); /* NULL allowed */
size_t frame_parsed_count(const struct frame_parsed *parsed);

/* Steps 2 to 6, in array order. Receipts already held are passed over. `parsed` and its bytes may go
   after. A verified batch is void (an assertion) once the chain has changed. */
enum frame_status frame_verify(struct frame_verified **result, struct frame_fault *fault,
                               struct frame_chain *chain, const struct frame_parsed *parsed);
void frame_verified_free(struct frame_verified *verified); /* NULL allowed */

/* Step 7, each receipt in its own context. Consumes `verified` whatever comes out. On failure the
   chain is as it was. */
enum frame_status frame_replay(struct frame_replayed **replayed, struct frame_fault *fault,
                               struct frame_verified *verified);
/* Rejects the batch: the chain is as it was. NULL allowed. */
void frame_replayed_discard(struct frame_replayed *replayed);
/* Receipts in it that the chain did not hold. */
size_t frame_replayed_fresh(const struct frame_replayed *replayed);

struct frame_attestation;
/*
 * Step 8: closure(want), in the chain with the batch, against an attestation already checked (§ 11).
 * ATTESTATION_COUNT where a wanted head is missing or the count differs, then _COMMITMENT, _ROOT.
 */
enum frame_status frame_replayed_attested(struct frame_replayed *replayed,
                                          const struct frame_hash *want, size_t want_count,
                                          const struct frame_attestation *attestation);

/* What a join changed for people (§ 8): receipts named by hash, in canonical order. Lists hold until
   the chain's next change. */
struct frame_report {
    size_t fresh;                        /* receipts that were not held before */
    size_t refolded;                     /* receipts that were executed again */
    size_t first_difference;             /* first position at which the order changed */
    const struct frame_hash *superseded; /* accepted before (or new), superseded now */
    size_t superseded_count;
    const struct frame_hash *changed; /* as before (or new), changed now */
    size_t changed_count;
    const struct frame_hash *restored; /* superseded before, alive again */
    size_t restored_count;
};

/* The join (§ 9): set union. Consumes `replayed` only on FRAME_OK; otherwise (FRAME_NO_MEMORY) it is
   still there to discard. `report` may be NULL. */
enum frame_status frame_join(struct frame_report *report, struct frame_replayed *replayed);

/* Policy strict (§ 9): what FRAME's own text would do with closure(want) as the remote chain. */
enum frame_strict_result { FRAME_STRICT_TAKE, FRAME_STRICT_KEEP, FRAME_STRICT_DIVERGED };
enum frame_status frame_replayed_strict(struct frame_replayed *replayed,
                                        enum frame_strict_result *result, size_t *divergence,
                                        const struct frame_hash *want, size_t want_count);

/* ---- Execution (§ 4-6, 9) -------------------------------------------------------------------- */

struct frame_intent {
    uint32_t lacking;                    /* capabilities that are not local (§ 16); 0: all are */
    struct frame_span action;            /* decoded, 1-64 of [A-Za-z0-9._-] */
    struct frame_span payload;           /* a canonical JSON object */
    struct frame_span raw;               /* decoded UTF-8, what the user typed */
    struct frame_span origin;            /* decoded UTF-8 */
    struct frame_span network_responses; /* a canonical JSON array, or length 0 for none */
};

struct frame_executed {
    struct frame_hash receipt; /* the new receipt's hash */
    struct frame_span result;  /* canonical JSON, a view */
    size_t appended;           /* receipts appended: merge receipts before it included */
    bool accepted;             /* "ok":true */
    bool clock_behind;         /* a parent's timestamp was ahead of clock_s (§ 9) */
};

/*
 * Executes an intent on the chain's head, merging first where there are several (§ 9), and appends
 * the signed receipt. The chain must have an identity whose key is `secret`'s. BAD_ARGUMENT where
 * the intent's parts break § 3; DAPP where no dApp has the action; UNAVAILABLE where it uses a
 * capability that is lacking.
 */
enum frame_status frame_chain_execute(struct frame_chain *chain, struct frame_executed *executed,
                                      const struct frame_secret_key *secret,
                                      const struct frame_intent *intent, int64_t clock_s);
/* Appends merge receipts until at most `heads_max` (>= 1) heads are left. */
enum frame_status frame_chain_merge_heads(struct frame_chain *chain, size_t *appended,
                                          const struct frame_secret_key *secret, size_t heads_max);

/* One intent on a given storage, without a chain (§ 4-7). */
struct frame_intent_run {
    struct frame_span identity;        /* decoded UTF-8 */
    struct frame_span input_payload;   /* canonical inputPayload */
    const struct frame_hash *previous; /* NULL: none (GENESIS) */
    const struct frame_public_key *public_key;
    struct frame_span storage; /* a canonical object */
    int64_t timestamp_s;
};
struct frame_intent_outcome {
    struct frame_hash input_hash;
    struct frame_hash result_hash;
    struct frame_hash next_root;
    bool accepted;
};
/*
 * Writes the result, the storage after it and the array of capabilities used, each canonical.
 * JSON_* or FIELD_TYPE where an input is not what it should be, DAPP where no dApp has the intent.
 * Any sink's write may be NULL.
 */
enum frame_status frame_intent_execute(struct frame_intent_outcome *outcome,
                                       struct frame_sink result, struct frame_sink storage_after,
                                       struct frame_sink capabilities_used,
                                       const struct frame_crypto *crypto,
                                       const struct frame_allocator *allocator,
                                       const struct frame_intent_run *run);

/* ---- Attestations (§ 11) --------------------------------------------------------------------- */

struct frame_attestation {
    struct frame_public_key identity_key;
    struct frame_hash commitment;
    struct frame_hash state_root;
    int64_t receipt_count;
    int64_t timestamp_s;
};

/* Signs and writes the canonical attestation; *length <= FRAME_ATTESTATION_BYTES_MAX. */
void frame_attestation_make(uint8_t text[FRAME_ATTESTATION_BYTES_MAX], size_t *length,
                            const struct frame_crypto *crypto,
                            const struct frame_secret_key *secret,
                            const struct frame_attestation *attestation);
/* attestation_version, _format, _identity, _signature, in this order. */
enum frame_status frame_attestation_check(struct frame_attestation *attestation,
                                          const struct frame_crypto *crypto,
                                          const struct frame_public_key *identity_key,
                                          const uint8_t *text, size_t length);

enum frame_comparison {
    FRAME_SYNCHRONIZED,
    FRAME_LOCAL_AHEAD,
    FRAME_REMOTE_AHEAD,
    FRAME_DIVERGED,
    FRAME_NONDETERMINISM /* equal commitments, different roots: an alarm */
};
const char *frame_comparison_name(enum frame_comparison comparison);
enum frame_comparison frame_attestation_compare(const struct frame_attestation *local,
                                                const struct frame_attestation *remote);

/* commitment(heads) (§ 7): GENESIS, the head, or the hash of the array. `heads` ascending. */
void frame_commitment(const struct frame_crypto *crypto, struct frame_hash *commitment,
                      const struct frame_hash *heads, size_t head_count);

/* Figures of closure(heads) in a chain: count, commitment, root. UNKNOWN where a head is not held. */
enum frame_status frame_chain_closure(struct frame_chain *chain, size_t *receipts,
                                      struct frame_hash *commitment, struct frame_hash *state_root,
                                      const struct frame_hash *heads, size_t head_count);

/* ---- Messages (§ 12) ------------------------------------------------------------------------- */

enum frame_message_type {
    FRAME_MESSAGE_ATTEST,
    FRAME_MESSAGE_REQUEST,
    FRAME_MESSAGE_PAGE,
    FRAME_MESSAGE_REJECT,
    FRAME_MESSAGE_ANNOUNCE, /* § 15; the last three with discovery on only */
    FRAME_MESSAGE_ROUTE,    /* § 18 */
    FRAME_MESSAGE_RESULT
};
const char *frame_message_type_name(enum frame_message_type type);

/*
 * One opened message. Spans point into the envelope's bytes; heads, want and have are arrays of
 * quoted hex in canonical form, read with frame_hash_array_at.
 */
struct frame_message {
    enum frame_message_type type;
    struct frame_public_key from;
    struct frame_span attestation; /* attest: canonical object */
    struct frame_span hashes;      /* attest: heads; request, page: want; announce: peers */
    size_t hash_count;
    struct frame_span have; /* request */
    size_t have_count;
    bool has_after; /* request, page */
    struct frame_hash after;
    struct frame_span receipts; /* page: canonical array */
    size_t receipt_count;
    int64_t remaining;              /* page */
    struct frame_span code;         /* reject: canonical string token with its quotes */
    bool foreign_version;           /* attest: a version field differs; heads were not compared */
    struct frame_span capabilities; /* announce: canonical array of names; § 5 need not have them */
    struct frame_span dapps;        /* announce: canonical array of {"codeHash":…,"id":…} */
    int64_t issued_ms;              /* announce */
    uint8_t member[64];             /* announce: a signature that is not verified yet */
    struct frame_route_id route;    /* route, result */
    struct frame_span action;       /* route: decoded */
    struct frame_span payload;      /* route: canonical object */
    struct frame_span raw;          /* route: canonical string token with its quotes */
    struct frame_hash receipt;      /* result: receiptHash */
    struct frame_span result;       /* result: canonical object */
};
/* The i-th hash of an array span that the message reader has checked. */
void frame_hash_array_at(struct frame_hash *hash, struct frame_span array, size_t i);

/* Keys that may talk to this instance. */
struct frame_trust {
    bool strict; /* only `keys`; otherwise anybody */
    const struct frame_public_key *keys;
    size_t key_count;
};
/*
 * Opens an envelope: FRAME_ENVELOPE, FRAME_UNTRUSTED, FRAME_MESSAGE, in this order. message->from is
 * set for the last two; *unknown_type (NULL allowed) tells a FRAME_MESSAGE of a type that this
 * protocol has not.
 */
enum frame_status frame_envelope_open(struct frame_message *message, bool *unknown_type,
                                      const struct frame_crypto *crypto,
                                      const struct frame_trust *trust, const uint8_t *bytes,
                                      size_t length);
/* Bytes that an envelope adds to its body. */
enum { FRAME_ENVELOPE_OVERHEAD_BYTES = 256 };
/* Writes the envelope around a canonical body; `envelope` has room for body_length +
   FRAME_ENVELOPE_OVERHEAD_BYTES. */
void frame_envelope_seal(uint8_t *envelope, size_t *length, const struct frame_crypto *crypto,
                         const struct frame_secret_key *transport, const uint8_t *body,
                         size_t body_length);

/*
 * One page of closure(want) \ closure(have that is held), past `after` (NULL: from the start): the
 * positions of its receipts, at most FRAME_PAGE_RECEIPTS_MAX of them and FRAME_PAGE_BYTES_MAX of
 * array. UNKNOWN where a want is not held or `after` is outside closure(want). Receipts with
 * arrival >= visible are treated as not held.
 */
enum frame_status frame_chain_page(struct frame_chain *chain,
                                   size_t positions[FRAME_PAGE_RECEIPTS_MAX], size_t *count,
                                   size_t *remaining, const struct frame_hash *want,
                                   size_t want_count, const struct frame_hash *have,
                                   size_t have_count, const struct frame_hash *after,
                                   uint64_t visible);

/* ---- Receipt log (§ 13) ---------------------------------------------------------------------- */

enum frame_log_state { FRAME_LOG_CLEAN, FRAME_LOG_TORN, FRAME_LOG_CORRUPT };
const char *frame_log_state_name(enum frame_log_state state);

/* The 8 bytes before a payload. */
void frame_log_header(uint8_t header[FRAME_LOG_HEADER_BYTES], const uint8_t *payload,
                      size_t length);

/* Reads a log frame by frame; init, then next until it returns false. */
struct frame_log_reader {
    const uint8_t *bytes;
    size_t length;
    size_t offset;        /* of the frame that `next` looks at */
    size_t failed_offset; /* of the first failing frame, where state is not CLEAN */
    size_t kept;          /* good frames before it */
    enum frame_log_state state;
    bool aside; /* the frames that `next` now gives lie behind a failing one */
};
void frame_log_reader_init(struct frame_log_reader *reader, const uint8_t *bytes, size_t length);
/*
 * The next good frame's payload. Frames before the first failing one come first; then, with
 * reader->aside set, good frames behind it. At the end reader->state is final: CLEAN; TORN (no good
 * frame behind failed_offset); CORRUPT.
 */
bool frame_log_next(struct frame_log_reader *reader, struct frame_span *payload);

/* ---- Instance: the sync protocol as one step function (§ 12, 13) ----------------------------- */

struct frame_instance;

enum frame_policy { FRAME_POLICY_JOIN, FRAME_POLICY_STRICT };

/*
 * Times in milliseconds of the caller's monotonic time; what is jittered takes 3/4 to 4/4 of them.
 * frame_instance_config_init sets defaults.
 */
struct frame_instance_config {
    const struct frame_crypto *crypto;
    struct frame_allocator allocator;
    const struct frame_dapp_table *dapps; /* NULL: § 6 */
    struct frame_span identity;           /* decoded id, copied */
    struct frame_secret_key identity_secret;
    struct frame_secret_key transport_secret;
    enum frame_policy policy;
    bool strict_trust;           /* only peers added as trusted are heard */
    uint64_t jitter_seed;        /* spreads retries and gossip */
    uint64_t gossip_interval_ms; /* at least 1 */
    uint64_t coalesce_ms;        /* from a change to the attestation that tells of it */
    uint64_t request_timeout_ms; /* first wait, at least 1; doubles to retry_ms_max */
    uint64_t retry_ms_max;       /* at least 1 */
    uint64_t ignore_ms;          /* first time an offender is ignored; doubles to ignore_ms_max */
    uint64_t ignore_ms_max;
    uint32_t offences_max;       /* until ignored: 8 */
    uint32_t peers_max;          /* peers known at once, those added included */
    size_t staging_receipts_max; /* of one peer, before what is staged is joined */
    size_t staging_bytes_max;
    uint32_t capabilities; /* those that are local (§ 16), by frame_capability_set; default: all */
    bool discovery;        /* § 15 to 18; default: off */
    uint64_t announce_interval_ms; /* at least 1 */
    uint32_t table_peers_max;      /* known by discovery: 2 … 32, half of them who called in */
};
void frame_instance_config_init(struct frame_instance_config *config);

/* An instance without receipts. `now_ms` is the caller's monotonic time. BAD_ARGUMENT where the identity,
   a time or a size is out of range. */
enum frame_status frame_instance_new(struct frame_instance **result,
                                     const struct frame_instance_config *config, uint64_t now_ms);
void frame_instance_free(struct frame_instance *instance); /* NULL allowed */

/* What recovery found (§ 13). */
struct frame_recovery {
    enum frame_log_state state;
    int64_t offset;          /* of the failing frame; -1 where clean. Torn: cut the log here */
    enum frame_status cause; /* CORRUPT though the frame is good: why its receipt is not; else OK */
    size_t receipts;         /* held after recovery */
    size_t set_aside;        /* good frames from the failing one on that are not held */
    bool safe_mode;
};
/*
 * Fills a new instance from its log, before its first step. Where the result says TORN the caller
 * cuts its log at `offset`. Where it says CORRUPT the caller leaves the log as it is and goes on
 * appending to it, so that a further crash finds safe mode again; when FRAME_NOTE_SAFE_MODE_LEFT
 * comes, which is while all is durable and nothing is appended, it replaces the log, in one step, by the
 * bytes of frame_instance_log. `log` may go after.
 */
enum frame_status frame_instance_recover(struct frame_instance *instance,
                                         struct frame_recovery *recovery, const uint8_t *log,
                                         size_t length);
/* The log that holds what this instance holds, in order of arrival. */
bool frame_instance_log(const struct frame_instance *instance, struct frame_sink sink);

/* Adds or updates a known peer; ends the views of the last update. BAD_ARGUMENT: the key is the instance's own. NO_MEMORY where peers_max is
   reached, and nobody is known who only called in and has nothing under way. */
enum frame_status frame_instance_peer(struct frame_instance *instance,
                                      const struct frame_public_key *key, bool trusted);

/* STOP: what is staged is joined now or, where an append is outstanding, after DURABLE; the caller stops
   once none is. ACCEPT_LOSS: safe mode ends once all is durable. */
enum frame_event_type {
    FRAME_EVENT_TICK,        /* time has passed */
    FRAME_EVENT_MESSAGE,     /* bytes came in */
    FRAME_EVENT_INTENT,      /* the user wants something */
    FRAME_EVENT_DURABLE,     /* everything in update.append so far is on stable storage */
    FRAME_EVENT_FAILED,      /* storage failed: the instance halts and must be recovered anew */
    FRAME_EVENT_ACCEPT_LOSS, /* the operator ends safe mode (§ 13) */
    FRAME_EVENT_STOP,        /* about to stop: join what is staged (§ 12), and make it durable */
    FRAME_EVENT_ROUTE,       /* the user wants something that others are to do (§ 18) */
    FRAME_EVENT_FETCHED      /* the answer to FRAME_NOTE_FETCH */
};
struct frame_event {
    enum frame_event_type type;
    uint64_t now_ms;           /* monotonic; never less than in the event before */
    int64_t clock_s;           /* the instance's clock, which may be wrong */
    struct frame_span message; /* MESSAGE */
    const struct frame_intent
        *intent; /* INTENT, ROUTE; its origin is ignored: the instance writes its own */
    struct frame_route_id route;         /* FETCHED */
    struct frame_span network_responses; /* FETCHED: a canonical array, or length 0: it failed */
};

/*
 * JOINED without a peer: frames that a corrupt log had set aside; the report's lists are empty. REFUSED
 * receipts have their places in what was staged, over all pages that make one batch.
 */
enum frame_note_type {
    FRAME_NOTE_ACKNOWLEDGED, /* a receipt of this instance's user is durable: hash, result */
    FRAME_NOTE_JOINED,       /* receipts were joined: peer, report (durable only after DURABLE) */
    FRAME_NOTE_MERGED,       /* merge receipts were made: count */
    FRAME_NOTE_REFUSED,      /* something of a peer was refused: peer, fault */
    FRAME_NOTE_OFFENCE,      /* the refusal before this one cost the peer: count, so far */
    FRAME_NOTE_IGNORING,     /* a peer is ignored: peer, count = milliseconds */
    FRAME_NOTE_COMPARED,     /* an attestation came in: peer, comparison */
    FRAME_NOTE_ALARM,        /* nondeterminism (§ 11): peer, hash = the commitment */
    FRAME_NOTE_DIVERGED,     /* policy strict: peer, count = index of the first difference */
    FRAME_NOTE_CLOCK_BEHIND, /* a head is ahead of this instance's clock: count = seconds */
    FRAME_NOTE_SAFE_MODE_LEFT,
    FRAME_NOTE_TIMED_OUT, /* a request: peer, count = attempt */
    FRAME_NOTE_MET,       /* § 15: a peer has announced itself for the first time: peer */
    FRAME_NOTE_FORGOTTEN, /* a peer has left the table: peer */
    FRAME_NOTE_ROUTING,   /* § 18: an intent goes to a provider: peer, route, count = attempt */
    FRAME_NOTE_PROMISED,  /* its result came: peer, route, hash = the receipt's, result
                             (in the event's message) */
    FRAME_NOTE_ROUTED,    /* its receipt is held and durable: route, hash */
    FRAME_NOTE_GIVEN_UP,  /* nobody would, FRAME_ROUTE_ATTEMPTS_MAX times: route */
    FRAME_NOTE_FETCH, /* the caller is to fetch for another: route, result = the intent's payload; it
                             answers with FRAME_EVENT_FETCHED */
    FRAME_NOTE_SERVED /* another's intent was executed, and is durable: peer, route, hash */
};
const char *frame_note_name(enum frame_note_type type);
struct frame_note {
    enum frame_note_type type;
    struct frame_public_key peer;
    struct frame_fault fault;
    struct frame_hash hash;
    struct frame_span result;
    struct frame_report report;
    enum frame_comparison comparison;
    uint64_t count;
    struct frame_route_id route;
};

struct frame_outgoing {
    struct frame_public_key to;
    struct frame_span bytes;
    enum frame_message_type type;
};

/* What a step wants done, in this order: append, then send. Views until the instance changes. */
struct frame_update {
    struct frame_span append; /* log bytes to write and sync; then send FRAME_EVENT_DURABLE */
    const struct frame_outgoing *messages;
    size_t message_count;
    const struct frame_note *notes;
    size_t note_count;
    struct frame_route_id route; /* ROUTE that was taken: the id in all notes about it */
};

/*
 * One event. At most one append is outstanding: until FRAME_EVENT_DURABLE the instance joins nothing and answers
 * an intent with BUSY. Report lists in notes hold until the next step. Refusals of input from outside are notes, not
 * statuses; statuses are about this call: BUSY, SAFE_MODE, BAD_ARGUMENT, DAPP, UNAVAILABLE or NO_MEMORY for an intent,
 * which then had no effect; HALTED. Other events never fail: a message that finds no memory is as good as lost, and what
 * else finds none is tried again. The update is to be carried out whatever the status.
 */
enum frame_status frame_instance_step(struct frame_instance *instance, struct frame_update *update,
                                      const struct frame_event *event);
/* When the instance next wants a TICK, ms; UINT64_MAX for never. */
uint64_t frame_instance_deadline(const struct frame_instance *instance);

const struct frame_chain *frame_instance_chain(const struct frame_instance *instance);
/* Receipts that are durable: those with arrival < this. */
uint64_t frame_instance_durable(const struct frame_instance *instance);
bool frame_instance_in_safe_mode(const struct frame_instance *instance);
bool frame_instance_halted(const struct frame_instance *instance);
/* What is known of a peer; false for an unknown key. */
struct frame_peer_state {
    bool trusted;
    bool requesting;           /* a request is outstanding */
    uint64_t ignored_until_ms; /* 0: not ignored */
    uint32_t offences;
    uint32_t attempts; /* in vain since its last good message: delays double with each */
    size_t staged_receipts;
    /* with discovery on (§ 15 to 17) */
    bool configured; /* added by the caller: bootstrap or trusted */
    bool chosen;     /* of the half that this instance chose itself */
    bool member;     /* has shown that it is one of this identity */
    bool suspect;    /* unheard for 10 intervals, or never heard */
    unsigned ring;   /* 1 to 4 */
    uint32_t capabilities, successes, failures;
    uint64_t dapps;        /* bit i: it has the i-th of this instance's table, with the same code */
    int64_t issued_ms;     /* of its last announcement that counted, */
    uint64_t announced_ms; /* and when that came */
};
bool frame_instance_peer_state(const struct frame_instance *instance,
                               struct frame_peer_state *state, const struct frame_public_key *key);

#endif
