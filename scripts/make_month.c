/*
 * Writes one month of exports as a provider would: the same arguments give the same bytes.
 * Owns the command line and the order of the rows; the rows themselves are made elsewhere.
 *
 *     cc -std=c11 -D_POSIX_C_SOURCE=200809L -O2 scripts/make_month*.c -lz -o make_month
 */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "make_month_events.h"

enum { PARTS_MAX = 999, ORDER_FAULTS_RARER = 20, EXIT_USAGE = 2 };

enum gzip_choice { GZIP_NONE, GZIP_ALL, GZIP_MIXED };

struct job {
    struct world world;
    const char *folder;
    int period;
    uint64_t parts;
    enum gzip_choice gzip;
    uint32_t dirty_per_million, orders_dirty_per_million;
    bool billing;
    uint64_t bytes;
};

static const char HELP[] =
    "Usage: make_month --out DIR --period YYYY-MM [option...]\n"
    "Writes the exports of one month, made up: the same options give the same bytes.\n"
    "Successive periods with the same sizes and seed continue each other.\n"
    "\n"
    "  --out DIR            folder to write to, made if it is missing\n"
    "  --period YYYY-MM     the month, 1990-01 to 2089-12\n"
    "  --seed N             another world (1)\n"
    "  --orders N           rows of the orders snapshot (200000)\n"
    "  --accounts N         (20000)    --requests N   refund requests of the month (12000)\n"
    "  --claims N           (3000)     --incidents N  of this month and the last (400)\n"
    "  --usage N            days of both months (20000)\n"
    "  --filings N          (300)      --tickets N    (2000)\n"
    "  --parts N            files that the orders are cut into (3)\n"
    "  --gzip none|all|mixed  which files are compressed (mixed)\n"
    "  --clean              no bad rows, no duplicates\n"
    "  --dirty-permille N   bad or doubled rows per 1,000 (1); of orders 20 times fewer\n"
    "  --months-before K    months that the orders snapshot reaches back (36, at most 120)\n"
    "  --billing            also billing.csv, a row per order bought in the month\n"
    "  --help               this text\n";

/* Files */

static const char ORDERS_HEADER[] =
    "order_id,account_id,resource_id,service,region,billing_mode,term_unit,term_count,currency,"
    "purchased_at,starts_at,expires_at,cash_paid,flexi_coupon_paid,cash_coupon_paid,refundable,"
    "released_at,refunded_at";

struct table {
    enum csv_input input;
    const char *name;
    bool gzip_when_mixed;
    const char *header;
};

static const struct table TABLES[] = {
    {CSV_REQUESTS, "refund_requests.csv", true, "request_id,account_id,order_id,requested_at"},
    {CSV_INCIDENTS, "incidents.csv", false,
     "incident_id,scenario,cause,service,region,resource_id,started_at,rectified_at,sla_covered,"
     "title"},
    {CSV_CLAIMS, "claims.csv", false, "claim_id,account_id,incident_id,resource_id,submitted_at"},
    {CSV_USAGE, "usage.csv", true,
     "account_id,resource_id,service,region,usage_date,cost,currency"},
    {CSV_ACCOUNTS, "accounts.csv", true, "account_id,name,tier,recharge_total"},
    {CSV_FILINGS, "filings.csv", false,
     "filing_id,account_id,order_id,first_filing,for_website,started_at,submitted_at,approved_at"},
    {CSV_TICKETS, "tickets.csv", true, "ticket_id,account_id,category,opened_at"},
};

static const char BILLING_HEADER[] =
    "BilledCost,BillingAccountId,BillingCurrency,BillingPeriodStart,BillingPeriodEnd,"
    "ChargeCategory,ChargeClass,ChargeDescription,ChargePeriodStart,ChargePeriodEnd,InvoiceId,"
    "ResourceId,ServiceName,SubAccountId,Tags";

static int64_t job_end(const struct job *job)
{
    return month_start(job->period + 1);
}

