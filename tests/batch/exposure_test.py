#!/usr/bin/python3
"""`recompense exposure` against a plain second-by-second calculation, made from docs/exposure.md.

    RECOMPENSE=build/recompense python3 tests/batch/exposure_test.py

Ends with "N passed, N failed".
"""

import csv
import io
import os
import random
import subprocess
import sys
import unittest
from collections import defaultdict
from datetime import datetime, timedelta
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction

import openpyxl

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from support import run, run_month

ORDER_COLUMNS = ("order_id,account_id,resource_id,service,region,billing_mode,term_unit,term_count,"
                 "currency,purchased_at,starts_at,expires_at,cash_paid,flexi_coupon_paid,"
                 "cash_coupon_paid,refundable,released_at").split(",")
INCIDENT_COLUMNS = ("incident_id,scenario,cause,service,region,resource_id,started_at,rectified_at,"
                    "sla_covered,title").split(",")
CLAIM_COLUMNS = "claim_id,account_id,incident_id,resource_id,submitted_at".split(",")
REQUEST_COLUMNS = "request_id,account_id,order_id,requested_at".split(",")
USAGE_COLUMNS = "account_id,resource_id,service,region,usage_date,cost,currency".split(",")
TIMES = {"unavailable": 100, "website_inaccessible": 100, "provisioning_failure": 2,
         "configuration_failure": 2, "billing_error": 2}
END = datetime(2026, 11, 1)
WINDOW = timedelta(days=7)


def instant(text):
    return datetime.strptime(text, "%Y-%m-%d %H:%M:%S")


