/*
 * Owns the spelling of a reconciliation's manifest as JSON.
 * Must not know where the figures come from.
 */
#include "writers/reconciliation_manifest.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

#include "policy/civil.h"
#include "policy/currency.h"
#include "policy/manifest.h"
#include "writers/output.h"
#include "writers/table.h"

/* jansson takes NULL for a failure, so only the result of the setting needs a look. */
static bool set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new_nocheck(object, name, value) == 0;
}

static bool set_text(json_t *object, const char *name, struct span text)
{
    /* A file name of any bytes is cut where it is no text: its SHA-256 tells which file it was. */
    return set(object, name, json_stringn(text.size == 0 ? "" : text.data, text_well_formed(text)));
}

static bool set_optional(json_t *object, const char *name, struct span text)
{
    return text.size == 0 ? set(object, name, json_null()) : set_text(object, name, text);
}

static bool set_count(json_t *object, const char *name, uint64_t count)
{
    return set(object, name, json_integer((json_int_t)count));
}

static bool set_period(json_t *object, const char *name, int32_t period)
{
    char text[PERIOD_TEXT_MAX];

    (void)period_format(period, text);
    return set(object, name, json_string(text));
}

/* A new list or object as a member; NULL when memory is out. */
static json_t *nest(json_t *object, const char *name, json_t *value)
{
    return set(object, name, value) ? value : NULL;
}

static json_t *append(json_t *list)
{
    json_t *object = json_object();

    return json_array_append_new(list, object) == 0 ? object : NULL;
}

static bool set_origin(json_t *root, const struct reconciliation_manifest *manifest)
{
    json_t *profile;
    json_t *previous;

    if (!set_count(root, "format", RECONCILIATION_FORMAT) ||
        !set_text(root, "kind", span_of("reconciliation")) ||
        !set_period(root, "period", manifest->period) ||
        !set_text(root, "program", span_of("recompense")) ||
        !set_text(root, "version", manifest->version) ||
        !set_text(root, "books_sha256", manifest->books_sha256) ||
        !set_optional(root, "configuration_sha256", manifest->configuration_sha256))
        return false;
    profile = nest(root, "profile", json_object());
    if (profile == NULL || !set_text(profile, "name", manifest->profile) ||
        !set_text(profile, "sha256", manifest->profile_sha256))
        return false;
    if (manifest->previous_period == PERIOD_NONE)
        return set(root, "previous", json_null());
    previous = nest(root, "previous", json_object());
    return previous != NULL && set_period(previous, "period", manifest->previous_period) &&
           set_text(previous, "sha256", manifest->previous_sha256);
}

static bool set_inputs(json_t *root, const struct reconciliation_manifest *manifest)
{
    json_t *list = nest(root, "inputs", json_array());

    for (size_t i = 0; list != NULL && i < manifest->input_count; i++) {
        const struct reconciliation_input *input = &manifest->inputs[i];
        json_t *object = append(list);

        if (object == NULL || !set_text(object, "input", span_of(input->input)) ||
            !set_text(object, "file", input->file) || !set_count(object, "bytes", input->bytes) ||
            !set_text(object, "sha256", span_of(input->sha256)) ||
            !set_count(object, "read", input->read) ||
            !set_count(object, "accepted", input->accepted) ||
            !set_count(object, "rejected", input->rejected))
            return false;
    }
    return list != NULL;
}

static bool set_outputs(json_t *root, const struct reconciliation_manifest *manifest)
{
    json_t *list = nest(root, "outputs", json_array());

    for (size_t i = 0; list != NULL && i < manifest->output_count; i++) {
        const struct output_summary *output = &manifest->outputs[i];
        json_t *object = append(list);

        if (object == NULL || !set_text(object, "file", span_of(output->name)) ||
            !set_count(object, "bytes", output->bytes) ||
            !set_text(object, "sha256", span_of(output->sha256)) ||
            !set_count(object, "rows", output->rows))
            return false;
    }
    return list != NULL;
}

static bool set_billing(json_t *root, const struct reconciliation_manifest *manifest)
{
    json_t *list = nest(root, "billing", json_array());

    for (size_t i = 0; list != NULL && i < manifest->billing_count; i++) {
        const struct reconciliation_billing *billing = &manifest->billing[i];
        json_t *object = append(list);

        if (object == NULL || !set_text(object, "kind", span_of(billing->kind)) ||
            !set_text(object, "currency", span_of(currency_code(billing->currency))) ||
            !set_count(object, "rows", billing->rows) ||
            !set_text(object, "billed", billing->billed))
            return false;
    }
    return list != NULL;
}

static bool set_totals(json_t *root, const struct reconciliation_manifest *manifest)
{
    json_t *list = nest(root, "totals", json_array());

    for (size_t i = 0; list != NULL && i < manifest->total_count; i++) {
        const struct reconciliation_total *total = &manifest->totals[i];
        json_t *object = append(list);

        if (object == NULL ||
            !set_text(object, "currency", span_of(currency_code(total->currency))) ||
            !set_text(object, "category", span_of(total->category)) ||
            !set_count(object, "matches", total->matches) ||
            !set_text(object, "difference", total->difference))
            return false;
    }
    return list != NULL;
}

static int write_text(int folder_fd, const char *text, struct output_summary *summary,
                      struct error *err)
{
    struct output *output = output_open(folder_fd, MANIFEST_FILE, err);

    if (output == NULL)
        return -1;
    if (output_write(output, text, strlen(text), err) != 0 ||
        output_write(output, "\n", 1, err) != 0) {
        output_discard(output);
        return -1;
    }
    return output_commit(output, summary, err);
}

int reconciliation_manifest_write(int folder_fd, const struct reconciliation_manifest *manifest,
                                  struct output_summary *summary, struct error *err)
{
    json_t *root = json_object();
    char *text = NULL;
    int status = -1;

    if (root != NULL && set_origin(root, manifest) && set_inputs(root, manifest) &&
        set_outputs(root, manifest) && set_billing(root, manifest) && set_totals(root, manifest))
        text = json_dumps(root, JSON_INDENT(2));
    if (text == NULL)
        error_set(err, ERROR_IO, "out of memory for " MANIFEST_FILE);
    else
        status = write_text(folder_fd, text, summary, err);
    free(text);
    json_decref(root);
    return status;
}
