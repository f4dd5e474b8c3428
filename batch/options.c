/*
 * Owns the command line: its tables, its parsing, its help.
 * Must not know what the commands do, nor look at the files that are named.
 */
#include "batch/options.h"

#include <assert.h>
#include <string.h>
#include <unistd.h>

#include "batch/version.h"

enum option_kind {
    OPTION_FLAG,    /* bool */
    OPTION_TEXT,    /* const char * */
    OPTION_PERIOD,  /* int32_t */
    OPTION_THREADS, /* int */
    OPTION_SIZE,    /* uint64_t, bytes */
    OPTION_REJECTS, /* struct reject_limit */
    OPTION_WHEN,    /* enum show_when */
    OPTION_NUMBER,  /* uint64_t, at least 1 */
    OPTION_SEED,    /* uint64_t; has_seed */
};

struct command_spec {
    const char *name;
    const char *arguments; /* after the options in the usage line */
    const char *summary;
    const char *description;
    size_t arguments_min;
    size_t arguments_max;
};

struct option_spec {
    const char *name;
    char letter;          /* short form; 0: none */
    const char *argument; /* NULL: takes none */
    enum option_kind kind;
    size_t offset;     /* of the member of struct options */
    unsigned commands; /* that take it, bits by command */
    unsigned required; /* that must have it */
    const char *help;
};

enum {
    ARGUMENTS_MAX = 100000,
    HELP_WIDTH = 80,
    HELP_INDENT = 26,
    SUGGESTION_DISTANCE_MAX = 2,
    SUGGESTION_BYTES_MAX = 32,
};

#define BIT(command) (1U << (command))
#define RUN BIT(COMMAND_RUN)
#define VERIFY BIT(COMMAND_VERIFY)
#define POLICY BIT(COMMAND_POLICY)
#define EXPLAIN BIT(COMMAND_EXPLAIN)
#define RECONCILE BIT(COMMAND_RECONCILE)
#define CREDITS BIT(COMMAND_CREDITS)
#define EXPOSURE BIT(COMMAND_EXPOSURE)
#define RECEIPT BIT(COMMAND_RECEIPT)
#define SAMPLE BIT(COMMAND_SAMPLE)
#define TELLING (EXPLAIN | RECEIPT | SAMPLE)
#define COMMANDS (TELLING | RUN | VERIFY | POLICY | RECONCILE | CREDITS | EXPOSURE)
#define EVERYWHERE (COMMANDS | BIT(COMMAND_NONE))

