// SPDX-License-Identifier: Apache-2.0
/* Files of the commands: inputs read whole, outputs that appear whole or not at all. */
#ifndef SIM_CLI_FILE_H
#define SIM_CLI_FILE_H

#include "core/frame.h"

/* A file's bytes, owned. Zero-initialise. */
struct cli_file {
    uint8_t *bytes;
    size_t length;
};
/*
 * Reads a file ("-": standard input). CLI_OK, or CLI_INPUT after a message: it cannot be read, or
 * is larger than `bytes_max`.
 */
int cli_file_read(struct cli_file *file, const char *path, size_t bytes_max);
/* Likewise, but of a file larger than § 10 allows come just the first 2^30 + 1 bytes: enough to
   see that it is, and to find a fault that stands before that. */
int cli_file_read_document(struct cli_file *file, const char *path);
void cli_file_free(struct cli_file *file);
struct frame_span cli_file_view(const struct cli_file *file);

/*
 * May `path` be written? CLI_OK, or after a message CLI_USAGE where something is there and `force`
 * was not given, and where it is no regular file. Asked before the work is done.
 */
int cli_file_writable(const char *command, const char *path, bool force);

/* Writes an output's bytes; false where the sink stopped or the writer failed. */
typedef bool (*cli_producer)(void *context, struct frame_sink sink);
/*
 * Writes a file beside `path` and moves it there once it is whole and on the disk. CLI_OK, or
 * CLI_INPUT after a message; then `path` is as it was.
 */
int cli_file_write(const char *path, bool force, cli_producer produce, void *context);

/* The same for what is there already. */
int cli_file_put(const char *path, bool force, const void *bytes, size_t length);

/* A sink that writes to a FILE. */
struct frame_sink cli_stream_sink(void *stream);

#endif
