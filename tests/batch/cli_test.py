#!/usr/bin/python3
"""The program as people and cron meet it: exit statuses, messages, silence, progress, verify."""

import fcntl
import json
import os
import pty
import re
import select
import shutil
import struct
import subprocess
import sys
import termios
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support
from support import run, run_month


class Case(unittest.TestCase):
    def setUp(self):
        self.scratch = support.Scratch()
        self.addCleanup(self.scratch.remove)
        self.exports = support.write_month(self.scratch / "exports")
        self.books = self.scratch / "books"

    def expect(self, done, status, stderr=None):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)
        if stderr is not None:
            self.assertRegex(done.stderr, stderr)
        return done

    def publish(self, *options, period="2026-10", status=0):
        return self.expect(run_month(self.exports, self.books, *options, period=period), status)

    def unpublished(self):
        if self.books.exists():
            self.assertEqual(support.entries(self.books), [])


class Usage(Case):
    def test_help(self):
        for command in ([], ["run"], ["verify"], ["policy"], ["explain"]):
            done = self.expect(run(*command, "--help"), 0)
            self.assertTrue(done.stdout.startswith("Usage: recompense"))
            self.assertEqual(done.stderr, "")
            self.assertLessEqual(max(map(len, done.stdout.splitlines())), 80)

    def test_version(self):
        self.assertRegex(self.expect(run("--version"), 0).stdout, r"^recompense \d+\.\d+\.\d+\n$")

    def test_bad_command_lines(self):
        for line, message in (
                ([], "needs a command"), (["walk"], "unknown command"),
                (["run", "--perod", "2026-10"], "did you mean --period"),
                (["run"], "needs --period"),
                (["verify", "--books", "x", "--period", "October"], "is not a month")):
            done = self.expect(run(*line), 2, message)
            self.assertEqual(done.stdout, "")
            self.assertEqual(len(done.stderr.splitlines()), 2)
            self.assertRegex(done.stderr.splitlines()[1], r"^Try 'recompense.*--help'\.$")

    def test_folders_that_are_none(self):
        self.expect(run_month(self.scratch / "nowhere", self.books), 3, "nowhere")
        self.unpublished()
        self.expect(run("verify", "--books", self.scratch / "nowhere"), 2, "nowhere")
        link = self.scratch / "link"
        self.books.mkdir(exist_ok=True)
        link.symlink_to(self.books)
        self.expect(run_month(self.exports, link), 2, "link")
        self.expect(run_month(self.exports, str(link) + "/"), 2, "link")

    def test_policy(self):
        self.assertIn("refund", self.expect(run("policy"), 0).stdout)
        bad = self.scratch / "bad.conf"
        bad.write_text("version \"x\" {\n  nonsense = 1\n}\n")
        self.expect(run("policy", "--policy", bad), 2, r"bad\.conf:\d+: ")
        self.expect(run_month(self.exports, self.books, "--policy", bad), 2, r"bad\.conf:\d+: ")
        self.unpublished()


