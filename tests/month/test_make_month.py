"""The month generator: deterministic, well-formed, continuous, and dirty in every way there is.

    python3 -m unittest tests/month/test_make_month.py      (CC names the compiler)
"""

import collections
import csv
import datetime
import glob
import gzip
import hashlib
import os
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
SMALL = "--orders 20000 --accounts 2000 --requests 3000 --claims 1500 --incidents 400 " \
        "--usage 3000 --filings 1500 --tickets 1000".split()
TEXT, WHEN, BOOL, COUNT, MONEY, DATE = "text when bool count money date".split()
SCENARIOS = {"unavailable", "website_inaccessible", "provisioning_failure",
             "configuration_failure", "billing_error"}
CAUSES = {"platform", "force_majeure", "unexpected_event", "service_maintenance", "carrier_fault",
          "internet_backbone", "attack_or_virus", "user_environment", "credential_loss",
          "user_negligence", "terms_violation", "unforeseeable"}
CATEGORIES = {"product_consultation", "technical_consultation", "operation_fault", "system_fault",
              "console_fault", "third_party_deployment", "third_party_fault", "code_development",
              "routine_operations"}
DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
# name -> (type or the values allowed, required), in the order of precedence
INPUTS = {
    "orders": {
        "order_id": (TEXT, True), "account_id": (TEXT, True), "resource_id": (TEXT, True),
        "service": (TEXT, True), "region": (TEXT, True),
        "billing_mode": ({"prepaid", "pay_per_use", "package"}, True),
        "term_unit": ({"hour", "day", "month", "year"}, False), "term_count": (COUNT, False),
        "currency": (set(DIGITS), True), "purchased_at": (WHEN, True), "starts_at": (WHEN, True),
        "expires_at": (WHEN, False), "cash_paid": (MONEY, True), "flexi_coupon_paid": (MONEY, True),
        "cash_coupon_paid": (MONEY, True), "refundable": (BOOL, True),
        "released_at": (WHEN, False), "refunded_at": (WHEN, False)},
    "refund_requests": {
        "request_id": (TEXT, True), "account_id": (TEXT, True), "order_id": (TEXT, True),
        "requested_at": (WHEN, True)},
    "incidents": {
        "incident_id": (TEXT, True), "scenario": (SCENARIOS, True), "cause": (CAUSES, True),
        "service": (TEXT, True), "region": (TEXT, False), "resource_id": (TEXT, False),
        "started_at": (WHEN, True), "rectified_at": (WHEN, False), "sla_covered": (BOOL, False),
        "title": (TEXT, False)},
    "claims": {
        "claim_id": (TEXT, True), "account_id": (TEXT, True), "incident_id": (TEXT, True),
        "resource_id": (TEXT, False), "submitted_at": (WHEN, True)},
    "usage": {
        "account_id": (TEXT, True), "resource_id": (TEXT, True), "service": (TEXT, True),
        "region": (TEXT, True), "usage_date": (DATE, True), "cost": (MONEY, True),
        "currency": (set(DIGITS), True)},
    "accounts": {
        "account_id": (TEXT, True), "name": (TEXT, False), "tier": ({"common", "vip"}, True),
        "recharge_total": (MONEY, True)},
    "filings": {
        "filing_id": (TEXT, True), "account_id": (TEXT, True), "order_id": (TEXT, True),
        "first_filing": (BOOL, True), "for_website": (BOOL, True), "started_at": (WHEN, True),
        "submitted_at": (WHEN, False), "approved_at": (WHEN, False)},
    "tickets": {
        "ticket_id": (TEXT, True), "account_id": (TEXT, True), "category": (CATEGORIES, True),
        "opened_at": (WHEN, True)},
}
EVENT_TIME = {"refund_requests": "requested_at", "claims": "submitted_at", "tickets": "opened_at"}
ALL_REASONS = {
    "wrong_field_count", "missing_value", "too_long", "bad_text", "bad_number", "out_of_range",
    "too_precise", "negative", "bad_timestamp", "bad_boolean", "unknown_value",
    "ends_before_start", "too_old", "duplicate_key"}
ZONE = datetime.timezone(datetime.timedelta(hours=8))
WHEN_SHAPE = re.compile(r"(\d{4}-\d\d-\d\d[ T]\d\d:\d\d:\d\d)(Z|[+-]\d\d:\d\d| GMT\+08:00)?")


