"""A small month with every kind of decision, and what the tests of explanations share."""

import csv
import json
import sys
import unittest

import support

ORDER_COLUMNS = ("order_id,account_id,resource_id,service,region,billing_mode,term_unit,term_count,"
                 "currency,purchased_at,starts_at,expires_at,cash_paid,flexi_coupon_paid,"
                 "cash_coupon_paid,refundable,released_at,refunded_at\n")


def order(number, account, resource, paid, day="2026-10-01", mode="prepaid", term="month,1",
          until="2026-11-01", flexi="0", refundable="true", released="", refunded="",
          service="ecs", currency="CNY"):
    if mode != "prepaid":
        term, until = ",", ""
    return (f"{number},{account},{resource},{service},cn-north-1,{mode},{term},{currency},"
            f"{day} 00:00:00,{day} 00:00:00,{until + ' 00:00:00' if until else ''},{paid},{flexi},5,"
            f"{refundable},{released},{refunded}\n")


ORDERS = ORDER_COLUMNS + "".join([
    order("O-FULL", "A-1", "R-1", "300", flexi="30"),
    order("O-PART", "A-1", "R-2", "100.05", day="2026-09-14", until="2026-10-14", flexi="20"),
    order("O-PPU", "A-1", "R-3", "10", mode="pay_per_use"),
    order("O-LABEL", "A-1", "R-4", "10", refundable="false"),
    order("O-EXPIRED", "A-1", "R-5", "10", day="2026-09-01", until="2026-10-01"),
    order("O-13", "A-1", "R-6", "10", day="2026-09-01", term="month,13", until="2027-10-01"),
    order("O-RELEASED", "A-1", "R-7", "10", released="2026-10-02 00:00:00"),
    order("O-BACK", "A-1", "R-8", "10", refunded="2026-10-02 00:00:00"),
    order("O-SERVING", "A-2", "R-20", "864", term="month,1", until="2026-11-01"),
    order("O-HOST", "A-3", "R-30", "1200", day="2026-06-01", term="year,1", until="2027-06-01"),
    order("O-QUIET", "=A-4", "R-40", "60", day="2026-09-20", until="2026-10-20",
          currency="JPY"),
    order("O-BAD", "A-1", "R-9", "12.345"),
    order("O-BROKEN", "A-2", "R-29", "1x"),
])
REQUESTS = """request_id,account_id,order_id,requested_at
Q-FULL,A-1,O-FULL,2026-10-03 12:00:00
Q-TWICE,A-1,O-FULL,2026-10-04 12:00:00
Q-PART,A-1,O-PART,2026-10-05 06:00:00
Q-PPU,A-1,O-PPU,2026-10-05 12:00:00
Q-LABEL,A-1,O-LABEL,2026-10-05 12:00:00
Q-EXPIRED,A-1,O-EXPIRED,2026-10-05 12:00:00
Q-13,A-1,O-13,2026-10-10 12:00:00
Q-RELEASED,A-1,O-RELEASED,2026-10-05 12:00:00
Q-BACK,A-1,O-BACK,2026-10-05 12:00:00
Q-BEFORE,A-1,O-SERVING,2026-10-05 12:00:00
Q-UNKNOWN,A-1,O-NOWHERE,2026-10-05 12:00:00
Q-BAD,A-1,O-BAD,2026-10-05 12:00:00
Q-EARLY,A-2,O-SERVING,2026-09-30 12:00:00
"'=Q,4",=A-4,O-QUIET,2026-10-05 12:00:00
"""
INCIDENTS = """incident_id,scenario,cause,service,region,resource_id,started_at,rectified_at,sla_covered
I-1,unavailable,platform,ecs,,,2026-10-05 00:00:00,2026-10-05 02:00:00,
I-2,billing_error,platform,ecs,,,2026-10-05 01:00:00,2026-10-05 04:00:00,
I-STORM,unavailable,force_majeure,ecs,,,2026-10-05 00:00:00,2026-10-05 02:00:00,
I-SLA,unavailable,platform,ecs,,,2026-10-05 00:00:00,2026-10-05 02:00:00,false
I-OPEN,unavailable,platform,ecs,,,2026-10-30 00:00:00,,
I-OTHER,unavailable,platform,obs,,,2026-10-05 00:00:00,2026-10-05 02:00:00,
I-BROKEN,unavailable,platform,ecs,,,yesterday,,
"""
CLAIMS = """claim_id,account_id,incident_id,resource_id,submitted_at
C-1,A-2,I-1,R-20,2026-10-06 00:00:00
C-2,A-2,I-2,R-20,2026-10-05 23:00:00
C-AGAIN,A-2,I-1,R-20,2026-10-07 00:00:00
C-STORM,A-2,I-STORM,R-20,2026-10-06 00:00:00
C-SLA,A-2,I-SLA,R-20,2026-10-06 00:00:00
C-EARLY,A-2,I-2,R-20,2026-10-05 00:30:00
C-LATE,A-2,I-1,R-20,2026-10-12 02:00:01
C-OPEN,A-2,I-OPEN,R-20,2026-10-31 00:00:00
C-OTHER,A-2,I-OTHER,R-20,2026-10-06 00:00:00
C-NOWHERE,A-2,I-1,R-99,2026-10-06 00:00:00
C-UNKNOWN,A-2,I-99,R-20,2026-10-06 00:00:00
C-BROKEN,A-2,I-BROKEN,R-20,2026-10-06 00:00:00
C-BASIS,A-2,I-1,R-29,2026-10-06 00:00:00
C-ALL,A-3,I-1,,2026-10-06 00:00:00
C-USAGE,A-3,I-2,R-31,2026-10-06 00:00:00
"""
USAGE = """account_id,resource_id,service,region,usage_date,cost,currency
A-3,R-31,ecs,cn-north-1,2026-10-05,8.64,CNY
"""
ACCOUNTS = """account_id,name,tier,recharge_total
A-1,"Example, Ltd.",common,1000
A-2,Beispiel GmbH,vip,200
A-3,=Formula & Söhne,vip,5000
"""
FILINGS = """filing_id,account_id,order_id,first_filing,for_website,started_at,submitted_at,approved_at
F-1,A-3,O-HOST,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-AGAIN,A-3,O-HOST,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-06 00:00:00
F-SECOND,A-3,O-HOST,false,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-APP,A-3,O-HOST,true,false,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-LAZY,A-3,O-HOST,true,true,2026-09-01 00:00:00,2026-09-11 00:00:00,2026-10-05 00:00:00
F-OPEN,A-3,O-HOST,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,
F-NOHOST,A-3,O-NOWHERE,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-ENDED,A-1,O-EXPIRED,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-POOR,A-2,O-SERVING,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-WHO,A-9,O-HOST,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
F-BAD,A-1,O-BAD,true,true,2026-10-01 00:00:00,2026-10-02 00:00:00,2026-10-05 00:00:00
"""
INPUTS = {"orders": ORDERS, "refund_requests": REQUESTS, "incidents": INCIDENTS, "claims": CLAIMS,
          "usage": USAGE, "accounts": ACCOUNTS, "filings": FILINGS}
