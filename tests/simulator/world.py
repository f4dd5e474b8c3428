"""The small world behind a history: accounts, orders, faults, and the scenes played on them.

A scene aims at one rule or one boundary and leaves records behind.  A record says in which months
it is exported and how: good, bad, double (an equal row twice) or conflict (two rows that differ).
"""

import random
from fractions import Fraction

import exports
import model
import values
from values import DAY, HOUR

ACCOUNTS = [b"acme", b"beta", b"=SUM(A1)", b"+86", b"-neg", b"@at", b"'quoted", b"a,b", b'q"q',
            "\u5ba2\u6237".encode(), b"zz  z", b" lead", b"a", b"B", "\u00e9t\u00e9".encode(),
            b"x%41;y", b"#hash", b"acme-2", b"'=both"]
RESOURCES = [b"r-1", b"r-2", b"=r3", b"disk,4", b"r-1 "]
SERVICES = [b"ecs", b"bms", b"hecs", b"rds", b"@obs"]
REGIONS = [b"cn-north-1", b"ap-1", "\u4e0a\u6d77".encode(), b"-eu"]
NAMES = [b"Acme Ltd", b"=cmd()", b"+1", b"-2", b"@x", b"\tTab", b"\rCR", b"line\nbreak", b"a\r\nb",
         b"comma, inc", b'the "best"', b"'apostrophe", " \u7a7a\u683c ".encode(), b"", b"trail\t",
         "\u00e9\U0001f600".encode(), b"n" * 1024, b"''two", b"\nlf", b"=\"x\",1"]
CURRENCIES = ["CNY"] * 6 + ["JPY", "KWD", "USD"]
PLATFORM_TIMES = ["unavailable", "unavailable", "website_inaccessible", "provisioning_failure",
                  "configuration_failure", "billing_error"]


class Record:
    """One row of an input over the months: its values, later changes, and how it is exported."""

    def __init__(self, name, row):
        self.input = name
        self.row = row
        self.changes = {}                        # month -> changes from then on
        self.modes = {}                          # month -> mode of export; absent = not exported
        self.spoilt_with = {}                    # month -> raw texts of spoiled cells

    def at(self, month):
        row = dict(self.row)
        for when in sorted(self.changes):
            if when <= month:
                row.update(self.changes[when])
        return row


# ---- policies ----------------------------------------------------------------------------------

def vary(rng, terms):
    """Changes some parameters of a version."""
    def maybe(share):
        return rng.random() < share

    if maybe(0.4):
        terms.usage_unit = rng.choice(["hour", "day"])
    if maybe(0.4):
        terms.rounding = rng.choice(["half_even", "down"])
    if maybe(0.3):
        terms.restore_cash_coupons = True
    if maybe(0.5):
        terms.cap = "actual_payment"
    if maybe(0.3):
        terms.full_refunds_per_year = rng.choice([0, 1, 2, 3])
    if maybe(0.15):
        terms.full_refund_days = rng.choice([0, 1, 7, 30])
    if maybe(0.15):
        terms.fees["monthly"] = (Fraction("0.125"), None, None)
        terms.fees["3-year"] = (Fraction(1), Fraction(0), Fraction("0.0333"))
    if maybe(0.15):
        terms.fees["1-year"] = (None, None, None)
        terms.fees["2-year"] = (Fraction("0.5"), Fraction("0.25"), Fraction("0.05"))
    if maybe(0.15):
        terms.times = dict(terms.times, unavailable=rng.choice([1, 30, 1000]), billing_error=50)
    if maybe(0.15):
        terms.claim_window_days = rng.choice([0, 3, 30])
    if maybe(0.15):
        terms.amount_common, terms.amount_vip = Fraction("88.8"), Fraction(1000)
    if maybe(0.1):
        terms.currency = "USD"
    if maybe(0.1):
        terms.currency, terms.amount_common = "JPY", Fraction(120)
        terms.amount_vip = Fraction(300)
    if maybe(0.15):
        terms.recharge_over = rng.choice([Fraction(0), Fraction("199.99"), Fraction(500)])
    if maybe(0.1):
        terms.abandoned_days, terms.recharge_within_days = 3, 14
    if maybe(0.1):
        terms.valid_years = 2
    if maybe(0.1):
        terms.host_services = ("ecs", "rds")
    if maybe(0.1):
        terms.in_scope = terms.in_scope[:3]
        terms.out_of_scope = terms.out_of_scope + exports.IN_SCOPE[3:]


def make_policy(rng, first, count):
    """(policy, whether it is the published one as it is)."""
    kind = rng.random()
    if kind < 0.5:
        return model.Policy(), True
    policy = model.Policy()
    if kind < 0.9:
        vary(rng, policy.versions[0])
        policy.versions[0].name = "varied"
        if rng.random() < 0.12:
            policy.versions[0].retention_months = rng.choice([1, 2, 3])
    if kind > 0.72:
        start = values.month_start(first, policy.zone)
        later = model.Terms(name="later_2.x-y", effective_from=start + rng.choice(
            [-40 * DAY, 0, rng.randrange(0, count * 30 * DAY)]))
        vary(rng, later)
        policy.versions.append(later)
    if rng.random() < 0.1:
        policy.zone = rng.choice([5 * HOUR + 1800, -3 * HOUR, 9 * HOUR])
        policy.versions[0].effective_from = -policy.zone
    return policy, False


