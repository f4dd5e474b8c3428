"""Reading an exports folder by the letter of the input rules: files, CSV, columns, rejects.

Text values stay bytes throughout, so that order and equality are those of bytes.
"""

import os
import re
import zlib

import values

RECORD_BYTES_MAX = 1 << 20
TEXT_BYTES_MAX = 256
LONG_TEXT_BYTES_MAX = 1024


class Stop(Exception):
    """The run ends without publishing; the program's exit status is `exit_status`."""

    def __init__(self, exit_status, cause):
        super().__init__("%s (exit %d)" % (cause, exit_status))
        self.exit_status = exit_status


class Refused(Stop):
    """A bad file, or another reason to refuse the input."""

    def __init__(self, cause):
        super().__init__(3, cause)


class Column:
    def __init__(self, name, kind, required=True, optional_column=False, choices=None):
        self.name = name
        self.kind = kind
        self.required = required
        self.optional_column = optional_column
        self.choices = choices


SCENARIOS = ("unavailable", "website_inaccessible", "provisioning_failure",
             "configuration_failure", "billing_error")
EXCLUDED_CAUSES = ("force_majeure", "unexpected_event", "service_maintenance", "carrier_fault",
                   "internet_backbone", "attack_or_virus", "user_environment", "credential_loss",
                   "user_negligence", "terms_violation", "unforeseeable")
CAUSES = EXCLUDED_CAUSES + ("platform",)
IN_SCOPE = ("product_consultation", "technical_consultation", "operation_fault", "system_fault",
            "console_fault")
OUT_OF_SCOPE = ("third_party_deployment", "third_party_fault", "code_development",
                "routine_operations")

C = Column
INPUTS = {
    "orders": [
        C("order_id", "text"), C("account_id", "text"), C("resource_id", "text"),
        C("service", "text"), C("region", "text"),
        C("billing_mode", "choice", choices=("prepaid", "pay_per_use", "package")),
        C("term_unit", "choice", required=False, choices=("hour", "day", "month", "year")),
        C("term_count", "count", required=False), C("currency", "currency"),
        C("purchased_at", "instant"), C("starts_at", "instant"),
        C("expires_at", "instant", required=False),
        C("cash_paid", "amount"), C("flexi_coupon_paid", "amount"),
        C("cash_coupon_paid", "amount"), C("refundable", "boolean"),
        C("released_at", "instant", required=False, optional_column=True),
        C("refunded_at", "instant", required=False, optional_column=True)],
    "refund_requests": [
        C("request_id", "text"), C("account_id", "text"), C("order_id", "text"),
        C("requested_at", "instant")],
    "incidents": [
        C("incident_id", "text"), C("scenario", "choice", choices=SCENARIOS),
        C("cause", "choice", choices=CAUSES), C("service", "text"),
        C("region", "text", required=False), C("resource_id", "text", required=False),
        C("started_at", "instant"), C("rectified_at", "instant", required=False),
        C("sla_covered", "boolean", required=False, optional_column=True),
        C("title", "long_text", required=False, optional_column=True)],
    "claims": [
        C("claim_id", "text"), C("account_id", "text"), C("incident_id", "text"),
        C("resource_id", "text", required=False), C("submitted_at", "instant")],
    "usage": [
        C("account_id", "text"), C("resource_id", "text"), C("service", "text"),
        C("region", "text"), C("usage_date", "date"), C("cost", "amount"),
        C("currency", "currency")],
    "accounts": [
        C("account_id", "text"), C("name", "long_text", required=False),
        C("tier", "choice", choices=("common", "vip")), C("recharge_total", "amount")],
    "filings": [
        C("filing_id", "text"), C("account_id", "text"), C("order_id", "text"),
        C("first_filing", "boolean"), C("for_website", "boolean"), C("started_at", "instant"),
        C("submitted_at", "instant", required=False),
        C("approved_at", "instant", required=False)],
    "tickets": [
        C("ticket_id", "text"), C("account_id", "text"),
        C("category", "choice", choices=IN_SCOPE + OUT_OF_SCOPE), C("opened_at", "instant")],
}
KEYS = {name: (columns[0].name,) for name, columns in INPUTS.items()}
KEYS["usage"] = ("account_id", "resource_id", "usage_date")
EVENT_TIME = {"refund_requests": "requested_at", "claims": "submitted_at",
              "filings": "approved_at", "tickets": "opened_at"}


# ---- files -------------------------------------------------------------------------------------

def input_of(name):
    """The input a file belongs to by its name, or None."""
    match = re.fullmatch(r"([a-z_]+)(-.+)?\.csv(\.gz)?", name, re.S)
    return match.group(1) if match and match.group(1) in INPUTS else None


