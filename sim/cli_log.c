// SPDX-License-Identifier: Apache-2.0
/* `framesim log check` and `log encode` (§ 13). */
#include "cli.h"
#include "cli_batch.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_log.h"
#include "cli_options.h"

#include <stdio.h>

/* ---- log check ---------------------------------------------------------------------------- */

static const char check_help[] =
    "usage: framesim log check FILE [options]\n"
    "\n"
    "Reads a receipt log frame by frame: clean; torn (the end is damaged, nothing good behind "
    "it);\n"
    "or corrupt (good frames stand behind a damaged one). Tells the byte of the first frame that\n"
    "fails and how many good ones stand before it.\n"
    "\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 read, whatever came out; 2 usage, 3 the file cannot be read.\n";

void cli_log_tell_state(const struct frame_log_reader *reader, const char *path)
{
    printf("%s: %s, %zu good frames", path, frame_log_state_name(reader->state), reader->kept);
    if (reader->state != FRAME_LOG_CLEAN)
        printf(" before byte %zu, which fails", reader->failed_offset);
    putchar('\n');
}

int64_t cli_log_offset(const struct frame_log_reader *reader)
{
    return reader->state == FRAME_LOG_CLEAN ? -1 : (int64_t)reader->failed_offset;
}

int cli_log_check(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const struct cli_option options[] = {{"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"FILE, a receipt log"};
    const struct cli_syntax syntax = {"log check", check_help, options, 1, operands, &path, 1};
    struct cli_file file;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = cli_file_read(&file, path, CLI_LOG_BYTES_MAX);
    if (code != CLI_OK) return code;
    struct frame_span log = cli_file_view(&file);
    struct frame_log_reader reader;
    struct frame_span payload;
    frame_log_reader_init(&reader, log.bytes, log.length);
    while (frame_log_next(&reader, &payload))
        ; /* the state is final at the end */
    if (json) {
        printf("{\"offset\":");
        cli_print_number(cli_log_offset(&reader));
        printf(",\"ok\":true,\"receipts\":%zu,\"status\":\"%s\"}\n", reader.kept,
               frame_log_state_name(reader.state));
    } else {
        cli_log_tell_state(&reader, path);
    }
    cli_file_free(&file);
    return CLI_OK;
}

/* ---- log encode --------------------------------------------------------------------------- */

static const char encode_help[] =
    "usage: framesim log encode CHAIN -o FILE [options]\n"
    "\n"
    "Verifies a chain file and writes its receipts as a receipt log, in canonical order.\n"
    "\n"
    "  -o FILE            the log\n"
    "  --force            overwrite FILE\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 written, 1 the chain is rejected, 2 usage, 3 a file cannot be read or written.\n";

static bool produce_log(void *context, struct frame_sink sink)
{
    const struct frame_chain *chain = context;
    for (size_t i = 0; i < frame_chain_count(chain); i++) {
        struct frame_receipt receipt;
        uint8_t header[FRAME_LOG_HEADER_BYTES];
        frame_chain_at(chain, &receipt, i);
        frame_log_header(header, receipt.bytes.bytes, receipt.bytes.length);
        if (!sink.write(sink.context, header, sizeof header) ||
            !sink.write(sink.context, receipt.bytes.bytes, receipt.bytes.length))
            return false;
    }
    return true;
}

int cli_log_encode(int argc, char **argv)
{
    const char *path = NULL;
    const char *out = NULL;
    bool force = false;
    bool json = false;
    const struct cli_option options[] = {
        {"-o", NULL, &out, NULL}, {"--force", &force, NULL, NULL}, {"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"CHAIN"};
    const struct cli_syntax syntax = {"log encode", encode_help, options, 3, operands, &path, 1};
    const struct cli_expectation expectation = {NULL, NULL, false};
    struct frame_chain *chain = NULL;
    struct frame_fault fault;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    if (out == NULL) return cli_usage("log encode", "expected -o with the name of a file");
    code = cli_file_writable("log encode", out, force);
    if (code == CLI_OK) code = cli_chain_load(&chain, &fault, path, &expectation);
    if (code == CLI_REJECTED) return cli_refuse_fault(&fault, path, json);
    if (code == CLI_OK) code = cli_file_write(out, force, produce_log, chain);
    if (code == CLI_OK)
        printf(json ? "{\"ok\":true,\"receipts\":%zu}\n" : "%zu receipts written\n",
               frame_chain_count(chain));
    frame_chain_free(chain);
    return code;
}