static const struct command_spec COMMAND_SPECS[COMMAND_COUNT] = {
    [COMMAND_NONE] =
        {
            .name = "",
            .description = "Decides the refunds, fault compensation and rewards of a month from "
                           "its exports, and publishes them as books.",
        },
    [COMMAND_RUN] =
        {
            .name = "run",
            .summary = "decide a month and publish its books",
            .description =
                "Reads the exports of one month, decides every request, claim and filing by the "
                "policy, and publishes the ledgers, the workbook and the archive of the period, "
                "all in one step or not at all.",
        },
    [COMMAND_VERIFY] =
        {
            .name = "verify",
            .summary = "recompute every checksum and total of published books",
            .description =
                "Reads the published books and recomputes the SHA-256 of every file, every total "
                "and the chain of manifests, oldest period first. Names what differs. Writes "
                "nothing.",
        },
    [COMMAND_POLICY] =
        {
            .name = "policy",
            .summary = "check a policy file and print its terms",
            .description = "Checks a policy file and prints the terms in force, with the clauses "
                           "that they come from. Without --policy: the terms that are built in.",
        },
    [COMMAND_EXPLAIN] =
        {
            .name = "explain",
            .arguments = "ID...",
            .summary = "tell how a decision was reached",
            .description = "Tells in plain language how the decision on an order, request, claim, "
                           "filing or account was reached, from the published books alone.",
            .arguments_min = 1,
            .arguments_max = ARGUMENTS_MAX,
        },
    [COMMAND_RECONCILE] =
        {
            .name = "reconcile",
            .arguments = "[FILE...]",
            .summary = "hold published books against billing exports",
            .description =
                "Matches the approved entries of a period with what the billing exports say was "
                "credited, names every difference, carries open items forward, and publishes the "
                "reconciliation beside the period's books. With --exports also holds the "
                "purchases billed against the orders that the period was decided from.",
            .arguments_max = ARGUMENTS_MAX,
        },
    [COMMAND_CREDITS] =
        {
            .name = "credits",
            .summary = "print approved entries for the billing system",
            .description = "Prints the approved entries of a period as credits that a billing "
                           "system can load: rows of a FOCUS 1.2 dataset.",
        },
    [COMMAND_EXPOSURE] =
        {
            .name = "exposure",
            .summary = "print what open incidents may still cost",
            .description =
                "Reads the exports of one month and prints, as CSV, what would be owed if every "
                "resource that an incident has hit were claimed within the window that is still "
                "open at the month's end, less what is compensated by then. Publishes nothing.",
        },
    [COMMAND_RECEIPT] =
        {
            .name = "receipt",
            .arguments = "[REQUEST-ID...]",
            .summary = "make refund receipts, ready to print",
            .description =
                "Makes a one-page receipt of each refund that was approved, as a workbook; with "
                "--all, of every refund of the period, a hundred accounts to a workbook, in a ZIP "
                "archive.",
            .arguments_max = ARGUMENTS_MAX,
        },
    [COMMAND_SAMPLE] =
        {
            .name = "sample",
            .summary = "draw an auditor's sample, or the exports of one account",
            .description =
                "Draws a reproducible monetary-unit sample of a ledger's approved amounts, each "
                "with its explanation and source rows. With --bundle, writes the smallest exports "
                "folder that decides one account again.",
        },
};

