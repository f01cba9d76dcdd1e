// SPDX-License-Identifier: Apache-2.0
/* `framesim envelope check` (§ 12). */
#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"

#include <stdio.h>
#include <stdlib.h>

static const char help[] =
    "usage: framesim envelope check FILE [options]\n"
    "\n"
    "Checks an envelope and the message in it: envelope (its form and signature), untrusted,\n"
    "message (a body that no message has).\n"
    "\n"
    "  --trusted HEX      a transport key that is trusted; may be repeated. With one of them only\n"
    "                     the trusted are heard\n"
    "  --strict           only the trusted are heard, even if there are none\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 good, 1 rejected, 2 usage, 3 the file cannot be read.\n";

static int read_keys(struct frame_public_key **keys, const struct cli_list *list)
{
    *keys = calloc(list->count + 1, sizeof **keys);
    if (*keys == NULL) return cli_refuse(FRAME_NO_MEMORY, "envelope check", false);
    for (size_t i = 0; i < list->count; i++) {
        if (!cli_argument_bytes32((*keys)[i].bytes, list->values[i]))
            return cli_usage("envelope check", "--trusted expects 64 lower-case hex digits");
    }
    return CLI_OK;
}

static int check(const char *path, const struct frame_trust *trust, bool json)
{
    struct cli_file file;
    struct frame_message message;
    bool unknown_type = false;
    int code = cli_file_read(&file, path, FRAME_FILE_BYTES_MAX);
    if (code != CLI_OK) return code;
    struct frame_span bytes = cli_file_view(&file);
    enum frame_status status = frame_envelope_open(&message, &unknown_type, cli_crypto(), trust,
                                                   bytes.bytes, bytes.length);
    if (status != FRAME_OK) {
        code = cli_refuse(status, path, json);
    } else if (json) {
        printf("{\"ok\":true}\n");
    } else {
        char from[65] = {0};
        frame_hex_encode(from, message.from.bytes, sizeof message.from.bytes);
        printf("%s: good: %s from %s\n", path, frame_message_type_name(message.type), from);
    }
    cli_file_free(&file);
    return code;
}

int cli_envelope_check(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    bool strict = false;
    struct cli_list trusted = {NULL, 0, 0};
    struct frame_public_key *keys = NULL;
    const struct cli_option options[] = {{"--trusted", NULL, NULL, &trusted},
                                         {"--strict", &strict, NULL, NULL},
                                         {"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"FILE, an envelope"};
    const struct cli_syntax syntax = {"envelope check", help, options, 3, operands, &path, 1};
    int code;
    if (cli_options_parse(&code, &syntax, argc, argv)) {
        code = read_keys(&keys, &trusted);
        const struct frame_trust trust = {strict || trusted.count > 0, keys, trusted.count};
        if (code == CLI_OK) code = check(path, &trust, json);
    }
    free(keys);
    cli_list_free(&trusted);
    return code;
}
