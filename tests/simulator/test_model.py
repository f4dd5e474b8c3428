"""Worked examples for the reference model: python3 -m unittest discover -s tests/simulator"""

import gzip
import os
import sys
import tempfile
import unittest
from datetime import date, timedelta
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import exports
import model
import values

ZONE = 8 * 3600


def at(text):
    instant, reason = values.parse_instant(text.encode(), ZONE)
    assert reason is None, (text, reason)
    return instant


class Calendar(unittest.TestCase):
    def test_days_agree_with_the_library(self):
        for year in (1970, 1999, 2000, 2023, 2024, 2100, 9999):
            for day in range(0, 365, 13):
                d = date(year, 1, 1) + timedelta(days=day)
                days = (d - date(1970, 1, 1)).days
                self.assertEqual(values.days_from_civil(d.year, d.month, d.day), days)
                self.assertEqual(values.civil_from_days(days), (d.year, d.month, d.day))
        self.assertEqual(values.civil_from_days(-1), (1969, 12, 31))
        self.assertEqual(values.civil_from_days(-366), (1968, 12, 31))

    def test_leap_day_plus_a_year(self):
        later = values.add_years(at("2024-02-29 10:00:00"), 1, ZONE)
        self.assertEqual(values.instant_text(later, ZONE), "2025-02-28T10:00:00+08:00")

    def test_month_ends_in_the_policy_zone(self):
        self.assertEqual(values.month_of(at("2026-09-30T16:00:00Z"), ZONE),
                         values.month_parse("2026-10"))
        self.assertEqual(values.month_of(at("2026-09-30T15:59:59Z"), ZONE),
                         values.month_parse("2026-09"))


class Parsing(unittest.TestCase):
    def test_spellings_of_one_instant(self):
        for text in ("2026-10-03T03:22:33Z", "2026-10-03t03:22:33z", "2026-10-03 03:22:33Z",
                     "2026-10-03 11:22:33", "2026-10-03T11:22:33", "2026-10-03T11:22:33.999",
                     "2026-10-03 11:22:33 GMT+08:00", "2026-10-03T11:22:33.5 GMT+08:00",
                     "2026-10-02T20:52:33-06:30", "2026-10-03T03:22:33-00:00"):
            self.assertEqual(at(text), at("2026-10-03T11:22:33+08:00"), text)

    def test_bad_instants(self):
        for text in ("2026-10-03", "2026-10-03T11:22", "2026-10-03T11:22:60Z",
                     "2026-10-03T24:00:00Z", "2026-02-29T00:00:00Z", "2026-10-03  11:22:33",
                     "2026-10-03T11:22:33.Z", "2026-10-03T11:22:33+0800", "26-10-03T11:22:33Z",
                     "2026-10-03T11:22:33+24:00", "2026-10-03T11:22:33 Z", "2026-13-01 00:00:00",
                     "2026-10-03T11:22:33+08:60", "2026-10-03 11:22:33 GMT+8",
                     "\u0662026-10-03 11:22:33", "2026-10-03T11:22:33Z\n"):
            self.assertEqual(values.parse_instant(text.encode(), ZONE),
                             (None, "bad_timestamp"), text)

    def test_years_count_in_the_policy_zone(self):
        self.assertEqual(at("1969-12-31T16:00:00Z"), -ZONE)
        self.assertEqual(values.parse_instant(b"1969-12-31T15:59:59Z", ZONE)[1], "out_of_range")
        self.assertEqual(values.parse_instant(b"9999-12-31T16:00:00Z", ZONE)[1], "out_of_range")
        self.assertEqual(values.parse_instant(b"0000-02-29 00:00:00", ZONE)[1], "out_of_range")

    def test_decimals(self):
        self.assertEqual(values.parse_decimal(b"-0.00"), (0, None))
        self.assertEqual(values.parse_decimal(b"999999999999999.9999999999")[1], None)
        for text, reason in ((b"1000000000000000", "out_of_range"),
                             (b"1.00000000000", "too_precise"),
                             (b"1000000000000000.00000000000", "out_of_range"),
                             (b"1.", "bad_number"), (b".5", "bad_number"), (b"+1", "bad_number"),
                             (b"1e3", "bad_number"), (b"1,5", "bad_number"), (b" 1", "bad_number"),
                             (b"1\n", "bad_number"), ("\u0661".encode(), "bad_number")):
            self.assertEqual(values.parse_decimal(text), (None, reason), text)

    def test_rounding(self):
        cases = {"half_up": "0.01 0.02 0.02", "half_even": "0.00 0.02 0.02",
                 "down": "0.00 0.01 0.01"}
        for mode, expected in cases.items():
            got = [values.fixed_text(values.round_money(Fraction(text), 2, mode), 2)
                   for text in ("0.005", "0.015", "0.0151")]
            self.assertEqual(" ".join(got), expected, mode)

    def test_amount_texts(self):
        self.assertEqual(values.fixed_text(Fraction(5), 0), "5")
        self.assertEqual(values.fixed_text(Fraction(5, 1000), 3), "0.005")
        self.assertEqual(values.shortest_text(Fraction("0.10")), "0.1")
        self.assertEqual(values.shortest_text(Fraction("0.1"), 2), "0.10")
        self.assertEqual(values.shortest_text(Fraction("0.12345"), 2), "0.12345")


