"""Writes the policy file of a model.Policy: the one place that knows its syntax."""

import values


def _list(words):
    return "{" + ", ".join('"%s"' % word for word in words) + "}"


def _rate(rate):
    return "/" if rate is None else values.shortest_text(rate, 2)


def write_policy(path, policy):
    lines = ['time_zone = "%s"' % values.zone_text(policy.zone), ""]
    for terms in policy.versions:
        lines += [
            'version "%s" {' % terms.name,
            '    effective_from = "%s"' % values.instant_text(terms.effective_from, policy.zone),
            '    rounding = "%s"' % terms.rounding,
            '    retention_months = %d' % terms.retention_months,
            '    refund {',
            '        usage_unit = "%s"' % terms.usage_unit,
            '        full_refund_days = %d' % terms.full_refund_days,
            '        full_refunds_per_year = %d' % terms.full_refunds_per_year,
            '        restore_cash_coupons = %s' % str(terms.restore_cash_coupons).lower()]
        lines += ['        fee "%s" { year_1 = "%s" year_2 = "%s" year_3 = "%s" }'
                  % ((category,) + tuple(_rate(rate) for rate in rates))
                  for category, rates in terms.fees.items()]
        lines += ['    }', '    compensation {']
        lines += ['        times "%s" { times = %d }' % item for item in terms.times.items()]
        lines += [
            '        excluded_causes = %s' % _list(terms.excluded_causes),
            '        claim_window_days = %d' % terms.claim_window_days,
            '        cap = "%s"' % terms.cap,
            '    }',
            '    reward {',
            '        amount_common = "%s"' % values.shortest_text(terms.amount_common),
            '        amount_vip = "%s"' % values.shortest_text(terms.amount_vip),
            '        currency = "%s"' % terms.currency,
            '        recharge_over = "%s"' % values.shortest_text(terms.recharge_over),
            '        abandoned_days = %d' % terms.abandoned_days,
            '        recharge_within_days = %d' % terms.recharge_within_days,
            '        valid_years = %d' % terms.valid_years,
            '        host_services = %s' % _list(terms.host_services),
            '    }',
            '    support {',
            '        in_scope = %s' % _list(terms.in_scope),
            '        out_of_scope = %s' % _list(terms.out_of_scope),
            '    }',
            '}', ""]
    with open(path, "w", encoding="utf-8") as file:
        file.write("\n".join(lines))
