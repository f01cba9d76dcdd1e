// SPDX-License-Identifier: Apache-2.0
#include "execute.h"

#include "dapp_builtin.h"
#include "dapp_run.h"
#include "json.h"
#include "planted.h"
#include "receipt.h"

enum { SCRATCH_COUNT = sizeof((struct executor *)0)->scratch / sizeof(struct buffer) };

/* § 7, E6: SHA-256 of the ASCII string "GENESIS". */
const struct frame_hash frame_genesis = {{0x90, 0x11, 0x31, 0xd8, 0x38, 0xb1, 0x7a, 0xac,
                                          0x0f, 0x78, 0x85, 0xb8, 0x1e, 0x03, 0xcb, 0xdc,
                                          0x9f, 0x51, 0x57, 0xa0, 0x03, 0x43, 0xd3, 0x0a,
                                          0xb2, 0x20, 0x83, 0x68, 0x5e, 0xd1, 0x41, 0x6a}};

/* ---- The state-root document (§ 7) ------------------------------------------------------------- */

/* Up to where documents of one identity differ. */
static void document_head(struct executor *executor, const struct frame_public_key *public_key)
{
    struct buffer *text = &executor->result;
    buffer_clear(text);
    buffer_text(text, "{\"capabilityVersion\":");
    buffer_integer(text, FRAME_CAPABILITY_VERSION);
    buffer_text(text, ",\"identityPublicKey\":\"");
    buffer_hex(text, public_key->bytes, sizeof public_key->bytes);
    buffer_text(text, "\",\"installedDApps\":");
    installed_dapps_write(text, executor->crypto, executor->dapps);
    buffer_text(text, ",\"receiptChainCommitment\":\"");
}

static void hash_text(const struct frame_crypto *crypto, struct frame_sha256 *hash,
                      const char *text, size_t length)
{
    crypto->sha256_update(crypto->context, hash, (const uint8_t *)text, length);
}

void executor_root(const struct executor *executor, struct frame_hash *root,
                   const struct state *state, const struct frame_hash *commitment)
{
    static const char before[] = "\",\"storage\":{";
    static const char behind[] = "},\"version\":3}";
    _Static_assert(FRAME_STATE_ROOT_VERSION == 3, "is written in the document's end");
    const struct frame_crypto *crypto = executor->crypto;
    struct frame_sha256 hash = executor->prefix;
    char hex[2 * sizeof commitment->bytes];
    if (FRAME_PLANTED(root_of_genesis)) commitment = &frame_genesis;
    frame_hex_encode(hex, commitment->bytes, sizeof commitment->bytes);
    hash_text(crypto, &hash, hex, sizeof hex);
    hash_text(crypto, &hash, before, sizeof before - 1);
    state_hash(state, crypto, &hash);
    hash_text(crypto, &hash, behind, sizeof behind - 1);
    crypto->sha256_final(crypto->context, &hash, root);
}

/* ---- Executor ---------------------------------------------------------------------------------- */

enum frame_status executor_init(struct executor *executor, const struct frame_crypto *crypto,
                                const struct frame_allocator *allocator,
                                const struct frame_dapp_table *dapps, struct frame_span identity,
                                const struct frame_public_key *public_key)
{
    FRAME_ASSERT(identity.length <= FRAME_IDENTITY_BYTES_MAX);
    *executor = (struct executor){.crypto = crypto, .allocator = *allocator, .dapps = dapps};
    buffer_init(&executor->result, allocator);
    for (size_t i = 0; i < SCRATCH_COUNT; i++)
        buffer_init(&executor->scratch[i], allocator);
    executor->identity_length =
        json_string_encode(executor->identity, identity.bytes, identity.length);
    document_head(executor, public_key);
    if (executor->result.failed) {
        executor_free(executor);
        return FRAME_NO_MEMORY;
    }
    crypto->sha256_init(crypto->context, &executor->prefix);
    crypto->sha256_update(crypto->context, &executor->prefix, executor->result.bytes,
                          executor->result.length);
    return FRAME_OK;
}

void executor_free(struct executor *executor)
{
    buffer_free(&executor->result);
    for (size_t i = 0; i < SCRATCH_COUNT; i++)
        buffer_free(&executor->scratch[i]);
}

/* The action of an inputPayload or a step: names are never escaped, so the token's inside is it. */
static struct frame_span token_inside(struct frame_span token)
{
    return (struct frame_span){token.bytes + 1, token.length - 2};
}

/* § 18: in its own context any receipt of the same id is in a routed intent's way, however that came out;
   in a larger set only the one that took effect. */
static bool route_taken(const struct state *before, struct frame_span route, bool in_fold)
{
    const enum state_route known = state_route_get(before, route);
    if (in_fold) return known == STATE_ROUTE_DONE && !FRAME_PLANTED(route_counts_twice);
    return known != STATE_ROUTE_NONE && !FRAME_PLANTED(route_repeated);
}

enum frame_status executor_run(struct executor *executor, struct state *after, bool *accepted,
                               const struct state *before, const struct execution *execution)
{
    struct frame_span action = {NULL, 0};
    struct frame_span payload = {NULL, 0};
    struct frame_run run = {.executor = executor, .execution = execution};
    bool shaped = json_member(execution->input_payload, &action, "action") &&
                  json_member(execution->input_payload, &payload, "payload");
    FRAME_ASSERT(shaped);
    (void)json_member(execution->input_payload, &run.network_responses, "networkResponses");
    const struct frame_dapp *dapp;
    const struct frame_dapp_intent *intent =
        frame_dapp_find(executor->dapps, &dapp, token_inside(action));
    if (intent == NULL || intent->transition == NULL) return FRAME_DAPP;
    for (size_t i = 0; i < SCRATCH_COUNT; i++)
        buffer_clear(&executor->scratch[i]);
    struct frame_span route = {NULL, 0};
    bool routed = payload_route(&route, execution->input_payload);
    state_share(&run.state, before);
    enum frame_status status = routed && route_taken(before, route, execution->in_fold)
                                   ? run_refuse_route(&run)
                                   : run_intent(&run, intent, payload);
    bool spoilt = status != FRAME_OK || (run.refused && !FRAME_PLANTED(refusal_changes_storage));
    if (spoilt) state_release(&executor->allocator, &run.state);
    if (status != FRAME_OK) return status;
    if (spoilt) state_share(&run.state, before);
    if (routed)
        status = state_route_put(&executor->allocator, &run.state, route,
                                 run.refused ? STATE_ROUTE_HELD : STATE_ROUTE_DONE);
    if (status != FRAME_OK) {
        state_release(&executor->allocator, &run.state);
        return status;
    }
    *after = run.state;
    *accepted = !run.refused;
    return FRAME_OK;
}

/* ---- Capabilities used (§ 6) ------------------------------------------------------------------- */

enum frame_status executor_used(const struct frame_dapp_table *dapps,
                                const struct frame_dapp **dapp, uint32_t *used,
                                struct frame_span action, struct frame_span payload)
{
    const struct frame_dapp *owner;
    const struct frame_dapp_intent *intent = frame_dapp_find(dapps, &owner, action);
    if (intent == NULL) return FRAME_DAPP;
    *dapp = owner;
    *used = frame_capability_set(intent->used, intent->used_count);
    if (intent->transition == composite_run && !composite_used(dapps, used, payload)) *used = 0;
    return FRAME_OK;
}
