#!/usr/bin/python3
"""Runs the program on disks of many sizes, too small ones among them: as root on a small tmpfs, and
in any case under a limit on the size of files. It must end with status 6 and leave nothing, or
publish the very same books. --all takes every size in small steps.
"""

import os
import resource
import shutil
import signal
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

ALL = "--all" in sys.argv
if ALL:
    sys.argv.remove("--all")


class FullDisk(unittest.TestCase):
    def setUp(self):
        self.scratch = support.Scratch()
        self.addCleanup(self.scratch.remove)
        self.exports = self.scratch / "exports"
        subprocess.run([support.MAKE_MONTH, "--out", self.exports, "--period", "2026-10",
                        "--orders", "2000", "--requests", "400", "--accounts", "200", "--claims",
                        "100", "--usage", "300", "--incidents", "20", "--tickets", "50",
                        "--filings", "20", "--clean"], check=True, stdout=subprocess.DEVNULL)
        self.reference = self.scratch / "reference"
        done = support.run_month(self.exports, self.reference)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.expected = support.digests(self.reference)
        self.bytes = sum(path.stat().st_size for path in self.reference.rglob("*")
                         if path.is_file())

    def check(self, done, books, place):
        """All or nothing; 6 and a message for nothing."""
        if done.returncode == 0:
            self.assertEqual(support.digests(books), self.expected, place)
            return True
        self.assertEqual(done.returncode, 6, f"{place}: {done.stderr}")
        # libxlsxwriter adds lines of its own, "[ERROR] ..."; the last one is ours.
        own = [line for line in done.stderr.splitlines() if not line.startswith("[ERROR]")]
        self.assertEqual(len(own), 1, done.stderr)
        if books.exists():
            self.assertEqual(support.entries(books), [], place)
        return False

    def mount(self, folder, size):
        folder.mkdir(exist_ok=True)
        return subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder],
                              capture_output=True, check=False).returncode == 0

    def test_small_disks(self):
        disk = self.scratch / "disk"
        if os.geteuid() != 0 or not self.mount(disk, 65536):
            self.skipTest("needs root, to mount a small tmpfs")
        subprocess.run(["umount", disk], check=True)
        published = failed = 0
        step = 4096 if ALL else max(4096, self.bytes * 3 // 40 // 4096 * 4096)
        for size in range(4096, self.bytes * 4, step):
            self.assertTrue(self.mount(disk, size))
            try:
                done = support.run_month(self.exports, disk / "books")
                if self.check(done, disk / "books", f"{size} bytes"):
                    published += 1
                else:
                    failed += 1
            finally:
                subprocess.run(["umount", disk], check=True)
            if published == 3:
                break
        self.assertGreater(failed, 0)
        self.assertGreater(published, 0)

    def test_full_when_the_books_have_a_period(self):
        disk = self.scratch / "disk"
        if os.geteuid() != 0 or not self.mount(disk, self.bytes * 2):
            self.skipTest("needs root, to mount a small tmpfs")
        try:
            shutil.copytree(self.reference, disk / "books")
            before = support.digests(disk / "books")
            done = support.run_month(self.exports, disk / "books", "--restate")
            self.assertEqual(done.returncode, 6, done.stderr)
            self.assertEqual(support.digests(disk / "books"), before)
            done = support.run("verify", "--books", disk / "books")
            self.assertEqual(done.returncode, 0, done.stdout)
        finally:
            subprocess.run(["umount", disk], check=True)

    def test_files_that_may_not_grow(self):
        largest = max(path.stat().st_size for path in self.reference.rglob("*") if path.is_file())
        published = 0

        def limit(size):
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))

        step = 512 if ALL else largest // 12
        # The workbook's parts are larger than the workbook while they are not compressed.
        for size in [*range(0, largest * 2, step), largest * 64]:
            books = self.scratch / "books"
            shutil.rmtree(books, ignore_errors=True)
            done = support.run_month(self.exports, books, preexec_fn=lambda: limit(size))
            if self.check(done, books, f"files of {size} bytes"):
                published += 1
        self.assertGreater(published, 0)


if __name__ == "__main__":
    unittest.main()
