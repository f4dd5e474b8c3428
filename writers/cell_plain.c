/*
 * Owns a cell's plain text. Must not know any ledger's columns.
 */
#include "writers/cell_plain.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

#include "policy/civil.h"

_Static_assert((int)CELL_PLAIN_MAX >= (int)DECIMAL_TEXT_MAX, "any amount fits");

struct span cell_plain(const struct cell *cell, int utc_offset_seconds, char room[CELL_PLAIN_MAX])
{
    switch (cell->kind) {
    case CELL_EMPTY:
        return (struct span){"", 0};
    case CELL_TEXT:
    case CELL_RAW:
    case CELL_CODE:
        return cell->text;
    case CELL_INSTANT:
        return (struct span){room, instant_format(cell->integer, utc_offset_seconds, room)};
    case CELL_DATE:
        return (struct span){room, date_format(cell->integer, room)};
    case CELL_PERIOD:
        return (struct span){room, period_format((int32_t)cell->integer, room)};
    case CELL_INTEGER:
        return (struct span){room,
                             (size_t)snprintf(room, CELL_PLAIN_MAX, "%" PRId64, cell->integer)};
    case CELL_AMOUNT:
        return (struct span){room, decimal_format(cell->decimal, cell->digits, room)};
    case CELL_RATE:
        return (struct span){room, decimal_format(cell->decimal, 0, room)};
    }
    assert(!"cell kind");
    return (struct span){"", 0};
}
