#!/usr/bin/python3
"""The auditor's sample, against a second implementation of the method, and the bundle: one
account's exports, whose decisions come out the same.
"""

import collections
import decimal
import json
import os
import random
import re
import shlex
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import explaining
import support

MASK = (1 << 64) - 1
DIGITS = {"JPY": 0, "KWD": 3}


def split_mix(seed):
    """SplitMix64 (Steele, Lea, Flood 2014)."""
    while True:
        seed = (seed + 0x9E3779B97F4A7C15) & MASK
        z = seed
        z = ((z ^ (z >> 30)) * 0xBF58476D1CE4E5B9) & MASK
        z = ((z ^ (z >> 27)) * 0x94D049BB133111EB) & MASK
        yield z ^ (z >> 31)


def random_below(seed, bound):
    numbers = split_mix(seed)
    while True:
        drawn = next(numbers) << 64 | next(numbers)
        if drawn >= (1 << 128) % bound:
            return drawn % bound


def draw(rows, amount, currency, seed, n):
    """The ids that hold one of the units floor((r + k T) / n)."""
    scale = 10 ** DIGITS.get(currency, 2)
    items = [(row, int(decimal.Decimal(row[amount]) * scale)) for row in rows
             if row["decision"] in ("full", "partial", "compensated", "granted")
             and row["currency"] == currency]
    total = sum(units for _, units in items)
    start = random_below(seed, total)
    chosen, passed = [], 0
    units = collections.deque((start + k * total) // n for k in range(n))
    for row, size in items:
        passed += size
        if units and units[0] < passed:
            chosen.append(row)
            while units and units[0] < passed:
                units.popleft()
    return chosen, total, start, len(items)


class Months(unittest.TestCase):
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


class Samples(Months):
    def sample(self, *arguments):
        done = support.run("sample", "--json", "--books", self.books, "--period", "2026-11",
                           *arguments)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout), done.stdout

    def test_against_a_second_implementation(self):
        for ledger, amount in (("refunds", "refund"), ("compensations", "amount"),
                               ("rewards", "amount")):
            rows = explaining.ledger_rows(self.books / "2026-11", ledger)
            for currency in ("CNY", "JPY", "KWD"):
                if not any(row["currency"] == currency and row["decision"] != "denied"
                           for row in rows):
                    continue
                for seed, n in ((1, 25), (7, 3), (2 ** 63 - 1, 200), (0, 1)):
                    chosen, total, start, count = draw(rows, amount, currency, seed, n)
                    told, _ = self.sample("--ledger", ledger, "--currency", currency, "--seed",
                                          str(seed), "-n", str(n))
                    self.assertEqual(told["sample"]["population_units"], str(total))
                    self.assertEqual(told["sample"]["population_rows"], count)
                    self.assertEqual(told["sample"]["start"], str(start))
                    self.assertEqual([it["row"] for it in told["explained"]["decisions"]], chosen)

    def test_the_population_is_the_ledgers_total(self):
        told, _ = self.sample("--seed", "5")
        total = sum(decimal.Decimal(row["refund_total"])
                    for row in explaining.ledger_rows(self.books / "2026-11", "accounts")
                    if row["currency"] == "CNY")
        self.assertEqual(int(told["sample"]["population_units"]), int(total * 100))
        self.assertEqual(told["sample"]["currency"], "CNY")

    def test_the_same_seed_the_same_sample(self):
        self.assertEqual(self.sample("--seed", "5")[1], self.sample("--seed", "5")[1])
        self.assertNotEqual(self.sample("--seed", "5")[1], self.sample("--seed", "6")[1])

    def test_what_exceeds_the_interval_is_always_drawn(self):
        rows = [row for row in explaining.ledger_rows(self.books / "2026-11", "refunds")
                if row["currency"] == "CNY" and row["decision"] in ("full", "partial")]
        total = sum(decimal.Decimal(row["refund"]) for row in rows)
        large = {row["request_id"] for row in rows if decimal.Decimal(row["refund"]) > total / 60}
        self.assertTrue(large)
        for seed in range(8):
            told, _ = self.sample("--seed", str(seed), "-n", "60")
            drawn = {it["id"] for it in told["explained"]["decisions"]}
            self.assertLessEqual(large, drawn)

    def test_each_has_its_explanation_and_source_rows(self):
        for it in self.sample("--seed", "9")[0]["explained"]["decisions"]:
            self.assertTrue(it["same"])
            self.assertEqual([source["input"] for source in it["sources"]],
                             ["refund_requests", "orders"])
            self.assertTrue(all("line" in source for source in it["sources"]))
            self.assertTrue(it["arithmetic"])

    def test_text_to_a_file(self):
        path = self.scratch / "sample.txt"
        done = support.run("sample", "--books", self.books, "--period", "2026-11", "--seed", "1",
                           "--out", path)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        text = path.read_text(encoding="utf-8")
        self.assertTrue(text.startswith("Monetary-unit sample of period 2026-11, ledger refunds"))
        self.assertIn("What was read", text)

    def test_usage_errors(self):
        for arguments in ((), ("--seed", "1", "--ledger", "tickets"), ("--seed", "1", "-n", "0"),
                          ("--seed", "1", "--currency", "XXX"), ("--seed", "-1"),
                          ("--bundle", "A"), ("--seed", "1", "--currency", "ISK")):
            done = support.run("sample", "--books", self.books, "--period", "2026-11", *arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))


