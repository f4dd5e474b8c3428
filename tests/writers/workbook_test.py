#!/usr/bin/python3
"""The auditor's workbook as others read it: openpyxl, LibreOffice, Gnumeric, exceljs.

    workbook_test.py [SAMPLE-PROGRAM [test ...]]

The program (tests/writers/test_workbook.c with arguments) writes a workbook and the CSV ledgers
from the same entries. Every cell of the workbook must equal the ledgers', and every formula must
recalculate to the result that is stored beside it.
"""
import csv
import datetime
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile
from decimal import Decimal

import openpyxl

CELL_INTEGER, CELL_AMOUNT, CELL_RATE = 7, 8, 9
CELL_INSTANT, CELL_DATE = 4, 5
EXCEL_CHARACTERS = 32767
CUT_MARK = "\u2026 [cut]"
MARK = " \u2020"
BOOK = "recompense-2026-10.xlsx"

# Beside the program that is tested, where RECOMPENSE says which that is.
ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
PROGRAM = os.path.join(
    os.path.dirname(os.path.abspath(os.environ.get("RECOMPENSE", ROOT + "/build/recompense"))),
    "tests/writers/test_workbook")

MODULES = ROOT + "/build/npm"

csv.field_size_limit(1 << 24)

# LibreOffice recalculates a file on loading only where it is told to.
ALWAYS_RECALCULATE = """<?xml version="1.0" encoding="UTF-8"?>
<oor:items xmlns:oor="http://openoffice.org/2001/registry">
<item oor:path="/org.openoffice.Office.Calc/Formula/Load">
<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item>
</oor:items>
"""


class Month:
    """A sample month: its folder, and the columns of its ledgers by name."""

    def __init__(self, folder, **options):
        self.folder = folder
        arguments = [f"{name}={value}" for name, value in options.items()]
        made = subprocess.run([PROGRAM, folder, *arguments], check=True, stdout=subprocess.PIPE,
                              encoding="utf-8")
        self.ledgers = {}
        for line in made.stdout.splitlines():
            ledger, title, name, kind, heading = line.split("\t")
            columns = self.ledgers.setdefault(ledger, (title, []))[1]
            columns.append((name, int(kind), heading))

    def path(self, name=BOOK):
        return os.path.join(self.folder, name)

    def books(self):
        names = [name for name in os.listdir(self.folder) if name.endswith(".xlsx")]
        return sorted(names, key=lambda name: int((re.findall(r"-(\d+)\.xlsx$", name) or ["0"])[0])
                      if name != BOOK else 0)

    def rows(self, ledger):
        with open(self.path(ledger + ".csv"), encoding="utf-8", newline="") as file:
            yield from csv.DictReader(file)


def header_row(sheet):
    """The row of headings: the only one of white letters."""
    for row in sheet.iter_rows(min_row=1, max_row=40):
        if row[0].font.bold and row[0].font.color is not None and row[0].font.color.rgb == "FFFFFFFF":
            return row[0].row
    raise AssertionError("no header in " + sheet.title)


def entries(sheet):
    """The data rows of a ledger sheet, as dictionaries from heading to cell."""
    first = header_row(sheet)
    headings = [re.sub(r" \(UTC.*\)$", "", cell.value) for cell in sheet[first]]
    for row in sheet.iter_rows(min_row=first + 1):
        value = str(row[0].value)
        if row[0].font.bold or value.startswith("No rows") or value.startswith("\u2020"):
            return
        yield dict(zip(headings, row))


def parts(book, title):
    """A ledger's sheets in order: "Refunds", "Refunds (2)" ..."""
    found = [sheet for sheet in book if re.fullmatch(re.escape(title) + r"( \(\d+\))?", sheet.title)]
    return sorted(found, key=lambda sheet: int((re.findall(r"\((\d+)\)$", sheet.title) or ["1"])[0]))


def unescaped(text):
    """_xHHHH_ stands for a character (ECMA-376, ST_Xstring); openpyxl leaves that to us."""
    return re.sub("_x([0-9A-Fa-f]{4})_", lambda escape: chr(int(escape.group(1), 16)), text)


def unguarded(text):
    return text[1:] if text.startswith("'") else text


def cut(text):
    return text[:EXCEL_CHARACTERS - len(CUT_MARK)] + CUT_MARK if len(text) > EXCEL_CHARACTERS else text


