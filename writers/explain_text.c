/*
 * Owns an explanation as plain text of at most 100 columns, the timeline drawn in letters.
 */
#include "writers/explain.h"

#include "policy/civil.h"

enum { WIDTH = 100, INDENT = 4, TIMELINE_CELLS = 60, WORD_MAX = 8192 };

/* Columns that UTF-8 text takes, as far as that can be told: its characters. */
static int columns_of(struct span text)
{
    int columns = 0;

    for (size_t i = 0; i < text.size; i++)
        columns += ((unsigned char)text.data[i] & 0xC0) != 0x80;
    return columns;
}

/* Words from column `at` on, wrapped, further lines indented; ends the line. */
static void put_wrapped(FILE *out, struct span text, int at, int indent)
{
    size_t i = 0;
    int column = at;
    bool first = true;

    while (i < text.size) {
        size_t size = 0;
        int columns = 0;

        while (i + size < text.size && text.data[i + size] != ' ' && text.data[i + size] != '\n')
            size++;
        columns = columns_of((struct span){text.data + i, size});
        if (!first && column + 1 + columns > WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (!first) {
            fputc(' ', out);
            column++;
        }
        fwrite(text.data + i, 1, size, out);
        column += columns;
        first = false;
        i += size;
        if (i < text.size && text.data[i] == '\n') {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
            first = true;
        }
        if (i < text.size)
            i++;
    }
    fputc('\n', out);
}

static void put_heading(FILE *out, const char *heading)
{
    fprintf(out, "\n  %s\n", heading);
}

static void put_sources(FILE *out, const struct told_decision *decision)
{
    put_heading(out, "What was read");
    for (size_t i = 0; i < decision->source_count; i++) {
        const struct told_source *source = &decision->sources[i];

        if (source->file.size > 0)
            fprintf(out, "    %s: %.*s, line %llu\n", source->input, SPAN_ARGUMENTS(source->file),
                    (unsigned long long)source->line);
        else
            fprintf(out, "    %s: carried over from an earlier period\n", source->input);
        for (size_t j = 0; j < source->field_count; j++)
            if (source->fields[j].value.size > 0)
                fprintf(out, "        %-18.*s %.*s\n", SPAN_ARGUMENTS(source->fields[j].name),
                        SPAN_ARGUMENTS(source->fields[j].value));
    }
}

static void put_checks(FILE *out, const struct explanation *it)
{
    size_t left = 0;

    put_heading(out, "Checks, in order");
    for (size_t i = 0; i < it->check_count; i++) {
        const struct explained_check *check = &it->checks[i];

        if (check->outcome == CHECK_NOT_REACHED) {
            left++;
            continue;
        }
        fprintf(out, "    %-5s", check->number);
        fprintf(out, "%-8s", check->outcome == CHECK_PASSED ? "yes" : "NO");
        put_wrapped(out, span_of(check->rule), 17, 17);
        fprintf(out, "%*s", 19, "");
        put_wrapped(out, check->saw, 19, 19);
        if (check->outcome == CHECK_DECIDED) {
            fprintf(out, "%*sthis decided: %s\n", 19, "", check->code);
        }
    }
    if (left > 0)
        fprintf(out, "    %zu further check%s not reached\n", left, left == 1 ? " was" : "s were");
}

static void put_steps(FILE *out, const struct explanation *it)
{
    if (it->step_count == 0)
        return;
    put_heading(out, "Arithmetic");
    for (size_t i = 0; i < it->step_count; i++) {
        const struct explained_step *step = &it->steps[i];

        fprintf(out, "    %-20s ", step->name);
        put_wrapped(out, step->formula, 25, 27);
        if (step->exact.size > 0)
            fprintf(out, "%*s= %.*s\n", 25, "", SPAN_ARGUMENTS(step->exact));
        if (step->rounding.size > 0)
            fprintf(out, "%*s%.*s\n", 27, "", SPAN_ARGUMENTS(step->rounding));
        fprintf(out, "%*s= %.*s\n", 25, "", SPAN_ARGUMENTS(step->result));
    }
}

/* ---- timeline ---- */

static const struct {
    const char *name;
    char letter;
} BARS[] = {
    [BAR_INCIDENT] = {"incident", '-'},
    [BAR_BASIS] = {"basis", '~'},
    [BAR_ALREADY] = {"already", 'x'},
    [BAR_COUNTED] = {"counted", '#'},
};

/* The cell of the window's time, 0 to TIMELINE_CELLS. */
static int cell_of(int64_t from, int64_t to, int64_t instant)
{
    __extension__ typedef __int128 wide;

    if (instant <= from)
        return 0;
    if (instant >= to)
        return TIMELINE_CELLS;
    return (int)((wide)(instant - from) * TIMELINE_CELLS / (to - from));
}

static void draw(FILE *out, const struct explanation *it, enum bar_kind kind, int64_t from,
                 int64_t to)
{
    char cells[TIMELINE_CELLS + 1];
    bool any = false;

    memset(cells, ' ', TIMELINE_CELLS);
    cells[TIMELINE_CELLS] = '\0';
    for (size_t i = 0; i < it->bar_count; i++) {
        const struct explained_bar *bar = &it->bars[i];
        int first = cell_of(from, to, bar->from);
        int last = cell_of(from, to, bar->to);

        if (bar->kind != kind || bar->to <= from || bar->from >= to)
            continue;
        any = true;
        if (last == first) /* shorter than a cell: still seen */
            last = first < TIMELINE_CELLS ? first + 1 : first--;
        for (int cell = first; cell < last; cell++)
            cells[cell] = BARS[kind].letter;
    }
    if (any || kind != BAR_ALREADY)
        fprintf(out, "    %-10s|%s|\n", BARS[kind].name, cells);
}

static void list_bar(FILE *out, const struct explained_bar *bar, int utc_offset_seconds)
{
    char from[INSTANT_TEXT_MAX];
    char to[INSTANT_TEXT_MAX];

    (void)instant_format(bar->from, utc_offset_seconds, from);
    (void)instant_format(bar->to, utc_offset_seconds, to);
    fprintf(out, "    %-10s%s to %s %12lld s%s%.*s\n", BARS[bar->kind].name, from, to,
            (long long)(bar->to - bar->from), bar->label.size > 0 ? "  " : "",
            SPAN_ARGUMENTS(bar->label));
}

static void put_timeline(FILE *out, const struct told_decision *decision)
{
    const struct explanation *it = decision->explanation;
    const struct explained_bar *incident = it->bars; /* told first */

    if (it->bar_count == 0)
        return;
    put_heading(out, "The seconds");
    for (int kind = BAR_INCIDENT; kind <= BAR_COUNTED; kind++)
        draw(out, it, (enum bar_kind)kind, incident->from, incident->to);
    for (size_t i = 0; i < it->bar_count; i++)
        list_bar(out, &it->bars[i], decision->utc_offset_seconds);
    if (it->bars_left_out > 0)
        fprintf(out, "    %zu further stretches of time are not shown\n", it->bars_left_out);
}

/* ---- the rest ---- */

static void put_clause(FILE *out, const struct explanation *it)
{
    if (it->clause == NULL)
        return;
    fprintf(out, "\n  The policy, clause %s: %s\n", it->clause->id, it->clause->title);
    if (it->clause->words[0] != '\0') {
        fprintf(out, "%*s", INDENT, "");
        put_wrapped(out, span_of(it->clause->words), INDENT, INDENT);
    }
    if (it->clause->interpretation[0] != '\0') {
        fprintf(out, "%*s%s", INDENT, "", "Interpretation: ");
        put_wrapped(out, span_of(it->clause->interpretation), INDENT + 16, INDENT);
    }
}

static void put_proof(FILE *out, const struct told_decision *decision)
{
    put_heading(out, "In the books");
    fprintf(out, "    %s/%s.csv, line %llu; manifest %s\n", decision->period,
            decision->ledger->name, (unsigned long long)decision->row_line,
            decision->manifest_sha256);
    if (decision->difference_count == 0) {
        fputs("    Made again from the published sources: the same in every column.\n", out);
        return;
    }
    fputs("    DIFFERENCE: made again from the published sources, it is not the same:\n", out);
    for (size_t i = 0; i < decision->difference_count; i++) {
        fprintf(out, "%*s", INDENT + 4, "");
        put_wrapped(out, decision->differences[i], INDENT + 4, INDENT + 4);
    }
}

void explain_text_decision(FILE *out, const struct told_decision *decision)
{
    static const char *const KINDS[] = {"Refund request", "Claim", "Filing"};
    const struct explanation *it = decision->explanation;
    const char *kind = KINDS[it->ledger[0] == 'c' ? 1 : it->ledger[2] == 'w' ? 2 : 0];

    fprintf(out, "%s %.*s of account %.*s, period %s\n", kind, SPAN_ARGUMENTS(it->id),
            SPAN_ARGUMENTS(it->account_id), decision->period);
    fprintf(out, "  ");
    put_wrapped(out, it->headline, 2, 2);
    fprintf(out, "  Decision %s, reason %s", decision_name(it->decision), it->reason->code);
    if (it->policy_version[0] != '\0')
        fprintf(out, ", policy version \"%s\"", it->policy_version);
    fputc('\n', out);
    put_sources(out, decision);
    put_checks(out, it);
    put_timeline(out, decision);
    put_steps(out, it);
    if (it->note_count > 0)
        put_heading(out, "Also");
    for (size_t i = 0; i < it->note_count; i++) {
        fprintf(out, "%*s", INDENT, "");
        put_wrapped(out, it->notes[i], INDENT, INDENT + 2);
    }
    if (it->needed.size > 0) {
        put_heading(out, "What would have been needed");
        fprintf(out, "%*s", INDENT, "");
        put_wrapped(out, it->needed, INDENT, INDENT);
    }
    put_clause(out, it);
    put_proof(out, decision);
}
