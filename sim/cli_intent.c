// SPDX-License-Identifier: Apache-2.0
/* `framesim intent run` (§ 4-7): one intent on a given storage, without a chain. */
#include "cli.h"
#include "cli_common.h"
#include "cli_file.h"
#include "cli_options.h"
#include "core/json.h"
#include "core/memory.h"

#include <stdio.h>
#include <string.h>

static const char help[] =
    "usage: framesim intent run FILE [options]\n"
    "\n"
    "Executes one intent on a given storage and tells the result, the storage after it, the\n"
    "capabilities used and the state root. FILE is a canonical object:\n"
    "\n"
    "  {\"identity\":\"alice.frame\",\"inputPayload\":{...},\"previousReceiptHash\":null,\n"
    "   \"publicKey\":\"<64 hex digits>\",\"storage\":{...},\"timestamp\":1700000000}\n"
    "\n"
    "with previousReceiptHash null or 64 hex digits, and inputPayload as in a receipt.\n"
    "\n"
    "  --json             one line of canonical JSON\n"
    "\n"
    "Exit code: 0 executed (a refusal is a result, too), 1 FILE is not what it should be or no "
    "dApp\n"
    "has the intent, 2 usage, 3 FILE cannot be read.\n";

struct request {
    struct frame_intent_run run;
    uint8_t identity[FRAME_IDENTITY_BYTES_MAX];
    struct frame_hash previous;
    struct frame_public_key public_key;
};

static bool read_hex32(uint8_t bytes[32], struct frame_span token)
{
    return json_kind(token) == JSON_STRING && token.length == 66 &&
           frame_hex_decode(bytes, 32, (const char *)token.bytes + 1, 64);
}

static bool read_identity(struct request *request, struct frame_span token)
{
    if (json_kind(token) != JSON_STRING) return false;
    size_t length = json_string_length(token);
    if (length < 1 || length > sizeof request->identity) return false;
    request->run.identity.bytes = request->identity;
    request->run.identity.length = json_string_decode(request->identity, token);
    return true;
}

/* The six members, and no others. */
static enum frame_status read_request(struct request *request, struct frame_span document)
{
    struct frame_span value;
    *request = (struct request){.run = {.previous = NULL}};
    if (json_kind(document) != JSON_OBJECT) return FRAME_FIELD_TYPE;
    if (json_count(document) != 6) return FRAME_FIELD_COUNT;
    if (!json_member(document, &value, "identity") || !read_identity(request, value) ||
        !json_member(document, &value, "previousReceiptHash"))
        return FRAME_FIELD_TYPE;
    if (json_kind(value) != JSON_NULL) {
        if (!read_hex32(request->previous.bytes, value)) return FRAME_FIELD_TYPE;
        request->run.previous = &request->previous;
    }
    if (!json_member(document, &value, "publicKey") ||
        !read_hex32(request->public_key.bytes, value))
        return FRAME_FIELD_TYPE;
    request->run.public_key = &request->public_key;
    if (!json_member(document, &value, "timestamp") ||
        !json_integer(value, &request->run.timestamp_s) || request->run.timestamp_s < 0 ||
        !json_member(document, &request->run.input_payload, "inputPayload") ||
        !json_member(document, &request->run.storage, "storage") ||
        json_kind(request->run.input_payload) != JSON_OBJECT ||
        json_kind(request->run.storage) != JSON_OBJECT)
        return FRAME_FIELD_TYPE;
    return FRAME_OK;
}

/* What came out, as text. */
struct answer {
    struct frame_intent_outcome outcome;
    struct buffer result;
    struct buffer storage;
    struct buffer capabilities;
};

static void answer_print(const struct answer *answer)
{
    printf("{\"capabilitiesUsed\":");
    cli_print_span(buffer_view(&answer->capabilities));
    printf(",\"nextStateRoot\":");
    cli_print_hash(&answer->outcome.next_root);
    printf(",\"ok\":true,\"result\":");
    cli_print_span(buffer_view(&answer->result));
    printf(",\"resultHash\":");
    cli_print_hash(&answer->outcome.result_hash);
    printf(",\"storage\":");
    cli_print_span(buffer_view(&answer->storage));
    printf("}\n");
}

static void answer_tell(const struct answer *answer)
{
    printf("%s: ", answer->outcome.accepted ? "accepted" : "refused");
    cli_print_span(buffer_view(&answer->result));
    printf("\ncapabilities ");
    cli_print_span(buffer_view(&answer->capabilities));
    printf("\nresult hash  ");
    cli_print_hex(&answer->outcome.result_hash);
    printf("\nstate root   ");
    cli_print_hex(&answer->outcome.next_root);
    printf("\nstorage      ");
    cli_print_span(buffer_view(&answer->storage));
    putchar('\n');
}

static int execute(struct frame_span document, const char *path, bool json)
{
    struct frame_allocator allocator = cli_allocator();
    struct request request;
    struct answer answer;
    size_t offset = 0;
    memset(&answer, 0, sizeof answer);
    buffer_init(&answer.result, &allocator);
    buffer_init(&answer.storage, &allocator);
    buffer_init(&answer.capabilities, &allocator);
    enum frame_status status = frame_json_check(&offset, document.bytes, document.length);
    if (status == FRAME_OK) status = read_request(&request, document);
    if (status == FRAME_OK) {
        status = frame_intent_execute(
            &answer.outcome, buffer_sink(&answer.result), buffer_sink(&answer.storage),
            buffer_sink(&answer.capabilities), cli_crypto(), &allocator, &request.run);
    }
    if (status == FRAME_OK && json)
        answer_print(&answer);
    else if (status == FRAME_OK)
        answer_tell(&answer);
    buffer_free(&answer.result);
    buffer_free(&answer.storage);
    buffer_free(&answer.capabilities);
    return status == FRAME_OK ? CLI_OK : cli_refuse(status, path, json);
}

int cli_intent_run(int argc, char **argv)
{
    const char *path = NULL;
    bool json = false;
    const struct cli_option options[] = {{"--json", &json, NULL, NULL}};
    static const char *const operands[] = {"FILE, what to execute"};
    const struct cli_syntax syntax = {"intent run", help, options, 1, operands, &path, 1};
    struct cli_file file;
    int code;
    if (!cli_options_parse(&code, &syntax, argc, argv)) return code;
    code = cli_file_read(&file, path, FRAME_FILE_BYTES_MAX);
    if (code != CLI_OK) return code;
    code = execute(cli_file_view(&file), path, json);
    cli_file_free(&file);
    return code;
}
