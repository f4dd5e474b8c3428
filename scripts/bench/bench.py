#!/usr/bin/python3
"""The benchmark: this program beside a DuckDB script, a pandas job and the machine's own floors.

    bench.py [--orders N] [--rounds N] [--work DIR] [SECTION ...]

Sections: job, gzip, memory, threads, growth, claims, year, stages; without any, all of them. Both
sides of a comparison run in turn, in one go, and only after their results were found equal, per
account and currency, to the cent. What was measured is kept in DIR/results.json, and
docs/performance.md and docs/growth.svg are written from it, whatever sections were run last.
"""

import argparse
import csv
import datetime
import gzip
import hashlib
import json
import os
import pathlib
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parent.parent
PROGRAM = ROOT / "build/recompense"
MAKE_MONTH = ROOT / "build/scripts/make_month"
PERIOD = "2026-10"
PYTHON = "/usr/bin/python3"
SECTIONS = ("job", "gzip", "memory", "threads", "growth", "claims", "year", "stages")


class Bench:
    def __init__(self, options):
        self.orders = options.orders
        self.rounds = options.rounds
        self.work = pathlib.Path(options.work).resolve()
        self.work.mkdir(parents=True, exist_ok=True)
        self.path = self.work / "results.json"
        self.results = json.loads(self.path.read_text()) if self.path.exists() else {}

    def keep(self, section, values):
        values["measured"] = datetime.date.today().isoformat()
        self.results[section] = values
        self.path.write_text(json.dumps(self.results, indent=1) + "\n")
        write_document(self.results)

    # --- months ---

    def month(self, name, *extra, orders=None):
        """A generated month; the same one as long as its arguments are the same."""
        orders = orders or self.orders
        share = orders / 10_000_000
        sizes = {"orders": orders, "accounts": max(1000, int(1_000_000 * share)),
                 "requests": int(600_000 * share), "claims": int(100_000 * share),
                 "incidents": max(20, int(560 * min(1, share ** 0.5))),
                 "usage": int(100_000 * share), "filings": int(10_000 * share),
                 "tickets": int(50_000 * share)}
        arguments = [f"--{key}={value}" for key, value in sizes.items()]
        arguments += ["--gzip", "none", "--clean", *extra]
        folder = self.work / f"{name}-{orders}"
        mark = folder / ".arguments"
        if not mark.exists() or mark.read_text() != " ".join(map(str, arguments)):
            shutil.rmtree(folder, ignore_errors=True)
            say(f"generating {folder.name}")
            command = [MAKE_MONTH, "--out", folder, "--period", PERIOD]
            for argument in arguments:
                command += argument.split("=")
            subprocess.run(command, check=True, stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL)
            mark.write_text(" ".join(map(str, arguments)))
        for path in folder.glob("*.csv*"):  # both sides find the files in the page cache
            with open(path, "rb") as file:
                while file.read(1 << 24):
                    pass
        return folder

    def scratch(self, name):
        folder = self.work / name
        shutil.rmtree(folder, ignore_errors=True)
        return folder

    # --- the sides ---

    def recompense(self, exports, *extra, name="books"):
        books = self.scratch(name)
        return measure([PROGRAM, "run", "--period", PERIOD, "--exports", exports, "--books", books,
                        "--verbose", *extra], books)

    def duckdb(self, exports, *extra):
        out = self.scratch("duckdb")
        return measure(["node", HERE / "duckdb.mjs", "--modules", self.work, "--exports", exports,
                        "--out", out, "--period", PERIOD, *extra], out)

    # --- sections ---

    def job(self):
        exports = self.month("month")
        styles = ("pipe", "pigz", "gzip")
        tried = {style: self.duckdb(exports, "--compress", style) for style in styles}
        best = min(styles, key=lambda style: tried[style]["seconds"])
        totals = self.totals_of(exports)
        check_agreement(totals, self.duckdb_totals(exports))
        sides = {"duckdb": [], "ledgers": [], "workbook": []}
        for number in range(self.rounds):
            say(f"job, round {number + 1} of {self.rounds}")
            sides["duckdb"].append(self.duckdb(exports, "--compress", best))
            sides["ledgers"].append(self.recompense(exports, "--no-workbook"))
            sizes = sizes_of(self.work / "books")
            sides["workbook"].append(self.recompense(exports))
            book_sizes = sizes_of(self.work / "books")
        say("job, pandas")
        pandas = self.pandas(exports)
        check_agreement(totals, account_totals(self.work / "pandas/accounts.csv"))
        self.keep("job", {"orders": self.orders, "rounds": self.rounds, "style": best,
                          "tried": {style: tried[style]["seconds"] for style in styles},
                          "sides": sides, "pandas": pandas, "sizes": sizes, "book_sizes": book_sizes,
                          "input_bytes": sum(p.stat().st_size for p in exports.glob("*.csv"))})

    def pandas(self, exports):
        out = self.scratch("pandas")
        return measure([PYTHON, HERE / "pandas_job.py", exports, out, PERIOD], out)

    def totals_of(self, exports):
        self.recompense(exports, "--no-workbook", "--no-archive", name="agreed")
        return account_totals(self.work / "agreed" / PERIOD / "accounts.csv")

    def duckdb_totals(self, exports):
        self.duckdb(exports, "--compress", "none")
        return account_totals(self.work / "duckdb/accounts.csv")

    def gzip(self):
        exports = self.month("month")
        packed = self.work / f"packed-{self.orders}"
        if not packed.exists():
            say("compressing the month")
            packed.mkdir()
            for path in exports.glob("*.csv"):
                subprocess.run(f"pigz -6 -n -c '{path}' > '{packed / path.name}.gz'", shell=True,
                               check=True)
        floors = self.floors()
        read = [path for name in ("orders", "usage", "accounts")
                for path in sorted(packed.glob(f"{name}*.csv.gz"))]
        rounds = []
        for number in range(self.rounds):
            say(f"gzip, round {number + 1} of {self.rounds}")
            one = {"ours": self.recompense(packed, "--no-workbook", "--no-archive"),
                   "plain": self.recompense(exports, "--no-workbook", "--no-archive"),
                   "duckdb": self.duckdb(packed, "--compress", "none"),
                   "isal": 0.0, "zlib": 0.0}
            for path in read:
                for library in ("isal", "zlib"):
                    one[library] += floor(floors, f"inflate-{library}", path)["seconds"]
            rounds.append(one)
        self.keep("gzip", {"orders": self.orders, "rounds": rounds})

    def memory(self):
        each = self.orders // 10
        loads = {
            "crowd": self.month("crowd", "--requests", str(self.orders // 2), "--claims",
                                str(self.orders // 2)),
            "one": self.month("one", "--requests", str(each), "--claims", str(each), "--usage",
                              str(each), "--filings", str(each), "--tickets", str(each),
                              "--accounts", "1", orders=each),
        }
        runs = {name: self.by_memory(exports) for name, exports in loads.items()}
        for exports in loads.values():
            shutil.rmtree(exports)
        self.keep("memory", {"orders": self.orders, "events": self.orders, "one_has": each,
                             **runs})

    def by_memory(self, exports):
        """Runs with ample memory, a quarter of what that took, and less; the same books."""
        runs, books = [], set()
        for name in ("8G", "quarter", "256M", "64M"):
            memory = name if name != "quarter" else f"{max(64, runs[0]['mib'] // 4)}M"
            run = self.recompense(exports, "--no-workbook", "--memory", memory)
            books.add(digest(self.work / "books" / PERIOD / "manifest.json"))
            runs.append({"memory": memory, **run})
        if len(books) != 1:
            sys.exit("the books differ by --memory")
        self.scratch("books")
        return runs

    def threads(self):
        exports = self.month("month")
        rounds = []
        digests = set()
        for number in range(self.rounds):
            say(f"threads, round {number + 1} of {self.rounds}")
            one = {}
            for count in (1, 2, 3, 8) if number == 0 else (1, 2):
                one[count] = self.recompense(exports, "--no-workbook", "--threads", str(count))
                digests.add(digest(self.work / "books" / PERIOD / "manifest.json") +
                            digest(next((self.work / "books").glob("*.zip"))))
            rounds.append(one)
        if len(digests) != 1:
            sys.exit("the books differ by --threads")
        digests.clear()
        books = []
        for number in range(self.rounds):
            say(f"threads with the workbook, round {number + 1} of {self.rounds}")
            one = {}
            for count in (1, 2, 3, 8) if number == 0 else (1, 2):
                one[count] = self.recompense(exports, "--threads", str(count))
                digests.add(digest(self.work / "books" / PERIOD / "manifest.json") +
                            digest(next((self.work / "books").glob("*.zip"))))
            books.append(one)
        if len(digests) != 1:
            sys.exit("the books with a workbook differ by --threads")
        self.keep("threads", {"orders": self.orders, "rounds": rounds, "books": books})

    def growth(self):
        sizes = [int(self.orders * factor) for factor in (0.1, 1, 4)]
        runs = {orders: [] for orders in sizes}
        for number in range(self.rounds):
            say(f"growth, round {number + 1} of {self.rounds}")
            for orders in sizes:
                exports = self.month("month", orders=orders)
                runs[orders].append(self.recompense(exports, "--no-workbook"))
        shutil.rmtree(exports)
        rows = [{"orders": orders, "run": min(runs[orders], key=lambda run: run["seconds"])}
                for orders in sizes]
        self.keep("growth", {"rows": rows, "rounds": self.rounds})

    def claims(self):
        """One resource under overlapping incidents, and one claim over many resources."""
        rows = {"incidents": [], "resources": []}
        for kind, runs in rows.items():
            for factor in (0.001, 0.01, 0.04):
                count = int(self.orders * factor)
                folder = self.scratch("claims")
                write_claims(folder, kind, count)
                run, ample = (min((self.recompense(folder, "--no-workbook", "--memory", memory)
                                   for _ in range(self.rounds)),
                                  key=lambda run: run["seconds"])
                              for memory in ("512M", "4G"))
                ledger = self.work / "books" / PERIOD / "compensations.csv"
                with open(ledger, "rb") as file:
                    decided = sum(1 for _ in file) - 1
                if decided != count:
                    sys.exit(f"{count} {kind}: {decided} rows of compensation")
                runs.append({"count": count, "run": run, "ample": ample})
        self.scratch("claims")
        self.keep("claims", rows)

    def year(self):
        """Twelve months in one set of books, and the last of them without the others."""
        books = self.scratch("year")
        runs = []
        for month in range(1, 13):
            period = f"2026-{month:02}"
            exports = self.month("year-month", "--period", period, "--requests",
                                 str(self.orders * 6 // 100), "--accounts",
                                 str(self.orders // 10), orders=self.orders // 10)
            runs.append(measure([PROGRAM, "run", "--period", period, "--exports", exports,
                                 "--books", books, "--no-workbook", "--verbose"], books / period))
        alone = self.scratch("year-alone")
        run = measure([PROGRAM, "run", "--period", period, "--exports", exports, "--books", alone,
                       "--no-workbook", "--verbose"], alone)
        carried = sum(p.stat().st_size for p in (books / period / "carry-forward").iterdir())
        for name in ("year", "year-alone"):
            self.scratch(name)
        shutil.rmtree(exports)
        self.keep("year", {"orders": self.orders // 10, "requests": self.orders * 6 // 100,
                           "runs": runs, "alone": run, "carried": carried})

    def stages(self):
        exports = self.month("month")
        run = self.recompense(exports)
        floors = self.floors()
        largest = self.work / "books" / PERIOD / "refunds.csv"
        orders = sorted(exports.glob("orders*.csv"))
        taken = {}
        for what in ("read", "lines", "sha256"):
            taken[what] = sum(floor(floors, what, path)["seconds"] for path in orders)
        for what in ("deflate-isal", "deflate-zlib"):
            taken[what] = floor(floors, what, largest, "1")
        disk = write_floor(self.work / "floor", largest)
        self.keep("stages", {"orders": self.orders, "run": run, "floors": taken, "disk": disk,
                             "order_bytes": sum(path.stat().st_size for path in orders)})

    def floors(self):
        program = self.work / "floors"
        subprocess.run(["cc", "-O2", "-DHAVE_ISAL", "-o", program, HERE / "floors.c", "-lisal",
                        "-lz", "-lcrypto"], check=True)
        return program


# --- measuring ---


def say(text):
    print(text, file=sys.stderr, flush=True)


def measure(command, out):
    """
    Seconds, peak of the largest process in MiB, and the stages that it told. By GNU time: a
    process that this one started would be charged with the memory that it had until its exec.
    """
    with tempfile.NamedTemporaryFile("r") as figures:
        done = subprocess.run(["/usr/bin/time", "-q", "-o", figures.name, "-f", "%e %U %S %M",
                               *(str(part) for part in command)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, check=False)
        text = done.stdout
        if done.returncode not in (0, 1):
            sys.exit(f"{command}: {text}")
        seconds, user, system, kilobytes = map(float, figures.read().split())
    stages = {match[1].strip(): int(match[2]) for match in
              re.finditer(r"^(\S.*?) {2,}(\d+) ms ", text, re.M)}
    return {"seconds": seconds, "cpu": round(user + system, 2), "user": user,
            "mib": round(kilobytes / 1024),
            "stages": stages,
            "bytes": sum(p.stat().st_size for p in pathlib.Path(out).rglob("*") if p.is_file())}


def floor(program, what, path, *level):
    done = subprocess.run([program, what, path, *level], check=True, capture_output=True, text=True)
    _, bytes_in, bytes_out, microseconds = done.stdout.split()
    return {"in": int(bytes_in), "out": int(bytes_out), "seconds": int(microseconds) / 1e6}


def write_floor(target, source):
    data = source.read_bytes()
    before = time.monotonic()
    with open(target, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    seconds = time.monotonic() - before
    target.unlink()
    return {"bytes": len(data), "seconds": seconds}


def write_claims(folder, kind, count):
    """
    `count` incidents of a resource, each overlapping the next, and a claim for each; or one claim
    of an account with `count` resources. Either comes to `count` rows of compensation.
    """
    folder.mkdir(parents=True)
    many = kind == "incidents"
    resources = 1 if many else count
    incidents = count if many else 1

    def table(name, header, rows):
        with open(folder / f"{name}.csv", "w", encoding="ascii") as file:
            file.write(header + "\n")
            file.writelines(row + "\n" for row in rows)

    def at(second):
        return (datetime.datetime(2026, 10, 1) +
                datetime.timedelta(seconds=second)).isoformat(sep=" ")

    table("orders", "order_id,account_id,resource_id,service,region,billing_mode,term_unit,"
          "term_count,currency,purchased_at,starts_at,expires_at,cash_paid,flexi_coupon_paid,"
          "cash_coupon_paid,refundable,released_at,refunded_at",
          (f"CS2609010000{i:07},acc-1,r{i:07},ecs,cn-north-4,prepaid,year,1,CNY,"
           "2026-09-01 00:00:00,2026-09-01 00:00:00,2027-09-01 00:00:00,365.00,0,0,true,,"
           for i in range(resources)))
    table("incidents", "incident_id,scenario,cause,service,region,resource_id,started_at,"
          "rectified_at,sla_covered,title",
          (f"INC-{i:07},unavailable,platform,ecs,cn-north-4,,{at(i)},{at(i + 50)},true,"
           for i in range(incidents)))
    table("claims", "claim_id,account_id,incident_id,resource_id,submitted_at",
          (f"CL-{i:07},acc-1,INC-{i:07},{'r0000000' if many else ''},{at(i + 60)}"
           for i in range(incidents)))
    table("accounts", "account_id,name,tier,recharge_total", ["acc-1,One,common,0"])
    table("refund_requests", "request_id,account_id,order_id,requested_at", [])


def digest(path):
    value = hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(1 << 24):
            value.update(block)
    return value.hexdigest()


def sizes_of(books):
    period = books / PERIOD
    return {"ledgers": sum(p.stat().st_size for p in [*period.glob("*.csv"),
                                                      period / "journal.journal"]),
            "workbook": sum(p.stat().st_size for p in period.glob("*.xlsx")),
            "archive": sum(p.stat().st_size for p in books.glob("*.zip"))}


def account_totals(path):
    opened = gzip.open(path, "rt", newline="") if path.suffix == ".gz" else open(path, newline="")
    totals = {}
    with opened as file:
        for row in csv.DictReader(file):
            if int(row["refunds"]) + int(row["compensations"]) == 0:
                continue  # rewards alone: the other sides have none
            totals[row["account_id"], row["currency"]] = (
                int(row["refunds"]), row["refund_total"], int(row["compensations"]),
                row["compensation_total"])
    return totals


def check_agreement(ours, theirs):
    if ours == theirs and ours:
        say(f"the results agree: {len(ours)} totals by account and currency")
        return
    for key in sorted(set(ours) | set(theirs)):
        if ours.get(key) != theirs.get(key):
            sys.exit(f"the results differ, first for {key}: {ours.get(key)} and {theirs.get(key)}")
    sys.exit("there is nothing to compare")


# --- the document ---


def best(runs):
    return min(run["seconds"] for run in runs)


def middle(runs):
    return statistics.median(run["seconds"] for run in runs)


def peak(runs):
    return max(run["mib"] for run in runs)


def verdict(value, target, at_most=True):
    met = value <= target if at_most else value >= target
    return f"{value:.2f} × (target: {'at most' if at_most else 'at least'} {target:g} ×; " \
           f"{'met' if met else 'NOT met'})"


def mib(number):
    return f"{number / 1048576:,.0f} MiB"


def machine():
    text = pathlib.Path("/proc/cpuinfo").read_text()
    model = re.search(r"model name\s*: (.*)", text)
    memory = re.search(r"MemTotal:\s*(\d+)", pathlib.Path("/proc/meminfo").read_text())
    return f"{os.cpu_count()} × {model[1] if model else platform.machine()}, " \
           f"{int(memory[1]) / 1048576:.0f} GiB, Linux {platform.release().split('-')[0]}"


def document_job(job):
    sides = job["sides"]
    duck = middle(sides["duckdb"])
    ledgers = middle(sides["ledgers"])
    book = middle(sides["workbook"])
    yield f"## The job, {job['orders']:,} orders"
    yield ""
    yield (f"Input {mib(job['input_bytes'])} of CSV; {job['rounds']} rounds in turn, medians. "
           f"DuckDB's ledgers are compressed the way that was fastest for it, `{job['style']}` at "
           f"level 1 (" + ", ".join(f"{style} {seconds:.1f} s"
                                    for style, seconds in job["tried"].items()) +
           "). Before any time was taken, refunds and compensations were equal per account and "
           "currency, on all sides.")
    yield ""
    yield "| side | seconds | CPU seconds | peak | writes |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for name, label in (("duckdb", "DuckDB script"), ("ledgers", "without a workbook"),
                        ("workbook", "with the workbook")):
        runs = sides[name]
        cpu = statistics.median(run["cpu"] for run in runs)
        yield f"| {label} | {middle(runs):.1f} (best {best(runs):.1f}) | {cpu:.1f} | " \
              f"{peak(runs)} MiB | {mib(runs[-1]['bytes'])} |"
    pandas = job["pandas"]
    yield f"| pandas and XlsxWriter, once | {pandas['seconds']:.1f} | {pandas['cpu']:.1f} | " \
          f"{pandas['mib']} MiB | {mib(pandas['bytes'])} |"
    yield ""
    yield f"- Time without a workbook, to DuckDB's: {verdict(ledgers / duck, 0.5)}"
    yield "- Peak memory, to DuckDB's: " + \
        verdict(peak(sides["ledgers"]) / peak(sides["duckdb"]), 0.15)
    yield f"- Time with the workbook, to DuckDB's without one: {verdict(book / duck, 1.0)}"
    yield f"- pandas' time, to ours with the workbook: " \
          f"{verdict(pandas['seconds'] / book, 20, at_most=False)}"
    yield ""
    yield (f"Without a workbook: ledgers and journal {mib(job['sizes']['ledgers'])}, archive "
           f"{mib(job['sizes']['archive'])} (ISA-L level 0). With it: workbook "
           f"{mib(job['book_sizes']['workbook'])}, archive {mib(job['book_sizes']['archive'])}. "
           "pandas' workbook has the same columns, formulas included, of refunds, compensations and "
           "accounts, and nothing else.")


def document_gzip(data):
    rounds = data["rounds"]
    ours = min(one["ours"]["stages"]["orders, usage, accounts"] for one in rounds) / 1000
    plain = min(one["plain"]["stages"]["orders, usage, accounts"] for one in rounds) / 1000
    isal = min(one["isal"] for one in rounds)
    zlib = min(one["zlib"] for one in rounds)
    whole = min(one["ours"]["seconds"] for one in rounds)
    duck = min(one["duckdb"]["seconds"] for one in rounds)
    yield "## Gzip input"
    yield ""
    yield (f"Orders, usage and accounts as `.csv.gz` (level 6), best of {len(rounds)}. Reading "
           f"them: {ours:.1f} s, from plain files {plain:.1f} s. Inflating them alone, on one "
           f"thread: ISA-L {isal:.1f} s, zlib {zlib:.1f} s.")
    yield ""
    yield f"- Reading, to inflating with ISA-L alone: {verdict(ours / isal, 1.2)}"
    yield f"- The whole run, to DuckDB's from the same files, both uncompressed out: " \
          f"{verdict(whole / duck, 1.0)}"


def document_memory(data):
    yield "## Memory"
    yield ""
    yield (f"A crowd: {data['events']:,} requests and claims against {data['orders']:,} orders. One: "
           f"an account with {data['one_has']:,} of everything (orders, usage days, requests, "
           "claims, filings, tickets). Each with ample memory, with a quarter of what that took, "
           "and with less; the books byte for byte the same.")
    yield ""
    yield "| load | --memory | seconds | peak |"
    yield "| --- | --- | ---: | ---: |"
    for load in ("crowd", "one"):
        for run in data[load]:
            yield f"| {load} | {run['memory']} | {run['seconds']:.1f} | {run['mib']} MiB |"
    yield ""
    for load in ("crowd", "one"):
        ample, quarter, tight, least = data[load]
        yield (f"- {load.capitalize()}: the peak is {verdict(tight['mib'] / 256, 1.0)} of what was "
               "promised at 256M")
        yield f"- and {verdict(least['mib'] / 64, 1.0)} of it at 64M"
        yield ("- Time with a quarter of the memory: "
               f"{verdict(quarter['seconds'] / ample['seconds'], 2.0)}")


def by_threads(rounds):
    rows = {}
    for entry in rounds:
        for count, run in entry.items():
            rows.setdefault(int(count), []).append(run)
    return rows


def document_threads(data):
    rows, books = by_threads(data["rounds"]), by_threads(data["books"])
    yield "## Threads"
    yield ""
    yield "| threads | seconds | peak | with the workbook | peak |"
    yield "| --- | ---: | ---: | ---: | ---: |"
    for count in sorted(rows):
        yield (f"| {count} | {best(rows[count]):.1f} | {peak(rows[count])} MiB | "
               f"{best(books[count]):.1f} | {peak(books[count])} MiB |")
    yield ""
    yield f"- Two threads, to one: {verdict(best(rows[2]) / best(rows[1]), 0.6)}"
    yield f"- With the workbook: {verdict(best(books[2]) / best(books[1]), 0.6)}"
    yield "- Manifest and archive are byte for byte the same for 1, 2, 3 and 8 threads."


def document_growth(data):
    rows = data["rows"]
    per_million = [row["run"]["seconds"] / row["orders"] * 1e6 for row in rows]
    yield "## Growth"
    yield ""
    yield ("Everything in the month grows with its orders, but for the incidents. Best of "
           f"{data['rounds']}, in turn; CPU seconds are the program's own and the system's for it.")
    yield ""
    yield "| orders | seconds | a million | CPU, own, a million | system's, a million | peak |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for row, each in zip(rows, per_million):
        run, millions = row["run"], row["orders"] / 1e6
        yield f"| {row['orders']:,} | {run['seconds']:.1f} | {each:.2f} | " \
              f"{run['user'] / millions:.2f} | {(run['cpu'] - run['user']) / millions:.2f} | " \
              f"{run['mib']} MiB |"
    yield ""
    spread = max(per_million) / min(per_million)
    yield f"- Time a million orders, most to least: {verdict(spread, 1.1)}"
    yield ""
    yield "![Seconds by orders](growth.svg)"


def document_claims(data):
    yield "## Many incidents, many resources"
    yield ""
    yield ("A resource hit by so many incidents, each overlapping fifty others, with a claim for each; "
           "and one claim over an account's so many resources. Whole runs, with `--memory 4G`, and "
           "with 512M, the default.")
    for kind, label in (("incidents", "incidents of a resource"),
                        ("resources", "resources of a claim")):
        yield ""
        yield f"| {label} | at 4G: seconds | a 100,000 | peak | at 512M: seconds | a 100,000 | peak |"
        yield "| ---: | ---: | ---: | ---: | ---: | ---: | ---: |"
        each = {"ample": [], "run": []}
        for row in data[kind]:
            cells = [f"{row['count']:,}"]
            for memory, costs in each.items():
                run = row[memory]
                costs.append(run["seconds"] / row["count"] * 100_000)
                cells += [f"{run['seconds']:.2f}", f"{costs[-1]:.2f}", f"{run['mib']} MiB"]
            yield f"| {' | '.join(cells)} |"
        yield ""
        for memory, name in (("ample", "4G"), ("run", "512M")):
            larger = each[memory][-2:]
            yield (f"- Time for each, of the two larger, at {name}: "
                   f"{verdict(max(larger) / min(larger), 1.1)}")


def document_year(data):
    runs = data["runs"]
    yield "## A year"
    yield ""
    yield (f"Twelve months of {data['requests']:,} requests against {data['orders']:,} orders each, "
           f"one upon the other; the last one carries {mib(data['carried'])} forward.")
    yield ""
    yield "| month | seconds | peak |"
    yield "| --- | ---: | ---: |"
    for number in (1, 2, 6, 12):
        run = runs[number - 1]
        yield f"| {number} | {run['seconds']:.1f} | {run['mib']} MiB |"
    yield f"| the twelfth month's files as a first month | {data['alone']['seconds']:.1f} | " \
          f"{data['alone']['mib']} MiB |"
    yield ""
    slower = runs[11]["seconds"] - data["alone"]["seconds"]
    yield f"- Eleven months of history make the twelfth {slower:.1f} s slower."


def document_stages(data):
    floors = data["floors"]
    size = data["order_bytes"]
    beside = {
        "orders, usage, accounts": f"reading the bytes {floors['read']:.2f} s, finding line ends "
                                   f"{floors['lines']:.2f} s, SHA-256 {floors['sha256']:.2f} s",
        "archive": "deflating at {:.0f} MB/s with ISA-L, {:.0f} MB/s with zlib level 1".format(
            *(floors[f"deflate-{library}"]["in"] / floors[f"deflate-{library}"]["seconds"] / 1e6
              for library in ("isal", "zlib"))),
        "carry-forward, flushing": "writing to disk, flushed: {:.0f} MB/s".format(
            data["disk"]["bytes"] / data["disk"]["seconds"] / 1e6),
    }
    yield "## Where the time goes"
    yield ""
    yield f"One run with the workbook, {mib(size)} of orders. The floors are of one thread."
    yield ""
    yield "| stage | seconds | the machine's floor |"
    yield "| --- | ---: | --- |"
    for stage, milliseconds in data["run"]["stages"].items():
        yield f"| {stage} | {milliseconds / 1000:.1f} | {beside.get(stage, '')} |"


def write_svg(rows):
    width, height, margin = 480, 300, 50
    most_orders = max(row["orders"] for row in rows)
    most_seconds = max(row["run"]["seconds"] for row in rows) * 1.1
    points = [(margin + row["orders"] / most_orders * (width - 2 * margin),
               height - margin - row["run"]["seconds"] / most_seconds * (height - 2 * margin))
              for row in rows]
    out = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
           'font-family="sans-serif" font-size="11">',
           '<title>Seconds of a run by millions of orders</title>',
           f'<rect width="{width}" height="{height}" fill="white"/>',
           f'<path d="M{margin} {margin}V{height - margin}H{width - margin}" fill="none" '
           'stroke="#444"/>',
           '<polyline fill="none" stroke="#1f4e79" stroke-width="2" points="' +
           " ".join(f"{x:.1f},{y:.1f}" for x, y in [(margin, height - margin), *points]) + '"/>']
    for (x, y), row in zip(points, rows):
        out.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="#1f4e79"/>')
        out.append(f'<text x="{x:.1f}" y="{y - 8:.1f}" text-anchor="end">'
                   f'{row["run"]["seconds"]:.1f} s</text>')
        out.append(f'<text x="{x:.1f}" y="{height - margin + 15}" text-anchor="middle">'
                   f'{row["orders"] / 1e6:g} M</text>')
    out.append("</svg>")
    (ROOT / "docs/growth.svg").write_text("\n".join(out) + "\n")


def write_document(results):
    documents = {"job": document_job, "gzip": document_gzip, "memory": document_memory,
                 "threads": document_threads, "growth": document_growth,
                 "claims": document_claims, "year": document_year,
                 "stages": document_stages}
    notes = (HERE / "notes.md").read_text()
    lines = ["# Performance", "",
             "Written by `make bench` (scripts/bench/bench.py) from what it measured; what was "
             "tried and did not help stands at the end. Times are of one machine: the ratios are "
             "what counts.", "", f"Machine: {machine()}. {versions()}", ""]
    for name in SECTIONS:
        if name not in results:
            lines += [f"## {name}", "", "Not measured yet.", ""]
            continue
        lines += list(documents[name](results[name]))
        lines += ["", f"Measured {results[name]['measured']} by `make bench BENCH={name}`.", ""]
    if "growth" in results:
        write_svg(results["growth"]["rows"])
    (ROOT / "docs/performance.md").write_text("\n".join(lines) + "\n" + notes)


def versions():
    done = subprocess.run(["node", HERE / "duckdb.mjs", "--modules", ROOT / "build/bench",
                           "--exports", ".", "--out", ".", "--period", PERIOD, "--version"],
                          capture_output=True, text=True, check=False)
    duck = done.stdout.strip() or "(unknown)"
    done = subprocess.run([PYTHON, "-c", "import pandas, xlsxwriter\n"
                           "print(pandas.__version__, xlsxwriter.__version__)"],
                          capture_output=True, text=True, check=False)
    pandas, _, xlsxwriter = done.stdout.strip().partition(" ")
    return f"DuckDB {duck}, pandas {pandas}, XlsxWriter {xlsxwriter}, " \
           f"Python {platform.python_version()}."


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--orders", type=int, default=10_000_000)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--work", default=ROOT / "build/bench")
    parser.add_argument("sections", nargs="*", metavar="SECTION")
    options = parser.parse_args()
    unknown = set(options.sections) - set(SECTIONS)
    if unknown:
        parser.error(f"no such section: {', '.join(sorted(unknown))}")
    bench = Bench(options)
    for section in SECTIONS:
        if not options.sections or section in options.sections:
            getattr(bench, section)()
    say("docs/performance.md is written")


if __name__ == "__main__":
    main()