/* In the order of --help. */
static const struct option_spec OPTION_SPECS[] = {
    {"period", 0, "YYYY-MM", OPTION_PERIOD, offsetof(struct options, period),
     RUN | VERIFY | RECONCILE | CREDITS | EXPOSURE | TELLING, RUN | RECONCILE | CREDITS | EXPOSURE,
     "the month to decide, or to look at"},
    {"exports", 0, "DIR", OPTION_TEXT, offsetof(struct options, exports),
     RUN | RECONCILE | EXPOSURE, RUN | EXPOSURE, "folder with the month's exports"},
    {"books", 0, "DIR", OPTION_TEXT, offsetof(struct options, books),
     RUN | VERIFY | TELLING | RECONCILE | CREDITS | EXPOSURE, RUN | VERIFY | RECONCILE | CREDITS,
     "folder with the published periods"},
    {"billing", 0, "FILE", OPTION_TEXT, offsetof(struct options, billing), RECONCILE, RECONCILE,
     "billing export, plain or gzip; more may follow"},
    {"profile", 0, "NAME", OPTION_TEXT, offsetof(struct options, profile), RECONCILE, 0,
     "how the billing exports are read: focus (default), huaweicloud, or a file"},
    {"adjustments", 0, "FILE", OPTION_TEXT, offsetof(struct options, adjustments), RECONCILE, 0,
     "breaks that are written off, with who, when and why"},
    {"format", 0, "FORMAT", OPTION_TEXT, offsetof(struct options, format), CREDITS, 0,
     "of the credits: focus (default)"},
    {"policy", 0, "FILE", OPTION_TEXT, offsetof(struct options, policy_file),
     RUN | POLICY | EXPOSURE, 0, "policy file (default: the standard policy, built in)"},
    {"config", 0, "FILE", OPTION_TEXT, offsetof(struct options, config_file),
     RUN | RECEIPT | RECONCILE | CREDITS | EXPOSURE, 0,
     "job configuration: headings, delimiter, chart of accounts"},
    {"out", 0, "PATH", OPTION_TEXT, offsetof(struct options, out), EXPOSURE | RECEIPT | SAMPLE, 0,
     "where the result goes (exposure, sample: default standard output)"},
    {"archive", 0, "FILE", OPTION_TEXT, offsetof(struct options, archive), TELLING, 0,
     "a period's archive, instead of --books"},
    {"json", 0, NULL, OPTION_FLAG, offsetof(struct options, json), EXPLAIN | SAMPLE, 0,
     "explanations as JSON, for programs"},
    {"all", 0, NULL, OPTION_FLAG, offsetof(struct options, all), RECEIPT, 0,
     "receipts of all refunds of the period"},
    {"ledger", 0, "NAME", OPTION_TEXT, offsetof(struct options, ledger), SAMPLE, 0,
     "refunds (default), compensations or rewards"},
    {"currency", 0, "CODE", OPTION_TEXT, offsetof(struct options, currency), SAMPLE, 0,
     "the currency whose amounts are sampled (default: the one with most rows)"},
    {"seed", 0, "N", OPTION_SEED, offsetof(struct options, seed), SAMPLE, 0,
     "what the random start comes from: the same seed, the same sample"},
    {"items", 'n', "N", OPTION_NUMBER, offsetof(struct options, items), SAMPLE, 0,
     "how many sampling units (default: 25)"},
    {"bundle", 0, "ACCOUNT", OPTION_TEXT, offsetof(struct options, bundle), SAMPLE, 0,
     "write this account's exports to --out instead"},
    {"opening-from", 0, "YYYY-MM", OPTION_PERIOD, offsetof(struct options, opening_from), RUN, 0,
     "first period that new books answer for (default: the period itself)"},
    {"dry-run", 0, NULL, OPTION_FLAG, offsetof(struct options, dry_run), RUN, 0,
     "do everything but publish"},
    {"restate", 0, NULL, OPTION_FLAG, offsetof(struct options, restate), RUN | RECONCILE, 0,
     "redo the last one; the old one is kept beside it"},
    {"threads", 0, "N", OPTION_THREADS, offsetof(struct options, threads), RUN | EXPOSURE, 0,
     "1 to 256 (default: what the machine has); at most one for 24M of --memory"},
    {"memory", 0, "SIZE", OPTION_SIZE, offsetof(struct options, memory_bytes), RUN, 0,
     "memory to take at most, like 512M or 2G; at least 64M (default: 512M)"},
    {"max-rejects", 0, "N|P%", OPTION_REJECTS, offsetof(struct options, max_rejects), RUN, 0,
     "refuse the month when more rows are rejected (default: no limit)"},
    {"no-workbook", 0, NULL, OPTION_FLAG, offsetof(struct options, no_workbook), RUN | RECONCILE, 0,
     "write no workbook"},
    {"no-archive", 0, NULL, OPTION_FLAG, offsetof(struct options, no_archive), RUN, 0,
     "write no ZIP archive"},
    {"quiet", 'q', NULL, OPTION_FLAG, offsetof(struct options, quiet), COMMANDS, 0,
     "say nothing but errors"},
    {"verbose", 'v', NULL, OPTION_FLAG, offsetof(struct options, verbose), COMMANDS, 0,
     "say more, on a terminal or not"},
    {"progress", 0, "WHEN", OPTION_WHEN, offsetof(struct options, progress),
     RUN | VERIFY | RECONCILE, 0,
     "show a progress bar: auto, always or never (default: auto, on a terminal)"},
    {"help", 'h', NULL, OPTION_FLAG, offsetof(struct options, help), EVERYWHERE, 0,
     "print this help"},
    {"version", 0, NULL, OPTION_FLAG, offsetof(struct options, version), EVERYWHERE, 0,
     "print the version"},
};

enum { OPTION_COUNT = sizeof(OPTION_SPECS) / sizeof(OPTION_SPECS[0]) };

_Static_assert(OPTION_COUNT <= 64, "the options given are kept as bits of a uint64_t");

const char *command_name(enum command command)
{
    return COMMAND_SPECS[command].name;
}

