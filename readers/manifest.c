/*
 * Owns the checks on a manifest that is read back; writers/manifest.c spells the same members.
 * Must not know what the figures should be.
 */
#include "readers/manifest.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <jansson.h>
#include <openssl/evp.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

/* What is being read, for messages and memory. */
struct reading {
    const char *label;
    struct arena *arena;
    struct error *err;
};

/* An object of the manifest: a list's item, or one of its own. */
struct place {
    const struct reading *reading;
    const json_t *object;
    const char *name; /* of the list, or of the object; NULL: the manifest itself */
    size_t index;     /* in the list; NOT_LISTED */
};

#define NOT_LISTED SIZE_MAX

static bool bad(const struct place *place, const char *member, const char *cause)
{
    const struct reading *reading = place->reading;

    if (place->name == NULL)
        error_set(reading->err, ERROR_INPUT, "%s: %s: %s", reading->label, member, cause);
    else if (place->index == NOT_LISTED)
        error_set(reading->err, ERROR_INPUT, "%s: %s.%s: %s", reading->label, place->name, member,
                  cause);
    else
        error_set(reading->err, ERROR_INPUT, "%s: %s[%zu].%s: %s", reading->label, place->name,
                  place->index, member, cause);
    return false;
}

static bool out_of_memory(const struct reading *reading)
{
    error_set_errno(reading->err, ENOMEM, "%s: cannot read", reading->label);
    return false;
}

/* The text lives as long as the parsed manifest does. */
static bool borrow_text(const struct place *place, const char *member, struct span *text)
{
    const json_t *value = json_object_get(place->object, member);

    if (!json_is_string(value))
        return bad(place, member, "is missing or not a text");
    *text = (struct span){json_string_value(value), json_string_length(value)};
    return true;
}

static bool copy_text(const struct place *place, const char *member, struct span *text)
{
    struct span borrowed;

    if (!borrow_text(place, member, &borrowed))
        return false;
    return arena_copy(place->reading->arena, borrowed, text) == 0 || out_of_memory(place->reading);
}

static bool is_sha256(struct span text)
{
    size_t i;

    for (i = 0; i < text.size; i++) {
        char digit = text.data[i];

        if ((digit < '0' || digit > '9') && (digit < 'a' || digit > 'f'))
            return false;
    }
    return text.size == SHA256_HEX_SIZE;
}

static bool copy_sha256(const struct place *place, const char *member, struct span *text)
{
    if (!copy_text(place, member, text))
        return false;
    return is_sha256(*text) || bad(place, member, "is not a SHA-256 in lower-case hex");
}

static bool read_count(const struct place *place, const char *member, uint64_t *count)
{
    const json_t *value = json_object_get(place->object, member);

    if (!json_is_integer(value) || json_integer_value(value) < 0)
        return bad(place, member, "is missing or not a count");
    *count = (uint64_t)json_integer_value(value);
    return true;
}

static bool read_period(const struct place *place, const char *member, int32_t *period)
{
    struct span text;

    if (!borrow_text(place, member, &text))
        return false;
    return period_parse(text, period) || bad(place, member, "is not a period");
}

/* The nested object; *nested is left without one where null is allowed and there. */
static bool enter(const struct place *place, const char *member, bool may_be_null,
                  struct place *nested)
{
    const json_t *value = json_object_get(place->object, member);

    *nested = (struct place){place->reading, value, member, NOT_LISTED};
    if (may_be_null && json_is_null(value))
        nested->object = NULL;
    else if (!json_is_object(value))
        return bad(place, member, "is missing or not an object");
    return true;
}

/* The list's size, and room in the arena for that many items (one, where there is none). */
static bool read_list(const struct place *place, const char *member, size_t item_size,
                      const json_t **list, size_t *count, void **items)
{
    *list = json_object_get(place->object, member);
    if (!json_is_array(*list))
        return bad(place, member, "is missing or not a list");
    *count = json_array_size(*list);
    *items = arena_alloc(place->reading->arena, (*count + (*count == 0)) * item_size);
    return *items != NULL || out_of_memory(place->reading);
}

