/*
 * Owns how charts look.
 */
#include <stdio.h>

#include "writers/workbook_summary.h"

enum { CHART_COLUMN = 4, CHART_WIDTH = 540, ROW_PIXELS = 20, INK = 0x404040, GRID = 0xE3E3E3 };

static void chart_dress(lxw_chart *chart, const char *title, lxw_chart_axis *amounts)
{
    lxw_chart_font title_font = {.name = "Arial", .size = 10, .bold = LXW_TRUE, .color = INK};
    lxw_chart_font font = {.name = "Arial", .size = 8, .color = INK};
    lxw_chart_line none = {.none = LXW_TRUE};
    lxw_chart_line grid = {.color = GRID, .width = 0.5F};

    chart_title_set_name(chart, title);
    chart_title_set_name_font(chart, &title_font);
    chart_axis_set_num_font(chart->x_axis, &font);
    chart_axis_set_num_font(chart->y_axis, &font);
    chart_legend_set_font(chart, &font);
    chart_legend_set_position(chart, LXW_CHART_LEGEND_BOTTOM);
    chart_chartarea_set_line(chart, &none);
    chart_axis_major_gridlines_set_line(amounts, &grid);
    chart_axis_set_line(amounts, &none);
    chart_axis_set_num_format(amounts, "#,##0");
}

static int add_series(struct summary *summary, lxw_chart *chart, const struct chart_view *view,
                      int index)
{
    static const lxw_color_t colours[] = {COLOUR_ACCENT, COLOUR_SECOND, COLOUR_THIRD};
    const char *name = summary->sheet->tally->name;
    lxw_chart_fill fill = {.color = colours[index]};
    lxw_chart_series *series = chart_add_series(chart, NULL, NULL);
    lxw_col_t column = (lxw_col_t)(index + 1);

    if (series == NULL)
        return error_set(summary->err, ERROR_IO, "out of memory for the workbook");
    chart_series_set_categories(series, name, view->first_row, 0, view->last_row, 0);
    chart_series_set_values(series, name, view->first_row, column, view->last_row, column);
    chart_series_set_name_range(series, name, view->first_row - 1, column);
    chart_series_set_fill(series, &fill);
    return 0;
}

int summary_chart(struct summary *summary, const struct chart_view *view)
{
    uint8_t type = view->bars ? LXW_CHART_BAR_STACKED : LXW_CHART_COLUMN_STACKED;
    lxw_chart *chart = workbook_add_chart(summary->book->xlsx, type);
    lxw_chart_axis *names;
    char description[256];
    uint32_t rows = view->last_row - view->at_row + 1;
    lxw_chart_options options = {
        .x_scale = CHART_WIDTH / 480.0,
        .object_position = LXW_OBJECT_MOVE_DONT_SIZE,
        .description = description,
        .x_offset = 12,
    };

    if (chart == NULL)
        return error_set(summary->err, ERROR_IO, "out of memory for the workbook");
    if (rows < CHART_ROWS)
        rows = CHART_ROWS;
    if (rows > 24)
        rows = 24;
    options.y_scale = (double)((rows - 1) * ROW_PIXELS) / 288.0;
    snprintf(description, sizeof(description), "%s", view->description);
    /* The library turns the axes of lying bars round. */
    names = view->bars ? chart->y_axis : chart->x_axis;
    chart_dress(chart, view->title, view->bars ? chart->x_axis : chart->y_axis);
    for (int i = 0; i < view->series; i++)
        if (add_series(summary, chart, view, i) != 0)
            return -1;
    if (view->series == 1)
        chart_legend_set_position(chart, LXW_CHART_LEGEND_NONE);
    if (view->bars)
        chart_axis_set_reverse(names);
    if (view->number_format != NULL)
        chart_axis_set_num_format(names, view->number_format);
    chart_set_series_gap(chart, 60);
    return sheet_check(summary->sheet,
                       worksheet_insert_chart_opt(summary->sheet->worksheet, view->at_row,
                                                  CHART_COLUMN, chart, &options),
                       summary->err);
}