# ---- the world ---------------------------------------------------------------------------------

class World:
    def __init__(self, seed):
        self.rng = rng = random.Random(seed)
        self.count = rng.choice([2, 2, 3, 3, 4, 5])
        self.first = values.month_parse(rng.choice(
            ["2023-11", "2024-01", "2024-02", "2025-01", "2025-12", "2026-07", "2026-10",
             "2027-12", "2028-02", "2029-01"]))
        self.months = range(self.first, self.first + self.count)
        self.policy, self.plain_policy = make_policy(rng, self.first, self.count)
        self.zone = self.policy.zone
        self.opening = None
        if rng.random() < 0.3:
            self.opening = self.first - rng.choice([0, 1, 2, 12])
        self.accounts = rng.sample(ACCOUNTS, rng.randint(2, 5))
        self.records = {name: [] for name in exports.INPUTS}
        self.serial = 0
        for account in self.accounts:
            self.account(account)
        for _ in range(rng.randint(2, 6)):
            self.order(purchased_at=self.moment(rng.choice(self.months)) - rng.randrange(90 * DAY))
        scenes = []
        for name in dir(self):
            if name.startswith("scene_"):
                scene = getattr(self, name)
                scenes += [scene] * SCENE_WEIGHTS.get(name[6:], 2)
        for month in self.months:
            for _ in range(rng.choice([2, 3, 5, 8, 12, 16, 22])):
                rng.choice(scenes)(month)

    # -- small helpers

    def id(self, prefix):
        self.serial += 1
        style = self.rng.random()
        text = b"%s%d" % (prefix, self.serial)
        if style < 0.08:
            text = self.rng.choice([b"=", b"+", b"-", b"@", b"'", b"''"]) + text
        elif style < 0.12:
            text += self.rng.choice([b",x", b'"', b" y", "\u00fc".encode(), b" ", b";\\"])
        elif style < 0.13:
            text = text.ljust(256, b"x")
        return text

    def moment(self, month):
        """An instant in the month, often on an edge."""
        start = values.month_start(month, self.zone)
        end = values.month_start(month + 1, self.zone)
        kind = self.rng.random()
        if kind < 0.05:
            return start
        if kind < 0.1:
            return end - 1
        if kind < 0.4:
            return start + self.rng.randrange((end - start) // HOUR) * HOUR
        return self.rng.randrange(start, end)

    def chance(self, share):
        return self.rng.random() < share

    def pick_account(self):
        return self.rng.choice(self.accounts)

    def nudge(self):
        return self.rng.choice([-1, 0, 0, 0, 1])

    def money(self, currency):
        """A payment that fits the currency's minor unit."""
        rng = self.rng
        units = rng.choice([0, 1, 5, 7, 10, 25, 30, 45, 99, 105, 110, 1234, 1245, 9999, 10000,
                            123457, rng.randrange(10 ** 6), rng.randrange(10 ** 8)])
        if rng.random() < 0.01:
            units = 10 ** 15 * 10 ** values.MINOR_UNITS[currency] - 1 - rng.randrange(2)
        return Fraction(units, 10 ** values.MINOR_UNITS[currency])

    def add(self, name, row, months=None):
        record = Record(name, row)
        for month in (self.months if months is None else months):
            record.modes[month] = "good"
        self.records[name].append(record)
        return record

    def spoil(self, record, month):
        """A bad or conflicting row in this month; afterwards good, bad for longer, or gone."""
        kind = self.rng.random()
        mode = "bad" if kind < 0.7 else "conflict" if kind < 0.9 else "double"
        record.modes[month] = mode
        fate = self.rng.random()
        if fate < 0.2:
            record.modes[month + 1] = mode
        elif fate < 0.4:
            for later in self.months:
                if later > month:
                    record.modes.pop(later, None)

    # -- records

    def account(self, account, month=None, **changes):
        rng = self.rng
        row = {"account_id": account, "name": rng.choice(NAMES) or None,
               "tier": rng.choice(["common", "vip"]),
               "recharge_total": rng.choice([Fraction(0), Fraction(200), Fraction("200.01"),
                                             Fraction(1000), Fraction("350.5"),
                                             Fraction("200.0000000001")])}
        row.update(changes)
        return self.add("accounts", row)

    def order(self, term=None, used=None, **changes):
        """An order; expires_at follows from starts_at and the term unless it is given."""
        rng = self.rng
        currency = changes.get("currency") or rng.choice(CURRENCIES)
        unit, number = term or rng.choice(
            [("month", 1)] * 4 + [("month", 3), ("month", 12), ("month", 24), ("month", 36),
                                  ("year", 1), ("year", 2), ("year", 3), ("day", 30), ("hour", 72)])
        purchased = changes["purchased_at"]
        starts = changes.get("starts_at", purchased + rng.choice([0, 0, 0, 1, 3600, 90000]))
        length = {"hour": HOUR, "day": DAY, "month": 30 * DAY + 5 * HOUR}.get(unit, 0) * number
        expires = starts + length
        if unit == "year":
            expires = values.add_years(starts, number, self.zone)
        flexi = self.money(currency) if rng.random() < 0.4 else Fraction(0)
        row = {"order_id": self.id(b"O"), "account_id": self.pick_account(),
               "resource_id": rng.choice(RESOURCES), "service": rng.choice(SERVICES),
               "region": rng.choice(REGIONS), "billing_mode": "prepaid", "term_unit": unit,
               "term_count": number, "currency": currency, "purchased_at": purchased,
               "starts_at": starts, "expires_at": expires, "cash_paid": self.money(currency),
               "flexi_coupon_paid": flexi,
               "cash_coupon_paid": rng.choice([Fraction(0), self.money(currency)]),
               "refundable": True, "released_at": None, "refunded_at": None}
        row.update(changes)
        return self.add("orders", row)

    def host(self, month, at, **changes):
        """An order of some length that is in use at this instant."""
        rng = self.rng
        begin = at - rng.randrange(6 * DAY, 29 * DAY)
        return self.order(term=changes.pop("term", None) or rng.choice(
            [("month", 1), ("month", 2), ("month", 12), ("year", 1), ("year", 3)]),
            purchased_at=begin, **changes)

    def event(self, name, row, month):
        """Exports an event in its month: in time, late, early, again, spoiled, changed ..."""
        rng = self.rng
        record = Record(name, row)
        self.records[name].append(record)
        modes = record.modes
        kind = rng.random()
        if kind < 0.62:
            modes[month] = "good"
        elif kind < 0.68:
            modes[month + 1] = "good"
        elif kind < 0.74:
            modes[month - 1] = "good"
        elif kind < 0.80:
            modes[month] = modes[month + 1] = "good"
        elif kind < 0.84:
            modes[month] = "bad"
            if rng.random() < 0.7:
                modes[month + 1] = "good"
        elif kind < 0.86:
            modes[month] = "conflict"
            if rng.random() < 0.7:
                modes[month + 1] = "good"
        elif kind < 0.91:
            modes[month] = "double"
        elif kind < 0.94:
            modes[month - 1] = modes[month] = "good"
            record.changes[month] = self.other_event(name, row, month)
        elif kind < 0.96:
            modes[month - 1] = "good"
            modes[month] = rng.choice(["bad", "conflict"])
        else:
            modes[month] = modes[month + 1] = "good"
            record.changes[month + 1] = self.other_event(name, row, month + 1)
            if rng.random() < 0.5:
                modes[month + 2] = "good"
        return record

    def other_event(self, name, row, month):
        """What a later export of the same event may say instead."""
        rng = self.rng
        column = exports.EVENT_TIME[name]
        if name == "filings":
            if row["approved_at"] is None:
                return {"approved_at": (row["submitted_at"] or row["started_at"]) + 3600}
            return rng.choice([{"approved_at": None}, {"first_filing": not row["first_filing"]}])
        change = {column: self.moment(rng.choice([month - 1, month, month + 1]))}
        if rng.random() < 0.5:
            change = {"account_id": self.pick_account()}
        return change

    def request(self, order, at, month, **changes):
        row = {"request_id": self.id(b"Q"), "account_id": order.row["account_id"],
               "order_id": order.row["order_id"], "requested_at": at}
        row.update(changes)
        return self.event("refund_requests", row, month)

    def incident(self, started, seconds, **changes):
        rng = self.rng
        row = {"incident_id": self.id(b"I"), "scenario": rng.choice(PLATFORM_TIMES),
               "cause": "platform", "service": rng.choice(SERVICES), "region": None,
               "resource_id": None, "started_at": started,
               "rectified_at": None if seconds is None else started + seconds,
               "sla_covered": rng.choice([None, True]), "title": rng.choice(NAMES) or None}
        row.update(changes)
        month = values.month_of(started, self.zone)
        record = self.add("incidents", row, [m for m in self.months
                                             if m >= month and rng.random() < 0.8])
        return record

    def incident_on(self, order, started, seconds, **changes):
        """An incident that hits an order or a usage line, in one of the ways it can."""
        rng = self.rng
        row = order.row
        where = {"service": row["service"],
                 "region": rng.choice([None, row["region"]]),
                 "resource_id": rng.choice([None, None, row["resource_id"]])}
        where.update(changes)
        return self.incident(started, seconds, **where)

    def claim(self, account, incident, at, month, **changes):
        row = {"claim_id": self.id(b"C"), "account_id": account,
               "incident_id": incident.row["incident_id"], "resource_id": None,
               "submitted_at": at}
        row.update(changes)
        if isinstance(incident, Record) and self.chance(0.9):
            incident.modes.setdefault(month, "good")
        return self.event("claims", row, month)

    def filing(self, account, order, month, **changes):
        approved = changes.pop("approved_at", 0)
        if approved == 0:
            approved = self.moment(month)
        base = approved or self.moment(month)
        started = base - self.rng.randrange(DAY, 20 * DAY)
        row = {"filing_id": self.id(b"F"), "account_id": account,
               "order_id": order.row["order_id"], "first_filing": True, "for_website": True,
               "started_at": started,
               "submitted_at": min(started + self.rng.randrange(9 * DAY), base),
               "approved_at": approved}
        row.update(changes)
        return self.event("filings", row, month)

    # -- scenes: refunds

    def scene_full(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.randrange(5 * DAY))
        self.request(order, at, month)
        if self.chance(0.5):
            order.changes[month + 1] = {"refunded_at": at + self.rng.choice([0, 1, 3600])}

    def scene_five_days(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - 5 * DAY + self.nudge())
        self.request(order, at, month)

    def scene_partial(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.randrange(6 * DAY, 28 * DAY),
                           term=self.rng.choice([("month", 1), ("month", 2), ("day", 40),
                                                 ("hour", 900), ("year", 1), ("year", 2),
                                                 ("year", 3), ("month", 24), ("month", 36),
                                                 ("month", 12), ("month", 11), ("day", 364)]))
        self.request(order, at, month)
        if self.chance(0.3):
            order.changes[month + 1] = {"refunded_at": at + 60, "released_at": at + 60}

    def scene_usage_year(self, month):
        at = self.moment(month)
        if self.chance(0.3) and month % 12 == 1:
            at = values.month_start(month, self.zone) + 27 * DAY + self.rng.randrange(DAY)
        years = self.rng.choice([1, 1, 2, 2, 3])
        starts = values.add_years(at, -years, self.zone) + self.nudge()
        term = self.rng.choice([years, years, 1, 2, 3])
        expires = max(values.add_years(starts, term, self.zone), at) + self.rng.choice(
            [0, 1, 30 * DAY])
        order = self.order(term=self.rng.choice([("year", term), ("month", 12 * term)]),
                           purchased_at=starts, starts_at=starts, expires_at=expires)
        self.request(order, at, month)

    def scene_leap_day(self, month):
        leap = values.days_from_civil(self.rng.choice([2020, 2024]), 2, 29) * DAY - self.zone
        leap += self.rng.randrange(DAY)
        order = self.order(term=("year", 3), purchased_at=leap, starts_at=leap)
        self.request(order, self.moment(month), month)

    def scene_no_category(self, month):
        at = self.moment(month)
        order = self.order(term=self.rng.choice([("month", 13), ("day", 365), ("year", 4),
                                                 ("month", 48), ("year", 5), ("day", 999)]),
                           purchased_at=at - self.rng.choice([DAY, 6 * DAY]))
        self.request(order, at, month)

    def scene_pay_per_use(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.randrange(1, 9 * DAY),
                           billing_mode=self.rng.choice(["pay_per_use", "package"]))
        if self.chance(0.6):
            order.row.update(term_unit=None, term_count=None)
        if self.chance(0.6):
            order.row["expires_at"] = None
        self.request(order, at, month)
        if self.chance(0.3):
            self.claim_on(order, month)

    def scene_nonrefundable(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - DAY, refundable=False)
        self.request(order, at, month)

    def scene_before_purchase(self, month):
        at = self.moment(month)
        self.request(self.order(purchased_at=at + self.rng.choice([1, 1, 0, DAY])), at, month)

    def scene_refund_twice(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.choice([DAY, 9 * DAY]))
        self.request(order, at, month)
        for _ in range(self.rng.randint(1, 2)):
            later = at + self.rng.choice([0, 1, HOUR, 2 * DAY, 31 * DAY])
            self.request(order, later, values.month_of(later, self.zone))

    def scene_refunded_in_export(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - 3 * DAY, refunded_at=at + self.nudge())
        self.request(order, at, month)

    def scene_expiry(self, month):
        at = self.moment(month)
        starts = at - self.rng.randrange(7 * DAY, 40 * DAY)
        order = self.order(term=("month", 1), purchased_at=starts, starts_at=starts,
                           expires_at=at + self.nudge())
        self.request(order, at, month)

    def scene_released(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.choice([DAY, 8 * DAY]),
                           term=("month", 1), released_at=at + self.nudge())
        self.request(order, at, month)

    def scene_wrong_names(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - DAY)
        if self.chance(0.5):
            self.request(order, at, month, account_id=self.rng.choice(
                [account for account in self.accounts if account != order.row["account_id"]]
                + [b"nobody"]))
        else:
            self.request(order, at, month, order_id=b"O-unknown")

    def scene_small_payment(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.choice([DAY, 6 * DAY, 29 * DAY]),
                           term=("month", 1))
        order.row.update(cash_paid=Fraction(0), flexi_coupon_paid=Fraction(0))
        if self.chance(0.6):
            unit = Fraction(1, 10 ** values.MINOR_UNITS[order.row["currency"]])
            order.row.update(cash_paid=unit * self.rng.randrange(3),
                             flexi_coupon_paid=unit * self.rng.randrange(4))
        self.request(order, at, month)
        if self.chance(0.3):
            self.claim_on(order, month)

    def scene_advance_renewal(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.choice([2 * DAY, 7 * DAY]),
                           starts_at=at + self.rng.choice([0, 1, 12 * DAY]), term=("month", 1))
        self.request(order, at, month)

    def scene_quota(self, month):
        if self.chance(0.75) and self.plain_policy:
            return
        account = self.pick_account()
        limit = self.policy.at(values.month_start(month, self.zone)).full_refunds_per_year
        at = self.moment(month)
        for _ in range(min(limit, 10) + self.rng.randint(1, 2)):
            when = min(max(at + self.rng.randrange(-6 * HOUR, 6 * HOUR),
                           values.month_start(month, self.zone)),
                       values.month_start(month + 1, self.zone) - 1)
            order = self.order(purchased_at=when - DAY, account_id=account)
            record = self.request(order, when, month)
            record.changes.clear()

    def scene_rejected_order(self, month):
        at = self.moment(month)
        order = self.order(purchased_at=at - self.rng.choice([DAY, 8 * DAY]))
        self.spoil(order, month)
        kind = self.rng.random()
        if kind < 0.5:
            self.request(order, at, month)
        elif kind < 0.8:
            self.claim_on(order, month)
        else:
            self.filing(order.row["account_id"], order, month)

    def scene_any_request(self, month):
        order = self.rng.choice(self.records["orders"])
        self.request(order, self.moment(month), month)

    # -- scenes: compensation

    def claim_on(self, order, month, seconds=None, **changes):
        """A fault that hits the order in or before the month, and a claim for it."""
        rng = self.rng
        at = self.moment(month)
        if seconds is None:
            seconds = rng.choice([1, 59, 60, 61, 1800, 3600, 7200, DAY, rng.randrange(3 * DAY),
                                  rng.randrange(3 * DAY)])
        started = at - seconds - rng.randrange(6 * DAY)
        incident = self.incident_on(order, started, seconds, **changes)
        wide = rng.random() < 0.3
        claim = self.claim(order.row["account_id"], incident, at, month,
                           resource_id=None if wide else order.row["resource_id"])
        return incident, claim

    def scene_claim(self, month):
        self.claim_on(self.host(month, self.moment(month)), month)

    def scene_claim_any_order(self, month):
        self.claim_on(self.rng.choice(self.records["orders"]), month)

    def scene_unknown_incident(self, month):
        ghost = Record("incidents", {"incident_id": b"I-unknown"})
        self.claim(self.pick_account(), ghost, self.moment(month), month)

    def scene_excluded(self, month):
        order = self.host(month, self.moment(month))
        self.claim_on(order, month, cause=self.rng.choice(exports.EXCLUDED_CAUSES))

    def scene_not_under_sla(self, month):
        self.claim_on(self.host(month, self.moment(month)), month, sla_covered=False)

    def scene_before_fault(self, month):
        at = self.moment(month)
        order = self.host(month, at)
        incident = self.incident_on(order, at + self.rng.choice([0, 1, 1, HOUR]),
                                    self.rng.choice([0, 1, 600]))
        self.claim(order.row["account_id"], incident, at, month)

    def scene_open_incident(self, month):
        at = self.moment(month)
        order = self.host(month, at, term=("year", 1))
        started = at - self.rng.randrange(2 * DAY)
        incident = self.incident_on(order, started, None)
        claim = self.claim(order.row["account_id"], incident, at, month,
                           resource_id=self.rng.choice([None, order.row["resource_id"]]))
        kind = self.rng.random()
        rectified = self.moment(month + 1)
        if kind < 0.6:
            incident.changes[month + 1] = {"rectified_at": max(rectified, started)}
            incident.modes[month + 1] = "good"
        elif kind < 0.8:
            for later in self.months:
                if later > month:
                    incident.modes.pop(later, None)
            incident.modes[month + 1] = self.rng.choice(["bad", "conflict"])
            incident.modes[month + 2] = "good"
            incident.changes[month + 2] = {"rectified_at": max(rectified, started)}
        return claim

    def scene_rectified_at_month_end(self, month):
        end = values.month_start(month + 1, self.zone)
        order = self.host(month, end, term=("year", 1))
        started = end - self.rng.choice([1, HOUR, DAY])
        incident = self.incident_on(order, started, None)
        incident.row["rectified_at"] = max(end + self.nudge(), started)
        if self.chance(0.4):
            for later in self.months:
                if later > month:
                    incident.modes.pop(later, None)
        self.claim(order.row["account_id"], incident, end - 1, month)

    def scene_claim_window(self, month):
        at = self.moment(month)
        order = self.host(month, at - 8 * DAY, term=("year", 1))
        rectified = at - 7 * DAY + self.nudge()
        seconds = self.rng.choice([1, 600, DAY])
        incident = self.incident_on(order, rectified - seconds, seconds)
        self.claim(order.row["account_id"], incident, at, month)

    def scene_unknown_resource(self, month):
        at = self.moment(month)
        order = self.host(month, at)
        incident = self.incident_on(order, at - DAY, HOUR)
        if self.chance(0.5):
            self.claim(order.row["account_id"], incident, at, month, resource_id=b"r-none")
        else:
            self.claim(b"stranger", incident, at, month)

    def scene_not_affected(self, month):
        at = self.moment(month)
        order = self.host(month, at)
        change = self.rng.choice([{"region": b"elsewhere"}, {"service": b"other"},
                                  {"resource_id": b"r-other"}, {"region": b"elsewhere"}])
        seconds = self.rng.choice([0, HOUR, HOUR])
        incident = self.incident_on(order, at - DAY, seconds, **(change if seconds else {}))
        self.claim(order.row["account_id"], incident, at, month,
                   resource_id=order.row["resource_id"])

    def scene_competing(self, month):
        """Overlapping faults of one resource, several claims."""
        rng = self.rng
        at = self.moment(month)
        order = self.host(month, at, term=("year", 1))
        for _ in range(rng.randint(2, 4)):
            seconds = rng.choice([HOUR, 3 * HOUR, DAY, rng.randrange(DAY)])
            started = at - rng.randrange(2 * DAY) - seconds
            incident = self.incident_on(order, started, seconds)
            for _ in range(rng.randint(1, 2)):
                when = min(at + rng.choice([0, 0, 1, HOUR, DAY]),
                           values.month_start(month + 1, self.zone) - 1)
                self.claim(order.row["account_id"], incident, when, month,
                           resource_id=rng.choice([None, order.row["resource_id"]]))

    def scene_claimed_again(self, month):
        """The next month claims the same fault, or one that overlaps it."""
        if month + 1 not in self.months:
            return
        order = self.host(month, self.moment(month), term=("year", 1))
        incident, claim = self.claim_on(order, month, seconds=self.rng.choice([HOUR, 3 * DAY]))
        if self.chance(0.5):
            incident = self.incident_on(
                order, incident.row["started_at"] + self.rng.choice([-HOUR, HOUR // 2]),
                self.rng.choice([HOUR, DAY]), scenario="unavailable")
        self.claim(order.row["account_id"], incident, incident.row["rectified_at"] + 5 * DAY,
                   month + 1)
        if self.chance(0.3):
            incident.changes[month + 1] = {"rectified_at": incident.row["rectified_at"] + HOUR}

    def scene_usage(self, month):
        rng = self.rng
        at = self.moment(month)
        account, resource = self.pick_account(), rng.choice(RESOURCES)
        service, region = rng.choice(SERVICES), rng.choice(REGIONS)
        today = values.local_day(at, self.zone)
        currency = rng.choice(CURRENCIES)
        lines = []
        for day in range(today - rng.randint(0, 4), today + 1):
            if rng.random() < 0.15:
                continue
            cost = Fraction(rng.randrange(10 ** 6), 10 ** rng.choice([0, 2, 4, 10]))
            line = self.add("usage", {
                "account_id": account, "resource_id": resource, "service": service,
                "region": region, "usage_date": day, "cost": cost, "currency": currency},
                [m for m in (month, month + 1) if rng.random() < 0.9])
            lines.append(line)
        if lines:
            started = at - rng.randrange(1, 4 * DAY)
            incident = self.incident_on(rng.choice(lines), started,
                                        rng.randrange(1, at - started + 1))
            self.claim(account, incident, at, month,
                       resource_id=rng.choice([None, resource, resource]))
            if rng.random() < 0.3:
                self.order(purchased_at=at - 3 * DAY, account_id=account, resource_id=resource,
                           service=service, region=region)
            if rng.random() < 0.25:
                self.spoil(rng.choice(lines), month)
            if rng.random() < 0.1:
                rng.choice(lines).modes[month] = "double"

    def scene_early_renewal(self, month):
        rng = self.rng
        at = self.moment(month)
        order = self.host(month, at, term=("month", 1))
        row = order.row
        begin = rng.choice([row["starts_at"], row["expires_at"], row["expires_at"] - 2 * DAY,
                            at - 2 * DAY])
        renewal = self.order(term=("month", 1), purchased_at=min(begin, at - 3 * DAY),
                             starts_at=begin, account_id=row["account_id"],
                             resource_id=row["resource_id"],
                             service=rng.choice([row["service"]] * 3 + [b"rds"]),
                             region=rng.choice([row["region"]] * 3 + [b"ap-1"]))
        self.claim_on(rng.choice([order, renewal]), month,
                      seconds=rng.choice([HOUR, 2 * DAY, 5 * DAY]))

    def scene_refund_in_a_fault(self, month):
        rng = self.rng
        at = self.moment(month)
        order = self.host(month, at, term=("year", 1))
        started = at - rng.randrange(1, 2 * DAY)
        incident = self.incident_on(order, started, rng.randrange(1, 3 * DAY))
        self.request(order, at, month)
        when = min(at + rng.randrange(3 * DAY), values.month_start(month + 1, self.zone) - 1)
        if when < incident.row["started_at"]:
            when = incident.row["started_at"]
        self.claim(order.row["account_id"], incident, when, month)
        if self.chance(0.3):
            order.row["released_at"] = started + rng.randrange(2 * DAY)

    def scene_rejected_incident(self, month):
        order = self.host(month, self.moment(month), term=("year", 1))
        incident, _ = self.claim_on(order, month)
        self.spoil(incident, month)

    def scene_rejected_resource(self, month):
        """Another order of the claimed resource, or of the account, is rejected."""
        at = self.moment(month)
        order = self.host(month, at)
        self.claim_on(order, month)
        other = self.order(purchased_at=at - DAY, account_id=order.row["account_id"],
                           resource_id=self.rng.choice([order.row["resource_id"], b"r-2"]))
        self.spoil(other, month)

    def scene_long_fault(self, month):
        order = self.host(month, self.moment(month), term=("month", 1))
        if self.chance(0.5):
            order.row["cash_paid"] = Fraction(1)
            order.row["flexi_coupon_paid"] = Fraction(0)
        self.claim_on(order, month, seconds=self.rng.randrange(3 * DAY, 12 * DAY))

    def scene_cap_used_up(self, month):
        """Several faults of one cheap order, this month and the next."""
        order = self.host(month, self.moment(month), term=("month", 2), cash_paid=Fraction(50),
                          flexi_coupon_paid=Fraction(0))
        for when in (month, month, month + 1):
            if when in self.months:
                self.claim_on(order, when, seconds=self.rng.choice([9 * HOUR, DAY]),
                              scenario="unavailable")

    def scene_forgotten_id(self, month):
        """Long after its decision an event is exported again, with another time."""
        retention = self.policy.at(values.month_start(month, self.zone)).retention_months
        at = self.moment(month)
        record = self.request(self.order(purchased_at=at - DAY), at, month)
        record.modes = {month: "good"}
        record.changes = {}
        for later in (month + retention, month + retention + 1):
            if later in self.months:
                record.modes[later] = "good"
                record.changes[later] = {"requested_at": self.moment(later)}

    def scene_any_claim(self, month):
        if self.records["incidents"]:
            incident = self.rng.choice(self.records["incidents"])
            self.claim(self.pick_account(), incident, self.moment(month), month,
                       resource_id=self.rng.choice([None] + RESOURCES))

    def scene_incident_changes(self, month):
        order = self.host(month, self.moment(month), term=("year", 1))
        incident, claim = self.claim_on(order, month)
        incident.changes[month + 1] = self.rng.choice([
            {"cause": "platform"}, {"cause": "carrier_fault"}, {"scenario": "billing_error"},
            {"started_at": incident.row["started_at"] - HOUR}, {"service": b"other"}])
        claim.modes = {month - 1: "good"} if self.chance(0.3) else {month + 1: "good"}

    # -- scenes: rewards

    def new_account(self, month, **changes):
        account = self.id(b"acct-")
        changes.setdefault("recharge_total", Fraction(self.rng.choice([201, 500, 12345])))
        return self.account(account, **changes)

    def reward_pair(self, month, approved, **changes):
        account = self.new_account(month)
        host = {"account_id": account.row["account_id"],
                "service": self.rng.choice([b"ecs", b"bms", b"hecs"])}
        host.update(changes)
        return account, self.host(month, approved, **host)

    def scene_granted(self, month):
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        self.filing(account.row["account_id"], order, month, approved_at=at)

    def scene_reward_twice(self, month):
        at = self.moment(month)
        account, order = self.reward_pair(month, at, term=("year", 1))
        self.filing(account.row["account_id"], order, month, approved_at=at)
        later = at + self.rng.choice([0, 1, DAY, 31 * DAY])
        self.filing(account.row["account_id"], order, values.month_of(later, self.zone),
                    approved_at=later)

    def scene_pending(self, month):
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        record = self.filing(account.row["account_id"], order, month, approved_at=None)
        approved = max(self.moment(month + 1), record.row["submitted_at"])
        record.modes = {month: "good", month + 1: "good", month + 2: "good"}
        record.changes[month + self.rng.choice([1, 2])] = {"approved_at": approved}

    def scene_filing_reasons(self, month):
        rng = self.rng
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        change = rng.choice([{"first_filing": False}, {"for_website": False},
                             {"account_id": b"stranger"}, {"order_id": b"O-unknown"},
                             {"submitted_at": None}])
        self.filing(account.row["account_id"], order, month, approved_at=at, **change)

    def scene_no_host(self, month):
        rng = self.rng
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        order.row.update(rng.choice([
            {"service": b"rds"}, {"billing_mode": "pay_per_use"}, {"account_id": b"acme"},
            {"term_unit": "day", "term_count": 30}, {"term_unit": "hour"}]))
        self.filing(account.row["account_id"], order, month, approved_at=at)

    def scene_service_ended(self, month):
        rng = self.rng
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        end = at + self.nudge()
        kind = rng.random()
        if kind < 0.3:
            order.row["expires_at"] = end
        elif kind < 0.5:
            order.row["released_at"] = end
        elif kind < 0.7:
            order.row["refunded_at"] = end
        elif kind < 0.9:
            self.request(order, end, values.month_of(end, self.zone))
        else:
            order.row.update(starts_at=end, expires_at=end + 30 * DAY)
        if rng.random() < 0.25:
            self.order(term=("month", 1), purchased_at=end, starts_at=end,
                       account_id=order.row["account_id"],
                       resource_id=order.row["resource_id"], service=b"rds")
        self.filing(account.row["account_id"], order, month, approved_at=at)

    def scene_recharge(self, month):
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        account.row["recharge_total"] = self.rng.choice(
            [Fraction(200), Fraction("200.0000000001"), Fraction(0), Fraction("199.99")])
        self.filing(account.row["account_id"], order, month, approved_at=at)

    def scene_abandoned(self, month):
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        started = at - 10 * DAY - self.rng.choice([0, 5, DAY])
        submitted = min(started + 10 * DAY + self.nudge(), at)
        self.filing(account.row["account_id"], order, month, approved_at=at, started_at=started,
                    submitted_at=submitted)

    def scene_rejected_account(self, month):
        at = self.moment(month)
        account, order = self.reward_pair(month, at)
        record = self.filing(account.row["account_id"], order, month, approved_at=at)
        kind = self.rng.random()
        if kind < 0.5:
            self.spoil(account, month)
        elif kind < 0.7:
            self.spoil(order, month)
        else:
            other = self.order(purchased_at=at - DAY, account_id=order.row["account_id"],
                               resource_id=order.row["resource_id"])
            self.spoil(other, month)
        return record

    def scene_any_filing(self, month):
        order = self.rng.choice(self.records["orders"])
        self.filing(order.row["account_id"], order, month)

    # -- scenes: the rest

    def scene_ticket(self, month):
        rng = self.rng
        for _ in range(rng.randint(1, 3)):
            at = self.moment(month + rng.choice([-1, 0, 0, 0, 0, 1]))
            self.event("tickets", {
                "ticket_id": self.id(b"T"), "account_id": self.pick_account(),
                "category": rng.choice(exports.IN_SCOPE + exports.OUT_OF_SCOPE),
                "opened_at": at}, month)

    def scene_too_old(self, month):
        limit = values.month_start(
            month - self.policy.at(values.month_start(month, self.zone)).retention_months,
            self.zone)
        at = limit + self.rng.choice([-1, -1, 0, -40 * DAY])
        if at < 0:
            return
        kind = self.rng.random()
        order = self.order(purchased_at=at - DAY)
        if kind < 0.35:
            self.request(order, at, month)
        elif kind < 0.5:
            self.event("tickets", {"ticket_id": self.id(b"T"), "account_id": self.pick_account(),
                                   "category": "console_fault", "opened_at": at}, month)
        elif kind < 0.75:
            incident = self.incident_on(order, at - HOUR, 60)
            self.claim(order.row["account_id"], incident, at, month)
        else:
            self.filing(order.row["account_id"], order, month, approved_at=at)

    def scene_spoiled_anything(self, month):
        name = self.rng.choice(list(exports.INPUTS))
        candidates = [record for record in self.records[name] if month in record.modes]
        if candidates:
            record = self.rng.choice(candidates)
            record.modes[month] = self.rng.choice(["bad", "bad", "conflict", "double"])

    def scene_gone(self, month):
        """An order or account drops out of the snapshots."""
        record = self.rng.choice(self.records["orders"] + self.records["accounts"])
        if self.chance(0.5):
            for later in self.months:
                if later > month:
                    record.modes.pop(later, None)

    def scene_far_apart(self, month):
        """Ends of the ranges: the shortest order, a hundred years, the highest payment."""
        at = self.moment(month)
        starts = at - self.rng.choice([0, 6 * DAY])
        order = self.order(purchased_at=starts, starts_at=starts, term=("year", 3),
                           expires_at=self.rng.choice([
                               starts + 1, values.add_years(starts, 100, self.zone)]))
        if self.chance(0.5):
            digits = values.MINOR_UNITS[order.row["currency"]]
            order.row["cash_paid"] = Fraction(10 ** (15 + digits) - 1, 10 ** digits)
            order.row["flexi_coupon_paid"] = order.row["cash_paid"]
        self.request(order, at, month)
        if self.chance(0.4):
            self.claim_on(order, month)


SCENE_WEIGHTS = {"full": 5, "partial": 5, "claim": 5, "usage": 4, "competing": 3, "ticket": 3,
                 "early_renewal": 3, "open_incident": 3, "granted": 3, "any_request": 3,
                 "any_claim": 4, "filing_reasons": 3, "gone": 1, "far_apart": 1, "leap_day": 1,
                 "quota": 1, "rejected_account": 3,
                 "excluded": 6, "rejected_order": 5, "spoiled_anything": 6, "small_payment": 3,
                 "cap_used_up": 4}