def of_cell(cell, kind):
    """The cell's value as a CSV ledger would spell its number."""
    value = cell.value
    if isinstance(value, str) and value.endswith(MARK):
        return Decimal(value[:-len(MARK)])
    if kind in (CELL_INTEGER, CELL_AMOUNT, CELL_RATE):
        return Decimal(repr(value))
    if isinstance(value, datetime.datetime):
        value += datetime.timedelta(microseconds=500000)
        return value.replace(microsecond=0)
    return unescaped(value)


def of_csv(text, kind, guarded):
    if kind in (CELL_INTEGER, CELL_AMOUNT, CELL_RATE):
        return Decimal(text)
    if kind == CELL_INSTANT:
        return datetime.datetime.fromisoformat(text).replace(tzinfo=None)
    return cut(unguarded(text) if guarded else text)


def recalculated(path, folder):
    """The workbook after LibreOffice computed every formula anew."""
    profile = os.path.join(folder, "profile")
    os.makedirs(os.path.join(profile, "user"), exist_ok=True)
    with open(os.path.join(profile, "user", "registrymodifications.xcu"), "w") as file:
        file.write(ALWAYS_RECALCULATE)
    out = os.path.join(folder, "out")
    subprocess.run(["soffice", "-env:UserInstallation=file://" + profile, "--headless",
                    "--convert-to", "xlsx:Calc MS Excel 2007 XML", "--outdir", out, path],
                   check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=600)
    return openpyxl.load_workbook(os.path.join(out, os.path.basename(path)), data_only=True)


