#include "batch/sample.h"
int sample_books(const struct options *options, struct report *report, bool *wants_look,
                 struct error *err)
{
    (void)options;
    (void)report;
    (void)wants_look;
    return error_set(err, ERROR_USAGE, "not yet");
}