class Records(unittest.TestCase):
    def parsed(self, data):
        return [(line, fields) for line, _, fields in exports.records(data, "f")]

    def test_line_ends_and_physical_lines(self):
        data = b'\xef\xbb\xbfa,b\r\n \t\r\r"x\r\ny\rz","1"\n\n3,4'
        self.assertEqual(self.parsed(data), [(1, [b"a", b"b"]), (4, [b"x\r\ny\rz", b"1"]),
                                             (8, [b"3", b"4"])])

    def test_trimming_is_outside_the_quotes(self):
        self.assertEqual(self.parsed(b' a b\t, " c ""d"" " \t,\n'),
                         [(1, [b"a b", b' c "d" ', b""])])

    def test_raw_record_without_its_line_end(self):
        raws = [raw for _, raw, _ in exports.records(b' "a\r\n" ,b \r\nc,d', "f")]
        self.assertEqual(raws, [b' "a\r\n" ,b ', b"c,d"])

    def test_bad_quotes_refuse(self):
        for data in (b'a"b,c\n', b'"a" b,c\n', b'"a,c\n', b'"a""\n', b'a ""\n'):
            with self.assertRaises(exports.Refused, msg=data):
                self.parsed(data)

    def test_a_quoted_empty_value_is_a_row(self):
        self.assertEqual(self.parsed(b'""\n""'), [(1, [b""]), (2, [b""])])

    def test_record_length(self):
        self.assertEqual(len(self.parsed(b"a" * (1 << 20) + b"\r\n")), 1)
        with self.assertRaises(exports.Refused):
            self.parsed(b"a" * ((1 << 20) + 1))

    def test_gzip(self):
        member = gzip.compress(b"a,b\n")
        self.assertEqual(exports.gunzip(member * 2 + b"\0\0", "f"), b"a,b\na,b\n")
        for data in (member[:-1], member + b"x", member + b"\0" + member, member + member[:9],
                     member[:-8] + b"\0" * 8):
            with self.assertRaises(exports.Refused, msg=data):
                exports.gunzip(data, "f")

    def test_each_invalid_byte_is_replaced(self):
        self.assertEqual(exports.readable_utf8(b"a\xe2\x82b\xed\xa0\x80\xc3\xa9"),
                         "a\ufffd\ufffdb\ufffd\ufffd\ufffd\u00e9".encode())

    def test_cells(self):
        for cell, expected in ((b"=1", b"'=1"), ("-1", b"-1"), (b"'a", b"''a"), (b"a,b", b'"a,b"'),
                               (b" a", b'" a"'), (b"\ta", b"'\ta"), (b"a\t", b'"a\t"'),
                               (b'-"', b'"\'-"""'), (b"", b""), (b"\na", b'"\na"')):
            self.assertEqual(model.cell_bytes(cell), expected, cell)


def order(**changes):
    row = dict(order_id="O1", account_id="A", resource_id="R", service="ecs", region="r1",
               billing_mode="prepaid", term_unit="month", term_count="1", currency="CNY",
               purchased_at="2024-01-01 10:30:00", starts_at="2024-01-01 10:30:00",
               expires_at="2024-02-01 23:59:59", cash_paid="100", flexi_coupon_paid="0",
               cash_coupon_paid="0", refundable="true", released_at="", refunded_at="")
    row.update(changes)
    return row