class Run(Case):
    def test_silent_under_cron(self):
        done = self.publish()
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        self.assertEqual(support.entries(self.books), ["2026-10", "recompense-2026-10.zip"])

    def test_the_ledger(self):
        self.publish()
        rows = {row["request_id"]: row for row in support.rows_of(self.books / "2026-10/refunds.csv")}
        self.assertEqual(rows["Q-1"]["decision"], "partial")
        self.assertEqual(rows["Q-1"]["amount_due"], "150.00")  # 15 of 30 days
        self.assertEqual(rows["Q-1"]["handling_fee"], "30.00")
        self.assertEqual(rows["Q-1"]["refund"], "120.00")
        self.assertEqual((rows["Q-2"]["decision"], rows["Q-2"]["refund"]), ("full", "1210.50"))
        self.assertEqual((rows["Q-3"]["decision"], rows["Q-3"]["reason"]),
                         ("denied", "pay_per_use"))

    def test_rejected_rows_want_a_look(self):
        support.write_month(self.exports, refund_requests=support.REQUESTS + "Q-4,A-1,O-1,soon\n")
        self.publish(status=1)
        reject, = support.rows_of(self.books / "2026-10/rejects.csv")
        self.assertEqual((reject["file"], reject["line"], reject["column"], reject["reason"]),
                         ("refund_requests.csv", "5", "requested_at", "bad_timestamp"))

    def test_too_many_rejects(self):
        support.write_month(self.exports, refund_requests=support.REQUESTS + "Q-4,A-1,O-1,soon\n")
        for limit in ("0", "5%", "0.01%"):
            self.expect(run_month(self.exports, self.books, "--max-rejects", limit), 3)
            self.unpublished()
        self.publish("--max-rejects", "1", status=1)

    def test_refused_exports(self):
        for orders, message in (
                (support.ORDERS.replace("cash_paid,", "cash,", 1), r"orders\.csv.*cash_paid"),
                (support.ORDERS + 'O-9,"A', r"orders\.csv:5"),
                ("", r"orders\.csv"),
                (support.compressed(support.ORDERS)[:-9], r"orders\.csv"),
                (None, "orders")):
            shutil.rmtree(self.exports)
            support.write_month(self.exports, orders=orders)
            done = self.expect(run_month(self.exports, self.books), 3, message)
            self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
            self.assertEqual(done.stdout, "")
            self.unpublished()

    def test_again_with_the_same_inputs_changes_nothing(self):
        self.publish()
        before = support.digests(self.books)
        done = self.publish()
        self.assertEqual((done.stdout, done.stderr), ("", ""))
        self.assertEqual(support.digests(self.books), before)

    def test_closed_with_other_inputs(self):
        self.publish()
        before = support.digests(self.books)
        support.write_month(self.exports, refund_requests=support.REQUESTS.replace("10-05", "10-06"))
        self.expect(run_month(self.exports, self.books), 5, "restate")
        self.assertEqual(support.digests(self.books), before)
        self.expect(run_month(self.exports, self.books, "--restate"), 0)
        self.assertEqual(support.entries(self.books), [
            "2026-10", "2026-10.superseded-1", "recompense-2026-10.superseded-1.zip",
            "recompense-2026-10.zip"])
        self.assertEqual(self.expect(run("verify", "--books", self.books), 0).stdout, "")
        old = {name.replace("2026-10/", "2026-10.superseded-1/", 1): digest
               for name, digest in before.items() if name.startswith("2026-10/")}
        self.assertEqual({name: digest for name, digest in support.digests(self.books).items()
                          if name.startswith("2026-10.superseded-1/")}, old)

    def test_out_of_order(self):
        self.publish()
        for period in ("2026-09", "2026-12"):
            self.expect(run_month(self.exports, self.books, period=period), 5)
        self.publish(period="2026-11")
        self.expect(run_month(self.exports, self.books, "--restate", period="2026-10"), 5)

    def test_the_books_are_held(self):
        self.books.mkdir()
        with open(self.books / ".lock", "w", encoding="ascii") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            self.expect(run_month(self.exports, self.books), 75, "another run")
            self.unpublished()
        self.publish()

    def test_dry_run(self):
        self.expect(run_month(self.exports, self.books, "--dry-run"), 0)
        self.assertFalse(self.books.exists())
        self.publish()
        before = support.digests(self.books)
        self.expect(run_month(self.exports, self.books, "--dry-run", period="2026-11"), 0)
        self.assertEqual(support.digests(self.books), before)

    def test_left_out(self):
        self.publish("--no-workbook", "--no-archive")
        self.assertEqual(support.entries(self.books), ["2026-10"])
        self.assertEqual(list((self.books / "2026-10").glob("*.xlsx")), [])
        self.expect(run("verify", "--books", self.books), 0)

    def test_verbose_and_quiet(self):
        self.assertIn("2026-10", self.publish("--verbose").stderr)
        self.assertEqual(self.publish("--quiet").stderr, "")

    def test_journal_is_valid(self):
        self.publish()
        journal = self.books / "2026-10/journal.journal"
        for command in (["hledger", "check", "--strict", "-f"], ["ledger", "--pedantic", "bal", "-f"]):
            if shutil.which(command[0]) is None:
                self.skipTest(command[0] + " is missing")
            done = subprocess.run([*command, journal], capture_output=True, text=True,
                                  env=dict(os.environ, LC_ALL="C.UTF-8"), check=False)
            self.assertEqual(done.returncode, 0, done.stderr)