def with_wrong_results(path, to):
    """A copy whose stored results are all wrong, so that only computing them gives the right ones."""
    with zipfile.ZipFile(path) as source, zipfile.ZipFile(to, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.infolist():
            data = source.read(part)
            if part.filename.startswith("xl/worksheets/"):
                data = re.sub(rb"(</f><v>)[0-9.E+-]+(</v>)", rb"\g<1>987654321\2", data)
            target.writestr(part, data)


class WorkbookTest(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="workbook-test-")
        self.addCleanup(shutil.rmtree, self.folder, True)

    def month(self, **options):
        return Month(self.folder, **options)

    def assert_ledger_equals(self, month, ledger, books):
        title, columns = month.ledgers[ledger]
        cells = (row for book in books for sheet in parts(book, title) for row in entries(sheet))
        count = 0
        for expected in month.rows(ledger):
            row = next(cells)
            count += 1
            for name, kind, heading in columns:
                text = expected[name]
                if text == "":
                    self.assertIsNone(row[heading].value, (ledger, count, name))
                    continue
                # A text that the CSV guards has one apostrophe more; no other text begins so.
                self.assertEqual(of_cell(row[heading], kind), of_csv(text, kind, kind < 3),
                                 (ledger, count, name))
                if kind <= 3:
                    self.assertEqual(row[heading].data_type, "s", (ledger, count, name))
        self.assertIsNone(next(cells, None), ledger)
        return count

    def assert_equals_ledgers(self, month):
        books = [openpyxl.load_workbook(month.path(name), data_only=True) for name in month.books()]
        return {ledger: self.assert_ledger_equals(month, ledger, books)
                for ledger in month.ledgers}

    def assert_recalculates(self, path):
        if shutil.which("soffice") is None:
            self.skipTest("soffice is not installed (libreoffice-calc-nogui): formulas unproved")
        formulas = openpyxl.load_workbook(path)
        stored = openpyxl.load_workbook(path, data_only=True)
        wrong = os.path.join(self.folder, "wrong.xlsx")
        with_wrong_results(path, wrong)
        computed = recalculated(wrong, self.folder)
        count = 0
        for sheet in formulas:
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.data_type == "f":
                        count += 1
                        self.assertEqual(computed[sheet.title][cell.coordinate].value,
                                         stored[sheet.title][cell.coordinate].value,
                                         (sheet.title, cell.coordinate, cell.value))
        return count

    def test_every_cell_equals_the_ledgers(self):
        counts = self.assert_equals_ledgers(
            self.month(accounts=1500, late=1, rejects=20, currencies="CNY,JPY,KWD"))
        self.assertGreater(counts["refunds"], 2000)
        self.assertGreater(counts["compensations"], 300)

    def test_hostile_text(self):
        month = self.month(accounts=400, late=1, rejects=40, currencies="CNY,JPY,KWD", hostile=1)
        self.assert_equals_ledgers(month)
        self.assert_recalculates(month.path())

    def test_a_month_of_three_rows(self):
        month = self.month(accounts=2, requests=2, seed=9)
        self.assert_equals_ledgers(month)
        self.assert_recalculates(month.path())

    def test_a_month_of_nothing(self):
        month = self.month(accounts=0)
        self.assertEqual(sum(self.assert_equals_ledgers(month).values()), 0)
        self.assert_recalculates(month.path())

    def test_recalculation_in_every_rounding_mode(self):
        for rounding in range(3):
            with self.subTest(rounding=rounding):
                folder = os.path.join(self.folder, str(rounding))
                os.mkdir(folder)
                month = Month(folder, accounts=1000, seed=40 + rounding, rounding=rounding,
                              unit=rounding, currencies="CNY,JPY,KWD", late=1)
                self.assertGreater(self.assert_recalculates(month.path()), 6000)

    def test_single_currency_totals_follow_the_filter(self):
        month = self.month(accounts=300, requests=2)
        book = openpyxl.load_workbook(month.path())
        totals = [cell.value for row in book["Refunds"].iter_rows() for cell in row
                  if isinstance(cell.value, str) and "SUBTOTAL" in cell.value]
        self.assertGreater(len(totals), 4)

    def test_ties_and_limits_of_formulas(self):
        month = self.month(formulas=6000, seed=3)
        self.assertGreater(self.assert_recalculates(month.path()), 3000)

    def test_a_full_sheet_goes_on_in_another(self):
        month = self.month(accounts=700, sheet_rows=256, currencies="CNY,JPY", late=1)
        book = openpyxl.load_workbook(month.path())
        self.assertIn("Refunds (2)", book.sheetnames)
        self.assertEqual(book["Refunds (2)"]["A3"].value, "Brought forward CNY")
        self.assert_equals_ledgers(month)
        self.assert_recalculates(month.path())

    def test_a_full_book_goes_on_in_another(self):
        month = self.month(accounts=600, book_rows=500, late=1, currencies="CNY,JPY")
        self.assertGreater(len(month.books()), 2)
        self.assert_equals_ledgers(month)
        for name in month.books()[:2]:
            self.assert_recalculates(month.path(name))

    def test_the_same_calls_give_the_same_bytes(self):
        copies = []
        for name in ("a", "b"):
            folder = os.path.join(self.folder, name)
            os.mkdir(folder)
            month = Month(folder, accounts=100, late=1, currencies="CNY,JPY")
            with open(month.path(), "rb") as file:
                copies.append(file.read())
        self.assertEqual(copies[0], copies[1])

    def test_finding_ones_way(self):
        month = self.month(accounts=300, late=1)
        book = openpyxl.load_workbook(month.path())
        self.assertEqual(book.sheetnames,
                         ["Cover", "Summary", "Controls", "Policy", "Accounts", "Refunds",
                          "Compensations", "Rewards", "Tickets", "Late items", "Rejects"])
        self.assertIn("Fee_three_year_in_year_1_v1", book.defined_names
                      if isinstance(book.defined_names, dict)
                      else [name.name for name in book.defined_names.definedName])
        for title in book.sheetnames[4:]:
            sheet = book[title]
            self.assertIsNotNone(sheet.freeze_panes, title)
            self.assertEqual(sheet.page_setup.orientation, "landscape", title)
            self.assertIsNotNone(sheet.print_title_rows, title)
            self.assertIn("Period 2026-10", sheet.oddFooter.left.text, title)
        self.assertIsNotNone(book["Refunds"].auto_filter.ref)
        self.assertEqual(len(book["Summary"]._charts), 3)
        self.assert_links_lead_home(book)

    def assert_links_lead_home(self, book):
        """From Accounts to an account's first row in each ledger, and back."""
        links = 0
        for row in entries(book["Accounts"]):
            for heading in ("First refund", "First compensation", "First reward"):
                link = row[heading].hyperlink
                if link is None:
                    continue
                links += 1
                title, cell = re.fullmatch(r"'(.*)'!([A-Z]+\d+)", link.location).groups()
                target = book[title][cell].row
                to = {re.sub(r" \(UTC.*\)$", "", head.value): book[title].cell(target, head.column)
                      for head in book[title][header_row(book[title])]}
                self.assertEqual(to["Account"].value, row["Account"].value)
                self.assertNotEqual(book[title].cell(target - 1, to["Account"].column).value,
                                    row["Account"].value)
        self.assertGreater(links, 100)
        for row in entries(book["Refunds"]):
            link = row["Account"].hyperlink
            if link is not None:
                cell = re.fullmatch(r"'Accounts'!([A-Z]+\d+)", link.location).group(1)
                self.assertEqual(book["Accounts"][cell].value, row["Account"].value)

    def test_a_restatement_has_its_sheet(self):
        month = self.month(accounts=20, restatement=1)
        sheet = openpyxl.load_workbook(month.path(), data_only=True)["Restatement"]
        self.assertEqual([row["Difference"].value for row in entries(sheet)], [-10.1, -0.2])
        self.assert_recalculates(month.path())

    def test_identities_are_formulas_over_the_control_totals(self):
        month = self.month(accounts=20)
        row = next(row for row in openpyxl.load_workbook(month.path())["Controls"].iter_rows()
                   if row[1].value == "rows read")
        self.assertRegex(row[2].value, r"^=C\d+$")
        self.assertRegex(row[4].value, r"^=C\d+\+C\d+\+C\d+$")

    def test_charts_are_described(self):
        month = self.month(accounts=50)
        with zipfile.ZipFile(month.path()) as book:
            drawing = book.read("xl/drawings/drawing1.xml").decode()
        self.assertEqual(len(re.findall(r'descr="[^"]{30,}"', drawing)), 3)

    def test_gnumeric_opens_it(self):
        if shutil.which("ssconvert") is None:
            self.skipTest("ssconvert is not installed (gnumeric)")
        month = self.month(accounts=100, late=1, hostile=1, currencies="CNY,JPY", rejects=20)
        out = os.path.join(self.folder, "refunds.txt")
        made = subprocess.run(["ssconvert", "-T", "Gnumeric_stf:stf_csv", "-S", month.path(),
                               out + ".%n"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.assertEqual(made.returncode, 0, made.stdout)
        self.assertEqual(len([n for n in os.listdir(self.folder) if n.startswith("refunds.txt.")]),
                         11)

    def test_exceljs_reads_the_same(self):
        """What exceljs finds in every cell is what openpyxl finds, which the tests above hold
        against the ledgers."""
        if shutil.which("node") is None or not os.path.isdir(MODULES + "/node_modules/exceljs"):
            self.skipTest("exceljs is not installed (scripts/setup.sh tests)")
        month = self.month(accounts=300, late=1, hostile=1, currencies="CNY,JPY,KWD", rejects=40)
        read = subprocess.run(["node", ROOT + "/tests/writers/read_workbook.mjs", MODULES,
                               month.path()], check=True, stdout=subprocess.PIPE)
        sheets = json.loads(read.stdout)
        formulas = openpyxl.load_workbook(month.path())
        stored = openpyxl.load_workbook(month.path(), data_only=True)
        self.assertEqual(list(sheets), formulas.sheetnames)
        count = 0
        for sheet in formulas:
            cells = sheets[sheet.title]
            for row in sheet.iter_rows():
                for cell in row:
                    if cell.value is None:
                        self.assertNotIn(cell.coordinate, cells, sheet.title)
                        continue
                    place = (sheet.title, cell.coordinate)
                    kind, value = cells.pop(cell.coordinate, (None, None))
                    self.assert_same_cell(kind, value, cell,
                                          stored[sheet.title][cell.coordinate].value, place)
                    count += 1
            self.assertEqual(cells, {}, sheet.title)
        self.assertGreater(count, 20000)

    def assert_same_cell(self, kind, value, cell, result, place):
        if cell.data_type == "f":
            self.assertEqual(kind, "formula", place)
            self.assertEqual(value, "" if result is None else result, place)
        elif cell.is_date:
            self.assertEqual(kind, "date", place)
            epoch = datetime.datetime(1970, 1, 1)
            self.assertLess(abs(value - (cell.value - epoch).total_seconds() * 1000), 2, place)
        elif isinstance(cell.value, str):
            # Escapes of control characters are one of the readers' own business.
            self.assertEqual((kind, unescaped(value)), ("text", unescaped(cell.value)), place)
        else:
            self.assertEqual((kind, value), ("number", cell.value), place)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        PROGRAM = os.path.abspath(sys.argv.pop(1))
    unittest.main()