static void report(const char *name, uint64_t rows, uint64_t bytes, uint64_t faults)
{
    (void)printf("%-20s %12" PRIu64 " rows %15" PRIu64 " bytes %8" PRIu64 " faults\n", name, rows,
                 bytes, faults);
}

/* Visits the numbers 0 to count - 1 in steps that do not show how they are laid out. */
struct walk {
    uint64_t at, step, count;
};

static struct walk walk_init(uint64_t count, int month)
{
    struct walk walk = {.count = count, .step = count * 618 / 1000 + 1};
    for (bool coprime = false; !coprime && count > 1; walk.step += !coprime) {
        uint64_t a = walk.step;
        uint64_t b = count;
        while (b != 0) {
            uint64_t rest = a % b;
            a = b;
            b = rest;
        }
        coprime = a == 1;
    }
    walk.step = count > 0 ? walk.step % count : 0;
    walk.at = count > 0 ? (uint64_t)month * 7919 % count : 0;
    return walk;
}

static uint64_t walk_next(struct walk *walk)
{
    uint64_t at = walk->at;
    walk->at += walk->step;
    walk->at -= walk->at >= walk->count ? walk->count : 0;
    return at;
}

static bool orders_part_name(const struct job *job, uint64_t part, char *name, size_t bytes)
{
    int width = job->parts > 99 ? 3 : job->parts > 9 ? 2 : 1;
    int length = job->parts == 1
                     ? snprintf(name, bytes, "orders.csv")
                     : snprintf(name, bytes, "orders-%0*" PRIu64 ".csv", width, part + 1);
    return length > 0 && (size_t)length < bytes;
}

static bool write_orders(struct job *job)
{
    const struct world *world = &job->world;
    struct csv_faults faults;
    csv_faults_init(&faults, CSV_ORDERS, job->orders_dirty_per_million, world->seed, job->period);
    int age = world->reach_months;
    struct walk walk = walk_init(world->kept[age], job->period - age);
    uint64_t in_month = 0;
    uint64_t done = 0;
    for (uint64_t part = 0; part < job->parts; part++) {
        char name[64];
        uint64_t rows = 0;
        uint64_t bytes = 0;
        uint64_t faults_before = faults.written;
        bool gzip = job->gzip == GZIP_ALL || (job->gzip == GZIP_MIXED && part % 2 == 1);
        if (!orders_part_name(job, part, name, sizeof name)) {
            return false;
        }
        struct csv_file *file = csv_open(job->folder, name, gzip, ORDERS_HEADER, &faults);
        if (file == NULL) {
            return false;
        }
        uint64_t until = world->orders * (part + 1) / job->parts;
        for (; done < until; done++, in_month++) {
            while (in_month == world->kept[age]) {
                age--;
                in_month = 0;
                walk = walk_init(world->kept[age], job->period - age);
            }
            struct order order;
            order_make(world, job->period - age, walk_next(&walk), &order);
            csv_row_end(file, put_order(csv_row(file), &order, job_end(job)));
        }
        if (!csv_close(file, &rows, &bytes)) {
            return false;
        }
        job->bytes += bytes;
        report(name, rows, bytes, faults.written - faults_before);
    }
    return true;
}

static void write_requests(const struct job *job, struct csv_file *file)
{
    for (int month = job->period - 1; month <= job->period + 1; month++) {
        for (uint64_t i = 0; i < job->world.requests; i++) {
            int64_t at;
            char *end = put_request(csv_row(file), &job->world, month, i, &at);
            if (event_shown(&job->world, DOMAIN_REQUEST, job->period, month, i, at)) {
                csv_row_end(file, end);
            }
        }
    }
}

static void write_incidents(const struct job *job, const struct incidents *incidents,
                            struct csv_file *file)
{
    for (int month = job->period - 1; month <= job->period; month++) {
        for (uint64_t i = 0; i < rows_of_month(job->world.incidents, month); i++) {
            csv_row_end(file, put_incident(csv_row(file), incidents, month, i, job_end(job)));
        }
    }
}

