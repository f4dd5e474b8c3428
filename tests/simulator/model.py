"""The reference model: from an exports folder, the carried state and the policy to the books.

Written from the published rules alone, for plainness and not for speed.  `run_period` is the whole
of it; the rest reads in the order of the rules: policy, state, refunds, compensation, rewards,
ledgers.
"""

from dataclasses import dataclass, field
from fractions import Fraction

import exports
import values
from exports import Refused, Stop
from values import DAY, HOUR

# ---- policy ------------------------------------------------------------------------------------


def _default_fees():
    return {"3-year": (Fraction("0.15"), Fraction("0.10"), Fraction("0.05")),
            "2-year": (Fraction("0.15"), Fraction("0.10"), None),
            "1-year": (Fraction("0.10"), None, None),
            "monthly": (Fraction("0.10"), None, None)}


def _default_times():
    return {"unavailable": 100, "website_inaccessible": 100, "provisioning_failure": 2,
            "configuration_failure": 2, "billing_error": 2}


@dataclass
class Terms:
    """One version of the policy, with the published defaults."""
    name: str = "standard"
    effective_from: int = -8 * HOUR        # 1970-01-01T00:00:00+08:00
    rounding: str = "half_up"
    retention_months: int = 48
    usage_unit: str = "second"
    full_refund_days: int = 5
    full_refunds_per_year: int = 10
    restore_cash_coupons: bool = False
    fees: dict = field(default_factory=_default_fees)      # category -> (year 1, 2, 3), None is "/"
    times: dict = field(default_factory=_default_times)
    excluded_causes: tuple = exports.EXCLUDED_CAUSES
    claim_window_days: int = 7
    cap: str = "none"
    amount_common: Fraction = Fraction(100)
    amount_vip: Fraction = Fraction(200)
    currency: str = "CNY"
    recharge_over: Fraction = Fraction(200)
    abandoned_days: int = 10
    recharge_within_days: int = 7
    valid_years: int = 1
    host_services: tuple = ("ecs", "bms", "hecs")
    in_scope: tuple = exports.IN_SCOPE
    out_of_scope: tuple = exports.OUT_OF_SCOPE


@dataclass
class Policy:
    zone: int = 8 * HOUR
    versions: list = field(default_factory=lambda: [Terms()])

    def at(self, instant):
        """The version in force at an instant."""
        begun = [terms for terms in self.versions if terms.effective_from <= instant]
        if not begun:
            raise Refused("no policy version covers %s" % values.instant_text(instant, self.zone))
        return max(begun, key=lambda terms: terms.effective_from)


# ---- state carried from one period to the next --------------------------------------------------

EVENTS = ("refund_requests", "claims", "filings")


@dataclass
class State:
    opening_from: int = None                 # month
    last_period: int = None                  # month
    decided: dict = field(default_factory=lambda: {name: {} for name in EVENTS})   # id -> month
    carried: dict = field(default_factory=lambda: {name: {} for name in EVENTS})   # id -> Row
    incidents: dict = field(default_factory=dict)            # id -> Row, for carried claims
    refunded: dict = field(default_factory=dict)             # order id -> requested_at
    full_refunds: dict = field(default_factory=dict)         # (account, year) -> count
    compensated: dict = field(default_factory=dict)          # (account, resource) -> [(from, to)]
    compensated_amounts: dict = field(default_factory=dict)  # order id -> paid so far
    rewarded: set = field(default_factory=set)               # accounts

    def copy(self):
        return State(self.opening_from, self.last_period,
                     {name: dict(ids) for name, ids in self.decided.items()},
                     {name: dict(rows) for name, rows in self.carried.items()},
                     dict(self.incidents), dict(self.refunded), dict(self.full_refunds),
                     {key: list(spans) for key, spans in self.compensated.items()},
                     dict(self.compensated_amounts), set(self.rewarded))


@dataclass
class Books:
    """What one period publishes, as far as the model goes."""
    files: dict = field(default_factory=dict)        # file name -> bytes
    ledgers: dict = field(default_factory=dict)      # ledger -> [row as dict of cells]
    inputs: dict = field(default_factory=dict)       # input -> [Row]
    controls: dict = field(default_factory=dict)     # (scope, name) -> count
    spans: list = field(default_factory=list)        # (account, resource, from, to) compensated now
    state: State = None
    exit_status: int = 0


