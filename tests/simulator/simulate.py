"""Runs the real program over generated histories and compares its books with the model's.

    simulate.py --program build/recompense [--histories N] [--seed S] [--jobs J] [--keep DIR]

Each history is run month by month.  After every month the ledgers must be the model's, byte for
byte.  Now and then a run is killed, repeated, fed with a broken file, or the last month is
restated.  At the end the books as a whole are searched for what must never happen.
"""

import argparse
import collections
import concurrent.futures
import hashlib
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from fractions import Fraction

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import exports
import generate
import model
import policy_file
import values

LEDGERS = ["refunds.csv", "compensations.csv", "rewards.csv", "tickets.csv", "accounts.csv",
           "rejects.csv"]
ID_COLUMN = {"refunds.csv": "request_id", "compensations.csv": "claim_id",
             "rewards.csv": "filing_id"}
RUN_SECONDS_MAX = 120


class Difference(Exception):
    """The program and the contract disagree."""


# ---- running the program -----------------------------------------------------------------------

class Program:
    def __init__(self, path, folder, history, rng, options):
        self.path = path
        self.folder = folder
        self.books = os.path.join(folder, "books")
        self.history = history
        self.rng = rng
        self.options = options
        self.commands = []
        self.seconds = 0.1
        self.policy = os.path.join(folder, "policy.conf")
        policy_file.write_policy(self.policy, history.policy)
        self.workbook = rng.random() < options.workbooks
        self.archive = rng.random() < 0.3
        self.environment = dict(os.environ, TZ=rng.choice(["UTC", "Asia/Shanghai",
                                                           "America/New_York"]),
                                LC_ALL=rng.choice(["C", "C.UTF-8", "de_DE.UTF-8"]))
        os.makedirs(self.books)

    def command(self, month, folder, opening, *more):
        words = [self.path, "run", "--period", values.month_text(month), "--exports", folder,
                 "--books", self.books]
        if not self.history.plain_policy or self.history.seed % 2:
            words += ["--policy", self.policy]
        if opening is not None:
            words += ["--opening-from", values.month_text(opening)]
        if not self.workbook:
            words.append("--no-workbook")
        if not self.archive:
            words.append("--no-archive")
        words += more
        self.commands.append(" ".join(words))
        return words

    def run(self, month, folder, opening, *more):
        """(exit status, standard error)."""
        words = self.command(month, folder, opening, *more)
        begin = time.monotonic()
        try:
            done = subprocess.run(words, env=self.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                  timeout=RUN_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            raise Difference("the run takes more than %d s" % RUN_SECONDS_MAX)
        self.seconds = time.monotonic() - begin
        return done.returncode, (done.stdout + done.stderr).decode("utf-8", "replace")

    def kill_a_run(self, month, folder, opening):
        """Starts a run and kills it somewhere on its way."""
        words = self.command(month, folder, opening)
        process = subprocess.Popen(words, env=self.environment, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        time.sleep(self.rng.random() * self.seconds * 1.1)
        process.send_signal(signal.SIGKILL)
        process.wait()
        self.commands[-1] += "   # killed"


def read(path):
    with open(path, "rb") as file:
        return file.read()


def visible(books):
    return sorted(name for name in os.listdir(books) if not name.startswith("."))


def tree(folder):
    """{path: digest} of every visible file below a folder."""
    found = {}
    for base, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = os.path.join(base, name)
            if not name.startswith("."):
                found[os.path.relpath(path, folder)] = hashlib.sha256(read(path)).hexdigest()
    return found


# ---- comparing ---------------------------------------------------------------------------------

def rows_of(data):
    """The rows of a ledger as dicts; the model's own reading of CSV serves."""
    lines = [fields for _, _, fields in exports.records(data, "ledger")]
    return [dict(zip(lines[0], fields)) for fields in lines[1:]]


def difference_text(name, expected, got):
    """A few lines that say what differs."""
    want, have = expected.split(b"\n"), got.split(b"\n")
    out = []
    missing = list((collections.Counter(want) - collections.Counter(have)).elements())
    extra = list((collections.Counter(have) - collections.Counter(want)).elements())
    if not missing and not extra:
        out.append("the same lines in another order")
        for number, (a, b) in enumerate(zip(want, have)):
            if a != b:
                out += ["line %d" % (number + 1), "- %r" % a, "+ %r" % b]
                break
    for line in missing[:4]:
        out.append("- %s" % line.decode("utf-8", "backslashreplace")[:600])
    for line in extra[:4]:
        out.append("+ %s" % line.decode("utf-8", "backslashreplace")[:600])
    if len(missing) > 4 or len(extra) > 4:
        out.append("  ... %d lines missing, %d lines too many" % (len(missing), len(extra)))
    try:
        if missing and extra and want[0] == have[0]:
            header = want[0].decode().split(",")
            a = next(exports.records(missing[0], name))[2]
            b = next(exports.records(extra[0], name))[2]
            for column, x, y in zip(header, a, b):
                if x != y:
                    out.append("  first pair, %s: expected %r, got %r" % (column, x[:200], y[:200]))
    except (exports.Stop, StopIteration):
        pass
    return "\n".join(out)


def compare(program, month, books, only):
    """Every ledger of the published month with the model's."""
    folder = os.path.join(program.books, values.month_text(month))
    problems = []
    for name in only:
        path = os.path.join(folder, name)
        if not os.path.exists(path):
            problems.append("%s: not published" % name)
            continue
        got = read(path)
        if got != books.files[name]:
            problems.append("%s (- model, + program)\n%s"
                            % (name, difference_text(name, books.files[name], got)))
    if set(only) == set(LEDGERS):
        problems += compare_controls(folder, books)
    if problems:
        raise Difference("\n".join(problems))


def compare_controls(folder, books):
    """The counts of controls.csv and of the manifest's input list that the model knows, too."""
    problems = []
    for row in rows_of(read(os.path.join(folder, "controls.csv"))):
        scope, name = row[b"scope"].decode(), row[b"name"].decode()
        expected = books.controls.get((name, scope))
        if expected is not None and not row[b"currency"] and int(row[b"count"]) != expected:
            problems.append("controls.csv: %s,%s: expected %d, got %d"
                            % (scope, name, expected, int(row[b"count"])))
    with open(os.path.join(folder, "manifest.json"), encoding="utf-8") as file:
        listed = json.load(file).get("inputs", [])
    for entry in listed:
        for name in ("read", "rejected"):
            expected = books.controls.get((name, entry["file"]), 0)
            if entry.get(name) != expected:
                problems.append("manifest.json: %s, %s: expected %d, got %s"
                                % (entry["file"], name, expected, entry.get(name)))
    return problems


def same_facts(books, others):
    """Whether two runs differ in nothing but the files and lines of their rejects."""
    def rejects(ledger):
        return sorted((row["input"], row["column"], row["reason"], row["record"])
                      for row in ledger)
    return (all(books.files[name] == others.files[name] for name in LEDGERS[:-1])
            and rejects(books.ledgers["rejects"]) == rejects(others.ledgers["rejects"]))


def expect_status(what, expected, got, said):
    if got != expected:
        raise Difference("%s: exit status %d expected, got %d\n%s"
                         % (what, expected, got, said[-1500:].strip()))


# ---- one history -------------------------------------------------------------------------------

class Run:
    def __init__(self, seed, folder, options):
        self.history = generate.generate(seed)
        self.rng = random.Random("%s run" % seed)
        self.folder = folder
        self.options = options
        self.program = Program(options.program, folder, self.history, self.rng, options)
        self.books = {}                       # month -> model's books, as published last
        self.month = None
        self.tally = collections.Counter()

    def model(self, folder, month, state, opening):
        return model.run_period(folder, month, self.history.policy, state, opening,
                                self.options.kept_by)

    def play(self):
        state = None
        for month in self.history.months:
            self.month = month.month
            opening = self.history.opening_from if state is None else None
            if month.sabotage:
                self.refused(month, state, opening)
            folder = self.write(values.month_text(month.month), month.files)
            try:
                books = self.model(folder, month.month, state, opening)
            except exports.Stop as stop:
                self.expect_stop(stop, month.month, folder, opening)
                return
            self.mishaps(month, state, opening, folder)
            killed = self.killed(month, folder, opening, books)
            status, said = self.program.run(month.month, folder, opening)
            complete = killed and status == 0
            expect_status("run", 0 if complete else books.exit_status, status, said)
            compare(self.program, month.month, books, self.options.only)
            self.no_leftovers(month)
            self.again(month, folder, opening, state, books)
            before, state = state, books.state
            self.books[month.month] = books
            self.tally["months"] += 1
        last = self.history.months[-1]
        if last.restated:
            self.restate(last, before, None if before else self.history.opening_from)
        self.invariants()
        if self.options.verify:
            done = subprocess.run([self.program.path, "verify", "--books", self.program.books],
                                  env=self.program.environment, stdin=subprocess.DEVNULL,
                                  stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
            expect_status("verify", 0, done.returncode, done.stdout.decode("utf-8", "replace"))

    def write(self, name, files):
        folder = os.path.join(self.folder, "exports", name)
        generate.write_exports(folder, files)
        return folder

    def expect_stop(self, stop, month, folder, opening, *more):
        """The run must end with this status and leave the books as they were."""
        before = tree(self.program.books)
        status, said = self.program.run(month, folder, opening, *more)
        expect_status("refused (%s)" % stop, stop.exit_status, status, said)
        if not said.strip():
            raise Difference("refused (%s), but says nothing" % stop)
        if tree(self.program.books) != before:
            raise Difference("refused (%s), but the books have changed" % stop)
        self.tally["refused"] += 1

    def refused(self, month, state, opening):
        folder = self.write(values.month_text(month.month) + ".refused", month.sabotage[1])
        try:
            self.model(folder, month.month, state, opening)
        except exports.Stop as stop:
            self.expect_stop(stop, month.month, folder, opening)

    def mishaps(self, month, state, opening, folder):
        """Wrong orders to the program, which must change nothing."""
        if self.rng.random() < 0.06:
            self.expect_stop(exports.Stop(2, "--opening-from after the period"), month.month,
                             folder, month.month + 1)
        if state is not None and self.rng.random() < 0.06:
            self.expect_stop(exports.Stop(2, "another --opening-from"), month.month, folder,
                             state.opening_from - 1)
        if state is not None and self.rng.random() < 0.06:
            self.expect_stop(exports.Stop(5, "a gap between periods"), month.month + 1, folder,
                             None)
        if len(self.books) >= 2 and self.rng.random() < 0.1:
            self.expect_stop(exports.Stop(5, "an older period with other inputs"),
                             month.month - 2, folder, None)
        if self.rng.random() < 0.06:
            before = tree(self.program.books)
            status, said = self.program.run(month.month, folder, opening, "--dry-run")
            if status not in (0, 1):
                expect_status("--dry-run", 0, status, said)
            if tree(self.program.books) != before:
                raise Difference("--dry-run has changed the books")

    def killed(self, month, folder, opening, books):
        """Sometimes kills a run; whether one was killed."""
        if self.rng.random() >= 0.2:
            return False
        name = values.month_text(month.month)
        for _ in range(self.rng.randint(1, 2)):
            self.program.kill_a_run(month.month, folder, opening)
            if name in visible(self.program.books):
                compare(self.program, month.month, books, self.options.only)
            known = [values.month_text(known) for known in self.books] + [name]
            others = set(visible(self.program.books)) - set(known) - {
                "recompense-%s.zip" % text for text in known}
            if others:
                raise Difference("a killed run leaves %s" % sorted(others))
            self.tally["killed"] += 1
        return True

    def no_leftovers(self, month):
        archive = "recompense-%s.zip" % values.month_text(month.month)
        if self.program.archive and archive not in visible(self.program.books):
            raise Difference("no %s" % archive)
        hidden = [name for name in os.listdir(self.program.books) if name.startswith(".")
                  and os.path.isdir(os.path.join(self.program.books, name))]
        if hidden:
            raise Difference("left in the books folder: %s" % hidden)

    def again(self, month, folder, opening, before, books):
        """The same period once more: nothing changes, exit status 0; with other inputs: 5."""
        if self.rng.random() < 0.25:
            published = tree(self.program.books)
            status, said = self.program.run(month.month, folder, opening)
            expect_status("the same run again", 0, status, said)
            if tree(self.program.books) != published:
                raise Difference("the same run again has changed the books")
            self.tally["again"] += 1
        if month.restated and self.rng.random() < 0.5:
            other = self.write(values.month_text(month.month) + ".other", month.restated)
            try:
                changed = not same_facts(books, self.model(other, month.month, before, opening))
            except exports.Stop:
                changed = True
            published = tree(self.program.books)
            status, said = self.program.run(month.month, other, opening)
            # The same facts in other files may count as the same inputs.
            if changed or status != 0:
                expect_status("a closed period with other inputs", 5, status, said)
            if tree(self.program.books) != published:
                raise Difference("a closed period has changed without --restate")

    def restate(self, month, state, opening):
        name = values.month_text(month.month)
        folder = self.write(name + ".restated", month.restated)
        old = tree(os.path.join(self.program.books, name))
        try:
            books = self.model(folder, month.month, state, opening)
        except exports.Stop as stop:
            self.expect_stop(stop, month.month, folder, opening, "--restate")
            return
        status, said = self.program.run(month.month, folder, opening, "--restate")
        expect_status("--restate", books.exit_status, status, said)
        compare(self.program, month.month, books, self.options.only)
        kept = [entry for entry in visible(self.program.books)
                if entry.startswith(name + ".superseded-")
                and os.path.isdir(os.path.join(self.program.books, entry))]
        if len(kept) != 1 or tree(os.path.join(self.program.books, kept[0])) != old:
            raise Difference("--restate does not keep the old books as %s.superseded-1" % name)
        self.books[month.month] = books
        self.tally["restated"] += 1

    # -- what must never happen, from the published books alone

    def invariants(self):
        if set(self.options.only) != set(LEDGERS):
            return
        ledgers = {month: {name: rows_of(read(os.path.join(
            self.program.books, values.month_text(month), name))) for name in LEDGERS}
            for month in self.books}
        forgetful = any(terms.retention_months < 12 for terms in self.history.policy.versions)
        refunded, rewarded = set(), set()
        seconds = collections.Counter()
        bounds = collections.defaultdict(list)
        decided = {name: {} for name in ID_COLUMN}
        waiting = {name: set() for name in ID_COLUMN}
        for month in sorted(ledgers):
            for row in ledgers[month]["refunds.csv"]:
                if row[b"decision"] in (b"full", b"partial"):
                    if row[b"order_id"] in refunded:
                        raise Difference("order %r is refunded twice" % row[b"order_id"])
                    refunded.add(row[b"order_id"])
                    parts = [Fraction(row[name].decode()) for name in
                             (b"refund", b"handling_fee", b"amount_due")]
                    if sum(parts) != Fraction(row[b"actual_payment"].decode()):
                        raise Difference("a refund does not foot: %r" % row)
                    if Fraction(row[b"refund_cash"].decode()) + Fraction(
                            row[b"refund_flexi_coupon"].decode()) != parts[0]:
                        raise Difference("a refund is not what is paid back: %r" % row)
            for row in ledgers[month]["compensations.csv"]:
                if row[b"decision"] == b"compensated":
                    resource = row[b"account_id"], row[b"resource_id"]
                    seconds[resource] += int(row[b"fault_seconds"])
                    bounds[resource].append(tuple(
                        values.parse_instant(row[name], self.history.policy.zone)[0]
                        for name in (b"fault_from", b"fault_to")))
            for row in ledgers[month]["rewards.csv"]:
                if row[b"decision"] == b"granted":
                    if row[b"account_id"] in rewarded:
                        raise Difference("account %r is rewarded twice" % row[b"account_id"])
                    rewarded.add(row[b"account_id"])
            for name, column in ID_COLUMN.items():
                waiting[name] = set()
                for row in ledgers[month][name]:
                    key = row[column.encode()]
                    if row[b"decision"] in (b"deferred", b"pending"):
                        waiting[name].add(key)
                    elif decided[name].setdefault(key, month) != month and not forgetful:
                        raise Difference("%s %r is decided twice" % (column, key))
        for resource, total in seconds.items():
            covered, last = 0, None
            for begin, end in sorted(bounds[resource]):
                last = begin if last is None else max(last, begin)
                covered += max(end - last, 0)
                last = max(last, end)
            if total > covered:
                raise Difference("%r: %d s compensated within %d s" % (resource, total, covered))
        self.nothing_lost(decided, waiting)

    def nothing_lost(self, decided, waiting):
        last = self.books[max(self.books)].state
        opening = values.month_start(last.opening_from, self.history.policy.zone)
        for input_name, ledger in zip(model.EVENTS, ID_COLUMN):
            newest = {}
            for month in sorted(self.books):
                for row in self.books[month].inputs[input_name]:
                    if row.accepted:
                        newest[model.cell_bytes(row.key[0])] = row
            known = {model.cell_bytes(key) for key in decided[ledger]}
            for text, row in newest.items():
                key = row.key[0]
                escaped = b"'" + key if key[:1] in b"=+-@'" else key
                at = row[exports.EVENT_TIME[input_name]]
                if escaped not in decided[ledger] and escaped not in waiting[ledger] \
                        and key not in last.carried[input_name] \
                        and at is not None and at >= opening:
                    raise Difference("%s %r is lost" % (input_name, key))


def one_history(seed, options):
    """(seed, what differs or None, tally)."""
    folder = tempfile.mkdtemp(prefix="history-%s-" % seed, dir=options.work)
    run = None
    problem = None
    try:
        run = Run(seed, folder, options)
        run.play()
    except Difference as difference:
        problem = str(difference)
    except Exception as error:               # a fault of the simulator is a failure as well
        import traceback
        problem = "the simulator failed: %s\n%s" % (error, traceback.format_exc())
    if problem is not None:
        kept = os.path.join(options.keep, "seed-%s" % seed)
        shutil.rmtree(kept, ignore_errors=True)
        shutil.move(folder, kept)
        commands = run.program.commands if run else []
        with open(os.path.join(kept, "commands.txt"), "w", encoding="utf-8") as file:
            file.write("\n".join(commands).replace(folder, kept) + "\n")
        month = values.month_text(run.month) if run and run.month else "?"
        problem = "seed %s, %s\n%s\n  kept in %s (commands.txt); again: %s" % (
            seed, month, problem.replace(folder, kept), kept,
            "simulate.py --program %s --histories 1 --seed %s" % (options.program, seed))
    else:
        shutil.rmtree(folder)
    return seed, problem, run.tally if run else collections.Counter()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--program", required=True)
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1, help="of the first history")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("--keep", metavar="DIR", help="where failed histories are kept")
    parser.add_argument("--only", metavar="FILES", default=",".join(LEDGERS),
                        help="ledgers to compare, by commas")
    parser.add_argument("--workbooks", type=float, default=0.1, metavar="SHARE",
                        help="share of histories that write the workbook")
    parser.add_argument("--verify", action="store_true", help="end with `verify`")
    parser.add_argument("--kept-by", default=",".join(model.KEPT_BY), metavar="WHAT",
                        help="which order and usage rows are searched for equal keys")
    options = parser.parse_args()
    options.program = os.path.abspath(options.program)
    options.only = options.only.split(",")
    options.kept_by = tuple(options.kept_by.split(","))
    options.work = tempfile.mkdtemp(prefix="simulator-")
    options.keep = os.path.abspath(options.keep or os.path.join(tempfile.gettempdir(),
                                                                "simulator-failed"))
    os.makedirs(options.keep, exist_ok=True)

    tally = collections.Counter()
    failed = 0
    seeds = range(options.seed, options.seed + options.histories)
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(one_history, seed, options) for seed in seeds]
        for future in concurrent.futures.as_completed(waiting):
            seed, problem, counted = future.result()
            tally += counted
            if problem is not None:
                failed += 1
                print(problem + "\n", flush=True)
    shutil.rmtree(options.work, ignore_errors=True)
    print("%d months; runs killed %d, repeated %d, refused %d, restated %d" % (
        tally["months"], tally["killed"], tally["again"], tally["refused"], tally["restated"]))
    print("%d passed, %d failed" % (options.histories - failed, failed))
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
