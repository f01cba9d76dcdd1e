// SPDX-License-Identifier: Apache-2.0
/* dApp wallet (§ 6). */
#include "dapp_builtin.h"
#include "json.h"
#include "planted.h"

static enum frame_status wallet_balance(struct frame_run *run, struct frame_span payload)
{
    if (!members_read(NULL, 0, payload)) return frame_run_refuse(run, "bad_payload");
    return result_integer(run, "{\"balance\":", ledger_available(run), ",\"ok\":true}");
}

static enum frame_status wallet_send(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "recipient", .kind = MEMBER_ADDRESS}};
    if (!members_read(members, 2, payload)) return frame_run_refuse(run, "bad_payload");
    int64_t amount = members[0].integer;
    struct frame_span recipient = members[1].value;
    if (amount > ledger_available(run) + FRAME_PLANTED(overdraft))
        return frame_run_refuse(run, "insufficient");
    if (!ledger_can_move(run, recipient, amount)) return frame_run_refuse(run, "overflow");
    enum frame_status status = ledger_move(run, recipient, amount);
    if (status != FRAME_OK) return status;
    return result_integer(run, "{\"balance\":", ledger_balance(run, frame_run_me(run)),
                          ",\"ok\":true}");
}

/* Lets supply and target's balance grow by an amount that may be negative. */
static enum frame_status wallet_issue(struct frame_run *run, struct frame_span target,
                                      int64_t amount)
{
    if (!ledger_can_issue(run, target, amount)) return frame_run_refuse(run, "overflow");
    enum frame_status status = ledger_issue(run, target, amount);
    if (status != FRAME_OK) return status;
    return result_integer(run, "{\"ok\":true,\"supply\":", ledger_supply(run), "}");
}

static enum frame_status wallet_mint(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "target", .kind = MEMBER_ADDRESS}};
    if (!members_read(members, 2, payload)) return frame_run_refuse(run, "bad_payload");
    return wallet_issue(run, members[1].value, members[0].integer);
}

static enum frame_status wallet_burn(struct frame_run *run, struct frame_span payload)
{
    struct member members[] = {{.name = "amount", .kind = MEMBER_AMOUNT},
                               {.name = "target", .kind = MEMBER_ADDRESS}};
    if (!members_read(members, 2, payload)) return frame_run_refuse(run, "bad_payload");
    int64_t amount = members[0].integer;
    struct frame_span target = members[1].value;
    if (amount > ledger_balance(run, target) ||
        (span_equal(target, frame_run_me(run)) && amount > ledger_available(run)))
        return frame_run_refuse(run, "insufficient");
    return wallet_issue(run, target, -amount);
}

static const char *const capabilities[] = {"bridge.burn",   "bridge.mint",    "storage.read",
                                           "storage.write", "wallet.balance", "wallet.read",
                                           "wallet.send"};
static const char *const used_to_send[] = {"storage.read", "storage.write", "wallet.send"};
static const char *const used_to_read[] = {"storage.read", "wallet.balance", "wallet.read"};
static const char *const used_to_mint[] = {"bridge.mint", "storage.read", "storage.write"};
static const char *const used_to_burn[] = {"bridge.burn", "storage.read", "storage.write"};
static const struct frame_dapp_intent intents[] = {
    {.action = "escrow.lock",
     .used = used_to_send,
     .used_count = 3,
     .transition = escrow_lock,
     .in_composite = true},
    {.action = "escrow.refund",
     .used = used_to_send,
     .used_count = 3,
     .transition = escrow_refund,
     .in_composite = true},
    {.action = "escrow.release",
     .used = used_to_send,
     .used_count = 3,
     .transition = escrow_release,
     .in_composite = true},
    {.action = "wallet.balance",
     .used = used_to_read,
     .used_count = 3,
     .transition = wallet_balance,
     .in_composite = true},
    {.action = "wallet.burnFrame",
     .used = used_to_burn,
     .used_count = 3,
     .transition = wallet_burn,
     .in_composite = true},
    {.action = "wallet.mintFrame",
     .used = used_to_mint,
     .used_count = 3,
     .transition = wallet_mint,
     .in_composite = true},
    {.action = "wallet.send",
     .used = used_to_send,
     .used_count = 3,
     .transition = wallet_send,
     .in_composite = true},
};
const struct frame_dapp dapp_wallet = {.id = "wallet",
                                       .version = "1.0.0",
                                       .capabilities = capabilities,
                                       .capability_count = 7,
                                       .intents = intents,
                                       .intent_count = 7};