def bundle(books, period, account, target):
    done = support.run("sample", "--books", books, "--period", period, f"--bundle={account}",
                       "--out", target)
    assert done.returncode == 0, done.stderr
    text = (target / "README.txt").read_text()
    command = shlex.split(
        re.search(r"recompense (run .*?)\n\n", text, re.S).group(1).replace("\\\n", " "))
    done = support.run(*command, cwd=target)
    assert done.returncode in (0, 1), done.stderr
    return target / "books" / period


class Bundles(Months):
    def same(self, books, period, account, target):
        again = bundle(books, period, account, target)
        for ledger in explaining.LEDGERS:
            published, made = ([row for row in explaining.ledger_rows(folder, ledger)
                                if row["account_id"] == account]
                               for folder in (books / period, again))
            self.assertEqual(published, made, (account, ledger))

    def test_every_account_of_the_small_month(self):
        scratch = support.Scratch()
        self.addCleanup(scratch.remove)
        books = explaining.close_small_month(scratch)
        for number, account in enumerate(explaining.accounts_of(books / "2026-10")):
            self.same(books, "2026-10", account, scratch / f"bundle-{number}")

    def test_accounts_of_generated_months(self):
        for period in ("2026-10", "2026-11"):
            rows = [row for ledger in explaining.LEDGERS
                    for row in explaining.ledger_rows(self.books / period, ledger)]
            odd = {"source_rejected", "fault_not_rectified", "already_rewarded",
                   "already_refunded", "account_mismatch", "full_refund_quota_used",
                   "already_compensated"}
            accounts = sorted({row["account_id"] for row in rows if row["reason"] in odd})
            others = sorted({row["account_id"] for row in rows} - set(accounts))
            pick = random.Random(4)
            for number, account in enumerate(pick.sample(accounts, 25) + pick.sample(others, 10)):
                self.same(self.books, period, account, self.scratch / f"{period}-{number}")

    def test_it_is_small(self):
        folder = self.books / "2026-11"
        account = explaining.ledger_rows(folder, "refunds")[0]["account_id"]
        target = self.scratch / "small"
        bundle(self.books, "2026-11", account, target)
        for path in (target / "exports").glob("*.csv"):
            for row in support.rows_of(path):
                if "account_id" in row and path.name != "orders.csv":
                    self.assertEqual(row["account_id"], account)
        self.assertLess(sum(path.stat().st_size for path in (target / "exports").iterdir()),
                        200_000)

    def test_refusals(self):
        done = support.run("sample", "--books", self.books, "--period", "2026-11", "--bundle",
                           "NOBODY", "--out", self.scratch / "nobody")
        self.assertEqual(done.returncode, 2)
        self.assertIn('decided nothing about account "NOBODY"', done.stderr)
        self.assertFalse((self.scratch / "nobody").exists())


if __name__ == "__main__":
    explaining.main()