class OnATerminal(Case):
    def on_terminal(self, *arguments, environment=None, columns=100):
        """Runs with standard error on a terminal: status and what the terminal got."""
        master, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 24, columns, 0, 0))
        child = subprocess.Popen(
            [support.PROGRAM, *map(str, arguments)], stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=slave,
            env={"PATH": os.environ["PATH"], "TERM": "xterm", **(environment or {})})
        os.close(slave)
        shown = b""
        until = time.monotonic() + 120
        while time.monotonic() < until:
            ready, _, _ = select.select([master], [], [], 1)
            if ready:
                try:
                    piece = os.read(master, 65536)
                except OSError:
                    break
                if not piece:
                    break
                shown += piece
            elif child.poll() is not None:
                break
        os.close(master)
        output = child.communicate()[0]
        return child.returncode, shown.decode("utf-8", "replace"), output.decode()

    def test_summary_and_no_colour_codes_in_pipes(self):
        status, shown, output = self.on_terminal(
            "run", "--period", "2026-10", "--exports", self.exports, "--books", self.books)
        self.assertEqual(status, 0)
        self.assertEqual(output, "")
        self.assertIn("2026-10", shown)
        self.assertIn("1330.50", shown)

    def test_colour_and_its_absence(self):
        line = ("run", "--period", "2026-10", "--exports", self.scratch / "nowhere", "--books",
                self.books)
        self.assertIn("\033[", self.on_terminal(*line)[1])
        self.assertNotIn("\033[", self.on_terminal(*line, environment={"NO_COLOR": "1"})[1])
        self.assertNotIn("\033[", self.on_terminal(*line, environment={"TERM": "dumb"})[1])
        self.assertNotIn("\033[", run(*line).stderr)

    def test_progress(self):
        exports = self.scratch / "large"
        subprocess.run([support.MAKE_MONTH, "--out", exports, "--period", "2026-10", "--orders",
                        "400000", "--clean"], check=True, stdout=subprocess.DEVNULL)
        line = ("run", "--period", "2026-10", "--exports", exports, "--no-workbook", "--books")
        # What is over in no time needs no bar: where one must be seen, it is asked for.
        status, shown, _ = self.on_terminal(*line, self.books, "--progress", "always", columns=70)
        self.assertEqual(status, 0)
        self.assertRegex(shown, r"reading +\[#*\.*\] +\d+%")
        for piece in re.split(r"\r|\n", shown):
            self.assertLess(len(re.sub(r"\033\[[0-9;]*[A-Za-z]", "", piece)), 70)
        status, shown, _ = self.on_terminal(*line, self.scratch / "other", "--progress", "never")
        self.assertNotIn("%", shown)
        done = run(*line, self.scratch / "third", "--progress", "always")
        self.assertRegex(done.stderr, r"reading +\[#*\.*\] +\d+%")
        self.assertEqual(run(*line, self.scratch / "fourth").stderr, "")


