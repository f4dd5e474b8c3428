#!/usr/bin/python3
"""A year of real incidents against generated orders and claims, month by month.

    RECOMPENSE=build/recompense python3 tests/batch/incidents_2024_test.py

The 6,735 public incidents of tests/data/incidents-2024.csv overlap heavily; some have no length,
some no end, some fractions of seconds, many are maintenance. Accounts with several resources of
those services (renewed early, late, released, refunded, some billed by the day) claim for them from
2024-01 to 2025-01, on time, late, early, twice, for one resource or all. What the program publishes
is then checked from its CSV alone: every row is reckoned again from the incident, the order and the
rows decided before it. Ends with "N passed, N failed".
"""

import bisect
import csv
import datetime
import os
import pathlib
import random
import subprocess
import sys
import tempfile
import unittest
from fractions import Fraction

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
DATA = ROOT / "tests/data"
PROGRAM = pathlib.Path(os.environ.get("RECOMPENSE", ROOT / "build/recompense")).resolve()
SEED = 2024
ACCOUNTS = 60
CLAIMS_PER_ACCOUNT = 120
HOUR, DAY = 3600, 86400
ZONE = datetime.timezone(datetime.timedelta(hours=8))
MONTHS = [(2024, month) for month in range(1, 13)] + [(2025, 1)]
TIMES = {"unavailable": 100, "website_inaccessible": 100, "provisioning_failure": 2,
         "configuration_failure": 2, "billing_error": 2}
WAITS = ("source_rejected", "fault_not_rectified")


# ---- instants and money --------------------------------------------------------------------------

