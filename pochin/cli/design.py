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
    parser.add_argument(
        "--cac",
        type=float,
        nargs="+",
        default=[0.8],
        help="share of that which lasts from period to period (%(default)s)",
    )
    parser.add_argument("--readings", type=float, default=50, help="readings of a unit and period")


def run(args: argparse.Namespace) -> int:
    ready()
    from pochin.cli import Fault
    from pochin.lab.numerus import numbered
    from pochin.lab.result import LabError
    from pochin.pilots import feasibility, noticing

    protocol = plans.read(args.plan)
    guesses = feasibility.Guesses(
        sd=args.sd, icc=tuple(args.icc), cac=tuple(args.cac), readings=args.readings
    )
    try:
        found = feasibility.judge(protocol, guesses)
        chances = feasibility.chances(protocol, guesses)
    except LabError as error:
        raise Fault(f"The design cannot be reckoned: {error}") from error
    except ValueError as error:
        raise Fault(f"The design cannot be reckoned: {error}.") from error
    except ArithmeticError as error:
        raise Fault("The guesses are too large or too small to be reckoned with.") from error
    unit = protocol.primary.unit
    lots = f"{found.units} units, {found.lots} assignments could be drawn"
    print(f"{protocol.kind}, {numbered(lots)}")
    print(f"smallest two-sided p-value possible: {found.floor:.4g}")
    print(f"threshold of the plan: {found.threshold:g} {unit}")
    print("ICC     power   over CAC     one more   detectable")
    then = found.power_then or [float("nan")] * len(found.icc)
    for icc, power, (low, high), more, effect in zip(
        found.icc, found.power, found.power_range, then, found.detectable, strict=True
    ):
        over = f"{low:.2f}–{high:.2f}"
        print(f"{icc:<7g} {power:<7.2f} {over:<12} {more:<10.2f} {effect:.3g} {unit}")
    print("if the truth is           green   amber   red")
    for one in chances:
        said = f"{one.name} ({one.effect:.3g} {unit})"
        print(f"{said:<25} {one.green:<7.2f} {one.amber:<7.2f} {one.red:.2f}")
    for flag in noticing.in_plan(protocol, guesses=guesses, more=found.flags):
        print(f"[{flag.severity}] {flag}")
    return 0
