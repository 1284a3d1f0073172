"""Show what a plan can decide before anybody signs it: power, effect, smallest p."""

from __future__ import annotations

import argparse

from pochin.cli import plans, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", help="plan.json in the format pochin-plan/1")
    parser.add_argument("--sd", type=float, required=True, help="spread of single readings")
    parser.add_argument(
        "--icc",
        type=float,
        nargs="+",
        default=[0.02, 0.05, 0.1],
        help="share of the spread that lies between units (%(default)s)",
    )
    parser.add_argument("--readings", type=float, default=50, help="readings of a unit and period")


def run(args: argparse.Namespace) -> int:
    ready()
    from pochin.cli import Fault
    from pochin.lab.result import LabError
    from pochin.pilots import feasibility

    protocol = plans.read(args.plan)
    guesses = feasibility.Guesses(sd=args.sd, icc=tuple(args.icc), readings=args.readings)
    try:
        found = feasibility.judge(protocol, guesses)
    except LabError as error:
        raise Fault(f"The design cannot be reckoned: {error}") from error
    except ValueError as error:
        raise Fault(f"The design cannot be reckoned: {error}.") from error
    except ArithmeticError as error:
        raise Fault("The guesses are too large or too small to be reckoned with.") from error
    unit = protocol.primary.unit
    print(f"{protocol.kind}, {found.units} units, {found.lots} assignments could be drawn")
    print(f"smallest two-sided p-value possible: {found.floor:.4g}")
    print(f"threshold of the plan: {found.threshold:g} {unit}")
    print("ICC     power   one more   detectable")
    for icc, power, then, effect in zip(
        found.icc, found.power, found.power_then, found.detectable, strict=True
    ):
        print(f"{icc:<7g} {power:<7.2f} {then:<10.2f} {effect:.3g} {unit}")
    for flag in found.flags:
        print(f"[{flag.severity}] {flag}")
    return 0