def instant(text):
    """Whole seconds since 1970; fractions are dropped. None where there is no text."""
    return int(datetime.datetime.fromisoformat(text).timestamp() // 1) if text else None


def written(second):
    if second is None:
        return ""
    return datetime.datetime.fromtimestamp(second, ZONE).strftime("%Y-%m-%d %H:%M:%S")


def at(year, month, day=1):
    return int(datetime.datetime(year, month, day, tzinfo=ZONE).timestamp())


def month_end(year, month):
    return at(year + month // 12, month % 12 + 1)


def minor_units():
    with open(DATA / "currency-minor-units.csv", encoding="utf-8", newline="") as file:
        return {row["currency"]: int(row["minor_units"]) for row in csv.DictReader(file)}


def rounded(amount, digits):
    """Half away from zero; amounts are never negative here."""
    scaled = amount * 10 ** digits
    return Fraction((2 * scaled.numerator + scaled.denominator) // (2 * scaled.denominator),
                    10 ** digits)


# ---- seconds -------------------------------------------------------------------------------------

class Seconds:
    """Seconds as disjoint spans in order."""

    def __init__(self):
        self.starts, self.ends = [], []

    def missing(self, start, end):
        """The parts of [start, end) that are not held."""
        parts = []
        place = bisect.bisect_right(self.ends, start)
        while start < end and place < len(self.starts) and self.starts[place] < end:
            if self.starts[place] > start:
                parts.append((start, self.starts[place]))
            start = max(start, self.ends[place])
            place += 1
        if start < end:
            parts.append((start, end))
        return parts

    def add(self, start, end):
        for part in self.missing(start, end):
            place = bisect.bisect_left(self.starts, part[0])
            self.starts.insert(place, part[0])
            self.ends.insert(place, part[1])

    def total(self):
        return sum(self.ends) - sum(self.starts)


# ---- a generated year ----------------------------------------------------------------------------

class World:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.digits = minor_units()
        with open(DATA / "incidents-2024.csv", encoding="utf-8", newline="") as file:
            self.incidents = {row["incident_id"]: row for row in csv.DictReader(file)}
        for row in self.incidents.values():
            row["from"], row["to"] = instant(row["started_at"]), instant(row["rectified_at"])
        self.orders, self.usage, self.requests, self.claims = {}, [], {}, {}
        self.resources = {}  # account -> {resource: service}
        for number in range(ACCOUNTS):
            self.make_account("acct-%03d" % number)

    def make_account(self, account):
        services = sorted({row["service"] for row in self.incidents.values()})
        weights = [1 + sum(row["service"] == service for row in self.incidents.values()) // 200
                   for service in services]
        self.resources[account] = {}
        for number in range(self.random.randint(1, 5)):
            resource = "res-%d" % number
            service = self.random.choices(services, weights)[0]
            self.resources[account][resource] = service
            if self.random.random() < 0.8:
                self.make_orders(account, resource, service)
            if self.random.random() < 0.25:
                self.make_usage(account, resource, service)
        self.make_claims(account)

    def make_orders(self, account, resource, service):
        """Renewals through the year: most on time, some early, some after a gap."""
        currency = self.random.choice(["CNY", "CNY", "CNY", "JPY", "KWD"])
        start = at(2023, 11) + self.random.randrange(60 * DAY)
        while start < at(2025, 2):
            months = self.random.choice([1, 1, 2, 3, 6, 12])
            end = start + months * 30 * DAY + self.random.randrange(DAY)
            order = {
                "order_id": "ord-%05d" % len(self.orders), "account_id": account,
                "resource_id": resource, "service": service, "region": "anywhere",
                "billing_mode": "prepaid", "term_unit": "month", "term_count": str(months),
                "currency": currency, "purchased_at": start - self.random.randrange(3 * DAY),
                "starts_at": start, "expires_at": end,
                "cash_paid": self.payment(currency), "flexi_coupon_paid": self.payment(currency),
                "cash_coupon_paid": "0", "refundable": "true", "released_at": None,
                "refunded_at": None}
            self.orders[order["order_id"]] = order
            if self.random.random() < 0.08:
                order["released_at"] = self.random.randrange(start, end)
            if self.random.random() < 0.12:
                self.make_request(order)
            start = end + self.random.choice([0, 0, 0, -5 * DAY, -12345, 2 * DAY])

    def payment(self, currency):
        digits = self.digits[currency]
        units = self.random.randrange(10 ** (4 + digits))
        return "%d.%0*d" % (units // 10 ** digits, digits, units % 10 ** digits) if digits \
            else str(units)

    def make_request(self, order):
        request = "ref-%05d" % len(self.requests)
        moment = self.random.randrange(order["starts_at"], order["expires_at"])
        if moment >= at(2024, 1):
            self.requests[request] = {"request_id": request, "account_id": order["account_id"],
                                      "order_id": order["order_id"], "requested_at": moment}

    def make_usage(self, account, resource, service):
        for day in range(self.random.randrange(30), 396, self.random.choice([1, 1, 2])):
            cost = self.random.randrange(10 ** 8)
            self.usage.append({
                "account_id": account, "resource_id": resource, "service": service,
                "region": "anywhere",
                "usage_date": (datetime.date(2024, 1, 1) + datetime.timedelta(day)).isoformat(),
                "cost": "%d.%06d" % (cost // 10 ** 6, cost % 10 ** 6), "currency": "CNY",
                "from": at(2024, 1) + day * DAY})

    def make_claims(self, account):
        own = list(self.resources[account].items())
        known = [row for row in self.incidents.values()
                 if row["service"] in dict(own).values() or self.random.random() < 0.001]
        for _ in range(CLAIMS_PER_ACCOUNT):
            incident = self.random.choice(known)
            if incident["cause"] != "platform" and self.random.random() < 0.7:
                continue
            matching = [name for name, service in own if service == incident["service"]]
            claimed = self.random.choice(matching or [own[0][0]])
            start, end = incident["from"], incident["to"] or incident["from"] + DAY
            number = "clm-%05d" % (self.random.randrange(10 ** 5) * 10 ** 4 + len(self.claims))
            self.claims[number] = {
                "claim_id": number, "account_id": account, "incident_id": incident["incident_id"],
                "resource_id": "" if self.random.random() < 0.3 else claimed,
                "submitted_at": self.random.randint(start - HOUR, end + 8 * DAY)
                if self.random.random() < 0.9 else end + 7 * DAY + self.random.randrange(2)}

    def export(self, folder, number):
        """What is known when that month is closed; a fault that a claim was early for, too."""
        end = month_end(*MONTHS[number])
        write(folder / "orders.csv", list(self.orders.values()))
        write(folder / "usage.csv", [{key: value for key, value in row.items() if key != "from"}
                                     for row in self.usage if row["from"] < end])
        write(folder / "refund_requests.csv", self.sent(self.requests, "requested_at", number))
        write(folder / "claims.csv", self.sent(self.claims, "submitted_at", number))
        incidents = []
        for row in self.incidents.values():
            if row["from"] < end + HOUR:
                known = {key: row[key] for key in row if key not in ("from", "to")}
                if row["to"] is not None and row["to"] >= end:
                    known["rectified_at"] = ""
                incidents.append(known)
        self.random.shuffle(incidents)
        write(folder / "incidents.csv", incidents)

    def sent(self, events, column, number):
        """Most events are sent with their month; some a month late, early, or twice."""
        rows = []
        for key, row in events.items():
            chance = random.Random(key).random()
            month = self.month_of(row[column])
            sent = {month + (0 if chance < 0.9 else 1 if chance < 0.95 else -1)}
            if chance > 0.8:
                sent.add(month + 2)
            if number in {min(max(month, 0), len(MONTHS) - 1) for month in sent}:
                rows.append(row)
        self.random.shuffle(rows)
        return rows

    @staticmethod
    def month_of(second):
        moment = datetime.datetime.fromtimestamp(second, ZONE)
        return (moment.year - 2024) * 12 + moment.month - 1


COLUMNS = {"refund_requests.csv": ["request_id", "account_id", "order_id", "requested_at"],
           "claims.csv": ["claim_id", "account_id", "incident_id", "resource_id", "submitted_at"]}


def write(path, rows):
    columns = COLUMNS.get(path.name) or list(rows[0])
    with open(path, "w", encoding="utf-8", newline="") as file:
        out = csv.DictWriter(file, columns)
        out.writeheader()
        for row in rows:
            out.writerow({key: written(value) if key.endswith("_at") and not isinstance(value, str)
                          else value for key, value in row.items()})


# ---- the year through the program ----------------------------------------------------------------

class Incidents2024Test(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.world = World(SEED)
        cls.names = ["%d-%02d" % month for month in MONTHS]
        cls.books = {}
        with tempfile.TemporaryDirectory() as scratch:
            for number, name in enumerate(cls.names):
                folder = pathlib.Path(scratch) / name
                folder.mkdir()
                cls.world.export(folder, number)
                cls.run_month(folder, name, pathlib.Path(scratch) / "books")

    @classmethod
    def run_month(cls, folder, name, books):
        done = subprocess.run(
            [PROGRAM, "run", "--period", name, "--exports", folder, "--books", books,
             "--opening-from", cls.names[0], "--no-workbook", "--no-archive", "--quiet"],
            stdin=subprocess.DEVNULL, capture_output=True, timeout=300)
        if done.returncode != 0:
            raise AssertionError("%s: exit %d: %s" % (name, done.returncode,
                                                      done.stderr.decode(errors="replace")))
        cls.books[name] = {}
        for ledger in ("refunds", "compensations", "accounts", "rejects"):
            with open(books / name / (ledger + ".csv"), encoding="utf-8", newline="") as file:
                cls.books[name][ledger] = list(csv.DictReader(file))

    def rows(self, ledger):
        return [(name, row) for name in self.names for row in self.books[name][ledger]]

    def bases(self, account, ended):
        """Of every resource of the account, what it cost: (from, id, to, cost, seconds, ...)."""
        bases = {}
        for order in self.world.orders.values():
            if order["account_id"] == account:
                ends = [order["expires_at"], order["released_at"], ended.get(order["order_id"])]
                bases.setdefault(order["resource_id"], []).append((
                    order["starts_at"], order["order_id"],
                    min(end for end in ends if end is not None),
                    Fraction(order["cash_paid"]) + Fraction(order["flexi_coupon_paid"]),
                    order["expires_at"] - order["starts_at"], order["currency"], "order"))
        for line in self.world.usage:
            if line["account_id"] == account:
                bases.setdefault(line["resource_id"], []).append((
                    line["from"], line["usage_date"], line["from"] + DAY, Fraction(line["cost"]),
                    DAY, line["currency"], "usage"))
        return {resource: sorted(found) for resource, found in bases.items()}

    def test_1_nothing_is_rejected_and_there_is_much_to_check(self):
        self.assertEqual([row for _, row in self.rows("rejects")], [])
        reasons = {row["reason"] for _, row in self.rows("compensations")}
        self.assertLessEqual({
            "platform_fault", "already_compensated", "not_affected", "claim_too_late",
            "before_fault", "fault_not_rectified", "carrier_fault", "service_maintenance",
            "unforeseeable"}, reasons)
        self.assertGreater(sum(row["decision"] == "compensated"
                               for _, row in self.rows("compensations")), 1000)
        self.assertGreater(sum(row["decision"] in ("full", "partial")
                               for _, row in self.rows("refunds")), 30)

    def test_2_every_claim_is_decided_once_and_waits_without_a_gap(self):
        seen = {}
        for name, row in self.rows("compensations"):
            outcome = seen.setdefault(row["claim_id"], {})
            outcome.setdefault(name, set()).add(row["decision"])
        closed = month_end(*MONTHS[-1])
        for claim, row in self.world.claims.items():
            if row["submitted_at"] >= closed or row["submitted_at"] < at(*MONTHS[0]):
                self.assertNotIn(claim, seen)
                continue
            months = sorted(seen[claim])
            first = self.names.index(months[0])
            self.assertEqual(months, self.names[first:first + len(months)])
            self.assertGreaterEqual(first, World.month_of(row["submitted_at"]))
            for month in months[:-1]:
                self.assertEqual(seen[claim][month], {"deferred"})
            last = seen[claim][months[-1]]
            self.assertEqual(len(last), 1)
            if last == {"deferred"}:
                self.assertEqual(months[-1], self.names[-1])
        self.assertLessEqual(set(seen), set(self.world.claims))

    def test_3_every_row_follows_from_what_was_decided_before(self):
        held, windows, given = {}, {}, {}
        ended = {}
        for number, name in enumerate(self.names):
            for row in self.books[name]["refunds"]:
                if row["decision"] in ("full", "partial"):
                    self.assertNotIn(row["order_id"], ended)
                    ended[row["order_id"]] = instant(row["requested_at"])
            claims = {}
            for row in self.books[name]["compensations"]:
                claims.setdefault(row["claim_id"], []).append(row)
            end = month_end(*MONTHS[number])
            for claim in sorted(claims, key=self.rank):
                self.check_claim(claim, claims[claim], end, ended, held, windows, given)
        self.assertGreater(len(held), ACCOUNTS)
        for key in held:
            self.assertEqual(given[key], held[key].total())
            self.assertEqual(given[key], windows[key].total())

    def rank(self, claim):
        row = self.world.claims[claim]
        incident = self.world.incidents[row["incident_id"]]
        return -TIMES[incident["scenario"]], row["submitted_at"], claim

    def judge(self, claim, incident, end):
        if incident["cause"] != "platform":
            return incident["cause"]
        if claim["submitted_at"] < incident["from"]:
            return "before_fault"
        if incident["to"] is None or incident["to"] >= end:
            return "fault_not_rectified"
        if claim["submitted_at"] > incident["to"] + 7 * DAY:
            return "claim_too_late"
        return None

    def check_claim(self, claim_id, rows, end, ended, held, windows, given):
        claim = self.world.claims[claim_id]
        incident = self.world.incidents[claim["incident_id"]]
        reason = self.judge(claim, incident, end)
        if reason is not None:
            self.assertEqual([(row["decision"], row["reason"]) for row in rows],
                             [("deferred" if reason in WAITS else "denied", reason)], claim_id)
            return
        account = claim["account_id"]
        bases = self.bases(account, ended)
        if claim["resource_id"]:
            bases = {name: bases[name] for name in bases if name == claim["resource_id"]}
        if not bases:
            self.assertEqual([row["reason"] for row in rows], ["unknown_resource"], claim_id)
            return
        expected, affected = [], False
        for resource, found in sorted(bases.items()):
            if self.world.resources[account][resource] != incident["service"]:
                continue
            key = account, resource
            mine = held.setdefault(key, Seconds())
            for basis in found:
                window = max(incident["from"], basis[0]), min(incident["to"], basis[2])
                parts = mine.missing(*window)
                affected = affected or window[0] < window[1]
                if not parts:
                    continue
                seconds = sum(stop - start for start, stop in parts)
                expected.append(self.row(resource, basis, incident, parts, seconds))
                mine.add(*window)
                windows.setdefault(key, Seconds()).add(*window)
                given[key] = given.get(key, 0) + seconds
            if not mine.starts:
                del held[key]
        if not expected:
            reason = "already_compensated" if affected else "not_affected"
            self.assertEqual([row["reason"] for row in rows], [reason], claim_id)
            return
        self.assertEqual([{key: row[key] for key in expected[0]} for row in rows], expected,
                         claim_id)

    def row(self, resource, basis, incident, parts, seconds):
        _, name, _, cost, basis_seconds, currency, kind = basis
        digits = self.world.digits[currency]
        amount = rounded(cost * TIMES[incident["scenario"]] * seconds / basis_seconds, digits)
        return {"resource_id": resource, "basis": kind, "basis_id": name, "currency": currency,
                "fault_from": self.shown(parts[0][0]), "fault_to": self.shown(parts[-1][1]),
                "fault_seconds": str(seconds), "basis_seconds": str(basis_seconds),
                "amount": self.money(amount, digits)}

    @staticmethod
    def shown(second):
        return datetime.datetime.fromtimestamp(second, ZONE).isoformat()

    @staticmethod
    def money(amount, digits):
        units = int(amount * 10 ** digits)
        return "%d.%0*d" % (units // 10 ** digits, digits, units % 10 ** digits) if digits \
            else str(units)

    def test_4_totals_are_the_sums_of_rows(self):
        for name in self.names:
            sums = {}
            for row in self.books[name]["compensations"]:
                if row["decision"] == "compensated":
                    total = sums.setdefault((row["account_id"], row["currency"]), [0, 0, 0, 0])
                    total[0] += 1
                    total[1] += Fraction(row["amount"])
            for row in self.books[name]["refunds"]:
                if row["decision"] in ("full", "partial"):
                    total = sums.setdefault((row["account_id"], row["currency"]), [0, 0, 0, 0])
                    total[2] += 1
                    total[3] += Fraction(row["refund"])
            published = {
                (row["account_id"], row["currency"]): [
                    int(row["compensations"]), Fraction(row["compensation_total"]),
                    int(row["refunds"]), Fraction(row["refund_total"])]
                for row in self.books[name]["accounts"]}
            self.assertEqual(published, sums, name)
            for row in self.books[name]["accounts"]:
                self.assertEqual(Fraction(row["total"]), Fraction(row["compensation_total"])
                                 + Fraction(row["refund_total"]))


def main():
    suite = unittest.defaultTestLoader.loadTestsFromTestCase(Incidents2024Test)
    result = unittest.TextTestRunner().run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 0 if failed == 0 and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