/* --- values ----------------------------------------------------------------------------------- */

/* Takes digits off the front of the text; false without any, or past the limit. */
static bool take_number(const char **text, uint64_t limit, uint64_t *number)
{
    const char *at = *text;
    uint64_t value = 0;

    for (; *at >= '0' && *at <= '9'; at++) {
        uint64_t digit = (uint64_t)(*at - '0');

        if (value > (limit - digit) / 10)
            return false;
        value = value * 10 + digit;
    }
    if (at == *text)
        return false;
    *text = at;
    *number = value;
    return true;
}

/* "512M", "1G", "67108864": bytes, or a binary multiple of them. */
static bool parse_size(const char *text, uint64_t *bytes)
{
    static const char UNITS[] = "KMGT";
    uint64_t number;
    unsigned shift = 0;

    if (!take_number(&text, UINT64_MAX >> 8, &number))
        return false;
    if (*text != '\0') {
        char upper = (char)(*text >= 'a' && *text <= 'z' ? *text - 'a' + 'A' : *text);
        const char *unit = strchr(UNITS, upper);

        if (unit == NULL || text[1] != '\0')
            return false;
        shift = 10U * (unsigned)(unit - UNITS + 1);
    }
    if (number > UINT64_MAX >> shift)
        return false;
    *bytes = number << shift;
    return true;
}

/* "100", "5%", "0.25%". */
static bool parse_reject_limit(const char *text, struct reject_limit *limit)
{
    uint64_t whole;
    uint64_t fraction = 0;
    int digits = 0;

    if (!take_number(&text, INT64_MAX, &whole))
        return false;
    if (*text == '\0') {
        *limit = (struct reject_limit){.given = true, .rows = whole};
        return true;
    }
    if (*text == '.') {
        const char *first = ++text;

        if (!take_number(&text, 9999, &fraction) || text - first > REJECTS_PERCENT_DECIMALS)
            return false;
        digits = (int)(text - first);
    }
    for (; digits < REJECTS_PERCENT_DECIMALS; digits++)
        fraction *= 10;
    if (strcmp(text, "%") != 0 || whole > 100 || (whole == 100 && fraction > 0))
        return false;
    *limit = (struct reject_limit){
        .given = true,
        .is_share = true,
        .millionths = (uint32_t)(whole * 10000 + fraction),
    };
    return true;
}

static bool parse_threads(const char *text, int *threads)
{
    uint64_t number;

    if (!take_number(&text, THREADS_MAX, &number) || *text != '\0' || number == 0)
        return false;
    *threads = (int)number;
    return true;
}

static bool parse_count(const char *text, uint64_t *count)
{
    return take_number(&text, INT64_MAX, count) && *text == '\0';
}

static bool parse_when(const char *text, enum show_when *when)
{
    static const char *const NAMES[] = {
        [SHOW_AUTO] = "auto", [SHOW_ALWAYS] = "always", [SHOW_NEVER] = "never"};

    for (unsigned i = 0; i < sizeof(NAMES) / sizeof(NAMES[0]); i++) {
        if (strcmp(text, NAMES[i]) == 0) {
            *when = (enum show_when)i;
            return true;
        }
    }
    return false;
}

static int bad_value(const struct option_spec *option, const char *value, const char *wanted,
                     struct error *err)
{
    return error_set(err, ERROR_USAGE, "--%s: \"%s\" is not %s", option->name, value, wanted);
}

static int set_option(struct options *options, const struct option_spec *option, const char *value,
                      struct error *err)
{
    void *member = (char *)options + option->offset;

