/*
 * The compensation rules as examples: what an account had and claims, and the ledger rows it gets.
 *
 *   order ID RESOURCE SERVICE REGION PAID CURRENCY from INSTANT to INSTANT
 *       [released INSTANT] [refunded INSTANT] [refund INSTANT] [mode MODE] [had AMOUNT]
 *       ("refund": its approved refund; "had": compensated by earlier periods)
 *   usage RESOURCE SERVICE REGION COST CURRENCY on DATE
 *   incident ID SCENARIO CAUSE SERVICE REGION RESOURCE from INSTANT to INSTANT [no-sla]
 *       ("-": all regions, all resources)
 *   claim ID INCIDENT RESOURCE at INSTANT [incident-rejected] [basis-rejected]   ("-": all)
 *   earlier RESOURCE from INSTANT to INSTANT    seconds that earlier periods compensated
 *   policy NAME from INSTANT CHANGE…
 *   period YYYY-MM                              2026-10 unless told
 *
 * Most orders cost 310.00 for the 31 days of October, 10.00 a day, so that 14:24 minutes, a
 * hundredth of a day, cost 0.10: times 100, 10.00.
 *
 *   test_compensation [CASES]: how many random accounts, 3,000 unless told
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define COMPENSATION_CAMPAIGN_WITHOUT_MAIN
#include "tests/policy/compensation_campaign.c"

enum { EXAMPLE_ROWS_MAX = 32 };

static unsigned long random_cases = 3000;

struct example {
    const char *what;
    const char *given;
    const char *rows;
};

struct scene {
    struct policy *policy;
    struct settlement settlement;
    struct order orders[EXAMPLE_ROWS_MAX];
    struct order_state states[EXAMPLE_ROWS_MAX];
    struct order_state *order_list[EXAMPLE_ROWS_MAX];
    struct usage usages[EXAMPLE_ROWS_MAX];
    const struct usage *usage_list[EXAMPLE_ROWS_MAX];
    struct incident incidents[EXAMPLE_ROWS_MAX];
    size_t incident_count;
    struct claim claims[EXAMPLE_ROWS_MAX];
    struct claim_case cases[EXAMPLE_ROWS_MAX];
    struct compensated_span spans[EXAMPLE_ROWS_MAX];
    struct account_case account;
    struct example_text rows;
};

static struct span all_or(const char *word)
{
    return span_of(strcmp(word, "-") == 0 ? "" : word);
}

static void read_order(struct scene *scene, const struct example_line *line)
{
    size_t number = scene->account.order_count++;
    struct order *order = &scene->orders[number];
    const char *mode = example_after(line, "mode");
    const char *had = example_after(line, "had");

    *order = (struct order){
        .order_id = span_of(line->words[1]),
        .resource_id = span_of(line->words[2]),
        .service = span_of(line->words[3]),
        .region = span_of(line->words[4]),
        .cash_paid = example_amount(line->words[5]),
        .cash_coupon_paid = decimal_from_integer(50), /* earns nothing */
        .currency = example_currency(line->words[6]),
        .starts_at = example_instant(example_after(line, "from")),
        .expires_at = example_instant(example_after(line, "to")),
        .released_at = example_instant(example_after(line, "released")),
        .refunded_at = example_instant(example_after(line, "refunded")),
        .billing_mode = mode == NULL ? BILLING_PREPAID : example_name(&enum_billing_mode, mode),
    };
    scene->states[number] =
        (struct order_state){order, example_instant(example_after(line, "refund")),
                             had == NULL ? DECIMAL_ZERO : example_amount(had)};
    scene->order_list[number] = &scene->states[number];
}

static void read_usage(struct scene *scene, const struct example_line *line)
{
    size_t number = scene->account.usage_count++;

    scene->usages[number] = (struct usage){
        .resource_id = span_of(line->words[1]),
        .service = span_of(line->words[2]),
        .region = span_of(line->words[3]),
        .cost = example_amount(line->words[4]),
        .currency = example_currency(line->words[5]),
        .usage_date = civil_day_of(example_instant(line->words[7]), EXAMPLE_OFFSET),
    };
    scene->usage_list[number] = &scene->usages[number];
}

static void read_incident(struct scene *scene, const struct example_line *line)
{
    scene->incidents[scene->incident_count++] = (struct incident){
        .incident_id = span_of(line->words[1]),
        .scenario = example_name(&enum_scenario, line->words[2]),
        .cause = example_name(&enum_cause, line->words[3]),
        .service = span_of(line->words[4]),
        .region = all_or(line->words[5]),
        .resource_id = all_or(line->words[6]),
        .started_at = example_instant(example_after(line, "from")),
        .rectified_at = example_instant(example_after(line, "to")),
        .sla_covered = !example_has(line, "no-sla"),
    };
}

static const struct incident *find_incident(const struct scene *scene, const char *incident_id)
{
    for (size_t i = 0; i < scene->incident_count; i++)
        if (span_is(scene->incidents[i].incident_id, incident_id))
            return &scene->incidents[i];
    return NULL;
}

static void read_claim(struct scene *scene, const struct example_line *line)
{
    size_t number = scene->account.claim_count++;

    scene->claims[number] = (struct claim){
        .claim_id = span_of(line->words[1]),
        .incident_id = span_of(line->words[2]),
        .resource_id = all_or(line->words[3]),
        .submitted_at = example_instant(example_after(line, "at")),
    };
    scene->cases[number] = (struct claim_case){
        .claim = &scene->claims[number],
        .incident = find_incident(scene, line->words[2]),
        .incident_rejected = example_has(line, "incident-rejected"),
        .basis_rejected = example_has(line, "basis-rejected"),
    };
}

static void read_line(struct scene *scene, const struct example_line *line)
{
    if (example_is(line, 0, "order"))
        read_order(scene, line);
    else if (example_is(line, 0, "usage"))
        read_usage(scene, line);
    else if (example_is(line, 0, "incident"))
        read_incident(scene, line);
    else if (example_is(line, 0, "claim"))
        read_claim(scene, line);
    else if (example_is(line, 0, "earlier"))
        scene->spans[scene->account.compensated_count++] =
            (struct compensated_span){span_of(line->words[1]), example_instant(line->words[3]),
                                      example_instant(line->words[5])};
    else if (example_is(line, 0, "policy"))
        example_add_version(scene->policy, line);
    else if (example_is(line, 0, "period"))
        scene->settlement.period = example_period(line->words[1]);
    else
        fail_msg("what is \"%s\"?", line->words[0]);
}

static void write_instants(struct example_text *out, int64_t from, int64_t to)
{
    example_write_instant(out, from);
    example_write(out, "..");
    example_write_instant(out, to);
}

