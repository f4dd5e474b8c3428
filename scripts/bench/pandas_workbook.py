"""The workbook of pandas_job.py: the columns of the program's own sheets, formulas included.

So that both sides make the same for an auditor: what an amount comes from stands beside it, and it
is computed again when the workbook is. Rows go to the sheets one by one in constant memory, which
is faster and smaller than DataFrame.to_excel; formats are those of the columns.

Rewards, tickets, rejects, the policy's page, charts and links are left out.
"""

import numpy
import pandas
import xlsxwriter

DIGITS = {"CNY": 2, "USD": 2, "EUR": 2, "JPY": 0, "KWD": 3}
NEVER = 1 << 50  # exact as a float too, which a left join makes of integers
SHEET_ROWS_MAX = 1_048_575
HEADING_ROWS = 1
DAY_SECONDS = 86_400
EPOCH_DAYS = 25_569  # from 1899-12-30, Excel's day 0, to 1970-01-01
POLICY_VERSION = "standard"
REFUND_WHY = {
    "unknown_order": "no order with this id is in the orders export",
    "account_mismatch": "the order belongs to another account",
    "before_purchase": "the request is older than the purchase",
    "pay_per_use": "pay-per-use resources and packages are not refundable",
    "labelled_nonrefundable": "the resource is labelled as non-refundable",
    "already_refunded": "the order had been refunded before the request",
    "grace_or_retention": "the order had expired: its resource is in the grace or retention period",
    "not_covered": "the case is not covered by a refund scenario"}

INSTANT, AMOUNT, RATE, COUNT, TEXT = "instant", "amount", "rate", "count", "text"
FORMATS = {INSTANT: {"num_format": "yyyy-mm-dd hh:mm:ss"}, AMOUNT: {"num_format": "#,##0.00###"},
           RATE: {"num_format": "0.########"}, COUNT: {"num_format": "#,##0"}, TEXT: {}}


def days(at):
    return pandas.Series(numpy.where(at == NEVER, numpy.nan, EPOCH_DAYS + at / DAY_SECONDS))


def amounts(minor, currencies, where=True):
    scale = currencies.map(DIGITS).fillna(0).to_numpy()
    return pandas.Series(numpy.where(where, minor.to_numpy() / 10.0 ** scale, numpy.nan))


def scales(currencies):
    return [str(10 ** DIGITS.get(currency, 0)) for currency in currencies]


# --- formulas: of the number of a row and what it takes from elsewhere ---


def half_up(numerator, denominator, scale):
    return f"INT((2*({numerator})+{denominator})/(2*{denominator}))/{scale}"


def due_formula(row, scale, digits):
    return f"=MIN(H{row},{half_up(f'ROUND(H{row}*{scale},0)*R{row}', f'S{row}', scale)})"


def fee_formula(row, scale, digits):
    fee = half_up(f"ROUND(H{row}*{scale},0)*ROUND(U{row}*10000,0)", "10000", scale)
    return f"=MIN(ROUND(H{row}-I{row},{digits}),{fee})"


def refund_formula(row, scale, digits):
    return f"=ROUND(H{row}-I{row}-J{row},{digits})"


def cash_formula(row, scale, digits):
    paid = f"ROUND(H{row}*{scale},0)"
    return "=" + half_up(f"ROUND(K{row}*{scale},0)*ROUND(O{row}*{scale},0)", paid, scale)


def flexi_formula(row, scale, digits):
    return f"=ROUND(K{row}-L{row},{digits})"


def compensation_formula(row, scale, digits):
    share = half_up(f"ROUND(L{row}*{scale},0)*(M{row}*N{row})", f"O{row}", scale)
    return f"=ROUND({share}-P{row},{digits})"


def total_formula(row, scale, digits):
    return f"=ROUND(E{row}+G{row}+I{row},{digits})"


# --- sheets ---


class Sheets:
    def __init__(self, path):
        self.book = xlsxwriter.Workbook(path, {
            "constant_memory": True, "strings_to_urls": False, "strings_to_formulas": False})
        self.formats = {kind: self.book.add_format(how) for kind, how in FORMATS.items()}
        self.heading = self.book.add_format({"bold": True})

    def open_sheet(self, name, columns):
        sheet = self.book.add_worksheet(name)
        sheet.freeze_panes(HEADING_ROWS, 0)
        for number, (_, kind, _) in enumerate(columns):
            sheet.set_column(number, number, 14, self.formats[kind])
        sheet.write_row(0, 0, [heading for heading, _, _ in columns], self.heading)
        return sheet

    def write(self, name, columns, currencies=None, formulas=None):
        """Columns are (heading, kind, values); NaN and "" leave a cell empty. Formulas are
        {number of a column: (function, whether a row has one)}; the value is kept beside."""
        rows = zip(*([None if value == "" or value != value else value for value in values.tolist()]
                     for _, _, values in columns))
        count = len(columns[0][2])
        formulas = formulas or {}
        scale = scales(currencies) if formulas else []
        kinds = [self.formats[kind] for _, kind, _ in columns]
        sheet = None
        for number, row in enumerate(rows):
            line = number % SHEET_ROWS_MAX + HEADING_ROWS
            if line == HEADING_ROWS:
                part = number // SHEET_ROWS_MAX + 1
                sheet = self.open_sheet(name if part == 1 else f"{name} {part}", columns)
            here = {column: formula for column, (formula, has) in formulas.items() if has[number]}
            sheet.write_row(line, 0, [None if column in here else value
                                      for column, value in enumerate(row)] if here else row)
            for column, formula in here.items():
                digits = len(scale[number]) - 1
                sheet.write_formula(line, column, formula(line + 1, scale[number], digits),
                                    kinds[column], row[column])
        if count == 0:
            self.open_sheet(name, columns)
        else:
            sheet.autofilter(0, 0, line, len(columns) - 1)

    def close(self):
        self.book.close()


