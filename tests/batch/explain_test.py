#!/usr/bin/python3
"""Explanations, end to end: every published decision is made again from the period's own sources
and comes out the same, with its source rows, its checks and its arithmetic.
"""

import collections
import csv
import fractions
import gzip
import io
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import explaining
import support

CHUNK = 2000


class SmallMonth(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = support.Scratch()
        cls.addClassCleanup(cls.scratch.remove)
        cls.books = explaining.close_small_month(cls.scratch)
        cls.period = cls.books / "2026-10"
        cls.told = explaining.explain("--books", cls.books, "--",
                                      *explaining.accounts_of(cls.period))["decisions"]

    def one(self, number):
        found = [told for told in self.told if told["id"] == number]
        self.assertEqual(len(found), 1, number)
        return found[0]

    def test_every_row_is_told_and_the_same(self):
        for ledger, key in explaining.LEDGERS.items():
            rows = explaining.ledger_rows(self.period, ledger)
            told = [it["row"] for it in self.told if it["ledger"] == ledger]
            order = lambda row: sorted(row.items())  # noqa: E731
            self.assertEqual(sorted(rows, key=order), sorted(told, key=order), ledger)
        for told in self.told:
            self.assertTrue(told["same"], told)
            self.assertEqual(told["differences"], [])

    def test_every_kind_of_decision_is_there(self):
        reasons = {(told["ledger"], told["reason"]) for told in self.told}
        for ledger, wanted in {
                "refunds": "source_rejected unknown_order account_mismatch pay_per_use "
                           "labelled_nonrefundable already_refunded grace_or_retention not_covered "
                           "within_five_days after_five_days",
                "compensations": "source_rejected unknown_incident force_majeure not_under_sla "
                                 "before_fault fault_not_rectified claim_too_late "
                                 "unknown_resource not_affected already_compensated "
                                 "platform_fault",
                "rewards": "not_completed source_rejected unknown_account not_first_filing "
                           "not_a_website no_subscribed_host service_ended recharge_too_low "
                           "abandoned already_rewarded eligible"}.items():
            for reason in wanted.split():
                self.assertIn((ledger, reason), reasons)

    def test_one_check_decides_and_those_behind_it_are_not_reached(self):
        for told in self.told:
            outcomes = [check["outcome"] for check in told["checks"]]
            if told["decision"] in ("denied", "deferred", "pending"):
                at = outcomes.index("decided")
                while told["checks"][at]["number"] == "full":
                    at = outcomes.index("decided", at + 1)
                self.assertEqual(told["checks"][at]["reason"], told["reason"])
                self.assertEqual(set(outcomes[at + 1:]) - {"not_reached"}, set())
                self.assertTrue(told["needed"])
            for check in told["checks"]:
                self.assertEqual(check["saw"] == "", check["outcome"] == "not_reached", check)

    def test_source_rows_are_the_rows_of_the_exports(self):
        for told in self.told:
            self.assertTrue(told["sources"])
            for source in told["sources"]:
                path = self.scratch / "exports" / source["file"]
                lines = path.read_text(encoding="utf-8").splitlines()
                header, row = (next(csv.reader([lines[at]])) for at in (0, source["line"] - 1))
                written = dict(zip(header, row))
                for name, value in source["row"].items():
                    if name.endswith("_id") or name in ("service", "region", "currency", "name"):
                        self.assertEqual(value, written.get(name, ""), source)

    def test_arithmetic(self):
        told = self.one("Q-PART")
        steps = {step["name"]: step for step in told["arithmetic"]}
        # 120.05 over 30 days, of which 21.25 are used; a fee of 10 %.
        exact = fractions.Fraction("120.05") * fractions.Fraction("21.25") / 30
        shown = steps["amount_due"]["exact"].split(" = ")[0]
        self.assertEqual(fractions.Fraction(shown), exact)
        self.assertEqual(steps["amount_due"]["result"], "CNY 85.04")
        self.assertEqual(steps["handling_fee"]["exact"], "2401/200 = 12.005")
        self.assertEqual(steps["handling_fee"]["result"], "CNY 12.01")
        self.assertEqual(steps["refund"]["result"], "CNY 23.00")
        self.assertIn("no later than 2026-09-19T00:00:00+08:00", told["needed"])
        for it in self.told:
            for step in it["arithmetic"]:
                name = step["name"]
                if name in it["row"] and name not in ("recharge_by", "valid_until"):
                    self.assertEqual(step["result"].split(" ")[-1], it["row"][name], it["id"])

    def test_seconds(self):
        for told in self.told:
            if told["decision"] == "compensated":
                self.assertEqual(sum(bar["seconds"] for bar in told["timeline"]
                                     if bar["what"] == "counted"),
                                 int(told["row"]["fault_seconds"]))
        second = self.one("C-2")  # I-1's hundred times go first for the hour that both cover
        self.assertEqual([(bar["what"], bar["seconds"]) for bar in second["timeline"]],
                         [("incident", 10800), ("basis", 2678400),
                          ("already_compensated", 3600), ("counted", 7200)])
        self.assertTrue(any("Claim C-1 (100 times" in note for note in second["notes"]))
        again = self.one("C-AGAIN")
        self.assertEqual(sum(bar["seconds"] for bar in again["timeline"]
                             if bar["what"] == "already_compensated"), 7200)

    def test_what_a_deferred_one_waits_for(self):
        notes = self.one("Q-BAD")["notes"]
        self.assertTrue(any("orders.csv, line 13, column cash_paid, too_precise" in note
                            for note in notes), notes)
        self.assertTrue(any("incidents.csv" in note for note in self.one("C-BROKEN")["notes"]))

    def test_clauses_are_the_policys_words(self):
        self.assertIn("Refund amount = Your actual payment", self.one("Q-FULL")["clause"]["words"])
        for told in self.told:
            self.assertEqual(told["clause"]["id"], told["row"]["clause"])

    def test_ids_of_every_kind(self):
        for number, ids in {"O-FULL": {"Q-FULL", "Q-TWICE"}, "Q-PART": {"Q-PART"}, "C-1": {"C-1"},
                            "F-1": {"F-1"}, "'=Q,4": {"'=Q,4"}, "=A-4": {"'=Q,4"}}.items():
            told = explaining.explain("--books", self.books, "--", number)["decisions"]
            self.assertEqual({it["id"] for it in told}, ids, number)
        serving = explaining.explain("--books", self.books, "O-SERVING")["decisions"]
        self.assertLessEqual({"Q-BEFORE", "Q-EARLY", "C-1", "C-2"} - {"Q-EARLY"},
                             {it["id"] for it in serving})

    def test_an_unknown_id(self):
        done = support.run("explain", "--books", self.books, "NOBODY", "F-1")
        self.assertEqual(done.returncode, 1)
        self.assertIn('"NOBODY": no decision of any closed period', done.stderr)
        self.assertIn("Filing F-1 of account A-3", done.stdout)
        told = explaining.explain("--books", self.books, "NOBODY", status=1)
        self.assertEqual((told["decisions"], told["unknown"]), ([], ["NOBODY"]))

    def test_text(self):
        done = support.run("explain", "--books", self.books, "--period", "2026-10", "C-2")
        self.assertEqual((done.returncode, done.stderr), (0, ""))
        for words in ("Claim C-2 of account A-2, period 2026-10", "claims: claims.csv, line 3",
                      "already   |xxxx", "counted   |                    #####",
                      "clause compensation.amount", "the same in every column"):
            self.assertIn(words, done.stdout)
        self.assertLessEqual(max(len(line) for line in done.stdout.splitlines()), 112)

    def test_the_archive_is_enough(self):
        alone = self.scratch / "alone"
        alone.mkdir()
        shutil.copy(self.books / "recompense-2026-10.zip", alone)
        temporary = self.scratch / "tmp"
        temporary.mkdir()
        done = support.run("explain", "--json", "--archive", alone / "recompense-2026-10.zip", "--",
                           *explaining.accounts_of(self.period),
                           environment={"TMPDIR": str(temporary)})
        self.assertEqual(done.returncode, 0, done.stderr)
        books = support.run("explain", "--json", "--books", self.books, "--",
                            *explaining.accounts_of(self.period))
        self.assertEqual(done.stdout, books.stdout)
        self.assertEqual(os.listdir(temporary), [])

    def test_a_changed_book_is_refused(self):
        changed = self.scratch / "changed"
        shutil.copytree(self.books, changed)
        path = changed / "2026-10/refunds.csv"
        path.write_text(path.read_text().replace("23.00", "24.00"))
        done = support.run("explain", "--books", changed, "Q-PART")
        self.assertEqual(done.returncode, 4)
        self.assertIn("2026-10/refunds.csv: is not the file that was published", done.stderr)

    def test_a_forged_book_is_told_loudly(self):
        """A ledger and a manifest that agree with each other, and not with the sources."""
        forged = self.scratch / "forged"
        shutil.copytree(self.books, forged)
        ledger, manifest = forged / "2026-10/refunds.csv", forged / "2026-10/manifest.json"
        before = support.digests(forged)["2026-10/refunds.csv"]
        size = ledger.stat().st_size
        ledger.write_text(ledger.read_text().replace(",23.00,", ",24.00,"))
        self.assertEqual(ledger.stat().st_size, size)
        manifest.write_text(manifest.read_text().replace(
            before, support.digests(forged)["2026-10/refunds.csv"]))
        done = support.run("explain", "--books", forged, "Q-PART")
        self.assertEqual(done.returncode, 1)
        self.assertIn("made again, the decision is not the same", done.stderr)
        self.assertIn('refund: the ledger has "24.00", made again it is "23.00"', done.stdout)

    def test_damaged_archives(self):
        data = (self.books / "recompense-2026-10.zip").read_bytes()
        for at in range(0, len(data), max(1, len(data) // 40)):
            bad = self.scratch / "bad.zip"
            bad.write_bytes(data[:at] + bytes([data[at] ^ 0x55]) + data[at + 1:])
            done = support.run("explain", "--archive", bad, "Q-PART")
            self.assertIn(done.returncode, (0, 1, 3, 4, 6), done.stderr)
            if done.returncode == 0:  # the byte was in a file that is not looked at
                self.assertIn("CNY 23.00", done.stdout)
        bad.write_bytes(data[:1000])
        self.assertEqual(support.run("explain", "--archive", bad, "Q-PART").returncode, 3)

    def test_sources_read_back(self):
        """The published rows are an exports folder: it decides the same."""
        again = self.scratch / "again"
        again.mkdir()
        for path in (self.period / "sources").glob("*.csv.gz"):
            if path.name != "rejected_names.csv.gz":
                shutil.copy(path, again)
        done = support.run_month(again, self.scratch / "books-again", "--policy",
                                 self.period / "sources/policy.conf")
        self.assertEqual(done.returncode, 0, done.stderr)
        waiting = {"source_rejected", "unknown_order", "unknown_incident", "no_subscribed_host",
                   "not_affected", "unknown_resource"}
        for ledger in explaining.LEDGERS:
            one, other = (
                [row for row in explaining.ledger_rows(folder, ledger)
                 if row["reason"] not in waiting]
                for folder in (self.period, self.scratch / "books-again/2026-10"))
            self.assertEqual(one, other, ledger)

    def test_sources_in_canonical_spelling(self):
        with gzip.open(self.period / "sources/orders.csv.gz", "rt", newline="") as file:
            rows = list(csv.DictReader(io.StringIO(file.read())))
        first = next(row for row in rows if row["line"] == "2")
        self.assertEqual((first["order_id"], first["cash_paid"], first["starts_at"], first["file"],
                          first["line"]),
                         ("O-FULL", "300.00", "2026-10-01T00:00:00+08:00", "orders.csv", "2"))
        # Account by account, each one's rows in their order; all are of one file here.
        places = [(row["account_id"], int(row["line"])) for row in rows]
        self.assertEqual(places, sorted(places))

    def test_usage_errors(self):
        for arguments, words in ((["Q-1"], "needs --books DIR or --archive FILE"),
                                 (["--books", self.books, "--period", "2026-11", "Q-1"],
                                  "2026-11 is not closed"),
                                 (["--books", self.books], "needs ID...")):
            done = support.run("explain", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr)


class GeneratedMonths(unittest.TestCase):
    """Two months with dirt, late and carried rows: nothing published cannot be made again."""

    @classmethod
    def setUpClass(cls):
        cls.scratch = support.Scratch()
        cls.addClassCleanup(cls.scratch.remove)
        cls.books = cls.scratch / "books"
        for period in ("2026-10", "2026-11"):
            exports = cls.scratch / period
            subprocess.run([support.MAKE_MONTH, "--out", exports, "--period", period, "--orders",
                            "9000", "--requests", "1500", "--accounts", "600", "--claims", "900",
                            "--usage", "3000", "--dirty-permille", "20"], check=True,
                           stdout=subprocess.DEVNULL)
            done = support.run_month(exports, cls.books, period=period)
            assert done.returncode in (0, 1), done.stderr

    def check_period(self, period, place):
        folder = self.books / period
        accounts = explaining.accounts_of(folder)
        told = collections.Counter()
        for at in range(0, len(accounts), CHUNK):
            document = explaining.explain(*place, "--period", period, "--",
                                          *accounts[at:at + CHUNK])
            for it in document["decisions"]:
                self.assertTrue(it["same"], it["differences"])
                told[it["ledger"]] += 1
        for ledger in explaining.LEDGERS:
            self.assertEqual(told[ledger], len(explaining.ledger_rows(folder, ledger)), ledger)
        self.assertGreater(sum(told.values()), 2000)

    def test_every_row_of_the_first_month(self):
        self.check_period("2026-10", ("--books", self.books))

    def test_every_row_of_the_second_month(self):
        self.check_period("2026-11", ("--books", self.books))

    def test_every_row_from_the_archive_alone(self):
        self.check_period("2026-11", ("--archive", self.books / "recompense-2026-11.zip"))

    def test_newest_first(self):
        account = explaining.ledger_rows(self.books / "2026-11", "refunds")[0]["account_id"]
        periods = [it["period"] for it in
                   explaining.explain("--books", self.books, "--", account)["decisions"]]
        self.assertEqual(periods, sorted(periods, reverse=True))

    def test_verify_covers_the_sources(self):
        changed = self.scratch / "changed"
        shutil.copytree(self.books, changed)
        (changed / "2026-11/sources/orders.csv.gz").unlink()
        done = support.run("verify", "--books", changed)
        self.assertEqual(done.returncode, 1)
        self.assertIn("sources/orders.csv.gz: is missing", done.stdout + done.stderr)


if __name__ == "__main__":
    explaining.main()
