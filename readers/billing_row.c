/*
 * Owns the way from a billing row's fields to a line or a reject, under a profile.
 * Must not know any provider.
 */
#include "readers/billing_row.h"

#include <inttypes.h>
#include <string.h>

#include "readers/fields.h"

enum { HALF_MONTH_SECONDS = 15 * SECONDS_PER_DAY };

/* ---- header ---- */

/* The place of the heading, or FIELD_ABSENT; -1 as result, with err filled, when it stands twice.
 */
static int find_heading(const struct csv_row *header, struct span heading, const char *name,
                        int64_t *place, struct error *err)
{
    *place = FIELD_ABSENT;
    for (size_t i = 0; i < header->field_count; i++) {
        if (!span_equal(header->fields[i], heading))
            continue;
        if (*place != FIELD_ABSENT)
            return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the column %.*s appears twice",
                             name, header->line, (int)heading.size, heading.data);
        *place = (int64_t)i;
    }
    return 0;
}

static int missing(const struct csv_row *header, struct span heading, const char *name,
                   struct error *err)
{
    return error_set(err, ERROR_INPUT, "%s:%" PRIu64 ": the column %.*s is missing", name,
                     header->line, (int)heading.size, heading.data);
}

static int bind_field(struct billing_layout *layout, int field, const struct csv_row *header,
                      const char *name, struct error *err)
{
    const struct profile_headers *headers = &layout->profile->fields[field];
    int64_t *place = &layout->fields[field];

    *place = FIELD_ABSENT;
    for (int i = 0; i < headers->count && *place == FIELD_ABSENT; i++) {
        layout->headings[field] = headers->names[i];
        if (find_heading(header, headers->names[i], name, place, err) != 0)
            return -1;
    }
    if (*place == FIELD_ABSENT && headers->count > 0 && !headers->optional)
        return missing(header, headers->names[0], name, err);
    return 0;
}

int billing_layout_bind(struct billing_layout *layout, const struct csv_row *header,
                        const char *name, struct error *err)
{
    const struct profile *profile = layout->profile;

    layout->field_count = header->field_count;
    for (int field = 0; field < PROFILE_FIELD_COUNT; field++)
        if (bind_field(layout, field, header, name, err) != 0)
            return -1;
    for (int i = 0; i < profile->reference_count; i++)
        if (find_heading(header, profile->references[i].header, name, &layout->references[i],
                         err) != 0)
            return -1;
    for (int i = 0; i < profile->part_count; i++) {
        if (find_heading(header, profile->parts[i], name, &layout->parts[i], err) != 0)
            return -1;
        if (layout->parts[i] == FIELD_ABSENT)
            return missing(header, profile->parts[i], name, err);
    }
    return 0;
}

/* ---- values ---- */

static struct span value_at(const struct billing_layout *layout, const struct csv_row *fields,
                            int64_t place)
{
    struct span value = {"", 0};

    if (place == FIELD_ABSENT)
        return value;
    value = fields->fields[place];
    for (int i = 0; i < layout->profile->null_count; i++)
        if (span_equal(value, layout->profile->nulls[i]))
            return (struct span){"", 0};
    return value;
}

static void refuse(struct billing_row *row, const char *reason, struct span column)
{
    if (row->reason == NULL) {
        row->reason = reason;
        row->column = column;
    }
}

static void refuse_field(const struct billing_layout *layout, struct billing_row *row, int field,
                         enum reject_reason reason)
{
    refuse(row, reject_reason_code(reason), layout->headings[field]);
}

static struct span take_text(const struct billing_layout *layout, const struct csv_row *fields,
                             int field, bool required, struct billing_row *row)
{
    struct span value = value_at(layout, fields, layout->fields[field]);

    if (value.size == 0 && required)
        refuse_field(layout, row, field, REJECT_MISSING_VALUE);
    if (value.size > BILLING_TEXT_BYTES_MAX)
        refuse_field(layout, row, field, REJECT_TOO_LONG);
    else if (!fields->plain && !text_is_good(value, false))
        refuse_field(layout, row, field, REJECT_BAD_TEXT);
    return value;
}

/* Only for people: cut where it is long, dropped where it is no text. */
static struct span take_description(const struct billing_layout *layout,
                                    const struct csv_row *fields)
{
    struct span value = value_at(layout, fields, layout->fields[FIELD_DESCRIPTION]);

    if (!fields->plain && !text_is_good(value, false))
        return (struct span){"", 0};
    if (value.size > BILLING_DESCRIPTION_BYTES_MAX) {
        value.size = BILLING_DESCRIPTION_BYTES_MAX;
        while (value.size > 0 && ((unsigned char)value.data[value.size] & 0xC0) == 0x80)
            value.size--;
    }
    return value;
}

