// SPDX-License-Identifier: Apache-2.0
/* dApp bridge (§ 6). */
#include "dapp_builtin.h"
#include "memory.h"
#include "planted.h"

/* {"amount":…,"<name>":…,"timestamp":now} */
static struct frame_span bridge_entry(struct frame_run *run, int64_t amount, const char *name,
                                      struct frame_span address)
{
    struct buffer *entry = frame_run_scratch(run, 0);
    buffer_text(entry, "{\"amount\":");
    buffer_integer(entry, amount);
    buffer_text(entry, ",\"");
    buffer_text(entry, name);
    buffer_text(entry, "\":");
    buffer_span(entry, address);
    buffer_text(entry, ",\"timestamp\":");
    buffer_integer(entry, frame_run_now(run));
    buffer_text(entry, "}");
    return buffer_view(entry);
}

static enum frame_status bridge_deposit(struct frame_run *run, struct frame_span payload)
{
    static const char prefix[] = "bridge:proof:";
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "proof", .kind = MEMBER_OBJECT},
                               {.name = "target", .kind = MEMBER_ADDRESS}};
    if (!members_read(members, 3, payload)) return frame_run_refuse(run, "bad_payload");
    int64_t amount = members[0].integer;
    struct frame_span target = members[2].value;
    struct frame_hash hash;
    uint8_t token[2 * sizeof hash.bytes + 2];
    frame_run_hash(run, &hash, members[1].value);
    token[0] = '"';
    frame_hex_encode((char *)token + 1, hash.bytes, sizeof hash.bytes);
    token[sizeof token - 1] = '"';
    struct frame_span proof = {token, sizeof token};
    struct frame_span held;
    if (frame_run_get(run, &held, prefix, proof) && !FRAME_PLANTED(proof_counts_again))
        return frame_run_refuse(run, "duplicate_proof");
    if (!ledger_can_issue(run, target, amount)) return frame_run_refuse(run, "overflow");
    enum frame_status status =
        frame_run_put(run, prefix, proof, bridge_entry(run, amount, "target", target));
    if (status == FRAME_OK) status = ledger_issue(run, target, amount);
    if (status != FRAME_OK) return status;
    return result_integer(run, "{\"ok\":true,\"supply\":", ledger_supply(run), "}");
}

static enum frame_status bridge_withdraw(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "destination", .kind = MEMBER_KEY}};
    if (!members_read(members, 2, payload)) return frame_run_refuse(run, "bad_payload");
    int64_t amount = members[0].integer;
    struct frame_span me = frame_run_me(run);
    if (amount > ledger_available(run)) return frame_run_refuse(run, "insufficient");
    if (!ledger_can_issue(run, me, -amount)) return frame_run_refuse(run, "overflow");
    uint8_t token[ID_TOKEN_BYTES];
    struct frame_span id = random_id(run, token);
    enum frame_status status = ledger_issue(run, me, FRAME_PLANTED(withdrawal_free) ? 0 : -amount);
    if (status == FRAME_OK)
        status = frame_run_put(run, "bridge:withdrawal:", id,
                               bridge_entry(run, amount, "destination", members[1].value));
    return status == FRAME_OK ? result_id(run, id) : status;
}

static const char *const capabilities[] = {"bridge.burn", "bridge.mint", "storage.read",
                                           "storage.write"};
static const char *const used_to_mint[] = {"bridge.mint", "storage.read", "storage.write"};
static const char *const used_to_burn[] = {"bridge.burn", "storage.read", "storage.write"};
static const struct frame_dapp_intent intents[] = {
    {.action = "bridge.deposit",
     .used = used_to_mint,
     .used_count = 3,
     .transition = bridge_deposit,
     .in_composite = true},
    {.action = "bridge.withdraw",
     .used = used_to_burn,
     .used_count = 3,
     .transition = bridge_withdraw,
     .in_composite = true},
};
const struct frame_dapp dapp_bridge = {.id = "bridge",
                                       .version = "1.0.0",
                                       .capabilities = capabilities,
                                       .capability_count = 4,
                                       .intents = intents,
                                       .intent_count = 2};
