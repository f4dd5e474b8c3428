/*
 * An entry's row in two steps. First, in the order of the entries, its place and its links are
 * planned, and it is counted (workbook.c). Then it is made and written, which for planned rows can
 * be done in any order and on any thread (workbook_entry.c): to the sheet itself, or to a loose one
 * that is appended to it (workbook_section.c).
 */
#ifndef WRITERS_WORKBOOK_ENTRY_H
#define WRITERS_WORKBOOK_ENTRY_H

#include "writers/workbook_statistics.h"

/* The ledgers that an entry's rows go to, its own and that of late items. */
enum { ENTRY_LEDGERS = LEDGER_LATE + 1 };

struct entry_plan {
    struct sheet *sheet;
    uint32_t at;
    const struct sheet *account; /* linked from its account_id; NULL: no link */
    uint32_t account_at;
    bool links_reason;
    struct sheet *late; /* NULL: it is not late */
    uint32_t late_at;
    struct account_rows firsts; /* of an account's total: the rows that it links to */
};

enum ledger_kind entry_ledger(enum workbook_entry_kind kind);
/* What a row of the three programmes decides; false for the others, which have a currency at most.
 */
bool entry_decided(const struct workbook_entry *entry, struct decided *decided);

/* Plans the next entry's row, and counts it: 0, or -1 with err filled. */
int entry_plan(struct audit_workbook *workbook, const struct workbook_entry *entry,
               struct entry_plan *plan, struct error *err) __attribute__((warn_unused_result));

/* Who makes rows: with sheets and sums of its own, or with the book's. */
struct entry_maker {
    struct book *book;
    struct row *row;          /* scratch */
    struct sheet *sheets;     /* [ENTRY_LEDGERS]; NULL: where the plan says */
    struct ledger_sums *sums; /* [ENTRY_LEDGERS]; NULL: the ledgers' */
    uint64_t marked;
    uint64_t withheld;
};

/* Makes a planned row, and what goes with it: 0, or -1 with err filled. */
int entry_make(struct entry_maker *maker, const struct workbook_entry *entry,
               const struct entry_plan *plan, struct error *err)
    __attribute__((warn_unused_result));

/* Writes the row that is in the maker's scratch, of an entry or not; `planned`: as in a plan. */
int entry_put(struct entry_maker *maker, enum ledger_kind kind, struct sheet *planned, uint32_t at,
              int currency, struct error *err) __attribute__((warn_unused_result));

/* Moves what the maker has counted to the statistics. */
void entry_maker_count(struct entry_maker *maker, struct statistics *statistics);

#endif
