"""What can be seen to go wrong before anybody starts: checks of a plan and its lot."""

from __future__ import annotations

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pochin.lab.assignment import Assignment
from pochin.lab.covariate_constrained import bound_units, imbalance
from pochin.lab.exposure import units_needed
from pochin.lab.flags import flag
from pochin.lab.inference.balance import ALPHA, balance_p_value
from pochin.lab.plan_rules import BY_LOT
from pochin.lab.protocol import NO_LOTS, Metric, Protocol
from pochin.lab.result import Flag, NotRandomizable, PowerResult, ProtocolViolation
from pochin.lab.seeds import guessed, is_short
from pochin.lab.sequential.spending import FAMILIES
from pochin.lab.unequal_arms import small_arm
from pochin.lab.unsaid import unsaid

USUAL_UNITS = 12
"""With fewer randomised units asymptotic p-values are not to be trusted alone."""

HOURS = 24
SKEW_FACTOR = 355
"""Subjects an arm needs for each unit of squared skewness (Kohavi et al. 2014)."""


def lot(n_units: int, n_admissible: int, *, alpha: float = 0.05) -> list[Flag]:
    """Block a lot whose smallest two-sided p-value is above the level; warn about few units.

    >>> [str(one) for one in lot(6, 20)][0]
    'The lot has 20 outcomes, so no p-value can be below 0.1; the level is 0.05. 8 units would do.'
    """
    found, floor = [], min(1.0, 2 / n_admissible)
    if floor > alpha:
        found.append(
            flag(
                "lot-too-small",
                assignments=n_admissible,
                floor=floor,
                alpha=alpha,
                needed=units_needed(alpha),
            )
        )
    if n_units < USUAL_UNITS:
        found.append(flag("few-units", units=n_units, usual=USUAL_UNITS))
    return found


def few_treated(treated: int, comparison: int, floor: float) -> list[Flag]:
    """Say before the start what a comparison with one or two treated units can show at best."""
    if treated > 2:
        return []
    evidence: dict[str, Any] = {"treated": treated, "comparison": comparison, "floor": floor}
    return [flag("few-treated", severity="warn", **evidence)]


def analysed_unit(drawn: str, analysed: str) -> list[Flag]:
    """Block an analysis whose unit is not the one for which lots are drawn."""
    return [] if drawn == analysed else [flag("wrong-unit", drawn=drawn, analysed=analysed)]


def arms(control: int, treatment: int) -> list[Flag]:
    """Say that unequal arms are compared by Welch's test, and how well it holds its promise."""
    if control == treatment:
        return []
    unequal = flag("arms-unequal", control=control, treatment=treatment)
    return [unequal, *small_arm(control, treatment)]


def sizes(unit_sizes: Any, *, most: float = 0.3) -> list[Flag]:
    """Tell when sizes of units differ so much that the estimand must be chosen.

    Args:
        unit_sizes: Readings by unit, shape (I,).
        most: Coefficient of variation that is not worth a word.
    """
    size = np.asarray(unit_sizes, float)
    cv = float(size.std(ddof=1) / size.mean())
    return [flag("sizes-unequal", cv=100 * cv)] if cv > most else []


def power_over_guesses(power: PowerResult, *, wanted: float = 0.8) -> list[Flag]:
    """Warn when the plan shows its effect only under the lucky guess of the ICC."""
    values = np.atleast_1d(np.asarray(power.power, float))
    middle = float(np.median(values))
    if middle < wanted:
        return [flag("low-power", power=100 * middle)]
    icc = power.grid.get("icc", ())
    if len(icc) < 2 or values.min() >= wanted:
        return []
    ends = (values.max(), values.min())
    return [
        flag(
            "power-hangs-on-icc",
            best=100 * float(ends[0]),
            worst=100 * float(ends[1]),
            low=min(icc),
            high=max(icc),
        )
    ]


def balance(
    assignment: Assignment, covariates: Any, names: Sequence[str], *, most: float = 0.5
) -> list[Flag]:
    """Look at the lot that was drawn: covariates that differ, units that never part.

    Where lots were drawn, a difference is worth a word that a fair lot makes in fewer than one
    pilot of twenty, over all covariates together; where units were chosen, from `most` on.

    Args:
        covariates: Known before, shape (I, k), each in its own unit.
        names: Shape (k,).
        most: Standardised difference that is not worth a word where nobody drew lots.

    Source:
        Hansen, B. B. & Bowers, J. (2008). Statistical Science 23, 219–236.
    """
    X = np.asarray(covariates, float).reshape(len(assignment.unit_ids), -1)
    found = []
    for j, name in enumerate(names):
        squared = imbalance(assignment.arms[None, :].astype(float), X[:, [j]])
        difference = float(np.sqrt(squared[0]))
        if assignment.randomized:
            differs = balance_p_value(assignment, X[:, j]) <= ALPHA / len(names)
        else:
            differs = difference > most
        if differs:
            found.append(flag("imbalance", at=name, name=name, difference=difference))
    return found + parted(assignment)


