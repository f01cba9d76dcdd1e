// SPDX-License-Identifier: Apache-2.0
/* What users do: one intent with its expected outcome, or many at random. */
#include <string.h>

#include "core/json.h"
#include "sim/interpret_internal.h"

/* How long a user waits for an instance that is busy. */
#define PATIENCE_US (10 * WORLD_SECOND)

/* The texts of an intent, terminated, as the world wants them. */
struct intent_texts {
    char action[FRAME_NAME_BYTES_MAX + 1];
    char payload[SCENARIO_LINE_BYTES_MAX + 1];
    char raw[SCENARIO_LINE_BYTES_MAX + 1];
    char responses[SCENARIO_LINE_BYTES_MAX + 1];
};

static void copy_text(char *text, struct frame_span span)
{
    if (span.length != 0) memcpy(text, span.bytes, span.length);
    text[span.length] = '\0';
}

static size_t ask(struct interpreter *in, const struct scenario_statement *statement)
{
    struct intent_texts texts;
    copy_text(texts.action, statement->of.intent.action);
    copy_text(texts.payload, statement->of.intent.payload);
    copy_text(texts.responses, statement->of.intent.responses);
    size_t raw_length = 0;
    if (statement->of.intent.raw.length != 0)
        raw_length = json_string_decode((uint8_t *)texts.raw, statement->of.intent.raw);
    texts.raw[raw_length] = '\0';
    struct world_intent intent = {.action = texts.action,
                                  .payload = texts.payload,
                                  .routed = statement->verb == SCENARIO_VERB_ROUTE};
    if (raw_length != 0) intent.raw = texts.raw;
    if (statement->of.intent.responses.length != 0) intent.network_responses = texts.responses;
    return world_intent(in->world, (int)statement->of.intent.peer, &intent);
}

/* Did it take effect? Before it is acknowledged its user has not been told, but the chain knows. */
static bool is_accepted(const struct interpreter *in, const struct world_outcome *outcome)
{
    struct frame_receipt receipt;
    if (outcome->state != WORLD_INTENT_EXECUTED) return outcome->accepted;
    const struct frame_chain *chain = world_peer_chain(in->world, outcome->peer);
    return frame_chain_find(chain, &receipt, &outcome->receipt) &&
           receipt.outcome != FRAME_OUTCOME_REFUSED;
}

/* What came of an intent, in the words in which a scenario expects it. */
static void outcome_words(const struct interpreter *in, char words[SCENARIO_CODE_BYTES_MAX + 1],
                          const struct world_outcome *outcome)
{
    const size_t size = SCENARIO_CODE_BYTES_MAX + 1;
    struct frame_span error;
    struct frame_span result = {(const uint8_t *)outcome->result, strlen(outcome->result)};
    if (outcome->state == WORLD_INTENT_WAITING || outcome->state == WORLD_INTENT_TURNED_AWAY) {
        snprintf(words, size, "%s", frame_status_name(outcome->status));
    } else if (outcome->state == WORLD_INTENT_UNTOLD) {
        snprintf(words, size, "untold");
    } else if (is_accepted(in, outcome)) {
        snprintf(words, size, "ok");
    } else if (result.length != 0 && json_member(result, &error, "error") && error.length >= 2) {
        snprintf(words, size, "%.*s", (int)(error.length - 2), (const char *)error.bytes + 1);
    } else {
        snprintf(words, size, "refused");
    }
}

static bool is_expected(const struct scenario_statement *statement,
                        const struct world_outcome *outcome, const char *words)
{
    switch (statement->of.intent.outcome) {
    case SCENARIO_OUTCOME_ANY:
    case SCENARIO_OUTCOME_LATER: return true;
    case SCENARIO_OUTCOME_OK: return span_is((struct frame_span){(const uint8_t *)"ok", 2}, words);
    case SCENARIO_OUTCOME_CODE: return span_is(statement->of.intent.expected, words);
    case SCENARIO_OUTCOME_RESULT: break;
    }
    return span_is(statement->of.intent.expected, outcome->result);
}

/* Has the instance said all that the statement asks for? */
struct patience {
    size_t intent;
    bool told; /* the user is to be told the result, which takes until it is durable */
};

