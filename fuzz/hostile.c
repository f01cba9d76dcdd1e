// SPDX-License-Identifier: Apache-2.0
/*
 * hostile LINE|FILE COUNT FOLDER FILE...: writes COUNT hostile files into FOLDER, named 0 to COUNT-1. Each is one of
 * the files (or the first line of one), changed by the mutator once or a few times, and signed with real keys as
 * far as it is signed at all: what a program gets from people who hold the key. hostile key: prints the public key.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "crypto.h"
#include "fuzz.h"
#include "lines.h"
#include "mutator.h"

enum { BYTES_MAX = 1 << 16 };

static size_t read_file(uint8_t bytes[BYTES_MAX], const char *path, bool line)
{
    FILE *file = fopen(path, "rb");
    FUZZ_CHECK(file != NULL);
    size_t size = fread(bytes, 1, BYTES_MAX, file);
    (void)fclose(file);
    struct lines lines = {{bytes, size}};
    struct frame_span first;
    return line && lines_next(&lines, &first) ? first.length : size;
}

static void write_file(const char *folder, size_t number, const uint8_t *bytes, size_t size)
{
    char path[4096];
    (void)snprintf(path, sizeof path, "%s/%zu", folder, number);
    FILE *file = fopen(path, "wb");
    FUZZ_CHECK(file != NULL && fwrite(bytes, 1, size, file) == size && fclose(file) == 0);
}

static int print_key(void)
{
    char hex[65] = "";
    frame_hex_encode(hex, crypto_public(0)->bytes, 32);
    return puts(hex) < 0;
}

int main(int argc, char **argv)
{
    static uint8_t bytes[BYTES_MAX], other[BYTES_MAX];
    if (argc == 2 && strcmp(argv[1], "key") == 0) return print_key();
    if (argc < 5) return 2;
    bool line = strcmp(argv[1], "LINE") == 0;
    size_t count = strtoul(argv[2], NULL, 10), files = (size_t)argc - 4;
    for (size_t i = 0; i < count; i++) {
        size_t size = read_file(bytes, argv[4 + i % files], line);
        size_t other_size = read_file(other, argv[4 + i / files % files], line);
        for (size_t change = 0; change <= i % 3; change++) /* every 16th seed changes plain bytes */
            size = mutator_mutate(bytes, size, BYTES_MAX, other, change == 0 ? other_size : 0,
                                  i % 4 == 3 ? 16 * i : 7 * i + change);
        crypto_sign_again(bytes, size);
        write_file(argv[3], i, bytes, size);
    }
    return 0;
}
