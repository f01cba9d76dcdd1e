// SPDX-License-Identifier: Apache-2.0
#include "sim/scenario_files.h"

#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { FILES_MAX = 100000 };

static const char suffix[] = ".scn";

/* Takes over `path`. */
static bool add_path(struct scenario_files *files, char *path)
{
    if (files->count == files->capacity) {
        size_t capacity = files->capacity == 0 ? 64 : 2 * files->capacity;
        char **grown = realloc(files->paths, capacity * sizeof *grown);
        if (grown == NULL || files->count == FILES_MAX) {
            free(path);
            files->paths = grown != NULL ? grown : files->paths;
            return false;
        }
        files->paths = grown;
        files->capacity = capacity;
    }
    files->paths[files->count++] = path;
    return true;
}

/* "folder/name", without doubling a '/'. NULL: no memory. */
static char *join(const char *folder, const char *name)
{
    size_t length = strlen(folder);
    while (length > 1 && folder[length - 1] == '/')
        length--;
    bool slash = length > 0 && folder[length - 1] != '/';
    char *path = malloc(length + strlen(name) + 2);
    if (path == NULL) return NULL;
    memcpy(path, folder, length);
    if (slash) path[length++] = '/';
    memcpy(path + length, name, strlen(name) + 1);
    return path;
}

static bool is_scenario(const char *name)
{
    size_t length = strlen(name);
    return length > sizeof suffix - 1 && strcmp(name + length - (sizeof suffix - 1), suffix) == 0;
}

static bool is_folder(const char *path)
{
    struct stat facts;
    return stat(path, &facts) == 0 && S_ISDIR(facts.st_mode);
}

/* Adds what one folder holds: scenarios to `files`, folders to `folders`. */
static bool read_folder(struct scenario_files *files, struct scenario_files *folders,
                        const char *folder, FILE *complaints)
{
    DIR *directory = opendir(folder);
    bool fine = directory != NULL;
    struct dirent *entry;
    while (fine && (entry = readdir(directory)) != NULL) {
        if (entry->d_name[0] == '.') continue;
        char *path = join(folder, entry->d_name);
        if (path == NULL)
            fine = false;
        else if (is_folder(path))
            fine = add_path(folders, path);
        else if (is_scenario(path))
            fine = add_path(files, path);
        else
            free(path);
    }
    if (!fine) fprintf(complaints, "%s: %s\n", folder, strerror(errno));
    if (directory != NULL) closedir(directory);
    return fine;
}

static int compare_paths(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static bool add_below(struct scenario_files *files, const char *path, FILE *complaints)
{
    struct scenario_files folders = {NULL, 0, 0};
    size_t before = files->count;
    char *first = join(path, "");
    bool fine = first != NULL && add_path(&folders, first);
    if (fine && strlen(first) > 1) first[strlen(first) - 1] = '\0';
    for (size_t i = 0; fine && i < folders.count; i++)
        fine = read_folder(files, &folders, folders.paths[i], complaints);
    scenario_files_free(&folders);
    if (!fine) return false;
    if (files->count == before) {
        fprintf(complaints, "%s: no scenario (*%s) below this folder\n", path, suffix);
        return false;
    }
    qsort(files->paths + before, files->count - before, sizeof *files->paths, compare_paths);
    return true;
}

bool scenario_files_add(struct scenario_files *files, const char *path, FILE *complaints)
{
    if (is_folder(path)) return add_below(files, path, complaints);
    char *copy = malloc(strlen(path) + 1);
    if (copy != NULL) memcpy(copy, path, strlen(path) + 1);
    if (copy != NULL && add_path(files, copy)) return true;
    fprintf(complaints, "%s: out of memory\n", path);
    return false;
}

void scenario_files_free(struct scenario_files *files)
{
    for (size_t i = 0; i < files->count; i++)
        free(files->paths[i]);
    free(files->paths);
    *files = (struct scenario_files){NULL, 0, 0};
}
