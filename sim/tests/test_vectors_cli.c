// SPDX-License-Identifier: Apache-2.0
/*
 * The conformance vectors through the command line: writes files, runs framesim, reads its line.
 * Every line must be one line of canonical JSON whose "ok" agrees with the exit code. The
 * environment names the program in FRAMESIM.
 */
#include "vectors.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include "core/memory.h"
#include "core/tests/heap.h"
#include "vectors_fill.h"

extern char **environ;

static struct heap heap;
static struct frame_allocator allocator;
static const char *program;
static char folder[512];

/* ---- Files -------------------------------------------------------------------------------- */

enum { NAMES = 8 };
static const char *const names[NAMES] = {"out", "err",    "a",           "b",
                                         "c",   "joined", "attestation", "log"};

/* The path of one of the names, in the same static place each time. */
static const char *path_of(const char *name)
{
    static char paths[NAMES][640];
    size_t i = 0;
    while (i < NAMES - 1 && strcmp(names[i], name) != 0)
        i++;
    snprintf(paths[i], sizeof paths[i], "%s/%s", folder, names[i]);
    return paths[i];
}

static const char *put(const char *name, struct frame_span bytes)
{
    const char *path = path_of(name);
    FILE *file = fopen(path, "wb");
    if (!CHECK(file != NULL)) abort();
    CHECK(fwrite(bytes.bytes, 1, bytes.length, file) == bytes.length);
    CHECK(fclose(file) == 0);
    return path;
}

static void get(struct buffer *buffer, const char *name)
{
    uint8_t chunk[4096];
    size_t length;
    buffer_init(buffer, &allocator);
    FILE *file = fopen(path_of(name), "rb");
    CHECK_IN(name, file != NULL);
    if (file == NULL) return;
    while ((length = fread(chunk, 1, sizeof chunk, file)) > 0)
        buffer_append(buffer, chunk, length);
    (void)fclose(file);
}

/* ---- Running ------------------------------------------------------------------------------ */

enum { ARGUMENTS_MAX = 4096 };
static const char *arguments[ARGUMENTS_MAX];
static size_t argument_count;

static void add(const char *argument)
{
    if (CHECK(argument_count + 1 < ARGUMENTS_MAX)) arguments[argument_count++] = argument;
    arguments[argument_count] = NULL;
}

static void add_pair(const char *option, const char *value)
{
    add(option);
    add(value);
}

static void command(const char *group, const char *word)
{
    argument_count = 0;
    add(program);
    add_pair(group, word);
    add("--json");
}

/* Options for the identity that a case names, if it does. */
static void add_identity(const json_t *vector)
{
    if (vectors_string(vector, "identity") != NULL)
        add_pair("--identity", vectors_string(vector, "identity"));
    if (vectors_string(vector, "publicKey") != NULL)
        add_pair("--public-key", vectors_string(vector, "publicKey"));
}

