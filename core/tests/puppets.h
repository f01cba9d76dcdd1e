// SPDX-License-Identifier: Apache-2.0
/*
 * What puppets say (see instances.h): true or false attestations of a chain that the test holds, pages of
 * it, and whatever else. A scribe is such a chain, and writes receipts of the identity.
 */
#ifndef FRAME_TESTS_PUPPETS_H
#define FRAME_TESTS_PUPPETS_H

#include "instances.h"

/* ---- Scribes ---- */

static inline struct frame_chain *scribe_new(struct lab *lab)
{
    struct frame_chain *chain = NULL;
    const struct frame_chain_config config = {.crypto = lab->crypto,
                                              .allocator = lab->allocator,
                                              .identity = lab->config.identity,
                                              .public_key = &lab->identity_key};
    if (frame_chain_new(&chain, &config) != FRAME_OK) abort();
    return chain;
}

static inline void scribe_act(struct lab *lab, struct frame_chain *chain, const char *action,
                              const char *payload, int64_t clock_s)
{
    struct frame_executed executed;
    const struct frame_intent intent = {.action = {(const uint8_t *)action, strlen(action)},
                                        .payload = {(const uint8_t *)payload, strlen(payload)},
                                        .origin = {(const uint8_t *)"scribe", 6}};
    CHECK(frame_chain_execute(chain, &executed, &lab->identity_secret, &intent, clock_s) ==
          FRAME_OK);
}

static inline void scribe_write(struct lab *lab, struct frame_chain *chain, size_t receipts)
{
    for (size_t i = 0; i < receipts; i++) {
        char payload[64];
        (void)snprintf(payload, sizeof payload, "{\"text\":\"%zu\"}", frame_chain_count(chain));
        scribe_act(lab, chain, "notes.create", payload, CLOCK_S);
    }
}

/* An array of receipts gets into the chain. */
static inline enum frame_status scribe_take(struct lab *lab, struct frame_chain *chain,
                                            struct frame_span array)
{
    struct frame_parsed *parsed = NULL;
    struct frame_verified *verified = NULL;
    struct frame_replayed *replayed = NULL;
    struct frame_fault fault;
    enum frame_status status =
        frame_parse(&parsed, &fault, &lab->allocator, array.bytes, array.length);
    if (status == FRAME_OK) status = frame_verify(&verified, &fault, chain, parsed);
    if (status == FRAME_OK) status = frame_replay(&replayed, &fault, verified);
    if (status == FRAME_OK) status = frame_join(NULL, replayed);
    frame_parsed_free(parsed);
    return status;
}

static inline void scribe_copy(struct lab *lab, struct frame_chain *chain,
                               const struct frame_chain *from)
{
    struct buffer text;
    buffer_init(&text, &lab->allocator);
    CHECK(frame_chain_write(from, buffer_sink(&text)));
    CHECK(scribe_take(lab, chain, buffer_view(&text)) == FRAME_OK);
    buffer_free(&text);
}

/* As many heads, each a first receipt. */
static inline void scribe_fork(struct lab *lab, struct frame_chain *chain, size_t heads)
{
    for (size_t i = 0; i < heads; i++) {
        struct frame_chain *branch = scribe_new(lab);
        char payload[64];
        (void)snprintf(payload, sizeof payload, "{\"text\":\"branch %zu\"}", i);
        scribe_act(lab, branch, "notes.create", payload, CLOCK_S);
        scribe_copy(lab, chain, branch);
        frame_chain_free(branch);
    }
}

static inline struct frame_summary scribe_summary(const struct frame_chain *chain)
{
    struct frame_summary summary;
    frame_chain_summary(chain, &summary);
    return summary;
}

/* ---- Saying ---- */

/* Seals the body, brings it, and frees it. */
static inline void puppet_say(struct lab *lab, int puppet, int to, enum frame_message_type type,
                              struct buffer *body)
{
    struct buffer sealed;
    size_t length;
    buffer_init(&sealed, &lab->allocator);
    buffer_span(&sealed, buffer_view(body));
    for (size_t i = 0; i < FRAME_ENVELOPE_OVERHEAD_BYTES; i++)
        buffer_text(&sealed, " ");
    frame_envelope_seal(sealed.bytes, &length, lab->crypto, &lab->devices[puppet].transport,
                        body->bytes, body->length);
    sealed.length = length;
    lab_post(lab, puppet, to, type, buffer_view(&sealed));
    buffer_free(&sealed);
    buffer_free(body);
    lab_deliver(lab, lab->letter_count - 1);
}

static inline void puppet_say_text(struct lab *lab, int puppet, int to, const char *text)
{
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    buffer_text(&body, text);
    puppet_say(lab, puppet, to, FRAME_MESSAGE_REJECT, &body);
}

static inline struct frame_attestation attestation_of(const struct lab *lab,
                                                      const struct frame_summary *summary)
{
    return (struct frame_attestation){.identity_key = lab->identity_key,
                                      .commitment = summary->commitment,
                                      .state_root = summary->state_root,
                                      .receipt_count = (int64_t)summary->receipts,
                                      .timestamp_s = CLOCK_S};
}

