// SPDX-License-Identifier: Apache-2.0
/* `framesim sync page` (§ 12): what a holder of a chain owes to one who asks. */
#include "cli.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "cli_options.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: framesim sync page CHAIN [options]\n"
    "\n"
    "Which receipts does a holder of the chain owe to a peer that wants the closure of some heads "
    "and\n"
    "has others? All pages together, in canonical order; or the code unknown.\n"
    "\n"
    "  --want HASH        a head that is wanted; may be repeated\n"
    "  --have HASH        a receipt that the peer has; may be repeated\n"
    "  --after HASH       go on behind this receipt\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 fine, 1 unknown or the chain is rejected, 2 usage, 3 it cannot be read.\n";

struct page {
    const char *path;
    const char *after_hex;
    bool json;
    struct cli_list want_list;
    struct cli_list have_list;
    struct frame_hash *want;
    struct frame_hash *have;
    struct frame_hash after;
    struct frame_hash *owed; /* room for every receipt of the chain */
    size_t owed_count;
};

static int read_hashes(struct frame_hash **hashes, const char *option, const struct cli_list *list)
{
    *hashes = calloc(list->count + 1, sizeof **hashes);
    if (*hashes == NULL) return cli_refuse(FRAME_NO_MEMORY, "sync page", false);
    for (size_t i = 0; i < list->count; i++) {
        if (!cli_argument_bytes32((*hashes)[i].bytes, list->values[i]))
            return cli_usage("sync page", "%s expects 64 lower-case hex digits", option);
    }
    return CLI_OK;
}

static int page_check(struct page *page)
{
    int code = read_hashes(&page->want, "--want", &page->want_list);
    if (code == CLI_OK) code = read_hashes(&page->have, "--have", &page->have_list);
    if (code != CLI_OK || page->after_hex == NULL) return code;
    if (cli_argument_bytes32(page->after.bytes, page->after_hex)) return CLI_OK;
    return cli_usage("sync page", "--after expects 64 lower-case hex digits");
}

/* Asks for page after page, as a peer would. */
static enum frame_status collect(struct page *page, struct frame_chain *chain)
{
    const struct frame_hash *after = page->after_hex == NULL ? NULL : &page->after;
    size_t remaining = 0;
    do {
        size_t positions[FRAME_PAGE_RECEIPTS_MAX];
        size_t count = 0;
        enum frame_status status = frame_chain_page(chain, positions, &count, &remaining,
                                                    page->want, page->want_list.count, page->have,
                                                    page->have_list.count, after, UINT64_MAX);
        if (status != FRAME_OK) return status;
        for (size_t i = 0; i < count; i++) {
            struct frame_receipt receipt;
            frame_chain_at(chain, &receipt, positions[i]);
            page->owed[page->owed_count++] = receipt.hash;
        }
        if (count > 0) after = &page->owed[page->owed_count - 1];
    } while (remaining > 0);
    return FRAME_OK;
}

static int answer(struct page *page, struct frame_chain *chain)
{
    page->owed = calloc(frame_chain_count(chain) + 1, sizeof *page->owed);
    enum frame_status status = page->owed == NULL ? FRAME_NO_MEMORY : collect(page, chain);
    if (status != FRAME_OK) return cli_refuse(status, page->path, page->json);
    if (page->json) {
        printf("{\"ok\":true,\"receipts\":");
        cli_print_hashes(page->owed, page->owed_count);
        printf("}\n");
        return CLI_OK;
    }
    for (size_t i = 0; i < page->owed_count; i++) {
        cli_print_hex(&page->owed[i]);
        putchar('\n');
    }
    return CLI_OK;
}

static int page_run(struct page *page)
{
    const struct cli_expectation expectation = {NULL, NULL, false};
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    int code = page_check(page);
    if (code == CLI_OK) code = cli_chain_load(&chain, &fault, page->path, &expectation);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, page->path, page->json);
    if (code == CLI_OK) code = answer(page, chain);
    frame_chain_free(chain);
    return code;
}

int cli_sync_page(int argc, char **argv)
{
    struct page page = {.path = NULL};
    const struct cli_option options[] = {{"--want", NULL, NULL, &page.want_list},
                                         {"--have", NULL, NULL, &page.have_list},
                                         {"--after", NULL, &page.after_hex, NULL},
                                         {"--json", &page.json, NULL, NULL}};
    static const char *const operands[] = {"CHAIN"};
    const struct cli_syntax syntax = {"sync page", help, options, 4, operands, &page.path, 1};
    int code;
    if (cli_options_parse(&code, &syntax, argc, argv)) code = page_run(&page);
    free(page.want);
    free(page.have);
    free(page.owed);
    cli_list_free(&page.want_list);
    cli_list_free(&page.have_list);
    return code;
}
