"""Reconciliation end to end: a month, its books, the credits that they hand over, and the billing
exports that these become, damaged in every way that a billing system can think of.
"""

import csv
import gzip
import io
import json
import os
import random
import re
import shutil
import subprocess
import sys
import unittest
import xml.etree.ElementTree
import zipfile
from decimal import Decimal, getcontext

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from support import (KILL_AT, KILLED, MAKE_MONTH, ROOT, Scratch, digests, entries, rows_of, run,
                     run_month)

getcontext().prec = 60
SAMPLE = ROOT / "tests/data/focus-1.0-sample.csv"
FOCUS = ROOT / "policy/profiles/focus.conf"


def make_month(folder, period, *options):
    subprocess.run(
        [MAKE_MONTH, "--out", folder, "--period", period, "--orders", "3000", "--accounts", "300",
         "--requests", "300", "--claims", "300", "--incidents", "60", "--usage", "3000",
         "--filings", "30", "--tickets", "5", "--parts", "3", "--clean", "--billing", *options],
        check=True, stdout=subprocess.DEVNULL)


def to_csv(rows):
    out = io.StringIO()
    writer = csv.DictWriter(out, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return out.getvalue()


def of_ledger(rows, ledger):
    return [row for row in rows if row["x_Ledger"] == ledger]


def strip(row, *but):
    """Takes all that names an entry of ours out of the row."""
    for name in row:
        if name.startswith("x_") and name not in but:
            row[name] = ""
    row["ChargeDescription"] = "credit"


class Month(unittest.TestCase):
    """Two months of books, made once; every test works on a copy."""

    @classmethod
    def setUpClass(cls):
        cls.base = Scratch()
        cls.credits = {}
        for period in ("2026-10", "2026-11"):
            make_month(cls.base / period, period)
            done = run_month(cls.base / period, cls.base / "books", "--no-workbook",
                             "--no-archive", period=period)
            assert done.returncode == 0, done.stderr
            made = run("credits", "--books", cls.base / "books", "--period", period, "--format",
                       "focus")
            assert made.returncode == 0, made.stderr
            cls.credits[period] = made.stdout

    @classmethod
    def tearDownClass(cls):
        cls.base.remove()

    def setUp(self):
        self.scratch = Scratch()
        self.books = self.scratch / "books"
        shutil.copytree(self.base / "books", self.books)
        self.rows = self.credit_rows("2026-10")

    def tearDown(self):
        self.scratch.remove()

    def credit_rows(self, period):
        return list(csv.DictReader(io.StringIO(self.credits[period], newline="")))

    def reconcile(self, rows, *options, period="2026-10", expect=None, name="credits.csv"):
        path = self.scratch / name
        path.write_text(rows if isinstance(rows, str) else to_csv(rows), encoding="utf-8")
        done = run("reconcile", "--books", self.books, "--period", period, "--billing", path,
                   "--no-workbook", *options)
        if expect is not None:
            self.assertEqual(done.returncode, expect, done.stderr)
        return done

    def table(self, name, period="2026-10"):
        return rows_of(self.books / (period + ".reconciliation") / name)

    def breaks(self, period="2026-10"):
        return self.table("breaks.csv", period)

    def one_break(self, category, period="2026-10"):
        found = self.breaks(period)
        self.assertEqual([row["category"] for row in found if row["difference"] != "" or
                          row["category"] == "currency_differs"], [category], found)
        return found[0]

    def unique(self, ledger="refunds"):
        """A credit whose account, currency and amount no other credit has."""
        for row in of_ledger(self.rows, ledger):
            alike = [other for other in self.rows
                     if other["BillingAccountId"] == row["BillingAccountId"]]
            if len(alike) == 1:
                return row
        raise AssertionError("no such credit")


class Handed(Month):
    """What `recompense credits` prints, by the rules of FOCUS 1.2."""

    def test_every_approved_entry_once(self):
        owed = Decimal(0)
        count = 0
        for name, money in (("refunds", "refund"), ("compensations", "amount"),
                            ("rewards", "amount")):
            for row in rows_of(self.books / "2026-10" / (name + ".csv")):
                if row["decision"] in ("full", "partial", "compensated", "granted"):
                    owed += Decimal(row[money])
                    count += Decimal(row[money]) != 0
        self.assertEqual(len(self.rows), count)
        self.assertGreater(count, 100)
        self.assertEqual(sum(Decimal(row["BilledCost"]) for row in self.rows), -owed)
        self.assertEqual({row["x_Ledger"] for row in self.rows},
                         {"refunds", "compensations", "rewards"})

    def test_the_rules_of_the_specification(self):
        instant = re.compile(r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        for period in ("2026-10", "2026-11"):
            for row in self.credit_rows(period):
                self.assertEqual(row["ChargeCategory"], "Credit")
                self.assertLess(Decimal(row["BilledCost"]), 0)
                for cost in ("ListCost", "ContractedCost", "EffectiveCost"):
                    self.assertEqual(row[cost], row["BilledCost"])
                for column in ("BillingPeriodStart", "BillingPeriodEnd", "ChargePeriodStart",
                               "ChargePeriodEnd"):
                    self.assertRegex(row[column], instant)
                self.assertLess(row["ChargePeriodStart"], row["ChargePeriodEnd"])
                inside = (row["BillingPeriodStart"] <= row["ChargePeriodStart"] and
                          row["ChargePeriodEnd"] <= row["BillingPeriodEnd"])
                self.assertEqual(row["ChargeClass"], "" if inside else "Correction")
                self.assertEqual(row["x_OriginPeriod"] != "", row["ChargeClass"] == "Correction")
                for column in ("BillingAccountId", "BillingCurrency", "ProviderName",
                               "PublisherName", "InvoiceIssuerName", "ServiceName",
                               "ServiceCategory", "ChargeDescription"):
                    self.assertNotEqual(row[column], "")
                self.assertEqual(row["ResourceId"] == "", row["ResourceType"] == "")
                self.assertEqual(row["PricingQuantity"], "")
            self.assertEqual({row["BillingPeriodStart"] for row in self.credit_rows(period)},
                             {{"2026-10": "2026-09-30T16:00:00Z",
                               "2026-11": "2026-10-31T16:00:00Z"}[period]})

    def test_corrections_are_those_of_earlier_months(self):
        late = [row for row in self.credit_rows("2026-11") if row["ChargeClass"] == "Correction"]
        for row in late:
            self.assertLess(row["ChargePeriodEnd"], row["BillingPeriodStart"] + "~")

    def test_another_format(self):
        done = run("credits", "--books", self.books, "--period", "2026-10", "--format", "xml")
        self.assertEqual(done.returncode, 2)
        self.assertIn("--format", done.stderr)

    def test_a_ledger_that_was_edited(self):
        path = self.books / "2026-10/refunds.csv"
        path.write_bytes(path.read_bytes().replace(b",full,", b",denied,", 1))
        done = run("credits", "--books", self.books, "--period", "2026-10")
        self.assertEqual(done.returncode, 5)
        self.assertEqual(done.stdout, "")


class Whole(Month):
    """Nothing is damaged."""

    def test_the_credits_reconcile(self):
        done = self.reconcile(self.rows, self.base / "2026-10/billing.csv", "--exports",
                              self.base / "2026-10", expect=0)
        self.assertEqual(done.stderr, "")
        self.assertEqual(self.breaks(), [])
        self.assertEqual(self.table("open-items.csv"), [])
        found = self.table("reconciliation.csv")
        self.assertEqual(len(found), len(self.rows))
        self.assertEqual({(row["category"], row["rule"]) for row in found}, {("matched", "1")})
        purchases = self.table("purchases.csv")
        self.assertGreater(len(purchases), 20)
        self.assertEqual({row["state"] for row in purchases}, {"agrees"})

    def test_what_is_published(self):
        self.reconcile(self.rows, expect=0)
        folder = self.books / "2026-10.reconciliation"
        manifest = json.loads((folder / "manifest.json").read_text())
        listed = {output["file"]: output["sha256"] for output in manifest["outputs"]}
        have = digests(folder)
        have.pop("manifest.json")
        self.assertEqual(listed, have)
        self.assertEqual(entries(self.books), ["2026-10", "2026-10.reconciliation", "2026-11"])
        self.assertEqual(run("verify", "--books", self.books).returncode, 0)

    def test_order_and_cuts_do_not_matter(self):
        billing = rows_of(self.base / "2026-10/billing.csv")
        extra = dict(self.rows[5])
        strip(extra)
        damaged = self.rows[3:] + [dict(self.rows[7]), extra]
        self.reconcile(damaged, self.base / "2026-10/billing.csv", "--exports",
                       self.base / "2026-10", expect=1)
        names = ("breaks.csv", "open-items.csv", "reconciliation.csv", "purchases.csv")
        folder = self.books / "2026-10.reconciliation"
        first = {name: (folder / name).read_bytes() for name in names}
        shuffled = damaged[:]
        random.Random(1).shuffle(shuffled)
        random.Random(2).shuffle(billing)
        (self.scratch / "a.csv").write_bytes(gzip.compress(to_csv(shuffled[:40]).encode()))
        (self.scratch / "b.csv").write_text(to_csv(billing))
        self.reconcile(shuffled[40:], self.scratch / "a.csv", self.scratch / "b.csv", "--exports",
                       self.base / "2026-10", "--restate", expect=1)
        self.assertEqual(first, {name: (folder / name).read_bytes() for name in names})

    def test_again_and_otherwise(self):
        self.reconcile(self.rows, expect=0)
        before = digests(self.books)
        self.reconcile(self.rows, expect=0)
        self.assertEqual(digests(self.books), before)
        done = self.reconcile(self.rows[1:], expect=5)
        self.assertIn("--restate", done.stderr)
        self.assertEqual(digests(self.books), before)
        self.reconcile(self.rows[1:], "--restate", expect=1)
        self.assertIn("2026-10.reconciliation.superseded-1", entries(self.books))

    def test_in_order_without_gaps(self):
        self.reconcile(self.rows, expect=0)
        self.reconcile(self.credit_rows("2026-11"), period="2026-11", expect=0)
        done = self.reconcile(self.rows, "--restate", expect=5)
        self.assertIn("only the last reconciliation", done.stderr)
        done = self.reconcile(self.rows, period="2026-12", expect=2)
        self.assertIn("2026-12 is not published here", done.stderr)

    def test_the_workbook(self):
        path = self.scratch / "credits.csv"
        path.write_text(to_csv(self.rows[1:]))
        done = run("reconcile", "--books", self.books, "--period", "2026-10", "--billing", path)
        self.assertEqual(done.returncode, 1, done.stderr)
        name = self.books / "2026-10.reconciliation/reconciliation-2026-10.xlsx"
        with zipfile.ZipFile(name) as book:
            sheets = re.findall(r'<sheet name="([^"]+)"', book.read("xl/workbook.xml").decode())
            self.assertEqual(sheets, ["Summary", "Breaks", "Matches", "Rules"])
            summary = xml.etree.ElementTree.fromstring(book.read("xl/worksheets/sheet1.xml"))
        texts = [cell.text for cell in summary.iter() if cell.tag.endswith("}t")]
        for text in ("Refunds, books of 2026-10", "less missing_in_billing", "Difference",
                     "Credited, by billing"):
            self.assertIn(text, texts)


class Damaged(Month):
    """Every way of point 4, one at a time: found, named, and nothing else disturbed."""

    def damage(self, rows, category, *options):
        self.reconcile(rows, *options, expect=1)
        return self.one_break(category)

    def test_another_amount(self):
        row = self.rows[4]
        row["BilledCost"] = str(Decimal(row["BilledCost"]) + 1)
        found = self.damage(self.rows, "amount_differs")
        self.assertEqual(found["entry"], row["x_EntryId"])
        self.assertEqual(Decimal(found["difference"]), -1)
        self.assertEqual(Decimal(found["expected"]) - 1, Decimal(found["found"]))

    def test_another_period(self):
        row = self.rows[4]
        row["BillingPeriodStart"], row["BillingPeriodEnd"] = ("2026-11-01T00:00:00Z",
                                                              "2026-12-01T00:00:00Z")
        found = self.damage(self.rows, "timing")
        self.assertEqual((found["decided_period"], found["billing_period"]),
                         ("2026-10", "2026-11"))
        self.assertEqual(self.table("open-items.csv"), [])

    def test_missing(self):
        row = self.rows.pop(4)
        found = self.damage(self.rows, "missing_in_billing")
        self.assertEqual(found["entry"], row["x_EntryId"])
        self.assertEqual(Decimal(found["difference"]), Decimal(row["BilledCost"]))
        self.assertEqual(found["age"], "0")

    def test_unexpected(self):
        extra = dict(self.rows[4])
        strip(extra)
        extra.update(BilledCost="-1234.56", ResourceId="none-of-ours")
        found = self.damage(self.rows + [extra], "unexpected_in_billing")
        self.assertEqual((found["found"], found["difference"]), ("1234.56", "1234.56"))
        self.assertEqual(found["expected"], "")

    def test_twice(self):
        found = self.damage(self.rows + [dict(self.rows[4])], "credited_twice")
        self.assertEqual(Decimal(found["difference"]), -Decimal(self.rows[4]["BilledCost"]))

    def test_twice_on_another_day_and_without_the_entry(self):
        again = dict(self.rows[4])
        again["x_EntryId"] = ""
        again["ChargePeriodStart"] = "2026-10-30T16:00:00Z"
        self.damage(self.rows + [again], "credited_twice")

    def test_another_account(self):
        row = self.rows[4]
        row["BillingAccountId"] = "acc-9999999"
        found = self.damage(self.rows, "wrong_account")
        self.assertEqual(found["billing_account_id"], "acc-9999999")
        self.assertNotEqual(found["account_id"], "acc-9999999")
        self.assertEqual(Decimal(found["difference"]), 0)

    def test_another_currency(self):
        row = self.rows[4]
        row["BillingCurrency"] = "GBP"
        found = self.damage(self.rows, "currency_differs")
        self.assertEqual(found["billing_currency"], "GBP")
        self.assertEqual(found["difference"], "")

    def test_ambiguous(self):
        row = self.unique()
        strip(row)
        other = dict(row, ChargePeriodStart="2026-10-20T16:00:00Z")
        found_rows = None
        self.reconcile(self.rows + [other], expect=1)
        found_rows = self.breaks()
        self.assertEqual({found["category"] for found in found_rows}, {"ambiguous"})
        self.assertEqual(len({found["break_id"] for found in found_rows}), 1)
        self.assertEqual(len([found for found in found_rows if found["billing_id"]]), 2)
        self.assertEqual(len([found for found in found_rows if found["entry"]]), 1)
        self.assertEqual({found["rule"] for found in found_rows}, {"3"})

    def test_a_copy_without_a_name_is_no_riddle(self):
        row = self.unique()
        strip(row)
        self.damage(self.rows + [dict(row)], "credited_twice")

    def test_all_at_once(self):
        rows = self.rows
        rows[0]["BilledCost"] = str(Decimal(rows[0]["BilledCost"]) - 5)
        rows[10]["BillingAccountId"] = "acc-9999999"
        rows[20]["BillingCurrency"] = "GBP"
        rows.append(dict(rows[30]))
        del rows[40]
        self.reconcile(rows, expect=1)
        self.assertEqual(sorted(row["category"] for row in self.breaks()),
                         ["amount_differs", "credited_twice", "currency_differs",
                          "missing_in_billing", "wrong_account"])
        matched = {row["entry"] for row in self.table("reconciliation.csv")
                   if row["category"] == "matched"}
        self.assertEqual(len(matched), len(self.credit_rows("2026-10")) - 4)

    def test_every_row_says_its_figures(self):
        rows = self.rows[:-3]
        rows[5]["BilledCost"] = "-1.23"
        self.reconcile(rows, expect=1)
        found = self.table("reconciliation.csv")
        expected = sum(Decimal(row["expected"] or 0) for row in found)
        credited = sum(Decimal(row["found"] or 0) for row in found)
        difference = sum(Decimal(row["difference"] or 0) for row in found)
        self.assertEqual(expected, -sum(Decimal(row["BilledCost"])
                                        for row in self.credit_rows("2026-10")))
        self.assertEqual(credited, -sum(Decimal(row["BilledCost"]) for row in rows))
        self.assertEqual(credited - expected, difference)


class Rules(Month):
    """One to many, many to one, without names, by totals, with tolerances."""

    def test_one_to_many(self):
        row = self.rows[4]
        half = dict(row)
        total = Decimal(row["BilledCost"])
        row["BilledCost"], half["BilledCost"] = str(total - Decimal("0.5")), "0.50"
        self.reconcile(self.rows + [half], expect=0)
        self.assertEqual([found["rule"] for found in self.table("reconciliation.csv")
                          if found["billing_id"] and found["rule"] != "1"], ["2", "2"])

    def test_many_to_one(self):
        claims = {}
        for row in of_ledger(self.rows, "compensations"):
            claims.setdefault((row["x_ClaimId"], row["BillingCurrency"]), []).append(row)
        some = next((rows for rows in claims.values() if len(rows) > 1), None)
        if some is None:
            self.skipTest("no claim has two entries")
        one = dict(some[0], BilledCost=str(sum(Decimal(row["BilledCost"]) for row in some)),
                   x_EntryId="", x_OrderId="", ResourceId="")
        rows = [row for row in self.rows if row not in some] + [one]
        self.reconcile(rows, expect=0)
        found = [row for row in self.table("reconciliation.csv") if row["rule"] == "2"]
        self.assertEqual(len(found), len(some))
        self.assertEqual(len({row["match"] for row in found}), 1)

    def test_without_names(self):
        for row in self.rows:
            strip(row)
        done = self.reconcile(self.rows)
        found = self.table("reconciliation.csv")
        self.assertIn(done.returncode, (0, 1))
        by_rule = {rule: len([row for row in found if row["rule"] == rule]) for rule in "1234"}
        self.assertEqual((by_rule["1"], by_rule["2"]), (0, 0))
        self.assertGreater(by_rule["3"], len(self.rows) * 8 // 10)
        self.assertEqual([row for row in found if row["category"] not in
                          ("matched", "ambiguous", "credited_twice")], [])

    def test_by_order_in_the_tags(self):
        for row in of_ledger(self.rows, "refunds"):
            order = row["x_OrderId"]
            strip(row)
            row["Tags"] = json.dumps({"order_id": order, "team": "é"})
        for row in self.rows:
            row.setdefault("Tags", "")
        self.reconcile(self.rows, expect=0)
        refunds = [row for row in self.table("reconciliation.csv") if row["ledger"] == "refunds"]
        self.assertEqual({row["rule"] for row in refunds} - {"1", "2"}, set())

    def test_by_total(self):
        accounts = {}
        for row in self.rows:
            accounts.setdefault((row["BillingAccountId"], row["BillingCurrency"]), []).append(row)
        some = next(rows for rows in accounts.values() if len(rows) > 1)
        one = dict(some[0], BilledCost=str(sum(Decimal(row["BilledCost"]) for row in some)))
        strip(one)
        one["ResourceId"] = ""
        rows = [row for row in self.rows if row not in some] + [one]
        self.reconcile(rows, expect=0)
        found = [row for row in self.table("reconciliation.csv") if row["rule"] == "4"]
        self.assertEqual(len(found), len(some))

    def test_tolerances(self):
        profile = self.scratch / "tolerant.conf"
        text = FOCUS.read_text()
        profile.write_text(text.replace(
            'rule "1" { match = "reference"     tolerance = "0"',
            'rule "1" { match = "reference"     tolerance = "0.05"'))
        self.assertNotEqual(profile.read_text(), text)
        self.rows[4]["BilledCost"] = str(Decimal(self.rows[4]["BilledCost"]) + Decimal("0.05"))
        self.reconcile(self.rows, "--profile", profile, expect=0)
        found = [row for row in self.table("reconciliation.csv") if row["category"] != "matched"]
        self.assertEqual([(row["category"], Decimal(row["difference"])) for row in found],
                         [("within_tolerance", Decimal("-0.05"))])
        self.rows[4]["BilledCost"] = str(Decimal(self.rows[4]["BilledCost"]) + Decimal("0.01"))
        self.reconcile(self.rows, "--profile", profile, "--restate", expect=1)
        self.one_break("amount_differs")

    def test_the_provider_s_own_adjustments(self):
        own = dict(self.rows[4])
        strip(own)
        own.update(ChargeCategory="Adjustment", BilledCost="-9.99")
        self.reconcile(self.rows + [own], expect=0)
        named = dict(self.rows[4], ChargeCategory="Adjustment")
        self.reconcile(self.rows + [own, named], "--restate", expect=1)
        self.one_break("credited_twice")


class Forward(Month):
    """Open items from one reconciliation to the next."""

    def november(self, rows, *options, expect):
        self.reconcile(rows, *options, period="2026-11", expect=expect, name="november.csv")
        return self.breaks("2026-11")

    def test_credited_a_month_later(self):
        late = self.rows.pop(4)
        self.reconcile(self.rows, expect=1)
        late["BillingPeriodStart"], late["BillingPeriodEnd"] = ("2026-10-31T16:00:00Z",
                                                                "2026-11-30T16:00:00Z")
        found = self.november(self.credit_rows("2026-11") + [late], expect=1)
        self.assertEqual([(row["category"], row["age"]) for row in found], [("timing", "1")])
        self.assertEqual(self.table("open-items.csv", "2026-11"), [])

    def test_never_credited(self):
        self.rows.pop(4)
        self.reconcile(self.rows, expect=1)
        found = self.november(self.credit_rows("2026-11"), expect=1)
        self.assertEqual([(row["category"], row["age"], row["open_since"]) for row in found],
                         [("missing_in_billing", "1", "2026-10")])
        self.assertEqual(found[0]["break_id"], self.breaks()[0]["break_id"])

    def test_the_rest_comes_later(self):
        rest = dict(self.rows[4])
        whole = Decimal(rest["BilledCost"])
        self.rows[4]["BilledCost"] = str(whole + Decimal("0.01"))
        self.reconcile(self.rows, expect=1)
        rest.update(BilledCost="-0.01", BillingPeriodStart="2026-10-31T16:00:00Z",
                    BillingPeriodEnd="2026-11-30T16:00:00Z")
        found = self.november(self.credit_rows("2026-11") + [rest], expect=1)
        self.assertEqual({row["category"] for row in found}, {"timing"})
        self.assertEqual(self.table("open-items.csv", "2026-11"), [])

    def test_credited_again_a_month_later(self):
        self.reconcile(self.rows, expect=0)
        again = dict(self.rows[4], BillingPeriodStart="2026-10-31T16:00:00Z",
                     BillingPeriodEnd="2026-11-30T16:00:00Z")
        found = self.november(self.credit_rows("2026-11") + [again], expect=1)
        self.assertEqual([row["category"] for row in found], ["credited_twice"])

    def test_taken_back(self):
        self.reconcile(self.rows + [dict(self.rows[4])], expect=1)
        back = dict(self.rows[4], BillingPeriodStart="2026-10-31T16:00:00Z",
                    BillingPeriodEnd="2026-11-30T16:00:00Z",
                    BilledCost=self.rows[4]["BilledCost"].lstrip("-"))
        self.november(self.credit_rows("2026-11") + [back], expect=0)
        found = [row for row in self.table("reconciliation.csv", "2026-11")
                 if row["category"] != "matched"]
        self.assertEqual({row["category"] for row in found}, {"reversed"})

    def test_stays_twice(self):
        self.reconcile(self.rows + [dict(self.rows[4])], expect=1)
        found = self.november(self.credit_rows("2026-11"), expect=1)
        self.assertEqual([(row["category"], row["age"]) for row in found],
                         [("credited_twice", "1")])

    def test_a_row_is_held_against_us_once(self):
        self.rows[4]["BilledCost"] = "-1.00"
        self.reconcile(self.rows, expect=1)
        found = self.november(self.rows + self.credit_rows("2026-11"), expect=1)
        self.assertEqual([(row["category"], row["age"]) for row in found],
                         [("amount_differs", "1")])

    def test_early_rows_wait_for_their_month(self):
        both = self.rows + self.credit_rows("2026-11")
        self.reconcile(both, expect=0)
        self.november(both, expect=0)

    def test_books_restated_after_reconciling(self):
        self.reconcile(self.rows, expect=0)
        path = self.books / "2026-10/manifest.json"
        path.write_text(path.read_text() + " ")
        done = self.reconcile(self.credit_rows("2026-11"), period="2026-11", expect=5)
        self.assertIn("restated", done.stderr)

    def test_open_items_that_were_edited(self):
        self.reconcile(self.rows[1:], expect=1)
        path = self.books / "2026-10.reconciliation/open-items.csv"
        path.write_text(path.read_text().replace("refunds", "rewards"))
        done = self.reconcile(self.credit_rows("2026-11"), period="2026-11", expect=5)
        self.assertIn("open-items.csv", done.stderr)


class WrittenOff(Month):
    HEADER = "period,break_id,amount,who,when,why\n"

    def adjust(self, *lines):
        path = self.scratch / "adjustments.csv"
        path.write_text(self.HEADER + "".join(line + "\n" for line in lines))
        return path

    def setUp(self):
        super().setUp()
        self.rows.pop(4)
        self.reconcile(self.rows, expect=1)
        self.found = self.one_break("missing_in_billing")
        self.good = '2026-10,{break_id},{difference},"Li, Wei",2026-11-05,"paid in cash"'.format(
            **self.found)

    def again(self, *lines, expect):
        return self.reconcile(self.rows, "--adjustments", self.adjust(*lines), "--restate",
                              expect=expect)

    def test_closes_and_is_listed(self):
        self.again(self.good, expect=0)
        row, = self.breaks()
        self.assertEqual((row["category"], row["found_as"], row["who"], row["when"], row["why"]),
                         ("written_off", "missing_in_billing", "Li, Wei", "2026-11-05",
                          "paid in cash"))
        self.assertEqual(self.table("open-items.csv"), [])

    def test_another_amount(self):
        done = self.again(self.good.replace(self.found["difference"], "-0.01"), expect=3)
        self.assertIn("adjustments.csv:2: amount", done.stderr)

    def test_an_unknown_break(self):
        done = self.again(self.good.replace(self.found["break_id"], "E-0"), expect=3)
        self.assertIn("adjustments.csv:2: break_id", done.stderr)

    def test_without_a_reason(self):
        done = self.again(self.good.replace('"paid in cash"', ""), expect=3)
        self.assertIn("adjustments.csv:2: why: is empty", done.stderr)

    def test_twice(self):
        done = self.again(self.good, self.good, expect=3)
        self.assertIn("adjustments.csv:3", done.stderr)

    def test_of_another_period(self):
        self.again(self.good.replace("2026-10,", "2026-09,", 1), expect=1)
        self.one_break("missing_in_billing")

    def test_in_a_later_period(self):
        path = self.adjust(self.good.replace("2026-10,", "2026-11,", 1))
        self.reconcile(self.credit_rows("2026-11"), "--adjustments", path, period="2026-11",
                       name="november.csv", expect=0)
        row, = self.breaks("2026-11")
        self.assertEqual((row["category"], row["age"]), ("written_off", "1"))


class Purchases(Month):
    """Purchases billed against the orders that the period was decided from."""

    def test_a_forgotten_orders_file(self):
        exports = self.scratch / "exports"
        shutil.copytree(self.base / "2026-10", exports)
        names = sorted(path.name for path in exports.glob("orders-*"))
        (exports / names[-1]).unlink()
        books = self.scratch / "fewer"
        done = run_month(exports, books, "--no-workbook", "--no-archive")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        done = run("reconcile", "--books", books, "--period", "2026-10", "--billing",
                   exports / "billing.csv", "--exports", exports, "--no-workbook")
        self.assertEqual(done.returncode, 1, done.stderr)
        found = rows_of(books / "2026-10.reconciliation/breaks.csv")
        missing = [row for row in found if row["category"] == "orders_missing"]
        self.assertGreater(len(missing), 5)
        self.assertEqual({row["category"] for row in found} - {"orders_missing"},
                         {"missing_in_billing"})

    def test_a_purchase_that_was_not_billed(self):
        billing = rows_of(self.base / "2026-10/billing.csv")
        gone = next(row for row in billing if Decimal(row["BilledCost"]) > 0)
        billing.remove(gone)
        (self.scratch / "billing.csv").write_text(to_csv(billing))
        self.reconcile(self.rows, self.scratch / "billing.csv", "--exports",
                       self.base / "2026-10", expect=1)
        row = self.one_break("purchase_not_billed")
        self.assertEqual(row["account_id"], gone["BillingAccountId"])
        self.assertEqual(Decimal(row["difference"]), -Decimal(gone["BilledCost"]))

    def test_other_orders_than_those_decided_from(self):
        exports = self.scratch / "exports"
        shutil.copytree(self.base / "2026-10", exports)
        plain = next(path for path in sorted(exports.glob("orders-*")) if path.suffix == ".csv")
        plain.write_bytes(plain.read_bytes() + b"\n")
        done = self.reconcile(self.rows, "--exports", exports, expect=3)
        self.assertIn(plain.name, done.stderr)
        plain.unlink()
        done = self.reconcile(self.rows, "--exports", exports, expect=3)
        self.assertIn("decided from", done.stderr)


class Inputs(Month):
    """Bad rows are rejected alone, bad files refuse the whole."""

    def test_rejects(self):
        bad = [dict(self.rows[i]) for i in range(5)]
        bad[0]["BilledCost"] = "12,5"
        bad[1]["BillingCurrency"] = "XXQ"
        bad[2]["BillingPeriodStart"] = "soon"
        bad[3]["ChargeCategory"] = "Gift"
        bad[4]["BillingAccountId"] = ""
        self.reconcile(self.rows + bad, expect=1)
        rejects = self.table("rejects.csv")
        self.assertEqual([(row["column"], row["reason"]) for row in rejects], [
            ("BilledCost", "bad_number"), ("BillingCurrency", "unknown_value"),
            ("BillingPeriodStart", "bad_timestamp"), ("ChargeCategory", "unknown_value"),
            ("BillingAccountId", "missing_value")])
        self.assertEqual(self.breaks(), [])

    def test_numbers_with_exponents(self):
        for row in self.rows[:20]:
            row["BilledCost"] = "{:E}".format(Decimal(row["BilledCost"]))
        self.reconcile(self.rows, expect=0)

    def test_bad_files(self):
        cases = {
            "": r"credits\.csv:1: the file is empty",
            "BilledCost,BilledCost\n": r"credits\.csv:1: the column",
            to_csv(self.rows).replace("BillingAccountId", "Account"):
                r"credits\.csv:1: the column BillingAccountId is missing",
            to_csv(self.rows) + '"': r"credits\.csv:\d+: ",
        }
        for text, message in cases.items():
            done = self.reconcile(text, expect=3)
            self.assertRegex(done.stderr, message)
            self.assertNotIn("2026-10.reconciliation", entries(self.books))

    def test_a_copy_of_a_file(self):
        (self.scratch / "copy.csv").write_text(to_csv(self.rows))
        done = self.reconcile(self.rows, self.scratch / "copy.csv", expect=3)
        self.assertIn("is a copy of", done.stderr)

    def test_books_that_are_not_there(self):
        done = run("reconcile", "--books", self.scratch / "none", "--period", "2026-10",
                   "--billing", SAMPLE)
        self.assertEqual(done.returncode, 2)
        self.assertFalse((self.scratch / "none").exists())

    def test_the_focus_sample(self):
        done = run("reconcile", "--books", self.books, "--period", "2026-10", "--billing", SAMPLE,
                   "--no-workbook")
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertEqual(self.table("rejects.csv"), [])
        rows = rows_of(SAMPLE)
        manifest = json.loads((self.books / "2026-10.reconciliation/manifest.json").read_text())
        total = sum(Decimal(item["billed"]) for item in manifest["billing"])
        self.assertEqual(total, sum(Decimal(row["BilledCost"]) for row in rows))
        self.assertEqual(sum(item["rows"] for item in manifest["billing"]), len(rows))
        self.assertEqual({item["currency"] for item in manifest["billing"]}, {"USD"})


@unittest.skipUnless(os.path.exists(KILL_AT), "kill_at.so is missing")
class Killed(Month):
    """Whatever is killed or fails when: the reconciliation is there whole, or not at all."""

    def attempt(self, *options, **environment):
        path = self.scratch / "credits.csv"
        path.write_text(to_csv(self.rows[1:]))
        preload = {"LD_PRELOAD": KILL_AT, **environment} if environment else None
        return run("reconcile", "--books", self.books, "--period", "2026-10", "--billing", path,
                   *options, environment=preload)

    def sweep(self, *options):
        log = self.scratch / "calls"
        untouched = digests(self.books)
        self.assertEqual(self.attempt(*options, KILL_LOG=str(log)).returncode, 1)
        after = digests(self.books)
        calls = len(log.read_text().splitlines())
        self.assertGreater(calls, 20)
        for point in sorted({*range(1, calls, max(1, calls // 40)), *range(calls - 25, calls + 1)}):
            shutil.rmtree(self.books)
            shutil.copytree(self.base / "books", self.books)
            done = self.attempt(*options, KILL_AT=str(point))
            self.assertEqual(done.returncode, KILLED, point)
            again = self.attempt(*options)
            self.assertEqual(again.returncode, 1, (point, again.stderr))
            have = digests(self.books)
            published = "2026-10.reconciliation/manifest.json"
            self.assertEqual(have[published], after[published], point)
            self.assertEqual([name for name in entries(self.books) if name.startswith(".")], [])
            for name in untouched:
                if name.startswith("2026-1") and ".reconciliation" not in name:
                    self.assertEqual(have[name], untouched[name])

    def test_a_first_one(self):
        self.sweep()

    def test_a_full_disk(self):
        log = self.scratch / "calls"
        self.assertEqual(self.attempt(KILL_LOG=str(log)).returncode, 1)
        calls = len(log.read_text().splitlines())
        for point in range(1, calls, max(1, calls // 30)):
            shutil.rmtree(self.books)
            shutil.copytree(self.base / "books", self.books)
            done = self.attempt(FAIL_AT="{}:28".format(point))
            if done.returncode in (0, 1):
                continue
            self.assertIn(done.returncode, (4, 6), done.stderr)
            folder = self.books / "2026-10.reconciliation"
            if folder.exists():  # what failed came behind the publishing
                manifest = json.loads((folder / "manifest.json").read_text())
                have = digests(folder)
                have.pop("manifest.json")
                self.assertEqual({output["file"]: output["sha256"]
                                  for output in manifest["outputs"]}, have)


class HuaweiCloud(Month):
    """The provider's own statement, made of the same entries."""

    COLUMNS = ("bill_cycle", "customer_id", "service_type_code", "region_code", "charging_mode",
               "consume_time", "trade_time", "trade_id", "bill_type", "consume_amount",
               "cash_amount", "credit_amount", "coupon_amount", "flexipurchase_coupon_amount",
               "stored_value_card_amount", "bonus_amount", "debt_amount")

    def statement(self, credits, fee=Decimal(0)):
        rows = []
        for row in credits:
            if row["BillingCurrency"] != "CNY":
                continue
            amount = Decimal(row["BilledCost"])
            one = dict.fromkeys(self.COLUMNS, "0")
            one.update(
                bill_cycle="2026-10", customer_id=row["BillingAccountId"],
                service_type_code=row["ServiceName"], region_code="", charging_mode="1",
                consume_time="", trade_time="2026-10-31 12:00:00",
                trade_id=row["x_OrderId"] if row["x_Ledger"] == "refunds" else
                row["x_ClaimId"] or row["x_FilingId"],
                bill_type="4" if row["x_Ledger"] == "refunds" else "9",
                consume_amount=str(amount - 7), cash_amount=str(amount), coupon_amount="-7")
            if fee and row["x_Ledger"] == "refunds":
                one.update(consume_amount=str(amount - fee), cash_amount=str(amount - fee),
                           coupon_amount="0")
                rows.append(dict(one, bill_type="13", consume_amount=str(fee),
                                 cash_amount=str(fee)))
            rows.append(one)
        return rows

    def reconcile_statement(self, rows, *options, expect):
        self.reconcile(rows, "--profile", "huaweicloud", *options, expect=expect)
        return self.table("reconciliation.csv")

    def others(self):
        return len([row for row in self.rows if row["BillingCurrency"] != "CNY"])

    def test_refunds_and_compensation(self):
        found = self.reconcile_statement(self.statement(self.rows), expect=1)
        cny = [row for row in found if row["currency"] == "CNY"]
        self.assertEqual({row["category"] for row in cny}, {"matched"})
        self.assertLessEqual({row["rule"] for row in cny}, {"1", "2"})
        self.assertEqual(len(self.breaks()), self.others())

    def test_gross_refund_and_handling_fee(self):
        found = self.reconcile_statement(self.statement(self.rows, Decimal("2.50")), expect=1)
        refunds = [row for row in found
                   if row["currency"] == "CNY" and row["ledger"] == "refunds"]
        self.assertEqual({(row["category"], row["rule"]) for row in refunds}, {("matched", "2")})
        self.assertEqual(len(self.breaks()), self.others())

    def test_parts_must_add_up(self):
        rows = self.statement(self.rows)
        rows[0]["bonus_amount"] = "1"
        self.reconcile_statement(rows, expect=1)
        reject, = self.table("rejects.csv")
        self.assertEqual((reject["column"], reject["reason"]),
                         ("consume_amount", "parts_do_not_add_up"))

    def test_an_unknown_bill_type(self):
        rows = self.statement(self.rows)
        rows[0]["bill_type"] = "99"
        self.reconcile_statement(rows, expect=1)
        reject, = self.table("rejects.csv")
        self.assertEqual((reject["column"], reject["reason"]), ("bill_type", "unknown_value"))


if __name__ == "__main__":
    unittest.main()
