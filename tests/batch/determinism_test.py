#!/usr/bin/python3
"""The same month under another roof: rows shuffled, files cut elsewhere, another locale, time zone,
umask, working directory, number of threads. All published data must be the same bytes, but for what
names input files and lines: rejects.csv's file and line, the manifest's list of inputs (and so its
checksums), the workbook's (and so the archive).
"""

import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import support

SHUFFLE = support.ROOT / "scripts/shuffle_month.py"


class Determinism(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = support.Scratch()
        cls.addClassCleanup(cls.scratch.remove)
        cls.exports = [cls.scratch / "exports-1", cls.scratch / "exports-2"]
        cls.periods = ("2026-10", "2026-11")
        for exports, period in zip(cls.exports, cls.periods):
            subprocess.run([support.MAKE_MONTH, "--out", exports, "--period", period, "--orders",
                            "6000", "--requests", "900", "--accounts", "500", "--claims", "300",
                            "--usage", "900", "--dirty-permille", "20"], check=True,
                           stdout=subprocess.DEVNULL)
        cls.reference = cls.scratch / "reference"
        cls.close_all(cls.exports, cls.reference)

    @classmethod
    def close_all(cls, exports, books, *options, **others):
        for folder, period in zip(exports, cls.periods):
            done = support.run_month(folder, books, *options, period=period, **others)
            assert done.returncode in (0, 1), done.stderr

    def same_bytes(self, books):
        self.assertEqual(support.digests(books), support.digests(self.reference))

    def test_locale(self):
        locales = self.scratch / "locales"
        locales.mkdir()
        made = shutil.which("localedef") is not None and subprocess.run(
            ["localedef", "-i", "de_DE", "-f", "UTF-8", locales / "de_DE.UTF-8"],
            capture_output=True, check=False).returncode in (0, 1)
        if not made or not (locales / "de_DE.UTF-8").exists():
            self.skipTest("cannot make the locale de_DE.UTF-8")
        environment = {"LOCPATH": str(locales), "LC_ALL": "de_DE.UTF-8", "LANG": "de_DE.UTF-8"}
        # The locale has a decimal comma, as far as other programs are concerned.
        shown = subprocess.run(["printf", "%.1f", "1"], env={**os.environ, **environment},
                               capture_output=True, text=True, check=False).stdout
        self.assertIn(shown, ("1,0", "1.0"))
        self.close_all(self.exports, self.scratch / "locale", environment=environment)
        self.same_bytes(self.scratch / "locale")

    def test_time_zones(self):
        for zone in ("America/St_Johns", "Pacific/Kiritimati", ":/nowhere"):
            books = self.scratch / ("zone" + zone.replace("/", "-").replace(":", ""))
            self.close_all(self.exports, books, environment={"TZ": zone})
            self.same_bytes(books)

    def test_umask_and_working_directory(self):
        books = self.scratch / "umask"
        elsewhere = self.scratch / "elsewhere"
        elsewhere.mkdir()
        relative = [os.path.relpath(path, elsewhere) for path in self.exports]
        self.close_all(relative, os.path.relpath(books, elsewhere), cwd=elsewhere, umask=0o077)
        self.same_bytes(books)
        for path in [books, *books.rglob("*")]:
            self.assertEqual(path.stat().st_mode & 0o077, 0, path)

    def test_threads_and_memory(self):
        for options in (("--threads", "1"), ("--threads", "2"), ("--threads", "5"),
                        ("--threads", "8", "--memory", "64M")):
            books = self.scratch / "-".join(options).replace("--", "")
            self.close_all(self.exports, books, *options)
            self.same_bytes(books)

    def numbered_workbooks_are_the_same(self, month, *options):
        """A month in workbooks that end in the midst of its parts, made in several ways."""
        exports, config = self.scratch / "numbered", self.scratch / "numbered.conf"
        subprocess.run([support.MAKE_MONTH, "--out", exports, "--period", "2026-10", *month],
                       check=True, stdout=subprocess.DEVNULL)
        config.write_text("workbook {\n    rows_max = 5000\n}\n")
        made = []
        for some in options:
            books = self.scratch / "numbered-books"
            done = support.run_month(exports, books, "--config", config, *some, period="2026-10")
            self.assertIn(done.returncode, (0, 1), done.stderr)
            made.append(support.digests(books))
            shutil.rmtree(books)
        shutil.rmtree(exports)
        self.assertGreater(sum(name.endswith(".xlsx") for name in made[0]), 2)
        for other in made[1:]:
            self.assertEqual(other, made[0])

    def test_numbered_workbooks_by_any_number_of_threads(self):
        """A month of many parts."""
        self.numbered_workbooks_are_the_same(
            ("--orders", "30000", "--requests", "8000", "--accounts", "4000", "--claims", "2000"),
            ("--threads", "1"), ("--threads", "2"), ("--threads", "3"),
            ("--threads", "8", "--memory", "64M"))

    def test_accounts_that_come_to_more_than_is_kept(self):
        """Their rows are handed on before the account's end, by whichever thread."""
        self.numbered_workbooks_are_the_same(
            ("--orders", "20000", "--requests", "9000", "--accounts", "3", "--claims", "3000",
             "--usage", "6000", "--filings", "4000", "--tickets", "5000"),
            ("--threads", "1", "--memory", "4G"), ("--threads", "16", "--memory", "256M"),
            ("--threads", "1", "--memory", "64M"), ("--threads", "8", "--memory", "64M"))

    def test_shuffled_rows_and_other_cuts(self):
        for seed in ("1", "2", "3"):
            shuffled = []
            for number, folder in enumerate(self.exports):
                target = self.scratch / f"shuffled-{seed}-{number}"
                subprocess.run([sys.executable, "-B", SHUFFLE, *self.shuffle_arguments(
                    folder, target, seed)], check=True, stdout=subprocess.DEVNULL)
                shuffled.append(target)
            books = self.scratch / ("books-" + seed)
            self.close_all(shuffled, books)
            for period in self.periods:
                self.same_data(self.reference / period, books / period)

    @staticmethod
    def shuffle_arguments(folder, target, seed):
        return [folder, target, "--seed", seed]

    def same_data(self, one, two):
        ours, theirs = support.digests(one), support.digests(two)
        self.assertEqual(set(ours), set(theirs))
        for name, digest in ours.items():
            if name in ("rejects.csv", "manifest.json") or name.endswith(".xlsx"):
                continue
            if name.startswith("sources/"):  # name files and lines as rejects.csv does
                continue
            self.assertEqual(theirs[name], digest, name)
        self.assertEqual(self.rejects(one), self.rejects(two))
        self.assertEqual(self.manifest(one), self.manifest(two))

    @staticmethod
    def rejects(folder):
        return sorted((row["input"], row["column"], row["reason"])
                      for row in support.rows_of(folder / "rejects.csv"))

    @staticmethod
    def manifest(folder):
        """Without the inputs, and what is made of them."""
        manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
        manifest.pop("inputs")
        if manifest.get("previous"):
            manifest["previous"].pop("sha256")
        for output in manifest["outputs"]:
            name = output.get("name", output.get("file"))
            if name == "rejects.csv" or name.endswith(".xlsx") or name.startswith("sources/"):
                output.pop("bytes")
                output.pop("sha256")
        return manifest


if __name__ == "__main__":
    unittest.main()
