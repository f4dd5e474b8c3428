"""How records are written: the many spellings of a value, bad cells, file styles, broken files."""

import collections
import gzip
from fractions import Fraction

import exports
import values
from values import DAY, HOUR

# ---- spelling ----------------------------------------------------------------------------------

def spell_instant(rng, instant, zone, plain):
    """One of the many spellings of an instant."""
    offset = zone
    kind = 0 if plain else rng.randrange(9)
    if kind in (2, 3):
        offset = rng.choice([-12 * HOUR, -5 * HOUR, 0, 5 * HOUR + 1800, 14 * HOUR, HOUR])
    if kind == 4:
        offset = 0
    if kind in (7, 8):
        offset = 8 * HOUR
    day, second = divmod(instant + offset, DAY)
    year = values.civil_from_days(day)[0]
    if not 0 <= year <= 9999:
        return spell_instant(rng, instant, zone, True)
    text = "%s%s%02d:%02d:%02d" % (values.date_text(day), "T" if plain else rng.choice("TTt  "),
                                   second // HOUR, second % HOUR // 60, second % 60)
    if not plain and rng.random() < 0.15:
        text += rng.choice([".0", ".999", ".123456789", ".5"])
    if kind in (7, 8):
        text += " GMT+08:00"
    elif kind == 4:
        text += rng.choice(["Z", "z", "+00:00", "-00:00"])
    elif kind in (0, 1, 2, 3):
        text += values.zone_text(offset)
    return text.encode()


def spell(rng, column, value, zone, plain=False):
    """The text of a cell; `plain` for the simplest spelling."""
    if value is None:
        return b""
    if isinstance(value, bytes):
        return value
    if column.kind == "instant":
        return spell_instant(rng, value, zone, plain)
    if column.kind == "date":
        return values.date_text(value).encode()
    if column.kind == "boolean":
        words = [b"true", b"TRUE", b"yes", b"Yes", b"1"] if value else [b"false", b"False", b"no",
                                                                       b"NO", b"0"]
        return words[0] if plain else rng.choice(words)
    if column.kind == "amount":
        text = values.shortest_text(value)
        digits = len(text.partition(".")[2])
        if not plain and rng.random() < 0.4:
            text = values.shortest_text(value, min(10, digits + rng.randint(1, 3)))
        if value == 0 and not plain and rng.random() < 0.05:
            text = "-0"
        return text.encode()
    return str(value).encode()


BAD_INSTANTS = [b"2026-10-03", b"yesterday", b"2026-02-30 00:00:00", b"2026-10-03 24:00:00",
                b"2026-10-03T11:22:60Z", b"2026-10-03T11:22Z", b"2026/10/03 11:22:33",
                b"2026-10-03T11:22:33+0800", b"2026-10-03 11:22:33 CST", b"NULL",
                b"2026-10-03T11:22:33+25:00", b"2026-10-03 1:22:33", b"2026-10-03T11:22:33.Z",
                b"2026-13-03T11:22:33Z", b" 2026-10-03 11:22:33", b"2026-10-03\x0011:22:33",
                b"2026-10-03 11:22:33 GMT+09:00", b"2025-02-29 10:00:00", b"12026-10-03 11:22:33",
                b"2026-00-10 11:22:33", b"2026-10-00 11:22:33", b"\xff\xfe",
                b"2026-10-03  11:22:33",
                b"2026-10-03T11:22:33-"]
FAR_INSTANTS = [b"1969-12-31 00:00:00", b"0000-01-01T00:00:00Z", b"9999-12-31T23:59:59-12:00",
                b"1970-01-01T00:00:00+14:00", b"0999-06-01 00:00:00"]
BAD_NUMBERS = [b"12,50", b"1e3", b"+1", b".5", b"1.", b"--1", b"12,5O", b"1 000", b"NULL",
               b"\xa5100", b"0x10", b" 1", b"1\x00", b"-", b"1.2.3",
               b"\xef\xbc\x91", b"Infinity", b"1_0"]
BAD_TEXTS = [b"nul\0", b"bell\x07", b"tab\tbed", b"del\x7f", b"cr\rlf\n", b"bad\xff", b"\xc3",
             b"\xed\xa0\x80", b"\xc0\xaf", b"\xf5\x80\x80\x80", b"over\xe0\x80\x80", b"\x1b[31m",
             b"cut\xe2\x82", b"\xf4\x90\x80\x80"]


def bad_cells(column):
    """(text) choices that fail this column."""
    missing = [b""] if column.required else []
    if column.kind == "text":
        return missing + [b"x" * 257, "\u00e9".encode() * 129, b"y" * 300 + b"\0"] + BAD_TEXTS
    if column.kind == "long_text":
        return [b"x" * 1025, b"nul\0", b"bad\xff", b"esc\x1b", b"\x0b"]
    if column.kind == "choice":
        return missing + [b"other", column.choices[0].upper().encode(), b" " +
                          column.choices[0].encode(), b"\xff", b"x" * 300]
    if column.kind == "currency":
        return missing + [b"RMB", b"cny", b"XXX", b"CN", b"CNY\0", b"\xff"]
    if column.kind == "boolean":
        return missing + [b"maybe", b"2", b"t", b"ja", b"TRUE ", b"\xff"]
    if column.kind == "date":
        return missing + [b"2026-02-30", b"2026-10-3", b"2026-10-03T00:00:00Z", b"1969-12-31",
                          b"0000-01-01", b"20261003"]
    if column.kind == "instant":
        return missing + BAD_INSTANTS + FAR_INSTANTS
    if column.kind == "count":
        return [b"0", b"-1", b"1000", b"1.5", b"x", b"99999999999999999999", b"-0", b"+3"]
    return missing * 3 + BAD_NUMBERS + [b"1234567890123456", b"1.12345678901", b"-1", b"-0.01",
                                        b"-1234567890123456.5", b"1234567890123456.12345678901",
                                        b"0.00000000001"] * 3


def spoil_between(rng, name, row, zone):
    """Changes that only the checks between columns find, or None."""
    if name == "orders":
        starts = row["starts_at"]
        choices = [{"billing_mode": "prepaid", "term_unit": None},
                   {"billing_mode": "prepaid", "term_unit": "month", "term_count": None},
                   {"billing_mode": "prepaid", "term_unit": "day", "term_count": 3,
                    "expires_at": None},
                   {"expires_at": starts}, {"expires_at": starts - 1},
                   {"expires_at": values.add_years(starts, 100, zone) + 1},
                   {"currency": "CNY", "cash_paid": Fraction("0.001")},
                   {"currency": "JPY", "flexi_coupon_paid": Fraction("0.5")},
                   {"currency": "KWD", "cash_coupon_paid": Fraction("0.0001")}]
        return rng.choice(choices)
    if name == "incidents":
        return {"rectified_at": row["started_at"] - 1}
    if name == "filings":
        if row["approved_at"] is not None and rng.random() < 0.5:
            return {"submitted_at": row["approved_at"] + 1}
        return {"submitted_at": row["started_at"] - 1}
    return None


def conflicting(rng, name, row):
    """Another row of the same key that differs in one value."""
    other = dict(row)
    keys = exports.KEYS[name]
    columns = [column for column in exports.INPUTS[name] if column.name not in keys
               and column.kind != "choice" and column.name not in ("expires_at", "submitted_at",
                                                                   "rectified_at", "approved_at")]
    column = rng.choice(columns)
    value = row[column.name]
    if column.kind in ("text", "long_text"):
        other[column.name] = (value or b"") + b"x" if len(value or b"") < 250 else b"x"
    elif column.kind == "boolean":
        other[column.name] = not value
        if column.name == "sla_covered":
            other[column.name] = value is False
    elif column.kind == "currency":
        other[column.name] = "KWD" if value != "KWD" else "BHD"
    elif column.kind == "amount":
        other[column.name] = value + 1 if value < 10 ** 14 else value - 1
    elif column.kind == "instant":
        other[column.name] = (value or row.get("purchased_at", 0)) + (-1 if value else 10)
    elif column.kind == "count":
        other[column.name] = (value or 1) % 999 + 1
    return other


# ---- writing files -----------------------------------------------------------------------------

def quote(rng, text, style):
    """A cell as written: quoted when it must be, or when the style likes it."""
    must = any(byte in b',"\r\n' for byte in text) or text[:1] in (b" ", b"\t") \
        or text[-1:] in (b" ", b"\t")
    if must or style["quotes"] == "all" or style["quotes"] == "some" and rng.random() < 0.3:
        text = b'"' + text.replace(b'"', b'""') + b'"'
    if style["spaces"] and rng.random() < 0.2:
        text = rng.choice([b" ", b"\t", b"  ", b""]) + text + rng.choice([b" ", b"\t", b""])
    return text


def file_style(rng):
    plain = rng.random() < 0.4
    return {
        "plain": plain,
        "newline": b"\n" if plain else rng.choice([b"\n", b"\r\n", b"\r\n", b"\r"]),
        "bom": not plain and rng.random() < 0.3,
        "quotes": rng.choice(["few", "few", "all", "some"]),
        "spaces": not plain and rng.random() < 0.3,
        "shuffle": not plain and rng.random() < 0.6,
        "extra": 0 if plain else rng.choice([0, 0, 1, 2]),
        "blank": not plain and rng.random() < 0.4,
        "last": rng.random() < 0.8}


def write_file(rng, name, copies, style, drop_optional, zone):
    """The bytes of one CSV file from (row, overrides, fields) copies."""
    columns = [column for column in exports.INPUTS[name]
               if not (column.optional_column and column.name in drop_optional)]
    header = list(columns)
    extra_names = [b"note", b"note", b"", "\u5907\u6ce8".encode(), b"Order_ID", b"x,y", b"\xff"]
    header += [rng.choice(extra_names) for _ in range(style["extra"])]
    if style["shuffle"]:
        rng.shuffle(header)

    def join(cells):
        return b",".join(quote(rng, cell, style) for cell in cells)

    lines = [join([cell.name.encode() if isinstance(cell, exports.Column) else cell
                   for cell in header])]
    for row, overrides, fields in copies:
        cells = []
        for cell in header:
            if not isinstance(cell, exports.Column):
                cells.append(rng.choice([b"", b"x", b"=1", b"a\nb", b"\xff\0", b"1,2"]))
            elif cell.name in overrides:
                cells.append(overrides[cell.name])
            else:
                cells.append(spell(rng, cell, row[cell.name], zone, style["plain"]))
        if fields < 0:
            cells = cells[:fields]
        elif fields > 0:
            cells += [b"more"] * fields
        lines.append(join(cells))
        if style["blank"] and rng.random() < 0.2:
            lines.append(rng.choice([b"", b"  ", b"\t", b" \t "]))
    if style["blank"] and rng.random() < 0.2:
        lines.insert(0, b" ")
    data = style["newline"].join(lines)
    if style["last"]:
        data += style["newline"]
    elif lines[-1].strip(b" \t") == b"" or rng.random() < 0.1:
        data += style["newline"] + b" "
    return (b"\xef\xbb\xbf" if style["bom"] else b"") + data


def compress(rng, data):
    """Gzip, often in several members, sometimes padded with zeros."""
    cuts = sorted(rng.randrange(len(data) + 1) for _ in range(rng.choice([0, 0, 1, 3])))
    pieces = [data[a:b] for a, b in zip([0] + cuts, cuts + [len(data)])]
    packed = b"".join(gzip.compress(piece, mtime=0) for piece in pieces)
    return packed + rng.choice([b"", b"", b"\0" * 7])


def copies_of(rng, record, month, zone):
    """The rows as which one record appears in the exports of a month."""
    mode = record.modes.get(month)
    if mode is None:
        return []
    row = record.at(month)
    if mode == "good":
        return [(row, {}, 0)]
    if mode == "double":
        return [(row, {}, 0)] * rng.choice([2, 2, 3])
    if mode == "conflict":
        copies = [(row, {}, 0), (conflicting(rng, record.input, row), {}, 0)]
        return copies + [copies[rng.randrange(2)]] * rng.choice([0, 0, 1])
    kind = rng.random()
    if kind < 0.12:
        return [(row, {}, rng.choice([-1, 1, 2]))]
    if kind < 0.35:
        change = spoil_between(rng, record.input, row, zone)
        if change:
            return [(dict(row, **change), {}, 0)]
    columns = exports.INPUTS[record.input]
    by_kind = collections.defaultdict(list)
    for column in columns:
        by_kind[column.kind].append(column)
    overrides = {}
    for _ in range(rng.choice([1, 1, 1, 2])):
        column = rng.choice(by_kind[rng.choice(sorted(by_kind))])
        # Rather leave the naming columns readable, so that events can wait for the row.
        if column.name in exports.KEYS[record.input] and rng.random() < 0.6:
            column = columns[-1]
        overrides[column.name] = rng.choice(bad_cells(column))
    return [(row, overrides, 0)]


def render_month(rng, world, month, drop=0.0):
    """{file name: bytes} of the exports of a month; `drop` leaves out a share of the events."""
    files = {}
    for name in exports.INPUTS:
        copies = []
        for record in world.records[name]:
            if drop and name in exports.EVENT_TIME and rng.random() < drop:
                continue
            copies += copies_of(rng, record, month, world.zone)
        rng.shuffle(copies)
        if not copies and name not in ("orders", "incidents", "accounts") and rng.random() < 0.5:
            continue
        optional = [column.name for column in exports.INPUTS[name] if column.optional_column]
        parts = rng.choice([1, 1, 1, 2, 3])
        cuts = sorted(rng.randrange(len(copies) + 1) for _ in range(parts - 1))
        for number, (begin, end) in enumerate(zip([0] + cuts, cuts + [len(copies)])):
            part = copies[begin:end]
            unused = {column for column in optional
                      if all(row[column] is None and column not in overrides
                             for row, overrides, fields in part)}
            style = file_style(rng)
            if rng.random() < 0.5:
                unused = set()
            data = write_file(rng, name, part, style, unused, world.zone)
            label = name
            if parts > 1 or rng.random() < 0.1:
                label += rng.choice(["-%d", "-part %d", "-%d.x", "-B%d"]) % (9 + number)
            label += ".csv"
            if rng.random() < 0.25:
                data = compress(rng, data)
                label += rng.choice([".gz", ".gz", ""])
            files[label] = data
    if rng.random() < 0.1:
        files[rng.choice(["readme.txt", "orders.csv.bak", "billing.csv"])] = b"not read\n"
    return files


# ---- files that must be refused ----------------------------------------------------------------

def sabotage(rng, files):
    """(label, files): one file is broken so that the run must be refused."""
    files = dict(files)
    plain = sorted(name for name, data in files.items()
                   if data[:2] != b"\x1f\x8b" and exports.input_of(name))
    if not plain:
        return None
    name = rng.choice(plain)
    data = files[name]
    newline = b"\r\n" if b"\r\n" in data else b"\r" if b"\r" in data else b"\n"
    label = rng.choice(["truncated gzip", "no orders", "open quote", "text after quote",
                        "quote inside", "empty file", "blank file", "column missing",
                        "column twice", "long record", "gzip garbage", "gzip member cut",
                        "no incidents", "no accounts", "bad crc"])
    whole = gzip.compress(data, mtime=0)
    if label == "truncated gzip":
        files[name] = whole[:-rng.randint(1, 12)]
    elif label == "gzip garbage":
        files[name] = whole + rng.choice([b"x", b"\0\0x", newline])
    elif label == "gzip member cut":
        files[name] = whole + gzip.compress(b"\n", mtime=0)[:-3]
    elif label == "bad crc":
        files[name] = whole[:-8] + bytes([whole[-8] ^ 1]) + whole[-7:]
    elif label in ("no orders", "no incidents", "no accounts"):
        files = {key: value for key, value in files.items()
                 if exports.input_of(key) != label[3:]}
    elif label == "open quote":
        files[name] = data + newline + b'"never closed' + newline + b"x,y"
    elif label == "text after quote":
        files[name] = data + newline + b'"a" b,c'
    elif label == "quote inside":
        files[name] = data + newline + b'a"b,c'
    elif label == "empty file":
        files[name] = b""
    elif label == "blank file":
        files[name] = newline + b" \t" + newline
    elif label == "long record":
        files[name] = data + newline + b"x" * ((1 << 20) + 1)
    else:
        column = rng.choice([column for column in exports.INPUTS[exports.input_of(name)]
                             if not column.optional_column]).name.encode()
        header = next(exports.records(data, name))[1]
        if label == "column missing":
            if data.count(column) == 1:
                files[name] = data.replace(column, column + b"_x")
            else:
                files[name] = b"other" + newline
        else:
            at = data.index(header)
            files[name] = data[:at] + column + b"," + column + b"," + data[at:]
    return label, files
