// SPDX-License-Identifier: Apache-2.0
/*
 * One intent run by frame_intent_execute for identity "me" at 1700000000 with parent GENESIS, against
 * what § 6 says comes of it. In a case's texts ' stands for " and @0, @1, … for the ids that the
 * random stream gives in this order.
 */
#ifndef FRAME_TESTS_EXECUTE_CASE_H
#define FRAME_TESTS_EXECUTE_CASE_H

#include <string.h>

#include "check.h"
#include "execute.h"
#include "heap.h"
#include "json.h"

struct execute_case {
    const char *name;
    const char *action;
    const char *payload;
    const char *before; /* storage; NULL: {} */
    const char *result;
    const char *after;   /* NULL: as before */
    const char *network; /* NULL: no networkResponses */
};

#define REFUSED(code) "{'error':'" code "','ok':false}"
enum { CASE_TIME_S = 1700000000, CASE_IDS_MAX = 16 };

/* The texts of a case, filled in. */
struct case_texts {
    struct buffer input;
    struct buffer before;
    struct buffer result;
    struct buffer after;
    struct frame_hash input_hash;
};

/* What came out. */
struct case_outcome {
    struct buffer result;
    struct buffer after;
    struct buffer used;
    struct frame_intent_outcome hashes;
};

static inline void case_text(struct buffer *out, const char *text, const char *ids)
{
    for (; *text != '\0'; text++) {
        if (*text == '\'') {
            buffer_text(out, "\"");
        } else if (*text == '@' && ids != NULL) {
            text++;
            size_t id = (size_t)(*text <= '9' ? *text - '0' : *text - 'a' + 10);
            buffer_append(out, ids + 16 * id, 16);
        } else {
            buffer_append(out, text, 1);
        }
    }
}

/* [E5], literally: the hex of SHA-256(GENESIS ‖ I ‖ 0) ‖ SHA-256(GENESIS ‖ I ‖ 1) ‖ … */
static inline void case_ids(char ids[CASE_IDS_MAX * 16], const struct frame_hash *input_hash)
{
    for (size_t counter = 0; counter < CASE_IDS_MAX / 4; counter++) {
        uint8_t seed[65];
        struct frame_hash genesis;
        struct frame_hash block;
        frame_sha256_of(frame_crypto_libsodium(), &genesis, "GENESIS", 7);
        memcpy(seed, genesis.bytes, 32);
        memcpy(seed + 32, input_hash->bytes, 32);
        seed[64] = (uint8_t)counter;
        frame_sha256_of(frame_crypto_libsodium(), &block, seed, sizeof seed);
        frame_hex_encode(ids + 64 * counter, block.bytes, 32);
    }
}

static inline void case_texts_init(struct case_texts *texts,
                                   const struct frame_allocator *allocator,
                                   const struct execute_case *test)
{
    const char *before = test->before == NULL ? "{}" : test->before;
    char ids[CASE_IDS_MAX * 16];
    buffer_init(&texts->input, allocator);
    buffer_init(&texts->before, allocator);
    buffer_init(&texts->result, allocator);
    buffer_init(&texts->after, allocator);
    buffer_text(&texts->input, "{\"action\":\"");
    buffer_text(&texts->input, test->action);
    buffer_text(&texts->input, "\"");
    if (test->network != NULL) {
        buffer_text(&texts->input, ",\"networkResponses\":");
        case_text(&texts->input, test->network, NULL);
    }
    buffer_text(&texts->input, ",\"origin\":\"\",\"payload\":");
    case_text(&texts->input, test->payload, NULL);
    buffer_text(&texts->input, ",\"raw\":\"\",\"timestamp\":1700000000}");
    frame_sha256_of(frame_crypto_libsodium(), &texts->input_hash, texts->input.bytes,
                    texts->input.length);
    case_ids(ids, &texts->input_hash);
    case_text(&texts->before, before, NULL);
    case_text(&texts->result, test->result, ids);
    case_text(&texts->after, test->after == NULL ? before : test->after, ids);
}

static inline void case_texts_free(struct case_texts *texts)
{
    buffer_free(&texts->input);
    buffer_free(&texts->before);
    buffer_free(&texts->result);
    buffer_free(&texts->after);
}

