// SPDX-License-Identifier: Apache-2.0
#include "cli_file.h"

#include "cli.h"
#include "cli_common.h"
#include "cli_options.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

enum { FIRST_CAPACITY = 64 * 1024 };

/* ---- Reading ------------------------------------------------------------------------------ */

static int fail(const char *path, const char *reason)
{
    cli_error("%s: %s", path, reason);
    return CLI_INPUT;
}

static const char *shown(const char *path)
{
    return strcmp(path, "-") == 0 ? "standard input" : path;
}

static int open_input(int *descriptor, const char *path)
{
    static bool stdin_taken;
    if (strcmp(path, "-") != 0) {
        *descriptor = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY);
        return *descriptor >= 0 ? CLI_OK : fail(path, strerror(errno));
    }
    if (stdin_taken) return fail(shown(path), "is named twice, but can be read only once");
    stdin_taken = true;
    *descriptor = STDIN_FILENO;
    return CLI_OK;
}

/* Room for more, never past bytes_max. */
static bool grow(struct cli_file *file, size_t *capacity, size_t bytes_max)
{
    size_t wanted = *capacity == 0 ? FIRST_CAPACITY : *capacity;
    if (*capacity > 0) wanted = *capacity > bytes_max / 2 ? bytes_max : 2 * *capacity;
    if (wanted > bytes_max) wanted = bytes_max;
    uint8_t *bytes = realloc(file->bytes, wanted);
    if (bytes == NULL) return false;
    file->bytes = bytes;
    *capacity = wanted;
    return true;
}

/* Up to `bytes_max` bytes; whatever lies behind stays unread. */
static int read_up_to(struct cli_file *file, int descriptor, const char *path, size_t size_hint,
                      size_t bytes_max)
{
    size_t capacity = 0;
    if (size_hint > 0) { /* one byte more, so that the end is seen without growing */
        capacity = size_hint < bytes_max ? size_hint + 1 : bytes_max;
        file->bytes = malloc(capacity);
        if (file->bytes == NULL) return fail(shown(path), "does not fit into memory");
    }
    while (file->length < bytes_max) {
        if (file->length == capacity && !grow(file, &capacity, bytes_max))
            return fail(shown(path), "does not fit into memory");
        ssize_t got = read(descriptor, file->bytes + file->length, capacity - file->length);
        if (got == 0) return CLI_OK;
        if (got > 0)
            file->length += (size_t)got;
        else if (errno != EINTR)
            return fail(shown(path), strerror(errno));
    }
    return CLI_OK;
}

static int too_large(const char *path, size_t bytes_max)
{
    cli_error("%s: is larger than %zu bytes", shown(path), bytes_max);
    return CLI_INPUT;
}

/* What kind of input this is, before it is read. A regular file tells its size. */
static int look(size_t *size_hint, int descriptor, const char *path, size_t bytes_max, bool cut)
{
    struct stat about;
    *size_hint = 0;
    if (fstat(descriptor, &about) != 0) return fail(shown(path), strerror(errno));
    if (S_ISDIR(about.st_mode)) return fail(shown(path), strerror(EISDIR));
    if (!S_ISREG(about.st_mode) || about.st_size <= 0) return CLI_OK;
    if ((uintmax_t)about.st_size <= bytes_max) {
        *size_hint = (size_t)about.st_size;
        return CLI_OK;
    }
    *size_hint = bytes_max;
    return cut ? CLI_OK : too_large(path, bytes_max);
}

/* A larger file than `bytes_max` is cut there, or refused. */
static int read_input(struct cli_file *file, const char *path, size_t bytes_max, bool cut)
{
    int descriptor = -1;
    size_t size_hint;
    *file = (struct cli_file){NULL, 0};
    int code = open_input(&descriptor, path);
    if (code != CLI_OK) return code;
    code = look(&size_hint, descriptor, path, bytes_max, cut);
    if (code == CLI_OK)
        code = read_up_to(file, descriptor, path, size_hint, cut ? bytes_max : bytes_max + 1);
    if (code == CLI_OK && !cut && file->length > bytes_max) code = too_large(path, bytes_max);
    if (descriptor != STDIN_FILENO) (void)close(descriptor);
    if (code != CLI_OK) cli_file_free(file);
    return code;
}

