// SPDX-License-Identifier: Apache-2.0
/* What the commands share: messages, memory for the core, arguments, pieces of JSON output. */
#ifndef SIM_CLI_COMMON_H
#define SIM_CLI_COMMON_H

#include "core/frame.h"

/* One line on stderr, "framesim: …"; control characters in it are shown as '?'. */
#if defined(__GNUC__)
__attribute__((format(printf, 1, 2)))
#endif
void cli_error(const char *format, ...);

/* The C library's heap, with a bound: an input that wants more ends in FRAME_NO_MEMORY. */
struct frame_allocator cli_allocator(void);

/* The provider that all commands use. */
const struct frame_crypto *cli_crypto(void);

/* Arguments of the command line; false where the text is not one. */
bool cli_argument_bytes32(uint8_t bytes[32], const char *text); /* 64 lower-case hex digits */
bool cli_argument_number(uint64_t *number, const char *text, uint64_t max);
/* "A..B", both included, at most `max`. */
bool cli_argument_range(uint64_t *first, uint64_t *count, const char *text, uint64_t max);
/* "I/N", 1 <= I <= N <= max. */
bool cli_argument_part(uint64_t *part, uint64_t *parts, const char *text, uint64_t max);
/* "90s", "10m" or "2h", up to a year. */
bool cli_argument_duration(uint64_t *milliseconds, const char *text);

/* An argument's bytes. */
struct frame_span cli_span(const char *text);

/*
 * Pieces of a line of canonical JSON on stdout. The callers write the members in canonical order.
 */
void cli_print_hash(const struct frame_hash *hash); /* NULL: null */
void cli_print_hashes(const struct frame_hash *hashes, size_t count);
void cli_print_number(int64_t number); /* negative: null */
void cli_print_span(struct frame_span text);
/* For people: hex without quotes, and its first 12 digits. */
void cli_print_hex(const struct frame_hash *hash);
void cli_print_short(const struct frame_hash *hash);

/* {"error":E,"ok":false}, or for people a line on stderr; returns the exit code. */
int cli_refuse(enum frame_status status, const char *path, bool json);
/* {"error":E,"index":…,"offset":…,"ok":false} (§ 10), likewise. */
int cli_refuse_fault(const struct frame_fault *fault, const char *path, bool json);
/* A chain that a command stands on, not the one it checks, is bad: a message and CLI_INPUT. */
int cli_unusable(const struct frame_fault *fault, const char *path);

/* Flushes stdout. `code`, or CLI_INPUT after a message where output was lost. */
int cli_finish(int code);

#endif
