#!/usr/bin/python3
"""The refund, compensation and account ledgers and their workbook, with pandas and XlsxWriter.

    pandas_job.py EXPORTS OUT PERIOD

The third side of `make bench`: what a careful user of pandas would write. Amounts are integers in
minor units, so the totals are exact; only the cells of the workbook (pandas_workbook.py) are floats.

Leaves out what recompense.sql leaves out, and does not validate: columns are typed where they are
used. Months without bad rows only.
"""

import pathlib
import sys

import numpy
import pandas

from pandas_workbook import DAY_SECONDS, DIGITS, NEVER, write_workbook

CHUNK_ROWS = 500_000
ZONE_SECONDS = 8 * 3600
TIMES = {"unavailable": 100, "website_inaccessible": 100, "provisioning_failure": 2,
         "configuration_failure": 2, "billing_error": 2}
PERCENT = {("3-year", 1): 15, ("3-year", 2): 10, ("3-year", 3): 5, ("2-year", 1): 15,
           ("2-year", 2): 10, ("1-year", 1): 10, ("monthly", 1): 10}
FULL_REFUNDS_PER_YEAR = 10


def files(exports, name):
    return sorted([*exports.glob(f"{name}.csv*"), *exports.glob(f"{name}-*.csv*")])


def read(exports, name, columns):
    parts = [pandas.read_csv(path, dtype=str, usecols=columns) for path in files(exports, name)]
    return pandas.concat(parts, ignore_index=True)


def seconds(text):
    """Instants as seconds of policy time; an empty one is NEVER."""
    short = text.str.slice(0, 19).str.replace("T", " ", regex=False)
    stamps = pandas.to_datetime(short, format="%Y-%m-%d %H:%M:%S")
    at = stamps.fillna(pandas.Timestamp(0)).to_numpy().astype("datetime64[s]").astype(numpy.int64)
    at = at + numpy.where(text.str.endswith("Z").fillna(False), ZONE_SECONDS, 0)
    return numpy.where(stamps.isna(), NEVER, at)


def minor(text, currency):
    """Amounts in minor units, without a float on the way."""
    whole, _, rest = (part for _, part in text.str.partition(".").items())
    digits = currency.map(DIGITS).to_numpy()
    thousandths = whole.astype(numpy.int64).to_numpy() * 1000 + \
        rest.str.pad(3, "right", "0").str.slice(0, 3).astype(numpy.int64).to_numpy()
    return thousandths // (10 ** (3 - digits))


def years_later(at, years):
    stamps = pandas.Series(at.astype("datetime64[s]").astype("datetime64[ns]"))
    return (stamps + pandas.DateOffset(years=years)).to_numpy() \
        .astype("datetime64[s]").astype(numpy.int64)


def half_up(numerator, denominator):
    return (2 * numerator + denominator) // (2 * denominator)


def category(unit, count):
    if unit == "year" and count <= 3:
        return f"{count}-year"
    if unit == "month" and count in (12, 24, 36):
        return f"{count // 12}-year"
    short = (unit == "month" and count < 12) or (unit == "day" and count < 365) or unit == "hour"
    return "monthly" if short else None


def read_orders(exports, requests, claims):
    """The orders that a request or a claim may concern."""
    wanted = set(requests.order_id)
    accounts = set(claims.account_id)
    columns = ["order_id", "account_id", "resource_id", "service", "region", "billing_mode",
               "term_unit", "term_count", "currency", "purchased_at", "starts_at", "expires_at",
               "cash_paid", "flexi_coupon_paid", "refundable", "released_at", "refunded_at"]
    kept = []
    for path in files(exports, "orders"):
        for chunk in pandas.read_csv(path, dtype=str, usecols=columns, chunksize=CHUNK_ROWS):
            kept.append(chunk[chunk.order_id.isin(wanted) | chunk.account_id.isin(accounts)])
    orders = pandas.concat(kept, ignore_index=True)
    for column in ("purchased_at", "starts_at", "expires_at", "released_at", "refunded_at"):
        orders[column] = seconds(orders[column])
    orders["cash"] = minor(orders.cash_paid, orders.currency)
    orders["flexi"] = minor(orders.flexi_coupon_paid, orders.currency)
    orders["paid"] = orders.cash + orders.flexi
    orders["is_refundable"] = orders.refundable.str.lower().isin(["true", "yes", "1"])
    return orders


