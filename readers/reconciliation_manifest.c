/*
 * Owns the way from a reconciliation's manifest.json to what is needed of it.
 */
#include "readers/reconciliation_manifest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

enum { CHUNK_BYTES = 65536, MANIFEST_BYTES_MAX = 1 << 24 };

static int damaged(const char *label, struct error *err)
{
    return error_set(err, ERROR_CLOSED, "%s: is damaged, or was edited after it was published",
                     label);
}

/* The whole file, to be freed, and its SHA-256. */
static int read_text(const char *path, const char *label, char **text, size_t *size,
                     char sha256[SHA256_TEXT_MAX], struct error *err)
{
    struct source *source = NULL;
    char *buffer = malloc(MANIFEST_BYTES_MAX);
    ssize_t got = 1;
    int status = -1;

    *size = 0;
    *text = buffer;
    if (buffer == NULL)
        return error_set(err, ERROR_IO, "out of memory");
    if (source_open(&source, path, label, CHUNK_BYTES, err) != 0)
        goto done;
    while (got > 0 && *size < MANIFEST_BYTES_MAX) {
        got = source_read(source, buffer + *size, MANIFEST_BYTES_MAX - *size, 1, err);
        *size += got > 0 ? (size_t)got : 0;
    }
    if (got > 0)
        damaged(label, err);
    else if (got == 0)
        status = source_sha256(source, sha256, err);

done:
    source_close(source);
    if (status != 0) {
        free(buffer);
        *text = NULL;
    }
    return status;
}

static bool take_sha256(const json_t *object, const char *name, char out[SHA256_TEXT_MAX])
{
    const json_t *value = json_object_get(object, name);

    if (!json_is_string(value) || json_string_length(value) != SHA256_TEXT_MAX - 1)
        return false;
    memcpy(out, json_string_value(value), SHA256_TEXT_MAX);
    return true;
}

static bool take_outputs(const json_t *root, struct reconciliation_facts *facts)
{
    const json_t *list = json_object_get(root, "outputs");

    facts->output_count = json_array_size(list);
    if (!json_is_array(list) || facts->output_count > RECONCILIATION_OUTPUTS_MAX)
        return false;
    for (size_t i = 0; i < facts->output_count; i++) {
        const json_t *object = json_array_get(list, i);
        const json_t *name = json_object_get(object, "file");
        struct output_summary *output = &facts->outputs[i];

        if (!json_is_string(name) || json_string_length(name) >= sizeof(output->name) ||
            !take_sha256(object, "sha256", output->sha256))
            return false;
        memcpy(output->name, json_string_value(name), json_string_length(name) + 1);
    }
    return true;
}

int reconciliation_manifest_read(const char *path, const char *label,
                                 struct reconciliation_facts *facts, struct error *err)
{
    char *text;
    size_t size;
    json_t *root;
    bool good;

    *facts = (struct reconciliation_facts){0};
    if (read_text(path, label, &text, &size, facts->sha256, err) != 0)
        return -1;
    root = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    free(text);
    good = root != NULL &&
           json_integer_value(json_object_get(root, "format")) == RECONCILIATION_FORMAT &&
           take_sha256(root, "books_sha256", facts->books_sha256) && take_outputs(root, facts);
    json_decref(root);
    return good ? 0 : damaged(label, err);
}

const char *reconciliation_output_sha256(const struct reconciliation_facts *facts, const char *name)
{
    for (size_t i = 0; i < facts->output_count; i++)
        if (strcmp(facts->outputs[i].name, name) == 0)
            return facts->outputs[i].sha256;
    return NULL;
}
