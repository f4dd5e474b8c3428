#!/usr/bin/python3
"""Writes random cases of decimal arithmetic, with the answers of Python's fractions.

    python3 tests/policy/decimal_cases.py --count 1000000 --seed 1 | build/tests/policy/decimal_campaign

One case a line, fields between tabs: the operation, its arguments, the answer. Decimals are counts
of 10^-10 units, as in policy/decimal.h, except where they are text.
"""

import argparse
import random
import re
from fractions import Fraction

DIGITS = 10
ONE = 10**DIGITS
INPUT_MAX = 10**25 - 1
INT128_MIN, INT128_MAX = -(2**127), 2**127 - 1
INT64_MAX = 2**63 - 1
CENTURY_SECONDS = 100 * 366 * 86400
MODES = ("half_up", "half_even", "down")
NUMBER = re.compile(r"-?([0-9]+)(?:\.([0-9]+))?", re.ASCII)


def round_fraction(exact, mode):
    """The whole number that the mode rounds an exact one to."""
    whole = abs(exact) // 1
    rest = abs(exact) - whole
    half = Fraction(1, 2)
    if mode == "half_up":
        away = rest >= half
    elif mode == "half_even":
        away = rest > half or (rest == half and whole % 2 == 1)
    else:
        away = False
    magnitude = int(whole) + away
    return -magnitude if exact < 0 else magnitude


def round_units(exact, digits, mode):
    """Exact units, rounded to decimals."""
    step = 10 ** (DIGITS - digits)
    return fit(round_fraction(exact / step, mode) * step)


def fit(units):
    return units if INT128_MIN <= units <= INT128_MAX else "overflow"


def parse(text):
    number = NUMBER.fullmatch(text)
    if number is None:
        return ["bad_number"]
    if len(number[1]) > 15:
        return ["out_of_range"]
    if len(number[2] or "") > DIGITS:
        return ["too_precise"]
    return ["ok", int(Fraction(text) * ONE)]


def plain(units, digits_min):
    whole, rest = divmod(abs(units), ONE)
    decimals = f"{rest:0{DIGITS}}"
    kept = decimals.rstrip("0")
    kept = decimals[: max(len(kept), digits_min)]
    return ("-" if units < 0 else "") + str(whole) + ("." + kept if kept else "")


class Cases:
    def __init__(self, seed):
        self.random = random.Random(seed)

    def magnitude(self, limit):
        """Every length is as likely as the next, and so are the neighbours of round numbers."""
        pick = self.random.randrange
        kind = pick(8)
        if kind == 0:
            return max(0, limit - pick(3))
        if kind == 1:
            value = 10 ** pick(len(str(limit))) + pick(-1, 2)
        elif kind == 2:
            value = 2 ** pick(limit.bit_length() + 1) + pick(-1, 2)
        elif kind == 3:
            value = pick(1000)
        else:
            value = pick(10 ** (1 + pick(len(str(limit)))))
        return min(max(value, 0), limit)

    def units(self):
        """An amount: mostly what an input or a sum may be, sometimes all of 128 bits."""
        pick = self.random.randrange
        kind = pick(4)
        if kind == 0:
            value = self.magnitude(10**15 - 1) * 10 ** (DIGITS - 2)
        elif kind == 1:
            value = self.magnitude(INT128_MAX)
        else:
            value = self.magnitude(INPUT_MAX)
        return -value if pick(2) else value

    def digits(self):
        return self.random.choice((0, 2, 2, 3, 4, 8, 10, self.random.randrange(DIGITS + 1)))

    def case_parse(self):
        pick = self.random.randrange
        text = "".join(self.random.choice("0123456789") for _ in range(self.magnitude(18)))
        if pick(4):
            text += "." + "".join(self.random.choice("0123456789") for _ in range(pick(13)))
        if pick(3) == 0:
            text = "-" + text
        if pick(4) == 0:
            place = pick(len(text) + 1)
            junk = self.random.choice(("", "+", "-", ".", ",", " ", "e5", "x", "0", "00", "/", ":"))
            text = text[:place] + junk + text[place + pick(2) :]
        return [text, *parse(text)]

    def case_format(self):
        units, digits = self.units(), self.digits()
        return [units, digits, plain(units, digits)]

    def case_add(self):
        a, b = self.units(), self.units()
        return [a, b, fit(a + b)]

    def case_subtract(self):
        a, b = self.units(), self.units()
        return [a, b, fit(a - b)]

    def case_round(self):
        units, digits, mode = self.units(), self.digits(), self.random.choice(MODES)
        return [units, digits, mode, round_units(Fraction(units), digits, mode)]

    def case_fits(self):
        units, digits = self.units(), self.digits()
        return [units, digits, "yes" if units % 10 ** (DIGITS - digits) == 0 else "no"]

    def case_multiply(self):
        """value x multiplier / divisor: fault times, shares of a payment, anything; many ties."""
        pick = self.random.randrange
        units, digits, mode = self.units(), self.digits(), self.random.choice(MODES)
        kind = pick(5)
        if kind == 0:
            multiplier = pick(101) * pick(CENTURY_SECONDS)
            divisor = 1 + pick(CENTURY_SECONDS)
        elif kind == 1:
            divisor = 1 + self.magnitude(INPUT_MAX)
            multiplier = pick(divisor + 1)
        elif kind == 2:
            multiplier, divisor = self.magnitude(INT128_MAX), 1 + self.magnitude(INT128_MAX - 1)
        else:
            # A tie, or one unit beside it: an odd number of half steps, times and divided by alike.
            factor = 1 + self.magnitude(INT128_MAX // 20)
            step = 10 ** (DIGITS - digits)
            units = (2 * self.magnitude(10 ** (4 + pick(22))) + 1) * step + pick(-1, 2)
            multiplier, divisor = factor, 2 * factor
            if pick(3) == 0:
                multiplier += pick(-1, 2)
            units = min(units, INT128_MAX) * self.random.choice((1, -1))
        exact = Fraction(units) * multiplier / divisor
        return [units, multiplier, divisor, digits, mode, round_units(exact, digits, mode)]

    def case_multiply2(self):
        pick = self.random.randrange
        units, digits, mode = self.units(), self.digits(), self.random.choice(MODES)
        if pick(2):
            a, b = pick(101), pick(CENTURY_SECONDS)
            divisor = 1 + pick(CENTURY_SECONDS)
        else:
            a, b = self.magnitude(INT64_MAX), self.magnitude(INT64_MAX)
            divisor = 1 + self.magnitude(INT64_MAX - 1)
        exact = Fraction(units) * a * b / divisor
        return [units, a, b, divisor, digits, mode, round_units(exact, digits, mode)]

    def lines(self, count):
        kinds = ("parse", "format", "multiply", "multiply", "multiply2", "round", "fits")
        for number in range(count):
            # Sums are simple: a few of them will do.
            kind = self.random.choice(kinds)
            if number % 20 == 0:
                kind = self.random.choice(("add", "subtract"))
            yield "\t".join(map(str, [kind, *getattr(self, "case_" + kind)()]))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--count", type=int, default=400)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    print(f"# decimal_cases.py --count {options.count} --seed {options.seed}")
    for line in Cases(options.seed).lines(options.count):
        print(line)


if __name__ == "__main__":
    main()