def decide_refunds(requests, orders):
    r = requests.merge(orders, on="order_id", how="left", suffixes=("", "_order"))
    r = r.sort_values(["requested_at", "request_id"], ignore_index=True)
    known = r.account_id_order.notna()
    times = ["purchased_at", "starts_at", "expires_at", "released_at", "refunded_at", "cash",
             "flexi", "paid"]
    r[times] = r[times].fillna(0).astype(numpy.int64)
    kinds = {pair: category(pair[0], int(pair[1])) for pair in
             r.loc[r.term_unit.notna(), ["term_unit", "term_count"]]
             .drop_duplicates().itertuples(index=False, name=None)}
    r["category"] = [kinds.get(pair) for pair in zip(r.term_unit, r.term_count)]
    at = r.requested_at.to_numpy()
    start = r.starts_at.to_numpy()
    r["usage_year"] = numpy.select([at <= years_later(start, n) for n in (1, 2, 3)], [1, 2, 3], 4)
    r["percent"] = [PERCENT.get(pair, -1) for pair in zip(r.category, r.usage_year)]
    r["early"] = numpy.select(
        [~known, r.account_id_order != r.account_id, at < r.purchased_at,
         r.billing_mode != "prepaid", ~r.is_refundable.fillna(False).astype(bool)],
        ["unknown_order", "account_mismatch", "before_purchase", "pay_per_use",
         "labelled_nonrefundable"], "")
    r["late"] = numpy.select([r.refunded_at < at, at >= r.expires_at, r.released_at <= at],
                             ["already_refunded", "grace_or_retention", "not_covered"], "")
    eligible = (r.early == "") & (r.late == "")
    r["in_five_days"] = eligible & (at - r.purchased_at <= 5 * DAY_SECONDS)
    firsts = r[r.in_five_days].drop_duplicates("order_id")
    number = firsts.groupby("account_id").cumcount() + 1
    r["number"] = number.reindex(r.index, fill_value=NEVER)
    r["full"] = r.number <= FULL_REFUNDS_PER_YEAR
    payable = r.full | (eligible & (r.percent >= 0))
    before = payable.astype(int).groupby(r.order_id).cumsum() - payable
    r["reason"] = numpy.select(
        [r.early != "", before > 0, r.late != "", ~payable, r.full, r.in_five_days],
        [r.early, "already_refunded", r.late, "not_covered", "within_five_days",
         "full_refund_quota_used"], "after_five_days")
    r["approved"] = (r.early == "") & (before == 0) & (r.late == "") & payable
    used = numpy.maximum(at - start, 0)
    subscribed = numpy.where(r.approved, r.expires_at - start, 1)
    used = numpy.where(r.approved, used, 0)
    paid = r.paid.to_numpy()
    partial = (r.approved & ~r.full).to_numpy()
    # Python's integers: a large payment times its seconds may not fit into 64 bits.
    due = [min(whole, half_up(whole * mine, all_of_it)) for whole, mine, all_of_it in
           zip(paid.tolist(), used.tolist(), subscribed.tolist())]
    r["due"] = numpy.where(partial, numpy.array(due, dtype=numpy.int64), 0)
    fee = half_up(paid * r.percent.to_numpy(), 100)
    r["fee"] = numpy.where(partial, numpy.minimum(paid - r.due, fee), 0)
    r["refund"] = numpy.where(r.approved, paid - r.due - r.fee, 0)
    r["refund_cash"] = [refund if cash == whole else half_up(refund * cash, whole)
                        for refund, cash, whole in
                        zip(r.refund.tolist(), r.cash.tolist(), r.paid.tolist())]
    return r.sort_values(["account_id", "requested_at", "request_id"], ignore_index=True)