static void write_claims(const struct job *job, const struct incidents *incidents,
                         struct csv_file *file)
{
    for (int month = job->period - 1; month <= job->period + 1; month++) {
        for (uint64_t i = 0; i < job->world.claims; i++) {
            int64_t at;
            char *end = put_claim(csv_row(file), &job->world, incidents, month, i, &at);
            if (event_shown(&job->world, DOMAIN_CLAIM, job->period, month, i, at)) {
                csv_row_end(file, end);
            }
        }
    }
}

static void write_usage(const struct job *job, struct csv_file *file)
{
    for (int month = job->period - 1; month <= job->period; month++) {
        for (uint64_t i = 0; i < rows_of_month(job->world.usage, month); i++) {
            csv_row_end(file, put_usage(csv_row(file), &job->world, month, i));
        }
    }
}

static void write_accounts(const struct job *job, struct csv_file *file)
{
    for (uint64_t i = 0; i < job->world.accounts; i++) {
        struct account account;
        account_make(&job->world, i, job->period, &account);
        char *end = put_text(csv_row(file), account.id);
        end = put_quoted(end, account.name);
        end = put_text(end, account.vip ? "vip" : "common");
        csv_row_end(file, put_amount(end, account.recharge_cents, 2));
    }
}

static void write_filings(const struct job *job, struct csv_file *file)
{
    for (int month = job->period - 1; month <= job->period + 1; month++) {
        for (uint64_t i = 0; i < job->world.filings; i++) {
            int64_t submitted;
            int64_t approved;
            char *end = put_filing(csv_row(file), &job->world, month, i, job_end(job), &submitted,
                                   &approved);
            /* Filed in the period but approved after it: shown without an approval. */
            bool pending =
                month > job->period && submitted != TIME_NONE && submitted < job_end(job);
            bool shown = month <= job->period &&
                         event_shown(&job->world, DOMAIN_FILING, job->period, month, i, approved);
            if (pending || shown) {
                csv_row_end(file, end);
            }
        }
    }
}

static void write_tickets(const struct job *job, struct csv_file *file)
{
    for (int month = job->period - 1; month <= job->period + 1; month++) {
        for (uint64_t i = 0; i < job->world.tickets; i++) {
            int64_t at;
            char *end = put_ticket(csv_row(file), &job->world, month, i, &at);
            if (event_shown(&job->world, DOMAIN_TICKET, job->period, month, i, at)) {
                csv_row_end(file, end);
            }
        }
    }
}

static void write_rows(const struct job *job, const struct table *table,
                       const struct incidents *incidents, struct csv_file *file)
{
    switch (table->input) {
    case CSV_REQUESTS:
        write_requests(job, file);
        return;
    case CSV_INCIDENTS:
        write_incidents(job, incidents, file);
        return;
    case CSV_CLAIMS:
        write_claims(job, incidents, file);
        return;
    case CSV_USAGE:
        write_usage(job, file);
        return;
    case CSV_ACCOUNTS:
        write_accounts(job, file);
        return;
    case CSV_FILINGS:
        write_filings(job, file);
        return;
    case CSV_TICKETS:
        write_tickets(job, file);
        return;
    case CSV_ORDERS:
    case CSV_BILLING:
        return; /* written by functions of their own */
    }
}