class Verify(Case):
    def setUp(self):
        super().setUp()
        for period in ("2026-10", "2026-11", "2026-12"):
            self.publish(period=period)

    def verify(self, status, *expected, options=()):
        done = self.expect(run("verify", "--books", self.books, *options), status)
        lines = done.stdout.splitlines()
        for pattern in expected:
            self.assertTrue(any(re.search(pattern, line) for line in lines), (pattern, lines))
        self.assertEqual(len(lines), len(expected), lines)

    def test_clean(self):
        self.verify(0)
        self.verify(0, options=("--period", "2026-11"))
        self.expect(run("verify", "--books", self.books, "--period", "2027-01"), 2, "2027-01")

    def test_read_only_books(self):
        for path in [self.books, *self.books.rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        self.verify(0)
        for path in [self.books, *self.books.rglob("*")]:
            if path.is_dir():
                path.chmod(0o755)

    def test_changed_missing_and_further_files(self):
        ledger = self.books / "2026-10/refunds.csv"
        ledger.write_bytes(ledger.read_bytes().replace(b"120.00", b"121.00"))
        (self.books / "2026-11/accounts.csv").unlink()
        (self.books / "2026-12/note.txt").write_text("x")
        (self.books / "2026-12/carry-forward/more").write_text("x")
        self.verify(1, r"^2026-10/refunds\.csv: has SHA-256 ", r"^2026-11/accounts\.csv: is missing",
                    r"^2026-12/note\.txt: is not in the manifest",
                    r"^2026-12/carry-forward/more: is not in the manifest")
        self.verify(1, r"^2026-11/", options=("--period", "2026-11"))

    def test_other_sizes_and_links(self):
        with open(self.books / "2026-10/refunds.csv", "ab") as file:
            file.write(b"\n")
        ledger = self.books / "2026-11/refunds.csv"
        target = self.scratch / "target"
        shutil.move(ledger, target)
        ledger.symlink_to(target)
        self.verify(1, r"2026-10/refunds\.csv: has \d+ bytes", r"2026-11/refunds\.csv: is no file")

    def edit_manifest(self, period, change):
        path = self.books / period / "manifest.json"
        manifest = json.loads(path.read_text(encoding="utf-8"))
        change(manifest)
        path.write_text(json.dumps(manifest, indent=2), encoding="utf-8")

    def test_the_chain(self):
        with open(self.books / "2026-10/manifest.json", "ab") as file:
            file.write(b" ")
        self.verify(1, r"2026-11/manifest\.json: names the manifest of 2026-10 by SHA-256",
                    r"recompense-2026-10\.zip: .*manifest\.json")
        self.verify(1, r"2026-11/manifest\.json: names the manifest of 2026-10",
                    options=("--period", "2026-11"))

    def test_a_gap(self):
        shutil.rmtree(self.books / "2026-11")
        self.verify(1, r"2026-11: is missing", r"2026-12/manifest\.json: names 2026-11")

    def test_a_bad_manifest(self):
        (self.books / "2026-11/manifest.json").write_text("{")
        self.verify(1, r"2026-11/manifest\.json")
        (self.books / "2026-11/manifest.json").unlink()
        self.verify(1, r"2026-11/manifest\.json")

    def test_the_archive(self):
        archive = self.books / "recompense-2026-10.zip"
        data = bytearray(archive.read_bytes())
        data[len(data) // 2] ^= 1
        archive.write_bytes(data)
        (self.books / "recompense-2026-11.zip").unlink()
        self.verify(1, r"recompense-2026-10\.zip: ", r"^2026-11: its archive .* is missing")

    def forge(self, period, file, old, new):
        """Changes a file and makes the manifest agree, as a careful forger would."""
        path = self.books / period / file
        data = path.read_bytes()
        self.assertIn(old, data)
        path.write_bytes(data.replace(old, new, 1))

        def change(manifest):
            for output in manifest["outputs"]:
                if output.get("name", output.get("file")) == file:
                    output["bytes"] = path.stat().st_size
                    output["sha256"] = support.hashlib.sha256(path.read_bytes()).hexdigest()
        self.edit_manifest(period, change)

    def forged(self, *expected):
        """Totals that no longer agree; the manifest's own SHA-256 is known to the archive too."""
        done = self.expect(run("verify", "--books", self.books, "--period", "2026-10"), 1)
        lines = [line for line in done.stdout.splitlines() if "zip: " not in line]
        for pattern in expected:
            self.assertTrue(any(re.search(pattern, line) for line in lines), (pattern, lines))
        self.assertGreaterEqual(len(lines), 1)
        return lines

    def test_totals_behind_good_checksums(self):
        self.forge("2026-10", "refunds.csv", b"120.00,120.00,", b"121.00,121.00,")
        self.forged(r"refunds\.csv: line \d+: actual_payment", r"manifest\.json: refunds partial CNY",
                    r"accounts\.csv: refunds total CNY", r"controls\.csv: refunds total CNY")

    def test_a_forged_account(self):
        self.forge("2026-10", "accounts.csv", b"120.00", b"121.00")
        self.forged(r"accounts\.csv: line 2: total is not the sum", r"accounts\.csv: refunds total")

    def test_a_forged_control(self):
        self.forge("2026-10", "controls.csv", b"1330.50", b"1330.51")
        self.forged(r"controls\.csv: refunds total CNY: amount 1330\.51")

    def test_a_forged_journal(self):
        self.forge("2026-10", "journal.journal", b"120.00 CNY", b"120.01 CNY")
        self.forged(r"journal\.journal total CNY")

    def test_a_dropped_row(self):
        path = self.books / "2026-10/refunds.csv"
        row = path.read_bytes().splitlines(keepends=True)[1]
        self.forge("2026-10", "refunds.csv", row, b"")
        self.forged(r"refunds\.csv: has 2 rows, the manifest says 3")


if __name__ == "__main__":
    unittest.main()
