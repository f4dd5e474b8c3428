/*
 * Owns an explanation as a JSON object (docs/explaining.md). Amounts and instants are strings, as
 * the ledgers spell them: no reader may turn them into binary floating point unasked.
 */
#include "writers/explain.h"

#include <jansson.h>

#include "policy/civil.h"

static json_t *text(struct span span)
{
    json_t *string = json_stringn(span.size == 0 ? "" : span.data, span.size);

    /* Text of an export is UTF-8; a file's name may be anything. */
    return string != NULL ? string : json_string("(not UTF-8)");
}

static json_t *words(const char *word)
{
    return json_string(word);
}

static json_t *instant(int64_t at, int utc_offset_seconds)
{
    char room[INSTANT_TEXT_MAX];

    (void)instant_format(at, utc_offset_seconds, room);
    return json_string(room);
}

static json_t *ledger_row(const struct told_decision *decision)
{
    json_t *row = json_object();

    for (int i = 0; i < decision->ledger->column_count; i++)
        json_object_set_new(row, decision->ledger->columns[i].name, text(decision->row[i]));
    return row;
}

static json_t *sources(const struct told_decision *decision)
{
    json_t *list = json_array();

    for (size_t i = 0; i < decision->source_count; i++) {
        const struct told_source *source = &decision->sources[i];
        json_t *item = json_object();
        json_t *row = json_object();

        json_object_set_new(item, "input", words(source->input));
        if (source->file.size > 0) {
            json_object_set_new(item, "file", text(source->file));
            json_object_set_new(item, "line", json_integer((json_int_t)source->line));
        } else {
            json_object_set_new(item, "carried_over", json_true());
        }
        for (size_t j = 0; j < source->field_count; j++)
            json_object_setn_new(row, source->fields[j].name.data, source->fields[j].name.size,
                                 text(source->fields[j].value));
        json_object_set_new(item, "row", row);
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *checks(const struct explanation *it)
{
    static const char *const OUTCOMES[] = {[CHECK_PASSED] = "passed",
                                           [CHECK_DECIDED] = "decided",
                                           [CHECK_NOT_REACHED] = "not_reached"};
    json_t *list = json_array();

    for (size_t i = 0; i < it->check_count; i++) {
        const struct explained_check *check = &it->checks[i];
        json_t *item = json_object();

        json_object_set_new(item, "number", words(check->number));
        json_object_set_new(item, "reason", words(check->code));
        json_object_set_new(item, "rule", words(check->rule));
        json_object_set_new(item, "outcome", words(OUTCOMES[check->outcome]));
        json_object_set_new(item, "saw", text(check->saw));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *steps(const struct explanation *it)
{
    json_t *list = json_array();

    for (size_t i = 0; i < it->step_count; i++) {
        const struct explained_step *step = &it->steps[i];
        json_t *item = json_object();

        json_object_set_new(item, "name", words(step->name));
        json_object_set_new(item, "formula", text(step->formula));
        json_object_set_new(item, "exact", text(step->exact));
        json_object_set_new(item, "rounding", text(step->rounding));
        json_object_set_new(item, "result", text(step->result));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *timeline(const struct told_decision *decision)
{
    static const char *const KINDS[] = {[BAR_INCIDENT] = "incident",
                                        [BAR_BASIS] = "basis",
                                        [BAR_ALREADY] = "already_compensated",
                                        [BAR_COUNTED] = "counted"};
    const struct explanation *it = decision->explanation;
    json_t *list = json_array();

    for (size_t i = 0; i < it->bar_count; i++) {
        const struct explained_bar *bar = &it->bars[i];
        json_t *item = json_object();

        json_object_set_new(item, "what", words(KINDS[bar->kind]));
        json_object_set_new(item, "from", instant(bar->from, decision->utc_offset_seconds));
        json_object_set_new(item, "to", instant(bar->to, decision->utc_offset_seconds));
        json_object_set_new(item, "seconds", json_integer(bar->to - bar->from));
        if (bar->label.size > 0)
            json_object_set_new(item, "id", text(bar->label));
        json_array_append_new(list, item);
    }
    return list;
}

static json_t *texts(const struct span *list, size_t count)
{
    json_t *array = json_array();

    for (size_t i = 0; i < count; i++)
        json_array_append_new(array, text(list[i]));
    return array;
}

static json_t *clause(const struct clause *it)
{
    json_t *object = json_object();

    if (it == NULL)
        return object;
    json_object_set_new(object, "id", words(it->id));
    json_object_set_new(object, "title", words(it->title));
    json_object_set_new(object, "words", words(it->words));
    json_object_set_new(object, "interpretation", words(it->interpretation));
    return object;
}

int explain_json_decision(FILE *out, const struct told_decision *decision, struct error *err)
{
    const struct explanation *it = decision->explanation;
    json_t *object = json_object();
    int status = 0;

    json_object_set_new(object, "period", words(decision->period));
    json_object_set_new(object, "ledger", words(it->ledger));
    json_object_set_new(object, "line", json_integer((json_int_t)decision->row_line));
    json_object_set_new(object, "id", text(it->id));
    json_object_set_new(object, "account_id", text(it->account_id));
    json_object_set_new(object, "decision", words(decision_name(it->decision)));
    json_object_set_new(object, "reason", words(it->reason->code));
    json_object_set_new(object, "headline", text(it->headline));
    json_object_set_new(object, "policy_version", words(it->policy_version));
    json_object_set_new(object, "row", ledger_row(decision));
    json_object_set_new(object, "sources", sources(decision));
    json_object_set_new(object, "checks", checks(it));
    json_object_set_new(object, "timeline", timeline(decision));
    json_object_set_new(object, "arithmetic", steps(it));
    json_object_set_new(object, "notes", texts(it->notes, it->note_count));
    json_object_set_new(object, "needed", text(it->needed));
    json_object_set_new(object, "clause", clause(it->clause));
    json_object_set_new(object, "manifest_sha256", words(decision->manifest_sha256));
    json_object_set_new(object, "same", json_boolean(decision->difference_count == 0));
    json_object_set_new(object, "differences",
                        texts(decision->differences, decision->difference_count));
    if (object == NULL || json_dumpf(object, out, JSON_PRESERVE_ORDER | JSON_INDENT(1)) != 0)
        status = error_set(err, ERROR_IO, "cannot write the explanation");
    json_decref(object);
    return status;
}
