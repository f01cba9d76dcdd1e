// SPDX-License-Identifier: Apache-2.0
/*
 * `framesim chain show`: a chain for people to read, oldest receipt first, the graph of parents
 * drawn beside it. A lane of the drawing is a receipt that waits for children; a receipt's last
 * child takes its lane over, earlier ones get lanes of their own.
 */
#include "cli.h"
#include "core/receipt.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "cli_options.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* More lanes than these do not fit beside the text; receipts beyond them are drawn without one. */
enum { LANES_MAX = 24, NO_LANE = -1 };
enum { ROUTE_SHOWN = 8 }; /* digits of a route's id for people */

static const char help[] =
    "usage: framesim chain show FILE [options]\n"
    "\n"
    "Verifies a chain file and shows it in canonical order: the graph of parents, position, time,\n"
    "hash, intent, and what became of the receipt in the fold of the whole set (\"final\": a "
    "merge\n"
    "receipt has laid it to rest; \"routed\": the beginning of the id of the route that it was\n"
    "executed for, receipts of one id counting once).\n"
    "\n" CLI_EXPECTATION_HELP "  --json             one line of canonical JSON\n"
    "  --dot              the graph for Graphviz: doubly framed are heads, diamonds merge "
    "receipts, "
    "dashed\n"
    "                     what is refused or superseded\n"
    "\n"
    "Exit code: 0 fine, 1 the chain is rejected, 2 usage, 3 it cannot be read.\n";

struct drawing {
    const struct frame_chain *chain;
    size_t *children;      /* by position: how many are still to come */
    int *lanes;            /* by position: the lane it waits in, or NO_LANE */
    bool taken[LANES_MAX]; /* lanes in use */
    int width;             /* lanes 0 to width-1 may be in use */
};

static size_t position_of(const struct frame_chain *chain, const struct frame_hash *hash)
{
    struct frame_receipt receipt = {.position = 0};
    (void)frame_chain_find(chain, &receipt, hash);
    return receipt.position;
}

/* Counts children, and finds out how wide the drawing gets at most. */
static bool drawing_init(struct drawing *drawing, const struct frame_chain *chain)
{
    size_t count = frame_chain_count(chain);
    *drawing = (struct drawing){.chain = chain};
    drawing->children = calloc(count + 1, sizeof *drawing->children);
    drawing->lanes = calloc(count + 1, sizeof *drawing->lanes);
    if (drawing->children == NULL || drawing->lanes == NULL) return false;
    for (size_t i = 0; i < count; i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        for (size_t p = 0; p < receipt.parent_count; p++)
            drawing->children[position_of(chain, &receipt.parents[p])]++;
    }
    return true;
}

static void drawing_free(struct drawing *drawing)
{
    free(drawing->children);
    free(drawing->lanes);
}

static int free_lane(struct drawing *drawing)
{
    for (int lane = 0; lane < LANES_MAX; lane++) {
        if (drawing->taken[lane]) continue;
        drawing->taken[lane] = true;
        if (lane >= drawing->width) drawing->width = lane + 1;
        return lane;
    }
    return NO_LANE;
}

/* A line that joins two lanes; `end` marks where lane `to` begins or ends. */
static void draw_join(const struct drawing *drawing, int from, int to, char end)
{
    int low = from < to ? from : to;
    int high = from < to ? to : from;
    for (int lane = 0; lane < drawing->width && lane <= high; lane++) {
        char mark = drawing->taken[lane] ? '|' : ' ';
        if (lane > low && lane < high && mark == ' ') mark = '-';
        if (lane == from) mark = '+';
        if (lane == to) mark = end;
        putchar(mark);
        if (lane < high) putchar(lane >= low ? '-' : ' ');
    }
    for (int lane = high + 1; lane < drawing->width; lane++)
        printf(" %c", drawing->taken[lane] ? '|' : ' ');
    putchar('\n');
}

