// SPDX-License-Identifier: Apache-2.0
/* What is said about routed intents (§ 18), and what came of them: on top of meeting.h. */
#ifndef FRAME_TESTS_ROUTES_H
#define FRAME_TESTS_ROUTES_H

#include "chain.h"
#include "json.h"
#include "meeting.h"

static inline uint32_t capability(const char *name)
{
    return frame_capability_set(&name, 1);
}

static inline const struct frame_note *last(const struct lab *lab, int index,
                                            enum frame_note_type type)
{
    return &device_last(lab, index, type)->note;
}

/* How many of the receipts that a device holds are of a route and take effect. */
static inline size_t effects(const struct lab *lab, int index)
{
    const struct frame_chain *chain = frame_instance_chain(lab->devices[index].instance);
    size_t count = 0;
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        const struct node *node = chain->order.nodes[i];
        count += node->routed && (node_outcome(node) == FRAME_OUTCOME_ACCEPTED ||
                                  node_outcome(node) == FRAME_OUTCOME_CHANGED);
    }
    return count;
}

static inline size_t routed(const struct lab *lab, int index)
{
    const struct frame_chain *chain = frame_instance_chain(lab->devices[index].instance);
    size_t count = 0;
    for (size_t i = 0; i < frame_chain_count(chain); i++)
        count += chain->order.nodes[i]->routed;
    return count;
}

static inline void fetched(struct lab *lab, int index, const char *responses)
{
    struct frame_event event = {
        .type = FRAME_EVENT_FETCHED,
        .route = last(lab, index, FRAME_NOTE_FETCH)->route,
        .network_responses = {(const uint8_t *)responses, strlen(responses)}};
    (void)device_do(lab, index, event);
}

static inline void say_result(struct lab *lab, int puppet, const struct frame_route_id *id,
                              const struct frame_hash *receipt, const char *result)
{
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    message_result(&body, id, receipt,
                   (struct frame_span){(const uint8_t *)result, strlen(result)});
    puppet_say(lab, puppet, 0, FRAME_MESSAGE_RESULT, &body);
}

static inline void say_route(struct lab *lab, int puppet, int to, uint8_t number,
                             const char *action, const char *payload)
{
    const struct frame_route_id id = {{number}};
    struct buffer body;
    buffer_init(&body, &lab->allocator);
    message_route(&body, &id, (struct frame_span){(const uint8_t *)action, strlen(action)},
                  (struct frame_span){(const uint8_t *)payload, strlen(payload)},
                  (struct frame_span){(const uint8_t *)"\n\"", 2});
    puppet_say(lab, puppet, to, FRAME_MESSAGE_ROUTE, &body);
}

/* The code of the last reject. */
static inline bool rejected(const struct lab *lab, int from, int to, const char *code)
{
    const struct frame_trust anybody = {.strict = false};
    for (size_t i = lab->letter_count; i > 0; i--) {
        const struct letter *letter = &lab->letters[i - 1];
        struct frame_message message;
        if (letter->from != from || letter->to != to || letter->type != FRAME_MESSAGE_REJECT)
            continue;
        return frame_envelope_open(&message, NULL, lab->crypto, &anybody, letter->bytes,
                                   letter->length) == FRAME_OK &&
               json_string_is(message.code, code);
    }
    return false;
}

/* A receipt that somebody has made of a routed intent. */
static inline void scribe_routed(struct lab *lab, struct frame_chain *chain,
                                 const struct frame_route_id *id, const char *action,
                                 const char *payload)
{
    struct frame_executed executed;
    uint8_t origin[64];
    memset(origin, '0', 32);
    frame_hex_encode((char *)origin + 32, id->bytes, sizeof id->bytes);
    const struct frame_intent intent = {.action = {(const uint8_t *)action, strlen(action)},
                                        .payload = {(const uint8_t *)payload, strlen(payload)},
                                        .origin = {origin, sizeof origin}};
    CHECK(frame_chain_execute(chain, &executed, &lab->identity_secret, &intent, CLOCK_S) ==
          FRAME_OK);
}

/* A member that can execute notes and fetches, as far as others can see. */
#define ABLE "[\"network.request\",\"storage.read\",\"storage.write\"]"
static inline void puppet_able(struct lab *lab, int puppet, int64_t issued_ms)
{
    const struct saying saying = {.issued_ms = issued_ms, .capabilities = ABLE};
    puppet_announce(lab, puppet, 0, &saying);
}

#endif
