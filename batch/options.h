/*
 * The command line (outputs.md, "Commands"): one table of commands and one of options, from which
 * parsing, checks and --help are all made.
 *
 * Options are written in full, "--books DIR" or "--books=DIR", once each, before or after other
 * arguments; "--" ends them. Text is borrowed from argv.
 */
#ifndef BATCH_OPTIONS_H
#define BATCH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include "policy/civil.h"
#include "policy/error.h"

enum command {
    COMMAND_NONE, /* before a command: the program itself */
    COMMAND_RUN,
    COMMAND_VERIFY,
    COMMAND_POLICY,
    COMMAND_EXPLAIN,
    COMMAND_RECONCILE,
    COMMAND_CREDITS,
    COMMAND_EXPOSURE,
    COMMAND_RECEIPT,
    COMMAND_SAMPLE,
    COMMAND_COUNT,
};

enum show_when { SHOW_AUTO, SHOW_ALWAYS, SHOW_NEVER };

enum {
    THREADS_MAX = 256,
    THREAD_BYTES = 24 * 1024 * 1024,
    REJECTS_PERCENT_DECIMALS = 4,
    REJECTS_WHOLE_MILLIONTHS = 1000000,
};

#define MEMORY_BYTES_MIN (UINT64_C(64) << 20)
#define MEMORY_BYTES_DEFAULT (UINT64_C(512) << 20)

/* How many rejected rows a run bears: a number of rows, or a share of the rows read. */
struct reject_limit {
    bool given; /* false: any number */
    bool is_share;
    uint64_t rows;
    uint32_t millionths;
};

struct options {
    enum command command;
    bool help;    /* asked for: print it and end, nothing else is checked */
    bool version; /* the same */

    int32_t period; /* PERIOD_NONE: not given */
    const char *exports;
    const char *books;
    const char *policy_file; /* NULL: the policy that is built in */
    const char *config_file; /* NULL: none */
    const char *billing;     /* the first billing export; the others are arguments */
    const char *profile;     /* of the billing exports: a name or a path; NULL: the default */
    const char *adjustments; /* NULL: none */
    const char *format;      /* of credits; NULL: the default */
    const char *out;         /* where exposure goes; NULL: standard output */
    int32_t opening_from;    /* PERIOD_NONE: not given */
    bool dry_run;
    bool restate;
    int threads; /* 0: what the machine has */
    uint64_t memory_bytes;
    struct reject_limit max_rejects;
    bool no_workbook;
    bool no_archive;

    const char *archive;  /* a period's archive instead of the books; NULL: none */
    bool json;            /* explanations as JSON */
    bool all;             /* receipts of all refunds */
    const char *ledger;   /* to sample; NULL: the default */
    const char *currency; /* to sample; NULL: the default */
    bool has_seed;
    uint64_t seed;      /* of the sample */
    uint64_t items;     /* of the sample; 0: the default */
    const char *bundle; /* the account to write the exports of; NULL: none */

    bool quiet;
    bool verbose;
    enum show_when progress;

    char **arguments; /* what is no option: ids to explain, further billing exports; part of argv */
    size_t argument_count;
};

/*
 * Parses the command line, and orders argv so that `arguments` is part of it: 0, or -1 with err
 * filled (ERROR_USAGE); `command` is set as far as it was recognized, for the hint.
 */
int options_parse(struct options *options, int argc, char **argv, struct error *err)
    __attribute__((warn_unused_result));

/*
 * How many threads to use: as many as asked for, or as the machine has, up to THREADS_MAX, but not
 * more than one for THREAD_BYTES of the memory.
 */
int options_threads(const struct options *options);

/* The help of a command, or of the program; at most 80 columns. */
void options_help(FILE *out, enum command command);

/* "recompense 0.1.0". */
void options_version(FILE *out);

/* "Try 'recompense run --help'.": for after a usage error. */
void options_hint(FILE *out, enum command command);

const char *command_name(enum command command);

/* Whether so many rejected rows, of so many read, are more than the limit bears. */
bool reject_limit_exceeded(const struct reject_limit *limit, uint64_t rejected, uint64_t read);

#endif