static bool enter_item(const struct place *place, const char *member, const json_t *list,
                       size_t index, struct place *item)
{
    *item = (struct place){place->reading, json_array_get(list, index), member, index};
    return json_is_object(item->object) || bad(place, member, "holds more than objects");
}

static bool read_head(const struct place *root, struct manifest *manifest)
{
    uint64_t format;
    struct span zone;

    if (!read_count(root, "format", &format))
        return false;
    if (format != MANIFEST_FORMAT)
        return bad(root, "format", "is not one that this program reads");
    if (!read_period(root, "period", &manifest->period) ||
        !copy_text(root, "program", &manifest->program) ||
        !copy_text(root, "version", &manifest->version) ||
        !read_period(root, "opening_from", &manifest->opening_from) ||
        !borrow_text(root, "time_zone", &zone))
        return false;
    return offset_parse(zone, &manifest->utc_offset_seconds) ||
           bad(root, "time_zone", "is not an offset");
}

static bool read_options(const struct place *root, struct manifest *manifest)
{
    struct manifest_option *options;
    struct place place;
    void *iterator;
    size_t i = 0;

    if (!enter(root, "options", false, &place))
        return false;
    manifest->option_count = json_object_size(place.object);
    options = arena_alloc(root->reading->arena, (manifest->option_count + 1) * sizeof(*options));
    if (options == NULL)
        return out_of_memory(root->reading);
    manifest->options = options;
    /* jansson hands out the members in the order of the file; its iterators take no const. */
    for (iterator = json_object_iter((json_t *)(uintptr_t)place.object); iterator != NULL;
         iterator = json_object_iter_next((json_t *)(uintptr_t)place.object, iterator)) {
        const char *name = json_object_iter_key(iterator);

        if (arena_copy(root->reading->arena, span_of(name), &options[i].name) != 0)
            return out_of_memory(root->reading);
        if (!copy_text(&place, name, &options[i].value))
            return false;
        i++;
    }
    return true;
}

static bool read_versions(const struct place *policy, struct manifest *manifest)
{
    struct manifest_version *versions;
    const json_t *list;
    void *items;
    size_t i;

    if (!read_list(policy, "versions", sizeof(*versions), &list, &manifest->policy_version_count,
                   &items))
        return false;
    versions = items;
    manifest->policy_versions = versions;
    for (i = 0; i < manifest->policy_version_count; i++) {
        struct place item;
        struct span text;

        if (!enter_item(policy, "versions", list, i, &item) ||
            !copy_text(&item, "name", &versions[i].name) ||
            !borrow_text(&item, "effective_from", &text))
            return false;
        if (instant_parse(text, manifest->utc_offset_seconds, &versions[i].effective_from) !=
            INSTANT_OK)
            return bad(&item, "effective_from", "is not an instant");
    }
    return true;
}

static bool read_origin(const struct place *root, struct manifest *manifest)
{
    struct place policy;
    struct place configuration;
    struct place previous;

    if (!enter(root, "policy", false, &policy) ||
        !enter(root, "configuration", true, &configuration) ||
        !enter(root, "previous", true, &previous))
        return false;
    if (!json_is_null(json_object_get(policy.object, "file")) &&
        !copy_text(&policy, "file", &manifest->policy_file))
        return false;
    if (!copy_sha256(&policy, "sha256", &manifest->policy_sha256) ||
        !read_versions(&policy, manifest))
        return false;
    if (configuration.object != NULL &&
        !copy_sha256(&configuration, "sha256", &manifest->configuration_sha256))
        return false;
    if (previous.object == NULL)
        return true;
    return read_period(&previous, "period", &manifest->previous_period) &&
           copy_sha256(&previous, "sha256", &manifest->previous_sha256);
}

static bool read_input_name(const struct place *item, enum input *input)
{
    struct span text;
    int number;

    if (!borrow_text(item, "input", &text))
        return false;
    for (number = 0; number < INPUT_COUNT; number++) {
        if (span_is(text, input_name((enum input)number))) {
            *input = (enum input)number;
            return true;
        }
    }
    return bad(item, "input", "is not an input");
}

