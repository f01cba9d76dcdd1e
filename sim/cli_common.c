// SPDX-License-Identifier: Apache-2.0
#include "cli_common.h"

#include "cli.h"

#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MESSAGE_BYTES_MAX = 1024, SHORT_HASH_BYTES = 6 };

/* Far more than a chain file at its limit (§ 10) needs, and less than what locks up a machine. */
#define MEMORY_BYTES_MAX ((uint64_t)8 << 30)

void cli_error(const char *format, ...)
{
    char message[MESSAGE_BYTES_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    if (length < 0) message[0] = '\0';
    for (char *c = message; *c != '\0'; c++) {
        if ((unsigned char)*c < 0x20 || *c == 0x7f) *c = '?';
    }
    (void)fflush(stdout);
    fprintf(stderr, "framesim: %s\n", message);
}

/* ---- Memory ------------------------------------------------------------------------------- */

static void *heap_allocate(void *context, size_t size)
{
    uint64_t *left = context;
    if (size > *left) return NULL;
    void *memory = malloc(size);
    if (memory != NULL) *left -= size;
    return memory;
}

static void heap_release(void *context, void *memory, size_t size)
{
    uint64_t *left = context;
    if (memory == NULL) return;
    free(memory);
    *left += size;
}

struct frame_allocator cli_allocator(void)
{
    static uint64_t left = MEMORY_BYTES_MAX;
    return (struct frame_allocator){
        .context = &left, .allocate = heap_allocate, .release = heap_release};
}

const struct frame_crypto *cli_crypto(void)
{
    return frame_crypto_libsodium();
}

/* ---- Arguments ---------------------------------------------------------------------------- */

bool cli_argument_bytes32(uint8_t bytes[32], const char *text)
{
    return frame_hex_decode(bytes, 32, text, strlen(text));
}

bool cli_argument_number(uint64_t *number, const char *text, uint64_t max)
{
    if (*text == '\0') return false;
    uint64_t value = 0;
    for (const char *c = text; *c != '\0'; c++) {
        if (*c < '0' || *c > '9') return false;
        unsigned digit = (unsigned)(*c - '0');
        if (value > (max - digit) / 10) return false;
        value = value * 10 + digit;
    }
    *number = value;
    return true;
}

/* The number before `separator`; *rest is what stands behind it. */
static bool number_before(uint64_t *number, const char **rest, const char *text,
                          const char *separator, uint64_t max)
{
    char digits[24];
    const char *at = strstr(text, separator);
    if (at == NULL || (size_t)(at - text) >= sizeof digits) return false;
    memcpy(digits, text, (size_t)(at - text));
    digits[at - text] = '\0';
    *rest = at + strlen(separator);
    return cli_argument_number(number, digits, max);
}

bool cli_argument_range(uint64_t *first, uint64_t *count, const char *text, uint64_t max)
{
    const char *rest;
    uint64_t last;
    if (!number_before(first, &rest, text, "..", max) || !cli_argument_number(&last, rest, max) ||
        last < *first)
        return false;
    *count = last - *first + 1;
    return true;
}

bool cli_argument_part(uint64_t *part, uint64_t *parts, const char *text, uint64_t max)
{
    const char *rest;
    return number_before(part, &rest, text, "/", max) && cli_argument_number(parts, rest, max) &&
           *part >= 1 && *part <= *parts;
}

bool cli_argument_duration(uint64_t *milliseconds, const char *text)
{
    enum { YEAR_S = 366 * 24 * 3600 };
    static const struct {
        const char *name;
        uint64_t seconds;
    } units[] = {{"s", 1}, {"m", 60}, {"h", 3600}};
    for (size_t i = 0; i < sizeof units / sizeof *units; i++) {
        const char *rest;
        uint64_t number;
        if (!number_before(&number, &rest, text, units[i].name, YEAR_S / units[i].seconds) ||
            *rest != '\0')
            continue;
        *milliseconds = number * units[i].seconds * 1000;
        return true;
    }
    return false;
}

struct frame_span cli_span(const char *text)
{
    return (struct frame_span){(const uint8_t *)text, strlen(text)};
}

/* ---- Output ------------------------------------------------------------------------------- */

static void print_hex(const uint8_t *bytes, size_t length)
{
    char hex[64];
    frame_hex_encode(hex, bytes, length);
    (void)fwrite(hex, 1, 2 * length, stdout);
}

void cli_print_hex(const struct frame_hash *hash)
{
    print_hex(hash->bytes, sizeof hash->bytes);
}

void cli_print_short(const struct frame_hash *hash)
{
    print_hex(hash->bytes, SHORT_HASH_BYTES);
}

void cli_print_hash(const struct frame_hash *hash)
{
    if (hash == NULL) {
        fputs("null", stdout);
        return;
    }
    putchar('"');
    cli_print_hex(hash);
    putchar('"');
}

void cli_print_hashes(const struct frame_hash *hashes, size_t count)
{
    putchar('[');
    for (size_t i = 0; i < count; i++) {
        if (i > 0) putchar(',');
        cli_print_hash(&hashes[i]);
    }
    putchar(']');
}

void cli_print_number(int64_t number)
{
    if (number < 0) {
        fputs("null", stdout);
        return;
    }
    printf("%" PRId64, number);
}

void cli_print_span(struct frame_span text)
{
    if (text.length > 0) (void)fwrite(text.bytes, 1, text.length, stdout);
}

/* ---- Verdicts ----------------------------------------------------------------------------- */

static int out_of_memory(const char *path)
{
    cli_error("%s: needs more memory than there is", path);
    return CLI_INPUT;
}

int cli_refuse(enum frame_status status, const char *path, bool json)
{
    if (status == FRAME_NO_MEMORY) return out_of_memory(path);
    if (json)
        printf("{\"error\":\"%s\",\"ok\":false}\n", frame_status_name(status));
    else
        cli_error("%s: rejected: %s", path, frame_status_name(status));
    return CLI_REJECTED;
}

/* " at receipt 3, byte 4585", as far as a place is known. */
static const char *fault_place(char place[80], const struct frame_fault *fault)
{
    char index[32] = "";
    char offset[32] = "";
    if (fault->index >= 0) snprintf(index, sizeof index, " at receipt %" PRId64, fault->index);
    if (fault->offset >= 0) snprintf(offset, sizeof offset, " at byte %" PRId64, fault->offset);
    snprintf(place, 80, "%s%s", index, offset);
    return place;
}

int cli_refuse_fault(const struct frame_fault *fault, const char *path, bool json)
{
    char place[80];
    if (fault->status == FRAME_NO_MEMORY) return out_of_memory(path);
    if (!json) {
        cli_error("%s: rejected: %s%s", path, frame_status_name(fault->status),
                  fault_place(place, fault));
        return CLI_REJECTED;
    }
    printf("{\"error\":\"%s\",\"index\":", frame_status_name(fault->status));
    cli_print_number(fault->index);
    printf(",\"offset\":");
    cli_print_number(fault->offset);
    printf(",\"ok\":false}\n");
    return CLI_REJECTED;
}

int cli_unusable(const struct frame_fault *fault, const char *path)
{
    char place[80];
    if (fault->status == FRAME_NO_MEMORY) return out_of_memory(path);
    cli_error("%s: this chain, against which to check, is itself rejected: %s%s", path,
              frame_status_name(fault->status), fault_place(place, fault));
    return CLI_INPUT;
}

int cli_finish(int code)
{
    errno = 0;
    if (fflush(stdout) == 0 && ferror(stdout) == 0) return code;
    cli_error("standard output: %s", errno != 0 ? strerror(errno) : "cannot be written");
    return CLI_INPUT;
}
