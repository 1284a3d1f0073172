"""Compute the evaluations of a pilot anew from the rows they were judged on, and say equal or not.

Every row is read at the version of the store the evaluation cites; every number must agree to 1e-9
and every digit a page prints must be the same.
"""

from __future__ import annotations

import argparse

from pochin.cli import Fault, named, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("pilot", type=named.pilot, help="number of the pilot, for example P-007")
    parser.add_argument("--number", type=int, help="one evaluation only (default: all)")


def run(args: argparse.Namespace) -> int:
    ready(with_tables=True)
    from pochin.evaluations import lifecycle
    from pochin.evaluations.models import Evaluation

    asked = Evaluation.objects.filter(pilot__number=args.pilot).order_by("number")
    if args.number is not None:
        asked = asked.filter(number=args.number)
    found = list(asked.select_related("pilot", "plan", "snapshot"))
    if not found:
        raise Fault(f"Pilot P-{args.pilot:03} has no such evaluation.")
    status = 0
    for evaluation in found:
        again = lifecycle.recheck(evaluation)
        name = f"Evaluation {evaluation.number} of pilot {evaluation.pilot.code}"
        cited = evaluation.snapshot
        print(f"{name}: {cited.rows} rows at version {cited.version} of the store.")
        if again.is_equal:
            print(
                f"  Equal: {again.numbers} numbers, the largest relative difference "
                f"{again.largest:.1e}; every printed digit is the same."
            )
        for path in again.differences[:20]:
            print(f"  differs: {path}")
        status |= not again.is_equal
    return int(status)