def parted(assignment: Assignment) -> list[Flag]:
    """Block a lot in which two units can never be in different arms."""
    try:
        rows = assignment.all_labels()
    except NotRandomizable:
        return []
    together = bound_units(rows)[0] if rows.max() <= 1 else np.empty((0, 2))
    return [flag("units-bound", pairs=len(together))] if len(together) else []


def commitment(rules: Mapping[str, Any]) -> list[Flag]:
    """Block a commitment to a short number or a date, which are found by trying.

    Args:
        rules: The assignment of a plan; once its seed is told there is nothing left to guess.
    """
    if "seed_commitment" not in rules or "seed" in rules:
        return []
    return [flag("seed-guessable")] if guessed(rules["seed_commitment"]) is not None else []


def told(rules: Mapping[str, Any], seed: str) -> list[Flag]:
    """Warn about a drawn number that could have been found behind its seal.

    Args:
        rules: The assignment of a plan.
        seed: The number, once it is told; empty before.
    """
    if "seed_commitment" not in rules or not is_short(seed):
        return []
    words = (
        "The number that was drawn is so short that whoever tried all like it knew the lot before; "
        "commit to one made by “pochin seed” next time."
    )
    return [Flag("seed-guessable", "warn", words)]


def tightness(kept: int, nearly_bound: int, *, alpha: float = 0.05) -> list[Flag]:
    """Warn about a constrained lot that hardly is one any more.

    Args:
        kept: Assignments that stay.
        nearly_bound: Pairs of units that share an arm in most of them.
        alpha: Level of the test; a lot that can reach half of it is roomy enough.

    Source:
        Moulton, L. H. (2004). Clinical Trials 1, 297–305.
    """
    if not nearly_bound and 2 / kept <= alpha / 2:
        return []
    return [flag("lot-too-tight", kept=kept, pairs=nearly_bound)]


def neighbours(distance: Any, arms: Any, *, buffer: float) -> list[Flag]:
    """Warn about treated and control units that lie close to each other.

    Args:
        distance: Between units, shape (I, I), km; NaN where not known.
        arms: 1 treated, 0 control, shape (I,).
        buffer: What is too close, km.
    """
    close = np.nan_to_num(np.asarray(distance, float), nan=np.inf) < buffer
    arms = np.asarray(arms)
    pairs = int(close[np.ix_(arms == 1, arms == 0)].sum())
    return [flag("neighbours", pairs=pairs, buffer=buffer)] if pairs else []


def might_be_parted(distance: Any, *, buffer: float) -> list[Flag]:
    """Warn about units so close that one would feel what the lot gives to the other.

    Args:
        distance: Between units, shape (I, I), km; NaN where not known.
        buffer: What is too close, km.
    """
    close = np.nan_to_num(np.asarray(distance, float), nan=np.inf) < buffer
    pairs = int(np.triu(close, 1).sum())
    if not pairs:
        return []
    words = (
        "%(pairs)d pairs of units lie within %(buffer)g km of each other, and the lot may part "
        "them; merge them into one unit or give them one turn."
    )
    return [Flag("neighbours", "warn", words, {"pairs": pairs, "buffer": buffer})]


def blocks(block: int, carryover: int) -> list[Flag]:
    """Block a switchback whose blocks are shorter than twice the carryover, both in periods."""
    if block >= 2 * carryover:
        return []
    return [flag("block-too-short", block=block, carryover=carryover)]


def whole_weeks(days: int) -> list[Flag]:
    """Warn when a run is not whole weeks."""
    return [flag("broken-weeks", days=days)] if days % 7 else []


def calendar_events(
    period_ids: Sequence[str], excluded: Sequence[str], events: Mapping[str, str]
) -> list[Flag]:
    """Warn about days that are not like others and are not excluded.

    Args:
        period_ids: Starts of the periods as ISO days, in order.
        excluded: Those the plan leaves out.
        events: Name of what happens, by ISO day.
    """
    found = []
    for day, name in sorted(events.items()):
        inside = [one for one in period_ids if one <= day]
        if inside and inside[-1] not in excluded and day < _end(period_ids):
            found.append(flag("calendar-event", at=inside[-1], name=name, period=inside[-1]))
    return found


def _end(period_ids: Sequence[str]) -> str:
    """The day after the last period, which is as long as the one before it."""
    if len(period_ids) < 2:
        return "9999-12-31"
    last, before = (
        datetime.date.fromisoformat(one[:10]) for one in (period_ids[-1], period_ids[-2])
    )
    return (last + (last - before)).isoformat()


def chosen(by_baseline: bool, concurrent: bool) -> list[Flag]:
    """Block units that were chosen for being bad when nobody is compared at the same time."""
    return [flag("chosen-by-baseline")] if by_baseline and not concurrent else []


