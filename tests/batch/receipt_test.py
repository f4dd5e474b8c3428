#!/usr/bin/python3
"""Refund receipts: one page each, with the ledger's very amounts; a period's in an archive."""

import io
import os
import re
import shutil
import subprocess
import sys
import unittest
import zipfile

import openpyxl

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import explaining
import support


def lines_of(sheet):
    """The page as label -> (what stands behind it, the amount)."""
    return {row[0].value: (row[1].value, row[2].value)
            for row in sheet.iter_rows(min_col=1, max_col=3) if row[0].value is not None}


class Receipts(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.scratch = support.Scratch()
        cls.addClassCleanup(cls.scratch.remove)
        cls.books = explaining.close_small_month(cls.scratch)
        cls.rows = {row["request_id"]: row
                    for row in explaining.ledger_rows(cls.books / "2026-10", "refunds")}

    def make(self, name, *arguments, status=0):
        path = self.scratch / name
        done = support.run("receipt", "--out", path, *arguments)
        self.assertEqual(done.returncode, status, done.stderr)
        return path, done

    def check_sheet(self, sheet, digits=2):
        page = lines_of(sheet)
        row = self.rows[page["Receipt for request"][0]]
        self.assertEqual(page["Account"][0], row["account_id"])
        self.assertEqual(page["Order"][0] or page["Order"], row["order_id"])
        for label, column in (("Actual payment", "actual_payment"), ("Refund", "refund"),
                              ("Less amount due", "amount_due"),
                              ("Less handling fee", "handling_fee"),
                              ("Paid back in cash", "refund_cash"),
                              ("Paid back as flexi coupon", "refund_flexi_coupon")):
            self.assertEqual(f"{page[label][1]:.{digits}f}", row[column], label)
        self.assertTrue(page["Policy clause"][0].startswith(row["clause"] + ":"))
        self.assertEqual(sheet.page_setup.paperSize, 9)
        self.assertEqual(sheet.page_setup.orientation, "portrait")
        self.assertTrue(sheet.sheet_properties.pageSetUpPr.fitToPage)
        return row

    def test_a_partial_and_a_full_one(self):
        path, _ = self.make("two.xlsx", "--books", self.books, "Q-PART", "Q-FULL")
        book = openpyxl.load_workbook(path)
        made = [self.check_sheet(sheet)["request_id"] for sheet in book]
        self.assertEqual(sorted(made), ["Q-FULL", "Q-PART"])
        text = " ".join(str(cell.value) for row in book[book.sheetnames[1]].iter_rows()
                        for cell in row if cell.value is not None)
        manifest = support.digests(self.books)["2026-10/manifest.json"]
        self.assertIn(manifest, text)
        self.assertIn("Example, Ltd.", text)
        self.assertIn("1836000 of 2592000 seconds used", text)

    def test_hostile_ids_stay_text(self):
        path, _ = self.make("hostile.xlsx", "--books", self.books, "--", "'=Q,4")
        sheet = openpyxl.load_workbook(path).active
        page = lines_of(sheet)
        self.assertEqual(page["Receipt for request"][0], "'=Q,4")
        self.assertEqual(page["Account"][0], "=A-4")
        self.assertFalse(any(cell.data_type == "f" for row in sheet.iter_rows() for cell in row))
        self.check_sheet(sheet, digits=0)  # JPY

    def test_without_an_approved_refund(self):
        path, done = self.make("none.xlsx", "--books", self.books, "Q-PPU", "NOBODY", status=1)
        self.assertIn('"Q-PPU": 2026-10 has no approved refund', done.stderr)
        self.assertIn('"NOBODY": 2026-10 has no approved refund', done.stderr)
        self.assertFalse(path.exists())

    def test_the_company_and_the_same_bytes(self):
        config = self.scratch / "job.conf"
        config.write_text('company = "Cloud & Söhne"\n')
        one, _ = self.make("one.xlsx", "--books", self.books, "--config", config, "Q-PART")
        two, _ = self.make("two-again.xlsx", "--archive", self.books / "recompense-2026-10.zip",
                           "--config", config, "Q-PART")
        self.assertEqual(one.read_bytes(), two.read_bytes())
        self.assertEqual(openpyxl.load_workbook(one).active["A1"].value, "Cloud & Söhne")

    def test_nothing_is_overwritten(self):
        path = self.scratch / "there.xlsx"
        path.write_text("mine")
        done = support.run("receipt", "--books", self.books, "--out", path, "Q-PART")
        self.assertEqual(done.returncode, 6)
        self.assertEqual(path.read_text(), "mine")

    def test_usage_errors(self):
        for arguments in ((), ("--all", "Q-PART")):
            done = support.run("receipt", "--books", self.books, *arguments)
            self.assertEqual(done.returncode, 2)

    def test_all_of_a_generated_month(self):
        exports, books = self.scratch / "generated", self.scratch / "generated-books"
        subprocess.run([support.MAKE_MONTH, "--out", exports, "--period", "2026-10", "--orders",
                        "5000", "--requests", "700", "--accounts", "400"], check=True,
                       stdout=subprocess.DEVNULL)
        self.assertIn(support.run_month(exports, books).returncode, (0, 1))
        paths = [self.make(f"all-{number}.zip", "--books", books, "--period", "2026-10",
                           "--all")[0] for number in (1, 2)]
        self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())
        wanted = {row["request_id"]: row for row in
                  explaining.ledger_rows(books / "2026-10", "refunds")
                  if row["decision"] in ("full", "partial")}
        met = {}
        with zipfile.ZipFile(paths[0]) as archive:
            self.assertIsNone(archive.testzip())
            for name in archive.namelist():
                self.assertRegex(name, r"^receipts-2026-10/receipts-2026-10-\d{4}\.xlsx$")
                book = openpyxl.load_workbook(io.BytesIO(archive.read(name)), read_only=False)
                accounts = set()
                for sheet in book:
                    page = lines_of(sheet)
                    met[page["Receipt for request"][0]] = page["Refund"][1]
                    accounts.add(page["Account"][0])
                self.assertLessEqual(len(accounts), 100)
        self.assertEqual(set(met), set(wanted))
        for number, refund in met.items():
            self.assertEqual(float(wanted[number]["refund"]), refund)

    @unittest.skipUnless(shutil.which("soffice") and shutil.which("pdfinfo"),
                         "needs LibreOffice and pdfinfo")
    def test_one_page_each(self):
        path, _ = self.make("pages.xlsx", "--books", self.books, "Q-PART", "Q-FULL")
        subprocess.run(["soffice", "--headless", "--convert-to", "pdf", "--outdir",
                        str(self.scratch.path), str(path)], check=True, capture_output=True,
                       timeout=120)
        info = subprocess.run(["pdfinfo", str(self.scratch / "pages.pdf")], check=True,
                              capture_output=True, text=True).stdout
        self.assertEqual(re.search(r"Pages:\s+(\d+)", info).group(1), "2")
        self.assertIn("A4", info)


if __name__ == "__main__":
    explaining.main()
