"""Show what a plan can decide before anybody signs it: power, effect, smallest p."""

from __future__ import annotations

import argparse
import math
from collections.abc import Sequence
from datetime import date
from typing import Any

from pochin.cli import Fault, has_tables, plans, ready


def add(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("plan", help="plan.json in the format pochin-plan/1")
    parser.add_argument(
        "--sd",
        type=float,
        required=True,
        help="spread of single readings, in the unit of the primary metric",
    )
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
    parser.add_argument(
        "--guard",
        metavar="CODE=SD",
        nargs="+",
        default=[],
        help="spread of single readings of a guardrail, in its unit; its chance to pass is shown",
    )
    parser.add_argument(
        "--metric",
        metavar="CODE=SD",
        nargs="+",
        default=[],
        help="spread of single readings of a primary metric beside the first; all are tried out",
    )
    parser.add_argument(
        "--site-cost",
        type=float,
        default=0.0,
        help="what one more unit costs, in the plan's currency; set against what it would tell",
    )
    parser.add_argument("--readings", type=float, default=50, help="readings of a unit and period")


def run(args: argparse.Namespace) -> int:
    _finite(args)
    ready()
    from pochin.pilots import noticing
    from pochin.pilots.power_words import Power
    from pochin.pilots.trial_words import Trial
    from pochin.pilots.worth_words import worth_of

    protocol = plans.read(args.plan)
    guesses = _guesses(args, protocol)
    found, tried = _reckoned(protocol, guesses)
    told = Power(found, protocol=protocol, site_cost=args.site_cost)
    trial = Trial(found, tried, protocol)
    words = (
        *trial.colour_words,
        *trial.looks_words,
        *trial.primary_words,
        trial.tied_words,
        trial.unguarded_words,
    )
    lines = [
        told.sentence,
        *power(found, protocol),
        *colours(tried, protocol.primary.unit),
        *primaries(trial),
        *guardrails(trial),
        *(said for said in (*words, told.more_words, told.floor_words) if said),
        *worth(worth_of(protocol, guesses, found)),
        *constraint(protocol),
        *balance(protocol),
    ]
    # Without tables the country's calendar stands alone.
    said_of_days: dict[date, bool] | None = None if has_tables() else {}
    flags = noticing.in_plan(protocol, guesses=guesses, more=found.flags, corrections=said_of_days)
    print(*lines, *(f"[{flag.severity}] {flag}" for flag in flags), sep="\n")
    return 0


def _guesses(args: argparse.Namespace, protocol: Any) -> Any:
    """What is supposed of readings, as the command line says it."""
    from pochin.pilots import feasibility

    return feasibility.Guesses(
        sd=args.sd,
        icc=tuple(args.icc),
        cac=tuple(args.cac),
        readings=args.readings,
        site_cost=args.site_cost,
        guards=_spreads("guard", args.guard, protocol.guardrails)
        | _spreads("metric", args.metric, protocol.primaries[1:]),
    )


def _reckoned(protocol: Any, guesses: Any) -> tuple[Any, Any]:
    """What the plan can show, and what it does when it is tried out."""
    from pochin.lab.result import LabError
    from pochin.pilots import feasibility
    from pochin.pilots.operating_characteristics import operating_characteristics

    try:
        return feasibility.judge(protocol, guesses), operating_characteristics(protocol, guesses)
    except LabError as error:
        raise Fault(f"The design cannot be reckoned: {error}") from error
    except ValueError as error:
        raise Fault(f"The design cannot be reckoned: {error}.") from error
    except ArithmeticError as error:
        raise Fault("The guesses are too large or too small to be reckoned with.") from error


def power(found: Any, protocol: Any) -> list[str]:
    """The smallest p-value, the threshold, and the power for each guess of the ICC."""
    from pochin.lab.plurals import numbered

    unit = protocol.primary.unit
    lots = f"{found.units} units, {found.lots} assignments could be drawn"
    lines = [
        f"{protocol.kind}, {numbered(lots)}",
        f"smallest two-sided p-value possible: {found.floor:.4g}",
        f"threshold of the plan: {found.threshold:g} {unit}",
        "ICC     power   over CAC     one more   detectable",
    ]
    then = found.power_then or [float("nan")] * len(found.icc)
    for icc, chance, (low, high), more, effect in zip(
        found.icc, found.power, found.power_range, then, found.detectable, strict=True
    ):
        over = f"{low:.2f}–{high:.2f}"
        lines.append(f"{icc:<7g} {chance:<7.2f} {over:<12} {more:<10.2f} {effect:.3g} {unit}")
    return lines


def colours(tried: Any, unit: str) -> list[str]:
    """How often the decision has each colour, by what is supposed of the truth."""
    lines = ["if the truth is           is seen   green   amber   red"]
    for one in tried.scenarios:
        said, (low, high) = f"{one.name} ({one.effect:.3g} {unit})", one.green_range
        shares = f"{one.found:<9.2f} {one.green:<7.2f} {one.amber:<7.2f} {one.red:.2f}"
        shares += f"    ({low:.2f}–{high:.2f})" if f"{low:.2f}" != f"{high:.2f}" else ""
        lines.append(f"{said:<25} {shares}")
    return lines


def guardrails(trial: Any) -> list[str]:
    """What each guardrail says, by how much it really worsens."""
    return [
        f"guardrail {row['name']} worse by {row['worse']}: held {row['held']:.2f}, "
        f"not shown {row['open']:.2f}, harm {row['harmed']:.2f}"
        for row in trial.guard_rows
    ]


def primaries(trial: Any) -> list[str]:
    """How often each of several primary metrics is seen, any of them, all of them."""
    if not trial.primary_rows:
        return []
    lines = ["primary metric is seen    no effect threshold twice"]
    for row in trial.primary_rows:
        none, threshold, twice = row["seen"]
        lines.append(f"{row['name']:<25} {none:<9.2f} {threshold:<9.2f} {twice:.2f}")
    return lines


SAYS = {"guard": "a guardrail", "metric": "a primary metric beside the first"}


def _spreads(option: str, given: list[str], metrics: Sequence[Any]) -> dict[str, float]:
    """Spreads of metrics by their codes."""
    found, known = {}, [one.code for one in metrics]
    for one in given:
        code, _equals, value = one.partition("=")
        try:
            found[code] = float(value)
        except ValueError:
            found[code] = math.nan
        if code not in known or not 0 < found[code] < math.inf:
            raise Fault(
                f"--{option} {one} must be the code of {SAYS[option]} of the plan and its spread."
            )
    return found


def worth(told: Any) -> list[str]:
    """What the information is worth beside what the units cost, by their number."""
    lines = [told.sentence] if told.sentence else []
    for row in told.rows:
        mark = f" ({row['mark']})" if row["mark"] else ""
        lines.append(f"{row['units']:>6}{mark}: {row['worth']} − {row['cost']} = {row['left']}")
    return [*lines, *told.supposed, *([told.lacking] if told.lacking else [])]


def constraint(protocol: Any) -> list[str]:
    """Among what a constrained lot is drawn, and how far apart the arms may come."""
    best = protocol.best_balanced
    if best is None:
        return []
    tried = "tried" if best.n_candidates < best.n_possible else "possible"
    lines = [f"balanced: {len(best.kept)} of {best.n_candidates} {tried} assignments stay"]
    names = protocol.document["assignment"]["balance"]
    for name, usual, most in zip(names, best.usual, best.kept_at_most, strict=True):
        lines.append(
            f"balanced: {name} differs by up to {most:.2f} standard deviations, "
            f"by a fair lot up to {usual:.2f} in 19 cases of 20"
        )
    return lines


def balance(protocol: Any) -> list[str]:
    """How alike the arms are as the plan lists them; nothing before the lot is drawn.

    A difference is told in standard deviations of the units.
    """
    import numpy as np

    arms = np.array([unit.get("arm", "") for unit in protocol.units])
    if set(arms.tolist()) != {"control", "treatment"}:
        return []
    treated = arms == "treatment"
    how = "as drawn" if protocol.randomized else "as chosen"
    lines = [f"{how}: units with the solution {treated.sum()}, without {(~treated).sum()}"]
    known = [unit.get("covariates", {}) for unit in protocol.units]
    for name in sorted(set.intersection(*map(set, known))):
        values = np.array([one[name] for one in known], float)
        spread = float(values.std(ddof=1))
        if spread > 0:
            away = float(values[treated].mean() - values[~treated].mean()) / spread
            lines.append(f"{how}: {name} differs by {away:+.2f} standard deviations")
    return lines


def _finite(args: argparse.Namespace) -> None:
    """Refuse what Python takes for a number and nobody can reckon with."""
    given = {"sd": [args.sd], "icc": args.icc, "cac": args.cac, "readings": [args.readings],
             "site-cost": [args.site_cost]}  # fmt: skip
    for name, values in given.items():
        if not all(map(math.isfinite, values)):
            raise Fault(f"--{name} must be a number that can be reckoned with.")