static bool read_inputs(const struct place *root, struct manifest *manifest)
{
    struct manifest_input *inputs;
    const json_t *list;
    void *items;
    size_t i;

    if (!read_list(root, "inputs", sizeof(*inputs), &list, &manifest->input_count, &items))
        return false;
    inputs = items;
    manifest->inputs = inputs;
    for (i = 0; i < manifest->input_count; i++) {
        struct place item;

        if (!enter_item(root, "inputs", list, i, &item) ||
            !read_input_name(&item, &inputs[i].input) ||
            !copy_text(&item, "file", &inputs[i].file) ||
            !read_count(&item, "bytes", &inputs[i].bytes) ||
            !copy_sha256(&item, "sha256", &inputs[i].sha256) ||
            !read_count(&item, "read", &inputs[i].read) ||
            !read_count(&item, "accepted", &inputs[i].accepted) ||
            !read_count(&item, "rejected", &inputs[i].rejected) ||
            !read_count(&item, "duplicate", &inputs[i].duplicate))
            return false;
    }
    return true;
}

/* Visible names only, in the period's folder or in one folder of it. */
static bool is_output_name(struct span name)
{
    size_t slashes = 0;
    size_t i;

    if (name.size == 0 || name.size >= OUTPUT_NAME_MAX || name.data[name.size - 1] == '/')
        return false;
    for (i = 0; i < name.size; i++) {
        bool starts = i == 0 || name.data[i - 1] == '/';

        if (name.data[i] == '\0' || (starts && (name.data[i] == '.' || name.data[i] == '/')))
            return false;
        slashes += name.data[i] == '/';
    }
    return slashes <= 1;
}

static bool read_outputs(const struct place *root, struct manifest *manifest)
{
    struct output_summary *outputs;
    const json_t *list;
    void *items;
    size_t i;

    if (!read_list(root, "outputs", sizeof(*outputs), &list, &manifest->output_count, &items))
        return false;
    outputs = items;
    manifest->outputs = outputs;
    for (i = 0; i < manifest->output_count; i++) {
        struct place item;
        struct span name;
        struct span sha256;

        outputs[i] = (struct output_summary){0};
        if (!enter_item(root, "outputs", list, i, &item) || !borrow_text(&item, "file", &name) ||
            !read_count(&item, "bytes", &outputs[i].bytes) ||
            !copy_sha256(&item, "sha256", &sha256) || !read_count(&item, "rows", &outputs[i].rows))
            return false;
        if (!is_output_name(name))
            return bad(&item, "file", "is not the name of a file in the period's folder");
        memcpy(outputs[i].name, name.data, name.size);
        memcpy(outputs[i].sha256, sha256.data, sha256.size);
    }
    return true;
}

/* A total may have more digits than decimal_parse takes from an export. */
static bool parse_total(struct span text, struct decimal *amount)
{
    int128 units = 0;
    int decimals = -1; /* before the point */
    size_t at = text.size > 0 && text.data[0] == '-';
    size_t start = at;

    for (; at < text.size; at++) {
        int digit = text.data[at] - '0';

        if (text.data[at] == '.' && at > start && decimals < 0 && at + 1 < text.size) {
            decimals = 0;
            continue;
        }
        if (digit < 0 || digit > 9 || decimals == DECIMAL_DIGITS)
            return false;
        decimals += decimals >= 0;
        if (__builtin_mul_overflow(units, (int128)10, &units) ||
            __builtin_add_overflow(units, (int128)digit, &units))
            return false;
    }
    for (decimals = decimals < 0 ? 0 : decimals; decimals < DECIMAL_DIGITS; decimals++) {
        if (__builtin_mul_overflow(units, (int128)10, &units))
            return false;
    }
    amount->units = start > 0 ? -units : units;
    return text.size > start;
}

