// SPDX-License-Identifier: Apache-2.0
/*
 * framesim-corpus: replays inputs through the targets, without a fuzzing engine.
 *
 * Every input runs twice on end, with fresh memory filled differently, and once more after all others: it
 * must come out the same each time, and touch the same edges of the core where those are counted. The
 * digest over all (target, input, verdict, root) lines is the same on every machine.
 */
#include <dirent.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "crypto.h"
#include "edges.h"
#include "fuzz.h"
#include "targets.h"

#define TARGET_DECLARE(name) int fuzz_target_##name(const uint8_t *data, size_t size);
FUZZ_TARGETS(TARGET_DECLARE)

static const struct target {
    const char *name;
    int (*run)(const uint8_t *data, size_t size);
} targets[] = {
#define TARGET_ENTRY(name) {#name, fuzz_target_##name},
    FUZZ_TARGETS(TARGET_ENTRY)};
enum { TARGETS = sizeof targets / sizeof *targets, LINE_BYTES_MAX = 512 };

struct input {
    const struct target *target;
    char *path;
    const char *name;
    uint8_t *bytes;
    size_t size;
    char line[LINE_BYTES_MAX];
    unsigned long edges;
    uint64_t edges_hash;
};

static struct {
    struct input *inputs;
    size_t count;
    bool lines;
} corpus;

_Noreturn static void give_up(const char *what, const char *path)
{
    fprintf(stderr, "framesim-corpus: %s: %s\n", what, path);
    exit(2);
}

static void *must(void *memory)
{
    if (memory == NULL) give_up("no memory", "");
    return memory;
}

/* ---- Inputs --------------------------------------------------------------------------------- */

static void add_file(const struct target *target, const char *path)
{
    FILE *file = fopen(path, "rb");
    struct stat status;
    if (file == NULL || fstat(fileno(file), &status) != 0) give_up("cannot read", path);
    struct input input = {.target = target, .size = (size_t)status.st_size};
    input.path = must(strdup(path));
    const char *slash = strrchr(input.path, '/');
    input.name = slash != NULL ? slash + 1 : input.path;
    input.bytes = must(malloc(input.size + 1));
    if (fread(input.bytes, 1, input.size, file) != input.size) give_up("cannot read", path);
    (void)fclose(file);
    corpus.inputs = must(realloc(corpus.inputs, (corpus.count + 1) * sizeof *corpus.inputs));
    corpus.inputs[corpus.count++] = input;
}

static int not_hidden(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
    return strcmp((*a)->d_name, (*b)->d_name);
}

static void add_folder(const struct target *target, const char *folder)
{
    struct dirent **entries;
    int count = scandir(folder, &entries, not_hidden, by_name);
    for (int i = 0; i < count; i++) {
        char path[4096];
        (void)snprintf(path, sizeof path, "%s/%s", folder, entries[i]->d_name);
        add_file(target, path);
        free(entries[i]);
    }
    if (count >= 0) free(entries);
}

static void add(const struct target *target, const char *path)
{
    struct stat status;
    if (stat(path, &status) != 0) give_up("cannot read", path);
    if (S_ISDIR(status.st_mode))
        add_folder(target, path);
    else
        add_file(target, path);
}

/* ---- Replay --------------------------------------------------------------------------------- */

static void run(struct input *input, uint8_t fill, char line[LINE_BYTES_MAX])
{
    char root[65] = "";
    uint8_t *exact = must(malloc(input->size > 0 ? input->size : 1));
    memcpy(exact, input->bytes, input->size);
    fuzz_settings()->fill = fill;
    edges_clear();
    (void)input->target->run(exact, input->size);
    free(exact);
    const struct fuzz_outcome *outcome = fuzz_last();
    frame_hex_encode(root, outcome->root.bytes, sizeof outcome->root.bytes);
    (void)snprintf(line, LINE_BYTES_MAX, "%s %.64s %s %lld %lld %s", input->target->name,
                   input->name, frame_status_name(outcome->fault.status),
                   (long long)outcome->fault.index, (long long)outcome->fault.offset, root);
}

enum { DIFFERENCES_PRINTED_MAX = 10 };
static size_t differences;

static bool same_again(struct input *input, uint8_t fill)
{
    char line[LINE_BYTES_MAX];
    unsigned long edges;
    run(input, fill, line);
    uint64_t hash = edges_touched(&edges);
    if (strcmp(line, input->line) == 0 && hash == input->edges_hash) return true;
    if (++differences > DIFFERENCES_PRINTED_MAX) return false;
    fprintf(stderr, "%s: not the same again:\n  %s (%lu edges)\n  %s (%lu edges)\n", input->path,
            input->line, input->edges, line, edges);
    return false;
}

static bool replay(void)
{
    crypto_hash_sha256_state digest;
    uint8_t hash[32];
    char hex[65] = "";
    bool good = true;
    crypto_hash_sha256_init(&digest);
    for (size_t i = 0; i < corpus.count; i++) {
        struct input *input = &corpus.inputs[i];
        run(input, 0xa5, input->line);
        input->edges_hash = edges_touched(&input->edges);
        good = same_again(input, 0x5a) && good;
        if (corpus.lines) printf("%s\n", input->line);
        crypto_hash_sha256_update(&digest, (const uint8_t *)input->line, strlen(input->line));
        crypto_hash_sha256_update(&digest, (const uint8_t *)"\n", 1);
    }
    for (size_t i = 0; i < corpus.count; i++)
        good = same_again(&corpus.inputs[i], 0x00) && good;
    crypto_hash_sha256_final(&digest, hash);
    frame_hex_encode(hex, hash, sizeof hash);
    printf("%zu inputs, digest %s\n", corpus.count, hex);
    return good;
}

/* ---- Command line --------------------------------------------------------------------------- */

_Noreturn static void usage(void)
{
    fprintf(stderr, "usage: framesim-corpus [--lines] [--real-crypto] [TARGET [PATH...]]\n"
                    "Replays corpora/ (of one target), or the files and folders named.\ntargets:");
    for (size_t i = 0; i < TARGETS; i++)
        fprintf(stderr, " %s", targets[i].name);
    fprintf(stderr, "\n");
    exit(2);
}

static const struct target *find(const char *name)
{
    for (size_t i = 0; i < TARGETS; i++)
        if (strcmp(targets[i].name, name) == 0) return &targets[i];
    usage();
}

static void add_corpora(const struct target *only)
{
    for (size_t i = 0; i < TARGETS; i++) {
        char folder[128];
        (void)snprintf(folder, sizeof folder, "corpora/%s", targets[i].name);
        if (only == NULL || only == &targets[i]) add_folder(&targets[i], folder);
    }
}

int main(int argc, char **argv)
{
    int at = 1;
    for (; at < argc && argv[at][0] == '-'; at++) {
        if (strcmp(argv[at], "--lines") == 0)
            corpus.lines = true;
        else if (strcmp(argv[at], "--real-crypto") == 0)
            fuzz_settings()->real_crypto = true;
        else
            usage();
    }
    const struct target *only = at < argc ? find(argv[at++]) : NULL;
    if (at == argc) add_corpora(only);
    for (; at < argc; at++)
        add(only, argv[at]);
    (void)crypto_stub(); /* what is made once is made before edges are counted */
    (void)crypto_real();
    bool good = replay();
    for (size_t i = 0; i < corpus.count; i++) {
        free(corpus.inputs[i].path);
        free(corpus.inputs[i].bytes);
    }
    free(corpus.inputs);
    return good ? 0 : 1;
}
