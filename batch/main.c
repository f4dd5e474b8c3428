/*
 * The program: picks the command, prints the one error there may be, gives the exit status.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "batch/credits.h"
#include "batch/explain.h"
#include "batch/exposure_report.h"
#include "batch/options.h"
#include "batch/receipts.h"
#include "batch/reconcile.h"
#include "batch/report.h"
#include "batch/run.h"
#include "batch/sample.h"
#include "batch/verify.h"
#include "readers/policy_file.h"
#include "writers/policy_text.h"

enum { EXIT_DONE = 0, EXIT_LOOK = 1 };

static int print_policy(const struct options *options, struct error *err)
{
    struct policy policy;
    struct policy_source source;

    if (policy_file_load(options->policy_file, &policy, &source, err) != 0)
        return -1;
    return policy_text_write(&policy, source.name, stdout, err);
}

static int perform(const struct options *options, struct report *report, bool *wants_look,
                   struct error *err)
{
    switch (options->command) {
    case COMMAND_RUN:
        return run_period(options, report, wants_look, err);
    case COMMAND_VERIFY:
        return verify_books(options, report, wants_look, err);
    case COMMAND_POLICY:
        return print_policy(options, err);
    case COMMAND_EXPOSURE:
        return exposure_report(options, report, wants_look, err);
    case COMMAND_EXPLAIN:
        return explain_books(options, report, wants_look, err);
    case COMMAND_RECEIPT:
        return receipts_make(options, report, wants_look, err);
    case COMMAND_SAMPLE:
        return sample_books(options, report, wants_look, err);
    case COMMAND_RECONCILE:
        return reconcile_period(options, report, wants_look, err);
    case COMMAND_CREDITS:
        return credits_write(options, report, err);
    case COMMAND_NONE:
    case COMMAND_COUNT:
        break;
    }
    return error_set(err, ERROR_USAGE, "no command given");
}

int main(int argc, char **argv)
{
    struct options options;
    struct report report;
    struct error err = {0};
    bool wants_look = false;

    (void)signal(SIGPIPE, SIG_IGN); /* a closed pipe is a failed write, told like one */
    (void)signal(SIGXFSZ, SIG_IGN); /* a file beyond the limit as well */
    if (options_parse(&options, argc, argv, &err) != 0) {
        report_init(&report, &options);
        report_error(&report, &err);
        options_hint(stderr, options.command);
        return error_exit_status(err.kind);
    }
    report_init(&report, &options);
    if (options.help) {
        options_help(stdout, options.command);
        return EXIT_DONE;
    }
    if (options.version) {
        options_version(stdout);
        return EXIT_DONE;
    }
    if (perform(&options, &report, &wants_look, &err) != 0) {
        report_error(&report, &err);
        return error_exit_status(err.kind);
    }
    return wants_look ? EXIT_LOOK : EXIT_DONE;
}
