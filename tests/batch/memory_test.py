#!/usr/bin/python3
"""--memory is a promise: what a run takes at most, whatever the month holds, and the same books."""

import os
import platform
import re
import resource
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

SANITIZED = os.path.basename(os.path.dirname(support.PROGRAM)) != "build"


def takes_single_pages():
    """Whether the system brings in one page at a fault where it is asked to (batch/backing.c)."""
    version = re.match(r"(\d+)\.(\d+)", platform.release())
    return version is not None and tuple(map(int, version.groups())) >= (6, 7)


class Memory(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = support.Scratch()
        cls.addClassCleanup(cls.scratch.remove)

    def run_at(self, exports, memory, *options):
        """
        The digests of the books, and the peak that the program tells; started by a shell, since it
        is charged with what its parent has in memory.
        """
        books = self.scratch / "books"
        done = support.run("-c", '"$@"; exit $?', "sh", support.PROGRAM, "run", "--period", "2026-10",
                           "--exports", exports, "--books", books, "--memory", memory, "--verbose",
                           *options, program="/bin/sh")
        self.assertIn(done.returncode, (0, 1), done.stderr)
        made = support.digests(books)
        shutil.rmtree(books)
        return made, max(map(int, re.findall(r" (\d+) MiB at most", done.stderr + done.stdout)))

    def bounded(self, exports, ample_at_least):
        ample, peak = self.run_at(exports, "4G")
        self.assertGreater(peak, ample_at_least)
        tight, least = self.run_at(exports, "64M")
        self.assertEqual(tight, ample)
        if not SANITIZED:
            self.assertLessEqual(least, 64 if takes_single_pages() else peak // 2)

    def make_month(self, *arguments):
        exports = self.scratch / "exports"
        shutil.rmtree(exports, ignore_errors=True)
        subprocess.run([support.MAKE_MONTH, "--out", exports, "--period", "2026-10", *arguments],
                       check=True, stdout=subprocess.DEVNULL)
        return exports

    def test_an_account_that_is_larger_than_the_memory(self):
        self.bounded(self.make_month(
            "--orders", "60000", "--requests", "60000", "--claims", "60000", "--usage", "60000",
            "--filings", "60000", "--tickets", "60000", "--accounts", "1", "--clean"), 150)

    def test_rejected_rows_that_are_more_than_the_memory(self):
        exports = self.make_month("--orders", "400000", "--requests", "100", "--accounts", "1000",
                                  "--gzip", "none", "--clean")
        for path in exports.glob("orders*.csv"):
            path.write_text(re.sub(r",[A-Z]{3},(?=\d)", ",XXX,", path.read_text()))
        self.bounded(exports, 100)

    def test_a_disk_without_room_for_what_is_more(self):
        """The allocator gives what the file can't."""
        exports = self.make_month(
            "--orders", "20000", "--requests", "20000", "--claims", "20000", "--usage", "20000",
            "--filings", "20000", "--tickets", "20000", "--accounts", "1", "--clean")
        ample, _ = self.run_at(exports, "4G", "--no-workbook")
        limit = 32 << 20
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, hard))
        try:
            tight, _ = self.run_at(exports, "64M", "--no-workbook")
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        self.assertEqual(tight, ample)


if __name__ == "__main__":
    unittest.main()