static inline void case_outcome_init(struct case_outcome *outcome,
                                     const struct frame_allocator *allocator)
{
    memset(&outcome->hashes, 0, sizeof outcome->hashes);
    buffer_init(&outcome->result, allocator);
    buffer_init(&outcome->after, allocator);
    buffer_init(&outcome->used, allocator);
}

static inline void case_outcome_free(struct case_outcome *outcome)
{
    buffer_free(&outcome->result);
    buffer_free(&outcome->after);
    buffer_free(&outcome->used);
}

static inline enum frame_status case_run(struct case_outcome *outcome,
                                         const struct frame_allocator *allocator,
                                         const struct case_texts *texts)
{
    static const struct frame_public_key key = {{7}};
    const struct frame_intent_run run = {.identity = {(const uint8_t *)"me", 2},
                                         .input_payload = buffer_view(&texts->input),
                                         .public_key = &key,
                                         .storage = buffer_view(&texts->before),
                                         .timestamp_s = CASE_TIME_S};
    return frame_intent_execute(&outcome->hashes, buffer_sink(&outcome->result),
                                buffer_sink(&outcome->after), buffer_sink(&outcome->used),
                                frame_crypto_libsodium(), allocator, &run);
}

static inline bool case_same(const char *name, const char *what, const struct buffer *found,
                             const struct buffer *expected)
{
    bool same = span_equal(buffer_view(found), buffer_view(expected));
    if (!same)
        printf("%s: %s is\n  %.*s\n  not\n  %.*s\n", name, what, (int)found->length,
               (const char *)found->bytes, (int)expected->length, (const char *)expected->bytes);
    return same;
}

/* Does an allocation that fails, whichever it is, leave nothing behind? */
static inline void case_failures(const struct execute_case *test, const struct case_texts *texts,
                                 const struct frame_allocator *out)
{
    struct heap heap = {0};
    struct frame_allocator allocator = heap_allocator(&heap);
    struct case_outcome outcome;
    enum frame_status status = FRAME_NO_MEMORY;
    static const struct frame_intent_outcome untouched;
    for (size_t n = 1; status != FRAME_OK; n++) {
        case_outcome_init(&outcome, out);
        heap_fail(&heap, n);
        status = case_run(&outcome, &allocator, texts);
        bool failed = heap.asked >= n;
        CHECK_IN(test->name, status == (failed ? FRAME_NO_MEMORY : FRAME_OK));
        CHECK_IN(test->name, heap.live == 0 && !heap.wrong_size);
        if (failed)
            CHECK_IN(test->name, memcmp(&outcome.hashes, &untouched, sizeof untouched) == 0);
        case_outcome_free(&outcome);
        if (status != FRAME_OK && status != FRAME_NO_MEMORY) return;
    }
}

static inline void case_check(const struct execute_case *test, const struct frame_allocator *out)
{
    struct case_texts texts;
    struct case_outcome outcome;
    struct frame_hash hash;
    case_texts_init(&texts, out, test);
    case_outcome_init(&outcome, out);
    CHECK_IN(test->name, case_run(&outcome, out, &texts) == FRAME_OK);
    CHECK_IN(test->name, case_same(test->name, "result", &outcome.result, &texts.result));
    CHECK_IN(test->name, case_same(test->name, "storage", &outcome.after, &texts.after));
    CHECK_IN(test->name, outcome.hashes.accepted == (strstr(test->result, "'ok':true") != NULL &&
                                                     strstr(test->result, "'error'") == NULL));
    CHECK_IN(test->name, frame_hash_compare(&outcome.hashes.input_hash, &texts.input_hash) == 0);
    frame_sha256_of(frame_crypto_libsodium(), &hash, texts.result.bytes, texts.result.length);
    CHECK_IN(test->name, frame_hash_compare(&outcome.hashes.result_hash, &hash) == 0);
    case_failures(test, &texts, out);
    case_outcome_free(&outcome);
    case_texts_free(&texts);
}

static inline void cases_check(const struct execute_case *tests, size_t count)
{
    struct heap heap = {0};
    struct frame_allocator out = heap_allocator(&heap);
    for (size_t i = 0; i < count; i++)
        case_check(&tests[i], &out);
    CHECK(heap.live == 0 && !heap.wrong_size);
}

#endif