# ---- one period --------------------------------------------------------------------------------

# Which events' names make the run keep an order or usage row, and so look for rows with its key:
# any of decided_now, held, pending, already_decided, rejected.
# "everything" keeps every row, and so finds more conflicts than are owed.
KEPT_BY = ("everything",)


class Period:
    """Everything that is known while a period is settled."""

    def __init__(self, month, policy, before, kept_by):
        self.month = month
        self.policy = policy
        self.zone = policy.zone
        self.start = values.month_start(month, policy.zone)
        self.end = values.month_start(month + 1, policy.zone)
        self.state = before.copy()
        self.kept_by = kept_by
        self.due = {name: [] for name in EVENTS}
        self.held = {name: [] for name in EVENTS}
        self.pending = []
        self.set_aside = {name: [] for name in EVENTS}
        self.deferred = {name: [] for name in EVENTS}
        self.spans = []

    def rejected(self, input_name, **naming):
        return any(row.reason and row.bears(**naming) for row in self.relevant[input_name])

    def origin(self, instant):
        month = values.month_of(instant, self.zone)
        return values.month_text(month) if month < self.month else ""

    def text(self, instant):
        return "" if instant is None else values.instant_text(instant, self.zone)


def run_period(folder, month, policy, before=None, opening_from=None, kept_by=KEPT_BY):
    """The books of one month; raises Stop where the program publishes nothing."""
    before = before or State()
    period = Period(month, policy, before, kept_by)
    state = period.state
    if before.last_period is None:
        state.opening_from = month if opening_from is None else opening_from
        if state.opening_from > month:
            raise Stop(2, "--opening-from after the period")
    else:
        if opening_from is not None and opening_from != before.opening_from:
            raise Stop(2, "another --opening-from")
        if month != before.last_period + 1:
            raise Stop(5, "periods are out of order")

    files = exports.read_folder(folder)
    retention = policy.at(period.start).retention_months
    too_old_before = values.month_start(month - retention, policy.zone)
    period.inputs = {name: exports.read_input(name, files[name], policy.zone, too_old_before)
                     for name in exports.INPUTS}
    for name in exports.INPUTS:
        if name not in ("orders", "usage"):
            exports.settle_keys(period.inputs[name])

    controls = {}
    for name in EVENTS:
        classify(period, name, controls)
    keep_relevant(period)

    if period.due["claims"] and not files["incidents"]:
        raise Refused("due claims, but no incidents file")
    if period.due["filings"] and not files["accounts"]:
        raise Refused("due filings, but no accounts file")

    find_facts(period)
    refunds = settle_refunds(period)
    compensations = settle_claims(period)
    rewards = settle_filings(period)
    tickets = list_tickets(period, controls)

    books = Books(inputs=period.inputs, controls=controls, spans=period.spans)
    books.ledgers = {"refunds": refunds, "compensations": compensations, "rewards": rewards,
                     "tickets": tickets}
    books.ledgers["accounts"] = account_totals(period, books.ledgers)
    books.ledgers["rejects"] = list_rejects(period)
    for name, rows in books.ledgers.items():
        books.files[name + ".csv"] = ledger_bytes(name, rows)
    count_rows(period, controls)
    books.exit_status = 1 if books.ledgers["rejects"] else 0
    close(period, retention)
    books.state = state
    check_identities(period, before, controls)
    return books


def classify(period, name, controls):
    """Sets the accepted and the carried events apart: due, held, pending, or decided elsewhere."""
    state = period.state
    column = exports.EVENT_TIME[name]
    opening = values.month_start(state.opening_from, period.zone)
    carried = state.carried[name]
    state.carried[name] = {}
    replaced = 0
    events = []
    for row in period.inputs[name]:
        if row.accepted:
            if carried.pop(row.key[0], None) is not None:
                replaced += 1
            events.append(row)
    for row in events:
        if row.key[0] in state.decided[name]:
            period.set_aside[name].append(row)
        elif row[column] is None:
            period.pending.append(row)
        elif row[column] < opening:
            period.set_aside[name].append(row)
        elif row[column] >= period.end:
            period.held[name].append(row)
        else:
            period.due[name].append(row)
    for row in carried.values():
        (period.held if row[column] >= period.end else period.due)[name].append(row)
    controls["replaced", name] = replaced
    controls["held", name] = len(period.held[name])
    controls["already_decided", name] = len(period.set_aside[name])
    controls["late", name] = sum(row[column] < period.start for row in period.due[name])
    controls["pending", name] = len(period.pending) if name == "filings" else 0