/* The amount as billed, signed our way, without the parts that are left out; *whole with them. */
static void take_amount(const struct billing_layout *layout, const struct csv_row *fields,
                        struct billing_row *row, struct billed *whole)
{
    const struct profile *profile = layout->profile;
    struct span text = value_at(layout, fields, layout->fields[FIELD_AMOUNT]);
    struct billed sum = {0};
    struct billed left_out = {0};
    enum reject_reason reason = text.size == 0 ? REJECT_MISSING_VALUE : billed_parse(text, whole);

    if (reason != REJECT_NONE) {
        refuse_field(layout, row, FIELD_AMOUNT, reason);
        return;
    }
    for (int i = 0; i < profile->part_count; i++) {
        struct billed part = {0};

        text = value_at(layout, fields, layout->parts[i]);
        reason = text.size == 0 ? REJECT_NONE : billed_parse(text, &part);
        if (reason != REJECT_NONE) {
            refuse(row, reject_reason_code(reason), profile->parts[i]);
            return;
        }
        /* 16 parts of 15 digits always fit. */
        (void)!billed_add(&sum, part);
        for (int j = 0; j < profile->left_out_count; j++)
            if (span_equal(profile->parts[i], profile->left_out[j]))
                (void)!billed_add(&left_out, part);
    }
    if (profile->part_count > 0 && sum.atoms != whole->atoms)
        refuse(row, "parts_do_not_add_up", layout->headings[FIELD_AMOUNT]);
    row->line.billed.atoms = whole->atoms - left_out.atoms;
    if (profile->positive_is_credit) {
        row->line.billed = billed_negate(row->line.billed);
        *whole = billed_negate(*whole);
    }
    row->line.credited = billed_to_decimal(billed_negate(row->line.billed));
}

static void take_currency(const struct billing_layout *layout, const struct csv_row *fields,
                          struct billing_row *row)
{
    struct span value = value_at(layout, fields, layout->fields[FIELD_CURRENCY]);

    row->line.currency = layout->profile->currency;
    if (row->line.currency != CURRENCY_NONE)
        return;
    if (value.size == 0)
        refuse_field(layout, row, FIELD_CURRENCY, REJECT_MISSING_VALUE);
    else if ((row->line.currency = currency_find(value)) == CURRENCY_NONE)
        refuse_field(layout, row, FIELD_CURRENCY, REJECT_UNKNOWN_VALUE);
}

static bool is_among(const struct span *values, int count, struct span value)
{
    for (int i = 0; i < count; i++)
        if (span_equal(values[i], value))
            return true;
    return count == 0;
}

static bool has_sign(enum profile_sign sign, struct billed amount)
{
    switch (sign) {
    case SIGN_ANY:
        return true;
    case SIGN_NEGATIVE:
        return amount.atoms < 0;
    case SIGN_POSITIVE:
        return amount.atoms > 0;
    }
    return false;
}

static void take_kind(const struct billing_layout *layout, const struct csv_row *fields,
                      struct billed whole, struct billing_row *row)
{
    const struct profile *profile = layout->profile;
    struct span class = value_at(layout, fields, layout->fields[FIELD_CLASS]);

    for (int i = 0; i < profile->line_count; i++) {
        const struct profile_line *line = &profile->lines[i];

        if (is_among(line->categories, line->category_count, row->line.category) &&
            is_among(line->classes, line->class_count, class) && has_sign(line->sign, whole)) {
            row->line.kind = line->kind;
            return;
        }
    }
    refuse_field(layout, row, FIELD_CATEGORY, REJECT_UNKNOWN_VALUE);
}

static bool take_instant(const struct billing_layout *layout, const struct csv_row *fields,
                         int field, bool required, struct billing_row *row, int64_t *out)
{
    struct span value = value_at(layout, fields, layout->fields[field]);

    *out = INSTANT_NONE;
    if (value.size == 0) {
        if (required)
            refuse_field(layout, row, field, REJECT_MISSING_VALUE);
        return !required;
    }
    switch (instant_parse(value, layout->profile->utc_offset_seconds, out)) {
    case INSTANT_OK:
        return true;
    case INSTANT_OUT_OF_RANGE:
        refuse_field(layout, row, field, REJECT_OUT_OF_RANGE);
        return false;
    case INSTANT_BAD:
        break;
    }
    refuse_field(layout, row, field, REJECT_BAD_TIMESTAMP);
    return false;
}

/* The month of the middle of the billing period: so neither time zone nor kind of end matters. */
static void take_period(const struct billing_layout *layout, const struct csv_row *fields,
                        struct billing_row *row)
{
    struct span value = value_at(layout, fields, layout->fields[FIELD_PERIOD]);
    int64_t start;
    int64_t end;