    switch (option->kind) {
    case OPTION_FLAG:
        *(bool *)member = true;
        return 0;
    case OPTION_TEXT:
        if (value[0] == '\0')
            return error_set(err, ERROR_USAGE, "--%s: is empty", option->name);
        *(const char **)member = value;
        return 0;
    case OPTION_PERIOD:
        return period_parse(span_of(value), member)
                   ? 0
                   : bad_value(option, value, "a month like 2026-10", err);
    case OPTION_THREADS:
        return parse_threads(value, member) ? 0
                                            : bad_value(option, value, "a number, 1 to 256", err);
    case OPTION_SIZE:
        if (!parse_size(value, member))
            return bad_value(option, value, "a size like 512M or 2G", err);
        if (*(uint64_t *)member < MEMORY_BYTES_MIN)
            return error_set(err, ERROR_USAGE, "--%s: %s is too little, at least 64M is needed",
                             option->name, value);
        return 0;
    case OPTION_REJECTS:
        return parse_reject_limit(value, member)
                   ? 0
                   : bad_value(option, value, "a number of rows or a percentage like 0.5%", err);
    case OPTION_NUMBER:
        return parse_count(value, member) && *(uint64_t *)member > 0
                   ? 0
                   : bad_value(option, value, "a number above 0", err);
    case OPTION_SEED:
        options->has_seed = true;
        return parse_count(value, member) ? 0 : bad_value(option, value, "a whole number", err);
    case OPTION_WHEN:
        return parse_when(value, member) ? 0
                                         : bad_value(option, value, "auto, always or never", err);
    }
    assert(!"an option kind without a case");
    return -1;
}

/* --- suggestions ------------------------------------------------------------------------------ */

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned least = a < b ? a : b;

    return least < c ? least : c;
}

/* How many letters must be put in, taken out or changed; long words are simply far apart. */
static unsigned edit_distance(const char *a, size_t a_size, const char *b)
{
    unsigned row[SUGGESTION_BYTES_MAX + 1];
    size_t b_size = strlen(b);

    if (a_size > SUGGESTION_BYTES_MAX || b_size > SUGGESTION_BYTES_MAX)
        return SUGGESTION_BYTES_MAX;
    for (unsigned j = 0; j <= b_size; j++)
        row[j] = j;
    for (size_t i = 1; i <= a_size; i++) {
        unsigned diagonal = row[0];

        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b_size; j++) {
            unsigned above = row[j];
            unsigned changed = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);

            row[j] = min3(above + 1, row[j - 1] + 1, changed);
            diagonal = above;
        }
    }
    return row[b_size];
}

/* The nearest option of the command, or NULL when none is near. */
static const char *nearest_option(enum command command, const char *name, size_t size)
{
    const char *nearest = NULL;
    unsigned least = SUGGESTION_DISTANCE_MAX + 1;

    for (size_t i = 0; i < OPTION_COUNT; i++) {
        unsigned distance = edit_distance(name, size, OPTION_SPECS[i].name);

        if ((OPTION_SPECS[i].commands & BIT(command)) != 0 && distance < least) {
            least = distance;
            nearest = OPTION_SPECS[i].name;
        }
    }
    return nearest;
}

static const char *nearest_command(const char *name)
{
    const char *nearest = NULL;
    unsigned least = SUGGESTION_DISTANCE_MAX + 1;

    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        unsigned distance = edit_distance(name, strlen(name), COMMAND_SPECS[i].name);

        if (distance < least) {
            least = distance;
            nearest = COMMAND_SPECS[i].name;
        }
    }
    return nearest;
}

/* --- parsing ---------------------------------------------------------------------------------- */

struct parser {
    struct options *options;
    int argc;
    char **argv;
    int at;         /* the next argument */
    uint64_t given; /* options seen, bits by their place in OPTION_SPECS */
};

static const struct option_spec *find_option(enum command command, const char *name, size_t size)
{
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        const struct option_spec *option = &OPTION_SPECS[i];

        if ((option->commands & BIT(command)) != 0 && strlen(option->name) == size &&
            memcmp(option->name, name, size) == 0)
            return option;
    }
    return NULL;
}

static const struct option_spec *find_letter(enum command command, char letter)
{
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if (letter != 0 && OPTION_SPECS[i].letter == letter &&
            (OPTION_SPECS[i].commands & BIT(command)) != 0)
            return &OPTION_SPECS[i];
    return NULL;
}

