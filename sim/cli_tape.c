// SPDX-License-Identifier: Apache-2.0
#include "cli_tape.h"

#include <errno.h>
#include <string.h>

#include "cli_common.h"
#include "cli_file.h"

FILE *cli_tape_begin(const char *scenario, uint64_t seed, enum crypto_mode crypto)
{
    FILE *body = tmpfile();
    if (body == NULL) {
        cli_error("a temporary file: %s", strerror(errno));
        return NULL;
    }
    (void)setvbuf(body, NULL, _IOLBF, BUFSIZ);
    tape_file_put_head(body, scenario, seed, crypto);
    return body;
}

static bool copy_tape(void *context, struct frame_sink sink)
{
    uint8_t buffer[4096];
    size_t got;
    FILE *body = context;
    if (fseek(body, 0, SEEK_SET) != 0) return false;
    while ((got = fread(buffer, 1, sizeof buffer, body)) > 0)
        if (!sink.write(sink.context, buffer, got)) return false;
    return ferror(body) == 0;
}

int cli_tape_write(const char *path, bool force, FILE *body)
{
    return cli_file_write(path, force, copy_tape, body);
}