def setUpModule():
    global SCRATCH, PROGRAM
    SCRATCH = tempfile.TemporaryDirectory()
    PROGRAM = os.path.join(SCRATCH.name, "make_month")
    sources = sorted(glob.glob(str(ROOT / "scripts" / "make_month*.c")))
    subprocess.run([os.environ.get("CC", "cc"), "-std=c11", "-D_POSIX_C_SOURCE=200809L", "-O1",
                    *sources, "-lz", "-o", PROGRAM], check=True)


def tearDownModule():
    SCRATCH.cleanup()


def make(*options, sizes=SMALL):
    folder = tempfile.mkdtemp(dir=SCRATCH.name)
    subprocess.run([PROGRAM, "--out", folder, *sizes, *options], check=True,
                   stdout=subprocess.DEVNULL)
    return pathlib.Path(folder)


def read(folder, name):
    """(header, rows) of an input, rows as lists of text; invalid bytes become surrogates."""
    rows, header = [], None
    for path in sorted(folder.glob(f"{name}*.csv*")):
        data = path.read_bytes()
        if data[:2] == b"\x1f\x8b":
            data = gzip.decompress(data)
        text = data.decode("utf-8-sig", "surrogateescape")
        lines = csv.reader(text.splitlines(keepends=True) if '"' not in text else
                           re.findall(r'(?:[^"\n]|"[^"]*")*\n|(?:[^"\n]|"[^"]*")+$', text),
                           strict=True)
        header, *more = [row for row in lines if row]
        rows += more
    return header, rows


def read_dicts(folder, name):
    header, rows = read(folder, name)
    return [dict(zip(header, row)) for row in rows]


def when(text):
    match = WHEN_SHAPE.fullmatch(text)
    if not match:
        return None
    try:
        moment = datetime.datetime.fromisoformat(match.group(1))
    except ValueError:
        return None
    zone = (match.group(2) or "+08:00").strip().removeprefix("GMT").replace("Z", "+00:00")
    hours = datetime.timedelta(hours=int(zone[:3]))
    return moment.replace(tzinfo=datetime.timezone(hours)).astimezone(ZONE)


def cell_reason(name, kind, text):
    if kind == TEXT:
        if len(text.encode("utf-8", "surrogateescape")) > (1024 if name in ("name", "title") else 256):
            return "too_long"
        allowed = "\t\r\n" if name in ("name", "title") else ""
        if any((c < " " and c not in allowed) or c == "\x7f" or "\ud800" <= c <= "\udfff" for c in text):
            return "bad_text"
    elif kind in (MONEY, COUNT):
        match = re.fullmatch(r"-?(\d+)(?:\.(\d+))?", text)
        if not match:
            return "bad_number"
        if len(match.group(1)) > 15 or (kind == COUNT and not 1 <= int(text) <= 999):
            return "out_of_range"
        if len(match.group(2) or "") > 10:
            return "too_precise"
        if text.startswith("-"):
            return "negative"
    elif kind == WHEN:
        moment = when(text)
        if moment is None:
            return "bad_timestamp"
        if moment.year < 1970:
            return "out_of_range"
    elif kind == DATE:
        try:
            datetime.date.fromisoformat(text)
        except ValueError:
            return "bad_timestamp"
    elif kind == BOOL:
        if text.lower() not in ("true", "false", "yes", "no", "1", "0"):
            return "bad_boolean"
    elif text not in kind:
        return "unknown_value"
    return None


def cross_reason(name, row):
    if name == "orders":
        start, end = when(row["starts_at"]), when(row["expires_at"])
        if row["billing_mode"] == "prepaid" and not (row["term_unit"] and row["term_count"] and end):
            return "missing_value"
        if end and end <= start:
            return "ends_before_start"
        if end and end.year - start.year > 100:
            return "out_of_range"
        for column in ("cash_paid", "flexi_coupon_paid", "cash_coupon_paid"):
            decimals = row[column].partition(".")[2].rstrip("0")
            if len(decimals) > DIGITS[row["currency"]]:
                return "too_precise"
    spans = {"incidents": [("started_at", "rectified_at")],
             "filings": [("started_at", "submitted_at"), ("submitted_at", "approved_at")]}
    for first, last in spans.get(name, []):
        if row[first] and row[last] and when(row[last]) < when(row[first]):
            return "ends_before_start"
    return None


def reason(name, header, cells):
    if len(cells) != len(header):
        return "wrong_field_count"
    row = {column: cell.strip(" \t") for column, cell in zip(header, cells)}
    for column, (kind, required) in INPUTS[name].items():
        if row[column] == "":
            if required:
                return "missing_value"
            continue
        found = cell_reason(column, kind, row[column])
        if found:
            return found
    if name in EVENT_TIME and when(row[EVENT_TIME[name]]).year < 2022:
        return "too_old"
    return cross_reason(name, row)


