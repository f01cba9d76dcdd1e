// SPDX-License-Identifier: Apache-2.0
/* `framesim json check` (§ 2). */
#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"

#include <stdio.h>

static const char help[] =
    "usage: framesim json check FILE [options]\n"
    "\n"
    "Is the file one canonical JSON document? If so, its SHA-256; else the first fault and the "
    "byte\n"
    "at which it stands.\n"
    "\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 accepted, 1 rejected, 2 usage, 3 the file cannot be read.\n";

/* A document ends at 2^30 bytes, as a chain file does (§ 10); a fault before that goes first. */
static enum frame_status check(size_t *offset, struct frame_span document)
{
    enum frame_status status = frame_json_check(offset, document.bytes, document.length);
    if (document.length <= FRAME_FILE_BYTES_MAX) return status;
    if (status != FRAME_OK && *offset < FRAME_FILE_BYTES_MAX) return status;
    *offset = FRAME_FILE_BYTES_MAX;
    return FRAME_LIMIT;
}

static int report(struct frame_span document, const char *path, bool json)
{
    size_t offset = 0;
    enum frame_status status = check(&offset, document);
    if (status == FRAME_OK) {
        struct frame_hash hash;
        frame_sha256_of(cli_crypto(), &hash, document.bytes, document.length);
        if (json) {
            printf("{\"hash\":");
            cli_print_hash(&hash);
            printf(",\"ok\":true}\n");
        } else {
            printf("%s: canonical JSON with the hash ", path);
            cli_print_hex(&hash);
            putchar('\n');
        }
        return CLI_OK;
    }
    if (json)
        printf("{\"error\":\"%s\",\"offset\":%zu,\"ok\":false}\n", frame_status_name(status),
               offset);
    else
        cli_error("%s: rejected: %s at byte %zu", path, frame_status_name(status), offset);
    return CLI_REJECTED;
}

int cli_json_check(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const struct cli_option options[] = {{"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"FILE, a JSON document"};
    const struct cli_syntax syntax = {"json check", help, options, 1, operands, &path, 1};
    struct cli_file file;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = cli_file_read_document(&file, path);
    if (code != CLI_OK) return code;
    code = report(cli_file_view(&file), path, json);
    cli_file_free(&file);
    return code;
}