static int unknown_option(const struct parser *parser, const char *text, size_t name_size,
                          struct error *err)
{
    enum command command = parser->options->command;
    const char *nearest = nearest_option(command, text + 2, name_size);
    const char *space = command == COMMAND_NONE ? "" : " ";

    if (nearest == NULL)
        return error_set(err, ERROR_USAGE, "recompense%s%s: unknown option %s", space,
                         command_name(command), text);
    return error_set(err, ERROR_USAGE, "recompense%s%s: unknown option %s; did you mean --%s?",
                     space, command_name(command), text, nearest);
}

/* Takes the option at argv[at], with its value. */
static int take_option(struct parser *parser, struct error *err)
{
    const char *text = parser->argv[parser->at++];
    bool is_long = text[1] == '-';
    const char *equals = is_long ? strchr(text, '=') : NULL;
    size_t name_size = !is_long         ? 0
                       : equals != NULL ? (size_t)(equals - text) - 2
                                        : strlen(text) - 2;
    const struct option_spec *option;
    const char *value = NULL;
    uint64_t bit;

    if (is_long)
        option = find_option(parser->options->command, text + 2, name_size);
    else
        option = text[2] == '\0' ? find_letter(parser->options->command, text[1]) : NULL;
    if (option == NULL)
        return is_long ? unknown_option(parser, text, name_size, err)
                       : error_set(err, ERROR_USAGE, "recompense: unknown option %s", text);

    bit = UINT64_C(1) << (option - OPTION_SPECS);
    if ((parser->given & bit) != 0 && option->kind != OPTION_FLAG)
        return error_set(err, ERROR_USAGE, "--%s: is given twice", option->name);
    parser->given |= bit;

    if (option->argument == NULL) {
        if (equals != NULL)
            return error_set(err, ERROR_USAGE, "--%s: takes no value", option->name);
    } else if (equals != NULL) {
        value = equals + 1;
    } else if (parser->at < parser->argc) {
        value = parser->argv[parser->at++];
    } else {
        return error_set(err, ERROR_USAGE, "--%s: needs a value, %s", option->name,
                         option->argument);
    }
    return set_option(parser->options, option, value, err);
}

static int take_command(struct options *options, const char *name, struct error *err)
{
    const char *nearest;

    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++) {
        if (strcmp(COMMAND_SPECS[i].name, name) == 0) {
            options->command = (enum command)i;
            return 0;
        }
    }
    nearest = nearest_command(name);
    if (nearest == NULL)
        return error_set(err, ERROR_USAGE, "recompense: unknown command \"%s\"", name);
    return error_set(err, ERROR_USAGE, "recompense: unknown command \"%s\"; did you mean \"%s\"?",
                     name, nearest);
}

/* Walks argv: the first word is the command, further ones are its arguments. */
static int walk(struct parser *parser, struct error *err)
{
    struct options *options = parser->options;
    bool options_ended = false;

    while (parser->at < parser->argc) {
        char *text = parser->argv[parser->at];

        if (!options_ended && strcmp(text, "--") == 0) {
            options_ended = true;
            parser->at++;
        } else if (!options_ended && text[0] == '-' && text[1] != '\0') {
            if (take_option(parser, err) != 0)
                return -1;
        } else if (options->command == COMMAND_NONE) {
            parser->at++;
            if (take_command(options, text, err) != 0)
                return -1;
        } else {
            /* What has been taken makes room at the front: never past `at`. */
            parser->at++;
            options->arguments[options->argument_count++] = text;
        }
    }
    return 0;
}

static int check_arguments(const struct options *options, struct error *err)
{
    const struct command_spec *command = &COMMAND_SPECS[options->command];

    if (options->argument_count > command->arguments_max)
        return error_set(err, ERROR_USAGE, "recompense %s: unexpected argument \"%s\"",
                         command->name, options->arguments[command->arguments_max]);
    if (options->argument_count < command->arguments_min)
        return error_set(err, ERROR_USAGE, "recompense %s: needs %s", command->name,
                         command->arguments);
    return 0;
}