/* Where a receipt is drawn: in the lane of its first parent that has no other child to come, else
   in a new one that branches off its first parent. */
static int place(struct drawing *drawing, const struct frame_receipt *receipt)
{
    int first = NO_LANE;
    for (size_t i = 0; i < receipt->parent_count; i++) {
        size_t parent = position_of(drawing->chain, &receipt->parents[i]);
        if (drawing->lanes[parent] == NO_LANE) continue;
        if (drawing->children[parent] == 0) return drawing->lanes[parent];
        if (first == NO_LANE) first = drawing->lanes[parent];
    }
    int lane = free_lane(drawing);
    if (lane != NO_LANE && first != NO_LANE) draw_join(drawing, first, lane, '.');
    return lane;
}

/* Draws lines from the other parents; lanes nobody waits in any more end there. */
static void join_parents(struct drawing *drawing, const struct frame_receipt *receipt, int own)
{
    for (size_t i = 0; i < receipt->parent_count; i++) {
        size_t parent = position_of(drawing->chain, &receipt->parents[i]);
        int lane = drawing->lanes[parent];
        if (lane == NO_LANE || drawing->children[parent] > 0) continue;
        drawing->lanes[parent] = NO_LANE;
        if (lane == own) continue;
        if (own != NO_LANE) draw_join(drawing, own, lane, '\'');
        drawing->taken[lane] = false;
    }
    while (drawing->width > 0 && !drawing->taken[drawing->width - 1])
        drawing->width--;
}

/* The graph's part of a receipt's line. */
static void draw_receipt(struct drawing *drawing, const struct frame_receipt *receipt)
{
    for (size_t i = 0; i < receipt->parent_count; i++)
        drawing->children[position_of(drawing->chain, &receipt->parents[i])]--;
    int own = place(drawing, receipt);
    join_parents(drawing, receipt, own);
    drawing->lanes[receipt->position] = own;
    for (int lane = 0; lane < drawing->width; lane++)
        printf("%c ", lane == own ? '*' : drawing->taken[lane] ? '|' : ' ');
    if (own == NO_LANE) printf("... ");
    if (own != NO_LANE && drawing->children[receipt->position] == 0) drawing->taken[own] = false;
}

static void tell_time(int64_t timestamp_s)
{
    static const int64_t year_10000_s = INT64_C(253402300800);
    char text[32];
    struct tm parts;
    time_t moment = (time_t)timestamp_s;
    if (timestamp_s < year_10000_s && (int64_t)moment == timestamp_s &&
        gmtime_r(&moment, &parts) != NULL &&
        strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S", &parts) > 0)
        printf("%-19s", text);
    else
        printf("%-19" PRId64, timestamp_s);
}

static void tell_receipt(const struct frame_receipt *receipt)
{
    printf("%4zu  ", receipt->position);
    tell_time(receipt->timestamp_s);
    printf("  ");
    cli_print_short(&receipt->hash);
    printf("  %-18.*s", (int)receipt->intent.length, (const char *)receipt->intent.bytes);
    printf("  %s%s", frame_outcome_name(receipt->outcome), receipt->final ? ", final" : "");
    struct frame_span route;
    if (payload_route(&route, receipt->payload))
        printf(", routed %.*s", ROUTE_SHOWN, (const char *)route.bytes);
    putchar('\n');
}

static int tell_chain(const struct frame_chain *chain, const char *path)
{
    struct drawing drawing;
    struct frame_summary summary;
    if (!drawing_init(&drawing, chain)) {
        drawing_free(&drawing);
        return cli_refuse(FRAME_NO_MEMORY, path, false);
    }
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        draw_receipt(&drawing, &receipt);
        tell_receipt(&receipt);
    }
    drawing_free(&drawing);
    frame_chain_summary(chain, &summary);
    printf("%zu receipts, %zu heads, %zu superseded, %zu changed\n", summary.receipts,
           summary.head_count, summary.superseded, summary.changed);
    return CLI_OK;
}