def table(columns, rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, columns, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def order(order_id, account="A", resource="R", service="ecs", region="cn", cash="300.00",
          currency="CNY", starts="2026-10-01 00:00:00", expires="2026-10-31 00:00:00", **others):
    return {"order_id": order_id, "account_id": account, "resource_id": resource,
            "service": service, "region": region, "billing_mode": "prepaid", "term_unit": "month",
            "term_count": 1, "currency": currency, "purchased_at": starts, "starts_at": starts,
            "expires_at": expires, "cash_paid": cash, "flexi_coupon_paid": 0, "cash_coupon_paid": 0,
            "refundable": "true", **others}


def incident(incident_id, started, rectified, scenario="unavailable", cause="platform",
             service="ecs", region="", resource="", covered=""):
    return {"incident_id": incident_id, "scenario": scenario, "cause": cause, "service": service,
            "region": region, "resource_id": resource, "started_at": started,
            "rectified_at": rectified, "sla_covered": covered}


def claim(claim_id, incident_id, account="A", resource="", submitted="2026-10-31 12:00:00"):
    return {"claim_id": claim_id, "account_id": account, "incident_id": incident_id,
            "resource_id": resource, "submitted_at": submitted}


# ---- the calculation ----

def open_incidents(incidents):
    for row in incidents:
        if row["cause"] != "platform" or row["sla_covered"] == "false" or not row["rectified_at"]:
            continue
        rectified = instant(row["rectified_at"])
        if rectified < END <= rectified + WINDOW:
            yield row


def bases_of(orders, usages, ends):
    """(account, resource, service, region, start, end, id, cost, seconds, currency), by start, id."""
    bases = []
    for row in orders:
        start, expiry = instant(row["starts_at"]), instant(row["expires_at"])
        stops = [expiry] + [instant(row[name]) for name in ("released_at",) if row.get(name)]
        stops += [ends[row["order_id"]]] if row["order_id"] in ends else []
        bases.append((row["account_id"], row["resource_id"], row["service"], row["region"], start,
                      min(stops), row["order_id"], Decimal(row["cash_paid"]),
                      int((expiry - start).total_seconds()), row["currency"]))
    for row in usages:
        start = datetime.strptime(row["usage_date"], "%Y-%m-%d")
        bases.append((row["account_id"], row["resource_id"], row["service"], row["region"], start,
                      start + timedelta(days=1), row["usage_date"], Decimal(row["cost"]), 86400,
                      row["currency"]))
    return sorted(bases, key=lambda basis: (basis[4], basis[6].encode()))


def share_out(incidents, bases, taken):
    """Every incident claimed by everyone: seconds and amount by (incident, currency)."""
    taken = {resource: set(seconds) for resource, seconds in taken.items()}
    found = defaultdict(lambda: [set(), 0, Decimal(0)])
    for row in sorted(incidents, key=lambda row: (-TIMES[row["scenario"]], row["incident_id"])):
        for basis in bases:
            account, resource, service, region, start, end, _, cost, whole, currency = basis
            if (service != row["service"] or row["region"] not in ("", region) or
                    row["resource_id"] not in ("", resource)):
                continue
            first = max(start, instant(row["started_at"]))
            last = min(end, instant(row["rectified_at"]))
            seconds = set(range(int(first.timestamp()), int(last.timestamp())))
            seconds -= taken.setdefault((account, resource), set())
            if not seconds:
                continue
            taken[account, resource] |= seconds
            digits = Decimal(1) if currency == "JPY" else Decimal("0.01")
            exact = Fraction(cost) * TIMES[row["scenario"]] * len(seconds) / whole
            amount = (Decimal(exact.numerator) / Decimal(exact.denominator)).quantize(
                digits, ROUND_HALF_UP)
            line = found[row["incident_id"], currency]
            line[0].add((account, resource))
            line[1] += len(seconds)
            line[2] += amount
    return found


def expected(incidents, bases, taken):
    incidents = list(open_incidents(incidents))
    gross = share_out(incidents, bases, {})
    left = share_out(incidents, bases, taken)
    rows = []
    for row in sorted(incidents, key=lambda row: row["incident_id"].encode()):
        currencies = sorted(currency for incident_id, currency in gross
                            if incident_id == row["incident_id"])
        for currency in currencies:
            whole = gross[row["incident_id"], currency]
            rest = left.get((row["incident_id"], currency), [set(), 0, Decimal(0)])
            rows.append((row["incident_id"], currency, len(whole[0]), whole[1], len(rest[0]),
                         rest[1], whole[2], whole[2] - rest[2], rest[2]))
        if not currencies:
            rows.append((row["incident_id"], "", 0, 0, 0, 0, None, None, None))
    return rows


def amount(text):
    return Decimal(text) if text else None


def shown(text):
    rows = list(csv.DictReader(io.StringIO(text)))
    return [(row["incident_id"], row["currency"], int(row["resources"]),
             int(row["fault_seconds"]), int(row["open_resources"]), int(row["open_seconds"]),
             amount(row["gross"]), amount(row["already"]), amount(row["exposure"]))
            for row in rows if row["scope"] == "incident"], [
                row for row in rows if row["scope"] == "total"]


class Case(unittest.TestCase):
    def setUp(self):
        self.scratch = support.Scratch()
        self.addCleanup(self.scratch.remove)
        self.exports = self.scratch / "exports"
        self.books = self.scratch / "books"

    def write(self, orders, incidents, claims=(), requests=(), usages=()):
        support.write_month(self.exports, orders=table(ORDER_COLUMNS, orders),
                            incidents=table(INCIDENT_COLUMNS, incidents),
                            claims=table(CLAIM_COLUMNS, claims),
                            refund_requests=table(REQUEST_COLUMNS, requests),
                            usage=table(USAGE_COLUMNS, usages))

    def exposure(self, *options, status=0):
        done = run("exposure", "--period", "2026-10", "--exports", self.exports, *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done.stdout

    def close(self, period="2026-10"):
        done = run_month(self.exports, self.books, "--no-workbook", "--no-archive", period=period)
        self.assertEqual(done.returncode, 0, done.stderr)

    def decided(self, books):
        """What the ledgers of the period took: seconds by resource, ends of refunded orders."""
        taken, ends = defaultdict(set), {}
        for row in support.rows_of(books / "2026-10/compensations.csv"):
            if row["decision"] == "compensated":
                first, last = (datetime.fromisoformat(row[name]).replace(tzinfo=None)
                               for name in ("fault_from", "fault_to"))
                seconds = range(int(first.timestamp()), int(last.timestamp()))
                # Bounds: what lies between is compensated now or was before.
                taken[row["account_id"], row["resource_id"]] |= set(seconds)
        for row in support.rows_of(books / "2026-10/refunds.csv"):
            if row["decision"] in ("full", "partial"):
                ends[row["order_id"]] = datetime.fromisoformat(row["requested_at"]).replace(
                    tzinfo=None)
        return taken, ends

    def check(self, orders, incidents, claims=(), requests=(), usages=()):
        """Before the month is closed and after it the exposure is what the calculation says."""
        self.write(orders, incidents, claims, requests, usages)
        before = self.exposure("--books", self.books)
        self.assertFalse(self.books.exists())
        self.assertEqual(self.exposure(), before)
        self.close()
        after = self.exposure("--books", self.books)
        taken, ends = self.decided(self.books)
        wanted = expected(incidents, bases_of(orders, usages, ends), taken)
        found, totals = shown(before)
        self.assertEqual(found, wanted)
        self.assertEqual(after, before)
        for column, place in (("gross", 6), ("already", 7), ("exposure", 8)):
            sums = defaultdict(Decimal)
            for row in wanted:
                if row[1]:
                    sums[row[1]] += row[place]
            self.assertEqual({row["currency"]: Decimal(row[column]) for row in totals}, dict(sums))
        return found


class Exposure(Case):
    def test_the_example_of_the_documentation(self):
        found = self.check(
            [order("O-1", "A", "R-1"), order("O-2", "B", "R-2")],
            [incident("I-1", "2026-10-30 00:00:00", "2026-10-30 10:00:00")],
            [claim("C-1", "I-1", "A")])
        # 300 x 100 x 36,000 / 2,592,000 = 416.67 for each
        self.assertEqual(found, [("I-1", "CNY", 2, 72000, 1, 36000, Decimal("833.34"),
                                  Decimal("416.67"), Decimal("416.67"))])

    def test_which_incidents(self):
        day = "2026-10-20 00:00:00"
        found = self.check([order("O-1")], [
            incident("I-last", day, "2026-10-25 00:00:00"),  # claims until the first instant after
            incident("I-late", day, "2026-10-24 23:59:59"),
            incident("I-open", day, ""),
            incident("I-after", day, "2026-11-01 00:00:00"),
            incident("I-within", day, "2026-10-31 23:59:59"),
            incident("I-excluded", day, "2026-10-30 00:00:00", cause="carrier_fault"),
            incident("I-uncovered", day, "2026-10-30 00:00:00", covered="false"),
            incident("I-elsewhere", day, "2026-10-30 00:00:00", region="us"),
            incident("I-nothing", "2026-10-30 00:00:00", "2026-10-30 00:00:00")])
        self.assertEqual([row[0] for row in found],
                         ["I-elsewhere", "I-last", "I-nothing", "I-within"])
        self.assertEqual(found[0][1:3], ("", 0))

    def test_competing_incidents(self):
        found = self.check([order("O-1")], [
            incident("I-1", "2026-10-28 00:00:00", "2026-10-28 03:00:00", "billing_error"),
            incident("I-2", "2026-10-28 01:00:00", "2026-10-28 02:00:00"),
            incident("I-3", "2026-10-28 01:30:00", "2026-10-28 02:30:00", resource="R")])
        self.assertEqual([row[3] for row in found], [5400, 3600, 1800])

    def test_a_claim_for_less_takes_the_seconds(self):
        """Compensated at 2 times: not owed again at 100."""
        found = self.check([order("O-1")], [
            incident("I-1", "2026-10-28 00:00:00", "2026-10-28 03:00:00"),
            incident("I-2", "2026-10-28 00:00:00", "2026-10-28 03:00:00", "billing_error")],
            [claim("C-1", "I-2")])
        self.assertEqual([row[6:] for row in found], [
            (Decimal("125.00"), Decimal("125.00"), Decimal("0.00")), (None, None, None)])

    def test_a_cap(self):
        """What the cap withholds is not owed; what it left over before is what is left now."""
        policy = self.scratch / "policy.conf"
        policy.write_text((support.ROOT / "policy/standard.conf").read_text().replace(
            'cap = "none"', 'cap = "actual_payment"'))
        orders = [order("O-1")]
        incidents = [incident("I-1", "2026-10-27 00:00:00", "2026-10-27 06:00:00"),
                     incident("I-2", "2026-10-28 00:00:00", "2026-10-28 06:00:00")]
        self.write(orders, incidents, [claim("C-1", "I-1")])
        found, totals = shown(self.exposure("--policy", policy))
        self.assertEqual([row[6:] for row in found], [  # 250 each, but 300 in all
            (Decimal("250.00"), Decimal("250.00"), Decimal("0.00")),
            (Decimal("50.00"), Decimal("0.00"), Decimal("50.00"))])
        self.assertEqual((totals[0]["gross"], totals[0]["exposure"]), ("300.00", "50.00"))

    def test_refunded_and_released_orders(self):
        self.check(
            [order("O-1", resource="R-1"), order("O-2", resource="R-2"),
             order("O-3", resource="R-3", released_at="2026-10-29 00:00:00")],
            [incident("I-1", "2026-10-27 00:00:00", "2026-10-30 00:00:00")],
            requests=[{"request_id": "Q-1", "account_id": "A", "order_id": "O-1",
                       "requested_at": "2026-10-28 00:00:00"}])

    def test_currencies_and_usage(self):
        self.check(
            [order("O-1", resource="R-1"), order("O-2", "B", "R-1", currency="USD"),
             order("O-3", "C", "R-3", currency="JPY", cash="3001")],
            [incident("I-1", "2026-10-28 22:00:00", "2026-10-29 02:00:00")],
            [claim("C-1", "I-1", "D", "U-1")],
            usages=[{"account_id": "D", "resource_id": name, "service": "ecs", "region": "cn",
                     "usage_date": day, "cost": "7.123456", "currency": "CNY"}
                    for name in ("U-1", "U-2") for day in ("2026-10-28", "2026-10-29")])

    def test_an_early_renewal(self):
        self.check([order("O-1", expires="2026-10-29 12:00:00"),
                    order("O-2", starts="2026-10-29 06:00:00", expires="2026-11-29 06:00:00")],
                   [incident("I-1", "2026-10-29 00:00:00", "2026-10-29 18:00:00")])

    def test_earlier_periods_count(self):
        """Seconds that September's run compensated are not owed again; nor is a refunded order."""
        long_ago = order("O-1", starts="2026-09-01 00:00:00", expires="2026-12-01 00:00:00")
        earlier = incident("I-0", "2026-09-29 00:00:00", "2026-09-30 00:00:00")
        self.write([long_ago], [earlier], [claim("C-0", "I-0", submitted="2026-09-30 12:00:00")])
        self.close("2026-09")
        overlapping = incident("I-1", "2026-09-29 12:00:00", "2026-10-30 00:00:00")
        self.write([long_ago], [earlier, overlapping])
        found, _ = shown(self.exposure("--books", self.books))
        self.assertEqual([row[0] for row in found], ["I-1"])
        self.assertEqual((found[0][3] - found[0][5], found[0][2]), (12 * 3600, 1))
        self.close()
        self.assertEqual(shown(self.exposure("--books", self.books))[0], found)

    def test_a_deferred_claim_is_exposed_still(self):
        orders = [order("O-1", resource="R-1"), order("O-2", resource="R-1", cash="oops")]
        incidents = [incident("I-1", "2026-10-29 00:00:00", "2026-10-29 01:00:00")]
        self.write(orders, incidents, [claim("C-1", "I-1", resource="R-1")])
        found, _ = shown(self.exposure(status=1))
        self.assertEqual((found[0][7], found[0][5]), (Decimal("0.00"), 3600))

    def test_random_months(self):
        for seed in range(int(os.environ.get("EXPOSURE_MONTHS", "25"))):
            chance = random.Random(seed)

            def moment(first, last):
                return (datetime(2026, 10, 1) + timedelta(
                    seconds=chance.randrange(first * 86400, last * 86400))).strftime(
                        "%Y-%m-%d %H:%M:%S")

            orders = [order(f"O-{i}", chance.choice("ABC"), chance.choice(["R-1", "R-2", "R-3"]),
                            chance.choice(["ecs", "obs"]), chance.choice(["cn", "us"]),
                            f"{chance.randrange(100000) / 100:.2f}",
                            chance.choice(["CNY", "CNY", "USD"]),
                            moment(0, 28), moment(29, 60)) for i in range(chance.randrange(1, 9))]
            incidents = []
            for i in range(chance.randrange(1, 7)):
                started = moment(24, 31)
                rectified = instant(started) + timedelta(seconds=chance.randrange(0, 9000))
                incidents.append(incident(
                    f"I-{i}", started, rectified.strftime("%Y-%m-%d %H:%M:%S"),
                    chance.choice(list(TIMES)), chance.choice(["platform"] * 5 + ["carrier_fault"]),
                    chance.choice(["ecs", "obs"]), chance.choice(["", "cn"]),
                    chance.choice(["", "", "R-1"])))
            claims = [claim(f"C-{i}", chance.choice(incidents)["incident_id"], chance.choice("ABC"),
                            chance.choice(["", "R-1", "R-2"]), "2026-10-31 23:59:59")
                      for i in range(chance.randrange(3))]
            # One claim an account: its bounds then hold no second that it did not get.
            claims = list({row["account_id"]: row for row in claims}.values())
            requests = [{"request_id": "Q-1", "account_id": orders[0]["account_id"],
                         "order_id": "O-0", "requested_at": moment(28, 31)}]
            with self.subTest(seed=seed):
                self.books = self.scratch / f"books-{seed}"
                self.check(orders, incidents, claims, requests)


class Command(Case):
    def setUp(self):
        super().setUp()
        self.write([order("O-1")], [incident("I-1", "2026-10-29 00:00:00", "2026-10-29 01:00:00")])

    def test_out(self):
        out = self.scratch / "exposure.csv"
        out.write_text("older")
        self.assertEqual(self.exposure("--out", out), "")
        self.assertEqual(out.read_text(), self.exposure())
        self.assertEqual(sorted(os.listdir(self.scratch.path)), ["exports", "exposure.csv"])
        self.exposure("--out", self.scratch / "nowhere/exposure.csv", status=6)

    def test_the_table(self):
        header, first, total = self.exposure().splitlines()
        self.assertEqual(header, (
            "scope,incident_id,service,region,scenario,times,started_at,rectified_at,"
            "window_ends_at,resources,fault_seconds,open_resources,open_seconds,currency,gross,"
            "already,exposure,policy_version"))
        self.assertEqual(first, (
            "incident,I-1,ecs,,unavailable,100,2026-10-29T00:00:00+08:00,"
            "2026-10-29T01:00:00+08:00,2026-11-05T01:00:00+08:00,1,3600,1,3600,CNY,41.67,0.00,"
            "41.67,standard"))
        self.assertEqual(total, "total,,,,,,,,,,,,,CNY,41.67,0.00,41.67,")

    def test_threads_do_not_matter(self):
        self.assertEqual(self.exposure("--threads", "1"), self.exposure("--threads", "7"))

    def test_refusals(self):
        done = run("exposure", "--period", "2026-10")
        self.assertEqual(done.returncode, 2)
        self.exposure("--books", self.exports / "orders.csv", status=2)
        self.close()
        done = run("exposure", "--period", "2026-12", "--exports", self.exports, "--books",
                   self.books)
        self.assertEqual((done.returncode, done.stdout), (5, ""))
        (self.exports / "orders.csv").write_text("order_id\n")
        self.exposure(status=3)

    def test_the_books_are_left_alone(self):
        self.close()
        before = support.digests(self.books)
        self.exposure("--books", self.books)
        self.assertEqual(support.digests(self.books), before)

    @unittest.skipUnless(os.path.exists(support.MAKE_MONTH), "no generator of months")
    def test_a_generated_month(self):
        month = self.scratch / "month"
        subprocess.run([support.MAKE_MONTH, "--out", month, "--period", "2026-10"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.exports = month
        before = self.exposure(status=1)
        self.assertEqual(run_month(month, self.books, "--no-workbook", "--no-archive").returncode,
                         1)
        self.assertEqual(self.exposure("--books", self.books, status=1), before)
        rows, totals = shown(before)
        self.assertTrue(rows and totals)

    def summary(self, books):
        """The exposure block of the Summary sheet: currency, incidents, gross, already, exposure;
        and that the last is a formula over the two before."""
        path = books / "2026-10/recompense-2026-10.xlsx"
        block = []
        for data_only in (True, False):
            sheet = openpyxl.load_workbook(path, data_only=data_only)["Summary"]
            rows = [[cell.value for cell in row[:5]] for row in sheet.iter_rows()]
            at = next(i for i, row in enumerate(rows)
                      if str(row[0]).startswith("Exposure at the period's end"))
            end = at + 2
            while rows[end][0] is not None:
                end += 1
            block.append(rows[at + 2:end])
        for row, formulas in zip(block[0][1:], block[1][1:]):
            self.assertRegex(formulas[4], r"^=ROUND\(C\d+-D\d+,[023]\)$", row)
        return block[0]

    @unittest.skipUnless(os.path.exists(support.MAKE_MONTH), "no generator of months")
    def test_the_summary_of_the_workbook(self):
        month = self.scratch / "month"
        subprocess.run([support.MAKE_MONTH, "--out", month, "--period", "2026-10", "--orders",
                        "20000", "--accounts", "2000", "--incidents", "300"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.exports = month
        text = self.exposure(status=1)
        incidents = defaultdict(set)
        expected = []
        for row in csv.DictReader(io.StringIO(text)):
            if row["scope"] == "incident":
                incidents[row["currency"]].add(row["incident_id"])
            else:
                expected.append([row["currency"], len(incidents[row["currency"]])] +
                                [Decimal(row[name]) for name in ("gross", "already", "exposure")])
        self.assertIn("JPY", incidents)
        self.assertIn("KWD", incidents)
        self.assertEqual(run_month(month, self.books, "--no-archive").returncode, 1)
        heads, *rows = self.summary(self.books)
        self.assertEqual(heads, ["Currency", "Open incidents", "If all claimed",
                                 "Compensated already", "Exposure"])
        self.assertEqual([row[:2] + [Decimal(str(value)) for value in row[2:]] for row in rows],
                         expected)

    def test_a_summary_without_open_incidents(self):
        self.write([order("O-1")], [incident("I-1", "2026-09-01 00:00:00", "2026-09-01 01:00:00")])
        self.assertEqual(run_month(self.exports, self.books, "--no-archive").returncode, 0)
        self.assertEqual(self.summary(self.books),
                         [["No incident of the period is still open to claims.", None, None, None,
                           None]])


if __name__ == "__main__":
    outcome = unittest.main(argv=sys.argv[:1], exit=False, verbosity=0).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - bad - len(outcome.skipped)} passed, {bad} failed")
    sys.exit(bad > 0)