static void write_compensated(struct example_text *out, const struct compensation_entry *entry)
{
    const struct basis *basis = entry->basis;
    int digits = currency_digits(basis->currency);

    example_write(out, " %.*s %s %.*s ", (int)basis->resource_id.size, basis->resource_id.data,
                  basis->kind == BASIS_ORDER ? "order" : "usage", (int)basis->basis_id.size,
                  basis->basis_id.data);
    write_instants(out, entry->fault_from, entry->fault_to);
    example_write(out, " %lld s of ", (long long)entry->fault_seconds);
    example_write_amount(out, basis->cost, digits);
    example_write(out, "/%lld at ", (long long)basis->basis_seconds);
    example_write_amount(out, entry->daily_cost, 8);
    example_write(out, " x %d = ", entry->terms->times[entry->incident->scenario]);
    example_write_amount(out, entry->amount, digits);
    if (!decimal_is_zero(entry->capped)) {
        example_write(out, " + ");
        example_write_amount(out, entry->capped, digits);
    }
}

static int write_row(void *context, const struct compensation_entry *entry)
{
    struct example_text *out = &((struct scene *)context)->rows;
    const struct reason *reason = compensation_reason(entry->reason);

    example_write(out, "%.*s %s %s %s", (int)entry->claim->claim_id.size,
                  entry->claim->claim_id.data, decision_name(entry->decision), reason->code,
                  reason->clause);
    if (entry->basis != NULL)
        write_compensated(out, entry);
    else
        assert_true(entry->fault_seconds == 0 && decimal_is_zero(entry->amount) &&
                    decimal_is_zero(entry->capped));
    if (entry->terms == NULL)
        assert_null(entry->incident);
    else if (strcmp(entry->terms->name, "standard") != 0)
        example_write(out, " by %s", entry->terms->name);
    if (entry->origin_period != PERIOD_NONE) {
        char period[PERIOD_TEXT_MAX] = "";

        period_format(entry->origin_period, period);
        example_write(out, " late %s", period);
    }
    example_write(out, "\n");
    return 0;
}

static int write_seconds(void *context, struct span resource_id, struct interval interval)
{
    struct example_text *out = &((struct scene *)context)->rows;

    example_write(out, "seconds %.*s ", (int)resource_id.size, resource_id.data);
    write_instants(out, interval.from, interval.to);
    example_write(out, "\n");
    return 0;
}

static void check_example(const struct example *example)
{
    struct scene *scene = calloc(1, sizeof(*scene));
    char *text = example_copy(example->given);
    char *rest = text;
    const struct compensation_sink sink = {scene, write_row};
    const struct compensated_sink seconds = {scene, write_seconds};
    struct example_line line;

    assert_non_null(scene);
    scene->policy = example_policy();
    scene->policy->versions[scene->policy->version_count++] = example_published_terms();
    scene->settlement = (struct settlement){scene->policy, example_period("2026-10")};
    scene->account = (struct account_case){.account_id = span_of("a"),
                                           .orders = scene->order_list,
                                           .usages = scene->usage_list,
                                           .claims = scene->cases,
                                           .compensated = scene->spans};
    while (example_next(&rest, &line))
        read_line(scene, &line);
    assert_int_equal(compensation_settle(&scene->settlement, &scene->account, &sink, &seconds), 0);
    if (strcmp(scene->rows.text, example->rows) != 0)
        print_error("%s\n%s\n", example->what, example->given);
    assert_string_equal(scene->rows.text, example->rows);
    free(scene->policy);
    free(scene);
    free(text);
}

#define CHECK(examples)                                                                            \
    do {                                                                                           \
        (void)state;                                                                               \
        for (size_t i = 0; i < sizeof(examples) / sizeof(*(examples)); i++)                        \
            check_example(&(examples)[i]);                                                         \
    } while (0)

/* clang-format off */

#define OCTOBER "order o1 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n"
#define FAULT "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
#define PAID "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n"
#define TOLD "seconds r1 2026-10-03..2026-10-03T00:14:24\n"

