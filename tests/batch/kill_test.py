#!/usr/bin/python3
"""Kills the program right before its N-th call that changes the disk, for a choice of N or, with
--all, for every N; and now and then by the clock. The books must show the period complete or not at
all, and the next run must come to the very bytes of a run that nobody has killed.
"""

import os
import random
import shutil
import signal
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

ALL = "--all" in sys.argv
if ALL:
    sys.argv.remove("--all")

POINTS = 36  # of each sweep, when not all
RENAMES = ("rename", "renameat2")


@unittest.skipUnless(os.path.exists(support.KILL_AT), "kill_at.so is missing")
class Kill(unittest.TestCase):
    period = "2026-11"

    def setUp(self):
        self.scratch = support.Scratch()
        self.addCleanup(self.scratch.remove)
        self.exports = support.write_month(self.scratch / "exports")
        self.later = support.write_month(
            self.scratch / "later", refund_requests=support.REQUESTS +
            "Q-5,A-2,O-2,2026-11-05 00:00:00\nQ-6,A-1,O-1,2026-12-01 00:00:00\n")
        self.before = self.scratch / "before"
        self.expect(support.run_month(self.exports, self.before), 0)
        self.work = self.scratch / "work"

    def expect(self, done, status):
        self.assertEqual(done.returncode, status, done.stdout + done.stderr)

    def restore(self, source):
        shutil.rmtree(self.work, ignore_errors=True)
        shutil.copytree(source, self.work)

    def close(self, *options, environment=None):
        """The run under fire."""
        preload = {"LD_PRELOAD": support.KILL_AT, **environment} if environment else None
        return support.run_month(self.later, self.work, *options, period=self.period,
                                 environment=preload)

    def calls(self, source, *options):
        """The names of all calls that the run makes."""
        log = self.scratch / "calls"
        if log.exists():
            log.unlink()
        self.restore(source)
        self.expect(self.close(*options, environment={"KILL_LOG": str(log)}), 0)
        return log.read_text(encoding="ascii").split()

    def points(self, calls):
        """Every N, or all around publishing and a fair choice of the others."""
        every = range(1, len(calls) + 1)
        if ALL:
            return every
        first = next(n for n in every if calls[n - 1] in RENAMES)
        near = [n for n in every if n >= first - 2]
        rest = [n for n in every if n < first - 2]
        step = max(1, len(rest) // POINTS)
        near = near if len(near) <= POINTS else near[:POINTS - 6] + near[-6:]
        return rest[::step] + near

    def shown(self):
        return [name for name in support.entries(self.work) if not name.startswith(".")]

    def check_shown(self, point, old, new):
        """The folders are the old or the new ones; what is there is what its manifest says."""
        digests = support.digests(self.work)
        folders = {name: digest for name, digest in digests.items()
                   if "/" in name and not name.startswith(".")}
        now = {name: digest for name, digest in folders.items()
               if name.startswith(self.period + "/")}
        old_now = {name: digest for name, digest in old.items()
                   if name.startswith(self.period + "/")}
        new_now = {name: digest for name, digest in new.items()
                   if name.startswith(self.period + "/")}
        self.assertIn(now, (old_now, new_now), f"killed at {point}")
        for name, digest in old.items():
            if name.startswith("2026-10/") and self.period != "2026-10":
                self.assertEqual(digests.get(name), digest, f"killed at {point}")

    def sweep(self, source, *options):
        calls = self.calls(source, *options)
        new = support.digests(self.work)
        old = support.digests(source)
        for point in self.points(calls):
            self.restore(source)
            done = self.close(*options, environment={"KILL_AT": str(point)})
            self.assertEqual(done.returncode, support.KILLED, f"killed at {point}: {done.stderr}")
            self.check_shown(point, old, new)
            again = self.close(*options)
            # Published already: the same inputs change nothing; --restate would do it once more.
            self.assertIn(again.returncode, (0, 1), f"killed at {point}: {again.stderr}")
            if "--restate" in options:
                self.check_restated(point, new)
            else:
                self.assertEqual(support.digests(self.work), new, f"killed at {point}")
            self.assertEqual([name for name in support.entries(self.work) if name[0] == "."], [])
            self.expect(support.run("verify", "--books", self.work), 0)
        return len(calls)

    def check_restated(self, point, new):
        """As after the one restatement, or after two of them."""
        now = support.digests(self.work)
        for name, digest in new.items():
            if name.startswith(("2026-10.superseded-1/", "recompense-2026-10.superseded-1")):
                self.assertEqual(now.get(name), digest, f"killed at {point}: {name}")
        manifests = [name for name in now if name.endswith("/manifest.json")]
        self.assertIn(len(manifests), (2, 3), f"killed at {point}")

    def test_a_new_period(self):
        count = self.sweep(self.before)
        print(f"of {count} calls", file=sys.stderr)

    def test_the_first_period(self):
        empty = self.scratch / "empty"
        empty.mkdir()
        self.sweep(empty, "--no-workbook")

    def test_a_restatement(self):
        self.period = "2026-10"
        self.sweep(self.before, "--restate", "--no-workbook")

    def test_by_the_clock(self):
        self.restore(self.before)
        started = time.monotonic()
        self.expect(self.close(), 0)
        seconds = time.monotonic() - started
        new = support.digests(self.work)
        old = support.digests(self.before)
        chance = random.Random(1)
        for _ in range(200 if ALL else 15):
            self.restore(self.before)
            child = subprocess.Popen(
                [support.PROGRAM, "run", "--period", self.period, "--exports", self.later,
                 "--books", self.work], stderr=subprocess.DEVNULL)
            time.sleep(chance.random() * seconds)
            child.send_signal(signal.SIGKILL)
            child.wait()
            self.check_shown("some time", old, new)
            self.expect(self.close(), 0)
            self.assertEqual(support.digests(self.work), new)


if __name__ == "__main__":
    unittest.main()
