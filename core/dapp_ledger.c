// SPDX-License-Identifier: Apache-2.0
/*
 * Balances and the supply (§ 6). Storage that no dApp has written can hold anything (a caller of
 * frame_intent_execute gives it): a balance that is no integer is taken for absent, one that is
 * negative for what it says, and no sum leaves the range of canonical integers.
 */
#include "dapp_builtin.h"
#include "json.h"
#include "planted.h"

static const char balance_prefix[] = "wallet:balance:";
static const char supply_key[] = "wallet:totalSupply";
static const struct frame_span nothing = {NULL, 0};

int64_t ledger_balance(struct frame_run *run, struct frame_span address)
{
    return frame_run_get_integer(run, balance_prefix, address);
}

int64_t ledger_supply(struct frame_run *run)
{
    return frame_run_get_integer(run, supply_key, nothing);
}

/* Exact as long as the difference from any balance is in range; a sum far beyond stays where it is. */
static void add_locked(void *context, struct frame_span key, struct frame_span value)
{
    int64_t *sum = context;
    struct escrow escrow;
    (void)key;
    if (*sum <= 2 * FRAME_INTEGER_MAX && escrow_locked(&escrow, value)) *sum += escrow.amount;
}

int64_t ledger_available(struct frame_run *run)
{
    int64_t locked = 0;
    frame_run_each(run, "escrow:", &locked, add_locked);
    int64_t available = ledger_balance(run, frame_run_me(run)) - locked;
    if (FRAME_PLANTED(escrows_spendable)) available += locked;
    return available >= -FRAME_INTEGER_MAX ? available : -FRAME_INTEGER_MAX;
}

bool sum_fits(int64_t a, int64_t b)
{
    int64_t sum = FRAME_PLANTED(overflow_unchecked) ? 0 : a + b;
    return sum <= FRAME_INTEGER_MAX && sum >= -FRAME_INTEGER_MAX;
}

bool ledger_can_move(struct frame_run *run, struct frame_span recipient, int64_t amount)
{
    struct frame_span me = frame_run_me(run);
    return span_equal(recipient, me) || (sum_fits(ledger_balance(run, recipient), amount) &&
                                         sum_fits(ledger_balance(run, me), -amount));
}

bool ledger_can_issue(struct frame_run *run, struct frame_span target, int64_t amount)
{
    return sum_fits(ledger_supply(run), amount) && sum_fits(ledger_balance(run, target), amount);
}

static enum frame_status ledger_add(struct frame_run *run, struct frame_span address,
                                    int64_t amount)
{
    return frame_run_put_integer(run, balance_prefix, address,
                                 ledger_balance(run, address) + amount);
}

enum frame_status ledger_move(struct frame_run *run, struct frame_span recipient, int64_t amount)
{
    struct frame_span me = frame_run_me(run);
    if (span_equal(recipient, me)) return FRAME_OK;
    enum frame_status status = ledger_add(run, me, -amount);
    return status == FRAME_OK ? ledger_add(run, recipient, amount) : status;
}

enum frame_status ledger_issue(struct frame_run *run, struct frame_span target, int64_t amount)
{
    enum frame_status status = frame_run_put_integer(
        run, supply_key, nothing,
        ledger_supply(run) + (FRAME_PLANTED(supply_forgotten) && amount < 0 ? 0 : amount));
    return status == FRAME_OK ? ledger_add(run, target, amount) : status;
}
