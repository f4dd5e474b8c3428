/*
 * Owns which rows are given links. A sheet has room for 65,530, and each costs memory: the first
 * rows get one, after them only those among the largest amounts so far.
 */
#include <stdio.h>

#include "writers/workbook_row.h"

enum { LINKS_FOR_ALL = 20000, REASON_LINKS = 10000 };

static void sift_down(int128 *heap, size_t count)
{
    size_t at = 0;

    for (;;) {
        size_t child = 2 * at + 1;
        int128 swap;

        if (child >= count)
            return;
        if (child + 1 < count && heap[child + 1] < heap[child])
            child++;
        if (heap[at] <= heap[child])
            return;
        swap = heap[at];
        heap[at] = heap[child];
        heap[child] = swap;
        at = child;
    }
}

static void sift_up(int128 *heap, size_t at)
{
    while (at > 0 && heap[at] < heap[(at - 1) / 2]) {
        int128 swap = heap[at];

        heap[at] = heap[(at - 1) / 2];
        heap[(at - 1) / 2] = swap;
        at = (at - 1) / 2;
    }
}

/* Whether the amount is among the largest seen; remembers it. */
static bool among_largest(struct ledger_sheets *ledger, int128 amount)
{
    if (ledger->largest_count < LARGEST_KEPT) {
        ledger->largest[ledger->largest_count] = amount;
        sift_up(ledger->largest, ledger->largest_count++);
        return true;
    }
    if (amount <= ledger->largest[0])
        return false;
    ledger->largest[0] = amount;
    sift_down(ledger->largest, LARGEST_KEPT);
    return true;
}

bool ledger_link_worthy(struct ledger_sheets *ledger, const struct sheet *sheet,
                        struct decimal amount, uint32_t links)
{
    bool large = among_largest(ledger, amount.units);

    return sheet->links < LINKS_FOR_ALL || (large && sheet->links + links <= LINKS_PER_SHEET_MAX);
}

bool ledger_links_reason(const struct sheet *sheet)
{
    return sheet->links < REASON_LINKS;
}

static const char *link_text(struct row *row, const struct sheet *to, uint32_t at)
{
    char place[CELL_NAME_MAX];

    sheet_cell_name(to, at, 0, place);
    return row_text(row, "internal:%s", place);
}

void row_link(const struct ledger_sheets *ledger, struct row *row, const char *column,
              const struct sheet *to, uint32_t at)
{
    struct sheet_cell *cell = row_cell(ledger, row, column);

    cell->link = link_text(row, to, at);
    cell->style = STYLE_LINK;
}

void row_link_reason(const struct ledger_sheets *ledger, struct row *row, int programme, int reason)
{
    row_link(ledger, row, "reason", ledger->book->policy,
             ledger->book->reason_rows[programme][reason]);
}

void account_row(const struct ledger_sheets *ledger, const struct account_total *total,
                 const struct account_rows *firsts, struct row *row)
{
    const int digits = currency_digits(total->currency);
    static const struct {
        const char *column;
        enum ledger_kind kind;
    } places[] = {
        {"to_refunds", LEDGER_REFUNDS},
        {"to_compensations", LEDGER_COMPENSATIONS},
        {"to_rewards", LEDGER_REWARDS},
    };

    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct sheet *to = firsts->sheet[places[i].kind];
        uint32_t to_row = firsts->row[places[i].kind];

        if (to == NULL)
            continue;
        row_set_words(ledger, row, places[i].column,
                      row_text(row, "%s, row %u", to->tally->name, to_row + 1));
        row_link(ledger, row, places[i].column, to, to_row);
    }
    if (row_is_number(ledger, row, "refund_total") &&
        row_is_number(ledger, row, "compensation_total") &&
        row_is_number(ledger, row, "reward_total"))
        row_set_formula(ledger, row, "total",
                        row_formula(row, row_formula_key(FORMULA_TOTAL, digits, 0, 0),
                                    "ROUND(%s+%s+%s,%d)", row_cell_name(ledger, "refund_total"),
                                    row_cell_name(ledger, "compensation_total"),
                                    row_cell_name(ledger, "reward_total"), digits));
}
