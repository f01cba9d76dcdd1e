// SPDX-License-Identifier: Apache-2.0
/* `framesim chain diff`: where two chains part, who is ahead, and which heads the other lacks. */
#include "cli.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "cli_options.h"

#include <inttypes.h>
#include <stdio.h>

static const char help[] =
    "usage: framesim chain diff A B [options]\n"
    "\n"
    "Compares two chain files as sets of receipts: the first position of the canonical order at\n"
    "which they differ, who is ahead (holds all that the other holds, and more), how many "
    "receipts\n"
    "each has for itself, and which heads each lacks.\n"
    "\n" CLI_EXPECTATION_HELP "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 compared, whatever came out; 1 a chain is rejected, 2 usage, 3 it cannot be "
    "read.\n";

struct diff {
    const char *paths[2];
    struct frame_chain *chains[2];
    struct frame_summary summaries[2];
    size_t only[2];           /* receipts that just this side has */
    int64_t first_difference; /* -1: none */
};

static void compare(struct diff *diff)
{
    for (int side = 0; side < 2; side++) {
        frame_chain_summary(diff->chains[side], &diff->summaries[side]);
        for (size_t i = 0; i < frame_chain_count(diff->chains[side]); i++) {
            struct frame_receipt receipt;
            frame_chain_at(diff->chains[side], &receipt, i);
            if (!frame_chain_find(diff->chains[1 - side], NULL, &receipt.hash)) diff->only[side]++;
        }
    }
    diff->first_difference = -1;
    if (diff->only[0] == 0 && diff->only[1] == 0) return;
    size_t counts[2] = {diff->summaries[0].receipts, diff->summaries[1].receipts};
    size_t position = 0;
    while (position < counts[0] && position < counts[1]) {
        struct frame_receipt a;
        struct frame_receipt b;
        frame_chain_at(diff->chains[0], &a, position);
        frame_chain_at(diff->chains[1], &b, position);
        if (frame_hash_compare(&a.hash, &b.hash) != 0) break;
        position++;
    }
    diff->first_difference = (int64_t)position;
}

static const char *relation(const struct diff *diff)
{
    if (diff->only[0] > 0) return diff->only[1] > 0 ? "diverged" : "a_ahead";
    return diff->only[1] > 0 ? "b_ahead" : "equal";
}

/* The heads of one side that the other does not hold. */
static void print_missing(const struct diff *diff, int side)
{
    const struct frame_summary *other = &diff->summaries[1 - side];
    bool some = false;
    putchar('[');
    for (size_t i = 0; i < other->head_count; i++) {
        if (frame_chain_find(diff->chains[side], NULL, &other->heads[i])) continue;
        if (some) putchar(',');
        some = true;
        cli_print_hash(&other->heads[i]);
    }
    putchar(']');
}

static void print_diff(const struct diff *diff)
{
    printf("{\"firstDifference\":");
    cli_print_number(diff->first_difference);
    printf(",\"headsMissingInA\":");
    print_missing(diff, 0);
    printf(",\"headsMissingInB\":");
    print_missing(diff, 1);
    printf(",\"ok\":true,\"onlyInA\":%zu,\"onlyInB\":%zu,\"relation\":\"%s\"}\n", diff->only[0],
           diff->only[1], relation(diff));
}

static void tell_position(const struct diff *diff, int side)
{
    size_t position = (size_t)diff->first_difference;
    printf("  %s: ", diff->paths[side]);
    if (position >= diff->summaries[side].receipts) {
        printf("ends there\n");
        return;
    }
    struct frame_receipt receipt;
    frame_chain_at(diff->chains[side], &receipt, position);
    cli_print_short(&receipt.hash);
    printf(" %.*s at %" PRId64 "\n", (int)receipt.intent.length, (const char *)receipt.intent.bytes,
           receipt.timestamp_s);
}

static void tell_missing(const struct diff *diff, int side)
{
    const struct frame_summary *other = &diff->summaries[1 - side];
    for (size_t i = 0; i < other->head_count; i++) {
        if (frame_chain_find(diff->chains[side], NULL, &other->heads[i])) continue;
        printf("%s lacks the head ", diff->paths[side]);
        cli_print_hex(&other->heads[i]);
        putchar('\n');
    }
}

static void tell_diff(const struct diff *diff)
{
    if (diff->first_difference < 0) {
        printf("the same %zu receipts\n", diff->summaries[0].receipts);
        return;
    }
    if (diff->only[0] > 0 && diff->only[1] > 0)
        printf("diverged: ");
    else
        printf("%s is ahead: ", diff->paths[diff->only[0] > 0 ? 0 : 1]);
    printf("%zu receipts only in %s, %zu only in %s\n", diff->only[0], diff->paths[0],
           diff->only[1], diff->paths[1]);
    printf("first difference at position %" PRId64 ":\n", diff->first_difference);
    for (int side = 0; side < 2; side++)
        tell_position(diff, side);
    for (int side = 0; side < 2; side++)
        tell_missing(diff, side);
}

int cli_chain_diff(int argc, char **argv)
{
    struct diff diff = {.paths = {NULL, NULL}};
    bool json = false;
    struct cli_expectation expectation = {NULL, NULL, false};
    const struct cli_option options[] = {CLI_EXPECTATION_OPTIONS(expectation),
                                         {"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"A and B, two chains", "B, a chain"};
    const struct cli_syntax syntax = {
        "chain diff", help, options, sizeof options / sizeof *options, operands, diff.paths, 2};
    struct frame_fault fault;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = cli_expectation_check(&expectation, "chain diff");
    for (int side = 0; side < 2 && code == CLI_OK; side++) {
        code = cli_chain_load(&diff.chains[side], &fault, diff.paths[side], &expectation);
        if (code == CLI_REJECTED) (void)cli_refuse_fault(&fault, diff.paths[side], json);
    }
    if (code == CLI_OK) {
        compare(&diff);
        if (json)
            print_diff(&diff);
        else
            tell_diff(&diff);
    }
    frame_chain_free(diff.chains[0]);
    frame_chain_free(diff.chains[1]);
    return code;
}