def keep_relevant(period):
    """Settles the keys of orders and usage: among all rows, or among those that events name.

    In the second case a row is kept when an event names its order id, a claim its (account,
    resource), or an account-wide claim or a filing its account; any other row stands by itself."""
    def events_of(name):
        events = []
        if "decided_now" in period.kept_by:
            events += period.due[name]
        if "held" in period.kept_by:
            events += period.held[name]
        if "already_decided" in period.kept_by:
            events += period.set_aside[name]
        if "pending" in period.kept_by and name == "filings":
            events += period.pending
        if "rejected" in period.kept_by:
            events += [row for row in period.inputs[name] if row.reason]
        return [row.values for row in events]

    order_ids = {row["order_id"] for name in ("refund_requests", "filings")
                 for row in events_of(name) if "order_id" in row}
    resources = {(row["account_id"], row["resource_id"]) for row in events_of("claims")
                 if "account_id" in row and row.get("resource_id") is not None}
    accounts = {row["account_id"] for row in events_of("claims")
                if "account_id" in row and row.get("resource_id") is None}
    accounts |= {row["account_id"] for row in events_of("filings") if "account_id" in row}

    period.relevant = dict(period.inputs)
    for name in ("orders", "usage"):
        if "everything" in period.kept_by:
            kept = period.inputs[name]
        else:
            kept = [row for row in period.inputs[name]
                    if (name == "orders" and row.values.get("order_id") in order_ids)
                    or (row.values.get("account_id"), row.values.get("resource_id")) in resources
                    or row.values.get("account_id") in accounts]
        exports.settle_keys(kept)
        period.relevant[name] = kept


def find_facts(period):
    def accepted(name):
        return {row.key: row for row in period.inputs[name] if row.accepted}

    period.orders = {row["order_id"]: row for row in period.relevant["orders"] if row.accepted}
    period.usage = [row for row in period.relevant["usage"] if row.accepted]
    period.accounts = {key[0]: row for key, row in accepted("accounts").items()}
    period.incidents = dict(period.state.incidents)
    period.incidents.update({key[0]: row for key, row in accepted("incidents").items()})


# ---- refunds -----------------------------------------------------------------------------------

def actual_payment(order):
    return order["cash_paid"] + order["flexi_coupon_paid"]


def product_category(order):
    unit, count = order["term_unit"], order["term_count"]
    if unit is None or count is None:
        return None
    if unit == "hour":
        return "monthly"
    if unit == "day":
        return "monthly" if count < 365 else None
    if unit == "month":
        if count < 12:
            return "monthly"
        years = count // 12 if count % 12 == 0 else None
    else:
        years = count
    return {1: "1-year", 2: "2-year", 3: "3-year"}.get(years)


