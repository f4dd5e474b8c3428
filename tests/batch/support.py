"""What the tests of the whole program share: a small month, and how to run things.

RECOMPENSE, MAKE_MONTH and KILL_AT_LIBRARY name what the build has made (default: under build/).
"""

import csv
import gzip
import hashlib
import io
import os
import pathlib
import shutil
import signal
import subprocess
import tempfile

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
PROGRAM = os.path.abspath(os.environ.get("RECOMPENSE", ROOT / "build/recompense"))
MAKE_MONTH = os.path.abspath(os.environ.get("MAKE_MONTH", ROOT / "build/scripts/make_month"))
KILL_AT = os.path.abspath(
    os.environ.get("KILL_AT_LIBRARY", ROOT / "build/tests/batch/kill_at.so"))
KILLED = -signal.SIGKILL

ORDERS = """\
order_id,account_id,resource_id,service,region,billing_mode,term_unit,term_count,currency,\
purchased_at,starts_at,expires_at,cash_paid,flexi_coupon_paid,cash_coupon_paid,refundable
O-1,A-1,R-1,ecs,cn-north-1,prepaid,month,1,CNY,2026-09-20 00:00:00,2026-09-20 00:00:00,\
2026-10-20 00:00:00,300.00,0,0,true
O-2,A-2,R-2,ecs,cn-north-1,prepaid,year,1,CNY,2026-10-01 00:00:00,2026-10-01 00:00:00,\
2027-10-01 00:00:00,1200.50,10,0,true
O-3,A-2,R-3,obs,cn-north-1,pay_per_use,,,CNY,2026-10-01 00:00:00,2026-10-01 00:00:00,,\
0,0,0,true
"""
REQUESTS = """\
request_id,account_id,order_id,requested_at
Q-1,A-1,O-1,2026-10-05 00:00:00
Q-2,A-2,O-2,2026-10-03 12:00:00
Q-3,A-2,O-3,2026-10-04 12:00:00
"""
ACCOUNTS = """\
account_id,name,tier,recharge_total
A-1,"Example, Ltd.",common,1000
A-2,Beispiel GmbH,vip,5000
"""


def write_month(folder, **files):
    """A month's exports; by name, text or bytes, None leaves one out."""
    contents = {"orders": ORDERS, "refund_requests": REQUESTS, "accounts": ACCOUNTS, **files}
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in contents.items():
        if content is not None:
            data = content.encode() if isinstance(content, str) else content
            (folder / (name + ".csv")).write_bytes(data)
    return folder


def run(*arguments, environment=None, program=PROGRAM, **others):
    """Runs the program as cron would: no terminal, little in the environment."""
    return subprocess.run(
        [program, *map(str, arguments)], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
        stderr=subprocess.PIPE, text=True, errors="replace", timeout=300,
        env={"PATH": os.environ["PATH"], "ASAN_OPTIONS": "verify_asan_link_order=0",
             **(environment or {})}, **others)


def run_month(exports, books, *options, period="2026-10", **others):
    return run("run", "--period", period, "--exports", exports, "--books", books, *options,
               **others)


def rows_of(path):
    with open(path, encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def digests(folder):
    """SHA-256 by path of every file inside, the lock left out."""
    folder = pathlib.Path(folder)
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(folder.rglob("*")) if path.is_file() and path.name != ".lock"}


def entries(folder):
    """The names in the books, the lock left out."""
    return sorted(name for name in os.listdir(folder) if name != ".lock")


class Scratch:
    """A temporary folder, in memory where there is room for it."""

    def __init__(self):
        place = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
        self.path = pathlib.Path(tempfile.mkdtemp(prefix="recompense-", dir=place))

    def __truediv__(self, name):
        return self.path / name

    def remove(self):
        shutil.rmtree(self.path, ignore_errors=True)


def compressed(text):
    buffer = io.BytesIO()
    with gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as file:
        file.write(text.encode())
    return buffer.getvalue()