# --- what stands in them ---


def refund_why(r):
    def used(row):
        share = f"{row.used:,} of {row.subscribed:,} seconds used, {row.percent} % fee"
        if row.reason == "after_five_days":
            return f"after five days: {share}"
        return f"the year's ten full refunds are used up: {share}"

    return pandas.Series([
        used(row) if row.partial else
        f"within five days: full refund no. {row.number} of the year's ten" if row.full_refund else
        REFUND_WHY[row.reason] for row in r.itertuples()])


def write_refunds(sheets, refunds):
    r = refunds.assign(full_refund=refunds.approved & refunds.full,
                       partial=refunds.approved & ~refunds.full)
    full, partial, approved = (r[name].to_numpy() for name in ("full_refund", "partial",
                                                               "approved"))
    r["subscribed"] = numpy.where(partial, r.expires_at - r.starts_at, 0)
    r["used"] = numpy.where(partial, numpy.maximum(r.requested_at - r.starts_at, 0), 0)
    texts = {name: r[name].fillna("") for name in ("service", "currency", "resource_id")}
    known = r.account_id_order == r.account_id

    def money(name):
        return amounts(r[name], r.currency, approved)

    def of_partial(values):
        return pandas.Series(numpy.where(partial, values, numpy.nan))

    columns = [
        ("Request", TEXT, r.request_id), ("Account", TEXT, r.account_id),
        ("Service", TEXT, texts["service"]), ("Currency", TEXT, texts["currency"]),
        ("Requested (UTC+08:00)", INSTANT, days(r.requested_at.to_numpy())),
        ("Decision", TEXT, pandas.Series(numpy.select([full, partial], ["full", "partial"],
                                                      "denied"))),
        ("Why", TEXT, refund_why(r)),
        ("Actual payment", AMOUNT, money("paid")), ("Amount due", AMOUNT, money("due")),
        ("Handling fee", AMOUNT, money("fee")), ("Refund", AMOUNT, money("refund")),
        ("Refund in cash", AMOUNT, money("refund_cash")),
        ("Refund in flexi coupon", AMOUNT,
         amounts(r.refund - r.refund_cash, r.currency, approved)),
        ("Cash coupon restored", AMOUNT, pandas.Series(numpy.where(approved, 0.0, numpy.nan))),
        ("Paid in cash", AMOUNT, money("cash")), ("Reason", TEXT, r.reason),
        ("Clause", TEXT, pandas.Series(numpy.select(
            [full, partial], ["refund.full", "refund.partial"], "refund.conditions"))),
        ("Used", COUNT, of_partial(r.used)), ("Subscribed", COUNT, of_partial(r.subscribed)),
        ("Unit", TEXT, pandas.Series(numpy.where(partial, "second", ""))),
        ("Handling fee rate", RATE, of_partial(r.percent / 100)),
        ("Product category", TEXT, r.category.where(known, "").fillna("")),
        ("Usage year", COUNT, of_partial(r.usage_year)),
        ("Full refund no.", COUNT, pandas.Series(numpy.where(full, r.number, numpy.nan))),
        ("Order", TEXT, r.order_id), ("Resource", TEXT, texts["resource_id"]),
        *((f"{name.capitalize()} (UTC+08:00)", INSTANT,
           days(numpy.where(known, r[f"{name}_at"], NEVER)))
          for name in ("purchased", "starts", "expires")),
        ("Policy version", TEXT, pandas.Series([POLICY_VERSION] * len(r))),
        ("Origin period", TEXT, pandas.Series([""] * len(r)))]
    paid = approved & (r.paid.to_numpy() > 0)
    sheets.write("Refunds", columns, r.currency, {
        8: (due_formula, partial), 9: (fee_formula, partial), 10: (refund_formula, approved),
        11: (cash_formula, paid), 12: (flexi_formula, approved)})