def used_and_subscribed(order, requested_at, unit, zone):
    starts, expires = order["starts_at"], order["expires_at"]
    if unit == "second":
        used, subscribed = requested_at - starts, expires - starts
    elif unit == "hour":
        begin = (starts + zone) // HOUR
        used = (requested_at + zone) // HOUR - begin
        subscribed = -(-(expires + zone) // HOUR) - begin
    else:
        begin = values.local_day(starts, zone)
        used = values.local_day(requested_at, zone) - begin
        subscribed = values.local_day(expires, zone) - begin + 1
    return max(used, 0), subscribed


def usage_year(order, requested_at, zone):
    for year in (1, 2, 3):
        if requested_at <= values.add_years(order["starts_at"], year, zone):
            return year
    return None


def settle_refunds(period):
    due = sorted(period.due["refund_requests"],
                 key=lambda row: (row["account_id"], row["requested_at"], row["request_id"]))
    return [decide_refund(period, request) for request in due]


def decide_refund(period, request):
    state, zone = period.state, period.zone
    at = request["requested_at"]
    account = request["account_id"]
    terms = period.policy.at(at)
    order = period.orders.get(request["order_id"])
    entry = {
        "request_id": request["request_id"], "account_id": account,
        "order_id": request["order_id"], "requested_at": period.text(at),
        "clause": "refund.conditions", "policy_version": terms.name,
        "origin_period": period.origin(at)}
    if order is not None and order["account_id"] == account:
        entry.update({
            "resource_id": order["resource_id"], "service": order["service"],
            "currency": order["currency"], "purchased_at": period.text(order["purchased_at"]),
            "starts_at": period.text(order["starts_at"]),
            "expires_at": period.text(order["expires_at"]),
            "product_category": product_category(order) or ""})

    def denied(reason):
        entry.update({"decision": "denied", "reason": reason})
        return entry

    if order is None and period.rejected("orders", order_id=request["order_id"]):
        period.deferred["refund_requests"].append(request)
        entry.update({"decision": "deferred", "reason": "source_rejected"})
        return entry
    if order is None:
        return denied("unknown_order")
    if order["account_id"] != account:
        return denied("account_mismatch")
    if at < order["purchased_at"]:
        return denied("before_purchase")
    if order["billing_mode"] != "prepaid":
        return denied("pay_per_use")
    if not order["refundable"]:
        return denied("labelled_nonrefundable")
    if request["order_id"] in state.refunded:
        return denied("already_refunded")
    if order["refunded_at"] is not None and order["refunded_at"] < at:
        return denied("already_refunded")
    if at >= order["expires_at"]:
        return denied("grace_or_retention")
    if order["released_at"] is not None and order["released_at"] <= at:
        return denied("not_covered")

    within = at - order["purchased_at"] <= terms.full_refund_days * DAY
    year = (account, values.civil(at, zone)[0])
    number = state.full_refunds.get(year, 0) + 1
    digits = values.MINOR_UNITS[order["currency"]]
    paid = actual_payment(order)

    def money(amount):
        return values.fixed_text(amount, digits)

    if within and number <= terms.full_refunds_per_year:
        refund, due, fee = paid, Fraction(0), Fraction(0)
        state.full_refunds[year] = number
        coupon = order["cash_coupon_paid"] if terms.restore_cash_coupons else Fraction(0)
        entry.update({"decision": "full", "reason": "within_five_days", "clause": "refund.full",
                      "full_refund_number": str(number), "refund_cash_coupon": money(coupon)})
    else:
        category = product_category(order)
        used_year = usage_year(order, at, zone)
        if category is None or used_year is None:
            return denied("not_covered")
        rate = terms.fees[category][used_year - 1]
        if rate is None:
            return denied("not_covered")
        used, subscribed = used_and_subscribed(order, at, terms.usage_unit, zone)
        due = values.round_money(paid * used / subscribed, digits, terms.rounding)
        due = min(due, paid)
        fee = values.round_money(paid * rate, digits, terms.rounding)
        fee = min(fee, paid - due)
        refund = paid - due - fee
        entry.update({
            "decision": "partial", "clause": "refund.partial",
            "reason": "full_refund_quota_used" if within else "after_five_days",
            "usage_year": str(used_year), "used": str(used), "subscribed": str(subscribed),
            "usage_unit": terms.usage_unit, "fee_rate": values.shortest_text(rate),
            "refund_cash_coupon": money(Fraction(0))})
    cash = Fraction(0)
    if paid != 0:
        cash = values.round_money(refund * order["cash_paid"] / paid, digits, terms.rounding)
    entry.update({"actual_payment": money(paid), "amount_due": money(due),
                  "handling_fee": money(fee), "refund": money(refund), "refund_cash": money(cash),
                  "refund_flexi_coupon": money(refund - cash)})
    state.refunded[request["order_id"]] = at
    return entry


# ---- compensation ------------------------------------------------------------------------------

@dataclass
class Basis:
    """What a resource costs, from `begin` until `end`."""
    kind: str
    id: bytes
    account: bytes
    resource: bytes
    service: bytes
    region: bytes
    currency: str
    begin: int
    end: int
    cost: Fraction
    seconds: int


def service_end(period, order):
    ends = [order["expires_at"], order["released_at"], order["refunded_at"],
            period.state.refunded.get(order["order_id"])]
    return min(end for end in ends if end is not None)


def bases_of(period, account):
    bases = []
    for order in period.orders.values():
        if order["account_id"] == account and order["billing_mode"] == "prepaid":
            bases.append(Basis(
                "order", order["order_id"], account, order["resource_id"], order["service"],
                order["region"], order["currency"], order["starts_at"],
                service_end(period, order), actual_payment(order),
                order["expires_at"] - order["starts_at"]))
    for line in period.usage:
        if line["account_id"] == account:
            begin = line["usage_date"] * DAY - period.zone
            bases.append(Basis(
                "usage", values.date_text(line["usage_date"]).encode(), account,
                line["resource_id"], line["service"], line["region"], line["currency"],
                begin, begin + DAY, line["cost"], DAY))
    return bases


def hits(incident, basis):
    return (incident["service"] == basis.service
            and incident["region"] in (None, basis.region)
            and incident["resource_id"] in (None, basis.resource))


def settle_claims(period):
    def rank(claim):
        """Higher times first, then the earlier claim; those without an incident never compete."""
        incident = period.incidents.get(claim["incident_id"])
        times = 0
        if incident is not None:
            times = period.policy.at(incident["started_at"]).times[incident["scenario"]]
        return -times, claim["submitted_at"], claim["claim_id"]

    rows = []
    for claim in sorted(period.due["claims"], key=rank):
        rows += judge_claim(period, claim)
    return rows


def judge_claim(period, claim):
    account, resource = claim["account_id"], claim["resource_id"]
    submitted = claim["submitted_at"]
    incident = period.incidents.get(claim["incident_id"])
    entry = {"claim_id": claim["claim_id"], "account_id": account,
             "incident_id": claim["incident_id"], "resource_id": resource or b"",
             "submitted_at": period.text(submitted), "origin_period": period.origin(submitted)}

    def denied(reason, clause):
        return [dict(entry, decision="denied", reason=reason, clause="compensation." + clause)]

    def deferred(reason):
        period.deferred["claims"].append(claim)
        return [dict(entry, decision="deferred", reason=reason,
                     clause="compensation.application")]

    if incident is None:
        if period.rejected("incidents", incident_id=claim["incident_id"]):
            return deferred("source_rejected")
        return denied("unknown_incident", "application")
    started, rectified = incident["started_at"], incident["rectified_at"]
    terms = period.policy.at(started)
    entry.update({
        "service": incident["service"], "region": incident["region"] or b"",
        "scenario": incident["scenario"], "cause": incident["cause"],
        "started_at": period.text(started), "rectified_at": period.text(rectified),
        "policy_version": terms.name})
    if incident["cause"] in terms.excluded_causes:
        return denied(incident["cause"], "exclusions")
    if not incident["sla_covered"]:
        return denied("not_under_sla", "application")
    if submitted < started:
        return denied("before_fault", "application")
    if rectified is None or rectified >= period.end:
        return deferred("fault_not_rectified")
    if submitted > rectified + terms.claim_window_days * DAY:
        return denied("claim_too_late", "application")
    naming = {"account_id": account}
    if resource is not None:
        naming["resource_id"] = resource
    if period.rejected("orders", **naming) or period.rejected("usage", **naming):
        return deferred("source_rejected")
    lines = [row for row in list(period.orders.values()) + period.usage if row.bears(**naming)]
    if not lines:
        return denied("unknown_resource", "application")

    hit = [basis for basis in bases_of(period, account)
           if hits(incident, basis) and resource in (None, basis.resource)
           and max(started, basis.begin) < min(rectified, basis.end)]
    if not hit:
        return denied("not_affected", "scope")
    rows = []
    for one_resource in sorted({basis.resource for basis in hit}):
        bases = sorted((basis for basis in hit if basis.resource == one_resource),
                       key=lambda basis: (basis.begin, basis.id))
        shares = share_seconds(started, rectified, bases,
                               period.state.compensated.get((account, one_resource), []))
        for basis, spans in zip(bases, shares):
            if spans:
                rows.append(compensate(period, terms, incident, entry, basis, spans))
        spent = [span for spans in shares for span in spans]
        period.state.compensated.setdefault((account, one_resource), []).extend(spent)
        period.spans += [(account, one_resource, begin, end) for begin, end in spent]
    return rows or denied("already_compensated", "once")


def share_seconds(started, rectified, bases, compensated):
    """For each basis its spans of the fault: each second that is not compensated yet goes to the
    first basis in the list that is valid then.  Between two neighbouring boundaries nothing
    changes, so the first second of such a piece speaks for all of it."""
    edges = {started, rectified}
    edges |= {edge for basis in bases for edge in (basis.begin, basis.end)}
    edges |= {edge for span in compensated for edge in span}
    edges = sorted(edge for edge in edges if started <= edge <= rectified)
    shares = [[] for _ in bases]
    for second, end in zip(edges, edges[1:]):
        if any(begin <= second < stop for begin, stop in compensated):
            continue
        for basis, spans in zip(bases, shares):
            if basis.begin <= second < basis.end:
                spans.append((second, end))
                break
    return shares


def compensate(period, terms, incident, entry, basis, spans):
    seconds = sum(end - begin for begin, end in spans)
    times = terms.times[incident["scenario"]]
    digits = values.MINOR_UNITS[basis.currency]
    amount = values.round_money(basis.cost * times * seconds / basis.seconds, digits,
                                terms.rounding)
    capped = Fraction(0)
    cost_text = values.shortest_text(basis.cost, digits)
    if basis.kind == "order":
        so_far = period.state.compensated_amounts.get(basis.id, Fraction(0))
        if terms.cap == "actual_payment":
            left = max(basis.cost - so_far, Fraction(0))
            capped = max(amount - left, Fraction(0))
            amount -= capped
        period.state.compensated_amounts[basis.id] = so_far + amount
    daily = values.round_money(basis.cost * DAY / basis.seconds, 8, terms.rounding)
    return dict(entry, **{
        "resource_id": basis.resource, "basis": basis.kind,
        "basis_id": basis.id if basis.kind == "order" else basis.id.decode(),
        "basis_starts_at": period.text(basis.begin), "service": basis.service,
        "region": basis.region, "currency": basis.currency, "decision": "compensated",
        "reason": "capped" if capped else "platform_fault", "clause": "compensation.amount",
        "fault_from": period.text(min(begin for begin, _ in spans)),
        "fault_to": period.text(max(end for _, end in spans)), "fault_seconds": str(seconds),
        "cost": cost_text, "basis_seconds": str(basis.seconds),
        "daily_cost": values.fixed_text(daily, 8), "times": str(times),
        "amount": values.fixed_text(amount, digits),
        "capped": values.fixed_text(capped, digits)})


# ---- rewards -----------------------------------------------------------------------------------

def settle_filings(period):
    rows = []
    for filing in period.pending:
        rows.append(dict(filing_entry(period, filing), decision="pending",
                         reason="not_completed"))
    for filing in sorted(period.due["filings"],
                         key=lambda row: (row["approved_at"], row["filing_id"])):
        rows.append(decide_filing(period, filing))
    return rows


def filing_entry(period, filing):
    account = period.accounts.get(filing["account_id"])
    return {"filing_id": filing["filing_id"], "account_id": filing["account_id"],
            "order_id": filing["order_id"], "tier": account["tier"] if account else "",
            "clause": "reward.conditions", "approved_at": period.text(filing["approved_at"])}


def decide_filing(period, filing):
    at = filing["approved_at"]
    terms = period.policy.at(at)
    account_id = filing["account_id"]
    account = period.accounts.get(account_id)
    order = period.orders.get(filing["order_id"])
    entry = dict(filing_entry(period, filing), policy_version=terms.name,
                 origin_period=period.origin(at))

    def denied(reason):
        return dict(entry, decision="denied", reason=reason)

    waits = (order is None and period.rejected("orders", order_id=filing["order_id"])
             or account is None and period.rejected("accounts", account_id=account_id)
             or order is not None and period.rejected("orders", account_id=account_id,
                                                      resource_id=order["resource_id"]))
    if waits:
        period.deferred["filings"].append(filing)
        return dict(entry, decision="deferred", reason="source_rejected")
    if account is None:
        return denied("unknown_account")
    if not filing["first_filing"]:
        return denied("not_first_filing")
    if not filing["for_website"]:
        return denied("not_a_website")
    if (order is None or order["account_id"] != account_id
            or order["billing_mode"] != "prepaid"
            or order["term_unit"] not in ("month", "year")
            or order["service"].decode("utf-8") not in terms.host_services):
        return denied("no_subscribed_host")
    if not any(other["account_id"] == account_id and other["billing_mode"] == "prepaid"
               and other["resource_id"] == order["resource_id"]
               and other["starts_at"] <= at < service_end(period, other)
               for other in period.orders.values()):
        return denied("service_ended")
    if account["recharge_total"] <= terms.recharge_over:
        return denied("recharge_too_low")
    if (filing["submitted_at"] is None
            or filing["submitted_at"] - filing["started_at"] >= terms.abandoned_days * DAY):
        return denied("abandoned")
    if account_id in period.state.rewarded:
        return denied("already_rewarded")
    period.state.rewarded.add(account_id)
    amount = terms.amount_vip if account["tier"] == "vip" else terms.amount_common
    return dict(entry, **{
        "decision": "granted", "reason": "eligible", "currency": terms.currency,
        "amount": values.fixed_text(amount, values.MINOR_UNITS[terms.currency]),
        "recharge_by": period.text(at + terms.recharge_within_days * DAY),
        "valid_until": period.text(values.add_years(at, terms.valid_years, period.zone))})


# ---- tickets -----------------------------------------------------------------------------------

def list_tickets(period, controls):
    rows = []
    left_out = 0
    for ticket in period.inputs["tickets"]:
        if not ticket.accepted:
            continue
        at = ticket["opened_at"]
        if not period.start <= at < period.end:
            left_out += 1
            continue
        terms = period.policy.at(at)
        scope = "in_scope" if ticket["category"] in terms.in_scope else "out_of_scope"
        rows.append({"ticket_id": ticket["ticket_id"], "account_id": ticket["account_id"],
                     "category": ticket["category"], "scope": scope,
                     "opened_at": period.text(at)})
    controls["left_out", "tickets"] = left_out
    return rows


# ---- ledgers -----------------------------------------------------------------------------------

COLUMNS = {
    "refunds": """request_id,account_id,order_id,resource_id,service,currency,purchased_at,
        starts_at,expires_at,requested_at,decision,reason,clause,product_category,usage_year,used,
        subscribed,usage_unit,actual_payment,fee_rate,amount_due,handling_fee,refund,refund_cash,
        refund_flexi_coupon,refund_cash_coupon,full_refund_number,policy_version,origin_period""",
    "compensations": """claim_id,account_id,incident_id,resource_id,basis,basis_id,
        basis_starts_at,service,region,scenario,cause,currency,submitted_at,started_at,
        rectified_at,decision,reason,clause,fault_from,fault_to,fault_seconds,cost,basis_seconds,
        daily_cost,times,amount,capped,policy_version,origin_period""",
    "rewards": """filing_id,account_id,order_id,tier,decision,reason,clause,currency,amount,
        approved_at,recharge_by,valid_until,policy_version,origin_period""",
    "tickets": "ticket_id,account_id,category,scope,opened_at",
    "accounts": """account_id,name,currency,refunds,refund_total,refund_cash_total,
        refund_flexi_coupon_total,compensations,compensation_total,rewards,reward_total,total""",
    "rejects": "input,file,line,column,reason,record",
}
COLUMNS = {name: [column.strip() for column in text.split(",")] for name, text in COLUMNS.items()}
ORDER = {
    "refunds": ("account_id", "requested_at", "request_id"),
    "compensations": ("account_id", "claim_id", "resource_id", "basis_starts_at", "basis_id"),
    "rewards": ("account_id", "filing_id"),
    "tickets": ("account_id", "ticket_id"),
    "accounts": ("account_id", "currency"),
    "rejects": ("input", "file", "line"),
}


def account_totals(period, ledgers):
    zero = Fraction(0)
    totals = {}

    def total_of(row):
        start = dict(refunds=0, refund_total=zero, refund_cash_total=zero,
                     refund_flexi_coupon_total=zero, compensations=0, compensation_total=zero,
                     rewards=0, reward_total=zero)
        return totals.setdefault((row["account_id"], row["currency"]), start)

    for row in ledgers["refunds"]:
        if row["decision"] in ("full", "partial"):
            total = total_of(row)
            total["refunds"] += 1
            total["refund_total"] += Fraction(row["refund"])
            total["refund_cash_total"] += Fraction(row["refund_cash"])
            total["refund_flexi_coupon_total"] += Fraction(row["refund_flexi_coupon"])
    for row in ledgers["compensations"]:
        if row["decision"] == "compensated":
            total = total_of(row)
            total["compensations"] += 1
            total["compensation_total"] += Fraction(row["amount"])
    for row in ledgers["rewards"]:
        if row["decision"] == "granted":
            total = total_of(row)
            total["rewards"] += 1
            total["reward_total"] += Fraction(row["amount"])

    rows = []
    for (account, currency), total in totals.items():
        known = period.accounts.get(account)
        total["total"] = (total["refund_total"] + total["compensation_total"]
                          + total["reward_total"])
        row = {"account_id": account, "currency": currency,
               "name": (known["name"] or b"") if known else b""}
        for column, value in total.items():
            row[column] = (str(value) if isinstance(value, int)
                           else values.fixed_text(value, values.MINOR_UNITS[currency]))
        rows.append(row)
    return rows


def list_rejects(period):
    return [{"input": row.input, "file": row.file, "line": row.line, "column": row.column,
             "reason": row.reason, "record": exports.readable_utf8(row.raw)}
            for rows in period.inputs.values() for row in rows if row.reason]


def cell_bytes(cell):
    """One cell as written.  Bytes come from an export and must not start a formula; str is ours."""
    if isinstance(cell, bytes):
        text = b"'" + cell if cell[:1] in (b"=", b"+", b"-", b"@", b"\t", b"\r", b"'") else cell
    else:
        text = str(cell).encode()
    if any(byte in b',"\r\n' for byte in text) or text[:1] in (b" ", b"\t") \
            or text[-1:] in (b" ", b"\t"):
        text = b'"' + text.replace(b'"', b'""') + b'"'
    return text


def sort_value(cell):
    if isinstance(cell, int):
        return cell
    return cell if isinstance(cell, bytes) else cell.encode()


def ledger_bytes(name, rows):
    rows.sort(key=lambda row: [sort_value(row.get(column, "")) for column in ORDER[name]])
    lines = [",".join(COLUMNS[name]).encode()]
    for row in rows:
        assert set(row) <= set(COLUMNS[name]), set(row) - set(COLUMNS[name])
        lines.append(b",".join(cell_bytes(row.get(column, "")) for column in COLUMNS[name]))
    return b"\n".join(lines) + b"\n"


# ---- closing -----------------------------------------------------------------------------------

def count_rows(period, controls):
    for name, rows in period.inputs.items():
        for scope in [name] + sorted({row.file for row in rows}):
            mine = [row for row in rows if scope in (name, row.file)]
            controls["read", scope] = len(mine)
            controls["accepted", scope] = sum(row.accepted for row in mine)
            controls["rejected", scope] = sum(row.reason is not None for row in mine)
            controls["duplicate", scope] = sum(row.duplicate and row.reason is None
                                               for row in mine)
    for name in EVENTS:
        controls["deferred", name] = len(period.deferred[name])
        controls["decided", name] = len(period.due[name]) - len(period.deferred[name])


def close(period, retention):
    """The state that the next period needs."""
    state = period.state
    state.last_period = period.month
    for name in EVENTS:
        waiting = period.held[name] + period.deferred[name]
        state.carried[name] = {row.key[0]: row for row in waiting}
        for row in period.due[name]:
            if row.key[0] not in state.carried[name]:
                state.decided[name][row.key[0]] = period.month
        state.decided[name] = {key: month for key, month in state.decided[name].items()
                               if month + retention > period.month}
    awaited = {row["incident_id"] for row in state.carried["claims"].values()}
    state.incidents = {key: row for key, row in period.incidents.items() if key in awaited}


def check_identities(period, before, controls):
    for name in EVENTS:
        accepted = sum(row.accepted for row in period.inputs[name])
        controls["carried_in", name] = len(before.carried[name])
        assert accepted + controls["carried_in", name] == sum(
            controls[scope, name] for scope in ("decided", "deferred", "pending", "held",
                                                "already_decided", "replaced")), name
    for scope, name in list(controls):
        if scope == "read":
            assert controls["read", name] == (controls["accepted", name]
                                              + controls["rejected", name]
                                              + controls["duplicate", name])