/* Whatever it says, signed by `secret`. */
static inline void puppet_attest_as(struct lab *lab, int puppet, int to,
                                    const struct frame_attestation *attestation,
                                    const struct frame_hash *heads, size_t head_count,
                                    const struct frame_secret_key *secret)
{
    uint8_t text[FRAME_ATTESTATION_BYTES_MAX];
    size_t length;
    struct buffer body;
    frame_attestation_make(text, &length, lab->crypto, secret, attestation);
    buffer_init(&body, &lab->allocator);
    message_attest(&body, (struct frame_span){text, length}, heads, head_count);
    puppet_say(lab, puppet, to, FRAME_MESSAGE_ATTEST, &body);
}

/* The truth about a chain. */
static inline void puppet_attest(struct lab *lab, int puppet, int to,
                                 const struct frame_chain *chain)
{
    struct frame_summary summary = scribe_summary(chain);
    struct frame_attestation attestation = attestation_of(lab, &summary);
    puppet_attest_as(lab, puppet, to, &attestation, summary.heads, summary.head_count,
                     &lab->identity_secret);
}

static inline void puppet_reject(struct lab *lab, int puppet, int to, const char *code)
{
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    message_reject(&body, code);
    puppet_say(lab, puppet, to, FRAME_MESSAGE_REJECT, &body);
}

static inline void puppet_request(struct lab *lab, int puppet, int to,
                                  const struct frame_hash *want, size_t want_count,
                                  const struct frame_hash *have, size_t have_count,
                                  const struct frame_hash *after)
{
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    message_request(&body, after, have, have_count, want, want_count);
    puppet_say(lab, puppet, to, FRAME_MESSAGE_REQUEST, &body);
}

/* ---- Answering ---- */

enum { WANT_MAX = 256 };

/* A request that a puppet got. */
struct asked {
    int from;
    struct frame_hash want[WANT_MAX];
    size_t want_count;
    struct frame_hash have[FRAME_HAVE_MAX];
    size_t have_count;
    bool has_after;
    struct frame_hash after;
};

/* Opens a letter: a view into it. */
static inline struct frame_message letter_open(const struct lab *lab, size_t at)
{
    const struct frame_trust anybody = {.strict = false};
    struct frame_message message;
    const struct letter *letter = &lab->letters[at];
    if (frame_envelope_open(&message, NULL, lab->crypto, &anybody, letter->bytes, letter->length) !=
        FRAME_OK)
        abort();
    return message;
}

/* Takes the first request from the letters; false where there is none. */
static inline bool puppet_asked(struct lab *lab, int puppet, struct asked *asked)
{
    size_t at;
    if (!lab_seek(lab, &at, NOBODY, puppet, FRAME_MESSAGE_REQUEST)) return false;
    struct frame_message message = letter_open(lab, at);
    if (message.hash_count > WANT_MAX) abort();
    *asked = (struct asked){.from = lab->letters[at].from,
                            .want_count = message.hash_count,
                            .have_count = message.have_count,
                            .has_after = message.has_after,
                            .after = message.after};
    for (size_t i = 0; i < message.hash_count; i++)
        frame_hash_array_at(&asked->want[i], message.hashes, i);
    for (size_t i = 0; i < message.have_count; i++)
        frame_hash_array_at(&asked->have[i], message.have, i);
    lab_drop(lab, at);
    return true;
}

/* A page of these receipts, as an answer to the request. */
static inline void puppet_page(struct lab *lab, int puppet, const struct asked *asked,
                               const struct frame_span *receipts, size_t count, size_t remaining)
{
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    message_page_begin(&body, asked->has_after ? &asked->after : NULL);
    for (size_t i = 0; i < count; i++)
        message_page_receipt(&body, receipts[i]);
    message_page_end(&body, (int64_t)remaining, asked->want, asked->want_count);
    puppet_say(lab, puppet, asked->from, FRAME_MESSAGE_PAGE, &body);
}

/* At most `limit` receipts of the honest answer. */
static inline bool puppet_answer(struct lab *lab, int puppet, const struct asked *asked,
                                 struct frame_chain *chain, size_t limit)
{
    size_t positions[FRAME_PAGE_RECEIPTS_MAX];
    struct frame_span receipts[FRAME_PAGE_RECEIPTS_MAX];
    size_t count;
    size_t remaining;
    if (!CHECK(frame_chain_page(chain, positions, &count, &remaining, asked->want,
                                asked->want_count, asked->have, asked->have_count,
                                asked->has_after ? &asked->after : NULL, UINT64_MAX) == FRAME_OK))
        return false;
    for (size_t i = 0; i < count; i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, positions[i]);
        receipts[i] = receipt.bytes;
    }
    if (count > limit) remaining += count - limit;
    puppet_page(lab, puppet, asked, receipts, count < limit ? count : limit, remaining);
    return true;
}

/* Answers honestly as long as there are requests; how many there were. */
static inline size_t puppet_serve(struct lab *lab, int puppet, struct frame_chain *chain)
{
    struct asked asked;
    size_t count = 0;
    while (puppet_asked(lab, puppet, &asked) &&
           puppet_answer(lab, puppet, &asked, chain, FRAME_PAGE_RECEIPTS_MAX))
        count++;
    return count;
}

#endif