def write_compensations(sheets, paid):
    p = paid.reset_index(drop=True).astype({"times": int})
    usage = p.units.to_numpy() > 1
    cost = p.cost.astype(float) / p.units / 10.0 ** p.currency.map(DIGITS)
    why = pandas.Series([
        f"{row.seconds:,} of {row.basis_seconds:,} seconds of cost, {row.times} times "
        f"({row.scenario})" for row in p.itertuples()])
    columns = [
        ("Claim", TEXT, p.claim_id), ("Account", TEXT, p.account_id),
        ("Resource", TEXT, p.basis_resource), ("Service", TEXT, p.basis_service),
        ("Currency", TEXT, p.currency),
        ("Submitted (UTC+08:00)", INSTANT, days(p.submitted_at.to_numpy())),
        ("Decision", TEXT, pandas.Series(["compensated"] * len(p))), ("Why", TEXT, why),
        ("Amount", AMOUNT, amounts(p.amount.astype(float), p.currency)),
        ("Reason", TEXT, pandas.Series(["platform_fault"] * len(p))),
        ("Clause", TEXT, pandas.Series(["compensation.amount"] * len(p))),
        ("Cost", AMOUNT, cost), ("Times", COUNT, p.times), ("Fault seconds", COUNT, p.seconds),
        ("Basis seconds", COUNT, p.basis_seconds),
        ("Withheld by cap", AMOUNT, pandas.Series([0.0] * len(p))),
        ("Daily cost", RATE, (cost * DAY_SECONDS / p.basis_seconds.astype(float)).round(8)),
        ("Compensated from (UTC+08:00)", INSTANT, days(p["from"].to_numpy())),
        ("Compensated to (UTC+08:00)", INSTANT, days(p["to"].to_numpy())),
        ("Incident", TEXT, p.incident_id),
        ("Basis", TEXT, pandas.Series(numpy.where(usage, "usage", "order"))),
        ("Order or usage date", TEXT, p.basis_id),
        ("Basis starts (UTC+08:00)", INSTANT, days(p.valid_from.to_numpy())),
        ("Region", TEXT, p.basis_region), ("Scenario", TEXT, p.scenario),
        ("Cause", TEXT, p.cause),
        ("Fault started (UTC+08:00)", INSTANT, days(p.started_at.to_numpy())),
        ("Fault rectified (UTC+08:00)", INSTANT, days(p.rectified_at.to_numpy())),
        ("Policy version", TEXT, pandas.Series([POLICY_VERSION] * len(p))),
        ("Origin period", TEXT, pandas.Series([""] * len(p)))]
    # A usage cost has more digits than the amounts that the formula is exact with.
    sheets.write("Compensations", columns, p.currency, {8: (compensation_formula, ~usage)})


def first_rows(frame, name, where):
    """Where an account's first row of the currency stands, by account and currency."""
    lines = pandas.Series(numpy.arange(len(frame)) % SHEET_ROWS_MAX + HEADING_ROWS + 1)
    kept = pandas.DataFrame({"account_id": frame.account_id, "currency": frame.currency,
                             "line": lines.to_numpy()})[where]
    firsts = kept.groupby(["account_id", "currency"]).line.min()
    return firsts.map(lambda line: f"{name}, row {line}")


def write_accounts(sheets, accounts, refunds, paid):
    a = accounts.reset_index(drop=True)
    keys = pandas.MultiIndex.from_frame(a[["account_id", "currency"]])
    firsts = [
        first_rows(refunds.reset_index(drop=True), "Refunds", refunds.approved.to_numpy()),
        first_rows(paid.reset_index(drop=True), "Compensations", numpy.ones(len(paid), bool))]
    firsts = [pandas.Series(first.reindex(keys).fillna("").to_numpy()) for first in firsts]
    columns = [
        ("Account", TEXT, a.account_id), ("Name", TEXT, a.name), ("Currency", TEXT, a.currency),
        ("Refunds", COUNT, a.refunds), ("Refunded", AMOUNT, amounts(a.refund_total, a.currency)),
        ("Compensations", COUNT, a.compensations),
        ("Compensated", AMOUNT, amounts(a.compensation_total, a.currency)),
        ("Rewards", COUNT, pandas.Series([0] * len(a))),
        ("Rewarded", AMOUNT, pandas.Series([0.0] * len(a))),
        ("Total", AMOUNT, amounts(a.refund_total + a.compensation_total, a.currency)),
        ("First refund", TEXT, firsts[0]), ("First compensation", TEXT, firsts[1]),
        ("First reward", TEXT, pandas.Series([""] * len(a))),
        ("Refunded in cash", AMOUNT, amounts(a.refund_cash_total, a.currency)),
        ("Refunded in flexi coupon", AMOUNT,
         amounts(a.refund_total - a.refund_cash_total, a.currency))]
    sheets.write("Accounts", columns, a.currency, {9: (total_formula, numpy.ones(len(a), bool))})


def write_denied(sheets, denied):
    d = denied.fillna("")
    sheets.write("Denied claims", [
        (heading, TEXT, d[name]) for heading, name in (
            ("Claim", "claim_id"), ("Account", "account_id"), ("Incident", "incident_id"),
            ("Resource", "resource_id"), ("Reason", "reason"))])


def write_workbook(path, refunds, paid, denied, accounts):
    sheets = Sheets(path)
    write_refunds(sheets, refunds)
    write_compensations(sheets, paid)
    write_denied(sheets, denied)
    write_accounts(sheets, accounts, refunds, paid)
    sheets.close()