static bool write_tables(struct job *job)
{
    struct incidents *incidents = incidents_new(&job->world, job->period);
    if (incidents == NULL) {
        (void)fprintf(stderr, "make_month: out of memory\n");
        return false;
    }
    bool good = true;
    for (size_t i = 0; i < sizeof TABLES / sizeof TABLES[0] && good; i++) {
        const struct table *table = &TABLES[i];
        struct csv_faults faults;
        uint64_t rows = 0;
        uint64_t bytes = 0;
        bool gzip = job->gzip == GZIP_ALL || (job->gzip == GZIP_MIXED && table->gzip_when_mixed);
        csv_faults_init(&faults, table->input, job->dirty_per_million, job->world.seed,
                        job->period);
        struct csv_file *file = csv_open(job->folder, table->name, gzip, table->header, &faults);
        good = file != NULL;
        if (good) {
            write_rows(job, table, incidents, file);
            good = csv_close(file, &rows, &bytes);
        }
        job->bytes += bytes;
        report(table->name, rows, bytes, faults.written);
    }
    incidents_free(incidents);
    return good;
}

static char *put_billing(char *at, const struct job *job, const struct order *order)
{
    const char *service = SERVICE_NAMES[order->resource.service];
    at = put_amount(at, order->cash + order->flexi, order->currency->digits);
    at = put_text(add_account_id(at, order->resource.account), "");
    at = put_text(at, order->currency->code);
    at = put_time(at, month_start(job->period), TIME_UTC);
    at = put_time(at, job_end(job), TIME_UTC);
    at = put_text(at, "Purchase");
    at = put_text(at, "");
    at = add_text(at, "\"Purchase, ");
    at = put_text(add_text(at, service), "\"");
    at = put_time(at, order->starts_at, TIME_UTC);
    at = put_time(at, order->expires_at == TIME_NONE ? job_end(job) : order->expires_at, TIME_UTC);
    at = add_padded(add_text(at, "INV"), (uint64_t)(job->period / 12), 4);
    at = add_padded(at, (uint64_t)(job->period % 12 + 1), 2);
    at = put_text(add_padded(add_text(at, "-"), order->resource.account + 1, 7), "");
    at = put_text(add_resource_id(at, order->resource.id), "");
    at = put_text(at, service);
    at = put_text(add_account_id(at, order->resource.account), "");
    at = add_text(at, "\"{\"\"order_id\"\": \"\"");
    return put_text(add_order_id(at, order), "\"\"}\"");
}

static bool write_billing(struct job *job)
{
    struct csv_faults none;
    uint64_t rows = 0;
    uint64_t bytes = 0;
    csv_faults_init(&none, CSV_BILLING, 0, job->world.seed, job->period);
    struct csv_file *file =
        csv_open(job->folder, "billing.csv", job->gzip == GZIP_ALL, BILLING_HEADER, &none);
    if (file == NULL) {
        return false;
    }
    for (uint64_t i = 0; i < job->world.kept[0]; i++) {
        struct order order;
        order_make(&job->world, job->period, i, &order);
        csv_row_end(file, put_billing(csv_row(file), job, &order));
    }
    bool good = csv_close(file, &rows, &bytes);
    job->bytes += bytes;
    report("billing.csv", rows, bytes, 0);
    return good;
}

/* Command line */

static bool parse_number(const char *text, uint64_t max, uint64_t *number)
{
    uint64_t value = 0;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at < '0' || *at > '9' || value > max / 10) {
            return false;
        }
        value = value * 10 + (uint64_t)(*at - '0');
    }
    *number = value;
    return *text != '\0' && value <= max;
}

static bool parse_period(const char *text, int *period)
{
    char year[5] = {0};
    uint64_t years = 0;
    uint64_t month = 0;
    if (strlen(text) != 7 || text[4] != '-') {
        return false;
    }
    memcpy(year, text, 4);
    if (!parse_number(year, 2089, &years) || !parse_number(text + 5, 12, &month) || years < 1990 ||
        month < 1) {
        return false;
    }
    *period = (int)(years * 12 + month - 1);
    return true;
}

static bool parse_gzip(const char *text, enum gzip_choice *choice)
{
    static const char *const names[] = {"none", "all", "mixed"};
    for (int i = 0; i < 3; i++) {
        if (strcmp(text, names[i]) == 0) {
            *choice = (enum gzip_choice)i;
            return true;
        }
    }
    return false;
}

