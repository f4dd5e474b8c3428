#!/usr/bin/python3
"""The bridge of a restatement: what restatement.csv says of corrected and late inputs and of another
policy, against the old and the new ledgers themselves.

    RECOMPENSE=build/recompense python3 tests/batch/restate_test.py

Ends with "N passed, N failed".
"""

import json
import os
import shutil
import subprocess
import sys
import unittest
import zipfile
from collections import defaultdict
from decimal import Decimal

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from support import run, run_month

INCIDENTS = """\
incident_id,scenario,cause,service,region,resource_id,started_at,rectified_at,sla_covered,title
I-1,unavailable,platform,ecs,,,2026-10-02 00:00:00,2026-10-02 10:00:00,,
"""
CLAIMS = """\
claim_id,account_id,incident_id,resource_id,submitted_at
C-1,A-1,I-1,,2026-10-03 00:00:00
C-2,A-2,I-1,,2026-10-03 00:00:00
"""
TICKETS = """\
ticket_id,account_id,category,opened_at
T-1,A-1,system_fault,2026-10-04 00:00:00
"""
LEDGERS = {  # keys of a row, its amount
    "refunds": (("request_id",), "refund"),
    "compensations": (("claim_id", "resource_id", "basis", "basis_id"), "amount"),
    "rewards": (("filing_id",), "amount"),
}


def plain(value):
    return value[1:] if value.startswith("'") else value


def rows_by_key(folder, ledger):
    keys, _ = LEDGERS[ledger]
    return {(plain(row["account_id"]), *(plain(row[key]) for key in keys)): row
            for row in support.rows_of(folder / (ledger + ".csv"))}


class Case(unittest.TestCase):
    def setUp(self):
        self.scratch = support.Scratch()
        self.addCleanup(self.scratch.remove)
        self.exports = self.scratch / "exports"
        self.books = self.scratch / "books"
        self.write()

    def write(self, **files):
        support.write_month(self.exports, **{
            "incidents": INCIDENTS, "claims": CLAIMS, "tickets": TICKETS, **files})

    def publish(self, *options, status=0):
        done = run_month(self.exports, self.books, "--no-workbook", *options)
        self.assertEqual(done.returncode, status, done.stderr)
        return done

    def restate(self, *options, status=0, superseded=1):
        """The rows of restatement.csv, once they have been proved against both books."""
        self.publish("--restate", *options, status=status)
        new = self.books / "2026-10"
        rows = support.rows_of(new / "restatement.csv")
        self.prove(self.books / f"2026-10.superseded-{superseded}", new, rows)
        self.assertEqual(run("verify", "--books", self.books).returncode, 0)
        return rows

    def prove(self, old, new, rows):
        """Nothing is missing, nothing is invented, and the sums bridge the totals."""
        totals = defaultdict(Decimal)
        for ledger, (keys, amount) in LEDGERS.items():
            before, after = rows_by_key(old, ledger), rows_by_key(new, ledger)
            told = {(plain(row["account_id"]), *[plain(row["event_id"])],
                     *([plain(row["resource_id"]), row["basis"], plain(row["basis_id"])]
                       if len(keys) > 1 else [])) for row in rows if row["ledger"] == ledger}
            self.assertEqual(told, {key for key in before.keys() | after.keys()
                                    if before.get(key) != after.get(key)}, ledger)
            for books, sign in ((before, -1), (after, 1)):
                for row in books.values():
                    if row[amount]:
                        totals[ledger, row["currency"]] += sign * Decimal(row[amount])
        for row in rows:
            if row["difference"]:
                difference = Decimal(row["new_amount"] or 0) - Decimal(row["old_amount"] or 0)
                self.assertEqual(Decimal(row["difference"]), difference)
                if row["ledger"] != "accounts":
                    totals[row["ledger"], row["currency"]] -= difference
        self.assertEqual([key for key, total in totals.items() if total], [])
        self.prove_accounts(old, new, rows)
        order = [tuple(plain(row[column]).encode() for column in (
            "account_id", "ledger", "event_id", "resource_id", "basis", "basis_id", "currency"))
            for row in rows]
        self.assertEqual(order, sorted(order))

    def prove_accounts(self, old, new, rows):
        bridge, detail = {}, defaultdict(Decimal)
        for row in rows:
            key = (row["account_id"], row["currency"])
            if row["ledger"] == "accounts":
                bridge[key] = (row["old_amount"], row["new_amount"])
            elif row["difference"]:
                detail[key] += Decimal(row["difference"])
        self.assertEqual(set(detail), set(bridge))
        totals = [{(row["account_id"], row["currency"]): row["total"]
                   for row in support.rows_of(books / "accounts.csv")} for books in (old, new)]
        for key in totals[0].keys() | totals[1].keys():
            now = tuple(books.get(key, "") for books in totals)
            if key in bridge:
                self.assertEqual(bridge[key], now)
                self.assertEqual(detail[key], Decimal(now[1] or 0) - Decimal(now[0] or 0))
            else:
                self.assertEqual(now[0], now[1])

    def only(self, rows, ledger):
        found = [row for row in rows if row["ledger"] == ledger]
        self.assertEqual(len(found), 1, found)
        return found[0]


