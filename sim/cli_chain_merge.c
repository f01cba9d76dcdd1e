// SPDX-License-Identifier: Apache-2.0
/* `framesim chain merge` (§ 9): policy join, and strict to show what the difference costs. */
#include "cli.h"
#include "cli_batch.h"
#include "cli_chain.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char help[] =
    "usage: framesim chain merge LOCAL REMOTE [options]\n"
    "\n"
    "Merges the chain file REMOTE into LOCAL and says what the local instance then holds. REMOTE "
    "is\n"
    "verified as a batch against LOCAL; where a receipt comes with two valid signatures the local\n"
    "one stays.\n"
    "\n"
    "  --policy join      set union, the default\n"
    "  --policy strict    REMOTE is taken where LOCAL is a prefix of it; where REMOTE is a prefix "
    "of\n"
    "                     LOCAL or equal to it nothing happens; otherwise they have diverged\n"
    "  -o OUT             write what is held then as a chain file, in canonical order (not where\n"
    "                     REMOTE is rejected or has diverged: LOCAL stays what is held)\n"
    "  --force            overwrite OUT\n" CLI_EXPECTATION_HELP
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 merged, or strict had nothing to take; 1 REMOTE is rejected or has diverged,\n"
    "2 usage, 3 an input cannot be read, LOCAL is itself bad, or OUT cannot be written.\n";

struct merge {
    const char *paths[2]; /* LOCAL, REMOTE */
    const char *policy;
    const char *out;
    bool force;
    bool json;
    bool strict;
    struct cli_expectation expectation;
    struct cli_batch local;
    struct cli_batch remote;
    struct frame_chain *chain;
    enum frame_strict_result strict_result;
    size_t divergence;
    struct frame_report report; /* meaningless where nothing was joined */
    bool joined;
};

static int merge_load_local(struct merge *merge, struct frame_fault *fault)
{
    int code = cli_batch_open(&merge->local, fault, merge->paths[0]);
    if (code == CLI_REJECTED) return cli_unusable(fault, merge->paths[0]);
    if (code == CLI_OK) code = cli_batch_open(&merge->remote, fault, merge->paths[1]);
    if (code == CLI_OK)
        code = cli_chain_new(&merge->chain, &merge->expectation, &merge->local, &merge->remote);
    if (code != CLI_OK) return code;
    code = cli_batch_replay(&merge->local, fault, merge->chain);
    if (code == CLI_OK) code = cli_batch_join(&merge->local, fault, NULL);
    return code == CLI_REJECTED ? cli_unusable(fault, merge->paths[0]) : code;
}

/* Policy strict compares with closure(REMOTE): a file may leave out what LOCAL holds. */
static int merge_compare_strictly(struct merge *merge, struct frame_fault *fault)
{
    struct frame_hash *want;
    size_t count;
    int code = cli_batch_hashes(&want, &count, &merge->remote);
    if (code != CLI_OK) return code;
    enum frame_status status = frame_replayed_strict(merge->remote.replayed, &merge->strict_result,
                                                     &merge->divergence, want, count);
    free(want);
    if (status == FRAME_OK) return CLI_OK;
    *fault = (struct frame_fault){status, -1, -1};
    return CLI_REJECTED;
}

static int merge_remote(struct merge *merge, struct frame_fault *fault)
{
    int code = merge_load_local(merge, fault);
    if (code == CLI_OK) code = cli_batch_replay(&merge->remote, fault, merge->chain);
    if (code != CLI_OK) return code;
    if (merge->strict) code = merge_compare_strictly(merge, fault);
    merge->joined = !merge->strict || merge->strict_result == FRAME_STRICT_TAKE;
    if (code == CLI_OK && merge->joined)
        code = cli_batch_join(&merge->remote, fault, &merge->report);
    if (merge->joined) return code;
    frame_replayed_discard(merge->remote.replayed);
    merge->remote.replayed = NULL;
    return code;
}

static void tell_hashes(const char *label, const struct frame_hash *hashes, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        printf("%-12s", label);
        cli_print_hex(&hashes[i]);
        putchar('\n');
    }
}

static void merge_tell(const struct merge *merge)
{
    const struct frame_report *report = &merge->report;
    if (merge->joined) {
        printf("%zu receipts of %s are new\n", report->fresh, merge->paths[1]);
        tell_hashes("superseded", report->superseded, report->superseded_count);
        tell_hashes("changed", report->changed, report->changed_count);
        tell_hashes("restored", report->restored, report->restored_count);
    } else {
        printf("nothing to take from %s\n", merge->paths[1]);
    }
    cli_chain_tell_figures(merge->chain, merge->paths[0]);
}

static int merge_diverged(const struct merge *merge)
{
    if (merge->json)
        printf("{\"diverged\":%zu,\"ok\":false}\n", merge->divergence);
    else
        cli_error("%s: diverged from %s at index %zu", merge->paths[1], merge->paths[0],
                  merge->divergence);
    return CLI_REJECTED;
}

static int merge_run(struct merge *merge)
{
    struct frame_fault fault;
    int code = merge_remote(merge, &fault);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, merge->paths[1], merge->json);
    if (code != CLI_OK) return code;
    if (merge->strict && merge->strict_result == FRAME_STRICT_DIVERGED)
        return merge_diverged(merge);
    if (merge->out != NULL)
        code = cli_file_write(merge->out, merge->force, cli_chain_produce, merge->chain);
    if (code != CLI_OK) return code;
    if (merge->json)
        cli_chain_print_figures(merge->chain, merge->strict ? &merge->joined : NULL);
    else
        merge_tell(merge);
    return CLI_OK;
}

static int merge_check(struct merge *merge)
{
    merge->strict = merge->policy != NULL && strcmp(merge->policy, "strict") == 0;
    if (merge->policy != NULL && !merge->strict && strcmp(merge->policy, "join") != 0)
        return cli_usage("chain merge", "--policy expects join or strict");
    int code = cli_expectation_check(&merge->expectation, "chain merge");
    if (code != CLI_OK || merge->out == NULL) return code;
    return cli_file_writable("chain merge", merge->out, merge->force);
}

int cli_chain_merge(int argc, char **argv)
{
    struct merge merge = {.policy = NULL};
    const struct cli_option options[] = {CLI_EXPECTATION_OPTIONS(merge.expectation),
                                         {"--policy", NULL, &merge.policy, NULL},
                                         {"-o", NULL, &merge.out, NULL},
                                         {"--force", &merge.force, NULL, NULL},
                                         {"--json", &merge.json, NULL, NULL}};
    static const char *const operands[] = {"LOCAL and REMOTE, two chains", "REMOTE, a chain"};
    const struct cli_syntax syntax = {
        "chain merge", help, options, sizeof options / sizeof *options, operands, merge.paths, 2};
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = merge_check(&merge);
    if (code == CLI_OK) code = merge_run(&merge);
    cli_batch_free(&merge.remote);
    cli_batch_free(&merge.local);
    frame_chain_free(merge.chain);
    return code;
}
