#include "writers/workbook_parts.h"

int summary_sheet_write(struct book *book, struct error *err)
{
    return sheet_text(book->summary, 0, 0, "Summary", STYLE_TITLE, err);
}
