#!/usr/bin/python3
"""Runs the program over every month of fixtures/ and compares its books with the expected files,
byte for byte.

    RECOMPENSE=build/recompense python3 tests/batch/fixtures_test.py [NAME...]

A fixture's file `run` has a line for each period: the period, the exit status, further options.
Its exports and expected files lie in the fixture's folder, or, with several periods, in a folder of
each. Options are relative to the fixture's folder. A status that publishes nothing (above 1) must
leave no period behind. Ends with "N passed, N failed".
"""

import difflib
import os
import pathlib
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
FIXTURES = ROOT / "fixtures"
PROGRAM = pathlib.Path(os.environ.get("RECOMPENSE", ROOT / "build/recompense")).resolve()
PUBLISHED = (0, 1)


def readable(data):
    """Lines for a diff; bytes that are no text stay visible."""
    return data.decode("utf-8", "backslashreplace").replace("\r", "\\r").splitlines()


class FixturesTest(unittest.TestCase):
    maxDiff = None

    def check_fixture(self, fixture):
        lines = (fixture / "run").read_text(encoding="utf-8").splitlines()
        with tempfile.TemporaryDirectory() as books:
            for line in lines:
                period, status, *options = line.split()
                folder = fixture if (fixture / "exports").is_dir() else fixture / period
                self.run_period(fixture, folder, books, period, int(status), options)

    def run_period(self, fixture, folder, books, period, status, options):
        command = [PROGRAM, "run", "--period", period, "--exports", folder / "exports",
                   "--books", books, "--no-workbook", "--no-archive", "--quiet", *options]
        done = subprocess.run(command, cwd=fixture, stdin=subprocess.DEVNULL,
                              capture_output=True, timeout=60)
        self.assertEqual(done.returncode, status,
                         f"{fixture.name} {period}: {done.stderr.decode(errors='replace')}")
        published = pathlib.Path(books) / period
        self.assertEqual(published.is_dir(), status in PUBLISHED, f"{fixture.name} {period}")
        for expected in sorted((folder / "expected").glob("*")):
            self.compare(f"{fixture.name} {period} {expected.name}", expected,
                         published / expected.name)

    def compare(self, what, expected, settled):
        wanted = expected.read_bytes()
        found = settled.read_bytes()
        if wanted != found:
            self.fail(what + "\n" + "\n".join(difflib.unified_diff(
                readable(wanted), readable(found), "expected", "settled", lineterm="", n=1)))


def add_tests():
    for fixture in sorted(path.parent for path in FIXTURES.glob("*/run")):
        def check(self, fixture=fixture):
            self.check_fixture(fixture)

        setattr(FixturesTest, "test_" + fixture.name.replace("-", "_"), check)


add_tests()


def main():
    names = ["test_" + name.replace("-", "_") for name in sys.argv[1:]]
    loader = unittest.defaultTestLoader
    suite = (unittest.TestSuite(map(FixturesTest, names)) if names
             else loader.loadTestsFromTestCase(FixturesTest))
    result = unittest.TextTestRunner().run(suite)
    failed = len(result.failures) + len(result.errors)
    print(f"{result.testsRun - failed} passed, {failed} failed")
    return 0 if failed == 0 and result.testsRun > 0 else 1


if __name__ == "__main__":
    sys.exit(main())