static void test_why_a_claim_is_denied_or_waits(void **state)
{
    static const struct example EXAMPLES[] = {
        {"0: a bad row bears the incident",
         OCTOBER "claim c1 i9 r1 at 2026-10-04 incident-rejected\n",
         "c1 deferred source_rejected compensation.application\n"},
        {"1: nobody knows the incident",
         OCTOBER "claim c1 i9 r1 at 2026-10-04\n",
         "c1 denied unknown_incident compensation.application\n"},
        {"2b: not under the service level agreement",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T01:00 no-sla\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 denied not_under_sla compensation.application\n"},
        {"3: a second before the fault",
         OCTOBER FAULT "claim c1 i1 r1 at 2026-10-02T23:59:59\n",
         "c1 denied before_fault compensation.application\n"},
        {"3: at its first second",
         OCTOBER FAULT "claim c1 i1 r1 at 2026-10-03\n",
         PAID TOLD},
        {"4: not over yet",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-03\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 deferred fault_not_rectified compensation.application\n"},
        {"4: over with the month's last second: its end is the next month's",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-31T23:45:36 to 2026-11-01\n"
         "claim c1 i1 r1 at 2026-10-31T23:50\n",
         "c1 deferred fault_not_rectified compensation.application\n"},
        {"4: over a second earlier",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-31T23:45:35 to 2026-10-31T23:59:59\n"
         "claim c1 i1 r1 at 2026-10-31T23:50\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-31T23:45:35..2026-10-31T23:59:59 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n"
         "seconds r1 2026-10-31T23:45:35..2026-10-31T23:59:59\n"},
        {"5: seven days after its end, to the second",
         OCTOBER FAULT "claim c1 i1 r1 at 2026-10-10T00:14:24\n",
         PAID TOLD},
        {"5: one second more",
         OCTOBER FAULT "claim c1 i1 r1 at 2026-10-10T00:14:25\n",
         "c1 denied claim_too_late compensation.application\n"},
        {"5b: a bad row bears the resource",
         OCTOBER FAULT "claim c1 i1 r1 at 2026-10-04 basis-rejected\n",
         "c1 deferred source_rejected compensation.application\n"},
        {"6: no such resource",
         OCTOBER FAULT "claim c1 i1 r2 at 2026-10-04\n",
         "c1 denied unknown_resource compensation.application\n"},
        {"6: no resource at all",
         FAULT "claim c1 i1 - at 2026-10-04\n",
         "c1 denied unknown_resource compensation.application\n"},
        {"7: known, but a pay-per-use order is no basis",
         "order o1 r1 ecs north 310 CNY from 2026-10-01 mode pay_per_use\n"
         FAULT "claim c1 i1 r1 at 2026-10-04\nclaim c2 i1 - at 2026-10-04\n",
         "c1 denied not_affected compensation.scope\n"
         "c2 denied not_affected compensation.scope\n"},
        {"7: nor is a package",
         "order o1 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01 mode package\n"
         FAULT "claim c1 i1 r1 at 2026-10-04\n",
         "c1 denied not_affected compensation.scope\n"},
        {"7: a fault of no seconds",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03\n"
         "claim c1 i1 r1 at 2026-10-03\n",
         "c1 denied not_affected compensation.scope\n"},
        {"8: nothing is left",
         OCTOBER FAULT "claim c1 i1 r1 at 2026-10-04\nearlier r1 from 2026-10-03 to 2026-10-03T00:14:24\n",
         "c1 denied already_compensated compensation.once\n" TOLD},
        {"a late claim says which month it is of, whatever is decided",
         "period 2026-11\n" OCTOBER FAULT
         "claim c1 i1 r1 at 2026-10-04\nclaim c2 i9 r1 at 2026-10-31T23:59:59\nclaim c3 i9 r1 at 2026-11-01\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00 late 2026-10\n"
         "c2 denied unknown_incident compensation.application late 2026-10\n"
         "c3 denied unknown_incident compensation.application\n" TOLD},
    };
    CHECK(EXAMPLES);
}

/* One claim that fails every check it can; each line mends the one that spoke. */
static void test_the_first_check_that_fails_speaks(void **state)
{
    static const struct example EXAMPLES[] = {
        {"2", "incident i1 unavailable carrier_fault ecs north - from 2026-10-20 no-sla\n"
              "claim c1 i1 r1 at 2026-10-04 basis-rejected incident-rejected\n",
         "c1 denied carrier_fault compensation.exclusions\n"},
        {"2b", "incident i1 unavailable platform ecs north - from 2026-10-20 no-sla\n"
               "claim c1 i1 r1 at 2026-10-04 basis-rejected\n",
         "c1 denied not_under_sla compensation.application\n"},
        {"3", "incident i1 unavailable platform ecs north - from 2026-10-20\n"
              "claim c1 i1 r1 at 2026-10-04 basis-rejected\n",
         "c1 denied before_fault compensation.application\n"},
        {"4", "incident i1 unavailable platform ecs north - from 2026-09-03\n"
              "claim c1 i1 r1 at 2026-10-04 basis-rejected\n",
         "c1 deferred fault_not_rectified compensation.application\n"},
        {"5", "incident i1 unavailable platform ecs north - from 2026-09-03 to 2026-09-04\n"
              "claim c1 i1 r1 at 2026-10-04 basis-rejected\n",
         "c1 denied claim_too_late compensation.application\n"},
        {"5b", "incident i1 unavailable platform ecs north - from 2026-09-03 to 2026-10-02\n"
               "claim c1 i1 r1 at 2026-10-04 basis-rejected\n",
         "c1 deferred source_rejected compensation.application\n"},
        {"6", "incident i1 unavailable platform ecs north - from 2026-09-03 to 2026-10-02\n"
              "claim c1 i1 r1 at 2026-10-04\n",
         "c1 denied unknown_resource compensation.application\n"},
        {"7", "order o1 r1 obs north 310 CNY from 2026-10-01 to 2026-11-01\n"
              "earlier r1 from 2026-09-03 to 2026-10-02\n"
              "incident i1 unavailable platform ecs north - from 2026-09-03 to 2026-10-02\n"
              "claim c1 i1 r1 at 2026-10-04\n",
         "c1 denied not_affected compensation.scope\nseconds r1 2026-09-03..2026-10-02\n"},
        {"8", "order o1 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n"
              "earlier r1 from 2026-09-03 to 2026-10-02\n"
              "incident i1 unavailable platform ecs north - from 2026-09-03 to 2026-10-02\n"
              "claim c1 i1 r1 at 2026-10-04\n",
         "c1 denied already_compensated compensation.once\nseconds r1 2026-09-03..2026-10-02\n"},
    };
    CHECK(EXAMPLES);
}

static void test_every_excluded_cause_is_its_own_reason(void **state)
{
    static const char *const CAUSE_NAMES[] = {
        "force_majeure", "unexpected_event", "service_maintenance", "carrier_fault",
        "internet_backbone", "attack_or_virus", "user_environment", "credential_loss",
        "user_negligence", "terms_violation", "unforeseeable",
    };
    size_t count = sizeof(CAUSE_NAMES) / sizeof(*CAUSE_NAMES);

    (void)state;
    assert_int_equal(count, CAUSE_END - CAUSE_PLATFORM - 1);
    for (size_t i = 0; i < count; i++) {
        char given[512];
        char row[128];
        struct example example = {CAUSE_NAMES[i], given, row};

        snprintf(given, sizeof(given), OCTOBER "incident i1 unavailable %s ecs north - from "
                 "2026-10-03 to 2026-10-04\nclaim c1 i1 r1 at 2026-10-04\n", CAUSE_NAMES[i]);
        snprintf(row, sizeof(row), "c1 denied %s compensation.exclusions\n", CAUSE_NAMES[i]);
        check_example(&example);
    }
}

static void test_every_scenario_has_its_times(void **state)
{
    static const struct example EXAMPLES[] = {
        {"unavailable", OCTOBER FAULT "claim c1 i1 r1 at 2026-10-04\n", PAID TOLD},
        {"website", OCTOBER "incident i1 website_inaccessible platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", PAID TOLD},
        {"provisioning", OCTOBER "incident i1 provisioning_failure platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 2 = 0.20\n" TOLD},
        {"configuration", OCTOBER "incident i1 configuration_failure platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 2 = 0.20\n" TOLD},
        {"billing", OCTOBER "incident i1 billing_error platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 2 = 0.20\n" TOLD},
        {"the version in force when the fault starts judges it: times, causes, rounding",
         "policy double from 2026-10-03 times=200 allows=carrier_fault\n" OCTOBER
         "incident i1 unavailable platform ecs north - from 2026-10-02T23:59:59 to 2026-10-03T00:14:23\n"
         "incident i2 unavailable carrier_fault ecs north - from 2026-10-03T10:00 to 2026-10-03T10:14:24\n"
         "incident i3 unavailable carrier_fault ecs north - from 2026-10-02T23:59:59 to 2026-10-03T10:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\nclaim c2 i2 r1 at 2026-10-04\nclaim c3 i3 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-02T23:59:59..2026-10-03T00:14:23 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n"
         "c2 compensated platform_fault compensation.amount r1 order o1 2026-10-03T10:00..2026-10-03T10:14:24 864 s of 310.00/2678400 at 10.00000000 x 200 = 20.00 by double\n"
         "c3 denied carrier_fault compensation.exclusions\n"
         "seconds r1 2026-10-02T23:59:59..2026-10-03T00:14:23\n"
         "seconds r1 2026-10-03T10:00..2026-10-03T10:14:24\n"},
    };
    CHECK(EXAMPLES);
}

static void test_what_an_incident_hits(void **state)
{
    static const struct example EXAMPLES[] = {
        {"all regions",
         OCTOBER "incident i1 unavailable platform ecs - - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", PAID TOLD},
        {"one resource, that one",
         OCTOBER "incident i1 unavailable platform ecs - r1 from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", PAID TOLD},
        {"one resource, another",
         OCTOBER "incident i1 unavailable platform ecs - r2 from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", "c1 denied not_affected compensation.scope\n"},
        {"another region",
         OCTOBER "incident i1 unavailable platform ecs south - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", "c1 denied not_affected compensation.scope\n"},
        {"another service",
         OCTOBER "incident i1 unavailable platform obs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", "c1 denied not_affected compensation.scope\n"},
        {"names are compared to the byte",
         OCTOBER "incident i1 unavailable platform ECS north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n", "c1 denied not_affected compensation.scope\n"},
        {"only the basis that was in service: before, during the last second, after",
         "order o1 r1 ecs north 310 CNY from 2026-10-03T00:14:24 to 2026-11-03T00:14:24\n"
         "order o2 r2 ecs north 310 CNY from 2026-10-03T00:14:23 to 2026-11-03T00:14:23\n"
         "order o3 r3 ecs north 310 CNY from 2026-09-03 to 2026-10-03\n"
         FAULT "claim c1 i1 r1 at 2026-10-04\nclaim c2 i1 r2 at 2026-10-04\nclaim c3 i1 r3 at 2026-10-04\n",
         "c1 denied not_affected compensation.scope\n"
         "c2 compensated platform_fault compensation.amount r2 order o2 2026-10-03T00:14:23..2026-10-03T00:14:24 1 s of 310.00/2678400 at 10.00000000 x 100 = 0.01\n"
         "c3 denied not_affected compensation.scope\n"
         "seconds r2 2026-10-03T00:14:23..2026-10-03T00:14:24\n"},
        {"all of the account's that it hit: rows by resource",
         "order o3 r3 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n"
         "order o2 r2 ecs south 310 CNY from 2026-10-01 to 2026-11-01\n" OCTOBER
         "usage r10 ecs north 24 CNY on 2026-10-03\n"
         FAULT "claim c1 i1 - at 2026-10-04\n",
         PAID
         "c1 compensated platform_fault compensation.amount r10 usage 2026-10-03 2026-10-03..2026-10-03T00:14:24 864 s of 24.00/86400 at 24.00000000 x 100 = 24.00\n"
         "c1 compensated platform_fault compensation.amount r3 order o3 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n"
         TOLD "seconds r10 2026-10-03..2026-10-03T00:14:24\nseconds r3 2026-10-03..2026-10-03T00:14:24\n"},
        {"all of the account's, of which one is done with",
         OCTOBER "order o2 r2 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n"
         "earlier r2 from 2026-10-01 to 2026-10-05\n" FAULT "claim c1 i1 - at 2026-10-04\n",
         PAID TOLD "seconds r2 2026-10-01..2026-10-05\n"},
        {"one incident, one claim for the resource and one for all",
         OCTOBER "order o2 r2 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n"
         FAULT "claim c2 i1 - at 2026-10-04\nclaim c1 i1 r1 at 2026-10-04\n",
         PAID
         "c2 compensated platform_fault compensation.amount r2 order o2 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n"
         TOLD "seconds r2 2026-10-03..2026-10-03T00:14:24\n"},
    };
    CHECK(EXAMPLES);
}

static void test_a_second_is_compensated_once(void **state)
{
    static const struct example EXAMPLES[] = {
        {"higher times first, whoever was earlier: the lower gets what is left on both sides",
         OCTOBER
         "incident i1 billing_error platform ecs north - from 2026-10-03 to 2026-10-03T04:48\n"
         "incident i2 unavailable platform ecs north - from 2026-10-03T01:00 to 2026-10-03T03:24\n"
         "claim c1 i1 r1 at 2026-10-04\n"
         "claim c2 i2 r1 at 2026-10-05\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T04:48 8640 s of 310.00/2678400 at 10.00000000 x 2 = 2.00\n"
         "c2 compensated platform_fault compensation.amount r1 order o1 2026-10-03T01:00..2026-10-03T03:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "seconds r1 2026-10-03..2026-10-03T04:48\n"},
        {"equal times: the earlier claim",
         OCTOBER
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T02:24\n"
         "incident i2 website_inaccessible platform ecs north - from 2026-10-03T01:12 to 2026-10-03T03:36\n"
         "claim c1 i1 r1 at 2026-10-04T00:00:01\n"
         "claim c2 i2 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T01:12 4320 s of 310.00/2678400 at 10.00000000 x 100 = 50.00\n"
         "c2 compensated platform_fault compensation.amount r1 order o1 2026-10-03T01:12..2026-10-03T03:36 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "seconds r1 2026-10-03..2026-10-03T03:36\n"},
        {"equal instants: the smaller id, by its bytes",
         OCTOBER
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T02:24\n"
         "claim c9 i1 r1 at 2026-10-04\n"
         "claim c10 i1 r1 at 2026-10-04\n",
         "c10 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "c9 denied already_compensated compensation.once\n"
         "seconds r1 2026-10-03..2026-10-03T02:24\n"},
        {"by an earlier period, in part, even where this claim would give more",
         OCTOBER
         "earlier r1 from 2026-10-02 to 2026-10-03T00:30\n"
         "earlier r1 from 2026-10-03T01:00 to 2026-10-03T01:30\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T03:24\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03T00:30..2026-10-03T03:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "seconds r1 2026-10-02..2026-10-03T03:24\n"},
        {"another resource's seconds are its own; what nobody claims now is told all the same",
         OCTOBER
         "earlier r0 from 2026-10-03 to 2026-10-03T02:00\n"
         "earlier r2 from 2026-10-03 to 2026-10-03T02:00\n"
         "earlier r2 from 2026-10-03T05:00 to 2026-10-03T06:00\n" FAULT
         "claim c1 i1 r1 at 2026-10-04\n",
         PAID "seconds r0 2026-10-03..2026-10-03T02:00\n" TOLD
         "seconds r2 2026-10-03..2026-10-03T02:00\nseconds r2 2026-10-03T05:00..2026-10-03T06:00\n"},
        {"no claim: the seconds of earlier periods are told",
         OCTOBER "earlier r1 from 2026-10-03 to 2026-10-03T02:00\n",
         "seconds r1 2026-10-03..2026-10-03T02:00\n"},
        {"an excluded incident takes no seconds",
         OCTOBER
         "incident i1 unavailable carrier_fault ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "incident i2 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c0 i1 r1 at 2026-10-03\nclaim c1 i2 r1 at 2026-10-04\n",
         "c0 denied carrier_fault compensation.exclusions\n" PAID TOLD},
        {"a resource of two services: its seconds are one account of them",
         OCTOBER "order o2 r1 obs north 310 CNY from 2026-10-01 to 2026-11-01\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "incident i2 unavailable platform obs north - from 2026-10-03 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\nclaim c2 i2 r1 at 2026-10-04\n",
         PAID "c2 denied already_compensated compensation.once\n" TOLD},
    };
    CHECK(EXAMPLES);
}

static void test_which_basis_bears_a_second(void **state)
{
    static const struct example EXAMPLES[] = {
        {"early renewal: where both are valid the earlier one has it",
         "order o2 r1 ecs north 620 CNY from 2026-10-03T02:24 to 2026-11-03T02:24\n"
         "order o1 r1 ecs north 310 CNY from 2026-09-02T04:48 to 2026-10-03T04:48\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T07:12\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T04:48 17280 s of 310.00/2678400 at 10.00000000 x 100 = 200.00\n"
         "c1 compensated platform_fault compensation.amount r1 order o2 2026-10-03T04:48..2026-10-03T07:12 8640 s of 620.00/2678400 at 20.00000000 x 100 = 200.00\n"
         "seconds r1 2026-10-03..2026-10-03T07:12\n"},
        {"of one start, the smaller id by its bytes",
         "order o9 r1 ecs north 620 CNY from 2026-10-01 to 2026-11-01\n"
         "order o10 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n" FAULT
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o10 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n" TOLD},
        {"of one start and one id, the order before the usage day",
         "usage r1 ecs north 24 CNY on 2026-10-03\n"
         "order 2026-10-03 r1 ecs north 310 CNY from 2026-10-03 to 2026-11-03 released 2026-10-03T00:14:24\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T00:28:48\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order 2026-10-03 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n"
         "c1 compensated platform_fault compensation.amount r1 usage 2026-10-03 2026-10-03T00:14:24..2026-10-03T00:28:48 864 s of 24.00/86400 at 24.00000000 x 100 = 24.00\n"
         "seconds r1 2026-10-03..2026-10-03T00:28:48\n"},
        {"only those that the incident hits: the earlier one serves elsewhere",
         "order o1 r1 ecs south 310 CNY from 2026-09-20 to 2026-10-21\n"
         "order o2 r1 ecs north 620 CNY from 2026-10-01 to 2026-11-01\n" FAULT
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o2 2026-10-03..2026-10-03T00:14:24 864 s of 620.00/2678400 at 20.00000000 x 100 = 20.00\n" TOLD},
        {"a short one within a long one has nothing",
         OCTOBER "order o2 r1 ecs north 24 CNY from 2026-10-03 to 2026-10-04\n" FAULT
         "claim c1 i1 r1 at 2026-10-04\n",
         PAID TOLD},
        {"a hole between two orders is nobody's: the bounds span it, the seconds do not",
         "order o1 r1 ecs north 310 CNY from 2026-09-02T01:12 to 2026-10-03T01:12\n"
         "order o2 r1 ecs north 310 CNY from 2026-10-03T05:00 to 2026-11-03T05:00\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T06:12\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T01:12 4320 s of 310.00/2678400 at 10.00000000 x 100 = 50.00\n"
         "c1 compensated platform_fault compensation.amount r1 order o2 2026-10-03T05:00..2026-10-03T06:12 4320 s of 310.00/2678400 at 10.00000000 x 100 = 50.00\n"
         "seconds r1 2026-10-03..2026-10-03T01:12\nseconds r1 2026-10-03T05:00..2026-10-03T06:12\n"},
        {"an expired order and one that is yet to come keep their places in the search",
         "order o1 r1 ecs north 310 CNY from 2026-08-01 to 2026-09-01\n"
         "order o2 r1 ecs north 310 CNY from 2026-08-15 to 2026-12-15 released 2026-08-16\n"
         "order o3 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01\n"
         "order o4 r1 ecs north 310 CNY from 2026-11-01 to 2026-12-02\n" FAULT
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o3 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00\n" TOLD},
    };
    CHECK(EXAMPLES);
}

static void test_where_a_basis_ends(void **state)
{
    static const struct example EXAMPLES[] = {
        {"refunded in the middle of the fault: what came before is compensated",
         "order o1 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01 refund 2026-10-03T02:24\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-04\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "seconds r1 2026-10-03..2026-10-03T02:24\n"},
        {"refunded by the export, released: whichever is first",
         "order o1 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01 refunded 2026-10-03T02:24 released 2026-10-03T04:00\n"
         "order o2 r2 ecs north 310 CNY from 2026-10-01 to 2026-11-01 refunded 2026-10-03T04:00 released 2026-10-03T02:24\n"
         "order o3 r3 ecs north 310 CNY from 2026-10-01 to 2026-11-01 refund 2026-10-03T02:24 refunded 2026-10-03T02:25\n"
         "order o4 r4 ecs north 310 CNY from 2026-10-01 to 2026-11-01 released 2026-10-03\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-04\n"
         "claim c1 i1 - at 2026-10-04\nclaim c2 i1 r4 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "c1 compensated platform_fault compensation.amount r2 order o2 2026-10-03..2026-10-03T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "c1 compensated platform_fault compensation.amount r3 order o3 2026-10-03..2026-10-03T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "c2 denied not_affected compensation.scope\n"
         "seconds r1 2026-10-03..2026-10-03T02:24\nseconds r2 2026-10-03..2026-10-03T02:24\nseconds r3 2026-10-03..2026-10-03T02:24\n"},
        {"over the order's end",
         "order o1 r1 ecs north 310 CNY from 2026-09-02 to 2026-10-03\n"
         "incident i1 unavailable platform ecs north - from 2026-10-02T21:36 to 2026-10-03T05:00\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-02T21:36..2026-10-03 8640 s of 310.00/2678400 at 10.00000000 x 100 = 100.00\n"
         "seconds r1 2026-10-02T21:36..2026-10-03\n"},
        {"over the month's and the year's end: one row, judged in the month in which it is over",
         "period 2027-01\n"
         "order o1 r1 ecs north 620 CNY from 2026-12-01 to 2027-02-01\n"
         "incident i1 unavailable platform ecs north - from 2026-12-31T22:48 to 2027-01-01T01:12\n"
         "claim c1 i1 r1 at 2026-12-31T23:00\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-12-31T22:48..2027-01-01T01:12 8640 s of 620.00/5356800 at 10.00000000 x 100 = 100.00 late 2026-12\n"
         "seconds r1 2026-12-31T22:48..2027-01-01T01:12\n"},
        {"over a leap day: 29 days of February, and the 29th itself",
         "period 2028-03\n"
         "order o1 r1 ecs north 290 CNY from 2028-02-01 to 2028-03-01\n"
         "incident i1 unavailable platform ecs north - from 2028-02-28T12:00 to 2028-03-01T12:00\n"
         "claim c1 i1 r1 at 2028-03-02\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2028-02-28T12:00..2028-03-01 129600 s of 290.00/2505600 at 10.00000000 x 100 = 1500.00\n"
         "seconds r1 2028-02-28T12:00..2028-03-01\n"},
        {"usage days: a row a day, each with its own cost",
         "usage r1 ecs north 24 CNY on 2026-10-02\n"
         "usage r1 ecs north 48.1234567891 CNY on 2026-10-03\n"
         "incident i1 unavailable platform ecs north - from 2026-10-02T23:45:36 to 2026-10-03T00:14:24\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 usage 2026-10-02 2026-10-02T23:45:36..2026-10-03 864 s of 24.00/86400 at 24.00000000 x 100 = 24.00\n"
         "c1 compensated platform_fault compensation.amount r1 usage 2026-10-03 2026-10-03..2026-10-03T00:14:24 864 s of 48.1234567891/86400 at 48.12345679 x 100 = 48.12\n"
         "seconds r1 2026-10-02T23:45:36..2026-10-03T00:14:24\n"},
        {"a usage day of nothing is compensated with nothing, and done with",
         "usage r1 ecs north 0 CNY on 2026-10-03\n" FAULT
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 usage 2026-10-03 2026-10-03..2026-10-03T00:14:24 864 s of 0.00/86400 at 0.00000000 x 100 = 0.00\n" TOLD},
    };
    CHECK(EXAMPLES);
}

static void test_the_amount_is_rounded_once(void **state)
{
    static const struct example EXAMPLES[] = {
        {"an hour: 41.666…, where a daily or minutely cost rounded first would give less",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T01:00\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T01:00 3600 s of 310.00/2678400 at 10.00000000 x 100 = 41.67\n"
         "seconds r1 2026-10-03..2026-10-03T01:00\n"},
        {"a half: 1.00 x 2 x 1 / 400 = 0.005, up, to even and down",
         "policy even from 2026-10-04 rounding=half_even\n"
         "policy down from 2026-10-05 rounding=down\n"
         "order o1 r1 ecs north 1 CNY from 2026-10-03 to 2026-10-03T00:06:40\n"
         "order o2 r1 ecs north 1 CNY from 2026-10-04 to 2026-10-04T00:06:40\n"
         "order o3 r1 ecs north 1 CNY from 2026-10-05 to 2026-10-05T00:06:40\n"
         "incident i1 billing_error platform ecs - - from 2026-10-03 to 2026-10-03T00:00:01\n"
         "incident i2 billing_error platform ecs - - from 2026-10-04 to 2026-10-04T00:00:01\n"
         "incident i3 billing_error platform ecs - - from 2026-10-05 to 2026-10-05T00:00:03\n"
         "claim c1 i1 r1 at 2026-10-06\nclaim c2 i2 r1 at 2026-10-06\nclaim c3 i3 r1 at 2026-10-06\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:00:01 1 s of 1.00/400 at 216.00000000 x 2 = 0.01\n"
         "c2 compensated platform_fault compensation.amount r1 order o2 2026-10-04..2026-10-04T00:00:01 1 s of 1.00/400 at 216.00000000 x 2 = 0.00 by even\n"
         "c3 compensated platform_fault compensation.amount r1 order o3 2026-10-05..2026-10-05T00:00:03 3 s of 1.00/400 at 216.00000000 x 2 = 0.01 by down\n"
         "seconds r1 2026-10-03..2026-10-03T00:00:01\nseconds r1 2026-10-04..2026-10-04T00:00:01\nseconds r1 2026-10-05..2026-10-05T00:00:03\n"},
        {"yen and dinars",
         "order o1 r1 ecs north 31000 JPY from 2026-10-01 to 2026-11-01\n"
         "order o2 r2 ecs north 310.001 KWD from 2026-10-01 to 2026-11-01\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T01:00\n"
         "claim c1 i1 - at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T01:00 3600 s of 31000/2678400 at 1000.00000000 x 100 = 4167\n"
         "c1 compensated platform_fault compensation.amount r2 order o2 2026-10-03..2026-10-03T01:00 3600 s of 310.001/2678400 at 10.00003226 x 100 = 41.667\n"
         "seconds r1 2026-10-03..2026-10-03T01:00\nseconds r2 2026-10-03..2026-10-03T01:00\n"},
        {"the largest cost there is, a million times",
         "policy most from 2026-10-03 times=1000000\n"
         "order o1 r1 ecs north 999999999999999.99 CNY from 2026-10-03 to 2026-10-03T00:00:01\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-04\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T00:00:01 1 s of 999999999999999.99/1 at 86399999999999999136.00000000 x 1000000 = 999999999999999990000.00 by most\n"
         "seconds r1 2026-10-03..2026-10-03T00:00:01\n"},
    };
    CHECK(EXAMPLES);
}

static void test_the_cap(void **state)
{
    static const struct example EXAMPLES[] = {
        {"none: more than was paid",
         OCTOBER "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-04\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-04 86400 s of 310.00/2678400 at 10.00000000 x 100 = 1000.00\n"
         "seconds r1 2026-10-03..2026-10-04\n"},
        {"the actual payment, used up in the order of judging; the seconds count all the same",
         "policy capped from 2026-10-01 cap=actual_payment\n" OCTOBER
         "incident i1 billing_error platform ecs north - from 2026-10-03 to 2026-10-04\n"
         "incident i2 unavailable platform ecs north - from 2026-10-05 to 2026-10-05T07:12\n"
         "incident i3 unavailable platform ecs north - from 2026-10-06 to 2026-10-06T02:24\n"
         "incident i4 unavailable platform ecs north - from 2026-10-06 to 2026-10-06T02:24\n"
         "claim c1 i1 r1 at 2026-10-07\n"
         "claim c2 i2 r1 at 2026-10-08\n"
         "claim c3 i3 r1 at 2026-10-09\n"
         "claim c4 i4 r1 at 2026-10-10\n",
         "c1 compensated capped compensation.amount r1 order o1 2026-10-03..2026-10-04 86400 s of 310.00/2678400 at 10.00000000 x 2 = 0.00 + 20.00 by capped\n"
         "c2 compensated platform_fault compensation.amount r1 order o1 2026-10-05..2026-10-05T07:12 25920 s of 310.00/2678400 at 10.00000000 x 100 = 300.00 by capped\n"
         "c3 compensated capped compensation.amount r1 order o1 2026-10-06..2026-10-06T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 10.00 + 90.00 by capped\n"
         "c4 denied already_compensated compensation.once by capped\n"
         "seconds r1 2026-10-03..2026-10-04\nseconds r1 2026-10-05..2026-10-05T07:12\nseconds r1 2026-10-06..2026-10-06T02:24\n"},
        {"less what earlier periods gave; each order has its own; exactly the rest is not capped",
         "policy capped from 2026-10-01 cap=actual_payment\n"
         "order o1 r1 ecs north 310 CNY from 2026-10-01 to 2026-11-01 had 305.00\n"
         "order o2 r2 ecs north 310 CNY from 2026-10-01 to 2026-11-01 had 300.00\n"
         "order o3 r3 ecs north 310 CNY from 2026-10-01 to 2026-11-01 had 400.00\n" FAULT
         "claim c1 i1 - at 2026-10-04\n",
         "c1 compensated capped compensation.amount r1 order o1 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 5.00 + 5.00 by capped\n"
         "c1 compensated platform_fault compensation.amount r2 order o2 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 10.00 by capped\n"
         "c1 compensated capped compensation.amount r3 order o3 2026-10-03..2026-10-03T00:14:24 864 s of 310.00/2678400 at 10.00000000 x 100 = 0.00 + 10.00 by capped\n"
         TOLD "seconds r2 2026-10-03..2026-10-03T00:14:24\nseconds r3 2026-10-03..2026-10-03T00:14:24\n"},
        {"usage days are not capped",
         "policy capped from 2026-10-01 cap=actual_payment\n"
         "usage r1 ecs north 24 CNY on 2026-10-03\n"
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-04\n"
         "claim c1 i1 r1 at 2026-10-04\n",
         "c1 compensated platform_fault compensation.amount r1 usage 2026-10-03 2026-10-03..2026-10-04 86400 s of 24.00/86400 at 24.00000000 x 100 = 2400.00 by capped\n"
         "seconds r1 2026-10-03..2026-10-04\n"},
        {"what a version without a cap paid counts for the next with one",
         "policy capped from 2026-10-05 cap=actual_payment\n" OCTOBER
         "incident i1 unavailable platform ecs north - from 2026-10-03 to 2026-10-03T07:12\n"
         "incident i2 unavailable platform ecs north - from 2026-10-06 to 2026-10-06T02:24\n"
         "claim c1 i1 r1 at 2026-10-07\nclaim c2 i2 r1 at 2026-10-08\n",
         "c1 compensated platform_fault compensation.amount r1 order o1 2026-10-03..2026-10-03T07:12 25920 s of 310.00/2678400 at 10.00000000 x 100 = 300.00\n"
         "c2 compensated capped compensation.amount r1 order o1 2026-10-06..2026-10-06T02:24 8640 s of 310.00/2678400 at 10.00000000 x 100 = 10.00 + 90.00 by capped\n"
         "seconds r1 2026-10-03..2026-10-03T07:12\nseconds r1 2026-10-06..2026-10-06T02:24\n"},
    };
    CHECK(EXAMPLES);
}

/* clang-format on */

static void test_against_a_plain_model(void **state)
{
    (void)state;
    for (unsigned long i = 0; i < random_cases; i++)
        assert_true(compensation_agrees(i));
}

/* ---- many ---- */

enum { MANY = 100000, OVERLAPPING = 10000 };

struct many {
    struct order *orders;
    struct order_state *states;
    struct order_state **list;
    struct incident *incidents;
    struct claim *claims;
    struct claim_case *cases;
    char (*ids)[16];
};

static struct many make_many(void)
{
    struct many many = {
        .orders = calloc(MANY, sizeof(*many.orders)),
        .states = calloc(MANY, sizeof(*many.states)),
        .list = calloc(MANY, sizeof(struct order_state *)),
        .incidents = calloc(OVERLAPPING, sizeof(*many.incidents)),
        .claims = calloc(OVERLAPPING, sizeof(*many.claims)),
        .cases = calloc(OVERLAPPING, sizeof(*many.cases)),
        .ids = calloc(MANY, sizeof(*many.ids)),
    };

    for (int i = 0; i < MANY; i++) {
        struct order *order = &many.orders[i];

        snprintf(many.ids[i], sizeof(many.ids[i]), "x%06d", i);
        *order = (struct order){
            .order_id = span_of(many.ids[i]),
            .service = span_of("ecs"),
            .region = span_of("north"),
            .cash_paid = decimal_from_integer(310),
            .currency = example_currency("CNY"),
            .starts_at = example_instant("2026-10-01"),
            .expires_at = example_instant("2026-11-01"),
            .released_at = INSTANT_NONE,
            .refunded_at = INSTANT_NONE,
            .billing_mode = BILLING_PREPAID,
        };
        order->resource_id = order->order_id;
        many.states[i] = (struct order_state){order, INSTANT_NONE, DECIMAL_ZERO};
        many.list[i] = &many.states[i];
    }
    for (int i = 0; i < OVERLAPPING; i++) {
        many.incidents[i] = (struct incident){
            .service = span_of("ecs"),
            .scenario = SCENARIO_UNAVAILABLE,
            .cause = CAUSE_PLATFORM,
            .sla_covered = true,
            .started_at = example_instant("2026-10-03") + (i * 7919 % OVERLAPPING) * 10,
        };
        many.incidents[i].rectified_at = many.incidents[i].started_at + 36000;
        many.claims[i] = (struct claim){
            .claim_id = span_of(many.ids[i]),
            .resource_id = span_of(many.ids[0]),
            .submitted_at = example_instant("2026-10-06"),
        };
        many.cases[i] =
            (struct claim_case){.claim = &many.claims[i], .incident = &many.incidents[i]};
    }
    return many;
}

static void many_release(struct many *many)
{
    free(many->orders);
    free(many->states);
    free(many->list);
    free(many->incidents);
    free(many->claims);
    free(many->cases);
    free(many->ids);
}

struct totals {
    int64_t rows;
    int64_t seconds;
    int64_t intervals;
};

static int add_row(void *context, const struct compensation_entry *entry)
{
    struct totals *totals = context;

    totals->rows++;
    totals->seconds += entry->fault_seconds;
    return 0;
}

static int add_interval(void *context, struct span resource_id, struct interval interval)
{
    struct totals *totals = context;

    (void)resource_id;
    (void)interval;
    totals->intervals++;
    return 0;
}

static struct totals settle_many(struct many *many, size_t orders, size_t claims)
{
    struct policy *policy = example_policy();
    const struct settlement settlement = {policy, example_period("2026-10")};
    const struct account_case account = {
        .orders = many->list, .order_count = orders, .claims = many->cases, .claim_count = claims};
    struct totals totals = {0, 0, 0};
    const struct compensation_sink sink = {&totals, add_row};
    const struct compensated_sink seconds = {&totals, add_interval};

    policy->versions[policy->version_count++] = example_published_terms();
    assert_int_equal(compensation_settle(&settlement, &account, &sink, &seconds), 0);
    free(policy);
    return totals;
}

static void test_ten_thousand_overlapping_faults_of_one_resource(void **state)
{
    struct many many = make_many();
    struct totals totals = settle_many(&many, 1, OVERLAPPING);

    (void)state;
    assert_int_equal(totals.rows, OVERLAPPING);
    assert_int_equal(totals.seconds, (OVERLAPPING - 1) * 10 + 36000);
    assert_int_equal(totals.intervals, 1);
    many_release(&many);
}

enum { DIFFERENT = 100 };

/* One of each so many: incident i hits nothing but order i, by its service or by its region. */
static void settle_different(bool by_service)
{
    struct many many = make_many();
    char names[DIFFERENT][16];
    struct totals totals;

    for (int i = 0; i < DIFFERENT; i++) {
        struct span *of_order = by_service ? &many.orders[i].service : &many.orders[i].region;
        struct span *of_incident =
            by_service ? &many.incidents[i].service : &many.incidents[i].region;

        snprintf(names[i], sizeof(names[i]), "name-%d", i * 7 % DIFFERENT);
        *of_order = span_of(names[i]);
        *of_incident = span_of(names[i]);
        many.claims[i].resource_id = span_of(""); /* all that it hits */
    }
    totals = settle_many(&many, DIFFERENT, DIFFERENT);
    assert_int_equal(totals.rows, DIFFERENT);
    assert_int_equal(totals.seconds, DIFFERENT * 36000);
    assert_int_equal(totals.intervals, DIFFERENT);
    many_release(&many);
}

static void test_a_hundred_services_or_regions(void **state)
{
    (void)state;
    settle_different(true);
    settle_different(false);
}

static void test_one_claim_for_a_hundred_thousand_resources(void **state)
{
    struct many many = make_many();
    struct totals totals = {0, 0, 0};

    (void)state;
    many.claims[0].resource_id = span_of("");
    totals = settle_many(&many, MANY, 1);
    assert_int_equal(totals.rows, MANY);
    assert_int_equal(totals.seconds, INT64_C(36000) * MANY);
    assert_int_equal(totals.intervals, MANY);
    many_release(&many);
}

/* ---- an order that is all that its resource has ---- */

enum { LONE_FAULTS = 12, LONE_ROUNDS = 2000 };

struct lone_rows {
    const struct claim *claims;
    struct compensation_entry entries[LONE_FAULTS]; /* by number of the claim */
    struct basis bases[LONE_FAULTS];
    bool compensated[LONE_FAULTS];
};

static int keep_lone(void *context, const struct compensation_entry *entry)
{
    struct lone_rows *rows = context;
    const size_t number = (size_t)(entry->claim - rows->claims);

    if (entry->decision != DECISION_COMPENSATED)
        return 0;
    rows->entries[number] = *entry;
    rows->bases[number] = *entry->basis;
    rows->compensated[number] = true;
    return 0;
}

static void assert_same_entry(const struct compensation_entry *one,
                              const struct compensation_entry *other)
{
    assert_true(one->fault_seconds == other->fault_seconds);
    assert_true(one->fault_from == other->fault_from && one->fault_to == other->fault_to);
    assert_int_equal(one->decision, other->decision);
    assert_int_equal(one->reason, other->reason);
    assert_int_equal(decimal_compare(one->amount, other->amount), 0);
    assert_int_equal(decimal_compare(one->capped, other->capped), 0);
    assert_int_equal(decimal_compare(one->daily_cost, other->daily_cost), 0);
    assert_ptr_equal(one->terms, other->terms);
}

/* The claims in the order of judging: by times, the first of equals first. */
static void judge_alone(struct many *many, const struct terms *terms, const struct lone_rows *rows)
{
    struct order_state state = {&many->orders[0], many->states[0].refund_requested_at,
                                DECIMAL_ZERO};
    struct interval_set compensated = {0};
    bool done[LONE_FAULTS] = {false};

    for (int round = 0; round < LONE_FAULTS; round++) {
        struct compensation_entry entry;
        struct basis basis;
        int next = -1;
        int owed = 0;

        for (int i = 0; i < LONE_FAULTS; i++)
            if (!done[i] && (next < 0 || terms->times[many->incidents[i].scenario] >
                                             terms->times[many->incidents[next].scenario]))
                next = i;
        done[next] = true;
        owed = compensation_of_lone_order(&many->incidents[next], terms, &state, &compensated,
                                          &entry, &basis);
        assert_int_equal(owed, rows->compensated[next]);
        if (owed > 0) {
            assert_same_entry(&entry, &rows->entries[next]);
            assert_ptr_equal(basis.order, rows->bases[next].order);
            assert_true(basis.ends_at == rows->bases[next].ends_at);
            assert_int_equal(decimal_compare(basis.cost, rows->bases[next].cost), 0);
        }
    }
    assert_int_equal(decimal_compare(state.compensated, many->states[0].compensated), 0);
    interval_set_release(&compensated);
}

static void test_a_lone_order_comes_to_what_its_claims_do(void **state)
{
    struct many many = make_many();
    struct policy *policy = example_policy();
    struct terms *terms = &policy->versions[policy->version_count++];
    const struct settlement settlement = {policy, example_period("2026-10")};
    const struct account_case account = {
        .orders = many.list, .order_count = 1, .claims = many.cases, .claim_count = LONE_FAULTS};
    struct totals totals = {0, 0, 0};
    uint64_t seed = 3;

    (void)state;
    *terms = example_published_terms();
    for (int round = 0; round < LONE_ROUNDS; round++) {
        struct lone_rows rows = {.claims = many.claims};
        const struct compensation_sink sink = {&rows, keep_lone};
        const struct compensated_sink seconds = {&totals, add_interval};

        terms->cap = round % 2 == 0 ? CAP_NONE : CAP_ACTUAL_PAYMENT;
        for (int i = 0; i < LONE_FAULTS; i++) {
            struct incident *incident = &many.incidents[i];

            seed = seed * 6364136223846793005u + 1442695040888963407u;
            incident->scenario = 1 + (int32_t)((seed >> 33) % (SCENARIO_END - 1));
            incident->started_at = example_instant("2026-09-30") + (int64_t)((seed >> 36) % 400000);
            incident->rectified_at = incident->started_at + 1 + (int64_t)((seed >> 13) % 90000);
            incident->region = span_of((seed >> 60) == 0 ? "south" : "north");
            many.claims[i].resource_id = span_of("");
            many.claims[i].submitted_at = example_instant("2026-10-06");
        }
        many.states[0].compensated = DECIMAL_ZERO;
        assert_int_equal(compensation_settle(&settlement, &account, &sink, &seconds), 0);
        judge_alone(&many, terms, &rows);
    }
    free(policy);
    many_release(&many);
}

static int refuse_row(void *context, const struct compensation_entry *entry)
{
    (void)context;
    (void)entry;
    return -1;
}

static int refuse_interval(void *context, struct span resource_id, struct interval interval)
{
    (void)context;
    (void)resource_id;
    (void)interval;
    return -1;
}

static void test_a_sink_can_stop(void **state)
{
    struct many many = make_many();
    struct policy *policy = example_policy();
    const struct settlement settlement = {policy, example_period("2026-10")};
    const struct account_case account = {
        .orders = many.list, .order_count = 1, .claims = many.cases, .claim_count = 1};
    struct totals totals = {0, 0, 0};
    const struct compensation_sink good = {&totals, add_row};
    const struct compensation_sink bad = {NULL, refuse_row};
    const struct compensated_sink good_seconds = {&totals, add_interval};
    const struct compensated_sink bad_seconds = {NULL, refuse_interval};

    (void)state;
    policy->versions[policy->version_count++] = example_published_terms();
    assert_int_equal(compensation_settle(&settlement, &account, &bad, &good_seconds), -1);
    assert_int_equal(compensation_settle(&settlement, &account, &good, &bad_seconds), -1);
    free(policy);
    many_release(&many);
}

int main(int argc, char **argv)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_why_a_claim_is_denied_or_waits),
        cmocka_unit_test(test_the_first_check_that_fails_speaks),
        cmocka_unit_test(test_every_excluded_cause_is_its_own_reason),
        cmocka_unit_test(test_every_scenario_has_its_times),
        cmocka_unit_test(test_what_an_incident_hits),
        cmocka_unit_test(test_a_second_is_compensated_once),
        cmocka_unit_test(test_which_basis_bears_a_second),
        cmocka_unit_test(test_where_a_basis_ends),
        cmocka_unit_test(test_the_amount_is_rounded_once),
        cmocka_unit_test(test_the_cap),
        cmocka_unit_test(test_against_a_plain_model),
        cmocka_unit_test(test_ten_thousand_overlapping_faults_of_one_resource),
        cmocka_unit_test(test_a_hundred_services_or_regions),
        cmocka_unit_test(test_one_claim_for_a_hundred_thousand_resources),
        cmocka_unit_test(test_a_lone_order_comes_to_what_its_claims_do),
        cmocka_unit_test(test_a_sink_can_stop),
    };

    if (argc > 1)
        random_cases = strtoul(argv[1], NULL, 10);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