def gunzip(data, name):
    """Every member in turn; behind the last one only zero bytes may follow."""
    out = []
    while True:
        member = zlib.decompressobj(31)
        try:
            out.append(member.decompress(data))
        except zlib.error as error:
            raise Refused("%s: broken gzip: %s" % (name, error))
        if not member.eof:
            raise Refused("%s: truncated gzip" % name)
        data = member.unused_data
        if not data.strip(b"\0"):
            return b"".join(out)


def read_folder(folder):
    """{input: [(file name, plain bytes)]} in byte order of the names; absent inputs are []."""
    files = {name: [] for name in INPUTS}
    for name in sorted(os.listdir(folder), key=os.fsencode):
        owner = input_of(name)
        if owner is None:
            continue
        with open(os.path.join(folder, name), "rb") as file:
            data = file.read()
        if data[:2] == b"\x1f\x8b":
            data = gunzip(data, name)
        files[owner].append((name, data))
    if not files["orders"]:
        raise Refused("no orders file")
    return files


# ---- CSV ---------------------------------------------------------------------------------------

BLANK = re.compile(rb"[ \t]*(?:\r\n|\r|\n|\Z)")
UNQUOTED = re.compile(rb'[^,\r\n"]*')
QUOTED = re.compile(rb'"((?:[^"]|"")*+)"')
SPACES = re.compile(rb"[ \t]*")
LINE_END = re.compile(rb"\r\n|\r|\n")


def records(data, name):
    """Yields (physical line, raw record, [value]) for every record that is not blank."""
    at = 3 if data[:3] == b"\xef\xbb\xbf" else 0
    line = 1
    while at < len(data):
        blank = BLANK.match(data, at)
        if blank:
            at = blank.end()
            line += 1
            continue
        begin = at
        fields = []
        while True:
            at = SPACES.match(data, at).end()
            if data[at:at + 1] == b'"':
                quoted = QUOTED.match(data, at)
                if not quoted:
                    raise Refused("%s:%d: a quote that never closes" % (name, line))
                fields.append(quoted.group(1).replace(b'""', b'"'))
                at = SPACES.match(data, quoted.end()).end()
                if data[at:at + 1] not in (b",", b"\r", b"\n", b""):
                    raise Refused("%s:%d: text behind a closing quote" % (name, line))
            else:
                end = UNQUOTED.match(data, at).end()
                if data[end:end + 1] == b'"':
                    raise Refused("%s:%d: a quote inside an unquoted value" % (name, line))
                fields.append(data[at:end].rstrip(b" \t"))
                at = end
            if data[at:at + 1] != b",":
                break
            at += 1
        raw = data[begin:at]
        if len(raw) > RECORD_BYTES_MAX:
            raise Refused("%s:%d: a record over 1 MiB" % (name, line))
        yield line, raw, fields
        line += len(LINE_END.findall(raw)) + 1
        ending = LINE_END.match(data, at)
        at = ending.end() if ending else at


def bind_header(input_name, header, name, line):
    """[position or None] of every listed column."""
    places = []
    for column in INPUTS[input_name]:
        count = header.count(column.name.encode())
        if count > 1:
            raise Refused("%s:%d: column %s twice" % (name, line, column.name))
        if count == 0 and not column.optional_column:
            raise Refused("%s:%d: no column %s" % (name, line, column.name))
        places.append(header.index(column.name.encode()) if count else None)
    return places


# ---- values ------------------------------------------------------------------------------------

BOOLEANS = {b"true": True, b"yes": True, b"1": True, b"false": False, b"no": False, b"0": False}


def is_utf8(text):
    try:
        text.decode("utf-8")
        return True
    except UnicodeDecodeError:
        return False


def parse_text(text, bytes_max, free):
    if len(text) > bytes_max:
        return None, "too_long"
    for byte in text:
        if (byte < 0x20 or byte == 0x7f) and not (free and byte in b"\t\r\n"):
            return None, "bad_text"
    return (text, None) if is_utf8(text) else (None, "bad_text")


def parse_count(text):
    if not re.fullmatch(rb"-?[0-9]+", text):
        return None, "bad_number"
    count = int(text)
    return (count, None) if 1 <= count <= 999 else (None, "out_of_range")


def parse_value(column, text, zone):
    """(value or None for absent, reason or None) of one cell by the column's own checks."""
    if text == b"":
        return None, ("missing_value" if column.required else None)
    if column.kind == "text":
        return parse_text(text, TEXT_BYTES_MAX, False)
    if column.kind == "long_text":
        return parse_text(text, LONG_TEXT_BYTES_MAX, True)
    if column.kind == "choice":
        known = [choice for choice in column.choices if choice.encode() == text]
        return (known[0], None) if known else (None, "unknown_value")
    if column.kind == "currency":
        known = [code for code in values.MINOR_UNITS if code.encode() == text]
        return (known[0], None) if known else (None, "unknown_value")
    if column.kind == "boolean":
        known = BOOLEANS.get(text.lower())
        return (None, "bad_boolean") if known is None else (known, None)
    if column.kind == "instant":
        return values.parse_instant(text, zone)
    if column.kind == "date":
        return values.parse_date(text)
    if column.kind == "count":
        return parse_count(text)
    assert column.kind == "amount"
    value, reason = values.parse_decimal(text)
    if reason is None and value < 0:
        return None, "negative"
    return value, reason