    row->line.period = PERIOD_NONE;
    if (layout->profile->fields[FIELD_PERIOD].count > 0) {
        if (value.size == 0)
            refuse_field(layout, row, FIELD_PERIOD, REJECT_MISSING_VALUE);
        else if (!period_parse(value, &row->line.period))
            refuse_field(layout, row, FIELD_PERIOD, REJECT_BAD_TIMESTAMP);
        return;
    }
    if (!take_instant(layout, fields, FIELD_PERIOD_START, true, row, &start) ||
        !take_instant(layout, fields, FIELD_PERIOD_END, false, row, &end))
        return;
    if (end == INSTANT_NONE)
        end = start + 2 * HALF_MONTH_SECONDS;
    if (end <= start)
        refuse_field(layout, row, FIELD_PERIOD_END, REJECT_ENDS_BEFORE_START);
    else
        row->line.period = period_of(start + (end - start) / 2, layout->utc_offset_seconds);
}

/* ---- references ---- */

static void add_reference(struct billing_row *row, int32_t kind, struct span text)
{
    if (text.size == 0 || text.size > BILLING_TEXT_BYTES_MAX || !text_is_good(text, false))
        return;
    for (int i = 0; i < row->line.reference_count; i++)
        if (row->references[i].kind == kind && span_equal(row->references[i].text, text))
            return;
    row->references[row->line.reference_count++] = (struct reference){kind, text};
}

/* The object in the column, parsed once a row; NULL where there is none. */
static json_t *object_at(const struct billing_layout *layout, const struct csv_row *fields,
                         int index, json_t **objects, struct billing_row *row)
{
    struct span text = value_at(layout, fields, layout->references[index]);
    json_t *object;

    for (int i = 0; i < index; i++)
        if (layout->references[i] == layout->references[index] && objects[i] != NULL)
            return objects[i];
    if (text.size == 0)
        return NULL;
    object = json_loadb(text.data, text.size, 0, NULL);
    if (object != NULL)
        row->objects[row->object_count++] = object;
    return object;
}

/* A column or key that is there but does not read names nothing: the row stands without it. */
static void take_references(const struct billing_layout *layout, const struct csv_row *fields,
                            struct billing_row *row)
{
    const struct profile *profile = layout->profile;
    json_t *objects[PROFILE_REFERENCES_MAX] = {NULL};

    for (int i = 0; i < profile->reference_count; i++) {
        const struct profile_reference *reference = &profile->references[i];
        json_t *value;

        if (layout->references[i] == FIELD_ABSENT)
            continue;
        if (reference->key.size == 0) {
            add_reference(row, reference->kind, value_at(layout, fields, layout->references[i]));
            continue;
        }
        objects[i] = object_at(layout, fields, i, objects, row);
        value = json_object_get(objects[i], reference->key.data);
        if (json_is_string(value))
            add_reference(row, reference->kind,
                          (struct span){json_string_value(value), json_string_length(value)});
    }
}

/* ---- row ---- */

void billing_row_parse(const struct billing_layout *layout, const struct csv_row *fields,
                       struct billing_row *row)
{
    struct billing_line *line = &row->line;
    struct billed whole = {0};

    *row = (struct billing_row){.line = {.open_since = PERIOD_NONE,
                                         .credited_before = PERIOD_NONE,
                                         .charged_at = INSTANT_NONE,
                                         .period = PERIOD_NONE}};
    line->references = row->references;
    if (fields->field_count != layout->field_count) {
        refuse(row, reject_reason_code(REJECT_WRONG_FIELD_COUNT), (struct span){"", 0});
        return;
    }
    line->account_id = take_text(layout, fields, FIELD_ACCOUNT, true, row);
    line->category = take_text(layout, fields, FIELD_CATEGORY, true, row);
    take_amount(layout, fields, row, &whole);
    take_currency(layout, fields, row);
    if (row->reason == NULL)
        take_kind(layout, fields, whole, row);
    if (row->reason != NULL || line->kind == BILLING_CHARGE || line->billed.atoms == 0)
        return;
    line->sub_account_id = take_text(layout, fields, FIELD_SUB_ACCOUNT, false, row);
    line->resource_id = take_text(layout, fields, FIELD_RESOURCE, false, row);
    line->service = take_text(layout, fields, FIELD_SERVICE, false, row);
    take_period(layout, fields, row);
    (void)take_instant(layout, fields, FIELD_CHARGED_AT, false, row, &line->charged_at);
    line->invoice_id = take_text(layout, fields, FIELD_INVOICE, false, row);
    line->description = take_description(layout, fields);
    if (line->kind != BILLING_PURCHASE && row->reason == NULL)
        take_references(layout, fields, row);
}

void billing_row_release(struct billing_row *row)
{
    for (int i = 0; i < row->object_count; i++)
        json_decref(row->objects[i]);
    row->object_count = 0;
}
