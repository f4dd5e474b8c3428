/*
 * Owns the spelling of the manifest as JSON. readers/manifest.c reads the same members.
 * Must not know where the figures come from.
 */
#include "writers/manifest.h"

#include <assert.h>
#include <errno.h>
#include <jansson.h>
#include <stdlib.h>

#include "writers/output.h"
#include "writers/table.h"

enum { INDENT = 2 };

/*
 * The setters below hand a new value to the object. jansson takes a NULL value for a failure, so
 * that only the result of the setting needs a look: false means that memory is out.
 */
static bool set(json_t *object, const char *name, json_t *value)
{
    return json_object_set_new_nocheck(object, name, value) == 0;
}

static json_t *plain_text(struct span text)
{
    return json_stringn_nocheck(text.size == 0 ? "" : text.data, text.size);
}

/* Text of any bytes, made UTF-8. */
static json_t *text_value(struct span text)
{
    char *copy;
    size_t size = 0;
    json_t *value;

    if (text_well_formed(text) == text.size)
        return plain_text(text);
    copy = malloc(text.size * (sizeof(TEXT_REPLACEMENT) - 1));
    if (copy == NULL)
        return NULL;
    while (text.size > 0) {
        size_t good = text_well_formed(text);

        memcpy(copy + size, text.data, good);
        size += good;
        if (good < text.size) {
            memcpy(copy + size, TEXT_REPLACEMENT, sizeof(TEXT_REPLACEMENT) - 1);
            size += sizeof(TEXT_REPLACEMENT) - 1;
            good++;
        }
        text.data += good;
        text.size -= good;
    }
    value = plain_text((struct span){copy, size});
    free(copy);
    return value;
}

static bool set_text(json_t *object, const char *name, struct span text)
{
    return set(object, name, text_value(text));
}

/* null where the text is empty. */
static bool set_optional_text(json_t *object, const char *name, struct span text)
{
    return set(object, name, text.size == 0 ? json_null() : text_value(text));
}

static bool set_count(json_t *object, const char *name, uint64_t count)
{
    assert(count <= INT64_MAX);
    return set(object, name, json_integer((json_int_t)count));
}

static bool set_period(json_t *object, const char *name, int32_t period)
{
    char text[PERIOD_TEXT_MAX];

    period_format(period, text);
    return set(object, name, json_string(text));
}

/* A new object as the last of the list, owned by it; NULL when memory is out. */
static json_t *append(json_t *list)
{
    json_t *object = json_object();

    return json_array_append_new(list, object) == 0 ? object : NULL;
}

/* A new object or list as a member; NULL when memory is out. */
static json_t *nest(json_t *object, const char *name, json_t *value)
{
    return set(object, name, value) ? value : NULL;
}

static bool set_head(json_t *root, const struct manifest *manifest)
{
    char instant[INSTANT_TEXT_MAX];
    struct span zone;

    /* The offset is what RFC 3339 has behind the seconds. */
    instant_format(0, manifest->utc_offset_seconds, instant);
    zone = span_of(instant + INSTANT_TEXT_MAX - 1 - 6);
    return set_count(root, "format", MANIFEST_FORMAT) &&
           set_period(root, "period", manifest->period) &&
           set_text(root, "program", manifest->program) &&
           set_text(root, "version", manifest->version) &&
           set_period(root, "opening_from", manifest->opening_from) &&
           set_text(root, "time_zone", zone);
}

static bool set_options(json_t *root, const struct manifest *manifest)
{
    json_t *options = nest(root, "options", json_object());
    size_t i;

    if (options == NULL)
        return false;
    for (i = 0; i < manifest->option_count; i++) {
        const struct manifest_option *option = &manifest->options[i];

        if (json_object_setn_new_nocheck(options, option->name.data, option->name.size,
                                         text_value(option->value)) != 0)
            return false;
    }
    return true;
}

static bool set_policy(json_t *root, const struct manifest *manifest)
{
    json_t *policy = nest(root, "policy", json_object());
    json_t *versions;
    size_t i;

    if (policy == NULL || !set_optional_text(policy, "file", manifest->policy_file) ||
        !set_text(policy, "sha256", manifest->policy_sha256))
        return false;
    versions = nest(policy, "versions", json_array());
    if (versions == NULL)
        return false;
    for (i = 0; i < manifest->policy_version_count; i++) {
        const struct manifest_version *version = &manifest->policy_versions[i];
        json_t *object = append(versions);
        char instant[INSTANT_TEXT_MAX];

        instant_format(version->effective_from, manifest->utc_offset_seconds, instant);
        if (object == NULL || !set_text(object, "name", version->name) ||
            !set_text(object, "effective_from", span_of(instant)))
            return false;
    }
    return true;
}

