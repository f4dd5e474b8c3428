/*
 * Owns which file of an exports folder belongs to which input, by its name alone.
 * Must not know what is in the files.
 */
#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "readers/input.h"

enum { EXPORT_FILES_MAX = 100000 };

/* `name` without the prefix; NULL when it starts otherwise. */
static const char *behind(const char *name, const char *prefix)
{
    size_t size = strlen(prefix);

    return strncmp(name, prefix, size) == 0 ? name + size : NULL;
}

static bool ends_with(const char *text, const char *ending)
{
    size_t size = strlen(text);
    size_t ending_size = strlen(ending);

    return size >= ending_size && strcmp(text + size - ending_size, ending) == 0;
}

/* stem.csv, stem.csv.gz, stem-ANYTHING.csv or stem-ANYTHING.csv.gz */
static bool is_export_of(const char *name, const char *stem)
{
    const char *rest = behind(name, stem);

    if (rest == NULL)
        return false;
    if (*rest == '-')
        return ends_with(rest, ".csv") || ends_with(rest, ".csv.gz");
    return strcmp(rest, ".csv") == 0 || strcmp(rest, ".csv.gz") == 0;
}

/* INPUT_COUNT when it belongs to none. */
static enum input input_of(const char *name)
{
    int input = 0;

    while (input < INPUT_COUNT && !is_export_of(name, input_name((enum input)input)))
        input++;
    return (enum input)input;
}

static bool is_folder(DIR *folder, const char *name)
{
    struct stat status;

    return fstatat(dirfd(folder), name, &status, 0) == 0 && S_ISDIR(status.st_mode);
}

/* Makes room for one more in a list that doubles; NULL when memory is out. */
static void *with_room(void *list, size_t count, size_t item_size)
{
    if ((count & (count - 1)) != 0)
        return list;
    return realloc(list, (count == 0 ? 1 : 2 * count) * item_size);
}

static int add_stray(struct exports *exports, const char *name, struct error *err)
{
    char **larger = with_room(exports->strays, exports->stray_count, sizeof(*larger));
    char *copy = strdup(name);

    if (larger != NULL)
        exports->strays = larger;
    if (larger == NULL || copy == NULL) {
        free(copy);
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    }
    exports->strays[exports->stray_count++] = copy;
    return 0;
}

static int add_file(struct exports *exports, const char *folder, const char *name, enum input input,
                    struct error *err)
{
    struct input_file *larger = with_room(exports->files, exports->file_count, sizeof(*larger));
    char *path = NULL;

    if (larger != NULL)
        exports->files = larger;
    if (larger == NULL || asprintf(&path, "%s/%s", folder, name) < 0)
        return error_set(err, ERROR_IO, "%s: out of memory", name);
    exports->files[exports->file_count++] = (struct input_file){
        .path = path,
        .name = path + strlen(path) - strlen(name),
        .input = input,
    };
    return 0;
}

/* What has an export's name is listed whatever it is, so that reading it refuses what is no file.
 */
static int add_name(struct exports *exports, DIR *folder, const char *folder_name, const char *name,
                    struct error *err)
{
    enum input input;

    if (name[0] == '.')
        return 0;
    if (exports->file_count + exports->stray_count >= EXPORT_FILES_MAX)
        return error_set(err, ERROR_INPUT, "%s: more than %d files", folder_name, EXPORT_FILES_MAX);
    input = input_of(name);
    if (input != INPUT_COUNT)
        return add_file(exports, folder_name, name, input, err);
    if (is_export_of(name, "billing") || is_folder(folder, name))
        return 0;
    return add_stray(exports, name, err);
}

static int compare_files(const void *a, const void *b)
{
    const struct input_file *one = a;
    const struct input_file *other = b;

    if (one->input != other->input)
        return one->input < other->input ? -1 : 1;
    return strcmp(one->name, other->name);
}

static int compare_strays(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

static void put_in_order(struct exports *exports)
{
    size_t i;

    if (exports->file_count > 0)
        qsort(exports->files, exports->file_count, sizeof(*exports->files), compare_files);
    if (exports->stray_count > 0)
        qsort(exports->strays, exports->stray_count, sizeof(*exports->strays), compare_strays);
    for (i = 0; i < exports->file_count; i++) {
        enum input input = exports->files[i].input;

        exports->files[i].number = (uint32_t)i;
        if (exports->count[input]++ == 0)
            exports->first[input] = i;
    }
}

int exports_list(struct exports *exports, const char *folder, struct error *err)
{
    DIR *stream = opendir(folder);
    const struct dirent *entry;
    int result = -1;

    *exports = (struct exports){0};
    if (stream == NULL)
        return error_set(err, ERROR_INPUT, "%s: can't be opened: %s", folder, strerror(errno));
    while (errno = 0, (entry = readdir(stream)) != NULL) {
        if (add_name(exports, stream, folder, entry->d_name, err) != 0)
            goto done;
    }
    if (errno != 0) {
        error_set(err, ERROR_INPUT, "%s: can't be read: %s", folder, strerror(errno));
        goto done;
    }
    put_in_order(exports);
    result = 0;

done:
    closedir(stream);
    if (result != 0)
        exports_release(exports);
    return result;
}

void exports_release(struct exports *exports)
{
    size_t i;

    for (i = 0; i < exports->file_count; i++) {
        input_file_release(&exports->files[i]);
        free((char *)(uintptr_t)exports->files[i].path);
    }
    for (i = 0; i < exports->stray_count; i++)
        free(exports->strays[i]);
    free(exports->files);
    free(exports->strays);
    *exports = (struct exports){0};
}
