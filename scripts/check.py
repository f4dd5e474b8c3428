#!/usr/bin/python3
"""Runs every test there is, two at a time, and sums them up; used by `make check`.

The last line is "N passed, N failed". What a test prints goes to build/check/NAME.log, and to the
terminal when it fails.
"""

import argparse
import concurrent.futures
import glob
import os
import pathlib
import re
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SECONDS_MAX = 560

CMOCKA_PASSED = re.compile(r"^\[  PASSED  \] (\d+) test\(s\)", re.M)
CMOCKA_FAILED = re.compile(r"^\[  FAILED  \] (\d+) test\(s\)", re.M)
UNITTEST_RAN = re.compile(r"^Ran (\d+) tests? in ", re.M)
UNITTEST_BAD = re.compile(r"(failures|errors|unexpected successes)=(\d+)")
UNITTEST_SKIPPED = re.compile(r"skipped=(\d+)")
PLAIN = re.compile(r"^(\d+) passed, (\d+) failed", re.M)


class Suite:
    def __init__(self, name, command, weight=0):
        self.name = name
        self.command = command
        self.weight = weight  # the heavier start first
        self.passed = self.failed = self.skipped = 0
        self.seconds = 0.0
        self.text = ""

    def count(self, status):
        """Reads the counts off what the suite printed, in whatever manner it did."""
        self.passed = sum(int(n) for n in CMOCKA_PASSED.findall(self.text))
        self.failed = sum(int(n) for n in CMOCKA_FAILED.findall(self.text))
        for ran in UNITTEST_RAN.findall(self.text):
            self.passed += int(ran)
        if UNITTEST_RAN.search(self.text):
            bad = sum(int(n) for _, n in UNITTEST_BAD.findall(self.text))
            skipped = sum(int(n) for n in UNITTEST_SKIPPED.findall(self.text))
            self.passed -= bad + skipped
            self.failed += bad
            self.skipped += skipped
        for passed, failed in PLAIN.findall(self.text)[-1:]:
            self.passed += int(passed)
            self.failed += int(failed)
        if self.failed == 0 and (status != 0 or self.passed + self.skipped == 0):
            self.failed = 1

    def run(self, log_folder, environment):
        started = time.monotonic()
        log = log_folder / (re.sub(r"[^A-Za-z0-9_.]+", "-", self.name) + ".log")
        with open(log, "wb") as out:
            try:
                status = subprocess.run(
                    self.command, stdout=out, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                    cwd=ROOT, env=environment, timeout=SECONDS_MAX).returncode
            except subprocess.TimeoutExpired:
                out.write(b"\nstopped: took too long\n")
                status = -1
            except OSError as error:
                out.write(str(error).encode())
                status = -1
        self.seconds = time.monotonic() - started
        self.text = log.read_text(encoding="utf-8", errors="replace")
        self.count(status)
        return self


def python_suites():
    suites = []
    for path in sorted(glob.glob("tests/*/test_*.py") + glob.glob("tests/*/*_test.py")):
        weight = 5 if path.endswith("_test.py") else 3
        suites.append(Suite(path, [sys.executable, "-B", "-m", "unittest", path], weight))
    return suites


def all_suites(options):
    build = options.build
    suites = [Suite("scripts/check_style.sh", ["scripts/check_style.sh"], 4)]
    for binary in options.binaries:
        weight = 4 if binary.endswith("/test_books") else 1
        suites.append(Suite(os.path.relpath(binary, build), [binary], weight))
    suites += python_suites()
    if os.path.exists("tests/simulator/simulate.py"):
        suites.append(Suite("tests/simulator/simulate.py", [
            sys.executable, "-B", "tests/simulator/simulate.py", "--program", build + "/recompense",
            "--histories", str(options.histories), "--jobs", "1", "--verify"], 9))
    return sorted(suites, key=lambda suite: -suite.weight)


def tail(text, lines=60):
    return "\n".join(text.splitlines()[-lines:])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--build", default="build", help="folder of the build to check")
    parser.add_argument("--histories", type=int, default=200, help="of the simulator")
    parser.add_argument("--jobs", type=int, default=os.cpu_count())
    parser.add_argument("binaries", nargs="*", help="test programs")
    options = parser.parse_args()

    os.chdir(ROOT)
    log_folder = ROOT / options.build / "check"
    log_folder.mkdir(parents=True, exist_ok=True)
    environment = dict(os.environ, RECOMPENSE=str(ROOT / options.build / "recompense"),
                       MAKE_MONTH=str(ROOT / "build/scripts/make_month"),
                       KILL_AT_LIBRARY=str(ROOT / options.build / "tests/batch/kill_at.so"))
    for name in ("MAKEFLAGS", "MFLAGS", "MAKELEVEL"):
        environment.pop(name, None)

    suites = all_suites(options)
    started = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        waiting = [pool.submit(suite.run, log_folder, environment) for suite in suites]
        for future in concurrent.futures.as_completed(waiting):
            suite = future.result()
            skipped = f", {suite.skipped} skipped" if suite.skipped else ""
            print(f"{'FAIL' if suite.failed else 'ok':4}  {suite.name}: {suite.passed} passed, "
                  f"{suite.failed} failed{skipped} ({suite.seconds:.1f} s)", flush=True)
            if suite.failed:
                print(tail(suite.text), flush=True)

    passed = sum(suite.passed for suite in suites)
    failed = sum(suite.failed for suite in suites)
    skipped = sum(suite.skipped for suite in suites)
    print(f"\n{len(suites)} suites in {time.monotonic() - started:.0f} s; {skipped} skipped")
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