static void print_receipt(const struct frame_receipt *receipt)
{
    printf("{\"dappId\":\"");
    cli_print_span(receipt->dapp);
    printf("\",\"final\":%s,\"hash\":", receipt->final ? "true" : "false");
    cli_print_hash(&receipt->hash);
    printf(",\"intent\":\"");
    cli_print_span(receipt->intent);
    printf("\",\"outcome\":\"%s\",\"parents\":", frame_outcome_name(receipt->outcome));
    cli_print_hashes(receipt->parents, receipt->parent_count);
    printf(",\"position\":%zu", receipt->position);
    struct frame_span route;
    if (payload_route(&route, receipt->payload))
        printf(",\"route\":\"%.*s\"", (int)route.length, (const char *)route.bytes);
    printf(",\"timestamp\":%" PRId64 "}", receipt->timestamp_s);
}

static void print_chain(const struct frame_chain *chain)
{
    printf("{\"ok\":true,\"receipts\":[");
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        frame_chain_at(chain, &receipt, i);
        if (i > 0) putchar(',');
        print_receipt(&receipt);
    }
    printf("]}\n");
}

/* ---- Graphviz -------------------------------------------------------------------------------- */

static void print_dot_receipt(const struct drawing *drawing, const struct frame_receipt *receipt)
{
    const bool dead =
        receipt->outcome == FRAME_OUTCOME_REFUSED || receipt->outcome == FRAME_OUTCOME_SUPERSEDED;
    printf("  r%zu [label=\"", receipt->position);
    cli_print_short(&receipt->hash);
    printf("\\n%.*s\\n%s%s\"%s%s%s];\n", (int)receipt->intent.length,
           (const char *)receipt->intent.bytes, frame_outcome_name(receipt->outcome),
           receipt->final ? ", final" : "",
           receipt->outcome == FRAME_OUTCOME_MERGE ? ", shape=diamond" : "",
           drawing->children[receipt->position] == 0 ? ", peripheries=2" : "",
           dead ? ", style=dashed" : "");
    for (size_t i = 0; i < receipt->parent_count; i++)
        printf("  r%zu -> r%zu;\n", receipt->position,
               position_of(drawing->chain, &receipt->parents[i]));
}

static int print_dot(const struct frame_chain *chain, const char *path)
{
    struct drawing drawing;
    int code = CLI_OK;
    if (drawing_init(&drawing, chain)) {
        puts("digraph receipts {\n  rankdir=RL;\n  node [fontname=\"monospace\"];");
        for (size_t i = 0; i < frame_chain_count(chain); i++) {
            struct frame_receipt receipt;
            frame_chain_at(chain, &receipt, i);
            print_dot_receipt(&drawing, &receipt);
        }
        puts("}");
    } else {
        code = cli_refuse(FRAME_NO_MEMORY, path, false);
    }
    drawing_free(&drawing);
    return code;
}

int cli_chain_show(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    bool dot = false;
    struct cli_expectation expectation = {NULL, NULL, false};
    const struct cli_option options[] = {CLI_EXPECTATION_OPTIONS(expectation),
                                         {"--json", &json, NULL, NULL},
                                         {"--dot", &dot, NULL, NULL}};
    static const char *const operands[] = {"FILE, a chain"};
    const struct cli_syntax syntax = {
        "chain show", help, options, sizeof options / sizeof *options, operands, &path, 1};
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    if (json && dot) return cli_usage("chain show", "--json and --dot exclude each other");
    code = cli_expectation_check(&expectation, "chain show");
    if (code == CLI_OK) code = cli_chain_load(&chain, &fault, path, &expectation);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, path, json);
    if (code != CLI_OK) return code;
    if (json)
        print_chain(chain);
    else if (dot)
        code = print_dot(chain, path);
    else
        code = tell_chain(chain, path);
    frame_chain_free(chain);
    return code;
}
