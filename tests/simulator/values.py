"""Instants, months, decimals and rounding for the reference model.

Instants are whole seconds since 1970-01-01T00:00:00Z, as int.  A month is the number
year * 12 + month - 1.  Money and every other decimal is a fractions.Fraction: nothing here is
ever a float.
"""

import re
from fractions import Fraction

DAY = 86400
HOUR = 3600

# ISO 4217: minor units of every currency whose minor units are not 2, then those with 2.
MINOR_UNITS = {}
for _code in "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF".split():
    MINOR_UNITS[_code] = 0
for _code in "BHD IQD JOD KWD LYD OMR TND".split():
    MINOR_UNITS[_code] = 3
for _code in "CLF UYW".split():
    MINOR_UNITS[_code] = 4
for _code in """
        AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD
        CAD CDF CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP
        GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK
        LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO
        NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS
        SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST
        XAD XCD XCG YER ZAR ZMW ZWG""".split():
    MINOR_UNITS[_code] = 2


# ---- civil dates -------------------------------------------------------------------------------

def is_leap(year):
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def days_in_month(year, month):
    if month == 2:
        return 29 if is_leap(year) else 28
    return 30 if month in (4, 6, 9, 11) else 31


def days_from_civil(year, month, day):
    """Days from 1970-01-01 to the date, for any year of the proleptic Gregorian calendar."""
    y = year - 1
    days = y * 365 + y // 4 - y // 100 + y // 400
    for m in range(1, month):
        days += days_in_month(year, m)
    return days + day - 1 - 719162


def civil_from_days(days):
    """(year, month, day) of the day `days` after 1970-01-01."""
    year = 1970 + days // 366          # never too late
    if days < 0:
        year = 1970 + days // 365 - 1  # never too late either
    while days_from_civil(year + 1, 1, 1) <= days:
        year += 1
    rest = days - days_from_civil(year, 1, 1)
    month = 1
    while rest >= days_in_month(year, month):
        rest -= days_in_month(year, month)
        month += 1
    return year, month, rest + 1


def local_day(instant, zone):
    """Days from 1970-01-01 to the local date of an instant."""
    return (instant + zone) // DAY


def civil(instant, zone):
    return civil_from_days(local_day(instant, zone))


def add_years(instant, years, zone):
    """The same local wall clock `years` later; 29 February becomes 28 February when it must."""
    day, second = divmod(instant + zone, DAY)
    year, month, dom = civil_from_days(day)
    dom = min(dom, days_in_month(year + years, month))
    return days_from_civil(year + years, month, dom) * DAY + second - zone


def month_of(instant, zone):
    year, month, _ = civil(instant, zone)
    return year * 12 + month - 1


def month_start(month, zone):
    return days_from_civil(month // 12, month % 12 + 1, 1) * DAY - zone


def month_text(month):
    return "%04d-%02d" % (month // 12, month % 12 + 1)


def month_parse(text):
    year, month = text.split("-")
    return int(year) * 12 + int(month) - 1


def zone_text(zone):
    sign = "-" if zone < 0 else "+"
    return "%s%02d:%02d" % (sign, abs(zone) // HOUR, abs(zone) % HOUR // 60)


def date_text(days):
    return "%04d-%02d-%02d" % civil_from_days(days)


def instant_text(instant, zone):
    day, second = divmod(instant + zone, DAY)
    return "%sT%02d:%02d:%02d%s" % (date_text(day), second // HOUR, second % HOUR // 60,
                                    second % 60, zone_text(zone))


INSTANT = re.compile(
    rb"([0-9]{4})-([0-9]{2})-([0-9]{2})[Tt ]([0-9]{2}):([0-9]{2}):([0-9]{2})(?:\.[0-9]+)?"
    rb"(?:([Zz])|([+-])([0-9]{2}):([0-9]{2})|( GMT\+08:00))?")
DATE = re.compile(rb"([0-9]{4})-([0-9]{2})-([0-9]{2})")


def _date_exists(year, month, day):
    return 1 <= month <= 12 and 1 <= day <= days_in_month(year, month)


def parse_instant(text, zone):
    """(instant, None) or (None, reason)."""
    match = INSTANT.fullmatch(text)
    if not match:
        return None, "bad_timestamp"
    year, month, day, hour, minute, second = (int(match.group(i)) for i in range(1, 7))
    if not _date_exists(year, month, day) or hour > 23 or minute > 59 or second > 59:
        return None, "bad_timestamp"
    offset = zone
    if match.group(7):
        offset = 0
    elif match.group(8):
        if int(match.group(9)) > 23 or int(match.group(10)) > 59:
            return None, "bad_timestamp"
        offset = int(match.group(9)) * HOUR + int(match.group(10)) * 60
        if match.group(8) == b"-":
            offset = -offset
    elif match.group(11):
        offset = 8 * HOUR
    instant = (days_from_civil(year, month, day) * DAY + hour * HOUR + minute * 60 + second
               - offset)
    if not 1970 <= civil(instant, zone)[0] <= 9999:
        return None, "out_of_range"
    return instant, None


def parse_date(text):
    """(days from 1970-01-01, None) or (None, reason)."""
    match = DATE.fullmatch(text)
    if not match:
        return None, "bad_timestamp"
    year, month, day = (int(match.group(i)) for i in range(1, 4))
    if not _date_exists(year, month, day):
        return None, "bad_timestamp"
    if not 1970 <= year <= 9999:
        return None, "out_of_range"
    return days_from_civil(year, month, day), None


# ---- decimals ----------------------------------------------------------------------------------

DECIMAL = re.compile(rb"(-?)([0-9]+)(?:\.([0-9]+))?")


def parse_decimal(text):
    """(Fraction, None) or (None, reason).  Digits are counted as written."""
    match = DECIMAL.fullmatch(text)
    if not match:
        return None, "bad_number"
    sign, whole, decimals = match.group(1), match.group(2), match.group(3) or b""
    if len(whole) > 15:
        return None, "out_of_range"
    if len(decimals) > 10:
        return None, "too_precise"
    value = Fraction(int(whole + decimals), 10 ** len(decimals))
    return (-value if sign else value), None


def round_to_integer(value, mode):
    """A non-negative exact ratio to a whole number."""
    assert value >= 0
    whole = value.numerator // value.denominator
    rest = value - whole
    if mode == "down":
        return whole
    if rest > Fraction(1, 2):
        return whole + 1
    if rest < Fraction(1, 2):
        return whole
    if mode == "half_up":
        return whole + 1
    assert mode == "half_even"
    return whole + whole % 2


def round_money(value, digits, mode):
    """An exact ratio to a multiple of 10**-digits, rounded once."""
    return Fraction(round_to_integer(value * 10 ** digits, mode), 10 ** digits)


def is_multiple(value, digits):
    return (value * 10 ** digits).denominator == 1


def fixed_text(value, digits):
    """Plain digits with exactly `digits` decimals; the value must be that coarse."""
    units = value * 10 ** digits
    assert units.denominator == 1 and units >= 0, (value, digits)
    text = str(units.numerator).rjust(digits + 1, "0")
    return text if digits == 0 else text[:-digits] + "." + text[-digits:]


def shortest_text(value, digits_min=0):
    """Plain digits, at least digits_min decimals, no further trailing zeros."""
    digits = digits_min
    while not is_multiple(value, digits):
        digits += 1
    return fixed_text(value, digits)