def table(name, *rows):
    columns = [column.name for column in exports.INPUTS[name]]
    lines = [",".join(columns)] + [",".join(row.get(column, "") for column in columns)
                                   for row in rows]
    return ("\n".join(lines) + "\n").encode()


class Runs(unittest.TestCase):
    def run_month(self, month, state=None, terms=None, opening=None, **tables):
        with tempfile.TemporaryDirectory() as folder:
            for name, data in tables.items():
                data = data if isinstance(data, bytes) else table(name, *data)
                with open(os.path.join(folder, name + ".csv"), "wb") as file:
                    file.write(data)
            policy = model.Policy(versions=[terms or model.Terms()])
            return model.run_period(folder, values.month_parse(month), policy, state,
                                    opening and values.month_parse(opening))

    def reasons(self, books, ledger):
        return [(row["decision"], row["reason"]) for row in books.ledgers[ledger]]

    def refund(self, order_row, requested_at, terms=None):
        books = self.run_month(
            requested_at[:7], terms=terms, orders=[order_row],
            refund_requests=[dict(request_id="Q1", account_id="A", order_id="O1",
                                  requested_at=requested_at)])
        return books.ledgers["refunds"][0]

    def test_hours_worked_example(self):
        row = self.refund(order(), "2024-01-15 18:40:00", model.Terms(usage_unit="hour"))
        self.assertEqual((row["used"], row["subscribed"]), ("344", "758"))
        self.assertEqual(row["amount_due"], "45.38")
        self.assertEqual(row["handling_fee"], "10.00")
        self.assertEqual(row["refund"], "44.62")

    def test_days_worked_example(self):
        row = self.refund(order(purchased_at="2024-06-14 08:00:00",
                                starts_at="2024-06-14 08:00:00",
                                expires_at="2024-07-14 23:59:59"),
                          "2024-06-21 09:00:00", model.Terms(usage_unit="day"))
        self.assertEqual((row["used"], row["subscribed"]), ("7", "31"))

    def test_five_days_to_the_second(self):
        self.assertEqual(self.refund(order(), "2024-01-06 10:30:00")["decision"], "full")
        row = self.refund(order(), "2024-01-06 10:30:01")
        self.assertEqual((row["decision"], row["reason"]), ("partial", "after_five_days"))

    def test_the_fee_gives_way(self):
        row = self.refund(order(), "2024-02-01 20:00:00")
        self.assertEqual(Fraction(row["amount_due"]) + Fraction(row["handling_fee"]), 100)
        self.assertEqual(row["refund"], "0.00")

    def test_usage_year_of_a_leap_day(self):
        leap = order(term_unit="year", term_count="2", purchased_at="2024-02-29 00:00:00",
                     starts_at="2024-02-29 00:00:00", expires_at="2026-02-28 00:00:00")
        self.assertEqual(self.refund(leap, "2025-02-28 00:00:00")["usage_year"], "1")
        self.assertEqual(self.refund(leap, "2025-02-28 00:00:01")["fee_rate"], "0.1")

    def test_quota(self):
        orders = [order(order_id="O%d" % n) for n in range(3)]
        requests = [dict(request_id="Q%d" % n, account_id="A", order_id="O%d" % n,
                         requested_at="2024-01-03 00:00:00") for n in range(3)]
        books = self.run_month("2024-01", terms=model.Terms(full_refunds_per_year=2),
                               orders=orders, refund_requests=requests)
        self.assertEqual(self.reasons(books, "refunds")[2],
                         ("partial", "full_refund_quota_used"))

    def claims(self, incidents, claims, orders=None, state=None, month="2024-01", terms=None,
               **more):
        return self.run_month(month, state=state, terms=terms, orders=orders or [order()],
                              incidents=incidents, claims=claims, **more)

    INCIDENT = dict(incident_id="I1", scenario="unavailable", cause="platform", service="ecs",
                    started_at="2024-01-10 00:00:00", rectified_at="2024-01-10 01:00:00")
    CLAIM = dict(claim_id="C1", account_id="A", incident_id="I1",
                 submitted_at="2024-01-11 00:00:00")

    def test_amount_is_one_division(self):
        row = self.claims([self.INCIDENT], [self.CLAIM]).ledgers["compensations"][0]
        seconds = at("2024-02-01 23:59:59") - at("2024-01-01 10:30:00")
        exact = Fraction(100 * 100 * 3600, seconds)
        self.assertEqual(row["amount"], values.fixed_text(
            values.round_money(exact, 2, "half_up"), 2))
        self.assertEqual(row["fault_seconds"], "3600")

    def test_higher_times_go_first_and_a_second_once(self):
        low = dict(self.INCIDENT, incident_id="I2", scenario="billing_error",
                   started_at="2024-01-09 23:00:00", rectified_at="2024-01-10 02:00:00")
        books = self.claims([self.INCIDENT, low], [
            dict(self.CLAIM, claim_id="C0", incident_id="I2", submitted_at="2024-01-10 03:00:00"),
            self.CLAIM, dict(self.CLAIM, claim_id="C2")])
        rows = books.ledgers["compensations"]
        self.assertEqual([(row["claim_id"], row["reason"], row.get("fault_seconds"))
                          for row in rows],
                         [(b"C0", "platform_fault", "7200"), (b"C1", "platform_fault", "3600"),
                          (b"C2", "already_compensated", None)])
        self.assertEqual(rows[0]["fault_from"], "2024-01-09T23:00:00+08:00")
        self.assertEqual(rows[0]["fault_to"], "2024-01-10T02:00:00+08:00")

    def test_shares_by_the_second(self):
        """The boundary pieces agree with counting every second by itself."""
        import random
        rng = random.Random(7)
        for _ in range(300):
            bases = []
            for n in range(rng.randint(1, 4)):
                begin = rng.randint(0, 50)
                bases.append(model.Basis("order", b"%d" % n, b"A", b"R", b"s", b"r", "CNY", begin,
                                         begin + rng.randint(-3, 40), Fraction(1), 1))
            bases.sort(key=lambda basis: (basis.begin, basis.id))
            compensated = []
            for _ in range(rng.randint(0, 3)):
                begin = rng.randint(0, 70)
                compensated.append((begin, begin + rng.randint(1, 20)))
            started = rng.randint(0, 60)
            rectified = started + rng.randint(0, 40)
            gone = {s for begin, end in compensated for s in range(begin, end)}
            expected = []
            for basis in bases:
                mine = set(range(started, rectified)) & set(range(basis.begin, basis.end)) - gone
                gone |= mine
                expected.append(mine)
            shares = model.share_seconds(started, rectified, bases, compensated)
            self.assertEqual([{s for b, e in spans for s in range(b, e)} for spans in shares],
                             expected)

    def test_early_renewal_shares_the_fault(self):
        renewal = order(order_id="O0", starts_at="2024-01-10 00:30:00",
                        expires_at="2024-03-01 00:00:00")
        books = self.claims([self.INCIDENT], [self.CLAIM], orders=[order(), renewal])
        self.assertEqual([row["basis_id"] for row in books.ledgers["compensations"]], [b"O1"])

    def test_cap(self):
        dear = order(expires_at="2024-01-20 10:30:00", purchased_at="2023-01-01 00:00:00")
        long = dict(self.INCIDENT, rectified_at="2024-01-12 00:00:00")
        row = self.claims([long], [dict(self.CLAIM, submitted_at="2024-01-13 00:00:00")],
                          orders=[dear], terms=model.Terms(cap="actual_payment"))
        row = row.ledgers["compensations"][0]
        self.assertEqual((row["reason"], row["amount"]), ("capped", "100.00"))
        self.assertEqual(Fraction(row["amount"]) + Fraction(row["capped"]),
                         values.round_money(Fraction(100 * 100 * 2, 19), 2, "half_up"))

    def test_open_incident_waits_and_is_carried(self):
        books = self.claims([dict(self.INCIDENT, rectified_at="")], [self.CLAIM])
        self.assertEqual(self.reasons(books, "compensations"),
                         [("deferred", "fault_not_rectified")])
        again = self.claims([], [], state=books.state, month="2024-02")
        self.assertEqual(self.reasons(again, "compensations"),
                         [("deferred", "fault_not_rectified")])
        last = self.claims([self.INCIDENT], [], state=again.state, month="2024-03")
        self.assertEqual(self.reasons(last, "compensations"), [("compensated", "platform_fault")])
        self.assertEqual(last.ledgers["compensations"][0]["origin_period"], "2024-01")
        self.assertEqual(last.state.incidents, {})

    def test_conflicting_orders_defer(self):
        request = dict(request_id="Q1", account_id="A", order_id="O1",
                       requested_at="2024-01-03 00:00:00")
        books = self.run_month("2024-01", orders=[order(), order(cash_paid="100.0"),
                                                  order(cash_paid="101")],
                               refund_requests=[request])
        self.assertEqual([row["reason"] for row in books.ledgers["rejects"]],
                         ["duplicate_key"] * 3)
        self.assertEqual(self.reasons(books, "refunds"), [("deferred", "source_rejected")])
        later = self.run_month("2024-02", state=books.state, orders=[order()])
        self.assertEqual(self.reasons(later, "refunds"), [("full", "within_five_days")])
        self.assertEqual(later.ledgers["refunds"][0]["origin_period"], "2024-01")
        again = self.run_month("2024-03", state=later.state, orders=[order()],
                               refund_requests=[dict(request, order_id="other")])
        self.assertEqual(again.ledgers["refunds"], [])
        self.assertEqual(again.controls["already_decided", "refund_requests"], 1)

    def test_equal_values_in_other_spellings_count_once(self):
        books = self.run_month("2024-01", orders=[
            order(), order(cash_paid="100.000", refundable="YES",
                           starts_at="2024-01-01T02:30:00.5Z")],
            refund_requests=[dict(request_id="Q1", account_id="A", order_id="O1",
                                  requested_at="2024-01-03 00:00:00")])
        self.assertEqual(books.controls["duplicate", "orders"], 1)
        self.assertEqual(books.exit_status, 0)

    def test_held_then_decided_in_its_own_period(self):
        books = self.run_month("2024-01", orders=[order()], refund_requests=[
            dict(request_id="Q1", account_id="A", order_id="O1",
                 requested_at="2024-02-01 00:00:00")])
        self.assertEqual(books.ledgers["refunds"], [])
        later = self.run_month("2024-02", state=books.state, orders=[order()])
        self.assertEqual(later.ledgers["refunds"][0]["origin_period"], "")

    def test_opening_and_too_old(self):
        requests = [dict(request_id="Q%d" % n, account_id="A", order_id="O1", requested_at=when)
                    for n, when in enumerate(("2019-12-31 23:59:59", "2020-01-01 00:00:00",
                                              "2023-11-30 23:59:59", "2023-12-01 00:00:00"))]
        books = self.run_month("2024-01", opening="2023-12", orders=[order()],
                               refund_requests=requests)
        self.assertEqual([row["reason"] for row in books.ledgers["rejects"]], ["too_old"])
        self.assertEqual(books.controls["already_decided", "refund_requests"], 2)
        self.assertEqual([row["origin_period"] for row in books.ledgers["refunds"]], ["2023-12"])

    def test_forgotten_files(self):
        with self.assertRaises(exports.Refused):
            self.run_month("2024-01", orders=[order()], claims=[self.CLAIM])
        held = self.run_month("2024-01", orders=[order()],
                              claims=[dict(self.CLAIM, submitted_at="2024-02-01 00:00:00")])
        self.assertEqual(len(held.state.carried["claims"]), 1)

    def test_which_reject_wins(self):
        rows = [order(order_id="", account_id="x" * 257),
                order(cash_paid="1.001", term_unit="", expires_at="2024-01-01 00:00:00"),
                order(cash_paid="1.001", expires_at="2024-01-01 10:30:00"),
                order(cash_paid="1.001", flexi_coupon_paid="0.001"),
                order(cash_paid="-1.001"), order(term_count="0"), order(currency="XXX"),
                order(expires_at="2124-01-01 10:30:01"),
                order(order_id="fine", expires_at="2124-01-01 10:30:00")]
        books = self.run_month("2024-01", orders=rows)
        self.assertEqual(
            [(row["column"], row["reason"]) for row in books.ledgers["rejects"]],
            [("order_id", "missing_value"), ("term_unit", "missing_value"),
             ("expires_at", "ends_before_start"), ("cash_paid", "too_precise"),
             ("cash_paid", "negative"), ("term_count", "out_of_range"),
             ("currency", "unknown_value"), ("expires_at", "out_of_range")])


if __name__ == "__main__":
    unittest.main()