LEDGERS = {"refunds": "request_id", "compensations": "claim_id", "rewards": "filing_id"}


def close_small_month(scratch, *options):
    exports = support.write_month(scratch / "exports", **INPUTS)
    done = support.run_month(exports, scratch / "books", *options)
    assert done.returncode == 1, done.stderr  # rows are rejected
    return scratch / "books"


def unguarded(text):
    return text[1:] if text.startswith("'") else text


def ledger_rows(folder, ledger):
    """Rows as texts by column, the apostrophe dropped where it guards export text."""
    computed = {"decision", "reason", "clause", "policy_version"}
    with open(folder / (ledger + ".csv"), encoding="utf-8", newline="") as file:
        return [{name: value if name in computed else unguarded(value)
                 for name, value in row.items()} for row in csv.DictReader(file)]


def accounts_of(folder):
    return sorted({row["account_id"] for ledger in LEDGERS for row in ledger_rows(folder, ledger)})


def explain(*arguments, status=0):
    done = support.run("explain", "--json", *arguments)
    assert done.returncode == status, (done.returncode, done.stderr)
    return json.loads(done.stdout)


def main():
    """Runs the calling file's tests; the last line is "N passed, N failed"."""
    result = unittest.main(module="__main__", exit=False, argv=sys.argv[:1]).result
    bad = len(result.failures) + len(result.errors)
    passed = max(0, result.testsRun - bad - len(result.skipped))
    print(f"{passed} passed, {bad} failed")
    sys.exit(1 if bad else 0)