static bool parse_option(struct job *job, const char *name, const char *value)
{
    struct world *world = &job->world;
    uint64_t number = 0;
    const struct {
        const char *name;
        uint64_t *to;
        uint64_t max;
    } numbers[] = {
        {"--seed", &world->seed, UINT64_MAX / 16},   {"--orders", &world->orders, 300000000},
        {"--accounts", &world->accounts, 100000000}, {"--requests", &world->requests, 100000000},
        {"--claims", &world->claims, 100000000},     {"--incidents", &world->incidents, 160000},
        {"--usage", &world->usage, 1000000000},      {"--filings", &world->filings, 100000000},
        {"--tickets", &world->tickets, 100000000},   {"--parts", &job->parts, PARTS_MAX},
    };
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
        if (strcmp(name, numbers[i].name) == 0) {
            return parse_number(value, numbers[i].max, numbers[i].to);
        }
    }
    if (strcmp(name, "--out") == 0) {
        job->folder = value;
        return *value != '\0';
    }
    if (strcmp(name, "--period") == 0) {
        return parse_period(value, &job->period);
    }
    if (strcmp(name, "--gzip") == 0) {
        return parse_gzip(value, &job->gzip);
    }
    if (strcmp(name, "--months-before") == 0 && parse_number(value, REACH_MONTHS_MAX, &number)) {
        world->reach_months = (int)number;
        return true;
    }
    if (strcmp(name, "--dirty-permille") == 0 && parse_number(value, 1000, &number)) {
        job->dirty_per_million = (uint32_t)number * 1000;
        job->orders_dirty_per_million = (uint32_t)number * 1000 / ORDER_FAULTS_RARER;
        return true;
    }
    return false;
}

static bool parse_arguments(struct job *job, int count, char **arguments)
{
    for (int i = 1; i < count; i++) {
        if (strcmp(arguments[i], "--clean") == 0) {
            job->dirty_per_million = 0;
            job->orders_dirty_per_million = 0;
        } else if (strcmp(arguments[i], "--billing") == 0) {
            job->billing = true;
        } else if (i + 1 == count || !parse_option(job, arguments[i], arguments[i + 1])) {
            (void)fprintf(stderr, "make_month: bad option or value: %s\n", arguments[i]);
            return false;
        } else {
            i++;
        }
    }
    if (job->folder == NULL || job->period == 0 || job->parts == 0 || job->world.accounts == 0) {
        (void)fprintf(stderr, "make_month: --out and --period are needed; parts and accounts are "
                              "1 or more\n");
        return false;
    }
    return true;
}

int main(int argc, char **argv)
{
    struct job job = {
        .world = {.seed = 1,
                  .orders = 200000,
                  .accounts = 20000,
                  .requests = 12000,
                  .claims = 3000,
                  .incidents = 400,
                  .usage = 20000,
                  .filings = 300,
                  .tickets = 2000,
                  .reach_months = 36},
        .parts = 3,
        .gzip = GZIP_MIXED,
        .dirty_per_million = 1000,
        .orders_dirty_per_million = 50,
    };
    if (argc == 2 && strcmp(argv[1], "--help") == 0) {
        return fputs(HELP, stdout) < 0 ? EXIT_FAILURE : EXIT_SUCCESS;
    }
    if (!parse_arguments(&job, argc, argv)) {
        (void)fputs(HELP, stderr);
        return EXIT_USAGE;
    }
    if (mkdir(job.folder, 0777) != 0 && errno != EEXIST) {
        (void)fprintf(stderr, "make_month: %s: %s\n", job.folder, strerror(errno));
        return EXIT_FAILURE;
    }
    world_init(&job.world);
    if (!write_orders(&job) || !write_tables(&job) || (job.billing && !write_billing(&job))) {
        return EXIT_FAILURE;
    }
    report("all", job.world.orders, job.bytes, 0);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