def bases_of(orders, usage, refunds):
    approved = refunds[refunds.approved].set_index("order_id").requested_at
    o = orders[orders.billing_mode == "prepaid"]
    ends = [o.expires_at, o.released_at, o.refunded_at,
            o.order_id.map(approved).fillna(NEVER).astype(numpy.int64)]
    by_order = pandas.DataFrame({
        "account_id": o.account_id, "basis_resource": o.resource_id, "basis_id": o.order_id,
        "basis_service": o.service, "basis_region": o.region, "currency": o.currency,
        "cost": o.paid, "units": 1, "basis_seconds": o.expires_at - o.starts_at,
        "valid_from": o.starts_at, "valid_until": numpy.minimum.reduce(ends)})
    day = pandas.to_datetime(usage.usage_date).to_numpy().astype("datetime64[s]")
    start = day.astype(numpy.int64)
    whole, _, rest = (part for _, part in usage.cost.str.partition(".").items())
    by_usage = pandas.DataFrame({
        "account_id": usage.account_id, "basis_resource": usage.resource_id,
        "basis_id": usage.usage_date, "basis_service": usage.service,
        "basis_region": usage.region, "currency": usage.currency,
        "cost": whole.astype(numpy.int64) * 10 ** 10 +
                rest.str.pad(10, "right", "0").astype(numpy.int64),
        "units": 10 ** (10 - usage.currency.map(DIGITS).to_numpy()),
        "basis_seconds": DAY_SECONDS, "valid_from": start, "valid_until": start + DAY_SECONDS})
    return pandas.concat([by_order, by_usage], ignore_index=True)


def take_seconds(taken, start, until):
    """What of [start, until) is not yet in the list of taken intervals, and takes it."""
    count, first, last, at = 0, None, None, start
    for begin, end in sorted(taken):
        if end <= at or begin >= until:
            continue
        if begin > at:
            count, first, last = count + begin - at, at if first is None else first, begin
        at = max(at, end)
    if at < until:
        count, first, last = count + until - at, at if first is None else first, until
    taken.append((start, until))
    return count, first, last


def decide_claims(claims, incidents, bases, until):
    c = claims.merge(incidents, on="incident_id", how="left", suffixes=("", "_incident"))
    c[["started_at", "rectified_at"]] = \
        c[["started_at", "rectified_at"]].fillna(0).astype(numpy.int64)
    has_account = c.account_id.isin(set(bases.account_id))
    pairs = set(zip(bases.account_id, bases.basis_resource))
    has_resource = [pair in pairs for pair in zip(c.account_id, c.resource_id)]
    covered = ~c.sla_covered.fillna("true").str.lower().isin(["false", "no", "0"])
    c["reason"] = numpy.select(
        [c.scenario.isna(), c.cause != "platform", ~covered, c.submitted_at < c.started_at,
         c.rectified_at >= until, c.submitted_at > c.rectified_at + 7 * DAY_SECONDS,
         ~numpy.where(c.resource_id.isna(), has_account, has_resource)],
        ["unknown_incident", c.cause.fillna(""), "not_under_sla", "before_fault",
         "fault_not_rectified", "claim_too_late", "unknown_resource"], "")
    c["times"] = c.scenario.map(TIMES)
    f = c[c.reason == ""].merge(bases, on="account_id")
    f = f[(f.basis_service == f.service)
          & (f.region.isna() | (f.region == f.basis_region))
          & (f.resource_id.isna() | (f.resource_id == f.basis_resource))
          & (f.resource_id_incident.isna() | (f.resource_id_incident == f.basis_resource))]
    f = f.assign(fault_from=numpy.maximum(f.started_at, f.valid_from),
                 fault_until=numpy.minimum(f.rectified_at, f.valid_until))
    f = f[f.fault_from < f.fault_until]
    f = f.sort_values(["times", "submitted_at", "claim_id", "valid_from", "basis_id"],
                      ascending=[False, True, True, True, True], ignore_index=True)
    taken = {}
    shares = [take_seconds(taken.setdefault((account, resource), []), start, end)
              for account, resource, start, end in
              zip(f.account_id, f.basis_resource, f.fault_from, f.fault_until)]
    f["seconds"], f["from"], f["to"] = zip(*shares) if shares else ([], [], [])
    f = f[f.seconds > 0]
    # Python's integers: 64 bits do not hold a usage cost with ten decimals times its seconds.
    f = f.assign(amount=[half_up(int(cost) * int(times) * int(second), int(units) * int(basis))
                         for cost, times, second, units, basis in
                         zip(f.cost, f.times, f.seconds, f.units, f.basis_seconds)])
    hit = set(f.claim_id)
    c.loc[c.reason == "", "reason"] = "not_affected"
    denied = c[~c.claim_id.isin(hit)]
    return f.sort_values(["account_id", "claim_id", "basis_resource", "valid_from", "basis_id"],
                         ignore_index=True), denied