static bool read_totals(const struct place *root, struct manifest *manifest)
{
    struct manifest_total *totals;
    const json_t *list;
    void *items;
    size_t i;

    if (!read_list(root, "totals", sizeof(*totals), &list, &manifest->total_count, &items))
        return false;
    totals = items;
    manifest->totals = totals;
    for (i = 0; i < manifest->total_count; i++) {
        struct place item;
        struct span text;

        totals[i] = (struct manifest_total){.currency = CURRENCY_NONE};
        if (!enter_item(root, "totals", list, i, &item) ||
            !copy_text(&item, "ledger", &totals[i].ledger) ||
            !copy_text(&item, "decision", &totals[i].decision) ||
            !read_count(&item, "count", &totals[i].count))
            return false;
        if (json_object_get(item.object, "currency") == NULL)
            continue;
        if (!borrow_text(&item, "currency", &text))
            return false;
        totals[i].currency = currency_find(text);
        if (totals[i].currency == CURRENCY_NONE)
            return bad(&item, "currency", "is not a currency");
        if (!borrow_text(&item, "amount", &text))
            return false;
        if (!parse_total(text, &totals[i].amount))
            return bad(&item, "amount", "is not an amount");
    }
    return true;
}

static int parse(const struct reading *reading, const char *bytes, size_t size,
                 struct manifest *manifest)
{
    struct manifest read = {.previous_period = PERIOD_NONE};
    struct place root = {.reading = reading, .index = NOT_LISTED};
    json_error_t problem;
    json_t *parsed = json_loadb(bytes, size, JSON_REJECT_DUPLICATES, &problem);
    bool good;

    if (parsed == NULL && json_error_code(&problem) == json_error_out_of_memory)
        return out_of_memory(reading) ? 0 : -1;
    if (parsed == NULL)
        return error_set(reading->err, ERROR_INPUT, "%s:%d: %s", reading->label, problem.line,
                         problem.text);
    root.object = parsed;
    good = read_head(&root, &read) && read_options(&root, &read) && read_origin(&root, &read) &&
           read_inputs(&root, &read) && read_outputs(&root, &read) && read_totals(&root, &read);
    json_decref(parsed);
    if (!good)
        return -1;
    *manifest = read;
    return 0;
}

/* The whole file, to be freed; NULL with err filled. */
static char *load(int folder_fd, const struct reading *reading, size_t *size)
{
    int fd = openat(folder_fd, MANIFEST_FILE, O_RDONLY | O_NOFOLLOW | O_CLOEXEC);
    char *bytes = NULL;
    struct stat status;

    *size = 0;
    if (fd < 0 && errno == ENOENT) {
        error_set(reading->err, ERROR_INPUT, "%s: is missing", reading->label);
        return NULL;
    }
    if (fd < 0 || fstat(fd, &status) != 0) {
        error_set_errno(reading->err, errno, "%s: cannot read", reading->label);
        goto done;
    }
    if (!S_ISREG(status.st_mode) || status.st_size > MANIFEST_BYTES_MAX) {
        error_set(reading->err, ERROR_INPUT, "%s: is not a file of at most %d MiB", reading->label,
                  MANIFEST_BYTES_MAX >> 20);
        goto done;
    }
    bytes = malloc((size_t)status.st_size + 1);
    if (bytes == NULL) {
        out_of_memory(reading);
        goto done;
    }
    while (*size < (size_t)status.st_size) {
        ssize_t got = read(fd, bytes + *size, (size_t)status.st_size - *size);

        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0) {
            error_set_errno(reading->err, got < 0 ? errno : EIO, "%s: cannot read", reading->label);
            free(bytes);
            bytes = NULL;
            break;
        }
        *size += (size_t)got;
    }
done:
    if (fd >= 0)
        close(fd);
    return bytes;
}

int manifest_read(int folder_fd, const char *label, struct arena *arena, struct manifest *manifest,
                  char sha256[OUTPUT_SHA256_TEXT_MAX], struct error *err)
{
    struct reading reading = {label, arena, err};
    unsigned char digest[EVP_MAX_MD_SIZE];
    unsigned digest_size = 0;
    size_t size;
    char *bytes = load(folder_fd, &reading, &size);
    int result = -1;

    if (bytes == NULL)
        return -1;
    if (EVP_Digest(bytes, size, digest, &digest_size, EVP_sha256(), NULL) != 1) {
        out_of_memory(&reading);
    } else {
        assert(digest_size == SHA256_BYTES);
        sha256_text(digest, sha256);
        result = parse(&reading, bytes, size, manifest);
    }
    free(bytes);
    return result;
}