# ---- rows --------------------------------------------------------------------------------------

class Row:
    """One record of an input.  `values` holds every column that passes its own checks (None for
    absent); a row is rejected when `reason` is set, a duplicate when `duplicate` is."""

    def __init__(self, input_name, file, line, raw):
        self.input = input_name
        self.file = file
        self.line = line
        self.raw = raw
        self.values = {}
        self.column = ""
        self.reason = None
        self.duplicate = False

    def __getitem__(self, column):
        return self.values[column]

    def reject(self, column, reason):
        if self.reason is None:
            self.column = column
            self.reason = reason

    @property
    def accepted(self):
        return self.reason is None and not self.duplicate

    @property
    def key(self):
        return tuple(self.values[column] for column in KEYS[self.input])

    def bears(self, **naming):
        """Whether each of these columns is readable and has this value."""
        return all(column in self.values and self.values[column] == value
                   for column, value in naming.items())


def check_between_columns(row, zone):
    v = row.values
    if row.input == "orders":
        if v["billing_mode"] == "prepaid":
            for column in ("term_unit", "term_count", "expires_at"):
                if v[column] is None:
                    return row.reject(column, "missing_value")
        if v["expires_at"] is not None:
            if v["expires_at"] <= v["starts_at"]:
                return row.reject("expires_at", "ends_before_start")
            if v["expires_at"] > values.add_years(v["starts_at"], 100, zone):
                return row.reject("expires_at", "out_of_range")
        for column in ("cash_paid", "flexi_coupon_paid", "cash_coupon_paid"):
            if not values.is_multiple(v[column], values.MINOR_UNITS[v["currency"]]):
                return row.reject(column, "too_precise")
    elif row.input == "incidents":
        if v["rectified_at"] is not None and v["rectified_at"] < v["started_at"]:
            return row.reject("rectified_at", "ends_before_start")
    elif row.input == "filings":
        submitted, approved = v["submitted_at"], v["approved_at"]
        if submitted is not None and submitted < v["started_at"]:
            return row.reject("submitted_at", "ends_before_start")
        if submitted is not None and approved is not None and approved < submitted:
            return row.reject("approved_at", "ends_before_start")
    return None


def read_input(input_name, files, zone, too_old_before):
    """Every row of an input in the order read, with all rejects but duplicate_key."""
    rows = []
    for name, data in files:
        places = None
        for line, raw, fields in records(data, name):
            if places is None:
                places = bind_header(input_name, fields, name, line)
                width = len(fields)
                continue
            row = Row(input_name, name, line, raw)
            rows.append(row)
            if len(fields) != width:
                row.reject("", "wrong_field_count")
                continue
            for column, place in zip(INPUTS[input_name], places):
                text = fields[place] if place is not None else b""
                value, reason = parse_value(column, text, zone)
                if reason:
                    row.reject(column.name, reason)
                else:
                    row.values[column.name] = value
            if input_name == "incidents" and row.values.get("sla_covered", 0) is None:
                row.values["sla_covered"] = True
            if row.reason is None:
                check_between_columns(row, zone)
            if row.reason is None and input_name in EVENT_TIME:
                column = EVENT_TIME[input_name]
                if row[column] is not None and row[column] < too_old_before:
                    row.reject(column, "too_old")
        if places is None:
            raise Refused("%s: empty, without a header" % name)
    return rows


def settle_keys(rows):
    """Among these rows: equal rows of one key count once, differing ones are all rejected."""
    by_key = {}
    for row in rows:
        if row.accepted:
            by_key.setdefault(row.key, []).append(row)
    for same in by_key.values():
        if all(row.values == same[0].values for row in same):
            for row in same[1:]:
                row.duplicate = True
        else:
            for row in same:
                row.reject(KEYS[row.input][0], "duplicate_key")


def readable_utf8(raw):
    """The text with each invalid byte as one U+FFFD."""
    out = []
    at = 0
    while at < len(raw):
        for length in (1, 2, 3, 4):
            piece = raw[at:at + length]
            if len(piece) == length and is_utf8(piece):
                out.append(piece)
                at += length
                break
        else:
            out.append("\ufffd".encode())
            at += 1
    return b"".join(out)