static bool is_done(struct interpreter *in, const void *context)
{
    const struct patience *patience = context;
    struct world_outcome outcome;
    world_outcome(in->world, &outcome, patience->intent);
    if (outcome.state == WORLD_INTENT_WAITING) return false;
    return !patience->told || outcome.state != WORLD_INTENT_EXECUTED;
}

static bool expect_words(struct interpreter *in, const struct scenario_statement *statement,
                         const struct world_outcome *outcome)
{
    char words[SCENARIO_CODE_BYTES_MAX + 1];
    outcome_words(in, words, outcome);
    if (is_expected(statement, outcome, words)) {
        interpret_outcome(in, "%s", words);
        return true;
    }
    return interpret_fail(in, INTERPRET_EXPECTATION, statement, "came out as %s%s%s", words,
                          outcome->result[0] != '\0' ? ": " : "", outcome->result);
}

/* Waits until the instance has done it and, where the result is asked for, until it is told. */
static bool ask_and_wait(struct interpreter *in, const struct scenario_statement *statement,
                         size_t number)
{
    struct world_outcome outcome;
    bool reached;
    enum scenario_outcome kind = statement->of.intent.outcome;
    struct patience patience = {.intent = number};
    uint64_t until_us = world_now_us(in->world) + PATIENCE_US;
    patience.told = kind == SCENARIO_OUTCOME_CODE || kind == SCENARIO_OUTCOME_RESULT;
    if (!interpret_pass(in, &reached, until_us, is_done, &patience)) return false;
    world_outcome(in->world, &outcome, number);
    if (kind != SCENARIO_OUTCOME_OK || !reached || is_accepted(in, &outcome)) return true;
    patience.told = true; /* it has failed: say why */
    return interpret_pass(in, &reached, until_us, is_done, &patience);
}

bool verb_run_intent(struct interpreter *in, const struct scenario_statement *statement)
{
    struct world_outcome outcome;
    int peer = (int)statement->of.intent.peer;
    enum world_peer_state state = world_peer_state(in->world, peer);
    const bool later = statement->of.intent.outcome == SCENARIO_OUTCOME_LATER;
    if (state != WORLD_PEER_UP && !later) {
        return interpret_fail(in, INTERPRET_EXPECTATION, statement, "%s is %s",
                              world_peer_name(in->world, peer), world_peer_state_name(state));
    }
    size_t number = ask(in, statement);
    if (statement->of.intent.label != SIZE_MAX) in->intents[statement->of.intent.label] = number;
    if (later) {
        interpret_outcome(in, "asked");
        return true;
    }
    world_outcome(in->world, &outcome, number);
    bool no_expected = outcome.state == WORLD_INTENT_WAITING &&
                       statement->of.intent.outcome == SCENARIO_OUTCOME_CODE &&
                       span_is(statement->of.intent.expected, frame_status_name(outcome.status));
    if (no_expected) {
        world_withdraw(in->world, number);
    } else {
        if (!ask_and_wait(in, statement, number)) return false;
        world_outcome(in->world, &outcome, number);
    }
    return expect_words(in, statement, &outcome);
}

bool verb_run_route(struct interpreter *in, const struct scenario_statement *statement)
{
    return verb_run_intent(in, statement);
}

bool verb_run_workload(struct interpreter *in, const struct scenario_statement *statement)
{
    int peers[SCENARIO_PEERS_MAX];
    struct world_mix_entry mix[SCENARIO_MIX_MAX];
    struct world_workload workload;
    world_workload_init(&workload);
    workload.peers = peers;
    workload.peer_count = interpret_peers(in, peers, statement->peers, false);
    workload.interval_us = statement->of.workload.interval_us;
    workload.count = statement->duration_us / statement->of.workload.interval_us;
    workload.careless_ppm = statement->of.workload.careless_ppm;
    workload.raw_bytes = (size_t)statement->of.workload.raw_bytes;
    for (size_t i = 0; i < statement->of.workload.mix_count; i++) {
        mix[i].action = statement->of.workload.mix[i].action;
        mix[i].weight = statement->of.workload.mix[i].weight;
    }
    workload.mix_count = statement->of.workload.mix_count;
    workload.mix = workload.mix_count != 0 ? mix : NULL;
    if (world_workload(in->world, &workload)) return true;
    return interpret_fail(in, INTERPRET_BUDGET, statement, "the workload could not be set up");
}
