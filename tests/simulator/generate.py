"""Seeded generator of short histories: months of exports that continue each other.

    generate.py [--histories N] [--seed S] --coverage     how often each reason appears
    generate.py --seed S --write DIR                      one history as folders
"""

import argparse
import collections
import os
import random
import sys
import tempfile

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import exports
import model
import policy_file
import values
from spelling import render_month, sabotage
from world import World


class Month:
    def __init__(self, month, files):
        self.month = month
        self.files = files                       # file name -> bytes
        self.sabotage = None                     # (label, files) that must be refused
        self.restated = None                     # other files of this month


class History:
    def __init__(self, seed, policy, opening_from, months, plain_policy):
        self.seed = seed
        self.policy = policy
        self.opening_from = opening_from         # month or None
        self.months = months
        self.plain_policy = plain_policy         # the published defaults as they are


def generate(seed):
    world = World(seed)
    rng = random.Random("%s exports" % seed)
    months = []
    for number in world.months:
        month = Month(number, render_month(rng, world, number))
        if rng.random() < 0.2:
            month.sabotage = sabotage(rng, month.files)
        months.append(month)
    if rng.random() < 0.4:
        months[-1].restated = render_month(rng, world, months[-1].month, drop=0.15)
    return History(seed, world.policy, world.opening, months, world.plain_policy)


def write_exports(folder, files):
    os.makedirs(folder)
    for name, data in files.items():
        with open(os.path.join(folder, name), "wb") as file:
            file.write(data)


def write_history(folder, history):
    os.makedirs(folder)
    policy_file.write_policy(os.path.join(folder, "policy.conf"), history.policy)
    for month in history.months:
        base = os.path.join(folder, values.month_text(month.month))
        write_exports(base, month.files)
        if month.sabotage:
            write_exports(base + ".refused", month.sabotage[1])
        if month.restated:
            write_exports(base + ".restated", month.restated)


def coverage(first_seed, count):
    """Counts of every reason, from the model's own books."""
    found = {}
    problems = 0
    for ledger, reasons in EXPECTED_REASONS.items():
        found[ledger] = collections.Counter({reason: 0 for reason in reasons})
    found["status"] = collections.Counter()
    found["refused"] = collections.Counter()
    found["events"] = collections.Counter()
    for seed in range(first_seed, first_seed + count):
        history = generate(seed)
        state = None
        with tempfile.TemporaryDirectory() as folder:
            for month in history.months:
                opening = history.opening_from if state is None else None
                if month.sabotage:
                    path = os.path.join(folder, "refused-%d" % month.month)
                    write_exports(path, month.sabotage[1])
                    try:
                        model.run_period(path, month.month, history.policy, state, opening)
                        found["refused"][month.sabotage[0] + " (harmless)"] += 1
                    except exports.Stop as stop:
                        found["refused"]["%s: %d" % (month.sabotage[0], stop.exit_status)] += 1
                path = os.path.join(folder, str(month.month))
                write_exports(path, month.files)
                try:
                    books = model.run_period(path, month.month, history.policy, state, opening)
                except exports.Stop as stop:
                    found["status"][str(stop)] += 1
                    break
                state = books.state
                found["status"][str(books.exit_status)] += 1
                for ledger in ("refunds", "compensations", "rewards"):
                    for row in books.ledgers[ledger]:
                        found[ledger][row["decision"] + " " + row["reason"]] += 1
                for row in books.ledgers["rejects"]:
                    found["rejects"][row["reason"]] += 1
                for row in books.ledgers["tickets"]:
                    found["tickets"][row["scope"]] += 1
                for (scope, name), number in books.controls.items():
                    if number and name in exports.INPUTS and scope not in (
                            "read", "accepted", "rejected"):
                        found["events"][scope + " " + name] += number
    for ledger, counter in found.items():
        print(ledger)
        for reason, number in sorted(counter.items()):
            print("  %7d  %s%s" % (number, reason, "" if number else "   <- never"))
            problems += number == 0 and ledger in EXPECTED_REASONS
    return problems


EXPECTED_REASONS = {
    "refunds": ["deferred source_rejected"] + ["denied " + reason for reason in (
        "unknown_order", "account_mismatch", "before_purchase", "pay_per_use",
        "labelled_nonrefundable", "already_refunded", "grace_or_retention", "not_covered")]
    + ["full within_five_days", "partial after_five_days", "partial full_refund_quota_used"],
    "compensations": ["deferred source_rejected", "deferred fault_not_rectified",
                      "compensated platform_fault", "compensated capped"]
    + ["denied " + reason for reason in exports.EXCLUDED_CAUSES + (
        "unknown_incident", "not_under_sla", "before_fault", "claim_too_late", "unknown_resource",
        "not_affected", "already_compensated")],
    "rewards": ["pending not_completed", "deferred source_rejected", "granted eligible"]
    + ["denied " + reason for reason in (
        "unknown_account", "not_first_filing", "not_a_website", "no_subscribed_host",
        "service_ended", "recharge_too_low", "abandoned", "already_rewarded")],
    "tickets": ["in_scope", "out_of_scope"],
    "rejects": ["wrong_field_count", "missing_value", "too_long", "bad_text", "bad_number",
                "out_of_range", "too_precise", "negative", "bad_timestamp", "bad_boolean",
                "unknown_value", "ends_before_start", "too_old", "duplicate_key"],
}


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--histories", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--coverage", action="store_true")
    parser.add_argument("--write", metavar="DIR")
    options = parser.parse_args()
    if options.write:
        write_history(options.write, generate(options.seed))
    if options.coverage:
        sys.exit(1 if coverage(options.seed, options.histories) else 0)


if __name__ == "__main__":
    main()