class Restatement(Case):
    def test_published_with_the_period(self):
        self.publish()
        self.assertFalse((self.books / "2026-10/restatement.csv").exists())
        self.write(refund_requests=support.REQUESTS + "Q-4,A-1,O-1,2026-10-06 00:00:00\n")
        self.restate()
        manifest = json.loads((self.books / "2026-10/manifest.json").read_text())
        self.assertIn("restatement.csv", json.dumps(manifest))
        with zipfile.ZipFile(self.books / "recompense-2026-10.zip") as archive:
            self.assertEqual(archive.read("2026-10/restatement.csv"),
                             (self.books / "2026-10/restatement.csv").read_bytes())

    def test_a_corrected_input(self):
        self.publish()
        self.write(orders=support.ORDERS.replace("300.00,0,0", "600.00,0,0"))
        rows = self.restate()
        refund = self.only(rows, "refunds")
        self.assertEqual((refund["event_id"], refund["change"], refund["old_amount"],
                          refund["new_amount"], refund["difference"], refund["cause"]),
                         ("Q-1", "changed", "120.00", "240.00", "120.00", "corrected_input"))
        self.assertIn("actual_payment amount_due handling_fee refund refund_cash",
                      refund["columns"])
        claim = self.only(rows, "compensations")
        self.assertEqual((claim["event_id"], claim["resource_id"], claim["basis"],
                          claim["basis_id"]), ("C-1", "R-1", "order", "O-1"))
        total = self.only(rows, "accounts")
        self.assertEqual((total["account_id"], total["currency"], total["change"], total["cause"]),
                         ("A-1", "CNY", "changed", "corrected_input"))

    def test_a_late_input(self):
        self.publish()
        self.write(claims=CLAIMS + "C-3,A-3,I-1,,2026-10-04 00:00:00\n",
                   orders=support.ORDERS + "O-7,A-3,R-7,ecs,x,prepaid,month,1,USD,2026-10-01,"
                   "2026-10-01 00:00:00,2026-10-31 00:00:00,30,0,0,true\n".replace(
                       "2026-10-01,", "2026-10-01 00:00:00,", 1))
        rows = self.restate()
        claim = self.only(rows, "compensations")
        self.assertEqual((claim["change"], claim["old_decision"], claim["old_amount"],
                          claim["new_decision"], claim["new_reason"], claim["cause"]),
                         ("appeared", "", "", "compensated", "platform_fault", "late_input"))
        total = self.only(rows, "accounts")
        self.assertEqual((total["account_id"], total["currency"], total["change"],
                          total["old_amount"], total["new_amount"]),
                         ("A-3", "USD", "appeared", "", claim["new_amount"]))

    def test_a_claim_that_was_denied_before(self):
        self.write(incidents=INCIDENTS.replace("platform", "carrier_fault"))
        self.publish()
        self.write()
        rows = [row for row in self.restate() if row["ledger"] == "compensations"]
        self.assertEqual([(row["event_id"], row["change"], row["basis"], row["old_reason"],
                           row["new_reason"], row["cause"]) for row in rows], [
            ("C-1", "vanished", "", "carrier_fault", "", "corrected_input"),
            ("C-1", "appeared", "order", "", "platform_fault", "corrected_input"),
            ("C-2", "vanished", "", "carrier_fault", "", "corrected_input"),
            ("C-2", "appeared", "order", "", "platform_fault", "corrected_input")])

    def test_an_event_taken_back(self):
        self.publish()
        self.write(refund_requests=support.REQUESTS.replace("Q-2,", "Q-9,"))
        rows = {row["event_id"]: row for row in self.restate() if row["ledger"] == "refunds"}
        self.assertEqual([(rows[i]["change"], rows[i]["cause"]) for i in ("Q-2", "Q-9")],
                         [("vanished", "corrected_input"), ("appeared", "late_input")])

    def test_differences_that_cancel_out_leave_a_total_unchanged(self):
        self.publish()
        self.write(refund_requests=support.REQUESTS.replace("Q-2,", "Q-9,"))
        total = self.only(self.restate(), "accounts")
        self.assertEqual((total["change"], total["difference"], total["cause"]),
                         ("unchanged", "0.00", "several"))

    def test_an_event_of_another_account(self):
        self.publish()
        self.write(refund_requests=support.REQUESTS.replace("Q-2,A-2", "Q-2,A-3"))
        rows = [row for row in self.restate() if row["ledger"] == "refunds"]
        self.assertEqual([(row["account_id"], row["change"], row["cause"]) for row in rows],
                         [("A-2", "vanished", "corrected_input"),
                          ("A-3", "appeared", "corrected_input")])

    def test_another_currency(self):
        self.publish()
        self.write(orders=support.ORDERS.replace("year,1,CNY", "year,1,USD"))
        rows = [row for row in self.restate() if row["ledger"] == "refunds"]
        self.assertEqual([(row["currency"], row["change"], row["difference"]) for row in rows],
                         [("CNY", "vanished", "-1210.50"), ("USD", "appeared", "1210.50")])

    def test_another_policy(self):
        self.publish()
        policy = self.scratch / "policy.conf"
        policy.write_text((support.ROOT / "policy/standard.conf").read_text().replace(
            "full_refund_days = 5", "full_refund_days = 1"))
        rows = self.restate("--policy", policy)
        refund = self.only(rows, "refunds")
        self.assertEqual((refund["event_id"], refund["old_decision"], refund["new_decision"],
                          refund["old_reason"], refund["new_reason"], refund["cause"]),
                         ("Q-2", "full", "partial", "within_five_days", "after_five_days",
                          "policy_change"))
        self.assertEqual(self.only(rows, "accounts")["cause"], "policy_change")

    def test_another_policy_and_another_input(self):
        """What the row itself shows of its inputs decides; without a sign the policy did it."""
        self.publish()
        policy = self.scratch / "policy.conf"
        policy.write_text((support.ROOT / "policy/standard.conf").read_text().replace(
            "full_refund_days = 5", "full_refund_days = 1"))
        self.write(refund_requests=support.REQUESTS.replace("10-05", "10-06") +
                   "Q-4,A-1,O-1,2026-10-07 00:00:00\n")
        rows = {row["event_id"]: row["cause"]
                for row in self.restate("--policy", policy) if row["ledger"] == "refunds"}
        self.assertEqual(rows, {"Q-1": "corrected_input", "Q-2": "policy_change",
                                "Q-4": "late_input"})

    def test_tickets(self):
        self.publish()
        self.write(tickets=TICKETS.replace("system_fault", "code_development"))
        row, = self.restate()
        self.assertEqual((row["ledger"], row["event_id"], row["old_decision"], row["new_decision"],
                          row["difference"], row["columns"]),
                         ("tickets", "T-1", "in_scope", "out_of_scope", "", "category scope"))

    def test_ids_like_formulas(self):
        self.write(refund_requests=support.REQUESTS.replace("Q-1", "=1+1"))
        self.publish()
        self.write(refund_requests=support.REQUESTS.replace("Q-1", "=1+1").replace(
            "10-05", "10-06"))
        self.assertEqual(self.only(self.restate(), "refunds")["event_id"], "'=1+1")

    def test_the_same_again(self):
        self.publish()
        self.assertEqual(self.restate(), [])
        self.assertEqual(self.restate(superseded=2), [])

    def test_closed_again_without_a_word(self):
        """A restated period is closed like any other: the same inputs change nothing."""
        self.publish()
        self.write(refund_requests=support.REQUESTS.replace("10-05", "10-06"))
        self.restate()
        before = support.digests(self.books)
        self.publish()
        self.assertEqual(support.digests(self.books), before)
        done = run_month(self.exports, self.books, period="2026-11")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_damaged_ledger_is_not_bridged(self):
        self.publish()
        ledger = self.books / "2026-10/refunds.csv"
        for text in (ledger.read_text().replace("120.00", "121.00"), "\"", "a,b\n1\n"):
            ledger.write_text(text)
            self.assertRegex(self.publish("--restate", status=5).stderr,
                             r"damaged.*refunds\.csv")
            self.assertEqual(sorted(name for name in os.listdir(self.books) if name != ".lock"),
                             ["2026-10", "recompense-2026-10.zip"])


@unittest.skipUnless(os.path.exists(support.MAKE_MONTH), "no generator of months")
class GeneratedMonth(Case):
    def test_a_whole_month(self):
        shutil.rmtree(self.exports)
        subprocess.run([support.MAKE_MONTH, "--out", self.exports, "--period", "2026-10"],
                       check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        self.publish(status=1)
        policy = self.scratch / "policy.conf"
        policy.write_text((support.ROOT / "policy/standard.conf").read_text().replace(
            "full_refund_days = 5", "full_refund_days = 4"))
        self.assertGreater(len(self.restate("--policy", policy, status=1)), 100)


if __name__ == "__main__":
    outcome = unittest.main(argv=sys.argv[:1], exit=False, verbosity=0).result
    bad = len(outcome.failures) + len(outcome.errors)
    print(f"{outcome.testsRun - bad - len(outcome.skipped)} passed, {bad} failed")
    sys.exit(bad > 0)