def totals(refunds, paid):
    keys = ["account_id", "currency"]
    left = refunds[refunds.approved].groupby(keys).agg(
        refunds=("refund", "size"), refund_total=("refund", "sum"),
        refund_cash_total=("refund_cash", "sum"))
    right = paid.groupby(keys).agg(compensations=("amount", "size"),
                                   compensation_total=("amount", "sum"))
    return left.join(right, how="outer").fillna(0).astype(numpy.int64).reset_index()


def exact(amounts, currencies):
    return [f"{amount // 10 ** DIGITS[c]}.{amount % 10 ** DIGITS[c]:0{DIGITS[c]}d}" if DIGITS[c]
            else str(amount) for amount, c in zip(amounts, currencies)]


def main():
    if len(sys.argv) != 4:
        sys.exit(__doc__)
    exports, out, period = pathlib.Path(sys.argv[1]), pathlib.Path(sys.argv[2]), sys.argv[3]
    out.mkdir(parents=True, exist_ok=True)
    start = int(numpy.datetime64(period, "s").astype(numpy.int64))
    until = int((numpy.datetime64(period, "M") + 1).astype("datetime64[s]").astype(numpy.int64))

    def due(frame, column):
        frame[column] = seconds(frame[column])
        return frame[(frame[column] >= start) & (frame[column] < until)]

    requests = due(read(exports, "refund_requests",
                        ["request_id", "account_id", "order_id", "requested_at"]), "requested_at")
    claims = due(read(exports, "claims", ["claim_id", "account_id", "incident_id", "resource_id",
                                          "submitted_at"]), "submitted_at")
    incidents = read(exports, "incidents", None)
    for column in ("started_at", "rectified_at"):
        incidents[column] = seconds(incidents[column])
    usage = read(exports, "usage", None)
    orders = read_orders(exports, requests, claims)
    refunds = decide_refunds(requests, orders)
    paid, denied = decide_claims(claims, incidents, bases_of(orders, usage, refunds), until)
    accounts = totals(refunds, paid).merge(read(exports, "accounts", ["account_id", "name"]),
                                           on="account_id", how="left")
    accounts["name"] = accounts.name.fillna("")
    accounts = accounts.sort_values(["account_id", "currency"])
    pandas.DataFrame({
        "account_id": accounts.account_id, "currency": accounts.currency,
        "refunds": accounts.refunds, "refund_total": exact(accounts.refund_total, accounts.currency),
        "compensations": accounts.compensations,
        "compensation_total": exact(accounts.compensation_total, accounts.currency),
    }).to_csv(out / "accounts.csv", index=False)
    write_workbook(str(out / "workbook.xlsx"), refunds, paid, denied, accounts)


if __name__ == "__main__":
    main()
