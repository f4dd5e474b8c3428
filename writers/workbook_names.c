/*
 * Owns the names of the Policy sheet's cells, which ledger formulas refer to.
 * Must not know where those cells stand.
 */
#include <assert.h>

#include "writers/text_format.h"
#include "writers/workbook_row.h"

size_t policy_version_of(const struct policy *policy, const struct terms *terms)
{
    size_t version = (size_t)(terms - policy->versions);

    assert(version < policy->version_count);
    return version;
}

void policy_fee_name(enum product_category category, int usage_year, size_t version,
                     char name[POLICY_NAME_MAX])
{
    static const char *const categories[CATEGORY_COUNT] = {
        [CATEGORY_NONE] = "none",         [CATEGORY_MONTHLY] = "monthly",
        [CATEGORY_1_YEAR] = "one_year",   [CATEGORY_2_YEAR] = "two_year",
        [CATEGORY_3_YEAR] = "three_year",
    };

    text_format(name, POLICY_NAME_MAX, "Fee_%s_in_year_%d_v%zu", categories[category], usage_year,
                version + 1);
}

void policy_times_name(int scenario, size_t version, char name[POLICY_NAME_MAX])
{
    text_format(name, POLICY_NAME_MAX, "Times_%s_v%zu", enum_scenario.names[scenario], version + 1);
}

void policy_reward_name(int tier, size_t version, char name[POLICY_NAME_MAX])
{
    text_format(name, POLICY_NAME_MAX, "Reward_%s_v%zu", enum_tier.names[tier], version + 1);
}

int policy_rate_digits(const struct policy *policy)
{
    int digits = 4;

    for (size_t i = 0; i < policy->version_count; i++)
        for (int category = 0; category < CATEGORY_COUNT; category++)
            for (int year = 0; year < USAGE_YEARS; year++)
                while (!decimal_fits_digits(policy->versions[i].fees[category][year].rate, digits))
                    digits++;
    return digits;
}