static bool set_origin(json_t *root, const struct manifest *manifest)
{
    json_t *configuration = manifest->configuration_sha256.size == 0 ? json_null() : json_object();
    json_t *previous = manifest->previous_period == PERIOD_NONE ? json_null() : json_object();

    configuration = nest(root, "configuration", configuration);
    previous = nest(root, "previous", previous);
    if (configuration == NULL || previous == NULL)
        return false;
    if (manifest->configuration_sha256.size > 0 &&
        !set_text(configuration, "sha256", manifest->configuration_sha256))
        return false;
    return manifest->previous_period == PERIOD_NONE ||
           (set_period(previous, "period", manifest->previous_period) &&
            set_text(previous, "sha256", manifest->previous_sha256));
}

static bool set_inputs(json_t *root, const struct manifest *manifest)
{
    json_t *inputs = nest(root, "inputs", json_array());
    size_t i;

    if (inputs == NULL)
        return false;
    for (i = 0; i < manifest->input_count; i++) {
        const struct manifest_input *input = &manifest->inputs[i];
        json_t *object = append(inputs);

        if (object == NULL || !set_text(object, "input", span_of(input_name(input->input))) ||
            !set_text(object, "file", input->file) || !set_count(object, "bytes", input->bytes) ||
            !set_text(object, "sha256", input->sha256) || !set_count(object, "read", input->read) ||
            !set_count(object, "accepted", input->accepted) ||
            !set_count(object, "rejected", input->rejected) ||
            !set_count(object, "duplicate", input->duplicate))
            return false;
    }
    return true;
}

static bool set_outputs(json_t *root, const struct manifest *manifest)
{
    json_t *outputs = nest(root, "outputs", json_array());
    size_t i;

    if (outputs == NULL)
        return false;
    for (i = 0; i < manifest->output_count; i++) {
        const struct output_summary *output = &manifest->outputs[i];
        json_t *object = append(outputs);

        if (object == NULL || !set_text(object, "file", span_of(output->name)) ||
            !set_count(object, "bytes", output->bytes) ||
            !set_text(object, "sha256", span_of(output->sha256)) ||
            !set_count(object, "rows", output->rows))
            return false;
    }
    return true;
}

static bool set_total(json_t *object, const struct manifest_total *total)
{
    char amount[DECIMAL_TEXT_MAX];

    if (!set_text(object, "ledger", total->ledger) ||
        !set_text(object, "decision", total->decision) || !set_count(object, "count", total->count))
        return false;
    if (total->currency == CURRENCY_NONE)
        return true;
    decimal_format(total->amount, currency_digits(total->currency), amount);
    return set_text(object, "currency", span_of(currency_code(total->currency))) &&
           set_text(object, "amount", span_of(amount));
}

static bool set_totals(json_t *root, const struct manifest *manifest)
{
    json_t *totals = nest(root, "totals", json_array());
    size_t i;

    if (totals == NULL)
        return false;
    for (i = 0; i < manifest->total_count; i++) {
        json_t *object = append(totals);

        if (object == NULL || !set_total(object, &manifest->totals[i]))
            return false;
    }
    return true;
}

struct dump {
    struct output *output;
    struct error *err;
};

static int dump_part(const char *bytes, size_t size, void *context)
{
    struct dump *dump = context;

    return output_write(dump->output, bytes, size, dump->err);
}

int manifest_write(int folder_fd, const struct manifest *manifest, struct output_summary *summary,
                   struct error *err)
{
    struct dump dump = {NULL, err};
    json_t *root = json_object();
    int result = -1;

    if (root == NULL || !set_head(root, manifest) || !set_options(root, manifest) ||
        !set_policy(root, manifest) || !set_origin(root, manifest) || !set_inputs(root, manifest) ||
        !set_outputs(root, manifest) || !set_totals(root, manifest)) {
        error_set_errno(err, ENOMEM, "%s: cannot create", MANIFEST_FILE);
        goto done;
    }
    dump.output = output_open(folder_fd, MANIFEST_FILE, err);
    if (dump.output == NULL)
        goto done;
    if (json_dump_callback(root, dump_part, &dump, JSON_INDENT(INDENT)) != 0 ||
        output_write(dump.output, "\n", 1, err) != 0) {
        error_set_errno(err, ENOMEM, "%s: cannot write", MANIFEST_FILE);
        output_discard(dump.output);
        goto done;
    }
    result = output_commit(dump.output, summary, err);
done:
    json_decref(root);
    return result;
}