def reasons_of(folder, name):
    """How often each reason occurs, and how many equal rows there are."""
    header, rows = read(folder, name)
    counts = collections.Counter()
    by_key = collections.defaultdict(list)
    for cells in rows:
        found = reason(name, header, cells)
        counts[found or "accepted"] += 1
        if not found:
            stripped = [cell.strip(" \t") for cell in cells]
            key = (stripped[0], stripped[1], stripped[4]) if name == "usage" else stripped[0]
            by_key[key].append(tuple(stripped))
    for rows_of_key in by_key.values():
        if len(set(rows_of_key)) > 1:
            counts["duplicate_key"] += len(rows_of_key)
            counts["accepted"] -= len(rows_of_key)
        else:
            counts["duplicate"] += len(rows_of_key) - 1
            counts["accepted"] -= len(rows_of_key) - 1
    return +counts


def digests(folder):
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in folder.iterdir()}


class Generator(unittest.TestCase):
    def test_same_options_same_bytes(self):
        one = digests(make("--period", "2026-10", "--billing"))
        self.assertEqual(one, digests(make("--period", "2026-10", "--billing")))
        other = digests(make("--period", "2026-10", "--billing", "--seed", "2"))
        self.assertEqual(one.keys(), other.keys())
        self.assertFalse(set(one.values()) & set(other.values()))

    def test_clean_month_has_no_bad_row(self):
        folder = make("--period", "2026-10", "--clean")
        for name in INPUTS:
            counts = reasons_of(folder, name)
            self.assertEqual(set(counts), {"accepted"}, name)
        self.assertEqual(reasons_of(folder, "orders")["accepted"], 20000)
        self.assertEqual(reasons_of(folder, "incidents")["accepted"], 400)

    def test_dirty_month_has_every_reason(self):
        folder = make("--period", "2026-10", "--dirty-permille", "300")
        total = collections.Counter()
        for name in INPUTS:
            counts = reasons_of(folder, name)
            self.assertGreater(counts["duplicate"], 0, name)
            self.assertGreater(counts["duplicate_key"], 0, name)
            total += counts
        self.assertEqual(set(total) - {"accepted", "duplicate"}, ALL_REASONS)

    def test_parts_and_compression_change_no_row(self):
        plain = make("--period", "2026-10", "--gzip", "none", "--parts", "1", "--clean")
        packed = make("--period", "2026-10", "--gzip", "all", "--parts", "12", "--clean")
        self.assertEqual(len(list(packed.glob("orders-*.csv.gz"))), 12)
        for name in INPUTS:
            self.assertEqual(read(plain, name), read(packed, name), name)

    def test_any_size(self):
        for count in ("0", "1", "7", "100"):
            sizes = [word for size in ("orders", "requests", "claims", "incidents", "usage",
                                       "filings", "tickets") for word in (f"--{size}", count)]
            folder = make("--period", "2026-02", "--clean", "--accounts", "3", sizes=sizes)
            for name in INPUTS:
                self.assertLessEqual(set(reasons_of(folder, name)), {"accepted"}, (name, count))

    def test_billing_has_the_orders_of_the_month(self):
        folder = make("--period", "2026-10", "--clean", "--billing")
        bought = {order["order_id"]: order for order in read_dicts(folder, "orders")
                  if when(order["purchased_at"]).strftime("%Y-%m") == "2026-10"}
        billed = read_dicts(folder, "billing")
        self.assertEqual(len(billed), len(bought))
        for line in billed:
            order = bought[re.search(r'"order_id": "(\w+)"', line["Tags"]).group(1)]
            self.assertEqual(line["SubAccountId"], order["account_id"])

    def test_bad_options(self):
        for options in (["--period", "2026-13"], ["--period", "2026-10", "--orders", "-1"],
                        ["--period", "2026-10", "--gzip", "zip"], ["--nonsense"], []):
            done = subprocess.run([PROGRAM, "--out", SCRATCH.name + "/none", *options],
                                  stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            self.assertEqual(done.returncode, 2, options)


class Months(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.first = make("--period", "2026-12", "--clean")
        cls.second = make("--period", "2027-01", "--clean")

    def both(self, name, key):
        rows = [{row[key]: row for row in read_dicts(folder, name)}
                for folder in (self.first, self.second)]
        common = rows[0].keys() & rows[1].keys()
        self.assertTrue(common, name)
        return rows[0], rows[1], common

    def test_orders_come_again_and_may_have_ended_since(self):
        first, second, common = self.both("orders", "order_id")
        self.assertGreater(len(common), len(first) // 2)
        ended = 0
        for order_id in common:
            for column, value in first[order_id].items():
                later = second[order_id][column]
                if column in ("released_at", "refunded_at") and value == "" and later != "":
                    self.assertGreaterEqual(when(later).strftime("%Y-%m"), "2027-01")
                    ended += 1
                else:
                    self.assertEqual(value, later)
        self.assertGreater(ended, 0)
        for order_id in second.keys() - first.keys():
            self.assertEqual(when(second[order_id]["purchased_at"]).strftime("%Y-%m"), "2027-01")

    def test_events_are_late_held_or_repeated(self):
        for name, key, at in (("refund_requests", "request_id", "requested_at"),
                              ("claims", "claim_id", "submitted_at"),
                              ("tickets", "ticket_id", "opened_at")):
            first, second, common = self.both(name, key)
            self.assertTrue(all(first[event] == second[event] for event in common))
            months = [collections.Counter(when(row[at]).strftime("%Y-%m") for row in rows.values())
                      for rows in (first, second)]
            self.assertLessEqual(set(months[0]), {"2026-11", "2026-12", "2027-01"})
            self.assertGreater(months[1]["2026-12"], 0, name)
            self.assertGreater(months[0]["2027-01"], 0, name)

    def test_incidents_and_filings_are_completed(self):
        first, second, common = self.both("incidents", "incident_id")
        open_once = [i for i in common if first[i]["rectified_at"] == ""]
        self.assertTrue(open_once)
        self.assertTrue(all(second[i]["rectified_at"] for i in open_once))
        first, second, common = self.both("filings", "filing_id")
        pending = [f for f in first if first[f]["approved_at"] == ""]
        approved = [f for f in pending if f in second]
        self.assertTrue(approved)
        self.assertTrue(all(second[f]["approved_at"] for f in approved))

    def test_most_requests_find_their_order(self):
        orders = {row["order_id"]: row for row in read_dicts(self.second, "orders")}
        requests = read_dicts(self.second, "refund_requests")
        known = [row for row in requests if row["order_id"] in orders]
        own = [row for row in known if orders[row["order_id"]]["account_id"] == row["account_id"]]
        self.assertGreater(len(known), 0.97 * len(requests))
        self.assertGreater(len(own), 0.95 * len(requests))
        quick = [row for row in own if when(row["requested_at"]) -
                 when(orders[row["order_id"]]["purchased_at"]) <= datetime.timedelta(days=5)]
        self.assertTrue(0.2 < len(quick) / len(requests) < 0.35)


class Shuffle(unittest.TestCase):
    def shuffled(self, source, *options):
        target = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH.name))
        subprocess.run([sys.executable, str(ROOT / "scripts" / "shuffle_month.py"), str(source),
                        str(target), "--seed", "5", *options], check=True)
        return target

    @staticmethod
    def raw_records(folder, name):
        records = []
        for path in sorted(folder.glob(f"{name}*.csv*")):
            data = path.read_bytes()
            if data[:2] == b"\x1f\x8b":
                data = gzip.decompress(data)
            data = data.removeprefix(b"\xef\xbb\xbf")
            end = b"\r\n" if re.match(rb"[^\n]*\r\n", data) else b"\n"
            record = re.compile(rb'((?:[^"\r\n]|"[^"]*")+)(?:' + end + rb"|$)")
            records += record.findall(data)[1:]
        return sorted(records)

    def test_same_records_to_the_byte(self):
        source = make("--period", "2026-10", "--dirty-permille", "50", "--billing")
        target = self.shuffled(source, "--keep-columns")
        for name in [*INPUTS, "billing"]:
            self.assertEqual(self.raw_records(source, name), self.raw_records(target, name), name)
        self.assertNotEqual(digests(source), digests(target))

    def test_same_rows_in_other_columns(self):
        source = make("--period", "2026-10", "--clean", "--parts", "1")
        target = self.shuffled(source)
        moved = 0
        for name, columns in INPUTS.items():
            rows = []
            for folder in (source, target):
                rows.append([])
                for path in folder.glob(f"{name}*.csv*"):
                    alone = pathlib.Path(tempfile.mkdtemp(dir=SCRATCH.name))
                    (alone / path.name).write_bytes(path.read_bytes())
                    header, cells = read(alone, name)
                    moved += header != list(columns)
                    rows[-1] += [tuple(dict(zip(header, row))[column] for column in columns)
                                 for row in cells]
            self.assertEqual(sorted(rows[0]), sorted(rows[1]), name)
        self.assertGreater(moved, 0)


if __name__ == "__main__":
    unittest.main()