static int check(const struct parser *parser, struct error *err)
{
    const struct options *options = parser->options;

    if (options->command == COMMAND_NONE)
        return error_set(err, ERROR_USAGE, "recompense: needs a command");
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((OPTION_SPECS[i].required & BIT(options->command)) != 0 &&
            (parser->given & (UINT64_C(1) << i)) == 0)
            return error_set(err, ERROR_USAGE, "recompense %s: needs --%s %s",
                             command_name(options->command), OPTION_SPECS[i].name,
                             OPTION_SPECS[i].argument);
    if (check_arguments(options, err) != 0)
        return -1;
    if (options->quiet && options->verbose)
        return error_set(err, ERROR_USAGE, "--quiet and --verbose exclude each other");
    if (options->opening_from != PERIOD_NONE && options->opening_from > options->period)
        return error_set(err, ERROR_USAGE, "--opening-from: is after --period");
    return 0;
}

int options_parse(struct options *options, int argc, char **argv, struct error *err)
{
    struct parser parser = {.options = options, .argc = argc, .argv = argv, .at = 1};

    *options = (struct options){
        .period = PERIOD_NONE,
        .opening_from = PERIOD_NONE,
        .memory_bytes = MEMORY_BYTES_DEFAULT,
        .arguments = argv,
    };
    if (walk(&parser, err) != 0)
        return -1;
    if (options->help || options->version)
        return 0;
    return check(&parser, err);
}

bool reject_limit_exceeded(const struct reject_limit *limit, uint64_t rejected, uint64_t read)
{
    uint64_t share;

    if (!limit->given)
        return false;
    if (!limit->is_share)
        return rejected > limit->rows;
    /* rejected > floor(read x share), by parts that fit 64 bits. */
    share = read / REJECTS_WHOLE_MILLIONTHS * limit->millionths +
            read % REJECTS_WHOLE_MILLIONTHS * limit->millionths / REJECTS_WHOLE_MILLIONTHS;
    return rejected > share;
}

/* --- help ------------------------------------------------------------------------------------- */

/* Prints words from column `at` on, wrapped, further lines indented; ends the line. */
static void print_wrapped(FILE *out, const char *text, int at, int indent)
{
    int column = at;

    while (*text != '\0') {
        int word = (int)strcspn(text, " ");

        if (column > indent && column + 1 + word > HELP_WIDTH) {
            fprintf(out, "\n%*s", indent, "");
            column = indent;
        } else if (column > indent) {
            fputc(' ', out);
            column++;
        }
        fprintf(out, "%.*s", word, text);
        column += word;
        text += word;
        text += strspn(text, " ");
    }
    fputc('\n', out);
}

static void print_option(FILE *out, const struct option_spec *option)
{
    int column = option->letter != 0 ? fprintf(out, "  -%c, --%s", option->letter, option->name)
                                     : fprintf(out, "      --%s", option->name);

    if (option->argument != NULL)
        column += fprintf(out, " %s", option->argument);
    if (column > HELP_INDENT - 2) {
        fputc('\n', out);
        column = 0;
    }
    fprintf(out, "%*s", HELP_INDENT - column, "");
    print_wrapped(out, option->help, HELP_INDENT, HELP_INDENT);
}

/* A word of the usage line, on a line of its own where the line at hand is full. */
static void print_usage_word(FILE *out, size_t *column, const char *word)
{
    if (*column + 1 + strlen(word) > HELP_WIDTH) {
        fputs("\n      ", out);
        *column = 6;
    }
    fprintf(out, " %s", word);
    *column += 1 + strlen(word);
}

