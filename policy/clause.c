/*
 * Owns the policy's words, clause by clause, quoted from the published after-sales policy.
 * Must not know what a clause decides, nor any of its numbers: those are the terms'.
 */
#include "policy/clause.h"

#include <string.h>

const struct clause clauses[] = {
    {
        .id = "general.versions",
        .title = "Which terms judge an event",
        .words = "",
        .interpretation =
            "An event is judged by the version in force at its own time: a refund request when it "
            "is made, a fault when it starts, a filing when it is approved. A version is in force "
            "from its instant until the next begins.",
    },
    {
        .id = "general.rounding",
        .title = "Rounding",
        .words = "",
        .interpretation =
            "Amounts are exact until they are rounded, once, to the currency's minor unit, and "
            "what is taken and what is given add up to the payment.",
    },
    {
        .id = "general.retention",
        .title = "How far back",
        .words = "",
        .interpretation =
            "An event older than the retention is rejected; what was decided is remembered for "
            "as long, by the version in force at the period's start.",
    },
    {
        .id = "refund.conditions",
        .title = "Refund conditions",
        .words =
            "Prepaid products (for example, those billed on an hourly, monthly, or yearly basis) "
            "are refundable. The following cloud resources are not refundable:\n"
            "- Cloud resources labeled by the HUAWEI CLOUD website or your contract as "
            "non-refundable\n"
            "- Pay-per-use resources (including pay-per-use packages)\n"
            "- Cloud resources in the grace or reservation period\n"
            "- Cloud resources that are not covered by refund scenarios",
        .interpretation =
            "A request must name an order of its own account, made before it and not refunded "
            "yet; the grace period begins when the order expires; a released resource is not "
            "covered.",
    },
    {
        .id = "refund.full",
        .title = "Five-day full refund",
        .words = "Within 5 days of purchasing a prepaid product, you can request a full refund "
                 "through the HUAWEI CLOUD Billing Center.\n"
                 "Refund amount = Your actual payment",
        .interpretation =
            "A day is 24 hours, and the last second still counts. The refund goes "
            "back the way it was paid, cash and flexi-purchase coupons in proportion.",
    },
    {
        .id = "refund.partial",
        .title = "Other refunds",
        .words =
            "If more than 5 days have elapsed since your purchase of a prepaid product or the "
            "maximum number of 5-day full refunds has been reached, you can request a partial "
            "refund through the HUAWEI CLOUD Billing Center.\n"
            "Refund amount = Your actual payment \xE2\x80\x93 Handling fee \xE2\x80\x93 Amount "
            "due\n"
            "Your actual payment refers to the payment in cash and/or flexi-purchase coupons, not "
            "including any payment in cash coupons.\n"
            "Amount due = Your actual payment \xC3\x97 (Actual product usage period/Subscribed "
            "product usage period)\n"
            "The handling fee varies by product category and actual product usage period.",
        .interpretation =
            "A refund is never negative: the fee gives way. The table of fees has no row shorter "
            "than monthly, so that shorter terms are monthly; a term without a row is not "
            "covered.",
    },
    {
        .id = "refund.limit",
        .title = "Refund limit",
        .words = "- 5-day full refund: 10 refunds/account/year\n"
                 "- Other refunds: unlimited refunds",
        .interpretation = "The year is the calendar year of the request.",
    },
    {
        .id = "compensation.amount",
        .title = "Compensation amount",
        .words =
            "You will be compensated with 100 times the cost of the fault duration in the "
            "following scenarios:\n"
            "- HUAWEI CLOUD causes cloud servers, cloud storage services, or network services to "
            "be unavailable, resulting in service exceptions or interruptions.\n"
            "- The HUAWEI CLOUD service platform causes customer websites to become "
            "inaccessible.\n"
            "You will be compensated within 2 times the cost of the fault duration in the "
            "following scenarios:\n"
            "- HUAWEI CLOUD causes a delay or failure in provisioning cloud services or changing "
            "service configurations.\n"
            "- HUAWEI CLOUD has incorrect billing of cloud services.\n"
            "Compensation amount = Daily cost of service that experienced a fault \xC3\xB7 24 "
            "\xC3\xB7 60 \xC3\x97 (Fault rectification time \xE2\x80\x93 Fault start time) "
            "\xC3\x97 "
            "Compensation times",
        .interpretation =
            "\"Within 2 times\" is paid as 2. The cost is the actual payment over the term, or a "
            "day's usage cost over the day; the fault counts to the second.",
    },
    {
        .id = "compensation.exclusions",
        .title = "No compensation",
        .words =
            "No compensation will be awarded if faults occur due to the following reasons:\n"
            "- Force majeure: Natural disasters such as typhoons, floods, fires, droughts, "
            "earthquakes, snowstorms, and landslides\n"
            "- Unexpected events such as war, political turmoil, power failures, government "
            "interventions, strikes, embargoes and market crashes\n"
            "- HUAWEI CLOUD service maintenance, including cutovers, repairs, and upgrades "
            "(Customers are notified in advance of upcoming scheduled maintenance.)\n"
            "- Packet loss and delays caused by carrier faults\n"
            "- Faults in the Internet backbone\n"
            "- User applications being affected by attacks or viruses\n"
            "- User access being affected by network performance and device performance\n"
            "- Loss or disclosure of data, verification codes, or passwords due to improper user "
            "operations\n"
            "- Loss caused by user negligence or user-authorized operations\n"
            "- User violation of the Terms and Conditions or relevant laws or regulations\n"
            "- Other unforeseeable events not caused by HUAWEI CLOUD",
        .interpretation = "",
    },
    {
        .id = "compensation.application",
        .title = "Compensation application",
        .words = "If you are eligible for compensation under the conditions of the Service Level "
                 "Agreement (SLA) for the associated product, submit a compensation application "
                 "within seven days of the fault.",
        .interpretation = "The seven days count from the fault's end. A fault that is not over by "
                          "the end of a period is judged in the next.",
    },
    {
        .id = "compensation.scope",
        .title = "What a fault hits",
        .words = "",
        .interpretation =
            "A fault hits the resources of its service and, where it names them, of its region "
            "and its resource, while they are in service.",
    },
    {
        .id = "compensation.once",
        .title = "Compensated once",
        .words = "",
        .interpretation = "A second of a resource is compensated at most once, ever, whatever the "
                          "number of incidents, claims or periods.",
    },
    {
        .id = "reward.conditions",
        .title = "Reward for the ICP licence service",
        .words =
            "Customers who have used HUAWEI CLOUD host resources with monthly or yearly "
            "subscriptions.\n"
            "Cloud hosts must be used for websites and it is the customers' first time recording "
            "their websites using HUAWEI CLOUD services\n"
            "A customer's accumulated recharge amount must exceed 200. Each account can only get "
            "the reward once\n"
            "If a customer terminates his or her service in advance or the service expires and is "
            "not renewed, the customer is not eligible for the reward.If a transaction is not "
            "fully completed, customers cannot get the reward.If the transaction is delayed for "
            "10 days, customers are considered to have abandoned the reward.Customers are eligible "
            "for the reward if the transaction was submitted to the Telecommunications Authority "
            "and approved.\n"
            "Reward time: After a successful transaction, the reward amount will be recharged to "
            "corresponding user accounts within one week\n"
            "Reward amount: Each common user's reward amount is 100. Each VIP user's reward amount "
            "is 200. The reward amount is valid for one year and cannot be withdrawn",
        .interpretation = "The year counts from the filing's approval. The transaction is delayed "
                          "while the customer has not submitted it.",
    },
    {
        .id = "support.scope",
        .title = "After-sales support",
        .words = "Services Provided\n"
                 "- Product function consultation\n"
                 "- Technical issue consultation\n"
                 "- Operation-related fault diagnosis\n"
                 "- System issue-related fault diagnosis\n"
                 "- Consultation and fault diagnosis for the management console\n"
                 "Services Not Provided\n"
                 "- Deployment and commissioning of third-party application software\n"
                 "- Fault diagnosis for and analysis of third-party software\n"
                 "- Code development\n"
                 "- Routine O&M services",
        .interpretation = "",
    },
};

const size_t clause_count = sizeof(clauses) / sizeof(clauses[0]);

const struct clause *clause_find(const char *id)
{
    for (size_t i = 0; i < clause_count; i++) {
        if (strcmp(clauses[i].id, id) == 0)
            return &clauses[i];
    }
    return NULL;
}