static int spawn_and_wait(void)
{
    posix_spawn_file_actions_t actions;
    const int flags = O_WRONLY | O_CREAT | O_TRUNC;
    union {
        const char *given[ARGUMENTS_MAX];
        char *wanted[ARGUMENTS_MAX];
    } argv; /* posix_spawn does not write to them */
    pid_t child;
    int status = -1;
    memcpy(argv.given, arguments, (argument_count + 1) * sizeof *arguments);
    if (posix_spawn_file_actions_init(&actions) != 0) abort();
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, 1, path_of("out"), flags, 0600);
    posix_spawn_file_actions_addopen(&actions, 2, path_of("err"), flags, 0600);
    int error = posix_spawn(&child, program, &actions, NULL, argv.wanted, environ);
    posix_spawn_file_actions_destroy(&actions);
    if (!CHECK_IN(program, error == 0)) return -1;
    while (waitpid(child, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

/* Runs the command; its line, without the end of the line, goes to `line`. */
static json_t *run_text(struct buffer *line)
{
    size_t offset;
    int code = spawn_and_wait();
    get(line, "out");
    json_t *parsed = json_loadb((const char *)line->bytes, line->length, JSON_ALLOW_NUL, NULL);
    bool ends = line->length > 0 && line->bytes[line->length - 1] == '\n';
    if (ends) line->length--;
    const char *name = arguments[argument_count - 1];
    CHECK_IN(name, ends && frame_json_check(&offset, line->bytes, line->length) == FRAME_OK);
    const json_t *ok = json_object_get(parsed, "ok");
    if (ok != NULL) CHECK_IN(name, code == (json_is_true(ok) ? 0 : 1));
    CHECK_IN(name, code == 0 || code == 1);
    return parsed != NULL ? parsed : json_object();
}

static json_t *run(void)
{
    struct buffer line;
    json_t *parsed = run_text(&line);
    buffer_free(&line);
    return parsed;
}

static json_t *error_or_null(json_t *answer)
{
    const json_t *error = json_object_get(answer, "error");
    json_t *observed = json_object();
    json_object_set_new(observed, "error", json_deep_copy(error == NULL ? json_null() : error));
    json_decref(answer);
    return observed;
}

/* ---- Chains ------------------------------------------------------------------------------- */

/* Adds to figures what `chain order` says of the same chain. */
static void set_order(json_t *figures, const char *path)
{
    command("chain", "order");
    add(path);
    json_t *order = run();
    json_object_set(figures, "order", json_object_get(order, "order"));
    json_object_set(figures, "supersededList", json_object_get(order, "superseded"));
    json_object_set(figures, "changedList", json_object_get(order, "changed"));
    json_decref(order);
}

static json_t *verify_with_order(const json_t *vector, const char *path)
{
    command("chain", "verify");
    add_identity(vector);
    add(path);
    json_t *figures = run();
    set_order(figures, path);
    return figures;
}

static json_t *observe_linear(const json_t *vector)
{
    json_t *observed = json_object();
    const char *path = put("a", vectors_text(vector, "chain"));
    json_t *figures = verify_with_order(vector, path);
    json_object_set(observed, "receiptHashes", json_object_get(figures, "order"));
    json_object_set_new(observed, "expected", figures);
    return observed;
}

static const char *put_arrival(const json_t *vector, const json_t *arrival)
{
    static struct frame_span items[VECTORS_ITEMS_MAX];
    struct buffer array;
    size_t count = vectors_items(items, vectors_text(vector, "chain"));
    buffer_init(&array, &allocator);
    for (size_t i = 0; i < json_array_size(arrival); i++) {
        size_t item = (size_t)json_integer_value(json_array_get(arrival, i));
        buffer_text(&array, i == 0 ? "[" : ",");
        if (CHECK(item < count)) buffer_span(&array, items[item]);
    }
    buffer_text(&array, "]");
    const char *path = put("b", buffer_view(&array));
    buffer_free(&array);
    return path;
}

static json_t *observe_forked(const json_t *vector)
{
    json_t *observed = observe_linear(vector);
    const json_t *expected = json_object_get(vector, "expected");
    size_t i;
    json_t *arrival;
    json_array_foreach(json_object_get(vector, "arrivals"), i, arrival)
    {
        json_t *figures = verify_with_order(vector, put_arrival(vector, arrival));
        CHECK_IN(vectors_string(vector, "name"), vectors_within(expected, figures));
        json_decref(figures);
    }
    return observed;
}

/* One way round, with one policy: what the command says, and the order of what it writes. */
static json_t *merge(const char *local, const char *remote, const char *policy)
{
    command("chain", "merge");
    add_pair("--policy", policy);
    add(local);
    add_pair("-o", path_of("joined"));
    add("--force");
    add(remote);
    (void)unlink(path_of("joined"));
    json_t *answer = run();
    bool merged = json_is_true(json_object_get(answer, "ok"));
    CHECK(merged == (access(path_of("joined"), F_OK) == 0));
    if (merged) set_order(answer, path_of("joined"));
    return answer;
}

static json_t *joined_sha256(void)
{
    struct buffer file;
    struct frame_hash hash;
    get(&file, "joined");
    frame_sha256_of(frame_crypto_libsodium(), &hash, file.bytes, file.length);
    buffer_free(&file);
    return vectors_hash_json(&hash);
}

static json_t *merge_strictly(const char *local, const char *remote)
{
    json_t *answer = merge(local, remote, "strict");
    json_t *observed = json_object();
    if (json_object_get(answer, "diverged") != NULL) {
        json_object_set(observed, "diverged", json_object_get(answer, "diverged"));
    } else {
        json_object_set(observed, "taken", json_object_get(answer, "taken"));
        json_object_set(observed, "expected", answer);
    }
    json_decref(answer);
    return observed;
}

static json_t *observe_merge(const json_t *vector)
{
    const char *local = put("a", vectors_text(vector, "local"));
    const char *remote = put("b", vectors_text(vector, "remote"));
    json_t *observed = json_object();
    json_t *reversed = merge(remote, local, "join");
    json_object_set_new(observed, "joinedSha256Reversed", joined_sha256());
    json_object_set_new(observed, "join", merge(local, remote, "join"));
    json_object_set_new(observed, "joinedSha256", joined_sha256());
    CHECK(json_equal(reversed, json_object_get(observed, "join")));
    json_decref(reversed);
    json_object_set_new(observed, "strict", merge_strictly(local, remote));
    json_object_set_new(observed, "strictReversed", merge_strictly(remote, local));
    return observed;
}

/* A batch joined by `chain verify --held` gives what `chain merge` gives, and the order of that. */
static void set_joined_order(json_t *figures, const char *held, const char *batch)
{
    json_t *merged = merge(held, batch, "join");
    CHECK(vectors_within(figures, merged));
    json_object_update(figures, merged);
    json_decref(merged);
}

static json_t *observe_batch(const json_t *vector)
{
    size_t length;
    uint8_t *bytes = vectors_hex(&length, vectors_string(vector, "chainHex"));
    struct frame_span text = vectors_text(vector, "chain");
    if (vectors_string(vector, "chainHex") != NULL) text = (struct frame_span){bytes, length};
    const char *batch = put("a", text);
    const char *held = NULL;
    free(bytes);
    if (json_object_get(vector, "held") != NULL) held = put("b", vectors_text(vector, "held"));
    command("chain", "verify");
    add_identity(vector);
    if (held != NULL) add_pair("--held", held);
    add(batch);
    json_t *answer = run();
    if (!json_is_true(json_object_get(answer, "ok"))) return answer;
    if (held == NULL)
        set_order(answer, batch);
    else
        set_joined_order(answer, held, batch);
    json_t *figures = json_copy(answer);
    json_object_set_new(answer, "expected", figures);
    return answer;
}

/* ---- canonical, execution ----------------------------------------------------------------- */

static json_t *observe_canonical(const json_t *vector)
{
    size_t length;
    uint8_t *bytes = vectors_hex(&length, vectors_string(vector, "hex"));
    command("json", "check");
    add(put("a", (struct frame_span){bytes, length}));
    free(bytes);
    json_t *answer = run();
    json_object_set(answer, "accept", json_object_get(answer, "ok"));
    return answer;
}

static const char *put_request(const json_t *vector)
{
    struct buffer request;
    struct frame_span identity = vectors_text(vector, "identity");
    const char *previous = vectors_string(vector, "previousReceiptHash");
    char *storage = vectors_filled_storage(vectors_text(vector, "storageBefore"),
                                           json_object_get(vector, "storageFill"));
    buffer_init(&request, &allocator);
    buffer_text(&request, "{\"identity\":");
    buffer_string(&request, identity.bytes, identity.length);
    buffer_text(&request, ",\"inputPayload\":");
    buffer_span(&request, vectors_text(vector, "inputPayload"));
    buffer_text(&request,
                previous == NULL ? ",\"previousReceiptHash\":null" : ",\"previousReceiptHash\":\"");
    if (previous != NULL) buffer_text(&request, previous);
    buffer_text(&request, previous == NULL ? ",\"publicKey\":\"" : "\",\"publicKey\":\"");
    buffer_text(&request, vectors_string(vector, "publicKey"));
    buffer_text(&request, "\",\"storage\":");
    buffer_text(&request, storage);
    buffer_text(&request, ",\"timestamp\":");
    buffer_integer(&request, json_integer_value(json_object_get(vector, "timestamp")));
    buffer_text(&request, "}");
    const char *path = put("a", buffer_view(&request));
    buffer_free(&request);
    free(storage);
    return path;
}

/* The text of a member of the command's line. */
static struct frame_span member_text(const struct buffer *line, const char *name)
{
    static struct frame_span entries[VECTORS_ENTRIES_MAX];
    size_t count = vectors_entries(entries, buffer_view(line));
    size_t length = strlen(name);
    for (size_t i = 0; i < count; i++) {
        if (entries[i].length > length + 3 && memcmp(entries[i].bytes + 1, name, length) == 0 &&
            entries[i].bytes[length + 1] == '"')
            return (struct frame_span){entries[i].bytes + length + 3,
                                       entries[i].length - length - 3};
    }
    return (struct frame_span){(const uint8_t *)"", 0};
}

static json_t *observe_execution(const json_t *vector)
{
    struct buffer line;
    command("intent", "run");
    add(put_request(vector));
    json_t *answer = run_text(&line);
    struct frame_span result = member_text(&line, "result");
    json_object_set_new(answer, "result", json_stringn((const char *)result.bytes, result.length));
    json_object_set_new(answer, "storageAfter",
                        vectors_unfilled_json(member_text(&line, "storage"),
                                              vectors_text(vector, "storageAfter"),
                                              json_object_get(vector, "storageFill")));
    buffer_free(&line);
    return answer;
}

/* ---- attestation, envelope, log ----------------------------------------------------------- */

static json_t *observe_make(const json_t *vector)
{
    char timestamp[32];
    struct buffer line;
    snprintf(timestamp, sizeof timestamp, "%" JSON_INTEGER_FORMAT,
             json_integer_value(json_object_get(vector, "timestamp")));
    command("attest", "make");
    add_pair("--seed-key", vectors_string(vector, "seed"));
    add_pair("--timestamp", timestamp);
    add(put("a", vectors_text(vector, "chain")));
    json_decref(run_text(&line));
    json_t *text = json_stringn((const char *)line.bytes, line.length);
    buffer_free(&line);
    return json_pack("{s:o}", "attestation", text);
}

static json_t *observe_check(const json_t *vector)
{
    command("attest", "check");
    add(put("attestation", vectors_text(vector, "attestation")));
    add_pair("--public-key", vectors_string(vector, "publicKey"));
    return error_or_null(run());
}

/* Step 8 by `chain verify --attestation`, and the same by `attest check --chain`. */
static json_t *observe_verify(const json_t *vector)
{
    const char *chain = put("a", vectors_text(vector, "chain"));
    const char *attestation = put("attestation", vectors_text(vector, "attestation"));
    command("attest", "check");
    add(attestation);
    add_pair("--public-key", vectors_string(vector, "publicKey"));
    add_pair("--chain", chain);
    json_t *checked = error_or_null(run());
    command("chain", "verify");
    add_identity(vector);
    add_pair("--attestation", attestation);
    add(chain);
    json_t *figures = run();
    json_t *observed = error_or_null(json_incref(figures));
    CHECK(json_equal(checked, observed));
    json_object_set_new(observed, "expected", figures);
    json_decref(checked);
    return observed;
}

static json_t *observe_compare(const json_t *vector)
{
    command("attest", "compare");
    add(put("a", vectors_text(vector, "local")));
    add(put("b", vectors_text(vector, "remote")));
    return run();
}

static void add_each(const char *option, const json_t *values)
{
    for (size_t i = 0; i < json_array_size(values); i++)
        add_pair(option, json_string_value(json_array_get(values, i)));
}

static json_t *observe_envelope(const json_t *vector)
{
    const json_t *trusted = json_object_get(vector, "trusted");
    command("envelope", "check");
    if (json_is_array(trusted) && json_array_size(trusted) == 0) add("--strict");
    add_each("--trusted", trusted);
    add(put("a", vectors_text(vector, "envelope")));
    return error_or_null(run());
}

static json_t *observe_page(const json_t *vector)
{
    command("sync", "page");
    add(put("a", vectors_text(vector, "chain")));
    add_each("--want", json_object_get(vector, "want"));
    add_each("--have", json_object_get(vector, "have"));
    if (vectors_string(vector, "after") != NULL)
        add_pair("--after", vectors_string(vector, "after"));
    return run();
}

/* The library is asked about every length; here a few of them do. */
static json_t *observe_log(const json_t *vector)
{
    enum { STEPS = 4 };
    size_t length;
    uint8_t *bytes = vectors_hex(&length, vectors_string(vector, "hex"));
    size_t from = length;
    size_t to = length;
    json_t *observed = NULL;
    if (json_object_get(vector, "cutFrom") != NULL) {
        from = (size_t)json_integer_value(json_object_get(vector, "cutFrom"));
        to = (size_t)json_integer_value(json_object_get(vector, "cutTo"));
    }
    for (size_t i = 0; i <= STEPS && (i == 0 || from < to); i++) {
        command("log", "check");
        add(put("log", (struct frame_span){bytes, from + (to - from) * i / STEPS}));
        json_t *answer = run();
        if (observed != NULL)
            CHECK_IN(vectors_string(vector, "name"), json_equal(observed, answer));
        json_decref(observed);
        observed = answer;
    }
    free(bytes);
    return observed;
}

/* ---- All of it ---------------------------------------------------------------------------- */

#define INPUTS(...) ((const char *const[]){__VA_ARGS__, NULL})

static void run_chains(void)
{
    vectors_run("linear", NULL, INPUTS("chain", "identity", "publicKey", "seed"), observe_linear);
    vectors_run("forked", NULL, INPUTS("chain", "identity", "publicKey", "seed", "arrivals"),
                observe_forked);
    vectors_run("merge", NULL, INPUTS("local", "remote", "identity", "publicKey"), observe_merge);
    vectors_run("forged", NULL, INPUTS("chain", "chainHex", "identity", "publicKey"),
                observe_batch);
    vectors_run("precedence", NULL, INPUTS("chain", "chainHex", "held", "identity", "publicKey"),
                observe_batch);
}

static void run_parts(void)
{
    vectors_run("canonical", NULL, INPUTS("hex"), observe_canonical);
    /* dappId and inputHash are not part of what the command says */
    vectors_run("execution", NULL,
                INPUTS("dappId", "inputHash", "identity", "intent", "inputPayload",
                       "previousReceiptHash", "publicKey", "timestamp", "storageBefore",
                       "storageFill"),
                observe_execution);
    vectors_run("attestation", "make", INPUTS("chain", "seed", "timestamp"), observe_make);
    vectors_run("attestation", "check", INPUTS("attestation", "publicKey"), observe_check);
    vectors_run("attestation", "verify", INPUTS("chain", "attestation", "identity", "publicKey"),
                observe_verify);
    vectors_run("attestation", "compare", INPUTS("local", "remote"), observe_compare);
    vectors_run("envelope", "envelope", INPUTS("envelope", "trusted"), observe_envelope);
    vectors_run("envelope", "page", INPUTS("chain", "want", "have", "after"), observe_page);
    vectors_run("log", NULL, INPUTS("hex", "cutFrom", "cutTo"), observe_log);
}

int main(void)
{
    const char *temporary = getenv("TMPDIR");
    program = getenv("FRAMESIM");
    if (program == NULL) {
        printf("the environment must name the program in FRAMESIM\n");
        return 1;
    }
    if (sodium_init() < 0) return 1;
    allocator = heap_allocator(&heap);
    snprintf(folder, sizeof folder, "%s/framesim-vectors-XXXXXX",
             temporary == NULL ? "/tmp" : temporary);
    if (!CHECK(mkdtemp(folder) != NULL)) return check_done();
    run_chains();
    run_parts();
    for (size_t i = 0; i < NAMES; i++)
        (void)unlink(path_of(names[i]));
    CHECK(rmdir(folder) == 0);
    CHECK(heap.live == 0);
    return check_done();
}