/* The usage line's required options, then "[options]" and the arguments. */
static void print_usage(FILE *out, enum command command)
{
    const struct command_spec *spec = &COMMAND_SPECS[command];
    size_t column = strlen("Usage: recompense ") + strlen(spec->name);

    if (command == COMMAND_NONE) {
        fputs("Usage: recompense COMMAND [options]\n", out);
        return;
    }
    fprintf(out, "Usage: recompense %s", spec->name);
    for (size_t i = 0; i < OPTION_COUNT; i++) {
        char word[HELP_WIDTH];

        if ((OPTION_SPECS[i].required & BIT(command)) == 0)
            continue;
        snprintf(word, sizeof(word), "--%s %s", OPTION_SPECS[i].name, OPTION_SPECS[i].argument);
        print_usage_word(out, &column, word);
    }
    print_usage_word(out, &column, "[options]");
    if (spec->arguments != NULL)
        print_usage_word(out, &column, spec->arguments);
    fputc('\n', out);
}

static void print_commands(FILE *out)
{
    fputs("\nCommands:\n", out);
    for (int i = COMMAND_NONE + 1; i < COMMAND_COUNT; i++)
        fprintf(out, "  %-9s %s\n", COMMAND_SPECS[i].name, COMMAND_SPECS[i].summary);
    fputs("\n'recompense COMMAND --help' tells more of each.\n", out);
}

struct status_help {
    unsigned commands;
    const char *status;
    const char *meaning;
};

static const struct status_help STATUS_HELP[] = {
    {COMMANDS, "0", "done, nothing to look at"},
    {RUN, "1", "done and published, but something wants a look (rows rejected)"},
    {EXPLAIN, "1", "an id is unknown, or a decision made again is not the same"},
    {RECEIPT, "1", "an id has no approved refund"},
    {SAMPLE, "1", "a decision made again is not the same"},
    {VERIFY, "1", "something differs"},
    {RECONCILE, "1", "done and published, but there are breaks or rejected rows"},
    {EXPOSURE, "1", "done, but rows were rejected"},
    {COMMANDS, "2", "usage, configuration or policy error"},
    {RUN | RECONCILE | EXPOSURE, "3", "an export is refused, nothing published"},
    {RUN | RECONCILE, "4", "a control total does not hold, nothing published"},
    {RUN | RECONCILE | EXPOSURE, "5",
     "the period is closed with other inputs, or periods are out of order"},
    {COMMANDS, "6", "reading or writing failed (disk full), nothing published"},
    {RUN | RECONCILE, "75", "another run holds the books"},
};

void options_help(FILE *out, enum command command)
{
    print_usage(out, command);
    fputc('\n', out);
    print_wrapped(out, COMMAND_SPECS[command].description, 0, 0);
    if (command == COMMAND_NONE)
        print_commands(out);
    fputs("\nOptions:\n", out);
    for (size_t i = 0; i < OPTION_COUNT; i++)
        if ((OPTION_SPECS[i].commands & BIT(command)) != 0)
            print_option(out, &OPTION_SPECS[i]);
    if (command == COMMAND_NONE)
        return;
    fputs("\nExit status:\n", out);
    for (size_t i = 0; i < sizeof(STATUS_HELP) / sizeof(STATUS_HELP[0]); i++)
        if ((STATUS_HELP[i].commands & BIT(command)) != 0)
            fprintf(out, "  %2s  %s\n", STATUS_HELP[i].status, STATUS_HELP[i].meaning);
}

void options_version(FILE *out)
{
    fputs("recompense " RECOMPENSE_VERSION "\n", out);
}

void options_hint(FILE *out, enum command command)
{
    fprintf(out, "Try 'recompense %s%s--help'.\n", command_name(command),
            command == COMMAND_NONE ? "" : " ");
}

int options_threads(const struct options *options)
{
    const uint64_t most = options->memory_bytes / THREAD_BYTES;
    long threads = options->threads;

    if (threads == 0)
        threads = sysconf(_SC_NPROCESSORS_ONLN);
    if (threads > THREADS_MAX)
        threads = THREADS_MAX;
    if ((uint64_t)threads > most)
        threads = (long)most;
    return threads < 1 ? 1 : (int)threads;
}