int cli_file_read_document(struct cli_file *file, const char *path)
{
    return read_input(file, path, (size_t)FRAME_FILE_BYTES_MAX + 1, true);
}

int cli_file_read(struct cli_file *file, const char *path, size_t bytes_max)
{
    return read_input(file, path, bytes_max, false);
}

void cli_file_free(struct cli_file *file)
{
    free(file->bytes);
    *file = (struct cli_file){NULL, 0};
}

struct frame_span cli_file_view(const struct cli_file *file)
{
    static const uint8_t nothing[1] = {0};
    return (struct frame_span){file->length > 0 ? file->bytes : nothing, file->length};
}

/* ---- Writing ------------------------------------------------------------------------------ */

int cli_file_writable(const char *command, const char *path, bool force)
{
    struct stat about;
    if (*path == '\0' || strcmp(path, "-") == 0)
        return cli_usage(command, "-o expects the name of a file");
    if (lstat(path, &about) != 0)
        return CLI_OK; /* not there; what else is wrong shows in writing */
    if (!force) return cli_usage(command, "%s is already there (--force overwrites it)", path);
    if (stat(path, &about) == 0 && !S_ISREG(about.st_mode))
        return cli_usage(command, "%s is no regular file", path);
    return CLI_OK;
}

static bool stream_write(void *context, const uint8_t *bytes, size_t length)
{
    return fwrite(bytes, 1, length, context) == length;
}

struct frame_sink cli_stream_sink(void *stream)
{
    return (struct frame_sink){stream, stream_write};
}

/* A new file beside `target`, readable for whom the umask lets. */
static FILE *open_beside(char **temporary, const char *target)
{
    static const char suffix[] = ".XXXXXX";
    size_t length = strlen(target);
    *temporary = malloc(length + sizeof suffix);
    if (*temporary == NULL) return NULL;
    memcpy(*temporary, target, length);
    memcpy(*temporary + length, suffix, sizeof suffix);
    int descriptor = mkstemp(*temporary);
    if (descriptor < 0) return NULL;
    mode_t mask = umask(0);
    (void)umask(mask);
    FILE *stream = fchmod(descriptor, 0666 & ~mask) == 0 ? fdopen(descriptor, "wb") : NULL;
    if (stream == NULL) {
        (void)close(descriptor);
        (void)unlink(*temporary);
    }
    return stream;
}

/* Moves the whole file to its place. Without `force` a file that has come there meanwhile stays:
   link does not overwrite. A file system without links gets the plain move. */
static bool move_into_place(const char *temporary, const char *target, bool force)
{
    if (!force) {
        if (link(temporary, target) == 0) return unlink(temporary) == 0;
        if (errno != EPERM && errno != EOPNOTSUPP && errno != ENOSYS && errno != EMLINK)
            return false;
    }
    return rename(temporary, target) == 0;
}

static bool write_whole(FILE *stream, cli_producer produce, void *context)
{
    errno = 0;
    bool written = produce(context, cli_stream_sink(stream)) && fflush(stream) == 0 &&
                   fsync(fileno(stream)) == 0;
    int reason = errno;
    bool closed = fclose(stream) == 0;
    if (!written) errno = reason;
    return written && closed;
}

int cli_file_write(const char *path, bool force, cli_producer produce, void *context)
{
    char *resolved = force ? realpath(path, NULL) : NULL; /* a link's target, not the link */
    const char *target = resolved != NULL ? resolved : path;
    char *temporary = NULL;
    int code = CLI_OK;
    FILE *stream = open_beside(&temporary, target);
    if (stream == NULL) {
        code = fail(path, strerror(errno));
    } else if (!write_whole(stream, produce, context) ||
               !move_into_place(temporary, target, force)) {
        code = fail(path, errno != 0 ? strerror(errno) : "could not be written");
        (void)unlink(temporary);
    }
    free(temporary);
    free(resolved);
    return code;
}

static bool put_span(void *context, struct frame_sink sink)
{
    const struct frame_span *span = context;
    return sink.write(sink.context, span->bytes, span->length);
}

int cli_file_put(const char *path, bool force, const void *bytes, size_t length)
{
    struct frame_span span = {bytes, length};
    return cli_file_write(path, force, put_span, &span);
}
