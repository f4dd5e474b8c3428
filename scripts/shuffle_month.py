#!/usr/bin/env python3
"""Writes the exports of a month once more: the same rows, laid out differently.

Rows are shuffled, columns reordered, the files cut elsewhere, compressed or not, with LF or CRLF
and now and then a byte order mark. Records are handled as bytes and never decoded, so that broken
ones come out as they went in. Columns stay where they are in a written file that has a record of
another length than its header: which of its cells is which cannot be told.
"""

import argparse
import gzip
import pathlib
import random
import re
import shutil
import sys

INPUTS = (
    "accounts", "billing", "claims", "filings", "incidents", "orders", "refund_requests",
    "tickets", "usage",
)
BOM = b"\xef\xbb\xbf"
RECORD = re.compile(rb'(?:[^"\r\n]+|"[^"]*")+')
FIELD = re.compile(rb'((?:[^",]+|"[^"]*")*)(?:,|$)')
LINE_ENDS = re.compile(rb"[\r\n]*")


def read_bytes(path):
    data = path.read_bytes()
    if data.startswith(b"\x1f\x8b"):
        data = gzip.decompress(data)
    return data.removeprefix(BOM)


def split_records(data, path):
    """The records of a file without their line ends; blank lines are no records."""
    records = []
    at = LINE_ENDS.match(data).end()
    while at < len(data):
        match = RECORD.match(data, at)
        if match is None:
            raise ValueError(f"{path}: a quote that never closes, near byte {at}")
        if match.group().strip(b" \t"):
            records.append(match.group())
        at = LINE_ENDS.match(data, match.end()).end()
        if at == match.end() and at < len(data):
            raise ValueError(f"{path}: a quote that never closes, near byte {at}")
    return records


def split_fields(record):
    if b'"' not in record:
        return record.split(b",")
    fields = []
    at = 0
    while True:
        match = FIELD.match(record, at)
        fields.append(match.group(1))
        if match.end() == match.end(1):
            return fields
        at = match.end()


def read_input(folder, name):
    """{header: records} of the files of an input, and how many files there are."""
    by_header = {}
    files = 0
    for path in sorted(folder.iterdir()):
        if input_of(path.name) == name:
            records = split_records(read_bytes(path), path)
            if not records:
                raise ValueError(f"{path}: no header")
            by_header.setdefault(records[0], []).extend(records[1:])
            files += 1
    return by_header, files


def input_of(file_name):
    match = re.fullmatch(r"([a-z_]+)(-.*)?\.csv(\.gz)?", file_name)
    return match.group(1) if match and match.group(1) in INPUTS else None


def reorder_columns(header, records, rng):
    columns = split_fields(header)
    rows = [split_fields(record) for record in records]
    if any(len(row) != len(columns) for row in rows):
        return header, records
    order = list(range(len(columns)))
    rng.shuffle(order)
    shuffled = [b",".join([row[i] for i in order]) for row in [columns, *rows]]
    return shuffled[0], shuffled[1:]


def cut(records, parts, rng):
    """Consecutive pieces of uneven length; some may be empty."""
    marks = sorted(rng.randrange(len(records) + 1) for _ in range(parts - 1))
    return [records[a:b] for a, b in zip([0, *marks], [*marks, len(records)])]


def write_part(path, header, records, rng):
    end = rng.choice((b"\n", b"\r\n"))
    lines = [header, *records]
    data = end.join(lines) + (end if rng.randrange(4) else b"")
    if rng.randrange(2):
        data = BOM + data
    if rng.randrange(2):
        path = path.with_name(path.name + ".gz")
        middle = rng.randrange(len(data) + 1)
        data = b"".join(gzip.compress(piece, 6, mtime=0) for piece in (data[:middle], data[middle:]))
    path.write_bytes(data)


def shuffle_input(source, target, name, keep_columns, rng):
    by_header, files = read_input(source, name)
    pieces = []
    for header, records in by_header.items():
        rng.shuffle(records)
        parts = rng.choice([n for n in range(1, 7) if n != files])
        pieces += [(header, piece) for piece in cut(records, parts, rng)]
    for number, (header, records) in enumerate(pieces, 1):
        file_name = f"{name}.csv" if len(pieces) == 1 else f"{name}-cut{number:02}.csv"
        if not keep_columns:
            header, records = reorder_columns(header, records, rng)
        write_part(target / file_name, header, records, rng)


def main(arguments=None):
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("source", type=pathlib.Path, metavar="IN_DIR")
    parser.add_argument("target", type=pathlib.Path, metavar="OUT_DIR")
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--keep-columns", action="store_true", help="do not reorder columns")
    options = parser.parse_args(arguments)
    options.target.mkdir(parents=True, exist_ok=True)
    if any(options.target.iterdir()):
        parser.error(f"{options.target} is not empty")
    present = {input_of(path.name) for path in options.source.iterdir()}
    for name in INPUTS:
        if name in present:
            rng = random.Random(f"{options.seed}/{name}")
            shuffle_input(options.source, options.target, name, options.keep_columns, rng)
    for path in options.source.iterdir():
        if path.is_file() and input_of(path.name) is None:
            shutil.copyfile(path, options.target / path.name)


if __name__ == "__main__":
    try:
        main()
    except (OSError, ValueError) as error:
        sys.exit(f"shuffle_month: {error}")