def looks(protocol: Protocol, n_admissible: int) -> list[Flag]:
    """Warn about a first look at which the lot is too small to stop anything."""
    planned = protocol.analysis.looks
    if planned is None or planned.spending not in (*FAMILIES, "randomization"):
        return []
    floor = min(1.0, 2 / n_admissible)
    spending = planned.spends
    allowed = float(spending(planned.at[0], alpha=protocol.analysis.alpha))
    if floor <= allowed:
        return []
    share = 100 * planned.at[0]
    return [flag("no-room-for-looks", severity="warn", share=share, floor=floor)]


def looks_by_lot(protocol: Protocol) -> list[Flag]:
    """Block looks that the lot itself should judge where it does not part units into two arms."""
    planned = protocol.analysis.looks
    if planned is None or planned.spending != "randomization" or protocol.kind in BY_LOT:
        return []
    return [Flag("no-room-for-looks", "block", NO_LOTS)]


def skewness(subjects: int, skew: float) -> list[Flag]:
    """Warn about an arm too small for a metric as skewed as this.

    Args:
        subjects: In the smaller arm.
        skew: Skewness of the metric, from history.

    Source:
        Kohavi, R., Deng, A., Longbotham, R. & Xu, Y. (2014). KDD, rule 7.
    """
    needed = round(SKEW_FACTOR * skew**2)
    if subjects >= needed:
        return []
    return [flag("skewed", skewness=skew, needed=needed, subjects=subjects)]


def plan(protocol: Protocol, assignment: Assignment | None = None) -> list[Flag]:
    """Everything that can be seen from the plan alone, and from its lot once it is drawn."""
    found = _metrics(protocol.primaries, protocol.analysis.multiplicity)
    found += _periods(protocol)
    rules = protocol.document["assignment"]
    concurrent = protocol.randomized or _compares(protocol)
    found += chosen(rules.get("chosen_by") == "baseline", concurrent)
    if protocol.kind == "switchback":
        found += blocks(int(protocol.design["block"]), int(protocol.design.get("carryover", 0)))
    if protocol.randomized and not _committed(protocol):
        found.append(flag("seed-not-committed"))
    found += commitment(rules) + looks_by_lot(protocol)
    if protocol.kind == "interrupted-series" and not protocol.design.get("comparators"):
        found.append(flag("no-comparator"))
    if protocol.kind == "stepped-wedge":
        found.append(flag("trend-only-by-model"))
    best = protocol.best_balanced
    if best is not None:
        alpha = protocol.analysis.alpha
        found += tightness(len(best.kept), best.nearly_bound, alpha=alpha)
    found += unsaid(protocol)
    return found + (_lot(protocol, assignment) if assignment is not None else [])


def lock(protocol: Protocol, assignment: Assignment | None = None) -> str:
    """The hash under which a plan is locked, unless something in it forbids that.

    Args:
        protocol: The plan, read and whole.
        assignment: Its lot, where it is drawn already.

    Returns:
        SHA-256 of the canonical bytes, 64 hexadecimal digits; `Protocol.require` asks for it later.

    Raises:
        ProtocolViolation: A pitfall that blocks; the sentence says which.

    Source:
        Nosek, B. A. et al. (2018). PNAS 115, 2600–2606 (why before the data).

    Example:
        >>> from pochin.lab.tests.plans import plan as example
        >>> plan = Protocol.parse(example("parallel"))
        >>> lock(plan) == plan.sha256
        True
    """
    for one in plan(protocol, assignment):
        if one.blocks:
            raise ProtocolViolation(one.message % one.evidence)
    return protocol.sha256


def _compares(protocol: Protocol) -> bool:
    """Whether somebody without the solution is measured at the same time."""
    return any(unit.get("arm") == "control" for unit in protocol.units) or (
        protocol.kind != "interrupted-series"
    )


def _metrics(primaries: Sequence[Metric], multiplicity: str) -> list[Flag]:
    if len(primaries) < 2 or multiplicity == "holm":
        return []
    return [flag("several-primaries", count=len(primaries))]


def _periods(protocol: Protocol) -> list[Flag]:
    periods = protocol.document["periods"]
    found = [] if protocol.baseline else [flag("no-run-in")]
    run = len(protocol.period_ids) - protocol.baseline
    if periods.get("length") == "day":
        found += whole_weeks(run)
    if periods.get("length") == "hour" and run % (7 * HOURS):
        found.append(flag("broken-weeks", days=math.ceil(run / HOURS)))
    return found


def _committed(protocol: Protocol) -> bool:
    rules = protocol.document["assignment"]
    return "seed_commitment" in rules or "seed" in rules


def _lot(protocol: Protocol, assignment: Assignment) -> list[Flag]:
    treated = int(assignment.arms.sum())
    control = len(assignment.arms) - treated
    if not protocol.randomized:
        return few_treated(treated, control, 1 / (control + 1)) if treated and control else []
    if protocol.kind == "individual":
        return []
    found = lot(len(assignment.arms), assignment.n_admissible, alpha=protocol.analysis.alpha)
    if protocol.kind == "parallel":
        found += arms(control, treated) + parted(assignment)
    return found + looks(protocol, assignment.n_admissible)
