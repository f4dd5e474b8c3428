/*
 * The sides of control identities as formulas.
 */
#ifndef WRITERS_WORKBOOK_CONTROLS_H
#define WRITERS_WORKBOOK_CONTROLS_H

#include "writers/workbook_ledger.h"

struct identity_side {
    const struct book *book;
    const struct workbook_closing *closing;
    const struct control_identity *identity;
    const char *text; /* of the side: "accepted + rejected + duplicate" */
    struct decimal value;
    uint32_t first_control_row; /* where the sheet's table of control totals begins, from 0 */
};

/*
 * A formula that comes to the side's value; false where the workbook has none: the figure is of
 * something that is not in it.
 */
bool identity_formula(const struct identity_side *side, char *text, size_t size)
    __attribute__((warn_unused_result));

#endif
